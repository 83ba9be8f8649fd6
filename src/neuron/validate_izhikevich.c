#define _POSIX_C_SOURCE 200809L
/* Draw, record, identify, replay: one neuron per work item. */
#include "neuron/validate_izhikevich.h"
#include "base/elementary.h"
#include "neuron/adex_sampled.h"
#include "neuron/prior_tm.h"
#include "neuron/tm_sampled.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { P = LG_IZH_N_PARAMS, MAX_SPIKES = 4096 };

typedef struct desk { /* what one worker writes on */
  lg_izh_data *data;
  double *v, *i, *spikes, *replayed;
} desk;

typedef struct job {
  const lg_izh_validation *plan;
  lg_izh_trial *trials;
  desk *desks;
  size_t n; /* samples */
} job;

static double cpu_seconds(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0) return (double)NAN;
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

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

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static double replay(const job *work, const desk *d, const lg_izh_draw *draw, const lg_izhikevich_fit *fit,
                     uint64_t index) {
  const lg_izh_validation *plan = work->plan;
  const lg_izh_params found = lg_izh_from_vector(fit->parameters);
  lg_izh_protocol_fill(plan->protocol, draw->i0_pA, plan->seed + 1, index, plan->dt_ms, work->n, d->i);
  const size_t n = lg_izh_simulate_sampled(&draw->p, d->i, work->n, plan->dt_ms, NULL, d->spikes, MAX_SPIKES);
  const size_t m = lg_izh_simulate_sampled(&found, d->i, work->n, plan->dt_ms, NULL, d->replayed, MAX_SPIKES);
  return coincidence(d->spikes, least(n, MAX_SPIKES), d->replayed, least(m, MAX_SPIKES));
}

/* Write current and potential of a neuron; false for one that does not spike enough to be looked at. */
static void record(const job *work, const desk *d, uint64_t index, lg_izh_draw *draw) {
  const lg_izh_validation *plan = work->plan;
  if (plan->family == LG_IZH_FAMILY_IZHIKEVICH) {
    lg_izh_prior_draw(plan->seed, index, draw);
    lg_izh_protocol_fill(plan->protocol, draw->i0_pA, plan->seed, index, plan->dt_ms, work->n, d->i);
    (void)lg_izh_simulate_sampled(&draw->p, d->i, work->n, plan->dt_ms, d->v, NULL, 0);
  } else if (plan->family == LG_IZH_FAMILY_TM) {
    lg_tm_draw all[LG_TM_LANES];
    lg_tm_prior_draw(plan->seed, index - index % LG_TM_LANES, all);
    const lg_tm_draw *one = &all[index % LG_TM_LANES];
    const unsigned substeps = (unsigned)(plan->dt_ms / 0.0125 + 0.999);
    lg_izh_protocol_fill(plan->protocol, one->i0_pA, plan->seed, index, plan->dt_ms, work->n, d->i);
    (void)lg_tm_simulate_sampled(one->theta, LG_TM_PRIOR_TAUMAX, d->i, work->n, plan->dt_ms, substeps, 0, d->v, NULL,
                                 0);
  } else {
    lg_adex_draw one;
    lg_adex_prior_draw(plan->seed, index, &one);
    lg_izh_protocol_fill(plan->protocol, one.i0_pA, plan->seed, index, plan->dt_ms, work->n, d->i);
    (void)lg_adex_simulate_sampled(&one.p, d->i, work->n, plan->dt_ms, d->v);
  }
  lg_izh_add_noise(d->v, work->n, plan->sigma_mV, plan->seed, index);
}

static lg_status run_trials(void *user, size_t begin, size_t end, unsigned worker) {
  const job *work = user;
  const desk *d = &work->desks[worker];
  for (size_t k = begin; k < end; k++) {
    lg_izh_trial *trial = &work->trials[k];
    const uint64_t index = work->plan->first + k;
    lg_izh_draw draw;
    record(work, d, index, &draw);
    const lg_trace trace = {d->v, d->i, work->n, work->plan->dt_ms};
    const double start = cpu_seconds();
    if (!lg_izh_identify_in(d->data, &trace, 1, &work->plan->opts, &trial->fit)) return LG_ERR_INTERNAL;
    trial->seconds = cpu_seconds() - start;
    trial->replay_coincidence = (double)NAN;
    for (int c = 0; c < P; c++) trial->truth[c] = (double)NAN;
    if (work->plan->family != LG_IZH_FAMILY_IZHIKEVICH) continue;
    lg_izh_to_vector(&draw.p, trial->truth);
    if (trial->fit.accepted) trial->replay_coincidence = replay(work, d, &draw, &trial->fit, index);
  }
  return LG_OK;
}

static lg_status check_plan(lg_ctx *ctx, const lg_izh_validation *plan) {
  if (plan->neurons == 0 || plan->neurons > 1000000)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu neurons; 1 to 1000000", plan->neurons);
  if (!(plan->dt_ms >= 0.01 && plan->dt_ms <= 0.5))
    return lg_fail(ctx, LG_ERR_RANGE, "dt = %g ms; 0.01 to 0.5", plan->dt_ms);
  if (!(plan->sigma_mV >= 0.0 && plan->sigma_mV <= 10.0))
    return lg_fail(ctx, LG_ERR_RANGE, "noise = %g mV; 0 to 10", plan->sigma_mV);
  return LG_OK;
}

lg_status lg_izh_validate(lg_ctx *ctx, const lg_izh_validation *plan, lg_izh_trial *trials) {
  lg_status status = LG_OK;
  const unsigned threads = lg_ctx_threads(ctx);
  job work = {.plan = plan, .trials = trials};
  LG_TRY(check_plan(ctx, plan));
  work.n = lg_izh_protocol_samples(plan->protocol, plan->dt_ms);
  LG_NEW(ctx, work.desks, threads);
  for (unsigned t = 0; t < threads; t++) {
    desk *d = &work.desks[t];
    LG_TRY(lg_izh_data_create(ctx, work.n, &d->data));
    LG_NEW(ctx, d->v, work.n);
    LG_NEW(ctx, d->i, work.n);
    LG_NEW(ctx, d->spikes, MAX_SPIKES);
    LG_NEW(ctx, d->replayed, MAX_SPIKES);
  }
  const size_t batch = 16 * threads; /* between looks at progress and cancel */
  for (size_t begin = 0; begin < plan->neurons; begin += batch) {
    const size_t n = least(batch, plan->neurons - begin);
    lg_izh_validation part = *plan;
    job piece = work;
    part.first += begin;
    piece.plan = &part;
    piece.trials = trials + begin;
    LG_TRY(lg_parallel_for(ctx, n, 1, run_trials, &piece));
    LG_TRY(lg_progress(ctx, "neurons", begin + n, plan->neurons));
  }
done:
  for (unsigned t = 0; work.desks && t < threads; t++) {
    lg_izh_data_destroy(ctx, work.desks[t].data);
    lg_free(ctx, work.desks[t].v);
    lg_free(ctx, work.desks[t].i);
    lg_free(ctx, work.desks[t].spikes);
    lg_free(ctx, work.desks[t].replayed);
  }
  lg_free(ctx, work.desks);
  return status;
}
