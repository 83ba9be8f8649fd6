/* One current, several doses: the same step before and after, one above the other on one scale. */
#include "twin/figure_verdict.h"
#include "twin/trial_report_view.h"

#include <math.h>

bool lg_figure_dose_traces_possible(const lg_trial_view *v) {
  return v->data.n_trace > 1 && v->data.trace_mV && v->n_traced > 0;
}

static void range(const lg_trial_view *v, lg_plot *p) {
  const lg_trial_report_data *d = &v->data;
  p->y0 = (double)INFINITY;
  p->y1 = -(double)INFINITY;
  lg_range_extend(&p->y0, &p->y1, d->trace_mV, d->n_trace);
  for (size_t j = 0; j < v->n_traced; j++) lg_range_extend(&p->y0, &p->y1, v->doses[v->traced[j]].trace_mV, d->n_trace);
  lg_range_pad(&p->y0, &p->y1, 0.04);
  p->x0 = 0.0;
  p->x1 = (double)d->n_trace * d->trace_dt_ms;
}

lg_status lg_figure_dose_traces(lg_ctx *ctx, const lg_trial_view *v, double f, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  const lg_trial_report_data *d = &v->data;
  const size_t rows = v->n_traced + 1;
  const double left = 2.9 * f, head = 1.75 * f, foot = 5.8 * f;
  const double h = (box.h - foot - 0.6 * f) / (double)rows;
  lg_plot p = {.canvas = c, .font = f, .area = {box.x + left, box.y, box.w - left - 1.4 * f, h - head}};
  range(v, &p);
  p.y_ticks = (int)(p.area.h / (2.6 * f));
  for (size_t j = 0; j < rows; j++) {
    char dose[48];
    const lg_trial_dose *t = j == 0 ? NULL : &v->doses[v->traced[j - 1]];
    p.area.y = box.y + (double)j * h + head;
    lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, NULL);
    const double base = p.area.y - 0.5 * f;
    lg_canvas_text(c, p.area.x, base, f, LG_INK_TEXT, LG_TEXT_BOLD, t ? lg_dose_words(t->dose_uM, dose) : "untreated");
    if (t) {
      const lg_verdict_look *look = lg_verdict_look_of((int)t->verdict);
      const double x = p.area.x + lg_text_width(dose, f, LG_TEXT_BOLD) + 0.8 * f;
      lg_verdict_cell(c, (lg_box){x, base - 1.0 * f, 1.4 * f, 1.25 * f}, (int)t->verdict, 0.88 * f, NULL);
      lg_canvas_text(c, x + 1.8 * f, base, f, LG_INK_MUTED, 0, look->words);
    } else {
      lg_canvas_text(c, p.area.x + p.area.w, base, f, LG_INK_MUTED, LG_TEXT_END, "potential (mV)");
    }
    const lg_pen pen = {t ? LG_INK_BLUE : LG_INK_TEXT, 0.1 * f, LG_DASH_SOLID, 1.0};
    LG_TRY(lg_plot_trace(ctx, &p, 0.0, d->trace_dt_ms, t ? t->trace_mV : d->trace_mV, d->n_trace, pen));
  }
  /* the step, and the axis of time */
  p.area.y += p.area.h + 0.5 * f;
  p.area.h = 2.1 * f;
  char pA[40], text[64];
  lg_format_short(d->trace_pA, 3, pA);
  (void)snprintf(text, sizeof text, "%s pA", pA);
  if (isfinite(d->trace_on_ms) && isfinite(d->trace_off_ms)) {
    const double a = lg_plot_x(&p, d->trace_on_ms), b = lg_plot_x(&p, d->trace_off_ms);
    lg_canvas_rect(c, (lg_box){a, p.area.y + 1.4 * f, b - a, 0.4 * f}, LG_INK_MUTED, 0.8);
    lg_canvas_text(c, a, p.area.y + 1.1 * f, f, LG_INK_TEXT, 0, isfinite(d->trace_pA) ? text : "step");
  }
  lg_plot_frame(&p, LG_FRAME_X | LG_FRAME_LINE, "time (ms)", NULL);
done:
  return status;
}

void lg_figure_dose_traces_words(const void *user, FILE *s) {
  const lg_trial_view *v = user;
  char pA[40], dose[48];
  if (!lg_figure_dose_traces_possible(v)) return;
  lg_format_short(v->data.trace_pA, 3, pA);
  (void)fprintf(s, "Potential during the same step of %s pA: untreated", pA);
  for (size_t j = 0; j < v->n_traced; j++)
    (void)fprintf(s, ", %s (%s)", lg_dose_words(v->doses[v->traced[j]].dose_uM, dose),
                  lg_verdict_look_of((int)v->doses[v->traced[j]].verdict)->words);
  (void)fputs(".", s);
}
