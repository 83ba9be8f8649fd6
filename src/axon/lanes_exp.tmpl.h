/* e^x of float vectors, operation by operation as lg_exp_f32 (learn/scalar.h), so the same bits; see there. */
static inline V exp_of(V x) {
  const V top = SET1(88.722839f), bottom = SET1(-86.9f), magic = SET1(0x1.8p23f);
  const V c = MAXV(bottom, MINV(top, x));
  const V shifted = FMA(c, SET1(1.44269504088896341f), magic), n = SUB(shifted, magic);
  const V r = FMA(n, SET1(2.12194440e-4f), FMA(n, SET1(-0.693359375f), c)), z = MUL(r, r);
  const V low = FMA(SET1(1.6666665459e-1f), r, SET1(5.0000001201e-1f));
  const V middle = FMA(SET1(8.3334519073e-3f), r, SET1(4.1665795894e-2f));
  const V high = FMA(SET1(1.9875691500e-4f), r, SET1(1.3981999507e-3f));
  const V p = FMA(FMA(high, z, middle), z, low);
  const V e = ADD(FMA(p, z, r), SET1(1.0f));
  const V y = MUL(SET1(2.0f), MUL(EXP2_HALF(shifted), e));
  return WHERE_LESS(x, bottom, SET1(0.0f), WHERE_LESS(top, x, SET1((float)INFINITY), y));
}
