/* loligo calcium simulate: calcium in a dendrite with ER. */
#include "app/cli/calcium_options.h"
#include "app/cli/calcium_state.h"
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "calcium/adaptive.h"
#include "data/provenance.h"
#include "twin/calcium_across.h"
#include "twin/calcium_cable.h"
#include "twin/calcium_file.h"
#include "twin/calcium_film_file.h"
#include "twin/calcium_gate.h"
#include "twin/calcium_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "Folder for the tables (.csv), summary.json, report.html and its figures."},
    {"scheme", "imex2|imex1|rodas4", CLI_CHOICE, "imex2",
     "Second or first order in time with implicit diffusion, or Rosenbrock of order 4 with steps of its own choice."},
    {"gate", "kl|closure|rise|NET.safetensors", CLI_INPUT, "kl",
     "Gate of the ryanodine receptor: a formula, or a network of loligo calcium learn."},
    {"beside", "kl|closure|rise", CLI_CHOICE, NULL,
     "Run the case with this gate too, and show both beside each other in report and summary."},
    {"dt", "TIME", CLI_SECONDS, NULL, "Step, 2.5us unless given; a bare number is in seconds."},
    {"max-dx-um", "LENGTH", CLI_NUMBER, "0.05", "Longest edge of the grid, um."},
    {"space-order", "2|4|6", CLI_CHOICE, "2",
     "Order of diffusion in the edge's length: 6 at 0.1 um is as close as 2 at 0.02 um (rodas4: 2 and 4)."},
    {"sample", "TIME", CLI_SECONDS, NULL, "Spacing of time series and totals, 0.5ms unless given; a bare number: s."},
    {"axisymmetric", NULL, CLI_FLAG, NULL,
     "Resolve an unbranched dendrite across as well; tables hold means over the cross-section, and "
     "cross_sections.csv the snapshots."},
    {"radial", "N", CLI_COUNT, "12", "Rings of the cytosol of --axisymmetric."},
    {"tolerance", "REL", CLI_NUMBER, NULL,
     "Let speeds and arrivals be off by this part at most through the step (0.001: 0.1 %); the run chooses its steps."},
    {"state", "FILE", CLI_OUTPUT, NULL, "Save the run here when it is interrupted, and go on from here."},
    {"save-every", "TIME", CLI_TIME, NULL, "Real time between two saves of --state (60s)."},
    {"stats", NULL, CLI_FLAG, NULL, "Say what the steps cost: processor seconds, ns per node and step."},
    {"no-report", NULL, CLI_FLAG, NULL, "Write tables and summary only."},
    {"film", "FILM.bin", CLI_OUTPUT, NULL,
     "The wave for a page that plays it: a line of JSON, then c, c_ER and P of times and places as floats."},
};

static void print_json(cli_run *run, const calcium_result *r) {
  lg_json w = cli_json_begin("loligo-calcium/1");
  lg_calcium_figures(&w, &r->summary);
  lg_json_key_integer(&w, "n_nodes", (int64_t)r->n_nodes);
  if (r->unknowns) lg_json_key_integer(&w, "unknowns_per_node", (int64_t)r->unknowns);
  lg_json_key_integer(&w, "n_steps", (int64_t)r->n_steps);
  if (cli_given(run, "stats")) {
    lg_json_key_number(&w, "cpu_s", r->cpu_s);
    lg_json_key_number(&w, "ns_per_node_step", 1e9 * r->cpu_s / ((double)r->n_nodes * (double)r->n_steps));
  }
  cli_json_end(run, &w);
}

static void say(cli_run *run, const calcium_result *r, const char *folder) {
  const calcium_summary *s = &r->summary;
  if (isnan(s->speed_um_s)) cli_say(run, "no wave reached three quarters of the first section");
  else if (isnan(s->above_threshold_ms))
    cli_say(run, "wave at %.2f um/s, peak %.4f uM, above threshold until the end", s->speed_um_s, s->peak_uM);
  else
    cli_say(run, "wave at %.2f um/s, peak %.4f uM, above threshold %.2f ms", s->speed_um_s, s->peak_uM,
            s->above_threshold_ms);
  if (r->estimate.runs > 0 && !isnan(r->estimate.speed))
    cli_say(run, "by its own estimate the steps put the speed off by %.2g %% and arrivals by %.2g us",
            100.0 * r->estimate.speed, 1e6 * r->estimate.arrival_s);
  cli_say(run, "%zu nodes, %zu steps; written to %s", r->n_nodes, r->n_steps, folder);
  if (cli_given(run, "stats"))
    cli_say(run, "%.4f s of processor time, %.2f ns per node and step", r->cpu_s,
            1e9 * r->cpu_s / ((double)r->n_nodes * (double)r->n_steps));
}

/* Frames enough for the wave itself in a run of ten times its length. */
enum { FILM_PLACES = 128, FILM_TIMES = 2400, FILM_WRITTEN = 1200 };

/* What a run is made of. */
typedef struct wave {
  calcium_case *c;
  calcium_grid *grid;
  calcium_chosen_gate gate;
  calcium_film *film;
  calcium_result *result;
  calcium_result *beside;   /* of --beside; NULL: none */
  calcium_across *across;   /* NULL: one dimension */
  calcium_cable_spec *spec; /* of a cable that runs along; NULL: none */
  calcium_cable_result *cable;
} wave;

static lg_status report(cli_run *run, const char *folder, const wave *w) {
  const char *title = cli_positional(run, 0), *slash = strrchr(title, '/');
  calcium_view view = {.title = slash ? slash + 1 : title,
                       .gate = cli_text(run, "gate"),
                       .scheme = cli_text(run, "scheme"),
                       .c = w->c,
                       .grid = w->grid,
                       .result = w->result,
                       .film = w->film,
                       .beside = {cli_text(run, "beside"), w->beside},
                       .cable = w->cable,
                       .warnings = (const char *const *)w->gate.warnings,
                       .n_warnings = w->gate.n_warnings,
                       .provenance = cli_provenance(run)};
  return lg_calcium_report(cli_ctx(run), folder, &view);
}

static lg_status write_all(cli_run *run, const char *folder, wave *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  LG_TRY(lg_calcium_gate_warn(ctx, w->grid, &w->gate));
  const bool second_order = cli_text(run, "space-order")[0] == '2' && strcmp(cli_text(run, "scheme"), "rodas4") != 0;
  if (!w->across) LG_TRY(lg_calcium_run_warn(ctx, w->c, w->grid, w->result, second_order, &w->gate));
  const char *const *warnings = (const char *const *)w->gate.warnings;
  LG_TRY(lg_calcium_write(ctx, folder, w->c, w->grid, w->result, warnings, w->gate.n_warnings,
                          (calcium_beside){cli_text(run, "beside"), w->beside}, cli_provenance(run)));
  for (size_t k = 0; k < w->gate.n_warnings; k++) cli_say(run, "warning: %s", warnings[k]);
  if (w->across) LG_TRY(lg_calcium_across_write(ctx, folder, w->across, cli_provenance(run)));
  if (w->cable) LG_TRY(lg_calcium_cable_write(ctx, folder, w->cable, cli_provenance(run)));
  if (w->film && !cli_flag(run, "no-report")) LG_TRY(report(run, folder, w));
  if (cli_text(run, "film")) LG_TRY(lg_calcium_film_write(ctx, cli_text(run, "film"), w->film, FILM_WRITTEN));
done:
  return status;
}

/* Along the dendrite, across it as well, or together with its cable. */
static lg_status simulate(cli_run *run, const calcium_options *o, wave *w) {
  lg_ctx *ctx = cli_ctx(run);
  const calcium_gate *gate = &w->gate.gate;
  if (cli_flag(run, "axisymmetric"))
    return lg_calcium_simulate_across(ctx, w->c, w->grid, gate, (size_t)cli_count(run, "radial"), o, &w->result,
                                      &w->across);
  if (w->spec && cli_text(run, "state"))
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "a dendrite that runs with a cable has no --state");
  if (w->spec && cli_given(run, "tolerance"))
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "--tolerance chooses no steps of a cable; give --dt and cable.interval_ms");
  if (w->spec) return lg_calcium_cable_simulate(ctx, w->spec, w->c, w->grid, gate, o, &w->result, &w->cable);
  if (cli_given(run, "tolerance"))
    return lg_calcium_simulate_within(ctx, w->c, w->grid, gate, NULL, o, cli_number(run, "tolerance"), &w->result);
  return lg_calcium_simulate(ctx, w->c, w->grid, gate, NULL, o, &w->result);
}

static lg_status simulate_beside(cli_run *run, const calcium_options *o, wave *w) {
  lg_ctx *ctx = cli_ctx(run);
  wave other = {.c = w->c, .grid = w->grid, .spec = w->spec};
  calcium_options plain = *o;
  plain.film = NULL;
  lg_status status = lg_calcium_gate_choose(ctx, cli_text(run, "beside"), &w->c->constants, &other.gate);
  if (status == LG_OK) status = simulate(run, &plain, &other);
  w->beside = other.result;
  lg_calcium_gate_clear(ctx, &other.gate);
  lg_calcium_cable_result_destroy(ctx, other.cable);
  lg_calcium_across_destroy(ctx, other.across);
  return status;
}

static int run_calcium(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  wave w = {0};
  cli_calcium_state state = {0};
  const char *folder = cli_text(run, "output"), *about = cli_positional(run, 0), *gate = cli_text(run, "gate");
  calcium_options o = {.scheme = cli_calcium_scheme(cli_text(run, "scheme"))};
  o.dt_s = cli_number_or(run, "dt", cli_given(run, "tolerance") ? 10e-6 : 2.5e-6);
  o.sample_s = cli_number_or(run, "sample", 5e-4);
  o.max_dx_um = cli_number(run, "max-dx-um");
  const bool across = cli_flag(run, "axisymmetric");
  if (across && cli_given(run, "scheme") && o.scheme != CALCIUM_IMEX2)
    return cli_usage(run, "--axisymmetric is of the second order in time; it has no --scheme %s",
                     cli_text(run, "scheme"));
  if (across && cli_given(run, "space-order")) return cli_usage(run, "--axisymmetric has an order of its own in space");
  if (cli_text(run, "film") && (across || cli_text(run, "state")))
    return cli_usage(run, "--film shows a run along the dendrite from its start; leave out --axisymmetric and --state");
  if (across && cli_given(run, "tolerance")) return cli_usage(run, "--axisymmetric takes --dt, not --tolerance");
  if (cli_calcium_state_check(run) != CLI_OK) return CLI_USAGE;
  if (!folder) return cli_usage(run, "where to? give -o DIR");
  if (!(o.dt_s >= 1e-9 && o.dt_s <= 1e-2)) return cli_usage(run, "--dt is %g s; allowed is 1e-9 to 0.01", o.dt_s);
  if (!(o.sample_s >= 1e-7)) return cli_usage(run, "--sample is %g s; allowed is 1e-7 or more", o.sample_s);
  if (!(o.max_dx_um >= 1e-4)) return cli_usage(run, "--max-dx-um is %g; allowed is 1e-4 or more", o.max_dx_um);
  if (cli_given(run, "tolerance") && !(cli_number(run, "tolerance") >= 1e-7 && cli_number(run, "tolerance") <= 0.1))
    return cli_usage(run, "--tolerance is %g; allowed is 1e-7 to 0.1", cli_number(run, "tolerance"));
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "case", about));
  LG_TRY(lg_calcium_load(ctx, about, &w.c));
  LG_TRY(lg_calcium_cable_load(ctx, about, &w.spec));
  if (w.spec) LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "cable", w.spec->path));
  about = gate;
  LG_TRY(lg_calcium_gate_choose(ctx, gate, &w.c->constants, &w.gate));
  if (w.gate.net) LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "gate", gate));
  about = cli_positional(run, 0);
  LG_TRY(lg_calcium_grid_create(ctx, w.c, o.max_dx_um, &w.grid));
  LG_TRY(lg_calcium_grid_order(ctx, w.c, w.grid, (unsigned)(cli_text(run, "space-order")[0] - '0')));
  if (!cli_flag(run, "no-report") || cli_text(run, "film"))
    LG_TRY(lg_calcium_film_create(ctx, w.c, w.grid, FILM_PLACES, FILM_TIMES, &w.film));
  o.film = w.film;
  about = cli_text(run, "state");
  LG_TRY(cli_calcium_state_open(run, w.grid, &o, &state));
  about = cli_positional(run, 0);
  LG_TRY(simulate(run, &o, &w));
  if (cli_given(run, "beside")) LG_TRY(simulate_beside(run, &o, &w));
  if (w.cable && w.cable->model->swc_path)
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "morphology", w.cable->model->swc_path));
  about = folder;
  LG_TRY(write_all(run, folder, &w));
  if (cli_json(run)) print_json(run, w.result);
  else say(run, w.result, folder);
  if (w.cable && !cli_json(run))
    cli_say(run, "cable: %zu spikes at %zu probes, calcium in %zu compartments", w.cable->cable->n_spikes,
            w.cable->cable->n_probes, w.cable->n_covered);
done:
  lg_calcium_cable_result_destroy(ctx, w.cable);
  lg_calcium_cable_destroy(ctx, w.spec);
  cli_calcium_state_close(&state, status == LG_OK);
  lg_calcium_gate_clear(ctx, &w.gate);
  lg_calcium_film_destroy(ctx, w.film);
  lg_calcium_result_destroy(ctx, w.result);
  lg_calcium_result_destroy(ctx, w.beside);
  lg_calcium_across_destroy(ctx, w.across);
  lg_calcium_grid_destroy(ctx, w.grid);
  lg_calcium_case_destroy(ctx, w.c);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_calcium_simulate_command = {
    .name = "calcium simulate",
    .arguments =
        "CASE.json -o DIR [--scheme imex2|imex1|rodas4] [--dt TIME] [--max-dx-um L] [--gate kl|closure|rise|NET]",
    .summary = "Simulate calcium waves in a dendrite with endoplasmic reticulum.",
    .example = "loligo calcium simulate case.json -o wave/ --max-dx-um 0.05",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_calcium,
};
