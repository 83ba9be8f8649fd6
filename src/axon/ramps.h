/**
 * @file ramps.h
 * @brief Fibres drawn evenly, over strain and rate: the plane that every study of axons under strain draws.
 *
 * A fibre drawn to 0.4 passes 0.2 on its way, so one run gives many strains of its rate; runs to half, a quarter … of
 * the greatest strain keep at least 48 steps below every figure. Second order, nothing held behind the ramp.
 */
#ifndef LG_AXON_RAMPS_H
#define LG_AXON_RAMPS_H

#include "axon/lanes.h"

enum { AXON_RAMP_OUTPUTS = 4 /* AXON_MT, AXON_AXOLEMMA, AXON_TAU, AXON_NF */ };

/**
 * @brief Peak strains and losses when a strain is reached at a rate.
 * @param axons    (n_axons) of the same constants but for the seed of the gaps; one axon runs in doubles, more in
 * floats
 * @param strain   (n_strains) rising, above 0, at most 1
 * @param rate_per_s (n_rates) above 0
 * @param out      (n_rates, n_strains, n_axons, AXON_RAMP_OUTPUTS) strains as fractions, losses in percent; NAN where
 * Newton does not converge with sixteenth steps
 * @param n_failed runs that did not
 * @retval LG_ERR_RANGE a strain or rate is outside its limits
 */
LG_MUST_CHECK lg_status lg_axon_ramps(lg_ctx *ctx, const lg_axon *const *axons, size_t n_axons, const double *strain,
                                      size_t n_strains, const double *rate_per_s, size_t n_rates, double *out,
                                      size_t *n_failed);

#endif
