/**
 * @file mlp.h
 * @brief Frozen MLPs for inner loops: no tape, no allocation, thread safe; values and directional derivatives.
 *
 * An output is four chains of fused multiply-adds over k mod 4, added as (c0 + c1) + (c2 + c3): short enough for one
 * row in tens of nanoseconds, and the same bits for one row, many rows and every instruction set. (The tape has one
 * chain per element, so its results differ from these by rounding.)
 */
#ifndef LG_LEARN_MLP_H
#define LG_LEARN_MLP_H

#include "learn/kernels.h"
#include "learn/layers.h"

/**
 * @brief Freeze dense layers: packs a copy of their weights.
 * @param acts (n_layers) what follows each layer
 * @retval LG_ERR_RANGE more than LG_MLP_LAYERS layers, wider than LG_MLP_WIDTH, or widths that do not follow
 */
LG_MUST_CHECK lg_status lg_f32_mlp_create(lg_ctx *ctx, size_t n_layers, const lg_dense *layers, const lg_act *acts,
                                          const float *theta, lg_f32_mlp **out);
LG_MUST_CHECK lg_status lg_f64_mlp_create(lg_ctx *ctx, size_t n_layers, const lg_dense *layers, const lg_act *acts,
                                          const double *theta, lg_f64_mlp **out);
/** @brief Destroy; accepts NULL. */
void lg_f32_mlp_destroy(lg_ctx *ctx, lg_f32_mlp *mlp);
void lg_f64_mlp_destroy(lg_ctx *ctx, lg_f64_mlp *mlp);

/** @brief y (n, out) of x (n, in). */
void lg_f32_mlp_eval(const lg_f32_mlp *mlp, size_t n, const float *x, float *y);
void lg_f64_mlp_eval(const lg_f64_mlp *mlp, size_t n, const double *x, double *y);
/** @brief The same numbers features first: y (out, stride) of x (in, stride), n <= stride rows of them. */
void lg_f32_mlp_columns(const lg_f32_mlp *mlp, size_t n, size_t stride, const float *x, float *y);
void lg_f64_mlp_columns(const lg_f64_mlp *mlp, size_t n, size_t stride, const double *x, double *y);
/** @brief Also dy (n, out) = Jacobian(x) · dx (n, in), row by row. */
void lg_f32_mlp_jvp(const lg_f32_mlp *mlp, size_t n, const float *x, const float *dx, float *y, float *dy);
void lg_f64_mlp_jvp(const lg_f64_mlp *mlp, size_t n, const double *x, const double *dx, double *y, double *dy);

#endif
