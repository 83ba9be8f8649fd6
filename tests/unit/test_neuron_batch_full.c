/* Batches of tm neurons with every current and drug: bits, the right solution, and what is kept beside spikes. */
#include "tests/one_ctx.h"

#include "base/base.h"

#include <loligo/batch.h>
#include <loligo/features.h>
#include <math.h>
#include <string.h>

enum { N = 140, MAX_SPIKES = 120, N_WINDOWS = 3, N_PROBES = 5 };

static int single; /* precision of the batches */

static void set(lg_neuron *n, const char *name, double x) { assert_ok(ctx, lg_neuron_set(ctx, n, name, x)); }

typedef struct setting {
  const char *name;
  double x;
} setting;

/* Switched on together by one bit of a neuron's number or of chance. */
static const setting groups[][8] = {
    {{"gNaP", 1.2}},
    {{"gA", 150.0}},
    {{"gH", 1.5}, {"H_half", -76.0}},
    {{"gCaT", 20.0}},
    {{"gCaL", 1.5}},
    {{"gSK", 20.0}},
    {{"slow_inactivation", 0.7}, {"S_tau_min", 40.0}, {"S_tau_max", 300.0}},
    {{"block_kon", 4e-5}, {"block_K_inactivated", 20.0}, {"block_K_rest", 900.0}, {"block_dose", 80.0}},
    {{"block2_kon", 9e-5}, {"block2_K_inactivated", 15.0}, {"block2_K_rest", 700.0}, {"block2_dose", 60.0}},
    {{"block2_slow", 1.0}},
    {{"block_one_site", 1.0}},
    {{"gGABA", 1.5}, {"gGIRK", 0.4}},
    {{"h_shift", -3.0}, {"p_shift", -4.0}},
    {{"rate_scale", 1.3}},
};
enum { N_GROUPS = sizeof groups / sizeof groups[0] };

static void switch_on(lg_neuron *n, size_t group) {
  for (size_t k = 0; k < 8 && groups[group][k].name; k++) set(n, groups[group][k].name, groups[group][k].x);
}

static lg_neuron make(void) {
  lg_neuron n;
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &n));
  return n;
}

typedef struct world {
  lg_neuron neurons[N];
  double scale[N], offset[N], *waveform, dt_ms;
  size_t n_steps;
  lg_batch_window windows[N_WINDOWS];
  size_t probes[N_PROBES];
} world;

static world *make_world(double dt_ms, double duration_ms) {
  world *w = calloc(1, sizeof *w);
  assert_non_null(w);
  w->dt_ms = dt_ms;
  w->n_steps = (size_t)(duration_ms / dt_ms + 0.5);
  w->waveform = calloc(w->n_steps, sizeof *w->waveform);
  assert_non_null(w->waveform);
  for (size_t n = 0; n < N; n++) {
    lg_rng rng = lg_rng_make(8, 1, n);
    w->neurons[n] = make();
    if (n < N_GROUPS) switch_on(&w->neurons[n], n);
    else
      for (size_t g = 0; g < N_GROUPS; g++)
        if (lg_rng_range(&rng, 0.0, 1.0) < 0.4) switch_on(&w->neurons[n], g);
    for (size_t f = 0; f < 5; f++) w->neurons[n].value[f] *= lg_rng_range(&rng, 0.85, 1.15);
    w->scale[n] = lg_rng_range(&rng, 150.0, 400.0);
    w->offset[n] = lg_rng_range(&rng, -5.0, 5.0);
    if (n % 5 == 4) w->neurons[n] = w->neurons[n - 1]; /* equal neighbours, other currents */
  }
  for (size_t k = 0; k < w->n_steps; k++) {
    const double share = (double)k / (double)w->n_steps;
    w->waveform[k] = share > 0.1 && share < 0.9 ? (share < 0.5 ? 1.0 : 0.6) : 0.0;
  }
  const size_t n = w->n_steps;
  const lg_batch_window windows[N_WINDOWS] = {{0, n}, {n / 10, n / 2}, {n / 3, n / 3 + 1}};
  const size_t probes[N_PROBES] = {0, n / 10, n / 3, n - 1, n};
  memcpy(w->windows, windows, sizeof windows);
  memcpy(w->probes, probes, sizeof probes);
  return w;
}

static void free_world(world *w) {
  free(w->waveform);
  free(w);
}

typedef struct result {
  uint32_t n_spikes[N];
  double spikes[N][MAX_SPIKES], peaks[N][MAX_SPIKES], last[N], probe[N][N_PROBES], *v;
  lg_batch_shape shape[N];
  lg_batch_window_sum window[N][N_WINDOWS];
  size_t n_samples;
} result;

/* Neurons [first, first + n) of the world; results at the same places. */
static result *run(const world *w, size_t first, size_t n, lg_batch_isa isa, uint32_t stop) {
  result *r = calloc(1, sizeof *r);
  assert_non_null(r);
  lg_batch_options o = LG_BATCH_OPTIONS_INIT;
  o.kind = LG_BATCH_TM_FULL;
  o.isa = isa;
  o.stop_after_spikes = stop;
  o.single_precision = single;
  r->n_samples = w->n_steps + 1;
  r->v = calloc(N * r->n_samples, sizeof *r->v);
  assert_non_null(r->v);
  const lg_batch_input in = {.n_neurons = n,
                             .n_steps = w->n_steps,
                             .dt_ms = w->dt_ms,
                             .waveform = w->waveform,
                             .scale = w->scale + first,
                             .offset = w->offset + first};
  const lg_batch_output out = {.n_spikes = r->n_spikes + first,
                               .max_spikes = MAX_SPIKES,
                               .spikes_ms = r->spikes[first],
                               .peaks_mV = r->peaks[first],
                               .sample_every = 1,
                               .v_mV = r->v + first * r->n_samples,
                               .last_v_mV = r->last + first,
                               .first_spike = r->shape + first,
                               .n_probes = N_PROBES,
                               .probe_steps = w->probes,
                               .probe_v_mV = r->probe[first],
                               .n_windows = N_WINDOWS,
                               .windows = w->windows,
                               .window_sums = r->window[first]};
  assert_ok(ctx, lg_batch_run(ctx, w->neurons + first, &in, &o, &out));
  return r;
}

static void free_result(result *r) {
  free(r->v);
  free(r);
}

static void equal(const result *a, const result *b, size_t first, size_t n) {
  for (size_t k = first; k < first + n; k++) {
    assert_int_equal(a->n_spikes[k], b->n_spikes[k]);
    assert_memory_equal(a->spikes[k], b->spikes[k], sizeof a->spikes[k]);
    assert_memory_equal(a->peaks[k], b->peaks[k], sizeof a->peaks[k]);
    assert_memory_equal(a->probe[k], b->probe[k], sizeof a->probe[k]);
    assert_memory_equal(&a->last[k], &b->last[k], sizeof a->last[k]);
    assert_memory_equal(&a->shape[k], &b->shape[k], sizeof a->shape[k]);
    for (size_t i = 0; i < N_WINDOWS; i++) {
      assert_memory_equal(&a->window[k][i].mean_mV, &b->window[k][i].mean_mV, 3 * sizeof(double));
      assert_int_equal(a->window[k][i].n_spikes, b->window[k][i].n_spikes);
    }
    assert_memory_equal(a->v + k * a->n_samples, b->v + k * b->n_samples, a->n_samples * sizeof *a->v);
  }
}

/* Whatever the instruction set, the threads, the neighbours in the tile, with and without stops. */
static void check_bits(void) {
  world *w = make_world(0.05, 100.0);
  for (uint32_t stop = 0; stop < 4; stop += 3) {
    result *plain = run(w, 0, N, LG_BATCH_PLAIN, stop);
    size_t spikes = 0;
    for (size_t n = 0; n < N; n++) spikes += plain->n_spikes[n];
    assert_true(spikes > (stop ? N : 2 * N));
    for (lg_batch_isa isa = LG_BATCH_AVX2; isa <= lg_batch_best_isa(); isa++) {
      result *r = run(w, 0, N, isa, stop);
      equal(plain, r, 0, N);
      free_result(r);
    }
    assert_ok(ctx, lg_ctx_set_threads(ctx, 3));
    result *threads = run(w, 0, N, LG_BATCH_BEST, stop);
    equal(plain, threads, 0, N);
    free_result(threads);
    assert_ok(ctx, lg_ctx_set_threads(ctx, 1));
    for (size_t n = 0; n < N; n += 13) {
      result *one = run(w, n, 1, LG_BATCH_BEST, stop);
      equal(plain, one, n, 1);
      free_result(one);
    }
    free_result(plain);
  }
  free_world(w);
}

static void test_same_bits(void **state) {
  (void)state;
  for (single = 0; single < 2; single++) check_bits();
  single = 0;
}

static lg_simulation *simulate(const world *w, size_t n, lg_solver solver) {
  lg_protocol *p;
  lg_simulation *sim = NULL;
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  double *values = malloc(w->n_steps * sizeof *values);
  assert_non_null(values);
  for (size_t k = 0; k < w->n_steps; k++) values[k] = w->scale[n] * w->waveform[k] + w->offset[n];
  const double duration = (double)w->n_steps * w->dt_ms;
  const lg_segment hold = {
      .type = LG_SEGMENT_HOLD, .t1_ms = duration, .dt_ms = w->dt_ms, .n_values = w->n_steps, .values_pA = values};
  assert_ok(ctx, lg_protocol_create(ctx, duration, 4.0 * w->dt_ms, &p));
  assert_ok(ctx, lg_protocol_add(ctx, p, &hold));
  o.solver = solver;
  o.rtol = o.atol = 1e-10;
  assert_ok(ctx, lg_simulate(ctx, &w->neurons[n], p, &o, &sim));
  lg_protocol_destroy(ctx, p);
  free(values);
  return sim;
}

/* Against lg_simulate, every current alone and all sorts of mixtures; the error falls with the step. */
static void check_solutions(int n_steps, const double *limit) {
  static const double dt[3] = {0.05, 0.025, 0.0125};
  double worst[3] = {0.0, 0.0, 0.0};
  for (int k = 0; k < n_steps; k++) {
    world *w = make_world(dt[k], 150.0);
    result *r = run(w, 0, N, LG_BATCH_BEST, 0);
    for (size_t n = 0; n < 30; n++) {
      lg_simulation *sim = simulate(w, n, LG_SOLVER_REFERENCE);
      assert_int_equal(sim->n_spikes, r->n_spikes[n]);
      for (size_t s = 0; s < sim->n_spikes; s++) {
        const double e = fabs(sim->spikes_ms[s] - r->spikes[n][s]);
        if (e > limit[k]) print_message("neuron %zu spike %zu: %g ms\n", n, s, e);
        worst[k] = fmax(worst[k], e);
      }
      lg_simulation_destroy(ctx, sim);
    }
    free_result(r);
    free_world(w);
  }
  for (int k = 0; k < n_steps; k++) {
    print_message("%s, %g ms: worst spike %.4f ms\n", single ? "single" : "double", dt[k], worst[k]);
    assert_true(worst[k] <= limit[k]);
  }
}

static void test_solutions(void **state) {
  (void)state;
  static const double limit[3] = {0.3, 0.04, 0.004}, limit32[2] = {0.3, 0.05};
  check_solutions(3, limit);
  single = 1;
  check_solutions(2, limit32);
  single = 0;
}

/* What is kept without the trace is what the trace says. */
static void check_windows(const world *w, const result *r, size_t n) {
  const double *v = r->v + n * r->n_samples;
  for (size_t k = 0; k < N_WINDOWS; k++) {
    const lg_batch_window *x = &w->windows[k];
    const lg_batch_window_sum *got = &r->window[n][k];
    double sum = 0.0, low = 1e9, high = -1e9;
    uint32_t spikes = 0;
    for (size_t i = x->step0; i < x->step1; i++) {
      sum += v[i];
      low = fmin(low, v[i]);
      high = fmax(high, v[i]);
    }
    for (size_t s = 0; s < r->n_spikes[n]; s++)
      spikes += r->spikes[n][s] >= (double)x->step0 * w->dt_ms && r->spikes[n][s] < (double)x->step1 * w->dt_ms;
    assert_true(got->min_mV == low && got->max_mV == high && got->n_spikes == spikes);
    assert_true(fabs(got->mean_mV - sum / (double)(x->step1 - x->step0)) < (single ? 1e-4 : 1e-9));
  }
}

static void check_kept(void) {
  world *w = make_world(0.05, 300.0);
  result *r = run(w, 0, N, LG_BATCH_BEST, 0);
  size_t shapes = 0;
  for (size_t n = 0; n < N; n++) {
    const double *v = r->v + n * r->n_samples;
    lg_spike spikes[MAX_SPIKES];
    assert_true(r->last[n] == v[w->n_steps]);
    for (size_t k = 0; k < N_PROBES; k++) assert_true(r->probe[n][k] == v[w->probes[k]]);
    check_windows(w, r, n);
    const size_t found = lg_spikes_find(v, r->n_samples, w->dt_ms, NULL, MAX_SPIKES, spikes);
    if (found == r->n_spikes[n]) /* all of them whole */
      for (size_t k = 0; k < found; k++) {
        const double above = r->peaks[n][k] - spikes[k].peak_mV; /* the parabola's top over the highest step */
        assert_true(above >= -1e-9 && above < 1.0);
      }
    if (found == 0 || found != r->n_spikes[n]) continue;
    const lg_batch_shape *s = &r->shape[n];
    shapes++;
    assert_true(fabs(s->t_ms - spikes[0].t_cross_ms) < 1e-9 && fabs(s->peak_mV - spikes[0].peak_mV) < 1e-9);
    assert_true(s->threshold_mV == spikes[0].threshold_mV && s->amplitude_mV == spikes[0].amplitude_mV);
    assert_true(s->fast_ahp_mV == spikes[0].fast_ahp_mV && fabs(s->half_width_ms - spikes[0].half_width_ms) < 1e-9);
  }
  print_message("%zu shapes\n", shapes);
  assert_true(shapes > N / 2);
  free_result(r);
  free_world(w);
}

static void test_kept(void **state) {
  (void)state;
  for (single = 0; single < 2; single++) check_kept();
  single = 0;
}

/* A neuron that stops has its first spikes, and nothing behind. */
static void test_stop(void **state) {
  (void)state;
  world *w = make_world(0.05, 300.0);
  result *all = run(w, 0, N, LG_BATCH_BEST, 0), *r = run(w, 0, N, LG_BATCH_BEST, 2);
  size_t stopped = 0;
  for (size_t n = 0; n < N; n++) {
    const size_t count = all->n_spikes[n] < 2 ? all->n_spikes[n] : 2;
    assert_int_equal(r->n_spikes[n], count);
    assert_memory_equal(r->spikes[n], all->spikes[n], count * sizeof(double));
    if (count < 2) {
      equal(all, r, n, 1);
      continue;
    }
    const size_t stop = (size_t)ceil(r->spikes[n][1] / w->dt_ms);
    const double *v = r->v + n * r->n_samples, *u = all->v + n * r->n_samples;
    stopped++;
    assert_memory_equal(v, u, (stop + 1) * sizeof *v);
    assert_true(r->last[n] == u[stop] && isnan(v[stop + 1]) && isnan(v[w->n_steps]));
    assert_true(isnan(r->window[n][0].mean_mV) && r->window[n][0].n_spikes == 2);
    for (size_t k = 0; k < N_PROBES; k++)
      assert_true(w->probes[k] <= stop ? r->probe[n][k] == all->probe[n][k] : isnan(r->probe[n][k]));
  }
  assert_true(stopped > N / 2);
  free_result(all);
  free_result(r);
  free_world(w);
}

/* shape_step0 takes a later spike. */
static void test_later_shape(void **state) {
  (void)state;
  world *w = make_world(0.05, 300.0);
  result *r = run(w, 0, 1, LG_BATCH_BEST, 0);
  assert_true(r->n_spikes[0] > 3);
  lg_batch_options o = LG_BATCH_OPTIONS_INIT;
  lg_batch_shape shape;
  o.kind = LG_BATCH_TM_FULL;
  o.shape_step0 = (size_t)(r->spikes[0][1] / w->dt_ms) + 1;
  const lg_batch_input in = {.n_neurons = 1,
                             .n_steps = w->n_steps,
                             .dt_ms = w->dt_ms,
                             .waveform = w->waveform,
                             .scale = w->scale,
                             .offset = w->offset};
  const lg_batch_output out = {.first_spike = &shape};
  assert_ok(ctx, lg_batch_run(ctx, w->neurons, &in, &o, &out));
  assert_true(fabs(shape.t_ms - r->spikes[0][2]) < 0.01 && fabs(shape.peak_mV - r->peaks[0][2]) < 0.5);
  assert_true(shape.half_width_ms > 0.2 && shape.half_width_ms < 2.0 && shape.fast_ahp_mV > 0.0);
  free_result(r);
  free_world(w);
}

/* A neuron that cannot run is named, or marked and left out. */
static void test_failed(void **state) {
  (void)state;
  lg_neuron n[3];
  unsigned char failed[3] = {9, 9, 9};
  uint32_t count[3];
  double last[3], waveform[400];
  for (size_t k = 0; k < 3; k++) n[k] = make();
  for (size_t k = 0; k < 400; k++) waveform[k] = 1.0;
  n[1].value[lg_model_field(n[1].info, "rate_scale")] = 100.0; /* too quick for this step */
  const double scale[3] = {100.0, 1e5, 100.0};
  lg_batch_input in = {.n_neurons = 3, .n_steps = 400, .dt_ms = 2.0, .waveform = waveform, .scale = scale};
  lg_batch_output out = {.n_spikes = count, .last_v_mV = last};
  lg_batch_options o = LG_BATCH_OPTIONS_INIT;
  o.kind = LG_BATCH_TM_FULL;
  assert_int_equal(lg_batch_run(ctx, n, &in, &o, &out), LG_ERR_NUMERICAL);
  in.dt_ms = 0.05;
  set(&n[1], "rate_scale", 1.0);
  set(&n[1], "gK", 0.0); /* a strong inward tone: no rest */
  set(&n[1], "gM", 0.0);
  set(&n[1], "gL", 1e4);
  set(&n[1], "EL", 150.0);
  assert_int_equal(lg_batch_run(ctx, n, &in, &o, &out), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "neuron 1"));
  out.failed = failed;
  assert_ok(ctx, lg_batch_run(ctx, n, &in, &o, &out));
  assert_true(failed[0] == 0 && failed[1] == 1 && failed[2] == 0);
  assert_true(isnan(last[1]) && isfinite(last[0]) && last[0] == last[2] && count[1] == 0);
}

static void test_refused(void **state) {
  (void)state;
  lg_neuron n = make();
  const double waveform[2] = {0.0, 0.0};
  const size_t probes[2] = {1, 0};
  double v[2];
  unsigned char failed;
  lg_batch_window window = {1, 1};
  lg_batch_window_sum sum;
  const lg_batch_input in = {.n_neurons = 1, .n_steps = 2, .dt_ms = 0.05, .waveform = waveform};
  lg_batch_output out = {.n_windows = 1, .windows = &window, .window_sums = &sum};
  lg_batch_options o = LG_BATCH_OPTIONS_INIT;
  o.kind = LG_BATCH_TM_FULL;
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_RANGE);
  window.step1 = 3;
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_RANGE);
  window.step1 = 2;
  assert_ok(ctx, lg_batch_run(ctx, &n, &in, &o, &out));
  out.n_windows = 17;
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_LIMIT);
  out = (lg_batch_output){.n_probes = 2, .probe_steps = probes, .probe_v_mV = v};
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_RANGE);
  out.probe_v_mV = NULL;
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_ARGUMENT);
  out = (lg_batch_output){.failed = &failed};
  o.kind = LG_BATCH_TM_RK4;
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_UNSUPPORTED);
  n.value[0] = -1.0;
  o.kind = LG_BATCH_TM_FULL;
  assert_int_equal(lg_batch_run(ctx, &n, &in, &o, &out), LG_ERR_RANGE);
}

/* ---- the reference drug runs: TM_RS, 18 conditions, 3 currents ----------------------------------------- */

enum { MAX_RUNS = 60, RHEOBASE_100 = 4657 }; /* I0 of TM_RS in hh_params.csv, pA / 100 */

typedef struct drug_run {
  char drug[40];
  double factor;
  lg_neuron neuron;
  size_t n_spikes;
  double spikes[MAX_SPIKES], peaks[MAX_SPIKES];
} drug_run;

static double argument(const char *line, const char *key, double otherwise) {
  char quoted[32];
  (void)snprintf(quoted, sizeof quoted, "\"\"%s\"\": ", key);
  const char *p = strstr(line, quoted);
  return p ? strtod(p + strlen(quoted), NULL) : otherwise;
}

static void apply_arguments(lg_neuron *n, const char *line) {
  static const struct {
    const char *key, *field;
  } map[] = {{"sNa", "gNa_scale"},          {"sK", "gK_scale"},     {"sM", "gM_scale"},
             {"shift_p", "p_shift"},        {"gGABA", "gGABA"},     {"kon", "block_kon"},
             {"KI", "block_K_inactivated"}, {"KR", "block_K_rest"}, {"D", "block_dose"}};
  for (size_t k = 0; k < sizeof map / sizeof map[0]; k++)
    set(n, map[k].field, argument(line, map[k].key, lg_neuron_get(n, map[k].field)));
}

static char *read_text(const char *name) {
  char path[512];
  unsigned char *bytes;
  size_t n;
  (void)snprintf(path, sizeof path, "%s/neuron/%s", LG_TEST_DATA, name);
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &bytes, &n));
  return (char *)bytes;
}

static size_t read_runs(drug_run *runs) {
  char *text = read_text("drug_summary.csv"), *spikes = read_text("drug_spikes.csv");
  size_t n = 0;
  for (char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
    drug_run *r = &runs[n++];
    assert_true(n <= MAX_RUNS);
    char key[80], one[400];
    (void)snprintf(one, sizeof one, "%.*s", (int)strcspn(line, "\n"), line);
    assert_int_equal(sscanf(one, "TM_RS,%39[^,],%lf,%zu", r->drug, &r->factor, &r->n_spikes), 3);
    r->neuron = make();
    apply_arguments(&r->neuron, one);
    (void)snprintf(key, sizeof key, "\nTM_RS,%s,%.1f,", r->drug, r->factor);
    size_t found = 0;
    for (const char *p = strstr(spikes, key); p; p = strstr(p + 1, key), found++)
      assert_int_equal(sscanf(p + strlen(key), "%*u,%lf,%lf", &r->spikes[found], &r->peaks[found]), 2);
    assert_int_equal(found, r->n_spikes);
  }
  lg_free(ctx, text);
  lg_free(ctx, spikes);
  return n;
}

static void run_reference(drug_run *runs, size_t n, double dt_ms, double *worst_ms, double *worst_mV, size_t *wrong) {
  const size_t n_steps = (size_t)(1100.0 / dt_ms + 0.5);
  double *waveform = calloc(n_steps, sizeof *waveform), scale[MAX_RUNS];
  static double spikes[MAX_RUNS][MAX_SPIKES], peaks[MAX_RUNS][MAX_SPIKES];
  static lg_neuron neurons[MAX_RUNS];
  uint32_t count[MAX_RUNS];
  assert_non_null(waveform);
  for (size_t k = 0; k < n; k++) {
    neurons[k] = runs[k].neuron;
    scale[k] = runs[k].factor * RHEOBASE_100 * 0.01;
  }
  for (size_t k = (size_t)(50.0 / dt_ms + 0.5); k < (size_t)(1050.0 / dt_ms + 0.5); k++) waveform[k] = 1.0;
  lg_batch_options o = LG_BATCH_OPTIONS_INIT;
  o.kind = LG_BATCH_TM_FULL;
  o.single_precision = single;
  const lg_batch_input in = {.n_neurons = n, .n_steps = n_steps, .dt_ms = dt_ms, .waveform = waveform, .scale = scale};
  const lg_batch_output out = {
      .n_spikes = count, .max_spikes = MAX_SPIKES, .spikes_ms = spikes[0], .peaks_mV = peaks[0]};
  assert_ok(ctx, lg_batch_run(ctx, neurons, &in, &o, &out));
  *wrong = 0;
  *worst_ms = *worst_mV = 0.0;
  for (size_t k = 0; k < n; k++) {
    *wrong += count[k] != runs[k].n_spikes;
    for (size_t s = 0; s < runs[k].n_spikes && s < count[k]; s++) {
      *worst_ms = fmax(*worst_ms, fabs(spikes[k][s] - runs[k].spikes[s]));
      *worst_mV = fmax(*worst_mV, fabs(peaks[k][s] - runs[k].peaks[s]));
    }
  }
  free(waveform);
}

static void test_reference_drugs(void **state) {
  (void)state;
  static drug_run runs[MAX_RUNS];
  static const double dt[] = {0.0625, 0.05, 0.025, 0.05, 0.025}, limit_ms[] = {1.0, 0.55, 0.05, 0.8, 0.3},
                      limit_mV[] = {1.0, 0.5, 0.05, 0.5, 0.1};
  const size_t n = read_runs(runs);
  assert_int_equal(n, 54);
  for (size_t k = 0; k < 5; k++) {
    double worst_ms, worst_mV;
    size_t wrong;
    single = k >= 3;
    run_reference(runs, n, dt[k], &worst_ms, &worst_mV, &wrong);
    print_message(
        "reference drug runs, %s, at %g ms: %zu wrong counts of %zu, worst spike %.4f ms, worst peak %.3f mV\n",
        single ? "single" : "double", dt[k], wrong, n, worst_ms, worst_mV);
    assert_int_equal(wrong, 0);
    assert_true(worst_ms <= limit_ms[k] && worst_mV <= limit_mV[k]);
  }
  single = 0;
}

/* The same runs by the reference solver: every spike within 1e-3 ms. */
static void test_reference_solver(void **state) {
  (void)state;
  static drug_run runs[MAX_RUNS];
  const size_t n = read_runs(runs);
  double worst = 0.0;
  for (size_t k = 0; k < n; k++) {
    lg_protocol *p;
    lg_simulation *sim;
    lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
    o.no_trace = 1;
    o.rtol = o.atol = 1e-9;
    assert_ok(ctx, lg_protocol_create(ctx, 1100.0, 1100.0, &p));
    assert_ok(ctx, lg_protocol_add_const(ctx, p, 50.0, 1050.0, runs[k].factor * RHEOBASE_100 * 0.01));
    assert_ok(ctx, lg_simulate(ctx, &runs[k].neuron, p, &o, &sim));
    assert_int_equal(sim->n_spikes, runs[k].n_spikes);
    for (size_t s = 0; s < sim->n_spikes; s++) worst = fmax(worst, fabs(sim->spikes_ms[s] - runs[k].spikes[s]));
    lg_simulation_destroy(ctx, sim);
    lg_protocol_destroy(ctx, p);
  }
  print_message("reference solver: worst spike %.2e ms\n", worst);
  assert_true(worst <= 1e-3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_bits), cmocka_unit_test(test_solutions),       cmocka_unit_test(test_kept),
      cmocka_unit_test(test_stop),      cmocka_unit_test(test_later_shape),     cmocka_unit_test(test_failed),
      cmocka_unit_test(test_refused),   cmocka_unit_test(test_reference_drugs), cmocka_unit_test(test_reference_solver),
  };
  return cmocka_run_group_tests_name("neuron_batch_full", tests, open_ctx, close_ctx);
}
