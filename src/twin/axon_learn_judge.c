/* How well a surrogate predicts, and how far its own uncertainty can be believed. */
#include "twin/axon_learn.h"

#include "base/elementary.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES = AXON_NET_TIMES, P = AXON_PREDICTED, STREAM_FOLDS = 0x6178666f };

/* ---- scores ------------------------------------------------------------------------------------------------------ */

static void score_one(const axon_prediction *p, const double *out, size_t n, size_t q, axon_score *s) {
  double sum = 0.0, least = (double)INFINITY, most = -(double)INFINITY, error = 0.0, total = 0.0;
  size_t in68 = 0, in95 = 0;
  bool known = true;
  for (size_t k = 0; k < n; k++) {
    const double x = out[k * P + q];
    sum += x;
    least = fmin(least, x);
    most = fmax(most, x);
  }
  for (size_t k = 0; k < n; k++) {
    const double x = out[k * P + q], e = p[k].mean[q] - x, d = x - sum / (double)n;
    error += e * e;
    total += d * d;
    known = known && p[k].sd[q] >= 0.0;
    in68 += fabs(e) <= p[k].sd[q];
    in95 += fabs(e) <= 1.96 * p[k].sd[q];
  }
  s->r2[q] = total > 0.0 ? 1.0 - error / total : (double)NAN;
  s->nrmse[q] = most > least ? sqrt(error / (double)n) / (most - least) : (double)NAN;
  s->inside68[q] = known ? (double)in68 / (double)n : (double)NAN;
  s->inside95[q] = known ? (double)in95 / (double)n : (double)NAN;
}

void lg_axon_score(const axon_prediction *predictions, const double *out, size_t n, axon_score *score) {
  score->n = n;
  for (size_t q = 0; q < P; q++) score_one(predictions, out, n, q, score);
}

/* Rows of examples side by side. */
static lg_status gather(lg_ctx *ctx, const axon_examples *e, const size_t *rows, size_t n, axon_examples *out) {
  lg_status status = LG_OK;
  out->n = n;
  LG_NEW(ctx, out->strain, n * TIMES);
  LG_NEW(ctx, out->out, n * P);
  for (size_t k = 0; k < n; k++) {
    const size_t row = rows ? rows[k] : k;
    memcpy(out->strain + k * TIMES, e->strain + row * TIMES, TIMES * sizeof(float));
    memcpy(out->out + k * P, e->out + row * P, P * sizeof(double));
  }
done:
  return status;
}

lg_status lg_axon_learn_score(lg_ctx *ctx, const lg_axon_surrogate *net, const axon_examples *examples,
                              const size_t *rows, size_t n_rows, axon_score *score) {
  lg_status status = LG_OK;
  const size_t n = rows ? n_rows : examples->n;
  axon_examples chosen = {0};
  axon_prediction *p = NULL;
  float *y = NULL;
  LG_TRY(gather(ctx, examples, rows, n, &chosen));
  LG_NEW(ctx, p, n);
  LG_NEW(ctx, y, n * net->n_nets * P);
  LG_TRY(lg_axon_learn_outputs(ctx, net, chosen.strain, n, y));
  for (size_t k = 0; k < n; k++) lg_axon_surrogate_combine(net, y + k * net->n_nets * P, 0.0, &p[k]);
  lg_axon_score(p, chosen.out, n, score);
done:
  lg_axon_examples_clear(ctx, &chosen);
  lg_free(ctx, p);
  lg_free(ctx, y);
  return status;
}

/* ---- calibration --------------------------------------------------------------------------------------- */

/* Errors and spreads of one output, in standardised units. */
typedef struct errors {
  size_t n;
  double *error, *spread, *sorted;
} errors;

/* Mean log likelihood of the errors under sd = sqrt(floor² + spread²), with the scale that suits best. */
static double likelihood(const errors *e, double floor) {
  double square = 0.0, logs = 0.0;
  for (size_t k = 0; k < e->n; k++) {
    const double variance = floor * floor + e->spread[k] * e->spread[k];
    square += e->error[k] * e->error[k] / variance;
    logs += lg_ln(variance);
  }
  const double n = (double)e->n;
  return -0.5 * (lg_ln(square / n) + logs / n);
}

static void calibrate_one(errors *e, double *floor, double *scale, double *most) {
  enum { STEPS = 60 };
  double best = -(double)INFINITY, chosen = 0.0, typical = 0.0;
  for (size_t k = 0; k < e->n; k++) typical += e->spread[k] / (double)e->n;
  for (int j = 0; j <= STEPS && typical > 0.0; j++) { /* floors of 1/30 to 30 typical spreads */
    const double f = typical * lg_exp(lg_ln(30.0) * (2.0 * j / STEPS - 1.0)), l = likelihood(e, f);
    if (l > best) best = l, chosen = f;
  }
  if (!(typical > 0.0)) chosen = 1.0; /* a single network: the same sd everywhere */
  for (size_t k = 0; k < e->n; k++)
    e->sorted[k] = fabs(e->error[k]) / sqrt(chosen * chosen + e->spread[k] * e->spread[k]);
  qsort(e->sorted, e->n, sizeof *e->sorted, lg_ascending);
  const double c = e->sorted[(size_t)(0.9 * (double)(e->n - 1))] / 1.6448536;
  *floor = c * chosen;
  *scale = typical > 0.0 ? c : 0.0;
  memcpy(e->sorted, e->spread, e->n * sizeof *e->sorted);
  qsort(e->sorted, e->n, sizeof *e->sorted, lg_ascending);
  *most = 1.5 * e->sorted[(size_t)(0.995 * (double)(e->n - 1))];
}

/* y (n, nets, P): what networks said of profiles that they had not seen; target (n, P), both standardised. */
static lg_status calibrate(lg_ctx *ctx, const float *y, const double *target, size_t n, size_t nets, axon_folds *out) {
  lg_status status = LG_OK;
  errors e = {.n = n};
  LG_NEW(ctx, e.error, n);
  LG_NEW(ctx, e.spread, n);
  LG_NEW(ctx, e.sorted, n);
  for (size_t q = 0; q < P; q++) {
    for (size_t k = 0; k < n; k++) {
      double mean = 0.0, square = 0.0;
      for (size_t j = 0; j < nets; j++) mean += (double)y[(k * nets + j) * P + q] / (double)nets;
      for (size_t j = 0; j < nets; j++) {
        const double d = (double)y[(k * nets + j) * P + q] - mean;
        square += d * d;
      }
      e.error[k] = mean - target[k * P + q];
      e.spread[k] = nets > 1 ? sqrt(square / (double)(nets - 1)) : 0.0;
    }
    calibrate_one(&e, &out->sd_floor[q], &out->sd_scale[q], &out->most_spread[q]);
  }
done:
  lg_free(ctx, e.error);
  lg_free(ctx, e.spread);
  lg_free(ctx, e.sorted);
  return status;
}

void lg_axon_calibrate(lg_axon_surrogate *net, const axon_folds *folds) {
  memcpy(net->sd_floor, folds->sd_floor, sizeof net->sd_floor);
  memcpy(net->sd_scale, folds->sd_scale, sizeof net->sd_scale);
  memcpy(net->most_spread, folds->most_spread, sizeof net->most_spread);
}

/* ---- folds --------------------------------------------------------------------------------------------- */

typedef struct folding {
  const axon_examples *examples;
  const axon_learn_opts *opts;
  size_t *order, *train, *test; /* order: a permutation; fold f has the places f, f + folds, … */
  float *y;                     /* (n, nets, P) in units of each fold's own targets */
  double *target;               /* (n, P) */
  double *scales;               /* (folds, 2 P): mean and sd */
} folding;

static lg_status one_fold(lg_ctx *ctx, folding *f, size_t fold, size_t folds) {
  lg_status status = LG_OK;
  const axon_examples *e = f->examples;
  lg_axon_surrogate *net = NULL;
  axon_examples held = {0};
  float *y = NULL;
  axon_learn_opts o = *f->opts;
  char state[1200];
  size_t n_train = 0, n_test = 0;
  for (size_t k = 0; k < e->n; k++)
    if (k % folds == fold) f->test[n_test++] = f->order[k];
    else f->train[n_train++] = f->order[k];
  (void)snprintf(state, sizeof state, "%s.fold%zu", o.state ? o.state : "", fold + 1);
  if (o.state) o.state = state;
  if (!(o.reach > 0.0)) o.reach = 1.0; /* not asked here */
  LG_TRY(lg_axon_learn(ctx, e, f->train, n_train, &o, &net));
  LG_TRY(gather(ctx, e, f->test, n_test, &held));
  LG_NEW(ctx, y, n_test * o.nets * P);
  LG_TRY(lg_axon_learn_outputs(ctx, net, held.strain, n_test, y));
  for (size_t k = 0; k < n_test; k++) {
    double t[P];
    memcpy(f->y + f->test[k] * o.nets * P, y + k * o.nets * P, o.nets * P * sizeof *y);
    lg_axon_transform(held.out + k * P, t);
    for (size_t q = 0; q < P; q++) f->target[f->test[k] * P + q] = (t[q] - net->target_mean[q]) / net->target_sd[q];
  }
  for (size_t q = 0; q < P; q++) {
    f->scales[fold * 2 * P + q] = net->target_mean[q];
    f->scales[fold * 2 * P + P + q] = net->target_sd[q];
  }
done:
  lg_free(ctx, y);
  lg_axon_surrogate_destroy(ctx, net);
  lg_axon_examples_clear(ctx, &held);
  return status;
}

/* Predictions of all profiles under the calibration that they gave. */
static lg_status score_folds(lg_ctx *ctx, const folding *f, size_t folds, axon_folds *out) {
  lg_status status = LG_OK;
  const size_t n = f->examples->n, nets = f->opts->nets;
  axon_prediction *p = NULL;
  LG_NEW(ctx, p, n);
  for (size_t k = 0; k < n; k++) {
    lg_axon_surrogate net = {.n_nets = nets, .known_threshold = 1.0};
    const double *scales = f->scales + k % folds * 2 * P;
    memcpy(net.target_mean, scales, P * sizeof *scales);
    memcpy(net.target_sd, scales + P, P * sizeof *scales);
    lg_axon_calibrate(&net, out);
    lg_axon_surrogate_combine(&net, f->y + f->order[k] * nets * P, 0.0, &p[f->order[k]]);
  }
  lg_axon_score(p, f->examples->out, n, &out->all);
done:
  lg_free(ctx, p);
  return status;
}

lg_status lg_axon_cross_validate(lg_ctx *ctx, const axon_examples *examples, const axon_learn_opts *opts, size_t folds,
                                 axon_folds *out) {
  lg_status status = LG_OK;
  const size_t n = examples->n;
  folding f = {.examples = examples, .opts = opts};
  memset(out, 0, sizeof *out);
  out->folds = folds;
  if (folds < 2 || folds > 100 || n / folds < 8)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu folds of %zu profiles; 2 to 100 of 8 profiles or more each", folds, n);
  LG_NEW(ctx, f.order, n);
  LG_NEW(ctx, f.train, n);
  LG_NEW(ctx, f.test, n);
  LG_NEW(ctx, f.y, n * opts->nets * P);
  LG_NEW(ctx, f.target, n * P);
  LG_NEW(ctx, f.scales, folds * 2 * P);
  lg_rng rng = lg_rng_make(opts->seed, STREAM_FOLDS, folds);
  for (size_t k = 0; k < n; k++) f.order[k] = k;
  for (size_t k = n; k > 1; k--) {
    const size_t other = (size_t)lg_rng_below(&rng, k), kept = f.order[k - 1];
    f.order[k - 1] = f.order[other];
    f.order[other] = kept;
  }
  for (size_t fold = 0; fold < folds; fold++) {
    LG_TRY(one_fold(ctx, &f, fold, folds));
    LG_TRY(lg_progress(ctx, "folds", fold + 1, folds));
  }
  LG_TRY(calibrate(ctx, f.y, f.target, n, opts->nets, out));
  LG_TRY(score_folds(ctx, &f, folds, out));
done:
  lg_free(ctx, f.order);
  lg_free(ctx, f.train);
  lg_free(ctx, f.test);
  lg_free(ctx, f.y);
  lg_free(ctx, f.target);
  lg_free(ctx, f.scales);
  return status;
}
