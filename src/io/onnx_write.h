/**
 * @file onnx_write.h
 * @brief Writer of ONNX models (protobuf, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), IR 7, opset 13.
 *
 * A graph is built call by call; the first failure sticks and is reported by lg_onnx_write(). The bytes depend only on
 * the calls. Floats are written little-endian.
 */
#ifndef LG_ONNX_WRITE_H
#define LG_ONNX_WRITE_H

#include "base/base.h"

enum { LG_ONNX_RANK = 4 };

/** One dimension of an input or output: a number, or a name for any number. */
typedef struct lg_onnx_dim {
  const char *name; /**< NULL: `value` */
  size_t value;
} lg_onnx_dim;

/** One attribute of a node: n_values whole numbers as a list, or one alone (single), or a text. */
typedef struct lg_onnx_attribute {
  const char *name;
  size_t n_values;
  int64_t values[LG_ONNX_RANK];
  bool single;
  const char *text; /**< NULL: the numbers */
} lg_onnx_attribute;

typedef struct lg_onnx lg_onnx;

LG_MUST_CHECK lg_status lg_onnx_create(lg_ctx *ctx, const char *graph, lg_onnx **out);
/** @brief Destroy; accepts NULL. */
void lg_onnx_destroy(lg_ctx *ctx, lg_onnx *model);

/** @brief A float32 input or output of the graph; rank up to LG_ONNX_RANK. */
void lg_onnx_input(lg_onnx *model, const char *name, size_t rank, const lg_onnx_dim *dims);
void lg_onnx_output(lg_onnx *model, const char *name, size_t rank, const lg_onnx_dim *dims);
/** @brief A constant of the graph (float32, int64), row-major; rank 0: one number. */
void lg_onnx_floats(lg_onnx *model, const char *name, size_t rank, const size_t *shape, const float *data);
void lg_onnx_integers(lg_onnx *model, const char *name, size_t rank, const size_t *shape, const int64_t *data);
/** @brief A node with one output; an input "" is left out, as ONNX has it. Nodes in the order of computation. */
void lg_onnx_node(lg_onnx *model, const char *op, size_t n_in, const char *const *in, const char *out,
                  size_t n_attributes, const lg_onnx_attribute *attributes);
/** @brief One entry of the model's metadata. */
void lg_onnx_metadata(lg_onnx *model, const char *key, const char *text);

/** @brief Write the model; the file appears whole or not at all. Reports what failed before. */
LG_MUST_CHECK lg_status lg_onnx_write(lg_ctx *ctx, lg_onnx *model, const char *path);

/** @brief Write one tensor (float32) as ONNX keeps its test data ("input_0.pb"). */
LG_MUST_CHECK lg_status lg_onnx_write_tensor(lg_ctx *ctx, const char *path, const char *name, size_t rank,
                                             const size_t *shape, const float *data);

#endif
