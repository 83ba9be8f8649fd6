/* The loops of pinn_kernel.h; PINN_TABLE(precision) names the table. */

static void LG_M(gate)(size_t n, const REAL *restrict h, REAL *restrict h1) {
  for (size_t q = 0; q < n; q++) h1[q] *= 1 - h[q] * h[q];
}

/* h = tanh z, h1 = (1 - h²) z1: d/dz = (1 - h²) g - 2 h h1 g1, d/dz1 = (1 - h²) g1. */
static void LG_M(gate_back)(size_t n, const REAL *restrict h, const REAL *restrict h1, REAL *restrict g,
                            REAL *restrict g1) {
  for (size_t q = 0; q < n; q++) {
    const REAL slope = 1 - h[q] * h[q];
    g[q] = slope * g[q] - 2 * h[q] * h1[q] * g1[q];
    g1[q] = slope * g1[q];
  }
}

static void LG_M(turn)(size_t rows, size_t cols, const REAL *x, const REAL *shift, const REAL *scale, REAL *y) {
  enum { SIDE = 16 }; /* a square of both stays in the first cache */
  for (size_t r0 = 0; r0 < rows; r0 += SIDE)
    for (size_t c = 0; c < cols; c++) {
      const size_t r1 = rows - r0 < SIDE ? rows : r0 + SIDE;
      const REAL s = scale[c], m = shift ? shift[c] : 0;
      for (size_t r = r0; r < r1; r++) y[c * rows + r] = m + s * x[r * cols + c];
    }
}

static void LG_M(turn_back)(size_t rows, size_t cols, const REAL *x, const REAL *scale, REAL *y) {
  enum { SIDE = 16 };
  for (size_t c0 = 0; c0 < cols; c0 += SIDE)
    for (size_t r = 0; r < rows; r++) {
      const size_t c1 = cols - c0 < SIDE ? cols : c0 + SIDE;
      for (size_t c = c0; c < c1; c++) y[r * cols + c] = scale[c] * x[c * rows + r];
    }
}

static void LG_M(meet)(size_t n, const REAL *restrict y, const REAL *restrict target, const REAL *restrict weight,
                       REAL scale, REAL *restrict error, REAL *restrict pull) {
  for (size_t q = 0; q < n; q++) {
    error[q] = weight[q] * (y[q] - target[q]);
    pull[q] += scale * error[q];
  }
}

static double LG_M(lanes_sum)(const double *s) {
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static void LG_M(obey)(const LG_R(pinn_law) * l, double sums[2]) {
  const size_t n = l->n;
  const REAL *restrict flow = l->flow, *restrict slope = l->slope;
  REAL *restrict residual = l->residual, *restrict pull = l->pull;
  const REAL k = l->k, gamma = l->gamma, precision = l->precision, scale = l->scale, half = l->student ? (REAL)0.5 : 0;
  double with_flow[8] = {0}, alone[8] = {0};
  for (size_t q = 0; q < n; q++) {
    const REAL r = slope[q] - k * flow[q] - gamma, p = precision * r;
    residual[q] = r;
    pull[q] = scale * p / (1 + half * p * r);
  }
  size_t q = 0;
  for (; q + 8 <= n; q += 8)
    for (size_t v = 0; v < 8; v++) {
      with_flow[v] += (double)pull[q + v] * (double)flow[q + v];
      alone[v] += (double)pull[q + v];
    }
  for (size_t v = 0; q + v < n; v++) {
    with_flow[v] += (double)pull[q + v] * (double)flow[q + v];
    alone[v] += (double)pull[q + v];
  }
  sums[0] = LG_M(lanes_sum)(with_flow);
  sums[1] = LG_M(lanes_sum)(alone);
}

const LG_R(pinn_kernels) PINN_TABLE = {
    .gate = LG_M(gate),
    .gate_back = LG_M(gate_back),
    .turn = LG_M(turn),
    .turn_back = LG_M(turn_back),
    .meet = LG_M(meet),
    .obey = LG_M(obey),
};
