/* Figures of the public interface: lines and recordings. */
#include "data/result.h"
#include "io/plot_recording.h"

#include <loligo/figure.h>
#include <math.h>

enum { MOST_LINES = 64, INKS = 7 };

typedef struct picture {
  lg_result *result;
  lg_result_writer writer;
  lg_canvas *canvas;
  lg_box box;
} picture;

static lg_status begin(lg_ctx *ctx, const lg_figure_options *o, picture *p) {
  lg_status status = LG_OK;
  const double margin = 4.0;
  if (o->size != sizeof *o)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "lg_figure_options has %zu bytes, %zu are wanted; begin with its INIT macro",
                   o->size, sizeof *o));
  if (!(o->width >= 100.0 && o->width <= 4000.0 && o->height >= 100.0 && o->height <= 4000.0))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "a figure of %g x %g px; 100 … 4000", o->width, o->height));
  const lg_svg_opts svg = {
      .title = o->title ? o->title : "figure", .description = o->description ? o->description : o->title, .id = o->id};
  LG_TRY(lg_result_create(ctx, &p->result));
  LG_TRY(lg_result_text_begin(ctx, &p->writer));
  LG_TRY(lg_canvas_svg(ctx, p->writer.stream, o->width, o->height, &svg, &p->canvas));
  p->box = (lg_box){margin, margin, o->width - 2.0 * margin, o->height - 2.0 * margin};
done:
  return status;
}

/* Give the result, or clean up. */
static lg_status end(lg_ctx *ctx, picture *p, lg_status status, lg_result **out) {
  if (status == LG_OK) {
    status = lg_canvas_close(ctx, p->canvas);
    p->canvas = NULL;
  }
  if (status == LG_OK) status = lg_result_text_end(ctx, p->result, "svg", &p->writer);
  lg_canvas_destroy(ctx, p->canvas);
  lg_result_text_drop(&p->writer);
  if (status == LG_OK) *out = p->result;
  else lg_result_destroy(ctx, p->result);
  return status;
}

static lg_pen pen_of(size_t k) {
  static const lg_ink inks[INKS] = {LG_INK_TEXT,   LG_INK_VERMILLION, LG_INK_BLUE,  LG_INK_GREEN,
                                    LG_INK_ORANGE, LG_INK_PURPLE,     LG_INK_YELLOW};
  return (lg_pen){.ink = inks[k % INKS], .width = 1.3, .dash = (lg_dash)(k / INKS % LG_DASH_COUNT)};
}

/* Legend of the lines that have words; returns its height. */
static double legend(const lg_figure_line *lines, size_t n, double font, picture *p) {
  lg_legend entries[MOST_LINES];
  size_t m = 0;
  for (size_t k = 0; k < n; k++) {
    if (!lines[k].label) continue;
    const lg_pen pen = pen_of(k);
    entries[m++] = (lg_legend){lines[k].label, lines[k].dots ? (lg_pen){0} : pen,
                               lines[k].dots ? (int)LG_MARK_DISC : -1, pen.ink, 0.0};
  }
  if (m == 0) return 0.0;
  return lg_legend_row(p->canvas, p->box.x, p->box.y + font, p->box.w, font, entries, m) + 0.4 * font;
}

static void range_of(const lg_figure_line *l, double x[2], double y[2]) {
  lg_range_extend(&y[0], &y[1], l->y, l->n);
  if (l->x) lg_range_extend(&x[0], &x[1], l->x, l->n);
  else if (l->n > 0) lg_range_extend(&x[0], &x[1], (const double[2]){l->x0, l->x0 + (double)(l->n - 1) * l->dx}, 2);
}

static lg_status draw(lg_ctx *ctx, const lg_figure_line *l, lg_pen pen, const lg_plot *plot) {
  if (l->dots && l->x) {
    lg_plot_marks(plot, l->x, l->y, l->n, 2.4, LG_MARK_DISC, pen.ink);
    return LG_OK;
  }
  if (l->x) return lg_plot_line(ctx, plot, l->x, l->y, l->n, pen);
  return lg_plot_trace(ctx, plot, l->x0, l->dx, l->y, l->n, pen);
}

static lg_status draw_lines(lg_ctx *ctx, const lg_figure_line *lines, size_t n, const lg_figure_options *o,
                            picture *p) {
  const double font = 12.0;
  double x[2] = {INFINITY, -INFINITY}, y[2] = {INFINITY, -INFINITY};
  if (n < 1 || n > MOST_LINES) return lg_fail(ctx, LG_ERR_RANGE, "%zu lines; 1 … %d", n, (int)MOST_LINES);
  for (size_t k = 0; k < n; k++) {
    if (!lines[k].x && !(lines[k].dx > 0.0 && isfinite(lines[k].x0)))
      return lg_fail(ctx, LG_ERR_RANGE, "line %zu has neither x nor a step above 0", k);
    range_of(&lines[k], x, y);
  }
  if (!(x[1] >= x[0]) || !(y[1] >= y[0])) return lg_fail(ctx, LG_ERR_RANGE, "there is no finite point to draw");
  if (!(x[1] > x[0])) lg_range_pad(&x[0], &x[1], 0.05);
  lg_range_pad(&y[0], &y[1], 0.05);
  const double top = p->box.y + legend(lines, n, font, p) + 1.8 * font;
  lg_plot plot = {.canvas = p->canvas, .font = font, .x0 = x[0], .x1 = x[1], .y0 = y[0], .y1 = y[1]};
  plot.area = (lg_box){p->box.x + 3.8 * font, top, p->box.w - 4.8 * font, p->box.y + p->box.h - 3.1 * font - top};
  lg_plot_frame(&plot, LG_FRAME_USUAL, o->x_label, o->y_label);
  for (size_t k = 0; k < n; k++) {
    const lg_status status = draw(ctx, &lines[k], pen_of(k), &plot);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

lg_status lg_figure_lines(lg_ctx *ctx, const lg_figure_line *lines, size_t n, const lg_figure_options *options,
                          lg_result **out) {
  const lg_figure_options defaults = LG_FIGURE_OPTIONS_INIT, *o = options ? options : &defaults;
  picture p = {0};
  *out = NULL;
  lg_status status = begin(ctx, o, &p);
  if (status == LG_OK) status = draw_lines(ctx, lines, n, o, &p);
  return end(ctx, &p, status, out);
}

lg_status lg_figure_recording(lg_ctx *ctx, const lg_recording *recording, int sweep, const lg_figure_options *options,
                              lg_result **out) {
  const lg_figure_options defaults = LG_FIGURE_OPTIONS_INIT, *o = options ? options : &defaults;
  const lg_recording_figure how = {.font = 12.0, .sweep = sweep};
  picture p = {0};
  *out = NULL;
  lg_status status = begin(ctx, o, &p);
  if (status == LG_OK) status = lg_plot_recording(ctx, recording, &how, p.canvas, p.box);
  return end(ctx, &p, status, out);
}
