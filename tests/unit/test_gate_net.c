/* Gates as networks: plans and files, rates against sums written out, rest, and one in a dendrite. */
#include "tests/one_ctx.h"

#include "base/elementary.h"
#include "calcium/gate_net.h"
#include "calcium/run.h"
#include "calcium/tape.h"
#include "learn/gate_kernel.h"

#include <math.h>
#include <string.h>

/* A network of random weights. */
static lg_gate_net *random_net(const lg_gate_plan *plan, double size) {
  lg_params params = {0};
  lg_dense layers[LG_MLP_LAYERS];
  lg_gate_net *net = NULL;
  lg_rng rng = lg_rng_make(5, 0, 0);
  assert_ok(ctx, lg_gate_plan_layers(ctx, plan, &params, layers));
  float *theta = lg_alloc(ctx, params.count, sizeof *theta);
  assert_non_null(theta);
  for (size_t k = 0; k < params.count; k++) theta[k] = (float)(size * lg_rng_normal(&rng));
  assert_ok(ctx, lg_gate_net_create(ctx, plan, theta, &net));
  lg_params_clear(ctx, &params);
  lg_free(ctx, theta);
  return net;
}

/* One layer on log10 u: ko = 1500 u^4, kc = 30 per second, what no hidden layer is needed for. */
static lg_gate_net *power_law(void) {
  lg_gate_plan plan = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RATE, 1, NULL, 0, 0, true);
  plan.log_open[0] = plan.log_close[0] = -30.0;
  plan.log_open[1] = 30.0;
  plan.range_u[0] = 0.01, plan.range_u[1] = 30.0;
  plan.range_udot[0] = -1e5, plan.range_udot[1] = 1e5;
  const double ten = 2.302585092994046;
  /* rows: gate, logit, log10 u, asinh udot; columns: opening, closing; then the bias */
  const float theta[10] = {0.0f,
                           0.0f,
                           0.0f,
                           0.0f,
                           (float)(4.0 * ten / 3.0),
                           0.0f,
                           0.0f,
                           0.0f,
                           (float)(log(1500.0) / 3.0),
                           (float)(log(30.0) / 3.0)};
  lg_gate_net *net = NULL;
  assert_ok(ctx, lg_gate_net_create(ctx, &plan, theta, &net));
  return net;
}

/* ---- rates ------------------------------------------------------------------------------------------- */

static double feature_by_hand(const lg_gate_feature *f, const double *x, double u, double udot) {
  const double p = fmin(1.0 - 1e-6, fmax(1e-6, x[f->gate]));
  double value = 0.0;
  switch (f->sort) {
  case LG_GATE_X:
    value = x[f->gate] / f->inner;
    break;
  case LG_GATE_LOGIT:
    value = log(p / (1.0 - p)) / f->inner;
    break;
  case LG_GATE_U:
    value = u / f->inner;
    break;
  case LG_GATE_LOG10_U:
    value = log10(u / f->inner);
    break;
  case LG_GATE_ASINH_UDOT:
    value = asinh(udot / f->inner);
    break;
  }
  return f->factor * (value - f->offset);
}

/* The network in double, its layers as sums. */
static void by_hand(const lg_gate_net *net, const double *x, double u, double udot, double *y) {
  double a[2][64];
  const lg_gate_plan *p = &net->plan;
  for (size_t k = 0; k < p->n_features; k++) a[0][k] = feature_by_hand(&p->features[k], x, u, udot);
  for (size_t l = 0; l < p->n_layers; l++)
    for (size_t o = 0; o < p->width[l + 1]; o++) {
      double sum = (double)net->theta[net->layers[l].bias + o];
      for (size_t k = 0; k < p->width[l]; k++)
        sum += a[l % 2][k] * (double)net->theta[net->layers[l].weight + k * p->width[l + 1] + o];
      a[(l + 1) % 2][o] = l + 1 < p->n_layers ? tanh(sum) : sum;
    }
  memcpy(y, a[p->n_layers % 2], p->width[p->n_layers] * sizeof *y);
}

static void test_rates_are_the_sums(void **state) {
  (void)state;
  enum { N = 150 };
  const unsigned powers[] = {3, 1};
  for (int voltage = 0; voltage < 2; voltage++) {
    const lg_gate_plan plan =
        lg_gate_plan_default(voltage ? LG_GATE_VOLTAGE : LG_GATE_CALCIUM, LG_GATE_RATE, 2, powers, 2, 24, true);
    lg_gate_net *net = random_net(&plan, 0.4);
    double gates[2 * N], u[N], udot[N], ko[2 * N], kc[2 * N], open[N];
    lg_rng rng = lg_rng_make(9, 0, 0);
    for (size_t i = 0; i < N; i++) {
      gates[i] = i == 0 ? 0.0 : i == 1 ? 1.0 : lg_rng_uniform(&rng);
      gates[N + i] = pow(10.0, -5.0 * lg_rng_uniform(&rng));
      u[i] = voltage ? lg_rng_range(&rng, -90.0, 40.0) : pow(10.0, lg_rng_range(&rng, -2.0, 1.5));
      udot[i] = lg_rng_range(&rng, -1.0, 1.0) * pow(10.0, lg_rng_range(&rng, -2.0, 5.0));
    }
    lg_gate_net_rates(net, N, N, gates, u, udot, ko, kc);
    lg_gate_open(&plan, N, N, gates, open);
    for (size_t i = 0; i < N; i++) {
      const double x[2] = {gates[i], gates[N + i]};
      double y[4];
      by_hand(net, x, u[i], udot[i], y);
      for (size_t k = 0; k < 2; k++) {
        assert_true(fabs(log(ko[k * N + i]) - fmin(18.0, fmax(-14.0, 3.0 * y[2 * k]))) < 4e-5);
        assert_true(fabs(log(kc[k * N + i]) - fmin(12.0, fmax(-14.0, 3.0 * y[2 * k + 1]))) < 4e-5);
      }
      assert_true(fabs(open[i] - x[0] * x[0] * x[0] * x[1]) < 1e-15);
      /* the same bits for one row as for many */
      double one_ko[2], one_kc[2];
      lg_gate_net_rates(net, 1, 1, x, &u[i], &udot[i], one_ko, one_kc);
      assert_true(one_ko[0] == ko[i] && one_kc[1] == kc[N + i]);
    }
    lg_gate_net_destroy(ctx, net);
  }
}

/* x' from the network written out in double. */
static void slopes_by_hand(const lg_gate_net *net, const double *x, double u, double udot, double *slopes) {
  const lg_gate_plan *p = &net->plan;
  double y[16];
  by_hand(net, x, u, udot, y);
  if (p->form == LG_GATE_RAW) {
    slopes[0] = p->raw_scale * (p->raw_sinh ? sinh(y[0]) : y[0]);
    return;
  }
  for (size_t k = 0; k < p->n_gates; k++)
    slopes[k] = exp(fmin(18.0, fmax(-14.0, 3.0 * y[2 * k]))) * (1.0 - x[k]) -
                exp(fmin(12.0, fmax(-14.0, 3.0 * y[2 * k + 1]))) * x[k];
}

/* Slopes and their derivatives against central differences of the network in double, behind the channel of a dendrite.
 */
static void test_derivatives(void **state) {
  (void)state;
  enum { N = 40 };
  const unsigned powers[] = {2, 0};
  for (size_t gates = 1; gates <= 3; gates++) {
    const bool raw = gates == 3;
    const size_t g = raw ? 1 : gates;
    lg_gate_plan plan = lg_gate_plan_default(LG_GATE_CALCIUM, raw ? LG_GATE_RAW : LG_GATE_RATE, g, powers, 2, 12, true);
    plan.raw_sinh = true;
    lg_gate_net *net = random_net(&plan, 0.4);
    calcium_gate_net *own = NULL;
    assert_ok(ctx, lg_calcium_gate_net_create(ctx, net, &own));
    const calcium_gate gate = lg_calcium_gate_net(own);
    const size_t m = gate.n_states;
    double states[4 * N], u[N], udot[N], slopes[4 * N], by_state[16 * N], by_u[4 * N], by_udot[4 * N];
    lg_rng rng = lg_rng_make(11, 0, 0);
    for (size_t i = 0; i < N; i++) {
      for (size_t k = 0; k < m; k++) states[k * N + i] = lg_rng_range(&rng, 0.05, 0.95);
      u[i] = pow(10.0, lg_rng_range(&rng, -1.5, 1.2));
      udot[i] = lg_rng_range(&rng, -300.0, 300.0);
    }
    gate.slopes(&gate, N, states, u, udot, slopes);
    gate.derivatives(&gate, N, states, u, udot, by_state, by_u, by_udot);
    for (size_t i = 0; i < N; i++)
      for (size_t way = 0; way < g + 2; way++) {
        double out[2][2], here[2];
        double x[2] = {states[i], m > 1 ? states[N + i] : 0.0};
        slopes_by_hand(net, x, u[i], udot[i], here);
        const double h = 1e-5 * (way < g ? 1.0 : way == g ? u[i] : 100.0);
        for (int side = 0; side < 2; side++) {
          const double by = side ? h : -h;
          double moved[2] = {x[0], x[1]};
          if (way < g) moved[way] += by;
          slopes_by_hand(net, moved, u[i] + (way == g ? by : 0.0), udot[i] + (way == g + 1 ? by : 0.0), out[side]);
        }
        for (size_t k = 0; k < g; k++) {
          const double want = (out[1][k] - out[0][k]) / (2.0 * h);
          const double got = way == g       ? by_u[k * N + i]
                             : way == g + 1 ? by_udot[k * N + i]
                                            : by_state[(k * m + way) * N + i];
          assert_true(fabs(got - want) < 1e-3 * (fabs(want) + 1e-2 * fabs(here[k])));
          assert_true(fabs(slopes[k * N + i] - here[k]) < 1e-4 * (fabs(here[k]) + 1.0));
          if (m == g) continue;
          assert_true(slopes[(g + k) * N + i] == slopes[k * N + i]);
          assert_true(by_u[(g + k) * N + i] == by_u[k * N + i]);
          for (size_t q = 0; q < m; q++)
            assert_true(by_state[((g + k) * m + q) * N + i] == (q < g ? by_state[(k * m + q) * N + i] : 0.0));
        }
      }
    lg_calcium_gate_net_destroy(ctx, own);
    lg_gate_net_destroy(ctx, net);
  }
}

/* Every set of kernels gives the bits of the plain one, edges included; logarithms are those of libm to a rounding. */
static void test_kernels_agree(void **state) {
  (void)state;
  enum { N = 101 };
  const unsigned powers[] = {1, 1};
  lg_gate_plan plan = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RATE, 2, powers, 1, 8, true);
  plan.features[plan.n_features++] = (lg_gate_feature){LG_GATE_U, 0, 3.0, 0.1, 0.7};
  double gates[2 * N], u[N], udot[N], opening[N], closing[N];
  lg_rng rng = lg_rng_make(3, 0, 0);
  static const double edges[] = {0.0, 1.0, 1e-6, 1.0 - 1e-6, 1e-320, -1.0, 2.0, 1e300, -1e300, 1e-13};
  for (size_t i = 0; i < N; i++) {
    const bool edge = i < sizeof edges / sizeof edges[0];
    gates[i] = edge ? edges[i] : lg_rng_uniform(&rng);
    gates[N + i] = edge ? edges[i] : pow(10.0, -7.0 * lg_rng_uniform(&rng));
    u[i] = edge ? edges[i] : pow(10.0, lg_rng_range(&rng, -6.0, 3.0));
    udot[i] = edge ? edges[i] : lg_rng_normal(&rng) * pow(10.0, lg_rng_range(&rng, -6.0, 6.0));
    opening[i] = exp(lg_rng_range(&rng, -14.0, 18.0));
    closing[i] = exp(lg_rng_range(&rng, -14.0, 12.0));
  }
  float x[3][LG_GATE_FEATURES * LG_GATE_BLOCK], y[N];
  double rates[3][N], moved[3][N], middle[3][N];
  for (size_t i = 0; i < N; i++) y[i] = (float)lg_rng_range(&rng, -8.0, 8.0);
  for (unsigned t = 0; t < 3; t++) {
    const lg_gate_kernel *k = lg_gate_kernel_get(t);
    if (!k) continue;
    memset(x[t], 0, sizeof x[t]);
    k->features(&plan, N, N, gates, u, udot, x[t]);
    assert_memory_equal(x[0], x[t], sizeof x[t]);
    assert_int_equal(k->outside(N, u, 0.0, 1.0), lg_gate_kernel_get(0)->outside(N, u, 0.0, 1.0));
    k->rates(N, 3.0f, plan.log_open, y, rates[t]);
    assert_memory_equal(rates[0], rates[t], sizeof rates[t]);
    for (size_t i = 0; i < N; i++) moved[t][i] = fmin(1.0, fmax(0.0, gates[i]));
    k->relax(N, 1e-5, opening, closing, moved[t], middle[t]);
    assert_memory_equal(moved[0], moved[t], sizeof moved[t]);
    assert_memory_equal(middle[0], middle[t], sizeof middle[t]);
  }
  for (size_t i = 10; i < N; i++)
    for (size_t f = 0; f < plan.n_features; f++) {
      const double both[2] = {gates[i], gates[N + i]}, want = feature_by_hand(&plan.features[f], both, u[i], udot[i]);
      assert_true(fabs((double)x[0][f * LG_GATE_BLOCK + i] - want) < 3e-7 * (1.0 + fabs(want)));
    }
  for (size_t i = 0; i < N; i++) {
    const double k = opening[i] + closing[i], end = opening[i] / k, from = fmin(1.0, fmax(0.0, gates[i]));
    assert_true(fabs(moved[0][i] - (end + (from - end) * exp(-1e-5 * k))) < 1e-14);
    assert_true(fabs(middle[0][i] - (end + (from - end) * exp(-1.5e-5 * k))) < 1e-14);
    assert_true(moved[0][i] >= 0.0 && moved[0][i] <= 1.0);
  }
}

/* Rows that are alike are asked once: the bits of asking each. */
static void test_alike_rows(void **state) {
  (void)state;
  enum { N = 600 };
  const lg_gate_plan plan = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RATE, 1, NULL, 2, 16, true);
  lg_gate_net *net = random_net(&plan, 0.4);
  double gates[N], u[N], udot[N], ko[N], kc[N], one_ko, one_kc;
  lg_rng rng = lg_rng_make(13, 0, 0);
  for (size_t i = 0; i < N; i++) {
    const bool alike = i < 70 || (i >= 96 && i < 256) || (i > 300 && i < 500);
    gates[i] = alike ? 0.25 : lg_rng_uniform(&rng);
    u[i] = alike ? (i > 300 ? 2.0 : 0.05) : lg_rng_range(&rng, 0.01, 10.0);
    udot[i] = alike ? 0.0 : lg_rng_range(&rng, -1e3, 1e3);
  }
  lg_gate_net_rates(net, N, N, gates, u, udot, ko, kc);
  for (size_t i = 0; i < N; i++) {
    lg_gate_net_rates(net, 1, 1, gates + i, u + i, udot + i, &one_ko, &one_kc);
    assert_true(one_ko == ko[i] && one_kc == kc[i]);
  }
  lg_gate_net_destroy(ctx, net);
}

/* ---- files ------------------------------------------------------------------------------------------- */

static void test_file_goes_round(void **state) {
  (void)state;
  char path[] = "/tmp/loligo-gate-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
  const unsigned powers[] = {3, 1};
  lg_gate_plan plan = lg_gate_plan_default(LG_GATE_VOLTAGE, LG_GATE_RATE, 2, powers, 2, 16, false);
  plan.range_u[0] = -100.0, plan.range_u[1] = 60.0;
  plan.range_udot[0] = -1.25e-3, plan.range_udot[1] = 1e5;
  plan.rest_u = -65.0, plan.rest[0] = 0.052932485257249577, plan.rest[1] = 0.5961207535084603;
  plan.celsius = 6.3, plan.q10 = 3.0;
  (void)snprintf(plan.ion, sizeof plan.ion, "na");
  plan.valence = 1;
  lg_gate_net *net = random_net(&plan, 0.3), *back = NULL;
  lg_safetensors *st = NULL;
  const lg_text_pair more = {"seed", "5"};
  assert_ok(ctx, lg_gate_net_write(ctx, net, &more, 1, path));
  assert_ok(ctx, lg_safetensors_read(ctx, path, &st));
  assert_true(lg_gate_net_is(st));
  assert_string_equal(lg_safetensors_metadata(st, "seed"), "5");
  assert_string_equal(lg_safetensors_metadata(st, "gates"), "x0:3 x1:1");
  assert_ok(ctx, lg_gate_net_parse(ctx, st, &back));
  assert_true(back->hash == net->hash);
  assert_memory_equal(back->theta, net->theta, net->params.count * sizeof(float));
  assert_memory_equal(back->plan.features, net->plan.features, sizeof net->plan.features);
  assert_true(back->plan.rest[0] == net->plan.rest[0] && back->plan.range_udot[0] == -1.25e-3);
  assert_true(back->plan.celsius == 6.3 && back->plan.q10 == 3.0 && back->plan.valence == 1);
  assert_true(fabs(lg_gate_temperature_factor(&back->plan, 16.3) - 3.0) < 1e-14);
  assert_string_equal(back->plan.ion, "na");
  lg_gate_net_destroy(ctx, back);
  lg_gate_net_destroy(ctx, net);
  lg_safetensors_destroy(ctx, st);
  (void)remove(path);
}

typedef struct change {
  const char *key, *text, *words;
} change;

static void test_refusals(void **state) {
  (void)state;
  static const change changes[] = {
      {"schema", "loligo-delta/1", "no network of gates"},
      {"form", "rates", "'rates' is not known"},
      {"input", "ca", "'ca' is not known"},
      {"gates", "P", "name:power"},
      {"gates", "P:0", "nothing opens"},
      {"gates", "P:9", "whole number"},
      {"features", "gate 0 1 0.5", "number wanted"},
      {"features", "gate 3 1 0.5 2; logit 0 1 0 0.2; log10_u 1 0 1; asinh_udot 10 0 0.125", "feature 0 is of gate 3"},
      {"features", "gate 0 0 0.5 2; logit 0 1 0 0.2; log10_u 1 0 1; asinh_udot 10 0 0.125", "inner 0"},
      {"layers", "4 8 8 3", "3 outputs"},
      {"layers", "4 9 8 2", "layer.0.weight"},
      {"layers", "4 8 2", "tensors"},
      {"layers", "4 8 8 300", "whole number"},
      {"layers", "4 8 8 2 x", "number"},
      {"activation", "gelu", "'gelu' is not known"},
      {"log_rates", "3 -14 18 -14", "number"},
      {"log_rates", "3 -14 180 -14 12", "within 80"},
      {"range_u", "2 1", "in order"},
      {"range_u", "0 nan", "number"},
      {"rest", "0.05", "number"},
      {"rest", "0.05 1.5", "rest 1.5"},
  };
  char path[] = "/tmp/loligo-gate-XXXXXX", was[4096];
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
  const lg_gate_plan plan = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RATE, 1, NULL, 2, 8, true);
  lg_gate_net *net = random_net(&plan, 0.3);
  lg_safetensors *whole = NULL;
  assert_ok(ctx, lg_gate_net_write(ctx, net, NULL, 0, path));
  assert_ok(ctx, lg_safetensors_read(ctx, path, &whole));
  for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
    lg_safetensors *st = NULL;
    lg_gate_net *got = NULL;
    lg_text_pair pairs[32];
    lg_tensor_entry entries[8];
    size_t n = 0;
    for (const lg_text_pair *m; (m = lg_safetensors_metadata_at(whole, n)) != NULL; n++) {
      pairs[n] = *m;
      if (strcmp(m->key, changes[c].key) == 0) pairs[n].text = changes[c].text;
    }
    for (size_t k = 0; k < lg_safetensors_count(whole); k++) entries[k] = *lg_safetensors_at(whole, k);
    assert_ok(ctx, lg_safetensors_write(ctx, path, entries, lg_safetensors_count(whole), pairs, n));
    assert_ok(ctx, lg_safetensors_read(ctx, path, &st));
    assert_int_not_equal(lg_gate_net_parse(ctx, st, &got), LG_OK);
    (void)snprintf(was, sizeof was, "%s", lg_ctx_message(ctx));
    if (!strstr(was, changes[c].words)) fail_msg("%s = %s: %s", changes[c].key, changes[c].text, was);
    assert_null(got);
    lg_safetensors_destroy(ctx, st);
  }
  lg_safetensors_destroy(ctx, whole);
  lg_gate_net_destroy(ctx, net);
  (void)remove(path);
}

/* ---- rest and a dendrite ------------------------------------------------------------------------------ */

static void test_rest_is_where_nothing_moves(void **state) {
  (void)state;
  lg_gate_net *net = power_law();
  double x;
  const double open = lg_gate_net_rest(net, 0.2, &x), on = 1500.0 * 0.2 * 0.2 * 0.2 * 0.2;
  assert_true(open == x && fabs(x / (on / (on + 30.0)) - 1.0) < 1e-5);
  calcium_gate_net *own = NULL;
  assert_ok(ctx, lg_calcium_gate_net_create(ctx, net, &own));
  const calcium_gate gate = lg_calcium_gate_net(own);
  double states[2], was;
  const double u = 0.2, udot = 0.0;
  was = gate.rest(&gate, u, states);
  for (int k = 0; k < 1000; k++) gate.advance(&gate, 1, 1e-4, &u, &udot, states);
  assert_true(states[0] == was);
  lg_calcium_gate_net_destroy(ctx, own);
  lg_gate_net_destroy(ctx, net);
}

static calcium_result *wave(const lg_gate_net *net, double dt_s) {
  calcium_section cylinder = {.length_um = 24.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15};
  calcium_stimulus ramp = {.j0 = 2500.0, .sigma_um = 0.5, .off_s = 0.001};
  calcium_place probe = {0, 12.0};
  const calcium_case c = {.constants = lg_calcium_constants_default(),
                          .n_sections = 1,
                          .sections = &cylinder,
                          .n_stimuli = 1,
                          .stimuli = &ramp,
                          .end_s = 0.018,
                          .threshold_uM = 1.0,
                          .n_probes = 1,
                          .probes = &probe};
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  calcium_gate_net *own = NULL;
  assert_ok(ctx, lg_calcium_gate_net_create(ctx, net, &own));
  const calcium_gate gate = lg_calcium_gate_net(own);
  const calcium_options o = {.scheme = CALCIUM_IMEX2, .dt_s = dt_s};
  assert_ok(ctx, lg_calcium_grid_create(ctx, &c, 0.1, &grid));
  assert_ok(ctx, lg_calcium_simulate(ctx, &c, grid, &gate, NULL, &o, &r));
  lg_calcium_grid_destroy(ctx, grid);
  lg_calcium_gate_net_destroy(ctx, own);
  return r;
}

/* A gate that starts to open with calcium: its wave converges with the square of the step, and P stays in 0 … 1. */
static void test_wave_is_of_second_order(void **state) {
  (void)state;
  lg_gate_net *net = power_law();
  calcium_result *r[4];
  for (int k = 0; k < 4; k++) {
    r[k] = wave(net, 10e-6 / (double)(1 << k));
    assert_true(r[k]->summary.open_low >= 0.0 && r[k]->summary.open_high <= 1.0);
    assert_true(r[k]->summary.open_high > 0.9);
  }
  const double a = r[0]->summary.speed_um_s, b = r[1]->summary.speed_um_s, c = r[2]->summary.speed_um_s,
               d = r[3]->summary.speed_um_s;
  assert_true(fabs(a / d - 1.0) < 0.003);
  assert_true(log2((a - b) / (b - c)) > 1.7 && log2((b - c) / (c - d)) > 1.8);
  for (int k = 0; k < 4; k++) lg_calcium_result_destroy(ctx, r[k]);
  lg_gate_net_destroy(ctx, net);
}

static void test_strays_are_seen(void **state) {
  (void)state;
  lg_gate_net *net = power_law();
  calcium_gate_net *own = NULL;
  assert_ok(ctx, lg_calcium_gate_net_create(ctx, net, &own));
  const calcium_gate gate = lg_calcium_gate_net(own);
  double states[2];
  (void)gate.rest(&gate, 0.05, states);
  const double u[4] = {0.05, 31.0, 30.2, 40.0}, udot[4] = {0.0, 0.0, -1.5e5, 0.0}, x[8] = {0.5};
  gate.watch(&gate, 4, 0.25, u, udot, x);
  gate.watch(&gate, 3, 0.5, u, udot, x);
  const calcium_stray *s = lg_calcium_gate_net_strays(own, 0), *d = lg_calcium_gate_net_strays(own, 1);
  assert_true(s[0].count == 0 && s[1].count == 3 && s[1].node == 3 && s[1].value == 40.0 && s[1].t_s == 0.25);
  assert_true(d[1].count == 0 && d[0].count == 2 && d[0].node == 2 && d[0].value == -1.5e5 && d[0].t_s == 0.25);
  assert_true(lg_calcium_gate_net_strays(own, 2)[0].count == 0 && lg_calcium_gate_net_strays(own, 2)[1].count == 0);
  /* what is written down comes back; a node outside the dendrite does not */
  unsigned char bytes[2048];
  calcium_tape down = {.to = bytes};
  gate.tape(&gate, 4, &down);
  assert_true(down.at < sizeof bytes);
  (void)gate.rest(&gate, 0.05, states);
  assert_true(s[1].count == 0);
  calcium_tape up = {.from = bytes, .n = down.at};
  gate.tape(&gate, 4, &up);
  assert_true(!up.torn && s[1].count == 3 && s[1].node == 3 && s[1].value == 40.0 && d[0].value == -1.5e5);
  calcium_tape torn = {.from = bytes, .n = down.at};
  gate.tape(&gate, 3, &torn);
  assert_true(torn.torn);
  lg_calcium_gate_net_destroy(ctx, own);
  lg_gate_net_destroy(ctx, net);
}

static void test_raw_is_clipped_and_counted(void **state) {
  (void)state;
  lg_gate_plan plan = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RAW, 1, NULL, 0, 0, true);
  plan.raw_scale = 100.0;
  /* x' = 100 (1 - 2 (2x - 1)/2 …): falls through 0.5 with the slope -400 */
  const float theta[5] = {-2.0f, 0.0f, 0.0f, 0.0f, 0.0f};
  lg_gate_net *net = NULL;
  calcium_gate_net *own = NULL;
  assert_ok(ctx, lg_gate_net_create(ctx, &plan, theta, &net));
  assert_ok(ctx, lg_calcium_gate_net_create(ctx, net, &own));
  const calcium_gate gate = lg_calcium_gate_net(own);
  const double u[2] = {1.0, 1.0}, udot[2] = {0.0, 0.0};
  double x[2];
  assert_true(fabs(gate.rest(&gate, 1.0, x) - 0.5) < 1e-7);
  x[0] = 0.25, x[1] = 0.75;
  gate.advance(&gate, 2, 1e-3, u, udot, x);
  assert_true(fabs(x[0] - 0.35) < 1e-7 && fabs(x[1] - 0.65) < 1e-7);
  assert_int_equal(lg_calcium_gate_net_clipped(own), 0);
  gate.advance(&gate, 2, 0.1, u, udot, x);
  assert_true(x[0] == 1.0 && x[1] == 0.0);
  assert_int_equal(lg_calcium_gate_net_clipped(own), 2);
  lg_calcium_gate_net_destroy(ctx, own);
  lg_gate_net_destroy(ctx, net);
}

static void test_other_inputs_are_refused(void **state) {
  (void)state;
  const lg_gate_plan plan = lg_gate_plan_default(LG_GATE_VOLTAGE, LG_GATE_RATE, 1, NULL, 1, 8, false);
  lg_gate_net *net = random_net(&plan, 0.3);
  calcium_gate_net *own = NULL;
  assert_int_equal(lg_calcium_gate_net_create(ctx, net, &own), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "voltage"));
  lg_gate_net_destroy(ctx, net);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rates_are_the_sums),
      cmocka_unit_test(test_derivatives),
      cmocka_unit_test(test_kernels_agree),
      cmocka_unit_test(test_alike_rows),
      cmocka_unit_test(test_file_goes_round),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_rest_is_where_nothing_moves),
      cmocka_unit_test(test_wave_is_of_second_order),
      cmocka_unit_test(test_strays_are_seen),
      cmocka_unit_test(test_raw_is_clipped_and_counted),
      cmocka_unit_test(test_other_inputs_are_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
