/*
 * Message passing on graphs: rows by index, and sums by index. x (…, N, C): the same edges for every leading index and
 * for the derivative blocks of a jet. Sums run in the order of the edges: deterministic without atomics, and local in
 * memory when the edges are sorted by the node they sum into (CSR order).
 */

typedef struct LG_M(edges) {
  size_t copies, n, edges, c;
  const int32_t *index;
} LG_M(edges);

/* to (copies, edges, c): to[e] += from[index[e]]. */
static void LG_M(spread)(const LG_M(edges) * s, const REAL *from, REAL *to) {
  for (size_t k = 0; k < s->copies; k++)
    for (size_t e = 0; e < s->edges; e++, to += s->c) {
      const REAL *x = from + (k * s->n + (size_t)s->index[e]) * s->c;
      for (size_t j = 0; j < s->c; j++) to[j] += x[j];
    }
}

/* to (copies, n, c): to[index[e]] += from[e]. */
static void LG_M(collect)(const LG_M(edges) * s, const REAL *from, REAL *to) {
  for (size_t k = 0; k < s->copies; k++)
    for (size_t e = 0; e < s->edges; e++, from += s->c) {
      REAL *y = to + (k * s->n + (size_t)s->index[e]) * s->c;
      for (size_t j = 0; j < s->c; j++) y[j] += from[j];
    }
}

/* The edges of a node of this file; a[0] nodes, a[1] edges. */
static LG_M(edges) LG_M(edges_of)(const LG_R(node) * node) {
  const size_t c = LG_M(last_dim)(node), rows = node->dim[node->rank - 2];
  return (LG_M(edges)){node->count / (rows * c), node->a[0], node->a[1], c, node->index};
}

static void LG_M(gather_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_M(edges) s = LG_M(edges_of)(node);
  memset(node->v, 0, node->count * sizeof *node->v);
  LG_M(spread)(&s, LG_M(in)(tape, node, 0)->v, node->v);
}
static void LG_M(gather_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_M(edges) s = LG_M(edges_of)(node);
  LG_M(collect)(&s, node->g, LG_M(in)(tape, node, 0)->g);
}
static const LG_R(op) LG_M(op_gather) = {"gather", LG_M(gather_forward), LG_M(gather_backward), false};

static void LG_M(scatter_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_M(edges) s = LG_M(edges_of)(node);
  memset(node->v, 0, node->count * sizeof *node->v);
  LG_M(collect)(&s, LG_M(in)(tape, node, 0)->v, node->v);
}
static void LG_M(scatter_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_M(edges) s = LG_M(edges_of)(node);
  LG_M(spread)(&s, node->g, LG_M(in)(tape, node, 0)->g);
}
static const LG_R(op) LG_M(op_scatter) = {"scatter_sum", LG_M(scatter_forward), LG_M(scatter_backward), false};

/* x (…, rows_in, C) to (…, rows_out, C); every index below n. */
static lg_var LG_M(by_index)(LG_R(tape) * tape, const LG_R(op) * op, lg_var x, size_t n, size_t edges,
                             const int32_t *index, size_t rows_in, size_t rows_out) {
  LG_R(node) *node = LG_M(begin)(tape, op, 1, &x);
  if (!node) return LG_VAR_NONE;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  size_t dim[LG_TAPE_RANK];
  memcpy(dim, from->dim, sizeof dim);
  if (from->rank < 2 || (rows_in != 0 && dim[from->rank - 2] != rows_in))
    return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "%s wants (…, %zu, C)", op->name, rows_in);
  if (n == 0) n = dim[from->rank - 2];
  dim[from->rank - 2] = rows_out;
  for (size_t e = 0; e < edges; e++)
    if (index[e] < 0 || (size_t)index[e] >= n)
      return LG_R(tape_fail)(tape, LG_ERR_RANGE, "%s: edge %zu names node %d of %zu", op->name, e, (int)index[e], n);
  node->a[0] = n;
  node->a[1] = edges;
  node->index = index;
  return LG_M(shape)(tape, node, from->rank, dim) ? LG_M(finish)(tape, node) : LG_VAR_NONE;
}

lg_var LG_R(gather)(LG_R(tape) * tape, lg_var x, size_t edges, const int32_t *index) {
  return LG_M(by_index)(tape, &LG_M(op_gather), x, 0, edges, index, 0, edges);
}

lg_var LG_R(scatter_sum)(LG_R(tape) * tape, lg_var x, size_t edges, const int32_t *index, size_t n) {
  return LG_M(by_index)(tape, &LG_M(op_scatter), x, n, edges, index, edges, n);
}
