#include "io/plot_recording.h"

#include <math.h>

enum { INKS = 7 };

/* The k-th drawn sweep; recorded traces stay solid, their currents below tell them apart as well. */
static lg_pen pen_of(size_t k, double font) {
  static const lg_ink inks[INKS] = {LG_INK_TEXT,   LG_INK_BLUE, LG_INK_VERMILLION, LG_INK_GREEN,
                                    LG_INK_PURPLE, LG_INK_SKY,  LG_INK_ORANGE};
  return (lg_pen){inks[k % INKS], 0.09 * font, LG_DASH_SOLID, 1.0};
}

static bool wanted(const lg_sweep *s, const lg_recording_figure *how) {
  return s->n > 0 && (how->sweep < 0 || s->number == how->sweep);
}

static void window_of(const lg_recording *rec, const lg_recording_figure *how, double *t0, double *t1) {
  *t0 = how->t0_ms;
  *t1 = how->t1_ms;
  if (*t1 > *t0) return;
  *t0 = 0.0;
  *t1 = 0.0;
  for (size_t k = 0; k < rec->n_sweeps; k++)
    if (wanted(&rec->sweeps[k], how)) *t1 = fmax(*t1, (double)rec->sweeps[k].n * rec->sweeps[k].dt_ms);
}

/* Range of a sweep's values between two times. */
static void extend(const lg_sweep *s, const double *y, double t0, double t1, double *low, double *high) {
  const double a = ceil(t0 / s->dt_ms), b = floor(t1 / s->dt_ms);
  const size_t begin = a > 0.0 ? (a < (double)s->n ? (size_t)a : s->n) : 0;
  const size_t end = b > 0.0 ? (b < (double)s->n ? (size_t)b + 1 : s->n) : 0;
  if (y && end > begin) lg_range_extend(low, high, y + begin, (end < s->n ? end : s->n) - begin);
}

static void ranges(const lg_recording *rec, const lg_recording_figure *how, double t0, double t1, double v[2],
                   double i[2]) {
  v[0] = i[0] = (double)INFINITY;
  v[1] = i[1] = -(double)INFINITY;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    if (!wanted(&rec->sweeps[k], how)) continue;
    extend(&rec->sweeps[k], rec->sweeps[k].v_mV, t0, t1, &v[0], &v[1]);
    extend(&rec->sweeps[k], rec->sweeps[k].i_pA, t0, t1, &i[0], &i[1]);
  }
}

/* A legend while it can be read: up to seven sweeps. Returns the height used. */
static double legend(const lg_recording *rec, const lg_recording_figure *how, lg_canvas *c, lg_box box) {
  lg_legend entries[INKS];
  char names[INKS][48];
  size_t n = 0;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    if (!wanted(s, how)) continue;
    if (n == INKS) return 0.0;
    char pA[40];
    lg_format_fixed(s->step_pA, 0, pA);
    if (s->has_step) (void)snprintf(names[n], sizeof names[n], "%s pA", pA);
    else (void)snprintf(names[n], sizeof names[n], "sweep %d", s->number);
    entries[n] = (lg_legend){names[n], pen_of(n, how->font * 1.4), -1, LG_INK_TEXT, 0.0};
    n++;
  }
  return lg_legend_row(c, box.x, box.y + how->font, box.w, how->font, entries, n) + 0.3 * how->font;
}

static lg_status traces(lg_ctx *ctx, const lg_recording *rec, const lg_recording_figure *how, const lg_plot *p,
                        bool current) {
  size_t n = 0;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    if (!wanted(s, how)) continue;
    const lg_status status =
        lg_plot_trace(ctx, p, 0.0, s->dt_ms, current ? s->i_pA : s->v_mV, s->n, pen_of(n++, how->font));
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

lg_status lg_plot_recording(lg_ctx *ctx, const lg_recording *rec, const lg_recording_figure *how, lg_canvas *c,
                            lg_box box) {
  lg_status status = LG_OK;
  double t0, t1, v[2], i[2];
  const double f = how->font;
  window_of(rec, how, &t0, &t1);
  ranges(rec, how, t0, t1, v, i);
  if (!(t1 > t0))
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no sweep %d among the %zu", how->sweep, rec->n_sweeps);
  if (!(v[1] >= v[0])) return lg_fail(ctx, LG_ERR_RANGE, "no sample lies between %g and %g ms", t0, t1);
  const bool current = i[1] >= i[0];
  const double top = box.y + legend(rec, how, c, box) + 1.8 * f, bottom = box.y + box.h - 3.1 * f, gap = 2.4 * f;
  const double strip = current ? 0.2 * (bottom - top) : 0.0;
  lg_range_pad(&v[0], &v[1], 0.05);
  lg_range_pad(&i[0], &i[1], 0.1);
  lg_plot p = {.canvas = c, .font = f, .x0 = t0, .x1 = t1, .y0 = v[0], .y1 = v[1]};
  p.area = (lg_box){box.x + 3.6 * f, top, box.w - 4.4 * f, bottom - top - (current ? strip + gap : 0.0)};
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, "membrane potential (mV)");
  LG_TRY(traces(ctx, rec, how, &p, false));
  if (current) {
    p.area.y += p.area.h + gap;
    p.area.h = strip;
    p.y0 = i[0];
    p.y1 = i[1];
    p.y_ticks = 3;
    lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, "injected current (pA)");
    LG_TRY(traces(ctx, rec, how, &p, true));
  }
  lg_plot_frame(&p, LG_FRAME_X | LG_FRAME_LINE, "time (ms)", NULL);
done:
  return status;
}

void lg_plot_recording_words(const lg_recording *rec, const lg_recording_figure *how, FILE *stream) {
  double t0, t1, v[2], i[2];
  size_t n = 0;
  char a[40], b[40];
  window_of(rec, how, &t0, &t1);
  ranges(rec, how, t0, t1, v, i);
  for (size_t k = 0; k < rec->n_sweeps; k++) n += wanted(&rec->sweeps[k], how) ? 1 : 0;
  lg_format_short(v[0], 3, a);
  lg_format_short(v[1], 3, b);
  (void)fprintf(stream, "%zu sweep%s from %g to %g ms; potential between %s and %s mV", n, n == 1 ? "" : "s", t0, t1, a,
                b);
  lg_format_short(i[0], 3, a);
  lg_format_short(i[1], 3, b);
  if (i[1] >= i[0]) (void)fprintf(stream, ", current between %s and %s pA", a, b);
  (void)fputc('.', stream);
}
