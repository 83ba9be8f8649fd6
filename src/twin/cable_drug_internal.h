/** @file cable_drug_internal.h @brief What the parts of treating a cell with shape share. */
#ifndef LG_CABLE_DRUG_INTERNAL_H
#define LG_CABLE_DRUG_INTERNAL_H

#include "twin/cable_drug.h"

/** A cell under treatment. `before` and `after` are a point neuron that has what the cell has, and what the drugs make
 * of it: the pharmacology is read off their difference. */
typedef struct lg_cable_treatment {
  lg_ctx *ctx;
  cable_model *model;
  bool there[LG_HOOKS];
  bool has_leak;
  lg_neuron before, after;
  lg_cable_treated *how; /* never NULL */
} lg_cable_treatment;

/** @brief Factor of a field, 1 where the field is 0. */
double lg_cable_factor(const lg_cable_treatment *t, const char *field);
/** @brief What a field has changed by. */
double lg_cable_change(const lg_cable_treatment *t, const char *field);
double lg_cable_after(const lg_cable_treatment *t, const char *field);

/** @brief Note a change; equal ones are counted. */
void lg_cable_touched(lg_cable_treatment *t, const char *mechanism, bool done, const char *what, ...) LG_PRINTF(4, 5);

/** @brief Index of a parameter, SIZE_MAX. */
size_t lg_cable_parameter(const cable_mechanism *m, const char *name);

/** @brief Which receptors synapses of the cell are: sets `there`. */
void lg_cable_find_receptors(lg_cable_treatment *t);
LG_MUST_CHECK lg_status lg_cable_treat_synapses(lg_cable_treatment *t);

/** @brief Whether the cell has a leak, and tonic GABA. */
void lg_cable_find_tonic(lg_cable_treatment *t);
/** @brief GIRK and tonic GABA: what drugs open in proportion to the leak, which is 1 in the stand-in. */
LG_MUST_CHECK lg_status lg_cable_treat_tonic(lg_cable_treatment *t);

#endif
