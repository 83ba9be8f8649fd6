/* Hodgkin & Huxley 1952 in today's sign convention, rest near -65 mV. */
#include "neuron/hh52_rates.h"
#include "neuron/plan.h"

static void rhs(const lg_plan *plan, double current, const double *y, double *dy) {
  const double *p = plan->p, v = y[0], m = y[1], h = y[2], n = y[3];
  const lg_hh52_rates r = lg_hh52_rates_at(v);
  const double i_na = p[LG_HH_GNA] * (m * m * m) * h * (v - p[LG_HH_ENA]);
  const double i_k = p[LG_HH_GK] * ((n * n) * (n * n)) * (v - p[LG_HH_EK]);
  const double i_l = p[LG_HH_GL] * (v - p[LG_HH_EL]);
  dy[0] = (current - i_na - i_k - i_l) / p[LG_HH_C];
  dy[1] = r.am * (1.0 - m) - r.bm * m;
  dy[2] = r.ah * (1.0 - h) - r.bh * h;
  dy[3] = r.an * (1.0 - n) - r.bn * n;
}

static double spike(const lg_plan *plan, const double *y) {
  (void)plan;
  return y[0] + 20.0;
}

static void steady(const lg_plan *plan, double v_mV, double *y) {
  (void)plan;
  const lg_hh52_rates r = lg_hh52_rates_at(v_mV);
  y[0] = v_mV;
  y[1] = r.am / (r.am + r.bm);
  y[2] = r.ah / (r.ah + r.bh);
  y[3] = r.an / (r.an + r.bn);
}

static const lg_plan_ops ops = {.rhs = rhs, .spike = spike, .steady = steady};

lg_status lg_plan_hh52(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan) {
  (void)ctx;
  plan->ops = &ops;
  plan->n = 4;
  for (unsigned char k = 0; k < 4; k++) {
    plan->state[k] = k;
    plan->place[k] = (signed char)k;
  }
  for (size_t k = 0; k < LG_HH_FIELDS; k++) plan->p[k] = neuron->value[k];
  steady(plan, isnan(neuron->initial[0]) ? plan->p[LG_HH_V0] : neuron->initial[0], plan->y0);
  return LG_OK;
}
