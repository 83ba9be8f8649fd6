/**
 * @file report_paper.h
 * @brief A PDF as pages of A4 in points that fill from the top: words wrap by the canvas's own metrics.
 */
#ifndef LG_REPORT_PAPER_H
#define LG_REPORT_PAPER_H

#include "io/canvas.h"
#include "twin/report_page.h"

#define LG_PAPER_WIDTH 595.0
#define LG_PAPER_HEIGHT 842.0
#define LG_PAPER_MARGIN 44.0
#define LG_PAPER_BODY 9.0 /* size of letters */

typedef struct lg_paper {
  lg_ctx *ctx;
  lg_canvas *c;
  const char *foot; /* "neuron twin": stands at the foot of every page */
  double y;         /* what is above is used */
  int page;
} lg_paper;

void lg_paper_foot(lg_paper *p);
void lg_paper_next_page(lg_paper *p);
/** @brief Height that is left on this page. */
double lg_paper_room(const lg_paper *p);
/** @brief Begin a new page unless this height is left. */
void lg_paper_need(lg_paper *p, double height);
/** @brief Wrapped words from x with a width. */
void lg_paper_paragraph(lg_paper *p, double x, double width, double size, lg_ink ink, unsigned flags, const char *text);
/** @brief A heading that stays on one page with the next `with` points. */
void lg_paper_heading(lg_paper *p, const char *text, double with);
void lg_paper_bullet(lg_paper *p, const char *text);
/** @brief A name at the left, words beside it; nothing when there are no words. */
void lg_paper_fact(lg_paper *p, const char *name, const char *text);

/** One column of a table. */
typedef struct lg_paper_column {
  double x;
  unsigned flags; /* of the words: LG_TEXT_END aligns at the right */
} lg_paper_column;
/** @brief One row of a table with a line below it; `flags` are those of its first cell. */
void lg_paper_row(lg_paper *p, const lg_paper_column *columns, const char *const *cells, size_t n, unsigned flags,
                  lg_ink ink);
/** @brief What stands on top of the first page: kind and date, title, chip, words, reasons, tiles. */
void lg_paper_header(lg_paper *p, const lg_page_header *header);
/** @brief Provenance, small. */
void lg_paper_provenance(lg_paper *p, const char *json);

#endif
