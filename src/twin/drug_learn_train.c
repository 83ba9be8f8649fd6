/* Pairs, training and figures of the learned map. */
#include "twin/drug_learn_net.h"

#include "base/elementary.h"
#include "data/provenance.h"
#include "num/ascending.h"
#include "num/cholesky.h"

#include <stdlib.h>
#include <string.h>

enum { M = LG_MECHANISMS, P = LG_EFFECT_P, Z = LG_EFFECT_Z };
enum { FIRST_TEST = 100000000, SAVE_EVERY = 4, STREAM_ORDER = 0x6f726472, NOISE_BLOCKS = 2 };

/* ---- pairs ------------------------------------------------------------------------------------- */

typedef struct pairs {
  size_t n, n_train, n_test; /* rows; train, then test, then two titrations of the same cells */
  lg_effect_row *rows;
  size_t done_blocks, per_block, n_drugs;
  lg_effect_drug drugs[LG_EFFECT_MAX_DRUGS];
  char path[1024], text[256];
} pairs;

/* What the rows depend on. */
static void describe(const lg_delta_plan *plan, const lg_drug_table *table, uint64_t seed, char *text, size_t bytes) {
  double sum = 0.0;
  for (size_t k = 0; k < table->n; k++)
    for (size_t e = 0; e < table->drugs[k].n_effects; e++)
      sum += table->drugs[k].effects[e].K_uM * (double)(k + 1) + table->drugs[k].effects[e].hill +
             table->drugs[k].effects[e].shift_mV;
  (void)snprintf(text, bytes, "pairs %zu blocks %zu test %zu seed %llu drugs %zu %.17g",
                 plan->block == LG_EFFECT_BLOCK ? (size_t)1 : plan->block, plan->blocks, plan->test_blocks,
                 (unsigned long long)seed, table->n, sum);
}

static lg_status save_pairs(lg_ctx *ctx, const pairs *p) {
  const int64_t done = (int64_t)p->done_blocks;
  const lg_tensor_entry entries[] = {{"rows", LG_DTYPE_F32, 2, {p->n, LG_EFFECT_ROW}, p->rows},
                                     {"blocks", LG_DTYPE_I64, 1, {1}, &done}};
  const lg_text_pair metadata = {"plan", p->text};
  return lg_safetensors_write(ctx, p->path, entries, 2, &metadata, 1);
}

static lg_status load_pairs(lg_ctx *ctx, pairs *p) {
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  const void *rows, *done;
  const size_t shape[2] = {p->n, LG_EFFECT_ROW}, one = 1;
  FILE *f = fopen(p->path, "rb");
  if (!f) return LG_OK;
  (void)fclose(f);
  LG_TRY(lg_safetensors_read(ctx, p->path, &st));
  const char *text = lg_safetensors_metadata(st, "plan");
  if (!text || strcmp(text, p->text) != 0) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "%s was made with another plan (%.200s); remove it to begin anew", p->path,
                     text ? text : "none");
    goto done;
  }
  LG_TRY(lg_safetensors_get(ctx, st, "rows", LG_DTYPE_F32, 2, shape, &rows));
  LG_TRY(lg_safetensors_get(ctx, st, "blocks", LG_DTYPE_I64, 1, &one, &done));
  memcpy(p->rows, rows, p->n * sizeof *p->rows);
  for (size_t k = 0; k < p->n; k++)
    if (!(p->rows[k].drug >= 0.0f && p->rows[k].drug < (float)LG_EFFECT_MAX_DRUGS)) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: row %zu: drug %g", p->path, k, (double)p->rows[k].drug);
      goto done;
    }
  const int64_t blocks = *(const int64_t *)done;
  p->done_blocks = blocks > 0 && (size_t)blocks <= p->n / p->per_block ? (size_t)blocks : 0;
done:
  lg_safetensors_destroy(ctx, st);
  return status;
}

/* Blocks in order: training, test (doses between in half of the pairs), the first test cells under other currents. */
static lg_status make_pairs(lg_ctx *ctx, const lg_drug_table *table, const lg_delta_plan *plan, uint64_t seed,
                            pairs *p) {
  lg_status status = LG_OK;
  const size_t noise = plan->test_blocks < NOISE_BLOCKS ? plan->test_blocks : NOISE_BLOCKS;
  const size_t blocks = plan->blocks + plan->test_blocks + noise;
  p->per_block = plan->block * LG_EFFECT_PAIRS;
  LG_TRY(lg_effect_drugs(ctx, table, p->drugs, &p->n_drugs));
  describe(plan, table, seed, p->text, sizeof p->text);
  p->n_train = plan->blocks * p->per_block;
  p->n_test = plan->test_blocks * p->per_block;
  p->n = blocks * p->per_block;
  LG_NEW(ctx, p->rows, p->n);
  LG_TRY(load_pairs(ctx, p));
  while (p->done_blocks < blocks) {
    const size_t b = p->done_blocks, test = b - plan->blocks;
    const bool training = b < plan->blocks, again = !training && test >= plan->test_blocks;
    const uint64_t first =
        training ? b * plan->block : FIRST_TEST + (again ? test - plan->test_blocks : test) * plan->block;
    LG_TRY(lg_effect_make_block(ctx, p->drugs, p->n_drugs, seed, first, plan->block, !training, again ? 0.05 : 0.0,
                                p->rows + b * p->per_block));
    p->done_blocks++;
    if (p->done_blocks % SAVE_EVERY == 0 || p->done_blocks == blocks) LG_TRY(save_pairs(ctx, p));
    status = lg_progress(ctx, "neurons with drugs", p->done_blocks, blocks);
    if (status == LG_ERR_CANCELLED) LG_IGNORE(save_pairs(ctx, p));
    LG_TRY(status);
  }
done:
  return status;
}

/* ---- examples ------------------------------------------------------------------------------------ */

enum { X = LG_DELTA_INPUTS, S = M * P };

/* The usable rows of a split as the network sees them. */
typedef struct examples {
  size_t n;
  float *x, *s, *gate, *y; /* (n, X), (n, S) strengths for each coefficient, (n, P) log of gate^2, (n, P) */
  const lg_effect_row **row;
} examples;

static void clear_examples(lg_ctx *ctx, examples *e) {
  lg_free(ctx, e->x);
  lg_free(ctx, e->s);
  lg_free(ctx, e->gate);
  lg_free(ctx, e->y);
  lg_free(ctx, (void *)e->row);
}

static lg_mechanism mechanism_of(const lg_effect_row *r) {
  lg_mechanism m = {.other = false};
  for (int k = 0; k < M; k++) m.strength[k] = (double)r->strength[k];
  for (int k = 0; k < LG_MECHANISM_CONTEXT; k++) m.context[k] = (double)r->context[k];
  return m;
}

static lg_izh_params params_of(const lg_effect_row *r) {
  double p[LG_IZH_N_PARAMS];
  for (int k = 0; k < LG_IZH_N_PARAMS; k++) p[k] = (double)r->p[k];
  return lg_izh_from_vector(p);
}

/* A tenth of the training neurons are held out, by neuron. */
static bool is_held(const lg_effect_row *r) { return (uint64_t)r->neuron % 10 == 9; }

static lg_status make_examples(lg_ctx *ctx, const lg_delta_net *net, const lg_effect_row *rows, size_t n, int held,
                               const bool *without, examples *e) {
  lg_status status = LG_OK;
  LG_NEW(ctx, e->x, n * X + 1);
  LG_NEW(ctx, e->s, n * S + 1);
  LG_NEW(ctx, e->gate, n * P + 1);
  LG_NEW(ctx, e->y, n * P + 1);
  LG_NEW(ctx, e->row, n + 1);
  for (size_t k = 0; k < n; k++) {
    const lg_effect_row *r = &rows[k];
    if (!lg_effect_row_fits(r) || (held >= 0 && is_held(r) != (held == 1)) || (without && without[(int)r->drug]))
      continue;
    const lg_mechanism m = mechanism_of(r);
    const lg_izh_params p = params_of(r);
    const double gate = lg_delta_gate(&m);
    double z[Z];
    lg_effect_z(&p, z);
    lg_delta_net_inputs(net, z, &m, e->x + e->n * X);
    for (int j = 0; j < P; j++) {
      for (int q = 0; q < M; q++) e->s[e->n * S + (size_t)(q * P + j)] = r->strength[q];
      e->gate[e->n * P + (size_t)j] = (float)(2.0 * lg_ln(gate + 1e-3));
      e->y[e->n * P + (size_t)j] = (float)((double)r->delta[j] / net->delta_sd[j]);
    }
    e->row[e->n++] = r;
  }
done:
  return status;
}

/* Range of the strengths that are trained on; it holds 0. */
static void find_range(const pairs *p, const bool *without, lg_delta_net *net) {
  memset(net->strength_low, 0, sizeof net->strength_low);
  memset(net->strength_high, 0, sizeof net->strength_high);
  for (size_t k = 0; k < p->n_train; k++) {
    const lg_effect_row *r = &p->rows[k];
    if (!lg_effect_row_fits(r) || (without && without[(int)r->drug])) continue;
    for (int q = 0; q < M; q++) {
      net->strength_low[q] = fmin(net->strength_low[q], (double)r->strength[q]);
      net->strength_high[q] = fmax(net->strength_high[q], (double)r->strength[q]);
    }
  }
}

/* Scales of twins and changes, place of the population. */
static lg_status find_scales(lg_ctx *ctx, const lg_effect_row *rows, size_t n, lg_delta_net *net) {
  lg_status status = LG_OK;
  double *z = NULL, *distance = NULL, count = 0.0;
  LG_NEW(ctx, z, n * Z);
  LG_NEW(ctx, distance, n);
  memset(net->z_mean, 0, sizeof net->z_mean);
  memset(net->z_sd, 0, sizeof net->z_sd);
  memset(net->delta_sd, 0, sizeof net->delta_sd);
  memset(net->chol, 0, sizeof net->chol);
  size_t m = 0;
  for (size_t k = 0; k < n; k++) {
    if (!lg_effect_row_fits(&rows[k])) continue;
    const lg_izh_params p = params_of(&rows[k]);
    lg_effect_z(&p, z + m * Z);
    for (int i = 0; i < Z; i++) net->z_mean[i] += z[m * Z + (size_t)i];
    for (int j = 0; j < P; j++) net->delta_sd[j] += (double)rows[k].delta[j] * (double)rows[k].delta[j];
    m++;
  }
  if (m < 20) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "%zu usable pairs; more blocks are needed", m);
    goto done;
  }
  count = (double)m;
  for (int i = 0; i < Z; i++) net->z_mean[i] /= count;
  for (int j = 0; j < P; j++) net->delta_sd[j] = sqrt(net->delta_sd[j] / count) + 1e-6;
  for (size_t k = 0; k < m; k++)
    for (int i = 0; i < Z; i++) {
      z[k * Z + (size_t)i] -= net->z_mean[i];
      net->z_sd[i] += z[k * Z + (size_t)i] * z[k * Z + (size_t)i];
    }
  for (int i = 0; i < Z; i++) net->z_sd[i] = sqrt(net->z_sd[i] / count) + 1e-9;
  for (size_t k = 0; k < m; k++)
    for (int i = 0; i < Z; i++)
      for (int j = 0; j <= i; j++)
        net->chol[i * Z + j] += z[k * Z + (size_t)i] / net->z_sd[i] * (z[k * Z + (size_t)j] / net->z_sd[j]) / count;
  for (int i = 0; i < Z; i++) net->chol[i * Z + i] += 1e-3;
  if (!lg_cholesky(Z, net->chol)) {
    status = lg_fail(ctx, LG_ERR_NUMERICAL, "the twins' covariance is singular");
    goto done;
  }
  for (size_t k = 0; k < m; k++) {
    double y[Z];
    for (int i = 0; i < Z; i++) {
      y[i] = z[k * Z + (size_t)i] / net->z_sd[i];
      for (int j = 0; j < i; j++) y[i] -= net->chol[i * Z + j] * y[j];
      y[i] /= net->chol[i * Z + i];
      distance[k] += y[i] * y[i];
    }
    distance[k] = sqrt(distance[k]);
  }
  qsort(distance, m, sizeof *distance, lg_ascending);
  net->limit = distance[(size_t)(0.975 * (count - 1.0))];
done:
  lg_free(ctx, z);
  lg_free(ctx, distance);
  return status;
}

/* ---- training -------------------------------------------------------------------------------------- */

typedef struct training {
  const lg_delta_net *net;
  const lg_delta_plan *plan;
  examples train, held;
  uint64_t seed;
  size_t epoch, *order;
  float *x, *s, *gate, *y;
  const char *state_path, *text; /* NULL: nothing is kept */
} training;

static lg_status make_batch(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index, lg_f32_batch *b) {
  training *t = user;
  const examples *e = split == LG_SPLIT_HELD ? &t->held : &t->train;
  const size_t n = t->plan->batch;
  if (e->n == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "no pairs");
  if (split == LG_SPLIT_TRAIN && t->epoch != epoch) {
    lg_rng rng = lg_rng_make(t->seed, STREAM_ORDER, epoch);
    for (size_t k = 0; k < t->train.n; k++) t->order[k] = k;
    for (size_t k = t->train.n; k > 1; k--) {
      const size_t other = (size_t)lg_rng_below(&rng, k), kept = t->order[k - 1];
      t->order[k - 1] = t->order[other];
      t->order[other] = kept;
    }
    t->epoch = epoch;
  }
  for (size_t k = 0; k < n; k++) {
    const size_t at = (index * n + k) % e->n, from = split == LG_SPLIT_HELD ? at : t->order[at];
    memcpy(t->x + k * X, e->x + from * X, X * sizeof(float));
    memcpy(t->s + k * S, e->s + from * S, S * sizeof(float));
    memcpy(t->gate + k * P, e->gate + from * P, P * sizeof(float));
    memcpy(t->y + k * P, e->y + from * P, P * sizeof(float));
  }
  *b = (lg_f32_batch){.n = n, .field = {t->x, t->s, t->gate, t->y}, .width = {X, S, P, P}};
  return LG_OK;
}

/* Mean and log variance (B, 2 P), in units of delta_sd. */
static lg_var output(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  const training *t = user;
  const size_t n = end - begin, x_dim[2] = {n, X}, s_dim[2] = {n, S}, p_dim[2] = {n, P};
  const lg_var x = lg_f32_input(tape, 2, x_dim, lg_f32_batch_at(b, 0, begin), false);
  const lg_var s = lg_f32_input(tape, 2, s_dim, lg_f32_batch_at(b, 1, begin), false);
  const lg_var gate = lg_f32_input(tape, 2, p_dim, lg_f32_batch_at(b, 2, begin), false);
  const lg_var first = lg_f32_dense(tape, &t->net->layer[0], x, LG_ACT_TANH);
  const lg_var second = lg_f32_dense(tape, &t->net->layer[1], first, LG_ACT_TANH);
  const lg_var head = lg_f32_dense(tape, &t->net->layer[2], second, LG_ACT_NONE);
  const lg_var terms = lg_f32_mul(tape, lg_f32_slice(tape, head, 0, S), s);
  lg_var parts[2] = {lg_f32_slice(tape, terms, 0, P), LG_VAR_NONE};
  for (size_t m = 1; m < M; m++) parts[0] = lg_f32_add(tape, parts[0], lg_f32_slice(tape, terms, m * P, (m + 1) * P));
  parts[1] = lg_f32_add(tape, lg_f32_slice(tape, head, S, S + P), gate);
  return lg_f32_concat(tape, 2, parts);
}

static lg_var loss(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  return lg_f32_loss_beta_nll(tape, output(user, tape, b, begin, end), lg_f32_batch_at(b, 3, begin), 0.5, NULL);
}

static lg_status save_state(void *user, lg_ctx *ctx, lg_f32_trainer *trainer) {
  const training *t = user;
  const lg_text_pair metadata = {"plan", t->text};
  return t->state_path ? lg_f32_trainer_save(ctx, trainer, t->state_path, &metadata, 1) : LG_OK;
}

static lg_status report(void *user, lg_ctx *ctx, lg_f32_trainer *trainer, size_t epoch, const lg_epoch *e) {
  (void)user;
  (void)trainer;
  lg_log_epoch(ctx, epoch, e);
  return LG_OK;
}

static lg_status resume(lg_ctx *ctx, const training *t, lg_f32_trainer *trainer) {
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  FILE *f = t->state_path ? fopen(t->state_path, "rb") : NULL;
  if (!f) return LG_OK;
  (void)fclose(f);
  LG_TRY(lg_safetensors_read(ctx, t->state_path, &st));
  const char *text = lg_safetensors_metadata(st, "plan");
  if (!text || strcmp(text, t->text) != 0)
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "%s was made with another plan; remove it to begin anew", t->state_path);
  else status = lg_f32_trainer_load(ctx, trainer, t->state_path);
done:
  lg_safetensors_destroy(ctx, st);
  return status;
}

/* The standard deviations as they are on held-out neurons. */
static void calibrate(const examples *held, lg_delta_net *net) {
  double square[P] = {0.0};
  for (int j = 0; j < P; j++) net->spread[j] = 1.0;
  for (size_t k = 0; k < held->n; k++) {
    const lg_mechanism m = mechanism_of(held->row[k]);
    const lg_izh_params p = params_of(held->row[k]);
    lg_delta_guess g;
    lg_delta_net_guess(net, &p, &m, &g);
    for (int j = 0; j < P; j++) {
      const double e = fmin(fabs((double)held->row[k]->delta[j] - g.delta[j]) / (g.sd[j] + 1e-9), 3.0);
      square[j] += e * e;
    }
  }
  for (int j = 0; j < P && held->n > 0; j++) net->spread[j] = fmax(sqrt(square[j] / (double)held->n), 0.05);
}

/* Train on the rows of drugs that are not left out (NULL: all); net has its scales. */
static lg_status train(lg_ctx *ctx, const lg_delta_plan *plan, uint64_t seed, const pairs *p, const bool *without,
                       const char *state_path, lg_delta_net *net) {
  lg_status status = LG_OK;
  training t = {.net = net, .plan = plan, .seed = seed, .epoch = SIZE_MAX, .state_path = state_path, .text = p->text};
  lg_f32_trainer *trainer = NULL;
  lg_train_options options = plan->train;
  size_t done_epochs = 0;
  LG_TRY(make_examples(ctx, net, p->rows, p->n_train, 0, without, &t.train));
  LG_TRY(make_examples(ctx, net, p->rows, p->n_train, 1, without, &t.held));
  if (t.train.n < plan->batch || t.held.n == 0) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "%zu usable pairs to train on, %zu held out; a batch is %zu", t.train.n,
                     t.held.n, plan->batch);
    goto done;
  }
  find_range(p, without, net);
  LG_NEW(ctx, t.order, t.train.n);
  LG_NEW(ctx, t.x, plan->batch * X);
  LG_NEW(ctx, t.s, plan->batch * S);
  LG_NEW(ctx, t.gate, plan->batch * P);
  LG_NEW(ctx, t.y, plan->batch * P);
  options.seed = seed;
  options.batches_per_epoch = t.train.n / plan->batch;
  options.held_batches = (t.held.n + plan->batch - 1) / plan->batch; /* the last one begins again */
  const lg_f32_model model = {&net->params, &t, make_batch, loss, output};
  LG_TRY(lg_f32_trainer_create(ctx, &model, &options, &trainer));
  LG_TRY(resume(ctx, &t, trainer));
  (void)lg_f32_trainer_history(trainer, &done_epochs);
  if (done_epochs < options.epochs) {
    lg_f32_trainer_set_callbacks(trainer, save_state, report, &t);
    LG_TRY(lg_f32_trainer_run(ctx, trainer));
  }
  memcpy(net->theta, lg_f32_trainer_theta(trainer), net->params.count * sizeof *net->theta);
  calibrate(&t.held, net);
done:
  lg_f32_trainer_destroy(ctx, trainer);
  clear_examples(ctx, &t.train);
  clear_examples(ctx, &t.held);
  lg_free(ctx, t.order);
  lg_free(ctx, t.x);
  lg_free(ctx, t.s);
  lg_free(ctx, t.gate);
  lg_free(ctx, t.y);
  return status;
}

/* ---- figures ----------------------------------------------------------------------------------------- */

typedef enum which { DOSES_TRAINED = 0, DOSES_BETWEEN, DOSES_ALL } which;

static bool is_between(const lg_effect_row *r) {
  for (int k = 0; k < 4; k++)
    if (fabs((double)r->log_dose - lg_effect_between_doses[k]) < 1e-3) return true;
  return false;
}

static double square_of_counts(const lg_izh_params *p, const lg_effect_row *r) {
  lg_reclone_view view;
  double sum = 0.0;
  lg_reclone_answer(p, (double)r->rheobase_pA, &view);
  for (int l = 1; l < LG_RECLONE_LEVELS; l++) {
    const double e = (double)view.level[l].n_spikes - (double)r->after[l - 1];
    sum += e * e / (LG_RECLONE_LEVELS - 1);
  }
  return sum;
}

static void figures_of(const lg_delta_net *net, const lg_effect_row *rows, size_t n, which doses, const bool *only,
                       lg_delta_figures *f) {
  double sum[P] = {0}, square[P] = {0}, error[P] = {0}, predicted = 0.0, none = 0.0, refit = 0.0;
  memset(f, 0, sizeof *f);
  for (size_t k = 0; k < n; k++) {
    const lg_effect_row *r = &rows[k];
    if (!lg_effect_row_fits(r) || (only && !only[(int)r->drug])) continue;
    if (doses != DOSES_ALL && is_between(r) != (doses == DOSES_BETWEEN)) continue;
    const lg_mechanism m = mechanism_of(r);
    const lg_izh_params p = params_of(r);
    lg_delta_guess g;
    lg_delta_net_guess(net, &p, &m, &g);
    f->n++;
    for (int j = 0; j < P; j++) {
      const double d = (double)r->delta[j], e = fabs(d - g.delta[j]);
      sum[j] += d;
      square[j] += d * d;
      error[j] += e * e;
      f->inside68[j] += e <= g.sd[j] ? 1.0 : 0.0;
      f->inside95[j] += e <= 1.96 * g.sd[j] ? 1.0 : 0.0;
    }
    const lg_izh_params q = lg_effect_changed(&p, g.delta);
    predicted += square_of_counts(&q, r);
    none += square_of_counts(&p, r);
    refit += (double)r->rmse_after * (double)r->rmse_after;
  }
  const double m = f->n > 0 ? (double)f->n : 1.0;
  for (int j = 0; j < P; j++) {
    const double variance = square[j] / m - sum[j] / m * (sum[j] / m);
    f->sd[j] = sqrt(fmax(variance, 0.0));
    f->r2[j] = variance > 0.0 ? 1.0 - error[j] / m / variance : (double)NAN;
    f->inside68[j] /= m;
    f->inside95[j] /= m;
  }
  f->count_rmse = sqrt(predicted / m);
  f->count_rmse_none = sqrt(none / m);
  f->count_rmse_refit = sqrt(refit / m);
}

/* The same pairs under two titrations: half of the variance of their difference is the noise of one. */
static void noise_of(const pairs *p, double noise[P]) {
  const lg_effect_row *first = p->rows + p->n_train, *again = p->rows + p->n_train + p->n_test;
  const size_t n = p->n - p->n_train - p->n_test;
  double sum[P] = {0};
  size_t m = 0;
  for (size_t k = 0; k < n; k++) {
    if (!lg_effect_row_fits(&first[k]) || !lg_effect_row_fits(&again[k])) continue;
    for (int j = 0; j < P; j++) {
      const double d = (double)first[k].delta[j] - (double)again[k].delta[j];
      sum[j] += 0.5 * d * d;
    }
    m++;
  }
  for (int j = 0; j < P; j++) noise[j] = m > 0 ? sqrt(sum[j] / (double)m) : (double)NAN;
}

/* A network that never saw some drugs, tried on them. */
static lg_status try_without(lg_ctx *ctx, const lg_delta_plan *plan, uint64_t seed, const pairs *p,
                             const lg_delta_net *scales, const bool *without, lg_delta_figures *out) {
  lg_status status = LG_OK;
  lg_delta_net *net = NULL;
  LG_TRY(lg_delta_net_create(ctx, plan->hidden, &net));
  memcpy(net->z_mean, scales->z_mean, sizeof net->z_mean);
  memcpy(net->z_sd, scales->z_sd, sizeof net->z_sd);
  memcpy(net->delta_sd, scales->delta_sd, sizeof net->delta_sd);
  memcpy(net->chol, scales->chol, sizeof net->chol);
  net->limit = scales->limit;
  LG_TRY(train(ctx, plan, seed, p, without, NULL, net));
  figures_of(net, p->rows + p->n_train, p->n_test, DOSES_ALL, without, out);
done:
  lg_delta_net_destroy(ctx, net);
  return status;
}

static lg_status leave_out(lg_ctx *ctx, const lg_delta_plan *plan, uint64_t seed, const pairs *p,
                           const lg_delta_net *scales, lg_delta_table *out) {
  lg_status status = LG_OK;
  const size_t steps = LG_EFFECT_CLASSES + LG_DELTA_DRUG_FOLDS;
  bool without[LG_EFFECT_MAX_DRUGS];
  for (int c = 0; c < LG_EFFECT_CLASSES; c++) {
    for (size_t k = 0; k < LG_EFFECT_MAX_DRUGS; k++) without[k] = k < p->n_drugs && p->drugs[k].drug_class == c;
    LG_TRY(try_without(ctx, plan, seed, p, scales, without, &out->left_out[c]));
    LG_TRY(lg_progress(ctx, "drugs left out", (size_t)c + 1, steps));
  }
  for (size_t fold = 0; fold < LG_DELTA_DRUG_FOLDS; fold++) {
    size_t members[LG_EFFECT_CLASSES] = {0}, seen[LG_EFFECT_CLASSES] = {0};
    for (size_t k = 0; k < p->n_drugs; k++) members[p->drugs[k].drug_class]++;
    for (size_t k = 0; k < LG_EFFECT_MAX_DRUGS; k++) {
      const int c = k < p->n_drugs ? p->drugs[k].drug_class : 0;
      without[k] = k < p->n_drugs && seen[c]++ == fold && members[c] > 1;
      char *names = out->left_names[fold];
      if (without[k])
        (void)snprintf(names + strlen(names), sizeof out->left_names[fold] - strlen(names), "%s%s",
                       names[0] ? ", " : "", p->drugs[k].drug->name);
    }
    if (!out->left_names[fold][0]) continue;
    LG_TRY(try_without(ctx, plan, seed, p, scales, without, &out->left_drugs[fold]));
    LG_TRY(lg_progress(ctx, "drugs left out", LG_EFFECT_CLASSES + fold + 1, steps));
  }
done:
  return status;
}

lg_status lg_delta_net_train(lg_ctx *ctx, const lg_drug_table *table, const lg_delta_plan *plan, uint64_t seed,
                             const char *output_path, lg_delta_table *out) {
  lg_status status = LG_OK;
  pairs *p = NULL;
  lg_delta_net *net = NULL;
  char state_path[1024];
  memset(out, 0, sizeof *out);
  LG_NEW(ctx, p, 1);
  (void)snprintf(p->path, sizeof p->path, "%s.pairs", output_path);
  (void)snprintf(state_path, sizeof state_path, "%s.state", output_path);
  LG_TRY(make_pairs(ctx, table, plan, seed, p));
  LG_TRY(lg_delta_net_create(ctx, plan->hidden, &net));
  LG_TRY(find_scales(ctx, p->rows, p->n_train, net));
  LG_TRY(train(ctx, plan, seed, p, NULL, state_path, net));
  out->pairs = p->n_train;
  out->drugs = p->n_drugs;
  for (size_t k = 0; k < p->n_train; k++) out->usable += lg_effect_row_fits(&p->rows[k]);
  noise_of(p, out->noise);
  figures_of(net, p->rows + p->n_train, p->n_test, DOSES_TRAINED, NULL, &out->trained);
  figures_of(net, p->rows + p->n_train, p->n_test, DOSES_BETWEEN, NULL, &out->between);
  LG_TRY(lg_delta_net_write(ctx, net, out, seed, output_path));
  if (plan->leave_out) LG_TRY(leave_out(ctx, plan, seed, p, net, out));
done:
  lg_delta_net_destroy(ctx, net);
  if (p) lg_free(ctx, p->rows);
  lg_free(ctx, p);
  return status;
}
