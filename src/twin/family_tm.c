/* The Traub–Miles/Pospischil family ("hh" on the command line). */
#include "base/elementary.h"
#include "neuron/learn_tm.h"
#include "neuron/prior_tm.h"
#include "twin/clone_net.h"

#include <string.h>

enum { NP = LG_TM_PARAMETERS };

/* Real cells lie outside the training prior now and then: the bounds of a fit are wider by half of its width on each
 * side. */
static void widen(lg_tm_fit_opts *o) {
  for (int p = 0; p < NP; p++) {
    const double half = 0.5 * (lg_tm_prior_high[p] - lg_tm_prior_low[p]);
    o->low[p] = lg_tm_prior_low[p] - half;
    o->high[p] = lg_tm_prior_high[p] + half;
  }
}

/* Standard deviation in natural units: conductances are C times their share, so both uncertainties add (delta method).
 */
static double natural_sd(const lg_tm_fit *fit, const double natural[NP], int p) {
  if (p >= 5) return sqrt(fit->covariance[p][p]);
  const double variance =
      p == 0 ? fit->covariance[0][0] : fit->covariance[0][0] + fit->covariance[p][p] + 2.0 * fit->covariance[0][p];
  return natural[p] * sqrt(variance);
}

static void describe(lg_twin *twin) {
  double low[NP], high[NP];
  lg_tm_to_natural(lg_tm_prior_low, low);
  lg_tm_to_natural(lg_tm_prior_high, high);
  twin->model = "tm";
  twin->variant = "";
  twin->n_parameters = NP;
  for (int p = 0; p < NP; p++)
    twin->parameters[p] = (lg_twin_parameter){
        .name = lg_tm_parameter_names[p], .unit = lg_tm_parameter_units[p], .prior_low = low[p], .prior_high = high[p]};
  twin->n_fixed = 1;
  twin->fixed[0] = (lg_twin_parameter){.name = "taumax", .unit = "ms", .value = LG_TM_PRIOR_TAUMAX};
}

/* The covariance of the fit has grown with its misfit already. */
static void fill_parameters(const lg_tm_fit *fit, lg_twin *twin) {
  double natural[NP];
  lg_tm_to_natural(fit->theta, natural);
  describe(twin);
  for (int p = 0; p < NP; p++) {
    const double sd = natural_sd(fit, natural, p);
    const double factor = p < 5 ? lg_exp(1.959964 * sd / natural[p]) : 0.0;
    lg_twin_parameter *to = &twin->parameters[p];
    to->value = natural[p];
    to->sd = sd;
    to->lo95 = p < 5 ? natural[p] / factor : natural[p] - 1.959964 * sd;
    to->hi95 = p < 5 ? natural[p] * factor : natural[p] + 1.959964 * sd;
    for (int q = 0; q < NP; q++) twin->covariance[p * NP + q] = fit->covariance[p][q];
  }
}

static lg_status fit_tm(lg_ctx *ctx, const lg_fit_trace *traces, size_t n_traces, const lg_clone_guess *guess,
                        uint64_t seed, lg_twin *twin, lg_posterior *posterior) {
  lg_status status = LG_OK;
  lg_tm_fit_opts opts = lg_tm_fit_opts_default();
  lg_tm_sweep *sweeps = NULL;
  lg_tm_fit fit;
  double starts[2 * NP];
  opts.seed = seed; /* of the posterior's draws; the starts are fixed */
  LG_NEW(ctx, sweeps, n_traces);
  for (size_t k = 0; k < n_traces; k++)
    sweeps[k] = (lg_tm_sweep){traces[k].n, traces[k].dt_ms, traces[k].v_mV, traces[k].i_pA};
  widen(&opts);
  if (guess) {
    for (int p = 0; p < 2; p++) lg_tm_from_natural(p ? guess->samples[0] : guess->mean, starts + p * NP);
    opts.starts = starts;
    opts.n_starts = 2;
  }
  LG_TRY(lg_tm_identify(ctx, sweeps, n_traces, &opts, &fit, posterior));
  twin->chi2_per_sample = fit.chi2_per_sample;
  twin->noise_mV = fit.sigma_mV;
  twin->accepted = fit.accepted;
  twin->stage = "refined";
  fill_parameters(&fit, twin);
  if (posterior) lg_family_take_posterior(posterior, twin);
done:
  lg_free(ctx, sweeps);
  return status;
}

static void simulate_tm(const lg_twin *twin, const double *i_pA, size_t n, double dt_ms, double *v_mV) {
  double natural[NP], theta[NP];
  for (int p = 0; p < NP; p++) natural[p] = twin->parameters[p].value;
  lg_tm_from_natural(natural, theta);
  const unsigned substeps = (unsigned)ceil(dt_ms / 0.025 - 1e-9);
  (void)lg_tm_simulate_sampled(theta, LG_TM_PRIOR_TAUMAX, i_pA, n, dt_ms, substeps > 0 ? substeps : 1, 0, v_mV, NULL,
                               0);
}

const lg_family lg_family_tm = {.name = "hh",
                                .model = "tm",
                                .variant = "",
                                .net = LG_NET_TM,
                                .describe = describe,
                                .fit = fit_tm,
                                .simulate = simulate_tm,
                                .to_z = lg_tm_from_natural,
                                .from_z = lg_tm_to_natural};
