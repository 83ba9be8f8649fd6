/* Training of the cloning networks, and the file that results. */
#include "io/safetensors.h"
#include "twin/clone_net.h"

#include <math.h>
#include <string.h>

enum { P = LG_CLONE_NET_P };

/* ---- training --------------------------------------------------------------------------------- */

enum { FIRST_HELD = 100000000, FIRST_TEST = 200000000, FIRST_MORE = 300000000, STREAM_SHUFFLE = 0x73687566 };

#define BETA 0.5
#define MIXTURE 0.02 /* share of the mixture's likelihood in the loss */

typedef struct training {
  lg_clone_net net;
  lg_net_data train, held;
  uint64_t seed;
  size_t epoch, *order; /* permutation of the epoch; SIZE_MAX: none yet */
  float *x, *f, *y;     /* one batch */
  char state_path[1024], plan_text[LG_ENCODER_TEXT + 256];
} training;

/* What the data depend on; a state is continued by the same plan only. (The optimiser's options it checks itself.) */
static void describe(const lg_net_plan *p, char *text, size_t bytes) {
  (void)snprintf(
      text, bytes,
      "family %d protocol %d neurons %zu held %zu batch %zu noise %.17g %.17g dt %.17g duration %.17g offset %.17g %s",
      (int)p->family, (int)p->protocol, p->neurons, p->held, p->batch, p->noise_low_mV, p->noise_high_mV, p->dt_ms,
      p->duration_ms, p->offset_mV, p->encoder);
}

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
  const size_t f_width = lg_net_feature_width(&t->net.plan);
  (void)ctx;
  if (split == LG_SPLIT_TRAIN && t->epoch != epoch) shuffle(t, epoch);
  for (size_t k = 0; k < n; k++) {
    const size_t from = split == LG_SPLIT_HELD ? (index * n + k) % d->n : t->order[(index * n + k) % d->n];
    memcpy(t->x + k * x_width, d->x + from * x_width, x_width * sizeof(float));
    if (f_width > 0) memcpy(t->f + k * f_width, d->f + from * f_width, f_width * sizeof(float));
    memcpy(t->y + k * P, d->y + from * P, P * sizeof(float));
  }
  *b = (lg_f32_batch){.n = n, .field = {t->x, t->f, t->y}, .width = {x_width, f_width, P}, .steps = d->bins};
  return LG_OK;
}

static lg_var train_output(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  const training *t = user;
  lg_var point;
  return lg_clone_net_output(&t->net, tape, b, begin, end, &point);
}

/*
 * The encoder learns from the point head (beta-NLL, Seitzer et al. 2022): the likelihood of a full-covariance mixture
 * alone follows the few best determined directions and leaves the others behind. The mixture's gradient is small
 * against it; Adam does not mind, so that the mixture's own weights learn as fast as ever.
 */
static lg_var loss(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  const training *t = user;
  const float *y = lg_f32_batch_at(b, 2, begin);
  lg_var point;
  const lg_var raw = lg_clone_net_output(&t->net, tape, b, begin, end, &point);
  const lg_var shape = lg_f32_loss_mixture(tape, raw, t->net.plan.components, P, y, NULL);
  if (!t->net.has_point) return shape;
  return lg_f32_add(tape, lg_f32_loss_beta_nll(tape, point, y, BETA, NULL), lg_f32_affine(tape, shape, MIXTURE, 0.0));
}

static lg_status save_state(void *user, lg_ctx *ctx, lg_f32_trainer *trainer) {
  const training *t = user;
  const lg_text_pair metadata = {"plan", t->plan_text};
  return lg_f32_trainer_save(ctx, trainer, t->state_path, &metadata, 1);
}

/* Go on from the state beside the output, if there is one. States of before this check name no plan. */
static lg_status resume(lg_ctx *ctx, const training *t, lg_f32_trainer *trainer) {
  lg_safetensors *state = NULL;
  lg_status status = LG_OK;
  FILE *stream = fopen(t->state_path, "rb");
  if (!stream) return LG_OK;
  (void)fclose(stream);
  LG_TRY(lg_safetensors_read(ctx, t->state_path, &state));
  const char *plan = lg_safetensors_metadata(state, "plan");
  if (plan && strcmp(plan, t->plan_text) != 0) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "%s was made with another plan (%.200s); remove it to begin anew",
                     t->state_path, plan);
    goto done;
  }
  LG_TRY(lg_f32_trainer_load(ctx, trainer, t->state_path));
  lg_log(ctx, LG_LEVEL_INFO, "going on from %s", t->state_path);
done:
  lg_safetensors_destroy(ctx, state);
  return status;
}

static lg_status report(void *user, lg_ctx *ctx, lg_f32_trainer *trainer, size_t epoch, const lg_epoch *e) {
  (void)user;
  (void)trainer;
  lg_log_epoch(ctx, epoch, e);
  return LG_OK;
}

/* Calibration, and where the population lies in the embedding and in the features; from neurons that were not trained
 * on. The limits of the domain are those of the held-out neurons. */
static lg_status characterise(lg_ctx *ctx, const training *t, lg_clone_net_file *file) {
  lg_status status = LG_OK;
  const size_t width = t->net.encoder.width, f_width = lg_net_feature_width(&t->net.plan);
  const size_t components = t->net.plan.components, raw_width = lg_mixture_width(components, P);
  lg_net_data more = {0};
  float *raw = NULL, *there = NULL, *held = NULL, *none = NULL;
  LG_TRY(lg_net_data_make(ctx, &t->net.plan, t->seed, FIRST_MORE, t->net.plan.population, &more));
  LG_NEW(ctx, raw, more.n * raw_width);
  LG_NEW(ctx, there, more.n * width);
  LG_NEW(ctx, held, t->held.n * width);
  LG_TRY(lg_clone_net_run(ctx, &file->net, file->theta, &more, raw, there));
  LG_TRY(lg_clone_net_run(ctx, &file->net, file->theta, &t->held, none, held));
  LG_TRY(lg_net_calibrate(ctx, components, raw, more.y, more.n, &file->calibration));
  LG_TRY(lg_net_domain_make(ctx, there, more.n, held, t->held.n, width, &file->embedding));
  LG_TRY(lg_net_domain_make(ctx, more.f, more.n, t->held.f, t->held.n, f_width, &file->features));
done:
  lg_net_data_clear(ctx, &more);
  lg_free(ctx, raw);
  lg_free(ctx, there);
  lg_free(ctx, held);
  return status;
}

lg_status lg_clone_net_train(lg_ctx *ctx, const lg_net_plan *plan, uint64_t seed, const char *output_path,
                             lg_net_table *table) {
  lg_status status = LG_OK;
  training *t = NULL;
  lg_f32_trainer *trainer = NULL;
  lg_net_data test = {0};
  lg_clone_net_file file = {.theta = NULL};
  size_t done_epochs = 0;
  LG_NEW(ctx, t, 1);
  t->seed = seed;
  t->epoch = SIZE_MAX;
  (void)snprintf(t->state_path, sizeof t->state_path, "%s.state", output_path);
  describe(plan, t->plan_text, sizeof t->plan_text);
  LG_TRY(lg_clone_net_create(ctx, plan, true, &t->net));
  LG_TRY(lg_net_data_make(ctx, plan, seed, FIRST_HELD, plan->held, &t->held));
  LG_NEW(ctx, t->order, plan->neurons);
  LG_NEW(ctx, t->x, plan->batch * t->held.bins * LG_OBSERVE_CHANNELS);
  LG_NEW(ctx, t->f, plan->batch * lg_net_feature_width(plan) + 1);
  LG_NEW(ctx, t->y, plan->batch * P);
  const lg_f32_model model = {&t->net.params, t, make_batch, loss, train_output};
  LG_TRY(lg_f32_trainer_create(ctx, &model, &plan->train, &trainer));
  LG_TRY(resume(ctx, t, trainer));
  (void)lg_f32_trainer_history(trainer, &done_epochs);
  if (done_epochs < plan->train.epochs) {
    LG_TRY(lg_net_data_make(ctx, plan, seed, 0, plan->neurons, &t->train));
    lg_f32_trainer_set_callbacks(trainer, save_state, report, t);
    LG_TRY(lg_f32_trainer_run(ctx, trainer));
    lg_net_data_clear(ctx, &t->train);
  }
  LG_TRY(lg_clone_net_create(ctx, plan, false, &file.net));
  LG_NEW(ctx, file.theta, file.net.params.count);
  lg_clone_net_fold(&t->net, lg_f32_trainer_theta(trainer), &file.net, file.theta);
  LG_TRY(characterise(ctx, t, &file));
  LG_TRY(lg_net_data_make(ctx, plan, seed, FIRST_TEST, plan->test, &test));
  LG_TRY(lg_clone_net_table(ctx, &file.net, file.theta, &file.calibration, &test, table));
  memcpy(file.held_out_r2, table->r2, sizeof file.held_out_r2);
  LG_TRY(lg_clone_net_write(ctx, &file, seed, output_path));
done:
  lg_f32_trainer_destroy(ctx, trainer);
  lg_net_data_clear(ctx, &test);
  lg_free(ctx, file.theta);
  lg_clone_net_clear(ctx, &file.net);
  lg_net_domain_clear(ctx, &file.embedding);
  lg_net_domain_clear(ctx, &file.features);
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
