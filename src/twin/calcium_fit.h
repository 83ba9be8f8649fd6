/**
 * @file calcium_fit.h
 * @brief Constants of a dendrite with ER from measured calcium waves, with intervals.
 *
 * Levenberg–Marquardt on the logarithms of the constants inside bounds, from several starts, slopes by differences of
 * runs side by side. A trace is compared in two parts: the shift in time that lays the model on it (over the error that
 * noise gives such a shift), and what is left, sample by sample, once it lies there. Near the optimum both together are
 * the sum of squares of the samples; far from it a wave that comes late still knows where to go. Intervals are those of
 * the curvature, of the two constants that the data know least by profiles of the likelihood.
 */
#ifndef LG_TWIN_CALCIUM_FIT_H
#define LG_TWIN_CALCIUM_FIT_H

#include "data/json_writer.h"
#include "twin/calcium_wave.h"

struct lg_provenance;

enum { CALCIUM_FIT_MOST = 12 };

/** A constant that is fitted. */
typedef struct calcium_fit_unknown {
  char name[24]; /* lg_calcium_knob_get(), or t0: when the stimulus came on the clock of the data, s */
  double start, low, high;
  double value;
  double sd;          /* of the logarithm; of t0 in s */
  double interval[2]; /* 95 % */
  bool profiled;      /* the interval is that of the profile */
  bool identified;    /* the interval has both ends inside the bounds and spans less than a factor of 4 */
  size_t covered;     /* of the simulated waves whose interval holds the value */
  double spread;      /* rms error of their fits: of the logarithm; of t0 in s */
} calcium_fit_unknown;

typedef struct calcium_fit_options {
  const char *case_path, *gate;
  double dt_s, max_dx_um;
  double noise;                    /* of a sample; 0: from the data */
  double time_error_s, peak_error; /* of arrivals; of peaks as a share; 0: 0.1 ms, 0.02, and both by the scatter */
  double kd_uM, dynamic_range;     /* of the indicator: F_max / F_min */
  double exposure_s;               /* samples are means over so long, centred; 0: points */
  size_t starts, iterations;
  bool profiles;
  size_t coverage; /* waves simulated at the fitted values and fitted again */
  uint64_t seed;
} calcium_fit_options;

typedef struct calcium_fit {
  calcium_fit_options o;
  size_t n;
  calcium_fit_unknown unknowns[CALCIUM_FIT_MOST];
  double correlation[CALCIUM_FIT_MOST * CALCIUM_FIT_MOST];
  size_t n_residuals;
  double noise, chi2;                     /* of a sample; mean square of the residuals */
  double scale;                           /* by which intervals are wider for misfit; 1: none */
  size_t starts_tried, starts_best, runs; /* starts that ended within 1 % of the best */
  double start_chi2;
  const calcium_wave *wave; /* the caller's */
  double *shift_s;          /* (n_traces) model minus data, s; NAN: no wave there */
  double *shift_error_s;    /* (n_traces) what noise makes of it */
  double *fitted;           /* (n_samples) the model at the samples, as it comes (not shifted) */
  double *arrivals;         /* (n_traces, 3) up, down, peak of the model */
  size_t coverage_done, coverage_failed;
} calcium_fit;

/**
 * @brief The unknowns of "rho_R,Dc=100:400,t0": bounds a tenth and ten times the case's value unless given.
 * @retval LG_ERR_NOT_FOUND no such constant; LG_ERR_RANGE bounds that do not hold the value, a value of 0
 */
LG_MUST_CHECK lg_status lg_calcium_fit_unknowns(lg_ctx *ctx, const calcium_case *c, const char *text,
                                                calcium_fit_unknown unknowns[CALCIUM_FIT_MOST], size_t *n);

/** What happened so far, for people. */
typedef void calcium_fit_words(void *user, const char *words);

/**
 * @brief Fit. The wave must outlive the result.
 * @retval LG_ERR_NUMERICAL no start makes a wave at every place where one was measured
 */
LG_MUST_CHECK lg_status lg_calcium_fit_run(lg_ctx *ctx, const calcium_wave *wave, const calcium_fit_unknown *unknowns,
                                           size_t n, const calcium_fit_options *o, calcium_fit_words *say, void *user,
                                           calcium_fit **out);
void lg_calcium_fit_destroy(lg_ctx *ctx, calcium_fit *fit);

/** @brief Keys into the object that is open. */
void lg_calcium_fit_fields(lg_json *w, const calcium_fit *fit);

/** @brief fit.json, case.json (the case with the fitted values), residuals.csv, arrivals.csv. */
LG_MUST_CHECK lg_status lg_calcium_fit_write(lg_ctx *ctx, const char *folder, const calcium_fit *fit,
                                             struct lg_provenance *provenance);

#endif
