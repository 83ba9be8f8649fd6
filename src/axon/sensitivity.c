#include "axon/sensitivity.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

static const char *const differenced[AXON_DIFFERENCED] = {"mt_fail", "L_mean", "L_cv", "L_min", "L_max", "node_len"};
static const double down = 0.8, up = 1.2;

const char *lg_axon_sensitive_name(size_t constant) {
  return constant < AXON_TANGENTS ? lg_axon_tangent_names[constant] : differenced[constant - AXON_TANGENTS];
}

static const axon_param_name *name_of(const char *name) {
  for (size_t k = 0; k < AXON_PARAMS; k++)
    if (strcmp(lg_axon_param_names[k].name, name) == 0) return &lg_axon_param_names[k];
  return NULL;
}

static double *at(double *each, size_t one, size_t constant) {
  return each + (one * AXON_SENSITIVE + constant) * AXON_JUDGED;
}

static lg_status by_tangents(lg_ctx *ctx, const lg_axon_population *population, const axon_profiles *profiles,
                             double *each) {
  lg_status status = LG_OK;
  axon_tangent *t = NULL;
  const size_t n = profiles->n * population->n;
  LG_NEW(ctx, t, n);
  LG_TRY(lg_axon_tangents(ctx, (const lg_axon *const *)population->axons, population->n, profiles, t));
  for (size_t k = 0; k < n; k++)
    for (size_t c = 0; c < AXON_TANGENTS; c++)
      for (size_t q = 0; q < AXON_JUDGED; q++) at(each, k, c)[q] = t[k].slope[c][q] / t[k].out[q];
done:
  lg_free(ctx, t);
  return status;
}

static lg_status run_with(lg_ctx *ctx, const axon_params *params, const char *name, double factor,
                          const lg_axon_population *population, const axon_profiles *profiles, axon_outcome *out) {
  lg_status status = LG_OK;
  axon_params changed = *params;
  lg_axon_population *own = NULL;
  lg_axon_param_set(&changed, name_of(name), factor * lg_axon_param_get(params, name_of(name)));
  LG_TRY(lg_axon_population_create(ctx, &changed, population->seeds, population->n, &own));
  LG_TRY(lg_axon_population_simulate(ctx, own, profiles, &(axon_simulate_opts){.precision = AXON_FLOAT}, out));
done:
  lg_axon_population_destroy(ctx, own);
  return status;
}

static lg_status by_differences(lg_ctx *ctx, const axon_params *params, const lg_axon_population *population,
                                const axon_profiles *profiles, double *each) {
  lg_status status = LG_OK;
  axon_outcome *less = NULL, *more = NULL;
  const size_t n = profiles->n * population->n;
  LG_NEW(ctx, less, n);
  LG_NEW(ctx, more, n);
  for (size_t c = 0; c < AXON_DIFFERENCED; c++) {
    LG_TRY(run_with(ctx, params, differenced[c], down, population, profiles, less));
    LG_TRY(run_with(ctx, params, differenced[c], up, population, profiles, more));
    for (size_t k = 0; k < n; k++)
      for (size_t q = 0; q < AXON_JUDGED; q++)
        at(each, k, AXON_TANGENTS + c)[q] = (lg_ln(more[k].out[q]) - lg_ln(less[k].out[q])) / (lg_ln(up) - lg_ln(down));
  }
done:
  lg_free(ctx, less);
  lg_free(ctx, more);
  return status;
}

/* Mean over profiles of what the population's mean does, with or against: gaps that jump average out. */
static double size_of(double *each, size_t n_profiles, size_t n_seeds, size_t c, size_t q) {
  double size = 0.0;
  size_t n = 0;
  for (size_t k = 0; k < n_profiles; k++) {
    double sum = 0.0;
    size_t known = 0;
    for (size_t seed = 0; seed < n_seeds; seed++) {
      const double x = at(each, k * n_seeds + seed, c)[q];
      if (!isfinite(x)) continue;
      known++;
      sum += x;
    }
    if (known == 0) continue;
    n++;
    size += fabs(sum / (double)known);
  }
  return n > 0 ? size / (double)n : (double)NAN;
}

/* Over one constant and output; means (n_seeds) is scratch. */
static axon_sensitivity summary_of(double *each, size_t n_profiles, size_t n_seeds, size_t c, size_t q, double *means) {
  axon_sensitivity s = {.mean = (double)NAN, .sd = (double)NAN, .low = INFINITY, .high = -INFINITY};
  double mean = 0.0, squares = 0.0;
  size_t n_means = 0;
  for (size_t seed = 0; seed < n_seeds; seed++) {
    double sum = 0.0;
    size_t known = 0;
    for (size_t k = 0; k < n_profiles; k++) {
      const double x = at(each, k * n_seeds + seed, c)[q];
      if (!isfinite(x)) continue;
      known++;
      sum += x;
      s.low = fmin(s.low, x);
      s.high = fmax(s.high, x);
    }
    s.n += known;
    if (known > 0) means[n_means++] = sum / (double)known;
  }
  if (s.n == 0) return (axon_sensitivity){0, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN, 0};
  for (size_t k = 0; k < n_means; k++) mean += means[k];
  s.mean = mean / (double)n_means;
  for (size_t k = 0; k < n_means; k++) squares += (means[k] - s.mean) * (means[k] - s.mean);
  if (n_means > 1) s.sd = sqrt(squares / (double)(n_means - 1));
  s.size = size_of(each, n_profiles, n_seeds, c, q);
  return s;
}

static void rank_all(axon_sensitivity *out, size_t q) {
  for (size_t c = 0; c < AXON_SENSITIVE; c++) {
    axon_sensitivity *own = &out[c * AXON_JUDGED + q];
    own->rank = 1;
    for (size_t other = 0; other < AXON_SENSITIVE; other++) {
      const double size = out[other * AXON_JUDGED + q].size;
      own->rank += size > own->size || (size == own->size && other < c);
    }
  }
}

lg_status lg_axon_sensitivities(lg_ctx *ctx, const axon_params *params, const uint64_t *seeds, size_t n_seeds,
                                const axon_profiles *profiles, axon_sensitivity *out, double *each) {
  lg_status status = LG_OK;
  lg_axon_population *population = NULL;
  double *own = NULL, *all = each, *means = NULL;
  size_t n;
  LG_TRY(lg_axon_population_create(ctx, params, seeds, n_seeds, &population));
  if (!lg_mul_size(profiles->n, n_seeds, &n) || !lg_mul_size(n, AXON_SENSITIVE * AXON_JUDGED, &n))
    LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "%zu profiles on %zu axons are too many", profiles->n, n_seeds));
  if (!all) {
    LG_NEW(ctx, own, n);
    all = own;
  }
  LG_NEW(ctx, means, n_seeds);
  LG_TRY(by_tangents(ctx, population, profiles, all));
  LG_TRY(by_differences(ctx, params, population, profiles, all));
  for (size_t c = 0; c < AXON_SENSITIVE; c++)
    for (size_t q = 0; q < AXON_JUDGED; q++)
      out[c * AXON_JUDGED + q] = summary_of(all, profiles->n, n_seeds, c, q, means);
  for (size_t q = 0; q < AXON_JUDGED; q++) rank_all(out, q);
done:
  lg_axon_population_destroy(ctx, population);
  lg_free(ctx, own);
  lg_free(ctx, means);
  return status;
}
