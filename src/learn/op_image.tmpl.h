/*
 * Images (B, H, W, C): convolution, max pool, nearest upsampling.
 *
 * The convolution is one product per kernel row. With stride 1 it runs over a whole image: output rows are laid out
 * with the pitch of the padded input, so that row r of the product starts r pixels further for every r; the k-1
 * pixels at the end of each line are computed and dropped. Other strides run line by line.
 */

typedef struct LG_M(plane) {
  size_t h_in, w_in;   /* padded */
  size_t h_out, w_out; /* of the result */
  size_t runs, rows;   /* products per kernel row, rows of each */
  size_t pitch;        /* pixels from one line of the result to the next in the scratch */
} LG_M(plane);

static LG_M(plane) LG_M(plane_of)(const lg_conv2d *l, const LG_R(node) * x) {
  LG_M(plane) p = {.h_in = x->dim[1] + 2 * l->pad, .w_in = x->dim[2] + 2 * l->pad};
  p.h_out = (p.h_in - l->kernel) / l->stride + 1;
  p.w_out = (p.w_in - l->kernel) / l->stride + 1;
  const bool whole = l->stride == 1;
  p.pitch = whole ? p.w_in : p.w_out;
  p.runs = whole ? 1 : p.h_out;
  p.rows = whole ? (p.h_out - 1) * p.w_in + p.w_out : p.w_out;
  return p;
}

/* Copy one image into the middle of zeros. */
static void LG_M(pad_image)(const lg_conv2d *l, size_t h, size_t w, const REAL *x, REAL *padded) {
  const size_t line = w * l->in, wide = (w + 2 * l->pad) * l->in;
  memset(padded, 0, (h + 2 * l->pad) * wide * sizeof *padded);
  for (size_t y = 0; y < h; y++)
    memcpy(padded + (y + l->pad) * wide + l->pad * l->in, x + y * line, line * sizeof *padded);
}

/* The padded input of sample b. */
static const REAL *LG_M(padded_image)(const LG_R(node) * node, const LG_R(node) * x, const LG_M(plane) * p, size_t b) {
  const lg_conv2d *l = &node->p.conv2d;
  return l->pad ? node->work[0] + b * p->h_in * p->w_in * l->in : x->v + b * x->dim[1] * x->dim[2] * l->in;
}

static void LG_M(conv2d_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_conv2d *l = &node->p.conv2d;
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const LG_M(plane) p = LG_M(plane_of)(l, x);
  const size_t line = p.w_out * l->out, width = l->kernel * l->in;
  for (size_t b = 0; b < node->dim[0]; b++) {
    if (l->pad) LG_M(pad_image)
    (l, x->dim[1], x->dim[2], x->v + b * x->dim[1] * x->dim[2] * l->in, node->work[0] + b * p.h_in * p.w_in * l->in);
    const REAL *from = LG_M(padded_image)(node, x, &p, b);
    REAL *to = node->v + b * p.h_out * line, *scratch = p.runs == 1 ? node->work[1] : to;
    for (size_t run = 0; run < p.runs; run++)
      for (size_t ky = 0; ky < l->kernel; ky++) {
        REAL *c = scratch + run * line;
        const LG_R(gemm) g = {.m = p.rows,
                              .n = l->out,
                              .k = width,
                              .a = from + (run * l->stride + ky) * p.w_in * l->in,
                              .a_row = l->stride * l->in,
                              .a_col = 1,
                              .b = tape->theta + l->weight + ky * width * l->out,
                              .b_row = l->out,
                              .d = ky ? c : tape->theta + l->bias,
                              .d_row = ky ? l->out : 0,
                              .c = c,
                              .c_row = l->out,
                              .relu = node->act == LG_ACT_RELU && ky + 1 == l->kernel};
        tape->kernels->gemm(&g);
      }
    for (size_t y = 0; p.runs == 1 && y < p.h_out; y++)
      memcpy(to + y * line, scratch + y * p.pitch * l->out, line * sizeof *to);
  }
  LG_M(finish_act)(tape, node);
}

/* The gradient of the result of one sample with the pitch of the products; zeros in the dropped pixels. */
static const REAL *LG_M(pitched)(const LG_M(plane) * p, size_t out, const REAL *dy, REAL *scratch) {
  if (p->runs != 1) return dy;
  memset(scratch, 0, p->h_out * p->pitch * out * sizeof *scratch);
  for (size_t y = 0; y < p->h_out; y++)
    memcpy(scratch + y * p->pitch * out, dy + y * p->w_out * out, p->w_out * out * sizeof *scratch);
  return scratch;
}

/* One product per kernel row: dW[ky] += Aᵀ dy. */
static void LG_M(conv2d_weights)(LG_R(tape) * tape, const lg_conv2d *l, const LG_M(plane) * p, const REAL *from,
                                 const REAL *dy) {
  const size_t width = l->kernel * l->in;
  for (size_t run = 0; run < p->runs; run++)
    for (size_t ky = 0; ky < l->kernel; ky++) {
      REAL *dw = tape->grad + l->weight + ky * width * l->out;
      const LG_R(gemm) g = {.m = width,
                            .n = l->out,
                            .k = p->rows,
                            .a = from + (run * l->stride + ky) * p->w_in * l->in,
                            .a_row = 1,
                            .a_col = l->stride * l->in,
                            .b = dy + run * p->w_out * l->out,
                            .b_row = l->out,
                            .d = dw,
                            .d_row = l->out,
                            .c = dw,
                            .c_row = l->out};
      tape->kernels->gemm(&g);
    }
}

/* dx += dy Wᵀ, taps in groups of `stride` pixels as in conv1d. The transpose holds (out, ky, kx, in). */
static void LG_M(conv2d_input)(LG_R(tape) * tape, const lg_conv2d *l, const LG_M(plane) * p, const REAL *dy, REAL *dx) {
  const size_t fan = l->kernel * l->kernel * l->in;
  for (size_t run = 0; run < p->runs; run++)
    for (size_t ky = 0; ky < l->kernel; ky++)
      for (size_t kx = 0; kx < l->kernel; kx += l->stride) {
        const size_t taps = l->kernel - kx < l->stride ? l->kernel - kx : l->stride;
        REAL *to = dx + ((run * l->stride + ky) * p->w_in + kx) * l->in;
        const LG_R(gemm) g = {.m = p->rows,
                              .n = taps * l->in,
                              .k = l->out,
                              .a = dy + run * p->w_out * l->out,
                              .a_row = l->out,
                              .a_col = 1,
                              .b = tape->theta_t + l->weight + (ky * l->kernel + kx) * l->in,
                              .b_row = fan,
                              .d = to,
                              .d_row = l->stride * l->in,
                              .c = to,
                              .c_row = l->stride * l->in};
        tape->kernels->gemm(&g);
      }
}

static void LG_M(conv2d_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_conv2d *l = &node->p.conv2d;
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  const LG_M(plane) p = LG_M(plane_of)(l, x);
  const size_t h = x->dim[1], w = x->dim[2], padded_count = p.h_in * p.w_in * l->in;
  REAL *padded = NULL;
  tape->kernels->act_gate(node->act, node->count, node->v, node->g);
  tape->kernels->column_sum(node->count / l->out, l->out, node->g, l->out, tape->grad + l->bias);
  if (x->needs && l->pad && !(padded = LG_M(reals)(tape, padded_count))) return;
  for (size_t b = 0; b < node->dim[0]; b++) {
    const REAL *dy = LG_M(pitched)(&p, l->out, node->g + b * p.h_out * p.w_out * l->out, node->work[1]);
    LG_M(conv2d_weights)(tape, l, &p, LG_M(padded_image)(node, x, &p, b), dy);
    if (!x->needs) continue;
    REAL *dx = x->g + b * h * w * l->in;
    if (!l->pad) {
      LG_M(conv2d_input)(tape, l, &p, dy, dx);
      continue;
    }
    memset(padded, 0, padded_count * sizeof *padded);
    LG_M(conv2d_input)(tape, l, &p, dy, padded);
    for (size_t y = 0; y < h; y++)
      tape->kernels->axpy(w * l->in, 1, padded + ((y + l->pad) * p.w_in + l->pad) * l->in, dx + y * w * l->in);
  }
}
static const LG_R(op) LG_M(op_conv2d) = {"conv2d", LG_M(conv2d_forward), LG_M(conv2d_backward), false};

/* Begin a node over an image (B, H, W, c); c = 0: any. */
static LG_R(node) * LG_M(image)(LG_R(tape) * tape, const LG_R(op) * op, lg_var x, size_t c) {
  LG_R(node) *node = LG_M(begin)(tape, op, 1, &x);
  if (!node || !LG_M(plain)(tape, node)) return NULL;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  if (from->rank == 4 && (c == 0 || from->dim[3] == c)) return node;
  (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "%s wants (B, H, W, C) with C = %zu (0: any)", op->name, c);
  return NULL;
}

lg_var LG_R(conv2d)(LG_R(tape) * tape, const lg_conv2d *layer, lg_var x, lg_act act) {
  LG_R(node) *node = LG_M(image)(tape, &LG_M(op_conv2d), x, layer->in);
  if (!node || !LG_M(uses_theta)(tape, node)) return LG_VAR_NONE;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  if (from->dim[1] + 2 * layer->pad < layer->kernel || from->dim[2] + 2 * layer->pad < layer->kernel)
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "conv2d: image of %zu x %zu, kernel %zu", from->dim[1], from->dim[2],
                           layer->kernel);
  const LG_M(plane) p = LG_M(plane_of)(layer, from);
  const size_t dim[4] = {from->dim[0], p.h_out, p.w_out, layer->out};
  node->p.conv2d = *layer;
  node->act = LG_M(fused)(act) ? act : LG_ACT_NONE;
  if (!LG_M(shape)(tape, node, 4, dim)) return LG_VAR_NONE;
  if (layer->pad) node->work[0] = LG_M(reals)(tape, dim[0] * p.h_in * p.w_in * layer->in);
  if (p.runs == 1) node->work[1] = LG_M(reals)(tape, p.h_out * p.pitch * layer->out);
  const lg_var y = LG_M(finish)(tape, node);
  return LG_M(fused)(act) ? y : LG_R(act)(tape, y, act);
}

/* ---- max pool over s × s pixels, nearest upsampling by s ---- */

static void LG_M(pool_image_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t s = node->a[0], c = node->dim[3], w = x->dim[2];
  size_t at = 0;
  for (size_t b = 0; b < node->dim[0]; b++)
    for (size_t y = 0; y < node->dim[1]; y++)
      for (size_t z = 0; z < node->dim[2]; z++, at += c) {
        const size_t corner = (b * x->dim[1] + y * s) * w + z * s;
        memcpy(node->v + at, x->v + corner * c, c * sizeof *x->v);
        memset(node->choice + at, 0, c * sizeof *node->choice);
        for (size_t i = 1; i < s * s; i++) {
          const REAL *pixel = x->v + (corner + i / s * w + i % s) * c;
          for (size_t j = 0; j < c; j++) {
            node->choice[at + j] = pixel[j] > node->v[at + j] ? (int32_t)i : node->choice[at + j];
            node->v[at + j] = pixel[j] > node->v[at + j] ? pixel[j] : node->v[at + j];
          }
        }
      }
}

static void LG_M(pool_image_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t s = node->a[0], c = node->dim[3], w = x->dim[2];
  size_t at = 0;
  for (size_t b = 0; b < node->dim[0]; b++)
    for (size_t y = 0; y < node->dim[1]; y++)
      for (size_t z = 0; z < node->dim[2]; z++, at += c) {
        const size_t corner = (b * x->dim[1] + y * s) * w + z * s;
        for (size_t j = 0; j < c; j++) {
          const size_t i = (size_t)node->choice[at + j];
          x->g[(corner + i / s * w + i % s) * c + j] += node->g[at + j];
        }
      }
}
static const LG_R(op) LG_M(op_pool_image) = {"pool_image", LG_M(pool_image_forward), LG_M(pool_image_backward), false};

lg_var LG_R(pool_image)(LG_R(tape) * tape, lg_var x, size_t s) {
  LG_R(node) *node = LG_M(image)(tape, &LG_M(op_pool_image), x, 0);
  if (!node) return LG_VAR_NONE;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  if (s == 0 || s > from->dim[1] || s > from->dim[2])
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "pool_image over %zu pixels of %zu x %zu", s, from->dim[1],
                           from->dim[2]);
  const size_t dim[4] = {from->dim[0], from->dim[1] / s, from->dim[2] / s, from->dim[3]};
  node->a[0] = s;
  if (!LG_M(shape)(tape, node, 4, dim)) return LG_VAR_NONE;
  node->choice = LG_R(tape_alloc)(tape, node->count, sizeof *node->choice);
  return LG_M(finish)(tape, node);
}

static void LG_M(upsample_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t s = node->a[0], c = node->dim[3], h = node->dim[1], w = node->dim[2];
  for (size_t b = 0; b < node->dim[0]; b++)
    for (size_t y = 0; y < h; y++)
      for (size_t z = 0; z < w; z++)
        memcpy(node->v + ((b * h + y) * w + z) * c, x->v + ((b * x->dim[1] + y / s) * x->dim[2] + z / s) * c,
               c * sizeof *x->v);
}
static void LG_M(upsample_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t s = node->a[0], c = node->dim[3], h = node->dim[1], w = node->dim[2];
  for (size_t b = 0; b < node->dim[0]; b++)
    for (size_t y = 0; y < h; y++)
      for (size_t z = 0; z < w; z++)
        tape->kernels->axpy(c, 1, node->g + ((b * h + y) * w + z) * c,
                            x->g + ((b * x->dim[1] + y / s) * x->dim[2] + z / s) * c);
}
static const LG_R(op) LG_M(op_upsample) = {"upsample_image", LG_M(upsample_forward), LG_M(upsample_backward), false};

lg_var LG_R(upsample_image)(LG_R(tape) * tape, lg_var x, size_t s) {
  LG_R(node) *node = LG_M(image)(tape, &LG_M(op_upsample), x, 0);
  if (!node) return LG_VAR_NONE;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  size_t dim[4] = {from->dim[0], 0, 0, from->dim[3]};
  if (s == 0 || !lg_mul_size(s, from->dim[1], &dim[1]) || !lg_mul_size(s, from->dim[2], &dim[2]))
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "upsample_image by %zu", s);
  node->a[0] = s;
  return LG_M(shape)(tape, node, 4, dim) ? LG_M(finish)(tape, node) : LG_VAR_NONE;
}
