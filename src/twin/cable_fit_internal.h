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
  double cost, chi2;
  size_t n;
  double a[LG_LM_MOST * LG_LM_MOST], g[LG_LM_MOST];
} cable_fit_job;

typedef struct cable_fit_desk {
  lg_ctx *ctx;
  cable_fit *fit;
  const cable_fit_options *o;
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
/** @brief Intervals and verdicts at the values of d->lm.x. */
void lg_cable_fit_judge(cable_fit_desk *d);
/** @brief A value from its coordinate. */
double lg_cable_fit_value(const cable_fit_unknown *u, double x);
double lg_cable_fit_coordinate(const cable_fit_unknown *u, double value);
/** @brief Make the training sweeps (only those without spikes) the active ones; false: there is none. */
bool lg_cable_fit_choose(cable_fit_desk *d, bool quiet_only);

#endif
