/**
 * @file posterior.h
 * @brief Samples of a twin's posterior in natural units: those it carries, or draws of its covariance.
 */
#ifndef LG_TWIN_POSTERIOR_H
#define LG_TWIN_POSTERIOR_H

#include "twin/family.h"

/**
 * @brief Draw samples; the same ones for the same seed.
 *
 * A twin that carries samples hands them out in an order of the seed's, all of them before any comes again. Without:
 * z = z(twin) + L e with the covariance L L^T of the twin, then back to natural units, so that a capacitance is never
 * negative.
 * @param[out] samples (n, twin->n_parameters) row-major
 * @return false when there are no samples and the covariance is not that of a distribution (not finite, not positive
 * definite): nothing is drawn
 */
bool lg_twin_sample(const lg_family *family, const lg_twin *twin, uint64_t seed, size_t n, double *samples);

#endif
