/**
 * @file axon_learn.h
 * @brief Train surrogates of axons (axon/surrogate.h) on profiles with simulated outcomes, and judge them.
 *
 * AdamW under a one-cycle rate on the mean squared error of the standardised transformed outputs. Every network starts
 * from a seed of its own. Same bits for any number of threads; a run that was stopped goes on exactly.
 */
#ifndef LG_AXON_LEARN_H
#define LG_AXON_LEARN_H

#include "axon/axon_net.h"

/** Profiles with what the mechanics made of them. */
typedef struct axon_examples {
  size_t n;
  float *strain; /* (n, AXON_NET_TIMES), 1 ms apart, from 0 */
  double *out;   /* (n, AXON_PREDICTED) */
} axon_examples;

void lg_axon_examples_clear(lg_ctx *ctx, axon_examples *examples);

typedef struct axon_learn_opts {
  axon_layout layout;
  axon_params params;         /* of the axon of the outcomes */
  size_t nets, epochs, batch; /* epochs 0: lg_axon_learn_epochs() */
  double lr, decay, clip;     /* clip: greatest norm of a gradient, 0: none */
  uint64_t seed;
  double reach;      /* known_threshold; 0: the median distance of a training profile to the nearest other */
  const char *state; /* prefix of the states for going on, NULL: nothing is kept */
} axon_learn_opts;

/** @brief Recipe of a layout: the specification's for ours, the published one for ji (Adam 1e-3, no decay). */
axon_learn_opts lg_axon_learn_defaults(axon_layout layout);

/** @brief Epochs of the options; where they are 0, what makes 16,000 steps of n profiles, 60 to 600. */
size_t lg_axon_learn_epochs(size_t n, const axon_learn_opts *opts);

/**
 * @brief Train networks on rows of the examples (NULL: all n_rows = n).
 * @retval LG_ERR_CANCELLED the states are saved; the same call goes on
 */
LG_MUST_CHECK lg_status lg_axon_learn(lg_ctx *ctx, const axon_examples *examples, const size_t *rows, size_t n_rows,
                                      const axon_learn_opts *opts, lg_axon_surrogate **out);
/** @brief Remove the states that a training of `nets` networks left. */
void lg_axon_learn_forget(const axon_learn_opts *opts);

/**
 * @brief Standardised outputs of every network, by the tape that trained them: the reference of faster ways.
 * @param strain (n, AXON_NET_TIMES)
 * @param y      (n, n_nets, AXON_PREDICTED)
 */
LG_MUST_CHECK lg_status lg_axon_learn_outputs(lg_ctx *ctx, const lg_axon_surrogate *net, const float *strain, size_t n,
                                              float *y);

/** How predictions agree with outcomes, in natural units. */
typedef struct axon_score {
  size_t n;
  double r2[AXON_PREDICTED];                                 /* 1 - SSE/SST */
  double nrmse[AXON_PREDICTED];                              /* RMSE/(greatest - least) */
  double inside68[AXON_PREDICTED], inside95[AXON_PREDICTED]; /* share within 1 and 1.96 sd; NAN: no sd */
} axon_score;

/** @brief Score n predictions. @param out (n, AXON_PREDICTED) */
void lg_axon_score(const axon_prediction *predictions, const double *out, size_t n, axon_score *score);

/** @brief Score a surrogate on rows of examples (NULL: all). */
LG_MUST_CHECK lg_status lg_axon_learn_score(lg_ctx *ctx, const lg_axon_surrogate *net, const axon_examples *examples,
                                            const size_t *rows, size_t n_rows, axon_score *score);

/** What K folds say. */
typedef struct axon_folds {
  size_t folds;
  axon_score all; /* every profile predicted by networks that did not see it */
  double sd_floor[AXON_PREDICTED], sd_scale[AXON_PREDICTED], most_spread[AXON_PREDICTED];
} axon_folds;

/**
 * @brief Cross-validate: K folds (drawn from the seed), each predicted by networks trained on the others.
 *
 * From these predictions follow sd_floor and sd_scale: sd = sqrt(floor² + (scale spread)²) with the proportion that
 * makes the errors most likely under a normal law, and the scale at which 90 % of them lie within 1.645 sd.
 * all.inside.. are the shares under these.
 */
LG_MUST_CHECK lg_status lg_axon_cross_validate(lg_ctx *ctx, const axon_examples *examples, const axon_learn_opts *opts,
                                               size_t folds, axon_folds *out);

/** @brief Take over the calibration of a cross-validation. */
void lg_axon_calibrate(lg_axon_surrogate *net, const axon_folds *folds);

#endif
