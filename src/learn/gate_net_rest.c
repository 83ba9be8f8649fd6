/* Where the gates of a network rest. */
#include "learn/gate_net.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { GRID = 240, SWEEPS = 200, SETTLE = 400 };

/* x' of gate k with the others as they are, u held. */
static double slope(const lg_gate_net *net, size_t k, double x, double u, const double *others, double *limit) {
  double gates[LG_GATES_MOST], opening[LG_GATES_MOST], closing[LG_GATES_MOST];
  memcpy(gates, others, net->plan.n_gates * sizeof *gates);
  gates[k] = x;
  if (net->plan.form == LG_GATE_RAW) {
    double s;
    lg_gate_net_raw(net, 1, gates, &u, NULL, &s);
    *limit = x;
    return s;
  }
  lg_gate_net_rates(net, 1, 1, gates, &u, NULL, opening, closing);
  *limit = opening[k] / (opening[k] + closing[k]);
  return opening[k] * (1.0 - x) - closing[k] * x;
}

/* Nodes even in the logit from 1e-9 to 1 - 1e-9, between 0 and 1. */
static double grid(size_t q) {
  if (q == 0) return 0.0;
  if (q == GRID) return 1.0;
  return lg_sigmoid(-20.7 + 41.4 * (double)q / GRID);
}

/* The lowest x where x' goes from above to below zero. */
static double settle(const lg_gate_net *net, size_t k, double u, const double *gates) {
  double low = 0.0, high = 1.0, limit;
  if (slope(net, k, 0.0, u, gates, &limit) <= 0.0) return 0.0;
  for (size_t q = 1; q <= GRID; q++) {
    high = grid(q);
    if (slope(net, k, high, u, gates, &limit) <= 0.0) break;
    low = high;
  }
  if (low == high) return 1.0; /* rises everywhere: a raw network that is cut at 1 */
  for (size_t q = 0; q < 100; q++) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) break;
    if (slope(net, k, middle, u, gates, &limit) > 0.0) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

double lg_gate_net_rest(const lg_gate_net *net, double u, double *gates) {
  const size_t n = net->plan.n_gates;
  double open;
  memcpy(gates, net->plan.rest, n * sizeof *gates);
  if (net->plan.form == LG_GATE_RATE && !lg_gate_plan_shown_itself(&net->plan)) {
    for (size_t k = 0; k < n; k++) (void)slope(net, k, gates[k], u, gates, &gates[k]);
    lg_gate_open(&net->plan, 1, 1, gates, &open);
    return open;
  }
  for (size_t sweep = 0; sweep < SWEEPS; sweep++) {
    double moved = 0.0;
    for (size_t k = 0; k < n; k++) {
      const double x = settle(net, k, u, gates);
      moved = fmax(moved, fabs(x - gates[k]));
      gates[k] = x;
    }
    if (n == 1 || moved < 1e-14) break;
  }
  /* numbers of float make x' a staircase: go to the step that maps onto itself, where a run stays to the bit */
  for (size_t turn = 0; turn < SETTLE && net->plan.form == LG_GATE_RATE; turn++) {
    double moved = 0.0;
    for (size_t k = 0; k < n; k++) {
      double limit;
      (void)slope(net, k, gates[k], u, gates, &limit);
      if (fabs(limit - gates[k]) > 1e-5 * gates[k]) continue; /* repelled: the crossing itself is the rest */
      moved = fmax(moved, fabs(limit - gates[k]));
      gates[k] = limit;
    }
    if (moved == 0.0) break;
  }
  lg_gate_open(&net->plan, 1, 1, gates, &open);
  return open;
}
