#include "twin/treat.h"

#include <string.h>

static bool is(const lg_neuron *neuron, const char *model) { return strcmp(neuron->info->model, model) == 0; }

lg_status lg_treatable(lg_ctx *ctx, const lg_delta_net *learned, const lg_neuron *neuron) {
  if (is(neuron, "tm")) return LG_OK;
  if (!is(neuron, "izhikevich"))
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "drugs act on tm neurons, not on %s", neuron->info->model);
  if (!learned)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "an izhikevich twin has no channels for a drug to act on, and no learned map of drug effects is "
                   "available for it; clone the cell with --model hh");
  if (strcmp(neuron->info->variant, "std") != 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "the learned map of drug effects is of izhikevich std, not of its variant %s; clone the cell with "
                   "--model hh",
                   neuron->info->variant);
  return LG_OK;
}

lg_status lg_treat(lg_ctx *ctx, const lg_delta_net *learned, const lg_neuron *neuron, const lg_dose *doses, size_t n,
                   const lg_drug_bath *bath, lg_neuron *out, lg_treated *how) {
  lg_learned_note note;
  if (how) *how = (lg_treated){.beyond = false};
  if (!is(neuron, "izhikevich")) return lg_drug_apply(ctx, neuron, doses, n, bath, out, how ? &how->notes : NULL);
  lg_status status = lg_treatable(ctx, learned, neuron);
  if (status == LG_OK) status = lg_drug_learned_apply(ctx, learned, neuron, doses, n, bath, out, &note);
  if (status != LG_OK || !how) return status;
  how->notes = note.notes;
  how->beyond = !note.inside;
  if (how->beyond) (void)snprintf(how->reason, sizeof how->reason, "%s", note.reason);
  return status;
}
