/* loligo export-onnx NET.safetensors -o NET.onnx: a network for other runtimes, and data to check them with. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/export_axon.h"
#include "app/cli/export_culture.h"
#include "app/cli/json_out.h"

#include "data/provenance.h"
#include "io/onnx_write.h"
#include "learn/frozen.h"
#include "learn/net_file.h"
#include "twin/culture_unet.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 2, MAX_METADATA = 64, STREAM_TEST = 0x6f6e6e78 };

static const cli_option options[] = {
    {"output", "NET.onnx", CLI_OUTPUT, NULL, "Write the model here."},
    {"test-data", "DIR", CLI_OUTPUT, NULL,
     "Also write inputs drawn with --seed and this program's own outputs: input_0.pb, input_1.pb, output_0.pb."},
    {"steps", "N", CLI_COUNT, NULL, "Time steps of the test data; default: 4 times the fewest that the network takes."},
};

/* Two samples in the layout of ONNX's test data. */
typedef struct samples {
  size_t steps, channels, features, width;
  float *x, *f, *y, *scratch;
  lg_f32_frozen *frozen;
} samples;

static lg_status fill(lg_ctx *ctx, const lg_net_file *net, uint64_t seed, samples *s) {
  lg_status status = LG_OK;
  lg_rng rng = lg_rng_make(seed, STREAM_TEST, 0);
  LG_TRY(lg_f32_frozen_create(ctx, &net->encoder, &net->head, net->theta, s->steps, &s->frozen));
  LG_NEW(ctx, s->x, SAMPLES * s->steps * s->channels);
  LG_NEW(ctx, s->f, SAMPLES * s->features + 1);
  LG_NEW(ctx, s->y, SAMPLES * s->width);
  LG_NEW(ctx, s->scratch, lg_f32_frozen_scratch(s->frozen));
  for (size_t k = 0; k < SAMPLES * s->steps * s->channels; k++) s->x[k] = (float)lg_rng_normal(&rng);
  for (size_t k = 0; k < SAMPLES * s->features; k++) s->f[k] = (float)lg_rng_normal(&rng);
  for (size_t k = 0; k < SAMPLES; k++)
    LG_TRY(lg_f32_frozen_eval(s->frozen, s->scratch, s->steps, s->x + k * s->steps * s->channels,
                              s->f + k * s->features, s->y + k * s->width));
done:
  return status;
}

static lg_status put(lg_ctx *ctx, const char *dir, const char *file, const char *name, size_t rank, const size_t *shape,
                     const float *data) {
  char path[1200];
  const int n = snprintf(path, sizeof path, "%s/%s", dir, file);
  if (n < 0 || (size_t)n >= sizeof path) return lg_fail(ctx, LG_ERR_RANGE, "the name '%.80s…' is too long", dir);
  return lg_onnx_write_tensor(ctx, path, name, rank, shape, data);
}

static lg_status write_test_data(lg_ctx *ctx, const lg_net_file *net, const char *dir, size_t steps, uint64_t seed) {
  lg_status status = LG_OK;
  const lg_encoder_options *o = &net->encoder.options;
  samples s = {.steps = steps, .channels = o->channels, .features = o->features, .width = net->head.out};
  const size_t x[3] = {SAMPLES, steps, s.channels}, f[2] = {SAMPLES, s.features}, y[2] = {SAMPLES, s.width};
  LG_TRY(fill(ctx, net, seed, &s));
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(put(ctx, dir, "input_0.pb", "x", 3, x, s.x));
  if (s.features) LG_TRY(put(ctx, dir, "input_1.pb", "features", 2, f, s.f));
  LG_TRY(put(ctx, dir, "output_0.pb", "y", 2, y, s.y));
done:
  lg_f32_frozen_destroy(ctx, s.frozen);
  lg_free(ctx, s.x);
  lg_free(ctx, s.f);
  lg_free(ctx, s.y);
  lg_free(ctx, s.scratch);
  return status;
}

/* The provenance of this run as JSON text; free() it. */
static lg_status provenance_text(cli_run *run, const char *path, char **text) {
  size_t bytes = 0;
  lg_provenance *p = cli_provenance(run);
  *text = NULL;
  if (!p) return LG_ERR_MEMORY;
  const lg_status status = lg_provenance_add_input(cli_ctx(run), p, "weights", path);
  if (status != LG_OK) return status;
  FILE *stream = open_memstream(text, &bytes);
  if (!stream) return lg_fail(cli_ctx(run), LG_ERR_MEMORY, "no memory for the provenance");
  lg_json json = lg_json_begin(stream);
  lg_provenance_write_json(p, &json);
  const bool good = lg_json_end(&json);
  return fclose(stream) == 0 && good ? LG_OK : lg_fail(cli_ctx(run), LG_ERR_MEMORY, "no memory for the provenance");
}

/* The model carries what the weights say of themselves, and where it comes from; their own provenance stays with them.
 */
static size_t metadata_of(const lg_safetensors *file, const char *provenance, lg_text_pair pairs[MAX_METADATA + 1]) {
  size_t n = 0;
  const lg_text_pair *pair;
  for (size_t k = 0; n < MAX_METADATA && (pair = lg_safetensors_metadata_at(file, k)); k++)
    if (strcmp(pair->key, "provenance") != 0) pairs[n++] = *pair;
  pairs[n++] = (lg_text_pair){"provenance", provenance};
  return n;
}

static lg_status write_model(cli_run *run, const lg_net_file *net, const lg_safetensors *file, const char *from,
                             const char *to) {
  lg_text_pair pairs[MAX_METADATA + 1];
  char *text = NULL;
  lg_status status = provenance_text(run, from, &text);
  if (status == LG_OK) status = lg_net_file_write_onnx(cli_ctx(run), net, pairs, metadata_of(file, text, pairs), to);
  free(text);
  return status;
}

/* Networks of other shapes than an encoder with a head. */
static int run_other(cli_run *run, const lg_safetensors *file, const char *from) {
  lg_text_pair pairs[MAX_METADATA + 1];
  char *text = NULL;
  const lg_status status = provenance_text(run, from, &text);
  const size_t n = status == LG_OK ? metadata_of(file, text, pairs) : 0;
  const int code = status != LG_OK            ? cli_report(run, from, status)
                   : lg_culture_is_unet(file) ? cli_export_culture(run, file, pairs, n)
                                              : cli_export_axon(run, file, pairs, n);
  free(text);
  return code;
}

static void print_result(cli_run *run, const lg_net_file *net, size_t least) {
  const lg_encoder_options *o = &net->encoder.options;
  if (!cli_json(run)) {
    (void)printf("x (batch, steps >= %zu, %zu)", least, o->channels);
    if (o->features) (void)printf(", features (batch, %zu)", o->features);
    (void)printf(" -> y (batch, %zu): %s\n", net->head.out, net->head_name);
    return;
  }
  lg_json json = cli_json_begin("loligo-export-onnx/1");
  lg_json_key_text(&json, "output", cli_text(run, "output"));
  lg_json_key_integer(&json, "channels", (int64_t)o->channels);
  lg_json_key_integer(&json, "features", (int64_t)o->features);
  lg_json_key_integer(&json, "min_steps", (int64_t)least);
  lg_json_key_integer(&json, "width", (int64_t)net->head.out);
  lg_json_key_integer(&json, "parameters", (int64_t)net->params.count);
  lg_json_key_text(&json, "head", net->head_name);
  cli_json_end(run, &json);
}

static int run_export(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *from = cli_positional(run, 0), *to = cli_text(run, "output"), *dir = cli_text(run, "test-data");
  lg_safetensors *file = NULL;
  lg_net_file net = {0};
  int code = CLI_OK;
  if (!to) return cli_usage(run, "where to? give -o NET.onnx");
  lg_status status = lg_safetensors_read(ctx, from, &file);
  if (status == LG_OK && (cli_is_axon_surrogate(file) || lg_culture_is_unet(file))) {
    code = run_other(run, file, from);
    goto done;
  }
  if (status == LG_OK) status = lg_net_file_read(ctx, file, &net);
  if (status != LG_OK) {
    code = cli_report(run, from, status);
    goto done;
  }
  const size_t least = lg_encoder_min_steps(&net.encoder.options);
  const size_t steps = cli_given(run, "steps") ? (size_t)cli_count(run, "steps") : 4 * least;
  if (steps < least || steps > 1000000) {
    code = cli_usage(run, "--steps %zu; this network takes %zu to 1000000", steps, least);
    goto done;
  }
  status = write_model(run, &net, file, from, to);
  if (status != LG_OK) {
    code = cli_report(run, to, status);
    goto done;
  }
  if (dir) status = write_test_data(ctx, &net, dir, steps, cli_seed(run));
  if (status != LG_OK) code = cli_report(run, dir, status);
  else print_result(run, &net, least);
done:
  lg_net_file_clear(ctx, &net);
  lg_safetensors_destroy(ctx, file);
  return code;
}

const cli_command cli_export_onnx = {
    .name = "export-onnx",
    .arguments = "NET.safetensors -o NET.onnx [--test-data DIR]",
    .summary = "Write a trained network as ONNX for other runtimes.",
    .example = "loligo export-onnx clone-izhikevich.safetensors -o clone-izhikevich.onnx --test-data check/",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_export,
};
