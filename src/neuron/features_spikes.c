#include "neuron/features_internal.h"

/* Ties of the derivative are common in 16-bit data; the earliest sample wins, whatever the rounding of the scale. */
static const double TIE = 1e-6;

static size_t steepest(const features_trace *t, size_t begin, size_t end) {
  size_t best = begin;
  double top = features_slope(t, begin);
  for (size_t i = begin + 1; i <= end; i++) {
    const double d = features_slope(t, i);
    if (d > top + TIE * fabs(top) || top != top) {
      top = d;
      best = i;
    }
  }
  return best;
}

/* Spikes by level: an upward crossing that comes back in time. Writes i_cross, i_peak, i_fall. */
static size_t detect_level(const features_trace *t, size_t capacity, lg_spike *spikes) {
  const bool efel = t->opts.definition == LG_DEFINITION_EFEL; /* eFEL asks neither for width nor for height */
  const double level = t->opts.spike_level_mV;
  const double *v = t->v;
  const size_t longest = efel ? t->n : features_samples(t->opts.max_above_ms, t->dt);
  size_t count = 0;
  for (size_t i = 1; i < t->n; i++) {
    if (!(v[i] >= level && v[i - 1] < level)) continue;
    size_t peak = i, j = i;
    while (j < t->n && v[j] >= level && j - i <= longest) {
      if (v[j] > v[peak]) peak = j;
      j++;
    }
    const bool fell = j < t->n && v[j] < level && j - i <= longest;
    if (fell && (efel || v[peak] >= t->opts.min_peak_mV)) {
      if (count < capacity) spikes[count] = (lg_spike){.i_cross = i, .i_peak = peak, .i_fall = j};
      count++;
    }
    i = j < t->n ? j : t->n - 1;
  }
  return count;
}

/* Start of the contiguous run at or above `slope` that holds the maximum of dV/dt. A spike so slow that it never
   reaches the slope begins where it is steepest. */
static size_t threshold_standard(const features_trace *t, const lg_spike *spike, size_t prev_peak, double slope) {
  const size_t back = features_samples(5.0, t->dt);
  const size_t begin = spike->i_cross > prev_peak + back ? spike->i_cross - back : prev_peak;
  size_t i = steepest(t, begin, spike->i_peak);
  while (i > prev_peak && features_slope(t, i - 1) >= slope) i--;
  return i;
}

/* eFEL: backwards from the peak to the last sample at or below 10 mV/ms that five samples above follow. */
static size_t threshold_efel(const features_trace *t, const lg_spike *spike, size_t prev_peak) {
  enum { WIDTH = 5 };
  const size_t floor_at = prev_peak ? features_argmin(t->v, prev_peak, spike->i_peak) : 0;
  size_t i = spike->i_peak;
  while (i > floor_at) {
    if (features_slope(t, i - 1) > 10.0) {
      i--;
      continue;
    }
    size_t k = 0;
    while (k < WIDTH && i + k < t->n && features_slope(t, i + k) >= 10.0) k++;
    if (k == WIDTH) return i;
    i--;
  }
  return threshold_standard(t, spike, prev_peak, 10.0);
}

/* Time at which v passes `level` between samples i and i+1. */
static double crossing_ms(const features_trace *t, size_t i, double level) {
  const double a = t->v[i], b = t->v[i + 1];
  return ((double)i + (level - a) / (b - a)) * t->dt;
}

/* First time after the peak at which v falls below level, before `end`; NAN if it does not. */
static double fall_below_ms(const features_trace *t, size_t peak, size_t end, double level) {
  for (size_t i = peak + 1; i < end; i++)
    if (t->v[i] < level) return crossing_ms(t, i - 1, level);
  return (double)NAN;
}

/* Last time before the peak at which v rises above level; NAN if it does not. */
static double rise_above_ms(const features_trace *t, size_t peak, size_t begin, double level) {
  for (size_t i = peak; i > begin; i--)
    if (t->v[i - 1] < level) return crossing_ms(t, i - 1, level);
  return (double)NAN;
}

static double parabola_peak_ms(const features_trace *t, size_t i) {
  if (i == 0 || i + 1 >= t->n) return (double)i * t->dt;
  const double a = t->v[i - 1], b = t->v[i], c = t->v[i + 1];
  const double bend = a - 2.0 * b + c;
  const double shift = bend < 0.0 ? 0.5 * (a - c) / bend : 0.0;
  return ((double)i + (fabs(shift) <= 0.5 ? shift : 0.0)) * t->dt;
}

static double threshold_slope(const features_trace *t) {
  return t->opts.definition == LG_DEFINITION_EFEL ? 10.0 : 20.0;
}

/* Where dV/dt passes the threshold slope, between the threshold sample and the one before. */
static double threshold_ms(const features_trace *t, size_t i) {
  const double slope = threshold_slope(t);
  const double after = features_slope(t, i), before = i > 0 ? features_slope(t, i - 1) : after;
  if (!(before < slope && after >= slope)) return (double)i * t->dt;
  return ((double)i - 1.0 + (slope - before) / (after - before)) * t->dt;
}

static double phase_slope(const features_trace *t, size_t i) {
  if (i < 2 || i + 2 >= t->n) return (double)NAN;
  const double dv = t->v[i + 2] - t->v[i - 2];
  return dv != 0.0 ? (features_slope(t, i + 2) - features_slope(t, i - 2)) / dv : (double)NAN;
}

static double smallest_slope(const features_trace *t, size_t begin, size_t end) {
  double least = (double)NAN;
  for (size_t i = begin; i < end; i++) {
    const double d = features_slope(t, i);
    if (d < least || least != least) least = d;
  }
  return least;
}

void features_measure_spike(const features_trace *t, lg_spike *spike, size_t prev_peak, size_t next_peak, bool last) {
  const size_t p = spike->i_peak, thr = spike->i_threshold;
  const size_t soon = p + features_samples(5.0, t->dt);
  const size_t end = soon < next_peak ? soon : next_peak;
  const double level = t->opts.spike_level_mV;
  const bool crosses = spike->i_cross > 0 && t->v[spike->i_cross - 1] < level && t->v[spike->i_cross] >= level;
  spike->t_cross_ms = crosses ? crossing_ms(t, spike->i_cross - 1, level) : (double)NAN; /* IPFX: peak below level */
  spike->t_peak_ms = parabola_peak_ms(t, p);
  spike->t_threshold_ms = threshold_ms(t, thr);
  spike->threshold_mV = t->v[thr];
  spike->peak_mV = t->v[p];
  spike->amplitude_mV = spike->peak_mV - spike->threshold_mV;
  const double half = spike->threshold_mV + 0.5 * spike->amplitude_mV;
  spike->half_width_ms = fall_below_ms(t, p, next_peak, half) - rise_above_ms(t, p, prev_peak, half);
  spike->rise_ms = spike->t_peak_ms - spike->t_threshold_ms;
  spike->fall_ms = fall_below_ms(t, p, next_peak, spike->threshold_mV) - spike->t_peak_ms;
  spike->upstroke_V_s = features_slope(t, steepest(t, thr, p));
  spike->downstroke_V_s = smallest_slope(t, p, end);
  spike->phase_slope_per_ms = phase_slope(t, thr);
  const size_t low = features_argmin(t->v, p, end);
  spike->fast_ahp_mV = low < end ? spike->threshold_mV - t->v[low] : (double)NAN;
  spike->fast_ahp_ms = (double)(low - p) * t->dt;
  const size_t trough = last ? next_peak : features_argmin(t->v, p, next_peak);
  spike->trough_mV = trough < next_peak ? t->v[trough] : (double)NAN;
  spike->trough_ms = trough < next_peak ? (double)(trough - p) * t->dt : (double)NAN;
}

/* The spike after the last row: its peak bounds the last row's measurements. */
static size_t peak_after(const features_trace *t, size_t count, size_t capacity, const lg_spike *spikes) {
  if (count <= capacity) return t->n;
  features_trace rest = *t;
  const size_t skip = spikes[capacity - 1].i_peak;
  rest.v += skip;
  rest.n -= skip;
  lg_spike next = {0};
  const size_t found = rest.opts.definition == LG_DEFINITION_IPFX ? features_ipfx_detect(&rest, 1, &next)
                                                                  : detect_level(&rest, 1, &next);
  return found ? skip + next.i_peak : t->n;
}

static bool usable(const double *v, size_t n, double dt_ms) { return v && n >= 3 && dt_ms > 0.0 && isfinite(dt_ms); }

size_t lg_spikes_find(const double *v_mV, size_t n, double dt_ms, const lg_features_opts *opts, size_t capacity,
                      lg_spike *spikes) {
  if (!usable(v_mV, n, dt_ms)) return 0;
  const lg_features_opts defaults = LG_FEATURES_OPTS_INIT;
  const features_trace t = {v_mV, n, dt_ms, opts ? *opts : defaults};
  const bool ipfx = t.opts.definition == LG_DEFINITION_IPFX;
  const size_t count = ipfx ? features_ipfx_detect(&t, capacity, spikes) : detect_level(&t, capacity, spikes);
  const size_t rows = count < capacity ? count : capacity;
  if (rows == 0) return count;
  for (size_t k = 0; k < rows && !ipfx; k++) {
    const size_t prev = k ? spikes[k - 1].i_peak : 0;
    spikes[k].i_threshold = t.opts.definition == LG_DEFINITION_EFEL ? threshold_efel(&t, &spikes[k], prev)
                                                                    : threshold_standard(&t, &spikes[k], prev, 20.0);
  }
  if (ipfx) features_ipfx_refine(&t, rows, spikes);
  const size_t after = peak_after(&t, count, capacity, spikes);
  for (size_t k = 0; k < rows; k++) {
    const bool last = k + 1 == rows && count == rows;
    const size_t prev = k ? spikes[k - 1].i_peak : 0;
    features_measure_spike(&t, &spikes[k], prev, k + 1 < rows ? spikes[k + 1].i_peak : after, last);
  }
  return count;
}
