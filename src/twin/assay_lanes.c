#include "twin/assay_lanes.h"

#include "neuron/plan.h"

#include <loligo/batch.h>
#include <math.h>
#include <string.h>

enum { CHUNK_BYTES = 24 << 20, MOST_RUNS = 4096 };

typedef enum engine { ENGINE_TM = 0, ENGINE_IZHIKEVICH, ENGINE_SINGLE, ENGINES } engine;

static engine engine_of(const lg_neuron *neuron) {
  if (neuron->info == &lg_info_izhikevich[LG_IZH_STD]) return ENGINE_IZHIKEVICH;
  return neuron->info == &lg_info_tm ? ENGINE_TM : ENGINE_SINGLE;
}

/* What one run of a chunk works with. */
typedef struct chunk {
  const lg_lanes *lanes;
  const size_t *index; /* (n) lanes of this chunk */
  size_t n, n_samples;
  double *v, *spikes; /* (n, n_samples), (n, max_spikes) */
  uint32_t *count;    /* (n) */
} chunk;

/* The peak between two samples is not seen by them: lift the sample before a reset to the peak. */
static void lift(const chunk *c, size_t k, const lg_neuron *neuron, double sample_ms) {
  const double peak = neuron->value[8];
  double *v = c->v + k * c->n_samples;
  const size_t stored = c->count[k] < c->lanes->max_spikes ? c->count[k] : c->lanes->max_spikes;
  for (size_t s = 0; s < stored; s++) {
    const size_t i = (size_t)floor(c->spikes[k * c->lanes->max_spikes + s] / sample_ms);
    if (i < c->n_samples) v[i] = peak;
  }
}

static lg_status look_at(void *user, size_t begin, size_t end, unsigned worker) {
  const chunk *c = user;
  const lg_lanes *l = c->lanes;
  const double sample_ms = l->dt_ms * (double)l->sample_every;
  (void)worker;
  for (size_t k = begin; k < end; k++) {
    const lg_neuron *neuron = l->lane[c->index[k]].neuron;
    if (c->spikes && engine_of(neuron) == ENGINE_IZHIKEVICH) lift(c, k, neuron, sample_ms);
    const lg_lane_view view = {.v_mV = c->v + k * c->n_samples,
                               .n = c->n_samples,
                               .dt_ms = sample_ms,
                               .spikes_ms = c->spikes ? c->spikes + k * l->max_spikes : NULL,
                               .n_spikes = c->count[k],
                               .capacity = l->max_spikes};
    l->look(l->user, c->index[k], &view);
  }
  return LG_OK;
}

/* Lanes of one engine that batches know; index (n). */
static lg_status run_batches(lg_ctx *ctx, const lg_lanes *l, engine e, const size_t *index, size_t n) {
  static const lg_batch_kind kinds[ENGINES] = {LG_BATCH_TM_FULL, LG_BATCH_IZHIKEVICH_RK4};
  lg_status status = LG_OK;
  lg_lanes kept = *l;
  lg_neuron *neurons = NULL;
  double *scale = NULL;
  if (e == ENGINE_IZHIKEVICH && kept.max_spikes < 4096) kept.max_spikes = 4096; /* to be lifted, each */
  chunk c = {.lanes = &kept, .n_samples = l->n_steps / l->sample_every + 1};
  const size_t bytes = (c.n_samples + kept.max_spikes) * sizeof(double), room = (size_t)64 * lg_ctx_threads(ctx);
  size_t most = CHUNK_BYTES / bytes;
  most = most < 16 ? 16 : most > room ? room : most;
  if (most > n) most = n;
  LG_NEW(ctx, neurons, most);
  LG_NEW(ctx, scale, most);
  LG_NEW(ctx, c.count, most);
  LG_NEW(ctx, c.v, most * c.n_samples);
  if (kept.max_spikes) LG_NEW(ctx, c.spikes, most * kept.max_spikes);
  lg_batch_options options = LG_BATCH_OPTIONS_INIT;
  options.kind = kinds[e];
  options.single_precision = e == ENGINE_TM && l->single_precision;
  for (size_t first = 0; first < n; first += most) {
    c.n = n - first < most ? n - first : most;
    c.index = index + first;
    for (size_t k = 0; k < c.n; k++) {
      neurons[k] = *l->lane[c.index[k]].neuron;
      scale[k] = l->lane[c.index[k]].amp_pA;
    }
    const lg_batch_input in = {c.n, l->n_steps, l->dt_ms, l->waveform, scale, NULL};
    const lg_batch_output out = {.n_spikes = c.count,
                                 .max_spikes = kept.max_spikes,
                                 .spikes_ms = c.spikes,
                                 .sample_every = l->sample_every,
                                 .v_mV = c.v};
    LG_TRY(lg_batch_run(ctx, neurons, &in, &options, &out));
    LG_TRY(lg_parallel_for(ctx, c.n, 8, look_at, &c));
  }
done:
  lg_free(ctx, neurons);
  lg_free(ctx, scale);
  lg_free(ctx, c.count);
  lg_free(ctx, c.v);
  lg_free(ctx, c.spikes);
  return status;
}

/* ---- one by one ---------------------------------------------------------------------------------- */

typedef struct singles {
  const lg_lanes *lanes;
  const size_t *index;
  lg_ctx *ctx;      /* of the caller: cancelled only */
  lg_ctx **workers; /* one per thread */
} singles;

/* Runs of equal values become constant segments; a waveform that changes all the time becomes one held segment. */
static lg_status protocol_of(lg_ctx *ctx, const lg_lanes *l, double amp, lg_protocol **out) {
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  double *held = NULL;
  size_t runs = 0;
  LG_TRY(lg_protocol_create(ctx, (double)l->n_steps * l->dt_ms, l->dt_ms * (double)l->sample_every, &p));
  for (size_t k = 0; k < l->n_steps; k++) runs += k == 0 || l->waveform[k] != l->waveform[k - 1];
  if (runs > MOST_RUNS) {
    LG_NEW(ctx, held, l->n_steps);
    for (size_t k = 0; k < l->n_steps; k++) held[k] = amp * l->waveform[k];
    const lg_segment segment = {.type = LG_SEGMENT_HOLD,
                                .t1_ms = (double)l->n_steps * l->dt_ms,
                                .dt_ms = l->dt_ms,
                                .n_values = l->n_steps,
                                .values_pA = held};
    LG_TRY(lg_protocol_add(ctx, p, &segment));
  } else
    for (size_t k = 0, end; k < l->n_steps; k = end) {
      for (end = k + 1; end < l->n_steps && l->waveform[end] == l->waveform[k];) end++;
      if (amp * l->waveform[k] != 0.0)
        LG_TRY(lg_protocol_add_const(ctx, p, (double)k * l->dt_ms, (double)end * l->dt_ms, amp * l->waveform[k]));
    }
  *out = p;
  p = NULL;
done:
  lg_protocol_destroy(ctx, p);
  lg_free(ctx, held);
  return status;
}

static bool resets(const lg_neuron *neuron) { return strcmp(neuron->info->model, "izhikevich") == 0; }

static lg_status one_lane(lg_ctx *ctx, const lg_lanes *l, size_t lane) {
  const lg_neuron *neuron = l->lane[lane].neuron;
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  lg_simulation *sim = NULL;
  lg_simulate_options how = LG_SIMULATE_OPTIONS_INIT;
  how.solver = LG_SOLVER_RK4;
  how.dt_ms = l->dt_ms;
  LG_TRY(protocol_of(ctx, l, l->lane[lane].amp_pA, &p));
  LG_TRY(lg_simulate(ctx, neuron, p, &how, &sim));
  if (resets(neuron))
    for (size_t s = 0; s < sim->n_spikes; s++) {
      const size_t i = (size_t)floor(sim->spikes_ms[s] / sim->sample_ms);
      if (i < sim->n_samples) sim->states[i] = lg_neuron_get(neuron, "vpeak");
    }
  const lg_lane_view view = {.v_mV = sim->states,
                             .n = sim->n_samples,
                             .dt_ms = sim->sample_ms,
                             .spikes_ms = sim->spikes_ms,
                             .n_spikes = sim->n_spikes,
                             .capacity = sim->n_spikes};
  l->look(l->user, lane, &view);
done:
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
  return status;
}

static lg_status single_lanes(void *user, size_t begin, size_t end, unsigned worker) {
  const singles *s = user;
  for (size_t k = begin; k < end; k++) {
    if (lg_cancelled(s->ctx)) return LG_ERR_CANCELLED;
    const lg_status status = one_lane(s->workers[worker], s->lanes, s->index[k]);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status run_singles(lg_ctx *ctx, const lg_lanes *l, const size_t *index, size_t n) {
  lg_status status = LG_OK;
  const unsigned threads = lg_ctx_threads(ctx);
  singles s = {.lanes = l, .index = index, .ctx = ctx};
  LG_NEW(ctx, s.workers, threads);
  for (unsigned t = 0; t < threads; t++) LG_TRY(lg_ctx_create(&s.workers[t]));
  status = lg_parallel_for(ctx, n, 1, single_lanes, &s);
  if (status == LG_ERR_CANCELLED) status = lg_fail(ctx, status, "the assay was cancelled");
  else if (status != LG_OK) {
    const char *why = "";
    for (unsigned t = 0; t < threads && !why[0]; t++) why = lg_ctx_message(s.workers[t]);
    status = lg_fail(ctx, status, "%s", why);
  }
done:
  for (unsigned t = 0; s.workers && t < threads; t++) lg_ctx_destroy(s.workers[t]);
  lg_free(ctx, s.workers);
  return status;
}

lg_status lg_lanes_run(lg_ctx *ctx, const lg_lanes *l) {
  lg_status status = LG_OK;
  size_t *index = NULL;
  if (l->n == 0) return LG_OK;
  if (l->n_steps == 0 || l->sample_every == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "lanes need at least one step, and one step per sample");
  LG_NEW(ctx, index, l->n);
  for (engine e = 0; e < ENGINES; e++) {
    size_t n = 0;
    for (size_t k = 0; k < l->n; k++)
      if (engine_of(l->lane[k].neuron) == e) index[n++] = k;
    if (n == 0) continue;
    if (e == ENGINE_SINGLE) LG_TRY(run_singles(ctx, l, index, n));
    else LG_TRY(run_batches(ctx, l, e, index, n));
  }
done:
  lg_free(ctx, index);
  return status;
}
