/**
 * @file mixture.h
 * @brief Full-covariance Gaussian mixtures over P numbers as the output of a network (Bishop 1994; Williams 1996).
 *
 * The raw output of one sample, width K (1 + P + P(P+1)/2):
 *   logits (K); means (K, P); then per component the lower triangle of L row by row (P(P+1)/2), where the precision
 *   is L Lᵀ and the diagonal of L is exp of the raw number (clamped to ±12).
 */
#ifndef LG_LEARN_MIXTURE_H
#define LG_LEARN_MIXTURE_H

#include "base/base.h"

enum { LG_MIXTURE_MAX_P = 32, LG_MIXTURE_MAX_K = 32 };

/** @brief Width of the raw output; 0 when k or p is 0 or above the maximum. */
size_t lg_mixture_width(size_t k, size_t p);

/** A mixture read from one raw output. All in double. */
typedef struct lg_mixture {
  size_t k, p;
  double log_weight[LG_MIXTURE_MAX_K]; /**< (k) normalised */
  const double *mean;                  /**< (k, p) */
  const double *chol;                  /**< (k, p(p+1)/2): L with its diagonal exponentiated */
  double log_det[LG_MIXTURE_MAX_K];    /**< (k) Σ log L_ii */
} lg_mixture;

/**
 * @brief Read a raw output (float) into a mixture.
 * @param scale  temperature: standard deviations are multiplied by it (1 = as trained)
 * @param buffer lg_mixture_width(k, p) doubles that the mixture points into
 */
LG_MUST_CHECK lg_status lg_mixture_read(lg_ctx *ctx, size_t k, size_t p, const float *raw, double scale, double *buffer,
                                        lg_mixture *out);

/** @brief log density at y (p). */
double lg_mixture_log_density(const lg_mixture *m, const double *y);
/** @brief Draw one sample into y (p). */
void lg_mixture_sample(const lg_mixture *m, lg_rng *rng, double *y);
/** @brief Mean (p) and, when covariance is not NULL, covariance (p, p) of the whole mixture. */
void lg_mixture_moments(const lg_mixture *m, double *mean, double *covariance);
/** @brief P(y_i ≤ value) of the marginal of coordinate i. */
double lg_mixture_cdf(const lg_mixture *m, size_t i, double value);

/**
 * @brief nll of one sample and its derivative by the raw numbers.
 * @param[out] gradient lg_mixture_width doubles, NULL when not wanted
 */
double lg_mixture_nll(size_t k, size_t p, const double *raw, const double *y, double *gradient);

#endif
