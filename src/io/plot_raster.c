#include "io/plot_raster.h"

#include <math.h>

enum { N_INKS = 6, PER_PX = 2, N_BINS = 120 };

static lg_ink ink_of(size_t group) {
  static const lg_ink inks[N_INKS] = {LG_INK_TEXT,  LG_INK_VERMILLION, LG_INK_BLUE,
                                      LG_INK_GREEN, LG_INK_PURPLE,     LG_INK_ORANGE};
  return inks[group % N_INKS];
}

static void window_of(const lg_raster *r, double *t0, double *t1) {
  if (*t1 > *t0) return;
  *t0 = 0;
  *t1 = 1;
  for (size_t k = 0; k < r->n; k++) *t0 = fmin(*t0, r->t_ms[k]), *t1 = fmax(*t1, r->t_ms[k]);
}

/** Marks of a group: half px cells that hold a spike, runs of them as one box. A million spikes stay a small file. */
static lg_status draw_group(lg_ctx *ctx, const lg_plot *p, const lg_raster *r, size_t group) {
  lg_status status = LG_OK;
  const lg_raster_group *g = &r->groups[group];
  const size_t w = (size_t)ceil(p->area.w) * PER_PX, h = (size_t)ceil(p->area.h) * PER_PX;
  const double row_px = p->area.h / (double)(r->n_rows ? r->n_rows : 1), tall = fmax(fmin(0.8 * row_px, 14), 1.0);
  bool *filled = NULL;
  lg_box *boxes = NULL;
  size_t n = 0;
  LG_NEW(ctx, filled, w * h);
  for (size_t k = 0; k < r->n; k++) {
    if (r->row[k] < g->first_row || r->row[k] >= g->first_row + g->n_rows) continue;
    const double x = lg_plot_x(p, r->t_ms[k]) - p->area.x, y = lg_plot_y(p, (double)r->row[k] + 0.5) - p->area.y;
    if (!(x >= 0 && x <= p->area.w)) continue;
    const size_t i = (size_t)(x * PER_PX), j = (size_t)fmax(y * PER_PX, 0);
    filled[(j < h ? j : h - 1) * w + (i < w ? i : w - 1)] = true;
  }
  size_t most = 0;
  for (size_t k = 0; k < w * h; k++) most += filled[k];
  LG_NEW(ctx, boxes, most + 1);
  for (size_t j = 0; j < h; j++)
    for (size_t i = 0; i < w; i++) {
      if (!filled[j * w + i]) continue;
      const size_t begin = i;
      while (i + 1 < w && filled[j * w + i + 1]) i++;
      boxes[n++] = (lg_box){p->area.x + ((double)begin - 0.5) / PER_PX, p->area.y + (double)j / PER_PX - tall / 2,
                            (double)(i - begin + 2) / PER_PX, tall};
    }
  lg_canvas_rects(p->canvas, boxes, n, ink_of(group), 1.0);
done:
  lg_free(ctx, filled);
  lg_free(ctx, boxes);
  return status;
}

/** Spikes per bin of all cells, as steps. */
static lg_status draw_counts(lg_ctx *ctx, lg_plot *p, const lg_raster *r) {
  double count[N_BINS] = {0}, x[2 * N_BINS], y[2 * N_BINS], most = 1;
  const double bin = (p->x1 - p->x0) / N_BINS;
  for (size_t k = 0; k < r->n; k++) {
    const double at = (r->t_ms[k] - p->x0) / bin;
    if (at >= 0 && at <= N_BINS) count[at < N_BINS ? (size_t)at : N_BINS - 1] += 1;
  }
  for (size_t b = 0; b < N_BINS; b++) {
    count[b] /= bin;
    most = fmax(most, count[b]);
    x[2 * b] = p->x0 + (double)b * bin, x[2 * b + 1] = x[2 * b] + bin;
    y[2 * b] = y[2 * b + 1] = count[b];
  }
  p->y0 = 0, p->y1 = 1.05 * most, p->y_ticks = 3;
  lg_plot_frame(p, LG_FRAME_USUAL, "time (ms)", "spikes per ms, all cells");
  return lg_plot_line(ctx, p, x, y, 2 * (size_t)N_BINS, (lg_pen){LG_INK_MUTED, 1.2, 0, 0});
}

static double draw_legend(const lg_raster *r, lg_canvas *c, lg_box box, double font) {
  lg_legend entries[LG_RASTER_MAX_GROUPS];
  char words[LG_RASTER_MAX_GROUPS][112];
  if (r->n_groups == r->n_rows || (r->n_groups == 1 && !r->groups[0].name[0])) return 0;
  for (size_t k = 0; k < r->n_groups; k++) {
    (void)snprintf(words[k], sizeof words[k], "%s (%zu spike%s)", r->groups[k].name, r->groups[k].n_spikes,
                   r->groups[k].n_spikes == 1 ? "" : "s");
    entries[k] = (lg_legend){.text = words[k], .pen = {ink_of(k), 0.35 * font, 0, 0}, .mark = -1};
  }
  return lg_legend_row(c, box.x, box.y + font, box.w, font, entries, r->n_groups) + 0.4 * font;
}

/** Rows of one cell each get their name at the left; populations their boundaries. */
static void draw_rows(const lg_plot *p, const lg_raster *r, double font) {
  for (size_t k = 0; k < r->n_groups; k++) {
    const double top = lg_plot_y(p, (double)(r->groups[k].first_row + r->groups[k].n_rows));
    if (k + 1 < r->n_groups)
      lg_canvas_line(p->canvas, p->area.x, top, p->area.x + p->area.w, top, (lg_pen){LG_INK_GRID, 1, 0, 0});
  }
  if (r->n_rows == r->n_groups && p->area.h / (double)r->n_rows > 1.1 * font)
    for (size_t k = 0; k < r->n_groups; k++)
      lg_canvas_text(p->canvas, p->area.x - 0.6 * font, lg_plot_y(p, (double)k + 0.5) + 0.35 * font, font, LG_INK_TEXT,
                     LG_TEXT_END, r->groups[k].name);
}

lg_status lg_plot_raster(lg_ctx *ctx, const lg_raster *r, double t0, double t1, double font, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  window_of(r, &t0, &t1);
  const bool named = r->n_rows == r->n_groups && r->n_rows > 0;
  double left = 4.2 * font;
  for (size_t k = 0; k < r->n_groups && named; k++)
    left = fmax(left, fmin(lg_text_width(r->groups[k].name, font, 0) + font, 0.3 * box.w));
  const double top = box.y + draw_legend(r, c, box, font) + 1.8 * font, bottom = box.y + box.h - 3.1 * font;
  const double gap = 2.6 * font, strip = 0.18 * (bottom - top);
  lg_plot p = {.canvas = c, .font = font, .x0 = t0, .x1 = t1, .y0 = 0, .y1 = (double)(r->n_rows ? r->n_rows : 1)};
  p.area = (lg_box){box.x + left, top, box.w - left - font, bottom - top - strip - gap};
  lg_plot_frame(&p, named ? LG_FRAME_LINE : LG_FRAME_Y | LG_FRAME_LINE, NULL, named ? NULL : "cell");
  draw_rows(&p, r, font);
  for (size_t k = 0; k < r->n_groups; k++) LG_TRY(draw_group(ctx, &p, r, k));
  p.area.y += p.area.h + gap;
  p.area.h = strip;
  LG_TRY(draw_counts(ctx, &p, r));
done:
  return status;
}
