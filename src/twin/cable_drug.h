/**
 * @file cable_drug.h
 * @brief Drugs on cells with shape: the pharmacology of drug.h, applied to channels and synapses by their names.
 */
#ifndef LG_CABLE_DRUG_H
#define LG_CABLE_DRUG_H

#include "cable/network.h"
#include "twin/drug.h"

/** Something of the cell that a drug changed, or could not change. */
typedef struct lg_cable_touch {
  char mechanism[CABLE_NAME_BYTES]; /* as the file has it; "hh -> hh_drugged" where another takes its place */
  char what[96];                    /* "gnabar x 0.25", "h_shift -6.2 mV" */
  size_t places;                    /* regions or synapses where this happened */
  bool done;                        /* false: this mechanism cannot show that effect */
} lg_cable_touch;

enum { LG_CABLE_MAX_TOUCHES = 96 };

/** What happened. */
typedef struct lg_cable_treated {
  lg_drug_notes notes; /* per effect of the drug: acted, no target in this cell … */
  size_t n_touches;
  lg_cable_touch touches[LG_CABLE_MAX_TOUCHES];
} lg_cable_treated;

/** @brief What of a cell a mechanism is to drugs, for each of its parameters that is a conductance. */
typedef struct lg_cable_target {
  const char *mechanism, *parameter;
  lg_drug_hook hook;
} lg_cable_target;

/** @brief The table of built-in channels; *n receives its rows. Synapses are not in it: they answer by what they are.
 */
const lg_cable_target *lg_cable_targets(size_t *n);

/**
 * @brief Make the treated cell of a cell.
 *
 * Conductances are multiplied by what the doses leave of them. Shifts and state-dependent block of sodium channels put
 * hh_drugged, NaTs_drugged or NaTa_drugged in the place of the channel; a blocker in the pore of NMDA receptors becomes
 * their field `blocker`. A user's mechanism (NMODL) is recognised by its name ("nav16", "Kv7", a gene) where that names
 * a channel, and its parameter in S/cm2 is scaled. ExpSyn and Exp2Syn count as AMPA receptors with a reversal above
 * -30 mV, as GABA-A receptors below -50 mV. What opens a conductance that was not there (GIRK, tonic GABA) puts
 * girk or gaba_tonic beside the leaks, as a share of them. Slow inactivation is not in these models: noted so.
 * @param doses (n) n >= 0
 * @param bath  NULL: LG_DRUG_BATH_INIT
 * @param how   may be NULL
 * @retval LG_ERR_RANGE, LG_ERR_UNSUPPORTED as lg_drug_apply(); a second state-dependent blocker
 */
LG_MUST_CHECK lg_status lg_cable_treat(lg_ctx *ctx, cable_model *model, const lg_dose *doses, size_t n,
                                       const lg_drug_bath *bath, lg_cable_treated *how);

/** @brief Treat the cells of one population of a network, and the weights that arrive at them; sources stay. */
LG_MUST_CHECK lg_status lg_cable_network_treat(lg_ctx *ctx, cable_network_model *net, size_t population,
                                               const lg_dose *doses, size_t n, const lg_drug_bath *bath,
                                               lg_cable_treated *how);

#endif
