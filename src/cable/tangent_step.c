/* One step forwards. */
#include "cable/tangent_internal.h"

#include <math.h>
#include <string.h>

/* ---- linear maps of mechanisms ----------------------------------------------------------------- */

static double *place_of(const tangent *t, const lanes *l, size_t block, cable_slot slot) {
  switch (slot.sort) {
  case CABLE_SLOT_V:
    return l->v;
  case CABLE_SLOT_STATE:
    return l->state[block][slot.index];
  case CABLE_SLOT_REVERSAL:
    return l->reversal[gradient_ion(t->r, block, slot.index)];
  case CABLE_SLOT_INSIDE:
    return l->inside[gradient_ion(t->r, block, slot.index)];
  case CABLE_SLOT_ION_CURRENT:
    return l->current[gradient_ion(t->r, block, slot.index)];
  case CABLE_SLOT_ION_CONDUCTANCE:
    return l->conductance[gradient_ion(t->r, block, slot.index)];
  case CABLE_SLOT_G:
    return t->g;
  case CABLE_SLOT_I:
    return t->i;
  case CABLE_SLOT_PARAMETER:
    break;
  }
  return NULL;
}

/* Fields of this group's parameters: what they do directly. */
static void push_fields(const tangent *t, const lanes *l, size_t group, size_t block, cable_function function) {
  const cable_gradient *r = t->r;
  const uint32_t *node = r->g->blocks[block].block.node;
  size_t n;
  const cable_slope *list = lg_cable_slopes_of(r->slopes[block], function, &n);
  for (size_t e = 0; e < n; e++) {
    if (list[e].in.sort != CABLE_SLOT_PARAMETER) continue;
    double *out = place_of(t, l, block, list[e].out);
    const bool own = list[e].out.sort == CABLE_SLOT_STATE;
    for (size_t p = group * LANES; p < r->n_seeds && p < (group + 1) * LANES; p++) {
      const gradient_seed *s = &r->seeds[p];
      if (s->said.sort != CABLE_FIELD || s->said.field != list[e].in.index) continue;
      for (size_t q = 0; q < s->n_touches; q++) {
        if (s->touches[q].block != block) continue;
        for (size_t k = 0; k < s->touches[q].n; k++) {
          const uint32_t at = s->touches[q].instances[k];
          out[(own ? at : node[at]) * LANES + p % LANES] += s->touches[q].factor[k] * list[e].value[at];
        }
      }
    }
  }
}

/* What the slopes of a function make, output by output. Outputs that no input moves are listed too where everything is
 * replaced: they become 0. */
static tangent_map map_of(const tangent *t, const lanes *l, size_t block, cable_function function) {
  const cable_gradient *r = t->r;
  const cable_block *b = &r->g->blocks[block].block;
  tangent_map map = {.number = b->number, .node = b->node, .outputs = t->outputs, .terms = t->terms, .moved = t->moved};
  size_t n, n_terms = 0;
  const cable_slope *list = lg_cable_slopes_of(r->slopes[block], function, &n);
  cable_slot outs[TANGENT_MOST_TERMS];
  size_t n_outs = 0;
  if (function == CABLE_DO_CURRENT) {
    for (size_t e = 0; e < n; e++) {
      size_t o = 0;
      while (o < n_outs && (outs[o].sort != list[e].out.sort || outs[o].index != list[e].out.index)) o++;
      if (o == n_outs) outs[n_outs++] = list[e].out;
    }
  } else {
    for (uint32_t q = 0; q < b->kind->n_states; q++) outs[n_outs++] = (cable_slot){CABLE_SLOT_STATE, q};
    for (uint32_t q = 0; q < b->kind->n_ions; q++)
      if (b->kind->ions[q].writes_inside) outs[n_outs++] = (cable_slot){CABLE_SLOT_INSIDE, q};
  }
  for (size_t o = 0; o < n_outs; o++) {
    tangent_output *out = &t->outputs[map.n_outputs++];
    *out = (tangent_output){
        .y = place_of(t, l, block, outs[o]), .own = outs[o].sort == CABLE_SLOT_STATE, .first = n_terms};
    for (size_t e = 0; e < n; e++) {
      if (list[e].in.sort == CABLE_SLOT_PARAMETER || list[e].out.sort != outs[o].sort ||
          list[e].out.index != outs[o].index)
        continue;
      t->terms[n_terms++] = (tangent_term){
          .slope = list[e].value, .x = place_of(t, l, block, list[e].in), .own = list[e].in.sort == CABLE_SLOT_STATE};
    }
    out->n = n_terms - out->first;
  }
  return map;
}

static void push_current(const tangent *t, const lanes *l, size_t group, size_t block) {
  const tangent_map map = map_of(t, l, block, CABLE_DO_CURRENT);
  t->kernels->add(&map);
  push_fields(t, l, group, block, CABLE_DO_CURRENT);
}

/* Functions that overwrite: states and concentrations of an instance come anew from the old ones. */
static void push_states(const tangent *t, const lanes *l, size_t group, size_t block, cable_function function) {
  const tangent_map map = map_of(t, l, block, function);
  t->kernels->replace(&map);
  push_fields(t, l, group, block, function);
}

/* ---- the start --------------------------------------------------------------------------------- */

static void push_reversals(const tangent *t, const lanes *l, bool start) {
  const cable_gradient *r = t->r;
  for (size_t x = 0; x < r->g->n_ions; x++) {
    if (!r->g->ions[x].ion.reversal_by_nernst) continue;
    for (size_t k = 0; k < r->n; k++) {
      if (!isnan(r->g->ions[x].fixed_mV[k])) continue;
      const double c = r->step.nernst_slope[x][k];
      double *E = l->nernst[x] + k * LANES, *reversal = l->reversal[x] + k * LANES;
      const double *inside = l->inside[x] + k * LANES;
      for (size_t j = 0; j < LANES; j++) {
        const double now = c * inside[j];
        reversal[j] = start || r->one_stage ? now : now + 0.5 * (now - E[j]);
        E[j] = now;
      }
    }
  }
}

static void start_group(const tangent *t, size_t group) {
  const cable_gradient *r = t->r;
  const lanes *l = &t->of[group];
  for (size_t p = group * LANES; p < r->n_seeds && p < (group + 1) * LANES; p++) {
    const gradient_seed *s = &r->seeds[p];
    if (s->said.sort == CABLE_V_INIT)
      for (size_t k = 0; k < r->n; k++) l->v[k * LANES + p % LANES] = 1.0;
    if (s->said.sort == CABLE_REVERSAL)
      for (size_t k = 0; k < s->n_places; k++) l->reversal[s->ion][s->places[k] * LANES + p % LANES] = 1.0;
  }
  for (size_t pass = 0; pass < 2; pass++) {
    for (size_t b = 0; b < r->g->n_blocks; b++)
      if (r->g->blocks[b].is_pool == (pass == 0) && r->g->blocks[b].block.kind->start)
        push_states(t, l, group, b, CABLE_DO_START);
    push_reversals(t, l, true);
  }
  for (size_t b = 0; b < r->g->n_blocks && !r->one_stage; b++) {
    const cable_mechanism *kind = r->g->blocks[b].block.kind;
    if (kind->advance && !kind->whole_steps && !r->g->blocks[b].is_pool) push_states(t, l, group, b, CABLE_DO_ADVANCE);
  }
  memcpy(l->z, l->v, r->n * LANES * sizeof *l->z); /* v = beta y + z */
  if (!r->one_stage) return;
  memcpy(l->y, l->v, r->n * LANES * sizeof *l->y);
  memset(l->z, 0, r->n * LANES * sizeof *l->z);
}

void lg_tangent_start(tangent *t) {
  for (size_t group = 0; group < t->n_groups; group++) start_group(t, group);
}

/* ---- a step ------------------------------------------------------------------------------------ */

static void push_event(const tangent *t, const lanes *l, size_t group, const gradient_event *e) {
  const cable_gradient *r = t->r;
  const size_t n_states = r->g->blocks[e->block].block.kind->n_states;
  double *moved = t->moved;
  memset(moved, 0, n_states * LANES * sizeof *moved);
  for (size_t q = 0; q < e->n_jumps; q++) {
    const cable_jump *jump = &e->jumps[q];
    if (!jump->is_weight && jump->in.sort == CABLE_SLOT_STATE) {
      const double *x = l->state[e->block][jump->in.index] + e->instance * LANES;
      for (size_t y = 0; y < n_states; y++)
        for (size_t j = 0; j < LANES; j++) moved[y * LANES + j] += jump->value[y] * x[j];
      continue;
    }
    for (size_t p = group * LANES; p < r->n_seeds && p < (group + 1) * LANES; p++) {
      const gradient_seed *s = &r->seeds[p];
      const bool weight = jump->is_weight && s->said.sort == CABLE_WEIGHT &&
                          (s->said.index == CABLE_ANY || s->said.index == e->synapse);
      bool field = false;
      if (!jump->is_weight && s->said.sort == CABLE_FIELD && s->said.field == jump->in.index)
        for (size_t k = 0; k < s->n_touches; k++)
          for (size_t i = 0; s->touches[k].block == e->block && i < s->touches[k].n; i++)
            field = field || s->touches[k].instances[i] == e->instance;
      for (size_t y = 0; (weight || field) && y < n_states; y++) moved[y * LANES + p % LANES] += jump->value[y];
    }
  }
  for (size_t y = 0; y < n_states; y++)
    memcpy(l->state[e->block][y] + e->instance * LANES, moved + y * LANES, LANES * sizeof *moved);
}

/* What a changed axial conductance adds to a right-hand side: -dA x. */
static void push_axial(const tangent *t, const gradient_seed *s, size_t lane, const double *x, double *rhs) {
  const cable_gradient *r = t->r;
  for (size_t k = 0; k < s->n_places; k++) {
    const uint32_t at = s->places[k], up = r->up[at];
    const double w = r->g->weight_uS[at], dw = -w * w * s->per_unit[k], flow = dw * (x[at] - x[up]);
    rhs[at * LANES + lane] -= flow;
    rhs[up * LANES + lane] += flow;
  }
}

/* What parameters do directly to the right-hand sides, besides what the spans say. */
static void push_directly(const tangent *t, const lanes *l, size_t group) {
  const cable_gradient *r = t->r;
  const double rest = 1.0 - r->beta;
  const double *y0 = r->one_stage ? r->g->v : t->first_stage, *z0 = t->second;
  for (size_t k = 0; k < l->n_extras; k++) {
    const tangent_extra *e = &l->extras[k];
    const size_t at = (size_t)e->node * LANES + e->lane;
    l->y[at] += e->p - e->q * y0[e->node];
    if (!r->one_stage) l->z[at] += rest * e->p - e->q * z0[e->node];
  }
  for (size_t p = group * LANES; p < r->n_seeds && p < (group + 1) * LANES; p++) {
    const gradient_seed *s = &r->seeds[p];
    if (s->said.sort == CABLE_AXIAL) push_axial(t, s, p % LANES, y0, l->y);
    if (s->said.sort == CABLE_AXIAL && !r->one_stage) push_axial(t, s, p % LANES, z0, l->z);
    for (size_t k = 0; k < r->g->n_clamps && s->said.sort == CABLE_CLAMP; k++) {
      if (s->said.index != CABLE_ANY && s->said.index != k) continue;
      const size_t at = r->g->clamps[k].place * LANES + p % LANES;
      l->y[at] += r->step.clamp_share[k];
      if (!r->one_stage) l->z[at] += rest * r->step.clamp_share[k];
    }
  }
}

/* di of the middle of the step, before v moves: + dcond (v1 - v0) / 2 + cond (dv1 - dv0) / 2. */
static void push_centre(const tangent *t, const lanes *l, bool before) {
  const cable_gradient *r = t->r;
  for (size_t x = 0; x < r->g->n_ions && !r->one_stage; x++) {
    if (!r->g->ions[x].ion.current_is_read) continue;
    for (size_t k = 0; k < r->n; k++) {
      const double half = 0.5 * (r->step.v1[k] - r->step.v0[k]), c = 0.5 * r->step.conductance[x][k];
      for (size_t j = k * LANES; j < (k + 1) * LANES; j++)
        l->current[x][j] += before ? l->conductance[x][j] * half - c * l->v[j] : c * l->v[j];
    }
  }
}

static void push_flow(const tangent *t, const lanes *l, size_t group) {
  const cable_gradient *r = t->r;
  tangent_flow flow = {.n_spans = l->n_spans,
                       .spans = l->spans,
                       .one_stage = r->one_stage,
                       .beta = r->beta,
                       .s = t->s,
                       .v0 = gradient_kept(r, t->before, 0),
                       .y0 = r->one_stage ? r->g->v : t->first_stage,
                       .z0 = t->second,
                       .leak_scale = t->leak_scale,
                       .leak_uS = t->leak_uS,
                       .leak_mV = t->leak_mV,
                       .capacitance = t->capacitance,
                       .hh = &t->hh,
                       .y = l->y,
                       .z = l->z};
  const double *reversal[2] = {NULL, NULL}, *by[2] = {NULL, NULL};
  for (size_t q = 0; q < 2 && t->hh_block != SIZE_MAX; q++) {
    const size_t x = gradient_ion(r, t->hh_block, q);
    reversal[q] =
        r->live_ion[x] == SIZE_MAX ? r->g->ions[x].ion.reversal_mV : gradient_kept(r, t->before, r->live_ion[x]);
    bool moves = r->g->ions[x].ion.reversal_by_nernst;
    for (size_t p = group * LANES; p < r->n_seeds && p < (group + 1) * LANES; p++)
      moves = moves || (r->seeds[p].said.sort == CABLE_REVERSAL && r->seeds[p].ion == x);
    if (moves) by[q] = l->reversal[x];
  }
  for (size_t k = 0; k < 3 && t->hh_block != SIZE_MAX; k++) flow.gate[k] = l->state[t->hh_block][k];
  flow.ena = reversal[0], flow.ek = reversal[1];
  flow.by_ena = by[0], flow.by_ek = by[1];
  t->kernels->flow(&flow);
}

static tangent_mix mix_of(const tangent *t, const lanes *l) {
  const cable_gradient *r = t->r;
  return (tangent_mix){.n = t->n_mixed,
                       .node = t->mixed,
                       .beta = r->beta,
                       .one_stage = r->one_stage,
                       .v0 = r->step.v0,
                       .y0 = r->one_stage ? r->step.v1 : t->first_stage,
                       .z0 = t->second,
                       .g = r->step.g,
                       .v = l->v,
                       .dg = t->g,
                       .di = t->i,
                       .y = l->y,
                       .z = l->z};
}

/* What mechanisms with slopes add. */
static void push_added(const tangent *t, const lanes *l, size_t group) {
  const cable_gradient *r = t->r;
  for (size_t k = 0; k < t->n_mixed; k++) {
    memset(t->g + t->mixed[k] * LANES, 0, LANES * sizeof *t->g);
    memset(t->i + t->mixed[k] * LANES, 0, LANES * sizeof *t->i);
  }
  for (size_t x = 0; x < r->g->n_ions; x++) {
    if (!r->g->ions[x].ion.current_is_read) continue;
    memset(l->current[x], 0, r->n * LANES * sizeof(double));
    memset(l->conductance[x], 0, r->n * LANES * sizeof(double));
  }
  for (size_t b = 0; b < r->g->n_blocks; b++)
    if (r->way[b] == GRADIENT_BY_SLOPES && r->g->blocks[b].block.kind->current) push_current(t, l, group, b);
  const tangent_mix mix = mix_of(t, l);
  t->kernels->mix(&mix);
}

static void push_group(const tangent *t, size_t group) {
  const cable_gradient *r = t->r;
  const lanes *l = &t->of[group];
  const bool slopes = r->n_by_slopes > 0;
  for (size_t e = 0; slopes && e < r->step.n_events; e++) push_event(t, l, group, &r->step.events[e]);
  push_flow(t, l, group);
  if (slopes) push_added(t, l, group);
  push_directly(t, l, group);
  if (slopes) push_centre(t, l, true);
  const double *factor = r->g->factor;
  lg_tree_solve_sides(r->g->solver, factor, l->y, r->one_stage ? NULL : t->by, r->one_stage ? NULL : l->z);
  if (!r->one_stage) lg_tree_solve_sides(r->g->solver, factor, l->z, NULL, NULL);
  if (!slopes) return;
  const tangent_mix mix = mix_of(t, l);
  t->kernels->value(&mix, l->v);
  push_centre(t, l, false);
  for (size_t pass = 0; pass < 2; pass++)
    for (size_t b = 0; b < r->g->n_blocks; b++)
      if (r->g->blocks[b].is_pool == (pass == 0) && r->way[b] == GRADIENT_BY_SLOPES &&
          r->g->blocks[b].block.kind->advance)
        push_states(t, l, group, b, CABLE_DO_ADVANCE);
  push_reversals(t, l, false);
}

void lg_tangent_step(tangent *t) {
  cable_gradient *r = t->r;
  cable_group *g = r->g;
  lg_gradient_keep(r, t->before);
  lg_gradient_share_clamps(r, g->clock.t_ms);
  if (t->hh_block != SIZE_MAX) t->kernels->hh_flow(&t->hh);
  g->first_stage = r->one_stage ? NULL : t->first_stage;
  lg_gradient_plain_step(r);
  g->first_stage = NULL;
  for (size_t k = 0; k < r->n && !r->one_stage; k++) t->second[k] = g->v[k] - r->beta * t->first_stage[k];
  if (r->n_by_slopes > 0) lg_gradient_replay(r, t->before, g->v);
  for (size_t group = 0; group < t->n_groups; group++) push_group(t, group);
  if (t->hh_block != SIZE_MAX) t->kernels->hh_gates(&t->hh);
}
