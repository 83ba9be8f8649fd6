/* The amortised network's answer as an identification. */
#include "culture/identify_internal.h"

#include <string.h>

static void warn(culture_identification *w, const culture_amortised_answer *answer) {
  const lg_culture_amortised *a = w->options->amortised;
  for (unsigned q = 0; q < CULTURE_AM_RANGES; q++)
    if (answer->outside & 1u << q)
      lg_culture_warn(w->result, "%s of %.3g lies outside of what the network was trained on (%g to %g)",
                      lg_culture_amortised_range[q], answer->in[q], a->low[q], a->high[q]);
}

lg_status lg_culture_fit_amortised(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  lg_culture_features *x = NULL;
  lg_culture_result *r = w->result;
  culture_amortised_answer answer = {.gamma = w->fit.gamma, .gamma_low = r->gamma_low, .gamma_high = r->gamma_high};
  if (!w->options->amortised) return lg_fail(ctx, LG_ERR_ARGUMENT, "the amortised method needs its network");
  LG_TRY(lg_culture_features_create(ctx, w->coupling, w->data, r->law, &w->options->soe, w->masked, &x));
  LG_TRY(lg_culture_amortised_ask(ctx, w->options->amortised, x, w->options->bootstrap.level, &answer));
  w->fit.k = answer.k;
  r->k_low = answer.k_low, r->k_high = answer.k_high;
  r->outside = answer.outside;
  warn(w, &answer);
done:
  lg_culture_features_destroy(ctx, x);
  return status;
}
