/* NumPy arrays as tables and as recordings. */
#include "io/recording_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_recording *rec = NULL;
  lg_table table = {0};
  volatile double sum = 0.0;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_table_parse_npy(ctx, data, size, &table) == LG_OK) {
    for (size_t k = 0; k < table.n; k++)
      for (size_t j = 0; table.items[k].x && j < table.items[k].n; j++) sum += table.items[k].x[j];
    if (lg_table_to_recording(ctx, &table, "fuzz.npy", &rec) == LG_OK) LG_IGNORE(lg_recording_check(ctx, rec));
  }
  lg_recording_destroy(ctx, rec);
  lg_table_clear(ctx, &table);
  lg_ctx_destroy(ctx);
  return 0;
}
