#include "tests/folder.h"

#include "data/provenance.h"
#include "io/trace_write.h"

#include <math.h>
#include <string.h>

static const double t[] = {0.0, 0.1, 0.2, 0.30000000000000004}, v[] = {-65.0, -64.9, 1.0 / 3.0, 1e-300},
                    u[] = {0, 1, 2, 3};
static const lg_trace_column columns[] = {{"t_ms", t}, {"v_mV_soma", v}, {"u_pA", u}};

static lg_provenance *make_provenance(lg_ctx *ctx) {
  static char name[] = "loligo", word[] = "test";
  char *const argv[] = {name, word};
  lg_provenance *p = NULL;
  assert_ok(ctx, lg_provenance_create(ctx, 2, argv, 7, &p));
  return p;
}

static void test_csv_reads_back_to_the_same_bits(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_provenance *p = make_provenance(ctx);
  char path[64], line[256];
  (void)snprintf(path, sizeof path, "%s/x.csv", dir);
  assert_ok(ctx, lg_trace_write(ctx, path, columns, 3, 4, p));
  FILE *stream = fopen(path, "r");
  assert_non_null(stream);
  size_t comments = 0, rows = 0;
  while (fgets(line, sizeof line, stream) && line[0] == '#') comments++;
  assert_true(comments >= 4);
  assert_string_equal(line, "t_ms,v_mV_soma,u_pA\n");
  while (fgets(line, sizeof line, stream)) {
    char *end = line;
    for (size_t c = 0; c < 3; c++, end++) assert_true(strtod(end, &end) == columns[c].values[rows]);
    rows++;
  }
  assert_int_equal(rows, 4);
  (void)fclose(stream);
  lg_provenance_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

static void test_npy_layout(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_provenance *p = make_provenance(ctx);
  char path[80];
  unsigned char *bytes = NULL;
  size_t n = 0;
  (void)snprintf(path, sizeof path, "%s/x.npy", dir);
  assert_ok(ctx, lg_trace_write(ctx, path, columns, 3, 4, p));
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &bytes, &n));
  assert_memory_equal(bytes, "\x93NUMPY\x02\x00", 8);
  const size_t header = bytes[8] + 256u * bytes[9];
  assert_int_equal((12 + header) % 64, 0);
  assert_int_equal(n, 12 + header + 4 * 3 * 8);
  assert_non_null(strstr((const char *)bytes + 12, "('t_ms', '<f8'), ('v_mV_soma', '<f8'), ('u_pA', '<f8')"));
  double row[3];
  memcpy(row, bytes + 12 + header + 2 * sizeof row, sizeof row);
  for (size_t c = 0; c < 3; c++) assert_true(row[c] == columns[c].values[2]);
  lg_free(ctx, bytes);
  (void)strcat(path, ".json");
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &bytes, &n));
  assert_non_null(strstr((const char *)bytes, "\"seed\": 7"));
  lg_free(ctx, bytes);
  lg_provenance_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

static void test_bad_calls_are_refused(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  const lg_trace_column wrong[] = {{"v_mV", v}, {"t_ms", t}}, twice[] = {{"t_ms", t}, {"v_mV", v}, {"v_mV", u}},
                        comma[] = {{"t_ms", t}, {"a,b", v}};
  char path[64];
  (void)snprintf(path, sizeof path, "%s/bad.csv", dir);
  assert_int_equal(lg_trace_write(ctx, path, wrong, 2, 4, NULL), LG_ERR_ARGUMENT);
  assert_int_equal(lg_trace_write(ctx, path, twice, 3, 4, NULL), LG_ERR_ARGUMENT);
  assert_int_equal(lg_trace_write(ctx, path, comma, 2, 4, NULL), LG_ERR_ARGUMENT);
  assert_int_equal(access(path, F_OK), -1);
  (void)snprintf(path, sizeof path, "%s/bad.mat", dir);
  assert_int_equal(lg_trace_write(ctx, path, columns, 3, 4, NULL), LG_ERR_ARGUMENT);
  assert_non_null(strstr(lg_ctx_message(ctx), ".mat"));
  assert_int_equal(lg_trace_write(ctx, "/dev/full", columns, 3, 4, NULL), LG_ERR_IO);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_csv_reads_back_to_the_same_bits),
      cmocka_unit_test(test_npy_layout),
      cmocka_unit_test(test_bad_calls_are_refused),
  };
  return cmocka_run_group_tests_name("trace_write", tests, make_dir, remove_dir);
}
