/** @file steps_internal.h @brief Between the two halves of find_steps: edges of a protocol, and its main step. */
#ifndef LG_STEPS_INTERNAL_H
#define LG_STEPS_INTERNAL_H

#include "base/base.h"
#include <loligo/recording.h>

enum { LG_MAX_EDGES = 256 };

/** The edges that the currents of a protocol share. Segment k is [at[k], at[k+1]); at[0] = 0, at[n] = length. */
typedef struct lg_edges {
  size_t n;                    /**< segments; 0: no protocol of steps */
  size_t at[LG_MAX_EDGES + 1]; /**< (n + 1) */
  size_t length;               /**< samples that all sweeps have */
  bool exact;                  /**< currents without noise: an edge is where the value changes */
  double noise_pA;             /**< standard deviation of the noise of a current */
} lg_edges;

/** @brief Find the edges; e->n = 0 when the currents are not made of steps. */
LG_MUST_CHECK lg_status lg_find_edges(lg_ctx *ctx, const lg_recording *rec, lg_edges *e);

/** @brief Median of x (n), which it reorders; no NAN; NAN for n = 0. */
double lg_median_of(double *x, size_t n);

#endif
