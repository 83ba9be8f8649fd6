/* loligo axon spread: learn what one axon's outputs say of a whole population of gap configurations. */
#include "app/cli/axon_options.h"
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/axon_spread_file.h"

#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "SPREAD.safetensors", CLI_OUTPUT, NULL, "Write the model here; axon predict --population reads it."},
    {"folds", "K", CLI_COUNT, "10", "Parts of the cross-validation."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon; its seed is the one that is predicted or simulated."},
};

typedef struct work {
  axon_params params;
  axon_spread_set set;
  lg_axon_spread_model *model;
  char *provenance;
} work;

static void print_json(cli_run *run, const work *w) {
  lg_json j = cli_json_begin("loligo-axon-spread/1");
  lg_json_key_integer(&j, "n_profiles", (int64_t)w->model->n_known);
  lg_json_key_integer(&j, "n_seeds", (int64_t)w->model->n_seeds);
  for (size_t t = 0; t < AXON_SPREAD_TOLD; t++) {
    char key[64];
    (void)snprintf(key, sizeof key, "%s_population_%s", cli_axon_outputs[t % AXON_PREDICTED],
                   t < AXON_PREDICTED ? "mean" : "sd");
    lg_json_key(&j, key);
    lg_json_object(&j);
    lg_json_key_number(&j, "r2", w->model->r2[t]);
    lg_json_key_number(&j, "nrmse", w->model->nrmse[t]);
    lg_json_end_object(&j);
  }
  cli_json_end(run, &j);
}

static void say(cli_run *run, const work *w) {
  cli_say(run, "%zu profiles on at least %zu axons; cross-validated, natural units:", w->model->n_known,
          w->model->n_seeds);
  for (size_t q = 0; q < AXON_PREDICTED; q++)
    cli_say(run, "%s: mean R2 %.4f, NRMSE %.2f %%; sd R2 %.4f, NRMSE %.2f %%", cli_axon_outputs[q], w->model->r2[q],
            100.0 * w->model->nrmse[q], w->model->r2[AXON_PREDICTED + q], 100.0 * w->model->nrmse[AXON_PREDICTED + q]);
}

static lg_status learn(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_provenance *lasting = NULL;
  LG_TRY(cli_axon_params(run, &w->params, about));
  *about = cli_positional(run, 0);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "profiles", *about));
  *about = cli_positional(run, 1);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "outcomes", *about));
  LG_TRY(lg_axon_spread_set_load(ctx, cli_positional(run, 0), *about, w->params.seed, &w->set));
  *about = NULL;
  LG_TRY(lg_axon_spread_learn(ctx, &w->params, &w->set.examples, (size_t)cli_count(run, "folds"), &w->model));
  *about = cli_text(run, "output");
  LG_TRY(lg_provenance_lasting(ctx, cli_provenance(run), &lasting)); /* the same bytes wherever it is made */
  w->provenance = lg_provenance_text(ctx, lasting);
  if (!w->provenance) LG_TRY(LG_ERR_MEMORY);
  LG_TRY(lg_axon_spread_model_save(ctx, w->model, &(lg_text_pair){"provenance", w->provenance}, 1, *about));
done:
  lg_provenance_destroy(ctx, lasting);
  return status;
}

static int run_spread(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  work w = {0};
  const char *about = NULL;
  if (!cli_text(run, "output")) return cli_usage(run, "where to? give -o SPREAD.safetensors");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  const lg_status status = learn(run, &w, &about);
  if (status == LG_OK && cli_json(run)) print_json(run, &w);
  else if (status == LG_OK) say(run, &w);
  free(w.provenance);
  lg_axon_spread_set_clear(ctx, &w.set);
  lg_axon_spread_model_destroy(ctx, w.model);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_axon_spread_command = {
    .name = "axon spread",
    .arguments = "PROFILES EACH.csv -o SPREAD.safetensors [--folds 10] [--params P.json]",
    .summary = "Learn a population's mean and spread from the outputs of one axon, for axon predict --population.",
    .example = "loligo axon spread profiles.csv each.csv -o spread.safetensors  # each.csv of axon population --each",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_spread,
};
