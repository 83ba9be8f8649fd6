/* Intervals between peaks, adaptation, bursts, depolarisation block. */
#include "base/elementary.h"
#include "neuron/features_internal.h"

static const char NO_SECOND[] = "There are fewer than 2 spikes in the window.";
static const char NO_THIRD[] = "There are fewer than 3 spikes in the window.";
static const char NO_STEP[] = "The sweep has no current step.";

/* Interval k between the peaks of spikes k and k+1: whole samples, as the definitions of the reference. */
static double interval(const features_sweep *s, size_t k) {
  return (double)(s->spikes[k + 1].i_peak - s->spikes[k].i_peak) * s->trace.dt;
}

static double mean_interval(const features_sweep *s, size_t n) {
  return (double)(s->spikes[n].i_peak - s->spikes[0].i_peak) * s->trace.dt / (double)n;
}

static void first_order(features_sweep *s, size_t n) {
  static const lg_sweep_feature all[] = {LG_SF_ISI1,       LG_SF_ISI_LAST,  LG_SF_ISI_MEAN,
                                         LG_SF_ISI_MEDIAN, LG_SF_ISI_MIN,   LG_SF_ISI_MAX,
                                         LG_SF_RATE_FIRST, LG_SF_RATE_LAST, LG_SF_RATE_MAX};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) features_set(s, all[k], (double)NAN, NO_SECOND);
  if (n == 0) return;
  double least = interval(s, 0), most = least;
  for (size_t k = 1; k < n; k++) {
    const double x = interval(s, k);
    if (x < least) least = x;
    if (x > most) most = x;
  }
  features_set(s, LG_SF_ISI1, interval(s, 0), NO_SECOND);
  features_set(s, LG_SF_ISI_LAST, interval(s, n - 1), NO_SECOND);
  features_set(s, LG_SF_ISI_MEAN, mean_interval(s, n), NO_SECOND);
  for (size_t k = 0; k < n; k++) s->scratch[k] = interval(s, k);
  features_set(s, LG_SF_ISI_MEDIAN, features_median(s->scratch, n, s->scratch), NO_SECOND);
  features_set(s, LG_SF_ISI_MIN, least, NO_SECOND);
  features_set(s, LG_SF_ISI_MAX, most, NO_SECOND);
  features_set(s, LG_SF_RATE_FIRST, 1e3 / interval(s, 0), NO_SECOND);
  features_set(s, LG_SF_RATE_LAST, 1e3 / interval(s, n - 1), NO_SECOND);
  features_set(s, LG_SF_RATE_MAX, 1e3 / least, NO_SECOND);
}

/* Slope of ln interval against ln (number), numbers from 1. */
static double log_slope(const features_sweep *s, size_t n) {
  double x1 = 0.0, y1 = 0.0, xx = 0.0, xy = 0.0;
  for (size_t k = 0; k < n; k++) {
    const double x = lg_ln((double)(k + 1)), y = lg_ln(interval(s, k));
    x1 += x;
    y1 += y;
    xx += x * x;
    xy += x * y;
  }
  const double m = (double)n;
  return (m * xy - x1 * y1) / (m * xx - x1 * x1);
}

static void second_order(features_sweep *s, size_t n) {
  static const lg_sweep_feature all[] = {LG_SF_ISI_CV,       LG_SF_ADAPTATION,     LG_SF_ISI2,
                                         LG_SF_RATE_SECOND,  LG_SF_ISI_RATIO,      LG_SF_ISI_LOG_SLOPE,
                                         LG_SF_IRREGULARITY, LG_SF_LOCAL_VARIATION};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) features_set(s, all[k], (double)NAN, NO_THIRD);
  if (n < 2) return;
  const double mean = mean_interval(s, n);
  double squares = 0.0, adapt = 0.0, change = 0.0, local = 0.0;
  for (size_t k = 0; k < n; k++) squares += (interval(s, k) - mean) * (interval(s, k) - mean);
  for (size_t k = 0; k + 1 < n; k++) {
    const double a = interval(s, k), b = interval(s, k + 1), q = (b - a) / (b + a);
    adapt += q;
    local += 3.0 * q * q;
    change += fabs(b - a);
  }
  const double m = (double)(n - 1);
  features_set(s, LG_SF_ISI_CV, sqrt(squares / m) / mean, NO_THIRD);
  features_set(s, LG_SF_ADAPTATION, adapt / m, NO_THIRD);
  features_set(s, LG_SF_IRREGULARITY, change / m, NO_THIRD);
  features_set(s, LG_SF_LOCAL_VARIATION, local / m, NO_THIRD);
  features_set(s, LG_SF_ISI2, interval(s, 1), NO_THIRD);
  features_set(s, LG_SF_RATE_SECOND, 1e3 / interval(s, 1), NO_THIRD);
  features_set(s, LG_SF_ISI_RATIO, interval(s, 0) / interval(s, n - 1), NO_THIRD);
  features_set(s, LG_SF_ISI_LOG_SLOPE, log_slope(s, n), NO_THIRD);
}

static void rates(features_sweep *s) {
  const size_t half = s->on + (s->off - s->on) / 2;
  size_t late = 0;
  for (size_t k = 0; k < s->n_spikes; k++) late += s->spikes[k].i_peak >= half && s->spikes[k].i_peak < s->off;
  const double span_ms = (double)(s->off - half) * s->trace.dt;
  features_set(s, LG_SF_RATE_STEADY, s->has_step ? (double)late / span_ms * 1e3 : (double)NAN, NO_STEP);
  const double last = s->values[LG_SF_T_LAST].value;
  features_set(s, LG_SF_RATE_SPIKING, last > 0.0 ? (double)s->n_spikes / last * 1e3 : (double)NAN,
               s->has_step ? "There is no spike in the window." : NO_STEP);
}

void features_group_train(features_sweep *s) {
  const size_t n = s->n_spikes > 0 ? s->n_spikes - 1 : 0; /* intervals */
  first_order(s, n);
  second_order(s, n);
  rates(s);
}

/* Whether intervals [begin, end) are a burst: its neighbours, where they exist, are at least twice its mean. */
static bool is_burst(const features_sweep *s, size_t begin, size_t end, size_t n) {
  if (end < begin + 2) return false;
  const double mean = (double)(s->spikes[end].i_peak - s->spikes[begin].i_peak) * s->trace.dt / (double)(end - begin);
  if (begin > 0 && interval(s, begin - 1) < 2.0 * mean) return false;
  if (end < n) return interval(s, end) >= 2.0 * mean;
  /* up to the end of the train: a burst only if silence follows, or a pause came before */
  const size_t left = s->off > s->spikes[end].i_peak ? s->off - s->spikes[end].i_peak : 0;
  return begin > 0 || (double)left * s->trace.dt >= 2.0 * mean;
}

static void bursts(features_sweep *s) {
  static const char NO_BURST[] = "There is no burst.";
  const size_t n = s->n_spikes > 0 ? s->n_spikes - 1 : 0;
  size_t count = 0, spikes = 0, intervals = 0, k = 0;
  double rate = 0.0;
  while (k < n) {
    const size_t begin = k;
    double sum = 0.0;
    /* a run ends at an interval beyond 20 ms or twice as long as those before it */
    while (k < n && interval(s, k) <= 20.0 && (k == begin || interval(s, k) < 2.0 * sum / (double)(k - begin)))
      sum += interval(s, k++);
    if (is_burst(s, begin, k, n)) {
      count++;
      spikes += k - begin + 1;
      for (size_t j = begin; j < k; j++) rate += 1e3 / interval(s, j);
      intervals += k - begin;
    }
    if (k == begin) k++;
  }
  features_set(s, LG_SF_N_BURSTS, (double)count, NO_BURST);
  features_set(s, LG_SF_BURST_SHARE, s->n_spikes ? (double)spikes / (double)s->n_spikes : (double)NAN,
               "There is no spike in the window.");
  features_set(s, LG_SF_BURST_RATE, intervals ? rate / (double)intervals : (double)NAN, NO_BURST);
}

/* Silent for at least 50 ms and 3 times the last interval up to the end of a positive step, and the median there
   above the first threshold and -45 mV. A cell that never spiked is blocked when it ends above -30 mV. */
static bool blocked(features_sweep *s) {
  const size_t n = s->n_spikes;
  const size_t from = n ? s->spikes[n - 1].i_fall : s->on;
  if (from >= s->off) return false;
  const double silent = (double)(s->off - from) * s->trace.dt;
  if (silent < 50.0 || (n >= 2 && silent < 3.0 * interval(s, n - 2))) return false;
  double level = -30.0;
  if (n) level = s->spikes[0].threshold_mV > -45.0 ? s->spikes[0].threshold_mV : -45.0;
  return features_median(s->trace.v + from, s->off - from, s->scratch) > level;
}

static void depolarisation_block(features_sweep *s) {
  const bool positive = s->has_step && s->step_pA > 0.0;
  const char *why = !s->has_step ? NO_STEP : "The step is not known to be positive.";
  const bool yes = positive && blocked(s);
  features_set(s, LG_SF_DEPOL_BLOCK, positive ? (double)yes : (double)NAN, why);
  const double last = s->n_spikes ? s->values[LG_SF_T_LAST].value : 0.0;
  features_set(s, LG_SF_DEPOL_BLOCK_TIME, yes ? last : (double)NAN,
               positive ? "The step does not end in depolarisation block." : why);
}

void features_group_burst(features_sweep *s) {
  bursts(s);
  depolarisation_block(s);
}
