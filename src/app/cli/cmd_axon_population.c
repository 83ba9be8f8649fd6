/* loligo axon population: what spreads when the same axon has its gaps elsewhere. */
#include "app/cli/axon_options.h"
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "axon/threshold.h"
#include "data/provenance.h"
#include "twin/axon_file.h"
#include "twin/axon_population_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "OUT.csv", CLI_OUTPUT, NULL, "Where the spread goes: one row for each profile and output."},
    {"seeds", "SEEDS", CLI_TEXT, "1..100", "Seeds of gaps, each one axon: 1..100, or 1..10,17."},
    {"each", "EACH.csv", CLI_OUTPUT, NULL, "Write every outcome too: one row for each profile and seed."},
    {"threshold", "NAME=X|own", CLI_TEXT, NULL,
     "From where an axon is injured: 0.2 (of mt), mt=0.2,nf_pct=5, or own (`axon threshold`)."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon; those that are not there are the male axon's."},
    {"precision", "float|double", CLI_CHOICE, "float", "Vectors of floats, or doubles with Newton to 1e-9 nm."},
    {"dt", "TIME", CLI_TIME, NULL, "Step; otherwise that of the profiles (a bare number is in ms)."},
    {"cut", "STRAIN", CLI_NUMBER, NULL, "Cut steps in which the strain moves further than this (0.02 is fine)."},
};

/* Outcomes that are held at a time. */
enum { MOST_HELD = 65536 };

typedef struct work {
  axon_profiles *profiles;
  lg_axon_population *population;
  axon_outcome *outcomes; /* of a block of profiles */
  axon_spread *spreads;   /* (profiles, AXON_OUTPUTS) */
  double *scratch;
  lg_axon_population_table *table;
  double fixed[AXON_OUTPUTS];       /* NAN: no threshold of this output */
  double *thresholds[AXON_OUTPUTS]; /* (seeds), NULL as well */
  size_t n_failed;
  double cpu_s;
} work;

static lg_status read_one_threshold(lg_ctx *ctx, const char *item, size_t bytes, double *to) {
  const char *equals = memchr(item, '=', bytes), *from = equals ? equals + 1 : item;
  const size_t name_bytes = equals ? (size_t)(equals - item) : 2;
  char *end;
  const double x = strtod(from, &end);
  if (end == from || end != item + bytes || !isfinite(x))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "--threshold: '%.*s' is no NAME=NUMBER", (int)bytes, item);
  for (size_t q = 0; q < AXON_OUTPUTS; q++)
    if (strlen(cli_axon_outputs[q]) == name_bytes &&
        strncmp(cli_axon_outputs[q], equals ? item : "mt", name_bytes) == 0) {
      to[q] = x;
      return LG_OK;
    }
  return lg_fail(ctx, LG_ERR_ARGUMENT,
                 "--threshold: there is no output '%.*s'; there are mt, axl, tau_pct, nf_pct, side_pct, mt_broken_pct",
                 (int)name_bytes, item);
}

static lg_status read_thresholds(lg_ctx *ctx, const char *text, double *to) {
  for (size_t q = 0; q < AXON_OUTPUTS; q++) to[q] = (double)NAN;
  if (text && strcmp(text, "own") == 0) return LG_OK;
  while (text && *text) {
    const size_t bytes = strcspn(text, ",");
    const lg_status status = read_one_threshold(ctx, text, bytes, to);
    if (status != LG_OK) return status;
    text += bytes + (text[bytes] == ',');
  }
  return LG_OK;
}

/* The thresholds of every axon: what was given, or its own of microtubule strain. */
static lg_status lay_thresholds(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const size_t m = w->population->n;
  const bool own = cli_given(run, "threshold") && strcmp(cli_text(run, "threshold"), "own") == 0;
  axon_threshold *found = NULL;
  for (size_t q = 0; q < AXON_OUTPUTS; q++) {
    if (isnan(w->fixed[q]) && !(own && q == AXON_MT)) continue;
    LG_NEW(ctx, w->thresholds[q], m);
    for (size_t k = 0; k < m; k++) w->thresholds[q][k] = w->fixed[q];
  }
  if (own) {
    LG_NEW(ctx, found, m);
    LG_TRY(lg_axon_thresholds(ctx, (const lg_axon *const *)w->population->axons, m, AXON_FLOAT, found, NULL));
    for (size_t k = 0; k < m; k++) w->thresholds[AXON_MT][k] = found[k].split[AXON_MT].threshold;
  }
done:
  lg_free(ctx, found);
  return status;
}

static lg_status set_up(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  LG_TRY(read_thresholds(ctx, cli_text(run, "threshold"), w->fixed));
  LG_TRY(cli_axon_population(run, &w->population, about));
  *about = cli_positional(run, 0);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "profiles", *about));
  LG_TRY(lg_axon_profiles_load(ctx, *about, &w->profiles));
  LG_NEW(ctx, w->scratch, w->population->n);
  LG_NEW(ctx, w->spreads, w->profiles->n * AXON_OUTPUTS);
  *about = NULL;
  LG_TRY(lay_thresholds(run, w));
done:
  return status;
}

/* Block by block of profiles, so that a million outcomes need no more memory than a few. */
static lg_status simulate(cli_run *run, work *w, const axon_simulate_opts *o) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const size_t m = w->population->n, room = MOST_HELD / m > 0 ? MOST_HELD / m : 1;
  LG_NEW(ctx, w->outcomes, room * m);
  for (size_t at = 0; at < w->profiles->n; at += room) {
    axon_profiles block = *w->profiles;
    axon_spread *spreads = w->spreads + at * AXON_OUTPUTS;
    block.n = w->profiles->n - at < room ? w->profiles->n - at : room;
    block.names += at;
    block.strain += at * block.n_times;
    LG_TRY(lg_axon_population_simulate(ctx, w->population, &block, o, w->outcomes));
    for (size_t k = 0; k < block.n * AXON_OUTPUTS; k++)
      spreads[k] = lg_axon_spread(w->outcomes + k / AXON_OUTPUTS * m, m, k % AXON_OUTPUTS,
                                  w->thresholds[k % AXON_OUTPUTS], w->scratch);
    for (size_t k = 0; k < block.n * m; k++) w->n_failed += w->outcomes[k].failed;
    lg_axon_population_table_add(w->table, w->population, &block, w->outcomes, spreads);
  }
done:
  return status;
}

static void print_spread(lg_json *j, const axon_spread *s, bool is_judged) {
  lg_json_object(j);
  lg_json_key_integer(j, "n", (int64_t)s->n);
  lg_json_key_number(j, "mean", s->mean);
  lg_json_key_number(j, "sd", s->sd);
  lg_json_key_numbers(j, "quantiles", s->quantile, AXON_QUANTILES);
  lg_json_key_number(j, "min", s->low);
  lg_json_key_number(j, "max", s->high);
  if (is_judged) lg_json_key_number(j, "share_injured", s->reached);
  lg_json_end_object(j);
}

static void print_json(cli_run *run, const work *w) {
  lg_json j = cli_json_begin("loligo-axon-population/1");
  lg_json_key_integer(&j, "n_profiles", (int64_t)w->profiles->n);
  lg_json_key_integer(&j, "n_seeds", (int64_t)w->population->n);
  lg_json_key_integer(&j, "n_failed", (int64_t)w->n_failed);
  lg_json_key_number(&j, "cpu_s", w->cpu_s);
  lg_json_key_numbers(&j, "quantiles_at", lg_axon_quantiles, AXON_QUANTILES);
  lg_json_key(&j, "profiles");
  lg_json_array(&j);
  for (size_t k = 0; k < w->profiles->n; k++) {
    lg_json_object(&j);
    lg_json_key_text(&j, "name", w->profiles->names[k]);
    for (size_t q = 0; q < AXON_OUTPUTS; q++) {
      lg_json_key(&j, cli_axon_outputs[q]);
      print_spread(&j, &w->spreads[k * AXON_OUTPUTS + q], w->thresholds[q] != NULL);
    }
    lg_json_end_object(&j);
  }
  lg_json_end_array(&j);
  cli_json_end(run, &j);
}

static void say(cli_run *run, const work *w) {
  const size_t n = w->profiles->n * w->population->n;
  if (w->n_failed > 0)
    cli_say(run, "%zu of %zu runs failed; Newton does not converge with sixteenth steps", w->n_failed, n);
  if (!cli_json(run))
    cli_say(run, "%zu profiles on %zu axons: %.4g s of CPU, %.3g ms a run; written to %s", w->profiles->n,
            w->population->n, w->cpu_s, 1e3 * w->cpu_s / (double)n, cli_text(run, "output"));
}

static int run_population(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  work w = {0};
  const char *out = cli_text(run, "output"), *about = NULL;
  axon_simulate_opts o = {.precision = strcmp(cli_text(run, "precision"), "double") == 0 ? AXON_DOUBLE : AXON_FLOAT};
  if (!out) return cli_usage(run, "where to? give -o OUT.csv");
  if (cli_given(run, "dt")) o.dt_s = 1e-3 * cli_number(run, "dt");
  if (cli_given(run, "dt") && !(o.dt_s >= 1e-7 && o.dt_s <= 0.1))
    return cli_usage(run, "--dt is %g s; allowed is 1e-7 to 0.1 s", o.dt_s);
  if (cli_given(run, "cut")) o.most_strain_step = cli_number(run, "cut");
  if (cli_given(run, "cut") && !(o.most_strain_step >= 1e-4))
    return cli_usage(run, "--cut is %g; allowed is 1e-4 or more", o.most_strain_step);
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(set_up(run, &w, &about));
  about = out;
  LG_TRY(lg_axon_population_table_open(ctx, out, cli_text(run, "each"), cli_provenance(run), &w.table));
  about = cli_positional(run, 0);
  w.cpu_s = -cli_cpu_seconds();
  LG_TRY(simulate(run, &w, &o));
  w.cpu_s += cli_cpu_seconds();
  about = out;
  status = lg_axon_population_table_commit(ctx, w.table);
  w.table = NULL;
  if (status != LG_OK) goto done;
  say(run, &w);
  if (cli_json(run)) print_json(run, &w);
done:
  lg_axon_population_table_discard(ctx, w.table);
  lg_free(ctx, w.outcomes);
  lg_free(ctx, w.scratch);
  lg_free(ctx, w.spreads);
  for (size_t q = 0; q < AXON_OUTPUTS; q++) lg_free(ctx, w.thresholds[q]);
  lg_axon_population_destroy(ctx, w.population);
  lg_axon_profiles_destroy(ctx, w.profiles);
  if (status != LG_OK) return cli_report(run, about, status);
  return w.n_failed > 0 ? CLI_PARTIAL : CLI_OK;
}

const cli_command cli_axon_population_command = {
    .name = "axon population",
    .arguments = "PROFILES -o OUT.csv [--seeds 1..100] [--params P.json] [--threshold NAME=X|own] [--each EACH.csv]",
    .summary = "Simulate axons that differ in their gaps: mean, spread and share injured of every output.",
    .example = "loligo axon population profiles.csv -o spread.csv --seeds 1..100 --threshold 0.2",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_population,
};
