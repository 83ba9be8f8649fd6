/* Events: overlapping pulses taken apart, and events of simulated cultures found again. */
#include "tests/test.h"

#include "culture/deconvolve.h"
#include "culture/identify.h"
#include "culture/simulate.h"

#include <math.h>
#include <stdlib.h>

/* Pulses of input of 0.8 frames (Gaussian), as the simulator has them: not the shape that is fitted. */
static void put(double *s, size_t n, double centre, double amplitude) {
  for (size_t t = 0; t < n; t++)
    s[t] += amplitude * 0.5 * (erf(((double)t + 1.0 - centre) / 0.8) - erf(((double)t - centre) / 0.8));
}

static void test_pairs(void **state) {
  (void)state;
  enum { N = 24, TRIALS = 200 };
  static const double apart[] = {0.0, 2.0, 3.0, 4.0, 6.0};
  for (size_t q = 0; q < sizeof apart / sizeof apart[0]; q++) {
    size_t right = 0, placed = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
      lg_rng rng = lg_rng_make(7, q, trial);
      double s[N] = {0}, scratch[N], noise[N + 1];
      const double from = 8.0 + lg_rng_uniform(&rng), a = lg_rng_range(&rng, 0.25, 0.6),
                   b = lg_rng_range(&rng, 0.25, 0.6);
      culture_pulse p[8];
      put(s, N, from, a);
      if (q > 0) put(s, N, from + apart[q], b);
      for (size_t t = 0; t <= N; t++) noise[t] = 0.003 * lg_rng_normal(&rng); /* of the trace: differences share it */
      for (size_t t = 0; t < N; t++) s[t] += noise[t + 1] - noise[t];
      const size_t n = lg_culture_take_apart(s, N, 1.5, 0.003 * sqrt(2.0), 4.5, scratch, p, 8);
      right += n == (q > 0 ? 2 : 1);
      if (q > 0 && n == 2)
        placed += fabs(p[0].centre - from) < 0.5 && fabs(p[1].centre - from - apart[q]) < 0.5 &&
                  fabs(p[0].amplitude / a - 1.0) < 0.2 && fabs(p[1].amplitude / b - 1.0) < 0.2;
    }
    print_message("%g frames apart: number right in %zu of %d, places and amplitudes in %zu\n", apart[q], right, TRIALS,
                  placed);
    assert_true(right >= (q == 0 ? 195 : 190));
    assert_true(q == 0 || placed >= 180);
  }
}

/* Hits within two frames, each true event once. */
static size_t count_hits(const lg_culture_truth *t, const lg_culture_result *r) {
  size_t hits = 0;
  bool *used = calloc(t->n_events + 1, sizeof *used);
  for (size_t e = 0; e < r->n_events; e++) {
    double best = 2.5;
    size_t at = SIZE_MAX;
    for (size_t k = 0; k < t->n_events; k++) {
      const double d = fabs(t->events[k].frame - (double)r->events[e].frame);
      if (!used[k] && t->events[k].inner && t->events[k].cell == r->events[e].cell && d < best) best = d, at = k;
    }
    if (at != SIZE_MAX) used[at] = true, hits++;
  }
  free(used);
  return hits;
}

static void judge(lg_ctx *ctx, uint64_t seed, double noise, double rate, double least_f1, double least_precision) {
  culture_simulation s = lg_culture_simulation_default();
  lg_culture_truth *t;
  lg_culture_result *r;
  culture_identify o = lg_culture_identify_default();
  size_t all = 0;
  s.seed = seed, s.trace_sd = noise, s.ev_inner = rate;
  o.law = CULTURE_UL_DEGREE, o.bootstrap.replicates = 100;
  assert_ok(ctx, lg_culture_simulate(ctx, &s, &t));
  double *y = lg_alloc(ctx, t->n_times * t->graph->n, sizeof *y);
  lg_culture_noisy_traces(&s, t, y);
  assert_ok(ctx, lg_culture_identify(ctx, t->graph, y, t->n_times, &o, &r));
  for (size_t k = 0; k < t->n_events; k++) all += t->events[k].inner;
  const size_t hits = count_hits(t, r);
  const double f1 = 2.0 * (double)hits / (double)(all + r->n_events);
  print_message("noise %g, %g events a frame: %zu true, %zu listed, %zu hits, F1 %.3f, %zu small, half width %.2f\n",
                noise, rate, all, r->n_events, hits, f1, r->n_small_events, r->event_half_width);
  assert_true(f1 >= least_f1 && (double)hits >= least_precision * (double)r->n_events);
  lg_culture_result_destroy(ctx, r);
  lg_culture_truth_destroy(ctx, t);
  lg_free(ctx, y);
}

static void test_cultures(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  judge(ctx, 51, 0.003, 0.004, 0.95, 0.97);
  judge(ctx, 52, 0.003, 0.008, 0.92, 0.95);
  judge(ctx, 53, 0.01, 0.004, 0.95, 0.97);
  judge(ctx, 54, 0.02, 0.004, 0.92, 0.97);
  judge(ctx, 55, 0.01, 0.001, 0.92, 0.92);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs), cmocka_unit_test(test_cultures)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
