/* Clamps, synapses, points and probes at their places in the reduced cell. */
#include "cable/reduce_model.h"

#include <math.h>
#include <string.h>

typedef struct mover {
  lg_ctx *ctx;
  const cable_model *full;
  const cable_tree *tree;
  cable_reduction *r;
  size_t rank[REDUCE_MAX]; /* compartment of an item */
} mover;

static cable_location at_compartment(const mover *m, size_t compartment) {
  cable_location at = {.where = CABLE_AT_NAME, .x = 0.5};
  (void)snprintf(at.name, sizeof at.name, "%s", m->r->places[compartment].name);
  return at;
}

static void set_name(cable_moved *moved, const char *what, size_t index, const char *name) {
  (void)snprintf(moved->what, sizeof moved->what, "%s", what);
  (void)snprintf(moved->name, sizeof moved->name, "%s", name);
  moved->index = index;
  moved->factor = 1.0;
  moved->compartment[1] = SIZE_MAX;
}

/* Where a current at a location goes. */
static lg_status share(mover *m, const cable_location *at, cable_moved *moved) {
  const cable_reduction *r = m->r;
  lg_status status = LG_OK;
  LG_TRY(lg_cable_tree_locate(m->ctx, m->full, m->tree, at, &moved->node));
  const int32_t place = r->linear->place[moved->node];
  const reduce_share s = lg_reduce_share_of(r->linear, r->cell, r->samples->pull, r->work, place);
  for (size_t q = 0; q < 2; q++) {
    moved->compartment[q] = s.item[q] < 0 ? SIZE_MAX : m->rank[s.item[q]];
    moved->share[q] = s.item[q] < 0 ? 0.0 : s.share[q];
  }
  if (moved->share[1] > moved->share[0]) { /* the larger share first */
    const size_t c = moved->compartment[0];
    const double x = moved->share[0];
    moved->compartment[0] = moved->compartment[1];
    moved->share[0] = moved->share[1];
    moved->compartment[1] = c;
    moved->share[1] = x;
  }
  moved->error = sqrt(s.error);
  moved->at_site = r->work->fixed[place] >= 0 && r->cell->plan.item[r->work->fixed[place]].sort == REDUCE_SITE;
done:
  return status;
}

/* The compartment whose voltage follows currents at the soma most as the place's does. */
static lg_status nearest(mover *m, const cable_location *at, cable_moved *moved) {
  const cable_reduction *r = m->r;
  const reduce_cell *c = r->cell;
  lg_status status = share(m, at, moved);
  if (status != LG_OK) return status;
  moved->share[0] = 1.0;
  moved->share[1] = 0.0;
  moved->compartment[1] = SIZE_MAX;
  if (moved->at_site) return LG_OK;
  const int32_t place = r->linear->place[moved->node];
  const double *phi = r->work->phi + (size_t)place * r->work->room;
  const bool axon = r->linear->group[place] == REDUCE_AXON;
  double least = (double)INFINITY;
  for (size_t i = 0; i < c->plan.n; i++) {
    const reduce_item *item = &c->plan.item[i];
    const bool item_axon =
        item->sort == REDUCE_RING ? item->groups == REDUCE_AXON : r->linear->group[item->node] == REDUCE_AXON;
    if (!(phi[i] > 0.0) || (i > 0 && item_axon != axon)) continue;
    double error = 0.0, size = 0.0;
    for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) {
      const reduce_ac z = r->work->z[f * r->work->room * r->work->room + i], wanted = r->linear->transfer[f][place];
      const double w = r->samples->pull[f] * r->samples->pull[f], re = z.re - wanted.re, im = z.im - wanted.im;
      error += w * (re * re + im * im);
      size += w * (wanted.re * wanted.re + wanted.im * wanted.im);
    }
    if (!(error < least)) continue;
    least = error;
    moved->error = sqrt(error / size);
    moved->compartment[0] = m->rank[i];
  }
  return LG_OK;
}

static lg_status copy_use(lg_ctx *ctx, const cable_use *from, cable_use *to) {
  lg_status status = LG_OK;
  to->mechanism = from->mechanism;
  LG_NEW(ctx, to->values, from->mechanism->n_parameters + 1);
  memcpy(to->values, from->values, from->mechanism->n_parameters * sizeof *to->values);
done:
  return status;
}

static lg_status move_clamps(mover *m) {
  cable_model *to = m->r->model;
  lg_status status = LG_OK;
  LG_NEW(m->ctx, to->clamps, 2 * m->full->n_clamps + 1);
  for (size_t k = 0; k < m->full->n_clamps; k++) {
    cable_moved *moved = &m->r->moved[m->r->n_moved++];
    set_name(moved, "clamp", k, "");
    LG_TRY(share(m, &m->full->clamps[k].at, moved));
    for (size_t q = 0; q < 2 && moved->compartment[q] != SIZE_MAX; q++) {
      to->clamps[to->n_clamps] = m->full->clamps[k];
      to->clamps[to->n_clamps].at = at_compartment(m, moved->compartment[q]);
      to->clamps[to->n_clamps++].amplitude_nA *= moved->share[q];
    }
  }
done:
  return status;
}

static lg_status move_synapses(mover *m) {
  cable_model *to = m->r->model;
  lg_status status = LG_OK;
  LG_NEW(m->ctx, to->synapses, 2 * m->full->n_synapses + 1);
  for (size_t k = 0; k < m->full->n_synapses; k++) {
    const cable_synapse *from = &m->full->synapses[k];
    cable_moved *moved = &m->r->moved[m->r->n_moved++];
    set_name(moved, "synapse", k, from->name);
    LG_TRY(share(m, &from->at, moved));
    for (size_t q = 0; q < 2 && moved->compartment[q] != SIZE_MAX; q++) {
      cable_synapse *s = &to->synapses[to->n_synapses++];
      LG_TRY(copy_use(m->ctx, &from->use, &s->use));
      LG_NEW(m->ctx, s->times_ms, from->n_times + 1);
      memcpy(s->times_ms, from->times_ms, from->n_times * sizeof *s->times_ms);
      s->n_times = from->n_times;
      s->at = at_compartment(m, moved->compartment[q]);
      s->weight_uS = from->weight_uS * moved->share[q];
      if (from->name[0]) (void)snprintf(s->name, sizeof s->name, "%.60s%s", from->name, q == 0 ? "" : "~2");
    }
  }
done:
  return status;
}

static lg_status move_points(mover *m) {
  cable_model *to = m->r->model;
  lg_status status = LG_OK;
  LG_NEW(m->ctx, to->points, m->full->n_points + 1);
  for (size_t k = 0; k < m->full->n_points; k++) {
    cable_moved *moved = &m->r->moved[m->r->n_moved++];
    set_name(moved, "point", k, m->full->points[k].use.mechanism->name);
    LG_TRY(nearest(m, &m->full->points[k].at, moved));
    LG_TRY(copy_use(m->ctx, &m->full->points[k].use, &to->points[to->n_points].use));
    to->points[to->n_points++].at = at_compartment(m, moved->compartment[0]);
  }
done:
  return status;
}

static lg_status move_probes(mover *m) {
  cable_model *to = m->r->model;
  lg_status status = LG_OK;
  LG_NEW(m->ctx, to->probes, m->full->n_probes + 1);
  for (size_t k = 0; k < m->full->n_probes; k++) {
    cable_moved *moved = &m->r->moved[m->r->n_moved++];
    set_name(moved, "probe", k, m->full->probes[k].name);
    LG_TRY(nearest(m, &m->full->probes[k].at, moved));
    to->probes[to->n_probes] = m->full->probes[k];
    to->probes[to->n_probes++].at = at_compartment(m, moved->compartment[0]);
  }
done:
  return status;
}

lg_status lg_reduce_move(lg_ctx *ctx, const cable_model *full, const cable_tree *tree, cable_reduction *r) {
  lg_status status = LG_OK;
  mover m = {.ctx = ctx, .full = full, .tree = tree, .r = r};
  for (size_t k = 0; k < r->cell->plan.n; k++) m.rank[r->cell->order[k]] = k;
  LG_NEW(ctx, r->moved, full->n_clamps + full->n_synapses + full->n_points + full->n_probes + 1);
  LG_TRY(move_clamps(&m));
  LG_TRY(move_synapses(&m));
  LG_TRY(move_points(&m));
  LG_TRY(move_probes(&m));
done:
  return status;
}
