/*
 * The basis of a plan. phi_i is 1 at compartment i, 0 at the others and in equilibrium between them (G phi = 0), so
 * that Phi^T G Phi is a tree with exactly the cell's steady answers (Kron reduction). A ring holds all places of side
 * branches at which a steady voltage at their site has fallen to one level: those places move together whatever
 * happens outside, so that joining them loses nothing at rest.
 */
#include "cable/reduce_internal.h"

#include <math.h>
#include <string.h>

void lg_reduce_work_destroy(lg_ctx *ctx, reduce_work *w) {
  if (!w) return;
  lg_free(ctx, w->phi);
  lg_free(ctx, w->share);
  lg_free(ctx, w->fixed);
  lg_free(ctx, w->value);
  lg_free(ctx, w->anchor);
  lg_free(ctx, w->sum);
  lg_free(ctx, w->on_path);
  lg_free(ctx, w->z);
  lg_free(ctx, w->jacobian);
  lg_free(ctx, w->residual);
  lg_free(ctx, w->trial);
  lg_free(ctx, w->hessian);
  lg_free(ctx, w->factor);
  lg_free(ctx, w->at);
  lg_free(ctx, w);
}

lg_status lg_reduce_work_create(lg_ctx *ctx, const cable_linear *l, size_t room, size_t n_samples, reduce_work **out) {
  lg_status status = LG_OK;
  reduce_work *w = NULL;
  size_t rows = 0, squares = 0, residuals = 0;
  if (!lg_mul_size(l->n, room, &rows) || !lg_mul_size(room * room, REDUCE_FREQUENCIES, &squares) ||
      !lg_mul_size(n_samples, 2 * REDUCE_FREQUENCIES, &residuals) || room > REDUCE_MAX)
    return lg_fail(ctx, LG_ERR_MEMORY, "a reduction of %zu nodes to %zu compartments is too large", l->n, room);
  residuals += room;
  LG_NEW(ctx, w, 1);
  w->room = room;
  LG_NEW(ctx, w->phi, rows);
  LG_NEW(ctx, w->share, l->n);
  LG_NEW(ctx, w->fixed, l->n);
  LG_NEW(ctx, w->value, l->n);
  LG_NEW(ctx, w->anchor, l->n);
  LG_NEW(ctx, w->sum, l->n);
  LG_NEW(ctx, w->on_path, l->n);
  LG_NEW(ctx, w->z, squares);
  LG_NEW(ctx, w->jacobian, room * residuals);
  LG_NEW(ctx, w->residual, residuals);
  LG_NEW(ctx, w->trial, residuals);
  LG_NEW(ctx, w->hessian, room * room);
  LG_NEW(ctx, w->factor, room * room);
  LG_NEW(ctx, w->at, n_samples + 1);
  *out = w;
  w = NULL;
done:
  lg_reduce_work_destroy(ctx, w);
  return status;
}

/* ---- sites: paths, side branches ------------------------------------------------------------------ */

static bool lay_sites(const cable_linear *l, const reduce_plan *plan, reduce_work *w) {
  for (size_t k = 0; k < l->n; k++) {
    w->fixed[k] = -1;
    w->on_path[k] = 0;
  }
  for (size_t i = 0; i < plan->n; i++) {
    if (plan->item[i].sort != REDUCE_SITE) continue;
    const int32_t node = plan->item[i].node;
    if (w->fixed[node] >= 0) return false; /* two at one place */
    w->fixed[node] = (int32_t)i;
    w->value[node] = 1.0;
    for (int32_t k = node; k >= 0 && !w->on_path[k]; k = l->parent[k]) w->on_path[k] = 1;
  }
  return w->fixed[0] == 0;
}

/* The site below which each side branch hangs; false where two paths meet at a place that is no site. */
static bool find_anchors(const cable_linear *l, reduce_work *w) {
  for (size_t k = 0; k < l->n; k++) w->sum[k] = 0.0; /* children on paths */
  for (size_t k = l->n - 1; k > 0; k--)
    if (w->on_path[k] && (w->sum[l->parent[k]] += 1.0) > 1.5 && w->fixed[l->parent[k]] < 0) return false;
  w->anchor[0] = -1;
  for (size_t k = 1; k < l->n; k++) {
    const int32_t up = l->parent[k];
    w->anchor[k] = w->on_path[k] ? -1 : w->on_path[up] ? w->fixed[up] : w->anchor[up];
  }
  return true;
}

/* Pieces of the soma beside its middle go with it, in proportion as at rest: stems of different groups hang on them,
 * and rings of both would else be joined through them. */
static void lay_soma(const cable_linear *l, reduce_work *w) {
  for (size_t k = 1; k < l->n; k++) {
    if (w->anchor[k] != 0 || l->group[k] != 0) continue;
    w->fixed[k] = 0;
    w->value[k] = l->transfer[0][k].re / l->transfer[0][0].re;
  }
}

/* ---- rings ------------------------------------------------------------------------------------------ */

static int32_t site_of(const reduce_plan *plan, int32_t item) {
  while (item >= 0 && plan->item[item].sort == REDUCE_RING) item = plan->item[item].up;
  return item;
}

static bool lay_ring(const cable_linear *l, reduce_plan *plan, size_t i, reduce_work *w) {
  reduce_item *ring = &plan->item[i];
  const int32_t site = site_of(plan, ring->up);
  const reduce_ac *z = l->transfer[0];
  const double at_site = z[plan->item[site].node].re;
  const double above = plan->item[ring->up].sort == REDUCE_RING ? plan->item[ring->up].level : 1.0;
  double lowest = 1.0;
  for (size_t k = 1; k < l->n; k++)
    if (w->anchor[k] == site && (l->group[k] & ring->groups)) lowest = fmin(lowest, z[k].re / at_site);
  if (!(lowest < 0.995 * above) || !(lowest > 0.0)) return false;
  if (!(ring->level > 1.0000001 * lowest) || !(ring->level < above)) ring->level = sqrt(lowest * above);
  size_t found = 0;
  for (size_t k = 1; k < l->n; k++) {
    if (w->anchor[k] != site || !(l->group[k] & ring->groups)) continue;
    const double here = z[k].re / at_site, before = z[l->parent[k]].re / at_site;
    if (here > ring->level || before <= ring->level) continue;
    if (w->fixed[k] >= 0) return false; /* a piece so long that it holds two rings */
    w->fixed[k] = (int32_t)i;
    w->value[k] = here / ring->level;
    found++;
  }
  return found > 0;
}

/* ---- functions -------------------------------------------------------------------------------------- */

/* Upwards: phi_k = share_k phi_parent + row_k, where row_k comes from what is fixed below. */
static void upwards(const cable_linear *l, size_t n_items, reduce_work *w) {
  double *d = w->sum; /* diagonal while it is needed */
  memset(w->phi, 0, l->n * w->room * sizeof *w->phi);
  for (size_t k = 0; k < l->n; k++) d[k] = l->leak_uS[k] + (k > 0 ? l->axial_uS[k] : 0.0);
  for (size_t k = l->n; k-- > 0;) {
    double *row = w->phi + k * w->room;
    if (w->fixed[k] < 0) {
      for (size_t i = 0; i < n_items; i++) row[i] /= d[k];
      w->share[k] = l->axial_uS[k] / d[k];
    } else {
      memset(row, 0, n_items * sizeof *row);
      row[w->fixed[k]] = w->value[k];
      w->share[k] = 0.0;
    }
    if (k == 0) continue;
    const size_t up = (size_t)l->parent[k];
    if (w->fixed[up] >= 0) continue;
    double *to = w->phi + up * w->room;
    for (size_t i = 0; i < n_items; i++) to[i] += l->axial_uS[k] * row[i];
    d[up] += l->axial_uS[k] * (1.0 - w->share[k]);
  }
}

static void downwards(const cable_linear *l, size_t n_items, reduce_work *w) {
  for (size_t k = 0; k < l->n; k++) {
    double *row = w->phi + k * w->room;
    if (k > 0 && w->share[k] > 0.0) {
      const double *up = w->phi + (size_t)l->parent[k] * w->room;
      for (size_t i = 0; i < n_items; i++) row[i] += w->share[k] * up[i];
    }
    double sum = 0.0;
    for (size_t i = 0; i < n_items; i++) sum += row[i];
    w->sum[k] = sum;
  }
}

/* ---- matrices --------------------------------------------------------------------------------------- */

static void integrate_membrane(const cable_linear *l, const reduce_work *w, reduce_cell *c) {
  const size_t n = c->plan.n;
  for (size_t k = 0; k < l->n; k++) {
    const double *phi = w->phi + k * w->room;
    const double leak = l->leak_uS[k], capacity = l->capacity_nF[k], area = l->area_um2[k], sum = w->sum[k];
    if (leak == 0.0 && capacity == 0.0 && area == 0.0) continue;
    const size_t region = (size_t)l->region[k];
    for (size_t i = 0; i < n; i++) {
      if (phi[i] == 0.0) continue;
      c->leak_uS[i] += leak * phi[i] * sum;
      c->integral_uS[i] += leak * phi[i];
      c->integral_nF[i] += capacity * phi[i];
      c->row_nF[i] += capacity * phi[i] * sum;
      c->area_um2[i][region] += area * phi[i];
      if (c->up[i] >= 0) c->axial_uS[i] -= leak * phi[i] * phi[c->up[i]];
    }
  }
}

/* In terms of differences along the tree: no small number is the difference of two large ones. */
static void integrate_axial(const cable_linear *l, const reduce_work *w, reduce_cell *c) {
  const size_t n = c->plan.n;
  for (size_t k = 1; k < l->n; k++) {
    const double *phi = w->phi + k * w->room, *up = w->phi + (size_t)l->parent[k] * w->room;
    const double axial = l->axial_uS[k], step = w->sum[k] - w->sum[l->parent[k]];
    for (size_t i = 0; i < n; i++) {
      const double own = phi[i] - up[i];
      if (own == 0.0) continue;
      c->leak_uS[i] += axial * own * step;
      if (c->up[i] >= 0) c->axial_uS[i] -= axial * own * (phi[c->up[i]] - up[c->up[i]]);
    }
  }
}

static bool order_items(const cable_linear *l, const reduce_work *w, reduce_cell *c) {
  const size_t n = c->plan.n;
  bool placed[REDUCE_MAX] = {false};
  for (size_t i = 0; i < n; i++) {
    const reduce_item *item = &c->plan.item[i];
    c->up[i] = item->sort == REDUCE_RING ? item->up : -1;
    if (item->sort != REDUCE_SITE || item->node == 0) continue;
    int32_t k = l->parent[item->node];
    while (w->fixed[k] < 0) k = l->parent[k];
    c->up[i] = w->fixed[k];
  }
  size_t done = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t i = 0; i < n; i++) {
      if (placed[i] || (c->up[i] >= 0 && !placed[c->up[i]])) continue;
      placed[i] = moved = true;
      c->order[done++] = (int32_t)i;
    }
  }
  return done == n;
}

bool lg_reduce_build(const cable_linear *l, const reduce_plan *plan, reduce_work *w, reduce_cell *c) {
  memset(c, 0, sizeof *c);
  c->plan = *plan;
  if (plan->n == 0 || plan->n > w->room) return false;
  if (!lay_sites(l, plan, w) || !find_anchors(l, w)) return false;
  lay_soma(l, w);
  for (size_t i = 0; i < plan->n; i++)
    if (plan->item[i].sort == REDUCE_RING && !lay_ring(l, &c->plan, i, w)) return false;
  if (!order_items(l, w, c)) return false;
  upwards(l, plan->n, w);
  downwards(l, plan->n, w);
  integrate_membrane(l, w, c);
  integrate_axial(l, w, c);
  for (size_t i = 0; i < plan->n; i++)
    if (!(c->leak_uS[i] > 0.0) || !(c->integral_nF[i] > 0.0) || (i > 0 && !(c->axial_uS[i] > 0.0))) return false;
  return true;
}
