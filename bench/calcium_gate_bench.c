/*
 * usage: calcium_gate_bench [NODES]: what a gate of the ryanodine receptor costs, ns per node: Keizer-Levine and a
 * network 4-32-32-2 alone, plain and with the machine's vectors; and ns per node and step of a whole dendrite with
 * each. One JSON line per figure; the best of many repeats, interleaved.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "base/cpu.h"
#include "calcium/gate_net.h"
#include "calcium/run.h"
#include "twin/gate_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPEATS = 40, MOST = 100000 };

static double seconds(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Rates of a power law of calcium behind two hidden layers whose own share is small: what a trained one does, roughly.
 */
static lg_status make_net(lg_ctx *ctx, lg_gate_net **out) {
  lg_status status = LG_OK;
  lg_gate_plan plan = lg_gate_plan_default(LG_GATE_CALCIUM, LG_GATE_RATE, 1, NULL, 2, 32, true);
  lg_params params = {0};
  lg_dense layers[LG_MLP_LAYERS];
  float *theta = NULL;
  lg_rng rng = lg_rng_make(1, 0, 0);
  plan.range_u[1] = 1e3;
  plan.range_udot[0] = -1e9, plan.range_udot[1] = 1e9;
  LG_TRY(lg_gate_plan_layers(ctx, &plan, &params, layers));
  LG_NEW(ctx, theta, params.count);
  for (size_t k = 0; k < params.count; k++) theta[k] = 0.3f * (float)lg_rng_normal(&rng);
  LG_TRY(lg_gate_net_create(ctx, &plan, theta, out));
done:
  lg_params_clear(ctx, &params);
  lg_free(ctx, theta);
  return status;
}

typedef struct nodes {
  size_t n;
  double *u, *udot, *states, *opening, *closing;
} nodes;

static double time_gate(const calcium_gate *gate, const nodes *x) {
  const size_t turns = 1 + 200000 / x->n;
  const double from = seconds();
  for (size_t t = 0; t < turns; t++) gate->advance(gate, x->n, 1e-6, x->u, x->udot, x->states);
  return 1e9 * (seconds() - from) / (double)(turns * x->n);
}

static double time_rates(const lg_gate_net *net, const nodes *x) {
  const size_t turns = 1 + 100000 / x->n;
  const double from = seconds();
  for (size_t t = 0; t < turns; t++)
    lg_gate_net_rates(net, x->n, x->n, x->states, x->u, x->udot, x->opening, x->closing);
  return 1e9 * (seconds() - from) / (double)(turns * x->n);
}

static void report(const char *what, const char *kernels, size_t n, double ns) {
  (void)printf("{\"bench\": \"calcium gate\", \"what\": \"%s\", \"kernels\": \"%s\", \"nodes\": %zu, \"ns_per_node\": "
               "%.2f}\n",
               what, kernels, n, ns);
}

/* ns per node and step of the wave of the open case, without what watches it. */
static lg_status time_wave(lg_ctx *ctx, const calcium_gate *gate, size_t n, double *ns) {
  calcium_section cylinder = {.length_um = 64.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15};
  calcium_stimulus ramp = {.j0 = 2500.0, .sigma_um = 0.5, .off_s = 0.001};
  const calcium_case c = {.constants = lg_calcium_constants_default(),
                          .n_sections = 1,
                          .sections = &cylinder,
                          .n_stimuli = 1,
                          .stimuli = &ramp,
                          .end_s = 0.026,
                          .threshold_uM = 1.0};
  lg_status status = LG_OK;
  calcium_grid *grid = NULL;
  calcium_run *run = NULL;
  size_t steps = 0;
  LG_TRY(lg_calcium_grid_create(ctx, &c, 64.0 / (double)n, &grid));
  LG_TRY(lg_calcium_run_create(ctx, &c, grid, gate, NULL, CALCIUM_IMEX2, &run));
  const double from = seconds();
  for (int stretch = 0; stretch < 2; stretch++) {
    lg_calcium_run_begin(run, stretch ? 0.026 : 0.001, 1e-5);
    for (; !lg_calcium_run_ended(run); steps++) LG_TRY(lg_calcium_run_step(ctx, run));
  }
  *ns = fmin(*ns, 1e9 * (seconds() - from) / (double)(steps * grid->n));
done:
  lg_calcium_run_destroy(ctx, run);
  lg_calcium_grid_destroy(ctx, grid);
  return status;
}

static lg_status time_waves(lg_ctx *ctx, const char *path, const calcium_constants *constants, size_t n) {
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  calcium_gate_net *own = NULL;
  double best[2] = {1e9, 1e9};
  LG_TRY(lg_gate_net_load(ctx, path, &net));
  LG_TRY(lg_calcium_gate_net_create(ctx, net, &own));
  const calcium_gate gates[2] = {lg_calcium_gate_kl(constants), lg_calcium_gate_net(own)};
  for (size_t r = 0; r < 8; r++)
    for (size_t g = 0; g < 2; g++) LG_TRY(time_wave(ctx, &gates[g], n, &best[g]));
  report("kl wave, per step", lg_cpu_name(), n, best[0]);
  report("network wave, per step", lg_cpu_name(), n, best[1]);
  (void)printf("{\"bench\": \"calcium gate\", \"what\": \"network / kl\", \"nodes\": %zu, \"ratio\": %.2f}\n", n,
               best[1] / best[0]);
done:
  lg_calcium_gate_net_destroy(ctx, own);
  lg_gate_net_destroy(ctx, net);
  return status;
}

int main(int argc, char **argv) {
  const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 640;
  lg_ctx *ctx = NULL;
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  calcium_gate_net *own = NULL;
  double *memory = NULL, best[4] = {1e9, 1e9, 1e9, 1e9};
  const calcium_constants constants = lg_calcium_constants_default();
  lg_rng rng = lg_rng_make(2, 0, 0);
  if (n < 1 || n > MOST || lg_ctx_create(&ctx) != LG_OK) return 2;
  LG_TRY(make_net(ctx, &net));
  LG_TRY(lg_calcium_gate_net_create(ctx, net, &own));
  LG_NEW(ctx, memory, 8 * n);
  const nodes x = {n, memory, memory + n, memory + 2 * n, memory + 6 * n, memory + 7 * n};
  const calcium_gate gates[2] = {lg_calcium_gate_kl(&constants), lg_calcium_gate_net(own)};
  for (size_t i = 0; i < n; i++) {
    x.u[i] = pow(10.0, lg_rng_range(&rng, -1.3, 1.1));
    x.udot[i] = lg_rng_range(&rng, -1e4, 1e4);
    for (size_t k = 0; k < 4; k++) x.states[k * n + i] = lg_rng_range(&rng, 0.1, 0.3);
  }
  for (size_t r = 0; r < REPEATS; r++) {
    best[0] = fmin(best[0], time_gate(&gates[0], &x));
    best[1] = fmin(best[1], time_gate(&gates[1], &x));
    best[2] = fmin(best[2], time_rates(net, &x));
  }
  report("kl advance", lg_cpu_name(), n, best[0]);
  report("4-32-32-2 advance", lg_cpu_name(), n, best[1]);
  report("4-32-32-2 rates", lg_cpu_name(), n, best[2]);
  if (argc > 2) LG_TRY(time_waves(ctx, argv[2], &constants, n));
done:
  if (status != LG_OK) (void)fprintf(stderr, "calcium_gate_bench: %s\n", lg_ctx_message(ctx));
  lg_free(ctx, memory);
  lg_calcium_gate_net_destroy(ctx, own);
  lg_gate_net_destroy(ctx, net);
  lg_ctx_destroy(ctx);
  return status == LG_OK ? 0 : 1;
}
