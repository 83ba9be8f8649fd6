/* Runs beside reference solutions: what all rows share. */
#include "twin/calcium_validate_internal.h"

#include <math.h>
#include <string.h>

bool lg_validation_wants(const validation *v, int row) { return v->what->only == 0 || v->what->only == row; }

void lg_validation_figure(const validation *v, lg_merit figure) { v->what->say(v->what->user, &figure); }

void lg_validation_percent(const validation *v, int row, const char *what, double value, double wanted,
                           const char *unit, double must, double goal) {
  lg_validation_figure(v, (lg_merit){.row = row,
                                     .what = what,
                                     .value = value,
                                     .wanted = wanted,
                                     .unit = unit,
                                     .error = 100.0 * fabs(value / wanted - 1.0),
                                     .error_unit = "%",
                                     .must = must,
                                     .goal = goal});
}

lg_status lg_validation_case(const validation *v, const char *name, calcium_case **out) {
  char path[4096];
  if ((size_t)snprintf(path, sizeof path, "%s/%s", v->what->folder, name) >= sizeof path)
    return lg_fail(v->ctx, LG_ERR_RANGE, "the folder's name is too long");
  const lg_status status = lg_calcium_load(v->ctx, path, out);
  if (status == LG_OK) (*out)->n_snapshots = 0;
  return status;
}

/* ---- waves ------------------------------------------------------------------------------------------- */

lg_status lg_wave_at(const validation *v, const calcium_case *c, const calcium_gate *gate, double dx_um, double dt_s,
                     wave *out) {
  lg_ctx *ctx = v->ctx;
  lg_status status = LG_OK;
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  const calcium_options o = {.scheme = v->what->scheme, .dt_s = dt_s, .max_dx_um = dx_um, .sample_s = c->end_s};
  *out = (wave){.n_probes = c->n_probes};
  LG_TRY(lg_calcium_grid_create(ctx, c, dx_um, &grid));
  LG_TRY(lg_calcium_grid_order(ctx, c, grid, v->order));
  LG_TRY(lg_calcium_simulate(ctx, c, grid, gate, NULL, &o, &r));
  LG_NEW(ctx, out->up_s, c->n_probes);
  LG_NEW(ctx, out->peak_uM, c->n_probes);
  for (size_t k = 0; k < c->n_probes; k++) {
    out->up_s[k] = r->arrivals[k].up_s;
    out->peak_uM[k] = r->arrivals[k].peak_uM;
  }
  const calcium_summary *s = &r->summary;
  const double figures[7] = {s->speed_um_s, s->peak_uM,      s->fwhm_ms,  s->above_threshold_ms,
                             s->open_max,   s->open_half_ms, s->er_min_uM};
  memcpy(out->figures, figures, sizeof figures);
  out->open_low = s->open_low;
  out->open_high = s->open_high;
done:
  if (status != LG_OK) lg_wave_clear(ctx, out);
  lg_calcium_result_destroy(ctx, r);
  lg_calcium_grid_destroy(ctx, grid);
  return status;
}

void lg_wave_extrapolate(const wave *coarse, wave *fine, int order) {
  const double part = 1.0 / (double)((1 << order) - 1);
  for (size_t k = 0; k < 7; k++) fine->figures[k] += part * (fine->figures[k] - coarse->figures[k]);
  for (size_t k = 0; k < fine->n_probes; k++) {
    fine->up_s[k] += part * (fine->up_s[k] - coarse->up_s[k]);
    fine->peak_uM[k] += part * (fine->peak_uM[k] - coarse->peak_uM[k]);
  }
}

lg_status lg_wave_refined(const validation *v, const calcium_case *c, const calcium_gate *gate, double dx_um,
                          double dt_s, wave *out) {
  wave coarse = {.n_probes = 0};
  if (v->what->scheme == CALCIUM_RODAS4) return lg_wave_at(v, c, gate, dx_um, dt_s, out);
  lg_status status = lg_wave_at(v, c, gate, dx_um, dt_s, &coarse);
  if (status == LG_OK) status = lg_wave_at(v, c, gate, dx_um, 0.5 * dt_s, out);
  if (status == LG_OK) lg_wave_extrapolate(&coarse, out, v->what->scheme == CALCIUM_IMEX1 ? 1 : 2);
  lg_wave_clear(v->ctx, &coarse);
  return status;
}

void lg_wave_clear(lg_ctx *ctx, wave *w) {
  lg_free(ctx, w->up_s);
  lg_free(ctx, w->peak_uM);
  *w = (wave){.n_probes = 0};
}

/* ---- all ----------------------------------------------------------------------------------------------- */

lg_status lg_calcium_validate(lg_ctx *ctx, const calcium_validation *what) {
  static lg_status (*const parts[])(const validation *) = {
      lg_validate_waves,  lg_validate_metrics, lg_validate_keeping, lg_validate_sweep,
      lg_validate_limits, lg_validate_branch,  lg_validate_clamp,   lg_validate_gates,
      lg_validate_across, lg_validate_restart, lg_validate_taper,
  };
  validation v = {.ctx = ctx, .what = what, .order = 2};
  char path[4096];
  lg_status status = LG_OK;
  if ((size_t)snprintf(path, sizeof path, "%s/case.json", what->folder) >= sizeof path)
    return lg_fail(ctx, LG_ERR_RANGE, "the folder's name is too long");
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &v.doc));
  for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) LG_TRY(parts[k](&v));
done:
  lg_json_doc_destroy(ctx, v.doc);
  return status;
}
