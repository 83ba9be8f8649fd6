/* Events: from spikes into buckets, one per tile and step, and out of them when the step comes. */
#include "cable/network_internal.h"

#include <string.h>

#if defined(__GNUC__)
#define PREFETCH(p) __builtin_prefetch(p)
#else
#define PREFETCH(p) ((void)(p))
#endif

bool net_spikes_push(lg_ctx *ctx, cable_network_spike **spikes, size_t *n, size_t *room, cable_network_spike spike) {
  if (*n == *room) {
    const size_t more = *room ? 2 * *room : 64;
    cable_network_spike *grown = lg_realloc(ctx, *spikes, *n * sizeof *grown, more, sizeof *grown);
    if (!grown) return false;
    *spikes = grown;
    *room = more;
  }
  (*spikes)[(*n)++] = spike;
  return true;
}

uint32_t net_address(const cable_network *net, const net_shard *shard, uint32_t slot, uint32_t synapse) {
  const size_t tile = slot / CABLE_TILE;
  return (uint32_t)(tile - shard->first_tile) << shard->port_bits |
         lg_cable_group_port(net->tiles[tile].group, slot % CABLE_TILE, synapse);
}

/* ---- the ring -------------------------------------------------------------------------------------- */

lg_status net_rings_create(lg_ctx *ctx, cable_network *net) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < net->n_shards; k++) {
    net_shard *shard = &net->shards[k];
    size_t n;
    if (!lg_mul_size(shard->n_tiles, net->near, &n))
      return lg_fail(ctx, LG_ERR_LIMIT, "%zu tiles have no room for events of %zu steps", shard->n_tiles, net->near);
    LG_NEW(ctx, shard->buckets, n);
    if (net->n_far > 0) LG_NEW(ctx, shard->far, net->n_far);
    shard->free_chunk = NET_NO_CHUNK;
    net_ring_empty(net, shard);
  }
done:
  return status;
}

static void free_arrivals(net_shard *shard) {
  lg_free(shard->ctx, shard->arrivals.weight);
  lg_free(shard->ctx, shard->arrivals.offset_ms);
  lg_free(shard->ctx, shard->arrivals.port);
  lg_free(shard->ctx, shard->arrivals.key);
  shard->arrivals = (cable_arrivals){0};
  shard->room_arrivals = 0;
}

static bool room_for(net_shard *shard, size_t n) {
  if (shard->room_arrivals >= n) return true;
  cable_arrivals *a = &shard->arrivals;
  const size_t room = 2 * n + 8;
  free_arrivals(shard);
  a->weight = lg_alloc(shard->ctx, room, sizeof *a->weight);
  a->offset_ms = lg_alloc(shard->ctx, room, sizeof *a->offset_ms);
  a->port = lg_alloc(shard->ctx, room, sizeof *a->port);
  a->key = lg_alloc(shard->ctx, room, sizeof *a->key);
  if (!a->weight || !a->offset_ms || !a->port || !a->key) return false;
  shard->room_arrivals = 2 * n;
  return true;
}

void net_ring_destroy(net_shard *shard, size_t n_far) {
  for (size_t k = 0; shard->far && k < n_far; k++) lg_free(shard->ctx, shard->far[k].at);
  lg_free(shard->ctx, shard->pool);
  lg_free(shard->ctx, shard->next);
  free_arrivals(shard);
}

static uint64_t admitted_at(const cable_network *net) { return net->step / net->window + net->near / net->window; }

void net_ring_empty(const cable_network *net, net_shard *shard) {
  memset(shard->buckets, 0, shard->n_tiles * net->near * sizeof *shard->buckets);
  for (size_t k = 0; k < net->n_far; k++) shard->far[k].n = 0;
  for (uint32_t c = 0; c < shard->n_chunks; c++) shard->next[c] = c + 1 < shard->n_chunks ? c + 1 : NET_NO_CHUNK;
  shard->free_chunk = shard->n_chunks > 0 ? 0 : NET_NO_CHUNK;
  shard->admitted = admitted_at(net);
}

static bool more_chunks(net_shard *shard) {
  const uint32_t room = shard->room_chunks ? 2 * shard->room_chunks : 256;
  if (room >= NET_NO_CHUNK / NET_CHUNK) {
    LG_IGNORE(lg_fail(shard->ctx, LG_ERR_LIMIT, "more than 4 thousand million events are under way"));
    return false;
  }
  net_event *pool = lg_realloc(shard->ctx, shard->pool, (size_t)shard->room_chunks * NET_CHUNK * sizeof *pool,
                               (size_t)room * NET_CHUNK, sizeof *pool);
  if (!pool) return false;
  shard->pool = pool;
  uint32_t *next =
      lg_realloc(shard->ctx, shard->next, (size_t)shard->room_chunks * sizeof *next, (size_t)room, sizeof *next);
  if (!next) return false;
  shard->next = next;
  shard->room_chunks = room;
  return true;
}

static bool lengthen(net_shard *shard, net_bucket *bucket) {
  uint32_t chunk = shard->free_chunk;
  if (chunk != NET_NO_CHUNK) {
    shard->free_chunk = shard->next[chunk];
  } else {
    if (shard->n_chunks == shard->room_chunks && !more_chunks(shard)) return false;
    chunk = shard->n_chunks++;
  }
  if (bucket->n == 0) bucket->head = chunk;
  else shard->next[bucket->tail] = chunk;
  bucket->tail = chunk;
  shard->next[chunk] = NET_NO_CHUNK;
  return true;
}

static inline bool into_bucket(const cable_network *net, net_shard *shard, uint64_t step, net_event event) {
  net_bucket *bucket =
      &shard->buckets[(size_t)(event.to >> shard->port_bits) * net->near + ((size_t)step & (net->near - 1))];
  const uint32_t at = bucket->n % NET_CHUNK;
  if (at == 0 && !lengthen(shard, bucket)) return false;
  shard->pool[(size_t)bucket->tail * NET_CHUNK + at] = event;
  bucket->n++;
  return true;
}

static bool far_away(const cable_network *net, net_shard *shard, uint64_t step, net_event event) {
  net_far_events *far = &shard->far[step / net->window % net->n_far];
  if (far->n == far->room) {
    const size_t room = far->room ? 2 * far->room : 64;
    net_far_event *grown = lg_realloc(shard->ctx, far->at, far->n * sizeof *grown, room, sizeof *grown);
    if (!grown) return false;
    far->at = grown;
    far->room = room;
  }
  far->at[far->n++] = (net_far_event){event, step};
  return true;
}

static inline bool schedule(const cable_network *net, net_shard *shard, uint64_t at, double weight, uint32_t to) {
  const uint64_t step = at >> 32;
  const net_event event = {weight, (uint32_t)at, to};
  return step < shard->admitted * net->window ? into_bucket(net, shard, step, event)
                                              : far_away(net, shard, step, event);
}

bool net_schedule(const cable_network *net, net_shard *shard, uint64_t at, double weight, uint32_t to) {
  return schedule(net, shard, at, weight, to);
}

/* Windows that have come near. What was sent early stands before what is sent later, as in every bucket. */
static lg_status admit(const cable_network *net, net_shard *shard) {
  for (; shard->admitted < admitted_at(net); shard->admitted++) {
    if (net->n_far == 0) continue;
    net_far_events *far = &shard->far[shard->admitted % net->n_far];
    for (size_t k = 0; k < far->n; k++)
      if (!into_bucket(net, shard, far->at[k].step, far->at[k].event)) return LG_ERR_MEMORY;
    far->n = 0;
  }
  return LG_OK;
}

lg_status net_deliver(const cable_network *net, net_shard *shard) {
  enum { ROWS_AHEAD = 8, TARGETS_AHEAD = 4 }; /* spikes whose connections are fetched before they are wanted */
  const unsigned shift = 32 - net->delay_bits;
  const lg_status status = admit(net, shard);
  if (status != LG_OK) return status;
  for (size_t k = 0; k < net->n_sent; k++) {
    const net_spike *spike = &net->sent[k];
    if (k + ROWS_AHEAD < net->n_sent) PREFETCH(&shard->row[net->sent[k + ROWS_AHEAD].source]);
    if (k + TARGETS_AHEAD < net->n_sent) PREFETCH(&shard->targets[shard->row[net->sent[k + TARGETS_AHEAD].source]]);
    const uint32_t end = shard->row[spike->source + 1];
    for (uint32_t j = shard->row[spike->source]; j < end; j++) {
      const net_target *to = &shard->targets[j];
      if (!schedule(net, shard, spike->at + ((uint64_t)to->delay << shift), to->weight, to->to)) return LG_ERR_MEMORY;
    }
  }
  return LG_OK;
}

lg_status net_receive(const cable_network *net, net_shard *shard, size_t t, uint64_t step) {
  net_bucket *bucket = &shard->buckets[(t - shard->first_tile) * net->near + ((size_t)step & (net->near - 1))];
  const size_t n = bucket->n;
  if (n == 0) return LG_OK;
  if (!room_for(shard, n)) return LG_ERR_MEMORY;
  const cable_arrivals *a = &shard->arrivals;
  const uint32_t ports = ((uint32_t)1 << shard->port_bits) - 1;
  const double unit = net->dt_ms * 0x1p-32;
  uint32_t chunk = bucket->head;
  for (size_t k = 0; k < n; k += NET_CHUNK) {
    const net_event *from = shard->pool + (size_t)chunk * NET_CHUNK;
    const size_t many = n - k < NET_CHUNK ? n - k : NET_CHUNK;
    const uint32_t next = shard->next[chunk];
    if (next != NET_NO_CHUNK) PREFETCH(shard->pool + (size_t)next * NET_CHUNK);
    for (size_t j = 0; j < many; j++) {
      a->weight[k + j] = from[j].weight;
      a->offset_ms[k + j] = (double)from[j].fraction * unit;
      a->port[k + j] = from[j].to & ports;
      a->key[k + j] = (uint64_t)from[j].fraction << 32 | (k + j);
    }
    shard->next[chunk] = shard->free_chunk;
    shard->free_chunk = chunk;
    chunk = next;
  }
  bucket->n = 0;
  shard->n_events += n;
  shard->arrivals.n = n;
  lg_cable_group_receive_all(net->tiles[t].group, a);
  return LG_OK;
}

/* ---- spikes of sources ----------------------------------------------------------------------------- */

/* The step in which a time falls that is at its end at the latest. */
static uint32_t found_in(const cable_network *net, double t_ms) {
  uint64_t step = (uint64_t)(t_ms * net->per_dt);
  while (step > 0 && t_ms <= (double)step * net->dt_ms) step--;
  while (t_ms > (double)(step + 1) * net->dt_ms) step++;
  return (uint32_t)step;
}

static bool fire(lg_ctx *ctx, cable_network *net, double t_ms, uint32_t cell) {
  return net_spikes_push(ctx, &net->fresh, &net->n_fresh, &net->room_fresh,
                         (cable_network_spike){t_ms, cell, found_in(net, t_ms)});
}

/* Sources spike in (from, until]; those of cells are in the same bounds. */
lg_status net_fire_sources(lg_ctx *ctx, cable_network *net, double until_ms) {
  for (size_t s = 0; s < net->n_sources; s++) {
    net_source *source = &net->sources[s];
    const cable_population *p = &net->model->populations[source->population];
    for (uint32_t c = 0; p->kind == CABLE_POISSON && c < p->number; c++) {
      while (source->next_ms[c] <= until_ms && source->next_ms[c] < p->stop_ms) {
        if (!fire(ctx, net, source->next_ms[c], source->first + c)) return LG_ERR_MEMORY;
        source->next_ms[c] = net_poisson_next(net->model->seed, NET_STREAM_POISSON_SOURCE, source->population, c,
                                              source->count[c]++, source->next_ms[c], 1e-3 * p->rate_Hz);
      }
    }
    for (; source->next_train < p->n_train && p->train[source->next_train].t_ms <= until_ms; source->next_train++) {
      const struct cable_train_spike *spike = &p->train[source->next_train];
      if (!fire(ctx, net, spike->t_ms, source->first + spike->cell)) return LG_ERR_MEMORY;
    }
  }
  return LG_OK;
}
