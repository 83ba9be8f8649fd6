/*
 * Layer norm and batch norm over the last dimension (channels). Statistics are summed in double, in the order of the
 * rows. Both keep mean and 1/deviation in work[0] and work[1]; the normalised value is computed again in backward.
 */

/* Mean and variance to (mean, 1 / sqrt(variance + eps)) of one group. */
static void LG_M(norm_pair)(double mean, double variance, double eps, REAL *m, REAL *r) {
  *m = (REAL)mean;
  *r = (REAL)(1.0 / sqrt(variance + eps));
}

/* ---- layer norm (Ba, Kiros & Hinton 2016, doi:10.48550/arXiv.1607.06450): a group is one row ---- */

static void LG_M(layer_norm_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_norm *l = &node->p.norm;
  const size_t c = l->c, rows = node->count / c;
  const REAL *gain = tape->theta + l->gain, *bias = tape->theta + l->bias;
  for (size_t r = 0; r < rows; r++) {
    const REAL *x = LG_M(in)(tape, node, 0)->v + r * c;
    REAL *y = node->v + r * c;
    double sum = 0, square = 0;
    for (size_t j = 0; j < c; j++) sum += (double)x[j];
    const double mean = sum / (double)c;
    for (size_t j = 0; j < c; j++) square += ((double)x[j] - mean) * ((double)x[j] - mean);
    LG_M(norm_pair)(mean, square / (double)c, l->eps, &node->work[0][r], &node->work[1][r]);
    const REAL m = node->work[0][r], s = node->work[1][r];
    for (size_t j = 0; j < c; j++) y[j] = (x[j] - m) * s * gain[j] + bias[j];
  }
}

static void LG_M(layer_norm_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_norm *l = &node->p.norm;
  LG_R(node) *from = LG_M(in)(tape, node, 0);
  const size_t c = l->c, rows = node->count / c;
  const REAL *gain = tape->theta + l->gain;
  REAL *d_gain = tape->grad + l->gain, *d_bias = tape->grad + l->bias;
  for (size_t r = 0; r < rows; r++) {
    const REAL *x = from->v + r * c, *dy = node->g + r * c, m = node->work[0][r], s = node->work[1][r];
    double sum = 0, product = 0; /* of d/d(normalised), and of it times the normalised value */
    for (size_t j = 0; j < c; j++) {
      const REAL hat = (x[j] - m) * s, d = dy[j] * gain[j];
      d_gain[j] += dy[j] * hat;
      d_bias[j] += dy[j];
      sum += (double)d;
      product += (double)(d * hat);
    }
    if (!from->needs) continue;
    const REAL mean_d = (REAL)(sum / (double)c), mean_p = (REAL)(product / (double)c);
    REAL *dx = from->g + r * c;
    for (size_t j = 0; j < c; j++) dx[j] += s * (dy[j] * gain[j] - mean_d - (x[j] - m) * s * mean_p);
  }
}
static const LG_R(op) LG_M(op_layer_norm) = {"layer_norm", LG_M(layer_norm_forward), LG_M(layer_norm_backward), false};

/* ---- batch norm (Ioffe & Szegedy 2015, doi:10.48550/arXiv.1502.03167): a group is one channel ---- */

/* Σ over rows per channel: of x, or of (x - mean)² where mean is given. */
static void LG_M(channel_sums)(size_t rows, size_t c, const REAL *x, const double *mean, double *sum) {
  for (size_t j = 0; j < c; j++) sum[j] = 0;
  for (size_t r = 0; r < rows; r++, x += c)
    if (mean)
      for (size_t j = 0; j < c; j++) sum[j] += ((double)x[j] - mean[j]) * ((double)x[j] - mean[j]);
    else
      for (size_t j = 0; j < c; j++) sum[j] += (double)x[j];
}

/* work[2] holds 2 c doubles: mean and sum of squares of the chunk. */
static void LG_M(batch_norm_forward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_norm *l = &node->p.norm;
  const size_t c = l->c, rows = node->count / c;
  const REAL *x = LG_M(in)(tape, node, 0)->v, *gain = tape->theta + l->gain, *bias = tape->theta + l->bias;
  double *mean = (double *)(void *)node->work[2], *square = mean + c;
  if (node->a[0]) {
    LG_M(channel_sums)(rows, c, x, NULL, mean);
    for (size_t j = 0; j < c; j++) mean[j] /= (double)rows;
    LG_M(channel_sums)(rows, c, x, mean, square);
    for (size_t j = 0; j < c; j++)
      LG_M(norm_pair)(mean[j], square[j] / (double)rows, l->eps, &node->work[0][j], &node->work[1][j]);
  } else
    for (size_t j = 0; j < c; j++) LG_M(norm_pair)
  ((double)tape->theta[l->mean + j], (double)tape->theta[l->variance + j], l->eps, &node->work[0][j],
   &node->work[1][j]);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < c; j++)
      node->v[r * c + j] = (x[r * c + j] - node->work[0][j]) * node->work[1][j] * gain[j] + bias[j];
}

static void LG_M(batch_norm_backward)(LG_R(tape) * tape, LG_R(node) * node) {
  const lg_norm *l = &node->p.norm;
  LG_R(node) *from = LG_M(in)(tape, node, 0);
  const size_t c = l->c, rows = node->count / c;
  const REAL *x = from->v, *gain = tape->theta + l->gain, *m = node->work[0], *s = node->work[1];
  const bool training = node->a[0] != 0;
  double *mean = (double *)(void *)node->work[2], *square = mean + c;
  if (training) /* the "gradient" of a buffer is its new value; variance without bias, as PyTorch */
    for (size_t j = 0; j < c; j++) {
      tape->grad[l->mean + j] += (REAL)mean[j];
      tape->grad[l->variance + j] += (REAL)(square[j] / (double)(rows > 1 ? rows - 1 : 1));
    }
  double *sum = mean, *product = square; /* not needed any more */
  for (size_t j = 0; j < c; j++) sum[j] = product[j] = 0;
  for (size_t r = 0; r < rows; r++) {
    const REAL *dy = node->g + r * c;
    for (size_t j = 0; j < c; j++) {
      sum[j] += (double)dy[j];
      product[j] += (double)(dy[j] * ((x[r * c + j] - m[j]) * s[j]));
    }
  }
  for (size_t j = 0; j < c; j++) {
    tape->grad[l->bias + j] += (REAL)sum[j];
    tape->grad[l->gain + j] += (REAL)product[j];
    sum[j] = training ? sum[j] / (double)rows : 0.0;
    product[j] = training ? product[j] / (double)rows : 0.0;
  }
  for (size_t r = 0; from->needs && r < rows; r++) {
    const REAL *dy = node->g + r * c;
    REAL *dx = from->g + r * c;
    for (size_t j = 0; j < c; j++)
      dx[j] += gain[j] * s[j] * (dy[j] - (REAL)sum[j] - (x[r * c + j] - m[j]) * s[j] * (REAL)product[j]);
  }
}
static const LG_R(op) LG_M(op_batch_norm) = {"batch_norm", LG_M(batch_norm_forward), LG_M(batch_norm_backward), false};

/* Begin a norm of x (…, c) with one mean and deviation for each of `groups` (0: for each row). */
static LG_R(node) * LG_M(norm)(LG_R(tape) * tape, const LG_R(op) * op, const lg_norm *layer, lg_var x, size_t groups) {
  LG_R(node) *node = LG_M(begin)(tape, op, 1, &x);
  if (!node || !LG_M(plain)(tape, node) || !LG_M(uses_theta)(tape, node)) return NULL;
  const LG_R(node) *from = LG_M(in)(tape, node, 0);
  if (from->rank < 2 || LG_M(last_dim)(from) != layer->c) {
    (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "%s wants (…, %zu), not %zu channels", op->name, layer->c,
                          LG_M(last_dim)(from));
    return NULL;
  }
  node->p.norm = *layer;
  if (!LG_M(shape)(tape, node, from->rank, from->dim)) return NULL;
  node->work[0] = LG_M(reals)(tape, groups ? groups : node->count / layer->c);
  node->work[1] = LG_M(reals)(tape, groups ? groups : node->count / layer->c);
  return node;
}

lg_var LG_R(layer_norm)(LG_R(tape) * tape, const lg_norm *layer, lg_var x) {
  LG_R(node) *node = LG_M(norm)(tape, &LG_M(op_layer_norm), layer, x, 0);
  return node ? LG_M(finish)(tape, node) : LG_VAR_NONE;
}

lg_var LG_R(batch_norm)(LG_R(tape) * tape, const lg_norm *layer, lg_var x) {
  LG_R(node) *node = LG_M(norm)(tape, &LG_M(op_batch_norm), layer, x, layer->c);
  if (!node) return LG_VAR_NONE;
  node->a[0] = tape->training;
  node->work[2] = LG_R(tape_alloc)(tape, 2 * layer->c, sizeof(double));
  return LG_M(finish)(tape, node);
}
