/* LSTM and GRU over a chunk of samples; the time loop stays inside the chunk. Output: h of every step (B, T, H). */

/* One product of the time loop: rows are samples, `row` strides apart. Added to c, or written. */
static void LG_M(row_product)(LG_R(tape) * tape, size_t b, size_t n, size_t k, const REAL *a, size_t a_row,
                              const REAL *w, size_t w_row, REAL *c, size_t c_row, bool written) {
  const LG_R(gemm) g = {.m = b,
                        .n = n,
                        .k = k,
                        .a = a,
                        .a_row = a_row,
                        .a_col = 1,
                        .b = w,
                        .b_row = w_row,
                        .d = written ? NULL : c,
                        .d_row = c_row,
                        .c = c,
                        .c_row = c_row};
  tape->kernels->gemm(&g);
}

static void LG_M(step_product)(LG_R(tape) * tape, size_t b, size_t n, size_t k, const REAL *a, size_t a_row,
                               const REAL *w, size_t w_row, REAL *c, size_t c_row) {
  LG_M(row_product)(tape, b, n, k, a, a_row, w, w_row, c, c_row, false);
}

/* out (rows, n) = x (rows, k) W + bias, for all steps at once. */
static void LG_M(input_product)(LG_R(tape) * tape, size_t rows, size_t n, size_t k, const REAL *x, const REAL *w,
                                const REAL *bias, REAL *out) {
  const LG_R(gemm) g = {
      .m = rows, .n = n, .k = k, .a = x, .a_row = k, .a_col = 1, .b = w, .b_row = n, .d = bias, .c = out, .c_row = n};
  tape->kernels->gemm(&g);
}

/* dw (m, n) += xᵀ (m, rows) dy (rows, n). */
static void LG_M(weight_product)(LG_R(tape) * tape, size_t rows, size_t m, const REAL *x, size_t n, const REAL *dy,
                                 size_t dy_row, REAL *dw, size_t dw_row) {
  const LG_R(gemm) g = {.m = m,
                        .n = n,
                        .k = rows,
                        .a = x,
                        .a_row = 1,
                        .a_col = m,
                        .b = dy,
                        .b_row = dy_row,
                        .d = dw,
                        .d_row = dw_row,
                        .c = dw,
                        .c_row = dw_row};
  tape->kernels->gemm(&g);
}

/* ---- LSTM: work = gates (B, T, 4H), c (B, T, H), tanh c (B, T, H) ---- */

static void LG_M(lstm_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_lstm *l = &node->p.lstm;
  const size_t b_count = node->dim[0], t_count = node->dim[1], h = l->hidden, g4 = 4 * h;
  REAL *gates = node->work[0];
  LG_M(input_product)
  (tape, b_count * t_count, g4, l->in, LG_M(in)(tape, node, 0)->v, tape->theta + l->w_input, tape->theta + l->bias,
   gates);
  for (size_t t = 0; t < t_count; t++) {
    if (t > 0) LG_M(step_product)
    (tape, b_count, g4, h, node->v + (t - 1) * h, t_count * h, tape->theta + l->w_hidden, g4, gates + t * g4,
     t_count * g4);
    for (size_t b = 0; b < b_count; b++) {
      const size_t at = b * t_count + t;
      const LG_R(cell) cell = {.h = h,
                               .gates = gates + at * g4,
                               .aux = node->work[1] + at * h,
                               .before = t ? node->work[1] + (at - 1) * h : NULL,
                               .out = node->v + at * h,
                               .tanh_c = node->work[2] + at * h};
      tape->kernels->lstm_cell(&cell);
    }
  }
}

static void LG_M(lstm_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_lstm *l = &node->p.lstm;
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t b_count = node->dim[0], t_count = node->dim[1], h = l->hidden, g4 = 4 * h;
  REAL *gates = node->work[0], *carry = LG_M(zeros)(tape, b_count * h);
  if (!carry) return;
  for (size_t t = t_count; t-- > 0;) {
    for (size_t b = 0; b < b_count; b++) {
      const size_t at = b * t_count + t;
      const LG_R(cell) cell = {.h = h,
                               .gates = gates + at * g4,
                               .before = t ? node->work[1] + (at - 1) * h : NULL,
                               .tanh_c = node->work[2] + at * h,
                               .d_out = node->g + at * h,
                               .d_carry = carry + b * h};
      tape->kernels->lstm_cell_back(&cell);
    }
    if (t > 0) LG_M(step_product)
    (tape, b_count, h, g4, gates + t * g4, t_count * g4, tape->theta_t + l->w_hidden, h, node->g + (t - 1) * h,
     t_count * h);
  }
  tape->kernels->column_sum(b_count * t_count, g4, gates, g4, tape->grad + l->bias);
  LG_M(weight_product)(tape, b_count * t_count, l->in, x->v, g4, gates, g4, tape->grad + l->w_input, g4);
  for (size_t b = 0; b < b_count; b++) LG_M(weight_product)
  (tape, t_count - 1, h, node->v + b * t_count * h, g4, gates + (b * t_count + 1) * g4, g4, tape->grad + l->w_hidden,
   g4);
  if (x->needs) LG_M(row_product)
  (tape, b_count * t_count, l->in, g4, gates, g4, tape->theta_t + l->w_input, l->in, x->g, l->in, x->fresh);
}
static const LG_R(op) LG_M(op_lstm) = {"lstm", LG_M(lstm_forward), LG_M(lstm_backward), true};

/* Begin a recurrent node and make its output (B, T, hidden). */
static LG_R(node) * LG_M(recurrent)(LG_R(tape) * tape, const LG_R(op) * op, lg_var x, size_t in, size_t hidden) {
  LG_R(node) *node = LG_M(begin)(tape, op, 1, &x);
  if (!node || !LG_M(plain)(tape, node) || !LG_M(uses_theta)(tape, node)) return NULL;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  if (from->rank != 3 || from->dim[2] != in) {
    (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "%s wants (B, T, %zu)", op->name, in);
    return NULL;
  }
  const size_t dim[3] = {from->dim[0], from->dim[1], hidden};
  return LG_M(shape)(tape, node, 3, dim) ? node : NULL;
}

lg_var LG_R(lstm)(LG_R(tape) * tape, const lg_lstm *layer, lg_var x) {
  LG_R(node) *node = LG_M(recurrent)(tape, &LG_M(op_lstm), x, layer->in, layer->hidden);
  if (!node) return LG_VAR_NONE;
  node->p.lstm = *layer;
  node->work[0] = LG_M(reals)(tape, 4 * node->count);
  node->work[1] = LG_M(reals)(tape, node->count);
  node->work[2] = LG_M(reals)(tape, node->count);
  return LG_M(finish)(tape, node);
}

/* ---- GRU: work = gates (B, T, 3H), u = U_n h + b_n (B, T, H), du (B, T, H) ---- */

static void LG_M(gru_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_gru *l = &node->p.gru;
  const size_t b_count = node->dim[0], t_count = node->dim[1], h = l->hidden, g3 = 3 * h;
  REAL *gates = node->work[0], *u = node->work[1];
  const REAL *w = tape->theta + l->w_hidden;
  LG_M(input_product)
  (tape, b_count * t_count, g3, l->in, LG_M(in)(tape, node, 0)->v, tape->theta + l->w_input, tape->theta + l->bias,
   gates);
  for (size_t i = 0; i < b_count * t_count; i++) memcpy(u + i * h, tape->theta + l->bias_hidden, h * sizeof *u);
  for (size_t t = 0; t < t_count; t++) {
    if (t > 0) {
      const REAL *before = node->v + (t - 1) * h;
      LG_M(step_product)(tape, b_count, 2 * h, h, before, t_count * h, w, g3, gates + t * g3, t_count * g3);
      LG_M(step_product)(tape, b_count, h, h, before, t_count * h, w + 2 * h, g3, u + t * h, t_count * h);
    }
    for (size_t b = 0; b < b_count; b++) {
      const size_t at = b * t_count + t;
      const LG_R(cell) cell = {.h = h,
                               .gates = gates + at * g3,
                               .aux = u + at * h,
                               .before = t ? node->v + (at - 1) * h : NULL,
                               .out = node->v + at * h};
      tape->kernels->gru_cell(&cell);
    }
  }
}

static void LG_M(gru_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_gru *l = &node->p.gru;
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t b_count = node->dim[0], t_count = node->dim[1], h = l->hidden, g3 = 3 * h;
  REAL *gates = node->work[0], *du = node->work[2], *carry = LG_M(reals)(tape, h);
  const REAL *wt = tape->theta_t + l->w_hidden;
  if (!carry) return;
  for (size_t t = t_count; t-- > 0;) {
    for (size_t b = 0; b < b_count; b++) {
      const size_t at = b * t_count + t;
      const LG_R(cell) cell = {.h = h,
                               .gates = gates + at * g3,
                               .aux = node->work[1] + at * h,
                               .before = t ? node->v + (at - 1) * h : NULL,
                               .d_out = node->g + at * h,
                               .d_carry = carry,
                               .d_aux = du + at * h};
      tape->kernels->gru_cell_back(&cell);
      if (t > 0) tape->kernels->axpy(h, 1, carry, node->g + (at - 1) * h);
    }
    if (t == 0) break;
    REAL *back = node->g + (t - 1) * h;
    LG_M(step_product)(tape, b_count, h, 2 * h, gates + t * g3, t_count * g3, wt, h, back, t_count * h);
    LG_M(step_product)(tape, b_count, h, h, du + t * h, t_count * h, wt + 2 * h * h, h, back, t_count * h);
  }
  tape->kernels->column_sum(b_count * t_count, g3, gates, g3, tape->grad + l->bias);
  tape->kernels->column_sum(b_count * t_count, h, du, h, tape->grad + l->bias_hidden);
  LG_M(weight_product)(tape, b_count * t_count, l->in, x->v, g3, gates, g3, tape->grad + l->w_input, g3);
  for (size_t b = 0; b < b_count; b++) {
    const REAL *out = node->v + b * t_count * h;
    REAL *dw = tape->grad + l->w_hidden;
    LG_M(weight_product)(tape, t_count - 1, h, out, 2 * h, gates + (b * t_count + 1) * g3, g3, dw, g3);
    LG_M(weight_product)(tape, t_count - 1, h, out, h, du + (b * t_count + 1) * h, h, dw + 2 * h, g3);
  }
  if (x->needs) LG_M(row_product)
  (tape, b_count * t_count, l->in, g3, gates, g3, tape->theta_t + l->w_input, l->in, x->g, l->in, x->fresh);
}
static const LG_R(op) LG_M(op_gru) = {"gru", LG_M(gru_forward), LG_M(gru_backward), true};

lg_var LG_R(gru)(LG_R(tape) * tape, const lg_gru *layer, lg_var x) {
  LG_R(node) *node = LG_M(recurrent)(tape, &LG_M(op_gru), x, layer->in, layer->hidden);
  if (!node) return LG_VAR_NONE;
  node->p.gru = *layer;
  node->work[0] = LG_M(reals)(tape, 3 * node->count);
  node->work[1] = LG_M(reals)(tape, node->count);
  node->work[2] = LG_M(reals)(tape, node->count);
  return LG_M(finish)(tape, node);
}
