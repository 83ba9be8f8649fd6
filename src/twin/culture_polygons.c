/* Cells as GEOS geometries, and what GEOS measures of them. */
#include "twin/culture_polygons_internal.h"

#include "culture/outline.h"
#include "num/special.h"

#include <math.h>
#include <string.h>

static void keep_message(const char *message, void *user) {
  lg_culture_polygons *p = user;
  (void)snprintf(p->message, sizeof p->message, "%s", message);
  lg_one_line(p->message);
}

lg_status lg_culture_polygons_fail(lg_ctx *ctx, const lg_culture_polygons *p, const char *doing) {
  return lg_fail(ctx, LG_ERR_INTERNAL, "GEOS could not %s: %s", doing, p->message[0] ? p->message : "out of memory");
}

void lg_culture_polygons_destroy(lg_ctx *ctx, lg_culture_polygons *p) {
  if (!p) return;
  for (size_t c = 0; p->cell && c < p->graph->n; c++)
    if (p->cell[c]) GEOSGeom_destroy_r(p->geos, p->cell[c]);
  lg_free(ctx, p->cell);
  if (p->geos) GEOS_finish_r(p->geos);
  lg_free(ctx, p);
}

/* ---- from rings ----------------------------------------------------------------------------------------- */

static GEOSGeometry *ring_of(GEOSContextHandle_t geos, const lg_culture_outlines *o, const culture_ring *r) {
  GEOSCoordSequence *s = GEOSCoordSeq_create_r(geos, (unsigned)r->n + 1, 2);
  for (size_t k = 0; s && k <= r->n; k++) {
    const culture_corner *c = o->corner + r->first + (k < r->n ? k : 0);
    if (!GEOSCoordSeq_setXY_r(geos, s, (unsigned)k, (double)c->x, (double)c->y)) {
      GEOSCoordSeq_destroy_r(geos, s);
      s = NULL;
    }
  }
  return s ? GEOSGeom_createLinearRing_r(geos, s) : NULL; /* takes the sequence, also when it fails */
}

static GEOSGeometry *piece_of(lg_ctx *ctx, GEOSContextHandle_t geos, const lg_culture_outlines *o,
                              const culture_piece *piece) {
  GEOSGeometry **ring = lg_alloc(ctx, piece->n, sizeof *ring), *polygon = NULL;
  size_t made = 0;
  for (; ring && made < piece->n; made++) {
    ring[made] = ring_of(geos, o, &o->ring[piece->first + made]);
    if (!ring[made]) break;
  }
  if (ring && made == piece->n) {
    polygon = GEOSGeom_createPolygon_r(geos, ring[0], ring + 1, (unsigned)(piece->n - 1)); /* takes the rings */
  } else {
    for (size_t k = 0; k < made; k++) GEOSGeom_destroy_r(geos, ring[k]);
  }
  lg_free(ctx, ring);
  return polygon;
}

GEOSGeometry *lg_culture_join_pieces(GEOSContextHandle_t geos, GEOSGeometry **pieces, size_t n) {
  return n == 1 ? pieces[0] : GEOSGeom_createCollection_r(geos, GEOS_MULTIPOLYGON, pieces, (unsigned)n);
}

static GEOSGeometry *cell_of(lg_ctx *ctx, GEOSContextHandle_t geos, const lg_culture_outlines *o, uint32_t label) {
  const size_t first = o->of_label[label], n = o->of_label[label + 1] - first;
  GEOSGeometry **pieces = lg_alloc(ctx, n, sizeof *pieces), *cell = NULL;
  size_t made = 0;
  for (; pieces && made < n; made++) {
    pieces[made] = piece_of(ctx, geos, o, &o->piece[first + made]);
    if (!pieces[made]) break;
  }
  if (pieces && made == n) {
    cell = lg_culture_join_pieces(geos, pieces, n);
  } else {
    for (size_t k = 0; k < made; k++) GEOSGeom_destroy_r(geos, pieces[k]);
  }
  lg_free(ctx, pieces);
  return cell;
}

lg_status lg_culture_polygons_create(lg_ctx *ctx, const lg_culture_masks *masks, const lg_culture_graph *graph,
                                     double tolerance_px, lg_culture_polygons **out) {
  lg_status status = LG_OK;
  lg_culture_polygons *p = NULL;
  lg_culture_outlines *outlines = NULL;
  *out = NULL;
  if (!(tolerance_px >= 0.0 && tolerance_px <= 100.0))
    return lg_fail(ctx, LG_ERR_RANGE, "borders simplified by %g px; 0 to 100 px is the range", tolerance_px);
  LG_NEW(ctx, p, 1);
  *p = (lg_culture_polygons){.masks = masks, .graph = graph, .tolerance_px = tolerance_px, .geos = GEOS_init_r()};
  if (!p->geos) LG_TRY(lg_culture_polygons_fail(ctx, p, "be started"));
  (void)GEOSContext_setErrorMessageHandler_r(p->geos, keep_message, p);
  LG_NEW(ctx, p->cell, graph->n);
  LG_TRY(lg_culture_outlines_create(ctx, masks, &outlines));
  for (size_t c = 0; c < graph->n; c++) {
    p->cell[c] = cell_of(ctx, p->geos, outlines, graph->id[c]);
    if (!p->cell[c]) LG_TRY(lg_culture_polygons_fail(ctx, p, "make a polygon"));
  }
  if (tolerance_px > 0.0) LG_TRY(lg_culture_simplify(ctx, p));
  *out = p;
  p = NULL;
done:
  lg_culture_outlines_destroy(ctx, outlines);
  lg_culture_polygons_destroy(ctx, p);
  return status;
}

/* ---- measures ------------------------------------------------------------------------------------------- */

static bool area_of_hull(GEOSContextHandle_t geos, const GEOSGeometry *g, double *area) {
  GEOSGeometry *hull = GEOSConvexHull_r(geos, g);
  const bool good = hull && GEOSArea_r(geos, hull, area);
  if (hull) GEOSGeom_destroy_r(geos, hull);
  return good;
}

static bool centroid_of(GEOSContextHandle_t geos, const GEOSGeometry *g, double *x, double *y) {
  GEOSGeometry *point = GEOSGetCentroid_r(geos, g);
  const bool good = point && GEOSGeomGetX_r(geos, point, x) == 1 && GEOSGeomGetY_r(geos, point, y) == 1;
  if (point) GEOSGeom_destroy_r(geos, point);
  return good;
}

static bool elongation_of(GEOSContextHandle_t geos, const GEOSGeometry *g, double *ratio) {
  GEOSGeometry *box = GEOSMinimumRotatedRectangle_r(geos, g);
  const GEOSGeometry *ring = box ? GEOSGetExteriorRing_r(geos, box) : NULL; /* borrowed */
  const GEOSCoordSequence *s = ring ? GEOSGeom_getCoordSeq_r(geos, ring) : NULL;
  double x[3], y[3];
  bool good = s != NULL;
  for (unsigned k = 0; k < 3 && good; k++) good = GEOSCoordSeq_getXY_r(geos, s, k, &x[k], &y[k]) == 1;
  if (good) {
    const double a = lg_hypot(x[1] - x[0], y[1] - y[0]), b = lg_hypot(x[2] - x[1], y[2] - y[1]);
    *ratio = fmax(a, b) / fmin(a, b);
  }
  if (box) GEOSGeom_destroy_r(geos, box);
  return good;
}

static bool count_pieces(GEOSContextHandle_t geos, const GEOSGeometry *g, culture_shape *s) {
  const int n = GEOSGetNumGeometries_r(geos, g);
  s->n_pieces = n > 0 ? (size_t)n : 0;
  s->n_holes = 0;
  for (int k = 0; k < n; k++) {
    const GEOSGeometry *piece = GEOSGetGeometryN_r(geos, g, k);
    const int holes = piece ? GEOSGetNumInteriorRings_r(geos, piece) : -1;
    if (holes < 0) return false;
    s->n_holes += (size_t)holes;
  }
  return n > 0;
}

lg_status lg_culture_polygons_measure(lg_ctx *ctx, lg_culture_polygons *p, culture_shape *shape) {
  lg_status status = LG_OK;
  double *crofton = NULL;
  LG_NEW(ctx, crofton, (size_t)p->masks->most + 1);
  LG_TRY(lg_culture_crofton(ctx, p->masks, crofton));
  for (size_t c = 0; c < p->graph->n; c++) {
    culture_shape *s = &shape[c];
    const GEOSGeometry *g = p->cell[c];
    double hull = 0.0;
    const bool good = GEOSArea_r(p->geos, g, &s->area_px) && GEOSLength_r(p->geos, g, &s->perimeter_px) &&
                      area_of_hull(p->geos, g, &hull) && centroid_of(p->geos, g, &s->cx, &s->cy) &&
                      elongation_of(p->geos, g, &s->elongation) && count_pieces(p->geos, g, s);
    if (!good) LG_TRY(lg_culture_polygons_fail(ctx, p, "measure a cell"));
    s->is_valid = GEOSisValid_r(p->geos, g) == 1;
    s->solidity = s->area_px / hull;
    s->perimeter_crofton_px = crofton[p->graph->id[c]];
    s->shape_index = s->perimeter_crofton_px / sqrt(p->graph->area_px[c]);
  }
done:
  lg_free(ctx, crofton);
  return status;
}

lg_status lg_culture_polygons_shared(lg_ctx *ctx, lg_culture_polygons *p, size_t i, size_t j, double *length_px) {
  GEOSGeometry *both = GEOSIntersection_r(p->geos, p->cell[i], p->cell[j]);
  const bool good = both && GEOSLength_r(p->geos, both, length_px);
  if (both) GEOSGeom_destroy_r(p->geos, both);
  return good ? LG_OK : lg_culture_polygons_fail(ctx, p, "intersect two cells");
}
