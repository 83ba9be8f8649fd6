/* The figures of the refinement: acceptance, R2, calibration, replay, time. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "neuron/posterior_samples.h"
#include "twin/validate_network.h"

#include <math.h>
#include <string.h>

enum { P = LG_VALIDATE_P };

static const cli_option options[] = {
    {"neurons", "N", CLI_COUNT, "500", "Number of neurons of the prior."},
    {"first", "INDEX", CLI_COUNT, "0", "First neuron of the prior of the seed."},
    {"noise", "VOLTAGE", CLI_VOLTAGE, "0.2", "Standard deviation of the recording noise."},
    {"sample-rate", "FREQUENCY", CLI_FREQUENCY, "20000", "Sampling rate of the recordings."},
    {"protocol", "clone1|step", CLI_CHOICE, "clone1",
     "clone1 (1.2 s: steps, ramp, noise) or step (one step of 1.7 x rheobase)."},
    {"starts", "N", CLI_COUNT, "8", "Starts of the refinement per neuron, at most."},
    {"posterior", "samples|laplace", CLI_CHOICE, "samples",
     "Intervals from 200 weighted samples per neuron, or from the covariance at the optimum."},
    {"network", "NET.safetensors", CLI_INPUT, NULL,
     "A trained network: the first start, and the answer where the refinement is rejected."},
};

static void print_row(const char *name, const double *x, int digits) {
  (void)printf("%-22s", name);
  for (int c = 0; c < P; c++) (void)printf("%9.*f", digits, x[c]);
  (void)printf("\n");
}

static void print_table(const lg_validation *plan, const lg_validate_figures *f, unsigned threads) {
  (void)printf("%zu neurons, %s, noise %g mV, %g kHz, seed %llu, %u thread%s\n", plan->neurons,
               plan->protocol == LG_IZH_CLONE1 ? "CLONE-1" : "one step", plan->sigma_mV, 1.0 / plan->dt_ms,
               (unsigned long long)plan->seed, threads, threads == 1 ? "" : "s");
  (void)printf("accepted %zu of %zu (%.1f %%)\n", f->accepted, plan->neurons,
               100.0 * (double)f->accepted / (double)plan->neurons);
  (void)printf("time per neuron and core: mean %.3f s, 95 %% %.3f s, longest %.3f s\n", f->seconds_mean, f->seconds_p95,
               f->seconds_max);
  (void)printf("%-22s", "");
  for (int c = 0; c < P; c++) (void)printf("%9s", lg_validate_names(plan->model)[c]);
  (void)printf("\n");
  print_row("R2 accepted", f->r2_accepted, 5);
  print_row("R2 all", f->r2_all, 5);
  if (plan->predict) print_row("R2 network alone", f->r2_fallback, 5);
  else if (plan->model == LG_VALIDATE_IZHIKEVICH) print_row("R2 closed form", f->r2_fallback, 5);
  static const char *const inside[] = {"inside 50 % interval", "inside 68 % interval", "inside 90 % interval",
                                       "inside 95 % interval"};
  for (int level = 0; level < LG_VALIDATE_LEVELS; level++) print_row(inside[level], f->coverage[level], 3);
  print_row("ranks uniform, p", f->rank_p, 3);
  if (f->effective[0] == f->effective[0])
    (void)printf("effective sample size of the posteriors: least %.0f, 5 %% %.0f, median %.0f; %zu below %.0f\n",
                 f->effective[0], f->effective[1], f->effective[2], f->few, LG_POSTERIOR_FEW);
  (void)printf("mean R2 of all neurons: %.5f\n", f->mean_r2_all);
  (void)printf("replay on unseen noise: %.1f %% of the accepted have >= 95 %% of spikes within 2 ms\n",
               100.0 * f->replayed);
}

static void write_row(lg_json *w, const lg_validation *plan, const char *key, const double *x) {
  lg_json_key(w, key);
  lg_json_object(w);
  for (int c = 0; c < P; c++) lg_json_key_number(w, lg_validate_names(plan->model)[c], x[c]);
  lg_json_end_object(w);
}

static void write_figures(lg_json *w, const lg_validation *plan, const lg_validate_figures *f) {
  static const char *const coverage[] = {"coverage_50", "coverage_68", "coverage_90", "coverage_95"};
  lg_json_key_integer(w, "accepted", (int64_t)f->accepted);
  write_row(w, plan, "r2_accepted", f->r2_accepted);
  write_row(w, plan, "r2_all", f->r2_all);
  write_row(w, plan, "r2_fallback", f->r2_fallback);
  lg_json_key_number(w, "mean_r2_all", f->mean_r2_all);
  for (int level = 0; level < LG_VALIDATE_LEVELS; level++) write_row(w, plan, coverage[level], f->coverage[level]);
  write_row(w, plan, "rank_p", f->rank_p);
  lg_json_key_number(w, "seconds_mean", f->seconds_mean);
  lg_json_key_number(w, "seconds_p95", f->seconds_p95);
  lg_json_key_number(w, "seconds_max", f->seconds_max);
  lg_json_key_numbers(w, "effective_sample_size", f->effective, 3);
  lg_json_key_integer(w, "effective_below_30", (int64_t)f->few);
  lg_json_key_number(w, "replayed", f->replayed);
}

static void write_trial(lg_json *w, const lg_validate_trial *t) {
  lg_json_object(w);
  lg_json_key_boolean(w, "accepted", t->accepted);
  lg_json_key_number(w, "chi2_per_sample", t->chi2_per_sample);
  lg_json_key_integer(w, "starts", t->starts);
  lg_json_key_integer(w, "iterations", t->iterations);
  lg_json_key_number(w, "coincidence", t->coincidence);
  lg_json_key_number(w, "effective", t->effective);
  lg_json_key_number(w, "seconds", t->seconds);
  lg_json_key_numbers(w, "truth", t->truth, P);
  lg_json_key_numbers(w, "found", t->found, P);
  lg_json_key_numbers(w, "sd", t->sd, P);
  lg_json_key_numbers(w, "rank", t->rank, P);
  lg_json_end_object(w);
}

static void print_json(cli_run *run, const lg_validation *plan, const lg_validate_trial *trials,
                       const lg_validate_figures *f) {
  lg_json w = cli_json_begin("loligo-validate-clone/1");
  lg_json_key_text(&w, "model", plan->model == LG_VALIDATE_TM ? "tm" : "izhikevich");
  lg_json_key_integer(&w, "neurons", (int64_t)plan->neurons);
  lg_json_key_number(&w, "noise_mV", plan->sigma_mV);
  lg_json_key_number(&w, "dt_ms", plan->dt_ms);
  write_figures(&w, plan, f);
  lg_json_key(&w, "trials");
  lg_json_array(&w);
  for (size_t k = 0; k < plan->neurons; k++) write_trial(&w, &trials[k]);
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

static int read_plan(cli_run *run, lg_validate_family family, lg_validation *plan) {
  if (cli_count(run, "neurons") < 1 || cli_count(run, "neurons") > 1000000)
    return cli_usage(run, "--neurons: 1 to 1000000");
  if (cli_count(run, "starts") < 1 || cli_count(run, "starts") > 32) return cli_usage(run, "--starts: 1 to 32");
  if (!(cli_number(run, "sample-rate") >= 2000.0 && cli_number(run, "sample-rate") <= 100000.0))
    return cli_usage(run, "--sample-rate: 2 kHz to 100 kHz");
  *plan = (lg_validation){.data = family,
                          .model = family,
                          .neurons = cli_count(run, "neurons"),
                          .seed = cli_seed(run),
                          .first = cli_count(run, "first"),
                          .protocol = strcmp(cli_text(run, "protocol"), "step") == 0 ? LG_IZH_STEP : LG_IZH_CLONE1,
                          .dt_ms = 1000.0 / cli_number(run, "sample-rate"),
                          .sigma_mV = cli_number(run, "noise"),
                          .max_starts = (int)cli_count(run, "starts"),
                          .posterior = strcmp(cli_text(run, "posterior"), "samples") == 0};
  return CLI_OK;
}

static int validate(cli_run *run, lg_validate_family family) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_validation plan = {0};
  lg_validate_figures figures;
  lg_validate_trial *trials = NULL;
  lg_validate_network *network = NULL;
  const char *path = cli_text(run, "network");
  const int usage = read_plan(run, family, &plan);
  if (usage != CLI_OK) return usage;
  if (path) {
    LG_TRY(lg_validate_network_load(ctx, path, family, lg_ctx_threads(ctx), &network));
    plan.predict = lg_validate_network_predict;
    plan.predict_user = network;
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "network", path));
    path = NULL; /* what fails from here on is not about it */
  }
  LG_NEW(ctx, trials, plan.neurons);
  LG_TRY(lg_validate(ctx, &plan, trials));
  LG_TRY(lg_validate_summarise(ctx, trials, plan.neurons, &figures));
  if (cli_json(run)) print_json(run, &plan, trials, &figures);
  else print_table(&plan, &figures, lg_ctx_threads(ctx));
done:
  lg_validate_network_destroy(ctx, network);
  lg_free(ctx, trials);
  return status == LG_OK ? CLI_OK : cli_report(run, path, status);
}

static int run_izhikevich(cli_run *run) { return validate(run, LG_VALIDATE_IZHIKEVICH); }

static int run_tm(cli_run *run) { return validate(run, LG_VALIDATE_TM); }

const cli_command cli_validate_clone_izhikevich_command = {
    .name = "validate clone-izhikevich",
    .arguments = "[--neurons 500] [--noise 0.2mV] [--sample-rate 20kHz]",
    .summary = "Record Izhikevich neurons with known parameters, identify them, and print how good that is.",
    .example = "loligo validate clone-izhikevich --neurons 500\n"
               "loligo validate clone-izhikevich --neurons 500 --noise 1mV",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_izhikevich,
};

const cli_command cli_validate_clone_tm_command = {
    .name = "validate clone-tm",
    .arguments = "[--neurons 500] [--noise 0.2mV] [--sample-rate 20kHz]",
    .summary = "Record Traub-Miles neurons with known parameters, identify them, and print how good that is.",
    .example = "loligo validate clone-tm --neurons 500",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_tm,
};
