/** @file mask_graph.h @brief From labels to cells and borders. */
#ifndef LG_CULTURE_MASK_GRAPH_H
#define LG_CULTURE_MASK_GRAPH_H

#include "culture/graph.h"
#include "culture/movie.h"

typedef struct culture_graph_options {
  double least_area_px;         /* of the cells of an edge; 500 */
  double least_border_px;       /* 5 */
  const uint32_t *extra_border; /* (n_extra) labels that are given, not modelled, beside those at the frame */
  size_t n_extra;
  size_t top, left, bottom, right; /* rows [top, bottom), columns [left, right) that all frames show; bottom 0: all.
                                      Cells at its edge are border cells as those at the frame are */
} culture_graph_options;

culture_graph_options lg_culture_graph_options_default(void);

/**
 * @brief Cells (every label that has a pixel) and edges (pairs of 4-neighbour pixels of two labels).
 *
 * A border cell touches the frame, is alone, or is listed.
 * @retval LG_ERR_RANGE no cell
 */
LG_MUST_CHECK lg_status lg_culture_graph_of_masks(lg_ctx *ctx, const lg_culture_masks *masks,
                                                  const culture_graph_options *options, lg_culture_graph **out);

#endif
