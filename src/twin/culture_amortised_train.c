#define _XOPEN_SOURCE 700
/* The amortised network: learned on simulated cultures, its intervals set on others, judged on fresh ones. */
#include "twin/culture_amortised_sets.h"

#include "base/elementary.h"
#include "learn/train.h"
#include "num/ascending.h"
#include "num/median.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct training {
  const culture_amortised_plan *plan;
  lg_culture_amortised a;
  lg_culture_am_set *train, *held;
  size_t n_train, n_held;
  float *index; /* (batch) */
  uint32_t *order;
  char state[4200];
} training;

/* ---- what it learns -------------------------------------------------------------------------------- */

static float clipped(double x) { return (float)fmax(-20.0, fmin(20.0, isnan(x) ? 0.0 : x)); }

static float target_k(const lg_culture_am_set *s) { return clipped((s->ln_k - s->x->ln_k) / s->x->sd_k); }
static float target_gamma(const lg_culture_am_set *s, size_t g) {
  return clipped((s->gamma[g] - s->x->gamma[g]) / s->x->sd_gamma[g]);
}

/* Means and sds of numbers whose squares and counts were summed; a constant one gets sd 1. */
typedef struct moments {
  double sum[CULTURE_AM_WHOLE], squares[CULTURE_AM_WHOLE], n;
} moments;

static void add(moments *m, const float *x, size_t rows, size_t width) {
  m->n += (double)rows;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c++) {
      const double v = (double)x[r * width + c];
      m->sum[c] += v, m->squares[c] += v * v;
    }
}

static void finish(const moments *m, size_t width, float *mean, float *sd) {
  for (size_t c = 0; c < width; c++) {
    const double middle = m->sum[c] / m->n, variance = m->squares[c] / m->n - middle * middle;
    mean[c] = (float)middle;
    sd[c] = variance > 1e-10 ? (float)sqrt(variance) : 1.0f;
  }
}

static void find_scale(training *t) {
  moments whole = {0}, cell = {0}, link = {0};
  lg_culture_amortised *a = &t->a;
  for (size_t k = 0; k < t->n_train; k++) {
    const lg_culture_features *x = t->train[k].x;
    add(&whole, x->whole, 1, CULTURE_AM_WHOLE);
    add(&cell, x->cell, x->n, CULTURE_AM_CELL);
    add(&link, x->link, x->n_links, CULTURE_AM_LINK);
  }
  finish(&whole, CULTURE_AM_WHOLE, a->whole_mean, a->whole_sd);
  finish(&cell, CULTURE_AM_CELL, a->cell_mean, a->cell_sd);
  finish(&link, CULTURE_AM_LINK, a->link_mean, a->link_sd);
  for (size_t k = 0; k < t->n_train; k++) lg_culture_amortised_scale(a, t->train[k].x);
  for (size_t k = 0; k < t->n_held; k++) lg_culture_amortised_scale(a, t->held[k].x);
}

static lg_status make_batch(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index, lg_f32_batch *batch) {
  training *t = user;
  const bool held = split == LG_SPLIT_HELD;
  const size_t n = held ? t->n_held : t->n_train, b = t->plan->batch;
  lg_rng rng = lg_rng_make(t->plan->seed, 0x616d62, epoch);
  if (n == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "nothing to %s", held ? "judge the training by" : "train on");
  for (size_t k = 0; k < n; k++) t->order[k] = (uint32_t)k;
  for (size_t k = n; !held && k > 1; k--) {
    const size_t q = (size_t)lg_rng_below(&rng, k);
    const uint32_t kept = t->order[k - 1];
    t->order[k - 1] = t->order[q], t->order[q] = kept;
  }
  for (size_t k = 0; k < b; k++) t->index[k] = (float)t->order[(index * b + k) % n] * (held ? -1.0f : 1.0f);
  batch->n = b;
  batch->field[0] = t->index, batch->width[0] = 1;
  batch->steps = held;
  return LG_OK;
}

static lg_var loss_of(lg_f32_tape *tape, const training *t, const lg_culture_am_set *s) {
  lg_var k, feeds;
  lg_culture_amortised_output(tape, &t->a.net, s->x, &k, &feeds);
  float *target = lg_f32_tape_alloc(tape, 1 + s->x->n_inner, sizeof *target);
  if (!target) return LG_VAR_NONE;
  target[0] = target_k(s);
  for (size_t g = 0; g < s->x->n_inner; g++) target[1 + g] = target_gamma(s, g);
  return lg_f32_add(
      tape, lg_f32_loss_beta_nll(tape, k, target, 0.0, NULL),
      lg_f32_affine(tape, lg_f32_loss_beta_nll(tape, feeds, target + 1, 0.0, NULL), 1.0 / (double)s->x->n_inner, 0.0));
}

static lg_var loss(void *user, lg_f32_tape *tape, const lg_f32_batch *batch, size_t begin, size_t end) {
  const training *t = user;
  lg_var sum = LG_VAR_NONE;
  for (size_t q = begin; q < end; q++) {
    const size_t k = (size_t)fabsf(*lg_f32_batch_at(batch, 0, q));
    const lg_var one = loss_of(tape, t, batch->steps ? &t->held[k] : &t->train[k]);
    sum = q == begin ? one : lg_f32_add(tape, sum, one);
  }
  return sum;
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

static lg_status learn(lg_ctx *ctx, training *t) {
  lg_status status = LG_OK;
  lg_f32_trainer *trainer = NULL;
  const culture_amortised_plan *p = t->plan;
  const lg_f32_model model = {.params = &t->a.net.params, .user = t, .make_batch = make_batch, .loss = loss};
  lg_train_options o = LG_TRAIN_OPTIONS;
  o.epochs = p->epochs, o.batches_per_epoch = t->n_train / p->batch, o.held_batches = t->n_held / p->batch;
  o.chunk = p->batch > 4 ? 4 : 1;
  o.lr = p->lr, o.seed = p->seed;
  if (o.batches_per_epoch == 0)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu cultures make no batch of %zu", t->n_train, p->batch);
  LG_TRY(lg_f32_trainer_create(ctx, &model, &o, &trainer));
  lg_f32_trainer_set_callbacks(trainer, save, say, t);
  if (access(t->state, R_OK) == 0) LG_TRY(lg_f32_trainer_load(ctx, trainer, t->state));
  LG_TRY(lg_f32_trainer_run(ctx, trainer));
  LG_NEW(ctx, t->a.theta, t->a.net.params.count);
  memcpy(t->a.theta, lg_f32_trainer_theta(trainer), t->a.net.params.count * sizeof *t->a.theta);
done:
  lg_f32_trainer_destroy(ctx, trainer);
  return status;
}

/* ---- intervals and judgement ------------------------------------------------------------------------ */

/* Split conformal: the ceil((n + 1) level)-th smallest of the scores. */
static void reaches(double *score, size_t n, double *reach) {
  qsort(score, n, sizeof *score, lg_ascending);
  for (size_t q = 0; q < CULTURE_AM_LEVELS; q++) {
    const size_t rank = (size_t)ceil(lg_culture_amortised_level[q] * ((double)n + 1.0));
    reach[q] = score[(rank > n ? n : rank < 1 ? 1 : rank) - 1];
  }
}

static size_t feeds_of(const lg_culture_am_set *sets, size_t n, size_t *most) {
  size_t all = 0;
  *most = 1;
  for (size_t k = 0; k < n; k++) {
    all += sets[k].x->n_inner;
    if (sets[k].x->n_inner > *most) *most = sets[k].x->n_inner;
  }
  return all;
}

static lg_status calibrate(lg_ctx *ctx, training *t, lg_culture_am_set *sets, size_t n) {
  lg_status status = LG_OK;
  size_t most, at = 0;
  const size_t feeds = feeds_of(sets, n, &most);
  double *score = NULL, *room = NULL;
  LG_NEW(ctx, score, n + feeds);
  LG_NEW(ctx, room, 3 * most);
  culture_amortised_answer r = {.gamma = room, .gamma_low = room + most, .gamma_high = room + 2 * most};
  for (size_t q = 0; q < CULTURE_AM_LEVELS; q++) t->a.reach_k[q] = t->a.reach_gamma[q] = 1.0;
  for (size_t k = 0; k < n; k++) {
    LG_TRY(lg_culture_amortised_ask(ctx, &t->a, sets[k].x, 0.9, &r));
    score[k] = fabs(sets[k].ln_k - lg_ln(r.k)) / r.sd_ln_k;
    for (size_t g = 0; g < sets[k].x->n_inner; g++)
      score[n + at++] = fabs(sets[k].gamma[g] - r.gamma[g]) / (0.5 * (r.gamma_high[g] - r.gamma_low[g]));
  }
  reaches(score, n, t->a.reach_k);
  reaches(score + n, feeds, t->a.reach_gamma);
done:
  lg_free(ctx, score);
  lg_free(ctx, room);
  return status;
}

/* Columns of the table that are medians. */
enum { HALF_K, ERROR_K, SOE_HALF_K, SOE_ERROR_K, OF_SET, HALF_G = 0, ERROR_G, SOE_HALF_G, SOE_ERROR_G, OF_FEED };

typedef struct tally {
  culture_amortised_table *t;
  double *set, *feed; /* (OF_SET, n) and (OF_FEED, feeds) */
  size_t at;
} tally;

static void count_set(tally *y, size_t k, const lg_culture_am_set *s, const culture_amortised_answer *r,
                      const lg_culture_amortised *a) {
  culture_amortised_table *t = y->t;
  const double n = (double)t->n, feeds = (double)t->feeds, true_k = lg_exp(s->ln_k);
  for (size_t q = 0; q < CULTURE_AM_LEVELS; q++)
    t->cover_k[q] += (fabs(s->ln_k - lg_ln(r->k)) <= a->reach_k[q] * r->sd_ln_k) / n;
  t->soe_cover_k += (s->soe_k_low <= true_k && true_k <= s->soe_k_high) / n;
  y->set[HALF_K * t->n + k] = 0.5 * (r->k_high - r->k_low) / true_k;
  y->set[ERROR_K * t->n + k] = fabs(r->k / true_k - 1.0);
  y->set[SOE_HALF_K * t->n + k] = 0.5 * (s->soe_k_high - s->soe_k_low) / true_k;
  y->set[SOE_ERROR_K * t->n + k] = fabs(s->soe_k / true_k - 1.0);
  for (size_t g = 0; g < s->x->n_inner; g++, y->at++) {
    const double half = 0.5 * (r->gamma_high[g] - r->gamma_low[g]), error = fabs(s->gamma[g] - r->gamma[g]);
    for (size_t q = 0; q < CULTURE_AM_LEVELS; q++)
      t->cover_gamma[q] += (error <= half * a->reach_gamma[q] / a->reach_gamma[3]) / feeds;
    t->soe_cover_gamma += (s->soe_gamma_low[g] <= s->gamma[g] && s->gamma[g] <= s->soe_gamma_high[g]) / feeds;
    y->feed[HALF_G * t->feeds + y->at] = half;
    y->feed[ERROR_G * t->feeds + y->at] = error;
    y->feed[SOE_HALF_G * t->feeds + y->at] = 0.5 * (s->soe_gamma_high[g] - s->soe_gamma_low[g]);
    y->feed[SOE_ERROR_G * t->feeds + y->at] = fabs(s->gamma[g] - s->soe_gamma[g]);
  }
  t->features_s += s->features_s / n, t->soe_s += s->soe_s / n;
}

static void medians(tally *y) {
  culture_amortised_table *t = y->t;
  double *const set[OF_SET] = {&t->half_k, &t->error_k, &t->soe_half_k, &t->soe_error_k};
  double *const feed[OF_FEED] = {&t->half_gamma, &t->error_gamma, &t->soe_half_gamma, &t->soe_error_gamma};
  for (size_t q = 0; q < OF_SET; q++) *set[q] = lg_median(y->set + q * t->n, t->n);
  for (size_t q = 0; q < OF_FEED; q++) *feed[q] = lg_median(y->feed + q * t->feeds, t->feeds);
}

static double now_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static lg_status judge_sets(lg_ctx *ctx, const lg_culture_amortised *a, lg_culture_am_set *sets, size_t n,
                            culture_amortised_table *table) {
  lg_status status = LG_OK;
  size_t most;
  double *room = NULL;
  tally y = {.t = table};
  *table = (culture_amortised_table){.n = n};
  table->feeds = feeds_of(sets, n, &most);
  if (n == 0) return lg_fail(ctx, LG_ERR_RANGE, "no culture to judge the network on");
  LG_NEW(ctx, room, 3 * most);
  LG_NEW(ctx, y.set, OF_SET * n);
  LG_NEW(ctx, y.feed, OF_FEED * table->feeds);
  culture_amortised_answer r = {.gamma = room, .gamma_low = room + most, .gamma_high = room + 2 * most};
  for (size_t k = 0; k < n; k++) {
    const double start = now_s();
    LG_TRY(lg_culture_amortised_ask(ctx, a, sets[k].x, 0.9, &r));
    table->network_s += (now_s() - start) / (double)n;
    count_set(&y, k, &sets[k], &r, a);
  }
  medians(&y);
done:
  lg_free(ctx, room);
  lg_free(ctx, y.set);
  lg_free(ctx, y.feed);
  return status;
}

lg_status lg_culture_amortised_judge(lg_ctx *ctx, const culture_amortised_plan *plan, const lg_culture_amortised *a,
                                     uint64_t stream, size_t n, culture_amortised_table *table) {
  lg_culture_am_set *sets = NULL;
  size_t count = 0;
  lg_status status = lg_culture_am_sets_make(ctx, plan, stream, n, true, NULL, &sets, &count);
  if (status == LG_OK) status = judge_sets(ctx, a, sets, count, table);
  lg_culture_am_sets_destroy(ctx, sets, count);
  return status;
}

/* ---- all of it ------------------------------------------------------------------------------------- */

static lg_status check(lg_ctx *ctx, const culture_amortised_plan *p) {
  const culture_am_span *const spans[4] = {&p->noise, &p->k, &p->cells, &p->frames};
  for (size_t q = 0; q < 4; q++)
    if (!(spans[q]->low > 0.0 && spans[q]->low <= spans[q]->high))
      return lg_fail(ctx, LG_ERR_RANGE, "%s from %g to %g", lg_culture_amortised_range[q], spans[q]->low,
                     spans[q]->high);
  if (p->train < 16 || p->held < 16 || p->calibrate < 40 || p->test < 10 || p->train > 1000000 || p->batch < 1 ||
      p->batch > p->held || p->batch > p->train || p->epochs < 1 || p->frames.low < CULTURE_AM_LEAST)
    return lg_fail(ctx, LG_ERR_RANGE,
                   "%zu, %zu, %zu and %zu cultures in batches of %zu, %zu epochs: at least 16, 16, 40 and 10, and %d "
                   "frames",
                   p->train, p->held, p->calibrate, p->test, p->batch, p->epochs, (int)CULTURE_AM_LEAST);
  return LG_OK;
}

static void set_ranges(training *t) {
  const culture_am_span *const spans[4] = {&t->plan->noise, &t->plan->k, &t->plan->cells, &t->plan->frames};
  for (size_t q = 0; q < 4; q++) t->a.low[q] = spans[q]->low, t->a.high[q] = spans[q]->high;
}

lg_status lg_culture_amortised_train(lg_ctx *ctx, const culture_amortised_plan *plan, const char *path,
                                     culture_amortised_table *table) {
  lg_status status = LG_OK;
  training t = {.plan = plan};
  lg_culture_am_set *others[2] = {NULL, NULL};
  size_t n[2] = {0, 0};
  char text[400];
  const size_t count[4] = {plan->train, plan->held, plan->calibrate, plan->test};
  LG_TRY(check(ctx, plan));
  if (snprintf(t.state, sizeof t.state, "%s.state", path) >= (int)sizeof t.state)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the network is too long"));
  LG_TRY(lg_culture_amortised_net_create(ctx, &t.a.net));
  set_ranges(&t);
  LG_TRY(lg_culture_am_sets_make(ctx, plan, AM_TRAIN, plan->train, false, path, &t.train, &t.n_train));
  LG_TRY(lg_culture_am_sets_make(ctx, plan, AM_HELD, plan->held, false, path, &t.held, &t.n_held));
  LG_TRY(lg_culture_am_sets_make(ctx, plan, AM_CALIBRATE, plan->calibrate, false, path, &others[0], &n[0]));
  LG_TRY(lg_culture_am_sets_make(ctx, plan, AM_TEST, plan->test, true, path, &others[1], &n[1]));
  LG_NEW(ctx, t.index, plan->batch);
  LG_NEW(ctx, t.order, plan->train + plan->held);
  find_scale(&t);
  LG_TRY(learn(ctx, &t));
  LG_TRY(calibrate(ctx, &t, others[0], n[0]));
  lg_culture_am_plan_text(plan, text, sizeof text);
  LG_TRY(lg_culture_amortised_write(ctx, path, &t.a, text));
  LG_TRY(judge_sets(ctx, &t.a, others[1], n[1], table));
  for (uint64_t s = 0; s < 4; s++) lg_culture_am_sets_forget(AM_TRAIN + s, count[s], path);
  (void)unlink(t.state);
done:
  lg_culture_am_sets_destroy(ctx, t.train, t.n_train);
  lg_culture_am_sets_destroy(ctx, t.held, t.n_held);
  for (size_t q = 0; q < 2; q++) lg_culture_am_sets_destroy(ctx, others[q], n[q]);
  lg_free(ctx, t.index);
  lg_free(ctx, t.order);
  lg_culture_amortised_clear(ctx, &t.a);
  return status;
}
