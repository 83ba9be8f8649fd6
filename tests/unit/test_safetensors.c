#include "tests/folder.h"

#include "io/safetensors.h"

#include <string.h>
#include <sys/stat.h>

static const float weights[6] = {1.0f, -2.5f, 3.25f, 0.0f, 1e-30f, 7.0f};
static const double scale[1] = {0.1};
static const int64_t step[2] = {-1, INT64_C(1) << 60};
static const unsigned char raw[3] = {1, 2, 255};
static const lg_tensor_entry tensors[] = {
    {"layer.b", LG_DTYPE_U8, 1, {3}, raw},  {"layer.a", LG_DTYPE_F32, 2, {2, 3}, weights},
    {"step", LG_DTYPE_I64, 1, {2}, step},   {"empty", LG_DTYPE_F32, 2, {0, 4}, NULL},
    {"scale", LG_DTYPE_F64, 0, {0}, scale},
};
static const lg_text_pair metadata[] = {{"seed", "7"}, {"format", "loligo-net/1 \"\xc3\xa9\""}};

static void test_round_trip(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_safetensors *st = NULL;
  const void *data = NULL;
  char path[64];
  (void)snprintf(path, sizeof path, "%s/a.safetensors", dir);
  assert_ok(ctx, lg_safetensors_write(ctx, path, tensors, 5, metadata, 2));
  assert_ok(ctx, lg_safetensors_read(ctx, path, &st));
  assert_int_equal(lg_safetensors_count(st), 5);
  assert_string_equal(lg_safetensors_at(st, 0)->name, "empty");
  assert_null(lg_safetensors_at(st, 5));
  assert_ok(ctx, lg_safetensors_get(ctx, st, "layer.a", LG_DTYPE_F32, 2, (const size_t[]){2, 3}, &data));
  assert_memory_equal(data, weights, sizeof weights);
  assert_int_equal((uintptr_t)data % 64, 0);
  assert_ok(ctx, lg_safetensors_get(ctx, st, "step", LG_DTYPE_I64, 1, (const size_t[]){2}, &data));
  assert_memory_equal(data, step, sizeof step);
  assert_ok(ctx, lg_safetensors_get(ctx, st, "scale", LG_DTYPE_F64, 0, NULL, &data));
  assert_memory_equal(data, scale, sizeof scale);
  assert_ok(ctx, lg_safetensors_get(ctx, st, "layer.b", LG_DTYPE_U8, 1, (const size_t[]){3}, &data));
  assert_memory_equal(data, raw, sizeof raw);
  assert_int_equal(lg_safetensors_get(ctx, st, "layer.a", LG_DTYPE_F32, 2, (const size_t[]){3, 2}, &data),
                   LG_ERR_FORMAT);
  assert_string_equal(lg_ctx_message(ctx), "tensor 'layer.a' is F32 [2, 3]; F32 [3, 2] is needed");
  assert_int_equal(lg_safetensors_get(ctx, st, "nothing", LG_DTYPE_F32, 0, NULL, &data), LG_ERR_NOT_FOUND);
  assert_string_equal(lg_safetensors_metadata(st, "format"), "loligo-net/1 \"\xc3\xa9\"");
  assert_string_equal(lg_safetensors_metadata_at(st, 1)->key, "seed");
  assert_null(lg_safetensors_metadata(st, "none"));
  lg_safetensors_destroy(ctx, st);
  lg_ctx_destroy(ctx);
}

static void test_bytes_do_not_depend_on_order(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  const lg_tensor_entry other[] = {tensors[4], tensors[2], tensors[0], tensors[3], tensors[1]};
  const lg_text_pair turned[] = {metadata[1], metadata[0]};
  unsigned char *a = NULL, *b = NULL;
  size_t n_a = 0, n_b = 0;
  char path[64];
  (void)snprintf(path, sizeof path, "%s/b.safetensors", dir);
  assert_ok(ctx, lg_safetensors_write(ctx, path, tensors, 5, metadata, 2));
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &a, &n_a));
  assert_ok(ctx, lg_safetensors_write(ctx, path, other, 5, turned, 2));
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &b, &n_b));
  assert_int_equal(n_a, n_b);
  assert_memory_equal(a, b, n_a);
  assert_int_equal((8 + a[0] + 256u * a[1]) % 8, 0);
  lg_free(ctx, a);
  lg_free(ctx, b);
  lg_ctx_destroy(ctx);
}

/* One header and some bytes of data as an image. */
static lg_status parse(lg_ctx *ctx, const char *header, size_t claimed, size_t data_bytes) {
  unsigned char image[512] = {0};
  lg_safetensors *st = NULL;
  const size_t n = strlen(header);
  for (size_t k = 0; k < 8; k++) image[k] = (unsigned char)(claimed >> (8 * k) & 255u);
  memcpy(image + 8, header, n);
  const lg_status status = lg_safetensors_parse(ctx, image, 8 + n + data_bytes, &st);
  lg_safetensors_destroy(ctx, st);
  return status;
}

static void test_damaged_files_are_refused(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
#define T(dtype, shape, offsets) "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
  static const struct {
    const char *header;
    size_t data_bytes;
    lg_status wanted;
  } cases[] = {
      {"{}", 0, LG_OK},
      {"{}   ", 0, LG_OK},
      {"{\"a\":" T("F32", "[2]", "[0,8]") "}", 8, LG_OK},
      {"{\"a\":" T("F32", "[2]", "[0,8]") ",\"b\":" T("U8", "[1]", "[8,9]") "}", 9, LG_OK},
      {"{}", 1, LG_ERR_FORMAT},                                                         /* bytes of no tensor */
      {"[]", 0, LG_ERR_FORMAT},                                                         /* not an object */
      {" {}", 0, LG_ERR_FORMAT},                                                        /* must begin with { */
      {"{} x", 0, LG_ERR_FORMAT},                                                       /* words behind it */
      {"{\"a\":" T("F32", "[2]", "[0,8]") "}", 7, LG_ERR_FORMAT},                       /* outside the file */
      {"{\"a\":" T("F32", "[3]", "[0,8]") "}", 8, LG_ERR_FORMAT},                       /* shape and bytes */
      {"{\"a\":" T("F32", "[2]", "[8,0]") "}", 8, LG_ERR_FORMAT},                       /* turned round */
      {"{\"a\":" T("F32", "[-2]", "[0,8]") "}", 8, LG_ERR_FORMAT},                      /* negative */
      {"{\"a\":" T("F32", "[2.0]", "[0,8]") "}", 8, LG_ERR_FORMAT},                     /* not whole */
      {"{\"a\":" T("F32", "[4611686018427387904,4]", "[0,0]") "}", 0, LG_ERR_FORMAT},   /* product overflows */
      {"{\"a\":" T("F32", "[4611686018427387904,4,0]", "[0,0]") "}", 0, LG_ERR_FORMAT}, /* 0 does not hide it */
      {"{\"a\":" T("BF16", "[2]", "[0,4]") "}", 4, LG_ERR_UNSUPPORTED},                 /* other type */
      {"{\"a\":" T("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, LG_ERR_UNSUPPORTED},   /* rank 9 */
      {"{\"a\":" T("U8", "[1]", "[0,1]") ",\"a\":" T("U8", "[1]", "[1,2]") "}", 2, LG_ERR_FORMAT}, /* twice */
      {"{\"a\":" T("U8", "[2]", "[0,2]") ",\"b\":" T("U8", "[2]", "[1,3]") "}", 3, LG_ERR_FORMAT}, /* overlap */
      {"{\"a\":" T("U8", "[1]", "[0,1]") ",\"b\":" T("U8", "[1]", "[2,3]") "}", 3, LG_ERR_FORMAT}, /* gap */
      {"{\"__metadata__\":{\"a\":1}}", 0, LG_ERR_FORMAT},
      {"{\"__metadata__\":[]}", 0, LG_ERR_FORMAT},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"more\":1}}", 0, LG_ERR_FORMAT},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0,0]}}", 0, LG_ERR_FORMAT},
      {"{\"a\\u0000b\":" T("U8", "[0]", "[0,0]") "}", 0, LG_ERR_FORMAT},
  };
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    const lg_status status = parse(ctx, cases[k].header, strlen(cases[k].header), cases[k].data_bytes);
    if (status != cases[k].wanted) fail_msg("case %zu %s -> %s", k, cases[k].header, lg_status_name(status));
    if (status != LG_OK) assert_true(strlen(lg_ctx_message(ctx)) > 10);
  }
  assert_int_equal(parse(ctx, "{}", 3, 0), LG_ERR_FORMAT);
  assert_int_equal(parse(ctx, "{}", SIZE_MAX, 0), LG_ERR_FORMAT);
  assert_int_equal(parse(ctx, "{}", SIZE_MAX - 7, 0), LG_ERR_FORMAT);
  lg_safetensors *st = NULL;
  assert_int_equal(lg_safetensors_parse(ctx, (const unsigned char *)"1234567", 7, &st), LG_ERR_FORMAT);
  lg_ctx_destroy(ctx);
}

static void test_writer_refuses(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  char path[64];
  (void)snprintf(path, sizeof path, "%s/never", dir);
  const lg_tensor_entry twice[] = {tensors[0], tensors[0]}, broken[] = {{"\xff", LG_DTYPE_U8, 1, {3}, raw}},
                        named[] = {{"__metadata__", LG_DTYPE_U8, 1, {3}, raw}},
                        none[] = {{"x", LG_DTYPE_U8, 1, {3}, NULL}};
  const lg_text_pair pairs[] = {{"a", "1"}, {"a", "2"}};
  assert_int_equal(lg_safetensors_write(ctx, path, twice, 2, NULL, 0), LG_ERR_ARGUMENT);
  assert_int_equal(lg_safetensors_write(ctx, path, broken, 1, NULL, 0), LG_ERR_ARGUMENT);
  assert_int_equal(lg_safetensors_write(ctx, path, named, 1, NULL, 0), LG_ERR_ARGUMENT);
  assert_int_equal(lg_safetensors_write(ctx, path, none, 1, NULL, 0), LG_ERR_ARGUMENT);
  assert_int_equal(lg_safetensors_write(ctx, path, tensors, 5, pairs, 2), LG_ERR_ARGUMENT);
  assert_int_equal(access(path, F_OK), -1);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_bytes_do_not_depend_on_order),
      cmocka_unit_test(test_damaged_files_are_refused),
      cmocka_unit_test(test_writer_refuses),
  };
  return cmocka_run_group_tests_name("safetensors", tests, make_dir, remove_dir);
}
