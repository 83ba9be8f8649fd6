/** @file report_sheets.h @brief A report of pictures and words as A4 pages: header, every figure that is possible with
 * its caption, tables, lists, provenance. */
#ifndef LG_REPORT_SHEETS_H
#define LG_REPORT_SHEETS_H

#include "twin/report_folder.h"
#include "twin/report_paper.h"

typedef struct lg_sheets {
  const char *title, *foot; /* foot: "culture of cells" */
  const lg_page_header *header;
  const lg_picture *pictures;
  size_t n_pictures;
  void (*words)(const void *user, size_t which, char *text, size_t bytes); /* captions; NULL: none */
  void (*tables)(lg_paper *paper, const void *user);                       /* behind the figures; NULL: none */
  const void *user;
  const char *provenance_json;
} lg_sheets;

/** @brief Write them as a PDF into a folder that is there. */
LG_MUST_CHECK lg_status lg_folder_sheets(lg_ctx *ctx, const char *dir, const char *name, const lg_sheets *sheets);

#endif
