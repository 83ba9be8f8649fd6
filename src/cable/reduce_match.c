/*
 * Weights of moved synapses. What a conductance does depends on the voltage where it sits, and a fine branch is far
 * more resistive than the compartment that stands for it. So each synapse is run alone, once in the full cell with its
 * membrane linear, and the weight in the reduced cell is changed until the EPSP at the soma is as high.
 */
#include "cable/reduce_model.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { DISTINCT = 256 };
static const double onset_ms = 1.0, step_ms = 0.05;

typedef struct linear_copy {
  cable_model model;               /* shares the shape of the cell that it is a copy of */
  cable_region *regions;           /* own */
  cable_use *uses;                 /* (n_regions) one leak each */
  double *values;                  /* (n_regions, 2) */
  cable_compartment *compartments; /* own, of a reduced cell */
  cable_probe probe;
  cable_synapse synapse[2];
  double time_ms;
} linear_copy;

static void copy_free(lg_ctx *ctx, linear_copy *c) {
  lg_free(ctx, c->regions);
  lg_free(ctx, c->uses);
  lg_free(ctx, c->values);
  lg_free(ctx, c->compartments);
}

static void set_run(const cable_model *full, double tau_ms, linear_copy *c) {
  c->probe = (cable_probe){.name = "soma", .at = {.where = CABLE_AT_SOMA, .x = 0.5}, .quantity = CABLE_V};
  c->model.celsius = full->celsius;
  c->model.v_init_mV = full->v_init_mV;
  c->model.tstop_ms = onset_ms + step_ms * ceil(fmin(150.0, fmax(20.0, 3.0 * tau_ms)) / step_ms);
  c->model.sample_ms = step_ms;
  c->model.n_clamps = c->model.n_points = c->model.n_synapses = 0;
  c->model.n_probes = 1;
  c->model.probes = &c->probe;
  c->model.synapses = c->synapse;
  c->time_ms = onset_ms;
}

/* Every region's membrane becomes its slope at rest, with rest as reversal. */
static lg_status copy_full(lg_ctx *ctx, const cable_model *full, const reduce_membrane *m, double tau_ms,
                           linear_copy *c) {
  const cable_mechanism *pas = lg_cable_mechanism_find("pas");
  lg_status status = LG_OK;
  c->model = *full;
  LG_NEW(ctx, c->regions, full->n_regions);
  LG_NEW(ctx, c->uses, full->n_regions);
  LG_NEW(ctx, c->values, 2 * full->n_regions);
  for (size_t r = 0; r < full->n_regions; r++) {
    c->regions[r] = full->regions[r];
    c->regions[r].n_uses = 1;
    c->regions[r].uses = &c->uses[r];
    c->uses[r] = (cable_use){.mechanism = pas, .values = c->values + 2 * r};
    c->values[2 * r] = 100.0 * m->slope_uS_um2[r]; /* S/cm² */
    c->values[2 * r + 1] = full->v_init_mV;
  }
  c->model.regions = c->regions;
  set_run(full, tau_ms, c);
done:
  return status;
}

static lg_status copy_reduced(lg_ctx *ctx, const cable_reduction *r, linear_copy *c) {
  lg_status status = LG_OK;
  c->model = *r->model;
  LG_NEW(ctx, c->regions, r->model->n_regions);
  LG_NEW(ctx, c->compartments, r->n_places);
  for (size_t k = 0; k < r->n_places; k++) {
    c->regions[k] = r->model->regions[k];
    c->regions[k].n_uses = 0;
    c->compartments[k] = r->model->compartments[k];
    c->compartments[k].leak_uS = r->cell->leak_uS[r->cell->order[k]];
    c->compartments[k].leak_mV = r->model->v_init_mV;
  }
  c->model.regions = c->regions;
  c->model.compartments = c->compartments;
  set_run(r->model, r->tau_ms, c);
done:
  return status;
}

/* Height of the deflection at the soma, mV with its sign, and when it is reached, ms after the event. */
static lg_status run_one(lg_ctx *ctx, const linear_copy *c, const cable_tree *tree, cable_epsp *epsp) {
  const cable_run_options run = {.scheme = CABLE_SDIRK2, .dt_ms = step_ms};
  cable_result *result = NULL;
  const lg_status status = lg_cable_simulate(ctx, &c->model, tree, &run, &result);
  *epsp = (cable_epsp){0.0, 0.0};
  for (size_t k = 0; status == LG_OK && k < result->n_samples; k++) {
    const double v = result->values[k] - c->model.v_init_mV;
    if (fabs(v) > fabs(epsp->peak_mV)) *epsp = (cable_epsp){v, (double)k * step_ms - onset_ms};
  }
  lg_cable_result_destroy(ctx, result);
  return status;
}

static void put_synapse(linear_copy *c, size_t q, const cable_synapse *from) {
  c->synapse[q] = *from;
  c->synapse[q].n_times = 1;
  c->synapse[q].times_ms = &c->time_ms;
  c->model.n_synapses = q + 1;
}

/* The factor at which the reduced cell's EPSP is as high: secant in logarithms. */
static lg_status find_factor(lg_ctx *ctx, linear_copy *c, const cable_tree *tree, const cable_synapse *synapse,
                             bool keep, cable_moved *moved) {
  enum { TRIES = 8 };
  const size_t n = moved->compartment[1] == SIZE_MAX ? 1 : 2;
  double x = 0.0, last_x = 0.0, last_y = 0.0;
  for (size_t q = 0; q < n; q++) put_synapse(c, q, &synapse[q]);
  for (int t = 0; t < TRIES; t++) {
    for (size_t q = 0; q < n; q++) c->synapse[q].weight_uS = synapse[q].weight_uS * lg_exp(x);
    const lg_status status = run_one(ctx, c, tree, &moved->epsp);
    if (status != LG_OK) return status;
    if (t == 0) moved->epsp_shared = moved->epsp;
    moved->factor = lg_exp(x);
    if (keep || !(moved->epsp.peak_mV * moved->epsp_full.peak_mV > 0.0)) return LG_OK;
    const double y = lg_ln(moved->epsp.peak_mV / moved->epsp_full.peak_mV);
    if (fabs(y) < 1e-5) return LG_OK;
    const double slope = t > 0 && fabs(x - last_x) > 1e-12 ? (y - last_y) / (x - last_x) : 1.0;
    last_x = x;
    last_y = y;
    x = fmin(2.5, fmax(-2.5, x - y / fmin(1.5, fmax(0.1, slope))));
  }
  return LG_OK;
}

static bool is_same(const cable_synapse *a, const cable_moved *at_a, const cable_synapse *b, const cable_moved *at_b) {
  if (at_a->node != at_b->node || a->weight_uS != b->weight_uS || a->use.mechanism != b->use.mechanism) return false;
  for (size_t p = 0; p < a->use.mechanism->n_parameters; p++)
    if (a->use.values[p] != b->use.values[p]) return false;
  return true;
}

/* An earlier synapse that is the same in every way; SIZE_MAX: there is none. */
static size_t find_same(const cable_model *full, const cable_moved *first, size_t k) {
  for (size_t j = 0; j < k; j++)
    if (is_same(&full->synapses[j], &first[j], &full->synapses[k], &first[k])) return j;
  return SIZE_MAX;
}

static lg_status match_one(lg_ctx *ctx, const cable_tree *tree, const cable_synapse *synapse, linear_copy *whole,
                           linear_copy *small, const cable_tree *small_tree, bool keep, const cable_synapse *own,
                           cable_moved *moved) {
  put_synapse(whole, 0, synapse);
  const lg_status status = run_one(ctx, whole, tree, &moved->epsp_full);
  if (status != LG_OK || fabs(moved->epsp_full.peak_mV) < 1e-6) return status;
  return find_factor(ctx, small, small_tree, own, keep, moved);
}

lg_status lg_reduce_match(lg_ctx *ctx, const cable_model *full, const cable_tree *tree, bool keep, cable_reduction *r) {
  const cable_cut cut = CABLE_CUT_INIT;
  lg_status status = LG_OK;
  linear_copy whole = {0}, small = {0};
  cable_tree *small_tree = NULL;
  cable_moved *first = r->moved;
  if (full->n_synapses == 0) return LG_OK;
  while (strcmp(first->what, "synapse") != 0) first++;
  LG_TRY(copy_full(ctx, full, r->membrane, r->tau_ms, &whole));
  LG_TRY(copy_reduced(ctx, r, &small));
  LG_TRY(lg_cable_tree_create(ctx, &small.model, &cut, &small_tree));
  size_t at = 0, runs = 0;
  for (size_t k = 0; k < full->n_synapses; k++) {
    cable_moved *moved = &first[k];
    const size_t same = find_same(full, first, k), n = moved->compartment[1] == SIZE_MAX ? 1 : 2;
    LG_TRY(lg_progress(ctx, "matching synapses", k, full->n_synapses));
    if (same != SIZE_MAX) {
      moved->factor = first[same].factor;
      moved->epsp_full = first[same].epsp_full;
      moved->epsp_shared = first[same].epsp_shared;
      moved->epsp = first[same].epsp;
    } else if (runs++ < DISTINCT) {
      LG_TRY(
          match_one(ctx, tree, &full->synapses[k], &whole, &small, small_tree, keep, &r->model->synapses[at], moved));
    }
    for (size_t q = 0; q < n; q++) r->model->synapses[at++].weight_uS *= moved->factor;
  }
  LG_TRY(lg_progress(ctx, "matching synapses", full->n_synapses, full->n_synapses));
done:
  copy_free(ctx, &whole);
  copy_free(ctx, &small);
  lg_cable_tree_destroy(ctx, small_tree);
  return status;
}
