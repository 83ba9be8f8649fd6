/* What was recorded, gathered from all ranks; destroying what users say. */
#include "cable/network_internal.h"

#include <string.h>

/* "v_mV" of "v_mV_soma" when the place is "soma". */
static void column_name(const cable_network_model *m, const cable_network_probe *probe, uint32_t cell, char *text,
                        size_t bytes) {
  const cable_population *p = &m->populations[probe->of.population];
  const cable_probe *what = &p->model->probes[probe->probe];
  size_t stem = strlen(what->column);
  const size_t tail = strlen(what->name);
  if (tail > 0 && stem > tail + 1 && strcmp(what->column + stem - tail, what->name) == 0) stem -= tail + 1;
  (void)snprintf(text, bytes, "%.*s_%s_%u%s%s", (int)stem, what->column, p->name, cell, tail ? "_" : "", what->name);
}

static void name_columns(const cable_network *net, cable_network_result *r) {
  size_t column = 0;
  for (size_t k = 0; k < net->model->n_probes; k++) {
    const cable_network_probe *probe = &net->model->probes[k];
    const size_t n = probe->of.all ? net->model->populations[probe->of.population].number : probe->of.n;
    for (size_t c = 0; c < n; c++)
      column_name(net->model, probe, probe->of.all ? (uint32_t)c : probe->of.cells[c], r->columns[column++],
                  sizeof *r->columns);
  }
}

/* Each rank sends: which column, its samples. */
static lg_status gather_columns(lg_ctx *ctx, cable_network *net, cable_network_result *r) {
  const size_t bytes = r->n_samples * sizeof(double), item = sizeof(uint64_t) + bytes;
  unsigned char *mine = NULL, *all = NULL;
  size_t room = 0, n_all = 0;
  lg_status status = LG_OK;
  LG_NEW(ctx, mine, net->n_my_columns * item);
  for (size_t k = 0; k < net->n_my_columns; k++) {
    const uint64_t which = net->my_columns[k];
    memcpy(mine + k * item, &which, sizeof which);
    memcpy(mine + k * item + sizeof which, net->values + k * net->n_samples, bytes);
  }
  LG_TRY(net_gather(ctx, net, mine, net->n_my_columns * item, &all, &room, &n_all));
  for (size_t at = 0; at + item <= n_all; at += item) {
    uint64_t which;
    memcpy(&which, all + at, sizeof which);
    if (which < r->n_columns) memcpy(r->values + which * r->n_samples, all + at + sizeof which, bytes);
  }
done:
  lg_free(ctx, mine);
  lg_free(ctx, all);
  return status;
}

static lg_status gather_counts(lg_ctx *ctx, cable_network *net, cable_network_result *r) {
  uint64_t mine[3] = {net->n_connections, 0, 0}, its[3];
  size_t n_all = 0;
  for (size_t k = 0; k < net->n_shards; k++) mine[1] += net->shards[k].n_events;
  for (size_t t = 0; t < net->n_tiles; t++) mine[2] += net->trees[net->tiles[t].population]->n_nodes * net->tiles[t].n;
  const lg_status status = net_gather(ctx, net, mine, sizeof mine, &net->gathered, &net->room_gathered, &n_all);
  for (size_t at = 0; status == LG_OK && at + sizeof its <= n_all; at += sizeof its) {
    memcpy(its, net->gathered + at, sizeof its);
    r->n_connections += (size_t)its[0];
    r->n_events += (size_t)its[1];
    r->n_nodes += (size_t)its[2];
  }
  return status;
}

lg_status lg_cable_network_result(lg_ctx *ctx, cable_network *net, cable_network_result **out) {
  lg_status status = LG_OK;
  cable_network_result *r = NULL;
  size_t cells;
  *out = NULL;
  LG_NEW(ctx, r, 1);
  r->n_cells = net->n_cells;
  r->n_steps = (size_t)net->step;
  r->sample_ms = net->model->sample_ms;
  r->n_columns = net->n_columns;
  r->n_samples = (size_t)(lg_cable_network_time_ms(net) / r->sample_ms + 1e-9) + 1;
  if (r->n_samples > net->n_samples) r->n_samples = net->n_samples;
  if (!lg_mul_size(r->n_columns, r->n_samples, &cells))
    LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "%zu traces of %zu samples are too many", r->n_columns, r->n_samples));
  LG_NEW(ctx, r->values, cells);
  LG_NEW(ctx, r->columns, r->n_columns);
  LG_NEW(ctx, r->spikes, net->n_spikes);
  r->n_spikes = net->n_spikes;
  if (net->n_spikes > 0) memcpy(r->spikes, net->spikes, net->n_spikes * sizeof *r->spikes);
  name_columns(net, r);
  LG_TRY(gather_columns(ctx, net, r));
  LG_TRY(gather_counts(ctx, net, r));
  *out = r;
  r = NULL;
done:
  lg_cable_network_result_destroy(ctx, r);
  return status;
}

void lg_cable_network_result_destroy(lg_ctx *ctx, cable_network_result *r) {
  if (!r) return;
  lg_free(ctx, r->values);
  lg_free(ctx, r->columns);
  lg_free(ctx, r->spikes);
  lg_free(ctx, r);
}

void lg_cable_network_model_destroy(lg_ctx *ctx, cable_network_model *m) {
  if (!m) return;
  for (size_t k = 0; m->populations && k < m->n_populations; k++) {
    lg_cable_model_destroy(ctx, m->populations[k].model);
    lg_free(ctx, m->populations[k].train);
  }
  for (size_t k = 0; m->projections && k < m->n_projections; k++) lg_free(ctx, m->projections[k].list);
  for (size_t k = 0; m->stimuli && k < m->n_stimuli; k++) {
    lg_free(ctx, m->stimuli[k].to.cells);
    lg_free(ctx, m->stimuli[k].train);
  }
  for (size_t k = 0; m->probes && k < m->n_probes; k++) lg_free(ctx, m->probes[k].of.cells);
  lg_free(ctx, m->populations);
  lg_free(ctx, m->projections);
  lg_free(ctx, m->stimuli);
  lg_free(ctx, m->gaps);
  lg_free(ctx, m->probes);
  lg_free(ctx, m);
}
