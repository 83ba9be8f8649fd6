/* The treated neuron as a model file: what any other command runs. */
#include "app/cli/commands.h"
#include "app/cli/drug_source.h"
#include "app/cli/simulate_cable.h"
#include "app/cli/treat_cable.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/drug_learn_net.h"
#include "twin/model_file.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "MODEL.json", CLI_OUTPUT, NULL, "Write the treated neuron here; otherwise on stdout."},
    {"drug", "NAME", CLI_TEXT, NULL, "Drug of the table (loligo drug list)."},
    {"dose", "CONCENTRATION", CLI_CONCENTRATION, NULL, "Free concentration."},
    {"drugs", "FILE.csv", CLI_INPUT, NULL, "Another table of drugs."},
    {"network", "NET.safetensors", CLI_INPUT, NULL,
     "Another learned map for Izhikevich twins (loligo train drug-delta)."},
};

static lg_status write_model(cli_run *run, const lg_neuron *neuron, const lg_learned_note *note, const char *path) {
  static const char *const keys[LG_EFFECT_P] = {"vr", "vt", "c", "d", "vpeak"};
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_json_key(&w, "schema");
  lg_json_text(&w, "loligo-treated/1");
  lg_json_key_text(&w, "model", neuron->info->model);
  lg_json_key_text(&w, "variant", neuron->info->variant);
  lg_json_key(&w, "parameters");
  lg_json_object(&w);
  for (size_t k = 0; k < neuron->info->n_fields; k++)
    if (neuron->value[k] == neuron->value[k]) lg_json_key_number(&w, neuron->info->fields[k].name, neuron->value[k]);
  lg_json_end_object(&w);
  if (note) {
    lg_json_key(&w, "learned");
    lg_json_object(&w);
    lg_json_key(&w, "sd");
    lg_json_object(&w);
    for (int k = 0; k < LG_EFFECT_P; k++) lg_json_key_number(&w, keys[k], note->sd[k]);
    lg_json_end_object(&w);
    lg_json_key_boolean(&w, "in_range", note->inside);
    lg_json_key_text(&w, "reason", note->inside ? NULL : note->reason);
    lg_json_end_object(&w);
  }
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(cli_provenance(run), &w);
  lg_json_end_object(&w);
  if (!lg_json_end(&w)) {
    lg_outfile_discard(cli_ctx(run), file);
    return lg_fail(cli_ctx(run), LG_ERR_INTERNAL, "the JSON of the neuron did not nest");
  }
  return lg_outfile_commit(cli_ctx(run), file);
}

static int apply(cli_run *run, const lg_neuron *neuron, const lg_drug_table *table, const lg_delta_net *net) {
  lg_ctx *ctx = cli_ctx(run);
  const char *output = cli_text(run, "output") ? cli_text(run, "output") : "-";
  lg_neuron treated;
  lg_learned_note note;
  lg_dose dose = {.free_uM = cli_number(run, "dose")};
  lg_status status = lg_drug_find(ctx, table, cli_text(run, "drug"), &dose.drug);
  if (status != LG_OK) return cli_report(run, NULL, status);
  if (net) status = lg_drug_learned_apply(ctx, net, neuron, &dose, 1, NULL, &treated, &note);
  else status = lg_drug_apply(ctx, neuron, &dose, 1, NULL, &treated, NULL);
  if (status != LG_OK) return cli_report(run, cli_positional(run, 0), status);
  status = write_model(run, &treated, net ? &note : NULL, output);
  if (status != LG_OK) return cli_report(run, output, status);
  if (net && !note.inside) cli_say(run, "outside what was learned: %s", note.reason);
  return CLI_OK;
}

static int run_apply(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0);
  lg_drug_table *table = NULL;
  lg_delta_net *net = NULL;
  lg_neuron neuron;
  if (!cli_text(run, "drug") || !cli_given(run, "dose"))
    return cli_usage(run, "which drug, and how much? give --drug NAME --dose 1uM");
  if (!(cli_number(run, "dose") >= 0.0)) return cli_usage(run, "--dose is %g uM; 0 or more", cli_number(run, "dose"));
  if (cli_is_cable(ctx, path)) return cli_apply_cable(run);
  lg_status status = cli_provenance(run) ? lg_neuron_load(ctx, path, &neuron) : LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_input(ctx, cli_provenance(run), "model", path);
  if (status != LG_OK) return cli_report(run, path, status);
  int code = cli_drug_table(run, cli_text(run, "drugs"), false, NULL, &table, NULL);
  if (code == CLI_OK) code = cli_learned(run, &neuron, cli_text(run, "network"), &net);
  if (code == CLI_OK) code = apply(run, &neuron, table, net);
  lg_drug_table_destroy(ctx, table);
  lg_delta_net_destroy(ctx, net);
  return code;
}

const cli_command cli_drug_apply_command = {
    .name = "drug apply",
    .arguments = "MODEL.json|CASE.json --drug NAME --dose CONCENTRATION [-o TREATED.json]",
    .summary =
        "Make the neuron that a drug makes of a model or twin: conductances by the drug table, Izhikevich twins by "
        "the learned map, cells with shape channel by channel.",
    .example = "loligo drug apply twin.json --drug retigabine --dose 1uM -o treated.json\n  loligo neuron simulate "
               "treated.json --protocol step.json -o trace.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_apply,
};
