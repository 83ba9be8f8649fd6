/* The truth table of drugs: what well-known ones must do, on one neuron and on many. */
#include "app/cli/commands.h"
#include "app/cli/drug_source.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/verdict_validate.h"

static const cli_option options[] = {
    {"neurons", "N", CLI_COUNT, "0", "Random neurons of the Traub-Miles prior to judge as well."},
    {"library", "FILE.csv", CLI_INPUT, NULL, "Another table of drugs."},
};

static void print_table(const lg_truth *rows) {
  for (size_t k = 0; k < LG_TRUTHS; k++) {
    (void)printf("%-5s  %-38s expected %s\n", rows[k].right ? "right" : "WRONG", rows[k].name, rows[k].expected);
    (void)printf("       %s\n", rows[k].found);
    if (rows[k].n == 0) continue;
    (void)printf("       random neurons: %zu of %zu right (%.0f %%):", rows[k].n_right, rows[k].n,
                 100.0 * (double)rows[k].n_right / (double)rows[k].n);
    for (int v = 0; v < LG_VERDICTS; v++)
      if (rows[k].verdicts[v] > 0) (void)printf(" %zu %s", rows[k].verdicts[v], lg_verdict_name((lg_verdict)v));
    (void)printf("\n");
  }
}

static void print_json(cli_run *run, const lg_truth *rows) {
  lg_json w = cli_json_begin("loligo-drug-verdicts/1");
  lg_json_key(&w, "rows");
  lg_json_array(&w);
  for (size_t k = 0; k < LG_TRUTHS; k++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "name", rows[k].name);
    lg_json_key_text(&w, "expected", rows[k].expected);
    lg_json_key_boolean(&w, "right", rows[k].right);
    lg_json_key_text(&w, "found", rows[k].found);
    lg_json_key_integer(&w, "random_neurons", (int64_t)rows[k].n);
    lg_json_key_integer(&w, "random_right", (int64_t)rows[k].n_right);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

static int validate_verdicts(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_drug_table *table = NULL;
  lg_truth rows[LG_TRUTHS];
  bool right = true;
  if (cli_count(run, "neurons") > 100000) return cli_usage(run, "--neurons: at most 100000");
  const int code = cli_drug_table(run, cli_text(run, "library"), false, NULL, &table, NULL);
  if (code != CLI_OK) return code;
  const lg_status status = lg_truth_table(ctx, table, cli_count(run, "neurons"), cli_seed(run), rows);
  lg_drug_table_destroy(ctx, table);
  if (status != LG_OK) return cli_report(run, cli_text(run, "library"), status);
  for (size_t k = 0; k < LG_TRUTHS; k++) right = right && rows[k].right;
  if (cli_json(run)) print_json(run, rows);
  else print_table(rows);
  return right ? CLI_OK : CLI_NEGATIVE;
}

const cli_command cli_validate_drug_verdicts = {
    .name = "validate drug-verdicts",
    .arguments = "[--neurons N] [--library FILE.csv]",
    .summary = "Judge well-known drugs on a regular-spiking neuron and on random ones; exit 1 if a verdict is wrong.",
    .example = "loligo validate drug-verdicts\n  loligo validate drug-verdicts --neurons 200",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = validate_verdicts,
};
