/* How many compartments a section gets. */
#include "cable/tree_internal.h"

#include <math.h>

static const double pi = 3.14159265358979323846;
static const double most_compartments = 1e8;

ptrdiff_t lg_cable_region_of(const cable_model *model, int type) {
  for (size_t k = model->n_regions; k-- > 0;) {
    const cable_region *region = &model->regions[k];
    if (region->all_types) return (ptrdiff_t)k;
    for (size_t i = 0; i < region->n_types; i++)
      if (region->types[i] == type) return (ptrdiff_t)k;
  }
  return -1;
}

/** Length in units of the length constant of alternating current, as NEURON's lambda_f() for points. */
static double electric_length(const lg_morphology *m, size_t k, const cable_region *region, double frequency_Hz) {
  const lg_section *section = &m->sections[k];
  const lg_morphology_point *p = &m->points[section->first_point];
  double sum = 0;
  for (size_t i = 1; i < section->n_points; i++) {
    const double dx = p[i].x_um - p[i - 1].x_um, dy = p[i].y_um - p[i - 1].y_um, dz = p[i].z_um - p[i - 1].z_um;
    const double l = sqrt(dx * dx + dy * dy + dz * dz), d = p[i].diameter_um + p[i - 1].diameter_um;
    if (l > 0) sum += l / sqrt(d);
  }
  return sum * sqrt(2.0) * 1e-5 *
         sqrt(4 * pi * frequency_Hz * region->axial_resistivity_ohm_cm * region->capacitance_uF_cm2);
}

static double odd_if(bool odd, double n) {
  n = n < 1 ? 1 : n;
  return odd && fmod(n, 2) == 0 ? n + 1 : n;
}

static double count_by_lambda(const cable_cut *cut, double fraction, double electric) {
  const double n = electric / fraction;
  return cut->odd ? floor((n + 0.9) / 2) * 2 + 1 : odd_if(false, floor(n + 0.9));
}

static lg_status check_cut(lg_ctx *ctx, const cable_cut *cut) {
  if (!(cut->max_dx_um >= 0) || !isfinite(cut->max_dx_um))
    return lg_fail(ctx, LG_ERR_RANGE, "the longest compartment is %g µm; allowed: above 0", cut->max_dx_um);
  if (!(cut->d_lambda >= 0) || !isfinite(cut->d_lambda))
    return lg_fail(ctx, LG_ERR_RANGE, "d_lambda is %g; allowed: above 0", cut->d_lambda);
  if (!(cut->frequency_Hz > 0) || !isfinite(cut->frequency_Hz))
    return lg_fail(ctx, LG_ERR_RANGE, "the frequency of d_lambda is %g Hz; allowed: above 0", cut->frequency_Hz);
  return LG_OK;
}

static lg_status count_one(lg_ctx *ctx, const cable_model *model, const cable_cut *cut, size_t k, double *n) {
  const lg_morphology *m = model->morphology;
  if (cut->explicit_n) {
    *n = (double)cut->explicit_n[k];
    if (cut->explicit_n[k] == 0) return lg_fail(ctx, LG_ERR_RANGE, "section %zu is to have 0 compartments", k);
  } else if (cut->n_per_section > 0) {
    *n = (double)cut->n_per_section;
  } else if (cut->max_dx_um > 0) {
    *n = odd_if(cut->odd, ceil(lg_section_length_um(m, k) / cut->max_dx_um));
  } else if (!(cut->d_lambda > 0) && model->nseg && model->nseg[k] > 0) {
    *n = (double)model->nseg[k];
  } else {
    const ptrdiff_t region = lg_cable_region_of(model, m->sections[k].type);
    if (region < 0)
      return lg_fail(ctx, LG_ERR_RANGE, "section %zu has type %d, which no region names", k, m->sections[k].type);
    const double electric = electric_length(m, k, &model->regions[region], cut->frequency_Hz);
    if (!isfinite(electric))
      return lg_fail(ctx, LG_ERR_RANGE, "section %zu (distal node %lld) has diameter 0 all along a piece", k,
                     (long long)m->sections[k].distal_id);
    *n = count_by_lambda(cut, cut->d_lambda > 0 ? cut->d_lambda : 0.1, electric);
  }
  return LG_OK;
}

lg_status lg_cable_cut_count(lg_ctx *ctx, const cable_model *model, const cable_cut *cut, size_t *n) {
  const cable_cut by_default = CABLE_CUT_INIT;
  if (!cut) cut = &by_default;
  lg_status status = check_cut(ctx, cut);
  double sum = 0;
  for (size_t k = 0; k < model->morphology->n_sections && status == LG_OK; k++) {
    double one = 0;
    status = count_one(ctx, model, cut, k, &one);
    sum += one;
    if (status == LG_OK && !(sum <= most_compartments))
      return lg_fail(ctx, LG_ERR_LIMIT, "the cell would be cut into more than %.0f compartments; cut coarser",
                     most_compartments);
    if (status == LG_OK) n[k] = (size_t)one;
  }
  return status;
}
