/* From sections of points to a raw tree: centres of compartments and section ends. */
#include "cable/tree_internal.h"

#include <math.h>

static lg_status check_section(lg_ctx *ctx, const lg_morphology *m, size_t k) {
  const lg_section *s = &m->sections[k];
  if ((k == 0) != (s->parent < 0))
    return lg_fail(ctx, LG_ERR_RANGE, "section %zu %s; the first section, and only it, is the root", k,
                   k == 0 ? "has a parent" : "has no parent");
  if (s->parent >= (ptrdiff_t)k)
    return lg_fail(ctx, LG_ERR_RANGE, "section %zu hangs on section %td; parents must stand before their children", k,
                   s->parent);
  if (!(s->parent_x >= 0 && s->parent_x <= 1))
    return lg_fail(ctx, LG_ERR_RANGE, "section %zu is joined at x = %g of its parent; allowed: 0 to 1", k, s->parent_x);
  if (s->n_points < 2) return lg_fail(ctx, LG_ERR_RANGE, "section %zu has %zu points; it needs 2", k, s->n_points);
  for (size_t i = 0; i < s->n_points; i++) {
    const lg_morphology_point *p = &m->points[s->first_point + i];
    if (!isfinite(p->x_um) || !isfinite(p->y_um) || !isfinite(p->z_um) || !isfinite(p->diameter_um) ||
        p->diameter_um < 0)
      return lg_fail(ctx, LG_ERR_RANGE, "point %zu of section %zu is (%g, %g, %g) with diameter %g", i, k, p->x_um,
                     p->y_um, p->z_um, p->diameter_um);
  }
  const double length = lg_section_length_um(m, k);
  if (!isfinite(length) || (length <= 0 && k > 0))
    return lg_fail(ctx, LG_ERR_RANGE, "section %zu has length %g µm", k, length);
  return LG_OK;
}

/** A section while its nodes are made. */
typedef struct making {
  const cable_model *model;
  raw_tree *raw;
  const size_t *n;                /* compartments of each section */
  const double *entry_x;          /* (n_sections) where the way from the soma enters a section, */
  const double *entry_um;         /* (n_sections) and how far that is */
  double *half_area, *half_axial; /* scratch (2 max n) */
  double length;                  /* of the section at hand */
  size_t next;                    /* raw node to be made next */
} making;

static raw_node *add(making *make, size_t section, double x, int32_t parent, double resistance) {
  raw_node *node = &make->raw->nodes[make->next++];
  const double length = make->length;
  *node = (raw_node){.parent = parent,
                     .resistance_MOhm = resistance,
                     .section = (int32_t)section,
                     .region = -1,
                     .x = x,
                     .distance_um = make->entry_um[section] + fabs(x - make->entry_x[section]) * length};
  return node;
}

/** Raw node of the parent where a section is joined. */
static int32_t joint(const making *make, size_t k) {
  const lg_section *s = &make->model->morphology->sections[k];
  const raw_tree *raw = make->raw;
  if (s->parent_x <= 0) return raw->start[s->parent];
  if (s->parent_x >= 1) return raw->end[s->parent];
  return raw->first_centre[s->parent] + lg_cable_compartment_at(s->parent_x, raw->n_centres[s->parent]);
}

static lg_status make_section(lg_ctx *ctx, making *make, size_t k) {
  const lg_morphology *m = make->model->morphology;
  const lg_section *s = &m->sections[k];
  raw_tree *raw = make->raw;
  const size_t n = make->n[k];
  const ptrdiff_t where = lg_cable_region_of(make->model, s->type);
  if (where < 0) return lg_fail(ctx, LG_ERR_RANGE, "section %zu has type %d, which no region names", k, s->type);
  const cable_region *region = &make->model->regions[where];
  const double ra = 0.01 * region->axial_resistivity_ohm_cm; /* Ω cm / µm -> MΩ */
  make->length = lg_section_length_um(m, k);
  const bool is_point = make->length <= 0; /* a soma of radius 0: no ends apart from the centre */
  lg_section_pieces(m, k, 2 * n, make->half_area, make->half_axial);
  if (s->parent >= 0) {
    raw->start[k] = joint(make, k);
  } else {
    raw->start[k] = (int32_t)make->next;
    if (!is_point) (void)add(make, k, 0, -1, 0);
  }
  raw->first_centre[k] = (int32_t)make->next;
  raw->n_centres[k] = (int32_t)n;
  for (size_t i = 0; i < n; i++) {
    const double axial = i == 0 ? make->half_axial[0] : make->half_axial[2 * i - 1] + make->half_axial[2 * i];
    const int32_t parent = i > 0 ? (int32_t)make->next - 1 : is_point ? -1 : raw->start[k];
    raw_node *node = add(make, k, ((double)i + 0.5) / (double)n, parent, ra * axial);
    node->centre = true;
    node->area_um2 = make->half_area[2 * i] + make->half_area[2 * i + 1];
    node->capacitance_nF = 1e-5 * region->capacitance_uF_cm2 * node->area_um2; /* µF/cm² µm² -> nF */
    node->region = node->area_um2 > 0 ? (int32_t)where : -1;
  }
  raw->end[k] = is_point ? raw->first_centre[k] : (int32_t)make->next;
  if (!is_point) (void)add(make, k, 1, (int32_t)make->next - 1, ra * make->half_axial[2 * n - 1]);
  return LG_OK;
}

/** How far from the soma's middle a place of a section is, once the section's entry is known. */
static double way(const lg_morphology *m, const double *entry_x, const double *entry_um, size_t k, double x) {
  return entry_um[k] + fabs(x - entry_x[k]) * lg_section_length_um(m, k);
}

static void measure_ways(const lg_morphology *m, double *entry_x, double *entry_um) {
  size_t soma = 0;
  while (soma < m->n_sections && m->sections[soma].type != 1) soma++;
  const bool has_soma = soma < m->n_sections;
  if (!has_soma) soma = 0;
  for (size_t k = 0; k < m->n_sections; k++) entry_x[k] = -1;
  entry_x[soma] = has_soma ? 0.5 : 0, entry_um[soma] = 0;
  for (size_t k = soma; m->sections[k].parent >= 0;) { /* upwards to the root */
    const size_t parent = (size_t)m->sections[k].parent;
    entry_um[parent] = way(m, entry_x, entry_um, k, 0);
    entry_x[parent] = m->sections[k].parent_x;
    k = parent;
  }
  for (size_t k = 0; k < m->n_sections; k++) {
    if (entry_x[k] >= 0) continue;
    entry_x[k] = 0;
    entry_um[k] = way(m, entry_x, entry_um, (size_t)m->sections[k].parent, m->sections[k].parent_x);
  }
}

lg_status lg_cable_raw_from_sections(lg_ctx *ctx, const cable_model *model, const cable_cut *cut, raw_tree *raw) {
  const lg_morphology *m = model->morphology;
  lg_status status = LG_OK;
  size_t *n = NULL;
  double *entry = NULL, *half = NULL;
  for (size_t k = 0; k < m->n_sections; k++) LG_TRY(check_section(ctx, m, k));
  LG_NEW(ctx, n, m->n_sections);
  LG_TRY(lg_cable_cut_count(ctx, model, cut, n));
  size_t sum = 1, most = 0; /* 1: the root's end */
  for (size_t k = 0; k < m->n_sections; k++) sum += n[k] + 1, most = n[k] > most ? n[k] : most;
  LG_NEW(ctx, entry, 2 * m->n_sections);
  LG_NEW(ctx, half, 4 * most);
  LG_TRY(lg_cable_raw_alloc(ctx, sum, m->n_sections, raw));
  measure_ways(m, entry, entry + m->n_sections);
  making make = {.model = model,
                 .raw = raw,
                 .n = n,
                 .entry_x = entry,
                 .entry_um = entry + m->n_sections,
                 .half_area = half,
                 .half_axial = half + 2 * most};
  for (size_t k = 0; k < m->n_sections; k++) LG_TRY(make_section(ctx, &make, k));
  raw->n = make.next;
done:
  lg_free(ctx, n);
  lg_free(ctx, entry);
  lg_free(ctx, half);
  return status;
}
