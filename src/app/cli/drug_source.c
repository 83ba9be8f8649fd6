#include "app/cli/drug_source.h"

#include "base/base.h"
#include "data/provenance.h"

#include <string.h>

static void name_problems(const cli_run *run, const char *path, const lg_drug_problems *problems) {
  enum { SHOWN = 20 };
  for (size_t k = 0; k < problems->n && k < SHOWN; k++)
    cli_say(run, "loligo: %s:%zu: skipped: %s", path, problems->problems[k].line, problems->problems[k].message);
  if (problems->n > SHOWN) cli_say(run, "loligo: %s: %zu more rows were skipped", path, problems->n - SHOWN);
}

int cli_drug_table(cli_run *run, const char *path, bool keep_going, const lg_drug_read_options *options,
                   lg_drug_table **out, size_t *n_skipped) {
  lg_ctx *ctx = cli_ctx(run);
  char shipped[4096];
  lg_drug_problems problems = {0};
  lg_provenance *provenance = cli_provenance(run);
  lg_status status = provenance ? LG_OK : LG_ERR_MEMORY;
  *out = NULL;
  if (status == LG_OK && !path) {
    status = cli_find_data(ctx, "data/drugs.csv", shipped, sizeof shipped);
    path = shipped;
  }
  if (status == LG_OK) status = lg_drug_table_read_with(ctx, path, options, keep_going ? &problems : NULL, out);
  if (status == LG_OK) {
    name_problems(run, path, &problems);
    status = lg_provenance_add_input(ctx, provenance, "drugs", path);
  }
  if (n_skipped) *n_skipped = problems.n;
  lg_free(ctx, problems.problems);
  if (status == LG_OK) return CLI_OK;
  lg_drug_table_destroy(ctx, *out);
  *out = NULL;
  return cli_report(run, path, status);
}

int cli_drug_find(cli_run *run, const lg_drug_table *table, const char *name, const lg_drug **out) {
  const lg_status status = lg_drug_find(cli_ctx(run), table, name, out);
  return status == LG_OK ? CLI_OK : cli_usage(run, "%s", lg_ctx_message(cli_ctx(run)));
}

int cli_learned(cli_run *run, const lg_neuron *neuron, const char *path, lg_delta_net **learned) {
  char shipped[4096];
  lg_status status = LG_OK;
  if (*learned || strcmp(neuron->info->model, "izhikevich") != 0) return CLI_OK;
  if (!path) {
    status = cli_find_data(cli_ctx(run), "models/drug-delta.safetensors", shipped, sizeof shipped);
    path = shipped;
  }
  if (status == LG_OK) status = lg_delta_net_load(cli_ctx(run), path, learned);
  if (status == LG_OK) status = lg_provenance_add_input(cli_ctx(run), cli_provenance(run), "network", path);
  return status == LG_OK ? CLI_OK : cli_report(run, path, status);
}
