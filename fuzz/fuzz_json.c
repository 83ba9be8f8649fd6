/* People's JSON: comments are blanked by our own code before jansson sees the text. */
#include "io/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  for (int style = 0; style < 2; style++) {
    lg_json_doc *doc = NULL;
    if (lg_json_parse(ctx, "fuzz", data, size, style ? LG_JSON_COMMENTS : LG_JSON_STRICT, &doc) != LG_OK) continue;
    const lg_json_at root = lg_json_root(doc);
    double *x = NULL, y;
    size_t n;
    const char *text;
    LG_IGNORE(lg_json_get_numbers(ctx, &root, "segments[0].values_pA", "pA", &x, &n));
    LG_IGNORE(lg_json_get_number_in(ctx, &root, "parameters.C", "pF", 0, 1, &y));
    LG_IGNORE(lg_json_get_text(ctx, &root, "model", &text));
    lg_free(ctx, x);
    lg_json_doc_destroy(ctx, doc);
  }
  lg_ctx_destroy(ctx);
  return 0;
}
