#include "neuron/posterior_samples.h"

#include <math.h>
#include <string.h>

enum { P = LG_POSTERIOR_P };

/* Spread and central interval of one natural parameter over the weighted draws. */
static void summarise(lg_importance *c, lg_posterior_natural *to_natural, int p, lg_posterior *out) {
  static const double shares[2] = {0.025, 0.975};
  double natural[P], mean = 0.0, square = 0.0;
  for (size_t k = 0; k < c->n; k++) {
    to_natural(c->z + k * P, natural);
    c->column[k] = natural[p];
    mean += c->weight[k] * natural[p];
  }
  for (size_t k = 0; k < c->n; k++) square += c->weight[k] * (c->column[k] - mean) * (c->column[k] - mean);
  out->sd[p] = sqrt(square);
  lg_importance_quantiles(c, c->column, 1, shares, 2, out->ci95[p]);
}

void lg_posterior_collect(lg_importance *c, lg_posterior_natural *to_natural, uint64_t seed, lg_posterior *out) {
  double mean[P];
  size_t index[LG_POSTERIOR_SAMPLES];
  memset(out, 0, sizeof *out);
  out->draws = c->n;
  out->effective = c->effective;
  if (!(c->effective > 0.0)) return;
  out->n = LG_POSTERIOR_SAMPLES;
  for (int p = 0; p < P; p++) summarise(c, to_natural, p, out);
  lg_importance_moments(c, mean, &out->covariance_z[0][0]);
  lg_importance_resample(c, seed, LG_POSTERIOR_SAMPLES, index);
  for (size_t k = 0; k < LG_POSTERIOR_SAMPLES; k++) to_natural(c->z + index[k] * P, out->samples[k]);
}
