/** @file find_steps.h @brief Finding steps with a guide: a reader that knows the command says when the step was. */
#ifndef LG_FIND_STEPS_H
#define LG_FIND_STEPS_H

#include "base/base.h"
#include <loligo/recording.h>

/**
 * @brief As lg_recording_find_steps(), with the times taken from another recording of the same shape.
 *
 * For measured currents whose command is known: the times come from guide->sweeps[k].i_pA (any unit), the levels from
 * rec. Sweeps of guide must be as many and as long as those of rec.
 */
LG_MUST_CHECK lg_status lg_find_steps_guided(lg_ctx *ctx, const lg_recording *guide, lg_recording *rec);

#endif
