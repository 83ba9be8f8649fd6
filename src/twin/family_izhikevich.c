/* The Izhikevich 2007 family, standard variant. */
#include "neuron/learn_izhikevich.h"
#include "neuron/prior_izhikevich.h"
#include "twin/clone_net.h"

#include <loligo/identify.h>
#include <string.h>

enum { NP = LG_IZHIKEVICH_PARAMETERS };

static void describe(lg_twin *twin) {
  double low[NP], high[NP], low_natural[NP], high_natural[NP];
  lg_izh_prior_box(low, high);
  const lg_izh_params bottom = lg_izh_from_z(low), top = lg_izh_from_z(high);
  lg_izh_to_vector(&bottom, low_natural);
  lg_izh_to_vector(&top, high_natural);
  twin->model = "izhikevich";
  twin->variant = "std";
  twin->n_parameters = NP;
  twin->n_fixed = 0;
  for (int p = 0; p < NP; p++)
    twin->parameters[p] = (lg_twin_parameter){.name = lg_izh_param_names[p],
                                              .unit = lg_izh_param_units[p],
                                              .prior_low = low_natural[p],
                                              .prior_high = high_natural[p]};
}

/* The covariance of the fit has grown with its misfit already. */
static void fill_parameters(const lg_izhikevich_fit *fit, lg_twin *twin) {
  describe(twin);
  for (int p = 0; p < NP; p++) {
    lg_twin_parameter *to = &twin->parameters[p];
    to->value = fit->parameters[p];
    to->sd = fit->sd[p];
    to->lo95 = fit->ci95[p][0];
    to->hi95 = fit->ci95[p][1];
    for (int q = 0; q < NP; q++) twin->covariance[p * NP + q] = fit->covariance_z[p][q];
  }
}

static lg_status fit_izhikevich(lg_ctx *ctx, const lg_fit_trace *traces, size_t n_traces, const lg_clone_guess *guess,
                                uint64_t seed, lg_twin *twin, lg_posterior *posterior) {
  lg_status status = LG_OK;
  lg_identify_opts opts = LG_IDENTIFY_OPTS_INIT;
  lg_trace *views = NULL;
  lg_izhikevich_fit fit;
  double starts[2 * NP];
  opts.seed = seed;
  if (guess) {
    memcpy(starts, guess->mean, sizeof guess->mean);
    memcpy(starts + NP, guess->samples[0], sizeof guess->samples[0]);
    opts.starts = starts;
    opts.n_starts = 2;
  }
  LG_NEW(ctx, views, n_traces);
  for (size_t k = 0; k < n_traces; k++)
    views[k] = (lg_trace){traces[k].v_mV, traces[k].i_pA, traces[k].n, traces[k].dt_ms};
  LG_TRY(lg_izh_identify_posterior(ctx, views, n_traces, &opts, &fit, posterior));
  if (fit.stage == LG_IDENTIFY_NONE) {
    status = lg_fail(ctx, LG_ERR_NUMERICAL, "%zu spikes are too few for the closed form of the Izhikevich model",
                     fit.n_spikes);
    goto done;
  }
  twin->chi2_per_sample = fit.chi2_per_sample;
  twin->noise_mV = fit.sigma_mV;
  twin->accepted = fit.accepted != 0;
  twin->stage = fit.stage == LG_IDENTIFY_REFINED ? "refined" : "closed-form";
  fill_parameters(&fit, twin);
  if (posterior) lg_family_take_posterior(posterior, twin);
done:
  lg_free(ctx, views);
  return status;
}

static void simulate_izhikevich(const lg_twin *twin, const double *i_pA, size_t n, double dt_ms, double *v_mV) {
  double x[NP];
  for (int p = 0; p < NP; p++) x[p] = twin->parameters[p].value;
  const lg_izh_params q = lg_izh_from_vector(x);
  (void)lg_izh_simulate_sampled(&q, i_pA, n, dt_ms, v_mV, NULL, 0);
}

static void to_z(const double *natural, double *z) {
  const lg_izh_params p = lg_izh_from_vector(natural);
  lg_izh_to_z(&p, z);
}

static void from_z(const double *z, double *natural) {
  const lg_izh_params p = lg_izh_from_z(z);
  lg_izh_to_vector(&p, natural);
}

const lg_family lg_family_izhikevich = {.name = "izhikevich",
                                        .model = "izhikevich",
                                        .variant = "std",
                                        .net = LG_NET_IZHIKEVICH,
                                        .describe = describe,
                                        .fit = fit_izhikevich,
                                        .simulate = simulate_izhikevich,
                                        .to_z = to_z,
                                        .from_z = from_z};
