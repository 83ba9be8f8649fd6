/** @file izhikevich_objective.h @brief The refinement's objective in transformed parameters z, and its
 * Levenberg–Marquardt. */
#ifndef LG_IZHIKEVICH_OBJECTIVE_H
#define LG_IZHIKEVICH_OBJECTIVE_H

#include "neuron/izhikevich_fit.h"

enum { LG_IZH_P = LG_IZH_N_PARAMS };

/** Value, gradient and Gauss–Newton matrix at one z. */
typedef struct lg_izh_point {
  double z[LG_IZH_P];
  double cost, chi2;                                       /* sums of squares in units of sigma: with Huber, without */
  double gradient[LG_IZH_P], hessian[LG_IZH_P * LG_IZH_P]; /* J^T W r and J^T W J */
  size_t n, clamped;
} lg_izh_point;

typedef struct lg_izh_objective {
  lg_izh_data *data;
  lg_izh_fit_fn kernel;
  double huber, eta;
  double pull;        /* 1/ms towards the observed course: 0 is the model itself; vpeak stands still while > 0 */
  double tolerance;   /* stop after two steps that gain less than this part of the cost */
  double end_ms;      /* horizon: samples before this time of every sweep */
  lg_izh_wall *walls; /* (2 n_spikes of all sweeps) out: see lg_izh_fit_task; NULL while minimising */
} lg_izh_objective;

/** @brief Weights 1 / (sigma^2 + (steepness dV)^2), dV the larger step to a neighbour; 0 where v is missing. */
void lg_izh_set_weights(lg_izh_data *data, double steepness);

/** @brief Whether z lies within the wide bounds of what can be simulated, its peak above its reset. */
bool lg_izh_is_neuron(const double z[LG_IZH_P]);

/** @brief Steady state under a constant current; false (and rest) when there is none or the current is 0. */
bool lg_izh_steady(const lg_izh_scaled *s, double i_pA, double *x, double *w);

/** @brief Evaluate at p->z. false when z is no neuron (out of wide bounds) or the result is not finite. */
bool lg_izh_evaluate(const lg_izh_objective *objective, lg_izh_point *p);

/**
 * @brief Levenberg–Marquardt from p (its z; evaluated here) to a minimum; p is the best point on return.
 * @return iterations used, -1 when the start cannot be evaluated
 */
int lg_izh_minimise(const lg_izh_objective *objective, lg_izh_point *p, int max_iterations);

/**
 * @brief Posterior of z at an optimum: the Gaussian of the likelihood, cut by the bounds that the resets set.
 *
 * Expectation propagation over the bounds (Cunningham, Hennig, Lacoste-Julien 2011, arXiv 1111.6832). The bounds are
 * what says most about vpeak when spikes are few.
 * @param walls      (2 n_spikes of data) scratch
 * @param[in,out] p  optimum in; z is moved to the posterior mean (evaluated again, without walls as residuals)
 * @param covariance (9, 9) out
 * @return false when the Gauss–Newton matrix is singular; p is then unchanged
 */
bool lg_izh_posterior(const lg_izh_objective *objective, lg_izh_wall *walls, lg_izh_point *p, double *covariance);

/** @brief Inverse of the Gauss–Newton matrix. @param covariance (9, 9) out */
bool lg_izh_covariance(const lg_izh_point *p, double *covariance);

/** @brief d phi / d z at params: (LG_IZH_LANES + 1, 9), the last row is vr. */
void lg_izh_phi_jacobian(const lg_izh_params *p, bool pulled, double m[LG_IZH_LANES + 1][LG_IZH_P]);

#endif
