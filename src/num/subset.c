#include "num/subset.h"

#include "base/elementary.h"
#include "num/cholesky.h"

#include <string.h>

unsigned lg_subset_size(unsigned subset) {
  unsigned k = 0;
  for (; subset; subset &= subset - 1) k++;
  return k;
}

/* Diagonal scaling first: unknowns of very different curvature are the rule here. */
static bool factorise(size_t n, double *a, double *scale) {
  for (size_t i = 0; i < n; i++) {
    if (!(a[i * n + i] > 0.0)) return false;
    scale[i] = 1.0 / sqrt(a[i * n + i]);
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) a[i * n + j] *= scale[i] * scale[j];
  return lg_cholesky(n, a);
}

bool lg_subset_minimum(const lg_quadratic *q, unsigned subset, double *d, double *cost, double *covariance) {
  const size_t n = q->n, first = n - q->m;
  size_t at[LG_SUBSET_UNKNOWNS], k = 0;
  double a[LG_SUBSET_UNKNOWNS * LG_SUBSET_UNKNOWNS], r[LG_SUBSET_UNKNOWNS], scale[LG_SUBSET_UNKNOWNS];
  for (size_t i = 0; i < n; i++) {
    d[i] = 0.0;
    if (i < first || subset >> (i - first) & 1u) at[k++] = i;
    else d[i] = -q->x[i - first];
  }
  for (size_t i = 0; i < k; i++) {
    r[i] = -q->g[at[i]];
    for (size_t j = 0; j < n; j++) r[i] -= q->h[at[i] * n + j] * d[j];
    for (size_t j = 0; j < k; j++) a[i * k + j] = q->h[at[i] * n + at[j]];
  }
  if (!factorise(k, a, scale)) return false;
  for (size_t i = 0; i < k; i++) r[i] *= scale[i];
  lg_cholesky_solve(k, a, r);
  for (size_t i = 0; i < k; i++) d[at[i]] = r[i] * scale[i];
  *cost = 0.0;
  for (size_t i = 0; i < n; i++) {
    double hd = 0.0;
    for (size_t j = 0; j < n; j++) hd += q->h[i * n + j] * d[j];
    *cost += d[i] * (q->g[i] + 0.5 * hd);
  }
  if (!covariance) return true;
  double inverse[LG_SUBSET_UNKNOWNS * LG_SUBSET_UNKNOWNS];
  lg_cholesky_inverse(k, a, inverse);
  memset(covariance, 0, n * n * sizeof *covariance);
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < k; j++) covariance[at[i] * n + at[j]] = inverse[i * k + j] * scale[i] * scale[j];
  return true;
}

void lg_subset_weights(size_t m, const double *cost, double samples, double rarity, double *weight, double *marginal) {
  const unsigned n = 1u << m;
  const double price = 0.5 * lg_ln(samples > 2.0 ? samples : 2.0), rare = -lg_ln(rarity);
  double least = (double)INFINITY, sum = 0.0;
  for (unsigned s = 0; s < n; s++) {
    const unsigned k = lg_subset_size(s);
    weight[s] = cost[s] + price * (double)k + (k > 1 ? rare * (double)(k - 1) : 0.0);
    if (weight[s] < least) least = weight[s];
  }
  for (unsigned s = 0; s < n; s++) {
    weight[s] = weight[s] == weight[s] && weight[s] < (double)INFINITY ? lg_exp(least - weight[s]) : 0.0;
    sum += weight[s];
  }
  for (size_t j = 0; j < m; j++) marginal[j] = 0.0;
  for (unsigned s = 0; s < n; s++) {
    weight[s] /= sum > 0.0 ? sum : 1.0;
    for (size_t j = 0; j < m; j++)
      if (s >> j & 1u) marginal[j] += weight[s];
  }
}
