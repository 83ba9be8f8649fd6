/* Population mean and spread from one axon's outputs: learned, judged, kept in files, told, refused. */
#include "tests/one_ctx.h"

#include "twin/axon_prediction_file.h"
#include "twin/axon_spread_file.h"

#include <math.h>
#include <string.h>

enum { N = 60, Q = AXON_PREDICTED, TIMES = AXON_NET_TIMES };

static float strain[N * TIMES];
static double out[N * Q], mean[N * Q], sd[N * Q];

/* Ramps of many heights and rates; made-up outputs and a spread that follows them smoothly. */
static axon_spread_examples examples(size_t n) {
  for (size_t i = 0; i < n; i++) {
    const double height = 0.02 + 0.2 * (double)(i * 7 % N) / N, rate = 2.0 + 30.0 * (double)(i * 11 % N) / N;
    for (size_t t = 0; t < TIMES; t++)
      strain[i * TIMES + t] = (float)(fmin(rate * 1e-3 * (double)t, height) * (t < 60 ? 1.0 : 0.5));
    const double o[Q] = {0.4 * height + 0.002 * rate, 2.0 * height, 150.0 * height, 20.0 * height * height};
    for (size_t q = 0; q < Q; q++) {
      out[i * Q + q] = o[q];
      mean[i * Q + q] = o[q] * (0.9 + height);
      sd[i * Q + q] = o[q] * (0.1 + 0.5 * height + 0.002 * rate);
    }
  }
  return (axon_spread_examples){.n = n, .n_seeds = 100, .strain = strain, .out = out, .mean = mean, .sd = sd};
}

static lg_axon_spread_model *learned(void) {
  lg_axon_spread_model *m;
  const axon_spread_examples from = examples(N);
  const axon_params p = lg_axon_params_male();
  assert_ok(ctx, lg_axon_spread_learn(ctx, &p, &from, 10, &m));
  return m;
}

static void a_smooth_spread_is_learned(void **state) {
  (void)state;
  lg_axon_spread_model *m = learned();
  assert_int_equal(m->n_known, N);
  for (size_t t = 0; t < AXON_SPREAD_TOLD; t++) {
    assert_true(m->r2[t] > 0.97 && m->r2[t] <= 1.0);
    assert_true(m->nrmse[t] > 0.0 && m->nrmse[t] < 0.05);
  }
  for (size_t i = 0; i < N; i++) {
    double told[Q], spread[Q];
    lg_axon_spread_tell(m, strain + i * TIMES, out + i * Q, told, spread);
    for (size_t q = 0; q < Q; q++) {
      assert_true(fabs(told[q] - mean[i * Q + q]) < 0.05 * mean[i * Q + q] + 1e-3);
      assert_true(fabs(spread[q] / sd[i * Q + q] - 1.0) < 0.1);
    }
  }
  lg_axon_spread_model_destroy(ctx, m);
}

/* Far from everything known: the usual ratios. */
static void far_away_it_falls_back(void **state) {
  (void)state;
  lg_axon_spread_model *m = learned();
  float odd[TIMES];
  double told[Q], spread[Q];
  const double high[Q] = {90.0, 90.0, 99.0, 99.0};
  for (size_t t = 0; t < TIMES; t++) odd[t] = t % 2 ? -0.9F : 0.9F;
  lg_axon_spread_tell(m, odd, high, told, spread);
  for (size_t q = 0; q < Q; q++) {
    assert_true(told[q] > 0.0 && isfinite(told[q]));
    assert_true(fabs(log(spread[q] / told[q]) - m->told_mean[Q + q]) < 1e-9);
  }
  lg_axon_spread_model_destroy(ctx, m);
}

static void files_keep_it(void **state) {
  (void)state;
  char path[] = "/tmp/loligo-spread-XXXXXX";
  lg_axon_spread_model *m = learned(), *back;
  double a[2][Q], b[2][Q];
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
  m->params.tau_stiffness = 0.123456789;
  assert_ok(ctx, lg_axon_spread_model_save(ctx, m, &(lg_text_pair){"note", "made up"}, 1, path));
  assert_ok(ctx, lg_axon_spread_model_load(ctx, path, &back));
  assert_int_equal(back->n_seeds, 100);
  assert_true(back->params.tau_stiffness == m->params.tau_stiffness);
  lg_axon_spread_tell(m, strain, out, a[0], a[1]);
  lg_axon_spread_tell(back, strain, out, b[0], b[1]);
  assert_memory_equal(a, b, sizeof a);
  lg_axon_spread_model_destroy(ctx, back);
  m->known[3] = (double)NAN;
  assert_ok(ctx, lg_axon_spread_model_save(ctx, m, NULL, 0, path));
  assert_int_equal(lg_axon_spread_model_load(ctx, path, &back), LG_ERR_FORMAT);
  assert_null(back);
  (void)unlink(path);
  lg_axon_spread_model_destroy(ctx, m);
}

static void predictions_carry_it(void **state) {
  (void)state;
  char path[] = "/tmp/loligo-told-XXXXXX", first[] = "first", second[] = "second", *names[2] = {first, second};
  double wide[2 * TIMES], told[Q], spread[Q];
  axon_predicted rows[2] = {{.in_range = true}, {.failed = true}};
  axon_population_said said[2];
  unsigned char *bytes;
  size_t n;
  lg_axon_spread_model *m = learned();
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
  for (size_t t = 0; t < TIMES; t++) wide[t] = wide[TIMES + t] = (double)strain[t];
  memcpy(rows[0].mean, out, sizeof rows[0].mean);
  const axon_profiles p = {.n = 2, .n_times = TIMES, .dt_s = 1e-3, .strain = wide, .names = names};
  assert_ok(ctx, lg_axon_population_tell(ctx, m, &p, rows, said));
  lg_axon_spread_tell(m, strain, out, told, spread);
  assert_memory_equal(said[0].mean, told, sizeof told);
  assert_memory_equal(said[0].sd, spread, sizeof spread);
  assert_true(isnan(said[1].mean[0]) && isnan(said[1].sd[3]));
  assert_ok(ctx, lg_axon_predictions_write(ctx, path, &p, rows, said, NULL));
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &bytes, &n));
  assert_non_null(strstr((const char *)bytes, "in_range,source,mt_population_mean,mt_population_sd,axl_population_mean,"
                                              "axl_population_sd,tau_pct_population_mean,tau_pct_population_sd,"
                                              "nf_pct_population_mean,nf_pct_population_sd\n"));
  assert_non_null(strstr((const char *)bytes, ",0,net,nan,nan,nan,nan,nan,nan,nan,nan\n"));
  lg_free(ctx, bytes);
  (void)unlink(path);
  lg_axon_spread_model_destroy(ctx, m);
}

static void what_cannot_be_learned_is_refused(void **state) {
  (void)state;
  lg_axon_spread_model *m;
  const axon_params p = lg_axon_params_male();
  axon_spread_examples from = examples(N);
  assert_int_equal(lg_axon_spread_learn(ctx, &p, &from, 1, &m), LG_ERR_RANGE);
  sd[9] = 0.0;
  assert_int_equal(lg_axon_spread_learn(ctx, &p, &from, 5, &m), LG_ERR_RANGE);
  from.n = 19;
  assert_int_equal(lg_axon_spread_learn(ctx, &p, &from, 5, &m), LG_ERR_RANGE);
  assert_null(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_smooth_spread_is_learned),
      cmocka_unit_test(far_away_it_falls_back),
      cmocka_unit_test(files_keep_it),
      cmocka_unit_test(predictions_carry_it),
      cmocka_unit_test(what_cannot_be_learned_is_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
