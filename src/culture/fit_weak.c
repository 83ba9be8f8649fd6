/* Weak form: test functions take the derivative, so that noise shared by two neighbouring differences drops out. */
#include "culture/weak.h"

#include "base/elementary.h"
#include "culture/methods.h"

#include <math.h>

lg_status lg_culture_bump_create(lg_ctx *ctx, size_t half, culture_bump *b) {
  lg_status status = LG_OK;
  b->sum = 0.0;
  b->half = half;
  LG_NEW(ctx, b->value, 4 * half + 2);
  b->slope = b->value + 2 * half + 1;
  for (size_t q = 0; q <= 2 * half; q++) {
    const double s = ((double)q - (double)half) / (double)half, r = 1.0 - s * s;
    b->value[q] = r * r;
    b->slope[q] = -4.0 * s * r / (double)half;
    b->sum += b->value[q];
  }
done:
  return status;
}

void lg_culture_weak_rows(const culture_bump *phi, size_t step, size_t rows, const double *x, const double *z,
                          double *a, double *b) {
  for (size_t r = 0; r < rows; r++) {
    double phi_z = 0.0, slope_y = 0.0;
    for (size_t q = 0; q <= 2 * phi->half; q++) {
      phi_z += phi->value[q] * z[r * step + q];
      slope_y += phi->slope[q] * x[r * step + q];
    }
    a[r] = phi_z / phi->sum;
    b[r] = -slope_y / phi->sum;
  }
}

static lg_status score_of(lg_ctx *ctx, const culture_panel *p, const culture_fit *fit, double *score) {
  lg_status status = LG_OK;
  double *residual = NULL, median;
  LG_NEW(ctx, residual, 2 * p->n_rows);
  *score = 0.0;
  for (size_t c = 0; c < p->n_cells; c++) {
    for (size_t r = 0; r < p->n_rows; r++)
      residual[r] = p->b[c * p->n_rows + r] - fit->k * p->a[c * p->n_rows + r] - fit->gamma[c];
    const double mad = lg_culture_mad(residual, p->n_rows, residual + p->n_rows, &median);
    *score += lg_ln(fmax(mad, 1e-300)) / (double)p->n_cells;
  }
done:
  lg_free(ctx, residual);
  return status;
}

lg_status lg_culture_fit_weak(lg_ctx *ctx, const lg_culture_data *d, size_t half, size_t step, bool robust,
                              culture_fit *fit, double *score) {
  lg_status status = LG_OK;
  culture_bump b = {0};
  double *a = NULL, *weights = NULL;
  if (half < 2 || step < 1 || d->n_times < 2 * half + 1 + 4 * step)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu frames are too few for test functions of %zu", d->n_times, 2 * half + 1);
  const size_t rows = lg_culture_weak_count(d->n_times, half, step);
  LG_TRY(lg_culture_bump_create(ctx, half, &b));
  LG_NEW(ctx, a, 2 * d->n_inner * rows);
  for (size_t g = 0; g < d->n_inner; g++)
    lg_culture_weak_rows(&b, step, rows, d->x + g * d->n_times, d->z + g * d->n_times, a + g * rows,
                         a + (d->n_inner + g) * rows);
  const culture_panel panel = {.n_cells = d->n_inner, .n_rows = rows, .a = a, .b = a + d->n_inner * rows};
  fit->k = robust ? 0.02 : (double)NAN;
  if (robust) {
    LG_NEW(ctx, weights, d->n_inner * rows);
    LG_TRY(lg_culture_panel_robust(ctx, &panel, 60, fit, weights));
  } else {
    lg_culture_panel_fit(&panel, NULL, 0.0, 0.0, fit);
  }
  if (score) LG_TRY(score_of(ctx, &panel, fit, score));
done:
  lg_free(ctx, b.value);
  lg_free(ctx, a);
  lg_free(ctx, weights);
  return status;
}
