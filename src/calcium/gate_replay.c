/* What a network of gates makes of a recording's u. */
#include "base/elementary.h"
#include "calcium/gate_blocks.h"
#include "calcium/gate_ops.h"

#include <math.h>

/* x over h with rates at mid-step, in two askings. */
static void move(const lg_gate_net *net, double h, double u, double udot, double *x) {
  const size_t n = net->plan.n_gates;
  double ko[LG_GATES_MOST], kc[LG_GATES_MOST], half[LG_GATES_MOST];
  lg_gate_net_rates(net, 1, 1, x, &u, &udot, ko, kc);
  for (size_t g = 0; g < n; g++) {
    const double k = ko[g] + kc[g], end = ko[g] / k;
    half[g] = end + (x[g] - end) * lg_exp(-0.5 * k * h);
  }
  lg_gate_net_rates(net, 1, 1, half, &u, &udot, ko, kc);
  for (size_t g = 0; g < n; g++) {
    const double k = ko[g] + kc[g], end = ko[g] / k;
    x[g] = end + (x[g] - end) * lg_exp(-k * h);
  }
}

static void push(const lg_gate_net *net, double h, double u, double udot, double *x, size_t *clipped) {
  double slope;
  lg_gate_net_raw(net, 1, x, &u, &udot, &slope);
  const double next = x[0] + h * slope;
  if (clipped && !(next >= 0.0 && next <= 1.0)) (*clipped)++;
  x[0] = next >= 0.0 ? (next <= 1.0 ? next : 1.0) : 0.0;
}

void lg_gate_replay(const lg_gate_net *net, const gate_data *d, double dt_s, double *open, size_t *clipped) {
  const lg_gate_plan *plan = &net->plan;
  const bool raw = plan->form == LG_GATE_RAW;
  if (clipped) *clipped = 0;
  for (size_t k = 0; k < d->n_protocols; k++) {
    const gate_protocol *p = &d->protocols[k];
    double x[LG_GATES_MOST];
    (void)lg_gate_net_rest(net, d->u[p->first], x);
    if (plan->power[0] > 0) x[0] = lg_gate_first(plan, d->open[p->first], x);
    open[p->first] = lg_gate_power(plan, x);
    for (size_t i = p->first; i + 1 < p->first + p->n; i++) {
      const double dt = d->t_s[i + 1] - d->t_s[i];
      double n = (double)(2 * lg_gate_substeps(d, i));
      if (raw && dt / n > dt_s) n = ceil(dt / dt_s);
      for (double q = 0.0; q < n; q += 1.0) {
        double u, udot;
        lg_gate_data_at(d, i, (q + 0.5) / n, &u, &udot);
        if (raw) push(net, dt / n, u, udot, x, clipped);
        else move(net, dt / n, u, udot, x);
      }
      open[i + 1] = lg_gate_power(plan, x);
    }
  }
}
