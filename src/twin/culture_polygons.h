/**
 * @file culture_polygons.h
 * @brief Polygons of cells as GEOS geometries (3.11, reentrant C API): measures, simplification, GeoJSON.
 *
 * Coordinates are those of culture/outline.h: x right, y down, pixel (row r, column c) covers [c, c + 1] x [r, r + 1].
 */
#ifndef LG_CULTURE_POLYGONS_H
#define LG_CULTURE_POLYGONS_H

#include "culture/mask_graph.h"
#include "data/provenance.h"

typedef struct lg_culture_polygons lg_culture_polygons;

/**
 * @brief Polygons (or multipolygons, of cells in pieces) of a graph's cells.
 * @param tolerance_px 0: exact, along the cracks. Above 0: borders simplified by Douglas and Peucker so that no corner
 *   left out lies farther away; a border that two cells share stays one, so there are neither gaps nor overlaps, and
 *   points where three borders meet stay where they are.
 * @retval LG_ERR_RANGE    tolerance below 0 or above 100, no cell
 * @retval LG_ERR_INTERNAL GEOS refused (its message)
 */
LG_MUST_CHECK lg_status lg_culture_polygons_create(lg_ctx *ctx, const lg_culture_masks *masks,
                                                   const lg_culture_graph *graph, double tolerance_px,
                                                   lg_culture_polygons **out);
void lg_culture_polygons_destroy(lg_ctx *ctx, lg_culture_polygons *polygons);

/** What users ask of a cell's form. */
typedef struct culture_shape {
  double area_px;              /* of the polygon: the pixels where it is exact */
  double perimeter_px;         /* of the polygon: crack length where it is exact */
  double perimeter_crofton_px; /* without the steps of the pixels (outline.h) */
  double shape_index;          /* Crofton's perimeter over the root of the pixels: 3.54 a disc, 3.72 a hexagon, 4 a
                                  square; above 3.81 tissues flow (Bi et al. 2015, doi 10.1038/nphys3471) */
  double solidity;             /* area over that of the convex hull */
  double elongation;           /* longer over shorter side of the smallest rectangle around it */
  double cx, cy;               /* centroid in the polygon's coordinates */
  size_t n_pieces, n_holes;
  bool is_valid; /* as OGC has it */
} culture_shape;

/** @param[out] shape (graph->n) */
LG_MUST_CHECK lg_status lg_culture_polygons_measure(lg_ctx *ctx, lg_culture_polygons *polygons, culture_shape *shape);

/** @brief Length of the border that two cells share, by GEOS's intersection of their polygons. */
LG_MUST_CHECK lg_status lg_culture_polygons_shared(lg_ctx *ctx, lg_culture_polygons *polygons, size_t i, size_t j,
                                                   double *length_px);

/**
 * @brief cells.geojson (RFC 7946) and graph.graphml (by igraph) into a folder that is made where it is missing.
 *
 * A feature for every cell with id, area_px, cy, cx, degree, is_border, neighbours and the shape; lengths in um where
 * the size of a pixel is known.
 * @param pixel_um NAN: not known
 */
LG_MUST_CHECK lg_status lg_culture_polygons_write(lg_ctx *ctx, const char *folder, lg_culture_polygons *polygons,
                                                  double pixel_um, lg_provenance *provenance);

#endif
