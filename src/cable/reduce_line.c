/*
 * Delay lines. Few compartments cannot conduct a spike along an axon: what stands for it fires at once. A probe far out
 * on an axon gets a chain of pieces of its own membrane, so small that the cell does not feel them, whose coupling is
 * chosen so that spikes arrive when they arrive in the full cell. The conductance that the chain takes at rest is taken
 * off the compartment that it hangs on, so that everything at rest stays exact.
 */
#include "cable/reduce_model.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { MOST_STAGES = 6, HALVINGS = 18 };
static const double stage_um2 = 0.01, tightest = 1e-2, loosest = 1e-7; /* µS/µm² */

typedef struct line {
  lg_ctx *ctx;
  const cable_model *full;
  const cable_result *wanted;
  cable_reduction *r;
  cable_moved *moved; /* of the probe */
  size_t probe;
  size_t base;  /* compartment that it hangs on */
  size_t first; /* its first compartment */
  double slope_uS_um2;
} line;

/* ---- judging ----------------------------------------------------------------------------------------- */

static size_t count(const cable_result *r, size_t probe) {
  size_t n = 0;
  for (size_t k = 0; k < r->n_spikes; k++) n += r->spikes[k].probe == probe;
  return n;
}

/* Mean and greatest |difference| of spike times, reduced - full; false where their numbers differ. */
static bool compare(const cable_result *full, const cable_result *own, size_t probe, double *mean, double *most) {
  const size_t n = count(full, probe);
  size_t b = 0;
  *mean = *most = 0.0;
  if (n == 0 || count(own, probe) != n) return false;
  for (size_t a = 0; a < full->n_spikes; a++) {
    if (full->spikes[a].probe != probe) continue;
    while (own->spikes[b].probe != probe) b++;
    const double late = own->spikes[b++].t_ms - full->spikes[a].t_ms;
    *mean += late / (double)n;
    *most = fmax(*most, fabs(late));
  }
  return true;
}

static lg_status run(line *l, bool *same_number, double *mean, double *most) {
  const cable_cut cut = CABLE_CUT_INIT;
  const cable_run_options o = {.scheme = CABLE_SDIRK2, .dt_ms = 0.025};
  cable_tree *tree = NULL;
  cable_result *own = NULL;
  cable_model model = *l->r->model;
  lg_status status = LG_OK;
  model.tstop_ms = (double)(l->wanted->n_samples - 1) * l->wanted->sample_ms;
  LG_TRY(lg_cable_tree_create(l->ctx, &model, &cut, &tree));
  LG_TRY(lg_cable_simulate(l->ctx, &model, tree, &o, &own));
  *same_number = compare(l->wanted, own, l->probe, mean, most);
done:
  lg_cable_result_destroy(l->ctx, own);
  lg_cable_tree_destroy(l->ctx, tree);
  return status;
}

/* ---- the chain --------------------------------------------------------------------------------------- */

/* Takes what lines conduct at rest off the compartments that they hang on. */
static void balance(const cable_reduction *r) {
  cable_compartment *c = r->model->compartments;
  double below[REDUCE_MAX] = {0.0};
  for (size_t k = r->n_places; k-- > r->cell->plan.n;) {
    const double own = stage_um2 * r->places[k].slope_uS_um2 + below[k];
    below[c[k].parent] += c[k].axial_uS * own / (c[k].axial_uS + own);
  }
  for (size_t k = 0; k < r->cell->plan.n; k++) {
    const int32_t item = r->cell->order[k];
    const double leak = r->cell->leak_uS[item];
    c[k].area_um2 = r->places[k].area_um2 * leak / r->cell->integral_uS[item] * (1.0 - below[k] / leak);
  }
}

static void set_coupling(line *l, size_t stages, double per_um2) {
  for (size_t k = 0; k < stages; k++) l->r->model->compartments[l->first + k].axial_uS = per_um2 * stage_um2;
  balance(l->r);
}

static lg_status copy_region(lg_ctx *ctx, const cable_region *from, int type, cable_region *to) {
  lg_status status = LG_OK;
  *to = *from;
  to->all_types = false;
  to->types[0] = type;
  to->n_types = 1;
  to->n_uses = 0;
  to->uses = NULL;
  LG_NEW(ctx, to->uses, from->n_uses + 1);
  for (size_t u = 0; u < from->n_uses; u++) {
    to->uses[u].mechanism = from->uses[u].mechanism;
    to->n_uses = u + 1;
    LG_NEW(ctx, to->uses[u].values, from->uses[u].mechanism->n_parameters + 1);
    memcpy(to->uses[u].values, from->uses[u].values,
           from->uses[u].mechanism->n_parameters * sizeof *from->uses[u].values);
  }
done:
  return status;
}

static void move_probe(line *l, size_t compartment) {
  cable_location *at = &l->r->model->probes[l->probe].at;
  *at = (cable_location){.where = CABLE_AT_NAME, .x = 0.5};
  (void)snprintf(at->name, sizeof at->name, "%s", l->r->model->compartments[compartment].name);
  l->moved->compartment[0] = compartment;
}

/* One more stage at the end; the probe moves to it. */
static lg_status add_stage(line *l, const cable_tree *tree, size_t stage) {
  cable_model *m = l->r->model;
  lg_status status = LG_OK;
  const size_t n = m->n_compartments;
  const cable_region *region = &l->full->regions[tree->region[l->moved->node]];
  cable_compartment *c = lg_realloc(l->ctx, m->compartments, n * sizeof *c, n + 1, sizeof *c);
  if (!c) return LG_ERR_MEMORY;
  m->compartments = c;
  cable_region *regions =
      lg_realloc(l->ctx, m->regions, m->n_regions * sizeof *regions, m->n_regions + 1, sizeof *regions);
  if (!regions) return LG_ERR_MEMORY;
  m->regions = regions;
  cable_reduced_place *places = lg_realloc(l->ctx, l->r->places, n * sizeof *places, n + 1, sizeof *places);
  if (!places) return LG_ERR_MEMORY;
  l->r->places = places;
  c[n] = (cable_compartment){.type = 100 + (int)n,
                             .parent = (ptrdiff_t)(stage == 0 ? l->base : n - 1),
                             .area_um2 = stage_um2,
                             .capacitance_nF = 1e-5 * region->capacitance_uF_cm2 * stage_um2,
                             .axial_uS = tightest * stage_um2};
  (void)snprintf(c[n].name, sizeof c[n].name, "axon_line%zu", n);
  places[n] = (cable_reduced_place){.line = true,
                                    .slope_uS_um2 = l->slope_uS_um2,
                                    .node = l->moved->node,
                                    .level = 1.0,
                                    .area_um2 = stage_um2,
                                    .distance_um = tree->distance_um[l->moved->node],
                                    .resistance_full_MOhm = (double)NAN,
                                    .resistance_MOhm = (double)NAN,
                                    .transfer_full_MOhm = (double)NAN,
                                    .transfer_MOhm = (double)NAN};
  (void)snprintf(places[n].name, sizeof places[n].name, "%s", c[n].name);
  LG_TRY(copy_region(l->ctx, region, c[n].type, &m->regions[m->n_regions]));
  m->n_regions++;
  m->n_compartments = l->r->n_places = n + 1;
  move_probe(l, n);
done:
  return status;
}

static void drop_stages(line *l, size_t compartment) {
  cable_model *m = l->r->model;
  while (m->n_compartments > l->first) {
    cable_region *r = &m->regions[--m->n_regions];
    for (size_t u = 0; u < r->n_uses; u++) lg_free(l->ctx, r->uses[u].values);
    lg_free(l->ctx, r->uses);
    m->n_compartments--;
  }
  l->r->n_places = m->n_compartments;
  balance(l->r);
  move_probe(l, compartment);
}

/* The coupling at which spikes arrive in time on average: as a spike grows later, then fails, with looser coupling.
 * *early: even the loosest that conducts is too early. */
static lg_status find_coupling(line *l, size_t stages, bool *early, double *most) {
  double tight = lg_ln(tightest), loose = lg_ln(loosest), best = tight, mean = 0.0;
  bool conducts = false, late_found = false;
  set_coupling(l, stages, tightest);
  lg_status status = run(l, &conducts, &mean, most);
  *early = conducts && mean < 0.0;
  if (status != LG_OK || !*early) return status;
  for (int k = 0; k < HALVINGS; k++) {
    const double middle = 0.5 * (tight + loose);
    double here;
    set_coupling(l, stages, lg_exp(middle));
    status = run(l, &conducts, &mean, &here);
    if (status != LG_OK) return status;
    late_found = late_found || (conducts && mean >= 0.0);
    if (conducts && mean < 0.0) tight = middle;
    else loose = middle;
    if (conducts && here < *most) {
      best = middle;
      *most = here;
    }
  }
  set_coupling(l, stages, lg_exp(best));
  *early = !late_found;
  return LG_OK;
}

static lg_status make_line(line *l, const cable_tree *tree, size_t room, double now) {
  const size_t compartment = l->moved->compartment[0];
  lg_status status = LG_OK;
  double most = now;
  bool early = true;
  size_t stages = 0;
  while (early && stages < MOST_STAGES && l->r->n_places < room) {
    LG_TRY(add_stage(l, tree, stages++));
    LG_TRY(find_coupling(l, stages, &early, &most));
  }
  if (stages > 0 && !(most < 0.8 * now)) drop_stages(l, compartment);
done:
  return status;
}

/* ---- which probes ------------------------------------------------------------------------------------- */

static bool is_above(const cable_linear *l, int32_t a, int32_t b) {
  while (b > a) b = l->parent[b];
  return a == b;
}

static bool wants_line(const cable_reduction *r, const cable_model *full, const cable_result *result,
                       const cable_moved *m) {
  if (strcmp(m->what, "probe") != 0 || full->probes[m->index].quantity != CABLE_V || m->at_site) return false;
  return r->linear->group[r->linear->place[m->node]] == REDUCE_AXON && count(result, m->index) > 0;
}

/* The line of a probe that lies on the way, whose end is the better place to hang on. */
static size_t find_base(const cable_reduction *r, const cable_moved *m) {
  size_t base = m->compartment[0];
  for (size_t k = 0; k < r->n_moved; k++) {
    const cable_moved *other = &r->moved[k];
    if (other == m || strcmp(other->what, "probe") != 0 || !r->places[other->compartment[0]].line) continue;
    if (is_above(r->linear, r->linear->place[other->node], r->linear->place[m->node])) base = other->compartment[0];
  }
  return base;
}

size_t lg_cable_reduce_lines(const cable_model *m, const cable_result *result) {
  size_t n = 0;
  for (size_t p = 0; p < m->n_probes; p++) {
    size_t section;
    double x;
    if (m->probes[p].quantity != CABLE_V || count(result, p) == 0) continue;
    if (lg_cable_place(NULL, m, &m->probes[p].at, &section, &x) != LG_OK) continue;
    if ((m->morphology ? m->morphology->sections[section].type : m->compartments[section].type) == 2) n += 2;
  }
  return n;
}

static lg_status consider(lg_ctx *ctx, const cable_model *full, const cable_tree *tree, const cable_result *result,
                          size_t room, cable_reduction *r, cable_moved *m) {
  const int32_t region = tree->region[m->node];
  if (region < 0 || r->n_places >= room) return LG_OK;
  line l = {.ctx = ctx,
            .full = full,
            .wanted = result,
            .r = r,
            .moved = m,
            .probe = m->index,
            .base = find_base(r, m),
            .first = r->n_places,
            .slope_uS_um2 = r->membrane->slope_uS_um2[region]};
  double mean, most;
  bool same;
  lg_status status = run(&l, &same, &mean, &most);
  while (status == LG_OK && same && mean > 0.1 && l.base > 0) { /* too late: nearer to the soma it fires earlier */
    const size_t before = l.base;
    const double late = most;
    move_probe(&l, (size_t)r->model->compartments[l.base].parent);
    l.base = m->compartment[0];
    status = run(&l, &same, &mean, &most);
    if (status != LG_OK || (same && (mean < 0.0 || most <= late))) continue;
    move_probe(&l, before);
    return LG_OK;
  }
  if (status != LG_OK) return status;
  if (!same) most = (double)INFINITY;
  if (same && (mean >= 0.0 || most < 0.2)) return LG_OK;
  return make_line(&l, tree, room, most);
}

lg_status lg_cable_reduction_conduct(lg_ctx *ctx, cable_reduction *r, const cable_model *full, const cable_tree *tree,
                                     const cable_result *result, size_t room) {
  lg_status status = LG_OK;
  size_t *order = NULL, n = 0;
  LG_NEW(ctx, order, r->n_moved + 1);
  for (size_t k = 0; k < r->n_moved; k++)
    if (wants_line(r, full, result, &r->moved[k])) order[n++] = k;
  for (size_t a = 0; a < n; a++) /* nearer ones first: few */
    for (size_t b = a + 1; b < n; b++)
      if (tree->distance_um[r->moved[order[b]].node] < tree->distance_um[r->moved[order[a]].node]) {
        const size_t other = order[a];
        order[a] = order[b];
        order[b] = other;
      }
  for (size_t k = 0; k < n; k++) {
    LG_TRY(lg_progress(ctx, "timing axons", k, n));
    LG_TRY(consider(ctx, full, tree, result, room, r, &r->moved[order[k]]));
  }
  LG_TRY(lg_progress(ctx, "timing axons", n, n));
done:
  lg_free(ctx, order);
  return status;
}
