/* The way back: the derivative of a loss by the state, step after step towards the start, and by the parameters. */
#include "cable/gradient_internal.h"

#include <math.h>
#include <string.h>

/* Derivative of the loss by everything that changes. */
typedef struct adjoint {
  cable_gradient *r;
  size_t every;                                                    /* steps between checkpoints */
  size_t bytes;                                                    /* of a state of the group */
  unsigned char *kept;                                             /* (n_steps / every + 1, bytes) */
  unsigned char *segment;                                          /* (every, bytes) */
  double *v;                                                       /* (n) */
  double ***state;                                                 /* (n_blocks)(n_states)(number) */
  double **reversal, **inside, **nernst, **current, **conductance; /* (n_ions)(n) */
  double *g, *i, *eta, *zeta, *h;                                  /* (n) scratch */
  double *out;                                                     /* (most outputs of a block, its instances) */
  double *courses, *d_courses;                                     /* (n_looks, n_steps + 1) */
  double *derivative;                                              /* (n_seeds) */
} adjoint;

/* ---- memory ------------------------------------------------------------------------------------ */

static size_t spacing(size_t n_steps) {
  const size_t root = (size_t)sqrt((double)n_steps);
  return root > 0 ? root : 1;
}

size_t lg_cable_gradient_bytes(const cable_gradient *r) {
  const size_t every = spacing(r->n_steps);
  return (r->n_steps / every + 1 + every) * r->kept_bytes;
}

static lg_status create(lg_ctx *ctx, cable_gradient *r, adjoint *a) {
  lg_status status = LG_OK;
  const cable_group *g = r->g;
  size_t outputs = 1;
  memset(a, 0, sizeof *a);
  a->r = r;
  a->every = spacing(r->n_steps);
  a->bytes = r->kept_bytes;
  a->kept = lg_alloc(ctx, r->n_steps / a->every + 1, a->bytes);
  a->segment = lg_alloc(ctx, a->every, a->bytes);
  if (!a->kept || !a->segment) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  LG_NEW(ctx, a->v, r->n);
  LG_NEW(ctx, a->state, g->n_blocks + 1);
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_block *block = &g->blocks[b].block;
    const size_t all = (block->kind->n_states + block->kind->n_ions) * block->number;
    if (all > outputs) outputs = all;
    LG_NEW(ctx, a->state[b], block->kind->n_states + 1);
    for (size_t q = 0; q < block->kind->n_states; q++) LG_NEW(ctx, a->state[b][q], block->number);
  }
  double ***const ions[] = {&a->reversal, &a->inside, &a->nernst, &a->current, &a->conductance};
  for (size_t k = 0; k < sizeof ions / sizeof ions[0]; k++) {
    LG_NEW(ctx, *ions[k], g->n_ions + 1);
    for (size_t x = 0; x < g->n_ions; x++) LG_NEW(ctx, (*ions[k])[x], r->n);
  }
  double **const arrays[] = {&a->g, &a->i, &a->eta, &a->zeta, &a->h};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) LG_NEW(ctx, *arrays[k], r->n);
  LG_NEW(ctx, a->out, outputs);
  LG_NEW(ctx, a->courses, r->n_looks * (r->n_steps + 1) + 1);
  LG_NEW(ctx, a->d_courses, r->n_looks * (r->n_steps + 1) + 1);
  LG_NEW(ctx, a->derivative, r->n_seeds + 1);
done:
  return status;
}

static void destroy(lg_ctx *ctx, adjoint *a) {
  const cable_group *g = a->r->g;
  for (size_t b = 0; a->state && b < g->n_blocks; b++) {
    for (size_t q = 0; a->state[b] && q < g->blocks[b].block.kind->n_states; q++) lg_free(ctx, a->state[b][q]);
    lg_free(ctx, a->state[b]);
  }
  lg_free(ctx, a->state);
  double **const ions[] = {a->reversal, a->inside, a->nernst, a->current, a->conductance};
  for (size_t k = 0; k < sizeof ions / sizeof ions[0]; k++) {
    for (size_t x = 0; ions[k] && x < g->n_ions; x++) lg_free(ctx, ions[k][x]);
    lg_free(ctx, ions[k]);
  }
  void *const arrays[] = {a->kept, a->segment, a->v,   a->g,       a->i,         a->eta,
                          a->zeta, a->h,       a->out, a->courses, a->d_courses, a->derivative};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) lg_free(ctx, arrays[k]);
}

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

/* To be called before the outputs' derivatives are touched. */
static void pull_fields(const adjoint *a, size_t block, cable_function function) {
  const cable_gradient *r = a->r;
  const uint32_t *node = r->g->blocks[block].block.node;
  size_t n;
  const cable_slope *list = lg_cable_slopes_of(r->slopes[block], function, &n);
  for (size_t e = 0; e < n; e++) {
    if (list[e].in.sort != CABLE_SLOT_PARAMETER) continue;
    const double *out = place_of(a, block, list[e].out), *slope = list[e].value;
    const bool own = list[e].out.sort == CABLE_SLOT_STATE;
    for (size_t p = 0; p < r->n_seeds; p++) {
      const gradient_seed *s = &r->seeds[p];
      if (s->said.sort != CABLE_FIELD || s->said.field != list[e].in.index) continue;
      for (size_t q = 0; q < s->n_touches; q++) {
        const gradient_touch *t = &s->touches[q];
        double sum = 0.0;
        for (size_t k = 0; t->block == block && k < t->n; k++)
          sum += t->factor[k] * slope[t->instances[k]] * out[own ? t->instances[k] : node[t->instances[k]]];
        a->derivative[p] += sum;
      }
    }
  }
}

static void pull_current(const adjoint *a, size_t block) {
  const cable_gradient *r = a->r;
  const cable_block *b = &r->g->blocks[block].block;
  size_t n;
  const cable_slope *list = lg_cable_slopes_of(r->slopes[block], CABLE_DO_CURRENT, &n);
  pull_fields(a, block, CABLE_DO_CURRENT);
  for (size_t e = 0; e < n; e++) {
    if (list[e].in.sort == CABLE_SLOT_PARAMETER) continue;
    const double *out = place_of(a, block, list[e].out), *slope = list[e].value;
    double *in = place_of(a, block, list[e].in);
    if (list[e].in.sort == CABLE_SLOT_STATE)
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
  pull_fields(a, block, function);
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

/* ---- a step ------------------------------------------------------------------------------------ */

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

/* Capacitances and axial conductances. */
static void pull_matrix(const adjoint *a) {
  const cable_gradient *r = a->r;
  const gradient_step *t = &r->step;
  const double per_ms = r->one_stage ? 1.0 / r->o.dt_ms : 1.0 / (GRADIENT_SDIRK_GAMMA * r->o.dt_ms);
  for (size_t p = 0; p < r->n_seeds; p++) {
    const gradient_seed *s = &r->seeds[p];
    double sum = 0.0;
    for (size_t k = 0; k < s->n_places && s->said.sort == CABLE_CAPACITANCE; k++) {
      const uint32_t at = s->places[k];
      double by = a->h[at] * t->v0[at] - a->eta[at] * t->y[at];
      if (!r->one_stage) by += a->zeta[at] * (r->beta * (t->y[at] - t->v0[at]) - t->z[at]);
      sum += s->per_unit[k] * per_ms * by;
    }
    for (size_t k = 0; k < s->n_places && s->said.sort == CABLE_AXIAL; k++) {
      const uint32_t at = s->places[k], up = r->up[at];
      const double w = r->g->weight_uS[at], dw = -w * w * s->per_unit[k];
      double by = (a->eta[at] - a->eta[up]) * (t->y[at] - t->y[up]);
      if (!r->one_stage) by += (a->zeta[at] - a->zeta[up]) * (t->z[at] - t->z[up]);
      sum -= dw * by;
    }
    a->derivative[p] += sum;
  }
}

/* From the derivative by v1 to those by v0, g and i. */
static void pull_v(const adjoint *a) {
  const cable_gradient *r = a->r;
  const gradient_step *s = &r->step;
  double *eta = a->eta, *zeta = a->zeta, *h = a->h, *v = a->v;
  memcpy(zeta, v, r->n * sizeof *zeta);
  if (r->one_stage) {
    memcpy(eta, v, r->n * sizeof *eta);
  } else {
    lg_tree_solve_again(r->g->solver, s->factor, zeta);
    for (size_t k = 0; k < r->n; k++) eta[k] = r->beta * (v[k] + s->s[k] * zeta[k]);
  }
  lg_tree_solve_again(r->g->solver, s->factor, eta);
  for (size_t k = 0; k < r->n; k++) {
    const double second = r->one_stage ? 0.0 : zeta[k];
    h[k] = eta[k] + (1.0 - r->beta) * second;
    v[k] = (s->s[k] + s->g[k]) * h[k] - (r->one_stage ? 0.0 : r->beta * s->s[k] * second);
    a->g[k] = s->v0[k] * h[k] - s->y[k] * eta[k] - s->z[k] * second;
    a->i[k] = -h[k];
  }
  pull_matrix(a);
}

static void pull_outside(const adjoint *a) {
  const cable_gradient *r = a->r;
  for (size_t p = 0; p < r->n_seeds; p++) {
    const gradient_seed *s = &r->seeds[p];
    if (s->said.sort != CABLE_CLAMP) continue;
    for (size_t k = 0; k < r->g->n_clamps; k++)
      if (s->said.index == CABLE_ANY || s->said.index == k)
        a->derivative[p] -= r->step.clamp_share[k] * a->i[r->g->clamps[k].place];
  }
  for (size_t k = 0; k < r->n; k++) a->v[k] += r->step.outside[k] * a->i[k];
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

static void pull_step(const adjoint *a) {
  const cable_gradient *r = a->r;
  for (size_t x = 0; x < r->g->n_ions; x++) {
    if (!r->g->ions[x].ion.current_is_read) continue;
    memset(a->current[x], 0, r->n * sizeof(double));
    memset(a->conductance[x], 0, r->n * sizeof(double));
  }
  pull_reversals(a, false);
  for (size_t pass = 2; pass-- > 0;)
    for (size_t b = r->g->n_blocks; b-- > 0;)
      if (r->g->blocks[b].is_pool == (pass == 0) && r->g->blocks[b].block.kind->advance)
        pull_states(a, b, CABLE_DO_ADVANCE);
  pull_centre(a, false);
  pull_v(a);
  pull_centre(a, true);
  pull_outside(a);
  for (size_t b = r->g->n_blocks; b-- > 0;)
    if (r->g->blocks[b].block.kind->current) pull_current(a, b);
  for (size_t e = r->step.n_events; e-- > 0;) pull_event(a, &r->step.events[e]);
}

static void pull_start(const adjoint *a) {
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
  for (size_t p = 0; p < r->n_seeds; p++) {
    const gradient_seed *s = &r->seeds[p];
    for (size_t k = 0; k < r->n && s->said.sort == CABLE_V_INIT; k++) a->derivative[p] += a->v[k];
    for (size_t k = 0; k < s->n_places && s->said.sort == CABLE_REVERSAL; k++)
      a->derivative[p] += a->reversal[s->ion][s->places[k]];
  }
}

/* ---- a run ------------------------------------------------------------------------------------- */

static lg_status run_out(lg_ctx *ctx, adjoint *a) {
  cable_gradient *r = a->r;
  lg_gradient_restart(r);
  for (size_t step = 0;; step++) {
    for (size_t k = 0; k < r->n_looks; k++) a->courses[k * (r->n_steps + 1) + step] = r->g->v[r->looks[k]];
    if (step % a->every == 0) {
      lg_gradient_keep(r, a->kept + step / a->every * a->bytes);
      if (!lg_gradient_is_sane(r)) return lg_gradient_fail_diverged(ctx, r);
    }
    if (step == r->n_steps) break;
    lg_gradient_plain_step(r);
  }
  return lg_gradient_is_sane(r) ? LG_OK : lg_gradient_fail_diverged(ctx, r);
}

static void look(const adjoint *a, size_t step) {
  const cable_gradient *r = a->r;
  for (size_t k = 0; k < r->n_looks; k++) a->v[r->looks[k]] += a->d_courses[k * (r->n_steps + 1) + step];
}

static void run_back(adjoint *a) {
  cable_gradient *r = a->r;
  for (size_t c = r->n_steps / a->every + 1; c-- > 0;) {
    const size_t first = c * a->every, end = first + a->every < r->n_steps ? first + a->every : r->n_steps;
    if (first >= end) continue;
    lg_gradient_put_back(r, a->kept + c * a->bytes, true);
    for (size_t step = first; step < end; step++) {
      lg_gradient_keep(r, a->segment + (step - first) * a->bytes);
      if (step + 1 < end) lg_gradient_plain_step(r);
    }
    for (size_t step = end; step-- > first;) {
      look(a, step + 1);
      lg_gradient_put_back(r, a->segment + (step - first) * a->bytes, false);
      lg_gradient_linear_step(r);
      pull_step(a);
    }
  }
  look(a, 0);
  lg_gradient_linear_start(r);
  pull_start(a);
}

lg_status lg_cable_gradient_backward(lg_ctx *ctx, cable_gradient *r, cable_loss_fn *fn, void *user, double *loss,
                                     double *derivative) {
  lg_status status = LG_OK;
  adjoint a;
  LG_TRY(create(ctx, r, &a));
  LG_TRY(lg_gradient_make_slopes(ctx, r));
  LG_TRY(run_out(ctx, &a));
  *loss = fn(user, a.courses, a.d_courses);
  run_back(&a);
  memcpy(derivative, a.derivative, r->n_seeds * sizeof *derivative);
done:
  destroy(ctx, &a);
  return status;
}
