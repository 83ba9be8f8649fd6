/* The training loop. */

struct LG_R(trainer) {
  const LG_R(model) * model;
  lg_train_options options;
  LG_R(runner) * runner;
  REAL *theta, *theta_t, *m, *v, *best, *gradient; /* (params->count) each */
  size_t step;                                     /* steps done; epoch and batch follow from it */
  size_t epochs_done, bad_epochs, best_epoch;      /* best_epoch counts from 1, 0: none yet */
  bool stopped;
  double best_loss, epoch_sum; /* epoch_sum: Σ of mean batch losses of the epoch at hand */
  lg_epoch *history;           /* (options.epochs) */
  LG_R(save_fn) save;
  LG_R(epoch_fn) epoch;
  void *user;
  lg_adam_step adam; /* the step at hand, for the parallel update */
  double *squares;   /* per range of parameters */
};

static lg_status LG_M(check_options)(lg_ctx *ctx, const lg_train_options *o) {
  if (o->size != sizeof *o)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "train options of %zu bytes; start from LG_TRAIN_OPTIONS", o->size);
  if (o->epochs == 0 || o->batches_per_epoch == 0 || o->chunk == 0 || o->epochs > 1000000)
    return lg_fail(ctx, LG_ERR_RANGE, "epochs %zu, batches %zu, chunk %zu; each 1 or more, epochs up to 1000000",
                   o->epochs, o->batches_per_epoch, o->chunk);
  if (!(o->lr > 0 && o->lr < 10) || !(o->beta1 >= 0 && o->beta1 < 1) || !(o->beta2 >= 0 && o->beta2 < 1) ||
      !(o->eps > 0) || !(o->decay >= 0) || !(o->clip_norm >= 0))
    return lg_fail(ctx, LG_ERR_RANGE, "lr %g (0 to 10), betas %g %g [0, 1), eps %g > 0, decay %g and clip %g ≥ 0",
                   o->lr, o->beta1, o->beta2, o->eps, o->decay, o->clip_norm);
  if (!(o->warm_fraction >= 0 && o->warm_fraction <= 1) || !(o->start_divisor >= 1) || !(o->end_divisor >= 1))
    return lg_fail(ctx, LG_ERR_RANGE, "one-cycle: warm fraction %g in [0, 1], divisors %g %g ≥ 1", o->warm_fraction,
                   o->start_divisor, o->end_divisor);
  return LG_OK;
}

lg_status LG_R(trainer_create)(lg_ctx *ctx, const LG_R(model) * model, const lg_train_options *options,
                               LG_R(trainer) * *out) {
  lg_status status = LG_OK;
  LG_R(trainer) *t = NULL;
  const size_t n = model->params->count;
  *out = NULL;
  LG_TRY(LG_M(check_options)(ctx, options));
  if (n == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "the network has no parameters");
  LG_NEW(ctx, t, 1);
  t->model = model;
  t->options = *options;
  t->best_loss = (double)INFINITY;
  LG_TRY(LG_R(runner_create)(ctx, model, options->chunk, &t->runner));
  LG_NEW(ctx, t->theta, n);
  LG_NEW(ctx, t->theta_t, n);
  LG_NEW(ctx, t->m, n);
  LG_NEW(ctx, t->v, n);
  LG_NEW(ctx, t->best, n);
  LG_NEW(ctx, t->gradient, n);
  LG_NEW(ctx, t->history, options->epochs);
  LG_NEW(ctx, t->squares, n / LG_M(RANGE) + 1);
  LG_R(init)(model->params, options->seed, t->theta);
  *out = t;
  return LG_OK;
done:
  LG_R(trainer_destroy)(ctx, t);
  return status;
}

void LG_R(trainer_destroy)(lg_ctx *ctx, LG_R(trainer) * t) {
  if (!t) return;
  LG_R(runner_destroy)(ctx, t->runner);
  lg_free(ctx, t->theta);
  lg_free(ctx, t->theta_t);
  lg_free(ctx, t->m);
  lg_free(ctx, t->v);
  lg_free(ctx, t->best);
  lg_free(ctx, t->gradient);
  lg_free(ctx, t->history);
  lg_free(ctx, t->squares);
  lg_free(ctx, t);
}

void LG_R(trainer_set_callbacks)(LG_R(trainer) * t, LG_R(save_fn) save, LG_R(epoch_fn) epoch, void *user) {
  t->save = save;
  t->epoch = epoch;
  t->user = user;
}

const REAL *LG_R(trainer_theta)(const LG_R(trainer) * t) { return t->best_epoch ? t->best : t->theta; }
REAL *LG_R(trainer_current)(LG_R(trainer) * t) { return t->theta; }
const lg_epoch *LG_R(trainer_history)(const LG_R(trainer) * t, size_t *n) {
  *n = t->epochs_done;
  return t->history;
}

/* ---- one step ---- */

static lg_status LG_M(square_range)(void *user, size_t begin, size_t end, unsigned worker) {
  LG_R(trainer) *t = user;
  double sum[8] = {0}; /* eight chains, added in order: fast and always the same */
  (void)worker;
  size_t i = begin;
  for (; i + 8 <= end; i += 8)
    for (size_t j = 0; j < 8; j++) sum[j] += (double)t->gradient[i + j] * (double)t->gradient[i + j];
  for (; i < end; i++) sum[0] += (double)t->gradient[i] * (double)t->gradient[i];
  t->squares[begin / LG_M(RANGE)] = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
  return LG_OK;
}

static lg_status LG_M(adam_range)(void *user, size_t begin, size_t end, unsigned worker) {
  LG_R(trainer) *t = user;
  (void)worker;
  LG_R(kernels_best)()->adam(end - begin, &t->adam, t->gradient + begin, t->m + begin, t->v + begin, t->theta + begin);
  return LG_OK;
}

/*
 * Running statistics move a tenth of the way; kept out of Adam by a zero gradient. Their next value waits in theta_t,
 * which holds nothing else for them (they have no transpose).
 */
static void LG_M(take_buffers)(LG_R(trainer) * t) {
  const lg_params *params = t->model->params;
  for (size_t i = 0; i < params->n; i++)
    for (size_t j = params->items[i].offset;
         params->items[i].buffer && j < params->items[i].offset + params->items[i].count; j++) {
      t->theta_t[j] = (REAL)0.9 * t->theta[j] + (REAL)0.1 * t->gradient[j];
      t->gradient[j] = 0;
    }
}

static void LG_M(put_buffers)(LG_R(trainer) * t) {
  const lg_params *params = t->model->params;
  for (size_t i = 0; i < params->n; i++)
    for (size_t j = params->items[i].offset;
         params->items[i].buffer && j < params->items[i].offset + params->items[i].count; j++) {
      t->theta[j] = t->theta_t[j];
      t->v[j] = t->m[j] = 0;
    }
}

static lg_status LG_M(has_buffers)(const lg_params *params, bool *has) {
  *has = false;
  for (size_t i = 0; i < params->n; i++) *has = *has || params->items[i].buffer;
  return LG_OK;
}

/* β^n by squaring: the same bits whether or not the run was resumed. */
static double LG_M(power)(double base, size_t n) {
  double result = 1;
  for (; n; n >>= 1, base *= base)
    if (n & 1) result *= base;
  return result;
}

lg_status LG_R(trainer_step)(lg_ctx *ctx, LG_R(trainer) * t, const LG_R(batch) * batch, double *loss) {
  lg_status status = LG_OK;
  const lg_train_options *o = &t->options;
  const size_t n = t->model->params->count;
  double sum = 0, square = 0;
  bool buffers = false;
  LG_R(transpose)(t->model->params, t->theta, t->theta_t);
  LG_TRY(LG_R(runner_loss)(ctx, t->runner, t->theta, t->theta_t, batch, &sum, t->gradient));
  LG_TRY(LG_M(has_buffers)(t->model->params, &buffers));
  if (buffers) LG_M(take_buffers)(t);
  LG_TRY(lg_parallel_for(ctx, n, LG_M(RANGE), LG_M(square_range), t));
  for (size_t r = 0; r * LG_M(RANGE) < n; r++) square += t->squares[r];
  const double norm = sqrt(square) / (double)batch->n;
  if (!isfinite(norm)) return lg_fail(ctx, LG_ERR_NUMERICAL, "the gradient of step %zu is not finite", t->step);
  const double clip = o->clip_norm > 0 && norm > o->clip_norm ? o->clip_norm / norm : 1.0;
  t->adam = (lg_adam_step){.lr = lg_learning_rate(o, t->step, o->epochs * o->batches_per_epoch),
                           .beta1 = o->beta1,
                           .beta2 = o->beta2,
                           .eps = o->eps,
                           .decay = o->decay,
                           .correction1 = 1.0 - LG_M(power)(o->beta1, t->step + 1),
                           .correction2 = 1.0 - LG_M(power)(o->beta2, t->step + 1),
                           .gradient_scale = clip / (double)batch->n};
  LG_TRY(lg_parallel_for(ctx, n, LG_M(RANGE), LG_M(adam_range), t));
  if (buffers) LG_M(put_buffers)(t);
  t->step++;
  *loss = sum / (double)batch->n;
done:
  return status;
}

/* ---- the loop ---- */

lg_status LG_R(trainer_held)(lg_ctx *ctx, LG_R(trainer) * t, double *loss) {
  lg_status status = LG_OK;
  double sum = 0, count = 0;
  for (size_t i = 0; i < t->options.held_batches; i++) {
    LG_R(batch) batch = {0};
    double one = 0;
    LG_TRY(t->model->make_batch(t->model->user, ctx, LG_SPLIT_HELD, 0, i, &batch));
    LG_TRY(LG_R(runner_loss)(ctx, t->runner, t->theta, NULL, &batch, &one, NULL));
    sum += one;
    count += (double)batch.n;
  }
  *loss = count > 0 ? sum / count : (double)NAN;
done:
  return status;
}

/* After the last batch of an epoch: held loss, best parameters, early stop. */
static lg_status LG_M(end_epoch)(lg_ctx *ctx, LG_R(trainer) * t) {
  lg_status status = LG_OK;
  const lg_train_options *o = &t->options;
  lg_epoch result = {.train_loss = t->epoch_sum / (double)o->batches_per_epoch,
                     .lr = lg_learning_rate(o, t->step - 1, o->epochs * o->batches_per_epoch)};
  LG_TRY(LG_R(trainer_held)(ctx, t, &result.held_loss));
  if (result.held_loss < t->best_loss) {
    t->best_loss = result.held_loss;
    t->best_epoch = t->epochs_done + 1;
    t->bad_epochs = 0;
    memcpy(t->best, t->theta, t->model->params->count * sizeof(REAL));
  } else if (o->held_batches) t->bad_epochs++;
  t->history[t->epochs_done++] = result;
  t->epoch_sum = 0;
  t->stopped = o->patience > 0 && t->bad_epochs >= o->patience;
  if (t->epoch) LG_TRY(t->epoch(t->user, ctx, t, t->epochs_done - 1, &result));
done:
  return status;
}

lg_status LG_R(trainer_run)(lg_ctx *ctx, LG_R(trainer) * t) {
  lg_status status = LG_OK;
  const lg_train_options *o = &t->options;
  const size_t total = o->epochs * o->batches_per_epoch;
  double saved_s = lg_monotonic_s();
  while (!t->stopped && t->epochs_done < o->epochs) {
    if (t->step == (t->epochs_done + 1) * o->batches_per_epoch) { /* also after a resume between the two */
      LG_TRY(LG_M(end_epoch)(ctx, t));
      continue;
    }
    LG_R(batch) batch = {0};
    double loss = 0;
    LG_TRY(lg_progress(ctx, "training", t->step, total));
    LG_TRY(t->model->make_batch(t->model->user, ctx, LG_SPLIT_TRAIN, t->epochs_done,
                                t->step - t->epochs_done * o->batches_per_epoch, &batch));
    LG_TRY(LG_R(trainer_step)(ctx, t, &batch, &loss));
    t->epoch_sum += loss;
    if (t->save && o->save_seconds > 0 && lg_monotonic_s() - saved_s > o->save_seconds) {
      LG_TRY(t->save(t->user, ctx, t));
      saved_s = lg_monotonic_s();
    }
  }
  LG_TRY(lg_progress(ctx, "training", total, total));
done:
  if ((status == LG_OK || status == LG_ERR_CANCELLED) && t->save) {
    const lg_status saving = t->save(t->user, ctx, t);
    if (saving != LG_OK) return saving;
  }
  return status;
}
