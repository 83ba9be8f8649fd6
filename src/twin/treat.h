/**
 * @file treat.h
 * @brief One way to treat a neuron, whatever its family: conductances by the table of drugs, Izhikevich twins by the
 * learned map.
 */
#ifndef LG_TWIN_TREAT_H
#define LG_TWIN_TREAT_H

#include "twin/drug_learn_net.h"

/** What happened. */
typedef struct lg_treated {
  lg_drug_notes notes;
  bool beyond;      /**< the learned map was asked beyond what it was trained on */
  char reason[200]; /**< then: in which respect */
} lg_treated;

/**
 * @brief Whether such a neuron can be treated at all.
 * @param learned NULL: there is no map
 * @retval LG_ERR_UNSUPPORTED neither tm nor, with a map, izhikevich std
 */
LG_MUST_CHECK lg_status lg_treatable(lg_ctx *ctx, const lg_delta_net *learned, const lg_neuron *neuron);

/**
 * @brief Make the treated neuron; without a dose, the untreated one in its bath.
 * @param learned may be NULL for tm neurons
 * @param how     may be NULL
 * @retval LG_ERR_RANGE, LG_ERR_UNSUPPORTED as lg_drug_apply() and lg_drug_learned_apply()
 */
LG_MUST_CHECK lg_status lg_treat(lg_ctx *ctx, const lg_delta_net *learned, const lg_neuron *neuron,
                                 const lg_dose *doses, size_t n, const lg_drug_bath *bath, lg_neuron *out,
                                 lg_treated *how);

#endif
