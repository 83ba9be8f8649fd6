#include "twin/clone_net.h"

#include <math.h>
#include <string.h>

enum { P = LG_CLONE_NET_P };

lg_status lg_clone_net_create(lg_ctx *ctx, const lg_net_plan *plan, lg_clone_net *net) {
  lg_status status = LG_OK;
  lg_encoder_options o;
  memset(net, 0, sizeof *net);
  net->plan = *plan;
  LG_TRY(lg_encoder_parse(ctx, plan->encoder, &o));
  if (o.channels != LG_OBSERVE_CHANNELS || o.features != (plan->features ? (size_t)LG_OBSERVE_FEATURES : 0)) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "the encoder has %zu channels and %zu features; %d and %d are given",
                     o.channels, o.features, LG_OBSERVE_CHANNELS, plan->features ? LG_OBSERVE_FEATURES : 0);
    goto done;
  }
  LG_TRY(lg_encoder_create(ctx, &net->params, "encoder", &o, &net->encoder));
  LG_TRY(lg_dense_create(ctx, &net->params, "mixture", net->encoder.width, lg_mixture_width(plan->components, P),
                         &net->head));
done:
  if (status != LG_OK) lg_clone_net_clear(ctx, net);
  return status;
}

void lg_clone_net_clear(lg_ctx *ctx, lg_clone_net *net) { lg_params_clear(ctx, &net->params); }

static lg_var output(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  const lg_clone_net *net = user;
  const size_t x_dim[3] = {end - begin, b->steps, LG_OBSERVE_CHANNELS}, f_dim[2] = {end - begin, LG_OBSERVE_FEATURES};
  const lg_var x = lg_f32_input(tape, 3, x_dim, lg_f32_batch_at(b, 0, begin), false);
  const lg_var f = net->plan.features ? lg_f32_input(tape, 2, f_dim, lg_f32_batch_at(b, 1, begin), false) : LG_VAR_NONE;
  return lg_f32_dense(tape, &net->head, lg_f32_encoder(tape, &net->encoder, x, f), LG_ACT_NONE);
}

/* ---- inference -------------------------------------------------------------------------------- */

typedef struct table_job {
  const lg_clone_net *net;
  const lg_net_data *data;
  const float *raw;
  double scale;
  size_t width;
  double *mean;      /* (n, P) natural */
  unsigned char *in; /* (n, P, 4) inside the central intervals */
} table_job;

static const double shares[4] = {0.50, 0.68, 0.90, 0.95};

/* Posterior mean in natural units over 200 samples inside the prior's box, and which central intervals hold the truth.
 */
static lg_status judge(void *user, size_t begin, size_t end, unsigned worker) {
  const table_job *j = user;
  double buffer[4096], y[P], natural[P];
  (void)worker;
  if (j->width > 4096) return LG_ERR_LIMIT;
  for (size_t k = begin; k < end; k++) {
    lg_mixture m;
    lg_rng rng = lg_rng_make(1, 0x7461626c65, k);
    const lg_status status =
        lg_mixture_read(NULL, j->net->plan.components, P, j->raw + k * j->width, j->scale, buffer, &m);
    if (status != LG_OK) return status;
    double sum[P] = {0.0};
    for (int s = 0; s < 200; s++) {
      lg_mixture_sample(&m, &rng, y);
      lg_net_to_natural(j->net->plan.family, y, natural);
      for (int p = 0; p < P; p++) sum[p] += natural[p];
    }
    for (size_t p = 0; p < P; p++) {
      j->mean[k * P + p] = sum[p] / 200.0;
      const double u = fabs(lg_mixture_cdf(&m, p, (double)j->data->y[k * P + p]) - 0.5) * 2.0;
      for (size_t q = 0; q < 4; q++) j->in[(k * P + p) * 4 + q] = u <= shares[q];
    }
  }
  return LG_OK;
}

static void summarise(const table_job *j, lg_net_table *t) {
  const size_t n = j->data->n;
  memset(t, 0, sizeof *t);
  t->n = n;
  for (size_t p = 0; p < P; p++) {
    double mean = 0.0, total = 0.0, error = 0.0;
    for (size_t k = 0; k < n; k++) mean += j->data->natural[k * P + p] / (double)n;
    for (size_t k = 0; k < n; k++) {
      const double d = j->data->natural[k * P + p] - mean, e = j->data->natural[k * P + p] - j->mean[k * P + p];
      total += d * d;
      error += e * e;
      for (size_t q = 0; q < 4; q++) t->coverage[p][q] += (double)j->in[(k * P + p) * 4 + q] / (double)n;
    }
    t->r2[p] = 1.0 - error / total;
    t->mean_r2 += t->r2[p] / P;
  }
}

lg_status lg_clone_net_table(lg_ctx *ctx, const lg_clone_net *net, const float *theta, const lg_net_data *data,
                             double scale, lg_net_table *table) {
  lg_status status = LG_OK;
  lg_clone_net copy = *net; /* the model takes a mutable user pointer and only reads it */
  const lg_f32_model model = {&copy.params, &copy, NULL, NULL, output};
  lg_f32_runner *runner = NULL;
  float *raw = NULL;
  table_job j = {net, data, NULL, scale, lg_mixture_width(net->plan.components, P), NULL, NULL};
  LG_NEW(ctx, raw, data->n * j.width);
  LG_NEW(ctx, j.mean, data->n * P);
  LG_NEW(ctx, j.in, data->n * P * 4);
  LG_TRY(lg_f32_runner_create(ctx, &model, 8, &runner));
  for (size_t k = 0; k < data->n; k += 64) {
    const lg_f32_batch b = {
        .n = data->n - k < 64 ? data->n - k : 64,
        .field = {data->x + k * data->bins * LG_OBSERVE_CHANNELS, data->f + k * LG_OBSERVE_FEATURES},
        .width = {data->bins * LG_OBSERVE_CHANNELS, LG_OBSERVE_FEATURES},
        .steps = data->bins};
    LG_TRY(lg_f32_runner_predict(ctx, runner, theta, &b, j.width, raw + k * j.width));
  }
  j.raw = raw;
  LG_TRY(lg_parallel_for(ctx, data->n, 8, judge, &j));
  summarise(&j, table);
done:
  lg_f32_runner_destroy(ctx, runner);
  lg_free(ctx, raw);
  lg_free(ctx, j.mean);
  lg_free(ctx, j.in);
  return status;
}

/* ---- training --------------------------------------------------------------------------------- */

enum { FIRST_HELD = 100000000, FIRST_TEST = 200000000, STREAM_SHUFFLE = 0x73687566 };

typedef struct training {
  lg_clone_net net;
  lg_net_data train, held;
  uint64_t seed;
  size_t epoch, *order; /* permutation of the epoch; SIZE_MAX: none yet */
  float *x, *f, *y;     /* one batch */
  char state_path[1024];
} training;

static void shuffle(training *t, size_t epoch) {
  lg_rng rng = lg_rng_make(t->seed, STREAM_SHUFFLE, epoch);
  for (size_t k = 0; k < t->train.n; k++) t->order[k] = k;
  for (size_t k = t->train.n; k > 1; k--) {
    const size_t other = (size_t)lg_rng_below(&rng, k), kept = t->order[k - 1];
    t->order[k - 1] = t->order[other];
    t->order[other] = kept;
  }
  t->epoch = epoch;
}

static lg_status make_batch(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index, lg_f32_batch *b) {
  training *t = user;
  const lg_net_data *d = split == LG_SPLIT_HELD ? &t->held : &t->train;
  const size_t n = t->net.plan.batch, x_width = d->bins * LG_OBSERVE_CHANNELS;
  (void)ctx;
  if (split == LG_SPLIT_TRAIN && t->epoch != epoch) shuffle(t, epoch);
  for (size_t k = 0; k < n; k++) {
    const size_t from = split == LG_SPLIT_HELD ? (index * n + k) % d->n : t->order[(index * n + k) % d->n];
    memcpy(t->x + k * x_width, d->x + from * x_width, x_width * sizeof(float));
    memcpy(t->f + k * LG_OBSERVE_FEATURES, d->f + from * LG_OBSERVE_FEATURES, LG_OBSERVE_FEATURES * sizeof(float));
    memcpy(t->y + k * P, d->y + from * P, P * sizeof(float));
  }
  *b =
      (lg_f32_batch){.n = n, .field = {t->x, t->f, t->y}, .width = {x_width, LG_OBSERVE_FEATURES, P}, .steps = d->bins};
  return LG_OK;
}

static lg_var train_output(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  training *t = user;
  return output(&t->net, tape, b, begin, end);
}

static lg_var loss(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  const training *t = user;
  return lg_f32_loss_mixture(tape, train_output(user, tape, b, begin, end), t->net.plan.components, P,
                             lg_f32_batch_at(b, 2, begin), NULL);
}

static lg_status save_state(void *user, lg_ctx *ctx, lg_f32_trainer *trainer) {
  const training *t = user;
  return lg_f32_trainer_save(ctx, trainer, t->state_path, NULL, 0);
}

static lg_status report(void *user, lg_ctx *ctx, lg_f32_trainer *trainer, size_t epoch, const lg_epoch *e) {
  (void)user;
  (void)trainer;
  lg_log(ctx, LG_LEVEL_INFO, "epoch %zu: loss %.4f, held %.4f, rate %.2e", epoch + 1, e->train_loss, e->held_loss,
         e->lr);
  return LG_OK;
}

/* The temperature that brings the mean coverage of the four intervals nearest to their names, on the held neurons. */
static lg_status temperature(lg_ctx *ctx, const training *t, const float *theta, double *scale) {
  double least = 1e9;
  *scale = 1.0;
  for (int k = -12; k <= 12; k++) {
    lg_net_table table;
    const double s = 1.0 + 0.03 * k;
    const lg_status status = lg_clone_net_table(ctx, &t->net, theta, &t->held, s, &table);
    if (status != LG_OK) return status;
    double off = 0.0;
    for (int q = 0; q < 4; q++) {
      double mean = 0.0;
      for (int p = 0; p < P; p++) mean += table.coverage[p][q] / P;
      off += fabs(mean - shares[q]);
    }
    if (off >= least) continue;
    least = off;
    *scale = s;
  }
  return LG_OK;
}

static lg_status write_net(lg_ctx *ctx, const training *t, const float *theta, double scale, const lg_net_table *table,
                           const char *output_path) {
  lg_status status = LG_OK;
  lg_tensor_entry *entries = NULL;
  char r2[256] = "", scale_text[32], seed[32], neurons[32], components[32];
  for (int p = 0; p < P; p++)
    (void)snprintf(r2 + strlen(r2), sizeof r2 - strlen(r2), "%s%.4f", p ? " " : "", table->r2[p]);
  (void)snprintf(scale_text, sizeof scale_text, "%.3f", scale);
  (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)t->seed);
  (void)snprintf(neurons, sizeof neurons, "%zu", t->net.plan.neurons);
  (void)snprintf(components, sizeof components, "%zu", t->net.plan.components);
  const lg_text_pair metadata[] = {
      {"schema", "loligo-clone-net/1"},
      {"family", t->net.plan.family == LG_NET_TM ? "tm" : "izhikevich"},
      {"protocol", t->net.plan.protocol == LG_NET_STEP ? "STEP" : "CLONE-1"},
      {"encoder", t->net.plan.encoder},
      {"components", components},
      {"features", t->net.plan.features ? "yes" : "no"},
      {"temperature", scale_text},
      {"training_neurons", neurons},
      {"seed", seed},
      {"held_out_r2", r2},
  };
  LG_NEW(ctx, entries, t->net.params.n);
  lg_f32_params_entries(&t->net.params, theta, entries);
  status =
      lg_safetensors_write(ctx, output_path, entries, t->net.params.n, metadata, sizeof metadata / sizeof metadata[0]);
done:
  lg_free(ctx, entries);
  return status;
}

lg_status lg_clone_net_train(lg_ctx *ctx, const lg_net_plan *plan, uint64_t seed, const char *output_path,
                             lg_net_table *table) {
  lg_status status = LG_OK;
  training *t = NULL;
  lg_f32_trainer *trainer = NULL;
  lg_net_data test = {0};
  double scale = 1.0;
  LG_NEW(ctx, t, 1);
  t->seed = seed;
  t->epoch = SIZE_MAX;
  (void)snprintf(t->state_path, sizeof t->state_path, "%s.state", output_path);
  LG_TRY(lg_clone_net_create(ctx, plan, &t->net));
  LG_TRY(lg_net_data_make(ctx, plan, seed, 0, plan->neurons, &t->train));
  LG_TRY(lg_net_data_make(ctx, plan, seed, FIRST_HELD, plan->held, &t->held));
  LG_NEW(ctx, t->order, plan->neurons);
  LG_NEW(ctx, t->x, plan->batch * t->train.bins * LG_OBSERVE_CHANNELS);
  LG_NEW(ctx, t->f, plan->batch * LG_OBSERVE_FEATURES);
  LG_NEW(ctx, t->y, plan->batch * P);
  const lg_f32_model model = {&t->net.params, t, make_batch, loss, train_output};
  LG_TRY(lg_f32_trainer_create(ctx, &model, &plan->train, &trainer));
  FILE *state = fopen(t->state_path, "rb");
  if (state) {
    (void)fclose(state);
    LG_TRY(lg_f32_trainer_load(ctx, trainer, t->state_path));
    lg_log(ctx, LG_LEVEL_INFO, "going on from %s", t->state_path);
  }
  lg_f32_trainer_set_callbacks(trainer, save_state, report, t);
  LG_TRY(lg_f32_trainer_run(ctx, trainer));
  const float *theta = lg_f32_trainer_theta(trainer);
  LG_TRY(temperature(ctx, t, theta, &scale));
  LG_TRY(lg_net_data_make(ctx, plan, seed, FIRST_TEST, 2000, &test));
  LG_TRY(lg_clone_net_table(ctx, &t->net, theta, &test, scale, table));
  LG_TRY(write_net(ctx, t, theta, scale, table, output_path));
done:
  lg_f32_trainer_destroy(ctx, trainer);
  lg_net_data_clear(ctx, &test);
  if (t) {
    lg_net_data_clear(ctx, &t->train);
    lg_net_data_clear(ctx, &t->held);
    lg_clone_net_clear(ctx, &t->net);
    lg_free(ctx, t->order);
    lg_free(ctx, t->x);
    lg_free(ctx, t->f);
    lg_free(ctx, t->y);
    lg_free(ctx, t);
  }
  return status;
}
