/* Working out the points of `loligo sweep`: in batches where the model and the stimulus allow it, else one by one. */
#include "app/cli/sweep_plan.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { MAX_SPIKES_PER_MS = 2 };

/* ---- how ---------------------------------------------------------------------------------------------------- */

static bool on_step(double t_ms, double dt_ms) {
  const double k = floor(t_ms / dt_ms + 0.5);
  return fabs(k * dt_ms - t_ms) <= 1e-9 * (fabs(t_ms) + dt_ms);
}

/* A batch holds the current over each step: exact for levels that begin and end on steps. */
static bool stimulus_fits(const sweep_job *job, double dt_ms) {
  const lg_protocol *p = job->protocol;
  if (p->n_events > 0 || !on_step(p->duration_ms, dt_ms) || !on_step(p->sample_ms, dt_ms)) return false;
  for (size_t k = 0; k < p->n_segments; k++) {
    const lg_segment *s = &p->segments[k];
    if (s->type != LG_SEGMENT_CONST || !on_step(s->t0_ms, dt_ms) || !on_step(s->t1_ms, dt_ms)) return false;
  }
  return true;
}

static bool kind_of(const sweep_job *job, lg_batch_kind *kind) {
  const lg_model_info *info = job->neuron.info;
  *kind = LG_BATCH_HH52_STAGGERED;
  if (strcmp(info->model, "izhikevich") == 0 && strcmp(info->variant, "std") == 0) *kind = LG_BATCH_IZHIKEVICH_RK4;
  else if (strcmp(info->model, "tm") == 0) *kind = LG_BATCH_TM_RK4;
  else if (strcmp(info->model, "hh52") != 0) return false;
  return true;
}

/* Whether a batch takes the neuron with every parameter at either end of its axis: one step shows it. */
static bool batch_takes(lg_ctx *ctx, const sweep_job *job, lg_batch_kind kind, double dt_ms) {
  lg_neuron ends[2] = {job->neuron, job->neuron};
  const double nothing = 0.0;
  const lg_batch_input input = {.n_neurons = 2, .n_steps = 1, .dt_ms = dt_ms, .waveform = &nothing};
  const lg_batch_options options = {.size = sizeof options, .kind = kind};
  const lg_batch_output output = {.n_spikes = NULL};
  for (size_t a = 0; a < job->sampler.n_axes; a++) {
    const lg_sample_axis *axis = &job->sampler.axes[a];
    double low = axis->from, high = axis->to;
    if (job->target[a] >= LG_NEURON_MAX_FIELDS) continue;
    for (size_t k = 0; axis->values && k < axis->n; k++) {
      if (k == 0 || axis->values[k] < low) low = axis->values[k];
      if (k == 0 || axis->values[k] > high) high = axis->values[k];
    }
    /* a value that is not allowed is the matter of its point; here only the currents that it switches on count */
    const lg_field *f = &job->neuron.info->fields[job->target[a]];
    if (low >= f->low && low <= f->high) ends[0].value[job->target[a]] = low;
    if (high >= f->low && high <= f->high) ends[1].value[job->target[a]] = high;
  }
  const lg_status status = lg_batch_run(ctx, ends, &input, &options, &output);
  lg_ctx_clear(ctx);
  return status != LG_ERR_ARGUMENT && status != LG_ERR_UNSUPPORTED;
}

static lg_status prepare_batch(lg_ctx *ctx, sweep_job *job) {
  lg_status status = LG_OK;
  if (job->dt_ms == 0.0) job->dt_ms = 0.025;
  job->n_steps = (size_t)floor(job->protocol->duration_ms / job->dt_ms + 0.5);
  job->every = (size_t)floor(job->protocol->sample_ms / job->dt_ms + 0.5);
  LG_NEW(ctx, job->waveform, job->n_steps);
  for (size_t k = 0; k < job->n_steps; k++)
    job->waveform[k] = lg_protocol_current(job->protocol, ((double)k + 0.5) * job->dt_ms);
done:
  return status;
}

lg_status sweep_job_choose_solver(lg_ctx *ctx, const char *path, sweep_job *job) {
  const double dt = job->dt_ms > 0.0 ? job->dt_ms : 0.025;
  if (job->solver != SWEEP_AUTO && job->solver != SWEEP_BATCH) return LG_OK;
  const bool model = kind_of(job, &job->kind);
  const bool takes = model && batch_takes(ctx, job, job->kind, dt), fits = stimulus_fits(job, dt);
  if (job->solver == SWEEP_BATCH && !takes)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: solver: batches do not run this neuron (optional currents, or %s/%s)",
                   path, job->neuron.info->model, job->neuron.info->variant);
  if (job->solver == SWEEP_BATCH && !fits)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "%s: solver: batches need constant currents that begin and end on multiples of dt_ms, %g", path, dt);
  /* the batch of hh52 is another scheme, of first order: only when it is asked for */
  const bool good = takes && fits && (job->solver == SWEEP_BATCH || job->kind != LG_BATCH_HH52_STAGGERED);
  job->solver = good ? SWEEP_BATCH : SWEEP_RK4;
  return good ? prepare_batch(ctx, job) : LG_OK;
}

/* ---- one point ------------------------------------------------------------------------------------------------ */

bool sweep_job_neuron(lg_ctx *ctx, const sweep_job *job, const double *x, lg_neuron *neuron, double *scale,
                      double *offset, char *words, size_t bytes) {
  *neuron = job->neuron;
  *scale = 1.0;
  *offset = 0.0;
  for (size_t a = 0; a < job->sampler.n_axes; a++) {
    const size_t t = job->target[a];
    if (t == SWEEP_STIMULUS_SCALE) *scale = x[a];
    else if (t == SWEEP_STIMULUS_OFFSET) *offset = x[a];
    else if (lg_neuron_set(ctx, neuron, neuron->info->fields[t].name, x[a]) != LG_OK) {
      (void)snprintf(words, bytes, "%s", lg_ctx_message(ctx));
      return false;
    }
  }
  if (lg_neuron_check(ctx, neuron) == LG_OK) return true;
  (void)snprintf(words, bytes, "%s", lg_ctx_message(ctx));
  return false;
}

typedef struct outcome {
  size_t n_spikes;
  const double *spikes_ms; /* (n_spikes) */
  size_t n_samples;        /* 0: no trace */
  const double *v_mV;      /* (n_samples) */
} outcome;

static void measure_intervals(const double *t, size_t n, double *out) {
  double sum = 0.0, squares = 0.0;
  if (n >= 1) {
    out[SWEEP_first_spike_ms] = t[0];
    out[SWEEP_last_spike_ms] = t[n - 1];
  }
  if (n < 2) return;
  const double mean = (t[n - 1] - t[0]) / (double)(n - 1);
  for (size_t k = 1; k < n; k++) {
    const double d = t[k] - t[k - 1] - mean;
    sum += d;
    squares += d * d;
  }
  out[SWEEP_first_isi_ms] = t[1] - t[0];
  out[SWEEP_last_isi_ms] = t[n - 1] - t[n - 2];
  out[SWEEP_mean_isi_ms] = mean;
  if (n >= 3) out[SWEEP_cv_isi] = sqrt((squares - sum * sum / (double)(n - 1)) / (double)(n - 2)) / mean;
}

static void measure_trace(const sweep_job *job, const outcome *o, double *out) {
  const double dt = job->protocol->sample_ms;
  size_t n = 0;
  double low = (double)INFINITY, high = -(double)INFINITY, sum = 0.0;
  if (o->n_samples == 0) return;
  for (size_t k = 0; k < o->n_samples; k++) {
    const double t = (double)k * dt, v = o->v_mV[k];
    if (t < job->window_ms[0] || t > job->window_ms[1]) continue;
    low = v < low ? v : low;
    high = v > high ? v : high;
    sum += v;
    n++;
  }
  out[SWEEP_v_end_mV] = o->v_mV[o->n_samples - 1];
  if (n == 0) return;
  out[SWEEP_v_min_mV] = low;
  out[SWEEP_v_max_mV] = high;
  out[SWEEP_v_mean_mV] = sum / (double)n;
}

static void measure(const sweep_job *job, const outcome *o, lg_sweep_cell *cells, float *array) {
  double out[SWEEP_MEASURE_COUNT];
  size_t begin = 0, end = o->n_spikes;
  while (begin < end && o->spikes_ms[begin] < job->window_ms[0]) begin++;
  while (end > begin && o->spikes_ms[end - 1] > job->window_ms[1]) end--;
  for (size_t m = 0; m < SWEEP_MEASURE_COUNT; m++) out[m] = (double)NAN;
  out[SWEEP_rate_Hz] = 1000.0 * (double)(end - begin) / (job->window_ms[1] - job->window_ms[0]);
  measure_intervals(o->spikes_ms + begin, end - begin, out);
  measure_trace(job, o, out);
  for (size_t k = 0; k < job->n_measures; k++) {
    if (job->measures[k] == SWEEP_n_spikes) cells[k].integer = (int64_t)(end - begin);
    else cells[k].number = out[job->measures[k]];
  }
  for (size_t k = 0; k < job->n_trace; k++) array[k] = (float)o->v_mV[k * job->trace_every];
}

/* The protocol with its currents times scale, plus offset. */
static lg_status change_stimulus(lg_ctx *ctx, const lg_protocol *from, double scale, double offset, lg_protocol **out) {
  lg_status status = LG_OK;
  LG_TRY(lg_protocol_create(ctx, from->duration_ms, from->sample_ms, out));
  LG_TRY(lg_protocol_append(ctx, *out, from, 0.0));
  for (size_t k = 0; k < (*out)->n_segments; k++) {
    lg_segment *s = &(*out)->segments[k];
    s->amp_pA *= scale;
    s->mean_pA *= scale;
    s->from_pA *= scale;
    s->to_pA *= scale;
    for (size_t j = 0; j < s->n_values; j++) s->values_pA[j] *= scale;
  }
  if (offset != 0.0) status = lg_protocol_add_const(ctx, *out, 0.0, from->duration_ms, offset);
done:
  return status;
}

static lg_status simulate_one(lg_ctx *ctx, const sweep_job *job, const lg_neuron *neuron, double scale, double offset,
                              lg_sweep_cell *cells, float *array) {
  lg_status status = LG_OK;
  lg_protocol *changed = NULL;
  lg_simulation *sim = NULL;
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  o.solver = job->solver == SWEEP_EULER       ? LG_SOLVER_EULER
             : job->solver == SWEEP_REFERENCE ? LG_SOLVER_REFERENCE
                                              : LG_SOLVER_RK4;
  o.dt_ms = job->dt_ms;
  o.no_trace = !job->needs_trace;
  if (scale != 1.0 || offset != 0.0) LG_TRY(change_stimulus(ctx, job->protocol, scale, offset, &changed));
  LG_TRY(lg_simulate(ctx, neuron, changed ? changed : job->protocol, &o, &sim));
  const outcome out = {.n_spikes = sim->n_spikes,
                       .spikes_ms = sim->spikes_ms,
                       .n_samples = job->needs_trace ? sim->n_samples : 0,
                       .v_mV = sim->states};
  measure(job, &out, cells, array);
done:
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, changed);
  return status;
}

/* ---- a block ---------------------------------------------------------------------------------------------------- */

typedef struct block {
  const sweep_job *job;
  size_t n;
  lg_neuron neurons[LG_SWEEP_BLOCK];
  double scale[LG_SWEEP_BLOCK], offset[LG_SWEEP_BLOCK];
  size_t point[LG_SWEEP_BLOCK]; /* within the block: those that can be run */
} block;

/* What ends a sweep, and what is the matter of one point. */
static bool ends_all(lg_status status) {
  return status == LG_ERR_MEMORY || status == LG_ERR_CANCELLED || status == LG_ERR_INTERNAL || status == LG_ERR_IO;
}

static lg_status run_batch(lg_ctx *ctx, const block *b, size_t from, size_t n, lg_sweep_cell *cells, float *arrays) {
  lg_status status = LG_OK;
  const sweep_job *job = b->job;
  const size_t width = job->sampler.n_axes + job->n_measures;
  const size_t room = (size_t)(job->protocol->duration_ms * MAX_SPIKES_PER_MS) + 16;
  const size_t samples = job->needs_trace ? job->n_steps / job->every + 1 : 0;
  lg_batch_output out = {.max_spikes = room, .sample_every = job->every};
  const lg_batch_options options = {.size = sizeof options, .kind = job->kind};
  const lg_batch_input input = {.n_neurons = n,
                                .n_steps = job->n_steps,
                                .dt_ms = job->dt_ms,
                                .waveform = job->waveform,
                                .scale = b->scale + from,
                                .offset = b->offset + from};
  LG_NEW(ctx, out.n_spikes, n);
  LG_NEW(ctx, out.spikes_ms, n * room);
  if (samples > 0) LG_NEW(ctx, out.v_mV, n * samples);
  LG_TRY(lg_batch_run(ctx, b->neurons + from, &input, &options, &out));
  for (size_t k = 0; k < n; k++) {
    const size_t point = b->point[from + k];
    const outcome o = {.n_spikes = out.n_spikes[k] < room ? out.n_spikes[k] : room,
                       .spikes_ms = out.spikes_ms + k * room,
                       .n_samples = samples,
                       .v_mV = samples ? out.v_mV + k * samples : NULL};
    if (out.n_spikes[k] > room) {
      status = lg_fail(ctx, LG_ERR_NUMERICAL, "more than %zu spikes", room);
      goto done;
    }
    measure(job, &o, cells + point * width + job->sampler.n_axes, job->n_trace ? arrays + point * job->n_trace : NULL);
  }
done:
  lg_free(ctx, out.n_spikes);
  lg_free(ctx, out.spikes_ms);
  lg_free(ctx, out.v_mV);
  return status;
}

static lg_status run_one(lg_ctx *ctx, const block *b, size_t k, lg_sweep_cell *cells, float *arrays) {
  const sweep_job *job = b->job;
  const size_t point = b->point[k], width = job->sampler.n_axes + job->n_measures;
  if (job->solver == SWEEP_BATCH) return run_batch(ctx, b, k, 1, cells, arrays);
  return simulate_one(ctx, job, &b->neurons[k], b->scale[k], b->offset[k], cells + point * width + job->sampler.n_axes,
                      job->n_trace ? arrays + point * job->n_trace : NULL);
}

static lg_status run_block(lg_ctx *ctx, const block *b, lg_sweep_cell *cells, float *arrays, bool *failed,
                           char (*message)[200]) {
  lg_status status = LG_OK;
  if (b->job->solver == SWEEP_BATCH && b->n > 0) {
    status = run_batch(ctx, b, 0, b->n, cells, arrays);
    if (status == LG_OK || ends_all(status)) return status;
  }
  for (size_t k = 0; k < b->n; k++) { /* one of a batch fails: each by itself, with the same bits */
    status = run_one(ctx, b, k, cells, arrays);
    if (ends_all(status)) return status;
    if (status == LG_OK) continue;
    failed[b->point[k]] = true;
    (void)snprintf(message[b->point[k]], 200, "%s", lg_ctx_message(ctx));
  }
  return LG_OK;
}

lg_status sweep_job_run(lg_ctx *ctx, void *user, size_t first, size_t n, lg_sweep_cell *cells, float *arrays,
                        bool *failed, char (*message)[200]) {
  lg_status status = LG_OK;
  const sweep_job *job = user;
  const size_t n_axes = job->sampler.n_axes, width = n_axes + job->n_measures;
  double x[LG_SAMPLE_MAX_AXES];
  block *b = NULL;
  LG_NEW(ctx, b, 1);
  b->job = job;
  for (size_t k = 0; k < n; k++) {
    const size_t at = b->n;
    lg_sampler_point(&job->sampler, first + k, x);
    for (size_t a = 0; a < n_axes; a++) cells[k * width + a].number = x[a];
    failed[k] = !sweep_job_neuron(ctx, job, x, &b->neurons[at], &b->scale[at], &b->offset[at], message[k], 200);
    b->point[at] = k;
    if (!failed[k]) b->n++;
  }
  status = run_block(ctx, b, cells, arrays, failed, message);
done:
  lg_free(ctx, b);
  return status;
}
