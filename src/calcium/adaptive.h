/** @file adaptive.h @brief A run whose steps follow from the error that its user allows. */
#ifndef LG_CALCIUM_ADAPTIVE_H
#define LG_CALCIUM_ADAPTIVE_H

#include "calcium/run.h"

/**
 * @brief Run a case so that the speed, and arrivals beside the latest, are off by at most `tolerance` through the steps
 * in time.
 *
 * rodas4: its embedded error is weighed by what it does to the front; that estimate belongs to the embedded method of
 * order 3, the run itself is five to fifty times closer. imex2 and imex1: the case runs with a step and half of it, the
 * difference of speeds, of arrivals at all probes and, where nothing arrives, of peaks tells the error; the step is cut
 * until it is small enough. The result has the finest run, and its estimate. The error of the grid is not in it.
 *
 * @param options dt_s: where imex begins (0: 10 µs)
 * @param tolerance 1e-7 to 0.1
 * @retval LG_ERR_NUMERICAL six halvings do not reach it; estimate and tolerance are in the message
 */
LG_MUST_CHECK lg_status lg_calcium_simulate_within(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                                   const calcium_gate *gate, const calcium_extra *extra,
                                                   const calcium_options *options, double tolerance,
                                                   calcium_result **out);

#endif
