/* Connections: drawn per target cell, so that each rank and each shard draws its own and all agree. */
#include "base/elementary.h"
#include "cable/network_internal.h"

#include <string.h>

double lg_cable_value_draw(const cable_value *value, lg_rng *rng) {
  double x = value->a;
  if (value->kind == CABLE_FIXED) return x;
  for (int attempt = 0; attempt < 1000; attempt++) {
    if (value->kind == CABLE_UNIFORM) x = lg_rng_range(rng, value->a, value->b);
    else if (value->kind == CABLE_NORMAL) x = value->a + value->b * lg_rng_normal(rng);
    else x = value->a * lg_exp(value->b * lg_rng_normal(rng));
    if (x >= value->low && x <= value->high) return x;
  }
  return x < value->low ? value->low : value->high; /* the reader asks for limits that hold a fair share */
}

double lg_cable_value_least(const cable_value *value) {
  if (value->kind == CABLE_FIXED) return value->a;
  if (value->kind == CABLE_UNIFORM) return value->a > value->low ? value->a : value->low;
  if (value->kind == CABLE_LOGNORMAL) return value->low > 0.0 ? value->low : 0.0;
  return value->low;
}

typedef struct sink sink;
typedef void (*each_fn)(const sink *s, uint32_t source, uint32_t slot, double weight, double delay_ms);

struct sink {
  each_fn fn;
  const cable_network *net;
  net_shard *shard;
  const cable_projection *p;
  uint32_t first_source; /* global number */
};

static void emit(const sink *s, uint32_t source, uint32_t slot, lg_rng *rng) {
  const double weight = lg_cable_value_draw(&s->p->weight, rng);
  s->fn(s, s->first_source + source, slot, weight, lg_cable_value_draw(&s->p->delay_ms, rng));
}

/* Each source with probability p: the number of sources left out between two is geometric. */
static void by_probability(const sink *s, size_t n, uint32_t itself, uint32_t slot, lg_rng *rng) {
  const double p = s->p->probability;
  if (!(p > 0.0)) return;
  const double per_ln = p < 1.0 ? 1.0 / lg_ln(1.0 - p) : 0.0;
  for (double at = -1.0;;) {
    at += 1.0 + (p < 1.0 ? floor(lg_ln(lg_rng_uniform(rng)) * per_ln) : 0.0);
    if (!(at < (double)n)) return;
    if ((uint32_t)at != itself) emit(s, (uint32_t)at, slot, rng);
  }
}

static unsigned lowest_bit(uint64_t bits) {
#if defined(__GNUC__)
  return (unsigned)__builtin_ctzll(bits);
#else
  unsigned k = 0;
  while (!(bits >> k & 1)) k++;
  return k;
#endif
}

/* K distinct sources of n (Floyd); `taken` is a set of bits, clear before and afterwards. */
static void by_indegree(const sink *s, size_t n, uint32_t itself, uint32_t slot, uint64_t *taken, lg_rng *rng) {
  const size_t among = itself == UINT32_MAX ? n : n - 1, k = s->p->indegree;
  for (size_t j = among - k; j < among; j++) {
    uint64_t t = lg_rng_below(rng, j + 1);
    if (taken[t >> 6] >> (t & 63) & 1) t = j;
    taken[t >> 6] |= (uint64_t)1 << (t & 63);
  }
  for (size_t word = 0; word <= (among - 1) >> 6; word++) {
    for (uint64_t bits = taken[word]; bits; bits &= bits - 1) {
      const uint32_t source = (uint32_t)(word << 6) + lowest_bit(bits);
      emit(s, source >= itself ? source + 1 : source, slot, rng);
    }
    taken[word] = 0;
  }
}

static void to_target(const cable_network *net, size_t projection, const sink *s, uint32_t target, uint32_t slot,
                      uint64_t *taken) {
  const cable_projection *p = s->p;
  const size_t n = net->model->populations[p->from].number;
  const uint32_t itself = p->from == p->to && !p->to_itself ? target : UINT32_MAX;
  lg_rng rng = net_rng(net->model->seed, NET_STREAM_CONNECT, projection, target);
  switch (p->rule) {
  case CABLE_ONE_TO_ONE:
    emit(s, target, slot, &rng);
    break;
  case CABLE_ALL_TO_ALL:
    for (uint32_t source = 0; source < n; source++)
      if (source != itself) emit(s, source, slot, &rng);
    break;
  case CABLE_PROBABILITY:
    by_probability(s, n, itself, slot, &rng);
    break;
  case CABLE_INDEGREE:
    if (p->indegree > 0) by_indegree(s, n, itself, slot, taken, &rng);
    break;
  case CABLE_LIST:
    break;
  }
}

/* All connections to the cells of a shard, in the order of projections. */
static void each_connection(const cable_network *net, net_shard *shard, uint64_t *taken, each_fn fn) {
  for (size_t k = 0; k < net->model->n_projections; k++) {
    const cable_projection *p = &net->model->projections[k];
    const sink s = {fn, net, shard, p, net->first[p->from]};
    for (size_t t = shard->first_tile; t < shard->first_tile + shard->n_tiles; t++) {
      const net_tile *tile = &net->tiles[t];
      if (tile->population != p->to || p->rule == CABLE_LIST) continue;
      for (uint32_t lane = 0; lane < tile->n; lane++)
        to_target(net, k, &s, tile->first + lane, (uint32_t)(t * CABLE_TILE + lane), taken);
    }
    for (size_t e = 0; e < p->n_list; e++) {
      const cable_list_entry *entry = &p->list[e];
      uint32_t slot;
      if (!net_find(net, p->to, entry->to, &slot)) continue;
      if (slot / CABLE_TILE < shard->first_tile || slot / CABLE_TILE >= shard->first_tile + shard->n_tiles) continue;
      lg_rng rng = net_rng(net->model->seed, NET_STREAM_LIST, k, e);
      const double weight = lg_cable_value_draw(&p->weight, &rng), delay = lg_cable_value_draw(&p->delay_ms, &rng);
      fn(&s, s.first_source + entry->from, slot, isnan(entry->weight) ? weight : entry->weight,
         isnan(entry->delay_ms) ? delay : entry->delay_ms);
    }
  }
}

static void count(const sink *s, uint32_t source, uint32_t slot, double weight, double delay_ms) {
  net_shard *shard = s->shard;
  (void)slot, (void)weight;
  shard->row[source + 1]++;
  if (delay_ms < shard->shortest_ms) shard->shortest_ms = delay_ms;
  if (delay_ms > shard->longest_ms) shard->longest_ms = delay_ms;
}

static double delay_units(const cable_network *net, double delay_ms) {
  return floor(delay_ms * net->per_dt * (double)((uint64_t)1 << net->delay_bits) + 0.5);
}

/* While it is filled, row[s] is where the next target of s goes; it ends where s + 1 began. */
static void fill(const sink *s, uint32_t source, uint32_t slot, double weight, double delay_ms) {
  s->shard->targets[s->shard->row[source]++] =
      (net_target){.weight = weight,
                   .delay = (uint32_t)delay_units(s->net, delay_ms),
                   .to = net_address(s->net, s->shard, slot, (uint32_t)s->p->synapse)};
}

static lg_status count_shards(void *user, size_t begin, size_t end, unsigned worker) {
  cable_network *net = user;
  for (size_t k = begin; k < end; k++) {
    net_shard *shard = &net->shards[k];
    uint64_t sum = 0;
    shard->shortest_ms = (double)INFINITY;
    each_connection(net, shard, net->scratch + worker * net->scratch_words, count);
    for (size_t s = 0; s < net->n_cells; s++) {
      sum += shard->row[s + 1];
      if (sum > UINT32_MAX) return lg_fail(shard->ctx, LG_ERR_LIMIT, "more than 4 thousand million connections");
      shard->row[s + 1] = (uint32_t)sum;
    }
  }
  return LG_OK;
}

static lg_status fill_shards(void *user, size_t begin, size_t end, unsigned worker) {
  cable_network *net = user;
  for (size_t k = begin; k < end; k++) {
    net_shard *shard = &net->shards[k];
    each_connection(net, shard, net->scratch + worker * net->scratch_words, fill);
    memmove(shard->row + 1, shard->row, net->n_cells * sizeof *shard->row);
    shard->row[0] = 0;
  }
  return LG_OK;
}

/* Which sources of a projection are most: the set of by_indegree() needs a bit for each. */
static size_t most_sources(const cable_network_model *model) {
  size_t most = 0;
  for (size_t k = 0; k < model->n_projections; k++) {
    const size_t n = model->populations[model->projections[k].from].number;
    if (n > most) most = n;
  }
  return most;
}

/*
 * The window is as long as the shortest delay of all ranks, in whole steps. Delays are kept in 32 bits: as many of them
 * as the longest delay leaves are for parts of steps, so that it is right to 1e-7 of the longest.
 */
static void set_times(cable_network *net, double shortest_ms, double longest_ms) {
  enum { LONGEST_MS = 10, MOST_STEPS = 1024, NEAR_MOST = 4096 };
  const double longest = longest_ms * net->per_dt + 2.0;
  net->delay_bits = 24;
  while (longest * (double)((uint64_t)1 << net->delay_bits) >= 0x1p32) net->delay_bits--;
  const double least = shortest_ms < LONGEST_MS ? shortest_ms : LONGEST_MS;
  net->window = (size_t)(delay_units(net, least) / (double)((uint64_t)1 << net->delay_bits));
  if (net->window < 1) net->window = 1;
  if (net->window > MOST_STEPS) net->window = MOST_STEPS;
  const size_t steps = (size_t)longest + 2 * net->window;
  for (net->near = 1; net->near < steps && net->near < NEAR_MOST;) net->near *= 2;
  net->n_far = net->near < steps ? (size_t)longest / net->window + 4 : 0;
}

static lg_status set_window(lg_ctx *ctx, cable_network *net) {
  double mine[2] = {(double)INFINITY, 0.0};
  lg_status status = LG_OK;
  size_t n_all = 0;
  for (size_t k = 0; k < net->n_shards; k++) {
    if (net->shards[k].shortest_ms < mine[0]) mine[0] = net->shards[k].shortest_ms;
    if (net->shards[k].longest_ms > mine[1]) mine[1] = net->shards[k].longest_ms;
  }
  LG_TRY(net_gather(ctx, net, mine, sizeof mine, &net->gathered, &net->room_gathered, &n_all));
  for (size_t r = 0; r < n_all / sizeof mine; r++) {
    double its[2];
    memcpy(its, net->gathered + r * sizeof its, sizeof its);
    if (its[0] < mine[0]) mine[0] = its[0];
    if (its[1] > mine[1]) mine[1] = its[1];
  }
  if (mine[0] < net->dt_ms * (1.0 - 1e-9))
    return lg_fail(ctx, LG_ERR_RANGE, "a delay of %g ms is shorter than the step of %g ms; allowed is dt … 10000 ms",
                   mine[0], net->dt_ms);
  if (mine[1] > 10000.0) return lg_fail(ctx, LG_ERR_RANGE, "a delay of %g ms is above 10000 ms", mine[1]);
  if (mine[1] * net->per_dt > 2e9)
    return lg_fail(ctx, LG_ERR_RANGE, "a delay of %g ms is %g steps; allowed are 2e9", mine[1], mine[1] * net->per_dt);
  set_times(net, mine[0], mine[1]);
done:
  return status;
}

lg_status net_connect(lg_ctx *ctx, cable_network *net) {
  lg_status status = LG_OK;
  const unsigned threads = lg_ctx_threads(ctx);
  net->scratch_words = (most_sources(net->model) >> 6) + 1;
  LG_NEW(ctx, net->scratch, net->scratch_words * threads);
  for (size_t k = 0; k < net->n_shards; k++) LG_NEW(ctx, net->shards[k].row, net->n_cells + 1);
  status = lg_parallel_for(ctx, net->n_shards, 1, count_shards, net);
  if (status != LG_OK) return net_shard_failed(ctx, net, status);
  LG_TRY(set_window(ctx, net));
  for (size_t k = 0; k < net->n_shards; k++) {
    net_shard *shard = &net->shards[k];
    LG_NEW(ctx, shard->targets, shard->row[net->n_cells]);
    net->n_connections += shard->row[net->n_cells];
  }
  LG_TRY(lg_parallel_for(ctx, net->n_shards, 1, fill_shards, net));
  LG_TRY(net_rings_create(ctx, net));
done:
  lg_free(ctx, net->scratch);
  net->scratch = NULL;
  return status;
}
