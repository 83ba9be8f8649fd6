#include "twin/screening.h"

#include "twin/assay_step.h"
#include "twin/trial_internal.h"

#include <math.h>
#include <string.h>

#define FI_STEP_MS 500.0
#define STEP_MS 1000.0
#define DT_MS 0.05
#define SAMPLE_STEPS 2
#define TAIL_MS 2.5

struct lg_screening {
  lg_screening_opts opts;
  lg_assay_opts assay;
  lg_neuron *base;     /* (n_individuals) epileptic or not, without bath */
  lg_neuron *bathed;   /* (n_individuals) untreated, in the bath */
  lg_assay_plan *plan; /* (n_individuals) */
  lg_assay *before;    /* (n_individuals) */
  double *healthy;     /* (n_individuals) area of the healthy one, or NULL */
  double *wave;        /* STEP */
  size_t n_wave;
};

void lg_screening_destroy(lg_ctx *ctx, lg_screening *s) {
  if (!s) return;
  lg_free(ctx, s->base);
  lg_free(ctx, s->bathed);
  lg_free(ctx, s->plan);
  lg_free(ctx, s->before);
  lg_free(ctx, s->healthy);
  lg_free(ctx, s->wave);
  lg_free(ctx, s);
}

size_t lg_screening_n_points(const lg_screening *s) {
  return s->opts.n_individuals * s->opts.table->n * s->opts.n_doses;
}

const lg_assay_plan *lg_screening_plan(const lg_screening *s, size_t k) { return &s->plan[k]; }
const lg_assay *lg_screening_before(const lg_screening *s, size_t k) { return &s->before[k]; }

double lg_screening_ill_to_healthy(const lg_screening *s, size_t k) {
  return s->healthy && s->healthy[k] > 0.0 ? s->before[k].area / s->healthy[k] : (double)NAN;
}

/* ---- measuring ------------------------------------------------------------------------------------ */

static lg_assay nothing(void) {
  lg_assay a;
  memset(&a, 0, sizeof a);
  double *const numbers[] = {&a.rheobase_pA,
                             &a.area,
                             &a.gain_Hz_per_pA,
                             &a.adaptation,
                             &a.latency_ms,
                             &a.first_rate_Hz,
                             &a.threshold_mV,
                             &a.amplitude_mV,
                             &a.half_width_ms,
                             &a.peak_mV,
                             &a.rest_mV,
                             &a.Rin_MOhm,
                             &a.rebound_spikes,
                             &a.refractory_ms,
                             &a.ramp_first_spike_pA,
                             &a.train_followed_1Hz,
                             &a.train_followed_100Hz,
                             &a.train_upstroke_1Hz,
                             &a.train_upstroke_100Hz,
                             &a.plateau_spikes,
                             &a.plateau_late_rate_Hz};
  for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) *numbers[k] = (double)NAN;
  return a;
}

typedef struct looking {
  const lg_screening *s;
  lg_assay *out;
} looking;

static void look(void *user, size_t lane, const lg_lane_view *view) {
  const looking *l = user;
  const double on = l->s->assay.settle_ms;
  const size_t three = lg_assay_level(3.0);
  lg_assay *a = &l->out[lane];
  lg_step step;
  lg_step_measure(view, on, on + STEP_MS, &step);
  *a = nothing();
  a->n_spikes[three] = step.n_spikes;
  a->collapsed = step.collapsed ? 1u << three : 0u;
  a->latency_ms = step.first_ms;
  a->first_rate_Hz = 1000.0 / step.first_interval_ms;
  a->adaptation = step.adaptation;
  a->rest_mV = step.base_mV;
}

/* One step at 3 x for each of n neurons; plan k of individual who[k]. */
static lg_status measure_step(lg_ctx *ctx, const lg_screening *s, const lg_neuron *neurons, const size_t *who, size_t n,
                              lg_assay *out) {
  lg_status status = LG_OK;
  lg_lane *lane = NULL;
  looking user = {s, out};
  LG_NEW(ctx, lane, n > 0 ? n : 1);
  for (size_t k = 0; k < n; k++) lane[k] = (lg_lane){&neurons[k], 3.0 * s->plan[who[k]].unit_pA};
  const lg_lanes lanes = {.lane = lane,
                          .n = n,
                          .dt_ms = s->assay.dt_ms,
                          .n_steps = s->n_wave,
                          .waveform = s->wave,
                          .sample_every = SAMPLE_STEPS,
                          .single_precision = true,
                          .look = look,
                          .user = &user};
  status = lg_lanes_run(ctx, &lanes);
done:
  lg_free(ctx, lane);
  return status;
}

static lg_status measure_fi(lg_ctx *ctx, const lg_screening *s, const lg_neuron *neurons, const size_t *who, size_t n,
                            lg_assay *out) {
  lg_status status = LG_OK;
  lg_assay_plan *plans = NULL;
  LG_NEW(ctx, plans, n > 0 ? n : 1);
  for (size_t k = 0; k < n; k++) plans[k] = s->plan[who[k]];
  status = lg_assay_run(ctx, neurons, n, plans, false, out);
done:
  lg_free(ctx, plans);
  return status;
}

static lg_status measure(lg_ctx *ctx, const lg_screening *s, const lg_neuron *neurons, const size_t *who, size_t n,
                         lg_assay *out) {
  return s->opts.protocol == LG_SCREENING_STEP ? measure_step(ctx, s, neurons, who, n, out)
                                               : measure_fi(ctx, s, neurons, who, n, out);
}

/* ---- individuals ------------------------------------------------------------------------------------ */

/* Individuals that fire: index (n), in order. */
static size_t those_that_fire(const lg_screening *s, size_t *index) {
  size_t n = 0;
  for (size_t k = 0; k < s->opts.n_individuals; k++)
    if (!isnan(s->plan[k].baseline_rheobase_pA)) index[n++] = k;
  return n;
}

static lg_status measure_individuals(lg_ctx *ctx, lg_screening *s, const lg_neuron *from, lg_assay *to) {
  lg_status status = LG_OK;
  size_t *index = NULL;
  lg_neuron *neurons = NULL;
  lg_assay *found = NULL;
  const size_t all = s->opts.n_individuals;
  LG_NEW(ctx, index, all);
  LG_NEW(ctx, neurons, all);
  LG_NEW(ctx, found, all);
  const size_t n = those_that_fire(s, index);
  for (size_t k = 0; k < n; k++) neurons[k] = from[index[k]];
  LG_TRY(measure(ctx, s, neurons, index, n, found));
  for (size_t k = 0; k < n; k++) to[index[k]] = found[k];
done:
  lg_free(ctx, index);
  lg_free(ctx, neurons);
  lg_free(ctx, found);
  return status;
}

static lg_status make_plans(lg_ctx *ctx, lg_screening *s) {
  lg_status status = LG_OK;
  lg_neuron *neurons = NULL;
  lg_assay_plan *found = NULL;
  size_t *index = NULL, m = 0;
  const size_t n = s->opts.n_individuals;
  LG_NEW(ctx, neurons, n);
  LG_NEW(ctx, found, n);
  LG_NEW(ctx, index, n);
  for (size_t k = 0; k < n; k++) {
    const lg_individual *who = &s->opts.individuals[k];
    s->plan[k] = lg_assay_plan_known(&s->assay, who->rheobase_pA);
    if (who->rheobase_pA > 0.0) continue;
    neurons[m] = who->neuron;
    index[m++] = k;
  }
  LG_TRY(lg_assay_plans_make(ctx, neurons, m, &s->assay, 0.0, found));
  for (size_t k = 0; k < m; k++) s->plan[index[k]] = found[k];
done:
  lg_free(ctx, neurons);
  lg_free(ctx, found);
  lg_free(ctx, index);
  return status;
}

static lg_status measure_healthy(lg_ctx *ctx, lg_screening *s) {
  lg_status status = LG_OK;
  lg_neuron *well = NULL;
  lg_assay *found = NULL;
  const size_t n = s->opts.n_individuals;
  LG_NEW(ctx, well, n);
  LG_NEW(ctx, found, n);
  LG_NEW(ctx, s->healthy, n);
  for (size_t k = 0; k < n; k++)
    LG_TRY(lg_treat(ctx, s->opts.learned, &s->opts.individuals[k].neuron, NULL, 0, &s->opts.bath, &well[k], NULL));
  LG_TRY(measure_individuals(ctx, s, well, found));
  for (size_t k = 0; k < n; k++) s->healthy[k] = found[k].area;
done:
  lg_free(ctx, well);
  lg_free(ctx, found);
  return status;
}

static lg_status check(lg_ctx *ctx, const lg_screening_opts *o) {
  if (o->n_individuals < 1 || o->table->n < 1 || o->n_doses < 1)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a screen needs an individual, a compound and a dose");
  if (o->epileptic && o->protocol == LG_SCREENING_STEP)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "epileptic individuals are judged by their f-I curve, not by one step");
  for (size_t k = 0; k < o->n_individuals; k++) {
    const lg_status status = lg_treatable(ctx, o->learned, &o->individuals[k].neuron);
    if (status != LG_OK) return lg_fail_prefix(ctx, status, "%s: ", o->individuals[k].name);
  }
  return LG_OK;
}

lg_status lg_screening_create(lg_ctx *ctx, const lg_screening_opts *o, lg_screening **out) {
  lg_status status = LG_OK;
  lg_screening *s = NULL;
  *out = NULL;
  LG_TRY(check(ctx, o));
  LG_NEW(ctx, s, 1);
  s->opts = *o;
  s->assay = (lg_assay_opts)LG_ASSAY_OPTS_INIT;
  s->assay.what = LG_ASSAY_FI | LG_ASSAY_SINGLE;
  s->assay.step_ms = o->protocol == LG_SCREENING_STEP ? STEP_MS : FI_STEP_MS;
  double rate = 1.0; /* the same step for all: that of the warmest */
  for (size_t k = 0; k < o->n_individuals; k++)
    if (lg_rate_scale(&o->individuals[k].neuron) > rate) rate = lg_rate_scale(&o->individuals[k].neuron);
  s->assay.dt_ms = lg_assay_dt(DT_MS, rate);
  const size_t n = o->n_individuals;
  LG_NEW(ctx, s->base, n);
  LG_NEW(ctx, s->bathed, n);
  LG_NEW(ctx, s->plan, n);
  LG_NEW(ctx, s->before, n);
  s->n_wave = (size_t)((s->assay.settle_ms + STEP_MS + TAIL_MS) / s->assay.dt_ms + 0.5);
  LG_NEW(ctx, s->wave, s->n_wave);
  for (size_t k = 0; k < s->n_wave; k++) {
    const double t = ((double)k + 0.5) * s->assay.dt_ms - s->assay.settle_ms;
    s->wave[k] = t >= 0.0 && t < STEP_MS ? 1.0 : 0.0;
  }
  for (size_t k = 0; k < n; k++) {
    s->base[k] = o->individuals[k].neuron;
    if (o->epileptic) LG_TRY(lg_make_epileptic(ctx, &o->individuals[k].neuron, &s->base[k]));
    LG_TRY(lg_treat(ctx, o->learned, &s->base[k], NULL, 0, &o->bath, &s->bathed[k], NULL));
  }
  LG_TRY(make_plans(ctx, s));
  LG_TRY(measure_individuals(ctx, s, s->bathed, s->before));
  if (o->epileptic) LG_TRY(measure_healthy(ctx, s));
  *out = s;
  s = NULL;
done:
  lg_screening_destroy(ctx, s);
  return status;
}

/* ---- points ------------------------------------------------------------------------------------------- */

typedef struct place {
  size_t individual, compound, dose;
} place;

static place place_of(const lg_screening *s, size_t point) {
  const size_t per = s->opts.table->n * s->opts.n_doses, rest = point % per;
  return (place){point / per, rest / s->opts.n_doses, rest % s->opts.n_doses};
}

static void fail_point(lg_screening_result *r, const char *words) {
  r->failed = true;
  (void)snprintf(r->message, sizeof r->message, "%s", words);
}

/* Verdict by one count: the rule of the area, on one level. */
static lg_verdict judge_step(const lg_assay *before, const lg_assay *after, lg_verdict_ratios *r) {
  const size_t three = lg_assay_level(3.0);
  const double a = (double)after->n_spikes[three], b = (double)before->n_spikes[three];
  const double none = (double)NAN;
  *r = (lg_verdict_ratios){b > 0.0 ? a / b : a > 0.0 ? (double)INFINITY : 1.0, none, none, none, 0};
  r->new_collapse = after->collapsed & ~before->collapsed;
  if (r->new_collapse && a < 0.8 * b) return LG_VERDICT_BLOCK;
  if (after->n_spikes[three] == 0) return LG_VERDICT_SILENCED;
  return r->area < 0.8 ? LG_VERDICT_INHIBITED : r->area > 1.25 ? LG_VERDICT_EXCITED : LG_VERDICT_UNCHANGED;
}

static void finish(const lg_screening *s, place p, lg_screening_result *r) {
  const lg_assay *before = &s->before[p.individual];
  if (s->opts.protocol == LG_SCREENING_STEP) r->verdict = judge_step(before, &r->assay, &r->ratios);
  else r->verdict = lg_assay_judge(&s->plan[p.individual], before, &r->assay, &r->ratios);
  if (s->healthy && s->healthy[p.individual] > 0.0) r->area_to_healthy = r->assay.area / s->healthy[p.individual];
}

/* The treated neuron; *run false: the point failed, or nothing acts and the result is the untreated one. */
static lg_status treat(lg_ctx *ctx, const lg_screening *s, place p, lg_neuron *out, lg_screening_result *r, bool *run) {
  const lg_drug *drug = &s->opts.table->drugs[p.compound];
  const lg_dose dose = {drug, s->opts.dose_uM[p.compound * s->opts.n_doses + p.dose]};
  lg_treated how;
  *r = (lg_screening_result){.assay = s->before[p.individual], .area_to_healthy = (double)NAN};
  *run = false;
  if (isnan(s->plan[p.individual].baseline_rheobase_pA)) {
    fail_point(r, "the untreated neuron does not fire: there is nothing to change");
    return LG_OK;
  }
  if (isnan(dose.free_uM)) {
    fail_point(r, "the therapeutic free concentration of this compound is not known: no multiple of it");
    return LG_OK;
  }
  const lg_status status = lg_treat(ctx, s->opts.learned, &s->base[p.individual], &dose, 1, &s->opts.bath, out, &how);
  if (status == LG_ERR_MEMORY) return status;
  if (status != LG_OK) {
    fail_point(r, lg_ctx_message(ctx));
    lg_ctx_clear(ctx);
    return LG_OK;
  }
  r->n_acted = how.notes.n_acted;
  r->beyond = how.beyond;
  r->extrapolated = how.beyond || lg_trial_extrapolates(drug, dose.free_uM);
  *run = !lg_same_neuron(out, &s->bathed[p.individual]);
  return LG_OK;
}

/* All at once; when one cannot be run, one by one. */
static lg_status run_all(lg_ctx *ctx, const lg_screening *s, const lg_neuron *neurons, const size_t *who, size_t n,
                         const size_t *to, lg_assay *found, lg_screening_result *results) {
  lg_status status = measure(ctx, s, neurons, who, n, found);
  if (status == LG_OK)
    for (size_t k = 0; k < n; k++) results[to[k]].assay = found[k];
  if (status == LG_OK || status == LG_ERR_MEMORY || status == LG_ERR_CANCELLED) return status;
  for (size_t k = 0; k < n; k++) {
    status = measure(ctx, s, neurons + k, who + k, 1, found);
    if (status == LG_ERR_MEMORY || status == LG_ERR_CANCELLED) return status;
    if (status == LG_OK) results[to[k]].assay = found[0];
    else fail_point(&results[to[k]], lg_ctx_message(ctx));
  }
  lg_ctx_clear(ctx);
  return LG_OK;
}

lg_status lg_screening_points(lg_ctx *ctx, const lg_screening *s, size_t first, size_t n,
                              lg_screening_result *results) {
  lg_status status = LG_OK;
  lg_neuron *neurons = NULL;
  lg_assay *found = NULL;
  size_t *who = NULL, *to = NULL, m = 0;
  LG_NEW(ctx, neurons, n);
  LG_NEW(ctx, found, n);
  LG_NEW(ctx, who, n);
  LG_NEW(ctx, to, n);
  for (size_t k = 0; k < n; k++) {
    const place p = place_of(s, first + k);
    bool run;
    LG_TRY(treat(ctx, s, p, &neurons[m], &results[k], &run));
    if (!run) continue;
    who[m] = p.individual;
    to[m++] = k;
  }
  LG_TRY(run_all(ctx, s, neurons, who, m, to, found, results));
  for (size_t k = 0; k < n; k++)
    if (!results[k].failed) finish(s, place_of(s, first + k), &results[k]);
done:
  lg_free(ctx, neurons);
  lg_free(ctx, found);
  lg_free(ctx, who);
  lg_free(ctx, to);
  return status;
}
