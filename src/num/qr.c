#include "num/qr.h"

#include <math.h>
#include <string.h>

static double column_norm(const lg_qr *q, size_t column, size_t from) {
  double most = 0.0, sum = 0.0;
  for (size_t i = from; i < q->m; i++) most = fmax(most, fabs(q->a[i * q->n + column]));
  if (!(most > 0.0) || !isfinite(most)) return most;
  for (size_t i = from; i < q->m; i++) {
    const double x = q->a[i * q->n + column] / most;
    sum += x * x;
  }
  return most * sqrt(sum);
}

static void swap_columns(lg_qr *q, size_t a, size_t b) {
  if (a == b) return;
  for (size_t i = 0; i < q->m; i++) {
    const double x = q->a[i * q->n + a];
    q->a[i * q->n + a] = q->a[i * q->n + b];
    q->a[i * q->n + b] = x;
  }
  const size_t at = q->at[a];
  q->at[a] = q->at[b], q->at[b] = at;
}

/* Reflector of column k, applied to the columns after it. */
static void reflect(lg_qr *q, size_t k) {
  const size_t m = q->m, n = q->n;
  double *a = q->a, *sums = q->work + n;
  const double norm = column_norm(q, k, k), head = a[k * n + k], beta = head > 0.0 ? -norm : norm;
  q->tau[k] = 0.0;
  if (!(norm > 0.0)) return;
  q->tau[k] = (beta - head) / beta;
  for (size_t i = k + 1; i < m; i++) a[i * n + k] /= head - beta;
  a[k * n + k] = beta;
  for (size_t j = k + 1; j < n; j++) sums[j] = a[k * n + j];
  for (size_t i = k + 1; i < m; i++)
    for (size_t j = k + 1; j < n; j++) sums[j] += a[i * n + k] * a[i * n + j];
  for (size_t j = k + 1; j < n; j++) a[k * n + j] -= q->tau[k] * sums[j];
  for (size_t i = k + 1; i < m; i++) {
    const double scaled = q->tau[k] * a[i * n + k];
    for (size_t j = k + 1; j < n; j++) a[i * n + j] -= scaled * sums[j];
  }
}

void lg_qr_factor(lg_qr *q, bool pivot, double small) {
  const size_t steps = q->m < q->n ? q->m : q->n;
  for (size_t j = 0; j < q->n; j++) q->at[j] = j;
  double first = 0.0;
  q->rank = steps;
  for (size_t k = 0; k < steps; k++) {
    size_t best = k;
    if (pivot) { /* norms afresh: no cancellation, and the matrices are small */
      double most = -1.0;
      for (size_t j = k; j < q->n; j++) {
        q->work[j] = column_norm(q, j, k);
        if (q->work[j] > most) most = q->work[j], best = j;
      }
      swap_columns(q, k, best);
    }
    reflect(q, k);
    const double size = fabs(q->a[k * q->n + k]);
    if (k == 0 || (!pivot && size > first)) first = size;
    if (!(size > small * first) && q->rank == steps) q->rank = k;
  }
}

void lg_qr_apply(const lg_qr *q, double *b) {
  const size_t steps = q->m < q->n ? q->m : q->n;
  for (size_t k = 0; k < steps; k++) {
    double sum = b[k];
    for (size_t i = k + 1; i < q->m; i++) sum += q->a[i * q->n + k] * b[i];
    sum *= q->tau[k];
    b[k] -= sum;
    for (size_t i = k + 1; i < q->m; i++) b[i] -= sum * q->a[i * q->n + k];
  }
}

void lg_qr_solve(const lg_qr *q, double *b, double *x) {
  lg_qr_apply(q, b);
  memset(x, 0, q->n * sizeof *x);
  for (size_t k = q->rank; k-- > 0;) {
    double sum = b[k];
    for (size_t j = k + 1; j < q->rank; j++) sum -= q->a[k * q->n + j] * x[q->at[j]];
    x[q->at[k]] = sum / q->a[k * q->n + k];
  }
}
