/** @file calcium_validate.h @brief The figures that waves of calcium must reach, beside reference solutions. */
#ifndef LG_CALCIUM_VALIDATE_H
#define LG_CALCIUM_VALIDATE_H

#include "calcium/run.h"
#include "twin/merit.h"

typedef struct calcium_validation {
  const char *folder;    /* case.json, arrivals.csv, ryr_clamp.csv, closed/, branch/ */
  calcium_scheme scheme; /* of every run */
  int only;              /* row, 0: all */
  bool quick;            /* coarser grids and fewer values where a figure allows it */
  lg_merit_say *say;
  void *user;
} calcium_validation;

/**
 * @brief Run the reference cases of a folder and give every figure to say() as it comes.
 * @retval LG_ERR_FORMAT a file lacks what it is compared with
 */
LG_MUST_CHECK lg_status lg_calcium_validate(lg_ctx *ctx, const calcium_validation *what);

#endif
