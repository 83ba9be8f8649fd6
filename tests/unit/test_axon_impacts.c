/* Impacts one after another against one long profile, what stays at rest, and the outputs beside the six. */
#include "tests/one_ctx.h"

#include "axon/impacts.h"
#include "twin/axon_file.h"

#include <math.h>
#include <string.h>

static const char profiles_file[] = LG_TEST_DATA "/axon/ref_open_profiles.csv";

enum { IMPACTS = 3 };

static axon_params small(void) {
  axon_params p = lg_axon_params_female();
  p.elements = 40;
  return p;
}

static axon_profiles *load(void) {
  axon_profiles *p;
  assert_ok(ctx, lg_axon_profiles_load(ctx, profiles_file, &p));
  assert_int_equal(p->n, 10);
  return p;
}

static void simulate(const axon_params *params, const axon_profiles *p, const axon_simulate_opts *o,
                     axon_outcome *outcomes, double *trace) {
  lg_axon *axon;
  assert_ok(ctx, lg_axon_create(ctx, params, &axon));
  assert_ok(ctx, lg_axon_simulate(ctx, axon, p, o, outcomes, trace));
  lg_axon_destroy(ctx, axon);
}

static axon_simulate_opts as_series(const axon_impacts *impacts, axon_precision precision, bool relax) {
  return (axon_simulate_opts){.precision = precision, .ends = impacts->ends, .n_ends = impacts->n_ends, .relax = relax};
}

static void a_series_is_one_long_profile(void **state) {
  (void)state;
  const axon_params params = small();
  axon_profiles *p = load();
  axon_impacts *impacts;
  axon_outcome each[10 * IMPACTS], all[10];
  assert_ok(ctx, lg_axon_impacts_create(ctx, p, &(axon_impacts_opts){.repeat = IMPACTS, .rest_s = 0.020, .dt_s = 2e-3},
                                        &impacts));
  assert_int_equal(impacts->n_ends, IMPACTS);
  assert_int_equal(impacts->ends[0], 50 + 10);
  assert_int_equal(impacts->series->n_times, IMPACTS * 60 + 1);
  assert_true(impacts->series->strain[60] == 0.0);
  assert_string_equal(impacts->names[IMPACTS + 1], "p1:2");
  const axon_simulate_opts o = as_series(impacts, AXON_DOUBLE, false);
  simulate(&params, impacts->series, &o, each, NULL);
  simulate(&params, impacts->series, &(axon_simulate_opts){.precision = AXON_DOUBLE}, all, NULL);
  for (size_t k = 0; k < 10; k++) {
    const axon_outcome *e = &each[k * IMPACTS];
    double mt = 0.0, axolemma = 0.0;
    for (size_t i = 0; i < IMPACTS; i++) {
      mt = fmax(mt, e[i].out[AXON_MT]);
      axolemma = fmax(axolemma, e[i].out[AXON_AXOLEMMA]);
      for (size_t q = AXON_TAU; i > 0 && q < AXON_OUTPUTS; q++) assert_true(e[i].out[q] >= e[i - 1].out[q]);
    }
    assert_true(mt == all[k].out[AXON_MT] && axolemma == all[k].out[AXON_AXOLEMMA]);
    assert_memory_equal(e[IMPACTS - 1].out + AXON_TAU, all[k].out + AXON_TAU, 4 * sizeof(double));
    assert_true(e[IMPACTS - 1].out[AXON_TAU] > e[0].out[AXON_TAU]);
  }
  lg_axon_impacts_destroy(ctx, impacts);
  lg_axon_profiles_destroy(ctx, p);
}

/* Nothing is lost, so at rest at once the second impact is the first; with losses it is not, and broken ones stay. */
static void at_rest_only_losses_stay(void **state) {
  (void)state;
  axon_params params = small();
  axon_profiles *p = load();
  axon_impacts *impacts;
  axon_outcome each[10 * IMPACTS], first[10];
  assert_ok(ctx, lg_axon_impacts_create(ctx, p, &(axon_impacts_opts){.repeat = IMPACTS, .at_once = true, .dt_s = 2e-3},
                                        &impacts));
  const axon_simulate_opts o = as_series(impacts, AXON_DOUBLE, true);
  params.loss_rate = 0.0;
  simulate(&params, impacts->series, &o, each, NULL);
  simulate(&params, p, &(axon_simulate_opts){.precision = AXON_DOUBLE, .dt_s = 2e-3}, first, NULL);
  for (size_t k = 0; k < 10; k++)
    for (size_t i = 0; i < IMPACTS; i++) {
      assert_memory_equal(each[k * IMPACTS + i].out, first[k].out, sizeof first[k].out);
      assert_memory_equal(each[k * IMPACTS + i].further, first[k].further, sizeof first[k].further);
    }
  params = small();
  params.mt_failure_strain = 0.04;
  simulate(&params, impacts->series, &o, each, NULL);
  simulate(&params, p, &(axon_simulate_opts){.precision = AXON_DOUBLE, .dt_s = 2e-3}, first, NULL);
  bool broke = false;
  for (size_t k = 0; k < 10; k++) {
    const axon_outcome *e = &each[k * IMPACTS];
    assert_memory_equal(e[0].out, first[k].out, sizeof first[k].out);
    assert_true(e[1].out[AXON_TAU] > e[0].out[AXON_TAU]);
    assert_true(e[1].out[AXON_MT_BROKEN] >= e[0].out[AXON_MT_BROKEN]);
    broke = broke || e[0].out[AXON_MT_BROKEN] > 0.0;
  }
  assert_true(broke);
  lg_axon_impacts_destroy(ctx, impacts);
  lg_axon_profiles_destroy(ctx, p);
}

/* A sequence in order, and floats whose bits do not depend on what shares the vector. */
static void lanes_of_series_do_not_matter(void **state) {
  (void)state;
  const axon_params params = small();
  axon_profiles *p = load();
  axon_impacts *all, *one;
  axon_outcome each[10 * 2], alone[2];
  const size_t twice[2] = {6, 6}, order[3] = {1, 2, 1}, beyond[1] = {10};
  for (size_t relax = 0; relax < 2; relax++) {
    const axon_impacts_opts how = {.repeat = 2, .at_once = relax > 0};
    const axon_impacts_opts single = {.sequence = twice, .n_sequence = 2, .at_once = relax > 0};
    assert_ok(ctx, lg_axon_impacts_create(ctx, p, &how, &all));
    assert_ok(ctx, lg_axon_impacts_create(ctx, p, &single, &one));
    axon_simulate_opts o = as_series(all, AXON_FLOAT, relax > 0);
    simulate(&params, all->series, &o, each, NULL);
    o.ends = one->ends;
    simulate(&params, one->series, &o, alone, NULL);
    for (size_t i = 0; i < 2; i++) assert_memory_equal(alone[i].out, each[6 * 2 + i].out, sizeof alone[i].out);
    lg_axon_impacts_destroy(ctx, all);
    lg_axon_impacts_destroy(ctx, one);
  }
  assert_ok(ctx, lg_axon_impacts_create(ctx, p, &(axon_impacts_opts){.sequence = order, .n_sequence = 3, .rest_s = 0.5},
                                        &one));
  assert_int_equal(one->series->n, 1);
  assert_string_equal(one->names[2], "p1:3");
  assert_true(one->series->strain[50] == p->strain[p->n_times + 50]);
  assert_true(one->series->strain[600 + 50] == p->strain[2 * p->n_times + 50]);
  lg_axon_impacts_destroy(ctx, one);
  const axon_impacts_opts wrong[4] = {
      {0}, {.sequence = beyond, .n_sequence = 1}, {.repeat = 2, .rest_s = -1.0}, {.repeat = 1000, .rest_s = 900.0}};
  for (size_t k = 0; k < 4; k++) assert_int_equal(lg_axon_impacts_create(ctx, p, &wrong[k], &one), LG_ERR_RANGE);
  lg_axon_profiles_destroy(ctx, p);
}

static void further_outputs_are_those_of_the_trace(void **state) {
  (void)state;
  const axon_params params = small();
  axon_profiles *p = load();
  axon_outcome outcomes[10];
  const size_t n_steps = p->n_times - 1;
  double *trace = lg_alloc(ctx, 10 * (n_steps + 1) * AXON_TRACES, sizeof *trace);
  assert_non_null(trace);
  simulate(&params, p, &(axon_simulate_opts){.precision = AXON_DOUBLE}, outcomes, trace);
  for (size_t k = 0; k < 10; k++) {
    double reaction = 0.0, compression = 0.0, mt = 0.0, axolemma = 0.0, at[2] = {0};
    for (size_t n = 1; n <= n_steps; n++) {
      const double *row = trace + (k * (n_steps + 1) + n) * AXON_TRACES, t = (double)n * p->dt_s;
      reaction = fmax(reaction, fabs(row[AXON_TRACE_REACTION]));
      compression = fmax(compression, row[AXON_TRACE_COMPRESSION]);
      if (row[AXON_TRACE_MT] > mt) mt = row[AXON_TRACE_MT], at[0] = t;
      if (row[AXON_TRACE_AXOLEMMA] > axolemma) axolemma = row[AXON_TRACE_AXOLEMMA], at[1] = t;
    }
    const double *further = outcomes[k].further;
    assert_true(reaction > 0.0 && further[AXON_REACTION] == reaction);
    assert_true(further[AXON_COMPRESSION] == compression);
    assert_true(fabs(further[AXON_MT_TIME] - at[0]) < 1e-12 && at[0] > 0.0);
    assert_true(fabs(further[AXON_AXOLEMMA_TIME] - at[1]) < 1e-12 && at[1] > 0.0);
  }
  const axon_params male = lg_axon_params_male();
  assert_true(fabs(lg_axon_undulation_nm(&male, 0.01) / (4167.9 / 3.14159265 * 0.1) - 1.0) < 1e-3);
  lg_free(ctx, trace);
  lg_axon_profiles_destroy(ctx, p);
}

static void presets_are_by_name(void **state) {
  (void)state;
  axon_params p = {0};
  assert_true(lg_axon_params_preset("female", &p) && p.rows == 7 && p.seed == 1);
  assert_true(lg_axon_params_preset("male", &p) && p.rows == 19);
  assert_false(lg_axon_params_preset("neither", &p));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_series_is_one_long_profile),  cmocka_unit_test(at_rest_only_losses_stay),
      cmocka_unit_test(lanes_of_series_do_not_matter), cmocka_unit_test(further_outputs_are_those_of_the_trace),
      cmocka_unit_test(presets_are_by_name),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
