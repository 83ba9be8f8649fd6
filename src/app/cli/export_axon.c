#include "app/cli/export_axon.h"

#include "app/cli/json_out.h"
#include "base/elementary.h"
#include "io/onnx_write.h"
#include "twin/axon_learn.h"
#include "twin/axon_net_file.h"
#include "twin/axon_net_onnx.h"

#include <string.h>

enum { SAMPLES = 3, TIMES = AXON_NET_TIMES, P = AXON_PREDICTED, STREAM_TEST = 0x61786f6e };

bool cli_is_axon_surrogate(const lg_safetensors *file) {
  const char *schema = lg_safetensors_metadata(file, "schema");
  return schema && strncmp(schema, "loligo-axon-surrogate/", 22) == 0;
}

/* Pulses of strain that rise, fall below 0 and come back. */
static void draw(uint64_t seed, float *strain) {
  for (size_t k = 0; k < SAMPLES; k++) {
    lg_rng rng = lg_rng_make(seed, STREAM_TEST, k);
    const double peak = lg_rng_range(&rng, 0.05, 0.3), ms = lg_rng_range(&rng, 30.0, 80.0);
    for (size_t t = 0; t < TIMES; t++) {
      double sine, cosine;
      lg_sincos_turn((double)t / ms, &sine, &cosine);
      strain[k * TIMES + t] = (float)(peak * sine * lg_exp(-(double)t / ms));
    }
  }
}

static lg_status put(lg_ctx *ctx, const char *dir, const char *file, const char *name, size_t width, const float *x) {
  char path[1200];
  const size_t dim[2] = {SAMPLES, width};
  const int n = snprintf(path, sizeof path, "%s/%s", dir, file);
  if (n < 0 || (size_t)n >= sizeof path) return lg_fail(ctx, LG_ERR_RANGE, "the name '%.80s' is too long", dir);
  return lg_onnx_write_tensor(ctx, path, name, 2, dim, x);
}

static lg_status write_test_data(lg_ctx *ctx, const lg_axon_surrogate *net, const char *dir, uint64_t seed) {
  lg_status status = LG_OK;
  float strain[SAMPLES * TIMES], out[SAMPLES * P], spread[SAMPLES * P], *y = NULL;
  draw(seed, strain);
  LG_NEW(ctx, y, SAMPLES * net->n_nets * P);
  LG_TRY(lg_axon_learn_outputs(ctx, net, strain, SAMPLES, y));
  for (size_t k = 0; k < SAMPLES; k++) {
    axon_prediction p;
    lg_axon_surrogate_combine(net, y + k * net->n_nets * P, 0.0, &p);
    for (size_t q = 0; q < P; q++) {
      out[k * P + q] = (float)p.mean[q];
      spread[k * P + q] = (float)p.spread[q];
    }
  }
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(put(ctx, dir, "input_0.pb", "strain", TIMES, strain));
  LG_TRY(put(ctx, dir, "output_0.pb", "outputs", P, out));
  if (net->n_nets > 1) LG_TRY(put(ctx, dir, "output_1.pb", "spread", P, spread));
done:
  lg_free(ctx, y);
  return status;
}

static void print_result(cli_run *run, const lg_axon_surrogate *net) {
  if (!cli_json(run)) {
    (void)printf("strain (batch, %d), 1 ms apart, from 0 -> outputs (batch, %d): mt, axl, tau_pct, nf_pct%s\n",
                 (int)TIMES, (int)P, net->n_nets > 1 ? "; spread (batch, 4)" : "");
    return;
  }
  lg_json json = cli_json_begin("loligo-export-onnx/1");
  lg_json_key_text(&json, "output", cli_text(run, "output"));
  lg_json_key_text(&json, "layout", lg_axon_net_shape(net->layout)->name);
  lg_json_key_integer(&json, "networks", (int64_t)net->n_nets);
  lg_json_key_integer(&json, "steps", TIMES);
  lg_json_key_integer(&json, "width", P);
  lg_json_key_integer(&json, "parameters", (int64_t)(net->n_nets * net->n_weights));
  cli_json_end(run, &json);
}

int cli_export_axon(cli_run *run, const lg_safetensors *file, const lg_text_pair *pairs, size_t n_pairs) {
  lg_ctx *ctx = cli_ctx(run);
  const char *about = cli_positional(run, 0), *dir = cli_text(run, "test-data");
  lg_axon_surrogate *net = NULL;
  lg_status status = LG_OK;
  if (cli_given(run, "steps")) return cli_usage(run, "--steps: this network sees %d, no others", (int)TIMES);
  LG_TRY(lg_axon_surrogate_of(ctx, file, &net));
  about = cli_text(run, "output");
  LG_TRY(lg_axon_surrogate_write_onnx(ctx, net, pairs, n_pairs, about));
  about = dir;
  if (dir) LG_TRY(write_test_data(ctx, net, dir, cli_seed(run)));
  print_result(run, net);
done:
  lg_axon_surrogate_destroy(ctx, net);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}
