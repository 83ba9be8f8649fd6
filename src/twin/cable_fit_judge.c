/* How well each value is known: intervals from the curvature, from profiles where that is flat. */
#include "twin/cable_fit_internal.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

/* Correlation time of the residuals of the training sweeps in samples: 1 + 2 sum of autocorrelations up to the first
 * below 0.05. */
static double correlation(const cable_fit_desk *d) {
  double sum0 = 0.0, total = 1.0;
  for (size_t k = 0; k < d->n_jobs; k++) {
    const cable_fit_sweep *s = d->jobs[k].s;
    for (size_t i = s->settle; i <= s->n_steps && s->train; i++)
      if (s->weight[i] > 0.0)
        sum0 += s->weight[i] * (s->predicted_mV[i] - s->v_mV[i]) * (s->predicted_mV[i] - s->v_mV[i]);
  }
  for (size_t lag = 1; lag < 4000 && sum0 > 0.0; lag += 1 + lag / 8) {
    double sum = 0.0;
    for (size_t k = 0; k < d->n_jobs; k++) {
      const cable_fit_sweep *s = d->jobs[k].s;
      for (size_t i = s->settle + lag; i <= s->n_steps && s->train; i++)
        if (s->weight[i] > 0.0 && s->weight[i - lag] > 0.0)
          sum += sqrt(s->weight[i] * s->weight[i - lag]) * (s->predicted_mV[i] - s->v_mV[i]) *
                 (s->predicted_mV[i - lag] - s->v_mV[i - lag]);
    }
    if (sum < 0.05 * sum0) break;
    total += 2.0 * (double)(1 + lag / 8) * sum / sum0;
  }
  return total;
}

/* Inverse curvature times the inflation. */
static bool covariance(cable_fit_desk *d) {
  const size_t n = d->fit->n_unknowns;
  if (!lg_lm_covariance(&d->lm, false, d->fit->covariance)) return false;
  for (size_t p = 0; p < n * n; p++) d->fit->covariance[p] *= d->fit->inflation;
  return true;
}

/* How far the unknowns go along profiles that the data allow. */
typedef struct valley {
  double low[LG_LM_MOST], high[LG_LM_MOST], limit;
} valley;

/* Cost with unknown p held at x and the others fitted again; the desk is left as it was. */
static double profile_cost(cable_fit_desk *d, size_t p, double x, valley *seen) {
  lg_lm kept = d->lm;
  double cost = INFINITY;
  d->lm.x[p] = x;
  d->lm.fixed[p] = true;
  if (lg_lm_descend(&d->lm, 4, 0.05 * d->fit->inflation)) cost = d->lm.cost;
  for (size_t k = 0; k < d->lm.n && cost < seen->limit; k++) {
    seen->low[k] = fmin(seen->low[k], d->lm.x[k]);
    seen->high[k] = fmax(seen->high[k], d->lm.x[k]);
  }
  kept.evaluations = d->lm.evaluations;
  kept.derivatives = d->lm.derivatives;
  d->lm = kept;
  return cost;
}

/* One end of a 95 % interval: where the profile has risen by 1.92 (times the inflation), or the bound. */
static double profile_end(cable_fit_desk *d, size_t p, double bound, valley *seen) {
  const double here = d->lm.x[p];
  double inside = here, outside = bound;
  if (fabs(bound - here) < 1e-9 * (d->lm.high[p] - d->lm.low[p])) return bound;
  if (profile_cost(d, p, bound, seen) < seen->limit) return bound;
  for (int k = 0; k < 4; k++) {
    const double middle = 0.5 * (inside + outside);
    if (profile_cost(d, p, middle, seen) < seen->limit) inside = middle;
    else outside = middle;
  }
  return outside;
}

static void set_interval(cable_fit_unknown *u, double low, double high) {
  u->interval[0] = lg_cable_fit_value(u, low);
  u->interval[1] = lg_cable_fit_value(u, high);
}

/* A value that others trade with is known no better than the valley is long: its curvature alone would not say so. */
static void follow_valley(cable_fit_desk *d, const valley *seen) {
  for (size_t p = 0; p < d->lm.n; p++) {
    cable_fit_unknown *u = &d->fit->unknowns[p];
    const double width = d->lm.high[p] - d->lm.low[p], reach = 1.96 * fmin(u->sd, width);
    const double low = fmax(d->lm.low[p], seen->low[p] - reach), high = fmin(d->lm.high[p], seen->high[p] + reach);
    if (seen->low[p] < d->lm.x[p]) u->interval[0] = fmin(u->interval[0], lg_cable_fit_value(u, low));
    if (seen->high[p] > d->lm.x[p]) u->interval[1] = fmax(u->interval[1], lg_cable_fit_value(u, high));
    if (high - low > 0.6 * width) u->verdict = CABLE_FIT_UNSEEN;
  }
}

void lg_cable_fit_judge(cable_fit_desk *d) {
  cable_fit *f = d->fit;
  const size_t n = f->n_unknowns;
  size_t profiles = 0;
  d->nudge_per_ms = 0.0;
  d->scale_mV = 0.0;
  d->huber = 0.0;
  d->slope_share = CABLE_FIT_SLOPE_SHARE;
  lg_cable_fit_weigh(d);
  (void)lg_cable_fit_choose(d, false);
  f->inflation = f->explained ? 1.0 : fmax(1.0, f->chi2_per_sample) * correlation(d);
  const bool known = lg_cable_fit_evaluate(d, d->lm.x, &d->lm.cost, d->lm.a, d->lm.g) && covariance(d);
  valley seen = {.limit = d->lm.cost + 1.92 * f->inflation};
  memcpy(seen.low, d->lm.x, sizeof seen.low);
  memcpy(seen.high, d->lm.x, sizeof seen.high);
  for (size_t p = 0; p < n; p++) {
    cable_fit_unknown *u = &f->unknowns[p];
    const double x = d->lm.x[p], width = d->lm.high[p] - d->lm.low[p];
    u->value = lg_cable_fit_value(u, x);
    u->sd = known && f->covariance[p * n + p] > 0.0 ? sqrt(f->covariance[p * n + p]) : width;
    set_interval(u, fmax(d->lm.low[p], x - 1.96 * u->sd), fmin(d->lm.high[p], x + 1.96 * u->sd));
    u->verdict = CABLE_FIT_IDENTIFIED;
    if (fmin(x - d->lm.low[p], d->lm.high[p] - x) < 1e-6 * width) u->verdict = CABLE_FIT_AT_BOUND;
    if (u->sd < 0.15 * width) continue;
    if (d->o->no_profiles || profiles++ >= 6 || lg_cancelled(d->ctx)) {
      u->verdict = CABLE_FIT_UNSEEN;
      continue;
    }
    const double low = profile_end(d, p, d->lm.low[p], &seen), high = profile_end(d, p, d->lm.high[p], &seen);
    set_interval(u, low, high);
    if (high - low > 0.6 * width || low <= d->lm.low[p] || high >= d->lm.high[p]) u->verdict = CABLE_FIT_UNSEEN;
  }
  follow_valley(d, &seen);
}
