#define _XOPEN_SOURCE 700
/* Simulated cultures of a plan: traces only, with static offsets of the cells, and what is true of them. */
#include "twin/culture_amortised.h"

#include "base/elementary.h"
#include "culture/bootstrap.h"

#include <math.h>
#include <string.h>
#include <time.h>

culture_amortised_plan lg_culture_amortised_plan_default(void) {
  return (culture_amortised_plan){.train = 1600,
                                  .held = 160,
                                  .calibrate = 400,
                                  .test = 200,
                                  .epochs = 40,
                                  .batch = 16,
                                  .lr = 3e-3,
                                  .noise = {0.002, 0.04},
                                  .k = {0.005, 0.4},
                                  .cells = {30.0, 160.0},
                                  .frames = {120.0, 500.0},
                                  .seed = 1};
}

void lg_culture_am_set_clear(lg_ctx *ctx, lg_culture_am_set *s) {
  lg_culture_features_destroy(ctx, s->x);
  lg_free(ctx, s->gamma);
  lg_free(ctx, s->soe_gamma);
  memset(s, 0, sizeof *s);
}

static double between(lg_rng *rng, double low, double high) {
  return lg_exp(lg_rng_range(rng, lg_ln(low), lg_ln(high)));
}

static double now_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static culture_simulation draw(const culture_amortised_plan *p, lg_rng *rng, double *offset_sd) {
  culture_simulation s = lg_culture_simulation_default();
  s.seed = lg_rng_u64(rng) >> 1;
  s.ncell = (size_t)between(rng, p->cells.low, p->cells.high + 0.999);
  s.size = (size_t)sqrt((double)s.ncell * 768.0);
  s.frames = (size_t)between(rng, p->frames.low, p->frames.high + 0.999);
  s.k = between(rng, p->k.low, p->k.high);
  s.trace_sd = between(rng, p->noise.low, p->noise.high);
  s.law = (culture_law)lg_rng_below(rng, CULTURE_LAWS);
  s.gscale = between(rng, 1e-4, 1.2e-3);
  s.gzero = lg_rng_range(rng, 0.0, 0.5);
  s.ev_border = lg_rng_range(rng, 0.0, 0.03);
  s.ev_inner = lg_rng_uniform(rng) < 0.2 ? 0.0 : lg_rng_range(rng, 0.0, 0.012);
  s.ou_sd = between(rng, 0.04, 0.25);
  s.ou_tau = between(rng, 8.0, 50.0);
  *offset_sd = lg_rng_uniform(rng) < 0.5 ? 0.0 : lg_rng_range(rng, 0.0, 0.2);
  return s;
}

/* A static offset o_i of a trace is a feed: -k sum a_ij (o_j - o_i). */
static void shift(const culture_simulation *s, const lg_culture_truth *t, const lg_culture_coupling *c,
                  const double *offset, double *y, double *effective) {
  const size_t n = t->graph->n;
  for (size_t k = 0; k < t->n_times; k++)
    for (size_t i = 0; i < n; i++) y[k * n + i] += offset[i];
  for (size_t i = 0; i < n; i++) {
    effective[i] = t->gamma[i];
    for (size_t q = c->first[i]; q < c->first[i + 1]; q++)
      effective[i] -= s->k * c->a[q] * (offset[c->other[q]] - offset[i]);
  }
}

static lg_status compare_with(lg_ctx *ctx, const lg_culture_data *d, const culture_soe *o, lg_culture_am_set *s) {
  lg_status status = LG_OK;
  bool *masked = NULL;
  double rest;
  culture_bootstrap b = lg_culture_bootstrap_default();
  culture_interval_of_k k = {0};
  const double start = now_s();
  LG_NEW(ctx, s->soe_gamma, 3 * d->n_inner);
  s->soe_gamma_low = s->soe_gamma + d->n_inner, s->soe_gamma_high = s->soe_gamma_low + d->n_inner;
  LG_NEW(ctx, masked, d->n_inner * d->n_times);
  culture_fit fit = {.gamma = s->soe_gamma};
  LG_TRY(lg_culture_fit_soe(ctx, d, o, &fit, masked, &rest));
  b.level = 0.9, b.replicates = 400;
  LG_TRY(lg_culture_resample(ctx, d, masked, o->shortest, &fit, &b, &k, s->soe_gamma_low, s->soe_gamma_high));
  s->soe_k = fit.k, s->soe_k_low = k.low, s->soe_k_high = k.high;
  s->soe_s = now_s() - start;
done:
  lg_free(ctx, masked);
  return status;
}

lg_status lg_culture_am_set_make(lg_ctx *ctx, const culture_amortised_plan *plan, uint64_t stream, size_t index,
                                 bool compare, lg_culture_am_set *out) {
  lg_status status = LG_OK;
  lg_rng rng = lg_rng_make(plan->seed, 0x616d00 + stream, index);
  double offset_sd, *block = NULL;
  const culture_simulation s = draw(plan, &rng, &offset_sd);
  const culture_soe o = lg_culture_soe_default();
  lg_culture_truth *t = NULL;
  lg_culture_coupling *c = NULL;
  lg_culture_data *d = NULL;
  bool *masked = NULL;
  memset(out, 0, sizeof *out);
  LG_TRY(lg_culture_simulate(ctx, &s, &t));
  const size_t n = t->graph->n;
  LG_NEW(ctx, block, t->n_times * n + 2 * n);
  double *y = block, *offset = y + t->n_times * n, *effective = offset + n;
  lg_culture_noisy_traces(&s, t, y);
  for (size_t i = 0; i < n; i++) offset[i] = offset_sd * lg_rng_normal(&rng);
  LG_TRY(lg_culture_coupling_create(ctx, t->graph, s.law, &c));
  shift(&s, t, c, offset, y, effective);
  LG_TRY(lg_culture_data_create(ctx, t->graph, c, y, t->n_times, &d));
  LG_NEW(ctx, masked, d->n_inner * d->n_times);
  LG_NEW(ctx, out->gamma, d->n_inner);
  for (size_t g = 0; g < d->n_inner; g++) out->gamma[g] = effective[d->inner[g]];
  out->ln_k = lg_ln(s.k);
  const double start = now_s();
  LG_TRY(lg_culture_features_create(ctx, c, d, s.law, &o, masked, &out->x));
  out->features_s = now_s() - start;
  if (compare) LG_TRY(compare_with(ctx, d, &o, out));
done:
  if (status != LG_OK) lg_culture_am_set_clear(ctx, out);
  lg_culture_data_destroy(ctx, d);
  lg_culture_coupling_destroy(ctx, c);
  lg_culture_truth_destroy(ctx, t);
  lg_free(ctx, block);
  lg_free(ctx, masked);
  return status;
}
