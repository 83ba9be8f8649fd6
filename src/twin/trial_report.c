/* The files of a trial's folder. */
#include "twin/trial_report.h"

#include "twin/trial_report_pictures.h"

#include <math.h>

static const double wide_font = 13.0, narrow_font = 11.0;

static lg_status dose_wide(lg_ctx *ctx, const void *v, lg_canvas *c, lg_box b) {
  return lg_figure_dose(ctx, v, wide_font, c, b);
}
static lg_status dose_narrow(lg_ctx *ctx, const void *v, lg_canvas *c, lg_box b) {
  return lg_figure_dose(ctx, v, narrow_font, c, b);
}
static lg_status fi_wide(lg_ctx *ctx, const void *v, lg_canvas *c, lg_box b) {
  return lg_figure_dose_fi(ctx, v, wide_font, c, b);
}
static lg_status fi_narrow(lg_ctx *ctx, const void *v, lg_canvas *c, lg_box b) {
  return lg_figure_dose_fi(ctx, v, narrow_font, c, b);
}
static lg_status traces_wide(lg_ctx *ctx, const void *v, lg_canvas *c, lg_box b) {
  return lg_figure_dose_traces(ctx, v, wide_font, c, b);
}
static lg_status traces_narrow(lg_ctx *ctx, const void *v, lg_canvas *c, lg_box b) {
  return lg_figure_dose_traces(ctx, v, narrow_font, c, b);
}

void lg_trial_pictures(const lg_trial_view *v, bool narrow, lg_picture *p) {
  const double w = narrow ? 340.0 : 960.0, rows = (double)v->n_traced + 1.0;
  p[LG_TRIAL_DOSE] =
      (lg_picture){"dose", "Response to the dose: verdict, area under the f\xe2\x80\x93I curve, rheobase",
                   w,      narrow ? 560.0 : (v->has_probability ? 660.0 : 560.0),
                   true,   narrow ? dose_narrow : dose_wide};
  p[LG_TRIAL_FI] = (lg_picture){"fi",
                                "Spikes against current, untreated and at several doses",
                                w,
                                narrow ? 320.0 : 460.0,
                                lg_figure_dose_fi_possible(v),
                                narrow ? fi_narrow : fi_wide};
  p[LG_TRIAL_TRACES] = (lg_picture){"traces",
                                    "The same step before and after the drug",
                                    w,
                                    rows * (narrow ? 105.0 : 140.0) + 60.0,
                                    lg_figure_dose_traces_possible(v),
                                    narrow ? traces_narrow : traces_wide};
}

static lg_status put_run(lg_ctx *ctx, const void *view, FILE *s) {
  return lg_trial_put_json(ctx, view, LG_TRIAL_WITH_TRACES, s);
}

static lg_status render(lg_ctx *ctx, const lg_trial_view *v, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  lg_picture pictures[LG_TRIAL_PICTURES];
  lg_trial_pictures(v, false, pictures);
  if (what & LG_REPORT_HTML) LG_TRY(lg_folder_write(ctx, dir, "report.html", lg_trial_put_html, v));
  if (what & LG_REPORT_PDF) LG_TRY(lg_folder_write(ctx, dir, "report.pdf", lg_trial_put_pdf, v));
  if (what & LG_REPORT_FIGURES) LG_TRY(lg_folder_pictures(ctx, dir, pictures, LG_TRIAL_PICTURES, v));
done:
  return status;
}

lg_status lg_trial_json(lg_ctx *ctx, const lg_trial_report_data *data, FILE *stream) {
  lg_status status = LG_OK;
  lg_trial_view *v = NULL;
  LG_TRY(lg_trial_view_create(ctx, data, &v));
  LG_TRY(lg_trial_put_json(ctx, v, LG_TRIAL_WITH_NEURONS, stream));
done:
  lg_trial_view_destroy(ctx, v);
  return status;
}

lg_status lg_trial_report_write(lg_ctx *ctx, const lg_trial_report_data *data, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  lg_trial_view *v = NULL;
  LG_TRY(lg_trial_view_create(ctx, data, &v));
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(lg_folder_write(ctx, dir, "trial.json", put_run, v));
  LG_TRY(render(ctx, v, dir, what));
done:
  lg_trial_view_destroy(ctx, v);
  return status;
}

lg_status lg_trial_report_render(lg_ctx *ctx, const lg_trial_report_data *data, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  lg_trial_view *v = NULL;
  LG_TRY(lg_trial_view_create(ctx, data, &v));
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(render(ctx, v, dir, what));
done:
  lg_trial_view_destroy(ctx, v);
  return status;
}
