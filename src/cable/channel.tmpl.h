/*
 * The functions of a channel whose gates know only the potential (or a concentration). The includer defines
 *   CHANNEL              name of the functions
 *   OPEN(m, h)           share of open channels
 *   GATE_M, GATE_H       functions (v, q) -> gate; GATE_H only where there is one
 *   REVERSAL_PARAMETER   index of the parameter that is the reversal, where it is no ion's
 *   OF_INSIDE            index of the ion whose concentration inside the gates know instead of the potential
 *   TEMPERATURE(celsius) factor q of the speeds; not defined: 1
 * The first parameter is the greatest conductance; the first ion is the one that carries the current.
 */
#define FN(name) LG_M(LG_JOIN(CHANNEL, name))

#ifdef OF_INSIDE
/* Concentrations of pools stay above 0; what a foreign mechanism makes of them is held in the range of the logarithm.
 */
static inline void FN(input)(const cable_block *block, size_t k, const cable_moment *now, double *restrict to) {
  (void)now;
  LG_M(gather)(block, k, block->ion[OF_INSIDE]->inside_mM, to);
}
#else
static inline void FN(input)(const cable_block *block, size_t k, const cable_moment *now, double *restrict to) {
  LG_M(gather_v)(block, k, now->v, to);
}
#endif

static inline double FN(q)(const cable_moment *now) {
  (void)now;
#ifdef TEMPERATURE
  return TEMPERATURE(now->celsius);
#else
  return 1.0;
#endif
}

static void FN(start)(const cable_block *block, const cable_moment *now) {
  const double q = FN(q)(now);
  for (size_t k = 0; k < block->number; k += W) {
    double x[W];
    FN(input)(block, k, now, x);
    EACH block->state[0][k + l] = GATE_M(x[l], q).steady;
#ifdef GATE_H
    EACH block->state[1][k + l] = GATE_H(x[l], q).steady;
#endif
  }
}

static inline void FN(relax)(const cable_block *block, size_t k, const double *restrict x, double q, double dt) {
  double *restrict m = block->state[0] + k;
  EACH {
    const LG_M(gate) gate = GATE_M(x[l], q);
    m[l] = FMA(gate.steady - m[l], LG_M(share)(dt * gate.speed), m[l]);
  }
#ifdef GATE_H
  double *restrict h = block->state[1] + k;
  EACH {
    const LG_M(gate) gate = GATE_H(x[l], q);
    h[l] = FMA(gate.steady - h[l], LG_M(share)(dt * gate.speed), h[l]);
  }
#endif
}

static inline void FN(flow)(const cable_block *block, size_t k, const cable_moment *now) {
  const double *gbar = block->parameter[0] + k, *scale = block->scale + k, *m = block->state[0] + k;
  double v[W], e[W], g[W], i[W];
  LG_M(gather)(block, k, now->v, v);
#ifdef REVERSAL_PARAMETER
  memcpy(e, block->parameter[REVERSAL_PARAMETER] + k, sizeof e);
#else
  LG_M(gather)(block, k, block->ion[0]->reversal_mV, e);
#endif
#ifdef GATE_H
  const double *h = block->state[1] + k;
  EACH g[l] = gbar[l] * OPEN(m[l], h[l]);
#else
  EACH g[l] = gbar[l] * OPEN(m[l], 1.0);
#endif
  EACH i[l] = g[l] * (v[l] - e[l]);
#ifndef REVERSAL_PARAMETER
  if (block->ion[0]->current_is_read) {
    LG_M(add)(block, k, i, block->ion[0]->current_mA_cm2);
    LG_M(add)(block, k, g, block->ion[0]->conductance_S_cm2);
  }
#endif
  EACH g[l] *= scale[l];
  EACH i[l] *= scale[l];
  LG_M(add)(block, k, g, now->g);
  LG_M(add)(block, k, i, now->i);
}

static void FN(current)(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k += W) FN(flow)(block, k, now);
}

static void FN(advance)(const cable_block *block, const cable_moment *now) {
  const double q = FN(q)(now), dt = now->dt_ms;
  for (size_t k = 0; k < block->number; k += W) {
    double x[W];
    FN(input)(block, k, now, x);
    FN(relax)(block, k, x, q, dt);
  }
}

static void FN(advance_current)(const cable_block *block, const cable_moment *now) {
  const double q = FN(q)(now), dt = now->dt_ms;
  for (size_t k = 0; k < block->number; k += W) {
    double x[W];
    FN(input)(block, k, now, x);
    FN(relax)(block, k, x, q, dt);
    FN(flow)(block, k, now);
  }
}

#undef CHANNEL
#undef OPEN
#undef GATE_M
#undef GATE_H
#undef REVERSAL_PARAMETER
#undef OF_INSIDE
#undef TEMPERATURE
#undef FN
