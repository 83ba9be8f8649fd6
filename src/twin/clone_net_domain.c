/* Out of distribution: the Mahalanobis distance to the training population (Lee et al. 2018, arXiv 1807.03888). */
#include "num/ascending.h"
#include "num/cholesky.h"
#include "twin/clone_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void moments(const float *rows, size_t n, lg_net_domain *d) {
  const size_t w = d->width;
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < w; i++) d->mean[i] += (double)rows[k * w + i] / (double)n;
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < w; i++) {
      const double x = (double)rows[k * w + i] - d->mean[i];
      for (size_t j = 0; j <= i; j++) d->chol[i * w + j] += x * ((double)rows[k * w + j] - d->mean[j]) / (double)n;
    }
  double trace = 0.0;
  for (size_t i = 0; i < w; i++) trace += d->chol[i * w + i];
  for (size_t i = 0; i < w; i++) d->chol[i * w + i] += 1e-3 * trace / (double)w + 1e-9;
}

double lg_net_domain_distance(const lg_net_domain *d, const float *row) {
  double z[1024], square = 0.0;
  if (d->width == 0 || d->width > 1024) return 0.0;
  for (size_t i = 0; i < d->width; i++) {
    double x = (double)row[i] - d->mean[i];
    for (size_t j = 0; j < i; j++) x -= d->chol[i * d->width + j] * z[j];
    z[i] = x / d->chol[i * d->width + i];
    square += z[i] * z[i];
  }
  return sqrt(square) / d->limit;
}

lg_status lg_net_domain_make(lg_ctx *ctx, const float *rows, size_t n, const float *unseen, size_t n_unseen,
                             size_t width, lg_net_domain *domain) {
  lg_status status = LG_OK;
  double *distance = NULL;
  memset(domain, 0, sizeof *domain);
  if (width > 1024 || n < 2 || n_unseen < 2)
    return lg_fail(ctx, LG_ERR_RANGE, "a domain of %zu rows and %zu columns; 2 rows or more, 1024 columns or fewer", n,
                   width);
  domain->width = width;
  domain->limit = 1.0;
  LG_NEW(ctx, domain->mean, width + 1);
  LG_NEW(ctx, domain->chol, width * width + 1);
  LG_NEW(ctx, distance, n_unseen);
  moments(rows, n, domain);
  if (!lg_cholesky(width, domain->chol)) {
    status = lg_fail(ctx, LG_ERR_NUMERICAL, "the covariance of the training population is singular");
    goto done;
  }
  for (size_t k = 0; k < n_unseen; k++) distance[k] = lg_net_domain_distance(domain, unseen + k * width);
  qsort(distance, n_unseen, sizeof *distance, lg_ascending);
  domain->limit = fmax(distance[(size_t)(0.975 * (double)(n_unseen - 1))], 1e-6);
done:
  lg_free(ctx, distance);
  if (status != LG_OK) lg_net_domain_clear(ctx, domain);
  return status;
}

void lg_net_domain_clear(lg_ctx *ctx, lg_net_domain *domain) {
  lg_free(ctx, domain->mean);
  lg_free(ctx, domain->chol);
  memset(domain, 0, sizeof *domain);
}
