/*
 * Spiking membranes: leak, threshold, reset, refractory period, and what makes the threshold (AdEx) or adapts it.
 *
 * Reset is done at the end of the step in which v crosses the threshold, at the interpolated time t*. With hold = 1 the
 * membrane then stays at v_reset until t* + t_ref, and the step in which that ends moves v by the part of the step that
 * is left: all of second order. With hold = 0 (Brian2 without "unless refractory", Dendrify) v moves on at once, from
 * v_peak for `width` ms where there is one, then from v_reset; t_ref only bars new spikes; of first order in dt.
 * Currents and jumps are absolute (uS, nA), the leak is per area. The leak, and looking whether anything happens,
 * are done in vectors.
 */
#include "base/elementary.h"
#include "cable/lanes.tmpl.h"
#include "cable/mechanisms.h"

/* Fields that all have, in this order, and states that all have. */
enum { GL, EL, V_TH, V_RESET, V_PEAK, WIDTH, T_REF, HOLD, COMMON_FIELDS };
enum { V_OLD, UNTIL, PEAK_UNTIL, COMMON_STATES };

#define HOLD_US 1e6 /* against it every other conductance is nothing */

#define COMMON                                                                                                         \
  {"gl", "S/cm2", 5e-5, 0.0, 1e6, "Leak."}, {"el", "mV", -70.0, -1000.0, 1000.0, "Reversal of the leak."},             \
      {"v_th", "mV", -50.0, -1000.0, 1000.0, "Threshold (AdEx: where a spike is cut off)."},                           \
      {"v_reset", "mV", -65.0, -1000.0, 1000.0, "Where v goes after a spike."},                                        \
      {"v_peak", "mV", 0.0, -1000.0, 1000.0, "Where v goes first, when width is not 0."},                              \
      {"width", "ms", 0.0, 0.0, 1e3, "How long after a spike v is put to v_reset; 0: at once, without v_peak."},       \
      {"t_ref", "ms", 2.0, 0.0, 1e6, "Refractory period."}, {                                                          \
    "hold", "1", 1.0, 0.0, 1.0, "1: v is held at v_reset in it; 0: new spikes are barred only."                        \
  }

static void start_common(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) {
    block->state[V_OLD][k] = now->v[block->node[k]];
    block->state[UNTIL][k] = block->state[PEAK_UNTIL][k] = -1.0;
  }
}

static bool is_held(const cable_block *block, size_t k, const cable_moment *now) {
  return block->parameter[HOLD][k] >= 0.5 && block->state[UNTIL][k] >= now->t_ms + now->dt_ms * (1.0 - 1e-9);
}

/* Leak, memory of v, holding. */
static void add_common(const cable_block *block, size_t k, const cable_moment *now) {
  const uint32_t at = block->node[k];
  const double v = now->v[at], leak = block->scale[k] * block->parameter[GL][k];
  block->state[V_OLD][k] = v;
  now->g[at] += leak;
  now->i[at] += leak * (v - block->parameter[EL][k]);
  if (!is_held(block, k, now)) return;
  now->g[at] += HOLD_US;
  now->i[at] += HOLD_US * (v - block->parameter[V_RESET][k]);
}

/* At the end of a step: *t_ms of a spike, or false. Puts v where it belongs. upstroke: times from a model's own flow,
 * where they are not negative; or NULL. */
static bool fires(const cable_block *block, size_t k, const cable_moment *now, const double *upstroke, double *t_ms) {
  double *v = &now->v[block->node[k]], *until = &block->state[UNTIL][k], *peak = &block->state[PEAK_UNTIL][k];
  const double t1 = now->t_ms, t0 = t1 - now->dt_ms, th = block->parameter[V_TH][k], v0 = block->state[V_OLD][k];
  const double slack = 1e-9 * now->dt_ms, reset = block->parameter[V_RESET][k];
  const bool hold = block->parameter[HOLD][k] >= 0.5;
  if (*peak >= 0.0 && t1 >= *peak - slack) { /* the end of a spike's width */
    *v = reset;
    *peak = -1.0;
    return false;
  }
  if (hold && *until > t0) { /* at the start of the step it was refractory */
    if (*until >= t1 - slack) {
      *v = reset;
      return false;
    }
    *v = reset + (*v - reset) * ((t1 - *until) / now->dt_ms);
  }
  if (!(*v >= th) || t1 < *until) return false;
  double t = v0 < th ? t0 + now->dt_ms * ((th - v0) / (*v - v0)) : t0;
  if (upstroke && upstroke[k] >= 0.0) t = upstroke[k];
  if (t < *until) t = *until;
  if (!(t <= t1)) t = t1;
  *until = t + block->parameter[T_REF][k];
  *v = reset;
  if (block->parameter[WIDTH][k] > 0.0) {
    *v = block->parameter[V_PEAK][k];
    *peak = t + block->parameter[WIDTH][k];
  }
  *t_ms = t;
  return true;
}

/* States of adaptation stand in the middle of the step just made: a jump at t grows or decays to there. */
static double jump(double size, double t_ms, double tau_ms, const cable_moment *now) {
  const double middle = now->t_ms - 0.5 * now->dt_ms;
  return now->scheme == CABLE_NRN ? size : size * lg_exp((t_ms - middle) / tau_ms);
}

/* Of cells side by side: none is at its threshold, in a spike's width or refractory. */
static inline bool nothing_happens(const cable_block *block, size_t k, const cable_moment *now) {
  const V v = LOAD(now->v + block->node[k]), t0 = SET1(now->t_ms - now->dt_ms), zero = SET1(0.0), one = SET1(1.0);
  const V at_threshold = SEL(BELOW(v, LOAD(block->parameter[V_TH] + k)), zero, one);
  const V at_peak = SEL(BELOW(LOAD(block->state[PEAK_UNTIL] + k), zero), zero, one);
  const V refractory = SEL(ABOVE(LOAD(block->state[UNTIL] + k), t0), one, zero);
  return !ANY(ABOVE(at_threshold + at_peak + refractory, zero));
}

/* `of_state` jumps by `by` and decays with `tau` at each spike; of_state 0: nothing does. */
static size_t fire_all(const cable_block *block, const cable_moment *now, size_t of_state, size_t by, size_t tau,
                       const double *upstroke, cable_fired *fired, size_t room) {
  size_t n = 0;
  double t;
  for (size_t k = 0; k < block->number && n < room; k++) {
    while (k % W == 0 && LG_M(straight)(block, k) && nothing_happens(block, k, now)) k += W;
    if (k >= block->number || !fires(block, k, now, upstroke, &t)) continue;
    if (of_state) block->state[of_state][k] += jump(block->parameter[by][k], t, block->parameter[tau][k], now);
    fired[n++] = (cable_fired){block->node[k], t};
  }
  return n;
}

#define MEMBRANE(id, name_, summary_, source_, fields, state_names, advance_)                                          \
  const cable_mechanism LG_M(lg_cable_##id) = {                                                                        \
      .name = (name_),                                                                                                 \
      .summary = (summary_),                                                                                           \
      .source = (source_),                                                                                             \
      .sort = CABLE_MEMBRANE,                                                                                          \
      .parameters = (fields),                                                                                          \
      .n_parameters = sizeof(fields) / sizeof(fields)[0],                                                              \
      .states = (state_names),                                                                                         \
      .n_states = sizeof(state_names) / sizeof(state_names)[0],                                                        \
      .start = id##_start,                                                                                             \
      .current = id##_current,                                                                                         \
      .advance = (advance_),                                                                                           \
      .fire = id##_fire,                                                                                               \
      .uses_geometry = true,                                                                                           \
  }

/* ---- leaky ----------------------------------------------------------------------------------------- */

static const lg_field lif_fields[] = {COMMON};
static const char *const lif_states[] = {"v_old", "until", "peak_until"};

static void lif_start(const cable_block *block, const cable_moment *now) { start_common(block, now); }

/* The same for cells side by side, none of which is held. */
static inline bool add_some(const cable_block *block, size_t k, const cable_moment *now) {
  const V free = SET1(0.0), held = SET1(1.0), end = SET1(now->t_ms + now->dt_ms * (1.0 - 1e-9));
  const V now_held = SEL(BELOW(LOAD(block->state[UNTIL] + k), end), free, held);
  if (ANY(ABOVE(SEL(BELOW(LOAD(block->parameter[HOLD] + k), SET1(0.5)), free, now_held), free))) return false;
  const uint32_t at = block->node[k];
  const V v = LOAD(now->v + at), leak = LOAD(block->scale + k) * LOAD(block->parameter[GL] + k);
  STORE(block->state[V_OLD] + k, v);
  STORE(now->g + at, LOAD(now->g + at) + leak);
  STORE(now->i + at, LOAD(now->i + at) + leak * (v - LOAD(block->parameter[EL] + k)));
  return true;
}

static void add_all_common(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k += W) {
    if (LG_M(straight)(block, k) && add_some(block, k, now)) continue;
    for (size_t l = k; l < k + W && l < block->number; l++) add_common(block, l, now);
  }
}

static void lif_current(const cable_block *block, const cable_moment *now) { add_all_common(block, now); }

static size_t lif_fire(const cable_block *block, const cable_moment *now, cable_fired *fired, size_t room) {
  return fire_all(block, now, 0, 0, 0, NULL, fired, room);
}

MEMBRANE(lif, "LIF", "Leaky integrate-and-fire membrane.", "Lapicque 1907; Burkitt 2006 Biol Cybern 95:1", lif_fields,
         lif_states, NULL);

/* ---- with an adaptation current -------------------------------------------------------------------- */

enum { A = COMMON_FIELDS, B, TAU_W, DELTA_T, V_T };
enum { W_STATE = COMMON_STATES, UPSTROKE };

#define ADAPTATION                                                                                                     \
  {"a", "uS", 0.0, -1e6, 1e6, "Adaptation below the threshold."},                                                      \
      {"b", "nA", 0.0, -1e6, 1e6, "Adaptation per spike."}, {                                                          \
    "tau_w", "ms", 100.0, 1e-9, 1e9, "Time constant of the adaptation."                                                \
  }
static const lg_field adaptive_if_fields[] = {COMMON, ADAPTATION};
static const lg_field adex_fields[] = {
    COMMON,
    ADAPTATION,
    {"delta_t", "mV", 2.0, 1e-6, 1000.0, "Sharpness of the threshold."},
    {"v_t", "mV", -50.0, -1000.0, 1000.0, "Where the upstroke begins."},
};
static const char *const w_states[] = {"v_old", "until", "peak_until", "w"};
static const char *const adex_states[] = {"v_old", "until", "peak_until", "w", "upstroke"};

static void adaptive_if_start(const cable_block *block, const cable_moment *now) {
  start_common(block, now);
  for (size_t k = 0; k < block->number; k++) block->state[W_STATE][k] = 0.0;
}

static void adaptive_if_current(const cable_block *block, const cable_moment *now) {
  add_all_common(block, now);
  for (size_t k = 0; k < block->number; k++) now->i[block->node[k]] += block->state[W_STATE][k];
}

/* tau w' = a (v - el) - w, exactly at constant v. */
static void w_advance(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) {
    double *w = &block->state[W_STATE][k];
    const double wanted = block->parameter[A][k] * (now->v[block->node[k]] - block->parameter[EL][k]);
    *w += (wanted - *w) * -lg_expm1(-now->dt_ms / block->parameter[TAU_W][k]);
  }
}

static size_t adaptive_if_fire(const cable_block *block, const cable_moment *now, cable_fired *fired, size_t room) {
  return fire_all(block, now, W_STATE, B, TAU_W, NULL, fired, room);
}

MEMBRANE(adaptive_if, "adaptiveIF", "Leaky integrate-and-fire membrane with an adaptation current.",
         "Izhikevich 2001; Brette and Gerstner 2005 without the exponential", adaptive_if_fields, w_states, w_advance);

/* ---- exponential ----------------------------------------------------------------------------------- */

static void adex_start(const cable_block *block, const cable_moment *now) {
  adaptive_if_start(block, now);
  for (size_t k = 0; k < block->number; k++) block->state[UPSTROKE][k] = -1.0;
}

/*
 * c v' = gl delta e^x, x = (v - v_t)/delta: e^-x falls by gl/c per ms, so that the time to v_th is known. Where that
 * growth is slow against the step it is linearised as every current is. Where it is fast an implicit step would turn it
 * round: then its own flow over the step is taken, no further than v_th, and the time of the spike from it.
 */
static void adex_current(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    const double delta = block->parameter[DELTA_T][k], v = now->v[at], v_t = block->parameter[V_T][k];
    const double gl = block->scale[k] * block->parameter[GL][k],
                 c = block->capacitance_nF ? block->capacitance_nF[k] : 0;
    const double x = (v - v_t) / delta, grows = gl * lg_exp(x < 700.0 ? x : 700.0), th = block->parameter[V_TH][k];
    add_common(block, k, now);
    now->i[at] += block->state[W_STATE][k];
    block->state[UPSTROKE][k] = -1.0;
    if (v >= th || is_held(block, k, now)) continue;
    if (grows * now->dt_ms <= 0.05 * c || !(c > 0.0)) {
      now->g[at] -= grows;
      now->i[at] -= grows * delta;
      continue;
    }
    const double to_th = c / gl * (lg_exp(-x) - lg_exp(-(th - v_t) / delta)); /* ms */
    if (to_th <= now->dt_ms) {
      now->i[at] -= c * (th - v) / now->dt_ms;
      block->state[UPSTROKE][k] = now->t_ms + to_th;
    } else {
      now->i[at] -= c * (-delta * lg_ln(lg_exp(-x) - gl / c * now->dt_ms) + v_t - v) / now->dt_ms;
    }
  }
}

static size_t adex_fire(const cable_block *block, const cable_moment *now, cable_fired *fired, size_t room) {
  for (size_t k = 0; k < block->number; k++) { /* other currents may have held it back by a hair */
    double *v = &now->v[block->node[k]];
    const double th = block->parameter[V_TH][k];
    if (block->state[UPSTROKE][k] >= 0.0 && *v<th && * v> th - block->parameter[DELTA_T][k]) *v = th;
  }
  return fire_all(block, now, W_STATE, B, TAU_W, block->state[UPSTROKE], fired, room);
}

MEMBRANE(adex, "AdEx", "Adaptive exponential integrate-and-fire membrane.",
         "Brette and Gerstner 2005 J Neurophysiol 94:3637, doi 10.1152/jn.00686.2005", adex_fields, adex_states,
         w_advance);

/* ---- with an adaptation conductance ---------------------------------------------------------------- */

enum { GA_MAX = COMMON_FIELDS, EA, VA, DELTA_A, TAU_A, DELTA_GA };
enum { GA = COMMON_STATES };

static const lg_field cad_if_fields[] = {
    COMMON,
    {"ga_max", "uS", 0.0, 0.0, 1e6, "Most that the voltage opens of the adaptation conductance."},
    {"ea", "mV", -70.0, -1000.0, 1000.0, "Its reversal."},
    {"va", "mV", -50.0, -1000.0, 1000.0, "Voltage that opens half of it."},
    {"delta_a", "mV", 5.0, 1e-6, 1000.0, "Sharpness of its opening."},
    {"tau_a", "ms", 100.0, 1e-9, 1e9, "Its time constant."},
    {"delta_ga", "uS", 0.0, 0.0, 1e6, "What a spike adds to it."},
};
static const char *const cad_if_states[] = {"v_old", "until", "peak_until", "ga"};

static double ga_wanted(const cable_block *block, size_t k, double v) {
  return block->parameter[GA_MAX][k] * lg_sigmoid((v - block->parameter[VA][k]) / block->parameter[DELTA_A][k]);
}

static void cad_if_start(const cable_block *block, const cable_moment *now) {
  start_common(block, now);
  for (size_t k = 0; k < block->number; k++) block->state[GA][k] = ga_wanted(block, k, now->v[block->node[k]]);
}

static void cad_if_current(const cable_block *block, const cable_moment *now) {
  add_all_common(block, now);
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    const double ga = block->state[GA][k];
    now->g[at] += ga;
    now->i[at] += ga * (now->v[at] - block->parameter[EA][k]);
  }
}

static void cad_if_advance(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) {
    double *ga = &block->state[GA][k];
    *ga += (ga_wanted(block, k, now->v[block->node[k]]) - *ga) * -lg_expm1(-now->dt_ms / block->parameter[TAU_A][k]);
  }
}

static size_t cad_if_fire(const cable_block *block, const cable_moment *now, cable_fired *fired, size_t room) {
  return fire_all(block, now, GA, DELTA_GA, TAU_A, NULL, fired, room);
}

MEMBRANE(cad_if, "cadIF", "Leaky integrate-and-fire membrane with an adaptation conductance.",
         "Gorski, Depannemaecker and Destexhe 2021 Neural Comput 33:41, without the exponential", cad_if_fields,
         cad_if_states, cad_if_advance);
