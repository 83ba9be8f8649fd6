/*
 * Fixed-step solvers.
 *
 * rk4: classical order 4 on the grid k dt, cut at breakpoints, spikes and switching surfaces. Spike times are roots
 * (Newton with bisection) of re-integrated steps to 1e-10 ms, so that neither the spike nor the course behind it feels
 * the grid. Where |dv/dt| > 20 mV/ms, that is during spikes, a step is cut in four.
 * euler: explicit Euler as the poster had it: a spike is at the end of its step and the sample there is the overshoot.
 */
#include "neuron/run.h"

#include <math.h>
#include <string.h>

#define ROOT_MS 1e-10
#define SAME_MS 1e-9
#define DEFAULT_RK4_MS 0.025
#define DEFAULT_EULER_MS 0.1
#define FAST_MV_MS 20.0
#define CANCEL_EVERY 65536

static void rhs(const lg_run *run, double t, const double *y, double *dy) {
  run->plan.ops->rhs(&run->plan, lg_piece_current(run->piece, t), y, dy);
}

static void rk4(const lg_run *run, double h, double *y1) {
  const size_t n = run->plan.n;
  const double *y = run->y;
  double k1[LG_NEURON_MAX_STATES], k2[LG_NEURON_MAX_STATES], k3[LG_NEURON_MAX_STATES], k4[LG_NEURON_MAX_STATES],
      z[LG_NEURON_MAX_STATES];
  rhs(run, run->t, y, k1);
  for (size_t m = 0; m < n; m++) z[m] = y[m] + 0.5 * h * k1[m];
  rhs(run, run->t + 0.5 * h, z, k2);
  for (size_t m = 0; m < n; m++) z[m] = y[m] + 0.5 * h * k2[m];
  rhs(run, run->t + 0.5 * h, z, k3);
  for (size_t m = 0; m < n; m++) z[m] = y[m] + h * k3[m];
  rhs(run, run->t + h, z, k4);
  for (size_t m = 0; m < n; m++) y1[m] = y[m] + h * (1.0 / 6.0) * (k1[m] + 2.0 * (k2[m] + k3[m]) + k4[m]);
}

static void state_at(void *user, double t, double *y) {
  const lg_run *run = user;
  if (t <= run->t) memcpy(y, run->y, run->plan.n * sizeof *y);
  else rk4(run, t - run->t, y);
}

/* Where g first reaches the far side within a step of h. A state that overflowed counts as beyond the peak. */
static double root(const lg_run *run, lg_surface_fn g, double h, bool rising) {
  double a = 0.0, b = h, x = 0.5 * h, y[LG_NEURON_MAX_STATES], dy[LG_NEURON_MAX_STATES];
  for (int k = 0; k < LG_ROOT_ITERATIONS && b - a > ROOT_MS; k++) {
    rk4(run, x, y);
    const double gx = g(&run->plan, y);
    const bool beyond = rising ? !(gx < 0.0) : !(gx > 0.0);
    if (beyond) b = x;
    else a = x;
    /* Newton along dv/dt: the surfaces move much more slowly than v */
    rhs(run, run->t + x, y, dy);
    double next = x - gx / dy[0];
    if (fabs(next - x) < 0.1 * ROOT_MS) return b; /* converged: b is beyond and as near as it gets */
    if (beyond) next -= 0.2 * ROOT_MS;            /* aim at the near side of the root, so that the bracket closes */
    else next += 0.2 * ROOT_MS;
    x = next > a && next < b ? next : 0.5 * (a + b);
  }
  return b;
}

static lg_status spike_without_reset(lg_run *run, double x) {
  const double t = run->t;
  run->t += x;
  const lg_status status = lg_run_spike(run);
  run->t = t;
  return status;
}

static void move(lg_run *run, double x, const double *y1) {
  lg_run_sample(run, run->t + x, state_at, run);
  memcpy(run->y, y1, run->plan.n * sizeof *y1);
  run->t += x;
}

/* From run->t to target, which is at most one step away. */
static lg_status rk4_straight(lg_run *run, double target) {
  lg_plan *plan = &run->plan;
  const lg_plan_ops *ops = plan->ops;
  while (run->t < target - SAME_MS) {
    const double h = target - run->t;
    double y1[LG_NEURON_MAX_STATES], x = h;
    rk4(run, h, y1);
    bool spike = ops->spike(plan, run->y) < 0.0 && !(ops->spike(plan, y1) < 0.0), crossed = false;
    if (spike) {
      x = root(run, ops->spike, h, true);
      if (ops->reset) rk4(run, x, y1);
    }
    if (ops->surface) {
      const double s0 = ops->surface(plan, run->y), s1 = ops->surface(plan, y1);
      crossed = (s1 > 0.0) != (plan->above != 0) && s1 != 0.0;
      if (crossed) {
        const bool late = (s0 > 0.0) != (plan->above != 0); /* rounding left the start on the far side */
        x = late ? 0.0 : root(run, ops->surface, x, s1 > 0.0);
        rk4(run, x, y1);
        spike = false;
      }
    }
    lg_status status = LG_OK;
    if (spike && !ops->reset) {
      status = spike_without_reset(run, x);
      x = h;
      spike = false;
    }
    if (status == LG_OK) {
      move(run, x, y1);
      if (spike) status = lg_run_spike(run);
      else if (crossed) plan->above = !plan->above;
      else status = lg_run_finite(run);
    }
    if (status != LG_OK) return status;
  }
  run->t = target;
  return LG_OK;
}

/* On the upstroke and the repolarisation of a spike a step is cut in four. The rule looks at dv/dt only, never at the
   step size, so that the order of convergence is that of the method. */
lg_status lg_run_rk4_to(lg_run *run, double target) {
  double dy[LG_NEURON_MAX_STATES];
  rhs(run, run->t, run->y, dy);
  const double start = run->t, quarter = 0.25 * (target - start);
  if (fabs(dy[0]) > FAST_MV_MS)
    for (int k = 1; k < 4; k++) {
      const lg_status status = rk4_straight(run, start + k * quarter);
      if (status != LG_OK) return status;
    }
  return rk4_straight(run, target);
}

static lg_status cancelled(const lg_run *run) {
  return lg_fail(run->ctx, LG_ERR_CANCELLED, "cancelled at %g ms of %g ms", run->t, run->protocol->duration_ms);
}

lg_status lg_run_rk4(lg_run *run) {
  const double dt = run->options->dt_ms > 0.0 ? run->options->dt_ms : DEFAULT_RK4_MS;
  uint64_t grid = 1; /* next grid time is grid * dt */
  for (size_t k = 0; k < run->stimulus->n_pieces; k++) {
    run->piece = &run->stimulus->pieces[k];
    const double end = run->piece->t1_ms;
    while (run->t < end) {
      const double next = (double)grid * dt;
      const bool on_grid = next < end + SAME_MS;
      const lg_status status = lg_run_rk4_to(run, next < end - SAME_MS ? next : end);
      if (status != LG_OK) return status;
      if (on_grid) grid++;
      if (++run->result->n_steps % CANCEL_EVERY == 0 && lg_cancelled(run->ctx)) return cancelled(run);
    }
    lg_run_arrivals(run);
  }
  return LG_OK;
}

static void held_state(void *user, double t, double *y) {
  const lg_run *run = user;
  (void)t;
  memcpy(y, run->y, run->plan.n * sizeof *y);
}

/* Step k of Euler, from k dt to (k+1) dt. */
static lg_status euler_step(lg_run *run, uint64_t k, double dt) {
  double dy[LG_NEURON_MAX_STATES];
  const lg_plan_ops *ops = run->plan.ops;
  if (ops->surface) run->plan.above = ops->surface(&run->plan, run->y) > 0.0;
  const double g0 = ops->spike(&run->plan, run->y);
  rhs(run, run->t, run->y, dy);
  for (size_t m = 0; m < run->plan.n; m++) run->y[m] += dt * dy[m];
  run->t = (double)(k + 1) * dt;
  const lg_status status = lg_run_finite(run);
  if (status != LG_OK) return status;
  lg_run_sample(run, run->t + 2.0 * SAME_MS, held_state, run); /* before the reset: the overshoot is stored */
  lg_run_arrivals(run);
  if (g0 < 0.0 && ops->spike(&run->plan, run->y) >= 0.0) return lg_run_spike(run);
  return LG_OK;
}

lg_status lg_run_euler(lg_run *run) {
  const double dt = run->options->dt_ms > 0.0 ? run->options->dt_ms : DEFAULT_EULER_MS;
  const lg_stimulus *s = run->stimulus;
  size_t piece = 0;
  run->piece = &s->pieces[0];
  lg_run_sample(run, 2.0 * SAME_MS, held_state, run);
  for (uint64_t k = 0; run->t < run->protocol->duration_ms - SAME_MS; k++) {
    while (piece + 1 < s->n_pieces && run->t >= s->pieces[piece].t1_ms - SAME_MS) piece++;
    run->piece = &s->pieces[piece];
    lg_run_sample(run, run->t + dt - SAME_MS, held_state, run); /* samples off the grid: the last step's value */
    const lg_status status = euler_step(run, k, dt);
    if (status != LG_OK) return status;
    if (++run->result->n_steps % CANCEL_EVERY == 0 && lg_cancelled(run->ctx)) return cancelled(run);
  }
  return LG_OK;
}
