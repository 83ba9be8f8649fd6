/* Posteriors whose intervals hold what they say: marginals moved, stretched and given other tails until the ranks of
 * held-out truths are uniform. */
#include "base/elementary.h"
#include "num/ascending.h"
#include "num/special.h"
#include "twin/clone_net.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { P = LG_CLONE_NET_P, BUFFER = 4096, GRID = 15, ROUNDS = 2 };

lg_status lg_net_posterior_read(lg_ctx *ctx, size_t components, const float *raw, const lg_net_calibration *calibration,
                                double *buffer, lg_net_posterior *out) {
  double covariance[P * P];
  const lg_status status = lg_mixture_read(ctx, components, P, raw, 1.0, buffer, &out->mixture);
  if (status != LG_OK) return status;
  lg_mixture_moments(&out->mixture, out->mean, covariance);
  for (int p = 0; p < P; p++) out->sd[p] = sqrt(covariance[p * P + p]);
  out->calibration = *calibration;
  return LG_OK;
}

void lg_net_posterior_sample(const lg_net_posterior *p, lg_rng *rng, double *y) {
  const lg_net_calibration *c = &p->calibration;
  lg_mixture_sample(&p->mixture, rng, y);
  for (int k = 0; k < P; k++) {
    const double e = (y[k] - p->mean[k]) / p->sd[k];
    y[k] = p->mean[k] + p->sd[k] * (c->shift[k] + c->spread[k] * lg_sinh(c->tail[k] * lg_asinh(e)));
  }
}

double lg_net_posterior_cdf(const lg_net_posterior *p, size_t i, double value) {
  const lg_net_calibration *c = &p->calibration;
  const double calibrated = (value - p->mean[i]) / p->sd[i];
  const double e = lg_sinh(lg_asinh((calibrated - c->shift[i]) / c->spread[i]) / c->tail[i]);
  return lg_mixture_cdf(&p->mixture, i, p->mean[i] + p->sd[i] * e);
}

typedef struct job {
  size_t components, width, n;
  const float *raw, *y;
  lg_net_calibration trial;
  float *rank; /* (n, P) */
} job;

static lg_status rank_range(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  double buffer[BUFFER];
  lg_net_posterior post;
  (void)worker;
  for (size_t k = begin; k < end; k++) {
    const lg_status status =
        lg_net_posterior_read(NULL, j->components, j->raw + k * j->width, &j->trial, buffer, &post);
    if (status != LG_OK) return status;
    for (size_t p = 0; p < P; p++) j->rank[k * P + p] = (float)lg_net_posterior_cdf(&post, p, (double)j->y[k * P + p]);
  }
  return LG_OK;
}

/* Anderson–Darling distance of the ranks of one parameter from uniform, by a histogram: the tails count. */
static double unevenness(const job *j, size_t p) {
  enum { BINS = 100 };
  double count[BINS] = {0.0}, below = 0.0, sum = 0.0;
  for (size_t k = 0; k < j->n; k++) {
    const int bin = (int)(j->rank[k * P + p] * (float)BINS);
    count[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin] += 1.0 / (double)j->n;
  }
  for (int b = 0; b + 1 < BINS; b++) {
    const double level = (b + 1.0) / BINS;
    below += count[b];
    sum += (below - level) * (below - level) / (level * (1.0 - level));
  }
  return sum;
}

/* Scan one array of the calibration over a range, all coordinates at once; keep the best of each. */
static lg_status scan(lg_ctx *ctx, job *j, double low, double high, size_t offset, lg_net_calibration *best,
                      double least[P]) {
  const lg_net_calibration from = *best;
  double *to = (double *)(void *)((char *)best + offset);
  const double *centre = (const double *)(const void *)((const char *)&from + offset);
  for (int g = 0; g < GRID; g++) {
    j->trial = from;
    double *trial = (double *)(void *)((char *)&j->trial + offset);
    for (int p = 0; p < P; p++) trial[p] = centre[p] + low + (high - low) * g / (GRID - 1);
    const lg_status status = lg_parallel_for(ctx, j->n, 64, rank_range, j);
    if (status != LG_OK) return status;
    for (size_t p = 0; p < P; p++) {
      const double off = unevenness(j, p);
      if (off >= least[p]) continue;
      least[p] = off;
      to[p] = trial[p];
    }
  }
  return LG_OK;
}

/* The standard normal's quantile at `level`, by bisection. */
static double probit(double level) {
  double low = -9.0, high = 9.0;
  for (int k = 0; k < 60; k++) {
    const double middle = 0.5 * (low + high);
    if (0.5 * lg_erfc(-middle * 0.7071067811865476) < level) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

/* Start: quartiles and the 95 % interval of the ranks on the normal scale, as if the mixtures were Gaussians. */
static void match_quantiles(const job *j, size_t p, double *sorted, lg_net_calibration *c) {
  static const double levels[5] = {0.025, 0.25, 0.5, 0.75, 0.975};
  double z[5], low = 0.3, high = 3.0;
  for (size_t k = 0; k < j->n; k++) sorted[k] = (double)j->rank[k * P + p];
  qsort(sorted, j->n, sizeof *sorted, lg_ascending);
  for (int q = 0; q < 5; q++) z[q] = probit(sorted[(size_t)(levels[q] * (double)(j->n - 1))]);
  const double near = lg_asinh(0.6744897501960817), far = lg_asinh(1.959963984540054);
  const double ratio = (z[4] - z[0]) / fmax(z[3] - z[1], 1e-6);
  for (int k = 0; k < 50; k++) { /* sinh(tail far) / sinh(tail near) = ratio */
    const double middle = 0.5 * (low + high);
    if (lg_sinh(middle * far) / lg_sinh(middle * near) < ratio) low = middle;
    else high = middle;
  }
  c->tail[p] = 0.5 * (low + high);
  c->spread[p] = fmax(0.5 * (z[3] - z[1]) / lg_sinh(c->tail[p] * near), 1e-3);
  c->shift[p] = z[2];
}

lg_status lg_net_calibrate(lg_ctx *ctx, size_t components, const float *raw, const float *y, size_t n,
                           lg_net_calibration *out) {
  lg_status status = LG_OK;
  double least[P], *sorted = NULL;
  job j = {.components = components, .width = lg_mixture_width(components, P), .n = n, .raw = raw, .y = y};
  if (j.width > BUFFER || n < 2)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu components and %zu samples cannot be calibrated", components, n);
  for (int p = 0; p < P; p++) {
    j.trial.shift[p] = 0.0;
    j.trial.spread[p] = j.trial.tail[p] = 1.0;
    least[p] = 1e9;
  }
  LG_NEW(ctx, j.rank, n * P);
  LG_NEW(ctx, sorted, n);
  LG_TRY(lg_parallel_for(ctx, n, 64, rank_range, &j));
  for (size_t p = 0; p < P; p++) match_quantiles(&j, p, sorted, out);
  for (int round = 0; round < ROUNDS; round++) {
    const double reach = 0.1 / (double)(1 << round);
    LG_TRY(scan(ctx, &j, -reach, reach, offsetof(lg_net_calibration, tail), out, least));
    LG_TRY(scan(ctx, &j, -reach * 0.5, reach * 0.5, offsetof(lg_net_calibration, spread), out, least));
    LG_TRY(scan(ctx, &j, -reach * 0.5, reach * 0.5, offsetof(lg_net_calibration, shift), out, least));
  }
done:
  lg_free(ctx, j.rank);
  lg_free(ctx, sorted);
  return status;
}
