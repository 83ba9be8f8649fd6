/* Windows: steps of all tiles, then spikes become events. */
#define _XOPEN_SOURCE 700
#include "cable/network_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FLAG_CANCELLED = 1, FLAG_SAVE = 2, FLAG_DIVERGED = 4 };

/* What a rank says at the end of a window; its spikes follow. */
typedef struct header {
  uint64_t n_spikes;
  uint32_t flags, cell, node, unused;
} header;

double lg_cable_network_time_ms(const cable_network *net) { return (double)net->step * net->dt_ms; }

static void store_sample(const cable_network *net, const net_column *column, size_t k, double value) {
  if (k < net->n_samples) net->values[column->row * net->n_samples + k] = value;
}

/* Samples that fall in (t0, t1], linear between the two. */
static void record(const cable_network *net, net_tile *tile, uint64_t step) {
  const double every = net->model->sample_ms, dt = net->dt_ms, t1 = (double)(step + 1) * dt;
  const size_t due = (size_t)floor(t1 / every + 1e-9);
  const bool now = (double)due * every > (double)step * dt * (1.0 + 1e-12) + 1e-9 * dt;
  const double part = now ? ((double)due * every - (double)step * dt) / dt : 1.0;
  for (size_t k = 0; k < tile->n_columns; k++) {
    net_column *column = &tile->columns[k];
    const double value = lg_cable_group_probe(tile->group, column->probe, column->lane);
    if (now)
      store_sample(net, column, due, part > 1.0 - 1e-9 ? value : column->before + part * (value - column->before));
    column->before = value;
  }
}

static bool note(net_shard *shard, double t_ms, uint32_t cell, uint64_t step) {
  return net_spikes_push(shard->ctx, &shard->spikes, &shard->n_spikes, &shard->room_spikes,
                         (cable_network_spike){t_ms, cell, (uint32_t)step});
}

static bool detect(const cable_network *net, net_shard *shard, net_tile *tile, uint64_t step) {
  const double t0 = (double)step * net->dt_ms, t1 = (double)(step + 1) * net->dt_ms;
  if (tile->fires) {
    const cable_group_spike *fired;
    const size_t n = lg_cable_group_fired(tile->group, &fired);
    for (size_t k = 0; k < n; k++) {
      const double t = fired[k].t_ms < t0 ? t0 : fired[k].t_ms > t1 ? t1 : fired[k].t_ms;
      if (fired[k].node == tile->spike_node && !note(shard, t, tile->cell + fired[k].cell, step)) return false;
    }
    return true;
  }
  for (uint32_t lane = 0; lane < tile->n; lane++) {
    const double before = tile->v[lane], v = lg_cable_group_v(tile->group, tile->spike_node, lane);
    tile->v[lane] = v;
    if (!(before < tile->threshold_mV && v >= tile->threshold_mV)) continue;
    const double t = t0 + (tile->threshold_mV - before) / (v - before) * net->dt_ms;
    if (!note(shard, t > t1 ? t1 : t, tile->cell + lane, step)) return false;
  }
  return true;
}

static void look_for_divergence(net_shard *shard, const net_tile *tile) {
  size_t node, cell;
  if (shard->diverged || !lg_cable_group_diverged(tile->group, &node, &cell)) return;
  shard->diverged = true;
  shard->diverged_cell = tile->cell + (uint32_t)cell;
  shard->diverged_node = (uint32_t)node;
}

static lg_status run_tile(const cable_network *net, net_shard *shard, size_t t) {
  net_tile *tile = &net->tiles[t];
  for (uint64_t step = net->run_from; step < net->run_to; step++) {
    if (tile->n_drives > 0) net_drive_tile(net, tile, step);
    const lg_status status = net_receive(net, shard, t, step);
    if (status != LG_OK) return status;
    lg_cable_group_step(tile->group);
    if (!detect(net, shard, tile, step)) return LG_ERR_MEMORY;
    if (tile->n_columns > 0) record(net, tile, step);
  }
  for (size_t k = 0; k < tile->n_ends; k++)
    net->end_next[tile->ends[k].end] = lg_cable_group_v(tile->group, tile->ends[k].node, tile->ends[k].lane);
  look_for_divergence(shard, tile);
  return LG_OK;
}

/* The events of a window: what was sent in the one before, and inputs. */
static lg_status collect_shards(void *user, size_t begin, size_t end, unsigned worker) {
  const cable_network *net = user;
  lg_status status = LG_OK;
  (void)worker;
  for (size_t k = begin; status == LG_OK && k < end; k++) {
    net->shards[k].n_spikes = 0;
    status = net_deliver(net, &net->shards[k]);
    if (status == LG_OK) status = net_draw_inputs(net, &net->shards[k]);
  }
  return status;
}

static lg_status run_shards(void *user, size_t begin, size_t end, unsigned worker) {
  const cable_network *net = user;
  lg_status status = LG_OK;
  (void)worker;
  for (size_t k = begin; status == LG_OK && k < end; k++) {
    net_shard *shard = &net->shards[k];
    for (size_t t = shard->first_tile; status == LG_OK && t < shard->first_tile + shard->n_tiles; t++)
      status = run_tile(net, shard, t);
  }
  return status;
}

static lg_status collect_and_run(void *user, size_t begin, size_t end, unsigned worker) {
  const lg_status status = collect_shards(user, begin, end, worker);
  return status == LG_OK ? run_shards(user, begin, end, worker) : status;
}

/* The voltages at gap junctions go round after every step. */
static lg_status exchange_ends(lg_ctx *ctx, cable_network *net) {
  size_t n_all = 0;
  double *const before = net->end_before;
  if (net->peers.n > 1) {
    for (size_t k = 0; k < net->n_end_send; k++)
      net->end_send[k] = net->end_next[net->end_order[net->first_end_send + k]];
    const lg_status status = net_gather(ctx, net, net->end_send, net->n_end_send * sizeof(double), &net->gathered,
                                        &net->room_gathered, &n_all);
    if (status != LG_OK) return status;
    if (n_all != net->n_ends * sizeof(double))
      return lg_fail(ctx, LG_ERR_IO, "the ranks sent %zu bytes of voltages, %zu were expected", n_all,
                     net->n_ends * sizeof(double));
    for (size_t k = 0; k < net->n_ends; k++)
      memcpy(&net->end_next[net->end_order[k]], net->gathered + k * sizeof(double), sizeof(double));
  }
  net->end_before = net->end_now;
  net->end_now = net->end_next;
  net->end_next = before;
  return LG_OK;
}

static lg_status run_window(lg_ctx *ctx, cable_network *net) {
  const uint64_t to = net->run_to;
  lg_status status;
  if (net->n_ends == 0) {
    status = lg_parallel_for(ctx, net->n_shards, 1, collect_and_run, net);
    net->n_sent = 0;
    return status == LG_OK ? LG_OK : net_shard_failed(ctx, net, status);
  }
  status = lg_parallel_for(ctx, net->n_shards, 1, collect_shards, net);
  net->n_sent = 0;
  for (uint64_t step = net->run_from; status == LG_OK && step < to; step++) {
    net->run_from = step;
    net->run_to = step + 1;
    status = lg_parallel_for(ctx, net->n_shards, 1, run_shards, net);
    if (status != LG_OK) break;
    status = exchange_ends(ctx, net);
    if (status != LG_OK) return status;
  }
  return status == LG_OK ? LG_OK : net_shard_failed(ctx, net, status);
}

static bool diverged(const cable_network *net, header *head) {
  for (size_t k = 0; k < net->n_shards; k++) {
    if (!net->shards[k].diverged) continue;
    head->cell = net->shards[k].diverged_cell;
    head->node = net->shards[k].diverged_node;
    return true;
  }
  return false;
}

/* By the step in which they were found first: then it does not matter how many steps a window has. */
static int by_time(const void *pa, const void *pb) {
  const cable_network_spike *a = pa, *b = pb;
  if (a->step != b->step) return a->step < b->step ? -1 : 1;
  if (a->t_ms != b->t_ms) return a->t_ms < b->t_ms ? -1 : 1;
  return (a->cell > b->cell) - (a->cell < b->cell);
}

/* This rank's header and spikes in net->message. */
static lg_status write_message(lg_ctx *ctx, cable_network *net, header *head, size_t *bytes) {
  head->n_spikes = 0;
  for (size_t k = 0; k < net->n_shards; k++) head->n_spikes += net->shards[k].n_spikes;
  *bytes = sizeof *head + (size_t)head->n_spikes * sizeof(cable_network_spike);
  if (net->room_message < *bytes) {
    unsigned char *grown = lg_realloc(ctx, net->message, 0, 2 * *bytes, 1);
    if (!grown) return LG_ERR_MEMORY;
    net->message = grown;
    net->room_message = 2 * *bytes;
  }
  unsigned char *p = net->message;
  memcpy(p, head, sizeof *head);
  p += sizeof *head;
  for (size_t k = 0; k < net->n_shards; k++) {
    const size_t n = net->shards[k].n_spikes * sizeof(cable_network_spike);
    if (n > 0) memcpy(p, net->shards[k].spikes, n);
    p += n;
  }
  return LG_OK;
}

/* The fresh spikes into the list of all and of those that wait to be delivered. */
static lg_status send(lg_ctx *ctx, cable_network *net) {
  if (net->room_sent < net->n_fresh) {
    lg_free(ctx, net->sent);
    net->room_sent = 0;
    if (!(net->sent = lg_alloc(ctx, 2 * net->n_fresh, sizeof *net->sent))) return LG_ERR_MEMORY;
    net->room_sent = 2 * net->n_fresh;
  }
  for (size_t k = 0; k < net->n_fresh; k++) {
    const cable_network_spike *spike = &net->fresh[k];
    const uint64_t from = (uint64_t)spike->step << 32, to = from + ((uint64_t)1 << 32), at = net_at(net, spike->t_ms);
    net->sent[k] = (net_spike){at < from ? from : at > to ? to : at, spike->cell};
    if (!net_spikes_push(ctx, &net->spikes, &net->n_spikes, &net->room_spikes, *spike)) return LG_ERR_MEMORY;
  }
  net->n_sent = net->n_fresh;
  return LG_OK;
}

/* Spikes of all ranks into net->fresh; what the ranks say into *head. */
static lg_status exchange(lg_ctx *ctx, cable_network *net, header *head) {
  size_t bytes = 0, n_all = 0;
  lg_status status = write_message(ctx, net, head, &bytes);
  if (status == LG_OK) status = net_gather(ctx, net, net->message, bytes, &net->gathered, &net->room_gathered, &n_all);
  if (status != LG_OK) return status;
  net->n_fresh = 0;
  for (size_t at = 0; at + sizeof(header) <= n_all;) {
    header its;
    memcpy(&its, net->gathered + at, sizeof its);
    at += sizeof its;
    if (its.n_spikes > (n_all - at) / sizeof(cable_network_spike))
      return lg_fail(ctx, LG_ERR_IO, "a rank sent %zu bytes for %llu spikes", n_all - at,
                     (unsigned long long)its.n_spikes);
    if (its.flags & FLAG_DIVERGED && !(head->flags & FLAG_DIVERGED && head->cell < its.cell)) {
      head->cell = its.cell;
      head->node = its.node;
    }
    head->flags |= its.flags;
    for (uint64_t k = 0; k < its.n_spikes; k++, at += sizeof(cable_network_spike)) {
      cable_network_spike spike;
      memcpy(&spike, net->gathered + at, sizeof spike);
      if (!net_spikes_push(ctx, &net->fresh, &net->n_fresh, &net->room_fresh, spike)) return LG_ERR_MEMORY;
    }
  }
  status = net_fire_sources(ctx, net, (double)net->run_to * net->dt_ms);
  if (status != LG_OK) return status;
  if (net->n_fresh > 1) qsort(net->fresh, net->n_fresh, sizeof *net->fresh, by_time);
  return send(ctx, net);
}

static double seconds(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static lg_status save(lg_ctx *ctx, cable_network *net, const cable_network_run *options) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  lg_status status = lg_cable_network_save(ctx, net, &bytes, &n);
  if (status == LG_OK && net->peers.rank == 0 && options->save) status = options->save(ctx, options->user, bytes, n);
  lg_free(ctx, bytes);
  return status;
}

static lg_status fail_diverged(lg_ctx *ctx, const cable_network *net, const header *head) {
  size_t p;
  uint32_t cell;
  lg_cable_network_who(net->model, head->cell, &p, &cell);
  return lg_fail(ctx, LG_ERR_NUMERICAL,
                 "cell %u of '%s' diverged before t = %g ms: section %d at x = %.3g is not within ±1000 mV; a shorter "
                 "step, or smaller weights",
                 cell, net->model->populations[p].name, (double)net->run_to * net->dt_ms,
                 (int)net->trees[p]->section[head->node], net->trees[p]->x[head->node]);
}

lg_status lg_cable_network_run(lg_ctx *ctx, cable_network *net, const cable_network_run *options) {
  const cable_network_run none = {0};
  double saved = seconds();
  if (!options) options = &none;
  while (net->step < net->n_steps) {
    header head = {0};
    net->run_from = net->step;
    net->window_end = (net->step / net->window + 1) * net->window;
    net->run_to = net->window_end < net->n_steps ? net->window_end : net->n_steps;
    const uint64_t to = net->run_to;
    lg_status status = run_window(ctx, net);
    if (status != LG_OK) return status;
    if (lg_cancelled(ctx)) head.flags |= FLAG_CANCELLED;
    if (options->save_every_s > 0.0 && seconds() - saved > options->save_every_s) head.flags |= FLAG_SAVE;
    if (diverged(net, &head)) head.flags |= FLAG_DIVERGED;
    status = exchange(ctx, net, &head);
    if (status != LG_OK) return status;
    net->step = to;
    if (head.flags & FLAG_DIVERGED) return fail_diverged(ctx, net, &head);
    if (head.flags & (FLAG_CANCELLED | FLAG_SAVE) && net->step < net->n_steps) {
      status = save(ctx, net, options);
      if (status != LG_OK) return status;
      saved = seconds();
    }
    if (head.flags & FLAG_CANCELLED && net->step < net->n_steps)
      return lg_fail(ctx, LG_ERR_CANCELLED, "interrupted at t = %g ms%s", lg_cable_network_time_ms(net),
                     options->save ? "; the state is saved" : "");
    LG_IGNORE(lg_progress(ctx, "steps", (size_t)net->step, (size_t)net->n_steps)); /* cancelling is agreed on above */
  }
  return LG_OK;
}

void net_begin(cable_network *net) {
  for (size_t t = 0; t < net->n_tiles; t++) {
    net_tile *tile = &net->tiles[t];
    for (uint32_t lane = 0; lane < tile->n; lane++)
      tile->v[lane] = lg_cable_group_v(tile->group, tile->spike_node, lane);
    for (size_t k = 0; k < tile->n_columns; k++) {
      tile->columns[k].before = lg_cable_group_probe(tile->group, tile->columns[k].probe, tile->columns[k].lane);
      store_sample(net, &tile->columns[k], 0, tile->columns[k].before);
    }
  }
  /* every rank knows v_init of all ends: cells begin at the one of their model */
  for (size_t k = 0; k < net->n_ends; k++) {
    const cable_gap *gap = &net->model->gaps[k / 2];
    net->end_now[k] = net->end_before[k] = net->model->populations[gap->population[k % 2]].model->v_init_mV;
  }
}
