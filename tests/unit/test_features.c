#include "tests/one_ctx.h"

#include <loligo/features.h>
#include <math.h>
#include <string.h>

static double *flat(size_t n, double v) {
  double *x = malloc((n + 1) * sizeof *x);
  assert_non_null(x);
  for (size_t k = 0; k < n; k++) x[k] = v;
  return x;
}

/* A triangle from -70 to +30 mV: up in 1 ms (100 mV/ms), down in 2 ms (-50 mV/ms). Starts at sample `at`. */
static void add_triangle(double *v, size_t n, double dt, size_t at, double scale) {
  const size_t up = (size_t)(scale / dt + 0.5), down = (size_t)(2.0 * scale / dt + 0.5);
  for (size_t k = 0; k <= up && at + k < n; k++) v[at + k] = -70.0 + 100.0 * (double)k / (double)up;
  for (size_t k = 0; k <= down && at + up + k < n; k++) v[at + up + k] = 30.0 - 100.0 * (double)k / (double)down;
}

static void near(double value, double expected, double tolerance) {
  if (!(fabs(value - expected) <= tolerance)) fail_msg("%.12g is not %.12g (tolerance %g)", value, expected, tolerance);
}

/* Every value is either finite without a reason, or NAN with a sentence. */
static void check_explained(const lg_feature_value *values, const lg_feature_info *table, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const lg_feature_value *f = &values[k];
    if (isfinite(f->value) ? f->reason != NULL : (f->reason == NULL || f->reason[strlen(f->reason) - 1] != '.'))
      fail_msg("%s = %g, reason %s", table[k].name, f->value, f->reason ? f->reason : "(none)");
  }
}

static void measure(const lg_sweep *sweep, const lg_features_opts *opts, lg_feature_value *f) {
  assert_ok(ctx, lg_features_sweep(ctx, sweep, opts, f));
  check_explained(f, lg_features_sweep_table(), LG_SWEEP_FEATURES);
}

static void table_is_sound(void **state) {
  (void)state;
  const lg_feature_info *tables[2] = {lg_features_sweep_table(), lg_features_cell_table()};
  const size_t sizes[2] = {LG_SWEEP_FEATURES, LG_CELL_FEATURES};
  assert_true(LG_SWEEP_FEATURES >= 60);
  for (int t = 0; t < 2; t++)
    for (size_t k = 0; k < sizes[t]; k++) {
      const lg_feature_info *row = &tables[t][k];
      assert_true(row->name[0] && row->unit[0] && row->doc[0]);
      assert_int_equal(row->doc[strlen(row->doc) - 1], '.');
      for (size_t j = 0; j < k; j++) assert_string_not_equal(row->name, tables[t][j].name);
    }
}

static void one_triangle(void **state) {
  (void)state;
  const double dt = 0.05;
  const size_t n = 8000;
  double *v = flat(n, -70.0);
  add_triangle(v, n, dt, 2000, 1.0);
  lg_spike s;
  assert_int_equal(lg_spikes_find(v, n, dt, NULL, 1, &s), 1);
  assert_int_equal(s.i_peak, 2020);
  assert_int_equal(s.i_threshold, 2000);
  near(s.t_cross_ms, 100.5, 1e-9);
  near(s.t_peak_ms, 101.0, 0.025);
  near(s.threshold_mV, -70.0, 1e-12);
  near(s.amplitude_mV, 100.0, 1e-9);
  near(s.half_width_ms, 1.5, 1e-9);
  near(s.upstroke_V_s, 100.0, 1e-6);
  near(s.downstroke_V_s, -50.0, 1e-6);
  near(s.fast_ahp_mV, 0.0, 1e-9);
  assert_true(isnan(s.trough_mV));
  /* dV/dt passes 20 mV/ms between the samples with 0 and 50 mV/ms */
  near(s.t_threshold_ms, 100.0 - dt * 0.6, 1e-9);
  free(v);
}

static void what_is_no_spike(void **state) {
  (void)state;
  const double dt = 0.1;
  const size_t n = 4000;
  double *v = flat(n, -70.0);
  add_triangle(v, n, dt, 1000, 12.0); /* above -20 mV for 18 ms */
  assert_int_equal(lg_spikes_find(v, n, dt, NULL, 0, NULL), 0);
  lg_features_opts wide = LG_FEATURES_OPTS_INIT;
  wide.max_above_ms = 19.0;
  assert_int_equal(lg_spikes_find(v, n, dt, &wide, 0, NULL), 1);
  for (size_t k = 0; k < n; k++) v[k] = -70.0;
  for (size_t k = 500; k < 510; k++) v[k] = -16.0; /* peak below -15 mV */
  assert_int_equal(lg_spikes_find(v, n, dt, NULL, 0, NULL), 0);
  for (size_t k = 500; k < 510; k++) v[k] = -14.0;
  assert_int_equal(lg_spikes_find(v, n, dt, NULL, 0, NULL), 1);
  v[505] = (double)NAN; /* a gap inside */
  assert_int_equal(lg_spikes_find(v, n, dt, NULL, 0, NULL), 0);
  for (size_t k = 3995; k < n; k++) v[k] = 10.0; /* the trace ends above the level */
  assert_int_equal(lg_spikes_find(v, n, dt, NULL, 0, NULL), 0);
  assert_int_equal(lg_spikes_find(v, 2, dt, NULL, 0, NULL), 0);
  assert_int_equal(lg_spikes_find(v, n, 0.0, NULL, 0, NULL), 0);
  assert_int_equal(lg_spikes_find(NULL, 0, dt, NULL, 0, NULL), 0);
  free(v);
}

/* Few rows must hold the same spikes as many. */
static void short_capacity(void **state) {
  (void)state;
  const double dt = 0.05;
  const size_t n = 10000;
  double *v = flat(n, -70.0);
  for (size_t k = 0; k < 8; k++) add_triangle(v, n, dt, 500 + 1000 * k + 13 * k * k, 1.0);
  for (int d = LG_DEFINITION_STANDARD; d <= LG_DEFINITION_IPFX; d++) {
    lg_features_opts opts = LG_FEATURES_OPTS_INIT;
    opts.definition = (lg_feature_definition)d;
    lg_spike all[8], few[3];
    assert_int_equal(lg_spikes_find(v, n, dt, &opts, 8, all), 8);
    assert_int_equal(lg_spikes_find(v, n, dt, &opts, 3, few), 8);
    for (size_t k = 0; k < 3; k++) {
      assert_int_equal(all[k].i_peak, few[k].i_peak);
      near(few[k].trough_mV, all[k].trough_mV, 0.0);
      near(few[k].half_width_ms, all[k].half_width_ms, 0.0);
    }
  }
  free(v);
}

/* An exponential foot v0 + a e^(t/tau) has slope s at v0 + tau s, whatever a: each definition has its own depth. */
static void definitions_differ_as_they_should(void **state) {
  (void)state;
  const double dt = 0.005, tau = 0.5, v0 = -60.0;
  const size_t n = 20000, peak = 10000;
  double *v = flat(n, v0);
  for (size_t k = 0; k <= peak; k++) v[k] = v0 + 100.0 * exp(-(double)(peak - k) * dt / tau);
  for (size_t k = peak + 1; k < n; k++) v[k] = v0 + 100.0 * exp(-(double)(k - peak) * dt / 1.0);
  const double expected[3] = {v0 + tau * 20.0, v0 + tau * 10.0, v0 + tau * 0.05 * 100.0 / tau};
  for (int d = LG_DEFINITION_STANDARD; d <= LG_DEFINITION_IPFX; d++) {
    lg_features_opts opts = LG_FEATURES_OPTS_INIT;
    opts.definition = (lg_feature_definition)d;
    lg_spike s;
    assert_int_equal(lg_spikes_find(v, n, dt, &opts, 1, &s), 1);
    near(s.threshold_mV, expected[d], 0.15); /* one sample is 1 % of the height above v0 */
  }
  lg_spike s;
  assert_int_equal(lg_spikes_find(v, n, dt, NULL, 1, &s), 1);
  near(s.phase_slope_per_ms, 1.0 / tau, 0.001); /* dV/dt = (V - v0) / tau */
  near(s.t_threshold_ms, (double)peak * dt + tau * log(20.0 * tau / 100.0), 1e-4);
  free(v);
}

static void only_the_window_counts(void **state) {
  (void)state;
  const double dt = 0.05;
  const size_t n = 20000;
  double *v = flat(n, -70.0);
  /* peaks at 51, 251, 301, 361, 601 (1 ms after the step), 701 ms; step 200 … 600 ms */
  const size_t starts[6] = {1000, 5000, 6000, 7200, 12000, 14000};
  for (size_t k = 0; k < 6; k++) add_triangle(v, n, dt, starts[k], 1.0);
  const lg_sweep sweep = {.n = n,
                          .dt_ms = dt,
                          .v_mV = v,
                          .has_step = 1,
                          .step_hold_pA = -20,
                          .step_pA = 80,
                          .step_on = 4000,
                          .step_off = 12000};
  lg_feature_value f[LG_SWEEP_FEATURES];
  measure(&sweep, NULL, f);
  near(f[LG_SF_I_STEP].value, 100.0, 0.0);
  near(f[LG_SF_I_HOLD].value, -20.0, 0.0);
  near(f[LG_SF_N_SPIKES].value, 4.0, 0.0);
  near(f[LG_SF_N_BEFORE].value, 1.0, 0.0);
  near(f[LG_SF_N_AFTER].value, 1.0, 0.0);
  near(f[LG_SF_RATE].value, 10.0, 1e-9);
  near(f[LG_SF_LATENCY].value, 51.0, 1e-9);
  near(f[LG_SF_ISI1].value, 50.0, 1e-9);
  near(f[LG_SF_ISI_LAST].value, 240.0, 1e-9);
  near(f[LG_SF_ISI_MEAN].value, 350.0 / 3.0, 1e-9);
  near(f[LG_SF_ISI_MEDIAN].value, 60.0, 1e-9);
  near(f[LG_SF_ADAPTATION].value, (10.0 / 110.0 + 180.0 / 300.0) / 2.0, 1e-12);
  near(f[LG_SF_IRREGULARITY].value, 95.0, 1e-9);
  near(f[LG_SF_MEAN_TROUGH].value, -70.0, 1e-9);
  near(f[LG_SF_AP1_RISE].value, 1.0, 0.06);
  assert_non_null(f[LG_SF_V_SS].reason);
  assert_non_null(f[LG_SF_V_EXT].reason);
  lg_features_opts opts = LG_FEATURES_OPTS_INIT;
  opts.all_spikes = 1;
  measure(&sweep, &opts, f);
  near(f[LG_SF_N_SPIKES].value, 6.0, 0.0);
  opts.all_spikes = 0;
  opts.window_extra_ms = 0.0;
  measure(&sweep, &opts, f);
  near(f[LG_SF_N_SPIKES].value, 3.0, 0.0);
  free(v);
}

static void membrane_of_one_exponential(void **state) {
  (void)state;
  const double dt = 0.1, r = 200.0, tau = 20.0, i = -50.0;
  const size_t n = 8000, on = 1000, off = 6000;
  double *v = flat(n, -65.0);
  for (size_t k = on; k < off; k++) v[k] += i * r * 1e-3 * (1.0 - exp(-(double)(k - on) * dt / tau));
  for (size_t k = off; k < n; k++) v[k] += i * r * 1e-3 * exp(-(double)(k - off) * dt / tau);
  const lg_sweep sweep = {.n = n, .dt_ms = dt, .v_mV = v, .has_step = 1, .step_pA = i, .step_on = on, .step_off = off};
  lg_feature_value f[LG_SWEEP_FEATURES];
  measure(&sweep, NULL, f);
  near(f[LG_SF_V_BASE].value, -65.0, 1e-12);
  near(f[LG_SF_V_SS].value, -75.0, 1e-6);
  near(f[LG_SF_RIN].value, r, 1e-4);
  near(f[LG_SF_TAU].value, tau, 0.01);
  near(f[LG_SF_TAU_OFF].value, tau, 0.01);
  near(f[LG_SF_CAPACITANCE].value, 100.0, 0.1);
  near(f[LG_SF_SAG].value, 0.0, 1e-6);
  near(f[LG_SF_N_SPIKES].value, 0.0, 0.0);
  near(f[LG_SF_N_REBOUND].value, 0.0, 0.0);
  assert_string_equal(f[LG_SF_AP1_THR].reason, "There is no spike in the window.");
  assert_string_equal(f[LG_SF_DEPOL_BLOCK].reason, "The step is not known to be positive.");
  free(v);
}

/* C V' = I - g (V - E) - w, tau_w w' = G (V - E) - w: a resonator whose impedance is known in closed form. */
static void chirp_gives_the_impedance(void **state) {
  (void)state;
  const double dt = 0.05, c = 100.0, g = 5.0, big = 10.0, tau_w = 50.0;
  const size_t n = 240000;
  double *v = flat(n, -70.0), *current = flat(n, 0.0);
  double x = 0.0, w = 0.0;
  for (size_t k = 0; k < n; k++) {
    const double t = (double)k * dt - 1000.0, span = 10000.0;
    if (t >= 0.0 && t < span) current[k] = 20.0 * sin(2.0 * M_PI * 1e-3 * (0.5 * t + 19.5 * t * t / (2.0 * span)));
    v[k] += x;
    for (int half = 0; half < 2; half++) { /* fine Euler: the current is constant over the sample */
      const double dx = (current[k] - g * x - w) / c, dw = (big * x - w) / tau_w;
      x += 0.5 * dt * dx;
      w += 0.5 * dt * dw;
    }
  }
  double peak = 0.0, at = 0.0;
  for (double f = 0.5; f < 20.0; f += 0.01) {
    const double o = 2.0 * M_PI * f * 1e-3, q = 1.0 / (1.0 + o * o * tau_w * tau_w);
    const double re = g + big * q, im = o * c - big * o * tau_w * q, z = 1e3 / sqrt(re * re + im * im);
    if (z > peak) {
      peak = z;
      at = f;
    }
  }
  const lg_sweep sweep = {.n = n, .dt_ms = dt, .v_mV = v, .i_pA = current, .current_origin = LG_CURRENT_COMMAND};
  lg_feature_value f[LG_SWEEP_FEATURES];
  measure(&sweep, NULL, f);
  near(f[LG_SF_Z_PEAK].value, peak, 0.03 * peak);
  near(f[LG_SF_Z_PEAK_F].value, at, 0.6);
  near(f[LG_SF_CHIRP_F0].value, 1.0 / 0.787, 0.05); /* 0.5 t + 0.975 t^2 = 1 */
  near(f[LG_SF_CHIRP_F1].value, 20.0, 0.5);
  assert_true(f[LG_SF_Z_MAX_PHASE].value > 5.0);
  assert_true(fabs(f[LG_SF_Z_PEAK_PHASE].value) < 25.0);
  free(v);
  free(current);
}

static void block_and_bursts(void **state) {
  (void)state;
  const double dt = 0.05;
  const size_t n = 20000;
  double *v = flat(n, -70.0);
  lg_feature_value f[LG_SWEEP_FEATURES];
  lg_sweep sweep = {.n = n, .dt_ms = dt, .v_mV = v, .has_step = 1, .step_pA = 500, .step_on = 4000, .step_off = 14000};
  for (size_t k = 0; k < 3; k++) add_triangle(v, n, dt, 4100 + 400 * k, 1.0);
  measure(&sweep, NULL, f);
  near(f[LG_SF_DEPOL_BLOCK].value, 0.0, 0.0);
  for (size_t k = 5200; k < 14000; k++) v[k] = -30.0;
  measure(&sweep, NULL, f);
  near(f[LG_SF_DEPOL_BLOCK].value, 1.0, 0.0);
  near(f[LG_SF_DEPOL_BLOCK_TIME].value, 4920.0 * dt - 200.0, 1e-9);
  /* two bursts of 4 spikes every 5 ms, 200 ms apart */
  for (size_t k = 0; k < n; k++) v[k] = -70.0;
  for (size_t k = 0; k < 8; k++) add_triangle(v, n, dt, 4100 + 100 * (k % 4) + 4000 * (k / 4), 1.0);
  measure(&sweep, NULL, f);
  near(f[LG_SF_N_BURSTS].value, 2.0, 0.0);
  near(f[LG_SF_BURST_SHARE].value, 1.0, 0.0);
  near(f[LG_SF_BURST_RATE].value, 200.0, 1e-6);
  /* a regular train is no burst */
  for (size_t k = 0; k < n; k++) v[k] = -70.0;
  for (size_t k = 0; k < 49; k++) add_triangle(v, n, dt, 4100 + 200 * k, 1.0);
  measure(&sweep, NULL, f);
  near(f[LG_SF_N_BURSTS].value, 0.0, 0.0);
  free(v);
}

static void everything_is_explained(void **state) {
  (void)state;
  lg_feature_value f[LG_SWEEP_FEATURES];
  const lg_sweep empty = {.dt_ms = 0.1};
  measure(&empty, NULL, f);
  double few[3] = {-70, -70, -70};
  const lg_sweep tiny = {.n = 3, .dt_ms = 0.1, .v_mV = few, .has_step = 1, .step_pA = 10, .step_on = 1, .step_off = 2};
  measure(&tiny, NULL, f);
  const size_t n = 5000;
  const double dt = 0.2; /* 5 kHz */
  double *v = flat(n, -70.0), *i = flat(n, 0.0);
  for (size_t k = 0; k < 4; k++) add_triangle(v, n, dt, 1200 + 300 * k, 1.0);
  lg_sweep sweep = {.n = n, .dt_ms = dt, .v_mV = v};
  measure(&sweep, NULL, f); /* no step, no current */
  near(f[LG_SF_N_SPIKES].value, 4.0, 0.0);
  assert_string_equal(f[LG_SF_I_STEP].reason, "The sweep has no current step.");
  sweep.i_pA = i;
  sweep.has_step = 1;
  sweep.step_pA = 50;
  sweep.step_on = 1000;
  sweep.step_off = 3000;
  measure(&sweep, NULL, f);
  near(f[LG_SF_N_SPIKES].value, 4.0, 0.0);
  sweep.step_pA = (double)NAN; /* a step whose current nobody knows */
  measure(&sweep, NULL, f);
  near(f[LG_SF_N_SPIKES].value, 4.0, 0.0);
  assert_non_null(f[LG_SF_SAG].reason);
  sweep.step_pA = 50;
  for (size_t k = 800; k < 1100; k++) v[k] = (double)NAN; /* baseline and onset are missing */
  for (int d = LG_DEFINITION_STANDARD; d <= LG_DEFINITION_IPFX; d++) {
    lg_features_opts opts = LG_FEATURES_OPTS_INIT;
    opts.definition = (lg_feature_definition)d;
    measure(&sweep, &opts, f);
    near(f[LG_SF_N_SPIKES].value, 4.0, 0.0);
    assert_non_null(f[LG_SF_V_BASE].reason);
  }
  for (size_t k = 0; k < n; k++) v[k] = (double)NAN;
  measure(&sweep, NULL, f);
  near(f[LG_SF_N_SPIKES].value, 0.0, 0.0);
  free(v);
  free(i);
}

static void bad_arguments_are_refused(void **state) {
  (void)state;
  lg_feature_value f[LG_SWEEP_FEATURES];
  double v[4] = {0};
  lg_sweep sweep = {.n = 4, .dt_ms = 0.0, .v_mV = v};
  assert_int_equal(lg_features_sweep(ctx, &sweep, NULL, f), LG_ERR_ARGUMENT);
  sweep.dt_ms = 0.1;
  sweep.has_step = 1;
  sweep.step_on = 2;
  sweep.step_off = 5;
  assert_int_equal(lg_features_sweep(ctx, &sweep, NULL, f), LG_ERR_ARGUMENT);
  check_explained(f, lg_features_sweep_table(), LG_SWEEP_FEATURES);
  lg_features_opts opts = LG_FEATURES_OPTS_INIT;
  opts.window_extra_ms = -1.0;
  sweep.has_step = 0;
  assert_int_equal(lg_features_sweep(ctx, &sweep, &opts, f), LG_ERR_RANGE);
}

/* Steps of a cell that is an exponential below 100 pA and fires n = (I - 50) / 50 spikes from there. */
static void build_cell(lg_recording *rec) {
  const double dt = 0.1;
  for (int k = 0; k < 8; k++) {
    lg_sweep *s = NULL;
    const double i = -100.0 + 50.0 * k;
    assert_ok(ctx, lg_recording_add_sweep(ctx, rec, 8000, dt, 0, &s));
    for (size_t j = 0; j < 8000; j++)
      s->v_mV[j] =
          j < 1000 || j >= 6000 || i > 75.0 ? -70.0 : -70.0 + 0.1 * i * (1.0 - exp(-(double)(j - 1000) * dt / 10.0));
    for (int m = 0; m < (int)((i - 50.0) / 50.0 + 0.5) && i > 75.0; m++)
      add_triangle(s->v_mV, 8000, dt, 1500 + 700 * (size_t)m, 1.0);
    s->has_step = 1;
    s->step_pA = i;
    s->step_on = 1000;
    s->step_off = 6000;
  }
}

static void a_cell_from_its_sweeps(void **state) {
  (void)state;
  lg_recording *rec = NULL;
  lg_features *one = NULL, *four = NULL;
  assert_ok(ctx, lg_recording_create(ctx, &rec));
  build_cell(rec);
  assert_ok(ctx, lg_features_create(ctx, rec, NULL, &one));
  assert_ok(ctx, lg_ctx_set_threads(ctx, 4));
  assert_ok(ctx, lg_features_create(ctx, rec, NULL, &four));
  assert_ok(ctx, lg_ctx_set_threads(ctx, 1));
  assert_memory_equal(one->sweeps, four->sweeps, one->n_sweeps * LG_SWEEP_FEATURES * sizeof *one->sweeps);
  assert_memory_equal(one->cell, four->cell, sizeof one->cell);
  const lg_feature_value *cell = one->cell;
  check_explained(cell, lg_features_cell_table(), LG_CELL_FEATURES);
  near(cell[LG_CF_N_SWEEPS].value, 8.0, 0.0);
  near(cell[LG_CF_V_REST].value, -70.0, 1e-12);
  near(cell[LG_CF_RIN].value, 100.0, 1e-6);
  near(cell[LG_CF_TAU].value, 10.0, 0.01);
  near(cell[LG_CF_TAU_SWEEP].value, 1.0, 0.0); /* -50 pA */
  near(cell[LG_CF_CAPACITANCE].value, 100.0, 0.1);
  near(cell[LG_CF_RHEOBASE].value, 100.0, 0.0);
  near(cell[LG_CF_RHEO_SWEEP].value, 4.0, 0.0);
  near(cell[LG_CF_MAX_RATE].value, 8.0, 1e-9);
  near(cell[LG_CF_I_AT_MAX].value, 250.0, 0.0);
  near(cell[LG_CF_FI_SLOPE].value, 40.0, 1e-6);
  near(cell[LG_CF_I_2RHEO].value, 250.0, 0.0);
  near(cell[LG_CF_ADAPT_2RHEO].value, 0.0, 1e-12);
  assert_non_null(cell[LG_CF_RESONANCE].reason);
  lg_features_destroy(ctx, one);
  lg_features_destroy(ctx, four);
  lg_recording_destroy(ctx, rec);
  assert_ok(ctx, lg_recording_create(ctx, &rec)); /* no sweep at all */
  assert_ok(ctx, lg_features_create(ctx, rec, NULL, &one));
  check_explained(one->cell, lg_features_cell_table(), LG_CELL_FEATURES);
  lg_features_destroy(ctx, one);
  lg_recording_destroy(ctx, rec);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_is_sound),
      cmocka_unit_test(one_triangle),
      cmocka_unit_test(what_is_no_spike),
      cmocka_unit_test(short_capacity),
      cmocka_unit_test(definitions_differ_as_they_should),
      cmocka_unit_test(only_the_window_counts),
      cmocka_unit_test(membrane_of_one_exponential),
      cmocka_unit_test(chirp_gives_the_impedance),
      cmocka_unit_test(block_and_bursts),
      cmocka_unit_test(everything_is_explained),
      cmocka_unit_test(bad_arguments_are_refused),
      cmocka_unit_test(a_cell_from_its_sweeps),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
