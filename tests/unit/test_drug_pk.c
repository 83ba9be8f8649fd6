/* Pharmacokinetics of one compartment against its closed forms. */
#include "tests/one_ctx.h"

#include "twin/drug_pk.h"

#include <math.h>
#include <string.h>

/* 250 g/mol, 50 L, 80 % absorbed, half-life 10 h, peak after 2 h, a quarter unbound. */
static lg_drug made_up(void) {
  static char words[1] = "";
  lg_drug d = {.name = words, .fraction_unbound = 0.25};
  d.kinetics = (lg_drug_kinetics){10.0, 50.0, 0.8, 2.0, 250.0, 'A', words};
  return d;
}

static void test_single_dose(void **state) {
  (void)state;
  const lg_drug d = made_up();
  lg_drug_course c;
  assert_ok(ctx, lg_drug_course_make(ctx, &d, 125.0, (double)INFINITY, &c));
  assert_true(fabs(c.single_uM - 8.0) < 1e-12); /* 0.5 mmol x 0.8 / 50 L */
  assert_true(fabs(c.ke_per_h - log(2.0) / 10.0) < 1e-15);
  const lg_drug_exposure x = lg_drug_course_exposure(&c);
  assert_true(fabs(x.first_peak_h - 2.0) < 1e-9);
  assert_true(lg_drug_course_at(&c, 2.0) > lg_drug_course_at(&c, 1.99) &&
              lg_drug_course_at(&c, 2.0) > lg_drug_course_at(&c, 2.01));
  assert_true(lg_drug_course_at(&c, 0.0) == 0.0 && lg_drug_course_at(&c, -1.0) == 0.0);
  assert_true(isnan(x.mean_uM));
  /* all that was absorbed is eliminated: area = F D / CL; late, half of it every half-life */
  double area = 0.0;
  const double dt = 0.005;
  for (int k = 0; k < 60000; k++) area += dt * lg_drug_course_at(&c, (k + 0.5) * dt);
  assert_true(fabs(area / (8.0 / c.ke_per_h) - 1.0) < 1e-5);
  assert_true(fabs(lg_drug_course_at(&c, 60.0) / lg_drug_course_at(&c, 50.0) - 0.5) < 1e-6);
}

static void test_repeated_doses(void **state) {
  (void)state;
  const lg_drug d = made_up();
  lg_drug_course one, many;
  assert_ok(ctx, lg_drug_course_make(ctx, &d, 125.0, (double)INFINITY, &one));
  assert_ok(ctx, lg_drug_course_make(ctx, &d, 125.0, 12.0, &many));
  /* doses add up */
  for (double t = 0.5; t < 60.0; t += 3.7) {
    double sum = 0.0;
    for (double dose = 0.0; dose <= t; dose += 12.0) sum += lg_drug_course_at(&one, t - dose);
    assert_true(fabs(lg_drug_course_at(&many, t) / sum - 1.0) < 1e-12);
  }
  const lg_drug_exposure x = lg_drug_course_exposure(&many);
  assert_true(fabs(x.mean_uM - 8.0 / (many.ke_per_h * 12.0)) < 1e-12);
  double mean = 0.0, peak = 0.0;
  for (int k = 0; k < 12000; k++) {
    const double y = lg_drug_course_steady(&many, (k + 0.5) * 1e-3);
    mean += y / 12000.0;
    peak = fmax(peak, y);
  }
  assert_true(fabs(mean / x.mean_uM - 1.0) < 1e-6);
  assert_true(fabs(peak / x.peak_uM - 1.0) < 1e-6);
  assert_true(x.trough_uM < x.mean_uM && x.mean_uM < x.peak_uM);
  for (double t = 0.0; t < 12.0; t += 1.3) /* after a month the course is the steady one */
    assert_true(fabs(lg_drug_course_at(&many, 720.0 + t) / lg_drug_course_steady(&many, t) - 1.0) < 1e-9);
}

static void test_refused(void **state) {
  (void)state;
  lg_drug d = made_up();
  lg_drug_course c;
  assert_int_equal(lg_drug_course_make(ctx, &d, 0.0, 12.0, &c), LG_ERR_RANGE);
  assert_int_equal(lg_drug_course_make(ctx, &d, -5.0, 12.0, &c), LG_ERR_RANGE);
  assert_int_equal(lg_drug_course_make(ctx, &d, (double)NAN, 12.0, &c), LG_ERR_RANGE);
  assert_int_equal(lg_drug_course_make(ctx, &d, 5.0, 0.0, &c), LG_ERR_RANGE);
  d.kinetics.tmax_h = 20.0; /* later than 1/ke */
  assert_int_equal(lg_drug_course_make(ctx, &d, 5.0, 12.0, &c), LG_ERR_RANGE);
  d.kinetics.volume_L = (double)NAN;
  assert_int_equal(lg_drug_course_make(ctx, &d, 5.0, 12.0, &c), LG_ERR_UNSUPPORTED);
  assert_non_null(strstr(lg_ctx_message(ctx), "volume of distribution"));
}

/* Usual doses of the shipped drugs end within or near their therapeutic ranges: units and magnitudes are right. */
static void test_usual_doses(void **state) {
  (void)state;
  static const struct {
    const char *drug;
    double mg, hours;
  } usual[] = {
      {"carbamazepine", 400, 12},  {"phenytoin", 300, 24},    {"lamotrigine", 150, 12}, {"lacosamide", 200, 12},
      {"valproate", 500, 8},       {"ethosuximide", 500, 12}, {"diazepam", 5, 12},      {"phenobarbital", 120, 24},
      {"retigabine", 300, 8},      {"memantine", 10, 12},     {"perampanel", 8, 24},    {"baclofen", 20, 8},
      {"4-aminopyridine", 10, 12}, {"riluzole", 50, 12},      {"nifedipine", 10, 8},    {"mexiletine", 200, 8}};
  lg_drug_table *table;
  assert_ok(ctx, lg_drug_table_read(ctx, LG_SOURCE_DIR "/data/drugs.csv", NULL, &table));
  for (size_t k = 0; k < sizeof usual / sizeof usual[0]; k++) {
    const lg_drug *d;
    lg_drug_course c;
    assert_ok(ctx, lg_drug_find(ctx, table, usual[k].drug, &d));
    assert_ok(ctx, lg_drug_course_make(ctx, d, usual[k].mg, usual[k].hours, &c));
    const lg_drug_exposure x = lg_drug_course_exposure(&c);
    const double fu = isnan(d->fraction_unbound) ? 1.0 : d->fraction_unbound;
    const double low = isnan(d->free_low_uM) ? 0.2 * d->free_high_uM : d->free_low_uM;
    if (!(x.peak_uM * fu > low / 2.0 && x.trough_uM * fu < 2.0 * d->free_high_uM))
      fail_msg("%s: free %g to %g uM, therapeutic %g to %g", d->name, x.trough_uM * fu, x.peak_uM * fu, d->free_low_uM,
               d->free_high_uM);
  }
  lg_drug_table_destroy(ctx, table);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_single_dose), cmocka_unit_test(test_repeated_doses),
                                     cmocka_unit_test(test_refused), cmocka_unit_test(test_usual_doses)};
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
