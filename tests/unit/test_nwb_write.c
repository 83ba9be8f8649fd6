/* What we write as NWB and HDF5 comes back to the same bits, and twice the same bytes. */
#include "tests/folder.h"

#include "data/provenance.h"
#include "io/h5_read.h"
#include "io/nwb.h"
#include "io/trace_write.h"

#include <math.h>
#include <string.h>

static lg_provenance *make_provenance(lg_ctx *ctx) {
  static char name[] = "loligo", word[] = "convert";
  char *const argv[] = {name, word};
  lg_provenance *p = NULL;
  assert_ok(ctx, lg_provenance_create(ctx, 2, argv, 7, &p));
  return p;
}

static void parse(lg_ctx *ctx, const char *path, lg_recording **rec) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  assert_ok(ctx, lg_file_read(ctx, path, (size_t)1 << 30, &bytes, &n));
  assert_ok(ctx, lg_nwb_parse(ctx, bytes, n, path, rec));
  lg_free(ctx, bytes);
}

static void assert_same(const lg_recording *a, const lg_recording *b) {
  assert_int_equal(a->n_sweeps, b->n_sweeps);
  for (size_t k = 0; k < a->n_sweeps; k++) {
    const lg_sweep *x = &a->sweeps[k], *y = &b->sweeps[k];
    assert_int_equal(x->n, y->n);
    assert_int_equal(x->number, y->number);
    assert_true(fabs(x->dt_ms - y->dt_ms) <= 1e-15 * x->dt_ms);
    assert_true(fabs(x->t0_ms - y->t0_ms) <= 1e-9);
    assert_int_equal(x->i_pA != NULL, y->i_pA != NULL);
    assert_memory_equal(x->v_mV, y->v_mV, x->n * sizeof *x->v_mV);
    if (x->i_pA) assert_memory_equal(x->i_pA, y->i_pA, x->n * sizeof *x->i_pA);
  }
}

static void round_trip(lg_ctx *ctx, const char *source, const char *pairing) {
  lg_recording *first = NULL, *second = NULL;
  lg_provenance *p = make_provenance(ctx);
  char path[64];
  (void)snprintf(path, sizeof path, "%s/a.nwb", dir);
  parse(ctx, source, &first);
  assert_ok(ctx, lg_nwb_write(ctx, path, first, p));
  parse(ctx, path, &second);
  assert_string_equal(second->format, "NWB 2.7.0");
  assert_string_equal(second->pairing, pairing);
  assert_string_equal(second->protocol, first->protocol);
  assert_same(first, second);
  lg_recording_destroy(ctx, first);
  lg_recording_destroy(ctx, second);
  lg_provenance_destroy(ctx, p);
}

static const char by_table[] = "Stimulus and response stand in one row of the intracellular_recordings table.";

static void test_small_round_trips(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  round_trip(ctx, LG_TEST_DATA "/nwb/table.nwb", by_table); /* one sweep without stimulus */
  round_trip(ctx, LG_TEST_DATA "/nwb/sweep_table.nwb", by_table);
  round_trip(ctx, LG_TEST_DATA "/nwb/sweep_number.nwb", by_table);
  round_trip(ctx, LG_TEST_DATA "/nwb/name.nwb", by_table);
  lg_ctx_destroy(ctx);
}

static void test_real_round_trip(void **state) {
  (void)state;
  char path[512];
  if (!lg_test_shared("data/twin/recordings/LantyerEtAl2018_180817_ME_9_CC.nwb", path, sizeof path)) skip();
  lg_ctx *ctx = lg_test_ctx();
  round_trip(ctx, path, by_table);
  lg_ctx_destroy(ctx);
}

static void test_same_content_same_bytes(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = NULL;
  unsigned char *bytes[2] = {NULL, NULL};
  size_t n[2];
  char path[64];
  parse(ctx, LG_TEST_DATA "/nwb/start.nwb", &rec);
  for (int k = 0; k < 2; k++) {
    (void)snprintf(path, sizeof path, "%s/same%d.nwb", dir, k);
    assert_ok(ctx, lg_nwb_write(ctx, path, rec, NULL));
    assert_ok(ctx, lg_file_read(ctx, path, 1 << 24, &bytes[k], &n[k]));
  }
  assert_int_equal(n[0], n[1]);
  assert_memory_equal(bytes[0], bytes[1], n[0]);
  lg_free(ctx, bytes[0]);
  lg_free(ctx, bytes[1]);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void test_full_disk_leaves_the_old_file(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = NULL, *empty = NULL;
  char path[64];
  parse(ctx, LG_TEST_DATA "/nwb/start.nwb", &rec);
  assert_int_equal(lg_nwb_write(ctx, "/dev/full", rec, NULL), LG_ERR_IO);
  (void)snprintf(path, sizeof path, "%s/no/such/dir.nwb", dir);
  assert_int_equal(lg_nwb_write(ctx, path, rec, NULL), LG_ERR_IO);
  assert_ok(ctx, lg_recording_create(ctx, &empty));
  assert_int_equal(lg_nwb_write(ctx, path, empty, NULL), LG_ERR_ARGUMENT);
  lg_recording_destroy(ctx, empty);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

enum { ROWS = 3000 };
static double t[ROWS], odd[ROWS], v[ROWS], i[ROWS], u[ROWS];

static void fill(void) {
  for (int k = 0; k < ROWS; k++) {
    t[k] = k * 0.025;
    odd[k] = k * 0.025 + (k % 7) * 0.001;
    v[k] = -65.0 + sin(0.01 * k);
    i[k] = k > 100 ? 1.0 / 3.0 : 0.0;
    u[k] = 0.1 * k;
  }
}

static void test_trace_nwb(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_provenance *p = make_provenance(ctx);
  lg_recording *rec = NULL;
  char path[64];
  fill();
  const lg_trace_column columns[] = {{"t_ms", t}, {"v_mV_soma", v}, {"v_mV_dend", v}, {"i_pA", i}, {"u_pA", u}};
  (void)snprintf(path, sizeof path, "%s/t.nwb", dir);
  assert_ok(ctx, lg_trace_write(ctx, path, columns, 5, ROWS, p));
  parse(ctx, path, &rec);
  assert_int_equal(rec->n_sweeps, 2);
  assert_true(rec->sweeps[0].dt_ms == 0.025);
  assert_memory_equal(rec->sweeps[0].v_mV, v, sizeof v);
  assert_memory_equal(rec->sweeps[0].i_pA, i, sizeof i);
  assert_memory_equal(rec->sweeps[1].v_mV, v, sizeof v);
  lg_recording_destroy(ctx, rec);
  /* steps of an adaptive solver: timestamps, which a recording is not */
  const lg_trace_column uneven[] = {{"t_ms", odd}, {"v_mV", v}, {"i_pA", i}};
  unsigned char *bytes = NULL;
  size_t n = 0;
  assert_ok(ctx, lg_trace_write(ctx, path, uneven, 3, ROWS, p));
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 24, &bytes, &n));
  assert_int_equal(lg_nwb_parse(ctx, bytes, n, path, &rec), LG_ERR_UNSUPPORTED);
  assert_non_null(strstr(lg_ctx_message(ctx), "timestamps are not regular"));
  lg_free(ctx, bytes);
  lg_provenance_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

static void test_trace_h5(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_provenance *p = make_provenance(ctx);
  unsigned char *bytes = NULL;
  size_t n = 0, rows = 0;
  lg_h5 h5;
  hid_t dataset = -1;
  char path[64], text[64];
  fill();
  const lg_trace_column columns[] = {{"t_ms", t}, {"v_mV_soma", v}, {"spikes", u}};
  (void)snprintf(path, sizeof path, "%s/t.h5", dir);
  assert_ok(ctx, lg_trace_write(ctx, path, columns, 3, ROWS, p));
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 24, &bytes, &n));
  lg_h5_lock();
  assert_ok(ctx, lg_h5_open(ctx, bytes, n, &h5));
  assert_ok(ctx, lg_h5_open_vector(ctx, &h5, h5.file, "/v_mV_soma", "v", H5T_FLOAT, H5T_FLOAT, &dataset, &rows));
  assert_int_equal(rows, ROWS);
  double back[ROWS];
  assert_ok(ctx, lg_h5_read_vector(ctx, dataset, "v", H5T_NATIVE_DOUBLE, 0, rows, back));
  assert_memory_equal(back, v, sizeof v);
  assert_true(lg_h5_attribute_text(dataset, "unit", text, sizeof text));
  assert_string_equal(text, "mV");
  assert_true(lg_h5_dataset_text(&h5, h5.file, "/provenance", text, sizeof text));
  assert_non_null(strstr(text, "\"provenance\""));
  (void)H5Dclose(dataset);
  lg_h5_close(&h5);
  lg_h5_unlock();
  lg_free(ctx, bytes);
  assert_int_equal(lg_trace_write(ctx, "/dev/full", columns, 3, ROWS, p), LG_ERR_IO);
  lg_provenance_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_small_round_trips),
      cmocka_unit_test(test_real_round_trip),
      cmocka_unit_test(test_same_content_same_bytes),
      cmocka_unit_test(test_full_disk_leaves_the_old_file),
      cmocka_unit_test(test_trace_nwb),
      cmocka_unit_test(test_trace_h5),
  };
  return cmocka_run_group_tests_name("nwb_write", tests, make_dir, remove_dir);
}
