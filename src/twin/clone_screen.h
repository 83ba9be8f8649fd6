/** @file clone_screen.h @brief Cheap decisions before a fit. */
#ifndef LG_CLONE_SCREEN_H
#define LG_CLONE_SCREEN_H

#include "twin/family.h"

/** What the resting stretch at the start of the traces says about the noise. */
typedef struct lg_noise_screen {
  double sigma_mV; /* white part, from second differences */
  double ratio;    /* variance of 2-ms means over what white noise of sigma would give; NAN when it cannot be told */
} lg_noise_screen;

/**
 * @brief Compare slow with fast noise where the current is constant.
 *
 * A model plus white noise gives a ratio of 1. Synaptic events, channel noise and drift of a real cell give tens and
 * more: then no model without them can reach a chi2 of 1 per sample, and fitting every sample is time lost.
 */
lg_noise_screen lg_clone_screen_noise(const lg_fit_trace *traces, size_t n_traces);

#endif
