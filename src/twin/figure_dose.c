/* What the doses do, on one logarithmic axis: the verdict at each dose, the area under the f–I curve and the rheobase
 * relative to the untreated neuron with their bands, the probability of every verdict. */
#include "twin/figure_dose_axis.h"
#include "twin/figure_verdict.h"
#include "twin/trial_report_view.h"

#include <math.h>
#include <string.h>

/* The doses above 0 as columns of numbers. */
typedef struct curve {
  size_t n;
  const lg_trial_dose **doses;
  double *dose, *x, *y, *low, *high, *edges;
  int *verdicts;
} curve;

static lg_status curve_create(lg_ctx *ctx, const lg_trial_view *v, curve *c) {
  lg_status status = LG_OK;
  const size_t n = v->data.n_doses + 1;
  LG_NEW(ctx, c->doses, n);
  LG_NEW(ctx, c->verdicts, n);
  LG_NEW(ctx, c->dose, 6 * n);
  c->x = c->dose + n;
  c->y = c->x + n;
  c->low = c->y + n;
  c->high = c->low + n;
  c->edges = c->high + n;
  for (size_t k = 0; k < v->data.n_doses; k++) {
    if (!(v->doses[k].dose_uM > 0.0)) continue;
    c->doses[c->n] = &v->doses[k];
    c->dose[c->n] = v->doses[k].dose_uM;
    c->x[c->n++] = lg_log10(v->doses[k].dose_uM);
  }
done:
  return status;
}

static void curve_destroy(lg_ctx *ctx, curve *c) {
  lg_free(ctx, (void *)c->doses);
  lg_free(ctx, c->verdicts);
  lg_free(ctx, c->dose);
}

static void take_area(curve *c) {
  for (size_t k = 0; k < c->n; k++) {
    c->y[k] = c->doses[k]->area_ratio;
    c->low[k] = c->doses[k]->area_lo;
    c->high[k] = c->doses[k]->area_hi;
  }
}

/* Octaves: a rheobase may rise sixtyfold, and halving it matters as much as doubling it. */
static double octaves(double ratio) { return ratio > 0.0 ? lg_log10(ratio) / lg_log10(2.0) : (double)NAN; }

static void take_rheobase(curve *c, lg_plot *p) {
  p->y0 = -1.0;
  p->y1 = 2.0;
  for (size_t k = 0; k < c->n; k++) {
    c->y[k] = octaves(c->doses[k]->rheobase_ratio);
    c->low[k] = octaves(c->doses[k]->rheobase_lo);
    c->high[k] = octaves(c->doses[k]->rheobase_hi);
  }
  lg_range_extend(&p->y0, &p->y1, c->y, c->n);
  lg_range_extend(&p->y0, &p->y1, c->low, c->n);
  lg_range_extend(&p->y0, &p->y1, c->high, c->n);
  p->y1 += 0.08 * (p->y1 - p->y0);
}

/* Lines and numbers at 1/2, 1, 2, 4 … */
static void octave_frame(const lg_plot *p, const char *label) {
  const double f = p->font, right = p->area.x + p->area.w;
  const int step = p->area.h / (p->y1 - p->y0) < 1.2 * f ? 2 : 1;
  for (int e = (int)ceil(p->y0 - 1e-9); e <= (int)floor(p->y1 + 1e-9); e++) {
    if (e % step != 0) continue;
    double value = 1.0;
    for (int k = 0; k < (e < 0 ? -e : e); k++) value = e < 0 ? value / 2.0 : value * 2.0;
    const double y = lg_plot_y(p, e);
    char text[40];
    lg_format_short(value, 4, text);
    lg_canvas_line(
        p->canvas, p->area.x, y, right, y,
        (lg_pen){e == 0 ? LG_INK_MUTED : LG_INK_GRID, e == 0 ? 0.9 : 0.6, LG_DASH_SOLID, e == 0 ? 0.9 : 0.7});
    lg_canvas_text(p->canvas, p->area.x - 6.0, y + 0.36 * f, f, LG_INK_MUTED, LG_TEXT_END, text);
  }
  lg_canvas_text(p->canvas, p->area.x, p->area.y - 0.6 * f, f, LG_INK_TEXT, 0, label);
}

static void y_range(const curve *c, double least, double most, lg_plot *p) {
  p->y0 = least;
  p->y1 = most;
  lg_range_extend(&p->y0, &p->y1, c->y, c->n);
  lg_range_extend(&p->y0, &p->y1, c->high, c->n);
  p->y1 += 0.06 * (p->y1 - p->y0);
}

static void level(const lg_plot *p, double y, lg_dash dash, const char *words, bool above) {
  if (y < p->y0 || y > p->y1) return;
  const double py = lg_plot_y(p, y), f = p->font;
  lg_canvas_line(p->canvas, p->area.x, py, p->area.x + p->area.w, py, (lg_pen){LG_INK_MUTED, 0.9, dash, 0.9});
  if (words)
    lg_canvas_text(p->canvas, p->area.x + 0.4 * f, above ? py - 0.35 * f : py + 1.05 * f, 0.85 * f, LG_INK_MUTED, 0,
                   words);
}

static lg_status draw_curve(lg_ctx *ctx, const lg_plot *p, const curve *c) {
  lg_status status = LG_OK;
  const double f = p->font;
  LG_TRY(lg_plot_band(ctx, p, c->x, c->low, c->high, c->n, LG_INK_BLUE, 0.2));
  for (size_t k = 0; k < c->n; k++) /* a dose of its own has no band: bars */
    if (isfinite(c->low[k]) && isfinite(c->high[k])) {
      const double x = lg_plot_x(p, c->x[k]);
      lg_canvas_line(p->canvas, x, lg_plot_y(p, c->low[k]), x, lg_plot_y(p, c->high[k]),
                     (lg_pen){LG_INK_BLUE, 0.09 * f, LG_DASH_SOLID, 0.6});
    }
  LG_TRY(lg_plot_line(ctx, p, c->x, c->y, c->n, (lg_pen){LG_INK_BLUE, 0.16 * f, LG_DASH_SOLID, 1.0}));
  lg_plot_marks(p, c->x, c->y, c->n, 0.3 * f, LG_MARK_DISC, LG_INK_BLUE);
done:
  return status;
}

/* An ill twin: where the healthy neuron is, and what lies within 20 % of it. */
static void draw_healthy(const lg_plot *p, const lg_trial_view *v) {
  if (!(v->healthy_ratio > 0.0)) return;
  const double f = p->font, low = 0.8 * v->healthy_ratio, high = 1.2 * v->healthy_ratio;
  const double top = lg_plot_y(p, high < p->y1 ? high : p->y1), bottom = lg_plot_y(p, low > p->y0 ? low : p->y0);
  if (bottom > top) lg_canvas_rect(p->canvas, (lg_box){p->area.x, top, p->area.w, bottom - top}, LG_INK_PURPLE, 0.13);
  if (v->healthy_ratio < p->y0 || v->healthy_ratio > p->y1) return;
  const double y = lg_plot_y(p, v->healthy_ratio), right = p->area.x + p->area.w;
  lg_canvas_line(p->canvas, p->area.x, y, right, y, (lg_pen){LG_INK_PURPLE, 0.12 * f, LG_DASH_DOT_LONG, 1.0});
  lg_canvas_text(p->canvas, right - 0.3 * f, y - 0.35 * f, 0.85 * f, LG_INK_TEXT, LG_TEXT_END,
                 "healthy neuron \xc2\xb1 20 %");
}

/* Half of the effect: a line, its interval as a band, its number. */
static void draw_ec50(const lg_plot *p, const lg_trial_view *v, bool words) {
  const lg_trial_report_data *d = &v->data;
  if (!(d->ec50_uM > 0.0)) return;
  const double f = p->font, x = lg_plot_x(p, lg_log10(d->ec50_uM)), bottom = p->area.y + p->area.h;
  if (x < p->area.x || x > p->area.x + p->area.w) return;
  if (d->ec50_lo_uM > 0.0 && d->ec50_hi_uM >= d->ec50_lo_uM) {
    double a = lg_plot_x(p, lg_log10(d->ec50_lo_uM)), b = lg_plot_x(p, lg_log10(d->ec50_hi_uM));
    if (a < p->area.x) a = p->area.x;
    if (b > p->area.x + p->area.w) b = p->area.x + p->area.w;
    lg_canvas_rect(p->canvas, (lg_box){a, p->area.y, b - a, p->area.h}, LG_INK_VERMILLION, 0.1);
  }
  lg_canvas_line(p->canvas, x, p->area.y, x, bottom, (lg_pen){LG_INK_VERMILLION, 0.11 * f, LG_DASH_LONG, 1.0});
  if (!words) return;
  char value[48], text[80];
  (void)snprintf(text, sizeof text, "EC50 %s", lg_dose_words(d->ec50_uM, value));
  const double w = lg_text_width(text, f, LG_TEXT_BOLD);
  const bool right = x + w + 0.9 * f < p->area.x + p->area.w;
  /* where the curve is not: above it when it ends low */
  const bool low = !(v->doses[d->n_doses - 1].area_ratio > 0.5 * (p->y0 + p->y1));
  lg_canvas_text(p->canvas, right ? x + 0.5 * f : x - 0.5 * f, low ? p->area.y + 1.2 * f : bottom - 0.6 * f, f,
                 LG_INK_TEXT, LG_TEXT_BOLD | (right ? 0u : (unsigned)LG_TEXT_END), text);
}

static void draw_strip(const lg_plot *p, const curve *c) {
  for (size_t k = 0; k < c->n; k++) c->verdicts[k] = (int)c->doses[k]->verdict;
  lg_verdict_row(p->canvas, c->edges, c->verdicts, c->n, p->area.y, p->area.h, p->font);
}

static void draw_probabilities(const lg_plot *p, const curve *c) {
  const double f = p->font;
  for (size_t k = 0; k < c->n; k++) {
    double y = 0.0;
    for (int j = 0; j < LG_VERDICTS; j++) {
      const double share = c->doses[k]->probability[j];
      if (!(share > 0.0)) continue;
      const double top = lg_plot_y(p, y + share), bottom = lg_plot_y(p, y);
      const lg_box b = {c->edges[k] + 0.6, top, c->edges[k + 1] - c->edges[k] - 1.2, bottom - top};
      if (b.h >= 1.15 * f) lg_verdict_cell(p->canvas, b, j, 0.92 * f, NULL);
      else lg_canvas_rect(p->canvas, b, lg_verdict_look_of(j)->ink, lg_verdict_look_of(j)->alpha);
      y += share;
    }
  }
}

static void mark_silent(const lg_plot *p, const curve *c) {
  bool any = false;
  for (size_t k = 0; k < c->n; k++) {
    if (isfinite(c->y[k])) continue;
    lg_mark_at(p->canvas, lg_plot_x(p, c->x[k]), p->area.y + 0.6 * p->font, 0.26 * p->font, LG_MARK_CROSS, LG_INK_TEXT);
    any = true;
  }
  if (any)
    lg_canvas_text(p->canvas, p->area.x + 0.4 * p->font, p->area.y + p->font, 0.85 * p->font, LG_INK_MUTED, 0,
                   "\xc3\x97 no spike at any current tried");
}

static double draw_legend(const lg_trial_view *v, lg_canvas *c, lg_box box, double f) {
  const lg_trial_report_data *d = &v->data;
  const lg_legend entries[4] = {
      {"twin", {LG_INK_BLUE, 0.16 * f, LG_DASH_SOLID, 1.0}, LG_MARK_DISC, LG_INK_BLUE, 0.0},
      {"95 % of the posterior", {LG_INK_BLUE, 0.0, LG_DASH_SOLID, 1.0}, -1, LG_INK_BLUE, 0.2},
      {"EC50, 95 %", {LG_INK_VERMILLION, 0.11 * f, LG_DASH_LONG, 1.0}, -1, LG_INK_VERMILLION, 0.1},
      {"therapeutic, free", {LG_INK_GREEN, 0.0, LG_DASH_SOLID, 1.0}, -1, LG_INK_GREEN, 0.14},
  };
  lg_legend shown[4];
  size_t n = 0;
  shown[n++] = entries[0];
  if (v->has_probability) shown[n++] = entries[1];
  if (d->ec50_uM > 0.0) shown[n++] = entries[2];
  if (isfinite(v->free_high_uM)) shown[n++] = entries[3];
  const double used = lg_legend_row(c, box.x, box.y + f, box.w, f, shown, n);
  return used + lg_verdict_legend(c, box.x, box.y + used + 1.15 * f, box.w, f, v->used) + 0.3 * f;
}

lg_status lg_figure_dose(lg_ctx *ctx, const lg_trial_view *v, double f, lg_canvas *canvas, lg_box box) {
  lg_status status = LG_OK;
  curve c = {0};
  LG_TRY(curve_create(ctx, v, &c));
  const double used = draw_legend(v, canvas, box, f), left = 3.0 * f, strip = 1.7 * f, gap = 2.5 * f;
  lg_plot p = {
      .canvas = canvas, .font = f, .area = {box.x + left, box.y + used + 1.5 * f, box.w - left - 0.8 * f, strip}};
  lg_dose_range(c.dose, c.n, v->free_low_uM, v->free_high_uM, &p.x0, &p.x1);
  p.y1 = 1.0;
  lg_dose_cells(&p, c.dose, c.n, c.edges);
  lg_dose_shade(&p, v->free_low_uM, v->free_high_uM, true);
  draw_strip(&p, &c);
  const double bottom = box.y + box.h - 3.2 * f, top = p.area.y + strip + gap;
  const size_t panels = v->has_probability ? 3 : 2;
  const double room = bottom - top - gap * (double)(panels - 1);
  const double share[3] = {panels == 3 ? 0.48 : 0.6, panels == 3 ? 0.3 : 0.4, 0.22};
  /* area under f–I */
  p.area.y = top;
  p.area.h = share[0] * room;
  take_area(&c);
  y_range(&c, 0.0, v->healthy_ratio > 1.2 ? 1.2 * v->healthy_ratio : 1.4, &p);
  lg_dose_shade(&p, v->free_low_uM, v->free_high_uM, false);
  lg_dose_frame(&p, false, NULL);
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, NULL);
  lg_canvas_text(canvas, p.area.x, p.area.y - 0.6 * f, f, LG_INK_TEXT, 0,
                 "area under the f\xe2\x80\x93I curve (treated / untreated)");
  level(&p, 1.0, LG_DASH_SOLID, NULL, true);
  level(&p, 1.25, LG_DASH_DOTS, "excited above 1.25", true);
  level(&p, 0.8, LG_DASH_DOTS, "inhibited below 0.8", false);
  draw_healthy(&p, v);
  draw_ec50(&p, v, true);
  LG_TRY(draw_curve(ctx, &p, &c));
  /* rheobase */
  p.area.y += p.area.h + gap;
  p.area.h = share[1] * room;
  take_rheobase(&c, &p);
  lg_dose_shade(&p, v->free_low_uM, v->free_high_uM, false);
  lg_dose_frame(&p, panels == 2, panels == 2 ? "free concentration (\xc2\xb5M)" : NULL);
  octave_frame(&p, "rheobase (treated / untreated)");
  draw_ec50(&p, v, false);
  LG_TRY(draw_curve(ctx, &p, &c));
  mark_silent(&p, &c);
  if (panels == 3) {
    p.area.y += p.area.h + gap;
    p.area.h = share[2] * room;
    p.y0 = 0.0;
    p.y1 = 1.0;
    lg_dose_frame(&p, true, "free concentration (\xc2\xb5M)");
    p.y_ticks = 2;
    lg_plot_frame(&p, LG_FRAME_Y, NULL, NULL);
    lg_canvas_text(canvas, p.area.x, p.area.y - 0.6 * f, f, LG_INK_TEXT, 0, "probability of each verdict");
    draw_probabilities(&p, &c);
  }
done:
  curve_destroy(ctx, &c);
  return status;
}

void lg_figure_dose_words(const void *user, FILE *s) {
  const lg_trial_view *v = user;
  const lg_trial_report_data *d = &v->data;
  char a[48], b[48], ratio[40];
  if (d->n_doses == 0) return;
  (void)fprintf(s, "%zu dose%s from %s to %s.", d->n_doses, d->n_doses == 1 ? "" : "s",
                lg_dose_words(v->doses[0].dose_uM, a), lg_dose_words(v->doses[d->n_doses - 1].dose_uM, b));
  for (size_t k = 0; k < d->n_doses;) { /* runs of the same verdict */
    size_t end = k;
    while (end + 1 < d->n_doses && v->doses[end + 1].verdict == v->doses[k].verdict) end++;
    const char *words = lg_verdict_look_of((int)v->doses[k].verdict)->words;
    if (end > k)
      (void)fprintf(s, " %s to %s: %s;", lg_dose_words(v->doses[k].dose_uM, a), lg_dose_words(v->doses[end].dose_uM, b),
                    words);
    else (void)fprintf(s, " %s: %s;", lg_dose_words(v->doses[k].dose_uM, a), words);
    k = end + 1;
  }
  lg_format_significant(v->doses[d->n_doses - 1].area_ratio, 3, ratio);
  (void)fprintf(s, " at the highest dose the area under the f\xe2\x80\x93I curve is %s of the untreated neuron's.",
                ratio);
  if (d->ec50_uM > 0.0) (void)fprintf(s, " Half of the effect is reached at %s.", lg_dose_words(d->ec50_uM, a));
  if (isfinite(v->free_high_uM)) {
    char range[96];
    (void)fprintf(s, " Therapeutic free concentrations: %s.",
                  lg_dose_range_words(v->free_low_uM, v->free_high_uM, range));
  }
}
