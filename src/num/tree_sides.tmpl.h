/*
 * One system with eight right-hand sides (node, side): vectors run over the sides, the factors are single numbers.
 * Where `by` is given, add gets by x as it comes: what the next system wants of this one's solution.
 */

enum { KERNEL(SIDES) = 8 };

INLINE void KERNEL(sides_push)(double *r, size_t q, size_t p, double e) {
  const double *from = r + q * KERNEL(SIDES);
  double *to = r + p * KERNEL(SIDES);
  const V by = SET1(e);
  for (size_t l = 0; l < KERNEL(SIDES); l += W) STORE(to + l, ADD(LOAD(to + l), MUL(by, LOAD(from + l))));
}

/* Nodes of a family that is not split stand behind their parents. */
INLINE void KERNEL(sides_up)(const lg_tree_solver *s, const double *f, double *r) {
  const double *ratio = f + s->n, *third = f + 2 * s->n;
  for (const lg_tree_family *a = s->family; a < s->family + s->n_families; a++) {
    const size_t first = a->begin[a->n_levels - 1], last = a->begin[0] + a->width[0];
    for (size_t q = last; q-- > first && !a->foot;)
      if (s->parent[q] != UINT32_MAX) KERNEL(sides_push)(r, q, s->parent[q], ratio[q]);
    if (!a->foot) continue;
    for (size_t h = 0; h < a->n_levels; h++)
      for (size_t c = 0; c < a->width[h]; c++) {
        const size_t q = a->begin[h] + c;
        KERNEL(sides_push)(r, q, s->parent[q], ratio[q]);
        if (a->foot[c] != UINT32_MAX) KERNEL(sides_push)(r, q, a->foot[c], third[q]);
      }
    for (size_t k = a->n_separators; k-- > 0;) {
      const size_t q = a->separator[k], p = a->is_top[k] ? s->parent[q] : a->above[k];
      if (p != UINT32_MAX) KERNEL(sides_push)(r, q, p, ratio[q]);
    }
  }
}

INLINE void KERNEL(sides_node)(const double *f, size_t n, double *r, size_t q, size_t p, size_t foot, const double *by,
                               double *add) {
  const V inverse = SET1(f[q]), ratio = SET1(f[n + q]), third = SET1(foot == UINT32_MAX ? 0.0 : f[2 * n + q]);
  const V share = SET1(by ? by[q] : 0.0);
  for (size_t l = 0; l < KERNEL(SIDES); l += W) {
    double *at = r + q * KERNEL(SIDES) + l;
    V x = MUL(LOAD(at), inverse);
    if (p != UINT32_MAX) x = ADD(x, MUL(ratio, LOAD(r + p * KERNEL(SIDES) + l)));
    if (foot != UINT32_MAX) x = ADD(x, MUL(third, LOAD(r + foot * KERNEL(SIDES) + l)));
    STORE(at, x);
    double *to = add + (by ? q * KERNEL(SIDES) + l : 0);
    if (by) STORE(to, ADD(LOAD(to), MUL(share, x)));
  }
}

INLINE void KERNEL(sides_down)(const lg_tree_solver *s, const double *f, double *r, const double *by, double *add) {
  for (const lg_tree_family *a = s->family + s->n_families; a-- > s->family;) {
    const size_t first = a->begin[a->n_levels - 1], last = a->begin[0] + a->width[0];
    for (size_t q = first; q < last && !a->foot; q++)
      KERNEL(sides_node)(f, s->n, r, q, s->parent[q], UINT32_MAX, by, add);
    if (!a->foot) continue;
    for (size_t k = 0; k < a->n_separators; k++) {
      const size_t q = a->separator[k], p = a->is_top[k] ? s->parent[q] : a->above[k];
      KERNEL(sides_node)(f, s->n, r, q, p, UINT32_MAX, by, add);
    }
    for (size_t h = a->n_levels; h-- > 0;)
      for (size_t c = 0; c < a->width[h]; c++) {
        const size_t q = a->begin[h] + c;
        KERNEL(sides_node)(f, s->n, r, q, s->parent[q], a->foot[c], by, add);
      }
  }
}

static void KERNEL(sides)(const lg_tree_solver *s, const double *f, double *r, const double *by, double *add) {
  KERNEL(sides_up)(s, f, r);
  if (by) KERNEL(sides_down)(s, f, r, by, add);
  else KERNEL(sides_down)(s, f, r, NULL, NULL);
}
