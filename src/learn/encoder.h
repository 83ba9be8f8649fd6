/**
 * @file encoder.h
 * @brief The network most rooms need: Conv1d stack → LSTM → pools over time + extra features → dense stack.
 *
 * Heads (dense layers on the result) are added by the caller. The architecture has a text form that is kept in the
 * metadata of weight files, so that a file says what it is:
 *   "channels=5 conv=32:12:4,48:9:4,64:6:3 lstm=64 pool=last,mean,max features=40 dense=160,160 act=relu"
 */
#ifndef LG_LEARN_ENCODER_H
#define LG_LEARN_ENCODER_H

#include "learn/tape.h"

enum { LG_ENCODER_LAYERS = 8, LG_ENCODER_TEXT = 512 };

/** Architecture of an encoder; start from `{.channels = …}`. */
typedef struct lg_encoder_options {
  size_t channels;                   /**< of the input (B, T, channels) */
  size_t n_conv;                     /**< convolutions, each followed by act; 0 … 8 */
  lg_conv1d conv[LG_ENCODER_LAYERS]; /**< out, kernel, stride, pad of each; `in` and offsets are filled in */
  size_t lstm;                       /**< hidden units; 0: no LSTM */
  bool pool[3];                      /**< last, mean, max over time; at least one */
  size_t features;                   /**< width of the extra features (B, features); 0: none */
  size_t n_dense;                    /**< dense layers, each followed by act; 0 … 8 */
  size_t dense[LG_ENCODER_LAYERS];
  lg_act act; /**< LG_ACT_NONE means LG_ACT_RELU */
} lg_encoder_options;

/** An encoder: its options and layers. */
typedef struct lg_encoder {
  lg_encoder_options options;
  lg_conv1d conv[LG_ENCODER_LAYERS];
  lg_lstm lstm;
  lg_dense dense[LG_ENCODER_LAYERS];
  size_t width; /**< of the result (B, width) */
} lg_encoder;

/** @brief Add the layers "<prefix>.conv.0" … to the table. */
LG_MUST_CHECK lg_status lg_encoder_create(lg_ctx *ctx, lg_params *params, const char *prefix,
                                          const lg_encoder_options *options, lg_encoder *encoder);
/** @brief Fewest time steps that the convolutions accept; half of SIZE_MAX when it is that many or more. */
size_t lg_encoder_min_steps(const lg_encoder_options *options);
/** @brief Write the text form. */
LG_MUST_CHECK lg_status lg_encoder_describe(lg_ctx *ctx, const lg_encoder_options *options, char text[LG_ENCODER_TEXT]);
/** @brief Read the text form. @retval LG_ERR_FORMAT unknown key, bad number, too many layers */
LG_MUST_CHECK lg_status lg_encoder_parse(lg_ctx *ctx, const char *text, lg_encoder_options *options);

/** @brief Apply: x (B, T, channels), features (B, features) or LG_VAR_NONE → (B, width). */
lg_var lg_f32_encoder(lg_f32_tape *tape, const lg_encoder *encoder, lg_var x, lg_var features);
lg_var lg_f64_encoder(lg_f64_tape *tape, const lg_encoder *encoder, lg_var x, lg_var features);

#endif
