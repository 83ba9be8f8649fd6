/* A dendrite with its state: made at rest, stepped by the scheme that was chosen. */
#include "calcium/run_internal.h"
#include "calcium/tape.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

static const calcium_integrator *const integrators[] = {[CALCIUM_IMEX2] = &lg_calcium_step_imex2,
                                                        [CALCIUM_IMEX1] = &lg_calcium_step_imex1,
                                                        [CALCIUM_RODAS4] = &lg_calcium_step_rodas4};

void lg_calcium_rates(const calcium_run *run, double t, double *const *rates) {
  const calcium_state *s = &run->now;
  const calcium_rates base = {rates[0], rates[1], rates[2]};
  lg_calcium_reactions(&run->reactions, s->c, s->b, s->e, s->open, &base);
  if (run->extra)
    run->extra->rates(run->extra, t, s->c, s->e, s->species, s->extra_gates, rates[0], rates[2],
                      run->now.n_species ? rates[3] : NULL);
}

calcium_stretch lg_calcium_stretch(double now, double end, double dt) {
  const double span = end - now, steps = ceil(span / dt - 1e-6);
  calcium_stretch s = {.start_s = now, .end_s = end, .dt_s = dt};
  if (!(span > 0.0)) return s;
  s.n_steps = steps < 1.0 ? 1 : (uint64_t)steps;
  s.dt_s = span / (double)s.n_steps;
  return s;
}

double lg_calcium_stretch_next(calcium_stretch *s) {
  s->step++;
  return s->step >= s->n_steps ? s->end_s : s->start_s + (s->end_s - s->start_s) * (double)s->step / (double)s->n_steps;
}

void lg_calcium_run_begin(calcium_run *run, double end_s, double dt_s) {
  run->stretch = run->integrator->fixed ? lg_calcium_stretch(run->now.t_s, end_s, dt_s)
                                        : (calcium_stretch){.start_s = run->now.t_s, .end_s = end_s, .dt_s = dt_s};
  run->integrator->begin(run);
}

bool lg_calcium_run_ended(const calcium_run *run) {
  return run->integrator->fixed ? run->stretch.step >= run->stretch.n_steps : run->now.t_s >= run->stretch.end_s;
}

lg_status lg_calcium_run_step(lg_ctx *ctx, calcium_run *run) {
  const lg_status status = run->integrator->step(ctx, run);
  if (run->integrator->fixed) run->now.t_s = lg_calcium_stretch_next(&run->stretch);
  else run->stretch.step++;
  return status;
}

void lg_calcium_run_tolerance(calcium_run *run, double tolerance) { run->tolerance = tolerance; }

calcium_effort lg_calcium_run_effort(const calcium_run *run) {
  return run->integrator->effort ? run->integrator->effort(run) : (calcium_effort){.steps = 0};
}

/* Slopes of the explicit rates of c, b and e of a node at rest, summed: no eigenvalue is larger. */
static double fastest_at(const calcium_run *run, size_t i) {
  const calcium_reactions *r = &run->reactions;
  const calcium_constants *k = r->constants;
  const calcium_derived d = lg_calcium_derived_at(r, i);
  const double c = k->cytosol_rest, e = k->er_rest, pmca = k->pmca_k * k->pmca_k + c * c;
  const double through = d.ryr_permeability * d.open_rest + d.er_leak;
  const double binding = k->buffer_on * (d.buffer_rest + c) + k->buffer_off;
  const double er = through + d.serca_max * k->serca_k / ((k->serca_k + c) * (k->serca_k + c) * e);
  const double own = through + d.serca_max * c / ((k->serca_k + c) * e * e);
  const double plasma = d.plasma_leak + 2.0 * d.pmca_max * c * k->pmca_k * k->pmca_k / (pmca * pmca) +
                        d.ncx_max * k->ncx_k / ((k->ncx_k + c) * (k->ncx_k + c));
  return binding + r->er_per_um[i] * fabs(er) + r->er_own_per_um[i] * fabs(own) + r->plasma_per_um[i] * fabs(plasma);
}

double lg_calcium_run_longest_step(const calcium_run *run) {
  double fastest = 0.0;
  if (run->integrator->reach == 0.0) return (double)INFINITY;
  for (size_t i = 0; i < run->now.n; i++) fastest = fmax(fastest, fastest_at(run, i));
  return run->integrator->reach / fastest;
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
  for (size_t s = 0; s < run->now.n_species; s++) {
    const calcium_species *x = &run->extra->species[s];
    const double *volume = x->in_er ? g->er_um3 : g->cytosol_um3, *values = run->now.species + s * g->n;
    double sum = 0.0;
    if (x->calcium_each == 0.0 && x->calcium_total == 0.0) continue;
    for (size_t k = 0; k < g->n; k++) sum += (x->calcium_total + x->calcium_each * values[k]) * volume[k];
    totals[x->in_er ? 2 : 1] += sum;
  }
}

static const calcium_state *state_of(const void *own) { return lg_calcium_run_state(own); }
static void begin_of(void *own, double end_s, double dt_s) { lg_calcium_run_begin(own, end_s, dt_s); }
static bool ended_of(const void *own) { return lg_calcium_run_ended(own); }
static lg_status step_of(lg_ctx *ctx, void *own) { return lg_calcium_run_step(ctx, own); }
static void totals_of(const void *own, double totals[3]) { lg_calcium_run_totals(own, totals); }
static calcium_derived derived_of(const void *own) { return lg_calcium_run_derived(own); }

/* History is the integrator's; the lengths of all arrays follow from grid, gate and extra. */
static void tape_of(void *own, calcium_tape *t) {
  calcium_run *run = own;
  const size_t n = run->now.n, n_extra = run->extra ? run->extra->n_gates : 0;
  calcium_array rows[32];
  const size_t n_rows = run->integrator->history(run, rows);
  lg_tape_same(t, n);
  lg_tape_same(t, run->gate->n_states);
  lg_tape_same(t, run->now.n_species);
  lg_tape_same(t, n_extra);
  lg_tape_doubles(t, &run->now.t_s, 1);
  lg_tape(t, &run->stretch, sizeof run->stretch);
  lg_tape_doubles(t, run->now.c, n);
  lg_tape_doubles(t, run->now.b, n);
  lg_tape_doubles(t, run->now.e, n);
  lg_tape_doubles(t, run->now.open, n);
  lg_tape_doubles(t, run->now.gates, n * run->gate->n_states);
  lg_tape_doubles(t, run->now.species, n * run->now.n_species);
  lg_tape_doubles(t, run->now.extra_gates, n * n_extra);
  for (size_t k = 0; k < n_rows; k++) {
    lg_tape_same(t, rows[k].n);
    lg_tape_doubles(t, rows[k].values, rows[k].n);
  }
  if (run->gate->tape) run->gate->tape(run->gate, n, t);
}

calcium_stepper lg_calcium_run_stepper(calcium_run *run) {
  return (calcium_stepper){run, state_of, begin_of, ended_of, step_of, totals_of, derived_of, tape_of};
}

/* ---- made and put away ------------------------------------------------------------------------------- */

static lg_status allocate(lg_ctx *ctx, calcium_run *run) {
  lg_status status = LG_OK;
  const size_t n = run->now.n;
  double **const arrays[] = {&run->now.open, &run->reactions.plasma_per_um, &run->reactions.er_per_um,
                             &run->reactions.er_own_per_um, &run->reactions.inflow};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) LG_NEW(ctx, *arrays[k], n);
  LG_NEW(ctx, run->block, 3 * (n + 16)); /* vectors look at neighbours beyond both ends */
  run->now.c = run->block + 8;
  run->now.b = run->now.c + n + 16;
  run->now.e = run->now.b + n + 16;
  LG_NEW(ctx, run->now.gates, n * run->gate->n_states);
  LG_NEW(ctx, run->values, run->n_fields);
  LG_NEW(ctx, run->diffusions, run->n_fields);
  for (size_t s = 0; s < run->n_fields; s++) {
    LG_NEW(ctx, run->diffusions[s].carry, n);
    LG_NEW(ctx, run->diffusions[s].inverse, n);
  }
  if (run->now.n_species) LG_NEW(ctx, run->now.species, n * run->now.n_species);
  if (run->extra && run->extra->n_gates) LG_NEW(ctx, run->now.extra_gates, n * run->extra->n_gates);
  if (lg_calcium_varies(run->c)) LG_NEW(ctx, run->reactions.local, CALCIUM_LOCALS * n);
  if (run->c->n_stimuli) {
    LG_NEW(ctx, run->profiles, n * run->c->n_stimuli);
    LG_NEW(ctx, run->profile_nodes, 2 * run->c->n_stimuli);
  }
done:
  return status;
}

static void set_fields(calcium_run *run) {
  const calcium_grid *g = run->grid;
  const calcium_constants *k = &run->c->constants;
  double *const base[3] = {run->now.c, run->now.b, run->now.e};
  const double diffusion[3] = {k->diffusion_cytosol, k->diffusion_buffer, k->diffusion_er};
  for (size_t s = 0; s < run->n_fields; s++) {
    calcium_diffusion *d = &run->diffusions[s];
    const bool more = s >= 3;
    const calcium_species *x = more ? &run->extra->species[s - 3] : NULL;
    const bool er = more ? x->in_er : s == 2;
    d->grid = g;
    d->coefficient = more ? x->diffusion : diffusion[s];
    d->volume = er ? g->er_um3 : g->cytosol_um3;
    d->edge = er ? g->er_edge_um : g->cytosol_edge_um;
    d->blend = er ? g->er_blend_um3 : g->cytosol_blend_um3;
    run->values[s] = more ? run->now.species + (s - 3) * g->n : base[s];
  }
}

/* Densities of each node, and the leaks that keep each node at rest. */
static void set_local(calcium_run *run) {
  const calcium_case *c = run->c;
  const size_t n = run->now.n;
  double *const local = run->reactions.local, *weights = run->now.gates; /* set later */
  double *const rows[CALCIUM_DENSITIES] = {local + CALCIUM_LOCAL_RYR * n, local + CALCIUM_LOCAL_SERCA * n,
                                           local + CALCIUM_LOCAL_PMCA * n, local + CALCIUM_LOCAL_NCX * n};
  lg_calcium_densities(c, run->grid, weights, rows);
  calcium_constants k = c->constants;
  for (size_t i = 0; i < n; i++) {
    k.ryr_density = local[CALCIUM_LOCAL_RYR * n + i];
    k.serca_density = local[CALCIUM_LOCAL_SERCA * n + i];
    k.pmca_density = local[CALCIUM_LOCAL_PMCA * n + i];
    k.ncx_density = local[CALCIUM_LOCAL_NCX * n + i];
    const calcium_derived d = lg_calcium_derive(&k, run->reactions.derived.open_rest, c->membrane_closed);
    local[CALCIUM_LOCAL_RYR * n + i] = d.ryr_permeability;
    local[CALCIUM_LOCAL_SERCA * n + i] = d.serca_max;
    local[CALCIUM_LOCAL_ER_LEAK * n + i] = d.er_leak;
    local[CALCIUM_LOCAL_PMCA * n + i] = d.pmca_max;
    local[CALCIUM_LOCAL_NCX * n + i] = d.ncx_max;
    local[CALCIUM_LOCAL_PLASMA_LEAK * n + i] = d.plasma_leak;
  }
}

static void set_rest(calcium_run *run) {
  const calcium_constants *k = &run->c->constants;
  const calcium_grid *g = run->grid;
  const calcium_extra *x = run->extra;
  double states[16];
  const double open = run->gate->rest(run->gate, k->cytosol_rest, states);
  run->reactions.derived = lg_calcium_derive(k, open, run->c->membrane_closed);
  if (run->reactions.local) set_local(run);
  for (size_t i = 0; i < g->n; i++) {
    const double at = g->x_um[i] - run->c->bump_x0_um;
    run->now.c[i] = k->cytosol_rest;
    if (run->c->bump_uM != 0.0 && (g->section[i] == 0))
      run->now.c[i] += run->c->bump_uM * lg_exp(-at * at / (2.0 * run->c->bump_sigma_um * run->c->bump_sigma_um));
    run->now.b[i] = run->reactions.derived.buffer_rest;
    run->now.e[i] = k->er_rest;
    run->now.open[i] = open;
    for (size_t s = 0; s < run->gate->n_states; s++) run->now.gates[s * g->n + i] = states[s];
    for (size_t s = 0; s < run->now.n_species; s++) run->now.species[s * g->n + i] = x->species[s].rest_uM;
    run->reactions.plasma_per_um[i] = g->plasma_um2[i] / g->cytosol_um3[i];
    run->reactions.er_per_um[i] = g->er_membrane_um2[i] / g->cytosol_um3[i];
    run->reactions.er_own_per_um[i] = g->er_membrane_um2[i] / g->er_um3[i];
  }
  if (x && x->rest) x->rest(x, run->now.extra_gates);
}

lg_status lg_calcium_run_create(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid, const calcium_gate *gate,
                                const calcium_extra *extra, calcium_scheme scheme, calcium_run **out) {
  lg_status status = LG_OK;
  calcium_run *run = NULL;
  *out = NULL;
  if (gate->n_states < 1 || gate->n_states > 16)
    return lg_fail(ctx, LG_ERR_LIMIT, "a gate of %zu states; allowed is 1 to 16", gate->n_states);
  if (extra && extra->n_species > CALCIUM_MAX_SPECIES)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu further species; at most %d", extra->n_species, CALCIUM_MAX_SPECIES);
  LG_NEW(ctx, run, 1);
  run->c = c;
  run->grid = grid;
  run->gate = gate;
  run->extra = extra;
  run->now.n_species = extra ? extra->n_species : 0;
  run->n_fields = 3 + run->now.n_species;
  run->now.n = grid->n;
  LG_TRY(allocate(ctx, run));
  run->reactions.constants = &c->constants;
  run->reactions.closed = c->membrane_closed;
  run->reactions.n = grid->n;
  set_fields(run);
  lg_calcium_set_profiles(run);
  set_rest(run);
  run->at_most = LG_CPU_V4;
  run->integrator = integrators[scheme];
  LG_TRY(run->integrator->create(ctx, run, &run->own));
  *out = run;
  run = NULL;
done:
  lg_calcium_run_destroy(ctx, run);
  return status;
}

void lg_calcium_run_destroy(lg_ctx *ctx, calcium_run *run) {
  if (!run) return;
  double *const arrays[] = {run->block,
                            run->now.open,
                            run->now.gates,
                            run->now.species,
                            run->now.extra_gates,
                            run->reactions.plasma_per_um,
                            run->reactions.er_per_um,
                            run->reactions.er_own_per_um,
                            run->reactions.inflow,
                            run->reactions.local,
                            run->profiles};
  if (run->integrator) run->integrator->destroy(ctx, run->own);
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) lg_free(ctx, arrays[k]);
  for (size_t s = 0; s < run->n_fields && run->diffusions; s++) {
    lg_free(ctx, run->diffusions[s].carry);
    lg_free(ctx, run->diffusions[s].inverse);
  }
  lg_free(ctx, run->diffusions);
  lg_free(ctx, run->values);
  lg_free(ctx, run->profile_nodes);
  lg_free(ctx, run);
}
