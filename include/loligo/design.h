/**
 * @file design.h
 * @brief How much a stimulus protocol would tell about a neuron's parameters: Fisher information and D-optimality.
 */
#ifndef LOLIGO_DESIGN_H
#define LOLIGO_DESIGN_H

#include <loligo/neuron.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most parameters that a design is judged on. */
enum { LG_DESIGN_MAX_PARAMETERS = 16 };

/** Options; NULL stands for LG_DESIGN_OPTIONS_INIT. */
typedef struct lg_design_options {
  size_t size;      /**< sizeof(lg_design_options) */
  double noise_mV;  /**< standard deviation of the white noise of a sample, 1e-6 … 100; default 0.2 */
  lg_solver solver; /**< how to integrate; default rk4 */
  int free_running; /**< non-zero: shifts of spike times add up from spike to spike; default 0 */
} lg_design_options;

/** Default options. */
#define LG_DESIGN_OPTIONS_INIT                                                                                         \
  { .size = sizeof(lg_design_options), .noise_mV = 0.2, .solver = LG_SOLVER_RK4 }

/** One parameter: x = value, or its natural logarithm; scale is the standard deviation of x before the recording. */
typedef struct lg_design_parameter {
  size_t field;    /**< index into neuron.info->fields */
  int logarithmic; /**< non-zero: x = ln value */
  double scale;    /**< prior standard deviation of x */
} lg_design_parameter;

/** What a protocol would tell. */
typedef struct lg_design {
  size_t n;                                                                /**< parameters judged */
  lg_design_parameter parameter[LG_DESIGN_MAX_PARAMETERS];                 /**< (n) which */
  double information[LG_DESIGN_MAX_PARAMETERS * LG_DESIGN_MAX_PARAMETERS]; /**< (n, n) Fisher matrix of x / scale */
  double log_det;   /**< ln det of it; -INFINITY when the protocol leaves a combination undetermined */
  double gain_nats; /**< 1/2 ln det (1 + information): expected information gain of a Gaussian posterior */
  double sd[LG_DESIGN_MAX_PARAMETERS]; /**< of x / scale after the recording (prior included) */
  size_t n_spikes;                     /**< of the neuron as it is */
  size_t n_samples;                    /**< samples of the protocol */
  size_t n_excluded;                   /**< of them near a spike, where a difference is no derivative */
} lg_design;

/**
 * @brief Judge a protocol for a neuron.
 *
 * The potential is sampled at protocol->sample_ms with white noise. Sensitivities are central differences of whole,
 * freely firing simulations (step 1e-4 of scale), given the time of the last spike: dV/dx + dV/dt ds/dx, s that time.
 * So an interval between spikes tells what it tells, but its shift does not carry over to all later samples; in real
 * cells spike times jitter, and refinement too holds the observed spikes. With free_running it does carry over: then
 * long regular trains look best. Samples weigh 1 / (noise^2 + (dV/2)^2), dV the change within one sample: of a steep
 * course a sample tells little. Where the last spike of one simulation is not that of the others, 0.1 ms earlier or
 * later at most, no derivative exists; those samples are left out.
 *
 * Judged are the parameters of the family (Izhikevich: all; TM: C, conductances that are not 0, reversal potentials,
 * VT; HH52: C, conductances, reversal potentials), on the scale of the priors that cloning uses. log_det of two
 * protocols differ by the same number whatever the scales are.
 *
 * Cost: 2 n + 1 simulations. @see Atkinson, Donev & Tobias 2007, Optimum Experimental Designs, chapter 10
 * @param ctx the caller's context; holds the message of a failure
 * @param neuron the neuron that is supposed
 * @param protocol the stimulus that is judged
 * @param options NULL = defaults
 * @param[out] out filled on LG_OK
 * @retval LG_ERR_RANGE an option is outside its range; others as lg_simulate()
 */
LG_MUST_CHECK lg_status lg_design_judge(lg_ctx *ctx, const lg_neuron *neuron, const lg_protocol *protocol,
                                        const lg_design_options *options, lg_design *out);

#ifdef __cplusplus
}
#endif
#endif
