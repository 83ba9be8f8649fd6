/* The families as they are fitted to real cells: a search by features of the free-running model. */
#include "twin/family.h"
#include "twin/feature_fit.h"

#include <math.h>
#include <string.h>

static lg_status search_with(lg_ctx *ctx, const lg_feature_model *model, const lg_targets *targets, uint64_t seed,
                             lg_twin *twin, lg_feature_fit *found) {
  const lg_status status = lg_feature_search(ctx, model, targets, seed, found);
  if (status != LG_OK) return status;
  twin->model = model->model;
  twin->variant = model->variant;
  twin->n_parameters = model->n_p;
  twin->n_fixed = 0;
  twin->accepted = false;
  twin->stage = "refined";
  twin->method = "features";
  twin->feature_score = found->score;
  for (size_t p = 0; p < model->n_p; p++)
    twin->parameters[p] = (lg_twin_parameter){.name = model->names[p],
                                              .unit = model->units[p],
                                              .value = found->p[p],
                                              .sd = (double)NAN,
                                              .lo95 = (double)NAN,
                                              .hi95 = (double)NAN,
                                              .prior_low = (double)NAN,
                                              .prior_high = (double)NAN};
  return LG_OK;
}

_Static_assert((int)LG_FEATURE_SAMPLES == (int)LG_TWIN_SAMPLES, "a twin has room for the samples of a search");

static lg_status spread_with(lg_ctx *ctx, const lg_feature_model *model, const lg_targets *targets, uint64_t seed,
                             lg_feature_fit *found, lg_twin *twin) {
  const lg_status status = lg_feature_spread(ctx, model, targets, seed, found);
  if (status != LG_OK) return status;
  for (size_t p = 0; p < model->n_p; p++) {
    twin->parameters[p].sd = found->sd[p];
    twin->parameters[p].lo95 = found->low95[p];
    twin->parameters[p].hi95 = found->high95[p];
  }
  memcpy(twin->covariance, found->covariance, model->n_p * model->n_p * sizeof found->covariance[0]);
  memcpy(twin->samples, found->samples, LG_FEATURE_SAMPLES * model->n_p * sizeof found->samples[0]);
  twin->n_samples = LG_FEATURE_SAMPLES;
  twin->draws = found->draws;
  twin->effective_samples = found->effective;
  return LG_OK;
}

/* Every lane carries the twin; lane 0 is kept. */
static void simulate_with(const lg_feature_model *model, double step_ms, const lg_twin *twin, const double *i_pA,
                          size_t n, double dt_ms, double *v_mV) {
  double p[LG_FEATURE_MAX_P][LG_LANES];
  lg_lane_out out = {.every = 1, .v0_mV = v_mV};
  const double substeps = ceil(dt_ms / step_ms - 1e-6);
  const lg_lane_drive drive = {i_pA, n, dt_ms, substeps >= 1.0 ? (unsigned)substeps : 1, 0};
  for (size_t k = 0; k < model->n_p; k++)
    for (size_t l = 0; l < LG_LANES; l++) p[k][l] = twin->parameters[k].value;
  model->run(p, &drive, &out);
}

/* One set of parameters per lane; spare lanes carry the first. */
static void simulate_lanes_with(const lg_feature_model *model, double step_ms, const double *rows, size_t m,
                                const double *i_pA, size_t n, double dt_ms, double *v_mV) {
  double p[LG_FEATURE_MAX_P][LG_LANES];
  lg_lane_out out = {.every = 1, .v_mV = v_mV};
  const double substeps = ceil(dt_ms / step_ms - 1e-6);
  const lg_lane_drive drive = {i_pA, n, dt_ms, substeps >= 1.0 ? (unsigned)substeps : 1, 0};
  for (size_t k = 0; k < model->n_p; k++)
    for (size_t l = 0; l < LG_LANES; l++) p[k][l] = rows[(l < m ? l : 0) * model->n_p + k];
  model->run(p, &drive, &out);
}

lg_status lg_family_score(lg_ctx *ctx, const lg_twin *twin, const lg_targets *targets, double *score) {
  static const lg_feature_model *const models[] = {&lg_feature_izhikevich, &lg_feature_klowkhigh, &lg_feature_tm};
  double p[LG_FEATURE_MAX_P];
  *score = (double)NAN;
  for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
    const lg_feature_model *model = models[m];
    if (strcmp(twin->model, model->model) != 0 || strcmp(twin->variant, model->variant) != 0) continue;
    for (size_t k = 0; k < model->n_p; k++) {
      p[k] = model->absent ? model->absent[k] : 0.0;
      for (size_t j = 0; j < twin->n_parameters; j++)
        if (strcmp(twin->parameters[j].name, model->names[k]) == 0) p[k] = twin->parameters[j].value;
    }
    return lg_feature_score(ctx, model, targets, p, score);
  }
  return LG_OK;
}

#define FAMILY(row, label, kind, id, step)                                                                             \
  static lg_status search_##row(lg_ctx *ctx, const lg_targets *targets, uint64_t seed, lg_twin *twin,                  \
                                lg_feature_fit *found) {                                                               \
    return search_with(ctx, &lg_feature_##row, targets, seed, twin, found);                                            \
  }                                                                                                                    \
  static lg_status spread_##row(lg_ctx *ctx, const lg_targets *targets, uint64_t seed, lg_feature_fit *found,          \
                                lg_twin *twin) {                                                                       \
    return spread_with(ctx, &lg_feature_##row, targets, seed, found, twin);                                            \
  }                                                                                                                    \
  static void simulate_##row(const lg_twin *twin, const double *i_pA, size_t n, double dt_ms, double *v_mV) {          \
    simulate_with(&lg_feature_##row, step, twin, i_pA, n, dt_ms, v_mV);                                                \
  }                                                                                                                    \
  static void simulate_lanes_##row(const double *rows, size_t m, const double *i_pA, size_t n, double dt_ms,           \
                                   double *v_mV) {                                                                     \
    simulate_lanes_with(&lg_feature_##row, step, rows, m, i_pA, n, dt_ms, v_mV);                                       \
  }                                                                                                                    \
  static void to_z_##row(const double *natural, double *z) { lg_feature_##row.to_y(natural, z); }                      \
  static void from_z_##row(const double *z, double *natural) { lg_feature_##row.from_y(z, natural); }                  \
  const lg_family lg_family_##row##_search = {.name = label,                                                           \
                                              .model = kind,                                                           \
                                              .variant = id,                                                           \
                                              .search = search_##row,                                                  \
                                              .spread = spread_##row,                                                  \
                                              .simulate = simulate_##row,                                              \
                                              .simulate_lanes = simulate_lanes_##row,                                  \
                                              .to_z = to_z_##row,                                                      \
                                              .from_z = from_z_##row}

FAMILY(izhikevich, "izhikevich", "izhikevich", "std", 0.025);
FAMILY(klowkhigh, "izhikevich", "izhikevich", "klowkhigh", 0.025);
FAMILY(tm, "hh", "tm", "", 0.025);
