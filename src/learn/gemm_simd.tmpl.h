/*
 * The product on vector registers. The including file defines
 *   V VM        vector and mask types          VL    elements per vector
 *   MR          rows of a register tile        LOAD STORE LOADM STOREM SET1 ZERO FMA RELU MASK
 * A tile is MR rows × 2 vectors; every element is one chain of FMAs in the order of k, also over the blocks of k
 * (between blocks the sum rests in C unrounded, because C has the precision of the accumulator).
 */
#define LG_TILE_K 256 /* a panel of B, 256 × 2 vectors, stays in the first-level cache */
#define LG_TILE_M 192 /* rows of A that stay in the second-level cache while the panels of B pass */

/* One tile: mr and nv are constants at every call, so the loops unroll and `acc` lives in registers. */
LG_ALWAYS_INLINE static inline void LG_M(tile)(const int mr, const int nv, const bool masked, size_t k_count,
                                               const REAL *a, size_t a_row, size_t a_col, const REAL *b, size_t b_row,
                                               const REAL *d, size_t d_row, REAL *c, size_t c_row, bool relu, VM mask) {
  V acc[MR][2];
  LG_UNROLL for (int i = 0; i < mr; i++) LG_UNROLL for (int v = 0; v < nv; v++) {
    const REAL *from = d + (size_t)i * d_row + (size_t)v * VL;
    if (!d) acc[i][v] = ZERO();
    else acc[i][v] = masked && v == nv - 1 ? LOADM(from, mask) : LOAD(from);
  }
  const REAL *row[MR];
  LG_UNROLL for (int i = 0; i < mr; i++) row[i] = a + (size_t)i * a_row;
  size_t at = 0;
  for (size_t k = 0; k < k_count; k++) {
    V bv[2];
    LG_UNROLL for (int v = 0; v < nv; v++) bv[v] =
        masked && v == nv - 1 ? LOADM(b + (size_t)v * VL, mask) : LOAD(b + (size_t)v * VL);
    LG_UNROLL for (int i = 0; i < mr; i++) {
      const V av = SET1(row[i][at]);
      LG_UNROLL for (int v = 0; v < nv; v++) acc[i][v] = FMA(av, bv[v], acc[i][v]);
    }
    at += a_col;
    b += b_row;
  }
  LG_UNROLL for (int i = 0; i < mr; i++) LG_UNROLL for (int v = 0; v < nv; v++) {
    REAL *to = c + (size_t)i * c_row + (size_t)v * VL;
    const V y = relu ? RELU(acc[i][v]) : acc[i][v];
    if (masked && v == nv - 1) STOREM(to, mask, y);
    else STORE(to, y);
  }
}

#define LG_TILE_ARGS k_count, a, g->a_row, g->a_col, b, g->b_row, d, d_row, c, g->c_row, relu, mask

/* One block of k for one panel of columns (one or two vectors, the last one masked or not), all rows [i0, i1). */
LG_ALWAYS_INLINE static inline void LG_M(panel)(const LG_R(gemm) * g, size_t i0, size_t i1, size_t j0, size_t k0,
                                                size_t k1, const int nv, const bool masked, VM mask) {
  const size_t k_count = k1 - k0, d_row = k0 == 0 ? g->d_row : g->c_row;
  const bool relu = g->relu && k1 == g->k;
  const REAL *b = g->b + k0 * g->b_row + j0;
  for (size_t i = i0; i < i1; i += MR) {
    const REAL *a = g->a + i * g->a_row + k0 * g->a_col;
    REAL *c = g->c + i * g->c_row + j0;
    const REAL *d = k0 != 0 ? c : (g->d ? g->d + i * d_row + j0 : NULL);
    if (i1 - i >= MR) {
      LG_M(tile)(MR, nv, masked, LG_TILE_ARGS);
      continue;
    }
    switch (i1 - i) {
#if MR > 7
    case 7:
      LG_M(tile)(7, nv, masked, LG_TILE_ARGS);
      break;
    case 6:
      LG_M(tile)(6, nv, masked, LG_TILE_ARGS);
      break;
#endif
#if MR > 5
    case 5:
      LG_M(tile)(5, nv, masked, LG_TILE_ARGS);
      break;
#endif
    case 4:
      LG_M(tile)(4, nv, masked, LG_TILE_ARGS);
      break;
    case 3:
      LG_M(tile)(3, nv, masked, LG_TILE_ARGS);
      break;
    case 2:
      LG_M(tile)(2, nv, masked, LG_TILE_ARGS);
      break;
    default:
      LG_M(tile)(1, nv, masked, LG_TILE_ARGS);
      break;
    }
  }
}

/*
 * One to three rows (a network on a single sample): a tile of so few rows waits for its own additions, so it is wider,
 * eight vectors over all of k. B is streamed once either way.
 */
LG_ALWAYS_INLINE static inline void LG_M(strip)(const LG_R(gemm) * g, const int mr, const int nv, const bool masked,
                                                size_t j, VM mask) {
  V acc[3][8];
  const REAL *b = g->b + j, *row[3];
  LG_UNROLL for (int i = 0; i < mr; i++) {
    row[i] = g->a + (size_t)i * g->a_row;
    LG_UNROLL for (int v = 0; v < nv; v++) {
      const REAL *from = g->d + (size_t)i * g->d_row + j + (size_t)v * VL;
      if (!g->d) acc[i][v] = ZERO();
      else acc[i][v] = masked && v == nv - 1 ? LOADM(from, mask) : LOAD(from);
    }
  }
  size_t at = 0;
  for (size_t k = 0; k < g->k; k++, at += g->a_col, b += g->b_row) {
    V av[3];
    LG_UNROLL for (int i = 0; i < mr; i++) av[i] = SET1(row[i][at]);
    LG_UNROLL for (int v = 0; v < nv; v++) {
      const V bv = masked && v == nv - 1 ? LOADM(b + (size_t)v * VL, mask) : LOAD(b + (size_t)v * VL);
      LG_UNROLL for (int i = 0; i < mr; i++) acc[i][v] = FMA(av[i], bv, acc[i][v]);
    }
  }
  LG_UNROLL for (int i = 0; i < mr; i++) LG_UNROLL for (int v = 0; v < nv; v++) {
    REAL *to = g->c + (size_t)i * g->c_row + j + (size_t)v * VL;
    const V y = g->relu ? RELU(acc[i][v]) : acc[i][v];
    if (masked && v == nv - 1) STOREM(to, mask, y);
    else STORE(to, y);
  }
}

LG_ALWAYS_INLINE static inline void LG_M(strips)(const LG_R(gemm) * g, const int mr) {
  const int wide = mr == 1 ? 8 : 4; /* registers */
  size_t j = 0;
  for (; g->n - j >= (size_t)wide * VL; j += (size_t)wide * VL) LG_M(strip)(g, mr, wide, false, j, MASK(VL));
  for (; g->n - j >= 2 * VL; j += 2 * VL) LG_M(strip)(g, mr, 2, false, j, MASK(VL));
  for (; g->n - j >= VL; j += VL) LG_M(strip)(g, mr, 1, false, j, MASK(VL));
  if (g->n > j) LG_M(strip)(g, mr, 1, true, j, MASK(g->n - j));
}

/*
 * One column (the last layer of a network with one output): a vector would have one lane in use, so rows are the lanes
 * where they lie side by side, and single numbers where they do not, eight chains at a time.
 */
static void LG_M(column_rows)(const LG_R(gemm) * g, size_t i, size_t n) {
  const VM mask = MASK(n);
  V acc = g->d ? (g->d_row ? LOADM(g->d + i, mask) : SET1(g->d[0])) : ZERO();
  for (size_t k = 0; k < g->k; k++) acc = FMA(LOADM(g->a + i + k * g->a_col, mask), SET1(g->b[k * g->b_row]), acc);
  STOREM(g->c + i, mask, g->relu ? RELU(acc) : acc);
}

LG_ALWAYS_INLINE static inline void LG_M(column_numbers)(const LG_R(gemm) * g, size_t i, const int n) {
  REAL acc[8];
  const REAL *row[8];
  LG_UNROLL for (int r = 0; r < n; r++) {
    row[r] = g->a + (i + (size_t)r) * g->a_row;
    acc[r] = g->d ? g->d[(i + (size_t)r) * g->d_row] : 0;
  }
  for (size_t k = 0, at = 0; k < g->k; k++, at += g->a_col) {
    const REAL b = g->b[k * g->b_row];
    LG_UNROLL for (int r = 0; r < n; r++) acc[r] = FMA1(row[r][at], b, acc[r]);
  }
  LG_UNROLL for (int r = 0; r < n; r++) g->c[(i + (size_t)r) * g->c_row] = g->relu && !(acc[r] > 0) ? 0 : acc[r];
}

static void LG_M(column)(const LG_R(gemm) * g) {
  size_t i = 0;
  if (g->a_row == 1 && g->c_row == 1 && (!g->d || g->d_row < 2))
    for (; i < g->m; i += VL) LG_M(column_rows)(g, i, g->m - i < VL ? g->m - i : VL);
  for (; i + 8 <= g->m; i += 8) LG_M(column_numbers)(g, i, 8);
  for (; i < g->m; i++) LG_M(column_numbers)(g, i, 1);
}

static void LG_M(gemm)(const LG_R(gemm) * g) {
  if (g->n == 1 && g->m > 3) {
    LG_M(column)(g);
    return;
  }
  const VM all = MASK(VL);
  switch (g->m) {
  case 1:
    LG_M(strips)(g, 1);
    return;
  case 2:
    LG_M(strips)(g, 2);
    return;
  case 3:
    LG_M(strips)(g, 3);
    return;
  default:
    break;
  }
  size_t k0 = 0;
  do { /* also once for k = 0: C = D */
    const size_t k1 = g->k - k0 > LG_TILE_K ? k0 + LG_TILE_K : g->k;
    for (size_t i0 = 0; i0 < g->m; i0 += LG_TILE_M) {
      const size_t i1 = g->m - i0 > LG_TILE_M ? i0 + LG_TILE_M : g->m;
      size_t j = 0;
      for (; g->n - j >= 2 * VL; j += 2 * VL) LG_M(panel)(g, i0, i1, j, k0, k1, 2, false, all);
      const size_t left = g->n - j;
      if (left > VL) LG_M(panel)(g, i0, i1, j, k0, k1, 2, true, MASK(left - VL));
      else if (left == VL) LG_M(panel)(g, i0, i1, j, k0, k1, 1, false, all);
      else if (left > 0) LG_M(panel)(g, i0, i1, j, k0, k1, 1, true, MASK(left));
    }
    k0 = k1;
  } while (k0 < g->k);
}
#undef LG_TILE_ARGS
#undef LG_TILE_K
#undef LG_TILE_M
