/* One battery for every row of the table of models of the room "neuron". */
#define _XOPEN_SOURCE 700
#include "tests/one_ctx.h"

#include "base/base.h"
#include "neuron/plan.h"
#include "twin/model_file.h"

#include <loligo/neuron.h>
#include <math.h>
#include <string.h>

static lg_neuron default_neuron(const lg_model_info *info) {
  lg_neuron neuron;
  assert_ok(ctx, lg_neuron_init(ctx, info->model, info->variant, &neuron));
  assert_ptr_equal(neuron.info, info);
  return neuron;
}

/* A step, a chirp and noise, strong enough for every default to fire. */
static lg_protocol *make_protocol(const lg_model_info *info, double duration_ms, uint64_t seed) {
  lg_protocol *p;
  const double amp = strcmp(info->model, "hh52") == 0 ? 15.0 : 400.0;
  lg_ou_options ou = LG_OU_OPTIONS_INIT;
  ou.t0_ms = 0.6 * duration_ms;
  ou.t1_ms = 0.9 * duration_ms;
  ou.mean_pA = 0.5 * amp;
  ou.sd_pA = 0.3 * amp;
  ou.seed = seed;
  assert_ok(ctx, lg_protocol_create(ctx, duration_ms, 0.1, &p));
  assert_ok(ctx, lg_protocol_add_const(ctx, p, 0.05 * duration_ms, 0.5 * duration_ms, amp));
  assert_ok(ctx, lg_protocol_add_ou(ctx, p, &ou));
  return p;
}

static lg_simulation *run_ok(const lg_neuron *neuron, const lg_protocol *p, lg_solver solver) {
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  lg_simulation *sim = NULL;
  o.solver = solver;
  o.dt_ms = solver == LG_SOLVER_EULER ? 0.02 : 0.0;
  o.all_states = 1;
  assert_ok(ctx, lg_simulate(ctx, neuron, p, &o, &sim));
  return sim;
}

static void row_is_documented(const lg_model_info *info) {
  assert_true(strlen(info->summary) > 10 && strlen(info->reference) > 10);
  assert_true(info->n_fields <= LG_NEURON_MAX_FIELDS && info->n_states <= LG_NEURON_MAX_STATES);
  for (size_t k = 0; k < info->n_fields; k++) {
    const lg_field *f = &info->fields[k];
    assert_true(f->low < f->high && strlen(f->unit) > 0 && f->doc[strlen(f->doc) - 1] == '.');
    assert_true(isnan(f->default_value) || (f->default_value >= f->low && f->default_value <= f->high));
    assert_int_equal(lg_model_field(info, f->name), k); /* names are unique */
  }
}

static void defaults_run(const lg_model_info *info) {
  const lg_neuron neuron = default_neuron(info);
  lg_protocol *p = make_protocol(info, 200.0, 1);
  for (lg_solver solver = LG_SOLVER_REFERENCE; solver <= LG_SOLVER_EULER; solver++) {
    lg_simulation *sim = run_ok(&neuron, p, solver);
    assert_int_equal(sim->n_samples, 2001);
    assert_true(sim->n_spikes > 0);
    assert_string_equal(sim->columns[0], "v_mV");
    for (size_t k = 0; k < sim->n_columns * sim->n_samples; k++) assert_true(isfinite(sim->states[k]));
    for (size_t k = 1; k < sim->n_spikes; k++) assert_true(sim->spikes_ms[k] > sim->spikes_ms[k - 1]);
    lg_simulation_destroy(ctx, sim);
  }
  lg_protocol_destroy(ctx, p);
}

static void bounds_run_or_are_refused(const lg_model_info *info) {
  lg_protocol *p = make_protocol(info, 20.0, 1);
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  o.solver = LG_SOLVER_RK4;
  for (size_t k = 0; k < info->n_fields; k++) {
    for (int side = 0; side < 4; side++) {
      const lg_field *f = &info->fields[k];
      const double span = f->high - f->low;
      const double values[] = {f->low, f->high, f->low - 0.01 * span, f->high + 0.01 * span};
      lg_neuron neuron = default_neuron(info);
      lg_simulation *sim = NULL;
      neuron.value[k] = values[side];
      const lg_status status = lg_simulate(ctx, &neuron, p, &o, &sim);
      if (side >= 2) assert_int_equal(status, LG_ERR_RANGE);
      else assert_true(status == LG_OK || status == LG_ERR_RANGE || status == LG_ERR_NUMERICAL);
      if (status == LG_OK)
        for (size_t j = 0; j < sim->n_columns * sim->n_samples; j++) assert_true(isfinite(sim->states[j]));
      else assert_null(sim);
      lg_simulation_destroy(ctx, sim);
    }
  }
  lg_protocol_destroy(ctx, p);
}

static void same_seed_same_bits(const lg_model_info *info) {
  const lg_neuron neuron = default_neuron(info);
  lg_protocol *p = make_protocol(info, 100.0, 7), *q = make_protocol(info, 100.0, 7),
              *other = make_protocol(info, 100.0, 8);
  lg_simulation *a = run_ok(&neuron, p, LG_SOLVER_RK4), *b = run_ok(&neuron, q, LG_SOLVER_RK4),
                *c = run_ok(&neuron, other, LG_SOLVER_RK4);
  const size_t bytes = a->n_columns * a->n_samples * sizeof(double);
  assert_memory_equal(a->states, b->states, bytes);
  assert_memory_not_equal(a->states, c->states, bytes);
  lg_simulation_destroy(ctx, a);
  lg_simulation_destroy(ctx, b);
  lg_simulation_destroy(ctx, c);
  lg_protocol_destroy(ctx, p);
  lg_protocol_destroy(ctx, q);
  lg_protocol_destroy(ctx, other);
}

static void nan_is_refused(const lg_model_info *info) {
  lg_protocol *p = make_protocol(info, 20.0, 1);
  for (size_t k = 0; k < info->n_fields; k++) {
    lg_neuron neuron = default_neuron(info);
    lg_simulation *sim = NULL;
    if (isnan(info->fields[k].default_value)) continue;
    neuron.value[k] = (double)NAN;
    assert_int_equal(lg_simulate(ctx, &neuron, p, NULL, &sim), LG_ERR_RANGE);
    assert_int_equal(lg_neuron_set(ctx, &neuron, info->fields[k].name, (double)NAN), LG_ERR_RANGE);
    assert_non_null(strstr(lg_ctx_message(ctx), info->fields[k].name));
  }
  lg_protocol_destroy(ctx, p);
}

static void cancel_works(const lg_model_info *info) {
  const lg_neuron neuron = default_neuron(info);
  lg_protocol *p = make_protocol(info, 20.0, 1);
  volatile int flag = 1;
  lg_simulation *sim = NULL;
  lg_ctx_set_cancel_flag(ctx, &flag);
  assert_int_equal(lg_simulate(ctx, &neuron, p, NULL, &sim), LG_ERR_CANCELLED);
  assert_null(sim);
  lg_ctx_set_cancel_flag(ctx, NULL);
  lg_protocol_destroy(ctx, p);
}

/* An allocator that fails at the n-th call and counts what is not given back. */
typedef struct failing {
  size_t left;
  long open;
} failing;

static void *fail_alloc(void *user, size_t bytes) {
  failing *f = user;
  if (f->left == 0) return NULL;
  f->left--;
  f->open++;
  return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void fail_free(void *user, void *block) {
  failing *f = user;
  if (block) f->open--;
  free(block);
}

static void every_allocation_may_fail(const lg_model_info *info) {
  const lg_neuron neuron = default_neuron(info);
  lg_protocol *p = make_protocol(info, 50.0, 1);
  bool succeeded = false;
  for (size_t n = 0; !succeeded; n++) {
    failing f = {.left = 1000};
    const lg_allocator allocator = {.alloc = fail_alloc, .free = fail_free, .user = &f};
    lg_ctx *poor = NULL;
    lg_simulation *sim = NULL;
    assert_int_equal(lg_ctx_create_with(&allocator, &poor), LG_OK);
    const long open = f.open;
    f.left = n;
    const lg_status status = lg_simulate(poor, &neuron, p, NULL, &sim);
    succeeded = status == LG_OK;
    if (!succeeded) assert_int_equal(status, LG_ERR_MEMORY);
    lg_simulation_destroy(poor, sim);
    assert_int_equal(f.open, open);
    lg_ctx_destroy(poor);
    assert_true(n < 100);
  }
  lg_protocol_destroy(ctx, p);
}

/* Every state at steady state of the resting potential: nothing moves. */
static void rest_is_a_fixed_point(const lg_model_info *info) {
  lg_neuron neuron = default_neuron(info);
  lg_plan plan;
  lg_protocol *p;
  double v, y[LG_NEURON_MAX_STATES];
  assert_ok(ctx, lg_neuron_rest(ctx, &neuron, 0.0, &v));
  assert_ok(ctx, lg_plan_make(ctx, &neuron, &plan));
  plan.ops->steady(&plan, v, y);
  for (size_t k = 0; k < plan.n; k++) neuron.initial[plan.state[k]] = y[k];
  assert_ok(ctx, lg_protocol_create(ctx, 200.0, 1.0, &p));
  for (lg_solver solver = LG_SOLVER_REFERENCE; solver <= LG_SOLVER_EULER; solver++) {
    lg_simulation *sim = run_ok(&neuron, p, solver);
    assert_int_equal(sim->n_spikes, 0);
    for (size_t k = 0; k < sim->n_samples; k++) assert_true(fabs(sim->states[k] - v) < 1e-6);
    lg_simulation_destroy(ctx, sim);
  }
  lg_protocol_destroy(ctx, p);
}

/* Rest starts where it should without being told. */
static void default_start_is_the_rows(const lg_model_info *info) {
  const lg_neuron neuron = default_neuron(info);
  lg_protocol *p = make_protocol(info, 1.0, 1);
  lg_simulation *sim = run_ok(&neuron, p, LG_SOLVER_RK4);
  double v = strcmp(info->model, "izhikevich") == 0 ? lg_neuron_get(&neuron, "vr") : lg_neuron_get(&neuron, "V0");
  if (isnan(v)) assert_ok(ctx, lg_neuron_rest(ctx, &neuron, 0.0, &v));
  assert_true(sim->states[0] == v);
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
}

static double last_v(const lg_neuron *neuron, const lg_protocol *p, lg_solver solver, double dt) {
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  lg_simulation *sim = NULL;
  o.solver = solver;
  o.dt_ms = dt;
  assert_ok(ctx, lg_simulate(ctx, neuron, p, &o, &sim));
  assert_int_equal(sim->n_spikes, 0);
  const double v = sim->states[sim->n_samples - 1];
  lg_simulation_destroy(ctx, sim);
  return v;
}

/* Between spikes rk4 is of order 4, euler of order 1. */
static void orders(const lg_model_info *info) {
  static const struct {
    const char *name;
    double amp, dt;
  } drives[] = {{"std", 15, 0.5}, {"LTS", 37, 0.5},       {"FS", 18, 0.125}, {"TC", 15, 0.5},
                {"RTN", 10, 0.5}, {"klowkhigh", 20, 0.5}, {"hh52", 1, 0.1},  {"tm", 20, 0.1}};
  size_t i = 0;
  const char *name = info->variant[0] ? info->variant : info->model;
  while (strcmp(drives[i].name, name) != 0) i++;
  const lg_segment chirp = {
      .type = LG_SEGMENT_CHIRP, .t1_ms = 40.0, .amp_pA = drives[i].amp, .f0_Hz = 20.0, .f1_Hz = 100.0};
  const lg_neuron neuron = default_neuron(info);
  lg_protocol *p;
  assert_ok(ctx, lg_protocol_create(ctx, 32.0, 32.0, &p));
  assert_ok(ctx, lg_protocol_add(ctx, p, &chirp));
  const double exact = last_v(&neuron, p, LG_SOLVER_REFERENCE, 0.0), dt = drives[i].dt;
  const double rk4 = log2(
      fabs((last_v(&neuron, p, LG_SOLVER_RK4, dt) - exact) / (last_v(&neuron, p, LG_SOLVER_RK4, 0.5 * dt) - exact)));
  const double euler = log2(fabs((last_v(&neuron, p, LG_SOLVER_EULER, 0.05 * dt) - exact) /
                                 (last_v(&neuron, p, LG_SOLVER_EULER, 0.025 * dt) - exact)));
  print_message("%s: rk4 %.2f, euler %.2f\n", name, rk4, euler);
  assert_true(rk4 >= 3.8 && rk4 < 4.5 && euler > 0.9 && euler < 1.1);
  lg_protocol_destroy(ctx, p);
}

static void same_bits_for_any_threads(const lg_model_info *info) {
  const lg_neuron neuron = default_neuron(info);
  lg_protocol *p = make_protocol(info, 60.0, 7);
  lg_simulation *one = run_ok(&neuron, p, LG_SOLVER_RK4);
  assert_ok(ctx, lg_ctx_set_threads(ctx, 3));
  lg_simulation *three = run_ok(&neuron, p, LG_SOLVER_RK4);
  assert_ok(ctx, lg_ctx_set_threads(ctx, 1));
  assert_int_equal(one->n_samples, three->n_samples);
  assert_memory_equal(one->states, three->states, one->n_columns * one->n_samples * sizeof(double));
  assert_memory_equal(one->spikes_ms, three->spikes_ms, one->n_spikes * sizeof(double));
  lg_simulation_destroy(ctx, one);
  lg_simulation_destroy(ctx, three);
  lg_protocol_destroy(ctx, p);
}

/* Written and read again: the same neuron, bit by bit. */
static void files_round_trip(const lg_model_info *info) {
  lg_neuron neuron = default_neuron(info), again;
  lg_rng rng = lg_rng_make(3, 3, 3);
  char *text = NULL;
  size_t bytes = 0;
  for (size_t k = 0; k < info->n_fields; k++)
    if (!isnan(neuron.value[k])) neuron.value[k] *= 1.0 + 1e-3 * lg_rng_uniform(&rng);
  neuron.initial[0] = -61.0 - lg_rng_uniform(&rng);
  neuron.initial[1] = lg_rng_uniform(&rng);
  assert_ok(ctx, lg_neuron_check(ctx, &neuron));
  FILE *stream = open_memstream(&text, &bytes);
  assert_non_null(stream);
  lg_json w = lg_json_begin(stream);
  lg_neuron_write_json(&neuron, &w);
  assert_true(lg_json_end(&w));
  assert_int_equal(fclose(stream), 0);
  assert_ok(ctx, lg_neuron_parse(ctx, "round trip", text, bytes, &again));
  assert_ptr_equal(again.info, neuron.info);
  for (size_t k = 0; k < info->n_fields; k++)
    assert_true(again.value[k] == neuron.value[k] || (isnan(again.value[k]) && isnan(neuron.value[k])));
  for (size_t k = 0; k < info->n_states; k++)
    assert_true(again.initial[k] == neuron.initial[k] || (isnan(again.initial[k]) && isnan(neuron.initial[k])));
  free(text);
}

typedef void (*check)(const lg_model_info *info);

static void for_every_row(check fn) {
  size_t n;
  const lg_model_info *const *rows = lg_neuron_models(&n);
  assert_int_equal(n, 8);
  for (size_t k = 0; k < n; k++) fn(rows[k]);
}

#define BATTERY(name)                                                                                                  \
  static void test_##name(void **state) {                                                                              \
    (void)state;                                                                                                       \
    for_every_row(name);                                                                                               \
  }
BATTERY(row_is_documented)
BATTERY(defaults_run)
BATTERY(bounds_run_or_are_refused)
BATTERY(same_seed_same_bits)
BATTERY(nan_is_refused)
BATTERY(cancel_works)
BATTERY(every_allocation_may_fail)
BATTERY(rest_is_a_fixed_point)
BATTERY(default_start_is_the_rows)
BATTERY(orders)
BATTERY(same_bits_for_any_threads)
BATTERY(files_round_trip)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_row_is_documented),
      cmocka_unit_test(test_defaults_run),
      cmocka_unit_test(test_bounds_run_or_are_refused),
      cmocka_unit_test(test_same_seed_same_bits),
      cmocka_unit_test(test_nan_is_refused),
      cmocka_unit_test(test_cancel_works),
      cmocka_unit_test(test_every_allocation_may_fail),
      cmocka_unit_test(test_rest_is_a_fixed_point),
      cmocka_unit_test(test_default_start_is_the_rows),
      cmocka_unit_test(test_orders),
      cmocka_unit_test(test_same_bits_for_any_threads),
      cmocka_unit_test(test_files_round_trip),
  };
  return cmocka_run_group_tests_name("neuron_battery", tests, open_ctx, close_ctx);
}
