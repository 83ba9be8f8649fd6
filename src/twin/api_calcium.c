/* Calcium in a dendrite: the public interface. */
#include "calcium/adaptive.h"
#include "twin/api.h"
#include "twin/calcium_cable.h"
#include "twin/calcium_file.h"
#include "twin/calcium_gate.h"

#include <loligo/calcium.h>
#include <string.h>

typedef struct work {
  calcium_case *c;
  calcium_grid *grid;
  calcium_chosen_gate gate;
  calcium_film *film;
  calcium_result *run;
  calcium_cable_spec *spec; /* NULL: no cable runs along */
  calcium_cable_result *cable;
} work;

static void destroy_work(lg_ctx *ctx, void *object) {
  work *w = object;
  if (!w) return;
  lg_calcium_cable_result_destroy(ctx, w->cable);
  lg_calcium_cable_destroy(ctx, w->spec);
  lg_calcium_result_destroy(ctx, w->run);
  lg_calcium_film_destroy(ctx, w->film);
  lg_calcium_gate_clear(ctx, &w->gate);
  lg_calcium_grid_destroy(ctx, w->grid);
  lg_calcium_case_destroy(ctx, w->c);
  lg_free(ctx, w);
}

static lg_status read_options(lg_ctx *ctx, const lg_calcium_options *o, calcium_options *to) {
  static const char *const schemes[] = {"imex2", "imex1", "rodas4"};
  lg_status status = LG_OK;
  size_t k = 0;
  LG_TRY(lg_api_size(ctx, "lg_calcium_options", o->size, sizeof *o));
  while (k < 3 && o->scheme && strcmp(o->scheme, schemes[k]) != 0) k++;
  if (k == 3) LG_TRY(lg_fail(ctx, LG_ERR_NOT_FOUND, "scheme '%.40s'; there are imex2, imex1, rodas4", o->scheme));
  *to = (calcium_options){.scheme = (calcium_scheme)(o->scheme ? k : 0),
                          .dt_s = o->dt_s == 0.0 ? (o->tolerance > 0.0 ? 10e-6 : 2.5e-6) : o->dt_s,
                          .sample_s = o->sample_s == 0.0 ? 5e-4 : o->sample_s,
                          .max_dx_um = o->max_dx_um == 0.0 ? 0.05 : o->max_dx_um};
  if (!(to->dt_s >= 1e-9 && to->dt_s <= 1e-2))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "dt_s is %g; 1e-9 … 0.01 s", to->dt_s));
  if (!(to->sample_s >= 1e-7)) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "sample_s is %g; 1e-7 s or more", to->sample_s));
  if (!(to->max_dx_um >= 1e-4)) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "max_dx_um is %g; 1e-4 or more", to->max_dx_um));
  if (!(o->tolerance == 0.0 || (o->tolerance >= 1e-7 && o->tolerance <= 0.1)))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "tolerance is %g; 1e-7 … 0.1, or 0", o->tolerance));
  if (o->space_order != 0 && o->space_order != 2 && o->space_order != 4 && o->space_order != 6)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "space_order is %u; 2, 4 or 6", o->space_order));
done:
  return status;
}

static lg_status read_case(lg_ctx *ctx, const char *path, const char *json, work *w) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  LG_TRY(lg_api_document(ctx, path, json, &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_calcium_cable_read(ctx, &root, path, &w->spec));
  LG_TRY(json ? lg_calcium_parse(ctx, path, json, &w->c) : lg_calcium_load(ctx, path, &w->c));
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

/* ---- what comes out ------------------------------------------------------------------------------- */

/* Of the places that a run watches the last two are its own: for its summary. */
static lg_status give_probes(lg_ctx *ctx, const calcium_result *run, size_t n, lg_result *r) {
  lg_status status = LG_OK;
  void *up, *down, *peak;
  LG_TRY(lg_result_add(ctx, r, "arrival_up_s", LG_ARRAY_DOUBLE, 1, &n, &up));
  LG_TRY(lg_result_add(ctx, r, "arrival_down_s", LG_ARRAY_DOUBLE, 1, &n, &down));
  LG_TRY(lg_result_add(ctx, r, "peak_uM", LG_ARRAY_DOUBLE, 1, &n, &peak));
  for (size_t k = 0; k < n; k++) {
    ((double *)up)[k] = run->arrivals[k].up_s;
    ((double *)down)[k] = run->arrivals[k].down_s;
    ((double *)peak)[k] = run->arrivals[k].peak_uM;
  }
  LG_TRY(lg_result_lend_row(ctx, r, "sample_s", run->n_samples, run->sample_s));
  LG_TRY(lg_result_lend(ctx, r, "samples", LG_ARRAY_DOUBLE, 3,
                        (size_t[]){run->n_samples, run->n_probes, run->n_columns}, run->samples));
  LG_TRY(lg_result_lend(ctx, r, "totals", LG_ARRAY_DOUBLE, 2, (size_t[]){run->n_samples, 3}, run->totals));
done:
  return status;
}

static lg_status give_nodes(lg_ctx *ctx, const calcium_grid *grid, const calcium_result *run, lg_result *r) {
  lg_status status = LG_OK;
  LG_TRY(lg_result_lend_row(ctx, r, "snapshot_s", run->n_snapshots, run->snapshot_s));
  LG_TRY(lg_result_lend(ctx, r, "snapshots", LG_ARRAY_DOUBLE, 3,
                        (size_t[]){run->n_snapshots, run->n_nodes, run->n_columns}, run->snapshots));
  LG_TRY(lg_result_lend_row(ctx, r, "node.x_um", grid->n, grid->x_um));
  LG_TRY(lg_result_lend(ctx, r, "node.section", LG_ARRAY_UINT32, 1, &grid->n, grid->section));
  LG_TRY(lg_result_lend(ctx, r, "node.parent", LG_ARRAY_INT32, 1, &grid->n, grid->parent));
done:
  return status;
}

static lg_status give_film(lg_ctx *ctx, const calcium_film *film, lg_result *r) {
  static const char *const names[CALCIUM_FILM_LAYERS] = {"film_uM", "film_er_uM", "film_open"};
  lg_status status = LG_OK;
  const size_t shape[] = {film->n_places, film->n_times};
  void *t, *x;
  for (size_t k = 0; k < CALCIUM_FILM_LAYERS; k++)
    LG_TRY(lg_result_lend(ctx, r, names[k], LG_ARRAY_FLOAT, 2, shape, film->values + k * shape[0] * shape[1]));
  LG_TRY(lg_result_add(ctx, r, "film_s", LG_ARRAY_DOUBLE, 1, &shape[1], &t));
  LG_TRY(lg_result_add(ctx, r, "film_um", LG_ARRAY_DOUBLE, 1, &shape[0], &x));
  for (size_t k = 0; k < shape[1]; k++)
    ((double *)t)[k] = shape[1] > 1 ? (double)k * film->end_s / (double)(shape[1] - 1) : 0.0;
  for (size_t k = 0; k < shape[0]; k++)
    ((double *)x)[k] = shape[0] > 1 ? (double)k * film->length_um / (double)(shape[0] - 1) : 0.0;
done:
  return status;
}

/* The cable's probes as lg_cell_simulate() gives them, each name behind "cable.". */
static lg_status give_cable(lg_ctx *ctx, const calcium_cable_result *c, lg_result *r) {
  lg_status status = LG_OK;
  const cable_result *run = c->cable;
  char name[300];
  void *t, *spikes, *probe;
  LG_TRY(lg_result_add(ctx, r, "cable.t_ms", LG_ARRAY_DOUBLE, 1, &run->n_samples, &t));
  for (size_t k = 0; k < run->n_samples; k++) ((double *)t)[k] = (double)k * run->sample_ms;
  for (size_t p = 0; p < run->n_probes; p++) {
    (void)snprintf(name, sizeof name, "cable.%s", c->model->probes[p].column);
    LG_TRY(lg_result_lend_row(ctx, r, name, run->n_samples, run->values + p * run->n_samples));
  }
  LG_TRY(lg_result_add(ctx, r, "cable.spikes_ms", LG_ARRAY_DOUBLE, 1, &run->n_spikes, &spikes));
  LG_TRY(lg_result_add(ctx, r, "cable.spike_probe", LG_ARRAY_UINT32, 1, &run->n_spikes, &probe));
  for (size_t k = 0; k < run->n_spikes; k++) {
    ((double *)spikes)[k] = run->spikes[k].t_ms;
    ((uint32_t *)probe)[k] = run->spikes[k].probe;
  }
done:
  return status;
}

static void cable_json(lg_json *w, const calcium_cable_result *c) {
  lg_json_key(w, "cable");
  lg_json_object(w);
  lg_json_key(w, "probes");
  lg_json_array(w);
  for (size_t p = 0; p < c->cable->n_probes; p++) lg_json_text(w, c->model->probes[p].column);
  lg_json_end_array(w);
  lg_json_key_number(w, "sample_ms", c->cable->sample_ms);
  lg_json_key_integer(w, "n_compartments", (int64_t)c->n_covered);
  lg_json_end_object(w);
}

static lg_status give_json(lg_ctx *ctx, const work *w, lg_result *r) {
  static const char *const first[] = {"c_uM", "b_uM", "e_uM", "open"};
  lg_status status = LG_OK;
  lg_api_json j = {0};
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-calcium/1"));
  lg_calcium_figures(&j.w, &w->run->summary);
  lg_json_key_integer(&j.w, "n_nodes", (int64_t)w->run->n_nodes);
  lg_json_key_integer(&j.w, "n_steps", (int64_t)w->run->n_steps);
  lg_json_key(&j.w, "columns");
  lg_json_array(&j.w);
  for (size_t k = 0; k < w->run->n_columns; k++) lg_json_text(&j.w, k < 4 ? first[k] : w->run->columns[k - 4]);
  lg_json_end_array(&j.w);
  lg_json_key(&j.w, "warnings");
  lg_json_array(&j.w);
  for (size_t k = 0; k < w->gate.n_warnings; k++) lg_json_text(&j.w, w->gate.warnings[k]);
  lg_json_end_array(&j.w);
  if (w->cable) cable_json(&j.w, w->cable);
  LG_TRY(lg_api_json_end(ctx, &j, r));
done:
  lg_result_text_drop(&j.writer);
  return status;
}

/* ---- running -------------------------------------------------------------------------------------- */

static lg_status simulate(lg_ctx *ctx, const lg_calcium_options *o, calcium_options *how, work *w) {
  lg_status status = LG_OK;
  const unsigned order = o->space_order ? o->space_order : 2;
  LG_TRY(lg_calcium_gate_choose(ctx, o->gate ? o->gate : "kl", &w->c->constants, &w->gate));
  LG_TRY(lg_calcium_grid_create(ctx, w->c, how->max_dx_um, &w->grid));
  LG_TRY(lg_calcium_grid_order(ctx, w->c, w->grid, order));
  if (o->film_places > 0 && o->film_times > 1)
    LG_TRY(lg_calcium_film_create(ctx, w->c, w->grid, o->film_places, o->film_times, &w->film));
  how->film = w->film;
  if (w->spec && o->tolerance > 0.0)
    LG_TRY(lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "tolerance chooses no steps of a cable; give dt_s, and interval_ms in the case's cable"));
  if (w->spec) LG_TRY(lg_calcium_cable_simulate(ctx, w->spec, w->c, w->grid, &w->gate.gate, how, &w->run, &w->cable));
  else if (o->tolerance > 0.0)
    LG_TRY(lg_calcium_simulate_within(ctx, w->c, w->grid, &w->gate.gate, NULL, how, o->tolerance, &w->run));
  else LG_TRY(lg_calcium_simulate(ctx, w->c, w->grid, &w->gate.gate, NULL, how, &w->run));
  LG_TRY(lg_calcium_gate_warn(ctx, w->grid, &w->gate));
  LG_TRY(lg_calcium_run_warn(ctx, w->c, w->grid, w->run, order == 2 && how->scheme != CALCIUM_RODAS4, &w->gate));
done:
  return status;
}

lg_status lg_calcium_run_case(lg_ctx *ctx, const char *path, const char *json, const lg_calcium_options *options,
                              lg_result **out) {
  const lg_calcium_options defaults = LG_CALCIUM_OPTIONS_INIT, *o = options ? options : &defaults;
  lg_status status = LG_OK;
  lg_result *r = NULL;
  work *w = NULL;
  calcium_options how;
  *out = NULL;
  LG_TRY(read_options(ctx, o, &how));
  LG_TRY(lg_result_create(ctx, &r));
  LG_NEW(ctx, w, 1);
  work *mine = w;
  w = NULL;
  LG_TRY(lg_result_keep(ctx, r, mine, destroy_work));
  LG_TRY(read_case(ctx, path, json, mine));
  LG_TRY(simulate(ctx, o, &how, mine));
  LG_TRY(give_probes(ctx, mine->run, mine->c->n_probes, r));
  LG_TRY(give_nodes(ctx, mine->grid, mine->run, r));
  if (mine->film) LG_TRY(give_film(ctx, mine->film, r));
  if (mine->cable) LG_TRY(give_cable(ctx, mine->cable, r));
  LG_TRY(give_json(ctx, mine, r));
  *out = r;
  r = NULL;
done:
  lg_free(ctx, w);
  lg_result_destroy(ctx, r);
  return status;
}
