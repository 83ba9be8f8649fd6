/* Drugs on cells with shape: what a drug makes of a case, in words and as a case. */
#include "app/cli/treat_cable.h"

#include "app/cli/drug_source.h"
#include "base/base.h"
#include "cable/nmodl.h"
#include "data/provenance.h"
#include "twin/cable_file.h"
#include "twin/cable_write.h"

#include <string.h>

static void say(const cli_run *run, const lg_cable_treated *how) {
  for (size_t k = 0; k < how->n_touches; k++) {
    const lg_cable_touch *touch = &how->touches[k];
    char places[48] = "";
    if (touch->places > 1) (void)snprintf(places, sizeof places, " (%zu times)", touch->places);
    cli_say(run, "%s: %s%s%s", touch->mechanism, touch->what, places, touch->done ? "" : ": left as it is");
  }
  for (size_t k = 0; k < how->notes.n; k++) {
    const lg_drug_note *note = &how->notes.notes[k];
    if (note->outcome != LG_DRUG_ACTED && note->outcome != LG_DRUG_NOT_CHOSEN)
      cli_say(run, "%s: %s", note->effect->target,
              note->outcome == LG_DRUG_NO_TARGET ? "this cell has none" : lg_drug_outcome_name(note->outcome));
  }
}

/* The dose of the options; drug NULL: none was asked for. */
static int read_dose(cli_run *run, lg_drug_table **table, lg_dose *dose) {
  *table = NULL;
  *dose = (lg_dose){.free_uM = cli_number(run, "dose")};
  if (!cli_text(run, "drug")) {
    if (cli_given(run, "dose") || cli_given(run, "drugs")) return cli_usage(run, "which drug? give --drug NAME");
    return CLI_OK;
  }
  if (!cli_given(run, "dose")) return cli_usage(run, "how much of %s? give --dose 1uM", cli_text(run, "drug"));
  if (!(dose->free_uM >= 0.0)) return cli_usage(run, "--dose is %g uM; 0 or more", dose->free_uM);
  const int code = cli_drug_table(run, cli_text(run, "drugs"), false, NULL, table, NULL);
  return code == CLI_OK ? cli_drug_find(run, *table, cli_text(run, "drug"), &dose->drug) : code;
}

int cli_treat_cable(cli_run *run, cable_model *model, lg_drug_table **table, lg_cable_treated *how) {
  lg_dose dose;
  const int code = read_dose(run, table, &dose);
  if (code != CLI_OK || !dose.drug) return code;
  const lg_status status = lg_cable_treat(cli_ctx(run), model, &dose, 1, NULL, how);
  if (status != LG_OK) return cli_report(run, cli_positional(run, 0), status);
  say(run, how);
  return CLI_OK;
}

int cli_treat_network(cli_run *run, cable_network_model *network, bool aloud) {
  lg_ctx *ctx = cli_ctx(run);
  lg_drug_table *table = NULL;
  lg_cable_treated *how = NULL;
  lg_dose dose;
  int code = read_dose(run, &table, &dose);
  if (code == CLI_OK && dose.drug && !(how = lg_alloc(ctx, 1, sizeof *how)))
    code = cli_report(run, cli_positional(run, 0), LG_ERR_MEMORY);
  for (size_t k = 0; code == CLI_OK && dose.drug && k < network->n_populations; k++) {
    const cable_population *population = &network->populations[k];
    if (!population->model) continue;
    const lg_status status = lg_cable_network_treat(ctx, network, k, &dose, 1, NULL, how);
    if (status != LG_OK) code = cli_report(run, cli_positional(run, 0), status);
    else if (aloud) {
      cli_say(run, "%s:", population->name);
      say(run, how);
    }
  }
  lg_free(ctx, how);
  lg_drug_table_destroy(ctx, table);
  return code;
}

static void put_treatment(cli_run *run, lg_json *w, const lg_cable_treated *how) {
  lg_json_key(w, "reference");
  lg_json_object(w);
  lg_json_key_text(w, "drug", cli_text(run, "drug"));
  lg_json_key_number(w, "dose_uM", cli_number(run, "dose"));
  lg_json_key(w, "touched");
  lg_json_array(w);
  for (size_t k = 0; k < how->n_touches; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "mechanism", how->touches[k].mechanism);
    lg_json_key_text(w, "what", how->touches[k].what);
    lg_json_key_integer(w, "places", (int64_t)how->touches[k].places);
    lg_json_key_boolean(w, "done", how->touches[k].done);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_key(w, "targets");
  lg_json_array(w);
  for (size_t k = 0; k < how->notes.n; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "target", how->notes.notes[k].effect->target);
    lg_json_key_text(w, "outcome", lg_drug_outcome_name(how->notes.notes[k].outcome));
    lg_json_key_number(w, "strength", how->notes.notes[k].strength);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_end_object(w);
}

static lg_status write_case(cli_run *run, const char *path, const cable_model *model, const lg_cable_treated *how) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_cable_write_keys(&w, model);
  put_treatment(run, &w, how);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(cli_provenance(run), &w);
  lg_json_end_object(&w);
  if (lg_json_end(&w)) return lg_outfile_commit(cli_ctx(run), file);
  lg_outfile_discard(cli_ctx(run), file);
  return lg_fail(cli_ctx(run), LG_ERR_INTERNAL, "the JSON of the cell did not nest");
}

static lg_status load(cli_run *run, const char *path, cable_model **model) {
  lg_ctx *ctx = cli_ctx(run);
  lg_provenance *provenance = cli_provenance(run);
  lg_status status = provenance ? lg_cable_load(ctx, path, model) : LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_input(ctx, provenance, "model", path);
  if (status == LG_OK && (*model)->swc_path)
    status = lg_provenance_add_input(ctx, provenance, "morphology", (*model)->swc_path);
  for (size_t k = 0; status == LG_OK && k < (*model)->n_own_mechanisms; k++)
    status = lg_provenance_add_input(ctx, provenance, "mechanism",
                                     lg_cable_nmodl_mechanism((*model)->own_mechanisms[k])->source);
  return status;
}

int cli_apply_cable(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0), *output = cli_text(run, "output") ? cli_text(run, "output") : "-";
  cable_model *model = NULL;
  lg_drug_table *table = NULL;
  lg_cable_treated *how = NULL;
  int code = CLI_OK;
  lg_status status = load(run, path, &model);
  if (status == LG_OK && !(how = lg_alloc(ctx, 1, sizeof *how))) status = LG_ERR_MEMORY;
  if (status != LG_OK) code = cli_report(run, path, status);
  else code = cli_treat_cable(run, model, &table, how);
  if (status == LG_OK && code == CLI_OK) {
    status = write_case(run, output, model, how);
    if (status != LG_OK) code = cli_report(run, output, status);
  }
  lg_free(ctx, how);
  lg_drug_table_destroy(ctx, table);
  lg_cable_model_destroy(ctx, model);
  return code;
}
