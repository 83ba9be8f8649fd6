#include "twin/posterior.h"

#include "base/base.h"
#include "num/cholesky.h"

#include <math.h>
#include <string.h>

enum { MAX = LG_TWIN_MAX_PARAMETERS, STREAM = 0x706f7374 /* "post" */ };

/* Cholesky factor of the correlations: parameters differ in scale by powers of ten, their correlations do not. A
 * parameter that was held fixed has no spread and stays where it is. */
static bool factorise(const lg_twin *twin, double *sd, double *l) {
  const size_t n = twin->n_parameters;
  for (size_t p = 0; p < n; p++) {
    sd[p] = sqrt(twin->covariance[p * n + p]);
    if (!(sd[p] >= 0.0 && isfinite(sd[p]))) return false;
  }
  for (size_t p = 0; p < n; p++)
    for (size_t q = 0; q < n; q++) {
      const bool fixed = sd[p] == 0.0 || sd[q] == 0.0; /* a parameter that the fit held */
      l[p * n + q] = fixed ? (p == q ? 1.0 : 0.0) : twin->covariance[p * n + q] / (sd[p] * sd[q]);
    }
  return lg_cholesky(n, l);
}

/* The samples that the twin carries, shuffled: any number of them stands for the whole. */
static void hand_out(const lg_twin *twin, uint64_t seed, size_t n, double *samples) {
  const size_t np = twin->n_parameters;
  size_t order[LG_TWIN_SAMPLES];
  lg_rng rng = lg_rng_make(seed, STREAM + 1, 0);
  for (size_t k = 0; k < twin->n_samples; k++) {
    const size_t other = (size_t)lg_rng_below(&rng, k + 1);
    order[k] = k;
    order[k] = order[other];
    order[other] = k;
  }
  for (size_t k = 0; k < n; k++)
    memcpy(samples + k * np, twin->samples + order[k % twin->n_samples] * np, np * sizeof *samples);
}

bool lg_twin_sample(const lg_family *family, const lg_twin *twin, uint64_t seed, size_t n, double *samples) {
  const size_t np = twin->n_parameters;
  double natural[MAX], z[MAX], sd[MAX], l[MAX * MAX], e[MAX];
  if (twin->n_samples > 0) {
    hand_out(twin, seed, n, samples);
    return true;
  }
  for (size_t p = 0; p < np; p++) natural[p] = twin->parameters[p].value;
  family->to_z(natural, z);
  if (!factorise(twin, sd, l)) return false;
  for (size_t k = 0; k < n; k++) {
    double drawn[MAX];
    lg_rng rng = lg_rng_make(seed, STREAM, k);
    for (size_t p = 0; p < np; p++) e[p] = lg_rng_normal(&rng);
    for (size_t p = 0; p < np; p++) {
      double sum = 0.0;
      for (size_t q = 0; q <= p; q++) sum += l[p * np + q] * e[q];
      drawn[p] = z[p] + sd[p] * sum;
    }
    family->from_z(drawn, samples + k * np);
  }
  return true;
}
