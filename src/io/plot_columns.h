/** @file plot_columns.h @brief Traces of several places: one panel per quantity, one pen per place. */
#ifndef LG_PLOT_COLUMNS_H
#define LG_PLOT_COLUMNS_H

#include "io/plot.h"

/** One column of a trace. */
typedef struct lg_plot_column {
  const char *name; /* "v_mV_soma": quantity, unit, place */
  const double *y;  /* (n) */
} lg_plot_column;

/** @brief Draw columns over t0 + k dt. At most 8 quantities. */
LG_MUST_CHECK lg_status lg_plot_columns(lg_ctx *ctx, const lg_plot_column *columns, size_t n_columns, size_t n,
                                        double t0_ms, double dt_ms, double from_ms, double to_ms, double font,
                                        lg_canvas *canvas, lg_box box);

#endif
