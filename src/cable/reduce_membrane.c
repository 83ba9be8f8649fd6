/*
 * The membrane at rest. Per region a patch is held at v_init: the slope of its steady current is its leak, and its
 * answer to small sines is what channels add to it that follow the voltage in time.
 */
#include "cable/reduce_model.h"

#include "base/elementary.h"
#include "cable/group.h"

#include <math.h>
#include <string.h>

static const double patch_um2 = 1e4, small_mV = 0.1;

typedef struct patch {
  cable_model model;
  cable_region region;
  cable_compartment compartment;
  cable_tree *tree;
  cable_group *group;
} patch;

static void patch_destroy(lg_ctx *ctx, patch *p) {
  lg_cable_group_destroy(ctx, p->group);
  lg_cable_tree_destroy(ctx, p->tree);
  p->group = NULL;
  p->tree = NULL;
}

static lg_status patch_create(lg_ctx *ctx, const cable_model *model, size_t region, double v_mV, patch *p) {
  const cable_cut cut = CABLE_CUT_INIT;
  const cable_run_options run = {.scheme = CABLE_SDIRK2, .dt_ms = 0.025};
  lg_status status = LG_OK;
  *p = (patch){.region = model->regions[region]};
  p->region.all_types = true;
  p->compartment = (cable_compartment){
      .name = "patch", .type = 1, .parent = -1, .area_um2 = patch_um2, .capacitance_nF = (double)NAN};
  p->model = (cable_model){.celsius = model->celsius,
                           .v_init_mV = v_mV,
                           .tstop_ms = 1.0,
                           .sample_ms = 1.0,
                           .n_compartments = 1,
                           .compartments = &p->compartment,
                           .n_regions = 1,
                           .regions = &p->region};
  LG_TRY(lg_cable_tree_create(ctx, &p->model, &cut, &p->tree));
  LG_TRY(lg_cable_group_create(ctx, &p->model, p->tree, &run, &p->group));
done:
  if (status != LG_OK) patch_destroy(ctx, p);
  return status;
}

/* Current of the membrane at the voltage and states as they stand, nA; conductance with states held. */
static double current_now(cable_group *g, double *conductance_uS) {
  const cable_moment now = lg_group_moment(g, g->o.dt_ms);
  g->g[0] = g->i[0] = 0.0;
  for (size_t k = 0; k < g->n_ions; k++) g->ions[k].ion.current_mA_cm2[0] = g->ions[k].ion.conductance_S_cm2[0] = 0.0;
  for (size_t k = 0; k < g->n_blocks; k++)
    if (!g->blocks[k].is_constant && g->blocks[k].block.kind->current)
      g->blocks[k].block.kind->current(&g->blocks[k].block, &now);
  const double current = g->i[0] + g->fixed_uS[0] * g->v[0] - g->fixed_nA[0];
  if (conductance_uS) *conductance_uS = g->g[0] + g->fixed_uS[0];
  g->g[0] = g->i[0] = 0.0;
  return current;
}

static bool has_states(const cable_region *r) {
  for (size_t u = 0; u < r->n_uses; u++)
    if (r->uses[u].mechanism->n_states > 0) return true;
  return false;
}

static lg_status steady_current(lg_ctx *ctx, const cable_model *model, size_t region, double v_mV, double *current,
                                double *conductance) {
  patch p;
  const lg_status status = patch_create(ctx, model, region, v_mV, &p);
  if (status != LG_OK) return status;
  *current = current_now(p.group, conductance);
  patch_destroy(ctx, &p);
  return LG_OK;
}

/* One cycle of a sine after it has settled: admittance, µS. */
static reduce_ac answer_to_sine(patch *p, double v0, double Hz) {
  const double period = 1000.0 / Hz;
  const size_t per_cycle = (size_t)fmax(64.0, ceil(period / 0.1));
  const double dt = period / (double)per_cycle;
  const size_t settle = per_cycle * (size_t)fmax(2.0, ceil(200.0 / period));
  cable_group *g = p->group;
  reduce_ac sum = {0.0, 0.0};
  for (size_t k = 0; k < settle + per_cycle; k++) {
    double sine, cosine;
    lg_sincos_turn((double)k / (double)per_cycle, &sine, &cosine);
    const double before = g->v[0];
    g->v[0] = v0 + small_mV * sine;
    if (g->v_before) g->v_before[0] = before;
    if (k > 0) {
      lg_group_move_whole(g, dt);
      lg_group_move_gates(g, dt);
    }
    const double current = current_now(g, NULL);
    if (k < settle) continue;
    sum.re += current * sine;
    sum.im += current * cosine;
  }
  const double scale = 2.0 / ((double)per_cycle * small_mV);
  return (reduce_ac){sum.re * scale, sum.im * scale};
}

static lg_status find_excess(lg_ctx *ctx, const cable_model *model, size_t region, reduce_membrane *m) {
  for (size_t f = 1; f < REDUCE_FREQUENCIES; f++) {
    patch p;
    const lg_status status = patch_create(ctx, model, region, model->v_init_mV, &p);
    if (status != LG_OK) return status;
    const reduce_ac y = answer_to_sine(&p, model->v_init_mV, lg_reduce_Hz[f]);
    m->excess[region][f] = (reduce_ac){y.re / patch_um2 - m->slope_uS_um2[region], y.im / patch_um2};
    patch_destroy(ctx, &p);
  }
  return LG_OK;
}

lg_status lg_reduce_membrane(lg_ctx *ctx, const cable_model *model, reduce_membrane *m) {
  if (model->n_regions > REDUCE_REGIONS)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu regions; at most %d can be reduced", model->n_regions, REDUCE_REGIONS);
  memset(m, 0, sizeof *m);
  for (size_t r = 0; r < model->n_regions; r++) {
    double low, high, conductance;
    lg_status status = steady_current(ctx, model, r, model->v_init_mV - small_mV, &low, NULL);
    if (status == LG_OK) status = steady_current(ctx, model, r, model->v_init_mV + small_mV, &high, &conductance);
    if (status != LG_OK) return status;
    const double slope = (high - low) / (2.0 * small_mV);
    const bool follows = has_states(&model->regions[r]);
    /* where the steady current falls with the voltage, the conductance of the moment stands in for its slope */
    m->slope_uS_um2[r] = (follows && slope > 0.0 ? slope : conductance) / patch_um2;
    if (follows) status = find_excess(ctx, model, r, m);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* ---- the linear cell of a model ------------------------------------------------------------------- */

static int32_t type_at(const cable_model *model, const cable_tree *tree, size_t node) {
  const size_t section = (size_t)tree->section[node];
  return model->morphology ? model->morphology->sections[section].type : model->compartments[section].type;
}

lg_status lg_reduce_linear_of(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, const reduce_membrane *m,
                              cable_linear **out) {
  lg_status status = LG_OK;
  double *leak = NULL;
  int32_t *type = NULL;
  const cable_location soma = {.where = CABLE_AT_SOMA, .x = 0.5};
  cable_linear_input in = {.n = tree->n_nodes,
                           .parent = tree->parent,
                           .axial_uS = tree->axial_uS,
                           .capacity_nF = tree->capacitance_nF,
                           .area_um2 = tree->area_um2,
                           .region = tree->region,
                           .n_regions = model->n_regions,
                           .excess = m->excess};
  LG_TRY(lg_cable_tree_locate(ctx, model, tree, &soma, &in.soma));
  LG_NEW(ctx, leak, tree->n_nodes);
  LG_NEW(ctx, type, tree->n_nodes);
  for (size_t k = 0; k < tree->n_nodes; k++) {
    const double slope = tree->region[k] >= 0 ? m->slope_uS_um2[tree->region[k]] : 0.0;
    leak[k] = tree->area_um2[k] * slope + tree->leak_uS[k];
    type[k] = type_at(model, tree, k);
  }
  in.leak_uS = leak;
  in.type = type;
  LG_TRY(lg_linear_create(ctx, &in, out));
done:
  lg_free(ctx, leak);
  lg_free(ctx, type);
  return status;
}
