#include "num/cmaes.h"

#include "base/elementary.h"

#include <string.h>

static void set_constants(lg_cmaes *s) {
  const double n = (double)s->n;
  double sum = 0.0, square = 0.0;
  s->mu = s->population / 2;
  for (size_t k = 0; k < s->mu; k++) {
    s->weight[k] = lg_ln((double)s->population / 2.0 + 0.5) - lg_ln((double)k + 1.0);
    sum += s->weight[k];
  }
  for (size_t k = 0; k < s->mu; k++) {
    s->weight[k] /= sum;
    square += s->weight[k] * s->weight[k];
  }
  s->mu_eff = 1.0 / square;
  s->c_sigma = (s->mu_eff + 2.0) / (n + s->mu_eff + 5.0);
  const double beyond = sqrt((s->mu_eff - 1.0) / (n + 1.0)) - 1.0;
  s->d_sigma = 1.0 + 2.0 * (beyond > 0.0 ? beyond : 0.0) + s->c_sigma;
  s->c_c = (4.0 + s->mu_eff / n) / (n + 4.0 + 2.0 * s->mu_eff / n);
  s->c_1 = 2.0 / ((n + 1.3) * (n + 1.3) + s->mu_eff);
  const double c_mu = 2.0 * (s->mu_eff - 2.0 + 1.0 / s->mu_eff) / ((n + 2.0) * (n + 2.0) + s->mu_eff);
  s->c_mu = c_mu < 1.0 - s->c_1 ? c_mu : 1.0 - s->c_1;
  s->chi_n = sqrt(n) * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));
}

lg_status lg_cmaes_begin(lg_ctx *ctx, size_t n, size_t population, const double *mean, double sigma, uint64_t seed,
                         uint64_t stream, lg_cmaes *out) {
  if (n < 1 || n > LG_CMAES_MAX_N)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%zu parameters; allowed 1 … %d", n, LG_CMAES_MAX_N);
  if (population < 4 || population > LG_CMAES_MAX_POPULATION)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "population of %zu; allowed 4 … %d", population, LG_CMAES_MAX_POPULATION);
  if (!(sigma > 0.0)) return lg_fail(ctx, LG_ERR_ARGUMENT, "sigma is %g; it must be positive", sigma);
  memset(out, 0, sizeof *out);
  out->n = n;
  out->population = population;
  out->sigma = sigma;
  out->seed = seed;
  out->stream = stream;
  for (size_t i = 0; i < n; i++) {
    out->mean[i] = mean[i];
    out->covariance[i * n + i] = out->axes[i * n + i] = out->length[i] = 1.0;
  }
  set_constants(out);
  return LG_OK;
}

void lg_cmaes_ask(const lg_cmaes *s, double *x) {
  const size_t n = s->n;
  double z[LG_CMAES_MAX_N];
  for (size_t k = 0; k < s->population; k++) {
    lg_rng rng = lg_rng_make(s->seed, s->stream, s->generation * LG_CMAES_MAX_POPULATION + k);
    for (size_t j = 0; j < n; j++) z[j] = s->length[j] * lg_rng_normal(&rng);
    for (size_t i = 0; i < n; i++) {
      double y = 0.0;
      for (size_t j = 0; j < n; j++) y += s->axes[i * n + j] * z[j];
      x[k * n + i] = s->mean[i] + s->sigma * y;
    }
  }
}

/* Order of the candidates by cost, ties by index; insertion sort, the populations are small. */
static void rank(const lg_cmaes *s, const double *cost, size_t *order) {
  for (size_t k = 0; k < s->population; k++) {
    const double c = cost[k] == cost[k] ? cost[k] : (double)INFINITY;
    size_t j = k;
    for (; j > 0; j--) {
      const double other = cost[order[j - 1]] == cost[order[j - 1]] ? cost[order[j - 1]] : (double)INFINITY;
      if (other <= c) break;
      order[j] = order[j - 1];
    }
    order[j] = k;
  }
}

static void update_axes(lg_cmaes *s) {
  const size_t n = s->n;
  double copy[LG_CMAES_MAX_N * LG_CMAES_MAX_N], values[LG_CMAES_MAX_N];
  memcpy(copy, s->covariance, sizeof copy);
  lg_eigen_symmetric(n, copy, values, s->axes);
  for (size_t j = 0; j < n; j++) s->length[j] = sqrt(values[j] > 1e-20 ? values[j] : 1e-20);
}

/* Evolution path of the step size: moved by the step of the mean, whitened. Returns its length. */
static double update_path_sigma(lg_cmaes *s, const double *step) {
  const size_t n = s->n;
  const double keep = 1.0 - s->c_sigma, gain = sqrt(s->c_sigma * (2.0 - s->c_sigma) * s->mu_eff);
  double white[LG_CMAES_MAX_N], square = 0.0;
  for (size_t j = 0; j < n; j++) {
    double along = 0.0;
    for (size_t i = 0; i < n; i++) along += s->axes[i * n + j] * step[i];
    white[j] = along / s->length[j];
  }
  for (size_t i = 0; i < n; i++) {
    double y = 0.0;
    for (size_t j = 0; j < n; j++) y += s->axes[i * n + j] * white[j];
    s->path_sigma[i] = keep * s->path_sigma[i] + gain * y;
    square += s->path_sigma[i] * s->path_sigma[i];
  }
  return sqrt(square);
}

void lg_cmaes_tell(lg_cmaes *s, const double *x, const double *cost) {
  const size_t n = s->n;
  size_t order[LG_CMAES_MAX_POPULATION] = {0};
  double step[LG_CMAES_MAX_N] = {0}, old[LG_CMAES_MAX_N];
  rank(s, cost, order);
  for (size_t i = 0; i < n; i++) {
    old[i] = s->mean[i];
    for (size_t k = 0; k < s->mu; k++) step[i] += s->weight[k] * (x[order[k] * n + i] - old[i]) / s->sigma;
    s->mean[i] += s->sigma * step[i];
  }
  const double length = update_path_sigma(s, step);
  s->generation++;
  const double settled = 1.0 - lg_pow(1.0 - s->c_sigma, 2.0 * (double)s->generation);
  const bool calm = length / sqrt(settled) / s->chi_n < 1.4 + 2.0 / ((double)n + 1.0);
  const double gain = calm ? sqrt(s->c_c * (2.0 - s->c_c) * s->mu_eff) : 0.0;
  for (size_t i = 0; i < n; i++) s->path_c[i] = (1.0 - s->c_c) * s->path_c[i] + gain * step[i];
  const double lost = calm ? 0.0 : s->c_1 * s->c_c * (2.0 - s->c_c);
  const double keep = 1.0 - s->c_1 - s->c_mu + lost;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++) {
      double c = keep * s->covariance[i * n + j] + s->c_1 * s->path_c[i] * s->path_c[j];
      for (size_t k = 0; k < s->mu; k++) {
        const double *at = x + order[k] * n;
        c += s->c_mu * s->weight[k] * ((at[i] - old[i]) / s->sigma) * ((at[j] - old[j]) / s->sigma);
      }
      s->covariance[i * n + j] = s->covariance[j * n + i] = c;
    }
  s->sigma *= lg_exp(s->c_sigma / s->d_sigma * (length / s->chi_n - 1.0));
  update_axes(s);
}

double lg_cmaes_spread(const lg_cmaes *s) {
  double most = 0.0;
  for (size_t i = 0; i < s->n; i++) {
    const double sd = s->sigma * sqrt(s->covariance[i * s->n + i]);
    if (sd > most) most = sd;
  }
  return most;
}
