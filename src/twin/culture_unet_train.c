#define _XOPEN_SOURCE 700
/* The flow network: crops of simulated monolayers, turned and mirrored; flows by squares, inside by its logarithm. */
#include "twin/culture_unet_data.h"

#include "learn/train.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

culture_unet_plan lg_culture_unet_plan_default(void) {
  return (culture_unet_plan){.samples = 150,
                             .size = 160,
                             .ncell = 33,
                             .frames = 60,
                             .crop = 96,
                             .batch = 4,
                             .steps = 1200,
                             .lr = 3e-3,
                             .image_share = 0.25,
                             .hole_share = 0.25,
                             .held = 8,
                             .seed = 1};
}

enum { EPOCH_STEPS = 50, STREAM_CROPS = 50 };

typedef struct training {
  const culture_unet_plan *plan;
  culture_unet net;
  unet_sample *samples;
  float *x, *flow; /* (batch, crop, crop, 2) each */
  int32_t *inside; /* (batch, crop, crop) */
  char state[4096];
} training;

/* One crop, one of the eight turns: bit 0 turns y round, bit 1 x, bit 2 swaps them. */
static void cut(const training *t, lg_rng *rng, size_t slot) {
  const culture_unet_plan *p = t->plan;
  const unet_sample *s = &t->samples[lg_rng_below(rng, p->samples)];
  const size_t c = p->crop, y0 = (size_t)lg_rng_below(rng, s->side - c + 1),
               x0 = (size_t)lg_rng_below(rng, s->side - c + 1);
  const unsigned turn = (unsigned)lg_rng_below(rng, 8);
  const float *maps = lg_rng_uniform(rng) < p->image_share ? s->image : s->maps;
  const float bright = (float)lg_rng_range(rng, 0.85, 1.15), shift = (float)lg_rng_range(rng, -0.05, 0.05);
  for (size_t y = 0; y < c; y++)
    for (size_t x = 0; x < c; x++) {
      const size_t a = turn & 4 ? x : y, b = turn & 4 ? y : x;
      const size_t sy = y0 + (turn & 1 ? c - 1 - a : a), sx = x0 + (turn & 2 ? c - 1 - b : b);
      const size_t from = sy * s->side + sx, to = (slot * c + y) * c + x;
      const float fy = s->target[from * CULTURE_UNET_OUT] * (turn & 1 ? -1.0f : 1.0f);
      const float fx = s->target[from * CULTURE_UNET_OUT + 1] * (turn & 2 ? -1.0f : 1.0f);
      for (size_t q = 0; q < CULTURE_UNET_IN; q++)
        t->x[to * CULTURE_UNET_IN + q] = bright * maps[from * CULTURE_UNET_IN + q] + shift;
      t->flow[2 * to] = turn & 4 ? fx : fy;
      t->flow[2 * to + 1] = turn & 4 ? fy : fx;
      t->inside[to] = s->target[from * CULTURE_UNET_OUT + 2] > 0.5f;
    }
}

static lg_status make_batch(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index, lg_f32_batch *batch) {
  const training *t = user;
  const size_t pixels = t->plan->crop * t->plan->crop;
  (void)ctx, (void)split;
  lg_rng rng = lg_rng_make(t->plan->seed, STREAM_CROPS, epoch * EPOCH_STEPS + index);
  for (size_t k = 0; k < t->plan->batch; k++) cut(t, &rng, k);
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
    LG_TRY(lg_culture_unet_sample(ctx, p->seed, k, p->size, p->ncell, p->frames, holes ? 0.2 : 0.0, &t->samples[k]));
    LG_TRY(lg_progress(ctx, "monolayers", k + 1, p->samples));
  }
  LG_NEW(ctx, t->x, p->batch * p->crop * p->crop * CULTURE_UNET_IN);
  LG_NEW(ctx, t->flow, p->batch * p->crop * p->crop * 2);
  LG_NEW(ctx, t->inside, p->batch * p->crop * p->crop);
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
  (void)snprintf(
      plan, sizeof plan,
      "samples=%zu size=%zu ncell=%zu frames=%zu crop=%zu batch=%zu steps=%zu lr=%g images=%g holes=%g seed=%llu",
      p->samples, p->size, p->ncell, p->frames, p->crop, p->batch, p->steps, p->lr, p->image_share, p->hole_share,
      (unsigned long long)p->seed);
  const lg_text_pair more[] = {{"schema", "loligo-culture-unet/1"},
                               {"plan", plan},
                               {"trained_on", "simulated monolayers only (loligo culture simulate)"}};
  LG_TRY(lg_safetensors_write(ctx, path, entries, t->net.params.n, more, sizeof more / sizeof more[0]));
done:
  lg_free(ctx, entries);
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
  LG_TRY(write_net(ctx, t, lg_f32_trainer_theta(trainer), path));
done:
  lg_f32_trainer_destroy(ctx, trainer);
  return status;
}

static lg_status judge(lg_ctx *ctx, const culture_unet_plan *p, const char *path, culture_unet_table *table) {
  lg_status status = LG_OK;
  lg_culture_unet_file net = {0};
  const culture_flow_options o = lg_culture_flow_default();
  const double n = (double)p->held;
  *table = (culture_unet_table){.n = p->held};
  LG_TRY(lg_culture_unet_load(ctx, path, &net));
  for (size_t k = 0; k < p->held; k++) {
    unet_sample s;
    lg_culture_masks *found = NULL;
    culture_mask_score score;
    float *flow = NULL;
    status = lg_culture_unet_sample(ctx, p->seed + 1000003, k, 288, 108, 120, 0.0, &s);
    if (status == LG_OK) flow = lg_alloc(ctx, 288 * 288 * CULTURE_UNET_OUT, sizeof *flow);
    if (status == LG_OK && !flow) status = LG_ERR_MEMORY;
    if (status == LG_OK) status = lg_culture_unet_run(ctx, &net.net, net.theta, s.maps, 288, 288, flow);
    if (status == LG_OK) status = lg_culture_flow_masks(ctx, flow, 288, 288, &o, &found);
    if (status == LG_OK) status = lg_culture_score_masks(ctx, found, s.masks, &score);
    lg_culture_masks_destroy(ctx, found);
    lg_culture_unet_sample_clear(ctx, &s);
    lg_free(ctx, flow);
    if (status != LG_OK) goto done;
    table->ap50 += score.ap[0] / n, table->ap75 += score.ap[1] / n, table->ap90 += score.ap[2] / n;
    table->iou += score.mean_iou / n, table->edge_f1 += score.edge_f1 / n;
  }
done:
  lg_culture_unet_file_clear(ctx, &net);
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
  LG_TRY(judge(ctx, plan, path, table));
  (void)unlink(t.state);
done:
  for (size_t k = 0; t.samples && k < plan->samples; k++) lg_culture_unet_sample_clear(ctx, &t.samples[k]);
  lg_free(ctx, t.samples);
  lg_free(ctx, t.x);
  lg_free(ctx, t.flow);
  lg_free(ctx, t.inside);
  lg_culture_unet_clear(ctx, &t.net);
  return status;
}
