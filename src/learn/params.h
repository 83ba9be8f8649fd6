/**
 * @file params.h
 * @brief The table of a network's parameters: names and shapes over ONE flat vector.
 *
 * Optimisers, files and reductions over machines see only the flat vector; layers hold offsets into it. The table does
 * not depend on the precision.
 */
#ifndef LG_LEARN_PARAMS_H
#define LG_LEARN_PARAMS_H

#include "base/base.h"

enum { LG_PARAM_NAME = 56, LG_PARAM_RANK = 4 };

/** How a tensor starts. */
typedef enum lg_init {
  LG_INIT_UNIFORM = 0, /**< uniform in ±scale (PyTorch: 1/sqrt(fan-in)) */
  LG_INIT_CONSTANT = 1 /**< all elements = scale */
} lg_init;

/** One tensor of the network. */
typedef struct lg_param {
  char name[LG_PARAM_NAME]; /**< "conv.0.weight" */
  size_t rank, shape[LG_PARAM_RANK];
  size_t offset, count; /**< elements [offset, offset + count) of the flat vector */
  size_t rows, cols;    /**< the tensor as a matrix, of which backward needs the transpose; 0 when it does not */
  lg_init init;
  double scale;
  bool buffer; /**< not trained: running statistics; its "gradient" is their new value (batch norm) */
} lg_param;

/** The table. Start with `{0}`, add by creating layers, end with lg_params_clear(). */
typedef struct lg_params {
  lg_param *items;
  size_t n, capacity;
  size_t count; /**< length of the flat vector */
} lg_params;

/**
 * @brief Append a tensor; name, rank, shape, rows, cols, init, scale and buffer are taken from `param`.
 * @param[out] offset where it starts in the flat vector
 * @retval LG_ERR_ARGUMENT empty or double name, rank 0 or above 4
 * @retval LG_ERR_LIMIT    a size that overflows
 */
LG_MUST_CHECK lg_status lg_params_add(lg_ctx *ctx, lg_params *params, const lg_param *param, size_t *offset);

/** @brief Free the table; accepts NULL and an empty table. */
void lg_params_clear(lg_ctx *ctx, lg_params *params);

/** @brief Entry by name, NULL when there is none. */
const lg_param *lg_params_find(const lg_params *params, const char *name);

#endif
