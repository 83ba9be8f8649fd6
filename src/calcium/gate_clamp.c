/* Extrapolated implicit Euler for a gate under a clamp. */
#include "calcium/gate_clamp.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 9, MAX_STATES = 16, MAX_DEPTH = 24 };

/* Newton's form of the polynomial through up to four values and their slopes: a node with a slope stands twice. */
typedef struct course {
  size_t n;
  double at[8], part[8];
  double rate, size; /* where rate is not 0: part[0] + size exp(rate (t - at[0])) instead */
} course;

typedef struct samples {
  size_t n;
  const double *t, *u, *udot;
  bool steps;
  bool *kink; /* (n) the slope jumps there, and udot is no slope of either side */
} samples;

static course through(const samples *s, size_t from, size_t to) {
  course c = {.n = 0};
  double table[8] = {0.0}, slope[8] = {0.0};
  for (size_t k = from; k <= to; k++)
    for (int twice = 0; twice < (s->kink[k] ? 1 : 2); twice++) {
      c.at[c.n] = s->t[k];
      table[c.n] = s->u[k];
      slope[c.n++] = s->udot[k];
    }
  c.part[0] = table[0];
  for (size_t order = 1; order < c.n; order++) {
    for (size_t q = 0; q + order < c.n; q++) {
      const double span = c.at[q + order] - c.at[q];
      table[q] = span > 0.0 ? (table[q + 1] - table[q]) / span : slope[q];
    }
    c.part[order] = table[0];
  }
  return c;
}

/* Where samples are too far apart for a polynomial, u may grow or decay exponentially: true if that explains both. */
static bool exponential(const samples *s, size_t k, course *c) {
  const double h = s->t[k + 1] - s->t[k], ratio = s->udot[k + 1] / s->udot[k];
  if (s->kink[k] || s->kink[k + 1] || !(ratio > 2.0 || (ratio > 0.0 && ratio < 0.5)) || isinf(ratio)) return false;
  const double rate = lg_ln(ratio) / h;
  const bool grows = ratio > 1.0; /* from the end where u moves faster: the other has lost its digits */
  const size_t fast = grows ? k + 1 : k, slow = grows ? k : k + 1;
  const double size = s->udot[fast] / rate, base = s->u[fast] - size;
  const double there = base + size * lg_exp(rate * (s->t[slow] - s->t[fast]));
  if (fabs(there - s->u[slow]) > 1e-3 * fabs(s->u[fast] - s->u[slow])) return false;
  *c = (course){.n = 1, .at = {s->t[fast]}, .part = {base}, .rate = rate, .size = size};
  return true;
}

/* Between samples k and k + 1: the four nearest that neither a kink nor a wide gap
 * separates from them. */
static course between(const samples *s, size_t k) {
  course c;
  if (s->steps) return (course){.n = 1, .part = {s->u[k]}};
  if (exponential(s, k, &c)) return c;
  size_t low = k, high = k + 1;
  while (high - low < 3) {
    course other;
    const bool left = low > 0 && !s->kink[low] && !exponential(s, low - 1, &other);
    const bool right = high + 1 < s->n && !s->kink[high] && !exponential(s, high, &other);
    if (left && (k - low <= high - k - 1 || !right)) low--;
    else if (right) high++;
    else break;
  }
  return through(s, low, high);
}

static void value(const course *c, double t, double *u, double *udot) {
  if (c->rate != 0.0) {
    const double moved = c->size * lg_exp(c->rate * (t - c->at[0]));
    *u = c->part[0] + moved;
    *udot = c->rate * moved;
    return;
  }
  double y = c->part[c->n - 1], slope = 0.0;
  for (size_t q = c->n - 1; q-- > 0;) {
    slope = slope * (t - c->at[q]) + y;
    y = y * (t - c->at[q]) + c->part[q];
  }
  *u = y;
  *udot = slope;
}

/* Slope at k by the value there and values and slopes of three samples on one side. */
static double one_sided(const samples *s, size_t k, bool left) {
  const course c = left ? through(s, k - 3, k) : through(s, k, k + 3);
  double u, slope;
  value(&c, s->t[k], &u, &slope);
  return slope;
}

/* Where the slope jumps, a table that was made by central differences has the mean of both sides. */
static void find_kinks(const samples *s) {
  for (size_t k = 3; k + 3 < s->n; k++) {
    s->kink[k] = true; /* so that its own slope is not used */
    const double left = one_sided(s, k, true), right = one_sided(s, k, false);
    const double jump = right - left, mean = 0.5 * (left + right);
    const double size = fmax(fabs(left), fabs(right));
    s->kink[k] = fabs(jump) > 1e-3 * size && fabs(s->udot[k] - mean) < 0.25 * fabs(jump);
  }
}

/* From t to t + h: the gate's step with 1 … COLUMNS parts, extrapolated; returns the last correction. */
static double extrapolate(const calcium_gate *gate, const course *c, double t, double h, const double *from,
                          double *to) {
  const size_t states = gate->n_states;
  double table[COLUMNS][MAX_STATES];
  double last = 0.0;
  for (size_t j = 0; j < COLUMNS; j++) {
    const double step = h / (double)(j + 1);
    memcpy(to, from, states * sizeof *to);
    for (size_t k = 0; k <= j; k++) {
      double u, udot;
      value(c, t + step * (double)(k + 1), &u, &udot);
      gate->advance(gate, 1, step, &u, &udot, to);
    }
    /* Aitken and Neville: the row so far stands in table, newest column first in `to`. */
    for (size_t s = 0; s < states; s++) {
      double now = to[s];
      for (size_t q = 0; q < j; q++) {
        const double ratio = (double)(j + 1) / (double)(j - q);
        const double next = now + (now - table[q][s]) / (ratio - 1.0);
        table[q][s] = now;
        now = next;
      }
      table[j][s] = now;
      to[s] = now;
    }
  }
  for (size_t s = 0; s < states; s++) last = fmax(last, fabs(table[COLUMNS - 1][s] - table[COLUMNS - 2][s]));
  return last;
}

static bool advance(const calcium_gate *gate, const course *c, double t, double h, double tolerance, unsigned depth,
                    double *states) {
  double end[MAX_STATES];
  if (extrapolate(gate, c, t, h, states, end) <= tolerance) {
    memcpy(states, end, gate->n_states * sizeof *states);
    return true;
  }
  if (depth == MAX_DEPTH) return false;
  return advance(gate, c, t, 0.5 * h, tolerance, depth + 1, states) &&
         advance(gate, c, t + 0.5 * h, 0.5 * h, tolerance, depth + 1, states);
}

lg_status lg_calcium_clamp(lg_ctx *ctx, const calcium_gate *gate, size_t n, const double *t, const double *u,
                           const double *udot, double tolerance, double *states, double *open) {
  lg_status status = LG_OK;
  samples s = {.n = n, .t = t, .u = u, .udot = udot, .steps = true};
  if (gate->n_states > MAX_STATES)
    return lg_fail(ctx, LG_ERR_LIMIT, "a gate of %zu states; at most %d", gate->n_states, (int)MAX_STATES);
  for (size_t k = 1; k < n; k++)
    if (!(t[k] > t[k - 1]))
      return lg_fail(ctx, LG_ERR_RANGE, "time %zu is %.17g s after %.17g s; times must rise", k, t[k], t[k - 1]);
  for (size_t k = 0; k < n; k++) s.steps = s.steps && udot[k] == 0.0;
  LG_NEW(ctx, s.kink, n + 1);
  if (!s.steps) find_kinks(&s);
  for (size_t k = 0; k < n; k++) {
    gate->open(gate, 1, states, &open[k]);
    if (k + 1 == n) break;
    const course c = between(&s, k);
    if (!advance(gate, &c, t[k], t[k + 1] - t[k], tolerance, 0, states))
      LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "the gate %s between %.9g and %.9g s: no step reaches %g", gate->name, t[k],
                     t[k + 1], tolerance));
  }
done:
  lg_free(ctx, s.kink);
  return status;
}
