/* The NWB reader on small files (tests/data/nwb/make.py) and on real ones. */
#include "tests/test.h"

#include "base/base.h"
#include "io/nwb.h"

#include <math.h>
#include <string.h>

static lg_status read_file(lg_ctx *ctx, const char *path, lg_recording **rec) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *rec = NULL;
  lg_status status = lg_file_read(ctx, path, (size_t)1 << 30, &bytes, &n);
  if (status == LG_OK) status = lg_nwb_parse(ctx, bytes, n, path, rec);
  lg_free(ctx, bytes);
  return status;
}

static lg_recording *read_small(lg_ctx *ctx, const char *name) {
  char path[512];
  lg_recording *rec = NULL;
  (void)snprintf(path, sizeof path, "%s/nwb/%s", LG_TEST_DATA, name);
  assert_ok(ctx, read_file(ctx, path, &rec));
  return rec;
}

/* Sweep k must hold the samples of make.py's sweep `which`, from sample `first` on. */
static void check_sweep(const lg_recording *rec, size_t k, int which, size_t n, bool with_current) {
  const lg_sweep *s = &rec->sweeps[k];
  assert_int_equal(s->n, n);
  assert_true(fabs(s->dt_ms - 0.1) < 1e-9);
  assert_int_equal(s->i_pA != NULL, with_current);
  for (size_t j = 0; j < n; j++) {
    assert_true(fabs(s->v_mV[j] - (-65.0 + which + 0.01 * (double)j)) < 1e-5);
    if (with_current) assert_true(fabs(s->i_pA[j] - (j >= 20 && j < 60 ? 10.0 * (which + 1) : 0.0)) < 1e-9);
  }
}

static bool has_warning(const lg_recording *rec, const char *words) {
  for (size_t k = 0; k < rec->n_warnings; k++)
    if (strstr(rec->warnings[k], words)) return true;
  return false;
}

static void test_recordings_table(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = read_small(ctx, "table.nwb");
  assert_string_equal(rec->format, "NWB 2.5.0");
  assert_string_equal(rec->protocol, "steps");
  assert_string_equal(rec->pairing, "Stimulus and response stand in one row of the intracellular_recordings table.");
  assert_int_equal(rec->n_sweeps, 3);
  check_sweep(rec, 0, 0, 80, true); /* int16 × conversion + offset, gzip */
  check_sweep(rec, 1, 1, 80, true); /* float32, range from 7; template */
  check_sweep(rec, 2, 2, 80, false);
  assert_int_equal(rec->sweeps[0].current_origin, LG_CURRENT_COMMAND);
  assert_int_equal(rec->sweeps[2].current_origin, LG_CURRENT_NONE);
  assert_true(fabs(rec->sweeps[1].t0_ms - 0.7) < 1e-12);
  assert_true(has_warning(rec, "1 of 3 sweeps have no stimulus"));
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void test_simultaneous(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = read_small(ctx, "simultaneous.nwb");
  assert_non_null(strstr(rec->pairing, "simultaneous recording"));
  assert_int_equal(rec->n_sweeps, 2);
  check_sweep(rec, 0, 0, 80, true);
  check_sweep(rec, 1, 1, 80, true);
  assert_true(has_warning(rec, "2 electrodes"));
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void test_sweep_table(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = read_small(ctx, "sweep_table.nwb");
  assert_non_null(strstr(rec->pairing, "sweep_table"));
  assert_int_equal(rec->n_sweeps, 2);
  check_sweep(rec, 0, 0, 80, true);
  check_sweep(rec, 1, 1, 80, true);
  assert_int_equal(rec->sweeps[0].number, 11);
  assert_int_equal(rec->sweeps[1].number, 12);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void test_sweep_number_and_zero_clamp(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = read_small(ctx, "sweep_number.nwb");
  assert_non_null(strstr(rec->pairing, "same sweep_number"));
  assert_int_equal(rec->n_sweeps, 3);
  check_sweep(rec, 0, 0, 80, true);
  check_sweep(rec, 1, 1, 80, true);
  assert_int_equal(rec->sweeps[1].number, 5);
  assert_true(fabs(rec->sweeps[1].t0_ms - 2000.0) < 1e-9);
  for (size_t j = 0; j < 80; j++) assert_true(rec->sweeps[2].i_pA[j] == 0.0);
  assert_int_equal(rec->n_warnings, 0);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void test_start_and_name(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = read_small(ctx, "start.nwb");
  assert_non_null(strstr(rec->pairing, "same start"));
  assert_int_equal(rec->n_sweeps, 3);
  check_sweep(rec, 0, 0, 80, true);
  check_sweep(rec, 1, 1, 70, true);
  check_sweep(rec, 2, 2, 80, true);
  assert_true(has_warning(rec, "70 of 80 response"));
  lg_recording_destroy(ctx, rec);
  rec = read_small(ctx, "name.nwb");
  assert_non_null(strstr(rec->pairing, "same name"));
  assert_int_equal(rec->n_sweeps, 2);
  check_sweep(rec, 0, 0, 80, true);
  check_sweep(rec, 1, 1, 80, true);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void test_refusals(void **state) {
  (void)state;
  static const struct {
    const char *name;
    lg_status status;
    const char *words;
  } cases[] = {
      {"bad_unpaired.nwb", LG_ERR_UNSUPPORTED, "2 responses and 2 stimuli cannot be paired"},
      {"bad_no_stimulus.nwb", LG_ERR_UNSUPPORTED, "the injected current is not in the file"},
      {"bad_voltage_clamp.nwb", LG_ERR_UNSUPPORTED, "voltage-clamp recording (1 VoltageClampSeries"},
      {"bad_external_link.nwb", LG_ERR_UNSUPPORTED, "link to another file"},
      {"bad_filter.nwb", LG_ERR_UNSUPPORTED, "filter 32000"},
      {"bad_irregular.nwb", LG_ERR_UNSUPPORTED, "timestamps are not regular (sample 40"},
      {"bad_two_stimuli.nwb", LG_ERR_FORMAT, "2 stimuli have the sweep number 4"},
      {"bad_bomb.nwb", LG_ERR_FORMAT, "claims 200000000 elements"},
      {"bad_range.nwb", LG_ERR_FORMAT, "samples 10 … 90"},
      {"bad_unit.nwb", LG_ERR_FORMAT, "unit 'amperes'; volts is expected"},
      {"bad_nwb1.nwb", LG_ERR_UNSUPPORTED, "NWB 'NWB-1.0.6'"},
      {"bad_not_nwb.h5", LG_ERR_FORMAT, "not NWB"},
      {"make.py", LG_ERR_FORMAT, "damaged or truncated"},
  };
  lg_ctx *ctx = lg_test_ctx();
  char path[512];
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    lg_recording *rec = NULL;
    (void)snprintf(path, sizeof path, "%s/nwb/%s", LG_TEST_DATA, cases[k].name);
    const lg_status status = read_file(ctx, path, &rec);
    if (status != cases[k].status || !strstr(lg_ctx_message(ctx), cases[k].words))
      fail_msg("%s -> %s: %s", cases[k].name, lg_status_name(status), lg_ctx_message(ctx));
    assert_null(rec);
  }
  lg_ctx_destroy(ctx);
}

/* Sums over all sweeps of data*1e3 and data*1e12, by h5py. */
static void check_real(const char *relative, size_t sweeps, size_t samples, double dt_ms, double sum_v, double sum_i) {
  char path[512];
  if (!lg_test_shared(relative, path, sizeof path)) skip();
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = NULL;
  assert_ok(ctx, read_file(ctx, path, &rec));
  assert_int_equal(rec->n_sweeps, sweeps);
  assert_non_null(strstr(rec->pairing, "sweep_table"));
  double v = 0.0, i = 0.0;
  for (size_t k = 0; k < sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    assert_int_equal(s->n, samples);
    assert_int_equal(s->number, k + 1);
    assert_true(s->dt_ms == dt_ms);
    for (size_t j = 0; j < s->n; j++) v += s->v_mV[j], i += s->i_pA[j];
  }
  if (fabs(v - sum_v) > 1e-6 * fabs(sum_v) || fabs(i - sum_i) > 1e-6 * fabs(sum_i)) fail_msg("sums %.9g %.9g", v, i);
  assert_int_equal(rec->n_warnings, 0);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void test_lantyer(void **state) {
  (void)state;
  check_real("data/twin/recordings/LantyerEtAl2018_180817_ME_9_CC.nwb", 10, 23200, 0.05, -13720053.085405141,
             22267607.14329789);
}

static void test_ferguson(void **state) {
  (void)state;
  check_real("data/twin/recordings/FergusonEtAl2015_PYR2.nwb", 13, 20000, 0.1, -12357338.169271205, 3289854.724225602);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_recordings_table), cmocka_unit_test(test_simultaneous),
      cmocka_unit_test(test_sweep_table),      cmocka_unit_test(test_sweep_number_and_zero_clamp),
      cmocka_unit_test(test_start_and_name),   cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_lantyer),          cmocka_unit_test(test_ferguson),
  };
  return cmocka_run_group_tests_name("nwb_read", tests, NULL, NULL);
}
