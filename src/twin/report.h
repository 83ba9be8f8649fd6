/**
 * @file report.h
 * @brief The report of a cloned recording: one plain struct in; a web page, a PDF, figures and the run itself out.
 *
 * lg_report_data borrows everything: whoever fills it keeps the arrays and strings alive until lg_report_write()
 * returned. Start from LG_REPORT_DATA_INIT; whatever stays NULL, 0 or NAN is left out of the report and, where a
 * reader would expect it, said to be unknown. Units stand in names; "shape (n)" is a length.
 *
 * A report folder holds run.json (everything but the traces, strict JSON), traces.csv (recording and twin, tidy),
 * report.html, report.pdf and fig-*.svg / fig-*.png. Each file appears whole or not at all, and the same data
 * always gives the same bytes.
 */
#ifndef LG_TWIN_REPORT_H
#define LG_TWIN_REPORT_H

#include "data/provenance.h"

/** One sweep: what was recorded and what the twin does with the same current. */
typedef struct lg_report_sweep {
  int number; /**< as in the file, from 0 */
  size_t n;
  double dt_ms, t0_ms;            /**< sample k stands at t0_ms + k * dt_ms; t0_ms is usually 0 (start of the sweep) */
  const double *v_mV;             /**< (n) recorded; NAN where missing */
  const double *i_pA;             /**< (n) injected current, or NULL */
  const double *twin_mV;          /**< (n) the twin's answer, or NULL when it was not simulated; NAN where not */
  const double *twin_lo_mV;       /**< (n) lower edge of the 95 % posterior predictive band, or NULL */
  const double *twin_hi_mV;       /**< (n) upper edge, or NULL */
  bool fitted;                    /**< true: the fit saw this sweep; false: predicted */
  double step_pA;                 /**< current of the step as drawn on the f–I axis; NAN when there is no step */
  double step_on_ms, step_off_ms; /**< NAN when there is no step */
  int n_spikes, n_spikes_twin;    /**< within the step; -1 = unknown */
  double n_spikes_twin_lo, n_spikes_twin_hi; /**< 95 % posterior predictive interval of the count, or NAN */
} lg_report_sweep;

/** One parameter of the twin. */
typedef struct lg_report_parameter {
  const char *name, *unit; /**< "C", "pF"; unit "" or NULL = none */
  const char *meaning;     /**< "membrane capacitance", or NULL */
  double value, sd;
  double lo95, hi95;             /**< central 95 % interval */
  double prior_low, prior_high;  /**< range of the training neurons, or NAN */
  double held_out_r2;            /**< R² over unseen simulated neurons, or NAN */
  double held_out_error_percent; /**< median absolute error on them, in % of the value, or NAN */
} lg_report_parameter;

/** One feature of the cell, measured on the recording and on the twin's traces. */
typedef struct lg_report_feature {
  const char *name, *unit; /**< "Rin", "MOhm" */
  double recording, twin;  /**< NAN = undefined */
  const char *meaning;     /**< one sentence, or NULL */
} lg_report_feature;

/** One model family that was tried ("which family explains this cell"). */
typedef struct lg_report_candidate {
  const char *model, *variant;
  double chi2_per_sample, count_rmse; /**< NAN = unknown */
  bool accepted, chosen;
  const char *note; /**< one sentence, or NULL */
} lg_report_candidate;

/** One rule that the twin had to pass, for the credibility card. */
typedef struct lg_report_check {
  const char *name;        /**< "χ² per sample" */
  double value, low, high; /**< the allowed range; -INFINITY / INFINITY = open */
  const char *unit;
  bool passed;
} lg_report_check;

/** A pair of words for lists such as the training domain: "membrane capacitance" – "20 … 400 pF". */
typedef struct lg_report_fact {
  const char *name, *text;
} lg_report_fact;

typedef struct lg_report_data {
  /* what was cloned */
  const char *title;    /**< name of the cell or file; NULL = source */
  const char *source;   /**< file name as given */
  const char *format;   /**< "ABF2" … */
  const char *pairing;  /**< one sentence */
  const char *protocol; /**< protocol name of the file */
  const char *created;  /**< UTC, "2026-11-21T14:50:00Z": printed, and the date of the PDF; NULL = not printed */

  /* the twin */
  const char *model, *variant; /**< "izhikevich", "std" */
  const char *stage;           /**< "closed-form", "network", "refined" or "features" */
  const char *domain;          /**< "green", "amber" or "red" */
  bool accepted;
  double chi2_per_sample, noise_mV;

  size_t n_sweeps;
  const lg_report_sweep *sweeps;
  size_t n_parameters;
  const lg_report_parameter *parameters;
  size_t n_samples;
  const double *samples; /**< (n_samples, n_parameters) row-major, natural units */

  /** f–I curve of the twin on a finer grid than the sweeps, with its band; n_fi = 0: from the sweeps alone. */
  size_t n_fi;
  const double *fi_pA, *fi_spikes, *fi_lo, *fi_hi; /**< (n_fi); lo and hi may be NULL */

  size_t n_features;
  const lg_report_feature *features;
  size_t n_candidates;
  const lg_report_candidate *candidates;
  size_t n_checks;
  const lg_report_check *checks;

  size_t n_reasons;
  const char *const *reasons; /**< why the flag has its colour; one sentence each */
  size_t n_limits;
  const char *const *limits; /**< what the twin must not be used for, or cannot know */
  size_t n_warnings;
  const char *const *warnings; /**< of the recording */
  size_t n_training;
  const lg_report_fact *training; /**< training domain of the network, in words */

  const char *provenance_json; /**< the provenance object as JSON text; see lg_report_provenance_text() */
} lg_report_data;

#define LG_REPORT_DATA_INIT                                                                                            \
  { .chi2_per_sample = (double)NAN, .noise_mV = (double)NAN }
#define LG_REPORT_SWEEP_INIT                                                                                           \
  {                                                                                                                    \
    .step_pA = (double)NAN, .step_on_ms = (double)NAN, .step_off_ms = (double)NAN, .n_spikes = -1,                     \
    .n_spikes_twin = -1, .n_spikes_twin_lo = (double)NAN, .n_spikes_twin_hi = (double)NAN                              \
  }
#define LG_REPORT_PARAMETER_INIT                                                                                       \
  {                                                                                                                    \
    .value = (double)NAN, .sd = (double)NAN, .lo95 = (double)NAN, .hi95 = (double)NAN, .prior_low = (double)NAN,       \
    .prior_high = (double)NAN, .held_out_r2 = (double)NAN, .held_out_error_percent = (double)NAN                       \
  }

/** Which files of a report are written; run.json and traces.csv always are by lg_report_write(). */
enum { LG_REPORT_HTML = 1, LG_REPORT_PDF = 2, LG_REPORT_FIGURES = 4, LG_REPORT_ALL = 7 };

/**
 * @brief Write the run (run.json, traces.csv) and its report into a folder, which is made when missing.
 * @param what LG_REPORT_HTML | LG_REPORT_PDF | LG_REPORT_FIGURES
 * @retval LG_ERR_ARGUMENT data is inconsistent (the message says where)
 * @retval LG_ERR_IO       a file could not be written; files written before it stand, each whole
 */
LG_MUST_CHECK lg_status lg_report_write(lg_ctx *ctx, const lg_report_data *data, const char *dir, unsigned what);

/** A run read back from its folder; owns what its data point to. */
typedef struct lg_report lg_report;

/**
 * @brief Read a run folder (or the path of its run.json).
 * @retval LG_ERR_IO     no run.json or traces.csv there
 * @retval LG_ERR_FORMAT damaged, or traces.csv is not the one that run.json was written with
 */
LG_MUST_CHECK lg_status lg_report_read(lg_ctx *ctx, const char *path, lg_report **out);
const lg_report_data *lg_report_get(const lg_report *report);
void lg_report_destroy(lg_ctx *ctx, lg_report *report);

/** @brief Render a report again, without touching run.json and traces.csv; gives the bytes of lg_report_write(). */
LG_MUST_CHECK lg_status lg_report_render(lg_ctx *ctx, const lg_report_data *data, const char *dir, unsigned what);

/** @brief The provenance as JSON text for lg_report_data.provenance_json; free with lg_free. */
LG_MUST_CHECK lg_status lg_report_provenance_text(lg_ctx *ctx, lg_provenance *p, char **out);

#endif
