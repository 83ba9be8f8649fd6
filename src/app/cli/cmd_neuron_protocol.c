/* loligo neuron protocol NAME: the protocols that are built in, as files. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/model_file.h"

#include <loligo/titration.h>
#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "P.json", CLI_OUTPUT, "-", "Write the protocol here; - for standard output."},
    {"i0", "CURRENT", CLI_CURRENT, NULL, "The cell's rheobase, which scales the protocol (default 100pA)."},
    {"for", "MODEL.json", CLI_INPUT, NULL, "Titrate this model or twin and use its rheobase as i0."},
    {"amp", "CURRENT", CLI_CURRENT, NULL, "Amplitude of STEP (1.7 i0), SUB (20pA), TRAIN (20 i0), PLATEAU (2 i0)."},
    {"rate", "FREQUENCY", CLI_FREQUENCY, NULL, "TRAIN: one rate, 5 to 200 Hz, instead of all six."},
    {"length", "TIME", CLI_TIME, "2s", "PLATEAU: 0.5 to 10 s."},
    {"sweep", "K", CLI_COUNT, NULL, "FI: one of the twelve sweeps, from 0, instead of all."},
    {"sample", "TIME", CLI_TIME, "50us", "Interval of the samples of a simulation."},
};

typedef struct request {
  double i0_pA, amp_pA, rate_Hz, length_ms, sample_ms; /* NAN: not given */
  unsigned sweep;                                      /* UINT32_MAX: all */
  uint64_t seed;
} request;

static double amp_or(const request *r, double factor) { return isnan(r->amp_pA) ? factor * r->i0_pA : r->amp_pA; }

static lg_status make_clone1(lg_ctx *ctx, const request *r, lg_protocol **out) {
  return lg_protocol_clone1(ctx, r->i0_pA, r->sample_ms, r->seed, out);
}

static lg_status make_step(lg_ctx *ctx, const request *r, lg_protocol **out) {
  return lg_protocol_step(ctx, amp_or(r, 1.7), r->sample_ms, out);
}

static lg_status make_fi(lg_ctx *ctx, const request *r, lg_protocol **out) {
  return r->sweep == UINT32_MAX ? lg_protocol_fi_all(ctx, r->i0_pA, r->sample_ms, out)
                                : lg_protocol_fi(ctx, r->sweep, r->i0_pA, r->sample_ms, out);
}

static lg_status make_sub(lg_ctx *ctx, const request *r, lg_protocol **out) {
  return lg_protocol_sub(ctx, isnan(r->amp_pA) ? 20.0 : r->amp_pA, r->sample_ms, out);
}

static lg_status make_train(lg_ctx *ctx, const request *r, lg_protocol **out) {
  return isnan(r->rate_Hz) ? lg_protocol_train_all(ctx, amp_or(r, 20.0), r->sample_ms, out)
                           : lg_protocol_train(ctx, amp_or(r, 20.0), r->rate_Hz, r->sample_ms, out);
}

static lg_status make_plateau(lg_ctx *ctx, const request *r, lg_protocol **out) {
  return lg_protocol_plateau(ctx, amp_or(r, 2.0), r->length_ms, r->sample_ms, out);
}

typedef struct maker {
  const char *name;
  const char *options; /* that it reads, beyond i0, for, output and sample */
  const char *doc;
  lg_status (*make)(lg_ctx *ctx, const request *r, lg_protocol **out);
} maker;

static const maker makers[] = {
    {"CLONE-1", "", "Designed protocol of cloning: hyperpolarising and two depolarising steps, ramp, noise.",
     make_clone1},
    {"STEP", "amp", "One step, 50 to 550 of 600 ms.", make_step},
    {"FI", "sweep", "Twelve 500-ms steps from -0.5 to 6 times rheobase, 800 ms apart.", make_fi},
    {"SUB", "amp", "Chirp from 0.5 to 100 Hz over 20 s, for the impedance.", make_sub},
    {"TRAIN", "amp rate", "2-ms pulses at 5, 10, 20, 50, 100 and 200 Hz, 1 s each.", make_train},
    {"PLATEAU", "amp length", "A long depolarisation.", make_plateau},
};
enum { MAKERS = sizeof makers / sizeof makers[0] };

static const maker *find(const char *name) {
  for (size_t k = 0; k < MAKERS; k++)
    if (strcmp(makers[k].name, name) == 0) return &makers[k];
  return NULL;
}

static int unknown(cli_run *run, const char *name) {
  const char *names[MAKERS];
  for (size_t k = 0; k < MAKERS; k++) names[k] = makers[k].name;
  const char *near = cli_nearest(name, names, MAKERS);
  return cli_usage(run, "no protocol is called '%s'; %s%s%s", name,
                   near ? "did you mean " : "CLONE-1, STEP, FI, SUB, TRAIN, PLATEAU", near ? near : "",
                   near ? "?" : "");
}

/* An option that this protocol does not read was given: say so rather than ignore it. */
static const char *useless(const cli_run *run, const maker *m) {
  static const char *const some[] = {"amp", "rate", "length", "sweep"};
  for (size_t k = 0; k < sizeof some / sizeof some[0]; k++)
    if (cli_given(run, some[k]) && !strstr(m->options, some[k])) return some[k];
  return NULL;
}

static lg_status titrate(cli_run *run, const char *path, double *i0_pA) {
  lg_ctx *ctx = cli_ctx(run);
  lg_neuron neuron;
  lg_rheobase r;
  lg_status status = lg_neuron_load(ctx, path, &neuron);
  if (status == LG_OK) status = lg_provenance_add_input(ctx, cli_provenance(run), "model", path);
  if (status == LG_OK) status = lg_neuron_rheobase(ctx, &neuron, NULL, &r);
  if (status != LG_OK) return status;
  if (r.fires_at_rest) return lg_fail(ctx, LG_ERR_RANGE, "the cell fires without current: give --i0");
  if (!r.bracket.high_is_tested)
    return lg_fail(ctx, LG_ERR_RANGE, "the cell does not fire up to %g: give --i0", r.bracket.low);
  *i0_pA = r.estimate;
  return LG_OK;
}

static int print_list(cli_run *run) {
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-protocol-list/1");
    lg_json_key(&w, "protocols");
    lg_json_array(&w);
    for (size_t k = 0; k < MAKERS; k++) {
      lg_json_object(&w);
      lg_json_key_text(&w, "name", makers[k].name);
      lg_json_key_text(&w, "description", makers[k].doc);
      lg_json_end_object(&w);
    }
    lg_json_end_array(&w);
    lg_json_end_object(&w);
    (void)lg_json_end(&w);
    return CLI_OK;
  }
  for (size_t k = 0; k < MAKERS; k++) (void)printf("%-8s %s\n", makers[k].name, makers[k].doc);
  return CLI_OK;
}

static lg_status write_file(cli_run *run, const char *path, const maker *m, const lg_protocol *p) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  lg_protocol_write(lg_outfile_stream(file), p, m->name, m->doc, cli_provenance(run));
  return lg_outfile_commit(cli_ctx(run), file);
}

static void tell(cli_run *run, const char *output, const maker *m, double i0_pA, double duration_ms) {
  if (!cli_json(run)) {
    cli_say(run, "%s: %s for i0 = %.4g pA, %g ms", output, m->name, i0_pA, duration_ms);
    return;
  }
  lg_json w = cli_json_begin("loligo-protocol-written/1");
  lg_json_key_text(&w, "output", output);
  lg_json_key_text(&w, "protocol", m->name);
  lg_json_key_number(&w, "i0_pA", i0_pA);
  lg_json_key_number(&w, "duration_ms", duration_ms);
  cli_json_end(run, &w);
}

static int run_protocol(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  const char *file = NULL, *output = cli_text(run, "output");
  if (cli_positionals(run) == 0) return print_list(run);
  const maker *m = find(cli_positional(run, 0));
  if (!m) return unknown(run, cli_positional(run, 0));
  const char *odd = useless(run, m);
  if (odd) return cli_usage(run, "--%s has no meaning for %s", odd, m->name);
  if (cli_given(run, "i0") && cli_given(run, "for")) return cli_usage(run, "--i0 and --for exclude each other");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  request r = {.i0_pA = cli_given(run, "i0") ? cli_number(run, "i0") : 100.0,
               .amp_pA = cli_number(run, "amp"),
               .rate_Hz = cli_number(run, "rate"),
               .length_ms = cli_number(run, "length"),
               .sample_ms = cli_number(run, "sample"),
               .sweep = UINT32_MAX,
               .seed = cli_seed(run)};
  if (cli_given(run, "sweep")) r.sweep = cli_count(run, "sweep") < 1000 ? (unsigned)cli_count(run, "sweep") : 1000;
  if (!(r.sample_ms > 0.0)) return cli_usage(run, "--sample is %g ms; it must be above 0", r.sample_ms);
  if (cli_given(run, "for")) {
    file = cli_text(run, "for");
    LG_TRY(titrate(run, file, &r.i0_pA));
    cli_say(run, "rheobase of %s: %.4g pA", file, r.i0_pA);
    file = NULL;
  }
  LG_TRY(m->make(ctx, &r, &p));
  file = output;
  LG_TRY(write_file(run, output, m, p));
  if (strcmp(output, "-") != 0) tell(run, output, m, r.i0_pA, p->duration_ms);
done:
  lg_protocol_destroy(ctx, p);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}

const cli_command cli_neuron_protocol_command = {
    .name = "neuron protocol",
    .arguments = "[CLONE-1|STEP|FI|SUB|TRAIN|PLATEAU] [--i0 CURRENT | --for MODEL.json] [-o P.json]",
    .summary = "Write a built-in stimulus protocol, scaled to a cell; without a name: list them.",
    .example = "loligo neuron protocol CLONE-1 --i0 150pA -o p.json\n"
               "loligo neuron protocol FI --for twin.json -o fi.json",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 1,
    .run = run_protocol,
};
