#include "io/plot_image.h"

#include <math.h>

static int shade_index(float value, double low, double high) {
  if (!isfinite(value)) return -1;
  return (int)lg_ink_shade(((double)value - low) / (high - low)) - (int)LG_INK_SHADE;
}

/* One path per shade, from dark to light: each covers all cells of its own and lighter shades, so that no seam shows
 * between two shades. Boxes overlap by a fifth of a px against seams between rows. */
lg_status lg_plot_image(lg_ctx *ctx, const lg_plot *plot, const float *values, size_t n_rows, size_t n_columns,
                        double low, double high) {
  lg_status status = LG_OK;
  lg_box *boxes = NULL;
  size_t n_cells;
  if (n_rows == 0 || n_columns == 0 || !(high > low)) return lg_fail(ctx, LG_ERR_ARGUMENT, "an empty image");
  if (!lg_mul_size(n_rows, n_columns, &n_cells)) return lg_fail(ctx, LG_ERR_LIMIT, "an image too large");
  LG_NEW(ctx, boxes, n_cells);
  const double w = plot->area.w / (double)n_columns, h = plot->area.h / (double)n_rows, seam = 0.2;
  lg_canvas_clip(plot->canvas, plot->area);
  for (int shade = 0; shade < LG_N_SHADES; shade++) {
    size_t n = 0;
    for (size_t r = 0; r < n_rows; r++) {
      const float *row = values + r * n_columns;
      const double y = plot->area.y + plot->area.h - (double)(r + 1) * h;
      for (size_t c = 0; c < n_columns; c++) {
        if (shade_index(row[c], low, high) < shade) continue;
        const size_t begin = c;
        while (c + 1 < n_columns && shade_index(row[c + 1], low, high) >= shade) c++;
        boxes[n++] = (lg_box){plot->area.x + (double)begin * w, y, (double)(c + 1 - begin) * w + seam, h + seam};
      }
    }
    lg_canvas_rects(plot->canvas, boxes, n, (lg_ink)(LG_INK_SHADE + shade), 1.0);
  }
  lg_canvas_unclip(plot->canvas);
done:
  lg_free(ctx, boxes);
  return status;
}

void lg_plot_shade_bar(lg_canvas *canvas, lg_box bar, double low, double high, double font, const char *label) {
  const double h = bar.h / LG_N_SHADES;
  for (int k = 0; k < LG_N_SHADES; k++) /* each up to the top: no seams */
    lg_canvas_rect(canvas, (lg_box){bar.x, bar.y, bar.w, bar.h - k * h}, (lg_ink)(LG_INK_SHADE + k), 1.0);
  const lg_ticks ticks = lg_ticks_nice(low, high, bar.h > 12 * font ? 6 : 4);
  for (int k = 0; k < ticks.n; k++) {
    const double value = ticks.first + k * ticks.step, y = bar.y + bar.h * (1 - (value - low) / (high - low));
    char text[40];
    lg_format_fixed(value, ticks.decimals, text);
    lg_canvas_line(canvas, bar.x + bar.w, y, bar.x + bar.w + 0.3 * font, y, (lg_pen){LG_INK_MUTED, 1, 0, 0});
    lg_canvas_text(canvas, bar.x + bar.w + 0.5 * font, y + 0.35 * font, font, LG_INK_MUTED, LG_TEXT_START, text);
  }
  lg_canvas_text(canvas, bar.x, bar.y - 0.6 * font, font, LG_INK_TEXT, LG_TEXT_START, label);
}
