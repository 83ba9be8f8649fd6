#include "axon/ramps.h"

#include <math.h>
#include <string.h>

enum { STEPS = 96, MOST_PIECES = 16, MOST_LANES = 16, FLOAT_NEWTON = 4, DOUBLE_NEWTON = 50 };

/* As in simulate.c: how far the last iteration may move a strain, and where doubles stop. */
static const double float_moved = 0.3, double_moved = 1e-9, double_tolerance_nm = 1e-9;

/* Runs: rates, then halvings of the strain, then groups of axons that share lanes. */
typedef struct job {
  const lg_axon *const *axons;
  const axon_build *build;
  const double *strain, *rate;
  size_t n_axons, n_strains, n_rates, n_halvings, n_groups;
  double *out;
  size_t from;           /* first run of this call */
  unsigned char *failed; /* (runs) */
  char *work;            /* (workers, bytes) */
  double *scratch;       /* (workers, doubles) strain, out, moved, trace */
  size_t work_bytes, scratch_doubles;
} job;

static bool is_double(const job *j) { return j->build == &lg_axon_double; }

/* One group drawn to `top`; false: some lane did not converge, however fine the steps. */
static bool run_group(const job *j, size_t first, double top, double rate, unsigned worker, double **trace) {
  const size_t w = j->build->lanes;
  const lg_axon *lanes[MOST_LANES];
  unsigned pieces[STEPS + 1];
  double *strain = j->scratch + worker * j->scratch_doubles, *out = strain + (STEPS + 1) * w;
  double *moved = out + w * AXON_OUTPUTS;
  *trace = moved + w;
  for (size_t l = 0; l < w; l++) lanes[l] = j->axons[first + l < j->n_axons ? first + l : j->n_axons - 1];
  for (size_t n = 0; n <= STEPS; n++)
    for (size_t l = 0; l < w; l++) strain[n * w + l] = top * (double)n / STEPS;
  for (unsigned cut = 1; cut <= MOST_PIECES; cut *= 2) {
    bool good = true;
    for (size_t n = 0; n <= STEPS; n++) pieces[n] = cut;
    j->build->run(&(axon_lanes){.axon = lanes[0],
                                .axon_of_lane = w > 1 ? lanes : NULL,
                                .strain = strain,
                                .pieces = pieces,
                                .n_steps = STEPS,
                                .dt_s = top / rate / STEPS,
                                .scheme = AXON_SECOND,
                                .newton = is_double(j) ? DOUBLE_NEWTON : FLOAT_NEWTON,
                                .tolerance_nm = is_double(j) ? double_tolerance_nm : 0.0,
                                .work = j->work + worker * j->work_bytes,
                                .out = out,
                                .trace = *trace,
                                .moved = moved});
    for (size_t l = 0; l < w; l++) {
      good = good && moved[l] <= (is_double(j) ? double_moved : float_moved);
      for (size_t q = 0; q < AXON_OUTPUTS; q++) good = good && isfinite(out[l * AXON_OUTPUTS + q]);
    }
    if (good) return true;
  }
  return false;
}

/* Outputs when a strain is passed: what a trace has at that moment, peaks up to it. */
static void read_off(const double *trace, double at, double *out) {
  static const int column[AXON_RAMP_OUTPUTS] = {AXON_TRACE_MT, AXON_TRACE_AXOLEMMA, AXON_TRACE_TAU, AXON_TRACE_NF};
  const size_t k = at < STEPS ? (size_t)floor(at) : STEPS - 1;
  const double part = at - (double)k;
  for (size_t q = 0; q < AXON_RAMP_OUTPUTS; q++) {
    const double *x = trace + column[q];
    const double before = k > 0 ? x[k * AXON_TRACES] : 0.0, now = before + part * (x[(k + 1) * AXON_TRACES] - before);
    double most = now;
    for (size_t n = 1; q < 2 && n <= k; n++) most = fmax(most, x[n * AXON_TRACES]);
    out[q] = q < 2 ? most : 100.0 * now;
  }
}

static lg_status run_range(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  for (size_t k = j->from + begin; k < j->from + end; k++) {
    const size_t group = k % j->n_groups, halving = k / j->n_groups % j->n_halvings,
                 rate = k / j->n_groups / j->n_halvings, first = group * j->build->lanes;
    const double top = j->strain[j->n_strains - 1] * ldexp(1.0, -(int)halving);
    const bool last = halving + 1 == j->n_halvings;
    double *trace;
    const bool good = run_group(j, first, top, j->rate[rate], worker, &trace);
    j->failed[k] = !good;
    for (size_t s = 0; s < j->n_strains; s++) {
      const double part = j->strain[s] / top;
      if (part > 1.0 + 1e-12 || (part <= 0.5 && !last)) continue;
      for (size_t l = 0; l < j->build->lanes && first + l < j->n_axons; l++) {
        double *out = j->out + ((rate * j->n_strains + s) * j->n_axons + first + l) * AXON_RAMP_OUTPUTS;
        if (good) read_off(trace + l * (STEPS + 1) * AXON_TRACES, fmin(part, 1.0) * STEPS, out);
        for (size_t q = 0; !good && q < AXON_RAMP_OUTPUTS; q++) out[q] = (double)NAN;
      }
    }
  }
  return LG_OK;
}

static lg_status check(lg_ctx *ctx, const double *strain, size_t n_strains, const double *rate, size_t n_rates) {
  if (n_strains == 0 || n_rates == 0) return lg_fail(ctx, LG_ERR_RANGE, "no strain or no rate");
  for (size_t k = 0; k < n_strains; k++)
    if (!(strain[k] >= 1e-4 && strain[k] <= 1.0 && (k == 0 || strain[k] > strain[k - 1])))
      return lg_fail(ctx, LG_ERR_RANGE, "strain %g; rising ones of 0.0001 to 1 are needed", strain[k]);
  for (size_t k = 0; k < n_rates; k++)
    if (!(rate[k] >= 1e-3 && rate[k] <= 1e4))
      return lg_fail(ctx, LG_ERR_RANGE, "rate %g /s; allowed is 0.001 to 10000 /s", rate[k]);
  return LG_OK;
}

lg_status lg_axon_ramps(lg_ctx *ctx, const lg_axon *const *axons, size_t n_axons, const double *strain,
                        size_t n_strains, const double *rate, size_t n_rates, double *out, size_t *n_failed) {
  lg_status status = LG_OK;
  job j = {.axons = axons, .strain = strain, .rate = rate, .out = out};
  j.n_axons = n_axons, j.n_strains = n_strains, j.n_rates = n_rates;
  *n_failed = 0;
  LG_TRY(check(ctx, strain, n_strains, rate, n_rates));
  j.build = n_axons == 1 ? &lg_axon_double : lg_axon_float();
  const size_t w = j.build->lanes, workers = lg_ctx_threads(ctx);
  for (j.n_halvings = 1; strain[n_strains - 1] * ldexp(1.0, -(int)j.n_halvings) >= strain[0];) j.n_halvings++;
  j.n_groups = (n_axons + w - 1) / w;
  const size_t runs = n_rates * j.n_halvings * j.n_groups, piece = 4 * workers;
  j.work_bytes = (lg_axon_lanes_bytes(j.build, axons[0]) + 63) / 64 * 64;
  j.scratch_doubles = (STEPS + 1) * w * (1 + (size_t)AXON_TRACES) + w * (AXON_OUTPUTS + 1);
  LG_NEW(ctx, j.failed, runs);
  LG_NEW(ctx, j.work, workers * j.work_bytes);
  LG_NEW(ctx, j.scratch, workers * j.scratch_doubles);
  for (size_t at = 0; at < runs; at += piece) {
    const size_t n = runs - at < piece ? runs - at : piece;
    j.from = at;
    LG_TRY(lg_parallel_for(ctx, n, 1, run_range, &j));
    LG_TRY(lg_progress(ctx, "ramps", at + n, runs));
  }
  for (size_t k = 0; k < runs; k++) *n_failed += j.failed[k];
done:
  lg_free(ctx, j.failed);
  lg_free(ctx, j.work);
  lg_free(ctx, j.scratch);
  return status;
}
