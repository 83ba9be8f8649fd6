/* One step of a dendrite of rotational symmetry: explicit reactions and membranes, implicit diffusion, gates. */
#include "base/elementary.h"
#include "calcium/axi_field.h"

#include <math.h>
#include <string.h>

struct calcium_axi {
  const calcium_case *c;
  const calcium_axi_grid *grid;
  const calcium_gate *gate;
  calcium_derived derived;
  axi_field fields[3]; /* c, b, e */
  calcium_state means;
  double *before_gates;       /* (n_states, n_x) */
  double *inflow, *at_er;     /* (n_x) stimulus; c at the ER's membrane */
  double *old_at_er, *middle; /* (n_x) */
  double *udot;               /* (n_x) */
  double dt_s, factored_s;
  calcium_stretch stretch;
  double usual_s, scale; /* step asked for; how many times as long steps are now */
};

static void inflow(calcium_axi *a, double t) {
  const calcium_grid *g = a->grid->line;
  memset(a->inflow, 0, g->n * sizeof(double));
  for (size_t q = 0; q < a->c->n_stimuli; q++) {
    const calcium_stimulus *j = &a->c->stimuli[q];
    if (t < j->on_s || t >= j->off_s) continue;
    const double ramp = j->j0 * (1.0 - (t - j->on_s) / (j->off_s - j->on_s));
    for (size_t k = 0; k < g->n; k++) {
      const double x = g->x_um[k] - j->x0_um;
      a->inflow[k] += ramp * lg_exp(-x * x / (2.0 * j->sigma_um * j->sigma_um));
    }
  }
}

static void buffering(calcium_axi *a) {
  const calcium_constants *k = &a->c->constants;
  const size_t n = a->grid->n_x * a->grid->cytosol.n;
  const double *restrict c = a->fields[0].now, *restrict b = a->fields[1].now;
  double *restrict dc = a->fields[0].rate, *restrict db = a->fields[1].rate;
  for (size_t i = 0; i < n; i++) dc[i] = db[i] = k->buffer_off * (k->buffer_total - b[i]) - k->buffer_on * c[i] * b[i];
}

/* Section 1 of the room's README, with the concentrations at the membranes. */
static void membranes(calcium_axi *a) {
  const calcium_constants *k = &a->c->constants;
  const calcium_derived *d = &a->derived;
  const size_t m = a->grid->cytosol.n, me = a->grid->er.n;
  const double pmca_k2 = k->pmca_k * k->pmca_k;
  double *const dc = a->fields[0].rate, *const de = a->fields[2].rate;
  memset(de, 0, a->grid->n_x * me * sizeof(double));
  for (size_t i = 0; i < a->grid->n_x; i++) {
    const size_t inner = i * m, outer = i * m + m - 1, er = i * me + me - 1;
    const double ci = a->fields[0].now[inner], e = a->fields[2].now[er], co = a->fields[0].now[outer];
    const double serca = d->serca_max * ci / ((k->serca_k + ci) * e);
    const double from_er = (d->ryr_permeability * a->means.open[i] + d->er_leak) * (e - ci) - serca;
    const double area = a->grid->line->er_membrane_um2[i];
    dc[inner] += area / a->grid->cytosol.volume_um3[inner] * from_er;
    de[er] -= area / a->grid->er.volume_um3[er] * from_er;
    if (a->c->membrane_closed) continue;
    const double in = d->plasma_leak * (k->outside - co) - d->pmca_max * co * co / (pmca_k2 + co * co) -
                      d->ncx_max * co / (k->ncx_k + co) + a->inflow[i];
    dc[outer] += a->grid->line->plasma_um2[i] / a->grid->cytosol.volume_um3[outer] * in;
  }
}

static void look_at_er(const calcium_axi *a, double *at_er) {
  for (size_t i = 0; i < a->grid->n_x; i++) at_er[i] = a->fields[0].now[i * a->grid->cytosol.n];
}

static void take_means(calcium_axi *a) {
  lg_calcium_axi_means(&a->fields[0], a->means.c);
  lg_calcium_axi_means(&a->fields[1], a->means.b);
  lg_calcium_axi_means(&a->fields[2], a->means.e);
}

/* Gates to the end of the step, whose concentrations are there: BDF2, or exactly with the rates at mid-step. */
static void move_gates(calcium_axi *a, bool first) {
  const size_t n = a->grid->n_x, states = a->gate->n_states;
  memcpy(a->old_at_er, a->at_er, n * sizeof(double));
  look_at_er(a, a->at_er);
  for (size_t i = 0; i < n; i++) a->udot[i] = (a->at_er[i] - a->old_at_er[i]) / a->dt_s;
  if (a->gate->linear) {
    for (size_t k = 0; k < states * n; k++) {
      const double x = a->means.gates[k];
      if (!first) a->means.gates[k] = (4.0 * x - a->before_gates[k]) / 3.0;
      a->before_gates[k] = x;
    }
    a->gate->advance(a->gate, n, first ? a->dt_s : 2.0 * a->dt_s / 3.0, a->at_er, a->udot, a->means.gates);
  } else {
    for (size_t i = 0; i < n; i++) a->middle[i] = 0.5 * (a->at_er[i] + a->old_at_er[i]);
    a->gate->advance(a->gate, n, a->dt_s, a->middle, a->udot, a->means.gates);
  }
  a->gate->open(a->gate, n, a->means.gates, a->means.open);
}

/* Behind the wave steps grow to 16 times the usual: doubled while c at the ER's membrane moves by less than 0.2 % (of
 * at least 1 µM) in a step, the usual ones again when it moves by more than 0.8 %. */
static void ease(calcium_axi *a) {
  double change = 0.0;
  for (size_t i = 0; i < a->grid->n_x; i++)
    change = fmax(change, fabs(a->at_er[i] - a->old_at_er[i]) / (a->at_er[i] + 1.0));
  const double scale = change > 8e-3 ? 1.0 : change < 2e-3 && a->scale < 16.0 ? 2.0 * a->scale : a->scale;
  if (scale == a->scale) return;
  a->scale = scale;
  a->stretch = lg_calcium_stretch(a->means.t_s, a->stretch.end_s, a->usual_s * scale);
  a->dt_s = a->stretch.dt_s;
}

static lg_status step(lg_ctx *ctx, void *own) {
  calcium_axi *a = own;
  const bool first = a->stretch.step == 0;
  const double g = first ? a->dt_s : 2.0 * a->dt_s / 3.0;
  (void)ctx;
  inflow(a, a->means.t_s);
  buffering(a);
  membranes(a);
  if (a->factored_s != g)
    for (size_t s = 0; s < 3; s++) lg_calcium_axi_factor(&a->fields[s], g);
  a->factored_s = g;
  for (size_t s = 0; s < 3; s++) lg_calcium_axi_diffuse(&a->fields[s], g, first ? 0.0 : 1.0, first ? 0.0 : -2.0 / 3.0);
  move_gates(a, first);
  take_means(a);
  a->means.t_s = lg_calcium_stretch_next(&a->stretch);
  if (a->stretch.step % (a->scale > 1.0 ? 16 : 64) == 0 && a->stretch.step < a->stretch.n_steps) ease(a);
  return LG_OK;
}

static void begin(void *own, double end_s, double dt_s) {
  calcium_axi *a = own;
  a->stretch = lg_calcium_stretch(a->means.t_s, end_s, dt_s);
  a->dt_s = a->stretch.dt_s;
  a->usual_s = dt_s;
  a->scale = 1.0;
}

static bool ended(const void *own) {
  const calcium_axi *a = own;
  return a->stretch.step >= a->stretch.n_steps;
}

static const calcium_state *state_of(const void *own) { return &((const calcium_axi *)own)->means; }

static calcium_derived derived_of(const void *own) { return ((const calcium_axi *)own)->derived; }

static void totals(const void *own, double out[3]) {
  const calcium_axi *a = own;
  const calcium_rings *r = &a->grid->cytosol;
  out[0] = lg_calcium_axi_amount(&a->fields[0]);
  out[1] = 0.0;
  for (size_t k = 0; k < a->grid->n_x * r->n; k++)
    out[1] += r->volume_um3[k] * (a->c->constants.buffer_total - a->fields[1].now[k]);
  out[2] = lg_calcium_axi_amount(&a->fields[2]);
}

calcium_stepper lg_calcium_axi_stepper(calcium_axi *a) {
  return (calcium_stepper){a, state_of, begin, ended, step, totals, derived_of, NULL};
}

calcium_axi_fields lg_calcium_axi_state(const calcium_axi *a) {
  return (calcium_axi_fields){a->fields[0].now, a->fields[1].now, a->fields[2].now};
}

/* ---- made and put away ------------------------------------------------------------------------------- */

static void set_rest(calcium_axi *a) {
  const calcium_constants *k = &a->c->constants;
  const size_t n = a->grid->n_x, m = a->grid->cytosol.n;
  double states[16];
  const double open = a->gate->rest(a->gate, k->cytosol_rest, states);
  a->derived = lg_calcium_derive(k, open, a->c->membrane_closed);
  for (size_t i = 0; i < n; i++) {
    const double x = a->grid->line->x_um[i] - a->c->bump_x0_um;
    double c = k->cytosol_rest;
    if (a->c->bump_uM != 0.0) c += a->c->bump_uM * lg_exp(-x * x / (2.0 * a->c->bump_sigma_um * a->c->bump_sigma_um));
    for (size_t q = 0; q < m; q++) {
      a->fields[0].now[i * m + q] = c;
      a->fields[1].now[i * m + q] = a->derived.buffer_rest;
    }
    for (size_t q = 0; q < a->grid->er.n; q++) a->fields[2].now[i * a->grid->er.n + q] = k->er_rest;
    a->means.open[i] = open;
    for (size_t s = 0; s < a->gate->n_states; s++) a->means.gates[s * n + i] = states[s];
  }
  look_at_er(a, a->at_er);
  take_means(a);
}

lg_status lg_calcium_axi_create(lg_ctx *ctx, const calcium_case *c, const calcium_axi_grid *grid,
                                const calcium_gate *gate, calcium_axi **out) {
  lg_status status = LG_OK;
  calcium_axi *a = NULL;
  const calcium_constants *k = &c->constants;
  const size_t n = grid->n_x;
  *out = NULL;
  bool points = false;
  for (size_t q = 0; q < c->n_stimuli; q++) points = points || c->stimuli[q].total_mol_s > 0.0;
  if (lg_calcium_varies(c) || points)
    return lg_fail(ctx, LG_ERR_ARGUMENT,
                   "the dendrite of rotational symmetry takes densities that are the same everywhere and stimuli given "
                   "by j0_uM_um_s");
  LG_NEW(ctx, a, 1);
  a->c = c;
  a->grid = grid;
  a->gate = gate;
  a->means.n = n;
  LG_TRY(lg_calcium_axi_field_create(ctx, &a->fields[0], &grid->cytosol, n, k->diffusion_cytosol));
  LG_TRY(lg_calcium_axi_field_create(ctx, &a->fields[1], &grid->cytosol, n, k->diffusion_buffer));
  LG_TRY(lg_calcium_axi_field_create(ctx, &a->fields[2], &grid->er, n, k->diffusion_er));
  double **const arrays[] = {&a->means.c, &a->means.b,   &a->means.e, &a->means.open, &a->inflow,
                             &a->at_er,   &a->old_at_er, &a->middle,  &a->udot};
  for (size_t q = 0; q < sizeof arrays / sizeof arrays[0]; q++) LG_NEW(ctx, *arrays[q], n);
  LG_NEW(ctx, a->means.gates, n * gate->n_states);
  LG_NEW(ctx, a->before_gates, n * gate->n_states);
  set_rest(a);
  *out = a;
  a = NULL;
done:
  lg_calcium_axi_destroy(ctx, a);
  return status;
}

void lg_calcium_axi_destroy(lg_ctx *ctx, calcium_axi *a) {
  if (!a) return;
  for (size_t s = 0; s < 3; s++) lg_calcium_axi_field_destroy(ctx, &a->fields[s]);
  double *const arrays[] = {a->means.c, a->means.b, a->means.e,   a->means.open, a->means.gates, a->before_gates,
                            a->inflow,  a->at_er,   a->old_at_er, a->middle,     a->udot};
  for (size_t q = 0; q < sizeof arrays / sizeof arrays[0]; q++) lg_free(ctx, arrays[q]);
  lg_free(ctx, a);
}
