/* The electrical tree: what nothing needs is left out of the raw one, the rest put in depth-first order. */
#include "cable/tree_internal.h"

#include <math.h>

void lg_cable_tree_destroy(lg_ctx *ctx, cable_tree *tree) {
  if (!tree) return;
  void *const arrays[] = {tree->parent,       tree->axial_uS,  tree->area_um2,  tree->capacitance_nF, tree->leak_uS,
                          tree->leak_mV,      tree->section,   tree->x,         tree->region,         tree->distance_um,
                          tree->first_centre, tree->n_centres, tree->first_end, tree->last_end};
  for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) lg_free(ctx, arrays[k]);
  lg_free(ctx, tree);
}

void lg_cable_raw_destroy(lg_ctx *ctx, raw_tree *raw) {
  void *const arrays[] = {raw->nodes, raw->start, raw->end, raw->first_centre, raw->n_centres};
  for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) lg_free(ctx, arrays[k]);
}

lg_status lg_cable_raw_alloc(lg_ctx *ctx, size_t n, size_t n_sections, raw_tree *raw) {
  lg_status status = LG_OK;
  raw->n = n, raw->n_sections = n_sections;
  LG_NEW(ctx, raw->nodes, n);
  LG_NEW(ctx, raw->start, n_sections);
  LG_NEW(ctx, raw->end, n_sections);
  LG_NEW(ctx, raw->first_centre, n_sections);
  LG_NEW(ctx, raw->n_centres, n_sections);
done:
  return status;
}

static lg_status alloc_tree(lg_ctx *ctx, size_t n, size_t n_sections, cable_tree *tree) {
  lg_status status = LG_OK;
  tree->n_nodes = n, tree->n_sections = n_sections;
  LG_NEW(ctx, tree->parent, n);
  LG_NEW(ctx, tree->axial_uS, n);
  LG_NEW(ctx, tree->area_um2, n);
  LG_NEW(ctx, tree->capacitance_nF, n);
  LG_NEW(ctx, tree->leak_uS, n);
  LG_NEW(ctx, tree->leak_mV, n);
  LG_NEW(ctx, tree->section, n);
  LG_NEW(ctx, tree->x, n);
  LG_NEW(ctx, tree->region, n);
  LG_NEW(ctx, tree->distance_um, n);
  LG_NEW(ctx, tree->first_centre, n_sections);
  LG_NEW(ctx, tree->n_centres, n_sections);
  LG_NEW(ctx, tree->first_end, n_sections);
  LG_NEW(ctx, tree->last_end, n_sections);
done:
  return status;
}

/** What stays of the raw tree: for each node its next ancestor that stays, and the resistance up to it. */
typedef struct pruning {
  bool *stays;
  int32_t *up;     /* -1: root */
  double *up_MOhm; /* series resistance to `up` */
  int32_t *first_child, *next_sibling;
  int32_t *order; /* (stay) raw nodes, depth first */
  int32_t *place; /* node of the tree for each raw node; -1: left out */
} pruning;

static void pruning_free(lg_ctx *ctx, pruning *p) {
  void *const arrays[] = {p->stays, p->up, p->up_MOhm, p->first_child, p->next_sibling, p->order, p->place};
  for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) lg_free(ctx, arrays[k]);
}

static lg_status pruning_alloc(lg_ctx *ctx, size_t n, pruning *p) {
  lg_status status = LG_OK;
  LG_NEW(ctx, p->stays, n);
  LG_NEW(ctx, p->up, n);
  LG_NEW(ctx, p->up_MOhm, n);
  LG_NEW(ctx, p->first_child, n);
  LG_NEW(ctx, p->next_sibling, n);
  LG_NEW(ctx, p->order, n);
  LG_NEW(ctx, p->place, n);
done:
  return status;
}

/** Compartments, places that are needed, and points where at least three pieces meet stay. */
static void choose(const raw_tree *raw, pruning *p) {
  int32_t *degree = p->place; /* scratch here */
  for (size_t k = 0; k < raw->n; k++) degree[k] = raw->nodes[k].parent >= 0;
  for (size_t k = 0; k < raw->n; k++)
    if (raw->nodes[k].parent >= 0) degree[raw->nodes[k].parent]++;
  for (size_t k = 0; k < raw->n; k++) p->stays[k] = raw->nodes[k].centre || raw->nodes[k].needed || degree[k] >= 3;
}

static void join(const raw_tree *raw, pruning *p) {
  int32_t root = -1;
  for (size_t k = 0; k < raw->n; k++) {
    const int32_t parent = raw->nodes[k].parent;
    const bool through = parent >= 0 && !p->stays[parent]; /* the parent is left out: pass to what is above it */
    p->up[k] = through ? p->up[parent] : parent;
    p->up_MOhm[k] = raw->nodes[k].resistance_MOhm + (through ? p->up_MOhm[parent] : 0);
    if (!p->stays[k] || p->up[k] >= 0) continue;
    if (root < 0) root = (int32_t)k; /* its own resistance leads to a free end, or to the other half below */
    else p->up[k] = root, p->up_MOhm[k] += p->up_MOhm[root];
  }
}

/** Depth first, siblings in the raw order, so that the compartments of a section follow each other. */
static size_t sort(const raw_tree *raw, pruning *p) {
  int32_t root = -1;
  for (size_t k = 0; k < raw->n; k++) p->first_child[k] = p->next_sibling[k] = p->place[k] = -1;
  for (size_t k = raw->n; k-- > 0;) {
    if (!p->stays[k]) continue;
    if (p->up[k] < 0) {
      root = (int32_t)k;
    } else {
      p->next_sibling[k] = p->first_child[p->up[k]];
      p->first_child[p->up[k]] = (int32_t)k;
    }
  }
  size_t n = 0;
  for (int32_t k = root; k >= 0;) {
    p->place[k] = (int32_t)n;
    p->order[n++] = k;
    if (p->first_child[k] >= 0) {
      k = p->first_child[k];
      continue;
    }
    while (k >= 0 && p->next_sibling[k] < 0) k = p->up[k];
    if (k >= 0) k = p->next_sibling[k];
  }
  return n;
}

static lg_status fill(lg_ctx *ctx, const cable_model *model, const raw_tree *raw, const pruning *p, cable_tree *tree) {
  double area = 0, capacitance = 0;
  for (size_t i = 0; i < tree->n_nodes; i++) {
    const int32_t k = p->order[i];
    const raw_node *node = &raw->nodes[k];
    tree->parent[i] = p->up[k] < 0 ? -1 : p->place[p->up[k]];
    tree->axial_uS[i] = p->up[k] < 0 ? 0 : 1 / p->up_MOhm[k];
    if (p->up[k] >= 0 && (!(tree->axial_uS[i] > 0) || !isfinite(tree->axial_uS[i]))) {
      const long long id = model->morphology ? (long long)model->morphology->sections[node->section].distal_id : -1;
      return lg_fail(ctx, LG_ERR_RANGE,
                     "section %d (distal node %lld) has %s resistance to its parent near x = %g: a radius is %s",
                     node->section, id, tree->axial_uS[i] > 0 ? "no" : "infinite", node->x,
                     tree->axial_uS[i] > 0 ? "too large" : "0");
    }
    tree->area_um2[i] = node->area_um2, tree->capacitance_nF[i] = node->capacitance_nF;
    tree->leak_uS[i] = node->leak_uS, tree->leak_mV[i] = node->leak_mV;
    tree->section[i] = node->section, tree->x[i] = node->x, tree->region[i] = node->region;
    tree->distance_um[i] = node->distance_um;
    area += node->area_um2, capacitance += node->capacitance_nF;
  }
  if (!(area > 0 || capacitance > 0) || !isfinite(area) || !isfinite(capacitance))
    return lg_fail(ctx, LG_ERR_RANGE, "the cell has a membrane of %g µm² and %g nF", area, capacitance);
  for (size_t s = 0; s < raw->n_sections; s++) {
    tree->first_centre[s] = p->place[raw->first_centre[s]];
    tree->n_centres[s] = raw->n_centres[s];
    tree->first_end[s] = p->place[raw->start[s]];
    tree->last_end[s] = p->place[raw->end[s]];
  }
  return LG_OK;
}

lg_status lg_cable_tree_from_raw(lg_ctx *ctx, const cable_model *model, const raw_tree *raw, cable_tree **out) {
  lg_status status = LG_OK;
  pruning p = {0};
  cable_tree *tree = NULL;
  LG_TRY(pruning_alloc(ctx, raw->n, &p));
  choose(raw, &p);
  join(raw, &p);
  const size_t n = sort(raw, &p);
  LG_NEW(ctx, tree, 1);
  LG_TRY(alloc_tree(ctx, n, raw->n_sections, tree));
  LG_TRY(fill(ctx, model, raw, &p, tree));
  *out = tree;
  tree = NULL;
done:
  lg_cable_tree_destroy(ctx, tree);
  pruning_free(ctx, &p);
  return status;
}

/** A clamp, synapse or probe at a section's end needs the node there. */
static lg_status need(lg_ctx *ctx, const cable_model *model, raw_tree *raw, const cable_location *at, const char *what,
                      size_t index) {
  size_t section = 0;
  double x = 0.5;
  const lg_status status = lg_cable_place(ctx, model, at, &section, &x);
  if (status != LG_OK) return lg_fail_prefix(ctx, status, "%s %zu: ", what, index);
  if (x <= 0) raw->nodes[raw->start[section]].needed = true;
  if (x >= 1) raw->nodes[raw->end[section]].needed = true;
  return LG_OK;
}

lg_status lg_cable_tree_create(lg_ctx *ctx, const cable_model *model, const cable_cut *cut, cable_tree **out) {
  const bool has_sections = model->morphology != NULL;
  if (has_sections ? model->morphology->n_sections == 0 : model->n_compartments == 0)
    return lg_fail(ctx, LG_ERR_RANGE, "the cell has no sections and no compartments");
  if (has_sections && model->n_compartments > 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the cell has both sections and compartments; give one of them");
  lg_status status = LG_OK;
  raw_tree raw = {0};
  if (has_sections) LG_TRY(lg_cable_raw_from_sections(ctx, model, cut, &raw));
  else LG_TRY(lg_cable_raw_from_compartments(ctx, model, &raw));
  for (size_t k = 0; k < model->n_clamps; k++) LG_TRY(need(ctx, model, &raw, &model->clamps[k].at, "current clamp", k));
  for (size_t k = 0; k < model->n_points; k++) LG_TRY(need(ctx, model, &raw, &model->points[k].at, "point", k));
  for (size_t k = 0; k < model->n_synapses; k++) LG_TRY(need(ctx, model, &raw, &model->synapses[k].at, "synapse", k));
  for (size_t k = 0; k < model->n_probes; k++) LG_TRY(need(ctx, model, &raw, &model->probes[k].at, "probe", k));
  LG_TRY(lg_cable_tree_from_raw(ctx, model, &raw, out));
done:
  lg_cable_raw_destroy(ctx, &raw);
  return status;
}
