/* Training of the physics-informed network: Adam on weights, k and feeds, new scales now and then, exact resume. */
#include "culture/pinn_core.h"

#include "base/elementary.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

enum { STREAM_START = 1, STREAM_BATCHES = 2, UPDATE_ROWS = 48 };

typedef struct training {
  const culture_pinn *o;
  culture_pinn_problem *problem;
  culture_pinn_plan plan;
  lg_f32_pinn_core *core;
  float *m, *v;
  double *cells, *scales; /* as in the state */
  double sums[3];         /* of an epoch: losses and steps */
  culture_pinn_row *history;
  uint32_t *order; /* printed: points of an epoch, shuffled */
  double *scratch; /* (2 n_rows) */
  size_t per_epoch, n_steps, most_history;
  int64_t position[2];
  size_t n_step_chunks;
  lg_adam_step adam;
} training;

static lg_status check(lg_ctx *ctx, const culture_pinn *o) {
  if (o->n_hidden < 1 || o->n_hidden > CULTURE_PINN_LAYERS)
    return lg_fail(ctx, LG_ERR_RANGE, "%u hidden layers; 1 to %d", o->n_hidden, (int)CULTURE_PINN_LAYERS);
  for (unsigned l = 0; l < o->n_hidden; l++)
    if (o->width[l] < 1 || o->width[l] > CULTURE_PINN_WIDTH)
      return lg_fail(ctx, LG_ERR_RANGE, "a layer of %u; 1 to %d", o->width[l], (int)CULTURE_PINN_WIDTH);
  if (o->steps < 1 || o->steps > 10000000) return lg_fail(ctx, LG_ERR_RANGE, "%zu steps; 1 to 10000000", o->steps);
  if (o->frequencies > CULTURE_PINN_FREQUENCIES)
    return lg_fail(ctx, LG_ERR_RANGE, "%u frequencies; at most %d", o->frequencies, (int)CULTURE_PINN_FREQUENCIES);
  if (!(o->highest > 1e-4 && o->highest <= 2.0) && o->frequencies)
    return lg_fail(ctx, LG_ERR_RANGE, "the highest frequency is %g per frame; above 1e-4, up to 2", o->highest);
  if (!(o->k_start > 1e-6 && o->k_start <= 10.0))
    return lg_fail(ctx, LG_ERR_RANGE, "k starts at %g per frame; above 1e-6, up to 10", o->k_start);
  if (o->finer < 1 || o->finer > 100) return lg_fail(ctx, LG_ERR_RANGE, "%u points a frame; 1 to 100", o->finer);
  if (!(o->law_weight > 0.0 && o->law_weight <= 1e6) && !o->printed)
    return lg_fail(ctx, LG_ERR_RANGE, "the law weighs %g; above 0, up to 1e6", o->law_weight);
  if (!(o->rate > 0.0 && o->rate < 1.0 && o->rate_k > 0.0 && o->rate_k < 1.0 && o->rate_gamma > 0.0 &&
        o->rate_gamma < 1.0))
    return lg_fail(ctx, LG_ERR_RANGE, "rates %g, %g, %g; above 0 and below 1", o->rate, o->rate_k, o->rate_gamma);
  return LG_OK;
}

/* Uniform within the inverse root of the inputs: as PyTorch starts a linear layer. */
static void start_weights(training *t) {
  const culture_pinn_plan *p = &t->plan;
  for (size_t l = 0; l < p->n_layers; l++) {
    lg_rng rng = lg_rng_make(t->o->seed, STREAM_START, l);
    const double bound = 1.0 / sqrt((double)p->width[l]);
    float *w = t->core->theta + p->at[l];
    for (size_t q = 0; q < (p->width[l] + 1) * p->width[l + 1]; q++) w[q] = (float)lg_rng_range(&rng, -bound, bound);
  }
}

static lg_status create(lg_ctx *ctx, const lg_culture_coupling *coupling, const lg_culture_data *data,
                        const culture_pinn *o, training *t) {
  lg_status status = LG_OK;
  LG_TRY(check(ctx, o));
  LG_TRY(lg_culture_pinn_problem_create(ctx, coupling, data, o, &t->problem));
  const size_t cells = t->problem->n_cells, rows = t->problem->n_rows;
  t->plan = lg_culture_pinn_plan(o, cells);
  LG_TRY(lg_f32_pinn_core_create(ctx, t->problem, &t->plan, o, &t->core));
  t->per_epoch = o->printed && o->batch < rows && o->batch ? (rows + o->batch - 1) / o->batch : 1;
  t->n_steps = o->steps * t->per_epoch;
  t->most_history = o->steps / (o->every ? o->every : 1) + 2;
  LG_NEW(ctx, t->m, t->plan.n_params);
  LG_NEW(ctx, t->v, t->plan.n_params);
  LG_NEW(ctx, t->cells, 3 * (1 + cells));
  LG_NEW(ctx, t->scales, 2 * cells);
  LG_NEW(ctx, t->history, t->most_history);
  LG_NEW(ctx, t->order, rows);
  LG_NEW(ctx, t->scratch, 2 * rows);
  start_weights(t);
  t->cells[0] = o->printed ? o->k_start : lg_ln(o->k_start);
  for (size_t g = 0; g < 2 * cells; g++) t->scales[g] = 1.0;
  t->core->student = !o->printed;
  t->core->gamma = t->cells + 1;
  t->core->sigma = t->scales, t->core->tau = t->scales + cells;
done:
  return status;
}

static void destroy(lg_ctx *ctx, training *t) {
  lg_f32_pinn_core_destroy(ctx, t->core);
  lg_culture_pinn_problem_destroy(ctx, t->problem);
  lg_free(ctx, t->m);
  lg_free(ctx, t->v);
  lg_free(ctx, t->cells);
  lg_free(ctx, t->scales);
  lg_free(ctx, t->history);
  lg_free(ctx, t->order);
  lg_free(ctx, t->scratch);
}

/* Of all that a training depends on: options, traces, coupling. */
static uint64_t digest_of(const training *t) {
  const culture_pinn *o = t->o;
  const culture_pinn_problem *p = t->problem;
  const double numbers[] = {o->printed,     (double)o->steps,   (double)o->batch, o->finer,     (double)o->n_points,
                            o->highest,     o->frequencies,     o->n_hidden,      o->k_start,   o->rate,
                            o->rate_k,      o->rate_gamma,      o->ramp_first,    o->ramp_last, o->law_weight,
                            o->slope_noise, (double)o->refresh, (double)o->every};
  uint64_t d = lg_fnv(LG_FNV_START, numbers, sizeof numbers);
  d = lg_fnv(d, &o->seed, sizeof o->seed);
  d = lg_fnv(d, o->width, o->n_hidden * sizeof o->width[0]);
  d = lg_fnv(d, p->target, p->n_cells * p->n_rows * sizeof *p->target);
  d = lg_fnv(d, p->forcing, p->n_cells * p->n_rows * sizeof *p->forcing);
  d = lg_fnv(d, p->first, (p->n_cells + 1) * sizeof *p->first);
  return lg_fnv(d, p->a, p->first[p->n_cells] * sizeof *p->a);
}

static culture_pinn_state state_of(training *t) {
  return (culture_pinn_state){.n_params = t->plan.n_params,
                              .n_cells = t->problem->n_cells,
                              .n_history = t->most_history,
                              .theta = t->core->theta,
                              .m = t->m,
                              .v = t->v,
                              .cells = t->cells,
                              .scales = t->scales,
                              .history = t->history,
                              .sums = t->sums,
                              .position = t->position,
                              .digest = digest_of(t)};
}

static double deviation(double *x, size_t n) {
  double *copy = x + n;
  memcpy(copy, x, n * sizeof *x);
  const double middle = lg_median(copy, n);
  for (size_t q = 0; q < n; q++) copy[q] = fabs(x[q] - middle);
  return 1.4826 * lg_median(copy, n);
}

/* New scales out of the residuals of the last step, not below what the noise or float can tell. */
static void refresh(training *t) {
  const culture_pinn_problem *p = t->problem;
  for (size_t i = 0; i < p->n_cells; i++) {
    const float *error = t->core->error + i * p->n_rows, *residual = t->core->residual + i * p->n_rows;
    size_t n = 0;
    for (size_t r = 0; r < p->n_rows; r++)
      if (p->weight[r] > 0.0) t->scratch[n++] = (double)error[r];
    t->scales[i] = fmax(deviation(t->scratch, n), fmax(p->noise[i], 1e-4 * p->sd[i]));
    for (size_t r = 0; r < p->n_rows; r++) t->scratch[r] = (double)residual[r];
    t->scales[p->n_cells + i] =
        fmax(deviation(t->scratch, p->n_rows), fmax(t->o->slope_noise * p->noise[i], 1e-5 * p->sd[i]));
  }
}

/* The points of a step; printed: the next of a shuffled epoch. */
static void choose(training *t, size_t step) {
  const size_t rows = t->problem->n_rows, at = step % t->per_epoch;
  if (t->per_epoch == 1) return;
  if (at == 0 || t->core->rows == NULL) { /* also the first step after a resume */
    lg_rng rng = lg_rng_make(t->o->seed, STREAM_BATCHES, step / t->per_epoch);
    for (size_t q = 0; q < rows; q++) t->order[q] = (uint32_t)q;
    for (size_t q = rows - 1; q > 0; q--) {
      const size_t other = (size_t)lg_rng_below(&rng, q + 1);
      const uint32_t held = t->order[q];
      t->order[q] = t->order[other], t->order[other] = held;
    }
  }
  const size_t begin = at * t->o->batch, left = rows - begin;
  t->core->rows = t->order + begin;
  t->core->n_step = left < t->o->batch ? left : t->o->batch;
}

static double ramp_of(const culture_pinn *o, size_t step) {
  const double first = o->ramp_first * (double)o->steps, last = o->ramp_last * (double)o->steps;
  return (double)step <= first ? 0.0 : (double)step >= last ? 1.0 : ((double)step - first) / (last - first);
}

static double k_of(const training *t) { return t->o->printed ? t->cells[0] : lg_exp(t->cells[0]); }

static void set_scales_of_losses(training *t, double ramp) {
  lg_f32_pinn_core *c = t->core;
  const double cells = (double)t->problem->n_cells;
  c->k = k_of(t);
  if (t->o->printed) c->data_scale = c->physics_scale = 2.0 / (double)c->n_step;
  else {
    c->data_scale = 1.0 / (cells * (double)t->problem->n_asked);
    c->physics_scale = ramp * t->o->law_weight / (cells * (double)t->problem->n_rows);
  }
}

static lg_status update_rows(void *user, size_t begin, size_t end, unsigned worker) {
  training *t = user;
  lg_f32_pinn_core *c = t->core;
  const culture_pinn_plan *p = &t->plan;
  (void)worker;
  size_t l = 0;
  for (size_t row = begin; row < end; row++) {
    while (row >= p->row[l + 1]) l++;
    const size_t wide = p->width[l + 1], at = p->at[l] + (row - p->row[l]) * wide;
    for (size_t q = 1; q < t->n_step_chunks; q++)
      c->blas->axpy(wide, 1.0f, c->gradient + q * p->n_params + at, c->gradient + at);
    c->blas->adam(wide, &t->adam, c->gradient + at, t->m + at, t->v + at, c->theta + at);
  }
  lg_f32_pinn_turn_weights(c, begin, end);
  return LG_OK;
}

static void update_cells(training *t, double pace) {
  const size_t n = 1 + t->problem->n_cells;
  double *x = t->cells, *m = x + n, *v = m + n;
  const lg_adam_step *a = &t->adam;
  for (size_t q = 0; q < n; q++) {
    double g = 0.0;
    for (size_t k = 0; k < t->n_step_chunks; k++) g += t->core->cell_gradient[k * n + q];
    if (q == 0 && !t->o->printed) g *= t->core->k; /* by log k */
    m[q] = a->beta1 * m[q] + (1.0 - a->beta1) * g;
    v[q] = a->beta2 * v[q] + (1.0 - a->beta2) * g * g;
    const double rate = pace * (q ? t->o->rate_gamma : t->o->rate_k);
    x[q] -= rate * (m[q] / a->correction1) / (sqrt(v[q] / a->correction2) + a->eps);
  }
}

static double power(double x, size_t n) {
  double y = 1.0;
  for (; n; n >>= 1, x *= x)
    if (n & 1) y *= x;
  return y;
}

static lg_status gradient(lg_ctx *ctx, training *t, double ramp) {
  set_scales_of_losses(t, ramp);
  t->n_step_chunks = lg_f32_pinn_chunks(t->core, t->core->n_step);
  return lg_f32_pinn_gradient(ctx, t->core);
}

static lg_status write_history(lg_ctx *ctx, training *t, double step, const double losses[2]) {
  if (!isfinite(losses[0]) || !isfinite(losses[1]) || !isfinite(t->core->k))
    return lg_fail(ctx, LG_ERR_NUMERICAL, "the network's loss left the finite numbers at step %.0f; lower the rate",
                   step);
  t->history[t->position[1]++] = (culture_pinn_row){step, losses[0], losses[1], t->core->k};
  return LG_OK;
}

/* Losses of a step as they stand, the law's without its ramp and with its weight. */
static void losses_now(training *t, double losses[2]) {
  set_scales_of_losses(t, 1.0);
  lg_f32_pinn_losses(t->core, losses);
}

static lg_status look(lg_ctx *ctx, training *t, size_t step) {
  const culture_pinn *o = t->o;
  double losses[2];
  if (t->per_epoch == 1) {
    if (step % o->every) return LG_OK;
    losses_now(t, losses);
    return write_history(ctx, t, (double)step, losses);
  }
  losses_now(t, losses);
  t->sums[0] += losses[0], t->sums[1] += losses[1], t->sums[2] += 1.0;
  if ((step + 1) % (o->every * t->per_epoch)) return LG_OK;
  losses[0] = t->sums[0] / t->sums[2], losses[1] = t->sums[1] / t->sums[2];
  memset(t->sums, 0, sizeof t->sums);
  return write_history(ctx, t, (double)(step + 1) / (double)t->per_epoch, losses);
}

static lg_status one_step(lg_ctx *ctx, training *t, size_t step) {
  lg_status status = LG_OK;
  const culture_pinn *o = t->o;
  double sine, cosine;
  choose(t, step);
  if (step == 0 && !o->printed) { /* scales to begin with */
    LG_TRY(gradient(ctx, t, 0.0));
    refresh(t);
  }
  LG_TRY(gradient(ctx, t, ramp_of(o, step)));
  LG_TRY(look(ctx, t, step));
  lg_sincos_turn(0.5 * (double)step / (double)t->n_steps, &sine, &cosine);
  const double pace = o->printed ? 1.0 : 0.5 * (1.0 + cosine);
  t->adam = (lg_adam_step){.lr = o->rate * pace,
                           .beta1 = 0.9,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .correction1 = 1.0 - power(0.9, step + 1),
                           .correction2 = 1.0 - power(0.999, step + 1),
                           .gradient_scale = 1.0};
  LG_TRY(lg_parallel_for(ctx, t->plan.n_rows, UPDATE_ROWS, update_rows, t));
  update_cells(t, pace);
  if (!o->printed && (step + 1) % o->refresh == 0) refresh(t);
  t->position[0] = (int64_t)step + 1;
done:
  return status;
}

static lg_status train(lg_ctx *ctx, training *t) {
  lg_status status = LG_OK;
  const culture_pinn *o = t->o;
  const culture_pinn_state state = state_of(t);
  double losses[2];
  if (o->load) LG_TRY(o->load(o->user, ctx, &state));
  lg_f32_pinn_turn_weights(t->core, 0, t->plan.n_rows);
  for (size_t step = (size_t)t->position[0]; step < t->n_steps; step++) {
    if (step % 10 == 0) {
      status = lg_progress(ctx, "physics-informed network", step, t->n_steps);
      if (o->save && (status == LG_OK || status == LG_ERR_CANCELLED)) {
        const lg_status saved = o->save(o->user, ctx, &state, status != LG_OK);
        if (saved != LG_OK) status = saved;
      }
      if (status != LG_OK) goto done;
    }
    LG_TRY(one_step(ctx, t, step));
  }
  if (t->per_epoch == 1) { /* where it ended */
    LG_TRY(gradient(ctx, t, 1.0));
    losses_now(t, losses);
    LG_TRY(write_history(ctx, t, (double)t->n_steps, losses));
  }
  LG_TRY(lg_progress(ctx, "physics-informed network", t->n_steps, t->n_steps));
done:
  return status;
}

lg_status lg_culture_fit_pinn(lg_ctx *ctx, const lg_culture_coupling *coupling, const lg_culture_data *data,
                              const culture_pinn *options, culture_fit *fit, culture_pinn_result *result) {
  lg_status status = LG_OK;
  training t = {.o = options};
  *result = (culture_pinn_result){0};
  LG_TRY(create(ctx, coupling, data, options, &t));
  LG_TRY(train(ctx, &t));
  fit->k = k_of(&t);
  memcpy(fit->gamma, t.cells + 1, data->n_inner * sizeof *fit->gamma);
  result->n_history = (size_t)t.position[1];
  result->history = t.history;
  result->n_params = t.plan.n_params;
  t.history = NULL;
done:
  destroy(ctx, &t);
  return status;
}
