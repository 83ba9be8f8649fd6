/* The feature vector of the network: passive response, spikes and their shape, in a few numbers that a person would
 * measure too. */
#include "base/elementary.h"
#include "num/ascending.h"
#include "twin/observe.h"

#include <stdlib.h>

enum { MAX_SPIKES = 512 };

const char *const lg_observe_feature_names[LG_OBSERVE_FEATURES] = {"log_current_scale",
                                                                   "rest",
                                                                   "rest_spread",
                                                                   "n_spikes",
                                                                   "has_spikes",
                                                                   "has_two_spikes",
                                                                   "peak_max",
                                                                   "peak_median",
                                                                   "peak_min",
                                                                   "threshold_first",
                                                                   "threshold_median",
                                                                   "threshold_last",
                                                                   "trough_min",
                                                                   "trough_median",
                                                                   "trough_max",
                                                                   "after_peak_sample",
                                                                   "after_peak_low",
                                                                   "upstroke_max",
                                                                   "upstroke_median",
                                                                   "downstroke_max",
                                                                   "downstroke_median",
                                                                   "half_width_median",
                                                                   "isi_first",
                                                                   "isi_median",
                                                                   "isi_last",
                                                                   "isi_min",
                                                                   "isi_max",
                                                                   "adaptation",
                                                                   "v_min",
                                                                   "v_at_lowest_current",
                                                                   "v_steady_lowest",
                                                                   "resistance",
                                                                   "sag",
                                                                   "tau",
                                                                   "current_at_first_spike",
                                                                   "latency_first",
                                                                   "v_mean",
                                                                   "v_sd",
                                                                   "rebound",
                                                                   "charge_per_spike"};

typedef struct spike {
  size_t peak, threshold, trace;
  double peak_mV, threshold_mV, trough_mV, after_mV, upstroke, downstroke, half_width_ms, time_ms;
} spike;

typedef struct gathered {
  size_t n;
  spike s[MAX_SPIKES];
} gathered;

static double slope_at(const lg_fit_trace *t, size_t k) {
  const size_t a = k > 0 ? k - 1 : k, b = k + 1 < t->n ? k + 1 : k;
  return b > a ? (t->v_mV[b] - t->v_mV[a]) / ((double)(b - a) * t->dt_ms) : 0.0;
}

/* Spikes are upward runs with dV/dt of 20 mV/ms that rise by 20 mV: no fixed level, peaks may lie at -10 mV. */
static size_t find_peak(const lg_fit_trace *t, size_t start) {
  const size_t limit = start + (size_t)(3.0 / t->dt_ms) + 2;
  size_t peak = start;
  for (size_t k = start; k < t->n && k < limit; k++)
    if (t->v_mV[k] > t->v_mV[peak]) peak = k;
  return peak;
}

static void shape(const lg_fit_trace *t, spike *s, size_t next) {
  const size_t stop = next < t->n ? next : t->n;
  const size_t near = s->peak + (size_t)(0.5 / t->dt_ms) + 1;
  s->trough_mV = s->peak_mV;
  s->after_mV = s->peak + 1 < t->n ? t->v_mV[s->peak + 1] : s->peak_mV;
  const size_t far = s->peak + (size_t)(30.0 / t->dt_ms);
  for (size_t k = s->peak; k < stop && k < far; k++) {
    if (t->v_mV[k] < s->trough_mV) s->trough_mV = t->v_mV[k];
    if (k <= near && t->v_mV[k] < s->after_mV) s->after_mV = t->v_mV[k];
    const double d = slope_at(t, k);
    if (d < s->downstroke) s->downstroke = d;
  }
  const double half = 0.5 * (s->peak_mV + s->threshold_mV);
  size_t a = s->peak, b = s->peak;
  while (a > s->threshold && t->v_mV[a] > half) a--;
  while (b + 1 < stop && t->v_mV[b] > half) b++;
  s->half_width_ms = (double)(b - a) * t->dt_ms;
}

static void gather(const lg_fit_trace *t, size_t number, double offset_ms, gathered *g) {
  const size_t first = g->n;
  for (size_t k = 1; k + 1 < t->n && g->n < MAX_SPIKES; k++) {
    if (slope_at(t, k) < 20.0) continue;
    const size_t peak = find_peak(t, k);
    if (t->v_mV[peak] - t->v_mV[k] < 15.0) continue;
    spike *s = &g->s[g->n++];
    *s = (spike){.peak = peak,
                 .threshold = k,
                 .trace = number,
                 .peak_mV = t->v_mV[peak],
                 .threshold_mV = t->v_mV[k],
                 .time_ms = offset_ms + (double)peak * t->dt_ms};
    for (size_t j = k; j <= peak; j++) s->upstroke = fmax(s->upstroke, slope_at(t, j));
    k = peak + (size_t)(0.5 / t->dt_ms) + 1;
  }
  for (size_t j = first; j < g->n; j++) shape(t, &g->s[j], j + 1 < g->n ? g->s[j + 1].threshold : t->n);
}

static double median(double *x, size_t n) {
  if (n == 0) return 0.0;
  qsort(x, n, sizeof *x, lg_ascending);
  return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

/* Minimum, median and maximum of one field of the spikes. */
static void order(const gathered *g, size_t offset, double out[3]) {
  double x[MAX_SPIKES];
  for (size_t k = 0; k < g->n; k++) x[k] = *(const double *)(const void *)((const char *)&g->s[k] + offset);
  out[1] = median(x, g->n);
  out[0] = g->n > 0 ? x[0] : 0.0;
  out[2] = g->n > 0 ? x[g->n - 1] : 0.0;
}

static void spike_features(const gathered *g, float *f) {
  double peak[3], thr[3], trough[3], after[3], up[3], down[3], width[3], isi[MAX_SPIKES];
  size_t n_isi = 0;
  order(g, offsetof(spike, peak_mV), peak);
  order(g, offsetof(spike, threshold_mV), thr);
  order(g, offsetof(spike, trough_mV), trough);
  order(g, offsetof(spike, after_mV), after);
  order(g, offsetof(spike, upstroke), up);
  order(g, offsetof(spike, downstroke), down);
  order(g, offsetof(spike, half_width_ms), width);
  f[3] = (float)(0.3 * lg_ln(1.0 + (double)g->n));
  f[4] = g->n > 0;
  f[5] = g->n > 1;
  if (g->n == 0) return;
  f[6] = (float)(peak[2] / 30.0);
  f[7] = (float)(peak[1] / 30.0);
  f[8] = (float)(peak[0] / 30.0);
  f[9] = (float)((g->s[0].threshold_mV + 45.0) / 15.0);
  f[10] = (float)((thr[1] + 45.0) / 15.0);
  f[11] = (float)((g->s[g->n - 1].threshold_mV + 45.0) / 15.0);
  f[12] = (float)((trough[0] + 60.0) / 15.0);
  f[13] = (float)((trough[1] + 60.0) / 15.0);
  f[14] = (float)((trough[2] + 60.0) / 15.0);
  f[15] = (float)((after[1] + 50.0) / 20.0);
  f[16] = (float)((after[0] + 50.0) / 20.0);
  f[17] = (float)(0.5 * lg_ln(up[2] / 100.0));
  f[18] = (float)(0.5 * lg_ln(up[1] / 100.0));
  f[19] = (float)(0.5 * lg_ln(fmax(-down[0], 1.0) / 100.0));
  f[20] = (float)(0.5 * lg_ln(fmax(-down[1], 1.0) / 100.0));
  f[21] = (float)(lg_ln(fmax(width[1], 0.02)));
  for (size_t k = 1; k < g->n; k++)
    if (g->s[k].trace == g->s[k - 1].trace) isi[n_isi++] = g->s[k].time_ms - g->s[k - 1].time_ms;
  if (n_isi == 0) return;
  const double first = isi[0], last = isi[n_isi - 1], middle = median(isi, n_isi);
  f[22] = (float)(0.4 * lg_ln(first / 20.0));
  f[23] = (float)(0.4 * lg_ln(middle / 20.0));
  f[24] = (float)(0.4 * lg_ln(last / 20.0));
  f[25] = (float)(0.4 * lg_ln(isi[0] / 20.0));
  f[26] = (float)(0.4 * lg_ln(isi[n_isi - 1] / 20.0));
  f[27] = (float)((last - first) / (last + first));
}

/* The most negative stretch of current: its steady potential against rest gives resistance, its onset tau and sag. */
static void passive_features(const lg_fit_trace *t, double rest, double scale_pA, float *f) {
  size_t begin = 0, end = 0, lowest = 0;
  for (size_t k = 1; k < t->n; k++)
    if (t->i_pA[k] < t->i_pA[lowest]) lowest = k;
  const double low = t->i_pA[lowest];
  if (!(low < -0.02 * scale_pA)) return;
  for (begin = lowest; begin > 0 && t->i_pA[begin - 1] < 0.9 * low; begin--) {
  }
  for (end = lowest; end < t->n && t->i_pA[end] < 0.9 * low; end++) {
  }
  if ((double)(end - begin) * t->dt_ms < 10.0) return;
  double steady = 0.0, extreme = 0.0, half_time = 0.0;
  size_t m = 0;
  for (size_t k = begin; k < end; k++) {
    const double d = t->v_mV[k] - rest;
    if (k >= begin + 4 * (end - begin) / 5) {
      steady += d;
      m++;
    }
    extreme = fmin(extreme, d);
  }
  steady /= (double)m;
  for (size_t k = begin; k < end; k++)
    if (t->v_mV[k] - rest < 0.632 * steady) {
      half_time = (double)(k - begin) * t->dt_ms;
      break;
    }
  const double resistance = 1000.0 * steady / low; /* MOhm */
  f[29] = (float)((extreme) / 20.0);
  f[30] = (float)(steady / 20.0);
  f[31] = (float)(0.5 * lg_ln(fmax(resistance, 1.0) / 150.0));
  f[32] = (float)(extreme < -0.5 ? (extreme - steady) / extreme : 0.0);
  f[33] = (float)(0.5 * lg_ln(fmax(half_time, 0.1) / 15.0));
  double rebound = -100.0;
  const size_t until = end + (size_t)(80.0 / t->dt_ms);
  for (size_t k = end; k < t->n && k < until; k++) rebound = fmax(rebound, t->v_mV[k] - rest);
  f[38] = (float)(fmax(rebound, -20.0) / 20.0);
}

static double rest_of(const lg_fit_trace *t) {
  double x[256];
  size_t n = (size_t)(30.0 / t->dt_ms), m = 0;
  if (n > t->n) n = t->n;
  const size_t stride = n / 250 + 1;
  for (size_t k = 0; k < n; k += stride) x[m++] = t->v_mV[k];
  return median(x, m);
}

static void overall_features(const lg_fit_trace *traces, size_t n_traces, const gathered *g, double scale_pA,
                             float *f) {
  double sum = 0.0, square = 0.0, low = 0.0, charge = 0.0;
  size_t n = 0;
  for (size_t j = 0; j < n_traces; j++)
    for (size_t k = 0; k < traces[j].n; k++) {
      const double v = traces[j].v_mV[k];
      sum += v;
      square += v * v;
      low = fmin(low, v);
      charge += fmax(traces[j].i_pA[k], 0.0) * traces[j].dt_ms / scale_pA;
      n++;
    }
  const double mean = sum / (double)n;
  f[28] = (float)((low + 75.0) / 15.0);
  f[36] = (float)((mean + 60.0) / 15.0);
  f[37] = (float)(sqrt(fmax(square / (double)n - mean * mean, 0.0)) / 20.0);
  f[39] = (float)(0.3 * lg_ln((charge + 1.0) / (double)(g->n + 1) / 20.0));
  if (g->n == 0) return;
  const lg_fit_trace *t = &traces[g->s[0].trace];
  size_t onset = g->s[0].threshold;
  f[34] = (float)(t->i_pA[onset] / scale_pA);
  while (onset > 0 && t->i_pA[onset - 1] > 0.5 * t->i_pA[g->s[0].threshold]) onset--;
  f[35] = (float)(0.4 * lg_ln(fmax((double)(g->s[0].threshold - onset) * t->dt_ms, 0.1) / 20.0));
}

void lg_observe_features(const lg_fit_trace *traces, size_t n_traces, double scale_pA, float *f) {
  gathered g;
  double offset = 0.0, lowest_current = 0.0;
  size_t most_negative = 0;
  g.n = 0;
  for (int k = 0; k < LG_OBSERVE_FEATURES; k++) f[k] = 0.0f;
  for (size_t k = 0; k < n_traces; k++) {
    gather(&traces[k], k, offset, &g);
    offset += (double)traces[k].n * traces[k].dt_ms;
    for (size_t j = 0; j < traces[k].n; j++)
      if (traces[k].i_pA[j] < lowest_current) {
        lowest_current = traces[k].i_pA[j];
        most_negative = k;
      }
  }
  const double rest = rest_of(&traces[0]), other = rest_of(&traces[n_traces - 1]);
  f[0] = (float)(0.5 * lg_ln(scale_pA / 150.0));
  f[1] = (float)((rest + 65.0) / 10.0);
  f[2] = (float)((other - rest) / 10.0);
  spike_features(&g, f);
  passive_features(&traces[most_negative], rest, scale_pA, f);
  overall_features(traces, n_traces, &g, scale_pA, f);
}
