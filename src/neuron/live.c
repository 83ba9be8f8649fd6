/* The loop of rk4 without an end: pieces of current are made when they are reached. */
#include "neuron/live.h"

#include "neuron/run.h"

#include <math.h>
#include <string.h>

/* As in the pieces of protocols: times nearer than this are one. */
#define SAME_MS 1e-9
#define DEFAULT_MS 0.025

typedef struct live_segment {
  double t0_ms, t1_ms, amp_pA;
} live_segment;

struct lg_neuron_live {
  lg_run run;
  lg_simulate_options options;
  lg_simulation spikes; /* no samples are asked for */
  lg_stimulus_piece piece;
  double dt_ms;
  uint64_t grid; /* next grid time is grid * dt */
  size_t n_segments;
  live_segment segment[LG_NEURON_LIVE_STIMULI];
};

void lg_neuron_live_destroy(lg_ctx *ctx, lg_neuron_live *l) {
  if (!l) return;
  lg_free(ctx, l->spikes.spikes_ms);
  lg_free(ctx, l->spikes.spike_u_pA);
  lg_free(ctx, l);
}

lg_status lg_neuron_live_create(lg_ctx *ctx, const lg_neuron *neuron, double dt_ms, lg_neuron_live **out) {
  static const lg_simulate_options defaults = LG_SIMULATE_OPTIONS_INIT;
  lg_status status = LG_OK;
  lg_neuron_live *l = NULL;
  *out = NULL;
  if (!(dt_ms == 0.0 || (dt_ms >= 1e-6 && dt_ms <= 100.0)))
    return lg_fail(ctx, LG_ERR_RANGE, "dt is %g ms; allowed is 1e-6 … 100", dt_ms);
  LG_NEW(ctx, l, 1);
  l->options = defaults;
  l->options.solver = LG_SOLVER_RK4;
  l->dt_ms = dt_ms > 0.0 ? dt_ms : DEFAULT_MS;
  l->grid = 1;
  l->run = (lg_run){.ctx = ctx, .options = &l->options, .result = &l->spikes, .piece = &l->piece, .last_spike = -1.0};
  LG_TRY(lg_plan_make(ctx, neuron, &l->run.plan));
  memcpy(l->run.y, l->run.plan.y0, sizeof l->run.y);
  *out = l;
  l = NULL;
done:
  lg_neuron_live_destroy(ctx, l);
  return status;
}

double lg_neuron_live_dt_ms(const lg_neuron_live *l) { return l->dt_ms; }
double lg_neuron_live_time_ms(const lg_neuron_live *l) { return l->run.t; }
size_t lg_neuron_live_n_states(const lg_neuron_live *l) { return l->run.plan.n; }

const char *lg_neuron_live_state(const lg_neuron_live *l, size_t k) {
  return l->run.plan.info->states[l->run.plan.state[k]];
}

void lg_neuron_live_states(const lg_neuron_live *l, double *states) {
  memcpy(states, l->run.y, l->run.plan.n * sizeof *states);
}

lg_status lg_neuron_live_stimulate(lg_neuron_live *l, double t0_ms, double t1_ms, double amp_pA) {
  size_t n = 0;
  for (size_t k = 0; k < l->n_segments; k++) /* the order stays, and with it the order of sums */
    if (l->segment[k].t1_ms > l->run.t - SAME_MS) l->segment[n++] = l->segment[k];
  l->n_segments = n;
  if (!(t0_ms >= l->run.t && t1_ms > t0_ms && isfinite(amp_pA)))
    return lg_fail(l->run.ctx, LG_ERR_RANGE, "a current of %g from %g to %g ms; it is %g ms now", amp_pA, t0_ms, t1_ms,
                   l->run.t);
  if (n == LG_NEURON_LIVE_STIMULI)
    return lg_fail(l->run.ctx, LG_ERR_LIMIT, "%d stimuli are on or wait already; let some end", LG_NEURON_LIVE_STIMULI);
  l->segment[l->n_segments++] = (live_segment){t0_ms, t1_ms, amp_pA};
  return LG_OK;
}

/* The piece from now to the next edge of a current, or to `until`. */
static void make_piece(lg_neuron_live *l, double until) {
  double end = until, level = 0.0;
  for (size_t k = 0; k < l->n_segments; k++) {
    const live_segment *s = &l->segment[k];
    if (s->t0_ms > l->run.t + SAME_MS && s->t0_ms < end) end = s->t0_ms;
    if (s->t1_ms > l->run.t + SAME_MS && s->t1_ms < end) end = s->t1_ms;
  }
  if (until - end < SAME_MS) end = until;
  const double middle = 0.5 * (l->run.t + end);
  for (size_t k = 0; k < l->n_segments; k++)
    if (middle >= l->segment[k].t0_ms && middle < l->segment[k].t1_ms) level += l->segment[k].amp_pA;
  l->piece = (lg_stimulus_piece){.t0_ms = l->run.t, .t1_ms = end, .level_pA = level};
}

static lg_status run_piece(lg_neuron_live *l) {
  const double end = l->piece.t1_ms;
  while (l->run.t < end) {
    const double next = (double)l->grid * l->dt_ms;
    const bool on_grid = next < end + SAME_MS;
    const lg_status status = lg_run_rk4_to(&l->run, next < end - SAME_MS ? next : end);
    if (status != LG_OK) return status;
    if (on_grid) l->grid++;
  }
  return LG_OK;
}

lg_status lg_neuron_live_advance(lg_neuron_live *l, size_t n_steps) {
  const double until = (double)(l->grid - 1 + n_steps) * l->dt_ms;
  while (l->run.t < until) {
    make_piece(l, until);
    const lg_status status = run_piece(l);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}
