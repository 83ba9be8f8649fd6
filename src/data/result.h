/** @file result.h @brief How results of the public interface are filled. */
#ifndef LG_DATA_RESULT_H
#define LG_DATA_RESULT_H

#include "base/base.h"

#include <loligo/result.h>

LG_MUST_CHECK lg_status lg_result_create(lg_ctx *ctx, lg_result **out);

/** @brief Let the result own an object that arrays lie in. Without memory the object is destroyed at once. */
LG_MUST_CHECK lg_status lg_result_keep(lg_ctx *ctx, lg_result *result, void *object,
                                       void (*destroy)(lg_ctx *ctx, void *object));

/** @brief Name an array that lies in a kept object. The name is copied. */
LG_MUST_CHECK lg_status lg_result_lend(lg_ctx *ctx, lg_result *result, const char *name, lg_array_type type,
                                       size_t n_dims, const size_t *shape, const void *data);
/** @brief One dimension of doubles. */
LG_MUST_CHECK lg_status lg_result_lend_row(lg_ctx *ctx, lg_result *result, const char *name, size_t n,
                                           const double *data);

/** @brief Make an array of zeros to fill; *data is NULL when a dimension is 0. */
LG_MUST_CHECK lg_status lg_result_add(lg_ctx *ctx, lg_result *result, const char *name, lg_array_type type,
                                      size_t n_dims, const size_t *shape, void **data);

/** A text that is being written. Start from `{0}`; lg_result_text_end() or lg_result_text_drop() ends it. */
typedef struct lg_result_writer {
  char *text;
  size_t n;
  FILE *stream;
} lg_result_writer;

LG_MUST_CHECK lg_status lg_result_text_begin(lg_ctx *ctx, lg_result_writer *w);
/** @brief Keep what was written under this name. */
LG_MUST_CHECK lg_status lg_result_text_end(lg_ctx *ctx, lg_result *result, const char *name, lg_result_writer *w);
/** @brief Forget it; fine after the end, too. */
void lg_result_text_drop(lg_result_writer *w);

#endif
