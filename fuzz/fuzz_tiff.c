/* Movies and masks out of TIFF, without the sandbox around them. */
#include "io/tiff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  volatile double sum = 0.0;
  if (size > 1u << 16 || lg_ctx_create(&ctx) != LG_OK) return 0;
  for (int labels = 0; labels < 2; labels++) {
    lg_tiff *t = NULL;
    if (lg_tiff_parse(ctx, data, size, labels, &t) != LG_OK) continue;
    const size_t n = t->info.n_frames * t->info.height * t->info.width;
    for (size_t k = 0; k < n; k += n / 1000 + 1) sum += labels ? (double)t->labels[k] : (double)t->counts[k];
    lg_tiff_destroy(ctx, t);
  }
  lg_ctx_destroy(ctx);
  return 0;
}
