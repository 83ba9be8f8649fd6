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
  w->only_noise = noise > 0.9 * euler.signal;
done:
  lg_free(ctx, gamma);
  return status;
}

/* Around k by a factor of 4; where no k was found, over all that is searched. */
static void profile_places(lg_culture_result *r, const culture_soe *o) {
  const bool found = isfinite(r->k);
  const double middle = found ? lg_ln(fmax(r->k, 1e-3)) : 0.5 * lg_ln(o->k_low * o->k_high);
  const double reach = found ? 1.3862943611198906 : 0.5 * lg_ln(o->k_high / o->k_low);
  for (int q = 0; q < CULTURE_PROFILE; q++)
    r->profile_k[q] = lg_exp(middle + reach * (2.0 * q / (CULTURE_PROFILE - 1) - 1.0));
}

/* Squares that do not rise towards an end of the profile leave k open on that side. 10: what 3.84, the 95 % point of a
 * likelihood ratio of white residuals, becomes with residuals that hang together over some frames. */
static void read_profile(lg_culture_result *r, size_t n_points) {
  double least = r->profile[0];
  for (int q = 1; q < CULTURE_PROFILE; q++) least = fmin(least, r->profile[q]);
  if (!(least > 0.0)) return;
  const double rise = 10.0 / (double)n_points;
  const bool low = lg_ln(r->profile[0] / least) < rise, high = lg_ln(r->profile[CULTURE_PROFILE - 1] / least) < rise;
  if (high && !low)
    lg_culture_warn(r, "fast limit: larger k explain the traces as well, only gamma/k is known (k at least %.3g)",
                    r->profile_k[0]);
  else if (low && !high) lg_culture_warn(r, "smaller k explain the traces as well: coupling is not seen in them");
  else if (low) lg_culture_warn(r, "the profile is flat: the traces say nothing of k");
  r->identifiable = r->identifiable && !low && !high;
}

/*
 * What white noise of the traces does to forward Euler: with c_ij the coupling, c_i its sums, S the squares of the
 * noiseless z around their means, k becomes (k S + sd² T A sum c_i)/(S + sd² T B sum (c_i² + sum_j c_ij²)). A = B = 1
 * without interpolation; with f the places of the finer points in a frame, A = mean (1 - 2 f), B = mean (1 - 2 f + 2
 * f²).
 */
static lg_status predict_bias(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  lg_culture_result *r = w->result;
  const unsigned finer = w->options->euler.finer;
  double a = 0.0, b = 0.0, sum = 0.0, *gamma = NULL;
  culture_fit lag = {0};
  LG_NEW(ctx, gamma, w->data->n_inner);
  lag.gamma = gamma;
  LG_TRY(lg_culture_fit_lag(ctx, w->data, 3, &lag));
  for (unsigned q = 0; q < finer; q++) {
    const double f = (double)q / (double)finer;
    a += (1.0 - 2.0 * f) / (double)finer, b += (1.0 - 2.0 * f + 2.0 * f * f) / (double)finer;
  }
  for (size_t g = 0; g < w->data->n_inner; g++) sum += w->data->sum[g];
  const double noise = noise_squares(w), clean = fmax(r->signal - noise, 0.0);
  const double shared = sum * (double)w->data->n_times * r->noise_sd * r->noise_sd;
  if (!(lag.k > 0.0) || !(clean > 0.0)) {
    lg_culture_warn(r, "forward Euler on noisy traces: the same noise stands in regressor and response, k is biased");
    goto done;
  }
  r->k_lag = lag.k;
  r->k_euler_expected = (lag.k * clean + a * shared) / fmax(clean + b * noise, 1e-300);
  lg_culture_warn(r,
                  "forward Euler on noisy traces: the same noise stands in regressor and response, k is biased: "
                  "noise of %.2g alone makes %.4f of %.4f%s",
                  r->noise_sd, r->k_euler_expected, r->k_lag,
                  fabs(r->k - r->k_euler_expected) > 0.3 * r->k_euler_expected ? ", events do the rest" : "");
done:
  lg_free(ctx, gamma);
  return status;
}

/* What a leak takes away of what is known of k: its interval is wider by the root of it. */
static lg_status doubt_leak(lg_ctx *ctx, culture_identification *w) {
  lg_culture_result *r = w->result;
  const culture_soe *o = &w->options->soe;
  const lg_status status = lg_culture_study_leak(ctx, w->data, w->masked, o, o->leak, &w->fit, r->leak_study);
  if (status != LG_OK) return status;
  memcpy(r->leak, w->data->leak, r->n_inner * sizeof *r->leak);
  const culture_leak_study *s = r->leak_study;
  const double wider = 1.0 / sqrt(fmax(s->kept, 1e-4));
  r->k_low = r->k * lg_exp(wider * lg_ln(fmax(r->k_low, 1e-300) / r->k));
  r->k_high = isfinite(r->k_high) ? r->k * lg_exp(wider * lg_ln(r->k_high / r->k)) : r->k_high;
  for (size_t q = 0; q < r->n_replicates; q++)
    r->replicate_k[q] = r->k * lg_exp(wider * lg_ln(r->replicate_k[q] / r->k));
  r->identifiable = r->identifiable && r->k_high < 2.0 * r->k_low;
  if (s->kept < 0.2)
    lg_culture_warn(r, "leak and coupling are confounded: a free leak takes %.0f %% of what is known of k",
                    100.0 * (1.0 - s->kept));
  if (fabs(s->median) < 1.96 * s->sd) lg_culture_warn(r, "no leak is seen: %.2g +- %.2g per frame", s->median, s->sd);
  return LG_OK;
}

static void warn_of_law(lg_culture_result *r) {
  if (r->law_chosen && r->choice.margin < 2.0)
    lg_culture_warn(r, "the law is undecided: %s is better than %s by %.1f standard errors only",
                    lg_culture_law_name(r->law), lg_culture_law_name(r->choice.next), r->choice.margin);
}

static lg_status find_intervals(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  lg_culture_result *r = w->result;
  const culture_identify *o = w->options;
  culture_interval_of_k k = {0};
  LG_NEW(ctx, r->replicate_k, o->bootstrap.replicates);
  r->n_replicates = o->bootstrap.replicates;
  k.sorted = r->replicate_k;
  LG_TRY(lg_culture_resample(ctx, w->data, w->masked, o->soe.shortest, &w->fit, &o->bootstrap, &k, r->gamma_low,
                             r->gamma_high));
  r->k_low = k.low, r->k_high = k.high;
  r->identifiable = r->identifiable && !k.open && k.high < 2.0 * k.low;
  if (r->k_at_bound && r->k > 1.0) r->k_low = fmin(r->k_low, r->k), r->k_high = (double)INFINITY;
  else if (r->k_at_bound) r->k_low = 0.0, r->k_high = fmax(r->k_high, r->k);
  else if (k.open) lg_culture_warn(r, "k is not identifiable: its interval spans more than a factor of 16");
  else if (!(k.high < 2.0 * k.low)) lg_culture_warn(r, "k is known to a factor of %.1f only", k.high / k.low);
done:
  return status;
}

lg_status lg_culture_doubt_blind(lg_ctx *ctx, culture_identification *w) {
  lg_culture_result *r = w->result;
  const lg_status status = noise_of(ctx, w);
  if (status != LG_OK) return status;
  profile_places(r, &w->options->soe);
  r->identifiable = false;
  return lg_culture_profile(ctx, w->data, w->masked, w->options->soe.shortest, r->profile_k, CULTURE_PROFILE,
                            r->profile);
}

lg_status lg_culture_doubt(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  lg_culture_result *r = w->result;
  const culture_identify *o = w->options;
  LG_TRY(diagnose(ctx, w));
  profile_places(r, &o->soe);
  LG_TRY(lg_culture_profile(ctx, w->data, w->masked, o->soe.shortest, r->profile_k, CULTURE_PROFILE, r->profile));
  r->identifiable = !r->k_at_bound;
  if (o->method == CULTURE_SOE) LG_TRY(find_intervals(ctx, w));
  if (w->data->leak) LG_TRY(doubt_leak(ctx, w));
  if (o->method == CULTURE_SOE || o->method == CULTURE_SHOOTING) read_profile(r, w->data->n_inner * w->data->n_times);
  if (o->method == CULTURE_AMORTISED) {
    r->identifiable = r->identifiable && r->outside == 0 && r->k_high < 2.0 * r->k_low;
    if (!(r->k_high < 2.0 * r->k_low)) lg_culture_warn(r, "k is known to a factor of %.1f only", r->k_high / r->k_low);
  }
  warn_of_law(r);
  if (r->k_at_bound) lg_culture_warn(r, "k stands at a bound: the data did not decide it");
  if (o->method == CULTURE_CRLSM || o->method == CULTURE_TIKHONOV || o->method == CULTURE_LSM) {
    LG_TRY(predict_bias(ctx, w));
    r->identifiable = r->identifiable && !w->only_noise;
  }
  if (o->method == CULTURE_PINN_PAPER)
    lg_culture_warn(r, "printed network: too smooth, and its squares let events, which the law lacks, drive k to 0 "
                       "(docs/culture-pinn.md). Use pinn or soe");
  if (!(r->k > 0.0)) {
    r->identifiable = false;
    lg_culture_warn(r, "k is not above 0: this is no coupling");
  }
  if (r->k > 1.0) lg_culture_warn(r, "coupling is faster than the frames: only gamma/k is known");
done:
  return status;
}
