/** @file axon_learn_validate.h @brief Figures of learned surrogates: folds, held-out impacts, baselines beside. */
#ifndef LG_AXON_LEARN_VALIDATE_H
#define LG_AXON_LEARN_VALIDATE_H

#include "twin/merit.h"

#include "base/base.h"

typedef struct axon_learn_validation {
  const char *protocol; /* "a", "b": of axon/protocol.h; "real": measured kinematics, which need a folder */
  const char *folder;   /* train, worst, random: .h5 and -labels.csv as loligo axon protocol leaves them; NULL: made */
  size_t nets;          /* of the ensemble; the first of them is the single network */
  size_t epochs;        /* of every training; 0: as the recipe says */
  bool baselines;       /* also the Ji lab's layout, six features, the peak alone */
  bool folds;           /* also five folds of one network (protocol a) */
  uint64_t seed;
  lg_merit_say *say;
  void *user;
} axon_learn_validation;

LG_MUST_CHECK lg_status lg_axon_learn_validate(lg_ctx *ctx, const axon_learn_validation *what);

#endif
