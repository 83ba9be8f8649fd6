/**
 * @file protocol.h
 * @brief Two ways to make training and test sets out of synthetic head impacts (brain.h).
 *
 * A, the paper's: 46 impacts, one of them held out for the tests; a voxel of every 6 mm cube is a candidate; 2000 are
 * taken. B: 300 impacts, 1000 random voxels each, tested on 30 further impacts that nothing else uses.
 */
#ifndef LG_AXON_PROTOCOL_H
#define LG_AXON_PROTOCOL_H

#include "axon/brain.h"
#include "axon/sample.h"

typedef struct axon_protocol {
  const char *name;
  uint64_t first_seed, n_impacts;           /* of training */
  uint64_t test_first_seed, n_test_impacts; /* of the test sets */
  size_t n_voxels;                          /* random ones of each impact; 0: one of every cube */
  size_t n_train;                           /* wanted; 0: what the threshold gives */
  double threshold;
  size_t n_worst, n_random;
  axon_filter filter;
  uint64_t seed; /* of all draws */
} axon_protocol;

/** @brief "a" or "b"; NULL: there is no other. */
LG_MUST_CHECK lg_status lg_axon_protocol_named(lg_ctx *ctx, const char *name, axon_protocol *out);

/** The three sets, and how they were taken out of the candidates. */
typedef struct axon_sets {
  axon_pool *candidates, *test_candidates; /* index: voxel of the white matter */
  axon_chosen *train, *worst, *random;     /* worst and random: of test_candidates, distances to the training set */
  size_t n_cubes;                          /* of the white matter; 0: not used */
} axon_sets;

/** @brief Strains of voxels under the impact of a seed, 101 samples of 1 ms; named sSEED-vVOXEL. */
LG_MUST_CHECK lg_status lg_axon_impact_profiles(lg_ctx *ctx, uint64_t seed, const axon_voxel *voxels,
                                                const size_t *which, size_t n, axon_profiles **out);

LG_MUST_CHECK lg_status lg_axon_protocol_run(lg_ctx *ctx, const axon_protocol *protocol, axon_sets **out);
void lg_axon_sets_destroy(lg_ctx *ctx, axon_sets *sets);

#endif
