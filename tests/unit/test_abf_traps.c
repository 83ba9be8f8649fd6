/* Each trap of the ABF format on a small file of its own (tests/data/abf/make.py says what is in it). */
#include "tests/test.h"

#include <loligo/recording.h>
#include <math.h>
#include <string.h>

#define FOLDER LG_TEST_DATA "/abf/"

typedef struct trap {
  const char *file, *format;
  size_t n_sweeps, n[3]; /* samples of the sweeps */
  lg_current_origin origin;
  double hold_pA, step_pA[3]; /* beyond the holding current; NAN: no step */
  size_t step_on;
} trap;

static void near(double got, double want, double tolerance, const char *file, const char *what) {
  if (!(fabs(got - want) <= tolerance)) fail_msg("%s: %s is %.6g, expected %.6g", file, what, got, want);
}

static void check(lg_ctx *ctx, const trap *t) {
  char path[512];
  lg_recording *rec = NULL;
  (void)snprintf(path, sizeof path, FOLDER "%s", t->file);
  assert_ok(ctx, lg_recording_read(ctx, path, &rec));
  assert_string_equal(rec->format, t->format);
  assert_int_equal(rec->n_sweeps, t->n_sweeps);
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    if (s->n != t->n[k]) fail_msg("%s: sweep %zu has %zu samples, not %zu", t->file, k, s->n, t->n[k]);
    near(s->dt_ms, 0.1, 1e-9, t->file, "dt_ms");
    assert_int_equal(s->current_origin, t->origin);
    near(s->v_mV[0], -65.0, 0.02, t->file, "the first potential");
    double highest = -200.0;
    for (size_t j = 0; j < s->n; j++) highest = fmax(highest, s->v_mV[j]);
    if (t->n_sweeps == 3) near(highest, k == 0 ? -65.0 : 30.0, 0.02, t->file, "the largest potential");
    if (isnan(t->step_pA[k])) {
      assert_int_equal(s->has_step, 0);
      if (s->i_pA) near(s->i_pA[s->n / 2], t->hold_pA, 1e-9, t->file, "the current");
      continue;
    }
    assert_int_equal(s->has_step, 1);
    assert_int_equal(s->step_on, t->step_on);
    assert_int_equal(s->step_off, t->step_on + 300);
    near(s->step_hold_pA, t->hold_pA, 0.02, t->file, "the holding current");
    near(s->step_pA - s->step_hold_pA, t->step_pA[k], 0.02, t->file, "the step");
  }
  lg_recording_destroy(ctx, rec);
}

static void reads_each_trap(void **state) {
  (void)state;
  const double none = (double)NAN;
  /* epochs begin behind 1/64 of the sweep (10 of 640 samples), then 100 samples at the holding level */
  const trap traps[] = {
      {"holding.abf", "ABF2", 3, {640, 640, 640}, LG_CURRENT_COMMAND, 20.0, {0.0, 25.0, 50.0}, 110},
      {"float_nA.abf", "ABF2", 3, {640, 640, 640}, LG_CURRENT_MEASURED, 0.0, {10.0, 35.0, 60.0}, 110},
      {"gap_free.abf", "ABF2", 1, {1920}, LG_CURRENT_COMMAND, -15.0, {none, none, none}, 0},
      {"events.abf", "ABF2", 3, {500, 800, 620}, LG_CURRENT_COMMAND, 0.0, {none, none, none}, 0},
      {"file_stimulus.abf", "ABF2", 3, {640, 640, 640}, LG_CURRENT_COMMAND, 1.0, {20.0, 40.0, 60.0}, 110},
      {"file_gone.abf", "ABF2", 3, {640, 640, 640}, LG_CURRENT_NONE, 0.0, {none, none, none}, 0},
      {"abf1.abf", "ABF1", 3, {640, 640, 640}, LG_CURRENT_COMMAND, 0.0, {10.0, 35.0, 60.0}, 110},
      {"abf1_old.abf", "ABF1", 3, {640, 640, 640}, LG_CURRENT_COMMAND, 0.0, {10.0, 35.0, 60.0}, 110},
      {"abf1_measured.abf", "ABF1", 3, {640, 640, 640}, LG_CURRENT_MEASURED, 0.0, {10.0, 35.0, 60.0}, 110},
      {"telegraph.abf", "ABF2", 3, {640, 640, 640}, LG_CURRENT_COMMAND, 0.0, {0.0, 50.0, 100.0}, 10},
  };
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  for (size_t k = 0; k < sizeof traps / sizeof traps[0]; k++) check(ctx, &traps[k]);
  lg_ctx_destroy(ctx);
}

static const char *warning_with(const lg_recording *rec, const char *words) {
  for (size_t k = 0; k < rec->n_warnings; k++)
    if (strstr(rec->warnings[k], words)) return rec->warnings[k];
  return NULL;
}

static void names_a_stimulus_file_that_is_gone(void **state) {
  (void)state;
  lg_ctx *ctx;
  lg_recording *rec = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_recording_read(ctx, FOLDER "file_gone.abf", &rec));
  assert_int_equal(rec->n_warnings, 1);
  assert_non_null(warning_with(rec, "current missing: the command of 'Cmd 0' came from the file 'gone.atf'"));
  assert_int_equal(rec->n_files, 1);
  lg_recording_destroy(ctx, rec);
  assert_ok(ctx, lg_recording_read(ctx, FOLDER "file_stimulus.abf", &rec));
  assert_int_equal(rec->n_files, 2);
  assert_string_equal(rec->files[1], FOLDER "stimulus.atf");
  lg_recording_destroy(ctx, rec);
  assert_ok(ctx, lg_recording_read(ctx, FOLDER "holding.abf", &rec));
  assert_non_null(warning_with(rec, "holding current of up to 20 pA"));
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void refuses_voltage_clamp(void **state) {
  (void)state;
  static const char *const files[] = {FOLDER "voltage_clamp.abf", FOLDER "voltage_clamp_telegraph.abf"};
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  for (size_t k = 0; k < 2; k++) {
    lg_recording *rec = NULL;
    assert_int_equal(lg_recording_read(ctx, files[k], &rec), LG_ERR_UNSUPPORTED);
    assert_null(rec);
    assert_non_null(strstr(lg_ctx_message(ctx), "voltage-clamp"));
  }
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_each_trap),
      cmocka_unit_test(names_a_stimulus_file_that_is_gone),
      cmocka_unit_test(refuses_voltage_clamp),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
