/**
 * @file validate_izhikevich.h
 * @brief The figure of the identification: many neurons of the prior are recorded and identified.
 */
#ifndef LG_VALIDATE_IZHIKEVICH_H
#define LG_VALIDATE_IZHIKEVICH_H

#include "neuron/learn_izhikevich.h"

/** What makes the recordings. */
typedef enum lg_izh_family {
  LG_IZH_FAMILY_IZHIKEVICH = 0,
  LG_IZH_FAMILY_TM = 1,  /**< Traub–Miles/Pospischil: wrong family */
  LG_IZH_FAMILY_ADEX = 2 /**< adaptive exponential integrate-and-fire (Brette, Gerstner 2005): wrong family */
} lg_izh_family;

typedef struct lg_izh_validation {
  size_t neurons;
  uint64_t seed, first; /* neurons first … first + neurons - 1 of the prior of seed */
  lg_izh_protocol protocol;
  double dt_ms, sigma_mV;
  lg_izh_family family;
  lg_identify_opts opts;
} lg_izh_validation;

/** One neuron of it. */
typedef struct lg_izh_trial {
  double truth[LG_IZH_N_PARAMS]; /* natural units; NAN for a wrong family */
  lg_izhikevich_fit fit;
  double replay_coincidence; /* share of spikes within 2 ms on a stimulus with unseen noise; NAN when not accepted */
  double seconds;            /* of the identification, CPU time of its thread */
} lg_izh_trial;

/** @brief Run all trials on the context's threads; the result does not depend on their number. @param trials (neurons)
 */
LG_MUST_CHECK lg_status lg_izh_validate(lg_ctx *ctx, const lg_izh_validation *plan, lg_izh_trial *trials);

/** Summary of a column of trials. */
typedef struct lg_izh_figures {
  size_t accepted;
  double r2_accepted[LG_IZH_N_PARAMS]; /* natural units */
  double r2_all[LG_IZH_N_PARAMS];      /* closed form where the refinement was rejected */
  double r2_closed_form[LG_IZH_N_PARAMS];
  double coverage[4][LG_IZH_N_PARAMS]; /* share of accepted inside the central 50, 68, 90, 95 % interval */
  double rank_p[LG_IZH_N_PARAMS];      /* p of uniform posterior ranks, chi2 with 10 bins */
  double seconds_mean, seconds_p95, seconds_max;
  double replayed; /* share of accepted whose replay coincides in at least 95 % */
} lg_izh_figures;

/** @brief Sum up trials of the Izhikevich family. */
LG_MUST_CHECK lg_status lg_izh_summarise(lg_ctx *ctx, const lg_izh_trial *trials, size_t n, lg_izh_figures *out);

#endif
