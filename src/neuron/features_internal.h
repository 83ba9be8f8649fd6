/**
 * @file features_internal.h
 * @brief What the files of the feature extraction share: a view of one trace, spikes in a window, undefined values.
 */
#ifndef LG_FEATURES_INTERNAL_H
#define LG_FEATURES_INTERNAL_H

#include <loligo/features.h>

#include <math.h>
#include <stdbool.h>

/** A trace and how spikes are found in it. */
typedef struct features_trace {
  const double *v; /* (n) mV */
  size_t n;
  double dt;
  lg_features_opts opts;
} features_trace;

/** dV/dt at sample i: central difference, one-sided at the ends. Needs n >= 2. */
static inline double features_slope(const features_trace *t, size_t i) {
  if (i == 0) return (t->v[1] - t->v[0]) / t->dt;
  if (i + 1 >= t->n) return (t->v[t->n - 1] - t->v[t->n - 2]) / t->dt;
  return (t->v[i + 1] - t->v[i - 1]) / (2.0 * t->dt);
}

/** Number of samples nearest to a time. */
static inline size_t features_samples(double ms, double dt) { return (size_t)floor(ms / dt + 0.5); }

/** One sweep while it is measured. */
typedef struct features_sweep {
  features_trace trace;
  const double *i_pA;      /* (n) or NULL */
  bool has_step;           /* on, off, hold and step are valid */
  size_t on, off;          /* samples of the step, or of the whole sweep */
  double hold_pA, step_pA; /* step_pA from the holding current */
  const lg_spike *all;     /* (n_all) spikes of the sweep */
  const lg_spike *spikes;  /* (n_spikes) those in the window */
  size_t n_all, n_spikes;
  double *scratch;          /* (n) */
  lg_feature_value *values; /* (LG_SWEEP_FEATURES) */
} features_sweep;

/** Set a value; not finite = undefined for this reason. */
static inline void features_set(features_sweep *s, lg_sweep_feature id, double value, const char *reason) {
  const bool defined = isfinite(value);
  s->values[id] = (lg_feature_value){defined ? value : (double)NAN,
                                     defined ? NULL : (reason ? reason : "The samples do not determine it.")};
}

/** @brief Median of the finite values of x; NAN when fewer than half of them are finite. scratch (n), may be x. */
double features_median(const double *x, size_t n, double *scratch);
/** @brief Extremes of the finite values of v over [begin, end): index, or `end` when there is none. */
size_t features_argmin(const double *v, size_t begin, size_t end);
size_t features_argmax(const double *v, size_t begin, size_t end);

/** @brief The spikes as IPFX finds them; as lg_spikes_find(), i_cross … i_threshold only. */
size_t features_ipfx_detect(const features_trace *t, size_t capacity, lg_spike *spikes);
/** @brief Threshold samples as IPFX refines them: 5 % of the mean upstroke. */
void features_ipfx_refine(const features_trace *t, size_t n, lg_spike *spikes);
/** @brief Measure a spike whose samples (cross, peak, threshold) are known. next_peak = n for the last. */
void features_measure_spike(const features_trace *t, lg_spike *spike, size_t prev_peak, size_t next_peak, bool last);

/* One group of features each; they read values that earlier groups have set, in this order. */
void features_group_passive(features_sweep *s);
void features_group_tau(features_sweep *s);
void features_group_spikes(features_sweep *s);
void features_group_train(features_sweep *s);
void features_group_burst(features_sweep *s);
void features_group_chirp(features_sweep *s);

/** @brief The cell's features from those of its sweeps (n_sweeps, LG_SWEEP_FEATURES). scratch (n_sweeps). */
void features_cell(const lg_feature_value *sweeps, size_t n_sweeps, double *scratch, lg_feature_value *cell);

/** One exponential v_inf + a exp(-t/tau). */
typedef struct features_exponential {
  double tau_ms, v_inf_mV, a_mV, r2;
} features_exponential;

/** @brief Least-squares exponential over samples [begin, end) (NAN skipped). NULL, or why it cannot be. */
const char *features_fit_exponential(const features_trace *t, size_t begin, size_t end, double *scratch,
                                     features_exponential *fit);

#endif
