/**
 * @file tm_misfit.h
 * @brief The misfit of eight Traub–Miles neurons to one sweep, one per SIMD lane, without sensitivities: what samples
 * of a posterior are weighed by.
 *
 * The steps and the arithmetic of a lane are those of lg_tm_shoot() with one window per sweep and no nudging, up to the
 * order of a few sums: the two misfits agree to 1e-9.
 */
#ifndef LG_TM_MISFIT_H
#define LG_TM_MISFIT_H

#include "neuron/tm_batch.h"
#include "neuron/tm_shoot.h"

typedef struct lg_tm_misfit {
  double theta[LG_TM_PARAMETERS][LG_TM_LANES];
  double taumax_ms;
  double sigma_mV;
  double huber; /* residuals beyond so many sigma count linearly; 0: none does */
} lg_tm_misfit;

/**
 * @brief Half the (robust) sum of squares of one sweep, its start potential integrated out, added to cost (lanes).
 *
 * The sum at the given start, less what one Gauss–Newton step of the start gains, plus half the logarithm of the sum of
 * squares of dV/dstart.
 * @param start_mV (lanes) potential at the first sample, near the best one; gates start at steady state there
 * @param cost     (lanes) in and out; INFINITY where a course left the finite range
 */
void lg_tm_misfit_add(const lg_tm_misfit *misfit, const lg_tm_sweep *sweep, const double start_mV[LG_TM_LANES],
                      double cost[LG_TM_LANES]);

/** The builds behind it: the same bits from each. */
typedef void lg_tm_misfit_fn(const lg_tm_misfit *misfit, const lg_tm_sweep *sweep, const double start_mV[LG_TM_LANES],
                             double cost[LG_TM_LANES]);
lg_tm_misfit_fn lg_tm_misfit_plain, lg_tm_misfit_v3, lg_tm_misfit_v4;

#endif
