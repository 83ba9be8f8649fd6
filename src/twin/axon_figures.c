/* Figures of axons under strain: the plane of strain and rate with what was published on it, networks beside mechanics.
 */
#include "io/plot.h"
#include "io/plot_image.h"
#include "twin/axon_report.h"
#include "twin/figure_dose_axis.h"

#include <math.h>
#include <string.h>

enum { P = AXON_RAMP_OUTPUTS, MOST_LEVELS = 6, MOST_POINTS = 4000 };

static const double font = 11.0;

/* What a panel shows: its words, and the lines of equal value that are drawn where they cross it. */
static const struct {
  const char *title;
  double levels[MOST_LEVELS];
  bool window, pores; /* of the critical rates; of the strain that opens the membrane */
} panels[P] = {
    {"peak strain of microtubules", {0.05, 0.1, 0.2, 0.3, 0.4, 0.5}, true, false},
    {"peak strain of the axolemma", {0.1, 0.2, 0.4, 0.6, 0.8, 1.0}, false, true},
    {"tau lost (%)", {1.0, 10.0, 20.0, 30.0, 40.0, 50.0}, true, false},
    {"neurofilaments lost (%)", {1.0, 5.0, 20.0, 50.0, 80.0, 95.0}, false, false},
};

/* The k-th of four panels, its plot's area. */
static lg_box panel_area(lg_box box, size_t k, double right) {
  const double w = 0.5 * box.w, h = 0.5 * box.h;
  const size_t column = k % 2, row = k / 2;
  return (lg_box){box.x + (double)column * w + 3.6 * font, box.y + (double)row * h + 2.2 * font, w - 3.6 * font - right,
                  h - 6.4 * font};
}

/* ---- lines of equal value ------------------------------------------------------------------------------ */

typedef struct field {
  const axon_plane *grid;
  size_t output;
  const lg_plot *plot;
} field;

static double value_at(const field *f, size_t r, size_t s) {
  return f->grid->median[(r * f->grid->n_strains + s) * P + f->output];
}

static lg_point place_of(const field *f, double r, double s) {
  const axon_plane *g = f->grid;
  const size_t i = (size_t)r, k = (size_t)s;
  const double rate = lg_log10(g->rate_per_s[i]), more_r = r - (double)i, more_s = s - (double)k;
  const double x = more_r > 0.0 ? rate + more_r * (lg_log10(g->rate_per_s[i + 1]) - rate) : rate;
  const double y = more_s > 0.0 ? g->strain[k] + more_s * (g->strain[k + 1] - g->strain[k]) : g->strain[k];
  return (lg_point){lg_plot_x(f->plot, x), lg_plot_y(f->plot, 100.0 * y)};
}

/* Where the line of a level crosses the sides of a cell: 0, 2 or 4 points (a saddle is joined in the order of its
 * sides). */
static size_t crossings(const field *f, size_t r, size_t s, double level, lg_point out[4]) {
  static const unsigned char corner[5][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}};
  size_t n = 0;
  for (size_t side = 0; side < 4; side++) {
    const unsigned char *a = corner[side], *b = corner[side + 1];
    const double x = value_at(f, r + a[0], s + a[1]), y = value_at(f, r + b[0], s + b[1]);
    if (!isfinite(x) || !isfinite(y)) return 0;
    if ((x < level) == (y < level)) continue;
    const double part = (level - x) / (y - x);
    const double at_r = (double)r + a[0] + part * ((double)b[0] - a[0]),
                 at_s = (double)s + a[1] + part * ((double)b[1] - a[1]);
    out[n++] = place_of(f, at_r, at_s);
  }
  return n;
}

/* The line, light below dark so that it shows on every shade, and its level where it passes x. */
static lg_status draw_level(lg_ctx *ctx, const field *f, double level, double label_x) {
  lg_status status = LG_OK;
  const axon_plane *g = f->grid;
  lg_point *points = NULL, four[4], label = {0.0, 0.0};
  size_t n = 0;
  double nearest = INFINITY;
  LG_NEW(ctx, points, 6 * g->n_rates * g->n_strains);
  for (size_t r = 0; r + 1 < g->n_rates; r++)
    for (size_t s = 0; s + 1 < g->n_strains; s++) {
      const size_t m = crossings(f, r, s, level, four);
      for (size_t k = 0; k + 1 < m; k += 2) {
        points[n++] = four[k];
        points[n++] = four[k + 1];
        points[n++] = (lg_point){(double)NAN, (double)NAN};
        const double off = fabs(0.5 * (four[k].x + four[k + 1].x) - label_x);
        if (off < nearest)
          nearest = off, label = (lg_point){0.5 * (four[k].x + four[k + 1].x), 0.5 * (four[k].y + four[k + 1].y)};
      }
    }
  if (n > 0) {
    char text[40];
    lg_format_short(level, 3, text);
    const double w = lg_text_width(text, 0.85 * font, 0);
    lg_canvas_stroke(f->plot->canvas, points, n, (lg_pen){LG_INK_PAPER, 2.6, LG_DASH_SOLID, 0.55});
    lg_canvas_stroke(f->plot->canvas, points, n, (lg_pen){LG_INK_TEXT, 0.9, LG_DASH_SOLID, 1.0});
    lg_canvas_round_rect(f->plot->canvas, (lg_box){label.x - 0.5 * w - 2.0, label.y - 0.55 * font, w + 4.0, 1.1 * font},
                         2.0, LG_INK_PAPER, 0.8);
    lg_canvas_text(f->plot->canvas, label.x, label.y + 0.32 * font, 0.85 * font, LG_INK_TEXT, LG_TEXT_MIDDLE, text);
  }
done:
  lg_free(ctx, points);
  return status;
}

/* ---- the plane ----------------------------------------------------------------------------------------- */

static lg_status draw_values(lg_ctx *ctx, const field *f, double *high) {
  lg_status status = LG_OK;
  const axon_plane *g = f->grid;
  float *values = NULL;
  *high = 0.0;
  LG_NEW(ctx, values, g->n_strains * g->n_rates);
  for (size_t s = 0; s < g->n_strains; s++)
    for (size_t r = 0; r < g->n_rates; r++) {
      const double x = value_at(f, r, s);
      values[s * g->n_rates + r] = (float)x;
      if (x > *high) *high = x;
    }
  if (!(*high > 0.0)) *high = 1.0;
  LG_TRY(lg_plot_image(ctx, f->plot, values, g->n_strains, g->n_rates, 0.0, *high));
done:
  lg_free(ctx, values);
  return status;
}

static void mark(const lg_plot *p, double rate, double percent, lg_mark kind, lg_ink ink) {
  const double x = lg_log10(rate);
  if (!(x > p->x0 && x < p->x1 && percent > p->y0 && percent < p->y1)) return;
  lg_mark_at(p->canvas, lg_plot_x(p, x), lg_plot_y(p, percent), 5.6, kind == LG_MARK_RING ? LG_MARK_DISC : kind,
             LG_INK_PAPER);
  lg_mark_at(p->canvas, lg_plot_x(p, x), lg_plot_y(p, percent), 4.0, kind, ink);
}

/* What was published, where it belongs. */
static void draw_published(const lg_plot *p, size_t panel) {
  static const double rates[2] = {22.0, 44.0}, strains[2] = {10.0, 12.0};
  const lg_pen light = {LG_INK_PAPER, 2.8, LG_DASH_SOLID, 0.55}, line = {LG_INK_TEXT, 1.2, LG_DASH_LONG, 1.0};
  lg_canvas_clip(p->canvas, p->area);
  for (size_t k = 0; k < 2; k++) {
    const double x = lg_plot_x(p, lg_log10(rates[k])), y = lg_plot_y(p, strains[k]);
    if (panels[panel].window) {
      lg_canvas_line(p->canvas, x, p->area.y, x, p->area.y + p->area.h, light);
      lg_canvas_line(p->canvas, x, p->area.y, x, p->area.y + p->area.h, line);
    }
    if (panels[panel].pores) {
      lg_canvas_line(p->canvas, p->area.x, y, p->area.x + p->area.w, y, light);
      lg_canvas_line(p->canvas, p->area.x, y, p->area.x + p->area.w, y, line);
    }
  }
  lg_canvas_unclip(p->canvas);
  if (panel != AXON_MT) return;
  mark(p, 50.0, 15.0, LG_MARK_DIAMOND, LG_INK_VERMILLION);
  mark(p, 30.0, 20.0, LG_MARK_DIAMOND, LG_INK_VERMILLION);
  for (int k = 0; k < 4; k++) mark(p, 10.0 + 20.0 * k, 10.0, LG_MARK_RING, LG_INK_TEXT);
}

static void pad(double *low, double *high, size_t n, double else_by) {
  const double half = n > 1 ? 0.5 * (*high - *low) / (double)(n - 1) : else_by;
  *low -= half;
  *high += half;
}

static lg_status draw_panel(lg_ctx *ctx, const axon_plane *g, size_t q, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  double high;
  lg_plot p = {.canvas = c, .font = font, .area = panel_area(box, q, 5.2 * font)};
  const field f = {g, q, &p};
  p.x0 = lg_log10(g->rate_per_s[0]), p.x1 = lg_log10(g->rate_per_s[g->n_rates - 1]);
  p.y0 = 100.0 * g->strain[0], p.y1 = 100.0 * g->strain[g->n_strains - 1];
  pad(&p.x0, &p.x1, g->n_rates, 0.1);
  pad(&p.y0, &p.y1, g->n_strains, 0.5);
  LG_TRY(draw_values(ctx, &f, &high));
  lg_plot_frame(&p, LG_FRAME_Y, NULL, NULL);
  lg_dose_frame(&p, true, "strain rate (1/s)");
  lg_canvas_text(c, p.area.x, p.area.y - 0.6 * font, font, LG_INK_TEXT, LG_TEXT_BOLD, panels[q].title);
  lg_canvas_text(c, p.area.x + p.area.w, p.area.y - 0.6 * font, 0.9 * font, LG_INK_MUTED, LG_TEXT_END,
                 "upwards: strain (%)");
  lg_plot_shade_bar(c, (lg_box){p.area.x + p.area.w + font, p.area.y, 0.9 * font, p.area.h}, 0.0, high, font, "");
  lg_canvas_clip(c, p.area);
  for (size_t k = 0; k < MOST_LEVELS; k++)
    LG_TRY(draw_level(ctx, &f, panels[q].levels[k], p.area.x + p.area.w * (0.18 + 0.11 * (double)k)));
  lg_canvas_unclip(c);
  draw_published(&p, q);
done:
  return status;
}

static lg_status draw_grid(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  static const lg_legend legend[] = {
      {.text = "swellings rise (Nakadate 2017)", .mark = LG_MARK_DIAMOND, .mark_ink = LG_INK_VERMILLION},
      {.text = "no effect of rate (Nakadate 2017)", .mark = LG_MARK_RING, .mark_ink = LG_INK_TEXT},
      {.text = "critical rates 22\xe2\x80\x93"
               "44 /s (Ahmadzadeh 2014); pores from 10\xe2\x80\x93"
               "12 % (Montanino 2020)",
       .pen = {LG_INK_TEXT, 1.2, LG_DASH_LONG, 1.0},
       .mark = -1}};
  const axon_view *v = user;
  const double top = lg_legend_height(box.w, font, legend, 3) + 0.6 * font;
  (void)lg_legend_row(c, box.x, box.y + font, box.w, font, legend, 3);
  for (size_t q = 0; q < P; q++) {
    const lg_status status = draw_panel(ctx, v->grid, q, c, (lg_box){box.x, box.y + top, box.w, box.h - top});
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* ---- networks beside mechanics ------------------------------------------------------------------------- */

/* Those in range stand first; every k-th where there are many, the others all up to as many. */
static void draw_points(const axon_pairs *pairs, const lg_plot *p, size_t q) {
  const size_t n = pairs->n, inside = pairs->n_inside, step = 1 + inside / MOST_POINTS,
               outer = 1 + (n - inside) / MOST_POINTS;
  lg_canvas_clip(p->canvas, p->area);
  for (size_t k = 0; k < inside; k += step)
    lg_mark_at(p->canvas, lg_plot_x(p, pairs->direct[k * P + q]), lg_plot_y(p, pairs->predicted[k].mean[q]), 1.6,
               LG_MARK_DISC, LG_INK_BLUE);
  for (size_t k = inside; k < n; k += outer)
    lg_mark_at(p->canvas, lg_plot_x(p, pairs->direct[k * P + q]), lg_plot_y(p, pairs->predicted[k].mean[q]), 3.0,
               LG_MARK_CROSS, LG_INK_VERMILLION);
  lg_canvas_unclip(p->canvas);
}

static void draw_scatter_panel(const axon_pairs *pairs, size_t q, lg_canvas *c, lg_box box) {
  char text[120], r2[40], nrmse[40];
  lg_plot p = {.canvas = c, .font = font, .area = panel_area(box, q, 1.5 * font)};
  for (size_t k = 0; k < pairs->n; k++) p.x1 = fmax(p.x1, fmax(pairs->direct[k * P + q], pairs->predicted[k].mean[q]));
  p.x1 = p.x1 > 0.0 ? 1.04 * p.x1 : 1.0;
  p.y1 = p.x1;
  lg_plot_frame(&p, LG_FRAME_USUAL | LG_FRAME_X_GRID, "by the mechanics", NULL);
  lg_canvas_text(c, p.area.x, p.area.y - 0.6 * font, font, LG_INK_TEXT, LG_TEXT_BOLD, panels[q].title);
  lg_canvas_text(c, p.area.x + p.area.w, p.area.y - 0.6 * font, 0.9 * font, LG_INK_MUTED, LG_TEXT_END,
                 "upwards: by the network");
  lg_canvas_line(c, lg_plot_x(&p, 0.0), lg_plot_y(&p, 0.0), lg_plot_x(&p, p.x1), lg_plot_y(&p, p.y1),
                 (lg_pen){LG_INK_MUTED, 1.0, LG_DASH_LONG, 1.0});
  draw_points(pairs, &p, q);
  lg_format_significant(pairs->all.r2[q], 4, r2);
  lg_format_significant(100.0 * pairs->all.nrmse[q], 3, nrmse);
  (void)snprintf(text, sizeof text, "R\xc2\xb2 %s, NRMSE %s %%", r2, nrmse);
  lg_canvas_round_rect(c, (lg_box){p.area.x + 4.0, p.area.y + 4.0, lg_text_width(text, font, 0) + 10.0, 1.7 * font},
                       3.0, LG_INK_PAPER, 0.85);
  lg_canvas_text(c, p.area.x + 9.0, p.area.y + 4.0 + 1.2 * font, font, LG_INK_TEXT, 0, text);
}

static lg_status draw_scatter(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  static const lg_legend legend[] = {
      {.text = "in range", .mark = LG_MARK_DISC, .mark_ink = LG_INK_BLUE},
      {.text = "out of range, or simulated instead", .mark = LG_MARK_CROSS, .mark_ink = LG_INK_VERMILLION},
      {.text = "equal", .pen = {LG_INK_MUTED, 1.0, LG_DASH_LONG, 1.0}, .mark = -1}};
  const axon_view *v = user;
  const double top = 1.8 * font;
  (void)ctx;
  (void)lg_legend_row(c, box.x + 3.6 * font, box.y + font, box.w, font, legend, 3);
  for (size_t q = 0; q < P; q++) draw_scatter_panel(v->pairs, q, c, (lg_box){box.x, box.y + top, box.w, box.h - top});
  return LG_OK;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

void lg_axon_pictures(const axon_view *v, lg_picture pictures[AXON_FIGURES]) {
  const lg_picture all[AXON_FIGURES] = {
      {"grid", "Strain and rate", 900.0, 780.0, v->grid && v->grid->n_strains > 1 && v->grid->n_rates > 1, draw_grid},
      {"scatter", "Network beside mechanics", 760.0, 720.0, v->pairs != NULL, draw_scatter}};
  memcpy(pictures, all, sizeof all);
}

void lg_axon_words(const axon_view *v, size_t which, char *text, size_t bytes) {
  if (which == AXON_FIGURE_GRID)
    (void)snprintf(
        text, bytes,
        "A fibre drawn evenly to a strain (upwards) at a rate (to the right, logarithmic), what it holds at that "
        "moment, without holding it there; %s. Lines of equal value carry their value. Marks are published points, not "
        "fits: "
        "the critical rates calibrated tau's stiffness and viscosity.",
        v->grid->n_axons > 1 ? "medians over the axons of a population" : "one axon, one seed of gaps");
  else
    (void)snprintf(
        text, bytes,
        "%zu profiles matched by name, %zu of them in the range of the network; R\xc2\xb2 = 1 \xe2\x88\x92 SSE/SST, "
        "NRMSE by the range of the outcome, in natural units.",
        v->pairs->n, v->pairs->n_inside);
}
