/* The table of one precision; see pinn_kernel.h. Every build gives the same bits: no contraction, sums in 8 lanes. */

/** The law of one cell at n points of time: r = y' - k flow - gamma. */
typedef struct LG_R(pinn_law) {
  size_t n;
  const REAL *flow, *slope; /* (n) sum of a_ij (y_j - y_i); y' */
  REAL k, gamma;
  REAL precision; /* 1/tau² */
  REAL scale;     /* of the loss */
  bool student;   /* log(1 + r²/(2 tau²)); otherwise squares r²/(2 tau²) */
  REAL *residual; /* (n) out: r */
  REAL *pull;     /* (n) out: d loss / d r */
} LG_R(pinn_law);

typedef struct LG_R(pinn_kernels) {
  /** h1 *= 1 - h²: the tangent through tanh. */
  void (*gate)(size_t n, const REAL *h, REAL *h1);
  /** Its reverse, in place: from d/dh and d/dh1 to d/dz and d/dz1. */
  void (*gate_back)(size_t n, const REAL *h, const REAL *h1, REAL *g, REAL *g1);
  /** y (cols, rows) = shift[c] + scale[c] x (rows, cols); shift NULL: none. */
  void (*turn)(size_t rows, size_t cols, const REAL *x, const REAL *shift, const REAL *scale, REAL *y);
  /** y (rows, cols) = scale[c] x (cols, rows). */
  void (*turn_back)(size_t rows, size_t cols, const REAL *x, const REAL *scale, REAL *y);
  /** error = weight (y - target), pull += scale error. */
  void (*meet)(size_t n, const REAL *y, const REAL *target, const REAL *weight, REAL scale, REAL *error, REAL *pull);
  /** sums: of pull flow, of pull. */
  void (*obey)(const LG_R(pinn_law) * law, double sums[2]);
} LG_R(pinn_kernels);

extern const LG_R(pinn_kernels) LG_R(pinn_kernels_plain), LG_R(pinn_kernels_v3), LG_R(pinn_kernels_v4);

/** @brief The widest that this CPU runs. */
const LG_R(pinn_kernels) * LG_R(pinn_kernels_best)(void);
