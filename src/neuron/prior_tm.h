/**
 * @file prior_tm.h
 * @brief The population that networks are trained on and refinements are judged on: Traub–Miles/Pospischil neurons.
 */
#ifndef LG_PRIOR_TM_H
#define LG_PRIOR_TM_H

#include "neuron/tm_sampled.h"

/** Bounds of the uniform prior over theta (log-uniform in C and the conductances per C). */
extern const double lg_tm_prior_low[LG_TM_PARAMETERS], lg_tm_prior_high[LG_TM_PARAMETERS];

enum { LG_TM_PRIOR_TAUMAX = 600, LG_TM_RHEOBASE_SAMPLES = 10000 /* 500 ms at 0.05 ms */ };

/**
 * @brief Smallest step of 500 ms that makes a spike, by bisection to 1 % (pA); NAN if none up to 3000 pA.
 * @param scratch (LG_TM_RHEOBASE_SAMPLES) doubles
 */
double lg_tm_rheobase(const double theta[LG_TM_PARAMETERS], double *scratch);

/**
 * @brief Draw one neuron that rests below -45 mV, is silent without input and has a rheobase of 1 … 3000 pA.
 * @param[out] rheobase_pA its rheobase
 */
void lg_tm_prior_draw(lg_rng *rng, double theta[LG_TM_PARAMETERS], double *rheobase_pA, double *scratch);

/**
 * @brief The current of protocol CLONE-1 (1200 ms) for titrated current i0, sampled at dt; n = 1200/dt samples.
 *
 * 0–50 0; 50–200 -0.5 I0; 300–450 1.5 I0; 500–600 3 I0; 650–850 ramp 0 → 2.5 I0; 900–1200 Ornstein–Uhlenbeck, tau 3 ms,
 * mean and sd 0.7 I0.
 */
void lg_tm_clone1_current(lg_rng *rng, double i0_pA, double dt_ms, size_t n, double *i_pA);

#endif
