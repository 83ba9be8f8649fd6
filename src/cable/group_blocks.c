/* From regions, points and synapses to flat arrays of instances; ions. */
#include "cable/distribution.h"
#include "cable/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One instance of each cell: where, with which values. */
typedef struct site {
  uint32_t place, order; /* order: in the model, so that equal places keep it */
  const cable_use *use;
  double scale;
  size_t synapse; /* SIZE_MAX: none */
} site;

typedef struct plan {
  const cable_mechanism *kind;
  size_t n, room;
  site *sites;
} plan;

typedef struct plans {
  size_t n, room;
  plan *of;
} plans;

static void free_plans(lg_ctx *ctx, plans *all) {
  for (size_t k = 0; k < all->n; k++) lg_free(ctx, all->of[k].sites);
  lg_free(ctx, all->of);
}

static lg_status plan_of(lg_ctx *ctx, plans *all, const cable_mechanism *kind, plan **out) {
  for (size_t k = 0; k < all->n; k++)
    if (all->of[k].kind == kind) {
      *out = &all->of[k];
      return LG_OK;
    }
  if (all->n == all->room) {
    plan *more = lg_realloc(ctx, all->of, all->room * sizeof *more, 2 * all->room + 8, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    all->of = more;
    all->room = 2 * all->room + 8;
  }
  *out = &all->of[all->n++];
  (*out)->kind = kind;
  return LG_OK;
}

static lg_status add_site(lg_ctx *ctx, plans *all, const cable_use *use, site what) {
  plan *p;
  const lg_status status = plan_of(ctx, all, use->mechanism, &p);
  if (status != LG_OK) return status;
  if (p->n == p->room) {
    site *more = lg_realloc(ctx, p->sites, p->room * sizeof *more, 2 * p->room + 16, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    p->sites = more;
    p->room = 2 * p->room + 16;
  }
  what.use = use;
  what.order = (uint32_t)p->n;
  p->sites[p->n++] = what;
  return LG_OK;
}

/* Whether a mechanism may stand on nodes without membrane with a scale of 0, so that its vectors run on. */
static bool may_pad(const cable_mechanism *kind) {
  return kind->advance_current && !kind->uses_geometry && !kind->receive && !kind->fire;
}

/* The region whose channels a node without membrane bridges: its parent's; -1: none. */
static int32_t region_around(const cable_tree *t, size_t node) {
  for (; t->region[node] < 0 || !(t->area_um2[node] > 0.0); node = (size_t)t->parent[node])
    if (t->parent[node] < 0) return -1;
  return t->region[node];
}

/* Mechanisms of regions in the order of places, so that density sites ascend. */
static lg_status plan_density(lg_ctx *ctx, cable_group *g, plans *all) {
  lg_status status = LG_OK;
  for (uint32_t place = 0; place < g->n_nodes; place++) {
    const size_t node = g->node_at[place];
    const bool has_membrane = g->tree->region[node] >= 0 && g->tree->area_um2[node] > 0.0;
    const int32_t r = region_around(g->tree, node);
    if (r < 0) continue;
    const cable_region *region = &g->model->regions[r];
    const double scale = has_membrane ? g->tree->area_um2[node] * 0.01 : 0.0;
    for (size_t u = 0; u < region->n_uses; u++)
      if (has_membrane || may_pad(region->uses[u].mechanism))
        LG_TRY(add_site(ctx, all, &region->uses[u], (site){.place = place, .scale = scale, .synapse = SIZE_MAX}));
  }
done:
  return status;
}

static lg_status plan_points(lg_ctx *ctx, cable_group *g, plans *all) {
  const cable_model *m = g->model;
  lg_status status = LG_OK;
  size_t node;
  for (size_t p = 0; p < m->n_points; p++) {
    LG_TRY(lg_cable_tree_locate(ctx, m, g->tree, &m->points[p].at, &node));
    LG_TRY(add_site(ctx, all, &m->points[p].use, (site){.place = g->place[node], .scale = 1.0, .synapse = SIZE_MAX}));
  }
  for (size_t s = 0; s < m->n_synapses; s++) {
    LG_TRY(lg_cable_tree_locate(ctx, m, g->tree, &m->synapses[s].at, &node));
    LG_TRY(add_site(ctx, all, &m->synapses[s].use, (site){.place = g->place[node], .scale = 1.0, .synapse = s}));
  }
done:
  return status;
}

static int by_place(const void *a, const void *b) {
  const site *x = a, *y = b;
  if (x->place != y->place) return x->place < y->place ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

/* ---- ions ------------------------------------------------------------------------------------------ */

static group_ion *find_ion(cable_group *g, const char *name) {
  for (size_t k = 0; k < g->n_ions; k++)
    if (strcmp(g->ions[k].ion.name, name) == 0) return &g->ions[k];
  return NULL;
}

/* The user's reversal (NAN: Nernst) and concentrations of an ion in a region. */
static void ion_in_region(const cable_region *region, const char *name, double *reversal, double *inside,
                          double *outside) {
  *reversal = NAN, *inside = 1.0, *outside = 1.0; /* an ion of the user's own without values: 0 mV */
  if (strcmp(name, "na") == 0) *reversal = region->reversal_na_mV, *inside = 10.0, *outside = 140.0;
  if (strcmp(name, "k") == 0) *reversal = region->reversal_k_mV, *inside = 54.4, *outside = 2.5;
  if (strcmp(name, "ca") == 0)
    *reversal = region->reversal_ca_mV, *inside = region->inside_ca_mM, *outside = region->outside_ca_mM;
  for (size_t k = 0; k < region->n_ions; k++) {
    const cable_region_ion *ion = &region->ions[k];
    if (strcmp(ion->name, name) != 0) continue;
    if (!isnan(ion->reversal_mV)) *reversal = ion->reversal_mV;
    if (!isnan(ion->inside_mM)) *inside = ion->inside_mM;
    if (!isnan(ion->outside_mM)) *outside = ion->outside_mM;
  }
}

static lg_status make_ion(lg_ctx *ctx, cable_group *g, const cable_ion_use *use) {
  group_ion *ion = find_ion(g, use->name);
  lg_status status = LG_OK;
  if (!ion) {
    ion = &g->ions[g->n_ions];
    cable_ion *i = &ion->ion;
    const size_t n = g->flat;
    (void)snprintf(i->name, sizeof i->name, "%s", use->name);
    i->valence = use->valence;
    i->reversal_mV = lg_group_doubles(ctx, g, n, true);
    i->inside_mM = lg_group_doubles(ctx, g, n, true);
    i->outside_mM = lg_group_doubles(ctx, g, n, false);
    i->current_mA_cm2 = lg_group_doubles(ctx, g, n, true);
    i->conductance_S_cm2 = lg_group_doubles(ctx, g, n, true);
    ion->fixed_mV = lg_group_doubles(ctx, g, n, false);
    ion->nernst_mV = lg_group_doubles(ctx, g, n, true);
    ion->nernst_before_mV = lg_group_doubles(ctx, g, n, true);
    if (!i->reversal_mV || !i->inside_mM || !i->outside_mM || !i->current_mA_cm2 || !i->conductance_S_cm2 ||
        !ion->fixed_mV || !ion->nernst_mV || !ion->nernst_before_mV)
      return LG_ERR_MEMORY;
    g->n_ions++;
  } else if (ion->ion.valence != use->valence && use->valence != 0 && ion->ion.valence != 0) {
    return lg_fail(ctx, LG_ERR_FORMAT, "the ion %s has the valence %d in one mechanism and %d in another", use->name,
                   ion->ion.valence, use->valence);
  } else if (ion->ion.valence == 0) {
    ion->ion.valence = use->valence;
  }
  if (use->reads_current) ion->ion.current_is_read = true;
  return status;
}

static void set_ions(cable_group *g) {
  for (size_t k = 0; k < g->n_ions; k++)
    for (size_t at = 0; at < g->flat + GROUP_PAD; at++) {
      const size_t place = at < g->flat ? at / g->lanes : g->n_nodes - 1;
      const int32_t r = g->tree->region[g->node_at[place]];
      group_ion *ion = &g->ions[k];
      ion_in_region(&g->model->regions[r < 0 ? 0 : r], ion->ion.name, &ion->fixed_mV[at], &ion->ion.inside_mM[at],
                    &ion->ion.outside_mM[at]);
      if (isnan(ion->fixed_mV[at])) ion->ion.reversal_by_nernst = true;
    }
}

/* ---- blocks ---------------------------------------------------------------------------------------- */

/* Of the cylinder that has the area of the node's piece and its length. */
static double diameter_of(const cable_group *g, size_t node) {
  const double pi = 3.14159265358979323846, area = g->tree->area_um2[node];
  if (!g->model->morphology) return sqrt(area / pi);
  const size_t section = (size_t)g->tree->section[node];
  return area * g->tree->n_centres[section] / (pi * lg_section_length_um(g->model->morphology, section));
}

static lg_status fill_arrays(lg_ctx *ctx, cable_group *g, const plan *p, group_block *out) {
  const cable_mechanism *kind = p->kind;
  cable_block *b = &out->block;
  const size_t L = g->lanes, number = p->n * L, padded = (number + GROUP_PAD - 1) / GROUP_PAD * GROUP_PAD;
  double **parameter = lg_group_array(ctx, g, kind->n_parameters + 1, sizeof *parameter, false);
  double **state = lg_group_array(ctx, g, kind->n_states + 1, sizeof *state, false);
  uint32_t *node = lg_group_array(ctx, g, padded, sizeof *node, false);
  uint32_t *sites = lg_group_array(ctx, g, p->n, sizeof *sites, false);
  double *scale = lg_group_doubles(ctx, g, padded, false), *area = NULL, *diameter = NULL, *capacitance = NULL;
  if (!parameter || !state || !node || !sites || !scale) return LG_ERR_MEMORY;
  if (kind->uses_geometry &&
      (!(area = lg_group_doubles(ctx, g, padded, false)) || !(diameter = lg_group_doubles(ctx, g, padded, false)) ||
       !(capacitance = lg_group_doubles(ctx, g, padded, false))))
    return LG_ERR_MEMORY;
  for (size_t x = 0; x < kind->n_parameters; x++)
    if (!(parameter[x] = lg_group_doubles(ctx, g, padded, false))) return LG_ERR_MEMORY;
  for (size_t x = 0; x < kind->n_states; x++)
    if (!(state[x] = lg_group_doubles(ctx, g, padded, true))) return LG_ERR_MEMORY;
  double **memory = NULL;
  if (kind->n_memory > 0 && g->o.scheme == CABLE_SDIRK2 && !g->o.plain && (g->o.fine_rates || !kind->memory_is_dear)) {
    if (!(memory = lg_group_array(ctx, g, kind->n_memory, sizeof *memory, false))) return LG_ERR_MEMORY;
    if (!(memory[0] = lg_group_doubles(ctx, g, kind->n_memory * padded, true))) return LG_ERR_MEMORY;
    for (size_t x = 1; x < kind->n_memory; x++) memory[x] = memory[0] + x * padded;
  }
  b->memory = memory;
  b->contiguous = b->tiled = true;
  for (size_t k = 0; k < padded; k++) {
    const site *s = &p->sites[k < number ? k / L : p->n - 1];
    const double distance = g->tree->distance_um[g->node_at[s->place]];
    node[k] = (uint32_t)(k < number ? s->place * L + k % L : g->flat + k - number);
    scale[k] = s->scale;
    if (area) {
      area[k] = g->tree->area_um2[g->node_at[s->place]];
      diameter[k] = diameter_of(g, g->node_at[s->place]);
      capacitance[k] = g->capacitance_nF[s->place];
    }
    for (size_t x = 0; x < kind->n_parameters; x++) parameter[x][k] = lg_cable_value_at(s->use, x, distance);
    if (k >= number) continue;
    b->contiguous = b->contiguous && node[k] == node[0] + k;
    b->tiled = b->tiled && node[k] == node[k / 8 * 8] + k % 8;
  }
  for (size_t s = 0; s < p->n; s++) {
    sites[s] = p->sites[s].place;
    if (p->sites[s].synapse == SIZE_MAX) continue;
    g->synapse_block[p->sites[s].synapse] = out;
    g->synapse_site[p->sites[s].synapse] = s;
  }
  b->node = node, b->scale = scale, b->parameter = parameter, b->state = state;
  b->area_um2 = area, b->diameter_um = diameter, b->capacitance_nF = capacitance;
  b->number = number, b->lanes = L, b->kind = kind;
  b->seed = g->o.seed, b->first_cell = g->o.first_cell;
  out->sites = sites;
  return LG_OK;
}

static lg_status use_ions(lg_ctx *ctx, cable_group *g, const cable_mechanism *kind, group_block *out) {
  cable_ion **ion = lg_group_array(ctx, g, kind->n_ions + 1, sizeof(cable_ion *), false);
  if (!ion) return LG_ERR_MEMORY;
  for (size_t x = 0; x < kind->n_ions; x++) {
    ion[x] = &find_ion(g, kind->ions[x].name)->ion;
    if (kind->ions[x].writes_inside) out->is_pool = true;
  }
  out->block.ion = ion;
  return LG_OK;
}

/* Ohmic, without states and ions: stands in the fixed conductances, where it costs nothing. */
static void fold_constant(cable_group *g, group_block *b) {
  const double *conductance = b->block.parameter[0], *reversal = b->block.parameter[1];
  for (size_t k = 0; k < b->block.number; k += g->lanes) {
    const uint32_t place = b->sites[k / g->lanes];
    const double siemens = b->block.scale[k] * conductance[k];
    g->fixed_uS[place] += siemens;
    g->fixed_nA[place] += siemens * reversal[k];
  }
  b->is_constant = true;
}

static bool may_fuse(const group_block *b) {
  if (!b->block.kind->advance_current || b->block.kind->receive) return false;
  for (size_t x = 0; x < b->block.kind->n_ions; x++)
    if (b->block.ion[x]->reversal_by_nernst || b->block.ion[x]->current_is_read) return false;
  return true;
}

static lg_status make_block(lg_ctx *ctx, cable_group *g, plan *p, group_block *out) {
  lg_status status = LG_OK;
  if (p->n * g->lanes > UINT32_MAX - 64)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu instances of %s; allowed are 2^32", p->n * g->lanes, p->kind->name);
  qsort(p->sites, p->n, sizeof *p->sites, by_place);
  LG_TRY(fill_arrays(ctx, g, p, out));
  LG_TRY(use_ions(ctx, g, p->kind, out));
  if (p->kind->constant_leak) fold_constant(g, out);
  if (p->kind->fire) g->has_fire = true;
  if (p->kind->own_flow) g->flows = out;
  if (p->kind->own_flow && g->n_nodes != 1)
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "%s is a membrane for cells of one compartment", p->kind->name);
done:
  return status;
}

/* Stretches of places that have channels; a place without capacitance, where nothing changes, does not end one. */
static lg_status make_runs(lg_ctx *ctx, cable_group *g) {
  lg_status status = LG_OK;
  bool *has = NULL;
  LG_NEW(ctx, has, g->n_nodes + 1);
  for (size_t b = 0; b < g->n_blocks; b++) {
    const group_block *of = &g->blocks[b];
    if (of->is_constant || of->block.kind->sort != CABLE_DENSITY || !of->block.kind->current) continue;
    for (size_t s = 0; s < of->block.number / g->lanes; s++) has[of->sites[s]] = g->capacitance_nF[of->sites[s]] > 0.0;
  }
  for (size_t p = 1; p < g->n_nodes; p++) has[p] = has[p] || (has[p - 1] && !(g->capacitance_nF[p] > 0.0));
  size_t n = 0;
  for (size_t p = 0; p < g->n_nodes; p++) n += has[p] && (p == 0 || !has[p - 1]);
  if (n == 0) goto done;
  g->runs = lg_group_array(ctx, g, n, sizeof *g->runs, false);
  g->change.g_before = lg_group_doubles(ctx, g, g->flat, true);
  g->change.b_before = lg_group_doubles(ctx, g, g->flat, true);
  g->change.change_nA = lg_group_doubles(ctx, g, g->flat, false);
  double *per_nF = lg_group_doubles(ctx, g, g->n_nodes, false);
  g->change.per_nF = per_nF;
  if (!g->runs || !g->change.g_before || !g->change.b_before || !g->change.change_nA || !per_nF) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  for (size_t p = 0; p < g->n_nodes; p++) {
    if (!has[p]) continue;
    per_nF[p] = g->capacitance_nF[p] > 0.0 ? 1.0 / g->capacitance_nF[p] : 0.0;
    if (p == 0 || !has[p - 1]) g->runs[g->n_runs++].begin = p * g->lanes;
    g->runs[g->n_runs - 1].end = (p + 1) * g->lanes;
  }
done:
  lg_free(ctx, has);
  return status;
}

static lg_status make_inboxes(lg_ctx *ctx, cable_group *g) {
  size_t ports = 0;
  g->inboxes = lg_group_array(ctx, g, g->n_blocks + 1, sizeof *g->inboxes, false);
  if (!g->inboxes) return LG_ERR_MEMORY;
  for (size_t k = 0; k < g->n_blocks; k++) {
    if (!g->blocks[k].block.kind->receive) continue;
    g->inboxes[g->n_inboxes].block = &g->blocks[k];
    g->inboxes[g->n_inboxes++].first_port = (uint32_t)ports;
    ports += g->blocks[k].block.number;
  }
  return ports < UINT32_MAX ? LG_OK : lg_fail(ctx, LG_ERR_LIMIT, "%zu synapses in a group; allowed are 2^32", ports);
}

lg_status lg_group_make_blocks(lg_ctx *ctx, cable_group *g) {
  plans all = {0};
  lg_status status = LG_OK;
  LG_TRY(plan_density(ctx, g, &all));
  LG_TRY(plan_points(ctx, g, &all));
  size_t n_uses = 0;
  for (size_t k = 0; k < all.n; k++) n_uses += all.of[k].kind->n_ions;
  g->ions = lg_group_array(ctx, g, n_uses + 1, sizeof *g->ions, false);
  g->blocks = lg_group_array(ctx, g, all.n + 1, sizeof *g->blocks, false);
  g->synapse_block = lg_group_array(ctx, g, g->model->n_synapses + 1, sizeof(group_block *), false);
  g->synapse_site = lg_group_array(ctx, g, g->model->n_synapses + 1, sizeof *g->synapse_site, false);
  if (!g->ions || !g->blocks || !g->synapse_block || !g->synapse_site) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  for (size_t k = 0; k < all.n; k++)
    for (size_t x = 0; x < all.of[k].kind->n_ions; x++) LG_TRY(make_ion(ctx, g, &all.of[k].kind->ions[x]));
  if (g->model->n_regions > 0) set_ions(g);
  for (size_t k = 0; k < all.n; k++) {
    LG_TRY(make_block(ctx, g, &all.of[k], &g->blocks[k]));
    g->n_blocks++;
    if (all.of[k].kind->prepare) LG_TRY(all.of[k].kind->prepare(ctx, &g->blocks[k].block, g->model->celsius));
  }
  for (size_t k = 0; k < g->n_blocks; k++) g->blocks[k].is_fused = may_fuse(&g->blocks[k]);
  LG_TRY(make_inboxes(ctx, g));
  if (g->o.scheme != CABLE_NRN && !g->o.plain) LG_TRY(make_runs(ctx, g));
  for (size_t k = 0; k < g->n_ions; k++) g->needs_ions = g->needs_ions || g->ions[k].ion.current_is_read;
done:
  free_plans(ctx, &all);
  return status;
}
