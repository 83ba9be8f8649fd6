/** @file drug_apply.h @brief What the parts of the pharmacodynamics share while one neuron is treated. */
#ifndef LG_TWIN_DRUG_APPLY_H
#define LG_TWIN_DRUG_APPLY_H

#include "twin/drug.h"

enum { LG_TREAT_MAX = 256 };

/** One effect at one concentration. */
typedef struct lg_acting {
  const lg_drug *drug;
  const lg_drug_effect *effect;
  double dose_uM;
} lg_acting;

typedef struct lg_treat {
  lg_ctx *ctx;
  lg_neuron *out;
  lg_drug_notes *notes; /* or NULL */
  lg_drug_bath bath;
  size_t n_acting;
  lg_acting acting[LG_TREAT_MAX];
} lg_treat;

/** @brief Field of the neuron; 0 when the model has none of that name. */
double lg_treat_get(const lg_treat *t, const char *field);
bool lg_treat_has(const lg_treat *t, const char *field);
LG_MUST_CHECK lg_status lg_treat_set(lg_treat *t, const char *field, double value);
void lg_treat_note(lg_treat *t, const lg_drug_effect *e, lg_drug_outcome outcome, double strength);

bool lg_drug_is_magnesium(const lg_drug *drug);

/** @brief GABA-A: agonists, modulators, antagonists, tone and reversal potential. */
LG_MUST_CHECK lg_status lg_treat_gaba(lg_treat *t);

#endif
