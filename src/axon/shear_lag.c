#include "axon/shear_lag.h"

#include <complex.h>
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

axon_shear_lag lg_axon_shear_lag_default(void) {
  const axon_params p = lg_axon_params_male();
  return (axon_shear_lag){.length_nm = 1e4,
                          .mt_stiffness = p.mt_stiffness,
                          .tau_stiffness = p.tau_stiffness,
                          .tau_viscosity = p.tau_viscosity,
                          .tau_spacing = p.tau_spacing,
                          .neighbours = 2.0};
}

/* Strain per rate in Laplace space. */
static double complex transform(const axon_shear_lag *q, double complex p) {
  const double complex bond = q->tau_stiffness + p * q->tau_viscosity;
  const double complex z = 0.25 * q->length_nm * csqrt(2.0 * q->neighbours * bond / (q->tau_spacing * q->mt_stiffness));
  return 1.0 / (p * p * (0.5 + 1.0 / (ctanh(z) * 2.0 * z)));
}

double lg_axon_shear_lag_exact(const axon_shear_lag *problem, double rate_per_s, double t_s) {
  enum { TERMS = 32 };
  const double r = 2.0 * TERMS / (5.0 * t_s);
  double complex sum = 0.5 * exp(r * t_s) * transform(problem, r);
  for (int k = 1; k < TERMS; k++) {
    const double theta = k * pi / TERMS, cot = 1.0 / tan(theta);
    const double complex p = r * theta * (cot + I), sigma = theta + (theta * cot - 1.0) * cot;
    sum += cexp(t_s * p) * transform(problem, p) * (1.0 + I * sigma);
  }
  return rate_per_s * r / TERMS * creal(sum);
}

double lg_axon_shear_lag_critical(const axon_shear_lag *problem, double strain, double fail) {
  double low = 1e-3, high = 1e5; /* 1/s; by their logarithms */
  for (int k = 0; k < 60; k++) {
    const double middle = sqrt(low * high);
    if (lg_axon_shear_lag_exact(problem, middle, strain / middle) < fail) low = middle;
    else high = middle;
  }
  return sqrt(low * high);
}

lg_status lg_axon_shear_lag_axon(lg_ctx *ctx, const axon_shear_lag *problem, double gap_nm, lg_axon **out) {
  axon_params p = lg_axon_params_male();
  const double elements = floor(problem->length_nm / gap_nm + 0.5);
  *out = NULL;
  if (!(elements >= 4.0 && elements <= 4096.0))
    return lg_fail(ctx, LG_ERR_RANGE, "gaps of %g nm between microtubules of %g nm", gap_nm, problem->length_nm);
  p.rows = 2;
  p.elements = (size_t)elements;
  p.element_nm = 0.5 * problem->length_nm / elements;
  p.mt_stiffness = problem->mt_stiffness;
  p.mt_failure_strain = 1e6;
  p.tau_stiffness = problem->neighbours * problem->tau_stiffness; /* one pair stands for all neighbours */
  p.tau_viscosity = problem->neighbours * problem->tau_viscosity;
  p.tau_spacing = problem->tau_spacing;
  p.loss_rate = 0.0;
  p.arm_stiffness = p.arm_viscosity = p.cortex_area = p.nf_stiffness = 0.0;
  p.foundation = 1e-9; /* holds the matrix, which has nothing else */
  p.drag = 1e-15;
  const lg_status status = lg_axon_create(ctx, &p, out);
  if (status != LG_OK) return status;
  memset((*out)->intact, 1, p.elements * p.rows);
  (*out)->intact[0] = 0;                             /* the first row is cut at the first plane, */
  (*out)->intact[(p.elements - 1) * p.rows + 1] = 0; /* the second at the other */
  return LG_OK;
}
