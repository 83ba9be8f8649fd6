#include "twin/clone_screen.h"

#include "neuron/learn_tm.h"

#include <math.h>

/* Samples from the start over which the current keeps its level; at most 50 ms. */
static size_t resting_samples(const lg_fit_trace *t) {
  const size_t most = (size_t)(50.0 / t->dt_ms);
  const size_t settle = (size_t)(1.0 / t->dt_ms) + 1;
  if (t->n < 2 * settle) return 0;
  /* a measured current is noisy: its level and scatter come from the first milliseconds */
  double mean = 0.0, square = 0.0;
  for (size_t k = 0; k < settle; k++) mean += t->i_pA[k] / (double)settle;
  for (size_t k = 0; k < settle; k++) square += (t->i_pA[k] - mean) * (t->i_pA[k] - mean) / (double)settle;
  const double tolerance = 8.0 * sqrt(square) + 1e-6 + 1e-3 * fabs(mean);
  size_t n = 0;
  while (n < t->n && n < most && fabs(t->i_pA[n] - mean) <= tolerance && t->v_mV[n] < -20.0) n++;
  return n;
}

/* Sum of squares of n block means about their own line, and its degrees of freedom. */
static double about_line(const double *y, size_t n, size_t *freedom) {
  double sx = 0.0, sy = 0.0, xx = 0.0, xy = 0.0, yy = 0.0;
  for (size_t k = 0; k < n; k++) sx += (double)k / (double)n, sy += y[k] / (double)n;
  for (size_t k = 0; k < n; k++) {
    const double dx = (double)k - sx, dy = y[k] - sy;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  *freedom += n - 2;
  return yy - xy * xy / xx;
}

lg_noise_screen lg_clone_screen_noise(const lg_fit_trace *traces, size_t n_traces) {
  enum { MAX_BLOCKS = 32 };
  lg_noise_screen s = {.sigma_mV = 0.0, .ratio = (double)NAN};
  double second = 0.0, slow = 0.0;
  size_t n_second = 0, freedom = 0;
  for (size_t k = 0; k < n_traces; k++) {
    const lg_fit_trace *t = &traces[k];
    const size_t n = resting_samples(t), length = (size_t)(2.0 / t->dt_ms + 0.5);
    double mean[MAX_BLOCKS];
    size_t blocks = 0;
    for (size_t j = 2; j < n; j++) {
      const double d = t->v_mV[j] - 2.0 * t->v_mV[j - 1] + t->v_mV[j - 2];
      second += d * d;
      n_second++;
    }
    for (size_t j = 0; j + length <= n && blocks < MAX_BLOCKS; j += length, blocks++) {
      mean[blocks] = 0.0;
      for (size_t i = 0; i < length; i++) mean[blocks] += t->v_mV[j + i] / (double)length;
    }
    if (blocks >= 4) slow += about_line(mean, blocks, &freedom) * (double)length;
  }
  if (n_second < 20 || freedom < 6) return s;
  const double variance = second / (double)n_second / 6.0;
  s.sigma_mV = sqrt(variance);
  if (variance > 1e-12) s.ratio = slow / (double)freedom / variance;
  return s;
}
