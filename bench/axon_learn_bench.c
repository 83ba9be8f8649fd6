/*
 * Training steps of the axon's networks, ours alone; axon_learn_bench.py puts PyTorch beside.
 *
 * usage: axon_learn_bench [THREADS [LAYOUT]]   reads numbers of steps on stdin, one a line, prints
 * {"layout":…, "steps":…, "cpu_s":…, "wall_s":…}; without stdin's lines one of 200 steps. Batches of 64.
 */
#define _XOPEN_SOURCE 700
#include "twin/axon_learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N = 2048, BATCH = 64 };

static double seconds(clockid_t clock) {
  struct timespec t;
  (void)clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static axon_examples pulses(lg_ctx *ctx) {
  axon_examples e = {.n = N};
  e.strain = lg_alloc(ctx, N * AXON_NET_TIMES, sizeof *e.strain);
  e.out = lg_alloc(ctx, N * AXON_PREDICTED, sizeof *e.out);
  if (!e.strain || !e.out) exit(3);
  for (size_t k = 0; k < N; k++) {
    lg_rng rng = lg_rng_make(1, 2, k);
    const double peak = lg_rng_range(&rng, 0.02, 0.3), rise = lg_rng_range(&rng, 5.0, 40.0);
    for (size_t t = 0; t < AXON_NET_TIMES; t++)
      e.strain[k * AXON_NET_TIMES + t] = (float)(peak * ((double)t < rise ? (double)t / rise : 1.0));
    for (size_t q = 0; q < AXON_PREDICTED; q++) e.out[k * AXON_PREDICTED + q] = (double)(q + 1) * peak;
  }
  return e;
}

static void run(lg_ctx *ctx, const axon_examples *e, axon_layout layout, size_t steps) {
  axon_learn_opts o = lg_axon_learn_defaults(layout);
  lg_axon_surrogate *net = NULL;
  o.nets = 1;
  o.batch = BATCH;
  o.reach = 1.0;
  o.epochs = (steps + N / BATCH - 1) / (N / BATCH);
  const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
  if (lg_axon_learn(ctx, e, NULL, 0, &o, &net) != LG_OK) {
    (void)fprintf(stderr, "axon_learn_bench: %s\n", lg_ctx_message(ctx));
    exit(3);
  }
  (void)printf("{\"layout\": \"%s\", \"steps\": %zu, \"cpu_s\": %.6f, \"wall_s\": %.6f}\n",
               lg_axon_net_shape(layout)->name, o.epochs * (N / BATCH), seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
               seconds(CLOCK_MONOTONIC) - wall);
  (void)fflush(stdout);
  lg_axon_surrogate_destroy(ctx, net);
}

int main(int argc, char **argv) {
  lg_ctx *ctx = NULL;
  axon_layout layout = AXON_LAYOUT_SIX;
  char line[64];
  bool asked = false;
  if (argc > 2 && !lg_axon_layout_of(argv[2], &layout)) return 2;
  if (lg_ctx_create(&ctx) != LG_OK) return 3;
  if (lg_ctx_set_threads(ctx, argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1) != LG_OK) return 3;
  axon_examples e = pulses(ctx);
  while (argc > 1 && fgets(line, sizeof line, stdin)) {
    asked = true;
    run(ctx, &e, layout, (size_t)strtoul(line, NULL, 10));
  }
  if (!asked) run(ctx, &e, layout, 200);
  lg_axon_examples_clear(ctx, &e);
  lg_ctx_destroy(ctx);
  return 0;
}
