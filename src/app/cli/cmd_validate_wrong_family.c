/* Is a recording that a family does not explain flagged, and is one that it explains left alone? */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "neuron/validate.h"
#include "twin/clone.h"

#include <loligo/recording.h>
#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"neurons", "N", CLI_COUNT, "60", "Number of neurons of each kind."},
    {"first", "INDEX", CLI_COUNT, "0", "First neuron of the prior of the seed."},
    {"noise", "VOLTAGE", CLI_VOLTAGE, "0.2", "Standard deviation of the recording noise."},
    {"sample-rate", "FREQUENCY", CLI_FREQUENCY, "20000", "Sampling rate of the recordings."},
    {"starts", "N", CLI_COUNT, "8", "Starts of the refinement per neuron, at most."},
};

static const char *const family_names[] = {"izhikevich", "tm", "adex", "hh52"};

typedef struct row {
  lg_validate_family data, model;
  size_t flagged;
  double seconds; /* mean */
} row;

enum { ROWS = 8 };

static const row plan_rows[ROWS] = {
    {.data = LG_VALIDATE_IZHIKEVICH, .model = LG_VALIDATE_IZHIKEVICH},
    {.data = LG_VALIDATE_TM, .model = LG_VALIDATE_TM},
    {.data = LG_VALIDATE_ADEX, .model = LG_VALIDATE_IZHIKEVICH},
    {.data = LG_VALIDATE_HH52, .model = LG_VALIDATE_IZHIKEVICH},
    {.data = LG_VALIDATE_TM, .model = LG_VALIDATE_IZHIKEVICH},
    {.data = LG_VALIDATE_IZHIKEVICH, .model = LG_VALIDATE_TM},
    {.data = LG_VALIDATE_ADEX, .model = LG_VALIDATE_TM},
    {.data = LG_VALIDATE_HH52, .model = LG_VALIDATE_TM},
};

static lg_status fill_row(cli_run *run, size_t neurons, lg_validate_trial *trials, row *r) {
  const lg_validation plan = {.data = r->data,
                              .model = r->model,
                              .neurons = neurons,
                              .seed = cli_seed(run),
                              .first = cli_count(run, "first"),
                              .protocol = LG_IZH_CLONE1,
                              .dt_ms = 1000.0 / cli_number(run, "sample-rate"),
                              .sigma_mV = cli_number(run, "noise"),
                              .max_starts = (int)cli_count(run, "starts")};
  const lg_status status = lg_validate(cli_ctx(run), &plan, trials);
  for (size_t k = 0; status == LG_OK && k < neurons; k++) {
    if (!trials[k].accepted) r->flagged++;
    r->seconds += trials[k].seconds / (double)neurons;
  }
  return status;
}

/* A real recording: what the clone of the Izhikevich family says of itself. Not even a fit is a flag, too. */
typedef struct real {
  const char *path;
  bool fitted;
  lg_domain domain;
  double chi2;
  char why[160];
} real;

static const char *verdict(const real *r) { return r->fitted ? lg_domain_name(r->domain) : "no fit"; }

static lg_status look_at(cli_run *run, const char *path, real *out) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  lg_clone *clone = NULL;
  const lg_clone_opts opts = {.model = "izhikevich", .seed = cli_seed(run)};
  out->path = path;
  LG_TRY(lg_recording_read(ctx, path, &rec));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "recording", path));
  status = lg_clone_recording(ctx, rec, &opts, &clone);
  if (status == LG_ERR_NUMERICAL) { /* the family could not even begin */
    (void)snprintf(out->why, sizeof out->why, "%s", lg_ctx_message(ctx));
    out->chi2 = (double)NAN;
    status = LG_OK;
    goto done;
  }
  LG_TRY(status);
  out->fitted = true;
  out->domain = clone->twin.domain;
  out->chi2 = clone->twin.chi2_per_sample;
done:
  lg_clone_destroy(ctx, clone);
  lg_recording_destroy(ctx, rec);
  return status;
}

static void print_table(const row *rows, size_t neurons, const real *reals, size_t n_reals) {
  (void)printf("%-12s%-12s%10s%10s%12s  %s\n", "data", "fitted", "neurons", "flagged", "s/neuron", "");
  for (int k = 0; k < ROWS; k++)
    (void)printf("%-12s%-12s%10zu%9.1f%%%12.2f  %s\n", family_names[rows[k].data], family_names[rows[k].model], neurons,
                 100.0 * (double)rows[k].flagged / (double)neurons, rows[k].seconds,
                 rows[k].data == rows[k].model ? "false alarms" : "");
  for (size_t k = 0; k < n_reals; k++)
    if (reals[k].fitted)
      (void)printf("%-12s%-12s%10d%10s  chi2 per sample %.3g: %s\n", "real", "izhikevich", 1, verdict(&reals[k]),
                   reals[k].chi2, reals[k].path);
    else
      (void)printf("%-12s%-12s%10d%10s  %s: %s\n", "real", "izhikevich", 1, verdict(&reals[k]), reals[k].why,
                   reals[k].path);
}

static void print_json(cli_run *run, const row *rows, size_t neurons, const real *reals, size_t n_reals) {
  lg_json w = cli_json_begin("loligo-validate-wrong-family/1");
  lg_json_key_integer(&w, "neurons", (int64_t)neurons);
  lg_json_key(&w, "rows");
  lg_json_array(&w);
  for (int k = 0; k < ROWS; k++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "data", family_names[rows[k].data]);
    lg_json_key_text(&w, "fitted", family_names[rows[k].model]);
    lg_json_key_boolean(&w, "right_family", rows[k].data == rows[k].model);
    lg_json_key_number(&w, "flagged", (double)rows[k].flagged / (double)neurons);
    lg_json_key_number(&w, "seconds_mean", rows[k].seconds);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_key(&w, "recordings");
  lg_json_array(&w);
  for (size_t k = 0; k < n_reals; k++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "file", reals[k].path);
    lg_json_key_text(&w, "verdict", verdict(&reals[k]));
    lg_json_key_number(&w, "chi2_per_sample", reals[k].chi2);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

static int check_options(cli_run *run) {
  if (cli_count(run, "neurons") < 1 || cli_count(run, "neurons") > 100000)
    return cli_usage(run, "--neurons: 1 to 100000");
  if (cli_count(run, "starts") < 1 || cli_count(run, "starts") > 32) return cli_usage(run, "--starts: 1 to 32");
  if (!(cli_number(run, "sample-rate") >= 2000.0 && cli_number(run, "sample-rate") <= 100000.0))
    return cli_usage(run, "--sample-rate: 2 kHz to 100 kHz");
  return CLI_OK;
}

static int run_wrong_family(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const size_t neurons = cli_count(run, "neurons"), n_reals = cli_positionals(run);
  const char *file = NULL;
  lg_validate_trial *trials = NULL;
  real *reals = NULL;
  row rows[ROWS];
  const int usage = check_options(run);
  if (usage != CLI_OK) return usage;
  memcpy(rows, plan_rows, sizeof rows);
  LG_NEW(ctx, trials, neurons);
  LG_NEW(ctx, reals, n_reals + 1);
  for (size_t k = 0; k < n_reals; k++) {
    file = cli_positional(run, k);
    LG_TRY(look_at(run, file, &reals[k]));
  }
  file = NULL;
  for (int k = 0; k < ROWS; k++) {
    cli_say(run, "%s data, fitted as %s", family_names[rows[k].data], family_names[rows[k].model]);
    LG_TRY(fill_row(run, neurons, trials, &rows[k]));
  }
  if (cli_json(run)) print_json(run, rows, neurons, reals, n_reals);
  else print_table(rows, neurons, reals, n_reals);
done:
  lg_free(ctx, trials);
  lg_free(ctx, reals);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}

const cli_command cli_validate_wrong_family_command = {
    .name = "validate wrong-family",
    .arguments = "[REC ...] [--neurons 60]",
    .summary = "Fit recordings with a family that did not make them, and print how many are flagged.",
    .example = "loligo validate wrong-family --neurons 60\nloligo validate wrong-family cell.abf --neurons 8",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = -1,
    .run = run_wrong_family,
};
