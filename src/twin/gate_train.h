/** @file gate_train.h @brief Training of gates of a channel on recordings: Adam, L-BFGS, choice by held-out protocols
 * and waves. */
#ifndef LG_GATE_TRAIN_H
#define LG_GATE_TRAIN_H

#include "calcium/gate_blocks.h"
#include "calcium/run.h"

enum { GATE_TRAIN_GATES = 4 };

/** The reference that a wave on the network is compared with, by the network's channel. */
typedef enum gate_wave { GATE_WAVE_NONE = 0, GATE_WAVE_KL, GATE_WAVE_CLOSURE, GATE_WAVE_RISE } gate_wave;

typedef struct gate_train_options {
  lg_gate_form form;
  size_t latent;                     /* gates beyond the first, 0 to 3 */
  unsigned powers[GATE_TRAIN_GATES]; /* P = product of gates to these powers; 0 s: 1 each */
  size_t n_hidden, hidden;
  bool with_udot;
  uint64_t seed;
  size_t epochs, rounds, iterations; /* of Adam; of L-BFGS, after each of which the network is judged */
  double lr;                         /* of Adam */
  double rollout, consistency;       /* weights, see gate_blocks.h */
  double held;                       /* share of protocols that are held out, 0 to 0.5 */
  gate_wave wave;
  const lg_gate_net *start;           /* go on from this network by L-BFGS alone; NULL: from chance by Adam */
  const calcium_constants *constants; /* of waves; NULL: the open case */
  const char *ion;                    /* what the channel lets through, "ca", "na", "k"; NULL: none */
  int valence;
  double celsius, q10; /* of a channel of voltage; NAN: none */
} gate_train_options;

gate_train_options lg_gate_train_defaults(lg_gate_input input);

/** How a network does on one protocol. */
typedef struct gate_score_row {
  char name[GATE_DATA_NAME];
  size_t n;
  double rmse, rmse_time, worst; /* of P: over samples, over time, at most */
} gate_score_row;

/** Figures of waves on the network and on what it stands for (same grid and step). */
typedef struct gate_wave_score {
  calcium_summary net, reference;
  double speed, peak, above, half; /* relative differences */
} gate_wave_score;

typedef struct gate_score {
  size_t n_rows;
  gate_score_row *rows; /* (n_rows) */
  double rmse, rmse_time, worst, low, high;
  size_t clipped;
  bool waved;
  gate_wave_score wave;
} gate_score;

void lg_gate_score_clear(lg_ctx *ctx, gate_score *score);

/** @brief Play protocols on a network. */
LG_MUST_CHECK lg_status lg_gate_score(lg_ctx *ctx, const lg_gate_net *net, const gate_data *data, gate_score *score);

/** @brief Waves in the 64 um dendrite of the open case, on the network and on its reference. @param long_run also P's
 * half-duration */
LG_MUST_CHECK lg_status lg_gate_wave_score(lg_ctx *ctx, const lg_gate_net *net, const gate_train_options *options,
                                           bool long_run, double dx_um, double dt_s, gate_wave_score *score);

/**
 * @brief Train, and write the network.
 *
 * The state stands beside the output as OUTPUT.state until the end: the same call goes on from it.
 * @param[out] score of the held-out protocols (all, where there are too few to hold any out); clear it
 * @retval LG_ERR_CANCELLED stopped; saved
 */
LG_MUST_CHECK lg_status lg_gate_train(lg_ctx *ctx, const gate_data *data, const gate_train_options *options,
                                      const lg_text_pair *metadata, size_t n_metadata, const char *output,
                                      gate_score *score);

#endif
