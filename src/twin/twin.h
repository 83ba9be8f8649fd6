/**
 * @file twin.h
 * @brief A twin: the mechanistic model of one recorded cell, how sure it is, and where it came from.
 *
 * JSON schema "loligo-twin/1" (docs/formats.md). A twin is a model file too: `loligo neuron simulate` runs it.
 */
#ifndef LG_TWIN_H
#define LG_TWIN_H

#include "data/provenance.h"

#include <loligo/recording.h>

enum {
  LG_TWIN_MAX_PARAMETERS = 24,
  LG_TWIN_MAX_FIXED = 4,
  LG_TWIN_MAX_REASONS = 16,
  LG_TWIN_REASON_BYTES = 240,
  LG_TWIN_MAX_FEATURES = 32,
  LG_TWIN_SAMPLES = 200
};

typedef enum lg_domain { LG_DOMAIN_GREEN = 0, LG_DOMAIN_AMBER = 1, LG_DOMAIN_RED = 2 } lg_domain;

typedef struct lg_twin_parameter {
  const char *name, *unit;
  double value, sd, lo95, hi95;
  double prior_low, prior_high; /* range of the training neurons; NAN = none */
} lg_twin_parameter;

/** What the twin does with one sweep of the recording. */
typedef struct lg_twin_sweep {
  int number;
  bool fitted;
  double step_pA;
  int n_spikes, n_spikes_twin;
  double subthreshold_rmse_mV; /* NAN when the sweep holds spikes */
} lg_twin_sweep;

typedef struct lg_twin {
  const char *model, *variant; /* "izhikevich" "std", "tm" "" */
  size_t n_parameters;
  lg_twin_parameter parameters[LG_TWIN_MAX_PARAMETERS];
  /** what the fit held fixed at another value than the model's default: name, unit and value are set */
  size_t n_fixed;
  lg_twin_parameter fixed[LG_TWIN_MAX_FIXED];
  /** covariance of the transformed parameters, row-major (n, n) */
  double covariance[LG_TWIN_MAX_PARAMETERS * LG_TWIN_MAX_PARAMETERS];
  /** Equally likely sets of parameters, (n_samples, n_parameters) in natural units; none: the covariance is all. */
  size_t n_samples;
  double samples[LG_TWIN_SAMPLES * LG_TWIN_MAX_PARAMETERS];
  size_t draws;             /* that were made and weighed for them */
  double effective_samples; /* how many independent samples the weighted draws are worth */
  double chi2_per_sample, noise_mV;
  bool accepted;
  const char *stage; /* "closed-form", "network", "refined" */
  double range_low_pA,
      range_high_pA;    /* of the steps that were fitted and whose counts the twin follows; NAN: no steps */
  const char *method;   /* "trace": every sample was fitted; "features": what the free-running model does */
  double feature_score; /* misfit of the fitted sweeps by features (feature_fit.h), 0 = none; NAN unless measured */
  lg_domain domain;
  size_t n_reasons;
  char reasons[LG_TWIN_MAX_REASONS][LG_TWIN_REASON_BYTES];
  /* judged on the recording itself */
  double count_rmse_fitted, count_rmse_predicted, count_r2_predicted, subthreshold_rmse_mV;
  double count_r2_fitted, subthreshold_rmse_fitted_mV; /* NAN: no fitted sweep is silent */
  size_t n_features;
  struct {
    const char *name;
    double value;
  } features[LG_TWIN_MAX_FEATURES];
  char network[64];        /* the network that was asked; empty: none */
  double network_distance; /* of the recording from its training population; above 1 for 2.5 % of that; NAN: none */
  double network_r2[LG_TWIN_MAX_PARAMETERS]; /* held-out R² per parameter, NAN: no network */
  double seconds;                            /* of the fit, wall clock */
} lg_twin;

/** @brief Add a reason (printf-like) and raise the flag to at least `domain`. */
void lg_twin_reason(lg_twin *twin, lg_domain domain, const char *fmt, ...) LG_PRINTF(3, 4);

const char *lg_domain_name(lg_domain domain);

/** @brief Write the twin as the value of the writer. */
void lg_twin_write_json(const lg_twin *twin, const lg_recording *rec, const lg_twin_sweep *sweeps, size_t n_sweeps,
                        lg_provenance *provenance, lg_json *w);

/** @brief Write the twin as JSON, whole or not at all ("-" = stdout). */
LG_MUST_CHECK lg_status lg_twin_write(lg_ctx *ctx, const lg_twin *twin, const lg_recording *rec,
                                      const lg_twin_sweep *sweeps, size_t n_sweeps, lg_provenance *provenance,
                                      const char *path);

#endif
