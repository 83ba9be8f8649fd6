/* Dense layer and convolution over time: products, see kernels.h. */

/* Which activations are applied inside the layer's node: those whose derivative follows from the result alone. */
static bool LG_M(fused)(lg_act act) { return act != LG_ACT_SOFTPLUS && act != LG_ACT_SILU; }

/* y = act(y) in place, after a product that has not done it. */
static void LG_M(finish_act)(LG_R(tape) * tape, LG_R(node) * node) {
  if (node->act != LG_ACT_NONE && node->act != LG_ACT_RELU)
    tape->kernels->act(node->act, node->count, node->v, node->v);
}

/* ---- dense ---- */

static void LG_M(dense_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_dense *l = &node->p.dense;
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t rows = node->count / l->out, value_rows = LG_M(block_count)(node) / l->out;
  LG_R(gemm)
  g = {.m = value_rows,
       .n = l->out,
       .k = l->in,
       .a = x->v,
       .a_row = l->in,
       .a_col = 1,
       .b = tape->theta + l->weight,
       .b_row = l->out,
       .d = tape->theta + l->bias,
       .c = node->v,
       .c_row = l->out,
       .relu = node->act == LG_ACT_RELU};
  tape->kernels->gemm(&g);
  LG_M(finish_act)(tape, node);
  if (rows == value_rows) return;
  g.m = rows - value_rows; /* derivative blocks: no bias */
  g.a += value_rows * l->in;
  g.c += value_rows * l->out;
  g.d = NULL;
  tape->kernels->gemm(&g);
}

static void LG_M(dense_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_dense *l = &node->p.dense;
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t rows = node->count / l->out, value_rows = LG_M(block_count)(node) / l->out;
  tape->kernels->act_gate(node->act, node->count, node->v, node->g);
  tape->kernels->column_sum(value_rows, l->out, node->g, l->out, tape->grad + l->bias);
  REAL *dw = tape->grad + l->weight;
  const LG_R(gemm) weight = {.m = l->in,
                             .n = l->out,
                             .k = rows,
                             .a = x->v,
                             .a_row = 1,
                             .a_col = l->in,
                             .b = node->g,
                             .b_row = l->out,
                             .d = dw,
                             .d_row = l->out,
                             .c = dw,
                             .c_row = l->out};
  tape->kernels->gemm(&weight);
  if (!x->needs) return;
  const LG_R(gemm) input = {.m = rows,
                            .n = l->in,
                            .k = l->out,
                            .a = node->g,
                            .a_row = l->out,
                            .a_col = 1,
                            .b = tape->theta_t + l->weight,
                            .b_row = l->in,
                            .d = x->fresh ? NULL : x->g,
                            .d_row = l->in,
                            .c = x->g,
                            .c_row = l->in};
  tape->kernels->gemm(&input);
}
static const LG_R(op) LG_M(op_dense) = {"dense", LG_M(dense_forward), LG_M(dense_backward), true};

lg_var LG_R(dense)(LG_R(tape) * tape, const lg_dense *layer, lg_var x, lg_act act) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_dense), 1, &x);
  if (!node || !LG_M(uses_theta)(tape, node)) return LG_VAR_NONE;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  size_t dim[LG_TAPE_RANK];
  memcpy(dim, from->dim, sizeof dim);
  if (from->rank == 0 || LG_M(last_dim)(from) != layer->in)
    return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "dense wants %zu inputs, not %zu", layer->in, LG_M(last_dim)(from));
  dim[from->rank - 1] = layer->out;
  node->p.dense = *layer;
  const bool inside = LG_M(fused)(act) && node->directions == 0;
  node->act = inside ? act : LG_ACT_NONE;
  if (!LG_M(shape)(tape, node, from->rank, dim)) return LG_VAR_NONE;
  const lg_var y = LG_M(finish)(tape, node);
  return inside || act == LG_ACT_NONE ? y : LG_R(act)(tape, y, act);
}

/* ---- convolution over time ---- */

static void LG_M(conv1d_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_conv1d *l = &node->p.conv1d;
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t b_count = node->dim[0], t_in = x->dim[1] + 2 * l->pad, t_out = node->dim[1];
  const REAL *from = x->v;
  if (l->pad) { /* zeros around every sample */
    memset(node->work[0], 0, b_count * t_in * l->in * sizeof(REAL));
    for (size_t b = 0; b < b_count; b++)
      memcpy(node->work[0] + (b * t_in + l->pad) * l->in, x->v + b * x->dim[1] * l->in,
             x->dim[1] * l->in * sizeof(REAL));
    from = node->work[0];
  }
  for (size_t b = 0; b < b_count; b++) {
    const LG_R(gemm) g = {.m = t_out,
                          .n = l->out,
                          .k = l->kernel * l->in,
                          .a = from + b * t_in * l->in,
                          .a_row = l->stride * l->in,
                          .a_col = 1,
                          .b = tape->theta + l->weight,
                          .b_row = l->out,
                          .d = tape->theta + l->bias,
                          .c = node->v + b * t_out * l->out,
                          .c_row = l->out,
                          .relu = node->act == LG_ACT_RELU};
    tape->kernels->gemm(&g);
  }
  LG_M(finish_act)(tape, node);
}

/*
 * Gradient of the input of one sample: dx[t*stride + j] += dy[t] W[j]ᵀ. Taps in groups of `stride`: within a group the
 * rows of dx do not overlap, so each group is one product that accumulates in place. When dx (t_in rows) is fresh, the
 * first group writes, and zeros go where it does not reach.
 */
static void LG_M(conv1d_input_gradient)(LG_R(tape) * tape, const lg_conv1d *l, size_t t_in, size_t t_out,
                                        const REAL *dy, REAL *dx, bool fresh) {
  const size_t width = l->kernel * l->in, reached = l->kernel < l->stride ? 0 : t_out * l->stride;
  if (fresh) memset(dx + reached * l->in, 0, (t_in - reached) * l->in * sizeof *dx);
  for (size_t j = 0; j < l->kernel; j += l->stride) {
    const size_t taps = l->kernel - j < l->stride ? l->kernel - j : l->stride;
    const LG_R(gemm) g = {.m = t_out,
                          .n = taps * l->in,
                          .k = l->out,
                          .a = dy,
                          .a_row = l->out,
                          .a_col = 1,
                          .b = tape->theta_t + l->weight + j * l->in,
                          .b_row = width,
                          .d = fresh && reached && j == 0 ? NULL : dx + j * l->in,
                          .d_row = l->stride * l->in,
                          .c = dx + j * l->in,
                          .c_row = l->stride * l->in};
    tape->kernels->gemm(&g);
  }
}

static void LG_M(conv1d_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_conv1d *l = &node->p.conv1d;
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t b_count = node->dim[0], t_in = x->dim[1] + 2 * l->pad, t_out = node->dim[1];
  const REAL *from = l->pad ? node->work[0] : x->v;
  REAL *padded = NULL, *dw = tape->grad + l->weight;
  tape->kernels->act_gate(node->act, node->count, node->v, node->g);
  tape->kernels->column_sum(b_count * t_out, l->out, node->g, l->out, tape->grad + l->bias);
  if (x->needs && l->pad && !(padded = LG_M(reals)(tape, t_in * l->in))) return;
  for (size_t b = 0; b < b_count; b++) {
    const REAL *dy = node->g + b * t_out * l->out;
    const LG_R(gemm) weight = {.m = l->kernel * l->in,
                               .n = l->out,
                               .k = t_out,
                               .a = from + b * t_in * l->in,
                               .a_row = 1,
                               .a_col = l->stride * l->in,
                               .b = dy,
                               .b_row = l->out,
                               .d = dw,
                               .d_row = l->out,
                               .c = dw,
                               .c_row = l->out};
    tape->kernels->gemm(&weight);
    if (!x->needs) continue;
    REAL *dx = x->g + b * x->dim[1] * l->in;
    if (!l->pad) {
      LG_M(conv1d_input_gradient)(tape, l, t_in, t_out, dy, dx, x->fresh);
      continue;
    }
    LG_M(conv1d_input_gradient)(tape, l, t_in, t_out, dy, padded, true);
    if (x->fresh) memcpy(dx, padded + l->pad * l->in, x->dim[1] * l->in * sizeof *dx);
    else tape->kernels->axpy(x->dim[1] * l->in, 1, padded + l->pad * l->in, dx);
  }
}
static const LG_R(op) LG_M(op_conv1d) = {"conv1d", LG_M(conv1d_forward), LG_M(conv1d_backward), true};

lg_var LG_R(conv1d)(LG_R(tape) * tape, const lg_conv1d *layer, lg_var x, lg_act act) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_conv1d), 1, &x);
  if (!node || !LG_M(plain)(tape, node) || !LG_M(uses_theta)(tape, node)) return LG_VAR_NONE;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  if (from->rank != 3 || from->dim[2] != layer->in)
    return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "conv1d wants (B, T, %zu)", layer->in);
  const size_t t_in = from->dim[1] + 2 * layer->pad;
  if (t_in < layer->kernel)
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "conv1d: %zu time steps, kernel %zu", t_in, layer->kernel);
  const size_t dim[3] = {from->dim[0], (t_in - layer->kernel) / layer->stride + 1, layer->out};
  node->p.conv1d = *layer;
  node->act = LG_M(fused)(act) ? act : LG_ACT_NONE;
  if (!LG_M(shape)(tape, node, 3, dim)) return LG_VAR_NONE;
  if (layer->pad) node->work[0] = LG_M(reals)(tape, dim[0] * t_in * layer->in);
  const lg_var y = LG_M(finish)(tape, node);
  return LG_M(fused)(act) ? y : LG_R(act)(tape, y, act);
}
