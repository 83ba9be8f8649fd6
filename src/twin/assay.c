/* The protocols of an assay, each as one run of many lanes. */
#include "twin/assay.h"

#include "base/elementary.h"
#include "twin/assay_step.h"

#include <loligo/features.h>
#include <math.h>
#include <string.h>

enum { SECTIONS = 7, SECTIONS_ALONE = 15, INTERVALS = 12 };

#define SAMPLE_MS 0.1
#define PULSE_MS 2.0
#define TAIL_MS 2.5

const double lg_assay_factors[LG_ASSAY_LEVELS] = {0.0, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0};

/* Intervals of paired pulses, ms. */
static const double intervals_ms[INTERVALS] = {2.5, 3, 4, 5, 6, 8, 10, 13, 17, 25, 40, 80};

size_t lg_assay_level(double factor) {
  for (size_t k = 0; k < LG_ASSAY_LEVELS; k++)
    if (fabs(lg_assay_factors[k] - factor) < 1e-9) return k;
  return 0;
}

void lg_assay_be_quick(lg_assay_opts *o) {
  o->what = LG_ASSAY_FI | LG_ASSAY_RHEOBASE | LG_ASSAY_SINGLE;
  o->dt_ms = 0.05;
}

double lg_assay_dt(double dt_ms, double rate_scale) { return rate_scale > 1.0 ? dt_ms / ceil(rate_scale) : dt_ms; }

/* ---- waveforms ---------------------------------------------------------------------------------- */

typedef enum shape { STEP, RAMP, TRAIN } shape;

/* A waveform of height 1; TRAIN: pulses of PULSE_MS every `period` from on to off. */
typedef struct wave {
  shape shape;
  double on_ms, off_ms, end_ms, period_ms;
} wave;

static size_t steps_per(double ms, double dt_ms) {
  const double k = floor(ms / dt_ms + 0.5);
  return k < 1.0 ? 1 : (size_t)k;
}

static double height(const wave *w, double t) {
  if (t < w->on_ms || t >= w->off_ms) return 0.0;
  if (w->shape == RAMP) return (t - w->on_ms) / (w->off_ms - w->on_ms);
  if (w->shape == STEP) return 1.0;
  return fmod(t - w->on_ms, w->period_ms) < PULSE_MS ? 1.0 : 0.0;
}

typedef struct run_opts {
  double dt_ms, sample_ms;
  size_t max_spikes;
  bool single;
} run_opts;

static bool single(const lg_assay_opts *o) { return (o->what & LG_ASSAY_SINGLE) != 0; }

static lg_status run_wave(lg_ctx *ctx, const wave *w, const run_opts *o, const lg_lane *lane, size_t n, lg_lane_fn look,
                          void *user) {
  lg_status status = LG_OK;
  double *values = NULL;
  const size_t n_steps = steps_per(w->end_ms, o->dt_ms);
  LG_NEW(ctx, values, n_steps);
  for (size_t k = 0; k < n_steps; k++) values[k] = height(w, ((double)k + 0.5) * o->dt_ms);
  const lg_lanes lanes = {.lane = lane,
                          .n = n,
                          .dt_ms = o->dt_ms,
                          .n_steps = n_steps,
                          .waveform = values,
                          .sample_every = steps_per(o->sample_ms, o->dt_ms),
                          .max_spikes = o->max_spikes,
                          .single_precision = o->single,
                          .look = look,
                          .user = user};
  status = lg_lanes_run(ctx, &lanes);
done:
  lg_free(ctx, values);
  return status;
}

/* ---- titration ---------------------------------------------------------------------------------- */

/* Brackets of n neurons, all narrowed at once by several currents each. */
typedef struct titration {
  const lg_neuron *neurons;
  size_t n;
  const wave *wave;
  run_opts opts;
  double *low, *high; /* (n) silent, fires; high NAN: this neuron is left out */
  bool *at_rest;      /* (n) or NULL: whether it fires without current is found beside the first round; then left out */
  size_t per;         /* lanes of a neuron in this round */
  lg_lane *lane;      /* (n, per) */
  bool *fired;        /* (n, per) */
} titration;

static void look_fired(void *user, size_t lane, const lg_lane_view *view) {
  const titration *t = user;
  t->fired[lane] = lg_step_count(view, t->wave->on_ms, t->wave->end_ms) > 0;
}

static double between(double low, double high, size_t k, size_t sections) {
  const double share = (double)(k + 1) / (double)(sections + 1);
  return low > 0.0 ? low * lg_exp(lg_ln(high / low) * share) : low + (high - low) * share;
}

static lg_status narrow(lg_ctx *ctx, titration *t, size_t sections, bool rest, size_t *index) {
  size_t m = 0;
  t->per = sections + rest;
  for (size_t k = 0; k < t->n; k++) {
    if (isnan(t->high[k])) continue;
    lg_lane *lane = t->lane + m * t->per;
    index[m++] = k;
    for (size_t s = 0; s < sections; s++)
      lane[s] = (lg_lane){&t->neurons[k], between(t->low[k], t->high[k], s, sections)};
    if (rest) lane[sections] = (lg_lane){&t->neurons[k], 0.0};
  }
  const lg_status status = run_wave(ctx, t->wave, &t->opts, t->lane, m * t->per, look_fired, t);
  if (status != LG_OK) return status;
  for (size_t k = 0; k < m; k++) {
    const bool *fired = t->fired + k * t->per;
    size_t s = 0;
    while (s < sections && !fired[s]) s++;
    if (s < sections) t->high[index[k]] = t->lane[k * t->per + s].amp_pA;
    if (s > 0) t->low[index[k]] = t->lane[k * t->per + s - 1].amp_pA;
    if (!rest) continue;
    t->at_rest[index[k]] = fired[sections];
    if (fired[sections]) t->high[index[k]] = (double)NAN;
  }
  return LG_OK;
}

/*
 * high[] is answered: the smallest current that fired, within (high/low)^(1/2^bits). A neuron alone in single precision
 * would leave most of a vector empty: it takes four bits a round, others three.
 */
static lg_status titrate(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const wave *w, const run_opts *o,
                         unsigned bits, double *low, double *high, bool *at_rest) {
  lg_status status = LG_OK;
  size_t *index = NULL;
  const size_t most = n == 1 && o->single ? SECTIONS_ALONE : SECTIONS;
  titration t = {.neurons = neurons, .n = n, .wave = w, .opts = *o, .low = low, .high = high, .at_rest = at_rest};
  LG_NEW(ctx, t.lane, n * (most + 1));
  LG_NEW(ctx, t.fired, n * (most + 1));
  LG_NEW(ctx, index, n);
  for (unsigned found = 0, round; found < bits; found += round) {
    round = most == SECTIONS_ALONE && bits - found >= 4 ? 4 : bits - found >= 3 ? 3 : bits - found;
    LG_TRY(narrow(ctx, &t, ((size_t)1 << round) - 1, at_rest && found == 0, index));
  }
done:
  lg_free(ctx, t.lane);
  lg_free(ctx, t.fired);
  lg_free(ctx, index);
  return status;
}

/* ---- plans -------------------------------------------------------------------------------------- */

static lg_status check_opts(lg_ctx *ctx, const lg_assay_opts *o) {
  if (!(o->step_ms >= 50.0 && o->step_ms <= 1e5))
    return lg_fail(ctx, LG_ERR_RANGE, "step_ms is %g; 50 … 1e5", o->step_ms);
  if (!(o->settle_ms >= 10.0 && o->settle_ms <= 1e5))
    return lg_fail(ctx, LG_ERR_RANGE, "settle_ms is %g; 10 … 1e5", o->settle_ms);
  if (!(o->dt_ms >= 1e-4 && o->dt_ms <= 0.1)) return lg_fail(ctx, LG_ERR_RANGE, "dt_ms is %g; 1e-4 … 0.1", o->dt_ms);
  if (!(o->train_ms >= 2000.0 && o->train_ms <= 1e5))
    return lg_fail(ctx, LG_ERR_RANGE, "train_ms is %g; 2000 … 1e5", o->train_ms);
  if (!(o->plateau_ms >= 500.0 && o->plateau_ms <= 3e5))
    return lg_fail(ctx, LG_ERR_RANGE, "plateau_ms is %g; 500 … 3e5", o->plateau_ms);
  if (!(o->plateau_factor > 0.0 && o->plateau_factor <= 100.0))
    return lg_fail(ctx, LG_ERR_RANGE, "plateau_factor is %g; 0 … 100", o->plateau_factor);
  return LG_OK;
}

static wave step_wave(const lg_assay_opts *o) {
  return (wave){STEP, o->settle_ms, o->settle_ms + o->step_ms, o->settle_ms + o->step_ms + TAIL_MS, 0.0};
}

static run_opts coarse(const lg_assay_opts *o) { return (run_opts){o->dt_ms, SAMPLE_MS, 0, single(o)}; }

static const wave pulse_wave = {TRAIN, 20.0, 20.0 + PULSE_MS, 40.0, 1e9};

/* 15 mV/ms: beyond that a membrane without sodium channels is thrown above -15 mV, too. */
static double highest_pA(const lg_neuron *neuron) {
  return strcmp(neuron->info->model, "hh52") == 0 ? 300.0 : 15.0 * lg_neuron_get(neuron, "C");
}

static lg_status plan_pulses(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const lg_assay_opts *o,
                             lg_assay_plan *out, double *low, double *high) {
  const run_opts run = coarse(o);
  for (size_t k = 0; k < n; k++) {
    low[k] = out[k].unit_pA;
    high[k] = 300.0 * out[k].unit_pA;
  }
  const lg_status status = titrate(ctx, neurons, n, &pulse_wave, &run, 9, low, high, NULL);
  for (size_t k = 0; k < n && status == LG_OK; k++)
    out[k].pulse_pA = high[k] < 300.0 * out[k].unit_pA ? 1.5 * high[k] : (double)NAN;
  return status;
}

/* Rheobases into high[]: 0 fires without current, NAN never. Near a guess first, then those that are not there. */
static lg_status rheobases(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const lg_assay_opts *o, double near_pA,
                           double *low, double *high) {
  lg_status status = LG_OK;
  bool *at_rest = NULL, *found = NULL;
  const wave w = step_wave(o);
  const run_opts run = coarse(o);
  LG_NEW(ctx, at_rest, n);
  LG_NEW(ctx, found, n);
  for (size_t k = 0; k < n && near_pA > 0.0; k++) {
    low[k] = 0.25 * near_pA;
    high[k] = 4.0 * near_pA;
  }
  if (near_pA > 0.0) LG_TRY(titrate(ctx, neurons, n, &w, &run, 9, low, high, at_rest));
  for (size_t k = 0; k < n; k++) { /* inside the bracket, not at an end that was only assumed */
    const double top = highest_pA(&neurons[k]);
    found[k] = near_pA > 0.0 && low[k] > 0.25 * near_pA && high[k] < 4.0 * near_pA;
    low[k] = found[k] ? -high[k] : 1e-4 * top; /* kept aside */
    high[k] = found[k] || at_rest[k] ? (double)NAN : top;
  }
  LG_TRY(titrate(ctx, neurons, n, &w, &run, 15, low, high, near_pA > 0.0 ? NULL : at_rest));
  for (size_t k = 0; k < n; k++)
    high[k] = found[k] ? -low[k] : at_rest[k] ? 0.0 : high[k] < highest_pA(&neurons[k]) ? high[k] : (double)NAN;
done:
  lg_free(ctx, at_rest);
  lg_free(ctx, found);
  return status;
}

static lg_assay_plan plan_with(const lg_assay_opts *o, double rheobase_pA, double unit_pA) {
  lg_assay_plan p = {.opts = *o, .baseline_rheobase_pA = rheobase_pA, .unit_pA = unit_pA, .pulse_pA = (double)NAN};
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++) p.i_pA[l] = lg_assay_factors[l] * unit_pA;
  return p;
}

lg_assay_plan lg_assay_plan_known(const lg_assay_opts *o, double rheobase_pA) {
  return plan_with(o, rheobase_pA, rheobase_pA);
}

lg_status lg_assay_plans_make(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const lg_assay_opts *opts,
                              double near_pA, lg_assay_plan *out) {
  static const lg_assay_opts defaults = LG_ASSAY_OPTS_INIT;
  const lg_assay_opts o = opts ? *opts : defaults;
  lg_status status = LG_OK;
  double *low = NULL, *high = NULL;
  if (n == 0) return LG_OK;
  LG_TRY(check_opts(ctx, &o));
  LG_NEW(ctx, low, n);
  LG_NEW(ctx, high, n);
  LG_TRY(rheobases(ctx, neurons, n, &o, near_pA, low, high));
  for (size_t k = 0; k < n; k++)
    out[k] = plan_with(&o, high[k], high[k] > 0.0 ? high[k] : 0.5 * lg_neuron_get(&neurons[k], "C"));
  if (o.what & (LG_ASSAY_SHAPE | LG_ASSAY_TRAIN)) LG_TRY(plan_pulses(ctx, neurons, n, &o, out, low, high));
done:
  lg_free(ctx, low);
  lg_free(ctx, high);
  return status;
}

lg_status lg_assay_plan_make(lg_ctx *ctx, const lg_neuron *neuron, const lg_assay_opts *opts, lg_assay_plan *out) {
  const lg_status status = lg_assay_plans_make(ctx, neuron, 1, opts, 0.0, out);
  if (status == LG_OK && isnan(out->baseline_rheobase_pA))
    return lg_fail(ctx, LG_ERR_NUMERICAL,
                   "the neuron does not fire up to %g pA: there is nothing that a drug could change",
                   highest_pA(neuron));
  return status;
}

/* ---- the protocols ------------------------------------------------------------------------------- */

typedef struct assay_run {
  const lg_neuron *neurons;
  size_t n, n_own;
  const lg_assay_plan *plans;
  bool one_plan;
  lg_assay *out;
  lg_step *steps; /* (n, per) */
  size_t per;
  const wave *wave;
  lg_lane *lane; /* (n, per) */
  double interval_ms, period_ms;
} assay_run;

static const lg_assay_plan *plan_of(const assay_run *r, size_t k) { return &r->plans[r->one_plan ? 0 : k]; }

static void look_step(void *user, size_t lane, const lg_lane_view *view) {
  const assay_run *r = user;
  lg_step_measure(view, r->wave->on_ms, r->wave->off_ms, &r->steps[lane]);
}

static double area_of(const lg_assay_plan *plan, const lg_assay *a, size_t from, size_t to) {
  double sum = 0.0;
  for (size_t l = from; l < to; l++)
    sum += 0.5 * (plan->i_pA[l + 1] - plan->i_pA[l]) * ((double)a->n_spikes[l] + (double)a->n_spikes[l + 1]);
  return sum * 1000.0 / plan->opts.step_ms;
}

double lg_assay_area(const lg_assay_plan *plan, const lg_assay *a, double from_factor, double to_factor) {
  return area_of(plan, a, lg_assay_level(from_factor), lg_assay_level(to_factor));
}

static size_t first_firing(const lg_assay *a) {
  size_t l = 0;
  while (l < LG_ASSAY_LEVELS && a->n_spikes[l] == 0) l++;
  return l;
}

/* Least-squares slope of the rate from the first firing level to the first maximum. */
static double gain_of(const lg_assay_plan *plan, const lg_assay *a) {
  const size_t from = first_firing(a);
  size_t top = from;
  double si = 0.0, sf = 0.0, sii = 0.0, sif = 0.0, m = 0.0;
  for (size_t l = from; l < LG_ASSAY_LEVELS; l++)
    if (a->n_spikes[l] > a->n_spikes[top]) top = l;
  for (size_t l = from; l < LG_ASSAY_LEVELS && l <= top; l++) {
    const double i = plan->i_pA[l], f = (double)a->n_spikes[l] * 1000.0 / plan->opts.step_ms;
    si += i;
    sf += f;
    sii += i * i;
    sif += i * f;
    m += 1.0;
  }
  return m >= 2.0 ? (m * sif - si * sf) / (m * sii - si * si) : (double)NAN;
}

/* At the level nearest to twice the first firing one with four spikes. */
static double adaptation_of(const lg_assay_plan *plan, const lg_assay *a, const lg_step *steps) {
  const size_t from = first_firing(a);
  double best = (double)INFINITY, found = (double)NAN;
  for (size_t l = from; l < LG_ASSAY_LEVELS; l++) {
    const double off = fabs(plan->i_pA[l] - 2.0 * plan->i_pA[from]);
    if (a->n_spikes[l] < 4 || !(off < best)) continue;
    best = off;
    found = steps[l].adaptation;
  }
  return found;
}

/* The middle of the levels around it; the level of the untreated rheobase stands for itself. */
static double rheobase_of_levels(const lg_assay_plan *plan, size_t first) {
  if (first == LG_ASSAY_LEVELS) return (double)NAN;
  if (first < 2 || first == lg_assay_level(1.0)) return plan->i_pA[first];
  return sqrt(plan->i_pA[first - 1] * plan->i_pA[first]);
}

static void fill_fi(const lg_assay_plan *plan, const lg_step *steps, lg_assay *a) {
  const size_t three = lg_assay_level(3.0);
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++) {
    a->n_spikes[l] = steps[l].n_spikes;
    if (steps[l].collapsed) a->collapsed |= 1u << l;
  }
  const size_t first = first_firing(a);
  a->area = area_of(plan, a, 0, LG_ASSAY_LEVELS - 1);
  a->gain_Hz_per_pA = gain_of(plan, a);
  a->adaptation = adaptation_of(plan, a, steps);
  a->latency_ms = steps[three].first_ms;
  a->first_rate_Hz = 1000.0 / steps[three].first_interval_ms;
  a->rest_mV = steps[0].n_spikes == 0 ? steps[0].base_mV : (double)NAN;
  a->rheobase_pA = rheobase_of_levels(plan, first);
}

static lg_status run_fi(lg_ctx *ctx, assay_run *r) {
  const wave w = step_wave(&r->plans[0].opts);
  const run_opts run = coarse(&r->plans[0].opts);
  r->per = LG_ASSAY_LEVELS;
  r->wave = &w;
  for (size_t k = 0; k < r->n; k++)
    for (size_t l = 0; l < LG_ASSAY_LEVELS; l++)
      r->lane[k * r->per + l] = (lg_lane){&r->neurons[k], plan_of(r, k)->i_pA[l]};
  const lg_status status = run_wave(ctx, &w, &run, r->lane, r->n * r->per, look_step, r);
  for (size_t k = 0; k < r->n && status == LG_OK; k++) fill_fi(plan_of(r, k), r->steps + k * r->per, &r->out[k]);
  return status;
}

/* Between the last silent and the first firing level, or beyond the last up to 20 x. */
static lg_status run_rheobase(lg_ctx *ctx, const assay_run *r) {
  lg_status status = LG_OK;
  double *low = NULL, *high = NULL;
  const wave w = step_wave(&r->plans[0].opts);
  const run_opts run = coarse(&r->plans[0].opts);
  LG_NEW(ctx, low, r->n);
  LG_NEW(ctx, high, r->n);
  for (size_t k = 0; k < r->n; k++) {
    const lg_assay_plan *p = plan_of(r, k);
    const size_t l = first_firing(&r->out[k]);
    if (k < r->n_own && l > 0) r->out[k].rheobase_pA = p->baseline_rheobase_pA;
    low[k] = l > 0 ? p->i_pA[l - 1] : 0.0;
    high[k] = l == 0 || k < r->n_own ? (double)NAN : l < LG_ASSAY_LEVELS ? p->i_pA[l] : 20.0 * p->unit_pA;
  }
  LG_TRY(titrate(ctx, r->neurons, r->n, &w, &run, 6, low, high, NULL));
  for (size_t k = 0; k < r->n; k++) {
    const double unit = plan_of(r, k)->unit_pA;
    if (!isnan(high[k])) r->out[k].rheobase_pA = high[k] < 20.0 * unit ? high[k] : (double)NAN;
  }
done:
  lg_free(ctx, low);
  lg_free(ctx, high);
  return status;
}

static void look_shape(void *user, size_t lane, const lg_lane_view *view) {
  const assay_run *r = user;
  lg_spike spike;
  lg_assay *a = &r->out[lane];
  const size_t from = (size_t)(r->wave->on_ms / view->dt_ms);
  if (lg_spikes_find(view->v_mV + from, view->n - from, view->dt_ms, NULL, 1, &spike) == 0) return;
  a->threshold_mV = spike.threshold_mV;
  a->amplitude_mV = spike.amplitude_mV;
  a->half_width_ms = spike.half_width_ms;
  a->peak_mV = spike.peak_mV;
}

static void look_passive(void *user, size_t lane, const lg_lane_view *view) {
  const assay_run *r = user;
  lg_step s;
  lg_step_measure(view, r->wave->on_ms, r->wave->off_ms, &s);
  r->out[lane].rebound_spikes = (double)s.n_after;
  r->out[lane].Rin_MOhm = 1000.0 * (s.steady_mV - s.base_mV) / r->lane[lane].amp_pA;
}

static void lanes_at(assay_run *r, double factor) {
  for (size_t k = 0; k < r->n; k++) r->lane[k] = (lg_lane){&r->neurons[k], factor * plan_of(r, k)->unit_pA};
}

static void lanes_pulses(assay_run *r) {
  for (size_t k = 0; k < r->n; k++) {
    const double pulse = plan_of(r, k)->pulse_pA;
    r->lane[k] = (lg_lane){&r->neurons[k], isnan(pulse) ? 0.0 : pulse};
  }
}

static void look_pair(void *user, size_t lane, const lg_lane_view *view) {
  const assay_run *r = user;
  double *found = &r->out[lane].refractory_ms;
  const double second = r->wave->on_ms + r->interval_ms;
  if (!isnan(*found) || lg_step_count(view, r->wave->on_ms, second) != 1) return;
  if (lg_step_count(view, second, r->wave->end_ms) > 0) *found = r->interval_ms;
}

static lg_status run_shape(lg_ctx *ctx, assay_run *r) {
  lg_status status = LG_OK;
  const lg_assay_opts *o = &r->plans[0].opts;
  const double half = o->settle_ms + 0.5 * o->step_ms;
  const run_opts fine = {o->dt_ms, 0.0, 0, single(o)}, run = coarse(o);
  const wave first = {STEP, o->settle_ms, o->settle_ms + o->step_ms, o->settle_ms + o->step_ms + TAIL_MS, 0.0};
  const wave passive = {STEP, o->settle_ms, half, half + 250.0, 0.0};
  r->wave = &first;
  lanes_at(r, 3.0);
  LG_TRY(run_wave(ctx, &first, &fine, r->lane, r->n, look_shape, r));
  r->wave = &passive;
  lanes_at(r, -0.5);
  LG_TRY(run_wave(ctx, &passive, &run, r->lane, r->n, look_passive, r));
  if (!(o->what & LG_ASSAY_SHAPE)) return LG_OK;
  lanes_pulses(r);
  for (size_t k = 0; k < INTERVALS; k++) {
    const double gap = intervals_ms[k];
    const wave pair = {TRAIN, 20.0, 20.0 + gap + PULSE_MS, 20.0 + gap + 20.0, gap};
    r->wave = &pair;
    r->interval_ms = gap;
    LG_TRY(run_wave(ctx, &pair, &run, r->lane, r->n, look_pair, r));
  }
done:
  return status;
}

static void look_ramp(void *user, size_t lane, const lg_lane_view *view) {
  const assay_run *r = user;
  lg_step s;
  lg_step_measure(view, r->wave->on_ms, r->wave->off_ms, &s);
  const double share = s.first_ms / (r->wave->off_ms - r->wave->on_ms);
  r->out[lane].ramp_first_spike_pA = share <= 1.0 ? share * r->lane[lane].amp_pA : (double)NAN;
}

static lg_status run_ramp(lg_ctx *ctx, assay_run *r) {
  const lg_assay_opts *o = &r->plans[0].opts;
  const run_opts run = coarse(o);
  wave w = step_wave(o);
  w.shape = RAMP;
  r->wave = &w;
  lanes_at(r, 6.0);
  return run_wave(ctx, &w, &run, r->lane, r->n, look_ramp, r);
}

/* Of the last fifth of the pulses: how many made a spike, how steep these rose. */
static void look_train(void *user, size_t lane, const lg_lane_view *view) {
  const assay_run *r = user;
  const double period = r->period_ms, length = r->wave->off_ms - r->wave->on_ms;
  const size_t n_pulses = (size_t)(length / period + 0.5), from = n_pulses - (n_pulses + 4) / 5;
  double followed = 0.0, slope = 0.0;
  for (size_t k = from; k < n_pulses; k++) {
    const double t = r->wave->on_ms + (double)k * period, to = t + (period < 20.0 ? period : 20.0);
    followed += lg_step_count(view, t, to) > 0 ? 1.0 : 0.0;
    slope += lg_step_upstroke(view, t, to);
  }
  lg_assay *a = &r->out[lane];
  const double n = (double)(n_pulses - from);
  if (r->lane[lane].amp_pA == 0.0) return; /* no pulse makes it fire */
  *(period < 100.0 ? &a->train_followed_100Hz : &a->train_followed_1Hz) = followed / n;
  *(period < 100.0 ? &a->train_upstroke_100Hz : &a->train_upstroke_1Hz) = slope / n;
}

static lg_status run_train(lg_ctx *ctx, assay_run *r) {
  lg_status status = LG_OK;
  const lg_assay_opts *o = &r->plans[0].opts;
  const run_opts run = {o->dt_ms, 0.05, 0, single(o)};
  lanes_pulses(r);
  for (int k = 0; k < 2; k++) {
    const double period = k == 0 ? 1000.0 : 10.0;
    const wave w = {TRAIN, o->settle_ms, o->settle_ms + o->train_ms, o->settle_ms + o->train_ms + 20.0, period};
    r->wave = &w;
    r->period_ms = period;
    LG_TRY(run_wave(ctx, &w, &run, r->lane, r->n, look_train, r));
  }
done:
  return status;
}

static void look_plateau(void *user, size_t lane, const lg_lane_view *view) {
  const assay_run *r = user;
  const double on = r->wave->on_ms, off = r->wave->off_ms, late = off - (off - on) / 3.0;
  size_t n = 0, n_late = 0;
  for (size_t k = 0; k < view->n_spikes && k < view->capacity; k++) {
    n += view->spikes_ms[k] >= on && view->spikes_ms[k] < off;
    n_late += view->spikes_ms[k] >= late && view->spikes_ms[k] < off;
  }
  r->out[lane].plateau_spikes = (double)n;
  r->out[lane].plateau_late_rate_Hz = (double)n_late * 1000.0 / (off - late);
}

static lg_status run_plateau(lg_ctx *ctx, assay_run *r) {
  const lg_assay_opts *o = &r->plans[0].opts;
  const run_opts run = {o->dt_ms, 1.0, steps_per(o->plateau_ms, 1.0), single(o)};
  const wave w = {STEP, o->settle_ms, o->settle_ms + o->plateau_ms, o->settle_ms + o->plateau_ms, 0.0};
  r->wave = &w;
  lanes_at(r, o->plateau_factor);
  return run_wave(ctx, &w, &run, r->lane, r->n, look_plateau, r);
}

static lg_assay nothing_yet(void) {
  const double none = (double)NAN;
  return (lg_assay){.rheobase_pA = none,
                    .gain_Hz_per_pA = none,
                    .adaptation = none,
                    .latency_ms = none,
                    .first_rate_Hz = none,
                    .threshold_mV = none,
                    .amplitude_mV = none,
                    .half_width_ms = none,
                    .peak_mV = none,
                    .rest_mV = none,
                    .Rin_MOhm = none,
                    .rebound_spikes = none,
                    .refractory_ms = none,
                    .ramp_first_spike_pA = none,
                    .train_followed_1Hz = none,
                    .train_followed_100Hz = none,
                    .train_upstroke_1Hz = none,
                    .train_upstroke_100Hz = none,
                    .plateau_spikes = none,
                    .plateau_late_rate_Hz = none};
}

static bool same_opts(const lg_assay_opts *a, const lg_assay_opts *b) {
  return a->what == b->what && a->step_ms == b->step_ms && a->settle_ms == b->settle_ms && a->dt_ms == b->dt_ms &&
         a->train_ms == b->train_ms && a->plateau_ms == b->plateau_ms && a->plateau_factor == b->plateau_factor;
}

static lg_status check_plans(lg_ctx *ctx, const lg_assay_plan *plans, size_t n) {
  for (size_t k = 0; k < n; k++) {
    if (!same_opts(&plans[k].opts, &plans[0].opts))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "plan %zu has other options than the first", k);
    if (isnan(plans[k].baseline_rheobase_pA))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "neuron %zu never fires: there is nothing to measure", k);
  }
  return check_opts(ctx, &plans[0].opts);
}

lg_status lg_assay_run(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const lg_assay_plan *plans, bool one_plan,
                       lg_assay *out) {
  return lg_assay_run_own(ctx, neurons, n, 0, plans, one_plan, out);
}

lg_status lg_assay_run_own(lg_ctx *ctx, const lg_neuron *neurons, size_t n, size_t n_own, const lg_assay_plan *plans,
                           bool one_plan, lg_assay *out) {
  lg_status status = LG_OK;
  assay_run r = {.neurons = neurons, .n = n, .n_own = n_own, .plans = plans, .one_plan = one_plan, .out = out};
  if (n == 0) return LG_OK;
  LG_TRY(check_plans(ctx, plans, one_plan ? 1 : n));
  const unsigned what = plans[0].opts.what;
  LG_NEW(ctx, r.steps, n * LG_ASSAY_LEVELS);
  LG_NEW(ctx, r.lane, n * LG_ASSAY_LEVELS);
  for (size_t k = 0; k < n; k++) out[k] = nothing_yet();
  LG_TRY(run_fi(ctx, &r));
  if (what & LG_ASSAY_RHEOBASE) LG_TRY(run_rheobase(ctx, &r));
  if (what & (LG_ASSAY_SHAPE | LG_ASSAY_CELL)) LG_TRY(run_shape(ctx, &r));
  if (what & LG_ASSAY_RAMP) LG_TRY(run_ramp(ctx, &r));
  if (what & LG_ASSAY_TRAIN) LG_TRY(run_train(ctx, &r));
  if (what & LG_ASSAY_PLATEAU) LG_TRY(run_plateau(ctx, &r));
done:
  lg_free(ctx, r.steps);
  lg_free(ctx, r.lane);
  return status;
}
