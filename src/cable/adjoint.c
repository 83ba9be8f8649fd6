/* The way back: the derivative of a loss by the state, step after step towards the start, and by the parameters. */
#include "base/cpu.h"
#include "cable/adjoint_internal.h"

#include <math.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------------------------------ */

static size_t padded(size_t n) { return (n + 7) / 8 * 8 + GROUP_PAD; }

static size_t of_factor(const cable_gradient *r) { return LG_TREE_FACTORS * r->n + GROUP_PAD; }
static size_t of_stage(const cable_gradient *r) { return r->one_stage ? 0 : padded(r->n); }

/* Checkpoints and segment together are least where they take the same room. */
size_t lg_adjoint_spacing(const cable_gradient *r) {
  const double step = (double)(r->kept_bytes + (of_factor(r) + of_stage(r)) * sizeof(double));
  const size_t root = (size_t)sqrt((double)r->n_steps * (double)r->kept_bytes / step);
  return root > 0 ? root : 1;
}

size_t lg_cable_gradient_bytes(const cable_gradient *r) {
  const size_t every = lg_adjoint_spacing(r);
  return (r->n_steps / every + 1 + every + 1) * r->kept_bytes + every * (of_factor(r) + of_stage(r)) * sizeof(double);
}

static lg_status make_steps(lg_ctx *ctx, const cable_gradient *r, adjoint *a) {
  a->every = lg_adjoint_spacing(r);
  a->bytes = r->kept_bytes;
  a->n_factor = of_factor(r);
  a->n_stage = of_stage(r);
  a->kept = lg_alloc(ctx, r->n_steps / a->every + 1, a->bytes);
  a->segment = lg_alloc(ctx, a->every + 1, a->bytes);
  a->factor = lg_alloc(ctx, a->every, a->n_factor * sizeof(double));
  a->first_stage = lg_alloc(ctx, a->every, (a->n_stage + 1) * sizeof(double));
  return a->kept && a->segment && a->factor && a->first_stage ? LG_OK : LG_ERR_MEMORY;
}

static lg_status make_nodes(lg_ctx *ctx, const cable_gradient *r, adjoint *a) {
  lg_status status = LG_OK;
  const size_t n = padded(r->n);
  double **const arrays[] = {&a->v, &a->g, &a->i, &a->eta, &a->zeta, &a->h, &a->diagonal, &a->s};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) LG_NEW(ctx, *arrays[k], n);
  LG_NEW(ctx, a->up, n);
  const double per_ms = r->one_stage ? 1.0 / r->o.dt_ms : 1.0 / (GRADIENT_SDIRK_GAMMA * r->o.dt_ms);
  for (uint32_t k = 0; k < n; k++) {
    a->up[k] = k > 0 && k < r->n ? r->up[k] : k;
    if (k < r->n) a->s[k] = r->g->capacitance_nF[k] * per_ms;
  }
  double ***const ions[] = {&a->reversal, &a->inside, &a->nernst, &a->current, &a->conductance};
  for (size_t k = 0; k < sizeof ions / sizeof ions[0]; k++) {
    LG_NEW(ctx, *ions[k], r->g->n_ions + 1);
    for (size_t x = 0; x < r->g->n_ions; x++) LG_NEW(ctx, (*ions[k])[x], n);
  }
  LG_NEW(ctx, a->wants_reversal, r->g->n_ions + 1);
  for (size_t x = 0; x < r->g->n_ions; x++) a->wants_reversal[x] = r->g->ions[x].ion.reversal_by_nernst;
done:
  return status;
}

static lg_status make_blocks(lg_ctx *ctx, const cable_gradient *r, adjoint *a) {
  lg_status status = LG_OK;
  const cable_group *g = r->g;
  size_t outputs = 1;
  LG_NEW(ctx, a->state, g->n_blocks + 1);
  LG_NEW(ctx, a->sum_field, g->n_blocks + 1);
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_block *block = &g->blocks[b].block;
    const cable_mechanism *kind = block->kind;
    const size_t number = padded(block->number), all = (kind->n_states + kind->n_ions) * number;
    if (all > outputs) outputs = all;
    LG_NEW(ctx, a->state[b], kind->n_states + 1);
    for (size_t q = 0; q < kind->n_states; q++) LG_NEW(ctx, a->state[b][q], number);
    LG_NEW(ctx, a->sum_field[b], kind->n_parameters + 1);
    for (size_t q = 0; q < kind->n_parameters; q++)
      if (r->wanted[b][q]) LG_NEW(ctx, a->sum_field[b][q], number);
  }
  LG_NEW(ctx, a->out, outputs);
done:
  return status;
}

/* Sums over nodes that some parameter wants. */
static lg_status make_sums(lg_ctx *ctx, const cable_gradient *r, adjoint *a) {
  lg_status status = LG_OK;
  bool leak = false, capacitance = false, axial = false;
  for (size_t p = 0; p < r->n_seeds; p++) {
    const gradient_seed *s = &r->seeds[p];
    capacitance = capacitance || s->said.sort == CABLE_CAPACITANCE;
    axial = axial || (s->said.sort == CABLE_AXIAL && s->n_places > 0);
    if (s->said.sort == CABLE_REVERSAL) a->wants_reversal[s->ion] = true;
    for (size_t t = 0; t < s->n_touches && s->said.sort == CABLE_FIELD; t++)
      leak = leak || r->way[s->touches[t].block] != GRADIENT_BY_SLOPES;
  }
  const size_t n = padded(r->n);
  if (leak) LG_NEW(ctx, a->sum_nA, n);
  if (leak) LG_NEW(ctx, a->sum_uS, n);
  if (capacitance) LG_NEW(ctx, a->sum_s, n);
  if (axial) LG_NEW(ctx, a->sum_axial, n);
done:
  return status;
}

lg_status lg_adjoint_create(lg_ctx *ctx, cable_gradient *r, adjoint *a) {
  lg_status status = LG_OK;
  memset(a, 0, sizeof *a);
  a->r = r;
  a->kernels = lg_cpu_level() >= LG_CPU_V4   ? &lg_adjoint_v4
               : lg_cpu_level() >= LG_CPU_V3 ? &lg_adjoint_v3
                                             : &lg_adjoint_plain;
  a->pace = lg_cable_hh_pace(r->o.dt_ms, r->model.celsius);
  LG_TRY(make_steps(ctx, r, a));
  LG_TRY(make_nodes(ctx, r, a));
  LG_TRY(make_blocks(ctx, r, a));
  LG_TRY(make_sums(ctx, r, a));
  LG_NEW(ctx, a->courses, r->n_looks * (r->n_steps + 1) + 1);
  LG_NEW(ctx, a->d_courses, r->n_looks * (r->n_steps + 1) + 1);
  LG_NEW(ctx, a->derivative, r->n_seeds + 1);
done:
  return status;
}

static void free_each(lg_ctx *ctx, double **of, size_t n) {
  for (size_t k = 0; of && k < n; k++) lg_free(ctx, of[k]);
  lg_free(ctx, of);
}

void lg_adjoint_destroy(lg_ctx *ctx, adjoint *a) {
  const cable_group *g = a->r->g;
  for (size_t b = 0; b < g->n_blocks; b++) {
    if (a->state) free_each(ctx, a->state[b], g->blocks[b].block.kind->n_states);
    if (a->sum_field) free_each(ctx, a->sum_field[b], g->blocks[b].block.kind->n_parameters);
  }
  lg_free(ctx, a->state);
  lg_free(ctx, a->sum_field);
  double **const ions[] = {a->reversal, a->inside, a->nernst, a->current, a->conductance};
  for (size_t k = 0; k < sizeof ions / sizeof ions[0]; k++) free_each(ctx, ions[k], g->n_ions);
  double *const arrays[] = {a->factor, a->first_stage, a->v,   a->g,        a->i,         a->eta,
                            a->zeta,   a->h,           a->s,   a->diagonal, a->sum_nA,    a->sum_uS,
                            a->sum_s,  a->sum_axial,   a->out, a->courses,  a->d_courses, a->derivative};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) lg_free(ctx, arrays[k]);
  lg_free(ctx, a->up);
  lg_free(ctx, a->wants_reversal);
  lg_free(ctx, a->kept);
  lg_free(ctx, a->segment);
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

/* The steps of a segment once more, with all that the way back wants of them. */
static void record(adjoint *a, size_t steps) {
  cable_gradient *r = a->r;
  cable_group *g = r->g;
  double *const factor = g->factor;
  for (size_t k = 0; k < steps; k++) {
    lg_gradient_keep(r, a->segment + k * a->bytes);
    g->factor = a->factor + k * a->n_factor;
    g->first_stage = r->one_stage ? NULL : a->first_stage + k * a->n_stage;
    lg_gradient_plain_step(r);
  }
  g->factor = factor;
  g->first_stage = NULL;
  lg_gradient_keep(r, a->segment + steps * a->bytes);
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
    lg_gradient_put_back(r, a->kept + c * a->bytes);
    record(a, end - first);
    for (size_t step = end; step-- > first;) {
      look(a, step + 1);
      lg_adjoint_step(a, step, step - first);
    }
  }
  look(a, 0);
  lg_gradient_linear_start(r);
  lg_adjoint_start(a);
  lg_adjoint_finish(a);
}

lg_status lg_cable_gradient_backward(lg_ctx *ctx, cable_gradient *r, cable_loss_fn *fn, void *user, double *loss,
                                     double *derivative) {
  lg_status status = LG_OK;
  adjoint a;
  LG_TRY(lg_adjoint_create(ctx, r, &a));
  LG_TRY(lg_gradient_make_slopes(ctx, r));
  LG_TRY(run_out(ctx, &a));
  *loss = fn(user, a.courses, a.d_courses);
  run_back(&a);
  memcpy(derivative, a.derivative, r->n_seeds * sizeof *derivative);
done:
  lg_adjoint_destroy(ctx, &a);
  return status;
}
