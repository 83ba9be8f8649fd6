/* Spikes against current: recorded (discs: fitted, rings: held out), the twin with its band. */
#include "twin/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct fi_point {
  double pA, recorded, twin, low, high;
  bool fitted;
} fi_point;

static int by_current(const void *a, const void *b) {
  const double x = ((const fi_point *)a)->pA, y = ((const fi_point *)b)->pA;
  return x < y ? -1 : (x > y ? 1 : 0);
}

static size_t collect(const lg_report_view *v, fi_point *to) {
  size_t n = 0;
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    const lg_report_sweep *s = &v->sweeps[k];
    if (!isfinite(s->step_pA) || (s->n_spikes < 0 && s->n_spikes_twin < 0)) continue;
    to[n++] = (fi_point){s->step_pA,
                         s->n_spikes >= 0 ? (double)s->n_spikes : (double)NAN,
                         s->n_spikes_twin >= 0 ? (double)s->n_spikes_twin : (double)NAN,
                         s->n_spikes_twin_lo,
                         s->n_spikes_twin_hi,
                         s->fitted};
  }
  if (n > 1) qsort(to, n, sizeof *to, by_current);
  return n;
}

bool lg_figure_fi_possible(const lg_report_view *v) {
  for (size_t k = 0; k < v->data.n_sweeps; k++)
    if (isfinite(v->sweeps[k].step_pA) && v->sweeps[k].n_spikes >= 0) return true;
  return v->data.n_fi > 1;
}

/* Length of the step when all agree, else NAN. */
static double step_length(const lg_report_view *v) {
  double length = (double)NAN;
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    const double l = v->sweeps[k].step_off_ms - v->sweeps[k].step_on_ms;
    if (!isfinite(l)) continue;
    if (isnan(length)) length = l;
    else if (fabs(l - length) > 1.0) return (double)NAN;
  }
  return length;
}

static void y_label(const lg_report_view *v, char *buffer, size_t bytes) {
  const double length = step_length(v);
  char ms[40];
  if (isfinite(length)) {
    lg_format_fixed(length, 0, ms);
    (void)snprintf(buffer, bytes, "spikes during the step of %s ms (count)", ms);
  } else {
    (void)snprintf(buffer, bytes, "spikes during the step (count)");
  }
}

/* The twin's curve: the fine grid, or the sweeps joined. */
static lg_status draw_twin(lg_ctx *ctx, const lg_report_view *v, const lg_plot *p, const fi_point *at, size_t n) {
  lg_status status = LG_OK;
  const lg_report_data *d = &v->data;
  const lg_pen pen = {LG_INK_BLUE, p->font * 0.15, LG_DASH_LONG, 1.0};
  double *x = NULL, *y = NULL, *low = NULL, *high = NULL;
  if (d->n_fi > 1) {
    if (d->fi_lo && d->fi_hi) LG_TRY(lg_plot_band(ctx, p, d->fi_pA, d->fi_lo, d->fi_hi, d->n_fi, LG_INK_BLUE, 0.18));
    LG_TRY(lg_plot_line(ctx, p, d->fi_pA, d->fi_spikes, d->n_fi, pen));
  } else if (n > 0) {
    LG_NEW(ctx, x, n);
    LG_NEW(ctx, y, n);
    LG_NEW(ctx, low, n);
    LG_NEW(ctx, high, n);
    for (size_t k = 0; k < n; k++) x[k] = at[k].pA, y[k] = at[k].twin, low[k] = at[k].low, high[k] = at[k].high;
    LG_TRY(lg_plot_band(ctx, p, x, low, high, n, LG_INK_BLUE, 0.18));
    LG_TRY(lg_plot_line(ctx, p, x, y, n, pen));
  }
done:
  lg_free(ctx, x);
  lg_free(ctx, y);
  lg_free(ctx, low);
  lg_free(ctx, high);
  return status;
}

static void draw_marks(const lg_plot *p, const fi_point *at, size_t n) {
  for (size_t k = 0; k < n; k++)
    lg_plot_marks(p, &at[k].pA, &at[k].twin, 1, 0.24 * p->font, LG_MARK_DIAMOND, LG_INK_BLUE);
  for (size_t k = 0; k < n; k++)
    lg_plot_marks(p, &at[k].pA, &at[k].recorded, 1, 0.33 * p->font, at[k].fitted ? LG_MARK_DISC : LG_MARK_RING,
                  at[k].fitted ? LG_INK_TEXT : LG_INK_VERMILLION);
}

static void find_range(const lg_report_view *v, const fi_point *at, size_t n, lg_plot *p) {
  const lg_report_data *d = &v->data;
  p->x0 = (double)INFINITY;
  p->x1 = -(double)INFINITY;
  p->y0 = 0.0;
  p->y1 = 1.0;
  for (size_t k = 0; k < n; k++) {
    lg_range_extend(&p->x0, &p->x1, &at[k].pA, 1);
    lg_range_extend(&p->y0, &p->y1, &at[k].recorded, 1);
    lg_range_extend(&p->y0, &p->y1, &at[k].twin, 1);
    lg_range_extend(&p->y0, &p->y1, &at[k].high, 1);
  }
  if (d->n_fi > 1) {
    lg_range_extend(&p->x0, &p->x1, d->fi_pA, d->n_fi);
    lg_range_extend(&p->y0, &p->y1, d->fi_spikes, d->n_fi);
    lg_range_extend(&p->y0, &p->y1, d->fi_hi, d->n_fi);
  }
  lg_range_pad(&p->x0, &p->x1, 0.04);
  lg_range_pad(&p->y0, &p->y1, 0.06);
}

lg_status lg_figure_fi(lg_ctx *ctx, const lg_report_view *v, double f, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  fi_point *at = NULL;
  LG_NEW(ctx, at, v->data.n_sweeps + 1);
  const size_t n = collect(v, at);
  const lg_pen none = {LG_INK_TEXT, 0.0, LG_DASH_SOLID, 1.0};
  const lg_legend entries[4] = {
      {"recorded, fitted sweep", none, LG_MARK_DISC, LG_INK_TEXT, 0.0},
      {"recorded, predicted sweep", none, LG_MARK_RING, LG_INK_VERMILLION, 0.0},
      {"twin", {LG_INK_BLUE, f * 0.15, LG_DASH_LONG, 1.0}, LG_MARK_DIAMOND, LG_INK_BLUE, 0.0},
      {"95 % posterior band", {LG_INK_BLUE, 0.0, LG_DASH_SOLID, 1.0}, -1, LG_INK_BLUE, 0.18},
  };
  bool band = v->data.n_fi > 1 && v->data.fi_lo && v->data.fi_hi;
  for (size_t k = 0; k < n; k++) band = band || isfinite(at[k].low);
  const double used = lg_legend_row(c, box.x, box.y + f, box.w, f, entries, band ? 4 : 3);
  const double top = box.y + used + 2.2 * f, left = 2.8 * f;
  lg_plot p = {
      .canvas = c, .font = f, .area = {box.x + left, top, box.w - left - 0.8 * f, box.y + box.h - 3.2 * f - top}};
  find_range(v, at, n, &p);
  char label[80];
  y_label(v, label, sizeof label);
  lg_plot_frame(&p, LG_FRAME_USUAL, "current of the step (pA)", label);
  LG_TRY(draw_twin(ctx, v, &p, at, n));
  draw_marks(&p, at, n);
done:
  lg_free(ctx, at);
  return status;
}

static void say_error(const lg_report_error *e, const char *kind, FILE *stream) {
  if (e->n_counts == 0) return;
  char rmse[40], r2[40];
  lg_format_significant(e->count_rmse, 3, rmse);
  lg_format_fixed(e->count_r2, 3, r2);
  (void)fprintf(stream, " Over the %zu %s sweep%s the root mean square error is %s spikes", e->n_counts, kind,
                e->n_counts == 1 ? "" : "s", rmse);
  if (isfinite(e->count_r2)) (void)fprintf(stream, " (R\xc2\xb2 %s)", r2);
  (void)fputc('.', stream);
}

void lg_figure_fi_words(const lg_report_view *v, FILE *stream) {
  double low = (double)INFINITY, high = -(double)INFINITY, rheobase = (double)INFINITY,
         twin_rheobase = (double)INFINITY;
  int most = 0;
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    const lg_report_sweep *s = &v->sweeps[k];
    if (!isfinite(s->step_pA)) continue;
    lg_range_extend(&low, &high, &s->step_pA, 1);
    if (s->n_spikes > 0 && s->step_pA < rheobase) rheobase = s->step_pA;
    if (s->n_spikes_twin > 0 && s->step_pA < twin_rheobase) twin_rheobase = s->step_pA;
    if (s->n_spikes > most) most = s->n_spikes;
  }
  char a[40], b[40];
  lg_format_significant(low, 3, a);
  lg_format_significant(high, 3, b);
  (void)fprintf(stream, "Steps from %s to %s pA; at most %d spikes were recorded.", a, b, most);
  lg_format_significant(rheobase, 3, a);
  lg_format_significant(twin_rheobase, 3, b);
  if (isfinite(rheobase) && isfinite(twin_rheobase))
    (void)fprintf(stream, " The smallest step with a spike is %s pA in the recording and %s pA in the twin.", a, b);
  say_error(&v->fitted, "fitted", stream);
  say_error(&v->predicted, "predicted", stream);
}
