/* Every parameter on the range of its prior: how much the recording has narrowed what could be. */
#include "twin/figure.h"

#include <math.h>
#include <string.h>

const char *lg_unit_words(const char *unit, char *buffer, size_t bytes) {
  if (!unit) unit = "";
  const char *ohm = strstr(unit, "Ohm");
  if (ohm) (void)snprintf(buffer, bytes, "%.*s\xce\xa9%s", (int)(ohm - unit), unit, ohm + 3);
  else if (unit[0] == 'u' && unit[1] >= 'A') (void)snprintf(buffer, bytes, "\xc2\xb5%s", unit + 1);
  else if (strcmp(unit, "1") == 0) buffer[0] = 0;
  else (void)snprintf(buffer, bytes, "%s", unit);
  return buffer;
}

/* Decimals that show three significant digits of the value, and two of the interval's width when that is finer. */
static int decimals_for(const lg_report_parameter *p) {
  double size = fabs(p->value);
  const double width = p->hi95 - p->lo95;
  if (!(size > 0.0) || !isfinite(size)) size = fabs(width);
  if (!(size > 0.0) || !isfinite(size)) return 2;
  int decimals = 2;
  while (size >= 10.0 && decimals > 0) size /= 10.0, decimals--;
  while (size < 1.0 && decimals < 8) size *= 10.0, decimals++;
  double w = width;
  int fine = 1;
  if (!(w > 0.0) || !isfinite(w)) return decimals;
  while (w >= 10.0 && fine > 0) w /= 10.0, fine--;
  while (w < 1.0 && fine < 8) w *= 10.0, fine++;
  if (fine > decimals + 2) fine = decimals + 2;
  return fine > decimals ? fine : decimals;
}

void lg_format_interval(const lg_report_parameter *p, char *value, char *interval, size_t bytes) {
  const int decimals = decimals_for(p);
  char a[40], b[40];
  lg_format_fixed(p->value, decimals, a);
  (void)snprintf(value, bytes, "%s", a);
  lg_format_fixed(p->lo95, decimals, a);
  lg_format_fixed(p->hi95, decimals, b);
  if (lg_report_is_fixed(p)) (void)snprintf(interval, bytes, "fixed");
  else if (isfinite(p->lo95) && isfinite(p->hi95)) (void)snprintf(interval, bytes, "%s \xe2\x80\xa6 %s", a, b);
  else (void)snprintf(interval, bytes, "\xe2\x80\x93");
}

/* The axis of a parameter: its prior, widened to hold the interval. */
static void axis_of(const lg_report_parameter *p, double *low, double *high) {
  *low = (double)INFINITY;
  *high = -(double)INFINITY;
  const double ends[5] = {p->prior_low, p->prior_high, p->lo95, p->hi95, p->value};
  lg_range_extend(low, high, ends, 5);
  if (!isfinite(p->prior_low) || !isfinite(p->prior_high)) lg_range_pad(low, high, 0.5);
  if (!(*high > *low)) lg_range_pad(low, high, 0.1);
}

static double row_height(double f) { return 2.5 * f; }

double lg_figure_parameters_height(const lg_report_view *v, double f) {
  return (double)v->data.n_parameters * row_height(f) + 4.4 * f;
}

static double clamp01(double x) { return x < 0.0 ? 0.0 : (x > 1.0 ? 1.0 : x); }

/* The scale of a row in px. */
typedef struct scale {
  double x, w, low, high;
} scale;

static double at(const scale *s, double value) { return s->x + clamp01((value - s->low) / (s->high - s->low)) * s->w; }

static void draw_bar(lg_canvas *c, const scale *s, double from, double to, double mid, double f, lg_ink ink,
                     double alpha) {
  const double left = at(s, from), least = 0.25 * f, width = at(s, to) - left;
  lg_canvas_round_rect(c, (lg_box){left, mid - 0.28 * f, width > least ? width : least, 0.56 * f}, 0.25 * f, ink,
                       alpha);
}

/* Numbers below the ends of the training range; without one, of the interval. */
static void put_ends(lg_canvas *c, const scale *s, const lg_report_parameter *p, double y, double f) {
  const bool trained = isfinite(p->prior_low) && isfinite(p->prior_high);
  const double from = trained ? p->prior_low : p->lo95, to = trained ? p->prior_high : p->hi95;
  char text[40];
  if (lg_report_is_fixed(p)) {
    lg_canvas_text(c, at(s, p->value), y, 0.82 * f, LG_INK_MUTED, LG_TEXT_MIDDLE, "fixed");
    return;
  }
  lg_format_short(from, 3, text);
  lg_canvas_text(c, at(s, from), y, 0.82 * f, LG_INK_MUTED, 0, text);
  lg_format_short(to, 3, text);
  lg_canvas_text(c, at(s, to), y, 0.82 * f, LG_INK_MUTED, LG_TEXT_END, text);
}

static void draw_row(lg_canvas *c, const lg_report_parameter *p, double f, double x, double w, double y, double right) {
  scale s = {x, w, 0.0, 1.0};
  axis_of(p, &s.low, &s.high);
  const double mid = y + 0.8 * f;
  /* the training range as a track; what lies beyond it hangs on a thin line */
  lg_canvas_line(c, x, mid, x + w, mid, (lg_pen){LG_INK_GRID, 0.08 * f, LG_DASH_SOLID, 1.0});
  if (isfinite(p->prior_low) && isfinite(p->prior_high))
    draw_bar(c, &s, p->prior_low, p->prior_high, mid, f, LG_INK_GRID, 0.45);
  if (isfinite(p->lo95) && isfinite(p->hi95) && !lg_report_is_fixed(p))
    draw_bar(c, &s, p->lo95, p->hi95, mid, f, LG_INK_SKY, 0.9);
  if (isfinite(p->value)) lg_mark_at(c, at(&s, p->value), mid, 0.36 * f, LG_MARK_DIAMOND, LG_INK_BLUE);
  put_ends(c, &s, p, y + 2.0 * f, f);
  char value[40], unit[32], both[160];
  lg_format_significant(p->value, 3, value);
  (void)snprintf(both, sizeof both, "%s %s", value, lg_unit_words(p->unit, unit, sizeof unit));
  lg_canvas_text(c, right, y + 1.15 * f, f, LG_INK_TEXT, LG_TEXT_END, both);
}

lg_status lg_figure_parameters(lg_ctx *ctx, const lg_report_view *v, double f, lg_canvas *c, lg_box box) {
  (void)ctx;
  const lg_legend entries[3] = {
      {"value", {LG_INK_BLUE, 0.0, LG_DASH_SOLID, 1.0}, LG_MARK_DIAMOND, LG_INK_BLUE, 0.0},
      {"95 % interval", {LG_INK_SKY, 0.0, LG_DASH_SOLID, 1.0}, -1, LG_INK_SKY, 0.9},
      {"range of the training neurons", {LG_INK_GRID, 0.0, LG_DASH_SOLID, 1.0}, -1, LG_INK_GRID, 0.45},
  };
  bool trained = false;
  for (size_t k = 0; k < v->data.n_parameters; k++) trained = trained || isfinite(v->data.parameters[k].prior_low);
  const double used = lg_legend_row(c, box.x, box.y + f, box.w, f, entries, trained ? 3 : 2);
  double names = 2.0 * f, values = 5.0 * f;
  for (size_t k = 0; k < v->data.n_parameters; k++) {
    char value[64], interval[96], unit[32];
    const lg_report_parameter *p = &v->data.parameters[k];
    lg_format_interval(p, value, interval, sizeof value);
    const double w = lg_text_width(p->name, f, LG_TEXT_BOLD) + f;
    const double r =
        lg_text_width(value, f, 0) + lg_text_width(lg_unit_words(p->unit, unit, sizeof unit), f, 0) + 1.5 * f;
    if (w > names) names = w;
    if (r > values) values = r;
  }
  for (size_t k = 0; k < v->data.n_parameters; k++) {
    const double y = box.y + used + 0.6 * f + (double)k * row_height(f);
    lg_canvas_text(c, box.x, y + 1.15 * f, f, LG_INK_TEXT, LG_TEXT_BOLD, v->data.parameters[k].name);
    draw_row(c, &v->data.parameters[k], f, box.x + names, box.w - names - values, y, box.x + box.w);
  }
  return LG_OK;
}

void lg_figure_parameters_words(const lg_report_view *v, FILE *stream) {
  for (size_t k = 0; k < v->data.n_parameters; k++) {
    const lg_report_parameter *p = &v->data.parameters[k];
    char value[64], interval[96], unit[32];
    lg_format_interval(p, value, interval, sizeof value);
    (void)fprintf(stream, "%s%s = %s %s (95 %%: %s)", k ? "; " : "", p->name, value,
                  lg_unit_words(p->unit, unit, sizeof unit), interval);
  }
  (void)fputc('.', stream);
}
