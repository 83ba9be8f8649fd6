/*
 * One factor for all of a learned phi, and the feeds: segmented output error as for the linear law (fit_soe.c).
 *
 * Between events a cell follows c phi of its neighbours' measured traces from a free start. Around its own measured
 * trace x the messages are p + D (x - y), D = -dp/dy: to first order the noise of x drops out, and what is left is
 * linear in y. Feeds and starts by variable projection, c by Brent's method.
 */
#include "culture/graph_ode_internal.h"

#include "culture/methods.h"
#include "culture/stretch.h"
#include "num/brent.h"

#include <math.h>
#include <string.h>

typedef struct search {
  const lg_culture_data *d;
  const double *drive, *slope; /* (n_inner, n_times) p + D x, and D */
  const bool *masked;
  size_t shortest;
  double *scratch; /* (3 n_times) */
  double *gamma;   /* (n_inner) at its best */
} search;

/* Squares that one stretch leaves: as culture_stretch(), with a rate that changes from frame to frame. */
static void stretch(const search *s, size_t g, size_t from, size_t m, double c, double *sums) {
  const size_t at = g * s->d->n_times + from;
  const double *y = s->d->x + at, *f = s->drive + at, *rate = s->slope + at;
  double *start = s->scratch, *feed = start + m, *left = feed + m, driven = 0.0;
  start[0] = 1.0, feed[0] = 0.0, left[0] = y[0];
  for (size_t t = 1; t < m; t++) {
    const culture_interval h = culture_interval_of(0.5 * c * (rate[t - 1] + rate[t]));
    driven = h.fade * driven + c * (h.h1 * f[t - 1] + h.h2 * (f[t] - f[t - 1]));
    start[t] = start[t - 1] * h.fade;
    feed[t] = h.fade * feed[t - 1] + h.h1;
    left[t] = y[t] - driven;
  }
  double ss = 0.0, sf = 0.0, sl = 0.0, ff = 0.0, fl = 0.0, ll = 0.0;
  for (size_t t = 0; t < m; t++) {
    ss += start[t] * start[t], sf += start[t] * feed[t], sl += start[t] * left[t];
    ff += feed[t] * feed[t], fl += feed[t] * left[t], ll += left[t] * left[t];
  }
  sums[0] += ff - sf * sf / ss, sums[1] += fl - sf * sl / ss, sums[2] += ll - sl * sl / ss;
}

static double squares(void *user, double log_c) {
  const search *s = user;
  const size_t times = s->d->n_times;
  const double c = lg_exp(log_c);
  double all = 0.0;
  for (size_t g = 0; g < s->d->n_inner; g++) {
    const bool *m = s->masked + g * times;
    double sums[3] = {0};
    for (size_t from = 0, t = 1; t <= times; t++) {
      if (t < times && !m[t]) continue;
      if (t - from >= s->shortest) stretch(s, g, from, t - from, c, sums);
      from = t;
    }
    s->gamma[g] = sums[0] > 1e-12 ? sums[1] / sums[0] : 0.0;
    all += sums[2] - s->gamma[g] * sums[1];
  }
  return all;
}

/* p + D x and D out of messages at the measured differences and a little beside. */
static lg_status linearise(lg_ctx *ctx, const culture_weak_problem *p, const double *theta, double *message,
                           double *drive, double *slope) {
  lg_status status = LG_OK;
  const size_t n = p->data->n_inner * p->data->n_times;
  const double h = 0.1 * p->phi->difference;
  LG_TRY(lg_culture_messages(ctx, p, theta, h, slope));
  LG_TRY(lg_culture_messages(ctx, p, theta, -h, drive));
  LG_TRY(lg_culture_messages(ctx, p, theta, 0.0, message));
  for (size_t q = 0; q < n; q++) {
    slope[q] = (slope[q] - drive[q]) / (2.0 * h);
    drive[q] = message[q] + slope[q] * p->data->x[q];
  }
done:
  return status;
}

lg_status lg_culture_phi_factor(lg_ctx *ctx, const culture_weak_problem *p, const double *theta, double k_linear,
                                double *factor, double *gamma) {
  lg_status status = LG_OK;
  const culture_soe o = lg_culture_soe_default();
  lg_culture_data view = *p->data;
  const size_t n = view.n_inner * view.n_times;
  double *block = NULL, least;
  bool *masked = NULL;
  culture_fit fit = {.gamma = gamma};
  LG_NEW(ctx, block, 3 * n + 3 * view.n_times);
  LG_NEW(ctx, masked, n);
  search s = {&view, block + n, block + 2 * n, masked, o.shortest, block + 3 * n, gamma};
  LG_TRY(linearise(ctx, p, theta, block, block + n, block + 2 * n));
  for (size_t q = 0; q < n; q++) block[q] /= k_linear;
  view.z = block; /* as if the learned messages were the linear law's */
  LG_TRY(lg_culture_fit_lag(ctx, &view, 3, &fit));
  for (unsigned round = 0; round < o.rounds; round++) {
    LG_TRY(lg_culture_find_events(ctx, &view, &fit, o.threshold, masked));
    const double at = lg_brent(squares, &s, lg_ln(0.25), lg_ln(4.0), 1e-5, &least);
    (void)squares(&s, at); /* and the feeds that go with it */
    *factor = lg_exp(at);
    fit.k = k_linear * *factor;
  }
done:
  lg_free(ctx, block);
  lg_free(ctx, masked);
  return status;
}
