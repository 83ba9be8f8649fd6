/*
 * Elimination and substitution over the families of a tree, one system: vectors run over the columns. The includer
 * defines the vector V of W doubles with LOAD, STORE, LOAD_SOME, STORE_SOME (the first n of W), INSERT (lane), SET1,
 * the four operations and KERNEL(name). No fused multiply-add.
 *
 * The LG_TREE_GROUP longest columns of a family, and all of a split one, go in groups up their levels, what a chain
 * adds to its next node staying in registers: there the levels are narrow and wait for each other. The others go before
 * them, level by level through memory. Into every node, ends of chains are added first, then its own chain.
 *
 * factor[q] holds the diagonal and then 1/d, factor[n + q] holds w/d, factor[2 n + q] the same for the coupling to the
 * foot (in split families), where a node couples to the separator below its segment by what the elimination filled in.
 */

#define INLINE static inline __attribute__((always_inline))
#define NV (LG_TREE_GROUP / (int)W)
#define PLACES                                                                                                         \
  const size_t n = s->n;                                                                                               \
  double *const inverse = f, *const ratio = f + n, *const third = f + 2 * n;                                           \
  (void)inverse, (void)ratio, (void)third

typedef struct {
  V d[NV], r[NV];              /* what the nodes below take from the diagonal and add to the right-hand side */
  V F[NV], to_d[NV], to_r[NV]; /* coupling to the foot, and sums for it */
} KERNEL(carried);

/* Columns of a group in a level, and how many of them go on. */
typedef struct {
  size_t q0, width, above;
} KERNEL(span);

INLINE KERNEL(span) KERNEL(span_of)(const lg_tree_family *a, size_t c0, size_t h) {
  const size_t width = a->width[h] - c0, above = a->width[h + 1] > c0 ? a->width[h + 1] - c0 : 0;
  return (KERNEL(span)){a->begin[h] + c0, width < LG_TREE_GROUP ? width : LG_TREE_GROUP,
                        above < LG_TREE_GROUP ? above : LG_TREE_GROUP};
}

INLINE size_t KERNEL(vectors)(const lg_tree_family *a, size_t c0, size_t h) {
  const size_t width = a->width[h] > c0 ? a->width[h] - c0 : 0;
  return ((width < LG_TREE_GROUP ? width : LG_TREE_GROUP) + W - 1) / W;
}

/* ---- up ---- */

INLINE void KERNEL(factorise)(const lg_tree_solver *s, KERNEL(span) l, size_t u, size_t some, const double *w,
                              double *f, double *r, KERNEL(carried) * c, bool split) {
  PLACES;
  const size_t q = l.q0 + u * W;
#define GET(p) (some < W ? LOAD_SOME((p) + q, some) : LOAD((p) + q))
#define PUT(p, x)                                                                                                      \
  do {                                                                                                                 \
    if (some < W) STORE_SOME((p) + q, x, some);                                                                        \
    else STORE((p) + q, x);                                                                                            \
  } while (0)
  const V up = GET(w), one = DIV(SET1(1.0), SUB(GET(f), c->d[u])), e = MUL(up, one), x = ADD(GET(r), c->r[u]);
  PUT(inverse, one);
  PUT(ratio, e);
  PUT(r, x);
  c->d[u] = MUL(e, up);
  c->r[u] = MUL(e, x);
  if (!split) return;
  const V ef = MUL(c->F[u], one);
  PUT(third, ef);
  c->to_d[u] = ADD(c->to_d[u], MUL(ef, c->F[u]));
  c->to_r[u] = ADD(c->to_r[u], MUL(ef, x));
  c->F[u] = MUL(ef, up);
}

INLINE void KERNEL(carry)(const lg_tree_solver *s, KERNEL(span) l, size_t u, size_t some, const double *f, double *r,
                          KERNEL(carried) * c, bool split) {
  const double *ratio = f + s->n, *third = f + 2 * s->n;
  const size_t q = l.q0 + u * W;
  const V x = ADD(GET(r), c->r[u]);
  PUT(r, x);
  c->r[u] = MUL(GET(ratio), x);
  if (split) c->to_r[u] = ADD(c->to_r[u], MUL(GET(third), x));
}

/* Chains that end in a level. */
INLINE void KERNEL(tops)(const lg_tree_solver *s, const lg_tree_family *a, size_t c0, KERNEL(span) l, size_t nv,
                         const double *w, double *f, double *r, const KERNEL(carried) * c, bool factorise, bool split) {
  PLACES;
  double F[LG_TREE_GROUP], to_d[LG_TREE_GROUP], to_r[LG_TREE_GROUP];
  for (size_t u = 0; u < nv && split; u++) {
    STORE(to_r + u * W, c->to_r[u]);
    if (!factorise) continue;
    STORE(F + u * W, c->F[u]);
    STORE(to_d + u * W, c->to_d[u]);
  }
  for (size_t j = l.above; j < l.width; j++) {
    const size_t q = l.q0 + j, p = s->parent[q];
    if (p == UINT32_MAX) {
      if (factorise) ratio[q] = 0.0;
      continue;
    }
    if (factorise) f[p] -= ratio[q] * w[q];
    r[p] += ratio[q] * r[q];
    const uint32_t foot = split ? a->foot[c0 + j] : UINT32_MAX;
    if (foot == UINT32_MAX) continue;
    if (factorise) f[foot] -= to_d[j], third[foot] = F[j];
    r[foot] += to_r[j];
  }
}

INLINE void KERNEL(up_level)(const lg_tree_solver *s, const lg_tree_family *a, size_t c0, size_t h, const size_t nv,
                             const double *w, double *f, double *r, KERNEL(carried) * c, bool factorise, bool split) {
  const KERNEL(span) l = KERNEL(span_of)(a, c0, h);
  for (size_t u = 0; u < nv; u++) {
    const size_t some = u + 1 < nv ? W : l.width - u * W;
    if (factorise) KERNEL(factorise)(s, l, u, some, w, f, r, c, split);
    else KERNEL(carry)(s, l, u, some, f, r, c, split);
  }
  if (l.above < l.width) KERNEL(tops)(s, a, c0, l, nv, w, f, r, c, factorise, split);
}

/* The number of vectors of a level as a constant where a group has few, so that they stay in registers. */
#if LG_TREE_CONSTANT_VECTORS
#define LEVELS_UP(k)                                                                                                   \
  for (; h < a->n_levels && KERNEL(vectors)(a, c0, h) == (k); h++)                                                     \
  KERNEL(up_level)(s, a, c0, h, (k), w, f, r, &c, factorise, split)
#define LEVELS_DOWN(k)                                                                                                 \
  for (; h > 0 && KERNEL(vectors)(a, c0, h - 1) == (k); h--) KERNEL(down_level)(s, a, c0, h - 1, (k), f, r, &c, split)
#endif

INLINE void KERNEL(up_group)(const lg_tree_solver *s, const lg_tree_family *a, size_t c0, const double *w, double *f,
                             double *r, bool factorise, bool split) {
  KERNEL(carried) c;
  size_t h = 0;
  // NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores) not of use to every instance
  const size_t most = KERNEL(vectors)(a, c0, 0);
  double F[LG_TREE_GROUP] = {0.0};
  if (split && factorise)
    for (size_t j = 0; j < LG_TREE_GROUP && c0 + j < a->n_columns; j++)
      if (a->foot[c0 + j] != UINT32_MAX) F[j] = w[a->foot[c0 + j]];
  for (size_t u = 0; u < (size_t)NV; u++) {
    if (!LG_TREE_CONSTANT_VECTORS && u >= most) break;
    c.d[u] = c.r[u] = c.to_d[u] = c.to_r[u] = SET1(0.0);
    if (split) c.F[u] = LOAD(F + u * W);
  }
#if LG_TREE_CONSTANT_VECTORS
  LEVELS_UP(4);
  LEVELS_UP(3);
  LEVELS_UP(2);
  LEVELS_UP(1);
#else
  for (size_t nv; h < a->n_levels && (nv = KERNEL(vectors)(a, c0, h)) > 0; h++)
    KERNEL(up_level)(s, a, c0, h, nv, w, f, r, &c, factorise, split);
#endif
}

static void KERNEL(separators_up)(const lg_tree_solver *s, const lg_tree_family *a, const double *w, double *f,
                                  double *r, bool factorise) {
  PLACES;
  for (size_t k = a->n_separators; k-- > 0;) {
    const size_t q = a->separator[k], p = a->is_top[k] ? s->parent[q] : a->above[k];
    const double up = a->is_top[k] ? (factorise && p != UINT32_MAX ? w[q] : 0.0) : third[q];
    if (factorise) {
      inverse[q] = 1.0 / f[q];
      ratio[q] = up * inverse[q];
    }
    if (p == UINT32_MAX) continue;
    if (factorise) f[p] -= ratio[q] * up;
    r[p] += ratio[q] * r[q];
  }
}

/* ---- down ---- */

typedef struct {
  V x[NV], foot[NV];
} KERNEL(known);

INLINE void KERNEL(down_level)(const lg_tree_solver *s, const lg_tree_family *a, size_t c0, size_t h, const size_t nv,
                               const double *f, double *r, KERNEL(known) * c, bool split) {
  const double *inverse = f, *ratio = f + s->n, *third = f + 2 * s->n;
  const KERNEL(span) l = KERNEL(span_of)(a, c0, h);
  for (size_t u = 0; u < nv; u++) {
    const size_t some = u + 1 < nv ? W : l.width - u * W, q = l.q0 + u * W;
    for (size_t j = l.above > u * W ? l.above - u * W : 0; j < some; j++) { /* chains that begin here */
      const uint32_t p = s->parent[q + j], foot = split ? a->foot[c0 + u * W + j] : UINT32_MAX;
      c->x[u] = INSERT(c->x[u], j, p == UINT32_MAX ? 0.0 : r[p]);
      if (split) c->foot[u] = INSERT(c->foot[u], j, foot == UINT32_MAX ? 0.0 : r[foot]);
    }
    c->x[u] = ADD(MUL(GET(r), GET(inverse)), MUL(GET(ratio), c->x[u]));
    if (split) c->x[u] = ADD(c->x[u], MUL(GET(third), c->foot[u]));
    PUT(r, c->x[u]);
  }
}

INLINE void KERNEL(down_group)(const lg_tree_solver *s, const lg_tree_family *a, size_t c0, const double *f, double *r,
                               bool split) {
  KERNEL(known) c;
  size_t h = a->n_levels;
  for (size_t u = 0; u < (size_t)NV; u++) c.x[u] = c.foot[u] = SET1(0.0);
  while (a->width[h - 1] <= c0) h--;
#if LG_TREE_CONSTANT_VECTORS
  LEVELS_DOWN(1);
  LEVELS_DOWN(2);
  LEVELS_DOWN(3);
  LEVELS_DOWN(4);
#else
  for (; h > 0; h--) KERNEL(down_level)(s, a, c0, h - 1, KERNEL(vectors)(a, c0, h - 1), f, r, &c, split);
#endif
}

/* ---- the wide part: columns from LG_TREE_GROUP on ---- */

/* What the node below in the same column adds is read from there. */
INLINE void KERNEL(wide_level)(const lg_tree_solver *s, const lg_tree_family *a, size_t h, const double *w, double *f,
                               double *r, bool factorise, bool has_below) {
  PLACES;
  const size_t q0 = a->begin[h] + LG_TREE_GROUP, b0 = has_below ? a->begin[h - 1] + LG_TREE_GROUP : q0;
  const size_t width = a->width[h] - LG_TREE_GROUP;
  size_t j = 0;
  for (; j + W <= width; j += W) {
    const size_t q = q0 + j, b = b0 + j;
    V x = LOAD(r + q), d = SET1(1.0);
    if (factorise) d = LOAD(f + q);
    if (has_below) {
      const V e = LOAD(ratio + b);
      x = ADD(x, MUL(e, LOAD(r + b)));
      STORE(r + q, x);
      if (factorise) d = SUB(d, MUL(e, LOAD(w + b)));
    }
    if (!factorise) continue;
    const V one = DIV(SET1(1.0), d);
    STORE(inverse + q, one);
    STORE(ratio + q, MUL(LOAD(w + q), one));
  }
  for (; j < width; j++) {
    const size_t q = q0 + j, b = b0 + j;
    if (has_below) r[q] += ratio[b] * r[b];
    if (!factorise) continue;
    inverse[q] = 1.0 / (has_below ? f[q] - ratio[b] * w[b] : f[q]);
    ratio[q] = w[q] * inverse[q];
  }
}

INLINE void KERNEL(wide_up)(const lg_tree_solver *s, const lg_tree_family *a, const double *w, double *f, double *r,
                            bool factorise) {
  const double *ratio = f + s->n;
  for (size_t h = 0; h < a->n_levels && a->width[h] > LG_TREE_GROUP; h++) {
    if (h == 0) KERNEL(wide_level)(s, a, h, w, f, r, factorise, false);
    else KERNEL(wide_level)(s, a, h, w, f, r, factorise, true);
    const size_t above = a->width[h + 1] > LG_TREE_GROUP ? a->width[h + 1] : LG_TREE_GROUP;
    for (size_t c = above; c < a->width[h]; c++) {
      const size_t q = a->begin[h] + c, p = s->parent[q];
      if (factorise) f[p] -= ratio[q] * w[q];
      r[p] += ratio[q] * r[q];
    }
  }
}

static void KERNEL(wide_down)(const lg_tree_solver *s, const lg_tree_family *a, const double *f, double *r) {
  const double *inverse = f, *ratio = f + s->n;
  size_t h = 0;
  while (h < a->n_levels && a->width[h] > LG_TREE_GROUP) h++;
  while (h-- > 0) {
    const size_t q0 = a->begin[h], above = a->width[h + 1] > LG_TREE_GROUP ? a->width[h + 1] : LG_TREE_GROUP;
    const size_t p0 = above > LG_TREE_GROUP ? a->begin[h + 1] : 0;
    size_t c = LG_TREE_GROUP;
    for (; c + W <= above; c += W)
      STORE(r + q0 + c,
            ADD(MUL(LOAD(r + q0 + c), LOAD(inverse + q0 + c)), MUL(LOAD(ratio + q0 + c), LOAD(r + p0 + c))));
    for (; c < a->width[h]; c++) {
      const size_t q = q0 + c;
      r[q] = r[q] * inverse[q] + ratio[q] * r[c < above ? p0 + c : s->parent[q]];
    }
  }
}

/* ---- all ---- */

INLINE void KERNEL(up)(const lg_tree_solver *s, const double *w, double *f, double *r, bool factorise) {
  for (const lg_tree_family *a = s->family; a < s->family + s->n_families; a++) {
    if (!a->foot) {
      KERNEL(wide_up)(s, a, w, f, r, factorise);
      KERNEL(up_group)(s, a, 0, w, f, r, factorise, false);
      continue;
    }
    for (size_t c0 = (a->n_columns - 1) / LG_TREE_GROUP * LG_TREE_GROUP;; c0 -= LG_TREE_GROUP) {
      KERNEL(up_group)(s, a, c0, w, f, r, factorise, true);
      if (c0 == 0) break;
    }
    KERNEL(separators_up)(s, a, w, f, r, factorise);
  }
}

static void KERNEL(down)(const lg_tree_solver *s, const double *f, double *r) {
  const double *inverse = f, *ratio = f + s->n;
  for (const lg_tree_family *a = s->family + s->n_families; a-- > s->family;) {
    if (!a->foot) {
      KERNEL(down_group)(s, a, 0, f, r, false);
      KERNEL(wide_down)(s, a, f, r);
      continue;
    }
    for (size_t k = 0; k < a->n_separators; k++) {
      const size_t q = a->separator[k], p = a->is_top[k] ? s->parent[q] : a->above[k];
      r[q] = r[q] * inverse[q] + ratio[q] * (p == UINT32_MAX ? 0.0 : r[p]);
    }
    for (size_t c0 = 0; c0 < a->n_columns; c0 += LG_TREE_GROUP) KERNEL(down_group)(s, a, c0, f, r, true);
  }
}

static void KERNEL(solve)(const lg_tree_solver *s, const double *w, double *f, double *r) {
  KERNEL(up)(s, w, f, r, true);
  KERNEL(down)(s, f, r);
}

static void KERNEL(again)(const lg_tree_solver *s, double *f, double *r) {
  KERNEL(up)(s, NULL, f, r, false);
  KERNEL(down)(s, f, r);
}
#undef PLACES
