/*
 * The elementwise kernels, plain C that the compiler vectorises for the instruction set of the including file. Only
 * correctly rounded operations: the same bits for every instruction set.
 */

#include "learn/derivatives.tmpl.h"

#ifndef LG_VECTOR_MATH /* simd_math.tmpl.h has these in vectors */
static void LG_M(exp_all)(size_t n, const REAL *x, REAL *y) {
  for (size_t i = 0; i < n; i++) y[i] = LG_M(lg_exp)(x[i]);
}
static void LG_M(tanh_all)(size_t n, const REAL *x, REAL *y) {
  for (size_t i = 0; i < n; i++) y[i] = LG_M(lg_tanh)(x[i]);
}
static void LG_M(sigmoid_all)(size_t n, const REAL *x, REAL *y) {
  for (size_t i = 0; i < n; i++) y[i] = LG_M(lg_sigmoid)(x[i]);
}
#endif

static void LG_M(act)(lg_act f, size_t n, const REAL *x, REAL *y) {
  switch (f) {
  case LG_ACT_NONE:
    if (y != x) memcpy(y, x, n * sizeof *y);
    break;
  case LG_ACT_RELU:
    for (size_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : 0;
    break;
  case LG_ACT_TANH:
    LG_M(tanh_all)(n, x, y);
    break;
  case LG_ACT_SIGMOID:
    LG_M(sigmoid_all)(n, x, y);
    break;
  case LG_ACT_EXP:
    LG_M(exp_all)(n, x, y);
    break;
  case LG_ACT_SOFTPLUS:
    for (size_t i = 0; i < n; i++) y[i] = LG_M(lg_softplus)(x[i]);
    break;
  case LG_ACT_SILU:
    for (size_t i = 0; i < n; i++) y[i] = x[i] * LG_M(lg_sigmoid)(x[i]);
    break;
  }
}

static void LG_M(act_back)(lg_act f, size_t n, const REAL *x, const REAL *y, const REAL *dy, REAL *dx) {
  switch (f) {
  case LG_ACT_NONE:
    for (size_t i = 0; i < n; i++) dx[i] += dy[i];
    break;
  case LG_ACT_RELU:
    for (size_t i = 0; i < n; i++) dx[i] += y[i] > 0 ? dy[i] : 0;
    break;
  case LG_ACT_TANH:
    for (size_t i = 0; i < n; i++) dx[i] += dy[i] * (1 - y[i] * y[i]);
    break;
  case LG_ACT_SIGMOID:
    for (size_t i = 0; i < n; i++) dx[i] += dy[i] * (y[i] * (1 - y[i]));
    break;
  case LG_ACT_EXP:
    for (size_t i = 0; i < n; i++) dx[i] += dy[i] * y[i];
    break;
  case LG_ACT_SOFTPLUS:
    for (size_t i = 0; i < n; i++) dx[i] += dy[i] * LG_M(lg_sigmoid)(x[i]);
    break;
  case LG_ACT_SILU:
    for (size_t i = 0; i < n; i++) {
      const REAL s = LG_M(lg_sigmoid)(x[i]);
      dx[i] += dy[i] * (s + x[i] * (s * (1 - s)));
    }
    break;
  }
}

static void LG_M(act_gate)(lg_act f, size_t n, const REAL *restrict y, REAL *restrict g) {
  switch (f) {
  case LG_ACT_RELU:
    for (size_t i = 0; i < n; i++) g[i] = y[i] > 0 ? g[i] : 0;
    break;
  case LG_ACT_TANH:
    for (size_t i = 0; i < n; i++) g[i] *= 1 - y[i] * y[i];
    break;
  case LG_ACT_SIGMOID:
    for (size_t i = 0; i < n; i++) g[i] *= y[i] * (1 - y[i]);
    break;
  case LG_ACT_EXP:
    for (size_t i = 0; i < n; i++) g[i] *= y[i];
    break;
  case LG_ACT_NONE:
  case LG_ACT_SOFTPLUS:
  case LG_ACT_SILU:
    break;
  }
}

static void LG_M(act_jet)(lg_act f, size_t n, const REAL *restrict x, const REAL *restrict y, const REAL *restrict x1,
                          REAL *restrict y1) {
  if (f == LG_ACT_TANH) {
    for (size_t i = 0; i < n; i++) y1[i] = (1 - y[i] * y[i]) * x1[i];
    return;
  }
  for (size_t i = 0; i < n; i++) {
    REAL d[3] = {0};
    LG_M(act_derivatives)(f, x[i], y[i], d);
    y1[i] = d[0] * x1[i];
  }
}

static void LG_M(act_jet_back)(lg_act f, size_t n, const REAL *restrict x, const REAL *restrict y,
                               const REAL *restrict x1, const REAL *restrict g1, REAL *restrict gx,
                               REAL *restrict gx1) {
  if (f == LG_ACT_TANH) {
    for (size_t i = 0; i < n; i++) {
      const REAL slope = 1 - y[i] * y[i];
      gx[i] += g1[i] * (-2 * y[i] * slope) * x1[i];
      gx1[i] += g1[i] * slope;
    }
    return;
  }
  for (size_t i = 0; i < n; i++) {
    REAL d[3] = {0};
    LG_M(act_derivatives)(f, x[i], y[i], d);
    gx[i] += g1[i] * d[1] * x1[i];
    gx1[i] += g1[i] * d[0];
  }
}

/* Hochreiter & Schmidhuber 1997 with forget gate; gate order i f g o as in PyTorch. */
static void LG_M(lstm_cell)(const LG_R(cell) * cell) {
  const size_t h = cell->h;
  REAL *g = cell->gates, *c = cell->aux, *restrict out = cell->out, *tc = cell->tanh_c;
  const REAL *before = cell->before;
  LG_M(sigmoid_all)(2 * h, g, g);
  LG_M(tanh_all)(h, g + 2 * h, g + 2 * h);
  LG_M(sigmoid_all)(h, g + 3 * h, g + 3 * h);
  if (before)
    for (size_t j = 0; j < h; j++) c[j] = g[h + j] * before[j] + g[j] * g[2 * h + j];
  else
    for (size_t j = 0; j < h; j++) c[j] = g[j] * g[2 * h + j];
  LG_M(tanh_all)(h, c, tc);
  for (size_t j = 0; j < h; j++) out[j] = g[3 * h + j] * tc[j];
}

/* gates: i f g o in, d/d(pre-activation) out; as arguments of their own, so that the compiler believes `restrict`. */
static inline void LG_M(lstm_gates_back)(size_t h, const REAL *restrict tc, const REAL *restrict dh, REAL *restrict dc,
                                         REAL *restrict gi, REAL *restrict gf, REAL *restrict gg, REAL *restrict go,
                                         const REAL *restrict before) {
  for (size_t j = 0; j < h; j++) {
    const REAL i = gi[j], f = gf[j], g = gg[j], o = go[j], b = before[j];
    const REAL d = dc[j] + dh[j] * o * (1 - tc[j] * tc[j]);
    go[j] = dh[j] * tc[j] * (o * (1 - o));
    gi[j] = d * g * (i * (1 - i));
    gg[j] = d * i * (1 - g * g);
    gf[j] = d * b * (f * (1 - f));
    dc[j] = d * f;
  }
}

static void LG_M(lstm_cell_back)(const LG_R(cell) * cell) {
  static const REAL zeros[64] = {0};
  const size_t h = cell->h;
  REAL *g = cell->gates;
  for (size_t j = 0; j < h; j += 64) { /* in pieces, because the first step has no step before: zeros stand for it */
    const size_t n = h - j < 64 ? h - j : 64;
    LG_M(lstm_gates_back)
    (n, cell->tanh_c + j, cell->d_out + j, cell->d_carry + j, g + j, g + h + j, g + 2 * h + j, g + 3 * h + j,
     cell->before ? cell->before + j : zeros);
  }
}

/* Cho et al. 2014 in PyTorch's form: n = tanh(W x + b + r (U h + b_n)), h = (1-z) n + z h_before; gates r z n. */
static void LG_M(gru_cell)(const LG_R(cell) * cell) {
  const size_t h = cell->h;
  REAL *g = cell->gates, *restrict out = cell->out;
  const REAL *before = cell->before, *restrict u = cell->aux;
  LG_M(sigmoid_all)(2 * h, g, g);
  for (size_t j = 0; j < h; j++) g[2 * h + j] += g[j] * u[j];
  LG_M(tanh_all)(h, g + 2 * h, g + 2 * h);
  for (size_t j = 0; j < h; j++) {
    const REAL z = g[h + j], b = before ? before[j] : 0;
    out[j] = (1 - z) * g[2 * h + j] + z * b;
  }
}

static void LG_M(gru_cell_back)(const LG_R(cell) * cell) {
  const size_t h = cell->h;
  REAL *restrict gr = cell->gates, *restrict gz = gr + h, *restrict gn = gr + 2 * h;
  REAL *restrict carry = cell->d_carry, *restrict du = cell->d_aux;
  const REAL *before = cell->before, *restrict u = cell->aux, *restrict dh = cell->d_out;
  for (size_t j = 0; j < h; j++) {
    const REAL r = gr[j], z = gz[j], n = gn[j], b = before ? before[j] : 0;
    const REAL dn = dh[j] * (1 - z) * (1 - n * n);
    gz[j] = dh[j] * (b - n) * (z * (1 - z));
    gr[j] = dn * u[j] * (r * (1 - r));
    gn[j] = dn;
    du[j] = dn * r;
    carry[j] = dh[j] * z;
  }
}

static void LG_M(axpy)(size_t n, REAL a, const REAL *restrict x, REAL *restrict y) {
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

static void LG_M(column_sum)(size_t rows, size_t n, const REAL *x, size_t x_row, REAL *restrict out) {
  for (size_t r = 0; r < rows; r++) {
    const REAL *restrict row = x + r * x_row;
    for (size_t j = 0; j < n; j++) out[j] += row[j];
  }
}

static void LG_M(adam)(size_t n, const lg_adam_step *s, const REAL *restrict gradient, REAL *restrict m,
                       REAL *restrict v, REAL *restrict theta) {
  const REAL b1 = (REAL)s->beta1, b2 = (REAL)s->beta2, a1 = (REAL)(1.0 - s->beta1), a2 = (REAL)(1.0 - s->beta2);
  const REAL keep = (REAL)(1.0 - s->lr * s->decay), rate = (REAL)(s->lr / s->correction1);
  const REAL root = (REAL)(1.0 / sqrt(s->correction2)), eps = (REAL)s->eps, scale = (REAL)s->gradient_scale;
  for (size_t i = 0; i < n; i++) {
    const REAL g = gradient[i] * scale;
    m[i] = b1 * m[i] + a1 * g;
    v[i] = b2 * v[i] + a2 * g * g;
    theta[i] = keep * theta[i] - rate * m[i] / (LG_M(lg_sqrt)(v[i]) * root + eps);
  }
}

#define LG_ELEMENTWISE                                                                                                 \
  .act = LG_M(act), .act_back = LG_M(act_back), .lstm_cell = LG_M(lstm_cell), .lstm_cell_back = LG_M(lstm_cell_back),  \
  .act_gate = LG_M(act_gate), .act_jet = LG_M(act_jet), .act_jet_back = LG_M(act_jet_back),                            \
  .gru_cell = LG_M(gru_cell), .gru_cell_back = LG_M(gru_cell_back), .axpy = LG_M(axpy),                                \
  .column_sum = LG_M(column_sum), .adam = LG_M(adam)
