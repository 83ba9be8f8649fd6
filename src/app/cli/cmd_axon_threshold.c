/* loligo axon threshold: from which output on each axon of a population counts as injured. */
#include "app/cli/axon_options.h"
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/axon_threshold_file.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "OUT.csv", CLI_OUTPUT, NULL, "Where the thresholds go: one row for each seed."},
    {"seeds", "SEEDS", CLI_TEXT, "1..100", "Seeds of gaps, each one axon: 1..100, or 1..10,17."},
    {"grid", "GRID.csv", CLI_OUTPUT, NULL, "Write the outcomes at every point of strain and rate too."},
    {"fixed", "STRAIN", CLI_NUMBER, "0.2", "Count the axons that this one threshold of mt would suit."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon; those that are not there are the male axon's."},
    {"precision", "float|double", CLI_CHOICE, "float", "Vectors of floats, or doubles with Newton to 1e-9 nm."},
};

typedef struct work {
  lg_axon_population *population;
  axon_threshold *thresholds;
  axon_outcome *grid;
  axon_threshold_summary summary[AXON_JUDGED];
  size_t n_failed;
} work;

static lg_status calibrate(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  double *scratch = NULL;
  const size_t n = w->population->n;
  const axon_precision precision = strcmp(cli_text(run, "precision"), "double") == 0 ? AXON_DOUBLE : AXON_FLOAT;
  LG_NEW(ctx, w->thresholds, n);
  LG_NEW(ctx, w->grid, n * AXON_GRID);
  LG_NEW(ctx, scratch, 2 * n);
  LG_TRY(lg_axon_thresholds(ctx, (const lg_axon *const *)w->population->axons, n, precision, w->thresholds, w->grid));
  for (size_t q = 0; q < AXON_JUDGED; q++)
    w->summary[q] =
        lg_axon_threshold_summary(w->thresholds, n, q, q == AXON_MT ? cli_number(run, "fixed") : (double)NAN, scratch);
  for (size_t k = 0; k < n; k++) w->n_failed += w->thresholds[k].failed;
done:
  lg_free(ctx, scratch);
  return status;
}

static void print_json(cli_run *run, const work *w) {
  lg_json j = cli_json_begin("loligo-axon-threshold/1");
  lg_json_key_integer(&j, "n_seeds", (int64_t)w->population->n);
  lg_json_key_integer(&j, "n_failed", (int64_t)w->n_failed);
  lg_json_key_numbers(&j, "quantiles_at", lg_axon_quantiles, AXON_QUANTILES);
  for (size_t q = 0; q < AXON_JUDGED; q++) {
    const axon_threshold_summary *s = &w->summary[q];
    lg_json_key(&j, cli_axon_outputs[q]);
    lg_json_object(&j);
    lg_json_key_integer(&j, "n", (int64_t)s->n);
    lg_json_key_integer(&j, "n_separate", (int64_t)s->n_separate);
    lg_json_key_number(&j, "margin_median", s->margin_median);
    lg_json_key_number(&j, "margin_5", s->margin_5);
    lg_json_key_number(&j, "threshold_min", s->threshold_low);
    lg_json_key_number(&j, "threshold_max", s->threshold_high);
    lg_json_key_numbers(&j, "threshold_quantiles", s->threshold, AXON_QUANTILES);
    if (q == AXON_MT) {
      lg_json_key_number(&j, "fixed", cli_number(run, "fixed"));
      lg_json_key_integer(&j, "n_fixed_suits", (int64_t)s->n_fixed);
    }
    lg_json_key_number(&j, "best_fixed", s->best_fixed);
    lg_json_key_integer(&j, "n_best_fixed_suits", (int64_t)s->n_best);
    lg_json_end_object(&j);
  }
  cli_json_end(run, &j);
}

static void say(cli_run *run, const work *w) {
  const axon_threshold_summary *mt = &w->summary[AXON_MT];
  for (size_t q = 0; q < AXON_JUDGED; q++)
    cli_say(run, "%s separates injured from other points in %zu of %zu axons", cli_axon_outputs[q],
            w->summary[q].n_separate, w->summary[q].n);
  cli_say(run, "margin of mt: median %.2g %%, 5th percentile %.2g %%", 100.0 * mt->margin_median, 100.0 * mt->margin_5);
  cli_say(run, "threshold of mt: median %.3f, 5th to 95th percentile %.3f to %.3f, all %.3f to %.3f", mt->threshold[2],
          mt->threshold[0], mt->threshold[AXON_QUANTILES - 1], mt->threshold_low, mt->threshold_high);
  cli_say(run, "one threshold for all: %.3g suits %zu of %zu; the best, %.3f, %zu", cli_number(run, "fixed"),
          mt->n_fixed, mt->n, mt->best_fixed, mt->n_best);
  cli_say(run, "calibrated for each gap configuration of this population; not a universal threshold");
}

static int run_threshold(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  work w = {0};
  const char *out = cli_text(run, "output"), *about = NULL;
  if (!out) return cli_usage(run, "where to? give -o OUT.csv");
  if (!(cli_number(run, "fixed") > 0.0))
    return cli_usage(run, "--fixed is %g; a strain above 0 is needed", cli_number(run, "fixed"));
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(cli_axon_population(run, &w.population, &about));
  LG_TRY(calibrate(run, &w));
  if (cli_given(run, "grid")) {
    about = cli_text(run, "grid");
    LG_TRY(lg_axon_grid_write(ctx, about, w.population, w.grid, cli_provenance(run)));
  }
  about = out;
  LG_TRY(lg_axon_thresholds_write(ctx, out, w.population, w.thresholds, cli_provenance(run)));
  if (w.n_failed > 0) cli_say(run, "%zu of %zu axons failed; they have no threshold", w.n_failed, w.population->n);
  if (cli_json(run)) print_json(run, &w);
  else say(run, &w);
done:
  lg_free(ctx, w.thresholds);
  lg_free(ctx, w.grid);
  lg_axon_population_destroy(ctx, w.population);
  if (status != LG_OK) return cli_report(run, about, status);
  return w.n_failed > 0 ? CLI_PARTIAL : CLI_OK;
}

const cli_command cli_axon_threshold_command = {
    .name = "axon threshold",
    .arguments = "-o OUT.csv [--seeds 1..100] [--params P.json] [--grid GRID.csv]",
    .summary = "Calibrate from which output on each axon counts as injured, by Nakadate's strains and rates.",
    .example = "loligo axon threshold -o thresholds.csv --seeds 1..40",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .max_positional = 0,
    .run = run_threshold,
};
