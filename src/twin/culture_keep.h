/**
 * @file culture_keep.h
 * @brief What the page of a culture shows, kept as tensors beside it, so that it can be drawn again without the movie.
 */
#ifndef LG_TWIN_CULTURE_KEEP_H
#define LG_TWIN_CULTURE_KEEP_H

#include "twin/culture_report.h"

/** Name of the file in the folder of a culture. */
#define CULTURE_KEPT "report.safetensors"

/** A view that owns all that it shows. */
typedef struct culture_kept {
  culture_view view;
  lg_culture_graph *graph;
  lg_culture_result *result; /* what the page needs of it: the inputs stay behind */
  culture_stills *stills;    /* NULL: there was no movie */
  culture_identify options;  /* law and method are as they were, all else the defaults */
  double *y;
  char *title, *method, *provenance;
} culture_kept;

/** @brief Write report.safetensors into a folder that is there. */
LG_MUST_CHECK lg_status lg_culture_keep(lg_ctx *ctx, const char *folder, const culture_view *view);

/**
 * @brief Read it back; the page of this view has the bytes of the first one.
 * @retval LG_ERR_IO     the file is missing or cannot be read
 * @retval LG_ERR_FORMAT damaged, or something else
 */
LG_MUST_CHECK lg_status lg_culture_kept_load(lg_ctx *ctx, const char *folder, culture_kept **out);
void lg_culture_kept_destroy(lg_ctx *ctx, culture_kept *kept);

#endif
