/**
 * @file drug.h
 * @brief Drugs: what each does to which target at which free concentration, and what that makes of a neuron.
 *
 * A table of drugs is read from CSV (the shipped data/drugs.csv, or a library of a user); lg_drug_apply() turns a
 * neuron and doses into another neuron, so that everything that runs a neuron runs a treated one. Concentrations are
 * free ones in uM unless a name says otherwise.
 */
#ifndef LG_TWIN_DRUG_H
#define LG_TWIN_DRUG_H

#include "base/base.h"

#include <loligo/drug.h>
#include <loligo/neuron.h>

/** How an effect grows with dose. */
typedef enum lg_drug_mode {
  LG_DRUG_PORE_BLOCK = 0,   /**< g *= 1 - max D^h / (D^h + K^h); the other non-kinetic inhibitors too */
  LG_DRUG_ACTIVATION,       /**< g *= 1 + max D^h / (D^h + K^h) */
  LG_DRUG_STATE_BLOCK,      /**< kinetic, inactivated channels by the gate h: dB/dt = kon D w (1-B) - kon K_I B */
  LG_DRUG_SLOW_STATE_BLOCK, /**< the same by the slow gate s */
  LG_DRUG_GATING_SHIFT,     /**< a gate moves by shift * D^h / (D^h + K^h) mV */
  LG_DRUG_VOLTAGE_BLOCK,    /**< NMDA: one site with magnesium, K(V) = K0 e^(z delta F V / RT) */
  LG_DRUG_AGONIST,          /**< conductance gmax * Hill (GABA-A synaptic and tonic, GIRK) */
  LG_DRUG_PAM_GAIN,         /**< response to an EC20 of agonist grows by max * Hill; nothing without agonist */
  LG_DRUG_PAM_AFFINITY,     /**< EC50 of the agonist is divided by 1 + (max - 1) * Hill */
  LG_DRUG_COMPETITIVE,      /**< EC50 of the agonist grows by 1 + D/K (Gaddum, Schild) */
  LG_DRUG_EMPIRICAL,        /**< known only from paired recordings: a learned map applies, or nothing does */
  LG_DRUG_MODES
} lg_drug_mode;

/** What of a neuron an effect acts on. */
typedef enum lg_drug_hook {
  LG_HOOK_NONE = 0, /**< no counterpart in these models (hERG, Cav2.2 …): said, and without effect */
  LG_HOOK_NA,
  LG_HOOK_NAP,
  LG_HOOK_K, /**< delayed rectifier, Kv2, Kv3 */
  LG_HOOK_A, /**< A-type, Kv1, Kv4 */
  LG_HOOK_M, /**< Kv7 */
  LG_HOOK_H,
  LG_HOOK_CAT,
  LG_HOOK_CAL,
  LG_HOOK_SK,
  LG_HOOK_GABA_TONIC,
  LG_HOOK_GABA_PHASIC,
  LG_HOOK_GABA, /**< both */
  LG_HOOK_NMDA,
  LG_HOOK_AMPA,
  LG_HOOK_GIRK,
  LG_HOOKS
} lg_drug_hook;

/** How sure a number is: as in the table of the drugs. */
typedef enum lg_confidence {
  LG_CONFIDENCE_VERIFIED = 'V',
  LG_CONFIDENCE_RECALLED = 'M',
  LG_CONFIDENCE_APPROXIMATE = 'A',
  LG_CONFIDENCE_NONE = '-'
} lg_confidence;

/** One drug at one target. */
typedef struct lg_drug_effect {
  char target[48]; /**< "Nav1.6", "GABA-A a1b3g2" as the table has it */
  lg_drug_hook hook;
  lg_drug_mode mode;
  bool chosen;     /**< acts by default; of several rows of one drug with one hook and mode one is chosen */
  double K_uM;     /**< IC50, EC50; state block: K of inactivated channels; NAN: known only that it is not reached */
  double above_uM; /**< K_uM is NAN: it lies above this ("> 30 uM") */
  double hill, max_effect;
  double K_rest_uM;         /**< state block: K of resting channels; NAN: not known, these are spared */
  double kon_per_uM_per_ms; /**< state block; NAN: not known, LG_DRUG_KON_* stands for it */
  double shift_mV;          /**< gating shift at saturation (negative: towards hyperpolarised potentials) … */
  bool shift_at_K;          /**< … or as it was measured at K_uM, saturation unknown */
  double z_delta;           /**< voltage block; NAN: not known, K_uM holds at every potential */
  double at_mV, at_Mg_mM;   /**< voltage block: where K_uM was measured; see lg_drug_K0() */
  double pK_sd;             /**< spread of log10 K, 0 = not known */
  char confidence;          /**< lg_confidence */
  char *source, *notes;     /**< owned by the table, never NULL */
  size_t line;              /**< in the file */
} lg_drug_effect;

/** Binding rates, 1/(uM ms), where none was measured: as carbamazepine (fast) and lacosamide (slow). */
#define LG_DRUG_KON_FAST 3.8e-5
#define LG_DRUG_KON_SLOW 5e-8
/** RT/F at 22 degC, mV. */
#define LG_DRUG_RT_F_MV 25.434

/** One compartment, swallowed; NAN = not known. */
typedef struct lg_drug_kinetics {
  double half_life_h, volume_L, bioavailability, tmax_h, molar_mass_g_per_mol;
  char confidence;
  char *source; /**< never NULL */
} lg_drug_kinetics;

typedef struct lg_drug {
  char *name, *drug_class, *expected_verdict; /**< never NULL */
  char *id;                                   /**< of a library; "" when it has none */
  size_t n_effects;
  lg_drug_effect *effects;
  /** therapeutic plasma range, total and free, uM; NAN = not known */
  double total_low_uM, total_high_uM, fraction_unbound, free_low_uM, free_high_uM;
  char pk_confidence;
  char *range_source; /**< of that range; never NULL */
  lg_drug_kinetics kinetics;
  size_t line; /**< of its first row in the file */
} lg_drug;

/** What kind of file a table was read from. */
typedef enum lg_drug_form {
  LG_DRUG_FORM_TABLE = 0, /**< the columns of data/drugs.csv */
  LG_DRUG_FORM_LONG,      /**< one row per compound and channel */
  LG_DRUG_FORM_SHEET,     /**< one row per compound, columns per channel */
  LG_DRUG_FORM_PARAMETERS /**< drug, parameter ("ICaL_IC50"), value */
} lg_drug_form;

struct lg_drug_table {
  size_t n;
  lg_drug *drugs;
  char *path;
  lg_drug_form form;
  size_t n_rows;                   /**< rows of data that were read */
  char *ignored;                   /**< names of columns that were not understood, "a, b"; never NULL */
  void *texts, *lookup, *variants; /**< private */
};

/** What a line of a library was skipped for. */
typedef struct lg_drug_problem {
  size_t line;
  char message[200];
} lg_drug_problem;

/** Problems that were skipped; owned by the caller, freed with lg_free(problems). */
typedef struct lg_drug_problems {
  size_t n;
  lg_drug_problem *problems;
} lg_drug_problems;

/** How to read; NULL = defaults. */
typedef struct lg_drug_read_options {
  /** unit of concentrations whose column names none: "nM", "uM", "mM", "M"; NULL: such a column is refused */
  const char *unit;
} lg_drug_read_options;

/**
 * @brief Read a table of drugs: the columns of data/drugs.csv, the long form `id,name,channel,IC50_uM|pIC50,hill,
 * saturation,spread`, or an AP-Portal sheet (one row per compound, columns like "hERG pIC50", "hERG Hill"). Columns
 * may stand in any order, others are ignored; comma, semicolon or tab.
 * @param skipped NULL: the first bad row fails (LG_ERR_FORMAT, the message names file and line); otherwise such rows
 * are skipped and listed
 */
LG_MUST_CHECK lg_status lg_drug_table_read(lg_ctx *ctx, const char *path, lg_drug_problems *skipped,
                                           lg_drug_table **out);
LG_MUST_CHECK lg_status lg_drug_table_read_with(lg_ctx *ctx, const char *path, const lg_drug_read_options *options,
                                                lg_drug_problems *skipped, lg_drug_table **out);
LG_MUST_CHECK lg_status lg_drug_table_parse(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n,
                                            const lg_drug_read_options *options, lg_drug_problems *skipped,
                                            lg_drug_table **out);

/** @brief Write the columns of data/drugs.csv; what is read back is equal. */
void lg_drug_table_write(FILE *stream, const lg_drug_table *table);

/**
 * @brief Drug by name or id, case and punctuation ignored. "4-AP@Kv3.1" is the same drug with that row acting in place
 * of the default one for its current; such variants live as long as the table and are made on the calling thread.
 * @retval LG_ERR_NOT_FOUND the message suggests the nearest, or lists the targets
 */
LG_MUST_CHECK lg_status lg_drug_find(lg_ctx *ctx, const lg_drug_table *table, const char *name, const lg_drug **out);

const char *lg_drug_mode_name(lg_drug_mode mode); /**< "pore_block" … as in the table */
const char *lg_drug_hook_name(lg_drug_hook hook); /**< "gNa" …, "none" */

/** @brief The therapeutic free concentration, uM: geometric mean of the range (its one end if there is one); NAN. */
double lg_drug_therapeutic_uM(const lg_drug *drug);

/** @brief Voltage block: K at 0 mV without magnesium, from where it was measured (one site with magnesium). */
double lg_drug_K0(const lg_drug_effect *effect);

/** @brief (D/K)^h / (1 + (D/K)^h); 0 at 0. */
double lg_drug_occupancy(double dose_uM, double K_uM, double hill);

/** One drug at one free concentration. */
typedef struct lg_dose {
  const lg_drug *drug;
  double free_uM;
} lg_dose;

typedef enum lg_drug_combination {
  LG_COMBINE_BLISS = 0, /**< independent: what is left multiplies */
  LG_COMBINE_ONE_SITE   /**< one molecule excludes the other: terms (D/K)^h add up */
} lg_drug_combination;

/** The bath around the neuron. */
typedef struct lg_drug_bath {
  /** ambient GABA at extrasynaptic receptors; 0 = no tone, or 0.3 uM where the neuron has a tonic gGABA already */
  double gaba_tonic_uM;
  /** conductance of the extrasynaptic receptors when all are open; 0: that which makes the neuron's own gGABA out of
   * the ambient GABA, 2.5 gL for a neuron without */
  double gGABA_tonic_nS;
  double gaba_synaptic_uM; /**< peak GABA of a synaptic event (phasic); 1000 */
  double EGABA_mV;         /**< NAN: the neuron's own */
  double gGIRK_max_nS;     /**< of GABA-B agonists; 0: 0.5 gL */
  lg_drug_combination combination;
} lg_drug_bath;

#define LG_DRUG_BATH_INIT                                                                                              \
  { .gaba_tonic_uM = 0.0, .gGABA_tonic_nS = 0.0, .gaba_synaptic_uM = 1000.0, .EGABA_mV = (double)NAN }

/** Receptors of GABA (spec: twin 5.8): EC50 and Hill of synaptic and of extrasynaptic ones; tone of a resting slice. */
#define LG_GABA_SYNAPTIC_EC50_UM 20.0
#define LG_GABA_SYNAPTIC_HILL 1.4
#define LG_GABA_TONIC_EC50_UM 0.7
#define LG_GABA_TONIC_HILL 1.0
#define LG_GABA_AMBIENT_UM 0.3

/** What happened to each effect. */
enum { LG_DRUG_MAX_NOTES = 24 };
typedef enum lg_drug_outcome {
  LG_DRUG_ACTED = 0,
  LG_DRUG_NOT_CHOSEN,   /**< another row of the same hook stands for it */
  LG_DRUG_NO_TARGET,    /**< the model has no such current, or its conductance is 0 in this neuron */
  LG_DRUG_NO_AGONIST,   /**< a modulator without GABA */
  LG_DRUG_NO_MECHANISM, /**< empirical, or an effect that is not reached */
} lg_drug_outcome;

typedef struct lg_drug_note {
  const lg_drug_effect *effect;
  lg_drug_outcome outcome;
  double strength; /**< share blocked, factor, shift in mV, nS: by mode */
} lg_drug_note;

typedef struct lg_drug_notes {
  size_t n, n_acted;
  lg_drug_note notes[LG_DRUG_MAX_NOTES];
} lg_drug_notes;

/** @brief "acted", "no target" …; never NULL. */
const char *lg_drug_outcome_name(lg_drug_outcome outcome);

/**
 * @brief Make the treated neuron. Drugs that block the sodium pore block the persistent current too, since the same
 * channels carry it, unless the drug has a row of its own for that.
 * Neither allocates nor keeps anything: with ctx NULL (no messages) from any thread.
 * @param neuron a tm neuron (a healthy, an epileptic, a patient's); others are refused
 * @param doses  (n) n >= 0; 0 uM leaves the neuron as it is, bit by bit
 * @param bath   NULL = LG_DRUG_BATH_INIT; a bath with tone or its own EGABA acts without any drug too: the untreated
 * neuron in that bath is the result for n = 0
 * @param notes  may be NULL
 * @retval LG_ERR_RANGE       a dose is negative or not finite
 * @retval LG_ERR_UNSUPPORTED more than two state-dependent blockers at once; another model than tm
 */
LG_MUST_CHECK lg_status lg_drug_apply(lg_ctx *ctx, const lg_neuron *neuron, const lg_dose *doses, size_t n,
                                      const lg_drug_bath *bath, lg_neuron *out, lg_drug_notes *notes);

#endif
