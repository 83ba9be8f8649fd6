/* A folder that shows a fit: report.html, fit.json, traces.csv. */
#include "io/plot.h"
#include "twin/cable_fit_file.h"

#include <math.h>
#include <string.h>

static lg_status open_in(lg_ctx *ctx, const char *folder, const char *name, lg_outfile **out) {
  char path[4200];
  if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
    return lg_fail(ctx, LG_ERR_IO, "%s/%s: the path is too long", folder, name);
  return lg_outfile_open(ctx, path, out);
}

static lg_status write_traces(lg_ctx *ctx, const cable_fit *f, const char *folder) {
  lg_outfile *file = NULL;
  const lg_status status = open_in(ctx, folder, "traces.csv", &file);
  if (status != LG_OK) return status;
  FILE *to = lg_outfile_stream(file);
  (void)fprintf(to, "sweep,t_ms,i_nA,v_recorded_mV,v_fitted_mV\n");
  for (size_t k = 0; k < f->n_sweeps; k++) {
    const cable_fit_sweep *s = &f->sweeps[k];
    for (size_t j = 0; j <= s->n_steps; j++) {
      char t[32], i[32], v[32], p[32];
      if (isnan(s->v_mV[j])) continue;
      lg_format_double(s->t0_ms + (double)j * s->dt_ms, t);
      lg_format_double(s->current_nA[j < s->n_steps ? j : s->n_steps - 1], i);
      lg_format_double(s->v_mV[j], v);
      lg_format_double(s->predicted_mV[j], p);
      (void)fprintf(to, "%d,%s,%s,%s,%s\n", s->number, t, i, v, p);
    }
  }
  return lg_outfile_commit(ctx, file);
}

static lg_status write_json(lg_ctx *ctx, const cable_fit *f, lg_provenance *provenance, const char *folder) {
  lg_outfile *file = NULL;
  const lg_status status = open_in(ctx, folder, "fit.json", &file);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-cable-fit/1");
  lg_cable_fit_fields(&w, f);
  if (provenance) {
    lg_json_key(&w, "provenance");
    lg_provenance_write_json(provenance, &w);
  }
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
  return lg_outfile_commit(ctx, file);
}

/* One sweep: recorded and fitted potential above each other. */
static lg_status figure(lg_ctx *ctx, FILE *to, const cable_fit_sweep *s) {
  lg_canvas *c = NULL;
  lg_status status = LG_OK;
  char title[160], id[32];
  double low = INFINITY, high = -INFINITY, *samples = NULL;
  (void)snprintf(title, sizeof title, "Sweep %d (%s): %zu spikes recorded, %zu fitted, rmse %.2f mV", s->number,
                 s->train ? "fitted" : "held out", s->n_recorded, s->n_predicted, s->rmse_mV);
  (void)snprintf(id, sizeof id, "sweep%d", s->number);
  const lg_svg_opts o = {.title = title, .description = title, .id = id, .in_page = true};
  LG_TRY(lg_canvas_svg(ctx, to, 720.0, 240.0, &o, &c));
  lg_range_extend(&low, &high, s->v_mV, s->n_steps + 1);
  lg_range_extend(&low, &high, s->predicted_mV, s->n_steps + 1);
  lg_range_pad(&low, &high, 0.04);
  const lg_plot plot = {.canvas = c,
                        .area = {56.0, 28.0, 648.0, 172.0},
                        .x0 = s->t0_ms + (double)s->settle * s->dt_ms,
                        .x1 = s->t0_ms + (double)s->n_steps * s->dt_ms,
                        .y0 = low,
                        .y1 = high};
  lg_plot_frame(&plot, LG_FRAME_USUAL, "time (ms)", "potential (mV)");
  const lg_pen recorded = {.ink = LG_INK_TEXT, .width = 1.0}, fitted = {.ink = LG_INK_VERMILLION, .width = 1.2};
  const size_t n = s->n_steps + 1 - s->settle;
  size_t split = 1, kept = 0; /* steps per sample */
  while (split < n - 1 && isnan(s->v_mV[s->settle + split])) split++;
  LG_NEW(ctx, samples, n / split + 1);
  for (size_t k = 0; k < n; k += split) samples[kept++] = s->v_mV[s->settle + k];
  LG_TRY(lg_plot_trace(ctx, &plot, plot.x0, s->dt_ms * (double)split, samples, kept, recorded));
  LG_TRY(lg_plot_trace(ctx, &plot, plot.x0, s->dt_ms, s->predicted_mV + s->settle, n, fitted));
done:
  lg_free(ctx, samples);
  if (c) {
    const lg_status closed = lg_canvas_close(ctx, c);
    if (status == LG_OK) status = closed;
  }
  return status;
}

static void write_values(FILE *to, const cable_fit *f) {
  (void)fprintf(to, "<table><tr><th>parameter</th><th>value</th><th>95 %% interval</th><th>unit</th><th>verdict</th>"
                    "</tr>\n");
  for (size_t k = 0; k < f->n_unknowns; k++) {
    const cable_fit_unknown *u = &f->unknowns[k];
    char value[40], low[40], high[40];
    lg_format_significant(u->value, 4, value);
    lg_format_significant(u->interval[0], 3, low);
    lg_format_significant(u->interval[1], 3, high);
    (void)fprintf(to, "<tr><td>");
    lg_write_escaped(to, u->name);
    (void)fprintf(to, "</td><td>%s</td><td>%s … %s</td><td>%s</td><td>%s</td></tr>\n", value, low, high, u->unit,
                  lg_cable_fit_word(u->verdict));
  }
  (void)fprintf(to, "</table>\n");
}

static lg_status write_page(lg_ctx *ctx, const cable_fit *f, const char *title, const char *folder) {
  lg_outfile *file = NULL;
  lg_status status = open_in(ctx, folder, "report.html", &file);
  if (status != LG_OK) return status;
  FILE *to = lg_outfile_stream(file);
  (void)fprintf(to, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Fit of ");
  lg_write_escaped(to, title);
  (void)fprintf(to, "</title>\n<style>body{font:15px/1.45 sans-serif;max-width:760px;margin:2em auto;padding:0 1em}"
                    "table{border-collapse:collapse}td,th{padding:.15em .8em .15em 0;text-align:left}"
                    "th{border-bottom:1px solid}svg{max-width:100%%;height:auto}</style></head><body>\n<h1>");
  lg_write_escaped(to, title);
  (void)fprintf(
      to,
      "</h1>\n<p>A cell with shape (%zu nodes) fitted to %zu sweeps. Noise %.3g mV, χ² per sample of the free "
      "run %.4g: %s.</p>\n<h2>Values</h2>\n",
      f->n_nodes, f->n_sweeps, f->sigma_mV, f->chi2_per_sample,
      f->explained  ? "the model explains the fitted sweeps to the noise"
      : f->by_score ? "the model does not explain the sweeps to the noise; its values were found by spikes, and "
                      "intervals are the ranges of what scores nearly as well"
                    : "the model does not explain the sweeps to the noise; intervals are widened for the "
                      "misfit and tell of this model only");
  write_values(to, f);
  (void)fprintf(to, "<h2>Sweeps</h2>\n<p>Black: recorded; red: the free run of the fitted model, from the first "
                    "recorded value on.</p>\n");
  for (size_t k = 0; k < f->n_sweeps && status == LG_OK; k++) {
    const cable_fit_sweep *s = &f->sweeps[k];
    (void)fprintf(to,
                  "<h3>Sweep %d, %s</h3><p>Spikes: %zu recorded, %zu fitted. RMSE %.3f mV, away from spikes %.3f "
                  "mV.</p>\n",
                  s->number, s->train ? "fitted" : "held out", s->n_recorded, s->n_predicted, s->rmse_mV,
                  s->rmse_quiet_mV);
    status = figure(ctx, to, s);
  }
  (void)fprintf(to, "</body></html>\n");
  if (status == LG_OK) return lg_outfile_commit(ctx, file);
  lg_outfile_discard(ctx, file);
  return status;
}

lg_status lg_cable_fit_report(lg_ctx *ctx, const cable_fit *fit, const char *title, lg_provenance *provenance,
                              const char *folder) {
  lg_status status = LG_OK;
  LG_TRY(lg_make_directory(ctx, folder));
  LG_TRY(write_traces(ctx, fit, folder));
  LG_TRY(write_json(ctx, fit, provenance, folder));
  LG_TRY(write_page(ctx, fit, title, folder));
done:
  return status;
}
