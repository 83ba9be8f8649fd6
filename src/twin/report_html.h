/** @file report_html.h @brief The parts of a report page; each writes its own element. */
#ifndef LG_TWIN_REPORT_HTML_H
#define LG_TWIN_REPORT_HTML_H

#include "twin/figure.h"
#include "twin/report_page.h"

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

/* words that the page and the PDF share: report_words.c */

/** @brief "A twin of the model X, fitted to 8 of 17 sweeps of FILE and tested on the other 9, which …" */
void lg_report_lead(const lg_report_view *view, FILE *stream);
/** @brief What stands above the sections; `tiles` (LG_REPORT_MAX_TILES) is filled and borrowed. */
lg_page_header lg_report_header(const lg_report_view *view, const char *lead, lg_report_tile *tiles);
size_t lg_report_tiles(const lg_report_view *view, lg_report_tile *tiles);
const char *lg_report_domain_words(const lg_report_data *data);
const char *lg_report_stage_words(const lg_report_data *data);
/** @brief What every report says about its use, whatever the caller's limits. */
extern const char *const lg_report_context_of_use;
/** @brief Limits that follow from the data themselves; returns how many (at most 4). */
size_t lg_report_own_limits(const lg_report_view *view, char limits[4][200]);

#endif
