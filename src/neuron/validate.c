#define _POSIX_C_SOURCE 200809L
/* Draw, record, identify, replay: one neuron per work item. */
#include "neuron/validate.h"
#include "base/elementary.h"
#include "neuron/learn_izhikevich.h"
#include "neuron/learn_tm.h"
#include "neuron/validate_record.h"
#include "num/normal.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { P = LG_VALIDATE_P, MAX_SPIKES = 4096, CHUNK = LG_TM_LANES };

typedef struct desk { /* what one worker writes on */
  lg_izh_data *izhikevich;
  lg_tm_desk *tm;
  lg_validate_drawer drawer;
  double *v, *i, *spikes, *replayed;
} desk;

typedef struct job {
  const lg_validation *plan;
  lg_validate_trial *trials;
  desk *desks;
  size_t n; /* samples */
} job;

const char *const *lg_validate_names(lg_validate_family model) {
  return model == LG_VALIDATE_TM ? lg_tm_parameter_names : lg_izh_param_names;
}

static double cpu_seconds(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0) return (double)NAN;
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Share of spikes of both trains that have a partner within 2 ms: 2 matches / (n + m). 1 for two silent trains. */
static double coincidence(const double *a, size_t n, const double *b, size_t m) {
  size_t i = 0, j = 0, matches = 0;
  while (i < n && j < m) {
    if (fabs(a[i] - b[j]) <= 2.0) {
      matches++;
      i++;
      j++;
    } else if (a[i] < b[j]) i++;
    else j++;
  }
  return n + m == 0 ? 1.0 : 2.0 * (double)matches / (double)(n + m);
}

/* Truth and found neuron on the protocol with noise that nobody has seen. */
static double replay(const job *work, const desk *d, const lg_validate_cell *cell, const double *found,
                     uint64_t index) {
  const lg_validation *plan = work->plan;
  lg_izh_protocol_fill(plan->protocol, cell->i0_pA, plan->seed + 1, index, plan->dt_ms, work->n, d->i);
  const size_t n = lg_validate_spikes(plan->model, cell->natural, d->i, work->n, plan->dt_ms, d->spikes, MAX_SPIKES);
  const size_t m = lg_validate_spikes(plan->model, found, d->i, work->n, plan->dt_ms, d->replayed, MAX_SPIKES);
  return coincidence(d->spikes, least(n, MAX_SPIKES), d->replayed, least(m, MAX_SPIKES));
}

static void set_ranks(const double truth_z[P], const double centre[P], lg_validate_trial *trial) {
  for (int c = 0; c < P; c++)
    trial->rank[c] = trial->sd[c] > 0.0 ? lg_normal_cdf((truth_z[c] - centre[c]) / trial->sd[c]) : (double)NAN;
}

/* The same from weighted draws. */
static void weigh_ranks(const lg_importance *cloud, const double truth_z[P], lg_validate_trial *trial) {
  trial->effective = cloud->effective;
  for (int c = 0; c < P; c++) trial->rank[c] = lg_importance_rank(cloud, cloud->z + c, P, truth_z[c]);
}

static bool fit_izhikevich(const lg_validation *plan, desk *d, const lg_trace *trace, const double *prediction,
                           const lg_validate_cell *cell, uint64_t seed, lg_validate_trial *trial) {
  lg_identify_opts opts = LG_IDENTIFY_OPTS_INIT;
  lg_izhikevich_fit fit;
  double z[P];
  opts.seed = seed;
  opts.closed_form_only = plan->closed_form_only;
  opts.max_starts = plan->max_starts;
  opts.starts = prediction;
  opts.n_starts = prediction ? 1 : 0;
  if (!lg_izh_identify_in(d->izhikevich, trace, 1, &opts, &fit)) return false;
  trial->accepted = fit.accepted != 0;
  trial->chi2_per_sample = fit.chi2_per_sample;
  trial->starts = (unsigned)fit.starts;
  trial->iterations = (unsigned)fit.iterations;
  trial->n_spikes = fit.n_spikes;
  const lg_izh_params truth = lg_izh_from_vector(cell->natural);
  lg_izh_to_z(&truth, z);
  for (int c = 0; c < P; c++) {
    trial->found[c] = fit.parameters[c];
    trial->fallback[c] = prediction ? prediction[c] : fit.closed_form[c];
    trial->sd[c] = sqrt(fit.covariance_z[c][c]);
  }
  if (d->izhikevich->cloud && d->izhikevich->cloud->n > 0) weigh_ranks(d->izhikevich->cloud, z, trial);
  else set_ranks(z, fit.z, trial);
  return true;
}

static bool fit_tm(const lg_validation *plan, desk *d, const lg_trace *trace, const double *prediction,
                   const lg_validate_cell *cell, uint64_t seed, lg_validate_trial *trial) {
  const lg_tm_sweep sweep = {trace->n, trace->dt_ms, trace->v_mV, trace->i_pA};
  lg_tm_fit_opts opts = lg_tm_fit_opts_default();
  lg_tm_fit fit;
  double start[P], z[P];
  opts.seed = seed;
  opts.max_starts = (size_t)plan->max_starts;
  if (prediction) {
    lg_tm_from_natural(prediction, start);
    opts.starts = start;
    opts.n_starts = 1;
  }
  const bool found = lg_tm_identify_in(d->tm, &sweep, 1, &opts, &fit);
  trial->accepted = found && fit.accepted;
  trial->chi2_per_sample = found ? fit.chi2_per_sample : (double)NAN;
  trial->starts = fit.starts;
  trial->iterations = fit.iterations;
  if (!found) return true;
  lg_tm_to_natural(fit.theta, trial->found);
  lg_tm_from_natural(cell->natural, z);
  for (int c = 0; c < P; c++) {
    trial->fallback[c] = prediction ? prediction[c] : trial->found[c];
    trial->sd[c] = sqrt(fit.covariance[c][c]);
  }
  if (lg_tm_desk_cloud(d->tm)) weigh_ranks(lg_tm_desk_cloud(d->tm), z, trial);
  else set_ranks(z, fit.theta, trial);
  return true;
}

static void no_trial(lg_validate_trial *trial) {
  const double nan = (double)NAN;
  memset(trial, 0, sizeof *trial);
  for (int c = 0; c < P; c++)
    trial->truth[c] = trial->found[c] = trial->sd[c] = trial->fallback[c] = trial->rank[c] = nan;
  trial->chi2_per_sample = trial->coincidence = trial->effective = nan;
}

static bool run_trial(const job *work, desk *d, unsigned worker, uint64_t index, lg_validate_trial *trial) {
  const lg_validation *plan = work->plan;
  lg_validate_cell cell;
  double prediction[P];
  no_trial(trial);
  lg_validate_record(plan, index, &d->drawer, work->n, d->i, d->v, &cell);
  const lg_trace trace = {d->v, d->i, work->n, plan->dt_ms};
  const double start = cpu_seconds();
  const bool predicted = plan->predict && plan->predict(plan->predict_user, worker, &trace, prediction);
  const bool ok = plan->model == LG_VALIDATE_TM
                      ? fit_tm(plan, d, &trace, predicted ? prediction : NULL, &cell, index, trial)
                      : fit_izhikevich(plan, d, &trace, predicted ? prediction : NULL, &cell, index, trial);
  trial->seconds = cpu_seconds() - start;
  if (!ok) return false;
  if (plan->data != plan->model) {
    for (int c = 0; c < P; c++) trial->rank[c] = (double)NAN;
    return true;
  }
  memcpy(trial->truth, cell.natural, sizeof trial->truth);
  if (trial->accepted) trial->coincidence = replay(work, d, &cell, trial->found, index);
  return true;
}

static lg_status run_trials(void *user, size_t begin, size_t end, unsigned worker) {
  const job *work = user;
  for (size_t k = begin; k < end; k++)
    if (!run_trial(work, &work->desks[worker], worker, work->plan->first + k, &work->trials[k])) return LG_ERR_INTERNAL;
  return LG_OK;
}

static lg_status check_plan(lg_ctx *ctx, const lg_validation *plan) {
  if (plan->neurons == 0 || plan->neurons > 1000000)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu neurons; 1 to 1000000", plan->neurons);
  if (!(plan->dt_ms >= 0.01 && plan->dt_ms <= 0.5))
    return lg_fail(ctx, LG_ERR_RANGE, "dt = %g ms; 0.01 to 0.5", plan->dt_ms);
  if (!(plan->sigma_mV >= 0.0 && plan->sigma_mV <= 10.0))
    return lg_fail(ctx, LG_ERR_RANGE, "noise = %g mV; 0 to 10", plan->sigma_mV);
  if (plan->max_starts < 1 || plan->max_starts > 32)
    return lg_fail(ctx, LG_ERR_RANGE, "%d starts; 1 to 32", plan->max_starts);
  if (plan->model != LG_VALIDATE_IZHIKEVICH && plan->model != LG_VALIDATE_TM)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "only the Izhikevich and the Traub-Miles family can be fitted");
  return LG_OK;
}

static lg_status make_desk(lg_ctx *ctx, const lg_validation *plan, size_t n, desk *d) {
  lg_status status = LG_OK;
  if (plan->model == LG_VALIDATE_TM) {
    LG_TRY(lg_tm_desk_create(ctx, n, &d->tm));
    if (plan->posterior) LG_TRY(lg_tm_desk_add_cloud(ctx, d->tm));
  } else {
    LG_TRY(lg_izh_data_create(ctx, n, &d->izhikevich));
    if (plan->posterior) LG_TRY(lg_izh_data_add_cloud(ctx, d->izhikevich));
  }
  LG_NEW(ctx, d->v, n);
  LG_NEW(ctx, d->i, n);
  LG_NEW(ctx, d->spikes, MAX_SPIKES);
  LG_NEW(ctx, d->replayed, MAX_SPIKES);
done:
  return status;
}

static void clear_desk(lg_ctx *ctx, desk *d) {
  lg_izh_data_destroy(ctx, d->izhikevich);
  lg_tm_desk_destroy(ctx, d->tm);
  lg_free(ctx, d->v);
  lg_free(ctx, d->i);
  lg_free(ctx, d->spikes);
  lg_free(ctx, d->replayed);
}

lg_status lg_validate(lg_ctx *ctx, const lg_validation *plan, lg_validate_trial *trials) {
  lg_status status = LG_OK;
  const unsigned threads = lg_ctx_threads(ctx);
  job work = {.trials = trials};
  LG_TRY(check_plan(ctx, plan));
  work.n = lg_izh_protocol_samples(plan->protocol, plan->dt_ms);
  LG_NEW(ctx, work.desks, threads);
  for (unsigned t = 0; t < threads; t++) LG_TRY(make_desk(ctx, plan, work.n, &work.desks[t]));
  const size_t batch = (size_t)CHUNK * threads; /* between looks at progress and cancel */
  for (size_t begin = 0; begin < plan->neurons; begin += batch) {
    const size_t n = least(batch, plan->neurons - begin);
    lg_validation part = *plan;
    job piece = work;
    part.first += begin;
    piece.plan = &part;
    piece.trials = trials + begin;
    LG_TRY(lg_parallel_for(ctx, n, CHUNK, run_trials, &piece));
    LG_TRY(lg_progress(ctx, "neurons", begin + n, plan->neurons));
  }
done:
  for (unsigned t = 0; work.desks && t < threads; t++) clear_desk(ctx, &work.desks[t]);
  lg_free(ctx, work.desks);
  return status;
}
