/* Every label in one piece: the largest stays, the others go to what they touch. */
#include "culture/movie.h"

/* Size of the connected piece (4 neighbours) at a pixel; its pixels get the piece's number. */
static size_t fill_piece(const lg_culture_masks *m, uint32_t *piece, uint32_t number, size_t start, uint32_t *stack) {
  const size_t w = m->width, h = m->height;
  size_t n = 0, size = 0;
  stack[n++] = (uint32_t)start;
  piece[start] = number;
  while (n > 0) {
    const size_t k = stack[--n], y = k / w, x = k % w;
    size++;
    const size_t next[4] = {y > 0 ? k - w : k, x > 0 ? k - 1 : k, x + 1 < w ? k + 1 : k, y + 1 < h ? k + w : k};
    for (int q = 0; q < 4; q++)
      if (!piece[next[q]] && m->label[next[q]] == m->label[k]) {
        piece[next[q]] = number;
        stack[n++] = (uint32_t)next[q];
      }
  }
  return size;
}

/* Every cell keeps its largest piece; the others go to what they touch. */
lg_status lg_culture_keep_whole(lg_ctx *ctx, lg_culture_masks *m) {
  lg_status status = LG_OK;
  const size_t n = m->height * m->width, w = m->width;
  uint32_t *block = NULL, pieces = 0;
  if (m->height == 0 || w == 0) return LG_OK;
  LG_NEW(ctx, block, 4 * n + m->most + 2);
  uint32_t *piece = block, *stack = block + n, *size = block + 2 * n, *best = block + 3 * n + 1;
  for (size_t k = 0; k < n; k++)
    if (!piece[k]) {
      pieces++;
      size[pieces - 1] = (uint32_t)fill_piece(m, piece, pieces, k, stack);
      const uint32_t label = m->label[k];
      if (!best[label] || size[pieces - 1] > size[best[label] - 1]) best[label] = pieces;
    }
  bool any = false;
  for (size_t k = 0; k < n; k++) {
    stack[k] = m->label[k] && best[m->label[k]] != piece[k]; /* to be given away; background is no cell's */
    any = any || stack[k];
  }
  for (size_t k = 0; k < n; k++)
    if (stack[k]) m->label[k] = 0;
  if (!any) goto done;
  for (bool left = true; left;) {
    left = false;
    for (size_t k = 0; k < n; k++) {
      if (!stack[k]) continue;
      const size_t y = k / w, x = k % w;
      const uint32_t from = y > 0 && m->label[k - w]               ? m->label[k - w]
                            : x > 0 && m->label[k - 1]             ? m->label[k - 1]
                            : x + 1 < w && m->label[k + 1]         ? m->label[k + 1]
                            : y + 1 < m->height && m->label[k + w] ? m->label[k + w]
                                                                   : 0;
      if (!from) continue;
      m->label[k] = from, stack[k] = 0, left = true;
    }
  }
done:
  lg_free(ctx, block);
  return status;
}
