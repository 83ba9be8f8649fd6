/** @file axon_validate.h @brief The figures that axons under strain must reach: exact and reference solutions,
 * published trends, and what is not reproduced. */
#ifndef LG_TWIN_AXON_VALIDATE_H
#define LG_TWIN_AXON_VALIDATE_H

#include "axon/simulate.h"
#include "twin/merit.h"

typedef struct axon_validation {
  const char *folder; /* shearlag_exact.csv, ref_open.json, ref_open_profiles.csv, rates_male.csv, … */
  int only;           /* row of the table in docs/axon.md, 0: all */
  bool quick;         /* fewer rates, seeds and labels */
  lg_merit_say *say;
  void *user;
} axon_validation;

/**
 * @brief Give every figure to say() as it comes.
 * @retval LG_ERR_FORMAT a file lacks what it is compared with
 */
LG_MUST_CHECK lg_status lg_axon_validate(lg_ctx *ctx, const axon_validation *what);

#endif
