/* The reader of safetensors; what it accepts must be readable to the last byte. */
#include "io/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_safetensors *st = NULL;
  volatile unsigned char sum = 0;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_safetensors_parse(ctx, data, size, &st) == LG_OK) {
    for (size_t k = 0; k < lg_safetensors_count(st); k++) {
      const lg_tensor_entry *t = lg_safetensors_at(st, k);
      const void *again = NULL;
      size_t bytes = lg_dtype_bytes(t->dtype);
      for (size_t d = 0; d < t->rank; d++) bytes *= t->shape[d];
      for (size_t b = 0; b < bytes; b++) sum = (unsigned char)(sum + ((const unsigned char *)t->data)[b]);
      LG_IGNORE(lg_safetensors_get(ctx, st, t->name, t->dtype, t->rank, t->shape, &again));
    }
    for (size_t k = 0; lg_safetensors_metadata_at(st, k); k++)
      sum = (unsigned char)(sum + (unsigned char)lg_safetensors_metadata_at(st, k)->text[0]);
  }
  lg_safetensors_destroy(ctx, st);
  lg_ctx_destroy(ctx);
  return 0;
}
