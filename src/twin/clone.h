/**
 * @file clone.h
 * @brief Recording in, twin out: choose sweeps, fit a model family, judge the fit on the recording itself.
 */
#ifndef LG_CLONE_H
#define LG_CLONE_H

#include "twin/family.h"

/** What the caller wants. */
typedef struct lg_clone_opts {
  const char *model; /* "izhikevich", "hh" (the Traub–Miles family), or NULL: the family that explains the fitted
                        sweeps best, a price for parameters paid */
  bool all_sweeps;   /* fit every sweep; default: even sweeps are fitted, odd ones predicted */
  bool samples;      /* 200 samples of the posterior by importance sampling: of accepted fits and of searches */
  bool network_only; /* stop before the refinement: the twin is what the network says */
  const struct lg_clone_net_file *const *nets; /* (n_nets) networks to ask, of any family */
  size_t n_nets;
  uint64_t seed;
} lg_clone_opts;

enum { LG_CLONE_MAX_TRIALS = 8 };

/** One family that was tried. */
typedef struct lg_clone_trial {
  const lg_family *family;
  bool accepted;
  double chi2_per_sample, count_rmse; /* NAN when the fit failed */
  char note[160];                     /* why it failed, or "" */
} lg_clone_trial;

/** A twin with its answer to every sweep of the recording. */
typedef struct lg_clone {
  lg_twin twin;
  const lg_family *family; /* of the twin */
  size_t n_trials;
  lg_clone_trial trials[LG_CLONE_MAX_TRIALS];
  size_t n_sweeps;
  lg_twin_sweep *sweeps;        /* (n_sweeps of the recording) */
  double **twin_mV;             /* (n_sweeps) of (n) simulated potential */
  struct lg_feature_fit *found; /* by a search, or NULL */
} lg_clone;

/**
 * @brief Clone a recording.
 * @retval LG_ERR_UNSUPPORTED the recording cannot be cloned: no current, no spikes, sampled below 4 kHz …
 * @retval LG_ERR_NOT_FOUND   network_only without a network of the family
 * @retval LG_ERR_NUMERICAL   no fit reached finite trajectories
 */
LG_MUST_CHECK lg_status lg_clone_recording(lg_ctx *ctx, const lg_recording *rec, const lg_clone_opts *opts,
                                           lg_clone **out);
void lg_clone_destroy(lg_ctx *ctx, lg_clone *clone);

/** @brief Upward crossings of -20 mV in samples [begin, end) that fall back within 15 ms and peak at -15 mV or more. */
int lg_clone_count_spikes(const double *v_mV, size_t begin, size_t end, size_t n, double dt_ms);

#endif
