/** @file identify_internal.h @brief What the parts of an identification share. */
#ifndef LG_CULTURE_IDENTIFY_INTERNAL_H
#define LG_CULTURE_IDENTIFY_INTERNAL_H

#include "culture/identify.h"

/** All of one identification by one law. */
typedef struct culture_identification {
  const lg_culture_graph *graph;
  const culture_identify *options;
  lg_culture_coupling *coupling;
  lg_culture_data *data;
  lg_culture_modes *modes;
  culture_fit fit; /* gamma is the result's */
  bool only_noise; /* nearly all that neighbours differ by is noise */
  bool *masked;    /* (n_inner, n_times) */
  lg_culture_result *result;
} culture_identification;

/** @brief k, feeds, their intervals and what is outside of training, by the network; events as the segmented output
 * error finds them. */
LG_MUST_CHECK lg_status lg_culture_fit_amortised(lg_ctx *ctx, culture_identification *w);

/** @brief Free runs and the table of fits. */
LG_MUST_CHECK lg_status lg_culture_judge(lg_ctx *ctx, culture_identification *w, size_t n_train);

/** @brief The cells' own input in masked intervals: what coupling and feed leave of the traces. */
void lg_culture_inputs(culture_identification *w);

/** @brief Events and inputs out of the mask. */
LG_MUST_CHECK lg_status lg_culture_list_events(lg_ctx *ctx, culture_identification *w);

/** @brief Intervals, profile, and what is to be warned of. */
LG_MUST_CHECK lg_status lg_culture_doubt(lg_ctx *ctx, culture_identification *w);

/** @brief The profile alone, where no k was found. */
LG_MUST_CHECK lg_status lg_culture_doubt_blind(lg_ctx *ctx, culture_identification *w);

/** @brief Warn of cells whose trace is flat or dark from some frame on, with the cell's label and the frame.
 * @param y (n_times, graph->n) */
LG_MUST_CHECK lg_status lg_culture_warn_vanished(lg_ctx *ctx, const lg_culture_graph *graph, const double *y,
                                                 size_t n_times, lg_culture_result *result);

#endif
