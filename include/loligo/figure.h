/**
 * @file figure.h
 * @brief Small figures as SVG: lines, recordings, and values over two axes; the same grammar as every report's.
 */
#ifndef LOLIGO_FIGURE_H
#define LOLIGO_FIGURE_H

#include <loligo/recording.h>
#include <loligo/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One line. Longer ones than the picture is wide are drawn by their extremes, so that no spike is lost. */
typedef struct lg_figure_line {
  const char *label; /**< for the legend; NULL: none */
  size_t n;          /**< points */
  const double *x;   /**< (n) or NULL: x0 + k * dx */
  double x0;         /**< where x is NULL: x of the first point, finite */
  double dx;         /**< where x is NULL: the step, > 0 */
  const double *y;   /**< (n); NAN lifts the pen */
  int dots;          /**< non-zero: marks instead of a line, where x is given */
} lg_figure_line;

/** Options of a figure. */
typedef struct lg_figure_options {
  size_t size;             /**< sizeof(lg_figure_options) */
  const char *title;       /**< what it is */
  const char *description; /**< what it shows, in words; NULL: the title */
  const char *x_label;     /**< words at the x axis, with the unit; NULL: none */
  const char *y_label;     /**< words at the y axis, with the unit; NULL: none */
  double width;            /**< px, 100 … 4000 */
  double height;           /**< px, 100 … 4000 */
  const char *id;          /**< prefix of ids, unique within a page */
} lg_figure_options;

/** Defaults of lg_figure_options. */
#define LG_FIGURE_OPTIONS_INIT                                                                                         \
  { .size = sizeof(lg_figure_options), .title = "figure", .width = 640.0, .height = 300.0, .id = "fig" }

/**
 * @brief Draw lines over each other: text "svg", an element for a page.
 * @param ctx the caller's context; holds the message of a failure
 * @param lines (n); read, not kept
 * @param n 1 … 64
 * @param options NULL = defaults
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_RANGE no finite point, too many lines, or a size outside its range
 */
LG_MUST_CHECK lg_status lg_figure_lines(lg_ctx *ctx, const lg_figure_line *lines, size_t n,
                                        const lg_figure_options *options, lg_result **out);

/**
 * @brief Draw the sweeps of a recording over each other, the current below: text "svg", an element for a page.
 * @param ctx the caller's context; holds the message of a failure
 * @param recording its sweeps
 * @param sweep number of the only one to draw, as lg_sweep.number; -1: all
 * @param options NULL = defaults; its axes have their own words
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_NOT_FOUND there is no sweep of that number
 * @retval LG_ERR_RANGE     a size outside its range
 */
LG_MUST_CHECK lg_status lg_figure_recording(lg_ctx *ctx, const lg_recording *recording, int sweep,
                                            const lg_figure_options *options, lg_result **out);

#ifdef __cplusplus
}
#endif
#endif
