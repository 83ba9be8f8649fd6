/**
 * @file batch.h
 * @brief Many neurons of one model at once: structure of arrays, SIMD, threads.
 *
 * Results do not depend on the size of the batch, on the number of threads or on the instruction set: every kernel does
 * the same IEEE operations, fused multiply-adds included, in the same order.
 */
#ifndef LOLIGO_BATCH_H
#define LOLIGO_BATCH_H

#include <loligo/ctx.h>
#include <loligo/neuron.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which equations and which scheme. */
typedef enum lg_batch_kind {
  LG_BATCH_IZHIKEVICH_EULER = 0, /**< izhikevich/std, explicit Euler, spike at the end of its step */
  LG_BATCH_IZHIKEVICH_RK4,       /**< izhikevich/std, order 4, spikes at their event time */
  LG_BATCH_HH52_STAGGERED,       /**< hh52, implicit Euler for v, exponential gates: the scheme of NEURON */
  LG_BATCH_TM_RK4,               /**< tm without optional currents, order 4, crossings by cubic interpolation */
  LG_BATCH_KINDS
} lg_batch_kind;

/** Instruction sets of the kernels. */
typedef enum lg_batch_isa { LG_BATCH_BEST = 0, LG_BATCH_PLAIN, LG_BATCH_AVX2, LG_BATCH_AVX512 } lg_batch_isa;

/**
 * The stimulus: neuron n receives offset[n] + scale[n] * waveform[k], held over step k (a ramp is a staircase, as a
 * converter plays it). pA; µA/cm² for hh52.
 */
typedef struct lg_batch_input {
  size_t n_neurons, n_steps;
  double dt_ms;
  const double *waveform; /**< (n_steps) */
  const double *scale;    /**< (n_neurons) or NULL: 1 */
  const double *offset;   /**< (n_neurons) or NULL: 0 */
} lg_batch_input;

/** Options. */
typedef struct lg_batch_options {
  size_t size; /**< sizeof(lg_batch_options) */
  lg_batch_kind kind;
  lg_batch_isa isa;
  int single_precision; /**< izhikevich Euler only: float instead of double */
} lg_batch_options;

/** Defaults of lg_batch_options: event-exact Izhikevich. */
#define LG_BATCH_OPTIONS_INIT                                                                                          \
  { .size = sizeof(lg_batch_options), .kind = LG_BATCH_IZHIKEVICH_RK4 }

/** What comes out; every pointer may be NULL: not wanted. */
typedef struct lg_batch_output {
  uint32_t *n_spikes;  /**< (n_neurons) */
  size_t max_spikes;   /**< room per neuron in spikes_ms; later ones are counted only */
  double *spikes_ms;   /**< (n_neurons, max_spikes) */
  size_t sample_every; /**< a sample after every that many steps; sample 0 is the start */
  double *v_mV;        /**< (n_neurons, n_steps / sample_every + 1) */
  double *last_v_mV;   /**< (n_neurons) */
} lg_batch_output;

/**
 * @brief Run a batch.
 *
 * Neurons start as lg_simulate() starts them. All must be rows of the kind's model without optional currents.
 *
 * @param neurons (input->n_neurons)
 * @param options NULL = defaults
 * @retval LG_ERR_ARGUMENT    a neuron is of another model, or its optional currents are on
 * @retval LG_ERR_UNSUPPORTED the processor lacks the instruction set asked for
 * @retval LG_ERR_NUMERICAL   a state left the finite range; the message names the first neuron
 *
 * Cost: two arrays of about 30 doubles per neuron are allocated; threads of the context's pool share blocks of 64
 * neurons.
 */
LG_MUST_CHECK lg_status lg_batch_run(lg_ctx *ctx, const lg_neuron *neurons, const lg_batch_input *input,
                                     const lg_batch_options *options, const lg_batch_output *output);

/** @brief The instruction set that LG_BATCH_BEST stands for on this machine. */
lg_batch_isa lg_batch_best_isa(void);

#ifdef __cplusplus
}
#endif
#endif
