/* loligo neuron simulate of a cell with shape: a model in, voltages at its probes and spikes out. */
#include "app/cli/simulate_cable.h"

#include "app/cli/json_out.h"
#include "app/cli/treat_cable.h"
#include "base/base.h"
#include "data/provenance.h"
#include "io/trace_write.h"
#include "twin/cable_file.h"
#include "twin/cable_mechanism_file.h"

#include <math.h>
#include <string.h>

const char *const cli_cable_options[] = {"scheme",       "tolerance",  "max-dx-um", "d-lambda", "nseg", "mechanisms",
                                         "exact-spikes", "fine-rates", "drug",      "dose",     "drugs"};
const size_t cli_n_cable_options = sizeof cli_cable_options / sizeof cli_cable_options[0];

bool cli_is_cable(lg_ctx *ctx, const char *path) {
  lg_json_doc *doc;
  if (lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc) != LG_OK) {
    lg_ctx_clear(ctx);
    return false;
  }
  const lg_json_at root = lg_json_root(doc);
  const bool is = lg_cable_is(&root);
  lg_json_doc_destroy(ctx, doc);
  return is;
}

/* ---- options --------------------------------------------------------------------------------------- */

cable_cut cli_cable_cut(const cli_run *run) {
  cable_cut cut = CABLE_CUT_INIT;
  if (cli_given(run, "nseg")) cut.n_per_section = (size_t)cli_count(run, "nseg");
  else if (cli_given(run, "max-dx-um")) cut.max_dx_um = cli_number(run, "max-dx-um");
  else if (cli_given(run, "d-lambda")) cut.d_lambda = cli_number(run, "d-lambda");
  return cut;
}

static const char *scheme_name(const cli_run *run) {
  return cli_given(run, "scheme") ? cli_text(run, "scheme") : "sdirk2";
}

cable_scheme cli_scheme(const cli_run *run) {
  const char *name = scheme_name(run);
  return strcmp(name, "nrn") == 0 ? CABLE_NRN : strcmp(name, "adaptive") == 0 ? CABLE_ADAPTIVE : CABLE_SDIRK2;
}

/* An exit code where an option cannot be, CLI_OK otherwise. */
static int check_options(cli_run *run, cable_run_options *o) {
  static const char *const points_only[] = {"protocol", "solver", "states"};
  for (size_t k = 0; k < sizeof points_only / sizeof points_only[0]; k++)
    if (cli_given(run, points_only[k]) && !(k == 1 && strcmp(cli_text(run, "solver"), "rk4") == 0)) /* its default */
      return cli_usage(run, "--%s is for point neurons; %s describes a cell with shape", points_only[k],
                       cli_positional(run, 0));
  if (cli_given(run, "nseg") + cli_given(run, "max-dx-um") + cli_given(run, "d-lambda") > 1)
    return cli_usage(run, "--nseg, --max-dx-um and --d-lambda cannot be together");
  if (cli_given(run, "nseg") && !(cli_count(run, "nseg") >= 1 && cli_count(run, "nseg") <= 100000))
    return cli_usage(run, "--nseg is %llu; allowed is 1 … 100000", (unsigned long long)cli_count(run, "nseg"));
  if (cli_given(run, "max-dx-um") && !(cli_number(run, "max-dx-um") >= 1e-3 && cli_number(run, "max-dx-um") <= 1e6))
    return cli_usage(run, "--max-dx-um is %g um; allowed is 0.001 … 1e6", cli_number(run, "max-dx-um"));
  if (cli_given(run, "d-lambda") && !(cli_number(run, "d-lambda") >= 1e-4 && cli_number(run, "d-lambda") <= 10.0))
    return cli_usage(run, "--d-lambda is %g; allowed is 0.0001 … 10", cli_number(run, "d-lambda"));
  o->scheme = cli_scheme(run);
  if (cli_given(run, "tolerance")) {
    o->tolerance = cli_number(run, "tolerance");
    if (o->scheme != CABLE_ADAPTIVE) return cli_usage(run, "--tolerance is for --scheme adaptive");
    if (!(o->tolerance >= 1e-12 && o->tolerance <= 1.0))
      return cli_usage(run, "--tolerance is %g mV; allowed is 1e-12 … 1 mV", o->tolerance);
  }
  if (cli_given(run, "dt")) {
    o->dt_ms = cli_number(run, "dt");
    if (!(o->dt_ms >= 1e-6 && o->dt_ms <= 10.0))
      return cli_usage(run, "--dt is %g ms; allowed is 1e-6 … 10 ms", o->dt_ms);
  }
  o->seed = cli_seed(run);
  o->exact_spikes = cli_flag(run, "exact-spikes");
  o->fine_rates = cli_flag(run, "fine-rates");
  return cli_check_state(run);
}

/* ---- output ---------------------------------------------------------------------------------------- */

static lg_status write_trace(cli_run *run, const char *path, const cable_model *model, const cable_result *r) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_trace_column *columns = NULL;
  double *t = NULL;
  LG_NEW(ctx, columns, r->n_probes + 1);
  LG_NEW(ctx, t, r->n_samples + 1);
  for (size_t k = 0; k < r->n_samples; k++) t[k] = (double)k * r->sample_ms;
  columns[0] = (lg_trace_column){.name = "t_ms", .values = t};
  for (size_t p = 0; p < r->n_probes; p++)
    columns[p + 1] = (lg_trace_column){.name = model->probes[p].column, .values = r->values + p * r->n_samples};
  status = lg_trace_write(ctx, path, columns, r->n_probes + 1, r->n_samples, cli_provenance(run));
done:
  lg_free(ctx, t);
  lg_free(ctx, columns);
  return status;
}

static lg_status write_spikes(cli_run *run, const char *path, const cable_model *model, const cable_result *r) {
  lg_ctx *ctx = cli_ctx(run);
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *stream = lg_outfile_stream(file);
  lg_provenance_write_comments(cli_provenance(run), stream);
  (void)fputs("probe,t_ms\n", stream);
  for (size_t k = 0; k < r->n_spikes; k++) {
    char number[32];
    lg_format_double(r->spikes[k].t_ms, number);
    (void)fprintf(stream, "%s,%s\n", model->probes[r->spikes[k].probe].name, number);
  }
  return lg_outfile_commit(ctx, file);
}

static void print_json(cli_run *run, const cable_model *model, const cable_run_options *o, const cable_result *r) {
  lg_json w = cli_json_begin("loligo-cable-simulation/1");
  lg_json_key_text(&w, "model", "cable");
  lg_json_key_text(&w, "scheme", scheme_name(run));
  if (o->scheme != CABLE_ADAPTIVE) lg_json_key_number(&w, "dt_ms", o->dt_ms > 0.0 ? o->dt_ms : 0.025);
  lg_json_key_integer(&w, "n_nodes", (int64_t)r->n_nodes);
  lg_json_key_integer(&w, "n_steps", (int64_t)r->n_steps);
  lg_json_key_integer(&w, "n_samples", (int64_t)r->n_samples);
  lg_json_key_number(&w, "sample_ms", r->sample_ms);
  lg_json_key_boolean(&w, "diverged", r->diverged);
  if (r->diverged) lg_json_key_text(&w, "where", r->where);
  lg_json_key(&w, "probes");
  lg_json_array(&w);
  for (size_t p = 0; p < r->n_probes; p++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "column", model->probes[p].column);
    if (model->probes[p].quantity == CABLE_V) {
      lg_json_key(&w, "spikes_ms");
      lg_json_array(&w);
      for (size_t k = 0; k < r->n_spikes; k++)
        if (r->spikes[k].probe == p) lg_json_number(&w, r->spikes[k].t_ms);
      lg_json_end_array(&w);
    }
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

static lg_status add_inputs(cli_run *run, const cable_model *model) {
  lg_provenance *p = cli_provenance(run);
  if (!p) return LG_ERR_MEMORY;
  lg_status status = lg_provenance_add_input(cli_ctx(run), p, "model", cli_positional(run, 0));
  if (status == LG_OK && model->swc_path)
    status = lg_provenance_add_input(cli_ctx(run), p, "morphology", model->swc_path);
  for (size_t k = 0; k < model->n_own_mechanisms && status == LG_OK; k++)
    status = lg_provenance_add_input(cli_ctx(run), p, "mechanism",
                                     lg_cable_nmodl_mechanism(model->own_mechanisms[k])->source);
  return status;
}

/* One line per kind of note: how many, and the first. */
static void say_morphology(const cli_run *run, const lg_morphology *m) {
  for (size_t k = 0; m && k < m->n_notes; k++) {
    const lg_morphology_note *note = &m->notes[k];
    size_t same = 0;
    bool before = false;
    for (size_t i = 0; i < m->n_notes; i++) {
      if (strcmp(m->notes[i].code, note->code) != 0) continue;
      before = before || i < k;
      same++;
    }
    if (before) continue;
    char where[64] = "", more[80] = "";
    if (note->line > 0)
      (void)snprintf(where, sizeof where, "line %zu, node %lld: ", note->line, (long long)note->node_id);
    if (same > 1) (void)snprintf(more, sizeof more, " (and %zu more: loligo neuron morphology lists them)", same - 1);
    cli_say(run, "morphology: %s%s%s", where, note->text, more);
  }
}

/* What a person should know of the reading: repairs of the morphology, samples between steps. */
static void say_notes(const cli_run *run, const cable_model *model, const cable_run_options *o) {
  say_morphology(run, model->morphology);
  const double dt = o->dt_ms > 0.0 ? o->dt_ms : 0.025, ratio = model->sample_ms / dt;
  if (o->scheme != CABLE_ADAPTIVE && !(fabs(ratio - floor(ratio + 0.5)) < 1e-9 * ratio))
    cli_say(run, "sample_ms %g is not a multiple of dt %g: samples are interpolated between steps", model->sample_ms,
            dt);
}

/* The C compiler where it is wanted; one word where it cannot be. */
static lg_status build_mechanisms(cli_run *run, cable_model *model) {
  const char *how = cli_text(run, "mechanisms");
  char why[600];
  if (!how || strcmp(how, "compile") != 0) return LG_OK;
  for (size_t k = 0; k < model->n_own_mechanisms; k++) {
    const lg_status status = lg_cable_mechanism_build(cli_ctx(run), model->own_mechanisms[k], why, sizeof why);
    if (status != LG_OK) return status;
    if (*why) cli_say(run, "%s is interpreted: %s", lg_cable_nmodl_mechanism(model->own_mechanisms[k])->name, why);
  }
  return LG_OK;
}

int cli_simulate_cable(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK, outcome = LG_OK;
  cable_model *model = NULL;
  cable_tree *tree = NULL;
  cable_result *result = NULL;
  lg_drug_table *table = NULL;
  lg_cable_treated *how = NULL;
  cable_run_options o = {0};
  const cable_cut cut = cli_cable_cut(run);
  const char *output = cli_text(run, "output"), *spikes = cli_text(run, "spikes"), *file = cli_positional(run, 0);
  int code = check_options(run, &o);
  if (code != CLI_OK) return code;
  if (!output && !spikes && !cli_json(run)) output = "-";
  if (cli_json(run) && ((output && strcmp(output, "-") == 0) || (spikes && strcmp(spikes, "-") == 0)))
    return cli_usage(run, "--json and a file on standard output cannot both be there");
  LG_TRY(lg_cable_load(ctx, file, &model));
  LG_TRY(add_inputs(run, model));
  LG_TRY(build_mechanisms(run, model));
  say_notes(run, model, &o);
  LG_NEW(ctx, how, 1);
  code = cli_treat_cable(run, model, &table, how);
  if (code != CLI_OK) goto done;
  LG_TRY(lg_cable_tree_create(ctx, model, &cut, &tree));
  outcome = cli_run_cable(run, model, tree, &o, &cut, &result, &file);
  if (outcome != LG_OK && outcome != LG_ERR_NUMERICAL) LG_TRY(outcome);
  if (outcome != LG_OK) code = cli_report(run, file, outcome); /* the trace up to there is kept */
  file = output;
  if (output) LG_TRY(write_trace(run, output, model, result));
  file = spikes;
  if (spikes) LG_TRY(write_spikes(run, spikes, model, result));
  if (cli_json(run)) print_json(run, model, &o, result);
  else if (outcome == LG_OK)
    cli_say(run, "%zu spike%s at %zu probes in %g ms; %zu compartments and joints, %zu steps", result->n_spikes,
            result->n_spikes == 1 ? "" : "s", result->n_probes, model->tstop_ms, result->n_nodes, result->n_steps);
done:
  lg_cable_result_destroy(ctx, result);
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, model);
  lg_free(ctx, how);
  lg_drug_table_destroy(ctx, table);
  return status == LG_OK ? code : cli_report(run, file, status);
}
