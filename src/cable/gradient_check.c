/* Derivatives of a run against each other and against differences of runs. */
#include "cable/gradient_check.h"

#include <math.h>
#include <string.h>
#include <time.h>

typedef struct desk {
  cable_model *model;
  cable_tree *tree;
  size_t *counts, *nodes;
  size_t n_nodes; /* looked at */
  cable_gradient_options o;
  cable_check *check;
  size_t n_samples;
  double *v;
  /* of the way forward */
  size_t n_parameters;
  double *d_loss, *d_spike, *before, *d_before;
  double spike_ms;
} desk;

static double cpu_s(void) { return (double)clock() / (double)CLOCKS_PER_SEC; }

/* ---- the two losses ---------------------------------------------------------------------------- */

static double deviation(void *user, const double *v, double *dv) {
  const desk *d = user;
  double sum = 0.0;
  for (size_t k = 0; k < d->n_nodes * d->n_samples; k++) {
    const double x = v[k] - d->model->v_init_mV;
    sum += 0.5 * x * x * d->o.dt_ms;
    if (dv) dv[k] = x * d->o.dt_ms;
  }
  return sum;
}

/* Time of the first crossing of 0 mV between two samples, and its derivative by both. */
static bool crossing(double t, double dt, double a, double b, double *at, double *by_a, double *by_b) {
  if (!(a < 0.0 && b >= 0.0)) return false;
  const double rise = b - a;
  *at = t - dt * a / rise;
  *by_a = -dt * b / (rise * rise);
  *by_b = dt * a / (rise * rise);
  return true;
}

static double first_spike(void *user, const double *v, double *dv) {
  const desk *d = user;
  double at, by_a, by_b;
  for (size_t k = 0; k + 1 < d->n_samples; k++)
    if (crossing((double)k * d->o.dt_ms, d->o.dt_ms, v[k], v[k + 1], &at, &by_a, &by_b)) {
      if (dv) dv[k] = by_a, dv[k + 1] = by_b;
      return at;
    }
  return (double)NAN;
}

static size_t count_spikes(const double *v, size_t n) {
  size_t spikes = 0;
  for (size_t k = 0; k + 1 < n; k++) spikes += v[k] < 0.0 && v[k + 1] >= 0.0;
  return spikes;
}

static bool gather(void *user, size_t step, const double *v, const double *dv) {
  desk *d = user;
  double at, by_a, by_b;
  for (size_t k = 0; k < d->n_nodes; k++) {
    const double x = (v[k] - d->model->v_init_mV) * d->o.dt_ms;
    for (size_t p = 0; p < d->n_parameters; p++) d->d_loss[p] += x * dv[k * d->n_parameters + p];
  }
  if (step > 0 && isnan(d->spike_ms) &&
      crossing((double)(step - 1) * d->o.dt_ms, d->o.dt_ms, d->before[0], v[0], &at, &by_a, &by_b)) {
    d->spike_ms = at;
    for (size_t p = 0; p < d->n_parameters; p++) d->d_spike[p] = by_a * d->d_before[p] + by_b * dv[p];
  }
  d->before[0] = v[0];
  memcpy(d->d_before, dv, d->n_parameters * sizeof *dv);
  return true;
}

/* ---- runs -------------------------------------------------------------------------------------- */

/* A run of the model as it stands now, cut as the first one. */
static lg_status run_anew(lg_ctx *ctx, desk *d, double *loss, double *spike) {
  lg_status status = LG_OK;
  cable_tree *tree = NULL;
  cable_gradient *r = NULL;
  cable_cut cut = CABLE_CUT_INIT;
  cut.explicit_n = d->counts;
  cut.odd = false;
  LG_TRY(lg_cable_tree_create(ctx, d->model, &cut, &tree));
  LG_TRY(lg_cable_gradient_create(ctx, d->model, tree, &d->o, NULL, 0, &r));
  LG_TRY(lg_cable_gradient_run(ctx, r, d->v));
  *loss = deviation(d, d->v, NULL);
  *spike = first_spike(d, d->v, NULL);
done:
  lg_cable_gradient_destroy(ctx, r);
  lg_cable_tree_destroy(ctx, tree);
  return status;
}

/* Central differences, extrapolated twice; the first steps are `reach` times the value. */
static lg_status difference(lg_ctx *ctx, desk *d, const cable_named *p, double reach, double *of_loss,
                            double *of_spike) {
  lg_status status = LG_OK;
  double slope[3][2];
  const double size = strcmp(p->unit, "mV") == 0 ? fmax(fabs(p->value), 10.0) : fabs(p->value);
  for (int half = 0; half < 3; half++) {
    const double h = ldexp(reach, -half) * (size > 0.0 ? size : 1e-3);
    double loss[2], spike[2];
    for (int side = 0; side < 2; side++) {
      lg_cable_model_set(d->model, &p->p, p->value + (side ? -h : h));
      LG_TRY(run_anew(ctx, d, &loss[side], &spike[side]));
    }
    slope[half][0] = (loss[0] - loss[1]) / (2.0 * h);
    slope[half][1] = (spike[0] - spike[1]) / (2.0 * h);
  }
  *of_loss = (64.0 * slope[2][0] - 20.0 * slope[1][0] + slope[0][0]) / 45.0;
  *of_spike = (64.0 * slope[2][1] - 20.0 * slope[1][1] + slope[0][1]) / 45.0;
done:
  lg_cable_model_set(d->model, &p->p, p->value);
  return status;
}

/* Greatest relative difference of derivatives whose elasticity counts. */
static void judge(cable_check *c, const cable_named *p, const cable_check_row *rows, bool differences) {
  double greatest = 0.0;
  for (size_t k = 0; k < c->n_parameters; k++) greatest = fmax(greatest, fabs(rows[k].forward * p[k].value));
  for (size_t k = 0; k < c->n_parameters; k++) {
    const cable_check_row *r = &rows[k];
    if (isnan(r->forward) || !(fabs(r->forward * p[k].value) > 1e-6 * greatest)) continue;
    c->forward_backward = fmax(c->forward_backward, fabs(r->backward / r->forward - 1.0));
    /* rounding of runs hides smaller ones from differences */
    if (differences && fabs(r->forward * p[k].value) > 1e-3 * greatest)
      c->forward_differences = fmax(c->forward_differences, fabs(r->differences / r->forward - 1.0));
  }
}

static lg_status derive(lg_ctx *ctx, desk *d, cable_gradient *r) {
  lg_status status = LG_OK;
  cable_check *c = d->check;
  double *back = NULL, ignored;
  LG_NEW(ctx, back, c->n_parameters + 1);
  c->run_s = c->forward_s = c->backward_s = INFINITY;
  /* the quickest of several, in turn: what else runs on the machine slows all of them */
  const double begin = cpu_s();
  for (size_t round = 0; round < 3 || (cpu_s() - begin < 0.6 && round < 50); round++) {
    double start = cpu_s();
    LG_TRY(lg_cable_gradient_run(ctx, r, d->v));
    c->run_s = fmin(c->run_s, cpu_s() - start);
    c->n_spikes = count_spikes(d->v, d->n_samples);
    memset(d->d_loss, 0, c->n_parameters * sizeof *d->d_loss);
    d->spike_ms = (double)NAN;
    start = cpu_s();
    LG_TRY(lg_cable_gradient_forward(ctx, r, gather, d));
    c->forward_s = fmin(c->forward_s, cpu_s() - start);
    start = cpu_s();
    LG_TRY(lg_cable_gradient_backward(ctx, r, deviation, d, &c->loss, back));
    c->backward_s = fmin(c->backward_s, cpu_s() - start);
  }
  c->spike_ms = d->spike_ms;
  for (size_t p = 0; p < c->n_parameters; p++) c->of_loss[p] = (cable_check_row){d->d_loss[p], back[p], (double)NAN};
  if (!isnan(c->spike_ms)) LG_TRY(lg_cable_gradient_backward(ctx, r, first_spike, d, &ignored, back));
  for (size_t p = 0; p < c->n_parameters; p++)
    c->of_spike[p] = isnan(c->spike_ms) ? (cable_check_row){(double)NAN, (double)NAN, (double)NAN}
                                        : (cable_check_row){d->d_spike[p], back[p], (double)NAN};
done:
  lg_free(ctx, back);
  return status;
}

static lg_status make_desk(lg_ctx *ctx, desk *d, size_t n) {
  lg_status status = LG_OK;
  const cable_model *m = d->model;
  LG_NEW(ctx, d->counts, d->tree->n_sections);
  for (size_t k = 0; k < d->tree->n_sections; k++) d->counts[k] = (size_t)d->tree->n_centres[k];
  LG_NEW(ctx, d->nodes, m->n_probes + 1);
  for (size_t k = 0; k < m->n_probes; k++)
    if (m->probes[k].quantity == CABLE_V)
      LG_TRY(lg_cable_tree_locate(ctx, m, d->tree, &m->probes[k].at, &d->nodes[d->n_nodes++]));
  if (d->n_nodes == 0) d->n_nodes = 1; /* the first node */
  d->o.nodes = d->nodes;
  d->o.n_nodes = d->n_nodes;
  d->n_parameters = n;
  LG_NEW(ctx, d->d_loss, n + 1);
  LG_NEW(ctx, d->d_spike, n + 1);
  LG_NEW(ctx, d->d_before, n + 1);
  LG_NEW(ctx, d->before, 1);
  d->spike_ms = (double)NAN;
done:
  return status;
}

lg_status lg_cable_gradient_check(lg_ctx *ctx, cable_model *model, const cable_cut *cut,
                                  const cable_check_options *options, const cable_named *parameters, size_t n,
                                  cable_check **out) {
  lg_status status = LG_OK;
  desk d = {.model = model};
  cable_check *c = NULL;
  cable_gradient *r = NULL;
  cable_parameter *said = NULL;
  cable_group *size = NULL;
  double ignored;
  *out = NULL;
  LG_NEW(ctx, c, 1);
  d.check = c;
  c->n_parameters = n;
  LG_NEW(ctx, c->of_loss, n + 1);
  LG_NEW(ctx, c->of_spike, n + 1);
  LG_NEW(ctx, said, n + 1);
  for (size_t k = 0; k < n; k++) said[k] = parameters[k].p;
  d.o.scheme = options->scheme;
  d.o.dt_ms = options->dt_ms > 0.0 ? options->dt_ms : 0.025;
  if (options->stop_ms > 0.0) d.o.n_steps = (size_t)floor(options->stop_ms / d.o.dt_ms + 0.5);
  LG_TRY(lg_cable_tree_create(ctx, model, cut, &d.tree));
  LG_TRY(make_desk(ctx, &d, n));
  LG_TRY(lg_cable_gradient_create(ctx, model, d.tree, &d.o, said, n, &r));
  c->n_nodes = d.tree->n_nodes;
  c->n_steps = lg_cable_gradient_steps(r);
  c->memory_bytes = lg_cable_gradient_bytes(r);
  d.n_samples = c->n_steps + 1;
  LG_NEW(ctx, d.v, d.n_nodes * d.n_samples);
  const cable_run_options run = {.scheme = d.o.scheme, .dt_ms = d.o.dt_ms};
  LG_TRY(lg_cable_group_create(ctx, model, d.tree, &run, &size));
  c->state_bytes = lg_cable_group_state_bytes(size);
  LG_TRY(derive(ctx, &d, r));
  const double start = cpu_s();
  for (size_t k = 0; k < n && options->differences; k++) {
    LG_TRY(lg_progress(ctx, "differences of runs", k, n));
    LG_TRY(difference(ctx, &d, &parameters[k], 1.6e-3, &c->of_loss[k].differences, &ignored));
    /* the time of a crossing between two steps is smooth only as long as it stays between them */
    if (!isnan(c->spike_ms)) LG_TRY(difference(ctx, &d, &parameters[k], 1e-4, &ignored, &c->of_spike[k].differences));
  }
  c->differences_s = cpu_s() - start;
  judge(c, parameters, c->of_loss, options->differences);
  judge(c, parameters, c->of_spike, options->differences);
  *out = c;
  c = NULL;
done:
  lg_cable_group_destroy(ctx, size);
  lg_cable_gradient_destroy(ctx, r);
  lg_cable_tree_destroy(ctx, d.tree);
  lg_free(ctx, said);
  lg_free(ctx, d.counts);
  lg_free(ctx, d.nodes);
  lg_free(ctx, d.v);
  lg_free(ctx, d.d_loss);
  lg_free(ctx, d.d_spike);
  lg_free(ctx, d.d_before);
  lg_free(ctx, d.before);
  lg_cable_check_destroy(ctx, c);
  return status;
}

void lg_cable_check_destroy(lg_ctx *ctx, cable_check *c) {
  if (!c) return;
  lg_free(ctx, c->of_loss);
  lg_free(ctx, c->of_spike);
  lg_free(ctx, c);
}
