/**
 * @file plot_recording.h
 * @brief The sweeps of a recording over each other, the current below.
 */
#ifndef LG_PLOT_RECORDING_H
#define LG_PLOT_RECORDING_H

#include "io/plot.h"

#include <loligo/recording.h>

typedef struct lg_recording_figure {
  double font;         /* px */
  int sweep;           /* number of the only sweep to draw, or -1: all */
  double t0_ms, t1_ms; /* window; t1 <= t0: all of the longest sweep */
} lg_recording_figure;

/**
 * @brief Draw.
 * @retval LG_ERR_NOT_FOUND there is no sweep of that number
 * @retval LG_ERR_RANGE     the window holds no sample
 */
LG_MUST_CHECK lg_status lg_plot_recording(lg_ctx *ctx, const lg_recording *rec, const lg_recording_figure *how,
                                          lg_canvas *canvas, lg_box box);

/** @brief The same in words: which sweeps, from when to when, between which potentials. */
void lg_plot_recording_words(const lg_recording *rec, const lg_recording_figure *how, FILE *stream);

#endif
