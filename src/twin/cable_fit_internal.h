/** @file cable_fit_internal.h @brief One fit at work; private to cable_fit*.c. */
#ifndef LG_CABLE_FIT_INTERNAL_H
#define LG_CABLE_FIT_INTERNAL_H

#include "twin/cable_fit.h"

/** A sweep with its own running cell and context, so that sweeps run side by side. */
typedef struct cable_fit_job {
  struct cable_fit_desk *desk;
  lg_ctx *ctx;
  cable_gradient *r;
  cable_fit_sweep *s;
  cable_drive drive;
  double *v;      /* (n_steps + 1) */
  double *values; /* (n_seeds) */
  const double *x;
  bool derive, ok;
  double *step_error_mV; /* (n_steps + 1) of the model's steps, taken off */
  cable_gradient *fine;  /* the same cell with quarters of the steps; NULL: not made yet */
  double *fine_nA, *fine_mV, *fresh_mV;
  double cost, chi2;
  size_t n;
  double a[LG_LM_MOST * LG_LM_MOST], g[LG_LM_MOST];
} cable_fit_job;

typedef struct cable_fit_desk {
  lg_ctx *ctx;
  cable_fit *fit;
  const cable_fit_options *o;
  const cable_model *model;
  const cable_tree *tree;
  const cable_parameter *seeds;
  size_t n_jobs, n_seeds;
  cable_fit_job *jobs;
  size_t *active; /* (n_jobs) sweeps that count now */
  size_t n_active;
  size_t *unknown_of; /* (n_seeds) ; SIZE_MAX: the start's voltage */
  double capacitance_nF;
  /* how it is weighed now */
  double nudge_per_ms, slope_share, scale_mV, huber;
  lg_lm lm;
} cable_fit_desk;

/** Share of the change per sample that counts as error at the end: the model's steps and the recording's samples leave
 * the times of steep flanks uncertain. */
#define CABLE_FIT_SLOPE_SHARE 0.2

/** @brief lg_lm_fn over the active sweeps. */
bool lg_cable_fit_evaluate(void *desk, const double *x, double *cost, double *a, double *g);
/** @brief Weights of the present stage. */
void lg_cable_fit_weigh(cable_fit_desk *d);
/** @brief Free runs of all sweeps at x: predictions, spikes, errors; returns the score of the training sweeps. */
double lg_cable_fit_look(cable_fit_desk *d, const double *x);
/** @brief Score of the free run on the training sweeps alone, 0 is best: counts and times of spikes, their shape after
 * they are moved onto the recorded ones, the potential between. INFINITY: the run fails. */
double lg_cable_fit_score(cable_fit_desk *d, const double *x);
/** @brief Intervals and verdicts at the values of d->lm.x. */
void lg_cable_fit_judge(cable_fit_desk *d);
/** @brief The same where the values come from the score: low and high (n) of what scores nearly as well. */
void lg_cable_fit_judge_by_score(cable_fit_desk *d, const double *low, const double *high);

enum { CABLE_FIT_POPULATION = 64 };
/** @brief Put d->lm.x to the best by score of CABLE_FIT_POPULATION points that fill the ranges; returns its score.
 * keep_passive: every other one keeps the passive values of d->lm.x. */
double lg_cable_fit_populate(cable_fit_desk *d, size_t start, bool keep_passive);
/**
 * @brief Better scores by evolution, from a point with its score and from a population; d->lm.x is the best.
 * @param[out] low, high (n) ranges of what scores nearly as well
 * @param[out] reached   its score; INFINITY: there are too many unknowns for it
 */
LG_MUST_CHECK lg_status lg_cable_fit_evolve(cable_fit_desk *d, const double *from, double score, double *low,
                                            double *high, double *reached);
/** @brief Parameters of a job's run at j->x. */
void lg_cable_fit_set_values(cable_fit_job *j);
/**
 * @brief Measure the error of the steps at x, by runs with quarters of them, and take it off from here on. It hardly
 * changes with x, so that a fit with it is one with far shorter steps. False: a run failed, nothing has changed.
 */
bool lg_cable_fit_correct(cable_fit_desk *d, const double *x);
void lg_cable_fit_uncorrect(cable_fit_desk *d);
void lg_cable_fit_free_fine(cable_fit_job *j);
/** @brief A value from its coordinate. */
double lg_cable_fit_value(const cable_fit_unknown *u, double x);
double lg_cable_fit_coordinate(const cable_fit_unknown *u, double value);
/** @brief Make the training sweeps (only those without spikes) the active ones; false: there is none. */
bool lg_cable_fit_choose(cable_fit_desk *d, bool quiet_only);

#endif
