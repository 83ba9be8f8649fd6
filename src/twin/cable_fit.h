/**
 * @file cable_fit.h
 * @brief Fit a cell with shape to current-clamp sweeps by the derivatives of its run.
 *
 * First the passive values on sweeps without spikes, then all on all training sweeps: a soft clamp (conductance K times
 * the cell's capacitance) draws the model's potential to the recorded one, so that spikes stand where they were
 * recorded and the cost is nearly quadratic; K falls to 0, where the fit is maximum likelihood of the free run
 * (Abarbanel et al. 2009, doi 10.1137/090749761). Each stage is Levenberg–Marquardt on exact derivatives
 * (cable/gradient.h), conductances, cm and Ra on a logarithmic scale inside bounds. Several starts, the later ones from
 * a population; a fit that explains the sweeps to the noise ends the search. Where none does and the cell fires,
 * evolution goes on by the score of the free run: counts, times and shapes of spikes, the potential between.
 */
#ifndef LG_CABLE_FIT_H
#define LG_CABLE_FIT_H

#include "cable/parameters.h"
#include "num/levenberg.h"

#include <loligo/recording.h>

enum { CABLE_FIT_TIED = 8 };

typedef enum cable_fit_verdict {
  CABLE_FIT_IDENTIFIED,
  CABLE_FIT_AT_BOUND, /* the best value stands on its bound */
  CABLE_FIT_UNSEEN    /* the recording does not tell: the interval is (nearly) the range */
} cable_fit_verdict;

/** A value that is fitted. */
typedef struct cable_fit_unknown {
  char name[96];
  const char *unit;
  size_t n_tied; /* parameters of the model that have this one value; 0: the bridge resistance */
  cable_parameter tied[CABLE_FIT_TIED];
  bool logarithmic, passive;
  double start, low, high;
  /* result */
  double value, interval[2]; /* 95 % */
  double sd;                 /* of the value, of its logarithm where logarithmic */
  cable_fit_verdict verdict;
} cable_fit_unknown;

/** One sweep as the fit sees it, on the grid of steps. */
typedef struct cable_fit_sweep {
  int number;
  bool train, spikes; /* spikes: it has some */
  size_t n_steps;
  double dt_ms, t0_ms; /* t0 of the first step in the sweep */
  double *current_nA;  /* (n_steps) */
  double *towards_mV;  /* (n_steps) */
  double *v_mV;        /* (n_steps + 1) recorded; NAN between samples */
  double *weight;      /* (n_steps + 1) scratch */
  size_t settle;       /* steps before the first sample: at rest under the first current, they do not count */
  double start_mV;     /* mean of the first 5 ms */
  /* result */
  size_t n_recorded, n_predicted; /* spikes */
  double rmse_mV;                 /* of all samples that count */
  double rmse_quiet_mV;           /* of those 5 ms and more away from any spike of either */
  double *predicted_mV;           /* (n_steps + 1) */
} cable_fit_sweep;

typedef struct cable_fit_options {
  cable_location at; /* of the electrode */
  double dt_ms;      /* greatest step; 0: 0.05 */
  double noise_mV;   /* 0: estimated from second differences */
  double settle_ms;  /* at the start of a window that does not count; 0: 20 */
  double before_ms;  /* window around the step; 0: 60, 60 */
  double after_ms;
  size_t starts;      /* 0: 3 */
  size_t iterations;  /* of a stage, at most; 0: 8 */
  size_t generations; /* of the search by spikes, 0: 60 */
  uint64_t seed;
  bool no_profiles;
} cable_fit_options;

typedef struct cable_fit {
  size_t n_unknowns, n_sweeps, n_nodes;
  cable_fit_unknown *unknowns;
  cable_fit_sweep *sweeps;
  double sigma_mV;
  double chi2_per_sample; /* of the training sweeps, free run */
  bool explained;         /* to the noise: 0.8 … 1.3 */
  bool by_score;    /* the values come from the search by spikes, their intervals are what scores nearly as well */
  double inflation; /* of the variances, for misfit and its correlation in time; 1 when explained */
  double score;     /* of the free run on the training sweeps, 0 is best */
  double kept_nudge_per_ms; /* K of the stage that the values come from */
  size_t starts, evaluations, derivatives;
  double covariance[LG_LM_MOST * LG_LM_MOST];
} cable_fit;

/**
 * @brief Unknowns by patterns: "NAME", "NAME=LOW:HIGH", comma-separated; NULL: every conductance that is not 0, cm, Ra
 * and leak reversals. cm, Ra and leak reversals that begin with equal values in several regions are one unknown.
 * @retval LG_ERR_NOT_FOUND a pattern names nothing
 */
LG_MUST_CHECK lg_status lg_cable_fit_unknowns(lg_ctx *ctx, const cable_model *model, const char *patterns, bool bridge,
                                              cable_fit_unknown **out, size_t *n);

/** @brief Put sweeps on a grid of steps. train (n_sweeps of the recording) or NULL: even ones where there are four. */
LG_MUST_CHECK lg_status lg_cable_fit_sweeps(lg_ctx *ctx, const lg_recording *recording,
                                            const cable_fit_options *options, const bool *train, cable_fit_sweep **out,
                                            size_t *n);
void lg_cable_fit_sweeps_destroy(lg_ctx *ctx, cable_fit_sweep *sweeps, size_t n);

/** Called after each stage with the best values so far. */
typedef void cable_fit_stage_fn(void *user, const char *stage, const cable_fit *best);

/**
 * @brief Fit. The model's own clamps and synapses are silent meanwhile; afterwards the model has the best values.
 * @param unknowns, sweeps owned by the fit from here on, also on failure
 */
LG_MUST_CHECK lg_status lg_cable_fit_run(lg_ctx *ctx, cable_model *model, const cable_cut *cut,
                                         const cable_fit_options *options, cable_fit_unknown *unknowns,
                                         size_t n_unknowns, cable_fit_sweep *sweeps, size_t n_sweeps,
                                         cable_fit_stage_fn *stage, void *user, cable_fit **out);
void lg_cable_fit_destroy(lg_ctx *ctx, cable_fit *fit);

/** @brief "identified", "at bound", "not identifiable". */
const char *lg_cable_fit_word(cable_fit_verdict verdict);

#endif
