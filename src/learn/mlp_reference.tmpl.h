/* The plain frozen MLP, row by row: four chains over k mod 4. */
static void LG_M(mlp_layer)(const LG_R(packed) * l, const REAL *x, bool bias, REAL *y) {
  for (size_t o = 0; o < l->out; o++) {
    REAL c[4] = {bias ? l->bias[o] : 0, 0, 0, 0};
    for (size_t k = 0; k < l->in; k++) c[k % 4] = LG_FMA(x[k], l->weight[k * l->stride + o], c[k % 4]);
    y[o] = (c[0] + c[1]) + (c[2] + c[3]);
  }
}

static void LG_M(mlp)(const LG_R(mlp) * mlp, size_t n, const REAL *x, const REAL *dx, REAL *y, REAL *dy) {
  REAL a[4][LG_MLP_WIDTH]; /* before and after the activation, value and derivative */
  for (size_t r = 0; r < n; r++) {
    const REAL *v = x + r * mlp->in, *d = dx ? dx + r * mlp->in : NULL;
    for (size_t i = 0; i < mlp->n_layers; i++) {
      const LG_R(packed) *l = &mlp->layer[i];
      LG_M(mlp_layer)(l, v, true, a[0]);
      if (d) LG_M(mlp_layer)(l, d, false, a[1]);
      LG_M(act)(l->act, l->out, a[0], a[2]);
      if (d) LG_M(act_jet)(l->act, l->out, a[0], a[2], a[1], a[3]);
      v = a[2];
      d = d ? a[3] : NULL;
    }
    memcpy(y + r * mlp->out, v, mlp->out * sizeof *y);
    if (d) memcpy(dy + r * mlp->out, d, mlp->out * sizeof *y);
  }
}

static void LG_M(mlp_columns)(const LG_R(mlp) * mlp, size_t n, size_t stride, const REAL *x, REAL *y) {
  REAL row[LG_MLP_WIDTH], out[LG_MLP_WIDTH];
  for (size_t r = 0; r < n; r++) {
    for (size_t k = 0; k < mlp->in; k++) row[k] = x[k * stride + r];
    LG_M(mlp)(mlp, 1, row, NULL, out, NULL);
    for (size_t k = 0; k < mlp->out; k++) y[k * stride + r] = out[k];
  }
}
