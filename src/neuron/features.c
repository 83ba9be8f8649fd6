#include "base/base.h"
#include "neuron/features_internal.h"

#include <string.h>

static lg_status check_options(lg_ctx *ctx, const lg_features_opts *opts, lg_features_opts *resolved) {
  const lg_features_opts defaults = LG_FEATURES_OPTS_INIT;
  *resolved = defaults;
  if (!opts) return LG_OK;
  if (opts->size < sizeof defaults)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "options of %zu bytes; set .size by LG_FEATURES_OPTS_INIT (%zu bytes)",
                   opts->size, sizeof defaults);
  *resolved = *opts;
  if ((unsigned)opts->definition > LG_DEFINITION_IPFX)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "definition %d; allowed 0 (standard), 1 (eFEL), 2 (IPFX)", opts->definition);
  if (!(opts->window_extra_ms >= 0.0 && opts->window_extra_ms <= 100.0))
    return lg_fail(ctx, LG_ERR_RANGE, "window_extra_ms = %g; allowed 0 … 100", opts->window_extra_ms);
  if (!(opts->spike_level_mV >= -100.0 && opts->spike_level_mV <= 100.0))
    return lg_fail(ctx, LG_ERR_RANGE, "spike_level_mV = %g; allowed -100 … 100", opts->spike_level_mV);
  if (!(opts->min_peak_mV >= -100.0 && opts->min_peak_mV <= 100.0))
    return lg_fail(ctx, LG_ERR_RANGE, "min_peak_mV = %g; allowed -100 … 100", opts->min_peak_mV);
  if (!(opts->max_above_ms > 0.0 && opts->max_above_ms <= 1000.0))
    return lg_fail(ctx, LG_ERR_RANGE, "max_above_ms = %g; allowed above 0 … 1000", opts->max_above_ms);
  return LG_OK;
}

static lg_status check_sweep(lg_ctx *ctx, const lg_sweep *sweep) {
  if (!(sweep->dt_ms > 0.0) || !isfinite(sweep->dt_ms))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "sweep %d: sampling interval %g ms; it must be positive", sweep->number,
                   sweep->dt_ms);
  if (sweep->n > 0 && !sweep->v_mV) return lg_fail(ctx, LG_ERR_ARGUMENT, "sweep %d has no potential", sweep->number);
  if (sweep->has_step && !(sweep->step_on < sweep->step_off && sweep->step_off <= sweep->n))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "sweep %d: step at samples [%zu, %zu) of %zu", sweep->number, sweep->step_on,
                   sweep->step_off, sweep->n);
  return LG_OK;
}

static void undefine(lg_feature_value *values, size_t n, const char *reason) {
  for (size_t k = 0; k < n; k++) values[k] = (lg_feature_value){(double)NAN, reason};
}

/* The spikes of the window are consecutive rows of all spikes: [first, first + n). */
static void select_window(features_sweep *s) {
  const size_t extra = features_samples(s->trace.opts.window_extra_ms, s->trace.dt);
  const size_t begin = s->has_step && !s->trace.opts.all_spikes ? s->on : 0;
  const size_t end = s->has_step && !s->trace.opts.all_spikes ? s->off + extra : s->trace.n;
  size_t first = 0, n = 0;
  for (size_t k = 0; k < s->n_all; k++) {
    if (s->all[k].i_peak < begin) first++;
    else if (s->all[k].i_peak < end) n++;
  }
  s->spikes = n ? s->all + first : NULL;
  s->n_spikes = n;
}

/* spikes (capacity): at least as many as the sweep has; scratch (sweep->n). */
static void measure(const lg_sweep *sweep, const lg_features_opts *opts, lg_spike *spikes, size_t capacity,
                    double *scratch, lg_feature_value *values) {
  undefine(values, LG_SWEEP_FEATURES, "The sweep has fewer than 3 samples.");
  if (sweep->n < 3) return;
  features_sweep s = {.trace = {sweep->v_mV, sweep->n, sweep->dt_ms, *opts},
                      .i_pA = sweep->i_pA,
                      .has_step = sweep->has_step != 0,
                      .on = sweep->has_step ? sweep->step_on : 0,
                      .off = sweep->has_step ? sweep->step_off : sweep->n,
                      .hold_pA = sweep->step_hold_pA,
                      .step_pA = sweep->step_pA - sweep->step_hold_pA,
                      .all = spikes,
                      .scratch = scratch,
                      .values = values};
  s.n_all = lg_spikes_find(s.trace.v, s.trace.n, s.trace.dt, opts, capacity, spikes);
  if (s.n_all > capacity) s.n_all = capacity;
  select_window(&s);
  features_group_passive(&s);
  features_group_tau(&s);
  features_group_spikes(&s);
  features_group_train(&s);
  features_group_burst(&s);
  features_group_chirp(&s);
}

lg_status lg_features_sweep(lg_ctx *ctx, const lg_sweep *sweep, const lg_features_opts *opts,
                            lg_feature_value *values) {
  lg_status status = LG_OK;
  lg_features_opts resolved;
  lg_spike *spikes = NULL;
  double *scratch = NULL;
  undefine(values, LG_SWEEP_FEATURES, "The sweep was not measured.");
  LG_TRY(check_options(ctx, opts, &resolved));
  LG_TRY(check_sweep(ctx, sweep));
  const size_t n = lg_spikes_find(sweep->v_mV, sweep->n, sweep->dt_ms, &resolved, 0, NULL);
  LG_NEW(ctx, spikes, n + 1);
  LG_NEW(ctx, scratch, sweep->n + 1);
  measure(sweep, &resolved, spikes, n + 1, scratch, values);
done:
  lg_free(ctx, spikes);
  lg_free(ctx, scratch);
  return status;
}

/* What one worker needs, enough for the largest sweep. */
typedef struct job {
  const lg_recording *rec;
  lg_features_opts opts;
  size_t n_max, spikes_max;
  lg_spike *spikes; /* (workers, spikes_max) */
  double *scratch;  /* (workers, n_max) */
  lg_features *out;
} job;

static lg_status measure_range(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  for (size_t k = begin; k < end; k++)
    measure(&j->rec->sweeps[k], &j->opts, j->spikes + worker * j->spikes_max, j->spikes_max,
            j->scratch + worker * j->n_max, j->out->sweeps + k * LG_SWEEP_FEATURES);
  return LG_OK;
}

static lg_status prepare(lg_ctx *ctx, job *j) {
  lg_status status = LG_OK;
  size_t spikes = 0, samples = 0;
  j->n_max = j->spikes_max = 1;
  for (size_t k = 0; k < j->rec->n_sweeps; k++) {
    const lg_sweep *sweep = &j->rec->sweeps[k];
    LG_TRY(check_sweep(ctx, sweep));
    const size_t n = lg_spikes_find(sweep->v_mV, sweep->n, sweep->dt_ms, &j->opts, 0, NULL);
    if (sweep->n > j->n_max) j->n_max = sweep->n;
    if (n > j->spikes_max) j->spikes_max = n;
    j->out->numbers[k] = sweep->number;
  }
  if (!lg_mul_size(lg_ctx_threads(ctx), j->spikes_max, &spikes) ||
      !lg_mul_size(lg_ctx_threads(ctx), j->n_max, &samples))
    return lg_fail(ctx, LG_ERR_LIMIT, "a sweep of %zu samples is too long", j->n_max);
  LG_NEW(ctx, j->spikes, spikes);
  LG_NEW(ctx, j->scratch, samples);
done:
  return status;
}

lg_status lg_features_create(lg_ctx *ctx, const lg_recording *rec, const lg_features_opts *opts, lg_features **out) {
  lg_status status = LG_OK;
  lg_features *f = NULL;
  double *column = NULL;
  size_t cells = 0;
  job j = {.rec = rec};
  *out = NULL;
  LG_TRY(check_options(ctx, opts, &j.opts));
  if (!lg_mul_size(rec->n_sweeps, LG_SWEEP_FEATURES, &cells))
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu sweeps are too many", rec->n_sweeps);
  LG_NEW(ctx, f, 1);
  f->n_sweeps = rec->n_sweeps;
  LG_NEW(ctx, f->sweeps, cells + 1);
  LG_NEW(ctx, f->numbers, rec->n_sweeps + 1);
  LG_NEW(ctx, column, rec->n_sweeps + 1);
  j.out = f;
  LG_TRY(prepare(ctx, &j));
  LG_TRY(lg_parallel_for(ctx, rec->n_sweeps, 1, measure_range, &j));
  features_cell(f->sweeps, f->n_sweeps, column, f->cell);
  *out = f;
  f = NULL;
done:
  lg_free(ctx, j.spikes);
  lg_free(ctx, j.scratch);
  lg_free(ctx, column);
  lg_features_destroy(ctx, f);
  return status;
}

void lg_features_destroy(lg_ctx *ctx, lg_features *features) {
  if (!features) return;
  lg_free(ctx, features->sweeps);
  lg_free(ctx, features->numbers);
  lg_free(ctx, features);
}
