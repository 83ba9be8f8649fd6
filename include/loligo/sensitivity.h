/**
 * @file sensitivity.h
 * @brief Derivatives of a simulation with respect to the neuron's parameters, through resets and switches.
 */
#ifndef LOLIGO_SENSITIVITY_H
#define LOLIGO_SENSITIVITY_H

#include <loligo/ctx.h>
#include <loligo/neuron.h>
#include <loligo/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Options. */
typedef struct lg_sensitivity_options {
  size_t size;    /**< sizeof(lg_sensitivity_options) */
  double rtol;    /**< relative tolerance of state and sensitivities */
  double atol;    /**< absolute tolerance */
  int all_states; /**< record every state, not only the potential */
} lg_sensitivity_options;

/** Defaults of lg_sensitivity_options. */
#define LG_SENSITIVITY_OPTIONS_INIT                                                                                    \
  { .size = sizeof(lg_sensitivity_options), .rtol = 1e-10, .atol = 1e-10 }

/** What comes out; derivatives are per unit of the parameter, everything else held. */
typedef struct lg_sensitivity {
  double sample_ms;     /**< interval of the samples */
  size_t n_samples;     /**< of each state */
  size_t n_columns;     /**< recorded states */
  size_t n_parameters;  /**< parameters asked for */
  size_t n_spikes;      /**< number of spikes */
  const char **columns; /**< (n_columns) names of the recorded states, "v_mV" first */
  size_t *parameters;   /**< (n_parameters) their places in info->fields */
  double *states;       /**< (n_columns, n_samples) */
  double *d_states;     /**< (n_parameters, n_columns, n_samples) at fixed time */
  double *spikes_ms;    /**< (n_spikes) as lg_simulate() gives them */
  double *d_spikes;     /**< (n_parameters, n_spikes) of the spike times, ms per unit */
} lg_sensitivity;

/**
 * @brief Run a neuron on a protocol together with the variational equations S' = (df/dy) S + df/dp.
 *
 * The adaptive integrator of order 8(5,3) carries state and sensitivities under one error control. At a reset, and
 * where the equations switch sides, S jumps by the saltation matrix: with the event time's derivative tau' = -(g_y S +
 * g_p) / (g_y f-), S+ = R_y (S + f- tau') + R_p - f+ tau'. The start counts too: at rest, at V0, or at vr.
 *
 * @param ctx the caller's context; holds the message of a failure
 * @param neuron parameters and initial states
 * @param protocol the stimulus
 * @param names (n) fields of the model; NULL: every field that has a value. A conductance that is 0 is differentiated
 *              towards positive values, its gates included
 * @param n number of names
 * @param options NULL = defaults
 * @param[out] out destroy with lg_sensitivity_destroy(); NULL on failure
 * @retval LG_ERR_NOT_FOUND no such field
 * @retval LG_ERR_NUMERICAL as lg_simulate(), and where an event is touched without being crossed
 *
 * Not differentiable, and therefore wrong beside them: spikes that appear or vanish. Cost: as (1 + n) reference
 * simulations, in passes of as many parameters as fit the integrator.
 * @see Di Bernardo et al. 2008, Piecewise-smooth Dynamical Systems, section 2.5, doi 10.1007/978-1-84628-708-4
 */
LG_MUST_CHECK lg_status lg_simulate_sensitivity(lg_ctx *ctx, const lg_neuron *neuron, const lg_protocol *protocol,
                                                const char *const *names, size_t n,
                                                const lg_sensitivity_options *options, lg_sensitivity **out);

/**
 * @brief Destroy a result; accepts NULL.
 * @param ctx the caller's context; holds the message of a failure
 * @param sensitivity may be NULL
 */
void lg_sensitivity_destroy(lg_ctx *ctx, lg_sensitivity *sensitivity);

#ifdef __cplusplus
}
#endif
#endif
