/* Where parameters take hold: instances of mechanisms, capacitances, axial conductances, reversals. */
#include "cable/distribution.h"
#include "cable/gradient_internal.h"

#include <math.h>
#include <string.h>

static bool at_place(const cable_gradient *r, const cable_parameter *p, uint32_t place) {
  const size_t node = r->g->node_at[place];
  const cable_tree *t = r->tree;
  return (p->region == CABLE_ANY || (t->region[node] >= 0 && (size_t)t->region[node] == p->region)) &&
         (p->section == CABLE_ANY || (t->section[node] >= 0 && (size_t)t->section[node] == p->section)) &&
         (p->node == CABLE_ANY || node == p->node);
}

/* Block and instance of a point of the model: equal kinds at one place stand in the model's order. */
static void site_of_point(const cable_gradient *r, size_t point, uint32_t place, size_t *block, size_t *instance) {
  const cable_group *g = r->g;
  const cable_mechanism *kind = r->model.points[point].use.mechanism;
  size_t skip = 0;
  for (size_t p = 0; p < point; p++) {
    size_t node;
    if (r->model.points[p].use.mechanism != kind) continue;
    if (lg_cable_tree_locate(NULL, &r->model, r->tree, &r->model.points[p].at, &node) == LG_OK &&
        g->place[node] == place)
      skip++;
  }
  *block = *instance = SIZE_MAX;
  for (size_t b = 0; b < g->n_blocks; b++) {
    if (g->blocks[b].block.kind != kind) continue;
    for (size_t k = 0; k < g->blocks[b].block.number; k++)
      if (g->blocks[b].sites[k] == place && skip-- == 0) {
        *block = b;
        *instance = k;
        return;
      }
  }
}

static lg_status add_instance(lg_ctx *ctx, gradient_seed *s, size_t block, size_t instance, double factor,
                              size_t room) {
  lg_status status = LG_OK;
  gradient_touch *t = NULL;
  for (size_t k = 0; k < s->n_touches; k++)
    if (s->touches[k].block == block) t = &s->touches[k];
  if (!t) {
    t = &s->touches[s->n_touches++];
    t->block = block;
    t->field = s->said.field;
    LG_NEW(ctx, t->instances, room);
    LG_NEW(ctx, t->factor, room);
  }
  t->factor[t->n] = factor;
  t->instances[t->n++] = (uint32_t)instance;
done:
  return status;
}

/* A parameter that changes along the cell is not one number. */
static lg_status refuse_shapes(lg_ctx *ctx, const cable_gradient *r, const cable_parameter *p) {
  for (size_t k = 0; k < r->model.n_regions; k++) {
    const cable_region *region = &r->model.regions[k];
    for (size_t u = 0; u < region->n_uses && (p->region == CABLE_ANY || p->region == k); u++) {
      const cable_use *use = &region->uses[u];
      if (use->mechanism == p->mechanism && use->shapes && use->shapes[p->field].kind)
        return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s of %s changes along the cell: it has no one derivative",
                       p->mechanism->parameters[p->field].name, p->mechanism->name);
    }
  }
  return LG_OK;
}

/* How a field of a region is said at a place. */
static const cable_use *use_at(const cable_gradient *r, const cable_mechanism *kind, uint32_t place) {
  const int32_t region = r->tree->region[r->g->node_at[place]];
  for (size_t u = 0; region >= 0 && u < r->model.regions[region].n_uses; u++)
    if (r->model.regions[region].uses[u].mechanism == kind) return &r->model.regions[region].uses[u];
  return NULL;
}

static lg_status seed_field(lg_ctx *ctx, cable_gradient *r, gradient_seed *s) {
  const cable_group *g = r->g;
  const cable_parameter *p = &s->said;
  lg_status status = LG_OK;
  LG_TRY(refuse_shapes(ctx, r, p));
  for (size_t b = 0; b < g->n_blocks; b++) {
    const cable_block *block = &g->blocks[b].block;
    if (block->kind != p->mechanism) continue;
    if (block->kind->sort != CABLE_POINT) {
      for (size_t k = 0; k < block->number; k++) {
        const uint32_t place = g->blocks[b].sites[k];
        if (!at_place(r, p, place)) continue;
        const cable_use *use = use_at(r, block->kind, place);
        const double factor = use && use->shapes
                                  ? lg_cable_shape_at(&use->shapes[p->field], r->tree->distance_um[g->node_at[place]])
                                  : 1.0;
        if (s->n_touches == 0) s->value = use ? use->values[p->field] : block->parameter[p->field][k];
        LG_TRY(add_instance(ctx, s, b, k, factor, block->number));
      }
      continue;
    }
    for (size_t y = 0; y < r->model.n_synapses; y++)
      if (r->model.synapses[y].use.mechanism == block->kind && (p->index == CABLE_ANY || p->index == y))
        LG_TRY(add_instance(ctx, s, b, g->synapse_site[y], 1.0, block->number));
    for (size_t y = 0; y < r->model.n_points; y++) {
      size_t node, at, instance;
      if (r->model.points[y].use.mechanism != block->kind || (p->index != CABLE_ANY && p->index != y)) continue;
      LG_TRY(lg_cable_tree_locate(ctx, &r->model, r->tree, &r->model.points[y].at, &node));
      site_of_point(r, y, g->place[node], &at, &instance);
      if (at == b) LG_TRY(add_instance(ctx, s, b, instance, 1.0, block->number));
    }
  }
  if (s->n_touches > 0) s->value = g->blocks[s->touches[0].block].block.parameter[p->field][s->touches[0].instances[0]];
done:
  return status;
}

static lg_status seed_weight(lg_ctx *ctx, cable_gradient *r, gradient_seed *s) {
  lg_status status = LG_OK;
  const cable_group *g = r->g;
  bool first = true;
  for (size_t y = 0; y < r->model.n_synapses; y++) {
    if (s->said.index != CABLE_ANY && s->said.index != y) continue;
    const size_t b = (size_t)(g->synapse_block[y] - g->blocks);
    LG_TRY(add_instance(ctx, s, b, g->synapse_site[y], 1.0, g->blocks[b].block.number));
    if (first) s->value = r->model.synapses[y].weight_uS;
    first = false;
  }
done:
  return status;
}

/* A copy of the model's regions with one value doubled, and the same number of compartments: what the tree makes of it
 * tells how capacitances and axial resistances depend on it, which is linear. */
static lg_status recut(lg_ctx *ctx, const cable_gradient *r, size_t region, bool axial, cable_tree **out) {
  lg_status status = LG_OK;
  cable_model model = r->model;
  cable_cut cut = CABLE_CUT_INIT;
  size_t *counts = NULL;
  model.regions = NULL;
  LG_NEW(ctx, model.regions, r->model.n_regions);
  LG_NEW(ctx, counts, r->tree->n_sections);
  memcpy(model.regions, r->model.regions, r->model.n_regions * sizeof *model.regions);
  for (size_t k = 0; k < r->tree->n_sections; k++) counts[k] = (size_t)r->tree->n_centres[k];
  if (axial) model.regions[region].axial_resistivity_ohm_cm *= 2.0;
  else model.regions[region].capacitance_uF_cm2 *= 2.0;
  cut.explicit_n = counts;
  cut.odd = false;
  LG_TRY(lg_cable_tree_create(ctx, &model, &cut, out));
  if ((*out)->n_nodes != r->tree->n_nodes)
    status = lg_fail(ctx, LG_ERR_UNSUPPORTED,
                     "the tree has %zu nodes, cut again %zu: derivatives by Ra and cm want a "
                     "tree that its own section counts make again",
                     r->tree->n_nodes, (*out)->n_nodes);
done:
  lg_free(ctx, counts);
  lg_free(ctx, model.regions);
  return status;
}

static lg_status seed_of_tree(lg_ctx *ctx, cable_gradient *r, gradient_seed *s, bool axial) {
  lg_status status = LG_OK;
  cable_tree *other = NULL;
  const cable_tree *t = r->tree;
  LG_NEW(ctx, s->places, r->n);
  LG_NEW(ctx, s->per_unit, r->n);
  for (size_t region = 0; region < r->model.n_regions; region++) {
    if (s->said.region != CABLE_ANY && s->said.region != region) continue;
    const cable_region *said = &r->model.regions[region];
    const double value = axial ? said->axial_resistivity_ohm_cm : said->capacitance_uF_cm2;
    LG_TRY(recut(ctx, r, region, axial, &other));
    if (s->n_places == 0) s->value = value;
    for (size_t k = 0; k < t->n_nodes; k++) {
      const uint32_t place = r->g->place[k];
      if (axial && t->parent[k] < 0) continue;
      const double per = axial ? (1.0 / other->axial_uS[k] - 1.0 / t->axial_uS[k]) / value
                               : (other->capacitance_nF[k] - t->capacitance_nF[k]) / value;
      if (!(per != 0.0) || (!axial && !at_place(r, &s->said, place))) continue;
      size_t at = 0;
      while (at < s->n_places && s->places[at] != place) at++;
      if (at == s->n_places) s->places[s->n_places++] = place;
      s->per_unit[at] += per;
    }
    lg_cable_tree_destroy(ctx, other);
    other = NULL;
  }
done:
  lg_cable_tree_destroy(ctx, other);
  return status;
}

static lg_status seed_reversal(lg_ctx *ctx, cable_gradient *r, gradient_seed *s) {
  lg_status status = LG_OK;
  const cable_group *g = r->g;
  s->ion = SIZE_MAX;
  for (size_t x = 0; x < g->n_ions; x++)
    if (strcmp(g->ions[x].ion.name, s->said.ion) == 0) s->ion = x;
  if (s->ion == SIZE_MAX)
    return lg_fail(ctx, LG_ERR_RANGE, "no mechanism of the cell has to do with the ion %s", s->said.ion);
  LG_NEW(ctx, s->places, r->n);
  LG_NEW(ctx, s->per_unit, r->n);
  for (uint32_t k = 0; k < r->n; k++) {
    if (isnan(g->ions[s->ion].fixed_mV[k]) || !at_place(r, &s->said, k)) continue;
    if (s->n_places == 0) s->value = g->ions[s->ion].fixed_mV[k];
    s->places[s->n_places] = k;
    s->per_unit[s->n_places++] = 1.0;
  }
done:
  return status;
}

static lg_status seed_one(lg_ctx *ctx, cable_gradient *r, gradient_seed *s) {
  const cable_parameter *p = &s->said;
  lg_status status = LG_OK;
  LG_NEW(ctx, s->touches, r->g->n_blocks + 1);
  switch (p->sort) {
  case CABLE_FIELD:
    LG_TRY(seed_field(ctx, r, s));
    break;
  case CABLE_WEIGHT:
    LG_TRY(seed_weight(ctx, r, s));
    break;
  case CABLE_CAPACITANCE:
    LG_TRY(seed_of_tree(ctx, r, s, false));
    break;
  case CABLE_AXIAL:
    if (p->section != CABLE_ANY || p->node != CABLE_ANY)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "Ra is one number of a whole region, not of a section or a node");
    LG_TRY(seed_of_tree(ctx, r, s, true));
    break;
  case CABLE_REVERSAL:
    LG_TRY(seed_reversal(ctx, r, s));
    break;
  case CABLE_CLAMP:
    if (p->index != CABLE_ANY && p->index >= r->g->n_clamps)
      return lg_fail(ctx, LG_ERR_RANGE, "clamp %zu; the model has %zu", p->index, r->g->n_clamps);
    if (r->g->n_clamps > 0) s->value = r->g->clamps[p->index == CABLE_ANY ? 0 : p->index].amplitude_nA;
    return LG_OK;
  case CABLE_V_INIT:
    s->value = r->model.v_init_mV;
    return LG_OK;
  }
  if (s->n_touches == 0 && s->n_places == 0 && p->sort != CABLE_AXIAL) /* one compartment has no Ra that counts */
    status = lg_fail(ctx, LG_ERR_RANGE, "the parameter %s means no place of this cell",
                     p->sort == CABLE_FIELD         ? p->mechanism->parameters[p->field].name
                     : p->sort == CABLE_CAPACITANCE ? "cm"
                     : p->sort == CABLE_AXIAL       ? "Ra"
                     : p->sort == CABLE_WEIGHT      ? "weight"
                                                    : p->ion);
done:
  return status;
}

lg_status lg_gradient_make_seeds(lg_ctx *ctx, cable_gradient *r, const cable_parameter *said, size_t n) {
  lg_status status = LG_OK;
  LG_NEW(ctx, r->seeds, n + 1);
  for (size_t k = 0; k < n; k++) {
    r->seeds[k].said = said[k];
    r->n_seeds = k + 1;
    LG_TRY(seed_one(ctx, r, &r->seeds[k]));
    for (size_t t = 0; t < r->seeds[k].n_touches && said[k].sort == CABLE_FIELD; t++)
      r->wanted[r->seeds[k].touches[t].block][said[k].field] = true;
  }
done:
  return status;
}

void lg_gradient_free_seeds(lg_ctx *ctx, cable_gradient *r) {
  for (size_t k = 0; r->seeds && k < r->n_seeds; k++) {
    gradient_seed *s = &r->seeds[k];
    for (size_t t = 0; s->touches && t < s->n_touches; t++) {
      lg_free(ctx, s->touches[t].instances);
      lg_free(ctx, s->touches[t].factor);
    }
    lg_free(ctx, s->touches);
    lg_free(ctx, s->places);
    lg_free(ctx, s->per_unit);
  }
  lg_free(ctx, r->seeds);
}
