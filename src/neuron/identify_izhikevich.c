/* The public door: prepare, closed form, refinement, uncertainty. */
#include "base/elementary.h"
#include "neuron/learn_izhikevich.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

enum { P = LG_IZH_N_PARAMS, MAX_USER_STARTS = 31 };

static void no_fit(lg_izhikevich_fit *fit) {
  const double nan = (double)NAN;
  memset(fit, 0, sizeof *fit);
  for (int k = 0; k < P; k++) {
    fit->parameters[k] = fit->sd[k] = fit->ci95[k][0] = fit->ci95[k][1] = fit->z[k] = fit->closed_form[k] = nan;
    for (int j = 0; j < P; j++) fit->covariance_z[k][j] = nan;
  }
  fit->chi2_per_sample = nan;
}

/* z to natural units: C, k and a are exponentials, vt = vr + z[3]. */
static void natural_intervals(lg_izhikevich_fit *fit) {
  for (int k = 0; k < P; k++) {
    double variance = fit->covariance_z[k][k], centre = fit->parameters[k];
    if (k == 3) variance += fit->covariance_z[2][2] + 2.0 * fit->covariance_z[2][3];
    const double sd = variance > 0.0 ? sqrt(variance) : 0.0;
    const bool logarithmic = k == 0 || k == 1 || k == 4;
    fit->sd[k] = logarithmic ? centre * sd : sd;
    fit->ci95[k][0] = logarithmic ? centre * lg_exp(-1.959963984540054 * sd) : centre - 1.959963984540054 * sd;
    fit->ci95[k][1] = logarithmic ? centre * lg_exp(1.959963984540054 * sd) : centre + 1.959963984540054 * sd;
  }
}

static void set_covariance(const lg_izh_refined *refined, lg_izhikevich_fit *fit) {
  for (int i = 0; i < P; i++)
    for (int j = 0; j < P; j++) fit->covariance_z[i][j] = refined->covariance[i * P + j] * refined->chi2;
  natural_intervals(fit);
}

/* A start for when the regression finds no neuron (much noise, few windows): what can be seen, and the middle of
   the prior for the rest. The homotopy of the refinement carries it further than a closed form needs. */
static lg_izh_params rough_start(lg_izh_data *data) {
  double low[P], high[P], z[P], top = -(double)INFINITY;
  size_t n = 0;
  lg_izh_prior_box(low, high);
  for (int k = 0; k < P; k++) z[k] = 0.5 * (low[k] + high[k]);
  for (size_t w = 0; w < data->n_sweeps; w++) {
    const lg_izh_sweep *s = &data->sweep[w];
    for (size_t j = 0; j < s->n_spikes; j++) {
      const size_t k = s->last[j];
      if (s->v[k] > top) top = s->v[k];
      if (k + 1 < s->n && s->v[k + 1] == s->v[k + 1]) data->scratch[n++] = s->v[k + 1];
    }
  }
  const double rest = data->sweep[0].baseline, level = lg_median(data->scratch, n);
  if (rest == rest) z[2] = rest;
  if (level == level) z[6] = level;
  if (top > z[6] + 5.0) z[8] = top;
  return lg_izh_from_z(z);
}

static size_t collect_starts(const lg_identify_opts *opts, const lg_izh_params *closed, lg_izh_params *starts) {
  size_t n = 0;
  if (closed) starts[n++] = *closed;
  for (size_t k = 0; k < opts->n_starts && n <= MAX_USER_STARTS; k++)
    starts[n++] = lg_izh_from_vector(opts->starts + k * P);
  return n;
}

static bool identify(lg_izh_data *data, lg_ctx *helpers, const lg_trace *traces, size_t n_traces,
                     const lg_identify_opts *opts, lg_izhikevich_fit *fit) {
  lg_izh_params closed, starts[MAX_USER_STARTS + 1];
  no_fit(fit);
  if (data->cloud) data->cloud->n = 0;
  if (!lg_izh_data_prepare(data, traces, n_traces, opts->sigma_mV)) return false;
  fit->sigma_mV = data->sigma;
  fit->n_spikes = data->n_spikes;
  fit->n_samples = data->n_samples;
  const bool has_closed = lg_izh_closed_form(data, &closed);
  if (has_closed) {
    fit->stage = LG_IDENTIFY_CLOSED_FORM;
    lg_izh_to_vector(&closed, fit->closed_form);
    lg_izh_to_vector(&closed, fit->parameters);
    lg_izh_to_z(&closed, fit->z);
  }
  if (opts->closed_form_only) return true;
  lg_izh_refined refined;
  if (!has_closed && data->n_spikes > 0) closed = rough_start(data);
  const size_t n = collect_starts(opts, data->n_spikes > 0 ? &closed : NULL, starts);
  if (n == 0 || !lg_izh_refine(data, starts, n, opts->max_starts, opts->max_iterations, opts->seed, &refined))
    return true;
  fit->stage = LG_IDENTIFY_REFINED;
  fit->accepted = refined.accepted;
  fit->chi2_per_sample = refined.chi2;
  fit->starts = refined.starts;
  fit->iterations = refined.iterations;
  lg_izh_to_vector(&refined.p, fit->parameters);
  lg_izh_to_z(&refined.p, fit->z);
  set_covariance(&refined, fit);
  if (data->cloud && refined.accepted && !lg_izh_sample_posterior(data, helpers, &refined, opts->seed, data->cloud))
    data->cloud->n = 0;
  return true;
}

bool lg_izh_identify_in(lg_izh_data *data, const lg_trace *traces, size_t n_traces, const lg_identify_opts *opts,
                        lg_izhikevich_fit *fit) {
  return identify(data, NULL, traces, n_traces, opts, fit);
}

void lg_izh_z_to_natural(const double *z, double *natural) {
  const lg_izh_params p = lg_izh_from_z(z);
  lg_izh_to_vector(&p, natural);
}

static lg_status check_trace(lg_ctx *ctx, const lg_trace *trace, size_t number) {
  if (!trace->v_mV || !trace->i_pA)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "sweep %zu has no %s", number, trace->v_mV ? "current" : "potential");
  if (!(trace->dt_ms > 0.0) || isinf(trace->dt_ms))
    return lg_fail(ctx, LG_ERR_RANGE, "sweep %zu: dt = %g ms; must be above 0", number, trace->dt_ms);
  if (trace->n < 32)
    return lg_fail(ctx, LG_ERR_RANGE, "sweep %zu has %zu samples; at least 32 are needed", number, trace->n);
  for (size_t k = 0; k < trace->n; k++) {
    if (!isfinite(trace->i_pA[k]))
      return lg_fail(ctx, LG_ERR_RANGE, "sweep %zu, sample %zu: the current is not finite", number, k);
    if (!isnan(trace->v_mV[k]) && !(fabs(trace->v_mV[k]) <= 500.0))
      return lg_fail(ctx, LG_ERR_RANGE, "sweep %zu, sample %zu: v = %g mV; must be within +-500 mV", number, k,
                     trace->v_mV[k]);
  }
  return LG_OK;
}

static lg_status check_opts(lg_ctx *ctx, const lg_identify_opts *opts) {
  if (opts->sigma_mV <= 0.0)
    return lg_fail(ctx, LG_ERR_RANGE, "sigma_mV = %g; above 0, or NAN to estimate it", opts->sigma_mV);
  if (opts->max_starts < 1 || opts->max_starts > 32)
    return lg_fail(ctx, LG_ERR_RANGE, "max_starts = %d; 1 to 32", opts->max_starts);
  if (opts->max_iterations < 1)
    return lg_fail(ctx, LG_ERR_RANGE, "max_iterations = %d; at least 1", opts->max_iterations);
  if (opts->n_starts > 0 && !opts->starts) return lg_fail(ctx, LG_ERR_ARGUMENT, "n_starts > 0, but starts is NULL");
  if (opts->n_starts > MAX_USER_STARTS)
    return lg_fail(ctx, LG_ERR_RANGE, "n_starts = %zu; at most %d", opts->n_starts, MAX_USER_STARTS);
  return LG_OK;
}

lg_status lg_izh_identify_posterior(lg_ctx *ctx, const lg_trace *traces, size_t n_traces, const lg_identify_opts *opts,
                                    lg_izhikevich_fit *fit, lg_posterior *posterior) {
  const lg_identify_opts defaults = LG_IDENTIFY_OPTS_INIT;
  lg_status status = LG_OK;
  lg_izh_data *data = NULL;
  size_t total = 0;
  if (posterior) posterior->n = 0;
  if (!traces || !fit) return lg_fail(ctx, LG_ERR_ARGUMENT, "traces and fit must not be NULL");
  if (!opts) opts = &defaults;
  if (n_traces < 1 || n_traces > LG_IZH_MAX_SWEEPS)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu sweeps; 1 to %d can be identified together", n_traces, LG_IZH_MAX_SWEEPS);
  LG_TRY(check_opts(ctx, opts));
  for (size_t k = 0; k < n_traces; k++) {
    LG_TRY(check_trace(ctx, &traces[k], k));
    total += traces[k].n;
  }
  LG_TRY(lg_izh_data_create(ctx, total, &data));
  if (posterior) LG_TRY(lg_izh_data_add_cloud(ctx, data));
  if (!identify(data, ctx, traces, n_traces, opts, fit))
    status = lg_fail(ctx, LG_ERR_INTERNAL, "%zu samples did not fit into the room made for them", total);
  else if (lg_cancelled(ctx)) status = lg_fail(ctx, LG_ERR_CANCELLED, "interrupted after %d starts", fit->starts);
  else if (posterior && data->cloud->n > 0)
    lg_posterior_collect(data->cloud, lg_izh_z_to_natural, opts->seed, posterior);
done:
  lg_izh_data_destroy(ctx, data);
  return status;
}

lg_status lg_izhikevich_identify(lg_ctx *ctx, const lg_trace *traces, size_t n_traces, const lg_identify_opts *opts,
                                 lg_izhikevich_fit *fit) {
  return lg_izh_identify_posterior(ctx, traces, n_traces, opts, fit, NULL);
}
