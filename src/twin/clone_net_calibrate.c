/* Posteriors whose intervals hold what they say: marginals stretched and moved until ranks of held-out truths are
 * uniform. */
#include "base/elementary.h"
#include "twin/clone_net.h"

#include <math.h>
#include <string.h>

enum { P = LG_CLONE_NET_P, BUFFER = 4096, GRID = 41, SHIFTS = 21 };

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
  lg_mixture_sample(&p->mixture, rng, y);
  for (int k = 0; k < P; k++)
    y[k] = p->mean[k] + p->calibration.spread[k] * (y[k] - p->mean[k]) + p->calibration.shift[k] * p->sd[k];
}

double lg_net_posterior_cdf(const lg_net_posterior *p, size_t i, double value) {
  const double moved = value - p->calibration.shift[i] * p->sd[i];
  return lg_mixture_cdf(&p->mixture, i, p->mean[i] + (moved - p->mean[i]) / p->calibration.spread[i]);
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

/* Cramér–von Mises distance of the ranks of one parameter from uniform, by a histogram. */
static double unevenness(const job *j, size_t p) {
  enum { BINS = 50 };
  double count[BINS] = {0.0}, below = 0.0, sum = 0.0;
  for (size_t k = 0; k < j->n; k++) {
    const int bin = (int)(j->rank[k * P + p] * (float)BINS);
    count[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin] += 1.0 / (double)j->n;
  }
  for (int b = 0; b < BINS; b++) {
    below += count[b];
    const double off = below - (b + 1.0) / BINS;
    sum += off * off;
  }
  return sum;
}

/* One parameter of the calibration over a range, all coordinates at once; keeps the best of each. */
static lg_status scan(lg_ctx *ctx, job *j, int n, double low, double high, bool spread, lg_net_calibration *best,
                      double least[P]) {
  for (int g = 0; g < n; g++) {
    const double value = low + (high - low) * g / (n - 1);
    j->trial = *best;
    for (int p = 0; p < P; p++) (spread ? j->trial.spread : j->trial.shift)[p] = value;
    const lg_status status = lg_parallel_for(ctx, j->n, 64, rank_range, j);
    if (status != LG_OK) return status;
    for (size_t p = 0; p < P; p++) {
      const double off = unevenness(j, p);
      if (off >= least[p]) continue;
      least[p] = off;
      (spread ? best->spread : best->shift)[p] = value;
    }
  }
  return LG_OK;
}

lg_status lg_net_calibrate(lg_ctx *ctx, size_t components, const float *raw, const float *y, size_t n,
                           lg_net_calibration *out) {
  lg_status status = LG_OK;
  double least[P];
  job j = {.components = components, .width = lg_mixture_width(components, P), .n = n, .raw = raw, .y = y};
  if (j.width > BUFFER) return lg_fail(ctx, LG_ERR_LIMIT, "%zu components are too many", components);
  for (int p = 0; p < P; p++) {
    out->spread[p] = 1.0;
    out->shift[p] = 0.0;
    least[p] = 1e9;
  }
  LG_NEW(ctx, j.rank, n * P);
  for (int round = 0; round < 2; round++) {
    LG_TRY(scan(ctx, &j, GRID, 0.5, 1.5, true, out, least));
    LG_TRY(scan(ctx, &j, SHIFTS, -0.2, 0.2, false, out, least));
  }
done:
  lg_free(ctx, j.rank);
  return status;
}
