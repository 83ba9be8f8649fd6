/* The kernel table for one precision; see kernels.h. */

/**
 * C = D + A·B, or max(0, ·) of it. A (m × k) is addressed by two strides, so that a convolution is a product over
 * overlapping rows; B (k × n), D and C (m × n) have contiguous rows. D may be C (accumulate), a vector (d_row = 0,
 * bias) or NULL (zero). C must not overlap A or B. Strides in elements.
 */
typedef struct LG_R(gemm) {
  size_t m, n, k;
  const REAL *a;
  size_t a_row, a_col;
  const REAL *b;
  size_t b_row;
  const REAL *d;
  size_t d_row;
  REAL *c;
  size_t c_row;
  bool relu;
} LG_R(gemm);

/** One time step of a recurrent cell on one row; pointers to the row's numbers, h hidden units. */
typedef struct LG_R(cell) {
  size_t h;
  REAL *gates; /* LSTM 4h: i f g o; GRU 3h: r z n. Forward: in before, out after activation. Backward: out d/d pre */
  REAL *aux;   /* LSTM: c of this step (h); GRU: W_hn h + b_hn of this step (h) */
  const REAL *before; /* LSTM: c of the step before; GRU: h of the step before; NULL = zeros */
  REAL *out;          /* h of this step */
  REAL *tanh_c;       /* LSTM: tanh c of this step */
  REAL *d_out;        /* backward: d/d h of this step, all contributions summed */
  REAL *d_carry;      /* backward: LSTM: d/d c, in for this step, out for the step before; GRU: out d/d h before */
  REAL *d_aux;        /* backward, GRU: d/d aux */
} LG_R(cell);

/** A dense layer packed for inference: rows of `stride` (a multiple of 16) numbers, zeros beyond `out`. */
typedef struct LG_R(packed) {
  size_t in, out, stride;
  const REAL *weight; /* (in, stride) */
  const REAL *bias;   /* (stride) */
  lg_act act;
} LG_R(packed);

/** A stack of packed layers; see mlp.h. */
typedef struct LG_R(mlp) LG_R(mlp);
struct LG_R(mlp) {
  size_t n_layers, in, out, width; /* width: the largest stride */
  LG_R(packed) layer[LG_MLP_LAYERS];
  REAL *memory;
  const struct LG_R(kernels) * kernels; /**< the best of this CPU */
};

typedef struct LG_R(kernels) {
  const char *name;
  void (*gemm)(const LG_R(gemm) * g);
  /** y = f(x), n numbers; x may be y. */
  void (*act)(lg_act f, size_t n, const REAL *x, REAL *y);
  /** dx += dy f'(x); x and y = f(x) as after act. */
  void (*act_back)(lg_act f, size_t n, const REAL *x, const REAL *y, const REAL *dy, REAL *dx);
  /** g *= f'(x), with f' from y = f(x) alone: NONE, RELU, TANH, SIGMOID and EXP only. */
  void (*act_gate)(lg_act f, size_t n, const REAL *y, REAL *g);
  /** First-order jet: y1 = f'(x) x1. */
  void (*act_jet)(lg_act f, size_t n, const REAL *x, const REAL *y, const REAL *x1, REAL *y1);
  /** Its reverse, g1 = gradient of y1: gx += g1 f''(x) x1, gx1 += g1 f'(x). */
  void (*act_jet_back)(lg_act f, size_t n, const REAL *x, const REAL *y, const REAL *x1, const REAL *g1, REAL *gx,
                       REAL *gx1);
  void (*lstm_cell)(const LG_R(cell) * cell);
  void (*lstm_cell_back)(const LG_R(cell) * cell);
  void (*gru_cell)(const LG_R(cell) * cell);
  void (*gru_cell_back)(const LG_R(cell) * cell);
  /** y += a x. */
  void (*axpy)(size_t n, REAL a, const REAL *x, REAL *y);
  /** out[j] += sum over rows of x (rows × n, row stride x_row). */
  void (*column_sum)(size_t rows, size_t n, const REAL *x, size_t x_row, REAL *out);
  /** One Adam(W) step on n parameters. */
  void (*adam)(size_t n, const lg_adam_step *s, const REAL *gradient, REAL *m, REAL *v, REAL *theta);
  /** Inference of an MLP on n rows: y (n, out) of x (n, in); dx, dy NULL or a direction per row and d/dx y · dx. */
  void (*mlp)(const LG_R(mlp) * mlp, size_t n, const REAL *x, const REAL *dx, REAL *y, REAL *dy);
  /** The same without a direction, features first: y (out, stride) of x (in, stride), n rows of them. */
  void (*mlp_columns)(const LG_R(mlp) * mlp, size_t n, size_t stride, const REAL *x, REAL *y);
} LG_R(kernels);

/** @brief The fastest table that this CPU runs. */
const LG_R(kernels) * LG_R(kernels_best)(void);

/** @brief Table i (0 = reference, 1 = v3, 2 = v4), or NULL when this CPU or this build cannot run it. */
const LG_R(kernels) * LG_R(kernels_get)(unsigned i);

/* The tables themselves; NULL function pointers never occur in a table returned by the functions above. */
extern const LG_R(kernels) LG_R(kernels_reference);
extern const LG_R(kernels) LG_R(kernels_v3);
extern const LG_R(kernels) LG_R(kernels_v4);
