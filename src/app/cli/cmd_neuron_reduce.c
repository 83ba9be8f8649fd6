/* loligo neuron reduce: a cell with shape in, one of few compartments out. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/simulate_cable.h"
#include "base/base.h"
#include "cable/nmodl.h"
#include "data/provenance.h"
#include "twin/cable_file.h"
#include "twin/reduce_report.h"
#include "twin/reduce_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"compartments", "N", CLI_COUNT, NULL, "How many compartments at most, 2 to 128."},
    {"output", "REDUCED.json", CLI_OUTPUT, NULL, "The reduced model; - for standard output."},
    {"report", "DIR", CLI_OUTPUT, NULL, "Write a page into this folder: what was kept and lost, with figures."},
    {"effort", "0|1|2", CLI_CHOICE, "2", "How long to look for places: 0 quick, 2 thorough."},
    {"keep-weights", NULL, CLI_FLAG, NULL, "Move synapses by shares alone, without runs that match their EPSPs."},
    {"max-dx-um", "L", CLI_NUMBER, NULL, "Cut the full cell into compartments of at most L um (10)."},
    {"d-lambda", "F", CLI_NUMBER, NULL, "Cut the full cell at F of the length constant at 100 Hz."},
    {"nseg", "N", CLI_COUNT, NULL, "Cut every section of the full cell into N compartments."},
    {"no-run", NULL, CLI_FLAG, NULL, "Do not run the full and the reduced model on their own stimuli."},
};

typedef struct work {
  cable_model *model;
  cable_tree *tree;
  reduce_made made;
  reduce_runs runs; /* of made */
  char **files;
  size_t n_files;
} work;

static void work_free(lg_ctx *ctx, work *w) {
  lg_reduce_made_free(ctx, &w->made);
  lg_cable_tree_destroy(ctx, w->tree);
  lg_cable_model_destroy(ctx, w->model);
  for (size_t k = 0; k < w->n_files; k++) lg_free(ctx, w->files[k]);
  lg_free(ctx, w->files);
}

/* ---- input ------------------------------------------------------------------------------------------- */

static lg_status load(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_provenance *p = cli_provenance(run);
  cable_cut cut = cli_cable_cut(run);
  if (!cli_given(run, "max-dx-um") && !cli_given(run, "d-lambda") && !cli_given(run, "nseg")) cut.max_dx_um = 10.0;
  if (!p) return LG_ERR_MEMORY;
  LG_TRY(lg_cable_load(ctx, cli_positional(run, 0), &w->model));
  LG_TRY(lg_provenance_add_input(ctx, p, "model", cli_positional(run, 0)));
  if (w->model->swc_path) LG_TRY(lg_provenance_add_input(ctx, p, "morphology", w->model->swc_path));
  LG_NEW(ctx, w->files, w->model->n_own_mechanisms + w->model->n_nets + 1);
  for (size_t k = 0; lg_cable_model_own(w->model, k) != NULL; k++) {
    const char *path = lg_cable_model_own(w->model, k)->source;
    char *whole = realpath(path, NULL); /* the reduced model may lie in another folder */
    LG_TRY(lg_provenance_add_input(ctx, p, "mechanism", path));
    w->files[w->n_files] = lg_strdup(ctx, whole ? whole : path);
    free(whole);
    if (!w->files[w->n_files]) LG_TRY(LG_ERR_MEMORY);
    w->n_files++;
  }
  LG_TRY(lg_cable_tree_create(ctx, w->model, &cut, &w->tree));
done:
  return status;
}

/* ---- output ------------------------------------------------------------------------------------------ */

static void print_places(const cable_reduction *r) {
  (void)printf("%-16s %9s %9s %11s %11s %11s\n", "compartment", "path/um", "um2", "nF", "Rin/MOhm", "full/MOhm");
  for (size_t k = 0; k < r->n_places; k++) {
    const cable_reduced_place *p = &r->places[k];
    (void)printf("%-16.16s %9.1f %9.0f %11.5g %11.6g ", p->name, p->distance_um, p->area_um2,
                 r->model->compartments[k].capacitance_nF, p->resistance_MOhm);
    if (p->ring || p->line) (void)printf("%11s\n", p->ring ? "ring" : "line");
    else (void)printf("%11.6g\n", p->resistance_full_MOhm);
  }
}

static void print_epsps(const cable_reduction *r) {
  bool any = false;
  for (size_t k = 0; k < r->n_moved; k++) {
    const cable_moved *m = &r->moved[k];
    if (strcmp(m->what, "synapse") != 0 || m->epsp_full.peak_mV == 0.0) continue;
    if (!any) (void)printf("%-16s %22s %22s %8s\n", "synapse", "full mV at ms", "reduced mV at ms", "factor");
    any = true;
    (void)printf("%-16zu %12.4f %9.2f %12.4f %9.2f %8.3f\n", m->index, m->epsp_full.peak_mV, m->epsp_full.time_ms,
                 m->epsp.peak_mV, m->epsp.time_ms, m->factor);
  }
}

static void print_runs(const work *w) {
  if (!w->runs.full) return;
  for (size_t p = 0; p < w->model->n_probes; p++) {
    if (w->model->probes[p].quantity != CABLE_V) continue;
    const size_t a = lg_reduce_spikes(w->runs.full, p), b = lg_reduce_spikes(w->runs.reduced, p);
    (void)printf("spikes at %-20.20s full %zu, reduced %zu", w->model->probes[p].name, a, b);
    if (a == b && a > 0)
      (void)printf(", at most %.3f ms apart", lg_reduce_spike_shift(w->runs.full, w->runs.reduced, p));
    (void)printf("\n");
  }
  (void)printf("full %.3g s, reduced %.3g s: %.0f times faster\n", w->runs.full_seconds, w->runs.reduced_seconds,
               w->runs.full_seconds / w->runs.reduced_seconds);
}

static void print(const work *w) {
  const cable_reduction *r = w->made.reduction;
  (void)printf("%zu nodes -> %zu compartments\n", r->n_nodes, r->n_places);
  (void)printf("input resistance %.10g MOhm (full %.10g), tau0 %.8g ms (full %.8g), EPSP waveforms %.2f %% rms\n",
               r->resistance_MOhm, r->resistance_full_MOhm, r->tau_ms, r->tau_full_ms, 100.0 * r->rms);
  print_places(r);
  print_epsps(r);
  print_runs(w);
}

static void print_json(cli_run *run, const work *w) {
  lg_json j = cli_json_begin("loligo-reduction/1");
  lg_json_key(&j, "reduction");
  lg_reduction_write_facts(&j, w->model, w->made.reduction, &w->runs);
  cli_json_end(run, &j);
}

static lg_status write_report(cli_run *run, const work *w, const char *folder) {
  char title[300];
  const char *path = cli_positional(run, 0), *slash = strrchr(path, '/');
  reduce_view view = {.title = title,
                      .full = w->model,
                      .tree = w->tree,
                      .reduction = w->made.reduction,
                      .runs = w->runs,
                      .provenance = cli_provenance(run)};
  (void)snprintf(title, sizeof title, "%.200s, reduced to %zu compartments", slash ? slash + 1 : path,
                 w->made.reduction->n_places);
  return lg_reduction_report(cli_ctx(run), folder, &view);
}

static int run_reduce(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  cable_reduce_options o = CABLE_REDUCE_OPTIONS_INIT;
  work w = {0};
  const char *file = cli_positional(run, 0), *output = cli_text(run, "output");
  if (!cli_given(run, "compartments")) return cli_usage(run, "--compartments N is missing: how many to reduce to");
  if (!output) return cli_usage(run, "-o REDUCED.json is missing");
  if (cli_json(run) && strcmp(output, "-") == 0)
    return cli_usage(run, "--json and a file on standard output cannot both be there");
  o.compartments = (size_t)cli_count(run, "compartments");
  o.effort = cli_text(run, "effort")[0] - '0';
  o.keep_weights = cli_flag(run, "keep-weights");
  LG_TRY(load(run, &w));
  LG_TRY(lg_reduce_make(ctx, w.model, w.tree, &o, !cli_flag(run, "no-run"), &w.made));
  w.runs = (reduce_runs){w.made.full, w.made.reduced, w.made.full_seconds, w.made.reduced_seconds};
  file = output;
  LG_TRY(lg_reduction_save(ctx, output, w.model, w.made.reduction, &w.runs, w.files, w.n_files, cli_provenance(run)));
  file = cli_text(run, "report");
  if (file) LG_TRY(write_report(run, &w, file));
  if (cli_json(run)) print_json(run, &w);
  else if (strcmp(output, "-") != 0) print(&w);
done:
  work_free(ctx, &w);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}

const cli_command cli_neuron_reduce_command = {
    .name = "neuron reduce",
    .arguments = "CASE.json --compartments N -o REDUCED.json [--report DIR]",
    .summary = "Reduce a cell with shape to few compartments that answer as it does.",
    .example = "loligo neuron reduce cell.json --compartments 10 -o reduced.json\n"
               "loligo neuron simulate reduced.json -o trace.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_reduce,
};
