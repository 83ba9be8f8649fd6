/* The files of a report folder, each whole or not at all. */
#include "twin/report.h"

#include "twin/figure.h"
#include "twin/report_view.h"

#include <string.h>

typedef lg_status (*write_fn)(lg_ctx *ctx, const lg_report_view *view, FILE *stream);

static lg_status open_in(lg_ctx *ctx, const char *dir, const char *name, lg_outfile **out) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  return lg_outfile_open(ctx, path, out);
}

static lg_status write_file(lg_ctx *ctx, const lg_report_view *view, const char *dir, const char *name,
                            write_fn write) {
  lg_status status = LG_OK;
  lg_outfile *file = NULL;
  LG_TRY(open_in(ctx, dir, name, &file));
  LG_TRY(write(ctx, view, lg_outfile_stream(file)));
  status = lg_outfile_commit(ctx, file);
  file = NULL;
done:
  lg_outfile_discard(ctx, file);
  return status;
}

/* ---- single figures ------------------------------------------------------------------------------------------ */

typedef struct picture {
  const char *name, *title;
  double width, height;
  bool possible;
  lg_status (*draw)(lg_ctx *ctx, const lg_report_view *view, lg_canvas *canvas, lg_box box);
} picture;

static lg_status draw_overlay(lg_ctx *ctx, const lg_report_view *v, lg_canvas *c, lg_box b) {
  const lg_sweep_figure how = {.font = 13, .title = true, .legend = true, .residual = true};
  return lg_figure_sweep(ctx, v, v->best, &how, c, b);
}
static lg_status draw_family(lg_ctx *ctx, const lg_report_view *v, lg_canvas *c, lg_box b) {
  return lg_figure_family(ctx, v, 13, c, b);
}
static lg_status draw_fi(lg_ctx *ctx, const lg_report_view *v, lg_canvas *c, lg_box b) {
  return lg_figure_fi(ctx, v, 13, c, b);
}
static lg_status draw_parameters(lg_ctx *ctx, const lg_report_view *v, lg_canvas *c, lg_box b) {
  return lg_figure_parameters(ctx, v, 13, c, b);
}
static lg_status draw_posterior(lg_ctx *ctx, const lg_report_view *v, lg_canvas *c, lg_box b) {
  return lg_figure_posterior(ctx, v, v->data.n_parameters > 7 ? 11.5 : 13, c, b);
}
static lg_status draw_phase(lg_ctx *ctx, const lg_report_view *v, lg_canvas *c, lg_box b) {
  return lg_figure_phase(ctx, v, v->best, 13, c, b);
}

static lg_status put_picture(lg_ctx *ctx, const lg_report_view *v, const picture *p, lg_canvas *c) {
  const lg_status status = p->draw(ctx, v, c, (lg_box){14, 14, p->width - 28, p->height - 28});
  if (status == LG_OK) return lg_canvas_close(ctx, c);
  lg_canvas_destroy(ctx, c);
  return status;
}

static lg_status write_picture(lg_ctx *ctx, const lg_report_view *v, const char *dir, const picture *p, bool svg) {
  lg_status status = LG_OK;
  lg_outfile *file = NULL;
  lg_canvas *c = NULL;
  char name[64];
  (void)snprintf(name, sizeof name, "fig-%s.%s", p->name, svg ? "svg" : "png");
  LG_TRY(open_in(ctx, dir, name, &file));
  FILE *s = lg_outfile_stream(file);
  const lg_svg_opts opts = {.title = p->title, .id = p->name};
  LG_TRY(svg ? lg_canvas_svg(ctx, s, p->width, p->height, &opts, &c)
             : lg_canvas_png(ctx, s, p->width, p->height, 2.0, &c));
  LG_TRY(put_picture(ctx, v, p, c));
  status = lg_outfile_commit(ctx, file);
  file = NULL;
done:
  lg_outfile_discard(ctx, file);
  return status;
}

static lg_status write_pictures(lg_ctx *ctx, const lg_report_view *v, const char *dir) {
  const bool sweep = v->best < v->data.n_sweeps;
  const picture rows[] = {
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
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    if (!rows[k].possible) continue;
    lg_status status = write_picture(ctx, v, dir, &rows[k], true);
    if (status == LG_OK) status = write_picture(ctx, v, dir, &rows[k], false);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* ---- the folder ------------------------------------------------------------------------------------------------ */

static lg_status render(lg_ctx *ctx, const lg_report_view *v, const char *dir, unsigned what) {
  lg_status status = LG_OK;
  if (what & LG_REPORT_HTML) LG_TRY(write_file(ctx, v, dir, "report.html", lg_report_write_html));
  if (what & LG_REPORT_PDF) LG_TRY(write_file(ctx, v, dir, "report.pdf", lg_report_write_pdf));
  if (what & LG_REPORT_FIGURES) LG_TRY(write_pictures(ctx, v, dir));
done:
  return status;
}

static lg_status write_run(lg_ctx *ctx, const lg_report_view *v, const char *dir) {
  lg_status status = LG_OK;
  lg_outfile *file = NULL;
  char hash[65], path[4096];
  LG_TRY(write_file(ctx, v, dir, "traces.csv", lg_report_write_traces));
  (void)snprintf(path, sizeof path, "%s/traces.csv", dir);
  LG_TRY(lg_sha256_file(ctx, path, hash));
  LG_TRY(open_in(ctx, dir, "run.json", &file));
  LG_TRY(lg_report_write_json(ctx, &v->data, hash, lg_outfile_stream(file)));
  status = lg_outfile_commit(ctx, file);
  file = NULL;
done:
  lg_outfile_discard(ctx, file);
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
