/* Simulated recordings of known cells, and their fits. */
#include "twin/cable_fit_trial.h"

#include "base/elementary.h"
#include "twin/cable_fit_internal.h"

#include <math.h>
#include <string.h>

static void set_all(cable_model *model, const cable_fit_unknown *u, size_t n, const double *values) {
  for (size_t k = 0; k < n; k++)
    for (size_t t = 0; t < u[k].n_tied; t++) lg_cable_model_set(model, &u[k].tied[t], values[k]);
}

/* Sweeps of the model as it stands: rest, the step, 60 ms; the first REST ms are left out. */
static lg_status simulate(lg_ctx *ctx, const cable_model *model, const cable_cut *cut, const cable_trial_options *o,
                          lg_recording *rec) {
  lg_status status = LG_OK;
  cable_tree *tree = NULL;
  cable_gradient *r = NULL;
  double *current = NULL, *v = NULL;
  size_t node;
  enum { FINE = 8, REST = 400 };
  const double total = 80.0 + o->step_ms + 60.0, dt = o->sample_ms / FINE;
  const size_t n = (size_t)(total / o->sample_ms), skip = (size_t)(REST / dt), steps = skip + n * FINE;
  LG_TRY(lg_cable_tree_create(ctx, model, cut, &tree));
  LG_TRY(lg_cable_tree_locate(ctx, model, tree, &o->fit.at, &node));
  const cable_gradient_options run = {.dt_ms = dt, .n_steps = steps, .nodes = &node, .n_nodes = 1};
  LG_TRY(lg_cable_gradient_create(ctx, model, tree, &run, NULL, 0, &r));
  LG_NEW(ctx, current, steps);
  LG_NEW(ctx, v, steps + 1);
  for (size_t k = 0; k < o->n_currents; k++) {
    lg_sweep *s;
    lg_rng rng = lg_rng_make(o->seed, 0x7124 + o->trial, k);
    for (size_t j = 0; j < steps; j++) {
      const size_t sample = j < skip ? 0 : (j - skip) / FINE;
      const double t = j < skip ? 0.0 : ((double)sample + 0.5) * o->sample_ms;
      current[j] = t >= 80.0 && t < 80.0 + o->step_ms ? o->currents_nA[k] : 0.0;
    }
    const cable_drive drive = {.node = node, .current_nA = current};
    LG_TRY(lg_cable_gradient_drive(ctx, r, &drive, 1));
    LG_TRY(lg_cable_gradient_run(ctx, r, v));
    LG_TRY(lg_recording_add_sweep(ctx, rec, n, o->sample_ms, 1, &s));
    s->number = (int)k;
    s->current_origin = LG_CURRENT_COMMAND;
    s->has_step = 1;
    s->step_pA = 1e3 * o->currents_nA[k];
    s->step_on = (size_t)(80.0 / o->sample_ms + 0.5);
    s->step_off = (size_t)((80.0 + o->step_ms) / o->sample_ms + 0.5);
    for (size_t j = 0; j < n; j++) {
      s->v_mV[j] = v[skip + j * FINE] + o->noise_mV * lg_rng_normal(&rng);
      s->i_pA[j] = 1e3 * current[skip + j * FINE];
    }
  }
done:
  lg_free(ctx, current);
  lg_free(ctx, v);
  lg_cable_gradient_destroy(ctx, r);
  lg_cable_tree_destroy(ctx, tree);
  return status;
}

lg_status lg_cable_fit_trial(lg_ctx *ctx, cable_model *model, const cable_cut *cut, const cable_trial_options *o,
                             cable_fit **fit, double **truth) {
  lg_status status = LG_OK;
  cable_fit_unknown *u = NULL;
  cable_fit_sweep *sweeps = NULL;
  lg_recording *rec = NULL;
  bool *train = NULL;
  double *own = NULL, *true_value = NULL;
  size_t n = 0, n_sweeps = 0;
  const size_t n_clamps = model->n_clamps, n_synapses = model->n_synapses;
  lg_rng rng = lg_rng_make(o->seed, 0x7123, o->trial);
  *fit = NULL;
  *truth = NULL;
  LG_TRY(lg_cable_fit_unknowns(ctx, model, o->patterns, false, &u, &n));
  LG_NEW(ctx, own, n);
  LG_NEW(ctx, true_value, n);
  for (size_t k = 0; k < n; k++) {
    own[k] = u[k].start;
    const double spread = o->spread * (2.0 * lg_rng_uniform(&rng) - 1.0);
    const double away = o->away * (2.0 * lg_rng_uniform(&rng) - 1.0);
    true_value[k] = u[k].logarithmic ? own[k] * lg_exp(spread) : own[k] + 8.0 * spread;
    u[k].start = u[k].logarithmic ? true_value[k] * lg_exp(away) : true_value[k] + 8.0 * away;
    u[k].start = fmin(fmax(u[k].start, u[k].low), u[k].high);
  }
  model->n_clamps = model->n_synapses = 0;
  set_all(model, u, n, true_value);
  LG_TRY(lg_recording_create(ctx, &rec));
  LG_TRY(simulate(ctx, model, cut, o, rec));
  LG_NEW(ctx, train, o->n_currents);
  for (size_t k = 0; k < o->n_currents; k++) train[k] = true;
  LG_TRY(lg_cable_fit_sweeps(ctx, rec, &o->fit, train, &sweeps, &n_sweeps));
  status = lg_cable_fit_run(ctx, model, cut, &o->fit, u, n, sweeps, n_sweeps, NULL, NULL, fit);
  if (status == LG_OK) {
    set_all(model, (*fit)->unknowns, n, own);
    *truth = true_value;
    true_value = NULL;
  }
  u = NULL;
  sweeps = NULL;
done:
  model->n_clamps = n_clamps;
  model->n_synapses = n_synapses;
  lg_cable_fit_sweeps_destroy(ctx, sweeps, n_sweeps);
  lg_recording_destroy(ctx, rec);
  lg_free(ctx, train);
  lg_free(ctx, own);
  lg_free(ctx, true_value);
  lg_free(ctx, u);
  return status;
}
