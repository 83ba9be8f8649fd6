/**
 * @file run.h
 * @brief What the solvers share: the course of one simulation, its samples and spikes.
 */
#ifndef LG_NEURON_RUN_H
#define LG_NEURON_RUN_H

#include "data/stimulus.h"
#include "neuron/plan.h"
#include "num/dop853.h"

/** Root of the spike and switching surfaces inside a step, as a share of the step. */
#define LG_ROOT_ITERATIONS 200

/** One run. */
typedef struct lg_run {
  lg_ctx *ctx;
  lg_plan plan;
  const lg_protocol *protocol;
  const lg_stimulus *stimulus;
  const lg_simulate_options *options;
  lg_simulation *result;
  double t; /* time of y, ms */
  double y[LG_NEURON_MAX_STATES];
  const lg_stimulus_piece *piece; /* the piece that t is in */
  size_t next_sample;             /* not yet written */
  size_t next_event;              /* synaptic event not yet arrived */
  size_t spike_room;
  double last_spike; /* time of the last reset, to notice spikes without end */
  unsigned stuck;    /* resets without time passing between them */
} lg_run;

/** @brief Write samples with t_k < until from a function of time; `last` also those at until. */
typedef void (*lg_state_at)(void *user, double t_ms, double *y);

/** @brief Write the samples in [.., until) that are due; state_at gives the states at a time. */
void lg_run_sample(lg_run *run, double until, lg_state_at state_at, void *user);

/** @brief Note a spike at run->t with the state before the reset in run->y, then reset. */
LG_MUST_CHECK lg_status lg_run_spike(lg_run *run);

/** @brief Let the synaptic events arrive whose time is run->t or before. */
void lg_run_arrivals(lg_run *run);

/** @brief Fail when a state is not finite. */
LG_MUST_CHECK lg_status lg_run_finite(const lg_run *run);

/** A surface of the state space whose crossing is an event: zero on it. */
typedef double (*lg_surface_fn)(const lg_plan *plan, const double *y);

/**
 * @brief Root of g in (0, h] of the last step of dop853 from (t, y), g0 and g1 its values at 0 and h.
 *
 * The Illinois method on steps taken again, which keeps a bracket: the end of it on the far side is returned, so that
 * the surface is reached.
 */
double lg_run_root(lg_dop853 *step, const lg_plan *plan, double t, const double *y, lg_surface_fn g, double h,
                   double g0, double g1);

/** @brief One step of rk4 from run->t to a target at most a step away, in the current of run->piece. */
LG_MUST_CHECK lg_status lg_run_rk4_to(lg_run *run, double target);

/** One function per solver: from run->t = 0 to the end. */
LG_MUST_CHECK lg_status lg_run_reference(lg_run *run);
LG_MUST_CHECK lg_status lg_run_rk4(lg_run *run);
LG_MUST_CHECK lg_status lg_run_euler(lg_run *run);

#endif
