/* Where parameters take hold: spans of nodes that they change alike, and the few that are said one by one. */
#include "cable/tangent_internal.h"

#include <string.h>

/* What the parameters of a group are to each node. */
typedef double rows[TANGENT_ROWS][LANES];

/* The leak of a node: the one of hh before any other. */
static void find_leaks(tangent *t) {
  const cable_gradient *r = t->r;
  for (size_t k = 0; k < r->n; k++) {
    t->leak_block[k] = SIZE_MAX;
    t->instance[k] = UINT32_MAX;
  }
  for (int turn = 0; turn < 2; turn++)
    for (size_t b = 0; b < r->g->n_blocks; b++) {
      const cable_block *block = &r->g->blocks[b].block;
      if (r->way[b] != (turn == 0 ? GRADIENT_BY_KERNEL : GRADIENT_BY_SUMS)) continue;
      const double *g = block->parameter[turn == 0 ? 2 : 0], *e = block->parameter[turn == 0 ? 3 : 1];
      for (uint32_t k = 0; k < block->number; k++) {
        const uint32_t at = block->node[k];
        if (turn == 0) t->instance[at] = k;
        if (t->leak_block[at] != SIZE_MAX) continue;
        t->leak_block[at] = b;
        t->leak_scale[at] = block->scale[k];
        t->leak_uS[at] = block->scale[k] * g[k];
        t->leak_mV[at] = e[k];
      }
    }
}

static lg_status add_extra(lg_ctx *ctx, lanes *l, size_t *room, tangent_extra extra) {
  if (l->n_extras == *room) {
    tangent_extra *more = lg_realloc(ctx, l->extras, *room * sizeof *more, 2 * *room + 16, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    l->extras = more;
    *room = 2 * *room + 16;
  }
  l->extras[l->n_extras++] = extra;
  return LG_OK;
}

static lg_status touch_field(lg_ctx *ctx, const tangent *t, lanes *l, size_t *room, const gradient_seed *s, size_t lane,
                             rows *of) {
  lg_status status = LG_OK;
  const cable_gradient *r = t->r;
  for (size_t q = 0; q < s->n_touches; q++) {
    const gradient_touch *touch = &s->touches[q];
    const size_t b = touch->block, field = s->said.field;
    const cable_block *block = &r->g->blocks[b].block;
    if (r->way[b] == GRADIENT_BY_SLOPES) continue;
    const size_t row = r->way[b] == GRADIENT_BY_KERNEL ? field : TANGENT_LEAK_G + field;
    for (size_t k = 0; k < touch->n; k++) {
      const uint32_t i = touch->instances[k], at = block->node[i];
      const double factor = touch->factor[k];
      if (row < TANGENT_LEAK_G || t->leak_block[at] == b) {
        of[at][row][lane] += factor;
        continue;
      }
      const double c = factor * block->scale[i], g = block->parameter[0][i], e = block->parameter[1][i];
      const tangent_extra extra = {at, (uint32_t)lane, field == 0 ? c * e : c * g, field == 0 ? c : 0.0};
      LG_TRY(add_extra(ctx, l, room, extra));
    }
  }
done:
  return status;
}

static void touch_capacitance(const tangent *t, const gradient_seed *s, size_t lane, rows *of) {
  const cable_gradient *r = t->r;
  const double per_ms = r->one_stage ? 1.0 / r->o.dt_ms : 1.0 / (GRADIENT_SDIRK_GAMMA * r->o.dt_ms);
  for (size_t k = 0; k < s->n_places; k++) {
    const uint32_t at = s->places[k];
    const double ds = s->per_unit[k] * per_ms;
    if (t->capacitance[at] == 0.0) t->capacitance[at] = ds;
    of[at][TANGENT_CAPACITANCE][lane] += ds == t->capacitance[at] ? 1.0 : ds / t->capacitance[at];
  }
}

static bool follows(const tangent *t, rows *of, size_t k) {
  const bool side = t->instance[k] == UINT32_MAX
                        ? t->instance[k - 1] == UINT32_MAX
                        : t->instance[k - 1] != UINT32_MAX && t->instance[k] == t->instance[k - 1] + 1;
  return side && memcmp(of[k], of[k - 1], sizeof *of) == 0;
}

static lg_status make_group(lg_ctx *ctx, tangent *t, size_t group) {
  lg_status status = LG_OK;
  const cable_gradient *r = t->r;
  lanes *l = &t->of[group];
  rows *of = NULL;
  size_t room = 0, n = 0;
  LG_NEW(ctx, of, r->n);
  for (size_t p = group * LANES; p < r->n_seeds && p < (group + 1) * LANES; p++) {
    const gradient_seed *s = &r->seeds[p];
    if (s->said.sort == CABLE_FIELD) LG_TRY(touch_field(ctx, t, l, &room, s, p % LANES, of));
    if (s->said.sort == CABLE_CAPACITANCE) touch_capacitance(t, s, p % LANES, of);
  }
  for (size_t k = 0; k < r->n; k++) n += k == 0 || !follows(t, of, k);
  LG_NEW(ctx, l->spans, n);
  for (size_t k = 0; k < r->n; k++) {
    if (k > 0 && follows(t, of, k)) {
      l->spans[l->n_spans - 1].n++;
      continue;
    }
    tangent_span *a = &l->spans[l->n_spans++];
    *a = (tangent_span){.node = k, .n = 1, .instance = t->instance[k] == UINT32_MAX ? SIZE_MAX : t->instance[k]};
    memcpy(a->row, of[k], sizeof a->row);
    for (size_t row = 0; row < TANGENT_ROWS; row++)
      for (size_t j = 0; j < LANES; j++) a->has[row] = a->has[row] || a->row[row][j] != 0.0;
  }
done:
  lg_free(ctx, of);
  return status;
}

lg_status lg_tangent_make_spans(lg_ctx *ctx, tangent *t) {
  lg_status status = LG_OK;
  find_leaks(t);
  for (size_t group = 0; group < t->n_groups; group++) LG_TRY(make_group(ctx, t, group));
done:
  return status;
}
