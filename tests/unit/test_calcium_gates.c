/* Gates of the ryanodine receptor: rest, courses under a clamp, kinks and wide gaps of a sampled course. */
#include "base/elementary.h"
#include "calcium/gate_clamp.h"
#include "tests/one_ctx.h"

#include <math.h>

static calcium_constants constants;

/* Values of the reference's rest (one-state gates, independent program). */
static void test_rest(void **state) {
  (void)state;
  double s[3];
  constants = lg_calcium_constants_default();
  const calcium_gate kl = lg_calcium_gate_kl(&constants), closure = lg_calcium_gate_closure(&constants),
                     rise = lg_calcium_gate_rise(&constants);
  assert_true(fabs(kl.rest(&kl, 0.05, s) / 0.0003237294029695924 - 1.0) < 1e-12);
  assert_true(fabs(closure.rest(&closure, 0.05, s) / 0.0003237294029695924 - 1.0) < 1e-12);
  assert_true(fabs(rise.rest(&rise, 0.05, s) / 1.0003446637161279e-05 - 1.0) < 1e-12);
  constants.rise_closing = 30.0;
  const double open = rise.rest(&rise, 0.05, s);
  assert_true(fabs(open / 3.3344043828023694e-05 - 1.0) < 1e-12);
  assert_true(fabs(lg_calcium_derive(&constants, open, false).er_leak / 0.05264514188626407 - 1.0) < 1e-12);
}

/* Slopes against rates, and derivatives against central differences, at places of a wave. */
static void check_slopes(const calcium_gate *gate, double u, double udot, const double *states) {
  const size_t m = gate->n_states;
  double slope[3], by_state[9], by_u[3], by_udot[3], up[3], down[3], moved[3];
  gate->slopes(gate, 1, states, &u, &udot, slope);
  gate->derivatives(gate, 1, states, &u, &udot, by_state, by_u, by_udot);
  if (gate->rates) {
    double on, off;
    gate->rates(gate, 1, states, &u, &udot, &on, &off);
    assert_true(fabs(on * (1.0 - states[0]) - off * states[0] - slope[0]) <= 1e-12 * (on + off));
  }
  for (size_t q = 0; q < m + 2; q++) {
    const double by = q < m ? 1e-4 : 1e-6 * (q == m ? u : 1.0 + fabs(udot));
    for (int side = -1; side <= 1; side += 2) {
      double a = u, b = udot;
      for (size_t k = 0; k < m; k++) moved[k] = states[k];
      if (q < m) moved[q] += side * by;
      else if (q == m) a += side * by;
      else b += side * by;
      gate->slopes(gate, 1, moved, &a, &b, side > 0 ? up : down);
    }
    for (size_t r = 0; r < m; r++) {
      const double want = (up[r] - down[r]) / (2.0 * by), got = q < m    ? by_state[m * r + q]
                                                                : q == m ? by_u[r]
                                                                         : by_udot[r];
      assert_true(fabs(got - want) <= 1e-6 * (fabs(want) + fabs(got)) + 1e-6 * fabs(slope[r]) / by * 1e-6 + 1e-9);
    }
  }
}

static void test_slopes(void **state) {
  (void)state;
  constants = lg_calcium_constants_default();
  const calcium_gate gates[] = {lg_calcium_gate_kl(&constants), lg_calcium_gate_closure(&constants),
                                lg_calcium_gate_rise(&constants)};
  const double states[3] = {0.3, 0.25, 0.15}, at[][2] = {{0.05, 0.0}, {0.4, 3000.0}, {1.5, 205.0}, {9.0, -40.0}};
  for (size_t g = 0; g < 3; g++)
    for (size_t k = 0; k < 4; k++) check_slopes(&gates[g], at[k][0], at[k][1], states);
}

/* Under constant u the closure is one exponential. */
static void test_step_of_one_state(void **state) {
  (void)state;
  constants = lg_calcium_constants_default();
  const calcium_gate gate = lg_calcium_gate_closure(&constants);
  const double t[] = {0.0, 1e-3, 2e-3, 0.1}, u[] = {0.05, 1.0, 1.0, 0.05}, udot[4] = {0.0};
  double s[1], open[4], slope;
  const double start = gate.rest(&gate, 0.05, s);
  assert_int_equal(lg_calcium_clamp(ctx, &gate, 4, t, u, udot, 1e-13, s, open), LG_OK);
  const double kb = constants.kb_on / constants.kb_off, off = constants.ka_off / (1.0 + kb), on = constants.ka_on;
  double rest[3];
  const calcium_gate kl = lg_calcium_gate_kl(&constants);
  (void)kl.rest(&kl, 0.05, rest);
  const double end = on * (1.0 - rest[2]) / (on + off);
  slope = end + (start - end) * lg_exp(-1e-3 * (on + off));
  assert_true(fabs(open[0] - start) < 1e-15 && fabs(open[1] - start) < 1e-13);
  assert_true(fabs(open[2] - slope) < 1e-12);
}

static double bump(double t) {
  return 0.05 + 3.0 * lg_sigmoid((t - 5e-3) / 3e-4) * (t > 5e-3 ? lg_exp(-(t - 5e-3) / 0.08) : 1.0);
}

static double bump_slope(double t, double h) { return (bump(t + h) - bump(t - h)) / (2.0 * h); }

/* Keizer-Levine under a bump with a kink at 5 ms: samples 0.06 ms apart against samples 30 times closer. */
static void test_kink_between_samples(void **state) {
  (void)state;
  enum { COARSE = 201, FINE = 6001 };
  static double t[FINE], u[FINE], udot[FINE], fine[FINE], coarse[FINE];
  double s[3];
  constants = lg_calcium_constants_default();
  const calcium_gate gate = lg_calcium_gate_kl(&constants);
  for (size_t pass = 0; pass < 2; pass++) {
    const size_t n = pass ? COARSE : FINE;
    for (size_t k = 0; k < n; k++) {
      t[k] = 12e-3 * (double)k / (double)(n - 1);
      if (k == (n - 1) * 5 / 12) t[k] = 5e-3; /* a sample lies near the kink; moved onto it */
      u[k] = bump(t[k]);
      udot[k] = bump_slope(t[k], 1e-9);
    }
    (void)gate.rest(&gate, 0.05, s);
    assert_int_equal(lg_calcium_clamp(ctx, &gate, n, t, u, udot, 1e-12, s, pass ? coarse : fine), LG_OK);
  }
  double worst = 0.0;
  for (size_t k = 0; k < COARSE; k++)
    if (k != (COARSE - 1) * 5 / 12) worst = fmax(worst, fabs(coarse[k] - fine[k * (FINE - 1) / (COARSE - 1)]));
  assert_true(coarse[COARSE - 1] > 0.9);
  assert_true(worst < 2e-7);
}

static void test_times_must_rise(void **state) {
  (void)state;
  constants = lg_calcium_constants_default();
  const calcium_gate gate = lg_calcium_gate_kl(&constants);
  const double t[] = {0.0, 1e-3, 1e-3}, u[] = {0.05, 0.05, 0.05}, udot[3] = {0.0};
  double s[3], open[3];
  (void)gate.rest(&gate, 0.05, s);
  assert_int_equal(lg_calcium_clamp(ctx, &gate, 3, t, u, udot, 1e-12, s, open), LG_ERR_RANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rest),
      cmocka_unit_test(test_slopes),
      cmocka_unit_test(test_step_of_one_state),
      cmocka_unit_test(test_kink_between_samples),
      cmocka_unit_test(test_times_must_rise),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
