/* Figure of an identified culture over time: traces as shades, events as marks, how many at once. */
#include "twin/culture_figures.h"

#include "io/plot_image.h"

#include <math.h>

enum { MOST_COLUMNS = 900, MOST_ROWS = 600, BINS = 72 };

static const double font = LG_CULTURE_FONT;

/* Traces of the cells with an equation, each less its own mean, over (rows, columns), row 0 on top. */
static lg_status shade_traces(lg_ctx *ctx, const culture_view *v, const lg_plot *p, double *high) {
  lg_status status = LG_OK;
  const lg_culture_result *r = v->result;
  const size_t rows = r->n_inner < MOST_ROWS ? r->n_inner : MOST_ROWS,
               columns = v->n_times < MOST_COLUMNS ? v->n_times : MOST_COLUMNS,
               tall = MOST_ROWS / rows; /* pixels of a row: edges of rows stay sharp when the image is made larger */
  double *value = NULL, sum = 0.0;
  uint8_t *rgb = NULL;
  LG_NEW(ctx, value, rows * columns);
  LG_NEW(ctx, rgb, 3 * tall * rows * columns);
  for (size_t i = 0; i < rows; i++) {
    const size_t cell = r->inner[i * r->n_inner / rows];
    double mean = 0.0;
    for (size_t t = 0; t < v->n_times; t++) mean += v->y[t * v->graph->n + cell] / (double)v->n_times;
    for (size_t k = 0; k < columns; k++) {
      const size_t first = k * v->n_times / columns, end = (k + 1) * v->n_times / columns;
      double x = 0.0;
      for (size_t t = first; t < end; t++) x += v->y[t * v->graph->n + cell] / (double)(end - first);
      value[i * columns + k] = x - mean;
      sum += (x - mean) * (x - mean);
    }
  }
  *high = 3.0 * sqrt(sum / (double)(rows * columns));
  if (!(*high > 0.0)) *high = 1.0;
  for (size_t k = 0; k < tall * rows * columns; k++) {
    const double x = value[k / (tall * columns) * columns + k % columns];
    const uint32_t c = lg_ink_light(lg_ink_shade(0.5 + 0.5 * x / *high));
    rgb[3 * k] = (uint8_t)(c >> 16), rgb[3 * k + 1] = (uint8_t)(c >> 8), rgb[3 * k + 2] = (uint8_t)c;
  }
  lg_canvas_image(p->canvas, p->area, rgb, columns, tall * rows);
done:
  lg_free(ctx, value);
  lg_free(ctx, rgb);
  return status;
}

/* Row of a cell in the list of cells with an equation; they ascend. */
static size_t row_of(const lg_culture_result *r, uint32_t cell) {
  size_t low = 0, high = r->n_inner;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (r->inner[middle] < cell) low = middle + 1;
    else high = middle;
  }
  return low;
}

static lg_status draw_raster(lg_ctx *ctx, const culture_view *v, const lg_plot *p) {
  lg_status status = LG_OK;
  const lg_culture_result *r = v->result;
  lg_box *boxes = NULL;
  const double row = p->area.h / (double)r->n_inner, tall = fmax(fmin(0.9 * row, 12.0), 4.0);
  LG_NEW(ctx, boxes, r->n_events + 1);
  for (int sign = 0; sign < 2; sign++) {
    size_t n = 0;
    for (size_t k = 0; k < r->n_events; k++) {
      const culture_event *e = &r->events[k];
      if ((e->amplitude < 0.0) != (sign == 1)) continue;
      const double y = p->area.y + ((double)row_of(r, e->cell) + 0.5) * row;
      boxes[n++] = (lg_box){lg_plot_x(p, (double)e->frame + 0.5) - 1.0, y - tall / 2, 2.0, tall};
    }
    lg_canvas_rects(p->canvas, boxes, n, sign ? LG_INK_BLUE : LG_INK_VERMILLION, 1.0);
  }
done:
  lg_free(ctx, boxes);
  return status;
}

/* Events per cell and frame, in bins of time. */
static lg_status draw_rate(lg_ctx *ctx, const culture_view *v, lg_plot *p) {
  const lg_culture_result *r = v->result;
  double x[2 * BINS], y[2 * BINS], count[BINS] = {0}, most = 1.0;
  const double bin = p->x1 / BINS;
  for (size_t k = 0; k < r->n_events; k++) {
    const size_t b = (size_t)(((double)r->events[k].frame + 0.5) / bin);
    count[b < BINS ? b : BINS - 1] += 1.0;
  }
  for (int b = 0; b < BINS; b++) {
    most = fmax(most, count[b]);
    x[2 * b] = b * bin, x[2 * b + 1] = (b + 1) * bin;
    y[2 * b] = y[2 * b + 1] = count[b];
  }
  p->y0 = 0.0, p->y1 = 1.05 * most, p->y_ticks = 2;
  lg_plot_frame(p, LG_FRAME_USUAL, "frame", NULL);
  return lg_plot_line(ctx, p, x, y, 2 * (size_t)BINS, (lg_pen){LG_INK_TEXT, 1.2, LG_DASH_SOLID, 1.0});
}

lg_status lg_culture_draw_events(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const culture_view *v = user;
  const lg_culture_result *r = v->result;
  lg_status status = LG_OK;
  const double head = 1.9 * font, foot = 3.4 * font, right = 5.6 * font, strip = r->has_events ? 56.0 : 0.0;
  const double room = box.h - foot - (r->has_events ? 3.0 : 1.0) * head - strip;
  double high;
  lg_plot p = {.canvas = c, .font = font, .x1 = (double)(v->n_times - 1), .y0 = (double)r->n_inner, .y1 = 0.0};
  p.area = (lg_box){box.x + 3.6 * font, box.y + head, box.w - 3.6 * font - right, r->has_events ? 0.5 * room : room};
  lg_canvas_text(c, p.area.x, p.area.y - 0.5 * font, font, LG_INK_TEXT, LG_TEXT_BOLD,
                 "traces, each less its mean (downwards: cells)");
  LG_TRY(shade_traces(ctx, v, &p, &high));
  lg_plot_shade_bar(c, (lg_box){p.area.x + p.area.w + font, p.area.y, 0.9 * font, p.area.h}, -high, high, font, "");
  if (!r->has_events) {
    lg_plot_frame(&p, LG_FRAME_X, "frame", NULL);
    goto done;
  }
  p.area.y += p.area.h + head;
  lg_canvas_text(c, p.area.x, p.area.y - 0.5 * font, font, LG_INK_TEXT, LG_TEXT_BOLD,
                 "events: what cells do by themselves");
  lg_plot_frame(&p, LG_FRAME_LINE | LG_FRAME_X_GRID, NULL, NULL);
  LG_TRY(draw_raster(ctx, v, &p));
  p.area.y += p.area.h + head;
  p.area.h = strip;
  lg_canvas_text(c, p.area.x, p.area.y - 0.5 * font, font, LG_INK_TEXT, LG_TEXT_BOLD, "events at a time, all cells");
  LG_TRY(draw_rate(ctx, v, &p));
done:
  return status;
}
