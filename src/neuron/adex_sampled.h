/**
 * @file adex_sampled.h
 * @brief Adaptive exponential integrate-and-fire neurons on a sampled current: recordings of a family that no twin has.
 *
 *     C v' = -gL (v-EL) + gL DT exp((v-VT)/DT) - w + I,   tau_w w' = a (v-EL) - w,   at v >= 0 mV: v <- vr, w <- w+b
 *
 * Brette and Gerstner 2005, doi 10.1152/jn.00686.2005. Units pF, nS, mV, pA, ms.
 */
#ifndef LG_ADEX_SAMPLED_H
#define LG_ADEX_SAMPLED_H

#include <stddef.h>
#include <stdint.h>

typedef struct lg_adex_params {
  double C, gL, EL, VT, DT, a, tau_w, b, vr;
} lg_adex_params;

typedef struct lg_adex_draw {
  lg_adex_params p;
  double rheobase_pA, i0_pA; /* as in lg_izh_draw */
} lg_adex_draw;

/**
 * @brief Draw neuron `index`: C logU[50,250], C/gL U[5,30] ms, EL U[-80,-60], VT U[-55,-42], DT U[0.8,4], a U[-1,8],
 * tau_w logU[20,300], b U[0,150], vr U[-68,-48]; rejected unless it spikes 4 to 300 times under CLONE-1.
 */
void lg_adex_prior_draw(uint64_t seed, uint64_t index, lg_adex_draw *out);

/** @brief Simulate from rest; v_mV (n) at the samples, or NULL. @return number of spikes */
size_t lg_adex_simulate_sampled(const lg_adex_params *p, const double *i_pA, size_t n, double dt_ms, double *v_mV);

#endif
