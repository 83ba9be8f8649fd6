/* The tape in one precision; see tape.h. */

typedef struct LG_R(tape) LG_R(tape);
typedef struct LG_R(node) LG_R(node);

/** What an operation does; forward may run again on the same node (frozen networks). */
typedef struct LG_R(op) {
  const char *name;
  void (*forward)(LG_R(tape) * tape, LG_R(node) * node);  /**< NULL: inputs */
  void (*backward)(LG_R(tape) * tape, LG_R(node) * node); /**< adds to the gradients of inputs and parameters */
  bool writes; /**< backward writes all of an input's gradient when that is `fresh`; otherwise it finds zeros there */
} LG_R(op);

/** One recorded operation and its result. */
struct LG_R(node) {
  const LG_R(op) * op;
  size_t rank, dim[LG_TAPE_RANK];
  size_t count;             /**< elements of the value, all jet blocks */
  size_t directions, order; /**< jet: blocks value, then per direction d and, for order 2, d² */
  REAL *v;                  /**< (blocks, dim…) */
  REAL *g;                  /**< same shape; NULL until backward */
  bool needs;               /**< a parameter or a wanted input is upstream */
  bool fresh;               /**< g has just been allocated and holds nothing yet */
  size_t n_in;
  lg_var in[LG_TAPE_INPUTS];
  /* attributes of the operation */
  size_t a[8];
  double s[4];
  lg_act act;
  const void *layer;
  union {
    lg_dense dense;
    lg_conv1d conv1d;
    lg_conv2d conv2d;
    lg_lstm lstm;
    lg_gru gru;
    lg_norm norm;
  } p;
  REAL *work[6];        /**< kept from forward to backward */
  const REAL *data[2];  /**< targets, weights: borrowed until backward is done */
  const int32_t *index; /**< classes, edges: borrowed */
  int32_t *choice;      /**< argmax of a pool */
};

struct LG_R(tape) {
  const LG_R(kernels) * kernels;
  const REAL *theta;   /**< flat parameters; NULL for a tape without layers */
  const REAL *theta_t; /**< the same with every matrix transposed (lg_f32_transpose); only backward reads it */
  REAL *grad;          /**< flat gradient, added to; NULL: no backward will be asked for */
  LG_R(node) * nodes;
  size_t n_nodes, node_capacity;
  unsigned char *arena;
  size_t used, capacity, wanted;
  bool training; /**< batch norm uses the statistics of the chunk */
  bool exhausted;
  lg_status status;
  char message[192];
};

/** @brief Create a tape with `bytes` of arena (0: 1 MiB); the kernels are the best of this CPU. */
LG_MUST_CHECK lg_status LG_R(tape_create)(lg_ctx *ctx, size_t bytes, LG_R(tape) * *out);
/** @brief Destroy; accepts NULL. */
void LG_R(tape_destroy)(lg_ctx *ctx, LG_R(tape) * tape);
/** @brief Forget all variables; keeps the memory and the parameter pointers. */
void LG_R(tape_reset)(LG_R(tape) * tape);
/** @brief Set the parameters (any may be NULL, see the fields). */
void LG_R(tape_bind)(LG_R(tape) * tape, const REAL *theta, const REAL *theta_t, REAL *grad);
/** @brief Report the first error of the tape in ctx (once), LG_OK if none. Call outside parallel sections. */
LG_MUST_CHECK lg_status LG_R(tape_check)(lg_ctx *ctx, const LG_R(tape) * tape);
/** @brief Grow the arena so that what did not fit fits next time. Call outside parallel sections. */
LG_MUST_CHECK lg_status LG_R(tape_grow)(lg_ctx *ctx, LG_R(tape) * tape);
/** @brief Record a failure on the tape and return LG_VAR_NONE; for custom operations. */
lg_var LG_R(tape_fail)(LG_R(tape) * tape, lg_status status, const char *fmt, ...) LG_PRINTF(3, 4);
/** @brief 64-byte aligned memory of the arena, not cleared; NULL (and the tape fails) when it is full. */
void *LG_R(tape_alloc)(LG_R(tape) * tape, size_t count, size_t size);

/** Builds something on an empty tape. */
typedef void (*LG_R(build_fn))(void *user, LG_R(tape) * tape);
/** @brief Reset, build, and again with more memory until it fits; reports errors. */
LG_MUST_CHECK lg_status LG_R(tape_run)(lg_ctx *ctx, LG_R(tape) * tape, LG_R(build_fn) build, void *user);

/** @brief Gradient of the scalar `loss` (rank 0) added to tape->grad and left in every variable that needs it. */
void LG_R(backward)(LG_R(tape) * tape, lg_var loss);
/** @brief Value of a variable (rank 0: the number). */
const REAL *LG_R(value)(const LG_R(tape) * tape, lg_var x);
/** @brief Gradient of a variable after backward, NULL when nothing flowed there. */
const REAL *LG_R(gradient)(const LG_R(tape) * tape, lg_var x);
/** @brief The node, for shapes; NULL for LG_VAR_NONE. */
const LG_R(node) * LG_R(node_of)(const LG_R(tape) * tape, lg_var x);

/** @brief dst = theta with every matrix of the table transposed in place. */
void LG_R(transpose)(const lg_params *params, const REAL *theta, REAL *dst);
/** @brief Start values: tensor i from lg_rng(seed, 'init', i). */
void LG_R(init)(const lg_params *params, uint64_t seed, REAL *theta);

/* ---- inputs ---- */

/** @brief Copy data (product of dim) onto the tape; `wanted`: backward computes its gradient. */
lg_var LG_R(input)(LG_R(tape) * tape, size_t rank, const size_t *dim, const REAL *data, bool wanted);
/**
 * @brief Input (B, C) with directions: derivative blocks travel forward with the value through every operation.
 * @param directions 1 … LG_JET_DIRECTIONS; direction i is d/dx of column `columns[i]`
 * @param order 1: first derivatives; 2: also the second derivative along each direction
 */
lg_var LG_R(input_jet)(LG_R(tape) * tape, size_t b, size_t c, const REAL *data, size_t directions,
                       const size_t *columns, size_t order);
/** @brief One block of a jet as a plain variable: block 0 the value, then (d, d²) per direction. */
lg_var LG_R(jet_part)(LG_R(tape) * tape, lg_var x, size_t block);

/* ---- layers ---- */

lg_var LG_R(dense)(LG_R(tape) * tape, const lg_dense *layer, lg_var x, lg_act act);
lg_var LG_R(conv1d)(LG_R(tape) * tape, const lg_conv1d *layer, lg_var x, lg_act act);
lg_var LG_R(lstm)(LG_R(tape) * tape, const lg_lstm *layer, lg_var x);
lg_var LG_R(gru)(LG_R(tape) * tape, const lg_gru *layer, lg_var x);
/** @brief (B, H, W, in) → (B, H_out, W_out, out), H_out = (H + 2 pad - kernel) / stride + 1. */
lg_var LG_R(conv2d)(LG_R(tape) * tape, const lg_conv2d *layer, lg_var x, lg_act act);
/** @brief Each row of the last dimension to mean 0 and variance 1, times gain plus bias. Rank 2 or more. */
lg_var LG_R(layer_norm)(LG_R(tape) * tape, const lg_norm *layer, lg_var x);
/**
 * @brief Each channel (last dimension) to mean 0 and variance 1 over all other dimensions, times gain plus bias.
 *
 * While tape->training: the statistics of the chunk (8 samples of a batch, "ghost batch norm", Hoffer et al. 2017,
 * doi:10.48550/arXiv.1705.08741; all their time steps), and the running ones move a tenth of the way per step.
 * Otherwise the running statistics.
 */
lg_var LG_R(batch_norm)(LG_R(tape) * tape, const lg_norm *layer, lg_var x);

/* ---- elementwise and shape ---- */

lg_var LG_R(act)(LG_R(tape) * tape, lg_var x, lg_act act);
lg_var LG_R(add)(LG_R(tape) * tape, lg_var x, lg_var y);
lg_var LG_R(mul)(LG_R(tape) * tape, lg_var x, lg_var y);
/** @brief a x + b. */
lg_var LG_R(affine)(LG_R(tape) * tape, lg_var x, double a, double b);
/** @brief Join along the last dimension; the other dimensions must agree; n ≤ LG_TAPE_INPUTS. */
lg_var LG_R(concat)(LG_R(tape) * tape, size_t n, const lg_var *xs);
/** @brief Elements [from, to) of the last dimension. */
lg_var LG_R(slice)(LG_R(tape) * tape, lg_var x, size_t from, size_t to);
/** @brief The same elements under another shape. */
lg_var LG_R(reshape)(LG_R(tape) * tape, lg_var x, size_t rank, const size_t *dim);
/** @brief (B, T, C) → (B, C). */
lg_var LG_R(pool_time)(LG_R(tape) * tape, lg_var x, lg_pool_kind kind);
/** @brief Largest of s × s pixels: (B, H, W, C) → (B, H / s, W / s, C). */
lg_var LG_R(pool_image)(LG_R(tape) * tape, lg_var x, size_t s);
/** @brief Every pixel s × s times: (B, H, W, C) → (B, s H, s W, C). */
lg_var LG_R(upsample_image)(LG_R(tape) * tape, lg_var x, size_t s);

/* ---- graphs: `index` (edges) is borrowed until backward is done ---- */

/** @brief Rows by index: x (…, N, C) → (…, edges, C); 0 ≤ index < N. */
lg_var LG_R(gather)(LG_R(tape) * tape, lg_var x, size_t edges, const int32_t *index);
/** @brief Sums by index: x (…, edges, C) → (…, n, C), row i = Σ of the rows e with index[e] = i, in their order. */
lg_var LG_R(scatter_sum)(LG_R(tape) * tape, lg_var x, size_t edges, const int32_t *index, size_t n);

/* ---- losses: rank 0, summed over the samples; weight (B) or NULL = 1 multiplies each sample ---- */

/** @brief Σ_b w_b mean_c (x - target)². x, target (B, C). target NULL = 0. */
lg_var LG_R(loss_mse)(LG_R(tape) * tape, lg_var x, const REAL *target, const REAL *weight);
/** @brief Σ_b w_b (logsumexp x_b - x_b[class]). x (B, C), classes (B). A class of -1 counts nothing. */
lg_var LG_R(loss_cross_entropy)(LG_R(tape) * tape, lg_var x, const int32_t *classes, const REAL *weight);
/**
 * @brief β-NLL of a heteroscedastic Gaussian (Seitzer et al. 2022, doi:10.48550/arXiv.2203.09168).
 *
 * x (B, 2P): means, then log variances (clamped to ±12); target (B, P). Each term is multiplied by variance^beta
 * without gradient. beta = 0: plain NLL; 0.5 as in the paper.
 */
lg_var LG_R(loss_beta_nll)(LG_R(tape) * tape, lg_var x, const REAL *target, double beta, const REAL *weight);
/**
 * @brief Negative log likelihood of a Gaussian mixture with full covariance.
 *
 * x (B, lg_mixture_width(K, P)) as described in mixture.h; target (B, P). Σ_b w_b nll_b.
 */
lg_var LG_R(loss_mixture)(LG_R(tape) * tape, lg_var x, size_t k, size_t p, const REAL *target, const REAL *weight);
/** @brief Σ x over everything: rank 0. */
lg_var LG_R(sum)(LG_R(tape) * tape, lg_var x);

/* ---- for operations of rooms ---- */

/**
 * @brief A custom operation: `op` with its functions, inputs, output shape. Set attributes in the node before forward
 * runs by `prepare` (may be NULL). The value is allocated; gradients of inputs are nodes[in].g (only if
 * nodes[in].needs).
 */
lg_var LG_R(custom)(LG_R(tape) * tape, const LG_R(op) * op, size_t n_in, const lg_var *in, size_t rank,
                    const size_t *dim, void (*prepare)(LG_R(node) * node, void *user), void *user);
