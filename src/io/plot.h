/**
 * @file plot.h
 * @brief Axes, traces, bands, marks and legends on a canvas; the grammar that every figure of Loligo uses.
 *
 * A plot is a box of a canvas with two linear axes. Axes carry their unit in the label ("time (ms)"); the label of
 * the y axis stands level above the axis, where it is read first.
 */
#ifndef LG_PLOT_H
#define LG_PLOT_H

#include "io/canvas.h"

/** Evenly spaced round numbers inside [low, high]: first + k * step, k = 0 … n-1. */
typedef struct lg_ticks {
  double first, step;
  int n, decimals; /* decimals to print */
} lg_ticks;

/** @brief About `target` ticks at 1, 2 or 5 times a power of ten; n = 0 when the range is empty or not finite.
 */
lg_ticks lg_ticks_nice(double low, double high, int target);

/** @brief A number with so many decimals and a true minus sign; "0" never gets a minus. Buffer of 40 bytes. */
void lg_format_fixed(double x, int decimals, char *buffer);
/** @brief Three (or `digits`) significant digits: "0.0321", "−60.2", "1.23×10⁻⁵"; "–" when not finite. 40 bytes. */
void lg_format_significant(double x, int digits, char *buffer);

/** @brief As above without zeros at the end: ends of ranges, "0.8", "400". 40 bytes. */
void lg_format_short(double x, int digits, char *buffer);

typedef struct lg_plot {
  lg_canvas *canvas;
  lg_box area;           /* inside the axes */
  double x0, x1, y0, y1; /* data range; y0 at the bottom */
  double font;           /* size of tick labels; 0 = 11 */
  int x_ticks, y_ticks;  /* how many to aim at; 0 = by size */
} lg_plot;

double lg_plot_x(const lg_plot *plot, double x);
double lg_plot_y(const lg_plot *plot, double y);

/** What of the frame is drawn. */
enum {
  LG_FRAME_X = 1,      /* ticks and numbers below */
  LG_FRAME_Y = 2,      /* ticks and numbers at the left */
  LG_FRAME_X_GRID = 4, /* thin lines upwards */
  LG_FRAME_Y_GRID = 8, /* thin lines across */
  LG_FRAME_LINE = 16,  /* the axis line below */
  LG_FRAME_USUAL = 1 | 2 | 8 | 16
};
/** @brief Draw grid, axes, numbers and labels (either may be NULL). Call before the data. */
void lg_plot_frame(const lg_plot *plot, unsigned what, const char *x_label, const char *y_label);

/** @brief Widen [*low, *high] by a share on both sides; an empty or broken range becomes a sane one around it. */
void lg_range_pad(double *low, double *high, double share);
/** @brief Extend [*low, *high] by the finite values of y (start from INFINITY, -INFINITY). */
void lg_range_extend(double *low, double *high, const double *y, size_t n);

/**
 * @brief Reduce an even-spaced trace to its extremes per column: at most two points for every column, in the order
 * of time, so that no spike is lost whatever the width. Columns of nothing but NAN give one NAN point.
 *
 * @param x_first, x_step  column of sample k is floor(x_first + k * x_step); samples outside [0, columns) are kept only
 *                         as the neighbours of the window, so that lines run to its edge
 * @param[out] at  (2 * columns + 4) index of the sample of each point
 * @return number of points
 *
 * O(n), no allocation.
 */
size_t lg_decimate(const double *y, size_t n, double x_first, double x_step, size_t columns, size_t *at);

/** @brief Draw samples y[k] at x = t0 + k * dt, decimated to the canvas, clipped to the area. */
LG_MUST_CHECK lg_status lg_plot_trace(lg_ctx *ctx, const lg_plot *plot, double t0, double dt, const double *y, size_t n,
                                      lg_pen pen);
/** @brief Fill between two traces of the same times: lower edge by minima, upper by maxima of each column. */
LG_MUST_CHECK lg_status lg_plot_trace_band(lg_ctx *ctx, const lg_plot *plot, double t0, double dt, const double *low,
                                           const double *high, size_t n, lg_ink ink, double alpha);
/** @brief Draw a line through (x, y); no decimation. */
LG_MUST_CHECK lg_status lg_plot_line(lg_ctx *ctx, const lg_plot *plot, const double *x, const double *y, size_t n,
                                     lg_pen pen);
/** @brief Fill between low and high over x (ascending); gaps where a value is not finite. */
LG_MUST_CHECK lg_status lg_plot_band(lg_ctx *ctx, const lg_plot *plot, const double *x, const double *low,
                                     const double *high, size_t n, lg_ink ink, double alpha);

typedef enum lg_mark { LG_MARK_DISC, LG_MARK_RING, LG_MARK_SQUARE, LG_MARK_DIAMOND, LG_MARK_CROSS } lg_mark;
void lg_mark_at(lg_canvas *canvas, double x, double y, double radius, lg_mark mark, lg_ink ink);
void lg_plot_marks(const lg_plot *plot, const double *x, const double *y, size_t n, double radius, lg_mark mark,
                   lg_ink ink);

/** One entry of a legend: a line, a mark on it, or a patch of a band. */
typedef struct lg_legend {
  const char *text;
  lg_pen pen; /* width 0: no line */
  int mark;   /* lg_mark, or -1 */
  lg_ink mark_ink;
  double patch_alpha; /* > 0: a patch of pen.ink */
} lg_legend;
/** @brief Draw entries in a row from (x, baseline y), wrapping at x + width. Returns the height used. */
double lg_legend_row(lg_canvas *canvas, double x, double y, double width, double font, const lg_legend *entries,
                     size_t n);
/** @brief Height that lg_legend_row() will use. */
double lg_legend_height(double width, double font, const lg_legend *entries, size_t n);

#endif
