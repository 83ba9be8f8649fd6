/* Random Izhikevich neurons that an experimenter could have patched: fire, do not fire at rest, can be titrated. */
#include "base/base.h"
#include "base/elementary.h"
#include "neuron/izhikevich_step.h"
#include "neuron/protocol_izhikevich.h"

const char *const lg_izh_param_names[LG_IZH_N_PARAMS] = {"C", "k", "vr", "vt", "a", "b", "c", "d", "vpeak"};
const char *const lg_izh_param_units[LG_IZH_N_PARAMS] = {"pF", "nS/mV", "mV", "mV", "1/ms", "nS", "mV", "pA", "mV"};

/* ln 20, ln 250, ln .25, ln 4, ln .005, ln .25 written out: the box must not depend on a logarithm's last bit */
static const double box_low[LG_IZH_N_PARAMS] = {
    2.995732273553991, -1.3862943611198906, -80.0, 8.0, -5.298317366548036, -6.0, -65.0, 0.0, 10.0};
static const double box_high[LG_IZH_N_PARAMS] = {
    5.521460917862246, 1.3862943611198906, -50.0, 40.0, -1.3862943611198906, 20.0, -38.0, 200.0, 55.0};

void lg_izh_to_vector(const lg_izh_params *p, double x[LG_IZH_N_PARAMS]) {
  const double all[LG_IZH_N_PARAMS] = {p->C, p->k, p->vr, p->vt, p->a, p->b, p->c, p->d, p->vpeak};
  for (int k = 0; k < LG_IZH_N_PARAMS; k++) x[k] = all[k];
}

lg_izh_params lg_izh_from_vector(const double x[LG_IZH_N_PARAMS]) {
  const lg_izh_params p = {x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8]};
  return p;
}

void lg_izh_to_z(const lg_izh_params *p, double z[LG_IZH_N_PARAMS]) {
  lg_izh_to_vector(p, z);
  z[0] = lg_ln(p->C);
  z[1] = lg_ln(p->k);
  z[3] = p->vt - p->vr;
  z[4] = lg_ln(p->a);
}

lg_izh_params lg_izh_from_z(const double z[LG_IZH_N_PARAMS]) {
  lg_izh_params p = lg_izh_from_vector(z);
  p.C = lg_exp(z[0]);
  p.k = lg_exp(z[1]);
  p.vt = z[2] + z[3];
  p.a = lg_exp(z[4]);
  return p;
}

void lg_izh_prior_box(double low[LG_IZH_N_PARAMS], double high[LG_IZH_N_PARAMS]) {
  for (int k = 0; k < LG_IZH_N_PARAMS; k++) {
    low[k] = box_low[k];
    high[k] = box_high[k];
  }
}

void lg_izh_z_to_logit(const double z[LG_IZH_N_PARAMS], double y[LG_IZH_N_PARAMS]) {
  for (int k = 0; k < LG_IZH_N_PARAMS; k++) {
    double f = (z[k] - box_low[k]) / (box_high[k] - box_low[k]);
    f = f < 1e-6 ? 1e-6 : (f > 1.0 - 1e-6 ? 1.0 - 1e-6 : f);
    y[k] = lg_ln(f / (1.0 - f));
  }
}

void lg_izh_logit_to_z(const double y[LG_IZH_N_PARAMS], double z[LG_IZH_N_PARAMS]) {
  for (int k = 0; k < LG_IZH_N_PARAMS; k++) z[k] = box_low[k] + (box_high[k] - box_low[k]) * lg_sigmoid(y[k]);
}

static bool static_rules(const lg_izh_params *p) { return p->k * (p->vt - p->vr) + p->b >= 1.0 && p->c <= p->vt + 8.0; }

bool lg_izh_prior_contains(const lg_izh_params *p) {
  double z[LG_IZH_N_PARAMS];
  if (!(p->C > 0.0 && p->k > 0.0 && p->a > 0.0)) return false;
  lg_izh_to_z(p, z);
  for (int k = 0; k < LG_IZH_N_PARAMS; k++)
    if (!(z[k] >= box_low[k] && z[k] <= box_high[k])) return false;
  return static_rules(p);
}

/* Coarse steps: this decides a current to 0.1 %, not a spike time to a microsecond. */
static bool spikes_within(const lg_izh_scaled *s, double i_pA, double duration_ms) {
  const double j = i_pA * s->inv_C;
  double x = 0.0, w = 0.0, t = 0.0;
  while (t < duration_ms) {
    double h = lg_izh_max_step(s, j, x, w, 0.3);
    if (h > 0.5) h = 0.5;
    lg_izh_rk4(s, j, h, &x, &w);
    t += h;
    if (x >= s->peak_x) return true;
  }
  return false;
}

double lg_izh_rheobase(const lg_izh_params *p, double duration_ms, double max_pA) {
  const lg_izh_scaled s = lg_izh_scale(p);
  if (spikes_within(&s, 0.0, duration_ms)) return 0.0;
  const double g = p->k * (p->vt - p->vr) + (p->b > 0.0 ? p->b : 0.0);
  double low = 0.0, high = 1.05 * g * g / (4.0 * p->k) + 0.1; /* saddle-node value: a good first bracket */
  if (!(high < max_pA)) high = max_pA;
  while (!spikes_within(&s, high, duration_ms)) {
    if (high >= max_pA) return (double)INFINITY;
    low = high;
    high = 1.5 * high < max_pA ? 1.5 * high : max_pA;
  }
  while (high - low > 1e-3 * high) {
    const double middle = 0.5 * (low + high);
    if (spikes_within(&s, middle, duration_ms)) high = middle;
    else low = middle;
  }
  return high;
}

/* Spikes of a whole CLONE-1 run, in pieces that fit the stack. */
static unsigned clone1_spikes(const lg_izh_params *p, double i0_pA, uint64_t seed, uint64_t index, unsigned enough) {
  enum { PIECE = 500 };
  const double dt_ms = 0.1;
  double i_pA[PIECE];
  lg_izh_player player = lg_izh_player_make(LG_IZH_CLONE1, i0_pA, seed, index, dt_ms);
  lg_izh_state state = {p->vr, 0.0};
  size_t spikes = 0;
  for (size_t left = lg_izh_protocol_samples(LG_IZH_CLONE1, dt_ms); left > 0 && spikes < enough;) {
    const size_t n = left < PIECE ? left : PIECE;
    lg_izh_player_fill(&player, n, i_pA);
    spikes += lg_izh_simulate_from(p, &state, 0.0, i_pA, n, dt_ms, NULL, NULL, 0);
    left -= n;
  }
  return (unsigned)spikes;
}

void lg_izh_prior_draw(uint64_t seed, uint64_t index, lg_izh_draw *out) {
  lg_rng rng = lg_rng_make(seed, 0x697a682d7072696fu, index); /* "izh-prio" */
  for (unsigned rejected = 0;; rejected++) {
    double z[LG_IZH_N_PARAMS];
    for (int k = 0; k < LG_IZH_N_PARAMS; k++) z[k] = lg_rng_range(&rng, box_low[k], box_high[k]);
    const double titration = lg_exp(0.12 * lg_rng_normal(&rng));
    const lg_izh_params p = lg_izh_from_z(z);
    if (!static_rules(&p)) continue;
    const double rheobase = lg_izh_rheobase(&p, 500.0, 3000.0);
    if (!(rheobase >= 1.0 && rheobase <= 3000.0)) continue;
    const unsigned spikes = clone1_spikes(&p, rheobase * titration, seed, index, 300);
    if (spikes < 4 || spikes >= 300) continue;
    *out = (lg_izh_draw){
        .p = p, .rheobase_pA = rheobase, .i0_pA = rheobase * titration, .n_spikes = spikes, .rejected = rejected};
    return;
  }
}
