#include "num/importance.h"

#include "base/elementary.h"
#include "num/cholesky.h"
#include "num/normal.h"

#include <string.h>

enum { D = LG_IMPORTANCE_MAX_DIM, R = LG_IMPORTANCE_MAX_ROUNDS, STREAM = 0x696d706f /* "impo" */ };

#define NU 5.0 /* degrees of freedom: tails that hold what a Gaussian optimum does not show; 3 in 4 draws count */

typedef lg_importance_proposal proposal;

lg_status lg_importance_create(lg_ctx *ctx, size_t dim, size_t capacity, lg_importance **out) {
  lg_status status = LG_OK;
  lg_importance *c = NULL;
  size_t values;
  *out = NULL;
  if (dim < 1 || dim > D) return lg_fail(ctx, LG_ERR_RANGE, "%zu dimensions; 1 to %d can be sampled", dim, (int)D);
  if (!lg_mul_size(dim, capacity, &values)) return lg_fail(ctx, LG_ERR_RANGE, "%zu draws are too many", capacity);
  LG_NEW(ctx, c, 1);
  c->dim = dim;
  c->capacity = capacity;
  LG_NEW(ctx, c->z, values);
  LG_NEW(ctx, c->scratch, values);
  LG_NEW(ctx, c->weight, capacity);
  LG_NEW(ctx, c->log_density, capacity);
  LG_NEW(ctx, c->log_proposal, capacity);
  LG_NEW(ctx, c->column, capacity);
  LG_NEW(ctx, c->order, capacity);
  *out = c;
  return LG_OK;
done:
  lg_importance_destroy(ctx, c);
  return status;
}

void lg_importance_destroy(lg_ctx *ctx, lg_importance *c) {
  if (!c) return;
  lg_free(ctx, c->z);
  lg_free(ctx, c->scratch);
  lg_free(ctx, c->weight);
  lg_free(ctx, c->log_density);
  lg_free(ctx, c->log_proposal);
  lg_free(ctx, c->column);
  lg_free(ctx, c->order);
  lg_free(ctx, c);
}

/* ---- proposals --------------------------------------------------------------------------------- */

/* Parameters differ in scale by powers of ten, their correlations do not. */
static bool make_proposal(size_t dim, const double *centre, const double *covariance, proposal *q) {
  q->log_scale = 0.0;
  for (size_t i = 0; i < dim; i++) {
    q->centre[i] = centre[i];
    q->sd[i] = sqrt(covariance[i * dim + i]);
    if (!(q->sd[i] > 0.0 && isfinite(q->sd[i]) && isfinite(centre[i]))) return false;
  }
  for (size_t i = 0; i < dim; i++)
    for (size_t j = 0; j < dim; j++) q->l[i * dim + j] = covariance[i * dim + j] / (q->sd[i] * q->sd[j]);
  if (!lg_cholesky(dim, q->l)) return false;
  for (size_t i = 0; i < dim; i++) q->log_scale -= lg_ln(q->sd[i]) + lg_ln(q->l[i * dim + i]);
  return true;
}

static void draw(const proposal *q, size_t dim, lg_rng *rng, double *z) {
  double e[D], square = 0.0;
  for (size_t i = 0; i < dim; i++) e[i] = lg_rng_normal(rng);
  for (int k = 0; k < (int)NU; k++) {
    const double x = lg_rng_normal(rng);
    square += x * x;
  }
  const double stretch = sqrt(NU / square);
  for (size_t i = 0; i < dim; i++) {
    double sum = 0.0;
    for (size_t j = 0; j <= i; j++) sum += q->l[i * dim + j] * e[j];
    z[i] = q->centre[i] + q->sd[i] * stretch * sum;
  }
}

/* Without the constants that all proposals share. */
static double log_t(const proposal *q, size_t dim, const double *z) {
  double y[D], square = 0.0;
  for (size_t i = 0; i < dim; i++) {
    y[i] = (z[i] - q->centre[i]) / q->sd[i];
    for (size_t j = 0; j < i; j++) y[i] -= q->l[i * dim + j] * y[j];
    y[i] /= q->l[i * dim + i];
    square += y[i] * y[i];
  }
  return q->log_scale - 0.5 * (NU + (double)dim) * lg_ln(1.0 + square / NU);
}

/* log of (e^a + e^b) */
static double log_sum(double a, double b) {
  const double high = a > b ? a : b, low = a > b ? b : a;
  return low - high < -700.0 ? high : high + lg_ln(1.0 + lg_exp(low - high));
}

/* ---- weights ----------------------------------------------------------------------------------- */

/* Weights (density / proposal)^power, sum 1; returns the effective sample size. */
static double weigh(const lg_importance *c, double power, double *weight) {
  double most = -(double)INFINITY, sum = 0.0, squares = 0.0;
  for (size_t k = 0; k < c->n; k++) {
    weight[k] = c->log_density[k] - c->log_proposal[k];
    if (weight[k] > most) most = weight[k];
  }
  if (!(most > -1e300)) {
    for (size_t k = 0; k < c->n; k++) weight[k] = 0.0;
    return 0.0;
  }
  for (size_t k = 0; k < c->n; k++) {
    const double x = power * (weight[k] - most);
    weight[k] = x > -700.0 ? lg_exp(x) : 0.0;
    sum += weight[k];
  }
  for (size_t k = 0; k < c->n; k++) {
    weight[k] /= sum;
    squares += weight[k] * weight[k];
  }
  return 1.0 / squares;
}

/* Flatten the weights until so many draws count that a covariance can be taken from them. */
static bool flatten(lg_importance *c) {
  const double needed = 4.0 * (double)c->dim;
  double low = 0.0, high = 1.0;
  if (weigh(c, 1.0, c->weight) >= needed) return true;
  for (int k = 0; k < 30; k++) {
    const double middle = 0.5 * (low + high);
    if (weigh(c, middle, c->weight) >= needed) low = middle;
    else high = middle;
  }
  return low > 0.0 && weigh(c, low, c->weight) >= needed;
}

void lg_importance_moments(const lg_importance *c, double *mean, double *covariance) {
  const size_t d = c->dim;
  memset(mean, 0, d * sizeof *mean);
  memset(covariance, 0, d * d * sizeof *covariance);
  for (size_t k = 0; k < c->n; k++)
    for (size_t i = 0; i < d; i++) mean[i] += c->weight[k] * c->z[k * d + i];
  for (size_t k = 0; k < c->n; k++) {
    if (c->weight[k] == 0.0) continue;
    for (size_t i = 0; i < d; i++)
      for (size_t j = 0; j < d; j++)
        covariance[i * d + j] += c->weight[k] * (c->z[k * d + i] - mean[i]) * (c->z[k * d + j] - mean[j]);
  }
}

/* The next proposal: moments of the draws. Where too few have a density, half the present spread around the best. */
static void adapt(lg_importance *c, const proposal *last, proposal *next) {
  double mean[D], covariance[D * D];
  if (flatten(c)) {
    lg_importance_moments(c, mean, covariance);
    if (make_proposal(c->dim, mean, covariance, next)) return;
  }
  *next = *last;
  for (size_t i = 0; i < c->dim; i++) next->sd[i] *= 0.5;
  next->log_scale += 0.6931471805599453 * (double)c->dim;
  if (c->log_density[c->best] > -1e300) memcpy(next->centre, c->z + c->best * c->dim, c->dim * sizeof *next->centre);
}

/* ---- the run ----------------------------------------------------------------------------------- */

static bool inside(const lg_importance_task *t, size_t dim, const double *z) {
  for (size_t i = 0; t->low && i < dim; i++)
    if (!(z[i] >= t->low[i] && z[i] <= t->high[i])) return false;
  return true;
}

/* Density of the new draws: those outside of the bounds are not asked for. */
static void evaluate(lg_importance *c, const lg_importance_task *t, size_t first) {
  double *packed = c->scratch, *answer = c->weight; /* the weights are made afresh after every round */
  size_t m = 0;
  for (size_t k = first; k < c->n; k++) {
    c->log_density[k] = -(double)INFINITY;
    if (!inside(t, c->dim, c->z + k * c->dim)) continue;
    memcpy(packed + m * c->dim, c->z + k * c->dim, c->dim * sizeof *packed);
    c->order[m++] = k;
  }
  if (m > 0) t->log_density(t->user, packed, m, answer);
  for (size_t j = 0; j < m; j++)
    if (answer[j] == answer[j]) c->log_density[c->order[j]] = answer[j];
  for (size_t k = first; k < c->n; k++)
    if (c->log_density[k] > c->log_density[c->best]) c->best = k;
}

/* Density of the mixture at every draw: a new proposal reaches old draws, and new draws all proposals. */
static void mix(lg_importance *c, size_t round, size_t draws) {
  const double share = 1.0 / (double)(round + 1);
  for (size_t k = 0; k < c->n; k++) {
    const double *z = c->z + k * c->dim;
    const size_t first = k < round * draws ? round : 0;
    double sum = first > 0 ? c->log_proposal[k] + lg_ln(1.0 - share) : -(double)INFINITY;
    for (size_t q = first; q <= round; q++) {
      const double own = log_t(&c->proposals[q], c->dim, z) + lg_ln(share);
      sum = q == 0 ? own : log_sum(sum, own);
    }
    c->log_proposal[k] = sum;
  }
}

bool lg_importance_begin(lg_importance *c, const double *centre, const double *covariance) {
  c->n = c->rounds = c->best = 0;
  c->effective = 0.0;
  return make_proposal(c->dim, centre, covariance, &c->proposals[0]);
}

bool lg_importance_round(lg_importance *c, const lg_importance_task *t) {
  const size_t first = c->n, round = c->rounds;
  if (round >= R || t->draws < 1 || t->draws > c->capacity - first) return false;
  if (round > 0) adapt(c, &c->proposals[round - 1], &c->proposals[round]);
  for (size_t k = 0; k < t->draws; k++) {
    lg_rng rng = lg_rng_make(t->seed, STREAM, c->n);
    draw(&c->proposals[round], c->dim, &rng, c->z + c->n++ * c->dim);
  }
  evaluate(c, t, first);
  mix(c, round, t->draws);
  c->rounds = round + 1;
  c->effective = weigh(c, 1.0, c->weight);
  return true;
}

bool lg_importance_run(lg_importance *c, const lg_importance_task *t, const double *centre, const double *covariance) {
  if (!lg_importance_begin(c, centre, covariance)) return false;
  for (size_t round = 0; round < t->rounds && c->effective < t->enough; round++)
    if (!lg_importance_round(c, t)) return round > 0;
  return true;
}

/* ---- reading it -------------------------------------------------------------------------------- */

/*
 * The distribution of a function of the draws, smoothed: each draw is a normal distribution of the width that n draws
 * call for (n^-1/5 of the spread), and all are drawn together so that mean and variance stay (West 1993). Its quantiles
 * scatter far less than those of the steps.
 */
typedef struct smooth {
  double mean, width, shrink;
} smooth;

static smooth smooth_of(const lg_importance *c, const double *value, size_t stride) {
  smooth k = {0.0, 0.0, 1.0};
  double square = 0.0;
  for (size_t j = 0; j < c->n; j++) k.mean += c->weight[j] * value[j * stride];
  for (size_t j = 0; j < c->n; j++) {
    const double d = value[j * stride] - k.mean;
    square += c->weight[j] * d * d;
  }
  const double share = c->effective > 1.0 ? 0.9 * lg_exp(-0.2 * lg_ln(c->effective)) : 0.9;
  k.width = share * sqrt(square);
  k.shrink = sqrt(1.0 - share * share);
  return k;
}

static double below(const lg_importance *c, const double *value, size_t stride, const smooth *k, double x) {
  double sum = 0.0;
  for (size_t j = 0; j < c->n; j++) {
    if (c->weight[j] == 0.0) continue;
    const double at = k->mean + k->shrink * (value[j * stride] - k->mean);
    if (k->width > 0.0) sum += c->weight[j] * lg_normal_cdf((x - at) / k->width);
    else sum += c->weight[j] * (at < x ? 1.0 : at == x ? 0.5 : 0.0);
  }
  return sum;
}

double lg_importance_rank(const lg_importance *c, const double *value, size_t stride, double x) {
  const smooth k = smooth_of(c, value, stride);
  return below(c, value, stride, &k, x);
}

void lg_importance_quantiles(const lg_importance *c, const double *value, size_t stride, const double *shares, size_t m,
                             double *out) {
  enum { HALVINGS = 36 };
  const smooth k = smooth_of(c, value, stride);
  double least = (double)INFINITY, most = -(double)INFINITY;
  for (size_t j = 0; j < c->n; j++) {
    if (c->weight[j] == 0.0) continue;
    least = fmin(least, value[j * stride]);
    most = fmax(most, value[j * stride]);
  }
  for (size_t q = 0; q < m; q++) {
    double low = least - 5.0 * k.width, high = most + 5.0 * k.width;
    for (int halving = 0; halving < HALVINGS && low < high; halving++) {
      const double middle = 0.5 * (low + high);
      if (below(c, value, stride, &k, middle) < shares[q]) low = middle;
      else high = middle;
    }
    out[q] = least <= most ? 0.5 * (low + high) : (double)NAN;
  }
}

void lg_resample(const double *weight, size_t n, uint64_t seed, size_t m, size_t *index) {
  lg_rng rng = lg_rng_make(seed, STREAM + 1, 0);
  const double offset = lg_rng_uniform(&rng);
  double sum = n > 0 ? weight[0] : 0.0;
  size_t row = 0;
  for (size_t k = 0; k < m; k++) {
    const double at = ((double)k + offset) / (double)m;
    while (sum < at && row + 1 < n) sum += weight[++row];
    index[k] = row;
  }
  for (size_t k = m; k > 1; k--) {
    const size_t other = (size_t)lg_rng_below(&rng, k), kept = index[k - 1];
    index[k - 1] = index[other];
    index[other] = kept;
  }
}

void lg_importance_resample(const lg_importance *c, uint64_t seed, size_t m, size_t *index) {
  lg_resample(c->weight, c->n, seed, m, index);
}
