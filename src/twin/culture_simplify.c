/* Borders simplified as a whole: each is one line between the points where three meet, so that neighbours keep sharing
 * it; polygons are then put together from the lines again. */
#include "twin/culture_polygons_internal.h"

#include <math.h>
#include <string.h>

typedef struct lines {
  GEOSContextHandle_t geos;
  GEOSGeometry **line;
  size_t n;
  bool bad;
} lines;

static uint32_t label_at(const lg_culture_masks *m, size_t y, size_t x) { /* from 1; 0 is outside */
  return y == 0 || x == 0 || y > m->height || x > m->width ? 0 : m->label[(y - 1) * m->width + x - 1];
}

static void add_line(lines *l, size_t x0, size_t y0, size_t x1, size_t y1) {
  GEOSCoordSequence *s = GEOSCoordSeq_create_r(l->geos, 2, 2);
  if (s && GEOSCoordSeq_setXY_r(l->geos, s, 0, (double)x0, (double)y0) &&
      GEOSCoordSeq_setXY_r(l->geos, s, 1, (double)x1, (double)y1)) {
    l->line[l->n] = GEOSGeom_createLineString_r(l->geos, s);
    if (l->line[l->n]) {
      l->n++;
      return;
    }
  } else if (s) {
    GEOSCoordSeq_destroy_r(l->geos, s);
  }
  l->bad = true;
}

/* Every crack once; the corner (y, x) lies between the pixels (y, x) and (y + 1, x + 1) as label_at() counts them. */
static size_t all_cracks(const lg_culture_masks *m, lines *l) {
  size_t n = 0;
  for (size_t y = 0; y <= m->height; y++)
    for (size_t x = 0; x <= m->width; x++) {
      const uint32_t below_right = label_at(m, y + 1, x + 1);
      const bool right = x < m->width && below_right != label_at(m, y, x + 1);
      const bool down = y < m->height && below_right != label_at(m, y + 1, x);
      if (l && right) add_line(l, x, y, x + 1, y);
      if (l && down) add_line(l, x, y, x, y + 1);
      n += (size_t)right + (size_t)down;
    }
  return n;
}

/* One geometry out of another; the first is gone. */
static GEOSGeometry *turn(GEOSContextHandle_t geos, GEOSGeometry *from, GEOSGeometry *to) {
  if (from) GEOSGeom_destroy_r(geos, from);
  return to;
}

static lg_status simplified_faces(lg_ctx *ctx, lg_culture_polygons *p, GEOSGeometry **faces) {
  lg_status status = LG_OK;
  lines l = {.geos = p->geos};
  GEOSGeometry *g = NULL;
  *faces = NULL;
  LG_NEW(ctx, l.line, all_cracks(p->masks, NULL) + 1);
  (void)all_cracks(p->masks, &l);
  if (l.bad) LG_TRY(lg_culture_polygons_fail(ctx, p, "make lines of the borders"));
  g = GEOSGeom_createCollection_r(p->geos, GEOS_MULTILINESTRING, l.line, (unsigned)l.n);
  l.n = 0; /* taken over */
  if (g) g = turn(p->geos, g, GEOSLineMerge_r(p->geos, g));
  if (g) g = turn(p->geos, g, GEOSTopologyPreserveSimplify_r(p->geos, g, p->tolerance_px));
  if (g) *faces = GEOSPolygonize_r(p->geos, (const GEOSGeometry *const[]){g}, 1);
  if (!*faces) LG_TRY(lg_culture_polygons_fail(ctx, p, "simplify the borders"));
done:
  for (size_t k = 0; k < l.n; k++) GEOSGeom_destroy_r(p->geos, l.line[k]);
  lg_free(ctx, l.line);
  if (g) GEOSGeom_destroy_r(p->geos, g);
  return status;
}

/* The label that a face belongs to: of the pixel around a point well inside it. */
static bool label_of_face(const lg_culture_polygons *p, const GEOSGeometry *face, uint32_t *label) {
  GEOSGeometry *point = GEOSPointOnSurface_r(p->geos, face);
  double x, y;
  const bool good = point && GEOSGeomGetX_r(p->geos, point, &x) == 1 && GEOSGeomGetY_r(p->geos, point, &y) == 1;
  if (good) *label = label_at(p->masks, (size_t)floor(fmax(y, 0.0)) + 1, (size_t)floor(fmax(x, 0.0)) + 1);
  if (point) GEOSGeom_destroy_r(p->geos, point);
  return good;
}

/* Faces of a cell, in one geometry in the place of the exact one. */
static lg_status put_cell(lg_ctx *ctx, lg_culture_polygons *p, size_t c, const GEOSGeometry *faces,
                          const uint32_t *label, const size_t *of, size_t n) {
  lg_status status = LG_OK;
  GEOSGeometry **pieces = NULL, *cell = NULL;
  size_t made = 0;
  LG_NEW(ctx, pieces, n);
  for (size_t k = 0; k < n; k++) {
    const GEOSGeometry *face = GEOSGetGeometryN_r(p->geos, faces, (int)of[k]);
    if (label[of[k]] != p->graph->id[c]) continue;
    pieces[made] = face ? GEOSGeom_clone_r(p->geos, face) : NULL;
    if (!pieces[made]) LG_TRY(lg_culture_polygons_fail(ctx, p, "copy a polygon"));
    made++;
  }
  cell = lg_culture_join_pieces(p->geos, pieces, made);
  made = 0;
  if (!cell) LG_TRY(lg_culture_polygons_fail(ctx, p, "join pieces"));
  GEOSGeom_destroy_r(p->geos, p->cell[c]);
  p->cell[c] = cell;
done:
  for (size_t k = 0; k < made; k++) GEOSGeom_destroy_r(p->geos, pieces[k]);
  lg_free(ctx, pieces);
  return status;
}

lg_status lg_culture_simplify(lg_ctx *ctx, lg_culture_polygons *p) {
  lg_status status = LG_OK;
  GEOSGeometry *faces = NULL;
  uint32_t *label = NULL;
  size_t *first = NULL, *sorted = NULL;
  LG_TRY(simplified_faces(ctx, p, &faces));
  const int count = GEOSGetNumGeometries_r(p->geos, faces);
  const size_t n = count > 0 ? (size_t)count : 0, most = p->masks->most;
  LG_NEW(ctx, label, n + 1);
  LG_NEW(ctx, sorted, n + 1);
  LG_NEW(ctx, first, most + 2);
  for (size_t k = 0; k < n; k++) {
    if (!label_of_face(p, GEOSGetGeometryN_r(p->geos, faces, (int)k), &label[k]))
      LG_TRY(lg_culture_polygons_fail(ctx, p, "find a point inside a polygon"));
    first[label[k] + 1]++;
  }
  for (size_t q = 0; q <= most; q++) first[q + 1] += first[q];
  for (size_t k = 0; k < n; k++) sorted[first[label[k]]++] = k; /* first[q] is then where q + 1 begins */
  for (size_t c = 0; c < p->graph->n; c++) {
    const uint32_t id = p->graph->id[c];
    const size_t begin = first[id - 1], end = first[id];
    if (end > begin) LG_TRY(put_cell(ctx, p, c, faces, label, sorted + begin, end - begin));
    else
      lg_log(ctx, LG_LEVEL_WARNING, "cell %u is too thin to be simplified by %g px; it stays exact", id,
             p->tolerance_px);
  }
done:
  lg_free(ctx, label);
  lg_free(ctx, first);
  lg_free(ctx, sorted);
  if (faces) GEOSGeom_destroy_r(p->geos, faces);
  return status;
}
