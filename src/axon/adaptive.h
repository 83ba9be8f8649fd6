/**
 * @file adaptive.h
 * @brief Which profiles to simulate next, by what a surrogate is unsure of and has nothing near of.
 */
#ifndef LG_AXON_ADAPTIVE_H
#define LG_AXON_ADAPTIVE_H

#include "axon/sample.h"
#include "axon/surrogate.h"

/**
 * @brief One after another the candidate with the greatest spread times distance.
 *
 * Spread: root mean square over the outputs of the standard deviation of the networks, in units of the standardised
 * targets. Distance: to the nearest profile that the surrogate learned from or that was chosen before, so that a batch
 * does not crowd in one place. Candidates at distance 0 are never taken.
 *
 * @param pool profiles of AXON_NET_TIMES samples, 1 ms apart
 * @param[out] out distance: at the choice; fewer than `wanted` when nothing is left that differs
 * @retval LG_ERR_ARGUMENT the surrogate is one network: it has no spread
 * @retval LG_ERR_RANGE    no candidate, or other times
 */
LG_MUST_CHECK lg_status lg_axon_choose_adaptive(lg_ctx *ctx, const axon_pool *pool, const lg_axon_surrogate *net,
                                                size_t wanted, axon_chosen **out);

#endif
