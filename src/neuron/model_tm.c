/*
 * Traub–Miles/Pospischil: C v' = I - gNa m^3 h s (1-B)(v-ENa) - (gK n^4 + gM p + gA a^4 b + gSK q)(v-EK) - gL (v-EL)
 *   - gNaP m_inf (v-ENa) - gH r (v-EH) - (gCaT s_inf^2 u + gCaL l_inf^2)(v-ECa) - (gGABA + phasic)(v-EGABA) - synapses.
 * Optional states are integrated only when their conductance is not 0.
 */
#include "base/elementary.h"
#include "neuron/plan.h"

typedef struct rates {
  double am, bm, ah, bh, an, bn, p_inf, p_rate;
} rates;

static rates rates_at(const double *p, double v) {
  const double x = v - p[LG_TM_VT], w = v + 35.0 - p[LG_TM_P_SHIFT];
  rates r;
  r.am = 1.28 * lg_x_over_expm1((13.0 - x) * 0.25);
  r.bm = 1.4 * lg_x_over_expm1((x - 40.0) * 0.2);
  r.ah = 0.128 * lg_exp((17.0 - x) / 18.0);
  r.bh = 4.0 / (1.0 + lg_exp((40.0 - x) * 0.2));
  r.an = 0.16 * lg_x_over_expm1((15.0 - x) * 0.2);
  r.bn = 0.5 * lg_exp((10.0 - x) * 0.025);
  const double e = lg_exp(w * 0.05);
  r.p_inf = lg_sigmoid(w * 0.1);
  r.p_rate = (3.3 * e + 1.0 / e) / p[LG_TM_TAUMAX];
  return r;
}

/* Bell-shaped time constant: high at the half potential, low far from it. */
static double bell(double v, double half, double slope, double low, double high) {
  const double e = lg_exp(-fabs(v - half) / (2.0 * slope));
  return low + (high - low) * 2.0 * e / (1.0 + e * e);
}

static double sigmoid(double v, double half, double slope) { return lg_sigmoid((v - half) / slope); }

static inline bool has(const lg_plan *plan, int state) { return plan->place[state] >= 0; }
static inline double get(const lg_plan *plan, const double *y, int state) { return y[plan->place[state]]; }

/* Steady state and rate of the optional gates that relax to a function of v. */
typedef struct relax {
  double target, rate;
} relax;

static relax gate_s(const double *p, double v) {
  return (relax){sigmoid(-v, -p[LG_TM_S_HALF], p[LG_TM_S_SLOPE]),
                 1.0 / bell(v, p[LG_TM_S_HALF], p[LG_TM_S_SLOPE], p[LG_TM_S_TAU_MIN], p[LG_TM_S_TAU_MAX])};
}

static relax gate_a(const double *p, double v) {
  return (relax){sigmoid(v, p[LG_TM_A_HALF], p[LG_TM_A_SLOPE]),
                 1.0 / (0.37 + 1.0 / (lg_exp((v + 35.8) / 19.7) + lg_exp(-(v + 79.7) / 12.7)))};
}

static relax gate_b(const double *p, double v) {
  return (relax){sigmoid(-v, -p[LG_TM_A_H_HALF], p[LG_TM_A_H_SLOPE]), 1.0 / p[LG_TM_A_H_TAU]};
}

static relax gate_r(const double *p, double v) {
  return (relax){sigmoid(-v, -p[LG_TM_H_HALF], p[LG_TM_H_SLOPE]),
                 1.0 / bell(v, p[LG_TM_H_HALF], p[LG_TM_H_SLOPE], p[LG_TM_H_TAU_MIN], p[LG_TM_H_TAU_MAX])};
}

/* Inactivation of the T current (Destexhe et al. 1996, as in Pospischil et al. 2008). */
static relax gate_u(const double *p, double v) {
  const double x = v + p[LG_TM_CAT_SHIFT];
  const double tau = (30.8 + (211.4 + lg_exp((x + 113.2) / 5.0)) / (1.0 + lg_exp((x + 84.0) / 3.2))) / 3.737;
  return (relax){lg_sigmoid(-(x + 81.0) / 4.0), 1.0 / tau};
}

static relax gate_block(const double *p, double h) {
  const double w = (1.0 - h) + h * p[LG_TM_NAB_KI] / p[LG_TM_NAB_KR];
  const double on = p[LG_TM_NAB_KON] * p[LG_TM_NAB_DOSE] * w, off = p[LG_TM_NAB_KON] * p[LG_TM_NAB_KI];
  return (relax){on / (on + off), on + off};
}

static double calcium_current(const lg_plan *plan, const double *y) {
  const double *p = plan->p, v = y[0];
  double g = 0.0;
  if (has(plan, LG_TMS_U)) {
    const double s = lg_sigmoid((v + p[LG_TM_CAT_SHIFT] + 57.0) / 6.2);
    g += p[LG_TM_GCAT] * s * s * get(plan, y, LG_TMS_U);
  }
  if (p[LG_TM_GCAL] > 0.0) {
    const double l = lg_sigmoid((v + 20.0) / 9.0);
    g += p[LG_TM_GCAL] * l * l;
  }
  return g * (v - p[LG_TM_ECA]);
}

static double synaptic_current(const lg_plan *plan, const double *y) {
  const double *p = plan->p, v = y[0];
  double i = 0.0;
  if (has(plan, LG_TMS_AMPA_X))
    i += p[LG_TM_GAMPA] * (get(plan, y, LG_TMS_AMPA_X) - get(plan, y, LG_TMS_AMPA_Y)) * (v - p[LG_TM_ESYN]);
  if (has(plan, LG_TMS_NMDA_X))
    i += p[LG_TM_GNMDA] * (get(plan, y, LG_TMS_NMDA_X) - get(plan, y, LG_TMS_NMDA_Y)) * (v - p[LG_TM_ESYN]) /
         (1.0 + p[LG_TM_MG] / 3.57 * lg_exp(-0.062 * v));
  if (has(plan, LG_TMS_GABA_X))
    i += p[LG_TM_GGABAA] * (get(plan, y, LG_TMS_GABA_X) - get(plan, y, LG_TMS_GABA_Y)) * (v - p[LG_TM_EGABA]);
  return i;
}

/* Share of the sodium conductance that is left by slow inactivation and block. */
static double sodium_left(const lg_plan *plan, const double *y) {
  double left = 1.0;
  if (has(plan, LG_TMS_S)) left *= 1.0 - plan->p[LG_TM_SLOW] * (1.0 - get(plan, y, LG_TMS_S));
  if (has(plan, LG_TMS_B)) left *= 1.0 - get(plan, y, LG_TMS_B);
  return left;
}

/* Currents that a plain twin does not have. */
static double optional_current(const lg_plan *plan, const double *y) {
  const double *p = plan->p, v = y[0];
  double i = p[LG_TM_GGABA] * (v - p[LG_TM_EGABA]);
  if (p[LG_TM_GNAP] > 0.0) i += p[LG_TM_GNAP] * sigmoid(v, p[LG_TM_NAP_HALF], p[LG_TM_NAP_SLOPE]) * (v - p[LG_TM_ENA]);
  if (has(plan, LG_TMS_AM)) {
    const double a = get(plan, y, LG_TMS_AM);
    i += p[LG_TM_GA] * (a * a) * (a * a) * get(plan, y, LG_TMS_AH) * (v - p[LG_TM_EK]);
  }
  if (has(plan, LG_TMS_R)) i += p[LG_TM_GH] * get(plan, y, LG_TMS_R) * (v - p[LG_TM_EH]);
  if (has(plan, LG_TMS_CA)) {
    const double c = get(plan, y, LG_TMS_CA) / p[LG_TM_SK_K], c4 = (c * c) * (c * c);
    i += p[LG_TM_GSK] * (c4 / (1.0 + c4)) * (v - p[LG_TM_EK]);
  }
  return i + calcium_current(plan, y) + synaptic_current(plan, y);
}

static void set_relax(const lg_plan *plan, relax g, int state, const double *y, double *dy) {
  const int k = plan->place[state];
  dy[k] = (g.target - y[k]) * g.rate;
}

static void decay_pair(const lg_plan *plan, int x, int decay_field, const double *y, double *dy) {
  const int k = plan->place[x];
  dy[k] = -y[k] / plan->p[decay_field];
  dy[k + 1] = -y[k + 1] / plan->p[decay_field - 1];
}

static void optional_states(const lg_plan *plan, const double *y, double *dy) {
  const double *p = plan->p, v = y[0];
  if (has(plan, LG_TMS_B)) set_relax(plan, gate_block(p, y[2]), LG_TMS_B, y, dy);
  if (has(plan, LG_TMS_S)) set_relax(plan, gate_s(p, v), LG_TMS_S, y, dy);
  if (has(plan, LG_TMS_AM)) {
    set_relax(plan, gate_a(p, v), LG_TMS_AM, y, dy);
    set_relax(plan, gate_b(p, v), LG_TMS_AH, y, dy);
  }
  if (has(plan, LG_TMS_R)) set_relax(plan, gate_r(p, v), LG_TMS_R, y, dy);
  if (has(plan, LG_TMS_U)) set_relax(plan, gate_u(p, v), LG_TMS_U, y, dy);
  if (has(plan, LG_TMS_CA)) {
    const int k = plan->place[LG_TMS_CA];
    dy[k] = -p[LG_TM_CA_GAIN] * calcium_current(plan, y) - (y[k] - p[LG_TM_CA_REST]) / p[LG_TM_CA_TAU];
  }
  if (has(plan, LG_TMS_AMPA_X)) decay_pair(plan, LG_TMS_AMPA_X, LG_TM_AMPA_DECAY, y, dy);
  if (has(plan, LG_TMS_NMDA_X)) decay_pair(plan, LG_TMS_NMDA_X, LG_TM_NMDA_DECAY, y, dy);
  if (has(plan, LG_TMS_GABA_X)) decay_pair(plan, LG_TMS_GABA_X, LG_TM_GABAA_DECAY, y, dy);
}

static void rhs(const lg_plan *plan, double current, const double *y, double *dy) {
  const double *p = plan->p, v = y[0], m = y[1], h = y[2], n = y[3], q = y[4];
  const rates r = rates_at(p, v);
  const double g_na = p[LG_TM_GNA_SCALE] * p[LG_TM_GNA] * sodium_left(plan, y) * (m * m * m) * h;
  const double g_k = p[LG_TM_GK_SCALE] * p[LG_TM_GK] * ((n * n) * (n * n)) + p[LG_TM_GM_SCALE] * p[LG_TM_GM] * q;
  const double i = g_na * (v - p[LG_TM_ENA]) + g_k * (v - p[LG_TM_EK]) + p[LG_TM_GL] * (v - p[LG_TM_EL]);
  dy[0] = (current - i - optional_current(plan, y)) / p[LG_TM_C];
  dy[1] = r.am * (1.0 - m) - r.bm * m;
  dy[2] = r.ah * (1.0 - h) - r.bh * h;
  dy[3] = r.an * (1.0 - n) - r.bn * n;
  dy[4] = (r.p_inf - q) * r.p_rate;
  if (plan->n > 5) optional_states(plan, y, dy);
}

static double spike(const lg_plan *plan, const double *y) {
  (void)plan;
  return y[0] + 20.0;
}

static void arrive(const lg_plan *plan, lg_receptor receptor, double weight, double *y) {
  static const int x_of[LG_RECEPTORS] = {LG_TMS_AMPA_X, LG_TMS_NMDA_X, LG_TMS_GABA_X};
  const int k = plan->place[x_of[receptor]];
  if (k < 0) return;
  y[k] += weight * plan->norm[receptor];
  y[k + 1] += weight * plan->norm[receptor];
}

static void steady(const lg_plan *plan, double v_mV, double *y) {
  const double *p = plan->p;
  const rates r = rates_at(p, v_mV);
  for (size_t k = 0; k < plan->n; k++) y[k] = 0.0;
  y[0] = v_mV;
  y[1] = r.am / (r.am + r.bm);
  y[2] = r.ah / (r.ah + r.bh);
  y[3] = r.an / (r.an + r.bn);
  y[4] = r.p_inf;
  if (has(plan, LG_TMS_B)) y[plan->place[LG_TMS_B]] = gate_block(p, y[2]).target;
  if (has(plan, LG_TMS_S)) y[plan->place[LG_TMS_S]] = gate_s(p, v_mV).target;
  if (has(plan, LG_TMS_AM)) {
    y[plan->place[LG_TMS_AM]] = gate_a(p, v_mV).target;
    y[plan->place[LG_TMS_AH]] = gate_b(p, v_mV).target;
  }
  if (has(plan, LG_TMS_R)) y[plan->place[LG_TMS_R]] = gate_r(p, v_mV).target;
  if (has(plan, LG_TMS_U)) y[plan->place[LG_TMS_U]] = gate_u(p, v_mV).target;
  if (has(plan, LG_TMS_CA))
    y[plan->place[LG_TMS_CA]] = p[LG_TM_CA_REST] - p[LG_TM_CA_TAU] * p[LG_TM_CA_GAIN] * calcium_current(plan, y);
}

static const lg_plan_ops ops = {.rhs = rhs, .spike = spike, .steady = steady, .arrive = arrive};

/* Factor that makes the peak of e^(-t/decay) - e^(-t/rise) equal to 1. */
static double peak_norm(double rise, double decay) {
  const double t = rise * decay / (decay - rise) * lg_ln(decay / rise);
  return 1.0 / (lg_exp(-t / decay) - lg_exp(-t / rise));
}

lg_status lg_check_tm(lg_ctx *ctx, const lg_neuron *neuron) {
  static const int decays[] = {LG_TM_AMPA_DECAY, LG_TM_NMDA_DECAY, LG_TM_GABAA_DECAY};
  for (size_t k = 0; k < sizeof decays / sizeof decays[0]; k++) {
    const double decay = neuron->value[decays[k]], rise = neuron->value[decays[k] - 1];
    if (!(rise < 0.999 * decay))
      return lg_fail(ctx, LG_ERR_RANGE, "%s is %g ms; it must be below %s (%g ms)",
                     neuron->info->fields[decays[k] - 1].name, rise, neuron->info->fields[decays[k]].name, decay);
  }
  return LG_OK;
}

static void use(lg_plan *plan, int state, bool wanted) {
  plan->place[state] = wanted ? (signed char)plan->n : -1;
  if (wanted) plan->state[plan->n++] = (unsigned char)state;
}

lg_status lg_plan_tm(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan) {
  double *p = plan->p;
  plan->ops = &ops;
  for (size_t k = 0; k < LG_TM_FIELDS; k++) p[k] = neuron->value[k];
  for (int s = LG_TMS_V; s <= LG_TMS_P; s++) use(plan, s, true);
  use(plan, LG_TMS_B, p[LG_TM_NAB_DOSE] > 0.0 && p[LG_TM_NAB_KON] > 0.0);
  use(plan, LG_TMS_S, p[LG_TM_SLOW] > 0.0);
  for (int s = LG_TMS_AM; s <= LG_TMS_AH; s++) use(plan, s, p[LG_TM_GA] > 0.0);
  use(plan, LG_TMS_R, p[LG_TM_GH] > 0.0);
  use(plan, LG_TMS_U, p[LG_TM_GCAT] > 0.0);
  use(plan, LG_TMS_CA, p[LG_TM_GSK] > 0.0);
  for (int s = LG_TMS_AMPA_X; s <= LG_TMS_AMPA_Y; s++) use(plan, s, p[LG_TM_GAMPA] > 0.0);
  for (int s = LG_TMS_NMDA_X; s <= LG_TMS_NMDA_Y; s++) use(plan, s, p[LG_TM_GNMDA] > 0.0);
  for (int s = LG_TMS_GABA_X; s <= LG_TMS_GABA_Y; s++) use(plan, s, p[LG_TM_GGABAA] > 0.0);
  plan->norm[LG_RECEPTOR_AMPA] = peak_norm(p[LG_TM_AMPA_RISE], p[LG_TM_AMPA_DECAY]);
  plan->norm[LG_RECEPTOR_NMDA] = peak_norm(p[LG_TM_NMDA_RISE], p[LG_TM_NMDA_DECAY]);
  plan->norm[LG_RECEPTOR_GABA_A] = peak_norm(p[LG_TM_GABAA_RISE], p[LG_TM_GABAA_DECAY]);
  double v0 = isnan(neuron->initial[LG_TMS_V]) ? p[LG_TM_V0] : neuron->initial[LG_TMS_V];
  if (isnan(v0)) {
    const lg_status status = lg_plan_rest(ctx, plan, 0.0, &v0);
    if (status != LG_OK) return status;
  }
  steady(plan, v0, plan->y0);
  return LG_OK;
}
