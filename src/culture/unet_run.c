/*
 * The network on whole images: batch norms folded into the convolutions, images kept with a frame of zeros so that a
 * convolution is three products, one per row of the kernel, over the whole image (as learn/op_image.tmpl.h has it).
 * What two layers read side by side is written side by side. A pixel hangs on no other farther than 51 px, so tiles
 * that overlap by 56 say what the whole would.
 */
#include "culture/unet.h"

#include "learn/kernels.h"

#include <math.h>
#include <string.h>

enum { OVERLAP = 56, WHOLE = 496, TILE = 224, SIDE = TILE + 2 * OVERLAP, UNITS = 4 * CULTURE_UNET_LEVELS - 2 };

/** An image with a frame of zeros, (h + 2, w + 2, c). */
typedef struct plane {
  size_t h, w, c;
  float *v;
} plane;

/* 128 MB for tiles, whatever the threads. */
#define MOST_FLOATS ((size_t)32 << 20)

/** A convolution with its batch norm inside. */
typedef struct folded {
  size_t in, out;
  float *weight, *bias;
} folded;

typedef struct painting {
  const culture_unet *net;
  const float *theta, *x;
  size_t height, width, tile_h, tile_w, step_h, step_w, across; /* tiles: (down, across) */
  float *out, *memory, *weights;
  size_t memory_each, chunk; /* tiles that share one piece of memory */
  folded unit[UNITS];
} painting;

void lg_culture_unit_fold(const float *theta, const culture_unit *u, float *weight, float *bias) {
  const size_t in = 9 * u->conv.in, out = u->conv.out;
  for (size_t o = 0; o < out; o++) {
    const double scale = (double)theta[u->norm.gain + o] / sqrt((double)theta[u->norm.variance + o] + u->norm.eps);
    for (size_t k = 0; k < in; k++) weight[k * out + o] = (float)((double)theta[u->conv.weight + k * out + o] * scale);
    bias[o] = (float)(((double)theta[u->conv.bias + o] - (double)theta[u->norm.mean + o]) * scale +
                      (double)theta[u->norm.bias + o]);
  }
}

static void fold(const float *theta, const culture_unit *u, folded *f, float **at) {
  f->in = u->conv.in, f->out = u->conv.out;
  f->weight = *at, f->bias = *at + 9 * f->in * f->out;
  *at = f->bias + f->out;
  lg_culture_unit_fold(theta, u, f->weight, f->bias);
}

/* Of the units' order: down 0.0, 0.1, 1.0 …, then up 2.0, 2.1, 1.0 … */
static lg_status fold_all(lg_ctx *ctx, painting *p) {
  lg_status status = LG_OK;
  size_t k = 0;
  LG_NEW(ctx, p->weights, p->net->params.count);
  float *at = p->weights;
  for (size_t l = 0; l < CULTURE_UNET_LEVELS; l++)
    for (size_t q = 0; q < 2; q++) fold(p->theta, &p->net->down[l][q], &p->unit[k++], &at);
  for (size_t l = CULTURE_UNET_LEVELS - 1; l-- > 0;)
    for (size_t q = 0; q < 2; q++) fold(p->theta, &p->net->up[l][q], &p->unit[k++], &at);
done:
  return status;
}

static size_t plane_count(size_t h, size_t w, size_t c) { return (h + 2) * (w + 2) * c; }

static plane make_plane(float **at, size_t h, size_t w, size_t c) {
  const plane p = {h, w, c, *at};
  *at += plane_count(h, w, c);
  memset(p.v, 0, plane_count(h, w, c) * sizeof *p.v);
  return p;
}

/* The products wrote into the frame between lines. */
static void clear_frame(const plane *p, size_t first, size_t count) {
  for (size_t y = 1; y < p->h; y++)
    for (size_t side = 0; side < 2; side++)
      memset(p->v + ((y * (p->w + 2) + p->w + 1 + side) * p->c + first), 0, count * sizeof *p->v);
}

/* Convolution, norm and ReLU into channels [first, first + out) of a plane. */
static void convolve(const folded *f, const plane *from, const plane *to, size_t first) {
  const lg_f32_kernels *kernels = lg_f32_kernels_best();
  float *c = to->v + (to->w + 3) * to->c + first;
  for (size_t ky = 0; ky < 3; ky++) {
    const lg_f32_gemm g = {.m = (from->h - 1) * (from->w + 2) + from->w,
                           .n = f->out,
                           .k = 3 * f->in,
                           .a = from->v + ky * (from->w + 2) * f->in,
                           .a_row = f->in,
                           .a_col = 1,
                           .b = f->weight + ky * 3 * f->in * f->out,
                           .b_row = f->out,
                           .d = ky ? c : f->bias,
                           .d_row = ky ? to->c : 0,
                           .c = c,
                           .c_row = to->c,
                           .relu = ky == 2};
    kernels->gemm(&g);
  }
  clear_frame(to, first, f->out);
}

/* The greatest of 2 x 2, of the first channels of a wider plane. */
static void pool(const plane *from, const plane *to) {
  for (size_t y = 0; y < to->h; y++)
    for (size_t x = 0; x < to->w; x++) {
      const float *a = from->v + ((2 * y + 1) * (from->w + 2) + 2 * x + 1) * from->c, *b = a + from->c;
      const float *c = a + (from->w + 2) * from->c, *d = c + from->c;
      float *out = to->v + ((y + 1) * (to->w + 2) + x + 1) * to->c;
      for (size_t k = 0; k < to->c; k++) {
        const float ab = a[k] > b[k] ? a[k] : b[k], cd = c[k] > d[k] ? c[k] : d[k];
        out[k] = ab > cd ? ab : cd;
      }
    }
}

/* Every pixel four times, into the channels from `first` on. */
static void enlarge(const plane *from, const plane *to, size_t first) {
  for (size_t y = 0; y < to->h; y++)
    for (size_t x = 0; x < to->w; x++)
      memcpy(to->v + ((y + 1) * (to->w + 2) + x + 1) * to->c + first,
             from->v + ((y / 2 + 1) * (from->w + 2) + x / 2 + 1) * from->c, from->c * sizeof *to->v);
}

/* Level l of n: the widths come from the folded units. */
static size_t level_count(const painting *p, size_t l) {
  const size_t h = p->tile_h >> l, w = p->tile_w >> l, own = p->unit[2 * l].out;
  const size_t below = l + 1 < CULTURE_UNET_LEVELS ? p->unit[2 * l + 2].out : 0;
  return plane_count(h, w, p->unit[2 * l].in) + 2 * plane_count(h, w, own) + plane_count(h, w, own + below);
}

/* x is in the first plane of `memory`; the result is the plane that is returned. */
static plane run_net(const painting *p, plane *first) {
  plane in[CULTURE_UNET_LEVELS], a[CULTURE_UNET_LEVELS], b[CULTURE_UNET_LEVELS], both[CULTURE_UNET_LEVELS];
  float *at = first->v + plane_count(first->h, first->w, first->c);
  const folded *u = p->unit;
  for (size_t l = 0; l < CULTURE_UNET_LEVELS; l++) {
    const size_t h = first->h >> l, w = first->w >> l, own = u[2 * l].out;
    in[l] = l ? make_plane(&at, h, w, u[2 * l].in) : *first;
    a[l] = make_plane(&at, h, w, own);
    b[l] = make_plane(&at, h, w, own);
    both[l] = make_plane(&at, h, w, own + (l + 1 < CULTURE_UNET_LEVELS ? u[2 * l + 2].out : 0));
    if (l) pool(&both[l - 1], &in[l]);
    convolve(&u[2 * l], &in[l], &a[l], 0);
    convolve(&u[2 * l + 1], &a[l], &both[l], 0);
  }
  const plane *low = &both[CULTURE_UNET_LEVELS - 1];
  for (size_t l = CULTURE_UNET_LEVELS - 1, k = 2 * CULTURE_UNET_LEVELS; l-- > 0; k += 2) {
    enlarge(low, &both[l], u[2 * l].out);
    convolve(&u[k], &both[l], &a[l], 0);
    convolve(&u[k + 1], &a[l], &b[l], 0);
    low = &b[l];
  }
  return *low;
}

/* The head of every pixel that is kept. */
static void keep(const painting *p, const plane *last, size_t y0, size_t x0, size_t top, size_t left, size_t h,
                 size_t w) {
  const lg_conv2d *head = &p->net->head;
  const float *weight = p->theta + head->weight, *bias = p->theta + head->bias;
  for (size_t y = 0; y < h; y++)
    for (size_t x = 0; x < w; x++) {
      const float *from = last->v + ((y + top + 1) * (last->w + 2) + x + left + 1) * last->c;
      float sum[CULTURE_UNET_OUT] = {bias[0], bias[1], bias[2]};
      for (size_t k = 0; k < last->c; k++)
        for (size_t o = 0; o < CULTURE_UNET_OUT; o++) sum[o] += from[k] * weight[k * CULTURE_UNET_OUT + o];
      memcpy(p->out + ((y0 + y) * p->width + x0 + x) * CULTURE_UNET_OUT, sum, sizeof sum);
    }
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* The next multiple of what pooling needs. */
static size_t whole(size_t side) { return (side + CULTURE_UNET_GRAIN - 1) / CULTURE_UNET_GRAIN * CULTURE_UNET_GRAIN; }

/* A tile starts `step` pixels after the one before; all but the outer rims of the image are seen with an overlap. */
static void span(size_t index, size_t step, size_t tile, size_t side, size_t *start, size_t *from, size_t *count) {
  *start = index * step;
  *from = index ? *start + OVERLAP : 0;
  const size_t end = *start + tile >= side ? side : *start + tile - OVERLAP;
  *count = end > *from ? end - *from : 0;
}

static lg_status run_tiles(void *user, size_t begin, size_t end, unsigned worker) {
  const painting *p = user;
  (void)worker; /* of many threads only so many work at a time as there is room for */
  for (size_t tile = begin; tile < end; tile++) {
    size_t y0, x0, y1, x1, h, w;
    float *at = p->memory + begin / p->chunk * p->memory_each;
    span(tile / p->across, p->step_h, p->tile_h, p->height, &y0, &y1, &h);
    span(tile % p->across, p->step_w, p->tile_w, p->width, &x0, &x1, &w);
    plane first = make_plane(&at, least(p->tile_h, whole(p->height - y0)), least(p->tile_w, whole(p->width - x0)),
                             CULTURE_UNET_IN);
    const size_t line = least(first.w, p->width - x0);
    for (size_t y = 0; y < first.h && y0 + y < p->height; y++)
      memcpy(first.v + ((y + 1) * (first.w + 2) + 1) * CULTURE_UNET_IN,
             p->x + ((y0 + y) * p->width + x0) * CULTURE_UNET_IN, line * CULTURE_UNET_IN * sizeof *at);
    const plane last = run_net(p, &first);
    keep(p, &last, y1, x1, y1 - y0, x1 - x0, h, w);
  }
  return LG_OK;
}

/* A side in one tile where that is small enough; tiles start at multiples of what pooling needs. Those of a large image
 * are small: a tile of 496 px takes 75 MB. */
static size_t cover(size_t side, size_t *tile, size_t *step) {
  *tile = side <= WHOLE ? whole(side) : SIDE;
  *step = side <= WHOLE ? *tile : TILE;
  return side <= WHOLE ? 1 : 1 + (side - *tile + TILE - 1) / TILE;
}

lg_status lg_culture_unet_run(lg_ctx *ctx, const culture_unet *net, const float *theta, const float *x, size_t height,
                              size_t width, float *out) {
  lg_status status = LG_OK;
  const size_t threads = lg_ctx_threads(ctx);
  painting p = {.net = net, .theta = theta, .x = x, .height = height, .width = width, .out = out};
  const size_t down = cover(height, &p.tile_h, &p.step_h);
  p.across = cover(width, &p.tile_w, &p.step_w);
  LG_TRY(fold_all(ctx, &p));
  for (size_t l = 0; l < CULTURE_UNET_LEVELS; l++) p.memory_each += level_count(&p, l);
  const size_t tiles = down * p.across, room = MOST_FLOATS / p.memory_each > 1 ? MOST_FLOATS / p.memory_each : 1;
  const size_t slots = least(least(threads, room), tiles);
  p.chunk = (tiles + slots - 1) / slots;
  LG_NEW(ctx, p.memory, slots * p.memory_each);
  LG_TRY(lg_parallel_for(ctx, tiles, p.chunk, run_tiles, &p));
done:
  lg_free(ctx, p.memory);
  lg_free(ctx, p.weights);
  return status;
}
