/* One step of the fixed schemes. */
#include "cable/group.h"

#include <math.h>
#include <string.h>

/* SDIRK2: L-stable, of second order, both stages with one matrix (Alexander 1977); TR-BDF2 with 2 - sqrt 2 has the same
 * stability function, so that with frozen conductances both are the same method. */
#define SDIRK_GAMMA 0.29289321881345247559915563789515096

cable_moment lg_group_moment(const cable_group *g, double dt_ms) {
  return (cable_moment){.scheme = g->o.scheme,
                        .t_ms = g->clock.t_ms,
                        .dt_ms = dt_ms,
                        .celsius = g->model->celsius,
                        .step = g->clock.step,
                        .v = g->v,
                        .g = g->g,
                        .i = g->i};
}

/* ---- what is outside of the cell ------------------------------------------------------------------- */

static void receive_in_all(cable_group *g, const group_event *e, double offset, const cable_moment *now) {
  const cable_block *b = &g->synapse_block[e->synapse]->block;
  const size_t first = g->synapse_site[e->synapse] * g->lanes;
  for (size_t lane = 0; lane < g->lanes; lane++) b->kind->receive(b, first + lane, e->weight_uS, offset, now);
}

void lg_group_deliver(cable_group *g, double end_ms, bool closed, double dt_ms) {
  const cable_moment now = lg_group_moment(g, dt_ms);
  for (; g->clock.next_event < g->n_events; g->clock.next_event++) {
    const group_event *e = &g->events[g->clock.next_event];
    if (closed ? e->t_ms > end_ms : e->t_ms >= end_ms) return;
    receive_in_all(g, e, fmax(0.0, e->t_ms - g->clock.t_ms), &now);
  }
}

/* Share of [t, t + dt) in which a clamp is on; in NEURON's scheme its state in the middle. */
static double share_on(const group_clamp *c, double t, double dt, cable_scheme scheme) {
  const double half = t + 0.5 * dt;
  if (scheme == CABLE_NRN) return half >= c->on_ms && half < c->off_ms ? 1.0 : 0.0;
  const double on = fmax(t, c->on_ms), off = fmin(t + dt, c->off_ms), share = (off - on) / dt;
  return share > 1.0 - 1e-9 ? 1.0
         : share < 1e-9     ? 0.0
                            : share; /* times are sums: an edge may miss a step by rounding */
}

static cable_pass pass_over(const cable_group *g, double *rhs) {
  return (cable_pass){.n_nodes = g->n_nodes,
                      .lanes = g->lanes,
                      .capacitance_nF = g->capacitance_nF,
                      .fixed_uS = g->fixed_uS,
                      .fixed_nA = g->fixed_nA,
                      .v = g->v,
                      .g = g->g,
                      .i = g->i,
                      .diagonal = g->factor,
                      .rhs = rhs};
}

static void add_outside(cable_group *g, double dt) {
  for (size_t k = 0; k < g->n_clamps; k++) {
    const double share = share_on(&g->clamps[k], g->clock.t_ms, dt, g->o.scheme);
    if (share == 0.0) continue;
    double *i = g->i + (size_t)g->clamps[k].place * g->lanes;
    for (size_t lane = 0; lane < g->lanes; lane++) i[lane] -= share * g->clamps[k].amplitude_nA;
  }
  if (8 * g->clock.n_driven > g->clock.driven_end - g->clock.driven_begin) {
    const cable_pass pass = pass_over(g, g->rhs);
    g->kernels->drive(&pass, g->drive_uS, g->drive_nA, g->clock.driven_begin, g->clock.driven_end);
    return;
  }
  for (size_t k = 0; k < g->clock.n_driven; k++) {
    const uint32_t at = g->driven[k];
    g->g[at] += g->drive_uS[at];
    g->i[at] += g->drive_uS[at] * g->v[at] - g->drive_nA[at];
  }
}

/* ---- v --------------------------------------------------------------------------------------------- */

/*
 * Channels open and close while v moves. Frozen at the middle of the step, they leave out that a current which comes
 * late in the step has less time to be answered: the commutator of Magnus' series, dt^2/12 A (b' - A' v), the largest
 * error of a frozen step. Here is b' - A' v, the change of the channels' current at fixed v per step, from one step to
 * the next; use_change() adds the rest.
 */
static void tell_change(cable_group *g, double dt) {
  const double scale = g->clock.change_ms > 0.0 ? 2.0 * dt / (dt + g->clock.change_ms) : 0.0;
  const cable_pass pass = pass_over(g, g->rhs);
  for (size_t r = 0; r < g->n_runs; r++)
    g->kernels->tell_change(&pass, &g->change, scale, g->runs[r].begin, g->runs[r].end);
  g->clock.change_ms = dt;
}

/* With the L-stable 1/gamma (1 - (1 + gamma dt A)^-1) for dt A, which the second stage solves for anyway. */
static void use_change(cable_group *g, double dt) {
  const double to_rhs = 1.0 / (12.0 * SDIRK_GAMMA * SDIRK_GAMMA), to_v = dt / (12.0 * SDIRK_GAMMA);
  const cable_pass pass = pass_over(g, g->rhs);
  for (size_t r = 0; r < g->n_runs; r++)
    g->kernels->use_change(&pass, &g->change, to_rhs, to_v, g->runs[r].begin, g->runs[r].end);
}

static void add_currents(cable_group *g, double dt) {
  const cable_moment now = lg_group_moment(g, dt);
  const bool ready = g->clock.currents_ready;
  for (size_t k = 0; k < g->n_ions && g->needs_ions; k++) {
    memset(g->ions[k].ion.current_mA_cm2, 0, (g->flat + GROUP_PAD) * sizeof(double));
    memset(g->ions[k].ion.conductance_S_cm2, 0, (g->flat + GROUP_PAD) * sizeof(double));
  }
  /* fused blocks first, so that the order of the sums is the same whether they have been called already or not; what
   * events and thresholds make jump last, so that how channels alone changed can be told before */
  for (size_t pass = ready ? 1 : 0; pass < 3; pass++) {
    if (pass == 2 && g->n_runs > 0) tell_change(g, dt);
    for (size_t k = 0; k < g->n_blocks; k++) {
      const group_block *b = &g->blocks[k];
      const size_t turn = b->is_fused ? 0 : b->block.kind->sort == CABLE_DENSITY ? 1 : 2;
      if (turn == pass && !b->is_constant && b->block.kind->current) b->block.kind->current(&b->block, &now);
    }
  }
  g->clock.currents_ready = false;
}

/* A membrane that moves v itself, under all other currents as they are over the step. */
static void flow_alone(cable_group *g, double dt) {
  const cable_moment now = lg_group_moment(g, dt);
  for (size_t lane = 0; lane < g->lanes; lane++) {
    g->g[lane] += g->fixed_uS[0];
    g->i[lane] += g->fixed_uS[0] * g->v[lane] - g->fixed_nA[0];
  }
  g->flows->block.kind->own_flow(&g->flows->block, &now);
  memset(g->g, 0, g->lanes * sizeof *g->g);
  memset(g->i, 0, g->lanes * sizeof *g->i);
}

/* (c + fixed + g + axial) v1 = c v + fixed i + g v - i. */
void lg_group_move_v(cable_group *g, double dt) {
  const bool one_stage = g->o.scheme == CABLE_NRN;
  const double per_ms = one_stage ? 1.0 / dt : 1.0 / (SDIRK_GAMMA * dt);
  add_currents(g, dt);
  add_outside(g, dt);
  if (g->flows) {
    flow_alone(g, dt);
    return;
  }
  if (g->needs_old_v) memcpy(g->v_before, g->v, g->flat * sizeof *g->v);
  if (g->in_one_pass) {
    const lg_tree_step step = {.w = g->weight_uS,
                               .capacitance = g->capacitance_nF,
                               .fixed_g = g->fixed_uS,
                               .fixed_i = g->fixed_nA,
                               .v = g->v,
                               .g = g->g,
                               .i = g->i,
                               .rate = per_ms,
                               .second_rate = one_stage ? 0.0 : (1.0 - SDIRK_GAMMA) / SDIRK_GAMMA * per_ms};
    lg_tree_step_in_lanes(g->solver, &step);
    return;
  }
  const cable_pass pass = pass_over(g, one_stage ? g->v : g->rhs);
  g->kernels->assemble(&pass, per_ms);
  lg_tree_solve_in_place(g->solver, g->weight_uS, g->factor, pass.rhs);
  if (one_stage) return;
  /* v := v1 of the first stage, rhs := c (1 - gamma) / gamma (v1 - v), whose solution is what the second stage adds */
  g->kernels->second_stage(&pass, (1.0 - SDIRK_GAMMA) / SDIRK_GAMMA * per_ms);
  if (g->first_stage) memcpy(g->first_stage, g->v, (g->flat + GROUP_PAD) * sizeof *g->v);
  if (g->n_runs > 0) use_change(g, dt);
  lg_tree_solve_again(g->solver, g->factor, g->rhs);
  g->kernels->add_rhs(&pass);
}

/* ---- states ---------------------------------------------------------------------------------------- */

/* The current of an ion as it is in the middle of the step. */
static void centre_ions(cable_group *g) {
  for (size_t x = 0; x < g->n_ions; x++) {
    const cable_ion *ion = &g->ions[x].ion;
    if (!ion->current_is_read) continue;
    for (size_t k = 0; k < g->flat; k++)
      ion->current_mA_cm2[k] += ion->conductance_S_cm2[k] * (0.5 * (g->v[k] - g->v_before[k]));
  }
}

/* Calls fn for every ion that a pool moves and that follows from its concentration. */
static void each_moved(cable_group *g, void (*fn)(cable_group *g, group_ion *ion, const cable_block *pool, double x),
                       double x) {
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_block *pool = &g->blocks[b].block;
    if (!g->blocks[b].is_pool) continue;
    for (size_t u = 0; u < pool->kind->n_ions; u++)
      for (size_t y = 0; pool->kind->ions[u].writes_inside && y < g->n_ions; y++)
        if (&g->ions[y].ion == pool->ion[u] && g->ions[y].ion.reversal_by_nernst) fn(g, &g->ions[y], pool, x);
  }
}

/* Instances from k on that stand on neighbouring nodes. */
static size_t run_from(const cable_block *block, size_t k) {
  size_t n = 1;
  while (k + n < block->number && block->node[k + n] == block->node[k] + n) n++;
  return n;
}

static void make_reversals(cable_group *g, group_ion *ion, const cable_block *pool, double x) {
  const double factor = lg_cable_nernst_factor_mV(g->model->celsius, ion->ion.valence);
  (void)x;
  for (size_t k = 0, n; k < pool->number; k += n) {
    const uint32_t at = pool->node[k];
    n = pool->contiguous ? pool->number : run_from(pool, k);
    g->kernels->nernst(n, factor, ion->ion.inside_mM + at, ion->ion.outside_mM + at, ion->fixed_mV + at,
                       ion->nernst_mV + at, ion->nernst_before_mV + at);
  }
}

/* Extrapolated by `ahead` steps. */
static void aim(cable_group *g, group_ion *ion, const cable_block *pool, double ahead) {
  (void)g;
  for (size_t k = 0, n; k < pool->number; k += n) {
    const uint32_t at = pool->node[k];
    const double *now = ion->nernst_mV + at, *before = ion->nernst_before_mV + at;
    double *restrict aimed = ion->ion.reversal_mV + at;
    n = pool->contiguous ? pool->number : run_from(pool, k);
    for (size_t j = 0; j < n; j++) aimed[j] = now[j] + ahead * (now[j] - before[j]);
  }
}

void lg_group_aim_reversals(cable_group *g, double ratio) {
  if (g->needs_ions) each_moved(g, aim, g->o.scheme == CABLE_NRN ? 0.0 : 0.5 * ratio);
}

static void keep_states(cable_group *g) {
  for (size_t p = 0; p < g->n_probes; p++)
    if (g->probes[p].before)
      memcpy(g->probes[p].before, g->probes[p].block->block.state[g->probes[p].state] + g->probes[p].site * g->lanes,
             g->lanes * sizeof(double));
}

static void advance_if(cable_group *g, const cable_moment *now, bool pools, bool whole) {
  for (size_t k = 0; k < g->n_blocks; k++) {
    const group_block *b = &g->blocks[k];
    const cable_mechanism *kind = b->block.kind;
    if (b->is_pool == pools && kind->whole_steps == whole && !b->is_fused && !b->is_constant && kind->advance)
      kind->advance(&b->block, now);
  }
}

void lg_group_move_whole(cable_group *g, double dt) {
  const cable_moment now = lg_group_moment(g, dt);
  if (g->needs_old_v) centre_ions(g);
  advance_if(g, &now, true, true);
  advance_if(g, &now, true, false);
  advance_if(g, &now, false, true);
  if (g->needs_ions) each_moved(g, make_reversals, 0.0);
}

void lg_group_move_gates(cable_group *g, double dt) {
  const cable_moment now = lg_group_moment(g, dt);
  if (g->n_probes > 0) keep_states(g);
  advance_if(g, &now, false, false);
  for (size_t k = 0; k < g->n_blocks; k++)
    if (g->blocks[k].is_fused) g->blocks[k].block.kind->advance_current(&g->blocks[k].block, &now);
  g->clock.currents_ready = true;
}

/* ---- spikes of membranes --------------------------------------------------------------------------- */

static bool earlier_cell(const cable_group_spike *a, const cable_group_spike *b) {
  return a->cell != b->cell ? a->cell < b->cell : a->node < b->node;
}

void lg_group_fire(cable_group *g, double dt) {
  const cable_moment now = lg_group_moment(g, dt);
  size_t n = 0, kept = 0;
  for (size_t k = 0; k < g->n_blocks; k++) {
    const cable_block *b = &g->blocks[k].block;
    if (b->kind->fire) n += b->kind->fire(b, &now, g->raw_fired + n, g->fired_room - n);
  }
  for (size_t k = 0; k < n; k++) {
    const cable_fired *f = &g->raw_fired[k];
    if (f->node % g->lanes >= g->o.n_cells) continue; /* lanes without a cell */
    const cable_group_spike spike = {
        .cell = (uint32_t)(f->node % g->lanes), .node = g->node_at[f->node / g->lanes], .t_ms = f->t_ms};
    size_t at = kept++;
    for (; at > 0 && earlier_cell(&spike, &g->fired[at - 1]); at--) g->fired[at] = g->fired[at - 1];
    g->fired[at] = spike;
  }
  g->clock.n_fired = kept;
}

/* ---- start and step -------------------------------------------------------------------------------- */

static void start_reversals(cable_group *g) {
  for (size_t x = 0; x < g->n_ions; x++) {
    group_ion *ion = &g->ions[x];
    for (size_t k = 0; k < g->flat + GROUP_PAD; k++) {
      const bool fixed = !isnan(ion->fixed_mV[k]);
      ion->nernst_mV[k] = fixed ? ion->fixed_mV[k]
                                : lg_cable_nernst_mV(g->model->celsius, ion->ion.valence, ion->ion.inside_mM[k],
                                                     ion->ion.outside_mM[k]);
      ion->nernst_before_mV[k] = ion->ion.reversal_mV[k] = ion->nernst_mV[k];
    }
  }
}

void lg_group_start(cable_group *g) {
  for (size_t k = 0; k < g->flat + GROUP_PAD; k++) g->v[k] = g->model->v_init_mV;
  start_reversals(g);
  const cable_moment now = lg_group_moment(g, g->o.dt_ms);
  for (size_t pass = 0; pass < 2; pass++) { /* pools first: channels start steady at their concentrations */
    for (size_t k = 0; k < g->n_blocks; k++)
      if (g->blocks[k].is_pool == (pass == 0) && g->blocks[k].block.kind->start)
        g->blocks[k].block.kind->start(&g->blocks[k].block, &now);
    start_reversals(g);
  }
  keep_states(g);
  if (g->o.scheme != CABLE_SDIRK2) return;
  cable_moment half = now;
  half.dt_ms = 0.5 * now.dt_ms;
  for (size_t k = 0; k < g->n_blocks; k++) {
    const cable_mechanism *kind = g->blocks[k].block.kind;
    if (kind->advance && !kind->whole_steps && !g->blocks[k].is_pool) kind->advance(&g->blocks[k].block, &half);
  }
}

void lg_cable_group_step(cable_group *g) {
  const double dt = g->o.dt_ms;
  if (g->o.scheme == CABLE_ADAPTIVE) {
    lg_group_adaptive_step(g);
    return;
  }
  if (g->n_events > 0) {
    if (g->o.scheme == CABLE_NRN) lg_group_deliver(g, g->clock.t_ms + 0.5 * dt, true, dt);
    else lg_group_deliver(g, (double)(g->clock.step + 1) * dt, false, dt);
  }
  lg_group_move_v(g, dt);
  g->clock.step++;
  g->clock.t_ms = (double)g->clock.step * dt;
  if (g->has_fire) lg_group_fire(g, dt);
  lg_group_move_whole(g, dt);
  lg_group_aim_reversals(g, 1.0);
  lg_group_move_gates(g, dt);
}
