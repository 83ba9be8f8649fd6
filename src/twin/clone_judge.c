#include "twin/clone_judge.h"

#include "twin/feature_target.h"

#include <loligo/features.h>
#include <math.h>
#include <string.h>

lg_fit_trace lg_clone_trace(const lg_sweep *s) {
  size_t begin, end;
  lg_target_window(s, &begin, &end);
  return (lg_fit_trace){s->v_mV + begin, s->i_pA + begin, end - begin, s->dt_ms};
}

/* As detect_level() of the features. */
int lg_clone_count_spikes(const double *v_mV, size_t begin, size_t end, size_t n, double dt_ms) {
  const size_t longest = (size_t)floor(15.0 / dt_ms + 0.5);
  int count = 0;
  for (size_t k = begin > 0 ? begin : 1; k < end && k < n; k++) {
    if (!(v_mV[k - 1] < -20.0 && v_mV[k] >= -20.0)) continue;
    double peak = v_mV[k];
    size_t j = k;
    for (; j < n && v_mV[j] >= -20.0 && j - k <= longest; j++) peak = fmax(peak, v_mV[j]);
    if (j < n && v_mV[j] < -20.0 && j - k <= longest && peak >= -15.0) count++;
    k = j;
  }
  return count;
}

bool lg_clone_is_fitted(const lg_recording *rec, const lg_clone_opts *opts, size_t k) {
  return opts->all_sweeps || rec->n_sweeps < 4 || k % 2 == 0;
}

/* ---- judging ---------------------------------------------------------------------------------- */

static double rmse_below(const lg_fit_trace *t, const double *twin_mV) {
  double sum = 0.0;
  for (size_t k = 0; k < t->n; k++) sum += (t->v_mV[k] - twin_mV[k]) * (t->v_mV[k] - twin_mV[k]);
  return sqrt(sum / (double)t->n);
}

void lg_clone_judge_sweep(const lg_sweep *s, const double *twin_mV, bool fitted, lg_twin_sweep *out) {
  const size_t begin = s->has_step ? s->step_on : 0;
  const size_t end = s->has_step ? s->step_off + (size_t)(2.0 / s->dt_ms + 0.5) : s->n;
  const lg_fit_trace t = lg_clone_trace(s);
  out->number = s->number;
  out->fitted = fitted;
  out->step_pA = s->has_step ? s->step_pA : (double)NAN;
  out->n_spikes = lg_clone_count_spikes(s->v_mV, begin, end, s->n, s->dt_ms);
  out->n_spikes_twin = lg_clone_count_spikes(twin_mV, begin, end, s->n, s->dt_ms);
  const bool silent = lg_clone_count_spikes(t.v_mV, 0, t.n, t.n, t.dt_ms) == 0;
  out->subthreshold_rmse_mV = silent ? rmse_below(&t, twin_mV + (t.v_mV - s->v_mV)) : (double)NAN;
}

/* Root mean square error and R² of spike counts over the fitted or the predicted sweeps; NAN without any. */
static void score_counts(const lg_twin_sweep *sweeps, size_t n, bool fitted, double *rmse, double *r2) {
  double mean = 0.0, error = 0.0, total = 0.0;
  size_t m = 0;
  for (size_t k = 0; k < n; k++) {
    if (sweeps[k].fitted != fitted) continue;
    mean += sweeps[k].n_spikes;
    m++;
  }
  mean /= (double)(m > 0 ? m : 1);
  for (size_t k = 0; k < n; k++) {
    if (sweeps[k].fitted != fitted) continue;
    const double e = sweeps[k].n_spikes_twin - sweeps[k].n_spikes, d = sweeps[k].n_spikes - mean;
    error += e * e;
    total += d * d;
  }
  *rmse = m > 0 ? sqrt(error / (double)m) : (double)NAN;
  *r2 = m > 1 && total > 0.0 ? 1.0 - error / total : (double)NAN;
}

void lg_clone_judge(const lg_clone *c, lg_twin *twin) {
  double square = 0.0, square_fitted = 0.0;
  size_t silent = 0, silent_fitted = 0;
  score_counts(c->sweeps, c->n_sweeps, true, &twin->count_rmse_fitted, &twin->count_r2_fitted);
  score_counts(c->sweeps, c->n_sweeps, false, &twin->count_rmse_predicted, &twin->count_r2_predicted);
  for (size_t k = 0; k < c->n_sweeps; k++) {
    const double e = c->sweeps[k].subthreshold_rmse_mV;
    if (!(e == e)) continue;
    square += e * e;
    silent++;
    if (!c->sweeps[k].fitted) continue;
    square_fitted += e * e;
    silent_fitted++;
  }
  twin->subthreshold_rmse_fitted_mV = silent_fitted > 0 ? sqrt(square_fitted / (double)silent_fitted) : (double)NAN;
  twin->subthreshold_rmse_mV = silent > 0 ? sqrt(square / (double)silent) : (double)NAN;
}

/* Error of spike counts where the fit did not look, if there are such sweeps. */
double lg_clone_count_rmse(const lg_twin *t) {
  return t->count_rmse_predicted == t->count_rmse_predicted ? t->count_rmse_predicted : t->count_rmse_fitted;
}

static void flag_network(const lg_clone_opts *opts, lg_twin *twin) {
  if (!twin->accepted && twin->network_distance > 1.0)
    lg_twin_reason(twin, twin->network_distance > 2.0 && opts->network_only ? LG_DOMAIN_RED : LG_DOMAIN_AMBER,
                   "the recording lies %.2g times as far from the training neurons as 97.5 %% of them do (network %s)",
                   twin->network_distance, twin->network);
  if (opts->network_only)
    lg_twin_reason(twin, LG_DOMAIN_GREEN,
                   "the network's word alone: nothing was refined or checked against the traces");
}

/* Mean recorded count of the sweeps that spike. */
static double mean_count(const lg_clone *c) {
  double sum = 0.0, n = 0.0;
  for (size_t k = 0; k < c->n_sweeps; k++) {
    sum += c->sweeps[k].n_spikes;
    n += c->sweeps[k].n_spikes > 0 ? 1.0 : 0.0;
  }
  return n > 0.0 ? sum / n : 0.0;
}

static void flag_misfit(const lg_clone *clone, lg_twin *twin) {
  const double rmse = lg_clone_count_rmse(twin);
  lg_twin_reason(twin, LG_DOMAIN_AMBER,
                 "χ² per sample is %.3g (0.8 … 1.25 is explained by noise alone): the model is simpler than the cell",
                 twin->chi2_per_sample);
  if (rmse <= fmax(1.5, 0.2 * mean_count(clone)) && !(twin->subthreshold_rmse_mV > 3.0)) return;
  char silent[64] = "";
  if (isfinite(twin->subthreshold_rmse_mV))
    (void)snprintf(silent, sizeof silent, ", silent sweeps by %.2g mV", twin->subthreshold_rmse_mV);
  lg_twin_reason(twin, LG_DOMAIN_RED, "not explained by this model: spike counts are off by %.2g per sweep%s", rmse,
                 silent);
}

void lg_clone_flag(const lg_recording *rec, const lg_clone_opts *opts, const lg_clone *clone, lg_twin *twin) {
  flag_network(opts, twin);
  if (!opts->network_only && !twin->accepted) flag_misfit(clone, twin);
  for (size_t k = 0; k < twin->n_parameters; k++) {
    const lg_twin_parameter *p = &twin->parameters[k];
    if (p->value < p->prior_low || p->value > p->prior_high)
      lg_twin_reason(twin, LG_DOMAIN_AMBER, "%s = %.4g %s lies outside the training range %.4g … %.4g", p->name,
                     p->value, p->unit, p->prior_low, p->prior_high);
  }
  if (rec->n_warnings > 0)
    lg_twin_reason(twin, LG_DOMAIN_AMBER, "the recording has %zu warning%s: %s", rec->n_warnings,
                   rec->n_warnings > 1 ? "s" : "", rec->warnings[0]);
}
