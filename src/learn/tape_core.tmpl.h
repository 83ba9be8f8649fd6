/* The tape itself: arena, recording, walking back. */

enum { LG_M(FIRST_NODES) = 64 };

lg_status LG_R(tape_create)(lg_ctx *ctx, size_t bytes, LG_R(tape) * *out) {
  lg_status status = LG_OK;
  LG_R(tape) *tape = NULL;
  *out = NULL;
  LG_NEW(ctx, tape, 1);
  tape->kernels = LG_R(kernels_best)();
  tape->capacity = bytes ? bytes : (size_t)1 << 20;
  tape->node_capacity = LG_M(FIRST_NODES);
  LG_NEW(ctx, tape->arena, tape->capacity);
  LG_NEW(ctx, tape->nodes, tape->node_capacity);
  LG_R(tape_reset)(tape);
  *out = tape;
  return LG_OK;
done:
  LG_R(tape_destroy)(ctx, tape);
  return status;
}

void LG_R(tape_destroy)(lg_ctx *ctx, LG_R(tape) * tape) {
  if (!tape) return;
  lg_free(ctx, tape->arena);
  lg_free(ctx, tape->nodes);
  lg_free(ctx, tape);
}

void LG_R(tape_reset)(LG_R(tape) * tape) {
  tape->n_nodes = 1; /* node 0 is LG_VAR_NONE */
  tape->used = tape->wanted = 0;
  tape->exhausted = false;
  tape->status = LG_OK;
  tape->message[0] = 0;
}

void LG_R(tape_bind)(LG_R(tape) * tape, const REAL *theta, const REAL *theta_t, REAL *grad) {
  tape->theta = theta;
  tape->theta_t = theta_t;
  tape->grad = grad;
}

lg_status LG_R(tape_check)(lg_ctx *ctx, const LG_R(tape) * tape) {
  return tape->status == LG_OK ? LG_OK : lg_fail(ctx, tape->status, "%s", tape->message);
}

lg_status LG_R(tape_grow)(lg_ctx *ctx, LG_R(tape) * tape) {
  if (tape->n_nodes == tape->node_capacity) {
    const size_t nodes = 2 * tape->node_capacity;
    LG_R(node) *grown = lg_alloc(ctx, nodes, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    lg_free(ctx, tape->nodes);
    tape->nodes = grown;
    tape->node_capacity = nodes;
  }
  if (tape->wanted > tape->capacity) {
    const size_t bytes = tape->wanted > 2 * tape->capacity ? tape->wanted : 2 * tape->capacity;
    unsigned char *grown = lg_alloc(ctx, bytes, 1);
    if (!grown) return LG_ERR_MEMORY;
    lg_free(ctx, tape->arena);
    tape->arena = grown;
    tape->capacity = bytes;
  }
  LG_R(tape_reset)(tape);
  return LG_OK;
}

lg_status LG_R(tape_run)(lg_ctx *ctx, LG_R(tape) * tape, LG_R(build_fn) build, void *user) {
  for (;;) {
    LG_R(tape_reset)(tape);
    build(user, tape);
    if (!tape->exhausted) return LG_R(tape_check)(ctx, tape);
    const lg_status status = LG_R(tape_grow)(ctx, tape);
    if (status != LG_OK) return status;
  }
}

lg_var LG_R(tape_fail)(LG_R(tape) * tape, lg_status status, const char *fmt, ...) {
  if (tape->status != LG_OK) return LG_VAR_NONE;
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(tape->message, sizeof tape->message, fmt, args);
  va_end(args);
  tape->status = status;
  return LG_VAR_NONE;
}

static void LG_M(exhaust)(LG_R(tape) * tape, size_t wanted) {
  tape->wanted = wanted;
  tape->exhausted = true;
  (void)LG_R(tape_fail)(tape, LG_ERR_MEMORY, "the tape's memory of %zu bytes is full", tape->capacity);
}

void *LG_R(tape_alloc)(LG_R(tape) * tape, size_t count, size_t size) {
  size_t bytes = 0;
  if (tape->status != LG_OK) return NULL;
  if (!lg_mul_size(count, size, &bytes) || bytes > SIZE_MAX / 4) {
    (void)LG_R(tape_fail)(tape, LG_ERR_LIMIT, "a variable of %zu elements is too large", count);
    return NULL;
  }
  bytes = (bytes + 63) & ~(size_t)63;
  if (bytes > tape->capacity - tape->used) {
    LG_M(exhaust)(tape, tape->used + bytes);
    return NULL;
  }
  void *block = tape->arena + tape->used;
  tape->used += bytes;
  return block;
}

static REAL *LG_M(reals)(LG_R(tape) * tape, size_t count) { return LG_R(tape_alloc)(tape, count, sizeof(REAL)); }

static REAL *LG_M(zeros)(LG_R(tape) * tape, size_t count) {
  REAL *block = LG_M(reals)(tape, count);
  if (block) memset(block, 0, count * sizeof *block);
  return block;
}

const LG_R(node) * LG_R(node_of)(const LG_R(tape) * tape, lg_var x) {
  return x == LG_VAR_NONE || x >= tape->n_nodes ? NULL : &tape->nodes[x];
}

const REAL *LG_R(value)(const LG_R(tape) * tape, lg_var x) {
  const LG_R(node) *node = LG_R(node_of)(tape, x);
  return node ? node->v : NULL;
}

const REAL *LG_R(gradient)(const LG_R(tape) * tape, lg_var x) {
  const LG_R(node) *node = LG_R(node_of)(tape, x);
  return node ? node->g : NULL;
}

static LG_R(node) * LG_M(in)(LG_R(tape) * tape, const LG_R(node) * node, size_t i) { return &tape->nodes[node->in[i]]; }

static size_t LG_M(blocks)(const LG_R(node) * node) { return 1 + node->directions * node->order; }
static size_t LG_M(block_count)(const LG_R(node) * node) { return node->count / LG_M(blocks)(node); }
static size_t LG_M(last_dim)(const LG_R(node) * node) { return node->rank ? node->dim[node->rank - 1] : 1; }

/* Start a node: checks the inputs and copies jet and needs. NULL: the tape has failed. */
static LG_R(node) * LG_M(begin)(LG_R(tape) * tape, const LG_R(op) * op, size_t n_in, const lg_var *in) {
  if (tape->status != LG_OK) return NULL;
  if (tape->n_nodes == tape->node_capacity) {
    LG_M(exhaust)(tape, 0);
    return NULL;
  }
  LG_R(node) *node = &tape->nodes[tape->n_nodes];
  memset(node, 0, sizeof *node);
  node->op = op;
  node->n_in = n_in;
  for (size_t i = 0; i < n_in; i++) {
    const LG_R(node) *from = LG_R(node_of)(tape, in[i]);
    if (!from) {
      (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "%s: input %zu is not a variable of this tape", op->name, i);
      return NULL;
    }
    if (i > 0 && (from->directions != node->directions || from->order != node->order)) {
      (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "%s: inputs with different directions", op->name);
      return NULL;
    }
    node->in[i] = in[i];
    node->needs = node->needs || from->needs;
    node->directions = from->directions;
    node->order = from->order;
  }
  return node;
}

static bool LG_M(plain)(LG_R(tape) * tape, const LG_R(node) * node) {
  if (node->directions == 0) return true;
  (void)LG_R(tape_fail)(tape, LG_ERR_UNSUPPORTED, "%s does not carry directions (jets)", node->op->name);
  return false;
}

static bool LG_M(shape)(LG_R(tape) * tape, LG_R(node) * node, size_t rank, const size_t *dim) {
  size_t count = LG_M(blocks)(node);
  node->rank = rank;
  for (size_t r = 0; r < rank; r++) {
    node->dim[r] = dim[r];
    if (dim[r] == 0 || !lg_mul_size(count, dim[r], &count)) {
      (void)LG_R(tape_fail)(tape, LG_ERR_RANGE, "%s: dimension %zu of the result is %zu", node->op->name, r, dim[r]);
      return false;
    }
  }
  node->count = count;
  node->v = LG_M(reals)(tape, count);
  return node->v != NULL;
}

/* Finish a node: run forward, and give out its index. */
static lg_var LG_M(finish)(LG_R(tape) * tape, LG_R(node) * node) {
  if (tape->status != LG_OK) return LG_VAR_NONE;
  if (node->op->forward) node->op->forward(tape, node);
  if (tape->status != LG_OK) return LG_VAR_NONE;
  return (lg_var)tape->n_nodes++;
}

/* A layer needs parameters, and makes everything after it worth differentiating. */
static bool LG_M(uses_theta)(LG_R(tape) * tape, LG_R(node) * node) {
  node->needs = true;
  if (tape->theta) return true;
  (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "%s: the tape has no parameters (tape_bind)", node->op->name);
  return false;
}

void LG_R(backward)(LG_R(tape) * tape, lg_var loss) {
  if (tape->status != LG_OK) return;
  LG_R(node) *last = loss == LG_VAR_NONE || loss >= tape->n_nodes ? NULL : &tape->nodes[loss];
  if (!last || last->count != 1 || !tape->grad) {
    (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "backward needs a single number and a gradient to add to");
    return;
  }
  for (size_t i = 1; i < tape->n_nodes; i++) tape->nodes[i].g = NULL;
  last->g = LG_M(zeros)(tape, 1);
  if (last->g) last->g[0] = 1;
  for (size_t i = loss + 1u; i-- > 1;) {
    LG_R(node) *node = &tape->nodes[i];
    if (!node->g || !node->needs || !node->op->backward) continue;
    for (size_t j = 0; j < node->n_in; j++) {
      LG_R(node) *from = LG_M(in)(tape, node, j);
      if (!from->needs || from->g) continue;
      from->g = LG_M(reals)(tape, from->count);
      from->fresh = node->op->writes;
      if (from->g && !from->fresh) memset(from->g, 0, from->count * sizeof *from->g);
    }
    if (tape->status != LG_OK) return;
    node->op->backward(tape, node);
    for (size_t j = 0; j < node->n_in; j++) LG_M(in)(tape, node, j)->fresh = false;
    if (tape->status != LG_OK) return;
  }
}

void LG_R(transpose)(const lg_params *params, const REAL *theta, REAL *dst) {
  for (size_t i = 0; i < params->n; i++) {
    const lg_param *p = &params->items[i];
    if (p->rows == 0) continue;
    const REAL *from = theta + p->offset;
    REAL *to = dst + p->offset;
    for (size_t r0 = 0; r0 < p->rows; r0 += 16) /* 16 columns of the result at a time stay in the cache */
      for (size_t c = 0; c < p->cols; c++)
        for (size_t r = r0; r < p->rows && r < r0 + 16; r++) to[c * p->rows + r] = from[r * p->cols + c];
  }
}

void LG_R(init)(const lg_params *params, uint64_t seed, REAL *theta) {
  for (size_t i = 0; i < params->n; i++) {
    const lg_param *p = &params->items[i];
    lg_rng rng = lg_rng_make(seed, 0x696e6974u, i); /* "init" */
    for (size_t j = 0; j < p->count; j++)
      theta[p->offset + j] = (REAL)(p->init == LG_INIT_CONSTANT ? p->scale : lg_rng_range(&rng, -p->scale, p->scale));
  }
}
