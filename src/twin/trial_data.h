/**
 * @file trial_data.h
 * @brief A trial as the plain struct that JSON, page and figures are made of.
 */
#ifndef LG_TWIN_TRIAL_DATA_H
#define LG_TWIN_TRIAL_DATA_H

#include "twin/trial.h"
#include "twin/trial_report.h"

/** Owns what `data` points to, but for the trial, the subject and the drugs, which must stay alive. */
typedef struct lg_trial_data {
  lg_trial_report_data data;
  lg_trial_finding findings[LG_TRIAL_FINDINGS];
  struct lg_trial_storage *storage;
} lg_trial_data;

/** @param provenance_json see lg_report_provenance_text(); may be NULL; borrowed */
LG_MUST_CHECK lg_status lg_trial_data_create(lg_ctx *ctx, const lg_subject *subject, const lg_trial_opts *opts,
                                             const lg_trial *trial, const char *provenance_json, lg_trial_data **out);
void lg_trial_data_destroy(lg_ctx *ctx, lg_trial_data *data);

/** Quantities that are measured of every neuron: names with units, as keys of the JSON and columns of the CSV. */
enum { LG_TRIAL_METRICS = 24 };
extern const lg_trial_metric lg_trial_metrics[LG_TRIAL_METRICS];

/** @brief Their values; `before` is the untreated neuron (may be `assay` itself). */
void lg_trial_metric_values(const lg_assay *before, const lg_assay *assay, double values[LG_TRIAL_METRICS]);

#endif
