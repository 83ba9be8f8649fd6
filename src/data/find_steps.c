/*
 * The main step of each sweep.
 *
 * Edges cut the sweep into segments (find_edges.c). The main step is the longest of the segments whose level changes
 * from sweep to sweep (a test pulse does not change), the first of equally long ones; when no level changes, the
 * longest segment away from the holding current. It must have a plateau on both sides, so that ramps, noise and sines
 * are not taken for steps.
 */
#include "data/find_steps.h"

#include "data/steps_internal.h"

#include <math.h>
#include <string.h>

typedef struct finder {
  const lg_recording *rec;
  lg_edges edges;
  double *levels;  /* (n_sweeps, edges.n) median of each segment */
  double *spread;  /* (edges.n) largest of |median of the last third - of the first third| and of the deviation */
  double *scratch; /* (longest sweep) */
  double tolerance_pA;
} finder;

static double median_between(finder *f, const double *x, size_t from, size_t to) {
  if (to <= from) return (double)NAN;
  memcpy(f->scratch, x + from, (to - from) * sizeof x[0]);
  return lg_median_of(f->scratch, to - from);
}

static double level(const finder *f, size_t sweep, size_t segment) { return f->levels[sweep * f->edges.n + segment]; }

static bool has_current(const finder *f, size_t sweep) { return f->rec->sweeps[sweep].i_pA != NULL; }

static void measure_levels(finder *f) {
  const lg_edges *e = &f->edges;
  double low = INFINITY, high = -INFINITY;
  for (size_t k = 0; k < f->rec->n_sweeps; k++) {
    const double *x = f->rec->sweeps[k].i_pA;
    if (!x) continue;
    for (size_t s = 0; s < e->n; s++) {
      const size_t from = e->at[s], to = e->at[s + 1], third = (to - from) / 3;
      const double mine = median_between(f, x, from, to);
      f->levels[k * e->n + s] = mine;
      low = fmin(low, mine);
      high = fmax(high, mine);
      if (third == 0) continue;
      const double drift = fabs(median_between(f, x, to - third, to) - median_between(f, x, from, from + third));
      for (size_t j = from; j < to; j++) f->scratch[j - from] = fabs(x[j] - mine);
      const double deviation = 1.48 * lg_median_of(f->scratch, to - from); /* spikes that couple in do not count */
      f->spread[s] = fmax(f->spread[s], fmax(drift, 0.5 * deviation));
    }
  }
  const double range = high > low ? high - low : 0.0;
  f->tolerance_pA = e->exact ? 1e-9 + 1e-9 * range : fmax(0.05 * range, 2.0 * e->noise_pA);
}

static bool is_plateau(const finder *f, size_t s) {
  const lg_edges *e = &f->edges;
  const double dt = f->rec->sweeps[0].dt_ms;
  if ((double)(e->at[s + 1] - e->at[s]) * dt < 1.0 - 1e-9) return false;
  return f->spread[s] <= 2.0 * f->tolerance_pA;
}

/* Segment s, seen from the resting level (segment 0), over all sweeps: range of its height and its largest height. */
static void height_of(const finder *f, size_t s, double *range, double *largest, double *first) {
  double low = INFINITY, high = -INFINITY;
  *largest = 0.0;
  *first = 0.0;
  bool any = false;
  for (size_t k = 0; k < f->rec->n_sweeps; k++) {
    if (!has_current(f, k)) continue;
    const double h = level(f, k, s) - level(f, k, 0);
    low = fmin(low, h);
    high = fmax(high, h);
    *largest = fmax(*largest, fabs(h));
    if (!any) *first = h;
    any = true;
  }
  *range = any ? high - low : 0.0;
}

/*
 * Whether segment s only prolongs the pulse of its neighbour: in every sweep it is at rest or at the neighbour's level.
 * Pulses whose duration grows from sweep to sweep are cut into such pieces, which change although no level does.
 */
static bool prolongs(const finder *f, size_t s, size_t neighbour) {
  bool pulse = false;
  for (size_t k = 0; k < f->rec->n_sweeps; k++) {
    if (!has_current(f, k)) continue;
    const double h = level(f, k, s) - level(f, k, 0), other = level(f, k, neighbour) - level(f, k, 0);
    if (fabs(h) > f->tolerance_pA && fabs(h - other) > f->tolerance_pA) return false;
    pulse |= fabs(other) > 2.0 * f->tolerance_pA;
  }
  return pulse;
}

static bool candidate(const finder *f, size_t s) {
  const bool last = s + 1 == f->edges.n;
  if (!is_plateau(f, s) || !is_plateau(f, s - 1) || (!last && !is_plateau(f, s + 1))) return false;
  return !prolongs(f, s, s - 1) && (last || !prolongs(f, s, s + 1));
}

static size_t duration(const finder *f, size_t s) { return f->edges.at[s + 1] - f->edges.at[s]; }

/* Whether outside of segment s most of the time is spent at the level before it (in the sweep with the largest step).
 */
static bool mostly_at_rest(const finder *f, size_t s) {
  size_t rest = 0, other = 0;
  for (size_t k = 0; k < f->rec->n_sweeps; k++) {
    if (!has_current(f, k)) continue;
    for (size_t j = 0; j < f->edges.n; j++) {
      if (j == s) continue;
      const bool same = is_plateau(f, j) && fabs(level(f, k, j) - level(f, k, 0)) <= 2.0 * f->tolerance_pA;
      if (same) rest += duration(f, j);
      else other += duration(f, j);
    }
  }
  return rest >= other;
}

/* The main segment; 0 when there is none (segment 0 is before every edge). */
static size_t main_segment(const finder *f) {
  double widest = 0.0;
  for (size_t s = 1; s < f->edges.n; s++) {
    double range, largest, first;
    if (!candidate(f, s)) continue;
    height_of(f, s, &range, &largest, &first);
    widest = fmax(widest, range);
  }
  const bool varying = widest > 2.0 * f->tolerance_pA;
  size_t best = 0;
  double best_first = 0.0;
  for (size_t s = 1; s < f->edges.n; s++) {
    double range, largest, first;
    if (!candidate(f, s) || !mostly_at_rest(f, s)) continue;
    height_of(f, s, &range, &largest, &first);
    if (varying ? range < 0.5 * widest : largest <= 2.0 * f->tolerance_pA) continue;
    if (best == 0) {
      best = s;
    } else if (duration(f, s) > duration(f, best) + duration(f, best) / 10) {
      best = s;
    } else if (!varying && duration(f, s) + duration(f, s) / 10 >= duration(f, best) && best_first < 0.0 &&
               first > 0.0) {
      best = s; /* of a test pulse and a step of one length the step depolarises */
    } else {
      continue;
    }
    best_first = first;
  }
  return best;
}

/* Whether fewer than half of the sweeps that step in `s` change at this edge: then the duration varies. */
static bool edge_is_shared(const finder *f, size_t s, size_t left) {
  size_t stepping = 0, changing = 0;
  if (left + 1 >= f->edges.n) return true; /* the step lasts to the end */
  for (size_t k = 0; k < f->rec->n_sweeps; k++) {
    if (!has_current(f, k)) continue;
    if (fabs(level(f, k, s) - level(f, k, s - 1)) <= f->tolerance_pA && left + 1 == s) continue;
    stepping++;
    changing += fabs(level(f, k, left) - level(f, k, left + 1)) > f->tolerance_pA;
  }
  return stepping == 0 || 2 * changing >= stepping;
}

static double hold_before(finder *f, const double *x, double dt_ms, size_t from, size_t on) {
  const size_t window = (size_t)(50.0 / dt_ms + 0.5);
  return median_between(f, x, on - from > window ? on - window : from, on);
}

static lg_status begin(lg_ctx *ctx, const lg_recording *rec, finder *f) {
  lg_status status = LG_OK;
  size_t longest = 1;
  f->rec = rec;
  LG_TRY(lg_find_edges(ctx, rec, &f->edges));
  if (f->edges.n < 2) goto done;
  for (size_t k = 0; k < rec->n_sweeps; k++)
    if (rec->sweeps[k].n > longest) longest = rec->sweeps[k].n;
  LG_NEW(ctx, f->scratch, longest);
  size_t cells;
  if (!lg_mul_size(rec->n_sweeps, f->edges.n, &cells)) return lg_fail(ctx, LG_ERR_LIMIT, "too many sweeps");
  LG_NEW(ctx, f->levels, cells);
  LG_NEW(ctx, f->spread, f->edges.n);
  measure_levels(f);
done:
  return status;
}

static void end(lg_ctx *ctx, finder *f) {
  lg_free(ctx, f->scratch);
  lg_free(ctx, f->levels);
  lg_free(ctx, f->spread);
}

lg_status lg_find_steps_guided(lg_ctx *ctx, const lg_recording *guide, lg_recording *rec) {
  lg_status status = LG_OK;
  finder f = {0};
  LG_TRY(begin(ctx, guide, &f));
  const size_t s = f.edges.n < 2 ? 0 : main_segment(&f);
  if (s == 0) goto done;
  const lg_edges *e = &f.edges;
  const bool shared_on = edge_is_shared(&f, s, s - 1), shared_off = edge_is_shared(&f, s, s);
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    lg_sweep *sweep = &rec->sweeps[k];
    if (!sweep->i_pA || !has_current(&f, k) || sweep->n < e->length) continue;
    size_t first = s, last = s;
    if (!shared_on)
      while (first > 1 && fabs(level(&f, k, first - 1) - level(&f, k, s)) <= f.tolerance_pA) first--;
    if (!shared_off)
      while (last + 1 < e->n && fabs(level(&f, k, last + 1) - level(&f, k, s)) <= f.tolerance_pA) last++;
    sweep->has_step = 1;
    sweep->step_on = e->at[first];
    sweep->step_off = e->at[last + 1];
    sweep->step_hold_pA = hold_before(&f, sweep->i_pA, sweep->dt_ms, e->at[first - 1], sweep->step_on);
    /* past the amplifier's settling and before its end; of an ideal command any part is the same */
    const size_t length = sweep->step_off - sweep->step_on;
    const size_t from = sweep->step_on + length / 4, to = sweep->step_off - length / 10;
    sweep->step_pA = median_between(&f, sweep->i_pA, from, to > from ? to : sweep->step_off);
  }
done:
  end(ctx, &f);
  return status;
}

lg_status lg_recording_find_steps(lg_ctx *ctx, lg_recording *rec) {
  for (size_t k = 0; k < rec->n_sweeps; k++)
    if (rec->sweeps[k].has_step) return LG_OK; /* the reader knew */
  return lg_find_steps_guided(ctx, rec, rec);
}
