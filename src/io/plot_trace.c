/* Traces of any length on a picture of any width: the extremes of every column, in the order of time. */
#include "io/plot.h"

#include <math.h>

/* First sample whose column is >= c; x_step > 0. */
static size_t first_of_column(double c, double x_first, double x_step, size_t n) {
  const double k = ceil((c - x_first) / x_step);
  if (!(k > 0.0)) return 0;
  return k >= (double)n ? n : (size_t)k;
}

/* Append the extremes of [begin, end): one or two points; all NAN: the first, which lifts the pen. */
static size_t add_extremes(const double *y, size_t begin, size_t end, size_t *at, size_t m) {
  size_t k = begin;
  while (k < end && isnan(y[k])) k++;
  if (k == end) {
    at[m] = begin;
    return m + 1;
  }
  size_t at_low = k, at_high = k;
  double low = y[k], high = y[k];
  for (; k < end; k++) { /* NAN compares false */
    if (y[k] < low) low = y[k], at_low = k;
    if (y[k] > high) high = y[k], at_high = k;
  }
  at[m++] = at_low < at_high ? at_low : at_high;
  if (at_low != at_high) at[m++] = at_low < at_high ? at_high : at_low;
  return m;
}

size_t lg_decimate(const double *y, size_t n, double x_first, double x_step, size_t columns, size_t *at) {
  if (n == 0 || columns == 0 || !isfinite(x_first) || !(x_step > 0.0) || !isfinite(x_step)) return 0;
  const size_t begin = first_of_column(0.0, x_first, x_step, n);
  const size_t end = first_of_column((double)columns, x_first, x_step, n);
  size_t m = 0;
  if (begin > 0) at[m++] = begin - 1;
  size_t k = begin;
  if (end - begin <= 2 * columns) {
    for (; k < end; k++) at[m++] = k;
  } else {
    for (size_t c = 1; c <= columns && k < end; c++) {
      size_t next = first_of_column((double)c, x_first, x_step, n);
      if (c == columns || next > end) next = end;
      if (next > k) m = add_extremes(y, k, next, at, m);
      k = next;
    }
  }
  if (end < n) at[m++] = end;
  return m;
}

/* Columns of the area, and where sample 0 stands in them. */
static size_t columns_of(const lg_plot *p, double t0, double dt, double *first, double *step) {
  const double columns = ceil(p->area.w * lg_canvas_density(p->canvas));
  const double per_unit = columns / (p->x1 - p->x0);
  *first = (t0 - p->x0) * per_unit;
  *step = dt * per_unit;
  return columns >= 1.0 && columns < 1e6 ? (size_t)columns : 0;
}

lg_status lg_plot_trace(lg_ctx *ctx, const lg_plot *p, double t0, double dt, const double *y, size_t n, lg_pen pen) {
  lg_status status = LG_OK;
  size_t *at = NULL;
  lg_point *points = NULL;
  double first, step;
  const size_t columns = columns_of(p, t0, dt, &first, &step);
  if (!y || columns == 0) return LG_OK;
  LG_NEW(ctx, at, 2 * columns + 4);
  LG_NEW(ctx, points, 2 * columns + 4);
  const size_t m = lg_decimate(y, n, first, step, columns, at);
  for (size_t k = 0; k < m; k++) points[k] = (lg_point){lg_plot_x(p, t0 + (double)at[k] * dt), lg_plot_y(p, y[at[k]])};
  lg_canvas_clip(p->canvas, p->area);
  lg_canvas_stroke(p->canvas, points, m, pen);
  lg_canvas_unclip(p->canvas);
done:
  lg_free(ctx, points);
  lg_free(ctx, at);
  return status;
}

lg_status lg_plot_trace_band(lg_ctx *ctx, const lg_plot *p, double t0, double dt, const double *low, const double *high,
                             size_t n, lg_ink ink, double alpha) {
  lg_status status = LG_OK;
  double *x = NULL, *a = NULL, *b = NULL;
  double first, step;
  const size_t columns = columns_of(p, t0, dt, &first, &step);
  if (!low || !high || columns == 0 || n == 0 || !(step > 0.0)) return LG_OK;
  LG_NEW(ctx, x, columns + 1);
  LG_NEW(ctx, a, columns + 1);
  LG_NEW(ctx, b, columns + 1);
  size_t m = 0;
  for (size_t c = 0; c < columns; c++) {
    const size_t begin = first_of_column((double)c, first, step, n);
    const size_t end = first_of_column((double)(c + 1), first, step, n);
    if (begin >= end) continue;
    a[m] = (double)INFINITY;
    b[m] = -(double)INFINITY;
    double unused = (double)INFINITY;
    lg_range_extend(&a[m], &unused, low + begin, end - begin);
    unused = (double)INFINITY;
    lg_range_extend(&unused, &b[m], high + begin, end - begin);
    x[m] = t0 + 0.5 * (double)(begin + end - 1) * dt;
    m++;
  }
  LG_TRY(lg_plot_band(ctx, p, x, a, b, m, ink, alpha));
done:
  lg_free(ctx, x);
  lg_free(ctx, a);
  lg_free(ctx, b);
  return status;
}
