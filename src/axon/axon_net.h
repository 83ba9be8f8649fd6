/**
 * @file axon_net.h
 * @brief The networks of surrogate.h: what they see of a profile, their layers, what their outputs mean.
 *
 * Weights of one network, in this order, every layer weight then bias, all input-major and channels last:
 *   convolutions "conv.0" …:  weight (kernel, in, out), bias (out)
 *   dense layers "dense.0" …: weight (in, out), bias (out); the first one's inputs are the last convolution's output
 *                             (time, channel), channel running fastest
 *
 *   six       6 x 101, conv 16@7 stride 2 pad 3, 16@5 pad 2, 32@5 stride 2 pad 2, 32@3 stride 2 pad 1, SiLU;
 *             416 -> dense 128, 64 (SiLU), 4: 69,572 weights
 *   ji        1 x 101, conv 32@10 stride 2, 32@10 stride 2, 32@5 (no padding, ReLU), dropout 0.2; 480 -> dense 10
 * (ReLU), 4: 20,630 weights. The published network sees 3 x 201 with the peak in the middle and the ends replicated;
 *             here the 101 samples stand as they are.
 *   peak      greatest strain -> dense 32, 32 (SiLU), 4
 *   features  six of them (lg_axon_net_input) -> dense 32, 32 (SiLU), 4
 */
#ifndef LG_AXON_AXON_NET_H
#define LG_AXON_AXON_NET_H

#include "axon/surrogate.h"
#include "learn/tape.h"

enum { AXON_NET_CONV = 4, AXON_NET_DENSE = 3, AXON_NET_CHANNELS = 6 };

/** What a layout is made of. */
typedef struct axon_shape {
  const char *name;               /* as in files and options */
  size_t channels, features;      /* one of them is 0 */
  size_t n_conv, n_dense;         /* the last dense layer is the head: no activation */
  lg_conv1d conv[AXON_NET_CONV];  /* in, out, kernel, stride, pad */
  lg_dense dense[AXON_NET_DENSE]; /* in, out */
  lg_act act;
  double dropout; /* of the last convolution's output, in training */
} axon_shape;

/** @brief The shape of a layout. */
const axon_shape *lg_axon_net_shape(axon_layout layout);

/** @brief Layout by name. @retval false there is none */
bool lg_axon_layout_of(const char *name, axon_layout *layout);

/** A network's layers and the table of its parameters; start from `{0}`. */
typedef struct axon_net {
  const axon_shape *shape;
  lg_params params;
  lg_conv1d conv[AXON_NET_CONV];
  lg_dense dense[AXON_NET_DENSE];
} axon_net;

LG_MUST_CHECK lg_status lg_axon_net_create(lg_ctx *ctx, axon_layout layout, axon_net *net);
void lg_axon_net_clear(lg_ctx *ctx, axon_net *net);

/** @brief Numbers that a layout sees of one profile: AXON_NET_TIMES * channels, or its features. */
size_t lg_axon_net_inputs(axon_layout layout);

/**
 * @brief What a layout sees of a profile: the one place where this is computed, for training and inference.
 *
 * six: strain/0.1, its running maximum/0.1, and (strain through Maxwell elements of T = 2, 6, 20, 60 ms)/0.05:
 * s(n) = a s(n-1) + (1-a) (T/dt) (e(n) - e(n-1)), a = exp(-dt/T). ji: strain/0.1. features: peak/0.1, trough/0.1, time
 * of the peak/50 ms, greatest rate/(10/s), mean of what is above 0/0.05, share of the time above half of the peak.
 * @param strain (AXON_NET_TIMES), 1 ms apart, from 0
 * @param x      (AXON_NET_TIMES, channels) or (features)
 */
void lg_axon_net_input(axon_layout layout, const float *strain, float *x);

/**
 * @brief Standardised transformed outputs (B, AXON_PREDICTED).
 * @param x    (B, AXON_NET_TIMES, channels) or (B, features)
 * @param keep what dropout leaves of the last convolution's output (B, times, channels), LG_VAR_NONE: all
 */
lg_var lg_axon_net_output(lg_f32_tape *tape, const axon_net *net, lg_var x, lg_var keep);

/** @brief Numbers in `keep` of one sample. */
size_t lg_axon_net_flat(axon_layout layout);

/** @brief ln(mt + .01), ln(axl + .02), sqrt(tau %), logit((nf % + .05)/100.1). */
void lg_axon_transform(const double out[AXON_PREDICTED], double y[AXON_PREDICTED]);
/** @brief Its inverse; strains of at least 0, losses of 0 to 100 %. */
void lg_axon_transform_back(const double y[AXON_PREDICTED], double out[AXON_PREDICTED]);

/**
 * @brief Make one prediction of the outputs of all networks: mean, calibrated sd, whether it is in range.
 *
 * The mean is taken in standardised units and transformed back; sd is half of the distance between mean - sd and
 * mean + sd in natural units; NAN for a single network that is not calibrated.
 * @param y       (n_nets, AXON_PREDICTED) standardised
 * @param nearest distance to the nearest training profile
 */
void lg_axon_surrogate_combine(const lg_axon_surrogate *net, const float *y, double nearest, axon_prediction *out);

#endif
