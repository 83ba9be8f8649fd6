/* Batches: the same bits for every instruction set, number of threads and size; the right solution. */
#include "tests/one_ctx.h"

#include "base/base.h"

#include <loligo/batch.h>
#include <math.h>
#include <string.h>

enum { N = 150, MAX_SPIKES = 200 };

typedef struct setup_kind {
  lg_batch_kind kind;
  const char *model;
  double dt_ms, duration_ms, amp;
  int single_precision;
} setup_kind;

static const setup_kind kinds[] = {
    {LG_BATCH_IZHIKEVICH_EULER, "izhikevich", 0.1, 400.0, 120.0, 0},
    {LG_BATCH_IZHIKEVICH_EULER, "izhikevich", 0.1, 400.0, 120.0, 1},
    {LG_BATCH_IZHIKEVICH_RK4, "izhikevich", 0.05, 400.0, 120.0, 0},
    {LG_BATCH_HH52_STAGGERED, "hh52", 0.025, 60.0, 12.0, 0},
    {LG_BATCH_TM_RK4, "tm", 0.025, 120.0, 180.0, 0},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

/* Neurons with parameters ±20 % around the defaults, different drives. */
static void make_neurons(const setup_kind *k, lg_neuron *neurons, double *scale, double *offset) {
  for (size_t n = 0; n < N; n++) {
    lg_rng rng = lg_rng_make(5, (uint64_t)k->kind, n);
    assert_ok(ctx, lg_neuron_init(ctx, k->model, "", &neurons[n]));
    const size_t fields = k->kind == LG_BATCH_TM_RK4 ? 10 : k->kind == LG_BATCH_HH52_STAGGERED ? 4 : 9;
    for (size_t f = 0; f < fields; f++) {
      const double spread = strcmp(neurons[n].info->fields[f].unit, "mV") == 0 ? 0.03 : 0.2;
      neurons[n].value[f] *= 1.0 + lg_rng_range(&rng, -spread, spread);
    }
    scale[n] = lg_rng_range(&rng, 0.7, 1.3);
    offset[n] = lg_rng_range(&rng, -0.05, 0.05) * k->amp;
  }
}

static void make_waveform(const setup_kind *k, double *waveform, size_t n_steps) {
  lg_rng rng = lg_rng_make(9, 9, 9);
  double noise = 0.0;
  for (size_t s = 0; s < n_steps; s++) {
    const double share = (double)s / (double)n_steps;
    noise = 0.98 * noise + 0.2 * lg_rng_normal(&rng);
    waveform[s] = share < 0.1 ? 0.0 : k->amp * (share < 0.6 ? 1.0 : 0.8 + 0.3 * noise);
  }
}

typedef struct result {
  uint32_t n_spikes[N];
  double spikes[N * MAX_SPIKES], last[N], *v;
  size_t n_samples;
} result;

static result *run(const setup_kind *k, const lg_neuron *neurons, const double *scale, const double *offset,
                   const double *waveform, size_t n, lg_batch_isa isa) {
  result *r = calloc(1, sizeof *r);
  assert_non_null(r);
  lg_batch_options o = LG_BATCH_OPTIONS_INIT;
  o.kind = k->kind;
  o.isa = isa;
  o.single_precision = k->single_precision;
  const lg_batch_input in = {.n_neurons = n,
                             .n_steps = (size_t)(k->duration_ms / k->dt_ms + 0.5),
                             .dt_ms = k->dt_ms,
                             .waveform = waveform,
                             .scale = scale,
                             .offset = offset};
  r->n_samples = in.n_steps / 4 + 1;
  r->v = calloc(n * r->n_samples, sizeof *r->v);
  assert_non_null(r->v);
  const lg_batch_output out = {.n_spikes = r->n_spikes,
                               .max_spikes = MAX_SPIKES,
                               .spikes_ms = r->spikes,
                               .sample_every = 4,
                               .v_mV = r->v,
                               .last_v_mV = r->last};
  assert_ok(ctx, lg_batch_run(ctx, neurons, &in, &o, &out));
  return r;
}

static void free_result(result *r) {
  free(r->v);
  free(r);
}

static void equal(const result *a, const result *b, size_t n) {
  assert_memory_equal(a->n_spikes, b->n_spikes, n * sizeof *a->n_spikes);
  assert_memory_equal(a->spikes, b->spikes, n * MAX_SPIKES * sizeof *a->spikes);
  assert_memory_equal(a->last, b->last, n * sizeof *a->last);
  assert_memory_equal(a->v, b->v, n * a->n_samples * sizeof *a->v);
}

typedef struct world {
  lg_neuron neurons[N];
  double scale[N], offset[N], *waveform;
  size_t n_steps;
} world;

static world *make_world(const setup_kind *k) {
  world *w = calloc(1, sizeof *w);
  assert_non_null(w);
  w->n_steps = (size_t)(k->duration_ms / k->dt_ms + 0.5);
  w->waveform = calloc(w->n_steps, sizeof *w->waveform);
  assert_non_null(w->waveform);
  make_neurons(k, w->neurons, w->scale, w->offset);
  make_waveform(k, w->waveform, w->n_steps);
  return w;
}

static void free_world(world *w) {
  free(w->waveform);
  free(w);
}

static void test_same_bits(void **state) {
  (void)state;
  for (size_t i = 0; i < N_KINDS; i++) {
    const setup_kind *k = &kinds[i];
    world *w = make_world(k);
    result *plain = run(k, w->neurons, w->scale, w->offset, w->waveform, N, LG_BATCH_PLAIN);
    size_t spikes = 0;
    for (size_t n = 0; n < N; n++) spikes += plain->n_spikes[n];
    assert_true(spikes > N);
    for (lg_batch_isa isa = LG_BATCH_AVX2; isa <= lg_batch_best_isa(); isa++) {
      result *r = run(k, w->neurons, w->scale, w->offset, w->waveform, N, isa);
      equal(plain, r, N);
      free_result(r);
    }
    assert_ok(ctx, lg_ctx_set_threads(ctx, 3));
    result *threads = run(k, w->neurons, w->scale, w->offset, w->waveform, N, LG_BATCH_BEST);
    equal(plain, threads, N);
    free_result(threads);
    assert_ok(ctx, lg_ctx_set_threads(ctx, 1));
    /* neuron 77 alone */
    result *one = run(k, w->neurons + 77, w->scale + 77, w->offset + 77, w->waveform, 1, LG_BATCH_BEST);
    assert_int_equal(one->n_spikes[0], plain->n_spikes[77]);
    assert_memory_equal(one->v, plain->v + 77 * plain->n_samples, plain->n_samples * sizeof(double));
    assert_memory_equal(one->spikes, plain->spikes + 77 * MAX_SPIKES, MAX_SPIKES * sizeof(double));
    free_result(one);
    free_result(plain);
    free_world(w);
  }
}

/* One neuron by lg_simulate on the same staircase. */
static lg_simulation *simulate(const setup_kind *k, const world *w, size_t n, lg_solver solver, double dt) {
  lg_protocol *p;
  lg_simulation *sim = NULL;
  double *values = malloc(w->n_steps * sizeof *values);
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  assert_non_null(values);
  for (size_t s = 0; s < w->n_steps; s++) values[s] = w->scale[n] * w->waveform[s] + w->offset[n];
  const lg_segment hold = {
      .type = LG_SEGMENT_HOLD, .t1_ms = k->duration_ms, .dt_ms = k->dt_ms, .n_values = w->n_steps, .values_pA = values};
  assert_ok(ctx, lg_protocol_create(ctx, k->duration_ms, 4.0 * k->dt_ms, &p));
  assert_ok(ctx, lg_protocol_add(ctx, p, &hold));
  o.solver = solver;
  o.dt_ms = dt;
  assert_ok(ctx, lg_simulate(ctx, &w->neurons[n], p, &o, &sim));
  lg_protocol_destroy(ctx, p);
  free(values);
  return sim;
}

/* Largest difference of spike times, INFINITY when their number differs by more than one at the end. */
static double spike_error(const result *r, size_t n, const lg_simulation *sim) {
  double worst = 0.0;
  if (r->n_spikes[n] != sim->n_spikes) return (double)INFINITY;
  for (size_t s = 0; s < sim->n_spikes && s < 20; s++)
    worst = fmax(worst, fabs(r->spikes[n * MAX_SPIKES + s] - sim->spikes_ms[s]));
  return worst;
}

static void against_simulate(size_t i, lg_solver solver, double dt, double limit_ms) {
  const setup_kind *k = &kinds[i];
  world *w = make_world(k);
  result *r = run(k, w->neurons, w->scale, w->offset, w->waveform, N, LG_BATCH_BEST);
  double worst = 0.0;
  for (size_t n = 0; n < N; n += 15) {
    lg_simulation *sim = simulate(k, w, n, solver, dt);
    worst = fmax(worst, spike_error(r, n, sim));
    lg_simulation_destroy(ctx, sim);
  }
  print_message("%s: max |dt| %.2e ms\n", k->model, worst);
  assert_true(worst <= limit_ms);
  free_result(r);
  free_world(w);
}

static void test_solutions(void **state) {
  (void)state;
  against_simulate(0, LG_SOLVER_EULER, 0.1, 1e-9);
  against_simulate(2, LG_SOLVER_REFERENCE, 0.0, 0.01);
  against_simulate(4, LG_SOLVER_REFERENCE, 0.0, 0.02);
}

/* The staggered scheme of HH52 is of first order: against the reference the error halves with the step. */
static void test_staggered_converges(void **state) {
  (void)state;
  double error[2] = {0.0, 0.0};
  for (int half = 0; half < 2; half++) {
    setup_kind k = kinds[3];
    world *w = make_world(&k);
    double *fine = malloc(4 * w->n_steps * sizeof *fine);
    assert_non_null(fine);
    const size_t f = half ? 4 : 2;
    for (size_t s = 0; s < w->n_steps; s++)
      for (size_t j = 0; j < f; j++) fine[f * s + j] = w->waveform[s];
    setup_kind small = k;
    small.dt_ms = k.dt_ms / (double)f;
    result *r = run(&small, w->neurons, w->scale, w->offset, fine, N, LG_BATCH_BEST);
    for (size_t n = 0; n < N; n += 30) {
      lg_simulation *sim = simulate(&k, w, n, LG_SOLVER_REFERENCE, 0.0);
      assert_true(sim->n_spikes > 0 && r->n_spikes[n] > 0);
      error[half] += fabs(r->spikes[n * MAX_SPIKES] - sim->spikes_ms[0]);
      lg_simulation_destroy(ctx, sim);
    }
    free_result(r);
    free_world(w);
    free(fine);
  }
  print_message("first spike, summed error %.4f ms, %.4f ms at half the step\n", error[0], error[1]);
  assert_true(error[0] > 1.7 * error[1] && error[0] < 2.3 * error[1] && error[0] < 0.5);
}

static void test_refused(void **state) {
  (void)state;
  lg_neuron n;
  const double waveform[2] = {0.0, (double)NAN};
  lg_batch_input in = {.n_neurons = 1, .n_steps = 1, .dt_ms = 0.1, .waveform = waveform};
  const lg_batch_output out = {.max_spikes = 0};
  lg_batch_options o = LG_BATCH_OPTIONS_INIT;
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &n));
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_ARGUMENT);
  o.kind = LG_BATCH_TM_RK4;
  assert_ok(ctx, lg_batch_run(ctx, &n, &in, &o, &out));
  in.n_steps = 2;
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_RANGE);
  in.n_steps = 1;
  assert_ok(ctx, lg_neuron_set(ctx, &n, "gA", 5.0));
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_ARGUMENT);
  volatile int flag = 1;
  assert_ok(ctx, lg_neuron_set(ctx, &n, "gA", 0.0));
  lg_ctx_set_cancel_flag(ctx, &flag);
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_CANCELLED);
  lg_ctx_set_cancel_flag(ctx, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_bits),
      cmocka_unit_test(test_solutions),
      cmocka_unit_test(test_staggered_converges),
      cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests_name("neuron_batch", tests, open_ctx, close_ctx);
}
