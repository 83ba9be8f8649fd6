/* loligo calcium learn: gates of a channel as a network, from recordings of its open probability. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/calcium_file.h"
#include "twin/clamp_file.h"
#include "twin/gate_file.h"
#include "twin/gate_train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "NET.safetensors", CLI_OUTPUT, NULL, "Write the network here; the state for resuming beside it."},
    {"inputs", "c|v", CLI_CHOICE, "c", "What gates it: calcium (u_uM) or voltage (u_mV)."},
    {"form", "rate|paper", CLI_CHOICE, "rate",
     "Opening and closing rates, or P' itself by explicit Euler as Gurung and Guan 2024 have it."},
    {"latent", "K", CLI_COUNT, "0", "Further gates beside the first: what the channel remembers (0 to 3)."},
    {"powers", "LIST", CLI_TEXT, NULL, "P is the product of the gates to these powers, as 3,1; 1 each unless given."},
    {"hidden", "LIST", CLI_TEXT, "32,32", "Width of each hidden layer; all the same."},
    {"epochs", "N", CLI_COUNT, NULL, "Epochs of Adam; 40, with latent gates 150, unless given."},
    {"rounds", "N", CLI_COUNT, "10", "Rounds of L-BFGS; the network is judged after each, the best is kept."},
    {"iterations", "N", CLI_COUNT, "60", "Iterations of L-BFGS in a round."},
    {"rate", "LR", CLI_NUMBER, "5e-3", "Largest learning rate of Adam."},
    {"start", "NET.safetensors", CLI_INPUT, NULL, "Go on from this network by L-BFGS instead of from chance by Adam."},
    {"rollout-weight", "W", CLI_NUMBER, "1", "Weight of whole protocols against single intervals (one gate)."},
    {"consistency", "W", CLI_NUMBER, "1e-4",
     "Weight of: rates depend on P no more than the recordings ask (one gate)."},
    {"held", "SHARE", CLI_NUMBER, "0.15", "Share of protocols that are held out, 0 to 0.5."},
    {"wave", "none|kl|closure|rise", CLI_CHOICE, "none",
     "Also judge by waves in a dendrite, against this formula; calcium only."},
    {"constants", "CASE.json", CLI_INPUT, NULL, "Constants of the waves' formula from a case."},
    {"closing", "RATE", CLI_NUMBER, "100", "Closing rate of --wave rise, 1/s."},
    {"ion", "na|k|ca", CLI_CHOICE, NULL, "What the channel lets through, for use in a cable."},
    {"celsius", "T", CLI_NUMBER, NULL, "Temperature of the recordings, for use in a cable."},
    {"q10", "Q", CLI_NUMBER, "1", "Factor on the rates per ten degrees."},
};

/* "3,1" into numbers of 1 to high; returns how many, 0 when it is not such a list. */
static size_t read_list(const char *text, long high, long *numbers, size_t most) {
  size_t n = 0;
  for (;;) {
    char *end;
    const long x = strtol(text, &end, 10);
    if (end == text || x < 1 || x > high || n == most) return 0;
    numbers[n++] = x;
    if (*end == '\0') return n;
    if (*end != ',') return 0;
    text = end + 1;
  }
}

static gate_wave wave_of(const char *name) {
  static const char *const names[] = {"none", "kl", "closure", "rise"};
  for (int k = 0; k < 4; k++)
    if (strcmp(names[k], name) == 0) return (gate_wave)k;
  return GATE_WAVE_NONE;
}

/* Lists and limits; an exit code, 0 when all is well. */
static int read_options(cli_run *run, gate_train_options *o) {
  long numbers[8];
  o->form = strcmp(cli_text(run, "form"), "paper") == 0 ? LG_GATE_RAW : LG_GATE_RATE;
  o->latent = (size_t)cli_count(run, "latent");
  if (o->latent >= GATE_TRAIN_GATES) return cli_usage(run, "--latent is %zu; allowed is 0 to 3", o->latent);
  if (o->form == LG_GATE_RAW && o->latent > 0) return cli_usage(run, "--form paper has no latent gates");
  if (cli_given(run, "powers")) {
    const size_t n = read_list(cli_text(run, "powers"), 8, numbers, 8);
    if (n != o->latent + 1)
      return cli_usage(run, "--powers '%s' is not %zu whole numbers of 1 to 8 with commas", cli_text(run, "powers"),
                       o->latent + 1);
    for (size_t k = 0; k < n; k++) o->powers[k] = (unsigned)numbers[k];
  }
  o->n_hidden = read_list(cli_text(run, "hidden"), LG_MLP_WIDTH, numbers, LG_MLP_LAYERS - 1);
  for (size_t k = 1; k < o->n_hidden; k++)
    if (numbers[k] != numbers[0]) o->n_hidden = 0;
  if (o->n_hidden == 0)
    return cli_usage(run, "--hidden '%s' is not a list of equal widths of 1 to %d", cli_text(run, "hidden"),
                     LG_MLP_WIDTH);
  o->hidden = (size_t)numbers[0];
  o->epochs = cli_given(run, "epochs") ? (size_t)cli_count(run, "epochs") : o->latent ? 150 : 40;
  o->rounds = (size_t)cli_count(run, "rounds");
  o->iterations = (size_t)cli_count(run, "iterations");
  o->lr = cli_number(run, "rate");
  o->rollout = cli_number(run, "rollout-weight");
  o->consistency = cli_number(run, "consistency");
  o->held = cli_number(run, "held");
  o->wave = wave_of(cli_text(run, "wave"));
  o->seed = cli_seed(run);
  if (o->epochs < 1 || o->epochs > 100000) return cli_usage(run, "--epochs is %zu; allowed is 1 to 100000", o->epochs);
  if (o->rounds > 10000 || o->iterations < 1 || o->iterations > 100000)
    return cli_usage(run, "--rounds up to 10000, --iterations 1 to 100000");
  if (!(o->lr > 0.0 && o->lr < 1.0)) return cli_usage(run, "--rate is %g; allowed is above 0 and below 1", o->lr);
  if (!(o->rollout >= 0.0 && o->rollout <= 1e6 && o->consistency >= 0.0 && o->consistency <= 1e6))
    return cli_usage(run, "weights are 0 to 1e6");
  if (!(o->held >= 0.0 && o->held <= 0.5)) return cli_usage(run, "--held is %g; allowed is 0 to 0.5", o->held);
  if (o->wave != GATE_WAVE_NONE && strcmp(cli_text(run, "inputs"), "v") == 0)
    return cli_usage(run, "--wave is for channels that calcium gates");
  o->ion = cli_text(run, "ion");
  o->valence = !o->ion ? 0 : strcmp(o->ion, "ca") == 0 ? 2 : 1;
  o->celsius = cli_number(run, "celsius");
  o->q10 = cli_number(run, "q10");
  return CLI_OK;
}

static void print_table(const gate_score *s, bool held) {
  (void)printf("%s protocols\n%-24s %7s %12s %12s %12s\n", held ? "held-out" : "the training's own", "", "rows",
               "RMSE(P)", "over time", "worst");
  for (size_t k = 0; k < s->n_rows; k++)
    (void)printf("%-24s %7zu %12.5f %12.5f %12.5f\n", s->rows[k].name, s->rows[k].n, s->rows[k].rmse,
                 s->rows[k].rmse_time, s->rows[k].worst);
  (void)printf("%-24s %7s %12.5f %12.5f %12.5f\nP from %.3g to %.6g\n", "all", "", s->rmse, s->rmse_time, s->worst,
               s->low, s->high);
  if (s->clipped) (void)printf("clipped to 0 ... 1: %zu times\n", s->clipped);
  if (!s->waved) return;
  const gate_wave_score *w = &s->wave;
  (void)printf("wave %26s %12s %12s\n", "network", "formula", "off by");
  (void)printf("%-20s %10.2f %12.2f %10.3f %%\n", "speed um/s", w->net.speed_um_s, w->reference.speed_um_s,
               100.0 * w->speed);
  (void)printf("%-20s %10.4f %12.4f %10.3f %%\n", "peak uM", w->net.peak_uM, w->reference.peak_uM, 100.0 * w->peak);
  (void)printf("%-20s %10.3f %12.3f %10.3f %%\n", "c > 1 uM, ms", w->net.above_threshold_ms,
               w->reference.above_threshold_ms, 100.0 * w->above);
  (void)printf("%-20s %10.3f %12.3f %10.3f %%\n", "P half-duration, ms", w->net.open_half_ms, w->reference.open_half_ms,
               100.0 * w->half);
}

static void json_wave(lg_json *w, const gate_wave_score *s) {
  const struct {
    const char *name;
    double value, wanted, off;
  } rows[] = {{"speed_um_s", s->net.speed_um_s, s->reference.speed_um_s, s->speed},
              {"c_peak_uM", s->net.peak_uM, s->reference.peak_uM, s->peak},
              {"c_above_threshold_ms", s->net.above_threshold_ms, s->reference.above_threshold_ms, s->above},
              {"P_half_duration_ms", s->net.open_half_ms, s->reference.open_half_ms, s->half}};
  lg_json_key(w, "wave");
  lg_json_object(w);
  for (size_t k = 0; k < 4; k++) {
    lg_json_key(w, rows[k].name);
    lg_json_object(w);
    lg_json_key_number(w, "network", rows[k].value);
    lg_json_key_number(w, "formula", rows[k].wanted);
    lg_json_key_number(w, "relative_error", rows[k].off);
    lg_json_end_object(w);
  }
  lg_json_end_object(w);
}

static void print_json(cli_run *run, const gate_score *s, const char *output, bool held) {
  lg_json w = cli_json_begin("loligo-calcium-learn/1");
  lg_json_key_text(&w, "output", output);
  lg_json_key_boolean(&w, "held_out", held);
  lg_json_key_number(&w, "rmse", s->rmse);
  lg_json_key_number(&w, "rmse_time", s->rmse_time);
  lg_json_key_number(&w, "worst", s->worst);
  lg_json_key_number(&w, "P_low", s->low);
  lg_json_key_number(&w, "P_high", s->high);
  lg_json_key_integer(&w, "clipped", (int64_t)s->clipped);
  lg_json_key(&w, "protocols");
  lg_json_array(&w);
  for (size_t k = 0; k < s->n_rows; k++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "name", s->rows[k].name);
    lg_json_key_integer(&w, "rows", (int64_t)s->rows[k].n);
    lg_json_key_number(&w, "rmse", s->rows[k].rmse);
    lg_json_key_number(&w, "rmse_time", s->rows[k].rmse_time);
    lg_json_key_number(&w, "worst", s->rows[k].worst);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  if (s->waved) json_wave(&w, &s->wave);
  cli_json_end(run, &w);
}

static int run_learn(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  gate_data *data = NULL;
  calcium_case *c = NULL;
  gate_score score = {0};
  lg_gate_net *start = NULL;
  const char *input = cli_positional(run, 0), *output = cli_text(run, "output"), *about = input;
  const bool voltage = strcmp(cli_text(run, "inputs"), "v") == 0;
  gate_train_options o = lg_gate_train_defaults(voltage ? LG_GATE_VOLTAGE : LG_GATE_CALCIUM);
  calcium_constants constants = lg_calcium_constants_default();
  lg_text_pair metadata[3];
  if (!output) return cli_usage(run, "where to? give -o NET.safetensors");
  const int code = read_options(run, &o);
  if (code != CLI_OK) return code;
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "recordings", input));
  LG_TRY(lg_clamp_read(ctx, input, voltage, &data));
  if (cli_given(run, "constants")) {
    about = cli_text(run, "constants");
    LG_TRY(lg_calcium_load(ctx, about, &c));
    constants = c->constants;
  }
  if (cli_given(run, "start")) {
    about = cli_text(run, "start");
    LG_TRY(lg_gate_net_load(ctx, about, &start));
    o.start = start;
  }
  constants.rise_closing = cli_number(run, "closing");
  o.constants = &constants;
  metadata[0] = (lg_text_pair){"command", lg_provenance_command(cli_provenance(run))};
  metadata[1] = (lg_text_pair){"recordings_sha256", lg_provenance_get_input(cli_provenance(run), 0).sha256};
  about = output;
  status = lg_gate_train(ctx, data, &o, metadata, 2, output, &score);
  if (status == LG_ERR_CANCELLED) cli_say(run, "stopped; the same command goes on from %s.state", output);
  LG_TRY(status);
  const bool held = score.n_rows < data->n_protocols;
  if (cli_json(run)) print_json(run, &score, output, held);
  else print_table(&score, held);
done:
  lg_gate_score_clear(ctx, &score);
  lg_gate_net_destroy(ctx, start);
  lg_calcium_case_destroy(ctx, c);
  lg_gate_data_destroy(ctx, data);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_calcium_learn_command = {
    .name = "calcium learn",
    .arguments = "TRAIN.csv -o NET.safetensors [--inputs c|v] [--form rate|paper] [--latent K] [--powers LIST]",
    .summary = "Learn the gates of a channel as a network from recordings of its open probability.",
    .example = "loligo calcium learn kl.csv -o kl.safetensors --wave kl\n"
               "loligo calcium clamp -o kl.csv --number 210 --seed 1",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_learn,
};
