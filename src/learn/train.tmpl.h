/* Training in one precision; see train.h. */

/** One minibatch of n samples. The memory belongs to who made it and lives until the next batch is made. */
typedef struct LG_R(batch) {
  size_t n;
  const REAL *field[LG_BATCH_FIELDS]; /**< (n, width): inputs, targets, weights, in the order the model expects */
  size_t width[LG_BATCH_FIELDS];      /**< numbers per sample */
  size_t steps;                       /**< time steps of sequence fields, for the model's use */
  const int32_t *classes;             /**< (n) or NULL */
} LG_R(batch);

/** A network as a training sees it. Functions get `user`; loss and output run in parallel on different chunks. */
typedef struct LG_R(model) {
  const lg_params *params;
  void *user;
  /**
   * Make batch `index` of `epoch` (held: epoch 0). Must depend on nothing else, so that a resumed run sees the same
   * data. Runs on the calling thread; may use lg_parallel_for.
   */
  lg_status (*make_batch)(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index, LG_R(batch) * batch);
  /** Build the loss, summed over samples [begin, end), on the tape. */
  lg_var (*loss)(void *user, LG_R(tape) * tape, const LG_R(batch) * batch, size_t begin, size_t end);
  /** Build the output (end - begin, width) for lg_f32_predict; NULL when that is not used. */
  lg_var (*output)(void *user, LG_R(tape) * tape, const LG_R(batch) * batch, size_t begin, size_t end);
} LG_R(model);

/** @brief Field f of a batch, at sample `begin`. */
const REAL *LG_R(batch_at)(const LG_R(batch) * batch, size_t f, size_t begin);

/* ---- chunks in parallel ---- */

/** Tapes and partial gradients of the workers; grows as needed, allocates nothing once warm. */
typedef struct LG_R(runner) LG_R(runner);

LG_MUST_CHECK lg_status LG_R(runner_create)(lg_ctx *ctx, const LG_R(model) * model, size_t chunk, LG_R(runner) * *out);
/** @brief Destroy; accepts NULL. */
void LG_R(runner_destroy)(lg_ctx *ctx, LG_R(runner) * runner);
/**
 * @brief Loss (sum over the batch) and, when gradient is not NULL, its gradient.
 * @param theta_t  from lg_f32_transpose, only read for the gradient
 * @param[out] gradient (params->count); entries of buffers hold the mean over chunks of their new value
 * @retval LG_ERR_NUMERICAL the loss is not finite
 */
LG_MUST_CHECK lg_status LG_R(runner_loss)(lg_ctx *ctx, LG_R(runner) * runner, const REAL *theta, const REAL *theta_t,
                                          const LG_R(batch) * batch, double *loss, REAL *gradient);
/** @brief model->output of the whole batch into out (batch->n, width). */
LG_MUST_CHECK lg_status LG_R(runner_predict)(lg_ctx *ctx, LG_R(runner) * runner, const REAL *theta,
                                             const LG_R(batch) * batch, size_t width, REAL *out);

/* ---- training ---- */

typedef struct LG_R(trainer) LG_R(trainer);

/** Called between steps when it is time to save (every save_seconds, at the end, when cancelled). */
typedef lg_status (*LG_R(save_fn))(void *user, lg_ctx *ctx, LG_R(trainer) * trainer);
/** Called after every epoch; may log. */
typedef lg_status (*LG_R(epoch_fn))(void *user, lg_ctx *ctx, LG_R(trainer) * trainer, size_t epoch,
                                    const lg_epoch *result);

/** @brief Create a training at its start values (options->seed). `model` and its table must outlive it. */
LG_MUST_CHECK lg_status LG_R(trainer_create)(lg_ctx *ctx, const LG_R(model) * model, const lg_train_options *options,
                                             LG_R(trainer) * *out);
/** @brief Destroy; accepts NULL. */
void LG_R(trainer_destroy)(lg_ctx *ctx, LG_R(trainer) * trainer);
/** @brief Set the callbacks (either may be NULL). */
void LG_R(trainer_set_callbacks)(LG_R(trainer) * trainer, LG_R(save_fn) save, LG_R(epoch_fn) epoch, void *user);
/**
 * @brief Train until done, stopped early or cancelled; from wherever the trainer stands.
 * @retval LG_ERR_CANCELLED stopped by the context's flag, after `save` was called; run again to go on
 * @retval LG_ERR_NUMERICAL the loss or the gradient is not finite; parameters are those of the last good step
 */
LG_MUST_CHECK lg_status LG_R(trainer_run)(lg_ctx *ctx, LG_R(trainer) * trainer);
/** @brief One step on one batch (for measurements and fixtures); *loss is the mean over the batch. */
LG_MUST_CHECK lg_status LG_R(trainer_step)(lg_ctx *ctx, LG_R(trainer) * trainer, const LG_R(batch) * batch,
                                           double *loss);
/** @brief Mean loss over the held batches with the current parameters. */
LG_MUST_CHECK lg_status LG_R(trainer_held)(lg_ctx *ctx, LG_R(trainer) * trainer, double *loss);
/** @brief Parameters: the best by held loss when there are held batches (and one epoch is over), else the current. */
const REAL *LG_R(trainer_theta)(const LG_R(trainer) * trainer);
/** @brief Current parameters; may be written before the first step (start from other values). */
REAL *LG_R(trainer_current)(LG_R(trainer) * trainer);
/** @brief Epochs that are complete, and their results (n of them). */
const lg_epoch *LG_R(trainer_history)(const LG_R(trainer) * trainer, size_t *n);
/** @brief Save the whole state: parameters, moments, position, history. Atomic. Metadata as given. */
LG_MUST_CHECK lg_status LG_R(trainer_save)(lg_ctx *ctx, const LG_R(trainer) * trainer, const char *path,
                                           const lg_text_pair *metadata, size_t n_metadata);
/**
 * @brief Continue from a file of trainer_save; the trainer is unchanged on failure.
 * @retval LG_ERR_FORMAT   not such a file, or another network
 * @retval LG_ERR_ARGUMENT made with other training options
 */
LG_MUST_CHECK lg_status LG_R(trainer_load)(lg_ctx *ctx, LG_R(trainer) * trainer, const char *path);

/* ---- parameters as named tensors ---- */

/** @brief Fill entries[i] (params->n of them) as views of theta, for lg_safetensors_write. */
void LG_R(params_entries)(const lg_params *params, const REAL *theta, lg_tensor_entry *entries);
/** @brief Read all tensors of the table from a file; type and shapes must be exactly those of the table. */
LG_MUST_CHECK lg_status LG_R(params_load)(lg_ctx *ctx, const lg_params *params, const lg_safetensors *file,
                                          REAL *theta);

/* ---- L-BFGS ---- */

/**
 * @brief Minimise the loss of one batch by L-BFGS (Liu & Nocedal 1989; liblbfgs). f64 is the precision for this.
 * @param max_iterations 0: until converged
 * @param epsilon stop when |gradient| < epsilon max(1, |theta|)
 * @param[in,out] theta start and result (the best point also when the line search gives up)
 * @param[out] loss  final sum over the batch, may be NULL
 */
LG_MUST_CHECK lg_status LG_R(fit_lbfgs)(lg_ctx *ctx, LG_R(runner) * runner, const LG_R(batch) * batch,
                                        size_t max_iterations, double epsilon, REAL *theta, double *loss);
