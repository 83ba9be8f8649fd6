/**
 * @file tape.h
 * @brief Reverse-mode differentiation: one arena tape, about twenty operations, for float and double.
 *
 * A variable is an index. Operations run at once and are recorded; lg_f32_backward() walks back and adds to the flat
 * gradient. The first error sticks to the tape, later operations do nothing, and lg_f32_tape_check() reports it once.
 * Operations never allocate: a tape whose arena is full says so, lg_f32_tape_run() grows it and builds again.
 * Shapes: (B, C) rows, (B, T, C) sequences, (B, H, W, C) images, channels last.
 */
#ifndef LG_LEARN_TAPE_H
#define LG_LEARN_TAPE_H

#include "learn/kernels.h"
#include "learn/layers.h"

/** Index of a variable on a tape; LG_VAR_NONE after an error. */
typedef uint32_t lg_var;
#define LG_VAR_NONE ((lg_var)0)

enum { LG_TAPE_RANK = 4, LG_TAPE_INPUTS = 8, LG_JET_DIRECTIONS = 3 };

/** Pooling over time. */
typedef enum lg_pool_kind { LG_POOL_LAST = 0, LG_POOL_MEAN = 1, LG_POOL_MAX = 2 } lg_pool_kind;

#include "learn/real_f32.h"

#include "learn/tape.tmpl.h"

#include "learn/real_f64.h"

#include "learn/tape.tmpl.h"

#endif
