/* Cells in NeuroML: what is accepted is written as a case and as NMODL, and that is compiled. */
#define _XOPEN_SOURCE 700
#include "cable/nmodl.h"
#include "twin/neuroml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  neuroml *m = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_neuroml_parse(ctx, "fuzz.nml", data, size, &m) == LG_OK) {
    for (size_t k = 0; k <= lg_neuroml_mechanisms(m); k++) {
      char *text = NULL;
      size_t n = 0;
      cable_nmodl *own = NULL;
      FILE *stream = open_memstream(&text, &n);
      if (!stream) break;
      if (k < lg_neuroml_mechanisms(m)) lg_neuroml_write_mechanism(m, k, stream);
      else if (!lg_neuroml_write_case(m, stream)) abort();
      (void)fclose(stream);
      if (k < lg_neuroml_mechanisms(m) && lg_cable_nmodl_compile(ctx, "fuzz.mod", text, n, &own) != LG_OK) abort();
      lg_cable_nmodl_destroy(ctx, own);
      free(text);
    }
  }
  lg_neuroml_destroy(ctx, m);
  lg_ctx_destroy(ctx);
  return 0;
}
