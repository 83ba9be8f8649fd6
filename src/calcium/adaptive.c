/* Runs repeated until their own estimate of the error is small enough. */
#include "calcium/adaptive.h"

#include "base/elementary.h"

#include <math.h>

enum { MOST_RUNS = 8 };

typedef struct job {
  const calcium_case *c;
  const calcium_grid *grid;
  const calcium_gate *gate;
  const calcium_extra *extra;
  calcium_options options;
} job;

static lg_status run_once(lg_ctx *ctx, const job *j, calcium_result **out) {
  return lg_calcium_simulate(ctx, j->c, j->grid, j->gate, j->extra, &j->options, out);
}

/* ---- two runs beside each other --------------------------------------------------------------------------- */

static double relative(double a, double b) {
  if (isnan(a) && isnan(b)) return 0.0;
  return isnan(a) || isnan(b) ? (double)INFINITY : fabs(a / b - 1.0);
}

/* Larger of the error of the speed and that of arrivals beside the latest of them; part turns the difference of both
 * into the error of the finer one. */
static double compare(const calcium_result *coarse, calcium_result *fine, double part) {
  calcium_estimate *e = &fine->estimate;
  double latest = 0.0, peaks = 0.0;
  e->speed = part * relative(coarse->summary.speed_um_s, fine->summary.speed_um_s);
  e->arrival_s = 0.0;
  for (size_t k = 0; k < fine->n_probes; k++) {
    const calcium_arrival *a = &coarse->arrivals[k], *b = &fine->arrivals[k];
    peaks = fmax(peaks, part * relative(a->peak_uM, b->peak_uM));
    if (isnan(a->up_s) && isnan(b->up_s)) continue;
    e->arrival_s =
        fmax(e->arrival_s, isnan(a->up_s) || isnan(b->up_s) ? (double)INFINITY : part * fabs(a->up_s - b->up_s));
    latest = fmax(latest, b->up_s);
  }
  const double worst = e->arrival_s > 0.0 ? fmax(e->speed, e->arrival_s / latest) : peaks;
  if (isnan(fine->summary.speed_um_s)) e->speed = (double)NAN;
  return worst;
}

static lg_status by_halving(lg_ctx *ctx, job *j, double tolerance, calcium_result **out) {
  lg_status status = LG_OK;
  calcium_result *coarse = NULL, *fine = NULL;
  const double order = j->options.scheme == CALCIUM_IMEX1 ? 1.0 : 2.0;
  double ratio = 2.0, worst = (double)INFINITY;
  if (!(j->options.dt_s > 0.0)) j->options.dt_s = 10e-6;
  LG_TRY(run_once(ctx, j, &coarse));
  for (size_t runs = 2;; runs++) {
    j->options.dt_s /= ratio;
    LG_TRY(run_once(ctx, j, &fine));
    worst = compare(coarse, fine, 1.0 / (lg_pow(ratio, order) - 1.0));
    fine->estimate.dt_s = j->options.dt_s;
    fine->estimate.runs = runs;
    if (1.25 * worst <= tolerance) break; /* higher orders are not in the estimate */
    if (runs == MOST_RUNS)
      LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "steps of %.3g s leave an error of %.3g; %.3g is allowed", j->options.dt_s,
                     worst, tolerance));
    /* Half, or as much as the order says is needed at once; a step more than 16 times shorter is no forecast. */
    ratio = isinf(worst) ? 2.0 : fmin(16.0, fmax(1.5, lg_pow(1.5 * worst / tolerance, 1.0 / order)));
    lg_calcium_result_destroy(ctx, coarse);
    coarse = fine;
    fine = NULL;
  }
  *out = fine;
  fine = NULL;
done:
  lg_calcium_result_destroy(ctx, coarse);
  lg_calcium_result_destroy(ctx, fine);
  return status;
}

/* ---- a scheme that knows its error --------------------------------------------------------------------------- */

static lg_status by_embedding(lg_ctx *ctx, job *j, double tolerance, calcium_result **out) {
  calcium_result *r = NULL;
  /* The estimate is about 4e-6 of the speed at 1 and grows with the power 0.6; beyond 100 the steps are no better. */
  j->options.tolerance = fmin(100.0, lg_pow(tolerance / 8e-6, 1.6));
  for (size_t runs = 1;; runs++) {
    const lg_status status = run_once(ctx, j, &r);
    if (status != LG_OK) return status;
    r->estimate.runs = runs;
    const double worst = isnan(r->estimate.speed) ? 0.0 : r->estimate.speed;
    if (worst <= tolerance) {
      *out = r;
      return LG_OK;
    }
    lg_calcium_result_destroy(ctx, r);
    if (runs == MOST_RUNS)
      return lg_fail(ctx, LG_ERR_NUMERICAL, "rodas4 estimates an error of %.3g; %.3g is allowed", worst, tolerance);
    j->options.tolerance *= fmin(0.3, lg_pow(0.7 * tolerance / worst, 1.6));
  }
}

lg_status lg_calcium_simulate_within(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                     const calcium_gate *gate, const calcium_extra *extra,
                                     const calcium_options *options, double tolerance, calcium_result **out) {
  job j = {c, grid, gate, extra, *options};
  *out = NULL;
  if (!(tolerance >= 1e-7 && tolerance <= 0.1))
    return lg_fail(ctx, LG_ERR_RANGE, "a tolerance of %g; allowed is 1e-7 to 0.1", tolerance);
  return options->scheme == CALCIUM_RODAS4 ? by_embedding(ctx, &j, tolerance, out)
                                           : by_halving(ctx, &j, tolerance, out);
}
