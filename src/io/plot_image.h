/** @file plot_image.h @brief A matrix as an image in a plot, and the bar that says which shade is which value. */
#ifndef LG_PLOT_IMAGE_H
#define LG_PLOT_IMAGE_H

#include "io/plot.h"

/**
 * @brief Fill the plot's area with shades of values: row 0 at the bottom, columns from left to right.
 * @param values (n_rows, n_columns); values that are not finite stay paper
 */
LG_MUST_CHECK lg_status lg_plot_image(lg_ctx *ctx, const lg_plot *plot, const float *values, size_t n_rows,
                                      size_t n_columns, double low, double high);

/** @brief An upright bar of shades with numbers at its right and a label above. */
void lg_plot_shade_bar(lg_canvas *canvas, lg_box bar, double low, double high, double font, const char *label);

#endif
