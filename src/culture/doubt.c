/* How sure k is, and what a reader must know before believing it. */
#include "culture/identify_internal.h"

#include "base/elementary.h"
#include "num/median.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

void lg_culture_warn(lg_culture_result *r, const char *fmt, ...) {
  va_list list;
  if (r->n_warnings == CULTURE_WARNINGS) return;
  va_start(list, fmt);
  (void)vsnprintf(r->warning[r->n_warnings++], sizeof r->warning[0], fmt, list);
  va_end(list);
}

static lg_status noise_of(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  const lg_culture_data *d = w->data;
  double *scratch = NULL;
  LG_NEW(ctx, scratch, 2 * d->n_times + d->n_inner);
  double *each = scratch + 2 * d->n_times;
  for (size_t g = 0; g < d->n_inner; g++) each[g] = lg_culture_noise(d->x + g * d->n_times, d->n_times, scratch);
  w->result->noise_sd = lg_median(each, d->n_inner);
done:
  lg_free(ctx, scratch);
  return status;
}

/* Squares of z that the traces' noise alone would make: sd² T (sum a_i² + sum a_ij²). */
static double noise_squares(const culture_identification *w) {
  const lg_culture_coupling *c = w->coupling;
  double sum = 0.0;
  for (size_t g = 0; g < w->data->n_inner; g++) {
    const size_t i = w->data->inner[g];
    sum += c->sum[i] * c->sum[i];
    for (size_t q = c->first[i]; q < c->first[i + 1]; q++) sum += c->a[q] * c->a[q];
  }
  return sum * (double)w->data->n_times * w->result->noise_sd * w->result->noise_sd;
}

static lg_status diagnose(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  lg_culture_result *r = w->result;
  culture_euler_result euler = {0};
  const culture_euler plain = {.finer = 1};
  double *gamma = NULL;
  LG_NEW(ctx, gamma, w->data->n_inner);
  LG_TRY(noise_of(ctx, w));
  LG_TRY(lg_culture_fit_euler(ctx, w->data, &plain, &(culture_fit){.gamma = gamma}, &euler));
  r->condition = euler.condition;
  r->signal = euler.signal;
  const double noise = noise_squares(w);
  if (noise > 0.3 * euler.signal)
    lg_culture_warn(r, "differences between neighbours are mostly noise (%.0f %% of their squares)",
                    100.0 * fmin(noise / euler.signal, 1.0));
done:
  lg_free(ctx, gamma);
  return status;
}

static void profile_places(lg_culture_result *r) {
  for (int q = 0; q < CULTURE_PROFILE; q++)
    r->profile_k[q] = fmax(r->k, 1e-3) * lg_exp(1.3862943611198906 * (2.0 * q / (CULTURE_PROFILE - 1) - 1.0));
}

lg_status lg_culture_doubt(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  lg_culture_result *r = w->result;
  const culture_identify *o = w->options;
  LG_TRY(diagnose(ctx, w));
  profile_places(r);
  LG_TRY(lg_culture_profile(ctx, w->data, w->masked, o->soe.shortest, r->profile_k, CULTURE_PROFILE, r->profile));
  r->identifiable = !r->k_at_bound;
  if (o->method == CULTURE_SOE) {
    culture_interval_of_k k = {0};
    LG_NEW(ctx, r->replicate_k, o->bootstrap.replicates);
    r->n_replicates = o->bootstrap.replicates;
    k.sorted = r->replicate_k;
    LG_TRY(lg_culture_resample(ctx, w->data, w->masked, o->soe.shortest, &w->fit, &o->bootstrap, &k, r->gamma_low,
                               r->gamma_high));
    r->k_low = k.low, r->k_high = k.high;
    r->identifiable = r->identifiable && !k.open && k.high < 2.0 * k.low;
    if (k.open) lg_culture_warn(r, "k is not identifiable: its interval spans more than a factor of 16");
    else if (!(k.high < 2.0 * k.low)) lg_culture_warn(r, "k is known to a factor of %.1f only", k.high / k.low);
  }
  if (o->method == CULTURE_AMORTISED) {
    r->identifiable = r->identifiable && r->outside == 0 && r->k_high < 2.0 * r->k_low;
    if (!(r->k_high < 2.0 * r->k_low)) lg_culture_warn(r, "k is known to a factor of %.1f only", r->k_high / r->k_low);
  }
  if (r->law_chosen && r->choice.margin < 2.0)
    lg_culture_warn(r, "the law is undecided: %s is better than %s by %.1f standard errors only",
                    lg_culture_law_name(r->law), lg_culture_law_name(r->choice.next), r->choice.margin);
  if (r->k_at_bound) lg_culture_warn(r, "k stands at a bound: the data did not decide it");
  if (o->method == CULTURE_CRLSM || o->method == CULTURE_TIKHONOV || o->method == CULTURE_LSM)
    lg_culture_warn(r, "forward Euler on noisy traces: the same noise stands in regressor and response, k is biased");
  if (o->method == CULTURE_PINN_PAPER)
    lg_culture_warn(
        r, "printed network: too smooth for events, on interpolated traces; events that the law lacks drive its "
           "k towards 0. Use pinn or soe");
  if (!(r->k > 0.0)) {
    r->identifiable = false;
    lg_culture_warn(r, "k is not above 0: this is no coupling");
  }
  if (r->k > 1.0) lg_culture_warn(r, "coupling is faster than the frames: only gamma/k is known");
done:
  return status;
}
