/** @file culture_keep_internal.h @brief What writing and reading of a kept page share: names and order of numbers. */
#ifndef LG_TWIN_CULTURE_KEEP_INTERNAL_H
#define LG_TWIN_CULTURE_KEEP_INTERNAL_H

#include "twin/culture_keep.h"

#define CULTURE_KEPT_SCHEMA "loligo-culture-page/1"

/* clang-format off */
/** Members of a result that are numbers, in the order of the tensor "numbers". */
#define CULTURE_KEPT_NUMBERS(X)                                                   \
  X(k) X(k_low) X(k_high) X(event_half_width) X(mse_median) X(mse_bare_median)    \
  X(lambda) X(condition) X(signal) X(noise_sd) X(k_lag) X(k_euler_expected)       \
  X(masked_share) X(choice.margin)

/** Members that are counts, flags and words of a list, in the order of the tensor "counts"; each with its most. */
#define CULTURE_KEPT_COUNTS(X)                 \
  X(law, culture_law, CULTURE_LAWS - 1)        \
  X(choice.law, culture_law, CULTURE_LAWS - 1) \
  X(choice.next, culture_law, CULTURE_LAWS - 1)\
  X(law_chosen, bool, 1)                       \
  X(k_at_bound, bool, 1)                       \
  X(identifiable, bool, 1)                     \
  X(has_events, bool, 1)                       \
  X(n_small_events, size_t, 1e9)               \
  X(outside, unsigned, 255)
/* clang-format on */

#define CULTURE_KEPT_ONE(...) +1
enum {
  CULTURE_KEPT_N_NUMBERS = 0 CULTURE_KEPT_NUMBERS(CULTURE_KEPT_ONE),
  CULTURE_KEPT_N_COUNTS = 0 CULTURE_KEPT_COUNTS(CULTURE_KEPT_ONE)
};

/** Rows of tables: the columns of "cells", "edges", "fit", "events", "view" and "still". */
enum {
  CULTURE_KEPT_CELLS = 3,  /* id, area_px, is_border */
  CULTURE_KEPT_EDGES = 4,  /* i, j, u_px, l_px */
  CULTURE_KEPT_FITS = 6,   /* mse_train, mse_test, nmse, mse_bare, peaks_f1, group */
  CULTURE_KEPT_EVENTS = 3, /* cell, frame, amplitude */
  CULTURE_KEPT_VIEW = 4,   /* frame_s, pixel_um, law asked for (-1: chosen), method */
  CULTURE_KEPT_STILL = 4   /* shrink, frame_at, has_event, at_cell */
};

#endif
