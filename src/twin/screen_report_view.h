/** @file screen_report_view.h @brief What every renderer of a screen draws from: the data as saved, ranks, counts. */
#ifndef LG_TWIN_SCREEN_REPORT_VIEW_H
#define LG_TWIN_SCREEN_REPORT_VIEW_H

#include "io/canvas.h"
#include "twin/report_folder.h"
#include "twin/report_page.h"
#include "twin/screen_report.h"

enum {
  LG_SCREEN_ROWS = 100,   /* compounds of the heat map, at most */
  LG_SCREEN_CURVES = 12,  /* small dose–response curves, at most */
  LG_SCREEN_PATIENTS = 40 /* rows of the map of affected individuals */
};

/** What a compound does over all doses. */
typedef struct lg_screen_rank {
  size_t compound;
  size_t first;     /* lowest dose with a verdict other than "unchanged"; n_doses: none */
  size_t strongest; /* dose with the largest change; n_doses: none */
  double strength;  /* |ln area ratio| there */
  int verdict;      /* there; "unchanged" without a change; -1: nothing was worked out */
  size_t restored;  /* lowest dose that brings an ill neuron to the healthy one's area; n_doses: none */
} lg_screen_rank;

typedef struct lg_screen_view {
  lg_screen_report_data data; /* borrowed, but for cells and provenance */
  lg_screen_cell *cells;      /* rounded to what screen.json keeps */
  lg_screen_rank *ranks;      /* (n_compounds) best first */
  size_t *by_verdict;         /* (n_doses, LG_VERDICTS + 1) compounds; the last column: not worked out */
  char *provenance, *title;
  lg_report_flag flag;
  size_t n_hits, n_restored;
  size_t hits_by_verdict[LG_VERDICTS + 1]; /* compounds by rank.verdict */
  bool used[LG_VERDICTS + 1];
  bool many; /* more than one individual: shares, bands */
} lg_screen_view;

LG_MUST_CHECK lg_status lg_screen_view_create(lg_ctx *ctx, const lg_screen_report_data *data, lg_screen_view **out);
void lg_screen_view_destroy(lg_ctx *ctx, lg_screen_view *view);
const lg_screen_cell *lg_screen_at(const lg_screen_view *view, size_t compound, size_t dose);
/** @brief Whether a cell brings an ill neuron to within 20 % of the healthy one's area, neither silenced nor blocked.
 */
bool lg_screen_restores(const lg_screen_view *view, const lg_screen_cell *cell);

/** @brief "12.5 µM", or "2×" where doses are multiples; 48 bytes. */
const char *lg_screen_dose(const lg_screen_view *view, size_t dose, char *buffer);
/** @brief "µM" or "×". */
const char *lg_screen_unit(const lg_screen_view *view);
/** @brief Label of the axis of doses. */
const char *lg_screen_axis(const lg_screen_view *view);

/* ---- words --------------------------------------------------------------------------------------- */

void lg_screen_lead(const void *view, FILE *stream);
size_t lg_screen_tiles(const lg_screen_view *view, lg_report_tile *tiles);
lg_page_header lg_screen_header(const lg_screen_view *view, const char *lead, lg_report_tile *tiles);

/* ---- figures -------------------------------------------------------------------------------------- */

/** @brief Rows [first, first + n) of the ranking as a heat map of verdicts. */
LG_MUST_CHECK lg_status lg_figure_heat(lg_ctx *ctx, const lg_screen_view *view, size_t first, size_t n, double font,
                                       lg_canvas *canvas, lg_box box);
/** @brief Height that n rows take. */
double lg_figure_heat_height(const lg_screen_view *view, size_t n, double width, double font);
void lg_figure_heat_words(const void *view, FILE *stream);
/** @brief All compounds from a rank on as thin columns, grouped by what they do. */
LG_MUST_CHECK lg_status lg_figure_heat_strip(lg_ctx *ctx, const lg_screen_view *view, size_t first, double font,
                                             lg_canvas *canvas, lg_box box);
/** @brief Compounds by verdict at every dose, as stacked bars; with one compound of many individuals: individuals. */
LG_MUST_CHECK lg_status lg_figure_heat_counts(lg_ctx *ctx, const lg_screen_view *view, double font, lg_canvas *canvas,
                                              lg_box box);
void lg_figure_heat_counts_words(const void *view, FILE *stream);
/** @brief Share of individuals that a compound affects, by dose. */
LG_MUST_CHECK lg_status lg_figure_heat_affected(lg_ctx *ctx, const lg_screen_view *view, double font, lg_canvas *canvas,
                                                lg_box box);
void lg_figure_heat_affected_words(const void *view, FILE *stream);
double lg_figure_heat_affected_height(const lg_screen_view *view, double font);
/** @brief Area under f–I against dose of the first compounds of the ranking, each small. */
LG_MUST_CHECK lg_status lg_figure_heat_curves(lg_ctx *ctx, const lg_screen_view *view, size_t columns, double font,
                                              lg_canvas *canvas, lg_box box);
void lg_figure_heat_curves_words(const void *view, FILE *stream);
/** @brief Verdicts of the virtual patients of the same compounds, as stacked bars. */
LG_MUST_CHECK lg_status lg_figure_heat_shares(lg_ctx *ctx, const lg_screen_view *view, size_t columns, double font,
                                              lg_canvas *canvas, lg_box box);
void lg_figure_heat_shares_words(const void *view, FILE *stream);
/** @brief How many compounds the curves show. */
size_t lg_figure_heat_curves_n(const lg_screen_view *view);

enum {
  LG_SCREEN_HEAT = 0,
  LG_SCREEN_STRIP,
  LG_SCREEN_COUNTS,
  LG_SCREEN_DOSE,
  LG_SCREEN_AFFECTED,
  LG_SCREEN_SHARES,
  LG_SCREEN_PICTURES
};
/** @brief Fill pictures (LG_SCREEN_PICTURES) for a file or a wide page, or for a narrow one. */
void lg_screen_pictures(const lg_screen_view *view, bool narrow, lg_picture *pictures);

/* ---- writers ------------------------------------------------------------------------------------- */

/** @brief At most so many compounds, the best first; 0: all in their order. */
LG_MUST_CHECK lg_status lg_screen_put_json(lg_ctx *ctx, const lg_screen_view *view, size_t most, FILE *stream);
LG_MUST_CHECK lg_status lg_screen_put_html(lg_ctx *ctx, const void *view, FILE *stream);
LG_MUST_CHECK lg_status lg_screen_put_pdf(lg_ctx *ctx, const void *view, FILE *stream);

#endif
