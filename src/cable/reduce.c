/* Reduce a cell: rest, search, model, stimuli. */
#include "cable/reduce_model.h"

#include <math.h>
#include <string.h>

void lg_cable_reduction_destroy(lg_ctx *ctx, cable_reduction *r) {
  if (!r) return;
  lg_cable_model_destroy(ctx, r->model);
  lg_free(ctx, r->places);
  lg_free(ctx, r->moved);
  lg_free(ctx, r->impedance);
  lg_free(ctx, r->membrane);
  lg_linear_destroy(ctx, r->linear);
  lg_free(ctx, r->cell);
  lg_reduce_samples_destroy(ctx, r->samples);
  lg_reduce_work_destroy(ctx, r->work);
  lg_free(ctx, r);
}

/* ---- what the user can have asked for --------------------------------------------------------------- */

static lg_status check(lg_ctx *ctx, const cable_tree *tree, const cable_linear *l, size_t wanted) {
  size_t membrane = 0;
  bool axon = false, dendrite = false;
  for (size_t k = 0; k < l->n; k++) {
    membrane += tree->area_um2[l->node[k]] > 0.0;
    axon = axon || l->group[k] == REDUCE_AXON;
    dendrite = dendrite || l->group[k] > REDUCE_AXON;
  }
  const size_t least = 1 + (size_t)axon + (size_t)dendrite;
  if (wanted < least)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu compartments; this cell has a soma%s%s, allowed: %zu … %d", wanted,
                   dendrite ? ", dendrites" : "", axon ? ", an axon" : "", least, REDUCE_MAX);
  if (wanted > REDUCE_MAX)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu compartments; allowed: %zu … %d", wanted, least, REDUCE_MAX);
  if (wanted > membrane)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu compartments; the cell as it is cut has only %zu", wanted, membrane);
  return LG_OK;
}

/* ---- places that matter ------------------------------------------------------------------------------- */

typedef struct wanted {
  size_t n_places, n_sites;
  int32_t *places, *sites;
} wanted;

static lg_status add(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, const cable_linear *l,
                     const cable_location *at, size_t *n, int32_t *list) {
  size_t node;
  const lg_status status = lg_cable_tree_locate(ctx, model, tree, at, &node);
  if (status != LG_OK) return status;
  const int32_t place = l->place[node];
  for (size_t k = 0; k < *n; k++)
    if (list[k] == place) return LG_OK;
  if (place != 0) list[(*n)++] = place;
  return LG_OK;
}

/* Probes and points of the dendrites become compartments of their own, if the soma hears of them at all. */
static bool is_heard(const cable_linear *l, int32_t place) {
  return l->transfer[0][place].re > 0.02 * l->transfer[0][0].re && l->group[place] != REDUCE_AXON;
}

static lg_status add_heard(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, const cable_linear *l,
                           const cable_location *at, size_t *n, int32_t *list) {
  const size_t before = *n;
  const lg_status status = add(ctx, model, tree, l, at, n, list);
  if (status == LG_OK && *n > before && !is_heard(l, list[before])) *n = before;
  return status;
}

static lg_status find_wanted(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, const cable_linear *l,
                             wanted *w) {
  lg_status status = LG_OK;
  const size_t n = model->n_clamps + model->n_synapses + model->n_points + model->n_probes;
  LG_NEW(ctx, w->places, n + 1);
  LG_NEW(ctx, w->sites, n + 1);
  for (size_t k = 0; k < model->n_points; k++)
    LG_TRY(add(ctx, model, tree, l, &model->points[k].at, &w->n_sites, w->sites));
  for (size_t k = 0; k < model->n_probes; k++)
    LG_TRY(add(ctx, model, tree, l, &model->probes[k].at, &w->n_sites, w->sites));
  size_t heard = 0;
  for (size_t k = 0; k < w->n_sites; k++)
    if (is_heard(l, w->sites[k])) w->sites[heard++] = w->sites[k];
  w->n_sites = heard;
  for (size_t k = 0; k < model->n_synapses; k++)
    LG_TRY(add(ctx, model, tree, l, &model->synapses[k].at, &w->n_places, w->places));
  for (size_t k = 0; k < model->n_clamps; k++)
    LG_TRY(add(ctx, model, tree, l, &model->clamps[k].at, &w->n_places, w->places));
  for (size_t k = 0; k < model->n_probes; k++)
    if (model->probes[k].at.where != CABLE_AT_SOMA)
      LG_TRY(add_heard(ctx, model, tree, l, &model->probes[k].at, &w->n_places, w->places));
done:
  return status;
}

/* ---- figures ------------------------------------------------------------------------------------------ */

static lg_status note_figures(lg_ctx *ctx, cable_reduction *r) {
  lg_status status = LG_OK;
  r->tau_full_ms = r->linear->tau_ms;
  r->tau_ms = lg_reduce_tau(r->cell, NULL);
  r->rms = sqrt(r->cell->cost);
  r->n_Hz = REDUCE_FREQUENCIES;
  r->Hz = lg_reduce_Hz;
  LG_NEW(ctx, r->impedance, REDUCE_FREQUENCIES);
  for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) {
    const reduce_ac full = r->linear->transfer[f][0], own = r->work->z[f * r->work->room * r->work->room];
    r->impedance[f][0] = full.re;
    r->impedance[f][1] = full.im;
    r->impedance[f][2] = own.re;
    r->impedance[f][3] = own.im;
  }
  r->resistance_full_MOhm = r->impedance[0][0];
  r->resistance_MOhm = r->impedance[0][2];
done:
  return status;
}

static void drop_stimuli(lg_ctx *ctx, cable_reduction *r) {
  cable_model *m = r->model;
  for (size_t k = 0; k < m->n_synapses; k++) {
    lg_free(ctx, m->synapses[k].use.values);
    lg_free(ctx, m->synapses[k].times_ms);
  }
  for (size_t k = 0; k < m->n_points; k++) lg_free(ctx, m->points[k].use.values);
  lg_free(ctx, m->synapses);
  lg_free(ctx, m->points);
  lg_free(ctx, m->clamps);
  lg_free(ctx, m->probes);
  lg_free(ctx, r->moved);
  m->n_synapses = m->n_points = m->n_clamps = m->n_probes = r->n_moved = 0;
  m->synapses = NULL;
  m->points = NULL;
  m->clamps = NULL;
  m->probes = NULL;
  r->moved = NULL;
}

lg_status lg_cable_reduction_move(lg_ctx *ctx, cable_reduction *r, const cable_model *model, const cable_tree *tree,
                                  const cable_reduce_options *options) {
  drop_stimuli(ctx, r);
  r->model->tstop_ms = model->tstop_ms;
  r->model->sample_ms = model->sample_ms;
  const lg_status status = lg_reduce_move(ctx, model, tree, r);
  return status == LG_OK ? lg_reduce_match(ctx, model, tree, options->keep_weights, r) : status;
}

lg_status lg_cable_reduce(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                          const cable_reduce_options *options, cable_reduction **out) {
  lg_status status = LG_OK;
  cable_reduction *r = NULL;
  wanted w = {0};
  LG_NEW(ctx, r, 1);
  LG_NEW(ctx, r->membrane, 1);
  LG_NEW(ctx, r->cell, 1);
  r->n_nodes = tree->n_nodes;
  LG_TRY(lg_reduce_membrane(ctx, model, r->membrane));
  LG_TRY(lg_reduce_linear_of(ctx, model, tree, r->membrane, &r->linear));
  LG_TRY(check(ctx, tree, r->linear, options->compartments));
  LG_TRY(find_wanted(ctx, model, tree, r->linear, &w));
  const reduce_search_options search = {.compartments = options->compartments,
                                        .n_places = w.n_places,
                                        .places = w.places,
                                        .n_sites = w.n_sites,
                                        .sites = w.sites,
                                        .effort = options->effort};
  LG_TRY(lg_reduce_search(ctx, r->linear, &search, r->cell, &r->samples, &r->work));
  lg_reduce_impedances(r->linear, r->cell, r->work);
  LG_TRY(note_figures(ctx, r));
  LG_TRY(lg_reduce_write_cell(ctx, model, tree, r));
  LG_TRY(lg_cable_reduction_move(ctx, r, model, tree, options));
  *out = r;
  r = NULL;
done:
  lg_cable_reduction_destroy(ctx, r);
  lg_free(ctx, w.places);
  lg_free(ctx, w.sites);
  return status;
}
