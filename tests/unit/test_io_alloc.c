/* Every allocation of the readers and writers may fail: a clean LG_ERR_MEMORY, nothing leaked, nothing half-written. */
#include "tests/alloc.h"
#include "tests/folder.h"
#include "tests/tape.h"

#include "io/abf.h"
#include "io/csv_recording.h"
#include "io/ibw.h"
#include "io/nwb.h"
#include "io/recording_table.h"
#include "io/safetensors.h"
#include "io/sandbox_internal.h"
#include "io/trace_write.h"

#include <string.h>

static unsigned char *image; /* of an NWB file */
static size_t image_bytes;

static lg_status parse_nwb(lg_ctx *ctx) {
  lg_recording *rec = NULL;
  const lg_status status = lg_nwb_parse(ctx, image, image_bytes, "x.nwb", &rec);
  assert_int_equal(status == LG_OK, rec != NULL);
  lg_recording_destroy(ctx, rec);
  return status;
}

static const char csv[] = "t_ms,i_pA,v_mV,sweep\n0,0,-65,0\n0.1,5,-64.5,0\n0,1,-60,1\n0.1,2,-61,1\n";

/* CSV as a recording and as a table, the columns of a recording, and back. */
static lg_status tables(lg_ctx *ctx) {
  lg_recording *rec = NULL, *back = NULL;
  lg_table table = {0}, *columns = NULL;
  lg_status status = lg_csv_parse(ctx, (const unsigned char *)csv, sizeof csv - 1, "x.csv", &rec);
  if (status == LG_OK) status = lg_table_parse_csv(ctx, (const unsigned char *)csv, sizeof csv - 1, &table);
  if (status == LG_OK) status = lg_table_from_recording(ctx, rec, &columns);
  if (status == LG_OK) status = lg_table_to_recording(ctx, columns, "x", &back);
  if (status == LG_OK) assert_int_equal(back->n_sweeps, 2);
  lg_table_clear(ctx, &table);
  lg_table_destroy(ctx, columns);
  lg_recording_destroy(ctx, back);
  lg_recording_destroy(ctx, rec);
  return status;
}

static lg_status parse_file(lg_ctx *ctx, const char *path,
                            lg_status (*parse)(lg_ctx *, const unsigned char *, size_t)) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  lg_status status = lg_file_read(ctx, path, 1 << 20, &bytes, &n);
  if (status == LG_OK) status = parse(ctx, bytes, n);
  lg_free(ctx, bytes);
  return status;
}

static lg_status abf_bytes(lg_ctx *ctx, const unsigned char *bytes, size_t n) {
  lg_recording *rec = NULL;
  const lg_status status = lg_abf_parse(ctx, bytes, n, NULL, 0, "x.abf", &rec);
  lg_recording_destroy(ctx, rec);
  return status;
}

static lg_status ibw_bytes(lg_ctx *ctx, const unsigned char *bytes, size_t n) {
  lg_ibw_wave wave = {0};
  const lg_status status = lg_ibw_parse(ctx, bytes, n, &wave);
  lg_ibw_destroy(ctx, &wave);
  return status;
}

static lg_status npy_bytes(lg_ctx *ctx, const unsigned char *bytes, size_t n) {
  lg_table table = {0};
  const lg_status status = lg_table_parse_npy(ctx, bytes, n, &table);
  lg_table_clear(ctx, &table);
  return status;
}

static lg_status own_formats(lg_ctx *ctx) {
  lg_status status = parse_file(ctx, LG_TEST_DATA "/abf/float_nA.abf", abf_bytes);
  if (status == LG_OK) status = parse_file(ctx, LG_SOURCE_DIR "/fuzz/seeds/ibw/v5_matrix.ibw", ibw_bytes);
  if (status == LG_OK) status = parse_file(ctx, LG_SOURCE_DIR "/fuzz/seeds/npy/fields.npy", npy_bytes);
  return status;
}

static lg_status write_nwb(lg_ctx *ctx) {
  lg_recording *rec = NULL;
  char path[64];
  (void)snprintf(path, sizeof path, "%s/a.nwb", dir);
  (void)unlink(path);
  lg_status status = lg_nwb_parse(ctx, image, image_bytes, "x.nwb", &rec);
  if (status == LG_OK) {
    status = lg_nwb_write(ctx, path, rec, NULL);
    assert_int_equal(access(path, F_OK) == 0, status == LG_OK);
  }
  lg_recording_destroy(ctx, rec);
  return status;
}

static lg_status tensors(lg_ctx *ctx) {
  static const float x[4] = {1, 2, 3, 4};
  static const lg_tensor_entry t[] = {{"a", LG_DTYPE_F32, 1, {4}, x}, {"b", LG_DTYPE_F32, 2, {2, 2}, x}};
  static const lg_text_pair m[] = {{"seed", "1"}};
  lg_safetensors *st = NULL;
  char path[64];
  (void)snprintf(path, sizeof path, "%s/a.safetensors", dir);
  lg_status status = lg_safetensors_write(ctx, path, t, 2, m, 1);
  if (status == LG_OK) status = lg_safetensors_read(ctx, path, &st);
  lg_safetensors_destroy(ctx, st);
  return status;
}

static lg_status traces(lg_ctx *ctx) {
  static const double t[] = {0, 1, 2}, v[] = {3, 4, 5};
  static const lg_trace_column columns[] = {{"t_ms", t}, {"v_mV", v}, {"i_pA", v}};
  static const char *const endings[] = {"csv", "npy", "h5", "nwb"};
  lg_status status = LG_OK;
  char path[64];
  for (size_t k = 0; k < 4 && status == LG_OK; k++) {
    (void)snprintf(path, sizeof path, "%s/t.%s", dir, endings[k]);
    status = lg_trace_write(ctx, path, columns, 3, 3, NULL);
  }
  return status;
}

static tape answer;

static lg_status take_answer(lg_ctx *ctx) {
  lg_recording *rec = NULL;
  lg_cage cage = LG_CAGE_FULL;
  answer.at = 0;
  const lg_status status = lg_reply_read(ctx, tape_play, &answer, &cage, &rec);
  lg_recording_destroy(ctx, rec);
  return status;
}

static void test_parse_nwb(void **state) {
  (void)state;
  assert_true(lg_exhaust("parse_nwb", parse_nwb) > 4);
}
static void test_write_nwb(void **state) {
  (void)state;
  assert_true(lg_exhaust("write_nwb", write_nwb) > 4);
}
static void test_tables(void **state) {
  (void)state;
  assert_true(lg_exhaust("tables", tables) > 4);
}
static void test_own_formats(void **state) {
  (void)state;
  assert_true(lg_exhaust("own_formats", own_formats) > 4);
}
static void test_tensors(void **state) {
  (void)state;
  assert_true(lg_exhaust("tensors", tensors) > 4);
}
static void test_traces(void **state) {
  (void)state;
  assert_true(lg_exhaust("traces", traces) > 4);
}
static void test_answer(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_recording *rec = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_nwb_parse(ctx, image, image_bytes, "x.nwb", &rec));
  assert_true(lg_reply_write(tape_record, &answer, LG_CAGE_FULL, LG_OK, "", rec));
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
  assert_true(lg_exhaust("take_answer", take_answer) > 4);
}

static int set_up(void **state) {
  lg_ctx *ctx = NULL;
  if (make_dir(state) != 0 || lg_ctx_create(&ctx) != LG_OK) return -1;
  unsigned char *bytes = NULL;
  const lg_status status = lg_file_read(ctx, LG_TEST_DATA "/nwb/table.nwb", 1 << 20, &bytes, &image_bytes);
  image = status == LG_OK ? malloc(image_bytes) : NULL;
  if (image) memcpy(image, bytes, image_bytes);
  lg_free(ctx, bytes);
  lg_ctx_destroy(ctx);
  return image ? 0 : -1;
}

static int tear_down(void **state) {
  free(image);
  return remove_dir(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parse_nwb),   cmocka_unit_test(test_write_nwb), cmocka_unit_test(test_tensors),
      cmocka_unit_test(test_traces),      cmocka_unit_test(test_answer),    cmocka_unit_test(test_tables),
      cmocka_unit_test(test_own_formats),
  };
  return cmocka_run_group_tests_name("io_alloc", tests, set_up, tear_down);
}
