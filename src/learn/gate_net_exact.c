/* Rates in double: smooth to rounding, for solvers that choose their steps by an error far below float's. */
#include "learn/gate_net.h"

#include "base/elementary.h"

#include <math.h>

static double exact_feature(const lg_gate_feature *f, const double *gates, double u, double udot) {
  double value = 0.0;
  switch (f->sort) {
  case LG_GATE_X:
    value = gates[f->gate] / f->inner;
    break;
  case LG_GATE_LOGIT: {
    const double x = fmin(1.0 - 1e-6, fmax(1e-6, gates[f->gate]));
    value = lg_ln(x / (1.0 - x)) / f->inner;
    break;
  }
  case LG_GATE_U:
    value = u / f->inner;
    break;
  case LG_GATE_LOG10_U:
    value = 0.43429448190325183 * lg_ln(fmax(1e-12, u) / f->inner);
    break;
  case LG_GATE_ASINH_UDOT: {
    const double a = fabs(udot) / f->inner, y = lg_ln(a + sqrt(a * a + 1.0));
    value = udot < 0.0 ? -y : y;
    break;
  }
  }
  return f->factor * (value - f->offset);
}

void lg_gate_net_rates_exact(const lg_gate_net *net, const double *gates, double u, double udot, double *opening,
                             double *closing) {
  const lg_gate_plan *p = &net->plan;
  double x[LG_GATE_FEATURES], y[2 * LG_GATES_MOST];
  for (size_t f = 0; f < p->n_features; f++) x[f] = exact_feature(&p->features[f], gates, u, udot);
  lg_f64_mlp_eval(net->exact, 1, x, y);
  for (size_t k = 0; k < p->n_gates; k++) {
    opening[k] = lg_exp(fmin(p->log_open[1], fmax(p->log_open[0], p->log_scale * y[2 * k])));
    closing[k] = lg_exp(fmin(p->log_close[1], fmax(p->log_close[0], p->log_scale * y[2 * k + 1])));
  }
}

bool lg_gate_plan_shown_itself(const lg_gate_plan *plan) {
  for (size_t f = 0; f < plan->n_features; f++)
    if (plan->features[f].sort <= LG_GATE_LOGIT) return true;
  return false;
}
