/* Figures of a set of strain profiles, and their picture. */
#include "twin/axon_profiles_summary.h"

#include "io/plot.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_LINES = 12, N_PENS = 7, N_BANDS = 5 };

static double summarise_one(const axon_profiles *p, size_t k, axon_profiles_summary *s) {
  const double *x = p->strain + k * p->n_times;
  double peak = 0.0;
  for (size_t t = 0; t < p->n_times; t++) {
    const double rate = t > 0 ? fabs(x[t] - x[t - 1]) / p->dt_s : 0.0;
    peak = fmax(peak, fabs(x[t]));
    if (x[t] < s->least) s->least = x[t], s->least_at = k;
    if (x[t] > s->greatest) s->greatest = x[t], s->greatest_at = k;
    if (rate > s->rate) s->rate = rate, s->rate_at = k;
  }
  for (size_t d = 0; p->position_mm && d < 3; d++) {
    s->place_low[d] = fmin(s->place_low[d], p->position_mm[3 * k + d]);
    s->place_high[d] = fmax(s->place_high[d], p->position_mm[3 * k + d]);
  }
  return peak;
}

lg_status lg_axon_profiles_summarise(lg_ctx *ctx, const axon_profiles *p, axon_profiles_summary *s) {
  static const double shares[3] = {0.05, 0.5, 0.95};
  *s = (axon_profiles_summary){0};
  for (size_t d = 0; d < 3; d++) s->place_low[d] = s->place_high[d] = (double)NAN; /* fmin and fmax take the number */
  double *peaks = lg_alloc(ctx, p->n, sizeof *peaks);
  if (!peaks) return LG_ERR_MEMORY;
  for (size_t k = 0; k < p->n; k++) peaks[k] = summarise_one(p, k, s);
  qsort(peaks, p->n, sizeof *peaks, lg_ascending);
  for (size_t q = 0; q < 3; q++) s->peak[q] = lg_quantile(peaks, p->n, shares[q]);
  lg_free(ctx, peaks);
  return LG_OK;
}

/* ---- the picture ---------------------------------------------------------------------------------------------- */

static lg_pen pen_of(size_t k, double width) {
  static const lg_ink inks[N_PENS] = {LG_INK_TEXT,   LG_INK_VERMILLION, LG_INK_BLUE, LG_INK_GREEN,
                                      LG_INK_ORANGE, LG_INK_PURPLE,     LG_INK_SKY};
  return (lg_pen){inks[k % N_PENS], width, (lg_dash)(k % LG_DASH_COUNT), 1.0};
}

/* The axes below a legend. */
static void set_up(lg_plot *plot, const lg_legend *legend, size_t n_legend, double y0, double y1, lg_box box) {
  const double font = plot->font;
  const double used = lg_legend_row(plot->canvas, box.x, box.y + font, box.w, font, legend, n_legend);
  const double top = box.y + used + 2.4 * font;
  plot->area = (lg_box){box.x + 4.8 * font, top, box.w - 5.8 * font, box.y + box.h - 3.1 * font - top};
  plot->y0 = y0;
  plot->y1 = y1;
  lg_range_pad(&plot->y0, &plot->y1, 0.05);
  lg_plot_frame(plot, LG_FRAME_USUAL, "time (ms)", "strain of the fibre");
}

static lg_status draw_lines(lg_ctx *ctx, const axon_profiles *p, lg_plot *plot, lg_box box) {
  lg_status status = LG_OK;
  lg_legend legend[MOST_LINES];
  double low = 0.0, high = 0.0;
  for (size_t k = 0; k < p->n; k++)
    legend[k] = (lg_legend){.text = p->names[k], .pen = pen_of(k, 0.12 * plot->font), .mark = -1};
  lg_range_extend(&low, &high, p->strain, p->n * p->n_times);
  set_up(plot, legend, p->n, low, high, box);
  for (size_t k = 0; k < p->n; k++)
    LG_TRY(lg_plot_trace(ctx, plot, 0.0, 1e3 * p->dt_s, p->strain + k * p->n_times, p->n_times,
                         pen_of(k, 0.12 * plot->font)));
done:
  return status;
}

/* Quantiles over profiles at every time, (N_BANDS, n_times). */
static lg_status quantiles(lg_ctx *ctx, const axon_profiles *p, double *out) {
  static const double shares[N_BANDS] = {0.05, 0.25, 0.5, 0.75, 0.95};
  double *at = lg_alloc(ctx, p->n, sizeof *at);
  if (!at) return LG_ERR_MEMORY;
  for (size_t t = 0; t < p->n_times; t++) {
    for (size_t k = 0; k < p->n; k++) at[k] = p->strain[k * p->n_times + t];
    qsort(at, p->n, sizeof *at, lg_ascending);
    for (size_t q = 0; q < N_BANDS; q++) out[q * p->n_times + t] = lg_quantile(at, p->n, shares[q]);
  }
  lg_free(ctx, at);
  return LG_OK;
}

static lg_status draw_bands(lg_ctx *ctx, const axon_profiles *p, lg_plot *plot, lg_box box) {
  lg_status status = LG_OK;
  axon_profiles_summary s;
  double *q = NULL, *times = NULL, low = 0.0, high = 0.0;
  char most_text[120];
  const size_t n = p->n_times;
  const double dt = 1e3 * p->dt_s, thick = 0.14 * plot->font;
  LG_TRY(lg_axon_profiles_summarise(ctx, p, &s));
  LG_NEW(ctx, q, N_BANDS * n);
  LG_TRY(quantiles(ctx, p, q));
  const size_t most = fabs(s.least) > s.greatest ? s.least_at : s.greatest_at;
  const double *extreme = p->strain + most * n;
  (void)snprintf(most_text, sizeof most_text, "greatest: %.60s", p->names[most]);
  const lg_pen median = {LG_INK_TEXT, thick, LG_DASH_SOLID, 1.0}, outer = {LG_INK_VERMILLION, thick, LG_DASH_LONG, 1.0};
  const lg_legend legend[] = {
      {.text = "median", .pen = median, .mark = -1},
      {.text = "25 to 75 %", .pen = {LG_INK_BLUE, 0.0, LG_DASH_SOLID, 1.0}, .mark = -1, .patch_alpha = 0.45},
      {.text = "5 to 95 %", .pen = {LG_INK_BLUE, 0.0, LG_DASH_SOLID, 1.0}, .mark = -1, .patch_alpha = 0.2},
      {.text = most_text, .pen = outer, .mark = -1},
  };
  lg_range_extend(&low, &high, q, N_BANDS * n);
  lg_range_extend(&low, &high, extreme, n);
  set_up(plot, legend, sizeof legend / sizeof legend[0], low, high, box);
  LG_NEW(ctx, times, n);
  for (size_t t = 0; t < n; t++) times[t] = (double)t * dt;
  LG_TRY(lg_plot_band(ctx, plot, times, q, q + 4 * n, n, LG_INK_BLUE, 0.2));
  LG_TRY(lg_plot_band(ctx, plot, times, q + n, q + 3 * n, n, LG_INK_BLUE, 0.3));
  LG_TRY(lg_plot_trace(ctx, plot, 0.0, dt, extreme, n, outer));
  LG_TRY(lg_plot_trace(ctx, plot, 0.0, dt, q + 2 * n, n, median));
done:
  lg_free(ctx, times);
  lg_free(ctx, q);
  return status;
}

lg_status lg_axon_profiles_draw(lg_ctx *ctx, const axon_profiles *p, double from_ms, double to_ms, double font,
                                lg_canvas *canvas, lg_box box) {
  lg_plot plot = {.canvas = canvas, .font = font, .x0 = from_ms, .x1 = to_ms};
  if (!(to_ms > from_ms)) plot.x0 = 0.0, plot.x1 = 1e3 * p->dt_s * (double)(p->n_times - 1);
  return p->n <= MOST_LINES ? draw_lines(ctx, p, &plot, box) : draw_bands(ctx, p, &plot, box);
}
