/* Rows of words out of CSV: quotes, line ends, separators, and what cannot be read. */
#include "tests/one_ctx.h"

#include "io/csv_rows.h"

#include <string.h>

/* All rows as one text: cells in <>, rows by |, an error as !. */
static void read_all(const char *text, size_t n, char *out, size_t bytes) {
  lg_csv_rows r;
  size_t used = 0;
  out[0] = '\0';
  assert_ok(ctx, lg_csv_rows_begin(ctx, (const unsigned char *)text, n, &r));
  while (lg_csv_rows_next(&r)) {
    used += (size_t)snprintf(out + used, bytes - used, "%zu", r.line);
    if (r.error) used += (size_t)snprintf(out + used, bytes - used, "!");
    for (size_t k = 0; k < r.n_cells && !r.error; k++)
      used += (size_t)snprintf(out + used, bytes - used, "<%s>", r.cells[k]);
    used += (size_t)snprintf(out + used, bytes - used, "|");
  }
  lg_csv_rows_clear(ctx, &r);
}

static void test_rows(void **state) {
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {{"", ""},
               {"\n\n  \n# remark\n", ""},
               {"a,b\n1,2\n", "1<a><b>|2<1><2>|"},
               {"a,b\r\n1,2", "1<a><b>|2<1><2>|"},
               {"\xef\xbb\xbf"
                "a,b\n",
                "1<a><b>|"},
               {"# x\n\na;b\n1,5;2\n", "3<a><b>|4<1,5><2>|"},
               {"a\tb\n1\t\n", "1<a><b>|2<1><>|"},
               {" a , b \n", "1<a><b>|"},
               {"a,\"b, c\",d\n", "1<a><b, c><d>|"},
               {"a,\"say \"\"b\"\"\"\n", "1<a><say \"b\">|"},
               {"a,\"two\nlines\"\nnext,row\n", "1<a><two lines>|3<next><row>|"},
               {"a,\"b\" c\n", "1<a><b c>|"},
               {"a,b\n1,\"open\n3,4\n", "1<a><b>|2!|3<3><4>|"},
               {"a,b\n1,2\"\n", "1<a><b>|2<1><2\">|"},
               {",\n", "1<><>|"},
               {"a,b\r1,2\r", "1<a><b>|2<1><2>|"},
               {"a,b\n1,x\x01y\x7f\n", "1<a><b>|2<1><x y>|"}};
  char out[256];
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    read_all(cases[k].text, strlen(cases[k].text), out, sizeof out);
    assert_string_equal(out, cases[k].want);
  }
  read_all("a,b\n1\0,2\n3,4\n", 13, out, sizeof out);
  assert_string_equal(out, "1<a><b>|2!|3<3><4>|");
}

static void test_utf16(void **state) {
  (void)state;
  lg_csv_rows r;
  assert_int_equal(lg_csv_rows_begin(ctx,
                                     (const unsigned char *)"\xff\xfe"
                                                            "a\0",
                                     4, &r),
                   LG_ERR_UNSUPPORTED);
  lg_csv_rows_clear(ctx, &r);
}

static void test_limits(void **state) {
  (void)state;
  enum { LONG = 3 * LG_CSV_MAX_CELL };
  char *text = malloc(LONG + 16), out[64];
  assert_non_null(text);
  memset(text, 'x', LONG);
  memcpy(text + LONG, "\n1,2\n", 5); /* a cell that is too long */
  read_all(text, LONG + 5, out, sizeof out);
  assert_string_equal(out, "1!|2<1><2>|");
  memset(text, ',', 2000); /* too many cells */
  memcpy(text + 2000, "\n1,2\n", 5);
  read_all(text, 2005, out, sizeof out);
  assert_string_equal(out, "1!|2<1><2>|");
  memset(text, '"', LONG); /* quotes that open and never close in time */
  read_all(text, LONG - 1, out, sizeof out);
  assert_string_equal(out, "1!|");
  free(text);
}

static void test_written_cells_read_back(void **state) {
  (void)state;
  static const char *const cells[] = {"plain", "a,b", "say \"x\"", "# no remark", " led by a blank", "semi;colon"};
  char *text = NULL;
  size_t n = 0;
  FILE *stream = open_memstream(&text, &n);
  lg_csv_rows r;
  assert_non_null(stream);
  for (size_t k = 0; k < 6; k++) {
    lg_csv_write_cell(stream, cells[k]);
    (void)fputc(k < 5 ? ',' : '\n', stream);
  }
  assert_int_equal(fclose(stream), 0);
  assert_ok(ctx, lg_csv_rows_begin(ctx, (unsigned char *)text, n, &r));
  assert_true(lg_csv_rows_next(&r) && !r.error);
  assert_int_equal(r.n_cells, 6);
  for (size_t k = 0; k < 6; k++) assert_string_equal(r.cells[k], cells[k] + (cells[k][0] == ' '));
  lg_csv_rows_clear(ctx, &r);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_limits),
                                     cmocka_unit_test(test_utf16), cmocka_unit_test(test_written_cells_read_back)};
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
