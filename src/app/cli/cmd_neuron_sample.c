/* loligo neuron sample: recordings of random neurons with known parameters, to test any cloning program on. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "io/trace_write.h"
#include "neuron/prior_izhikevich.h"
#include "neuron/tm_sampled.h"
#include "twin/clone_net.h"

#include <math.h>
#include <string.h>

enum { P = LG_CLONE_NET_P };

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "Folder for NNNNNN.csv (t_ms,i_pA,v_mV) and truth.csv."},
    {"count", "N", CLI_COUNT, "10", "How many neurons."},
    {"first", "N", CLI_COUNT, "0", "Number of the first one; a neuron depends on seed and number alone."},
    {"protocol", "clone1|step", CLI_CHOICE, "clone1", "The 1.2-s cloning protocol or one 500-ms step."},
    {"noise", "VOLTAGE", CLI_VOLTAGE, "0.2mV", "Standard deviation of the white noise."},
    {"rate", "FREQUENCY", CLI_FREQUENCY, "20kHz", "Sampling rate, 5 to 50 kHz."},
};

static lg_status write_recording(cli_run *run, const char *folder, uint64_t number, size_t n, double dt_ms,
                                 const double *v, const double *i, double *t) {
  char path[4096];
  for (size_t k = 0; k < n; k++) t[k] = (double)k * dt_ms;
  (void)snprintf(path, sizeof path, "%s/%06llu.csv", folder, (unsigned long long)number);
  const lg_trace_column columns[] = {
      {.name = "t_ms", .values = t}, {.name = "i_pA", .values = i}, {.name = "v_mV", .values = v}};
  return lg_trace_write(cli_ctx(run), path, columns, 3, n, cli_provenance(run));
}

static lg_status write_truth(cli_run *run, const char *folder, const lg_net_plan *plan, uint64_t first, size_t count,
                             const double *natural) {
  lg_ctx *ctx = cli_ctx(run);
  const char *const *names = plan->family == LG_NET_TM ? lg_tm_parameter_names : lg_izh_param_names;
  const char *const *units = plan->family == LG_NET_TM ? lg_tm_parameter_units : lg_izh_param_units;
  char path[4096];
  lg_outfile *file = NULL;
  (void)snprintf(path, sizeof path, "%s/truth.csv", folder);
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  (void)fprintf(f, "recording");
  for (int p = 0; p < P; p++) (void)fprintf(f, ",%s [%s]", names[p], units[p]);
  for (size_t k = 0; k < count; k++) {
    (void)fprintf(f, "\n%06llu.csv", (unsigned long long)(first + k));
    for (int p = 0; p < P; p++) (void)fprintf(f, ",%.17g", natural[k * P + (size_t)p]);
  }
  (void)fprintf(f, "\n");
  return lg_outfile_commit(ctx, file);
}

static int run_sample(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *family = cli_positional(run, 0), *folder = cli_text(run, "output");
  const double rate_Hz = cli_number(run, "rate"), noise = cli_number(run, "noise");
  const uint64_t first = cli_count(run, "first"), count = cli_count(run, "count");
  const bool tm = strcmp(family, "tm") == 0 || strcmp(family, "hh") == 0;
  double *v = NULL, *i = NULL, *t = NULL, *natural = NULL;
  if (!tm && strcmp(family, "izhikevich") != 0)
    return cli_usage(run, "no family is called '%s'; izhikevich or tm", family);
  if (!folder || strcmp(folder, "-") == 0) return cli_usage(run, "where to? give -o DIR");
  if (!(rate_Hz >= 5000.0 && rate_Hz <= 50000.0)) return cli_usage(run, "--rate is %g Hz; 5 … 50 kHz", rate_Hz);
  if (!(noise >= 0.0 && noise <= 20.0)) return cli_usage(run, "--noise is %g mV; 0 … 20 mV", noise);
  if (count < 1 || count > 100000) return cli_usage(run, "--count is %llu; 1 … 100000", (unsigned long long)count);
  const lg_net_plan plan = {.family = tm ? LG_NET_TM : LG_NET_IZHIKEVICH,
                            .protocol = strcmp(cli_text(run, "protocol"), "step") == 0 ? LG_NET_STEP : LG_NET_CLONE1,
                            .noise_low_mV = noise,
                            .noise_high_mV = noise,
                            .dt_ms = 1000.0 / rate_Hz};
  const size_t n = lg_net_samples(&plan), most = 64;
  LG_NEW(ctx, v, most * n);
  LG_NEW(ctx, i, most * n);
  LG_NEW(ctx, t, n);
  LG_NEW(ctx, natural, (size_t)count * P);
  LG_TRY(lg_make_directory(ctx, folder));
  for (size_t done = 0; done < count; done += most) {
    const size_t now = count - done < most ? (size_t)count - done : most;
    LG_TRY(lg_net_record(ctx, &plan, cli_seed(run), first + done, now, v, i, natural + done * P));
    for (size_t k = 0; k < now; k++)
      LG_TRY(write_recording(run, folder, first + done + k, n, plan.dt_ms, v + k * n, i + k * n, t));
  }
  LG_TRY(write_truth(run, folder, &plan, first, (size_t)count, natural));
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-sample/1");
    lg_json_key_text(&w, "output", folder);
    lg_json_key_text(&w, "family", tm ? "tm" : "izhikevich");
    lg_json_key_integer(&w, "first", (int64_t)first);
    lg_json_key_integer(&w, "recordings", (int64_t)count);
    cli_json_end(run, &w);
  } else {
    cli_say(run, "%llu recordings and truth.csv in %s", (unsigned long long)count, folder);
  }
done:
  lg_free(ctx, v);
  lg_free(ctx, i);
  lg_free(ctx, t);
  lg_free(ctx, natural);
  return status == LG_OK ? CLI_OK : cli_report(run, folder, status);
}

const cli_command cli_neuron_sample_command = {
    .name = "neuron sample",
    .arguments = "izhikevich|tm -o DIR",
    .summary = "Record random neurons with known parameters, to test cloning on.",
    .example = "loligo neuron sample izhikevich --count 20 -o cells/\n  loligo clone cells/000000.csv -o twin.json",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_sample,
};
