#include "twin/assay_step.h"

#include <math.h>

#define LEVEL_MV (-20.0)
#define MIN_PEAK_MV (-15.0)
#define MAX_ABOVE_MS 15.0
#define THRESHOLD_MV_MS 20.0
#define PLATEAU_MV (-45.0)

/* A look for spikes, from sample to sample. */
typedef struct finder {
  const lg_lane_view *view;
  size_t at;      /* next sample to look at */
  size_t cross;   /* of the last one that was found */
  double peak_mV; /* above LEVEL, whether a spike or not */
  bool is_spike;
} finder;

/* The next upward crossing before sample `end`; false: none. */
static bool next_crossing(finder *f, size_t end) {
  const lg_lane_view *w = f->view;
  const double *v = w->v_mV;
  const size_t longest = (size_t)(MAX_ABOVE_MS / w->dt_ms + 0.5);
  for (size_t i = f->at > 0 ? f->at : 1; i < end; i++) {
    if (!(v[i] >= LEVEL_MV && v[i - 1] < LEVEL_MV)) continue;
    size_t j = i;
    double peak = v[i];
    for (; j < w->n && v[j] >= LEVEL_MV; j++)
      if (v[j] > peak) peak = v[j];
    f->cross = i;
    f->peak_mV = peak;
    f->is_spike = j < w->n && j - i <= longest && peak >= MIN_PEAK_MV;
    f->at = j;
    return true;
  }
  f->at = end;
  return false;
}

static double crossing_ms(const lg_lane_view *w, size_t i) {
  const double a = w->v_mV[i - 1], b = w->v_mV[i];
  return ((double)i - 1.0 + (LEVEL_MV - a) / (b - a)) * w->dt_ms;
}

static size_t sample_of(const lg_lane_view *w, double t_ms) {
  const double k = ceil(t_ms / w->dt_ms - 1e-9);
  return k <= 0.0 ? 0 : k >= (double)w->n ? w->n : (size_t)k;
}

static double mean_between(const lg_lane_view *w, double from_ms, double to_ms) {
  const size_t a = sample_of(w, from_ms), b = sample_of(w, to_ms);
  double sum = 0.0;
  for (size_t k = a; k < b; k++) sum += w->v_mV[k];
  return b > a ? sum / (double)(b - a) : (double)NAN;
}

/* Where the rise to the crossing at sample i began: back to the last slope below 20 mV/ms. */
static double threshold_mV(const lg_lane_view *w, size_t i) {
  while (i > 1 && (w->v_mV[i] - w->v_mV[i - 1]) >= THRESHOLD_MV_MS * w->dt_ms) i--;
  return w->v_mV[i];
}

void lg_step_measure(const lg_lane_view *w, double on_ms, double off_ms, lg_step *out) {
  const double late_ms = off_ms - 0.2 * (off_ms - on_ms), extra_ms = 2.0;
  const size_t end = sample_of(w, off_ms + extra_ms);
  finder f = {.view = w, .at = sample_of(w, on_ms)};
  double last = (double)NAN, interval = (double)NAN, sum = 0.0, threshold = (double)NAN, top = -INFINITY;
  uint32_t n_pairs = 0, late = 0;
  *out = (lg_step){.first_ms = (double)NAN, .first_interval_ms = (double)NAN, .adaptation = (double)NAN};
  while (next_crossing(&f, end)) {
    if (isnan(threshold)) threshold = threshold_mV(w, f.cross);
    if (f.peak_mV > top) top = f.peak_mV;
    if (!f.is_spike) continue;
    const double t = crossing_ms(w, f.cross), gap = t - last;
    if (out->n_spikes == 0) out->first_ms = t - on_ms;
    if (out->n_spikes == 1) out->first_interval_ms = gap;
    if (out->n_spikes >= 2) {
      sum += (gap - interval) / (gap + interval);
      n_pairs++;
    }
    out->n_spikes++;
    late += t >= late_ms;
    interval = gap;
    last = t;
  }
  if (out->n_spikes >= 4) out->adaptation = sum / (double)n_pairs;
  while (next_crossing(&f, w->n)) out->n_after += f.is_spike;
  out->base_mV = mean_between(w, on_ms - 10.0, on_ms);
  out->steady_mV = mean_between(w, late_ms, off_ms);
  /* a cell that merely hovers under its threshold is not blocked */
  out->collapsed = top >= MIN_PEAK_MV && late == 0 && out->steady_mV > PLATEAU_MV && out->steady_mV > threshold;
}

uint32_t lg_step_count(const lg_lane_view *w, double from_ms, double to_ms) {
  finder f = {.view = w, .at = sample_of(w, from_ms)};
  const size_t end = sample_of(w, to_ms);
  uint32_t n = 0;
  while (next_crossing(&f, end)) n += f.is_spike;
  return n;
}

double lg_step_upstroke(const lg_lane_view *w, double from_ms, double to_ms) {
  const size_t a = sample_of(w, from_ms), b = sample_of(w, to_ms);
  double top = (double)NAN;
  for (size_t k = a > 0 ? a : 1; k < b && k + 1 < w->n; k++) {
    const double slope = (w->v_mV[k + 1] - w->v_mV[k - 1]) / (2.0 * w->dt_ms);
    if (!(slope <= top)) top = slope;
  }
  return top;
}
