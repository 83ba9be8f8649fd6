/* Inputs of cells' own: Poisson trains and given events. */
#include "base/elementary.h"
#include "cable/network_internal.h"

#include <stdlib.h>

double net_poisson_next(uint64_t seed, uint32_t stream, size_t which, uint32_t cell, uint64_t count, double from_ms,
                        double rate_per_ms) {
  if (!(rate_per_ms > 0.0)) return (double)INFINITY;
  lg_rng rng = net_rng(seed, stream, which, cell);
  rng.block = count / 2;
  double u = lg_rng_uniform(&rng); /* a block has two: those of an even interval and the next */
  if (count % 2 == 1) u = lg_rng_uniform(&rng);
  return from_ms - lg_ln(u) / rate_per_ms;
}

/* The same for a train that keeps the second number of a block. */
static double next_of(const cable_network *net, net_poisson *p, double from_ms) {
  if (!(p->rate_per_ms > 0.0)) return (double)INFINITY;
  double u = p->spare;
  const bool odd = p->count % 2 == 1;
  if (!odd || isnan(u)) {
    lg_rng rng = net_rng(net->model->seed, NET_STREAM_POISSON_INPUT, p->stimulus, p->cell);
    rng.block = p->count / 2;
    u = lg_rng_uniform(&rng);
    p->spare = lg_rng_uniform(&rng);
    if (odd) u = p->spare;
  }
  p->count++;
  return from_ms - lg_ln(u) / p->rate_per_ms;
}

/* ---- making ---------------------------------------------------------------------------------------- */

static lg_status poisson_input(lg_ctx *ctx, cable_network *net, size_t k, uint32_t cell, uint32_t slot) {
  const cable_stimulus *s = &net->model->stimuli[k];
  const uint32_t global = net->first[s->to.population] + cell;
  lg_rng rng = net_rng(net->model->seed, NET_STREAM_INPUT_VALUE, k, global);
  net_shard *shard = net_shard_of(net, slot / CABLE_TILE);
  if (shard->n_poisson == shard->room_poisson) {
    const size_t n = shard->n_poisson, room = n ? 2 * n : 16;
    net_poisson *grown = lg_realloc(ctx, shard->poisson, n * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    shard->poisson = grown;
    double *next = lg_realloc(ctx, shard->poisson_next_ms, n * sizeof *next, room, sizeof *next);
    if (!next) return LG_ERR_MEMORY;
    shard->poisson_next_ms = next;
    shard->room_poisson = room;
  }
  net_poisson *p = &shard->poisson[shard->n_poisson];
  *p = (net_poisson){.to = net_address(net, shard, slot, (uint32_t)s->synapse),
                     .cell = global,
                     .stimulus = k,
                     .rate_per_ms = 1e-3 * s->rate_Hz,
                     .stop_ms = s->stop_ms,
                     .weight = lg_cable_value_draw(&s->weight, &rng),
                     .spare = (double)NAN};
  shard->poisson_next_ms[shard->n_poisson++] = next_of(net, p, s->start_ms);
  return LG_OK;
}

static lg_status given_input(lg_ctx *ctx, cable_network *net, const cable_stimulus *s,
                             const struct cable_input_spike *spike, uint32_t slot) {
  net_shard *shard = net_shard_of(net, slot / CABLE_TILE);
  if (shard->n_train == shard->room_train) {
    const size_t room = shard->n_train ? 2 * shard->n_train : 16;
    net_input *grown = lg_realloc(ctx, shard->train, shard->n_train * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    shard->train = grown;
    shard->room_train = room;
  }
  if (!(spike->t_ms < (double)net->n_steps * net->dt_ms)) return LG_OK; /* after the end */
  shard->train[shard->n_train] = (net_input){.at = net_at(net, spike->t_ms > 0.0 ? spike->t_ms : 0.0),
                                             .weight = spike->weight,
                                             .to = net_address(net, shard, slot, (uint32_t)s->synapse),
                                             .order = (uint32_t)shard->n_train};
  shard->n_train++;
  return LG_OK;
}

static lg_status train_input(lg_ctx *ctx, cable_network *net, size_t k, uint32_t cell, uint32_t slot) {
  const cable_stimulus *s = &net->model->stimuli[k];
  lg_status status = LG_OK;
  for (size_t e = 0; status == LG_OK && e < s->n_train; e++)
    if (s->train[e].cell == UINT32_MAX || s->train[e].cell == cell)
      status = given_input(ctx, net, s, &s->train[e], slot);
  return status;
}

/* Trains that name their cells are gone through once, not once per cell. */
static lg_status named_train(lg_ctx *ctx, cable_network *net, size_t k) {
  const cable_stimulus *s = &net->model->stimuli[k];
  lg_status status = LG_OK;
  uint32_t slot;
  for (size_t e = 0; status == LG_OK && e < s->n_train; e++)
    if (net_find(net, s->to.population, s->train[e].cell, &slot)) status = given_input(ctx, net, s, &s->train[e], slot);
  return status;
}

static int by_time(const void *pa, const void *pb) {
  const net_input *a = pa, *b = pb;
  if (a->at != b->at) return a->at < b->at ? -1 : 1;
  return (a->order > b->order) - (a->order < b->order);
}

lg_status net_inputs_create(lg_ctx *ctx, cable_network *net) {
  const cable_network_model *m = net->model;
  lg_status status = LG_OK;
  for (size_t k = 0; k < m->n_stimuli; k++) {
    const cable_stimulus *s = &m->stimuli[k];
    const size_t n = s->to.all ? m->populations[s->to.population].number : s->to.n;
    const bool named = s->kind == CABLE_TRAIN_INPUT && s->n_train > 0 && s->train[0].cell != UINT32_MAX;
    if (s->kind != CABLE_POISSON_INPUT && s->kind != CABLE_TRAIN_INPUT) continue;
    if (named) LG_TRY(named_train(ctx, net, k));
    for (size_t c = 0; !named && c < n; c++) {
      const uint32_t cell = s->to.all ? (uint32_t)c : s->to.cells[c];
      uint32_t slot;
      if (!net_find(net, s->to.population, cell, &slot)) continue;
      if (s->kind == CABLE_POISSON_INPUT) LG_TRY(poisson_input(ctx, net, k, cell, slot));
      else LG_TRY(train_input(ctx, net, k, cell, slot));
    }
  }
  for (size_t k = 0; k < net->n_shards; k++) {
    net_shard *shard = &net->shards[k];
    if (shard->n_train > 1) qsort(shard->train, shard->n_train, sizeof *shard->train, by_time);
  }
done:
  return status;
}

/* ---- running --------------------------------------------------------------------------------------- */

static lg_status draw_poisson(const cable_network *net, net_shard *shard, size_t k, double until_ms) {
  net_poisson *p = &shard->poisson[k];
  double t = shard->poisson_next_ms[k];
  while (t < until_ms && t < p->stop_ms) {
    uint64_t at = net_at(net, t);
    if (at >> 32 < net->run_from) at = net->run_from << 32; /* on the border, by rounding */
    if (at >> 32 >= net->window_end) break;                 /* at the very end: the next window's */
    if (!net_schedule(net, shard, at, p->weight, p->to)) return LG_ERR_MEMORY;
    t = next_of(net, p, t);
  }
  shard->poisson_next_ms[k] = t;
  return LG_OK;
}

lg_status net_draw_inputs(const cable_network *net, net_shard *shard) {
  const double until_ms = (double)net->window_end * net->dt_ms;
  for (size_t k = 0; k < shard->n_poisson; k++) {
    if (!(shard->poisson_next_ms[k] < until_ms)) continue;
    const lg_status status = draw_poisson(net, shard, k, until_ms);
    if (status != LG_OK) return status;
  }
  for (; shard->next_train < shard->n_train; shard->next_train++) {
    const net_input *input = &shard->train[shard->next_train];
    if (input->at >> 32 >= net->window_end) break;
    if (!net_schedule(net, shard, input->at, input->weight, input->to)) return LG_ERR_MEMORY;
  }
  return LG_OK;
}

void net_inputs_go_on(const cable_network *net, net_shard *shard) {
  shard->next_train = 0;
  while (shard->next_train < shard->n_train && shard->train[shard->next_train].at >> 32 < net->step)
    shard->next_train++;
}
