/**
 * @file frozen.h
 * @brief A frozen encoder with its head for inner loops: one sample, no tape, no allocation, thread safe.
 *
 * The same products and functions in the same order as the tape, so the same bits as lg_f32_encoder() and
 * lg_f32_dense() give. Many samples at once are better served by lg_f32_runner_predict(); frozen MLPs by mlp.h.
 */
#ifndef LG_LEARN_FROZEN_H
#define LG_LEARN_FROZEN_H

#include "learn/encoder.h"

typedef struct lg_f32_frozen lg_f32_frozen;
typedef struct lg_f64_frozen lg_f64_frozen;

/**
 * @brief Freeze an encoder and the dense layer on its result: copies the weights.
 * @param head      NULL: the encoder alone
 * @param max_steps longest sequence that will be given
 * @retval LG_ERR_RANGE  max_steps below lg_encoder_min_steps(), or a head of another width
 * @retval LG_ERR_LIMIT  sizes that overflow
 */
LG_MUST_CHECK lg_status lg_f32_frozen_create(lg_ctx *ctx, const lg_encoder *encoder, const lg_dense *head,
                                             const float *theta, size_t max_steps, lg_f32_frozen **out);
LG_MUST_CHECK lg_status lg_f64_frozen_create(lg_ctx *ctx, const lg_encoder *encoder, const lg_dense *head,
                                             const double *theta, size_t max_steps, lg_f64_frozen **out);
/** @brief Destroy; accepts NULL. */
void lg_f32_frozen_destroy(lg_ctx *ctx, lg_f32_frozen *net);
void lg_f64_frozen_destroy(lg_ctx *ctx, lg_f64_frozen *net);

/** @brief Numbers in the result. */
size_t lg_f32_frozen_width(const lg_f32_frozen *net);
size_t lg_f64_frozen_width(const lg_f64_frozen *net);
/** @brief Numbers of scratch that each thread gives to eval and jvp (lg_alloc: 64-byte aligned is fastest). */
size_t lg_f32_frozen_scratch(const lg_f32_frozen *net);
size_t lg_f64_frozen_scratch(const lg_f64_frozen *net);

/**
 * @brief y (width) of one sample.
 * @param x        (steps, channels)
 * @param features (features), NULL when the encoder has none
 * @retval LG_ERR_RANGE steps below the encoder's minimum or above max_steps; y unchanged
 */
LG_MUST_CHECK lg_status lg_f32_frozen_eval(const lg_f32_frozen *net, float *scratch, size_t steps, const float *x,
                                           const float *features, float *y);
LG_MUST_CHECK lg_status lg_f64_frozen_eval(const lg_f64_frozen *net, double *scratch, size_t steps, const double *x,
                                           const double *features, double *y);
/**
 * @brief Also dy (width) = derivative along the direction (dx, d_features); d_features NULL: zero.
 *
 * Where a maximum or ReLU has a kink, the derivative of the side that was taken.
 */
LG_MUST_CHECK lg_status lg_f32_frozen_jvp(const lg_f32_frozen *net, float *scratch, size_t steps, const float *x,
                                          const float *features, const float *dx, const float *d_features, float *y,
                                          float *dy);
LG_MUST_CHECK lg_status lg_f64_frozen_jvp(const lg_f64_frozen *net, double *scratch, size_t steps, const double *x,
                                          const double *features, const double *dx, const double *d_features, double *y,
                                          double *dy);

#endif
