/* Screens and populations: points do not depend on their company, what cannot be run fails alone, patients differ as
 * they should. */
#include "tests/alloc.h"
#include "tests/one_ctx.h"

#include "twin/population.h"

#include <math.h>
#include <string.h>

static lg_drug_table *table;

static const char library[] = "id,name,channel,IC50_uM,hill\n"
                              "K,kv7,Kv7.2/7.3,1,1\n"
                              "N,nav,Nav1.6,0.01,1\n"
                              "H,herg,hERG,1,1\n";

static int set_up(void **state) {
  return open_ctx(state) == 0 && lg_drug_table_parse(ctx, "library", (const unsigned char *)library, sizeof library - 1,
                                                     NULL, NULL, &table) == LG_OK
             ? 0
             : -1;
}

static int tear_down(void **state) {
  lg_drug_table_destroy(ctx, table);
  return close_ctx(state);
}

static lg_individual someone(const char *name, const char *field, double value) {
  lg_individual i = {.domain = LG_DOMAIN_GREEN};
  (void)snprintf(i.name, sizeof i.name, "%s", name);
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &i.neuron));
  if (field) assert_ok(ctx, lg_neuron_set(ctx, &i.neuron, field, value));
  return i;
}

static const double doses[6] = {1.0, 30.0, 1.0, 30.0, 1.0, 30.0}; /* (compounds, 2) */

static lg_screening *screen(const lg_individual *who, size_t n, lg_screening_protocol protocol) {
  const lg_screening_opts o = {.protocol = protocol,
                               .n_individuals = n,
                               .individuals = who,
                               .table = table,
                               .n_doses = 2,
                               .dose_uM = doses,
                               .bath = LG_DRUG_BATH_INIT};
  lg_screening *s;
  assert_ok(ctx, lg_screening_create(ctx, &o, &s));
  assert_int_equal(lg_screening_n_points(s), 6 * n);
  return s;
}

static void points_stand_alone(void **state) {
  (void)state;
  const lg_individual who[3] = {someone("rs", NULL, 0.0), someone("mute", "gNa", 0.0), someone("slow", "gM", 15.0)};
  lg_screening *s = screen(who, 3, LG_SCREENING_FI);
  lg_screening_result all[18], one;
  assert_ok(ctx, lg_screening_points(ctx, s, 0, 18, all));
  for (size_t k = 0; k < 18; k++) {
    assert_ok(ctx, lg_screening_points(ctx, s, k, 1, &one));
    assert_int_equal(one.failed, all[k].failed);
    assert_memory_equal(&one.assay, &all[k].assay, sizeof one.assay);
    assert_int_equal(all[k].failed, k >= 6 && k < 12); /* the one that cannot fire, and it alone */
    if (all[k].failed) assert_non_null(strstr(all[k].message, "does not fire"));
  }
  assert_int_equal(all[1].verdict, LG_VERDICT_EXCITED);
  assert_int_equal(all[3].verdict, LG_VERDICT_SILENCED);
  assert_int_equal(all[5].verdict, LG_VERDICT_UNCHANGED);
  assert_true(all[5].n_acted == 0 && all[5].ratios.area == 1.0 && all[1].n_acted == 1);
  assert_true(all[13].ratios.area > all[1].ratios.area); /* who has more of a current gains more by its block */
  lg_screening_destroy(ctx, s);
}

static void one_step_is_judged_by_its_count(void **state) {
  (void)state;
  const lg_individual who = someone("rs", NULL, 0.0);
  lg_screening *s = screen(&who, 1, LG_SCREENING_STEP);
  lg_screening_result r[6];
  const size_t three = lg_assay_level(3.0);
  assert_ok(ctx, lg_screening_points(ctx, s, 0, 6, r));
  const double before = (double)lg_screening_before(s, 0)->n_spikes[three];
  assert_true(before == 20.0); /* as the reference runs */
  assert_true(fabs(r[1].ratios.area - (double)r[1].assay.n_spikes[three] / before) < 1e-12);
  assert_true(r[1].verdict == LG_VERDICT_EXCITED && r[3].verdict == LG_VERDICT_SILENCED);
  assert_true(r[5].verdict == LG_VERDICT_UNCHANGED && r[5].assay.n_spikes[three] == 20);
  lg_screening_destroy(ctx, s);
}

static lg_subject *subject(void) {
  const lg_twin twin = {.model = "tm",
                        .variant = "",
                        .n_parameters = 1,
                        .parameters = {{.name = "C", .value = 100.0}},
                        .range_low_pA = (double)NAN,
                        .range_high_pA = (double)NAN};
  lg_subject *s;
  assert_ok(ctx, lg_subject_of_twin(ctx, &twin, "rs", 0, 1, &s));
  return s;
}

static void patients_differ_within_bounds(void **state) {
  (void)state;
  enum { N = 60 };
  lg_subject *s = subject();
  lg_population_opts o = LG_POPULATION_OPTS_INIT;
  lg_population *p, *again;
  double mean = 0.0, square = 0.0;
  o.n = N;
  o.calibration = LG_CALIBRATE_NONE;
  assert_ok(ctx, lg_population_create(ctx, s, &o, &p));
  for (size_t k = 0; k < N; k++) {
    const double x = log(lg_neuron_get(&p->individuals[k].neuron, "C") / 100.0);
    mean += x / N;
    square += x * x / N;
    assert_true(p->individuals[k].rheobase_pA > 0.0);
  }
  assert_true(fabs(mean) < 0.16 && fabs(sqrt(square - mean * mean) - 0.378) < 0.12);
  assert_ok(ctx, lg_population_create(ctx, s, &o, &again));
  assert_memory_equal(again->individuals, p->individuals, N * sizeof p->individuals[0]);
  lg_population_destroy(ctx, again);
  lg_population_destroy(ctx, p);
  o.n = 10;
  o.calibration = LG_CALIBRATE_TWIN;
  o.spread = 2.0; /* so wide that many are refused */
  assert_ok(ctx, lg_population_create(ctx, s, &o, &p));
  assert_true(p->n == 10 && p->n_tried > 10);
  for (size_t k = 0; k < 10; k++) {
    assert_true(p->features[k].Rin_MOhm > 200.0 && p->features[k].Rin_MOhm < 900.0);
    assert_true(fabs(p->features[k].rest_mV + 71.9) < 12.0);
  }
  lg_population_destroy(ctx, p);
  o.n = 2;
  o.calibration = LG_CALIBRATE_PVALB; /* a regular-spiking twin has no fast-spiking patients */
  o.spread = 0.0;
  assert_int_equal(lg_population_create(ctx, s, &o, &p), LG_ERR_NUMERICAL);
  assert_non_null(strstr(lg_ctx_message(ctx), "accepted"));
  lg_subject_destroy(ctx, s);
}

static void warmth_speeds_gates_up(void **state) {
  (void)state;
  lg_subject *s = subject();
  lg_population_opts o = LG_POPULATION_OPTS_INIT;
  lg_population *p;
  o.n = 2;
  o.spread = 0.0;
  o.calibration = LG_CALIBRATE_NONE;
  o.recorded_at_C = 24.0;
  o.temperature_C = 34.0;
  assert_ok(ctx, lg_population_create(ctx, s, &o, &p));
  assert_true(fabs(lg_neuron_get(&p->individuals[0].neuron, "rate_scale") - 2.3) < 1e-12);
  lg_population_destroy(ctx, p);
  o.recorded_at_C = (double)NAN;
  assert_int_equal(lg_population_create(ctx, s, &o, &p), LG_ERR_ARGUMENT);
  lg_subject_destroy(ctx, s);
}

static const lg_individual *patient;

static lg_status screen_once(lg_ctx *c) {
  const lg_screening_opts o = {.protocol = LG_SCREENING_FI,
                               .n_individuals = 1,
                               .individuals = patient,
                               .table = table,
                               .n_doses = 1,
                               .dose_uM = doses,
                               .bath = LG_DRUG_BATH_INIT};
  lg_screening *s = NULL;
  lg_screening_result r[3];
  lg_status status = lg_screening_create(c, &o, &s);
  if (status == LG_OK) status = lg_screening_points(c, s, 0, 3, r);
  lg_screening_destroy(c, s);
  return status;
}

static void no_memory_is_an_error(void **state) {
  (void)state;
  lg_individual who = someone("rs", NULL, 0.0);
  who.rheobase_pA = 46.46; /* known: nothing is titrated */
  patient = &who;
  assert_true(lg_exhaust("a screen", screen_once) > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(points_stand_alone),
      cmocka_unit_test(one_step_is_judged_by_its_count),
      cmocka_unit_test(patients_differ_within_bounds),
      cmocka_unit_test(warmth_speeds_gates_up),
      cmocka_unit_test(no_memory_is_an_error),
  };
  return cmocka_run_group_tests_name("screening", tests, set_up, tear_down);
}
