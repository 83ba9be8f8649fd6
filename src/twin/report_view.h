/**
 * @file report_view.h
 * @brief What every renderer of a report draws from: the data as they are saved, and the numbers derived from them.
 *
 * Traces are rounded to 1e-4 mV and pA, which is what traces.csv keeps; so a report rendered again from a saved run
 * has the same bytes as the first one.
 */
#ifndef LG_TWIN_REPORT_VIEW_H
#define LG_TWIN_REPORT_VIEW_H

#include "twin/report.h"
#include "twin/report_page.h"

/** How well counts and potentials of some sweeps are met. */
typedef struct lg_report_error {
  size_t n_sweeps, n_counts;   /* sweeps of the kind; sweeps whose counts are known */
  double count_rmse, count_r2; /* NAN: too few, or all counts are equal (R²) */
  size_t n_quiet;              /* sweeps without a spike on both sides */
  double quiet_rmse_mV;        /* over their samples, pooled */
} lg_report_error;

typedef struct lg_report_view {
  lg_report_data data; /* borrowed, but for the sweeps */
  lg_report_sweep *sweeps;
  double *traces;   /* one block for all rounded traces */
  char *provenance; /* the provenance, laid out the same way whoever wrote it; data.provenance_json points here */
  lg_report_error fitted, predicted;
  lg_report_flag flag;
  size_t best; /* the sweep to show large; n_sweeps when there is none */
  /* ranges that all sweeps share, padded */
  double v_low, v_high, i_low, i_high, residual_low, residual_high;
  bool has_current, has_twin;
} lg_report_view;

/** @brief Check the data, round the traces, derive the numbers. */
LG_MUST_CHECK lg_status lg_report_view_create(lg_ctx *ctx, const lg_report_data *data, lg_report_view **out);
void lg_report_view_destroy(lg_ctx *ctx, lg_report_view *view);

/** @brief Round as traces.csv does. */
double lg_report_round(double x);

/** @brief The window of a sweep that is worth drawing: the step and its surroundings, or all of it. */
void lg_report_window(const lg_report_sweep *sweep, double *t0_ms, double *t1_ms);

/** @brief Whether a parameter was held fixed: it has a value but no spread. */
bool lg_report_is_fixed(const lg_report_parameter *p);
/** @brief The title, or the name of the file. */
const char *lg_report_title(const lg_report_data *data);
/** @brief Name of a model for people: "Izhikevich 2007 (std)". */
void lg_report_model_name(const lg_report_data *data, char *buffer, size_t bytes);

/* ---- internal writers, each of one file ------------------------------------------------------- */

LG_MUST_CHECK lg_status lg_report_write_html(lg_ctx *ctx, const lg_report_view *view, FILE *stream);
LG_MUST_CHECK lg_status lg_report_write_pdf(lg_ctx *ctx, const lg_report_view *view, FILE *stream);
/** @brief Write the object of run.json without traces; sha256 of traces.csv, or NULL (within a page). */
LG_MUST_CHECK lg_status lg_report_write_json(lg_ctx *ctx, const lg_report_data *data, const char *traces_sha256,
                                             FILE *stream);
LG_MUST_CHECK lg_status lg_report_write_traces(lg_ctx *ctx, const lg_report_view *view, FILE *stream);

#endif
