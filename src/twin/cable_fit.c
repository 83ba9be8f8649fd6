/* The stages of a fit of a cell with shape. */
#include "twin/cable_fit.h"

#include "base/elementary.h"
#include "num/ascending.h"
#include "twin/cable_fit_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double nudges[] = {20.0, 6.0, 2.0, 0.6, 0.2, 0.05, 0.0}; /* per ms */
enum { N_NUDGES = sizeof nudges / sizeof nudges[0] };

/* ---- making ------------------------------------------------------------------------------------ */

/* Noise of a sample: median of absolute second differences, of white noise .6745 sqrt 6 standard deviations. */
static double estimate_noise(lg_ctx *ctx, const cable_fit_sweep *s, size_t n) {
  size_t room = 0, kept = 0;
  double sigma = 0.1;
  for (size_t k = 0; k < n; k++) room += s[k].n_steps + 1;
  double *d = lg_alloc(ctx, room, sizeof *d);
  if (!d) return sigma;
  for (size_t k = 0; k < n; k++) {
    double a = (double)NAN, b = (double)NAN;
    for (size_t j = 0; j <= s[k].n_steps; j++) {
      if (isnan(s[k].v_mV[j])) continue;
      if (!isnan(a)) d[kept++] = fabs(a - 2.0 * b + s[k].v_mV[j]);
      a = b;
      b = s[k].v_mV[j];
    }
  }
  if (kept > 0) {
    qsort(d, kept, sizeof *d, lg_ascending);
    sigma = fmax(d[kept / 2] / (0.6745 * sqrt(6.0)), 1e-3);
  }
  lg_free(ctx, d);
  return sigma;
}

static lg_status make_seeds(lg_ctx *ctx, cable_fit_desk *d, cable_parameter **out) {
  lg_status status = LG_OK;
  const cable_fit *f = d->fit;
  *out = NULL;
  d->n_seeds = 1;
  for (size_t u = 0; u < f->n_unknowns; u++) d->n_seeds += f->unknowns[u].n_tied;
  LG_NEW(ctx, *out, d->n_seeds);
  LG_NEW(ctx, d->unknown_of, d->n_seeds);
  size_t p = 0;
  for (size_t u = 0; u < f->n_unknowns; u++)
    for (size_t k = 0; k < f->unknowns[u].n_tied; k++) {
      (*out)[p] = f->unknowns[u].tied[k];
      d->unknown_of[p++] = u;
    }
  const cable_parameter start = CABLE_PARAMETER_INIT;
  (*out)[p] = start;
  (*out)[p].sort = CABLE_V_INIT;
  d->unknown_of[p] = SIZE_MAX;
done:
  return status;
}

static lg_status make_jobs(lg_ctx *ctx, cable_fit_desk *d, const cable_model *model, const cable_tree *tree,
                           const cable_parameter *seeds) {
  lg_status status = LG_OK;
  cable_fit *f = d->fit;
  size_t node;
  d->model = model;
  d->tree = tree;
  d->seeds = seeds;
  LG_TRY(lg_cable_tree_locate(ctx, model, tree, &d->o->at, &node));
  LG_NEW(ctx, d->jobs, f->n_sweeps);
  LG_NEW(ctx, d->active, f->n_sweeps);
  for (size_t k = 0; k < f->n_sweeps; k++) {
    cable_fit_job *j = &d->jobs[k];
    d->n_jobs = k + 1;
    j->desk = d;
    j->s = &f->sweeps[k];
    LG_TRY(lg_ctx_create(&j->ctx));
    LG_NEW(ctx, j->v, j->s->n_steps + 1);
    j->step_error_mV = lg_alloc(j->ctx, j->s->n_steps + 1, sizeof *j->step_error_mV);
    if (!j->step_error_mV) {
      status = LG_ERR_MEMORY;
      goto done;
    }
    LG_NEW(ctx, j->values, d->n_seeds);
    j->drive = (cable_drive){.node = node, .current_nA = j->s->current_nA};
    const cable_gradient_options o = {
        .dt_ms = j->s->dt_ms, .n_steps = j->s->n_steps, .nodes = &node, .n_nodes = 1, .seed = d->o->seed};
    status = lg_cable_gradient_create(j->ctx, model, tree, &o, seeds, d->n_seeds, &j->r);
    if (status != LG_OK) {
      status = lg_fail(ctx, status, "%s", lg_ctx_message(j->ctx));
      goto done;
    }
  }
done:
  return status;
}

static void destroy_desk(lg_ctx *ctx, cable_fit_desk *d) {
  for (size_t k = 0; d->jobs && k < d->n_jobs; k++) {
    lg_cable_gradient_destroy(d->jobs[k].ctx, d->jobs[k].r);
    lg_cable_fit_free_fine(&d->jobs[k]);
    lg_ctx_destroy(d->jobs[k].ctx);
    lg_free(ctx, d->jobs[k].v);
    lg_free(ctx, d->jobs[k].values);
  }
  lg_free(ctx, d->jobs);
  lg_free(ctx, d->active);
  lg_free(ctx, d->unknown_of);
}

static void make_search(cable_fit_desk *d) {
  lg_lm *s = &d->lm;
  s->n = d->fit->n_unknowns;
  s->fn = lg_cable_fit_evaluate;
  s->user = d;
  for (size_t u = 0; u < s->n; u++) {
    const cable_fit_unknown *from = &d->fit->unknowns[u];
    s->low[u] = lg_cable_fit_coordinate(from, from->low);
    s->high[u] = lg_cable_fit_coordinate(from, from->high);
    s->x[u] = s->centre[u] = lg_cable_fit_coordinate(from, from->start);
  }
}

/* ---- stages ------------------------------------------------------------------------------------ */

typedef struct best {
  double x[LG_LM_MOST], score, nudge_per_ms, chi2;
  bool explained, corrected; /* corrected: the error of the steps is taken off */
} best;

static double chi2_now(const cable_fit_desk *d) {
  double sum = 0.0;
  size_t n = 0;
  for (size_t k = 0; k < d->n_jobs; k++) {
    if (!d->jobs[k].s->train) continue;
    sum += d->jobs[k].chi2;
    n += d->jobs[k].n;
  }
  return n > 0 ? sum / (double)n : INFINITY;
}

/* Look at the free run of the present point with the weights of the end, and keep it where it is better. */
static void consider(cable_fit_desk *d, double nudge, best *b, cable_fit_stage_fn *stage, void *user,
                     const char *words) {
  cable_fit *f = d->fit;
  const double share = d->slope_share, scale = d->scale_mV, huber = d->huber;
  d->slope_share = CABLE_FIT_SLOPE_SHARE;
  d->scale_mV = d->huber = 0.0;
  lg_cable_fit_weigh(d);
  const double score = lg_cable_fit_look(d, d->lm.x);
  d->slope_share = share;
  d->scale_mV = scale;
  d->huber = huber;
  const double chi2 = chi2_now(d);
  const bool near = chi2 < 3.0 && b->chi2 < 3.0; /* of two that are near the noise, likelihood tells the better one */
  if (!isfinite(score) || (near ? !(chi2 < b->chi2) : !(score < b->score))) return;
  b->score = score;
  b->nudge_per_ms = nudge;
  b->chi2 = chi2;
  b->explained = b->chi2 < 1.3;
  memcpy(b->x, d->lm.x, sizeof b->x);
  f->score = score;
  f->chi2_per_sample = b->chi2;
  f->kept_nudge_per_ms = nudge;
  for (size_t u = 0; u < f->n_unknowns; u++) f->unknowns[u].value = lg_cable_fit_value(&f->unknowns[u], b->x[u]);
  if (stage) stage(user, words, f);
}

static double rms_now(cable_fit_desk *d) {
  double cost;
  d->scale_mV = d->huber = 0.0;
  lg_cable_fit_weigh(d);
  if (!lg_cable_fit_evaluate(d, d->lm.x, &cost, NULL, NULL)) return 10.0;
  double sum = 0.0;
  size_t n = 0;
  for (size_t k = 0; k < d->n_active; k++) {
    sum += d->jobs[d->active[k]].chi2;
    n += d->jobs[d->active[k]].n;
  }
  return n > 0 ? d->fit->sigma_mV * sqrt(sum / (double)n) : 10.0;
}

/* One stage: weigh by the misfit as it stands, go down. */
static bool descend(cable_fit_desk *d, double nudge, size_t iterations) {
  d->nudge_per_ms = nudge;
  d->slope_share = CABLE_FIT_SLOPE_SHARE;
  const double rms = rms_now(d);
  d->scale_mV = 0.3 * rms;
  d->huber = 6.0;
  lg_cable_fit_weigh(d);
  return lg_lm_descend(&d->lm, iterations, 0.5);
}

/* The end: nothing but the noise counts. */
static bool polish(cable_fit_desk *d, size_t iterations) {
  d->nudge_per_ms = d->scale_mV = d->huber = 0.0;
  d->slope_share = CABLE_FIT_SLOPE_SHARE;
  lg_cable_fit_weigh(d);
  return lg_lm_descend(&d->lm, iterations, 0.01);
}

/* Where the fit comes near the noise, the error of the model's steps moves values by more than the noise does. */
static void take_steps_off(cable_fit_desk *d, size_t iterations, best *b, cable_fit_stage_fn *stage, void *user) {
  if (!(b->chi2 < 3.0)) return;
  const best before = *b;
  for (int round = 0; round < 2; round++) {
    if (!lg_cable_fit_correct(d, b->x)) return;
    (void)lg_cable_fit_choose(d, false);
    memcpy(d->lm.x, b->x, sizeof b->x);
    b->score = b->chi2 = INFINITY; /* the step's error changes what they mean */
    b->corrected = true;
    if (polish(d, 6 * iterations)) consider(d, 0.0, b, stage, user, "polished without the error of steps");
    if (b->chi2 < 3.0) continue;
    *b = before;
    lg_cable_fit_uncorrect(d);
    return;
  }
}

static void begin_at(cable_fit_desk *d, size_t start) {
  lg_rng rng = lg_rng_make(d->o->seed, 0xf17, start);
  for (size_t u = 0; u < d->lm.n; u++) {
    const double share = 0.2 + 0.6 * lg_rng_uniform(&rng);
    d->lm.x[u] = start == 0 ? d->lm.centre[u] : d->lm.low[u] + share * (d->lm.high[u] - d->lm.low[u]);
  }
}

static void passive_stage(cable_fit_desk *d, size_t iterations) {
  bool any = false;
  if (!lg_cable_fit_choose(d, true)) return;
  for (size_t u = 0; u < d->lm.n; u++) {
    d->lm.fixed[u] = !d->fit->unknowns[u].passive;
    any = any || d->fit->unknowns[u].passive;
  }
  if (any) (void)descend(d, 0.0, 2 * iterations);
  for (size_t u = 0; u < d->lm.n; u++) d->lm.fixed[u] = false;
}

static bool any_spikes(const cable_fit_desk *d) {
  for (size_t k = 0; k < d->n_jobs; k++)
    if (d->jobs[k].s->train && d->jobs[k].s->spikes) return true;
  return false;
}

static lg_status one_start(cable_fit_desk *d, size_t start, size_t n_starts, best *b, cable_fit_stage_fn *stage,
                           void *user) {
  lg_status status = LG_OK;
  const size_t iterations = d->o->iterations > 0 ? d->o->iterations : 8, total = n_starts * (N_NUDGES + 1);
  const bool active = any_spikes(d);
  char words[80];
  lg_cable_fit_uncorrect(d);
  begin_at(d, start);
  LG_TRY(lg_progress(d->ctx, "fitting the cell", start * (N_NUDGES + 1), total));
  passive_stage(d, iterations);
  if (start > 0 && active) (void)lg_cable_fit_populate(d, start, true);
  (void)snprintf(words, sizeof words, "start %zu of %zu, passive", start + 1, n_starts);
  consider(d, 0.0, b, stage, user, words);
  for (size_t k = active ? 0 : N_NUDGES - 1; k < N_NUDGES; k++) {
    LG_TRY(lg_progress(d->ctx, "fitting the cell", start * (N_NUDGES + 1) + k + 1, total));
    if (!lg_cable_fit_choose(d, false)) break;
    if (!descend(d, nudges[k], nudges[k] > 0.0 ? iterations : 2 * iterations)) continue;
    (void)snprintf(words, sizeof words, "start %zu of %zu, K = %g per ms", start + 1, n_starts, nudges[k]);
    consider(d, nudges[k], b, stage, user, words);
  }
  /* near the noise already: let the noise alone decide */
  if (b->chi2 < 100.0 && lg_cable_fit_choose(d, false)) {
    memcpy(d->lm.x, b->x, sizeof b->x);
    if (polish(d, 6 * iterations)) consider(d, 0.0, b, stage, user, "polished");
    take_steps_off(d, iterations, b, stage, user);
  }
done:
  return status;
}

/* No start explains a cell that fires: go on by its spikes. low, high: of what scores nearly as well. */
static lg_status search_by_score(cable_fit_desk *d, best *b, double *low, double *high, cable_fit_stage_fn *stage,
                                 void *user) {
  lg_status status = LG_OK;
  double score;
  const double before = lg_cable_fit_score(d, b->x);
  LG_TRY(lg_cable_fit_evolve(d, b->x, before, low, high, &score));
  if (!(score < before)) return LG_OK;
  b->score = b->chi2 = INFINITY;
  consider(d, 0.0, b, stage, user, "evolved by spikes");
  d->fit->by_score = true;
done:
  return status;
}

static void put_into_model(const cable_fit *f, cable_model *model) {
  for (size_t u = 0; u < f->n_unknowns; u++)
    for (size_t k = 0; k < f->unknowns[u].n_tied; k++)
      lg_cable_model_set(model, &f->unknowns[u].tied[k], f->unknowns[u].value);
}

lg_status lg_cable_fit_run(lg_ctx *ctx, cable_model *model, const cable_cut *cut, const cable_fit_options *options,
                           cable_fit_unknown *unknowns, size_t n_unknowns, cable_fit_sweep *sweeps, size_t n_sweeps,
                           cable_fit_stage_fn *stage, void *user, cable_fit **out) {
  lg_status status = LG_OK;
  cable_fit *f = NULL;
  cable_fit_desk *d = NULL;
  cable_tree *tree = NULL;
  cable_parameter *seeds = NULL;
  best b = {.score = INFINITY, .chi2 = INFINITY};
  const size_t n_clamps = model->n_clamps, n_synapses = model->n_synapses;
  *out = NULL;
  model->n_clamps = model->n_synapses = 0;
  f = lg_alloc(ctx, 1, sizeof *f);
  if (!f) {
    lg_free(ctx, unknowns);
    lg_cable_fit_sweeps_destroy(ctx, sweeps, n_sweeps);
    status = LG_ERR_MEMORY;
    goto done;
  }
  f->unknowns = unknowns;
  f->n_unknowns = n_unknowns;
  f->sweeps = sweeps;
  f->n_sweeps = n_sweeps;
  LG_NEW(ctx, d, 1);
  d->ctx = ctx;
  d->fit = f;
  d->o = options;
  f->sigma_mV = options->noise_mV > 0.0 ? options->noise_mV : estimate_noise(ctx, sweeps, n_sweeps);
  LG_TRY(lg_cable_tree_create(ctx, model, cut, &tree));
  f->n_nodes = tree->n_nodes;
  for (size_t k = 0; k < tree->n_nodes; k++) d->capacitance_nF += tree->capacitance_nF[k];
  LG_TRY(make_seeds(ctx, d, &seeds));
  LG_TRY(make_jobs(ctx, d, model, tree, seeds));
  make_search(d);
  const size_t n_starts = options->starts > 0 ? options->starts : 3;
  for (size_t s = 0; s < n_starts && !b.explained; s++) {
    f->starts = s + 1;
    LG_TRY(one_start(d, s, n_starts, &b, stage, user));
  }
  if (!isfinite(b.score)) {
    status = lg_fail(ctx, LG_ERR_NUMERICAL, "no start led to a run that stays within ±1000 mV");
    goto done;
  }
  double low[LG_LM_MOST], high[LG_LM_MOST];
  if (!b.explained && any_spikes(d)) {
    lg_cable_fit_uncorrect(d);
    b.corrected = false;
    LG_TRY(search_by_score(d, &b, low, high, stage, user));
  }
  memcpy(d->lm.x, b.x, sizeof b.x);
  lg_cable_fit_uncorrect(d);
  if (b.corrected) (void)lg_cable_fit_correct(d, b.x);
  f->explained = b.explained;
  d->slope_share = CABLE_FIT_SLOPE_SHARE;
  d->scale_mV = d->huber = 0.0;
  lg_cable_fit_weigh(d);
  f->score = lg_cable_fit_look(d, d->lm.x);
  f->chi2_per_sample = chi2_now(d);
  LG_TRY(lg_progress(ctx, "intervals", 0, 1));
  if (f->by_score) lg_cable_fit_judge_by_score(d, low, high);
  else lg_cable_fit_judge(d);
  LG_TRY(lg_progress(ctx, "intervals", 1, 1));
  f->evaluations = d->lm.evaluations;
  f->derivatives = d->lm.derivatives;
  model->n_clamps = n_clamps;
  model->n_synapses = n_synapses;
  put_into_model(f, model);
  *out = f;
  f = NULL;
done:
  model->n_clamps = n_clamps;
  model->n_synapses = n_synapses;
  if (d) destroy_desk(ctx, d);
  lg_free(ctx, d);
  lg_free(ctx, seeds);
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_fit_destroy(ctx, f);
  return status;
}

void lg_cable_fit_destroy(lg_ctx *ctx, cable_fit *f) {
  if (!f) return;
  lg_free(ctx, f->unknowns);
  lg_cable_fit_sweeps_destroy(ctx, f->sweeps, f->n_sweeps);
  lg_free(ctx, f);
}
