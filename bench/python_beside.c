/* The calls of python_bench.py made from C: least nanoseconds over repeats, wall time of short ones, CPU time of
 * long ones; one line per figure. */
#define _POSIX_C_SOURCE 200809L
#include <loligo/batch.h>
#include <loligo/neuron.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NEURONS = 1000, STEPS = 10000 };

static double now_ns(clockid_t clock) {
  struct timespec t;
  (void)clock_gettime(clock, &t);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int check(lg_ctx *ctx, const lg_neuron *neuron, int repeats) {
  double best = 1e30;
  for (int k = 0; k < repeats; k++) {
    const double begin = now_ns(CLOCK_MONOTONIC);
    for (int j = 0; j < 1000; j++)
      if (lg_neuron_check(ctx, neuron) != LG_OK) return 1;
    const double took = (now_ns(CLOCK_MONOTONIC) - begin) / 1000.0;
    if (took < best) best = took;
  }
  printf("check %.1f\n", best);
  return 0;
}

static int simulate(lg_ctx *ctx, const lg_neuron *neuron, double duration_ms, const char *name, clockid_t clock,
                    int repeats) {
  double best = 1e30;
  lg_protocol *protocol = NULL;
  const lg_simulate_options options = {.size = sizeof options, .solver = LG_SOLVER_RK4, .rtol = 1e-12, .atol = 1e-11};
  if (lg_protocol_create(ctx, duration_ms, 0.05, &protocol) != LG_OK ||
      lg_protocol_add_const(ctx, protocol, 0, duration_ms, 10) != LG_OK)
    return 1;
  for (int k = 0; k < repeats; k++) {
    lg_simulation *sim = NULL;
    const double begin = now_ns(clock);
    if (lg_simulate(ctx, neuron, protocol, &options, &sim) != LG_OK) return 1;
    lg_simulation_destroy(ctx, sim);
    const double took = now_ns(clock) - begin;
    if (took < best) best = took;
  }
  lg_protocol_destroy(ctx, protocol);
  printf("%s %.1f\n", name, best);
  return 0;
}

static int batch(lg_ctx *ctx, const lg_neuron *neuron, int repeats) {
  static lg_neuron neurons[NEURONS];
  static double wave[STEPS], v[(size_t)NEURONS * (STEPS / 10 + 1)];
  static unsigned n_spikes[NEURONS];
  double best = 1e30;
  for (int k = 0; k < NEURONS; k++) neurons[k] = *neuron;
  for (int k = 0; k < STEPS; k++) wave[k] = 100.0;
  const lg_batch_input input = {.n_neurons = NEURONS, .n_steps = STEPS, .dt_ms = 0.1, .waveform = wave};
  const lg_batch_options options = LG_BATCH_OPTIONS_INIT;
  const lg_batch_output output = {.n_spikes = n_spikes, .sample_every = 10, .v_mV = v};
  for (int k = 0; k < repeats; k++) {
    const double begin = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    if (lg_batch_run(ctx, neurons, &input, &options, &output) != LG_OK) return 1;
    const double took = now_ns(CLOCK_PROCESS_CPUTIME_ID) - begin;
    if (took < best) best = took;
  }
  printf("batch %.1f\n", best);
  return 0;
}

int main(int argc, char **argv) {
  const int repeats = argc > 1 ? atoi(argv[1]) : 20;
  lg_ctx *ctx = NULL;
  lg_neuron squid, izhikevich;
  if (lg_ctx_create(&ctx) != LG_OK || lg_neuron_init(ctx, "hh52", "", &squid) != LG_OK ||
      lg_neuron_init(ctx, "izhikevich", "", &izhikevich) != LG_OK)
    return 1;
  const int bad = check(ctx, &squid, repeats) || simulate(ctx, &squid, 1, "short", CLOCK_MONOTONIC, 50 * repeats) ||
                  simulate(ctx, &squid, 1000, "hh_1s", CLOCK_PROCESS_CPUTIME_ID, repeats) ||
                  batch(ctx, &izhikevich, repeats);
  lg_ctx_destroy(ctx);
  return bad;
}
