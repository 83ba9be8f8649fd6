/* Parameters and the state of a training as named tensors in a safetensors file. */

#if REAL_BITS == 32
#define LG_REAL_DTYPE LG_DTYPE_F32
#else
#define LG_REAL_DTYPE LG_DTYPE_F64
#endif

void LG_R(params_entries)(const lg_params *params, const REAL *theta, lg_tensor_entry *entries) {
  for (size_t i = 0; i < params->n; i++) {
    const lg_param *p = &params->items[i];
    entries[i] = (lg_tensor_entry){.name = p->name, .dtype = LG_REAL_DTYPE, .rank = p->rank, .data = theta + p->offset};
    for (size_t r = 0; r < p->rank; r++) entries[i].shape[r] = p->shape[r];
  }
}

lg_status LG_R(params_load)(lg_ctx *ctx, const lg_params *params, const lg_safetensors *file, REAL *theta) {
  lg_status status = LG_OK;
  const void *data = NULL;
  for (size_t i = 0; i < params->n; i++) /* look at all before the first is written */
    LG_TRY(lg_safetensors_get(ctx, file, params->items[i].name, LG_REAL_DTYPE, params->items[i].rank,
                              params->items[i].shape, &data));
  for (size_t i = 0; i < params->n; i++) {
    LG_TRY(lg_safetensors_get(ctx, file, params->items[i].name, LG_REAL_DTYPE, params->items[i].rank,
                              params->items[i].shape, &data));
    memcpy(theta + params->items[i].offset, data, params->items[i].count * sizeof *theta);
  }
done:
  return status;
}

enum { LG_M(N_OPTIONS) = 16, LG_M(N_POSITION) = 6, LG_M(N_SUMS) = 2 };

/* What must agree between the run that saved and the run that goes on. */
static void LG_M(options_vector)(const lg_train_options *o, double x[LG_M(N_OPTIONS)]) {
  const double values[LG_M(N_OPTIONS)] = {(double)o->epochs,
                                          (double)o->batches_per_epoch,
                                          (double)o->held_batches,
                                          (double)o->patience,
                                          (double)o->chunk,
                                          (double)o->schedule,
                                          o->lr,
                                          o->warm_fraction,
                                          o->start_divisor,
                                          o->end_divisor,
                                          o->beta1,
                                          o->beta2,
                                          o->eps,
                                          o->decay,
                                          o->clip_norm,
                                          (double)o->seed};
  memcpy(x, values, sizeof values);
}

lg_status LG_R(trainer_save)(lg_ctx *ctx, const LG_R(trainer) * t, const char *path, const lg_text_pair *metadata,
                             size_t n_metadata) {
  const size_t n = t->model->params->count;
  double options[LG_M(N_OPTIONS)];
  LG_M(options_vector)(&t->options, options);
  const int64_t position[LG_M(N_POSITION)] = {(int64_t)t->step,       (int64_t)t->epochs_done,
                                              (int64_t)t->bad_epochs, (int64_t)t->best_epoch,
                                              t->stopped ? 1 : 0,     (int64_t)lg_params_digest(t->model->params)};
  const double sums[LG_M(N_SUMS)] = {t->best_loss, t->epoch_sum};
  const lg_tensor_entry entries[] = {
      {.name = "theta", .dtype = LG_REAL_DTYPE, .rank = 1, .shape = {n}, .data = t->theta},
      {.name = "adam_m", .dtype = LG_REAL_DTYPE, .rank = 1, .shape = {n}, .data = t->m},
      {.name = "adam_v", .dtype = LG_REAL_DTYPE, .rank = 1, .shape = {n}, .data = t->v},
      {.name = "best_theta", .dtype = LG_REAL_DTYPE, .rank = 1, .shape = {n}, .data = t->best},
      {.name = "options", .dtype = LG_DTYPE_F64, .rank = 1, .shape = {LG_M(N_OPTIONS)}, .data = options},
      {.name = "position", .dtype = LG_DTYPE_I64, .rank = 1, .shape = {LG_M(N_POSITION)}, .data = position},
      {.name = "sums", .dtype = LG_DTYPE_F64, .rank = 1, .shape = {LG_M(N_SUMS)}, .data = sums},
      {.name = "history", .dtype = LG_DTYPE_F64, .rank = 2, .shape = {t->options.epochs, 3}, .data = t->history},
  };
  return lg_safetensors_write(ctx, path, entries, sizeof entries / sizeof *entries, metadata, n_metadata);
}

/* Position and options of a file, checked against the trainer. */
static lg_status LG_M(check_file)(lg_ctx *ctx, const LG_R(trainer) * t, const lg_safetensors *file,
                                  const int64_t **position) {
  lg_status status = LG_OK;
  const void *data = NULL, *place = NULL;
  const size_t n_options = LG_M(N_OPTIONS), n_position = LG_M(N_POSITION);
  const lg_train_options *o = &t->options;
  double options[LG_M(N_OPTIONS)];
  LG_M(options_vector)(o, options);
  LG_TRY(lg_safetensors_get(ctx, file, "options", LG_DTYPE_F64, 1, &n_options, &data));
  LG_TRY(lg_safetensors_get(ctx, file, "position", LG_DTYPE_I64, 1, &n_position, &place));
  const int64_t *at = place;
  if (at[5] != (int64_t)lg_params_digest(t->model->params))
    return lg_fail(ctx, LG_ERR_FORMAT, "the checkpoint is of another network");
  if (memcmp(options, data, sizeof options) != 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the checkpoint was made with other training options; use the same to resume");
  const int64_t epochs = (int64_t)o->epochs, batches = (int64_t)o->batches_per_epoch;
  if (at[1] < 0 || at[1] > epochs || at[0] < at[1] * batches || at[0] > (at[1] + 1) * batches || at[2] < 0 ||
      at[2] > epochs || at[3] < 0 || at[3] > at[1])
    return lg_fail(ctx, LG_ERR_FORMAT, "the checkpoint's position (step %lld, epoch %lld) is impossible",
                   (long long)at[0], (long long)at[1]);
  *position = at;
done:
  return status;
}

lg_status LG_R(trainer_load)(lg_ctx *ctx, LG_R(trainer) * t, const char *path) {
  lg_status status = LG_OK;
  lg_safetensors *file = NULL;
  const size_t n = t->model->params->count, n_sums = LG_M(N_SUMS), history_shape[2] = {t->options.epochs, 3};
  static const char *const names[4] = {"theta", "adam_m", "adam_v", "best_theta"};
  REAL *const into[4] = {t->theta, t->m, t->v, t->best};
  const void *data[4] = {NULL}, *sums = NULL, *history = NULL;
  const int64_t *position = NULL;
  LG_TRY(lg_safetensors_read(ctx, path, &file));
  LG_TRY(LG_M(check_file)(ctx, t, file, &position));
  for (size_t i = 0; i < 4; i++) LG_TRY(lg_safetensors_get(ctx, file, names[i], LG_REAL_DTYPE, 1, &n, &data[i]));
  LG_TRY(lg_safetensors_get(ctx, file, "sums", LG_DTYPE_F64, 1, &n_sums, &sums));
  LG_TRY(lg_safetensors_get(ctx, file, "history", LG_DTYPE_F64, 2, history_shape, &history));
  for (size_t i = 0; i < 4; i++) memcpy(into[i], data[i], n * sizeof(REAL));
  memcpy(t->history, history, t->options.epochs * sizeof *t->history);
  t->step = (size_t)position[0];
  t->epochs_done = (size_t)position[1];
  t->bad_epochs = (size_t)position[2];
  t->best_epoch = (size_t)position[3];
  t->stopped = position[4] != 0;
  t->best_loss = ((const double *)sums)[0];
  t->epoch_sum = ((const double *)sums)[1];
done:
  if (status != LG_OK && file) status = lg_fail_prefix(ctx, status, "%s: ", path);
  lg_safetensors_destroy(ctx, file);
  return status;
}
#undef LG_REAL_DTYPE
