/* Channels against their published equations, written down once more as they stand in the papers' files. */
#include "tests/unit/cable_block.h"

typedef struct rate {
  double steady, tau;
} rate;

static rate of_rates(double a, double b) { return (rate){a / (a + b), 1.0 / (a + b)}; }

static double vtrap(double x, double y) {
  return fabs(x / y) < 1e-6 ? y * (1.0 - x / y / 2.0) : x / (exp(x / y) - 1.0);
}

static const double QT = 2.952882641412121; /* 2.3^((34-21)/10) */

static rate kvm_m(double v) {
  rate r = of_rates(3.3e-3 * exp(2.5 * 0.04 * (v + 35.0)), 3.3e-3 * exp(-2.5 * 0.04 * (v + 35.0)));
  r.tau /= pow(2.3, (6.3 - 21.0) / 10.0); /* the temperature of the test */
  return r;
}

static rate im_m(double v) {
  rate r = of_rates(3.3e-3 * exp(2.5 * 0.04 * (v + 35.0)), 3.3e-3 * exp(-2.5 * 0.04 * (v + 35.0)));
  r.tau /= QT;
  return r;
}

static rate kv31_m(double v) {
  return (rate){1.0 / (1.0 + exp((v - 18.7) / -9.7)), 4.0 / (1.0 + exp((v + 46.56) / -44.14))};
}

static rate cahva_m(double v) { return of_rates(0.055 * vtrap(-27.0 - v, 3.8), 0.94 * exp((-75.0 - v) / 17.0)); }
static rate cahva_h(double v) {
  return of_rates(0.000457 * exp((-13.0 - v) / 50.0), 0.0065 / (exp((-v - 15.0) / 28.0) + 1.0));
}

static rate calva_m(double v) {
  v += 10.0;
  return (rate){1.0 / (1.0 + exp((v - -30.0) / -6.0)), (5.0 + 20.0 / (1.0 + exp((v - -25.0) / 5.0))) / QT};
}
static rate calva_h(double v) {
  v += 10.0;
  return (rate){1.0 / (1.0 + exp((v - -80.0) / 6.4)), (20.0 + 50.0 / (1.0 + exp((v - -40.0) / 7.0))) / QT};
}

static rate ih_m(double v) { return of_rates(0.001 * 6.43 * vtrap(v + 154.9, 11.9), 0.001 * 193.0 * exp(v / 33.1)); }

static rate sk_z(double v) {
  (void)v;
  return (rate){1.0 / (1.0 + pow(0.00043 / 3e-4, 4.8)), 1.0};
}

static rate na(double v, double half, double up, double down) {
  rate r = of_rates(up * vtrap(half - v, 6.0), down * vtrap(v - half, 6.0));
  r.tau /= QT;
  return r;
}
static rate nats_m(double v) { return na(v, -32.0, 0.182, 0.124); }
static rate nata_m(double v) { return na(v, -38.0, 0.182, 0.124); }
static rate na_h(double v, double half) { /* -0.015 (v-v0)/(1-e^((v-v0)/6)), -0.015 (-v+v0)/(1-e^((v0-v)/6)) */
  rate r = of_rates(0.015 * vtrap(v - half, 6.0), 0.015 * vtrap(half - v, 6.0));
  r.tau /= QT;
  return r;
}
static rate nats_h(double v) { return na_h(v, -60.0); }
static rate nata_h(double v) { return na_h(v, -66.0); }
static rate nap_m(double v) { return (rate){1.0 / (1.0 + exp((v - -52.6) / -4.6)), 6.0 * nata_m(v).tau}; }
static rate nap_h(double v) {
  const double a = 2.88e-6 * vtrap(v + 17.0, 4.63), b = 6.94e-6 * vtrap(-(v + 64.4), 2.63);
  return (rate){1.0 / (1.0 + exp((v - -48.8) / 10.0)), 1.0 / (a + b) / QT};
}

static rate kp_m(double v) {
  v += 10.0;
  const double tau = v < -50.0 ? 1.25 + 175.03 * exp(-v * -0.026) : 1.25 + 13.0 * exp(-v * 0.026);
  return (rate){1.0 / (1.0 + exp(-(v + 1.0) / 12.0)), tau / QT};
}
static rate kp_h(double v) {
  v += 10.0;
  return (rate){1.0 / (1.0 + exp(-(v + 54.0) / -11.0)),
                (360.0 + (1010.0 + 24.0 * (v + 55.0)) * exp(-pow((v + 75.0) / 48.0, 2.0))) / QT};
}
static rate kt_m(double v) {
  v += 10.0;
  return (rate){1.0 / (1.0 + exp(-(v + 0.0) / 19.0)), (0.34 + 0.92 * exp(-pow((v + 71.0) / 59.0, 2.0))) / QT};
}
static rate kt_h(double v) {
  v += 10.0;
  return (rate){1.0 / (1.0 + exp(-(v + 66.0) / -10.0)), (8.0 + 49.0 * exp(-pow((v + 73.0) / 23.0, 2.0))) / QT};
}

static double open_m(double m, double h) { return h > 2.0 ? 0.0 : m; }
static double open_m2h(double m, double h) { return m * m * h; }
static double open_m3h(double m, double h) { return m * m * m * h; }
static double open_m4h(double m, double h) { return m * m * m * m * h; }

static const struct channel {
  const char *name;
  rate (*m)(double), (*h)(double);
  double (*open)(double, double);
  double reversal;
} channels[] = {
    {"kvm", kvm_m, NULL, open_m, -85.0},
    {"Im", im_m, NULL, open_m, -85.0},
    {"kv31", kv31_m, NULL, open_m, -85.0},
    {"SKv3_1", kv31_m, NULL, open_m, -85.0},
    {"cahva", cahva_m, cahva_h, open_m2h, 120.0},
    {"Ca_HVA", cahva_m, cahva_h, open_m2h, 120.0},
    {"calva", calva_m, calva_h, open_m2h, 120.0},
    {"Ca_LVAst", calva_m, calva_h, open_m2h, 120.0},
    {"ih", ih_m, NULL, open_m, -45.0},
    {"Ih", ih_m, NULL, open_m, -45.0},
    {"sk", sk_z, NULL, open_m, -85.0},
    {"SK_E2", sk_z, NULL, open_m, -85.0},
    {"NaTs", nats_m, nats_h, open_m3h, 50.0},
    {"NaTs2_t", nats_m, nats_h, open_m3h, 50.0},
    {"NaTa", nata_m, nata_h, open_m3h, 50.0},
    {"NaTa_t", nata_m, nata_h, open_m3h, 50.0},
    {"NaP", nap_m, nap_h, open_m3h, 50.0},
    {"Nap_Et2", nap_m, nap_h, open_m3h, 50.0},
    {"K_P", kp_m, kp_h, open_m2h, -85.0},
    {"K_Pst", kp_m, kp_h, open_m2h, -85.0},
    {"K_T", kt_m, kt_h, open_m4h, -85.0},
    {"K_Tst", kt_m, kt_h, open_m4h, -85.0},
};
enum { N_CHANNELS = sizeof channels / sizeof channels[0], N_V = 31 };

static void make(test_block *t, const struct channel *c) {
  test_block_make(t, test_mechanism(c->name), N_V);
  for (size_t k = 0; k < N_V; k++) {
    t->v[k] = -150.2 + 9.1 * (double)k;
    for (size_t ion = 0; ion < BLOCK_IONS; ion++) t->inside[ion][k] = 3e-4;
  }
  test_block_start(t);
}

static void close_to(const char *name, const char *what, double v, double value, double expected, double relative) {
  if (!(fabs(value - expected) <= relative * fabs(expected)))
    fail_msg("%s at %g mV: %s %.17g, expected %.17g", name, v, what, value, expected);
}

static void steady_states_are_the_published_ones(void **state) {
  (void)state;
  for (size_t c = 0; c < N_CHANNELS; c++) {
    static test_block t;
    make(&t, &channels[c]);
    for (size_t k = 0; k < N_V; k++) {
      close_to(channels[c].name, "m", t.v[k], t.states[0][k], channels[c].m(t.v[k]).steady, 2e-12);
      if (channels[c].h) close_to(channels[c].name, "h", t.v[k], t.states[1][k], channels[c].h(t.v[k]).steady, 2e-12);
    }
  }
}

/* From 0 over dt a gate gets to x∞ (1 - e^(-dt/tau)). */
static void time_constants_are_the_published_ones(void **state) {
  (void)state;
  for (size_t c = 0; c < N_CHANNELS; c++) {
    static test_block t;
    make(&t, &channels[c]);
    memset(t.states, 0, sizeof t.states);
    test_block_advance(&t, 0.05);
    for (size_t k = 0; k < N_V; k++) {
      const rate m = channels[c].m(t.v[k]);
      close_to(channels[c].name, "m after 0.05 ms", t.v[k], t.states[0][k], -m.steady * expm1(-0.05 / m.tau), 2e-12);
      if (!channels[c].h) continue;
      const rate h = channels[c].h(t.v[k]);
      close_to(channels[c].name, "h after 0.05 ms", t.v[k], t.states[1][k], -h.steady * expm1(-0.05 / h.tau), 2e-12);
    }
  }
}

static void currents_are_the_published_ones(void **state) {
  (void)state;
  for (size_t c = 0; c < N_CHANNELS; c++) {
    static test_block t;
    make(&t, &channels[c]);
    for (size_t k = 0; k < N_V; k++) {
      t.parameters[0][k] = 0.001 * (double)(k + 1);
      t.scale[k] = 0.01 * 250.0;
    }
    test_block_current(&t);
    for (size_t k = 0; k < N_V; k++) {
      const double h = channels[c].h ? t.states[1][k] : 1.0;
      const double density = t.parameters[0][k] * channels[c].open(t.states[0][k], h);
      const double i = density * (t.v[k] - channels[c].reversal);
      close_to(channels[c].name, "g (uS)", t.v[k], t.g[k], 2.5 * density, 1e-14);
      close_to(channels[c].name, "i (nA)", t.v[k], t.i[k], 2.5 * i, 1e-14);
      if (t.block.kind->n_ions == 0) continue;
      close_to(channels[c].name, "current of the ion", t.v[k], t.current[0][k], i, 1e-14);
      close_to(channels[c].name, "conductance of the ion", t.v[k], t.conductance[0][k], density, 1e-14);
    }
  }
}

/* Without a drug the drugged channels are the others; with one, B relaxes to D w / (D w + K). */
static void drugged_channels_are_blocked_by_state(void **state) {
  (void)state;
  static const struct {
    const char *plain, *drugged;
    size_t first, h, b;
  } pairs[] = {{"NaTs", "NaTs_drugged", 1, 1, 2}, {"NaTa", "NaTa_drugged", 1, 1, 2}, {"hh", "hh_drugged", 4, 1, 2}};
  for (size_t p = 0; p < 3; p++) {
    static test_block a, b;
    test_block_make(&a, test_mechanism(pairs[p].plain), N_V);
    test_block_make(&b, test_mechanism(pairs[p].drugged), N_V);
    for (size_t k = 0; k < N_V; k++) a.v[k] = b.v[k] = -95.2 + 4.1 * (double)k; /* the range of hh's series */
    test_block_start(&a);
    test_block_start(&b);
    for (int step = 0; step < 3; step++) {
      test_block_current(&a);
      test_block_current(&b);
      for (size_t k = 0; k < N_V; k++) close_to(pairs[p].drugged, "i", a.v[k], b.i[k], a.i[k], 1e-11);
      for (size_t k = 0; k < N_V; k++) a.v[k] = b.v[k] = 40.0 - a.v[k];
      test_block_advance(&a, 0.1);
      test_block_advance(&b, 0.1);
    }
    const size_t f = pairs[p].first;
    for (size_t k = 0; k < N_V; k++) {
      b.parameters[f][k] = -8.0;      /* h_shift */
      b.parameters[f + 1][k] = 1e-3;  /* kon */
      b.parameters[f + 2][k] = 7.0;   /* K of inactivated channels */
      b.parameters[f + 3][k] = 200.0; /* of resting ones */
      b.parameters[f + 4][k] = 15.0;  /* dose */
      a.v[k] = b.v[k] + 8.0;
    }
    test_block_start(&a);
    test_block_start(&b);
    for (size_t k = 0; k < N_V; k++) {
      const double h = a.states[pairs[p].h][k], w = (1.0 - h) + h * 7.0 / 200.0;
      close_to(pairs[p].drugged, "h", b.v[k], b.states[pairs[p].h][k], h, 1e-12);
      close_to(pairs[p].drugged, "B", b.v[k], b.states[pairs[p].b][k], 15.0 * w / (15.0 * w + 7.0), 1e-12);
    }
    for (size_t k = 0; k < N_V; k++) b.states[pairs[p].b][k] = 0.0;
    test_block_advance(&b, 2.0);
    for (size_t k = 0; k < N_V; k++) {
      const double h = b.states[pairs[p].h][k], w = (1.0 - h) + h * 7.0 / 200.0, sum = 1e-3 * (15.0 * w + 7.0);
      close_to(pairs[p].drugged, "B after 2 ms", b.v[k], b.states[pairs[p].b][k],
               -15.0 * w / (15.0 * w + 7.0) * expm1(-2.0 * sum), 1e-11);
    }
    test_block_end(&a);
    test_block_end(&b);
  }
}

/* A shift of m by s is the gate of v - s. */
static void shifted_gates_are_those_of_other_potentials(void **state) {
  (void)state;
  static test_block a, b;
  test_block_make(&a, test_mechanism("kvm"), N_V);
  test_block_make(&b, test_mechanism("kvm"), N_V);
  for (size_t k = 0; k < N_V; k++) {
    a.v[k] = -90.0 + 5.0 * (double)k;
    b.v[k] = a.v[k] - 12.0;
    b.parameters[1][k] = -12.0;
  }
  test_block_start(&a);
  test_block_start(&b);
  for (size_t k = 0; k < N_V; k++) close_to("kvm", "m", a.v[k], b.states[0][k], a.states[0][k], 1e-12);
  for (size_t k = 0; k < N_V; k++) a.states[0][k] = b.states[0][k] = 0.5;
  test_block_advance(&a, 3.0);
  test_block_advance(&b, 3.0);
  for (size_t k = 0; k < N_V; k++) close_to("kvm", "m", a.v[k], b.states[0][k], a.states[0][k], 1e-12);
}

static void singular_points_are_smooth(void **state) {
  (void)state;
  static const struct {
    const char *name;
    double at;
  } points[] = {{"cahva", -27.0}, {"ih", -154.9}, {"NaTs", -32.0}, {"NaTs", -60.0}, {"NaTa", -38.0},
                {"NaTa", -66.0},  {"NaP", -38.0}, {"NaP", -17.0},  {"NaP", -64.4}};
  for (size_t p = 0; p < sizeof points / sizeof points[0]; p++) {
    static test_block t;
    test_block_make(&t, test_mechanism(points[p].name), 3);
    for (size_t k = 0; k < 3; k++) t.v[k] = points[p].at + 1e-5 * ((double)k - 1.0);
    test_block_start(&t);
    memset(t.states, 0, sizeof t.states);
    test_block_advance(&t, 0.05);
    for (size_t s = 0; s < t.block.kind->n_states; s++)
      close_to(points[p].name, "the middle", points[p].at, t.states[s][1], 0.5 * (t.states[s][0] + t.states[s][2]),
               1e-10);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steady_states_are_the_published_ones),
      cmocka_unit_test(time_constants_are_the_published_ones),
      cmocka_unit_test(currents_are_the_published_ones),
      cmocka_unit_test(drugged_channels_are_blocked_by_state),
      cmocka_unit_test(shifted_gates_are_those_of_other_potentials),
      cmocka_unit_test(singular_points_are_smooth),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
