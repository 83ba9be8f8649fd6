/* How far one simulated sweep is from the recorded one. */
#include "twin/feature_fit.h"

#include "base/elementary.h"

/* x^2 with a ceiling that is reached smoothly: one hopeless feature must not drown the others. */
static double bounded(double x, double most) {
  const double s = x * x;
  return s / (1.0 + s / most);
}

/* The spikes of a lane that fall into the step. */
typedef struct train {
  const lg_lane_spike *spikes; /* (kept) */
  size_t kept, n, before, after;
} train;

static train model_train(const lg_target *t, const lg_lane_out *out, int lane) {
  const size_t all = out->n_spikes[lane], stored = all < LG_LANE_SPIKES ? all : LG_LANE_SPIKES;
  train m = {out->spikes[lane], 0, 0, 0, 0};
  for (size_t k = 0; k < stored; k++) {
    const double at = (double)out->spikes[lane][k].t_ms;
    if (at < t->on_ms) m.before++;
    else if (at < t->off_ms) m.kept++;
    else m.after++;
  }
  m.spikes += m.before;
  m.n = m.kept + (all - stored);
  return m;
}

/* Number of spikes with the share of the interval after the last one that had passed when the step ended: two spikes
 * and nearly a third are more than two. */
static double count_with_share(const lg_target *t, const train *m) {
  if (m->kept < 2) return (double)m->n;
  const double last = (double)m->spikes[m->kept - 1].t_ms, before = (double)m->spikes[m->kept - 2].t_ms;
  return (double)m->n + fmin((t->off_ms - last) / (last - before), 1.2) - 0.5;
}

static train data_train(const lg_target *t) {
  return (train){t->all + t->n_before, t->n_in, t->n_in, t->n_before, t->n_all - t->n_before - t->n_in};
}

/* Mean over the step of the squared difference of the two counts so far. */
static double path(const lg_target *t, const train *a, const train *b) {
  double at = t->on_ms, sum = 0.0;
  size_t i = 0, j = 0;
  while (i < a->kept || j < b->kept) {
    const double x = i < a->kept ? (double)a->spikes[i].t_ms : t->off_ms;
    const double y = j < b->kept ? (double)b->spikes[j].t_ms : t->off_ms;
    const double next = fmin(x, y), d = (double)i - (double)j;
    sum += d * d * (next - at);
    at = next;
    if (x <= next && i < a->kept) i++;
    if (y <= next && j < b->kept) j++;
  }
  const double d = (double)i - (double)j;
  sum += d * d * (t->off_ms - at);
  return sum / (t->off_ms - t->on_ms);
}

/* Mean squared difference of the potentials where neither counts as spiking: the whole window of a silent sweep; else
 * what lies before the step and later than 20 ms after it. */
static double course(const lg_target *t, const double *v, size_t stride, bool silent, double sd_mV) {
  const double bin = (double)t->every * t->drive.dt_ms;
  double sum = 0.0;
  size_t n = 0;
  for (size_t k = 0; k < t->n_v; k++) {
    const double at = (double)k * bin;
    if (!silent && at >= t->on_ms && at < t->off_ms + 20.0) continue;
    sum += bounded((v[k * stride] - t->v_mV[k]) / sd_mV, silent ? 100.0 : 9.0);
    n++;
  }
  return n > 0 ? sum / (double)n : 0.0;
}

static double difference(float a, float b, double sd, double most) {
  const double d = (double)a - (double)b;
  return d == d ? bounded(d / sd, most) : 0.0;
}

/* Peak, threshold, trough and width of the first and the last spike. */
static double shape(const train *m, const train *d) {
  enum { MOST = 9 };
  if (d->kept == 0) return 0.0;
  if (m->kept == 0) return MOST;
  const lg_lane_spike *a = m->spikes, *b = d->spikes, *y = m->spikes + m->kept - 1, *z = d->spikes + d->kept - 1;
  double sum = difference(a->peak_mV, b->peak_mV, 5.0, MOST) + difference(y->peak_mV, z->peak_mV, 5.0, MOST) +
               difference(a->threshold_mV, b->threshold_mV, 3.0, MOST) +
               difference(y->threshold_mV, z->threshold_mV, 3.0, MOST) +
               difference((float)lg_ln((double)a->width_ms), (float)lg_ln((double)b->width_ms), 0.3, MOST);
  size_t n = 5;
  if (d->kept > 1) {
    sum += m->kept > 1 ? difference(a->trough_mV, b->trough_mV, 4.0, MOST) +
                             difference(m->spikes[m->kept - 2].trough_mV, d->spikes[d->kept - 2].trough_mV, 4.0, MOST)
                       : 2.0 * MOST;
    n += 2;
  }
  return 2.0 * sum / (double)n;
}

void lg_feature_cost(const lg_feature_model *model, const lg_targets *ts, size_t sweep, const lg_lane_out *out,
                     int lane, double cost[2]) {
  const lg_target *t = &ts->sweeps[sweep];
  const train m = model_train(t, out, lane), d = data_train(t);
  cost[0] = cost[1] = 0.0;
  if (t->kind != LG_TARGET_RECORDED) {
    const double over = ((double)m.n - t->expected) / t->tolerance;
    cost[1] = t->kind == LG_TARGET_FAR && over < 0.0 ? 0.0 : 4.0 * bounded(over, 100.0);
    return;
  }
  const double *v = out->v_mV + lane;
  const double spread = 0.5 + 0.01 * (double)d.n, off = ((double)m.n - (double)d.n) / spread;
  const double share = (count_with_share(t, &m) - count_with_share(t, &d)) / spread;
  const bool silent = t->n_all == 0;
  double sum = bounded(off, 400.0) + bounded(share, 400.0) + 0.5 * bounded(sqrt(path(t, &m, &d)) / spread, 100.0);
  if (m.kept > 0 && d.kept > 0) {
    const double x = (double)m.spikes[0].t_ms - t->on_ms, y = (double)d.spikes[0].t_ms - t->on_ms;
    sum += 0.5 * bounded(lg_ln((x + 2.0) / (y + 2.0)) / 0.25, 16.0);
  }
  sum += bounded(((double)m.before - (double)d.before) / 0.7, 50.0);
  sum += bounded(((double)m.after - (double)d.after) / 0.7, 50.0);
  sum += silent ? course(t, v, LG_LANES, true, 0.65) : 0.5 * course(t, v, LG_LANES, false, 3.0);
  if (!silent) sum += 0.5 * bounded((lg_target_level(t, v, LG_LANES, ts->clip_mV) - t->level_mV) / 4.0, 4.0);
  cost[0] = sum == sum ? sum : 1e6;
  cost[1] =
      model->shape
          ? shape(&m, &d)
          : (m.kept > 1 && d.kept > 1 ? 0.3 * difference(m.spikes[0].trough_mV, d.spikes[0].trough_mV, 5.0, 9.0) : 0.0);
}
