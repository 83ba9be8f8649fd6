/**
 * @file clone_report.h
 * @brief From a cloned recording to the data of its report: posterior samples, predictive bands, f–I curve, features,
 *        credibility card.
 */
#ifndef LG_CLONE_REPORT_H
#define LG_CLONE_REPORT_H

#include "twin/clone.h"
#include "twin/report.h"

typedef struct lg_clone_report_opts {
  uint64_t seed;
  size_t n_samples; /* of the posterior, for the corner plot, where the twin carries none */
} lg_clone_report_opts;

#define LG_CLONE_REPORT_OPTS_INIT                                                                                      \
  { .seed = 1, .n_samples = 400 }

/** Owns what its data point to, apart from the recording and the clone, which must outlive it. */
typedef struct lg_clone_report lg_clone_report;

/**
 * @brief Gather the data of a report.
 *
 * The bands are the range of 39 posterior samples: the range of n draws holds (n-1)/(n+1) of a distribution in the
 * mean, which is 95 % for 39.
 */
LG_MUST_CHECK lg_status lg_clone_report_create(lg_ctx *ctx, const lg_recording *rec, const lg_clone *clone,
                                               const lg_clone_report_opts *opts, lg_provenance *provenance,
                                               lg_clone_report **out);
const lg_report_data *lg_clone_report_get(const lg_clone_report *report);
void lg_clone_report_destroy(lg_ctx *ctx, lg_clone_report *report);

/** @brief Write report, run and RO-Crate metadata into a folder. */
LG_MUST_CHECK lg_status lg_clone_report_write(lg_ctx *ctx, const lg_clone_report *report,
                                              const lg_provenance *provenance, const char *dir);

#endif
