#include "tests/test.h"

#include "neuron/prior_izhikevich.h"

#include <math.h>
#include <string.h>

enum { N_MAX = 60000 };
static double current[N_MAX], v[N_MAX], v_fine[N_MAX], times[2000], times_fine[2000];

/* An independent solution: small fixed RK4 steps in the original variables, crossing by bisection on the step. */
static void slope(const lg_izh_params *p, double i, const double y[2], double f[2]) {
  f[0] = (p->k * (y[0] - p->vr) * (y[0] - p->vt) - y[1] + i) / p->C;
  f[1] = p->a * (p->b * (y[0] - p->vr) - y[1]);
}

static void fine_step(const lg_izh_params *p, double i, double h, const double y[2], double out[2]) {
  double k1[2], k2[2], k3[2], k4[2], z[2];
  slope(p, i, y, k1);
  for (int c = 0; c < 2; c++) z[c] = y[c] + 0.5 * h * k1[c];
  slope(p, i, z, k2);
  for (int c = 0; c < 2; c++) z[c] = y[c] + 0.5 * h * k2[c];
  slope(p, i, z, k3);
  for (int c = 0; c < 2; c++) z[c] = y[c] + h * k3[c];
  slope(p, i, z, k4);
  for (int c = 0; c < 2; c++) out[c] = y[c] + h / 6.0 * (k1[c] + 2.0 * k2[c] + 2.0 * k3[c] + k4[c]);
}

static size_t fine_simulation(const lg_izh_params *p, const double *i, size_t n, double dt, int parts, double *out,
                              double *spikes) {
  double y[2] = {p->vr, 0.0}, z[2];
  size_t n_spikes = 0;
  for (size_t k = 0; k < n; k++) {
    out[k] = y[0];
    for (int part = 0; part < parts; part++) {
      double t = 0.0, left = dt / parts;
      for (;;) {
        fine_step(p, i[k], left, y, z);
        if (z[0] < p->vpeak) break;
        double low = 0.0, high = left;
        for (int b = 0; b < 60; b++) {
          const double middle = 0.5 * (low + high);
          fine_step(p, i[k], middle, y, z);
          if (z[0] < p->vpeak) low = middle;
          else high = middle;
        }
        fine_step(p, i[k], high, y, z);
        t += high;
        left -= high;
        spikes[n_spikes++] = (double)k * dt + part * dt / parts + t;
        y[0] = p->c;
        y[1] = z[1] + p->d;
      }
      y[0] = z[0];
      y[1] = z[1];
    }
  }
  return n_spikes;
}

static void test_simulator_is_exact(void **state) {
  (void)state;
  const double dts[] = {0.05, 0.1, 0.02};
  double worst_v = 0.0, worst_t = 0.0;
  for (uint64_t index = 0; index < 9; index++) {
    const double dt = dts[index % 3];
    lg_izh_draw draw;
    lg_izh_prior_draw(11, index, &draw);
    const size_t n = lg_izh_protocol_samples(LG_IZH_CLONE1, dt);
    assert_true(n <= N_MAX);
    lg_izh_protocol_fill(LG_IZH_CLONE1, draw.i0_pA, 11, index, dt, n, current);
    const size_t spikes = lg_izh_simulate_sampled(&draw.p, current, n, dt, v, times, 2000);
    assert_int_equal(fine_simulation(&draw.p, current, n, dt, 50, v_fine, times_fine), spikes);
    assert_true(spikes >= 3);
    for (size_t s = 0; s < spikes; s++) worst_t = fmax(worst_t, fabs(times[s] - times_fine[s]));
    for (size_t k = 0; k < n; k++)
      /* on the steep upstroke a time error of 1e-7 ms is 1e-4 mV: judge the trace up to 0 mV */
      if (v_fine[k] < 0.0) worst_v = fmax(worst_v, fabs(v[k] - v_fine[k]));
  }
  print_message("sampled simulator: %.2e mV, spike times %.2e ms\n", worst_v, worst_t);
  assert_true(worst_v < 1e-4);
  assert_true(worst_t < 1e-5);
}

static void test_pieces_give_the_same_bits(void **state) {
  (void)state;
  lg_izh_draw draw;
  lg_izh_prior_draw(3, 5, &draw);
  const size_t n = lg_izh_protocol_samples(LG_IZH_CLONE1, 0.1);
  lg_izh_protocol_fill(LG_IZH_CLONE1, draw.i0_pA, 3, 5, 0.1, n, current);
  (void)lg_izh_simulate_sampled(&draw.p, current, n, 0.1, v, NULL, 0);
  /* the exchange of u between calls is in pA, so the last bit may differ from one run */
  lg_izh_state s = {draw.p.vr, 0.0};
  for (size_t k = 0; k < n; k += 1000)
    (void)lg_izh_simulate_from(&draw.p, &s, 0, current + k, 1000, 0.1, v_fine + k, NULL, 0);
  for (size_t k = 0; k < n; k++) assert_true(fabs(v[k] - v_fine[k]) < 1e-6);
}

static void test_prior(void **state) {
  (void)state;
  enum { N = 400 };
  double low[9], high[9], mean[9] = {0};
  lg_izh_prior_box(low, high);
  for (uint64_t index = 0; index < N; index++) {
    lg_izh_draw draw, again;
    double z[9], y[9], back[9];
    lg_izh_prior_draw(1, index, &draw);
    lg_izh_prior_draw(1, index, &again);
    assert_memory_equal(&draw, &again, sizeof draw);
    assert_true(lg_izh_prior_contains(&draw.p));
    assert_true(draw.n_spikes >= 4 && draw.n_spikes < 300);
    assert_true(draw.rheobase_pA >= 1.0 && draw.rheobase_pA <= 3000.0);
    lg_izh_to_z(&draw.p, z);
    lg_izh_z_to_logit(z, y);
    lg_izh_logit_to_z(y, back);
    for (int k = 0; k < 9; k++) {
      assert_true(fabs(back[k] - z[k]) < 2e-4 * (high[k] - low[k]));
      mean[k] += (z[k] - low[k]) / (high[k] - low[k]) / N;
    }
    const lg_izh_params p = lg_izh_from_z(z);
    assert_true(fabs(p.C - draw.p.C) < 1e-12 * p.C && fabs(p.vt - draw.p.vt) < 1e-12 * 80.0);
  }
  /* rejection shifts the box a little, no more */
  for (int k = 0; k < 9; k++) assert_true(mean[k] > 0.3 && mean[k] < 0.7);
}

static void test_rheobase_is_a_border(void **state) {
  (void)state;
  const lg_izh_params rs = {100, 0.7, -60, -40, 0.03, -2, -50, 100, 35};
  const double rheobase = lg_izh_rheobase(&rs, 500.0, 3000.0);
  assert_true(rheobase > 51.42 && rheobase < 54.0); /* the saddle-node is at 51.43 pA, a finite step needs more */
  const double dt = 0.05;
  for (int side = 0; side < 2; side++) {
    for (size_t k = 0; k < 10000; k++) current[k] = rheobase * (side ? 1.003 : 0.997);
    assert_int_equal(lg_izh_simulate_sampled(&rs, current, 10000, dt, NULL, NULL, 0) > 0, side);
  }
  assert_true(isinf(lg_izh_rheobase(&rs, 500.0, 20.0)));
}

static void test_protocol_is_the_same_at_any_rate(void **state) {
  (void)state;
  static double coarse[N_MAX];
  const size_t n = lg_izh_protocol_samples(LG_IZH_CLONE1, 0.05), m = lg_izh_protocol_samples(LG_IZH_CLONE1, 0.2);
  assert_int_equal(n, 24000);
  assert_int_equal(m, 6000);
  lg_izh_protocol_fill(LG_IZH_CLONE1, 100.0, 1, 2, 0.05, n, current);
  lg_izh_protocol_fill(LG_IZH_CLONE1, 100.0, 1, 2, 0.2, m, coarse);
  double sum = 0.0, square = 0.0;
  for (size_t k = 0; k < m; k++) assert_true(fabs(coarse[k] - current[4 * k]) < 1e-9);
  for (size_t k = 18000; k < n; k++) {
    sum += current[k] / 6000.0;
    square += current[k] * current[k] / 6000.0;
  }
  assert_true(current[999] == 0.0 && current[1000] == -50.0 && current[3999] == -50.0 && current[4000] == 0.0);
  assert_true(current[6000] == 150.0 && current[10000] == 300.0 && fabs(current[15000] - 125.0) < 1e-6);
  assert_true(fabs(sum - 70.0) < 25.0 && fabs(sqrt(square - sum * sum) - 70.0) < 25.0);
}

static void test_noise(void **state) {
  (void)state;
  memset(v, 0, sizeof v);
  lg_izh_add_noise(v, N_MAX, 0.2, 9, 9);
  double square = 0.0;
  for (size_t k = 0; k < N_MAX; k++) square += v[k] * v[k] / N_MAX;
  assert_true(fabs(sqrt(square) - 0.2) < 0.003);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_simulator_is_exact),
      cmocka_unit_test(test_pieces_give_the_same_bits),
      cmocka_unit_test(test_prior),
      cmocka_unit_test(test_rheobase_is_a_border),
      cmocka_unit_test(test_protocol_is_the_same_at_any_rate),
      cmocka_unit_test(test_noise),
  };
  return cmocka_run_group_tests_name("prior_izhikevich", tests, NULL, NULL);
}
