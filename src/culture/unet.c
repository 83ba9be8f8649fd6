#include "culture/unet.h"

#include <stdlib.h>
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

static int ascending(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

lg_status lg_culture_unet_input(lg_ctx *ctx, const float *a, const float *b, size_t n, float *x) {
  lg_status status = LG_OK;
  float *sorted = NULL;
  const float *const channel[2] = {a, b};
  LG_NEW(ctx, sorted, n);
  for (size_t c = 0; c < 2; c++) {
    memcpy(sorted, channel[c], n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    const float low = sorted[n / 100], high = sorted[n - 1 - n / 100];
    const float scale = high > low ? 1.0f / (high - low) : 0.0f;
    for (size_t k = 0; k < n; k++) x[2 * k + c] = (channel[c][k] - low) * scale;
  }
done:
  lg_free(ctx, sorted);
  return status;
}

/* ---- whole images ------------------------------------------------------------------------------------------ */

enum { TILE = 288, OVERLAP = 24 };

/* Pixel k of n, mirrored beyond the ends. */
static size_t mirror(ptrdiff_t k, size_t n) {
  const ptrdiff_t period = 2 * (ptrdiff_t)n;
  k %= period;
  if (k < 0) k += period;
  return (size_t)(k < (ptrdiff_t)n ? k : period - 1 - k);
}

typedef struct painting {
  const culture_unet *net;
  const float *theta, *x;
  size_t height, width, tile_h, tile_w, across; /* tiles: (down, across) */
  float *out, *patch;                           /* (workers, tile, tile, 2) */
  lg_f32_tape **tapes;
} painting;

static void keep_middle(const painting *p, size_t tile, const float *y) {
  const size_t step_h = p->tile_h - 2 * OVERLAP, step_w = p->tile_w - 2 * OVERLAP;
  const size_t y0 = tile / p->across * step_h, x0 = tile % p->across * step_w;
  for (size_t r = 0; r < step_h && y0 + r < p->height; r++)
    for (size_t c = 0; c < step_w && x0 + c < p->width; c++)
      memcpy(p->out + ((y0 + r) * p->width + x0 + c) * CULTURE_UNET_OUT,
             y + ((r + OVERLAP) * p->tile_w + c + OVERLAP) * CULTURE_UNET_OUT, CULTURE_UNET_OUT * sizeof *y);
}

static lg_status run_tiles(void *user, size_t begin, size_t end, unsigned worker) {
  const painting *p = user;
  const size_t step_h = p->tile_h - 2 * OVERLAP, step_w = p->tile_w - 2 * OVERLAP;
  float *patch = p->patch + worker * p->tile_h * p->tile_w * CULTURE_UNET_IN;
  lg_f32_tape *tape = p->tapes[worker];
  for (size_t tile = begin; tile < end; tile++) {
    const ptrdiff_t y0 = (ptrdiff_t)(tile / p->across * step_h) - OVERLAP;
    const ptrdiff_t x0 = (ptrdiff_t)(tile % p->across * step_w) - OVERLAP;
    for (size_t r = 0; r < p->tile_h; r++)
      for (size_t c = 0; c < p->tile_w; c++)
        memcpy(patch + (r * p->tile_w + c) * CULTURE_UNET_IN,
               p->x + (mirror(y0 + (ptrdiff_t)r, p->height) * p->width + mirror(x0 + (ptrdiff_t)c, p->width)) *
                          CULTURE_UNET_IN,
               CULTURE_UNET_IN * sizeof *patch);
    const size_t dim[4] = {1, p->tile_h, p->tile_w, CULTURE_UNET_IN};
    lg_f32_tape_reset(tape);
    const lg_var y = lg_culture_unet_output(tape, p->net, lg_f32_input(tape, 4, dim, patch, false));
    if (y == LG_VAR_NONE) return LG_ERR_MEMORY;
    keep_middle(p, tile, lg_f32_node_of(tape, y)->v);
  }
  return LG_OK;
}

static size_t whole_tile(size_t side) {
  const size_t needed = side + 2 * OVERLAP, most = TILE + 2 * OVERLAP;
  const size_t tile = needed < most ? needed : most;
  return (tile + CULTURE_UNET_GRAIN - 1) / CULTURE_UNET_GRAIN * CULTURE_UNET_GRAIN;
}

lg_status lg_culture_unet_run(lg_ctx *ctx, const culture_unet *net, const float *theta, const float *x, size_t height,
                              size_t width, float *out) {
  lg_status status = LG_OK;
  const unsigned workers = lg_ctx_threads(ctx);
  painting p = {.net = net, .theta = theta, .x = x, .height = height, .width = width, .out = out};
  p.tile_h = whole_tile(height), p.tile_w = whole_tile(width);
  const size_t step_h = p.tile_h - 2 * OVERLAP, step_w = p.tile_w - 2 * OVERLAP;
  p.across = (width + step_w - 1) / step_w;
  const size_t tiles = (height + step_h - 1) / step_h * p.across;
  LG_NEW(ctx, p.patch, workers * p.tile_h * p.tile_w * CULTURE_UNET_IN);
  LG_NEW(ctx, p.tapes, workers);
  for (unsigned w = 0; w < workers && w < tiles; w++) {
    LG_TRY(lg_f32_tape_create(ctx, p.tile_h * p.tile_w * 3200, &p.tapes[w]));
    lg_f32_tape_bind(p.tapes[w], theta, NULL, NULL);
  }
  for (;;) { /* once more with a larger arena where the first was too small */
    bool short_of_room = false;
    status = lg_parallel_for(ctx, tiles, 1, run_tiles, &p);
    for (unsigned w = 0; w < workers; w++) short_of_room = short_of_room || (p.tapes[w] && p.tapes[w]->exhausted);
    if (!short_of_room) break;
    for (unsigned w = 0; w < workers; w++)
      if (p.tapes[w]) LG_TRY(lg_f32_tape_grow(ctx, p.tapes[w]));
  }
  for (unsigned w = 0; status == LG_OK && w < workers; w++)
    if (p.tapes[w]) LG_TRY(lg_f32_tape_check(ctx, p.tapes[w]));
done:
  for (unsigned w = 0; p.tapes && w < workers; w++) lg_f32_tape_destroy(ctx, p.tapes[w]);
  lg_free(ctx, p.tapes);
  lg_free(ctx, p.patch);
  return status;
}
