/*
 * The functions of a channel whose gates know only the potential (or a concentration). The includer defines
 *   CHANNEL              name of the functions
 *   OPEN(m, h)           share of open channels
 *   GATE_M, GATE_H       functions (v, q) -> gate; GATE_H only where there is one
 *   SHIFT_M              index of the parameter that shifts the gate m along the potential, where there is one
 *   REVERSAL_PARAMETER   index of the parameter that is the reversal, where it is no ion's
 *   OF_INSIDE            index of the ion whose concentration inside the gates know instead of the potential
 *   TEMPERATURE(celsius) factor q of the speeds; not defined: 1
 * The first parameter is the greatest conductance; the first ion is the one that carries the current.
 */
#define FN(name) LG_M(LG_JOIN(CHANNEL, name))

static inline V FN(input)(const cable_block *block, size_t k, const cable_moment *now) {
#ifdef OF_INSIDE
  (void)now;
  return LG_M(gather)(block, k, block->ion[OF_INSIDE]->inside_mM);
#else
  return LG_M(hold)(LG_M(gather)(block, k, now->v));
#endif
}

/* What the gate m knows. */
static inline V FN(input_m)(const cable_block *block, size_t k, V x) {
#ifdef SHIFT_M
  return x - LOAD(block->parameter[SHIFT_M] + k);
#else
  (void)block;
  (void)k;
  return x;
#endif
}

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
    const V x = FN(input)(block, k, now);
    STORE(block->state[0] + k, GATE_M(FN(input_m)(block, k, x), q).steady);
#ifdef GATE_H
    STORE(block->state[1] + k, GATE_H(x, q).steady);
#endif
  }
}

static inline V FN(relax)(V x, LG_M(gate) gate, double dt) {
  return FMA(gate.steady - x, LG_M(share)(SET1(dt) * gate.speed), x);
}

static inline void FN(move)(const cable_block *block, size_t k, const cable_moment *now, double q) {
  const V x = FN(input)(block, k, now);
  double *m = block->state[0] + k;
  const LG_M(gate) towards = LG_M(averaged)(block, k, 0, now, GATE_M(FN(input_m)(block, k, x), q));
  STORE(m, FN(relax)(LOAD(m), towards, now->dt_ms));
#ifdef GATE_H
  double *h = block->state[1] + k;
  STORE(h, FN(relax)(LOAD(h), LG_M(averaged)(block, k, 4, now, GATE_H(x, q)), now->dt_ms));
#endif
}

static inline void FN(flow)(const cable_block *block, size_t k, const cable_moment *now) {
  const V m = LOAD(block->state[0] + k), scale = LOAD(block->scale + k);
#ifdef GATE_H
  const V h = LOAD(block->state[1] + k);
#endif
#ifdef REVERSAL_PARAMETER
  const V e = LOAD(block->parameter[REVERSAL_PARAMETER] + k);
#else
  const V e = LG_M(gather)(block, k, block->ion[0]->reversal_mV);
#endif
  const V g = LOAD(block->parameter[0] + k) * OPEN(m, h), i = g * (LG_M(gather)(block, k, now->v) - e);
#ifndef REVERSAL_PARAMETER
  if (block->ion[0]->current_is_read) {
    LG_M(add)(block, k, i, block->ion[0]->current_mA_cm2);
    LG_M(add)(block, k, g, block->ion[0]->conductance_S_cm2);
  }
#endif
  LG_M(add)(block, k, g * scale, now->g);
  LG_M(add)(block, k, i * scale, now->i);
}

static void FN(current)(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k += W) FN(flow)(block, k, now);
}

static void FN(advance)(const cable_block *block, const cable_moment *now) {
  const double q = FN(q)(now);
  for (size_t k = 0; k < block->number; k += W) FN(move)(block, k, now, q);
}

static void FN(advance_current)(const cable_block *block, const cable_moment *now) {
  const double q = FN(q)(now);
  for (size_t k = 0; k < block->number; k += W) {
    FN(move)(block, k, now, q);
    FN(flow)(block, k, now);
  }
}

#undef CHANNEL
#undef OPEN
#undef GATE_M
#undef GATE_H
#undef SHIFT_M
#undef REVERSAL_PARAMETER
#undef OF_INSIDE
#undef TEMPERATURE
#undef FN
