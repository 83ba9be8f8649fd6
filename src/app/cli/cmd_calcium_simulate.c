/* loligo calcium simulate: calcium in a dendrite with ER. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/calcium_file.h"
#include "twin/calcium_gate.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL,
     "Folder for arrivals.csv, timeseries.csv, snapshots.csv, totals.csv, summary.json."},
    {"scheme", "imex2|imex1", CLI_CHOICE, "imex2", "Second or first order in time; diffusion is implicit in both."},
    {"gate", "kl|closure|rise|NET.safetensors", CLI_INPUT, "kl",
     "Gate of the ryanodine receptor: a formula, or a network of loligo calcium learn."},
    {"dt", "TIME", CLI_TIME, NULL, "Step, 2.5us unless given; a bare number is in seconds."},
    {"max-dx-um", "LENGTH", CLI_NUMBER, "0.05", "Longest edge of the grid, um."},
    {"sample", "TIME", CLI_TIME, NULL, "Spacing of time series and totals, 0.5ms unless given; a bare number: s."},
};

/* This room's unit of time is the second; a number with a unit comes in ms. */
static double seconds(cli_run *run, const char *option, double otherwise) {
  if (!cli_given(run, option)) return otherwise;
  const char *text = cli_text(run, option);
  const size_t n = strlen(text);
  return n > 0 && isalpha((unsigned char)text[n - 1]) ? 1e-3 * cli_number(run, option) : cli_number(run, option);
}

static void print_json(cli_run *run, const calcium_result *r) {
  lg_json w = cli_json_begin("loligo-calcium/1");
  lg_calcium_figures(&w, &r->summary);
  lg_json_key_integer(&w, "n_nodes", (int64_t)r->n_nodes);
  lg_json_key_integer(&w, "n_steps", (int64_t)r->n_steps);
  cli_json_end(run, &w);
}

static void say(cli_run *run, const calcium_result *r, const char *folder) {
  const calcium_summary *s = &r->summary;
  if (isnan(s->speed_um_s)) cli_say(run, "no wave reached three quarters of the first section");
  else
    cli_say(run, "wave at %.2f um/s, peak %.4f uM, above threshold %.2f ms", s->speed_um_s, s->peak_uM,
            s->above_threshold_ms);
  cli_say(run, "%zu nodes, %zu steps; written to %s", r->n_nodes, r->n_steps, folder);
}

static int run_calcium(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  calcium_grid *grid = NULL;
  calcium_result *result = NULL;
  calcium_chosen_gate chosen = {0};
  const char *folder = cli_text(run, "output"), *about = cli_positional(run, 0);
  calcium_options o = {.scheme = strcmp(cli_text(run, "scheme"), "imex1") == 0 ? CALCIUM_IMEX1 : CALCIUM_IMEX2};
  o.dt_s = seconds(run, "dt", 2.5e-6);
  o.sample_s = seconds(run, "sample", 5e-4);
  o.max_dx_um = cli_number(run, "max-dx-um");
  if (!folder) return cli_usage(run, "where to? give -o DIR");
  if (!(o.dt_s >= 1e-9 && o.dt_s <= 1e-2)) return cli_usage(run, "--dt is %g s; allowed is 1e-9 to 0.01", o.dt_s);
  if (!(o.sample_s >= 1e-7)) return cli_usage(run, "--sample is %g s; allowed is 1e-7 or more", o.sample_s);
  if (!(o.max_dx_um >= 1e-4)) return cli_usage(run, "--max-dx-um is %g; allowed is 1e-4 or more", o.max_dx_um);
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "case", about));
  LG_TRY(lg_calcium_load(ctx, about, &c));
  about = cli_text(run, "gate");
  LG_TRY(lg_calcium_gate_choose(ctx, cli_text(run, "gate"), &c->constants, &chosen));
  if (chosen.net) LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "gate", cli_text(run, "gate")));
  about = cli_positional(run, 0);
  LG_TRY(lg_calcium_grid_create(ctx, c, o.max_dx_um, &grid));
  LG_TRY(lg_calcium_simulate(ctx, c, grid, &chosen.gate, NULL, &o, &result));
  about = folder;
  LG_TRY(lg_calcium_gate_warn(ctx, grid, &chosen));
  const char *const *warnings = (const char *const *)chosen.warnings;
  LG_TRY(lg_calcium_write(ctx, folder, c, grid, result, warnings, chosen.n_warnings, cli_provenance(run)));
  for (size_t k = 0; k < chosen.n_warnings; k++) cli_say(run, "warning: %s", warnings[k]);
  if (cli_json(run)) print_json(run, result);
  else say(run, result, folder);
done:
  lg_calcium_gate_clear(ctx, &chosen);
  lg_calcium_result_destroy(ctx, result);
  lg_calcium_grid_destroy(ctx, grid);
  lg_calcium_case_destroy(ctx, c);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_calcium_simulate_command = {
    .name = "calcium simulate",
    .arguments = "CASE.json -o DIR [--scheme imex2|imex1] [--dt TIME] [--max-dx-um L] [--gate kl|closure|rise|NET]",
    .summary = "Simulate calcium waves in a dendrite with endoplasmic reticulum.",
    .example = "loligo calcium simulate case.json -o wave/ --max-dx-um 0.05",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_calcium,
};
