/* A cable and the calcium of its dendrites in turns. */
#include "cable/distribution.h"
#include "cable/given.h"
#include "calcium/extra_case.h"
#include "twin/cable_file.h"
#include "twin/calcium_cable_internal.h"

#include <math.h>
#include <string.h>

static const double two_F = 2.0 * 96485.33212331001;

typedef struct coupled {
  const calcium_cable_spec *spec;
  calcium_stepper inner; /* of the calcium alone */
  calcium_extra *extra;
  cable_model *model;
  cable_tree *tree;
  cable_run *cable;
  calcium_cable_map map;
  uint64_t exchanged;  /* intervals that the cable has done */
  size_t per_interval; /* its steps */
  double *v[2];        /* (n) voltage of the dendrite's nodes at both ends, mV */
  double *influx[2];   /* (n) through the cable's own channels, µM µm/s */
  double *flux;        /* (n) through the dendrite's channels, µM µm/s */
  struct compartment {
    double c, c_before;       /* µM, now and an interval ago */
    double i_nA, i_before_nA; /* current of the dendrite's channels into it */
    double charge, mean, end; /* of the cable's calcium channels: integral, mean of the last interval, flux at end */
  } * at;                     /* (n_covered) */
} coupled;

/* ---- the cable's part ------------------------------------------------------------------------------ */

static bool moves_calcium(const cable_mechanism *m) {
  for (size_t k = 0; k < m->n_ions; k++)
    if (m->ions[k].writes_inside && strcmp(m->ions[k].name, "ca") == 0) return true;
  return false;
}

static lg_status copy_use(lg_ctx *ctx, const cable_use *from, cable_use *to) {
  lg_status status = LG_OK;
  const size_t n = from->mechanism->n_parameters;
  *to = (cable_use){.mechanism = from->mechanism};
  LG_NEW(ctx, to->values, n + 1);
  if (n) memcpy(to->values, from->values, n * sizeof *to->values);
  if (from->shapes) {
    LG_NEW(ctx, to->shapes, n + 1);
    memcpy(to->shapes, from->shapes, n * sizeof *to->shapes);
  }
done:
  return status;
}

/* A region without shells of calcium, with the dendrite's in their place. */
static lg_status copy_region(lg_ctx *ctx, const cable_region *from, double rest_mM, cable_region *to) {
  lg_status status = LG_OK;
  const cable_mechanism *given = &lg_cable_given_calcium;
  *to = *from;
  to->all_types = false;
  to->n_types = to->n_uses = 0;
  LG_NEW(ctx, to->uses, from->n_uses + 1);
  for (size_t u = 0; u < from->n_uses; u++) {
    if (moves_calcium(from->uses[u].mechanism)) continue;
    LG_TRY(copy_use(ctx, &from->uses[u], &to->uses[to->n_uses++]));
  }
  cable_use *use = &to->uses[to->n_uses++];
  use->mechanism = given;
  LG_NEW(ctx, use->values, given->n_parameters);
  for (size_t p = 0; p < given->n_parameters; p++) use->values[p] = given->parameters[p].default_value;
  use->values[0] = rest_mM;
done:
  return status;
}

/* Behind the model's regions one more of each, for compartments with the dendrite's calcium. */
static lg_status double_regions(lg_ctx *ctx, cable_model *m, double rest_mM) {
  lg_status status = LG_OK;
  const size_t n = m->n_regions;
  cable_region *more = lg_realloc(ctx, m->regions, n * sizeof *more, 2 * n, sizeof *more);
  if (!more) return LG_ERR_MEMORY;
  m->regions = more;
  memset(more + n, 0, n * sizeof *more);
  m->n_regions = 2 * n;
  for (size_t r = 0; r < n; r++) LG_TRY(copy_region(ctx, &m->regions[r], rest_mM, &m->regions[n + r]));
done:
  return status;
}

static lg_status make_cable(lg_ctx *ctx, coupled *w, const calcium_case *c, const calcium_grid *grid) {
  lg_status status = LG_OK;
  cable_cut cut = CABLE_CUT_INIT;
  LG_TRY(lg_cable_load(ctx, w->spec->path, &w->model));
  if (!w->model->morphology) {
    status = lg_fail(ctx, LG_ERR_UNSUPPORTED, "cable: %s has compartments by their values and no shape", w->spec->path);
    goto done;
  }
  w->model->tstop_ms = w->spec->interval_ms * ceil(1e3 * c->end_s / w->spec->interval_ms - 1e-6);
  const size_t n_regions = w->model->n_regions;
  LG_TRY(double_regions(ctx, w->model, 1e-3 * c->constants.cytosol_rest));
  cut.max_dx_um = w->spec->max_dx_um;
  LG_TRY(lg_cable_tree_create(ctx, w->model, &cut, &w->tree));
  LG_TRY(lg_calcium_cable_map(ctx, c, grid, w->model, w->tree, &w->map));
  for (size_t k = 0; k < w->map.n_covered; k++) {
    int32_t *region = &w->tree->region[w->map.covered[k].node];
    if (*region >= 0) *region += (int32_t)n_regions;
  }
done:
  return status;
}

static void read_voltages(const coupled *w, double *v) {
  const cable_group *g = lg_cable_run_group(w->cable);
  for (size_t k = 0; k < w->map.n; k++) {
    const struct place *p = &w->map.places[k];
    const double a = lg_cable_group_v(g, p->a, 0);
    v[k] = a + p->part * (lg_cable_group_v(g, p->b, 0) - a);
  }
}

/* Outward current, mA/cm², as a flux into the dendrite, µM µm/s: 1 mA/cm² is 10 A/m², 1 µM µm/s is 1e-9 mol/(m² s). */
static double flux_of(double mA_cm2) { return -1e10 * mA_cm2 / two_F; }

/* The calcium current of the cable's own channels at the start, out of one step that is thrown away. */
static lg_status measure_rest(lg_ctx *ctx, coupled *w, const cable_run_options *o) {
  lg_status status = LG_OK;
  cable_group *g = NULL;
  LG_TRY(lg_cable_group_create(ctx, w->model, w->tree, o, &g));
  lg_cable_group_step(g);
  for (size_t k = 0; k < w->map.n_covered; k++)
    w->at[k].mean = w->at[k].end = flux_of(lg_cable_group_calcium_charge(g, w->map.covered[k].node, 0) / o->dt_ms);
  for (size_t k = 0; k < w->map.n; k++) w->influx[0][k] = w->influx[1][k] = w->at[w->map.places[k].covered].end;
done:
  lg_cable_group_destroy(ctx, g);
  return status;
}

/* ---- an exchange ----------------------------------------------------------------------------------- */

/* Calcium of every compartment and the current of the dendrite's channels, as they are now. */
static void gather(coupled *w) {
  const calcium_state *s = w->inner.state(w->inner.own);
  for (size_t k = 0; k < w->map.n_covered; k++) {
    struct compartment *at = &w->at[k];
    const covered *of = &w->map.covered[k];
    at->c_before = at->c;
    at->i_before_nA = at->i_nA;
    at->i_nA = 0.0;
    at->c = of->plasma_um2 > 0.0 ? 0.0
                                 : s->c[of->between.a] + of->between.part * (s->c[of->between.b] - s->c[of->between.a]);
  }
  lg_calcium_extra_vdcc_flux(w->extra, s->t_s, s->c, s->extra_gates, w->flux);
  for (size_t k = 0; k < w->map.n; k++) {
    const uint32_t to = w->map.places[k].covered;
    const double area = w->extra->grid->plasma_um2[k];
    w->at[to].c += area / w->map.covered[to].plasma_um2 * s->c[k];
    w->at[to].i_nA += 1e-12 * two_F * area * w->flux[k]; /* 1 µM µm³/s is 1e-21 mol/s */
  }
  if (w->exchanged > 0) return;
  for (size_t k = 0; k < w->map.n_covered; k++) {
    w->at[k].c_before = w->at[k].c;
    w->at[k].i_before_nA = w->at[k].i_nA;
  }
}

/* The cable over the next interval. */
static lg_status move_cable(lg_ctx *ctx, coupled *w) {
  lg_status status = LG_OK;
  cable_group *g = lg_cable_run_cell(w->cable);
  const double interval = w->spec->interval_ms, from = (double)w->exchanged * interval;
  for (size_t k = 0; k < w->map.n_covered; k++)
    (void)lg_cable_group_give_calcium(g, w->map.covered[k].node, 0, from, 1e-3 * w->at[k].c,
                                      1e-3 * (w->at[k].c - w->at[k].c_before) / interval);
  for (size_t j = 0; j < w->per_interval; j++) {
    const double middle = ((double)j + 0.5) / (double)w->per_interval;
    for (size_t k = 0; k < w->map.n_covered && w->spec->current; k++)
      lg_cable_group_drive(g, w->map.covered[k].node, 0, 0.0,
                           w->at[k].i_nA + middle * (w->at[k].i_nA - w->at[k].i_before_nA));
    LG_TRY(lg_cable_run_advance(ctx, w->cable, from + interval * (double)(j + 1) / (double)w->per_interval));
  }
done:
  return status;
}

/* What the dendrite needs of the interval that the cable has done. */
static void scatter(coupled *w) {
  const cable_group *g = lg_cable_run_group(w->cable);
  const double interval = w->spec->interval_ms, from = 1e-3 * interval * (double)w->exchanged;
  double *const v = w->v[0], *const influx = w->influx[0];
  for (size_t k = 0; k < w->map.n_covered; k++) {
    struct compartment *at = &w->at[k];
    const double charge = lg_cable_group_calcium_charge(g, w->map.covered[k].node, 0);
    const double mean = flux_of((charge - at->charge) / interval);
    at->end = mean + 0.5 * (mean - at->mean);
    at->mean = mean;
    at->charge = charge;
  }
  w->v[0] = w->v[1];
  w->v[1] = v;
  w->influx[0] = w->influx[1];
  w->influx[1] = influx;
  read_voltages(w, w->v[1]);
  for (size_t k = 0; k < w->map.n; k++) w->influx[1][k] = w->at[w->map.places[k].covered].end;
  lg_calcium_extra_outside(
      w->extra, &(calcium_outside){from, from + 1e-3 * interval, w->v[0], w->v[1], w->influx[0], w->influx[1]});
}

static lg_status exchange(lg_ctx *ctx, coupled *w) {
  gather(w);
  const lg_status status = move_cable(ctx, w);
  if (status != LG_OK) return lg_fail_prefix(ctx, status, "cable: ");
  scatter(w);
  w->exchanged++;
  return LG_OK;
}

/* ---- both as one stepper --------------------------------------------------------------------------- */

static const calcium_state *state_of(const void *own) {
  const coupled *w = own;
  return w->inner.state(w->inner.own);
}

static void begin_of(void *own, double end_s, double dt_s) {
  const coupled *w = own;
  w->inner.begin(w->inner.own, end_s, dt_s);
}

static bool ended_of(const void *own) {
  const coupled *w = own;
  return w->inner.ended(w->inner.own);
}

static lg_status step_of(lg_ctx *ctx, void *own) {
  coupled *w = own;
  const double t_ms = 1e3 * w->inner.state(w->inner.own)->t_s, interval = w->spec->interval_ms;
  if (t_ms >= interval * ((double)w->exchanged - 1e-9)) {
    const lg_status status = exchange(ctx, w);
    if (status != LG_OK) return status;
  }
  return w->inner.step(ctx, w->inner.own);
}

static void totals_of(const void *own, double totals[3]) {
  const coupled *w = own;
  w->inner.totals(w->inner.own, totals);
}

static calcium_derived derived_of(const void *own) {
  const coupled *w = own;
  return w->inner.derived(w->inner.own);
}

static lg_status allocate(lg_ctx *ctx, coupled *w) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < 2; k++) {
    LG_NEW(ctx, w->v[k], w->map.n);
    LG_NEW(ctx, w->influx[k], w->map.n);
  }
  LG_NEW(ctx, w->flux, w->map.n);
  LG_NEW(ctx, w->at, w->map.n_covered);
done:
  return status;
}

static void clear(lg_ctx *ctx, coupled *w) {
  for (size_t k = 0; k < 2; k++) {
    lg_free(ctx, w->v[k]);
    lg_free(ctx, w->influx[k]);
  }
  lg_free(ctx, w->flux);
  lg_free(ctx, w->at);
  lg_calcium_cable_map_clear(ctx, &w->map);
  lg_calcium_extra_destroy(ctx, w->extra);
  lg_cable_run_destroy(ctx, w->cable);
  lg_cable_tree_destroy(ctx, w->tree);
  lg_cable_model_destroy(ctx, w->model);
}

/* The result of the cable with the model that names its columns. */
static lg_status take(lg_ctx *ctx, coupled *w, calcium_cable_result **out) {
  lg_status status = LG_OK;
  calcium_cable_result *r = NULL;
  LG_NEW(ctx, r, 1);
  r->model = w->model;
  r->cable = lg_cable_run_take(w->cable);
  r->n_covered = w->map.n_covered;
  lg_cable_run_destroy(ctx, w->cable); /* before its model goes */
  w->model = NULL;
  w->cable = NULL;
  *out = r;
done:
  return status;
}

void lg_calcium_cable_result_destroy(lg_ctx *ctx, calcium_cable_result *r) {
  if (!r) return;
  lg_cable_result_destroy(ctx, r->cable);
  lg_cable_model_destroy(ctx, r->model);
  lg_free(ctx, r);
}

lg_status lg_calcium_cable_simulate(lg_ctx *ctx, const calcium_cable_spec *spec, const calcium_case *c,
                                    const calcium_grid *grid, const calcium_gate *gate, const calcium_options *options,
                                    calcium_result **out, calcium_cable_result **cable) {
  lg_status status = LG_OK;
  coupled w = {.spec = spec, .per_interval = (size_t)floor(spec->interval_ms / spec->dt_ms + 0.5)};
  calcium_run *run = NULL;
  const cable_run_options o = {.dt_ms = spec->interval_ms / (double)w.per_interval, .n_cells = 1};
  const double dt_s = options->dt_s > 0.0 ? options->dt_s : 2.5e-6;
  *out = NULL;
  *cable = NULL;
  if (1e3 * dt_s > spec->interval_ms * (1.0 + 1e-9))
    return lg_fail(ctx, LG_ERR_RANGE, "cable: interval_ms is %g, shorter than a step of calcium, %g ms",
                   spec->interval_ms, 1e3 * dt_s);
  LG_TRY(make_cable(ctx, &w, c, grid));
  LG_TRY(allocate(ctx, &w));
  LG_TRY(lg_cable_run_create(ctx, w.model, w.tree, &o, &w.cable));
  lg_cable_run_quiet(w.cable);
  LG_TRY(measure_rest(ctx, &w, &o));
  read_voltages(&w, w.v[0]);
  memcpy(w.v[1], w.v[0], w.map.n * sizeof *w.v[0]);
  LG_TRY(lg_calcium_extra_create(ctx, c, grid, gate, &(calcium_outside){.v0_mV = w.v[0], .influx0 = w.influx[0]},
                                 &w.extra));
  LG_TRY(lg_calcium_run_create(ctx, c, grid, gate, w.extra, options->scheme, &run));
  w.inner = lg_calcium_run_stepper(run);
  const calcium_stepper both = {&w, state_of, begin_of, ended_of, step_of, totals_of, derived_of, NULL};
  LG_TRY(lg_calcium_simulate_with(ctx, c, grid, &both, w.extra, options, out));
  LG_TRY(take(ctx, &w, cable));
done:
  if (status != LG_OK) {
    lg_calcium_result_destroy(ctx, *out);
    *out = NULL;
  }
  lg_calcium_run_destroy(ctx, run);
  clear(ctx, &w);
  return status;
}
