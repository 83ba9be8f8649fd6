/* Chunks of a batch in parallel: each worker has a tape, each chunk a partial gradient. */

struct LG_R(runner) {
  const LG_R(model) * model;
  size_t chunk;
  LG_R(tape) * *tapes;
  unsigned n_tapes;
  REAL *partial; /* (chunks, params->count) */
  double *losses;
  size_t chunks; /* that fit in `partial` and `losses` */
  /* the work at hand */
  const REAL *theta, *theta_t;
  const LG_R(batch) * batch;
  bool differentiate;
  REAL *out; /* predictions or sum of gradients */
  size_t width, n_chunks;
};

const REAL *LG_R(batch_at)(const LG_R(batch) * batch, size_t f, size_t begin) {
  return batch->field[f] + begin * batch->width[f];
}

lg_status LG_R(runner_create)(lg_ctx *ctx, const LG_R(model) * model, size_t chunk, LG_R(runner) * *out) {
  *out = NULL;
  if (chunk == 0) return lg_fail(ctx, LG_ERR_RANGE, "chunk of 0 samples; 1 or more");
  LG_R(runner) *runner = lg_alloc(ctx, 1, sizeof *runner);
  if (!runner) return LG_ERR_MEMORY;
  runner->model = model;
  runner->chunk = chunk;
  *out = runner;
  return LG_OK;
}

void LG_R(runner_destroy)(lg_ctx *ctx, LG_R(runner) * runner) {
  if (!runner) return;
  for (unsigned t = 0; t < runner->n_tapes; t++) LG_R(tape_destroy)(ctx, runner->tapes[t]);
  lg_free(ctx, runner->tapes);
  lg_free(ctx, runner->partial);
  lg_free(ctx, runner->losses);
  lg_free(ctx, runner);
}

/* One tape per worker, memory for every chunk. */
static lg_status LG_M(prepare)(lg_ctx *ctx, LG_R(runner) * runner, size_t n, bool gradients) {
  lg_status status = LG_OK;
  const unsigned threads = lg_ctx_threads(ctx);
  LG_R(tape) **tapes = NULL;
  if (n == 0) return lg_fail(ctx, LG_ERR_RANGE, "a batch of 0 samples; 1 or more");
  runner->n_chunks = (n - 1) / runner->chunk + 1;
  if (runner->n_tapes < threads) {
    LG_NEW(ctx, tapes, threads);
    if (runner->n_tapes) memcpy(tapes, runner->tapes, runner->n_tapes * sizeof(LG_R(tape) *));
    lg_free(ctx, runner->tapes);
    runner->tapes = tapes;
    for (; runner->n_tapes < threads; runner->n_tapes++)
      LG_TRY(LG_R(tape_create)(ctx, 0, &runner->tapes[runner->n_tapes]));
  }
  if (runner->chunks < runner->n_chunks || (gradients && !runner->partial)) {
    const size_t chunks = runner->chunks < runner->n_chunks ? runner->n_chunks : runner->chunks;
    size_t count = 0;
    lg_free(ctx, runner->partial);
    lg_free(ctx, runner->losses);
    runner->partial = NULL;
    runner->losses = NULL;
    runner->chunks = 0;
    if (!lg_mul_size(chunks, runner->model->params->count, &count))
      return lg_fail(ctx, LG_ERR_LIMIT, "%zu chunks of %zu parameters are too many", chunks,
                     runner->model->params->count);
    LG_NEW(ctx, runner->losses, chunks);
    if (gradients) LG_NEW(ctx, runner->partial, count ? count : 1);
    runner->chunks = chunks;
  }
done:
  return status;
}

/* Run all chunks; again with larger tapes when one was full. */
static lg_status LG_M(run_chunks)(lg_ctx *ctx, LG_R(runner) * runner, lg_range_fn fn) {
  for (;;) {
    for (unsigned t = 0; t < runner->n_tapes; t++) LG_R(tape_reset)(runner->tapes[t]);
    const lg_status status = lg_parallel_for(ctx, runner->batch->n, runner->chunk, fn, runner);
    if (status == LG_OK) return LG_OK;
    bool grown = false;
    for (unsigned t = 0; t < runner->n_tapes; t++) {
      LG_R(tape) *tape = runner->tapes[t];
      if (tape->status != LG_OK && !tape->exhausted) return LG_R(tape_check)(ctx, tape);
    }
    for (unsigned t = 0; t < runner->n_tapes; t++) {
      LG_R(tape) *tape = runner->tapes[t];
      if (!tape->exhausted) continue;
      const lg_status growing = LG_R(tape_grow)(ctx, tape);
      if (growing != LG_OK) return growing;
      grown = true;
    }
    if (!grown) return lg_fail(ctx, status, "a chunk of the batch failed");
  }
}

static lg_status LG_M(loss_chunk)(void *user, size_t begin, size_t end, unsigned worker) {
  LG_R(runner) *runner = user;
  LG_R(tape) *tape = runner->tapes[worker];
  const size_t c = begin / runner->chunk, count = runner->model->params->count;
  REAL *grad = runner->differentiate ? runner->partial + c * count : NULL;
  if (grad) memset(grad, 0, count * sizeof *grad);
  LG_R(tape_reset)(tape);
  LG_R(tape_bind)(tape, runner->theta, runner->theta_t, grad);
  tape->training = runner->differentiate;
  const lg_var loss = runner->model->loss(runner->model->user, tape, runner->batch, begin, end);
  if (grad) LG_R(backward)(tape, loss);
  if (tape->status == LG_OK && (loss == LG_VAR_NONE || LG_R(node_of)(tape, loss)->count != 1))
    (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "the loss of a model must be one number");
  if (tape->status != LG_OK) return tape->status;
  runner->losses[c] = (double)LG_R(value)(tape, loss)[0];
  return LG_OK;
}

static lg_status LG_M(sum_chunk)(void *user, size_t begin, size_t end, unsigned worker) {
  LG_R(runner) *runner = user;
  const size_t count = runner->model->params->count;
  memcpy(runner->out + begin, runner->partial + begin, (end - begin) * sizeof(REAL));
  for (size_t c = 1; c < runner->n_chunks; c++)
    runner->tapes[worker]->kernels->axpy(end - begin, 1, runner->partial + c * count + begin, runner->out + begin);
  return LG_OK;
}

/* Buffers (running statistics) are means over chunks, not sums. */
static void LG_M(mean_buffers)(const LG_R(runner) * runner, REAL *gradient) {
  const lg_params *params = runner->model->params;
  for (size_t i = 0; i < params->n; i++)
    for (size_t j = 0; params->items[i].buffer && j < params->items[i].count; j++)
      gradient[params->items[i].offset + j] /= (REAL)runner->n_chunks;
}

enum { LG_M(RANGE) = 16384 }; /* parameters per piece of work; fixed, so that norms have the same bits */

lg_status LG_R(runner_loss)(lg_ctx *ctx, LG_R(runner) * runner, const REAL *theta, const REAL *theta_t,
                            const LG_R(batch) * batch, double *loss, REAL *gradient) {
  lg_status status = LG_OK;
  LG_TRY(LG_M(prepare)(ctx, runner, batch->n, gradient != NULL));
  runner->theta = theta;
  runner->theta_t = theta_t;
  runner->batch = batch;
  runner->differentiate = gradient != NULL;
  LG_TRY(LG_M(run_chunks)(ctx, runner, LG_M(loss_chunk)));
  *loss = 0;
  for (size_t c = 0; c < runner->n_chunks; c++) *loss += runner->losses[c];
  if (!isfinite(*loss)) return lg_fail(ctx, LG_ERR_NUMERICAL, "the loss of the batch is %g", *loss);
  if (!gradient) return LG_OK;
  runner->out = gradient;
  LG_TRY(lg_parallel_for(ctx, runner->model->params->count, LG_M(RANGE), LG_M(sum_chunk), runner));
  LG_M(mean_buffers)(runner, gradient);
done:
  return status;
}

static lg_status LG_M(predict_chunk)(void *user, size_t begin, size_t end, unsigned worker) {
  LG_R(runner) *runner = user;
  LG_R(tape) *tape = runner->tapes[worker];
  LG_R(tape_reset)(tape);
  LG_R(tape_bind)(tape, runner->theta, NULL, NULL);
  tape->training = false;
  const lg_var out = runner->model->output(runner->model->user, tape, runner->batch, begin, end);
  const LG_R(node) *node = LG_R(node_of)(tape, out);
  if (tape->status == LG_OK && (!node || node->count != (end - begin) * runner->width))
    (void)LG_R(tape_fail)(tape, LG_ERR_ARGUMENT, "the output of the model has %zu numbers, %zu were expected",
                          node ? node->count : 0, (end - begin) * runner->width);
  if (tape->status != LG_OK) return tape->status;
  memcpy(runner->out + begin * runner->width, node->v, node->count * sizeof(REAL));
  return LG_OK;
}

lg_status LG_R(runner_predict)(lg_ctx *ctx, LG_R(runner) * runner, const REAL *theta, const LG_R(batch) * batch,
                               size_t width, REAL *out) {
  lg_status status = LG_OK;
  if (!runner->model->output) return lg_fail(ctx, LG_ERR_ARGUMENT, "the model has no output function");
  LG_TRY(LG_M(prepare)(ctx, runner, batch->n, false));
  runner->theta = theta;
  runner->batch = batch;
  runner->out = out;
  runner->width = width;
  LG_TRY(LG_M(run_chunks)(ctx, runner, LG_M(predict_chunk)));
done:
  return status;
}
