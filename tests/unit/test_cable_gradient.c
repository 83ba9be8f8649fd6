/* Derivatives of runs: forwards and backwards against each other and against differences of runs. */
#include "tests/test.h"

#include "base/base.h"
#include "cable/gradient.h"

#include <math.h>
#include <string.h>

static lg_morphology_point points[] = {{0, 0, 0, 18},   {18, 0, 0, 18},  {18, 0, 0, 3},    {80, 0, 0, 2},
                                       {80, 0, 0, 1.5}, {160, 40, 0, 1}, {80, 0, 0, 1.25}, {170, -30, 0, 1.5},
                                       {0, 0, 0, 1},    {-90, 0, 0, 1}};
static lg_section sections[] = {
    {.type = 1, .parent = -1, .first_point = 0, .n_points = 2, .distal_id = 1, .name = "soma"},
    {.type = 4, .parent = 0, .parent_x = 1, .first_point = 2, .n_points = 2, .distal_id = 2},
    {.type = 4, .parent = 1, .parent_x = 1, .first_point = 4, .n_points = 2, .distal_id = 3},
    {.type = 4, .parent = 1, .parent_x = 1, .first_point = 6, .n_points = 2, .distal_id = 4},
    {.type = 2, .parent = 0, .parent_x = 0, .first_point = 8, .n_points = 2, .distal_id = 5},
};
static lg_morphology shape = {.n_sections = 5, .n_points = 10, .sections = sections, .points = points};

enum { MOST = 48 };

/* A cell with everything in it. */
typedef struct bench {
  cable_model model;
  cable_region regions[2];
  cable_use uses[2][10];
  double values[24][40];
  cable_synapse synapses[2];
  double times[2][3];
  cable_current_clamp clamps[1];
  struct cable_point points[2];
  cable_tree *tree;
  cable_parameter parameters[MOST];
  size_t n;
} bench;

static size_t n_values;

static cable_use use(bench *b, const char *name) {
  const cable_mechanism *kind = lg_cable_mechanism_find(name);
  if (!kind) fail_msg("no %s", name);
  double *values = b->values[n_values++];
  for (size_t q = 0; q < kind->n_parameters; q++)
    values[q] = isnan(kind->parameters[q].default_value) ? 1.0 : kind->parameters[q].default_value;
  return (cable_use){.mechanism = kind, .values = values};
}

static void add(bench *b, cable_parameter p) {
  assert_true(b->n < MOST);
  b->parameters[b->n++] = p;
}

static cable_parameter of(cable_parameter_sort sort, size_t region) {
  cable_parameter p = CABLE_PARAMETER_INIT;
  p.sort = sort;
  p.region = region;
  return p;
}

static void add_fields(bench *b, const cable_mechanism *kind, size_t region, size_t most) {
  for (size_t q = 0; q < kind->n_parameters && q < most; q++) {
    cable_parameter p = of(CABLE_FIELD, region);
    p.mechanism = kind;
    p.field = q;
    add(b, p);
  }
}

static void make(lg_ctx *ctx, bench *b, bool channels) {
  memset(b, 0, sizeof *b);
  n_values = 0;
  for (size_t r = 0; r < 2; r++) {
    b->regions[r] = (cable_region){.axial_resistivity_ohm_cm = 120.0 + 40.0 * (double)r,
                                   .capacitance_uF_cm2 = 1.0 + 0.2 * (double)r,
                                   .reversal_na_mV = 50.0,
                                   .reversal_k_mV = -77.0,
                                   .reversal_ca_mV = (double)NAN,
                                   .outside_ca_mM = 2.0,
                                   .inside_ca_mM = 1e-4,
                                   .uses = b->uses[r]};
  }
  b->regions[0].types[0] = 1, b->regions[0].types[1] = 2, b->regions[0].n_types = 2;
  b->regions[1].types[0] = 4, b->regions[1].n_types = 1;
  b->uses[0][b->regions[0].n_uses++] = use(b, "hh");
  b->uses[1][b->regions[1].n_uses++] = use(b, "pas");
  static const char *const more[] = {"kvm", "kv31", "cahva", "ih", "sk", "cadyn"};
  for (size_t k = 0; channels && k < sizeof more / sizeof more[0]; k++)
    b->uses[0][b->regions[0].n_uses++] = use(b, more[k]);
  for (size_t s = 0; s < 2; s++) {
    b->times[s][0] = 1.01 + 0.3 * (double)s, b->times[s][1] = 3.0, b->times[s][2] = 3.013;
    b->synapses[s] = (cable_synapse){.use = use(b, s == 0 ? "ExpSyn" : "Exp2Syn"),
                                     .at = {.where = CABLE_AT_SECTION, .section = 2 + s, .x = 0.7},
                                     .weight_uS = 1e-3 * (1.0 + (double)s),
                                     .n_times = 3,
                                     .times_ms = b->times[s]};
  }
  b->clamps[0] =
      (cable_current_clamp){.at = {.where = CABLE_AT_SOMA}, .delay_ms = 0.51, .duration_ms = 2.0, .amplitude_nA = 0.6};
  b->model = (cable_model){.celsius = 16.0,
                           .v_init_mV = -65.0,
                           .tstop_ms = 6.0,
                           .sample_ms = 0.025,
                           .morphology = &shape,
                           .n_regions = 2,
                           .regions = b->regions,
                           .n_clamps = 1,
                           .clamps = b->clamps,
                           .n_synapses = 2,
                           .synapses = b->synapses};
  const cable_cut cut = {.max_dx_um = 40.0, .frequency_Hz = 100.0, .odd = true};
  assert_ok(ctx, lg_cable_tree_create(ctx, &b->model, &cut, &b->tree));
  for (size_t u = 0; u < b->regions[0].n_uses; u++) add_fields(b, b->uses[0][u].mechanism, 0, 8);
  add_fields(b, b->uses[1][0].mechanism, 1, 8);
  add_fields(b, b->synapses[0].use.mechanism, CABLE_ANY, 2);
  add_fields(b, b->synapses[1].use.mechanism, CABLE_ANY, 3);
  for (size_t r = 0; r < 2; r++) {
    add(b, of(CABLE_CAPACITANCE, r));
    add(b, of(CABLE_AXIAL, r));
  }
  cable_parameter ena = of(CABLE_REVERSAL, 0), weight = of(CABLE_WEIGHT, CABLE_ANY), part = of(CABLE_FIELD, 0);
  (void)snprintf(ena.ion, sizeof ena.ion, "na");
  add(b, ena);
  (void)snprintf(ena.ion, sizeof ena.ion, "k");
  add(b, ena);
  weight.index = 1;
  add(b, weight);
  add(b, of(CABLE_CLAMP, CABLE_ANY));
  add(b, of(CABLE_V_INIT, CABLE_ANY));
  part.mechanism = b->uses[0][0].mechanism; /* gnabar of the axon alone */
  part.section = 4;
  add(b, part);
}

static void clear(lg_ctx *ctx, bench *b) { lg_cable_tree_destroy(ctx, b->tree); }

/* A smooth loss with weights all over the place. */
typedef struct loss {
  size_t n_nodes, n_samples, n_parameters;
  double value;
  double derivative[MOST];
} loss;

static double weight_at(size_t node, size_t step) { return 1.0 + 0.5 * (double)node + 0.3 * sin(0.1 * (double)step); }

static double target_at(size_t step) { return -60.0 + 3.0 * sin(0.05 * (double)step); }

static double loss_of(void *user, const double *v, double *dv) {
  const loss *l = user;
  double sum = 0.0;
  for (size_t k = 0; k < l->n_nodes; k++)
    for (size_t s = 0; s < l->n_samples; s++) {
      const double d = v[k * l->n_samples + s] - target_at(s), w = weight_at(k, s);
      sum += 0.5 * w * d * d;
      if (dv) dv[k * l->n_samples + s] = w * d;
    }
  return sum;
}

static bool sum_up(void *user, size_t step, const double *v, const double *dv) {
  loss *l = user;
  for (size_t k = 0; k < l->n_nodes; k++) {
    const double d = v[k] - target_at(step), w = weight_at(k, step);
    l->value += 0.5 * w * d * d;
    for (size_t p = 0; p < l->n_parameters; p++) l->derivative[p] += w * d * dv[k * l->n_parameters + p];
  }
  return true;
}

/* known: all derivatives are written out; differences of rates carry their own noise. */
static void check(lg_ctx *ctx, bench *b, cable_scheme scheme, bool known) {
  cable_gradient *r = NULL;
  const size_t nodes[2] = {0, b->tree->n_nodes - 4};
  const cable_gradient_options o = {.scheme = scheme, .dt_ms = 0.025, .nodes = nodes, .n_nodes = 2};
  assert_ok(ctx, lg_cable_gradient_create(ctx, &b->model, b->tree, &o, b->parameters, b->n, &r));
  loss forward = {.n_nodes = 2, .n_samples = lg_cable_gradient_steps(r) + 1, .n_parameters = b->n}, back = forward;
  assert_ok(ctx, lg_cable_gradient_forward(ctx, r, sum_up, &forward));
  assert_ok(ctx, lg_cable_gradient_backward(ctx, r, loss_of, &back, &back.value, back.derivative));
  assert_true(fabs(forward.value - back.value) <= 1e-10 * forward.value);
  double values[MOST], moved[MOST], *v = lg_alloc(ctx, 2 * forward.n_samples, sizeof *v), greatest = 0.0;
  assert_non_null(v);
  lg_cable_gradient_values(r, values);
  for (size_t p = 0; p < b->n; p++) greatest = fmax(greatest, fabs(values[p] * forward.derivative[p]));
  assert_true(greatest > 0.0);
  for (size_t p = 0; p < b->n; p++) {
    const double a = forward.derivative[p], c = back.derivative[p];
    const double size = fmax(fabs(a), fabs(values[p]) > 0.0 ? 1e-3 * greatest / fabs(values[p]) : 0.0);
    if (!(fabs(a - c) <= (known ? 1e-10 : 2e-9) * size)) fail_msg("parameter %zu: forward %.15g, back %.15g", p, a, c);
    /* Richardson's extrapolation of central differences */
    double difference[2];
    for (int half = 0; half < 2; half++) {
      double end[2];
      const double h = (half ? 0.5 : 1.0) * 1e-4 * fmax(fabs(values[p]), 1e-3);
      for (int side = 0; side < 2; side++) {
        memcpy(moved, values, sizeof moved);
        moved[p] += side ? -h : h;
        assert_ok(ctx, lg_cable_gradient_set(ctx, r, moved));
        assert_ok(ctx, lg_cable_gradient_run(ctx, r, v));
        end[side] = loss_of(&back, v, NULL);
      }
      difference[half] = (end[0] - end[1]) / (2.0 * h);
    }
    const double by_runs = (4.0 * difference[1] - difference[0]) / 3.0;
    const double noise = 1e-13 * forward.value / (1e-4 * fmax(fabs(values[p]), 1e-3));
    if (!(fabs(a - by_runs) <= 1e-6 * size + 10.0 * noise))
      fail_msg("parameter %zu (sort %d, %s): derivative %.12g, by runs %.12g", p, (int)b->parameters[p].sort,
               b->parameters[p].mechanism ? b->parameters[p].mechanism->parameters[b->parameters[p].field].name : "", a,
               by_runs);
  }
  lg_free(ctx, v);
  lg_cable_gradient_destroy(ctx, r);
}

static void everything(void **unused) {
  (void)unused;
  lg_ctx *ctx = lg_test_ctx();
  static bench b;
  for (int channels = 0; channels < 2; channels++)
    for (int scheme = 0; scheme < 2; scheme++) {
      make(ctx, &b, channels == 1);
      check(ctx, &b, scheme ? CABLE_NRN : CABLE_SDIRK2, channels == 0);
      clear(ctx, &b);
    }
  lg_ctx_destroy(ctx);
}

/* Many compartments: long unbranched chains are eliminated in segments. Steps short enough for the series of hh, and
 * two leaks at one place. */
static void long_chains(void **unused) {
  (void)unused;
  lg_ctx *ctx = lg_test_ctx();
  static bench b;
  for (int scheme = 0; scheme < 2; scheme++) {
    make(ctx, &b, false);
    lg_cable_tree_destroy(ctx, b.tree);
    b.uses[0][b.regions[0].n_uses++] = use(&b, "pas");
    b.regions[1].n_uses = 1;
    b.model.celsius = 6.3;
    b.model.tstop_ms = 2.5;
    b.clamps[0].amplitude_nA = 3.0;
    const cable_cut cut = {.max_dx_um = 0.9, .frequency_Hz = 100.0, .odd = true};
    assert_ok(ctx, lg_cable_tree_create(ctx, &b.model, &cut, &b.tree));
    assert_true(b.tree->n_nodes > 300);
    b.n = 0;
    add_fields(&b, b.uses[0][0].mechanism, 0, 4);
    add_fields(&b, b.uses[1][0].mechanism, 0, 2);
    add_fields(&b, b.uses[1][0].mechanism, 1, 1);
    add(&b, of(CABLE_CAPACITANCE, 0));
    add(&b, of(CABLE_CAPACITANCE, 1));
    add(&b, of(CABLE_AXIAL, 0));
    cable_parameter e = of(CABLE_REVERSAL, 0);
    (void)snprintf(e.ion, sizeof e.ion, "k");
    add(&b, e);
    add(&b, of(CABLE_CLAMP, CABLE_ANY));
    check(ctx, &b, scheme ? CABLE_NRN : CABLE_SDIRK2, true);
    clear(ctx, &b);
  }
  lg_ctx_destroy(ctx);
}

/* The run is that of the simulator, with the same spikes. */
static void same_run(void **unused) {
  (void)unused;
  lg_ctx *ctx = lg_test_ctx();
  static bench b;
  for (int scheme = 0; scheme < 2; scheme++) {
    cable_gradient *r = NULL;
    cable_group *g = NULL;
    make(ctx, &b, true);
    const size_t nodes[1] = {0};
    const cable_gradient_options o = {.scheme = scheme ? CABLE_NRN : CABLE_SDIRK2, .nodes = nodes, .n_nodes = 1};
    assert_ok(ctx, lg_cable_gradient_create(ctx, &b.model, b.tree, &o, b.parameters, b.n, &r));
    const size_t n = lg_cable_gradient_steps(r);
    double *v = lg_alloc(ctx, n + 1, sizeof *v), highest = -100.0;
    assert_non_null(v);
    assert_ok(ctx, lg_cable_gradient_run(ctx, r, v));
    const cable_run_options run = {.scheme = o.scheme, .plain = true};
    assert_ok(ctx, lg_cable_group_create(ctx, &b.model, b.tree, &run, &g));
    for (size_t k = 0; k <= n; k++) {
      assert_true(fabs(lg_cable_group_v(g, 0, 0) - v[k]) < 1e-9);
      highest = fmax(highest, v[k]);
      lg_cable_group_step(g);
    }
    assert_true(highest > 0.0);
    loss l = {.n_nodes = 1, .n_samples = n + 1, .n_parameters = b.n};
    assert_ok(ctx, lg_cable_gradient_forward(ctx, r, sum_up, &l));
    assert_true(fabs(l.value - loss_of(&l, v, NULL)) < 1e-9 * l.value);
    lg_free(ctx, v);
    lg_cable_group_destroy(ctx, g);
    lg_cable_gradient_destroy(ctx, r);
    clear(ctx, &b);
  }
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_run),
      cmocka_unit_test(everything),
      cmocka_unit_test(long_chains),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
