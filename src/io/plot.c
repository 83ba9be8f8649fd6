#include "io/plot.h"

#include <math.h>
#include <string.h>

double lg_plot_x(const lg_plot *p, double x) { return p->area.x + (x - p->x0) / (p->x1 - p->x0) * p->area.w; }
double lg_plot_y(const lg_plot *p, double y) {
  return p->area.y + p->area.h - (y - p->y0) / (p->y1 - p->y0) * p->area.h;
}

static double font_of(const lg_plot *p) { return p->font > 0.0 ? p->font : 11.0; }

static const lg_pen grid_pen = {LG_INK_GRID, 0.6, LG_DASH_SOLID, 0.7},
                    axis_pen = {LG_INK_MUTED, 0.8, LG_DASH_SOLID, 1.0};

/* Widest label of the ticks: fewer ticks when they would touch. */
static double widest(lg_ticks t, double font) {
  double most = 0.0;
  for (int k = 0; k < t.n; k++) {
    char text[40];
    lg_format_fixed(t.first + k * t.step, t.decimals, text);
    const double w = lg_text_width(text, font, 0);
    if (w > most) most = w;
  }
  return most;
}

static lg_ticks x_ticks(const lg_plot *p) {
  int target = p->x_ticks > 0 ? p->x_ticks : (int)(p->area.w / 70.0);
  lg_ticks t = lg_ticks_nice(p->x0, p->x1, target);
  while (target > 2 && t.n > 1 && (widest(t, font_of(p)) + 8.0) * (p->x1 - p->x0) > t.step * p->area.w)
    t = lg_ticks_nice(p->x0, p->x1, --target);
  return t;
}

static void draw_x(const lg_plot *p, unsigned what, const char *label) {
  const double font = font_of(p), bottom = p->area.y + p->area.h;
  const lg_ticks t = x_ticks(p);
  for (int k = 0; k < t.n; k++) {
    const double value = t.first + k * t.step, x = lg_plot_x(p, value);
    if (what & LG_FRAME_X_GRID) lg_canvas_line(p->canvas, x, p->area.y, x, bottom, grid_pen);
    if (!(what & LG_FRAME_X)) continue;
    char text[40];
    lg_format_fixed(value, t.decimals, text);
    lg_canvas_line(p->canvas, x, bottom, x, bottom + 4.0, axis_pen);
    lg_canvas_text(p->canvas, x, bottom + 5.0 + font, font, LG_INK_MUTED, LG_TEXT_MIDDLE, text);
  }
  if (label)
    lg_canvas_text(p->canvas, p->area.x + p->area.w, bottom + 7.0 + 2.15 * font, font, LG_INK_TEXT, LG_TEXT_END, label);
}

static void draw_y(const lg_plot *p, unsigned what, const char *label) {
  const double font = font_of(p);
  const int target = p->y_ticks > 0 ? p->y_ticks : (int)(p->area.h / 34.0);
  const lg_ticks t = lg_ticks_nice(p->y0, p->y1, target);
  double left = p->area.x;
  for (int k = 0; k < t.n; k++) {
    const double value = t.first + k * t.step, y = lg_plot_y(p, value);
    if (what & LG_FRAME_Y_GRID) lg_canvas_line(p->canvas, p->area.x, y, p->area.x + p->area.w, y, grid_pen);
    if (!(what & LG_FRAME_Y)) continue;
    char text[40];
    lg_format_fixed(value, t.decimals, text);
    lg_canvas_text(p->canvas, p->area.x - 6.0, y + 0.36 * font, font, LG_INK_MUTED, LG_TEXT_END, text);
    const double edge = p->area.x - 6.0 - lg_text_width(text, font, 0);
    if (edge < left) left = edge;
  }
  if (label) lg_canvas_text(p->canvas, left, p->area.y - 7.0, font, LG_INK_TEXT, 0, label);
}

void lg_plot_frame(const lg_plot *p, unsigned what, const char *x_label, const char *y_label) {
  draw_y(p, what, y_label);
  draw_x(p, what, x_label);
  const double bottom = p->area.y + p->area.h;
  if (what & LG_FRAME_LINE) lg_canvas_line(p->canvas, p->area.x, bottom, p->area.x + p->area.w, bottom, axis_pen);
}

/* ---- data ----------------------------------------------------------------------------------------- */

lg_status lg_plot_line(lg_ctx *ctx, const lg_plot *p, const double *x, const double *y, size_t n, lg_pen pen) {
  lg_status status = LG_OK;
  lg_point *points = NULL;
  if (n == 0) return LG_OK;
  LG_NEW(ctx, points, n);
  for (size_t k = 0; k < n; k++) points[k] = (lg_point){lg_plot_x(p, x[k]), lg_plot_y(p, y[k])};
  lg_canvas_clip(p->canvas, p->area);
  lg_canvas_stroke(p->canvas, points, n, pen);
  lg_canvas_unclip(p->canvas);
done:
  lg_free(ctx, points);
  return status;
}

lg_status lg_plot_band(lg_ctx *ctx, const lg_plot *p, const double *x, const double *low, const double *high, size_t n,
                       lg_ink ink, double alpha) {
  lg_status status = LG_OK;
  lg_point *points = NULL;
  size_t twice;
  if (n == 0) return LG_OK;
  if (!lg_mul_size(n, 2, &twice)) return lg_fail(ctx, LG_ERR_LIMIT, "a band of %zu points", n);
  LG_NEW(ctx, points, twice);
  lg_canvas_clip(p->canvas, p->area);
  for (size_t begin = 0; begin < n;) {
    while (begin < n && !(isfinite(low[begin]) && isfinite(high[begin]))) begin++;
    size_t end = begin;
    while (end < n && isfinite(low[end]) && isfinite(high[end])) end++;
    const size_t m = end - begin;
    for (size_t k = 0; k < m; k++) {
      points[k] = (lg_point){lg_plot_x(p, x[begin + k]), lg_plot_y(p, high[begin + k])};
      points[2 * m - 1 - k] = (lg_point){lg_plot_x(p, x[begin + k]), lg_plot_y(p, low[begin + k])};
    }
    if (m >= 2) lg_canvas_fill(p->canvas, points, 2 * m, ink, alpha);
    begin = end;
  }
  lg_canvas_unclip(p->canvas);
done:
  lg_free(ctx, points);
  return status;
}

void lg_mark_at(lg_canvas *c, double x, double y, double r, lg_mark mark, lg_ink ink) {
  const lg_pen pen = {ink, 1.5, LG_DASH_SOLID, 1.0}, none = {ink, 0.0, LG_DASH_SOLID, 1.0};
  switch (mark) {
  case LG_MARK_DISC:
    lg_canvas_disc(c, x, y, r, ink, none);
    break;
  case LG_MARK_RING:
    lg_canvas_disc(c, x, y, r, LG_INK_PAPER, pen);
    break;
  case LG_MARK_SQUARE:
    lg_canvas_rect(c, (lg_box){x - r, y - r, 2 * r, 2 * r}, ink, 1.0);
    break;
  case LG_MARK_DIAMOND: {
    const lg_point p[4] = {{x, y - 1.3 * r}, {x + 1.3 * r, y}, {x, y + 1.3 * r}, {x - 1.3 * r, y}};
    lg_canvas_fill(c, p, 4, ink, 1.0);
    break;
  }
  case LG_MARK_CROSS:
    lg_canvas_line(c, x - r, y - r, x + r, y + r, pen);
    lg_canvas_line(c, x - r, y + r, x + r, y - r, pen);
    break;
  default:
    break;
  }
}

void lg_plot_marks(const lg_plot *p, const double *x, const double *y, size_t n, double r, lg_mark mark, lg_ink ink) {
  for (size_t k = 0; k < n; k++) {
    if (!isfinite(x[k]) || !isfinite(y[k])) continue;
    lg_mark_at(p->canvas, lg_plot_x(p, x[k]), lg_plot_y(p, y[k]), r, mark, ink);
  }
}

/* ---- legend --------------------------------------------------------------------------------------- */

static double entry_width(const lg_legend *e, double font) {
  return 2.2 * font + lg_text_width(e->text, font, 0) + 1.2 * font;
}

static void draw_entry(lg_canvas *c, double x, double y, double font, const lg_legend *e) {
  const double w = 1.8 * font, mid = y - 0.33 * font;
  if (e->patch_alpha > 0.0) lg_canvas_rect(c, (lg_box){x, y - 0.75 * font, w, 0.8 * font}, e->pen.ink, e->patch_alpha);
  if (e->pen.width > 0.0) lg_canvas_line(c, x, mid, x + w, mid, e->pen);
  if (e->mark >= 0) lg_mark_at(c, x + w / 2, mid, 0.34 * font, (lg_mark)e->mark, e->mark_ink);
  lg_canvas_text(c, x + 2.2 * font, y, font, LG_INK_TEXT, 0, e->text);
}

static double legend(lg_canvas *c, double x, double y, double width, double font, const lg_legend *entries, size_t n) {
  double at = x, line = 0.0;
  for (size_t k = 0; k < n; k++) {
    const double w = entry_width(&entries[k], font);
    if (at > x && at + w - 1.2 * font > x + width) {
      at = x;
      line += 1.55 * font;
    }
    if (c) draw_entry(c, at, y + line, font, &entries[k]);
    at += w;
  }
  return n == 0 ? 0.0 : line + 1.55 * font;
}

double lg_legend_row(lg_canvas *c, double x, double y, double width, double font, const lg_legend *entries, size_t n) {
  return legend(c, x, y, width, font, entries, n);
}

double lg_legend_height(double width, double font, const lg_legend *entries, size_t n) {
  return legend(NULL, 0.0, 0.0, width, font, entries, n);
}
