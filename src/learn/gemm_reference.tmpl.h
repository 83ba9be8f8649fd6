/* The plain product: what every other kernel must equal, and the one for CPUs without AVX2. */
static void LG_M(gemm)(const LG_R(gemm) * g) {
  for (size_t i = 0; i < g->m; i++)
    for (size_t j = 0; j < g->n; j++) {
      REAL sum = g->d ? g->d[i * g->d_row + j] : 0;
      for (size_t k = 0; k < g->k; k++) sum = LG_FMA(g->a[i * g->a_row + k * g->a_col], g->b[k * g->b_row + j], sum);
      g->c[i * g->c_row + j] = g->relu && !(sum > 0) ? 0 : sum;
    }
}
