/**
 * @file trial_report.h
 * @brief The report of a trial: one twin, one or more drugs, several doses; one plain struct in; trial.json, a page, a
 * PDF and figures out.
 *
 * lg_trial_report_data borrows everything: whoever fills it keeps arrays and strings alive until the call returned.
 * Start every struct from its INIT; what stays NULL, 0 or NAN is left out or said to be unknown. "shape (n)" is a
 * length. Concentrations are free ones in uM.
 *
 * lg_trial_json() writes the object of `loligo trial --json` (schema loligo-trial/1); trial.json in a folder is the
 * same object with the example traces in it, and `loligo report` draws from it again.
 */
#ifndef LG_TWIN_TRIAL_REPORT_H
#define LG_TWIN_TRIAL_REPORT_H

#include "data/json_writer.h"
#include "twin/assay.h"
#include "twin/report.h"

/** One drug at one of its targets. */
typedef struct lg_trial_target {
  const char *target;         /**< "Nav1.6" */
  const char *mode;           /**< "pore block", "gating shift": words of the mechanism */
  double K_uM, hill;          /**< IC50 or EC50; NAN = none */
  double max_effect;          /**< at saturation: share, factor or mV, as `unit` says; NAN = none */
  const char *unit;           /**< of max_effect and strength: "share", "fold", "mV", "nS"; NULL = share */
  double strength;            /**< at the highest dose of this trial, in the same unit; NAN = did not act */
  const char *outcome;        /**< "acted", "not in this model", "no agonist in the bath" … */
  char confidence;            /**< 'V', 'M', 'A' as in the table of drugs, or '-' */
  const char *source, *notes; /**< where the number comes from; NULL = not said */
} lg_trial_target;

/** One drug. */
typedef struct lg_trial_drug {
  const char *name, *drug_class; /**< class may be NULL */
  const char *expected;          /**< the table's expected verdict, or NULL */
  double free_low_uM, free_high_uM, total_low_uM, total_high_uM, fraction_unbound; /**< therapeutic; NAN = unknown */
  char pk_confidence;                                                              /**< 'V', 'M', 'A' or '-' */
  double per_dose; /**< uM of this drug per uM of the dose axis; 1 for the first drug */
  size_t n_targets;
  const lg_trial_target *targets;
} lg_trial_drug;

/** A quantity that is measured at every dose: "rheobase_pA" is a key of every dose in the JSON. */
typedef struct lg_trial_metric {
  const char *name, *unit; /**< "threshold_mV", "mV" */
  const char *meaning;     /**< one sentence, or NULL */
} lg_trial_metric;

/** What came out at one dose. */
typedef struct lg_trial_dose {
  double dose_uM;
  lg_verdict verdict;
  double probability[LG_VERDICTS];     /**< over the posterior; NAN: no posterior was sampled */
  const char *rule;                    /**< words of lg_verdict_explain() */
  double area_ratio, area_lo, area_hi; /**< area under f–I, treated / untreated; lo, hi: 95 % band or NAN */
  double rheobase_ratio, rheobase_lo, rheobase_hi; /**< NAN: does not fire within the range */
  const double *n_spikes, *lo, *hi;                /**< (n_levels) f–I of this dose; lo and hi may be NULL */
  const double *metrics;                           /**< (n_metrics) */
  const double *trace_mV;                          /**< (n_trace) example at trace_pA, or NULL */
  const lg_neuron *neuron;                         /**< that made them: a page may run it on; NULL */
  bool beyond_learned;    /**< a learned map was asked outside the doses that it was trained on */
  bool extrapolated;      /**< far above the concentrations at which the drug's effects were measured */
  const char *domain;     /**< of this verdict: "green", "amber", "red"; NULL: the twin's */
  double area_to_healthy; /**< epileptic twins: area / area of the healthy neuron; NAN */
} lg_trial_dose;

#define LG_TRIAL_DOSE_INIT                                                                                             \
  {                                                                                                                    \
    .verdict = LG_VERDICT_UNCHANGED, .area_ratio = (double)NAN, .area_lo = (double)NAN, .area_hi = (double)NAN,        \
    .rheobase_ratio = (double)NAN, .rheobase_lo = (double)NAN, .rheobase_hi = (double)NAN,                             \
    .area_to_healthy = (double)NAN                                                                                     \
  }

/** A warning that a rule raised, or did not. */
typedef struct lg_trial_flag {
  const char *name; /**< "over_inhibition", "pro_convulsant", "use_dependent" … */
  bool raised;
  const char *words; /**< the rule with its numbers */
} lg_trial_flag;

/** One row of the panel of seizure-related targets. */
typedef struct lg_trial_liability {
  const char *target;    /**< "Kv7.2/7.3" */
  const char *hazard;    /**< "block lowers the seizure threshold" */
  double K_uM;           /**< NAN: the table has no effect of this drug there */
  double share;          /**< of full effect at the top therapeutic free dose, else the highest dose: 0 … 1; NAN */
  double margin;         /**< K / that dose; NAN */
  const char *direction; /**< "towards seizures", "against seizures", "none" or "unknown" */
} lg_trial_liability;

typedef struct lg_trial_report_data {
  const char *title;           /**< NULL: drug names and the twin's name */
  const char *twin;            /**< name or file of the twin */
  const char *model, *variant; /**< "tm", NULL */
  const char *domain;          /**< "green", "amber", "red": of the twin */
  bool accepted;               /**< of the twin */
  const char *created;         /**< UTC, ISO 8601, or NULL */
  size_t n_reasons;
  const char *const *reasons; /**< why the domain has its colour */

  size_t n_drugs;
  const lg_trial_drug *drugs;
  const char *combination; /**< "Bliss independence", "one site"; NULL with one drug */
  const char *bath;        /**< "tonic GABA 0.5 uM, EGABA -70 mV", or NULL */

  size_t n_posterior; /**< members of the posterior that were simulated at every dose; 0: the best neuron alone */
  double baseline_rheobase_pA, step_ms;

  const lg_neuron *neuron; /**< untreated, or NULL */
  size_t n_levels;
  const double *i_pA;                                 /**< (n_levels) */
  const double *n_spikes, *n_spikes_lo, *n_spikes_hi; /**< (n_levels) untreated; lo, hi may be NULL */

  size_t n_metrics;
  const lg_trial_metric *metrics;
  const double *baseline; /**< (n_metrics) untreated */

  size_t n_doses;
  const lg_trial_dose *doses; /**< ascending */

  size_t n_trace; /**< samples of the example traces; 0.1 … 0.25 ms apart is enough */
  double trace_dt_ms, trace_pA, trace_on_ms, trace_off_ms;
  const double *trace_mV; /**< (n_trace) untreated */

  double ec50_uM, ec50_lo_uM, ec50_hi_uM, ec50_hill; /**< of the change in area; NAN: not reached */
  const char *ec50_words;                            /**< what half of the effect is, or why there is none */
  double window_low_uM, window_high_uM;              /**< therapeutic window; NAN = none */
  const char *window_words;

  size_t n_flags;
  const lg_trial_flag *flags;
  size_t n_liabilities;
  const lg_trial_liability *liabilities;
  size_t n_notes;
  const char *const *notes; /**< sentences for the reader: what did not act and why, limits */

  const char *provenance_json; /**< see lg_report_provenance_text() */
} lg_trial_report_data;

#define LG_TRIAL_REPORT_DATA_INIT                                                                                      \
  {                                                                                                                    \
    .baseline_rheobase_pA = (double)NAN, .step_ms = (double)NAN, .trace_pA = (double)NAN, .trace_on_ms = (double)NAN,  \
    .trace_off_ms = (double)NAN, .ec50_uM = (double)NAN, .ec50_lo_uM = (double)NAN, .ec50_hi_uM = (double)NAN,         \
    .ec50_hill = (double)NAN, .window_low_uM = (double)NAN, .window_high_uM = (double)NAN                              \
  }

/**
 * @brief Write the object of `loligo trial --json`: provenance included, example traces not.
 * @retval LG_ERR_ARGUMENT data is inconsistent (the message says where)
 */
LG_MUST_CHECK lg_status lg_trial_json(lg_ctx *ctx, const lg_trial_report_data *data, FILE *stream);

/**
 * @brief Write trial.json and the report (report.html, report.pdf, fig-*.svg, fig-*.png) into a folder, which is made
 * when missing.
 * @param what LG_REPORT_HTML | LG_REPORT_PDF | LG_REPORT_FIGURES
 */
LG_MUST_CHECK lg_status lg_trial_report_write(lg_ctx *ctx, const lg_trial_report_data *data, const char *dir,
                                              unsigned what);
/** @brief The report alone; gives the bytes of lg_trial_report_write(). */
LG_MUST_CHECK lg_status lg_trial_report_render(lg_ctx *ctx, const lg_trial_report_data *data, const char *dir,
                                               unsigned what);

/** A trial read back; owns what its data point to. */
typedef struct lg_trial_report lg_trial_report;
/** @brief Read a folder with trial.json, or the file itself. @retval LG_ERR_FORMAT damaged or another schema */
LG_MUST_CHECK lg_status lg_trial_report_read(lg_ctx *ctx, const char *path, lg_trial_report **out);
/** @brief The same of n bytes; name stands in messages. */
LG_MUST_CHECK lg_status lg_trial_report_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n,
                                              lg_trial_report **out);
const lg_trial_report_data *lg_trial_report_get(const lg_trial_report *report);
void lg_trial_report_destroy(lg_ctx *ctx, lg_trial_report *report);

#endif
