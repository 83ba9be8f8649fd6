/* Protocols in JSON; those that are accepted are played at a few points of time. */
#include "twin/model_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_protocol *protocol = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  LG_IGNORE(lg_protocol_parse(ctx, "fuzz.json", data, size, &protocol));
  lg_protocol_destroy(ctx, protocol);
  lg_ctx_destroy(ctx);
  return 0;
}
