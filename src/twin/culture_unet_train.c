#define _XOPEN_SOURCE 700
/* The flow network: crops of simulated monolayers, turned and mirrored; flows by squares, inside by its logarithm. */
#include "twin/culture_unet_data.h"

#include "learn/train.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

culture_unet_plan lg_culture_unet_plan_default(void) {
  return (culture_unet_plan){.samples = 400,
                             .size = 160,
                             .ncell = 33,
                             .frames = 60,
                             .crop = 96,
                             .batch = 8,
                             .steps = 3000,
                             .lr = 3e-3,
                             .still_share = 0.45,
                             .image_share = 0.15,
                             .hole_share = 0.2,
                             .held = 8,
                             .seed = 1};
}

enum { EPOCH_STEPS = 50, STREAM_CROPS = 50, NOTHING_EVERY = 25, SETTLE_BATCHES = 40 };

typedef struct training {
  const culture_unet_plan *plan;
  culture_unet net;
  unet_sample *samples;
  float *x, *flow, *target; /* (batch, crop, crop, 2) each; (crop, crop, 3) of one */
  int32_t *inside;          /* (batch, crop, crop) */
  lg_culture_masks crop;
  char state[4096];
} training;

/* How a crop is seen. Bit 0 of `turn` turns y round, bit 1 x, bit 2 swaps them; the last lines and columns may lie
 * outside of the image, as where it is made up to a multiple of eight. */
typedef struct view {
  size_t y0, x0, outside;
  unsigned turn;
  float bright[CULTURE_UNET_IN], shift[CULTURE_UNET_IN], noise;
} view;

static view draw_view(const training *t, const unet_sample *s, lg_rng *rng) {
  const size_t room = s->side - t->plan->crop + 1;
  view v = {.y0 = (size_t)lg_rng_below(rng, room), .x0 = (size_t)lg_rng_below(rng, room)};
  v.turn = (unsigned)lg_rng_below(rng, 8);
  v.outside = lg_rng_uniform(rng) < 0.3 ? (size_t)lg_rng_below(rng, CULTURE_UNET_GRAIN) : 0;
  for (size_t q = 0; q < CULTURE_UNET_IN; q++) {
    v.bright[q] = (float)lg_rng_range(rng, 0.8, 1.2);
    v.shift[q] = (float)lg_rng_range(rng, -0.1, 0.1);
  }
  v.noise = (float)fmax(0.0, lg_rng_range(rng, -0.1, 0.1));
  return v;
}

/* A crop and its flows. Cells end where it ends: the network sees its rim as that of an image, so both are to look the
 * same. */
static lg_status cut(lg_ctx *ctx, training *t, lg_rng *rng, size_t slot) {
  const culture_unet_plan *p = t->plan;
  const unet_sample *s = &t->samples[lg_rng_below(rng, p->samples)];
  const size_t c = p->crop;
  const float *maps = s->image && lg_rng_uniform(rng) < p->image_share ? s->image : s->maps;
  const bool twice = !s->image || maps == s->image; /* one image in both channels */
  const view v = draw_view(t, s, rng);
  float *to = t->x + slot * c * c * CULTURE_UNET_IN;
  for (size_t y = 0; y < c; y++)
    for (size_t x = 0; x < c; x++) {
      const size_t a = v.turn & 4 ? x : y, b = v.turn & 4 ? y : x;
      const size_t sy = v.y0 + (v.turn & 1 ? c - 1 - a : a), sx = v.x0 + (v.turn & 2 ? c - 1 - b : b);
      const size_t from = sy * s->side + sx;
      const bool in = y + v.outside < c && x + v.outside < c;
      float *pixel = to + (y * c + x) * CULTURE_UNET_IN;
      t->crop.label[y * c + x] = in ? s->masks->label[from] : 0;
      for (size_t q = 0; q < CULTURE_UNET_IN; q++) {
        if (q && twice) pixel[q] = pixel[0];
        else
          pixel[q] = !in ? 0.0f
                         : v.bright[q] * maps[from * CULTURE_UNET_IN + q] + v.shift[q] +
                               (v.noise > 0.0f ? v.noise * (float)lg_rng_normal(rng) : 0.0f);
      }
    }
  t->crop.most = s->masks->most;
  const lg_status status = lg_culture_flow_target(ctx, &t->crop, t->target);
  for (size_t k = 0; k < c * c; k++) {
    t->flow[2 * (slot * c * c + k)] = t->target[k * CULTURE_UNET_OUT];
    t->flow[2 * (slot * c * c + k) + 1] = t->target[k * CULTURE_UNET_OUT + 1];
    t->inside[slot * c * c + k] = t->target[k * CULTURE_UNET_OUT + 2] > 0.5f;
  }
  return status;
}

static lg_status make_batch(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index, lg_f32_batch *batch) {
  training *t = user;
  const size_t pixels = t->plan->crop * t->plan->crop;
  (void)split;
  lg_rng rng = lg_rng_make(t->plan->seed, STREAM_CROPS, epoch * EPOCH_STEPS + index);
  for (size_t k = 0; k < t->plan->batch; k++) {
    const lg_status status = cut(ctx, t, &rng, k);
    if (status != LG_OK) return status;
  }
  batch->n = t->plan->batch;
  batch->field[0] = t->x, batch->width[0] = pixels * CULTURE_UNET_IN;
  batch->field[1] = t->flow, batch->width[1] = pixels * 2;
  return LG_OK;
}

static lg_var loss(void *user, lg_f32_tape *tape, const lg_f32_batch *batch, size_t begin, size_t end) {
  const training *t = user;
  const size_t n = end - begin, crop = t->plan->crop, pixels = crop * crop;
  const size_t dim[4] = {n, crop, crop, CULTURE_UNET_IN}, flat[2] = {n, pixels * 2}, column[2] = {n * pixels, 1};
  const lg_var x = lg_f32_input(tape, 4, dim, lg_f32_batch_at(batch, 0, begin), false);
  const lg_var y = lg_culture_unet_output(tape, &t->net, x);
  const lg_var flow = lg_f32_reshape(tape, lg_f32_slice(tape, y, 0, 2), 2, flat);
  const lg_var inside = lg_f32_reshape(tape, lg_f32_slice(tape, y, 2, 3), 2, column);
  const lg_var both[2] = {lg_f32_affine(tape, inside, 0.0, 0.0), inside};
  const lg_var squares = lg_f32_loss_mse(tape, flow, lg_f32_batch_at(batch, 1, begin), NULL);
  const lg_var entropy =
      lg_f32_loss_cross_entropy(tape, lg_f32_concat(tape, 2, both), t->inside + begin * pixels, NULL);
  return lg_f32_add(tape, lg_f32_affine(tape, squares, 0.5, 0.0),
                    lg_f32_affine(tape, entropy, 1.0 / (double)pixels, 0.0));
}

static lg_status save(void *user, lg_ctx *ctx, lg_f32_trainer *trainer) {
  const training *t = user;
  return lg_f32_trainer_save(ctx, trainer, t->state, NULL, 0);
}

static lg_status say(void *user, lg_ctx *ctx, lg_f32_trainer *trainer, size_t epoch, const lg_epoch *result) {
  (void)user, (void)trainer;
  lg_log_epoch(ctx, epoch, result);
  return LG_OK;
}

static lg_status make_samples(lg_ctx *ctx, training *t) {
  lg_status status = LG_OK;
  const culture_unet_plan *p = t->plan;
  LG_NEW(ctx, t->samples, p->samples);
  for (size_t k = 0; k < p->samples; k++) {
    const bool holes = (double)(k % 20) / 20.0 < p->hole_share;
    const bool still = (double)(k * 7 % 20) / 20.0 < p->still_share;
    if (k % NOTHING_EVERY == NOTHING_EVERY - 1)
      LG_TRY(lg_culture_unet_nothing(ctx, p->seed, k, p->size, &t->samples[k]));
    else if (still) LG_TRY(lg_culture_unet_still(ctx, p->seed, k, p->size, p->ncell, &t->samples[k]));
    else
      LG_TRY(lg_culture_unet_sample(ctx, p->seed, k, p->size, p->ncell, p->frames, holes ? 0.2 : 0.0, &t->samples[k]));
    LG_TRY(lg_progress(ctx, "monolayers", k + 1, p->samples));
  }
  LG_NEW(ctx, t->x, p->batch * p->crop * p->crop * CULTURE_UNET_IN);
  LG_NEW(ctx, t->flow, p->batch * p->crop * p->crop * 2);
  LG_NEW(ctx, t->inside, p->batch * p->crop * p->crop);
  LG_NEW(ctx, t->target, p->crop * p->crop * CULTURE_UNET_OUT);
  LG_NEW(ctx, t->crop.label, p->crop * p->crop);
  t->crop.height = t->crop.width = p->crop;
done:
  return status;
}

static lg_status write_net(lg_ctx *ctx, const training *t, const float *theta, const char *path) {
  lg_status status = LG_OK;
  lg_tensor_entry *entries = NULL;
  char plan[300];
  const culture_unet_plan *p = t->plan;
  LG_NEW(ctx, entries, t->net.params.n);
  lg_f32_params_entries(&t->net.params, theta, entries);
  (void)snprintf(plan, sizeof plan,
                 "samples=%zu size=%zu ncell=%zu frames=%zu crop=%zu batch=%zu steps=%zu lr=%g stills=%g images=%g "
                 "holes=%g seed=%llu",
                 p->samples, p->size, p->ncell, p->frames, p->crop, p->batch, p->steps, p->lr, p->still_share,
                 p->image_share, p->hole_share, (unsigned long long)p->seed);
  const lg_text_pair more[] = {{"schema", "loligo-culture-unet/1"},
                               {"plan", plan},
                               {"trained_on", "simulated monolayers only (loligo culture simulate)"}};
  LG_TRY(lg_safetensors_write(ctx, path, entries, t->net.params.n, more, sizeof more / sizeof more[0]));
done:
  lg_free(ctx, entries);
  return status;
}

/* Statistics of the norms over many batches: while it trains they follow the last ten only. */
static lg_status settle(lg_ctx *ctx, training *t, const lg_f32_model *model, const lg_train_options *o, float *theta) {
  lg_status status = LG_OK;
  const lg_params *params = &t->net.params;
  lg_f32_runner *runner = NULL;
  float *block = NULL;
  double *sum = NULL;
  LG_NEW(ctx, block, 2 * params->count);
  LG_NEW(ctx, sum, params->count);
  LG_TRY(lg_f32_runner_create(ctx, model, o->chunk, &runner));
  lg_f32_transpose(params, theta, block);
  for (size_t k = 0; k < SETTLE_BATCHES; k++) {
    lg_f32_batch batch = {0};
    double one;
    LG_TRY(make_batch(t, ctx, LG_SPLIT_TRAIN, o->epochs, k, &batch));
    LG_TRY(lg_f32_runner_loss(ctx, runner, theta, block, &batch, &one, block + params->count));
    for (size_t j = 0; j < params->count; j++) sum[j] += (double)block[params->count + j] / SETTLE_BATCHES;
  }
  for (size_t i = 0; i < params->n; i++)
    for (size_t j = 0; params->items[i].buffer && j < params->items[i].count; j++)
      theta[params->items[i].offset + j] = (float)sum[params->items[i].offset + j];
done:
  lg_f32_runner_destroy(ctx, runner);
  lg_free(ctx, block);
  lg_free(ctx, sum);
  return status;
}

static lg_status train(lg_ctx *ctx, training *t, const char *path) {
  lg_status status = LG_OK;
  lg_f32_trainer *trainer = NULL;
  const culture_unet_plan *p = t->plan;
  const lg_f32_model model = {.params = &t->net.params, .user = t, .make_batch = make_batch, .loss = loss};
  lg_train_options o = LG_TRAIN_OPTIONS;
  o.epochs = (p->steps + EPOCH_STEPS - 1) / EPOCH_STEPS;
  o.batches_per_epoch = EPOCH_STEPS;
  o.chunk = p->batch > 1 ? p->batch / 2 : 1;
  o.lr = p->lr;
  o.seed = p->seed;
  LG_TRY(lg_f32_trainer_create(ctx, &model, &o, &trainer));
  lg_f32_trainer_set_callbacks(trainer, save, say, t);
  if (access(t->state, R_OK) == 0) LG_TRY(lg_f32_trainer_load(ctx, trainer, t->state));
  LG_TRY(lg_f32_trainer_run(ctx, trainer));
  LG_TRY(settle(ctx, t, &model, &o, lg_f32_trainer_current(trainer)));
  LG_TRY(write_net(ctx, t, lg_f32_trainer_current(trainer), path));
done:
  lg_f32_trainer_destroy(ctx, trainer);
  return status;
}

static lg_status check(lg_ctx *ctx, const culture_unet_plan *p) {
  if (p->samples < 1 || p->samples > 100000 || p->batch < 1 || p->batch > 64 || p->steps < 1 || p->crop < 32 ||
      p->crop % CULTURE_UNET_GRAIN || p->crop > p->size || p->size > 1024 || p->frames < 8 || p->held > 1000)
    return lg_fail(ctx, LG_ERR_RANGE, "a plan that cannot be: crops of %zu px (a multiple of %d) out of %zu", p->crop,
                   (int)CULTURE_UNET_GRAIN, p->size);
  return LG_OK;
}

lg_status lg_culture_unet_train(lg_ctx *ctx, const culture_unet_plan *plan, const char *path,
                                culture_unet_table *table) {
  lg_status status = LG_OK;
  training t = {.plan = plan};
  LG_TRY(check(ctx, plan));
  if (snprintf(t.state, sizeof t.state, "%s.state", path) >= (int)sizeof t.state)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the network is too long"));
  LG_TRY(lg_culture_unet_create(ctx, &t.net));
  LG_TRY(make_samples(ctx, &t));
  LG_TRY(train(ctx, &t, path));
  LG_TRY(lg_culture_unet_judge(ctx, path, plan->seed, plan->held, table));
  (void)unlink(t.state);
done:
  for (size_t k = 0; t.samples && k < plan->samples; k++) lg_culture_unet_sample_clear(ctx, &t.samples[k]);
  lg_free(ctx, t.samples);
  lg_free(ctx, t.x);
  lg_free(ctx, t.flow);
  lg_free(ctx, t.inside);
  lg_free(ctx, t.target);
  lg_free(ctx, t.crop.label);
  lg_culture_unet_clear(ctx, &t.net);
  return status;
}
