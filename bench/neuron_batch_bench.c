/*
 * Speed of the batches in neuron-seconds per second of CPU time, one JSON line per kind.
 * usage: neuron_batch_bench [KIND N DURATION_MS [THREADS [TRACE]]]
 * KIND: euler euler32 rk4 hh52 tm tm_full tm_drug (two sodium blockers, fast and slow) tm_all (every current); 32: in
 * single precision. Neuron n gets a constant current, low + n (high - low) / N. TRACE: the potential of every neuron at
 * every step as raw doubles (N, steps + 1); the run is then not a figure of speed.
 */
#define _POSIX_C_SOURCE 200809L
#include "base/base.h"

#include <loligo/batch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct job {
  const char *name, *model;
  lg_batch_kind kind;
  int single_precision;
  double dt_ms, low, high; /* currents: pA, uA/cm2 for hh52 */
  size_t n;
  double duration_ms;
} job;

static const job jobs[] = {
    {"euler", "izhikevich", LG_BATCH_IZHIKEVICH_EULER, 0, 0.1, 60, 160, 10000, 2000},
    {"euler32", "izhikevich", LG_BATCH_IZHIKEVICH_EULER, 1, 0.1, 60, 160, 10000, 4000},
    {"rk4", "izhikevich", LG_BATCH_IZHIKEVICH_RK4, 0, 0.05, 60, 160, 10000, 500},
    {"hh52", "hh52", LG_BATCH_HH52_STAGGERED, 0, 0.025, 5, 15, 200, 2000},
    {"tm", "tm", LG_BATCH_TM_RK4, 0, 0.025, 50, 250, 200, 1000},
    {"tm_full", "tm", LG_BATCH_TM_FULL, 0, 0.05, 50, 250, 640, 1000},
    {"tm_full32", "tm", LG_BATCH_TM_FULL, 1, 0.05, 50, 250, 640, 1000},
    {"tm_drug32", "tm", LG_BATCH_TM_FULL, 1, 0.05, 50, 250, 640, 1000},
    {"tm_drug", "tm", LG_BATCH_TM_FULL, 0, 0.05, 50, 250, 640, 1000},
    {"tm_all", "tm", LG_BATCH_TM_FULL, 0, 0.05, 100, 400, 640, 1000},
};

/* What a kind switches on; ends at a NULL. */
static const struct setting {
  const char *name;
  double x;
} drug[] = {{"block_kon", 3.8e-5},  {"block_K_inactivated", 25},
            {"block_K_rest", 2500}, {"block_dose", 60},
            {"block2_kon", 1e-5},   {"block2_K_inactivated", 9},
            {"block2_K_rest", 600}, {"block2_dose", 50},
            {"block2_slow", 1},     {NULL, 0}},
  all[] = {{"gNaP", 0.6},     {"gA", 120},    {"gH", 1.2},    {"gCaT", 25},
           {"gCaL", 1.5},     {"gSK", 25},    {"gGABA", 0.4}, {"slow_inactivation", 0.6},
           {"h_shift", -2.0}, {"gGIRK", 0.2}, {NULL, 0}};

typedef struct buffers {
  lg_neuron *neurons;
  double *waveform, *scale, *trace;
  uint32_t *spikes;
} buffers;

static double clock_s(clockid_t id) {
  struct timespec t;
  (void)clock_gettime(id, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static lg_status fill(lg_ctx *ctx, const job *j, size_t n_steps, int traced, buffers *b) {
  lg_status status = LG_OK;
  LG_NEW(ctx, b->neurons, j->n);
  LG_NEW(ctx, b->waveform, n_steps);
  LG_NEW(ctx, b->scale, j->n);
  LG_NEW(ctx, b->spikes, j->n);
  if (traced) LG_NEW(ctx, b->trace, j->n * (n_steps + 1));
  for (size_t k = 0; k < n_steps; k++) b->waveform[k] = 1.0;
  for (size_t k = 0; k < j->n; k++) {
    const bool with_drug = strncmp(j->name, "tm_drug", 7) == 0 || strcmp(j->name, "tm_all") == 0;
    LG_TRY(lg_neuron_init(ctx, j->model, "", &b->neurons[k]));
    for (const struct setting *s = drug; with_drug && s->name; s++)
      LG_TRY(lg_neuron_set(ctx, &b->neurons[k], s->name, s->x));
    for (const struct setting *s = all; strcmp(j->name, "tm_all") == 0 && s->name; s++)
      LG_TRY(lg_neuron_set(ctx, &b->neurons[k], s->name, s->x));
    b->scale[k] = j->low + (j->high - j->low) * (double)k / (double)j->n;
  }
done:
  return status;
}

static int write_trace(const char *path, const buffers *b, size_t n) {
  FILE *f = fopen(path, "wb");
  if (!f) return 5;
  const size_t written = fwrite(b->trace, sizeof *b->trace, n, f);
  return fclose(f) == 0 && written == n ? 0 : 5;
}

static int run(lg_ctx *ctx, const job *j, const char *trace) {
  lg_status status = LG_OK;
  buffers b = {0};
  int rc = 0;
  const size_t n_steps = (size_t)(j->duration_ms / j->dt_ms + 0.5);
  LG_TRY(fill(ctx, j, n_steps, trace != NULL, &b));
  lg_batch_options o = LG_BATCH_OPTIONS_INIT;
  o.kind = j->kind;
  o.single_precision = j->single_precision;
  const lg_batch_input in = {
      .n_neurons = j->n, .n_steps = n_steps, .dt_ms = j->dt_ms, .waveform = b.waveform, .scale = b.scale};
  const lg_batch_output out = {.n_spikes = b.spikes, .v_mV = b.trace, .sample_every = trace ? 1 : 0};
  const double cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID), wall = clock_s(CLOCK_MONOTONIC);
  LG_TRY(lg_batch_run(ctx, b.neurons, &in, &o, &out));
  const double cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu, wall_s = clock_s(CLOCK_MONOTONIC) - wall;
  const double done_s = (double)j->n * j->duration_ms * 1e-3;
  uint64_t spikes = 0;
  for (size_t k = 0; k < j->n; k++) spikes += b.spikes[k];
  (void)printf("{\"bench\": \"neuron batch\", \"kind\": \"%s\", \"n\": %zu, \"dt_ms\": %g, \"duration_ms\": %g, "
               "\"threads\": %u, \"spikes\": %llu, \"cpu_s\": %.4f, \"wall_s\": %.4f, "
               "\"neuron_s_per_cpu_s\": %.1f}\n",
               j->name, j->n, j->dt_ms, j->duration_ms, lg_ctx_threads(ctx), (unsigned long long)spikes, cpu_s, wall_s,
               done_s / cpu_s);
  if (trace) rc = write_trace(trace, &b, j->n * (n_steps + 1));
done:
  lg_free(ctx, b.neurons);
  lg_free(ctx, b.waveform);
  lg_free(ctx, b.scale);
  lg_free(ctx, b.spikes);
  lg_free(ctx, b.trace);
  if (status == LG_OK) return rc;
  (void)fprintf(stderr, "neuron_batch_bench: %s\n", lg_ctx_message(ctx));
  return 4;
}

static int run_one(lg_ctx *ctx, int argc, char **argv) {
  for (size_t k = 0; k < sizeof jobs / sizeof jobs[0]; k++) {
    if (strcmp(argv[1], jobs[k].name) != 0) continue;
    job j = jobs[k];
    j.n = strtoul(argv[2], NULL, 10);
    j.duration_ms = strtod(argv[3], NULL);
    const unsigned threads = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 1;
    if (lg_ctx_set_threads(ctx, threads) != LG_OK) return 5;
    return run(ctx, &j, argc > 5 ? argv[5] : NULL);
  }
  (void)fprintf(stderr,
                "neuron_batch_bench: kinds are euler euler32 rk4 hh52 tm tm_full tm_full32 tm_drug tm_drug32 tm_all\n");
  return 2;
}

int main(int argc, char **argv) {
  lg_ctx *ctx = NULL;
  int rc = 0;
  if (argc != 1 && argc < 4) return 2;
  if (lg_ctx_create(&ctx) != LG_OK) return 5;
  if (argc > 1) rc = run_one(ctx, argc, argv);
  else {
    rc = lg_ctx_set_threads(ctx, 1) == LG_OK ? 0 : 5;
    for (size_t k = 0; k < sizeof jobs / sizeof jobs[0] && rc == 0; k++) rc = run(ctx, &jobs[k], NULL);
  }
  lg_ctx_destroy(ctx);
  return rc;
}
