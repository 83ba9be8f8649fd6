/**
 * @file shear_lag.h
 * @brief The exact solution that checks the mechanics: regularly staggered microtubules joined by Kelvin-Voigt bonds.
 *
 * Ahmadzadeh, Smith & Shenoy 2014 (doi:10.1016/j.bpj.2014.01.024): microtubules of length L, neighbours shifted by half
 * of it, no loss of bonds, strain rising at a constant rate. In Laplace space F(p)/EA = (r/p²)/(1/2 + coth(z)/(2z)), z
 * = (L/4) sqrt(2 m (K + p eta)/(s EA)) with m neighbours; inverted by the fixed Talbot method (Abate & Valkó 2004).
 */
#ifndef LG_AXON_SHEAR_LAG_H
#define LG_AXON_SHEAR_LAG_H

#include "axon/axon.h"

typedef struct axon_shear_lag {
  double length_nm;                                  /* L */
  double mt_stiffness, tau_stiffness, tau_viscosity; /* EA, K, eta of one bond */
  double tau_spacing;                                /* s */
  double neighbours;                                 /* m */
} axon_shear_lag;

/** @brief L = 10 µm and the constants of the male axon, two neighbours. */
axon_shear_lag lg_axon_shear_lag_default(void);

/** @brief Strain of a microtubule at its middle (its greatest) after t_s at rate_per_s. */
double lg_axon_shear_lag_exact(const axon_shear_lag *problem, double rate_per_s, double t_s);

/** @brief Rate at which that strain reaches `fail` when the fibre is drawn to `strain`, by halving; 1/s. */
double lg_axon_shear_lag_critical(const axon_shear_lag *problem, double strain, double fail);

/**
 * @brief The same as an axon of this room: half a period between two planes of symmetry, two rows for m neighbours.
 *
 * A gap is two elements wide, one on each side of a plane, where the exact solution has none: the error falls with
 * gap_nm to the first power.
 */
LG_MUST_CHECK lg_status lg_axon_shear_lag_axon(lg_ctx *ctx, const axon_shear_lag *problem, double gap_nm,
                                               lg_axon **out);

#endif
