/* Loss and gradient in one precision; see pinn_core.h. */

typedef struct LG_R(pinn_core) {
  const culture_pinn_problem *problem;
  const culture_pinn_plan *plan;
  const LG_R(kernels) * blas;
  const LG_R(pinn_kernels) * kernels;
  size_t chunk, most_chunks;
  REAL *input, *input_slope;   /* (n_rows, width[0]) and their d/dt */
  REAL *target, *forcing;      /* (n_cells, n_rows) */
  REAL *weight;                /* (n_rows) */
  REAL *mean, *sd, *decay, *a; /* as the problem's */
  REAL *theta, *back;          /* (n_params) weights; the same, each layer turned */
  REAL *gradient;              /* (most_chunks, n_params) */
  double *cell_gradient;       /* (most_chunks, 1 + n_cells): d/dk, d/dgamma */
  REAL *error, *residual;      /* (n_cells, n_rows) of the last step: y - trace where asked; of the law */
  REAL *space;                 /* of each thread */
  size_t space_each;
  /* one step */
  const uint32_t *rows; /* (n_step) or NULL: all, in order */
  size_t n_step;
  double k;
  const double *gamma;              /* (n_cells) */
  const double *sigma, *tau;        /* (n_cells) */
  double data_scale, physics_scale; /* of sum 1/2 (e/sigma)²; of sum log(1 + 1/2 (r/tau)²) or 1/2 (r/tau)² */
  bool student;
} LG_R(pinn_core);

LG_MUST_CHECK lg_status LG_R(pinn_core_create)(lg_ctx *ctx, const culture_pinn_problem *problem,
                                               const culture_pinn_plan *plan, const culture_pinn *options,
                                               LG_R(pinn_core) * *out);
void LG_R(pinn_core_destroy)(lg_ctx *ctx, LG_R(pinn_core) * core);

/** @brief Chunks of a step of n rows. */
size_t LG_R(pinn_chunks)(const LG_R(pinn_core) * core, size_t n);

/** @brief After theta was changed: turn rows [begin, end) of all layers. */
void LG_R(pinn_turn_weights)(LG_R(pinn_core) * core, size_t begin, size_t end);

/** @brief gradient, cell_gradient (by chunks: sum them in order), error and residual of one step. */
LG_MUST_CHECK lg_status LG_R(pinn_gradient)(lg_ctx *ctx, LG_R(pinn_core) * core);

/** @brief The two losses of the last step out of error and residual; data and physics, scaled. */
void LG_R(pinn_losses)(const LG_R(pinn_core) * core, double losses[2]);
