/*
 * The frozen MLP on vector registers; macros as in gemm_simd.tmpl.h, and ADD, MO. One row: lanes are outputs. Many
 * rows: blocks of 2 vectors of rows, features first, lanes are rows. Both add four chains over k mod 4, see mlp.h.
 */
#define LG_ROWS (2 * VL)
#define LG_BLOCK (LG_MLP_WIDTH * LG_ROWS + 5 * VL) /* not a multiple of 4 KiB: two blocks do not share cache sets */
#ifdef LG_VECTOR_MATH
#define LG_HAS_VECTOR_TANH true
#define LG_VECTOR_TANH(v) LG_M(v_tanh)(v)
#else
#define LG_HAS_VECTOR_TANH false
#define LG_VECTOR_TANH(v) (v)
#endif

/* nv vectors of outputs of one row. */
LG_ALWAYS_INLINE static inline void LG_M(mlp_outputs)(const int nv, const LG_R(packed) * l, const REAL *x, bool bias,
                                                      const bool act, size_t at, REAL *y) {
  V c[4][2];
  const REAL *w = l->weight + at;
  LG_UNROLL for (int v = 0; v < nv; v++) {
    c[0][v] = bias ? LOAD(l->bias + at + (size_t)v * VL) : ZERO();
    c[1][v] = c[2][v] = c[3][v] = ZERO();
  }
  size_t k = 0;
  for (; k + 4 <= l->in; k += 4) LG_UNROLL for (int i = 0; i < 4; i++) {
      const V xk = SET1(x[k + (size_t)i]);
      LG_UNROLL for (int v = 0; v < nv; v++) c[i][v] = FMA(xk, LOAD(w + (size_t)v * VL), c[i][v]);
      w += l->stride;
    }
  LG_UNROLL for (int i = 0; i < 3; i++) {
    if (k + (size_t)i >= l->in) break;
    const V xk = SET1(x[k + (size_t)i]);
    LG_UNROLL for (int v = 0; v < nv; v++) c[i][v] = FMA(xk, LOAD(w + (size_t)v * VL), c[i][v]);
    w += l->stride;
  }
  LG_UNROLL for (int v = 0; v < nv; v++) {
    const V sum = ADD(ADD(c[0][v], c[1][v]), ADD(c[2][v], c[3][v]));
    STORE(y + at + (size_t)v * VL, act ? LG_VECTOR_TANH(sum) : sum);
  }
}

/* act: tanh at once, in registers. */
LG_ALWAYS_INLINE static inline void LG_M(mlp_one_layer)(const LG_R(packed) * l, const REAL *x, bool bias,
                                                        const bool act, REAL *y) {
  size_t at = 0;
  for (; l->out - at > VL && at + 2 * VL <= l->stride; at += 2 * VL) {
    LG_M(mlp_outputs)(2, l, x, bias, act, at, y);
    if (l->out <= at + 2 * VL) return;
  }
  for (; at < l->out; at += VL) LG_M(mlp_outputs)(1, l, x, bias, act, at, y);
}

static void LG_M(mlp_plain_layer)(const LG_R(packed) * l, const REAL *x, bool bias, REAL *y) {
  LG_M(mlp_one_layer)(l, x, bias, false, y);
}

static void LG_M(mlp_one)(const LG_R(mlp) * mlp, const REAL *x, const REAL *dx, REAL *y, REAL *dy) {
  REAL value[2][LG_MLP_WIDTH], slope[2][LG_MLP_WIDTH], before[2][LG_MLP_WIDTH];
  for (size_t i = 0; i < mlp->n_layers; i++) {
    const LG_R(packed) *l = &mlp->layer[i];
    const size_t padded = (l->out + VL - 1) / VL * VL; /* whole vectors: no scalar tail in the activations */
    REAL *out = value[i % 2];
    if (LG_HAS_VECTOR_TANH && l->act == LG_ACT_TANH && !dx) LG_M(mlp_one_layer)(l, x, true, true, out);
    else if (l->act == LG_ACT_NONE && !dx) LG_M(mlp_plain_layer)(l, x, true, out);
    else {
      LG_M(mlp_plain_layer)(l, x, true, before[0]);
      LG_M(act)(l->act, padded, before[0], out);
    }
    x = out;
    if (!dx) continue;
    LG_M(mlp_plain_layer)(l, dx, false, before[1]);
    LG_M(act_jet)(l->act, padded, before[0], out, before[1], slope[i % 2]);
    dx = slope[i % 2];
  }
  for (size_t j = 0; j < mlp->out; j++) y[j] = x[j];
  for (size_t j = 0; dx && j < mlp->out; j++) dy[j] = dx[j];
}

/* mo outputs of a block of rows: x (in, LG_ROWS), y (out, LG_ROWS). */
LG_ALWAYS_INLINE static inline void LG_M(mlp_tile)(const int mo, const LG_R(packed) * l, const REAL *x, bool bias,
                                                   const bool act, size_t o, REAL *y) {
  V sum[2][MO][2];
  LG_UNROLL for (int i = 0; i < 4; i++) {
    V c[MO][2];
    LG_UNROLL for (int j = 0; j < mo; j++) {
      c[j][0] = c[j][1] = i == 0 && bias ? SET1(l->bias[o + (size_t)j]) : ZERO();
    }
    for (size_t k = (size_t)i; k < l->in; k += 4) {
      const V x0 = LOAD(x + k * LG_ROWS), x1 = LOAD(x + k * LG_ROWS + VL);
      const REAL *w = l->weight + k * l->stride + o;
      LG_UNROLL for (int j = 0; j < mo; j++) {
        const V wj = SET1(w[j]);
        c[j][0] = FMA(x0, wj, c[j][0]);
        c[j][1] = FMA(x1, wj, c[j][1]);
      }
    }
    LG_UNROLL for (int j = 0; j < mo; j++) LG_UNROLL for (int v = 0; v < 2; v++) sum[i / 2][j][v] =
        i % 2 ? ADD(sum[i / 2][j][v], c[j][v]) : c[j][v];
  }
  LG_UNROLL for (int j = 0; j < mo; j++) LG_UNROLL for (int v = 0; v < 2; v++) {
    const V all = ADD(sum[0][j][v], sum[1][j][v]);
    STORE(y + (o + (size_t)j) * LG_ROWS + (size_t)v * VL, act ? LG_VECTOR_TANH(all) : all);
  }
}

LG_ALWAYS_INLINE static inline void LG_M(mlp_block_outputs)(const LG_R(packed) * l, const REAL *x, bool bias,
                                                            const bool act, REAL *y) {
  size_t o = 0;
  for (; o + MO <= l->out; o += MO) LG_M(mlp_tile)(MO, l, x, bias, act, o, y);
  for (; o + 2 <= l->out; o += 2) LG_M(mlp_tile)(2, l, x, bias, act, o, y);
  for (; o < l->out; o++) LG_M(mlp_tile)(1, l, x, bias, act, o, y);
}

static void LG_M(mlp_block_layer)(const LG_R(packed) * l, const REAL *x, bool bias, REAL *y) {
  LG_M(mlp_block_outputs)(l, x, bias, false, y);
}

/* rows ≤ LG_ROWS; the lanes beyond hold zeros. */
static void LG_M(mlp_load)(size_t rows, size_t width, const REAL *x, REAL *block) {
  if (rows < LG_ROWS) memset(block, 0, width * LG_ROWS * sizeof *block);
  for (size_t r = 0; r < rows; r++)
    for (size_t k = 0; k < width; k++) block[k * LG_ROWS + r] = x[r * width + k];
}

static void LG_M(mlp_unload)(size_t rows, size_t width, const REAL *block, REAL *y) {
  for (size_t r = 0; r < rows; r++)
    for (size_t k = 0; k < width; k++) y[r * width + k] = block[k * LG_ROWS + r];
}

/* The layers on a block: x (in, LG_ROWS); returns y (out, LG_ROWS), one of the two values. */
LG_ALWAYS_INLINE static inline const REAL *LG_M(mlp_block_layers)(const LG_R(mlp) * mlp, const REAL *x, const REAL *dx,
                                                                  REAL value[2][LG_BLOCK], REAL slope[2][LG_BLOCK]) {
  REAL before[2][LG_BLOCK];
  for (size_t i = 0; i < mlp->n_layers; i++) {
    const LG_R(packed) *l = &mlp->layer[i];
    const REAL *from = i == 0 ? x : value[(i + 1) % 2];
    REAL *out = value[i % 2];
    if (LG_HAS_VECTOR_TANH && l->act == LG_ACT_TANH && !dx) LG_M(mlp_block_outputs)(l, from, true, true, out);
    else if (l->act == LG_ACT_NONE && !dx) LG_M(mlp_block_layer)(l, from, true, out);
    else {
      LG_M(mlp_block_layer)(l, from, true, before[0]);
      LG_M(act)(l->act, l->out * LG_ROWS, before[0], out);
    }
    if (!dx) continue;
    LG_M(mlp_block_layer)(l, i == 0 ? dx : slope[(i + 1) % 2], false, before[1]);
    LG_M(act_jet)(l->act, l->out * LG_ROWS, before[0], out, before[1], slope[i % 2]);
  }
  return value[(mlp->n_layers + 1) % 2];
}

static void LG_M(mlp_block)(const LG_R(mlp) * mlp, size_t rows, const REAL *x, const REAL *dx, REAL *y, REAL *dy) {
  REAL value[2][LG_BLOCK], slope[2][LG_BLOCK];
  LG_M(mlp_load)(rows, mlp->in, x, value[1]);
  if (dx) LG_M(mlp_load)(rows, mlp->in, dx, slope[1]);
  const REAL *out = LG_M(mlp_block_layers)(mlp, value[1], dx ? slope[1] : NULL, value, slope);
  LG_M(mlp_unload)(rows, mlp->out, out, y);
  if (dx) LG_M(mlp_unload)(rows, mlp->out, slope[(mlp->n_layers + 1) % 2], dy);
}

static void LG_M(mlp_columns)(const LG_R(mlp) * mlp, size_t n, size_t stride, const REAL *x, REAL *y) {
  REAL value[2][LG_BLOCK];
  if (n == 1) {
    REAL row[LG_MLP_WIDTH], out[LG_MLP_WIDTH];
    for (size_t k = 0; k < mlp->in; k++) row[k] = x[k * stride];
    LG_M(mlp_one)(mlp, row, NULL, out, NULL);
    for (size_t k = 0; k < mlp->out; k++) y[k * stride] = out[k];
    return;
  }
  for (size_t r = 0; r < n; r += LG_ROWS) {
    const size_t rows = n - r < LG_ROWS ? n - r : LG_ROWS;
    if (rows < LG_ROWS) memset(value[1], 0, mlp->in * LG_ROWS * sizeof value[1][0]);
    for (size_t k = 0; k < mlp->in; k++) memcpy(value[1] + k * LG_ROWS, x + k * stride + r, rows * sizeof *x);
    const REAL *out = LG_M(mlp_block_layers)(mlp, value[1], NULL, value, NULL);
    for (size_t k = 0; k < mlp->out; k++) memcpy(y + k * stride + r, out + k * LG_ROWS, rows * sizeof *y);
  }
}

static void LG_M(mlp)(const LG_R(mlp) * mlp, size_t n, const REAL *x, const REAL *dx, REAL *y, REAL *dy) {
  if (n < 4) { /* a block costs about as much as four rows */
    for (size_t r = 0; r < n; r++) LG_M(mlp_one)
    (mlp, x + r * mlp->in, dx ? dx + r * mlp->in : NULL, y + r * mlp->out, dx ? dy + r * mlp->out : NULL);
    return;
  }
  for (size_t r = 0; r < n; r += LG_ROWS) LG_M(mlp_block)
  (mlp, n - r < LG_ROWS ? n - r : LG_ROWS, x + r * mlp->in, dx ? dx + r * mlp->in : NULL, y + r * mlp->out,
   dx ? dy + r * mlp->out : NULL);
}
#undef LG_ROWS
#undef LG_BLOCK
#undef LG_HAS_VECTOR_TANH
#undef LG_VECTOR_TANH
