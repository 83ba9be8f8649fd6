#include "data/stimulus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Breakpoints nearer than this are one: they differ by rounding only (t0 + k dt against another t0). */
#define MERGE_MS 1e-9

typedef struct cuts {
  double *t;
  size_t n, room;
  double end;
} cuts;

static void cut(cuts *c, double t) {
  if (t > 0.0 && t < c->end && c->n < c->room) c->t[c->n++] = t;
}

static size_t pulses(const lg_segment *s) { return (size_t)((s->t1_ms - s->t0_ms) * 1e-3 * s->rate_Hz) + 1; }

static size_t count_cuts(const lg_protocol *p) {
  size_t n = 2 + p->n_events;
  for (size_t k = 0; k < p->n_segments; k++) {
    const lg_segment *s = &p->segments[k];
    n += 2;
    if (s->type == LG_SEGMENT_HOLD) n += s->n_values;
    if (s->type == LG_SEGMENT_TRAIN) n += 2 * pulses(s);
  }
  return n;
}

static void cut_segment(cuts *c, const lg_segment *s) {
  cut(c, s->t0_ms);
  cut(c, s->t1_ms);
  if (s->type == LG_SEGMENT_HOLD)
    for (size_t k = 1; k < s->n_values && s->t0_ms + (double)k * s->dt_ms < s->t1_ms - MERGE_MS; k++)
      if (s->values_pA[k] != s->values_pA[k - 1]) cut(c, s->t0_ms + (double)k * s->dt_ms);
  if (s->type != LG_SEGMENT_TRAIN) return;
  const double period = 1000.0 / s->rate_Hz;
  for (size_t k = 0; k < pulses(s); k++) {
    const double on = s->t0_ms + (double)k * period;
    if (on < s->t1_ms) cut(c, on);
    if (on + s->width_ms < s->t1_ms) cut(c, on + s->width_ms);
  }
}

static int by_time(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void sort_and_merge(cuts *c) {
  qsort(c->t, c->n, sizeof *c->t, by_time);
  size_t n = 0;
  for (size_t k = 0; k < c->n; k++)
    if (c->t[k] > MERGE_MS && c->t[k] < c->end - MERGE_MS && (n == 0 || c->t[k] - c->t[n - 1] > MERGE_MS))
      c->t[n++] = c->t[k];
  c->n = n;
}

/* Add a segment to a piece that lies inside it. */
static bool contribute(lg_stimulus_piece *piece, const lg_segment *s) {
  const double middle = 0.5 * (piece->t0_ms + piece->t1_ms);
  if (!(middle >= s->t0_ms && middle < s->t1_ms)) return true;
  switch (s->type) {
  case LG_SEGMENT_SINE:
  case LG_SEGMENT_CHIRP:
    if (piece->n_waves == LG_STIMULUS_MAX_WAVES) return false;
    piece->waves[piece->n_waves++] = s;
    return true;
  case LG_SEGMENT_RAMP:
    piece->level_pA += lg_segment_current(s, piece->t0_ms);
    piece->slope_pA_ms += (s->to_pA - s->from_pA) / (s->t1_ms - s->t0_ms);
    return true;
  case LG_SEGMENT_CONST:
  case LG_SEGMENT_HOLD:
  case LG_SEGMENT_TRAIN:
    break;
  }
  piece->level_pA += lg_segment_current(s, middle);
  return true;
}

static lg_status fill(lg_ctx *ctx, const lg_protocol *p, const cuts *c, lg_stimulus *stimulus) {
  for (size_t k = 0; k < stimulus->n_pieces; k++) {
    lg_stimulus_piece *piece = &stimulus->pieces[k];
    piece->t0_ms = k == 0 ? 0.0 : c->t[k - 1];
    piece->t1_ms = k + 1 == stimulus->n_pieces ? c->end : c->t[k];
    for (size_t j = 0; j < p->n_segments; j++)
      if (!contribute(piece, &p->segments[j]))
        return lg_fail(ctx, LG_ERR_LIMIT, "more than %d sines or chirps overlap at %g ms", LG_STIMULUS_MAX_WAVES,
                       piece->t0_ms);
  }
  return LG_OK;
}

lg_status lg_stimulus_create(lg_ctx *ctx, const lg_protocol *p, lg_stimulus **out) {
  lg_status status = LG_OK;
  lg_stimulus *stimulus = NULL;
  cuts c = {.end = p->duration_ms, .room = count_cuts(p)};
  *out = NULL;
  LG_NEW(ctx, c.t, c.room);
  for (size_t k = 0; k < p->n_segments; k++) cut_segment(&c, &p->segments[k]);
  for (size_t k = 0; k < p->n_events; k++) cut(&c, p->events[k].t_ms);
  sort_and_merge(&c);
  LG_NEW(ctx, stimulus, 1);
  stimulus->n_pieces = c.n + 1;
  LG_NEW(ctx, stimulus->pieces, stimulus->n_pieces);
  LG_TRY(fill(ctx, p, &c, stimulus));
  *out = stimulus;
  stimulus = NULL;
done:
  lg_free(ctx, c.t);
  lg_stimulus_destroy(ctx, stimulus);
  return status;
}

void lg_stimulus_destroy(lg_ctx *ctx, lg_stimulus *stimulus) {
  if (!stimulus) return;
  lg_free(ctx, stimulus->pieces);
  lg_free(ctx, stimulus);
}
