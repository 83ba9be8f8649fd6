/* Figure of a physics-informed network's training: losses and k over its steps. */
#include "twin/culture_figures.h"

#include "twin/figure_dose_axis.h"

#include <math.h>

static const double font = LG_CULTURE_FONT;
static const lg_pen pens[3] = {{LG_INK_BLUE, 1.5, LG_DASH_SOLID, 1.0},
                               {LG_INK_VERMILLION, 1.5, LG_DASH_LONG, 1.0},
                               {LG_INK_TEXT, 1.6, LG_DASH_SOLID, 1.0}};

/* One quantity of the history: log10 of the loss of the data (0) and of the law (1), k (2). */
static void column(const culture_pinn_result *p, int q, double *y) {
  for (size_t k = 0; k < p->n_history; k++) {
    const culture_pinn_row *row = &p->history[k];
    const double loss = q == 0 ? row->data : row->law;
    y[k] = q == 2 ? row->k : loss > 0.0 ? lg_log10(loss) : (double)NAN;
  }
}

/* Quantities [first, end) over the steps. */
static lg_status draw_lines(lg_ctx *ctx, const culture_pinn_result *p, int first, int end, const char *label,
                            lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  const size_t n = p->n_history;
  double *x = NULL;
  lg_plot plot = {.canvas = c, .font = font, .x0 = p->history[0].step, .x1 = p->history[n - 1].step};
  plot.area = (lg_box){box.x + 4.6 * font, box.y + 3.4 * font, box.w - 6.0 * font, box.h - 6.8 * font};
  plot.y0 = (double)INFINITY, plot.y1 = -(double)INFINITY;
  LG_NEW(ctx, x, 2 * n);
  for (size_t k = 0; k < n; k++) x[k] = p->history[k].step;
  for (int q = first; q < end; q++) {
    column(p, q, x + n);
    lg_range_extend(&plot.y0, &plot.y1, x + n, n);
  }
  lg_range_pad(&plot.y0, &plot.y1, 0.06);
  lg_plot_frame(&plot, LG_FRAME_USUAL, "step", label);
  for (int q = first; q < end; q++) {
    column(p, q, x + n);
    LG_TRY(lg_plot_line(ctx, &plot, x, x + n, n, pens[q]));
  }
done:
  lg_free(ctx, x);
  return status;
}

lg_status lg_culture_draw_training(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const culture_view *v = user;
  const lg_legend legend[2] = {{.text = "data", .pen = pens[0], .mark = -1},
                               {.text = "law", .pen = pens[1], .mark = -1}};
  const lg_box left = {box.x, box.y, 0.5 * box.w, box.h}, right = {box.x + 0.5 * box.w, box.y, 0.5 * box.w, box.h};
  (void)lg_legend_row(c, box.x + 4.6 * font, box.y + font, left.w, font, legend, 2);
  const lg_status status = draw_lines(ctx, &v->result->pinn, 0, 2, "log10 of the losses", c, left);
  return status == LG_OK ? draw_lines(ctx, &v->result->pinn, 2, 3, "k (per frame)", c, right) : status;
}
