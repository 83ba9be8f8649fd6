/* Figures of an identified culture: fits of cells, k and how sure it is, feeds. */
#include "twin/culture_figures.h"

#include "twin/figure_dose_axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double font = LG_CULTURE_FONT;
static const char *const groups[4] = {"I", "II", "III", "IV"};
static const lg_pen measured = {LG_INK_TEXT, 1.0, LG_DASH_SOLID, 1.0}, with = {LG_INK_BLUE, 1.5, LG_DASH_SOLID, 1.0},
                    without = {LG_INK_VERMILLION, 1.2, LG_DASH_LONG, 1.0};

/* ---- fits -------------------------------------------------------------------------------------------------- */

/* A cell and what it is sorted by; equal ones by their place. */
typedef struct ranked {
  double x;
  size_t at;
} ranked;

static int by_value(const void *a, const void *b) {
  const ranked *p = a, *q = b;
  if (p->x != q->x) return p->x < q->x ? -1 : 1;
  return (p->at > q->at) - (p->at < q->at);
}

/* The k-th of a group by NMSE, without memory of its own: so many of the group are smaller. */
static size_t kth_of_group(const lg_culture_result *r, int group, size_t k) {
  for (size_t a = 0; a < r->n_inner; a++) {
    size_t below = 0;
    if (r->cell[a].group != group) continue;
    for (size_t b = 0; b < r->n_inner; b++) {
      if (r->cell[b].group != group || b == a) continue;
      const ranked p = {r->cell[a].nmse, a}, q = {r->cell[b].nmse, b};
      below += by_value(&q, &p) < 0;
    }
    if (below == k) return a;
  }
  return 0;
}

size_t lg_culture_chosen_fits(const lg_culture_result *r, size_t cell[12]) {
  size_t n = 0;
  for (int group = 1; group <= 4; group++) {
    const size_t m = r->group[group - 1];
    if (m > 0) cell[n++] = kth_of_group(r, group, 0);
    if (m > 2) cell[n++] = kth_of_group(r, group, m / 2);
    if (m > 1) cell[n++] = kth_of_group(r, group, m - 1);
  }
  return n;
}

static void column(const culture_view *v, size_t k, double *x) {
  for (size_t t = 0; t < v->n_times; t++) x[t] = v->y[t * v->graph->n + v->result->inner[k]];
}

static void title_of(const culture_view *v, size_t k, char *text, size_t bytes) {
  const culture_cell_fit *f = &v->result->cell[k];
  char nmse[40], f1[40];
  lg_format_significant(f->nmse, 2, nmse);
  lg_format_significant(f->peaks_f1, 2, f1);
  (void)snprintf(text, bytes, "cell %u \xc2\xb7 group %s \xc2\xb7 NMSE %s \xc2\xb7 peaks %s",
                 v->graph->id[v->result->inner[k]], groups[f->group - 1], nmse, f1);
}

static lg_status draw_cell(lg_ctx *ctx, const culture_view *v, size_t k, lg_canvas *c, lg_box box, bool last) {
  lg_status status = LG_OK;
  const lg_culture_result *r = v->result;
  double *x = NULL;
  char title[120];
  LG_NEW(ctx, x, v->n_times);
  column(v, k, x);
  lg_plot p = {.canvas = c, .font = 0.9 * font, .x1 = (double)(v->n_times - 1), .y_ticks = 3, .x_ticks = 4};
  p.area = (lg_box){box.x + 3.2 * font, box.y + 1.7 * font, box.w - 4.2 * font, box.h - 4.4 * font};
  p.y0 = (double)INFINITY, p.y1 = -(double)INFINITY;
  lg_range_extend(&p.y0, &p.y1, x, v->n_times);
  lg_range_extend(&p.y0, &p.y1, r->run + k * v->n_times, v->n_times);
  lg_range_pad(&p.y0, &p.y1, 0.06);
  lg_plot_frame(&p, LG_FRAME_USUAL, last ? "frame" : NULL, NULL);
  title_of(v, k, title, sizeof title);
  lg_canvas_text(c, p.area.x, p.area.y - 0.5 * font, 0.9 * font, LG_INK_TEXT, LG_TEXT_BOLD, title);
  LG_TRY(lg_plot_trace(ctx, &p, 0.0, 1.0, r->bare + k * v->n_times, v->n_times, without));
  if (r->has_events) LG_TRY(lg_plot_trace(ctx, &p, 0.0, 1.0, r->run + k * v->n_times, v->n_times, with));
  LG_TRY(lg_plot_trace(ctx, &p, 0.0, 1.0, x, v->n_times, measured));
done:
  lg_free(ctx, x);
  return status;
}

lg_status lg_culture_draw_fits(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const culture_view *v = user;
  const lg_legend legend[3] = {{.text = "measured", .pen = measured, .mark = -1},
                               {.text = "free run without events", .pen = without, .mark = -1},
                               {.text = "free run with the events found", .pen = with, .mark = -1}};
  size_t cell[12];
  const size_t n = lg_culture_chosen_fits(v->result, cell);
  const double head = 2.0 * font, w = box.w / 3.0, h = (box.h - head) / ceil((double)n / 3.0);
  (void)lg_legend_row(c, box.x + 3.2 * font, box.y + font, box.w, font, legend, v->result->has_events ? 3 : 2);
  for (size_t q = 0; q < n; q++) {
    const size_t column = q % 3, row = q / 3;
    const lg_box one = {box.x + (double)column * w, box.y + head + (double)row * h, w, h};
    const lg_status status = draw_cell(ctx, v, cell[q], c, one, q + 3 >= n);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* ---- k ----------------------------------------------------------------------------------------------------- */

/* The interval as a band below the data, k as a line above them; x runs along k or its logarithm. */
static double along(double k, bool logarithm) { return logarithm ? lg_log10(k) : k; }

static void shade_interval(const lg_plot *p, const lg_culture_result *r, bool logarithm) {
  if (!isfinite(r->k_low) || !isfinite(r->k_high)) return;
  const double a = lg_plot_x(p, along(r->k_low, logarithm)), b = lg_plot_x(p, along(r->k_high, logarithm));
  lg_canvas_clip(p->canvas, p->area);
  lg_canvas_rect(p->canvas, (lg_box){a, p->area.y, fmax(b - a, 1.0), p->area.h}, LG_INK_SKY, 0.35);
  lg_canvas_unclip(p->canvas);
}

static void mark_k(const lg_plot *p, const lg_culture_result *r, bool logarithm) {
  const double x = lg_plot_x(p, along(r->k, logarithm));
  lg_canvas_line(p->canvas, x, p->area.y, x, p->area.y + p->area.h, (lg_pen){LG_INK_VERMILLION, 1.5, LG_DASH_LONG, 1});
}

static void legend_of_k(const lg_culture_result *r, lg_canvas *c, double x, double y, double width) {
  const lg_legend legend[2] = {
      {.text = "k", .pen = {LG_INK_VERMILLION, 1.5, LG_DASH_LONG, 1.0}, .mark = -1},
      {.text = "95 % interval", .pen = {LG_INK_SKY, 0.0, LG_DASH_SOLID, 1.0}, .mark = -1, .patch_alpha = 0.35}};
  (void)lg_legend_row(c, x, y, width, font, legend, isfinite(r->k_low) ? 2 : 1);
}

lg_status lg_culture_draw_profile(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const culture_view *v = user;
  const lg_culture_result *r = v->result;
  double x[CULTURE_PROFILE], y[CULTURE_PROFILE], least = (double)INFINITY;
  for (int q = 0; q < CULTURE_PROFILE; q++) least = fmin(least, r->profile[q]);
  if (!(least > 0.0)) least = 1.0;
  for (int q = 0; q < CULTURE_PROFILE; q++) x[q] = lg_log10(r->profile_k[q]), y[q] = r->profile[q] / least;
  lg_plot p = {.canvas = c, .font = font, .x0 = x[0], .x1 = x[CULTURE_PROFILE - 1], .y0 = 1.0, .y1 = 1.0};
  lg_range_extend(&p.y0, &p.y1, y, CULTURE_PROFILE);
  lg_range_pad(&p.y0, &p.y1, 0.05);
  p.area = (lg_box){box.x + 4.2 * font, box.y + 3.6 * font, box.w - 5.2 * font, box.h - 7.4 * font};
  if (!(p.x1 > p.x0)) return LG_OK;
  legend_of_k(r, c, p.area.x, box.y + font, p.area.w);
  shade_interval(&p, r, true);
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, "squares of the residuals over their least");
  lg_dose_frame(&p, true, "k (per frame)");
  mark_k(&p, r, true);
  return lg_plot_line(ctx, &p, x, y, CULTURE_PROFILE, (lg_pen){LG_INK_TEXT, 1.6, LG_DASH_SOLID, 1.0});
}

lg_status lg_culture_draw_replicates(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  enum { BINS = 40 };
  const culture_view *v = user;
  const lg_culture_result *r = v->result;
  const size_t n = r->n_replicates, tail = n / 200;
  lg_status status = LG_OK;
  double count[BINS] = {0}, low = fmin(r->replicate_k[tail], r->k), high = fmax(r->replicate_k[n - 1 - tail], r->k);
  lg_box *boxes = NULL;
  lg_range_pad(&low, &high, 0.08);
  lg_plot p = {.canvas = c, .font = font, .x0 = low, .x1 = high, .y1 = 1.0};
  for (size_t k = 0; k < n; k++) {
    const double at = (r->replicate_k[k] - low) / (high - low) * BINS;
    if (at >= 0.0 && at < (double)BINS) count[(size_t)at] += 1.0;
  }
  for (int b = 0; b < BINS; b++) p.y1 = fmax(p.y1, 1.06 * count[b]);
  p.area = (lg_box){box.x + 4.2 * font, box.y + 3.6 * font, box.w - 5.2 * font, box.h - 7.4 * font};
  legend_of_k(r, c, p.area.x, box.y + font, p.area.w);
  shade_interval(&p, r, false);
  lg_plot_frame(&p, LG_FRAME_USUAL, "k (per frame)", "replicates");
  LG_NEW(ctx, boxes, BINS);
  size_t m = 0;
  for (int b = 0; b < BINS; b++) {
    if (count[b] == 0.0) continue;
    const double a = lg_plot_x(&p, low + (high - low) * b / BINS), top = lg_plot_y(&p, count[b]);
    boxes[m++] = (lg_box){a + 0.5, top, p.area.w / BINS - 1.0, p.area.y + p.area.h - top};
  }
  lg_canvas_rects(c, boxes, m, LG_INK_BLUE, 0.75);
  mark_k(&p, r, false);
done:
  lg_free(ctx, boxes);
  return status;
}

/* ---- feeds ------------------------------------------------------------------------------------------------- */

lg_status lg_culture_draw_feeds(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const culture_view *v = user;
  const lg_culture_result *r = v->result;
  lg_status status = LG_OK;
  ranked *order = NULL;
  lg_plot p = {.canvas = c, .font = font, .x0 = -0.5, .x1 = (double)r->n_inner - 0.5};
  p.y0 = (double)INFINITY, p.y1 = -(double)INFINITY;
  LG_NEW(ctx, order, r->n_inner);
  for (size_t k = 0; k < r->n_inner; k++) order[k] = (ranked){r->gamma[k], k};
  qsort(order, r->n_inner, sizeof *order, by_value);
  lg_range_extend(&p.y0, &p.y1, r->gamma, r->n_inner);
  lg_range_extend(&p.y0, &p.y1, r->gamma_low, r->n_inner);
  lg_range_extend(&p.y0, &p.y1, r->gamma_high, r->n_inner);
  lg_range_pad(&p.y0, &p.y1, 0.05);
  p.area = (lg_box){box.x + 5.0 * font, box.y + 2.0 * font, box.w - 6.0 * font, box.h - 5.2 * font};
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID | LG_FRAME_LINE, "cells, by feed", "effective feed per frame");
  lg_canvas_clip(c, p.area);
  lg_canvas_line(c, p.area.x, lg_plot_y(&p, 0.0), p.area.x + p.area.w, lg_plot_y(&p, 0.0),
                 (lg_pen){LG_INK_MUTED, 1.0, LG_DASH_LONG, 1.0});
  for (size_t q = 0; q < r->n_inner; q++) {
    const size_t k = order[q].at;
    const double x = lg_plot_x(&p, (double)q), low = r->gamma_low[k], high = r->gamma_high[k];
    if (isfinite(low) && isfinite(high))
      lg_canvas_line(c, x, lg_plot_y(&p, low), x, lg_plot_y(&p, high), (lg_pen){LG_INK_SKY, 2.4, LG_DASH_SOLID, 1.0});
    lg_mark_at(c, x, lg_plot_y(&p, r->gamma[k]), 2.4, r->at_bound[k] ? LG_MARK_CROSS : LG_MARK_DISC,
               r->at_bound[k] ? LG_INK_VERMILLION : LG_INK_BLUE);
  }
  lg_canvas_unclip(c);
done:
  lg_free(ctx, order);
  return status;
}
