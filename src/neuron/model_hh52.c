/* Hodgkin & Huxley 1952 in today's sign convention, rest near -65 mV. */
#include "base/elementary.h"
#include "neuron/plan.h"
#include "neuron/tangent.h"

#include "neuron/tangent_plain.h"

#include "neuron/model_hh52.inc"
#include "neuron/tangent_undef.h"

#include "neuron/tangent_define.h"

#include "neuron/model_hh52.inc"
#include "neuron/tangent_undef.h"

static void rhs_plain(const lg_plan *plan, double current, const double *y, double *dy) {
  rhs(plan, plan->p, current, y, dy);
}
static double spike_plain(const lg_plan *plan, const double *y) { return spike(plan, plan->p, y); }
static void steady_plain(const lg_plan *plan, double v_mV, double *y) { steady(plan, plan->p, v_mV, y); }

static const lg_tangent_ops tangent = {.rhs = rhs_tangent,
                                       .spike = spike_tangent,
                                       .steady = steady_tangent,
                                       .start_field = LG_HH_V0,
                                       .start_steady = true};
static const lg_plan_ops ops = {
    .rhs = rhs_plain, .spike = spike_plain, .steady = steady_plain, .tangent = LG_TANGENT_OF(tangent)};

lg_status lg_plan_hh52(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan) {
  (void)ctx;
  plan->ops = &ops;
  plan->n = 4;
  for (unsigned char k = 0; k < 4; k++) {
    plan->state[k] = k;
    plan->place[k] = (signed char)k;
  }
  for (size_t k = 0; k < LG_HH_FIELDS; k++) plan->p[k] = neuron->value[k];
  steady_plain(plan, isnan(neuron->initial[0]) ? plan->p[LG_HH_V0] : neuron->initial[0], plan->y0);
  return LG_OK;
}
