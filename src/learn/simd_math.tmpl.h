/*
 * exp, tanh, sigmoid of float vectors: scalar.h operation by operation, so the same bits. Written out because compilers
 * turn its selects into long chains of compares; a minimum or maximum with the constant first keeps a NaN as the
 * selects do. The including file defines, beside the macros of gemm_simd.tmpl.h,
 *   ADD SUB MUL DIV MIN MAX
 *   EXP2_HALF(v)             2^(n-1) from the bits of n + 1.5 2^23
 *   WHERE_LESS(a, b, y, z)   a < b ? y : z
 */

/** e^x; see lg_exp_f32. */
static inline V LG_M(v_exp)(V x) {
  const V top = SET1(88.722839f), bottom = SET1(-86.9f), magic = SET1(0x1.8p23f);
  const V c = MAX(bottom, MIN(top, x));
  const V shifted = FMA(c, SET1(1.44269504088896341f), magic), n = SUB(shifted, magic);
  const V r = FMA(n, SET1(2.12194440e-4f), FMA(n, SET1(-0.693359375f), c)), z = MUL(r, r);
  const V low = FMA(SET1(1.6666665459e-1f), r, SET1(5.0000001201e-1f));
  const V middle = FMA(SET1(8.3334519073e-3f), r, SET1(4.1665795894e-2f));
  const V high = FMA(SET1(1.9875691500e-4f), r, SET1(1.3981999507e-3f));
  const V p = FMA(FMA(high, z, middle), z, low);
  const V e = ADD(FMA(p, z, r), SET1(1.0f));
  const V y = MUL(SET1(2.0f), MUL(EXP2_HALF(shifted), e));
  return WHERE_LESS(x, bottom, ZERO(), WHERE_LESS(top, x, SET1((float)INFINITY), y));
}

/** tanh x; see lg_tanh_f32. */
static inline V LG_M(v_tanh)(V x) {
  const V top = SET1(7.90531110763549805f), bottom = SET1(-7.90531110763549805f);
  const V c = MAX(bottom, MIN(top, x));
  const V z = MUL(c, c), z2 = MUL(z, z);
  const V p0 = FMA(SET1(6.37261928875436e-04f), z, SET1(4.89352455891786e-03f));
  const V p1 = FMA(SET1(5.12229709037114e-08f), z, SET1(1.48572235717979e-05f));
  const V p2 = FMA(SET1(2.00018790482477e-13f), z, SET1(-8.60467152213735e-11f));
  const V p = FMA(FMA(FMA(SET1(-2.76076847742355e-16f), z2, p2), z2, p1), z2, p0);
  const V q0 = FMA(SET1(2.26843463243900e-03f), z, SET1(4.89352518554385e-03f));
  const V q1 = FMA(SET1(1.19825839466702e-06f), z, SET1(1.18534705686654e-04f));
  const V y = DIV(MUL(c, p), FMA(q1, z2, q0));
  return MIN(SET1(1.0f), MAX(SET1(-1.0f), y));
}

/** 1 / (1 + e^-x); see lg_sigmoid_f32. */
static inline V LG_M(v_sigmoid)(V x) {
  const V minus = SUB(SET1(-0.0f), x); /* -x, also of zeros */
  return DIV(SET1(1.0f), ADD(SET1(1.0f), LG_M(v_exp)(minus)));
}

#define LG_ALL(name, fn)                                                                                               \
  static void LG_M(name)(size_t n, const REAL *x, REAL *y) {                                                           \
    size_t i = 0;                                                                                                      \
    for (; n - i >= VL; i += VL) STORE(y + i, fn(LOAD(x + i)));                                                        \
    if (i == n) return;                                                                                                \
    const VM mask = MASK(n - i);                                                                                       \
    STOREM(y + i, mask, fn(LOADM(x + i, mask)));                                                                       \
  }
LG_ALL(exp_all, LG_M(v_exp))
LG_ALL(tanh_all, LG_M(v_tanh))
LG_ALL(sigmoid_all, LG_M(v_sigmoid))
#undef LG_ALL
