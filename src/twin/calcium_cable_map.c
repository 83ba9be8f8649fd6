/* Where the nodes of a dendrite with calcium lie between the compartments of its cable. */
#include "twin/calcium_cable_internal.h"

#include <math.h>

/* A place along a section where the cable has a voltage; outside 0 … length for neighbours of its ends. */
typedef struct knot {
  double at_um;
  uint32_t node;
} knot;

void lg_calcium_cable_map_clear(lg_ctx *ctx, calcium_cable_map *map) {
  lg_free(ctx, map->places);
  lg_free(ctx, map->covered);
  *map = (calcium_cable_map){0};
}

static lg_status check(lg_ctx *ctx, const calcium_case *c, const cable_model *m) {
  for (size_t k = 0; k < c->n_sections; k++) {
    const calcium_section *s = &c->sections[k];
    if (s->of_section >= m->morphology->n_sections)
      return lg_fail(ctx, LG_ERR_RANGE, "cable: section %zu of the dendrite is section %zu of the cable, which has %zu",
                     k, s->of_section, m->morphology->n_sections);
    const double length = lg_section_length_um(m->morphology, s->of_section), end = s->from_um + s->length_um;
    if (end > length * 1.001)
      return lg_fail(
          ctx, LG_ERR_RANGE,
          "cable: section %zu of the dendrite ends at %g um of section %zu of the cable, which is %g um long", k, end,
          s->of_section, length);
  }
  return LG_OK;
}

/* The first compartment that hangs on the last one of a section where their joint was left out; SIZE_MAX: none. */
static size_t child_of(const cable_tree *t, size_t node) {
  for (size_t k = node + 1; k < t->n_nodes; k++)
    if (t->parent[k] == (int32_t)node && t->section[k] != t->section[node]) return k;
  return SIZE_MAX;
}

/* Voltages along a section, ascending; returns how many. */
static size_t make_knots(const cable_tree *t, size_t section, double length, knot *out) {
  const size_t n = (size_t)t->n_centres[section], first = (size_t)t->first_centre[section], last = first + n - 1;
  const double half = 0.5 * length / (double)n;
  size_t k = 0;
  if (t->first_end[section] >= 0) out[k++] = (knot){0.0, (uint32_t)t->first_end[section]};
  else if (t->parent[first] >= 0)
    out[k++] =
        (knot){half - fabs(t->distance_um[first] - t->distance_um[t->parent[first]]), (uint32_t)t->parent[first]};
  for (size_t q = 0; q < n; q++) out[k++] = (knot){(2.0 * (double)q + 1.0) * half, (uint32_t)(first + q)};
  if (t->last_end[section] >= 0) out[k++] = (knot){length, (uint32_t)t->last_end[section]};
  else {
    const size_t child = child_of(t, last);
    if (child != SIZE_MAX)
      out[k++] = (knot){length - half + fabs(t->distance_um[child] - t->distance_um[last]), (uint32_t)child};
  }
  return k;
}

static struct place between_knots(const knot *knots, size_t n, double at) {
  size_t k = 1;
  if (n == 1) return (struct place){.a = knots[0].node, .b = knots[0].node};
  while (k + 1 < n && knots[k].at_um < at) k++;
  const double span = knots[k].at_um - knots[k - 1].at_um;
  const double part = span > 0.0 ? fmin(1.0, fmax(0.0, (at - knots[k - 1].at_um) / span)) : 0.0;
  return (struct place){.a = knots[k - 1].node, .b = knots[k].node, .part = part};
}

/* Every compartment of the sections that the dendrite has, with where its middle is. */
static void cover(const calcium_case *c, const calcium_grid *g, const cable_model *m, const cable_tree *t,
                  uint32_t *index, calcium_cable_map *out) {
  for (size_t s = 0; s < c->n_sections; s++) {
    const calcium_section *from = &c->sections[s];
    const size_t n = (size_t)t->n_centres[from->of_section];
    const double length = lg_section_length_um(m->morphology, from->of_section);
    for (size_t q = 0; q < n; q++) {
      const double at = ((double)q + 0.5) * length / (double)n - from->from_um;
      if (at < -1e-9 * length || at > from->length_um * 1.001) continue;
      const uint32_t node = (uint32_t)t->first_centre[from->of_section] + (uint32_t)q;
      if (index[node] != UINT32_MAX) continue; /* a middle that two halves share */
      index[node] = (uint32_t)out->n_covered;
      out->covered[out->n_covered++] =
          (covered){.node = node,
                    .between = lg_calcium_place(
                        c, g, (calcium_place){.section = s, .x_um = fmin(from->length_um, fmax(0.0, at))})};
    }
  }
}

lg_status lg_calcium_cable_map(lg_ctx *ctx, const calcium_case *c, const calcium_grid *g, const cable_model *m,
                               const cable_tree *t, calcium_cable_map *out) {
  lg_status status = LG_OK;
  knot *knots = NULL;
  uint32_t *index = NULL;
  *out = (calcium_cable_map){.n = g->n};
  LG_TRY(check(ctx, c, m));
  LG_NEW(ctx, out->places, g->n);
  LG_NEW(ctx, out->covered, t->n_nodes);
  LG_NEW(ctx, knots, t->n_nodes + 2);
  LG_NEW(ctx, index, t->n_nodes);
  for (size_t k = 0; k < t->n_nodes; k++) index[k] = UINT32_MAX;
  cover(c, g, m, t, index, out);
  for (size_t s = 0; s < c->n_sections; s++) {
    const calcium_section *from = &c->sections[s];
    const double length = lg_section_length_um(m->morphology, from->of_section);
    const size_t n_knots = make_knots(t, from->of_section, length, knots), n = (size_t)t->n_centres[from->of_section];
    for (size_t k = s == 0 ? 0 : g->begin[s]; k <= g->last[s]; k++) {
      const double at = from->from_um + (k == 0 ? 0.0 : g->x_um[k]);
      const double compartment = fmin((double)n - 1.0, floor(at / length * (double)n));
      out->places[k] = between_knots(knots, n_knots, at);
      uint32_t held = index[(size_t)t->first_centre[from->of_section] + (size_t)compartment];
      if (held == UINT32_MAX) { /* its middle lies in a part of the section that the dendrite has not */
        status = lg_fail(ctx, LG_ERR_RANGE,
                         "cable: section %zu of the dendrite ends inside a compartment of section %zu of the cable", s,
                         from->of_section);
        goto done;
      }
      out->places[k].covered = held;
      out->covered[held].plasma_um2 += g->plasma_um2[k];
    }
  }
done:
  lg_free(ctx, knots);
  lg_free(ctx, index);
  if (status != LG_OK) lg_calcium_cable_map_clear(ctx, out);
  return status;
}
