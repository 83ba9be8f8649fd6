/* Izhikevich 2007: C v' = k (v-vr)(v-vt) - u + I, u' = a (b (v-vr) - u), and its classes. */
#include "neuron/plan.h"

#include <math.h>

/* Constants of the classes (Izhikevich 2007, figures 8.25-8.32). */
#define LTS_PEAK_PER_U (-0.1)
#define LTS_RESET_PER_U 0.04
#define LTS_U_MAX 670.0
#define FS_CUBIC 0.025
#define TC_PEAK_PER_U 0.1
#define TC_RESET_PER_U (-0.1)
#define B_SWITCH_MV (-65.0)

static inline void rhs_with(const double *p, double k, double u_target, double current, const double *y, double *dy) {
  const double v = y[0], u = y[1];
  dy[0] = (k * (v - p[LG_SLOT_VR]) * (v - p[LG_SLOT_VT]) - u + current) / p[LG_SLOT_C];
  dy[1] = p[LG_SLOT_A] * (u_target - u);
}

static void rhs_std(const lg_plan *plan, double current, const double *y, double *dy) {
  const double *p = plan->p;
  rhs_with(p, p[LG_SLOT_K], p[LG_SLOT_B] * (y[0] - p[LG_SLOT_VR]), current, y, dy);
}

static void rhs_fs(const lg_plan *plan, double current, const double *y, double *dy) {
  const double *p = plan->p, x = y[0] - p[LG_SLOT_VB];
  rhs_with(p, p[LG_SLOT_K], plan->above ? FS_CUBIC * x * x * x : 0.0, current, y, dy);
}

static void rhs_two_b(const lg_plan *plan, double current, const double *y, double *dy) {
  const double *p = plan->p, b = plan->above ? p[LG_SLOT_B_ABOVE] : p[LG_SLOT_B];
  rhs_with(p, p[LG_SLOT_K], b * (y[0] - p[LG_SLOT_VR]), current, y, dy);
}

static void rhs_klowkhigh(const lg_plan *plan, double current, const double *y, double *dy) {
  const double *p = plan->p, k = plan->above ? p[LG_SLOT_KHIGH] : p[LG_SLOT_KLOW];
  rhs_with(p, k, p[LG_SLOT_B] * (y[0] - p[LG_SLOT_VR]), current + p[LG_SLOT_ISHIFT], y, dy);
}

static double spike_plain(const lg_plan *plan, const double *y) { return y[0] - plan->p[LG_SLOT_VPEAK]; }
static double spike_lts(const lg_plan *plan, const double *y) {
  return y[0] - (plan->p[LG_SLOT_VPEAK] + LTS_PEAK_PER_U * y[1]);
}
static double spike_tc(const lg_plan *plan, const double *y) {
  return y[0] - (plan->p[LG_SLOT_VPEAK] + TC_PEAK_PER_U * y[1]);
}

static void reset_std(const lg_plan *plan, double *y) {
  y[0] = plan->p[LG_SLOT_CC];
  y[1] += plan->p[LG_SLOT_D];
}

static void reset_lts(const lg_plan *plan, double *y) {
  y[0] = plan->p[LG_SLOT_CC] + LTS_RESET_PER_U * y[1];
  y[1] = fmin(y[1] + plan->p[LG_SLOT_D], LTS_U_MAX);
}

static void reset_fs(const lg_plan *plan, double *y) { y[0] = plan->p[LG_SLOT_CC]; }

static void reset_tc(const lg_plan *plan, double *y) {
  y[0] = plan->p[LG_SLOT_CC] + TC_RESET_PER_U * y[1];
  y[1] += plan->p[LG_SLOT_D];
}

static double surface_vb(const lg_plan *plan, const double *y) { return y[0] - plan->p[LG_SLOT_VB]; }
static double surface_vt(const lg_plan *plan, const double *y) { return y[0] - plan->p[LG_SLOT_VT]; }
static double surface_b(const lg_plan *plan, const double *y) {
  (void)plan;
  return y[0] - B_SWITCH_MV;
}

/* u where u' = 0, and the side of the switch that v is on. */
static double u_target(const lg_plan *plan, double v) {
  const double *p = plan->p;
  if (plan->variant == LG_IZH_FS) {
    const double x = v - p[LG_SLOT_VB];
    return x > 0.0 ? FS_CUBIC * x * x * x : 0.0;
  }
  const bool high = v > B_SWITCH_MV && (plan->variant == LG_IZH_TC || plan->variant == LG_IZH_RTN);
  return (high ? p[LG_SLOT_B_ABOVE] : p[LG_SLOT_B]) * (v - p[LG_SLOT_VR]);
}

static void steady(const lg_plan *plan, double v_mV, double *y) {
  y[0] = v_mV;
  y[1] = u_target(plan, v_mV);
}

static const lg_plan_ops ops[LG_IZH_VARIANTS] = {
    [LG_IZH_STD] = {.rhs = rhs_std, .steady = steady, .spike = spike_plain, .reset = reset_std},
    [LG_IZH_LTS] = {.rhs = rhs_std, .steady = steady, .spike = spike_lts, .reset = reset_lts},
    [LG_IZH_FS] = {.rhs = rhs_fs, .steady = steady, .spike = spike_plain, .reset = reset_fs, .surface = surface_vb},
    [LG_IZH_TC] = {.rhs = rhs_two_b, .steady = steady, .spike = spike_tc, .reset = reset_tc, .surface = surface_b},
    [LG_IZH_RTN] = {.rhs = rhs_two_b, .steady = steady, .spike = spike_plain, .reset = reset_std, .surface = surface_b},
    [LG_IZH_KLOWKHIGH] =
        {.rhs = rhs_klowkhigh, .steady = steady, .spike = spike_plain, .reset = reset_std, .surface = surface_vt},
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
