/* Small dose–response curves of the first compounds, and the share of virtual patients that each affects. */
#include "twin/figure_dose_axis.h"
#include "twin/figure_verdict.h"
#include "twin/screen_report_view.h"

#include <math.h>
#include <string.h>

size_t lg_figure_heat_curves_n(const lg_screen_view *v) {
  const size_t most = v->n_hits > 0 ? v->n_hits : v->data.n_compounds;
  return most < LG_SCREEN_CURVES ? most : LG_SCREEN_CURVES;
}

static lg_status curve(lg_ctx *ctx, const lg_screen_view *v, const lg_screen_rank *r, double y1, double f, lg_canvas *c,
                       lg_box box) {
  lg_status status = LG_OK;
  const size_t n = v->data.n_doses;
  const lg_screen_compound *q = &v->data.compounds[r->compound];
  double *x = NULL;
  LG_NEW(ctx, x, 4 * n);
  double *y = x + n, *low = x + 2 * n, *high = x + 3 * n;
  lg_plot p = {.canvas = c,
               .font = 0.92 * f,
               .area = {box.x + 2.6 * f, box.y + 1.9 * f, box.w - 3.2 * f, box.h - 3.9 * f},
               .y1 = y1};
  lg_dose_range(v->data.dose_uM, n, (double)NAN, (double)NAN, &p.x0, &p.x1);
  for (size_t j = 0; j < n; j++) {
    const lg_screen_cell *cell = lg_screen_at(v, r->compound, j);
    x[j] = lg_log10(v->data.dose_uM[j]);
    y[j] = cell->area_ratio;
    low[j] = cell->area_lo;
    high[j] = cell->area_hi;
  }
  char name[96];
  (void)snprintf(name, sizeof name, "%.95s", q->name);
  lg_canvas_text(c, p.area.x, box.y + 1.1 * f, f, LG_INK_TEXT, LG_TEXT_BOLD, name);
  if (!v->data.multiples) lg_dose_shade(&p, q->free_low_uM, q->free_high_uM, false);
  lg_dose_frame(&p, true, NULL);
  p.y_ticks = 3;
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, NULL);
  const double one = lg_plot_y(&p, 1.0);
  lg_canvas_line(c, p.area.x, one, p.area.x + p.area.w, one, (lg_pen){LG_INK_MUTED, 0.8, LG_DASH_SOLID, 0.8});
  if (q->ec50_uM > 0.0 && !v->data.multiples) {
    const double at = lg_plot_x(&p, lg_log10(q->ec50_uM));
    if (at >= p.area.x && at <= p.area.x + p.area.w)
      lg_canvas_line(c, at, p.area.y, at, p.area.y + p.area.h,
                     (lg_pen){LG_INK_VERMILLION, 0.09 * f, LG_DASH_LONG, 1.0});
  }
  LG_TRY(lg_plot_band(ctx, &p, x, low, high, n, LG_INK_BLUE, 0.2));
  LG_TRY(lg_plot_line(ctx, &p, x, y, n, (lg_pen){LG_INK_BLUE, 0.14 * f, LG_DASH_SOLID, 1.0}));
  for (size_t j = 0; j < n; j++) { /* the letter of the verdict stands at each point */
    const int verdict = lg_screen_at(v, r->compound, j)->verdict;
    if (!isfinite(y[j])) continue;
    const double px = lg_plot_x(&p, x[j]), py = lg_plot_y(&p, y[j] < y1 ? y[j] : y1);
    if (verdict == LG_VERDICT_UNCHANGED) lg_mark_at(c, px, py, 0.2 * f, LG_MARK_DISC, LG_INK_BLUE);
    else {
      lg_canvas_rect(c, (lg_box){px - 0.5 * f, py - 0.5 * f, f, f}, LG_INK_PAPER, 1.0);
      lg_verdict_cell(c, (lg_box){px - 0.5 * f, py - 0.5 * f, f, f}, verdict, 0.8 * f, NULL);
    }
  }
done:
  lg_free(ctx, x);
  return status;
}

lg_status lg_figure_heat_curves(lg_ctx *ctx, const lg_screen_view *v, size_t columns, double f, lg_canvas *c,
                                lg_box box) {
  lg_status status = LG_OK;
  const size_t n = lg_figure_heat_curves_n(v), across = n < columns ? n : columns, rows = (n + across - 1) / across;
  double y1 = 1.4;
  for (size_t k = 0; k < n; k++)
    for (size_t j = 0; j < v->data.n_doses; j++) {
      const lg_screen_cell *cell = lg_screen_at(v, v->ranks[k].compound, j);
      if (cell->area_ratio > y1) y1 = cell->area_ratio;
      if (cell->area_hi > y1) y1 = cell->area_hi;
    }
  if (y1 > 4.0) y1 = 4.0; /* a few wild ones must not flatten the rest */
  y1 *= 1.06;
  char axes[160];
  (void)snprintf(axes, sizeof axes, "area under the f\xe2\x80\x93I curve (treated / untreated) against %s",
                 lg_screen_axis(v));
  if (lg_text_width(axes, f, 0) > box.w)
    (void)snprintf(axes, sizeof axes, "f\xe2\x80\x93I area (treated / untreated) against %s",
                   v->data.multiples ? "\xc3\x97 therapeutic" : "\xc2\xb5M");
  lg_canvas_text(c, box.x, box.y + f, f, LG_INK_TEXT, 0, axes);
  const double top = box.y + 1.9 * f, w = box.w / (double)across, h = (box.h - 1.9 * f) / (double)rows;
  for (size_t k = 0; k < n; k++) {
    const size_t column = k % across, row = k / across;
    LG_TRY(curve(ctx, v, &v->ranks[k], y1, f, c, (lg_box){box.x + (double)column * w, top + (double)row * h, w, h}));
  }
done:
  return status;
}

void lg_figure_heat_curves_words(const void *user, FILE *s) {
  const lg_screen_view *v = user;
  const size_t n = lg_figure_heat_curves_n(v);
  char dose[48], ratio[40];
  for (size_t k = 0; k < n; k++) {
    const lg_screen_rank *r = &v->ranks[k];
    const size_t j = r->strongest < v->data.n_doses ? r->strongest : v->data.n_doses - 1;
    lg_format_significant(lg_screen_at(v, r->compound, j)->area_ratio, 3, ratio);
    (void)fprintf(s, "%s%s: %s at %s", k ? "; " : "", v->data.compounds[r->compound].name, ratio,
                  lg_screen_dose(v, j, dose));
  }
  (void)fputs(v->data.multiples ? ". Letters: verdict where it is not unchanged."
                                : ". Green: therapeutic range, free. Dashed: EC50. Letters: verdict where it is not "
                                  "unchanged.",
              s);
  if (v->many) (void)fputs(" Bands: central 95 % of the virtual patients.", s);
}

/* ---- virtual patients -------------------------------------------------------------------------------- */

static size_t rows_affected(const lg_screen_view *v) {
  return v->data.n_compounds < LG_SCREEN_PATIENTS ? v->data.n_compounds : LG_SCREEN_PATIENTS;
}

double lg_figure_heat_affected_height(const lg_screen_view *v, double f) {
  return (double)rows_affected(v) * 1.62 * f + 3.2 * f;
}

lg_status lg_figure_heat_affected(lg_ctx *ctx, const lg_screen_view *v, double f, lg_canvas *c, lg_box box) {
  (void)ctx;
  const size_t n = rows_affected(v), doses = v->data.n_doses;
  double names = 6.0 * f;
  for (size_t k = 0; k < n; k++) {
    const double w = lg_text_width(v->data.compounds[v->ranks[k].compound].name, f, 0) + 0.8 * f;
    if (w > names) names = w;
  }
  if (names > 0.3 * box.w) names = 0.3 * box.w;
  double cell = (box.w - names) / (double)doses, last = -1e9;
  if (cell > 11.0 * f) cell = 11.0 * f;
  const double row = 1.62 * f, top = box.y + 2.0 * f, x0 = box.x + names;
  lg_canvas_text(c, x0 - 0.8 * f, top - 0.6 * f, f, LG_INK_TEXT, LG_TEXT_END,
                 names <= 5.5 * f ? "%" : (v->data.multiples ? "% at \xc3\x97" : "% at \xc2\xb5M"));
  for (size_t j = 0; j < doses; j++) {
    char text[40];
    lg_format_short(v->data.dose_uM[j], 3, text);
    const double x = x0 + ((double)j + 0.5) * cell, w = lg_text_width(text, f, 0);
    if (x - w / 2 < last + 0.4 * f) continue;
    last = x + w / 2;
    lg_canvas_text(c, x, top - 0.6 * f, f, LG_INK_MUTED, LG_TEXT_MIDDLE, text);
  }
  for (size_t k = 0; k < n; k++) {
    const double y = top + (double)k * row;
    const char *name = v->data.compounds[v->ranks[k].compound].name;
    char text[128];
    (void)snprintf(text, sizeof text, "%.120s", name);
    while (strlen(text) > 3 && lg_text_width(text, f, 0) > names - 0.6 * f) text[strlen(text) - 1] = 0;
    lg_canvas_text(c, x0 - 0.6 * f, y + 0.5 * row + 0.36 * f, f, LG_INK_TEXT, LG_TEXT_END, text);
    for (size_t j = 0; j < doses; j++) {
      const double share = lg_screen_at(v, v->ranks[k].compound, j)->affected;
      const lg_box b = {x0 + (double)j * cell + 0.5, y + 0.5, cell - 1.0, row - 1.0};
      lg_format_fixed(100.0 * share, 0, text);
      if (isfinite(share)) lg_canvas_rect(c, b, LG_INK_BLUE, 0.04 + 0.42 * share);
      if (lg_text_width(text, 0.88 * f, 0) < b.w)
        lg_canvas_text(c, b.x + b.w / 2, b.y + b.h / 2 + 0.32 * f, 0.88 * f, LG_INK_TEXT, LG_TEXT_MIDDLE, text);
    }
  }
  return LG_OK;
}

void lg_figure_heat_affected_words(const void *user, FILE *s) {
  const lg_screen_view *v = user;
  char number[40];
  (void)fprintf(s, "Share of the %zu virtual patients whose verdict is not unchanged.", v->data.n_individuals);
  const double share = lg_screen_at(v, v->ranks[0].compound, v->data.n_doses - 1)->affected;
  lg_format_fixed(100.0 * share, 0, number);
  if (isfinite(share))
    (void)fprintf(s, " %s at the highest dose: %s %%.", v->data.compounds[v->ranks[0].compound].name, number);
}
