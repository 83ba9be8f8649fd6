/**
 * @file tangent.h
 * @brief How the outputs of an axon change with its constants: exact derivatives of the discrete scheme.
 *
 * Each step of backward Euler is solved to 1e-9 nm; its linear system, already factorised, gives the change of the
 * displacements with every constant in one more substitution each, and bonds, Maxwell branch and old displacements
 * carry their changes along (forward sensitivities, Dickinson & Gelinas 1976). Constants stand side by side, so that
 * all cost about as much as four runs without; central differences would take two runs for each.
 *
 * Derivatives are along the logarithm of a constant: times the constant, so per 100 % of it to first order.
 */
#ifndef LG_AXON_TANGENT_H
#define LG_AXON_TANGENT_H

#include "axon/simulate.h"

/* Constants that the outputs follow smoothly, in the order of lg_axon_tangent_names. */
enum {
  AXON_D_EA = 0,
  AXON_D_F_B,
  AXON_D_BETA_C,
  AXON_D_K,
  AXON_D_ETA,
  AXON_D_S,
  AXON_D_D0,
  AXON_D_DB,
  AXON_D_KREF,
  AXON_D_KMAX,
  AXON_D_KM,
  AXON_D_ETAM,
  AXON_D_SM,
  AXON_D_D0M,
  AXON_D_DBM,
  AXON_D_A,
  AXON_D_GINF,
  AXON_D_G1,
  AXON_D_TAU1,
  AXON_D_EANF,
  AXON_D_TAUNF,
  AXON_D_E0,
  AXON_D_EB,
  AXON_D_NODE_FAC,
  AXON_D_KF,
  AXON_D_ZD,
  AXON_TANGENTS
};
/**
 * Names as in lg_axon_param_names. Not among them: L_mean, L_cv, L_min, L_max and node_len, which move gaps and node by
 * whole elements, and mt_fail, which only decides whether something breaks: derivatives are 0 nearly everywhere.
 */
extern const char *const lg_axon_tangent_names[AXON_TANGENTS];

typedef struct axon_tangent {
  double out[AXON_OUTPUTS];
  double slope[AXON_TANGENTS][AXON_OUTPUTS]; /* d out / d ln constant; peaks: at the moment and place of the peak */
  bool failed;                               /* Newton did not converge: all NAN */
} axon_tangent;

/**
 * @brief Outputs and their derivatives, backward Euler in double precision; the outputs are those of lg_axon_simulate.
 * @param axons    (n_axons), of the same constants apart from the seed
 * @param tangents (profiles->n, n_axons)
 * @retval LG_ERR_RANGE a profile is outside its limits
 */
LG_MUST_CHECK lg_status lg_axon_tangents(lg_ctx *ctx, const lg_axon *const *axons, size_t n_axons,
                                         const axon_profiles *profiles, axon_tangent *tangents);

#endif
