#include "num/cmaes.h"

#include <math.h>

/* Rotate rows and columns p and q so that a[p][q] becomes 0. */
static void rotate(size_t n, double *a, double *v, size_t p, size_t q) {
  const double apq = a[p * n + q];
  const double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
  const double t = (theta >= 0.0 ? 1.0 : -1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
  const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
  for (size_t k = 0; k < n; k++) {
    const double x = a[k * n + p], y = a[k * n + q];
    a[k * n + p] = c * x - s * y;
    a[k * n + q] = s * x + c * y;
  }
  for (size_t k = 0; k < n; k++) {
    const double x = a[p * n + k], y = a[q * n + k];
    a[p * n + k] = c * x - s * y;
    a[q * n + k] = s * x + c * y;
  }
  for (size_t k = 0; k < n; k++) {
    const double x = v[k * n + p], y = v[k * n + q];
    v[k * n + p] = c * x - s * y;
    v[k * n + q] = s * x + c * y;
  }
}

void lg_eigen_symmetric(size_t n, double *a, double *values, double *vectors) {
  enum { MAX_SWEEPS = 40 };
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) vectors[i * n + j] = i == j ? 1.0 : 0.0;
  for (int sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    double off = 0.0, on = 0.0;
    for (size_t i = 0; i < n; i++) {
      on += a[i * n + i] * a[i * n + i];
      for (size_t j = i + 1; j < n; j++) off += a[i * n + j] * a[i * n + j];
    }
    if (!(off > 1e-28 * on)) break;
    for (size_t p = 0; p < n; p++)
      for (size_t q = p + 1; q < n; q++)
        if (a[p * n + q] != 0.0) rotate(n, a, vectors, p, q);
  }
  for (size_t i = 0; i < n; i++) values[i] = a[i * n + i];
}
