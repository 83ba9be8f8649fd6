/*
 * Elimination and substitution over the levels of a tree. The includer defines the vector V of W doubles with LOAD,
 * STORE, SET1 and the operators, and KERNEL(name). No fused multiply-add and the same order of additions into a parent
 * everywhere: chains first, then the ends of chains, so that all builds and all numbers of lanes give the same bits.
 *
 * factor[q] holds the diagonal and then 1/d, factor[n + q] holds w/d.
 */

static void KERNEL(eliminate)(const lg_tree_solver *s, const double *w, double *f, double *r) {
  double *inverse = f, *ratio = f + s->n;
  for (const lg_tree_level *a = s->level, *end = a + s->n_levels - 1; a < end; a++) {
    const size_t q0 = a->begin, p0 = a->parent_begin;
    size_t j = 0;
    for (; j + W <= a->n_chain; j += W) {
      const size_t q = q0 + j, p = p0 + j;
      const V up = LOAD(w + q), one = DIV(SET1(1.0), LOAD(f + q)), e = MUL(up, one);
      STORE(inverse + q, one);
      STORE(ratio + q, e);
      STORE(f + p, SUB(LOAD(f + p), MUL(e, up)));
      STORE(r + p, ADD(LOAD(r + p), MUL(e, LOAD(r + q))));
    }
    for (; j < a->n; j++) {
      const size_t q = q0 + j, p = s->parent[q];
      const double one = 1.0 / f[q], e = w[q] * one;
      inverse[q] = one;
      ratio[q] = e;
      f[p] -= e * w[q];
      r[p] += e * r[q];
    }
  }
  f[0] = 1.0 / f[0];
}

static void KERNEL(carry)(const lg_tree_solver *s, const double *f, double *r) {
  const double *ratio = f + s->n;
  for (const lg_tree_level *a = s->level, *end = a + s->n_levels - 1; a < end; a++) {
    const size_t q0 = a->begin, p0 = a->parent_begin;
    size_t j = 0;
    for (; j + W <= a->n_chain; j += W) {
      const size_t q = q0 + j, p = p0 + j;
      STORE(r + p, ADD(LOAD(r + p), MUL(LOAD(ratio + q), LOAD(r + q))));
    }
    for (; j < a->n; j++) r[s->parent[q0 + j]] += ratio[q0 + j] * r[q0 + j];
  }
}

static void KERNEL(substitute)(const lg_tree_solver *s, const double *f, double *r) {
  const double *inverse = f, *ratio = f + s->n;
  r[0] *= inverse[0];
  for (const lg_tree_level *a = s->level + s->n_levels - 1; a-- > s->level;) {
    const size_t q0 = a->begin, p0 = a->parent_begin;
    size_t j = 0;
    for (; j + W <= a->n_chain; j += W) {
      const size_t q = q0 + j;
      STORE(r + q, ADD(MUL(LOAD(r + q), LOAD(inverse + q)), MUL(LOAD(ratio + q), LOAD(r + p0 + j))));
    }
    for (; j < a->n; j++) {
      const size_t q = q0 + j;
      r[q] = r[q] * inverse[q] + ratio[q] * r[s->parent[q]];
    }
  }
}

static void KERNEL(solve)(const lg_tree_solver *s, const double *w, double *f, double *r) {
  KERNEL(eliminate)(s, w, f, r);
  KERNEL(substitute)(s, f, r);
}

static void KERNEL(again)(const lg_tree_solver *s, const double *f, double *r) {
  KERNEL(carry)(s, f, r);
  KERNEL(substitute)(s, f, r);
}

/* ---- many systems: one per lane ---- */

static void KERNEL(eliminate_lanes)(const lg_tree_solver *s, const double *w, double *f, double *r) {
  const size_t L = s->lanes;
  double *ratio = f + s->n * L;
  for (const lg_tree_level *a = s->level, *end = a + s->n_levels - 1; a < end; a++)
    for (size_t q = a->begin; q < a->begin + a->n; q++) {
      const size_t p = s->parent[q];
      const V up = SET1(w[q]);
      double *fq = f + q * L, *fp = f + p * L, *rq = r + q * L, *rp = r + p * L, *eq = ratio + q * L;
      for (size_t l = 0; l < L; l += W) {
        const V one = DIV(SET1(1.0), LOAD(fq + l)), e = MUL(up, one);
        STORE(fq + l, one);
        STORE(eq + l, e);
        STORE(fp + l, SUB(LOAD(fp + l), MUL(e, up)));
        STORE(rp + l, ADD(LOAD(rp + l), MUL(e, LOAD(rq + l))));
      }
    }
  for (size_t l = 0; l < L; l += W) STORE(f + l, DIV(SET1(1.0), LOAD(f + l)));
}

static void KERNEL(carry_lanes)(const lg_tree_solver *s, const double *f, double *r) {
  const size_t L = s->lanes;
  const double *ratio = f + s->n * L;
  for (const lg_tree_level *a = s->level, *end = a + s->n_levels - 1; a < end; a++)
    for (size_t q = a->begin; q < a->begin + a->n; q++) {
      const double *rq = r + q * L, *eq = ratio + q * L;
      double *rp = r + (size_t)s->parent[q] * L;
      for (size_t l = 0; l < L; l += W) STORE(rp + l, ADD(LOAD(rp + l), MUL(LOAD(eq + l), LOAD(rq + l))));
    }
}

static void KERNEL(substitute_lanes)(const lg_tree_solver *s, const double *f, double *r) {
  const size_t L = s->lanes;
  const double *ratio = f + s->n * L;
  for (size_t l = 0; l < L; l += W) STORE(r + l, MUL(LOAD(r + l), LOAD(f + l)));
  for (size_t q = 1; q < s->n; q++) {
    const double *fq = f + q * L, *eq = ratio + q * L, *rp = r + (size_t)s->parent[q] * L;
    double *rq = r + q * L;
    for (size_t l = 0; l < L; l += W)
      STORE(rq + l, ADD(MUL(LOAD(rq + l), LOAD(fq + l)), MUL(LOAD(eq + l), LOAD(rp + l))));
  }
}

static void KERNEL(solve_lanes)(const lg_tree_solver *s, const double *w, double *f, double *r) {
  KERNEL(eliminate_lanes)(s, w, f, r);
  KERNEL(substitute_lanes)(s, f, r);
}

static void KERNEL(again_lanes)(const lg_tree_solver *s, const double *f, double *r) {
  KERNEL(carry_lanes)(s, f, r);
  KERNEL(substitute_lanes)(s, f, r);
}
