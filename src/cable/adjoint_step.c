/* One step backwards. */
#include "cable/adjoint_internal.h"

#include <math.h>
#include <string.h>

/* ---- linear maps of mechanisms, transposed ------------------------------------------------------- */

static double *place_of(const adjoint *a, size_t block, cable_slot slot) {
  switch (slot.sort) {
  case CABLE_SLOT_V:
    return a->v;
  case CABLE_SLOT_STATE:
    return a->state[block][slot.index];
  case CABLE_SLOT_REVERSAL:
    return a->reversal[gradient_ion(a->r, block, slot.index)];
  case CABLE_SLOT_INSIDE:
    return a->inside[gradient_ion(a->r, block, slot.index)];
  case CABLE_SLOT_ION_CURRENT:
    return a->current[gradient_ion(a->r, block, slot.index)];
  case CABLE_SLOT_ION_CONDUCTANCE:
    return a->conductance[gradient_ion(a->r, block, slot.index)];
  case CABLE_SLOT_G:
    return a->g;
  case CABLE_SLOT_I:
    return a->i;
  case CABLE_SLOT_PARAMETER:
    break;
  }
  return NULL;
}

/* A field's derivative summed over the steps. To be called before the outputs' derivatives are touched. */
static void pull_field(const adjoint *a, size_t block, const cable_slope *e) {
  const cable_block *b = &a->r->g->blocks[block].block;
  const double *restrict out = place_of(a, block, e->out), *restrict slope = e->value;
  double *restrict sum = a->sum_field[block][e->in.index];
  if (e->out.sort == CABLE_SLOT_STATE)
    for (size_t k = 0; k < b->number; k++) sum[k] += slope[k] * out[k];
  else
    for (size_t k = 0; k < b->number; k++) sum[k] += slope[k] * out[b->node[k]];
}

static void pull_current(const adjoint *a, size_t block) {
  const cable_gradient *r = a->r;
  const cable_block *b = &r->g->blocks[block].block;
  size_t n;
  const cable_slope *list = lg_cable_slopes_of(r->slopes[block], CABLE_DO_CURRENT, &n);
  for (size_t e = 0; e < n; e++) {
    const double *restrict out = place_of(a, block, list[e].out), *restrict slope = list[e].value;
    double *restrict in = place_of(a, block, list[e].in);
    if (list[e].in.sort == CABLE_SLOT_PARAMETER) pull_field(a, block, &list[e]);
    else if (list[e].in.sort == CABLE_SLOT_STATE)
      for (size_t k = 0; k < b->number; k++) in[k] += slope[k] * out[b->node[k]];
    else
      for (size_t k = 0; k < b->number; k++) in[b->node[k]] += slope[k] * out[b->node[k]];
  }
}

static void pull_states(const adjoint *a, size_t block, cable_function function) {
  const cable_gradient *r = a->r;
  const cable_block *b = &r->g->blocks[block].block;
  const cable_mechanism *kind = b->kind;
  size_t n;
  const cable_slope *list = lg_cable_slopes_of(r->slopes[block], function, &n);
  for (size_t e = 0; e < n; e++)
    if (list[e].in.sort == CABLE_SLOT_PARAMETER) pull_field(a, block, &list[e]);
  const size_t n_block = b->number;
  for (size_t q = 0; q < kind->n_states; q++) {
    memcpy(a->out + q * n_block, a->state[block][q], n_block * sizeof *a->out);
    memset(a->state[block][q], 0, n_block * sizeof *a->out);
  }
  for (size_t q = 0; q < kind->n_ions; q++) {
    double *inside = a->inside[gradient_ion(r, block, q)], *out = a->out + (kind->n_states + q) * n_block;
    for (size_t k = 0; kind->ions[q].writes_inside && k < n_block; k++) {
      out[k] = inside[b->node[k]];
      inside[b->node[k]] = 0.0;
    }
  }
  for (size_t e = 0; e < n; e++) {
    if (list[e].in.sort == CABLE_SLOT_PARAMETER) continue;
    const bool state = list[e].out.sort == CABLE_SLOT_STATE;
    const double *restrict slope = list[e].value;
    const double *restrict out = a->out + (list[e].out.index + (state ? 0 : kind->n_states)) * n_block;
    double *restrict in = place_of(a, block, list[e].in);
    if (list[e].in.sort == CABLE_SLOT_STATE)
      for (size_t k = 0; k < n_block; k++) in[k] += slope[k] * out[k];
    else
      for (size_t k = 0; k < n_block; k++) in[b->node[k]] += slope[k] * out[k];
  }
}

/* ---- parts of a step ----------------------------------------------------------------------------- */

static void pull_reversals(const adjoint *a, bool start) {
  const cable_gradient *r = a->r;
  for (size_t x = 0; x < r->g->n_ions; x++) {
    if (!r->g->ions[x].ion.reversal_by_nernst) continue;
    for (size_t k = 0; k < r->n; k++) {
      if (!isnan(r->g->ions[x].fixed_mV[k])) continue;
      /* reversal = now + (now - E) / 2, E = now */
      const double reversal = a->reversal[x][k], ahead = start || r->one_stage ? 0.0 : 0.5;
      const double now = a->nernst[x][k] + (1.0 + ahead) * reversal;
      a->nernst[x][k] = -ahead * reversal;
      a->reversal[x][k] = 0.0;
      a->inside[x][k] += r->step.nernst_slope[x][k] * now;
    }
  }
}

static void pull_event(const adjoint *a, const gradient_event *e) {
  const cable_gradient *r = a->r;
  const size_t n_states = r->g->blocks[e->block].block.kind->n_states;
  for (size_t q = 0; q < n_states; q++) {
    a->out[q] = a->state[e->block][q][e->instance];
    a->state[e->block][q][e->instance] = 0.0;
  }
  for (size_t j = 0; j < e->n_jumps; j++) {
    const cable_jump *jump = &e->jumps[j];
    double sum = 0.0;
    for (size_t q = 0; q < n_states; q++) sum += jump->value[q] * a->out[q];
    if (!jump->is_weight && jump->in.sort == CABLE_SLOT_STATE) {
      a->state[e->block][jump->in.index][e->instance] += sum;
      continue;
    }
    for (size_t p = 0; p < r->n_seeds; p++) {
      const gradient_seed *s = &r->seeds[p];
      bool means = jump->is_weight && s->said.sort == CABLE_WEIGHT &&
                   (s->said.index == CABLE_ANY || s->said.index == e->synapse);
      if (!jump->is_weight && s->said.sort == CABLE_FIELD && s->said.field == jump->in.index)
        for (size_t k = 0; k < s->n_touches; k++)
          for (size_t i = 0; s->touches[k].block == e->block && i < s->touches[k].n; i++)
            means = means || s->touches[k].instances[i] == e->instance;
      if (means) a->derivative[p] += sum;
    }
  }
}

/* The derivative by the current in the middle goes to v1 before the tree is solved back, and to v0 after it. */
static void pull_centre(const adjoint *a, bool before) {
  const cable_gradient *r = a->r;
  for (size_t x = 0; x < r->g->n_ions && !r->one_stage; x++) {
    if (!r->g->ions[x].ion.current_is_read) continue;
    for (size_t k = 0; k < r->n; k++) {
      const double by = 0.5 * r->step.conductance[x][k] * a->current[x][k];
      if (!before) {
        a->v[k] += by;
        continue;
      }
      a->v[k] -= by;
      a->conductance[x][k] += 0.5 * (r->step.v1[k] - r->step.v0[k]) * a->current[x][k];
    }
  }
}

/* What the kernel of hh wants of a step of the segment. */
static adjoint_hh hh_of(const adjoint *a, size_t block, size_t in_segment) {
  const cable_gradient *r = a->r;
  const cable_block *b = &r->g->blocks[block].block;
  const unsigned char *before = a->segment + in_segment * a->bytes;
  const double *reversal[2];
  double *by[2];
  for (size_t q = 0; q < 2; q++) {
    const size_t x = gradient_ion(r, block, q);
    reversal[q] = r->live_ion[x] == SIZE_MAX ? b->ion[q]->reversal_mV : gradient_kept(r, before, r->live_ion[x]);
    by[q] = a->wants_reversal[x] ? a->reversal[x] : NULL;
  }
  const size_t s = r->live_state[block];
  double **sums = a->sum_field[block], **state = a->state[block];
  return (adjoint_hh){
      .n = b->number,
      .node = b->node,
      .pace = &a->pace,
      .gate = {gradient_kept(r, before, s), gradient_kept(r, before, s + 1), gradient_kept(r, before, s + 2)},
      .scale = b->scale,
      .gnabar = b->parameter[0],
      .gkbar = b->parameter[1],
      .v = gradient_kept(r, before + a->bytes, 0),
      .ena = reversal[0],
      .ek = reversal[1],
      .h = a->h,
      .diagonal = a->diagonal,
      .by_gate = {state[0], state[1], state[2]},
      .by_v = a->v,
      .sum_gnabar = sums[0],
      .sum_gkbar = sums[1],
      .by_ena = by[0],
      .by_ek = by[1]};
}

/* From the derivative by v1 to those by v0, h and A's diagonal. */
static void pull_v(const adjoint *a, size_t in_segment) {
  const cable_gradient *r = a->r;
  const unsigned char *before = a->segment + in_segment * a->bytes;
  double *factor = a->factor + in_segment * a->n_factor;
  const double *v1 = gradient_kept(r, before + a->bytes, 0);
  const adjoint_nodes nodes = {.n = (r->n + 7) / 8 * 8,
                               .beta = r->beta,
                               .v0 = gradient_kept(r, before, 0),
                               .v1 = v1,
                               .y = r->one_stage ? v1 : a->first_stage + in_segment * a->n_stage,
                               .s = a->s,
                               .up = a->up,
                               .v = a->v,
                               .zeta = a->zeta,
                               .eta = a->eta,
                               .h = a->h,
                               .diagonal = a->diagonal,
                               .sum_nA = a->sum_nA,
                               .sum_uS = a->sum_uS,
                               .sum_s = a->sum_s,
                               .sum_axial = a->sum_axial};
  if (r->one_stage) { /* zeta stays 0 */
    memcpy(a->eta, a->v, r->n * sizeof *a->eta);
  } else {
    memcpy(a->zeta, a->v, r->n * sizeof *a->zeta);
    lg_tree_solve_again(r->g->solver, factor, a->zeta);
    a->kernels->first(&nodes);
  }
  lg_tree_solve_again(r->g->solver, factor, a->eta);
  a->kernels->second(&nodes);
  if (a->sum_axial) a->kernels->axial(&nodes);
}

/* What mechanisms with slopes add to g and i: h has g v0 - i, the diagonal g. */
static void pull_added(const adjoint *a) {
  const gradient_step *s = &a->r->step;
  double *restrict v = a->v, *restrict g = a->g, *restrict i = a->i;
  const double *restrict h = a->h, *restrict diagonal = a->diagonal;
  for (size_t k = 0; k < a->r->n; k++) {
    v[k] += s->g[k] * h[k];
    g[k] = s->v0[k] * h[k] + diagonal[k];
    i[k] = -h[k];
  }
}

static void pull_clamps(const adjoint *a) {
  const cable_gradient *r = a->r;
  for (size_t p = 0; p < r->n_seeds; p++) {
    const gradient_seed *s = &r->seeds[p];
    if (s->said.sort != CABLE_CLAMP) continue;
    for (size_t k = 0; k < r->g->n_clamps; k++)
      if (s->said.index == CABLE_ANY || s->said.index == k)
        a->derivative[p] += r->step.clamp_share[k] * a->h[r->g->clamps[k].place];
  }
}

/* ---- a step -------------------------------------------------------------------------------------- */

/* Mechanisms with slopes run once more, from the states before the step. */
static void replay(const adjoint *a, size_t step, size_t in_segment) {
  cable_gradient *r = a->r;
  const unsigned char *before = a->segment + in_segment * a->bytes;
  lg_gradient_share_clamps(r, (double)step * r->o.dt_ms);
  if (r->n_by_slopes == 0) return;
  lg_gradient_replay(r, before, gradient_kept(r, before + a->bytes, 0));
  for (size_t x = 0; x < r->g->n_ions; x++) {
    if (!r->g->ions[x].ion.current_is_read) continue;
    memset(a->current[x], 0, r->n * sizeof(double));
    memset(a->conductance[x], 0, r->n * sizeof(double));
  }
}

static void pull_advances(const adjoint *a, size_t in_segment, bool pools) {
  const cable_gradient *r = a->r;
  for (size_t b = r->g->n_blocks; b-- > 0;) {
    if (r->g->blocks[b].is_pool != pools || !r->g->blocks[b].block.kind->advance) continue;
    if (r->way[b] == GRADIENT_BY_SLOPES) pull_states(a, b, CABLE_DO_ADVANCE);
    if (r->way[b] != GRADIENT_BY_KERNEL) continue;
    const adjoint_hh hh = hh_of(a, b, in_segment);
    a->kernels->hh_gates(&hh);
  }
}

void lg_adjoint_step(adjoint *a, size_t step, size_t in_segment) {
  const cable_gradient *r = a->r;
  const bool slopes = r->n_by_slopes > 0;
  replay(a, step, in_segment);
  if (slopes) pull_reversals(a, false);
  pull_advances(a, in_segment, false);
  pull_advances(a, in_segment, true);
  if (slopes) pull_centre(a, false);
  pull_v(a, in_segment);
  if (slopes) pull_centre(a, true);
  if (slopes) pull_added(a);
  pull_clamps(a);
  for (size_t b = r->g->n_blocks; b-- > 0;) {
    if (r->way[b] == GRADIENT_BY_SLOPES && r->g->blocks[b].block.kind->current) pull_current(a, b);
    if (r->way[b] != GRADIENT_BY_KERNEL) continue;
    const adjoint_hh hh = hh_of(a, b, in_segment);
    a->kernels->hh_flow(&hh);
  }
  for (size_t e = slopes ? r->step.n_events : 0; e-- > 0;) pull_event(a, &r->step.events[e]);
}

/* ---- start and end ------------------------------------------------------------------------------- */

void lg_adjoint_start(adjoint *a) {
  const cable_gradient *r = a->r;
  for (size_t b = r->g->n_blocks; b-- > 0 && !r->one_stage;) {
    const cable_mechanism *kind = r->g->blocks[b].block.kind;
    if (kind->advance && !kind->whole_steps && !r->g->blocks[b].is_pool) pull_states(a, b, CABLE_DO_ADVANCE);
  }
  pull_reversals(a, true);
  for (size_t pass = 2; pass-- > 0;) {
    for (size_t b = r->g->n_blocks; b-- > 0;)
      if (r->g->blocks[b].is_pool == (pass == 0) && r->g->blocks[b].block.kind->start)
        pull_states(a, b, CABLE_DO_START);
    if (pass == 1) pull_reversals(a, true);
  }
}

/* Of a field at an instance. */
static double field_of(const adjoint *a, size_t block, size_t field, size_t k) {
  const cable_block *b = &a->r->g->blocks[block].block;
  const double *sum = a->sum_field[block][field];
  const gradient_way way = a->r->way[block];
  const size_t g = way == GRADIENT_BY_KERNEL ? 2 : 0, e = g + 1; /* the leak of hh, or a leak */
  if (way == GRADIENT_BY_SLOPES || (field != g && field != e)) return sum[k];
  const uint32_t at = b->node[k];
  if (field == e) return sum[k] + b->scale[k] * b->parameter[g][k] * a->sum_nA[at];
  return sum[k] + b->scale[k] * (a->sum_uS[at] + b->parameter[e][k] * a->sum_nA[at]);
}

static double derivative_of(const adjoint *a, const gradient_seed *s) {
  const cable_gradient *r = a->r;
  const double per_ms = r->one_stage ? 1.0 / r->o.dt_ms : 1.0 / (GRADIENT_SDIRK_GAMMA * r->o.dt_ms);
  double sum = 0.0;
  for (size_t t = 0; t < s->n_touches && s->said.sort == CABLE_FIELD; t++)
    for (size_t k = 0; k < s->touches[t].n; k++)
      sum += s->touches[t].factor[k] * field_of(a, s->touches[t].block, s->said.field, s->touches[t].instances[k]);
  for (size_t k = 0; k < s->n_places; k++) {
    const uint32_t at = s->places[k];
    const double w = r->g->weight_uS[at];
    if (s->said.sort == CABLE_CAPACITANCE) sum += s->per_unit[k] * per_ms * a->sum_s[at];
    if (s->said.sort == CABLE_AXIAL) sum -= w * w * s->per_unit[k] * a->sum_axial[at];
    if (s->said.sort == CABLE_REVERSAL) sum += a->reversal[s->ion][at];
  }
  for (size_t k = 0; k < r->n && s->said.sort == CABLE_V_INIT; k++) sum += a->v[k];
  return sum;
}

void lg_adjoint_finish(adjoint *a) {
  for (size_t p = 0; p < a->r->n_seeds; p++) a->derivative[p] += derivative_of(a, &a->r->seeds[p]);
}
