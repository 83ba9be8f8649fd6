/**
 * @file predict.h
 * @brief What a twin answers to a current when its parameters vary as its posterior says.
 */
#ifndef LG_TWIN_PREDICT_H
#define LG_TWIN_PREDICT_H

#include "twin/family.h"

/** The range of 39 draws holds (39 - 1) / (39 + 1) = 95 % of a distribution in the mean. */
enum { LG_PREDICT_DRAWS = 39 };

/** A twin and draws of its parameters. Nothing is owned. */
typedef struct lg_predictor {
  const lg_family *family;
  const lg_twin *twin;
  const double *draws; /* (n_draws, twin->n_parameters) natural units */
  size_t n_draws;
} lg_predictor;

/** Pointwise range over the draws for one sweep. */
typedef struct lg_predicted_sweep {
  size_t n;              /* samples from the start of the sweep that are wanted; the step lies among them */
  double *lo_mV, *hi_mV; /* (n), the caller's */
  double count_lo, count_hi;
} lg_predicted_sweep;

/**
 * @brief Simulate every draw on every sweep; same bits for any number of threads.
 * @param sweeps (rec->n_sweeps) with lo_mV and hi_mV allocated
 */
LG_MUST_CHECK lg_status lg_predict_sweeps(lg_ctx *ctx, const lg_predictor *predictor, const lg_recording *rec,
                                          lg_predicted_sweep *sweeps);

/** One point of the f–I curve. */
typedef struct lg_predicted_point {
  double i_pA, spikes, lo, hi;
} lg_predicted_point;

/**
 * @brief Spikes against current for the step of a sweep with other amplitudes.
 * @param like   sweep with a step: its times, holding current and sampling are used
 * @param points (n) i_pA given, the rest filled; lo and hi are NAN without draws
 */
LG_MUST_CHECK lg_status lg_predict_fi(lg_ctx *ctx, const lg_predictor *predictor, const lg_sweep *like,
                                      lg_predicted_point *points, size_t n);

#endif
