/**
 * @file infer.h
 * @brief Frozen networks of strain profiles: as many profiles as a vector has lanes, weights broadcast, no allocation.
 *
 * A layer is, for every time and every output, one chain of fused multiply-adds over a contiguous run of its input
 * (time, channel): convolutions and dense layers alike, in the order of the learning tape, so the bits are the tape's
 * and do not depend on lanes or threads. Internal: lg_axon_surrogate_predict() is what others call.
 */
#ifndef LG_AXON_INFER_H
#define LG_AXON_INFER_H

#include "axon/axon_net.h"

enum { AXON_TILE = 8 /* outputs whose weights lie side by side */, AXON_MOST_STAGES = AXON_NET_CONV + AXON_NET_DENSE };

/** A layer: out_times runs of `depth` inputs, each `step` inputs after the one before. */
typedef struct axon_stage {
  size_t out_times, depth, step, out;
  size_t input;  /* in the scratch, in vectors: where the zeros before its first input begin */
  size_t result; /* where its first output goes */
  size_t packed; /* in the packed weights: tiles of AXON_TILE outputs, each a row of biases and `depth` of weights */
  lg_act act;    /* NONE, RELU or SILU */
} axon_stage;

/** Networks of one layout, ready to run. */
typedef struct axon_infer {
  axon_layout layout;
  size_t n_stages, n_nets;
  axon_stage stage[AXON_MOST_STAGES];
  size_t input, n_inputs; /* in the scratch: where what the first layer sees goes, how many numbers */
  size_t scratch;         /* vectors; the first AXON_NET_TIMES hold the strain */
  float keep[4], gain[4]; /* of the Maxwell elements of six channels */
  size_t n_packed;        /* of one network */
  float *weights;         /* (n_nets, n_packed) */
} axon_infer;

/** One call of a kernel: up to as many profiles as it has lanes. */
typedef struct axon_infer_call {
  const axon_infer *net;
  const double *strain; /* (n, AXON_NET_TIMES) */
  size_t n;
  float *scratch; /* (net->scratch, lanes), zeros at first; 64-byte aligned */
  float *out;     /* (n_nets, net_stride), of which (n, AXON_PREDICTED) are written */
  size_t net_stride;
} axon_infer_call;

typedef struct axon_infer_build {
  const char *name;
  size_t lanes;
  void (*run)(const axon_infer_call *call);
} axon_infer_build;

extern const axon_infer_build lg_axon_infer_plain, lg_axon_infer_v3, lg_axon_infer_v4;
/** @brief The widest build that this CPU runs. */
const axon_infer_build *lg_axon_infer_best(void);

/** @brief Arrange the weights of a surrogate for the kernels. */
LG_MUST_CHECK lg_status lg_axon_infer_create(lg_ctx *ctx, const lg_axon_surrogate *net, axon_infer **out);
void lg_axon_infer_destroy(lg_ctx *ctx, axon_infer *net);

/**
 * @brief What every network says of n profiles, in standardised targets.
 * @param strain (n, AXON_NET_TIMES)
 * @param build  NULL: the widest of this CPU
 * @param out    (n_nets, n, AXON_PREDICTED)
 */
LG_MUST_CHECK lg_status lg_axon_infer(lg_ctx *ctx, const axon_infer *net, const axon_infer_build *build, size_t n,
                                      const double *strain, float *out);

#endif
