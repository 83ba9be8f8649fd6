/* The ryanodine receptor's gates as a network. */
#include "calcium/gate_net.h"

#include "calcium/tape.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256 };

struct calcium_gate_net {
  const lg_gate_net *net;
  size_t clipped;
  calcium_stray strays[CALCIUM_STRAYS][2];
};

/* States: the gates, then what each is expected to be at the middle of the next step. */
static double rest(const calcium_gate *gate, double u, double *states) {
  calcium_gate_net *g = (calcium_gate_net *)(uintptr_t)gate->own;
  const double open = lg_gate_net_rest(g->net, u, states);
  if (g->net->plan.form == LG_GATE_RATE)
    memcpy(states + g->net->plan.n_gates, states, g->net->plan.n_gates * sizeof *states);
  g->clipped = 0;
  memset(g->strays, 0, sizeof g->strays);
  return open;
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
      lg_gate_relax(g->net, rows, h, opening + k * BLOCK, closing + k * BLOCK, states + k * n + from,
                    states + (gates + k) * n + from);
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

/* The expectations move as their gates do. */
static void slopes(const calcium_gate *gate, size_t n, const double *states, const double *u, const double *udot,
                   double *out) {
  const calcium_gate_net *g = gate->own;
  const size_t gates = g->net->plan.n_gates;
  lg_gate_net_slopes(g->net, n, n, states, u, udot, out);
  if (gate->n_states > gates) memcpy(out + gates * n, out, gates * n * sizeof *out);
}

static void derivatives(const calcium_gate *gate, size_t n, const double *states, const double *u, const double *udot,
                        double *by_state, double *by_u, double *by_udot) {
  const calcium_gate_net *g = gate->own;
  const size_t gates = g->net->plan.n_gates, m = gate->n_states;
  lg_gate_net_derivatives(g->net, n, n, states, u, udot, by_state, by_u, by_udot);
  if (m == gates) return;
  /* rows of m states from rows of the gates, from the last to the first: they lie in the same memory */
  for (size_t r = gates; r-- > 0;)
    for (size_t q = m; q-- > 0;) {
      double *to = by_state + (r * m + q) * n;
      if (q < gates) memmove(to, by_state + (r * gates + q) * n, n * sizeof *to);
      else memset(to, 0, n * sizeof *to);
    }
  memcpy(by_state + gates * m * n, by_state, gates * m * n * sizeof *by_state);
  memcpy(by_u + gates * n, by_u, gates * n * sizeof *by_u);
  memcpy(by_udot + gates * n, by_udot, gates * n * sizeof *by_udot);
}

/* Nodes beyond low or high: rare, so they are counted first, in vectors. */
static void look(const calcium_gate_net *g, calcium_stray stray[2], size_t n, double t, const double *x, double low,
                 double high) {
  if (lg_gate_outside(g->net, n, x, low, high) == 0) return;
  for (size_t i = 0; i < n; i++) {
    if (!(x[i] < low || x[i] > high)) continue;
    calcium_stray *s = &stray[x[i] > high];
    if (s->count++ == 0 || (x[i] > high ? x[i] > s->value : x[i] < s->value)) s->value = x[i], s->t_s = t, s->node = i;
  }
}

static void watch(const calcium_gate *gate, size_t n, double t, const double *u, const double *udot,
                  const double *states) {
  calcium_gate_net *g = (calcium_gate_net *)(uintptr_t)gate->own;
  const lg_gate_plan *p = &g->net->plan;
  const double *v = p->range_u, *w = p->range_udot;
  look(g, g->strays[0], n, t, u, v[0] - 0.01 * fabs(v[0]), v[1] + 0.01 * fabs(v[1]));
  look(g, g->strays[1], n, t, udot, w[0] - 0.01 * fabs(w[0]), w[1] + 0.01 * fabs(w[1]));
  for (size_t k = 0; k < p->n_gates; k++)
    look(g, g->strays[2 + k], n, t, states + k * n, p->range_gates[k][0] - 0.01, p->range_gates[k][1] + 0.01);
}

/* What it was asked too much, so that a run in parts says the same as one in a piece. */
static void remember(const calcium_gate *gate, size_t n, calcium_tape *t) {
  calcium_gate_net *g = (calcium_gate_net *)(uintptr_t)gate->own;
  lg_tape(t, &g->clipped, sizeof g->clipped);
  for (size_t q = 0; q < CALCIUM_STRAYS; q++)
    for (size_t side = 0; side < 2; side++) {
      calcium_stray *s = &g->strays[q][side];
      lg_tape(t, &s->count, sizeof s->count);
      lg_tape_doubles(t, &s->value, 1);
      lg_tape_doubles(t, &s->t_s, 1);
      lg_tape_index(t, &s->node, n - 1);
    }
}

const calcium_stray *lg_calcium_gate_net_strays(const calcium_gate_net *g, size_t quantity) {
  return g->strays[quantity];
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
    return (calcium_gate){.name = "net",
                          .n_states = 1,
                          .own = g,
                          .rest = rest,
                          .advance = advance_raw,
                          .open = open,
                          .slopes = slopes,
                          .derivatives = derivatives,
                          .watch = watch,
                          .tape = remember};
  const bool single = p->n_gates == 1 && p->power[0] == 1;
  return (calcium_gate){.name = "net",
                        .n_states = 2 * p->n_gates,
                        .n_unknowns = p->n_gates,
                        .own = g,
                        .rest = rest,
                        .advance = advance,
                        .open = open,
                        .rates = single ? rates : NULL,
                        .slopes = slopes,
                        .derivatives = derivatives,
                        .watch = watch,
                        .tape = remember};
}

size_t lg_calcium_gate_net_clipped(const calcium_gate_net *g) { return g->clipped; }
