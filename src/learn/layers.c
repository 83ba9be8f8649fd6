#include "learn/layers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Add "<name>.<part>"; a matrix when cols > 0. */
static lg_status add(lg_ctx *ctx, lg_params *params, const char *name, const char *part, lg_param param,
                     size_t *offset) {
  const int n = snprintf(param.name, sizeof param.name, "%s.%s", name, part);
  if (n < 0 || (size_t)n >= sizeof param.name)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%s.%s: name longer than %d", name, part, LG_PARAM_NAME - 1);
  return lg_params_add(ctx, params, &param, offset);
}

static lg_param matrix(size_t rows, size_t cols, double scale) {
  return (lg_param){.rank = 2, .shape = {rows, cols}, .rows = rows, .cols = cols, .scale = scale};
}

static lg_param vector(size_t count, lg_init init, double scale) {
  return (lg_param){.rank = 1, .shape = {count}, .init = init, .scale = scale};
}

static double inverse_root(size_t n) { return n > 0 ? 1.0 / sqrt((double)n) : 0.0; }

lg_status lg_dense_create(lg_ctx *ctx, lg_params *params, const char *name, size_t in, size_t out, lg_dense *layer) {
  lg_status status = LG_OK;
  const double bound = inverse_root(in);
  *layer = (lg_dense){.in = in, .out = out};
  LG_TRY(add(ctx, params, name, "weight", matrix(in, out, bound), &layer->weight));
  LG_TRY(add(ctx, params, name, "bias", vector(out, LG_INIT_UNIFORM, bound), &layer->bias));
done:
  return status;
}

lg_status lg_conv1d_create(lg_ctx *ctx, lg_params *params, const char *name, const lg_conv1d *shape, lg_conv1d *layer) {
  lg_status status = LG_OK;
  *layer = *shape;
  if (shape->stride == 0 || shape->kernel == 0 || shape->in == 0 || shape->pad >= shape->kernel)
    return lg_fail(ctx, LG_ERR_RANGE, "%s: kernel %zu, stride %zu, pad %zu, channels %zu; 1 or more, pad < kernel",
                   name, shape->kernel, shape->stride, shape->pad, shape->in);
  size_t fan = 0;
  if (!lg_mul_size(shape->kernel, shape->in, &fan)) return lg_fail(ctx, LG_ERR_LIMIT, "%s is too large", name);
  const double bound = inverse_root(fan);
  LG_TRY(add(
      ctx, params, name, "weight",
      (lg_param){
          .rank = 3, .shape = {shape->kernel, shape->in, shape->out}, .rows = fan, .cols = shape->out, .scale = bound},
      &layer->weight));
  LG_TRY(add(ctx, params, name, "bias", vector(shape->out, LG_INIT_UNIFORM, bound), &layer->bias));
done:
  return status;
}

lg_status lg_conv2d_create(lg_ctx *ctx, lg_params *params, const char *name, const lg_conv2d *shape, lg_conv2d *layer) {
  lg_status status = LG_OK;
  *layer = *shape;
  if (shape->stride == 0 || shape->kernel == 0 || shape->in == 0 || shape->pad >= shape->kernel)
    return lg_fail(ctx, LG_ERR_RANGE, "%s: kernel %zu, stride %zu, pad %zu, channels %zu; 1 or more, pad < kernel",
                   name, shape->kernel, shape->stride, shape->pad, shape->in);
  size_t fan = 0;
  if (!lg_mul_size(shape->kernel, shape->in, &fan) || !lg_mul_size(shape->kernel, fan, &fan))
    return lg_fail(ctx, LG_ERR_LIMIT, "%s is too large", name);
  const double bound = inverse_root(fan);
  LG_TRY(add(ctx, params, name, "weight",
             (lg_param){.rank = 4,
                        .shape = {shape->kernel, shape->kernel, shape->in, shape->out},
                        .rows = fan,
                        .cols = shape->out,
                        .scale = bound},
             &layer->weight));
  LG_TRY(add(ctx, params, name, "bias", vector(shape->out, LG_INIT_UNIFORM, bound), &layer->bias));
done:
  return status;
}

lg_status lg_lstm_create(lg_ctx *ctx, lg_params *params, const char *name, size_t in, size_t hidden, lg_lstm *layer) {
  lg_status status = LG_OK;
  size_t gates = 0;
  const double bound = inverse_root(hidden);
  *layer = (lg_lstm){.in = in, .hidden = hidden};
  if (!lg_mul_size(4, hidden, &gates)) return lg_fail(ctx, LG_ERR_LIMIT, "%s is too large", name);
  LG_TRY(add(ctx, params, name, "w_input", matrix(in, gates, bound), &layer->w_input));
  LG_TRY(add(ctx, params, name, "w_hidden", matrix(hidden, gates, bound), &layer->w_hidden));
  LG_TRY(add(ctx, params, name, "bias", vector(gates, LG_INIT_UNIFORM, bound), &layer->bias));
done:
  return status;
}

lg_status lg_gru_create(lg_ctx *ctx, lg_params *params, const char *name, size_t in, size_t hidden, lg_gru *layer) {
  lg_status status = LG_OK;
  size_t gates = 0;
  const double bound = inverse_root(hidden);
  *layer = (lg_gru){.in = in, .hidden = hidden};
  if (!lg_mul_size(3, hidden, &gates)) return lg_fail(ctx, LG_ERR_LIMIT, "%s is too large", name);
  LG_TRY(add(ctx, params, name, "w_input", matrix(in, gates, bound), &layer->w_input));
  LG_TRY(add(ctx, params, name, "w_hidden", matrix(hidden, gates, bound), &layer->w_hidden));
  LG_TRY(add(ctx, params, name, "bias", vector(gates, LG_INIT_UNIFORM, bound), &layer->bias));
  LG_TRY(add(ctx, params, name, "bias_hidden", vector(hidden, LG_INIT_UNIFORM, bound), &layer->bias_hidden));
done:
  return status;
}

lg_status lg_layer_norm_create(lg_ctx *ctx, lg_params *params, const char *name, size_t c, lg_norm *layer) {
  lg_status status = LG_OK;
  *layer = (lg_norm){.c = c, .eps = 1e-5};
  LG_TRY(add(ctx, params, name, "gain", vector(c, LG_INIT_CONSTANT, 1.0), &layer->gain));
  LG_TRY(add(ctx, params, name, "bias", vector(c, LG_INIT_CONSTANT, 0.0), &layer->bias));
done:
  return status;
}

lg_status lg_batch_norm_create(lg_ctx *ctx, lg_params *params, const char *name, size_t c, lg_norm *layer) {
  lg_status status = LG_OK;
  lg_param mean = vector(c, LG_INIT_CONSTANT, 0.0), variance = vector(c, LG_INIT_CONSTANT, 1.0);
  mean.buffer = variance.buffer = true;
  LG_TRY(lg_layer_norm_create(ctx, params, name, c, layer));
  LG_TRY(add(ctx, params, name, "running_mean", mean, &layer->mean));
  LG_TRY(add(ctx, params, name, "running_variance", variance, &layer->variance));
done:
  return status;
}
