#include "twin/figure_dose_axis.h"

#include "base/elementary.h"

#include <math.h>

double lg_log10(double x) { return lg_ln(x) / 2.302585092994045684; }

void lg_dose_range(const double *dose, size_t n, double free_low, double free_high, double *low, double *high) {
  *low = (double)INFINITY;
  *high = -(double)INFINITY;
  for (size_t k = 0; k < n; k++) {
    if (!(dose[k] > 0.0)) continue;
    const double x = lg_log10(dose[k]);
    lg_range_extend(low, high, &x, 1);
  }
  if (!(*high >= *low)) *low = -1.0, *high = 1.0;
  const double least = *low - 1.5, most = *high + 1.5;
  if (free_low > 0.0 && free_high >= free_low) {
    const double a = lg_log10(free_low), b = lg_log10(free_high);
    if (b > least && a < most) { /* near enough to be shown in full */
      if (a < *low && a > least) *low = a;
      if (b > *high && b < most) *high = b;
    }
  }
  const double width = *high - *low, margin = width > 0.4 ? 0.05 * width + 0.06 : 0.3;
  *low -= margin;
  *high += margin;
}

static double tick_at(int decade, int digit) { return (double)decade + lg_log10((double)digit); }

static double power_of_ten(int e) {
  double p = 1.0;
  for (int k = 0; k < (e < 0 ? -e : e); k++) p *= 10.0;
  return e < 0 ? 1.0 / p : p;
}

void lg_dose_frame(const lg_plot *p, bool numbers, const char *label) {
  const double f = p->font, bottom = p->area.y + p->area.h;
  const lg_pen axis = {LG_INK_MUTED, 0.8, LG_DASH_SOLID, 1.0}, grid = {LG_INK_GRID, 0.6, LG_DASH_SOLID, 0.7};
  const int first = (int)floor(p->x0), last = (int)ceil(p->x1);
  const double decade_px = p->area.w / (p->x1 - p->x0);
  /* numbers at 1; at 1 and 3 or at 1, 2, 5 as there is room */
  const bool three = decade_px > 9.0 * f && decade_px <= 15.0 * f, five = decade_px > 15.0 * f;
  const int step = decade_px < 4.2 * f ? (decade_px < 2.1 * f ? 3 : 2) : 1;
  lg_canvas_line(p->canvas, p->area.x, bottom, p->area.x + p->area.w, bottom, axis);
  for (int d = first; d <= last; d++) {
    for (int m = 1; m < 10; m++) {
      const double x = tick_at(d, m);
      if (x < p->x0 || x > p->x1) continue;
      const double px = lg_plot_x(p, x);
      const bool named = m == 1 ? d % step == 0 : ((three && m == 3) || (five && (m == 2 || m == 5)));
      if (m == 1) lg_canvas_line(p->canvas, px, p->area.y, px, bottom, grid);
      if (!numbers) continue;
      lg_canvas_line(p->canvas, px, bottom, px, bottom + (m == 1 ? 5.0 : 3.0), axis);
      if (!named) continue;
      char text[40];
      lg_format_short(m * power_of_ten(d), 3, text);
      lg_canvas_text(p->canvas, px, bottom + 6.0 + f, f, LG_INK_MUTED, LG_TEXT_MIDDLE, text);
    }
  }
  if (label)
    lg_canvas_text(p->canvas, p->area.x + p->area.w, bottom + 7.0 + 2.25 * f, f, LG_INK_TEXT, LG_TEXT_END, label);
}

void lg_dose_shade(const lg_plot *p, double free_low, double free_high, bool words) {
  if (!(free_high > 0.0)) return;
  const double f = p->font, left = p->area.x, right = p->area.x + p->area.w;
  double b = lg_plot_x(p, lg_log10(free_high)), a = free_low > 0.0 ? lg_plot_x(p, lg_log10(free_low)) : b;
  char range[160], low[40], high[40];
  lg_format_short(free_low, 2, low);
  lg_format_short(free_high, 2, high);
  if (b < left || a > right) { /* off the axis: say where it is */
    if (!words) return;
    (void)snprintf(range, sizeof range,
                   b < left ? "\xe2\x86\x90 therapeutic %s \xe2\x80\xa6 %s"
                            : "therapeutic %s \xe2\x80\xa6 %s \xe2\x86\x92",
                   low, high);
    lg_canvas_text(p->canvas, b < left ? left : right, p->area.y - 0.45 * f, 0.88 * f, LG_INK_GREEN,
                   b < left ? 0 : LG_TEXT_END, range);
    return;
  }
  if (a < left) a = left;
  if (b > right) b = right;
  if (b - a < 2.0) a -= 1.0, b += 1.0;
  lg_canvas_rect(p->canvas, (lg_box){a, p->area.y, b - a, p->area.h}, LG_INK_GREEN, 0.14);
  const lg_pen edge = {LG_INK_GREEN, 0.8, LG_DASH_DOTS, 1.0};
  lg_canvas_line(p->canvas, a, p->area.y, a, p->area.y + p->area.h, edge);
  lg_canvas_line(p->canvas, b, p->area.y, b, p->area.y + p->area.h, edge);
  if (!words) return;
  if (free_low > 0.0 && free_low < free_high)
    (void)snprintf(range, sizeof range, "therapeutic, free: %s \xe2\x80\xa6 %s \xc2\xb5M", low, high);
  else (void)snprintf(range, sizeof range, "therapeutic, free: %s \xc2\xb5M", high);
  double x = (a + b) / 2, w = lg_text_width(range, 0.88 * f, 0) / 2;
  if (x - w < left) x = left + w;
  if (x + w > right) x = right - w;
  lg_canvas_text(p->canvas, x, p->area.y - 0.45 * f, 0.88 * f, LG_INK_TEXT, LG_TEXT_MIDDLE, range);
}

void lg_dose_cells(const lg_plot *p, const double *dose, size_t n, double *edges) {
  for (size_t k = 0; k <= n; k++) {
    const double here = k < n && dose[k] > 0.0 ? lg_plot_x(p, lg_log10(dose[k])) : p->area.x;
    const double before = k > 0 && dose[k - 1] > 0.0 ? lg_plot_x(p, lg_log10(dose[k - 1])) : p->area.x;
    if (k == 0 || k == n) {
      /* the first and the last cell are as wide as the space to their one neighbour */
      const double x = k == 0 ? here : before;
      double half = 0.03 * p->area.w;
      if (n > 1) {
        const double a = dose[k == 0 ? 0 : n - 2], b = dose[k == 0 ? 1 : n - 1];
        if (a > 0.0 && b > 0.0) half = (lg_plot_x(p, lg_log10(b)) - lg_plot_x(p, lg_log10(a))) / 2;
      }
      if (half > 0.04 * p->area.w) half = 0.04 * p->area.w;
      edges[k] = k == 0 ? x - half : x + half;
    } else {
      edges[k] = (here + before) / 2;
    }
  }
  if (edges[0] < p->area.x) edges[0] = p->area.x;
  if (edges[n] > p->area.x + p->area.w) edges[n] = p->area.x + p->area.w;
}
