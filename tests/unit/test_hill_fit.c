/* Hill fits of raw block: exact data come back, intervals hold what they promise, bad cells, bad files. */
#include "tests/alloc.h"
#include "tests/one_ctx.h"

#include "base/elementary.h"
#include "twin/block_data.h"

#include <math.h>
#include <string.h>

enum { N = 12, RESAMPLES = 300 };

static double scratch[5 * 64 + 2 * 4000];

/* Four concentrations around the IC50, three cells each. */
static void make(double ic50, double hill, double noise, lg_rng *rng, double *c, double *block) {
  static const double multiples[] = {0.1, 0.5, 2.0, 10.0};
  for (size_t k = 0; k < N; k++) {
    c[k] = ic50 * multiples[k / 3];
    block[k] = 100.0 / (1.0 + lg_pow(ic50 / c[k], hill)) + (noise > 0.0 ? noise * lg_rng_normal(rng) : 0.0);
  }
}

static void test_exact(void **state) {
  (void)state;
  double c[N], block[N];
  static const double ic50s[] = {1e-5, 0.0038, 1.0, 250.0, 3e5}, hills[] = {0.3, 0.65, 1.0, 1.7, 3.5};
  lg_hill_options o = LG_HILL_OPTIONS_INIT;
  lg_hill_result r;
  lg_rng rng = lg_rng_make(1, 2, 3);
  o.n_bootstrap = 0;
  for (size_t i = 0; i < 5; i++)
    for (size_t j = 0; j < 10; j++) {
      make(ic50s[i], hills[j % 5], 0.0, NULL, c, block);
      o.robust = j >= 5;
      assert_true(lg_hill_fit(c, block, N, &o, &rng, scratch, &r));
      assert_true(r.reached && !r.extrapolated && !r.at_bound);
      if (!(fabs(r.IC50_uM / ic50s[i] - 1.0) < 1e-6 && fabs(r.hill - hills[j % 5]) < 1e-6))
        fail_msg("IC50 %g Hill %g came out as %g, %g", ic50s[i], hills[j % 5], r.IC50_uM, r.hill);
      assert_true(isnan(r.IC50_low_uM));
      assert_int_equal(r.n_concentrations, 4);
    }
}

/* 95 % intervals over 300 simulated drugs with 5 % noise. */
static void test_intervals(void **state) {
  (void)state;
  double c[N], block[N];
  lg_hill_options o = LG_HILL_OPTIONS_INIT;
  lg_hill_result r;
  size_t in_ic50 = 0, in_hill = 0;
  o.n_bootstrap = RESAMPLES;
  for (uint64_t k = 0; k < 300; k++) {
    lg_rng rng = lg_rng_make(11, 5, k);
    make(1.0, 1.1, 5.0, &rng, c, block);
    assert_true(lg_hill_fit(c, block, N, &o, &rng, scratch, &r));
    in_ic50 += r.IC50_low_uM <= 1.0 && 1.0 <= r.IC50_high_uM ? 1 : 0;
    in_hill += r.hill_low <= 1.1 && 1.1 <= r.hill_high ? 1 : 0;
    assert_true(r.IC50_low_uM < r.IC50_uM && r.IC50_uM < r.IC50_high_uM && r.pIC50_sd > 0.0);
  }
  if (in_ic50 < 273 || in_ic50 > 297 || in_hill < 273 || in_hill > 297)
    fail_msg("of 300 intervals %zu (IC50) and %zu (Hill) hold the truth; 91 to 99 %% are right", in_ic50, in_hill);
}

static void test_robust(void **state) {
  (void)state;
  double c[N], block[N];
  lg_hill_options o = LG_HILL_OPTIONS_INIT;
  lg_hill_result plain, robust;
  lg_rng rng = lg_rng_make(4, 4, 4);
  make(2.0, 1.0, 1.0, &rng, c, block);
  block[9] = 5.0; /* a cell that did not see the drug: 91 % are right */
  o.n_bootstrap = 0;
  assert_true(lg_hill_fit(c, block, N, &o, &rng, scratch, &plain));
  o.robust = true;
  assert_true(lg_hill_fit(c, block, N, &o, &rng, scratch, &robust));
  assert_true(fabs(plain.IC50_uM / 2.0 - 1.0) > 0.15);
  assert_true(fabs(robust.IC50_uM / 2.0 - 1.0) < 0.1 && fabs(robust.hill - 1.0) < 0.1);
}

static void test_flags(void **state) {
  (void)state;
  double c[N], block[N];
  lg_hill_options o = LG_HILL_OPTIONS_INIT;
  lg_hill_result r;
  lg_rng rng = lg_rng_make(1, 1, 1);
  o.n_bootstrap = 0;
  make(1.0, 1.0, 0.0, NULL, c, block);
  for (size_t k = 0; k < N; k++) c[k] *= 0.01; /* the same curve at a hundredth of the doses: tested up to 0.1 IC50 */
  for (size_t k = 0; k < N; k++) block[k] = 100.0 / (1.0 + 1.0 / c[k]);
  assert_true(lg_hill_fit(c, block, N, &o, &rng, scratch, &r));
  assert_true(r.extrapolated && fabs(r.IC50_uM - 1.0) < 1e-5);
  for (size_t k = 0; k < N; k++) block[k] = k < 6 ? 0.0 : 100.0; /* a wall */
  assert_true(lg_hill_fit(c, block, N, &o, &rng, scratch, &r));
  assert_true(r.at_bound);
  for (size_t k = 0; k < N; k++) block[k] = -1.0;
  assert_true(lg_hill_fit(c, block, N, &o, &rng, scratch, &r));
  assert_true(!r.reached && isnan(r.IC50_uM));
  assert_false(lg_hill_fit(c, block, 2, &o, &rng, scratch, &r));
  assert_false(lg_hill_fit(c, block, 3, &o, &rng, scratch, &r)); /* one concentration */
}

/* ---- files ------------------------------------------------------------------------------------ */

static const char good[] = "channel;conc_nM;drug;block;pacing;who\n"
                           "hERG;10;b;10,5;1;x\nhERG;100;b;52;1;x\nhERG;1000;b;88;1;y\nhERG;10;b;NA;1;y\n"
                           "INa;100;a;50;NA;x\nINa;1000;a;91;NA;x\nINa;10;a;9;NA;x\nINa;0;a;0;NA;x\n";

static lg_status parse(const char *text, const char *unit, lg_drug_problems *skipped, lg_block_data **out) {
  return lg_block_data_parse(ctx, "x.csv", (const unsigned char *)text, strlen(text), unit, skipped, out);
}

static void test_file(void **state) {
  (void)state;
  lg_block_data *data;
  lg_hill_result r[2], again[2];
  lg_hill_options o = LG_HILL_OPTIONS_INIT;
  assert_ok(ctx, parse(good, NULL, NULL, &data));
  assert_int_equal(data->n, 2);
  assert_int_equal(data->n_rows, 8);
  assert_int_equal(data->n_missing, 2);
  assert_string_equal(data->pairs[0].drug, "a");
  assert_string_equal(data->pairs[0].pacing, "");
  assert_int_equal(data->pairs[1].n, 3);
  assert_true(data->pairs[1].c_uM[0] == 0.01 && data->pairs[1].block[0] == 10.5);
  o.n_bootstrap = 200;
  assert_ok(ctx, lg_ctx_set_threads(ctx, 1));
  assert_ok(ctx, lg_block_data_fit(ctx, data, &o, 1, r));
  assert_ok(ctx, lg_ctx_set_threads(ctx, 3));
  assert_ok(ctx, lg_block_data_fit(ctx, data, &o, 1, again));
  assert_memory_equal(r, again, sizeof r);
  assert_true(fabs(r[0].IC50_uM - 0.1) < 0.005);
  lg_block_data_destroy(ctx, data);
}

static void test_bad_files(void **state) {
  (void)state;
  lg_block_data *data;
  lg_drug_problems skipped;
  const struct {
    const char *text, *words;
  } bad[] = {{"", "empty"},
             {"drug,conc,channel,block\na,1,hERG,5\n", "no unit"},
             {"drug,conc_nM,channel\na,1,hERG\n", "'block' is missing"},
             {"drug,conc_nM,conc_uM,channel,block\na,1,1,hERG,5\n", "stands twice"},
             {"drug,conc_nM,channel,block\na,-1,hERG,5\n", "x.csv:2: the concentration is -1"},
             {"drug,conc_nM,channel,block\na,x,hERG,5\n", "x.csv:2: conc 'x'"},
             {"drug,conc_nM,channel,block\na,1,hERG,500\n", "allowed is -100 to 200"},
             {"drug,conc,units,channel,block\na,1,mV,hERG,5\n", "the unit 'mV'"},
             {"drug,conc_nM,channel,block\na,1,hERG\n", "3 cells"},
             {"drug,conc_nM,channel,block\na,NA,hERG,NA\n", "no row"}};
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
    assert_int_equal(parse(bad[k].text, NULL, NULL, &data), LG_ERR_FORMAT);
    if (!strstr(lg_ctx_message(ctx), bad[k].words)) fail_msg("%s: %s", bad[k].text, lg_ctx_message(ctx));
    assert_null(data);
  }
  assert_ok(ctx, parse("drug,conc,channel,block\na,1,hERG,5\na,q,hERG,5\na,2,hERG,9\n", "uM", &skipped, &data));
  assert_int_equal(skipped.n, 1);
  assert_int_equal(skipped.problems[0].line, 3);
  assert_int_equal(data->pairs[0].n, 2);
  lg_free(ctx, skipped.problems);
  lg_block_data_destroy(ctx, data);
}

/* CiPA's training drugs: every pair with at least 40 % block within 15 % and .15 of the published fit. */
static void test_cipa(void **state) {
  (void)state;
  char raw[512], fits[512];
  if (!lg_test_shared("data/twin/drugs/cipa_drug_block.csv", raw, sizeof raw) ||
      !lg_test_shared("data/twin/drugs/cipa_IC50_optimal_long.csv", fits, sizeof fits))
    skip();
  lg_block_data *data;
  lg_drug_table *table;
  lg_hill_options o = LG_HILL_OPTIONS_INIT;
  const lg_drug_read_options nM = {.unit = "nM"};
  size_t n = 0;
  o.n_bootstrap = 0;
  assert_ok(ctx, lg_block_data_read(ctx, raw, NULL, NULL, &data));
  assert_ok(ctx, lg_drug_table_read_with(ctx, fits, &nM, NULL, &table));
  lg_hill_result *r = calloc(data->n, sizeof *r);
  assert_non_null(r);
  assert_ok(ctx, lg_block_data_fit(ctx, data, &o, 1, r));
  for (size_t k = 0; k < data->n; k++)
    for (size_t d = 0; d < table->n; d++)
      for (size_t e = 0; strcmp(table->drugs[d].name, data->pairs[k].drug) == 0 && e < table->drugs[d].n_effects; e++) {
        const lg_drug_effect *p = &table->drugs[d].effects[e];
        if (strcmp(p->target, data->pairs[k].channel) != 0 || r[k].max_block_percent < 40.0) continue;
        assert_true(fabs(r[k].IC50_uM / p->K_uM - 1.0) < 0.01 && fabs(r[k].hill - p->hill) < 0.01);
        n++;
      }
  assert_int_equal(n, 17);
  free(r);
  lg_block_data_destroy(ctx, data);
  lg_drug_table_destroy(ctx, table);
}

static lg_status everything(lg_ctx *c) {
  lg_block_data *data = NULL;
  lg_hill_result r[2];
  lg_hill_options o = LG_HILL_OPTIONS_INIT;
  o.n_bootstrap = 3;
  lg_status status = lg_block_data_parse(c, "x.csv", (const unsigned char *)good, sizeof good - 1, NULL, NULL, &data);
  if (status == LG_OK) status = lg_block_data_fit(c, data, &o, 1, r);
  lg_block_data_destroy(c, data);
  return status;
}

static void test_no_memory(void **state) {
  (void)state;
  assert_true(lg_exhaust("block data", everything) >= 6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_exact), cmocka_unit_test(test_intervals), cmocka_unit_test(test_robust),
      cmocka_unit_test(test_flags), cmocka_unit_test(test_file),      cmocka_unit_test(test_bad_files),
      cmocka_unit_test(test_cipa),  cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
