/**
 * @file prior_tm.h
 * @brief The population that networks are trained on and refinements are judged on: Traub–Miles/Pospischil neurons.
 */
#ifndef LG_PRIOR_TM_H
#define LG_PRIOR_TM_H

#include "neuron/tm_batch.h"

/** Bounds of the uniform prior over theta (log-uniform in C and the conductances per C). */
extern const double lg_tm_prior_low[LG_TM_PARAMETERS], lg_tm_prior_high[LG_TM_PARAMETERS];

enum { LG_TM_PRIOR_TAUMAX = 600 };

/** One neuron of the prior. */
typedef struct lg_tm_draw {
  double theta[LG_TM_PARAMETERS];
  double rheobase_pA; /* smallest 500-ms step with a spike, within 1 % */
  double i0_pA;       /* what an experimenter's titration would call rheobase: rheobase * exp(N(0, 0.12)) */
} lg_tm_draw;

/**
 * @brief Draw the neurons first … first + 7 of the prior of `seed`; each depends on (seed, its index) alone.
 *
 * A neuron rests below -45 mV, is silent at rest and has a rheobase of 1 … 3000 pA. Proposals of all lanes are tried
 * together.
 */
void lg_tm_prior_draw(uint64_t seed, uint64_t first, lg_tm_draw draws[LG_TM_LANES]);

/**
 * @brief The current of protocol CLONE-1 (1200 ms) for titrated current i0, sampled at dt; n = 1200/dt samples.
 *
 * 0–50 0; 50–200 -0.5 I0; 300–450 1.5 I0; 500–600 3 I0; 650–850 ramp 0 → 2.5 I0; 900–1200 Ornstein–Uhlenbeck, tau 3 ms,
 * mean and sd 0.7 I0.
 */
void lg_tm_clone1_current(lg_rng *rng, double i0_pA, double dt_ms, size_t n, double *i_pA);

#endif
