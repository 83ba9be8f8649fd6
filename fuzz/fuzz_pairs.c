/* Pairs of spike counts, and an effect learned from what was accepted. */
#include "twin/drug_learn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_pairs *pairs = NULL;
  lg_effect effect;
  lg_effect_options how = LG_EFFECT_OPTIONS_INIT;
  volatile double sum = 0.0;
  how.bootstraps = 0;
  how.form = LG_EFFECT_BOTH;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_pairs_parse(ctx, "fuzz.csv", data, size, NULL, &pairs) == LG_OK && pairs->n < 20 &&
      lg_effect_learn(ctx, pairs, NULL, &how, &effect) == LG_OK)
    for (size_t c = 0; c < pairs->n; c++) sum += lg_effect_judge(&effect, &pairs->cells[c], 0.3).predicted;
  lg_pairs_destroy(ctx, pairs);
  lg_ctx_destroy(ctx);
  return 0;
}
