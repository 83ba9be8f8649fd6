/* A running group: making, starting, saving, looking at it. */
#include "cable/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---------------------------------------------------------------------------------------- */

void *lg_group_array(lg_ctx *ctx, cable_group *g, size_t n, size_t size, bool live) {
  if (g->n_arrays == g->arrays_room) {
    const size_t room = 2 * g->arrays_room + 64;
    group_array *more = lg_realloc(ctx, g->arrays, g->arrays_room * sizeof *more, room, sizeof *more);
    if (!more) return NULL;
    g->arrays = more;
    g->arrays_room = room;
  }
  void *bytes = lg_alloc(ctx, n, size);
  if (bytes) g->arrays[g->n_arrays++] = (group_array){.bytes = bytes, .n_bytes = n * size, .live = live};
  return bytes;
}

double *lg_group_doubles(lg_ctx *ctx, cable_group *g, size_t n, bool live) {
  return lg_group_array(ctx, g, n + GROUP_PAD, sizeof(double), live);
}

void lg_cable_group_destroy(lg_ctx *ctx, cable_group *g) {
  if (!g) return;
  for (size_t k = 0; k < g->n_blocks; k++)
    if (g->blocks[k].block.kind->release) g->blocks[k].block.kind->release(ctx, &g->blocks[k].block);
  for (size_t k = 0; k < g->n_arrays; k++) lg_free(ctx, g->arrays[k].bytes);
  lg_free(ctx, g->arrays);
  lg_tree_solver_destroy(ctx, g->solver);
  lg_free(ctx, g);
}

/* ---- making ---------------------------------------------------------------------------------------- */

static lg_status check_options(lg_ctx *ctx, const cable_model *model, const cable_run_options *o) {
  const double dt = o->dt_ms;
  if (!(dt >= 1e-6 && dt <= 10.0)) return lg_fail(ctx, LG_ERR_RANGE, "dt is %g ms; allowed is 1e-6 … 10 ms", dt);
  if (!(o->tolerance >= 1e-12 && o->tolerance <= 1.0))
    return lg_fail(ctx, LG_ERR_RANGE, "the tolerance is %g mV; allowed is 1e-12 … 1 mV", o->tolerance);
  if (!(model->celsius >= -10.0 && model->celsius <= 60.0))
    return lg_fail(ctx, LG_ERR_RANGE, "celsius is %g; allowed is -10 … 60", model->celsius);
  if (!(fabs(model->v_init_mV) <= 500.0))
    return lg_fail(ctx, LG_ERR_RANGE, "v_init_mV is %g; allowed is -500 … 500", model->v_init_mV);
  return LG_OK;
}

/* Nodes of one set of channels want places side by side; a node without membrane goes with its parent. */
static lg_status make_solver(lg_ctx *ctx, cable_group *g) {
  const cable_tree *t = g->tree;
  uint32_t *kind = NULL;
  lg_status status = LG_OK;
  LG_NEW(ctx, kind, t->n_nodes);
  for (size_t k = 0; k < t->n_nodes; k++)
    kind[k] = t->region[k] >= 0 ? (uint32_t)t->region[k] + 1 : t->parent[k] >= 0 ? kind[t->parent[k]] : 0;
  LG_TRY(lg_tree_solver_create(ctx, t->n_nodes, t->parent, kind, g->lanes, &g->solver));
  g->place = lg_tree_places(g->solver);
done:
  lg_free(ctx, kind);
  return status;
}

static lg_status make_nodes(lg_ctx *ctx, cable_group *g) {
  const cable_tree *t = g->tree;
  const size_t n = t->n_nodes, flat = g->flat;
  g->node_at = lg_group_array(ctx, g, n, sizeof *g->node_at, false);
  g->weight_uS = lg_group_doubles(ctx, g, n, false);
  g->capacitance_nF = lg_group_doubles(ctx, g, n, false);
  g->fixed_uS = lg_group_doubles(ctx, g, n, false);
  g->fixed_nA = lg_group_doubles(ctx, g, n, false);
  g->v = lg_group_doubles(ctx, g, flat, true);
  g->g = lg_group_doubles(ctx, g, flat, true);
  g->i = lg_group_doubles(ctx, g, flat, true);
  g->v_before = lg_group_doubles(ctx, g, flat, false);
  g->factor = lg_group_doubles(ctx, g, LG_TREE_FACTORS * flat, false);
  g->rhs = lg_group_doubles(ctx, g, flat, false);
  g->drive_uS = lg_group_doubles(ctx, g, flat, true);
  g->drive_nA = lg_group_doubles(ctx, g, flat, true);
  g->driven = lg_group_array(ctx, g, flat, sizeof *g->driven, true);
  g->is_driven = lg_group_array(ctx, g, flat, sizeof *g->is_driven, true);
  if (!g->node_at || !g->weight_uS || !g->capacitance_nF || !g->fixed_uS || !g->fixed_nA || !g->v || !g->g || !g->i ||
      !g->v_before || !g->factor || !g->rhs || !g->drive_uS || !g->drive_nA || !g->driven || !g->is_driven)
    return LG_ERR_MEMORY;
  for (size_t k = 0; k < n; k++) {
    const uint32_t at = g->place[k];
    g->node_at[at] = (uint32_t)k;
    g->weight_uS[at] = t->parent[k] >= 0 ? t->axial_uS[k] : 0.0;
    g->capacitance_nF[at] = t->capacitance_nF[k];
    g->fixed_uS[at] += t->leak_uS ? t->leak_uS[k] : 0.0;
    g->fixed_nA[at] += t->leak_uS && t->leak_uS[k] != 0.0 ? t->leak_uS[k] * t->leak_mV[k] : 0.0;
    if (t->parent[k] < 0) continue;
    g->fixed_uS[at] += t->axial_uS[k];
    g->fixed_uS[g->place[t->parent[k]]] += t->axial_uS[k];
  }
  return LG_OK;
}

static lg_status make_fired(lg_ctx *ctx, cable_group *g) {
  if (!g->has_fire) return LG_OK;
  for (size_t k = 0; k < g->n_blocks; k++)
    if (g->blocks[k].block.kind->fire)
      g->fired_room += g->blocks[k].block.number *
                       (g->blocks[k].block.kind->most_fired > 1 ? g->blocks[k].block.kind->most_fired : 1);
  g->raw_fired = lg_group_array(ctx, g, g->fired_room, sizeof *g->raw_fired, false);
  g->fired = lg_group_array(ctx, g, g->fired_room, sizeof *g->fired, true);
  return g->raw_fired && g->fired ? LG_OK : LG_ERR_MEMORY;
}

lg_status lg_cable_group_create(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                const cable_run_options *options, cable_group **out) {
  cable_group *g = NULL;
  lg_status status = LG_OK;
  LG_NEW(ctx, g, 1);
  if (options) g->o = *options;
  if (g->o.dt_ms == 0.0) g->o.dt_ms = g->o.scheme == CABLE_ADAPTIVE ? 1.0 : 0.025;
  if (g->o.tolerance == 0.0) g->o.tolerance = 1e-4;
  if (g->o.n_cells == 0) g->o.n_cells = 1;
  LG_TRY(check_options(ctx, model, &g->o));
  g->kernels = lg_cable_pass_kernels();
  g->model = model;
  g->tree = tree;
  g->n_nodes = tree->n_nodes;
  g->lanes = g->o.n_cells == 1 ? 1 : (g->o.n_cells + 7) / 8 * 8;
  if (!lg_mul_size(g->n_nodes, g->lanes, &g->flat) || g->flat > UINT32_MAX / 4) {
    status = lg_fail(ctx, LG_ERR_LIMIT, "%zu nodes in %zu cells are more than one group can hold (2^30)", g->n_nodes,
                     g->o.n_cells);
    goto done;
  }
  LG_TRY(make_solver(ctx, g));
  LG_TRY(make_nodes(ctx, g));
  LG_TRY(lg_group_make_blocks(ctx, g));
  LG_TRY(lg_group_make_stimuli(ctx, g));
  LG_TRY(make_fired(ctx, g));
  g->in_one_pass = lg_tree_may_step(g->solver) && g->n_runs == 0;
  if (g->o.scheme == CABLE_ADAPTIVE) LG_TRY(lg_group_make_adaptive(ctx, g));
  lg_group_start(g);
  *out = g;
  g = NULL;
done:
  lg_cable_group_destroy(ctx, g);
  return status;
}

/* ---- looking --------------------------------------------------------------------------------------- */

double lg_cable_group_time_ms(const cable_group *g) { return g->clock.t_ms; }

double lg_cable_group_v(const cable_group *g, size_t node, size_t cell) {
  return g->v[g->place[node] * g->lanes + cell];
}

bool lg_cable_group_diverged(const cable_group *g, size_t *node, size_t *cell) {
  for (size_t k = 0; k < g->flat; k++)
    if (!(fabs(g->v[k]) <= 1000.0)) {
      *node = g->node_at[k / g->lanes];
      *cell = k % g->lanes;
      return true;
    }
  return false;
}

size_t lg_cable_group_fired(const cable_group *g, const cable_group_spike **fired) {
  *fired = g->fired;
  return g->clock.n_fired;
}

/* ---- touching -------------------------------------------------------------------------------------- */

void lg_cable_group_drive(cable_group *g, size_t node, size_t cell, double g_uS, double i_nA) {
  const uint32_t at = (uint32_t)(g->place[node] * g->lanes + cell);
  g->drive_uS[at] = g_uS;
  g->drive_nA[at] = i_nA;
  if (g->is_driven[at]) return;
  g->is_driven[at] = 1;
  const size_t begin = at / GROUP_PAD * GROUP_PAD, end = begin + GROUP_PAD;
  if (g->clock.n_driven == 0 || begin < g->clock.driven_begin) g->clock.driven_begin = begin;
  if (g->clock.n_driven == 0 || end > g->clock.driven_end) g->clock.driven_end = end;
  g->driven[g->clock.n_driven++] = at;
}

void lg_cable_group_receive(cable_group *g, size_t cell, size_t synapse, double weight_uS, double offset_ms) {
  const cable_block *b = &g->synapse_block[synapse]->block;
  const cable_moment now = lg_group_moment(g, g->o.dt_ms);
  if (b->kind->receive) b->kind->receive(b, g->synapse_site[synapse] * g->lanes + cell, weight_uS, offset_ms, &now);
}

size_t lg_cable_group_ports(const cable_group *g) {
  if (g->n_inboxes == 0) return 0;
  const struct group_inbox *last = &g->inboxes[g->n_inboxes - 1];
  return last->first_port + last->block->block.number;
}

uint32_t lg_cable_group_port(const cable_group *g, size_t cell, size_t synapse) {
  size_t k = 0;
  while (k + 1 < g->n_inboxes && g->inboxes[k].block != g->synapse_block[synapse]) k++;
  return (uint32_t)(g->inboxes[k].first_port + g->synapse_site[synapse] * g->lanes + cell);
}

static int by_key(const void *pa, const void *pb) {
  const uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;
  return (a > b) - (a < b);
}

/* Behind the last: instances that exist, with weights of 0, up to a whole vector. */
static void fill_up(size_t n, double *weight, double *offset_ms, uint32_t *instance) {
  for (size_t j = n; j % GROUP_PAD != 0; j++) weight[j] = offset_ms[j] = 0.0, instance[j] = instance[0];
}

/* Those of one block among several, some at a time. */
static void receive_some(const struct group_inbox *inbox, const cable_arrivals *a, const cable_moment *now) {
  enum { SOME = 64 }; /* whole vectors */
  const cable_block *b = &inbox->block->block;
  double weight[SOME], offset_ms[SOME];
  uint32_t instance[SOME];
  size_t some = 0;
  for (size_t k = 0; k < a->n; k++) {
    const uint32_t at = a->port[k] - inbox->first_port;
    weight[some] = a->weight[k];
    offset_ms[some] = a->offset_ms[k];
    instance[some] = at;
    some += at < b->number; /* others' are written over; those below the first port have wrapped round */
    if (some < SOME && (k + 1 < a->n || some == 0)) continue;
    fill_up(some, weight, offset_ms, instance);
    b->kind->receive_many(b, some, instance, weight, offset_ms, now);
    some = 0;
  }
}

void lg_cable_group_receive_all(cable_group *g, const cable_arrivals *a) {
  const cable_moment now = lg_group_moment(g, g->o.dt_ms);
  bool sorted = false;
  for (size_t x = 0; x < g->n_inboxes; x++) {
    const struct group_inbox *inbox = &g->inboxes[x];
    const cable_block *b = &inbox->block->block;
    if (b->kind->receive_many && g->n_inboxes == 1) {
      fill_up(a->n, a->weight, a->offset_ms, a->port);
      b->kind->receive_many(b, a->n, a->port, a->weight, a->offset_ms, &now);
      return;
    }
    if (b->kind->receive_many) {
      receive_some(inbox, a, &now);
      continue;
    }
    if (!sorted) qsort(a->key, a->n, sizeof *a->key, by_key);
    sorted = true;
    for (size_t k = 0; k < a->n; k++) {
      const uint32_t event = (uint32_t)a->key[k], at = a->port[event] - inbox->first_port;
      if (at < b->number) b->kind->receive(b, at, a->weight[event], a->offset_ms[event], &now);
    }
  }
}

/* ---- saving ---------------------------------------------------------------------------------------- */

size_t lg_cable_group_state_bytes(const cable_group *g) {
  size_t n = sizeof g->clock;
  for (size_t k = 0; k < g->n_arrays; k++) n += g->arrays[k].live ? g->arrays[k].n_bytes : 0;
  return n;
}

void lg_cable_group_save(const cable_group *g, void *bytes) {
  unsigned char *to = bytes;
  memcpy(to, &g->clock, sizeof g->clock);
  to += sizeof g->clock;
  for (size_t k = 0; k < g->n_arrays; k++) {
    if (!g->arrays[k].live) continue;
    memcpy(to, g->arrays[k].bytes, g->arrays[k].n_bytes);
    to += g->arrays[k].n_bytes;
  }
}

void lg_cable_group_restore(cable_group *g, const void *bytes) {
  const unsigned char *from = bytes;
  memcpy(&g->clock, from, sizeof g->clock);
  from += sizeof g->clock;
  for (size_t k = 0; k < g->n_arrays; k++) {
    if (!g->arrays[k].live) continue;
    memcpy(g->arrays[k].bytes, from, g->arrays[k].n_bytes);
    from += g->arrays[k].n_bytes;
  }
}
