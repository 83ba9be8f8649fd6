#include "twin/clone_network.h"

#include <math.h>
#include <string.h>

double lg_clone_guess_distance(const lg_clone_guess *guess) {
  return fmax(guess->embedding_distance, guess->feature_distance);
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
    LG_TRY(lg_clone_net_guess(ctx, net, traces, n_traces, opts->seed, other));
    if (*asked && lg_clone_guess_distance(other) >= lg_clone_guess_distance(guess)) continue;
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
