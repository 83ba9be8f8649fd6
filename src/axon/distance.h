/** @file distance.h @brief How far two strain profiles are from each other, and the nearest of many. */
#ifndef LG_AXON_DISTANCE_H
#define LG_AXON_DISTANCE_H

#include "base/base.h"

/** @brief |a - b| / (max(|a|, |b|) + 0.01 sqrt(n)), Euclidean norms over n samples. */
double lg_axon_distance(const float *a, const float *b, size_t n);

/** Many profiles, arranged so that most need not be looked at when the nearest one is sought. */
typedef struct lg_axon_neighbours lg_axon_neighbours;

/** @brief profiles is (n, n_times), copied. */
LG_MUST_CHECK lg_status lg_axon_neighbours_create(lg_ctx *ctx, const float *profiles, size_t n, size_t n_times,
                                                  lg_axon_neighbours **out);
/** @brief None as yet; typical (n, n_times) says what will come, for speed only, and is not kept. */
LG_MUST_CHECK lg_status lg_axon_neighbours_begin(lg_ctx *ctx, const float *typical, size_t n, size_t n_times,
                                                 lg_axon_neighbours **out);
/** @brief One more; it is copied. Not while another thread asks. */
LG_MUST_CHECK lg_status lg_axon_neighbours_add(lg_ctx *ctx, lg_axon_neighbours *neighbours, const float *profile);
/** @brief Forget all that were added; the memory stays. */
void lg_axon_neighbours_clear(lg_axon_neighbours *neighbours);
size_t lg_axon_neighbours_count(const lg_axon_neighbours *neighbours);
void lg_axon_neighbours_destroy(lg_ctx *ctx, lg_axon_neighbours *neighbours);

/**
 * @brief Distance to the nearest of them; exact: the value that lg_axon_distance() of the two gives. INFINITY: none.
 *
 * Safe from many threads at once; the same bits on every machine.
 * @param enough stop at the first one that is not farther than this (0: look for the nearest); the value is then that
 * one's distance
 */
double lg_axon_nearest(const lg_axon_neighbours *neighbours, const float *profile, double enough);

#endif
