/* The axon against the reference solutions, its gaps and pairs, lanes against each other, and what is refused. */
#include "tests/one_ctx.h"

#include "axon/shear_lag.h"
#include "base/cpu.h"
#include "io/json_read.h"
#include "twin/axon_file.h"

#include <math.h>
#include <string.h>

static const char reference[] = LG_TEST_DATA "/axon/ref_open.json";
static const char profiles_file[] = LG_TEST_DATA "/axon/ref_open_profiles.csv";

static lg_axon *male(void) {
  lg_axon *axon;
  const axon_params p = lg_axon_params_male();
  assert_ok(ctx, lg_axon_create(ctx, &p, &axon));
  return axon;
}

static double number_at(const lg_json_doc *doc, const char *path) {
  const lg_json_at root = lg_json_root(doc);
  double x;
  assert_ok(ctx, lg_json_get_number(ctx, &root, path, NULL, &x));
  return x;
}

static void constants_gaps_and_pairs_are_those_of_the_reference(void **state) {
  (void)state;
  lg_json_doc *doc;
  axon_params p;
  char path[80];
  assert_ok(ctx, lg_json_load(ctx, reference, LG_JSON_COMMENTS, 0, &doc));
  assert_ok(ctx, lg_axon_params_load(ctx, reference, &p));
  const axon_params own = lg_axon_params_male();
  for (size_t k = 0; k < AXON_PARAMS; k++)
    assert_true(lg_axon_param_get(&p, &lg_axon_param_names[k]) == lg_axon_param_get(&own, &lg_axon_param_names[k]));
  lg_axon *axon = male();
  assert_int_equal(axon->n_pairs, 42);
  for (size_t q = 0; q < 42; q++) {
    (void)snprintf(path, sizeof path, "pairs[%zu][0]", q);
    assert_true(number_at(doc, path) == (double)axon->pairs[q].a);
    (void)snprintf(path, sizeof path, "pairs[%zu][1]", q);
    assert_true(number_at(doc, path) == (double)axon->pairs[q].b);
  }
  for (size_t r = 0; r < 19; r++) {
    double *at;
    size_t n, found = 0;
    (void)snprintf(path, sizeof path, "gap_elements_per_row[%zu]", r);
    const lg_json_at root = lg_json_root(doc);
    assert_ok(ctx, lg_json_get_numbers(ctx, &root, path, NULL, &at, &n));
    for (size_t e = 0; e < 80; e++)
      if (!axon->intact[e * 19 + r]) {
        assert_true(found < n && at[found] == (double)e);
        found++;
      }
    assert_int_equal(found, n);
    lg_free(ctx, at);
  }
  lg_axon_destroy(ctx, axon);
  lg_json_doc_destroy(ctx, doc);
}

static void run(axon_precision precision, axon_outcome *outcomes, const axon_profiles *p, double *trace) {
  lg_axon *axon = male();
  const axon_simulate_opts o = {.precision = precision};
  assert_ok(ctx, lg_axon_simulate(ctx, axon, p, &o, outcomes, trace));
  lg_axon_destroy(ctx, axon);
}

static void outcomes_are_those_of_the_reference(void **state) {
  (void)state;
  static const char *const names[AXON_OUTPUTS] = {"mt", "axl", "tau", "nf", "side", "mt_broken"};
  lg_json_doc *doc;
  axon_profiles *p;
  axon_outcome fine[10], quick[10];
  assert_ok(ctx, lg_json_load(ctx, reference, LG_JSON_COMMENTS, 0, &doc));
  assert_ok(ctx, lg_axon_profiles_load(ctx, profiles_file, &p));
  assert_int_equal(p->n, 10);
  run(AXON_DOUBLE, fine, p, NULL);
  run(AXON_FLOAT, quick, p, NULL);
  for (size_t k = 0; k < p->n; k++)
    for (size_t q = 0; q < AXON_OUTPUTS; q++) {
      char path[120];
      (void)snprintf(path, sizeof path, "results.%s", p->names[k]);
      lg_json_at root = lg_json_root(doc), results, one;
      double want;
      assert_ok(ctx, lg_json_get(ctx, &root, "results", &results));
      assert_ok(ctx, lg_json_get_key(ctx, &results, p->names[k], &one)); /* names hold dots */
      assert_ok(ctx, lg_json_get_number(ctx, &one, names[q], NULL, &want));
      const bool strain = q == AXON_MT || q == AXON_AXOLEMMA;
      assert_true(fabs(fine[k].out[q] - want) < (strain ? 1e-10 : 1e-8));
      assert_true(fabs(quick[k].out[q] - want) < (strain ? 2e-5 : 5e-3));
    }
  lg_axon_profiles_destroy(ctx, p);
  lg_json_doc_destroy(ctx, doc);
}

/* Whatever lanes a profile shares, and whatever build runs it, its bits stay. */
static void lanes_do_not_matter(void **state) {
  (void)state;
  axon_profiles *p;
  axon_outcome all[10], one[10];
  assert_ok(ctx, lg_axon_profiles_load(ctx, profiles_file, &p));
  run(AXON_FLOAT, all, p, NULL);
  axon_profiles alone = {.n = 1, .n_times = p->n_times, .dt_s = p->dt_s, .names = p->names + 5};
  alone.strain = p->strain + 5 * p->n_times;
  run(AXON_FLOAT, one, &alone, NULL);
  assert_memory_equal(one[0].out, all[5].out, sizeof one[0].out);
  lg_axon *axon = male();
  const axon_build *builds[] = {&lg_axon_float_plain, &lg_axon_float_v3, &lg_axon_float_v4};
  const lg_cpu levels[] = {LG_CPU_PLAIN, LG_CPU_V3, LG_CPU_V4};
  for (size_t both = 0; both < 6; both++) {
    const size_t b = both % 3;
    if (lg_cpu_level() < levels[b]) continue;
    double strain[31 * 16], out[16 * AXON_OUTPUTS], moved[16];
    static double expected[AXON_OUTPUTS];
    const size_t w = builds[b]->lanes;
    for (size_t n = 0; n <= 30; n++)
      for (size_t l = 0; l < w; l++) strain[n * w + l] = p->strain[2 * p->n_times + 2 * n];
    char *work = lg_alloc(ctx, lg_axon_lanes_bytes(builds[b], axon), 1);
    assert_non_null(work);
    builds[b]->run(&(axon_lanes){.axon = axon,
                                 .strain = strain,
                                 .n_steps = 30,
                                 .dt_s = 2e-3,
                                 .scheme = both < 3 ? AXON_EULER : AXON_SECOND,
                                 .newton = 4,
                                 .newton_more = 2,
                                 .more_above = 1e-4,
                                 .work = work,
                                 .out = out,
                                 .moved = moved});
    if (b == 0) memcpy(expected, out, sizeof expected);
    for (size_t l = 0; l < w; l++) assert_memory_equal(out + l * AXON_OUTPUTS, expected, sizeof expected);
    lg_free(ctx, work);
  }
  lg_axon_destroy(ctx, axon);
  lg_axon_profiles_destroy(ctx, p);
}

static void far_moves_are_cut_when_asked(void **state) {
  (void)state;
  double strain[3] = {0.0, 0.3, 0.3};
  char name[] = "jump", *names[1] = {name};
  const axon_profiles p = {.n = 1, .n_times = 3, .dt_s = 1e-3, .strain = strain, .names = names};
  axon_outcome rough, fine;
  lg_axon *axon = male();
  assert_ok(ctx, lg_axon_simulate(ctx, axon, &p, &(axon_simulate_opts){.precision = AXON_DOUBLE}, &rough, NULL));
  assert_int_equal(rough.n_cut, 0);
  assert_int_equal(rough.n_long, 1);
  assert_ok(ctx,
            lg_axon_simulate(ctx, axon, &p, &(axon_simulate_opts){.precision = AXON_DOUBLE, .most_strain_step = 0.02},
                             &fine, NULL));
  assert_int_equal(fine.n_cut, 1);
  assert_false(fine.failed);
  assert_true(fine.out[AXON_MT] > 0.1 && fabs(fine.out[AXON_MT] / rough.out[AXON_MT] - 1.0) < 0.2);
  lg_axon_destroy(ctx, axon);
}

/* Bells of a few ms, which begin and end at 0; n steps of 60 ms in all. Outcomes of three of them. */
enum { BELLS = 3 };

static void ring(axon_scheme scheme, axon_precision precision, size_t n, axon_outcome *outcomes) {
  static const double shape[BELLS][3] = {{0.06, 0.025, 0.008}, {0.12, 0.03, 0.010}, {0.2, 0.03, 0.009}};
  char name[] = "bell", *names[BELLS] = {name, name, name};
  double *strain = lg_alloc(ctx, BELLS * (n + 1), sizeof *strain);
  assert_non_null(strain);
  for (size_t b = 0; b < BELLS; b++)
    for (size_t k = 0; k <= n; k++) {
      const double part = (double)k / (double)n, x = (0.06 * part - shape[b][1]) / shape[b][2];
      const double first = -shape[b][1] / shape[b][2], last = (0.06 - shape[b][1]) / shape[b][2];
      const double line = (1.0 - part) * exp(-first * first) + part * exp(-last * last);
      strain[b * (n + 1) + k] = k == 0 ? 0.0 : shape[b][0] * (exp(-x * x) - line);
    }
  const axon_profiles p = {.n = BELLS, .n_times = n + 1, .dt_s = 0.06 / (double)n, .strain = strain, .names = names};
  axon_params small = lg_axon_params_male();
  small.rows = 7;
  small.elements = 40;
  lg_axon *axon;
  assert_ok(ctx, lg_axon_create(ctx, &small, &axon));
  assert_ok(ctx, lg_axon_simulate(ctx, axon, &p, &(axon_simulate_opts){.precision = precision, .scheme = scheme},
                                  outcomes, NULL));
  lg_axon_destroy(ctx, axon);
  lg_free(ctx, strain);
}

static double apart(const axon_outcome *a, const axon_outcome *b, size_t q) {
  double sum = 0.0;
  for (size_t k = 0; k < BELLS; k++) sum += (a[k].out[q] - b[k].out[q]) * (a[k].out[q] - b[k].out[q]);
  return sqrt(sum / BELLS);
}

/* Errors of smooth profiles against a very fine step fall with its square; those of backward Euler with the step. */
static void the_second_scheme_is_of_second_order(void **state) {
  (void)state;
  axon_outcome exact[BELLS], coarse[BELLS], half[BELLS], fine[BELLS], euler[BELLS];
  ring(AXON_SECOND, AXON_DOUBLE, 60 * 32, exact);
  ring(AXON_SECOND, AXON_DOUBLE, 60, coarse);
  ring(AXON_SECOND, AXON_DOUBLE, 60 * 8, fine);
  ring(AXON_SECOND, AXON_DOUBLE, 60 * 2, half);
  ring(AXON_EULER, AXON_DOUBLE, 60 * 2, euler);
  for (size_t q = AXON_MT; q <= AXON_NF; q++) {
    const double order = log2(apart(coarse, exact, q) / apart(fine, exact, q)) / 3.0;
    if (order < 1.9 || order > 3.0) fail_msg("output %zu: order %g", q, order);
    assert_true(apart(half, exact, q) < 0.5 * apart(euler, exact, q));
  }
  axon_outcome quick[BELLS];
  ring(AXON_SECOND, AXON_FLOAT, 60, quick);
  for (size_t k = 0; k < BELLS; k++)
    for (size_t q = 0; q < AXON_OUTPUTS; q++)
      assert_true(fabs(quick[k].out[q] - coarse[k].out[q]) < (q <= AXON_AXOLEMMA ? 2e-5 : 5e-3));
}

/* A ramp to a strain at a rate, in n steps, on the exact problem's axon: its microtubules' peak. */
static double drawn(double gap_nm, double strain, double rate, size_t n) {
  const axon_shear_lag problem = lg_axon_shear_lag_default();
  lg_axon *axon;
  axon_outcome outcome;
  double *eps = lg_alloc(ctx, n + 1, sizeof *eps);
  char name[] = "ramp", *names[1] = {name};
  assert_non_null(eps);
  for (size_t k = 0; k <= n; k++) eps[k] = strain * (double)k / (double)n;
  const axon_profiles p = {.n = 1, .n_times = n + 1, .dt_s = strain / rate / (double)n, .strain = eps, .names = names};
  assert_ok(ctx, lg_axon_shear_lag_axon(ctx, &problem, gap_nm, &axon));
  assert_ok(ctx, lg_axon_simulate(ctx, axon, &p, &(axon_simulate_opts){.precision = AXON_DOUBLE}, &outcome, NULL));
  assert_false(outcome.failed);
  lg_axon_destroy(ctx, axon);
  lg_free(ctx, eps);
  return outcome.out[AXON_MT];
}

/* Nobody's program: the exact solution in Laplace space. The error is the gap's width, so it halves with the element.
 */
static void a_regular_bundle_strains_as_the_exact_solution_says(void **state) {
  (void)state;
  const axon_shear_lag problem = lg_axon_shear_lag_default();
  const double rates[3] = {1.0, 22.0, 100.0};
  assert_true(fabs(lg_axon_shear_lag_exact(&problem, 33.0, 1.0 / 33.0) - 0.528908433207738) < 1e-9);
  assert_true(fabs(lg_axon_shear_lag_critical(&problem, 1.0, 0.5) / 29.7 - 1.0) < 0.02);
  assert_true(fabs(lg_axon_shear_lag_critical(&problem, 0.75, 0.5) / 37.9 - 1.0) < 0.02);
  for (size_t k = 0; k < 3; k++) {
    const double exact = lg_axon_shear_lag_exact(&problem, rates[k], 1.0 / rates[k]);
    const double coarse = drawn(100.0, 1.0, rates[k], 1000) / exact - 1.0;
    const double fine = drawn(50.0, 1.0, rates[k], 1000) / exact - 1.0;
    assert_true(fabs(fine) < 6e-3);
    assert_true(fine / coarse > 0.4 && fine / coarse < 0.62);
  }
}

static void constants_outside_their_ranges_are_refused(void **state) {
  (void)state;
  lg_axon *axon;
  axon_params p = lg_axon_params_male();
  p.tau_spacing = 0.0;
  assert_int_equal(lg_axon_create(ctx, &p, &axon), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "s is 0 nm; allowed is"));
  p = lg_axon_params_male();
  p.foundation = p.drag = 0.0;
  assert_int_equal(lg_axon_create(ctx, &p, &axon), LG_ERR_RANGE);
  double strain[2] = {0.0, 12.0};
  char name[] = "percent", *names[1] = {name};
  const axon_profiles percent = {.n = 1, .n_times = 2, .dt_s = 1e-3, .strain = strain, .names = names};
  axon_outcome outcome;
  axon = male();
  assert_int_equal(lg_axon_simulate(ctx, axon, &percent, &(axon_simulate_opts){0}, &outcome, NULL), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "a fraction"));
  lg_axon_destroy(ctx, axon);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(constants_gaps_and_pairs_are_those_of_the_reference),
      cmocka_unit_test(outcomes_are_those_of_the_reference),
      cmocka_unit_test(lanes_do_not_matter),
      cmocka_unit_test(a_regular_bundle_strains_as_the_exact_solution_says),
      cmocka_unit_test(far_moves_are_cut_when_asked),
      cmocka_unit_test(the_second_scheme_is_of_second_order),
      cmocka_unit_test(constants_outside_their_ranges_are_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
