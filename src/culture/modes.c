#include "culture/modes.h"

#include "num/eigen.h"

#include <math.h>
#include <string.h>

void lg_culture_modes_destroy(lg_ctx *ctx, lg_culture_modes *m) {
  if (!m) return;
  lg_free(ctx, m->decay);
  lg_free(ctx, m->to);
  lg_free(ctx, m->from);
  lg_free(ctx, m->border);
  lg_free(ctx, m);
}

/* -N^(1/2) A N^(-1/2) of the cells with an equation; place[i] is a cell's row, SIZE_MAX: it has none. */
static void symmetric(const lg_culture_coupling *c, const lg_culture_data *d, const size_t *place, double *a) {
  const size_t n = d->n_inner;
  for (size_t g = 0; g < n; g++) {
    const size_t i = d->inner[g];
    a[g * n + g] = c->sum[i];
    for (size_t q = c->first[i]; q < c->first[i + 1]; q++) {
      const size_t h = place[c->other[q]];
      if (h != SIZE_MAX) a[g * n + h] = -c->a[q] * sqrt(c->norm[i] / c->norm[c->other[q]]);
    }
  }
  for (size_t g = 0; g < n; g++) /* the same but for rounding */
    for (size_t h = 0; h < g; h++) a[g * n + h] = a[h * n + g] = 0.5 * (a[g * n + h] + a[h * n + g]);
}

/* What the cells without an equation do to each cell, then to each mode. */
static void drive(const lg_culture_coupling *c, const lg_culture_data *d, const size_t *place, double *row,
                  lg_culture_modes *m) {
  const size_t n = d->n_inner, times = d->n_times;
  for (size_t g = 0; g < n; g++) {
    const size_t i = d->inner[g];
    memset(row, 0, times * sizeof *row);
    for (size_t q = c->first[i]; q < c->first[i + 1]; q++) {
      if (place[c->other[q]] != SIZE_MAX) continue;
      for (size_t t = 0; t < times; t++) row[t] += c->a[q] * d->y[t * d->n_cells + c->other[q]];
    }
    for (size_t k = 0; k < n; k++)
      for (size_t t = 0; t < times; t++) m->border[k * times + t] += m->to[k * n + g] * row[t];
  }
}

lg_status lg_culture_modes_create(lg_ctx *ctx, const lg_culture_coupling *c, const lg_culture_data *d,
                                  lg_culture_modes **out) {
  lg_status status = LG_OK;
  const size_t n = d->n_inner;
  lg_culture_modes *m = NULL;
  double *a = NULL, *row = NULL;
  size_t *place = NULL;
  *out = NULL;
  if (n > 2000) LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "%zu cells with an equation; modes are made of at most 2000", n));
  LG_NEW(ctx, m, 1);
  m->n = n, m->n_times = d->n_times;
  LG_NEW(ctx, m->decay, n);
  LG_NEW(ctx, m->to, n * n);
  LG_NEW(ctx, m->from, n * n);
  LG_NEW(ctx, m->border, n * d->n_times);
  LG_NEW(ctx, a, 2 * n * n);
  LG_NEW(ctx, row, d->n_times);
  LG_NEW(ctx, place, d->n_cells);
  for (size_t i = 0; i < d->n_cells; i++) place[i] = SIZE_MAX;
  for (size_t g = 0; g < n; g++) place[d->inner[g]] = g;
  symmetric(c, d, place, a);
  LG_TRY(lg_eigen_large(ctx, n, a, m->decay, a + n * n));
  for (size_t g = 0; g < n; g++) {
    const double root = sqrt(c->norm[d->inner[g]]);
    for (size_t k = 0; k < n; k++) {
      m->to[k * n + g] = a[n * n + g * n + k] * root;
      m->from[g * n + k] = a[n * n + g * n + k] / root;
    }
  }
  for (size_t k = 0; k < n; k++) m->decay[k] = fmax(m->decay[k], 0.0);
  drive(c, d, place, row, m);
  *out = m;
  m = NULL;
done:
  lg_free(ctx, a);
  lg_free(ctx, row);
  lg_free(ctx, place);
  lg_culture_modes_destroy(ctx, m);
  return status;
}
