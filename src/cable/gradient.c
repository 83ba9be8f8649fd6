/* Making, setting and running a cell with derivatives. */
#include "cable/gradient.h"

#include "cable/gradient_internal.h"

#include <math.h>
#include <string.h>

/* ---- making ------------------------------------------------------------------------------------ */

static lg_status check(lg_ctx *ctx, const cable_gradient *r) {
  if (r->o.scheme != CABLE_SDIRK2 && r->o.scheme != CABLE_NRN)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "the adaptive scheme has no derivatives: its steps depend on the parameters; use sdirk2 or nrn");
  for (size_t b = 0; b < r->g->n_blocks; b++)
    if (r->g->blocks[b].block.kind->fire)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s resets its voltage: there are no derivatives through resets",
                     r->g->blocks[b].block.kind->name);
  for (size_t k = 0; k < r->o.n_nodes; k++)
    if (r->o.nodes[k] >= r->tree->n_nodes)
      return lg_fail(ctx, LG_ERR_RANGE, "node %zu; the tree has %zu", r->o.nodes[k], r->tree->n_nodes);
  if (!(r->o.dt_ms * (double)r->n_steps <= 1e9) || r->n_steps == 0)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu steps of %g ms", r->n_steps, r->o.dt_ms);
  return LG_OK;
}

/* Places from the root outwards, and what the group has folded away. */
static lg_status make_nodes(lg_ctx *ctx, cable_gradient *r) {
  lg_status status = LG_OK;
  const cable_group *g = r->g;
  const cable_tree *t = r->tree;
  LG_NEW(ctx, r->axial_uS, r->n);
  LG_NEW(ctx, r->axial_ohm, r->n);
  LG_NEW(ctx, r->leak_uS, r->n);
  LG_NEW(ctx, r->leak_nA, r->n);
  LG_NEW(ctx, r->looks, r->o.n_nodes + 1);
  r->up = lg_tree_parents(g->solver);
  for (size_t k = 0; k < r->n; k++) {
    const uint32_t at = g->place[k];
    r->axial_ohm[at] = t->parent[k] >= 0 ? 1.0 / t->axial_uS[k] : 0.0;
    r->leak_uS[at] = t->leak_uS ? t->leak_uS[k] : 0.0;
    r->leak_nA[at] = t->leak_uS && t->leak_uS[k] != 0.0 ? t->leak_uS[k] * t->leak_mV[k] : 0.0;
  }
  r->n_looks = r->o.n_nodes;
  for (size_t k = 0; k < r->n_looks; k++) r->looks[k] = g->place[r->o.nodes[k]];
done:
  return status;
}

/* What the group keeps together: axial conductances, leaks of the tree, ohmic blocks that are never called. */
static void fold(cable_gradient *r) {
  cable_group *g = r->g;
  for (size_t k = 0; k < r->n; k++) {
    g->fixed_uS[k] = r->leak_uS[k];
    g->fixed_nA[k] = r->leak_nA[k];
  }
  memset(r->axial_uS, 0, r->n * sizeof *r->axial_uS);
  for (size_t k = 1; k < r->n; k++) {
    g->weight_uS[k] = 1.0 / r->axial_ohm[k];
    r->axial_uS[k] += g->weight_uS[k];
    r->axial_uS[r->up[k]] += g->weight_uS[k];
  }
  for (size_t k = 0; k < r->n; k++) g->fixed_uS[k] += r->axial_uS[k];
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_block *block = &g->blocks[b].block;
    for (size_t k = 0; g->blocks[b].is_constant && k < block->number; k++) {
      const double siemens = block->scale[k] * block->parameter[0][k];
      g->fixed_uS[block->node[k]] += siemens;
      g->fixed_nA[block->node[k]] += siemens * block->parameter[1][k];
    }
  }
}

static lg_status make_step(lg_ctx *ctx, cable_gradient *r) {
  lg_status status = LG_OK;
  gradient_step *s = &r->step;
  const cable_group *g = r->g;
  double **const arrays[] = {&s->v0, &s->v1, &s->g, &r->i};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) LG_NEW(ctx, *arrays[k], r->n + GROUP_PAD);
  LG_NEW(ctx, s->conductance, g->n_ions + 1);
  LG_NEW(ctx, s->nernst_slope, g->n_ions + 1);
  for (size_t x = 0; x < g->n_ions; x++) {
    LG_NEW(ctx, s->conductance[x], r->n);
    LG_NEW(ctx, s->nernst_slope[x], r->n);
  }
  LG_NEW(ctx, s->clamp_share, g->n_clamps + 1);
done:
  return status;
}

static void keep_alive(cable_gradient *r, double *at, size_t n) {
  r->live[r->n_live++] = (struct gradient_live){at, n, r->kept_bytes};
  r->kept_bytes += (n + 7) / 8 * 8 * sizeof *at;
}

static gradient_way way_of(const group_block *b) {
  if (b->is_constant) return GRADIENT_BY_SUMS;
  for (size_t x = 0; x < b->block.kind->n_ions; x++)
    if (b->block.ion[x]->current_is_read) return GRADIENT_BY_SLOPES;
  return b->block.kind == lg_cable_mechanism_find("hh") ? GRADIENT_BY_KERNEL : GRADIENT_BY_SLOPES;
}

static lg_status make_live(lg_ctx *ctx, cable_gradient *r) {
  lg_status status = LG_OK;
  const cable_group *g = r->g;
  size_t room = 1 + 6 * g->n_ions;
  for (size_t b = 0; b < g->n_blocks; b++) room += g->blocks[b].block.kind->n_states;
  LG_NEW(ctx, r->live, room);
  LG_NEW(ctx, r->live_state, g->n_blocks + 1);
  LG_NEW(ctx, r->live_ion, g->n_ions + 1);
  LG_NEW(ctx, r->way, g->n_blocks + 1);
  r->kept_bytes = (sizeof g->clock + 63) / 64 * 64;
  keep_alive(r, g->v, r->n + GROUP_PAD);
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_block *block = &g->blocks[b].block;
    r->live_state[b] = r->n_live;
    r->way[b] = way_of(&g->blocks[b]);
    r->n_by_slopes += r->way[b] == GRADIENT_BY_SLOPES;
    for (size_t q = 0; q < block->kind->n_states; q++) keep_alive(r, block->state[q], (block->number + 7) / 8 * 8);
  }
  for (size_t x = 0; x < g->n_ions; x++) {
    const group_ion *ion = &g->ions[x];
    double *const arrays[] = {ion->ion.reversal_mV, ion->nernst_mV,          ion->nernst_before_mV,
                              ion->ion.inside_mM,   ion->ion.current_mA_cm2, ion->ion.conductance_S_cm2};
    r->live_ion[x] = SIZE_MAX;
    if (!ion->ion.reversal_by_nernst && !ion->ion.current_is_read) continue;
    r->live_ion[x] = r->n_live;
    for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) keep_alive(r, arrays[k], r->n + GROUP_PAD);
  }
done:
  return status;
}

/* Room for the events of the fullest step. */
static lg_status make_events(lg_ctx *ctx, cable_gradient *r) {
  lg_status status = LG_OK;
  const cable_group *g = r->g;
  size_t most = 0, in_step = 0;
  double last = -1.0;
  for (size_t k = 0; k < g->n_events; k++) {
    const double step = floor(g->events[k].t_ms / g->o.dt_ms + (r->one_stage ? 0.5 : 0.0));
    in_step = step <= last + 1.0 ? in_step + 1 : 1; /* neighbours may fall together by rounding */
    last = step;
    if (in_step > most) most = in_step;
  }
  LG_NEW(ctx, r->step.events, most + 1);
  r->step.events_room = most;
  size_t jumps = 0, states = 0;
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_mechanism *kind = g->blocks[b].block.kind;
    if (!kind->receive) continue;
    if (1 + kind->n_states + kind->n_parameters > jumps) jumps = 1 + kind->n_states + kind->n_parameters;
    if (kind->n_states > states) states = kind->n_states;
  }
  for (size_t k = 0; k < most; k++) {
    LG_NEW(ctx, r->step.events[k].jumps, jumps);
    for (size_t j = 0; j < jumps; j++) LG_NEW(ctx, r->step.events[k].jumps[j].value, states);
  }
  r->step.events[most].n_jumps = jumps; /* for giving them back */
done:
  return status;
}

lg_status lg_gradient_make_slopes(lg_ctx *ctx, cable_gradient *r) {
  lg_status status = LG_OK;
  cable_group *g = r->g;
  if (!r->stale) return LG_OK;
  lg_gradient_restart(r);
  const cable_moment now = lg_group_moment(g, g->o.dt_ms);
  for (size_t b = 0; b < g->n_blocks; b++) {
    lg_cable_slopes_destroy(ctx, r->slopes[b]);
    r->slopes[b] = NULL;
    LG_TRY(lg_cable_slopes_create(ctx, &g->blocks[b].block, &now, r->wanted[b], false, &r->slopes[b]));
  }
  r->stale = false;
done:
  return status;
}

lg_status lg_cable_gradient_create(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                   const cable_gradient_options *options, const cable_parameter *parameters,
                                   size_t n_parameters, cable_gradient **out) {
  lg_status status = LG_OK;
  cable_gradient *r = NULL;
  *out = NULL;
  LG_NEW(ctx, r, 1);
  r->model = *model;
  r->tree = tree;
  r->o = *options;
  if (r->o.dt_ms == 0.0) r->o.dt_ms = 0.025;
  r->n = tree->n_nodes;
  r->n_steps = r->o.n_steps > 0 ? r->o.n_steps : (size_t)floor(model->tstop_ms / r->o.dt_ms + 0.5);
  r->one_stage = r->o.scheme == CABLE_NRN;
  r->beta = r->one_stage ? 1.0 : (1.0 - GRADIENT_SDIRK_GAMMA) / GRADIENT_SDIRK_GAMMA;
  const cable_run_options run = {.scheme = r->o.scheme, .dt_ms = r->o.dt_ms, .seed = r->o.seed, .plain = true};
  if (r->o.scheme == CABLE_ADAPTIVE) LG_TRY(check(ctx, r));
  LG_TRY(lg_cable_group_create(ctx, &r->model, tree, &run, &r->g));
  LG_TRY(check(ctx, r));
  LG_TRY(make_nodes(ctx, r));
  r->o.nodes = NULL; /* the caller's; places are kept */
  fold(r);
  LG_TRY(make_step(ctx, r));
  LG_TRY(make_live(ctx, r));
  LG_NEW(ctx, r->wanted, r->g->n_blocks + 1);
  for (size_t b = 0; b < r->g->n_blocks; b++) LG_NEW(ctx, r->wanted[b], r->g->blocks[b].block.kind->n_parameters + 1);
  LG_TRY(lg_gradient_make_seeds(ctx, r, parameters, n_parameters));
  LG_TRY(make_events(ctx, r));
  LG_NEW(ctx, r->slopes, r->g->n_blocks + 1);
  LG_NEW(ctx, r->fresh, lg_cable_group_state_bytes(r->g));
  lg_cable_group_save(r->g, r->fresh);
  r->stale = true;
  LG_TRY(lg_gradient_make_slopes(ctx, r)); /* what cannot be derived is said here */
  *out = r;
  r = NULL;
done:
  lg_cable_gradient_destroy(ctx, r);
  return status;
}

static void free_step(lg_ctx *ctx, cable_gradient *r) {
  gradient_step *s = &r->step;
  double *const arrays[] = {s->v0, s->v1, s->g, r->i, s->clamp_share};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) lg_free(ctx, arrays[k]);
  for (size_t x = 0; r->g && x < r->g->n_ions; x++) {
    if (s->conductance) lg_free(ctx, s->conductance[x]);
    if (s->nernst_slope) lg_free(ctx, s->nernst_slope[x]);
  }
  lg_free(ctx, s->conductance);
  lg_free(ctx, s->nernst_slope);
  if (!s->events) return;
  const size_t jumps = s->events[s->events_room].n_jumps;
  for (size_t k = 0; k < s->events_room; k++) {
    for (size_t j = 0; s->events[k].jumps && j < jumps; j++) lg_free(ctx, s->events[k].jumps[j].value);
    lg_free(ctx, s->events[k].jumps);
  }
  lg_free(ctx, s->events);
}

void lg_cable_gradient_destroy(lg_ctx *ctx, cable_gradient *r) {
  if (!r) return;
  free_step(ctx, r);
  lg_gradient_free_seeds(ctx, r);
  for (size_t b = 0; r->g && b < r->g->n_blocks; b++) {
    if (r->wanted) lg_free(ctx, r->wanted[b]);
    if (r->slopes) lg_cable_slopes_destroy(ctx, r->slopes[b]);
  }
  lg_free(ctx, r->wanted);
  lg_free(ctx, r->slopes);
  lg_free(ctx, r->axial_uS);
  lg_free(ctx, r->axial_ohm);
  lg_free(ctx, r->leak_uS);
  lg_free(ctx, r->leak_nA);
  lg_free(ctx, r->looks);
  lg_free(ctx, r->drives);
  lg_free(ctx, r->fresh);
  lg_free(ctx, r->live);
  lg_free(ctx, r->live_state);
  lg_free(ctx, r->live_ion);
  lg_free(ctx, r->way);
  lg_cable_group_destroy(ctx, r->g);
  lg_free(ctx, r);
}

/* ---- values ------------------------------------------------------------------------------------ */

size_t lg_cable_gradient_steps(const cable_gradient *r) { return r->n_steps; }

void lg_cable_gradient_values(const cable_gradient *r, double *values) {
  for (size_t k = 0; k < r->n_seeds; k++) values[k] = r->seeds[k].value;
}

static void set_one(cable_gradient *r, gradient_seed *s, double value) {
  cable_group *g = r->g;
  const double more = value - s->value;
  for (size_t t = 0; t < s->n_touches && s->said.sort == CABLE_FIELD; t++) {
    cable_block *b = &g->blocks[s->touches[t].block].block;
    const lg_field *field = &b->kind->parameters[s->said.field];
    for (size_t k = 0; k < s->touches[t].n; k++)
      b->parameter[s->said.field][s->touches[t].instances[k]] =
          fmin(fmax(value * s->touches[t].factor[k], field->low), field->high);
    for (size_t k = b->number; k % GROUP_PAD != 0; k++)
      b->parameter[s->said.field][k] = b->parameter[s->said.field][b->number - 1];
  }
  for (size_t k = 0; k < s->n_places; k++) {
    const uint32_t at = s->places[k];
    if (s->said.sort == CABLE_CAPACITANCE) g->capacitance_nF[at] += more * s->per_unit[k];
    if (s->said.sort == CABLE_AXIAL) r->axial_ohm[at] += more * s->per_unit[k];
    if (s->said.sort != CABLE_REVERSAL) continue;
    g->ions[s->ion].fixed_mV[at] = g->ions[s->ion].ion.reversal_mV[at] = value;
  }
  for (size_t k = 0; k < g->n_clamps; k++)
    if (s->said.sort == CABLE_CLAMP && (s->said.index == CABLE_ANY || s->said.index == k))
      g->clamps[k].amplitude_nA = value;
  for (size_t k = 0; k < g->n_events; k++)
    if (s->said.sort == CABLE_WEIGHT && (s->said.index == CABLE_ANY || s->said.index == g->events[k].synapse))
      g->events[k].weight_uS = value;
  if (s->said.sort == CABLE_V_INIT) r->model.v_init_mV = value;
  s->value = value;
}

lg_status lg_cable_gradient_set(lg_ctx *ctx, cable_gradient *r, const double *values) {
  lg_status status = LG_OK;
  cable_group *g = r->g;
  for (size_t k = 0; k < r->n_seeds; k++)
    if (!isfinite(values[k])) return lg_fail(ctx, LG_ERR_RANGE, "parameter %zu is %g", k, values[k]);
  bool changed = false;
  for (size_t k = 0; k < r->n_seeds; k++) {
    if (!(values[k] > r->seeds[k].value || values[k] < r->seeds[k].value)) continue;
    set_one(r, &r->seeds[k], values[k]);
    changed = changed || r->seeds[k].said.sort != CABLE_V_INIT;
  }
  if (!changed) return LG_OK;
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_mechanism *kind = g->blocks[b].block.kind;
    if (kind->release) kind->release(ctx, &g->blocks[b].block);
    g->blocks[b].block.own = NULL;
    if (kind->prepare) LG_TRY(kind->prepare(ctx, &g->blocks[b].block, r->model.celsius));
  }
  fold(r);
  r->stale = true;
done:
  return status;
}

lg_status lg_cable_gradient_drive(lg_ctx *ctx, cable_gradient *r, const cable_drive *drives, size_t n) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < n; k++)
    if (drives[k].node >= r->tree->n_nodes)
      return lg_fail(ctx, LG_ERR_RANGE, "node %zu; the tree has %zu", drives[k].node, r->tree->n_nodes);
  lg_free(ctx, r->drives);
  r->drives = NULL;
  r->n_drives = 0;
  LG_NEW(ctx, r->drives, n + 1);
  if (n > 0) memcpy(r->drives, drives, n * sizeof *drives);
  r->n_drives = n;
done:
  return status;
}

/* ---- a run ------------------------------------------------------------------------------------- */

lg_status lg_cable_gradient_run(lg_ctx *ctx, cable_gradient *r, double *v_mV) {
  lg_gradient_restart(r);
  for (size_t step = 0;; step++) {
    for (size_t k = 0; v_mV && k < r->n_looks; k++) v_mV[k * (r->n_steps + 1) + step] = r->g->v[r->looks[k]];
    if (step == r->n_steps) return LG_OK;
    lg_gradient_plain_step(r);
    if (step % 64 == 63 || step + 1 == r->n_steps)
      if (!lg_gradient_is_sane(r)) return lg_gradient_fail_diverged(ctx, r);
  }
}
