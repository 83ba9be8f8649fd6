/* The files of a report folder, each whole or not at all. */
#include "twin/report.h"

#include "twin/figure.h"
#include "twin/report_folder.h"
#include "twin/report_view.h"

static lg_status put_html(lg_ctx *ctx, const void *view, FILE *s) { return lg_report_write_html(ctx, view, s); }
static lg_status put_pdf(lg_ctx *ctx, const void *view, FILE *s) { return lg_report_write_pdf(ctx, view, s); }
static lg_status put_traces(lg_ctx *ctx, const void *view, FILE *s) { return lg_report_write_traces(ctx, view, s); }

/* ---- single figures ------------------------------------------------------------------------------------------ */

static lg_status draw_overlay(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  const lg_report_view *v = user;
  const lg_sweep_figure how = {.font = 13, .title = true, .legend = true, .residual = true};
  return lg_figure_sweep(ctx, v, v->best, &how, c, b);
}
static lg_status draw_family(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  const lg_report_view *v = user;
  return lg_figure_family(ctx, v, 13, c, b);
}
static lg_status draw_fi(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  const lg_report_view *v = user;
  return lg_figure_fi(ctx, v, 13, c, b);
}
static lg_status draw_parameters(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  const lg_report_view *v = user;
  return lg_figure_parameters(ctx, v, 13, c, b);
}
static lg_status draw_posterior(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  const lg_report_view *v = user;
  return lg_figure_posterior(ctx, v, v->data.n_parameters > 7 ? 11.5 : 13, c, b);
}
static lg_status draw_phase(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box b) {
  const lg_report_view *v = user;
  return lg_figure_phase(ctx, v, v->best, 13, c, b);
}

static lg_status write_pictures(lg_ctx *ctx, const lg_report_view *v, const char *dir) {
  const bool sweep = v->best < v->data.n_sweeps;
  const lg_picture rows[] = {
      {"overlay", "Recording and twin", 1080, 600, sweep, draw_overlay},
      {"family", "Steps of the recording beside those of the twin", 900, 640, lg_figure_family_possible(v),
       draw_family},
      {"phase", "Phase plane of recording and twin", 560, 480, sweep, draw_phase},
      {"fi", "Spikes against current, recorded and twin", 640, 480, lg_figure_fi_possible(v), draw_fi},
      {"parameters", "Parameters with their 95 % intervals", 640, lg_figure_parameters_height(v, 13) + 30,
       v->data.n_parameters > 0, draw_parameters},
      {"posterior", "Corner plot of the posterior samples", 1000, 1000, lg_figure_posterior_possible(v),
       draw_posterior},
  };
  return lg_folder_pictures(ctx, dir, rows, sizeof rows / sizeof rows[0], v);
}

/* ---- the folder ------------------------------------------------------------------------------------------------ */

static lg_status render(lg_ctx *ctx, const lg_report_view *v, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  if (what & LG_REPORT_HTML) LG_TRY(lg_folder_write(ctx, dir, "report.html", put_html, v));
  if (what & LG_REPORT_PDF) LG_TRY(lg_folder_write(ctx, dir, "report.pdf", put_pdf, v));
  if (what & LG_REPORT_FIGURES) LG_TRY(write_pictures(ctx, v, dir));
done:
  return status;
}

typedef struct run_file {
  const lg_report_view *view;
  const char *hash; /* of traces.csv */
} run_file;

static lg_status put_run(lg_ctx *ctx, const void *user, FILE *s) {
  const run_file *f = user;
  return lg_report_write_json(ctx, &f->view->data, f->hash, s);
}

static lg_status write_run(lg_ctx *ctx, const lg_report_view *v, const char *dir) {
  lg_status status = LG_OK;
  char hash[65], path[4096];
  LG_TRY(lg_folder_write(ctx, dir, "traces.csv", put_traces, v));
  (void)snprintf(path, sizeof path, "%s/traces.csv", dir);
  LG_TRY(lg_sha256_file(ctx, path, hash));
  LG_TRY(lg_folder_write(ctx, dir, "run.json", put_run, &(run_file){v, hash}));
done:
  return status;
}

lg_status lg_report_write(lg_ctx *ctx, const lg_report_data *data, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  lg_report_view *v = NULL;
  LG_TRY(lg_report_view_create(ctx, data, &v));
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(write_run(ctx, v, dir));
  LG_TRY(render(ctx, v, dir, what));
done:
  lg_report_view_destroy(ctx, v);
  return status;
}

lg_status lg_report_render(lg_ctx *ctx, const lg_report_data *data, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  lg_report_view *v = NULL;
  LG_TRY(lg_report_view_create(ctx, data, &v));
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(render(ctx, v, dir, what));
done:
  lg_report_view_destroy(ctx, v);
  return status;
}
