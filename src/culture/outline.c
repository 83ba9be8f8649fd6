/* Crack tracing: with the cell to the right of the way (y down), along the edges between its pixels and others. */
#include "culture/outline.h"

#include <stdlib.h>
#include <string.h>

/* Sides of a pixel: top, right, bottom, left; along each the way goes right, down, left, up. */
static const int step_x[4] = {1, 0, -1, 0}, step_y[4] = {0, 1, 0, -1};

typedef struct tracing {
  const lg_culture_masks *masks;
  uint32_t *piece;         /* (pixels) which piece, from 0; UINT32_MAX: background */
  size_t n_pieces;         /* in reading order of their first pixels */
  unsigned char *seen;     /* (pixels) bits of the sides that were gone along */
  uint32_t *place;         /* ((height + 1)(width + 1)) place in the stack + 1 of a corner of the ring now walked */
  culture_corner *stack;   /* corners of that ring so far */
  culture_corner *corners; /* of all rings, as they are found */
  size_t n_corners, n_rings;
  struct found {
    culture_ring ring;
    uint32_t piece;
    bool outer;
  } * rings;
} tracing;

/* ---- pieces --------------------------------------------------------------------------------------------- */

/* Pixels of one piece, by flooding; `queue` has room for all pixels. */
static void flood(const tracing *t, size_t from, uint32_t piece, uint32_t *queue) {
  const size_t h = t->masks->height, w = t->masks->width;
  const uint32_t *label = t->masks->label;
  size_t head = 0, tail = 0;
  t->piece[from] = piece;
  queue[tail++] = (uint32_t)from;
  while (head < tail) {
    const size_t k = queue[head++], y = k / w, x = k % w;
    const size_t next[4] = {k + 1, k + w, k - 1, k - w};
    const bool inside[4] = {x + 1 < w, y + 1 < h, x > 0, y > 0};
    for (int d = 0; d < 4; d++) {
      if (!inside[d] || t->piece[next[d]] != UINT32_MAX || label[next[d]] != label[k]) continue;
      t->piece[next[d]] = piece;
      queue[tail++] = (uint32_t)next[d];
    }
  }
}

static void find_pieces(tracing *t, uint32_t *queue) {
  const size_t n = t->masks->height * t->masks->width;
  memset(t->piece, 0xff, n * sizeof *t->piece);
  for (size_t k = 0; k < n; k++)
    if (t->masks->label[k] && t->piece[k] == UINT32_MAX) flood(t, k, (uint32_t)t->n_pieces++, queue);
}

static uint32_t piece_at(const tracing *t, ptrdiff_t y, ptrdiff_t x) {
  const ptrdiff_t h = (ptrdiff_t)t->masks->height, w = (ptrdiff_t)t->masks->width;
  return y < 0 || x < 0 || y >= h || x >= w ? UINT32_MAX : t->piece[y * w + x];
}

static size_t count_cracks(const tracing *t) {
  const ptrdiff_t h = (ptrdiff_t)t->masks->height, w = (ptrdiff_t)t->masks->width;
  size_t n = 0;
  for (ptrdiff_t y = 0; y < h; y++)
    for (ptrdiff_t x = 0; x < w; x++) {
      const uint32_t own = t->piece[y * w + x];
      if (own == UINT32_MAX) continue;
      for (int d = 0; d < 4; d++) n += piece_at(t, y + step_y[d], x + step_x[d]) != own;
    }
  return n;
}

/* ---- rings ---------------------------------------------------------------------------------------------- */

static int64_t area_of(const culture_corner *c, size_t n) {
  int64_t twice = 0;
  for (size_t k = 0; k < n; k++) {
    const culture_corner *a = c + k, *b = c + (k + 1 < n ? k + 1 : 0);
    twice += (int64_t)a->x * b->y - (int64_t)b->x * a->y;
  }
  return twice / 2;
}

static void keep_ring(tracing *t, const culture_corner *c, size_t n, uint32_t piece) {
  struct found *f = &t->rings[t->n_rings++];
  *f = (struct found){.ring = {t->n_corners, n}, .piece = piece, .outer = area_of(c, n) > 0};
  memcpy(t->corners + t->n_corners, c, n * sizeof *c);
  t->n_corners += n;
}

static uint32_t *place_of(const tracing *t, culture_corner c) {
  return t->place + (size_t)c.y * (t->masks->width + 1) + (size_t)c.x;
}

/* A corner that the way comes through again cuts off the loop between: a ring of its own. Returns the new depth. */
static size_t push_corner(tracing *t, size_t depth, culture_corner c, uint32_t piece) {
  const size_t before = *place_of(t, c);
  if (before == 0) {
    t->stack[depth] = c;
    *place_of(t, c) = (uint32_t)depth + 1;
    return depth + 1;
  }
  keep_ring(t, t->stack + before - 1, depth - (before - 1), piece);
  for (size_t k = before; k < depth; k++) *place_of(t, t->stack[k]) = 0;
  return before;
}

/* Once round from the top side of a pixel. Where two pixels of the piece meet at a corner only, the way stays with its
 * own. */
static void walk(tracing *t, ptrdiff_t y, ptrdiff_t x) {
  const ptrdiff_t w = (ptrdiff_t)t->masks->width;
  const uint32_t own = t->piece[y * w + x];
  size_t depth = 0;
  for (int side = 0; !(t->seen[y * w + x] & 1u << side);) {
    t->seen[y * w + x] = (unsigned char)(t->seen[y * w + x] | 1u << side);
    const int outward = (side + 3) % 4;
    const ptrdiff_t ahead_y = y + step_y[side], ahead_x = x + step_x[side];
    /* the end of this side: the corner between this pixel, the one ahead, and those outward of both */
    const culture_corner end = {(int32_t)(x + (side == 0 || side == 1)), (int32_t)(y + (side == 1 || side == 2))};
    if (piece_at(t, ahead_y, ahead_x) != own) {
      side = (side + 1) % 4;
    } else if (piece_at(t, ahead_y + step_y[outward], ahead_x + step_x[outward]) == own) {
      y = ahead_y + step_y[outward], x = ahead_x + step_x[outward];
      side = outward;
    } else {
      y = ahead_y, x = ahead_x;
      continue; /* straight on */
    }
    depth = push_corner(t, depth, end, own);
  }
  keep_ring(t, t->stack, depth, own);
  for (size_t k = 0; k < depth; k++) *place_of(t, t->stack[k]) = 0;
}

/* Every ring has a top side, for it goes right somewhere. */
static void walk_all(tracing *t) {
  const ptrdiff_t h = (ptrdiff_t)t->masks->height, w = (ptrdiff_t)t->masks->width;
  for (ptrdiff_t y = 0; y < h; y++)
    for (ptrdiff_t x = 0; x < w; x++) {
      const uint32_t own = t->piece[y * w + x];
      if (own != UINT32_MAX && !(t->seen[y * w + x] & 1u) && piece_at(t, y - 1, x) != own) walk(t, y, x);
    }
}

/* ---- in order ------------------------------------------------------------------------------------------- */

/* Pieces by label: the rank of each, and where those of a label begin. */
static void rank_pieces(const tracing *t, lg_culture_outlines *o, size_t *rank) {
  const size_t n = t->masks->height * t->masks->width;
  size_t next = 0;
  for (size_t k = 0; k < n && next < t->n_pieces; k++) /* the first pixel of each, in reading order */
    if (t->piece[k] == next) rank[next++] = t->masks->label[k];
  for (size_t p = 0; p < t->n_pieces; p++) o->of_label[rank[p] + 1]++;
  for (size_t l = 0; l <= o->most; l++) o->of_label[l + 1] += o->of_label[l];
  for (size_t p = 0; p < t->n_pieces; p++) {
    const uint32_t label = (uint32_t)rank[p];
    rank[p] = o->of_label[label]++;
    o->piece[rank[p]].label = label;
  }
  for (size_t l = o->most + 1; l > 0; l--) o->of_label[l] = o->of_label[l - 1];
  o->of_label[0] = 0;
}

static void order_rings(const tracing *t, lg_culture_outlines *o, const size_t *rank) {
  size_t sum = 0;
  for (size_t r = 0; r < t->n_rings; r++) o->piece[rank[t->rings[r].piece]].n++;
  for (size_t p = 0; p < o->n_pieces; p++) {
    o->piece[p].first = sum;
    sum += o->piece[p].n;
    o->piece[p].n = 1; /* how many places are taken: the first is the outer ring's */
  }
  for (size_t r = 0; r < t->n_rings; r++) {
    culture_piece *p = &o->piece[rank[t->rings[r].piece]];
    o->ring[p->first + (t->rings[r].outer ? 0 : p->n++)] = t->rings[r].ring;
  }
  for (size_t r = 0; r < o->n_rings; r++) {
    memcpy(o->corner + o->n_corners, t->corners + o->ring[r].first, o->ring[r].n * sizeof *o->corner);
    o->ring[r].first = o->n_corners;
    o->n_corners += o->ring[r].n;
  }
}

static lg_status put_in_order(lg_ctx *ctx, const tracing *t, lg_culture_outlines *o) {
  lg_status status = LG_OK;
  size_t *rank = NULL;
  LG_NEW(ctx, rank, t->n_pieces);
  LG_NEW(ctx, o->piece, t->n_pieces);
  LG_NEW(ctx, o->ring, t->n_rings);
  LG_NEW(ctx, o->corner, t->n_corners);
  LG_NEW(ctx, o->of_label, (size_t)t->masks->most + 2);
  o->most = t->masks->most;
  o->n_pieces = t->n_pieces;
  o->n_rings = t->n_rings;
  rank_pieces(t, o, rank);
  order_rings(t, o, rank);
done:
  lg_free(ctx, rank);
  return status;
}

lg_status lg_culture_outlines_create(lg_ctx *ctx, const lg_culture_masks *m, lg_culture_outlines **out) {
  lg_status status = LG_OK;
  const size_t n = m->height * m->width;
  tracing t = {.masks = m};
  lg_culture_outlines *o = NULL;
  *out = NULL;
  LG_NEW(ctx, t.piece, n);
  LG_NEW(ctx, t.place, (m->height + 1) * (m->width + 1));
  find_pieces(&t, t.place);
  if (t.n_pieces == 0) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "there is no cell in the masks"));
  memset(t.place, 0, (m->height + 1) * (m->width + 1) * sizeof *t.place);
  const size_t cracks = count_cracks(&t);
  LG_NEW(ctx, t.seen, n);
  LG_NEW(ctx, t.stack, cracks);
  LG_NEW(ctx, t.corners, cracks);
  LG_NEW(ctx, t.rings, cracks / 4 + 1);
  walk_all(&t);
  LG_NEW(ctx, o, 1);
  LG_TRY(put_in_order(ctx, &t, o));
  *out = o;
  o = NULL;
done:
  lg_free(ctx, t.piece);
  lg_free(ctx, t.place);
  lg_free(ctx, t.seen);
  lg_free(ctx, t.stack);
  lg_free(ctx, t.corners);
  lg_free(ctx, t.rings);
  lg_culture_outlines_destroy(ctx, o);
  return status;
}

void lg_culture_outlines_destroy(lg_ctx *ctx, lg_culture_outlines *o) {
  if (!o) return;
  lg_free(ctx, o->piece);
  lg_free(ctx, o->ring);
  lg_free(ctx, o->corner);
  lg_free(ctx, o->of_label);
  lg_free(ctx, o);
}

int64_t lg_culture_ring_area(const lg_culture_outlines *o, const culture_ring *ring) {
  return area_of(o->corner + ring->first, ring->n);
}

int64_t lg_culture_ring_length(const lg_culture_outlines *o, const culture_ring *ring) {
  int64_t sum = 0;
  for (size_t k = 0; k < ring->n; k++) {
    const culture_corner a = o->corner[ring->first + k], b = o->corner[ring->first + (k + 1 < ring->n ? k + 1 : 0)];
    sum += llabs((long long)a.x - b.x) + llabs((long long)a.y - b.y);
  }
  return sum;
}

/* ---- Crofton -------------------------------------------------------------------------------------------- */

lg_status lg_culture_crofton(lg_ctx *ctx, const lg_culture_masks *m, double *perimeter) {
  lg_status status = LG_OK;
  const ptrdiff_t h = (ptrdiff_t)m->height, w = (ptrdiff_t)m->width;
  uint32_t *count = NULL; /* (most + 1, 2) crossings of the border by lines along the axes and by diagonals */
  LG_NEW(ctx, count, 2 * ((size_t)m->most + 1));
  for (ptrdiff_t y = 0; y < h; y++)
    for (ptrdiff_t x = 0; x < w; x++) {
      const uint32_t own = m->label[y * w + x];
      if (own == 0) continue;
      for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
          if (dy == 0 && dx == 0) continue;
          const bool outside = y + dy < 0 || x + dx < 0 || y + dy >= h || x + dx >= w;
          if (outside || m->label[(y + dy) * w + x + dx] != own) count[2 * (size_t)own + (dy != 0 && dx != 0)]++;
        }
    }
  for (size_t label = 0; label <= m->most; label++) /* pi/8 (axes + diagonals/sqrt 2): lines 1 and 0.707 px apart */
    perimeter[label] =
        0.39269908169872414 * ((double)count[2 * label] + 0.7071067811865476 * (double)count[2 * label + 1]);
done:
  lg_free(ctx, count);
  return status;
}
