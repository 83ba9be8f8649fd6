/** @file calcium_report.h @brief The page of a run of calcium in a dendrite: space-time diagrams, traces, arrivals. */
#ifndef LG_TWIN_CALCIUM_REPORT_H
#define LG_TWIN_CALCIUM_REPORT_H

#include "calcium/run.h"
#include "io/canvas.h"
#include "twin/calcium_cable.h"
#include "twin/calcium_file.h"
#include "twin/report_folder.h"

/** What a page shows; all borrowed. */
typedef struct calcium_view {
  const char *title, *gate, *scheme;
  const calcium_case *c;
  const calcium_grid *grid;
  const calcium_result *result;
  const calcium_film *film;
  calcium_beside beside;
  const calcium_cable_result *cable; /* NULL: none ran along */
  const char *const *warnings;
  size_t n_warnings;
  lg_provenance *provenance;
  const char *provenance_json; /* set by lg_calcium_report() */
} calcium_view;

enum {
  CALCIUM_SPACE_TIME = 0,
  CALCIUM_FRONT,
  CALCIUM_BESIDE,
  CALCIUM_TRACES,
  CALCIUM_CABLE,
  CALCIUM_ARRIVALS,
  CALCIUM_TOTALS,
  CALCIUM_PICTURES
};

/** @brief The figures of a view; those with nothing to show are not possible. */
void lg_calcium_pictures(const calcium_view *view, lg_picture pictures[CALCIUM_PICTURES]);
/** @brief What a figure shows, in words. */
void lg_calcium_words(const calcium_view *view, size_t which, char *text, size_t bytes);

/** @brief Write report.html and its figures (SVG, PNG) into a folder that is there. */
LG_MUST_CHECK lg_status lg_calcium_report(lg_ctx *ctx, const char *folder, calcium_view *view);

#endif
