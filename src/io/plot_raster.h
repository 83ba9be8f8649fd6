/** @file plot_raster.h @brief Spikes of many cells: a mark at (time, cell), groups in their inks, counts below. */
#ifndef LG_PLOT_RASTER_H
#define LG_PLOT_RASTER_H

#include "io/plot.h"

enum { LG_RASTER_MAX_GROUPS = 64 };

/** Cells that belong together: rows first_row … first_row + n_rows - 1. */
typedef struct lg_raster_group {
  char name[64];
  size_t first_row, n_rows, n_spikes;
} lg_raster_group;

typedef struct lg_raster {
  size_t n;
  double *t_ms;  /* (n) */
  uint32_t *row; /* (n) */
  size_t n_rows, n_groups;
  lg_raster_group *groups; /* (n_groups) ascending, without gaps */
} lg_raster;

/**
 * @brief Read spikes from CSV: a column t_ms, and one or two that say whose: `cell` (a number) with `population`, or
 * any one column of words (`probe`), whose words get a row each. Other columns are ignored.
 * @retval LG_ERR_FORMAT no such columns, a time that is no number; the message names the line
 */
LG_MUST_CHECK lg_status lg_raster_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *name,
                                        lg_raster **out);
void lg_raster_destroy(lg_ctx *ctx, lg_raster *raster);

/** @brief Draw spikes between t0 and t1 ms (t1 <= t0: all). */
LG_MUST_CHECK lg_status lg_plot_raster(lg_ctx *ctx, const lg_raster *raster, double t0, double t1, double font,
                                       lg_canvas *canvas, lg_box box);

#endif
