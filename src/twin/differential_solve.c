#include "twin/differential_solve.h"

#include "num/cholesky.h"

#include <math.h>
#include <string.h>

/* A change less often comes with a second one. */
#define RARITY 0.2

static bool information(size_t n, const double *covariance, double *p) {
  double l[LG_DELTA_MAX_P * LG_DELTA_MAX_P], scale[LG_DELTA_MAX_P];
  for (size_t i = 0; i < n; i++) {
    if (!(covariance[i * n + i] > 0.0)) return false;
    scale[i] = 1.0 / sqrt(covariance[i * n + i]);
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) l[i * n + j] = covariance[i * n + j] * scale[i] * scale[j];
  if (!lg_cholesky(n, l)) return false;
  lg_cholesky_inverse(n, l, p);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) p[i * n + j] *= scale[i] * scale[j];
  return true;
}

/* Unknowns: the point before, then the changes; the quadratic is taken at (z_before, 0). */
static void build(size_t n, const double *before, const double *after, const double *difference,
                  const lg_delta_candidate *candidates, size_t m, lg_quadratic *q) {
  double moved[LG_SUBSET_UNKNOWNS][LG_DELTA_MAX_P]; /* direction of each unknown in the space of the point after */
  memset(q, 0, sizeof *q);
  q->n = n + m;
  q->m = m;
  for (size_t u = 0; u < q->n; u++)
    for (size_t i = 0; i < n; i++) moved[u][i] = u < n ? (u == i ? 1.0 : 0.0) : candidates[u - n].direction[i];
  for (size_t u = 0; u < q->n; u++) {
    double pu[LG_DELTA_MAX_P];
    for (size_t i = 0; i < n; i++) {
      pu[i] = 0.0;
      for (size_t j = 0; j < n; j++) pu[i] += after[i * n + j] * moved[u][j];
      q->g[u] -= pu[i] * difference[i];
    }
    for (size_t v = 0; v < q->n; v++) {
      double h = u < n && v < n ? before[u * n + v] : 0.0;
      for (size_t i = 0; i < n; i++) h += pu[i] * moved[v][i];
      q->h[u * q->n + v] = h;
    }
  }
}

bool lg_delta_solve(size_t n, const double *z_before, const double *covariance_before, const double *z_after,
                    const double *covariance_after, const lg_delta_candidate *candidates, size_t m, double samples,
                    lg_delta_answer *answer) {
  double before[LG_DELTA_MAX_P * LG_DELTA_MAX_P], after[LG_DELTA_MAX_P * LG_DELTA_MAX_P], difference[LG_DELTA_MAX_P];
  double cost[1 << LG_DELTA_MAX_C], weight[1 << LG_DELTA_MAX_C], d[LG_SUBSET_UNKNOWNS];
  double covariance[LG_SUBSET_UNKNOWNS * LG_SUBSET_UNKNOWNS];
  lg_quadratic q;
  memset(answer, 0, sizeof *answer);
  if (n > LG_DELTA_MAX_P || m > LG_DELTA_MAX_C || !information(n, covariance_before, before) ||
      !information(n, covariance_after, after))
    return false;
  for (size_t i = 0; i < n; i++) difference[i] = z_after[i] - z_before[i];
  build(n, before, after, difference, candidates, m, &q);
  for (unsigned s = 0; s < 1u << m; s++)
    if (!lg_subset_minimum(&q, s, d, &cost[s], NULL)) cost[s] = (double)INFINITY;
  lg_subset_weights(m, cost, samples, RARITY, weight, answer->probability);
  for (unsigned s = 1; s < 1u << m; s++)
    if (weight[s] > weight[answer->subset]) answer->subset = s;
  answer->weight = weight[answer->subset];
  answer->none = weight[0];
  if (!lg_subset_minimum(&q, answer->subset, d, &cost[0], covariance)) return false;
  for (size_t j = 0; j < m; j++) {
    answer->delta[j] = d[n + j];
    answer->sd[j] = sqrt(covariance[(n + j) * q.n + n + j]);
  }
  return true;
}

size_t lg_delta_izhikevich(lg_delta_candidate c[LG_DELTA_MAX_C]) {
  /* z: ln C, ln k, vr, vt - vr, ln a, b, c, d, vpeak */
  static const lg_delta_candidate table[] = {
      {"k", "", true, {0, 1}},
      {"vr", "mV", false, {0, 0, 1, -1}},
      {"vt", "mV", false, {0, 0, 0, 1}},
      {"a", "", true, {0, 0, 0, 0, 1}},
      {"b", "nS", false, {0, 0, 0, 0, 0, 1}},
      {"c", "mV", false, {0, 0, 0, 0, 0, 0, 1}},
      {"d", "pA", false, {0, 0, 0, 0, 0, 0, 0, 1}},
      {"vpeak", "mV", false, {0, 0, 0, 0, 0, 0, 0, 0, 1}},
  };
  const size_t n = sizeof table / sizeof table[0];
  memcpy(c, table, sizeof table);
  return n;
}
