/* Outside currents of single cells: clamps, Ornstein–Uhlenbeck noise, gap junctions. */
#include "base/elementary.h"
#include "cable/network_internal.h"

/* Part of the step [t, t + dt) that lies in [start, stop). */
static double overlap(double t, double dt, double start, double stop) {
  const double from = start > t ? start : t, to = stop < t + dt ? stop : t + dt;
  return to > from ? (to - from) / dt : 0.0;
}

/* Block k of the stream of a cell is the k-th normal number: nothing to save but the current itself. */
static double kick(const cable_network *net, const net_drive *d, uint64_t step) {
  lg_rng rng = net_rng(net->model->seed, NET_STREAM_OU, d->stimulus, d->cell);
  rng.block = step;
  return lg_rng_normal(&rng);
}

void net_drive_tile(const cable_network *net, net_tile *tile, uint64_t step) {
  const double dt = net->dt_ms, t = (double)step * dt;
  for (size_t k = 0; k < tile->n_points; k++) tile->points[k].g = tile->points[k].i = 0.0;
  for (size_t k = 0; k < tile->n_drives; k++) {
    net_drive *d = &tile->drives[k];
    net_point *point = &tile->points[d->point];
    switch (d->kind) {
    case NET_CLAMP:
      point->i += d->a * overlap(t, dt, d->start_ms, d->stop_ms);
      break;
    case NET_OU:
      point->i += d->now * overlap(t, dt, d->start_ms, d->stop_ms);
      d->now = d->a + (d->now - d->a) * d->b + d->c * kick(net, d, step);
      break;
    case NET_GAP: /* the partner's voltage in the middle of the step, from the last two */
      point->g += d->a;
      point->i += d->a * (1.5 * net->end_now[d->other] - 0.5 * net->end_before[d->other]);
      break;
    }
  }
  for (size_t k = 0; k < tile->n_points; k++) {
    net_point *point = &tile->points[k];
    if (point->g == point->last_g && point->i == point->last_i) continue;
    lg_cable_group_drive(tile->group, point->node, point->lane, point->g, point->i);
    point->last_g = point->g;
    point->last_i = point->i;
  }
}

/* The point of a node of a cell, made when it is new. The arrays have room for all. */
static uint32_t point_of(net_tile *tile, uint32_t lane, uint32_t node) {
  for (size_t k = 0; k < tile->n_points; k++)
    if (tile->points[k].lane == lane && tile->points[k].node == node) return (uint32_t)k;
  tile->points[tile->n_points] = (net_point){.lane = lane, .node = node};
  return (uint32_t)tile->n_points++;
}

static lg_status node_of(lg_ctx *ctx, const cable_network *net, size_t population, size_t probe, uint32_t *node) {
  size_t found = 0;
  const cable_model *model = net->model->populations[population].model;
  const lg_status status = lg_cable_tree_locate(ctx, model, net->trees[population], &model->probes[probe].at, &found);
  *node = (uint32_t)found;
  return status;
}

static net_drive stimulus_drive(const cable_network *net, size_t k, uint32_t cell) {
  const cable_stimulus *s = &net->model->stimuli[k];
  net_drive d = {.start_ms = s->start_ms, .stop_ms = s->stop_ms, .stimulus = k, .cell = cell};
  if (s->kind == CABLE_CLAMP_INPUT) {
    lg_rng rng = net_rng(net->model->seed, NET_STREAM_INPUT_VALUE, k, cell);
    d.kind = NET_CLAMP;
    d.a = lg_cable_value_draw(&s->amplitude_nA, &rng);
    return d;
  }
  d.kind = NET_OU;
  d.a = s->mean_nA;
  d.b = lg_exp(-net->dt_ms / s->tau_ms);
  d.c = s->sigma_nA * sqrt(-lg_expm1(-2.0 * net->dt_ms / s->tau_ms));
  d.now = s->mean_nA + s->sigma_nA * kick(net, &d, UINT64_MAX); /* as it is after a long time */
  return d;
}

/* Calls of what goes to one cell: counted first, then stored. */
static void add(net_tile *tile, uint32_t lane, uint32_t node, net_drive drive, bool store) {
  if (!store) {
    tile->n_drives++;
    return;
  }
  drive.point = point_of(tile, lane, node);
  tile->drives[tile->n_drives++] = drive;
}

static lg_status add_stimulus(lg_ctx *ctx, cable_network *net, size_t k, bool store) {
  const cable_stimulus *s = &net->model->stimuli[k];
  const cable_selection *to = &s->to;
  uint32_t node, slot;
  if (s->kind != CABLE_CLAMP_INPUT && s->kind != CABLE_OU_INPUT) return LG_OK;
  const lg_status status = node_of(ctx, net, to->population, s->probe, &node);
  const size_t n = to->all ? net->model->populations[to->population].number : to->n;
  for (size_t c = 0; status == LG_OK && c < n; c++) {
    const uint32_t cell = to->all ? (uint32_t)c : to->cells[c];
    if (!net_find(net, to->population, cell, &slot)) continue;
    add(&net->tiles[slot / CABLE_TILE], slot % CABLE_TILE, node,
        stimulus_drive(net, k, net->first[to->population] + cell), store);
  }
  return status;
}

/* The partner's voltage is extrapolated; beyond this the feedback of its error would be felt. */
static lg_status check_gap(lg_ctx *ctx, const cable_network *net, const cable_gap *gap, const uint32_t node[2]) {
  for (int side = 0; side < 2; side++) {
    const double c_nF = net->trees[gap->population[side]]->capacitance_nF[node[side]];
    if (c_nF > 0.0 && gap->conductance_uS * net->dt_ms / c_nF > 0.5)
      return lg_fail(ctx, LG_ERR_RANGE,
                     "a gap junction of %g uS at %g nF wants a step below %g ms, got %g: its cells are coupled across "
                     "one step",
                     gap->conductance_uS, c_nF, 0.5 * c_nF / gap->conductance_uS, net->dt_ms);
    if (!(c_nF > 0.0))
      return lg_fail(ctx, LG_ERR_RANGE, "a gap junction stands at a place without membrane; move it into a section");
  }
  return LG_OK;
}

static lg_status add_gap(lg_ctx *ctx, cable_network *net, size_t k, bool store) {
  const cable_gap *gap = &net->model->gaps[k];
  uint32_t node[2], slot;
  for (int side = 0; side < 2; side++) {
    const lg_status status = node_of(ctx, net, gap->population[side], gap->probe[side], &node[side]);
    if (status != LG_OK) return status;
  }
  const lg_status status = check_gap(ctx, net, gap, node);
  for (int side = 0; status == LG_OK && side < 2; side++) {
    if (!net_find(net, gap->population[side], gap->cell[side], &slot)) continue;
    net_tile *tile = &net->tiles[slot / CABLE_TILE];
    const net_drive d = {.kind = NET_GAP, .a = gap->conductance_uS, .other = 2 * k + (size_t)(1 - side)};
    add(tile, slot % CABLE_TILE, node[side], d, store);
    if (store) tile->ends[tile->n_ends] = (net_end){slot % CABLE_TILE, node[side], 2 * k + (size_t)side};
    tile->n_ends++;
  }
  return status;
}

static lg_status add_all(lg_ctx *ctx, cable_network *net, bool store) {
  lg_status status = LG_OK;
  for (size_t k = 0; status == LG_OK && k < net->model->n_stimuli; k++) status = add_stimulus(ctx, net, k, store);
  for (size_t k = 0; status == LG_OK && k < net->model->n_gaps; k++) status = add_gap(ctx, net, k, store);
  return status;
}

/* Which end stands where when the ranks' ends are gathered: by rank, then by number. */
static lg_status order_ends(lg_ctx *ctx, cable_network *net) {
  lg_status status = LG_OK;
  size_t n = 0;
  LG_NEW(ctx, net->end_now, net->n_ends);
  LG_NEW(ctx, net->end_before, net->n_ends);
  LG_NEW(ctx, net->end_next, net->n_ends);
  LG_NEW(ctx, net->end_send, net->n_ends);
  LG_NEW(ctx, net->end_order, net->n_ends);
  for (int rank = 0; rank < net->peers.n; rank++) {
    if (rank == net->peers.rank) net->first_end_send = n;
    for (size_t k = 0; k < net->n_ends; k++) {
      const cable_gap *gap = &net->model->gaps[k / 2];
      if (net_rank_of(net, net_tile_of(net, gap->population[k % 2], gap->cell[k % 2])) != rank) continue;
      if (rank == net->peers.rank) net->n_end_send++;
      net->end_order[n++] = k;
    }
  }
done:
  return status;
}

lg_status net_drives_create(lg_ctx *ctx, cable_network *net) {
  lg_status status = LG_OK;
  LG_TRY(add_all(ctx, net, false));
  for (size_t t = 0; t < net->n_tiles; t++) {
    net_tile *tile = &net->tiles[t];
    if (tile->n_drives == 0) continue;
    LG_NEW(ctx, tile->points, tile->n_drives);
    LG_NEW(ctx, tile->drives, tile->n_drives);
    if (tile->n_ends > 0) LG_NEW(ctx, tile->ends, tile->n_ends);
    tile->n_drives = tile->n_ends = 0;
  }
  LG_TRY(add_all(ctx, net, true));
  net->n_ends = 2 * net->model->n_gaps;
  if (net->n_ends > 0) LG_TRY(order_ends(ctx, net));
done:
  return status;
}
