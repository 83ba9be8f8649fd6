/**
 * @file learn_tm_internal.h
 * @brief The desk on which a Traub–Miles neuron is identified, and the descents on it.
 */
#ifndef LG_LEARN_TM_INTERNAL_H
#define LG_LEARN_TM_INTERNAL_H

#include "neuron/learn_tm.h"

enum { LG_TM_MAX_WINDOWS = 4096 };

#define LG_TM_FREE_HUBER 5.0 /* of the last descent: of white noise one residual in a million lies beyond */

struct lg_tm_desk {
  const lg_ctx *ctx; /* for the cancel flag */
  const lg_tm_fit_opts *opts;
  const lg_tm_sweep *sweeps;
  size_t n_sweeps, n_windows, total;
  lg_tm_window *windows;
  double *start, *trial_start, *kept_start, *residual, *sorted;
  double *best_start; /* (n_sweeps) start potentials of the fit that is kept */
  lg_tm_arrow *arrows, *trial_arrows, *kept_arrows;
  double theta[LG_TM_PARAMETERS], kept_theta[LG_TM_PARAMETERS];
  lg_tm_normal normal, kept_normal;
  lg_tm_pass pass;
  double decrement; /* what the quadratic picture still promises at the end of the last descent */
  unsigned iterations;
  size_t capacity;      /* samples */
  lg_importance *cloud; /* draws of the posterior; NULL: none are wanted */
};

/** @brief One pass at theta from the given start potentials; counts as an iteration. */
bool lg_tm_desk_shoot(lg_tm_desk *w, const double theta[LG_TM_PARAMETERS], const double *start, lg_tm_normal *normal,
                      lg_tm_arrow *arrows);

/** @brief Cost of the present point with the weak prior. */
double lg_tm_desk_cost(const lg_tm_desk *w);

/** @brief Normal equations of theta alone at the present point: start potentials eliminated, prior added. */
void lg_tm_desk_reduce(const lg_tm_desk *w, double a[LG_TM_PARAMETERS][LG_TM_PARAMETERS], double g[LG_TM_PARAMETERS]);

/** @brief Inverse of the reduced matrix, times scale; false when it is singular. */
bool lg_tm_desk_covariance(const lg_tm_desk *w, double scale, double covariance[LG_TM_PARAMETERS][LG_TM_PARAMETERS]);

/**
 * @brief Up to `iterations` accepted steps with fixed weights from a point that was shot already; ends early when no
 * more than `worthwhile` is promised or gained. w->residual holds the last pass, which may be a refused trial.
 */
void lg_tm_desk_descend(lg_tm_desk *w, int iterations, double worthwhile);

/**
 * @brief The last descent, in at most about `passes` passes, until no more than `worthwhile` is promised.
 *
 * The stiffest and the sloppiest direction differ by a factor of 1e9 in curvature and neither is a parameter's own, so
 * that damping relative to the diagonal stops all motion along the valley unless it is smaller than the inverse of that
 * factor: damping is let down to there, and the end is where the undamped step promises nothing. The valley is bent as
 * well: a step along it ends on its wall, from where a step that is damped more, which moves only across, leads back to
 * the ground; both together are judged.
 */
void lg_tm_desk_polish(lg_tm_desk *w, int passes, double worthwhile);

/** @brief One window per sweep, from the given start potentials; without nudging, at the noise alone. */
void lg_tm_desk_set_free(lg_tm_desk *w, const double *start);

enum {
  LG_TM_BENT = 3, /* axes that are followed */
  LG_TM_VALLEY_SWEEPS = 64,
  LG_TM_BENDING = LG_TM_PARAMETERS - LG_TM_BENT + LG_TM_VALLEY_SWEEPS
};

/**
 * Coordinates xi around an optimum in which the posterior is nearly a standard normal: principal axes of the Laplace
 * covariance, and along the three longest ones the others, with the start potentials, move with the ground of the
 * valley. The map is a shear: a density in xi is that in theta up to a constant.
 */
typedef struct lg_tm_valley {
  double theta[LG_TM_PARAMETERS];                      /* the optimum */
  double cost, scale;                                  /* there; 1 over chi2 per sample */
  double v[LG_TM_PARAMETERS][LG_TM_PARAMETERS];        /* columns: axes, the longest first */
  size_t n_bending;                                    /* other axes and start potentials */
  double bend[LG_TM_BENT][3][LG_TM_BENDING];           /* of them: s², s³, s⁴ */
  double twist[LG_TM_BENT][LG_TM_BENT][LG_TM_BENDING]; /* s_i s_j, j < i */
  double reach[LG_TM_BENT][2];                         /* how far the bend is known, each side */
  double variance[LG_TM_PARAMETERS];                   /* of xi, as far as the walk has shown */
  double start[LG_TM_VALLEY_SWEEPS];                   /* start potentials at the optimum … */
  lg_tm_arrow arrows[LG_TM_VALLEY_SWEEPS];             /* … and how they go with theta */
} lg_tm_valley;

/** @brief Survey the valley around a fit at which the desk stands (free windows, shot). Leaves the desk elsewhere. */
void lg_tm_desk_survey(lg_tm_desk *w, const lg_tm_fit *fit, lg_tm_valley *valley);

/** @brief theta and the start potentials (one per sweep) that go with it. */
void lg_tm_valley_place(const lg_tm_valley *valley, const double xi[LG_TM_PARAMETERS], double theta[LG_TM_PARAMETERS],
                        double *start);

/** @brief Take the present point (free windows, shot) as the fit: parameters, chi2, covariance, start potentials. */
void lg_tm_desk_keep(lg_tm_desk *w, lg_tm_fit *fit);

/**
 * @brief Weighted draws of the posterior around an accepted fit into w->cloud. A draw that fits better than the fit
 * starts another descent, whose end replaces the fit.
 * @param ctx whose threads help; NULL: none do, which changes no bit
 * @return false when no draw has a density: the cloud then says nothing
 */
bool lg_tm_desk_posterior(lg_tm_desk *w, lg_ctx *ctx, lg_tm_fit *fit);

#endif
