/* Inputs, elementwise operations, shapes, pooling over time. */

/* ---- inputs ---- */

static const LG_R(op) LG_M(op_input) = {"input", NULL, NULL, false};

lg_var LG_R(input)(LG_R(tape) * tape, size_t rank, const size_t *dim, const REAL *data, bool wanted) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_input), 0, NULL);
  if (!node) return LG_VAR_NONE;
  if (rank == 0 || rank > LG_TAPE_RANK)
    return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "input of rank %zu; 1 to %d", rank, LG_TAPE_RANK);
  if (!LG_M(shape)(tape, node, rank, dim)) return LG_VAR_NONE;
  memcpy(node->v, data, node->count * sizeof *data);
  node->needs = wanted;
  return LG_M(finish)(tape, node);
}

lg_var LG_R(input_jet)(LG_R(tape) * tape, size_t b, size_t c, const REAL *data, size_t directions,
                       const size_t *columns, size_t order) {
  const size_t dim[2] = {b, c};
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_input), 0, NULL);
  if (!node) return LG_VAR_NONE;
  if (directions == 0 || directions > LG_JET_DIRECTIONS || order < 1 || order > 2)
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "%zu directions of order %zu; 1 to %d, order 1 or 2", directions, order,
                           LG_JET_DIRECTIONS);
  node->directions = directions;
  node->order = order;
  if (!LG_M(shape)(tape, node, 2, dim)) return LG_VAR_NONE;
  memset(node->v, 0, node->count * sizeof *data);
  memcpy(node->v, data, b * c * sizeof *data);
  for (size_t d = 0; d < directions; d++) {
    if (columns[d] >= c) return LG_R(tape_fail)(tape, LG_ERR_RANGE, "direction along column %zu of %zu", columns[d], c);
    REAL *first = node->v + (1 + d * order) * b * c;
    for (size_t i = 0; i < b; i++) first[i * c + columns[d]] = 1;
  }
  return LG_M(finish)(tape, node);
}

static void LG_M(jet_part_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  memcpy(node->v, LG_M(in)(tape, node, 0)->v + node->a[0] * node->count, node->count * sizeof *node->v);
}
static void LG_M(jet_part_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  tape->kernels->axpy(node->count, 1, node->g, LG_M(in)(tape, node, 0)->g + node->a[0] * node->count);
}
static const LG_R(op) LG_M(op_jet_part) = {"jet_part", LG_M(jet_part_forward), LG_M(jet_part_backward), false};

lg_var LG_R(jet_part)(LG_R(tape) * tape, lg_var x, size_t block) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_jet_part), 1, &x);
  if (!node) return LG_VAR_NONE;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  if (block >= LG_M(blocks)(from))
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "jet block %zu of %zu", block, LG_M(blocks)(from));
  node->a[0] = block;
  node->directions = node->order = 0;
  if (!LG_M(shape)(tape, node, from->rank, from->dim)) return LG_VAR_NONE;
  return LG_M(finish)(tape, node);
}

/* ---- activation ---- */

static void LG_M(act_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  const size_t n = LG_M(block_count)(node);
  tape->kernels->act(node->act, n, from->v, node->v);
  for (size_t d = 0; d < node->directions; d++) {
    const size_t at = (1 + d * node->order) * n;
    if (node->order == 1) tape->kernels->act_jet(node->act, n, from->v, node->v, from->v + at, node->v + at);
    else
      for (size_t i = 0; i < n; i++) {
        REAL f[3] = {0};
        LG_M(act_derivatives)(node->act, from->v[i], node->v[i], f);
        const REAL first = from->v[at + i];
        node->v[at + i] = f[0] * first;
        node->v[at + n + i] = f[0] * from->v[at + n + i] + f[1] * first * first;
      }
  }
}

static void LG_M(act_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  LG_R(node) *from = LG_M(in)(tape, node, 0);
  const size_t n = LG_M(block_count)(node);
  tape->kernels->act_back(node->act, n, from->v, node->v, node->g, from->g);
  for (size_t d = 0; d < node->directions; d++) {
    const size_t at = (1 + d * node->order) * n;
    if (node->order == 1)
      tape->kernels->act_jet_back(node->act, n, from->v, node->v, from->v + at, node->g + at, from->g, from->g + at);
    else
      for (size_t i = 0; i < n; i++) {
        REAL f[3] = {0};
        LG_M(act_derivatives)(node->act, from->v[i], node->v[i], f);
        const REAL x1 = from->v[at + i], x2 = from->v[at + n + i], g1 = node->g[at + i], g2 = node->g[at + n + i];
        from->g[i] += g1 * f[1] * x1 + g2 * (f[1] * x2 + f[2] * x1 * x1);
        from->g[at + i] += g1 * f[0] + 2 * g2 * f[1] * x1;
        from->g[at + n + i] += g2 * f[0];
      }
  }
}
static const LG_R(op) LG_M(op_act) = {"act", LG_M(act_forward), LG_M(act_backward), false};

lg_var LG_R(act)(LG_R(tape) * tape, lg_var x, lg_act act) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_act), 1, &x);
  if (!node) return LG_VAR_NONE;
  node->act = act;
  if (!LG_M(shape)(tape, node, LG_M(in)(tape, node, 0)->rank, LG_M(in)(tape, node, 0)->dim)) return LG_VAR_NONE;
  return LG_M(finish)(tape, node);
}

/* ---- add, mul, affine ---- */

static void LG_M(add_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const REAL *x = LG_M(in)(tape, node, 0)->v, *y = LG_M(in)(tape, node, 1)->v;
  for (size_t i = 0; i < node->count; i++) node->v[i] = x[i] + y[i];
}
static void LG_M(add_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  for (size_t j = 0; j < 2; j++)
    if (LG_M(in)(tape, node, j)->needs) tape->kernels->axpy(node->count, 1, node->g, LG_M(in)(tape, node, j)->g);
}
static const LG_R(op) LG_M(op_add) = {"add", LG_M(add_forward), LG_M(add_backward), false};

/* (xy)' = x'y + xy', (xy)'' = x''y + 2x'y' + xy'': one term per pair of blocks. */
static void LG_M(mul_term)(size_t n, REAL a, const REAL *x, const REAL *y, REAL *out) {
  for (size_t i = 0; i < n; i++) out[i] += a * (x[i] * y[i]);
}

/* Calls `term` for every product of block p of x and block q of y that goes into block o. */
static void LG_M(mul_all)(const LG_R(node) * node, const REAL *x, const REAL *y, REAL *out) {
  const size_t n = LG_M(block_count)(node);
  LG_M(mul_term)(n, 1, x, y, out);
  for (size_t d = 0; d < node->directions; d++) {
    const size_t o1 = (1 + d * node->order) * n, o2 = o1 + n;
    LG_M(mul_term)(n, 1, x + o1, y, out + o1);
    LG_M(mul_term)(n, 1, x, y + o1, out + o1);
    if (node->order == 1) continue;
    LG_M(mul_term)(n, 1, x + o2, y, out + o2);
    LG_M(mul_term)(n, 2, x + o1, y + o1, out + o2);
    LG_M(mul_term)(n, 1, x, y + o2, out + o2);
  }
}

/* d/dx of mul_all: g are the gradients of the blocks of the product. */
static void LG_M(mul_back)(const LG_R(node) * node, const REAL *g, const REAL *y, REAL *dx) {
  const size_t n = LG_M(block_count)(node);
  LG_M(mul_term)(n, 1, g, y, dx);
  for (size_t d = 0; d < node->directions; d++) {
    const size_t o1 = (1 + d * node->order) * n, o2 = o1 + n;
    LG_M(mul_term)(n, 1, g + o1, y, dx + o1);
    LG_M(mul_term)(n, 1, g + o1, y + o1, dx);
    if (node->order == 1) continue;
    LG_M(mul_term)(n, 1, g + o2, y, dx + o2);
    LG_M(mul_term)(n, 2, g + o2, y + o1, dx + o1);
    LG_M(mul_term)(n, 1, g + o2, y + o2, dx);
  }
}

static void LG_M(mul_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  memset(node->v, 0, node->count * sizeof *node->v);
  LG_M(mul_all)(node, LG_M(in)(tape, node, 0)->v, LG_M(in)(tape, node, 1)->v, node->v);
}
static void LG_M(mul_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  LG_R(node) *x = LG_M(in)(tape, node, 0), *y = LG_M(in)(tape, node, 1);
  if (x->needs) LG_M(mul_back)(node, node->g, y->v, x->g);
  if (y->needs) LG_M(mul_back)(node, node->g, x->v, y->g);
}
static const LG_R(op) LG_M(op_mul) = {"mul", LG_M(mul_forward), LG_M(mul_backward), false};

static lg_var LG_M(binary)(LG_R(tape) * tape, const LG_R(op) * op, lg_var x, lg_var y) {
  const lg_var in[2] = {x, y};
  LG_R(node) *node = LG_M(begin)(tape, op, 2, in);
  if (!node) return LG_VAR_NONE;
  const LG_R(node) *a = LG_M(in)(tape, node, 0), *b = LG_M(in)(tape, node, 1);
  bool same = a->rank == b->rank;
  for (size_t r = 0; same && r < a->rank; r++) same = a->dim[r] == b->dim[r];
  if (!same) return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "%s: two different shapes", op->name);
  if (!LG_M(shape)(tape, node, a->rank, a->dim)) return LG_VAR_NONE;
  return LG_M(finish)(tape, node);
}

lg_var LG_R(add)(LG_R(tape) * tape, lg_var x, lg_var y) { return LG_M(binary)(tape, &LG_M(op_add), x, y); }
lg_var LG_R(mul)(LG_R(tape) * tape, lg_var x, lg_var y) { return LG_M(binary)(tape, &LG_M(op_mul), x, y); }

static void LG_M(affine_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const REAL *x = LG_M(in)(tape, node, 0)->v, a = (REAL)node->s[0], b = (REAL)node->s[1];
  const size_t n = LG_M(block_count)(node);
  for (size_t i = 0; i < n; i++) node->v[i] = a * x[i] + b;
  for (size_t i = n; i < node->count; i++) node->v[i] = a * x[i];
}
static void LG_M(affine_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  tape->kernels->axpy(node->count, (REAL)node->s[0], node->g, LG_M(in)(tape, node, 0)->g);
}
static const LG_R(op) LG_M(op_affine) = {"affine", LG_M(affine_forward), LG_M(affine_backward), false};

lg_var LG_R(affine)(LG_R(tape) * tape, lg_var x, double a, double b) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_affine), 1, &x);
  if (!node) return LG_VAR_NONE;
  node->s[0] = a;
  node->s[1] = b;
  if (!LG_M(shape)(tape, node, LG_M(in)(tape, node, 0)->rank, LG_M(in)(tape, node, 0)->dim)) return LG_VAR_NONE;
  return LG_M(finish)(tape, node);
}

/* ---- concat, slice, reshape ---- */

static void LG_M(concat_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const size_t width = LG_M(last_dim)(node), rows = node->count / width;
  size_t at = 0;
  for (size_t j = 0; j < node->n_in; j++) {
    const LG_R(node) *x = LG_M(in)(tape, node, j);
    const size_t w = LG_M(last_dim)(x);
    for (size_t r = 0; r < rows; r++) memcpy(node->v + r * width + at, x->v + r * w, w * sizeof *x->v);
    at += w;
  }
}
static void LG_M(concat_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const size_t width = LG_M(last_dim)(node), rows = node->count / width;
  size_t at = 0;
  for (size_t j = 0; j < node->n_in; j++) {
    const LG_R(node) *x = LG_M(in)(tape, node, j);
    const size_t w = LG_M(last_dim)(x);
    for (size_t r = 0; x->needs && r < rows; r++) tape->kernels->axpy(w, 1, node->g + r * width + at, x->g + r * w);
    at += w;
  }
}
static const LG_R(op) LG_M(op_concat) = {"concat", LG_M(concat_forward), LG_M(concat_backward), false};

lg_var LG_R(concat)(LG_R(tape) * tape, size_t n, const lg_var *xs) {
  if (n == 0 || n > LG_TAPE_INPUTS)
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "concat of %zu variables; 1 to %d", n, LG_TAPE_INPUTS);
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_concat), n, xs);
  if (!node) return LG_VAR_NONE;
  const LG_R(node) *first = LG_M(in)(tape, node, 0);
  size_t dim[LG_TAPE_RANK] = {0};
  memcpy(dim, first->dim, sizeof dim);
  if (first->rank == 0) return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "concat of single numbers");
  for (size_t j = 1; j < n; j++) {
    const LG_R(node) *x = LG_M(in)(tape, node, j);
    bool same = x->rank == first->rank;
    for (size_t r = 0; same && r + 1 < first->rank; r++) same = x->dim[r] == first->dim[r];
    if (!same) return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "concat: input %zu has other leading dimensions", j);
    dim[first->rank - 1] += LG_M(last_dim)(x);
  }
  if (!LG_M(shape)(tape, node, first->rank, dim)) return LG_VAR_NONE;
  return LG_M(finish)(tape, node);
}

static void LG_M(slice_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t w = LG_M(last_dim)(node), from = LG_M(last_dim)(x), rows = node->count / w;
  for (size_t r = 0; r < rows; r++) memcpy(node->v + r * w, x->v + r * from + node->a[0], w * sizeof *x->v);
}
static void LG_M(slice_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t w = LG_M(last_dim)(node), from = LG_M(last_dim)(x), rows = node->count / w;
  for (size_t r = 0; r < rows; r++) tape->kernels->axpy(w, 1, node->g + r * w, x->g + r * from + node->a[0]);
}
static const LG_R(op) LG_M(op_slice) = {"slice", LG_M(slice_forward), LG_M(slice_backward), false};

lg_var LG_R(slice)(LG_R(tape) * tape, lg_var x, size_t from, size_t to) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_slice), 1, &x);
  if (!node) return LG_VAR_NONE;
  const LG_R(node) *source = LG_M(in)(tape, node, 0);
  size_t dim[LG_TAPE_RANK];
  memcpy(dim, source->dim, sizeof dim);
  if (source->rank == 0 || from >= to || to > LG_M(last_dim)(source))
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "slice [%zu, %zu) of %zu", from, to, LG_M(last_dim)(source));
  dim[source->rank - 1] = to - from;
  node->a[0] = from;
  if (!LG_M(shape)(tape, node, source->rank, dim)) return LG_VAR_NONE;
  return LG_M(finish)(tape, node);
}

static void LG_M(reshape_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  memcpy(node->v, LG_M(in)(tape, node, 0)->v, node->count * sizeof *node->v);
}
static void LG_M(reshape_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  tape->kernels->axpy(node->count, 1, node->g, LG_M(in)(tape, node, 0)->g);
}
static const LG_R(op) LG_M(op_reshape) = {"reshape", LG_M(reshape_forward), LG_M(reshape_backward), false};

lg_var LG_R(reshape)(LG_R(tape) * tape, lg_var x, size_t rank, const size_t *dim) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_reshape), 1, &x);
  if (!node) return LG_VAR_NONE;
  if (rank == 0 || rank > LG_TAPE_RANK) return LG_R(tape_fail)(tape, LG_ERR_RANGE, "reshape to rank %zu", rank);
  if (!LG_M(shape)(tape, node, rank, dim)) return LG_VAR_NONE;
  if (node->count != LG_M(in)(tape, node, 0)->count)
    return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "reshape of %zu elements to %zu", LG_M(in)(tape, node, 0)->count,
                           node->count);
  return LG_M(finish)(tape, node);
}

/* ---- pooling over time, sum ---- */

static void LG_M(pool_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t b_count = x->dim[0], t_count = x->dim[1], c = x->dim[2];
  for (size_t b = 0; b < b_count; b++) {
    const REAL *from = x->v + b * t_count * c;
    REAL *to = node->v + b * c;
    int32_t *choice = node->choice ? node->choice + b * c : NULL;
    if (node->a[0] == LG_POOL_LAST) memcpy(to, from + (t_count - 1) * c, c * sizeof *to);
    if (node->a[0] == LG_POOL_MEAN) {
      memset(to, 0, c * sizeof *to);
      tape->kernels->column_sum(t_count, c, from, c, to);
      for (size_t j = 0; j < c; j++) to[j] *= (REAL)(1.0 / (double)t_count);
    }
    if (node->a[0] != LG_POOL_MAX) continue;
    memcpy(to, from, c * sizeof *to);
    memset(choice, 0, c * sizeof *choice);
    for (size_t t = 1; t < t_count; t++)
      for (size_t j = 0; j < c; j++) {
        const REAL v = from[t * c + j];
        choice[j] = v > to[j] ? (int32_t)t : choice[j];
        to[j] = v > to[j] ? v : to[j];
      }
  }
}

static void LG_M(pool_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t b_count = x->dim[0], t_count = x->dim[1], c = x->dim[2];
  for (size_t b = 0; b < b_count; b++) {
    REAL *to = x->g + b * t_count * c;
    const REAL *g = node->g + b * c;
    if (node->a[0] == LG_POOL_LAST) tape->kernels->axpy(c, 1, g, to + (t_count - 1) * c);
    if (node->a[0] == LG_POOL_MEAN)
      for (size_t t = 0; t < t_count; t++) tape->kernels->axpy(c, (REAL)(1.0 / (double)t_count), g, to + t * c);
    if (node->a[0] == LG_POOL_MAX)
      for (size_t j = 0; j < c; j++) to[(size_t)node->choice[b * c + j] * c + j] += g[j];
  }
}
static const LG_R(op) LG_M(op_pool) = {"pool_time", LG_M(pool_forward), LG_M(pool_backward), false};

lg_var LG_R(pool_time)(LG_R(tape) * tape, lg_var x, lg_pool_kind kind) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_pool), 1, &x);
  if (!node || !LG_M(plain)(tape, node)) return LG_VAR_NONE;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  if (from->rank != 3)
    return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "pool_time wants (B, T, C), not rank %zu", from->rank);
  const size_t dim[2] = {from->dim[0], from->dim[2]};
  node->a[0] = kind;
  if (!LG_M(shape)(tape, node, 2, dim)) return LG_VAR_NONE;
  if (kind == LG_POOL_MAX) node->choice = LG_R(tape_alloc)(tape, node->count, sizeof *node->choice);
  return LG_M(finish)(tape, node);
}

static void LG_M(sum_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  double sum = 0;
  for (size_t i = 0; i < x->count; i++) sum += (double)x->v[i];
  node->v[0] = (REAL)sum;
}
static void LG_M(sum_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  for (size_t i = 0; i < x->count; i++) x->g[i] += node->g[0];
}
static const LG_R(op) LG_M(op_sum) = {"sum", LG_M(sum_forward), LG_M(sum_backward), false};

lg_var LG_R(sum)(LG_R(tape) * tape, lg_var x) {
  LG_R(node) *node = LG_M(begin)(tape, &LG_M(op_sum), 1, &x);
  if (!node || !LG_M(plain)(tape, node) || !LG_M(shape)(tape, node, 0, NULL)) return LG_VAR_NONE;
  return LG_M(finish)(tape, node);
}

lg_var LG_R(custom)(LG_R(tape) * tape, const LG_R(op) * op, size_t n_in, const lg_var *in, size_t rank,
                    const size_t *dim, void (*prepare)(LG_R(node) * node, void *user), void *user) {
  if (n_in > LG_TAPE_INPUTS || rank > LG_TAPE_RANK)
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "%s: %zu inputs, rank %zu", op->name, n_in, rank);
  LG_R(node) *node = LG_M(begin)(tape, op, n_in, in);
  if (!node || !LG_M(shape)(tape, node, rank, dim)) return LG_VAR_NONE;
  if (prepare) prepare(node, user);
  return LG_M(finish)(tape, node);
}
