/* From what a user says to tiles, shards, inputs and columns. */
#include "cable/network_internal.h"

#include <math.h>
#include <string.h>

void lg_cable_network_who(const cable_network_model *model, uint32_t cell, size_t *population, uint32_t *in_it) {
  size_t k = 0;
  while (k + 1 < model->n_populations && cell >= model->populations[k].number)
    cell -= (uint32_t)model->populations[k++].number;
  *population = k;
  *in_it = cell;
}

size_t net_tile_of(const cable_network *net, size_t population, uint32_t cell) {
  return net->width[population] ? net->first_tile[population] + cell / net->width[population] : SIZE_MAX;
}

int net_rank_of(const cable_network *net, size_t tile) {
  int rank = 0;
  while (rank + 1 < net->peers.n && tile >= net->rank_tile[rank + 1]) rank++;
  return rank;
}

bool net_find(const cable_network *net, size_t population, uint32_t cell, uint32_t *slot) {
  const size_t tile = net_tile_of(net, population, cell);
  if (tile < net->tile0 || tile >= net->tile0 + net->n_tiles) return false;
  *slot = (uint32_t)((tile - net->tile0) * CABLE_TILE + cell % net->width[population]);
  return true;
}

net_shard *net_shard_of(const cable_network *net, size_t tile) {
  size_t low = 0, high = net->n_shards - 1;
  while (low < high) {
    const size_t middle = (low + high + 1) / 2;
    if (net->shards[middle].first_tile <= tile) low = middle;
    else high = middle - 1;
  }
  return &net->shards[low];
}

lg_status net_gather(lg_ctx *ctx, cable_network *net, const void *mine, size_t n, unsigned char **all, size_t *room,
                     size_t *n_all) {
  if (net->peers.n > 1) return net->peers.gather(ctx, net->peers.user, mine, n, all, room, n_all);
  if (*room < n) {
    unsigned char *grown = lg_realloc(ctx, *all, 0, 2 * n, 1);
    if (!grown) return LG_ERR_MEMORY;
    *all = grown;
    *room = 2 * n;
  }
  if (n > 0) memcpy(*all, mine, n);
  *n_all = n;
  return LG_OK;
}

lg_status net_shard_failed(lg_ctx *ctx, const cable_network *net, lg_status status) {
  for (size_t k = 0; k < net->n_shards; k++)
    if (lg_ctx_message(net->shards[k].ctx)[0]) return lg_fail(ctx, status, "%s", lg_ctx_message(net->shards[k].ctx));
  return lg_fail(ctx, status, "the network cannot go on: %s", lg_status_name(status));
}

/*
 * Cells of a tile: several vectors of eight keep the short chains of a small tree busy, as long as a tile fits into the
 * first cache; populations of few cells keep tiles enough for all threads. By the model alone: states are kept by tile.
 */
static uint32_t width_of(size_t n_nodes, size_t number) {
  uint32_t width = CABLE_TILE;
  while (width > 8 && (n_nodes * width > 512 || number < 32 * (size_t)width)) width /= 2;
  return width;
}

/* Global numbers, tiles of all ranks, and which of them are ours: equal numbers of nodes and synapses. */
static lg_status number(lg_ctx *ctx, cable_network *net) {
  const cable_network_model *m = net->model;
  lg_status status = LG_OK;
  uint64_t total = 0, before = 0;
  LG_NEW(ctx, net->first, m->n_populations + 1);
  LG_NEW(ctx, net->first_tile, m->n_populations + 1);
  LG_NEW(ctx, net->width, m->n_populations);
  LG_NEW(ctx, net->rank_tile, (size_t)net->peers.n + 1);
  for (size_t p = 0; p < m->n_populations; p++) {
    const size_t n = m->populations[p].number;
    if (n == 0 || n > UINT32_MAX - 64 - net->first[p])
      return lg_fail(ctx, LG_ERR_RANGE, "population '%s' has %zu cells; allowed is 1 … 4 thousand million in all",
                     m->populations[p].name, n);
    if (m->populations[p].kind == CABLE_CELLS) net->width[p] = width_of(net->trees[p]->n_nodes, n);
    const size_t tiles = net->width[p] ? (n - 1) / net->width[p] + 1 : 0;
    net->first[p + 1] = net->first[p] + (uint32_t)n;
    net->first_tile[p + 1] = net->first_tile[p] + tiles;
    if (tiles > 0) total += tiles * (net->trees[p]->n_nodes + m->populations[p].model->n_synapses);
  }
  net->n_cells = net->first[m->n_populations];
  int rank = 0;
  for (size_t p = 0; p < m->n_populations; p++) {
    for (size_t t = net->first_tile[p]; t < net->first_tile[p + 1]; t++) {
      for (; rank < net->peers.n && before * (uint64_t)net->peers.n >= (uint64_t)rank * total; rank++)
        net->rank_tile[rank] = t;
      before += net->trees[p]->n_nodes + m->populations[p].model->n_synapses;
    }
  }
  for (; rank <= net->peers.n; rank++) net->rank_tile[rank] = net->first_tile[m->n_populations];
  net->tile0 = net->rank_tile[net->peers.rank];
  net->n_tiles = net->rank_tile[net->peers.rank + 1] - net->tile0;
done:
  return status;
}

static bool has_membrane(const cable_model *model) {
  for (size_t r = 0; r < model->n_regions; r++)
    for (size_t u = 0; u < model->regions[r].n_uses; u++)
      if (model->regions[r].uses[u].mechanism->sort == CABLE_MEMBRANE) return true;
  return false;
}

static lg_status make_tile(lg_ctx *ctx, cable_network *net, size_t t) {
  net_tile *tile = &net->tiles[t];
  size_t p = 0, node = 0;
  tile->index = net->tile0 + t;
  while (tile->index >= net->first_tile[p + 1]) p++;
  const cable_population *population = &net->model->populations[p];
  tile->population = p;
  tile->first = (uint32_t)((tile->index - net->first_tile[p]) * net->width[p]);
  tile->n =
      population->number - tile->first < net->width[p] ? (uint32_t)population->number - tile->first : net->width[p];
  tile->cell = net->first[p] + tile->first;
  tile->threshold_mV = population->threshold_mV;
  tile->fires = has_membrane(population->model);
  lg_status status = lg_cable_tree_locate(ctx, population->model, net->trees[p],
                                          &population->model->probes[population->spike_probe].at, &node);
  tile->spike_node = (uint32_t)node;
  const cable_run_options options = {.scheme = net->model->scheme,
                                     .dt_ms = net->dt_ms,
                                     .seed = net->model->seed,
                                     .n_cells = tile->n,
                                     .first_cell = tile->cell};
  if (status == LG_OK) status = lg_cable_group_create(ctx, population->model, net->trees[p], &options, &tile->group);
  return status == LG_OK ? LG_OK : lg_fail_prefix(ctx, status, "population '%s': ", population->name);
}

static unsigned bits_for(size_t n) { /* of numbers below n */
  unsigned bits = 1;
  while (bits < 63 && (uint64_t)1 << bits < n) bits++;
  return bits;
}

/*
 * Shards are handed out to threads one after the other, large ones first: each takes half of what would be a thread's
 * fair share of the tiles that are left, so that all end at nearly the same time. The buckets that are written to at a
 * time should stay in the second cache, which bounds them in networks that are not so large that tables of where each
 * source begins would cost more.
 */
static size_t shard_size(const cable_network *net, size_t at, unsigned threads, size_t most) {
  const size_t share = (net->n_tiles - at + 2 * threads - 1) / (2 * threads), few = net->n_tiles / (16 * threads);
  const size_t size = share < 16 || share < few ? share : few > 16 ? few : 16;
  return size < most ? size : most;
}

static lg_status make_shards(lg_ctx *ctx, cable_network *net) {
  lg_status status = LG_OK;
  const unsigned threads = lg_ctx_threads(ctx);
  size_t ports = 1;
  for (size_t t = 0; t < net->n_tiles; t++)
    if (lg_cable_group_ports(net->tiles[t].group) > ports) ports = lg_cable_group_ports(net->tiles[t].group);
  const unsigned port_bits = bits_for(ports);
  if (port_bits > 30) return lg_fail(ctx, LG_ERR_LIMIT, "%zu synapses in one tile of cells are too many", ports);
  const size_t most = (size_t)1 << (32 - port_bits);
  for (size_t at = 0; at < net->n_tiles; net->n_shards++) at += shard_size(net, at, threads, most);
  LG_NEW(ctx, net->shards, net->n_shards);
  for (size_t k = 0, at = 0; k < net->n_shards; k++) {
    net_shard *shard = &net->shards[k];
    shard->first_tile = at;
    shard->n_tiles = shard_size(net, at, threads, most);
    shard->port_bits = port_bits;
    at += shard->n_tiles;
    if (lg_ctx_create(&shard->ctx) != LG_OK) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for %zu shards", k);
  }
done:
  return status;
}

static lg_status make_sources(lg_ctx *ctx, cable_network *net) {
  const cable_network_model *m = net->model;
  lg_status status = LG_OK;
  LG_NEW(ctx, net->sources, m->n_populations);
  for (size_t p = 0; p < m->n_populations; p++) {
    const cable_population *population = &m->populations[p];
    if (population->kind == CABLE_CELLS) continue;
    net_source *s = &net->sources[net->n_sources++];
    s->population = p;
    s->first = net->first[p];
    if (population->kind == CABLE_TRAINS) continue;
    LG_NEW(ctx, s->next_ms, population->number);
    LG_NEW(ctx, s->count, population->number);
    for (uint32_t c = 0; c < population->number; c++)
      s->next_ms[c] = net_poisson_next(m->seed, NET_STREAM_POISSON_SOURCE, p, c, s->count[c]++, population->start_ms,
                                       1e-3 * population->rate_Hz);
  }
done:
  return status;
}

static lg_status count_columns(lg_ctx *ctx, cable_network *net) {
  const cable_network_model *m = net->model;
  lg_status status = LG_OK;
  uint32_t slot;
  for (size_t k = 0; k < m->n_probes; k++) {
    const cable_selection *of = &m->probes[k].of;
    const size_t n = of->all ? m->populations[of->population].number : of->n;
    net->n_columns += n;
    for (size_t c = 0; c < n; c++) {
      if (!net_find(net, of->population, of->all ? (uint32_t)c : of->cells[c], &slot)) continue;
      net->tiles[slot / CABLE_TILE].n_columns++;
      net->n_my_columns++;
    }
  }
  for (size_t t = 0; t < net->n_tiles; t++) {
    net_tile *tile = &net->tiles[t];
    if (tile->n_columns > 0) LG_NEW(ctx, tile->columns, tile->n_columns);
    tile->n_columns = 0;
  }
done:
  return status;
}

lg_status net_columns_create(lg_ctx *ctx, cable_network *net) {
  const cable_network_model *m = net->model;
  lg_status status = LG_OK;
  size_t cells, column = 0, row = 0;
  uint32_t slot;
  net->n_samples = (size_t)floor(m->tstop_ms / m->sample_ms + 1e-9) + 1;
  LG_TRY(count_columns(ctx, net));
  if (!lg_mul_size(net->n_my_columns, net->n_samples, &cells))
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu traces of %zu samples are too many", net->n_my_columns, net->n_samples);
  LG_NEW(ctx, net->values, cells);
  LG_NEW(ctx, net->my_columns, net->n_my_columns);
  for (size_t k = 0; k < m->n_probes; k++) {
    const cable_selection *of = &m->probes[k].of;
    const size_t n = of->all ? m->populations[of->population].number : of->n;
    for (size_t c = 0; c < n; c++, column++) {
      if (!net_find(net, of->population, of->all ? (uint32_t)c : of->cells[c], &slot)) continue;
      net_tile *tile = &net->tiles[slot / CABLE_TILE];
      tile->columns[tile->n_columns++] =
          (net_column){.lane = slot % CABLE_TILE, .probe = (uint32_t)m->probes[k].probe, .row = row};
      net->my_columns[row++] = column;
    }
  }
done:
  return status;
}

static lg_status check(lg_ctx *ctx, const cable_network_model *m) {
  if (!(m->dt_ms >= 1e-6 && m->dt_ms <= 10.0))
    return lg_fail(ctx, LG_ERR_RANGE, "dt is %g ms; allowed is 1e-6 … 10 ms", m->dt_ms);
  if (!(m->tstop_ms >= m->dt_ms && m->tstop_ms / m->dt_ms < 4e9))
    return lg_fail(ctx, LG_ERR_RANGE, "tstop is %g ms; allowed is dt (%g ms) … 4e9 dt", m->tstop_ms, m->dt_ms);
  if (!(m->sample_ms >= m->dt_ms * (1 - 1e-9)))
    return lg_fail(ctx, LG_ERR_RANGE, "sample_ms is %g; allowed is dt (%g ms) and more", m->sample_ms, m->dt_ms);
  if (m->scheme == CABLE_ADAPTIVE)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "the adaptive scheme is for single cells: the cells of a network step together; take sdirk2 or nrn");
  for (size_t k = 0; k < m->n_projections; k++) {
    const cable_projection *p = &m->projections[k];
    const size_t n = m->populations[p->from].number, to = m->populations[p->to].number;
    if (p->rule == CABLE_ONE_TO_ONE && n != to)
      return lg_fail(ctx, LG_ERR_RANGE, "one_to_one from %zu to %zu cells; both must have the same number", n, to);
    if (p->rule == CABLE_INDEGREE && p->indegree + (p->from == p->to && !p->to_itself) > n)
      return lg_fail(ctx, LG_ERR_RANGE, "%zu distinct sources of '%s' per cell are wanted, it has %zu", p->indegree,
                     m->populations[p->from].name, n);
  }
  return LG_OK;
}

lg_status lg_cable_network_create(lg_ctx *ctx, const cable_network_model *model, const cable_peers *peers,
                                  cable_network **out) {
  lg_status status = check(ctx, model);
  cable_network *net = NULL;
  *out = NULL;
  if (status != LG_OK) return status;
  LG_NEW(ctx, net, 1);
  net->model = model;
  net->peers = peers ? *peers : (cable_peers){.rank = 0, .n = 1};
  net->dt_ms = model->dt_ms;
  net->per_dt = 1.0 / model->dt_ms;
  net->n_steps = (uint64_t)ceil(model->tstop_ms / model->dt_ms - 1e-9);
  LG_NEW(ctx, net->trees, model->n_populations);
  for (size_t p = 0; p < model->n_populations; p++)
    if (model->populations[p].kind == CABLE_CELLS)
      LG_TRY(lg_cable_tree_create(ctx, model->populations[p].model, &model->populations[p].cut, &net->trees[p]));
  LG_TRY(number(ctx, net));
  LG_NEW(ctx, net->tiles, net->n_tiles);
  for (size_t t = 0; t < net->n_tiles; t++) LG_TRY(make_tile(ctx, net, t));
  LG_TRY(make_shards(ctx, net));
  LG_TRY(make_sources(ctx, net));
  LG_TRY(net_connect(ctx, net));
  LG_TRY(net_inputs_create(ctx, net));
  LG_TRY(net_drives_create(ctx, net));
  LG_TRY(net_columns_create(ctx, net));
  net_begin(net);
  *out = net;
  net = NULL;
done:
  lg_cable_network_destroy(ctx, net);
  return status;
}

static void release_shard(lg_ctx *ctx, const cable_network *net, net_shard *shard) {
  net_ring_destroy(shard, net->n_far);
  lg_free(shard->ctx, shard->spikes);
  lg_free(ctx, shard->buckets);
  lg_free(ctx, shard->far);
  lg_free(ctx, shard->row);
  lg_free(ctx, shard->targets);
  lg_free(ctx, shard->poisson);
  lg_free(ctx, shard->poisson_next_ms);
  lg_free(ctx, shard->train);
  lg_ctx_destroy(shard->ctx);
}

void lg_cable_network_destroy(lg_ctx *ctx, cable_network *net) {
  if (!net) return;
  for (size_t k = 0; net->shards && k < net->n_shards; k++) release_shard(ctx, net, &net->shards[k]);
  for (size_t t = 0; net->tiles && t < net->n_tiles; t++) {
    lg_cable_group_destroy(ctx, net->tiles[t].group);
    lg_free(ctx, net->tiles[t].points);
    lg_free(ctx, net->tiles[t].drives);
    lg_free(ctx, net->tiles[t].ends);
    lg_free(ctx, net->tiles[t].columns);
  }
  for (size_t p = 0; net->trees && p < net->model->n_populations; p++) lg_cable_tree_destroy(ctx, net->trees[p]);
  for (size_t s = 0; s < net->n_sources; s++) {
    lg_free(ctx, net->sources[s].next_ms);
    lg_free(ctx, net->sources[s].count);
  }
  void *const blocks[] = {net->trees,     net->first,   net->first_tile, net->width,      net->rank_tile, net->tiles,
                          net->shards,    net->sources, net->end_now,    net->end_before, net->end_next,  net->end_send,
                          net->end_order, net->values,  net->my_columns, net->spikes,     net->gathered,  net->message,
                          net->fresh,     net->sent,    net->scratch};
  for (size_t k = 0; k < sizeof blocks / sizeof blocks[0]; k++) lg_free(ctx, blocks[k]);
  lg_free(ctx, net);
}
