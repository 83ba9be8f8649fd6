/* loligo population: virtual patients around one twin. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/trial_options.h"
#include "data/provenance.h"
#include "twin/population.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "POPULATION", CLI_OUTPUT, NULL, "Write the patients here: .json, or .csv with a row per patient."},
    {"patients", "N", CLI_COUNT, "1000", "Number of patients; -n in short."},
    {"spread", "NUMBER", CLI_NUMBER, "1", "Factor on the differences between cells; 0: the posterior alone."},
    {"calibrate", "twin|exc|pvalb|sst|vip|none", CLI_CHOICE, "twin",
     "Take only cells as far from the twin as cells of its kind are from their median, or in the range of a class."},
    {"temperature", "CELSIUS", CLI_NUMBER, NULL, "Temperature of the patients, degC."},
    {"recorded-at", "CELSIUS", CLI_NUMBER, NULL, "Temperature of the recording, degC."},
    {"q10", "NUMBER", CLI_NUMBER, "2.3", "Q10 of the gates."},
    {"covariates", "FILE.csv", CLI_INPUT, NULL,
     "A row per patient: temperature_C, and FIELD_factor or FIELD_shift for fields of the model."},
};

static lg_calibration calibration_of(const char *word) {
  static const char *const words[] = {"twin", "exc", "pvalb", "sst", "vip", "none"};
  for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
    if (strcmp(word, words[k]) == 0) return (lg_calibration)k;
  return LG_CALIBRATE_TWIN;
}

static void say(cli_run *run, const lg_population *p, const char *path) {
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-population-run/1");
    lg_json_key_text(&w, "output", path);
    lg_json_key_integer(&w, "n", (int64_t)p->n);
    lg_json_key_integer(&w, "n_tried", (int64_t)p->n_tried);
    lg_json_key_number(&w, "share_accepted", (double)p->n / (double)p->n_tried);
    cli_json_end(run, &w);
    return;
  }
  cli_say(run, "%zu patients, %.1f %% of %zu cells that were tried", p->n, 100.0 * (double)p->n / (double)p->n_tried,
          p->n_tried);
}

static int run_population(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *output = cli_text(run, "output"), *covariates = cli_text(run, "covariates");
  lg_subject *subject = NULL;
  lg_population *population = NULL;
  lg_population_opts o = LG_POPULATION_OPTS_INIT;
  lg_status status = LG_OK;
  if (!output) return cli_usage(run, "where to? give -o POPULATION.json");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  o.n = cli_count(run, "patients");
  o.seed = cli_seed(run);
  o.spread = cli_number(run, "spread");
  o.calibration = calibration_of(cli_text(run, "calibrate"));
  o.q10 = cli_number(run, "q10");
  o.temperature_C = cli_number(run, "temperature");
  o.recorded_at_C = cli_number(run, "recorded-at");
  o.covariates = covariates;
  if (o.n < 1 || o.n > 1000000) return cli_usage(run, "--patients: 1 to 1000000");
  if (!(o.spread >= 0.0 && o.spread <= 5.0)) return cli_usage(run, "--spread: 0 to 5");
  if (!(o.q10 >= 1.0 && o.q10 <= 10.0)) return cli_usage(run, "--q10: 1 to 10");
  if (!isnan(o.temperature_C) && isnan(o.recorded_at_C))
    return cli_usage(run, "--temperature: and at which temperature was it recorded? give --recorded-at");
  const int code = cli_subject(run, cli_positional(run, 0), 1000, &subject);
  if (code != CLI_OK) return code;
  if (covariates) status = lg_provenance_add_input(ctx, cli_provenance(run), "covariates", covariates);
  if (status == LG_OK) status = lg_population_create(ctx, subject, &o, &population);
  const char *about =
      covariates && (status == LG_ERR_FORMAT || status == LG_ERR_IO) ? covariates : cli_positional(run, 0);
  if (status == LG_OK) {
    about = output;
    status = lg_population_write(ctx, population, cli_provenance(run), output);
  }
  if (status == LG_OK) say(run, population, output);
  lg_population_destroy(ctx, population);
  lg_subject_destroy(ctx, subject);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_population_command = {
    .name = "population",
    .arguments = "TWIN.json -n 1000 -o POPULATION.json|.csv",
    .summary =
        "Make virtual patients of a twin: its uncertainty x differences between cells x temperature, calibrated.",
    .example = "loligo population twin.json -n 1000 -o patients.json\n"
               "  loligo population twin.json -n 200 --recorded-at 22 --temperature 37 -o patients.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_population,
};
