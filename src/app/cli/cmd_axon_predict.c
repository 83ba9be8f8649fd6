/* loligo axon predict: what a network says of strain profiles, and the mechanics where it is out of its range. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/axon_file.h"
#include "twin/axon_net_file.h"
#include "twin/axon_prediction_file.h"
#include "twin/axon_profiles.h"
#include "twin/axon_spread_file.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "OUT.csv", CLI_OUTPUT, NULL, "Where the predictions go: one row for each profile (.csv or .h5)."},
    {"net", "NET.safetensors", CLI_INPUT, NULL, "Networks of loligo axon learn; default: those of the male axon."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon that is meant; networks of another one are refused."},
    {"population", NULL, CLI_FLAG, NULL, "Add mean and sd over a population of gap configurations."},
    {"spread", "SPREAD.safetensors", CLI_INPUT, NULL,
     "Model of loligo axon spread for --population; default: that of the male axon."},
    {"reach", "D", CLI_NUMBER, NULL, "Farthest that the nearest training profile may be; default: the networks' own."},
    {"no-fallback", NULL, CLI_FLAG, NULL, "Keep the network's word out of its range too; exit code 1 if there is any."},
};

typedef struct work {
  axon_profiles *profiles;
  lg_axon_surrogate *net;
  axon_predicted *rows;
  axon_predict_report report;
  lg_axon_spread_model *spread; /* NULL: no population is asked for */
  axon_population_said *population;
  char shipped[4096];
} work;

/* The axon that is asked for must be the one that the networks learned. */
static lg_status check_params(lg_ctx *ctx, const axon_params *wanted, const axon_params *learned) {
  for (size_t k = 0; k < AXON_PARAMS; k++) {
    const axon_param_name *p = &lg_axon_param_names[k];
    const double a = lg_axon_param_get(wanted, p), b = lg_axon_param_get(learned, p);
    if (!(fabs(a - b) <= 1e-12 * fabs(b)))
      return lg_fail(ctx, LG_ERR_ARGUMENT,
                     "%s is %.9g, but the network learned an axon with %.9g; train one by 'loligo axon learn', or use "
                     "'loligo axon simulate'",
                     p->name, a, b);
  }
  return LG_OK;
}

static lg_status set_up(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  *about = NULL;
  const char *net = cli_text(run, "net");
  if (!net) {
    status = cli_find_data(ctx, "models/axon-male.safetensors", w->shipped, sizeof w->shipped);
    if (status != LG_OK) LG_TRY(lg_fail_prefix(ctx, status, "no --net is given, and "));
    net = w->shipped;
  }
  *about = net;
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "network", net));
  LG_TRY(lg_axon_surrogate_load(ctx, net, &w->net));
  if (cli_given(run, "reach")) w->net->known_threshold = cli_number(run, "reach");
  if (cli_given(run, "params")) {
    axon_params params;
    *about = cli_text(run, "params");
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "params", *about));
    LG_TRY(lg_axon_params_load(ctx, *about, &params));
    LG_TRY(check_params(ctx, &params, &w->net->params));
  }
  *about = cli_positional(run, 0);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "profiles", *about));
  LG_TRY(lg_axon_profiles_load(ctx, *about, &w->profiles));
  LG_NEW(ctx, w->rows, w->profiles->n);
done:
  return status;
}

/* What the axon of the networks says of its population; another axon's model is refused. */
static lg_status tell_population(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  char shipped[4096];
  const char *spread = cli_text(run, "spread");
  *about = NULL;
  if (!spread) {
    LG_TRY(cli_find_data(ctx, "models/axon-male-population.safetensors", shipped, sizeof shipped));
    spread = shipped;
  }
  *about = cli_text(run, "spread");
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "spread", spread));
  LG_TRY(lg_axon_spread_model_load(ctx, spread, &w->spread));
  LG_TRY(check_params(ctx, &w->net->params, &w->spread->params));
  LG_NEW(ctx, w->population, w->profiles->n);
  LG_TRY(lg_axon_population_tell(ctx, w->spread, w->profiles, w->rows, w->population));
done:
  return status;
}

static void say_all(cli_run *run, const work *w, bool no_fallback) {
  const axon_predict_report *r = &w->report;
  if (r->n_out > 0 && no_fallback)
    cli_say(run, "%zu of %zu profiles are out of the network's range (in_range 0); its word stands, --no-fallback",
            r->n_out, w->profiles->n);
  else if (r->n_out > 0)
    cli_say(run, "%zu of %zu profiles are out of the network's range and were simulated", r->n_out, w->profiles->n);
  if (r->n_failed > 0)
    cli_say(run, "%zu of them failed (nan): strain at or below -0.9, or Newton does not converge with sixteenth steps",
            r->n_failed);
}

static void print_json(cli_run *run, const work *w) {
  static const char *const names[AXON_PREDICTED] = {"mt", "axl", "tau_pct", "nf_pct"};
  lg_json j = cli_json_begin("loligo-axon-predict/1");
  lg_json_key_integer(&j, "n_profiles", (int64_t)w->profiles->n);
  lg_json_key_integer(&j, "n_out_of_range", (int64_t)w->report.n_out);
  lg_json_key_integer(&j, "n_direct", (int64_t)w->report.n_direct);
  lg_json_key_integer(&j, "n_failed", (int64_t)w->report.n_failed);
  lg_json_key_number(&j, "reach", w->net->known_threshold);
  lg_json_key_integer(&j, "n_networks", (int64_t)w->net->n_nets);
  lg_json_key_text(&j, "layout", lg_axon_net_shape(w->net->layout)->name);
  for (int which = 0; which < 2; which++) {
    lg_json_key(&j, which ? "mean_sd" : "greatest");
    lg_json_object(&j);
    for (size_t q = 0; q < AXON_PREDICTED; q++) {
      double most = 0.0, sum = 0.0;
      size_t n = 0;
      for (size_t k = 0; k < w->profiles->n; k++) {
        if (w->rows[k].mean[q] > most) most = w->rows[k].mean[q];
        if (w->rows[k].direct) continue;
        sum += w->rows[k].sd[q];
        n++;
      }
      lg_json_key_number(&j, names[q], which ? sum / (double)n : most);
    }
    lg_json_end_object(&j);
  }
  cli_json_end(run, &j);
}

static int run_predict(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  work w = {0};
  const char *out = cli_text(run, "output"), *about = NULL;
  const axon_predict_opts o = {.no_fallback = cli_flag(run, "no-fallback")};
  if (!out) return cli_usage(run, "where to? give -o OUT.csv");
  if (cli_given(run, "spread") && !cli_flag(run, "population")) return cli_usage(run, "--spread is for --population");
  if (cli_given(run, "reach") && !(cli_number(run, "reach") >= 0.0 && cli_number(run, "reach") <= 10.0))
    return cli_usage(run, "--reach is %g; allowed is 0 to 10", cli_number(run, "reach"));
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(set_up(run, &w, &about));
  LG_TRY(lg_axon_predict(ctx, w.net, w.profiles, &o, w.rows, &w.report));
  if (cli_flag(run, "population")) LG_TRY(tell_population(run, &w, &about));
  about = out;
  LG_TRY(lg_axon_predictions_write(ctx, out, w.profiles, w.rows, w.population, cli_provenance(run)));
  say_all(run, &w, o.no_fallback);
  if (cli_json(run)) print_json(run, &w);
  else cli_say(run, "%zu profiles; written to %s", w.profiles->n, out);
done:
  lg_free(ctx, w.rows);
  lg_free(ctx, w.population);
  lg_axon_spread_model_destroy(ctx, w.spread);
  lg_axon_surrogate_destroy(ctx, w.net);
  lg_axon_profiles_destroy(ctx, w.profiles);
  if (status != LG_OK) return cli_report(run, about, status);
  if (w.report.n_failed > 0) return CLI_PARTIAL;
  return o.no_fallback && w.report.n_out > 0 ? CLI_NEGATIVE : CLI_OK;
}

const cli_command cli_axon_predict_command = {
    .name = "axon predict",
    .arguments = "PROFILES -o OUT.csv [--net NET.safetensors] [--no-fallback] [--reach D] [--params P.json]",
    .summary = "Predict by a network what fibre strain does to an axon; profiles out of its range are simulated.",
    .example = "loligo axon predict profiles.h5 -o predicted.csv\n"
               "loligo axon predict profiles.csv -o predicted.csv --net mine.safetensors",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_predict,
};
