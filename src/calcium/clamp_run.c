/* Radau IIA of order 5 on linear systems with coefficients that move in time, and the rows that a run leaves. */
#include "base/elementary.h"
#include "calcium/clamp_internal.h"

#include <math.h>
#include <string.h>

enum { STAGES = 3, UNKNOWNS = STAGES * CLAMP_STATES };

/* Hairer & Wanner, Solving Ordinary Differential Equations II, table IV.5.6. */
#define R6 2.4494897427831781
static const double nodes[STAGES] = {(4.0 - R6) / 10.0, (4.0 + R6) / 10.0, 1.0};
static const double butcher[STAGES][STAGES] = {
    {(88.0 - 7.0 * R6) / 360.0, (296.0 - 169.0 * R6) / 1800.0, (-2.0 + 3.0 * R6) / 225.0},
    {(296.0 + 169.0 * R6) / 1800.0, (88.0 + 7.0 * R6) / 360.0, (-2.0 - 3.0 * R6) / 225.0},
    {(16.0 - R6) / 36.0, (16.0 + R6) / 36.0, 1.0 / 9.0}};

/* Gauss with row pivots; the matrices are I - hA of decaying systems, never singular. */
static void solve(size_t n, double m[UNKNOWNS][UNKNOWNS], double *x) {
  for (size_t k = 0; k < n; k++) {
    size_t p = k;
    for (size_t i = k + 1; i < n; i++)
      if (fabs(m[i][k]) > fabs(m[p][k])) p = i;
    for (size_t j = k; j < n && p != k; j++) {
      const double t = m[k][j];
      m[k][j] = m[p][j];
      m[p][j] = t;
    }
    const double t = x[k];
    x[k] = x[p];
    x[p] = t;
    for (size_t i = k + 1; i < n; i++) {
      const double f = m[i][k] / m[k][k];
      if (f == 0.0) continue;
      for (size_t j = k + 1; j < n; j++) m[i][j] -= f * m[k][j];
      x[i] -= f * x[k];
    }
  }
  for (size_t k = n; k-- > 0;) {
    for (size_t j = k + 1; j < n; j++) x[k] -= m[k][j] * x[j];
    x[k] /= m[k][k];
  }
}

/* A stretch without jumps; at its end u is taken from the left. */
typedef struct stretch {
  const clamp_channel *channel;
  clamp_drive drive;
  const void *user;
  double begin, end;
} stretch;

static void drive_at(const stretch *s, double t, double *u, double *udot) {
  s->drive(s->user, t >= s->end ? nextafter(s->end, s->begin) : t, u, udot);
}

/* The stages' increments z solve z_i = h sum_j a_ij f(t_j, y + z_j); y(t + h) = y + z_3. */
static void step(const stretch *s, double t, double h, const double *y, double *out) {
  const size_t d = lg_clamp_about(s->channel->kind)->n_states, n = d * STAGES;
  double m[UNKNOWNS][UNKNOWNS] = {{0}}, x[UNKNOWNS] = {0};
  for (size_t j = 0; j < STAGES; j++) {
    clamp_linear l;
    double u, udot;
    drive_at(s, t + nodes[j] * h, &u, &udot);
    lg_clamp_linear(s->channel, u, udot, &l);
    for (size_t r = 0; r < d; r++) {
      double f = l.b[r];
      for (size_t c = 0; c < d; c++) f += l.a[r][c] * y[c];
      for (size_t i = 0; i < STAGES; i++) {
        const double w = h * butcher[i][j];
        x[i * d + r] += w * f;
        for (size_t c = 0; c < d; c++) m[i * d + r][j * d + c] = -w * l.a[r][c];
      }
    }
  }
  for (size_t k = 0; k < n; k++) m[k][k] += 1.0;
  solve(n, m, x);
  for (size_t r = 0; r < d; r++) out[r] = y[r] + x[2 * d + r];
}

/* One step and two halves; the finer result, its error and the next step. */
static double halves(const stretch *s, double t, double h, const double *y, double *out) {
  double one[CLAMP_STATES] = {0}, two[CLAMP_STATES] = {0}, error = 0.0;
  step(s, t, h, y, one);
  step(s, t, 0.5 * h, y, two);
  step(s, t + 0.5 * h, 0.5 * h, two, out);
  for (size_t r = 0; r < lg_clamp_about(s->channel->kind)->n_states; r++) {
    const double e = fabs(out[r] - one[r]) / 31.0;
    error = e > error || isnan(e) ? e : error;
  }
  return error;
}

static double next_step(double h, double error, double tolerance) {
  const double grow = error > 0.0 ? 0.9 * lg_pow(tolerance / error, 1.0 / 6.0) : 4.0;
  return h * (grow > 4.0 ? 4.0 : grow < 0.2 ? 0.2 : grow);
}

lg_status lg_clamp_move(lg_ctx *ctx, const clamp_channel *channel, clamp_drive drive, const void *user, double a,
                        double b, double tolerance, double *y) {
  const stretch s = {channel, drive, user, a, b};
  double t = a, h = b - a, next[CLAMP_STATES];
  while (t < b) {
    if (t + h > b) h = b - t;
    const double error = halves(&s, t, h, y, next);
    if (!(error <= tolerance)) {
      if (isnan(error) || h < 1e-15)
        return lg_fail(ctx, LG_ERR_NUMERICAL, "the channel cannot be followed at %g s: step %g s", t, h);
      h = next_step(h, error, tolerance);
      continue;
    }
    t = t + h >= b ? b : t + h;
    memcpy(y, next, sizeof next);
    h = next_step(h, error, tolerance);
  }
  return LG_OK;
}

/* ---- rows --------------------------------------------------------------------------------------- */

void lg_clamp_rows_clear(lg_ctx *ctx, clamp_rows *rows) {
  lg_free(ctx, rows->row);
  *rows = (clamp_rows){0};
}

static lg_status add_row(lg_ctx *ctx, const clamp_channel *c, clamp_rows *rows, size_t max_rows, double t, double u,
                         double udot, const double *y) {
  if (rows->n == max_rows) return lg_fail(ctx, LG_ERR_LIMIT, "a protocol has more than %zu rows at %g s", max_rows, t);
  if (rows->n == rows->capacity) {
    const size_t more = rows->capacity ? 2 * rows->capacity : 256;
    double *row = lg_realloc(ctx, rows->row, rows->capacity * CLAMP_ROW * sizeof *row, more * CLAMP_ROW, sizeof *row);
    if (!row) return LG_ERR_MEMORY;
    rows->row = row;
    rows->capacity = more;
  }
  double *row = rows->row + CLAMP_ROW * rows->n++;
  row[0] = t;
  row[1] = u;
  row[2] = udot;
  row[3] = lg_clamp_open(c, y);
  for (size_t k = 0; k < CLAMP_STATES; k++) row[4 + k] = k < lg_clamp_about(c->kind)->n_states ? y[k] : 0.0;
  return LG_OK;
}

/* How far two moments lie from each other: 1 is worth a row. */
static double apart(const clamp_channel *c, const double *row, double u, double open, double t, double longest) {
  const double du = lg_clamp_about(c->kind)->voltage ? fabs(u - row[1]) / 3.0 : fabs(lg_ln(u / row[1])) / 0.06;
  const double p0 = row[3], dp = fabs(open - p0) / 0.02;
  const double dl = fabs(lg_ln((open + 1e-9) / (p0 + 1e-9))) / 0.15,
               dm = fabs(lg_ln((1 - open + 1e-6) / (1 - p0 + 1e-6)));
  const double dt = (t - row[0]) / longest;
  double far = du > dp ? du : dp;
  far = dl > far ? dl : far;
  far = dm > far ? dm : far;
  return dt > far ? dt : far;
}

static void drive_protocol(const void *user, double t, double *u, double *udot) { lg_clamp_u(user, t, u, udot); }

lg_status lg_clamp_run(lg_ctx *ctx, const clamp_channel *channel, const clamp_protocol *protocol, double tolerance,
                       size_t max_rows, clamp_rows *rows) {
  double edges[CLAMP_EDGES], y[CLAMP_STATES] = {0}, u, udot;
  const size_t n = lg_clamp_edges(protocol, edges);
  const double longest = protocol->end_s / 40.0;
  if (protocol->given) memcpy(y, protocol->start, sizeof y);
  else lg_clamp_rest(channel, protocol->rest, y);
  for (size_t k = 0; k + 1 < n; k++) {
    const stretch s = {channel, drive_protocol, protocol, edges[k], edges[k + 1]};
    double t = edges[k], h = 1e-3 * (edges[k + 1] - edges[k]), next[CLAMP_STATES] = {0};
    h = h > 1e-6 ? 1e-6 : h;
    lg_clamp_u(protocol, t, &u, &udot);
    lg_status status = add_row(ctx, channel, rows, max_rows, t, u, udot, y);
    if (status != LG_OK) return status;
    while (t < s.end) {
      const bool last = t + h >= s.end;
      const double *row = rows->row + CLAMP_ROW * (rows->n - 1);
      if (last) h = s.end - t;
      const double error = halves(&s, t, h, y, next);
      drive_at(&s, t + h, &u, &udot);
      const double far = apart(channel, row, u, lg_clamp_open(channel, next), t + h, longest);
      if (!(error <= tolerance) || far > 1.3) {
        if (isnan(error) || h < 1e-15)
          return lg_fail(ctx, LG_ERR_NUMERICAL, "the channel cannot be followed at %g s: step %g s", t, h);
        const double smaller = next_step(h, error, tolerance);
        h = far > 1.3 && smaller > 0.6 * h ? 0.6 * h : smaller;
        continue;
      }
      t = last ? s.end : t + h;
      memcpy(y, next, sizeof y);
      h = next_step(h, error, tolerance);
      if (far < 0.7 || (last && k + 2 < n)) continue; /* what begins at an edge has its row there */
      status = add_row(ctx, channel, rows, max_rows, t, u, udot, y);
      if (status != LG_OK) return status;
    }
  }
  return LG_OK;
}
