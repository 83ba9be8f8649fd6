/* Compounds × doses: every cell its verdict, by ink and by letter, with the ratio of areas where there is room. */
#include "twin/figure_dose_axis.h"
#include "twin/figure_verdict.h"
#include "twin/screen_report_view.h"

#include <math.h>
#include <string.h>

/* Cut words to a width, with an ellipsis. */
static void fit(const char *text, double width, double font, unsigned flags, char *buffer, size_t bytes) {
  (void)snprintf(buffer, bytes, "%s", text);
  size_t n = strlen(buffer);
  while (n > 1 && lg_text_width(buffer, font, flags) > width) {
    do n--;
    while (n > 1 && ((unsigned char)buffer[n] & 0xc0) == 0x80);
    if (n + 4 > bytes) continue;
    memcpy(buffer + n, "\xe2\x80\xa6", 4);
  }
}

/* Where the parts of a map stand. */
typedef struct frame {
  double names, notes;      /* widths left and right of the cells */
  double x, cell, top, row; /* px */
} frame;

static const double row_lines = 1.62;

static frame frame_of(const lg_screen_view *v, double font, lg_box box, double legend) {
  frame f = {.row = row_lines * font};
  double wide = 6.0 * font;
  for (size_t k = 0; k < v->data.n_compounds; k++) {
    const double w = lg_text_width(v->data.compounds[k].name, font, 0) + 0.8 * font;
    if (w > wide) wide = w;
  }
  f.names = wide > 0.28 * box.w ? 0.28 * box.w : wide;
  f.notes = box.w > 40.0 * font ? 10.6 * font : 0.0;
  f.x = box.x + f.names;
  f.cell = (box.w - f.names - f.notes) / (double)v->data.n_doses;
  if (f.cell > 11.0 * font) f.cell = 11.0 * font;
  f.top = box.y + legend + 2.3 * font;
  return f;
}

static double draw_legend(const lg_screen_view *v, lg_canvas *c, double x, double y, double w, double font) {
  double used = lg_verdict_legend(c, x, y + 1.1 * font, w, font, v->used) + 0.2 * font;
  const lg_legend green[2] = {{"therapeutic range, free (\xe2\x97\x82 \xe2\x96\xb8 beyond the doses)",
                               {LG_INK_GREEN, 0.3 * font, LG_DASH_SOLID, 1.0},
                               -1,
                               LG_INK_GREEN,
                               0.0},
                              {"\xe2\x97\x8b brings the neuron to within 20 % of the healthy one",
                               {LG_INK_GREEN, 0.0, LG_DASH_SOLID, 1.0},
                               -1,
                               LG_INK_GREEN,
                               0.0}};
  const lg_legend *from = v->data.multiples ? green + 1 : green; /* no range where all doses are multiples of it */
  const size_t n = (v->data.healthy_area_ratio > 0.0 ? 2u : 1u) - (v->data.multiples ? 1u : 0u);
  if (c) return used + lg_legend_row(c, x, y + used + 1.0 * font, w, font, from, n);
  return used + lg_legend_height(w, font, from, n);
}

double lg_figure_heat_height(const lg_screen_view *v, size_t n, double width, double font) {
  return draw_legend(v, NULL, 0.0, 0.0, width, font) + 3.0 * font + (double)n * row_lines * font + 1.2 * font;
}

static void draw_doses(const lg_screen_view *v, lg_canvas *c, const frame *f, double font) {
  double last = -1e9;
  for (size_t j = 0; j < v->data.n_doses; j++) {
    char text[40];
    lg_format_short(v->data.dose_uM[j], 3, text);
    const double x = f->x + ((double)j + 0.5) * f->cell, w = lg_text_width(text, font, 0);
    if (x - w / 2 < last + 0.5 * font) continue;
    last = x + w / 2;
    lg_canvas_text(c, x, f->top - 0.5 * font, font, LG_INK_MUTED, LG_TEXT_MIDDLE, text);
  }
  lg_canvas_text(c, f->x - 0.8 * font, f->top - 0.5 * font, font, LG_INK_TEXT, LG_TEXT_END,
                 f->names <= 8.5 * font ? lg_screen_unit(v)
                                        : (v->data.multiples ? "\xc3\x97 therapeutic" : "dose (\xc2\xb5M, free)"));
}

/* Where a dose stands on the row of cells, by interpolation on the logarithmic axis. */
static double dose_at(const lg_screen_view *v, const frame *f, double dose) {
  const size_t n = v->data.n_doses;
  const double *d = v->data.dose_uM;
  if (n == 1) return f->x + f->cell * (dose < d[0] ? 0.0 : (dose > d[0] ? 1.0 : 0.5));
  size_t j = 0;
  while (j + 2 < n && dose > d[j + 1]) j++;
  double at = (double)j + 0.5 + (lg_log10(dose) - lg_log10(d[j])) / (lg_log10(d[j + 1]) - lg_log10(d[j]));
  if (at < 0.0) at = 0.0;
  if (at > (double)n) at = (double)n;
  return f->x + at * f->cell;
}

static void draw_range(const lg_screen_view *v, lg_canvas *c, const frame *f, const lg_screen_compound *q, double y,
                       double font) {
  double low = q->free_low_uM, high = q->free_high_uM;
  if (v->data.multiples) return;
  if (!(high > 0.0)) high = low;
  if (!(low > 0.0)) low = high;
  if (!(high > 0.0)) return;
  double a = dose_at(v, f, low), b = dose_at(v, f, high);
  const double end = f->x + f->cell * (double)v->data.n_doses, mid = y + 0.5 * f->row;
  if (b <= f->x || a >= end) { /* beyond the doses that were tried: a triangle points there */
    const double x = b <= f->x ? f->x + 0.1 * font : end - 0.1 * font, back = b <= f->x ? 0.5 * font : -0.5 * font;
    const lg_point p[3] = {{x, mid}, {x + back, mid - 0.32 * font}, {x + back, mid + 0.32 * font}};
    lg_canvas_fill(c, p, 3, LG_INK_GREEN, 1.0);
    return;
  }
  if (b - a < 0.4 * font) a -= 0.2 * font, b += 0.2 * font;
  if (a < f->x) a = f->x;
  if (b > end) b = end;
  lg_canvas_rect(c, (lg_box){a, y + f->row - 0.28 * font, b - a, 0.2 * font}, LG_INK_GREEN, 1.0);
}

static void draw_cell(const lg_screen_view *v, lg_canvas *c, lg_box b, const lg_screen_cell *q, double font) {
  char text[64], ratio[40];
  const lg_verdict_look *look = lg_verdict_look_of(q->verdict);
  lg_format_fixed(q->area_ratio, q->area_ratio < 9.95 ? 2 : 0, ratio);
  (void)snprintf(text, sizeof text, "%s %s", look->letter, ratio);
  const bool ratios = q->verdict >= 0 && q->verdict != LG_VERDICT_SILENCED && isfinite(q->area_ratio);
  lg_verdict_cell(c, b, q->verdict, 0.88 * font, ratios ? text : NULL);
  if (lg_screen_restores(v, q))
    lg_canvas_disc(c, b.x + b.w - 0.5 * font, b.y + 0.5 * font, 0.28 * font, LG_INK_PAPER,
                   (lg_pen){LG_INK_GREEN, 0.14 * font, LG_DASH_SOLID, 1.0});
}

/* Too many doses for a letter each: a run of one verdict is one cell. */
static void draw_narrow(const lg_screen_view *v, lg_canvas *c, size_t compound, double *edges, int *verdicts, double y,
                        const frame *f, double font) {
  const size_t n = v->data.n_doses;
  for (size_t j = 0; j <= n; j++) edges[j] = f->x + (double)j * f->cell;
  for (size_t j = 0; j < n; j++) verdicts[j] = lg_screen_at(v, compound, j)->verdict;
  lg_verdict_row(c, edges, verdicts, n, y + 0.5, f->row - 1.0, 0.88 * font);
}

static void draw_note(const lg_screen_view *v, lg_canvas *c, const lg_screen_rank *r, double x, double y, double font) {
  char text[80], dose[48];
  if (r->restored < v->data.n_doses)
    (void)snprintf(text, sizeof text, "restores at %s", lg_screen_dose(v, r->restored, dose));
  else if (r->first < v->data.n_doses) (void)snprintf(text, sizeof text, "from %s", lg_screen_dose(v, r->first, dose));
  else (void)snprintf(text, sizeof text, r->verdict < 0 ? "not worked out" : "no change");
  lg_canvas_text(c, x, y, font, LG_INK_MUTED, 0, text);
}

lg_status lg_figure_heat(lg_ctx *ctx, const lg_screen_view *v, size_t first, size_t n, double font, lg_canvas *c,
                         lg_box box) {
  lg_status status = LG_OK;
  double *edges = NULL;
  int *verdicts = NULL;
  LG_NEW(ctx, edges, v->data.n_doses + 1);
  LG_NEW(ctx, verdicts, v->data.n_doses);
  const double legend = draw_legend(v, c, box.x, box.y, box.w, font);
  const frame f = frame_of(v, font, box, legend);
  draw_doses(v, c, &f, font);
  for (size_t k = 0; k < n && first + k < v->data.n_compounds; k++) {
    const lg_screen_rank *r = &v->ranks[first + k];
    const lg_screen_compound *q = &v->data.compounds[r->compound];
    const double y = f.top + (double)k * f.row, base = y + 0.5 * f.row + 0.36 * font;
    char name[128];
    fit(q->name, f.names - 0.6 * font, font, 0, name, sizeof name);
    lg_canvas_text(c, f.x - 0.6 * font, base, font, LG_INK_TEXT, LG_TEXT_END, name);
    if (f.cell >= 1.1 * font)
      for (size_t j = 0; j < v->data.n_doses; j++)
        draw_cell(v, c, (lg_box){f.x + (double)j * f.cell + 0.5, y + 0.5, f.cell - 1.0, f.row - 1.0},
                  lg_screen_at(v, r->compound, j), font);
    else draw_narrow(v, c, r->compound, edges, verdicts, y, &f, font);
    draw_range(v, c, &f, q, y, font);
    if (f.notes > 0.0) draw_note(v, c, r, f.x + f.cell * (double)v->data.n_doses + 0.7 * font, base, font);
  }
done:
  lg_free(ctx, edges);
  lg_free(ctx, verdicts);
  return status;
}

void lg_figure_heat_words(const void *user, FILE *s) {
  const lg_screen_view *v = user;
  const size_t n = v->data.n_compounds, shown = n < LG_SCREEN_ROWS ? n : LG_SCREEN_ROWS;
  char a[48];
  (void)fprintf(s, "%zu of %zu compounds, the one that changes the neuron at the lowest dose on top.", shown, n);
  for (size_t k = 0; k < 3 && k < v->n_hits; k++) {
    const lg_screen_rank *r = &v->ranks[k];
    if (r->first >= v->data.n_doses) break;
    (void)fprintf(s, " %s: %s from %s.", v->data.compounds[r->compound].name,
                  lg_verdict_look_of(lg_screen_at(v, r->compound, r->first)->verdict)->words,
                  lg_screen_dose(v, r->first, a));
  }
  (void)fputs(" Numbers are the area under the f\xe2\x80\x93I curve relative to the untreated neuron.", s);
}
