/* loligo neuron reduce: a cell with shape in, one of few compartments out. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/simulate_cable.h"
#include "base/base.h"
#include "cable/nmodl.h"
#include "data/provenance.h"
#include "twin/cable_file.h"
#include "twin/reduce_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const cli_option options[] = {
    {"compartments", "N", CLI_COUNT, NULL, "How many compartments at most, 2 to 128."},
    {"output", "REDUCED.json", CLI_OUTPUT, NULL, "The reduced model; - for standard output."},
    {"effort", "0|1|2", CLI_CHOICE, "2", "How long to look for places: 0 quick, 2 thorough."},
    {"keep-weights", NULL, CLI_FLAG, NULL, "Move synapses by shares alone, without runs that match their EPSPs."},
    {"max-dx-um", "L", CLI_NUMBER, NULL, "Cut the full cell into compartments of at most L um (10)."},
    {"d-lambda", "F", CLI_NUMBER, NULL, "Cut the full cell at F of the length constant at 100 Hz."},
    {"nseg", "N", CLI_COUNT, NULL, "Cut every section of the full cell into N compartments."},
    {"no-run", NULL, CLI_FLAG, NULL, "Do not run the full and the reduced model on their own stimuli."},
};

static const double run_at_most_ms = 1000.0, run_step_ms = 0.025;

typedef struct work {
  cable_model *model;
  cable_tree *tree, *small_tree;
  cable_reduction *reduction;
  cable_result *full, *small;
  reduce_runs runs;
  char **files;
  size_t n_files;
} work;

static void work_free(lg_ctx *ctx, work *w) {
  lg_cable_result_destroy(ctx, w->full);
  lg_cable_result_destroy(ctx, w->small);
  lg_cable_tree_destroy(ctx, w->small_tree);
  lg_cable_reduction_destroy(ctx, w->reduction);
  lg_cable_tree_destroy(ctx, w->tree);
  lg_cable_model_destroy(ctx, w->model);
  for (size_t k = 0; k < w->n_files; k++) lg_free(ctx, w->files[k]);
  lg_free(ctx, w->files);
}

static double seconds_now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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
  LG_NEW(ctx, w->files, w->model->n_own_mechanisms + 1);
  for (size_t k = 0; k < w->model->n_own_mechanisms; k++) {
    const char *path = lg_cable_nmodl_mechanism(w->model->own_mechanisms[k])->source;
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

/* ---- both cells on the model's own stimuli ------------------------------------------------------------ */

static lg_status run_one(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, double tstop_ms,
                         cable_result **out, double *seconds) {
  const cable_run_options o = {.scheme = CABLE_SDIRK2, .dt_ms = run_step_ms};
  cable_model shorter = *model;
  const double before = seconds_now();
  shorter.tstop_ms = tstop_ms;
  const lg_status status = lg_cable_simulate(ctx, &shorter, tree, &o, out);
  *seconds = seconds_now() - before;
  return status;
}

static bool runs_wanted(const cli_run *run, const work *w) {
  return !cli_flag(run, "no-run") && w->model->tstop_ms > 0.0 && w->model->n_probes > 0;
}

static lg_status run_full(cli_run *run, work *w) {
  if (!runs_wanted(run, w)) return LG_OK;
  const double tstop = fmin(w->model->tstop_ms, run_at_most_ms);
  const lg_status status = run_one(cli_ctx(run), w->model, w->tree, tstop, &w->full, &w->runs.full_seconds);
  w->runs.full = w->full;
  return status;
}

static lg_status run_small(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  const cable_cut cut = CABLE_CUT_INIT;
  lg_status status = LG_OK;
  if (!runs_wanted(run, w)) return LG_OK;
  const double tstop = fmin(w->model->tstop_ms, run_at_most_ms);
  LG_TRY(lg_cable_tree_create(ctx, w->reduction->model, &cut, &w->small_tree));
  LG_TRY(run_one(ctx, w->reduction->model, w->small_tree, tstop, &w->small, &w->runs.reduced_seconds));
  w->runs.reduced = w->small;
done:
  return status;
}

/* Compartments for the axon's timing are set aside, a quarter of all at most. */
static lg_status reduce(cli_run *run, work *w, cable_reduce_options *o) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const size_t room = o->compartments, lines = w->full ? lg_cable_reduce_lines(w->model, w->full) : 0;
  o->compartments -= lines < room / 4 ? lines : room / 4;
  LG_TRY(lg_cable_reduce(ctx, w->model, w->tree, o, &w->reduction));
  if (w->full) LG_TRY(lg_cable_reduction_conduct(ctx, w->reduction, w->model, w->tree, w->full, room));
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

static size_t spikes_at(const cable_result *r, size_t probe) {
  size_t n = 0;
  for (size_t k = 0; k < r->n_spikes; k++) n += r->spikes[k].probe == probe;
  return n;
}

/* Greatest difference of spike times at a probe; NAN where their numbers differ. */
static double spike_shift(const work *w, size_t probe) {
  double most = 0.0;
  size_t b = 0;
  if (spikes_at(w->full, probe) != spikes_at(w->small, probe)) return (double)NAN;
  for (size_t a = 0; a < w->full->n_spikes; a++) {
    if (w->full->spikes[a].probe != probe) continue;
    while (w->small->spikes[b].probe != probe) b++;
    most = fmax(most, fabs(w->full->spikes[a].t_ms - w->small->spikes[b++].t_ms));
  }
  return most;
}

static void print_runs(const work *w) {
  if (!w->full) return;
  for (size_t p = 0; p < w->model->n_probes; p++) {
    if (w->model->probes[p].quantity != CABLE_V) continue;
    const size_t a = spikes_at(w->full, p), b = spikes_at(w->small, p);
    (void)printf("spikes at %-20.20s full %zu, reduced %zu", w->model->probes[p].name, a, b);
    if (a == b && a > 0) (void)printf(", at most %.3f ms apart", spike_shift(w, p));
    (void)printf("\n");
  }
  (void)printf("full %.3g s, reduced %.3g s: %.0f times faster\n", w->runs.full_seconds, w->runs.reduced_seconds,
               w->runs.full_seconds / w->runs.reduced_seconds);
}

static void print(const work *w) {
  const cable_reduction *r = w->reduction;
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
  lg_reduction_write_facts(&j, w->model, w->reduction, &w->runs);
  cli_json_end(run, &j);
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
  LG_TRY(run_full(run, &w));
  LG_TRY(reduce(run, &w, &o));
  LG_TRY(run_small(run, &w));
  file = output;
  LG_TRY(lg_reduction_save(ctx, output, w.model, w.reduction, &w.runs, w.files, w.n_files, cli_provenance(run)));
  if (cli_json(run)) print_json(run, &w);
  else if (strcmp(output, "-") != 0) print(&w);
done:
  work_free(ctx, &w);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}

const cli_command cli_neuron_reduce_command = {
    .name = "neuron reduce",
    .arguments = "CASE.json --compartments N -o REDUCED.json",
    .summary = "Reduce a cell with shape to few compartments that answer as it does.",
    .example = "loligo neuron reduce cell.json --compartments 10 -o reduced.json\n"
               "loligo neuron simulate reduced.json -o trace.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_reduce,
};
