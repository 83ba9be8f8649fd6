/**
 * @file layers.h
 * @brief Layers: plain structs of sizes and offsets into the flat parameter vector.
 *
 * `lg_<layer>_create` adds the layer's tensors to the table; `lg_f32_<layer>` / `lg_f64_<layer>` (tape.h) apply it.
 * Weights are stored input-major (rows = inputs, columns = outputs), channels last everywhere.
 */
#ifndef LG_LEARN_LAYERS_H
#define LG_LEARN_LAYERS_H

#include "learn/params.h"

/** y = x W + b. weight (in, out), bias (out). */
typedef struct lg_dense {
  size_t in, out, weight, bias;
} lg_dense;

/** Convolution over time; weight (k, in, out), bias (out). T_out = (T + 2 pad - k) / stride + 1. */
typedef struct lg_conv1d {
  size_t in, out, kernel, stride, pad, weight, bias;
} lg_conv1d;

/** Convolution over an image; weight (ky, kx, in, out), bias (out). */
typedef struct lg_conv2d {
  size_t in, out, kernel, stride, pad, weight, bias;
} lg_conv2d;

/** LSTM, gates i f g o; w_input (in, 4h), w_hidden (h, 4h), bias (4h). */
typedef struct lg_lstm {
  size_t in, hidden, w_input, w_hidden, bias;
} lg_lstm;

/** GRU, gates r z n; w_input (in, 3h), w_hidden (h, 3h), bias (3h), bias_hidden (h; inside r·(…)). */
typedef struct lg_gru {
  size_t in, hidden, w_input, w_hidden, bias, bias_hidden;
} lg_gru;

/** Layer or batch norm over the last dimension; gain (c), bias (c); batch norm: running mean and variance (c). */
typedef struct lg_norm {
  size_t c, gain, bias, mean, variance;
  double eps;
} lg_norm;

/* Names of the tensors are "<name>.weight" and so on. Errors as lg_params_add(). */
LG_MUST_CHECK lg_status lg_dense_create(lg_ctx *ctx, lg_params *params, const char *name, size_t in, size_t out,
                                        lg_dense *layer);
/** @brief @param kernel, stride ≥ 1; pad zeros on both sides. */
LG_MUST_CHECK lg_status lg_conv1d_create(lg_ctx *ctx, lg_params *params, const char *name, const lg_conv1d *shape,
                                         lg_conv1d *layer);
LG_MUST_CHECK lg_status lg_conv2d_create(lg_ctx *ctx, lg_params *params, const char *name, const lg_conv2d *shape,
                                         lg_conv2d *layer);
LG_MUST_CHECK lg_status lg_lstm_create(lg_ctx *ctx, lg_params *params, const char *name, size_t in, size_t hidden,
                                       lg_lstm *layer);
LG_MUST_CHECK lg_status lg_gru_create(lg_ctx *ctx, lg_params *params, const char *name, size_t in, size_t hidden,
                                      lg_gru *layer);
LG_MUST_CHECK lg_status lg_layer_norm_create(lg_ctx *ctx, lg_params *params, const char *name, size_t c,
                                             lg_norm *layer);
LG_MUST_CHECK lg_status lg_batch_norm_create(lg_ctx *ctx, lg_params *params, const char *name, size_t c,
                                             lg_norm *layer);

#endif
