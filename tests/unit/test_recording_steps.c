/* Steps and base potentials of the shared recordings against ref/features_open_sweeps.csv, and of the files here. */
#include "tests/test.h"

#include <loligo/recording.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef struct expected {
  double hold, step, on, off, base;
} expected;

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Median of the 50 ms before the step, as twin.md section 4 defines V_base. */
static double base_of(const lg_sweep *s) {
  static double x[100000];
  const size_t window = (size_t)(50.0 / s->dt_ms + 0.5), n = s->step_on < window ? s->step_on : window;
  memcpy(x, s->v_mV + s->step_on - n, n * sizeof x[0]);
  qsort(x, n, sizeof x[0], compare);
  return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

/* Rows of one file in the reference; returns their number. */
static size_t read_reference(const char *path, const char *file, expected *rows, size_t room) {
  char line[1024];
  size_t n = 0;
  FILE *in = fopen(path, "r");
  assert_non_null(in);
  while (fgets(line, sizeof line, in) && n < room) {
    const char *comma = strchr(line, ',');
    if (!comma || strlen(file) != (size_t)(comma - line) || strncmp(line, file, strlen(file)) != 0) continue;
    char *at = strchr(comma + 1, ',');
    assert_non_null(at);
    double values[5];
    for (int k = 0; k < 5; k++) values[k] = strtod(at + 1, &at);
    rows[n++] = (expected){values[0], values[1], values[2], values[3], values[4]};
  }
  (void)fclose(in);
  return n;
}

static void close_to(double got, double want, double tolerance, const char *file, size_t sweep, const char *what) {
  if (!(fabs(got - want) <= tolerance))
    fail_msg("%s sweep %zu: %s is %.6g, expected %.6g to %.3g", file, sweep, what, got, want, tolerance);
}

static void finds_the_steps_of_the_reference(void **state) {
  (void)state;
  /* levels of measured currents to one step of the converter (0.31 pA); B6: the current rises between the samples at
   * 700.00 and 700.25 ms, the reference says 700.5, one sample later */
  static const struct {
    const char *path, *name;
    double level_pA, time_ms;
  } files[] = {
      {"171116sh_0018.abf", "171116sh_0018.abf", 1e-9, 1e-6},
      {"17o05028_ic_steps.abf", "17o05028_ic_steps.abf", 1e-9, 1e-6},
      {"18711001.abf", "18711001.abf", 1e-9, 1e-6},
      {"File_axon_5.abf", "File_axon_5.abf", 1e-9, 1e-6},
      {"PYR1.abf", "PYR1.abf", 0.32, 1e-4},
      {"PYR2.abf", "PYR2.abf", 0.32, 1e-4},
      {"LantyerEtAl2018_180817_ME_9_CC.nwb", "LantyerEtAl2018_180817_ME_9_CC.nwb", 0.0051, 1e-6},
      {"B6", "B6_IDRest", 0.0051, 0.2501},
  };
  char reference[1024];
  if (!lg_test_shared("data/twin/ref/features_open_sweeps.csv", reference, sizeof reference)) skip();
  lg_ctx *ctx = lg_test_ctx();
  for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
    char relative[256], path[1024];
    expected rows[64];
    (void)snprintf(relative, sizeof relative, "data/twin/recordings/%s", files[k].path);
    assert_non_null(lg_test_shared(relative, path, sizeof path));
    lg_recording *rec = NULL;
    assert_ok(ctx, lg_recording_read(ctx, path, &rec));
    assert_int_equal(read_reference(reference, files[k].name, rows, 64), rec->n_sweeps);
    for (size_t j = 0; j < rec->n_sweeps; j++) {
      const lg_sweep *s = &rec->sweeps[j];
      if (!s->has_step) fail_msg("%s sweep %zu has no step", files[k].name, j);
      close_to(s->step_hold_pA, rows[j].hold, files[k].level_pA, files[k].name, j, "I_hold_pA");
      close_to(s->step_pA - s->step_hold_pA, rows[j].step, files[k].level_pA, files[k].name, j, "I_step_pA");
      close_to((double)s->step_on * s->dt_ms, rows[j].on, files[k].time_ms, files[k].name, j, "t_on_ms");
      close_to((double)s->step_off * s->dt_ms, rows[j].off, files[k].time_ms, files[k].name, j, "t_off_ms");
      close_to(base_of(s), rows[j].base, 0.05, files[k].name, j, "V_base_mV");
    }
    lg_recording_destroy(ctx, rec);
  }
  lg_ctx_destroy(ctx);
}

/* A recording of made-up currents: one sweep per row of levels, steps at given samples of 0.1 ms. */
static lg_recording *made(lg_ctx *ctx, size_t n_sweeps, size_t n) {
  lg_recording *rec = NULL;
  assert_ok(ctx, lg_recording_create(ctx, &rec));
  for (size_t k = 0; k < n_sweeps; k++) {
    lg_sweep *s;
    assert_ok(ctx, lg_recording_add_sweep(ctx, rec, n, 0.1, 1, &s));
    for (size_t j = 0; j < n; j++) s->v_mV[j] = -65.0;
  }
  return rec;
}

static void set(lg_recording *rec, size_t sweep, size_t from, size_t to, double level) {
  for (size_t j = from; j < to; j++) rec->sweeps[sweep].i_pA[j] = level;
}

static void expect_step(lg_ctx *ctx, lg_recording *rec, size_t sweep, size_t on, size_t off, double hold, double step) {
  const lg_sweep *s = &rec->sweeps[sweep];
  (void)ctx;
  assert_int_equal(s->has_step, 1);
  assert_int_equal(s->step_on, on);
  assert_int_equal(s->step_off, off);
  assert_true(fabs(s->step_hold_pA - hold) < 1e-9);
  assert_true(fabs(s->step_pA - step) < 1e-9);
}

static void tells_the_step_from_the_test_pulse(void **state) {
  (void)state;
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  lg_recording *rec = made(ctx, 3, 10000);
  for (size_t k = 0; k < 3; k++) {
    set(rec, k, 0, 10000, -20.0);
    set(rec, k, 500, 4500, -120.0); /* longer than the step, but the same in every sweep */
    set(rec, k, 6000, 8000, -20.0 + 30.0 * (double)k);
  }
  assert_ok(ctx, lg_recording_find_steps(ctx, rec));
  for (size_t k = 0; k < 3; k++) expect_step(ctx, rec, k, 6000, 8000, -20.0, -20.0 + 30.0 * (double)k);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void takes_a_step_that_lasts_to_the_end(void **state) {
  (void)state;
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  lg_recording *rec = made(ctx, 3, 10000);
  for (size_t k = 0; k < 3; k++) set(rec, k, 6000, 10000, 50.0 * (double)(k + 1));
  assert_ok(ctx, lg_recording_find_steps(ctx, rec));
  for (size_t k = 0; k < 3; k++) expect_step(ctx, rec, k, 6000, 10000, 0.0, 50.0 * (double)(k + 1));
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void follows_a_duration_that_grows(void **state) {
  (void)state;
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  lg_recording *rec = made(ctx, 4, 10000);
  for (size_t k = 0; k < 4; k++) set(rec, k, 2000, 3000 + 500 * k, 100.0);
  assert_ok(ctx, lg_recording_find_steps(ctx, rec));
  for (size_t k = 0; k < 4; k++) expect_step(ctx, rec, k, 2000, 3000 + 500 * k, 0.0, 100.0);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

static void takes_ramps_and_noise_for_no_step(void **state) {
  (void)state;
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  for (int kind = 0; kind < 3; kind++) {
    lg_recording *rec = made(ctx, 2, 10000);
    unsigned seed = 12345;
    for (size_t k = 0; k < 2; k++)
      for (size_t j = 1000; j < 9000; j++) {
        seed = seed * 1664525u + 1013904223u;
        const double noise = (double)(seed >> 8) / 16777216.0 - 0.5;
        rec->sweeps[k].i_pA[j] = kind == 0   ? 200.0 * (double)(j - 1000) / 8000.0 * (double)(k + 1)
                                 : kind == 1 ? 100.0 * noise
                                             : 50.0 * sin(1e-3 * (double)j);
      }
    assert_ok(ctx, lg_recording_find_steps(ctx, rec));
    assert_int_equal(rec->sweeps[0].has_step, 0);
    assert_int_equal(rec->sweeps[1].has_step, 0);
    lg_recording_destroy(ctx, rec);
  }
  lg_ctx_destroy(ctx);
}

/* Steps in noise, with bursts of ±400 pA where spikes couple in, at nearly the same time in all sweeps. */
static void finds_steps_in_noise_and_coupled_spikes(void **state) {
  (void)state;
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  lg_recording *rec = made(ctx, 8, 12000);
  unsigned seed = 99;
  for (size_t k = 0; k < 8; k++)
    for (size_t j = 0; j < 12000; j++) {
      seed = seed * 1664525u + 1013904223u;
      const double noise = 12.0 * ((double)(seed >> 8) / 16777216.0 - 0.5);
      const bool step = j >= 2000 && j < 8000;
      const bool spike = step && k > 1 && (j - 2000) % 700 >= 100 + 2 * k && (j - 2000) % 700 < 112 + 2 * k;
      rec->sweeps[k].i_pA[j] = -15.0 + noise + (step ? 10.0 * (double)(k + 1) : 0.0) + (spike ? 400.0 : 0.0);
    }
  assert_ok(ctx, lg_recording_find_steps(ctx, rec));
  for (size_t k = 0; k < 8; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    assert_int_equal(s->has_step, 1);
    assert_true(s->step_on >= 1999 && s->step_on <= 2001);
    assert_true(s->step_off >= 7999 && s->step_off <= 8001);
    assert_true(fabs(s->step_hold_pA + 15.0) < 1.0);
    assert_true(fabs(s->step_pA - s->step_hold_pA - 10.0 * (double)(k + 1)) < 1.0);
  }
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_the_steps_of_the_reference),   cmocka_unit_test(tells_the_step_from_the_test_pulse),
      cmocka_unit_test(takes_a_step_that_lasts_to_the_end), cmocka_unit_test(follows_a_duration_that_grows),
      cmocka_unit_test(takes_ramps_and_noise_for_no_step),  cmocka_unit_test(finds_steps_in_noise_and_coupled_spikes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
