/* NumPy archives: the zip around them, DEFLATE, the arrays. */
#include "io/inflate.h"
#include "io/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_table table = {0};
  unsigned char out[4096];
  volatile double sum = 0.0;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_table_parse_npz(ctx, data, size, &table) == LG_OK)
    for (size_t k = 0; k < table.n; k++)
      for (size_t j = 0; table.items[k].x && j < table.items[k].n; j++) sum += table.items[k].x[j];
  if (size > 2) LG_IGNORE(lg_inflate(ctx, data + 2, size - 2, out, (data[0] | (size_t)data[1] << 8) % sizeof out));
  lg_table_clear(ctx, &table);
  lg_ctx_destroy(ctx);
  return 0;
}
