/* Training of gates: Adam on minibatches, L-BFGS on everything, the best network by what was held out. */
#include "twin/gate_train.h"

#include "base/elementary.h"
#include "data/json_writer.h"

#include <math.h>
#include <string.h>

enum { STREAM_SPLIT = 0x73706c69, STREAM_ORDER = 0x6f726465, TEXT = 512 };

gate_train_options lg_gate_train_defaults(lg_gate_input input) {
  return (gate_train_options){.form = LG_GATE_RATE,
                              .n_hidden = 2,
                              .hidden = 32,
                              .with_udot = input == LG_GATE_CALCIUM,
                              .seed = 1,
                              .epochs = 40,
                              .rounds = 10,
                              .iterations = 60,
                              .lr = 5e-3,
                              .rollout = 1.0,
                              .consistency = 1e-4,
                              .held = 0.15,
                              .celsius = (double)NAN,
                              .q10 = 1.0};
}

typedef struct training {
  const gate_train_options *o;
  lg_gate_plan plan;
  gate_data *train, *held;
  gate_problem *problem;
  size_t per_batch, batches;
  char state_path[1024], about[TEXT];
  double *theta, *best; /* (params.count) of L-BFGS */
  double best_score;
  size_t round;
} training;

/* ---- the model as the engine sees it ----------------------------------------------------------------- */

static lg_status make_batch(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index, lg_f64_batch *batch) {
  training *t = user;
  gate_problem *p = t->problem;
  lg_rng rng = lg_rng_make(t->o->seed, STREAM_ORDER, epoch);
  (void)ctx, (void)split;
  for (size_t k = 0; k < p->n_blocks; k++) p->order[k] = k;
  for (size_t k = p->n_blocks; k > 1; k--) {
    const size_t j = (size_t)lg_rng_below(&rng, k), keep = p->order[k - 1];
    p->order[k - 1] = p->order[j];
    p->order[j] = keep;
  }
  const size_t from = index * t->per_batch;
  memmove(p->order, p->order + from, t->per_batch * sizeof *p->order);
  *batch = (lg_f64_batch){.n = t->per_batch};
  return LG_OK;
}

static lg_var loss(void *user, lg_f64_tape *tape, const lg_f64_batch *batch, size_t begin, size_t end) {
  const training *t = user;
  lg_var sum = LG_VAR_NONE;
  (void)batch;
  for (size_t k = begin; k < end; k++) {
    const lg_var one = lg_gate_block_loss(t->problem, tape, &t->problem->blocks[t->problem->order[k]]);
    sum = k == begin ? one : lg_f64_add(tape, sum, one);
  }
  return sum;
}

/* ---- state ------------------------------------------------------------------------------------------ */

static void describe(training *t, const gate_data *d) {
  const gate_train_options *o = t->o;
  double sum = 0.0;
  for (size_t i = 0; i < d->n; i++) sum += d->open[i] * (1.0 + 1e-3 * (double)(i % 997)) + 1e-3 * d->u[i] + d->t_s[i];
  (void)snprintf(
      t->about, sizeof t->about,
      "form %d latent %zu powers %u %u %u %u layers %zu x %zu udot %d seed %llu epochs %zu rounds %zu x %zu lr "
      "%.17g rollout %.17g consistency %.17g held %.17g wave %d start %llx rows %zu %.17g",
      (int)o->form, o->latent, o->powers[0], o->powers[1], o->powers[2], o->powers[3], o->n_hidden, o->hidden,
      o->with_udot, (unsigned long long)o->seed, o->epochs, o->rounds, o->iterations, o->lr, o->rollout, o->consistency,
      o->held, (int)o->wave, o->start ? (unsigned long long)o->start->hash : 0ull, d->n, sum);
}

static lg_status save_adam(void *user, lg_ctx *ctx, lg_f64_trainer *trainer) {
  const training *t = user;
  const lg_text_pair metadata[2] = {{"gate-train", t->about}, {"phase", "adam"}};
  return lg_f64_trainer_save(ctx, trainer, t->state_path, metadata, 2);
}

static lg_status save_rounds(lg_ctx *ctx, const training *t) {
  const size_t n = t->problem->params.count;
  const int64_t round = (int64_t)t->round;
  const lg_tensor_entry entries[] = {{"theta", LG_DTYPE_F64, 1, {n}, t->theta},
                                     {"best", LG_DTYPE_F64, 1, {n}, t->best},
                                     {"score", LG_DTYPE_F64, 1, {1}, &t->best_score},
                                     {"round", LG_DTYPE_I64, 1, {1}, &round}};
  const lg_text_pair metadata[2] = {{"gate-train", t->about}, {"phase", "rounds"}};
  return lg_safetensors_write(ctx, t->state_path, entries, 4, metadata, 2);
}

static lg_status load_rounds(lg_ctx *ctx, training *t, const lg_safetensors *st) {
  lg_status status = LG_OK;
  const size_t n = t->problem->params.count, one = 1;
  const void *theta, *best, *score, *round;
  LG_TRY(lg_safetensors_get(ctx, st, "theta", LG_DTYPE_F64, 1, &n, &theta));
  LG_TRY(lg_safetensors_get(ctx, st, "best", LG_DTYPE_F64, 1, &n, &best));
  LG_TRY(lg_safetensors_get(ctx, st, "score", LG_DTYPE_F64, 1, &one, &score));
  LG_TRY(lg_safetensors_get(ctx, st, "round", LG_DTYPE_I64, 1, &one, &round));
  memcpy(t->theta, theta, n * sizeof *t->theta);
  memcpy(t->best, best, n * sizeof *t->best);
  t->best_score = *(const double *)score;
  t->round = *(const int64_t *)round > 0 ? (size_t) * (const int64_t *)round : 0;
done:
  return status;
}

/* Where a state stands beside the output: which phase it is of. */
static lg_status find_state(lg_ctx *ctx, const training *t, lg_safetensors **st, bool *adam) {
  lg_status status = LG_OK;
  *st = NULL;
  FILE *f = fopen(t->state_path, "rb");
  if (!f) return LG_OK;
  (void)fclose(f);
  LG_TRY(lg_safetensors_read(ctx, t->state_path, st));
  const char *about = lg_safetensors_metadata(*st, "gate-train"), *phase = lg_safetensors_metadata(*st, "phase");
  if (!about || !phase || strcmp(about, t->about) != 0) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "%s is of another training (%.300s); remove it to begin anew", t->state_path,
                     about ? about : "none of gates");
    goto done;
  }
  *adam = strcmp(phase, "adam") == 0;
  lg_log(ctx, LG_LEVEL_INFO, "going on from %s", t->state_path);
done:
  if (status != LG_OK) {
    lg_safetensors_destroy(ctx, *st);
    *st = NULL;
  }
  return status;
}

/* ---- plan and data ----------------------------------------------------------------------------------- */

static void set_range(double range[2], double x, bool first) {
  range[0] = first || x < range[0] ? x : range[0];
  range[1] = first || x > range[1] ? x : range[1];
}

static lg_status make_plan(lg_ctx *ctx, training *t, const gate_data *d) {
  const gate_train_options *o = t->o;
  unsigned powers[GATE_TRAIN_GATES];
  if (o->latent >= GATE_TRAIN_GATES)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu latent gates; allowed are 0 to %d", o->latent, GATE_TRAIN_GATES - 1);
  if (o->form == LG_GATE_RAW && o->latent > 0)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu latent gates in the paper's form; it has none", o->latent);
  for (size_t k = 0; k <= o->latent; k++) powers[k] = o->powers[k] ? o->powers[k] : 1;
  t->plan = lg_gate_plan_default(d->voltage ? LG_GATE_VOLTAGE : LG_GATE_CALCIUM, o->form, o->latent + 1, powers,
                                 o->n_hidden, o->hidden, o->with_udot);
  lg_gate_plan *p = &t->plan;
  if (o->form == LG_GATE_RAW) p->raw_sinh = true;
  for (size_t i = 0; i < d->n; i++) {
    set_range(p->range_u, d->u[i], i == 0);
    set_range(p->range_udot, d->udot[i], i == 0);
  }
  size_t most = 0; /* rest is where most protocols begin */
  for (size_t k = 0; k < d->n_protocols; k++) {
    size_t same = 0;
    for (size_t j = 0; j < d->n_protocols; j++)
      same +=
          fabs(d->u[d->protocols[j].first] - d->u[d->protocols[k].first]) <= 1e-9 * fabs(d->u[d->protocols[k].first]);
    if (same > most) p->rest_u = d->u[d->protocols[k].first];
    most = same > most ? same : most;
  }
  if (o->ion) (void)snprintf(p->ion, sizeof p->ion, "%s", o->ion);
  p->valence = o->valence;
  p->celsius = o->celsius;
  p->q10 = o->q10;
  return lg_gate_plan_check(ctx, p);
}

static lg_status split(lg_ctx *ctx, training *t, const gate_data *d) {
  lg_status status = LG_OK;
  size_t *order = NULL;
  const size_t n = d->n_protocols;
  lg_rng rng = lg_rng_make(t->o->seed, STREAM_SPLIT, 0);
  LG_NEW(ctx, order, n);
  for (size_t k = 0; k < n; k++) order[k] = k;
  for (size_t k = n; k > 1; k--) {
    const size_t j = (size_t)lg_rng_below(&rng, k), keep = order[k - 1];
    order[k - 1] = order[j];
    order[j] = keep;
  }
  size_t held = (size_t)floor(t->o->held * (double)n + 0.5);
  if (t->o->held > 0.0 && held == 0 && n >= 4) held = 1;
  LG_TRY(lg_gate_data_pick(ctx, d, order + held, n - held, &t->train));
  if (held > 0) LG_TRY(lg_gate_data_pick(ctx, d, order, held, &t->held));
done:
  lg_free(ctx, order);
  return status;
}

/* ---- judging ----------------------------------------------------------------------------------------- */

static lg_status freeze(lg_ctx *ctx, training *t, const double *theta, lg_gate_net **net) {
  lg_status status = LG_OK;
  float *small = NULL;
  double x[LG_GATES_MOST];
  const size_t n = t->problem->params.count;
  *net = NULL;
  LG_NEW(ctx, small, n);
  for (size_t k = 0; k < n; k++) small[k] = (float)theta[k];
  LG_TRY(lg_gate_net_create(ctx, &t->plan, small, net));
  (void)lg_gate_net_rest(*net, t->plan.rest_u, x);
  memcpy(t->plan.rest, x, t->plan.n_gates * sizeof *x);
  memcpy((*net)->plan.rest, x, t->plan.n_gates * sizeof *x);
done:
  lg_free(ctx, small);
  return status;
}

static double off(double relative, double goal) { return isnan(relative) ? 100.0 : fabs(relative) / goal; }

/* Held-out protocols against 0.03, waves against a third of a percent: what a user will see, in units of the goals. */
static lg_status judge(lg_ctx *ctx, training *t, const double *theta, double *score) {
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  gate_score s = {0};
  LG_TRY(freeze(ctx, t, theta, &net));
  LG_TRY(lg_gate_score(ctx, net, t->held ? t->held : t->train, &s));
  *score = s.rmse / 0.03;
  if (t->o->wave == GATE_WAVE_NONE) {
    lg_log(ctx, LG_LEVEL_INFO, "RMSE(P) of held-out protocols %.5f, over time %.5f", s.rmse, s.rmse_time);
    goto done;
  }
  LG_TRY(lg_gate_wave_score(ctx, net, t->o, false, 0.1, 1e-5, &s.wave));
  *score += (off(s.wave.speed, 0.003) + off(s.wave.peak, 0.003) + off(s.wave.above, 0.003)) / 3.0;
  if (t->o->wave == GATE_WAVE_RISE) *score += off(s.wave.half, 0.01);
  lg_log(ctx, LG_LEVEL_INFO, "RMSE(P) %.5f, over time %.5f; wave: speed %+.3f %%, peak %+.3f %%, above 1 uM %+.3f %%",
         s.rmse, s.rmse_time, 100.0 * s.wave.speed, 100.0 * s.wave.peak, 100.0 * s.wave.above);
done:
  lg_gate_score_clear(ctx, &s);
  lg_gate_net_destroy(ctx, net);
  return status;
}

/* ---- phases ------------------------------------------------------------------------------------------ */

/* Gates begin near rates that such channels have: the first fast, the others slower by a hundred. */
static void set_biases(const training *t, double *theta) {
  const lg_gate_plan *p = &t->plan;
  if (p->form == LG_GATE_RAW) return;
  const lg_dense *last = &t->problem->layers[p->n_layers - 1];
  for (size_t g = 0; g < p->n_gates; g++)
    for (size_t q = 0; q < 2; q++) {
      const double rate = p->input == LG_GATE_VOLTAGE ? 1000.0 : 100.0;
      theta[last->bias + 2 * g + q] +=
          lg_ln(g == 0 ? rate : 0.01 * rate * (p->input == LG_GATE_VOLTAGE ? 10.0 : 1.0)) / p->log_scale;
    }
}

static lg_status report_epoch(void *user, lg_ctx *ctx, lg_f64_trainer *trainer, size_t epoch, const lg_epoch *result) {
  const training *t = user;
  (void)trainer;
  if (epoch % 10 == 9 || epoch + 1 == t->o->epochs)
    lg_log(ctx, LG_LEVEL_INFO, "Adam, epoch %zu: loss %.5g", epoch + 1, result->train_loss);
  return LG_OK;
}

static lg_status run_adam(lg_ctx *ctx, training *t, bool resume) {
  lg_status status = LG_OK;
  lg_f64_trainer *trainer = NULL;
  const gate_train_options *o = t->o;
  const lg_f64_model model = {.params = &t->problem->params, .user = t, .make_batch = make_batch, .loss = loss};
  lg_train_options options = LG_TRAIN_OPTIONS;
  const size_t wanted = t->problem->n_intervals ? 4 : 2;
  t->per_batch = t->problem->n_blocks < wanted ? t->problem->n_blocks : wanted;
  t->batches = t->problem->n_blocks / t->per_batch;
  options.epochs = o->epochs;
  options.batches_per_epoch = t->batches;
  options.chunk = 1;
  options.lr = o->lr;
  options.decay = 0.0;
  options.seed = o->seed;
  options.warm_fraction = 0.15;
  options.end_divisor = 100;
  LG_TRY(lg_f64_trainer_create(ctx, &model, &options, &trainer));
  set_biases(t, lg_f64_trainer_current(trainer));
  if (resume) LG_TRY(lg_f64_trainer_load(ctx, trainer, t->state_path));
  lg_f64_trainer_set_callbacks(trainer, save_adam, report_epoch, t);
  LG_TRY(lg_f64_trainer_run(ctx, trainer));
  memcpy(t->theta, lg_f64_trainer_theta(trainer), t->problem->params.count * sizeof *t->theta);
done:
  lg_f64_trainer_destroy(ctx, trainer);
  return status;
}

/* The weights of another network of the same plan. */
static lg_status take_start(lg_ctx *ctx, training *t) {
  const lg_gate_plan *a = &t->o->start->plan, *b = &t->plan;
  bool same = a->form == b->form && a->input == b->input && a->n_gates == b->n_gates &&
              a->n_features == b->n_features && a->n_layers == b->n_layers;
  for (size_t k = 0; same && k <= a->n_layers; k++) same = a->width[k] == b->width[k];
  for (size_t k = 0; same && k < a->n_gates; k++) same = a->power[k] == b->power[k];
  if (!same) return lg_fail(ctx, LG_ERR_ARGUMENT, "the network to start from has another form, size or powers");
  for (size_t k = 0; k < t->problem->params.count; k++) t->theta[k] = (double)t->o->start->theta[k];
  return LG_OK;
}

static lg_status consider(lg_ctx *ctx, training *t) {
  double score = 0.0;
  const lg_status status = judge(ctx, t, t->theta, &score);
  if (status != LG_OK || !(score < t->best_score)) return status;
  t->best_score = score;
  memcpy(t->best, t->theta, t->problem->params.count * sizeof *t->best);
  return LG_OK;
}

static lg_status run_rounds(lg_ctx *ctx, training *t) {
  lg_status status = LG_OK;
  lg_f64_runner *runner = NULL;
  const lg_f64_model model = {.params = &t->problem->params, .user = t, .loss = loss};
  const lg_f64_batch all = {.n = t->problem->n_blocks};
  LG_TRY(lg_f64_runner_create(ctx, &model, 1, &runner));
  for (; t->round < t->o->rounds; t->round++) {
    double value = 0.0;
    for (size_t k = 0; k < t->problem->n_blocks; k++) t->problem->order[k] = k;
    t->problem->blind = t->o->start || t->round > 2 ? 0.03 : t->round == 0 ? 0.1 : 0.05;
    LG_TRY(save_rounds(ctx, t));
    LG_TRY(lg_f64_fit_lbfgs(ctx, runner, &all, t->o->iterations, 1e-9, t->theta, &value));
    lg_log(ctx, LG_LEVEL_INFO, "L-BFGS, round %zu of %zu: loss %.6g", t->round + 1, t->o->rounds,
           value / (double)all.n);
    LG_TRY(consider(ctx, t));
  }
done:
  lg_f64_runner_destroy(ctx, runner);
  return status;
}

static lg_status make_problem(lg_ctx *ctx, training *t, bool intervals, bool rollouts) {
  const gate_weights w = {.rollout = t->o->rollout,
                          .consistency = t->o->form == LG_GATE_RATE ? t->o->consistency : 0.0,
                          .intervals = intervals,
                          .rollouts = rollouts,
                          .seed = t->o->seed};
  lg_gate_problem_destroy(ctx, t->problem);
  t->problem = NULL;
  return lg_gate_problem_create(ctx, &t->plan, t->train, &w, &t->problem);
}

/*
 * One gate: its state is the P that was recorded, so Adam goes through intervals; L-BFGS through intervals and
 * rollouts. More gates: nobody recorded them, all goes through rollouts. The paper's form knows intervals only.
 */
static lg_status train(lg_ctx *ctx, training *t, const gate_data *d) {
  lg_status status = LG_OK;
  lg_safetensors *state = NULL;
  bool adam = false;
  const bool one = t->plan.n_gates == 1, raw = t->plan.form == LG_GATE_RAW;
  describe(t, d);
  LG_TRY(make_problem(ctx, t, one, !one));
  // NOLINTNEXTLINE(clang-analyzer-core.NullDereference) make_problem() made it
  LG_NEW(ctx, t->theta, t->problem->params.count);
  LG_NEW(ctx, t->best, t->problem->params.count);
  t->best_score = (double)INFINITY;
  LG_TRY(find_state(ctx, t, &state, &adam));
  if (!state && t->o->start) LG_TRY(take_start(ctx, t));
  else if (!state || adam) LG_TRY(run_adam(ctx, t, adam));
  if (one && !raw) LG_TRY(make_problem(ctx, t, true, t->o->rollout > 0.0));
  if (state && !adam) LG_TRY(load_rounds(ctx, t, state));
  else LG_TRY(consider(ctx, t));
  if (t->best_score == (double)INFINITY) memcpy(t->best, t->theta, t->problem->params.count * sizeof *t->best);
  LG_TRY(run_rounds(ctx, t));
done:
  lg_safetensors_destroy(ctx, state);
  return status;
}

/* ---- the result -------------------------------------------------------------------------------------- */

static lg_status write_net(lg_ctx *ctx, training *t, const lg_gate_net *net, const gate_score *s,
                           const lg_text_pair *metadata, size_t n_metadata, const char *output) {
  lg_status status = LG_OK;
  lg_text_pair *all = NULL;
  char numbers[5][40];
  const double values[3] = {s->rmse, s->rmse_time, s->worst};
  static const char *const names[] = {"held_rmse", "held_rmse_time", "held_worst", "held_protocols", "train_rows"};
  for (int k = 0; k < 3; k++) (void)snprintf(numbers[k], sizeof numbers[k], "%.6g", values[k]);
  (void)snprintf(numbers[3], sizeof numbers[3], "%zu", t->held ? s->n_rows : (size_t)0);
  (void)snprintf(numbers[4], sizeof numbers[4], "%zu", t->train->n);
  LG_NEW(ctx, all, n_metadata + 6);
  for (size_t k = 0; k < 5; k++) all[k] = (lg_text_pair){names[k], numbers[k]};
  all[5] = (lg_text_pair){"training", t->about};
  for (size_t k = 0; k < n_metadata; k++) all[6 + k] = metadata[k];
  LG_TRY(lg_gate_net_write(ctx, net, all, n_metadata + 6, output));
done:
  lg_free(ctx, all);
  return status;
}

lg_status lg_gate_train(lg_ctx *ctx, const gate_data *data, const gate_train_options *options,
                        const lg_text_pair *metadata, size_t n_metadata, const char *output, gate_score *score) {
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  training t = {.o = options};
  memset(score, 0, sizeof *score);
  if ((size_t)snprintf(t.state_path, sizeof t.state_path, "%s.state", output) >= sizeof t.state_path)
    return lg_fail(ctx, LG_ERR_RANGE, "the output's name is too long");
  LG_TRY(make_plan(ctx, &t, data));
  LG_TRY(split(ctx, &t, data));
  LG_TRY(train(ctx, &t, data));
  LG_TRY(freeze(ctx, &t, t.best, &net));
  LG_TRY(lg_gate_score(ctx, net, t.held ? t.held : t.train, score));
  if (options->wave != GATE_WAVE_NONE) {
    LG_TRY(lg_gate_wave_score(ctx, net, options, true, 0.1, 5e-6, &score->wave));
    score->waved = true;
  }
  LG_TRY(write_net(ctx, &t, net, score, metadata, n_metadata, output));
  (void)remove(t.state_path);
done:
  lg_gate_net_destroy(ctx, net);
  lg_gate_problem_destroy(ctx, t.problem);
  lg_gate_data_destroy(ctx, t.train);
  lg_gate_data_destroy(ctx, t.held);
  lg_free(ctx, t.theta);
  lg_free(ctx, t.best);
  if (status != LG_OK) lg_gate_score_clear(ctx, score);
  return status;
}
