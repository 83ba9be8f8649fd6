#include "twin/clone.h"

#include "twin/clone_network.h"

#include <math.h>
#include <string.h>

/* ---- what of the recording is fitted ---------------------------------------------------------- */

int lg_clone_count_spikes(const double *v_mV, size_t begin, size_t end, size_t n, double dt_ms) {
  const size_t longest = (size_t)(15.0 / dt_ms);
  int count = 0;
  for (size_t k = begin + 1; k < end && k < n; k++) {
    if (!(v_mV[k - 1] < -20.0 && v_mV[k] >= -20.0)) continue;
    double peak = v_mV[k];
    size_t j = k;
    while (j < n && j < k + longest && v_mV[j] >= -20.0) {
      if (v_mV[j] > peak) peak = v_mV[j];
      j++;
    }
    if (j < n && v_mV[j] < -20.0 && peak >= -15.0) count++;
    k = j;
  }
  return count;
}

static size_t samples_of(double ms, double dt_ms) { return (size_t)(ms / dt_ms + 0.5); }

/* The step with 50 ms before and 100 ms after it; the whole sweep when there is no step. */
static lg_fit_trace trace_of(const lg_sweep *s) {
  size_t begin = 0, end = s->n;
  if (s->has_step) {
    const size_t before = samples_of(50.0, s->dt_ms), after = samples_of(100.0, s->dt_ms);
    begin = s->step_on > before ? s->step_on - before : 0;
    end = s->step_off + after < s->n ? s->step_off + after : s->n;
  }
  return (lg_fit_trace){s->v_mV + begin, s->i_pA + begin, end - begin, s->dt_ms};
}

static lg_status check(lg_ctx *ctx, const lg_recording *rec) {
  int spikes = 0;
  if (rec->n_sweeps == 0) return lg_fail(ctx, LG_ERR_UNSUPPORTED, "no sweep with a membrane potential");
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    if (!s->i_pA)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                     "sweep %d has no current, neither measured nor from the protocol; a twin needs the current that "
                     "drove the cell",
                     s->number);
    if (s->dt_ms > 0.2500001)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "sampled at %.3g kHz; spikes need at least 4 kHz", 1.0 / s->dt_ms);
    for (size_t j = 0; j < s->n; j++)
      if (!isfinite(s->v_mV[j]) || !isfinite(s->i_pA[j]))
        return lg_fail(ctx, LG_ERR_FORMAT,
                       "sweep %d, sample %zu: potential or current is not a number; cut the sweep or export it again",
                       s->number, j);
    spikes += lg_clone_count_spikes(s->v_mV, 0, s->n, s->n, s->dt_ms);
  }
  if (spikes == 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "no spikes in %zu sweeps; a spiking model cannot be told from silence",
                   rec->n_sweeps);
  return LG_OK;
}

static bool is_fitted(const lg_recording *rec, const lg_clone_opts *opts, size_t k) {
  return opts->all_sweeps || rec->n_sweeps < 4 || k % 2 == 0;
}

/* ---- judging ---------------------------------------------------------------------------------- */

static double rmse_below(const lg_fit_trace *t, const double *twin_mV) {
  double sum = 0.0;
  for (size_t k = 0; k < t->n; k++) sum += (t->v_mV[k] - twin_mV[k]) * (t->v_mV[k] - twin_mV[k]);
  return sqrt(sum / (double)t->n);
}

static void judge_sweep(const lg_sweep *s, const double *twin_mV, bool fitted, lg_twin_sweep *out) {
  const size_t begin = s->has_step ? s->step_on : 0;
  const size_t end = s->has_step ? s->step_off + samples_of(2.0, s->dt_ms) : s->n;
  const lg_fit_trace t = trace_of(s);
  out->number = s->number;
  out->fitted = fitted;
  out->step_pA = s->has_step ? s->step_pA : (double)NAN;
  out->n_spikes = lg_clone_count_spikes(s->v_mV, begin, end, s->n, s->dt_ms);
  out->n_spikes_twin = lg_clone_count_spikes(twin_mV, begin, end, s->n, s->dt_ms);
  const bool silent = lg_clone_count_spikes(s->v_mV, 0, s->n, s->n, s->dt_ms) == 0;
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

static void judge(const lg_clone *c, lg_twin *twin) {
  double unused, square = 0.0;
  size_t silent = 0;
  score_counts(c->sweeps, c->n_sweeps, true, &twin->count_rmse_fitted, &unused);
  score_counts(c->sweeps, c->n_sweeps, false, &twin->count_rmse_predicted, &twin->count_r2_predicted);
  for (size_t k = 0; k < c->n_sweeps; k++) {
    const double e = c->sweeps[k].subthreshold_rmse_mV;
    if (!(e == e)) continue;
    square += e * e;
    silent++;
  }
  twin->subthreshold_rmse_mV = silent > 0 ? sqrt(square / (double)silent) : (double)NAN;
}

/* Error of spike counts where the fit did not look, if there are such sweeps. */
static double count_rmse(const lg_twin *t) {
  return t->count_rmse_predicted == t->count_rmse_predicted ? t->count_rmse_predicted : t->count_rmse_fitted;
}

static void flag(const lg_recording *rec, const lg_clone_opts *opts, lg_twin *twin) {
  const bool far = twin->network_distance > 1.0;
  if (!twin->accepted && far)
    lg_twin_reason(twin, twin->network_distance > 2.0 && opts->network_only ? LG_DOMAIN_RED : LG_DOMAIN_AMBER,
                   "the recording lies %.2g times as far from the training neurons as 97.5 %% of them do (network %s)",
                   twin->network_distance, twin->network);
  if (opts->network_only) {
    lg_twin_reason(twin, LG_DOMAIN_GREEN,
                   "the network's word alone: nothing was refined or checked against the traces");
  } else if (!twin->accepted) {
    const double rmse = count_rmse(twin);
    lg_twin_reason(twin, LG_DOMAIN_AMBER,
                   "χ² per sample is %.3g (0.8 … 1.25 is explained by noise alone): the model is simpler than the cell",
                   twin->chi2_per_sample);
    if (!(rmse <= 1.5) || twin->subthreshold_rmse_mV > 3.0)
      lg_twin_reason(twin, LG_DOMAIN_RED,
                     "not explained by this model: spike counts are off by %.2g per sweep, silent sweeps by %.2g mV",
                     rmse, twin->subthreshold_rmse_mV);
  }
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

/* ---- the whole -------------------------------------------------------------------------------- */

typedef struct simulate_job {
  const lg_family *family;
  const lg_recording *rec;
  const lg_clone_opts *opts;
  lg_clone *clone;
} simulate_job;

static lg_status simulate_range(void *user, size_t begin, size_t end, unsigned worker) {
  const simulate_job *job = user;
  (void)worker;
  for (size_t k = begin; k < end; k++) {
    const lg_sweep *s = &job->rec->sweeps[k];
    job->family->simulate(&job->clone->twin, s->i_pA, s->n, s->dt_ms, job->clone->twin_mV[k]);
    judge_sweep(s, job->clone->twin_mV[k], is_fitted(job->rec, job->opts, k), &job->clone->sweeps[k]);
  }
  return LG_OK;
}

static lg_status clone_create(lg_ctx *ctx, const lg_recording *rec, lg_clone **out) {
  lg_status status = LG_OK;
  lg_clone *c = NULL;
  *out = NULL;
  LG_NEW(ctx, c, 1);
  LG_NEW(ctx, c->sweeps, rec->n_sweeps);
  LG_NEW(ctx, c->twin_mV, rec->n_sweeps);
  c->n_sweeps = rec->n_sweeps;
  for (size_t k = 0; k < rec->n_sweeps; k++) LG_NEW(ctx, c->twin_mV[k], rec->sweeps[k].n);
  *out = c;
  return LG_OK;
done:
  lg_clone_destroy(ctx, c);
  return status;
}

void lg_clone_destroy(lg_ctx *ctx, lg_clone *clone) {
  if (!clone) return;
  if (clone->twin_mV)
    for (size_t k = 0; k < clone->n_sweeps; k++) lg_free(ctx, clone->twin_mV[k]);
  lg_free(ctx, (void *)clone->twin_mV);
  lg_free(ctx, clone->sweeps);
  lg_free(ctx, clone);
}

/* The refined twin; the network's word where it knows such neurons and the refinement ended beside the optimum. */
static lg_status fit_family(lg_ctx *ctx, const lg_family *family, const lg_clone_opts *opts, const lg_fit_trace *traces,
                            size_t n_traces, lg_twin *twin) {
  lg_status status = LG_OK;
  lg_clone_guess *guess = NULL;
  const lg_clone_net_file *asked = NULL;
  LG_NEW(ctx, guess, 1);
  LG_TRY(lg_clone_ask(ctx, family, opts, traces, n_traces, guess, &asked));
  if (opts->network_only) {
    if (!asked) {
      status = lg_fail(ctx, LG_ERR_NOT_FOUND, "no network knows the family '%s'; clone without --network-only",
                       family->name);
      goto done;
    }
    twin->chi2_per_sample = twin->noise_mV = (double)NAN;
    lg_clone_take_guess(family, guess, twin);
  } else {
    LG_TRY(family->fit(ctx, traces, n_traces, asked ? guess : NULL, opts->seed, twin));
    if (!twin->accepted && asked && lg_clone_guess_distance(guess) <= 1.0) lg_clone_take_guess(family, guess, twin);
  }
  lg_clone_note_network(asked, guess, twin);
done:
  lg_free(ctx, guess);
  return status;
}

static lg_status try_family(lg_ctx *ctx, const lg_family *family, const lg_recording *rec, const lg_clone_opts *opts,
                            const lg_fit_trace *traces, size_t n_traces, lg_clone **out) {
  lg_status status = LG_OK;
  lg_clone *c = NULL;
  LG_TRY(clone_create(ctx, rec, &c));
  LG_TRY(fit_family(ctx, family, opts, traces, n_traces, &c->twin));
  simulate_job job = {family, rec, opts, c};
  LG_TRY(lg_parallel_for(ctx, rec->n_sweeps, 1, simulate_range, &job));
  judge(c, &c->twin);
  *out = c;
  return LG_OK;
done:
  lg_clone_destroy(ctx, c);
  return status;
}

/* Which of two twins explains the cell better: an accepted one; else the smaller error of spike counts. */
static bool better(const lg_twin *a, const lg_twin *b) {
  if (a->accepted != b->accepted) return a->accepted;
  return count_rmse(a) < count_rmse(b);
}

static lg_clone_trial trial_of(const lg_ctx *ctx, const lg_family *family, const lg_clone *c) {
  lg_clone_trial t = {.family = family, .chi2_per_sample = (double)NAN, .count_rmse = (double)NAN};
  if (c) {
    t.accepted = c->twin.accepted;
    t.chi2_per_sample = c->twin.chi2_per_sample;
    t.count_rmse = count_rmse(&c->twin);
  } else {
    (void)snprintf(t.note, sizeof t.note, "%s", lg_ctx_message(ctx));
  }
  return t;
}

lg_status lg_clone_recording(lg_ctx *ctx, const lg_recording *rec, const lg_clone_opts *opts, lg_clone **out) {
  lg_status status = LG_OK, last = LG_OK;
  lg_clone_trial trials[LG_CLONE_MAX_TRIALS];
  size_t n_trials = 0;
  lg_fit_trace *traces = NULL;
  lg_clone *best = NULL;
  size_t n_families, n_traces = 0;
  const lg_family *const *families = lg_families(&n_families);
  *out = NULL;
  LG_TRY(check(ctx, rec));
  LG_NEW(ctx, traces, rec->n_sweeps);
  for (size_t k = 0; k < rec->n_sweeps; k++)
    if (is_fitted(rec, opts, k)) traces[n_traces++] = trace_of(&rec->sweeps[k]);
  for (size_t f = 0; f < n_families; f++) {
    lg_clone *c = NULL;
    if (opts->model && strcmp(opts->model, families[f]->name) != 0) continue;
    LG_TRY(lg_progress(ctx, "cloning", f, n_families));
    last = try_family(ctx, families[f], rec, opts, traces, n_traces, &c);
    if (last == LG_ERR_MEMORY || last == LG_ERR_CANCELLED) {
      status = last;
      goto done;
    }
    if (n_trials < LG_CLONE_MAX_TRIALS) trials[n_trials++] = trial_of(ctx, families[f], c);
    if (last != LG_OK) continue;
    c->family = families[f];
    if (!best || better(&c->twin, &best->twin)) {
      lg_clone *old = best;
      best = c;
      c = old;
    }
    lg_clone_destroy(ctx, c);
  }
  if (!best) {
    status = last != LG_OK ? last : lg_fail(ctx, LG_ERR_ARGUMENT, "no model family is called '%s'", opts->model);
    goto done;
  }
  flag(rec, opts, &best->twin);
  best->n_trials = n_trials;
  memcpy(best->trials, trials, n_trials * sizeof trials[0]);
  *out = best;
  best = NULL;
done:
  lg_clone_destroy(ctx, best);
  lg_free(ctx, traces);
  return status;
}
