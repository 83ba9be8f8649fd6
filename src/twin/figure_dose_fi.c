/* The family of f–I curves: the untreated neuron dark, doses in one hue that grows stronger, each with its own mark and
 * its name at its end. */
#include "twin/figure_verdict.h"
#include "twin/trial_report_view.h"

#include <math.h>

static const lg_mark marks[LG_TRIAL_SHOWN] = {LG_MARK_RING, LG_MARK_SQUARE, LG_MARK_DIAMOND, LG_MARK_CROSS,
                                              LG_MARK_DISC};
static const lg_dash dashes[LG_TRIAL_SHOWN] = {LG_DASH_DOTS, LG_DASH_DOT_LONG, LG_DASH_LONG, LG_DASH_SOLID,
                                               LG_DASH_SOLID};
static const lg_ink inks[LG_TRIAL_SHOWN] = {LG_INK_SKY, LG_INK_SKY, LG_INK_BLUE, LG_INK_PURPLE, LG_INK_VERMILLION};

bool lg_figure_dose_fi_possible(const lg_trial_view *v) {
  return v->data.n_levels > 1 && v->data.n_spikes && v->n_shown > 0;
}

/* Which of the five looks dose j of n gets: the strongest dose always the last. */
static size_t look_of(size_t j, size_t n) { return LG_TRIAL_SHOWN - n + j; }

/* Words at the right end of a curve, moved apart where they would touch. */
typedef struct label {
  double y;
  char text[64];
  lg_ink ink;
  lg_mark mark;
  bool bold;
} label;

static void spread(label *l, size_t n, double step, double top, double bottom) {
  for (size_t k = 1; k < n; k++) /* by height: few, so by insertion */
    for (size_t j = k; j > 0 && l[j].y < l[j - 1].y; j--) {
      const label swap = l[j];
      l[j] = l[j - 1];
      l[j - 1] = swap;
    }
  if (n > 0 && l[0].y < top) l[0].y = top;
  for (size_t k = 1; k < n; k++)
    if (l[k].y < l[k - 1].y + step) l[k].y = l[k - 1].y + step;
  if (n > 0 && l[n - 1].y > bottom) l[n - 1].y = bottom;
  for (size_t k = n; k-- > 1;)
    if (l[k - 1].y > l[k].y - step) l[k - 1].y = l[k].y - step;
}

static double last_finite(const double *y, size_t n) {
  for (size_t k = n; k-- > 0;)
    if (isfinite(y[k])) return y[k];
  return 0.0;
}

static lg_status draw(lg_ctx *ctx, const lg_trial_view *v, const lg_plot *p) {
  lg_status status = LG_OK;
  const lg_trial_report_data *d = &v->data;
  const double f = p->font;
  if (d->n_spikes_lo && d->n_spikes_hi)
    LG_TRY(lg_plot_band(ctx, p, d->i_pA, d->n_spikes_lo, d->n_spikes_hi, d->n_levels, LG_INK_TEXT, 0.1));
  for (size_t j = 0; j < v->n_shown; j++) {
    const lg_trial_dose *t = &v->doses[v->shown[j]];
    /* curves that lie on each other would pile up their bands */
    if (t->lo && t->hi && (t->verdict != LG_VERDICT_UNCHANGED || j + 1 == v->n_shown))
      LG_TRY(lg_plot_band(ctx, p, d->i_pA, t->lo, t->hi, d->n_levels, inks[look_of(j, v->n_shown)], 0.1));
  }
  LG_TRY(lg_plot_line(ctx, p, d->i_pA, d->n_spikes, d->n_levels, (lg_pen){LG_INK_TEXT, 0.2 * f, LG_DASH_SOLID, 1.0}));
  lg_plot_marks(p, d->i_pA, d->n_spikes, d->n_levels, 0.27 * f, LG_MARK_DISC, LG_INK_TEXT);
  for (size_t j = 0; j < v->n_shown; j++) {
    const size_t k = look_of(j, v->n_shown);
    const double *y = v->doses[v->shown[j]].n_spikes;
    LG_TRY(lg_plot_line(ctx, p, d->i_pA, y, d->n_levels, (lg_pen){inks[k], 0.15 * f, dashes[k], 1.0}));
    lg_plot_marks(p, d->i_pA, y, d->n_levels, 0.26 * f, marks[k], inks[k]);
  }
done:
  return status;
}

lg_status lg_figure_dose_fi(lg_ctx *ctx, const lg_trial_view *v, double f, lg_canvas *c, lg_box box) {
  const lg_trial_report_data *d = &v->data;
  label labels[LG_TRIAL_SHOWN + 1];
  double wide = 0.0;
  for (size_t j = 0; j <= v->n_shown; j++) {
    char dose[48];
    const bool base = j == v->n_shown;
    const double *y = base ? d->n_spikes : v->doses[v->shown[j]].n_spikes;
    (void)snprintf(labels[j].text, sizeof labels[j].text, "%s",
                   base ? "untreated" : lg_dose_words(v->doses[v->shown[j]].dose_uM, dose));
    labels[j].y = last_finite(y, d->n_levels);
    labels[j].ink = base ? LG_INK_TEXT : inks[look_of(j, v->n_shown)];
    labels[j].mark = base ? LG_MARK_DISC : marks[look_of(j, v->n_shown)];
    labels[j].bold = base;
    const double w = lg_text_width(labels[j].text, f, base ? LG_TEXT_BOLD : 0);
    if (w > wide) wide = w;
  }
  const double left = 2.8 * f, right = wide + 1.6 * f, top = box.y + 2.0 * f;
  lg_plot p = {.canvas = c,
               .font = f,
               .area = {box.x + left, top, box.w - left - right, box.y + box.h - 3.2 * f - top},
               .x0 = (double)INFINITY,
               .x1 = -(double)INFINITY,
               .y1 = 1.0};
  lg_range_extend(&p.x0, &p.x1, d->i_pA, d->n_levels);
  lg_range_extend(&p.y0, &p.y1, d->n_spikes, d->n_levels);
  lg_range_extend(&p.y0, &p.y1, d->n_spikes_hi, d->n_levels);
  for (size_t j = 0; j < v->n_shown; j++) {
    lg_range_extend(&p.y0, &p.y1, v->doses[v->shown[j]].n_spikes, d->n_levels);
    lg_range_extend(&p.y0, &p.y1, v->doses[v->shown[j]].hi, d->n_levels);
  }
  lg_range_pad(&p.x0, &p.x1, 0.03);
  lg_range_pad(&p.y0, &p.y1, 0.05);
  char name[96], ms[40];
  lg_format_fixed(d->step_ms, 0, ms);
  if (isfinite(d->step_ms)) (void)snprintf(name, sizeof name, "spikes during the step of %s ms (count)", ms);
  else (void)snprintf(name, sizeof name, "spikes during the step (count)");
  lg_plot_frame(&p, LG_FRAME_USUAL, "current of the step (pA)", name);
  const lg_status status = draw(ctx, v, &p);
  if (status != LG_OK) return status;
  for (size_t j = 0; j <= v->n_shown; j++) labels[j].y = lg_plot_y(&p, labels[j].y);
  spread(labels, v->n_shown + 1, 1.25 * f, p.area.y, p.area.y + p.area.h);
  for (size_t j = 0; j <= v->n_shown; j++) {
    const double x = p.area.x + p.area.w + 0.5 * f;
    lg_mark_at(c, x + 0.2 * f, labels[j].y, 0.28 * f, labels[j].mark, labels[j].ink);
    lg_canvas_text(c, x + 0.8 * f, labels[j].y + 0.36 * f, f, LG_INK_TEXT, labels[j].bold ? LG_TEXT_BOLD : 0,
                   labels[j].text);
  }
  return LG_OK;
}

void lg_figure_dose_fi_words(const void *user, FILE *s) {
  const lg_trial_view *v = user;
  const lg_trial_report_data *d = &v->data;
  char a[40], b[40], dose[48];
  if (!lg_figure_dose_fi_possible(v)) return;
  lg_format_short(d->i_pA[0], 3, a);
  lg_format_short(d->i_pA[d->n_levels - 1], 3, b);
  (void)fprintf(s, "Spikes at %zu currents from %s to %s pA.", d->n_levels, a, b);
  lg_format_short(d->n_spikes[d->n_levels - 1], 3, a);
  (void)fprintf(s, " At the strongest current the untreated neuron fires %s spikes", a);
  for (size_t j = 0; j < v->n_shown; j++) {
    lg_format_short(last_finite(v->doses[v->shown[j]].n_spikes, d->n_levels), 3, a);
    (void)fprintf(s, ", %s at %s", a, lg_dose_words(v->doses[v->shown[j]].dose_uM, dose));
  }
  (void)fputc('.', s);
}
