/* Diffusion on the tree: parents stand before children. */
#include "calcium/diffusion.h"

/* What stands beside the diagonal, with its sign turned. */
static double beside(const calcium_diffusion *d, size_t k, double step_s) {
  const double w = d->coefficient * d->edge[k];
  return d->blend ? w - d->blend[k] / step_s : w;
}

void lg_calcium_diffusion_factor(calcium_diffusion *d, double step_s) {
  const calcium_grid *g = d->grid;
  if (d->step_s == step_s) return;
  for (size_t k = 0; k < g->n; k++) d->inverse[k] = d->volume[k] / step_s;
  for (size_t k = g->n; k-- > 1;) {
    const double w = beside(d, k, step_s);
    d->inverse[k] += w;
    d->inverse[g->parent[k]] += w;
  }
  for (size_t k = g->n; k-- > 1;) {
    const double w = beside(d, k, step_s);
    d->inverse[k] = 1.0 / d->inverse[k];
    d->carry[k] = w * d->inverse[k];
    d->inverse[g->parent[k]] -= w * d->carry[k];
  }
  d->inverse[0] = 1.0 / d->inverse[0];
  d->step_s = step_s;
}

void lg_calcium_diffusion_add(const calcium_diffusion *d, const double *u, double *right) {
  const calcium_grid *g = d->grid;
  for (size_t k = 1; k < g->n; k++) {
    const size_t p = (size_t)g->parent[k];
    const double flux = d->coefficient * d->edge[k] * (u[p] - u[k]);
    right[k] += flux;
    right[p] -= flux;
  }
}

void lg_calcium_diffusion_blend(const calcium_diffusion *d, const double *s, double *right) {
  const calcium_grid *g = d->grid;
  for (size_t k = 1; k < g->n && d->blend; k++) {
    const size_t p = (size_t)g->parent[k];
    const double share = d->blend[k] * (s[p] - s[k]);
    right[k] += share;
    right[p] -= share;
  }
}

static void solve_one(const calcium_diffusion *d, double *r) {
  const calcium_grid *g = d->grid;
  for (size_t k = g->n; k-- > 1;) r[g->parent[k]] += d->carry[k] * r[k];
  r[0] *= d->inverse[0];
  for (size_t k = 1; k < g->n; k++) r[k] = r[k] * d->inverse[k] + d->carry[k] * r[g->parent[k]];
}

static void solve_three(const calcium_diffusion *d, double *const *r) {
  const calcium_grid *g = d->grid;
  for (size_t k = g->n; k-- > 1;) {
    const size_t p = (size_t)g->parent[k];
    r[0][p] += d[0].carry[k] * r[0][k];
    r[1][p] += d[1].carry[k] * r[1][k];
    r[2][p] += d[2].carry[k] * r[2][k];
  }
  for (size_t s = 0; s < 3; s++) r[s][0] *= d[s].inverse[0];
  for (size_t k = 1; k < g->n; k++) {
    const size_t p = (size_t)g->parent[k];
    r[0][k] = r[0][k] * d[0].inverse[k] + d[0].carry[k] * r[0][p];
    r[1][k] = r[1][k] * d[1].inverse[k] + d[1].carry[k] * r[1][p];
    r[2][k] = r[2][k] * d[2].inverse[k] + d[2].carry[k] * r[2][p];
  }
}

void lg_calcium_diffusion_solve(const calcium_diffusion *d, size_t n, double *const *right) {
  size_t s = 0;
  for (; s + 3 <= n; s += 3) solve_three(d + s, right + s);
  for (; s < n; s++) solve_one(d + s, right[s]);
}
