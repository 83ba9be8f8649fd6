/* What the training in both precisions shares; only src/learn includes it. */
#ifndef LG_LEARN_TRAIN_INTERNAL_H
#define LG_LEARN_TRAIN_INTERNAL_H

#include "learn/params.h"

/** @brief Seconds of a clock that only goes forward; decides when to save, never what is computed. */
double lg_monotonic_s(void);

/** @brief A number that changes with any name or shape of the table (FNV-1a). */
uint64_t lg_params_digest(const lg_params *params);

#endif
