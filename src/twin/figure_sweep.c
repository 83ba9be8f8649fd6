/* Recording and twin on one pair of axes, the residual and the stimulus in strips below, time shared by all. */
#include "twin/figure.h"

#include <math.h>
#include <string.h>

static lg_pen recorded_pen(double font) { return (lg_pen){LG_INK_TEXT, font * 0.085, LG_DASH_SOLID, 0.85}; }
static lg_pen twin_pen(const lg_report_sweep *s, double font) {
  return (lg_pen){s->fitted ? LG_INK_BLUE : LG_INK_VERMILLION, font * 0.125,
                  s->fitted ? LG_DASH_LONG : LG_DASH_DOT_LONG, 1.0};
}

static const char *kind_of(const lg_report_sweep *s) {
  return !s->twin_mV ? "not simulated" : (s->fitted ? "fitted" : "predicted");
}

static void put_counts(const lg_report_sweep *s, char *buffer, size_t bytes) {
  if (s->n_spikes < 0 || s->n_spikes_twin < 0) buffer[0] = 0;
  else
    (void)snprintf(buffer, bytes, "%d spike%s recorded, %d in the twin", s->n_spikes, s->n_spikes == 1 ? "" : "s",
                   s->n_spikes_twin);
}

static void put_name(const lg_report_sweep *s, char *buffer, size_t bytes) {
  if (isfinite(s->step_pA)) {
    char pA[40];
    lg_format_fixed(s->step_pA, fabs(s->step_pA - floor(s->step_pA + 0.5)) > 0.05 ? 1 : 0, pA);
    (void)snprintf(buffer, bytes, "Sweep %d \xc2\xb7 %s pA", s->number, pA);
  } else {
    (void)snprintf(buffer, bytes, "Sweep %d", s->number);
  }
}

static void draw_title(const lg_report_sweep *s, const lg_sweep_figure *how, lg_canvas *c, lg_box box) {
  char name[64], counts[64], right[96];
  put_name(s, name, sizeof name);
  counts[0] = 0;
  if (s->n_spikes >= 0 && s->n_spikes_twin >= 0)
    (void)snprintf(counts, sizeof counts, "%d | %d spikes \xc2\xb7 ", s->n_spikes, s->n_spikes_twin);
  (void)snprintf(right, sizeof right, "%s%s", counts, kind_of(s));
  const double y = box.y + how->font;
  lg_canvas_text(c, box.x, y, how->font, LG_INK_TEXT, LG_TEXT_BOLD, name);
  lg_canvas_text(c, box.x + box.w, y, how->font, !s->twin_mV ? LG_INK_MUTED : twin_pen(s, 1).ink, LG_TEXT_END, right);
}

static double draw_legend(const lg_report_sweep *s, const lg_sweep_figure *how, lg_canvas *c, double x, double y,
                          double w) {
  lg_legend entries[3];
  size_t n = 0;
  entries[n++] = (lg_legend){"recording", recorded_pen(how->font * 1.2), -1, LG_INK_TEXT, 0.0};
  if (s->twin_mV)
    entries[n++] =
        (lg_legend){s->fitted ? "twin, fitted to this sweep" : "twin, prediction (sweep not seen by the fit)",
                    twin_pen(s, how->font * 1.2), -1, LG_INK_TEXT, 0.0};
  if (s->twin_lo_mV && s->twin_hi_mV)
    entries[n++] =
        (lg_legend){"95 % posterior band", {twin_pen(s, 1).ink, 0.0, LG_DASH_SOLID, 1.0}, -1, LG_INK_TEXT, 0.2};
  return lg_legend_row(c, x, y + how->font, w, how->font, entries, n);
}

static void range_of_window(const lg_report_sweep *s, const double *y, double t0, double t1, double *low,
                            double *high) {
  if (!y) return;
  const double a = floor((t0 - s->t0_ms) / s->dt_ms), b = ceil((t1 - s->t0_ms) / s->dt_ms);
  const size_t begin = a > 0.0 ? (a < (double)s->n ? (size_t)a : s->n) : 0;
  const size_t end = b > 0.0 ? (b < (double)s->n ? (size_t)b : s->n) : 0;
  if (end > begin) lg_range_extend(low, high, y + begin, end - begin);
}

/* ---- the three panels ------------------------------------------------------------------------------- */

static lg_status potential_panel(lg_ctx *ctx, const lg_report_sweep *s, const lg_plot *p) {
  lg_status status = LG_OK;
  lg_plot_frame(p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, "membrane potential (mV)");
  if (s->twin_lo_mV && s->twin_hi_mV)
    LG_TRY(lg_plot_trace_band(ctx, p, s->t0_ms, s->dt_ms, s->twin_lo_mV, s->twin_hi_mV, s->n, twin_pen(s, 1).ink, 0.2));
  LG_TRY(lg_plot_trace(ctx, p, s->t0_ms, s->dt_ms, s->v_mV, s->n, recorded_pen(p->font)));
  LG_TRY(lg_plot_trace(ctx, p, s->t0_ms, s->dt_ms, s->twin_mV, s->n, twin_pen(s, p->font)));
done:
  return status;
}

static lg_status residual_panel(lg_ctx *ctx, const lg_report_sweep *s, lg_plot p) {
  lg_status status = LG_OK;
  double *r = NULL;
  LG_NEW(ctx, r, s->n > 0 ? s->n : 1);
  for (size_t k = 0; k < s->n; k++) r[k] = s->v_mV[k] - s->twin_mV[k];
  p.y0 = (double)INFINITY;
  p.y1 = -(double)INFINITY;
  range_of_window(s, r, p.x0, p.x1, &p.y0, &p.y1);
  if (p.y0 > 0.0) p.y0 = 0.0;
  if (p.y1 < 0.0) p.y1 = 0.0;
  lg_range_pad(&p.y0, &p.y1, 0.08);
  p.y_ticks = 2;
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, "recording \xe2\x88\x92 twin (mV)");
  LG_TRY(
      lg_plot_trace(ctx, &p, s->t0_ms, s->dt_ms, r, s->n, (lg_pen){LG_INK_PURPLE, p.font * 0.08, LG_DASH_SOLID, 1.0}));
done:
  lg_free(ctx, r);
  return status;
}

static lg_status stimulus_panel(lg_ctx *ctx, const lg_report_view *v, const lg_report_sweep *s, lg_plot p) {
  p.y0 = v->i_low;
  p.y1 = v->i_high;
  p.y_ticks = 2;
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, "injected current (pA)");
  return lg_plot_trace(ctx, &p, s->t0_ms, s->dt_ms, s->i_pA, s->n,
                       (lg_pen){LG_INK_GREEN, p.font * 0.11, LG_DASH_SOLID, 1.0});
}

lg_status lg_figure_sweep(lg_ctx *ctx, const lg_report_view *v, size_t k, const lg_sweep_figure *how, lg_canvas *c,
                          lg_box box) {
  lg_status status = LG_OK;
  const lg_report_sweep *s = &v->sweeps[k];
  const double f = how->font, gap = 2.2 * f, left = 3.4 * f;
  double top = box.y;
  if (how->title) {
    draw_title(s, how, c, box);
    top += 1.7 * f;
  }
  if (how->legend) top += draw_legend(s, how, c, box.x, top, box.w) + 0.2 * f;
  top += 1.7 * f;
  const bool residual = how->residual && s->twin_mV, stimulus = s->i_pA != NULL;
  const double bottom = box.y + box.h - 3.1 * f;
  const double strips = (residual ? 1.0 : 0.0) + (stimulus ? 1.0 : 0.0);
  const double free_height = bottom - top - strips * gap;
  double strip = 0.17 * free_height;
  if (strip < 2.2 * f) strip = 2.2 * f;
  lg_plot p = {.canvas = c, .font = f, .x0 = how->t0, .x1 = how->t1};
  if (!(how->t1 > how->t0)) lg_report_window(s, &p.x0, &p.x1);
  p.area = (lg_box){box.x + left, top, box.w - left - 0.6 * f, free_height - strips * strip};
  p.y0 = v->v_low;
  p.y1 = v->v_high;
  if (how->own_range) {
    p.y0 = (double)INFINITY;
    p.y1 = -(double)INFINITY;
    range_of_window(s, s->v_mV, p.x0, p.x1, &p.y0, &p.y1);
    range_of_window(s, s->twin_mV, p.x0, p.x1, &p.y0, &p.y1);
    lg_range_pad(&p.y0, &p.y1, 0.06);
  }
  LG_TRY(potential_panel(ctx, s, &p));
  double y = p.area.y + p.area.h;
  p.area.h = strip;
  if (residual) {
    p.area.y = y + gap;
    LG_TRY(residual_panel(ctx, s, p));
    y = p.area.y + strip;
  }
  if (stimulus) {
    p.area.y = y + gap;
    LG_TRY(stimulus_panel(ctx, v, s, p));
  }
  lg_plot_frame(&p, LG_FRAME_X | LG_FRAME_LINE, "time (ms)", NULL);
done:
  return status;
}

void lg_figure_sweep_words(const lg_report_view *v, size_t k, FILE *stream) {
  const lg_report_sweep *s = &v->sweeps[k];
  char name[64], counts[80];
  put_name(s, name, sizeof name);
  put_counts(s, counts, sizeof counts);
  (void)fprintf(stream, "%s, %s", name, kind_of(s));
  if (counts[0]) (void)fprintf(stream, ": %s", counts);
  double sum = 0.0;
  size_t n = 0;
  for (size_t i = 0; s->twin_mV && i < s->n; i++) {
    const double d = s->v_mV[i] - s->twin_mV[i];
    if (isnan(d)) continue;
    sum += d * d;
    n++;
  }
  if (n > 0) {
    char text[40];
    lg_format_significant(sqrt(sum / (double)n), 3, text);
    (void)fprintf(stream, "; root mean square difference %s mV over the sweep", text);
  }
  (void)fputc('.', stream);
}

bool lg_figure_first_spikes(const lg_report_view *v, size_t k, double *t0, double *t1) {
  if (k >= v->data.n_sweeps) return false;
  const lg_report_sweep *s = &v->sweeps[k];
  const double level = -20.0;
  size_t first = s->n;
  for (size_t i = 1; i < s->n && first == s->n; i++)
    if (s->v_mV[i - 1] < level && s->v_mV[i] >= level) first = i;
  if (first == s->n) return false;
  const double at = s->t0_ms + (double)first * s->dt_ms;
  *t0 = at - 8.0;
  *t1 = at + 40.0;
  if (*t0 < s->t0_ms) *t0 = s->t0_ms;
  const double end = s->t0_ms + (double)s->n * s->dt_ms;
  if (*t1 > end) *t1 = end;
  return *t1 > *t0;
}
