#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/train_axon.h"
#include "app/cli/train_culture.h"
#include "app/cli/train_delta.h"
#include "data/provenance.h"
#include "io/json_read.h"
#include "learn/encoder.h"
#include "neuron/prior_izhikevich.h"
#include "neuron/tm_sampled.h"
#include "twin/clone_net.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "NET.safetensors", CLI_OUTPUT, NULL, "Write the weights here; the state for resuming stands beside it."},
};

static const char *const nets[] = {"clone-izhikevich",  "clone-tm", "step-izhikevich", "step-tm",
                                   "mixed-izhikevich",  "mixed-tm", "drug-delta",      "culture-unet",
                                   "culture-amortised", "axon-male"};

/* "protocol" says again what the network's name says, or turns a clone network into one for other recordings. */
static lg_status read_protocol(lg_ctx *ctx, const lg_json_at *at, const char *net, lg_net_protocol *protocol) {
  static const char *const names[] = {"CLONE-1", "STEP", "MIXED"};
  const char *text;
  if (!lg_json_has(at, "protocol")) return LG_OK;
  const lg_status status = lg_json_get_text(ctx, at, "protocol", &text);
  if (status != LG_OK) return status;
  for (int k = 0; k < 3; k++) {
    if (strcmp(text, names[k]) != 0) continue;
    if (strncmp(net, "clone", 5) != 0 && *protocol != (lg_net_protocol)k)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: protocol %s does not belong to the network %s", at->file, text, net);
    *protocol = (lg_net_protocol)k;
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: protocol '%s' is unknown; CLONE-1, STEP or MIXED", at->file, text);
}

/* Everything but the sizes has a default that works; unknown keys are refused. */
static lg_status read_plan(lg_ctx *ctx, const char *net, const char *path, lg_net_plan *plan) {
  static const char *const keys[] = {"neurons",      "held",       "batch",        "epochs",        "learning_rate",
                                     "weight_decay", "components", "noise_low_mV", "noise_high_mV", "dt_ms",
                                     "features",     "encoder",    "protocol",     "duration_ms",   "offset_mV",
                                     "test",         "population", "point_head"};
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  int64_t neurons, held = 1000, batch = 64, epochs, components = 4, test = 2000, population = 8192;
  double lr, decay;
  const char *encoder;
  const lg_train_options standard = LG_TRAIN_OPTIONS;
  lg_encoder_options shape;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at at = lg_json_root(doc);
  memset(plan, 0, sizeof *plan);
  plan->family = strstr(net, "-tm") ? LG_NET_TM : LG_NET_IZHIKEVICH;
  plan->features = plan->point_head = true;
  plan->protocol = LG_NET_CLONE1;
  if (strncmp(net, "step", 4) == 0) plan->protocol = LG_NET_STEP;
  if (strncmp(net, "mixed", 5) == 0) plan->protocol = LG_NET_MIXED;
  LG_TRY(lg_json_only_keys(ctx, &at, keys, sizeof keys / sizeof keys[0]));
  LG_TRY(lg_json_get_integer(ctx, &at, "neurons", 64, 1000000, &neurons));
  LG_TRY(lg_json_get_integer(ctx, &at, "epochs", 1, 10000, &epochs));
  if (lg_json_has(&at, "held")) LG_TRY(lg_json_get_integer(ctx, &at, "held", 64, 100000, &held));
  if (lg_json_has(&at, "test")) LG_TRY(lg_json_get_integer(ctx, &at, "test", 64, 100000, &test));
  if (lg_json_has(&at, "population")) LG_TRY(lg_json_get_integer(ctx, &at, "population", 64, 100000, &population));
  if (lg_json_has(&at, "batch")) LG_TRY(lg_json_get_integer(ctx, &at, "batch", 8, 4096, &batch));
  if (lg_json_has(&at, "components")) LG_TRY(lg_json_get_integer(ctx, &at, "components", 1, 16, &components));
  if (lg_json_has(&at, "features")) LG_TRY(lg_json_get_boolean(ctx, &at, "features", &plan->features));
  if (lg_json_has(&at, "point_head")) LG_TRY(lg_json_get_boolean(ctx, &at, "point_head", &plan->point_head));
  LG_TRY(lg_json_get_number_or(ctx, &at, "learning_rate", "1", 1e-7, 1.0, 2e-3, &lr));
  LG_TRY(lg_json_get_number_or(ctx, &at, "weight_decay", "1", 0.0, 1.0, 0.01, &decay));
  LG_TRY(lg_json_get_number_or(ctx, &at, "noise_low_mV", "mV", 0.0, 10.0, 0.2, &plan->noise_low_mV));
  LG_TRY(lg_json_get_number_or(ctx, &at, "noise_high_mV", "mV", plan->noise_low_mV, 10.0, 0.2, &plan->noise_high_mV));
  LG_TRY(lg_json_get_number_or(ctx, &at, "dt_ms", "ms", 0.02, 0.25, 0.05, &plan->dt_ms));
  LG_TRY(read_protocol(ctx, &at, net, &plan->protocol));
  LG_TRY(lg_json_get_number_or(ctx, &at, "duration_ms", "ms", 600.0, 10000.0, 1200.0, &plan->duration_ms));
  LG_TRY(lg_json_get_number_or(ctx, &at, "offset_mV", "mV", 0.0, 10.0, 0.0, &plan->offset_mV));
  if (plan->protocol != LG_NET_MIXED && (lg_json_has(&at, "duration_ms") || lg_json_has(&at, "offset_mV"))) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: duration_ms and offset_mV belong to the protocol MIXED", path);
    goto done;
  }
  LG_TRY(lg_json_get_text(ctx, &at, "encoder", &encoder));
  status = lg_encoder_parse(ctx, encoder, &shape); /* now, to blame the plan for it and not the output */
  if (status != LG_OK) {
    status = lg_fail_prefix(ctx, status, "encoder: ");
    goto done;
  }
  if (strlen(encoder) >= sizeof plan->encoder) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "encoder has %zu characters; at most %zu", strlen(encoder),
                     sizeof plan->encoder - 1);
    goto done;
  }
  (void)snprintf(plan->encoder, sizeof plan->encoder, "%s", encoder);
  plan->neurons = (size_t)neurons;
  plan->held = (size_t)held;
  plan->batch = (size_t)batch;
  plan->test = (size_t)test;
  plan->population = (size_t)population;
  plan->components = (size_t)components;
  plan->train = standard;
  plan->train.epochs = (size_t)epochs;
  plan->train.batches_per_epoch = plan->neurons / plan->batch;
  plan->train.held_batches = plan->held / plan->batch;
  plan->train.lr = lr;
  plan->train.decay = decay;
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static void print_table(const lg_net_plan *plan, const lg_net_table *t) {
  const char *const *names = plan->family == LG_NET_TM ? lg_tm_parameter_names : lg_izh_param_names;
  (void)printf("%zu unseen neurons, natural units\n%-8s %8s %7s %7s %7s %7s %8s\n", t->n, "", "R2", "50 %", "68 %",
               "90 %", "95 %", "ranks p");
  for (int p = 0; p < LG_CLONE_NET_P; p++)
    (void)printf("%-8s %8.4f %7.3f %7.3f %7.3f %7.3f %8.3f\n", names[p], t->r2[p], t->coverage[p][0], t->coverage[p][1],
                 t->coverage[p][2], t->coverage[p][3], t->rank_p[p]);
  (void)printf("%-8s %8.4f\n", "mean", t->mean_r2);
}

static void print_json(cli_run *run, const char *net, const char *output, const lg_net_plan *plan,
                       const lg_net_table *t) {
  const bool tm = plan->family == LG_NET_TM;
  lg_json w = cli_json_begin("loligo-train/1");
  lg_json_key_text(&w, "network", net);
  lg_json_key_text(&w, "output", output);
  lg_json_key_integer(&w, "unseen_neurons", (int64_t)t->n);
  lg_json_key_number(&w, "r2_mean", t->mean_r2);
  lg_json_key(&w, "parameters");
  lg_json_array(&w);
  for (int p = 0; p < LG_CLONE_NET_P; p++) {
    static const char *const shares[4] = {"coverage_50", "coverage_68", "coverage_90", "coverage_95"};
    lg_json_object(&w);
    lg_json_key_text(&w, "name", (tm ? lg_tm_parameter_names : lg_izh_param_names)[p]);
    lg_json_key_text(&w, "unit", (tm ? lg_tm_parameter_units : lg_izh_param_units)[p]);
    lg_json_key_number(&w, "r2", t->r2[p]);
    for (int k = 0; k < 4; k++) lg_json_key_number(&w, shares[k], t->coverage[p][k]);
    lg_json_key_number(&w, "rank_p", t->rank_p[p]);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

static int run_train(cli_run *run) {
  const char *net = cli_positional(run, 0), *path = cli_positional(run, 1), *output = cli_text(run, "output");
  bool known = false;
  lg_net_plan plan;
  lg_net_table table;
  for (size_t k = 0; k < sizeof nets / sizeof nets[0]; k++) known = known || strcmp(nets[k], net) == 0;
  if (!known) {
    const char *near = cli_nearest(net, nets, sizeof nets / sizeof nets[0]);
    return cli_usage(
        run, "no network is called '%s'; %s%s%s", net,
        near ? "did you mean "
             : "clone-, step- or mixed-, with izhikevich or tm; drug-delta; axon-male; culture-amortised; culture-unet",
        near ? near : "", near ? "?" : "");
  }
  if (!output) return cli_usage(run, "where to? give -o NET.safetensors");
  if (strcmp(net, "axon-male") == 0) return cli_train_axon(run, path, output);
  if (strcmp(net, "culture-amortised") == 0) return cli_train_culture_amortised(run, path, output);
  if (strcmp(net, "culture-unet") == 0) return cli_train_culture(run, path, output);
  if (strcmp(net, "drug-delta") == 0) return cli_train_delta(run, path, output);
  lg_status status = read_plan(cli_ctx(run), net, path, &plan);
  if (status == LG_OK && !cli_provenance(run)) status = LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_input(cli_ctx(run), cli_provenance(run), "plan", path);
  if (status != LG_OK) return cli_report(run, path, status);
  plan.train.seed = cli_seed(run);
  status = lg_clone_net_train(cli_ctx(run), &plan, cli_seed(run), output, &table);
  if (status == LG_ERR_CANCELLED) cli_say(run, "stopped; the same command goes on from %s.state", output);
  if (status != LG_OK) return cli_report(run, output, status);
  if (cli_json(run)) print_json(run, net, output, &plan, &table);
  else print_table(&plan, &table);
  return CLI_OK;
}

const cli_command cli_train = {
    .name = "train",
    .arguments = "NET PLAN.json -o NET.safetensors",
    .summary = "Train a network that ships (clone-, step- or mixed-, with izhikevich or tm; drug-delta; axon-male; "
               "culture-amortised; culture-unet) and print its held-out table.",
    .example = "loligo train clone-izhikevich models/clone-izhikevich.plan.json -o clone-izhikevich.safetensors",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_train,
};
