/* dV/dt against V: the shape of spikes without their times. */
#include "twin/figure.h"

#include <math.h>

/* Central differences over about 0.1 ms, so that noise of single samples does not fill the plane. */
static size_t trajectory(const lg_report_sweep *s, const double *y, double t0, double t1, lg_point *to, double *low,
                         double *high) {
  size_t half = (size_t)(0.05 / s->dt_ms + 0.5);
  if (half < 1) half = 1;
  size_t n = 0;
  for (size_t k = half; k + half < s->n; k++) {
    const double t = s->t0_ms + (double)k * s->dt_ms;
    if (t < t0 || t > t1) continue;
    to[n].x = y[k];
    to[n].y = (y[k + half] - y[k - half]) / (2.0 * (double)half * s->dt_ms);
    lg_range_extend(low, high, &to[n].y, 1);
    n++;
  }
  return n;
}

static void draw(const lg_plot *p, lg_point *at, size_t n, lg_pen pen) {
  for (size_t k = 0; k < n; k++) at[k] = (lg_point){lg_plot_x(p, at[k].x), lg_plot_y(p, at[k].y)};
  lg_canvas_clip(p->canvas, p->area);
  lg_canvas_stroke(p->canvas, at, n, pen);
  lg_canvas_unclip(p->canvas);
}

lg_status lg_figure_phase(lg_ctx *ctx, const lg_report_view *v, size_t sweep, double f, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  const lg_report_sweep *s = &v->sweeps[sweep];
  lg_point *a = NULL, *b = NULL;
  double t0, t1, low = (double)INFINITY, high = -(double)INFINITY, twin_low = (double)INFINITY;
  if (!lg_figure_first_spikes(v, sweep, &t0, &t1)) lg_report_window(s, &t0, &t1);
  LG_NEW(ctx, a, s->n + 1);
  LG_NEW(ctx, b, s->n + 1);
  const size_t n = trajectory(s, s->v_mV, t0, t1, a, &low, &high);
  const size_t m = s->twin_mV ? trajectory(s, s->twin_mV, t0, t1, b, &twin_low, &high) : 0;
  /* a reset is a fall without shape: it leaves the frame, so that the spikes fill it */
  if (!(twin_low < 3.0 * low)) lg_range_extend(&low, &high, &twin_low, 1);
  lg_range_pad(&low, &high, 0.06);
  lg_plot p = {.canvas = c, .font = f, .x0 = v->v_low, .x1 = v->v_high, .y0 = low, .y1 = high};
  p.area = (lg_box){box.x + 3.4 * f, box.y + 1.9 * f, box.w - 4.2 * f, box.h - 5.0 * f};
  lg_plot_frame(&p, LG_FRAME_USUAL | LG_FRAME_X_GRID, "membrane potential (mV)", "slope dV/dt (mV/ms)");
  draw(&p, a, n, (lg_pen){LG_INK_TEXT, 0.085 * f, LG_DASH_SOLID, 0.85});
  draw(&p, b, m,
       (lg_pen){s->fitted ? LG_INK_BLUE : LG_INK_VERMILLION, 0.125 * f, s->fitted ? LG_DASH_LONG : LG_DASH_DOT_LONG,
                1.0});
done:
  lg_free(ctx, a);
  lg_free(ctx, b);
  return status;
}
