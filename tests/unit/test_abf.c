#include "tests/test.h"

#include <loligo/recording.h>
#include <math.h>
#include <string.h>

static lg_recording *read_recording(lg_ctx *ctx, const char *path) {
  lg_recording *rec = NULL;
  assert_ok(ctx, lg_recording_read(ctx, path, &rec));
  return rec;
}

/* File_axon_5.abf (MIT, pyABF): 9 sweeps of 1 s at 20 kHz, steps of -100 … 300 pA from 215.6 to 715.6 ms. */
static void reads_an_abf2_with_steps(void **state) {
  (void)state;
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  lg_recording *rec = read_recording(ctx, LG_TEST_DATA "/File_axon_5.abf");
  assert_string_equal(rec->format, "ABF2");
  assert_int_equal(rec->n_sweeps, 9);
  for (size_t k = 0; k < 9; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    assert_int_equal(s->n, 20000);
    assert_true(fabs(s->dt_ms - (0.05)) <= 1e-9);
    assert_int_equal(s->current_origin, LG_CURRENT_COMMAND);
    assert_true(fabs(s->i_pA[4311] - (0.0)) <= 1e-9);
    assert_true(fabs(s->i_pA[4312] - (-100.0 + 50.0 * (double)k)) <= 1e-9);
    assert_true(fabs(s->i_pA[14311] - (-100.0 + 50.0 * (double)k)) <= 1e-9);
    assert_true(fabs(s->i_pA[14312] - (0.0)) <= 1e-9);
  }
  assert_true(fabs(rec->sweeps[0].v_mV[4000] + 71.0) < 3.0);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void reads_the_shared_abf_files(void **state) {
  (void)state;
  static const struct {
    const char *name, *format;
    size_t sweeps, samples;
    double dt_ms;
    lg_current_origin origin;
  } files[] = {
      {"171116sh_0016.abf", "ABF2", 11, 20000, 0.05, LG_CURRENT_COMMAND},
      {"171116sh_0017.abf", "ABF2", 3, 100000, 0.1, LG_CURRENT_NONE},
      {"171116sh_0018.abf", "ABF2", 17, 60000, 0.05, LG_CURRENT_COMMAND},
      {"17o05028_ic_steps.abf", "ABF2", 16, 60000, 0.05, LG_CURRENT_COMMAND},
      {"18711001.abf", "ABF2", 30, 30000, 0.05, LG_CURRENT_COMMAND},
      {"PYR1.abf", "ABF1", 30, 20000, 0.1, LG_CURRENT_MEASURED},
      {"PYR2.abf", "ABF1", 13, 20000, 0.1, LG_CURRENT_MEASURED},
  };
  char relative[256], path[1024];
  if (!lg_test_shared("data/twin/recordings/171116sh_0016.abf", path, sizeof path)) skip();
  lg_ctx *ctx = lg_test_ctx();
  for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
    (void)snprintf(relative, sizeof relative, "data/twin/recordings/%s", files[k].name);
    assert_non_null(lg_test_shared(relative, path, sizeof path));
    lg_recording *rec = read_recording(ctx, path);
    assert_string_equal(rec->format, files[k].format);
    assert_int_equal(rec->n_sweeps, files[k].sweeps);
    assert_int_equal(rec->sweeps[0].n, files[k].samples);
    assert_true(fabs(rec->sweeps[0].dt_ms - (files[k].dt_ms)) <= 1e-6);
    assert_int_equal(rec->sweeps[0].current_origin, files[k].origin);
    assert_int_equal(rec->n_warnings, files[k].origin == LG_CURRENT_COMMAND ? 0 : 1); /* missing; holding current */
    lg_recording_destroy(ctx, rec);
  }
  lg_ctx_destroy(ctx);
}

static void refuses_what_is_cut_off(void **state) {
  (void)state;
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  FILE *in = fopen(LG_TEST_DATA "/File_axon_5.abf", "rb");
  assert_non_null(in);
  static unsigned char bytes[400000];
  const size_t n = fread(bytes, 1, sizeof bytes, in);
  (void)fclose(in);
  static const size_t lengths[] = {4, 100, 511, 512, 4000, 50000};
  for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
    char path[] = "/tmp/loligo_cut_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, lengths[k] < n ? lengths[k] : n), (ssize_t)lengths[k]);
    (void)close(fd);
    lg_recording *rec = NULL;
    assert_int_equal(lg_recording_read(ctx, path, &rec), LG_ERR_FORMAT);
    assert_null(rec);
    assert_null(strchr(lg_ctx_message(ctx), '\n'));
    (void)unlink(path);
  }
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_an_abf2_with_steps),
      cmocka_unit_test(reads_the_shared_abf_files),
      cmocka_unit_test(refuses_what_is_cut_off),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
