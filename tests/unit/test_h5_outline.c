/* The outline of an HDF5 file: types, shapes, units, ranges of the whole and by column; what is damaged or foreign. */
#include "tests/alloc.h"
#include "tests/folder.h"
#include "tests/one_ctx.h"

#include "io/h5_outline.h"
#include "io/h5_write.h"

#include <math.h>
#include <string.h>

static char path[4096];

static void write_file(void) {
  static const double matrix[6] = {1.0, -2.0, 3.0, (double)NAN, 5.0, 6.0};
  static const int64_t counts[3] = {4, INT64_MIN, -7};
  static const char *const columns[2] = {"mt", "tau_pct"}, *const names[2] = {"a", "b"};
  float block[24];
  lg_h5_out out;
  for (size_t k = 0; k < 24; k++) block[k] = (float)k;
  assert_ok(ctx, lg_h5_out_open(ctx, &out));
  lg_h5_put_attribute_text(&out, "/", "format", "loligo-axon-outcomes");
  lg_h5_put_attribute_integer(&out, "/", "version", H5T_STD_I32LE, 1);
  lg_h5_put_matrix(&out, "/out", H5T_NATIVE_DOUBLE, matrix, 3, 2);
  lg_h5_put_attribute_texts(&out, "/out", "columns", columns, 2);
  lg_h5_put_matrix(&out, "/plain", H5T_NATIVE_DOUBLE, matrix, 2, 3);
  lg_h5_put_vector(&out, "/counts", H5T_NATIVE_INT64, counts, 3);
  lg_h5_put_attribute_text(&out, "/counts", "unit", "1/s");
  lg_h5_put_group(&out, "/grid");
  lg_h5_put_block(&out, "/grid/mt", H5T_NATIVE_FLOAT, block, (const size_t[]){2, 3, 4});
  lg_h5_put_number(&out, "/threshold", 0.25);
  lg_h5_put_text(&out, "/title", "two\nlines");
  lg_h5_put_texts(&out, "/name", names, 2);
  lg_h5_put_text(&out, "/provenance", "{}");
  assert_ok(ctx, lg_h5_out_commit(ctx, &out, path));
}

static double number(const lg_json_at *at, const char *key) {
  double x;
  assert_ok(ctx, lg_json_get_number(ctx, at, key, NULL, &x));
  return x;
}

static const char *text(const lg_json_at *at, const char *key) {
  const char *t;
  assert_ok(ctx, lg_json_get_text(ctx, at, key, &t));
  return t;
}

static lg_json_at dataset(const lg_json_doc *doc, const char *name) {
  const lg_json_at root = lg_json_root(doc);
  lg_json_at list;
  size_t n;
  assert_ok(ctx, lg_json_get_array(ctx, &root, "datasets", &list, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    if (strcmp(text(&item, "name"), name) == 0) return item;
  }
  fail_msg("no dataset '%s'", name);
  return root;
}

static void everything_is_told(void **state) {
  (void)state;
  lg_json_doc *doc;
  write_file();
  assert_ok(ctx, lg_h5_outline_read(ctx, path, &doc));
  lg_json_at at = lg_json_root(doc);
  assert_string_equal(text(&at, "format"), "loligo-axon-outcomes");
  assert_true(number(&at, "version") == 1.0);
  at = dataset(doc, "out");
  assert_string_equal(text(&at, "type"), "float64");
  assert_true(number(&at, "shape[0]") == 3.0 && number(&at, "shape[1]") == 2.0);
  assert_string_equal(text(&at, "columns[1].name"), "tau_pct");
  assert_true(number(&at, "columns[0].min") == 1.0 && number(&at, "columns[0].max") == 5.0);
  assert_true(number(&at, "columns[1].min") == -2.0 && number(&at, "columns[1].max") == 6.0);
  assert_true(number(&at, "columns[1].missing") == 1.0 && !lg_json_has(&at, "min"));
  at = dataset(doc, "plain");
  assert_true(number(&at, "min") == -2.0 && number(&at, "max") == 6.0 && number(&at, "missing") == 1.0);
  at = dataset(doc, "counts");
  assert_string_equal(text(&at, "type"), "int64");
  assert_string_equal(text(&at, "unit"), "1/s");
  assert_true(number(&at, "min") == -7.0 && number(&at, "max") == 4.0 && number(&at, "missing") == 1.0);
  at = dataset(doc, "grid/mt");
  assert_true(number(&at, "shape[2]") == 4.0 && !lg_json_has(&at, "min"));
  at = dataset(doc, "threshold");
  assert_true(number(&at, "min") == 0.25 && number(&at, "max") == 0.25);
  at = dataset(doc, "title");
  assert_string_equal(text(&at, "text"), "two lines");
  at = dataset(doc, "name");
  assert_true(number(&at, "shape[0]") == 2.0 && !lg_json_has(&at, "text"));
  at = lg_json_root(doc);
  lg_json_at list;
  size_t n;
  assert_ok(ctx, lg_json_get_array(ctx, &at, "datasets", &list, &n));
  assert_int_equal(n, 7); /* the provenance is not among them */
  lg_json_doc_destroy(ctx, doc);
}

static lg_status read_it(lg_ctx *c) {
  lg_json_doc *doc = NULL;
  const lg_status status = lg_h5_outline_read(c, path, &doc);
  assert_int_equal(status == LG_OK, doc != NULL);
  lg_json_doc_destroy(c, doc);
  return status;
}

static void no_memory(void **state) {
  (void)state;
  write_file();
  assert_true(lg_exhaust("outline", read_it) >= 2);
}

static void bad_files(void **state) {
  (void)state;
  unsigned char *bytes;
  size_t n;
  lg_json_doc *doc;
  write_file();
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &bytes, &n));
  FILE *f = fopen(path, "wb");
  assert_int_equal(fwrite(bytes, 1, n / 3, f), n / 3);
  assert_int_equal(fclose(f), 0);
  assert_int_equal(lg_h5_outline_read(ctx, path, &doc), LG_ERR_FORMAT);
  assert_null(doc);
  f = fopen(path, "wb");
  assert_int_equal(fputs("t_ms,v_mV\n", f) < 0, 0);
  assert_int_equal(fclose(f), 0);
  assert_int_equal(lg_h5_outline_read(ctx, path, &doc), LG_ERR_FORMAT);
  assert_int_equal(remove(path), 0);
  assert_int_equal(lg_h5_outline_read(ctx, path, &doc), LG_ERR_IO);
  lg_free(ctx, bytes);
}

static int open_all(void **state) {
  if (make_dir(state) != 0) return -1;
  (void)snprintf(path, sizeof path, "%s/outline.h5", dir);
  return open_ctx(state);
}

static int close_all(void **state) {
  (void)close_ctx(state);
  return remove_dir(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(everything_is_told), cmocka_unit_test(no_memory),
                                     cmocka_unit_test(bad_files)};
  return cmocka_run_group_tests(tests, open_all, close_all);
}
