/* loligo axon grid: outputs of an axon over strain and rate, as table, figure and page. */
#include "app/cli/axon_options.h"
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "io/ro_crate.h"
#include "twin/axon_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "Folder for grid.csv, fig-grid.svg, fig-grid.png, report.html."},
    {"strains", "FROM:TO:N", CLI_TEXT, "0.01:0.4:40", "Strains (fractions), evenly spaced."},
    {"rates", "FROM:TO:N", CLI_TEXT, "0.1:200:24", "Rates in 1/s, their logarithms evenly spaced."},
    {"population", "SEEDS", CLI_TEXT, NULL, "Medians over these seeds of gaps: 1..32, or 1..10,17."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon; those that are not there are the male axon's."},
    {"direct", "OUT.csv", CLI_INPUT, NULL, "Outcomes of loligo axon simulate, shown beside --predicted on the page."},
    {"predicted", "PRED.csv", CLI_INPUT, NULL, "Predictions of loligo axon predict for the same profiles."},
};

enum { MOST_POINTS = 1000 };

/* "0.01:0.4:40"; false: it is none. */
static bool read_span(const char *text, double span[2], size_t *n) {
  char *end;
  span[0] = strtod(text, &end);
  if (end == text || *end != ':') return false;
  text = end + 1;
  span[1] = strtod(text, &end);
  if (end == text || *end != ':') return false;
  text = end + 1;
  const double count = strtod(text, &end);
  *n = count >= 1.0 && count <= MOST_POINTS && count == floor(count) ? (size_t)count : 0;
  return end != text && *end == 0 && *n > 0 && isfinite(span[0]) && (*n == 1 ? span[1] >= span[0] : span[1] > span[0]);
}

typedef struct work {
  lg_axon_population *population;
  axon_params params;
  axon_plane *grid;
  axon_pairs *pairs;
} work;

static lg_status set_up(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  uint64_t *seeds = NULL;
  size_t n = 1;
  LG_TRY(cli_axon_params(run, &w->params, about));
  *about = NULL;
  if (cli_given(run, "population")) {
    LG_TRY(cli_axon_seeds(ctx, cli_text(run, "population"), &seeds, &n));
  } else {
    LG_NEW(ctx, seeds, 1);
    seeds[0] = w->params.seed;
  }
  LG_TRY(lg_axon_population_create(ctx, &w->params, seeds, n, &w->population));
  if (cli_given(run, "direct")) {
    *about = cli_text(run, "direct");
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "direct", *about));
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "predicted", cli_text(run, "predicted")));
    LG_TRY(lg_axon_pairs_load(ctx, *about, cli_text(run, "predicted"), &w->pairs));
  }
done:
  lg_free(ctx, seeds);
  return status;
}

static lg_status write_all(cli_run *run, work *w, const char *folder) {
  lg_ctx *ctx = cli_ctx(run);
  char path[4096];
  axon_view view = {.title = w->population->n > 1 ? "A population of axons over strain and rate"
                                                  : "An axon over strain and rate",
                    .params = &w->params,
                    .grid = w->grid,
                    .pairs = w->pairs,
                    .provenance = cli_provenance(run)};
  if (snprintf(path, sizeof path, "%s/grid.csv", folder) >= (int)sizeof path)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  lg_status status = lg_make_directory(ctx, folder);
  if (status == LG_OK) status = lg_axon_plane_write(ctx, path, w->grid, cli_provenance(run));
  return status == LG_OK ? lg_axon_report(ctx, folder, &view) : status;
}

static void print_json(cli_run *run, const work *w) {
  lg_json j = cli_json_begin("loligo-axon-grid/1");
  lg_json_key_integer(&j, "n_strains", (int64_t)w->grid->n_strains);
  lg_json_key_integer(&j, "n_rates", (int64_t)w->grid->n_rates);
  lg_json_key_integer(&j, "n_axons", (int64_t)w->grid->n_axons);
  lg_json_key_integer(&j, "n_failed", (int64_t)w->grid->n_failed);
  for (size_t q = 0; w->pairs && q < AXON_PREDICTED; q++) {
    lg_json_key(&j, cli_axon_outputs[q]);
    lg_json_object(&j);
    lg_json_key_number(&j, "r2", w->pairs->all.r2[q]);
    lg_json_key_number(&j, "nrmse", w->pairs->all.nrmse[q]);
    lg_json_end_object(&j);
  }
  cli_json_end(run, &j);
}

static void say(cli_run *run, const work *w, const char *folder) {
  for (size_t q = 0; w->pairs && q < AXON_PREDICTED; q++)
    cli_say(run, "%s: R2 %.4f, NRMSE %.2f %% over %zu profiles", cli_axon_outputs[q], w->pairs->all.r2[q],
            100.0 * w->pairs->all.nrmse[q], w->pairs->n);
  if (w->grid->n_failed > 0) cli_say(run, "%zu runs did not converge; their points are nan", w->grid->n_failed);
  cli_say(run, "%zu strains x %zu rates, %zu axon%s; written to %s", w->grid->n_strains, w->grid->n_rates,
          w->grid->n_axons, w->grid->n_axons > 1 ? "s" : "", folder);
}

static int run_grid(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  work w = {0};
  double strains[2], rates[2];
  size_t n_strains, n_rates;
  const char *folder = cli_text(run, "output"), *about = NULL;
  if (!folder) return cli_usage(run, "where to? give -o DIR");
  if (!read_span(cli_text(run, "strains"), strains, &n_strains) || !(strains[0] >= 1e-4 && strains[1] <= 1.0))
    return cli_usage(run, "--strains is '%s'; FROM:TO:N is meant, 0.0001 to 1 (fractions), N of 1 to %d",
                     cli_text(run, "strains"), (int)MOST_POINTS);
  if (!read_span(cli_text(run, "rates"), rates, &n_rates) || !(rates[0] >= 1e-3 && rates[1] <= 1e4))
    return cli_usage(run, "--rates is '%s'; FROM:TO:N is meant, 0.001 to 10000 /s, N of 1 to %d",
                     cli_text(run, "rates"), (int)MOST_POINTS);
  if (cli_given(run, "direct") != cli_given(run, "predicted"))
    return cli_usage(run, "--direct and --predicted belong together");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(set_up(run, &w, &about));
  about = NULL;
  LG_TRY(lg_axon_plane_create(ctx, (const lg_axon *const *)w.population->axons, w.population->n, strains, n_strains,
                              rates, n_rates, &w.grid));
  about = folder;
  LG_TRY(write_all(run, &w, folder));
  if (cli_json(run)) print_json(run, &w);
  else say(run, &w, folder);
done:;
  const bool partial = w.grid && w.grid->n_failed > 0;
  lg_axon_pairs_destroy(ctx, w.pairs);
  lg_axon_plane_destroy(ctx, w.grid);
  lg_axon_population_destroy(ctx, w.population);
  if (status != LG_OK) return cli_report(run, about, status);
  return partial ? CLI_PARTIAL : CLI_OK;
}

const cli_command cli_axon_grid_command = {
    .name = "axon grid",
    .arguments =
        "-o DIR [--strains FROM:TO:N] [--rates FROM:TO:N] [--population SEEDS] [--direct OUT --predicted PRED]",
    .summary = "Simulate an axon over strain and rate; write the plane as table, figure and page.",
    .example = "loligo axon grid -o plane/",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_grid,
};
