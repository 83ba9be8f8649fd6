/* NumPy archives as NumPy writes them, and what becomes of damaged ones. */
#include "tests/one_ctx.h"

#include "io/inflate.h"
#include "io/table.h"
#include "twin/axon_profiles.h"

#include <math.h>
#include <string.h>

static const char deflated[] = LG_TEST_DATA "/axon/profiles.npz";
static const char stored[] = LG_SOURCE_DIR "/fuzz/seeds/npz/stored.npz";

static void arrays_come_out_by_their_names(void **state) {
  (void)state;
  lg_table *t;
  double sum = 0.0;
  assert_ok(ctx, lg_table_read(ctx, deflated, &t));
  assert_string_equal(t->format, "NPZ");
  const lg_table_item *strain = lg_table_find(t, "strain"), *labels = lg_table_find(t, "labels");
  const lg_table_item *many = lg_table_find(t, "many"), *shape = lg_table_find(t, "strain.shape");
  assert_non_null(strain);
  assert_non_null(labels);
  assert_non_null(many);
  assert_non_null(shape);
  assert_string_equal(shape->text, "12 x 60");
  assert_int_equal(strain->n, 720);
  assert_true(strain->x[3 * 60 + 59] == (double)-0.0077503156f); /* as NumPy prints it */
  assert_true(fabs(labels->x[71] - 0.1588215835898934) < 1e-15);
  assert_int_equal(many->n, 21000);
  for (size_t k = 0; k < many->n; k++) sum += many->x[k];
  assert_true(sum == 63000.0);
  lg_table_destroy(ctx, t);
  assert_ok(ctx, lg_table_read(ctx, stored, &t));
  assert_int_equal(lg_table_find(t, "strain")->n, 120);
  assert_true(lg_table_find(t, "y")->x[1] == 2.0);
  lg_table_destroy(ctx, t);
}

static void the_matrix_of_strains_is_found(void **state) {
  (void)state;
  axon_profiles *p;
  assert_ok(ctx, lg_axon_profiles_load_every(ctx, deflated, 1e-3, &p));
  assert_int_equal(p->n, 12);
  assert_int_equal(p->n_times, 60);
  assert_true(p->strain[3 * 60 + 59] == (double)-0.0077503156f);
  lg_axon_profiles_destroy(ctx, p);
  assert_int_equal(lg_axon_profiles_load(ctx, deflated, &p), LG_ERR_FORMAT); /* no times, no step */
  assert_non_null(strstr(lg_ctx_message(ctx), "--dt"));
}

/* Every cut and every changed byte: refused, or the same numbers (bytes that nobody reads). */
static void damage_is_found(void **state) {
  (void)state;
  unsigned char *bytes;
  size_t n, refused = 0;
  assert_ok(ctx, lg_file_read(ctx, deflated, 1 << 20, &bytes, &n));
  for (size_t cut = 0; cut < n; cut += 7) {
    lg_table t = {0};
    assert_int_equal(lg_table_parse_npz(ctx, bytes, cut, &t), LG_ERR_FORMAT);
    lg_table_clear(ctx, &t);
  }
  for (size_t at = 0; at < n; at += 3) {
    lg_table t = {0};
    bytes[at] ^= 0x55;
    const lg_status status = lg_table_parse_npz(ctx, bytes, n, &t);
    if (status != LG_OK) refused++;
    else {
      const lg_table_item *strain = lg_table_find(&t, "strain");
      if (strain) assert_true(strain->x[3 * 60 + 59] == (double)-0.0077503156f); /* its checksum held */
    }
    bytes[at] ^= 0x55;
    lg_table_clear(ctx, &t);
  }
  assert_true(refused > n / 3 * 8 / 10);
  lg_free(ctx, bytes);
}

static void deflate_is_what_the_standard_says(void **state) {
  (void)state;
  unsigned char out[300];
  const unsigned char hello[] = {0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00};                  /* fixed: "hello" */
  const unsigned char raw[] = {0x01, 0x03, 0x00, 0xfc, 0xff, 'a', 'b', 'c'};                 /* stored */
  const unsigned char run[] = {0x4b, 0x4c, 0x84, 0x01, 0x00}, before[] = {0x03, 0x02, 0x00}; /* copies */
  assert_ok(ctx, lg_inflate(ctx, hello, sizeof hello, out, 5));
  assert_memory_equal(out, "hello", 5);
  assert_ok(ctx, lg_inflate(ctx, raw, sizeof raw, out, 3));
  assert_memory_equal(out, "abc", 3);
  assert_int_equal(lg_inflate(ctx, hello, sizeof hello, out, 4), LG_ERR_FORMAT);
  assert_int_equal(lg_inflate(ctx, hello, sizeof hello, out, 6), LG_ERR_FORMAT);
  assert_int_equal(lg_inflate(ctx, hello, 3, out, 5), LG_ERR_FORMAT);
  assert_int_equal(lg_inflate(ctx, before, sizeof before, out, 3), LG_ERR_FORMAT); /* nothing to copy */
  assert_int_equal(lg_inflate(ctx, (const unsigned char *)"\x07", 1, out, 3), LG_ERR_FORMAT);
  assert_ok(ctx, lg_inflate(ctx, run, sizeof run, out, 10));
  assert_memory_equal(out, "aaaaaaaaaa", 10);
  assert_int_equal(lg_crc32((const unsigned char *)"123456789", 9), 0xcbf43926); /* the catalogue's check value */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arrays_come_out_by_their_names),
      cmocka_unit_test(the_matrix_of_strains_is_found),
      cmocka_unit_test(damage_is_found),
      cmocka_unit_test(deflate_is_what_the_standard_says),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
