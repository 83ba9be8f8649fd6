/** @file gate_clamp.h @brief A gate alone under a given course of what gates it. */
#ifndef LG_CALCIUM_GATE_CLAMP_H
#define LG_CALCIUM_GATE_CLAMP_H

#include "calcium/gate.h"

/**
 * @brief P at given times under u(t), from given states.
 *
 * The gate's own step, extrapolated to step length zero (polynomial extrapolation of a first-order step, Deuflhard
 * 1985) in pieces short enough for the tolerance; a gate that is stiff stays stable. Between the times u is constant
 * where every udot is 0 (steps, which hold from their time on), else the polynomial through values and slopes of the
 * four nearest times, of one side of a sample where the slope jumps (its udot is then the mean of both sides).
 *
 * @param t,u,udot (n) ascending times in s, µM or mV, per s
 * @param tolerance of the states within one piece
 * @param states (n_states) at t[0]; those at the end come back
 * @param[out] open (n)
 * @retval LG_ERR_RANGE times do not rise
 * @retval LG_ERR_NUMERICAL pieces of 2^-24 of an interval do not reach the tolerance
 */
LG_MUST_CHECK lg_status lg_calcium_clamp(lg_ctx *ctx, const calcium_gate *gate, size_t n, const double *t,
                                         const double *u, const double *udot, double tolerance, double *states,
                                         double *open);

#endif
