/**
 * @file threshold.h
 * @brief From which output on an axon counts as injured: calibrated for each gap configuration, never universal.
 *
 * Nakadate et al. 2017 (Stapp Car Crash J 61) stretched neurons at 10 to 70 /s by 10 to 20 %: axonal swellings rise
 * from 15 % at 50 /s and from 20 % at 30 /s on, and do not at 10 %. Each axon is ramped to the same twelve points and
 * held for 20 ms; a threshold lies between the greatest output of the points without and the least of those with
 * swellings, if it can. That supports the order of the points only: strain times the root of the rate separates them
 * as well, and the threshold of one gap configuration is not that of another.
 */
#ifndef LG_AXON_THRESHOLD_H
#define LG_AXON_THRESHOLD_H

#include "axon/population.h"

enum { AXON_GRID_STRAINS = 3, AXON_GRID_RATES = 4, AXON_GRID = AXON_GRID_STRAINS * AXON_GRID_RATES };
enum { AXON_JUDGED = 4 /* AXON_MT, AXON_AXOLEMMA, AXON_TAU, AXON_NF */ };
#define AXON_GRID_STEP_S 1e-4
#define AXON_GRID_HOLD_S 0.020

/** One point of the grid, ordered by strain, then by rate. */
typedef struct axon_grid_point {
  double strain, rate_per_s;
  bool injured;
} axon_grid_point;
extern const axon_grid_point lg_axon_grid[AXON_GRID];

/** What one output of one axon says of the grid. */
typedef struct axon_split {
  bool separates;   /* every injured point lies above every other */
  double low, high; /* greatest without injury, least with it */
  double margin;    /* high / low - 1; negative where it does not separate */
  double threshold; /* half way between; NAN where it does not separate */
} axon_split;

typedef struct axon_threshold {
  bool failed; /* a point of the grid did not converge */
  axon_split split[AXON_JUDGED];
} axon_threshold;

/**
 * @brief Thresholds of every axon; they differ in nothing but their gaps.
 * @param axons      (n)
 * @param thresholds (n)
 * @param grid       (n, AXON_GRID) outcomes at the points, or NULL
 */
LG_MUST_CHECK lg_status lg_axon_thresholds(lg_ctx *ctx, const lg_axon *const *axons, size_t n, axon_precision precision,
                                           axon_threshold *thresholds, axon_outcome *grid);

/**
 * @brief Peak microtubule strain from which this one axon (with its own gaps) counts as injured.
 * @param[out] threshold NAN when no threshold separates the points
 */
LG_MUST_CHECK lg_status lg_axon_injury_threshold(lg_ctx *ctx, const lg_axon *axon, double *threshold);

/** What the thresholds of one output have in common over a population. NAN where no axon separates. */
typedef struct axon_threshold_summary {
  size_t n, n_separate;                                            /* axons that did not fail; whose points separate */
  double margin_median, margin_5;                                  /* over all axons */
  double threshold_low, threshold_high, threshold[AXON_QUANTILES]; /* over those that separate */
  size_t n_fixed;                                                  /* axons that the fixed threshold suits */
  double best_fixed;                                               /* middle of the thresholds that suit most axons */
  size_t n_best;                                                   /* how many those are */
} axon_threshold_summary;

/** @param scratch (2 n) */
axon_threshold_summary lg_axon_threshold_summary(const axon_threshold *thresholds, size_t n, size_t output,
                                                 double fixed, double *scratch);

#endif
