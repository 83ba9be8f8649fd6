/* Free runs: exactly in modes, or by Euler and RK4 for comparison. */
#include "culture/modes.h"
#include "culture/stretch.h"

#include <string.h>

/* v (n) = matrix (n, n) x. */
static void times_vector(size_t n, const double *matrix, const double *x, double *v) {
  for (size_t i = 0; i < n; i++) {
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) sum += matrix[i * n + j] * x[j];
    v[i] = sum;
  }
}

static lg_status run_exact(lg_ctx *ctx, const lg_culture_data *d, const lg_culture_modes *m, const culture_run *run,
                           double *out) {
  lg_status status = LG_OK;
  const size_t n = m->n;
  double *block = NULL;
  culture_interval *h = NULL;
  LG_NEW(ctx, block, 4 * n);
  LG_NEW(ctx, h, n);
  double *c = block, *feed = block + n, *y = block + 2 * n, *given = block + 3 * n;
  for (size_t g = 0; g < n; g++) y[g] = out[g * run->n_times] = d->x[g * d->n_times + run->first];
  times_vector(n, m->to, y, c);
  times_vector(n, m->to, run->fit->gamma, feed);
  for (size_t k = 0; k < n; k++) h[k] = culture_interval_of(run->fit->k * m->decay[k] + (d->leak ? d->leak[0] : 0.0));
  for (size_t q = 1; q < run->n_times; q++) {
    const size_t t = run->first + q;
    memset(given, 0, n * sizeof *given);
    if (run->input) {
      for (size_t g = 0; g < n; g++) y[g] = run->input[g * d->n_times + t];
      times_vector(n, m->to, y, given);
    }
    for (size_t k = 0; k < n; k++) {
      const double *u = m->border + k * m->n_times + t - 1;
      c[k] = h[k].fade * c[k] + h[k].h1 * (run->fit->k * u[0] + feed[k] + given[k]) +
             h[k].h2 * run->fit->k * (u[1] - u[0]);
    }
    times_vector(n, m->from, c, y);
    for (size_t g = 0; g < n; g++) out[g * run->n_times + q] = y[g];
  }
done:
  lg_free(ctx, block);
  lg_free(ctx, h);
  return status;
}

/* The network as the equation has it, at a share of the interval that ends at frame t. */
typedef struct field {
  const lg_culture_coupling *coupling;
  const lg_culture_data *data;
  const culture_run *run;
  double *all; /* (n_cells) now */
} field;

static void slope(const field *f, size_t t, double share, const double *y, double *out) {
  const lg_culture_data *d = f->data;
  const double *before = d->y + (t - 1) * d->n_cells, *after = d->y + t * d->n_cells;
  for (size_t i = 0; i < d->n_cells; i++) f->all[i] = before[i] + share * (after[i] - before[i]);
  for (size_t g = 0; g < d->n_inner; g++) f->all[d->inner[g]] = y[g];
  for (size_t g = 0; g < d->n_inner; g++) {
    const size_t i = d->inner[g];
    double sum = 0.0;
    for (size_t q = f->coupling->first[i]; q < f->coupling->first[i + 1]; q++)
      sum += f->coupling->a[q] * (f->all[f->coupling->other[q]] - y[g]);
    out[g] = f->run->fit->k * sum + f->run->fit->gamma[g] - (d->leak ? d->leak[g] * y[g] : 0.0) +
             (f->run->input ? f->run->input[g * d->n_times + t] : 0.0);
  }
}

static lg_status run_steps(lg_ctx *ctx, const lg_culture_coupling *coupling, const lg_culture_data *d,
                           const culture_run *run, double *out) {
  lg_status status = LG_OK;
  const size_t n = d->n_inner;
  double *block = NULL;
  if (run->substeps < 1 || run->substeps > 10000)
    return lg_fail(ctx, LG_ERR_RANGE, "%u steps a frame; 1 to 10000 are allowed", run->substeps);
  LG_NEW(ctx, block, 6 * n + d->n_cells);
  field f = {coupling, d, run, block + 6 * n};
  double *y = block, *at = block + n, *k[4] = {block + 2 * n, block + 3 * n, block + 4 * n, block + 5 * n};
  const double dt = 1.0 / (double)run->substeps;
  for (size_t g = 0; g < n; g++) y[g] = out[g * run->n_times] = d->x[g * d->n_times + run->first];
  for (size_t q = 1; q < run->n_times; q++) {
    const size_t t = run->first + q;
    for (unsigned s = 0; s < run->substeps; s++) {
      const double from = (double)s * dt;
      slope(&f, t, from, y, k[0]);
      for (int stage = 1; run->stepper == CULTURE_RK4 && stage < 4; stage++) {
        const double part = stage == 3 ? 1.0 : 0.5;
        for (size_t g = 0; g < n; g++) at[g] = y[g] + part * dt * k[stage - 1][g];
        slope(&f, t, from + part * dt, at, k[stage]);
      }
      for (size_t g = 0; g < n; g++)
        y[g] += dt * (run->stepper == CULTURE_RK4 ? (k[0][g] + 2.0 * (k[1][g] + k[2][g]) + k[3][g]) / 6.0 : k[0][g]);
    }
    for (size_t g = 0; g < n; g++) out[g * run->n_times + q] = y[g];
  }
done:
  lg_free(ctx, block);
  return status;
}

lg_status lg_culture_run_free(lg_ctx *ctx, const lg_culture_coupling *coupling, const lg_culture_data *d,
                              const lg_culture_modes *modes, const culture_run *run, double *out) {
  if (run->n_times < 1 || run->first + run->n_times > d->n_times)
    return lg_fail(ctx, LG_ERR_RANGE, "frames %zu to %zu of %zu", run->first, run->first + run->n_times, d->n_times);
  bool alike = true; /* leaks that differ mix the modes */
  for (size_t g = 1; d->leak && g < d->n_inner; g++) alike = alike && d->leak[g] == d->leak[0];
  if (run->stepper == CULTURE_EXACT && alike) return run_exact(ctx, d, modes, run, out);
  culture_run steps = *run;
  if (run->stepper == CULTURE_EXACT) steps.stepper = CULTURE_RK4, steps.substeps = 4;
  return run_steps(ctx, coupling, d, &steps, out);
}
