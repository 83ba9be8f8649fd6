/**
 * @file family.h
 * @brief The model families that a recording can be cloned into; one row each, so that a new family is one file and one
 * line.
 */
#ifndef LG_FAMILY_H
#define LG_FAMILY_H

#include "twin/feature_target.h"
#include "twin/twin.h"

/** One piece of a sweep that is fitted: the step with some milliseconds before and after it. */
typedef struct lg_fit_trace {
  const double *v_mV, *i_pA; /* (n) */
  size_t n;
  double dt_ms;
} lg_fit_trace;

struct lg_clone_guess;
struct lg_feature_fit;
struct lg_posterior;

typedef struct lg_family {
  const char *name;            /* as in `--model` */
  const char *model, *variant; /* as in model files */
  int net;                     /* lg_net_family of the networks that know it */
  /** Names, units and the training range of the parameters; NULL for a search. */
  void (*describe)(lg_twin *twin);
  /**
   * Fit every sample of the traces: fills model, variant, parameters, covariance, chi2, accepted, stage, noise of the
   * twin. NULL: the row is a search by features.
   * @param guess     what a network says, for starts; may be NULL
   * @param posterior samples of an accepted fit, which its intervals are then taken from; NULL: not wanted
   */
  lg_status (*fit)(lg_ctx *ctx, const lg_fit_trace *traces, size_t n_traces, const struct lg_clone_guess *guess,
                   uint64_t seed, lg_twin *twin, struct lg_posterior *posterior);
  /**
   * Fit what the free-running model does (feature_fit.h); chi2 and noise are left to the caller, errors and covariance
   * to spread(), which takes what the search found. NULL: fit is set.
   */
  lg_status (*search)(lg_ctx *ctx, const lg_targets *targets, uint64_t seed, lg_twin *twin,
                      struct lg_feature_fit *found);
  lg_status (*spread)(lg_ctx *ctx, const lg_targets *targets, uint64_t seed, struct lg_feature_fit *found,
                      lg_twin *twin);
  /** Simulate from rest under the first current. Thread-safe, no allocation. */
  void (*simulate)(const lg_twin *twin, const double *i_pA, size_t n, double dt_ms, double *v_mV);
  /**
   * The same for m <= 8 sets of parameters at once: rows (m, n_parameters) natural, v_mV (n, 8) with one column per
   * set. NULL: there is none; simulate one after the other.
   */
  void (*simulate_lanes)(const double *rows, size_t m, const double *i_pA, size_t n, double dt_ms, double *v_mV);
  /** Parameters in natural units to the transformed ones that the covariance is of, and back. */
  void (*to_z)(const double *natural, double *z);
  void (*from_z)(const double *z, double *natural);
} lg_family;

/** @brief The table; *n receives the number of rows. Rows that fit every sample come before those that search. */
const lg_family *const *lg_families(size_t *n);

/** @brief Give a twin the samples of its posterior, and the intervals and the covariance that they have. */
void lg_family_take_posterior(const struct lg_posterior *posterior, lg_twin *twin);

/** @brief Misfit by features of a twin that was fitted otherwise; NAN when no search knows its model. */
LG_MUST_CHECK lg_status lg_family_score(lg_ctx *ctx, const lg_twin *twin, const lg_targets *targets, double *score);

extern const lg_family lg_family_izhikevich, lg_family_tm, lg_family_izhikevich_search, lg_family_klowkhigh_search,
    lg_family_tm_search;

#endif
