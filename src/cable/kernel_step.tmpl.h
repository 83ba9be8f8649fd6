/* The passes of a step. The includer has one of simd_*.h and defines KERNEL(name). A span is a run of flat places in
 * which the values by node are one each (lanes) or go along (one cell); what is left behind full vectors goes singly.
 */

typedef struct {
  size_t n, stride; /* stride 1: values by node go along; 0: one value for the whole span */
  const double *c, *fixed_uS, *fixed_nA;
  double *v, *g, *i, *d, *r;
} KERNEL(span);

static inline KERNEL(span) KERNEL(span_of)(const cable_pass *p, size_t node) {
  const size_t at = node * p->lanes;
  return (KERNEL(span)){.n = p->lanes == 1 ? p->n_nodes : p->lanes,
                        .stride = p->lanes == 1,
                        .c = p->capacitance_nF + node,
                        .fixed_uS = p->fixed_uS + node,
                        .fixed_nA = p->fixed_nA + node,
                        .v = p->v + at,
                        .g = p->g + at,
                        .i = p->i + at,
                        .d = p->diagonal + at,
                        .r = p->rhs + at};
}

#define INLINE static inline __attribute__((always_inline))

INLINE void KERNEL(assemble_span)(KERNEL(span) s, double per_ms, bool along) {
  size_t k = 0;
  const V rate = SET1(per_ms), zero = SET1(0.0);
  V c = SET1(*s.c * per_ms), uS = SET1(*s.fixed_uS), nA = SET1(*s.fixed_nA);
  for (; k + W <= s.n; k += W) {
    const V g = LOAD(s.g + k);
    if (along) c = LOAD(s.c + k) * rate, uS = LOAD(s.fixed_uS + k), nA = LOAD(s.fixed_nA + k);
    const V r = (c + g) * LOAD(s.v + k) + (nA - LOAD(s.i + k));
    STORE(s.d + k, c + uS + g);
    STORE(s.r + k, r);
    STORE(s.g + k, zero);
    STORE(s.i + k, zero);
  }
  for (; k < s.n; k++) {
    const double ck = s.c[k] * per_ms, g = s.g[k];
    s.d[k] = ck + s.fixed_uS[k] + g;
    s.r[k] = (ck + g) * s.v[k] + (s.fixed_nA[k] - s.i[k]);
    s.g[k] = 0.0;
    s.i[k] = 0.0;
  }
}

INLINE void KERNEL(second_span)(KERNEL(span) s, double per_ms, bool along) {
  size_t k = 0;
  const V rate = SET1(per_ms);
  V c = SET1(*s.c * per_ms);
  for (; k + W <= s.n; k += W) {
    const V v1 = LOAD(s.r + k);
    if (along) c = LOAD(s.c + k) * rate;
    STORE(s.r + k, c * (v1 - LOAD(s.v + k)));
    STORE(s.v + k, v1);
  }
  for (; k < s.n; k++) {
    const double v1 = s.r[k];
    s.r[k] = s.c[k] * per_ms * (v1 - s.v[k]);
    s.v[k] = v1;
  }
}

static void KERNEL(assemble)(const cable_pass *p, double per_ms) {
  if (p->lanes == 1) KERNEL(assemble_span)(KERNEL(span_of)(p, 0), per_ms, true);
  else
    for (size_t node = 0; node < p->n_nodes; node++) KERNEL(assemble_span)(KERNEL(span_of)(p, node), per_ms, false);
}

static void KERNEL(second_stage)(const cable_pass *p, double per_ms) {
  if (p->lanes == 1) KERNEL(second_span)(KERNEL(span_of)(p, 0), per_ms, true);
  else
    for (size_t node = 0; node < p->n_nodes; node++) KERNEL(second_span)(KERNEL(span_of)(p, node), per_ms, false);
}

static void KERNEL(add_rhs)(const cable_pass *p) {
  const size_t n = p->n_nodes * p->lanes;
  size_t k = 0;
  for (; k + W <= n; k += W) STORE(p->v + k, LOAD(p->v + k) + LOAD(p->rhs + k));
  for (; k < n; k++) p->v[k] += p->rhs[k];
}

static void KERNEL(drive)(const cable_pass *p, const double *drive_uS, const double *drive_nA, size_t begin,
                          size_t end) {
  for (size_t k = begin; k < end; k += W) {
    const V uS = LOAD(drive_uS + k);
    STORE(p->g + k, LOAD(p->g + k) + uS);
    STORE(p->i + k, LOAD(p->i + k) + (uS * LOAD(p->v + k) - LOAD(drive_nA + k)));
  }
}

/* lg_ln of normal numbers above 0, term by term, without its special cases, so that the loop becomes vectors. */
INLINE double KERNEL(ln_normal)(double x) {
  const uint64_t u = lg_bits_of(x) + ((uint64_t)0x3ff0000000000000 - (uint64_t)0x3fe6a09e667f3bcd);
  const double k = (lg_of_bits(u >> 52 | (uint64_t)0x4330000000000000) - 0x1p52) - 1023.0;
  const double m = lg_of_bits((u & (uint64_t)0x000fffffffffffff) + (uint64_t)0x3fe6a09e667f3bcd);
  const double t = m - 1.0, s = t / (2.0 + t), z = s * s, half = 0.5 * t * t;
  double p = 1.479819860511658591e-01;
  p = p * z + 1.531383769920937332e-01;
  p = p * z + 1.818357216161805012e-01;
  p = p * z + 2.222219843214978396e-01;
  p = p * z + 2.857142874366239149e-01;
  p = p * z + 3.999999999940941908e-01;
  p = p * z + 6.666666666666735130e-01;
  const double remainder = z * p;
  return k * 6.93147180369123816490e-01 - ((half - (s * (half + remainder) + k * 1.90821492927058770002e-10)) - t);
}

static void KERNEL(nernst)(size_t n, double factor, const double *restrict inside, const double *restrict outside,
                           const double *restrict fixed, double *restrict value, double *restrict before) {
  int strange = 0;
  for (size_t k = 0; k < n; k++) {
    const double ratio = outside[k] / inside[k], old = value[k], fresh = factor * KERNEL(ln_normal)(ratio);
    const int moves = fixed[k] != fixed[k];
    before[k] = moves ? old : before[k];
    value[k] = moves ? fresh : old;
    strange |= moves & !(ratio >= 2.2250738585072014e-308 && ratio <= 1.7976931348623157e308);
  }
  for (size_t k = 0; k < n && strange; k++)
    if (fixed[k] != fixed[k]) value[k] = factor * lg_ln(outside[k] / inside[k]);
}

static void KERNEL(tell_change)(const cable_pass *p, const cable_change *c, double scale, size_t begin, size_t end) {
  const V factor = SET1(scale);
  size_t k = begin;
  for (; k + W <= end; k += W) {
    const V v = LOAD(p->v + k), g = LOAD(p->g + k), b = g * v - LOAD(p->i + k);
    STORE(c->change_nA + k, factor * ((b - LOAD(c->b_before + k)) - (g - LOAD(c->g_before + k)) * v));
    STORE(c->g_before + k, g);
    STORE(c->b_before + k, b);
  }
  for (; k < end; k++) {
    const double g = p->g[k], b = g * p->v[k] - p->i[k];
    c->change_nA[k] = scale * ((b - c->b_before[k]) - (g - c->g_before[k]) * p->v[k]);
    c->g_before[k] = g;
    c->b_before[k] = b;
  }
}

static void KERNEL(use_change)(const cable_pass *p, const cable_change *c, double to_rhs, double to_v, size_t begin,
                               size_t end) {
  const V r = SET1(to_rhs), by = SET1(to_v);
  size_t k = begin;
  if (p->lanes == 1) {
    for (; k + W <= end; k += W) {
      const V change = LOAD(c->change_nA + k);
      STORE(p->rhs + k, LOAD(p->rhs + k) - r * change);
      STORE(p->v + k, LOAD(p->v + k) + by * change * LOAD(c->per_nF + k));
    }
    for (; k < end; k++) {
      p->rhs[k] = p->rhs[k] - to_rhs * c->change_nA[k];
      p->v[k] = p->v[k] + to_v * c->change_nA[k] * c->per_nF[k];
    }
    return;
  }
  for (size_t node = begin / p->lanes; k < end; node++) {
    const V per_nF = SET1(c->per_nF[node]);
    for (size_t l = 0; l < p->lanes; l += W, k += W) {
      const V change = LOAD(c->change_nA + k);
      STORE(p->rhs + k, LOAD(p->rhs + k) - r * change);
      STORE(p->v + k, LOAD(p->v + k) + by * change * per_nF);
    }
  }
}

const cable_pass_kernels KERNEL(lg_cable_pass) = {KERNEL(assemble),  KERNEL(second_stage), KERNEL(add_rhs),
                                                  KERNEL(drive),     KERNEL(nernst),       KERNEL(tell_change),
                                                  KERNEL(use_change)};
