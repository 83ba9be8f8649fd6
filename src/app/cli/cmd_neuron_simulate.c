/* loligo neuron simulate: a point neuron and a protocol, or a cell with shape, in; a trace and spikes out. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/neuron_network.h"
#include "app/cli/simulate_cable.h"
#include "base/base.h"
#include "data/provenance.h"
#include "io/trace_write.h"
#include "twin/channels_file.h"
#include "twin/model_file.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"protocol", "P.json", CLI_INPUT, NULL, "Stimulus: duration_ms, sample_ms, segments."},
    {"output", "TRACE.csv", CLI_OUTPUT, NULL, "Trace t_ms,v_mV[,u_pA]; .csv, .nwb, .h5, .npy, - for standard output."},
    {"spikes", "S.csv", CLI_OUTPUT, NULL, "Spike times t_ms, one row per spike."},
    {"solver", "reference|rk4|euler", CLI_CHOICE, "rk4", "How to integrate."},
    {"dt", "TIME", CLI_TIME, NULL, "Step of rk4 (25us), euler (100us) and cells with shape (25us)."},
    {"states", NULL, CLI_FLAG, NULL, "Write every state, not only v and u."},
    {"scheme", "sdirk2|nrn|adaptive", CLI_CHOICE, NULL, "How a cell with shape is stepped (sdirk2)."},
    {"tolerance", "MV", CLI_NUMBER, NULL, "Error per step of --scheme adaptive in mV (0.0001)."},
    {"max-dx-um", "L", CLI_NUMBER, NULL, "Cut sections into compartments of at most L um."},
    {"d-lambda", "F", CLI_NUMBER, NULL, "Cut at F of the length constant at 100 Hz (0.1)."},
    {"nseg", "N", CLI_COUNT, NULL, "Cut every section into N compartments."},
    {"exact-spikes", NULL, CLI_FLAG, NULL, "Time the spikes of a cell with shape between steps, not samples."},
    {"fine-rates", NULL, CLI_FLAG, NULL, "sdirk2: average the rates of hh over steps: more exact, slower."},
    {"mechanisms", "interpret|compile", CLI_CHOICE, NULL, "How NMODL mechanisms are run (interpret)."},
    {"drug", "NAME", CLI_TEXT, NULL, "Cells with shape, networks: treat the cells with this drug (loligo drug list)."},
    {"dose", "CONCENTRATION", CLI_CONCENTRATION, NULL, "Its free concentration."},
    {"drugs", "FILE.csv", CLI_INPUT, NULL, "Another table of drugs."},
    {"state", "FILE", CLI_OUTPUT, NULL,
     "Cells with shape, networks: save the state there when interrupted; go on from it when it is there."},
    {"save-every", "TIME", CLI_TIME, NULL, "Real time between two saves of --state (60s)."},
};

static lg_status write_trace(cli_run *run, const char *path, const lg_simulation *sim) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_trace_column *columns = NULL;
  double *t = NULL;
  LG_NEW(ctx, columns, sim->n_columns + 1);
  LG_NEW(ctx, t, sim->n_samples);
  for (size_t k = 0; k < sim->n_samples; k++) t[k] = (double)k * sim->sample_ms;
  columns[0] = (lg_trace_column){.name = "t_ms", .values = t};
  for (size_t c = 0; c < sim->n_columns; c++)
    columns[c + 1] = (lg_trace_column){.name = sim->columns[c], .values = sim->states + c * sim->n_samples};
  status = lg_trace_write(ctx, path, columns, sim->n_columns + 1, sim->n_samples, cli_provenance(run));
done:
  lg_free(ctx, t);
  lg_free(ctx, columns);
  return status;
}

static lg_status write_spikes(cli_run *run, const char *path, const lg_simulation *sim) {
  const lg_trace_column column = {.name = "t_ms", .values = sim->spikes_ms};
  return lg_trace_write(cli_ctx(run), path, &column, 1, sim->n_spikes, cli_provenance(run));
}

static void print_json(cli_run *run, const lg_neuron *neuron, const lg_simulation *sim) {
  lg_json w = cli_json_begin("loligo-simulation/1");
  lg_json_key_text(&w, "model", neuron->info->model);
  lg_json_key_text(&w, "variant", neuron->info->variant);
  lg_json_key_integer(&w, "n_samples", (int64_t)sim->n_samples);
  lg_json_key_number(&w, "sample_ms", sim->sample_ms);
  lg_json_key_integer(&w, "n_spikes", (int64_t)sim->n_spikes);
  lg_json_key_numbers(&w, "spikes_ms", sim->spikes_ms, sim->n_spikes);
  lg_json_key_integer(&w, "n_steps", (int64_t)sim->n_steps);
  cli_json_end(run, &w);
}

static lg_status add_inputs(cli_run *run) {
  lg_provenance *p = cli_provenance(run);
  if (!p) return LG_ERR_MEMORY;
  const lg_status status = lg_provenance_add_input(cli_ctx(run), p, "model", cli_positional(run, 0));
  if (status != LG_OK) return status;
  return lg_provenance_add_input(cli_ctx(run), p, "protocol", cli_text(run, "protocol"));
}

static int run_simulate(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_neuron neuron;
  lg_channels *channels = NULL;
  lg_protocol *protocol = NULL;
  lg_simulation *sim = NULL;
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  const char *output = cli_text(run, "output"), *spikes = cli_text(run, "spikes"), *file = cli_positional(run, 0);
  if (cli_is_network(ctx, file)) return cli_simulate_network(run);
  if (cli_is_cable(ctx, file)) return cli_simulate_cable(run);
  for (size_t k = 0; k < cli_n_network_options; k++)
    if (cli_given(run, cli_network_options[k]))
      return cli_usage(run, "--%s is for cells with shape and networks; %s does not describe one",
                       cli_network_options[k], file);
  for (size_t k = 0; k < cli_n_cable_options; k++)
    if (cli_given(run, cli_cable_options[k]))
      return cli_usage(run, "--%s is for cells with shape; %s does not describe one", cli_cable_options[k], file);
  if (!cli_text(run, "protocol")) return cli_usage(run, "--protocol P.json is missing: what current to inject");
  if (lg_solver_from_name(ctx, cli_text(run, "solver"), &o.solver) != LG_OK)
    return cli_usage(run, "--solver: %s", lg_ctx_message(ctx));
  if (cli_given(run, "dt")) {
    o.dt_ms = cli_number(run, "dt");
    if (!(o.dt_ms >= 1e-6 && o.dt_ms <= 100.0))
      return cli_usage(run, "--dt is %g ms; allowed is 1e-6 … 100 ms", o.dt_ms);
  }
  if (!output && !spikes && !cli_json(run)) output = "-";
  if (cli_json(run) && ((output && strcmp(output, "-") == 0) || (spikes && strcmp(spikes, "-") == 0)))
    return cli_usage(run, "--json and a file on standard output cannot both be there");
  o.no_trace = !output;
  o.all_states = cli_flag(run, "states");
  LG_TRY(lg_neuron_load_channels(ctx, file, &neuron, &channels));
  file = cli_text(run, "protocol");
  LG_TRY(lg_protocol_load(ctx, file, &protocol));
  file = cli_positional(run, 0);
  LG_TRY(add_inputs(run));
  LG_TRY(lg_simulate(ctx, &neuron, protocol, &o, &sim));
  file = output;
  if (output) LG_TRY(write_trace(run, output, sim));
  file = spikes;
  if (spikes) LG_TRY(write_spikes(run, spikes, sim));
  if (cli_json(run)) print_json(run, &neuron, sim);
  else cli_say(run, "%zu spike%s in %g ms", sim->n_spikes, sim->n_spikes == 1 ? "" : "s", protocol->duration_ms);
done:
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, protocol);
  lg_channels_destroy(ctx, channels);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}

const cli_command cli_neuron_simulate_command = {
    .name = "neuron simulate",
    .arguments =
        "MODEL.json [--protocol P.json] [-o TRACE.csv] [--spikes S.csv] [--solver reference|rk4|euler] [--dt TIME] "
        "[--scheme sdirk2|nrn|adaptive] [--max-dx-um L | --d-lambda F | --nseg N] [--state FILE]",
    .summary = "Simulate a point neuron (or a twin) on a stimulus protocol or a cell with shape, on one thread, or a "
               "network of "
               "cells, on --threads of them.",
    .example = "loligo neuron simulate rs.json --protocol step.json -o trace.csv --spikes spikes.csv\n"
               "loligo neuron simulate cell.json --max-dx-um 10 -o trace.csv\n"
               "loligo neuron simulate network.json --spikes raster.csv --threads 4",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_simulate,
};
