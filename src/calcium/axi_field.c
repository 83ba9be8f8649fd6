/* Diffusion of one concentration along x and rho: two sweeps of tridiagonal systems per step. */
#include "calcium/axi_field.h"

#include <string.h>

lg_status lg_calcium_axi_field_create(lg_ctx *ctx, axi_field *f, const calcium_rings *rings, size_t n_x,
                                      double diffusion) {
  lg_status status = LG_OK;
  const size_t n = n_x * rings->n;
  double **const arrays[] = {&f->now,         &f->before,        &f->rate,         &f->before_rate,   &f->right,
                             &f->axial_carry, &f->axial_inverse, &f->radial_carry, &f->radial_inverse};
  f->rings = rings;
  f->n_x = n_x;
  f->diffusion = diffusion;
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) LG_NEW(ctx, *arrays[k], n);
  LG_NEW(ctx, f->guess, 6 * rings->n);
  LG_NEW(ctx, f->change, rings->n);
done:
  return status;
}

void lg_calcium_axi_field_destroy(lg_ctx *ctx, axi_field *f) {
  double *const arrays[] = {f->now,         f->before,        f->rate,         f->before_rate,    f->right,
                            f->axial_carry, f->axial_inverse, f->radial_carry, f->radial_inverse, f->guess,
                            f->change};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) lg_free(ctx, arrays[k]);
}

void lg_calcium_axi_factor(axi_field *f, double g) {
  const size_t m = f->rings->n, n_x = f->n_x;
  const double w = g * f->diffusion, *volume = f->rings->volume_um3;
  for (size_t i = 0; i < n_x; i++)
    for (size_t k = 0; k < m; k++) {
      const size_t at = i * m + k;
      const double back = w * f->rings->axial_um[at], on = i + 1 < n_x ? w * f->rings->axial_um[at + m] : 0.0;
      f->axial_carry[at] = i ? back * f->axial_inverse[at - m] : 0.0;
      f->axial_inverse[at] = 1.0 / (volume[at] + back + on - back * f->axial_carry[at]);
      const double in = k ? w * f->rings->radial_um[at - 1] : 0.0, out = w * f->rings->radial_um[at];
      f->radial_carry[at] = k ? in * f->radial_inverse[at - 1] : 0.0;
      f->radial_inverse[at] = 1.0 / (volume[at] + in + out - in * f->radial_carry[at]);
    }
}

/* The extrapolation in slice i. */
static void extrapolate(const axi_field *f, size_t i, double ahead, double *restrict row) {
  const size_t m = f->rings->n;
  const double *restrict now = f->now + i * m, *restrict before = f->before + i * m;
  for (size_t k = 0; k < m; k++) row[k] = now[k] + ahead * (now[k] - before[k]);
}

/* Flux across the face between slices i - 1 and i over w: point values to fourth order, mirrored at the ends. rows[q]
 * is slice i - 2 + q. */
static void face(const axi_field *f, size_t i, double w, const double *const rows[4], double *restrict flux) {
  const size_t m = f->rings->n;
  const double *restrict axial = f->rings->axial_um + i * m, *restrict a = rows[1], *restrict b = rows[2];
  const double *restrict before = i > 1 ? rows[0] : b, *restrict after = i + 1 < f->n_x ? rows[3] : a;
  for (size_t k = 0; k < m; k++) flux[k] = w * axial[k] * (15.0 * (b[k] - a[k]) - (after[k] - before[k]));
}

/* Right side of slice i, given the fluxes of its two faces. */
static void right_side(const axi_field *f, size_t i, double g, double ahead, double back, const double *restrict here,
                       const double *restrict in, const double *restrict out) {
  const size_t m = f->rings->n, at = i * m;
  const double w = g * f->diffusion;
  const double *restrict now = f->now + at, *restrict before = f->before + at, *restrict rate = f->rate + at,
                         *restrict rate0 = f->before_rate + at, *restrict volume = f->rings->volume_um3 + at,
                         *restrict radial = f->rings->radial_um + at;
  double *restrict right = f->right + at;
  for (size_t k = 0; k < m; k++)
    right[k] = volume[k] * (back * (now[k] - before[k]) + g * (rate[k] + ahead * (rate[k] - rate0[k])));
  for (size_t k = 0; k < m; k++) right[k] += out[k] - in[k];
  for (size_t k = 0; k + 1 < m; k++) {
    const double flux = w * radial[k] * (here[k + 1] - here[k]);
    right[k] += flux;
    right[k + 1] -= flux;
  }
}

/* Change of a slice from its solution along x. */
static void sweep_rings(const axi_field *f, size_t i) {
  const size_t m = f->rings->n, at = i * m;
  const double *restrict right = f->right + at, *restrict volume = f->rings->volume_um3 + at,
                         *restrict carry = f->radial_carry + at, *restrict inverse = f->radial_inverse + at;
  double *restrict change = f->change;
  change[0] = volume[0] * right[0];
  for (size_t k = 1; k < m; k++) change[k] = volume[k] * right[k] + carry[k] * change[k - 1];
  change[m - 1] *= inverse[m - 1];
  for (size_t k = m - 1; k-- > 0;) change[k] = inverse[k] * change[k] + carry[k + 1] * change[k + 1];
}

void lg_calcium_axi_diffuse(axi_field *f, double g, double ahead, double back) {
  const size_t m = f->rings->n, n_x = f->n_x;
  const double w = g * f->diffusion / 12.0;
  double *rows[4] = {f->guess, f->guess + m, f->guess + 2 * m, f->guess + 3 * m}; /* slices i - 1 … i + 2 */
  double *in = f->guess + 4 * m, *out = f->guess + 5 * m;
  memset(in, 0, m * sizeof(double));
  extrapolate(f, 0, ahead, rows[1]);
  if (n_x > 1) extrapolate(f, 1, ahead, rows[2]);
  for (size_t i = 0; i < n_x; i++) {
    if (i + 2 < n_x) extrapolate(f, i + 2, ahead, rows[3]);
    if (i + 1 < n_x) face(f, i + 1, w, (const double *const *)rows, out);
    else memset(out, 0, m * sizeof(double));
    right_side(f, i, g, ahead, back, rows[1], in, out);
    if (i > 0) {
      double *restrict right = f->right + i * m;
      const double *restrict carry = f->axial_carry + i * m, *restrict before = f->right + (i - 1) * m;
      for (size_t k = 0; k < m; k++) right[k] += carry[k] * before[k];
    }
    double *const row = rows[0], *const fluxes = in;
    for (size_t q = 0; q < 3; q++) rows[q] = rows[q + 1];
    rows[3] = row;
    in = out;
    out = fluxes;
  }
  for (size_t i = n_x; i-- > 0;) {
    double *restrict right = f->right + i * m, *restrict now = f->now + i * m, *restrict before = f->before + i * m;
    const double *restrict inverse = f->axial_inverse + i * m;
    for (size_t k = 0; k < m; k++) right[k] *= inverse[k];
    if (i + 1 < n_x) {
      const double *restrict carry = f->axial_carry + (i + 1) * m, *restrict after = f->right + (i + 1) * m;
      for (size_t k = 0; k < m; k++) right[k] += carry[k] * after[k];
    }
    sweep_rings(f, i);
    for (size_t k = 0; k < m; k++) {
      const double old = now[k];
      now[k] = old + ahead * (old - before[k]) + f->change[k];
      before[k] = old;
    }
  }
  double *const rates = f->before_rate;
  f->before_rate = f->rate;
  f->rate = rates;
}

void lg_calcium_axi_means(const axi_field *f, double *means) {
  const size_t m = f->rings->n;
  for (size_t i = 0; i < f->n_x; i++) {
    const double *restrict volume = f->rings->volume_um3 + i * m, *restrict now = f->now + i * m;
    double sum = 0.0, all = 0.0;
    for (size_t k = 0; k < m; k++) {
      sum += volume[k] * now[k];
      all += volume[k];
    }
    means[i] = sum / all;
  }
}

double lg_calcium_axi_amount(const axi_field *f) {
  double sum = 0.0;
  for (size_t k = 0; k < f->n_x * f->rings->n; k++) sum += f->rings->volume_um3[k] * f->now[k];
  return sum;
}
