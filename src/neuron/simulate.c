/* lg_simulate: make the run ready, hand it to a solver, give out what came. */
#include "neuron/run.h"

#include <math.h>
#include <string.h>

/* Two samples or breakpoints nearer than this are at the same time. */
#define SAME_MS 1e-9
#define MAX_SPIKES ((size_t)20000000)
#define MAX_STUCK 1000

lg_status lg_solver_from_name(lg_ctx *ctx, const char *name, lg_solver *out) {
  static const char *const names[] = {"reference", "rk4", "euler"};
  for (unsigned k = 0; k < 3; k++) {
    if (strcmp(name, names[k]) != 0) continue;
    *out = (lg_solver)k;
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no solver '%s'; solvers are reference, rk4, euler", name);
}

void lg_run_sample(lg_run *run, double until, lg_state_at state_at, void *user) {
  lg_simulation *r = run->result;
  double y[LG_NEURON_MAX_STATES];
  while (run->next_sample < r->n_samples) {
    const double t = (double)run->next_sample * r->sample_ms;
    if (!(t < until - SAME_MS)) return;
    if (r->n_columns > 0) {
      state_at(user, t, y);
      for (size_t c = 0; c < r->n_columns; c++) r->states[c * r->n_samples + run->next_sample] = y[c];
    }
    run->next_sample++;
  }
}

static lg_status grow_spikes(lg_run *run) {
  lg_simulation *r = run->result;
  const size_t room = run->spike_room > 0 ? 2 * run->spike_room : 64;
  if (r->n_spikes >= MAX_SPIKES) return lg_fail(run->ctx, LG_ERR_LIMIT, "more than %zu spikes", MAX_SPIKES);
  double *t = lg_realloc(run->ctx, r->spikes_ms, r->n_spikes * sizeof *t, room, sizeof *t);
  if (!t) return LG_ERR_MEMORY;
  r->spikes_ms = t;
  double *u = lg_realloc(run->ctx, r->spike_u_pA, r->n_spikes * sizeof *u, room, sizeof *u);
  if (!u) return LG_ERR_MEMORY;
  r->spike_u_pA = u;
  run->spike_room = room;
  return LG_OK;
}

lg_status lg_run_spike(lg_run *run) {
  const lg_plan_ops *ops = run->plan.ops;
  lg_simulation *r = run->result;
  if (r->n_spikes == run->spike_room) {
    const lg_status status = grow_spikes(run);
    if (status != LG_OK) return status;
  }
  r->spikes_ms[r->n_spikes] = run->t;
  r->spike_u_pA[r->n_spikes++] = ops->reset ? run->y[1] : 0.0;
  if (!ops->reset) return LG_OK;
  ops->reset(&run->plan, run->y);
  if (ops->surface) run->plan.above = ops->surface(&run->plan, run->y) > 0.0;
  if (!(ops->spike(&run->plan, run->y) < 0.0))
    return lg_fail(run->ctx, LG_ERR_NUMERICAL, "at %.9g ms the reset (v = %g mV, u = %g pA) is not below the peak",
                   run->t, run->y[0], run->y[1]);
  run->stuck = run->t - run->last_spike < 1e-6 ? run->stuck + 1 : 0;
  run->last_spike = run->t;
  if (run->stuck > MAX_STUCK)
    return lg_fail(run->ctx, LG_ERR_NUMERICAL, "spikes follow without end at %.9g ms (v = %g mV, u = %g pA)", run->t,
                   run->y[0], run->y[1]);
  return LG_OK;
}

void lg_run_arrivals(lg_run *run) {
  const lg_protocol *p = run->protocol;
  for (; run->next_event < p->n_events && p->events[run->next_event].t_ms <= run->t + SAME_MS; run->next_event++) {
    const lg_synaptic_event *e = &p->events[run->next_event];
    if (run->plan.ops->arrive) run->plan.ops->arrive(&run->plan, e->receptor, e->weight, run->y);
  }
}

lg_status lg_run_finite(const lg_run *run) {
  for (size_t k = 0; k < run->plan.n; k++)
    if (!(fabs(run->y[k]) < 1e15))
      return lg_fail(run->ctx, LG_ERR_NUMERICAL, "%s is %g at %.9g ms; the course left the finite range%s",
                     run->plan.info->states[run->plan.state[k]], run->y[k], run->t,
                     run->options->solver == LG_SOLVER_REFERENCE ? "" : ": take a smaller --dt or --solver reference");
  return LG_OK;
}

static void state_now(void *user, double t_ms, double *y) {
  const lg_run *run = user;
  (void)t_ms;
  memcpy(y, run->y, run->plan.n * sizeof *y);
}

static lg_status check_options(lg_ctx *ctx, const lg_simulate_options *o, const lg_protocol *protocol) {
  if (!(o->dt_ms == 0.0 || (o->dt_ms >= 1e-6 && o->dt_ms <= 100.0)))
    return lg_fail(ctx, LG_ERR_RANGE, "dt is %g ms; allowed is 1e-6 … 100", o->dt_ms);
  if (o->solver != LG_SOLVER_REFERENCE && o->dt_ms > 0.0 && protocol->duration_ms / o->dt_ms > 1e11)
    return lg_fail(ctx, LG_ERR_LIMIT, "more than 1e11 steps");
  if (!(o->rtol >= 1e-14 && o->rtol <= 1e-1) || !(o->atol >= 1e-16 && o->atol <= 1.0))
    return lg_fail(ctx, LG_ERR_RANGE, "tolerances are %g and %g; allowed is rtol 1e-14 … 0.1, atol 1e-16 … 1", o->rtol,
                   o->atol);
  if ((unsigned)o->solver > LG_SOLVER_EULER)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "solver %d is unknown", (int)o->solver);
  return LG_OK;
}

static lg_status make_result(lg_run *run) {
  lg_status status = LG_OK;
  lg_ctx *ctx = run->ctx;
  lg_simulation *r = NULL;
  LG_NEW(ctx, r, 1);
  run->result = r;
  r->sample_ms = run->protocol->sample_ms;
  r->n_samples = lg_protocol_samples(run->protocol);
  const size_t columns = run->options->all_states ? run->plan.n : (run->plan.ops->reset ? 2 : 1);
  r->n_columns = run->options->no_trace ? 0 : columns;
  LG_NEW(ctx, r->columns, columns);
  for (size_t k = 0; k < r->n_columns; k++) r->columns[k] = run->plan.info->states[run->plan.state[k]];
  if (r->n_columns > 0) LG_NEW(ctx, r->states, r->n_columns * r->n_samples);
done:
  return status;
}

static lg_status solve(lg_run *run) {
  memcpy(run->y, run->plan.y0, sizeof run->y);
  run->last_spike = -1.0;
  lg_run_arrivals(run);
  switch (run->options->solver) {
  case LG_SOLVER_REFERENCE:
    return lg_run_reference(run);
  case LG_SOLVER_RK4:
    return lg_run_rk4(run);
  case LG_SOLVER_EULER:
    break;
  }
  return lg_run_euler(run);
}

lg_status lg_simulate(lg_ctx *ctx, const lg_neuron *neuron, const lg_protocol *protocol,
                      const lg_simulate_options *options, lg_simulation **out) {
  static const lg_simulate_options defaults = LG_SIMULATE_OPTIONS_INIT;
  lg_status status = LG_OK;
  lg_stimulus *stimulus = NULL;
  lg_run run = {.ctx = ctx, .protocol = protocol, .options = options ? options : &defaults};
  *out = NULL;
  if (lg_cancelled(ctx)) return lg_fail(ctx, LG_ERR_CANCELLED, "cancelled before the start");
  LG_TRY(check_options(ctx, run.options, protocol));
  LG_TRY(lg_plan_make(ctx, neuron, &run.plan));
  LG_TRY(lg_stimulus_create(ctx, protocol, &stimulus));
  run.stimulus = stimulus;
  LG_TRY(make_result(&run));
  LG_TRY(solve(&run));
  lg_run_sample(&run, (double)INFINITY, state_now, &run);
  *out = run.result;
  run.result = NULL;
done:
  lg_stimulus_destroy(ctx, stimulus);
  lg_simulation_destroy(ctx, run.result);
  return status;
}

void lg_simulation_destroy(lg_ctx *ctx, lg_simulation *simulation) {
  if (!simulation) return;
  lg_free(ctx, (void *)simulation->columns);
  lg_free(ctx, simulation->states);
  lg_free(ctx, simulation->spikes_ms);
  lg_free(ctx, simulation->spike_u_pA);
  lg_free(ctx, simulation);
}
