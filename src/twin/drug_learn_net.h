/**
 * @file drug_learn_net.h
 * @brief A learned map from drugs to changes of an Izhikevich twin.
 *
 * change = sum over mechanisms m of strength_m * A_m(twin, drug): zero at dose 0 by construction, for every twin, and
 * as level as the strengths, which are Hill functions of the dose. The standard deviation is a head of its own and
 * vanishes with the strengths as well.
 */
#ifndef LG_DRUG_LEARN_NET_H
#define LG_DRUG_LEARN_NET_H

#include "learn/train.h"
#include "twin/drug_learn_data.h"

enum { LG_DELTA_INPUTS = LG_EFFECT_Z + LG_MECHANISMS + LG_MECHANISM_CONTEXT + 3, LG_DELTA_HIDDEN_MOST = 256 };

typedef struct lg_delta_plan {
  size_t block;               /* neurons that are simulated at once: 8 … LG_EFFECT_BLOCK, a multiple of 8 */
  size_t blocks, test_blocks; /* of so many neurons */
  size_t hidden, batch;
  bool leave_out; /* also train without each class in turn, to say what a new class is worth */
  lg_train_options train;
} lg_delta_plan;

/** A trained map. */
typedef struct lg_delta_net {
  size_t hidden;
  lg_params params;
  lg_dense layer[3];
  float *theta;
  double z_mean[LG_EFFECT_Z], z_sd[LG_EFFECT_Z], delta_sd[LG_EFFECT_P]; /* scales of inputs and outputs */
  double spread[LG_EFFECT_P];                                           /* calibration of the standard deviations */
  double strength_low[LG_MECHANISMS], strength_high[LG_MECHANISMS];     /* trained range */
  double chol[LG_EFFECT_Z * LG_EFFECT_Z], limit; /* of standardised twins: Mahalanobis distance of 97.5 % */
  char name[64];
} lg_delta_net;

/** What the map says. */
typedef struct lg_delta_guess {
  double delta[LG_EFFECT_P], sd[LG_EFFECT_P]; /* vr, vt, c mV; d pA/pF; vpeak mV */
  double distance;                            /* of the twin: above 1 it is outside the training population */
} lg_delta_guess;

/** @brief Evaluate. Strengths beyond the trained range act as its edge. Thread-safe, no allocation. */
void lg_delta_net_guess(const lg_delta_net *net, const lg_izh_params *p, const lg_mechanism *mechanism,
                        lg_delta_guess *out);

LG_MUST_CHECK lg_status lg_delta_net_load(lg_ctx *ctx, const char *path, lg_delta_net **out);
void lg_delta_net_destroy(lg_ctx *ctx, lg_delta_net *net);

/** What became of a twin under drugs. */
typedef struct lg_learned_note {
  double sd[LG_EFFECT_P]; /* of vr, vt, c (mV), d (pA), vpeak (mV) */
  lg_mechanism mechanism;
  lg_drug_notes notes; /* of the drugs at the stand-in */
  bool inside;         /* twin, mechanisms and doses are like those of the training */
  char reason[200];    /* when not inside */
} lg_learned_note;

/**
 * @brief Make the treated Izhikevich neuron.
 *
 * What the drugs do to conductances is read off a tm neuron of the twin's size (lg_drug_apply); the network says what
 * that means for this twin. 0 uM leaves the neuron as it is, bit by bit.
 * @param neuron izhikevich std
 * @param bath   NULL: no tone, receptors of 0.05 nS/pF
 * @param note   may be NULL
 * @retval LG_ERR_UNSUPPORTED another model; more than two state-dependent blockers at once
 */
LG_MUST_CHECK lg_status lg_drug_learned_apply(lg_ctx *ctx, const lg_delta_net *net, const lg_neuron *neuron,
                                              const lg_dose *doses, size_t n, const lg_drug_bath *bath, lg_neuron *out,
                                              lg_learned_note *note);

enum { LG_DELTA_DRUG_FOLDS = 3 };

/** Figures of a set of unseen pairs. */
typedef struct lg_delta_figures {
  size_t n;
  double r2[LG_EFFECT_P], sd[LG_EFFECT_P]; /* sd: of the true changes */
  double inside68[LG_EFFECT_P], inside95[LG_EFFECT_P];
  double count_rmse, count_rmse_none,
      count_rmse_refit; /* spikes, against the tm neuron: predicted, unchanged, re-cloned */
} lg_delta_figures;

typedef struct lg_delta_table {
  size_t pairs, usable, drugs;
  double noise[LG_EFFECT_P];                        /* of a change: the same cells, currents titrated 5 % apart */
  lg_delta_figures trained, between;                /* unseen neurons: doses trained on, doses between */
  lg_delta_figures left_out[LG_EFFECT_CLASSES];     /* a class the network never saw; n = 0: not done */
  lg_delta_figures left_drugs[LG_DELTA_DRUG_FOLDS]; /* drugs the network never saw, of classes that it did */
  char left_names[LG_DELTA_DRUG_FOLDS][200];
} lg_delta_table;

/** @brief Make the pairs (kept in `<output>.pairs`), train (`<output>.state`), test; write. Goes on where it stopped.
 */
LG_MUST_CHECK lg_status lg_delta_net_train(lg_ctx *ctx, const lg_drug_table *table, const lg_delta_plan *plan,
                                           uint64_t seed, const char *output, lg_delta_table *out);

/* ---- parts, shared by the files of this module ---- */

LG_MUST_CHECK lg_status lg_delta_net_create(lg_ctx *ctx, size_t hidden, lg_delta_net **out);
LG_MUST_CHECK lg_status lg_delta_net_write(lg_ctx *ctx, const lg_delta_net *net, const lg_delta_table *table,
                                           uint64_t seed, const char *path);
/** @brief The network's input. */
void lg_delta_net_inputs(const lg_delta_net *net, const double z[LG_EFFECT_Z], const lg_mechanism *m,
                         float x[LG_DELTA_INPUTS]);
/** @brief 0 without drug, near 1 at strong ones: what standard deviations grow with. */
double lg_delta_gate(const lg_mechanism *m);

#endif
