/* Verdicts as stacked bars: of all compounds at every dose, and of the virtual patients of each compound. */
#include "twin/figure_verdict.h"
#include "twin/screen_report_view.h"

#include <math.h>

/* Share 0 … 1 of a verdict (LG_VERDICTS: not worked out) at a dose. */
typedef double (*share_fn)(const lg_screen_view *v, size_t compound, size_t dose, int verdict);

static bool one_compound(const lg_screen_view *v) { return v->data.n_compounds == 1 && v->many; }

static double of_patients(const lg_screen_view *v, size_t compound, size_t dose, int verdict) {
  if (verdict < LG_VERDICTS) return lg_screen_at(v, compound, dose)->share[verdict];
  return lg_screen_at(v, compound, dose)->verdict < 0 ? 1.0 : 0.0;
}

static double of_compounds(const lg_screen_view *v, size_t compound, size_t dose, int verdict) {
  if (one_compound(v)) return of_patients(v, 0, dose, verdict);
  (void)compound;
  return (double)v->by_verdict[dose * (LG_VERDICTS + 1) + (size_t)verdict] / (double)v->data.n_compounds;
}

/* One bar: verdicts from the bottom, letter and number where there is room. */
static void draw_bar(const lg_plot *p, const lg_screen_view *v, share_fn share_of, size_t compound, size_t dose) {
  const double w = p->area.w / p->x1, f = p->font;
  double y = 0.0;
  for (int k = 0; k <= LG_VERDICTS; k++) {
    const double share = 100.0 * share_of(v, compound, dose, k);
    if (!(share > 0.0)) continue;
    const double high = lg_plot_y(p, y + share), low = lg_plot_y(p, y);
    const lg_box b = {p->area.x + (double)dose * w + 0.06 * w, high, 0.88 * w, low - high};
    const lg_verdict_look *look = lg_verdict_look_of(k);
    char number[40], text[64];
    lg_format_fixed(share, 0, number);
    (void)snprintf(text, sizeof text, "%s %s", look->letter, number);
    if (b.h >= 1.25 * f) lg_verdict_cell(p->canvas, b, k, 0.9 * f, text);
    else if (look->ink != LG_INK_PAPER) lg_canvas_rect(p->canvas, b, look->ink, look->alpha);
    y += share;
  }
}

static void draw_bars(const lg_plot *p, const lg_screen_view *v, share_fn share_of, size_t compound) {
  const double w = p->area.w / p->x1, f = p->font;
  double last = -1e9;
  for (size_t j = 0; j < v->data.n_doses; j++) {
    draw_bar(p, v, share_of, compound, j);
    char dose[40];
    lg_format_short(v->data.dose_uM[j], 3, dose);
    const double x = p->area.x + ((double)j + 0.5) * w, width = lg_text_width(dose, f, 0);
    if (x - width / 2 < last + 0.4 * f) continue;
    lg_canvas_text(p->canvas, x, p->area.y + p->area.h + 1.4 * f, f, LG_INK_MUTED, LG_TEXT_MIDDLE, dose);
    last = x + width / 2;
  }
}

lg_status lg_figure_heat_counts(lg_ctx *ctx, const lg_screen_view *v, double f, lg_canvas *c, lg_box box) {
  (void)ctx;
  bool used[LG_VERDICTS + 1];
  for (int k = 0; k <= LG_VERDICTS; k++) {
    used[k] = false;
    for (size_t j = 0; j < v->data.n_doses; j++) used[k] = used[k] || of_compounds(v, 0, j, k) > 0.0;
  }
  const double legend = lg_verdict_legend(c, box.x, box.y + 1.1 * f, box.w, f, used) + 0.4 * f;
  const double left = 3.2 * f, top = box.y + legend + 1.9 * f;
  const lg_plot p = {.canvas = c,
                     .font = f,
                     .area = {box.x + left, top, box.w - left - 0.6 * f, box.y + box.h - 3.2 * f - top},
                     .x1 = (double)v->data.n_doses,
                     .y1 = 100.0};
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID | LG_FRAME_LINE, NULL,
                one_compound(v) ? "virtual patients (%)" : "compounds (%)");
  draw_bars(&p, v, of_compounds, 0);
  lg_canvas_text(c, p.area.x + p.area.w, p.area.y + p.area.h + 2.75 * f, f, LG_INK_TEXT, LG_TEXT_END,
                 lg_screen_axis(v));
  return LG_OK;
}

void lg_figure_heat_counts_words(const void *user, FILE *s) {
  const lg_screen_view *v = user;
  const size_t last = v->data.n_doses - 1;
  char dose[48], number[40];
  (void)fprintf(s, "At the highest dose, %s: ", lg_screen_dose(v, last, dose));
  bool any = false;
  for (int k = 0; k <= LG_VERDICTS; k++) {
    const double share = 100.0 * of_compounds(v, 0, last, k);
    if (!(share > 0.0)) continue;
    lg_format_fixed(share, share < 9.95 ? 1 : 0, number);
    (void)fprintf(s, "%s%s %% %s", any ? ", " : "", number, lg_verdict_look_of(k)->words);
    any = true;
  }
  (void)fprintf(s, " (share of the %s).", one_compound(v) ? "virtual patients" : "compounds");
}

/* ---- every compound of its own --------------------------------------------------------------------- */

lg_status lg_figure_heat_shares(lg_ctx *ctx, const lg_screen_view *v, size_t columns, double f, lg_canvas *c,
                                lg_box box) {
  (void)ctx;
  const size_t n = lg_figure_heat_curves_n(v), across = n < columns ? n : columns, rows = (n + across - 1) / across;
  bool used[LG_VERDICTS + 1] = {false};
  for (size_t k = 0; k < n; k++)
    for (size_t j = 0; j < v->data.n_doses; j++)
      for (int verdict = 0; verdict <= LG_VERDICTS; verdict++)
        used[verdict] = used[verdict] || of_patients(v, v->ranks[k].compound, j, verdict) > 0.0;
  char axes[128];
  (void)snprintf(axes, sizeof axes, "virtual patients (%%) against %s", lg_screen_axis(v));
  const double legend = lg_verdict_legend(c, box.x, box.y + 1.1 * f, box.w, f, used) + 0.4 * f;
  lg_canvas_text(c, box.x, box.y + legend + f, f, LG_INK_TEXT, 0, axes);
  const double top = box.y + legend + 2.0 * f, w = box.w / (double)across, h = (box.y + box.h - top) / (double)rows;
  for (size_t k = 0; k < n; k++) {
    const size_t column = k % across, row = k / across;
    const double x = box.x + (double)column * w, y = top + (double)row * h;
    const lg_plot p = {.canvas = c,
                       .font = 0.92 * f,
                       .area = {x + 2.9 * f, y + 1.9 * f, w - 3.5 * f, h - 3.8 * f},
                       .x1 = (double)v->data.n_doses,
                       .y1 = 100.0,
                       .y_ticks = 2};
    char name[96];
    (void)snprintf(name, sizeof name, "%.95s", v->data.compounds[v->ranks[k].compound].name);
    lg_canvas_text(c, p.area.x, y + 1.2 * f, f, LG_INK_TEXT, LG_TEXT_BOLD, name);
    lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID | LG_FRAME_LINE, NULL, NULL);
    draw_bars(&p, v, of_patients, v->ranks[k].compound);
  }
  return LG_OK;
}

void lg_figure_heat_shares_words(const void *user, FILE *s) {
  const lg_screen_view *v = user;
  const size_t n = lg_figure_heat_curves_n(v), last = v->data.n_doses - 1;
  char dose[48], number[40];
  (void)fprintf(s, "Verdicts of the virtual patients. At %s:", lg_screen_dose(v, last, dose));
  for (size_t k = 0; k < n; k++) {
    const char *separator = "";
    (void)fprintf(s, "%s %s: ", k ? ";" : "", v->data.compounds[v->ranks[k].compound].name);
    for (int verdict = 0; verdict <= LG_VERDICTS; verdict++) {
      const double share = 100.0 * of_patients(v, v->ranks[k].compound, last, verdict);
      if (!(share > 0.0)) continue;
      lg_format_fixed(share, share < 9.95 ? 1 : 0, number);
      (void)fprintf(s, "%s%s %% %s", separator, number, lg_verdict_look_of(verdict)->words);
      separator = ", ";
    }
  }
  (void)fputs(".", s);
}
