/**
 * @file assay_lanes.h
 * @brief Many neurons under one waveform at their own amplitudes, by whatever runs each fastest, and a look at each
 * answer.
 */
#ifndef LG_TWIN_ASSAY_LANES_H
#define LG_TWIN_ASSAY_LANES_H

#include "base/base.h"

#include <loligo/neuron.h>

/** The answer of one neuron; valid during the call only. */
typedef struct lg_lane_view {
  const double *v_mV; /**< (n); the potential of an integrate-and-reset model is lifted to its peak at each spike */
  size_t n;
  double dt_ms;            /**< between samples */
  const double *spikes_ms; /**< (min(n_spikes, capacity)) crossings of -20 mV, or peaks of an Izhikevich neuron */
  size_t n_spikes, capacity;
} lg_lane_view;

/** Called once per lane, from any thread, in any order. */
typedef void (*lg_lane_fn)(void *user, size_t lane, const lg_lane_view *view);

typedef struct lg_lane {
  const lg_neuron *neuron;
  double amp_pA;
} lg_lane;

typedef struct lg_lanes {
  const lg_lane *lane; /**< (n) */
  size_t n;
  double dt_ms;
  size_t n_steps;
  const double *waveform; /**< (n_steps), times the amplitude of a lane, held over each step */
  size_t sample_every;    /**< steps per sample */
  size_t max_spikes;      /**< times that are kept per lane; 0: none */
  bool single_precision;  /**< tm only */
  lg_lane_fn look;
  void *user;
} lg_lanes;

/**
 * @brief Run all lanes. The answer of a lane does not depend on the others, nor on threads.
 *
 * tm neurons and izhikevich/std run in batches (batch.h), all others one by one with lg_simulate's rk4.
 * @retval LG_ERR_NUMERICAL a potential left the finite range
 */
LG_MUST_CHECK lg_status lg_lanes_run(lg_ctx *ctx, const lg_lanes *lanes);

#endif
