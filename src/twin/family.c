#include "twin/family.h"

#include "neuron/posterior_samples.h"

#include <math.h>
#include <string.h>

static const lg_family *const table[] = {&lg_family_izhikevich, &lg_family_tm, &lg_family_izhikevich_search,
                                         &lg_family_klowkhigh_search, &lg_family_tm_search};

const lg_family *const *lg_families(size_t *n) {
  *n = sizeof table / sizeof table[0];
  return table;
}

void lg_family_take_posterior(const lg_posterior *posterior, lg_twin *twin) {
  enum { P = LG_POSTERIOR_P };
  if (posterior->n == 0 && twin->accepted)
    lg_twin_reason(twin, LG_DOMAIN_GREEN, "no draw of the posterior could be weighed: intervals are the covariance's");
  if (posterior->n == 0) return;
  for (size_t p = 0; p < P; p++) {
    lg_twin_parameter *to = &twin->parameters[p];
    to->sd = posterior->sd[p];
    to->lo95 = fmin(posterior->ci95[p][0], to->value);
    to->hi95 = fmax(posterior->ci95[p][1], to->value);
    for (size_t q = 0; q < P; q++) twin->covariance[p * P + q] = posterior->covariance_z[p][q];
    for (size_t k = 0; k < posterior->n; k++) twin->samples[k * P + p] = posterior->samples[k][p];
  }
  twin->n_samples = posterior->n;
  twin->draws = posterior->draws;
  twin->effective_samples = posterior->effective;
  if (posterior->effective < LG_POSTERIOR_FEW)
    lg_twin_reason(twin, LG_DOMAIN_AMBER,
                   "the posterior is rough: %zu draws are worth %.0f independent ones, its intervals are a guess",
                   posterior->draws, posterior->effective);
}
