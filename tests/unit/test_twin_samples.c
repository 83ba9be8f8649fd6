/* Samples that a twin carries: taken from a posterior, handed out, written and read back with the same bits. */
#include "tests/test.h"

#include "base/base.h"
#include "io/json_read.h"
#include "neuron/posterior_samples.h"
#include "twin/family.h"
#include "twin/posterior.h"

#include <math.h>
#include <string.h>

enum { P = LG_POSTERIOR_P, N = LG_TWIN_SAMPLES };

static lg_twin twin;
static lg_posterior posterior;

/* A posterior with awkward numbers in it; parameter p of sample k is recognisable. */
static void make_posterior(double effective) {
  memset(&posterior, 0, sizeof posterior);
  posterior.n = N;
  posterior.draws = 400;
  posterior.effective = effective;
  for (int p = 0; p < P; p++) {
    posterior.sd[p] = 0.1 * (p + 1);
    posterior.ci95[p][0] = 10.0 * p - 0.2;
    posterior.ci95[p][1] = 10.0 * p + 0.3;
    for (int q = 0; q < P; q++) posterior.covariance_z[p][q] = p == q ? 0.01 : 1e-5 * (p + q);
    for (int k = 0; k < N; k++) posterior.samples[k][p] = 10.0 * p + (k - 100) * 1e-3 / 3.0;
  }
  posterior.samples[7][3] = 0x1.fffffffffffffp-1022;
  posterior.samples[8][3] = -1.0 / 3.0;
}

static void make_twin(void) {
  memset(&twin, 0, sizeof twin);
  lg_family_izhikevich.describe(&twin);
  twin.stage = "refined";
  twin.feature_score = twin.range_low_pA = twin.network_distance = (double)NAN;
  for (int p = 0; p < P; p++) twin.parameters[p].value = 10.0 * p;
}

/* Intervals, errors and covariance are the posterior's; an interval never leaves its value out. */
static void test_a_twin_takes_a_posterior(void **state) {
  (void)state;
  make_posterior(120.0);
  make_twin();
  twin.parameters[2].value = 19.0; /* below its interval */
  lg_family_take_posterior(&posterior, &twin);
  assert_int_equal(twin.n_samples, N);
  assert_int_equal(twin.draws, 400);
  assert_true(twin.effective_samples == 120.0);
  assert_true(twin.parameters[1].sd == posterior.sd[1]);
  assert_true(twin.parameters[1].lo95 == posterior.ci95[1][0] && twin.parameters[1].hi95 == posterior.ci95[1][1]);
  assert_true(twin.parameters[2].lo95 == 19.0 && twin.parameters[2].hi95 == posterior.ci95[2][1]);
  assert_true(twin.covariance[1 * P + 2] == posterior.covariance_z[1][2]);
  assert_true(twin.samples[8 * P + 3] == -1.0 / 3.0);
  assert_int_equal(twin.domain, LG_DOMAIN_GREEN);
  assert_int_equal(twin.n_reasons, 0);
}

/* Few effective samples are said; no samples leave the twin as it was. */
static void test_a_rough_posterior_is_said(void **state) {
  (void)state;
  make_posterior(12.0);
  make_twin();
  lg_family_take_posterior(&posterior, &twin);
  assert_int_equal(twin.domain, LG_DOMAIN_AMBER);
  assert_non_null(strstr(twin.reasons[0], "400 draws are worth 12"));
  make_twin();
  posterior.n = 0;
  lg_family_take_posterior(&posterior, &twin);
  assert_int_equal(twin.n_samples, 0);
  assert_true(twin.parameters[1].sd == 0.0);
}

/* All samples once before any twice, in an order that the seed decides. */
static void test_samples_are_handed_out(void **state) {
  (void)state;
  static double x[2 * N * P], other[N * P];
  make_posterior(120.0);
  make_twin();
  lg_family_take_posterior(&posterior, &twin);
  assert_true(lg_twin_sample(&lg_family_izhikevich, &twin, 5, 2 * N, x));
  for (size_t k = 0; k < N; k++) {
    size_t times = 0;
    for (size_t j = 0; j < N; j++) times += memcmp(x + j * P, posterior.samples[k], P * sizeof *x) == 0;
    assert_int_equal(times, 1);
    assert_memory_equal(x + k * P, x + (N + k) * P, P * sizeof *x);
  }
  assert_true(lg_twin_sample(&lg_family_izhikevich, &twin, 5, N, other));
  assert_memory_equal(x, other, sizeof other);
  assert_true(lg_twin_sample(&lg_family_izhikevich, &twin, 6, N, other));
  assert_memory_not_equal(x, other, sizeof other);
}

static void test_the_file_gives_the_same_bits(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_provenance *provenance = NULL;
  lg_json_doc *doc = NULL;
  char name[] = "test", none[] = "none";
  char *argv[] = {name};
  lg_recording rec = {.format = name, .protocol = none, .pairing = none};
  lg_json_at at, rows, row;
  size_t n, length;
  double *x = NULL, effective;
  make_posterior(123.456789);
  make_twin();
  lg_family_take_posterior(&posterior, &twin);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_provenance_create(ctx, 1, argv, 1, &provenance));
  assert_ok(ctx, lg_twin_write(ctx, &twin, &rec, NULL, 0, provenance, "test_twin_samples.json"));
  assert_ok(ctx, lg_json_load(ctx, "test_twin_samples.json", LG_JSON_STRICT, 0, &doc));
  at = lg_json_root(doc);
  assert_ok(ctx, lg_json_get_array(ctx, &at, "samples", &rows, &n));
  assert_int_equal(n, N);
  for (size_t k = 0; k < n; k++) {
    row = lg_json_item(&rows, k);
    assert_ok(ctx, lg_json_get_numbers(ctx, &row, "", NULL, &x, &length));
    assert_int_equal(length, P);
    assert_memory_equal(x, posterior.samples[k], P * sizeof *x);
    lg_free(ctx, x);
  }
  assert_ok(ctx, lg_json_get_number(ctx, &at, "posterior.effective", NULL, &effective));
  assert_true(effective == 123.456789);
  (void)remove("test_twin_samples.json");
  lg_json_doc_destroy(ctx, doc);
  lg_provenance_destroy(ctx, provenance);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_twin_takes_a_posterior),
      cmocka_unit_test(test_a_rough_posterior_is_said),
      cmocka_unit_test(test_samples_are_handed_out),
      cmocka_unit_test(test_the_file_gives_the_same_bits),
  };
  return cmocka_run_group_tests_name("twin_samples", tests, NULL, NULL);
}
