/* Points of a screen become cells: medians, bands, shares, the most frequent verdict, EC50. */
#include "tests/alloc.h"
#include "tests/one_ctx.h"

#include "base/base.h"
#include "twin/screen_gather.h"

#include <math.h>

static void one_individual_has_no_band(void **state) {
  (void)state;
  lg_screen_gather *g = NULL;
  lg_screen_cell cells[4];
  assert_ok(ctx, lg_screen_gather_create(ctx, 2, 2, 1, &g));
  assert_int_equal(lg_screen_gather_missing(g), 4);
  assert_ok(ctx, lg_screen_gather_put(ctx, g, 0, 1, 0, LG_VERDICT_INHIBITED, 0.5, 2.0));
  assert_ok(ctx, lg_screen_gather_put(ctx, g, 1, 0, 0, -1, (double)NAN, (double)NAN));
  assert_ok(ctx, lg_screen_gather_put(ctx, g, 1, 1, 0, LG_VERDICT_SILENCED, 0.0, (double)NAN));
  assert_int_equal(lg_screen_gather_missing(g), 2);
  assert_ok(ctx, lg_screen_gather_cells(ctx, g, cells));
  assert_true(cells[0].verdict == -1 && isnan(cells[0].area_ratio));
  assert_true(cells[1].verdict == LG_VERDICT_INHIBITED && cells[1].area_ratio == 0.5 && cells[1].rheobase_ratio == 2.0);
  assert_true(isnan(cells[1].area_lo) && isnan(cells[1].affected) && isnan(cells[1].share[0]));
  assert_true(cells[2].verdict == -1);
  assert_true(cells[3].verdict == LG_VERDICT_SILENCED && cells[3].area_ratio == 0.0 && isnan(cells[3].rheobase_ratio));
  lg_screen_gather_destroy(ctx, g);
}

static void many_individuals_have_shares(void **state) {
  (void)state;
  enum { N = 101 };
  lg_screen_gather *g = NULL;
  lg_screen_cell cell;
  assert_ok(ctx, lg_screen_gather_create(ctx, 1, 1, N, &g));
  for (size_t k = 0; k < N; k++) { /* areas 0, 0.01 … 1 in a scrambled order; one fails */
    const double area = (double)(37 * k % N) / 100.0;
    const int verdict = area < 0.8 ? LG_VERDICT_INHIBITED : LG_VERDICT_UNCHANGED;
    assert_ok(ctx, lg_screen_gather_put(ctx, g, 0, 0, k, verdict, area, 1.0));
  }
  assert_ok(ctx, lg_screen_gather_cells(ctx, g, &cell));
  assert_int_equal(cell.verdict, LG_VERDICT_INHIBITED);
  assert_true(fabs(cell.area_ratio - 0.5) < 1e-6 && fabs(cell.area_lo - 0.025) < 1e-6 &&
              fabs(cell.area_hi - 0.975) < 1e-6);
  assert_true(fabs(cell.affected - 80.0 / 101.0) < 1e-12 &&
              fabs(cell.share[LG_VERDICT_UNCHANGED] - 21.0 / 101.0) < 1e-12);
  assert_ok(ctx, lg_screen_gather_put(ctx, g, 0, 0, 0, -1, 7.0, 1.0)); /* a failed one does not count */
  assert_ok(ctx, lg_screen_gather_cells(ctx, g, &cell));
  assert_true(fabs(cell.affected - 79.0 / 100.0) < 1e-12);
  lg_screen_gather_destroy(ctx, g);
}

static void ties_go_to_the_median(void **state) {
  (void)state;
  lg_screen_gather *g = NULL;
  lg_screen_cell cell;
  const double area[4] = {0.1, 0.95, 0.9, 1.9};
  const int verdict[4] = {LG_VERDICT_INHIBITED, LG_VERDICT_UNCHANGED, LG_VERDICT_UNCHANGED, LG_VERDICT_INHIBITED};
  assert_ok(ctx, lg_screen_gather_create(ctx, 1, 1, 4, &g));
  for (size_t k = 0; k < 4; k++) assert_ok(ctx, lg_screen_gather_put(ctx, g, 0, 0, k, verdict[k], area[k], 1.0));
  assert_ok(ctx, lg_screen_gather_cells(ctx, g, &cell));
  assert_int_equal(cell.verdict, LG_VERDICT_UNCHANGED);
  lg_screen_gather_destroy(ctx, g);
}

static void half_of_the_effect_is_found(void **state) {
  (void)state;
  const double dose[5] = {1.0, 10.0, 100.0, 1000.0, 10000.0};
  lg_screen_cell c[5];
  const double down[5] = {1.0, 0.9, 0.4, 0.2, 0.2};
  for (int k = 0; k < 5; k++) c[k] = (lg_screen_cell){.verdict = 2, .area_ratio = down[k]};
  /* half of the way to 0.2 is 0.6: 0.6 of the way from 0.9 to 0.4 */
  assert_true(fabs(lg_screen_ec50(dose, c, 5) - pow(10.0, 1.6)) < 1e-6);
  c[1].area_ratio = (double)NAN; /* a failed dose is bridged: 2/3 of two decades */
  assert_true(fabs(lg_screen_ec50(dose, c, 5) - pow(10.0, 2.0 * 0.4 / 0.6)) < 1e-6);
  const double up[5] = {1.0, 1.0, 2.0, 3.0, 3.0};
  for (int k = 0; k < 5; k++) c[k].area_ratio = up[k];
  assert_true(fabs(lg_screen_ec50(dose, c, 5) - 100.0) < 1e-9);
  const double flat[5] = {1.0, 1.05, 0.95, 1.1, 1.0};
  for (int k = 0; k < 5; k++) c[k].area_ratio = flat[k];
  assert_true(isnan(lg_screen_ec50(dose, c, 5)));
  for (int k = 0; k < 5; k++) c[k].area_ratio = 0.1; /* below the lowest dose */
  assert_true(isnan(lg_screen_ec50(dose, c, 5)));
}

static void what_is_out_of_range_is_refused(void **state) {
  (void)state;
  lg_screen_gather *g = NULL;
  assert_int_equal(lg_screen_gather_create(ctx, 0, 1, 1, &g), LG_ERR_ARGUMENT);
  assert_int_equal(lg_screen_gather_create(ctx, SIZE_MAX / 2, 3, 1, &g), LG_ERR_LIMIT);
  assert_ok(ctx, lg_screen_gather_create(ctx, 1, 1, 1, &g));
  assert_int_equal(lg_screen_gather_put(ctx, g, 1, 0, 0, 0, 1.0, 1.0), LG_ERR_ARGUMENT);
  assert_int_equal(lg_screen_gather_put(ctx, g, 0, 0, 0, LG_VERDICTS, 1.0, 1.0), LG_ERR_ARGUMENT);
  lg_screen_gather_destroy(ctx, g);
}

static lg_status gather(lg_ctx *c) {
  lg_screen_gather *g = NULL;
  lg_screen_cell cell;
  lg_status status = lg_screen_gather_create(c, 1, 1, 2, &g);
  if (status == LG_OK) status = lg_screen_gather_cells(c, g, &cell);
  lg_screen_gather_destroy(c, g);
  return status;
}

static void nothing_is_left_when_memory_ends(void **state) {
  (void)state;
  assert_int_equal(lg_exhaust("gather", gather), 6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_individual_has_no_band),      cmocka_unit_test(many_individuals_have_shares),
      cmocka_unit_test(ties_go_to_the_median),           cmocka_unit_test(half_of_the_effect_is_found),
      cmocka_unit_test(what_is_out_of_range_is_refused), cmocka_unit_test(nothing_is_left_when_memory_ends),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
