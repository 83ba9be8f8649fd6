/**
 * @file calcium_wave.h
 * @brief Measured calcium waves: arrivals, or concentration or fluorescence over time at places of a dendrite.
 */
#ifndef LG_TWIN_CALCIUM_WAVE_H
#define LG_TWIN_CALCIUM_WAVE_H

#include "calcium/case.h"

/** What was measured. */
typedef enum calcium_signal {
  CALCIUM_ARRIVALS = 0, /* times of a threshold's crossing, peaks */
  CALCIUM_CONCENTRATION,
  CALCIUM_DFF,         /* (F - F0)/F0, F0 at rest */
  CALCIUM_FLUORESCENCE /* F in any unit: an offset and a gain of each place are free */
} calcium_signal;

/** One place. */
typedef struct calcium_trace {
  calcium_place place;
  size_t n;               /* samples; 0 for arrivals */
  double *t_s, *y;        /* (n) ascending times from the case's t = 0 */
  double up_s;            /* of arrivals: measured; of samples: half of the rise is passed; NAN: no wave here */
  double down_s, peak_uM; /* of arrivals; NAN: not measured */
} calcium_trace;

typedef struct calcium_wave {
  calcium_signal signal;
  size_t n_traces, n_samples;
  calcium_trace *traces;
  double last_s;  /* of all times */
  double frame_s; /* usual spacing of samples */
  double noise;   /* of a sample, from how much neighbours scatter where little moves */
  double rise;    /* largest rise of a trace */
} calcium_wave;

/**
 * @brief Read a CSV file: columns t_s (or t_ms), x_um and c_uM, dff or f; or x_um, t_up_s and, where there, t_down_s,
 * c_peak_uM; a column section on trees. Samples after until_s are left out.
 * @retval LG_ERR_FORMAT columns that are missing, words instead of numbers
 * @retval LG_ERR_RANGE  a place outside the dendrite, times that do not rise, too few samples
 */
LG_MUST_CHECK lg_status lg_calcium_wave_read(lg_ctx *ctx, const char *path, const calcium_case *c, double until_s,
                                             calcium_wave **out);
void lg_calcium_wave_destroy(lg_ctx *ctx, calcium_wave *wave);

/** @brief Arrival of each trace, noise and rise again from the samples (after they changed). sorted: room for all
 * samples. */
void lg_calcium_wave_measure(calcium_wave *wave, double *room);

const char *lg_calcium_signal_word(calcium_signal signal);

#endif
