/* cells.geojson and graph.graphml of a culture. */
#define _XOPEN_SOURCE 700
#include "twin/culture_polygons_internal.h"

#include "io/graphml.h"
#include "twin/report_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char coordinates[] =
    "x to the right, y down, in pixels of the image; the pixel of row r and column c covers [c, c + 1] x [r, r + 1]; "
    "cy and cx are means of pixel indices, half a pixel less than a polygon's centroid";

typedef struct job {
  lg_culture_polygons *polygons;
  const culture_shape *shape;
  const double *degree;  /* (n) */
  const size_t *first;   /* (n + 1) neighbours of a cell: other[first[c] … first[c + 1]) */
  const uint32_t *other; /* ids, ascending */
  double pixel_um;
  lg_provenance *provenance;
} job;

/* ---- GeoJSON -------------------------------------------------------------------------------------------- */

static bool write_ring(lg_json *w, GEOSContextHandle_t geos, const GEOSGeometry *ring, bool outer) {
  const GEOSCoordSequence *s = GEOSGeom_getCoordSeq_r(geos, ring);
  unsigned n = 0;
  char ccw = 0;
  bool good = s && GEOSCoordSeq_getSize_r(geos, s, &n) && GEOSCoordSeq_isCCW_r(geos, s, &ccw);
  const bool forward = (ccw == 1) == outer; /* outer rings counter-clockwise, holes clockwise: RFC 7946, 3.1.6 */
  lg_json_array(w);
  for (unsigned k = 0; k < n && good; k++) {
    double at[2];
    good = GEOSCoordSeq_getXY_r(geos, s, forward ? k : n - 1 - k, &at[0], &at[1]) == 1;
    lg_json_numbers(w, at, 2);
  }
  lg_json_end_array(w);
  return good;
}

static bool write_piece(lg_json *w, GEOSContextHandle_t geos, const GEOSGeometry *polygon) {
  const int holes = GEOSGetNumInteriorRings_r(geos, polygon);
  const GEOSGeometry *ring = GEOSGetExteriorRing_r(geos, polygon);
  lg_json_array(w);
  bool good = ring && holes >= 0 && write_ring(w, geos, ring, true);
  for (int k = 0; k < holes && good; k++) {
    ring = GEOSGetInteriorRingN_r(geos, polygon, k);
    good = ring && write_ring(w, geos, ring, false);
  }
  lg_json_end_array(w);
  return good;
}

static bool write_geometry(lg_json *w, GEOSContextHandle_t geos, const GEOSGeometry *cell) {
  const int n = GEOSGetNumGeometries_r(geos, cell);
  const bool many = GEOSGeomTypeId_r(geos, cell) == GEOS_MULTIPOLYGON;
  bool good = n > 0;
  lg_json_object(w);
  lg_json_key_text(w, "type", many ? "MultiPolygon" : "Polygon");
  lg_json_key(w, "coordinates");
  if (many) lg_json_array(w);
  for (int k = 0; k < n && good; k++) {
    const GEOSGeometry *piece = GEOSGetGeometryN_r(geos, cell, k);
    good = piece && write_piece(w, geos, piece);
  }
  if (many) lg_json_end_array(w);
  lg_json_end_object(w);
  return good;
}

static void write_properties(lg_json *w, const job *j, size_t c) {
  const lg_culture_graph *g = j->polygons->graph;
  const culture_shape *s = &j->shape[c];
  lg_json_object(w);
  lg_json_key_integer(w, "id", g->id[c]);
  lg_json_key_number(w, "area_px", g->area_px[c]);
  lg_json_key_number(w, "cy", g->cy_px[c]);
  lg_json_key_number(w, "cx", g->cx_px[c]);
  lg_json_key_number(w, "degree", j->degree[c]);
  lg_json_key_boolean(w, "is_border", g->is_border[c]);
  lg_json_key(w, "neighbours");
  lg_json_array(w);
  for (size_t k = j->first[c]; k < j->first[c + 1]; k++) lg_json_integer(w, j->other[k]);
  lg_json_end_array(w);
  lg_json_key_number(w, "polygon_area_px", s->area_px);
  lg_json_key_number(w, "perimeter_px", s->perimeter_px);
  lg_json_key_number(w, "perimeter_crofton_px", s->perimeter_crofton_px);
  lg_json_key_number(w, "shape_index", s->shape_index);
  lg_json_key_number(w, "solidity", s->solidity);
  lg_json_key_number(w, "elongation", s->elongation);
  lg_json_key_integer(w, "pieces", (int64_t)s->n_pieces);
  lg_json_key_integer(w, "holes", (int64_t)s->n_holes);
  if (j->pixel_um > 0.0) {
    lg_json_key_number(w, "area_um2", g->area_px[c] * j->pixel_um * j->pixel_um);
    lg_json_key_number(w, "perimeter_crofton_um", s->perimeter_crofton_px * j->pixel_um);
  }
  lg_json_end_object(w);
}

static lg_status write_geojson(lg_ctx *ctx, const void *user, FILE *f) {
  const job *j = user;
  lg_culture_polygons *p = j->polygons;
  bool good = true;
  lg_json w = lg_json_begin(f);
  lg_json_object(&w);
  lg_json_key_text(&w, "type", "FeatureCollection");
  lg_json_key_text(&w, "schema", "loligo-culture-cells/1");
  lg_json_key_text(&w, "coordinates_are", coordinates);
  lg_json_key_number(&w, "simplified_px", p->tolerance_px);
  if (j->pixel_um > 0.0) lg_json_key_number(&w, "pixel_um", j->pixel_um);
  lg_json_key_numbers(&w, "bbox", (const double[]){0.0, 0.0, (double)p->masks->width, (double)p->masks->height}, 4);
  lg_json_key(&w, "features");
  lg_json_array(&w);
  for (size_t c = 0; c < p->graph->n && good; c++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "type", "Feature");
    lg_json_key_integer(&w, "id", p->graph->id[c]);
    lg_json_key(&w, "properties");
    write_properties(&w, j, c);
    lg_json_key(&w, "geometry");
    good = write_geometry(&w, p->geos, p->cell[c]);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(j->provenance, &w);
  lg_json_end_object(&w);
  if (!good) return lg_culture_polygons_fail(ctx, p, "read a polygon");
  return lg_json_end(&w) ? LG_OK : LG_ERR_INTERNAL;
}

/* ---- GraphML -------------------------------------------------------------------------------------------- */

/* Provenance as text; free() it. NULL: no memory. */
static char *provenance_text(lg_provenance *provenance) {
  char *text = NULL;
  size_t n;
  FILE *s = open_memstream(&text, &n);
  if (!s) return NULL;
  lg_json w = lg_json_begin(s);
  lg_provenance_write_json(provenance, &w);
  const bool good = lg_json_end(&w);
  if (fclose(s) == 0 && good) return text;
  free(text);
  return NULL;
}

enum { NUMBERS = 8 };

static lg_status write_graphml(lg_ctx *ctx, const void *user, FILE *f) {
  lg_status status = LG_OK;
  const job *j = user;
  const lg_culture_graph *g = j->polygons->graph;
  double *block = NULL;
  uint32_t *ends = NULL;
  char *text = provenance_text(j->provenance);
  if (!text) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the provenance of the graph");
  LG_NEW(ctx, block, NUMBERS * g->n + 2 * g->n_edges + 1);
  LG_NEW(ctx, ends, 2 * g->n_edges + 1);
  double *id = block, *perimeter = id + g->n, *index = perimeter + g->n, *solidity = index + g->n,
         *elongation = solidity + g->n, *u = elongation + g->n, *l = u + g->n_edges;
  for (size_t c = 0; c < g->n; c++) {
    id[c] = g->id[c];
    perimeter[c] = j->shape[c].perimeter_crofton_px, index[c] = j->shape[c].shape_index;
    solidity[c] = j->shape[c].solidity, elongation[c] = j->shape[c].elongation;
  }
  for (size_t e = 0; e < g->n_edges; e++) {
    ends[2 * e] = g->edges[e].i, ends[2 * e + 1] = g->edges[e].j;
    u[e] = g->edges[e].u_px, l[e] = g->edges[e].l_px;
  }
  const lg_graphml_column vertex[] = {{.name = "id", .number = id},
                                      {.name = "area_px", .number = g->area_px},
                                      {.name = "cy", .number = g->cy_px},
                                      {.name = "cx", .number = g->cx_px},
                                      {.name = "degree", .number = j->degree},
                                      {.name = "is_border", .truth = g->is_border},
                                      {.name = "perimeter_crofton_px", .number = perimeter},
                                      {.name = "shape_index", .number = index},
                                      {.name = "solidity", .number = solidity},
                                      {.name = "elongation", .number = elongation}};
  const lg_graphml_column edge[] = {{.name = "u_centroid_dist_px", .number = u}, {.name = "l_crack_px", .number = l}};
  const char *const about[] = {"schema", "loligo-culture-graph/1", "coordinates_are", coordinates, "provenance", text};
  LG_TRY(lg_graphml_write(ctx, f,
                          &(lg_graphml){.n = g->n,
                                        .n_edges = g->n_edges,
                                        .ends = ends,
                                        .vertex = vertex,
                                        .n_vertex = sizeof vertex / sizeof vertex[0],
                                        .edge = edge,
                                        .n_edge = sizeof edge / sizeof edge[0],
                                        .about = about,
                                        .n_about = sizeof about / sizeof about[0] / 2}));
done:
  free(text);
  lg_free(ctx, block);
  lg_free(ctx, ends);
  return status;
}

/* ---- both ----------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static void list_neighbours(const lg_culture_graph *g, size_t *first, uint32_t *other) {
  for (size_t e = 0; e < g->n_edges; e++) first[g->edges[e].i + 1]++, first[g->edges[e].j + 1]++;
  for (size_t c = 0; c < g->n; c++) first[c + 1] += first[c];
  for (size_t e = 0; e < g->n_edges; e++) {
    const uint32_t i = g->edges[e].i, k = g->edges[e].j;
    other[first[i]++] = g->id[k], other[first[k]++] = g->id[i];
  }
  for (size_t c = g->n; c > 0; c--) first[c] = first[c - 1];
  first[0] = 0;
  for (size_t c = 0; c < g->n; c++)
    if (first[c + 1] > first[c]) qsort(other + first[c], first[c + 1] - first[c], sizeof *other, ascending);
}

lg_status lg_culture_polygons_write(lg_ctx *ctx, const char *folder, lg_culture_polygons *p, double pixel_um,
                                    lg_provenance *provenance) {
  lg_status status = LG_OK;
  const lg_culture_graph *g = p->graph;
  culture_shape *shape = NULL;
  double *degree = NULL;
  size_t *first = NULL;
  uint32_t *other = NULL;
  LG_NEW(ctx, shape, g->n);
  LG_NEW(ctx, degree, g->n);
  LG_NEW(ctx, first, g->n + 1);
  LG_NEW(ctx, other, 2 * g->n_edges + 1);
  LG_TRY(lg_culture_polygons_measure(ctx, p, shape));
  list_neighbours(g, first, other);
  for (size_t c = 0; c < g->n; c++) degree[c] = (double)(first[c + 1] - first[c]);
  const job j = {p, shape, degree, first, other, pixel_um, provenance};
  LG_TRY(lg_make_directory(ctx, folder));
  LG_TRY(lg_folder_write(ctx, folder, "cells.geojson", write_geojson, &j));
  LG_TRY(lg_folder_write(ctx, folder, "graph.graphml", write_graphml, &j));
done:
  lg_free(ctx, shape);
  lg_free(ctx, degree);
  lg_free(ctx, first);
  lg_free(ctx, other);
  return status;
}
