/** @file culture_validate.h @brief The figures that the culture room must reach, beside truth and references. */
#ifndef LG_TWIN_CULTURE_VALIDATE_H
#define LG_TWIN_CULTURE_VALIDATE_H

#include "base/base.h"
#include "twin/merit.h"

typedef struct culture_validation {
  const char *folder;    /* files of one set: NAME_movie.tif, stages_NAME.json, traces_t1_Y.csv … */
  const char *set;       /* NAME; "open" */
  const char *network;   /* flow network for cells; NULL: rows that need it say that there is none */
  const char *amortised; /* network that identifies cultures; NULL: its row says that there is none */
  int only;              /* row of the table in docs/culture.md, 0: all */
  bool quick;            /* 8 simulated sets instead of 40, one PINN instead of two starts, none printed */
  lg_merit_say *say;
  void *user;
} culture_validation;

/**
 * @brief Give every figure to say() as it comes; every row ends with the processor time that it took.
 * @retval LG_ERR_FORMAT a file lacks what it is compared with
 */
LG_MUST_CHECK lg_status lg_culture_validate(lg_ctx *ctx, const culture_validation *what);

#endif
