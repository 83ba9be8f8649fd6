/** @file report_html.h @brief The parts of a report page; each writes its own element. */
#ifndef LG_TWIN_REPORT_HTML_H
#define LG_TWIN_REPORT_HTML_H

#include "twin/figure.h"

/** @brief The style sheet, without the element. */
void lg_report_put_css(FILE *stream);

/* report_html_figures.c */
LG_MUST_CHECK lg_status lg_html_hero(lg_ctx *ctx, const lg_report_view *view, FILE *stream);
LG_MUST_CHECK lg_status lg_html_sweeps(lg_ctx *ctx, const lg_report_view *view, FILE *stream);
LG_MUST_CHECK lg_status lg_html_fi_and_parameters(lg_ctx *ctx, const lg_report_view *view, FILE *stream);
LG_MUST_CHECK lg_status lg_html_posterior(lg_ctx *ctx, const lg_report_view *view, FILE *stream);

/* report_html_tables.c */
void lg_html_parameters(const lg_report_view *view, FILE *stream);
void lg_html_features(const lg_report_view *view, FILE *stream);
void lg_html_fi_table(const lg_report_view *view, FILE *stream);
void lg_html_card(const lg_report_view *view, FILE *stream);
void lg_html_recording(const lg_report_view *view, FILE *stream);
void lg_html_provenance(const lg_report_view *view, FILE *stream);

/* words that the page and the PDF share: report_words.c */

/** @brief "A twin of the model X, fitted to 8 of 17 sweeps of FILE and tested on the other 9, which …" */
void lg_report_lead(const lg_report_view *view, FILE *stream);
/** One large number with its name and a note. */
typedef struct lg_report_tile {
  char name[64], value[64], unit[32], note[160];
} lg_report_tile;
enum { LG_REPORT_MAX_TILES = 6 };
size_t lg_report_tiles(const lg_report_view *view, lg_report_tile *tiles);
/** @brief "0.8 … 1.25", "≤ 2", "≥ 0.95", "–". */
void lg_report_limits_words(double low, double high, char *buffer, size_t bytes);
const char *lg_report_domain_words(const lg_report_data *data);
const char *lg_report_stage_words(const lg_report_data *data);
/** @brief What every report says about its use, whatever the caller's limits. */
extern const char *const lg_report_context_of_use;
/** @brief Limits that follow from the data themselves; returns how many (at most 4). */
size_t lg_report_own_limits(const lg_report_view *view, char limits[4][200]);

#endif
