/**
 * @file gradient.h
 * @brief Derivatives of a run with respect to its parameters: those of the discrete step itself, exact to rounding.
 *
 * One step, of either scheme, is a chain of maps: what mechanisms add at the old voltage, one or two solutions of the
 * tree's linear system, what states do at the new voltage. Each is linearised where it runs (slopes.h), and the
 * linear maps are applied forwards to many parameters side by side (lg_cable_gradient_forward) or backwards to the
 * derivative of a loss (lg_cable_gradient_backward, any number of parameters at once). The matrix is symmetric, so the
 * way back solves with the same elimination. The way back needs the states of all steps: they are kept every
 * sqrt(steps) steps and made again between (Griewank 1992, doi 10.1080/10556789208805505), which costs one more run
 * and O(sqrt(steps)) memory.
 *
 * Of sdirk2 it is the plain step, without its correction for channels that change within a step
 * (cable_run_options.plain).
 *
 * No derivatives exist through resets and thresholds of spiking membranes: such models are refused. Spikes of channels
 * are smooth. Times of events are constants.
 */
#ifndef LG_CABLE_GRADIENT_H
#define LG_CABLE_GRADIENT_H

#include "cable/cell.h"

typedef enum cable_parameter_sort {
  CABLE_FIELD,       /* a field of a mechanism: density in regions, or of points and synapses */
  CABLE_CAPACITANCE, /* cm, uF/cm2 */
  CABLE_AXIAL,       /* Ra, ohm cm; of whole regions only */
  CABLE_REVERSAL,    /* ena, ek, … of an ion whose reversal is given, mV */
  CABLE_WEIGHT,      /* of synapses, uS: added to the weight of each event times its share of it */
  CABLE_CLAMP,       /* amplitude of a current clamp, nA */
  CABLE_V_INIT       /* voltage at the start, mV */
} cable_parameter_sort;

#define CABLE_ANY SIZE_MAX

/** One number that derivatives are taken of, or that is set; where several places are meant, all have the same value.
 */
typedef struct cable_parameter {
  cable_parameter_sort sort;
  const cable_mechanism *mechanism; /* of a field */
  size_t field;
  char ion[16];                 /* of a reversal */
  size_t region, section, node; /* CABLE_ANY, or only there (of the model's regions, the tree's sections and nodes) */
  size_t index;                 /* of a point, synapse or clamp; CABLE_ANY: all */
} cable_parameter;

#define CABLE_PARAMETER_INIT                                                                                           \
  { .region = CABLE_ANY, .section = CABLE_ANY, .node = CABLE_ANY, .index = CABLE_ANY }

/** Current from outside, besides the model's clamps: sampled currents, and a soft clamp that draws v to a course. */
typedef struct cable_drive {
  size_t node;
  const double *current_nA; /* (n_steps) mean over each step, inwards; NULL: none */
  const double *towards_mV; /* (n_steps) mean over each step; NULL: no soft clamp; NAN: not in this step */
  double towards_uS;        /* conductance of the soft clamp */
} cable_drive;

typedef struct cable_gradient_options {
  cable_scheme scheme; /* CABLE_SDIRK2 or CABLE_NRN */
  double dt_ms;        /* 0: 0.025 */
  size_t n_steps;      /* 0: up to the model's tstop_ms */
  const size_t *nodes; /* (n_nodes) where v is looked at */
  size_t n_nodes;
  uint64_t seed;
} cable_gradient_options;

typedef struct cable_gradient cable_gradient;

/**
 * @brief Prepare a run with derivatives. Model and tree must outlive it.
 * @retval LG_ERR_UNSUPPORTED the adaptive scheme, or a spiking membrane with resets
 * @retval LG_ERR_RANGE a parameter means no place of the cell
 */
LG_MUST_CHECK lg_status lg_cable_gradient_create(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                                 const cable_gradient_options *options,
                                                 const cable_parameter *parameters, size_t n_parameters,
                                                 cable_gradient **out);
void lg_cable_gradient_destroy(lg_ctx *ctx, cable_gradient *gradient);

size_t lg_cable_gradient_steps(const cable_gradient *gradient);
/** @brief Bytes that the way back keeps: checkpoints and one segment. */
size_t lg_cable_gradient_bytes(const cable_gradient *gradient);

/** @brief Present values (n_parameters); a parameter of several places has the value of the first. */
void lg_cable_gradient_values(const cable_gradient *gradient, double *values);
/** @brief Set all parameters. */
LG_MUST_CHECK lg_status lg_cable_gradient_set(lg_ctx *ctx, cable_gradient *gradient, const double *values);
/** @brief Currents from outside for the runs that follow; kept by reference. n 0: none. */
LG_MUST_CHECK lg_status lg_cable_gradient_drive(lg_ctx *ctx, cable_gradient *gradient, const cable_drive *drives,
                                                size_t n);

/**
 * @brief Run without derivatives.
 * @param v_mV (n_nodes, n_steps + 1) at 0, dt, …; may be NULL
 * @retval LG_ERR_NUMERICAL v left ±1000 mV
 */
LG_MUST_CHECK lg_status lg_cable_gradient_run(lg_ctx *ctx, cable_gradient *gradient, double *v_mV);

/**
 * What the way forward gives after each step, 0 at the start: v (n_nodes) and dv (n_nodes, n_parameters), per unit of
 * the parameter. Return false to stop early.
 */
typedef bool cable_gradient_fn(void *user, size_t step, const double *v, const double *dv);

/** @brief Run with the derivatives of v at the nodes with respect to every parameter. */
LG_MUST_CHECK lg_status lg_cable_gradient_forward(lg_ctx *ctx, cable_gradient *gradient, cable_gradient_fn *fn,
                                                  void *user);

/** Makes of the courses v (n_nodes, n_steps + 1) the derivative of a loss dv of the same shape, zero when called. */
typedef double cable_loss_fn(void *user, const double *v, double *dv);

/**
 * @brief Run, ask for the loss, and go back: the loss's derivative by every parameter.
 * @param[out] loss       what fn returned
 * @param[out] derivative (n_parameters)
 */
LG_MUST_CHECK lg_status lg_cable_gradient_backward(lg_ctx *ctx, cable_gradient *gradient, cable_loss_fn *fn, void *user,
                                                   double *loss, double *derivative);

#endif
