/* Networks: whatever is accepted must run. */
#include "learn/frozen.h"
#include "learn/net_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(lg_ctx *ctx, const lg_net_file *net) {
  const size_t steps = lg_encoder_min_steps(&net->encoder.options), channels = net->encoder.options.channels;
  lg_f32_frozen *frozen = NULL;
  if (steps > 4096 || channels > 64 || net->params.count > 100000) return;
  if (lg_f32_frozen_create(ctx, &net->encoder, &net->head, net->theta, steps, &frozen) != LG_OK) return;
  float *x = lg_alloc(ctx, steps * channels, sizeof *x), *y = lg_alloc(ctx, lg_f32_frozen_width(frozen), sizeof *y);
  float *f = lg_alloc(ctx, net->encoder.options.features + 1, sizeof *f);
  float *scratch = lg_alloc(ctx, lg_f32_frozen_scratch(frozen), sizeof *scratch);
  if (x && y && f && scratch) LG_IGNORE(lg_f32_frozen_eval(frozen, scratch, steps, x, f, y));
  lg_free(ctx, x);
  lg_free(ctx, y);
  lg_free(ctx, f);
  lg_free(ctx, scratch);
  lg_f32_frozen_destroy(ctx, frozen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_safetensors *st = NULL;
  lg_net_file net = {0};
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_safetensors_parse(ctx, data, size, &st) == LG_OK && lg_net_file_read(ctx, st, &net) == LG_OK) run(ctx, &net);
  lg_net_file_clear(ctx, &net);
  lg_safetensors_destroy(ctx, st);
  lg_ctx_destroy(ctx);
  return 0;
}
