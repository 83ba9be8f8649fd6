#include "twin/observe.h"

#include <math.h>

static size_t bins_of(const lg_fit_trace *t) {
  const double bins = (double)t->n * t->dt_ms / LG_OBSERVE_BIN_MS;
  return bins >= 1.0 ? (size_t)(bins + 1e-9) : 1;
}

size_t lg_observe_bins(const lg_fit_trace *traces, size_t n_traces) {
  size_t bins = 0;
  for (size_t k = 0; k < n_traces; k++) bins += bins_of(&traces[k]);
  return bins;
}

double lg_observe_current_scale(const lg_fit_trace *traces, size_t n_traces) {
  double scale = 1e-3;
  for (size_t k = 0; k < n_traces; k++)
    for (size_t j = 0; j < traces[k].n; j++) scale = fmax(scale, fabs(traces[k].i_pA[j]));
  return scale;
}

/* One bin of samples [begin, end); at least one sample. */
static void fill_bin(const lg_fit_trace *t, size_t begin, size_t end, double scale_pA, float *x) {
  double sum = 0.0, current = 0.0, high = t->v_mV[begin], low = high, steepest = 0.0;
  for (size_t k = begin; k < end; k++) {
    const double v = t->v_mV[k];
    sum += v;
    current += t->i_pA[k];
    high = fmax(high, v);
    low = fmin(low, v);
    if (k > 0) {
      const double slope = (v - t->v_mV[k - 1]) / t->dt_ms;
      if (fabs(slope) > fabs(steepest)) steepest = slope;
    }
  }
  const double n = (double)(end - begin), mean = sum / n;
  x[0] = (float)((mean + 60.0) / 25.0);
  x[1] = (float)((high - mean) / 25.0);
  x[2] = (float)((mean - low) / 25.0);
  x[3] = (float)(current / n / scale_pA);
  x[4] = (float)((double)begin * t->dt_ms / 1000.0);
  x[5] = (float)(fmax(fmin(steepest, 1000.0), -1000.0) / 100.0);
}

void lg_observe_fill(const lg_fit_trace *traces, size_t n_traces, double scale_pA, float *x) {
  for (size_t k = 0; k < n_traces; k++) {
    const lg_fit_trace *t = &traces[k];
    const size_t bins = bins_of(t);
    for (size_t b = 0; b < bins; b++) {
      size_t begin = (size_t)((double)b * LG_OBSERVE_BIN_MS / t->dt_ms + 1e-9);
      size_t end = (size_t)((double)(b + 1) * LG_OBSERVE_BIN_MS / t->dt_ms + 1e-9);
      if (begin >= t->n) begin = t->n - 1;
      if (end > t->n) end = t->n;
      if (end <= begin) end = begin + 1;
      fill_bin(t, begin, end, scale_pA, x);
      x += LG_OBSERVE_CHANNELS;
    }
  }
}

void lg_observe_pad(float *x, size_t used, size_t bins) {
  for (size_t b = used; b < bins; b++)
    for (size_t c = 0; c < LG_OBSERVE_CHANNELS; c++) x[b * LG_OBSERVE_CHANNELS + c] = c == 4 ? -1.0f : 0.0f;
}
