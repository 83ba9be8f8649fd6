/* Where a location of the model is in the tree. */
#include "cable/tree_internal.h"

#include <math.h>
#include <string.h>

static lg_status find_soma(lg_ctx *ctx, const cable_model *model, size_t *section) {
  const lg_morphology *m = model->morphology;
  const size_t n = m ? m->n_sections : model->n_compartments;
  for (size_t k = 0; k < n; k++) {
    if ((m ? m->sections[k].type : model->compartments[k].type) != 1) continue;
    *section = k;
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_RANGE, "the cell has no soma (no section of type 1)");
}

static double far(int64_t a, int64_t b) { return fabs((double)a - (double)b); }

static lg_status find_node(lg_ctx *ctx, const cable_model *model, int64_t id, size_t *section) {
  const lg_morphology *m = model->morphology;
  if (!m) return lg_fail(ctx, LG_ERR_RANGE, "[\"mid\", %lld]: this cell has compartments, no SWC nodes", (long long)id);
  int64_t nearest = -1;
  for (size_t k = 0; k < m->n_sections; k++) {
    const int64_t distal = m->sections[k].distal_id;
    if (distal == id && id >= 0) {
      *section = k;
      return LG_OK;
    }
    if (distal >= 0 && (nearest < 0 || far(distal, id) < far(nearest, id))) nearest = distal;
  }
  if (nearest < 0)
    return lg_fail(ctx, LG_ERR_RANGE, "[\"mid\", %lld]: the sections of this cell have no SWC nodes", (long long)id);
  return lg_fail(ctx, LG_ERR_RANGE, "node %lld is not the distal end of a section; the nearest that is: %lld",
                 (long long)id, (long long)nearest);
}

static const char *name_of(const cable_model *model, size_t k) {
  return model->morphology ? model->morphology->sections[k].name : model->compartments[k].name;
}

static lg_status find_name(lg_ctx *ctx, const cable_model *model, const char *name, size_t *section) {
  const size_t n = model->morphology ? model->morphology->n_sections : model->n_compartments;
  const char *nearest = NULL;
  size_t edits = SIZE_MAX;
  for (size_t k = 0; k < n; k++) {
    const char *has = name_of(model, k);
    if (has[0] != '\0' && strcmp(has, name) == 0) {
      *section = k;
      return LG_OK;
    }
    const size_t distance = has[0] != '\0' ? lg_word_distance(has, name) : SIZE_MAX;
    if (distance < edits) edits = distance, nearest = has;
  }
  if (!nearest) return lg_fail(ctx, LG_ERR_RANGE, "no section is named \"%s\": they have no names", name);
  return lg_fail(ctx, LG_ERR_RANGE, "no section is named \"%s\"; the nearest name: \"%s\"", name, nearest);
}

lg_status lg_cable_place(lg_ctx *ctx, const cable_model *model, const cable_location *at, size_t *section, double *x) {
  const size_t n = model->morphology ? model->morphology->n_sections : model->n_compartments;
  lg_status status = LG_OK;
  *x = 0.5;
  switch (at->where) {
  case CABLE_AT_SOMA:
    return find_soma(ctx, model, section);
  case CABLE_AT_MID:
    return find_node(ctx, model, at->node_id, section);
  case CABLE_AT_NAME:
    LG_TRY(find_name(ctx, model, at->name, section));
    *x = at->x;
    break;
  case CABLE_AT_SECTION:
    *section = at->section, *x = at->x;
    if (at->section >= n)
      return lg_fail(ctx, LG_ERR_RANGE, "there is no section %zu; the cell has sections 0 to %zu", at->section, n - 1);
    break;
  }
  if (!(*x >= 0 && *x <= 1))
    return lg_fail(ctx, LG_ERR_RANGE, "x = %g along section %zu; allowed: 0 to 1", *x, *section);
done:
  return status;
}

lg_status lg_cable_tree_locate(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, const cable_location *at,
                               size_t *node) {
  size_t section = 0;
  double x = 0.5;
  lg_status status = lg_cable_place(ctx, model, at, &section, &x);
  if (status != LG_OK) return status;
  const bool at_end = model->morphology && (x <= 0 || x >= 1);
  const int32_t found = !at_end  ? tree->first_centre[section] + lg_cable_compartment_at(x, tree->n_centres[section])
                        : x <= 0 ? tree->first_end[section]
                                 : tree->last_end[section];
  if (found < 0)
    return lg_fail(
        ctx, LG_ERR_RANGE,
        "x = %g of section %zu has no node of its own: name the place as a probe, clamp or synapse of the model", x,
        section);
  *node = (size_t)found;
  return LG_OK;
}
