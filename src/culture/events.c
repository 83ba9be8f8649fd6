/* Events: frames in which the traces move more than coupling and feed explain. */
#include "culture/methods.h"

#include <math.h>
#include <string.h>

lg_status lg_culture_find_events(lg_ctx *ctx, const lg_culture_data *d, const culture_fit *fit, double threshold,
                                 bool *masked) {
  lg_status status = LG_OK;
  const size_t n = d->n_times - 1;
  double *block = NULL;
  LG_NEW(ctx, block, 3 * n);
  double *residual = block, *sums = block + n, *scratch = block + 2 * n;
  memset(masked, 0, d->n_inner * d->n_times * sizeof *masked);
  for (size_t g = 0; g < d->n_inner; g++) {
    const double *x = d->x + g * d->n_times, *z = d->z + g * d->n_times;
    double median;
    for (size_t t = 0; t < n; t++) residual[t] = x[t + 1] - x[t] - 0.5 * fit->k * (z[t] + z[t + 1]) - fit->gamma[g];
    if (d->leak)
      for (size_t t = 0; t < n; t++) residual[t] += 0.5 * d->leak[g] * (x[t] + x[t + 1]);
    for (size_t t = 0; t < n; t++)
      sums[t] = (t ? residual[t - 1] : 0.0) + residual[t] + (t + 1 < n ? residual[t + 1] : 0.0);
    const double reach = threshold * lg_culture_mad(sums, n, scratch, &median);
    bool *m = masked + g * d->n_times;
    for (size_t t = 0; t < n; t++) {
      if (!(fabs(sums[t] - median) > reach)) continue;
      for (size_t q = t ? t - 1 : 0; q <= t + 1 && q < n; q++) m[q + 1] = true;
    }
  }
done:
  lg_free(ctx, block);
  return status;
}
