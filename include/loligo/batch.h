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
  /**
   * tm with every optional current and drug. Order 4 for v, m, h, n, p, a; the slow states (blocks, s, r, u, b,
   * calcium) are held at the middle of each step (Strang), which costs nothing in accuracy. Synaptic events do not
   * arrive: tonic conductances act, phasic ones wait. At 0.025 ms a spike after 1 s is within 0.05 ms of the exact one;
   * at 0.05 ms, for screens, within 0.5 ms, with the same spikes in all 54 reference drug runs; above 0.0625 ms counts
   * are wrong.
   */
  LG_BATCH_TM_FULL,
  LG_BATCH_KINDS /**< their number */
} lg_batch_kind;

/** Instruction sets of the kernels. */
typedef enum lg_batch_isa {
  LG_BATCH_BEST = 0, /**< the best that this machine has */
  LG_BATCH_PLAIN,    /**< without vectors */
  LG_BATCH_AVX2,     /**< AVX2 and FMA */
  LG_BATCH_AVX512    /**< AVX-512 */
} lg_batch_isa;

/**
 * The stimulus: neuron n receives offset[n] + scale[n] * waveform[k], held over step k (a ramp is a staircase, as a
 * converter plays it). pA; µA/cm² for hh52.
 */
typedef struct lg_batch_input {
  size_t n_neurons;       /**< at least 1 */
  size_t n_steps;         /**< at least 1 */
  double dt_ms;           /**< the step, > 0 */
  const double *waveform; /**< (n_steps) */
  const double *scale;    /**< (n_neurons) or NULL: 1 */
  const double *offset;   /**< (n_neurons) or NULL: 0 */
} lg_batch_input;

/** Options. */
typedef struct lg_batch_options {
  size_t size;          /**< sizeof(lg_batch_options) */
  lg_batch_kind kind;   /**< equations and scheme */
  lg_batch_isa isa;     /**< instruction set; default the best of this machine */
  int single_precision; /**< izhikevich Euler and TM_FULL only: float instead of double. TM_FULL: twice as fast; the 54
                             reference drug runs have the same counts at 0.05 ms, spikes within 0.6 ms after 1 s */
  /** TM_FULL: a neuron stops at the end of the step in which it fired for that many times; 0 = never. Its later probes,
      samples and unfinished windows are NAN. */
  uint32_t stop_after_spikes;
  size_t shape_step0; /**< TM_FULL: first_spike is the first one that crosses at or after the start of this step */
} lg_batch_options;

/** Shape of a spike, as lg_spikes_find() measures it on the steps; NAN: no such spike, or it is no complete one. */
typedef struct lg_batch_shape {
  double t_ms;          /**< crossing of -20 mV */
  double threshold_mV;  /**< where dV/dt reaches 20 mV/ms */
  double peak_mV;       /**< of the highest step */
  double amplitude_mV;  /**< peak - threshold */
  double half_width_ms; /**< at threshold + amplitude / 2 */
  double fast_ahp_mV;   /**< threshold - minimum within 5 ms after the peak */
} lg_batch_shape;

/** Steps [step0, step1): the potentials at the starts of these steps. At most LG_BATCH_MAX_WINDOWS. */
typedef struct lg_batch_window {
  size_t step0; /**< first step */
  size_t step1; /**< behind the last one, above step0 */
} lg_batch_window;

/** Most windows of a batch. */
enum { LG_BATCH_MAX_WINDOWS = 16 };

/** What is kept of a window. */
typedef struct lg_batch_window_sum {
  double mean_mV;    /**< mean potential */
  double min_mV;     /**< lowest */
  double max_mV;     /**< highest */
  uint32_t n_spikes; /**< crossings in it */
} lg_batch_window_sum;

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
  double *last_v_mV;   /**< (n_neurons); of a stopped neuron: when it stopped */

  /* The rest is filled by TM_FULL only, and refused with other kinds. */
  double *peaks_mV;               /**< (n_neurons, max_spikes) local maximum behind each crossing, by a parabola */
  lg_batch_shape *first_spike;    /**< (n_neurons) */
  size_t n_probes;                /**< number of probe_steps */
  const size_t *probe_steps;      /**< (n_probes) ascending, 0 … n_steps: the start of that step, n_steps = the end */
  double *probe_v_mV;             /**< (n_neurons, n_probes) */
  size_t n_windows;               /**< number of windows */
  const lg_batch_window *windows; /**< (n_windows) */
  lg_batch_window_sum *window_sums; /**< (n_neurons, n_windows) */
  /** (n_neurons) 1: could not be run (no resting potential, the potential left the finite range); its numbers are NAN
      and 0. NULL: such a neuron fails the batch. */
  unsigned char *failed;
} lg_batch_output;

/**
 * @brief Run a batch.
 *
 * Neurons start as lg_simulate() starts them. All must be rows of the kind's model; all kinds but TM_FULL want them
 * without optional currents. Equal neurons next to each other (the currents of an f–I curve) share their start.
 *
 * @param ctx the caller's context; holds the message of a failure
 * @param neurons (input->n_neurons)
 * @param input what is injected, and for how long
 * @param options NULL = defaults
 * @param output where results go; untouched where a pointer is NULL
 * @retval LG_ERR_ARGUMENT    a neuron is of another model, or its optional currents are on
 * @retval LG_ERR_UNSUPPORTED the processor lacks the instruction set asked for
 * @retval LG_ERR_NUMERICAL   a state left the finite range; the message names the first neuron
 *
 * Cost: two arrays of about 30 doubles per neuron are allocated (TM_FULL: 8 bytes per neuron, and about 1 MB per thread
 * when peaks or shapes are wanted); threads of the context's pool share blocks of 64 neurons.
 */
LG_MUST_CHECK lg_status lg_batch_run(lg_ctx *ctx, const lg_neuron *neurons, const lg_batch_input *input,
                                     const lg_batch_options *options, const lg_batch_output *output);

/** @brief The instruction set that LG_BATCH_BEST stands for on this machine. */
lg_batch_isa lg_batch_best_isa(void);

#ifdef __cplusplus
}
#endif
#endif
