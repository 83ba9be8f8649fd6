/*
 * The reduced cell as a model: a compartment per item, a region per compartment whose densities are means of the full
 * cell's over the item's function, area times those densities being the integrals of gbar phi.
 */
#include "cable/reduce_model.h"

#include "cable/distribution.h"

#include <math.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------------ */

static const char *kind_of(int32_t type) {
  switch (type) {
  case 1:
    return "soma";
  case 2:
    return "axon";
  case 3:
    return "basal";
  case 4:
    return "apical";
  default:
    return "neurite";
  }
}

/* The node of an item: its own, or of a ring the place with the most membrane below it. */
static int32_t node_of(const cable_linear *l, const reduce_work *w, const reduce_cell *c, int32_t item) {
  if (c->plan.item[item].sort == REDUCE_SITE) return c->plan.item[item].node;
  int32_t best = -1;
  for (size_t k = 0; k < l->n; k++)
    if (w->fixed[k] == item && (best < 0 || l->below_um2[k] > l->below_um2[best])) best = (int32_t)k;
  return best;
}

static bool is_taken(const cable_reduction *r, size_t n, const char *name) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(r->places[k].name, name) == 0) return true;
  return false;
}

static void name_place(const cable_linear *l, cable_reduction *r, size_t k, int32_t node) {
  cable_reduced_place *p = &r->places[k];
  if (k == 0) {
    (void)snprintf(p->name, sizeof p->name, "soma");
    return;
  }
  for (unsigned number = 1;; number++) {
    (void)snprintf(p->name, sizeof p->name, "%s_%s%u", kind_of(l->type[node]), p->ring ? "ring_" : "", number);
    if (!is_taken(r, k, p->name)) return;
  }
}

/* ---- places ----------------------------------------------------------------------------------------- */

static double ring_distance(const cable_tree *tree, const cable_linear *l, const reduce_work *w, int32_t item) {
  double sum = 0.0, weight = 0.0;
  for (size_t k = 0; k < l->n; k++) {
    const double share = w->phi[k * w->room + (size_t)item] * l->area_um2[k];
    sum += share * tree->distance_um[l->node[k]];
    weight += share;
  }
  return weight > 0.0 ? sum / weight : 0.0;
}

static lg_status fill_places(lg_ctx *ctx, const cable_tree *tree, cable_reduction *r) {
  const cable_linear *l = r->linear;
  const reduce_cell *c = r->cell;
  lg_status status = LG_OK;
  double *x = NULL, *scratch = NULL;
  LG_NEW(ctx, x, l->n);
  LG_NEW(ctx, scratch, l->n);
  for (size_t k = 0; k < c->plan.n; k++) {
    const int32_t item = c->order[k], node = node_of(l, r->work, c, item);
    cable_reduced_place *p = &r->places[k];
    p->ring = c->plan.item[item].sort == REDUCE_RING;
    p->node = (size_t)l->node[node];
    p->level = p->ring ? c->plan.item[item].level : 1.0;
    p->distance_um = p->ring ? ring_distance(tree, l, r->work, item) : tree->distance_um[p->node];
    const reduce_ac *z = r->work->z + (size_t)item * r->work->room;
    p->resistance_MOhm = z[item].re;
    p->transfer_MOhm = z[0].re;
    p->resistance_full_MOhm = p->transfer_full_MOhm = (double)NAN;
    if (!p->ring) {
      memset(x, 0, l->n * sizeof *x);
      x[node] = 1.0;
      lg_linear_solve(l, x, scratch);
      p->resistance_full_MOhm = x[node];
      p->transfer_full_MOhm = x[0];
    }
    name_place(l, r, k, node);
  }
done:
  lg_free(ctx, x);
  lg_free(ctx, scratch);
  return status;
}

/* ---- membrane --------------------------------------------------------------------------------------- */

static bool is_density(const lg_field *field) {
  return strcmp(field->unit, "S/cm2") == 0 || strcmp(field->unit, "mA/cm2") == 0 || strcmp(field->unit, "cm/s") == 0;
}

static const cable_use *find_use(const cable_region *region, const cable_mechanism *mechanism) {
  for (size_t u = 0; u < region->n_uses; u++)
    if (region->uses[u].mechanism == mechanism) return &region->uses[u];
  return NULL;
}

/* Parameters that change along the cell have their value at the item's distance. How much a region's use counts in the
 * means of what is no density: its densities times the area. */
static double importance(const cable_use *use, double area, double distance_um) {
  double sum = 0.0;
  for (size_t p = 0; p < use->mechanism->n_parameters; p++)
    if (is_density(&use->mechanism->parameters[p])) sum += fabs(lg_cable_value_at(use, p, distance_um));
  return area * (sum > 0.0 ? sum : 1e-12);
}

static void mean_values(const cable_model *full, const double *area, double total, double distance_um,
                        const cable_mechanism *mechanism, double *values) {
  for (size_t p = 0; p < mechanism->n_parameters; p++) {
    const bool density = is_density(&mechanism->parameters[p]);
    double sum = 0.0, weight = 0.0, first = (double)NAN;
    bool same = true;
    for (size_t r = 0; r < full->n_regions; r++) {
      const cable_use *use = find_use(&full->regions[r], mechanism);
      if (!use || !(area[r] > 0.0)) continue;
      const double w = density ? area[r] : importance(use, area[r], distance_um);
      const double value = lg_cable_value_at(use, p, distance_um);
      if (isnan(first)) first = value;
      same = same && value == first;
      sum += w * value;
      weight += w;
    }
    values[p] = density ? sum / total : same ? first : sum / weight;
  }
}

static lg_status copy_uses(lg_ctx *ctx, const cable_model *full, const double *area, double total, double distance_um,
                           cable_region *to) {
  lg_status status = LG_OK;
  size_t room = 0;
  for (size_t r = 0; r < full->n_regions; r++) room += full->regions[r].n_uses;
  if (room == 0) return LG_OK;
  LG_NEW(ctx, to->uses, room);
  for (size_t r = 0; r < full->n_regions; r++) {
    if (!(area[r] > 0.0)) continue;
    for (size_t u = 0; u < full->regions[r].n_uses; u++) {
      const cable_mechanism *mechanism = full->regions[r].uses[u].mechanism;
      if (find_use(to, mechanism)) continue;
      cable_use *use = &to->uses[to->n_uses++];
      use->mechanism = mechanism;
      LG_NEW(ctx, use->values, mechanism->n_parameters + 1);
      mean_values(full, area, total, distance_um, mechanism, use->values);
    }
  }
done:
  return status;
}

static bool uses_ion(const cable_region *region, const char *name) {
  for (size_t u = 0; u < region->n_uses; u++)
    for (size_t i = 0; i < region->uses[u].mechanism->n_ions; i++)
      if (strcmp(region->uses[u].mechanism->ions[i].name, name) == 0) return true;
  return false;
}

/* Mean of a value of regions over those that use an ion (all, where none does). */
static double mean_of(const cable_model *full, const double *area, const char *ion,
                      double (*get)(const cable_region *)) {
  double sum = 0.0, weight = 0.0, first = (double)NAN;
  bool same = true;
  for (int pass = 0; pass < 2 && weight == 0.0; pass++)
    for (size_t r = 0; r < full->n_regions; r++) {
      if (!(area[r] > 0.0) || (pass == 0 && !uses_ion(&full->regions[r], ion))) continue;
      const double value = get(&full->regions[r]);
      if (weight == 0.0) first = value;
      same = same && (value == first || (isnan(value) && isnan(first)));
      sum += area[r] * value;
      weight += area[r];
    }
  return same ? first : sum / weight;
}

static double get_na(const cable_region *r) { return r->reversal_na_mV; }
static double get_k(const cable_region *r) { return r->reversal_k_mV; }
static double get_ca(const cable_region *r) { return r->reversal_ca_mV; }
static double get_cao(const cable_region *r) { return r->outside_ca_mM; }
static double get_cai(const cable_region *r) { return r->inside_ca_mM; }
static double get_ra(const cable_region *r) { return r->axial_resistivity_ohm_cm; }

/* What is said of other ions comes from the region that the compartment stands for most. */
static void copy_ions(const cable_model *full, const double *area, cable_region *to) {
  size_t most = 0;
  for (size_t r = 1; r < full->n_regions; r++)
    if (area[r] > area[most]) most = r;
  to->n_ions = full->regions[most].n_ions;
  memcpy(to->ions, full->regions[most].ions, sizeof to->ions);
  for (size_t k = 0; k < to->n_ions; k++) {
    cable_region_ion *ion = &to->ions[k];
    if (strcmp(ion->name, "na") == 0) ion->reversal_mV = to->reversal_na_mV;
    if (strcmp(ion->name, "k") == 0) ion->reversal_mV = to->reversal_k_mV;
    if (strcmp(ion->name, "ca") == 0) ion->reversal_mV = to->reversal_ca_mV;
  }
}

static lg_status write_region(lg_ctx *ctx, const cable_model *full, const double *area, double total,
                              double distance_um, int type, cable_region *to) {
  to->types[0] = type;
  to->n_types = 1;
  to->axial_resistivity_ohm_cm = mean_of(full, area, "", get_ra);
  to->reversal_na_mV = mean_of(full, area, "na", get_na);
  to->reversal_k_mV = mean_of(full, area, "k", get_k);
  to->reversal_ca_mV = mean_of(full, area, "ca", get_ca);
  to->outside_ca_mM = mean_of(full, area, "ca", get_cao);
  to->inside_ca_mM = mean_of(full, area, "ca", get_cai);
  copy_ions(full, area, to);
  return copy_uses(ctx, full, area, total, distance_um, to);
}

/* ---- compartments ----------------------------------------------------------------------------------- */

/* Mean reversal of the constant leaks of compartments that an item stands for, mV. */
static double leak_reversal(const cable_tree *tree, const cable_reduction *r, int32_t item) {
  double sum = 0.0, weight = 0.0;
  for (size_t k = 0; k < r->linear->n; k++) {
    const double w = r->work->phi[k * r->work->room + (size_t)item] * tree->leak_uS[r->linear->node[k]];
    sum += w * tree->leak_mV[r->linear->node[k]];
    weight += w;
  }
  return weight > 0.0 ? sum / weight : 0.0;
}

static void write_compartment(const cable_tree *tree, const reduce_membrane *m, cable_reduction *r, size_t k,
                              const size_t *rank, double total, cable_compartment *to) {
  const reduce_cell *c = r->cell;
  const int32_t item = c->order[k];
  const double factor = c->leak_uS[item] / c->integral_uS[item];
  double slopes = 0.0;
  for (size_t q = 0; q < REDUCE_REGIONS; q++) slopes += m->slope_uS_um2[q] * c->area_um2[item][q];
  (void)snprintf(to->name, sizeof to->name, "%s", r->places[k].name);
  to->type = k == 0 ? 1 : 100 + (int)k;
  to->parent = k == 0 ? -1 : (ptrdiff_t)rank[c->up[item]];
  to->area_um2 = factor * total;
  to->capacitance_nF = c->capacity_nF[item];
  to->axial_uS = k == 0 ? 0.0 : c->axial_uS[item];
  const double constant = c->integral_uS[item] - slopes;
  if (constant > 1e-9 * c->integral_uS[item]) {
    to->leak_uS = factor * constant;
    to->leak_mV = leak_reversal(tree, r, item);
  }
  r->places[k].area_um2 = total;
}

lg_status lg_reduce_write_cell(lg_ctx *ctx, const cable_model *full, const cable_tree *tree, cable_reduction *r) {
  const reduce_cell *c = r->cell;
  lg_status status = LG_OK;
  cable_model *model = NULL;
  size_t rank[REDUCE_MAX];
  for (size_t k = 0; k < c->plan.n; k++) rank[c->order[k]] = k;
  LG_NEW(ctx, model, 1);
  r->model = model;
  LG_NEW(ctx, r->places, c->plan.n);
  r->n_places = c->plan.n;
  LG_TRY(fill_places(ctx, tree, r));
  model->celsius = full->celsius;
  model->v_init_mV = full->v_init_mV;
  model->tstop_ms = full->tstop_ms;
  model->sample_ms = full->sample_ms;
  LG_NEW(ctx, model->compartments, c->plan.n);
  LG_NEW(ctx, model->regions, c->plan.n);
  model->n_compartments = c->plan.n;
  for (size_t k = 0; k < c->plan.n; k++) {
    const double *area = c->area_um2[c->order[k]];
    double total = 0.0;
    for (size_t q = 0; q < REDUCE_REGIONS; q++) total += area[q];
    write_compartment(tree, r->membrane, r, k, rank, total, &model->compartments[k]);
    model->n_regions = k + 1;
    cable_region *region = &model->regions[k];
    region->capacitance_uF_cm2 = model->compartments[k].capacitance_nF / model->compartments[k].area_um2 * 1e5;
    LG_TRY(write_region(ctx, full, area, total, r->places[k].distance_um, model->compartments[k].type, region));
  }
done:
  return status;
}
