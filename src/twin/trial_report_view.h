/** @file trial_report_view.h @brief What every renderer of a trial draws from: the data as saved, and what follows. */
#ifndef LG_TWIN_TRIAL_REPORT_VIEW_H
#define LG_TWIN_TRIAL_REPORT_VIEW_H

#include "io/canvas.h"
#include "twin/report_page.h"
#include "twin/trial_report.h"

enum { LG_TRIAL_SHOWN = 5 /* doses of the f–I family and of the traces, at most */ };

typedef struct lg_trial_view {
  lg_trial_report_data data; /* borrowed, but for doses, traces and provenance */
  lg_trial_dose *doses;
  double *traces;
  char *provenance, *title;
  lg_report_flag flag;
  size_t first_changed;             /* lowest dose whose verdict is not "unchanged"; n_doses: none */
  size_t therapeutic;               /* dose nearest to the top of the therapeutic range; n_doses: unknown or far away */
  double free_low_uM, free_high_uM; /* of the first drug on the dose axis; NAN */
  size_t n_shown, shown[LG_TRIAL_SHOWN];   /* doses of the f–I family */
  size_t n_traced, traced[LG_TRIAL_SHOWN]; /* doses of the traces */
  bool used[LG_VERDICTS + 1];              /* verdicts that occur */
  bool has_probability;
  double healthy_ratio; /* ill twins: area of the healthy neuron / untreated; NAN */
} lg_trial_view;

/** @brief Check the data, round the traces, derive the numbers. @retval LG_ERR_ARGUMENT inconsistent */
LG_MUST_CHECK lg_status lg_trial_view_create(lg_ctx *ctx, const lg_trial_report_data *data, lg_trial_view **out);
void lg_trial_view_destroy(lg_ctx *ctx, lg_trial_view *view);

/* ---- words --------------------------------------------------------------------------------------- */

/** @brief "12.5 µM"; 48 bytes. */
const char *lg_dose_words(double dose_uM, char *buffer);
/** @brief "5 … 15 µM", "≤ 15 µM", "unknown"; 96 bytes. */
const char *lg_dose_range_words(double low_uM, double high_uM, char *buffer);
/** @brief "verified", "recalled", "approximate", "–". */
const char *lg_confidence_words(char confidence);
void lg_trial_lead(const void *view, FILE *stream);
size_t lg_trial_tiles(const lg_trial_view *view, lg_report_tile *tiles);
lg_page_header lg_trial_header(const lg_trial_view *view, const char *lead, lg_report_tile *tiles);
/** @brief Share of the posterior that has this dose's verdict; NAN: unknown. */
double lg_trial_certainty(const lg_trial_dose *dose);

/* ---- figures: each draws into a box and has its words -------------------------------------------- */

LG_MUST_CHECK lg_status lg_figure_dose(lg_ctx *ctx, const lg_trial_view *view, double font, lg_canvas *canvas,
                                       lg_box box);
void lg_figure_dose_words(const void *view, FILE *stream);
LG_MUST_CHECK lg_status lg_figure_dose_fi(lg_ctx *ctx, const lg_trial_view *view, double font, lg_canvas *canvas,
                                          lg_box box);
void lg_figure_dose_fi_words(const void *view, FILE *stream);
bool lg_figure_dose_fi_possible(const lg_trial_view *view);
LG_MUST_CHECK lg_status lg_figure_dose_traces(lg_ctx *ctx, const lg_trial_view *view, double font, lg_canvas *canvas,
                                              lg_box box);
void lg_figure_dose_traces_words(const void *view, FILE *stream);
bool lg_figure_dose_traces_possible(const lg_trial_view *view);

/* ---- writers ------------------------------------------------------------------------------------- */

/* What the object holds beside what a report is drawn from: a saved report gives the same bytes when drawn again. */
enum { LG_TRIAL_WITH_TRACES = 1, LG_TRIAL_WITH_NEURONS = 2 };
LG_MUST_CHECK lg_status lg_trial_put_json(lg_ctx *ctx, const lg_trial_view *view, unsigned with, FILE *stream);
LG_MUST_CHECK lg_status lg_trial_put_html(lg_ctx *ctx, const void *view, FILE *stream);
LG_MUST_CHECK lg_status lg_trial_put_pdf(lg_ctx *ctx, const void *view, FILE *stream);

#endif
