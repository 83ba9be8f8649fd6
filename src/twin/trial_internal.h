/** @file trial_internal.h @brief What trials, screens and populations share. */
#ifndef LG_TWIN_TRIAL_INTERNAL_H
#define LG_TWIN_TRIAL_INTERNAL_H

#include "twin/trial.h"

#include <stdlib.h>

/** Whether two neurons are the same, bit by bit. */
bool lg_same_neuron(const lg_neuron *a, const lg_neuron *b);

/** How much faster the gates of a neuron run; 1 for models that have no such field. */
double lg_rate_scale(const lg_neuron *neuron);

/** The drugs of a trial at one dose. */
LG_MUST_CHECK lg_status lg_trial_treat(lg_ctx *ctx, const lg_trial_opts *opts, const lg_neuron *neuron, double dose_uM,
                                       lg_neuron *out, lg_treated *how);

#endif
