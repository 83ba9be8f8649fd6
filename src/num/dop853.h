/**
 * @file dop853.h
 * @brief One step of the Runge–Kutta pair of order 8(5,3) of Dormand & Prince, with Hairer's error estimate.
 * @see Hairer, Nørsett & Wanner 1993, Solving Ordinary Differential Equations I, II.10, doi 10.1007/978-3-540-78862-1
 */
#ifndef LG_DOP853_H
#define LG_DOP853_H

#include <stddef.h>

enum { LG_DOP853_STAGES = 12, LG_DOP853_MAX_STATES = 240 };

/** Right-hand side: dy (n) at (t, y). */
typedef void (*lg_ode_fn)(void *user, double t, const double *y, double *dy);

/** What a step needs besides the state. */
typedef struct lg_dop853 {
  lg_ode_fn f;
  void *user;
  size_t n; /**< states, at most LG_DOP853_MAX_STATES */
  double rtol, atol;
  double k[LG_DOP853_STAGES][LG_DOP853_MAX_STATES]; /**< stages of the last step; k[0] = f(t, y) is set by the caller */
} lg_dop853;

/**
 * @brief Step from (t, y) by h; s->k[0] must hold f(t, y).
 * @param[out] y1 (n) the 8th-order solution at t + h; may not be y
 * @return error relative to the tolerance (accept when <= 1); NAN when a stage was not finite
 */
double lg_dop853_step(lg_dop853 *s, double t, const double *y, double h, double *y1);

/** @brief The solution at t + h without the error estimate: for roots and samples inside a step. Leaves k[0] alone. */
void lg_dop853_advance(lg_dop853 *s, double t, const double *y, double h, double *y1);

/** @brief Factor for the next step size from an error: 0.9 error^(-1/8), within [0.2, 10]. */
double lg_dop853_factor(double error);

#endif
