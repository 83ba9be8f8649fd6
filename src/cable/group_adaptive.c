/*
 * Steps as long as an error estimate allows. Gates live in the middle of the steps: when a step is tried, they move
 * from the middle of the last one to the middle of the new one, at the voltage between both (the two half steps of a
 * Strang splitting in one). The error of v is told by its distance from the polynomial through the steps before
 * (Milne). Events and the edges of clamps end a step and begin a new past.
 */
#include "base/elementary.h"
#include "cable/group.h"

#include <math.h>
#include <string.h>

enum { PAST = 3 };
/* Local error over predictor error, and the first step after a break in ms at a tolerance of 1e-3 mV. */
#define ERROR_SHARE 0.12
#define FIRST_STEP_MS 2e-3
#define SHORTEST_MS 1e-7
/* Where v moves fast an error counts by the time it is worth: less by 1 + WORTH_MS |dv/dt| / mV. */
#define WORTH_MS 0.3

struct group_adaptive {
  double *past[PAST]; /* v at the end of the last steps, a ring: past_of(0) is the newest, at the present time */
  double *gates;      /* copy of what a refused step must put back */
  size_t n_gates;
};

static double *past_of(const cable_group *g, unsigned k) {
  return g->adaptive->past[(g->clock.newest_past + PAST - k) % PAST];
}

static bool is_gate(const group_block *b) {
  return !b->is_constant && !b->is_pool && !b->block.kind->whole_steps && b->block.kind->advance;
}

static size_t padded(const group_block *b) { return (b->block.number + GROUP_PAD - 1) / GROUP_PAD * GROUP_PAD; }

lg_status lg_group_make_adaptive(lg_ctx *ctx, cable_group *g) {
  struct group_adaptive *a = lg_group_array(ctx, g, 1, sizeof *a, false);
  if (!a) return LG_ERR_MEMORY;
  g->adaptive = a;
  for (size_t k = 0; k < PAST; k++)
    if (!(a->past[k] = lg_group_doubles(ctx, g, g->flat, true))) return LG_ERR_MEMORY;
  for (size_t k = 0; k < g->n_blocks; k++)
    if (is_gate(&g->blocks[k])) a->n_gates += g->blocks[k].block.kind->n_states * padded(&g->blocks[k]);
  a->gates = lg_group_doubles(ctx, g, a->n_gates, false);
  return a->gates ? LG_OK : LG_ERR_MEMORY;
}

static void copy_gates(cable_group *g, bool back) {
  double *at = g->adaptive->gates;
  for (size_t k = 0; k < g->n_blocks; k++) {
    const group_block *b = &g->blocks[k];
    if (!is_gate(b)) continue;
    for (size_t s = 0; s < b->block.kind->n_states; s++, at += padded(b))
      memcpy(back ? b->block.state[s] : at, back ? at : b->block.state[s], padded(b) * sizeof(double));
  }
}

void lg_group_stop_at(cable_group *g, double t_ms) { g->stop_ms = t_ms; }

/* Next time after t at which something outside changes. */
static double next_break(const cable_group *g, double t) {
  double next = g->stop_ms > t ? g->stop_ms : (double)INFINITY;
  if (g->clock.next_event < g->n_events) next = fmin(next, g->events[g->clock.next_event].t_ms);
  for (size_t k = 0; k < g->n_clamps; k++) {
    if (g->clamps[k].on_ms > t) next = fmin(next, g->clamps[k].on_ms);
    if (g->clamps[k].off_ms > t) next = fmin(next, g->clamps[k].off_ms);
  }
  return next;
}

static bool clamp_edge_at(const cable_group *g, double t) {
  for (size_t k = 0; k < g->n_clamps; k++)
    if (g->clamps[k].on_ms == t || g->clamps[k].off_ms == t) return true;
  return false;
}

static double first_step(const cable_group *g) { return fmin(g->o.dt_ms, FIRST_STEP_MS * sqrt(g->o.tolerance / 1e-3)); }

/* A break at the present time: what is past tells nothing of what comes. */
static void start_anew(cable_group *g) {
  memcpy(past_of(g, 0), g->v, g->flat * sizeof *g->v);
  g->clock.n_past = 1;
  g->clock.dt_ms = first_step(g);
}

/* Largest error of a step of dt, mV (less where v moves fast): the present v against the polynomial through the past. 0
 * where nothing is known.
 */
static double error_of(const cable_group *g, double dt) {
  const unsigned n = g->clock.n_past;
  if (n < 2) return 0.0;
  const double *p[PAST] = {past_of(g, 0), past_of(g, 1), past_of(g, 2)};
  const double h1 = g->clock.last_ms[0], h2 = g->clock.last_ms[1];
  double worst = 0.0, share;
  const double per = WORTH_MS / dt;
  if (n == 2) {
    const double s = dt / h1;
    share = ERROR_SHARE * 2.0 * dt * dt / (dt * (dt + h1));
    for (size_t k = 0; k < g->flat; k++) worst = fmax(worst, fabs(g->v[k] - (p[0][k] + s * (p[0][k] - p[1][k]))));
  } else { /* Newton's form at 0, -h1, -(h1 + h2) */
    share = ERROR_SHARE * 6.0 * dt * dt * dt / (dt * (dt + h1) * (dt + h1 + h2));
    for (size_t k = 0; k < g->flat; k++) {
      const double d1 = (p[0][k] - p[1][k]) / h1, d2 = (d1 - (p[1][k] - p[2][k]) / h2) / (h1 + h2);
      worst =
          fmax(worst, fabs(g->v[k] - (p[0][k] + dt * (d1 + (dt + h1) * d2))) / (1.0 + per * fabs(g->v[k] - p[0][k])));
    }
  }
  for (size_t k = 0; k < g->flat; k++)
    if (!(fabs(g->v[k]) < 1e6)) return (double)INFINITY;
  return share * worst;
}

static double scale_step(const cable_group *g, double error) {
  const double order = g->clock.n_past >= 3 ? 3.0 : 2.0;
  if (error <= 0.0) return 2.0;
  if (isinf(error)) return 0.1;
  const double ratio = 0.8 * lg_exp(lg_ln(g->o.tolerance / error) / order);
  return ratio > 1.7 ? 1.7 : ratio < 0.2 ? 0.2 : ratio;
}

static void try_step(cable_group *g, double dt) {
  lg_group_aim_reversals(g, g->clock.last_ms[0] > 0.0 ? dt / g->clock.last_ms[0] : 1.0);
  lg_group_move_gates(g, g->clock.owed_ms + 0.5 * dt);
  lg_group_move_v(g, dt);
}

void lg_group_adaptive_step(cable_group *g) {
  const double t = g->clock.t_ms;
  const size_t events = g->clock.next_event;
  lg_group_deliver(g, t, true, g->o.dt_ms);
  g->clock.broke = g->clock.n_past == 0 || g->clock.next_event != events || clamp_edge_at(g, t) || g->clock.n_fired > 0;
  if (g->clock.broke) start_anew(g);
  const double end = next_break(g, t);
  double dt = g->clock.dt_ms, error;
  bool to_break;
  copy_gates(g, false);
  for (;;) {
    to_break = t + dt * (1.0 + 1e-9) >= end;
    if (to_break) dt = end - t;
    else if (t + 2.0 * dt > end) dt = 0.5 * (end - t);
    try_step(g, dt);
    error = error_of(g, dt);
    if (error <= g->o.tolerance || dt <= SHORTEST_MS) break;
    g->clock.n_rejected++;
    copy_gates(g, true);
    memcpy(g->v, past_of(g, 0), g->flat * sizeof *g->v);
    dt *= fmin(0.7, scale_step(g, error));
  }
  if (!to_break || dt >= g->clock.dt_ms) g->clock.dt_ms = fmin(g->o.dt_ms, dt * scale_step(g, error));
  g->clock.step++;
  g->clock.t_ms = to_break ? end : t + dt;
  g->clock.gates_ms = g->clock.owed_ms + 0.5 * dt;
  g->clock.owed_ms = 0.5 * dt;
  if (g->has_fire) lg_group_fire(g, dt);
  lg_group_move_whole(g, dt);
  g->clock.newest_past = (g->clock.newest_past + 1) % PAST;
  memcpy(past_of(g, 0), g->v, g->flat * sizeof *g->v);
  g->clock.last_ms[1] = g->clock.last_ms[0];
  g->clock.last_ms[0] = dt;
  if (g->clock.n_past < PAST) g->clock.n_past++;
}
