/* loligo neuron live: a cell or a point neuron that runs on and on, frames out, stimuli in while it runs. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/live_loop.h"
#include "app/cli/simulate_cable.h"

#include "base/base.h"

#include <string.h>
#include <unistd.h>

static const cli_option options[] = {
    {"output", "FILE", CLI_OUTPUT, "-", "Where the frames go: binary records (docs/server.md)."},
    {"every", "TIME", CLI_TIME, "0.2", "Simulated time between frames; a whole number of steps is made of it."},
    {"rate", "RATE", CLI_FREQUENCY, "60", "Frames per second of real time; 0: as fast as it goes."},
    {"values", "int16|float32", CLI_CHOICE, "int16",
     "How potentials of cells are stored; int16 in steps of 0.01 mV. States of points: float32."},
    {"duration", "TIME", CLI_TIME, NULL, "Simulated time after which it ends; else it ends with its input."},
    {"dt", "TIME", CLI_TIME, NULL, "Step (25us)."},
    {"scheme", "sdirk2|nrn", CLI_CHOICE, "sdirk2", "How a cell with shape is stepped; a point neuron by rk4."},
    {"max-dx-um", "L", CLI_NUMBER, NULL, "Cut sections into compartments of at most L um."},
    {"d-lambda", "F", CLI_NUMBER, NULL, "Cut at F of the length constant at 100 Hz (0.1)."},
    {"nseg", "N", CLI_COUNT, NULL, "Cut every section into N compartments."},
    {"fine-rates", NULL, CLI_FLAG, NULL, "sdirk2: average the rates of hh over steps: more exact, slower."},
};

/* An exit code where an option cannot be. */
static int read_options(cli_run *run, lg_live_options *o, live_loop_options *loop) {
  *o = (lg_live_options){.run = {.scheme = cli_scheme(run), .seed = cli_seed(run)}, .cut = cli_cable_cut(run)};
  o->run.fine_rates = cli_flag(run, "fine-rates");
  if (cli_given(run, "nseg") + cli_given(run, "max-dx-um") + cli_given(run, "d-lambda") > 1)
    return cli_usage(run, "--nseg, --max-dx-um and --d-lambda cannot be together");
  if (cli_given(run, "dt")) o->run.dt_ms = cli_number(run, "dt");
  if (cli_given(run, "dt") && !(o->run.dt_ms >= 1e-6 && o->run.dt_ms <= 10.0))
    return cli_usage(run, "--dt is %g ms; allowed is 1e-6 … 10 ms", o->run.dt_ms);
  *loop = (live_loop_options){.every_ms = cli_number(run, "every"),
                              .rate_Hz = cli_number(run, "rate"),
                              .duration_ms = cli_given(run, "duration") ? cli_number(run, "duration") : 0.0,
                              .type = strcmp(cli_text(run, "values"), "int16") == 0 ? LIVE_INT16 : LIVE_FLOAT32,
                              .input = STDIN_FILENO};
  if (!(loop->rate_Hz == 0.0 || (loop->rate_Hz >= 1.0 && loop->rate_Hz <= 240.0)))
    return cli_usage(run, "--rate is %g Hz; allowed is 1 … 240 Hz, or 0: as fast as it goes", loop->rate_Hz);
  if (cli_given(run, "duration") && !(loop->duration_ms > 0.0))
    return cli_usage(run, "--duration is %g ms; allowed is above 0", loop->duration_ms);
  return CLI_OK;
}

static int run_live(cli_run *run) {
  static const char *const cells_only[] = {"scheme", "max-dx-um", "d-lambda", "nseg", "fine-rates", "values"};
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_live_options o;
  live_loop_options loop;
  lg_live *live = NULL;
  lg_outfile *out = NULL;
  const char *file = cli_positional(run, 0);
  const int code = read_options(run, &o, &loop);
  if (code != CLI_OK) return code;
  LG_TRY(lg_live_open(ctx, file, &o, &live));
  for (size_t k = 0; k < sizeof cells_only / sizeof cells_only[0]; k++)
    if (lg_live_is_point(live) && cli_given(run, cells_only[k])) {
      lg_live_close(ctx, live);
      return cli_usage(run, "--%s is for cells with shape; %s does not describe one", cells_only[k], file);
    }
  file = cli_text(run, "output");
  LG_TRY(lg_outfile_open(ctx, file, &out));
  loop.output = lg_outfile_stream(out);
  status = live_loop_run(ctx, live, &loop);
  if (status == LG_ERR_NUMERICAL) file = cli_positional(run, 0);
  if (status == LG_OK) {
    status = lg_outfile_commit(ctx, out);
    out = NULL;
  }
done:
  lg_outfile_discard(ctx, out);
  lg_live_close(ctx, live);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}

const cli_command cli_neuron_live_command = {
    .name = "neuron live",
    .arguments = "MODEL.json [-o FILE] [--every TIME] [--rate RATE] [--duration TIME]",
    .summary = "Run a cell or a point neuron on and on at a pace: its potentials everywhere, or its states, come out "
               "frame by frame; lines "
               "of JSON on standard input stimulate it, pause it and change the pace.",
    .example = "loligo neuron live cell.json --duration 20ms --rate 0 -o frames.bin < stimuli.jsonl",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_live,
};
