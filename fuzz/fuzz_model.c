/* Models and twins in JSON, as people write them and as loligo clone does. */
#include "twin/model_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_neuron neuron;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  LG_IGNORE(lg_neuron_parse(ctx, "fuzz.json", data, size, &neuron));
  lg_ctx_destroy(ctx);
  return 0;
}
