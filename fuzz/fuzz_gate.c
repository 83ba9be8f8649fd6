/* Gates of channels as networks: whatever is accepted must rest and run, with finite rates. */
#include "learn/gate_net.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what) {
  if (condition) return;
  (void)fprintf(stderr, "finding: %s\n", what);
  abort();
}

static void run(const lg_gate_net *net) {
  enum { N = 3 };
  const double u[N] = {-80.0, 0.05, 30.0}, udot[N] = {-1e6, 0.0, 1e300};
  double gates[LG_GATES_MOST * N], opening[LG_GATES_MOST * N], closing[LG_GATES_MOST * N], open[N];
  for (size_t k = 0; k < net->plan.n_gates * N; k++) gates[k] = (double)(k % 3) / 2.0;
  if (net->plan.form == LG_GATE_RAW) lg_gate_net_raw(net, N, gates, u, udot, opening);
  else {
    lg_gate_net_rates(net, N, N, gates, u, udot, opening, closing);
    for (size_t k = 0; k < net->plan.n_gates * N; k++)
      require(isnan(opening[k]) || (opening[k] > 0.0 && opening[k] < 1e36 && closing[k] > 0.0),
              "a rate without bounds");
  }
  lg_gate_open(&net->plan, N, N, gates, open);
  if (net->plan.n_gates <= 2 && net->params.count < 400) (void)lg_gate_net_rest(net, 0.05, gates);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_safetensors *st = NULL;
  lg_gate_net *net = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_safetensors_parse(ctx, data, size, &st) == LG_OK && lg_gate_net_parse(ctx, st, &net) == LG_OK) run(net);
  lg_gate_net_destroy(ctx, net);
  lg_safetensors_destroy(ctx, st);
  lg_ctx_destroy(ctx);
  return 0;
}
