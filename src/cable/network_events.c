/* Events: a ring of windows per shard, sorted when their window begins; Poisson trains; spikes of sources. */
#include "base/elementary.h"
#include "cable/network_internal.h"

#include <stdlib.h>
#include <string.h>

uint64_t net_step_of(const cable_network *net, double t_ms, double *offset_ms) {
  const double dt = net->dt_ms;
  double step = floor(t_ms * net->per_dt), offset = t_ms - step * dt; /* may be a rounding off: below 0 counts as 0 */
  if (offset >= dt * (1.0 - 1e-9)) {
    step += 1.0;
    offset = 0.0;
  }
  *offset_ms = offset > 1e-9 * dt ? offset : 0.0;
  return step > 0.0 ? (uint64_t)step : 0;
}

bool net_events_push(lg_ctx *ctx, net_events *events, const net_event *event) {
  if (events->n == events->room) {
    const size_t room = events->room ? 2 * events->room : 64;
    net_event *grown = lg_realloc(ctx, events->at, events->n * sizeof *grown, room, sizeof *grown);
    if (!grown) return false;
    events->at = grown;
    events->room = room;
  }
  events->at[events->n++] = *event;
  return true;
}

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

bool net_schedule(const cable_network *net, net_shard *shard, net_event event) {
  double offset;
  uint64_t step = net_step_of(net, event.t_ms, &offset);
  if (step < net->window_end) step = net->window_end; /* a delay of exactly one window, rounded */
  event.step = (uint32_t)step;
  return net_events_push(shard->ctx, &shard->ring[step / net->window % net->n_slots], &event);
}

lg_status net_deliver(const cable_network *net, net_shard *shard) {
  for (size_t k = 0; k < net->n_fresh; k++) {
    const cable_network_spike *spike = &net->fresh[k];
    for (uint32_t j = shard->row[spike->cell]; j < shard->row[spike->cell + 1]; j++) {
      const net_target *to = &shard->targets[j];
      if (!net_schedule(net, shard,
                        (net_event){.t_ms = spike->t_ms + to->delay_ms,
                                    .weight = to->weight,
                                    .slot = to->slot,
                                    .synapse = to->synapse,
                                    .source = spike->cell}))
        return LG_ERR_MEMORY;
    }
  }
  return LG_OK;
}

double net_poisson_next(uint64_t seed, uint32_t stream, size_t which, uint32_t cell, uint64_t count, double from_ms,
                        double rate_per_ms) {
  if (!(rate_per_ms > 0.0)) return (double)INFINITY;
  lg_rng rng = net_rng(seed, stream, which, cell);
  rng.block = count;
  return from_ms - lg_ln(lg_rng_uniform(&rng)) / rate_per_ms;
}

static lg_status draw_inputs(const cable_network *net, net_shard *shard, double until_ms) {
  for (size_t k = 0; k < shard->n_poisson; k++) {
    net_poisson *p = &shard->poisson[k];
    while (p->next_ms < until_ms && p->next_ms < p->stop_ms) {
      double offset;
      const net_event event = {.t_ms = p->next_ms,
                               .weight = p->weight,
                               .slot = p->slot,
                               .synapse = p->synapse,
                               .source = p->source,
                               .step = (uint32_t)net_step_of(net, p->next_ms, &offset)};
      if (event.step >= net->window_end) break; /* at the very end: the next window's */
      if (!net_events_push(shard->ctx, &shard->now, &event)) return LG_ERR_MEMORY;
      p->next_ms = net_poisson_next(net->model->seed, NET_STREAM_POISSON_INPUT, p->stimulus, p->cell, p->count++,
                                    p->next_ms, p->rate_per_ms);
    }
  }
  for (; shard->next_train < shard->n_train; shard->next_train++) {
    const net_event *event = &shard->train[shard->next_train];
    if (event->step >= net->window_end) break;
    if (!net_events_push(shard->ctx, &shard->now, event)) return LG_ERR_MEMORY;
  }
  return LG_OK;
}

/* Events of one step of one tile: which comes first. */
static bool is_before(const net_event *a, const net_event *b) {
  if (a->t_ms != b->t_ms) return a->t_ms < b->t_ms;
  if (a->slot != b->slot) return a->slot < b->slot;
  if (a->synapse != b->synapse) return a->synapse < b->synapse;
  if (a->source != b->source) return a->source < b->source;
  return a->weight < b->weight;
}

static int by_order(const void *a, const void *b) { return is_before(a, b) ? -1 : is_before(b, a) ? 1 : 0; }

static void sort_few(net_event *at, size_t n) {
  enum { FEW = 32 };
  if (n > FEW) {
    qsort(at, n, sizeof *at, by_order);
    return;
  }
  for (size_t k = 1; k < n; k++) {
    const net_event event = at[k];
    size_t j = k;
    for (; j > 0 && is_before(&event, &at[j - 1]); j--) at[j] = at[j - 1];
    at[j] = event;
  }
}

/* Sort by tile and step by counting, what falls together by comparing. */
static lg_status sort_events(const cable_network *net, net_shard *shard) {
  const size_t steps = (size_t)(net->window_end - net->run_from), n = shard->now.n;
  const size_t n_buckets = shard->n_tiles * steps;
  if (shard->sorted.room < n) {
    lg_free(shard->ctx, shard->sorted.at);
    shard->sorted.room = 0;
    shard->sorted.at = lg_alloc(shard->ctx, shard->now.room, sizeof *shard->sorted.at);
    if (!shard->sorted.at) return LG_ERR_MEMORY;
    shard->sorted.room = shard->now.room;
  }
  if (!shard->bucket && !(shard->bucket = lg_alloc(shard->ctx, shard->n_tiles * net->window + 1, sizeof(uint32_t))))
    return LG_ERR_MEMORY;
  uint32_t *bucket = shard->bucket;
  memset(bucket, 0, (n_buckets + 1) * sizeof *bucket);
#define BUCKET_OF(e) (((e)->slot / CABLE_TILE - shard->first_tile) * steps + (size_t)((e)->step - net->run_from))
  for (size_t k = 0; k < n; k++) bucket[BUCKET_OF(&shard->now.at[k]) + 1]++;
  for (size_t b = 0; b < n_buckets; b++) bucket[b + 1] += bucket[b];
  for (size_t t = 0; t < shard->n_tiles; t++) {
    net->tiles[shard->first_tile + t].next_event = bucket[t * steps];
    net->tiles[shard->first_tile + t].end_event = bucket[(t + 1) * steps];
  }
  for (size_t k = 0; k < n; k++) shard->sorted.at[bucket[BUCKET_OF(&shard->now.at[k])]++] = shard->now.at[k];
#undef BUCKET_OF
  for (size_t b = 0; b < n_buckets; b++) { /* bucket[b] is now where b ends */
    const uint32_t from = b > 0 ? bucket[b - 1] : 0;
    if (bucket[b] > from + 1) sort_few(shard->sorted.at + from, bucket[b] - from);
  }
  return LG_OK;
}

lg_status net_collect(const cable_network *net, net_shard *shard) {
  net_events *slot = &shard->ring[net->run_from / net->window % net->n_slots];
  const net_events spare = shard->now;
  shard->now = *slot; /* the two change places */
  *slot = (net_events){.at = spare.at, .n = 0, .room = spare.room};
  lg_status status = draw_inputs(net, shard, (double)net->window_end * net->dt_ms);
  if (status == LG_OK) status = sort_events(net, shard);
  shard->n_events += shard->now.n;
  return status;
}

/* Sources spike in (from, until]; those of cells are in the same bounds. */
lg_status net_fire_sources(lg_ctx *ctx, cable_network *net, double until_ms) {
  for (size_t s = 0; s < net->n_sources; s++) {
    net_source *source = &net->sources[s];
    const cable_population *p = &net->model->populations[source->population];
    for (uint32_t c = 0; p->kind == CABLE_POISSON && c < p->number; c++) {
      while (source->next_ms[c] <= until_ms && source->next_ms[c] < p->stop_ms) {
        if (!net_spikes_push(ctx, &net->fresh, &net->n_fresh, &net->room_fresh,
                             (cable_network_spike){source->next_ms[c], source->first + c}))
          return LG_ERR_MEMORY;
        source->next_ms[c] = net_poisson_next(net->model->seed, NET_STREAM_POISSON_SOURCE, source->population, c,
                                              source->count[c]++, source->next_ms[c], 1e-3 * p->rate_Hz);
      }
    }
    for (; source->next_train < p->n_train && p->train[source->next_train].t_ms <= until_ms; source->next_train++) {
      const struct cable_train_spike *spike = &p->train[source->next_train];
      if (!net_spikes_push(ctx, &net->fresh, &net->n_fresh, &net->room_fresh,
                           (cable_network_spike){spike->t_ms, source->first + spike->cell}))
        return LG_ERR_MEMORY;
    }
  }
  return LG_OK;
}
