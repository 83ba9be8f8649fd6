/* The files of a screen's report. */
#include "twin/screen_report.h"

#include "twin/screen_report_view.h"

#include <math.h>

static const double wide_font = 12.0, narrow_font = 10.5;

static size_t rows(const lg_screen_view *v) {
  return v->data.n_compounds < LG_SCREEN_ROWS ? v->data.n_compounds : LG_SCREEN_ROWS;
}

static lg_status heat_wide(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat(ctx, user, 0, rows(user), wide_font, c, b);
}
static lg_status heat_narrow(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat(ctx, user, 0, rows(user), narrow_font, c, b);
}
static lg_status strip_wide(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_strip(ctx, user, rows(user), wide_font, c, b);
}
static lg_status strip_narrow(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_strip(ctx, user, rows(user), narrow_font, c, b);
}
static lg_status counts_wide(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_counts(ctx, user, wide_font, c, b);
}
static lg_status counts_narrow(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_counts(ctx, user, narrow_font, c, b);
}
static lg_status curves_wide(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_curves(ctx, user, 4, wide_font, c, b);
}
static lg_status curves_narrow(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_curves(ctx, user, 2, narrow_font, c, b);
}
static lg_status affected_wide(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_affected(ctx, user, wide_font, c, b);
}
static lg_status affected_narrow(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_affected(ctx, user, narrow_font, c, b);
}

static lg_status shares_wide(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_shares(ctx, user, 3, wide_font, c, b);
}
static lg_status shares_narrow(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  return lg_figure_heat_shares(ctx, user, 1, narrow_font, c, b);
}

void lg_screen_pictures(const lg_screen_view *v, bool narrow, lg_picture *p) {
  const double w = narrow ? 340.0 : 1000.0, f = narrow ? narrow_font : wide_font;
  const size_t curves = lg_figure_heat_curves_n(v), columns = narrow ? 2 : 4, wide = narrow ? 1 : 3;
  p[LG_SCREEN_HEAT] = (lg_picture){"heat", "Verdict of every compound at every dose",
                                   w,      lg_figure_heat_height(v, rows(v), w - 28.0, f) + 28.0,
                                   true,   narrow ? heat_narrow : heat_wide};
  p[LG_SCREEN_STRIP] = (lg_picture){"strip",
                                    "All other compounds, grouped by what they do",
                                    w,
                                    7.0 * (double)(v->data.n_doses < 20 ? v->data.n_doses : 20) + 9.0 * f,
                                    v->data.n_compounds > LG_SCREEN_ROWS,
                                    narrow ? strip_narrow : strip_wide};
  p[LG_SCREEN_COUNTS] = (lg_picture){
      "counts", "Verdicts at every dose", w, narrow ? 300.0 : 340.0, true, narrow ? counts_narrow : counts_wide};
  const size_t dose_rows = (curves + columns - 1) / columns, share_rows = (curves + wide - 1) / wide;
  p[LG_SCREEN_DOSE] = (lg_picture){"dose",
                                   "Response to the dose, first compounds of the ranking",
                                   w,
                                   (double)dose_rows * (narrow ? 130.0 : 165.0) + 50.0,
                                   v->data.n_doses > 1,
                                   narrow ? curves_narrow : curves_wide};
  p[LG_SCREEN_AFFECTED] = (lg_picture){"affected", "Share of virtual patients that each compound affects",
                                       w,          lg_figure_heat_affected_height(v, f) + 28.0,
                                       v->many,    narrow ? affected_narrow : affected_wide};
  p[LG_SCREEN_SHARES] = (lg_picture){"shares", "Verdicts of the virtual patients, first compounds of the ranking",
                                     w,        (double)share_rows * (narrow ? 150.0 : 190.0) + 80.0,
                                     v->many,  narrow ? shares_narrow : shares_wide};
}

static lg_status put_run(lg_ctx *ctx, const void *view, FILE *s) { return lg_screen_put_json(ctx, view, 0, s); }

static lg_status render(lg_ctx *ctx, const lg_screen_view *v, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  lg_picture pictures[LG_SCREEN_PICTURES];
  lg_screen_pictures(v, false, pictures);
  if (what & LG_REPORT_HTML) LG_TRY(lg_folder_write(ctx, dir, "report.html", lg_screen_put_html, v));
  if (what & LG_REPORT_PDF) LG_TRY(lg_folder_write(ctx, dir, "report.pdf", lg_screen_put_pdf, v));
  if (what & LG_REPORT_FIGURES) LG_TRY(lg_folder_pictures(ctx, dir, pictures, LG_SCREEN_PICTURES, v));
done:
  return status;
}

lg_status lg_screen_json(lg_ctx *ctx, const lg_screen_report_data *data, FILE *stream) {
  lg_status status = LG_OK;
  lg_screen_view *v = NULL;
  LG_TRY(lg_screen_view_create(ctx, data, &v));
  LG_TRY(lg_screen_put_json(ctx, v, 0, stream));
done:
  lg_screen_view_destroy(ctx, v);
  return status;
}

lg_status lg_screen_report_write(lg_ctx *ctx, const lg_screen_report_data *data, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  lg_screen_view *v = NULL;
  LG_TRY(lg_screen_view_create(ctx, data, &v));
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(lg_folder_write(ctx, dir, "screen.json", put_run, v));
  LG_TRY(render(ctx, v, dir, what));
done:
  lg_screen_view_destroy(ctx, v);
  return status;
}

lg_status lg_screen_report_render(lg_ctx *ctx, const lg_screen_report_data *data, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  lg_screen_view *v = NULL;
  LG_TRY(lg_screen_view_create(ctx, data, &v));
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(render(ctx, v, dir, what));
done:
  lg_screen_view_destroy(ctx, v);
  return status;
}
