/**
 * @file drug_learn_data.h
 * @brief Simulated pairs to learn drug effects from: conductance neurons with and without a drug, both as Izhikevich
 * neurons.
 *
 * A drug is described by what it does to conductances, not by its name: LG_MECHANISMS strengths, each 0 without drug
 * and levelling off with dose (Hill). So a drug that was never trained on is a point between those that were.
 */
#ifndef LG_DRUG_LEARN_DATA_H
#define LG_DRUG_LEARN_DATA_H

#include "twin/drug.h"
#include "twin/drug_learn_reclone.h"

/** Strengths: share blocked of gNa, gK, gM; shift of the M gate over -40 mV and of the h gate over -20 mV;
 * conductance that was opened per C over 0.1 nS/pF; sodium channels bound when all are inactivated and when all rest.
 */
enum { LG_MECHANISMS = 8, LG_MECHANISM_CONTEXT = 2 };
extern const char *const lg_mechanism_names[LG_MECHANISMS];

typedef struct lg_mechanism {
  double strength[LG_MECHANISMS];
  double context[LG_MECHANISM_CONTEXT]; /* (reversal of what was opened + 70)/20 mV; log10 of the binding rate in 1/ms,
                                           + 3 */
  bool other;                           /* the drug also acts on what these neurons do not have */
} lg_mechanism;

/** @brief What stands between two tm neurons. @param C_pF of the cell */
void lg_mechanism_between(const lg_neuron *before, const lg_neuron *after, lg_mechanism *out);

/** Parameters of an Izhikevich neuron without its size: ln(1000 k/C), vr, vt - vr, ln(100 a), b/C, c, d/C, vpeak. */
enum { LG_EFFECT_Z = 8, LG_EFFECT_P = 5 /* that change: vr, vt, c, d/C, vpeak */ };
extern const char *const lg_effect_names[LG_EFFECT_P], *const lg_effect_units[LG_EFFECT_P];
void lg_effect_z(const lg_izh_params *p, double z[LG_EFFECT_Z]);
/** Changes beyond these make another cell of the twin (stunted spikes, no resting potential near the old one): they are
 * neither learned from nor trusted. Units of lg_effect_units. */
extern const double lg_effect_most[LG_EFFECT_P];
/** @brief Apply a change. */
lg_izh_params lg_effect_changed(const lg_izh_params *p, const double delta[LG_EFFECT_P]);

enum { LG_EFFECT_CLASSES = 7 };
extern const char *const lg_effect_class_names[LG_EFFECT_CLASSES];

/** A drug of the table that acts on neurons of the prior. */
typedef struct lg_effect_drug {
  const lg_drug *drug;
  int drug_class;
  double K_uM; /* doses are multiples of it */
} lg_effect_drug;

enum { LG_EFFECT_MAX_DRUGS = 64 };

/** @brief The drugs of a table that act. @return their number */
LG_MUST_CHECK lg_status lg_effect_drugs(lg_ctx *ctx, const lg_drug_table *table,
                                        lg_effect_drug drugs[LG_EFFECT_MAX_DRUGS], size_t *n);

/** One pair, as floats: what a file of pairs holds. */
typedef struct lg_effect_row {
  float neuron, drug, drug_class, log_dose; /* log10 of dose over K */
  float strength[LG_MECHANISMS], context[LG_MECHANISM_CONTEXT];
  float p[LG_IZH_N_PARAMS], rheobase_pA; /* the untreated Izhikevich neuron */
  float delta[LG_EFFECT_P];
  float rmse_before, rmse_after;                                     /* of counts, Izhikevich against tm */
  float before[LG_RECLONE_LEVELS - 1], after[LG_RECLONE_LEVELS - 1]; /* counts of the tm neuron */
  float usable; /* 1: both are neurons that the family describes, and fire */
} lg_effect_row;
enum { LG_EFFECT_ROW = sizeof(lg_effect_row) / sizeof(float) };

/** @brief Whether a pair can be learned from: usable, and its change within lg_effect_most. */
bool lg_effect_row_fits(const lg_effect_row *row);

enum { LG_EFFECT_PAIRS = 6, LG_EFFECT_BLOCK = 64 /* neurons */ };

/** @brief Doses in log10 of K: those trained on, and those between them. */
extern const double lg_effect_trained_doses[5], lg_effect_between_doses[4];

/**
 * @brief Simulate n neurons, LG_EFFECT_PAIRS pairs each; a pair depends on the seed and its neuron alone.
 * @param n up to LG_EFFECT_BLOCK, a multiple of 8
 * @param between  half of the pairs get doses between those trained on
 * @param jitter   0, or the relative error of the titration: an experimenter's currents, to see the map's noise
 * @param rows (n * LG_EFFECT_PAIRS) out
 */
LG_MUST_CHECK lg_status lg_effect_make_block(lg_ctx *ctx, const lg_effect_drug *drugs, size_t n_drugs, uint64_t seed,
                                             uint64_t first, size_t n, bool between, double jitter,
                                             lg_effect_row *rows);

#endif
