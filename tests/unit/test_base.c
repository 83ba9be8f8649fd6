#include "tests/folder.h"

#include "base/base.h"

#include <string.h>
#include <sys/stat.h>

static void test_ctx_and_messages(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(NULL), LG_ERR_ARGUMENT);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_string_equal(lg_ctx_message(ctx), "");
  assert_int_equal(lg_fail(ctx, LG_ERR_RANGE, "value %d is too large", 7), LG_ERR_RANGE);
  assert_string_equal(lg_ctx_message(ctx), "value 7 is too large");
  assert_int_equal(lg_fail_prefix(ctx, LG_ERR_RANGE, "file %s: ", "x"), LG_ERR_RANGE);
  assert_string_equal(lg_ctx_message(ctx), "file x: value 7 is too large");
  assert_int_equal(lg_fail(ctx, LG_ERR_FORMAT, "name '%s'", "a\n\x1b[31m\xc2\x9b\xc3\xa9"), LG_ERR_FORMAT);
  assert_string_equal(lg_ctx_message(ctx), "name 'a  [31m  \xc3\xa9'");
  assert_int_equal(lg_ctx_set_threads(ctx, 0), LG_ERR_RANGE);
  lg_ctx_destroy(ctx);
  lg_ctx_destroy(NULL);
}

static lg_status square_chunk(void *user, size_t begin, size_t end, unsigned worker) {
  double *x = user;
  (void)worker;
  for (size_t k = begin; k < end; k++) {
    if (k == 777) return LG_ERR_NUMERICAL;
    x[k] = (double)k * (double)k;
  }
  return LG_OK;
}

static void test_parallel_for(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  double x[700] = {0}, y[1000] = {0};
  for (unsigned threads = 1; threads <= 5; threads++) {
    assert_ok(ctx, lg_ctx_set_threads(ctx, threads));
    for (int repeat = 0; repeat < 50; repeat++) {
      memset(x, 0, sizeof x);
      assert_ok(ctx, lg_parallel_for(ctx, 700, 7, square_chunk, x));
      for (size_t k = 0; k < 700; k++) assert_true(x[k] == (double)(k * k));
    }
    assert_int_equal(lg_parallel_for(ctx, 1000, 9, square_chunk, y), LG_ERR_NUMERICAL);
  }
  lg_ctx_destroy(ctx);
}

static void test_outfile_is_whole_or_nothing(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_outfile *file = NULL;
  unsigned char *bytes = NULL;
  size_t n = 0;
  char path[64];
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  (void)snprintf(path, sizeof path, "%s/a/b", dir);
  assert_ok(ctx, lg_make_directory(ctx, path));
  (void)snprintf(path, sizeof path, "%s/a/b/f", dir);
  assert_ok(ctx, lg_outfile_open(ctx, path, &file));
  (void)fputs("first", lg_outfile_stream(file));
  assert_int_not_equal(access(path, F_OK), 0);
  assert_ok(ctx, lg_outfile_commit(ctx, file));
  assert_ok(ctx, lg_outfile_open(ctx, path, &file));
  (void)fputs("second", lg_outfile_stream(file));
  lg_outfile_discard(ctx, file);
  assert_ok(ctx, lg_file_read(ctx, path, 100, &bytes, &n));
  assert_int_equal(n, 5);
  assert_string_equal((const char *)bytes, "first");
  lg_free(ctx, bytes);
  assert_int_equal(lg_file_read(ctx, path, 4, &bytes, &n), LG_ERR_LIMIT);
  assert_ok(ctx, lg_outfile_open(ctx, "/dev/full", &file));
  (void)fputs("x", lg_outfile_stream(file));
  assert_int_equal(lg_outfile_commit(ctx, file), LG_ERR_IO);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ctx_and_messages),
      cmocka_unit_test(test_parallel_for),
      cmocka_unit_test(test_outfile_is_whole_or_nothing),
  };
  return cmocka_run_group_tests_name("base", tests, make_dir, remove_dir);
}
