/**
 * @file ibw.h
 * @brief Igor binary waves (.ibw), versions 1, 2, 3 and 5, of either byte order.
 *
 * Pure functions over memory images; the pairing of files is in ibw_pair.h. Format: WaveMetrics technical note 003.
 */
#ifndef LG_IBW_H
#define LG_IBW_H

#include "base/base.h"
#include <loligo/recording.h>

/** One wave: a curve of one dimension, or columns (n samples each) of a matrix. */
typedef struct lg_ibw_wave {
  char name[64];
  char unit[16], x_unit[16]; /**< "" when the file says none */
  int version;
  size_t n, n_columns; /**< samples per column; columns, at least 1 */
  double dt_ms;        /**< interval; from seconds unless x_unit says "ms" */
  double t0_ms;
  double *values; /**< (n_columns, n), as the file has them (no unit conversion) */
} lg_ibw_wave;

/** @brief Whether the image begins as an Igor wave does (version 1, 2, 3, 5 in either byte order, plausible type). */
bool lg_ibw_is(const unsigned char *bytes, size_t n);

/**
 * @brief Parse a wave. Free with lg_ibw_destroy().
 * @retval LG_ERR_FORMAT      damaged, truncated, checksum wrong
 * @retval LG_ERR_UNSUPPORTED text or complex waves
 */
LG_MUST_CHECK lg_status lg_ibw_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_ibw_wave *wave);

/** @brief Free the values; accepts a zeroed wave. */
void lg_ibw_destroy(lg_ctx *ctx, lg_ibw_wave *wave);

/**
 * @brief Read the pairs of waves of a folder, or those beside one file of a pair.
 *
 * Waves are paired by their file name with the channel cut out ("B6_Ch3_IDRest_181" and "B6_Ch0_IDRest_181"): of a
 * pair one is in V, mV (potential), the other in A, nA, pA (current). Pairs become sweeps in the order of the number at
 * the end of the name. A file in the folder reads all pairs of its own series (names that differ in the number only).
 *
 * @param path a folder or an .ibw file
 * @retval LG_ERR_FORMAT      no wave of potential, or the two of a pair do not fit
 */
LG_MUST_CHECK lg_status lg_ibw_read(lg_ctx *ctx, const char *path, lg_recording **out);

#endif
