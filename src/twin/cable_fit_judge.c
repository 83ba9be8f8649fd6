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
    const size_t stride = 1 + lag / 8;
    total += 2.0 * (double)stride * sum / sum0;
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

/* ---- profiles ------------------------------------------------------------------------------------ */

/* How far the unknowns go along profiles that the data allow. */
typedef struct valley {
  double low[LG_LM_MOST], high[LG_LM_MOST];
  double rise; /* of the cost at the ends of an interval */
} valley;

/* A point of a profile: the unknown held at its value, the others fitted to it. */
typedef struct point {
  double x[LG_LM_MOST], rise;
} point;

/* Fit the others with unknown p held, from the point given; the desk's own point stays. Rise: INFINITY where it fails.
 */
static void settle(cable_fit_desk *d, size_t p, point *at, valley *seen) {
  const lg_lm kept = d->lm;
  double rise = INFINITY;
  memcpy(d->lm.x, at->x, sizeof at->x);
  d->lm.fixed[p] = true;
  if (lg_lm_descend(&d->lm, 8, 0.02 * d->fit->inflation)) rise = d->lm.cost - kept.cost;
  memcpy(at->x, d->lm.x, sizeof at->x);
  at->rise = rise;
  for (size_t k = 0; k < d->lm.n && rise < seen->rise; k++) {
    seen->low[k] = fmin(seen->low[k], d->lm.x[k]);
    seen->high[k] = fmax(seen->high[k], d->lm.x[k]);
  }
  const size_t evaluations = d->lm.evaluations, derivatives = d->lm.derivatives;
  d->lm = kept;
  d->lm.evaluations = evaluations;
  d->lm.derivatives = derivatives;
}

/* The others, where the line through two points of the profile leads them. */
static point extrapolate(const cable_fit_desk *d, size_t p, const point *before, const point *last, double to) {
  point next = *last;
  const double span = last->x[p] - before->x[p], share = fabs(span) > 0.0 ? (to - last->x[p]) / span : 0.0;
  for (size_t k = 0; k < d->lm.n; k++) {
    const double moved = last->x[k] + share * (last->x[k] - before->x[k]);
    next.x[k] = fmin(fmax(moved, d->lm.low[k]), d->lm.high[k]);
  }
  next.x[p] = to;
  return next;
}

/* From the optimum: the others go as the covariance says. */
static point begin(const cable_fit_desk *d, size_t p, bool known, double to) {
  point next = {.rise = INFINITY};
  const double *c = d->fit->covariance;
  const size_t n = d->lm.n;
  for (size_t k = 0; k < n; k++) {
    const double share = known && c[p * n + p] > 0.0 ? c[k * n + p] / c[p * n + p] : 0.0;
    next.x[k] = fmin(fmax(d->lm.x[k] + share * (to - d->lm.x[p]), d->lm.low[k]), d->lm.high[k]);
  }
  next.x[p] = to;
  return next;
}

static double root(double rise) { return sqrt(fmax(rise, 0.0)); }

/*
 * One end of a 95 % interval: where the profile has risen enough, or the bound. Step by step outwards, each step from
 * where the last two lead, as long as the square root of the rise says. *better: a point below the optimum was found
 * (then its rise < 0 and the search ends); NULL: such points count as inside.
 */
static double profile_end(cable_fit_desk *d, size_t p, bool known, double bound, valley *seen, point *better) {
  const double side = bound < d->lm.x[p] ? -1.0 : 1.0, width = d->lm.high[p] - d->lm.low[p], wanted = root(seen->rise);
  const double reach = 1.3 * fmin(d->fit->unknowns[p].sd, 0.1 * width);
  point before = {.rise = 0.0}, last;
  memcpy(before.x, d->lm.x, sizeof before.x);
  last = before;
  double step = reach;
  for (int k = 0; k < 14; k++) {
    if (fabs(bound - last.x[p]) < 1e-9 * width) return bound;
    double to = last.x[p] + side * step;
    if (side * (to - bound) > 0.0) to = bound;
    point next = k == 0 ? begin(d, p, known, to) : extrapolate(d, p, &before, &last, to);
    settle(d, p, &next, seen);
    if (better && next.rise < -0.05 * d->fit->inflation) {
      *better = next;
      return next.x[p];
    }
    if (next.rise >= seen->rise) {
      const double a = root(last.rise), b = root(fmin(next.rise, 1e6 * seen->rise)), x = last.x[p];
      const double end = x + (next.x[p] - x) * (wanted - a) / (b - a);
      if (b < 2.0 * wanted || k >= 10) return end;
      step = fabs(end - x); /* too far for a line: nearer */
      continue;
    }
    const double slope = (root(next.rise) - root(last.rise)) / fabs(next.x[p] - last.x[p]);
    const double left = slope > 0.0 ? 1.1 * (wanted - root(next.rise)) / slope : INFINITY;
    before = last;
    last = next;
    step = fmin(fmin(left, 3.0 * step), 0.25 * width);
    step = fmax(step, 0.1 * reach);
  }
  return last.x[p];
}

static void set_interval(cable_fit_unknown *u, double low, double high) {
  u->interval[0] = lg_cable_fit_value(u, low);
  u->interval[1] = lg_cable_fit_value(u, high);
}

/* A value that others trade with is known no better than the valley is long. */
static void follow_valley(cable_fit_desk *d, const valley *seen) {
  for (size_t p = 0; p < d->lm.n; p++) {
    cable_fit_unknown *u = &d->fit->unknowns[p];
    const double width = d->lm.high[p] - d->lm.low[p];
    u->interval[0] = fmin(u->interval[0], lg_cable_fit_value(u, seen->low[p]));
    u->interval[1] = fmax(u->interval[1], lg_cable_fit_value(u, seen->high[p]));
    const double low = lg_cable_fit_coordinate(u, u->interval[0]), high = lg_cable_fit_coordinate(u, u->interval[1]);
    if (high - low > 0.6 * width) u->verdict = CABLE_FIT_UNSEEN;
  }
}

/* ---- all ----------------------------------------------------------------------------------------- */

/* Intervals at the present point; false: there is a better point, which *better has (not asked for: NULL). */
static bool judge_here(cable_fit_desk *d, point *better) {
  cable_fit *f = d->fit;
  const size_t n = f->n_unknowns;
  const bool known = lg_cable_fit_evaluate(d, d->lm.x, &d->lm.cost, d->lm.a, d->lm.g) && covariance(d);
  valley seen = {.rise = 1.92 * f->inflation};
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
    if (d->o->no_profiles && u->sd >= 0.15 * width) u->verdict = CABLE_FIT_UNSEEN;
  }
  for (size_t p = 0; p < n && !d->o->no_profiles && !lg_cancelled(d->ctx); p++) {
    cable_fit_unknown *u = &f->unknowns[p];
    double end[2];
    LG_IGNORE(lg_progress(d->ctx, "intervals", p, n));
    for (int side = 0; side < 2; side++) {
      point below = {.rise = 0.0};
      end[side] = profile_end(d, p, known, side ? d->lm.high[p] : d->lm.low[p], &seen, better ? &below : NULL);
      if (better && below.rise < 0.0) {
        *better = below;
        return false;
      }
    }
    set_interval(u, end[0], end[1]);
    if (end[0] <= d->lm.low[p] || end[1] >= d->lm.high[p]) u->verdict = CABLE_FIT_UNSEEN;
  }
  follow_valley(d, &seen);
  return true;
}

void lg_cable_fit_judge_by_score(cable_fit_desk *d, const double *low, const double *high) {
  for (size_t p = 0; p < d->lm.n; p++) {
    cable_fit_unknown *u = &d->fit->unknowns[p];
    const double width = d->lm.high[p] - d->lm.low[p], reach = high[p] - low[p];
    u->value = lg_cable_fit_value(u, d->lm.x[p]);
    u->sd = reach / (2.0 * 1.96);
    set_interval(u, low[p], high[p]);
    u->verdict = reach > 0.6 * width ? CABLE_FIT_UNSEEN : CABLE_FIT_IDENTIFIED;
    if (low[p] - d->lm.low[p] < 1e-6 * width || d->lm.high[p] - high[p] < 1e-6 * width)
      u->verdict = reach > 0.3 * width ? CABLE_FIT_UNSEEN : CABLE_FIT_AT_BOUND;
  }
}

void lg_cable_fit_judge(cable_fit_desk *d) {
  cable_fit *f = d->fit;
  d->nudge_per_ms = 0.0;
  d->scale_mV = 0.0;
  d->huber = 0.0;
  d->slope_share = CABLE_FIT_SLOPE_SHARE;
  lg_cable_fit_weigh(d);
  (void)lg_cable_fit_choose(d, false);
  f->inflation = f->explained ? 1.0 : fmax(1.0, f->chi2_per_sample) * correlation(d);
  point better;
  for (int round = 0; !judge_here(d, round < 6 ? &better : NULL); round++) {
    memcpy(d->lm.x, better.x, sizeof better.x);
    (void)lg_lm_descend(&d->lm, 40, 0.01 * f->inflation);
  }
}
