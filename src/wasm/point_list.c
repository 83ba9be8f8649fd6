/* What the module does without: point neurons whose channels a file gives (networks as gates, tables). Nothing that the
   module exports makes such a neuron. */
#include "neuron/channels.h"
#include "neuron/plan.h"

bool lg_channels_is(const lg_model_info *info) {
  (void)info;
  return false;
}

lg_status lg_plan_channels(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan) {
  (void)plan;
  return lg_fail(ctx, LG_ERR_UNSUPPORTED, "model %s does not run in the browser", neuron->info->model);
}
