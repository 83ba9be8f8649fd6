#include "twin/clone_network.h"

#include "neuron/learn_tm.h"

#include <math.h>
#include <string.h>

const char *const lg_clone_network_names[LG_CLONE_NETWORKS] = {"clone-izhikevich", "clone-tm", "step-izhikevich",
                                                               "mixed-izhikevich", "mixed-tm"};

double lg_clone_guess_distance(const lg_clone_guess *guess) {
  return fmax(guess->embedding_distance, guess->feature_distance);
}

/* Whether a recording is of the length and noise that a network for one protocol was trained on: its distance alone
 * cannot tell a step of 500 ms from a protocol of 1.2 s surely. */
static bool fits_protocol(const lg_net_plan *plan, const lg_fit_trace *traces, size_t n_traces) {
  if (plan->protocol == LG_NET_MIXED) return true;
  if (n_traces != 1) return false;
  const lg_tm_sweep sweep = {traces[0].n, traces[0].dt_ms, traces[0].v_mV, traces[0].i_pA};
  const double length_ms = (double)traces[0].n * traces[0].dt_ms, noise = lg_tm_noise(&sweep, 1);
  return fabs(length_ms / lg_net_duration_ms(plan) - 1.0) < 0.01 && noise > 0.25 * plan->noise_low_mV &&
         noise < 2.0 * plan->noise_high_mV + 0.02;
}

/* Ask one network; a recording of another kind than its protocol counts as far away. */
static lg_status ask_one(lg_ctx *ctx, const lg_clone_net_file *net, const lg_clone_opts *opts,
                         const lg_fit_trace *traces, size_t n_traces, lg_clone_guess *guess) {
  const double another_kind = 1.5;
  const lg_status status = lg_clone_net_guess(ctx, net, traces, n_traces, opts->seed, guess);
  if (status == LG_OK && !fits_protocol(&net->net.plan, traces, n_traces))
    guess->embedding_distance = fmax(guess->embedding_distance, another_kind);
  return status;
}

lg_status lg_clone_ask(lg_ctx *ctx, const lg_family *family, const lg_clone_opts *opts, const lg_fit_trace *traces,
                       size_t n_traces, lg_clone_guess *guess, const lg_clone_net_file **asked) {
  lg_status status = LG_OK;
  lg_clone_guess *other = NULL;
  *asked = NULL;
  LG_NEW(ctx, other, 1);
  for (size_t k = 0; k < opts->n_nets; k++) {
    const lg_clone_net_file *net = opts->nets[k];
    if ((int)net->net.plan.family != family->net) continue;
    LG_TRY(ask_one(ctx, net, opts, traces, n_traces, other));
    if (*asked &&
        (lg_clone_guess_distance(guess) <= 1.0 || lg_clone_guess_distance(other) >= lg_clone_guess_distance(guess)))
      continue;
    *guess = *other;
    *asked = net;
  }
done:
  lg_free(ctx, other);
  return status;
}

void lg_clone_note_network(const lg_clone_net_file *net, const lg_clone_guess *guess, lg_twin *twin) {
  twin->network[0] = '\0';
  twin->network_distance = (double)NAN;
  if (!net) return;
  (void)snprintf(twin->network, sizeof twin->network, "%s", net->name);
  twin->network_distance = lg_clone_guess_distance(guess);
  memcpy(twin->network_r2, net->held_out_r2, sizeof net->held_out_r2);
}

void lg_clone_take_guess(const lg_family *family, const lg_clone_guess *guess, lg_twin *twin) {
  family->describe(twin);
  for (size_t p = 0; p < LG_CLONE_NET_P; p++) {
    lg_twin_parameter *to = &twin->parameters[p];
    to->value = guess->mean[p];
    to->sd = guess->sd[p];
    to->lo95 = guess->ci95[p][0];
    to->hi95 = guess->ci95[p][1];
  }
  memcpy(twin->covariance, guess->covariance_z, sizeof guess->covariance_z);
  twin->stage = "network";
}
