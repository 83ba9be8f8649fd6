/* Cells with shape: the public interface. */
#include "cable/simulate.h"
#include "twin/api.h"
#include "twin/cable_drug.h"
#include "twin/cable_file.h"

#include <loligo/cell.h>
#include <string.h>

struct lg_cell {
  cable_model *model;
  bool treated;
};

lg_status lg_cell_load(lg_ctx *ctx, const char *path, const char *json, lg_cell **out) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  lg_cell *cell = NULL;
  char *folder = NULL;
  *out = NULL;
  LG_NEW(ctx, cell, 1);
  LG_TRY(lg_api_document(ctx, path, json, &doc));
  folder = lg_folder_of(ctx, path);
  LG_TRY(folder ? LG_OK : LG_ERR_MEMORY);
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_cable_parse(ctx, &root, folder, &cell->model));
  *out = cell;
  cell = NULL;
done:
  lg_free(ctx, folder);
  lg_json_doc_destroy(ctx, doc);
  lg_cell_destroy(ctx, cell);
  return status;
}

void lg_cell_destroy(lg_ctx *ctx, lg_cell *cell) {
  if (!cell) return;
  lg_cable_model_destroy(ctx, cell->model);
  lg_free(ctx, cell);
}

/* ---- drugs ---------------------------------------------------------------------------------------- */

static lg_status write_notes(lg_ctx *ctx, const lg_cable_treated *how, lg_result **out) {
  lg_status status = LG_OK;
  lg_result *r = NULL;
  lg_api_json j = {0};
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-treated-cell/1"));
  lg_json_key(&j.w, "touched");
  lg_json_array(&j.w);
  for (size_t k = 0; k < how->n_touches; k++) {
    lg_json_object(&j.w);
    lg_json_key_text(&j.w, "mechanism", how->touches[k].mechanism);
    lg_json_key_text(&j.w, "what", how->touches[k].what);
    lg_json_key_integer(&j.w, "places", (int64_t)how->touches[k].places);
    lg_json_key_boolean(&j.w, "done", how->touches[k].done);
    lg_json_end_object(&j.w);
  }
  lg_json_end_array(&j.w);
  lg_json_key(&j.w, "targets");
  lg_json_array(&j.w);
  for (size_t k = 0; k < how->notes.n; k++) {
    lg_json_object(&j.w);
    lg_json_key_text(&j.w, "target", how->notes.notes[k].effect->target);
    lg_json_key_text(&j.w, "outcome", lg_drug_outcome_name(how->notes.notes[k].outcome));
    lg_json_key_number(&j.w, "strength", how->notes.notes[k].strength);
    lg_json_end_object(&j.w);
  }
  lg_json_end_array(&j.w);
  LG_TRY(lg_api_json_end(ctx, &j, r));
  *out = r;
  r = NULL;
done:
  lg_result_text_drop(&j.writer);
  lg_result_destroy(ctx, r);
  return status;
}

lg_status lg_cell_treat(lg_ctx *ctx, lg_cell *cell, const lg_drug_table *table, const char *const *names,
                        const double *free_uM, size_t n, const lg_bath_options *options, lg_result **notes) {
  lg_status status = LG_OK;
  lg_dose *doses = NULL;
  lg_cable_treated *how = NULL;
  lg_drug_bath bath;
  if (notes) *notes = NULL;
  if (cell->treated) LG_TRY(lg_fail(ctx, LG_ERR_UNSUPPORTED, "this cell is treated already; read it again"));
  LG_TRY(lg_api_bath(ctx, options, &bath));
  LG_NEW(ctx, doses, n);
  LG_NEW(ctx, how, 1);
  for (size_t k = 0; k < n; k++) {
    LG_TRY(lg_drug_find(ctx, table, names[k], &doses[k].drug));
    doses[k].free_uM = free_uM[k];
  }
  cell->treated = true; /* a failure may leave a part of it done */
  LG_TRY(lg_cable_treat(ctx, cell->model, doses, n, options ? &bath : NULL, how));
  if (notes) LG_TRY(write_notes(ctx, how, notes));
done:
  lg_free(ctx, doses);
  lg_free(ctx, how);
  return status;
}

/* ---- running -------------------------------------------------------------------------------------- */

static lg_status read_options(lg_ctx *ctx, const lg_cell_options *o, cable_run_options *run, cable_cut *cut) {
  static const char *const schemes[] = {"sdirk2", "nrn", "adaptive"};
  lg_status status = LG_OK;
  size_t k = 0;
  LG_TRY(lg_api_size(ctx, "lg_cell_options", o->size, sizeof *o));
  while (k < 3 && o->scheme && strcmp(o->scheme, schemes[k]) != 0) k++;
  if (k == 3) LG_TRY(lg_fail(ctx, LG_ERR_NOT_FOUND, "scheme '%.40s'; there are sdirk2, nrn, adaptive", o->scheme));
  if (!(o->dt_ms == 0.0 || (o->dt_ms >= 1e-6 && o->dt_ms <= 10.0)))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "dt_ms is %g; 1e-6 … 10 ms, or 0", o->dt_ms));
  if (!(o->tolerance_mV == 0.0 || (o->tolerance_mV >= 1e-12 && o->tolerance_mV <= 1.0)))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "tolerance_mV is %g; 1e-12 … 1 mV, or 0", o->tolerance_mV));
  if (!(o->max_dx_um == 0.0 || (o->max_dx_um >= 1e-3 && o->max_dx_um <= 1e6)))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "max_dx_um is %g; 0.001 … 1e6 um, or 0", o->max_dx_um));
  if (!(o->d_lambda == 0.0 || (o->d_lambda >= 1e-4 && o->d_lambda <= 10.0)))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "d_lambda is %g; 0.0001 … 10, or 0", o->d_lambda));
  if (o->n_per_section > 100000)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "n_per_section is %zu; 1 … 100000", o->n_per_section));
  if ((o->max_dx_um > 0.0) + (o->d_lambda > 0.0) + (o->n_per_section > 0) > 1)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "max_dx_um, d_lambda and n_per_section cannot be together"));
  *cut = (cable_cut)CABLE_CUT_INIT;
  cut->max_dx_um = o->max_dx_um;
  cut->d_lambda = o->d_lambda;
  cut->n_per_section = o->n_per_section;
  *run = (cable_run_options){.scheme = (cable_scheme)(o->scheme ? k : 0),
                             .dt_ms = o->dt_ms,
                             .tolerance = o->tolerance_mV,
                             .seed = o->seed,
                             .exact_spikes = o->exact_spikes != 0,
                             .fine_rates = o->fine_rates != 0};
done:
  return status;
}

static void destroy_result(lg_ctx *ctx, void *object) { lg_cable_result_destroy(ctx, object); }
static void destroy_tree(lg_ctx *ctx, void *object) { lg_cable_tree_destroy(ctx, object); }

static lg_status give_nodes(lg_ctx *ctx, const cable_tree *tree, lg_result *r) {
  lg_status status = LG_OK;
  const size_t n = tree->n_nodes;
  LG_TRY(lg_result_lend(ctx, r, "node.parent", LG_ARRAY_INT32, 1, &n, tree->parent));
  LG_TRY(lg_result_lend(ctx, r, "node.section", LG_ARRAY_INT32, 1, &n, tree->section));
  LG_TRY(lg_result_lend_row(ctx, r, "node.x", n, tree->x));
  LG_TRY(lg_result_lend_row(ctx, r, "node.distance_um", n, tree->distance_um));
  LG_TRY(lg_result_lend_row(ctx, r, "node.area_um2", n, tree->area_um2));
done:
  return status;
}

static lg_status give_traces(lg_ctx *ctx, const cable_model *model, const cable_result *run, lg_result *r) {
  lg_status status = LG_OK;
  void *t, *spikes, *probe;
  LG_TRY(lg_result_add(ctx, r, "t_ms", LG_ARRAY_DOUBLE, 1, &run->n_samples, &t));
  for (size_t k = 0; k < run->n_samples; k++) ((double *)t)[k] = (double)k * run->sample_ms;
  for (size_t p = 0; p < run->n_probes; p++)
    LG_TRY(lg_result_lend_row(ctx, r, model->probes[p].column, run->n_samples, run->values + p * run->n_samples));
  LG_TRY(lg_result_add(ctx, r, "spikes_ms", LG_ARRAY_DOUBLE, 1, &run->n_spikes, &spikes));
  LG_TRY(lg_result_add(ctx, r, "spike_probe", LG_ARRAY_UINT32, 1, &run->n_spikes, &probe));
  for (size_t k = 0; k < run->n_spikes; k++) {
    ((double *)spikes)[k] = run->spikes[k].t_ms;
    ((uint32_t *)probe)[k] = run->spikes[k].probe;
  }
done:
  return status;
}

static lg_status give_json(lg_ctx *ctx, const cable_model *model, const cable_result *run, lg_result *r) {
  lg_status status = LG_OK;
  lg_api_json j = {0};
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-cable-arrays/1"));
  lg_json_key(&j.w, "probes");
  lg_json_array(&j.w);
  for (size_t p = 0; p < run->n_probes; p++) lg_json_text(&j.w, model->probes[p].column);
  lg_json_end_array(&j.w);
  lg_json_key_number(&j.w, "tstop_ms", model->tstop_ms);
  lg_json_key_number(&j.w, "sample_ms", run->sample_ms);
  lg_json_key_integer(&j.w, "n_nodes", (int64_t)run->n_nodes);
  lg_json_key_integer(&j.w, "n_steps", (int64_t)run->n_steps);
  LG_TRY(lg_api_json_end(ctx, &j, r));
done:
  lg_result_text_drop(&j.writer);
  return status;
}

/* The run from end to end, with a stop at every frame. */
static lg_status advance(lg_ctx *ctx, const lg_cell_options *o, const cable_model *model, const cable_tree *tree,
                         cable_run *run, lg_result *r) {
  lg_status status = LG_OK;
  void *times, *frames;
  if (o->n_frames > 0) {
    LG_TRY(lg_result_add(ctx, r, "frames_ms", LG_ARRAY_DOUBLE, 1, &o->n_frames, &times));
    LG_TRY(lg_result_add(ctx, r, "frames_mV", LG_ARRAY_FLOAT, 2, (size_t[]){o->n_frames, tree->n_nodes}, &frames));
  }
  for (size_t f = 0; f < o->n_frames; f++) {
    const double at = o->frames_ms[f];
    if (!(at >= 0.0 && at <= model->tstop_ms) || (f > 0 && at < o->frames_ms[f - 1]))
      LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "frame %zu is at %g ms; ascending from 0 to %g ms", f, at, model->tstop_ms));
    LG_TRY(lg_cable_run_advance(ctx, run, at));
    const cable_group *group = lg_cable_run_group(run);
    ((double *)times)[f] = lg_cable_group_time_ms(group);
    for (size_t k = 0; k < tree->n_nodes; k++)
      ((float *)frames)[f * tree->n_nodes + k] = (float)lg_cable_group_v(group, k, 0);
  }
  LG_TRY(lg_cable_run_advance(ctx, run, model->tstop_ms));
done:
  return status;
}

lg_status lg_cell_simulate(lg_ctx *ctx, const lg_cell *cell, const lg_cell_options *options, lg_result **out) {
  const lg_cell_options defaults = LG_CELL_OPTIONS_INIT, *o = options ? options : &defaults;
  lg_status status = LG_OK;
  lg_result *r = NULL;
  cable_tree *tree = NULL;
  cable_run *run = NULL;
  cable_result *found = NULL;
  cable_run_options how;
  cable_cut cut;
  *out = NULL;
  LG_TRY(read_options(ctx, o, &how, &cut));
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(lg_cable_tree_create(ctx, cell->model, &cut, &tree));
  LG_TRY(lg_result_keep(ctx, r, tree, destroy_tree));
  LG_TRY(lg_cable_run_create(ctx, cell->model, tree, &how, &run));
  LG_TRY(advance(ctx, o, cell->model, tree, run, r));
  found = lg_cable_run_take(run);
  LG_TRY(lg_result_keep(ctx, r, found, destroy_result));
  LG_TRY(give_traces(ctx, cell->model, found, r));
  LG_TRY(give_nodes(ctx, tree, r));
  LG_TRY(give_json(ctx, cell->model, found, r));
  *out = r;
  r = NULL;
done:
  lg_cable_run_destroy(ctx, run);
  lg_result_destroy(ctx, r);
  return status;
}
