/* Axons under strain: the public interface. */
#include "axon/predict.h"
#include "twin/api.h"
#include "twin/axon_net_file.h"
#include "twin/axon_profiles.h"

#include <loligo/axon.h>
#include <string.h>

static void destroy_profiles(lg_ctx *ctx, void *object) { lg_axon_profiles_destroy(ctx, object); }

lg_status lg_axon_strain_read(lg_ctx *ctx, const char *path, lg_result **out) {
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  lg_result *r = NULL;
  lg_api_json j = {0};
  *out = NULL;
  LG_TRY(lg_axon_profiles_load(ctx, path, &p));
  LG_TRY(lg_result_create(ctx, &r));
  const axon_profiles *read = p;
  p = NULL;
  LG_TRY(lg_result_keep(ctx, r, (void *)(uintptr_t)read, destroy_profiles));
  LG_TRY(lg_result_lend(ctx, r, "strain", LG_ARRAY_DOUBLE, 2, (size_t[]){read->n, read->n_times}, read->strain));
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-strain/1"));
  lg_json_key_number(&j.w, "dt_s", read->dt_s);
  lg_json_key(&j.w, "names");
  lg_json_array(&j.w);
  for (size_t k = 0; k < read->n; k++) lg_json_text(&j.w, read->names[k]);
  lg_json_end_array(&j.w);
  LG_TRY(lg_api_json_end(ctx, &j, r));
  *out = r;
  r = NULL;
done:
  lg_result_text_drop(&j.writer);
  lg_axon_profiles_destroy(ctx, p);
  lg_result_destroy(ctx, r);
  return status;
}

/* ---- the mechanics -------------------------------------------------------------------------------- */

static lg_status set_constants(lg_ctx *ctx, const lg_axon_options *o, axon_params *params) {
  const char *preset = o->preset ? o->preset : "male";
  if (!lg_axon_params_preset(preset, params))
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "preset '%.40s'; there are male and female", preset);
  for (size_t k = 0; k < o->n_constants; k++) {
    size_t row = 0;
    while (row < AXON_PARAMS && strcmp(lg_axon_param_names[row].name, o->names[k]) != 0) row++;
    if (row == AXON_PARAMS) return lg_fail(ctx, LG_ERR_NOT_FOUND, "an axon has no constant '%.40s'", o->names[k]);
    const axon_param_name *p = &lg_axon_param_names[row];
    if (!(o->values[k] >= p->low && o->values[k] <= p->high))
      return lg_fail(ctx, LG_ERR_RANGE, "%s is %g; %g … %g %s", p->name, o->values[k], p->low, p->high, p->unit);
    lg_axon_param_set(params, p, o->values[k]);
  }
  return lg_axon_params_check(ctx, params);
}

/* Rows of strain as the room has them; the strain itself stays the caller's. */
static lg_status profiles_of(lg_ctx *ctx, const double *strain, size_t n, size_t n_times, double dt_s,
                             axon_profiles *p) {
  size_t total;
  if (n == 0 || n_times < 2 || !lg_mul_size(n, n_times, &total))
    return lg_fail(ctx, LG_ERR_RANGE, "%zu profiles of %zu samples; 1 or more of 2 or more", n, n_times);
  *p = (axon_profiles){.n = n, .n_times = n_times, .dt_s = dt_s, .strain = (double *)(uintptr_t)strain};
  p->names = lg_alloc(ctx, n, sizeof *p->names);
  if (!p->names) return LG_ERR_MEMORY;
  for (size_t k = 0; k < n; k++) p->names[k] = (char *)(uintptr_t) ""; /* never written to */
  return LG_OK;
}

static lg_status give_outcomes(lg_ctx *ctx, const axon_outcome *outcomes, size_t n, lg_result *r) {
  static const char *const names[AXON_OUTPUTS] = {"mt", "axl", "tau_pct", "nf_pct", "side_pct", "mt_broken_pct"};
  static const char *const course[AXON_TRACES] = {
      "eps", "mt_max_now", "axl_max_now", "tau_lost_frac", "nf_lost_frac", "reaction_x0_pN", "max_excess_compress"};
  lg_status status = LG_OK;
  lg_api_json j = {0};
  void *out, *failed;
  LG_TRY(lg_result_add(ctx, r, "out", LG_ARRAY_DOUBLE, 2, (size_t[]){n, AXON_OUTPUTS}, &out));
  LG_TRY(lg_result_add(ctx, r, "failed", LG_ARRAY_UINT8, 1, &n, &failed));
  for (size_t k = 0; k < n; k++) {
    memcpy((double *)out + k * AXON_OUTPUTS, outcomes[k].out, sizeof outcomes[k].out);
    ((uint8_t *)failed)[k] = outcomes[k].failed;
  }
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-axon-arrays/1"));
  lg_json_key(&j.w, "outputs");
  lg_json_array(&j.w);
  for (size_t k = 0; k < AXON_OUTPUTS; k++) lg_json_text(&j.w, names[k]);
  lg_json_end_array(&j.w);
  lg_json_key(&j.w, "trace");
  lg_json_array(&j.w);
  for (size_t k = 0; k < AXON_TRACES; k++) lg_json_text(&j.w, course[k]);
  lg_json_end_array(&j.w);
  LG_TRY(lg_api_json_end(ctx, &j, r));
done:
  lg_result_text_drop(&j.writer);
  return status;
}

lg_status lg_axon_strain_simulate(lg_ctx *ctx, const double *strain, size_t n, size_t n_times, double dt_s,
                                  const lg_axon_options *options, lg_result **out) {
  const lg_axon_options defaults = LG_AXON_OPTIONS_INIT, *o = options ? options : &defaults;
  lg_status status = LG_OK;
  lg_result *r = NULL;
  lg_axon *axon = NULL;
  axon_outcome *outcomes = NULL;
  axon_profiles profiles = {0};
  axon_params params;
  void *trace = NULL;
  *out = NULL;
  LG_TRY(lg_api_size(ctx, "lg_axon_options", o->size, sizeof *o));
  const axon_simulate_opts how = {.precision = o->exact ? AXON_DOUBLE : AXON_FLOAT,
                                  .scheme = o->second_order ? AXON_SECOND : AXON_EULER,
                                  .most_strain_step = o->most_strain_step};
  LG_TRY(set_constants(ctx, o, &params));
  LG_TRY(profiles_of(ctx, strain, n, n_times, dt_s, &profiles));
  LG_TRY(lg_axon_profiles_check(ctx, &profiles, &how));
  LG_TRY(lg_axon_create(ctx, &params, &axon));
  LG_TRY(lg_result_create(ctx, &r));
  LG_NEW(ctx, outcomes, n);
  if (o->trace)
    LG_TRY(lg_result_add(ctx, r, "trace", LG_ARRAY_DOUBLE, 3,
                         (size_t[]){n, lg_axon_steps(&profiles, &how) + 1, AXON_TRACES}, &trace));
  LG_TRY(lg_axon_simulate(ctx, axon, &profiles, &how, outcomes, trace));
  LG_TRY(give_outcomes(ctx, outcomes, n, r));
  *out = r;
  r = NULL;
done:
  lg_free(ctx, outcomes);
  lg_free(ctx, profiles.names);
  lg_axon_destroy(ctx, axon);
  lg_result_destroy(ctx, r);
  return status;
}

/* ---- networks ------------------------------------------------------------------------------------- */

static lg_status give_predictions(lg_ctx *ctx, const axon_predicted *rows, size_t n, lg_result *r) {
  lg_status status = LG_OK;
  const size_t shape[] = {n, AXON_PREDICTED};
  void *mean, *sd, *nearest, *in_range, *direct, *failed;
  LG_TRY(lg_result_add(ctx, r, "mean", LG_ARRAY_DOUBLE, 2, shape, &mean));
  LG_TRY(lg_result_add(ctx, r, "sd", LG_ARRAY_DOUBLE, 2, shape, &sd));
  LG_TRY(lg_result_add(ctx, r, "nearest", LG_ARRAY_DOUBLE, 1, &n, &nearest));
  LG_TRY(lg_result_add(ctx, r, "in_range", LG_ARRAY_UINT8, 1, &n, &in_range));
  LG_TRY(lg_result_add(ctx, r, "direct", LG_ARRAY_UINT8, 1, &n, &direct));
  LG_TRY(lg_result_add(ctx, r, "failed", LG_ARRAY_UINT8, 1, &n, &failed));
  for (size_t k = 0; k < n; k++) {
    memcpy((double *)mean + k * AXON_PREDICTED, rows[k].mean, sizeof rows[k].mean);
    memcpy((double *)sd + k * AXON_PREDICTED, rows[k].sd, sizeof rows[k].sd);
    ((double *)nearest)[k] = rows[k].nearest;
    ((uint8_t *)in_range)[k] = rows[k].in_range;
    ((uint8_t *)direct)[k] = rows[k].direct;
    ((uint8_t *)failed)[k] = rows[k].failed;
  }
done:
  return status;
}

lg_status lg_axon_strain_predict(lg_ctx *ctx, const char *network, const double *strain, size_t n, size_t n_times,
                                 double dt_s, int no_fallback, lg_result **out) {
  lg_status status = LG_OK;
  lg_result *r = NULL;
  lg_axon_surrogate *net = NULL;
  axon_predicted *rows = NULL;
  axon_profiles profiles = {0};
  const axon_predict_opts how = {.no_fallback = no_fallback != 0};
  *out = NULL;
  LG_TRY(profiles_of(ctx, strain, n, n_times, dt_s, &profiles));
  LG_TRY(lg_axon_profiles_check(ctx, &profiles, &how.simulate));
  LG_TRY(lg_axon_surrogate_load(ctx, network, &net));
  LG_NEW(ctx, rows, n);
  LG_TRY(lg_axon_predict(ctx, net, &profiles, &how, rows, NULL));
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(give_predictions(ctx, rows, n, r));
  *out = r;
  r = NULL;
done:
  lg_free(ctx, rows);
  lg_free(ctx, profiles.names);
  lg_axon_surrogate_destroy(ctx, net);
  lg_result_destroy(ctx, r);
  return status;
}
