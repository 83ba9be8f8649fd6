/** @file culture_polygons_internal.h @brief Polygons of cells within the twin layer: GEOS's own types. */
#ifndef LG_CULTURE_POLYGONS_INTERNAL_H
#define LG_CULTURE_POLYGONS_INTERNAL_H

#include "twin/culture_polygons.h"

/* Only the reentrant functions. */
#define GEOS_USE_ONLY_R_API
#include <geos_c.h>

struct lg_culture_polygons {
  const lg_culture_masks *masks; /* borrowed, as the graph */
  const lg_culture_graph *graph;
  double tolerance_px;
  GEOSContextHandle_t geos;
  char message[200];   /* GEOS's last */
  GEOSGeometry **cell; /* (graph->n) polygon or multipolygon */
};

/** @brief A failure with what GEOS said. */
LG_MUST_CHECK lg_status lg_culture_polygons_fail(lg_ctx *ctx, const lg_culture_polygons *p, const char *doing);

/** @brief A polygon of one cell's pieces: Polygon, or MultiPolygon of two and more. NULL: GEOS refused. */
GEOSGeometry *lg_culture_join_pieces(GEOSContextHandle_t geos, GEOSGeometry **pieces, size_t n);

/** @brief Replace the cells' polygons by those of simplified borders. */
LG_MUST_CHECK lg_status lg_culture_simplify(lg_ctx *ctx, lg_culture_polygons *p);

#endif
