/* Izhikevich 2007: C v' = k (v-vr)(v-vt) - u + I, u' = a (b (v-vr) - u), and its classes. */
#include "base/elementary.h"
#include "neuron/plan.h"
#include "neuron/tangent.h"

#include <math.h>

/* Constants of the classes (Izhikevich 2007, figures 8.25-8.32). */
#define LTS_PEAK_PER_U (-0.1)
#define LTS_RESET_PER_U 0.04
#define LTS_U_MAX 670.0
#define FS_CUBIC 0.025
#define TC_PEAK_PER_U 0.1
#define TC_RESET_PER_U (-0.1)
#define B_SWITCH_MV (-65.0)

#include "neuron/tangent_plain.h"

#include "neuron/model_izhikevich.inc"
#include "neuron/tangent_undef.h"

#include "neuron/tangent_define.h"

#include "neuron/model_izhikevich.inc"
#include "neuron/tangent_undef.h"

#define RHS_PLAIN(name)                                                                                                \
  static void name##_plain(const lg_plan *plan, double current, const double *y, double *dy) {                         \
    name(plan, plan->p, current, y, dy);                                                                               \
  }
RHS_PLAIN(rhs_std)
RHS_PLAIN(rhs_fs)
RHS_PLAIN(rhs_two_b)
RHS_PLAIN(rhs_klowkhigh)

static double peak_plain(const lg_plan *plan, const double *y) { return peak(plan, plan->p, y); }
static void reset_plain(const lg_plan *plan, double *y) { reset(plan, plan->p, y); }
static double surface_plain(const lg_plan *plan, const double *y) { return surface(plan, plan->p, y); }
static void steady_plain(const lg_plan *plan, double v_mV, double *y) { steady(plan, plan->p, v_mV, y); }

#define TANGENT(rhs_of, has_surface)                                                                                   \
  {                                                                                                                    \
    .rhs = rhs_of##_tangent, .spike = peak_tangent, .reset = reset_tangent,                                            \
    .surface = (has_surface) ? surface_tangent : NULL, .steady = steady_tangent, .start_field = LG_SLOT_VR             \
  }
static const lg_tangent_ops tangent_std = TANGENT(rhs_std, 0), tangent_fs = TANGENT(rhs_fs, 1),
                            tangent_two_b = TANGENT(rhs_two_b, 1), tangent_klowkhigh = TANGENT(rhs_klowkhigh, 1);

#define OPS(form, has_surface)                                                                                         \
  {                                                                                                                    \
    .rhs = rhs_##form##_plain, .steady = steady_plain, .spike = peak_plain, .reset = reset_plain,                      \
    .surface = (has_surface) ? surface_plain : NULL, .tangent = LG_TANGENT_OF(tangent_##form)                          \
  }
static const lg_plan_ops ops[LG_IZH_VARIANTS] = {
    [LG_IZH_STD] = OPS(std, 0),  [LG_IZH_LTS] = OPS(std, 0),   [LG_IZH_FS] = OPS(fs, 1),
    [LG_IZH_TC] = OPS(two_b, 1), [LG_IZH_RTN] = OPS(two_b, 1), [LG_IZH_KLOWKHIGH] = OPS(klowkhigh, 1),
};

lg_status lg_check_izhikevich(lg_ctx *ctx, const lg_neuron *neuron) {
  const double c = lg_neuron_get(neuron, "c"), peak = lg_neuron_get(neuron, "vpeak");
  if (!(c < peak)) return lg_fail(ctx, LG_ERR_RANGE, "c is %g mV; the reset must lie below vpeak (%g mV)", c, peak);
  if (!(lg_neuron_get(neuron, "vr") < peak))
    return lg_fail(ctx, LG_ERR_RANGE, "vr is %g mV; the start must lie below vpeak (%g mV)",
                   lg_neuron_get(neuron, "vr"), peak);
  return LG_OK;
}

lg_status lg_plan_izhikevich(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan) {
  const lg_izh_variant variant = (lg_izh_variant)(neuron->info - lg_info_izhikevich);
  plan->variant = variant;
  plan->ops = &ops[variant];
  plan->n = 2;
  for (unsigned char k = 0; k < 2; k++) {
    plan->state[k] = k;
    plan->place[k] = (signed char)k;
  }
  for (size_t k = 0; k < neuron->info->n_fields; k++) plan->p[lg_izh_slots[variant][k]] = neuron->value[k];
  plan->y0[0] = isnan(neuron->initial[0]) ? plan->p[LG_SLOT_VR] : neuron->initial[0];
  plan->y0[1] = isnan(neuron->initial[1]) ? 0.0 : neuron->initial[1];
  if (!(plan->ops->spike(plan, plan->y0) < 0.0))
    return lg_fail(ctx, LG_ERR_RANGE, "the start potential %g mV is not below the peak", plan->y0[0]);
  return LG_OK;
}
