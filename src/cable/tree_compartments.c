/* From compartments given by their electrical values to a raw tree. */
#include "cable/tree_internal.h"

#include <math.h>

static lg_status check_compartment(lg_ctx *ctx, const cable_model *model, size_t k) {
  const cable_compartment *c = &model->compartments[k];
  if ((k == 0) != (c->parent < 0))
    return lg_fail(ctx, LG_ERR_RANGE, "compartment %zu (%s) %s; the first compartment, and only it, is the root", k,
                   c->name, k == 0 ? "has a parent" : "has no parent");
  if (c->parent >= (ptrdiff_t)k)
    return lg_fail(ctx, LG_ERR_RANGE, "compartment %zu (%s) hangs on %td; parents must stand before their children", k,
                   c->name, c->parent);
  if (!(c->area_um2 >= 0) || !isfinite(c->area_um2))
    return lg_fail(ctx, LG_ERR_RANGE, "compartment %zu (%s) has area %g µm²; allowed: 0 and more", k, c->name,
                   c->area_um2);
  if (k > 0 && (!(c->axial_uS > 0) || !isfinite(c->axial_uS)))
    return lg_fail(ctx, LG_ERR_RANGE, "compartment %zu (%s) has axial conductance %g µS; allowed: above 0", k, c->name,
                   c->axial_uS);
  if (c->capacitance_nF < 0 || isinf(c->capacitance_nF))
    return lg_fail(ctx, LG_ERR_RANGE, "compartment %zu (%s) has capacitance %g nF; allowed: 0 and more", k, c->name,
                   c->capacitance_nF);
  if (!(c->leak_uS >= 0) || !isfinite(c->leak_uS) || (c->leak_uS > 0 && !isfinite(c->leak_mV)))
    return lg_fail(ctx, LG_ERR_RANGE, "compartment %zu (%s) has a leak of %g µS to %g mV; allowed: 0 µS and more", k,
                   c->name, c->leak_uS, c->leak_mV);
  return LG_OK;
}

lg_status lg_cable_raw_from_compartments(lg_ctx *ctx, const cable_model *model, raw_tree *raw) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < model->n_compartments; k++) LG_TRY(check_compartment(ctx, model, k));
  LG_TRY(lg_cable_raw_alloc(ctx, model->n_compartments, model->n_compartments, raw));
  for (size_t k = 0; k < model->n_compartments; k++) {
    const cable_compartment *c = &model->compartments[k];
    const ptrdiff_t region = lg_cable_region_of(model, c->type);
    if (region < 0)
      LG_TRY(
          lg_fail(ctx, LG_ERR_RANGE, "compartment %zu (%s) has type %d, which no region names", k, c->name, c->type));
    const bool has_membrane = c->area_um2 > 0;
    raw->nodes[k] = (raw_node){
        .parent = (int32_t)c->parent,
        .resistance_MOhm = k > 0 ? 1 / c->axial_uS : 0,
        .area_um2 = c->area_um2,
        .capacitance_nF = isnan(c->capacitance_nF) ? 1e-5 * model->regions[region].capacitance_uF_cm2 * c->area_um2
                                                   : c->capacitance_nF,
        .leak_uS = c->leak_uS,
        .leak_mV = c->leak_uS > 0 ? c->leak_mV : 0,
        .section = (int32_t)k,
        .region = has_membrane ? (int32_t)region : -1,
        .x = 0.5,
        .centre = true,
    };
    raw->start[k] = raw->end[k] = raw->first_centre[k] = (int32_t)k;
    raw->n_centres[k] = 1;
  }
done:
  return status;
}
