/*
 * Pieces of one cell move together: their differences in time agree but for noise, over two frames (events) and over
 * twenty (what is left where there are none). Pieces of two cells do not, even where coupling makes their levels alike.
 * Where nothing moves, the relief decides.
 */
#include "culture/identify.h"
#include "culture/watershed_internal.h"

#include <math.h>
#include <string.h>

/* Frames of the differences; correlation from which pieces are one; how deep a valley may be between them, in h, where
 * short differences tell and where only long ones do; how much more than noise a difference must move to tell. */
enum { LAGS = 2, SHORT = 0, LONG = 1 };
static const size_t lag[LAGS] = {2, 20};
static const double least_alike = 0.7, deepest[LAGS] = {3.0, 1.5}, least_signal = 5.0;

typedef struct piece {
  double pixels;
  double noise, spread[LAGS]; /* variances: of a frame's noise, of differences without it */
  float peak;
  uint32_t root;
} piece;

typedef struct touch {
  uint32_t i, j; /* roots, i < j; i == j: joined */
  uint32_t length;
  float saddle;
  double score; /* above 0: may be joined; the greatest first */
} touch;

typedef struct joining {
  size_t n, n_times, n_touches;
  piece *piece;  /* (n + 1) by label */
  double *sum;   /* (n_times, n) of pixels */
  double *trace; /* (n, n_times) of the means */
  touch *touch;
  double *scratch; /* (3 n_times) */
  double h;
  bool telling; /* there are frames enough */
} joining;

static uint32_t root_of(piece *p, uint32_t k) {
  while (p[k].root != k) k = p[k].root = p[p[k].root].root;
  return k;
}

/* Of x[t + step] - x[t]. */
static double difference_mean(const double *x, size_t n, size_t step) {
  double sum = 0.0;
  for (size_t t = 0; t < step; t++) sum += x[n - step + t] - x[t];
  return sum / (double)(n - step);
}

/* A piece's mean trace, and what its differences say beyond noise. */
static void look_at(joining *w, uint32_t k) {
  piece *p = &w->piece[k];
  double *x = w->trace + (size_t)(k - 1) * w->n_times;
  for (size_t t = 0; t < w->n_times; t++) x[t] = w->sum[t * w->n + k - 1] / p->pixels;
  const double noise = lg_culture_noise(x, w->n_times, w->scratch);
  p->noise = noise * noise;
  for (int q = 0; q < LAGS; q++) {
    const size_t rows = w->n_times - lag[q];
    const double mean = difference_mean(x, w->n_times, lag[q]);
    double square = 0.0;
    for (size_t t = 0; t < rows; t++) {
      const double d = x[t + lag[q]] - x[t] - mean;
      square += d * d / (double)rows;
    }
    p->spread[q] = fmax(square - 2.0 * p->noise, 1e-300);
  }
}

/* Correlation of two pieces' differences without noise. */
static double alike(const joining *w, uint32_t i, uint32_t j, int which) {
  const double *x = w->trace + (size_t)(i - 1) * w->n_times, *y = w->trace + (size_t)(j - 1) * w->n_times;
  const size_t step = lag[which], rows = w->n_times - step;
  const double of_x = difference_mean(x, w->n_times, step), of_y = difference_mean(y, w->n_times, step);
  double product = 0.0;
  for (size_t t = 0; t < rows; t++) product += (x[t + step] - x[t] - of_x) * (y[t + step] - y[t] - of_y);
  return product / (double)rows / sqrt(w->piece[i].spread[which] * w->piece[j].spread[which]);
}

static bool tells(const joining *w, const touch *e, int which) {
  const piece *a = &w->piece[e->i], *b = &w->piece[e->j];
  return w->telling && a->spread[which] > least_signal * 2.0 * a->noise &&
         b->spread[which] > least_signal * 2.0 * b->noise;
}

static void score(joining *w, touch *e) {
  const double apart = (double)fminf(w->piece[e->i].peak, w->piece[e->j].peak) - (double)e->saddle;
  e->score = -1.0;
  if (e->length < 2) return;
  if (!tells(w, e, LONG) && !tells(w, e, SHORT)) {
    e->score = w->h - apart; /* at most h: after those that move together */
    return;
  }
  const bool quick = tells(w, e, SHORT);
  double agree = alike(w, e->i, e->j, LONG);
  if (quick) agree = 0.5 * (agree + alike(w, e->i, e->j, SHORT));
  if (agree > least_alike && apart < deepest[quick ? SHORT : LONG] * w->h) e->score = 10.0 + agree;
}

static lg_status take_touches(lg_ctx *ctx, joining *w, const lg_culture_masks *m, const float *relief) {
  lg_status status = LG_OK;
  const size_t width = m->width;
  size_t room = 16 * w->n + 64, slots = 1;
  uint32_t *table = NULL; /* open addressing: touch + 1 */
  while (slots < 4 * room) slots *= 2;
  LG_NEW(ctx, w->touch, room);
  LG_NEW(ctx, table, slots);
  for (size_t k = 0; k < m->height * width; k++)
    for (int side = 0; side < 2; side++) {
      if (side ? k / width + 1 == m->height : k % width + 1 == width) continue;
      const size_t other = side ? k + width : k + 1;
      const uint32_t a = m->label[k], b = m->label[other];
      if (a == b || !a || !b) continue;
      const uint32_t i = a < b ? a : b, j = a < b ? b : a;
      size_t at = (i * (size_t)2654435761u + j * (size_t)40503u) & (slots - 1);
      while (table[at] && (w->touch[table[at] - 1].i != i || w->touch[table[at] - 1].j != j))
        at = (at + 1) & (slots - 1);
      const float height = fminf(relief[k], relief[other]);
      if (!table[at]) {
        if (w->n_touches == room) LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "more than %zu borders of pieces", room));
        w->touch[w->n_touches] = (touch){.i = i, .j = j, .saddle = height};
        table[at] = (uint32_t)++w->n_touches;
      }
      touch *e = &w->touch[table[at] - 1];
      e->length++, e->saddle = fmaxf(e->saddle, height);
    }
done:
  lg_free(ctx, table);
  return status;
}

/* j becomes part of i: sums, peak, borders. */
static void join(joining *w, uint32_t i, uint32_t j, uint32_t *seen) {
  w->piece[j].root = i;
  w->piece[i].pixels += w->piece[j].pixels;
  w->piece[i].peak = fmaxf(w->piece[i].peak, w->piece[j].peak);
  for (size_t t = 0; t < w->n_times; t++) w->sum[t * w->n + i - 1] += w->sum[t * w->n + j - 1];
  look_at(w, i);
  memset(seen, 0, (w->n + 1) * sizeof *seen);
  for (size_t q = 0; q < w->n_touches; q++) {
    touch *e = &w->touch[q];
    if (e->i == e->j) continue;
    const uint32_t a = root_of(w->piece, e->i), b = root_of(w->piece, e->j);
    e->i = a < b ? a : b, e->j = a < b ? b : a;
    if (a == b || (a != i && b != i)) continue;
    const uint32_t other = a == i ? b : a;
    if (seen[other]) { /* both parts touched it */
      touch *first = &w->touch[seen[other] - 1];
      first->length += e->length, first->saddle = fmaxf(first->saddle, e->saddle);
      e->i = e->j;
    } else seen[other] = (uint32_t)q + 1;
  }
  for (size_t q = 0; q < w->n_touches; q++)
    if (w->touch[q].i != w->touch[q].j && (w->touch[q].i == i || w->touch[q].j == i)) score(w, &w->touch[q]);
}

static lg_status join_all(lg_ctx *ctx, joining *w) {
  lg_status status = LG_OK;
  uint32_t *seen = NULL;
  LG_NEW(ctx, seen, w->n + 1);
  for (size_t q = 0; q < w->n_touches; q++) score(w, &w->touch[q]);
  for (;;) {
    const touch *best = NULL;
    for (size_t q = 0; q < w->n_touches; q++) {
      const touch *e = &w->touch[q];
      if (e->i != e->j && e->score > 0.0 && (!best || e->score > best->score)) best = e;
    }
    if (!best) break;
    join(w, best->i, best->j, seen);
  }
done:
  lg_free(ctx, seen);
  return status;
}

lg_status lg_culture_join_moving(lg_ctx *ctx, const lg_culture_movie *movie, const float *table, const float *relief,
                                 double h, lg_culture_masks *m) {
  lg_status status = LG_OK;
  joining w = {.n = m->most, .n_times = movie->n_frames, .h = h};
  w.telling = w.n_times >= CULTURE_MOTION_FRAMES;
  const size_t pixels = m->height * m->width;
  LG_NEW(ctx, w.piece, w.n + 1);
  LG_NEW(ctx, w.sum, w.n * w.n_times);
  LG_NEW(ctx, w.trace, w.n * w.n_times);
  LG_NEW(ctx, w.scratch, 3 * w.n_times);
  for (size_t k = 1; k <= w.n; k++) w.piece[k] = (piece){.peak = -INFINITY, .root = (uint32_t)k};
  for (size_t k = 0; k < pixels; k++) {
    piece *p = &w.piece[m->label[k]];
    p->pixels += 1.0, p->peak = fmaxf(p->peak, relief[k]);
  }
  if (w.telling) {
    LG_TRY(lg_culture_read_traces(ctx, movie, table, m, false, w.sum));
    for (size_t t = 0; t < w.n_times; t++)
      for (size_t k = 1; k <= w.n; k++) w.sum[t * w.n + k - 1] *= w.piece[k].pixels;
    for (size_t k = 1; k <= w.n; k++) look_at(&w, (uint32_t)k);
  }
  LG_TRY(take_touches(ctx, &w, m, relief));
  LG_TRY(join_all(ctx, &w));
  for (size_t k = 0; k < pixels; k++)
    if (m->label[k]) m->label[k] = root_of(w.piece, m->label[k]);
done:
  lg_free(ctx, w.piece);
  lg_free(ctx, w.sum);
  lg_free(ctx, w.trace);
  lg_free(ctx, w.touch);
  lg_free(ctx, w.scratch);
  return status;
}
