/* Where the resets are, how large the noise is. */
#include "neuron/izhikevich_data.h"
#include "neuron/izhikevich_fit.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

#define SIGMA_FLOOR_MV 0.01 /* the simulator's own error and the quantisation of a good converter lie below */

lg_status lg_izh_data_create(lg_ctx *ctx, size_t max_samples, lg_izh_data **out) {
  lg_status status = LG_OK;
  lg_izh_data *data = NULL;
  *out = NULL;
  LG_NEW(ctx, data, 1);
  data->ctx = ctx;
  data->capacity = max_samples;
  LG_NEW(ctx, data->smooth, max_samples + 1);
  LG_NEW(ctx, data->weight, max_samples + 1);
  LG_NEW(ctx, data->scratch, 4 * max_samples + 64);
  LG_NEW(ctx, data->last, max_samples + 1);
  data->max_spikes = max_samples / 10 + 8;
  LG_NEW(ctx, data->walls, 2 * data->max_spikes);
  *out = data;
  return LG_OK;
done:
  lg_izh_data_destroy(ctx, data);
  return status;
}

lg_status lg_izh_data_add_cloud(lg_ctx *ctx, lg_izh_data *data) {
  return lg_importance_create(ctx, LG_IZH_N_PARAMS, (size_t)LG_POSTERIOR_ROUNDS * LG_POSTERIOR_SAMPLES, &data->cloud);
}

void lg_izh_data_destroy(lg_ctx *ctx, lg_izh_data *data) {
  if (!data) return;
  lg_free(ctx, data->smooth);
  lg_free(ctx, data->weight);
  lg_free(ctx, data->scratch);
  lg_free(ctx, data->last);
  lg_free(ctx, data->walls);
  lg_importance_destroy(ctx, data->cloud);
  lg_free(ctx, data);
}

static double baseline_of(const lg_izh_sweep *s, double *scratch) {
  size_t n = 0, end = 1;
  while (end < s->n && s->i[end] == s->i[0]) end++;
  if (end < 20 || (double)end * s->dt < 2.0) end = s->n < (size_t)(20.0 / s->dt) ? s->n : (size_t)(20.0 / s->dt) + 1;
  for (size_t k = 0; k < end && k < s->n; k++)
    if (!isnan(s->v[k])) scratch[n++] = s->v[k];
  return lg_median(scratch, n);
}

/* Fourth difference around k: blind to the curvature of the course, of variance 70 sigma^2 for white noise. */
static double fourth(const lg_izh_sweep *s, size_t k) {
  const double *v = s->v + k;
  return fabs(v[-2] + v[2] - 4.0 * (v[-1] + v[1]) + 6.0 * v[0]);
}

/* Whether the next reset is more than 8 samples away, and the last one more than 3. j moves along with k. */
static bool far_from_resets(const lg_izh_sweep *s, size_t k, size_t *j) {
  while (*j < s->n_spikes && s->last[*j] + 4 < k) ++*j;
  return *j >= s->n_spikes || k + 8 < s->last[*j];
}

static bool current_stands(const lg_izh_sweep *s, size_t k) {
  for (size_t m = k - 1; m < k + 2; m++)
    if (fabs(s->i[m] - s->i[k - 2]) > 2e-3 * fabs(s->i[m])) return false;
  return true;
}

/* The median ignores what is left of spikes. Samples in which the current changes are left out: it bends the course. */
static double noise_of(const lg_izh_data *data, double *scratch) {
  size_t n = 0;
  for (size_t w = 0; w < data->n_sweeps; w++) {
    const lg_izh_sweep *s = &data->sweep[w];
    const size_t before = n;
    for (int all = 0; all < 2 && n - before <= s->n / 10; all++) { /* a measured current never stands: take all */
      size_t j = 0;
      n = before;
      for (size_t k = 2; k + 2 < s->n; k++) {
        if (!far_from_resets(s, k, &j) || (!all && !current_stands(s, k))) continue;
        const double difference = fourth(s, k);
        if (!isnan(difference)) scratch[n++] = difference;
      }
    }
  }
  /* 1 / (0.67449 sqrt 70) */
  return n < 16 ? (double)NAN : lg_median(scratch, n) * 0.177204;
}

/*
 * A reset is a corner: the course bends down at once, after rising. Extrapolation from the two samples before misses
 * the sample behind by at least peak - c, or, when the peak fell between two samples, by what the steep course would
 * have gained. Corners that a change of current explains (C >= 15 pF) do not count.
 */
static void find_resets(lg_izh_sweep *s, double sigma, size_t max_spikes) {
  const double noise = 15.0 * sigma; /* 6 sigma of a second difference */
  s->n_spikes = 0;
  for (size_t k = 1; k + 1 < s->n && s->n_spikes < max_spikes; k++) {
    const double rise = s->v[k] - s->v[k - 1], fall = s->v[k] - s->v[k + 1];
    const double corner = rise + fall;
    const double stimulus = fabs(s->i[k] - s->i[k - 1]) * s->dt / 15.0;
    if (!(corner > 5.0 + noise + stimulus)) continue;
    if (rise < -0.5 - 3.0 * sigma) continue;
    /* a fall that goes on at the same speed is a falling course, not a reset */
    if (k + 2 < s->n && fall > 0.0 && s->v[k + 1] - s->v[k + 2] > 0.6 * fall && s->v[k] < -30.0) continue;
    s->last[s->n_spikes++] = k;
    k++;
  }
}

/* One point of a parabola fitted to 9 samples, `at` = -4 … 4 from their middle. */
static double parabola9(const double *y, double at, double *rms2) {
  double s0 = 0.0, s1 = 0.0, s2 = 0.0, squares = 0.0;
  for (int k = -4; k <= 4; k++) {
    const double v = y[k + 4];
    s0 += v;
    s1 += k * v;
    s2 += k * k * v;
    squares += v * v;
  }
  /* normal equations of 1, k, k^2 on -4 … 4: sums 9, 60, 708 */
  const double c2 = (9.0 * s2 - 60.0 * s0) / 2772.0, c0 = (s0 - 60.0 * c2) / 9.0, c1 = s1 / 60.0;
  *rms2 = (squares - c0 * s0 - c1 * s1 - c2 * s2) / 6.0;
  return c0 + at * (c1 + at * c2);
}

static void smooth_segment(lg_izh_sweep *s, size_t begin, size_t end, double sigma) {
  for (size_t k = begin; k < end; k++) s->smooth[k] = s->v[k];
  if (end - begin < 9) return;
  for (size_t k = begin; k < end; k++) {
    size_t first = k < begin + 4 ? begin : k - 4;
    if (first + 9 > end) first = end - 9;
    double y[9], rms2;
    const double reference = s->v[k];
    for (int m = 0; m < 9; m++) y[m] = s->v[first + (size_t)m] - reference;
    const double fitted = parabola9(y, (double)k - (double)first - 4.0, &rms2);
    /* too steep for a parabola: chi2 of 6 degrees of freedom beyond its 99.9 % */
    if (rms2 < 3.7 * sigma * sigma) s->smooth[k] = reference + fitted;
  }
}

static void smooth(lg_izh_sweep *s, double sigma) {
  size_t begin = 0;
  for (size_t j = 0; j <= s->n_spikes; j++) {
    const size_t end = j < s->n_spikes ? s->last[j] + 1 : s->n;
    smooth_segment(s, begin, end, sigma);
    begin = end;
  }
}

static void find_all_resets(lg_izh_data *data) {
  data->n_spikes = 0;
  for (size_t w = 0; w < data->n_sweeps; w++) {
    find_resets(&data->sweep[w], data->sigma, data->max_spikes - data->n_spikes);
    data->n_spikes += data->sweep[w].n_spikes;
  }
}

bool lg_izh_data_prepare(lg_izh_data *data, const lg_trace *traces, size_t n_traces, double sigma_mV) {
  size_t total = 0;
  if (n_traces == 0 || n_traces > LG_IZH_MAX_SWEEPS) return false;
  for (size_t w = 0; w < n_traces; w++) {
    if (traces[w].n < 32 || traces[w].n > data->capacity - total || !(traces[w].dt_ms > 0.0)) return false;
    total += traces[w].n;
  }
  data->n_sweeps = n_traces;
  size_t offset = 0;
  for (size_t w = 0; w < n_traces; w++) {
    lg_izh_sweep *s = &data->sweep[w];
    *s = (lg_izh_sweep){.v = traces[w].v_mV, .i = traces[w].i_pA, .n = traces[w].n, .dt = traces[w].dt_ms};
    s->last = data->last + offset;
    s->smooth = data->smooth + offset;
    s->weight = data->weight + offset;
    offset += s->n;
    s->baseline = baseline_of(s, data->scratch);
  }
  /* resets need a noise level and the noise level wants to know the resets: twice around */
  data->sigma = isnan(sigma_mV) ? noise_of(data, data->scratch) : sigma_mV;
  find_all_resets(data);
  if (isnan(sigma_mV)) {
    const double away = noise_of(data, data->scratch);
    if (away == away) data->sigma = away;
  }
  if (!(data->sigma > SIGMA_FLOOR_MV)) data->sigma = SIGMA_FLOOR_MV;
  find_all_resets(data);
  data->n_samples = 0;
  for (size_t w = 0; w < n_traces; w++) {
    lg_izh_sweep *s = &data->sweep[w];
    smooth(s, data->sigma);
    for (size_t k = 0; k < s->n; k++)
      if (!isnan(s->v[k])) data->n_samples++;
  }
  return true;
}
