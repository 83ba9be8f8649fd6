/*
 * Losses: one number, the weighted sum over samples, computed in double. Forward leaves the derivative in work[0], so
 * backward is one scaled addition.
 */

static void LG_M(loss_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  LG_R(node) *x = LG_M(in)(tape, node, 0);
  tape->kernels->axpy(x->count, node->g[0], node->work[0], x->g);
}

static double LG_M(weight_of)(const LG_R(node) * node, size_t b) {
  return node->data[1] ? (double)node->data[1][b] : 1.0;
}

/* Begin a loss of x (B, C) with C as wanted (0: any). */
static LG_R(node) *
    LG_M(loss)(LG_R(tape) * tape, const LG_R(op) * op, lg_var x, size_t c, const REAL *target, const REAL *weight) {
  LG_R(node) *node = LG_M(begin)(tape, op, 1, &x);
  if (!node || !LG_M(plain)(tape, node)) return NULL;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  if (from->rank != 2 || (c != 0 && from->dim[1] != c)) {
    (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "%s wants (B, %zu), not (%zu, %zu) of rank %zu", op->name, c,
                          from->dim[0], from->dim[1], from->rank);
    return NULL;
  }
  node->data[0] = target;
  node->data[1] = weight;
  node->work[0] = LG_M(reals)(tape, from->count);
  return node->work[0] && LG_M(shape)(tape, node, 0, NULL) ? node : NULL;
}

/* ---- squared error ---- */

static void LG_M(mse_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t c = x->dim[1];
  double sum = 0;
  for (size_t b = 0; b < x->dim[0]; b++) {
    const double w = LG_M(weight_of)(node, b) / (double)c;
    for (size_t j = b * c; j < (b + 1) * c; j++) {
      const double e = (double)x->v[j] - (node->data[0] ? (double)node->data[0][j] : 0.0);
      sum += w * e * e;
      node->work[0][j] = (REAL)(2.0 * w * e);
    }
  }
  node->v[0] = (REAL)sum;
}
static const LG_R(op) LG_M(op_mse) = {"mse", LG_M(mse_forward), LG_M(loss_backward), false};

lg_var LG_R(loss_mse)(LG_R(tape) * tape, lg_var x, const REAL *target, const REAL *weight) {
  LG_R(node) *node = LG_M(loss)(tape, &LG_M(op_mse), x, 0, target, weight);
  return node ? LG_M(finish)(tape, node) : LG_VAR_NONE;
}

/* ---- softmax cross entropy ---- */

static void LG_M(cross_entropy_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t c = x->dim[1];
  double sum = 0;
  for (size_t b = 0; b < x->dim[0]; b++) {
    const REAL *row = x->v + b * c;
    REAL *d = node->work[0] + b * c;
    const int32_t class = node->index[b];
    if (class < -1 || class >= (int32_t)c) {
      (void)LG_R(tape_fail)(tape, LG_ERR_RANGE, "class %d of %zu (-1: none)", (int)class, c);
      return;
    }
    const double w = class < 0 ? 0.0 : LG_M(weight_of)(node, b);
    double top = (double)row[0], total = 0;
    for (size_t j = 1; j < c; j++) top = (double)row[j] > top ? (double)row[j] : top;
    for (size_t j = 0; j < c; j++) total += lg_exp((double)row[j] - top);
    const double log_total = top + lg_ln(total);
    for (size_t j = 0; j < c; j++)
      d[j] = (REAL)(w * (lg_exp((double)row[j] - log_total) - ((int32_t)j == class ? 1.0 : 0.0)));
    if (class >= 0) sum += w * (log_total - (double)row[class]);
  }
  node->v[0] = (REAL)sum;
}
static const LG_R(op)
    LG_M(op_cross_entropy) = {"cross_entropy", LG_M(cross_entropy_forward), LG_M(loss_backward), false};

lg_var LG_R(loss_cross_entropy)(LG_R(tape) * tape, lg_var x, const int32_t *classes, const REAL *weight) {
  LG_R(node) *node = LG_M(loss)(tape, &LG_M(op_cross_entropy), x, 0, NULL, weight);
  if (!node) return LG_VAR_NONE;
  node->index = classes;
  return LG_M(finish)(tape, node);
}

/* ---- β-NLL ---- */

static void LG_M(beta_nll_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t p = x->dim[1] / 2;
  double sum = 0;
  for (size_t b = 0; b < x->dim[0]; b++)
    for (size_t j = 0; j < p; j++) {
      const size_t at = b * 2 * p + j;
      const double raw = (double)x->v[at + p], clamped = raw > 12 ? 12 : (raw < -12 ? -12 : raw);
      const double e = (double)x->v[at] - (double)node->data[0][b * p + j], precision = lg_exp(-clamped);
      const double w = LG_M(weight_of)(node, b) * lg_exp(node->s[0] * clamped);
      sum += w * 0.5 * (clamped + e * e * precision + 1.8378770664093453);
      node->work[0][at] = (REAL)(w * e * precision);
      node->work[0][at + p] = (REAL)(raw != clamped ? 0.0 : w * 0.5 * (1.0 - e * e * precision));
    }
  node->v[0] = (REAL)sum;
}
static const LG_R(op) LG_M(op_beta_nll) = {"beta_nll", LG_M(beta_nll_forward), LG_M(loss_backward), false};

lg_var LG_R(loss_beta_nll)(LG_R(tape) * tape, lg_var x, const REAL *target, double beta, const REAL *weight) {
  LG_R(node) *node = LG_M(loss)(tape, &LG_M(op_beta_nll), x, 0, target, weight);
  if (!node) return LG_VAR_NONE;
  if (LG_M(in)(tape, node, 0)->dim[1] % 2 != 0 || !target || !(beta >= 0 && beta <= 1))
    return LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "beta_nll wants (B, 2P), a target and beta in [0, 1]");
  node->s[0] = beta;
  return LG_M(finish)(tape, node);
}

/* ---- Gaussian mixture ---- */

static void LG_M(mixture_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const LG_R(node) *x = LG_M(in)(tape, node, 0);
  const size_t k = node->a[0], p = node->a[1], width = x->dim[1];
  double *raw = (double *)(void *)node->work[1], *gradient = raw + width, y[LG_MIXTURE_MAX_P] = {0};
  double sum = 0;
  for (size_t b = 0; b < x->dim[0]; b++) {
    const double w = LG_M(weight_of)(node, b);
    if (!(w != 0)) { /* also a sample of another family, whose target may be anything */
      memset(node->work[0] + b * width, 0, width * sizeof(REAL));
      continue;
    }
    for (size_t j = 0; j < width; j++) raw[j] = (double)x->v[b * width + j];
    for (size_t j = 0; j < p; j++) y[j] = (double)node->data[0][b * p + j];
    sum += w * lg_mixture_nll(k, p, raw, y, tape->grad ? gradient : NULL);
    if (!tape->grad) continue;
    for (size_t j = 0; j < width; j++) node->work[0][b * width + j] = (REAL)(w * gradient[j]);
  }
  node->v[0] = (REAL)sum;
}
static const LG_R(op) LG_M(op_mixture) = {"mixture", LG_M(mixture_forward), LG_M(loss_backward), false};

lg_var LG_R(loss_mixture)(LG_R(tape) * tape, lg_var x, size_t k, size_t p, const REAL *target, const REAL *weight) {
  const size_t width = lg_mixture_width(k, p);
  if (width == 0 || !target)
    return LG_R(tape_fail)(tape, LG_ERR_RANGE, "mixture of %zu components over %zu numbers; 1 to %d and 1 to %d", k, p,
                           LG_MIXTURE_MAX_K, LG_MIXTURE_MAX_P);
  LG_R(node) *node = LG_M(loss)(tape, &LG_M(op_mixture), x, width, target, weight);
  if (!node) return LG_VAR_NONE;
  node->a[0] = k;
  node->a[1] = p;
  node->work[1] = LG_R(tape_alloc)(tape, 2 * width, sizeof(double));
  return LG_M(finish)(tape, node);
}
