/* The way forward: derivatives of the state by eight parameters side by side, group of eight after group of eight. */
#include "base/cpu.h"
#include "cable/tangent_internal.h"

#include <math.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------------------------------ */

static size_t padded(size_t n) { return (n + 7) / 8 * 8 + GROUP_PAD; }

static lg_status make_lanes(lg_ctx *ctx, const cable_gradient *r, lanes *l) {
  lg_status status = LG_OK;
  const cable_group *g = r->g;
  LG_NEW(ctx, l->v, r->n * LANES);
  LG_NEW(ctx, l->y, r->n * LANES);
  LG_NEW(ctx, l->z, r->n * LANES);
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

static void free_each(lg_ctx *ctx, double **of, size_t n) {
  for (size_t k = 0; of && k < n; k++) lg_free(ctx, of[k]);
  lg_free(ctx, of);
}

static void free_lanes(lg_ctx *ctx, const cable_gradient *r, lanes *l) {
  const cable_group *g = r->g;
  lg_free(ctx, l->v);
  lg_free(ctx, l->y);
  lg_free(ctx, l->z);
  lg_free(ctx, l->spans);
  lg_free(ctx, l->extras);
  for (size_t b = 0; l->state && b < g->n_blocks; b++) free_each(ctx, l->state[b], g->blocks[b].block.kind->n_states);
  lg_free(ctx, l->state);
  double **const ions[] = {l->reversal, l->inside, l->nernst, l->current, l->conductance};
  for (size_t k = 0; k < sizeof ions / sizeof ions[0]; k++) free_each(ctx, ions[k], g->n_ions);
}

void lg_tangent_destroy(lg_ctx *ctx, tangent *t) {
  for (size_t k = 0; t->of && k < t->n_groups; k++) free_lanes(ctx, t->r, &t->of[k]);
  lg_free(ctx, t->of);
  double *const arrays[] = {t->g,       t->i,       t->moved,   t->dv,         t->v,         t->first_stage,
                            t->second,  t->s,       t->by,      t->leak_uS,    t->leak_mV,   t->leak_scale,
                            t->hh.by_m, t->hh.by_h, t->hh.by_n, t->hh.open_na, t->hh.open_k, t->capacitance};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) lg_free(ctx, arrays[k]);
  for (int k = 0; k < 3; k++) {
    lg_free(ctx, t->hh.own[k]);
    lg_free(ctx, t->hh.by_v[k]);
  }
  lg_free(ctx, t->terms);
  lg_free(ctx, t->outputs);
  lg_free(ctx, t->before);
  lg_free(ctx, t->leak_block);
  lg_free(ctx, t->instance);
  lg_free(ctx, t->mixed);
}

static lg_status make_hh(lg_ctx *ctx, tangent *t) {
  lg_status status = LG_OK;
  const cable_gradient *r = t->r;
  tangent_hh *hh = &t->hh;
  if (t->hh_block == SIZE_MAX) return LG_OK;
  const cable_block *b = &r->g->blocks[t->hh_block].block;
  const size_t n = padded(b->number), live = r->live_state[t->hh_block];
  double **const arrays[] = {&hh->by_m,   &hh->by_h,   &hh->by_n,    &hh->open_na, &hh->open_k, &hh->own[0],
                             &hh->own[1], &hh->own[2], &hh->by_v[0], &hh->by_v[1], &hh->by_v[2]};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) LG_NEW(ctx, *arrays[k], n);
  for (size_t k = 0; k < n; k++) hh->own[0][k] = hh->own[1][k] = hh->own[2][k] = 1.0; /* nothing moves before a step */
  hh->n = b->number;
  hh->node = b->node;
  hh->scale = b->scale;
  hh->gnabar = b->parameter[0];
  hh->gkbar = b->parameter[1];
  hh->pace = &t->pace;
  hh->v = r->g->v;
  for (size_t k = 0; k < 3; k++) hh->gate[k] = gradient_kept(r, t->before, live + k);
done:
  return status;
}

static lg_status make_mixed(lg_ctx *ctx, tangent *t) {
  lg_status status = LG_OK;
  const cable_gradient *r = t->r;
  bool *has = NULL;
  LG_NEW(ctx, has, r->n);
  LG_NEW(ctx, t->mixed, r->n);
  for (size_t b = 0; b < r->g->n_blocks; b++)
    for (size_t k = 0; r->way[b] == GRADIENT_BY_SLOPES && k < r->g->blocks[b].block.number; k++)
      has[r->g->blocks[b].block.node[k]] = true;
  for (uint32_t k = 0; k < r->n; k++)
    if (has[k]) t->mixed[t->n_mixed++] = k;
done:
  lg_free(ctx, has);
  return status;
}

lg_status lg_tangent_create(lg_ctx *ctx, cable_gradient *r, tangent *t) {
  lg_status status = LG_OK;
  size_t outputs = 1;
  memset(t, 0, sizeof *t);
  t->r = r;
  t->n_groups = (r->n_seeds + LANES - 1) / LANES;
  t->hh_block = SIZE_MAX;
  t->pace = lg_cable_hh_pace(r->o.dt_ms, r->model.celsius);
  LG_NEW(ctx, t->of, t->n_groups + 1);
  for (size_t k = 0; k < t->n_groups; k++) LG_TRY(make_lanes(ctx, r, &t->of[k]));
  for (size_t b = 0; b < r->g->n_blocks; b++) {
    const cable_mechanism *kind = r->g->blocks[b].block.kind;
    if (kind->n_states + kind->n_ions > outputs) outputs = kind->n_states + kind->n_ions;
    if (r->way[b] == GRADIENT_BY_KERNEL) t->hh_block = b;
  }
  LG_NEW(ctx, t->g, r->n * LANES);
  LG_NEW(ctx, t->i, r->n * LANES);
  LG_NEW(ctx, t->moved, outputs * LANES);
  LG_NEW(ctx, t->terms, TANGENT_MOST_TERMS);
  LG_NEW(ctx, t->outputs, TANGENT_MOST_TERMS);
  t->before = lg_alloc(ctx, r->kept_bytes, 1);
  if (!t->before) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  double **const arrays[] = {&t->first_stage, &t->second,  &t->s,       &t->by,
                             &t->leak_scale,  &t->leak_uS, &t->leak_mV, &t->capacitance};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) LG_NEW(ctx, *arrays[k], padded(r->n));
  LG_NEW(ctx, t->leak_block, r->n);
  LG_NEW(ctx, t->instance, r->n);
  const double per_ms = r->one_stage ? 1.0 / r->o.dt_ms : 1.0 / (GRADIENT_SDIRK_GAMMA * r->o.dt_ms);
  for (size_t k = 0; k < r->n; k++) {
    t->s[k] = r->g->capacitance_nF[k] * per_ms;
    t->by[k] = r->beta * t->s[k];
  }
  t->kernels = lg_cpu_level() >= LG_CPU_V4   ? &lg_tangent_v4
               : lg_cpu_level() >= LG_CPU_V3 ? &lg_tangent_v3
                                             : &lg_tangent_plain;
  LG_NEW(ctx, t->dv, r->n_looks * r->n_seeds + 1);
  LG_NEW(ctx, t->v, r->n_looks + 1);
  LG_TRY(make_hh(ctx, t));
  LG_TRY(make_mixed(ctx, t));
  LG_TRY(lg_tangent_make_spans(ctx, t));
done:
  return status;
}

/* ---- a run ------------------------------------------------------------------------------------- */

static bool tell(const tangent *t, cable_gradient_fn *fn, void *user, size_t step) {
  const cable_gradient *r = t->r;
  for (size_t k = 0; k < r->n_looks; k++) {
    t->v[k] = r->g->v[r->looks[k]];
    for (size_t p = 0; p < r->n_seeds; p++) {
      const lanes *l = &t->of[p / LANES];
      const size_t at = r->looks[k] * LANES + p % LANES;
      t->dv[k * r->n_seeds + p] = r->beta * l->y[at] + l->z[at];
    }
  }
  return fn(user, step, t->v, t->dv);
}

lg_status lg_cable_gradient_forward(lg_ctx *ctx, cable_gradient *r, cable_gradient_fn *fn, void *user) {
  lg_status status = LG_OK;
  tangent t;
  LG_TRY(lg_tangent_create(ctx, r, &t));
  LG_TRY(lg_gradient_make_slopes(ctx, r));
  lg_gradient_linear_start(r);
  lg_tangent_start(&t);
  lg_gradient_restart(r); /* the plain start leaves the sums that a plain step begins with */
  bool on = tell(&t, fn, user, 0);
  for (size_t step = 0; step < r->n_steps && on; step++) {
    lg_tangent_step(&t);
    if (!lg_gradient_is_sane(r)) {
      status = lg_gradient_fail_diverged(ctx, r);
      goto done;
    }
    on = tell(&t, fn, user, step + 1);
  }
done:
  lg_tangent_destroy(ctx, &t);
  return status;
}
