/* Raw block and its Hill curves; see figure_hill.h. */
#include "twin/figure_hill.h"

#include "base/elementary.h"
#include "twin/dose.h"
#include "twin/figure_dose_axis.h"

#include <math.h>

enum { CURVE = 80 };

static void title_of(const lg_block_pair *p, char *buffer, size_t bytes) {
  (void)snprintf(buffer, bytes, "%.24s, %.12s%s%.8s", p->drug, p->channel, p->pacing[0] ? ", pacing " : "", p->pacing);
}

static void words_of(const lg_hill_result *r, char *buffer, size_t bytes) {
  char K[24], low[24], high[24];
  if (!r->reached) {
    (void)snprintf(buffer, bytes, "no block");
    return;
  }
  lg_dose_print(r->IC50_uM, K, sizeof K);
  lg_dose_print(r->IC50_low_uM, low, sizeof low);
  lg_dose_print(r->IC50_high_uM, high, sizeof high);
  if (isfinite(r->IC50_low_uM))
    (void)snprintf(buffer, bytes, "IC50 %s (%s \xe2\x80\x93 %s), h %.2f%s", K, low, high, r->hill,
                   r->extrapolated ? ", extrapolated" : "");
  else (void)snprintf(buffer, bytes, "IC50 %s, h %.2f%s", K, r->hill, r->extrapolated ? ", extrapolated" : "");
}

/* The IC50 at half block, with caps at its interval; ends that leave the plot are cut. */
static void draw_interval(const lg_plot *p, const lg_hill_result *r) {
  const lg_pen pen = {LG_INK_VERMILLION, 1.4, LG_DASH_SOLID, 1.0};
  const double y = lg_plot_y(p, 50.0), x = lg_plot_x(p, lg_log10(r->IC50_uM));
  const double left = p->area.x, right = p->area.x + p->area.w;
  if (isfinite(r->IC50_low_uM)) {
    const double high = isfinite(r->IC50_high_uM) ? lg_plot_x(p, lg_log10(r->IC50_high_uM)) : right + 1.0;
    const double a = fmax(lg_plot_x(p, lg_log10(r->IC50_low_uM)), left), b = fmin(high, right);
    if (b > a) {
      lg_canvas_line(p->canvas, a, y, b, y, pen);
      if (a > left) lg_canvas_line(p->canvas, a, y - 4.0, a, y + 4.0, pen);
      if (b < right) lg_canvas_line(p->canvas, b, y - 4.0, b, y + 4.0, pen);
    }
  }
  if (x >= left && x <= right) lg_mark_at(p->canvas, x, y, 4.0, LG_MARK_DIAMOND, LG_INK_VERMILLION);
}

static lg_status draw_curve(lg_ctx *ctx, const lg_plot *p, const lg_hill_result *r) {
  double x[CURVE], y[CURVE];
  for (int k = 0; k < CURVE; k++) {
    x[k] = p->x0 + (p->x1 - p->x0) * k / (CURVE - 1);
    y[k] = 100.0 * lg_sigmoid(r->hill * (x[k] * 2.302585092994045684 - lg_ln(r->IC50_uM)));
  }
  return lg_plot_line(ctx, p, x, y, CURVE, (lg_pen){LG_INK_BLUE, 1.6, LG_DASH_SOLID, 1.0});
}

static lg_status draw_panel(lg_ctx *ctx, lg_canvas *canvas, lg_box box, const lg_block_pair *pair,
                            const lg_hill_result *r) {
  const double f = 9.5;
  char words[160];
  lg_plot p = {.canvas = canvas, .font = f, .y0 = -8.0, .y1 = 108.0, .y_ticks = 5};
  p.area = (lg_box){box.x + 3.4 * f, box.y + 3.6 * f, box.w - 5.0 * f, box.h - 7.6 * f};
  lg_range_extend(&p.y0, &p.y1, pair->block, pair->n);
  lg_dose_range(pair->c_uM, pair->n, (double)NAN, (double)NAN, &p.x0, &p.x1);
  title_of(pair, words, sizeof words);
  lg_canvas_text(canvas, box.x, box.y + f, 1.1 * f, LG_INK_TEXT, LG_TEXT_BOLD, words);
  words_of(r, words, sizeof words);
  lg_canvas_text(canvas, box.x, box.y + 2.4 * f, 0.92 * f, LG_INK_MUTED, 0, words);
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, NULL);
  lg_dose_frame(&p, true, "block (%) by concentration (\xc2\xb5M)");
  for (size_t k = 0; k < pair->n; k++)
    lg_mark_at(canvas, lg_plot_x(&p, lg_log10(pair->c_uM[k])), lg_plot_y(&p, pair->block[k]), 3.2, LG_MARK_RING,
               LG_INK_TEXT);
  if (!r->reached) return LG_OK;
  const lg_status status = draw_curve(ctx, &p, r);
  draw_interval(&p, r);
  return status;
}

lg_status lg_figure_hill(lg_ctx *ctx, lg_canvas *canvas, double x, double y, size_t columns, const lg_block_data *data,
                         const lg_hill_result *fits, size_t first, size_t n) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < n; k++) {
    const size_t across = k % columns, down = k / columns;
    const lg_box box = {x + LG_HILL_PANEL_WIDTH * (double)across, y + LG_HILL_PANEL_HEIGHT * (double)down,
                        LG_HILL_PANEL_WIDTH, LG_HILL_PANEL_HEIGHT};
    LG_TRY(draw_panel(ctx, canvas, box, &data->pairs[first + k], &fits[first + k]));
  }
done:
  return status;
}

void lg_figure_hill_words(FILE *stream, const lg_block_data *data, const lg_hill_result *fits, size_t first, size_t n) {
  char title[80], words[160];
  (void)fprintf(stream,
                "Block against concentration, %zu panels: a ring per cell, the fitted Hill curve, at 50 %% "
                "the IC50 with its 95 %% interval.",
                n);
  for (size_t k = first; k < first + n; k++) {
    title_of(&data->pairs[k], title, sizeof title);
    words_of(&fits[k], words, sizeof words);
    (void)fprintf(stream, " %s: %s.", title, words);
  }
}
