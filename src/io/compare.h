/**
 * @file compare.h
 * @brief Compare two results by value: JSON trees, CSV tables, .npy, HDF5 (NWB), folders of them. Provenance and times
 * do not count.
 */
#ifndef LG_COMPARE_H
#define LG_COMPARE_H

#include "base/base.h"

typedef struct lg_compare_opts {
  double rtol, atol; /**< numbers a, b are equal when |a - b| <= atol + rtol * max(|a|, |b|); 0, 0: same bits */
  const char *const *ignored; /**< keys and columns that do not count, beside provenance and times */
  size_t n_ignored;
} lg_compare_opts;

/** One difference, in words: where ("parameters.C.value", "column v_mV"), and what stands in a and in b. */
typedef void (*lg_difference_fn)(void *user, const char *where, const char *a, const char *b);

typedef struct lg_compare_report {
  size_t n_values;      /**< numbers, texts and cells compared */
  size_t n_different;   /**< of them, not equal (missing ones included) */
  double largest_delta; /**< largest |a - b| among numbers, equal or not */
} lg_compare_report;

/**
 * @brief Compare two files, or two folders file by file (JSON, CSV, .npy and HDF5 by value; of others only the names).
 *
 * Left out are the object "provenance", lines that begin with '#', and times: keys that end in _utc, and elapsed_s,
 * wall_s, cpu_s, timing.
 * @param fn called for each difference; a CSV column is one difference
 * @retval LG_ERR_IO          one cannot be opened
 * @retval LG_ERR_FORMAT      one is damaged, or they are of different kinds
 * @retval LG_ERR_UNSUPPORTED none of these formats
 */
LG_MUST_CHECK lg_status lg_compare(lg_ctx *ctx, const char *a, const char *b, const lg_compare_opts *opts,
                                   lg_difference_fn fn, void *user, lg_compare_report *report);

#endif
