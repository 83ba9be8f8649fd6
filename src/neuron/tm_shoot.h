/**
 * @file tm_shoot.h
 * @brief One pass of multiple shooting over a recording: residuals, forward sensitivities, normal equations.
 *
 * The potential restarts at each window from a free value, the gates go on from where the window before left them (they
 * follow the observed potential closely, so they need no unknowns of their own). `nudge` adds K (V_obs - V) to dV/dt:
 * with a large K the trajectory clings to the data and the cost is nearly quadratic in the parameters, with K = 0 it is
 * the model itself; annealing K carries a poor start to the optimum (synchronisation, Abarbanel et al. 2009,
 * doi 10.1137/090749761).
 */
#ifndef LG_TM_SHOOT_H
#define LG_TM_SHOOT_H

#include "neuron/tm_sampled.h"

enum { LG_TM_COLUMNS = LG_TM_PARAMETERS + 2 /* + start potential of the window, shift of the M gate */ };

/** One sweep as the pass sees it. */
typedef struct lg_tm_sweep {
  size_t n;
  double dt_ms;
  const double *v_mV, *i_pA; /* (n) */
} lg_tm_sweep;

/** A window: samples [begin, end) of a sweep. fresh: the sweep begins here, gates start at steady state. */
typedef struct lg_tm_window {
  size_t sweep, begin, end;
  bool fresh;
} lg_tm_window;

/** How to run and weigh. */
typedef struct lg_tm_pass {
  double taumax_ms;
  double nudge_per_ms; /* K */
  double sigma_mV;     /* measurement noise */
  double slope_share;  /* kappa: weight 1/(sigma^2 + scale^2 + (kappa dV)^2), dV per sample */
  double scale_mV;     /* width of misfit not due to noise, 0 at the end */
  double huber;        /* residuals beyond huber times their width count linearly; 0 = none */
  double p_shift_mV;   /* the M gate (steady state and time constant) moved along the potential; drugs do that */
} lg_tm_pass;

/** Normal equations with the start potentials kept apart (arrow shape), and the cost. */
typedef struct lg_tm_normal {
  double a[LG_TM_PARAMETERS][LG_TM_PARAMETERS], g[LG_TM_PARAMETERS];
  double shift_a[LG_TM_PARAMETERS + 1], shift_g; /* the same of p_shift: with each parameter, with itself */
  double cost;                                   /* half the robust sum of squares */
  double chi2;                                   /* plain sum of (residual/sigma)^2 */
  size_t n;
} lg_tm_normal;

/** Per window: coupling to the parameters, its own curvature and gradient. */
typedef struct lg_tm_arrow {
  double b[LG_TM_PARAMETERS], c, g;
  double shift_b;
} lg_tm_arrow;

/**
 * @brief Run one pass.
 * @param start_mV (n_windows) start potentials
 * @param arrows   (n_windows) out
 * @param residual_mV NULL, or (total samples of the windows) out, in the order of the windows
 * @return false when the trajectory left the finite range
 */
bool lg_tm_shoot(const double theta[LG_TM_PARAMETERS], const lg_tm_pass *pass, const lg_tm_sweep *sweeps,
                 const lg_tm_window *windows, size_t n_windows, const double *start_mV, lg_tm_normal *normal,
                 lg_tm_arrow *arrows, double *residual_mV);

/** The builds behind it, of one type: the same bits from each. */
typedef bool lg_tm_shoot_fn(const double theta[LG_TM_PARAMETERS], const lg_tm_pass *pass, const lg_tm_sweep *sweeps,
                            const lg_tm_window *windows, size_t n_windows, const double *start_mV, lg_tm_normal *normal,
                            lg_tm_arrow *arrows, double *residual_mV);
lg_tm_shoot_fn lg_tm_shoot_plain, lg_tm_shoot_v3, lg_tm_shoot_v4;

#endif
