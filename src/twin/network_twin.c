/*
 * Twins and models of point neurons as cells of networks: one compartment whose membrane moves by the neuron's own
 * equations (neuron/flow.h), with the synapses and outside currents of a step as a current that is linear in v.
 */
#include "neuron/flow.h"
#include "twin/cable_file.h"
#include "twin/network_file_internal.h"
#include "twin/subject.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { DRAWS = 200 };

/* States behind those of the neuron without v: side of the switching surface, times of this step's spikes (-1: none),
 * which of the neurons it is. */
enum { ABOVE, FIRED, WHICH = FIRED + LG_FLOW_SPIKES, OWN_STATES };
enum { NET_STREAM_TWIN = 0x74776e01 };

typedef struct twin_membrane {
  cable_mechanism kind; /* the first: a block leads from it to the rest */
  double longest_step_ms;
  const char *states[LG_NEURON_MAX_STATES + OWN_STATES];
  size_t n_neurons;
  lg_plan *neurons;
} twin_membrane;

static const twin_membrane *membrane_of(const cable_block *block) {
  return (const twin_membrane *)(const void *)block->kind;
}

static void start(const cable_block *block, const cable_moment *now) {
  const twin_membrane *m = membrane_of(block);
  const size_t own = block->kind->n_states - OWN_STATES;
  for (size_t k = 0; k < block->number; k++) {
    lg_rng rng = lg_rng_make(block->seed, NET_STREAM_TWIN, block->first_cell + k % block->lanes);
    const size_t which = m->n_neurons > 1 ? (size_t)lg_rng_below(&rng, m->n_neurons) : 0;
    const lg_plan *plan = &m->neurons[which];
    now->v[block->node[k]] = plan->y0[0];
    for (size_t s = 0; s < own; s++) block->state[s][k] = plan->y0[1 + s];
    block->state[own + ABOVE][k] = lg_flow_above(plan, plan->y0);
    for (size_t s = 0; s < LG_FLOW_SPIKES; s++) block->state[own + FIRED + s][k] = -1.0;
    block->state[own + WHICH][k] = (double)which;
  }
}

static void own_flow(const cable_block *block, const cable_moment *now) {
  const twin_membrane *m = membrane_of(block);
  const size_t own = block->kind->n_states - OWN_STATES;
  const size_t steps = (size_t)ceil(now->dt_ms / m->longest_step_ms - 1e-9);
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    const lg_flow_drive drive = {-1e3 * now->i[at], 1e3 * now->g[at], now->v[at]};
    double y[LG_NEURON_MAX_STATES];
    int above = block->state[own + ABOVE][k] > 0.5;
    lg_flow_spikes spikes;
    y[0] = now->v[at];
    for (size_t s = 0; s < own; s++) y[1 + s] = block->state[s][k];
    lg_neuron_flow(&m->neurons[(size_t)block->state[own + WHICH][k]], &drive, now->dt_ms, steps, &above, y, &spikes);
    now->v[at] = y[0];
    for (size_t s = 0; s < own; s++) block->state[s][k] = y[1 + s];
    block->state[own + ABOVE][k] = above;
    for (size_t s = 0; s < spikes.n; s++) block->state[own + FIRED + s][k] = now->t_ms + spikes.after_ms[s];
  }
}

static size_t fire(const cable_block *block, const cable_moment *now, cable_fired *fired, size_t room) {
  const size_t own = block->kind->n_states - OWN_STATES;
  size_t n = 0;
  (void)now;
  for (size_t s = 0; s < LG_FLOW_SPIKES; s++)
    for (size_t k = 0; k < block->number; k++) {
      double *t = &block->state[own + FIRED + s][k];
      if (*t >= 0.0 && n < room) fired[n++] = (cable_fired){block->node[k], *t};
      *t = -1.0;
    }
  return n;
}

static void release(lg_ctx *ctx, cable_mechanism *mechanism) {
  twin_membrane *m = (twin_membrane *)(void *)mechanism;
  lg_free(ctx, m->neurons);
  lg_free(ctx, m);
}

static void name_states(twin_membrane *m, const lg_plan *plan) {
  static const char *const behind[OWN_STATES] = {[ABOVE] = "above", [FIRED] = "fired", "fired2",
                                                 "fired3",          "fired4",          [WHICH] = "which"};
  const size_t own = plan->n - 1;
  for (size_t s = 0; s < own; s++) m->states[s] = plan->info->states[plan->state[1 + s]];
  for (size_t s = 0; s < OWN_STATES; s++) m->states[own + s] = behind[s];
  m->kind.states = m->states;
  m->kind.n_states = own + OWN_STATES;
}

/* The plans of the neuron, or of the draws of its posterior. */
static lg_status make_membrane(lg_ctx *ctx, const lg_subject *subject, twin_membrane **out) {
  const lg_neuron *neurons = subject->n_members > 0 ? subject->members : &subject->neuron;
  const size_t n = subject->n_members > 0 ? subject->n_members : 1;
  const lg_model_info *info = subject->neuron.info;
  twin_membrane *m = NULL;
  lg_status status = LG_OK;
  if (strcmp(info->model, "izhikevich") != 0 && strcmp(info->model, "tm") != 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s has currents per area; izhikevich and tm can be cells of a network",
                   info->model);
  LG_NEW(ctx, m, 1);
  LG_NEW(ctx, m->neurons, n);
  m->n_neurons = n;
  for (size_t k = 0; k < n; k++) {
    LG_TRY(lg_plan_make(ctx, &neurons[k], &m->neurons[k]));
    if (m->neurons[k].n != m->neurons[0].n)
      LG_TRY(lg_fail(ctx, LG_ERR_UNSUPPORTED, "the draws of the posterior do not have the same currents"));
  }
  m->longest_step_ms = strcmp(info->model, "tm") == 0 ? 0.025 : 0.1;
  m->kind = (cable_mechanism){.name = info->model,
                              .summary = info->summary,
                              .source = info->reference,
                              .sort = CABLE_MEMBRANE,
                              .start = start,
                              .own_flow = own_flow,
                              .fire = fire,
                              .most_fired = LG_FLOW_SPIKES};
  name_states(m, &m->neurons[0]);
  *out = m;
  m = NULL;
done:
  if (m) release(ctx, &m->kind);
  return status;
}

static json_t *place(void) { return json_pack("[s, i, f]", "sec", 0, 0.5); }

/* Synapses stand where there is only one place. */
static lg_status copy_synapses(lg_ctx *ctx, const lg_json_at *at, json_t *cell) {
  json_t *list = json_object_get(cell, "synapses");
  lg_json_at from, object;
  size_t n;
  lg_status status = LG_OK;
  if (!lg_json_has(at, "synapses")) return LG_OK;
  LG_TRY(lg_json_get_array(ctx, at, "synapses", &from, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&from, k);
    LG_TRY(lg_json_get_object(ctx, &item, "", &object));
    json_t *copy = json_deep_copy(object.value);
    if (json_array_append_new(list, copy) != 0 || json_object_set_new(copy, "loc", place()) != 0)
      return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a cell");
  }
done:
  return status;
}

/* Area 100 um2; the capacitance is what junctions are compared with: the membrane has its own. */
static lg_status make_model(network_reader *r, const lg_json_at *at, const twin_membrane *m, cable_model **out) {
  const lg_plan *plan = &m->neurons[0];
  const double v_mV = plan->y0[0], c_nF = 1e-3 * plan->p[0];
  json_t *cell =
      json_pack("{s: f, s: f, s: [{s: s, s: i, s: i, s: f, s: f}], s: [{s: [i], s: {}}], s: [], s: []}", "v_init_mV",
                v_mV, "celsius", 20.0, "compartments", "name", "soma", "type", 1, "parent", -1, "area_um2", 100.0,
                "capacitance_nF", c_nF, "regions", "types", 1, "mechanisms", "synapses", "probes");
  json_t *probe = cell ? json_pack("{s: s, s: o}", "name", "soma", "loc", place()) : NULL;
  lg_status status = LG_OK;
  if (!cell || json_array_append_new(json_object_get(cell, "probes"), probe) != 0)
    LG_TRY(lg_fail(r->ctx, LG_ERR_MEMORY, "no memory for a cell"));
  LG_TRY(copy_synapses(r->ctx, at, cell));
  lg_json_at made = *at;
  made.value = cell;
  LG_TRY(lg_cable_parse(r->ctx, &made, r->folder, out));
done:
  json_decref(cell);
  return status;
}

static lg_status use_membrane(lg_ctx *ctx, cable_model *model, twin_membrane *m) {
  cable_region *region = &model->regions[0];
  lg_status status = LG_OK;
  lg_free(ctx, region->uses);
  region->uses = NULL;
  region->n_uses = 0;
  LG_NEW(ctx, region->uses, 1);
  region->n_uses = 1;
  region->uses[0].mechanism = &m->kind;
  model->membrane = &m->kind;
  model->release_membrane = release;
done:
  return status;
}

lg_status network_twin_cell(network_reader *r, const lg_json_at *at, const char *path, bool draw, cable_model **out) {
  lg_subject *subject = NULL;
  twin_membrane *m = NULL;
  lg_status status = LG_OK;
  *out = NULL;
  LG_TRY(lg_subject_load(r->ctx, path, draw ? DRAWS : 0, r->m->seed, &subject));
  if (draw && subject->n_members == 0)
    LG_TRY(lg_fail(r->ctx, LG_ERR_FORMAT, "%s: there is no posterior to draw from: %s", path, subject->posterior));
  status = make_membrane(r->ctx, subject, &m);
  if (status != LG_OK) {
    status = lg_fail_prefix(r->ctx, status, "%s: ", path);
    goto done;
  }
  LG_TRY(make_model(r, at, m, out));
  LG_TRY(use_membrane(r->ctx, *out, m));
  m = NULL;
done:
  if (m) release(r->ctx, &m->kind);
  lg_subject_destroy(r->ctx, subject);
  return status;
}
