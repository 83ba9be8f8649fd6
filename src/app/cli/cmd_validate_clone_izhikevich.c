/* The figure of the identification: acceptance, R2, calibration, time. */
#include "app/cli/commands.h"
#include "data/provenance.h"
#include "neuron/validate_izhikevich.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"data", "NAME", CLI_TEXT, "izhikevich",
     "Family that makes the recordings: izhikevich, or tm or adex (wrong family)."},
    {"neurons", "N", CLI_COUNT, "500", "Number of neurons of the prior."},
    {"first", "INDEX", CLI_COUNT, "0", "First neuron of the prior of the seed."},
    {"noise", "VOLTAGE", CLI_VOLTAGE, "0.2", "Standard deviation of the recording noise."},
    {"sample-rate", "FREQUENCY", CLI_FREQUENCY, "20000", "Sampling rate of the recordings."},
    {"protocol", "NAME", CLI_TEXT, "clone1",
     "clone1 (1.2 s: steps, ramp, noise) or step (one step of 1.7 x rheobase)."},
    {"starts", "N", CLI_COUNT, "8", "Starts of the refinement per neuron, at most."},
    {"closed-form", NULL, CLI_FLAG, NULL, "Stop before the refinement."},
};

static void print_row(const char *name, const double *x, int digits) {
  (void)printf("%-22s", name);
  for (int c = 0; c < LG_IZH_N_PARAMS; c++) (void)printf("%9.*f", digits, x[c]);
  (void)printf("\n");
}

static void print_table(const lg_izh_validation *plan, const lg_izh_figures *f, unsigned threads) {
  (void)printf("%zu neurons, %s, noise %g mV, %g kHz, seed %llu, %u thread%s\n", plan->neurons,
               plan->protocol == LG_IZH_CLONE1 ? "CLONE-1" : "one step", plan->sigma_mV, 1.0 / plan->dt_ms,
               (unsigned long long)plan->seed, threads, threads == 1 ? "" : "s");
  (void)printf("accepted %zu of %zu (%.1f %%)\n", f->accepted, plan->neurons,
               100.0 * (double)f->accepted / (double)plan->neurons);
  (void)printf("time per neuron and core: mean %.3f s, 95 %% %.3f s, longest %.3f s\n", f->seconds_mean, f->seconds_p95,
               f->seconds_max);
  (void)printf("%-22s", "");
  for (int c = 0; c < LG_IZH_N_PARAMS; c++) (void)printf("%9s", lg_izh_param_names[c]);
  (void)printf("\n");
  print_row("R2 closed form", f->r2_closed_form, 5);
  print_row("R2 accepted", f->r2_accepted, 5);
  print_row("R2 all", f->r2_all, 5);
  if (plan->opts.closed_form_only) return;
  print_row("inside 50 % interval", f->coverage[0], 3);
  print_row("inside 68 % interval", f->coverage[1], 3);
  print_row("inside 90 % interval", f->coverage[2], 3);
  print_row("inside 95 % interval", f->coverage[3], 3);
  print_row("ranks uniform, p", f->rank_p, 3);
  (void)printf("replay on unseen noise: %.1f %% of the accepted have >= 95 %% of spikes within 2 ms\n",
               100.0 * f->replayed);
}

static void write_row(lg_json *w, const char *key, const double *x) {
  lg_json_key(w, key);
  lg_json_object(w);
  for (int c = 0; c < LG_IZH_N_PARAMS; c++) lg_json_key_number(w, lg_izh_param_names[c], x[c]);
  lg_json_end_object(w);
}

static void write_figures(lg_json *w, const lg_izh_figures *f) {
  write_row(w, "r2_closed_form", f->r2_closed_form);
  write_row(w, "r2_accepted", f->r2_accepted);
  write_row(w, "r2_all", f->r2_all);
  write_row(w, "coverage_50", f->coverage[0]);
  write_row(w, "coverage_68", f->coverage[1]);
  write_row(w, "coverage_90", f->coverage[2]);
  write_row(w, "coverage_95", f->coverage[3]);
  write_row(w, "rank_p", f->rank_p);
  lg_json_key_number(w, "seconds_mean", f->seconds_mean);
  lg_json_key_number(w, "seconds_p95", f->seconds_p95);
  lg_json_key_number(w, "seconds_max", f->seconds_max);
  lg_json_key_number(w, "replayed", f->replayed);
}

static void print_json(cli_run *run, const lg_izh_validation *plan, const lg_izh_trial *trials, size_t accepted,
                       const lg_izh_figures *f) {
  lg_json w = lg_json_begin(stdout);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-validate-clone/1");
  lg_json_key_text(&w, "model", "izhikevich");
  lg_json_key_text(&w, "data", cli_text(run, "data"));
  lg_json_key_integer(&w, "neurons", (int64_t)plan->neurons);
  lg_json_key_number(&w, "noise_mV", plan->sigma_mV);
  lg_json_key_number(&w, "dt_ms", plan->dt_ms);
  lg_json_key_integer(&w, "accepted", (int64_t)accepted);
  if (f) write_figures(&w, f);
  lg_json_key(&w, "trials");
  lg_json_array(&w);
  for (size_t k = 0; k < plan->neurons; k++) {
    const lg_izh_trial *t = &trials[k];
    lg_json_object(&w);
    lg_json_key_boolean(&w, "accepted", t->fit.accepted != 0);
    lg_json_key_number(&w, "chi2_per_sample", t->fit.chi2_per_sample);
    lg_json_key_integer(&w, "n_spikes", (int64_t)t->fit.n_spikes);
    lg_json_key_integer(&w, "starts", t->fit.starts);
    lg_json_key_number(&w, "seconds", t->seconds);
    if (f) lg_json_key_numbers(&w, "truth", t->truth, LG_IZH_N_PARAMS);
    lg_json_key_numbers(&w, "found", t->fit.parameters, LG_IZH_N_PARAMS);
    lg_json_key_numbers(&w, "sd", t->fit.sd, LG_IZH_N_PARAMS);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(cli_provenance(run), &w);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}

static int read_plan(cli_run *run, lg_izh_validation *plan) {
  const char *protocol = cli_text(run, "protocol"), *data = cli_text(run, "data");
  const lg_identify_opts defaults = LG_IDENTIFY_OPTS_INIT;
  *plan = (lg_izh_validation){.neurons = cli_count(run, "neurons"),
                              .seed = cli_seed(run),
                              .first = cli_count(run, "first"),
                              .dt_ms = 1000.0 / cli_number(run, "sample-rate"),
                              .sigma_mV = cli_number(run, "noise"),
                              .opts = defaults};
  plan->opts.closed_form_only = cli_flag(run, "closed-form");
  if (cli_count(run, "starts") < 1 || cli_count(run, "starts") > 32) return cli_usage(run, "--starts: 1 to 32");
  plan->opts.max_starts = (int)cli_count(run, "starts");
  if (strcmp(protocol, "step") == 0) plan->protocol = LG_IZH_STEP;
  else if (strcmp(protocol, "clone1") != 0) return cli_usage(run, "--protocol %s is unknown; clone1 or step", protocol);
  if (strcmp(data, "tm") == 0) plan->family = LG_IZH_FAMILY_TM;
  else if (strcmp(data, "adex") == 0) plan->family = LG_IZH_FAMILY_ADEX;
  else if (strcmp(data, "izhikevich") != 0) return cli_usage(run, "--data %s is unknown; izhikevich, tm or adex", data);
  return CLI_OK;
}

static int run_validate_clone(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_izh_validation plan;
  lg_izh_figures figures;
  lg_izh_trial *trials = NULL;
  lg_status status = LG_OK;
  size_t accepted = 0;
  const int usage = read_plan(run, &plan);
  if (usage != CLI_OK) return usage;
  if (plan.neurons < 1 || plan.neurons > 1000000) return cli_usage(run, "--neurons: 1 to 1000000");
  const int right_family = plan.family == LG_IZH_FAMILY_IZHIKEVICH;
  LG_NEW(ctx, trials, plan.neurons);
  LG_TRY(lg_izh_validate(ctx, &plan, trials));
  for (size_t k = 0; k < plan.neurons; k++) accepted += trials[k].fit.accepted ? 1u : 0u;
  if (right_family) LG_TRY(lg_izh_summarise(ctx, trials, plan.neurons, &figures));
  if (cli_json(run)) print_json(run, &plan, trials, accepted, right_family ? &figures : NULL);
  else if (right_family) print_table(&plan, &figures, lg_ctx_threads(ctx));
  else
    (void)printf("%zu recordings of the family %s: %zu (%.1f %%) flagged as not explained by the Izhikevich model\n",
                 plan.neurons, cli_text(run, "data"), plan.neurons - accepted,
                 100.0 * (double)(plan.neurons - accepted) / (double)plan.neurons);
done:
  lg_free(ctx, trials);
  return status == LG_OK ? CLI_OK : cli_report(run, "validate clone-izhikevich", status);
}

const cli_command cli_validate_clone_izhikevich_command = {
    .name = "validate clone-izhikevich",
    .arguments = "[--neurons 500] [--noise 0.2mV] [--sample-rate 20kHz] [--data izhikevich|tm|adex]",
    .summary = "Record neurons with known parameters, identify them, and print how good that is.",
    .example = "loligo validate clone-izhikevich --neurons 500\n"
               "loligo validate clone-izhikevich --neurons 200 --data adex",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_validate_clone,
};
