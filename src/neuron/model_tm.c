/*
 * Traub–Miles/Pospischil: C v' = I - gNa m^3 h s (1-B)(v-ENa) - (gK n^4 + gM p + gA a^4 b + gSK q)(v-EK) - gL (v-EL)
 *   - gNaP m_inf (v-ENa) - gH r (v-EH) - (gCaT s_inf^2 u + gCaL l_inf^2)(v-ECa) - (gGABA + phasic)(v-EGABA)
 *   - gGIRK (v-EK) - synapses.
 * Block B of sodium channels: dB/dt = kon D w (1-B) - kon K_I B, w = (1-g) + g K_I/K_R, g the gate h or (slow) s; so it
 * stands at D/(D + K_R) where g = 1 and at D/(D + K_I) where g = 0. Two blockers: (1-B1)(1-B2) is left, or at one site
 * 1-B1-B2 with dBi/dt = kon_i D_i w_i (1-B1-B2) - kon_i K_Ii B_i.
 * NMDA passes 1 / (1 + Mg/3.57 e^(-.062 v) + D/K(v)), K = K0 e^(zdelta v F/RT): one site for both (memantine 0.9 uM at
 * -70 mV without magnesium, 10.3 uM at -30 mV with 1 mM).
 * Optional states are integrated only when their conductance is not 0.
 */
#include "base/elementary.h"
#include "neuron/plan.h"
#include "neuron/tangent.h"

#include <string.h>

static inline bool has(const lg_plan *plan, int state) { return plan->place[state] >= 0; }

#include "neuron/tangent_plain.h"

#include "neuron/model_tm.inc"
#include "neuron/tangent_undef.h"

#include "neuron/tangent_define.h"

#include "neuron/model_tm.inc"
#include "neuron/tangent_undef.h"

static void rhs_plain(const lg_plan *plan, double current, const double *y, double *dy) {
  rhs(plan, plan->p, current, y, dy);
}

static void steady_plain(const lg_plan *plan, double v_mV, double *y) { steady(plan, plan->p, v_mV, y); }

/* Per receptor: first of its two states, field of its decay; the rise is the field before. */
static const int x_of[LG_RECEPTORS] = {LG_TMS_AMPA_X, LG_TMS_NMDA_X, LG_TMS_GABA_X};
static const int decay_of[LG_RECEPTORS] = {LG_TM_AMPA_DECAY, LG_TM_NMDA_DECAY, LG_TM_GABAA_DECAY};

static double spike(const lg_plan *plan, const double *y) {
  (void)plan;
  return y[0] + 20.0;
}

static void arrive(const lg_plan *plan, lg_receptor receptor, double weight, double *y) {
  const int k = plan->place[x_of[receptor]];
  if (k < 0) return;
  y[k] += weight * plan->norm[receptor];
  y[k + 1] += weight * plan->norm[receptor];
}

static lg_tangent spike_tangent(const lg_plan *plan, const lg_tangent *p, const lg_tangent *y) {
  (void)plan;
  (void)p;
  return y[0] + 20.0;
}

static void arrive_tangent(const lg_plan *plan, const lg_tangent *p, lg_receptor receptor, double weight,
                           lg_tangent *y) {
  const int k = plan->place[x_of[receptor]], decay = decay_of[receptor];
  if (k < 0) return;
  const lg_tangent norm = peak_norm_tangent(p[decay - 1], p[decay]);
  y[k] += weight * norm;
  y[k + 1] += weight * norm;
}

static const lg_tangent_ops tangent = {.rhs = rhs_tangent,
                                       .spike = spike_tangent,
                                       .steady = steady_tangent,
                                       .start_field = LG_TM_V0,
                                       .start_steady = true,
                                       .arrive = arrive_tangent};

static const lg_plan_ops ops = {
    .rhs = rhs_plain, .spike = spike, .steady = steady_plain, .arrive = arrive, .tangent = LG_TANGENT_OF(tangent)};

lg_status lg_check_tm(lg_ctx *ctx, const lg_neuron *neuron) {
  static const int flags[] = {LG_TM_NAB_SLOW, LG_TM_NAB2_SLOW, LG_TM_ONE_SITE};
  for (size_t k = 0; k < sizeof flags / sizeof flags[0]; k++)
    if (neuron->value[flags[k]] != 0.0 && neuron->value[flags[k]] != 1.0)
      return lg_fail(ctx, LG_ERR_RANGE, "%s is %g; it is a switch, 0 or 1", neuron->info->fields[flags[k]].name,
                     neuron->value[flags[k]]);
  for (size_t k = 0; k < LG_RECEPTORS; k++) {
    const double decay = neuron->value[decay_of[k]], rise = neuron->value[decay_of[k] - 1];
    if (!(rise < 0.999 * decay))
      return lg_fail(ctx, LG_ERR_RANGE, "%s is %g ms; it must be below %s (%g ms)",
                     neuron->info->fields[decay_of[k] - 1].name, rise, neuron->info->fields[decay_of[k]].name, decay);
  }
  return LG_OK;
}

static void use(lg_plan *plan, int state, bool wanted) {
  plan->place[state] = wanted ? (signed char)plan->n : -1;
  if (wanted) plan->state[plan->n++] = (unsigned char)state;
}

static bool make_plan(const lg_neuron *neuron, lg_plan *plan) {
  static const int reversal[] = {LG_TM_ENA, LG_TM_EK, LG_TM_EL, LG_TM_EH, LG_TM_ECA, LG_TM_EGABA, LG_TM_ESYN};
  double *p = plan->p;
  plan->ops = &ops;
  for (size_t k = 0; k < LG_TM_FIELDS; k++) p[k] = neuron->value[k];
  for (int s = LG_TMS_V; s <= LG_TMS_P; s++) use(plan, s, true);
  const bool block1 = p[LG_TM_NAB_DOSE] > 0.0 && p[LG_TM_NAB_KON] > 0.0;
  const bool block2 = p[LG_TM_NAB2_DOSE] > 0.0 && p[LG_TM_NAB2_KON] > 0.0;
  use(plan, LG_TMS_B, block1);
  use(plan, LG_TMS_S,
      p[LG_TM_SLOW] > 0.0 || (block1 && p[LG_TM_NAB_SLOW] > 0.5) || (block2 && p[LG_TM_NAB2_SLOW] > 0.5));
  for (int s = LG_TMS_AM; s <= LG_TMS_AH; s++) use(plan, s, p[LG_TM_GA] > 0.0);
  use(plan, LG_TMS_R, p[LG_TM_GH] > 0.0);
  use(plan, LG_TMS_U, p[LG_TM_GCAT] > 0.0);
  use(plan, LG_TMS_CA, p[LG_TM_GSK] > 0.0);
  for (int s = LG_TMS_AMPA_X; s <= LG_TMS_AMPA_Y; s++) use(plan, s, p[LG_TM_GAMPA] > 0.0);
  for (int s = LG_TMS_NMDA_X; s <= LG_TMS_NMDA_Y; s++) use(plan, s, p[LG_TM_GNMDA] > 0.0);
  for (int s = LG_TMS_GABA_X; s <= LG_TMS_GABA_Y; s++) use(plan, s, p[LG_TM_GGABAA] > 0.0);
  use(plan, LG_TMS_B2, block2);
  for (size_t k = 0; k < LG_RECEPTORS; k++) plan->norm[k] = peak_norm(p[decay_of[k] - 1], p[decay_of[k]]);
  plan->v_inward = 100.0;
  for (size_t k = 0; k < sizeof reversal / sizeof reversal[0]; k++)
    if (p[reversal[k]] < plan->v_inward) plan->v_inward = p[reversal[k]];
  double v0 = isnan(neuron->initial[LG_TMS_V]) ? p[LG_TM_V0] : neuron->initial[LG_TMS_V];
  if (isnan(v0) && !lg_plan_find_rest(plan, 0.0, &v0)) return false;
  steady_plain(plan, v0, plan->y0);
  return true;
}

lg_status lg_plan_tm(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan) {
  if (make_plan(neuron, plan)) return LG_OK;
  return lg_fail(ctx, LG_ERR_RANGE, "there is no resting potential between -150 and 50 mV; give V0");
}

bool lg_plan_tm_checked(const lg_neuron *neuron, lg_plan *plan) {
  memset(plan, 0, sizeof *plan);
  memset(plan->place, -1, sizeof plan->place);
  plan->info = neuron->info;
  if (!make_plan(neuron, plan)) return false;
  lg_plan_given_states(neuron, plan);
  return true;
}
