/* Finite volumes of a dendrite with ER. */
#include "calcium/grid.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

typedef struct shape {
  double cytosol, er, plasma, membrane; /* per length: areas and circumferences */
} shape;

static shape shape_at(const calcium_section *s, double x) {
  double R, r;
  lg_calcium_radii(s, x, &R, &r);
  return (shape){pi * (R * R - r * r), pi * r * r, 2.0 * pi * R, 2.0 * pi * r};
}

/* Integrals over [a, b] by Simpson: exact for cones, fourth order for curves. */
static shape integral(const calcium_section *s, double a, double b) {
  const shape l = shape_at(s, a), m = shape_at(s, 0.5 * (a + b)), r = shape_at(s, b);
  const double h = (b - a) / 6.0;
  return (shape){h * (l.cytosol + 4.0 * m.cytosol + r.cytosol), h * (l.er + 4.0 * m.er + r.er),
                 h * (l.plasma + 4.0 * m.plasma + r.plasma), h * (l.membrane + 4.0 * m.membrane + r.membrane)};
}

static void give(calcium_grid *g, uint32_t node, shape what) {
  g->cytosol_um3[node] += what.cytosol;
  g->er_um3[node] += what.er;
  g->plasma_um2[node] += what.plasma;
  g->er_membrane_um2[node] += what.membrane;
}

static void add_section(calcium_grid *g, const calcium_section *s, size_t index, size_t edges, uint32_t proximal,
                        uint32_t *next) {
  const double dx = s->length_um / (double)edges;
  uint32_t before = proximal;
  g->first[index] = proximal;
  g->begin[index] = *next;
  for (size_t k = 0; k < edges; k++) {
    const uint32_t node = (*next)++;
    const double a = s->length_um * (double)k / (double)edges, b = s->length_um * (double)(k + 1) / (double)edges;
    const shape face = shape_at(s, 0.5 * (a + b));
    g->parent[node] = (int32_t)before;
    g->section[node] = (uint32_t)index;
    g->x_um[node] = b;
    g->cytosol_edge_um[node] = face.cytosol / dx;
    g->er_edge_um[node] = face.er / dx;
    give(g, before, integral(s, a, 0.5 * (a + b)));
    give(g, node, integral(s, 0.5 * (a + b), b));
    before = node;
  }
  g->last[index] = before;
}

static lg_status allocate(lg_ctx *ctx, calcium_grid *g) {
  lg_status status = LG_OK;
  LG_NEW(ctx, g->parent, g->n);
  LG_NEW(ctx, g->section, g->n);
  LG_NEW(ctx, g->x_um, g->n);
  LG_NEW(ctx, g->cytosol_um3, g->n);
  LG_NEW(ctx, g->er_um3, g->n);
  LG_NEW(ctx, g->plasma_um2, g->n);
  LG_NEW(ctx, g->er_membrane_um2, g->n);
  LG_NEW(ctx, g->cytosol_edge_um, g->n);
  LG_NEW(ctx, g->er_edge_um, g->n);
  LG_NEW(ctx, g->first, g->n_sections);
  LG_NEW(ctx, g->last, g->n_sections);
  LG_NEW(ctx, g->begin, g->n_sections);
done:
  return status;
}

/* As few edges as the limit allows; a length that is a whole number of steps gets just that number. */
static size_t edges_of(double length_um, double max_dx_um) {
  const double edges = ceil(length_um / max_dx_um - 1e-9);
  return edges < 1.0 ? 1 : (size_t)edges;
}

lg_status lg_calcium_grid_create(lg_ctx *ctx, const calcium_case *c, double max_dx_um, calcium_grid **out) {
  lg_status status = LG_OK;
  calcium_grid *g = NULL;
  double nodes = 1.0;
  uint32_t next = 1;
  *out = NULL;
  if (!(max_dx_um > 0.0)) return lg_fail(ctx, LG_ERR_ARGUMENT, "a step of %g um; it must be above 0", max_dx_um);
  for (size_t s = 0; s < c->n_sections; s++) nodes += ceil(c->sections[s].length_um / max_dx_um) + 1.0;
  if (nodes > 5e7) return lg_fail(ctx, LG_ERR_LIMIT, "steps of %g um make %.3g nodes; at most 5e7", max_dx_um, nodes);
  LG_NEW(ctx, g, 1);
  g->n = 1;
  g->order = 2;
  g->n_sections = c->n_sections;
  for (size_t s = 0; s < c->n_sections; s++) g->n += edges_of(c->sections[s].length_um, max_dx_um);
  LG_TRY(allocate(ctx, g));
  g->parent[0] = -1;
  for (size_t s = 0; s < c->n_sections; s++) {
    const ptrdiff_t parent = c->sections[s].parent;
    add_section(g, &c->sections[s], s, edges_of(c->sections[s].length_um, max_dx_um), parent < 0 ? 0 : g->last[parent],
                &next);
  }
  *out = g;
  g = NULL;
done:
  lg_calcium_grid_destroy(ctx, g);
  return status;
}

lg_status lg_calcium_grid_order(lg_ctx *ctx, const calcium_case *c, calcium_grid *g, unsigned order) {
  lg_status status = LG_OK;
  if (order != 2 && order != 4 && order != 6)
    return lg_fail(ctx, LG_ERR_RANGE, "order %u in space; there are 2, 4 and 6", order);
  if (order == 2 && g->cytosol_blend_um3)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the grid is of order %u already", g->order);
  g->order = order;
  if (order == 2 || g->cytosol_blend_um3) return LG_OK;
  LG_NEW(ctx, g->cytosol_blend_um3, g->n);
  LG_NEW(ctx, g->er_blend_um3, g->n);
  for (size_t s = 0; s < g->n_sections; s++)
    for (size_t k = g->begin[s]; k <= g->last[s]; k++) {
      const shape edge = integral(&c->sections[s], k == g->begin[s] ? 0.0 : g->x_um[k - 1], g->x_um[k]);
      g->cytosol_blend_um3[k] = edge.cytosol / 12.0;
      g->er_blend_um3[k] = edge.er / 12.0;
    }
done:
  return status;
}

void lg_calcium_grid_destroy(lg_ctx *ctx, calcium_grid *g) {
  if (!g) return;
  lg_free(ctx, g->parent);
  lg_free(ctx, g->section);
  lg_free(ctx, g->x_um);
  lg_free(ctx, g->cytosol_um3);
  lg_free(ctx, g->er_um3);
  lg_free(ctx, g->plasma_um2);
  lg_free(ctx, g->er_membrane_um2);
  lg_free(ctx, g->cytosol_edge_um);
  lg_free(ctx, g->er_edge_um);
  lg_free(ctx, g->cytosol_blend_um3);
  lg_free(ctx, g->er_blend_um3);
  lg_free(ctx, g->first);
  lg_free(ctx, g->last);
  lg_free(ctx, g->begin);
  lg_free(ctx, g);
}

calcium_between lg_calcium_place(const calcium_case *c, const calcium_grid *g, calcium_place place) {
  const size_t edges = g->last[place.section] + 1 - g->begin[place.section];
  const double at = place.x_um / c->sections[place.section].length_um * (double)edges;
  size_t k = (size_t)fmax(0.0, floor(at));
  if (k >= edges) k = edges - 1;
  const uint32_t b = g->begin[place.section] + (uint32_t)k;
  return (calcium_between){k == 0 ? g->first[place.section] : b - 1, b, fmin(1.0, at - (double)k)};
}
