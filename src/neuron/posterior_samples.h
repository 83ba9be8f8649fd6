/** @file posterior_samples.h @brief What a fit hands on of an importance-weighted posterior: samples and intervals. */
#ifndef LG_POSTERIOR_SAMPLES_H
#define LG_POSTERIOR_SAMPLES_H

#include "num/importance.h"

enum { LG_POSTERIOR_SAMPLES = 200, LG_POSTERIOR_P = 9, LG_POSTERIOR_ROUNDS = 4 };

#define LG_POSTERIOR_ENOUGH 100.0 /* effective sample size at which no more draws are made */
#define LG_POSTERIOR_FEW 30.0     /* below it intervals are a rough guess, which a twin says */

typedef struct lg_posterior {
  size_t n;                                             /* samples; 0: there are none */
  size_t draws;                                         /* that were made and weighed */
  double effective;                                     /* sample size of the weighted draws */
  double sd[LG_POSTERIOR_P], ci95[LG_POSTERIOR_P][2];   /* natural units, of the weighted draws */
  double covariance_z[LG_POSTERIOR_P][LG_POSTERIOR_P];  /* of the transformed parameters, likewise */
  double samples[LG_POSTERIOR_SAMPLES][LG_POSTERIOR_P]; /* natural units, equally likely, in no order */
} lg_posterior;

/** One set of transformed parameters to natural units. */
typedef void lg_posterior_natural(const double *z, double *natural);

/** @brief Sum up weighted draws of 9 transformed parameters; n is 0 when every weight is 0. */
void lg_posterior_collect(lg_importance *cloud, lg_posterior_natural *to_natural, uint64_t seed, lg_posterior *out);

#endif
