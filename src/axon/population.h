/**
 * @file population.h
 * @brief Axons that differ in nothing but where their microtubules end: one seed of gaps is one axon.
 *
 * Seeds stand in the lanes of the kernel as profiles do, so a thousand seeds cost what a thousand profiles cost.
 */
#ifndef LG_AXON_POPULATION_H
#define LG_AXON_POPULATION_H

#include "axon/simulate.h"

typedef struct lg_axon_population {
  size_t n;
  lg_axon **axons; /* (n) */
  uint64_t *seeds; /* (n) */
} lg_axon_population;

/**
 * @brief Axons of the same constants, one for each seed.
 * @param seeds (n)
 * @retval LG_ERR_RANGE no seed, or a constant out of its range
 */
LG_MUST_CHECK lg_status lg_axon_population_create(lg_ctx *ctx, const axon_params *params, const uint64_t *seeds,
                                                  size_t n, lg_axon_population **out);
void lg_axon_population_destroy(lg_ctx *ctx, lg_axon_population *population);

/** @brief Every profile on every axon. @param outcomes (profiles->n, population->n) */
LG_MUST_CHECK lg_status lg_axon_population_simulate(lg_ctx *ctx, const lg_axon_population *population,
                                                    const axon_profiles *profiles, const axon_simulate_opts *opts,
                                                    axon_outcome *outcomes);

enum { AXON_QUANTILES = 5 };
extern const double lg_axon_quantiles[AXON_QUANTILES]; /* 0.05 0.25 0.5 0.75 0.95 */

/** One output of one profile over a population. NAN where nothing is known. */
typedef struct axon_spread {
  size_t n; /* axons that did not fail */
  double mean, sd, low, high, quantile[AXON_QUANTILES];
  double reached; /* share of the axons with a threshold whose output is at least theirs */
} axon_spread;

/**
 * @brief Mean, standard deviation (of a sample; NAN for one), extremes and quantiles of one output over the axons that
 * did not fail.
 * @param outcomes  (n) of one profile
 * @param thresholds (n) of each axon, from which its output counts as reached, NAN: that axon has none; or NULL
 * @param scratch   (n)
 */
axon_spread lg_axon_spread(const axon_outcome *outcomes, size_t n, size_t output, const double *thresholds,
                           double *scratch);

#endif
