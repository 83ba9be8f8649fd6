/* Lanes: the same bits from every build, and close to the accurate simulators. */
#include "tests/test.h"

#include "base/cpu.h"
#include "neuron/lanes.h"
#include "neuron/prior_izhikevich.h"
#include "neuron/tm_sampled.h"

#include <math.h>
#include <string.h>

enum { N = 6000 }; /* 600 ms at 0.1 ms */

static double current[N], v[N * LG_LANES];

static void step_of(double amp_pA) {
  for (int k = 0; k < N; k++) current[k] = k >= 500 && k < 5500 ? amp_pA : 0.0;
}

static lg_lanes_izhikevich izhikevich_lanes(void) {
  lg_lanes_izhikevich p;
  for (int l = 0; l < LG_LANES; l++) {
    p.C[l] = 100.0 + 5.0 * l;
    p.klow[l] = p.khigh[l] = 0.7;
    p.vr[l] = -60.0;
    p.vt[l] = -40.0;
    p.a[l] = 0.03;
    p.b[l] = -2.0;
    p.c[l] = -50.0;
    p.d[l] = 100.0;
    p.vpeak[l] = 35.0;
    p.Ishift[l] = 0.0;
  }
  return p;
}

static lg_lanes_tm tm_lanes(double slow) {
  lg_lanes_tm p;
  for (int l = 0; l < LG_LANES; l++) {
    p.C[l] = 100.0 + 5.0 * l;
    p.gNa[l] = 5600.0;
    p.gK[l] = 600.0;
    p.gL[l] = 2.05;
    p.gM[l] = 7.5;
    p.ENa[l] = 50.0;
    p.EK[l] = -90.0;
    p.EL[l] = -70.3;
    p.VT[l] = -56.2;
    p.taumax[l] = 608.0;
    p.slow[l] = slow;
    p.S_half[l] = -40.0;
    p.S_slope[l] = 6.0;
    p.S_tau_min[l] = 50.0;
    p.S_tau_max[l] = 500.0;
    p.gH[l] = slow;
  }
  return p;
}

static void test_same_bits_from_every_build(void **state) {
  (void)state;
  lg_lane_out *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
  static double w[N * LG_LANES];
  const lg_lane_drive drive = {current, N, 0.1, 2, 0};
  const lg_lanes_izhikevich izh = izhikevich_lanes();
  const lg_lanes_tm tm = tm_lanes(0.5);
  const lg_lanes_izhikevich_fn izh_runs[] = {lg_cpu_level() >= LG_CPU_V3 ? lg_lanes_izhikevich_v3 : NULL,
                                             lg_cpu_level() >= LG_CPU_V4 ? lg_lanes_izhikevich_v4 : NULL};
  const lg_lanes_tm_fn tm_runs[] = {lg_cpu_level() >= LG_CPU_V3 ? lg_lanes_tm_v3 : NULL,
                                    lg_cpu_level() >= LG_CPU_V4 ? lg_lanes_tm_v4 : NULL};
  assert_true(a && b);
  step_of(250.0);
  a->every = b->every = 1;
  a->v_mV = v;
  b->v_mV = w;
  for (int k = 0; k < 2; k++) {
    if (!izh_runs[k]) continue;
    lg_lanes_izhikevich_plain(&izh, &drive, lg_lanes_start_izhikevich(&izh, 0.0), a);
    izh_runs[k](&izh, &drive, lg_lanes_start_izhikevich(&izh, 0.0), b);
    assert_true(a->n_spikes[0] > 5);
    assert_memory_equal(v, w, sizeof v);
    assert_memory_equal(a->n_spikes, b->n_spikes, sizeof a->n_spikes);
    lg_lanes_tm_plain(&tm, &drive, lg_lanes_start_tm(&tm, 0.0), a);
    tm_runs[k](&tm, &drive, lg_lanes_start_tm(&tm, 0.0), b);
    assert_true(a->n_spikes[0] > 5);
    assert_memory_equal(v, w, sizeof v);
    for (int l = 0; l < LG_LANES; l++)
      for (uint32_t s = 0; s < a->n_spikes[l]; s++)
        assert_memory_equal(&a->spikes[l][s], &b->spikes[l][s], sizeof a->spikes[l][s]);
  }
  free(a);
  free(b);
}

static void test_izhikevich_spikes_as_the_accurate_ones(void **state) {
  (void)state;
  lg_lane_out *out = calloc(1, sizeof *out);
  const lg_lane_drive drive = {current, N, 0.1, 1, 0};
  const lg_lanes_izhikevich lanes = izhikevich_lanes();
  const lg_izh_params p = {100.0, 0.7, -60.0, -40.0, 0.03, -2.0, -50.0, 100.0, 35.0};
  double times[64];
  assert_non_null(out);
  step_of(100.0);
  out->every = 1;
  const size_t n = lg_izh_simulate_sampled(&p, current, N, 0.1, NULL, times, 64);
  lg_lanes_run_izhikevich(&lanes, &drive, out);
  assert_true(n > 3);
  assert_int_equal(out->n_spikes[0], n);
  for (size_t k = 0; k < n; k++) assert_true(fabs((double)out->spikes[0][k].t_ms - times[k]) < 0.1 * (double)(k + 1));
  free(out);
}

static void test_tm_spikes_as_the_accurate_ones(void **state) {
  (void)state;
  lg_lane_out *out = calloc(1, sizeof *out);
  const lg_lane_drive drive = {current, N, 0.1, 4, 0};
  const double natural[LG_TM_PARAMETERS] = {100.0, 5600.0, 600.0, 2.05, 7.5, 50.0, -90.0, -70.3, -56.2};
  const lg_lanes_tm lanes = tm_lanes(0.0);
  double theta[LG_TM_PARAMETERS], times[64];
  assert_non_null(out);
  step_of(200.0);
  out->every = 1;
  lg_tm_from_natural(natural, theta);
  const size_t n = lg_tm_simulate_sampled(theta, 608.0, current, N, 0.1, 8, 0, NULL, times, 64);
  lg_lanes_run_tm(&lanes, &drive, out);
  assert_true(n > 3);
  assert_int_equal(out->n_spikes[0], n);
  for (size_t k = 0; k < n; k++) assert_true(fabs((double)out->spikes[0][k].t_ms - times[k]) < 0.04 * (double)(k + 1));
  assert_true(out->spikes[0][0].peak_mV > 20.0f && out->spikes[0][0].peak_mV < 50.0f);
  assert_true(out->spikes[0][0].threshold_mV > -60.0f && out->spikes[0][0].threshold_mV < -30.0f);
  assert_true(out->spikes[0][0].width_ms > 0.2f && out->spikes[0][0].width_ms < 3.0f);
  assert_true(out->spikes[0][0].trough_mV < -60.0f);
  free(out);
}

static void test_starts_at_rest(void **state) {
  (void)state;
  lg_lane_out *out = calloc(1, sizeof *out);
  const lg_lane_drive drive = {current, N, 0.1, 2, 0};
  const lg_lanes_tm tm = tm_lanes(0.5);
  const lg_lanes_izhikevich izh = izhikevich_lanes();
  assert_non_null(out);
  for (int k = 0; k < N; k++) current[k] = -20.0;
  out->every = 1;
  out->v_mV = v;
  lg_lanes_run_tm(&tm, &drive, out);
  for (int l = 0; l < LG_LANES; l++) assert_true(fabs(v[(N - 1) * LG_LANES + l] - v[l]) < 0.01);
  lg_lanes_run_izhikevich(&izh, &drive, out);
  for (int l = 0; l < LG_LANES; l++) assert_true(fabs(v[(N - 1) * LG_LANES + l] - v[l]) < 0.01);
  free(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_bits_from_every_build),
      cmocka_unit_test(test_izhikevich_spikes_as_the_accurate_ones),
      cmocka_unit_test(test_tm_spikes_as_the_accurate_ones),
      cmocka_unit_test(test_starts_at_rest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
