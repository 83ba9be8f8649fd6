/**
 * @file calcium_trial.h
 * @brief Many runs of one calcium case side by side: with other constants, in one dimension or resolved across.
 */
#ifndef LG_TWIN_CALCIUM_TRIAL_H
#define LG_TWIN_CALCIUM_TRIAL_H

#include "calcium/run.h"

enum { CALCIUM_TRIAL_KNOBS = 8, CALCIUM_FRONT_BEHIND = 120, CALCIUM_FRONT = 161 };

/**
 * A wave caught when its mean c passes the threshold at five eighths of the dendrite: CALCIUM_FRONT columns at x - x of
 * the crossing = (k - CALCIUM_FRONT_BEHIND) step_um, rows of rings; the rows of one dimension are one.
 */
typedef struct calcium_front {
  bool caught;
  double step_um;
  size_t n_cytosol, n_er;
  double *rho_um; /* (n_er + n_cytosol) from the axis */
  double *values; /* (n_er + n_cytosol, CALCIUM_FRONT): e, then c; NAN beyond the dendrite */
} calcium_front;

/** One run. */
typedef struct calcium_trial {
  /* what is asked */
  size_t n_knobs;
  const char *names[CALCIUM_TRIAL_KNOBS]; /* lg_calcium_knob_set() */
  double values[CALCIUM_TRIAL_KNOBS];
  size_t n_rings; /* of the cytosol; 0: one dimension */
  double dt_s, max_dx_um;
  double stop_after_s;  /* as of calcium_options */
  double end_s;         /* 0: of the case */
  double threshold_uM;  /* 0: of the case */
  calcium_front *front; /* filled when not NULL; room by lg_calcium_front_create() */
  /* what came */
  calcium_summary summary;
  size_t n_nodes, n_steps;
  double total_drift; /* relative change of all calcium */
} calcium_trial;

LG_MUST_CHECK lg_status lg_calcium_front_create(lg_ctx *ctx, size_t n_rings, calcium_front **out);
void lg_calcium_front_destroy(lg_ctx *ctx, calcium_front *front);

/** What all trials share: the file of the case and the gate's name (lg_calcium_gate_choose()). */
typedef struct calcium_trial_case {
  const char *path, *gate;
} calcium_trial_case;

/** @brief Run all, on as many threads as the context has. The first that fails (by its place) decides the status. */
LG_MUST_CHECK lg_status lg_calcium_trials(lg_ctx *ctx, const calcium_trial_case *shared, calcium_trial *trials,
                                          size_t n);

/** A constant from which on there is a wave. */
typedef struct calcium_threshold {
  const char *name;
  double low, high;   /* between which to look: no wave at low, a wave at high */
  double share;       /* stop when high / low is below 1 + share */
  calcium_trial like; /* the other constants, grid and step */
  bool found;
  double below, above; /* the last without and the first with a wave */
  size_t n_runs;
} calcium_threshold;

/** @brief Halve in log space; one search after the other, the runs of all of them side by side. */
LG_MUST_CHECK lg_status lg_calcium_thresholds(lg_ctx *ctx, const calcium_trial_case *shared, calcium_threshold *t,
                                              size_t n);

#endif
