/**
 * @file gate_blocks.h
 * @brief Learning of gates: recordings cut into blocks of equal steps, and their loss on the tape.
 *
 * A block is up to GATE_BLOCK_ROWS sequences of sub-steps run side by side. In an `interval` block each sequence goes
 * from one row of the recording to the next, beginning at the P that was recorded: the error is that of P', relative to
 * |P'| + 0.03/s. In a `rollout` block each goes through a whole protocol on its own, from rest (a channel of one gate:
 * from the recorded P): the error is that of P and of its logit.
 */
#ifndef LG_CALCIUM_GATE_BLOCKS_H
#define LG_CALCIUM_GATE_BLOCKS_H

#include "calcium/gate_data.h"
#include "learn/gate_net.h"
#include "learn/train.h"

enum { GATE_BLOCK_ROWS = 64, GATE_ROLLOUT_ROWS = 8, GATE_SUBSTEPS = 16 };

typedef struct gate_block {
  bool rollout, relax;   /* relax: begin at the network's rest under the first u */
  size_t rows, steps;    /* sequences, sub-steps of each; shorter ones end in steps of 0 s */
  double *features;      /* (steps, rows, F) of u and u' at mid-step; places of gates are 0 */
  double *h_s;           /* (steps, rows) */
  double *half_s;        /* (steps, rows) */
  double *target;        /* (steps, rows, 4): P after the step, 1/scale, weight of P, weight of logit P */
  double *start;         /* (rows) P at the beginning */
  double *middle;        /* (rows, G) gates at mid-step where steps is 1 and G is 1; NULL elsewhere */
  double *rest_features; /* (rows, F) under the first u, u' = 0; only where relax */
  double *elsewhere;     /* (rows, G) random gates for the term of consistency; some interval blocks, else NULL */
} gate_block;

/** What a training minimises. */
typedef struct gate_problem {
  const lg_gate_plan *plan;
  lg_params params;
  lg_dense layers[LG_MLP_LAYERS];
  size_t n_blocks, n_intervals; /* interval blocks stand first */
  gate_block *blocks;
  double consistency; /* weight of "rates depend on P as little as the recordings allow" */
  double blind;       /* relative errors of P' above this count little: one gate cannot have all of them right */
  size_t *order;      /* (n_blocks) blocks of the batch at hand */
  double *long_steps; /* (GATE_BLOCK_ROWS) sub-steps of relaxation */
} gate_problem;

typedef struct gate_weights {
  double rollout;     /* weight of rollouts against intervals, mean over each */
  double consistency; /* see gate_problem */
  bool intervals, rollouts;
  uint64_t seed;
} gate_weights;

/** @brief Cut recordings into blocks for a plan. */
LG_MUST_CHECK lg_status lg_gate_problem_create(lg_ctx *ctx, const lg_gate_plan *plan, const gate_data *data,
                                               const gate_weights *weights, gate_problem **out);
void lg_gate_problem_destroy(lg_ctx *ctx, gate_problem *problem);

/** @brief Loss of one block on a tape, rank 0. */
lg_var lg_gate_block_loss(const gate_problem *problem, lg_f64_tape *tape, const gate_block *block);

/** @brief Features (F) in double, as lg_gate_features() has them in float. gates (G). */
void lg_gate_features_f64(const lg_gate_plan *plan, const double *gates, double u, double udot, double *x);

/** @brief Sub-steps that an interval of a recording wants: u and P move by little in each. */
size_t lg_gate_substeps(const gate_data *data, size_t row);

/**
 * @brief P that a network gives under the u of a recording: `open` (data->n).
 *
 * Rates at mid-step, as a dendrite uses them; a channel of one gate begins at the recorded P, others at rest. Form raw:
 * explicit Euler with steps of at most dt_s, clipped; `clipped` counts (may be NULL).
 */
void lg_gate_replay(const lg_gate_net *net, const gate_data *data, double dt_s, double *open, size_t *clipped);

#endif
