/* loligo neuron design: which protocol would tell most about this neuron. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/provenance.h"
#include "neuron/prior_izhikevich.h"
#include "neuron/prior_tm.h"
#include "twin/model_file.h"

#include <loligo/design.h>
#include <loligo/titration.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"i0", "CURRENT", CLI_CURRENT, NULL,
     "Scale of the built-in candidates; not given: the neuron's titrated rheobase."},
    {"noise", "VOLTAGE", CLI_VOLTAGE, "0.2mV", "Standard deviation of the white noise of a sample."},
    {"free-running", NULL, CLI_FLAG, NULL, "Let shifts of spike times add up from spike to spike, as without jitter."},
    {"prior", "izhikevich|tm", CLI_CHOICE, NULL, "No MODEL: compare CLONE-1 with STEP for neurons of this prior."},
    {"neurons", "N", CLI_COUNT, "100", "With --prior: how many neurons."},
};

enum { BUILT_IN = 6 };

typedef struct candidate {
  char name[256];
  lg_protocol *protocol;
  double duration_ms;
  lg_design design;
} candidate;

static void destroy(lg_ctx *ctx, candidate *c, size_t n) {
  for (size_t k = 0; k < n && c; k++) lg_protocol_destroy(ctx, c[k].protocol);
  lg_free(ctx, c);
}

/* ---- candidates ------------------------------------------------------------------------------- */

static lg_status built_in(lg_ctx *ctx, double i0, uint64_t seed, candidate *c) {
  static const char *const names[BUILT_IN] = {"CLONE-1", "STEP", "FI", "SUB", "TRAIN", "PLATEAU"};
  lg_status status = LG_OK;
  LG_TRY(lg_protocol_clone1(ctx, i0, 0.05, seed, &c[0].protocol));
  LG_TRY(lg_protocol_step(ctx, 1.7 * i0, 0.05, &c[1].protocol));
  LG_TRY(lg_protocol_fi_all(ctx, i0, 0.05, &c[2].protocol));
  LG_TRY(lg_protocol_sub(ctx, 0.2 * i0, 0.05, &c[3].protocol));
  LG_TRY(lg_protocol_train_all(ctx, 20.0 * i0, 0.05, &c[4].protocol));
  LG_TRY(lg_protocol_plateau(ctx, 2.0 * i0, 2000.0, 0.05, &c[5].protocol));
  for (size_t k = 0; k < BUILT_IN; k++) (void)snprintf(c[k].name, sizeof c[k].name, "%s", names[k]);
done:
  return status;
}

static lg_status scale_of(cli_run *run, const lg_neuron *neuron, double *i0) {
  lg_rheobase r;
  *i0 = cli_number(run, "i0");
  if (cli_given(run, "i0")) return LG_OK;
  const lg_status status = lg_neuron_rheobase(cli_ctx(run), neuron, NULL, &r);
  if (status != LG_OK) return status;
  if (r.fires_at_rest || !r.bracket.high_is_tested)
    return lg_fail(cli_ctx(run), LG_ERR_RANGE, "the cell %s: give --i0 or protocols",
                   r.fires_at_rest ? "fires without current" : "does not fire up to 3000 pA");
  *i0 = r.estimate;
  return LG_OK;
}

static int by_gain(const void *a, const void *b) {
  const candidate *x = a, *y = b;
  if (x->design.gain_nats != y->design.gain_nats) return x->design.gain_nats < y->design.gain_nats ? 1 : -1;
  return strcmp(x->name, y->name);
}

/* ---- one neuron ------------------------------------------------------------------------------- */

static size_t weakest(const lg_design *d) {
  size_t worst = 0;
  for (size_t p = 1; p < d->n; p++)
    if (d->sd[p] > d->sd[worst]) worst = p;
  return worst;
}

static void print(const lg_neuron *neuron, const candidate *c, size_t n) {
  (void)printf("%-24s %9s %7s %10s %9s %9s  %s\n", "protocol", "ms", "spikes", "ln det", "gain/nat", "nat/s",
               "least known");
  for (size_t k = 0; k < n; k++) {
    const lg_design *d = &c[k].design;
    const size_t worst = weakest(d);
    (void)printf("%-24s %9g %7zu %10.2f %9.2f %9.2f  %s (%.2g of its prior sd)\n", c[k].name, c[k].duration_ms,
                 d->n_spikes, d->log_det, d->gain_nats, d->gain_nats / c[k].duration_ms * 1e3,
                 neuron->info->fields[d->parameter[worst].field].name, d->sd[worst]);
  }
}

static void print_json(cli_run *run, const lg_neuron *neuron, const candidate *c, size_t n) {
  lg_json w = cli_json_begin("loligo-design/1");
  lg_json_key_text(&w, "criterion", "D-optimality: 1/2 ln det (1 + Fisher information in units of the prior)");
  lg_json_key(&w, "protocols");
  lg_json_array(&w);
  for (size_t k = 0; k < n; k++) {
    const lg_design *d = &c[k].design;
    lg_json_object(&w);
    lg_json_key_text(&w, "name", c[k].name);
    lg_json_key_integer(&w, "rank", (int64_t)k + 1);
    lg_json_key_number(&w, "duration_ms", c[k].duration_ms);
    lg_json_key_integer(&w, "n_spikes", (int64_t)d->n_spikes);
    lg_json_key_number(&w, "log_det", d->log_det);
    lg_json_key_number(&w, "gain_nats", d->gain_nats);
    lg_json_key(&w, "sd_of_prior_sd");
    lg_json_object(&w);
    for (size_t p = 0; p < d->n; p++)
      lg_json_key_number(&w, neuron->info->fields[d->parameter[p].field].name, d->sd[p]);
    lg_json_end_object(&w);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

static int run_one(cli_run *run, const lg_design_options *o) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *file = cli_positional(run, 0);
  const size_t given = cli_positionals(run) - 1, n = given > 0 ? given : BUILT_IN;
  lg_neuron neuron;
  candidate *c = NULL;
  double i0 = 0.0;
  LG_NEW(ctx, c, n);
  LG_TRY(lg_neuron_load(ctx, file, &neuron));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "model", file));
  if (given == 0) {
    LG_TRY(scale_of(run, &neuron, &i0));
    LG_TRY(built_in(ctx, i0, cli_seed(run), c));
    cli_say(run, "built-in protocols for i0 = %.4g pA", i0);
  }
  for (size_t k = 0; k < given; k++) {
    file = cli_positional(run, k + 1);
    (void)snprintf(c[k].name, sizeof c[k].name, "%s", file);
    LG_TRY(lg_protocol_load(ctx, file, &c[k].protocol));
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "protocol", file));
  }
  for (size_t k = 0; k < n; k++) {
    if (given > 0) file = cli_positional(run, k + 1);
    LG_TRY(lg_progress(ctx, "judging protocols", k, n));
    c[k].duration_ms = c[k].protocol->duration_ms;
    LG_TRY(lg_design_judge(ctx, &neuron, c[k].protocol, o, &c[k].design));
  }
  LG_TRY(lg_progress(ctx, "judging protocols", n, n));
  qsort(c, n, sizeof *c, by_gain);
  if (cli_json(run)) print_json(run, &neuron, c, n);
  else print(&neuron, c, n);
done:
  destroy(ctx, c, n);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}

/* ---- a prior ---------------------------------------------------------------------------------- */

typedef struct known {
  lg_neuron neuron;
  double i0_pA;
} known;

static lg_status set_all(lg_ctx *ctx, const char *model, const char *const *names, const double *values, size_t n,
                         lg_neuron *out) {
  lg_status status = lg_neuron_init(ctx, model, NULL, out);
  for (size_t p = 0; p < n && status == LG_OK; p++) status = lg_neuron_set(ctx, out, names[p], values[p]);
  return status;
}

/* Neurons first … first + 7 of a prior. */
static lg_status draw(lg_ctx *ctx, bool tm, uint64_t seed, uint64_t first, known k[LG_TM_LANES]) {
  lg_status status = LG_OK;
  double x[LG_TM_PARAMETERS];
  if (tm) {
    lg_tm_draw draws[LG_TM_LANES];
    lg_tm_prior_draw(seed, first, draws);
    for (size_t j = 0; j < LG_TM_LANES; j++) {
      lg_tm_to_natural(draws[j].theta, x);
      LG_TRY(set_all(ctx, "tm", lg_tm_parameter_names, x, LG_TM_PARAMETERS, &k[j].neuron));
      LG_TRY(lg_neuron_set(ctx, &k[j].neuron, "taumax", LG_TM_PRIOR_TAUMAX));
      k[j].i0_pA = draws[j].i0_pA;
    }
    return LG_OK;
  }
  for (size_t j = 0; j < LG_TM_LANES; j++) {
    lg_izh_draw d;
    lg_izh_prior_draw(seed, first + j, &d);
    lg_izh_to_vector(&d.p, x);
    LG_TRY(set_all(ctx, "izhikevich", lg_izh_param_names, x, LG_IZH_N_PARAMS, &k[j].neuron));
    k[j].i0_pA = d.i0_pA;
  }
done:
  return status;
}

/* CLONE-1 and STEP for one neuron: gains. */
static lg_status both(lg_ctx *ctx, const known *k, uint64_t seed, const lg_design_options *o, double gain[2]) {
  lg_status status = LG_OK;
  lg_protocol *p[2] = {NULL, NULL};
  lg_design d;
  LG_TRY(lg_protocol_clone1(ctx, k->i0_pA, 0.05, seed, &p[0]));
  LG_TRY(lg_protocol_step(ctx, 1.7 * k->i0_pA, 0.05, &p[1]));
  for (int q = 0; q < 2; q++) {
    LG_TRY(lg_design_judge(ctx, &k->neuron, p[q], o, &d));
    gain[q] = d.gain_nats;
  }
done:
  lg_protocol_destroy(ctx, p[0]);
  lg_protocol_destroy(ctx, p[1]);
  return status;
}

static int run_prior(cli_run *run, const lg_design_options *o) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const bool tm = strcmp(cli_text(run, "prior"), "tm") == 0;
  const size_t n = (size_t)cli_count(run, "neurons");
  known k[LG_TM_LANES];
  size_t above = 0;
  double sum[2] = {0.0, 0.0};
  for (size_t j = 0; j < n; j++) {
    double gain[2];
    if (j % LG_TM_LANES == 0) LG_TRY(draw(ctx, tm, cli_seed(run), j, k));
    LG_TRY(both(ctx, &k[j % LG_TM_LANES], cli_seed(run) + j, o, gain));
    above += gain[0] > gain[1];
    sum[0] += gain[0];
    sum[1] += gain[1];
    LG_TRY(lg_progress(ctx, "judging neurons", j + 1, n));
  }
  const double share = (double)above / (double)n;
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-design-prior/1");
    lg_json_key_text(&w, "prior", tm ? "tm" : "izhikevich");
    lg_json_key_integer(&w, "neurons", (int64_t)n);
    lg_json_key_number(&w, "share_clone1_above_step", share);
    lg_json_key_number(&w, "mean_gain_nats_clone1", sum[0] / (double)n);
    lg_json_key_number(&w, "mean_gain_nats_step", sum[1] / (double)n);
    cli_json_end(run, &w);
  } else {
    (void)printf("CLONE-1 above STEP for %zu of %zu neurons of the %s prior: %.1f %% (mean gain %.2f and %.2f nats)\n",
                 above, n, tm ? "tm" : "izhikevich", 100.0 * share, sum[0] / (double)n, sum[1] / (double)n);
  }
  return share >= 0.95 ? CLI_OK : CLI_NEGATIVE;
done:
  return cli_report(run, NULL, status);
}

static int run_design(cli_run *run) {
  lg_design_options o = LG_DESIGN_OPTIONS_INIT;
  o.noise_mV = cli_number(run, "noise");
  o.free_running = cli_flag(run, "free-running");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  if (cli_given(run, "prior")) {
    if (cli_positionals(run) > 0) return cli_usage(run, "--prior takes no MODEL.json");
    if (cli_count(run, "neurons") < 1 || cli_count(run, "neurons") > 1000000)
      return cli_usage(run, "--neurons: 1 … 1000000");
    return run_prior(run, &o);
  }
  if (cli_positionals(run) == 0) return cli_usage(run, "give a MODEL.json, or --prior izhikevich|tm");
  return run_one(run, &o);
}

const cli_command cli_neuron_design_command = {
    .name = "neuron design",
    .arguments = "[MODEL.json [P.json...]] [--prior izhikevich|tm --neurons N]",
    .summary = "Rank stimulus protocols by what they would tell about a neuron's parameters (D-optimality).",
    .example = "loligo neuron design twin.json\nloligo neuron design twin.json a.json b.json --noise 0.5mV",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = -1,
    .run = run_design,
};
