/** @file figure_hill.h @brief Raw block and its Hill curves, one small panel per drug and channel. */
#ifndef LG_TWIN_FIGURE_HILL_H
#define LG_TWIN_FIGURE_HILL_H

#include "io/canvas.h"
#include "twin/block_data.h"

/** Size of one panel, px. */
enum { LG_HILL_PANEL_WIDTH = 290, LG_HILL_PANEL_HEIGHT = 215 };

/**
 * @brief Draw pairs [first, first + n) in rows of `columns` panels from (x, y) on: a ring per cell, the fitted curve,
 * at 50 % the IC50 with its 95 % interval.
 */
LG_MUST_CHECK lg_status lg_figure_hill(lg_ctx *ctx, lg_canvas *canvas, double x, double y, size_t columns,
                                       const lg_block_data *data, const lg_hill_result *fits, size_t first, size_t n);

/** @brief The same in words, for readers of the screen. */
void lg_figure_hill_words(FILE *stream, const lg_block_data *data, const lg_hill_result *fits, size_t first, size_t n);

#endif
