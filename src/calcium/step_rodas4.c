/* RODAS4: Rosenbrock of order 4(3), stiffly accurate and L-stable (Hairer & Wanner 1996, Solving Ordinary Differential
 * Equations II, IV.7 and IV.10), steps chosen by the embedded error.
 *
 * A step shows the run its dense output in equal parts, so that what is watched sees a smooth course; the error of
 * every step is weighed by what it does to the arrival of a wave as well. */
#include "calcium/rodas4_system.h"

#include <math.h>
#include <string.h>

enum { STAGES = 6, PARTS = 8 };

static const double gamma_ = 0.25;
static const double a[STAGES][STAGES] = {
    {0.0},
    {1.544},
    {0.9466785280815826, 0.2557011698983284},
    {3.314825187068521, 2.896124015972201, 0.9986419139977817},
    {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950},
    {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0}};
static const double c[STAGES][STAGES] = {
    {0.0},
    {-5.6688},
    {-2.430093356833875, -0.2063599157091915},
    {-0.1073529058151375, -9.594562251023355, -20.47028614809616},
    {7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160},
    {8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054}};
static const double at[STAGES] = {0.0, 0.386, 0.21, 0.63, 1.0, 1.0};
static const double d[STAGES] = {0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0};
static const double dense[2][5] = {
    {10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662},
    {-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872}};

/* What a restart needs beside the arrays; doubles, so that a checkpoint can hold it. */
typedef struct control {
  double from_s, to_s; /* of the last step */
  double part;         /* how much of it was shown, of PARTS */
  double next_s;       /* step to try next; 0: none was tried */
  double last_s, last_error;
  double steps, rejected;
  double shift_s, moving_s; /* summed shifts of the front by the embedded error, and time with a front */
} control;

typedef struct rodas4 {
  rodas4_system system;
  double *block;
  double *from, *to, *bend[2]; /* (size) of the last step: ends, and what its dense output bends by */
  double *stage[STAGES];       /* (size) */
  double *rates, *time_rates;  /* (size) */
  control now;
} rodas4;

static void destroy(lg_ctx *ctx, void *own) {
  rodas4 *r = own;
  if (!r) return;
  lg_rodas4_system_clear(ctx, &r->system);
  lg_free(ctx, r->block);
  lg_free(ctx, r);
}

static lg_status create(lg_ctx *ctx, calcium_run *run, void **own) {
  lg_status status = LG_OK;
  rodas4 *r = NULL;
  LG_NEW(ctx, r, 1);
  LG_TRY(lg_rodas4_system_create(ctx, run, &r->system));
  const size_t size = r->system.size;
  LG_NEW(ctx, r->block, (6 + STAGES) * size);
  r->from = r->block;
  r->to = r->from + size;
  r->bend[0] = r->to + size;
  r->bend[1] = r->bend[0] + size;
  r->rates = r->bend[1] + size;
  r->time_rates = r->rates + size;
  for (size_t k = 0; k < STAGES; k++) r->stage[k] = r->time_rates + (k + 1) * size;
  r->now.part = PARTS;
  *own = r;
  r = NULL;
done:
  destroy(ctx, r);
  return status;
}

/* ---- one step ------------------------------------------------------------------------------------------ */

static double weigh(const double *error, size_t n, double scale) {
  double worst = 0.0;
  bool bad = false;
  for (size_t k = 0; k < n; k++) {
    const double x = fabs(error[k]);
    bad |= !(x < 1e300);
    worst = x > worst ? x : worst;
  }
  return bad ? (double)INFINITY : worst / scale;
}

/* Largest error of any node in units of what is let pass: 1e-3 and 1e-2 µM, 1e-4 of a gate, times the tolerance. */
static double weigh_all(const rodas4 *r, const double *error, double tolerance) {
  const rodas4_system *s = &r->system;
  const double scales[4] = {1e-3, 1e-2, 1e-2, 1e-4};
  double worst = 0.0;
  for (size_t q = 0; q < 3 + s->m; q++)
    worst = fmax(worst, weigh(error + q * s->n, s->n, tolerance * scales[q < 3 ? q : 3]));
  return worst;
}

static bool is_possible(const rodas4 *r, const double *y) {
  bool good = true;
  for (size_t k = 0; k < r->system.n; k++) good &= y[k] > 0.0 && y[2 * r->system.n + k] > 0.0;
  return good;
}

static void add(double *restrict y, double by, const double *restrict u, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] += by * u[i];
}

/* y = from + sum of by[q] stage[q], in pieces that stay in the nearest cache. */
static void combine(const rodas4 *r, const double *from, const double *by, size_t stages, double *y) {
  enum { PIECE = 512 };
  const size_t size = r->system.size;
  for (size_t begin = 0; begin < size; begin += PIECE) {
    const size_t end = begin + PIECE < size ? begin + PIECE : size;
    if (y != from) memcpy(y + begin, from + begin, (end - begin) * sizeof(double));
    for (size_t q = 0; q < stages; q++)
      if (by[q] != 0.0) add(y + begin, by[q], r->stage[q] + begin, end - begin);
  }
}

/* From r->from by h; the result in r->to, its error in the last stage. */
static void try_step(rodas4 *r, double t, double h, bool driven) {
  rodas4_system *s = &r->system;
  const size_t size = s->size;
  lg_rodas4_factor(s, 1.0 / (gamma_ * h));
  for (size_t k = 0; k < STAGES; k++) {
    double *u = r->stage[k];
    if (k == 0) memcpy(u, r->rates, size * sizeof(double));
    else {
      double by[STAGES];
      combine(r, r->from, a[k], k, r->to);
      lg_rodas4_rates(s, t + at[k] * h, r->to, u);
      for (size_t q = 0; q < k; q++) by[q] = c[k][q] / h;
      combine(r, u, by, k, u);
    }
    if (driven && d[k] != 0.0)
      for (size_t i = 0; i < size; i++) u[i] += h * d[k] * r->time_rates[i];
    lg_rodas4_solve(s, u);
  }
  for (size_t i = 0; i < size; i++) r->to[i] += r->stage[STAGES - 1][i];
}

static void set_dense(rodas4 *r) {
  for (size_t b = 0; b < 2; b++) {
    memset(r->bend[b], 0, r->system.size * sizeof(double));
    combine(r, r->bend[b], dense[b], 5, r->bend[b]);
  }
}

/* How much later a front arrives by the error: the shift along c(t) that fits the error of all nodes best. */
static void weigh_shift(rodas4 *r, double h) {
  const size_t n = r->system.n;
  const double *error = r->stage[STAGES - 1];
  double along = 0.0, square = 0.0, fastest = 0.0;
  for (size_t k = 0; k < n; k++) {
    const double slope = (r->to[k] - r->from[k]) / h;
    along += error[k] * slope;
    square += slope * slope;
    fastest = slope > fastest ? slope : fastest;
  }
  if (fastest < 5.0) return; /* µM/s: no front is running */
  r->now.shift_s += along / square;
  r->now.moving_s += h;
}

static double root_4(double x) { return sqrt(sqrt(x)); }

/* Predictive control of Gustafsson 1994, as in RODAS. */
static double next_step(rodas4 *r, double h, double error) {
  const double safe = 0.9;
  double by = fmax(1.0 / 6.0, fmin(5.0, root_4(error) / safe));
  if (r->now.steps > 0.0 && r->now.last_s > 0.0) {
    const double predicted = r->now.last_s / h * root_4(error * error / r->now.last_error) / safe;
    by = fmax(by, fmax(1.0 / 6.0, fmin(5.0, predicted)));
  }
  r->now.last_s = h;
  r->now.last_error = fmax(1e-2, error);
  return h / by;
}

static lg_status advance(lg_ctx *ctx, calcium_run *run, rodas4 *r) {
  rodas4_system *s = &r->system;
  const double t = run->now.t_s, end = run->stretch.end_s, tolerance = run->tolerance > 0.0 ? run->tolerance : 1.0;
  double h = r->now.next_s;
  bool rejected = false;
  s->middle_s = 0.5 * (t + end);
  lg_rodas4_rates(s, t, r->from, r->rates);
  lg_rodas4_jacobian(s, r->from, r->rates);
  const bool driven = lg_rodas4_time_rates(s, r->time_rates);
  for (;;) {
    if (t + 1.01 * h >= end) h = end - t;
    else if (t + 2.0 * h > end) h = 0.5 * (end - t);
    if (!(h > 1e-13))
      return lg_fail(ctx, LG_ERR_NUMERICAL, "at t = %.9g s no step of rodas4 is small enough for the tolerance %g", t,
                     tolerance);
    try_step(r, t, h, driven);
    double error = weigh_all(r, r->stage[STAGES - 1], tolerance);
    if (!is_possible(r, r->to)) error = (double)INFINITY;
    if (error <= 1.0) {
      const double cut = h;
      h = next_step(r, h, fmax(error, 1e-12));
      r->now.next_s = rejected ? fmin(h, cut) : h;
      weigh_shift(r, cut);
      r->now.from_s = t;
      r->now.to_s = cut == end - t ? end : t + cut;
      r->now.steps += 1.0;
      set_dense(r);
      if (run->gate->watch && s->slopes) run->gate->watch(run->gate, s->n, t, r->from, r->rates, r->from + 3 * s->n);
      return LG_OK;
    }
    rejected = true;
    r->now.rejected += 1.0;
    h *= isinf(error) ? 0.2 : fmax(0.2, fmin(0.9, 0.9 / root_4(error)));
  }
}

/* ---- what the run sees ------------------------------------------------------------------------------------ */

/* The dense output of order 3 at the part x of the step. */
static void between(const rodas4 *r, size_t first, size_t n, double x, double *restrict out) {
  const double *from = r->from + first, *to = r->to + first, *bend0 = r->bend[0] + first, *bend1 = r->bend[1] + first;
  const double rest = 1.0 - x;
  for (size_t i = 0; i < n; i++) out[i] = from[i] * rest + x * (to[i] + rest * (bend0[i] + x * bend1[i]));
}

static void show(calcium_run *run, rodas4 *r) {
  const rodas4_system *s = &r->system;
  const size_t n = s->n;
  const double x = r->now.part / (double)PARTS;
  double *const fields[3] = {run->now.c, run->now.b, run->now.e};
  for (size_t q = 0; q < 3 + s->m; q++) between(r, q * n, n, x, q < 3 ? fields[q] : run->now.gates + (q - 3) * n);
  if (s->slopes) run->gate->open(run->gate, n, run->now.gates, run->now.open);
  else memcpy(run->now.open, run->now.gates, n * sizeof(double));
  double *open = run->now.open;
  for (size_t i = 0; i < n; i++) open[i] = open[i] < 0.0 ? 0.0 : open[i] > 1.0 ? 1.0 : open[i];
  run->now.t_s = x < 1.0 ? r->now.from_s + x * (r->now.to_s - r->now.from_s) : r->now.to_s;
}

static void begin(calcium_run *run) {
  rodas4 *r = run->own;
  const rodas4_system *s = &r->system;
  const size_t n = s->n;
  memcpy(r->to, run->now.c, n * sizeof(double));
  memcpy(r->to + n, run->now.b, n * sizeof(double));
  memcpy(r->to + 2 * n, run->now.e, n * sizeof(double));
  memcpy(r->to + 3 * n, s->slopes ? run->now.gates : run->now.open, s->m * n * sizeof(double));
  r->now.part = PARTS;
  r->now.next_s = fmin(run->stretch.dt_s, run->stretch.end_s - run->now.t_s);
  r->now.last_s = 0.0;
}

static lg_status step(lg_ctx *ctx, calcium_run *run) {
  rodas4 *r = run->own;
  if (r->now.part >= PARTS) {
    double *const old = r->from;
    r->from = r->to;
    r->to = old;
    const lg_status status = advance(ctx, run, r);
    if (status != LG_OK) return status;
    r->now.part = 0.0;
  }
  r->now.part += 1.0;
  show(run, r);
  return LG_OK;
}

static size_t history(calcium_run *run, calcium_array rows[32]) {
  rodas4 *r = run->own;
  const size_t size = r->system.size;
  rows[0] = (calcium_array){"from", r->from, size};
  rows[1] = (calcium_array){"to", r->to, size};
  rows[2] = (calcium_array){"bend", r->bend[0], 2 * size};
  rows[3] = (calcium_array){"control", (double *)&r->now, sizeof r->now / sizeof(double)};
  return 4;
}

static calcium_effort effort(const calcium_run *run) {
  const rodas4 *r = run->own;
  return (calcium_effort){.steps = (size_t)r->now.steps,
                          .rejected = (size_t)r->now.rejected,
                          .shift_s = r->now.shift_s,
                          .moving_s = r->now.moving_s};
}

const calcium_integrator lg_calcium_step_rodas4 = {.name = "rodas4",
                                                   .create = create,
                                                   .destroy = destroy,
                                                   .begin = begin,
                                                   .step = step,
                                                   .history = history,
                                                   .effort = effort};
