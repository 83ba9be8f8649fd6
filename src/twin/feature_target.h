/**
 * @file feature_target.h
 * @brief What a free-running model is asked to reproduce: the current, the silent course and the spikes of each sweep.
 *
 * Real cells are not explained to the noise by any small model, so that a fit to every sample follows the model's error
 * rather than the cell. Here the recording is reduced to what a twin is used for: when it fires, how often, and where
 * the potential lies in between.
 */
#ifndef LG_FEATURE_TARGET_H
#define LG_FEATURE_TARGET_H

#include "neuron/lanes.h"

#include <loligo/recording.h>

/** One recorded spike, in the terms of lg_lane_spike. */
typedef lg_lane_spike lg_target_spike;

/** Recorded; or a stronger step that was not, about which something is known all the same. */
typedef enum lg_target_kind {
  LG_TARGET_RECORDED = 0,
  LG_TARGET_BEYOND = 1, /* a little stronger: the curve goes on, bent */
  LG_TARGET_FAR = 2     /* several times stronger: no cell fires faster without end */
} lg_target_kind;

/** One sweep: the step with 50 ms before and 100 ms after it; the whole sweep when there is no step. */
typedef struct lg_target {
  lg_lane_drive drive;   /* idealised: noise and artefacts of a measured step are gone */
  double *i_pA;          /* (drive.n), owned */
  size_t first;          /* sample of the sweep at which the window begins */
  size_t every, n_v;     /* a potential is kept every `every` samples of the drive */
  double *v_mV;          /* (n_v), owned */
  double on_ms, off_ms;  /* spikes in [on, off) count; from the start of the window */
  size_t n_all;          /* spikes of the window */
  lg_target_spike *all;  /* (n_all), owned */
  size_t n_before, n_in; /* of these, before on; in [on, off) */
  double level_mV;       /* mean of the potential in the step, cut at the clip level */
  lg_target_kind kind;
  double expected, tolerance; /* spikes of a sweep that was not recorded */
} lg_target;

/** What the fitted sweeps tell without any fit; it narrows the search. */
typedef struct lg_passive {
  double v_rest_mV; /* without holding current */
  double g_nS, tau_ms, C_pF;
  double threshold_mV, peak_mV, trough_mV;
  double i_high_pA; /* largest current of the fitted sweeps */
} lg_passive;

typedef struct lg_targets {
  size_t n;          /* recorded */
  size_t n_beyond;   /* of steps that were not recorded; 0 when the recording holds no f–I curve */
  lg_target *sweeps; /* (n + n_beyond) */
  double clip_mV;
  lg_passive passive;
  size_t max_n_v;
} lg_targets;

/** @brief Window of a sweep: samples [*begin, *end). */
void lg_target_window(const lg_sweep *sweep, size_t *begin, size_t *end);

/**
 * @brief Current of samples [begin, end) as a free-running model should see it.
 *
 * A step that was measured carries noise, and the amplifier's glitches at every spike of the cell; a model that spikes
 * at other times must not feel them. When the measured current is a step but for that, levels are returned; any other
 * stimulus is returned as it is.
 */
void lg_target_current(const lg_sweep *sweep, size_t begin, size_t end, double *i_pA);

/** @brief Mean potential in the step, cut at clip_mV. @param v_mV (n_v) with a stride */
double lg_target_level(const lg_target *t, const double *v_mV, size_t stride, double clip_mV);

/** @brief Reduce sweeps; sweeps without a current are not allowed. */
LG_MUST_CHECK lg_status lg_targets_create(lg_ctx *ctx, const lg_sweep *const *sweeps, size_t n, lg_targets **out);
void lg_targets_destroy(lg_ctx *ctx, lg_targets *targets);

#endif
