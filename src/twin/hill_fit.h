/** @file hill_fit.h @brief Hill curves through raw block: block = 100 / (1 + (IC50 / C)^h) percent. */
#ifndef LG_TWIN_HILL_FIT_H
#define LG_TWIN_HILL_FIT_H

#include "base/base.h"

typedef struct lg_hill_options {
  bool robust;        /**< Cauchy weights instead of least squares: single bad cells count little */
  size_t n_bootstrap; /**< resamples; 0: no intervals */
  double hill_low, hill_high;
  double level; /**< of the intervals */
} lg_hill_options;

#define LG_HILL_OPTIONS_INIT                                                                                           \
  { .n_bootstrap = 2000, .hill_low = 0.1, .hill_high = 10.0, .level = 0.95 }

typedef struct lg_hill_result {
  double IC50_uM, hill;
  double IC50_low_uM, IC50_high_uM, hill_low, hill_high; /**< NAN without bootstrap; high INFINITY: open upwards */
  double pIC50_sd;                                       /**< of the resamples */
  double max_block_percent;                              /**< largest mean over the cells of one concentration */
  double rmse_percent;
  size_t n, n_concentrations;
  bool extrapolated; /**< the IC50 lies outside of the concentrations that were tested */
  bool at_bound;     /**< the Hill coefficient ran into its range */
  bool reached;      /**< false: no block at all, the IC50 is NAN */
} lg_hill_result;

/**
 * @brief Fit one curve by least squares over ln IC50 and h (Levenberg–Marquardt from a grid of starts).
 *
 * Intervals: percentiles over fits to the curve plus residuals drawn anew, each widened by sqrt(n / (n - 2)),
 * stretched as Student's t is wider than the normal (12 values: 12 %).
 * @param c_uM  (n) > 0
 * @param block (n) percent
 * @param scratch (5 n + n_bootstrap * 2) doubles
 * @param rng   of this curve
 * @return false with fewer than 3 values or 2 concentrations
 */
bool lg_hill_fit(const double *c_uM, const double *block, size_t n, const lg_hill_options *options, lg_rng *rng,
                 double *scratch, lg_hill_result *out);

#endif
