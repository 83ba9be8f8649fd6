/* loligo validate cable-fit: recordings simulated from a case, fitted from elsewhere; how often intervals hold. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "cable/parameters.h"
#include "data/provenance.h"
#include "twin/cable_file.h"
#include "twin/cable_fit_trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"trials", "N", CLI_COUNT, "10", "How many cells."},
    {"currents", "NA,...", CLI_TEXT, "-0.1,0.1,0.3,0.5", "Steps at the soma in nA, one sweep each."},
    {"step", "TIME", CLI_TIME, "150ms", "Length of the steps."},
    {"noise", "VOLTAGE", CLI_VOLTAGE, "0.2mV", "White noise of a sample."},
    {"sample", "TIME", CLI_TIME, "0.05ms", "Time between samples."},
    {"dt", "TIME", CLI_TIME, "0.025ms", "Greatest step of the fitted model."},
    {"spread", "X", CLI_NUMBER, "0.2", "True values: the case's times e^(uniform in -X ... X)."},
    {"away", "X", CLI_NUMBER, "0.6", "Start: the truth times e^(uniform in -X ... X)."},
    {"parameters", "NAME[=LOW:HIGH],...", CLI_TEXT, NULL, "What is fitted, as of neuron fit."},
    {"starts", "N", CLI_COUNT, "3", "Starts at most."},
    {"max-dx-um", "L", CLI_NUMBER, NULL, "Cut sections into compartments of at most L um."},
    {"d-lambda", "F", CLI_NUMBER, NULL, "Cut at F of the length constant at 100 Hz (0.1)."},
    {"nseg", "N", CLI_COUNT, NULL, "Cut every section into N compartments."},
};

/* Figures of one unknown over the trials. */
typedef struct row {
  char name[96];
  size_t n, inside, seen, near;
  double sum2, sum_width; /* of relative errors, of relative widths */
} row;

static lg_status read_currents(lg_ctx *ctx, const char *text, double currents[64], size_t *n) {
  *n = 0;
  for (const char *at = text; *at;) {
    char *end;
    const double x = strtod(at, &end);
    if (end == at || (*end != ',' && *end != '\0') || *n == 64 || !isfinite(x))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "--currents %s: up to 64 numbers in nA, comma-separated", text);
    currents[(*n)++] = x;
    at = *end == ',' ? end + 1 : end;
  }
  return LG_OK;
}

static void add(row *rows, const cable_fit *f, const double *truth) {
  for (size_t k = 0; k < f->n_unknowns; k++) {
    const cable_fit_unknown *u = &f->unknowns[k];
    row *r = &rows[k];
    const double error = u->logarithmic ? u->value / truth[k] - 1.0 : (u->value - truth[k]) / 10.0;
    (void)snprintf(r->name, sizeof r->name, "%s", u->name);
    r->n++;
    r->inside += truth[k] >= u->interval[0] && truth[k] <= u->interval[1];
    r->seen += u->verdict == CABLE_FIT_IDENTIFIED;
    r->near += fabs(error) <= 0.05;
    r->sum2 += error * error;
    r->sum_width += (u->interval[1] - u->interval[0]) / (u->logarithmic ? u->value : 10.0);
  }
}

static int finish(cli_run *run, const row *rows, size_t n, size_t trials, size_t explained) {
  size_t inside = 0, of = 0;
  for (size_t k = 0; k < n; k++) inside += rows[k].inside, of += rows[k].n;
  const double share = of > 0 ? (double)inside / (double)of : 0.0;
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-cable-fit-trials/1");
    lg_json_key_integer(&w, "trials", (int64_t)trials);
    lg_json_key_integer(&w, "explained", (int64_t)explained);
    lg_json_key_number(&w, "inside_95", share);
    lg_json_key(&w, "parameters");
    lg_json_array(&w);
    for (size_t k = 0; k < n; k++) {
      lg_json_object(&w);
      lg_json_key_text(&w, "name", rows[k].name);
      lg_json_key_integer(&w, "inside_95", (int64_t)rows[k].inside);
      lg_json_key_integer(&w, "identified", (int64_t)rows[k].seen);
      lg_json_key_integer(&w, "within_5_percent", (int64_t)rows[k].near);
      lg_json_key_number(&w, "rms_relative_error", sqrt(rows[k].sum2 / (double)rows[k].n));
      lg_json_end_object(&w);
    }
    lg_json_end_array(&w);
    cli_json_end(run, &w);
    return CLI_OK;
  }
  (void)printf("%zu cells, %zu explained to the noise; 95 %% intervals hold the truth in %.1f %% of %zu\n\n", trials,
               explained, 100.0 * share, of);
  (void)printf("%-28s %9s %11s %12s %14s %14s\n", "parameter", "inside", "identified", "within 5 %", "rms error %",
               "mean width %");
  for (size_t k = 0; k < n; k++)
    (void)printf("%-28s %6zu/%-2zu %8zu/%-2zu %9zu/%-2zu %14.2f %14.2f\n", rows[k].name, rows[k].inside, rows[k].n,
                 rows[k].seen, rows[k].n, rows[k].near, rows[k].n, 100.0 * sqrt(rows[k].sum2 / (double)rows[k].n),
                 100.0 * rows[k].sum_width / (double)rows[k].n);
  (void)printf("\nerrors of reversals are given in tenths of a mV\n");
  return CLI_OK;
}

static int run_trials(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *file = cli_positional(run, 0);
  cable_model *model = NULL;
  cable_fit *fit = NULL;
  double *truth = NULL, currents[64];
  row *rows = NULL;
  size_t n = 0, explained = 0;
  const size_t trials = (size_t)cli_count(run, "trials");
  cable_cut cut = CABLE_CUT_INIT;
  cable_trial_options o = {.currents_nA = currents,
                           .step_ms = cli_number(run, "step"),
                           .noise_mV = cli_number(run, "noise"),
                           .sample_ms = cli_number(run, "sample"),
                           .spread = cli_number(run, "spread"),
                           .away = cli_number(run, "away"),
                           .patterns = cli_text(run, "parameters"),
                           .seed = cli_seed(run),
                           .fit = {.at = {.where = CABLE_AT_SOMA},
                                   .dt_ms = cli_number(run, "dt"),
                                   .noise_mV = cli_number(run, "noise"),
                                   .starts = (size_t)cli_count(run, "starts"),
                                   .seed = cli_seed(run)}};
  if (cli_given(run, "nseg")) cut.n_per_section = (size_t)cli_count(run, "nseg");
  if (cli_given(run, "max-dx-um")) cut.max_dx_um = cli_number(run, "max-dx-um");
  if (cli_given(run, "d-lambda")) cut.d_lambda = cli_number(run, "d-lambda");
  LG_TRY(read_currents(ctx, cli_text(run, "currents"), currents, &o.n_currents));
  LG_TRY(lg_cable_load(ctx, file, &model));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "model", file));
  LG_NEW(ctx, rows, LG_LM_MOST);
  for (size_t t = 0; t < trials; t++) {
    o.trial = t;
    LG_TRY(lg_cable_fit_trial(ctx, model, &cut, &o, &fit, &truth));
    add(rows, fit, truth);
    n = fit->n_unknowns;
    explained += fit->explained;
    cli_say(run, "cell %zu: chi2 per sample %.4f, %zu starts, %zu + %zu runs", t, fit->chi2_per_sample, fit->starts,
            fit->evaluations, fit->derivatives);
    if (!fit->explained)
      for (size_t k = 0; k < n; k++)
        cli_say(run, "  %s: true %.4g, fitted %.4g", fit->unknowns[k].name, truth[k], fit->unknowns[k].value);
    lg_cable_fit_destroy(ctx, fit);
    lg_free(ctx, truth);
    fit = NULL;
    truth = NULL;
  }
done:
  lg_cable_fit_destroy(ctx, fit);
  lg_free(ctx, truth);
  const int code = status == LG_OK ? finish(run, rows, n, trials, explained) : cli_report(run, file, status);
  lg_free(ctx, rows);
  lg_cable_model_destroy(ctx, model);
  return code;
}

const cli_command cli_validate_cable_fit_command = {
    .name = "validate cable-fit",
    .arguments = "CASE.json [--trials N] [--currents NA,...]",
    .summary = "Fit recordings simulated from a cell with shape: how often the intervals hold the truth.",
    .example = "loligo validate cable-fit cell.json --trials 10 --currents=-0.1,0.1,0.3",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_trials,
};
