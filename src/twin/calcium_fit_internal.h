/** @file calcium_fit_internal.h @brief Parts of the fit of calcium waves. */
#ifndef LG_TWIN_CALCIUM_FIT_INTERNAL_H
#define LG_TWIN_CALCIUM_FIT_INTERNAL_H

#include "num/levenberg.h"
#include "twin/calcium_file.h"
#include "twin/calcium_fit.h"
#include "twin/calcium_gate.h"

/** What one thread needs to run the case. */
typedef struct fit_job {
  lg_ctx *ctx;
  calcium_case *c; /* with the wave's places as probes */
  calcium_chosen_gate gate;
  double *signal, *integral; /* (room) of one place: what an instrument sees of c, and its integral over time */
  size_t room;
  size_t runs;
} fit_job;

/** The model at the samples, where somebody asks. */
typedef struct fit_look {
  double *shift_s, *shift_error_s, *fitted, *arrivals;
} fit_look;

/** One fit: of the data, or of one simulated set. */
typedef struct fit_desk {
  const calcium_fit_options *o;
  const calcium_wave *wave;
  const calcium_fit_unknown *unknowns;
  size_t n, m; /* unknowns, residuals */
  double noise, time_error_s, peak_error;
  double end_s, sample_s; /* of the model's runs */
  lg_ctx *ctx;            /* whose threads share columns; NULL: this thread does all, with jobs[0] */
  fit_job *jobs;
  double *columns; /* (n + 1, m) residuals at x and beside it */
  bool *good;      /* (n + 1) */
  double point[CALCIUM_FIT_MOST], step[CALCIUM_FIT_MOST];
  lg_lm lm;
} fit_desk;

/** @brief Value of an unknown from its coordinate (logarithm; of t0 ms) and back. */
double lg_calcium_fit_value(const calcium_fit_unknown *u, double coordinate);
double lg_calcium_fit_coordinate(const calcium_fit_unknown *u, double value);
bool lg_calcium_fit_is_time(const calcium_fit_unknown *u);

/** @brief How many residuals a wave has. */
size_t lg_calcium_fit_residuals(const calcium_wave *wave);

/** @brief Run the model at coordinates x and lay it beside the wave. @param r (m) @return false: no wave, or no run */
bool lg_calcium_fit_evaluate(const fit_desk *d, fit_job *job, const double *x, double *r, const fit_look *look);

/** @brief For lg_lm: cost and curvature by differences. */
bool lg_calcium_fit_cost(void *user, const double *x, double *cost, double *a, double *g);

LG_MUST_CHECK lg_status lg_calcium_fit_job_create(fit_job *job, const fit_desk *d);
void lg_calcium_fit_job_clear(fit_job *job);

/** @brief Room of a desk and its search. */
LG_MUST_CHECK lg_status lg_calcium_fit_desk_open(lg_ctx *ctx, fit_desk *d);
void lg_calcium_fit_desk_close(lg_ctx *ctx, fit_desk *d);

/** @brief Values, intervals, correlations, profiles of the point where the search stands. */
void lg_calcium_fit_judge(fit_desk *d, calcium_fit *f, bool profiles);

/** @brief Simulate, fit, count. */
LG_MUST_CHECK lg_status lg_calcium_fit_cover(lg_ctx *ctx, const fit_desk *d, calcium_fit *f);

#endif
