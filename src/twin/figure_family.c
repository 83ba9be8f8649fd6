/* The figure for a paper: some sweeps of the recording at the left, the twin's at the right, one scale for all, the
 * currents below, scale bars instead of axes. */
#include "twin/figure.h"

#include <math.h>

enum { ROWS = 4 };

typedef struct family {
  size_t n, sweep[ROWS];
  double t0, t1;
  double low[ROWS], high[ROWS]; /* mV of each row */
} family;

static bool usable(const lg_report_sweep *s) { return s->n > 0 && s->twin_mV && s->i_pA && isfinite(s->step_pA); }

static void extend(const lg_report_sweep *s, const double *y, double t0, double t1, double *low, double *high) {
  for (size_t k = 0; k < s->n; k++) {
    const double t = s->t0_ms + (double)k * s->dt_ms;
    if (t >= t0 && t <= t1) lg_range_extend(low, high, y + k, 1);
  }
}

/* The usable sweep whose step is nearest to a current and that is not taken yet; n_sweeps when there is none. */
static size_t nearest(const lg_report_view *v, const family *taken, double pA) {
  size_t best = v->data.n_sweeps;
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    bool used = !usable(&v->sweeps[k]);
    for (size_t j = 0; j < taken->n && !used; j++) used = v->sweeps[taken->sweep[j]].step_pA == v->sweeps[k].step_pA;
    if (used) continue;
    if (best == v->data.n_sweeps || fabs(v->sweeps[k].step_pA - pA) < fabs(v->sweeps[best].step_pA - pA)) best = k;
  }
  return best;
}

static void take(const lg_report_view *v, family *f, double pA) {
  const size_t k = nearest(v, f, pA);
  if (k < v->data.n_sweeps && f->n < ROWS) f->sweep[f->n++] = k;
}

/* Lowest step, the first with a spike, one half way up from it, and the highest; in the order of current. */
static family choose(const lg_report_view *v) {
  family f = {0};
  double low = (double)INFINITY, high = -(double)INFINITY, rheobase = (double)INFINITY;
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    const lg_report_sweep *s = &v->sweeps[k];
    if (!usable(s)) continue;
    low = fmin(low, s->step_pA);
    high = fmax(high, s->step_pA);
    if (s->n_spikes > 0) rheobase = fmin(rheobase, s->step_pA);
  }
  if (!(high > low)) return f;
  if (!isfinite(rheobase)) rheobase = 0.5 * (low + high);
  take(v, &f, high);
  take(v, &f, low);
  take(v, &f, rheobase);
  take(v, &f, 0.5 * (rheobase + high));
  for (size_t k = 1; k < f.n; k++) /* insertion: highest current on top */
    for (size_t j = k; j > 0 && v->sweeps[f.sweep[j]].step_pA > v->sweeps[f.sweep[j - 1]].step_pA; j--) {
      const size_t swap = f.sweep[j];
      f.sweep[j] = f.sweep[j - 1];
      f.sweep[j - 1] = swap;
    }
  return f;
}

bool lg_figure_family_possible(const lg_report_view *v) { return choose(v).n >= 2; }

static void find_rows(const lg_report_view *v, family *f) {
  lg_report_window(&v->sweeps[f->sweep[0]], &f->t0, &f->t1);
  for (size_t k = 0; k < f->n; k++) {
    const lg_report_sweep *s = &v->sweeps[f->sweep[k]];
    f->low[k] = (double)INFINITY;
    f->high[k] = -(double)INFINITY;
    extend(s, s->v_mV, f->t0, f->t1, &f->low[k], &f->high[k]);
    extend(s, s->twin_mV, f->t0, f->t1, &f->low[k], &f->high[k]);
    if (!(f->high[k] > f->low[k])) f->high[k] = f->low[k] + 1.0;
  }
}

/* A round length of about a share of a range. */
static double round_length(double range, double share) {
  const lg_ticks t = lg_ticks_nice(0.0, range * share * 2.0, 2);
  return t.n > 1 ? t.step : range * share;
}

static void label(lg_canvas *c, const lg_plot *p, const lg_report_sweep *s, bool twin) {
  char pA[40], text[80];
  lg_format_fixed(s->step_pA, 0, pA);
  if (twin) (void)snprintf(text, sizeof text, "%s", s->fitted ? "fitted" : "predicted");
  else (void)snprintf(text, sizeof text, "%s pA", pA);
  lg_canvas_text(c, p->area.x, p->area.y + p->area.h * (p->y1 - s->v_mV[0]) / (p->y1 - p->y0) - 0.55 * p->font, p->font,
                 LG_INK_MUTED, LG_TEXT_START, text);
}

static lg_status rows(lg_ctx *ctx, const lg_report_view *v, const family *f, lg_plot p, double scale, bool twin) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < f->n; k++) {
    const lg_report_sweep *s = &v->sweeps[f->sweep[k]];
    const lg_ink ink = !twin ? LG_INK_TEXT : s->fitted ? LG_INK_BLUE : LG_INK_VERMILLION;
    p.y0 = f->low[k];
    p.y1 = f->high[k];
    p.area.h = (p.y1 - p.y0) * scale;
    LG_TRY(lg_plot_trace(ctx, &p, s->t0_ms, s->dt_ms, twin ? s->twin_mV : s->v_mV, s->n,
                         (lg_pen){ink, 0.085 * p.font, LG_DASH_SOLID, 1.0}));
    label(p.canvas, &p, s, twin);
    p.area.y += p.area.h + 1.2 * p.font;
  }
done:
  return status;
}

static lg_status currents(lg_ctx *ctx, const lg_report_view *v, const family *f, lg_plot p) {
  lg_status status = LG_OK;
  p.y0 = (double)INFINITY;
  p.y1 = -(double)INFINITY;
  for (size_t k = 0; k < f->n; k++)
    extend(&v->sweeps[f->sweep[k]], v->sweeps[f->sweep[k]].i_pA, p.x0, p.x1, &p.y0, &p.y1);
  if (!(p.y1 > p.y0)) lg_range_pad(&p.y0, &p.y1, 0.1);
  for (size_t k = 0; k < f->n; k++) {
    const lg_report_sweep *s = &v->sweeps[f->sweep[k]];
    LG_TRY(lg_plot_trace(ctx, &p, s->t0_ms, s->dt_ms, s->i_pA, s->n,
                         (lg_pen){LG_INK_GREEN, 0.085 * p.font, LG_DASH_SOLID, 1.0}));
  }
done:
  return status;
}

/* An upright bar at the right of the traces, its length beside it. */
static void upright_bar(const lg_plot *p, double y_bottom, double px, double length, const char *unit) {
  const double x = p->area.x + p->area.w + 0.9 * p->font, f = p->font;
  char number[40], text[64];
  lg_canvas_line(p->canvas, x, y_bottom - px, x, y_bottom, (lg_pen){LG_INK_TEXT, 0.14 * f, LG_DASH_SOLID, 1.0});
  lg_format_short(length, 3, number);
  (void)snprintf(text, sizeof text, "%s %s", number, unit);
  lg_canvas_text(p->canvas, x + 0.5 * f, y_bottom - 0.5 * px + 0.35 * f, f, LG_INK_TEXT, LG_TEXT_START, text);
}

/* A level bar below the currents. */
static void level_bar(const lg_plot *p, double y, double ms) {
  const double f = p->font, w = p->area.w * ms / (p->x1 - p->x0), x = p->area.x + p->area.w;
  char number[40], text[64];
  lg_canvas_line(p->canvas, x - w, y, x, y, (lg_pen){LG_INK_TEXT, 0.14 * f, LG_DASH_SOLID, 1.0});
  lg_format_short(ms, 3, number);
  (void)snprintf(text, sizeof text, "%s ms", number);
  lg_canvas_text(p->canvas, x - w - 0.5 * f, y + 0.35 * f, f, LG_INK_TEXT, LG_TEXT_END, text);
}

lg_status lg_figure_family(lg_ctx *ctx, const lg_report_view *v, double font, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  family f = choose(v);
  if (f.n < 2) return lg_fail(ctx, LG_ERR_ARGUMENT, "fewer than two steps to show");
  find_rows(v, &f);
  const double gap = 2.0 * font, bars = 5.8 * font, w = 0.5 * (box.w - gap - bars), strip = 4.0 * font,
               top = box.y + 2.2 * font;
  double range = 0.0;
  for (size_t k = 0; k < f.n; k++) range += f.high[k] - f.low[k];
  const double height = box.y + box.h - top - strip - 1.6 * font - 1.2 * font * (double)f.n;
  const double scale = height / range;
  lg_plot p = {.canvas = c, .font = font, .x0 = f.t0, .x1 = f.t1};
  for (int twin = 0; twin < 2; twin++) {
    p.area = (lg_box){box.x + (twin ? w + gap : 0.0), top, w, 0.0};
    lg_canvas_text(c, p.area.x, box.y + font, font, LG_INK_TEXT, LG_TEXT_BOLD, twin ? "Twin" : "Recording");
    LG_TRY(rows(ctx, v, &f, p, scale, twin != 0));
    p.area.y = box.y + box.h - strip - 1.4 * font;
    p.area.h = strip;
    LG_TRY(currents(ctx, v, &f, p));
  }
  const double mV = round_length(range, 0.12), bottom = top + height + 1.2 * font * (double)(f.n - 1);
  const double ms = round_length(f.t1 - f.t0, 0.15);
  const double i_range = v->sweeps[f.sweep[0]].step_pA - v->sweeps[f.sweep[f.n - 1]].step_pA;
  const double pA = round_length(i_range, 0.5);
  upright_bar(&p, bottom - 0.4 * font, mV * scale, mV, "mV");
  if (i_range > 0.0) upright_bar(&p, p.area.y + strip, strip * pA / i_range, pA, "pA");
  level_bar(&p, box.y + box.h - 0.4 * font, ms);
done:
  return status;
}

void lg_figure_family_words(const lg_report_view *v, FILE *stream) {
  const family f = choose(v);
  (void)fprintf(stream,
                "The same %zu steps in the recording (left) and in the twin (right), drawn to one scale: ", f.n);
  for (size_t k = 0; k < f.n; k++) {
    const lg_report_sweep *s = &v->sweeps[f.sweep[k]];
    char pA[40];
    lg_format_fixed(s->step_pA, 0, pA);
    (void)fprintf(stream, "%s%s pA (%s", k ? ", " : "", pA, s->fitted ? "fitted" : "predicted");
    if (s->n_spikes >= 0 && s->n_spikes_twin >= 0)
      (void)fprintf(stream, "; %d spikes, twin %d", s->n_spikes, s->n_spikes_twin);
    (void)fputc(')', stream);
  }
  (void)fputs(". Injected current below.", stream);
}
