#define _XOPEN_SOURCE 700
/* Training of an axon's surrogate: batches, networks one after another, states for going on. */
#include "twin/axon_learn.h"

#include "axon/distance.h"
#include "data/provenance.h"
#include "learn/train.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  TIMES = AXON_NET_TIMES,
  P = AXON_PREDICTED,
  CHUNK = 16,
  STREAM_ORDER = 0x61786f72, /* order of the examples in an epoch */
  STREAM_DROPOUT = 0x61786472,
  STREAM_START = 0x61787374
};

void lg_axon_examples_clear(lg_ctx *ctx, axon_examples *examples) {
  lg_free(ctx, examples->strain);
  lg_free(ctx, examples->out);
  *examples = (axon_examples){0};
}

axon_learn_opts lg_axon_learn_defaults(axon_layout layout) {
  axon_learn_opts o = {
      .layout = layout, .params = lg_axon_params_male(), .nets = 3, .batch = 64, .lr = 3e-3, .decay = 1e-4, .seed = 1};
  if (layout == AXON_LAYOUT_JI) {
    o.lr = 1e-3;
    o.decay = 0.0;
  }
  return o;
}

size_t lg_axon_learn_epochs(size_t n, const axon_learn_opts *opts) {
  const size_t steps = n > opts->batch ? n / opts->batch : 1, epochs = (16000 + steps - 1) / steps;
  if (opts->epochs) return opts->epochs;
  return epochs < 60 ? 60 : epochs > 600 ? 600 : epochs;
}

/* ---- batches -------------------------------------------------------------------------------------------------- */

typedef struct training {
  const axon_examples *examples;
  const size_t *rows;
  size_t n, batch, inputs, flat;
  axon_layout layout;
  double dropout;
  uint64_t seed;
  const lg_axon_surrogate *scales;
  const axon_net *net;
  size_t epoch, *order;
  float *x, *keep, *y; /* of the batch at hand */
  const char *state, *identity;
} training;

static void shuffle(training *t, size_t epoch) {
  lg_rng rng = lg_rng_make(t->seed, STREAM_ORDER, epoch);
  for (size_t k = 0; k < t->n; k++) t->order[k] = t->rows ? t->rows[k] : k;
  for (size_t k = t->n; k > 1; k--) {
    const size_t other = (size_t)lg_rng_below(&rng, k), kept = t->order[k - 1];
    t->order[k - 1] = t->order[other];
    t->order[other] = kept;
  }
  t->epoch = epoch;
}

static void drop_out(const training *t, size_t epoch, size_t index) {
  lg_rng rng = lg_rng_make(t->seed, STREAM_DROPOUT, epoch << 32 | index);
  const float kept = (float)(1.0 / (1.0 - t->dropout));
  for (size_t k = 0; k < t->batch * t->flat; k++) t->keep[k] = lg_rng_uniform(&rng) < t->dropout ? 0.0F : kept;
}

static lg_status make_batch(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index, lg_f32_batch *b) {
  training *t = user;
  (void)ctx;
  (void)split;
  if (t->epoch != epoch) shuffle(t, epoch);
  for (size_t k = 0; k < t->batch; k++) {
    const size_t row = t->order[index * t->batch + k];
    double y[P];
    lg_axon_net_input(t->layout, t->examples->strain + row * TIMES, t->x + k * t->inputs);
    lg_axon_transform(t->examples->out + row * P, y);
    for (size_t q = 0; q < P; q++)
      t->y[k * P + q] = (float)((y[q] - t->scales->target_mean[q]) / t->scales->target_sd[q]);
  }
  if (t->dropout > 0.0) drop_out(t, epoch, index);
  *b = (lg_f32_batch){.n = t->batch, .field = {t->x, t->y, t->keep}, .width = {t->inputs, P, t->flat}};
  return LG_OK;
}

static lg_var input_of(const training *t, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  const axon_shape *s = t->net->shape;
  const size_t sequence[3] = {end - begin, TIMES, s->channels}, row[2] = {end - begin, s->features};
  return lg_f32_input(tape, s->channels ? 3 : 2, s->channels ? sequence : row, lg_f32_batch_at(b, 0, begin), false);
}

static lg_var loss(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  const training *t = user;
  const size_t width = t->dropout > 0.0 ? t->net->conv[t->net->shape->n_conv - 1].out : 1;
  const size_t dim[3] = {end - begin, t->flat / width, width};
  const lg_var x = input_of(t, tape, b, begin, end);
  const lg_var keep = t->dropout > 0.0 ? lg_f32_input(tape, 3, dim, lg_f32_batch_at(b, 2, begin), false) : LG_VAR_NONE;
  return lg_f32_loss_mse(tape, lg_axon_net_output(tape, t->net, x, keep), lg_f32_batch_at(b, 1, begin), NULL);
}

static lg_var output(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  const training *t = user;
  return lg_axon_net_output(tape, t->net, input_of(t, tape, b, begin, end), LG_VAR_NONE);
}

lg_status lg_axon_learn_outputs(lg_ctx *ctx, const lg_axon_surrogate *net, const float *strain, size_t n, float *y) {
  enum { BLOCK = 512 };
  lg_status status = LG_OK;
  axon_net layers = {0};
  training t = {.layout = net->layout, .net = &layers, .inputs = lg_axon_net_inputs(net->layout)};
  const lg_f32_model model = {&layers.params, &t, NULL, loss, output};
  lg_f32_runner *runner = NULL;
  float *out = NULL;
  LG_TRY(lg_axon_net_create(ctx, net->layout, &layers));
  LG_TRY(lg_f32_runner_create(ctx, &model, CHUNK, &runner));
  LG_NEW(ctx, t.x, BLOCK * t.inputs);
  LG_NEW(ctx, out, BLOCK * P);
  for (size_t from = 0; from < n; from += BLOCK) {
    const size_t m = n - from < BLOCK ? n - from : BLOCK;
    const lg_f32_batch batch = {.n = m, .field = {t.x}, .width = {t.inputs}};
    for (size_t k = 0; k < m; k++) lg_axon_net_input(net->layout, strain + (from + k) * TIMES, t.x + k * t.inputs);
    for (size_t j = 0; j < net->n_nets; j++) {
      LG_TRY(lg_f32_runner_predict(ctx, runner, net->weights + j * net->n_weights, &batch, P, out));
      for (size_t k = 0; k < m; k++) memcpy(y + ((from + k) * net->n_nets + j) * P, out + k * P, P * sizeof *y);
    }
  }
done:
  lg_f32_runner_destroy(ctx, runner);
  lg_axon_net_clear(ctx, &layers);
  lg_free(ctx, t.x);
  lg_free(ctx, out);
  return status;
}

/* ---- one network ------------------------------------------------------------------------------------------------ */

static lg_status save_state(void *user, lg_ctx *ctx, lg_f32_trainer *trainer) {
  const training *t = user;
  const lg_text_pair metadata = {"learns", t->identity};
  return t->state ? lg_f32_trainer_save(ctx, trainer, t->state, &metadata, 1) : LG_OK;
}

static lg_status resume(lg_ctx *ctx, const training *t, lg_f32_trainer *trainer) {
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  if (!t->state || access(t->state, F_OK) != 0) return LG_OK;
  LG_TRY(lg_safetensors_read(ctx, t->state, &st));
  const char *text = lg_safetensors_metadata(st, "learns");
  if (!text || strcmp(text, t->identity) != 0)
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "%s is of other profiles, outcomes or options; remove it to begin anew",
                     t->state);
  else status = lg_f32_trainer_load(ctx, trainer, t->state);
done:
  lg_safetensors_destroy(ctx, st);
  return status;
}

static lg_status train_one(lg_ctx *ctx, training *t, const axon_learn_opts *o, float *weights) {
  lg_status status = LG_OK;
  lg_f32_trainer *trainer = NULL;
  lg_train_options options = LG_TRAIN_OPTIONS;
  size_t done_epochs = 0;
  const lg_f32_model model = {&t->net->params, t, make_batch, loss, output};
  options.epochs = lg_axon_learn_epochs(t->n, o);
  options.batches_per_epoch = t->n / t->batch;
  options.chunk = CHUNK;
  options.lr = o->lr;
  options.decay = o->decay;
  options.clip_norm = o->clip;
  options.schedule = o->layout == AXON_LAYOUT_JI ? LG_SCHEDULE_CONSTANT : LG_SCHEDULE_ONE_CYCLE;
  options.seed = t->seed;
  t->epoch = SIZE_MAX;
  LG_TRY(lg_f32_trainer_create(ctx, &model, &options, &trainer));
  LG_TRY(resume(ctx, t, trainer));
  (void)lg_f32_trainer_history(trainer, &done_epochs);
  lg_f32_trainer_set_callbacks(trainer, save_state, NULL, t);
  if (done_epochs < options.epochs) LG_TRY(lg_f32_trainer_run(ctx, trainer));
  memcpy(weights, lg_f32_trainer_theta(trainer), t->net->params.count * sizeof *weights);
done:
  lg_f32_trainer_destroy(ctx, trainer);
  return status;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static size_t row_of(const size_t *rows, size_t k) { return rows ? rows[k] : k; }

static void standardise(const axon_examples *e, const size_t *rows, size_t n, lg_axon_surrogate *net) {
  double y[P], sum[P] = {0}, square[P] = {0};
  for (int pass = 0; pass < 2; pass++)
    for (size_t k = 0; k < n; k++) {
      lg_axon_transform(e->out + row_of(rows, k) * P, y);
      for (size_t q = 0; q < P; q++) {
        const double d = y[q] - net->target_mean[q];
        if (pass == 0) sum[q] += y[q];
        else square[q] += d * d;
        if (pass == 0 && k + 1 == n) net->target_mean[q] = sum[q] / (double)n;
      }
    }
  for (size_t q = 0; q < P; q++) net->target_sd[q] = fmax(sqrt(square[q] / (double)n), 1e-6);
}

/* Median distance of a training profile to the nearest other one. */
static lg_status usual_distance(lg_ctx *ctx, const lg_axon_surrogate *net, double *out) {
  enum { LOOKED_AT = 200 };
  lg_status status = LG_OK;
  double d[LOOKED_AT];
  const size_t n = net->n_known, m = n < LOOKED_AT ? n : LOOKED_AT;
  for (size_t j = 0; j < m; j++) {
    const float *a = net->known + j * n / m * TIMES;
    d[j] = (double)INFINITY;
    for (size_t k = 0; k < n; k++) {
      const float *b = net->known + k * TIMES;
      if (b != a) d[j] = fmin(d[j], lg_axon_distance(a, b, TIMES));
    }
    LG_TRY(lg_progress(ctx, "distances", j + 1, m));
  }
  qsort(d, m, sizeof *d, lg_ascending);
  *out = d[m / 2];
done:
  return status;
}

/* What a state belongs to: the numbers that are learned and the recipe. */
static lg_status identify(lg_ctx *ctx, const axon_examples *e, const size_t *rows, size_t n, const axon_learn_opts *o,
                          char text[200]) {
  char hex[65];
  const size_t each = TIMES * sizeof(float) + P * sizeof(double);
  unsigned char *bytes = lg_alloc(ctx, n, each);
  if (!bytes) return LG_ERR_MEMORY;
  for (size_t k = 0; k < n; k++) {
    const size_t row = row_of(rows, k);
    memcpy(bytes + k * each, e->strain + row * TIMES, TIMES * sizeof(float));
    memcpy(bytes + k * each + TIMES * sizeof(float), e->out + row * P, P * sizeof(double));
  }
  lg_sha256_bytes(bytes, n * each, hex);
  lg_free(ctx, bytes);
  (void)snprintf(text, 200, "%s %s", lg_axon_net_shape(o->layout)->name, hex);
  return LG_OK;
}

static void state_path(const axon_learn_opts *o, size_t k, char path[1200]) {
  (void)snprintf(path, 1200, "%s.%zu", o->state, k);
}

void lg_axon_learn_forget(const axon_learn_opts *opts) {
  char path[1200];
  for (size_t k = 0; opts->state && k < opts->nets; k++) {
    state_path(opts, k, path);
    (void)unlink(path);
  }
}

static lg_status check_options(lg_ctx *ctx, const axon_examples *e, size_t n, const axon_learn_opts *o) {
  if (n < 16) return lg_fail(ctx, LG_ERR_ARGUMENT, "%zu profiles to learn from; 16 or more are needed", n);
  if (o->nets < 1 || o->nets > 64) return lg_fail(ctx, LG_ERR_RANGE, "%zu networks; 1 to 64 are allowed", o->nets);
  if (o->epochs > 100000 || o->batch < 8 || o->batch > 4096)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu epochs (up to 100000) of batches of %zu (8 to 4096)", o->epochs, o->batch);
  if (o->state && strlen(o->state) > 1100) return lg_fail(ctx, LG_ERR_RANGE, "the path of the state is too long");
  for (size_t k = 0; k < e->n * P; k++)
    if (!isfinite(e->out[k])) return lg_fail(ctx, LG_ERR_ARGUMENT, "outcome %zu is no number", k / P + 1);
  return LG_OK;
}

static lg_status prepare(lg_ctx *ctx, const axon_examples *e, const size_t *rows, size_t n, const axon_learn_opts *o,
                         lg_axon_surrogate *net) {
  lg_status status = LG_OK;
  net->layout = o->layout;
  net->params = o->params;
  net->n_nets = o->nets;
  net->n_weights = lg_axon_net_weights(o->layout);
  LG_NEW(ctx, net->weights, net->n_nets * net->n_weights);
  LG_NEW(ctx, net->known, n * TIMES);
  net->n_known = n;
  for (size_t k = 0; k < n; k++)
    memcpy(net->known + k * TIMES, e->strain + row_of(rows, k) * TIMES, TIMES * sizeof(float));
  standardise(e, rows, n, net);
  net->known_threshold = o->reach;
  if (!(o->reach > 0.0)) LG_TRY(usual_distance(ctx, net, &net->known_threshold));
done:
  return status;
}

lg_status lg_axon_learn(lg_ctx *ctx, const axon_examples *examples, const size_t *rows, size_t n_rows,
                        const axon_learn_opts *o, lg_axon_surrogate **out) {
  lg_status status = LG_OK;
  const size_t n = rows ? n_rows : examples->n;
  lg_axon_surrogate *net = NULL;
  axon_net layers = {0};
  char path[1200], identity[200];
  training t = {.examples = examples,
                .rows = rows,
                .n = n,
                .batch = n < o->batch ? n : o->batch,
                .inputs = lg_axon_net_inputs(o->layout),
                .flat = lg_axon_net_flat(o->layout),
                .layout = o->layout,
                .dropout = lg_axon_net_shape(o->layout)->dropout,
                .net = &layers,
                .identity = identity};
  *out = NULL;
  LG_TRY(check_options(ctx, examples, n, o));
  LG_NEW(ctx, net, 1);
  LG_TRY(prepare(ctx, examples, rows, n, o, net));
  LG_TRY(lg_axon_net_create(ctx, o->layout, &layers));
  LG_TRY(identify(ctx, examples, rows, n, o, identity));
  t.scales = net;
  LG_NEW(ctx, t.order, n);
  LG_NEW(ctx, t.x, t.batch * t.inputs);
  LG_NEW(ctx, t.y, t.batch * P);
  if (t.dropout > 0.0) LG_NEW(ctx, t.keep, t.batch * t.flat);
  for (size_t k = 0; k < o->nets; k++) {
    lg_rng rng = lg_rng_make(o->seed, STREAM_START, k);
    t.seed = (uint64_t)lg_rng_below(&rng, (uint64_t)1 << 48);
    if (o->state) state_path(o, k, path);
    t.state = o->state ? path : NULL;
    LG_TRY(train_one(ctx, &t, o, net->weights + k * net->n_weights));
  }
  *out = net;
  net = NULL;
done:
  lg_axon_surrogate_destroy(ctx, net);
  lg_axon_net_clear(ctx, &layers);
  lg_free(ctx, t.order);
  lg_free(ctx, t.x);
  lg_free(ctx, t.y);
  lg_free(ctx, t.keep);
  return status;
}
