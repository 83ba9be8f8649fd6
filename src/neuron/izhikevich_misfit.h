/**
 * @file izhikevich_misfit.h
 * @brief The misfit of eight Izhikevich neurons to one sweep, one per SIMD lane, without sensitivities: what samples of
 * a posterior are weighed by.
 *
 * The neurons run free, with the steps of lg_izh_simulate_sampled(). A reset that falls in another sample interval than
 * the observed one cannot have made the recording: the misfit is then infinite.
 */
#ifndef LG_IZHIKEVICH_MISFIT_H
#define LG_IZHIKEVICH_MISFIT_H

#include "neuron/izhikevich_data.h"
#include "neuron/izhikevich_step.h"

enum { LG_IZH_MISFIT_LANES = 8 };

typedef struct lg_izh_misfit {
  double q[LG_IZH_MISFIT_LANES], g[LG_IZH_MISFIT_LANES], a[LG_IZH_MISFIT_LANES], e[LG_IZH_MISFIT_LANES],
      inv_C[LG_IZH_MISFIT_LANES], reset_x[LG_IZH_MISFIT_LANES], jump_w[LG_IZH_MISFIT_LANES],
      peak_x[LG_IZH_MISFIT_LANES], vr[LG_IZH_MISFIT_LANES];
  double x0[LG_IZH_MISFIT_LANES], w0[LG_IZH_MISFIT_LANES]; /* at the first sample of the sweep */
  double sigma_mV;
} lg_izh_misfit;

/** @brief Add half the sum of squares of one sweep to cost (lanes); INFINITY where a reset is not where it was seen. */
void lg_izh_misfit_add(const lg_izh_misfit *misfit, const lg_izh_sweep *sweep, double cost[LG_IZH_MISFIT_LANES]);

/** The builds behind it: the same bits from each. */
typedef void lg_izh_misfit_fn(const lg_izh_misfit *misfit, const lg_izh_sweep *sweep, double cost[LG_IZH_MISFIT_LANES]);
lg_izh_misfit_fn lg_izh_misfit_plain, lg_izh_misfit_v3, lg_izh_misfit_v4;

#endif
