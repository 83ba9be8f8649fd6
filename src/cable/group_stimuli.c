/* Clamps, events and probes of a group. */
#include "cable/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_time(const void *a, const void *b) {
  const group_event *x = a, *y = b;
  if (x->t_ms != y->t_ms) return x->t_ms < y->t_ms ? -1 : 1;
  return x->synapse < y->synapse ? -1 : x->synapse > y->synapse;
}

static lg_status make_events(lg_ctx *ctx, cable_group *g) {
  const cable_model *m = g->model;
  size_t n = 0, room = 0;
  for (size_t s = 0; s < m->n_synapses; s++) room += m->synapses[s].n_times;
  g->events = lg_group_array(ctx, g, room + 1, sizeof *g->events, false);
  if (!g->events) return LG_ERR_MEMORY;
  for (size_t s = 0; s < m->n_synapses; s++) {
    if (!m->synapses[s].use.mechanism->receive && m->synapses[s].n_times > 0)
      return lg_fail(ctx, LG_ERR_FORMAT, "synapses[%zu]: %s takes no events", s, m->synapses[s].use.mechanism->name);
    for (size_t k = 0; k < m->synapses[s].n_times; k++)
      g->events[n++] = (group_event){
          .t_ms = m->synapses[s].times_ms[k], .weight_uS = m->synapses[s].weight_uS, .synapse = (uint32_t)s};
  }
  qsort(g->events, n, sizeof *g->events, by_time);
  g->n_events = n;
  return LG_OK;
}

static lg_status make_clamps(lg_ctx *ctx, cable_group *g) {
  const cable_model *m = g->model;
  g->clamps = lg_group_array(ctx, g, m->n_clamps + CABLE_GROUP_MORE_CLAMPS, sizeof *g->clamps, false);
  if (!g->clamps) return LG_ERR_MEMORY;
  for (size_t c = 0; c < m->n_clamps; c++) {
    size_t node;
    const lg_status status = lg_cable_tree_locate(ctx, m, g->tree, &m->clamps[c].at, &node);
    if (status != LG_OK) return status;
    g->clamps[c] = (group_clamp){.place = g->place[node],
                                 .on_ms = m->clamps[c].delay_ms,
                                 .off_ms = m->clamps[c].delay_ms + m->clamps[c].duration_ms,
                                 .amplitude_nA = m->clamps[c].amplitude_nA};
  }
  g->n_clamps = m->n_clamps;
  return LG_OK;
}

/* Those that are over make room; the order of the others stays, and with it the order of sums. */
bool lg_cable_group_clamp(cable_group *g, size_t node, double on_ms, double off_ms, double amplitude_nA) {
  const size_t own = g->model->n_clamps;
  size_t n = own;
  for (size_t k = own; k < g->n_clamps; k++)
    if (g->clamps[k].off_ms > g->clock.t_ms) g->clamps[n++] = g->clamps[k];
  g->n_clamps = n;
  if (n == own + CABLE_GROUP_MORE_CLAMPS) return false;
  g->clamps[g->n_clamps++] =
      (group_clamp){.place = g->place[node], .on_ms = on_ms, .off_ms = off_ms, .amplitude_nA = amplitude_nA};
  return true;
}

static lg_status probe_ion(lg_ctx *ctx, const cable_group *g, const cable_probe *said, group_probe *out) {
  for (size_t k = 0; k < g->n_ions; k++)
    if (strcmp(g->ions[k].ion.name, said->ion) == 0) out->ion = &g->ions[k];
  if (out->ion) return LG_OK;
  return lg_fail(ctx, LG_ERR_RANGE, "probe %s: no mechanism of the cell has to do with the ion %s", said->column,
                 said->ion);
}

static lg_status probe_mechanism(lg_ctx *ctx, cable_group *g, const cable_probe *said, group_probe *out) {
  for (size_t k = 0; k < g->n_blocks; k++) {
    const group_block *b = &g->blocks[k];
    if (b->block.kind != said->mechanism) continue;
    for (size_t s = 0; s < b->block.number / g->lanes; s++)
      if (b->sites[s] == out->place && b->block.scale[s * g->lanes] > 0.0) { /* not one that only fills a gap */
        out->block = b, out->site = s;
        break;
      }
  }
  if (!out->block)
    return lg_fail(ctx, LG_ERR_RANGE, "probe %s: there is no %s in section %d at x = %g", said->column,
                   said->mechanism->name, (int)g->tree->section[out->node], g->tree->x[out->node]);
  out->state = said->state;
  const cable_mechanism *kind = said->mechanism;
  if (said->quantity == CABLE_STATE && g->o.scheme != CABLE_NRN && !kind->whole_steps && !out->block->is_pool) {
    out->before = lg_group_doubles(ctx, g, g->lanes, true);
    if (!out->before) return LG_ERR_MEMORY;
  }
  return LG_OK;
}

static lg_status make_probes(lg_ctx *ctx, cable_group *g) {
  const cable_model *m = g->model;
  lg_status status = LG_OK;
  g->probes = lg_group_array(ctx, g, m->n_probes + 1, sizeof *g->probes, false);
  if (!g->probes) return LG_ERR_MEMORY;
  for (size_t p = 0; p < m->n_probes && status == LG_OK; p++) {
    group_probe *out = &g->probes[p];
    status = lg_cable_tree_locate(ctx, m, g->tree, &m->probes[p].at, &out->node);
    if (status != LG_OK) break;
    out->quantity = m->probes[p].quantity;
    out->place = g->place[out->node];
    if (out->quantity == CABLE_ION_INSIDE) status = probe_ion(ctx, g, &m->probes[p], out);
    if (out->quantity == CABLE_STATE || out->quantity == CABLE_CURRENT)
      status = probe_mechanism(ctx, g, &m->probes[p], out);
    if (status == LG_OK) g->n_probes++;
  }
  return status;
}

lg_status lg_group_make_stimuli(lg_ctx *ctx, cable_group *g) {
  lg_status status = LG_OK;
  LG_TRY(make_events(ctx, g));
  LG_TRY(make_clamps(ctx, g));
  LG_TRY(make_probes(ctx, g));
  g->needs_old_v = g->needs_ions && g->o.scheme != CABLE_NRN;
done:
  return status;
}

/* Current of a mechanism at a place, nA, outward (of several point processes there: their sum), made with arrays that
 * are free between two steps. */
static double current_of(const cable_group *g, const group_probe *p, size_t cell) {
  const cable_block *b = &p->block->block;
  cable_moment now = lg_group_moment(g, g->o.dt_ms);
  if (!b->kind->current) return 0.0;
  now.g = g->factor;
  now.i = g->rhs;
  memset(now.g, 0, (g->flat + GROUP_PAD) * sizeof(double));
  memset(now.i, 0, (g->flat + GROUP_PAD) * sizeof(double));
  b->kind->current(b, &now);
  return now.i[p->place * g->lanes + cell];
}

double lg_cable_group_probe(const cable_group *g, size_t probe, size_t cell) {
  const group_probe *p = &g->probes[probe];
  const size_t at = p->place * g->lanes + cell;
  switch (p->quantity) {
  case CABLE_ION_INSIDE:
    return p->ion->ion.inside_mM[at];
  case CABLE_STATE: {
    const double after = p->block->block.state[p->state][p->site * g->lanes + cell];
    if (!p->before) return after;
    if (g->o.scheme != CABLE_ADAPTIVE) return 0.5 * (p->before[cell] + after);
    return g->clock.gates_ms > 0.0 ? after + (after - p->before[cell]) * (g->clock.owed_ms / g->clock.gates_ms) : after;
  }
  case CABLE_CURRENT:
    return current_of(g, p, cell);
  default:
    return g->v[at];
  }
}
