/* The ryanodine receptor's gates as a network. */
#include "calcium/gate_net.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256 };

struct calcium_gate_net {
  const lg_gate_net *net;
  size_t clipped;
};

/* States: the gates, then what each is expected to be at the middle of the next step. */
static double rest(const calcium_gate *gate, double u, double *states) {
  calcium_gate_net *g = (calcium_gate_net *)(uintptr_t)gate->own;
  const double open = lg_gate_net_rest(g->net, u, states);
  if (g->net->plan.form == LG_GATE_RATE)
    memcpy(states + g->net->plan.n_gates, states, g->net->plan.n_gates * sizeof *states);
  g->clipped = 0;
  return open;
}

/* x over a step of which rates are known; and where these rates lead in half a step more. */
static void relax(size_t n, double h, const double *opening, const double *closing, double *x, double *middle) {
  for (size_t i = 0; i < n; i++) {
    const double k = opening[i] + closing[i], end = opening[i] / k, half = lg_exp(-0.5 * h * k);
    const double gap = (x[i] - end) * half;
    x[i] = end + gap * half;
    middle[i] = end + gap * half * half;
  }
}

static void advance(const calcium_gate *gate, size_t n, double h, const double *u, const double *udot, double *states) {
  const calcium_gate_net *g = gate->own;
  const size_t gates = g->net->plan.n_gates;
  double shown[LG_GATES_MOST * BLOCK], opening[LG_GATES_MOST * BLOCK], closing[LG_GATES_MOST * BLOCK];
  for (size_t from = 0; from < n; from += BLOCK) {
    const size_t rows = n - from < BLOCK ? n - from : BLOCK;
    for (size_t k = 0; k < gates; k++) memcpy(shown + k * BLOCK, states + (gates + k) * n + from, rows * sizeof *shown);
    lg_gate_net_rates(g->net, rows, BLOCK, shown, u + from, udot + from, opening, closing);
    for (size_t k = 0; k < gates; k++)
      relax(rows, h, opening + k * BLOCK, closing + k * BLOCK, states + k * n + from, states + (gates + k) * n + from);
  }
}

static void advance_raw(const calcium_gate *gate, size_t n, double h, const double *u, const double *udot, double *p) {
  calcium_gate_net *g = (calcium_gate_net *)(uintptr_t)gate->own;
  double slope[BLOCK];
  for (size_t from = 0; from < n; from += BLOCK) {
    const size_t rows = n - from < BLOCK ? n - from : BLOCK;
    lg_gate_net_raw(g->net, rows, p + from, u + from, udot + from, slope);
    for (size_t i = 0; i < rows; i++) {
      const double x = p[from + i] + h * slope[i];
      g->clipped += !(x >= 0.0 && x <= 1.0);
      p[from + i] = x >= 0.0 ? (x <= 1.0 ? x : 1.0) : 0.0;
    }
  }
}

static void open(const calcium_gate *gate, size_t n, const double *states, double *p) {
  const calcium_gate_net *g = gate->own;
  lg_gate_open(&g->net->plan, n, n, states, p);
}

static void rates(const calcium_gate *gate, size_t n, const double *p, const double *u, const double *udot,
                  double *opening, double *closing) {
  const calcium_gate_net *g = gate->own;
  lg_gate_net_rates(g->net, n, n, p, u, udot, opening, closing);
}

lg_status lg_calcium_gate_net_create(lg_ctx *ctx, const lg_gate_net *net, calcium_gate_net **out) {
  lg_status status = LG_OK;
  *out = NULL;
  if (net->plan.input != LG_GATE_CALCIUM)
    return lg_fail(ctx, LG_ERR_RANGE,
                   "the network is gated by voltage (input v); this channel wants calcium (input c)");
  LG_NEW(ctx, *out, 1);
  (*out)->net = net;
done:
  return status;
}

void lg_calcium_gate_net_destroy(lg_ctx *ctx, calcium_gate_net *g) { lg_free(ctx, g); }

calcium_gate lg_calcium_gate_net(calcium_gate_net *g) {
  const lg_gate_plan *p = &g->net->plan;
  if (p->form == LG_GATE_RAW)
    return (calcium_gate){.name = "net", .n_states = 1, .own = g, .rest = rest, .advance = advance_raw, .open = open};
  const bool single = p->n_gates == 1 && p->power[0] == 1;
  return (calcium_gate){.name = "net",
                        .n_states = 2 * p->n_gates,
                        .own = g,
                        .rest = rest,
                        .advance = advance,
                        .open = open,
                        .rates = single ? rates : NULL};
}

size_t lg_calcium_gate_net_clipped(const calcium_gate_net *g) { return g->clipped; }
