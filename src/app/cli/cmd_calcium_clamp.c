/* loligo calcium clamp: recordings of a channel under prescribed calcium or voltage, to learn gates from. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/calcium_file.h"
#include "twin/clamp_file.h"

#include <string.h>

static const cli_option options[] = {
    {"output", "TRAIN.csv", CLI_OUTPUT, NULL, "Write protocol,t_s,u,dudt,states...,P here."},
    {"channel", "kl|closure|rise|hh-na|hh-k|vdcc-n|vdcc-l", CLI_CHOICE, "kl",
     "Ryanodine receptor (kl, closure, rise: opens only while calcium rises) or a channel of voltage."},
    {"closing", "RATE", CLI_NUMBER, "100", "Closing rate of `rise`, 1/s: how long it stays open (30 to 800)."},
    {"constants", "CASE.json", CLI_INPUT, NULL, "Rates of the ryanodine receptor from a case."},
    {"protocols", "LIST", CLI_TEXT, "all",
     "Families, with commas: steps, stairs, ramps, transients, trains, pairs, starts; all."},
    {"number", "N", CLI_COUNT, "140", "How many protocols, turn by turn from the families."},
    {"first", "K", CLI_COUNT, "0", "Number of the first protocol: sets that do not overlap share a seed."},
};

static lg_status read_families(lg_ctx *ctx, const char *text, unsigned *families) {
  *families = 0;
  if (strcmp(text, "all") == 0) *families = CLAMP_ALL;
  while (*families == 0 || *text) {
    if (strcmp(text, "all") == 0) return LG_OK;
    const size_t n = strcspn(text, ",");
    bool known = false;
    for (size_t k = 0; k < 7; k++)
      if (strlen(lg_clamp_families[k]) == n && strncmp(lg_clamp_families[k], text, n) == 0) {
        *families |= 1u << k;
        known = true;
      }
    if (!known)
      return lg_fail(ctx, LG_ERR_ARGUMENT,
                     "'%.*s' is no family of protocols; steps, stairs, ramps, transients, trains, pairs, starts",
                     (int)(n > 40 ? 40 : n), text);
    text += n + (text[n] == ',');
  }
  return LG_OK;
}

static int run_clamp(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  calcium_constants constants = lg_calcium_constants_default();
  size_t rows = 0;
  const char *output = cli_text(run, "output"), *about = output, *given = cli_text(run, "constants");
  clamp_set set = {.first = (size_t)cli_count(run, "first"),
                   .n = (size_t)cli_count(run, "number"),
                   .seed = cli_seed(run),
                   .tolerance = 1e-9};
  if (!output) return cli_usage(run, "where to? give -o TRAIN.csv");
  if (set.n < 1 || set.n > 100000) return cli_usage(run, "--number is %zu; allowed is 1 to 100000", set.n);
  set.channel.closing = cli_number(run, "closing");
  if (!(set.channel.closing >= 1.0 && set.channel.closing <= 1e5))
    return cli_usage(run, "--closing is %g; allowed is 1 to 100000 1/s", set.channel.closing);
  LG_TRY(lg_clamp_find(ctx, cli_text(run, "channel"), &set.channel.kind));
  about = NULL;
  LG_TRY(read_families(ctx, cli_text(run, "protocols"), &set.families));
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  if (given) {
    about = given;
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "constants", given));
    LG_TRY(lg_calcium_load(ctx, given, &c));
    constants = c->constants;
  }
  set.channel.constants = &constants;
  about = output;
  LG_TRY(lg_clamp_write(ctx, output, &set, cli_provenance(run), &rows));
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-calcium-clamp/1");
    lg_json_key_text(&w, "channel", lg_clamp_about(set.channel.kind)->name);
    lg_json_key_integer(&w, "protocols", (int64_t)set.n);
    lg_json_key_integer(&w, "rows", (int64_t)rows);
    cli_json_end(run, &w);
  } else cli_say(run, "%zu protocols, %zu rows of the %s", set.n, rows, lg_clamp_about(set.channel.kind)->summary);
done:
  lg_calcium_case_destroy(ctx, c);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_calcium_clamp_command = {
    .name = "calcium clamp",
    .arguments = "-o TRAIN.csv [--channel kl|closure|rise|hh-na|hh-k|vdcc-n|vdcc-l] [--closing RATE] [--number N]",
    .summary = "Make recordings of a channel under prescribed calcium or voltage, to learn gates from.",
    .example = "loligo calcium clamp -o kl.csv --number 210 --seed 1\n"
               "loligo calcium clamp -o rise100.csv --channel rise --closing 100",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_clamp,
};
