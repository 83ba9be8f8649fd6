/** @file reduce_report.h @brief A reduction as a page: what was kept and lost. */
#ifndef LG_TWIN_REDUCE_REPORT_H
#define LG_TWIN_REDUCE_REPORT_H

#include "io/canvas.h"
#include "twin/reduce_file.h"
#include "twin/report_folder.h"

/** What a report shows; all borrowed. */
typedef struct reduce_view {
  const char *title;
  const cable_model *full;
  const cable_tree *tree;
  const cable_reduction *reduction;
  reduce_runs runs;
  lg_provenance *provenance;
  const char *provenance_json;
  int32_t *owner; /* (nodes of the tree) compartment that a node counts to most; of lg_reduction_owners() */
} reduce_view;

enum { REDUCE_TRACES = 0, REDUCE_CELL, REDUCE_IMPEDANCE, REDUCE_EPSPS, REDUCE_PICTURES };

/** @brief The figures of a view: traces, the cell by compartments, impedance, EPSPs. */
void lg_reduce_pictures(const reduce_view *view, lg_picture pictures[REDUCE_PICTURES]);
/** @brief What a figure shows, in words. */
void lg_reduce_words(const reduce_view *view, size_t which, char *text, size_t bytes);

/** @brief Write index.html, reduction.json and the figures into a folder. */
LG_MUST_CHECK lg_status lg_reduction_report(lg_ctx *ctx, const char *dir, reduce_view *view);

#endif
