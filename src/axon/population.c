#include "axon/population.h"

#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>

const double lg_axon_quantiles[AXON_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

lg_status lg_axon_population_create(lg_ctx *ctx, const axon_params *params, const uint64_t *seeds, size_t n,
                                    lg_axon_population **out) {
  lg_status status = LG_OK;
  lg_axon_population *made = NULL;
  *out = NULL;
  if (n == 0) return lg_fail(ctx, LG_ERR_RANGE, "a population without a seed; at least 1 is needed");
  LG_NEW(ctx, made, 1);
  LG_NEW(ctx, made->axons, n);
  LG_NEW(ctx, made->seeds, n);
  for (size_t k = 0; k < n; k++) {
    axon_params own = *params;
    own.seed = made->seeds[k] = seeds[k];
    LG_TRY(lg_axon_create(ctx, &own, &made->axons[k]));
    made->n = k + 1;
  }
  *out = made;
  made = NULL;
done:
  lg_axon_population_destroy(ctx, made);
  return status;
}

void lg_axon_population_destroy(lg_ctx *ctx, lg_axon_population *p) {
  if (!p) return;
  for (size_t k = 0; k < p->n; k++) lg_axon_destroy(ctx, p->axons[k]);
  lg_free(ctx, p->axons);
  lg_free(ctx, p->seeds);
  lg_free(ctx, p);
}

lg_status lg_axon_population_simulate(lg_ctx *ctx, const lg_axon_population *population, const axon_profiles *profiles,
                                      const axon_simulate_opts *opts, axon_outcome *outcomes) {
  return lg_axon_simulate_each(ctx, (const lg_axon *const *)population->axons, population->n, profiles, opts, outcomes,
                               NULL);
}

axon_spread lg_axon_spread(const axon_outcome *outcomes, size_t n, size_t output, const double *thresholds,
                           double *scratch) {
  axon_spread s = {
      .mean = (double)NAN, .sd = (double)NAN, .low = (double)NAN, .high = (double)NAN, .reached = (double)NAN};
  size_t reached = 0, judged = 0;
  double sum = 0.0, squares = 0.0;
  for (size_t k = 0; k < n; k++) {
    if (outcomes[k].failed) continue;
    const double x = scratch[s.n++] = outcomes[k].out[output];
    sum += x;
    if (!thresholds || isnan(thresholds[k])) continue;
    judged++;
    reached += x >= thresholds[k];
  }
  for (size_t q = 0; q < AXON_QUANTILES; q++) s.quantile[q] = (double)NAN;
  if (s.n == 0) return s;
  s.mean = sum / (double)s.n;
  if (judged > 0) s.reached = (double)reached / (double)judged;
  for (size_t k = 0; k < s.n; k++) squares += (scratch[k] - s.mean) * (scratch[k] - s.mean);
  if (s.n > 1) s.sd = sqrt(squares / (double)(s.n - 1));
  qsort(scratch, s.n, sizeof *scratch, lg_ascending);
  s.low = scratch[0];
  s.high = scratch[s.n - 1];
  for (size_t q = 0; q < AXON_QUANTILES; q++) s.quantile[q] = lg_quantile(scratch, s.n, lg_axon_quantiles[q]);
  return s;
}
