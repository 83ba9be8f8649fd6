/** @file gradient_check.h @brief Derivatives of a run against each other and against differences of runs; what they
 * cost.
 */
#ifndef LG_CABLE_GRADIENT_CHECK_H
#define LG_CABLE_GRADIENT_CHECK_H

#include "cable/parameters.h"

/** Of one parameter: derivative of a loss, forwards, backwards and by central differences of runs of changed models. */
typedef struct cable_check_row {
  double forward, backward, differences;
} cable_check_row;

typedef struct cable_check {
  size_t n_nodes, n_steps, n_parameters, n_spikes;
  double loss;                /* half the squared deviation from the start at all probes, mV^2 ms */
  double spike_ms;            /* first upward crossing of 0 mV at the first probe; NAN: none */
  cable_check_row *of_loss;   /* (n_parameters) */
  cable_check_row *of_spike;  /* (n_parameters) of the crossing's time; NAN where there is none */
  double forward_backward;    /* greatest relative difference; of derivatives above 1e-6 of the greatest elasticity */
  double forward_differences; /* of those above 1e-3 of it: rounding of runs hides smaller ones */
  double run_s, forward_s, backward_s, differences_s; /* CPU time of one run, of all derivatives */
  size_t memory_bytes;                                /* that the way back keeps */
  size_t state_bytes;                                 /* of one state */
} cable_check;

typedef struct cable_check_options {
  cable_scheme scheme;
  double dt_ms, stop_ms; /* stop_ms 0: the model's */
  bool differences;      /* compare with differences too */
} cable_check_options;

/** @brief Check the derivatives by all parameters. */
LG_MUST_CHECK lg_status lg_cable_gradient_check(lg_ctx *ctx, cable_model *model, const cable_cut *cut,
                                                const cable_check_options *options, const cable_named *parameters,
                                                size_t n, cable_check **out);
void lg_cable_check_destroy(lg_ctx *ctx, cable_check *check);

#endif
