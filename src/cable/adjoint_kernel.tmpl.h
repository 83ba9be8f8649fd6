/* The includer has one of simd_*.h, kernel_hh_rates.tmpl.h and hh_slopes.tmpl.h, and defines KERNEL(name). */

static void KERNEL(first)(const adjoint_nodes *a) {
  const adjoint_nodes c = *a;
  const V beta = SET1(c.beta);
  for (size_t k = 0; k < c.n; k += W) STORE(c.eta + k, beta * FMA(LOAD(c.s + k), LOAD(c.zeta + k), LOAD(c.v + k)));
}

static inline void KERNEL(sum)(double *to, size_t k, V x) {
  if (to) STORE(to + k, LOAD(to + k) + x);
}

static void KERNEL(second)(const adjoint_nodes *a) {
  const adjoint_nodes c = *a;
  const V beta = SET1(c.beta), rest = SET1(1.0 - c.beta);
  for (size_t k = 0; k < c.n; k += W) {
    const V eta = LOAD(c.eta + k), zeta = LOAD(c.zeta + k), s = LOAD(c.s + k), y = LOAD(c.y + k), v0 = LOAD(c.v0 + k);
    const V z = FNMA(beta, y, LOAD(c.v1 + k)), h = FMA(rest, zeta, eta), diagonal = -FMA(y, eta, z * zeta);
    STORE(c.h + k, h);
    STORE(c.diagonal + k, diagonal);
    STORE(c.v + k, s * FNMA(beta, zeta, h));
    KERNEL(sum)(c.sum_nA, k, h);
    KERNEL(sum)(c.sum_uS, k, diagonal);
    KERNEL(sum)(c.sum_s, k, FMA(h, v0, FMA(zeta * beta, y - v0, diagonal)));
  }
}

static void KERNEL(axial)(const adjoint_nodes *a) {
  const adjoint_nodes c = *a;
  const V beta = SET1(c.beta);
  for (size_t k = 0; k < c.n; k += W) {
    const uint32_t *up = c.up + k;
    const V y = LOAD(c.y + k) - GATHER(c.y, up), v1 = LOAD(c.v1 + k) - GATHER(c.v1, up);
    const V eta = LOAD(c.eta + k) - GATHER(c.eta, up), zeta = LOAD(c.zeta + k) - GATHER(c.zeta, up);
    KERNEL(sum)(c.sum_axial, k, -FMA(eta, y, zeta * FNMA(beta, y, v1)));
  }
}

/* Whether instances k ... k + W - 1 stand on neighbouring nodes; nodes ascend. */
static inline bool KERNEL(straight)(const adjoint_hh *a, size_t k) {
  return k + W <= a->n && a->node[k + W - 1] == a->node[k] + (uint32_t)(W - 1);
}

static inline V KERNEL(by_node)(const double *from, const uint32_t *node, bool straight) {
  return straight ? LOAD(from + node[0]) : GATHER(from, node);
}

static inline void KERNEL(to_node)(double *to, const uint32_t *node, bool straight, size_t some, V x) {
  if (straight) {
    STORE(to + node[0], LOAD(to + node[0]) + x);
    return;
  }
  double each[W];
  STORE(each, x);
  for (size_t l = 0; l < W && l < some; l++) to[node[l]] += each[l];
}

INLINE void KERNEL(gates_back)(const adjoint_hh *a, bool by_series) {
  const adjoint_hh c = *a;
  for (size_t k = 0; k < c.n; k += W) {
    const bool straight = KERNEL(straight)(&c, k);
    const V v = KERNEL(by_node)(c.v, c.node + k, straight);
    KERNEL(hh_slopes) s;
    V by_v = SET1(0.0);
    KERNEL(hh_slopes_of)(c.pace, &v, c.gate, k, by_series, &s, 1);
    for (int j = 0; j < 3; j++) {
      const V by = LOAD(c.by_gate[j] + k);
      by_v = FMA(by, s.by_v[j][0], by_v);
      STORE(c.by_gate[j] + k, by * s.own[j][0]);
    }
    KERNEL(to_node)(c.by_v, c.node + k, straight, c.n - k, by_v);
  }
}

static void KERNEL(hh_gates)(const adjoint_hh *a) {
  if (a->pace->by_series) KERNEL(gates_back)(a, true);
  else KERNEL(gates_back)(a, false);
}

/* The current is ohmic: h gets g E and the diagonal g of each conductance, of which g v is no part. */
static void KERNEL(hh_flow)(const adjoint_hh *a) {
  const adjoint_hh c = *a;
  for (size_t k = 0; k < c.n; k += W) {
    const bool straight = KERNEL(straight)(&c, k);
    const uint32_t *node = c.node + k;
    const V m = LOAD(c.gate[0] + k), h = LOAD(c.gate[1] + k), n = LOAD(c.gate[2] + k), scale = LOAD(c.scale + k);
    const V by_h = KERNEL(by_node)(c.h, node, straight), diagonal = KERNEL(by_node)(c.diagonal, node, straight);
    const V by_na = FMA(KERNEL(by_node)(c.ena, node, straight), by_h, diagonal) * scale;
    const V by_k = FMA(KERNEL(by_node)(c.ek, node, straight), by_h, diagonal) * scale;
    const V gnabar = LOAD(c.gnabar + k), gkbar = LOAD(c.gkbar + k), mm = m * m, nn = n * n;
    const V na = gnabar * by_na, mmm = mm * m, open_na = mmm * h, open_k = nn * nn;
    STORE(c.by_gate[0] + k, FMA(na * (mm * h), SET1(3.0), LOAD(c.by_gate[0] + k)));
    STORE(c.by_gate[1] + k, FMA(na, mmm, LOAD(c.by_gate[1] + k)));
    STORE(c.by_gate[2] + k, FMA(gkbar * by_k * (nn * n), SET1(4.0), LOAD(c.by_gate[2] + k)));
    KERNEL(sum)(c.sum_gnabar, k, open_na * by_na);
    KERNEL(sum)(c.sum_gkbar, k, open_k * by_k);
    if (c.by_ena) KERNEL(to_node)(c.by_ena, node, straight, c.n - k, scale * gnabar * open_na * by_h);
    if (c.by_ek) KERNEL(to_node)(c.by_ek, node, straight, c.n - k, scale * gkbar * open_k * by_h);
  }
}

const adjoint_kernels KERNEL(lg_adjoint) = {KERNEL(first), KERNEL(second), KERNEL(axial), KERNEL(hh_gates),
                                            KERNEL(hh_flow)};
