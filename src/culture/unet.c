#include "culture/unet.h"

#include "base/elementary.h"
#include "culture/blur.h"

#include <math.h>
#include <string.h>

static const size_t widths[CULTURE_UNET_LEVELS] = {16, 32, 48, 64};

void lg_culture_unet_clear(lg_ctx *ctx, culture_unet *net) {
  lg_params_clear(ctx, &net->params);
  memset(net, 0, sizeof *net);
}

static lg_status make_unit(lg_ctx *ctx, lg_params *params, const char *name, size_t in, size_t out, culture_unit *u) {
  char full[64];
  (void)snprintf(full, sizeof full, "%s.conv", name);
  const lg_conv2d shape = {.in = in, .out = out, .kernel = 3, .stride = 1, .pad = 1};
  const lg_status status = lg_conv2d_create(ctx, params, full, &shape, &u->conv);
  if (status != LG_OK) return status;
  (void)snprintf(full, sizeof full, "%s.norm", name);
  return lg_batch_norm_create(ctx, params, full, out, &u->norm);
}

static lg_status make_pair(lg_ctx *ctx, lg_params *params, const char *way, size_t level, size_t in, size_t out,
                           culture_unit units[2]) {
  char name[32];
  for (size_t k = 0; k < 2; k++) {
    (void)snprintf(name, sizeof name, "%s.%zu.%zu", way, level, k);
    const lg_status status = make_unit(ctx, params, name, k ? out : in, out, &units[k]);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

lg_status lg_culture_unet_create(lg_ctx *ctx, culture_unet *net) {
  lg_status status = LG_OK;
  const lg_conv2d head = {.in = widths[0], .out = CULTURE_UNET_OUT, .kernel = 1, .stride = 1};
  memset(net, 0, sizeof *net);
  for (size_t l = 0; l < CULTURE_UNET_LEVELS; l++)
    LG_TRY(make_pair(ctx, &net->params, "down", l, l ? widths[l - 1] : CULTURE_UNET_IN, widths[l], net->down[l]));
  for (size_t l = CULTURE_UNET_LEVELS - 1; l-- > 0;)
    LG_TRY(make_pair(ctx, &net->params, "up", l, widths[l] + widths[l + 1], widths[l], net->up[l]));
  LG_TRY(lg_conv2d_create(ctx, &net->params, "head", &head, &net->head));
done:
  if (status != LG_OK) lg_culture_unet_clear(ctx, net);
  return status;
}

static lg_var apply(lg_f32_tape *tape, const culture_unit units[2], lg_var x) {
  for (int k = 0; k < 2; k++) {
    x = lg_f32_conv2d(tape, &units[k].conv, x, LG_ACT_NONE);
    x = lg_f32_act(tape, lg_f32_batch_norm(tape, &units[k].norm, x), LG_ACT_RELU);
  }
  return x;
}

lg_var lg_culture_unet_output(lg_f32_tape *tape, const culture_unet *net, lg_var x) {
  lg_var skip[CULTURE_UNET_LEVELS];
  for (size_t l = 0; l < CULTURE_UNET_LEVELS; l++) {
    if (l) x = lg_f32_pool_image(tape, x, 2);
    skip[l] = x = apply(tape, net->down[l], x);
  }
  for (size_t l = CULTURE_UNET_LEVELS - 1; l-- > 0;) {
    const lg_var both[2] = {skip[l], lg_f32_upsample_image(tape, x, 2)};
    x = apply(tape, net->up[l], lg_f32_concat(tape, 2, both));
  }
  return lg_f32_conv2d(tape, &net->head, x, LG_ACT_NONE);
}

/* How far pixels lie from what is around them, in local standard deviations. A quarter of the image's own deviation is
 * the least: where nothing is, noise stays small. @param block (3 n and what a blur needs) */
static void even(const culture_blur *wide, const float *from, size_t h, size_t w, float *block, float *to) {
  const size_t n = h * w;
  float *mean = block, *square = block + n, *scratch = block + 2 * n;
  double sum = 0.0, squares = 0.0;
  for (size_t k = 0; k < n; k++) sum += (double)from[k];
  const float middle = (float)(sum / (double)n);
  for (size_t k = 0; k < n; k++) {
    const float x = from[k] - middle;
    squares += (double)(x * x);
    mean[k] = x, square[k] = x * x;
  }
  const float least = (float)(squares / (double)n / 16.0);
  lg_culture_blur(wide, h, w, mean, mean, scratch);
  lg_culture_blur(wide, h, w, square, square, scratch);
  for (size_t k = 0; k < n; k++) {
    float variance = square[k] - mean[k] * mean[k];
    variance = variance > least ? variance : least;
    const float z = variance > 0.0f ? (from[k] - middle - mean[k]) / sqrtf(variance) : 0.0f;
    to[CULTURE_UNET_IN * k] = ((z < -3.0f ? -3.0f : z > 3.0f ? 3.0f : z) + 3.0f) / 3.0f;
  }
}

void lg_culture_unet_correlation(float *r, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const double x = fmin(fmax((double)r[k], -0.9999), 0.9999);
    r[k] = (float)(0.5 * lg_ln((1.0 + x) / (1.0 - x)));
  }
}

lg_status lg_culture_unet_input(lg_ctx *ctx, const float *a, const float *b, size_t height, size_t width, float *x) {
  lg_status status = LG_OK;
  const culture_blur wide = lg_culture_blur_make(20.0);
  float *block = NULL;
  LG_NEW(ctx, block, 3 * height * width + width + 2 * CULTURE_BLUR_MOST);
  even(&wide, a, height, width, block, x);
  if (b == a)
    for (size_t k = 0; k < height * width; k++) x[2 * k + 1] = x[2 * k];
  else even(&wide, b, height, width, block, x + 1);
done:
  lg_free(ctx, block);
  return status;
}
