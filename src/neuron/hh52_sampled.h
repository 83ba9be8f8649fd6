/**
 * @file hh52_sampled.h
 * @brief Hodgkin–Huxley 1952 neurons of a cell's size on a sampled current: recordings of a family that is not fitted.
 *
 * The squid's equations (hh52_rates.h) on a membrane of capacitance C pF: conductances of 120, 36 and 0.3 mS/cm2 at
 * 1 uF/cm2, each varied, and the whole shifted along the potential.
 */
#ifndef LG_HH52_SAMPLED_H
#define LG_HH52_SAMPLED_H

#include <stddef.h>
#include <stdint.h>

/** Capacitance pF; conductances per capacitance 1/ms; shift of every potential mV. */
typedef struct lg_hh52_params {
  double C, gNa, gK, gL, shift;
} lg_hh52_params;

typedef struct lg_hh52_draw {
  lg_hh52_params p;
  double rheobase_pA, i0_pA; /* as in lg_izh_draw */
} lg_hh52_draw;

/**
 * @brief Draw neuron `index`: C logU[20,250], conductances times U[.8,1.25] each, shift U[-10,5]; silent at rest, 4 to
 * 300 spikes under CLONE-1.
 */
void lg_hh52_prior_draw(uint64_t seed, uint64_t index, lg_hh52_draw *out);

/**
 * @brief Simulate from rest, RK4 at most 0.0125 ms; v_mV (n) at the samples, or NULL.
 * @return number of upward crossings of -20 mV (shifted along); ends early at stop_after of them (0: never)
 */
size_t lg_hh52_simulate_sampled(const lg_hh52_params *p, const double *i_pA, size_t n, double dt_ms, size_t stop_after,
                                double *v_mV);

#endif
