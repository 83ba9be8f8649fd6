/**
 * @file neuron.h
 * @brief Point neurons: Izhikevich 2007 with its classes, Hodgkin–Huxley 1952, Traub–Miles/Pospischil.
 *
 * A neuron is a row of the table of models with a value for every field. Units: ms, mV; pA, pF, nS (Izhikevich, TM);
 * µA/cm², µF/cm², mS/cm² (HH52).
 */
#ifndef LOLIGO_NEURON_H
#define LOLIGO_NEURON_H

#include <loligo/ctx.h>
#include <loligo/model.h>
#include <loligo/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room of a neuron for fields and states. */
enum { LG_NEURON_MAX_FIELDS = 80, LG_NEURON_MAX_STATES = 24 };

/** A neuron: plain data, may be copied. */
typedef struct lg_neuron {
  const lg_model_info *info;            /**< its row of the table */
  double value[LG_NEURON_MAX_FIELDS];   /**< (info->n_fields) in the order of info->fields; NAN where "not given" is
                                           allowed */
  double initial[LG_NEURON_MAX_STATES]; /**< (info->n_states) in the order of info->states; NAN: the model's default */
} lg_neuron;

/**
 * @brief Rows of the room "neuron"; *n receives their number.
 * @param[out] n number of rows
 */
const lg_model_info *const *lg_neuron_models(size_t *n);

/**
 * @brief Make a neuron with the default of every field.
 * @param ctx the caller's context; holds the message of a failure
 * @param model   "izhikevich", "hh52", "tm"
 * @param variant "" or NULL: the first row of that model ("std" for izhikevich)
 * @param[out] out filled on LG_OK
 * @retval LG_ERR_NOT_FOUND no such row; the message lists what there is
 */
LG_MUST_CHECK lg_status lg_neuron_init(lg_ctx *ctx, const char *model, const char *variant, lg_neuron *out);

/**
 * @brief Read a model file: `{"model", "variant", "parameters", "initial", "modifiers"}`, or a twin.
 *
 * Parameters that are not given have their defaults; names that the model does not know are refused with the nearest;
 * a name that another variant of the family has is ignored with a warning. // comments are allowed.
 * @param ctx the caller's context; holds the message of a failure
 * @param path the file
 * @param[out] out valid on LG_OK only
 * @retval LG_ERR_FORMAT, LG_ERR_RANGE the message names the file and the key
 */
LG_MUST_CHECK lg_status lg_neuron_load(lg_ctx *ctx, const char *path, lg_neuron *out);

/**
 * @brief As lg_neuron_load(), of JSON in memory.
 * @param ctx the caller's context; holds the message of a failure
 * @param name stands in messages in the place of a path
 * @param bytes (n) JSON; read, not kept
 * @param n number of bytes
 * @param[out] out valid on LG_OK only
 * @retval LG_ERR_FORMAT, LG_ERR_RANGE the message has the name and the key
 */
LG_MUST_CHECK lg_status lg_neuron_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_neuron *out);

/**
 * @brief Index of a field of a row by name, SIZE_MAX when there is none.
 * @param info a row of the table
 * @param name the field's name
 */
size_t lg_model_field(const lg_model_info *info, const char *name);

/**
 * @brief Set a field by name.
 * @param ctx the caller's context; holds the message of a failure
 * @param neuron is changed on LG_OK only
 * @param field the field's name
 * @param value in the field's unit
 * @retval LG_ERR_NOT_FOUND no such field
 * @retval LG_ERR_RANGE outside its range
 */
LG_MUST_CHECK lg_status lg_neuron_set(lg_ctx *ctx, lg_neuron *neuron, const char *field, double value);

/**
 * @brief Value of a field by name; NAN when there is no such field.
 * @param neuron a neuron
 * @param field the field's name
 */
double lg_neuron_get(const lg_neuron *neuron, const char *field);

/**
 * @brief Check every field against its range, and what fields must be to each other (c below vpeak …).
 * @param ctx the caller's context; holds the message of a failure
 * @param neuron a neuron
 */
LG_MUST_CHECK lg_status lg_neuron_check(lg_ctx *ctx, const lg_neuron *neuron);

/**
 * @brief Import Izhikevich's form of 2003, v' = .04 v^2 + 5 v + 140 - u + I, u' = a (b v - u), reset v=c, u+=d,
 * exactly: C = 1, k = .04, vr = the lower root of .04 v^2 + (5-b) v + 140 = 0, vt = -125 - vr; same a, b, c, d.
 * @param ctx the caller's context; holds the message of a failure
 * @param a 1/ms
 * @param b 1/ms
 * @param c mV
 * @param d mV/ms
 * @param peak_mV 30 in the paper
 * @param[out] out filled on LG_OK
 * @retval LG_ERR_RANGE without a resting point, (5-b)^2 < 22.4, the map does not exist
 * @see Izhikevich 2003, doi 10.1109/TNN.2003.820440
 */
LG_MUST_CHECK lg_status lg_neuron_from_izhikevich_2003(lg_ctx *ctx, double a, double b, double c, double d,
                                                       double peak_mV, lg_neuron *out);

/** Facts that follow from the parameters of Izhikevich's standard form (Izhikevich 2007, section 8.1). */
typedef struct lg_izhikevich_facts {
  double g_rest_nS;   /**< instantaneous conductance at rest, k (vt - vr) */
  double g_steady_nS; /**< with the recovery current, g_rest + b */
  double tau_ms;      /**< fast membrane time constant, C / g_rest */
  double v_saddle_mV; /**< potential of the saddle-node */
  double v_hopf_mV;   /**< potential of the Andronov–Hopf bifurcation */
  double rheobase_pA; /**< slow current at the earlier of the two */
  int hopf_first;     /**< the resting state is lost by Andronov–Hopf (aC < b) */
} lg_izhikevich_facts;

/**
 * @brief Derive the facts; the neuron must be izhikevich/std.
 * @param ctx the caller's context; holds the message of a failure
 * @param neuron izhikevich/std
 * @param[out] out filled on LG_OK
 */
LG_MUST_CHECK lg_status lg_izhikevich_derive(lg_ctx *ctx, const lg_neuron *neuron, lg_izhikevich_facts *out);

/**
 * @brief Resting potential at a constant current: the lowest zero of the steady-state current in -150 … 50 mV.
 * @param ctx the caller's context; holds the message of a failure
 * @param neuron a neuron
 * @param current pA; uA/cm2 for hh52
 * @param[out] v_mV the potential; untouched on failure
 */
LG_MUST_CHECK lg_status lg_neuron_rest(lg_ctx *ctx, const lg_neuron *neuron, double current, double *v_mV);

/** How to integrate. */
typedef enum lg_solver {
  LG_SOLVER_REFERENCE = 0, /**< adaptive order 8(5,3), restarted at every discontinuity, events to 1e-12 ms */
  LG_SOLVER_RK4 = 1,       /**< fixed step, order 4, with event roots: production */
  LG_SOLVER_EULER = 2      /**< explicit Euler as the poster had it: no roots, the overshoot is stored */
} lg_solver;

/**
 * @brief Name to solver; LG_ERR_NOT_FOUND lists the names.
 * @param ctx the caller's context; holds the message of a failure
 * @param name reference, rk4 or euler
 * @param[out] out set on LG_OK
 */
LG_MUST_CHECK lg_status lg_solver_from_name(lg_ctx *ctx, const char *name, lg_solver *out);

/** Options of a simulation. */
typedef struct lg_simulate_options {
  size_t size;      /**< sizeof(lg_simulate_options) */
  lg_solver solver; /**< how to integrate; default the reference */
  double dt_ms;     /**< step of rk4 and euler; 0 = 0.025 (rk4), 0.1 (euler) */
  double rtol;      /**< relative tolerance of the reference */
  double atol;      /**< absolute tolerance of the reference */
  int all_states;   /**< record every state, not only the potential (and u) */
  int no_trace;     /**< spikes only */
} lg_simulate_options;

/** Defaults of lg_simulate_options. */
#define LG_SIMULATE_OPTIONS_INIT                                                                                       \
  { .size = sizeof(lg_simulate_options), .rtol = 1e-12, .atol = 1e-11 }

/** What comes out. Sample k is at t = k * sample_ms; a spike exactly on a sample: the value after the reset. */
typedef struct lg_simulation {
  double sample_ms;     /**< interval of the samples */
  size_t n_samples;     /**< of each state */
  size_t n_columns;     /**< recorded states; 0 with no_trace */
  const char **columns; /**< (n_columns) their names, "v_mV" first */
  double *states;       /**< (n_columns, n_samples) */
  size_t n_spikes;      /**< number of spikes */
  double *spikes_ms;    /**< (n_spikes) threshold reached (Izhikevich), upward crossing of -20 mV (HH, TM) */
  double *spike_u_pA;   /**< (n_spikes) u just before the reset (Izhikevich); 0 for others */
  size_t n_steps;       /**< steps taken */
  size_t n_rejected;    /**< steps that the reference took back */
} lg_simulation;

/**
 * @brief Run a neuron on a protocol.
 *
 * Starts from neuron->initial (default: v = vr, u = 0; HH: V0 or rest, gates at steady state).
 *
 * @param ctx the caller's context; holds the message of a failure
 * @param neuron parameters and initial states
 * @param protocol the stimulus
 * @param options NULL = defaults
 * @param[out] out destroy with lg_simulation_destroy(); NULL on failure
 * @retval LG_ERR_RANGE     a field, an initial state or an option is outside its range
 * @retval LG_ERR_NUMERICAL the state left the finite range, or spikes follow without end
 * @retval LG_ERR_CANCELLED the caller asked to stop
 */
LG_MUST_CHECK lg_status lg_simulate(lg_ctx *ctx, const lg_neuron *neuron, const lg_protocol *protocol,
                                    const lg_simulate_options *options, lg_simulation **out);

/**
 * @brief Destroy a result; accepts NULL.
 * @param ctx the caller's context; holds the message of a failure
 * @param simulation may be NULL
 */
void lg_simulation_destroy(lg_ctx *ctx, lg_simulation *simulation);

#ifdef __cplusplus
}
#endif
#endif
