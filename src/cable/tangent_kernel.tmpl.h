/* Eight derivatives as 8 / W vectors. The includer has one of simd_*.h, kernel_hh_rates.tmpl.h and hh_slopes.tmpl.h,
 * and defines KERNEL(name). */

static void KERNEL(add)(const tangent_map *map) {
  for (size_t o = 0; o < map->n_outputs; o++) {
    const tangent_output *out = &map->outputs[o];
    const tangent_term *terms = map->terms + out->first;
    for (size_t k = 0; k < map->number; k++) {
      const size_t at = (size_t)map->node[k] * TANGENT_LANES, own = k * TANGENT_LANES;
      double *y = out->y + (out->own ? own : at);
      for (size_t j = 0; j < TANGENT_LANES; j += W) {
        V sum = LOAD(y + j);
        for (size_t e = 0; e < out->n; e++)
          sum = FMA(SET1(terms[e].slope[k]), LOAD(terms[e].x + (terms[e].own ? own : at) + j), sum);
        STORE(y + j, sum);
      }
    }
  }
}

static void KERNEL(replace)(const tangent_map *map) {
  for (size_t k = 0; k < map->number; k++) {
    const size_t at = (size_t)map->node[k] * TANGENT_LANES, own = k * TANGENT_LANES;
    for (size_t o = 0; o < map->n_outputs; o++) {
      const tangent_output *out = &map->outputs[o];
      const tangent_term *terms = map->terms + out->first;
      for (size_t j = 0; j < TANGENT_LANES; j += W) {
        V sum = SET1(0.0);
        for (size_t e = 0; e < out->n; e++)
          sum = FMA(SET1(terms[e].slope[k]), LOAD(terms[e].x + (terms[e].own ? own : at) + j), sum);
        STORE(map->moved + o * TANGENT_LANES + j, sum);
      }
    }
    for (size_t o = 0; o < map->n_outputs; o++)
      for (size_t j = 0; j < TANGENT_LANES; j += W)
        STORE(map->outputs[o].y + (map->outputs[o].own ? own : at) + j, LOAD(map->moved + o * TANGENT_LANES + j));
  }
}

static void KERNEL(hh_flow)(const tangent_hh *hh) {
  const tangent_hh c = *hh;
  for (size_t k = 0; k < c.n; k += W) {
    const V m = LOAD(c.gate[0] + k), h = LOAD(c.gate[1] + k), n = LOAD(c.gate[2] + k), scale = LOAD(c.scale + k);
    const V gna = scale * LOAD(c.gnabar + k), gk = scale * LOAD(c.gkbar + k);
    const V mm = m * m, mmm = mm * m, nnn = n * n * n;
    STORE(c.by_m + k, SET1(3.0) * gna * (mm * h));
    STORE(c.by_h + k, gna * mmm);
    STORE(c.by_n + k, SET1(4.0) * gk * nnn);
    STORE(c.open_na + k, scale * (mmm * h));
    STORE(c.open_k + k, scale * (nnn * n));
  }
}

INLINE void KERNEL(gate_slopes)(const tangent_hh *hh, bool by_series) {
  const tangent_hh c = *hh;
  for (size_t k = 0; k < c.n; k += W) {
    const bool straight = k + W <= c.n && c.node[k + W - 1] == c.node[k] + (uint32_t)(W - 1);
    const V v = straight ? LOAD(c.v + c.node[k]) : GATHER(c.v, c.node + k);
    KERNEL(hh_slopes) s;
    KERNEL(hh_slopes_of)(c.pace, &v, c.gate, k, by_series, &s, 1);
    for (int j = 0; j < 3; j++) {
      STORE(c.own[j] + k, s.own[j][0]);
      STORE(c.by_v[j] + k, s.by_v[j][0]);
    }
  }
}

static void KERNEL(hh_gates)(const tangent_hh *hh) {
  if (hh->pace->by_series) KERNEL(gate_slopes)(hh, true);
  else KERNEL(gate_slopes)(hh, false);
}

/* The gates of an instance over the last step, and what its conductances then add. The current is ohmic: of a
 * conductance g the right-hand side has g E, the matrix g. */
INLINE void KERNEL(flow_hh)(const tangent_flow *c, const tangent_span *a, size_t i, size_t k, size_t j, V v, V *p,
                            V *q) {
  const tangent_hh *hh = c->hh;
  V x[3];
  for (int gate = 0; gate < 3; gate++) {
    double *at = c->gate[gate] + i * TANGENT_LANES + j;
    x[gate] = FMA(SET1(hh->own[gate][i]), LOAD(at), SET1(hh->by_v[gate][i]) * v);
    STORE(at, x[gate]);
  }
  V na = FMA(SET1(hh->by_m[i]), x[0], SET1(hh->by_h[i]) * x[1]), ka = SET1(hh->by_n[i]) * x[2];
  if (a->has[TANGENT_GNABAR]) na = FMA(SET1(hh->open_na[i]), LOAD(a->row[TANGENT_GNABAR] + j), na);
  if (a->has[TANGENT_GKBAR]) ka = FMA(SET1(hh->open_k[i]), LOAD(a->row[TANGENT_GKBAR] + j), ka);
  *p = FMA(SET1(c->ena[k]), na, FMA(SET1(c->ek[k]), ka, *p));
  *q = *q + na + ka;
  const size_t at = k * TANGENT_LANES + j;
  if (c->by_ena) *p = FMA(SET1(hh->open_na[i] * hh->gnabar[i]), LOAD(c->by_ena + at), *p);
  if (c->by_ek) *p = FMA(SET1(hh->open_k[i] * hh->gkbar[i]), LOAD(c->by_ek + at), *p);
}

INLINE void KERNEL(flow_span)(const tangent_flow *flow, const tangent_span *a, const bool has_hh) {
  const tangent_flow c = *flow;
  const V beta = SET1(c.beta), rest = SET1(1.0 - c.beta);
  for (size_t u = 0; u < a->n; u++) {
    const size_t k = a->node + u;
    for (size_t j = 0; j < TANGENT_LANES; j += W) {
      double *y = c.y + k * TANGENT_LANES + j, *z = c.z + k * TANGENT_LANES + j;
      const V v = FMA(beta, LOAD(y), LOAD(z)), s = SET1(c.s[k]);
      V p = s * v, q = SET1(0.0), late = q;
      if (has_hh) KERNEL(flow_hh)(&c, a, a->instance + u, k, j, v, &p, &q);
      if (a->has[TANGENT_LEAK_G]) {
        const V g = SET1(c.leak_scale[k]) * LOAD(a->row[TANGENT_LEAK_G] + j);
        p = FMA(SET1(c.leak_mV[k]), g, p);
        q = q + g;
      }
      if (a->has[TANGENT_LEAK_E]) p = FMA(SET1(c.leak_uS[k]), LOAD(a->row[TANGENT_LEAK_E] + j), p);
      if (a->has[TANGENT_CAPACITANCE]) {
        const V ds = SET1(c.capacitance[k]) * LOAD(a->row[TANGENT_CAPACITANCE] + j);
        p = FMA(ds, SET1(c.v0[k]), p);
        q = q + ds;
        late = ds * SET1(c.beta * (c.y0[k] - c.v0[k]));
      }
      STORE(y, FNMA(q, SET1(c.y0[k]), p));
      if (c.one_stage) continue;
      STORE(z, FNMA(q, SET1(c.z0[k]), FMA(rest, p, FNMA(beta * s, v, late))));
    }
  }
}

static void KERNEL(flow)(const tangent_flow *flow) {
  for (const tangent_span *a = flow->spans; a < flow->spans + flow->n_spans; a++)
    if (a->instance != SIZE_MAX) KERNEL(flow_span)(flow, a, true);
    else KERNEL(flow_span)(flow, a, false);
}

static void KERNEL(mix)(const tangent_mix *mix) {
  const tangent_mix c = *mix;
  const V rest = SET1(1.0 - c.beta);
  for (size_t u = 0; u < c.n; u++) {
    const size_t k = c.node[u];
    const V g = SET1(c.g[k]), v0 = SET1(c.v0[k]), y0 = SET1(c.y0[k]), z0 = SET1(c.z0[k]);
    for (size_t j = k * TANGENT_LANES; j < (k + 1) * TANGENT_LANES; j += W) {
      const V dg = LOAD(c.dg + j), h = FMA(dg, v0, FMA(g, LOAD(c.v + j), -LOAD(c.di + j)));
      STORE(c.y + j, LOAD(c.y + j) + FNMA(dg, y0, h));
      if (!c.one_stage) STORE(c.z + j, LOAD(c.z + j) + FNMA(dg, z0, rest * h));
    }
  }
}

static void KERNEL(value)(const tangent_mix *mix, double *v) {
  const tangent_mix c = *mix;
  for (size_t u = 0; u < c.n; u++) {
    const size_t k = c.node[u];
    for (size_t j = k * TANGENT_LANES; j < (k + 1) * TANGENT_LANES; j += W)
      STORE(v + j, FMA(SET1(c.beta), LOAD(c.y + j), LOAD(c.z + j)));
  }
}

const tangent_kernels KERNEL(lg_tangent) = {KERNEL(add),  KERNEL(replace), KERNEL(hh_flow), KERNEL(hh_gates),
                                            KERNEL(flow), KERNEL(mix),     KERNEL(value)};
