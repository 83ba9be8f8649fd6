/** @file gate_validate.h @brief The figures that learned gates must reach: unseen recordings, waves, memory, duration.
 */
#ifndef LG_GATE_VALIDATE_H
#define LG_GATE_VALIDATE_H

#include "base/base.h"
#include "twin/merit.h"

/** Networks that are looked for: those that ship. */
typedef struct gate_validation {
  /** Path of a network by name ("kl", "kl-latent", "rise-100", …) into path; false: there is none. */
  bool (*find)(void *user, const char *name, char *path, size_t bytes);
  int only; /* row of the table, 0: all */
  lg_merit_say *say;
  void *user;
} gate_validation;

/** @brief Give every figure of rows 11 to 15 to say() as it comes. */
LG_MUST_CHECK lg_status lg_gate_validate(lg_ctx *ctx, const gate_validation *what);

#endif
