/* The posterior inside the bounds that the resets set: expectation propagation for a Gaussian cut by half-spaces. */
#include "base/elementary.h"
#include "neuron/izhikevich_objective.h"
#include "num/cholesky.h"

#include <string.h>

enum { P = LG_IZH_P, L = LG_IZH_LANES, PASSES = 8, MAX_WALLS = 256 };

#define FAR 5.0 /* bounds that are further away than so many standard deviations say nothing */

typedef struct half_space {
  double g[P], bound;               /* g . dz >= bound */
  double precision, precision_mean; /* of its site */
} half_space;

/* Mean and variance of a standard normal above alpha. */
static void cut_normal(double alpha, double *mean, double *variance) {
  double hazard;
  if (alpha > 6.0) { /* continued fraction of Mills' ratio */
    hazard = alpha + 1.0 / (alpha + 2.0 / (alpha + 3.0 / (alpha + 4.0 / alpha)));
  } else {
    /* Abramowitz and Stegun 7.1.26 is too coarse in the tail: the same continued fraction, or the whole by symmetry */
    const double density = 0.3989422804014327 * lg_exp(-0.5 * alpha * alpha);
    double above;
    if (alpha > 2.5) {
      double f = alpha;
      for (int k = 40; k > 0; k--) f = alpha + k / f;
      above = density / f;
    } else { /* series of the distribution function */
      double term = alpha, sum = alpha;
      for (int k = 1; k < 200 && fabs(term) > 1e-17 * fabs(sum); k++) {
        term *= alpha * alpha / (2.0 * k + 1.0);
        sum += term;
      }
      above = alpha < -8.0 ? 1.0 : 0.5 - density * sum;
    }
    hazard = density / above;
  }
  *mean = hazard;
  *variance = 1.0 + alpha * hazard - hazard * hazard;
  if (*variance < 1e-6) *variance = 1e-6;
}

/* covariance -= factor * v v^T, mean += shift * v, where v = covariance g. */
static void update(double *covariance, double *mean, const double *v, double factor, double shift) {
  for (int i = 0; i < P; i++) {
    mean[i] += shift * v[i];
    for (int j = 0; j < P; j++) covariance[i * P + j] -= factor * v[i] * v[j];
  }
}

/* One site: leave it out, cut, put the moments back. Returns how much the site moved, relative. */
static double refresh(half_space *h, double *covariance, double *mean) {
  double v[P], variance = 0.0, m = 0.0;
  for (int i = 0; i < P; i++) {
    v[i] = 0.0;
    for (int j = 0; j < P; j++) v[i] += covariance[i * P + j] * h->g[j];
  }
  for (int i = 0; i < P; i++) {
    variance += h->g[i] * v[i];
    m += h->g[i] * mean[i];
  }
  const double cavity_precision = 1.0 / variance - h->precision;
  if (!(cavity_precision > 1e-12 / variance)) return 0.0;
  const double cavity_variance = 1.0 / cavity_precision;
  const double cavity_mean = (m / variance - h->precision_mean) * cavity_variance, sd = sqrt(cavity_variance);
  const double alpha = (h->bound - cavity_mean) / sd;
  if (alpha < -FAR && h->precision == 0.0) return 0.0;
  double cut_mean, cut_variance;
  cut_normal(alpha, &cut_mean, &cut_variance);
  const double new_variance = cut_variance * cavity_variance, new_mean = cavity_mean + sd * cut_mean;
  const double precision = 1.0 / new_variance - cavity_precision;
  const double precision_mean = new_mean / new_variance - cavity_mean * cavity_precision;
  const double moved = fabs(new_mean - m) / sqrt(variance) + fabs(new_variance / variance - 1.0);
  h->precision = precision;
  h->precision_mean = precision_mean;
  /* along v the marginal of g . z becomes (new_mean, new_variance) */
  update(covariance, mean, v, (1.0 - new_variance / variance) / variance, (new_mean - m) / variance);
  return moved;
}

static size_t to_half_spaces(const lg_izh_wall *walls, size_t n_walls, double m[L + 1][P], const double *covariance,
                             half_space *out) {
  size_t n = 0;
  for (size_t k = 0; k < n_walls; k++) {
    half_space h = {.bound = -walls[k].distance};
    if (!(walls[k].distance < 1e6)) continue;
    double variance = 0.0;
    for (int c = 0; c < P; c++)
      for (int i = 0; i < L; i++) h.g[c] += walls[k].row[i] * m[i][c];
    for (int i = 0; i < P; i++)
      for (int j = 0; j < P; j++) variance += h.g[i] * covariance[i * P + j] * h.g[j];
    if (!(variance > 0.0) || walls[k].distance > 2.0 * FAR * sqrt(variance)) continue;
    if (n < MAX_WALLS) out[n++] = h;
  }
  return n;
}

/* A direction without information becomes wide, not a failure. */
bool lg_izh_covariance(const lg_izh_point *p, double *covariance) {
  double l[P * P], scale[P];
  for (int k = 0; k < P; k++) scale[k] = 1.0 / sqrt(p->hessian[k * P + k] + 1e-9);
  for (double ridge = 1e-13; ridge < 1.0; ridge *= 10.0) {
    for (int i = 0; i < P; i++)
      for (int j = 0; j < P; j++) l[i * P + j] = p->hessian[i * P + j] * scale[i] * scale[j] + (i == j ? ridge : 0.0);
    if (!lg_cholesky(P, l)) continue;
    lg_cholesky_inverse(P, l, covariance);
    for (int i = 0; i < P; i++)
      for (int j = 0; j < P; j++) covariance[i * P + j] *= scale[i] * scale[j];
    return true;
  }
  return false;
}

bool lg_izh_posterior(const lg_izh_objective *objective, lg_izh_wall *walls, lg_izh_point *p, double *covariance) {
  lg_izh_objective collecting = *objective;
  lg_izh_point at = *p;
  double mean[P];
  half_space half_spaces[MAX_WALLS];
  collecting.walls = walls;
  if (!lg_izh_evaluate(&collecting, &at) || !lg_izh_covariance(&at, covariance)) return false;
  for (int i = 0; i < P; i++) {
    mean[i] = 0.0;
    for (int j = 0; j < P; j++) mean[i] += covariance[i * P + j] * at.gradient[j];
  }
  double m[L + 1][P];
  const lg_izh_params params = lg_izh_from_z(at.z);
  lg_izh_phi_jacobian(&params, false, m);
  const size_t n = to_half_spaces(walls, 2 * objective->data->n_spikes, m, covariance, half_spaces);
  for (int pass = 0; pass < PASSES; pass++) {
    double moved = 0.0;
    for (size_t k = 0; k < n; k++) moved += refresh(&half_spaces[k], covariance, mean);
    if (moved < 1e-3) break;
  }
  lg_izh_point centre = at;
  for (int k = 0; k < P; k++) centre.z[k] += mean[k];
  /* the linear picture holds when the centre explains the data about as well; else stay at the optimum */
  if (lg_izh_evaluate(&collecting, &centre) && centre.chi2 < at.chi2 + 30.0) *p = centre;
  return true;
}
