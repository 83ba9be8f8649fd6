/* The figures of the differential estimator: which target is named, how near the change comes. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/provenance.h"
#include "io/trace_write.h"
#include "num/ascending.h"
#include "twin/differential_validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"number", "N", CLI_COUNT, "100", "Number of pairs of recordings; the changes take turns."},
    {"first", "INDEX", CLI_COUNT, "0", "First neuron of the prior of the seed."},
    {"noise", "VOLTAGE", CLI_VOLTAGE, "0.2", "Standard deviation of the recording noise."},
    {"sample-rate", "FREQUENCY", CLI_FREQUENCY, "20000", "Sampling rate of the recordings."},
    {"model", "hh|izhikevich", CLI_CHOICE, "hh", "The family of the neurons."},
    {"record", "DIR", CLI_OUTPUT, NULL, "Also write the pairs here: NNNNNN-before.csv, NNNNNN-after.csv."},
};

/* Figures of one kind of change, or of all. */
typedef struct row {
  size_t n, fitted, accepted, right, exact, near, change_near;
  double error[3]; /* of the value: median, 90 % of its size; median of the change's */
  double inside;   /* of the 95 % intervals that were given */
} row;

static double quantile(const double *sorted, size_t n, double q) {
  return n > 0 ? sorted[(size_t)(q * (double)(n - 1) + 0.5)] : (double)NAN;
}

/* kind SIZE_MAX: all of them */
static lg_status fill_row(lg_ctx *ctx, const lg_delta_kind *kinds, const lg_delta_trial *trials, size_t n, size_t kind,
                          row *r) {
  lg_status status = LG_OK;
  double *value = NULL, *change = NULL;
  size_t given = 0, inside = 0;
  memset(r, 0, sizeof *r);
  LG_NEW(ctx, value, n);
  LG_NEW(ctx, change, n);
  for (size_t k = 0; k < n; k++) {
    const lg_delta_trial *t = &trials[k];
    if (kind != SIZE_MAX && t->kind != kind) continue;
    r->n++;
    r->fitted += t->fitted;
    r->accepted += t->accepted;
    r->right += strcmp(t->target, kinds[t->kind].target) == 0;
    r->exact += t->exact;
    r->near += fabs(t->value_error) <= 0.05;
    r->change_near += fabs(t->change_error) <= 0.05;
    if (t->found != t->found) continue;
    value[given] = fabs(t->value_error);
    change[given++] = fabs(t->change_error);
    inside += fabs(t->found - kinds[t->kind].delta) <= 1.96 * t->sd;
  }
  qsort(value, given, sizeof *value, lg_ascending);
  qsort(change, given, sizeof *change, lg_ascending);
  r->error[0] = quantile(value, given, 0.5);
  r->error[1] = quantile(value, given, 0.9);
  r->error[2] = quantile(change, given, 0.5);
  r->inside = given > 0 ? (double)inside / (double)given : (double)NAN;
done:
  lg_free(ctx, value);
  lg_free(ctx, change);
  return status;
}

static double share(size_t k, size_t n) { return n > 0 ? 100.0 * (double)k / (double)n : (double)NAN; }

static void print_row(const char *words, const row *r) {
  (void)printf("%-14s%7zu%9.0f%8.0f%8.0f%10.0f%10.0f%10.2f%10.2f%10.2f%9.0f\n", words, r->n, share(r->accepted, r->n),
               share(r->right, r->n), share(r->exact, r->n), share(r->near, r->n), share(r->change_near, r->n),
               100.0 * r->error[0], 100.0 * r->error[1], 100.0 * r->error[2], 100.0 * r->inside);
}

static void write_row(lg_json *w, const char *words, const row *r) {
  lg_json_object(w);
  lg_json_key_text(w, "change", words);
  lg_json_key_integer(w, "pairs", (int64_t)r->n);
  lg_json_key_integer(w, "accepted", (int64_t)r->accepted);
  lg_json_key_integer(w, "right_target", (int64_t)r->right);
  lg_json_key_integer(w, "right_subset", (int64_t)r->exact);
  lg_json_key_integer(w, "value_within_5_percent", (int64_t)r->near);
  lg_json_key_integer(w, "change_within_5_percent", (int64_t)r->change_near);
  lg_json_key_number(w, "median_value_error", r->error[0]);
  lg_json_key_number(w, "p90_value_error", r->error[1]);
  lg_json_key_number(w, "median_change_error", r->error[2]);
  lg_json_key_number(w, "coverage_95", r->inside);
  lg_json_end_object(w);
}

static void write_trials(lg_json *w, const lg_delta_kind *kinds, const lg_delta_trial *trials, size_t n) {
  lg_json_key(w, "trials");
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    const lg_delta_trial *t = &trials[k];
    lg_json_object(w);
    lg_json_key_text(w, "change", kinds[t->kind].words);
    lg_json_key_text(w, "target", t->target);
    lg_json_key_number(w, "probability", t->probability);
    lg_json_key_boolean(w, "accepted", t->accepted);
    lg_json_key_boolean(w, "right_subset", t->exact);
    lg_json_key_number(w, "truth", kinds[t->kind].delta);
    lg_json_key_number(w, "found", t->found);
    lg_json_key_number(w, "sd", t->sd);
    lg_json_key_number(w, "chi2_before", t->chi2_before);
    lg_json_key_number(w, "chi2_after", t->chi2_after);
    lg_json_key_number(w, "seconds", t->seconds);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static lg_status tell(cli_run *run, const lg_delta_validation *plan, const lg_delta_trial *trials) {
  lg_status status = LG_OK;
  size_t n_kinds;
  const lg_delta_kind *kinds = lg_delta_kinds(plan->model, &n_kinds);
  row rows[LG_DELTA_KINDS + 1];
  for (size_t k = 0; k <= n_kinds; k++)
    LG_TRY(fill_row(cli_ctx(run), kinds, trials, plan->n, k < n_kinds ? k : SIZE_MAX, &rows[k]));
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-validate-drug-delta/1");
    lg_json_key_text(&w, "model", plan->model);
    lg_json_key_number(&w, "noise_mV", plan->sigma_mV);
    lg_json_key(&w, "rows");
    lg_json_array(&w);
    for (size_t k = 0; k <= n_kinds; k++) write_row(&w, k < n_kinds ? kinds[k].words : "all", &rows[k]);
    lg_json_end_array(&w);
    write_trials(&w, kinds, trials, plan->n);
    cli_json_end(run, &w);
    goto done;
  }
  double seconds = 0.0;
  for (size_t k = 0; k < plan->n; k++) seconds += trials[k].seconds / (double)plan->n;
  (void)printf("%zu pairs of recordings (CLONE-1, before and after) of %s neurons, noise %g mV, %g kHz; %.2f s each\n",
               plan->n, plan->model, plan->sigma_mV, 1.0 / plan->dt_ms, seconds);
  (void)printf("%-14s%7s%9s%8s%8s%10s%10s%10s%10s%10s%9s\n", "", "", "accepted", "target", "subset", "value to",
               "change to", "error of", "value %", "of change", "in 95 %");
  (void)printf("%-14s%7s%9s%8s%8s%10s%10s%10s%10s%10s%9s\n", "change", "pairs", "%", "right %", "right %", "5 %: %",
               "5 %: %", "median", "90 %", "median %", "interval");
  for (size_t k = 0; k <= n_kinds; k++) print_row(k < n_kinds ? kinds[k].words : "all", &rows[k]);
done:
  return status;
}

static lg_status write_pairs(cli_run *run, const lg_delta_validation *plan, const char *folder) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const size_t n = lg_delta_samples(plan);
  double *x = NULL; /* time, current, before, after */
  LG_NEW(ctx, x, 4 * n);
  LG_TRY(lg_make_directory(ctx, folder));
  for (size_t k = 0; k < n; k++) x[k] = (double)k * plan->dt_ms;
  for (uint64_t k = plan->first; k < plan->first + plan->n; k++) {
    lg_delta_record(plan, k, x + n, x + 2 * n, x + 3 * n);
    for (size_t side = 0; side < 2; side++) {
      char path[4096];
      const lg_trace_column columns[] = {{.name = "t_ms", .values = x},
                                         {.name = "i_pA", .values = x + n},
                                         {.name = "v_mV", .values = x + (2 + side) * n}};
      (void)snprintf(path, sizeof path, "%s/%06llu-%s.csv", folder, (unsigned long long)k, side ? "after" : "before");
      LG_TRY(lg_trace_write(ctx, path, columns, 3, n, cli_provenance(run)));
    }
  }
done:
  lg_free(ctx, x);
  return status;
}

static int run_validate(cli_run *run) {
  lg_status status = LG_OK;
  lg_delta_trial *trials = NULL;
  if (cli_count(run, "number") < 1 || cli_count(run, "number") > 100000) return cli_usage(run, "--number: 1 to 100000");
  if (!(cli_number(run, "sample-rate") >= 4000.0 && cli_number(run, "sample-rate") <= 100000.0))
    return cli_usage(run, "--sample-rate: 4 kHz to 100 kHz");
  const lg_delta_validation plan = {.model = strcmp(cli_text(run, "model"), "hh") == 0 ? "tm" : "izhikevich",
                                    .n = cli_count(run, "number"),
                                    .seed = cli_seed(run),
                                    .first = cli_count(run, "first"),
                                    .sigma_mV = cli_number(run, "noise"),
                                    .dt_ms = 1000.0 / cli_number(run, "sample-rate")};
  const char *folder = cli_text(run, "record");
  LG_NEW(cli_ctx(run), trials, plan.n);
  if (folder) LG_TRY(write_pairs(run, &plan, folder));
  LG_TRY(lg_delta_validate(cli_ctx(run), &plan, trials));
  LG_TRY(tell(run, &plan, trials));
done:
  lg_free(cli_ctx(run), trials);
  return status == LG_OK ? CLI_OK : cli_report(run, cli_text(run, "record"), status);
}

const cli_command cli_validate_drug_delta_command = {
    .name = "validate drug-delta",
    .arguments = "[--number N] [--model hh|izhikevich]",
    .summary = "Simulate pairs of recordings with one changed conductance, find the change, print how well.",
    .example = "loligo validate drug-delta --number 100",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_validate,
};
