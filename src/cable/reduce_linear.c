/* The cell at rest as a tree round its soma: solutions, impedances, the slowest time constant. */
#include "cable/reduce_internal.h"

#include <math.h>
#include <string.h>

const double lg_reduce_Hz[REDUCE_FREQUENCIES] = {0.0,  1.0,   2.0,   4.0,   8.0,    16.0,  32.0,
                                                 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0};

void lg_linear_destroy(lg_ctx *ctx, cable_linear *l) {
  if (!l) return;
  lg_free(ctx, l->parent);
  lg_free(ctx, l->axial_uS);
  lg_free(ctx, l->leak_uS);
  lg_free(ctx, l->capacity_nF);
  lg_free(ctx, l->area_um2);
  lg_free(ctx, l->region);
  lg_free(ctx, l->group);
  lg_free(ctx, l->type);
  lg_free(ctx, l->node);
  lg_free(ctx, l->place);
  for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) lg_free(ctx, l->transfer[f]);
  lg_free(ctx, l->below_um2);
  lg_free(ctx, l);
}

void lg_linear_solve(const cable_linear *l, double *x, double *d) {
  for (size_t k = 0; k < l->n; k++) d[k] = l->leak_uS[k] + (k > 0 ? l->axial_uS[k] : 0.0);
  for (size_t k = 1; k < l->n; k++) d[l->parent[k]] += l->axial_uS[k];
  for (size_t k = l->n - 1; k > 0; k--) {
    const double factor = l->axial_uS[k] / d[k];
    d[l->parent[k]] -= factor * l->axial_uS[k];
    x[l->parent[k]] += factor * x[k];
  }
  x[0] /= d[0];
  for (size_t k = 1; k < l->n; k++) x[k] = (x[k] + l->axial_uS[k] * x[l->parent[k]]) / d[k];
}

static reduce_ac over(reduce_ac a, reduce_ac b) {
  const double size = b.re * b.re + b.im * b.im;
  return (reduce_ac){(a.re * b.re + a.im * b.im) / size, (a.im * b.re - a.re * b.im) / size};
}

void lg_linear_solve_ac(const cable_linear *l, double f_Hz, size_t excess, reduce_ac *x, reduce_ac *d) {
  const double omega = 2.0 * 3.14159265358979323846 * f_Hz * 1e-3; /* 1/ms */
  for (size_t k = 0; k < l->n; k++) {
    const reduce_ac more = excess < REDUCE_FREQUENCIES ? l->excess[l->region[k]][excess] : (reduce_ac){0.0, 0.0};
    d[k].re = l->leak_uS[k] + l->area_um2[k] * more.re + (k > 0 ? l->axial_uS[k] : 0.0);
    d[k].im = omega * l->capacity_nF[k] + l->area_um2[k] * more.im;
  }
  for (size_t k = 1; k < l->n; k++) d[l->parent[k]].re += l->axial_uS[k];
  for (size_t k = l->n - 1; k > 0; k--) {
    const double w = l->axial_uS[k];
    const reduce_ac factor = over((reduce_ac){w, 0.0}, d[k]);
    reduce_ac *up = &d[l->parent[k]], *to = &x[l->parent[k]];
    up->re -= factor.re * w;
    up->im -= factor.im * w;
    to->re += factor.re * x[k].re - factor.im * x[k].im;
    to->im += factor.re * x[k].im + factor.im * x[k].re;
  }
  x[0] = over(x[0], d[0]);
  for (size_t k = 1; k < l->n; k++) {
    const reduce_ac up = x[l->parent[k]];
    x[k] = over((reduce_ac){x[k].re + l->axial_uS[k] * up.re, x[k].im + l->axial_uS[k] * up.im}, d[k]);
  }
}

/* ---- slowest time constant: inverse iteration on G v = lambda C v ------------------------------- */

static double rayleigh(const cable_linear *l, const double *v, const double *cv) {
  double above = 0.0, below = 0.0; /* v = G^-1 C u, cv = C u: u ~ v, tau = v C v / v C u */
  for (size_t k = 0; k < l->n; k++) {
    above += v[k] * l->capacity_nF[k] * v[k];
    below += v[k] * cv[k];
  }
  return above / below;
}

static lg_status find_tau(lg_ctx *ctx, cable_linear *l) {
  enum { TRIES = 2000 };
  lg_status status = LG_OK;
  double *v = NULL, *cv = NULL, *scratch = NULL, before = 0.0;
  LG_NEW(ctx, v, l->n);
  LG_NEW(ctx, cv, l->n);
  LG_NEW(ctx, scratch, l->n);
  for (size_t k = 0; k < l->n; k++) v[k] = 1.0;
  for (int t = 0; t < TRIES; t++) {
    double size = 0.0;
    for (size_t k = 0; k < l->n; k++) size = fmax(size, fabs(v[k]));
    for (size_t k = 0; k < l->n; k++) cv[k] = l->capacity_nF[k] * (v[k] /= size);
    memcpy(v, cv, l->n * sizeof *v);
    lg_linear_solve(l, v, scratch);
    l->tau_ms = rayleigh(l, v, cv);
    if (fabs(l->tau_ms - before) <= 1e-13 * l->tau_ms) break;
    before = l->tau_ms;
  }
  if (!(l->tau_ms > 0.0) || !isfinite(l->tau_ms))
    status = lg_fail(ctx, LG_ERR_NUMERICAL, "the slowest time constant at rest is %g ms: the cell is not stable there",
                     l->tau_ms);
done:
  lg_free(ctx, v);
  lg_free(ctx, cv);
  lg_free(ctx, scratch);
  return status;
}

static lg_status find_transfer(lg_ctx *ctx, cable_linear *l) {
  lg_status status = LG_OK;
  reduce_ac *scratch = NULL;
  LG_NEW(ctx, scratch, l->n);
  for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) {
    LG_NEW(ctx, l->transfer[f], l->n);
    l->transfer[f][0].re = 1.0;
    lg_linear_solve_ac(l, lg_reduce_Hz[f], f, l->transfer[f], scratch);
  }
  for (size_t k = 0; k < l->n; k++)
    if (!isfinite(l->transfer[0][k].re) || l->transfer[0][k].re < 0.0)
      LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "the resistance between a place and the soma is %g MOhm at rest",
                     l->transfer[0][k].re));
done:
  lg_free(ctx, scratch);
  return status;
}

/* ---- turning the tree round its soma -------------------------------------------------------------- */

/* Depth-first order from the soma over the edges of both directions: fills node, parent, axial. */
static lg_status turn(lg_ctx *ctx, const cable_linear_input *in, cable_linear *l) {
  lg_status status = LG_OK;
  int32_t *first = NULL, *next = NULL, *stack = NULL, *from = NULL;
  LG_NEW(ctx, first, in->n);
  LG_NEW(ctx, next, in->n);
  LG_NEW(ctx, stack, in->n);
  LG_NEW(ctx, from, in->n);
  for (size_t k = 0; k < in->n; k++) first[k] = next[k] = -1;
  for (size_t k = in->n; k-- > 0;) { /* backwards: the first child stands first */
    if (in->parent[k] < 0) continue;
    next[k] = first[in->parent[k]];
    first[in->parent[k]] = (int32_t)k;
  }
  size_t depth = 0, place = 0;
  stack[depth] = (int32_t)in->soma;
  from[depth++] = -1;
  while (depth > 0) {
    const int32_t at = stack[--depth], came = from[depth];
    const int32_t up = in->parent[at];
    const bool downwards = came >= 0 && up == came;
    l->node[place] = at;
    l->place[at] = (int32_t)place;
    l->parent[place] = came < 0 ? -1 : l->place[came];
    l->axial_uS[place] = came < 0 ? 0.0 : in->axial_uS[downwards ? at : came];
    place++;
    if (up >= 0 && up != came) {
      stack[depth] = up;
      from[depth++] = at;
    }
    for (int32_t c = first[at]; c >= 0; c = next[c]) {
      if (c == came) continue;
      stack[depth] = c;
      from[depth++] = at;
    }
  }
  if (place != in->n)
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "the tree holds %zu nodes that do not hang on the soma", in->n - place);
done:
  lg_free(ctx, first);
  lg_free(ctx, next);
  lg_free(ctx, stack);
  lg_free(ctx, from);
  return status;
}

/* What hangs on a stem belongs to it, whatever its type. */
static uint8_t stem_of(int32_t type, uint8_t of_parent) {
  if (of_parent) return of_parent;
  return (uint8_t)(type == 1 ? 0 : type == 2 ? REDUCE_AXON : type == 4 ? REDUCE_APICAL : REDUCE_BASAL);
}

static void fill(const cable_linear_input *in, cable_linear *l) {
  for (size_t k = 0; k < l->n; k++) {
    const int32_t node = l->node[k], up = l->parent[k];
    l->leak_uS[k] = in->leak_uS[node];
    l->capacity_nF[k] = in->capacity_nF[node];
    l->area_um2[k] = l->below_um2[k] = in->area_um2[node];
    l->type[k] = in->type[node];
    l->region[k] = in->region && in->region[node] >= 0 ? in->region[node] : 0;
    l->group[k] = stem_of(l->type[k], up < 0 ? 0 : l->group[up]);
  }
  for (size_t k = l->n - 1; k > 0; k--) l->below_um2[l->parent[k]] += l->below_um2[k];
  if (in->excess) memcpy(l->excess, in->excess, in->n_regions * sizeof *l->excess);
}

static lg_status check(lg_ctx *ctx, const cable_linear *l) {
  double leak = 0.0, capacity = 0.0;
  for (size_t k = 0; k < l->n; k++) {
    leak += l->leak_uS[k];
    capacity += l->capacity_nF[k];
    if (k > 0 && !(l->axial_uS[k] > 0.0))
      return lg_fail(ctx, LG_ERR_RANGE, "a place of the cell is joined by an axial conductance of %g uS, wanted > 0",
                     l->axial_uS[k]);
  }
  if (!(leak > 0.0))
    return lg_fail(ctx, LG_ERR_RANGE, "the membrane leaks %g uS at rest, wanted > 0: give the cell a leak (pas)", leak);
  if (!(capacity > 0.0)) return lg_fail(ctx, LG_ERR_RANGE, "the cell has no capacitance");
  return LG_OK;
}

lg_status lg_linear_create(lg_ctx *ctx, const cable_linear_input *in, cable_linear **out) {
  lg_status status = LG_OK;
  cable_linear *l = NULL;
  if (in->n == 0 || in->soma >= in->n) return lg_fail(ctx, LG_ERR_ARGUMENT, "a cell without nodes");
  LG_NEW(ctx, l, 1);
  l->n = l->n_places = in->n;
  l->n_regions = in->region ? in->n_regions : 1;
  if (l->n_regions > REDUCE_REGIONS)
    LG_TRY(
        lg_fail(ctx, LG_ERR_RANGE, "%zu kinds of membrane, at most %d are told apart", l->n_regions, REDUCE_REGIONS));
  LG_NEW(ctx, l->parent, in->n);
  LG_NEW(ctx, l->axial_uS, in->n);
  LG_NEW(ctx, l->leak_uS, in->n);
  LG_NEW(ctx, l->capacity_nF, in->n);
  LG_NEW(ctx, l->area_um2, in->n);
  LG_NEW(ctx, l->region, in->n);
  LG_NEW(ctx, l->group, in->n);
  LG_NEW(ctx, l->type, in->n);
  LG_NEW(ctx, l->node, in->n);
  LG_NEW(ctx, l->place, in->n);
  LG_NEW(ctx, l->below_um2, in->n);
  LG_TRY(turn(ctx, in, l));
  fill(in, l);
  LG_TRY(check(ctx, l));
  LG_TRY(find_transfer(ctx, l));
  LG_TRY(find_tau(ctx, l));
  *out = l;
  l = NULL;
done:
  lg_linear_destroy(ctx, l);
  return status;
}
