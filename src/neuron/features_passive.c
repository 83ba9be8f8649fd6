/* Baseline, steady state, sag, rebound: what a step does below threshold. Definitions: twin.md section 4. */
#include "neuron/features_internal.h"

static const char NO_STEP[] = "The sweep has no current step.";
static const char SPIKES[] = "The step has spikes.";
static const char NO_CURRENT[] = "The current of the step is not known.";
static const char MISSING[] = "Too few samples are finite there.";

static double median_of(features_sweep *s, size_t begin, size_t end) {
  return features_median(s->trace.v + begin, end - begin, s->scratch);
}

static double deviation(const double *v, size_t begin, size_t end) {
  double mean = 0.0, sum = 0.0, m = 0.0;
  for (size_t i = begin; i < end; i++)
    if (isfinite(v[i])) {
      m += 1.0;
      const double d = v[i] - mean;
      mean += d / m;
      sum += d * (v[i] - mean);
    }
  return m >= 2.0 ? sqrt(sum / (m - 1.0)) : (double)NAN;
}

/* Median absolute successive difference, scaled to the standard deviation of white noise. */
static double noise(features_sweep *s, size_t begin, size_t end) {
  if (end < begin + 3) return (double)NAN;
  const double *v = s->trace.v;
  for (size_t i = begin; i + 1 < end; i++) s->scratch[i - begin] = fabs(v[i + 1] - v[i]);
  return 1.482602218505602 * features_median(s->scratch, end - begin - 1, s->scratch) / sqrt(2.0);
}

static void baseline(features_sweep *s) {
  const size_t span = features_samples(50.0, s->trace.dt);
  const size_t begin = s->has_step && s->on > span ? s->on - span : 0;
  const size_t end = s->has_step ? s->on : s->trace.n;
  if (!s->has_step) {
    features_set(s, LG_SF_V_BASE, (double)NAN, NO_STEP);
    features_set(s, LG_SF_V_BASE_SD, (double)NAN, NO_STEP);
  } else {
    static const char none[] = "There are too few samples before the step.";
    const bool enough = end > begin + 2;
    features_set(s, LG_SF_V_BASE, enough ? median_of(s, begin, end) : (double)NAN, none);
    features_set(s, LG_SF_V_BASE_SD, enough ? deviation(s->trace.v, begin, end) : (double)NAN, none);
  }
  features_set(s, LG_SF_V_NOISE, noise(s, begin, end), "There are too few samples before the step.");
}

static void set_levels(features_sweep *s) {
  const size_t tail = s->off - features_samples(0.2 * (double)(s->off - s->on), 1.0);
  const double end = median_of(s, tail, s->off);
  const size_t low = features_argmin(s->trace.v, s->on, s->off), high = features_argmax(s->trace.v, s->on, s->off);
  features_set(s, LG_SF_V_MIN, low < s->off ? s->trace.v[low] : (double)NAN, MISSING);
  features_set(s, LG_SF_V_MAX, high < s->off ? s->trace.v[high] : (double)NAN, MISSING);
  features_set(s, LG_SF_V_STEP_MEDIAN, median_of(s, s->on, s->off), MISSING);
  features_set(s, LG_SF_V_END, end, MISSING);
  if (s->n_spikes > 0) {
    features_set(s, LG_SF_V_SS, (double)NAN, SPIKES);
    features_set(s, LG_SF_V_EXT, (double)NAN, SPIKES);
    return;
  }
  features_set(s, LG_SF_V_SS, end, MISSING);
  if (!isfinite(s->step_pA)) features_set(s, LG_SF_V_EXT, (double)NAN, NO_CURRENT);
  else if (s->step_pA == 0.0) features_set(s, LG_SF_V_EXT, (double)NAN, "The step has no amplitude.");
  else features_set(s, LG_SF_V_EXT, s->values[s->step_pA < 0.0 ? LG_SF_V_MIN : LG_SF_V_MAX].value, MISSING);
}

static const char *why_not_passive(const features_sweep *s) {
  if (!s->has_step) return NO_STEP;
  if (s->n_spikes > 0) return SPIKES;
  if (!isfinite(s->step_pA)) return NO_CURRENT;
  if (s->values[LG_SF_V_BASE].reason) return s->values[LG_SF_V_BASE].reason;
  if (s->values[LG_SF_V_SS].reason) return s->values[LG_SF_V_SS].reason;
  return NULL;
}

/* Minimum of 1-ms means: noise would put the extreme of single samples anywhere. */
static double time_of_minimum(const features_sweep *s) {
  const size_t width = features_samples(1.0, s->trace.dt) ? features_samples(1.0, s->trace.dt) : 1;
  double least = (double)NAN, at = (double)NAN;
  for (size_t i = s->on; i + width <= s->off; i += width) {
    double mean = 0.0;
    for (size_t k = 0; k < width; k++) mean += s->trace.v[i + k] / (double)width;
    if (mean < least || least != least) {
      least = mean;
      at = ((double)(i - s->on) + 0.5 * (double)(width - 1)) * s->trace.dt;
    }
  }
  return at;
}

static void deflection(features_sweep *s) {
  static const lg_sweep_feature all[] = {LG_SF_DV_SS,  LG_SF_RIN, LG_SF_RIN_PEAK,
                                         LG_SF_SAG_MV, LG_SF_SAG, LG_SF_SAG_TIME};
  const char *why = why_not_passive(s);
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) features_set(s, all[k], (double)NAN, why);
  if (why) return;
  const double base = s->values[LG_SF_V_BASE].value, ss = s->values[LG_SF_V_SS].value;
  const double ext = s->values[LG_SF_V_EXT].value;
  features_set(s, LG_SF_DV_SS, ss - base, MISSING);
  static const char small[] = "The step is smaller than 1 pA.";
  const bool large = fabs(s->step_pA) >= 1.0;
  features_set(s, LG_SF_RIN, large ? (ss - base) / s->step_pA * 1e3 : (double)NAN, small);
  features_set(s, LG_SF_RIN_PEAK, large ? (ext - base) / s->step_pA * 1e3 : (double)NAN, small);
  const bool negative = s->step_pA <= -1.0;
  static const char positive[] = "The step is not negative.";
  features_set(s, LG_SF_SAG_MV, negative ? ss - ext : (double)NAN, positive);
  features_set(s, LG_SF_SAG, negative ? (ext - ss) / (ext - base) : (double)NAN, positive);
  features_set(s, LG_SF_SAG_TIME, negative ? time_of_minimum(s) : (double)NAN, positive);
}

static void rebound(features_sweep *s) {
  static const lg_sweep_feature all[] = {LG_SF_REBOUND, LG_SF_N_REBOUND, LG_SF_REBOUND_LATENCY};
  const size_t wanted = s->off + features_samples(150.0, s->trace.dt);
  const size_t end = wanted < s->trace.n ? wanted : s->trace.n;
  const char *why = NULL;
  if (!s->has_step) why = NO_STEP;
  else if (!isfinite(s->step_pA)) why = NO_CURRENT;
  else if (s->step_pA > -1.0) why = "The step is not negative.";
  else if (end < s->off + 3) why = "The sweep ends with the step.";
  for (size_t k = 0; k < 3; k++) features_set(s, all[k], (double)NAN, why);
  if (why) return;
  size_t n = 0;
  double first = (double)NAN, ceiling = (double)INFINITY;
  for (size_t k = 0; k < s->n_all; k++) {
    const lg_spike *spike = &s->all[k];
    if (spike->i_peak < s->off || spike->i_peak >= end) continue;
    if (n++ == 0) {
      first = (double)(spike->i_peak - s->off) * s->trace.dt;
      ceiling = spike->threshold_mV;
    }
  }
  features_set(s, LG_SF_N_REBOUND, (double)n, MISSING);
  features_set(s, LG_SF_REBOUND_LATENCY, first, "There is no rebound spike.");
  const size_t top = features_argmax(s->trace.v, s->off, end);
  const double v = top < end ? s->trace.v[top] : (double)NAN;
  features_set(s, LG_SF_REBOUND, (v < ceiling ? v : ceiling) - s->values[LG_SF_V_BASE].value, MISSING);
}

static void set_step(features_sweep *s) {
  const double dt = s->trace.dt, none = (double)NAN;
  features_set(s, LG_SF_I_HOLD, s->has_step ? s->hold_pA : none, s->has_step ? NO_CURRENT : NO_STEP);
  features_set(s, LG_SF_I_STEP, s->has_step ? s->step_pA : none, s->has_step ? NO_CURRENT : NO_STEP);
  features_set(s, LG_SF_T_ON, s->has_step ? (double)s->on * dt : none, NO_STEP);
  features_set(s, LG_SF_T_OFF, s->has_step ? (double)s->off * dt : none, NO_STEP);
  features_set(s, LG_SF_DT, dt, MISSING);
  features_set(s, LG_SF_DURATION, (double)s->trace.n * dt, MISSING);
}

void features_group_passive(features_sweep *s) {
  static const lg_sweep_feature levels[] = {LG_SF_V_MIN, LG_SF_V_MAX, LG_SF_V_STEP_MEDIAN,
                                            LG_SF_V_END, LG_SF_V_SS,  LG_SF_V_EXT};
  set_step(s);
  baseline(s);
  if (s->has_step) set_levels(s);
  else
    for (size_t k = 0; k < sizeof levels / sizeof *levels; k++) features_set(s, levels[k], (double)NAN, NO_STEP);
  deflection(s);
  rebound(s);
}
