/* Predictions of many profiles: read off at the networks' times, through the networks, and how far from what is known.
 */
#include "axon/surrogate.h"

#include "axon/axon_net.h"
#include "axon/distance.h"
#include "axon/infer.h"
#include "axon/profiles.h"

#include <string.h>

enum { PIECE = 8192 /* profiles at once: 6.6 MB of strain */, CHUNK = 64 };

static const double net_dt_s = 1e-3;

typedef struct job {
  const lg_axon_surrogate *net;
  const axon_profiles *profiles;
  const lg_axon_neighbours *known; /* NULL: none */
  size_t first, n;                 /* profiles of this piece */
  double *strain;                  /* (n, AXON_NET_TIMES) */
  unsigned *change;                /* (n) what resampling did */
  const float *y;                  /* (n_nets, n, AXON_PREDICTED) */
  float *mine;                     /* (workers, n_nets, AXON_PREDICTED) */
  axon_prediction *out;
} job;

static lg_status prepare(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  const axon_profiles *p = j->profiles;
  (void)worker;
  for (size_t k = begin; k < end; k++) {
    j->change[k] = lg_axon_profile_resample(p->strain + (j->first + k) * p->n_times, p->n_times, p->dt_s,
                                            j->strain + k * AXON_NET_TIMES, AXON_NET_TIMES, net_dt_s);
  }
  return LG_OK;
}

static lg_status judge(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  const size_t nets = j->net->n_nets;
  float *mine = j->mine + worker * nets * AXON_PREDICTED, profile[AXON_NET_TIMES];
  for (size_t k = begin; k < end; k++) {
    axon_prediction *out = &j->out[j->first + k];
    const double *seen = j->strain + k * AXON_NET_TIMES;
    double nearest = 0.0;
    for (size_t m = 0; m < nets; m++)
      memcpy(mine + m * AXON_PREDICTED, j->y + (m * j->n + k) * AXON_PREDICTED, AXON_PREDICTED * sizeof *mine);
    for (size_t t = 0; t < AXON_NET_TIMES; t++) profile[t] = (float)seen[t];
    if (j->known) nearest = lg_axon_nearest(j->known, profile, j->net->known_threshold);
    lg_axon_surrogate_combine(j->net, mine, nearest, out);
    if (j->change[k] & AXON_RESAMPLE_MOVED) out->in_range = false; /* what the axon lost before is not known */
  }
  return LG_OK;
}

lg_status lg_axon_surrogate_predict(lg_ctx *ctx, const lg_axon_surrogate *net, const axon_profiles *profiles,
                                    axon_prediction *out) {
  lg_status status = LG_OK;
  axon_infer *infer = NULL;
  lg_axon_neighbours *known = NULL;
  float *y = NULL;
  job j = {.net = net, .profiles = profiles, .out = out};
  const size_t piece = profiles->n < PIECE ? profiles->n : PIECE;
  if (profiles->n_times < 2 || !(profiles->dt_s > 0.0))
    return lg_fail(ctx, LG_ERR_RANGE, "profiles of %zu samples of %g s; at least 2 are needed", profiles->n_times,
                   profiles->dt_s);
  LG_TRY(lg_axon_infer_create(ctx, net, &infer));
  if (net->n_known > 0) LG_TRY(lg_axon_neighbours_create(ctx, net->known, net->n_known, AXON_NET_TIMES, &known));
  LG_NEW(ctx, j.strain, piece * AXON_NET_TIMES);
  LG_NEW(ctx, j.change, piece);
  LG_NEW(ctx, y, net->n_nets * piece * AXON_PREDICTED);
  LG_NEW(ctx, j.mine, lg_ctx_threads(ctx) * net->n_nets * AXON_PREDICTED);
  j.known = known;
  j.y = y;
  for (; j.first < profiles->n; j.first += j.n) {
    j.n = profiles->n - j.first < piece ? profiles->n - j.first : piece;
    LG_TRY(lg_parallel_for(ctx, j.n, CHUNK, prepare, &j));
    LG_TRY(lg_axon_infer(ctx, infer, NULL, j.n, j.strain, y));
    LG_TRY(lg_parallel_for(ctx, j.n, CHUNK, judge, &j));
    LG_TRY(lg_progress(ctx, "profiles", j.first + j.n, profiles->n));
  }
done:
  lg_free(ctx, j.mine);
  lg_free(ctx, y);
  lg_free(ctx, j.change);
  lg_free(ctx, j.strain);
  lg_axon_neighbours_destroy(ctx, known);
  lg_axon_infer_destroy(ctx, infer);
  return status;
}
