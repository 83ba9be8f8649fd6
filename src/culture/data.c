#include "culture/graph.h"

#include <math.h>

void lg_culture_data_destroy(lg_ctx *ctx, lg_culture_data *d) {
  if (!d) return;
  lg_free(ctx, d->inner);
  lg_free(ctx, d->x);
  lg_free(ctx, d->z);
  lg_free(ctx, d->input);
  lg_free(ctx, d->sum);
  lg_free(ctx, d->leak);
  lg_free(ctx, d);
}

static lg_status check(lg_ctx *ctx, const lg_culture_graph *g, const double *y, size_t n_times) {
  if (n_times < 8) return lg_fail(ctx, LG_ERR_RANGE, "traces of %zu frames; at least 8 are needed", n_times);
  for (size_t t = 0; t < n_times; t++)
    for (size_t c = 0; c < g->n; c++)
      if (!isfinite(y[t * g->n + c])) return lg_fail(ctx, LG_ERR_RANGE, "cell %u, frame %zu: no number", g->id[c], t);
  return LG_OK;
}

static void fill(lg_culture_data *d, const lg_culture_coupling *c) {
  const size_t n = d->n_cells, times = d->n_times;
  for (size_t g = 0; g < d->n_inner; g++) {
    const size_t i = d->inner[g];
    d->sum[g] = c->sum[i];
    for (size_t t = 0; t < times; t++) {
      const double *row = d->y + t * n;
      double input = 0.0;
      for (size_t q = c->first[i]; q < c->first[i + 1]; q++) input += c->a[q] * row[c->other[q]];
      d->x[g * times + t] = row[i];
      d->input[g * times + t] = input;
      d->z[g * times + t] = input - c->sum[i] * row[i];
    }
  }
}

lg_status lg_culture_data_create(lg_ctx *ctx, const lg_culture_graph *g, const lg_culture_coupling *c, const double *y,
                                 size_t n_times, lg_culture_data **out) {
  lg_status status = LG_OK;
  lg_culture_data *d = NULL;
  *out = NULL;
  LG_TRY(check(ctx, g, y, n_times));
  LG_NEW(ctx, d, 1);
  d->n_times = n_times, d->n_cells = g->n, d->y = y;
  LG_NEW(ctx, d->inner, g->n);
  for (size_t i = 0; i < g->n; i++) /* a cell that touches nobody has no equation either */
    if (!g->is_border[i] && c->first[i + 1] > c->first[i]) d->inner[d->n_inner++] = (uint32_t)i;
  if (d->n_inner == 0)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "all %zu cells lie at the border of the image: none has an equation", g->n));
  LG_NEW(ctx, d->x, d->n_inner * n_times);
  LG_NEW(ctx, d->z, d->n_inner * n_times);
  LG_NEW(ctx, d->input, d->n_inner * n_times);
  LG_NEW(ctx, d->sum, d->n_inner);
  fill(d, c);
  *out = d;
  d = NULL;
done:
  lg_culture_data_destroy(ctx, d);
  return status;
}
