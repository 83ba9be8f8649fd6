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
  lg_free(ctx, r->leak);
  lg_free(ctx, r->leak_study);
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
  r->n_times = d->n_times;
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

/* Events by segmented output error first: their inputs are given to the shooting. */
static lg_status shoot(lg_ctx *ctx, culture_identification *w) {
  const culture_identify *o = w->options;
  double squares;
  if (!o->no_events) {
    const lg_status status = lg_culture_fit_soe(ctx, w->data, &o->soe, &w->fit, w->masked, &squares);
    if (status != LG_OK) return status;
    lg_culture_inputs(w);
  }
  return lg_culture_fit_shooting(ctx, w->data, w->modes, o->no_events ? NULL : w->result->input, o->window,
                                 o->soe.k_low, o->soe.k_high, &w->fit, &squares);
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
    return shoot(ctx, w);
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

/* Neighbours differ by more than rounding. */
static bool differ(const lg_culture_data *d) {
  double z = 0.0, x = 0.0;
  for (size_t q = 0; q < d->n_inner * d->n_times; q++) z += d->z[q] * d->z[q], x += d->x[q] * d->x[q];
  return z > 1e-24 * x;
}

/* Nothing says anything of k: feeds are the mean slopes, free runs know no neighbours. */
static lg_status go_blind(lg_ctx *ctx, culture_identification *w) {
  const lg_culture_data *d = w->data;
  lg_culture_warn(w->result, "k is not identifiable: %s", lg_ctx_message(ctx));
  lg_ctx_clear(ctx);
  w->fit.k = 0.0, w->result->k = (double)NAN;
  memset(w->masked, 0, d->n_inner * d->n_times * sizeof *w->masked);
  memset(w->result->input, 0, d->n_inner * d->n_times * sizeof *w->result->input);
  for (size_t g = 0; g < d->n_inner; g++) {
    const double *x = d->x + g * d->n_times;
    w->fit.gamma[g] = (x[d->n_times - 1] - x[0]) / (double)(d->n_times - 1);
  }
  return lg_culture_doubt_blind(ctx, w);
}

static lg_status look_closer(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  const culture_method method = w->options->method;
  w->result->k = w->fit.k;
  w->result->k_at_bound = w->result->k_at_bound || at_range(w->options, w->fit.k);
  if (method == CULTURE_SOE || method == CULTURE_PINN || method == CULTURE_AMORTISED ||
      (method == CULTURE_SHOOTING && !w->options->no_events))
    LG_TRY(lg_culture_list_events(ctx, w));
  LG_TRY(lg_culture_doubt(ctx, w));
done:
  return status;
}

static lg_status identify(lg_ctx *ctx, culture_identification *w) {
  const size_t times = w->data->n_times;
  const size_t asked = w->options->n_train ? w->options->n_train : times < 252 ? times * 7 / 12 : 211;
  if (asked < 2 || asked + 2 > times)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu of %zu frames to train on; both parts need 2 or more", asked, times);
  lg_status status = differ(w->data) ? fit(ctx, w) : LG_OK;
  if (status == LG_OK && !(differ(w->data) && isfinite(w->fit.k)))
    status = lg_fail(ctx, LG_ERR_NUMERICAL, "the traces of neighbours do not differ");
  if (status == LG_ERR_NUMERICAL) status = go_blind(ctx, w);
  else if (status == LG_OK) status = look_closer(ctx, w);
  return status == LG_OK ? lg_culture_judge(ctx, w, asked) : status;
}

static lg_status allow_leak(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  if (w->options->method != CULTURE_SOE)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a leak is found by method soe, not by %s",
                   lg_culture_method_name(w->options->method));
  LG_NEW(ctx, w->data->leak, w->data->n_inner);
  LG_NEW(ctx, w->result->leak, w->data->n_inner);
  LG_NEW(ctx, w->result->leak_study, 1);
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
    culture_soe plain = options->soe;
    plain.leak = CULTURE_NO_LEAK; /* laws are compared without */
    status = lg_culture_choose_law(ctx, graph, y, n_times, &plain, &choice);
    if (status == LG_ERR_NUMERICAL) { /* no law finds a k; the fit tells why */
      lg_ctx_clear(ctx);
      choice = (culture_law_choice){0}, status = LG_OK;
    }
    if (status != LG_OK) goto done;
    law = choice.law;
  }
  LG_TRY(lg_culture_coupling_create(ctx, graph, law, &w.coupling));
  LG_TRY(lg_culture_data_create(ctx, graph, w.coupling, y, n_times, &w.data));
  LG_TRY(lg_culture_modes_create(ctx, w.coupling, w.data, &w.modes));
  LG_TRY(make_result(ctx, w.data, &w.result));
  LG_NEW(ctx, w.masked, w.data->n_inner * n_times);
  if (options->soe.leak != CULTURE_NO_LEAK) LG_TRY(allow_leak(ctx, &w));
  w.fit.gamma = w.result->gamma;
  w.result->law = law;
  w.result->choice = choice, w.result->law_chosen = options->law < 0;
  LG_TRY(lg_culture_warn_vanished(ctx, graph, y, n_times, w.result));
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
