/** @file figure_dose_axis.h @brief A logarithmic axis of doses: x of a plot is log10 of uM. */
#ifndef LG_TWIN_FIGURE_DOSE_AXIS_H
#define LG_TWIN_FIGURE_DOSE_AXIS_H

#include "io/plot.h"

/** @brief log10, the same bits everywhere. */
double lg_log10(double x);
/** @brief Range of the axis for n doses (those above 0), widened by a margin and by a therapeutic range that is near.
 */
void lg_dose_range(const double *dose_uM, size_t n, double free_low_uM, double free_high_uM, double *low, double *high);
/** @brief Ticks at decades (and 2, 5 where few), numbers, the label "free concentration (µM)". */
void lg_dose_frame(const lg_plot *plot, bool numbers, const char *label);
/** @brief Shade the therapeutic range over the height of the plot; above it its words when `words`. */
void lg_dose_shade(const lg_plot *plot, double free_low_uM, double free_high_uM, bool words);
/** @brief Edges of the cells around each dose: half way to its neighbours. edges (n + 1) in px. */
void lg_dose_cells(const lg_plot *plot, const double *dose_uM, size_t n, double *edges);

#endif
