/* Segmented output error: between events a cell follows its neighbours' measured traces exactly, from a free start. */
#include "culture/leak.h"
#include "culture/stretch.h"

#include "base/elementary.h"
#include "num/brent.h"

#include <math.h>
#include <string.h>

culture_soe lg_culture_soe_default(void) {
  return (culture_soe){
      .threshold = 4.5, .shortest = 12, .rounds = 2, .k_low = 2e-4, .k_high = 3.0, .least_event = 0.25};
}

void lg_culture_soe_sums(const lg_culture_data *d, const bool *masked, size_t shortest, size_t block, double k,
                         double *sums) {
  const size_t times = d->n_times, n_blocks = block ? (times + block - 1) / block : 1;
  memset(sums, 0, d->n_inner * n_blocks * 3 * sizeof *sums);
  for (size_t g = 0; g < d->n_inner; g++) {
    const bool *m = masked + g * times;
    for (size_t s = 0, t = 1; t <= times; t++) {
      if (t < times && !m[t] && !(block && t % block == 0)) continue;
      if (t - s >= shortest)
        lg_culture_stretch(d->x + g * times + s, d->input + g * times + s, NULL, t - s, k,
                           k * d->sum[g] + (d->leak ? d->leak[g] : 0.0),
                           sums + (g * n_blocks + (block ? s / block : 0)) * 3);
      s = t;
    }
  }
}

typedef struct profile {
  const lg_culture_data *data;
  const bool *masked;
  size_t shortest;
  double *sums, *gamma;
} profile;

static double squares(void *user, double log_k) {
  const profile *p = user;
  double all = 0.0;
  lg_culture_soe_sums(p->data, p->masked, p->shortest, 0, lg_exp(log_k), p->sums);
  for (size_t g = 0; g < p->data->n_inner; g++) {
    const double *s = p->sums + 3 * g;
    p->gamma[g] = s[0] > 1e-12 ? s[1] / s[0] : 0.0;
    all += s[2] - p->gamma[g] * s[1];
  }
  return all;
}

static bool any_stretch(const lg_culture_data *d, const bool *masked, size_t shortest) {
  for (size_t g = 0; g < d->n_inner; g++)
    for (size_t s = 0, t = 1; t <= d->n_times; t++) {
      if (t < d->n_times && !masked[g * d->n_times + t]) continue;
      if (t - s >= shortest) return true;
      s = t;
    }
  return false;
}

lg_status lg_culture_fit_soe(lg_ctx *ctx, const lg_culture_data *d, const culture_soe *o, culture_fit *fit,
                             bool *masked, double *residual_squares) {
  lg_status status = LG_OK;
  double *block = NULL;
  LG_NEW(ctx, block, 3 * d->n_inner);
  profile p = {d, masked, o->shortest, block, fit->gamma};
  LG_TRY(lg_culture_fit_lag(ctx, d, 3, fit));
  for (unsigned round = 0; round < o->rounds; round++) {
    LG_TRY(lg_culture_find_events(ctx, d, fit, o->threshold, masked));
    if (!any_stretch(d, masked, o->shortest))
      LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "events leave no stretch of %zu frames in any cell", o->shortest));
    double least;
    if (o->leak != CULTURE_NO_LEAK) {
      LG_TRY(lg_culture_fit_leak(ctx, d, masked, o, o->leak, fit, residual_squares));
      continue;
    }
    const double at = lg_brent(squares, &p, lg_ln(o->k_low), lg_ln(o->k_high), 1e-5, &least);
    *residual_squares = squares(&p, at); /* and the feeds that go with it */
    fit->k = lg_exp(at);
  }
done:
  lg_free(ctx, block);
  return status;
}
