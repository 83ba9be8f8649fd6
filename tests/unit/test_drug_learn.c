/* Learned effects of drugs on spike counts: reading pairs, known effects come back, the dose, the real pairs. */
#include "tests/alloc.h"
#include "tests/test.h"

#include "base/elementary.h"
#include "twin/drug_learn.h"

#include <math.h>
#include <string.h>

/* n cells of a straight f-I curve under a known effect, one odd cell among them. */
static size_t make_csv(char *text, size_t bytes, int n, double gain, double shift_pA, bool odd) {
  size_t used = (size_t)snprintf(text, bytes, "letter,state,no_of_APs,current_injection,\"notes, many\",treatment\n");
  for (int c = 0; c < n; c++)
    for (int after = 0; after < 2; after++)
      for (int k = -5; k <= 4; k++) {
        const double slope = 0.15 + 0.02 * c, i = 10.0 * k - (after ? shift_pA : 0.0),
                     b = fmax(0.0, slope * (i + 20.0));
        double count = after ? (1.0 - gain) * b : b;
        if (odd && c == 0 && after) count = 3.0 * b + 2.0;
        used += (size_t)snprintf(text + used, bytes - used, "%c,%s,%g,%d,\"a, b\",%s\n", 'A' + c,
                                 after ? "Drug" : "Baseline", count, 10 * k, c % 2 ? "one" : "two");
      }
  return used;
}

static lg_pairs *parse(lg_ctx *ctx, const char *text, size_t n) {
  lg_pairs *p = NULL;
  assert_ok(ctx, lg_pairs_parse(ctx, "pairs.csv", (const unsigned char *)text, n, NULL, &p));
  return p;
}

static char text[65536];

static void test_known_effects_come_back(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_effect e;
  assert_ok(ctx, lg_ctx_create(&ctx));
  static const struct {
    lg_effect_form form;
    double gain, shift;
    bool odd;
  } cases[] = {{LG_EFFECT_GAIN, 0.4, 0.0, false},
               {LG_EFFECT_GAIN, -0.3, 0.0, false},
               {LG_EFFECT_GAIN, 0.4, 0.0, true},
               {LG_EFFECT_SHIFT, 0.0, 10.0, false},
               {LG_EFFECT_BOTH, 0.3, 10.0, false}};
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    lg_pairs *p = parse(ctx, text, make_csv(text, sizeof text, 8, cases[k].gain, cases[k].shift, cases[k].odd));
    lg_effect_options how = LG_EFFECT_OPTIONS_INIT;
    how.form = cases[k].form;
    how.bootstraps = 40;
    assert_int_equal(p->n, 8);
    assert_int_equal(p->cells[3].n, 10);
    assert_string_equal(p->after_state, "Drug");
    assert_ok(ctx, lg_effect_learn(ctx, p, NULL, &how, &e));
    assert_true(fabs(e.gain - cases[k].gain) < 0.06); /* the prior at "no effect" draws a little */
    assert_true(fabs(e.shift_pA - cases[k].shift) < 1.5);
    if (!cases[k].odd && cases[k].form != LG_EFFECT_BOTH)
      assert_true(e.gain_ci95[0] <= e.gain && e.gain <= e.gain_ci95[1]);
    lg_effect_score scores[8];
    assert_ok(ctx, lg_effect_leave_out(ctx, p, &how, false, scores));
    const lg_effect_total t = lg_effect_sum(scores, 8);
    assert_true(t.n == 8 && t.right >= (cases[k].odd ? 7u : 8u));
    assert_true(cases[k].odd || t.rmse < 0.4 * t.rmse_none);
    lg_pairs_destroy(ctx, p);
  }
  lg_ctx_destroy(ctx);
}

static void test_dose_is_a_gate(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_effect e;
  double mean[16], low[16], high[16], last = 1e9;
  assert_ok(ctx, lg_ctx_create(&ctx));
  lg_pairs *p = parse(ctx, text, make_csv(text, sizeof text, 5, 0.4, 0.0, false));
  const lg_effect_options how = LG_EFFECT_OPTIONS_INIT;
  assert_ok(ctx, lg_effect_learn(ctx, p, NULL, &how, &e));
  assert_true(lg_effect_gate(&e, 0.0) == 0.0 && fabs(lg_effect_gate(&e, 0.5) - 1.0) < 1e-12);
  assert_true(lg_effect_gate(&e, 1e6) < 2.0 + 1e-5);
  /* nothing at dose 0: not even an interval */
  assert_true(lg_effect_predict(&e, &p->cells[2], 0.0, mean, low, high));
  for (size_t k = 0; k < p->cells[2].n; k++)
    assert_true(mean[k] == p->cells[2].before[k] && low[k] == mean[k] && high[k] == mean[k]);
  for (double dose = 0.01; dose < 1e3; dose *= 3.0) {
    (void)lg_effect_predict(&e, &p->cells[2], dose, mean, low, high);
    assert_true(mean[9] <= last && mean[9] >= 0.0 && low[9] <= mean[9] && high[9] >= mean[9]);
    last = mean[9];
  }
  assert_true(lg_effect_predict(&e, &p->cells[2], 0.5, mean, NULL, NULL));
  assert_false(lg_effect_predict(&e, &p->cells[2], 5.0, mean, NULL, NULL));
  p->cells[2].i_pA[9] = 4000.0;
  assert_false(lg_effect_predict(&e, &p->cells[2], 0.5, mean, NULL, NULL));
  lg_pairs_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

static void test_bad_tables_are_refused(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_pairs *p = NULL;
  lg_effect e;
  assert_ok(ctx, lg_ctx_create(&ctx));
  static const char *const bad[] = {"",
                                    "letter,state,count\nA,Baseline,3\n",
                                    "cell,state,current_pA,count\n",
                                    "cell,state,current_pA,count\nA,Baseline,10,many\n",
                                    "cell,state,current_pA,count\nA,Baseline,10,-1\n",
                                    "cell,state,current_pA,count\nA,Baseline,10\n",
                                    "cell,state,current_pA,count\nA,Baseline,10,1\nA,Baseline,10,2\n",
                                    "cell,state,current_pA,count\nA,Baseline,10,1\nA,X,10,2\nA,Y,10,2\n",
                                    "cell,state,current_pA,count\n\"A,Baseline,10,1\n"};
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
    assert_int_equal(lg_pairs_parse(ctx, "bad.csv", (const unsigned char *)bad[k], strlen(bad[k]), NULL, &p),
                     LG_ERR_FORMAT);
    assert_null(p);
    assert_non_null(strstr(lg_ctx_message(ctx), "bad.csv"));
  }
  static const char two[] = "cell,state,current_pA,count\nA,pre,1,1\nA,d,1,2\nB,pre,1,1\nB,d,1,2\nC,pre,1,4\n";
  p = parse(ctx, two, sizeof two - 1);
  assert_int_equal(p->n, 3);
  assert_false(p->cells[2].has_after);
  lg_effect_options how = LG_EFFECT_OPTIONS_INIT;
  assert_int_equal(lg_effect_learn(ctx, p, NULL, &how, &e), LG_ERR_ARGUMENT);
  how.dose_uM = -1.0;
  assert_int_equal(lg_effect_learn(ctx, p, NULL, &how, &e), LG_ERR_RANGE);
  lg_pairs_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

/* Parse, learn with intervals, leave out: no memory anywhere is an error like any other. */
static lg_status learn_all(lg_ctx *ctx) {
  lg_status status = LG_OK;
  lg_pairs *p = NULL;
  lg_effect e;
  lg_effect_score scores[4];
  lg_effect_options how = LG_EFFECT_OPTIONS_INIT;
  how.bootstraps = 20;
  const size_t n = make_csv(text, sizeof text, 4, 0.4, 0.0, false);
  LG_TRY(lg_pairs_parse(ctx, "pairs.csv", (const unsigned char *)text, n, NULL, &p));
  LG_TRY(lg_effect_learn(ctx, p, NULL, &how, &e));
  LG_TRY(lg_effect_leave_out(ctx, p, &how, false, scores));
done:
  lg_pairs_destroy(ctx, p);
  return status;
}

static void test_no_memory(void **state) {
  (void)state;
  assert_true(lg_exhaust("learn", learn_all) > 20);
}

/* The real pairs: insulin, two groups of cells; each cell and each group from the others. */
static void test_insulin(void **state) {
  (void)state;
  char path[512];
  lg_ctx *ctx = NULL;
  lg_pairs *p = NULL;
  if (!lg_test_shared("data/twin/paired/sample-ap-count-data.csv", path, sizeof path)) return;
  assert_ok(ctx, lg_ctx_create(&ctx));
  assert_ok(ctx, lg_pairs_read(ctx, path, NULL, &p));
  lg_effect_score scores[64];
  const lg_effect_options how = LG_EFFECT_OPTIONS_INIT;
  assert_true(p->n >= 8 && p->n <= 64);
  for (int by_group = 0; by_group < 2; by_group++) {
    assert_ok(ctx, lg_effect_leave_out(ctx, p, &how, by_group, scores));
    const lg_effect_total t = lg_effect_sum(scores, p->n);
    assert_true((double)t.right >= 0.8 * (double)t.n);
    assert_true(t.rmse < t.rmse_none);
  }
  lg_pairs_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known_effects_come_back),
      cmocka_unit_test(test_dose_is_a_gate),
      cmocka_unit_test(test_bad_tables_are_refused),
      cmocka_unit_test(test_no_memory),
      cmocka_unit_test(test_insulin),
  };
  return cmocka_run_group_tests_name("drug_learn", tests, NULL, NULL);
}
