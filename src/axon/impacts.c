#include "axon/impacts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_IMPACTS = 1000, MOST_SAMPLES = 10000000 };
static const double return_s = 0.010; /* in which the strain goes back to 0 */

typedef struct plan {
  const axon_profiles *profiles;
  const axon_impacts_opts *opts;
  double dt_s;
  size_t n_impacts, n_series, steps, rest, back; /* steps of a profile, of a rest, of the way back in it */
} plan;

/* Linear between the profile's samples. */
static double strain_at(const plan *p, size_t profile, size_t step) {
  const double *x = p->profiles->strain + profile * p->profiles->n_times;
  const double at = (double)step * p->dt_s / p->profiles->dt_s;
  const size_t k = (size_t)floor(at + 1e-9), last = p->profiles->n_times - 1;
  const double part = at - (double)k;
  if (k >= last || fabs(part) < 1e-9) return x[k < last ? k : last];
  return x[k] + part * (x[k + 1] - x[k]);
}

static lg_status check(lg_ctx *ctx, const axon_profiles *p, const axon_impacts_opts *o, plan *to) {
  size_t samples;
  *to = (plan){.profiles = p, .opts = o, .dt_s = o->dt_s > 0.0 ? o->dt_s : p->dt_s};
  to->n_impacts = o->sequence ? o->n_sequence : o->repeat;
  to->n_series = o->sequence ? 1 : p->n;
  if (to->n_impacts < 1 || to->n_impacts > MOST_IMPACTS)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu impacts one after another; allowed is 1 to %d", to->n_impacts, MOST_IMPACTS);
  if (!o->at_once && !(o->rest_s >= 0.0 && o->rest_s <= 1000.0))
    return lg_fail(ctx, LG_ERR_RANGE, "the rest after an impact is %g s; allowed is 0 to 1000 s", o->rest_s);
  for (size_t k = 0; o->sequence && k < o->n_sequence; k++)
    if (o->sequence[k] >= p->n)
      return lg_fail(ctx, LG_ERR_RANGE, "impact %zu is profile %zu of %zu", k + 1, o->sequence[k] + 1, p->n);
  to->steps = lg_axon_steps(p, &(axon_simulate_opts){.dt_s = o->dt_s});
  if (to->steps < 1) return lg_fail(ctx, LG_ERR_RANGE, "profiles shorter than one step of %g s", to->dt_s);
  if (!o->at_once) {
    const double rest = floor(o->rest_s / to->dt_s + 0.5), back = floor(return_s / to->dt_s + 0.5);
    if (rest > MOST_SAMPLES)
      return lg_fail(ctx, LG_ERR_RANGE, "a rest of %g s is %.0f steps; allowed is up to %d", o->rest_s, rest,
                     MOST_SAMPLES);
    to->rest = (size_t)rest;
    to->back = (size_t)fmin(fmax(back, 1.0), rest);
  }
  if (!lg_mul_size(to->n_impacts, to->steps + to->rest, &samples) || samples > MOST_SAMPLES)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu impacts of %zu steps and %zu of rest are more than %d steps", to->n_impacts,
                   to->steps, to->rest, MOST_SAMPLES);
  return LG_OK;
}

static size_t profile_of(const plan *p, size_t series, size_t impact) {
  return p->opts->sequence ? p->opts->sequence[impact] : series;
}

/* The impact's first sample is the last one of the rest before it. */
static void lay_impacts(const plan *p, size_t series, double *x) {
  x[0] = 0.0;
  for (size_t impact = 0; impact < p->n_impacts; impact++) {
    const size_t profile = profile_of(p, series, impact);
    double *at = x + impact * (p->steps + p->rest);
    for (size_t k = 1; k <= p->steps; k++) at[k] = strain_at(p, profile, k);
    for (size_t k = 1; k <= p->rest; k++)
      at[p->steps + k] = k < p->back ? at[p->steps] * (1.0 - (double)k / (double)p->back) : 0.0;
  }
}

static lg_status name_impacts(lg_ctx *ctx, const plan *p, axon_impacts *out) {
  for (size_t s = 0; s < p->n_series; s++)
    for (size_t k = 0; k < p->n_impacts; k++) {
      const char *name = p->profiles->names[profile_of(p, s, k)];
      const size_t bytes = strlen(name) + 24;
      char **at = &out->names[s * p->n_impacts + k];
      *at = lg_alloc(ctx, bytes, 1);
      if (!*at) return LG_ERR_MEMORY;
      (void)snprintf(*at, bytes, "%s:%zu", name, k + 1);
    }
  return LG_OK;
}

lg_status lg_axon_impacts_create(lg_ctx *ctx, const axon_profiles *profiles, const axon_impacts_opts *opts,
                                 axon_impacts **out) {
  lg_status status = LG_OK;
  axon_impacts *made = NULL;
  plan p;
  size_t n_samples, n_names;
  *out = NULL;
  LG_TRY(check(ctx, profiles, opts, &p));
  LG_NEW(ctx, made, 1);
  made->n_ends = p.n_impacts;
  LG_NEW(ctx, made->ends, p.n_impacts);
  for (size_t k = 0; k < p.n_impacts; k++) made->ends[k] = (k + 1) * (p.steps + p.rest);
  LG_NEW(ctx, made->series, 1);
  axon_profiles *series = made->series;
  series->dt_s = p.dt_s;
  series->n_times = p.n_impacts * (p.steps + p.rest) + 1;
  if (!lg_mul_size(p.n_series, series->n_times, &n_samples) || !lg_mul_size(p.n_series, p.n_impacts, &n_names))
    LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "%zu series of %zu samples are too many", p.n_series, series->n_times));
  LG_NEW(ctx, series->strain, n_samples);
  LG_NEW(ctx, series->names, p.n_series);
  series->n = p.n_series;
  for (size_t s = 0; s < p.n_series; s++) {
    lay_impacts(&p, s, series->strain + s * series->n_times);
    series->names[s] = lg_strdup(ctx, opts->sequence ? "sequence" : profiles->names[s]);
    if (!series->names[s]) LG_TRY(LG_ERR_MEMORY);
  }
  LG_NEW(ctx, made->names, n_names);
  made->n_names = n_names;
  LG_TRY(name_impacts(ctx, &p, made));
  *out = made;
  made = NULL;
done:
  lg_axon_impacts_destroy(ctx, made);
  return status;
}

void lg_axon_impacts_destroy(lg_ctx *ctx, axon_impacts *x) {
  if (!x) return;
  for (size_t k = 0; x->names && k < x->n_names; k++) lg_free(ctx, x->names[k]);
  lg_free(ctx, x->names);
  lg_free(ctx, x->ends);
  lg_axon_profiles_destroy(ctx, x->series);
  lg_free(ctx, x);
}
