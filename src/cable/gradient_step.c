/* One step, plain and linearised. */
#include "cable/gradient_internal.h"

#include <math.h>
#include <string.h>

/* ---- plain ------------------------------------------------------------------------------------- */

void lg_gradient_restart(cable_gradient *r) {
  lg_cable_group_restore(r->g, r->fresh);
  lg_group_start(r->g);
}

void lg_gradient_keep(const cable_gradient *r, void *bytes) {
  unsigned char *to = bytes;
  memcpy(to, &r->g->clock, sizeof r->g->clock);
  for (size_t k = 0; k < r->n_live; k++) memcpy(to + r->live[k].offset, r->live[k].at, r->live[k].n * sizeof(double));
}

void lg_gradient_put_back(cable_gradient *r, const void *bytes) {
  const unsigned char *from = bytes;
  cable_group *g = r->g;
  memcpy(&g->clock, from, sizeof g->clock);
  for (size_t k = 0; k < r->n_live; k++) memcpy(r->live[k].at, from + r->live[k].offset, r->live[k].n * sizeof(double));
  memset(g->g, 0, (g->flat + GROUP_PAD) * sizeof *g->g);
  memset(g->i, 0, (g->flat + GROUP_PAD) * sizeof *g->i);
  g->clock.currents_ready = false;
}

/* Conductance and current (inwards) of a drive over a step. */
static void drive_of(const cable_drive *d, size_t step, double *g, double *i) {
  *g = 0.0;
  *i = d->current_nA ? d->current_nA[step] : 0.0;
  if (!d->towards_mV || isnan(d->towards_mV[step])) return;
  *g = d->towards_uS;
  *i += d->towards_uS * d->towards_mV[step];
}

void lg_gradient_plain_step(cable_gradient *r) {
  const size_t step = (size_t)r->g->clock.step;
  for (size_t k = 0; k < r->n_drives; k++) {
    double g, i;
    drive_of(&r->drives[k], step, &g, &i);
    lg_cable_group_drive(r->g, r->drives[k].node, 0, g, i);
  }
  lg_cable_group_step(r->g);
}

bool lg_gradient_is_sane(const cable_gradient *r) {
  for (size_t k = 0; k < r->n; k++)
    if (!(fabs(r->g->v[k]) <= 1000.0)) return false;
  return true;
}

lg_status lg_gradient_fail_diverged(lg_ctx *ctx, const cable_gradient *r) {
  return lg_fail(ctx, LG_ERR_NUMERICAL, "v left -1000 … 1000 mV at t = %g ms", r->g->clock.t_ms);
}

/* ---- the start --------------------------------------------------------------------------------- */

static void nernst_slopes(cable_gradient *r) {
  const cable_group *g = r->g;
  for (size_t x = 0; x < g->n_ions; x++) {
    const cable_ion *ion = &g->ions[x].ion;
    if (!ion->reversal_by_nernst) continue;
    const double per = lg_cable_nernst_mV(g->model->celsius, ion->valence, 1.0, 2.71828182845904523536);
    for (size_t k = 0; k < r->n; k++)
      r->step.nernst_slope[x][k] = isnan(g->ions[x].fixed_mV[k]) ? -per / ion->inside_mM[k] : 0.0;
  }
}

/* The slopes are taken where the functions run; the group then starts as ever. Slopes of the half step are taken after
 * it from the states before it, which start() alone gives. */
void lg_gradient_linear_start(cable_gradient *r) {
  cable_group *g = r->g;
  lg_gradient_restart(r);
  const cable_moment now = lg_group_moment(g, g->o.dt_ms);
  for (size_t pass = 0; pass < 2; pass++)
    for (size_t b = 0; b < g->n_blocks; b++) {
      if (g->blocks[b].is_pool != (pass == 0)) continue;
      lg_cable_slopes_at(r->slopes[b], CABLE_DO_START, &now);
      if (g->blocks[b].block.kind->start) g->blocks[b].block.kind->start(&g->blocks[b].block, &now);
    }
  nernst_slopes(r);
  if (r->one_stage) return;
  cable_moment half = now;
  half.dt_ms = 0.5 * now.dt_ms;
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_mechanism *kind = g->blocks[b].block.kind;
    if (!kind->advance || kind->whole_steps || g->blocks[b].is_pool) continue;
    lg_cable_slopes_at(r->slopes[b], CABLE_DO_ADVANCE, &half);
    kind->advance(&g->blocks[b].block, &half);
  }
}

/* ---- a step ------------------------------------------------------------------------------------ */

static void deliver(cable_gradient *r, const cable_moment *now) {
  cable_group *g = r->g;
  const double dt = g->o.dt_ms;
  const bool closed = r->one_stage;
  const double end = closed ? g->clock.t_ms + 0.5 * dt : (double)(g->clock.step + 1) * dt;
  r->step.n_events = 0;
  for (; g->clock.next_event < g->n_events; g->clock.next_event++) {
    const group_event *e = &g->events[g->clock.next_event];
    if (closed ? e->t_ms > end : e->t_ms >= end) return;
    gradient_event *to = &r->step.events[r->step.n_events++];
    const double offset = fmax(0.0, e->t_ms - g->clock.t_ms);
    const group_block *b = g->synapse_block[e->synapse];
    to->block = (size_t)(b - g->blocks);
    to->instance = g->synapse_site[e->synapse];
    to->synapse = e->synapse;
    to->n_jumps = lg_cable_slopes_jumps(r->slopes[to->block]);
    lg_cable_slopes_receive(r->slopes[to->block], to->instance, e->weight_uS, offset, now, to->jumps);
    b->block.kind->receive(&b->block, to->instance, e->weight_uS, offset, now);
  }
}

static void add_mechanisms(cable_gradient *r, const cable_moment *now) {
  cable_group *g = r->g;
  for (size_t x = 0; x < g->n_ions; x++) {
    if (!g->ions[x].ion.current_is_read) continue;
    memset(g->ions[x].ion.current_mA_cm2, 0, (g->flat + GROUP_PAD) * sizeof(double));
    memset(g->ions[x].ion.conductance_S_cm2, 0, (g->flat + GROUP_PAD) * sizeof(double));
  }
  memset(r->step.g, 0, (r->n + GROUP_PAD) * sizeof *r->step.g);
  memset(r->i, 0, (r->n + GROUP_PAD) * sizeof *r->i);
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_block *block = &g->blocks[b].block;
    if (!block->kind->current || r->way[b] != GRADIENT_BY_SLOPES) continue;
    lg_cable_slopes_at(r->slopes[b], CABLE_DO_CURRENT, now);
    block->kind->current(block, now);
  }
  for (size_t x = 0; x < g->n_ions; x++)
    if (g->ions[x].ion.current_is_read)
      memcpy(r->step.conductance[x], g->ions[x].ion.conductance_S_cm2, r->n * sizeof(double));
}

/* As the group does it: the share of the step, in NEURON's scheme the state in its middle. */
static double share_on(const group_clamp *c, double t, double dt, bool middle) {
  const double half = t + 0.5 * dt, on = fmax(t, c->on_ms), off = fmin(t + dt, c->off_ms);
  if (middle) return half >= c->on_ms && half < c->off_ms ? 1.0 : 0.0;
  return off > on ? fmin(1.0, (off - on) / dt) : 0.0;
}

void lg_gradient_share_clamps(cable_gradient *r, double t_ms) {
  const cable_group *g = r->g;
  for (size_t k = 0; k < g->n_clamps; k++)
    r->step.clamp_share[k] = share_on(&g->clamps[k], t_ms, r->o.dt_ms, r->one_stage);
}

/* Reversals after the concentrations, half a step ahead of them but in NEURON's scheme. */
static void move_reversals(cable_gradient *r) {
  cable_group *g = r->g;
  for (size_t x = 0; x < g->n_ions; x++) {
    group_ion *ion = &g->ions[x];
    if (!ion->ion.reversal_by_nernst) continue;
    for (size_t k = 0; k < r->n; k++) {
      if (!isnan(ion->fixed_mV[k])) continue;
      const double E =
          lg_cable_nernst_mV(g->model->celsius, ion->ion.valence, ion->ion.inside_mM[k], ion->ion.outside_mM[k]);
      ion->ion.reversal_mV[k] = r->one_stage ? E : E + 0.5 * (E - ion->nernst_mV[k]);
      ion->nernst_mV[k] = E;
    }
  }
}

static void move_states(cable_gradient *r, const cable_moment *now) {
  cable_group *g = r->g;
  for (size_t x = 0; x < g->n_ions && !r->one_stage; x++) {
    if (!g->ions[x].ion.current_is_read) continue;
    for (size_t k = 0; k < r->n; k++)
      g->ions[x].ion.current_mA_cm2[k] += r->step.conductance[x][k] * (0.5 * (r->step.v1[k] - r->step.v0[k]));
  }
  for (size_t pass = 0; pass < 2; pass++)
    for (size_t b = 0; b < g->n_blocks; b++) {
      const cable_block *block = &g->blocks[b].block;
      if (g->blocks[b].is_pool != (pass == 0) || !block->kind->advance) continue;
      if (r->way[b] != GRADIENT_BY_SLOPES) continue;
      lg_cable_slopes_at(r->slopes[b], CABLE_DO_ADVANCE, now);
      block->kind->advance(block, now);
    }
  nernst_slopes(r);
  move_reversals(r);
}

static cable_moment begin(cable_gradient *r) {
  cable_moment now = lg_group_moment(r->g, r->g->o.dt_ms);
  now.g = r->step.g;
  now.i = r->i;
  deliver(r, &now);
  add_mechanisms(r, &now);
  return now;
}

static void end(cable_gradient *r, cable_moment now) {
  cable_group *g = r->g;
  g->clock.step++;
  g->clock.t_ms = now.t_ms = (double)g->clock.step * g->o.dt_ms;
  now.step = g->clock.step;
  move_states(r, &now);
  g->clock.currents_ready = false;
}

/* States of what has slopes, and ions, as they were. */
static void put_slopes_back(cable_gradient *r, const void *bytes) {
  const size_t n_blocks = r->g->n_blocks;
  size_t end = r->n_live;
  for (size_t x = r->g->n_ions; x-- > 0;)
    if (r->live_ion[x] != SIZE_MAX) {
      end = r->live_ion[x];
      for (size_t k = end; k < end + GRADIENT_ION_ARRAYS; k++)
        memcpy(r->live[k].at, gradient_kept(r, bytes, k), r->live[k].n * sizeof(double));
    }
  for (size_t b = n_blocks; b-- > 0;) {
    for (size_t k = r->live_state[b]; k < end && r->way[b] == GRADIENT_BY_SLOPES; k++)
      memcpy(r->live[k].at, gradient_kept(r, bytes, k), r->live[k].n * sizeof(double));
    end = r->live_state[b];
  }
}

void lg_gradient_replay(cable_gradient *r, const void *bytes, const double *v1) {
  const size_t n = r->n;
  const double *v0 = gradient_kept(r, bytes, 0);
  const group_clock clock = r->g->clock;
  memmove(r->step.v1, v1, (n + GROUP_PAD) * sizeof *v1);
  memcpy(r->step.v0, v0, n * sizeof *v0);
  memcpy(&r->g->clock, bytes, sizeof r->g->clock);
  memcpy(r->g->v, v0, (n + GROUP_PAD) * sizeof *v0);
  put_slopes_back(r, bytes);
  const cable_moment now = begin(r);
  memcpy(r->g->v, r->step.v1, (n + GROUP_PAD) * sizeof *v1);
  end(r, now);
  r->g->clock = clock;
}
