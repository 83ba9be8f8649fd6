/* Every allocation of the readers of NMODL and NeuroML may fail: a clean LG_ERR_MEMORY, nothing left. */
#include "tests/alloc.h"

#include "cable/nmodl.h"
#include "twin/neuroml.h"

#include <string.h>

static unsigned char *text;
static size_t text_bytes;

static void read_text(const char *path) {
  lg_ctx *ctx = lg_test_ctx();
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &text, &text_bytes));
  unsigned char *copy = malloc(text_bytes + 1);
  assert_non_null(copy);
  memcpy(copy, text, text_bytes + 1);
  lg_free(ctx, text);
  text = copy;
  lg_ctx_destroy(ctx);
}

static lg_status compile(lg_ctx *ctx) {
  cable_nmodl *m = NULL;
  char *c = NULL;
  lg_status status = lg_cable_nmodl_compile(ctx, "x.mod", (const char *)text, text_bytes, &m);
  if (status == LG_OK) status = lg_cable_nmodl_c(ctx, m, &c);
  lg_free(ctx, c);
  lg_cable_nmodl_destroy(ctx, m);
  return status;
}

static lg_status convert(lg_ctx *ctx) {
  neuroml *m = NULL;
  const lg_status status = lg_neuroml_parse(ctx, "x.nml", text, text_bytes, &m);
  lg_neuroml_destroy(ctx, m);
  return status;
}

static void nmodl_gives_all_back(void **state) {
  (void)state;
  static const char *const files[] = {LG_TEST_DATA "/cable/mod/exp2syn.mod", LG_TEST_DATA "/cable/mod/hh.mod",
                                      LG_SOURCE_DIR "/validation/cable_mod/na6.mod"};
  for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
    read_text(files[k]);
    assert_true(lg_exhaust(files[k], compile) > 20);
    free(text);
  }
}

static void neuroml_gives_all_back(void **state) {
  (void)state;
  static const char *const files[] = {LG_SOURCE_DIR "/fuzz/seeds/neuroml/hh.nml",
                                      LG_SOURCE_DIR "/fuzz/seeds/neuroml/kinds.nml"};
  for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
    read_text(files[k]);
    assert_true(lg_exhaust(files[k], convert) > 20);
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nmodl_gives_all_back),
      cmocka_unit_test(neuroml_gives_all_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
