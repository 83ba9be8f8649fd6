/* A run from t = 0 to tstop with samples and spikes. */
#include "cable/simulate.h"

#include "cable/group.h"

#include <math.h>
#include <string.h>

enum { PAST = 4, CHECK_EVERY = 8 };
/* Samples farther apart than this are no measure of spike times. */
#define LONGEST_SAMPLE_MS 0.1

typedef struct run_clock {
  size_t n_samples, n_spikes, n_past, n_steps;
  double t_ms[PAST]; /* of the last steps, the newest last */
  bool flushed;
} run_clock;

struct cable_run {
  const cable_model *model;
  const cable_tree *tree;
  cable_group *group;
  cable_result *result;
  size_t n_probes, n_wanted; /* samples to take */
  size_t per_sample;         /* steps per sample; 0: not a whole number, samples are interpolated */
  double *past;              /* (PAST, n_probes), the newest last */
  struct cable_spike *spikes;
  size_t spike_room;
  bool exact_spikes, quiet;
  run_clock clock;
};

void lg_cable_result_destroy(lg_ctx *ctx, cable_result *result) {
  if (!result) return;
  lg_free(ctx, result->values);
  lg_free(ctx, result->spikes);
  lg_free(ctx, result);
}

void lg_cable_run_destroy(lg_ctx *ctx, cable_run *run) {
  if (!run) return;
  lg_cable_group_destroy(ctx, run->group);
  lg_cable_result_destroy(ctx, run->result);
  lg_free(ctx, run->past);
  lg_free(ctx, run);
}

/* NEURON's step looks at clamps in the middle of steps only. */
static lg_status check_clamps(lg_ctx *ctx, const cable_model *m, const cable_group *g) {
  if (g->o.scheme == CABLE_ADAPTIVE) return LG_OK;
  if (g->o.dt_ms > m->tstop_ms)
    return lg_fail(ctx, LG_ERR_RANGE, "dt is %g ms, longer than the run, tstop_ms %g ms", g->o.dt_ms, m->tstop_ms);
  for (size_t c = 0; c < m->n_clamps && g->o.scheme == CABLE_NRN; c++)
    if (m->clamps[c].duration_ms > 0.0 && m->clamps[c].duration_ms < g->o.dt_ms)
      return lg_fail(ctx, LG_ERR_RANGE, "iclamps[%zu] lasts %g ms: steps of %g ms of the scheme nrn can miss it", c,
                     m->clamps[c].duration_ms, g->o.dt_ms);
  return LG_OK;
}

static lg_status check_model(lg_ctx *ctx, const cable_model *m) {
  if (m->tstop_ms == 0.0) return lg_fail(ctx, LG_ERR_FORMAT, "tstop_ms is missing: how long the run is");
  if (!(m->tstop_ms > 0.0 && m->tstop_ms <= 1e9))
    return lg_fail(ctx, LG_ERR_RANGE, "tstop_ms is %g; allowed is above 0 up to 1e9", m->tstop_ms);
  if (!(m->sample_ms > 0.0 && m->sample_ms <= m->tstop_ms))
    return lg_fail(ctx, LG_ERR_RANGE, "sample_ms is %g; allowed is above 0 up to tstop_ms, %g", m->sample_ms,
                   m->tstop_ms);
  if (m->tstop_ms / m->sample_ms > 1e9)
    return lg_fail(ctx, LG_ERR_LIMIT, "%g samples; allowed are 1e9", m->tstop_ms / m->sample_ms);
  return LG_OK;
}

/* Steps per sample where that is a whole number. */
static size_t steps_per_sample(const cable_run *run) {
  const double ratio = run->model->sample_ms / run->group->o.dt_ms, whole = floor(ratio + 0.5);
  if (run->group->o.scheme == CABLE_ADAPTIVE || whole < 1.0 || whole > 1e9) return 0;
  return fabs(ratio - whole) < 1e-9 * whole ? (size_t)whole : 0;
}

/* A spike that the samples show is timed between them, as a reader of the trace would do it. */
static void time_spikes(cable_run *run, size_t k) {
  const double dt = run->model->sample_ms, t0 = (double)(k - 1) * dt;
  if (run->exact_spikes || dt > LONGEST_SAMPLE_MS) return;
  for (size_t s = run->clock.n_spikes; s-- > 0;) {
    struct cable_spike *spike = &run->result->spikes[s];
    if (spike->t_ms <= t0 - dt) return;
    const double *v = run->result->values + spike->probe * run->n_wanted;
    if (spike->t_ms <= t0 || spike->t_ms > t0 + dt || !(v[k - 1] < 0.0 && v[k] >= 0.0)) continue;
    spike->t_ms = t0 + dt * (-v[k - 1] / (v[k] - v[k - 1]));
  }
}

static void take_sample(cable_run *run, const double *values) {
  const size_t k = run->clock.n_samples++;
  for (size_t p = 0; p < run->n_probes; p++) run->result->values[p * run->n_wanted + k] = values[p];
  if (k > 0) time_spikes(run, k);
}

static double *newest(cable_run *run) { return run->past + (PAST - 1) * run->n_probes; }

static void push(cable_run *run) {
  memmove(run->past, run->past + run->n_probes, (PAST - 1) * run->n_probes * sizeof(double));
  memmove(run->clock.t_ms, run->clock.t_ms + 1, (PAST - 1) * sizeof(double));
  for (size_t p = 0; p < run->n_probes; p++) newest(run)[p] = lg_cable_group_probe(run->group, p, 0);
  run->clock.t_ms[PAST - 1] = lg_cable_group_time_ms(run->group);
  if (run->clock.n_past < PAST) run->clock.n_past++;
}

lg_status lg_cable_run_create(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                              const cable_run_options *options, cable_run **out) {
  cable_run *run = NULL;
  lg_status status = LG_OK;
  cable_run_options one = options ? *options : (cable_run_options){0};
  one.n_cells = 1;
  LG_TRY(check_model(ctx, model));
  LG_NEW(ctx, run, 1);
  run->model = model;
  run->tree = tree;
  LG_TRY(lg_cable_group_create(ctx, model, tree, &one, &run->group));
  LG_TRY(check_clamps(ctx, model, run->group));
  run->n_probes = model->n_probes;
  run->n_wanted = (size_t)floor(model->tstop_ms / model->sample_ms * (1.0 + 1e-12) + 1e-9) + 1;
  run->per_sample = steps_per_sample(run);
  run->exact_spikes = one.exact_spikes;
  LG_NEW(ctx, run->result, 1);
  LG_NEW(ctx, run->past, PAST * run->n_probes + 1);
  LG_NEW(ctx, run->result->values, run->n_wanted * run->n_probes + 1);
  run->result->n_probes = run->n_probes;
  run->result->sample_ms = model->sample_ms;
  run->result->n_nodes = tree->n_nodes;
  push(run);
  take_sample(run, newest(run));
  *out = run;
  run = NULL;
done:
  lg_cable_run_destroy(ctx, run);
  return status;
}

const cable_group *lg_cable_run_group(const cable_run *run) { return run->group; }

cable_group *lg_cable_run_cell(cable_run *run) { return run->group; }

void lg_cable_run_quiet(cable_run *run) { run->quiet = true; }

double lg_cable_run_time_ms(const cable_run *run) { return lg_cable_group_time_ms(run->group); }

/* ---- between steps --------------------------------------------------------------------------------- */

/* Lagrange's polynomial through the last steps (from `first`), at t. */
static double interpolate(const cable_run *run, size_t probe, size_t first, double t) {
  double sum = 0.0;
  for (size_t j = first; j < PAST; j++) {
    double term = run->past[j * run->n_probes + probe];
    for (size_t k = first; k < PAST; k++)
      if (k != j) term *= (t - run->clock.t_ms[k]) / (run->clock.t_ms[j] - run->clock.t_ms[k]);
    sum += term;
  }
  return sum;
}

/* Samples up to `end` out of the last steps. */
static void sample_between(cable_run *run, double end) {
  const size_t first = PAST - run->clock.n_past;
  while (run->clock.n_samples < run->n_wanted) {
    const double t = (double)run->clock.n_samples * run->model->sample_ms;
    if (t > end + 1e-9 * run->model->sample_ms) return;
    const size_t k = run->clock.n_samples++;
    for (size_t p = 0; p < run->n_probes; p++)
      run->result->values[p * run->n_wanted + k] = interpolate(run, p, first, t);
    if (k > 0) time_spikes(run, k);
  }
}

static lg_status keep_spike(lg_ctx *ctx, cable_run *run, size_t probe, double t) {
  if (run->clock.n_spikes == run->spike_room) {
    struct cable_spike *more =
        lg_realloc(ctx, run->result->spikes, run->spike_room * sizeof *more, 2 * run->spike_room + 64, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    run->result->spikes = more;
    run->spike_room = 2 * run->spike_room + 64;
  }
  size_t at = run->clock.n_spikes++;
  struct cable_spike *s = run->result->spikes;
  for (; at > 0 && s[at - 1].t_ms > t; at--) s[at] = s[at - 1];
  s[at] = (struct cable_spike){.probe = (uint32_t)probe, .t_ms = t};
  return LG_OK;
}

static lg_status find_spikes(lg_ctx *ctx, cable_run *run) {
  const double *now = newest(run), *before = now - run->n_probes;
  const double t1 = run->clock.t_ms[PAST - 1], t0 = run->clock.t_ms[PAST - 2];
  for (size_t p = 0; p < run->n_probes; p++) {
    if (run->model->probes[p].quantity != CABLE_V || !(before[p] < 0.0 && now[p] >= 0.0)) continue;
    const double t = t0 + (t1 - t0) * (-before[p] / (now[p] - before[p]));
    if (t > run->model->tstop_ms) continue;
    const lg_status status = keep_spike(ctx, run, p, t);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* ---- going on -------------------------------------------------------------------------------------- */

static const char *name_of_type(int type) {
  static const char *const names[] = {"undefined", "soma", "axon", "basal", "apical"};
  return type >= 0 && type < 5 ? names[type] : "other";
}

static lg_status say_divergence(lg_ctx *ctx, cable_run *run, size_t node) {
  const size_t section = (size_t)run->tree->section[node];
  const lg_morphology *m = run->model->morphology;
  const int type = m ? m->sections[section].type : run->model->compartments[section].type;
  const char *name = m ? m->sections[section].name : run->model->compartments[section].name;
  (void)snprintf(run->result->where, sizeof run->result->where,
                 "at t = %g ms in section %zu (%s) at x = %.4g: v = %g mV", lg_cable_group_time_ms(run->group), section,
                 name[0] ? name : name_of_type(type), run->tree->x[node], lg_cable_group_v(run->group, node, 0));
  run->result->diverged = true;
  for (; run->clock.n_samples > 0; run->clock.n_samples--) { /* samples that are no voltages any more */
    bool sane = true;
    for (size_t p = 0; p < run->n_probes; p++)
      sane = sane && fabs(run->result->values[p * run->n_wanted + run->clock.n_samples - 1]) <= 1000.0;
    if (sane) break;
  }
  return lg_fail(ctx, LG_ERR_NUMERICAL, "the simulation diverged %s; a smaller dt may help", run->result->where);
}

static lg_status after_step(lg_ctx *ctx, cable_run *run) {
  size_t node, cell;
  if (run->group->clock.broke) { /* no polynomial across the edge of a clamp or an event */
    sample_between(run, run->clock.t_ms[PAST - 1]);
    run->clock.n_past = 1;
  }
  push(run);
  const lg_status status = find_spikes(ctx, run);
  if (status != LG_OK) return status;
  if (run->per_sample > 0) {
    if (run->clock.n_steps % run->per_sample == 0 && run->clock.n_samples < run->n_wanted)
      take_sample(run, newest(run));
  } else {
    sample_between(run, run->clock.t_ms[PAST - 2]);
  }
  if (run->clock.n_steps % CHECK_EVERY == 0 && lg_cable_group_diverged(run->group, &node, &cell))
    return say_divergence(ctx, run, node);
  return LG_OK;
}

lg_status lg_cable_run_advance(lg_ctx *ctx, cable_run *run, double t_ms) {
  const double stop = fmin(t_ms, run->model->tstop_ms), slack = 1e-9 * run->group->o.dt_ms;
  lg_status status = LG_OK;
  size_t node, cell;
  lg_group_stop_at(run->group, run->model->tstop_ms);
  while (lg_cable_group_time_ms(run->group) < stop - slack) {
    if ((run->clock.n_steps & 63) == 0 && !run->quiet)
      LG_TRY(lg_progress(ctx, "simulate", (size_t)(1000.0 * lg_cable_group_time_ms(run->group) / run->model->tstop_ms),
                         1000));
    lg_cable_group_step(run->group);
    run->clock.n_steps++;
    LG_TRY(after_step(ctx, run));
  }
  if (stop < run->model->tstop_ms || run->clock.flushed) goto done;
  run->clock.flushed = true;
  if (lg_cable_group_diverged(run->group, &node, &cell)) {
    status = say_divergence(ctx, run, node);
    goto done;
  }
  if (run->per_sample == 0) sample_between(run, run->model->tstop_ms);
done:
  run->result->n_samples = run->clock.n_samples;
  run->result->n_spikes = run->clock.n_spikes;
  run->result->n_steps = run->clock.n_steps;
  return status;
}

const cable_result *lg_cable_run_result(const cable_run *run) { return run->result; }

/* Rows are as long as was wanted; a run that stopped early has shorter ones. */
static void pack(cable_run *run) {
  cable_result *r = run->result;
  if (r->n_samples == run->n_wanted) return;
  for (size_t p = 1; p < run->n_probes; p++)
    memmove(r->values + p * r->n_samples, r->values + p * run->n_wanted, r->n_samples * sizeof(double));
}

cable_result *lg_cable_run_take(cable_run *run) {
  cable_result *result = run->result;
  pack(run);
  run->result = NULL;
  return result;
}

lg_status lg_cable_simulate(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                            const cable_run_options *options, cable_result **out) {
  cable_run *run = NULL;
  lg_status status = LG_OK;
  *out = NULL;
  LG_TRY(lg_cable_run_create(ctx, model, tree, options, &run));
  status = lg_cable_run_advance(ctx, run, model->tstop_ms);
  if (status == LG_OK || status == LG_ERR_NUMERICAL) *out = lg_cable_run_take(run);
done:
  lg_cable_run_destroy(ctx, run);
  return status;
}

/* ---- saving ---------------------------------------------------------------------------------------- */

static size_t sample_bytes(const cable_run *run) { return run->clock.n_samples * run->n_probes * sizeof(double); }

size_t lg_cable_run_state_bytes(const cable_run *run) {
  return sizeof run->clock + PAST * run->n_probes * sizeof(double) + sample_bytes(run) +
         run->clock.n_spikes * sizeof(struct cable_spike) + lg_cable_group_state_bytes(run->group);
}

void lg_cable_run_save(const cable_run *run, void *bytes) {
  unsigned char *to = bytes;
  const size_t n_past = PAST * run->n_probes * sizeof(double),
               n_spikes = run->clock.n_spikes * sizeof(struct cable_spike);
  memcpy(to, &run->clock, sizeof run->clock), to += sizeof run->clock;
  memcpy(to, run->past, n_past), to += n_past;
  for (size_t p = 0; p < run->n_probes; p++) {
    memcpy(to, run->result->values + p * run->n_wanted, run->clock.n_samples * sizeof(double));
    to += run->clock.n_samples * sizeof(double);
  }
  if (n_spikes) memcpy(to, run->result->spikes, n_spikes), to += n_spikes;
  lg_cable_group_save(run->group, to);
}

lg_status lg_cable_run_restore(lg_ctx *ctx, cable_run *run, const void *bytes, size_t n) {
  const unsigned char *from = bytes;
  run_clock clock;
  const size_t n_past = PAST * run->n_probes * sizeof(double), group_bytes = lg_cable_group_state_bytes(run->group);
  if (n < sizeof clock + n_past + group_bytes) goto wrong;
  memcpy(&clock, from, sizeof clock), from += sizeof clock;
  if (clock.n_samples > run->n_wanted || clock.n_spikes > n / sizeof(struct cable_spike) || clock.n_past > PAST ||
      n != sizeof clock + n_past + group_bytes + clock.n_samples * run->n_probes * sizeof(double) +
               clock.n_spikes * sizeof(struct cable_spike))
    goto wrong;
  if (clock.n_spikes > run->spike_room) {
    struct cable_spike *room =
        lg_realloc(ctx, run->result->spikes, run->spike_room * sizeof *room, clock.n_spikes, sizeof *room);
    if (!room) return LG_ERR_MEMORY;
    run->result->spikes = room;
    run->spike_room = clock.n_spikes;
  }
  run->clock = clock;
  memcpy(run->past, from, n_past), from += n_past;
  for (size_t p = 0; p < run->n_probes; p++) {
    memcpy(run->result->values + p * run->n_wanted, from, clock.n_samples * sizeof(double));
    from += clock.n_samples * sizeof(double);
  }
  const size_t n_spikes = clock.n_spikes * sizeof(struct cable_spike);
  if (n_spikes) memcpy(run->result->spikes, from, n_spikes), from += n_spikes;
  lg_cable_group_restore(run->group, from);
  return LG_OK;
wrong:
  return lg_fail(ctx, LG_ERR_FORMAT, "the saved state is not of this model with these options");
}
