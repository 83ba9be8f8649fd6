#include "culture/panel.h"

#include "num/median.h"

#include <math.h>
#include <string.h>

static const double bisquare_reach = 4.685, least_weight = 1e-9, least_scale = 1e-9;

double lg_culture_mad(const double *x, size_t n, double *scratch, double *median) {
  memcpy(scratch, x, n * sizeof *x);
  *median = lg_median(scratch, n);
  for (size_t k = 0; k < n; k++) scratch[k] = fabs(x[k] - *median);
  return 1.4826 * lg_median(scratch, n);
}

/* Weighted means of one cell. */
typedef struct means {
  double weight, a, b, instrument;
} means;

static means means_of(const culture_panel *p, const double *weights, size_t cell) {
  means m = {0};
  const double *instrument = p->instrument ? p->instrument : p->a;
  for (size_t r = 0; r < p->n_rows; r++) {
    const size_t at = cell * p->n_rows + r;
    const double w = weights ? weights[at] : 1.0;
    m.weight += w, m.a += w * p->a[at], m.b += w * p->b[at], m.instrument += w * instrument[at];
  }
  m.a /= m.weight, m.b /= m.weight, m.instrument /= m.weight;
  return m;
}

void lg_culture_panel_fit(const culture_panel *p, const double *weights, double ridge_k, double ridge_gamma,
                          culture_fit *fit) {
  const double *instrument = p->instrument ? p->instrument : p->a;
  double up = 0.0, down = ridge_k;
  for (size_t c = 0; c < p->n_cells; c++) {
    const means m = means_of(p, weights, c);
    const double kept = ridge_gamma * m.weight / (m.weight + ridge_gamma); /* of the means: all of them without ridge */
    for (size_t r = 0; r < p->n_rows; r++) {
      const size_t at = c * p->n_rows + r;
      const double w = weights ? weights[at] : 1.0, i = w * (instrument[at] - m.instrument);
      up += i * (p->b[at] - m.b), down += i * (p->a[at] - m.a);
    }
    up += kept * m.instrument * m.b, down += kept * m.instrument * m.a;
  }
  fit->k = up / down;
  for (size_t c = 0; c < p->n_cells; c++) {
    const means m = means_of(p, weights, c);
    fit->gamma[c] = (m.b - fit->k * m.a) * m.weight / (m.weight + ridge_gamma);
  }
}

/* Bisquare weights of the residuals. */
static void weigh(const culture_panel *p, const culture_fit *fit, double *weights, double *residual, double *scratch) {
  for (size_t c = 0; c < p->n_cells; c++) {
    double median;
    for (size_t r = 0; r < p->n_rows; r++) {
      const size_t at = c * p->n_rows + r;
      residual[r] = p->b[at] - fit->k * p->a[at] - fit->gamma[c];
    }
    const double scale = fmax(lg_culture_mad(residual, p->n_rows, scratch, &median), least_scale);
    for (size_t r = 0; r < p->n_rows; r++) {
      const double u = residual[r] / scale / bisquare_reach, v = 1.0 - u * u;
      weights[c * p->n_rows + r] = (fabs(u) < 1.0 ? v * v : 0.0) + least_weight;
    }
  }
}

/* Levels that go with a given slope: medians. */
static void levels(const culture_panel *p, culture_fit *fit, double *scratch) {
  for (size_t c = 0; c < p->n_cells; c++) {
    for (size_t r = 0; r < p->n_rows; r++) scratch[r] = p->b[c * p->n_rows + r] - fit->k * p->a[c * p->n_rows + r];
    fit->gamma[c] = lg_median(scratch, p->n_rows);
  }
}

lg_status lg_culture_panel_robust(lg_ctx *ctx, const culture_panel *p, unsigned most, culture_fit *fit,
                                  double *weights) {
  lg_status status = LG_OK;
  double *scratch = NULL;
  LG_NEW(ctx, scratch, 2 * p->n_rows);
  if (isnan(fit->k)) lg_culture_panel_fit(p, NULL, 0.0, 0.0, fit);
  else levels(p, fit, scratch);
  for (unsigned it = 0; it < most; it++) {
    const double before = fit->k;
    weigh(p, fit, weights, scratch, scratch + p->n_rows);
    lg_culture_panel_fit(p, weights, 0.0, 0.0, fit);
    if (!isfinite(fit->k))
      LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "the robust regression for k found nothing to hold on to"));
    if (fabs(fit->k - before) < 1e-7) break;
  }
done:
  lg_free(ctx, scratch);
  return status;
}
