/*
 * Every allocation may fail: each path below runs with the 1st, 2nd, … n-th allocation failing until it succeeds.
 * It must report LG_ERR_MEMORY each time and give back every block.
 */
#include "tests/alloc.h"

#include "base/base.h"
#include "data/provenance.h"
#include "io/json_read.h"
#include "io/origin.h"

#include <loligo/recording.h>
#include <stdlib.h>
#include <string.h>

static lg_status build_recording(lg_ctx *ctx) {
  lg_recording *rec = NULL;
  lg_sweep *sweep;
  lg_status status = lg_recording_create(ctx, &rec);
  for (int k = 0; k < 10 && status == LG_OK; k++) status = lg_recording_add_sweep(ctx, rec, 100, 0.05, k & 1, &sweep);
  if (status == LG_OK) status = lg_recording_warn(ctx, rec, "sweep %d is short", 3);
  if (status == LG_OK) status = lg_recording_set_text(ctx, &rec->format, "CSV");
  lg_recording_destroy(ctx, rec);
  return status;
}

static lg_status read_json(lg_ctx *ctx) {
  static const char text[] = "{\"x\": [1, 2, 3], // note\n \"y\": \"z\"}";
  lg_json_doc *doc = NULL;
  double *x = NULL;
  size_t n;
  lg_status status = lg_json_parse(ctx, "text", text, sizeof text - 1, LG_JSON_COMMENTS, &doc);
  if (status == LG_OK) {
    const lg_json_at root = lg_json_root(doc);
    status = lg_json_get_numbers(ctx, &root, "x", NULL, &x, &n);
  }
  lg_free(ctx, x);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static char path[] = "/tmp/loligo-alloc-XXXXXX";

static lg_status write_and_read_origin(lg_ctx *ctx) {
  char words[][8] = {"loligo", "clone", "a b"};
  char *argv[] = {words[0], words[1], words[2]};
  lg_provenance *p = NULL;
  lg_origin *o = NULL;
  lg_outfile *file = NULL;
  lg_status status = lg_provenance_create(ctx, 3, argv, 1, &p);
  if (status == LG_OK) status = lg_provenance_add_option(ctx, p, "dt", "1");
  if (status == LG_OK) status = lg_provenance_add_option(ctx, p, "dt", "2");
  if (status == LG_OK) status = lg_provenance_add_input(ctx, p, "self", "/proc/self/exe");
  if (status == LG_OK) status = lg_outfile_open(ctx, path, &file);
  if (status == LG_OK) {
    lg_provenance_write_comments(p, lg_outfile_stream(file));
    status = lg_outfile_commit(ctx, file);
  }
  if (status == LG_OK) status = lg_origin_read(ctx, path, &o);
  lg_origin_destroy(ctx, o);
  lg_provenance_destroy(ctx, p);
  return status;
}

static lg_status square(void *user, size_t begin, size_t end, unsigned worker) {
  double *x = user;
  (void)worker;
  for (size_t k = begin; k < end; k++) x[k] = (double)k * (double)k;
  return LG_OK;
}

static lg_status run_threads(lg_ctx *ctx) {
  double x[100] = {0};
  lg_status status = lg_ctx_set_threads(ctx, 3);
  if (status == LG_OK) status = lg_parallel_for(ctx, 100, 7, square, x);
  if (status == LG_OK && x[99] != 99.0 * 99.0) status = lg_fail(ctx, LG_ERR_INTERNAL, "wrong result");
  return status;
}

#define PATH(name)                                                                                                     \
  static void test_##name(void **state) {                                                                              \
    (void)state;                                                                                                       \
    assert_true(lg_exhaust(#name, name) > 0);                                                                          \
  }
PATH(build_recording)
PATH(read_json)
PATH(write_and_read_origin)
PATH(run_threads)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_build_recording),
      cmocka_unit_test(test_read_json),
      cmocka_unit_test(test_write_and_read_origin),
      cmocka_unit_test(test_run_threads),
  };
  const int fd = mkstemp(path);
  if (fd < 0) return 1;
  (void)close(fd);
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  (void)unlink(path);
  return failed;
}
