#include "num/eigen.h"

#include <math.h>

enum { MOST_STEPS = 60 };

static double dot(const double *x, const double *y, size_t n) {
  double part[4] = {0.0, 0.0, 0.0, 0.0}; /* four sums, so that the compiler may take four at a time */
  size_t k = 0;
  for (; k + 4 <= n; k += 4)
    for (size_t q = 0; q < 4; q++) part[q] += x[k + q] * y[k + q];
  double sum = (part[0] + part[1]) + (part[2] + part[3]);
  for (; k < n; k++) sum += x[k] * y[k];
  return sum;
}

/* Row by row from the last: reflect what stands left of the diagonal onto its last place. Reflectors v stay in the
 * rows, their factors in beta. */
static void reduce(size_t n, double *a, double *diagonal, double *side, double *beta, double *p) {
  for (size_t i = n; i-- > 1;) {
    double *v = a + i * n;
    const double rest = dot(v, v, i - 1), last = v[i - 1];
    diagonal[i] = v[i];
    beta[i] = 0.0;
    side[i] = last;
    if (rest == 0.0) continue;
    const double length = sqrt(rest + last * last), to = last > 0.0 ? -length : length;
    side[i] = to;
    v[i - 1] = last - to;
    const double b = beta[i] = 2.0 / (rest + v[i - 1] * v[i - 1]);
    for (size_t k = 0; k < i; k++) p[k] = b * dot(a + k * n, v, i);
    const double half = 0.5 * b * dot(p, v, i);
    for (size_t k = 0; k < i; k++) p[k] -= half * v[k];
    for (size_t k = 0; k < i; k++) {
      double *row = a + k * n;
      const double pk = p[k], vk = v[k];
      for (size_t q = 0; q < i; q++) row[q] -= vk * p[q] + pk * v[q];
    }
  }
  diagonal[0] = a[0];
  side[0] = 0.0;
}

/* The product of the reflections, transposed: rows of w. */
static void gather(size_t n, const double *a, const double *beta, double *w) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) w[i * n + j] = i == j ? 1.0 : 0.0;
  for (size_t i = 1; i < n; i++) {
    const double *v = a + i * n;
    for (size_t k = 0; k < i && beta[i] != 0.0; k++) {
      double *row = w + k * n;
      const double along = beta[i] * dot(row, v, i);
      for (size_t q = 0; q < i; q++) row[q] -= along * v[q];
    }
  }
}

static void turn_rows(size_t n, double *x, double *y, double c, double s) {
  for (size_t k = 0; k < n; k++) {
    const double u = x[k], v = y[k];
    x[k] = c * u - s * v;
    y[k] = s * u + c * v;
  }
}

/* One sweep of QL with an implicit shift over rows l … m. */
static void sweep(size_t n, size_t l, size_t m, double *d, double *e, double *w, double *shift) {
  const double g0 = d[l], e0 = e[l], e1 = e[l + 1];
  double p = (d[l + 1] - g0) / (2.0 * e0), r = sqrt(p * p + 1.0);
  if (p < 0.0) r = -r;
  d[l] = e0 / (p + r);
  d[l + 1] = e0 * (p + r);
  const double next = d[l + 1], h0 = g0 - d[l];
  for (size_t i = l + 2; i < n; i++) d[i] -= h0;
  *shift += h0;
  p = d[m];
  double c = 1.0, c2 = 1.0, c3 = 1.0, s = 0.0, s2 = 0.0;
  for (size_t i = m; i-- > l;) {
    c3 = c2, c2 = c, s2 = s;
    const double g = c * e[i], h = c * p;
    r = sqrt(p * p + e[i] * e[i]);
    e[i + 1] = s * r;
    s = e[i] / r, c = p / r;
    p = c * d[i] - s * g;
    d[i + 1] = h + s * (c * g + s * d[i]);
    turn_rows(n, w + i * n, w + (i + 1) * n, c, s);
  }
  p = -s * s2 * c3 * e1 * e[l] / next;
  e[l] = s * p;
  d[l] = c * p;
}

static bool iterate(size_t n, double *d, double *e, double *w) {
  const double eps = 2.220446049250313e-16;
  double shift = 0.0, size = 0.0;
  for (size_t l = 0; l < n; l++) {
    if (!isfinite(d[l]) || !isfinite(e[l])) return false;
    size = fmax(size, fabs(d[l]) + fabs(e[l]));
    size_t m = l;
    while (m + 1 < n && fabs(e[m]) > eps * size) m++;
    for (int step = 0; m > l; step++) {
      if (step == MOST_STEPS) return false;
      sweep(n, l, m, d, e, w, &shift);
      if (!(fabs(e[l]) > eps * size)) break;
    }
    d[l] += shift;
    e[l] = 0.0;
    if (!isfinite(d[l])) return false;
  }
  return true;
}

lg_status lg_eigen_large(lg_ctx *ctx, size_t n, double *a, double *values, double *vectors) {
  lg_status status = LG_OK;
  double *block = NULL;
  LG_NEW(ctx, block, n * n + 3 * n + 2);
  double *w = block, *e = w + n * n, *beta = e + n + 1, *p = beta + n;
  if (n == 0) goto done;
  reduce(n, a, values, e, beta, p);
  gather(n, a, beta, w);
  for (size_t i = 1; i < n; i++) e[i - 1] = e[i]; /* e[i] now joins i and i + 1 */
  e[n - 1] = e[n] = 0.0;
  if (!iterate(n, values, e, w))
    LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "the eigenvalues of %zu rows were not found", n));
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) vectors[j * n + i] = w[i * n + j];
done:
  lg_free(ctx, block);
  return status;
}
