#define _POSIX_C_SOURCE 200809L
#include "twin/differential_validate.h"

#include "base/elementary.h"
#include "neuron/learn_izhikevich.h"
#include "neuron/learn_tm_pair.h"
#include "neuron/validate_record.h"
#include "twin/differential_solve.h"

#include <string.h>
#include <time.h>

enum { P = LG_TM_PARAMETERS, CHUNK = LG_TM_LANES };
_Static_assert((int)LG_TM_PARAMETERS == (int)LG_IZH_N_PARAMS, "one table of parameters serves both");

/* ln .7, ln 1.5, ln .6 */
static const lg_delta_kind tm_kinds[] = {
    {"gNa -30 %", "gNa", true, -0.35667494393873245},
    {"gM +50 %", "gM", true, 0.4054651081081644},
    {"gK -40 %", "gK", true, -0.5108256237659907},
    {"gL +50 %", "gL", true, 0.4054651081081644},
    {"VT -5 mV", "VT", false, -5.0},
    {"M gate -5 mV", "p_shift", false, -5.0},
};
static const lg_delta_kind izhikevich_kinds[] = {
    {"k -30 %", "k", true, -0.35667494393873245},
    {"vt -3 mV", "vt", false, -3.0},
    {"a +50 %", "a", true, 0.4054651081081644},
    {"b +3 nS", "b", false, 3.0},
    {"c +4 mV", "c", false, 4.0},
    {"d +40 pA", "d", false, 40.0},
};

const lg_delta_kind *lg_delta_kinds(const char *model, size_t *n) {
  const bool tm = strcmp(model, "tm") == 0;
  *n = tm ? sizeof tm_kinds / sizeof tm_kinds[0] : sizeof izhikevich_kinds / sizeof izhikevich_kinds[0];
  return tm ? tm_kinds : izhikevich_kinds;
}

typedef struct desk {
  lg_tm_pair_desk *pair;
  lg_izh_data *izhikevich;
  lg_validate_drawer drawer;
  double *i, *before, *after;
} desk;

typedef struct job {
  const lg_delta_validation *plan;
  bool tm;
  size_t n, offset;
  desk *desks;
  lg_delta_trial *trials;
} job;

static double cpu_seconds(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0) return (double)NAN;
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The cell under the drug; a shift of the M gate is a shift of everything else the other way. */
static void play_after_tm(const lg_delta_validation *plan, const double natural[P], const lg_delta_kind *kind,
                          const double *i_pA, size_t n, double *v_mV) {
  const unsigned substeps = (unsigned)ceil(plan->dt_ms / 0.0125 - 1e-9);
  double theta[P], shift = 0.0;
  lg_tm_from_natural(natural, theta);
  if (strcmp(kind->target, "p_shift") == 0) {
    shift = kind->delta;
    for (int p = 5; p < P; p++) theta[p] -= shift;
  } else if (kind->scale) {
    for (int p = 1; p < 5; p++)
      if (strcmp(kind->target, lg_tm_parameter_names[p]) == 0) theta[p] += kind->delta;
  } else theta[8] += kind->delta;
  (void)lg_tm_simulate_sampled(theta, LG_TM_PRIOR_TAUMAX, i_pA, n, plan->dt_ms, substeps, 0, v_mV, NULL, 0);
  for (size_t k = 0; k < n; k++) v_mV[k] += shift;
}

static void play_after_izhikevich(const lg_delta_validation *plan, const double natural[P], const lg_delta_kind *kind,
                                  const double *i_pA, size_t n, double *v_mV) {
  double x[P];
  memcpy(x, natural, sizeof x);
  for (int p = 0; p < P; p++)
    if (strcmp(kind->target, lg_izh_param_names[p]) == 0)
      x[p] = kind->scale ? x[p] * lg_exp(kind->delta) : x[p] + kind->delta;
  const lg_izh_params q = lg_izh_from_vector(x);
  (void)lg_izh_simulate_sampled(&q, i_pA, n, plan->dt_ms, v_mV, NULL, 0);
}

static bool is_tm(const lg_delta_validation *plan) { return strcmp(plan->model, "tm") == 0; }

/* The same stimulus for both, noise of their own. Returns the kind of change. */
static size_t record_pair(const lg_delta_validation *plan, uint64_t index, lg_validate_drawer *drawer, size_t n,
                          double *i_pA, double *before_mV, double *after_mV) {
  size_t n_kinds;
  const lg_delta_kind *kinds = lg_delta_kinds(plan->model, &n_kinds);
  const size_t kind = (size_t)(index % n_kinds);
  const lg_validation record = {.data = is_tm(plan) ? LG_VALIDATE_TM : LG_VALIDATE_IZHIKEVICH,
                                .seed = plan->seed,
                                .protocol = LG_IZH_CLONE1,
                                .dt_ms = plan->dt_ms,
                                .sigma_mV = plan->sigma_mV};
  lg_validate_cell cell;
  lg_validate_record(&record, index, drawer, n, i_pA, before_mV, &cell);
  (is_tm(plan) ? play_after_tm : play_after_izhikevich)(plan, cell.natural, &kinds[kind], i_pA, n, after_mV);
  lg_izh_add_noise(after_mV, n, plan->sigma_mV, plan->seed ^ 0x6166746572, index);
  return kind;
}

size_t lg_delta_samples(const lg_delta_validation *plan) { return lg_izh_protocol_samples(LG_IZH_CLONE1, plan->dt_ms); }

void lg_delta_record(const lg_delta_validation *plan, uint64_t index, double *i_pA, double *before_mV,
                     double *after_mV) {
  lg_validate_drawer drawer = {.filled = false};
  (void)record_pair(plan, index, &drawer, lg_delta_samples(plan), i_pA, before_mV, after_mV);
}

/* Name, probability and the figures of the true candidate. */
static void score(const lg_delta_kind *kind, const char *const *names, size_t m, const lg_delta_answer *a,
                  lg_delta_trial *t) {
  size_t best = 0, truth = 0;
  for (size_t c = 0; c < m; c++) {
    if (a->probability[c] > a->probability[best]) best = c;
    if (strcmp(names[c], kind->target) == 0) truth = c;
  }
  const bool none = a->none > a->probability[best];
  (void)snprintf(t->target, sizeof t->target, "%s", none ? "none" : names[best]);
  t->probability = none ? a->none : a->probability[best];
  t->exact = a->subset == 1u << truth;
  t->found = t->sd = t->value_error = t->change_error = (double)NAN;
  if (!(a->subset >> truth & 1u)) return;
  t->found = a->delta[truth];
  t->sd = a->sd[truth];
  t->value_error = kind->scale ? lg_expm1(t->found - kind->delta) : t->found / kind->delta - 1.0;
  t->change_error = kind->scale ? lg_expm1(t->found) / lg_expm1(kind->delta) - 1.0 : t->value_error;
}

static void solve_tm(const job *j, desk *d, const lg_delta_kind *kind, lg_delta_trial *t) {
  lg_tm_fit_opts opts = lg_tm_fit_opts_default();
  const lg_tm_sweep before = {j->n, j->plan->dt_ms, d->before, d->i}, after = {j->n, j->plan->dt_ms, d->after, d->i};
  const lg_tm_side sides[2] = {{&before, 1}, {&after, 1}};
  lg_tm_pair_fit fit;
  lg_delta_answer a = {.subset = 0};
  t->fitted = lg_tm_pair_identify_in(d->pair, &sides[0], &sides[1], &opts, &fit);
  if (!t->fitted) return;
  a.subset = fit.subset;
  a.none = fit.subset_weight[0];
  memcpy(a.delta, fit.delta, sizeof fit.delta);
  memcpy(a.sd, fit.sd, sizeof fit.sd);
  memcpy(a.probability, fit.probability, sizeof fit.probability);
  t->accepted = fit.accepted;
  t->chi2_before = fit.chi2_before;
  t->chi2_after = fit.chi2_after;
  score(kind, lg_tm_change_names, LG_TM_CHANGES, &a, t);
}

static void solve_izhikevich(const job *j, desk *d, const lg_delta_kind *kind, lg_delta_trial *t) {
  lg_izhikevich_fit fit[2];
  lg_delta_candidate candidates[LG_DELTA_MAX_C];
  const char *names[LG_DELTA_MAX_C] = {""};
  lg_delta_answer a;
  for (int side = 0; side < 2; side++) {
    lg_identify_opts opts = LG_IDENTIFY_OPTS_INIT;
    const lg_trace trace = {side ? d->after : d->before, d->i, j->n, j->plan->dt_ms};
    if (!lg_izh_identify_in(d->izhikevich, &trace, 1, &opts, &fit[side])) return;
    if (side && !fit[1].accepted) { /* a valley that the cell was never in: begin where it was */
      lg_izhikevich_fit again;
      opts.starts = fit[0].parameters;
      opts.n_starts = 1;
      if (lg_izh_identify_in(d->izhikevich, &trace, 1, &opts, &again) && again.accepted) fit[1] = again;
    }
    if (fit[side].stage == LG_IDENTIFY_NONE) return;
  }
  const size_t m = lg_delta_izhikevich(candidates);
  for (size_t c = 0; c < m; c++) names[c] = candidates[c].name;
  t->fitted = lg_delta_solve(P, fit[0].z, &fit[0].covariance_z[0][0], fit[1].z, &fit[1].covariance_z[0][0], candidates,
                             m, 2.0 * (double)j->n, &a);
  if (!t->fitted) return;
  t->chi2_before = fit[0].chi2_per_sample;
  t->chi2_after = fit[1].chi2_per_sample;
  t->accepted = fit[0].accepted && fit[1].accepted;
  score(kind, names, m, &a, t);
}

static lg_status run_pairs(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  const lg_delta_validation *plan = j->plan;
  desk *d = &j->desks[worker];
  size_t n_kinds;
  const lg_delta_kind *kinds = lg_delta_kinds(plan->model, &n_kinds);
  for (size_t k = begin; k < end; k++) {
    const uint64_t index = plan->first + j->offset + k;
    lg_delta_trial *t = &j->trials[k];
    memset(t, 0, sizeof *t);
    t->found = t->sd = t->value_error = t->change_error = t->chi2_before = t->chi2_after = (double)NAN;
    (void)snprintf(t->target, sizeof t->target, "no fit");
    t->kind = record_pair(plan, index, &d->drawer, j->n, d->i, d->before, d->after);
    const double start = cpu_seconds();
    (j->tm ? solve_tm : solve_izhikevich)(j, d, &kinds[t->kind], t);
    t->seconds = cpu_seconds() - start;
  }
  return LG_OK;
}

static lg_status check_plan(lg_ctx *ctx, const lg_delta_validation *plan) {
  if (strcmp(plan->model, "tm") != 0 && strcmp(plan->model, "izhikevich") != 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "model '%s'; tm or izhikevich", plan->model);
  if (plan->n == 0 || plan->n > 1000000) return lg_fail(ctx, LG_ERR_RANGE, "%zu pairs; 1 to 1000000", plan->n);
  if (!(plan->dt_ms >= 0.01 && plan->dt_ms <= 0.25))
    return lg_fail(ctx, LG_ERR_RANGE, "dt = %g ms; 0.01 to 0.25", plan->dt_ms);
  if (!(plan->sigma_mV >= 0.0 && plan->sigma_mV <= 10.0))
    return lg_fail(ctx, LG_ERR_RANGE, "noise = %g mV; 0 to 10", plan->sigma_mV);
  return LG_OK;
}

static lg_status make_desk(lg_ctx *ctx, const job *j, desk *d) {
  lg_status status = LG_OK;
  if (j->tm) LG_TRY(lg_tm_pair_desk_create(ctx, j->n, j->n, &d->pair));
  else LG_TRY(lg_izh_data_create(ctx, j->n, &d->izhikevich));
  LG_NEW(ctx, d->i, j->n);
  LG_NEW(ctx, d->before, j->n);
  LG_NEW(ctx, d->after, j->n);
done:
  return status;
}

static void clear_desk(lg_ctx *ctx, desk *d) {
  lg_tm_pair_desk_destroy(ctx, d->pair);
  lg_izh_data_destroy(ctx, d->izhikevich);
  lg_free(ctx, d->i);
  lg_free(ctx, d->before);
  lg_free(ctx, d->after);
}

lg_status lg_delta_validate(lg_ctx *ctx, const lg_delta_validation *plan, lg_delta_trial *trials) {
  lg_status status = LG_OK;
  const unsigned threads = lg_ctx_threads(ctx);
  job j = {.plan = plan, .trials = trials};
  LG_TRY(check_plan(ctx, plan));
  j.tm = is_tm(plan);
  j.n = lg_delta_samples(plan);
  LG_NEW(ctx, j.desks, threads);
  for (unsigned t = 0; t < threads; t++) LG_TRY(make_desk(ctx, &j, &j.desks[t]));
  const size_t batch = (size_t)CHUNK * threads;
  for (size_t begin = 0; begin < plan->n; begin += batch) {
    const size_t n = batch < plan->n - begin ? batch : plan->n - begin;
    job piece = j;
    piece.trials = trials + begin;
    piece.offset = begin;
    LG_TRY(lg_parallel_for(ctx, n, 1, run_pairs, &piece));
    LG_TRY(lg_progress(ctx, "pairs", begin + n, plan->n));
  }
done:
  for (unsigned t = 0; j.desks && t < threads; t++) clear_desk(ctx, &j.desks[t]);
  lg_free(ctx, j.desks);
  return status;
}
