/*
 * Many systems of one tree: one per lane, vectors run over the lanes; in split families, which keep sums for the feet,
 * at most BATCH of them at a time. The sums are made in the order of tree_kernel.tmpl.h, so that a lane has the bits of
 * a single system.
 */

#define BATCH 4
#define EACH for (size_t u = 0; u < nv; u++)
#define AT(p, q) ((p) + (q)*L + l0 + u * W)
#define PLACES                                                                                                         \
  const size_t L = s->lanes;                                                                                           \
  double *const inverse = f, *const ratio = f + s->n * L, *const third = f + 2 * s->n * L;                             \
  (void)inverse, (void)ratio, (void)third

/* Sums for the feet of a group's columns. */
typedef struct {
  V to_d[LG_TREE_GROUP][BATCH], to_r[LG_TREE_GROUP][BATCH];
} KERNEL(sums);

/* One node; `below` is the next one down its column. */
INLINE void KERNEL(lanes_node)(const lg_tree_solver *s, size_t l0, const size_t nv, size_t q, size_t below,
                               bool has_below, const double *w, double *f, double *r, bool factorise) {
  PLACES;
  EACH {
    V e = SET1(0.0);
    if (has_below) {
      e = LOAD(AT(ratio, below));
      STORE(AT(r, q), ADD(LOAD(AT(r, q)), MUL(e, LOAD(AT(r, below)))));
    }
    if (!factorise) continue;
    V d = LOAD(AT(f, q));
    if (has_below) d = SUB(d, MUL(e, SET1(w[below])));
    const V one = DIV(SET1(1.0), d);
    STORE(AT(inverse, q), one);
    STORE(AT(ratio, q), MUL(SET1(w[q]), one));
  }
}

/* Its coupling to the foot. */
INLINE void KERNEL(lanes_foot)(const lg_tree_solver *s, size_t l0, const size_t nv, size_t q, size_t below,
                               bool has_below, uint32_t foot, const double *w, double *f, const double *r, V *to_d,
                               V *to_r, bool factorise) {
  PLACES;
  EACH {
    const V x = LOAD(AT(r, q));
    if (factorise) {
      const V F = has_below ? MUL(LOAD(AT(third, below)), SET1(w[below])) : SET1(foot == UINT32_MAX ? 0.0 : w[foot]);
      const V ef = MUL(F, LOAD(AT(inverse, q)));
      STORE(AT(third, q), ef);
      to_d[u] = ADD(to_d[u], MUL(ef, F));
    }
    to_r[u] = ADD(to_r[u], MUL(LOAD(AT(third, q)), x));
  }
}

INLINE void KERNEL(lanes_push)(const lg_tree_solver *s, size_t l0, const size_t nv, size_t q, size_t p, const double *w,
                               double *f, double *r, bool factorise) {
  PLACES;
  EACH {
    const V e = LOAD(AT(ratio, q));
    if (factorise) STORE(AT(f, p), SUB(LOAD(AT(f, p)), MUL(e, SET1(w[q]))));
    STORE(AT(r, p), ADD(LOAD(AT(r, p)), MUL(e, LOAD(AT(r, q)))));
  }
}

/* A chain's last node. */
INLINE void KERNEL(lanes_top)(const lg_tree_solver *s, size_t l0, const size_t nv, size_t q, uint32_t foot,
                              const double *w, double *f, double *r, const V *to_d, const V *to_r, bool factorise) {
  PLACES;
  if (s->parent[q] == UINT32_MAX) {
    if (factorise) EACH STORE(AT(ratio, q), SET1(0.0));
    return;
  }
  KERNEL(lanes_push)(s, l0, nv, q, s->parent[q], w, f, r, factorise);
  if (foot == UINT32_MAX) return;
  EACH {
    if (factorise) {
      STORE(AT(f, foot), SUB(LOAD(AT(f, foot)), to_d[u]));
      STORE(AT(third, foot), MUL(LOAD(AT(third, q)), SET1(w[q])));
    }
    STORE(AT(r, foot), ADD(LOAD(AT(r, foot)), to_r[u]));
  }
}

/* Columns [c0, c1) of a level. */
INLINE void KERNEL(lanes_level)(const lg_tree_solver *s, const lg_tree_family *a, size_t c0, size_t c1, size_t h,
                                size_t l0, const size_t nv, const double *w, double *f, double *r, KERNEL(sums) * sums,
                                bool factorise, bool split, bool has_below) {
  const size_t q0 = a->begin[h], b0 = has_below ? a->begin[h - 1] : 0, end = c1 < a->width[h] ? c1 : a->width[h];
  for (size_t c = c0; c < end; c++) {
    KERNEL(lanes_node)(s, l0, nv, q0 + c, b0 + c, has_below, w, f, r, factorise);
    if (split) KERNEL(lanes_foot)
    (s, l0, nv, q0 + c, b0 + c, has_below, a->foot[c], w, f, r, sums->to_d[c - c0], sums->to_r[c - c0], factorise);
  }
  for (size_t c = a->width[h + 1] > c0 ? a->width[h + 1] : c0; c < end; c++) KERNEL(lanes_top)
  (s, l0, nv, q0 + c, split ? a->foot[c] : UINT32_MAX, w, f, r, sums->to_d[split ? c - c0 : 0],
   sums->to_r[split ? c - c0 : 0], factorise);
}

INLINE void KERNEL(lanes_columns)(const lg_tree_solver *s, const lg_tree_family *a, size_t c0, size_t c1, size_t l0,
                                  const size_t nv, const double *w, double *f, double *r, bool factorise, bool split) {
  KERNEL(sums) sums;
  for (size_t j = 0; j < LG_TREE_GROUP && split; j++) EACH sums.to_d[j][u] = sums.to_r[j][u] = SET1(0.0);
  if (a->width[0] > c0) KERNEL(lanes_level)(s, a, c0, c1, 0, l0, nv, w, f, r, &sums, factorise, split, false);
  for (size_t h = 1; h < a->n_levels && a->width[h] > c0; h++)
    KERNEL(lanes_level)(s, a, c0, c1, h, l0, nv, w, f, r, &sums, factorise, split, true);
}

INLINE void KERNEL(lanes_separators_up)(const lg_tree_solver *s, const lg_tree_family *a, size_t l0, const size_t nv,
                                        const double *w, double *f, double *r, bool factorise) {
  PLACES;
  for (size_t k = a->n_separators; k-- > 0;) {
    const size_t q = a->separator[k], p = a->is_top[k] ? s->parent[q] : a->above[k];
    EACH {
      const V up = !a->is_top[k] ? LOAD(AT(third, q)) : SET1(factorise && p != UINT32_MAX ? w[q] : 0.0);
      if (factorise) {
        STORE(AT(inverse, q), DIV(SET1(1.0), LOAD(AT(f, q))));
        STORE(AT(ratio, q), MUL(up, LOAD(AT(inverse, q))));
      }
      if (p == UINT32_MAX) continue;
      const V e = LOAD(AT(ratio, q));
      if (factorise) STORE(AT(f, p), SUB(LOAD(AT(f, p)), MUL(e, up)));
      STORE(AT(r, p), ADD(LOAD(AT(r, p)), MUL(e, LOAD(AT(r, q)))));
    }
  }
}

INLINE void KERNEL(lanes_split_up)(const lg_tree_solver *s, const lg_tree_family *a, size_t l0, const size_t nv,
                                   const double *w, double *f, double *r, bool factorise) {
  for (size_t c0 = (a->n_columns - 1) / LG_TREE_GROUP * LG_TREE_GROUP;; c0 -= LG_TREE_GROUP) {
    KERNEL(lanes_columns)(s, a, c0, c0 + LG_TREE_GROUP, l0, nv, w, f, r, factorise, true);
    if (c0 == 0) break;
  }
  KERNEL(lanes_separators_up)(s, a, l0, nv, w, f, r, factorise);
}

INLINE void KERNEL(lanes_up)(const lg_tree_solver *s, const size_t nv, const double *w, double *f, double *r,
                             bool factorise) {
  for (const lg_tree_family *a = s->family; a < s->family + s->n_families; a++) {
    if (!a->foot) {
      KERNEL(lanes_columns)(s, a, LG_TREE_GROUP, SIZE_MAX, 0, nv, w, f, r, factorise, false);
      KERNEL(lanes_columns)(s, a, 0, LG_TREE_GROUP, 0, nv, w, f, r, factorise, false);
      continue;
    }
    size_t l0 = 0;
    for (; l0 + W * BATCH <= s->lanes; l0 += W * BATCH) KERNEL(lanes_split_up)(s, a, l0, BATCH, w, f, r, factorise);
    for (; l0 < s->lanes; l0 += W) KERNEL(lanes_split_up)(s, a, l0, 1, w, f, r, factorise);
  }
}

/* x of q from x of p (SIZE_MAX: none) and, in split families, of the foot. */
INLINE void KERNEL(lanes_below)(const lg_tree_solver *s, size_t l0, const size_t nv, size_t q, size_t p, bool split,
                                uint32_t foot, double *f, double *r) {
  PLACES;
  const V zero = SET1(0.0);
  EACH {
    const V up = p == SIZE_MAX ? zero : LOAD(AT(r, p));
    V x = ADD(MUL(LOAD(AT(r, q)), LOAD(AT(inverse, q))), MUL(LOAD(AT(ratio, q)), up));
    if (split) x = ADD(x, MUL(LOAD(AT(third, q)), foot == UINT32_MAX ? zero : LOAD(AT(r, foot))));
    STORE(AT(r, q), x);
  }
}

INLINE void KERNEL(lanes_down)(const lg_tree_solver *s, const size_t nv, double *f, double *r) {
  for (const lg_tree_family *a = s->family + s->n_families; a-- > s->family;) {
    for (size_t k = 0; k < a->n_separators; k++) {
      const size_t q = a->separator[k], p = a->is_top[k] ? s->parent[q] : a->above[k];
      KERNEL(lanes_below)(s, 0, nv, q, p == UINT32_MAX ? SIZE_MAX : p, false, 0, f, r);
    }
    if (!a->foot) { /* parents stand before their children */
      const size_t last = a->begin[0] + a->width[0];
      for (size_t q = a->begin[a->n_levels - 1]; q < last; q++)
        KERNEL(lanes_below)(s, 0, nv, q, s->parent[q] == UINT32_MAX ? SIZE_MAX : s->parent[q], false, 0, f, r);
      continue;
    }
    for (size_t h = a->n_levels; h-- > 0;)
      for (size_t c = 0; c < a->width[h]; c++) {
        const size_t q = a->begin[h] + c;
        KERNEL(lanes_below)(s, 0, nv, q, s->parent[q], true, a->foot[c], f, r);
      }
  }
}

/* Points: nothing but a division. */
static void KERNEL(alone)(size_t lanes, double *f, double *r, bool factorise) {
  for (size_t l = 0; l < lanes; l += W) {
    const V one = factorise ? DIV(SET1(1.0), LOAD(f + l)) : LOAD(f + l);
    if (factorise) STORE(f + l, one);
    STORE(r + l, ADD(MUL(LOAD(r + l), one), SET1(0.0)));
  }
}

INLINE void KERNEL(over_lanes)(const lg_tree_solver *s, const double *w, double *f, double *r, bool factorise) {
  if (s->n == 1) {
    KERNEL(alone)(s->lanes, f, r, factorise);
  } else if (s->lanes == W) {
    KERNEL(lanes_up)(s, 1, w, f, r, factorise);
    KERNEL(lanes_down)(s, 1, f, r);
  } else {
    KERNEL(lanes_up)(s, s->lanes / W, w, f, r, factorise);
    KERNEL(lanes_down)(s, s->lanes / W, f, r);
  }
}

static void KERNEL(solve_lanes)(const lg_tree_solver *s, const double *w, double *f, double *r) {
  KERNEL(over_lanes)(s, w, f, r, true);
}

static void KERNEL(again_lanes)(const lg_tree_solver *s, double *f, double *r) {
  KERNEL(over_lanes)(s, NULL, f, r, false);
}

/*
 * A step of v for small trees, BATCH vectors at a time. Stores are what it costs (half a vector per cycle), so that
 * everything is done to a node when it is come to: its row is made when it is eliminated, the second stage's right-hand
 * side when its v is known. The arithmetic, and its order, are those of the passes apart.
 */
#define MINE(array, q) ((array) + (q)*s->lanes + first + u * W)
#define THERE(array, q) ((array) + (q)*L + u * W)

INLINE void KERNEL(step_up)(const lg_tree_solver *s, const lg_tree_step *p, size_t first, const size_t nv,
                            double *inverse, double *ratio, double *r) {
  const size_t L = W * nv;
  const V zero = SET1(0.0);
  for (size_t k = 0; k < s->n; k++) {
    const size_t q = s->visit[k];
    const V c = SET1(p->capacitance[q] * p->rate), fixed = SET1(p->capacitance[q] * p->rate + p->fixed_g[q]);
    V d[BATCH], x[BATCH];
    EACH {
      const V g = LOAD(MINE(p->g, q));
      d[u] = ADD(fixed, g);
      x[u] = ADD(MUL(ADD(c, g), LOAD(MINE(p->v, q))), SUB(SET1(p->fixed_i[q]), LOAD(MINE(p->i, q))));
      STORE(MINE(p->g, q), zero);
      STORE(MINE(p->i, q), zero);
    }
    for (size_t j = s->first_child[q]; j < s->first_child[q + 1]; j++) {
      const size_t child = s->child[j];
      const V w = SET1(p->w[child]);
      EACH {
        const V e = LOAD(THERE(ratio, child));
        d[u] = SUB(d[u], MUL(e, w));
        x[u] = ADD(x[u], MUL(e, LOAD(THERE(r, child))));
      }
    }
    const V w = SET1(s->parent[q] == UINT32_MAX ? 0.0 : p->w[q]);
    EACH {
      const V one = DIV(SET1(1.0), d[u]);
      STORE(THERE(inverse, q), one);
      STORE(THERE(ratio, q), MUL(w, one));
      STORE(THERE(r, q), x[u]);
    }
  }
}

INLINE void KERNEL(step_batch)(const lg_tree_solver *s, const lg_tree_step *p, size_t first, const size_t nv) {
  double inverse[LG_TREE_STEP_NODES * W * BATCH], ratio[LG_TREE_STEP_NODES * W * BATCH];
  double r[LG_TREE_STEP_NODES * W * BATCH];
  const size_t L = W * nv;
  const V zero = SET1(0.0);
  KERNEL(step_up)(s, p, first, nv, inverse, ratio, r);
  for (size_t k = s->n; k-- > 0;) {
    const size_t q = s->visit[k], parent = s->parent[q];
    const V c = SET1(p->capacitance[q] * p->second_rate);
    EACH {
      const V up = parent == UINT32_MAX ? zero : LOAD(MINE(p->v, parent));
      const V v1 = ADD(MUL(LOAD(THERE(r, q)), LOAD(THERE(inverse, q))), MUL(LOAD(THERE(ratio, q)), up));
      if (p->second_rate != 0.0) STORE(THERE(r, q), MUL(c, SUB(v1, LOAD(MINE(p->v, q)))));
      STORE(MINE(p->v, q), v1);
    }
  }
  if (p->second_rate == 0.0) return;
  for (size_t k = 0; k < s->n; k++) {
    const size_t q = s->visit[k];
    V x[BATCH];
    if (s->first_child[q] == s->first_child[q + 1]) continue;
    EACH x[u] = LOAD(THERE(r, q));
    for (size_t j = s->first_child[q]; j < s->first_child[q + 1]; j++)
      EACH x[u] = ADD(x[u], MUL(LOAD(THERE(ratio, s->child[j])), LOAD(THERE(r, s->child[j]))));
    EACH STORE(THERE(r, q), x[u]);
  }
  for (size_t k = s->n; k-- > 0;) {
    const size_t q = s->visit[k], parent = s->parent[q];
    EACH {
      const V up = parent == UINT32_MAX ? zero : LOAD(THERE(r, parent));
      const V x = ADD(MUL(LOAD(THERE(r, q)), LOAD(THERE(inverse, q))), MUL(LOAD(THERE(ratio, q)), up));
      STORE(THERE(r, q), x);
      STORE(MINE(p->v, q), ADD(LOAD(MINE(p->v, q)), x));
    }
  }
}
#undef MINE
#undef THERE

static void KERNEL(step_lanes)(const lg_tree_solver *s, const lg_tree_step *p) {
  size_t l0 = 0;
  for (; l0 + W * BATCH <= s->lanes; l0 += W * BATCH) KERNEL(step_batch)(s, p, l0, BATCH);
  for (; l0 < s->lanes; l0 += W) KERNEL(step_batch)(s, p, l0, 1);
}
