/** @file run_internal.h @brief What a run holds, and what a scheme of time steps must bring (step_imex.c, …). */
#ifndef LG_CALCIUM_RUN_INTERNAL_H
#define LG_CALCIUM_RUN_INTERNAL_H

#include "base/cpu.h"
#include "calcium/diffusion.h"
#include "calcium/reactions.h"
#include "calcium/run.h"

/** A part of what a run remembers, for checkpoints. */
typedef struct calcium_array {
  const char *name;
  double *values;
  size_t n;
} calcium_array;

typedef struct calcium_integrator {
  const char *name;
  bool fixed;   /* equal steps; run->stretch counts them */
  double reach; /* longest step times the fastest rate that is explicit; 0: all is implicit */
  /** Make the scheme's own memory; the state is at rest. */
  lg_status (*create)(lg_ctx *ctx, calcium_run *run, void **own);
  void (*destroy)(lg_ctx *ctx, void *own);
  /** A stretch begins at now.t_s: run->stretch is set; where steps are not fixed, its dt_s is for the first one. */
  void (*begin)(calcium_run *run);
  /** Move run->now by one step; fixed schemes leave now.t_s to the caller, others set it, never beyond
   * run->stretch.end_s. */
  lg_status (*step)(lg_ctx *ctx, calcium_run *run);
  /** History that a restart needs beside the state: fills at most 32 rows, returns their number. */
  size_t (*history)(calcium_run *run, calcium_array rows[32]);
  /** Steps and errors so far; NULL for schemes of fixed steps. */
  calcium_effort (*effort)(const calcium_run *run);
} calcium_integrator;

extern const calcium_integrator lg_calcium_step_imex1, lg_calcium_step_imex2, lg_calcium_step_rodas4;

struct calcium_run {
  const calcium_case *c;
  const calcium_grid *grid;
  const calcium_gate *gate;
  const calcium_extra *extra; /* NULL: none */
  const calcium_integrator *integrator;
  void *own; /* the integrator's */
  calcium_reactions reactions;
  calcium_state now;
  size_t n_fields;               /* 3 + now.n_species: all that diffuses */
  double **values;               /* (n_fields) into now: c, b, e, species */
  calcium_diffusion *diffusions; /* (n_fields) */
  double *profiles;              /* (n_stimuli, n) µM µm/s at the start of the ramp */
  size_t *profile_nodes;         /* (n_stimuli, 2) first node and one past the last with a share */
  calcium_stretch stretch;
  double tolerance; /* of schemes with steps of their own choice; 0: 1 */
  lg_cpu at_most;   /* widest kernels that may be used */
  double *block;    /* c, b, e with 8 values before and after each */
};

/** @brief Spread the stimuli over the nodes, once. */
void lg_calcium_set_profiles(calcium_run *run);

/** @brief Set reactions.inflow to the stimuli at t; false where none is on and inflow is 0 everywhere. */
bool lg_calcium_inflow(calcium_run *run, double t_s);

/** @brief Rates of all fields without diffusion at time t, µM/s; P is now.open. inflow must be set. */
void lg_calcium_rates(const calcium_run *run, double t_s, double *const *rates);

#endif
