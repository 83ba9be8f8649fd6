/* Saving and putting back: records that any number of ranks can write and any other number can read. */
#include "cable/network_internal.h"
#include "data/provenance.h"

#include <math.h>
#include <string.h>

enum { REC_BEGIN = 1, REC_TILE, REC_EVENTS, REC_POISSON, REC_SOURCE, REC_SPIKES, REC_COLUMN, REC_ENDS, REC_COUNT };
static const char magic[16] = "loligo-network-2";

typedef struct record_head {
  uint64_t kind, which, bytes;
} record_head;

typedef struct begin {
  char magic[16];
  uint64_t step, n_cells, n_tiles, n_columns, n_samples, window, n_ends, seed;
  double dt_ms;
} begin;

typedef struct saved_poisson {
  uint64_t stimulus, cell, count;
  double next_ms;
} saved_poisson;

typedef struct saved_event {
  uint64_t step, tile; /* tile: of all ranks */
  double weight;
  uint32_t fraction, port;
} saved_event;

typedef struct buffer {
  unsigned char *at;
  size_t n, room;
} buffer;

static lg_status reserve(lg_ctx *ctx, buffer *b, size_t more) {
  if (b->at && b->room - b->n >= more) return LG_OK;
  const size_t room = 2 * (b->n + more);
  unsigned char *grown = lg_realloc(ctx, b->at, b->n, room, 1);
  if (!grown) return LG_ERR_MEMORY;
  b->at = grown;
  b->room = room;
  return LG_OK;
}

/* A record of `bytes`; *p is where they go. */
static lg_status add(lg_ctx *ctx, buffer *b, uint64_t kind, uint64_t which, size_t bytes, unsigned char **p) {
  const record_head head = {kind, which, bytes};
  const lg_status status = reserve(ctx, b, sizeof head + bytes);
  if (status != LG_OK) return status;
  memcpy(b->at + b->n, &head, sizeof head);
  *p = b->at + b->n + sizeof head;
  b->n += sizeof head + bytes;
  return LG_OK;
}

static void put(unsigned char **p, const void *from, size_t bytes) {
  if (bytes > 0) memcpy(*p, from, bytes);
  *p += bytes;
}

static void take(const unsigned char **p, void *to, size_t bytes) {
  if (bytes > 0) memcpy(to, *p, bytes);
  *p += bytes;
}

static begin begin_of(const cable_network *net) {
  begin b = {.step = net->step,
             .n_cells = net->n_cells,
             .n_tiles = net->first_tile[net->model->n_populations],
             .n_columns = net->n_columns,
             .n_samples = net->n_samples,
             .window = net->window,
             .n_ends = net->n_ends,
             .seed = net->model->seed,
             .dt_ms = net->dt_ms};
  memcpy(b.magic, magic, sizeof b.magic);
  return b;
}

static size_t tile_bytes(const net_tile *tile) {
  return lg_cable_group_state_bytes(tile->group) + sizeof tile->v +
         (tile->n_drives + tile->n_columns + 2 * tile->n_points) * sizeof(double);
}

static lg_status save_tile(lg_ctx *ctx, buffer *b, const net_tile *tile) {
  unsigned char *p;
  const lg_status status = add(ctx, b, REC_TILE, tile->index, tile_bytes(tile), &p);
  if (status != LG_OK) return status;
  put(&p, tile->v, sizeof tile->v);
  for (size_t k = 0; k < tile->n_drives; k++) put(&p, &tile->drives[k].now, sizeof(double));
  for (size_t k = 0; k < tile->n_columns; k++) put(&p, &tile->columns[k].before, sizeof(double));
  for (size_t k = 0; k < tile->n_points; k++) {
    put(&p, &tile->points[k].last_g, sizeof(double));
    put(&p, &tile->points[k].last_i, sizeof(double));
  }
  lg_cable_group_save(tile->group, p);
  return LG_OK;
}

static void restore_tile(net_tile *tile, const unsigned char *p) {
  take(&p, tile->v, sizeof tile->v);
  for (size_t k = 0; k < tile->n_drives; k++) take(&p, &tile->drives[k].now, sizeof(double));
  for (size_t k = 0; k < tile->n_columns; k++) take(&p, &tile->columns[k].before, sizeof(double));
  for (size_t k = 0; k < tile->n_points; k++) {
    take(&p, &tile->points[k].last_g, sizeof(double));
    take(&p, &tile->points[k].last_i, sizeof(double));
  }
  lg_cable_group_restore(tile->group, p);
}

static void put_event(unsigned char **p, const cable_network *net, const net_shard *shard, const net_event *event,
                      uint64_t step) {
  const saved_event saved = {.step = step,
                             .tile = net->tile0 + shard->first_tile + (event->to >> shard->port_bits),
                             .weight = event->weight,
                             .fraction = event->fraction,
                             .port = event->to & (((uint32_t)1 << shard->port_bits) - 1)};
  put(p, &saved, sizeof saved);
}

static void put_bucket(unsigned char **p, const cable_network *net, const net_shard *shard, const net_bucket *bucket,
                       uint64_t step) {
  uint32_t chunk = bucket->head;
  for (uint32_t k = 0; k < bucket->n; k++) {
    put_event(p, net, shard, &shard->pool[(size_t)chunk * NET_CHUNK + k % NET_CHUNK], step);
    if (k % NET_CHUNK == NET_CHUNK - 1) chunk = shard->next[chunk];
  }
}

/* The events of a tile and step in their order; between those the order means nothing. */
static lg_status save_events(lg_ctx *ctx, buffer *b, const cable_network *net, const net_shard *shard) {
  const size_t n_buckets = shard->n_tiles * net->near;
  size_t n = 0;
  unsigned char *p;
  for (size_t k = 0; k < n_buckets; k++) n += shard->buckets[k].n;
  for (size_t w = 0; w < net->n_far; w++) n += shard->far[w].n;
  const lg_status status = add(ctx, b, REC_EVENTS, 0, n * sizeof(saved_event), &p);
  if (status != LG_OK) return status;
  for (size_t k = 0; k < n_buckets; k++) /* the step from now on that has this place in the ring */
    put_bucket(&p, net, shard, &shard->buckets[k], net->step + ((k % net->near - (size_t)net->step) & (net->near - 1)));
  for (size_t w = 0; w < net->n_far; w++)
    for (size_t e = 0; e < shard->far[w].n; e++)
      put_event(&p, net, shard, &shard->far[w].at[e].event, shard->far[w].at[e].step);
  return LG_OK;
}

static lg_status save_poisson(lg_ctx *ctx, buffer *b, const net_shard *shard) {
  unsigned char *p;
  const lg_status status = add(ctx, b, REC_POISSON, 0, shard->n_poisson * sizeof(saved_poisson), &p);
  for (size_t k = 0; status == LG_OK && k < shard->n_poisson; k++) {
    const net_poisson *from = &shard->poisson[k];
    const saved_poisson saved = {from->stimulus, from->cell, from->count, shard->poisson_next_ms[k]};
    put(&p, &saved, sizeof saved);
  }
  return status;
}

/* What all ranks have alike is written by rank 0. */
static lg_status save_common(lg_ctx *ctx, buffer *b, const cable_network *net) {
  unsigned char *p;
  const begin first = begin_of(net);
  lg_status status = LG_OK;
  LG_TRY(add(ctx, b, REC_BEGIN, 0, sizeof first, &p));
  put(&p, &first, sizeof first);
  for (size_t s = 0; s < net->n_sources; s++) {
    const net_source *source = &net->sources[s];
    const size_t n = source->next_ms ? net->model->populations[source->population].number : 0;
    LG_TRY(add(ctx, b, REC_SOURCE, s, sizeof(uint64_t) + n * 2 * sizeof(uint64_t), &p));
    const uint64_t next = source->next_train;
    put(&p, &next, sizeof next);
    put(&p, source->next_ms, n * sizeof(double));
    put(&p, source->count, n * sizeof(uint64_t));
  }
  LG_TRY(add(ctx, b, REC_SPIKES, 0, net->n_spikes * sizeof *net->spikes, &p));
  put(&p, net->spikes, net->n_spikes * sizeof *net->spikes);
  LG_TRY(add(ctx, b, REC_ENDS, 0, 2 * net->n_ends * sizeof(double), &p));
  put(&p, net->end_now, net->n_ends * sizeof(double));
  put(&p, net->end_before, net->n_ends * sizeof(double));
done:
  return status;
}

static lg_status save_mine(lg_ctx *ctx, buffer *b, cable_network *net) {
  lg_status status = LG_OK;
  uint64_t n_events = 0;
  unsigned char *p;
  for (size_t k = 0; k < net->n_shards; k++) {
    status = net_deliver(net, &net->shards[k]);
    if (status != LG_OK) return net_shard_failed(ctx, net, status);
  }
  net->n_sent = 0;
  if (net->peers.rank == 0) LG_TRY(save_common(ctx, b, net));
  for (size_t t = 0; t < net->n_tiles; t++) LG_TRY(save_tile(ctx, b, &net->tiles[t]));
  for (size_t k = 0; k < net->n_shards; k++) {
    LG_TRY(save_events(ctx, b, net, &net->shards[k]));
    LG_TRY(save_poisson(ctx, b, &net->shards[k]));
    n_events += net->shards[k].n_events;
  }
  LG_TRY(add(ctx, b, REC_COUNT, 0, sizeof n_events, &p));
  put(&p, &n_events, sizeof n_events);
  for (size_t k = 0; k < net->n_my_columns; k++) {
    LG_TRY(add(ctx, b, REC_COLUMN, net->my_columns[k], net->n_samples * sizeof(double), &p));
    put(&p, net->values + k * net->n_samples, net->n_samples * sizeof(double));
  }
done:
  return status;
}

lg_status lg_cable_network_save(lg_ctx *ctx, cable_network *net, unsigned char **bytes, size_t *n) {
  buffer mine = {0}, all = {0};
  char hex[65];
  *bytes = NULL;
  *n = 0;
  lg_status status = save_mine(ctx, &mine, net);
  if (status == LG_OK) status = net_gather(ctx, net, mine.at, mine.n, &all.at, &all.room, &all.n);
  if (status == LG_OK) status = reserve(ctx, &all, 64);
  lg_free(ctx, mine.at);
  if (status != LG_OK) {
    lg_free(ctx, all.at);
    return status;
  }
  lg_sha256_bytes(all.at, all.n, hex);
  memcpy(all.at + all.n, hex, 64);
  *bytes = all.at;
  *n = all.n + 64;
  return LG_OK;
}

static lg_status another(lg_ctx *ctx, const char *what) {
  return lg_fail(ctx, LG_ERR_FORMAT,
                 "the state is that of another network: its %s differ%s; take it away to begin anew", what,
                 what[strlen(what) - 1] == 's' ? "" : "s");
}

static lg_status check_begin(lg_ctx *ctx, const cable_network *net, const unsigned char *p, size_t bytes, begin *is) {
  const begin want = begin_of(net);
  if (bytes != sizeof *is) return another(ctx, "format");
  take(&p, is, sizeof *is);
  if (memcmp(is->magic, magic, sizeof is->magic) != 0) return another(ctx, "format");
  if (is->n_cells != want.n_cells || is->n_tiles != want.n_tiles) return another(ctx, "cells");
  if (is->n_columns != want.n_columns || is->n_samples != want.n_samples) return another(ctx, "probes");
  if (is->window != want.window || is->n_ends != want.n_ends) return another(ctx, "connections");
  if (is->seed != want.seed) return another(ctx, "seed");
  if (is->dt_ms != want.dt_ms || is->step > net->n_steps) return another(ctx, "steps");
  return LG_OK;
}

static lg_status restore_events(lg_ctx *ctx, cable_network *net, const unsigned char *p, size_t n) {
  const uint64_t last = net->step + (net->n_far > 0 ? (net->n_far - 1) * net->window : net->near);
  for (size_t k = 0; k < n; k++) {
    saved_event event;
    take(&p, &event, sizeof event);
    if (event.tile < net->tile0 || event.tile >= net->tile0 + net->n_tiles) continue;
    const size_t t = (size_t)event.tile - net->tile0;
    net_shard *shard = net_shard_of(net, t);
    if (event.port >= lg_cable_group_ports(net->tiles[t].group)) return another(ctx, "synapses");
    if (event.step < net->step || event.step >= last || event.step >= UINT32_MAX) return another(ctx, "events");
    if (!net_schedule(net, shard, event.step << 32 | event.fraction, event.weight,
                      (uint32_t)(t - shard->first_tile) << shard->port_bits | event.port))
      return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the events of the state");
  }
  return LG_OK;
}

static lg_status restore_poisson(lg_ctx *ctx, cable_network *net, const unsigned char *p, size_t n) {
  size_t hint = 0;
  for (size_t k = 0; k < n; k++) {
    saved_poisson saved;
    uint32_t slot, in_it;
    size_t population, at = 0;
    take(&p, &saved, sizeof saved);
    if (saved.cell >= net->n_cells) return another(ctx, "inputs");
    lg_cable_network_who(net->model, (uint32_t)saved.cell, &population, &in_it);
    if (!net_find(net, population, in_it, &slot)) continue;
    net_shard *shard = net_shard_of(net, slot / CABLE_TILE);
    for (; at < shard->n_poisson; at++) { /* both lists have one order: the next is nearly always right */
      const size_t which = (hint + at) % shard->n_poisson;
      net_poisson *own = &shard->poisson[which];
      if (own->stimulus != saved.stimulus || own->cell != saved.cell) continue;
      own->count = saved.count;
      own->spare = (double)NAN;
      shard->poisson_next_ms[which] = saved.next_ms;
      hint = (which + 1) % shard->n_poisson;
      break;
    }
    if (at == shard->n_poisson) return another(ctx, "inputs");
  }
  return LG_OK;
}

static lg_status restore_source(lg_ctx *ctx, cable_network *net, uint64_t which, const unsigned char *p, size_t bytes) {
  uint64_t next;
  if (which >= net->n_sources) return another(ctx, "sources");
  net_source *source = &net->sources[which];
  const cable_population *population = &net->model->populations[source->population];
  const size_t n = source->next_ms ? population->number : 0;
  if (bytes != sizeof next + n * 2 * sizeof(uint64_t)) return another(ctx, "sources");
  take(&p, &next, sizeof next);
  if (next > population->n_train) return another(ctx, "sources");
  source->next_train = (size_t)next;
  take(&p, source->next_ms, n * sizeof(double));
  take(&p, source->count, n * sizeof(uint64_t));
  return LG_OK;
}

static lg_status restore_spikes(lg_ctx *ctx, cable_network *net, const unsigned char *p, size_t n) {
  net->n_spikes = 0;
  for (size_t k = 0; k < n; k++) {
    cable_network_spike spike;
    take(&p, &spike, sizeof spike);
    if (spike.cell >= net->n_cells) return another(ctx, "spikes");
    if (!net_spikes_push(ctx, &net->spikes, &net->n_spikes, &net->room_spikes, spike)) return LG_ERR_MEMORY;
  }
  return LG_OK;
}

static lg_status restore_record(lg_ctx *ctx, cable_network *net, const record_head *head, const unsigned char *p) {
  const size_t bytes = (size_t)head->bytes;
  uint64_t n_events;
  switch (head->kind) {
  case REC_TILE:
    if (head->which < net->tile0 || head->which >= net->tile0 + net->n_tiles) return LG_OK;
    if (bytes != tile_bytes(&net->tiles[head->which - net->tile0])) return another(ctx, "cells");
    restore_tile(&net->tiles[head->which - net->tile0], p);
    return LG_OK;
  case REC_EVENTS:
    return restore_events(ctx, net, p, bytes / sizeof(saved_event));
  case REC_POISSON:
    return restore_poisson(ctx, net, p, bytes / sizeof(saved_poisson));
  case REC_SOURCE:
    return restore_source(ctx, net, head->which, p, bytes);
  case REC_SPIKES:
    return restore_spikes(ctx, net, p, bytes / sizeof(cable_network_spike));
  case REC_COLUMN:
    for (size_t k = 0; k < net->n_my_columns; k++)
      if (net->my_columns[k] == head->which && bytes == net->n_samples * sizeof(double))
        take(&p, net->values + k * net->n_samples, bytes);
    return LG_OK;
  case REC_ENDS:
    if (bytes != 2 * net->n_ends * sizeof(double)) return another(ctx, "gap junctions");
    take(&p, net->end_now, bytes / 2);
    take(&p, net->end_before, bytes / 2);
    return LG_OK;
  case REC_COUNT:
    if (bytes != sizeof n_events) return another(ctx, "format");
    take(&p, &n_events, sizeof n_events);
    if (net->peers.rank == 0 && net->n_shards > 0) net->shards[0].n_events += n_events;
    return LG_OK;
  default:
    return another(ctx, "format");
  }
}

static void begin_anew(cable_network *net, uint64_t step) {
  net->step = step;
  net->n_sent = 0;
  for (size_t k = 0; k < net->n_shards; k++) {
    net_ring_empty(net, &net->shards[k]);
    net_inputs_go_on(net, &net->shards[k]);
  }
}

lg_status lg_cable_network_restore(lg_ctx *ctx, cable_network *net, const void *bytes, size_t n) {
  const unsigned char *p = bytes, *end = p + n;
  char hex[65];
  begin is = {0};
  if (n < 64) return lg_fail(ctx, LG_ERR_FORMAT, "the state is cut short (%zu bytes); take it away to begin anew", n);
  end -= 64;
  lg_sha256_bytes(p, n - 64, hex);
  if (memcmp(hex, end, 64) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "the state is damaged (its SHA-256 is wrong); take it away to begin anew");
  for (bool first = true; p < end; first = false) {
    record_head head;
    if ((size_t)(end - p) < sizeof head) return another(ctx, "format");
    take(&p, &head, sizeof head);
    if (head.bytes > (uint64_t)(end - p) || (head.kind == REC_BEGIN) != first) return another(ctx, "format");
    const lg_status status =
        first ? check_begin(ctx, net, p, (size_t)head.bytes, &is) : restore_record(ctx, net, &head, p);
    if (status != LG_OK) return status;
    if (first) begin_anew(net, is.step);
    p += head.bytes;
  }
  return LG_OK;
}
