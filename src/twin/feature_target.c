#include "twin/feature_target.h"

#include "base/base.h"

#include <loligo/features.h>
#include <math.h>
#include <string.h>

static size_t samples_of(double ms, double dt_ms) { return (size_t)(ms / dt_ms + 0.5); }

void lg_target_window(const lg_sweep *s, size_t *begin, size_t *end) {
  *begin = 0;
  *end = s->n;
  if (!s->has_step) return;
  const size_t before = samples_of(50.0, s->dt_ms), after = samples_of(100.0, s->dt_ms);
  *begin = s->step_on > before ? s->step_on - before : 0;
  *end = s->step_off + after < s->n ? s->step_off + after : s->n;
}

/* Mean current of 5-ms blocks against the level; the blocks that differ by more than a twentieth of the step. */
static size_t blocks_off(const lg_sweep *s, size_t begin, size_t end, double level, double tolerance, size_t *blocks) {
  const size_t length = samples_of(5.0, s->dt_ms) + 1;
  size_t bad = 0;
  for (size_t k = begin; k + length <= end; k += length) {
    double sum = 0.0;
    for (size_t j = 0; j < length; j++) sum += s->i_pA[k + j];
    bad += fabs(sum / (double)length - level) > tolerance;
    ++*blocks;
  }
  return bad;
}

static bool is_step(const lg_sweep *s, size_t begin, size_t end) {
  if (!s->has_step) return false;
  const double height = fabs(s->step_pA - s->step_hold_pA), tolerance = fmax(0.1 * height, 8.0);
  size_t blocks = 0, bad = 0;
  bad += blocks_off(s, begin, s->step_on, s->step_hold_pA, tolerance, &blocks);
  bad += blocks_off(s, s->step_on, s->step_off, s->step_pA, tolerance, &blocks);
  bad += blocks_off(s, s->step_off, end, s->step_hold_pA, tolerance, &blocks);
  return 5 * bad <= blocks;
}

void lg_target_current(const lg_sweep *s, size_t begin, size_t end, double *i_pA) {
  size_t from, to;
  lg_target_window(s, &from, &to);
  const bool ideal = s->current_origin == LG_CURRENT_MEASURED && is_step(s, from, to);
  for (size_t k = begin; k < end; k++) {
    const bool in_window = k >= from && k < to, in_step = k >= s->step_on && k < s->step_off;
    i_pA[k - begin] = ideal && in_window ? (in_step ? s->step_pA : s->step_hold_pA) : s->i_pA[k];
  }
}

static double mean_of(const double *x, size_t n) {
  double sum = 0.0;
  for (size_t k = 0; k < n; k++) sum += x[k];
  return sum / (double)n;
}

/* Time above -20 mV of a spike found by lg_spikes_find(). */
static double width_of(const lg_spike *k, const double *v, double dt_ms) {
  const double a = v[k->i_fall - 1], b = v[k->i_fall];
  return ((double)(k->i_fall - 1) + (-20.0 - a) / (b - a)) * dt_ms - k->t_cross_ms;
}

static lg_status take_spikes(lg_ctx *ctx, const double *v, size_t n, double dt_ms, lg_target *t) {
  lg_status status = LG_OK;
  lg_spike *found = NULL;
  const size_t count = lg_spikes_find(v, n, dt_ms, NULL, 0, NULL);
  LG_NEW(ctx, found, count + 1);
  LG_NEW(ctx, t->all, count + 1);
  t->n_all = lg_spikes_find(v, n, dt_ms, NULL, count, found);
  for (size_t k = 0; k < count; k++) {
    const lg_spike *s = &found[k];
    t->all[k] = (lg_target_spike){(float)s->t_cross_ms, (float)s->peak_mV, (float)s->trough_mV, (float)s->threshold_mV,
                                  (float)width_of(s, v, dt_ms)};
    t->n_before += s->t_cross_ms < t->on_ms;
    t->n_in += s->t_cross_ms >= t->on_ms && s->t_cross_ms < t->off_ms;
  }
done:
  lg_free(ctx, found);
  return status;
}

/* Samples are averaged to about 0.1 ms: the drive holds the mean current of each interval. */
static lg_status take_sweep(lg_ctx *ctx, const lg_sweep *s, lg_target *t) {
  lg_status status = LG_OK;
  double *current = NULL;
  size_t begin, end;
  lg_target_window(s, &begin, &end);
  const size_t m = s->dt_ms < 0.075 ? (size_t)(0.1 / s->dt_ms + 1e-9) : 1, n = end - begin;
  t->first = begin;
  t->drive.n = n / m;
  t->drive.dt_ms = (double)m * s->dt_ms;
  t->every = samples_of(1.0, t->drive.dt_ms) > 0 ? samples_of(1.0, t->drive.dt_ms) : 1;
  t->n_v = (t->drive.n - 1) / t->every + 1;
  LG_NEW(ctx, current, n);
  LG_NEW(ctx, t->i_pA, t->drive.n);
  LG_NEW(ctx, t->v_mV, t->n_v);
  lg_target_current(s, begin, end, current);
  for (size_t k = 0; k < t->drive.n; k++) t->i_pA[k] = mean_of(current + k * m, m);
  t->drive.i_pA = t->i_pA;
  for (size_t k = 0; k < t->n_v; k++) {
    const size_t centre = k * t->every * m, half = samples_of(0.25, s->dt_ms);
    const size_t from = centre > half ? centre - half : 0, to = centre + half + 1 < n ? centre + half + 1 : n;
    t->v_mV[k] = mean_of(s->v_mV + begin + from, to - from);
  }
  t->on_ms = s->has_step ? (double)(s->step_on - begin) * s->dt_ms : 0.0;
  t->off_ms = s->has_step ? (double)(s->step_off - begin) * s->dt_ms + 2.0 : (double)n * s->dt_ms;
  LG_TRY(take_spikes(ctx, s->v_mV + begin, n, s->dt_ms, t));
done:
  lg_free(ctx, current);
  return status;
}

/* ---- passive properties ----------------------------------------------------------------------- */

static double or_else(lg_feature_value x, double low, double high, double otherwise) {
  return !x.reason && x.value >= low && x.value <= high ? x.value : otherwise;
}

static double middle(double *x, size_t n, double otherwise) {
  if (n == 0) return otherwise;
  for (size_t k = 1; k < n; k++)
    for (size_t j = k; j > 0 && x[j] < x[j - 1]; j--) {
      const double y = x[j];
      x[j] = x[j - 1];
      x[j - 1] = y;
    }
  return x[n / 2];
}

/* Medians over the spikes: threshold of the first of each sweep, peaks, troughs. */
static lg_status spike_levels(lg_ctx *ctx, const lg_targets *ts, lg_passive *p) {
  lg_status status = LG_OK;
  double *x = NULL;
  size_t total = 1, n = 0;
  for (size_t k = 0; k < ts->n; k++) total += ts->sweeps[k].n_all;
  LG_NEW(ctx, x, total);
  for (size_t k = 0; k < ts->n; k++)
    if (ts->sweeps[k].n_all > 0) x[n++] = (double)ts->sweeps[k].all[0].threshold_mV;
  p->threshold_mV = middle(x, n, -40.0);
  n = 0;
  for (size_t k = 0; k < ts->n; k++)
    for (size_t j = 0; j < ts->sweeps[k].n_all; j++) x[n++] = (double)ts->sweeps[k].all[j].peak_mV;
  p->peak_mV = middle(x, n, 30.0);
  n = 0;
  for (size_t k = 0; k < ts->n; k++)
    for (size_t j = 0; j + 1 < ts->sweeps[k].n_all; j++) x[n++] = (double)ts->sweeps[k].all[j].trough_mV;
  p->trough_mV = middle(x, n, p->threshold_mV - 8.0);
done:
  lg_free(ctx, x);
  return status;
}

static double rest_of_silent(const lg_targets *ts, double otherwise) {
  double sum = 0.0;
  size_t n = 0;
  for (size_t k = 0; k < ts->n; k++)
    if (ts->sweeps[k].n_before == 0 && ts->sweeps[k].n_v > 0) {
      sum += ts->sweeps[k].v_mV[0];
      n++;
    }
  return n > 0 ? sum / (double)n : otherwise;
}

static lg_status passive(lg_ctx *ctx, const lg_sweep *const *sweeps, size_t n, lg_targets *ts) {
  lg_status status = LG_OK;
  lg_recording view = {.n_sweeps = n};
  lg_features *f = NULL;
  lg_passive *p = &ts->passive;
  LG_NEW(ctx, view.sweeps, n);
  for (size_t k = 0; k < n; k++) view.sweeps[k] = *sweeps[k];
  LG_TRY(lg_features_create(ctx, &view, NULL, &f));
  LG_TRY(spike_levels(ctx, ts, p));
  p->g_nS = 1e3 / or_else(f->cell[LG_CF_RIN], 10.0, 3000.0, 150.0);
  p->tau_ms = or_else(f->cell[LG_CF_TAU], 2.0, 150.0, 20.0);
  p->C_pF = p->g_nS * p->tau_ms;
  p->v_rest_mV = or_else(f->cell[LG_CF_V_REST], -100.0, -35.0, rest_of_silent(ts, -65.0));
  double hold = 0.0;
  for (size_t k = 0; k < ts->n; k++) {
    hold += ts->sweeps[k].i_pA[0] / (double)ts->n;
    for (size_t j = 0; j < ts->sweeps[k].drive.n; j++) p->i_high_pA = fmax(p->i_high_pA, ts->sweeps[k].i_pA[j]);
  }
  p->v_rest_mV -= hold / p->g_nS;
done:
  lg_free(ctx, view.sweeps);
  lg_features_destroy(ctx, f);
  return status;
}

/* ---- beyond the recording --------------------------------------------------------------------- */

/* Least-squares slope of counts over the spiking steps from the middle one upwards; 0 below three steps. */
static double upper_slope(const lg_sweep *const *sweeps, const lg_targets *ts, double low_pA, double high_pA) {
  double n = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
  for (size_t k = 0; k < ts->n; k++) {
    const double i = sweeps[k]->step_pA, c = (double)ts->sweeps[k].n_in;
    if (i < 0.5 * (low_pA + high_pA)) continue;
    n += 1.0;
    x += i;
    y += c;
    xx += i * i;
    xy += i * c;
  }
  const double spread = n * xx - x * x;
  return n >= 3.0 && spread > 0.0 ? (n * xy - x * y) / spread : 0.0;
}

static lg_status stronger(lg_ctx *ctx, const lg_target *like, double factor, lg_target *t) {
  lg_status status = LG_OK;
  *t = *like;
  t->i_pA = t->v_mV = NULL;
  t->all = NULL;
  t->n_all = t->n_before = t->n_in = 0;
  LG_NEW(ctx, t->i_pA, t->drive.n);
  LG_NEW(ctx, t->v_mV, t->n_v);
  t->drive.i_pA = t->i_pA;
  for (size_t k = 0; k < t->drive.n; k++) {
    const double at = ((double)k + 0.5) * t->drive.dt_ms;
    t->i_pA[k] = like->i_pA[k] * (at > t->on_ms && at < t->off_ms - 2.0 ? factor : 1.0);
  }
done:
  return status;
}

/* What is known of steps that were not recorded: a little beyond, the curve goes on with seven tenths of its slope,
 * give or take; far beyond, sodium inactivation makes every neuron level off or fall silent. Fitted conductances that
 * matter only there would be left to chance otherwise. */
static lg_status add_beyond(lg_ctx *ctx, const lg_sweep *const *sweeps, lg_targets *ts) {
  lg_status status = LG_OK;
  double low = (double)INFINITY, high = -(double)INFINITY;
  size_t top = 0;
  for (size_t k = 0; k < ts->n; k++) {
    if (!sweeps[k]->has_step) return LG_OK;
    if (ts->sweeps[k].n_in == 0) continue;
    low = fmin(low, sweeps[k]->step_pA);
    if (sweeps[k]->step_pA > high) {
      high = sweeps[k]->step_pA;
      top = k;
    }
  }
  const lg_target *like = &ts->sweeps[top];
  if (!(high > low && high > 0.0) || like->n_in < 3) return LG_OK;
  const double rise = fmax(upper_slope(sweeps, ts, low, high), 0.0) * 0.7 * (2.0 / 3.0) * high;
  lg_target *near = &ts->sweeps[ts->n], *far = near + 1;
  LG_TRY(stronger(ctx, like, 5.0 / 3.0, near));
  ts->n_beyond = 1;
  near->kind = LG_TARGET_BEYOND;
  near->expected = (double)like->n_in + rise;
  near->tolerance = 1.0 + 0.15 * near->expected;
  LG_TRY(stronger(ctx, like, 5.0, far));
  ts->n_beyond = 2;
  far->kind = LG_TARGET_FAR;
  far->expected = near->expected;
  far->tolerance = 1.0 + 0.2 * near->expected;
done:
  return status;
}

lg_status lg_targets_create(lg_ctx *ctx, const lg_sweep *const *sweeps, size_t n, lg_targets **out) {
  lg_status status = LG_OK;
  lg_targets *ts = NULL;
  *out = NULL;
  LG_NEW(ctx, ts, 1);
  LG_NEW(ctx, ts->sweeps, n + 2);
  ts->n = n;
  for (size_t k = 0; k < n; k++) {
    LG_TRY(take_sweep(ctx, sweeps[k], &ts->sweeps[k]));
    if (ts->sweeps[k].n_v > ts->max_n_v) ts->max_n_v = ts->sweeps[k].n_v;
  }
  LG_TRY(passive(ctx, sweeps, n, ts));
  ts->clip_mV = ts->passive.threshold_mV;
  for (size_t k = 0; k < n; k++) {
    lg_target *t = &ts->sweeps[k];
    t->level_mV = lg_target_level(t, t->v_mV, 1, ts->clip_mV);
  }
  LG_TRY(add_beyond(ctx, sweeps, ts));
  *out = ts;
  ts = NULL;
done:
  lg_targets_destroy(ctx, ts);
  return status;
}

double lg_target_level(const lg_target *t, const double *v_mV, size_t stride, double clip_mV) {
  const double bin = (double)t->every * t->drive.dt_ms;
  double sum = 0.0;
  size_t n = 0;
  for (size_t k = 0; k < t->n_v; k++) {
    const double at = (double)k * bin, v = v_mV[k * stride];
    if (at < t->on_ms) continue;
    if (at >= t->off_ms) break;
    sum += v < clip_mV ? v : clip_mV;
    n++;
  }
  return n > 0 ? sum / (double)n : 0.0;
}

void lg_targets_destroy(lg_ctx *ctx, lg_targets *ts) {
  if (!ts) return;
  for (size_t k = 0; ts->sweeps && k < ts->n + 2; k++) {
    lg_free(ctx, ts->sweeps[k].i_pA);
    lg_free(ctx, ts->sweeps[k].v_mV);
    lg_free(ctx, ts->sweeps[k].all);
  }
  lg_free(ctx, ts->sweeps);
  lg_free(ctx, ts);
}
