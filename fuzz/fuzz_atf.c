/* Stimulus files (ATF text, or ABF) of a recording that asks for one. */
#include "io/abf_stimulus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  double out[700];
  volatile double sum = 0.0;
  const abf_dac dac = {.file_scale = 2.0, .file_offset = 1.0};
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  for (size_t sweep = 0; sweep < 3; sweep++)
    if (abf_stimulus_waveform(ctx, data, size, &dac, sweep, 640, out) == LG_OK)
      for (size_t k = 0; k < 640; k++) sum += out[k];
  lg_ctx_destroy(ctx);
  return 0;
}
