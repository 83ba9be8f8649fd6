#include "culture/identify_internal.h"

#include <math.h>
#include <string.h>

const char *lg_culture_method_name(culture_method method) {
  static const char *const names[CULTURE_METHODS] = {"soe",  "crlsm",    "tikhonov", "lsm",        "iv",
                                                     "weak", "shooting", "pinn",     "pinn-paper", "amortised"};
  return names[method];
}

culture_identify lg_culture_identify_default(void) {
  return (culture_identify){.method = CULTURE_SOE,
                            .law = -1,
                            .soe = lg_culture_soe_default(),
                            .euler = lg_culture_euler_paper(),
                            .bootstrap = lg_culture_bootstrap_default(),
                            .pinn = lg_culture_pinn_default(),
                            .pinn_paper = lg_culture_pinn_paper()};
}

void lg_culture_result_destroy(lg_ctx *ctx, lg_culture_result *r) {
  if (!r) return;
  lg_free(ctx, r->inner);
  lg_free(ctx, r->gamma);
  lg_free(ctx, r->gamma_low);
  lg_free(ctx, r->gamma_high);
  lg_free(ctx, r->at_bound);
  lg_free(ctx, r->events);
  lg_free(ctx, r->input);
  lg_free(ctx, r->run);
  lg_free(ctx, r->bare);
  lg_free(ctx, r->replicate_k);
  lg_free(ctx, r->cell);
  lg_free(ctx, r->pinn.history);
  lg_free(ctx, r);
}

static lg_status make_result(lg_ctx *ctx, const lg_culture_data *d, lg_culture_result **out) {
  lg_status status = LG_OK;
  lg_culture_result *r = NULL;
  LG_NEW(ctx, r, 1);
  *out = r;
  r->n_inner = d->n_inner;
  LG_NEW(ctx, r->inner, d->n_inner);
  LG_NEW(ctx, r->gamma, d->n_inner);
  LG_NEW(ctx, r->gamma_low, d->n_inner);
  LG_NEW(ctx, r->gamma_high, d->n_inner);
  LG_NEW(ctx, r->at_bound, d->n_inner);
  LG_NEW(ctx, r->input, d->n_inner * d->n_times);
  LG_NEW(ctx, r->run, d->n_inner * d->n_times);
  LG_NEW(ctx, r->bare, d->n_inner * d->n_times);
  LG_NEW(ctx, r->cell, d->n_inner);
  memcpy(r->inner, d->inner, d->n_inner * sizeof *d->inner);
  r->k_low = r->k_high = (double)NAN;
  for (size_t g = 0; g < d->n_inner; g++) r->gamma_low[g] = r->gamma_high[g] = (double)NAN;
done:
  return status;
}

static lg_status fit(lg_ctx *ctx, culture_identification *w) {
  const culture_identify *o = w->options;
  culture_euler euler = o->euler;
  culture_euler_result e = {.at_bound = w->result->at_bound};
  double squares;
  lg_status status;
  switch (o->method) {
  case CULTURE_SOE:
    return lg_culture_fit_soe(ctx, w->data, &o->soe, &w->fit, w->masked, &squares);
  case CULTURE_IV:
    return lg_culture_fit_lag(ctx, w->data, 3, &w->fit);
  case CULTURE_WEAK:
    return lg_culture_fit_weak(ctx, w->data, 10, 2, true, &w->fit, NULL);
  case CULTURE_SHOOTING:
    return lg_culture_fit_shooting(ctx, w->data, w->modes, o->window, o->soe.k_low, o->soe.k_high, &w->fit, &squares);
  case CULTURE_PINN:
    status = lg_culture_fit_pinn(ctx, w->coupling, w->data, &o->pinn, &w->fit, &w->result->pinn);
    return status == LG_OK ? lg_culture_find_events(ctx, w->data, &w->fit, o->soe.threshold, w->masked) : status;
  case CULTURE_PINN_PAPER:
    return lg_culture_fit_pinn(ctx, w->coupling, w->data, &o->pinn_paper, &w->fit, &w->result->pinn);
  case CULTURE_AMORTISED:
    return lg_culture_fit_amortised(ctx, w);
  case CULTURE_TIKHONOV:
    euler.bounded = false, euler.lambda = (double)NAN;
    break;
  case CULTURE_LSM:
    euler.bounded = false, euler.lambda = 0.0;
    break;
  default:
    break;
  }
  status = lg_culture_fit_euler(ctx, w->data, &euler, &w->fit, &e);
  w->result->lambda = e.lambda;
  w->result->k_at_bound = e.k_at_bound;
  return status;
}

static bool at_range(const culture_identify *o, double k) {
  const bool searched = o->method == CULTURE_SOE || o->method == CULTURE_SHOOTING;
  return searched && (k < 1.01 * o->soe.k_low || k > 0.99 * o->soe.k_high);
}

static lg_status identify(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  const size_t times = w->data->n_times;
  LG_TRY(fit(ctx, w));
  if (!isfinite(w->fit.k))
    LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "no k was found: the traces of neighbours do not differ"));
  w->result->k = w->fit.k;
  w->result->k_at_bound = w->result->k_at_bound || at_range(w->options, w->fit.k);
  if (w->options->method == CULTURE_SOE || w->options->method == CULTURE_PINN ||
      w->options->method == CULTURE_AMORTISED)
    LG_TRY(lg_culture_list_events(ctx, w));
  LG_TRY(lg_culture_doubt(ctx, w));
  const size_t asked = w->options->n_train ? w->options->n_train : times < 252 ? times * 7 / 12 : 211;
  if (asked < 2 || asked + 2 > times)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%zu of %zu frames to train on; both parts need 2 or more", asked, times));
  LG_TRY(lg_culture_judge(ctx, w, asked));
done:
  return status;
}

lg_status lg_culture_identify(lg_ctx *ctx, const lg_culture_graph *graph, const double *y, size_t n_times,
                              const culture_identify *options, lg_culture_result **out) {
  lg_status status = LG_OK;
  culture_identification w = {.graph = graph, .options = options};
  culture_law law = options->law < 0 ? CULTURE_UL_DEGREE : (culture_law)options->law;
  culture_law_choice choice = {0};
  *out = NULL;
  if (options->law < 0) {
    LG_TRY(lg_culture_choose_law(ctx, graph, y, n_times, &options->soe, &choice));
    law = choice.law;
  }
  LG_TRY(lg_culture_coupling_create(ctx, graph, law, &w.coupling));
  LG_TRY(lg_culture_data_create(ctx, graph, w.coupling, y, n_times, &w.data));
  LG_TRY(lg_culture_modes_create(ctx, w.coupling, w.data, &w.modes));
  LG_TRY(make_result(ctx, w.data, &w.result));
  LG_NEW(ctx, w.masked, w.data->n_inner * n_times);
  w.fit.gamma = w.result->gamma;
  w.result->law = law;
  w.result->choice = choice, w.result->law_chosen = options->law < 0;
  LG_TRY(identify(ctx, &w));
  *out = w.result;
  w.result = NULL;
done:
  lg_culture_result_destroy(ctx, w.result);
  lg_culture_modes_destroy(ctx, w.modes);
  lg_culture_data_destroy(ctx, w.data);
  lg_culture_coupling_destroy(ctx, w.coupling);
  lg_free(ctx, w.masked);
  return status;
}
