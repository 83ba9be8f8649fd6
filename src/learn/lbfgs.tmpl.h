/* L-BFGS through liblbfgs; the optimiser works in double whatever the precision of the network. */

typedef struct LG_M(problem) {
  lg_ctx *ctx;
  LG_R(runner) * runner;
  const LG_R(batch) * batch;
  REAL *theta, *theta_t, *gradient;
  double *best;
  double best_loss;
  lg_status status;
} LG_M(problem);

static lbfgsfloatval_t LG_M(evaluate)(void *user, const lbfgsfloatval_t *x, lbfgsfloatval_t *g, const int n,
                                      const lbfgsfloatval_t step) {
  LG_M(problem) *p = user;
  double loss = 0;
  (void)step;
  for (int i = 0; i < n; i++) p->theta[i] = (REAL)x[i];
  LG_R(transpose)(p->runner->model->params, p->theta, p->theta_t);
  if (p->status == LG_OK)
    p->status = LG_R(runner_loss)(p->ctx, p->runner, p->theta, p->theta_t, p->batch, &loss, p->gradient);
  for (int i = 0; i < n; i++) g[i] = p->status == LG_OK ? (double)p->gradient[i] : 0.0;
  const lg_params *params = p->runner->model->params;
  for (size_t i = 0; i < params->n; i++) /* running statistics are not fitted; what came is not their gradient */
    for (size_t j = 0; params->items[i].buffer && j < params->items[i].count; j++) g[params->items[i].offset + j] = 0.0;
  if (p->status == LG_OK && loss < p->best_loss) {
    p->best_loss = loss;
    memcpy(p->best, x, (size_t)n * sizeof *x);
  }
  return loss;
}

static int LG_M(watch)(void *user, const lbfgsfloatval_t *x, const lbfgsfloatval_t *g, const lbfgsfloatval_t fx,
                       const lbfgsfloatval_t x_norm, const lbfgsfloatval_t g_norm, const lbfgsfloatval_t step, int n,
                       int k, int ls) {
  LG_M(problem) *p = user;
  (void)x, (void)g, (void)fx, (void)x_norm, (void)g_norm, (void)step, (void)n, (void)ls;
  if (p->status == LG_OK) p->status = lg_progress(p->ctx, "L-BFGS", (size_t)(k > 0 ? k : 0), 0);
  return p->status != LG_OK;
}

lg_status LG_R(fit_lbfgs)(lg_ctx *ctx, LG_R(runner) * runner, const LG_R(batch) * batch, size_t max_iterations,
                          double epsilon, REAL *theta, double *loss) {
  lg_status status = LG_OK;
  const size_t n = runner->model->params->count;
  LG_M(problem) p = {.ctx = ctx, .runner = runner, .batch = batch, .best_loss = (double)INFINITY};
  lbfgsfloatval_t *x = NULL;
  lbfgs_parameter_t parameter;
  if (n == 0 || n > INT_MAX - 16 || max_iterations > INT_MAX)
    return lg_fail(ctx, LG_ERR_RANGE, "L-BFGS over %zu parameters in %zu iterations", n, max_iterations);
  LG_NEW(ctx, p.theta, n);
  LG_NEW(ctx, p.theta_t, n);
  LG_NEW(ctx, p.gradient, n);
  LG_NEW(ctx, p.best, n);
  x = lbfgs_malloc((int)n);
  if (!x) {
    status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for L-BFGS over %zu parameters", n);
    goto done;
  }
  for (size_t i = 0; i < n; i++) x[i] = (double)theta[i];
  lbfgs_parameter_init(&parameter);
  parameter.m = 20;
  parameter.epsilon = epsilon;
  parameter.max_iterations = (int)max_iterations;
  parameter.max_linesearch = 40;
  const int code = lbfgs((int)n, x, NULL, LG_M(evaluate), LG_M(watch), &p, &parameter);
  LG_TRY(p.status);
  /* A line search that gives up stands at the rounding error of the loss; anything else negative is a wrong use. */
  if (code < 0 && (code < LBFGSERR_OUTOFINTERVAL || code > LBFGSERR_INCREASEGRADIENT)) {
    status = lg_fail(ctx, LG_ERR_NUMERICAL, "L-BFGS failed with code %d", code);
    goto done;
  }
  for (size_t i = 0; i < n; i++) theta[i] = (REAL)p.best[i];
  if (loss) *loss = p.best_loss;
done:
  if (x) lbfgs_free(x);
  lg_free(ctx, p.theta);
  lg_free(ctx, p.theta_t);
  lg_free(ctx, p.gradient);
  lg_free(ctx, p.best);
  return status;
}
