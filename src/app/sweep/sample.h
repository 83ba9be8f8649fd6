/**
 * @file sample.h
 * @brief Points of a space of parameters: the grid of all combinations, Sobol's sequence, Latin hypercube, random.
 *
 * A point depends on its number, the axes and the seed alone.
 */
#ifndef LG_SWEEP_SAMPLE_H
#define LG_SWEEP_SAMPLE_H

#include "base/base.h"

enum { LG_SAMPLE_MAX_AXES = 21 };

typedef enum lg_sample_kind { LG_SAMPLE_GRID = 0, LG_SAMPLE_SOBOL, LG_SAMPLE_LATIN, LG_SAMPLE_RANDOM } lg_sample_kind;

/** One axis: a list of values, or a range. */
typedef struct lg_sample_axis {
  double from, to;
  bool logarithmic;
  size_t n;       /* values; of a range: steps of the grid, both ends included */
  double *values; /* (n), or NULL: a range */
} lg_sample_axis;

typedef struct lg_sampler {
  lg_sample_kind kind;
  size_t n_points, n_axes;
  lg_sample_axis axes[LG_SAMPLE_MAX_AXES];
  uint64_t seed;
  uint32_t *order; /* Latin hypercube: (n_axes, n_points) */
} lg_sampler;

/**
 * @brief Count the points of a grid (n_points is set), or draw the order of a Latin hypercube.
 *
 * Sobol: directions of Joe & Kuo 2008 (doi 10.1137/070709359), shifted by an exclusive or that the seed draws (seed 0:
 * the plain sequence, whose first point is the lower corner).
 * @retval LG_ERR_LIMIT more than 2^32 points
 */
LG_MUST_CHECK lg_status lg_sampler_prepare(lg_ctx *ctx, lg_sampler *sampler);
void lg_sampler_release(lg_ctx *ctx, lg_sampler *sampler);

/** @brief Point k: x (n_axes). */
void lg_sampler_point(const lg_sampler *sampler, size_t k, double *x);

#endif
