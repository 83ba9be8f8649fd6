/*
 * The reference solver: adaptive order 8(5,3), restarted at every breakpoint, spike and switching surface.
 *
 * Roots and samples inside a step are found on re-integrated steps (a step of the shorter length from the same start),
 * so that they are as accurate as the steps themselves; no interpolation is involved.
 */
#include "neuron/run.h"

#include <math.h>
#include <string.h>

_Static_assert((int)LG_DOP853_MAX_STATES >= (int)LG_NEURON_MAX_STATES, "the stepper holds every state");

#define SMALLEST_STEP_MS 1e-13
#define CANCEL_EVERY 4096
#define NEAR_MV 3.0 /* within that of a switch a step is searched for a visit to the other side */

typedef struct solver {
  lg_run *run;
  lg_dop853 step;
  double h;
} solver;

static void rhs(void *user, double t, const double *y, double *dy) {
  const lg_run *run = user;
  run->plan.ops->rhs(&run->plan, lg_piece_current(run->piece, t), y, dy);
}

/* States at a time inside the present step. */
static void state_at(void *user, double t, double *y) {
  solver *s = user;
  if (t <= s->run->t) memcpy(y, s->run->y, s->run->plan.n * sizeof *y);
  else lg_dop853_advance(&s->step, s->run->t, s->run->y, t - s->run->t, y);
}

static double root(solver *s, lg_surface_fn g, double h, double g0, double g1) {
  return lg_run_root(&s->step, &s->run->plan, s->run->t, s->run->y, g, h, g0, g1);
}

static double slope_at(solver *s, double x, double *y) {
  double dy[LG_NEURON_MAX_STATES];
  lg_dop853_advance(&s->step, s->run->t, s->run->y, x, y);
  rhs(s->run, s->run->t + x, y, dy);
  return dy[0];
}

/* A surface can be crossed and left again within a step: the time in (0, h) where v turns, with g there; 0 when v does
   not turn. sign 1: v rises first and falls last, -1: the other way round. */
static double turn_of_step(solver *s, lg_surface_fn g, double sign, double h, double *g_turn) {
  double y[LG_NEURON_MAX_STATES], a = 0.0, b = h;
  if (!(sign * s->step.k[0][0] > 0.0) || !(sign * slope_at(s, h, y) < 0.0)) return 0.0;
  for (int k = 0; k < 50; k++) {
    const double x = 0.5 * (a + b);
    if (sign * slope_at(s, x, y) > 0.0) a = x;
    else b = x;
  }
  lg_dop853_advance(&s->step, s->run->t, s->run->y, b, y);
  *g_turn = g(&s->run->plan, y);
  return b;
}

typedef enum event { EVENT_NONE, EVENT_SPIKE, EVENT_SWITCH } event;

/* Earliest event in a step of h that ends in y1; *x is its time after the start. */
static event find_event(solver *s, double h, const double *y1, double *x) {
  const lg_run *run = s->run;
  const lg_plan *plan = &run->plan;
  const double g0 = plan->ops->spike(plan, run->y), g1 = plan->ops->spike(plan, y1);
  event found = EVENT_NONE;
  *x = h;
  if (g0 < 0.0 && g1 >= 0.0) {
    *x = root(s, plan->ops->spike, h, g0, g1);
    found = EVENT_SPIKE;
  } else if (g0 < 0.0 && g0 > -5.0 && !plan->ops->reset) {
    double g_top = -1.0;
    const double top = turn_of_step(s, plan->ops->spike, 1.0, h, &g_top);
    if (top > 0.0 && g_top > 0.0) {
      *x = root(s, plan->ops->spike, top, g0, g_top);
      found = EVENT_SPIKE;
    }
  }
  if (!plan->ops->surface) return found;
  double y[LG_NEURON_MAX_STATES];
  if (found == EVENT_SPIKE) lg_dop853_advance(&s->step, run->t, run->y, *x, y);
  else memcpy(y, y1, plan->n * sizeof *y);
  const double s0 = plan->ops->surface(plan, run->y), s1 = plan->ops->surface(plan, y);
  if ((s1 > 0.0) == (plan->above != 0) || s1 == 0.0) {
    double s_turn = s0;
    const bool near = fabs(s0) < NEAR_MV || fabs(s1) < NEAR_MV;
    const double turn =
        near && found == EVENT_NONE ? turn_of_step(s, plan->ops->surface, s0 > 0.0 ? -1.0 : 1.0, h, &s_turn) : 0.0;
    if (!(turn > 0.0) || (s_turn > 0.0) == (s0 > 0.0)) return found;
    *x = root(s, plan->ops->surface, turn, s0, s_turn);
    return EVENT_SWITCH;
  }
  const bool started_across = (s0 > 0.0) != (plan->above != 0) && s0 != 0.0;
  *x = started_across ? 0.0 : root(s, plan->ops->surface, found == EVENT_SPIKE ? *x : h, s0, s1);
  return EVENT_SWITCH;
}

/* Move to run->t + x: samples on the way, then the state there. */
static void move(solver *s, double x, const double *y1) {
  lg_run *run = s->run;
  double y[LG_NEURON_MAX_STATES];
  lg_run_sample(run, run->t + x, state_at, s);
  if (y1) memcpy(y, y1, run->plan.n * sizeof *y);
  else lg_dop853_advance(&s->step, run->t, run->y, x, y);
  memcpy(run->y, y, run->plan.n * sizeof *y);
  run->t += x;
}

/* One accepted step towards t_end. */
static lg_status take_step(solver *s, double t_end) {
  lg_run *run = s->run;
  double y1[LG_NEURON_MAX_STATES], x;
  rhs(run, run->t, run->y, s->step.k[0]);
  for (;;) {
    const bool last = s->h >= t_end - run->t;
    const double h = last ? t_end - run->t : s->h;
    const double error = lg_dop853_step(&s->step, run->t, run->y, h, y1);
    if (!(error <= 1.0)) {
      run->result->n_rejected++;
      s->h = h * lg_dop853_factor(error);
      if (s->h < SMALLEST_STEP_MS * (1.0 + run->t))
        return lg_fail(run->ctx, LG_ERR_NUMERICAL, "the step size fell below %g ms at %.9g ms (v = %g mV)", s->h,
                       run->t, run->y[0]);
      continue;
    }
    run->result->n_steps++;
    const event found = find_event(s, h, y1, &x);
    if (found == EVENT_NONE) {
      const double grown = h * lg_dop853_factor(error);
      if (!last || grown > s->h) s->h = grown; /* a step cut short says little about the next one */
      move(s, h, y1);
      if (last) run->t = t_end;
      return lg_run_finite(run);
    }
    move(s, x, NULL);
    if (found == EVENT_SPIKE) return lg_run_spike(run);
    run->plan.above = !run->plan.above;
    return LG_OK;
  }
}

lg_status lg_run_reference(lg_run *run) {
  solver s = {.run = run, .h = 0.01};
  s.step.f = rhs;
  s.step.user = run;
  s.step.n = run->plan.n;
  s.step.rtol = run->options->rtol;
  s.step.atol = run->options->atol;
  for (size_t k = 0; k < run->stimulus->n_pieces; k++) {
    run->piece = &run->stimulus->pieces[k];
    while (run->t < run->piece->t1_ms) {
      const lg_status status = take_step(&s, run->piece->t1_ms);
      if (status != LG_OK) return status;
      if (run->result->n_steps % CANCEL_EVERY == 0 && lg_cancelled(run->ctx))
        return lg_fail(run->ctx, LG_ERR_CANCELLED, "cancelled at %g ms", run->t);
    }
    lg_run_arrivals(run);
  }
  return LG_OK;
}
