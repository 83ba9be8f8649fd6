/* f', f'', f''' of the functions that jets may pass through, from x and y = f(x). */
static inline void LG_M(act_derivatives)(lg_act act, REAL x, REAL y, REAL d[3]) {
  switch (act) {
  case LG_ACT_TANH:
    d[0] = 1 - y * y;
    d[1] = -2 * y * d[0];
    d[2] = -2 * d[0] * (1 - 3 * y * y);
    break;
  case LG_ACT_SIGMOID:
    d[0] = y * (1 - y);
    d[1] = d[0] * (1 - 2 * y);
    d[2] = d[0] * (1 - 6 * y * (1 - y));
    break;
  case LG_ACT_EXP:
    d[0] = d[1] = d[2] = y;
    break;
  case LG_ACT_SOFTPLUS: {
    const REAL s = LG_M(lg_sigmoid)(x);
    d[0] = s;
    d[1] = s * (1 - s);
    d[2] = d[1] * (1 - 2 * s);
    break;
  }
  case LG_ACT_SILU: {
    const REAL s = LG_M(lg_sigmoid)(x), s1 = s * (1 - s), s2 = s1 * (1 - 2 * s), s3 = s1 * (1 - 6 * s * (1 - s));
    d[0] = s + x * s1;
    d[1] = 2 * s1 + x * s2;
    d[2] = 3 * s2 + x * s3;
    break;
  }
  case LG_ACT_RELU:
    d[0] = y > 0 ? 1 : 0;
    d[1] = d[2] = 0;
    break;
  case LG_ACT_NONE:
    d[0] = 1;
    d[1] = d[2] = 0;
    break;
  }
}
