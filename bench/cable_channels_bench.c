/*
 * usage: cable_channels_bench: every built-in mechanism, a step of gates and currents of 1024 instances on neighbouring
 * nodes, plain and with the machine's vectors; ns per instance, the best of 200.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "base/base.h"
#include "cable/mechanisms.h"

#include <loligo/ctx.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N = 1024, PADDED = N + 8, NODES = PADDED + 8, SLOTS = 24, IONS = 2, REPEATS = 200 };

typedef struct bench {
  uint32_t node[PADDED];
  double parameters[SLOTS][PADDED], states[SLOTS][PADDED], scale[PADDED], ones[PADDED];
  double *parameter[SLOTS], *state[SLOTS];
  double v[NODES], g[NODES], i[NODES];
  double reversal[IONS][NODES], inside[IONS][NODES], outside[IONS][NODES], flow[IONS][NODES], slope[IONS][NODES];
  cable_ion ions[IONS], *ion[IONS];
} bench;

static double seconds(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fill(bench *b, const cable_mechanism *kind) {
  memset(b, 0, sizeof *b);
  for (size_t k = 0; k < PADDED; k++) {
    b->node[k] = (uint32_t)(k < N ? k : N);
    b->scale[k] = b->ones[k] = 1.0;
    b->v[k] = -80.0 + 100.0 * (double)k / N;
  }
  for (size_t p = 0; p < SLOTS; p++) {
    b->parameter[p] = b->parameters[p];
    b->state[p] = b->states[p];
    for (size_t k = 0; k < PADDED && p < kind->n_parameters; k++)
      b->parameters[p][k] = kind->parameters[p].default_value;
  }
  for (size_t x = 0; x < IONS; x++) {
    for (size_t k = 0; k < NODES; k++) b->inside[x][k] = 1e-4, b->outside[x][k] = 2.0;
    b->ions[x] = (cable_ion){.reversal_mV = b->reversal[x],
                             .inside_mM = b->inside[x],
                             .outside_mM = b->outside[x],
                             .current_mA_cm2 = b->flow[x],
                             .conductance_S_cm2 = b->slope[x]};
    b->ion[x] = &b->ions[x];
  }
}

static double measure(lg_ctx *ctx, bench *b, const cable_mechanism *kind) {
  fill(b, kind);
  cable_block block = {.kind = kind,
                       .number = N,
                       .lanes = 1,
                       .node = b->node,
                       .contiguous = true,
                       .parameter = b->parameter,
                       .state = b->state,
                       .scale = b->scale,
                       .area_um2 = b->ones,
                       .diameter_um = b->ones,
                       .capacitance_nF = b->ones,
                       .ion = b->ion};
  const cable_moment now = {.dt_ms = 0.025, .celsius = 20.0, .v = b->v, .g = b->g, .i = b->i};
  double best = 1e9;
  if (kind->prepare && kind->prepare(ctx, &block, 20.0) != LG_OK) return -1.0;
  if (kind->start) kind->start(&block, &now);
  for (size_t k = 0; k < N && kind->receive; k++) kind->receive(&block, k, 1e-3, 0.0, &now);
  for (int r = 0; r < REPEATS; r++) {
    const double from = seconds();
    if (kind->advance_current) kind->advance_current(&block, &now);
    else {
      if (kind->current) kind->current(&block, &now);
      if (kind->advance) kind->advance(&block, &now);
    }
    const double took = seconds() - from;
    best = took < best ? took : best;
  }
  if (kind->release) kind->release(ctx, &block);
  return best / N * 1e9;
}

int main(void) {
  lg_ctx *ctx;
  size_t n, n_fast;
  const cable_mechanism *const *plain = lg_cable_mechanisms_at(LG_CPU_PLAIN, &n);
  const cable_mechanism *const *fast = lg_cable_mechanisms_at(lg_cpu_level(), &n_fast);
  bench *b = malloc(sizeof *b);
  if (!b || lg_ctx_create(&ctx) != LG_OK) return 1;
  (void)printf("%-16s %10s %10s   ns per instance and step\n", "mechanism", "plain", lg_cpu_name());
  for (size_t k = 0; k < n; k++)
    (void)printf("%-16s %10.2f %10.2f\n", plain[k]->name, measure(ctx, b, plain[k]), measure(ctx, b, fast[k]));
  lg_ctx_destroy(ctx);
  free(b);
  return 0;
}
