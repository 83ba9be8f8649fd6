/**
 * @file screen_report.h
 * @brief The report of a screen or a population: compounds × doses (× virtual patients) in one plain struct;
 * screen.json, a page with heat map and tables, a PDF and figures out.
 *
 * As lg_trial_report_data: everything is borrowed, what stays NULL or NAN is left out. Compounds come in the order of
 * the library; the report sorts them by hit.
 */
#ifndef LG_TWIN_SCREEN_REPORT_H
#define LG_TWIN_SCREEN_REPORT_H

#include "data/json_writer.h"
#include "twin/assay.h"
#include "twin/report.h"

/** One compound × dose: the verdict over all individuals that were run there. */
typedef struct lg_screen_cell {
  int verdict;                         /**< lg_verdict that most individuals have; -1: failed, not run */
  double area_ratio, area_lo, area_hi; /**< median and central 95 % over individuals; lo, hi NAN with one */
  double rheobase_ratio;
  double affected;           /**< share of individuals whose verdict is not "unchanged", 0 … 1; NAN */
  double share[LG_VERDICTS]; /**< share of individuals by verdict; NAN with one individual */
} lg_screen_cell;

#define LG_SCREEN_CELL_INIT                                                                                            \
  {                                                                                                                    \
    .verdict = -1, .area_ratio = (double)NAN, .area_lo = (double)NAN, .area_hi = (double)NAN,                          \
    .rheobase_ratio = (double)NAN, .affected = (double)NAN                                                             \
  }

typedef struct lg_screen_compound {
  const char *name, *id;            /**< id may be NULL */
  const char *drug_class;           /**< or NULL */
  const char *targets;              /**< "Nav1.6 12 uM, hERG 3 uM", or NULL */
  double free_low_uM, free_high_uM; /**< therapeutic; NAN = unknown */
  double ec50_uM;                   /**< of the change in area; NAN: not reached */
  const char *flags;                /**< "over-inhibition; pro-convulsant", or NULL */
} lg_screen_compound;

/** A point that could not be worked out. */
typedef struct lg_screen_failure {
  const char *compound;
  double dose_uM;
  const char *message;
} lg_screen_failure;

typedef struct lg_screen_report_data {
  const char *title;   /**< NULL: library and twin */
  const char *library; /**< file */
  const char *twins;   /**< "twin.json", "3 twins", "200 virtual patients of twin.json" */
  const char *model;   /**< "tm" */
  const char *domain;  /**< worst of the twins: "green", "amber", "red" */
  const char *created; /**< UTC, or NULL */
  size_t n_reasons;
  const char *const *reasons;
  size_t n_individuals; /**< twins × patients */

  size_t n_compounds;
  const lg_screen_compound *compounds;
  size_t n_doses;
  const double *dose_uM;       /**< (n_doses) ascending */
  bool multiples;              /**< they are multiples of the therapeutic free concentration of each compound */
  const lg_screen_cell *cells; /**< (n_compounds, n_doses) row-major */

  double
      healthy_area_ratio; /**< area of the healthy neuron / untreated one, when the twins are ill; NAN: they are not */

  size_t n_failed_points, n_failures; /**< all of them; those that are listed */
  const lg_screen_failure *failures;
  size_t n_notes;
  const char *const *notes;
  const char *provenance_json;
} lg_screen_report_data;

#define LG_SCREEN_REPORT_DATA_INIT                                                                                     \
  { .healthy_area_ratio = (double)NAN }

/** @brief Write the object of screen.json (schema loligo-screen/1). */
LG_MUST_CHECK lg_status lg_screen_json(lg_ctx *ctx, const lg_screen_report_data *data, FILE *stream);
/** @brief Write screen.json and the report into a folder. */
LG_MUST_CHECK lg_status lg_screen_report_write(lg_ctx *ctx, const lg_screen_report_data *data, const char *dir,
                                               unsigned what);
/** @brief The report alone; gives the bytes of lg_screen_report_write(). */
LG_MUST_CHECK lg_status lg_screen_report_render(lg_ctx *ctx, const lg_screen_report_data *data, const char *dir,
                                                unsigned what);

typedef struct lg_screen_report lg_screen_report;
LG_MUST_CHECK lg_status lg_screen_report_read(lg_ctx *ctx, const char *path, lg_screen_report **out);
/** @brief The same of n bytes; name stands in messages. */
LG_MUST_CHECK lg_status lg_screen_report_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n,
                                               lg_screen_report **out);
const lg_screen_report_data *lg_screen_report_get(const lg_screen_report *report);
void lg_screen_report_destroy(lg_ctx *ctx, lg_screen_report *report);

#endif
