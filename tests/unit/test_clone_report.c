/* What a report adds to a clone: draws of the posterior, bands, f–I curve, the words of the card. */
#include "tests/alloc.h"

#include "base/base.h"
#include "base/elementary.h"
#include "twin/clone_report.h"
#include "twin/posterior.h"
#include "twin/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A family of two parameters that can be checked by hand: v = rest + gain * i, a spike of one sample at every tenth
 * sample while v is above -40 mV. z = (rest, ln gain). */
static void simulate(const lg_twin *twin, const double *i_pA, size_t n, double dt_ms, double *v_mV) {
  (void)dt_ms;
  for (size_t k = 0; k < n; k++) {
    v_mV[k] = twin->parameters[0].value + twin->parameters[1].value * i_pA[k];
    if (v_mV[k] > -40.0 && k % 10 == 5) v_mV[k] = 30.0;
  }
}

static void to_z(const double *natural, double *z) {
  z[0] = natural[0];
  z[1] = lg_ln(natural[1]);
}

static void from_z(const double *z, double *natural) {
  natural[0] = z[0];
  natural[1] = lg_exp(z[1]);
}

static const lg_family family = {
    .name = "toy", .model = "izhikevich", .variant = "std", .simulate = simulate, .to_z = to_z, .from_z = from_z};

enum { SWEEPS = 4, N = 400 };
static double v[SWEEPS][N], i[SWEEPS][N], answer[SWEEPS][N];
static lg_sweep sweeps[SWEEPS];
static lg_twin_sweep judged[SWEEPS];
static double *answers[SWEEPS];
static char warning[] = "something is unusual";
static char *warnings[] = {warning};
static char source[] = "folder/toy.abf";

static lg_twin make_twin(void) {
  lg_twin t = {.model = "izhikevich", .variant = "std", .n_parameters = 2, .stage = "refined"};
  t.parameters[0] = (lg_twin_parameter){"vr", "mV", -65.0, 0.5, -66.0, -64.0, -80.0, -50.0};
  t.parameters[1] = (lg_twin_parameter){"k", "nS/mV", 0.2, 0.01, 0.18, 0.22, 0.1, 0.15};
  const double covariance[4] = {0.25, 0.02, 0.02, 0.0025};
  memcpy(t.covariance, covariance, sizeof covariance);
  t.chi2_per_sample = 3.0;
  t.noise_mV = 0.1;
  t.count_rmse_fitted = 0.0;
  t.count_rmse_predicted = 1.5;
  t.count_r2_predicted = (double)NAN;
  t.subthreshold_rmse_mV = 0.3;
  t.network_distance = (double)NAN;
  lg_twin_reason(&t, LG_DOMAIN_AMBER, "a reason");
  return t;
}

static void make(lg_recording *rec, lg_clone *clone) {
  memset(clone, 0, sizeof *clone);
  clone->twin = make_twin();
  clone->family = &family;
  clone->n_sweeps = SWEEPS;
  clone->sweeps = judged;
  clone->twin_mV = answers;
  clone->n_trials = 1;
  clone->trials[0] = (lg_clone_trial){.family = &family, .chi2_per_sample = 3.0, .count_rmse = 1.5, .note = "a note"};
  for (size_t s = 0; s < SWEEPS; s++) {
    const double step = 50.0 * (double)s;
    for (size_t k = 0; k < N; k++) i[s][k] = k >= 100 && k < 300 ? step : 0.0;
    simulate(&clone->twin, i[s], N, 0.5, answer[s]);
    memcpy(v[s], answer[s], sizeof v[s]);
    answers[s] = answer[s];
    sweeps[s] = (lg_sweep){.n = N, .dt_ms = 0.5, .v_mV = v[s], .i_pA = i[s], .current_origin = LG_CURRENT_COMMAND};
    sweeps[s].number = (int)s;
    sweeps[s].has_step = 1;
    sweeps[s].step_on = 100;
    sweeps[s].step_off = 300;
    sweeps[s].step_pA = step;
    const int n = lg_clone_count_spikes(v[s], 100, 300, N, 0.5);
    judged[s] = (lg_twin_sweep){(int)s, s % 2 == 0, step, n, n, (double)NAN};
  }
  *rec = (lg_recording){.n_sweeps = SWEEPS, .sweeps = sweeps, .source = source, .n_warnings = 1, .warnings = warnings};
  rec->format = rec->pairing = rec->protocol = source;
}

static void draws_have_the_covariance(void **state) {
  (void)state;
  enum { DRAWS = 20000 };
  const lg_twin t = make_twin();
  double *x = malloc(2 * DRAWS * sizeof *x), *again = malloc(2 * DRAWS * sizeof *x);
  assert_true(x && again && lg_twin_sample(&family, &t, 7, DRAWS, x) && lg_twin_sample(&family, &t, 7, DRAWS, again));
  assert_memory_equal(x, again, 2 * DRAWS * sizeof *x);
  double mean[2] = {0, 0}, c[3] = {0, 0, 0};
  for (size_t k = 0; k < DRAWS; k++) {
    assert_true(x[2 * k + 1] > 0.0);
    mean[0] += x[2 * k] / DRAWS;
    mean[1] += log(x[2 * k + 1]) / DRAWS;
  }
  for (size_t k = 0; k < DRAWS; k++) {
    const double a = x[2 * k] - mean[0], b = log(x[2 * k + 1]) - mean[1];
    c[0] += a * a / DRAWS;
    c[1] += a * b / DRAWS;
    c[2] += b * b / DRAWS;
  }
  /* standard errors: 0.5/141, 0.05/141; of a variance s² sqrt(2/n) */
  assert_true(fabs(mean[0] + 65.0) < 4 * 0.0036 && fabs(mean[1] - log(0.2)) < 4 * 0.00036);
  assert_true(fabs(c[0] - 0.25) < 4 * 0.0025 && fabs(c[1] - 0.02) < 4 * 0.00023 && fabs(c[2] - 0.0025) < 4 * 2.5e-5);
  assert_true(lg_twin_sample(&family, &t, 8, 1, again) && again[0] != x[0]);
  free(x);
  free(again);
}

static void no_draws_from_what_is_no_covariance(void **state) {
  (void)state;
  double x[2];
  lg_twin t = make_twin();
  t.covariance[1] = t.covariance[2] = 0.03; /* correlation above 1 */
  assert_false(lg_twin_sample(&family, &t, 1, 1, x));
  t = make_twin();
  t.covariance[3] = (double)NAN;
  assert_false(lg_twin_sample(&family, &t, 1, 1, x));
  t.covariance[0] = t.covariance[1] = t.covariance[2] = 0.0; /* held fixed */
  t.covariance[3] = 0.0025;
  assert_true(lg_twin_sample(&family, &t, 1, 1, x) && x[0] == -65.0 && fabs(log(x[1] / 0.2)) < 0.3 && x[1] != 0.2);
}

static void bands_are_the_range_of_the_draws(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_recording rec;
  lg_clone clone;
  make(&rec, &clone);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  const double draws[6] = {-65.0, 0.2, -66.0, 0.3, -64.0, 0.1};
  const lg_predictor p = {&family, &clone.twin, draws, 3};
  lg_predicted_sweep out[SWEEPS];
  static double lo[SWEEPS][N], hi[SWEEPS][N];
  for (size_t s = 0; s < SWEEPS; s++) out[s] = (lg_predicted_sweep){.n = N, .lo_mV = lo[s], .hi_mV = hi[s]};
  assert_ok(ctx, lg_predict_sweeps(ctx, &p, &rec, out));
  assert_true(lo[0][50] == -66.0 && hi[0][50] == -64.0);
  assert_true(lo[2][150] == -64.0 + 0.1 * 100.0 && hi[2][150] == -66.0 + 0.3 * 100.0);
  assert_true(out[0].count_lo == 0.0 && out[0].count_hi == 0.0);
  assert_true(out[3].count_lo == 0.0 && out[3].count_hi == 20.0);
  lg_predicted_point points[2] = {{.i_pA = 0.0}, {.i_pA = 150.0}};
  assert_ok(ctx, lg_predict_fi(ctx, &p, &sweeps[1], points, 2));
  assert_true(points[0].spikes == 0.0 && points[1].spikes == 20.0 && points[1].lo == 0.0 && points[1].hi == 20.0);
  sweeps[1].has_step = 0;
  assert_int_equal(lg_predict_fi(ctx, &p, &sweeps[1], points, 2), LG_ERR_ARGUMENT);
  lg_ctx_destroy(ctx);
}

static bool says(const char *const *texts, size_t n, const char *word) {
  for (size_t k = 0; k < n; k++)
    if (strstr(texts[k], word)) return true;
  return false;
}

static void the_card_tells_what_is_known(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_recording rec;
  lg_clone clone;
  lg_provenance *provenance = NULL;
  lg_clone_report *report = NULL;
  char word[] = "loligo", *argv[] = {word, NULL};
  make(&rec, &clone);
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_provenance_create(ctx, 1, argv, 1, &provenance));
  const lg_clone_report_opts opts = LG_CLONE_REPORT_OPTS_INIT;
  assert_ok(ctx, lg_clone_report_create(ctx, &rec, &clone, &opts, provenance, &report));
  const lg_report_data *d = lg_clone_report_get(report);
  assert_string_equal(d->domain, "amber");
  assert_int_equal(d->n_sweeps, SWEEPS);
  assert_true(d->sweeps[0].fitted && !d->sweeps[1].fitted && d->sweeps[3].twin_lo_mV);
  assert_true(d->sweeps[3].step_on_ms == 50.0 && d->sweeps[3].step_off_ms == 150.0);
  assert_int_equal(d->n_parameters, 2);
  assert_string_equal(d->parameters[0].meaning, "Resting potential.");
  assert_int_equal(d->n_samples, 400);
  assert_true(d->n_fi > 20 && d->fi_pA[0] == 0.0 && d->fi_pA[d->n_fi - 1] == 150.0);
  bool outside = false, counts = false;
  for (size_t k = 0; k < d->n_checks; k++) {
    if (strstr(d->checks[k].name, "outside")) outside = d->checks[k].value == 1.0 && !d->checks[k].passed;
    if (strstr(d->checks[k].name, "predicted sweeps")) counts = d->checks[k].value == 1.5 && !d->checks[k].passed;
  }
  assert_true(outside && counts);
  assert_int_equal(d->n_candidates, 1);
  assert_true(d->candidates[0].chosen && strcmp(d->candidates[0].note, "a note") == 0);
  assert_true(says(d->reasons, d->n_reasons, "a reason") && says(d->warnings, d->n_warnings, "unusual"));
  assert_true(says(d->limits, d->n_limits, "simpler than the cell") && says(d->limits, d->n_limits, "command"));
  lg_clone_report_destroy(ctx, report);
  /* without a covariance: no draws, no bands, and it says so */
  clone.twin.covariance[0] = (double)NAN;
  assert_ok(ctx, lg_clone_report_create(ctx, &rec, &clone, &opts, provenance, &report));
  d = lg_clone_report_get(report);
  assert_true(d->n_samples == 0 && !d->sweeps[0].twin_lo_mV && !d->fi_lo && d->n_fi > 20);
  assert_true(says(d->limits, d->n_limits, "not positive definite"));
  lg_clone_report_destroy(ctx, report);
  lg_provenance_destroy(ctx, provenance);
  lg_ctx_destroy(ctx);
}

/* ---- every allocation may fail ------------------------------------------------------------------------ */

static lg_recording small;
static lg_clone cloned;

static lg_status gather(lg_ctx *ctx) {
  lg_provenance *provenance = NULL;
  lg_clone_report *report = NULL;
  char word[] = "loligo", *argv[] = {word, NULL};
  const lg_clone_report_opts opts = {.seed = 1, .n_samples = 39};
  lg_status status = lg_provenance_create(ctx, 1, argv, 1, &provenance);
  if (status == LG_OK) status = lg_clone_report_create(ctx, &small, &cloned, &opts, provenance, &report);
  lg_clone_report_destroy(ctx, report);
  lg_provenance_destroy(ctx, provenance);
  return status;
}

static void nothing_is_left_when_memory_ends(void **state) {
  (void)state;
  make(&small, &cloned);
  assert_true(lg_exhaust("report", gather) > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(draws_have_the_covariance),        cmocka_unit_test(no_draws_from_what_is_no_covariance),
      cmocka_unit_test(bands_are_the_range_of_the_draws), cmocka_unit_test(the_card_tells_what_is_known),
      cmocka_unit_test(nothing_is_left_when_memory_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
