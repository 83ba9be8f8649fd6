/* The treated neuron as a model file: what any other command runs. */
#include "app/cli/commands.h"
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

/* *about: the file that a failure is about, when the caller named it. */
static lg_status read_tables(cli_run *run, bool with_net, lg_drug_table **table, lg_delta_net **net,
                             const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  char path[4096];
  const char *drugs = cli_text(run, "drugs"), *network = cli_text(run, "network");
  *about = drugs;
  if (!drugs) {
    LG_TRY(cli_find_data(ctx, "data/drugs.csv", path, sizeof path));
    drugs = path;
  }
  LG_TRY(lg_drug_table_read(ctx, drugs, NULL, table));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "drugs", drugs));
  if (!with_net) goto done;
  *about = network;
  if (!network) {
    LG_TRY(cli_find_data(ctx, "models/drug-delta.safetensors", path, sizeof path));
    network = path;
  }
  LG_TRY(lg_delta_net_load(ctx, network, net));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "network", network));
done:
  return status;
}

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

static int run_apply(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *path = cli_positional(run, 0), *about = path, *name = cli_text(run, "drug");
  const char *output = cli_text(run, "output") ? cli_text(run, "output") : "-";
  lg_drug_table *table = NULL;
  lg_delta_net *net = NULL;
  lg_neuron neuron, treated;
  lg_learned_note note;
  lg_dose dose;
  if (!name || !cli_given(run, "dose")) return cli_usage(run, "which drug, and how much? give --drug NAME --dose 1uM");
  if (!(cli_number(run, "dose") >= 0.0)) return cli_usage(run, "--dose is %g uM; 0 or more", cli_number(run, "dose"));
  LG_TRY(cli_provenance(run) ? LG_OK : LG_ERR_MEMORY);
  LG_TRY(lg_neuron_load(ctx, path, &neuron));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "model", path));
  const bool learned = strcmp(neuron.info->model, "izhikevich") == 0;
  LG_TRY(read_tables(run, learned, &table, &net, &about));
  dose.free_uM = cli_number(run, "dose");
  about = NULL;
  LG_TRY(lg_drug_find(ctx, table, name, &dose.drug));
  about = path;
  if (learned) LG_TRY(lg_drug_learned_apply(ctx, net, &neuron, &dose, 1, NULL, &treated, &note));
  else LG_TRY(lg_drug_apply(ctx, &neuron, &dose, 1, NULL, &treated, NULL));
  about = output;
  LG_TRY(write_model(run, &treated, learned ? &note : NULL, output));
  if (learned && !note.inside) cli_say(run, "outside what was learned: %s", note.reason);
done:
  lg_drug_table_destroy(ctx, table);
  lg_delta_net_destroy(ctx, net);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_drug_apply_command = {
    .name = "drug apply",
    .arguments = "MODEL.json --drug NAME --dose CONCENTRATION [-o TREATED.json]",
    .summary =
        "Make the neuron that a drug makes of a model or twin: conductances by the drug table, Izhikevich twins by "
        "the learned map.",
    .example = "loligo drug apply twin.json --drug retigabine --dose 1uM -o treated.json\n  loligo neuron simulate "
               "treated.json --protocol step.json -o trace.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_apply,
};
