/* The way forward: derivatives of the state by eight parameters side by side, group of eight after group of eight. */
#include "base/cpu.h"
#include "cable/gradient_internal.h"
#include "cable/tangent_kernel.h"

#include <math.h>
#include <string.h>

enum { LANES = TANGENT_LANES };

/* Derivatives of everything that changes, by eight parameters. Arrays of (… , LANES). */
typedef struct lanes {
  double *v;                                                       /* (n) */
  double ***state;                                                 /* (n_blocks)(n_states)(number) */
  double **reversal, **inside, **nernst, **current, **conductance; /* (n_ions)(n) */
} lanes;

typedef struct tangent {
  cable_gradient *r;
  size_t n_groups;
  lanes *of;             /* (n_groups) */
  double *g, *i, *y, *z; /* (n) scratch */
  double *moved;         /* (most outputs of a block) of one instance */
  double *dv;            /* (n_looks, n_seeds) */
  double *v;             /* (n_looks) */
  const tangent_kernels *kernels;
  tangent_term *terms; /* those of one map */
  tangent_output *outputs;
} tangent;

/* ---- memory ------------------------------------------------------------------------------------ */

static lg_status make_lanes(lg_ctx *ctx, const cable_gradient *r, lanes *l) {
  lg_status status = LG_OK;
  const cable_group *g = r->g;
  LG_NEW(ctx, l->v, r->n * LANES);
  LG_NEW(ctx, l->state, g->n_blocks + 1);
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_block *block = &g->blocks[b].block;
    LG_NEW(ctx, l->state[b], block->kind->n_states + 1);
    for (size_t q = 0; q < block->kind->n_states; q++) LG_NEW(ctx, l->state[b][q], block->number * LANES);
  }
  double ***const ions[] = {&l->reversal, &l->inside, &l->nernst, &l->current, &l->conductance};
  for (size_t k = 0; k < sizeof ions / sizeof ions[0]; k++) {
    LG_NEW(ctx, *ions[k], g->n_ions + 1);
    for (size_t x = 0; x < g->n_ions; x++) LG_NEW(ctx, (*ions[k])[x], r->n * LANES);
  }
done:
  return status;
}

static void free_lanes(lg_ctx *ctx, const cable_gradient *r, lanes *l) {
  const cable_group *g = r->g;
  lg_free(ctx, l->v);
  for (size_t b = 0; l->state && b < g->n_blocks; b++) {
    for (size_t q = 0; l->state[b] && q < g->blocks[b].block.kind->n_states; q++) lg_free(ctx, l->state[b][q]);
    lg_free(ctx, l->state[b]);
  }
  lg_free(ctx, l->state);
  double **const ions[] = {l->reversal, l->inside, l->nernst, l->current, l->conductance};
  for (size_t k = 0; k < sizeof ions / sizeof ions[0]; k++) {
    for (size_t x = 0; ions[k] && x < g->n_ions; x++) lg_free(ctx, ions[k][x]);
    lg_free(ctx, ions[k]);
  }
}

static void destroy(lg_ctx *ctx, tangent *t) {
  for (size_t k = 0; t->of && k < t->n_groups; k++) free_lanes(ctx, t->r, &t->of[k]);
  lg_free(ctx, t->of);
  lg_free(ctx, t->g);
  lg_free(ctx, t->i);
  lg_free(ctx, t->y);
  lg_free(ctx, t->z);
  lg_free(ctx, t->moved);
  lg_free(ctx, t->terms);
  lg_free(ctx, t->outputs);
  lg_free(ctx, t->dv);
  lg_free(ctx, t->v);
}

static lg_status create(lg_ctx *ctx, cable_gradient *r, tangent *t) {
  lg_status status = LG_OK;
  size_t outputs = 1;
  memset(t, 0, sizeof *t);
  t->r = r;
  t->n_groups = (r->n_seeds + LANES - 1) / LANES;
  LG_NEW(ctx, t->of, t->n_groups + 1);
  for (size_t k = 0; k < t->n_groups; k++) LG_TRY(make_lanes(ctx, r, &t->of[k]));
  for (size_t b = 0; b < r->g->n_blocks; b++) {
    const cable_mechanism *kind = r->g->blocks[b].block.kind;
    if (kind->n_states + kind->n_ions > outputs) outputs = kind->n_states + kind->n_ions;
  }
  LG_NEW(ctx, t->g, r->n * LANES);
  LG_NEW(ctx, t->i, r->n * LANES);
  LG_NEW(ctx, t->y, r->n * LANES);
  LG_NEW(ctx, t->z, r->n * LANES);
  LG_NEW(ctx, t->moved, outputs * LANES);
  LG_NEW(ctx, t->terms, TANGENT_MOST_TERMS);
  LG_NEW(ctx, t->outputs, TANGENT_MOST_TERMS);
  t->kernels = lg_cpu_level() >= LG_CPU_V4   ? &lg_tangent_v4
               : lg_cpu_level() >= LG_CPU_V3 ? &lg_tangent_v3
                                             : &lg_tangent_plain;
  LG_NEW(ctx, t->dv, r->n_looks * r->n_seeds + 1);
  LG_NEW(ctx, t->v, r->n_looks + 1);
done:
  return status;
}

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

static void push_start(const tangent *t, size_t group) {
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

/* What a changed capacitance or axial conductance adds to the right-hand side: -dA x, and ds v0 in h. */
static void push_matrix(const tangent *t, size_t group, const double *x, double share, double *rhs) {
  const cable_gradient *r = t->r;
  const gradient_step *step = &r->step;
  const double per_ms = r->one_stage ? 1.0 / r->o.dt_ms : 1.0 / (GRADIENT_SDIRK_GAMMA * r->o.dt_ms);
  for (size_t p = group * LANES; p < r->n_seeds && p < (group + 1) * LANES; p++) {
    const gradient_seed *s = &r->seeds[p];
    const size_t j = p % LANES;
    for (size_t k = 0; k < s->n_places && s->said.sort == CABLE_CAPACITANCE; k++) {
      const uint32_t at = s->places[k];
      const double ds = s->per_unit[k] * per_ms;
      double by = share * step->v0[at] - x[at];
      if (x == step->z) by += r->beta * (step->y[at] - step->v0[at]);
      rhs[at * LANES + j] += ds * by;
    }
    for (size_t k = 0; k < s->n_places && s->said.sort == CABLE_AXIAL; k++) {
      const uint32_t at = s->places[k], up = r->up[at];
      const double w = r->g->weight_uS[at], dw = -w * w * s->per_unit[k], flow = dw * (x[at] - x[up]);
      rhs[at * LANES + j] -= flow;
      rhs[up * LANES + j] += flow;
    }
  }
}

static void push_outside(const tangent *t, size_t group) {
  const cable_gradient *r = t->r;
  for (size_t p = group * LANES; p < r->n_seeds && p < (group + 1) * LANES; p++) {
    const gradient_seed *s = &r->seeds[p];
    if (s->said.sort != CABLE_CLAMP) continue;
    for (size_t k = 0; k < r->g->n_clamps; k++)
      if (s->said.index == CABLE_ANY || s->said.index == k)
        t->i[r->g->clamps[k].place * LANES + p % LANES] -= r->step.clamp_share[k];
  }
  /* drives and leaks of the tree: their conductance is in g, and di/dv of theirs is that */
  for (size_t k = 0; k < r->n; k++) {
    const double c = r->step.outside[k];
    if (c == 0.0) continue;
    for (size_t j = 0; j < LANES; j++) t->i[k * LANES + j] += c * t->of[group].v[k * LANES + j];
  }
}

static void push_v(const tangent *t, size_t group) {
  const cable_gradient *r = t->r;
  const gradient_step *s = &r->step;
  const tangent_v a = {.n = r->n,
                       .up = r->up,
                       .v0 = s->v0,
                       .s = s->s,
                       .g = s->g,
                       .y0 = s->y,
                       .z0 = s->z,
                       .inverse = s->factor,
                       .ratio = s->factor + r->n,
                       .beta = r->beta,
                       .dg = t->g,
                       .di = t->i,
                       .v = t->of[group].v,
                       .y = t->y,
                       .z = t->z};
  t->kernels->sides(&a);
  push_matrix(t, group, s->y, 1.0, t->y);
  if (r->one_stage) {
    t->kernels->only(&a);
    return;
  }
  push_matrix(t, group, s->z, 1.0 - r->beta, t->z);
  t->kernels->first(&a);
  t->kernels->second(&a);
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

static void push_step(const tangent *t, size_t group) {
  const cable_gradient *r = t->r;
  const lanes *l = &t->of[group];
  for (size_t e = 0; e < r->step.n_events; e++) push_event(t, l, group, &r->step.events[e]);
  memset(t->g, 0, r->n * LANES * sizeof *t->g);
  memset(t->i, 0, r->n * LANES * sizeof *t->i);
  for (size_t x = 0; x < r->g->n_ions; x++) {
    if (!r->g->ions[x].ion.current_is_read) continue;
    memset(l->current[x], 0, r->n * LANES * sizeof(double));
    memset(l->conductance[x], 0, r->n * LANES * sizeof(double));
  }
  for (size_t b = 0; b < r->g->n_blocks; b++)
    if (r->g->blocks[b].block.kind->current) push_current(t, l, group, b);
  push_outside(t, group);
  push_centre(t, l, true);
  push_v(t, group);
  push_centre(t, l, false);
  for (size_t pass = 0; pass < 2; pass++)
    for (size_t b = 0; b < r->g->n_blocks; b++)
      if (r->g->blocks[b].is_pool == (pass == 0) && r->g->blocks[b].block.kind->advance)
        push_states(t, l, group, b, CABLE_DO_ADVANCE);
  push_reversals(t, l, false);
}

/* ---- a run ------------------------------------------------------------------------------------- */

static bool tell(const tangent *t, cable_gradient_fn *fn, void *user, size_t step) {
  const cable_gradient *r = t->r;
  for (size_t k = 0; k < r->n_looks; k++) {
    t->v[k] = r->g->v[r->looks[k]];
    for (size_t p = 0; p < r->n_seeds; p++)
      t->dv[k * r->n_seeds + p] = t->of[p / LANES].v[r->looks[k] * LANES + p % LANES];
  }
  return fn(user, step, t->v, t->dv);
}

lg_status lg_cable_gradient_forward(lg_ctx *ctx, cable_gradient *r, cable_gradient_fn *fn, void *user) {
  lg_status status = LG_OK;
  tangent t;
  LG_TRY(create(ctx, r, &t));
  LG_TRY(lg_gradient_make_slopes(ctx, r));
  lg_gradient_linear_start(r);
  for (size_t k = 0; k < t.n_groups; k++) push_start(&t, k);
  bool on = tell(&t, fn, user, 0);
  for (size_t step = 0; step < r->n_steps && on; step++) {
    lg_gradient_linear_step(r);
    if (!lg_gradient_is_sane(r)) {
      status = lg_gradient_fail_diverged(ctx, r);
      goto done;
    }
    for (size_t k = 0; k < t.n_groups; k++) push_step(&t, k);
    on = tell(&t, fn, user, step + 1);
  }
done:
  destroy(ctx, &t);
  return status;
}
