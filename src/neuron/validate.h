/**
 * @file validate.h
 * @brief The figures of the identification: neurons with known parameters are recorded, identified, and compared.
 */
#ifndef LG_VALIDATE_H
#define LG_VALIDATE_H

#include "neuron/prior_izhikevich.h"
#include <loligo/identify.h>

enum { LG_VALIDATE_P = 9, LG_VALIDATE_LEVELS = 4 };

/** What makes the recordings. The first two are also what can be fitted. */
typedef enum lg_validate_family {
  LG_VALIDATE_IZHIKEVICH = 0,
  LG_VALIDATE_TM = 1,   /**< Traub–Miles/Pospischil */
  LG_VALIDATE_ADEX = 2, /**< adaptive exponential integrate-and-fire (Brette, Gerstner 2005): no twin has it */
  LG_VALIDATE_HH52 = 3  /**< Hodgkin, Huxley 1952: no fitted family has it */
} lg_validate_family;

/**
 * What a trained network says about a recording: natural units of the fitted family, tried as a start and taken where
 * the refinement is rejected. @return false when it says nothing. Called from worker threads; `worker` names its own
 * scratch.
 */
typedef bool (*lg_validate_predict)(void *user, unsigned worker, const lg_trace *trace, double natural[LG_VALIDATE_P]);

typedef struct lg_validation {
  lg_validate_family data, model; /* what records, what is fitted */
  size_t neurons;
  uint64_t seed, first; /* neurons first … first + neurons - 1 of the prior of seed */
  lg_izh_protocol protocol;
  double dt_ms, sigma_mV;
  int max_starts;
  bool closed_form_only; /* Izhikevich: stop before the refinement */
  bool posterior;        /* ranks and intervals from weighted samples rather than from the Laplace picture */
  lg_validate_predict predict;
  void *predict_user;
} lg_validation;

/** One neuron of it. NAN where unknown. */
typedef struct lg_validate_trial {
  double truth[LG_VALIDATE_P];    /* natural units; NAN when the family that records is not the one that is fitted */
  double found[LG_VALIDATE_P];    /* natural units */
  double sd[LG_VALIDATE_P];       /* of the transformed parameters: ln of C, conductances and a */
  double fallback[LG_VALIDATE_P]; /* natural units: the network's, without one the closed form's or the fit's own */
  double rank[LG_VALIDATE_P];     /* posterior probability below the truth */
  double chi2_per_sample;
  double coincidence; /* share of spikes within 2 ms on a stimulus with unseen noise; NAN when not accepted */
  double effective;   /* sample size of the weighted posterior; NAN: there is none */
  double seconds;     /* of the identification, CPU time of its thread */
  bool accepted;
  unsigned starts, iterations;
  size_t n_spikes;
} lg_validate_trial;

/** @brief Names of the parameters of a fitted family. */
const char *const *lg_validate_names(lg_validate_family model);

/** @brief Run all trials on the context's threads; the result does not depend on their number. @param trials (neurons)
 */
LG_MUST_CHECK lg_status lg_validate(lg_ctx *ctx, const lg_validation *plan, lg_validate_trial *trials);

/** Summary of trials of the right family. */
typedef struct lg_validate_figures {
  size_t accepted;
  double r2_accepted[LG_VALIDATE_P]; /* natural units */
  double r2_all[LG_VALIDATE_P];      /* fallback where the refinement was rejected */
  double r2_fallback[LG_VALIDATE_P];
  double mean_r2_all;
  double coverage[LG_VALIDATE_LEVELS][LG_VALIDATE_P]; /* share of accepted inside the central interval */
  double rank_p[LG_VALIDATE_P];                       /* p of uniform posterior ranks, chi2 with 10 bins */
  double seconds_mean, seconds_p95, seconds_max;
  double effective[3]; /* sample size of weighted posteriors: least, 5 %, median; NAN: there are none */
  size_t few;          /* accepted ones below LG_POSTERIOR_FEW */
  double replayed;     /* share of accepted whose replay coincides in at least 95 % */
} lg_validate_figures;

/** Central probabilities of the intervals: .5 .68 .9 .95. */
extern const double lg_validate_levels[LG_VALIDATE_LEVELS];

/** @brief Sum up. @param trials (n), n >= 1 */
LG_MUST_CHECK lg_status lg_validate_summarise(lg_ctx *ctx, const lg_validate_trial *trials, size_t n,
                                              lg_validate_figures *out);

#endif
