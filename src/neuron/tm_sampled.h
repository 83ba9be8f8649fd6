/**
 * @file tm_sampled.h
 * @brief The Traub–Miles/Pospischil neuron on a sampled current: what the training data and the refinement run on.
 *
 * Transformed parameters theta (9): ln C/pF, ln of gNa, gK, gL, gM per C (nS/pF = 1/ms), ENa, EK, EL, VT (mV). The
 * current is held constant over each sample interval, as a digital-to-analogue converter does.
 */
#ifndef LG_TM_SAMPLED_H
#define LG_TM_SAMPLED_H

#include "neuron/tm_rates.h"

#include "base/base.h"

enum { LG_TM_PARAMETERS = 9, LG_TM_STATES = 5 };

/** Names, in the order of theta: C gNa gK gL gM ENa EK EL VT. */
extern const char *const lg_tm_parameter_names[LG_TM_PARAMETERS];
extern const char *const lg_tm_parameter_units[LG_TM_PARAMETERS];

/** @brief theta to natural units (pF, nS, mV). */
void lg_tm_to_natural(const double theta[LG_TM_PARAMETERS], double natural[LG_TM_PARAMETERS]);
void lg_tm_from_natural(const double natural[LG_TM_PARAMETERS], double theta[LG_TM_PARAMETERS]);

/** @brief Gates at steady state of v_mV. */
void lg_tm_steady(double v_mV, double vt_mV, double state[LG_TM_STATES]);

/** @brief Resting potential: the lowest zero of the steady-state current at zero input; NAN if none in -120 … 0 mV. */
double lg_tm_rest(const double theta[LG_TM_PARAMETERS], double taumax_ms);

/**
 * @brief Simulate from rest under the first current: RK4 with `substeps` steps per sample.
 * @param i_pA (n) current of the interval that begins at sample k
 * @param v_mV (n) potential at sample k, or NULL
 * @param spikes_ms (max_spikes) upward crossings of -20 mV, or NULL
 * @return number of spikes; stops early after stop_after spikes (0 = never)
 */
size_t lg_tm_simulate_sampled(const double theta[LG_TM_PARAMETERS], double taumax_ms, const double *i_pA, size_t n,
                              double dt_ms, unsigned substeps, size_t stop_after, double *v_mV, double *spikes_ms,
                              size_t max_spikes);

/** A sampled current and how to step over it. */
typedef struct lg_tm_drive {
  const double *i_pA; /* (n) current of the interval that begins at sample k */
  size_t n;
  double dt_ms;
  unsigned substeps; /* steps per sample, at least 1 */
  size_t stop_after; /* stop after that many spikes; 0 = never */
} lg_tm_drive;

/**
 * @brief lg_tm_simulate_sampled() with slow sodium inactivation: a sixth state, which starts at its steady state.
 * @param slow NULL or share 0: none, the same bits as lg_tm_simulate_sampled()
 */
size_t lg_tm_simulate_slow(const double theta[LG_TM_PARAMETERS], double taumax_ms, const lg_tm_slow *slow,
                           const lg_tm_drive *drive, double *v_mV, double *spikes_ms, size_t max_spikes);

/** @brief lg_tm_rest() with slow sodium inactivation at its steady state. */
double lg_tm_rest_slow(const double theta[LG_TM_PARAMETERS], double taumax_ms, const lg_tm_slow *slow);

#endif
