/* Making and calling a frozen MLP in one precision. */

lg_status LG_R(mlp_create)(lg_ctx *ctx, size_t n_layers, const lg_dense *layers, const lg_act *acts, const REAL *theta,
                           LG_R(mlp) * *out) {
  lg_status status = LG_OK;
  LG_R(mlp) *mlp = NULL;
  size_t count = 0;
  *out = NULL;
  if (n_layers == 0 || n_layers > LG_MLP_LAYERS)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu layers in a frozen MLP; 1 to %d", n_layers, LG_MLP_LAYERS);
  for (size_t i = 0; i < n_layers; i++) {
    const lg_dense *l = &layers[i];
    if (l->in == 0 || l->out == 0 || l->in > LG_MLP_WIDTH || l->out > LG_MLP_WIDTH)
      return lg_fail(ctx, LG_ERR_RANGE, "layer %zu of a frozen MLP is %zu to %zu; 1 to %d", i, l->in, l->out,
                     LG_MLP_WIDTH);
    if (i && l->in != layers[i - 1].out)
      return lg_fail(ctx, LG_ERR_RANGE, "layer %zu wants %zu inputs, the one before gives %zu", i, l->in,
                     layers[i - 1].out);
    count += (l->in + 1) * ((l->out + 15) / 16 * 16);
  }
  LG_NEW(ctx, mlp, 1);
  LG_NEW(ctx, mlp->memory, count);
  *mlp = (LG_R(mlp)){.n_layers = n_layers,
                     .in = layers[0].in,
                     .out = layers[n_layers - 1].out,
                     .memory = mlp->memory,
                     .kernels = LG_R(kernels_best)()};
  REAL *at = mlp->memory;
  for (size_t i = 0; i < n_layers; i++) {
    const lg_dense *l = &layers[i];
    const size_t stride = (l->out + 15) / 16 * 16;
    mlp->layer[i] = (LG_R(packed)){l->in, l->out, stride, at + stride, at, acts[i]};
    memcpy(at, theta + l->bias, l->out * sizeof *at);
    at += stride;
    for (size_t k = 0; k < l->in; k++, at += stride) memcpy(at, theta + l->weight + k * l->out, l->out * sizeof *at);
    mlp->width = stride > mlp->width ? stride : mlp->width;
  }
  *out = mlp;
  return LG_OK;
done:
  LG_R(mlp_destroy)(ctx, mlp);
  return status;
}

void LG_R(mlp_destroy)(lg_ctx *ctx, LG_R(mlp) * mlp) {
  if (!mlp) return;
  lg_free(ctx, mlp->memory);
  lg_free(ctx, mlp);
}

void LG_R(mlp_eval)(const LG_R(mlp) * mlp, size_t n, const REAL *x, REAL *y) {
  mlp->kernels->mlp(mlp, n, x, NULL, y, NULL);
}

void LG_R(mlp_columns)(const LG_R(mlp) * mlp, size_t n, size_t stride, const REAL *x, REAL *y) {
  mlp->kernels->mlp_columns(mlp, n, stride, x, y);
}

void LG_R(mlp_jvp)(const LG_R(mlp) * mlp, size_t n, const REAL *x, const REAL *dx, REAL *y, REAL *dy) {
  mlp->kernels->mlp(mlp, n, x, dx, y, dy);
}
