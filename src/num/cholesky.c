#include "num/cholesky.h"

#include <math.h>

bool lg_cholesky(size_t n, double *a) {
  for (size_t j = 0; j < n; j++) {
    double d = a[j * n + j];
    const double size = fabs(d);
    for (size_t k = 0; k < j; k++) d -= a[j * n + k] * a[j * n + k];
    if (!(d > 1e-15 * size)) return false;
    const double pivot = sqrt(d);
    a[j * n + j] = pivot;
    for (size_t i = j + 1; i < n; i++) {
      double s = a[i * n + j];
      for (size_t k = 0; k < j; k++) s -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = s / pivot;
    }
  }
  return true;
}

void lg_cholesky_solve(size_t n, const double *l, double *x) {
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < i; k++) x[i] -= l[i * n + k] * x[k];
    x[i] /= l[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; k++) x[i] -= l[k * n + i] * x[k];
    x[i] /= l[i * n + i];
  }
}

void lg_cholesky_inverse(size_t n, const double *l, double *inverse) {
  for (size_t c = 0; c < n; c++) {
    /* column c of the inverse, kept in row c: the inverse is symmetric */
    double *x = inverse + c * n;
    for (size_t i = 0; i < n; i++) x[i] = i == c ? 1.0 : 0.0;
    lg_cholesky_solve(n, l, x);
  }
}
