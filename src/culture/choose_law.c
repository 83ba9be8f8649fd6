/*
 * Which law couples the cells: the one whose segmented output error is smallest, cell by cell on average of ln squares,
 * on frames that no law takes for an event. How sure: that difference to the next law over its standard error over the
 * cells. Laws are ranked by weak residuals where output errors cannot be had.
 */
#include "culture/identify_internal.h"

#include "base/elementary.h"
#include "num/brent.h"

#include <math.h>
#include <string.h>

typedef struct rival {
  lg_culture_coupling *coupling;
  lg_culture_data *data;
  culture_fit fit;
  double *squares; /* (n_inner) ln of what it leaves in each cell */
} rival;

typedef struct profile {
  const rival *r;
  const bool *masked;
  size_t shortest;
  double *sums;
} profile;

/* Mean over the cells of half the ln of their squares. */
static double mean_log(void *user, double log_k) {
  const profile *p = user;
  const size_t n = p->r->data->n_inner;
  double sum = 0.0;
  lg_culture_soe_sums(p->r->data, p->masked, p->shortest, 0, lg_exp(log_k), p->sums);
  for (size_t g = 0; g < n; g++) {
    const double *s = p->sums + 3 * g, left = s[2] - (s[0] > 1e-12 ? s[1] * s[1] / s[0] : 0.0);
    p->r->squares[g] = 0.5 * lg_ln(fmax(left, 1e-300));
    sum += p->r->squares[g] / (double)n;
  }
  return sum;
}

/* Mean over the cells of b - a, over its standard error. */
static double standard_score(const double *a, const double *b, size_t n) {
  double mean = 0.0, square = 0.0;
  for (size_t g = 0; g < n; g++) mean += (b[g] - a[g]) / (double)n;
  for (size_t g = 0; g < n; g++) square += (b[g] - a[g] - mean) * (b[g] - a[g] - mean);
  if (n < 2) return 0.0;
  return mean / fmax(sqrt(square / (double)(n - 1) / (double)n), 1e-300);
}

static void rank(const rival *r, culture_law_choice *out) {
  const size_t n = r[0].data->n_inner;
  for (int law = 0; law < CULTURE_LAWS; law++)
    if (out->score[law] < out->score[out->law]) out->law = (culture_law)law;
  out->margin = (double)INFINITY;
  for (int law = 0; law < CULTURE_LAWS; law++) {
    if (law == (int)out->law) continue;
    const double z = standard_score(r[out->law].squares, r[law].squares, n);
    if (z < out->margin) out->margin = z, out->next = (culture_law)law;
  }
}

static lg_status score_all(lg_ctx *ctx, rival *r, const culture_soe *o, culture_law_choice *out) {
  lg_status status = LG_OK;
  const lg_culture_data *d = r[0].data;
  const size_t all = d->n_inner * d->n_times;
  bool *masked = NULL, *own = NULL;
  profile p = {.shortest = o->shortest};
  double squares;
  LG_NEW(ctx, masked, all);
  LG_NEW(ctx, own, all);
  LG_NEW(ctx, p.sums, 3 * d->n_inner);
  for (int law = 0; law < CULTURE_LAWS; law++) {
    LG_NEW(ctx, r[law].squares, d->n_inner);
    LG_TRY(lg_culture_fit_soe(ctx, r[law].data, o, &r[law].fit, own, &squares));
    for (size_t q = 0; q < all; q++) masked[q] = masked[q] || own[q];
  }
  p.masked = masked;
  for (int law = 0; law < CULTURE_LAWS; law++) {
    const double at = lg_ln(r[law].fit.k); /* the common mask moves it little */
    p.r = &r[law];
    const double best = lg_brent(mean_log, &p, at - 0.3, at + 0.3, 1e-3, &out->score[law]);
    out->score[law] = mean_log(&p, best);
  }
  rank(r, out);
done:
  lg_free(ctx, masked);
  lg_free(ctx, own);
  lg_free(ctx, p.sums);
  return status;
}

lg_status lg_culture_choose_law(lg_ctx *ctx, const lg_culture_graph *graph, const double *y, size_t n_times,
                                const culture_soe *o, culture_law_choice *out) {
  lg_status status = LG_OK;
  rival r[CULTURE_LAWS] = {0};
  *out = (culture_law_choice){.margin = 0.0};
  for (int law = 0; law < CULTURE_LAWS; law++) {
    LG_TRY(lg_culture_coupling_create(ctx, graph, (culture_law)law, &r[law].coupling));
    LG_TRY(lg_culture_data_create(ctx, graph, r[law].coupling, y, n_times, &r[law].data));
    LG_NEW(ctx, r[law].fit.gamma, r[law].data->n_inner);
    LG_TRY(lg_culture_fit_weak(ctx, r[law].data, 10, 2, true, &r[law].fit, &out->weak_score[law]));
    if (out->weak_score[law] < out->weak_score[out->law]) out->law = (culture_law)law;
  }
  status = score_all(ctx, r, o, out);
  if (status == LG_ERR_NUMERICAL) { /* no stretch between events, or no k: the fit itself says so later */
    status = LG_OK;
    lg_ctx_clear(ctx);
    memcpy(out->score, out->weak_score, sizeof out->score);
    out->margin = 0.0;
  }
done:
  for (int law = 0; law < CULTURE_LAWS; law++) {
    lg_free(ctx, r[law].squares);
    lg_free(ctx, r[law].fit.gamma);
    lg_culture_data_destroy(ctx, r[law].data);
    lg_culture_coupling_destroy(ctx, r[law].coupling);
  }
  return status;
}
