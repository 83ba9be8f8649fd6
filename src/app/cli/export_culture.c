#include "app/cli/export_culture.h"

#include "app/cli/json_out.h"
#include "io/onnx_write.h"
#include "twin/culture_unet.h"

#include <stdio.h>

enum { SAMPLES = 2, HEIGHT = 24, WIDTH = 32, STREAM_TEST = 0x756e6574 };

static lg_status put(lg_ctx *ctx, const char *dir, const char *file, const char *name, size_t channels,
                     const float *x) {
  char path[1200];
  const size_t dim[4] = {SAMPLES, HEIGHT, WIDTH, channels};
  const int n = snprintf(path, sizeof path, "%s/%s", dir, file);
  if (n < 0 || (size_t)n >= sizeof path) return lg_fail(ctx, LG_ERR_RANGE, "the name '%.80s' is too long", dir);
  return lg_onnx_write_tensor(ctx, path, name, 4, dim, x);
}

static lg_status write_test_data(lg_ctx *ctx, const lg_culture_unet_file *net, const char *dir, uint64_t seed) {
  lg_status status = LG_OK;
  const size_t pixels = (size_t)HEIGHT * WIDTH;
  lg_rng rng = lg_rng_make(seed, STREAM_TEST, 0);
  float *x = NULL, *y = NULL;
  LG_NEW(ctx, x, SAMPLES * pixels * CULTURE_UNET_IN);
  LG_NEW(ctx, y, SAMPLES * pixels * CULTURE_UNET_OUT);
  for (size_t k = 0; k < SAMPLES * pixels * CULTURE_UNET_IN; k++) x[k] = (float)lg_rng_range(&rng, 0.0, 2.0);
  for (size_t k = 0; k < SAMPLES; k++)
    LG_TRY(lg_culture_unet_run(ctx, &net->net, net->theta, x + k * pixels * CULTURE_UNET_IN, HEIGHT, WIDTH,
                               y + k * pixels * CULTURE_UNET_OUT));
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(put(ctx, dir, "input_0.pb", "x", CULTURE_UNET_IN, x));
  LG_TRY(put(ctx, dir, "output_0.pb", "y", CULTURE_UNET_OUT, y));
done:
  lg_free(ctx, x);
  lg_free(ctx, y);
  return status;
}

static void print_result(cli_run *run, const lg_culture_unet_file *net) {
  if (!cli_json(run)) {
    (void)printf("x (batch, height, width, %d), sides multiples of %d -> y (batch, height, width, %d): flow y, flow x, "
                 "logit of a cell\n",
                 (int)CULTURE_UNET_IN, (int)CULTURE_UNET_GRAIN, (int)CULTURE_UNET_OUT);
    return;
  }
  lg_json json = cli_json_begin("loligo-export-onnx/1");
  lg_json_key_text(&json, "output", cli_text(run, "output"));
  lg_json_key_integer(&json, "channels", CULTURE_UNET_IN);
  lg_json_key_integer(&json, "width", CULTURE_UNET_OUT);
  lg_json_key_integer(&json, "parameters", (int64_t)net->net.params.count);
  lg_json_key_text(&json, "head", "flows");
  cli_json_end(run, &json);
}

int cli_export_culture(cli_run *run, const lg_safetensors *file, const lg_text_pair *pairs, size_t n_pairs) {
  lg_ctx *ctx = cli_ctx(run);
  const char *about = cli_positional(run, 0), *dir = cli_text(run, "test-data");
  lg_culture_unet_file net = {0};
  lg_status status = LG_OK;
  if (cli_given(run, "steps")) return cli_usage(run, "--steps: this network sees images, no time steps");
  LG_TRY(lg_culture_unet_of(ctx, file, &net));
  about = cli_text(run, "output");
  LG_TRY(lg_culture_unet_write_onnx(ctx, &net, pairs, n_pairs, about));
  about = dir;
  if (dir) LG_TRY(write_test_data(ctx, &net, dir, cli_seed(run)));
  print_result(run, &net);
done:
  lg_culture_unet_file_clear(ctx, &net);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}
