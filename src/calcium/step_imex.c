/* Implicit diffusion, explicit reactions: first order (IMEX1) and second (SBDF2), on a tree. */
#include "calcium/reactions.h"
#include "calcium/run.h"

#include <math.h>
#include <string.h>

/* A species' diffusion for one step length: (V/g + D L) x = V/g rhs, eliminated once (Hines 1984). */
typedef struct species {
  double *volume, *edge; /* the grid's */
  double diffusion;
  double *carry;   /* (n) edge / pivot */
  double *inverse; /* (n) 1 / pivot */
} species;

struct calcium_run {
  const calcium_case *c;
  const calcium_grid *grid;
  const calcium_gate *gate;
  calcium_scheme scheme;
  calcium_reactions reactions;
  calcium_state now;
  calcium_rates rates, before_rates;
  double *before[3];    /* c, b, e one step ago */
  double *before_gates; /* (n_states, n) */
  double *right[3];
  double *udot, *middle;
  species species[3];
  double start_s, dt_s, factored_s;
  uint64_t step; /* since the restart */
};

static void factor(species *s, const calcium_grid *g, double step) {
  for (size_t k = 0; k < g->n; k++) s->inverse[k] = s->volume[k] / step;
  for (size_t k = g->n; k-- > 1;) {
    const double w = s->diffusion * s->edge[k];
    s->inverse[k] += w;
    s->inverse[g->parent[k]] += w;
  }
  for (size_t k = g->n; k-- > 1;) {
    const double w = s->diffusion * s->edge[k];
    s->inverse[k] = 1.0 / s->inverse[k];
    s->carry[k] = w * s->inverse[k];
    s->inverse[g->parent[k]] -= w * s->carry[k];
  }
  s->inverse[0] = 1.0 / s->inverse[0];
}

/* Three right-hand sides side by side: their chains of dependent operations hide each other's latency. */
static void solve(const calcium_run *run) {
  const calcium_grid *g = run->grid;
  double *const *r = run->right;
  const species *a = &run->species[0], *b = &run->species[1], *e = &run->species[2];
  for (size_t k = g->n; k-- > 1;) {
    const size_t p = (size_t)g->parent[k];
    r[0][p] += a->carry[k] * r[0][k];
    r[1][p] += b->carry[k] * r[1][k];
    r[2][p] += e->carry[k] * r[2][k];
  }
  for (size_t s = 0; s < 3; s++) r[s][0] *= run->species[s].inverse[0];
  for (size_t k = 1; k < g->n; k++) {
    const size_t p = (size_t)g->parent[k];
    r[0][k] = r[0][k] * a->inverse[k] + a->carry[k] * r[0][p];
    r[1][k] = r[1][k] * b->inverse[k] + b->carry[k] * r[1][p];
    r[2][k] = r[2][k] * e->inverse[k] + e->carry[k] * r[2][p];
  }
}

static void inflow(calcium_run *run, double t) {
  const calcium_grid *g = run->grid;
  memset(run->reactions.inflow, 0, g->n * sizeof(double));
  for (size_t q = 0; q < run->c->n_stimuli; q++) {
    const calcium_stimulus *j = &run->c->stimuli[q];
    if (t < j->on_s || t >= j->off_s) continue;
    const double ramp = j->j0 * (1.0 - (t - j->on_s) / (j->off_s - j->on_s));
    for (size_t k = 0; k < g->n; k++) {
      const bool joint = k == g->first[j->section];
      if (g->section[k] != j->section && !joint) continue;
      const double x = (joint ? 0.0 : g->x_um[k]) - j->x0_um;
      run->reactions.inflow[k] += ramp * exp(-x * x / (2.0 * j->sigma_um * j->sigma_um));
    }
  }
}

static void values(const calcium_run *run, double *out[3]) {
  out[0] = run->now.c, out[1] = run->now.b, out[2] = run->now.e;
}

static void take(calcium_run *run) {
  double *v[3];
  values(run, v);
  for (size_t s = 0; s < 3; s++) memcpy(v[s], run->right[s], run->now.n * sizeof(double));
}

/* From what a scheme has without diffusion, in right, to what it has with it; g is the step that multiplies it. */
static void diffuse(calcium_run *run, double g) {
  if (run->factored_s != g)
    for (size_t s = 0; s < 3; s++) factor(&run->species[s], run->grid, g);
  run->factored_s = g;
  for (size_t s = 0; s < 3; s++)
    for (size_t k = 0; k < run->now.n; k++) run->right[s][k] *= run->species[s].volume[k] / g;
  solve(run);
}

static void remember(calcium_run *run) {
  double *v[3];
  values(run, v);
  for (size_t s = 0; s < 3; s++) memcpy(run->before[s], v[s], run->now.n * sizeof(double));
  memcpy(run->before_gates, run->now.gates, run->gate->n_states * run->now.n * sizeof(double));
  const calcium_rates old = run->before_rates;
  run->before_rates = run->rates;
  run->rates = old;
}

/* What the first-order step and the start of the second-order one do. */
static void first_order(calcium_run *run) {
  const size_t n = run->now.n;
  double *v[3];
  double *const rates[3] = {run->rates.c, run->rates.b, run->rates.e};
  values(run, v);
  for (size_t k = 0; k < n; k++) run->udot[k] = run->step ? (v[0][k] - run->before[0][k]) / run->dt_s : 0.0;
  inflow(run, run->now.t_s);
  if (run->scheme == CALCIUM_IMEX2) { /* rates at t, of which the next step needs those one step ago */
    lg_calcium_reactions(&run->reactions, v[0], v[1], v[2], run->now.open, &run->rates);
    for (size_t s = 0; s < 3; s++)
      for (size_t k = 0; k < n; k++) run->right[s][k] = v[s][k] + run->dt_s * rates[s][k];
    remember(run);
    diffuse(run, run->dt_s);
    take(run);
    run->gate->advance(run->gate, n, run->dt_s, run->now.c, run->udot, run->now.gates);
    run->gate->open(run->gate, n, run->now.gates, run->now.open);
    return;
  }
  memcpy(run->before[0], v[0], n * sizeof(double));
  run->gate->advance(run->gate, n, run->dt_s, run->now.c, run->udot, run->now.gates);
  run->gate->open(run->gate, n, run->now.gates, run->now.open);
  lg_calcium_reactions(&run->reactions, v[0], v[1], v[2], run->now.open, &run->rates);
  for (size_t s = 0; s < 3; s++)
    for (size_t k = 0; k < n; k++) run->right[s][k] = v[s][k] + run->dt_s * rates[s][k];
  diffuse(run, run->dt_s);
  take(run);
}

static void second_order(calcium_run *run) {
  const size_t n = run->now.n, states = run->gate->n_states;
  double *v[3];
  double *const f[3] = {run->rates.c, run->rates.b, run->rates.e};
  double *const f0[3] = {run->before_rates.c, run->before_rates.b, run->before_rates.e};
  values(run, v);
  inflow(run, run->now.t_s);
  lg_calcium_reactions(&run->reactions, v[0], v[1], v[2], run->now.open, &run->rates);
  const double third = 1.0 / 3.0, g = 2.0 * run->dt_s * third;
  for (size_t s = 0; s < 3; s++)
    for (size_t k = 0; k < n; k++)
      run->right[s][k] = (4.0 * v[s][k] - run->before[s][k]) * third + g * (2.0 * f[s][k] - f0[s][k]);
  diffuse(run, g);
  if (run->gate->linear) {
    for (size_t k = 0; k < states * n; k++) {
      const double x = run->now.gates[k];
      run->now.gates[k] = (4.0 * x - run->before_gates[k]) * third;
      run->before_gates[k] = x;
    }
    run->gate->advance(run->gate, n, g, run->right[0], run->udot, run->now.gates);
  } else {
    for (size_t k = 0; k < n; k++) run->middle[k] = 0.5 * (run->right[0][k] + v[0][k]);
    for (size_t k = 0; k < n; k++) run->udot[k] = (run->right[0][k] - v[0][k]) / run->dt_s;
    run->gate->advance(run->gate, n, run->dt_s, run->middle, run->udot, run->now.gates);
  }
  for (size_t s = 0; s < 3; s++) memcpy(run->before[s], v[s], n * sizeof(double));
  take(run);
  run->gate->open(run->gate, n, run->now.gates, run->now.open);
  const calcium_rates old = run->before_rates;
  run->before_rates = run->rates;
  run->rates = old;
}

void lg_calcium_run_step(calcium_run *run) {
  if (run->scheme == CALCIUM_IMEX1 || run->step == 0) first_order(run);
  else second_order(run);
  run->step++;
  run->now.t_s = run->start_s + (double)run->step * run->dt_s;
  if (run->gate->watch) run->gate->watch(run->gate, run->now.n, run->now.t_s, run->now.c, run->udot, run->now.gates);
}

void lg_calcium_run_restart(calcium_run *run, double dt_s) {
  run->start_s = run->now.t_s;
  run->dt_s = dt_s;
  run->step = 0;
}

const calcium_state *lg_calcium_run_state(const calcium_run *run) { return &run->now; }

calcium_derived lg_calcium_run_derived(const calcium_run *run) { return run->reactions.derived; }

void lg_calcium_run_totals(const calcium_run *run, double totals[3]) {
  const calcium_grid *g = run->grid;
  totals[0] = totals[1] = totals[2] = 0.0;
  for (size_t k = 0; k < g->n; k++) {
    totals[0] += run->now.c[k] * g->cytosol_um3[k];
    totals[1] += (run->c->constants.buffer_total - run->now.b[k]) * g->cytosol_um3[k];
    totals[2] += run->now.e[k] * g->er_um3[k];
  }
}

static const calcium_state *state_of(const void *own) { return lg_calcium_run_state(own); }
static void restart(void *own, double dt_s) { lg_calcium_run_restart(own, dt_s); }
static void step_of(void *own) { lg_calcium_run_step(own); }
static void totals_of(const void *own, double totals[3]) { lg_calcium_run_totals(own, totals); }
static calcium_derived derived_of(const void *own) { return lg_calcium_run_derived(own); }

calcium_stepper lg_calcium_run_stepper(calcium_run *run) {
  return (calcium_stepper){run, state_of, restart, step_of, totals_of, derived_of};
}

/* ---- made and put away ------------------------------------------------------------------------------- */

static lg_status allocate(lg_ctx *ctx, calcium_run *run, size_t n, size_t states) {
  lg_status status = LG_OK;
  double **const arrays[] = {&run->now.c,
                             &run->now.b,
                             &run->now.e,
                             &run->now.open,
                             &run->rates.c,
                             &run->rates.b,
                             &run->rates.e,
                             &run->before_rates.c,
                             &run->before_rates.b,
                             &run->before_rates.e,
                             &run->before[0],
                             &run->before[1],
                             &run->before[2],
                             &run->right[0],
                             &run->right[1],
                             &run->right[2],
                             &run->udot,
                             &run->middle,
                             &run->reactions.plasma_per_um,
                             &run->reactions.er_per_um,
                             &run->reactions.er_own_per_um,
                             &run->reactions.inflow};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) LG_NEW(ctx, *arrays[k], n);
  LG_NEW(ctx, run->now.gates, n * states);
  LG_NEW(ctx, run->before_gates, n * states);
  for (size_t s = 0; s < 3; s++) {
    LG_NEW(ctx, run->species[s].carry, n);
    LG_NEW(ctx, run->species[s].inverse, n);
  }
done:
  return status;
}

static void set_rest(calcium_run *run) {
  const calcium_constants *k = &run->c->constants;
  const calcium_grid *g = run->grid;
  double states[16];
  const double open = run->gate->rest(run->gate, k->cytosol_rest, states);
  run->reactions.derived = lg_calcium_derive(k, open, run->c->membrane_closed);
  for (size_t i = 0; i < g->n; i++) {
    const double x = g->x_um[i] - run->c->bump_x0_um;
    run->now.c[i] = k->cytosol_rest;
    if (run->c->bump_uM != 0.0 && (g->section[i] == 0))
      run->now.c[i] += run->c->bump_uM * exp(-x * x / (2.0 * run->c->bump_sigma_um * run->c->bump_sigma_um));
    run->now.b[i] = run->reactions.derived.buffer_rest;
    run->now.e[i] = k->er_rest;
    run->now.open[i] = open;
    for (size_t s = 0; s < run->gate->n_states; s++) run->now.gates[s * g->n + i] = states[s];
    run->reactions.plasma_per_um[i] = g->plasma_um2[i] / g->cytosol_um3[i];
    run->reactions.er_per_um[i] = g->er_membrane_um2[i] / g->cytosol_um3[i];
    run->reactions.er_own_per_um[i] = g->er_membrane_um2[i] / g->er_um3[i];
  }
}

lg_status lg_calcium_run_create(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid, const calcium_gate *gate,
                                calcium_scheme scheme, calcium_run **out) {
  lg_status status = LG_OK;
  calcium_run *run = NULL;
  *out = NULL;
  LG_NEW(ctx, run, 1);
  run->c = c;
  run->grid = grid;
  run->gate = gate;
  run->scheme = scheme;
  run->now.n = grid->n;
  LG_TRY(allocate(ctx, run, grid->n, gate->n_states));
  run->reactions.constants = &c->constants;
  run->reactions.closed = c->membrane_closed;
  run->reactions.n = grid->n;
  const double diffusion[3] = {c->constants.diffusion_cytosol, c->constants.diffusion_buffer,
                               c->constants.diffusion_er};
  for (size_t s = 0; s < 3; s++) {
    run->species[s].diffusion = diffusion[s];
    run->species[s].volume = s < 2 ? grid->cytosol_um3 : grid->er_um3;
    run->species[s].edge = s < 2 ? grid->cytosol_edge_um : grid->er_edge_um;
  }
  set_rest(run);
  *out = run;
  run = NULL;
done:
  lg_calcium_run_destroy(ctx, run);
  return status;
}

void lg_calcium_run_destroy(lg_ctx *ctx, calcium_run *run) {
  if (!run) return;
  double *const arrays[] = {run->now.c,
                            run->now.b,
                            run->now.e,
                            run->now.open,
                            run->now.gates,
                            run->before_gates,
                            run->rates.c,
                            run->rates.b,
                            run->rates.e,
                            run->before_rates.c,
                            run->before_rates.b,
                            run->before_rates.e,
                            run->before[0],
                            run->before[1],
                            run->before[2],
                            run->right[0],
                            run->right[1],
                            run->right[2],
                            run->udot,
                            run->middle,
                            run->reactions.plasma_per_um,
                            run->reactions.er_per_um,
                            run->reactions.er_own_per_um,
                            run->reactions.inflow};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) lg_free(ctx, arrays[k]);
  for (size_t s = 0; s < 3; s++) {
    lg_free(ctx, run->species[s].carry);
    lg_free(ctx, run->species[s].inverse);
  }
  lg_free(ctx, run);
}
