/* Surrogates of axons: whatever is accepted must say something of a profile, and be written and read again. */
#include "twin/axon_net_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(lg_ctx *ctx, const lg_axon_surrogate *net) {
  float y[64 * AXON_PREDICTED], x[AXON_NET_TIMES * AXON_NET_CHANNELS];
  axon_prediction p;
  lg_axon_net_input(net->layout, net->known + (net->n_known - 1) * AXON_NET_TIMES, x);
  for (size_t k = 0; k < net->n_nets * AXON_PREDICTED; k++) y[k] = net->weights[k % net->n_weights] + x[0];
  lg_axon_surrogate_combine(net, y, net->known_threshold, &p);
  if (!(p.mean[AXON_TAU] >= 0.0 && p.mean[AXON_TAU] <= 100.0) && p.in_range) abort();
  (void)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_safetensors *st = NULL;
  lg_axon_surrogate *net = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_safetensors_parse(ctx, data, size, &st) == LG_OK && lg_axon_surrogate_of(ctx, st, &net) == LG_OK)
    use(ctx, net);
  lg_axon_surrogate_destroy(ctx, net);
  lg_safetensors_destroy(ctx, st);
  lg_ctx_destroy(ctx);
  return 0;
}
