/**
 * @file outline.h
 * @brief Polygons of labels by crack tracing: the edges between pixels, exactly.
 *
 * Image coordinates: x to the right, y down, in pixels; the pixel of row r and column c covers [c, c + 1] x [r, r + 1],
 * so corners are whole numbers and the centroid of a polygon lies half a pixel right of and below the mean of its
 * pixels' indices (cells.csv). Outer rings turn so that the shoelace sum of (x, y) is positive, holes the other way: by
 * the numbers counter-clockwise and clockwise, as RFC 7946 asks; on a screen with y down it looks the other way round.
 *
 * A piece of a cell is what 4-neighbours join: pixels that only meet at a corner belong to two pieces. Rings never
 * touch themselves (one that would is cut there into an outer ring and a hole), so every polygon is valid as OGC has
 * it.
 */
#ifndef LG_CULTURE_OUTLINE_H
#define LG_CULTURE_OUTLINE_H

#include "culture/movie.h"

typedef struct culture_corner {
  int32_t x, y;
} culture_corner;

/** Corners where the ring turns, corner[first … first + n); closed: the last is joined to the first. */
typedef struct culture_ring {
  size_t first, n;
} culture_ring;

/** One piece of a label: ring[first] is the outer one, holes follow. */
typedef struct culture_piece {
  uint32_t label;
  size_t first, n;
} culture_piece;

typedef struct lg_culture_outlines {
  uint32_t most;
  size_t n_pieces, n_rings, n_corners;
  culture_piece *piece;   /* by label, then by the first pixel in reading order */
  culture_ring *ring;     /* by piece */
  culture_corner *corner; /* by ring */
  size_t *of_label;       /* (most + 2) piece[of_label[l] … of_label[l + 1]) are those of label l */
} lg_culture_outlines;

/**
 * @brief Outlines of every label but 0.
 * @retval LG_ERR_RANGE no label
 * Cost: linear in pixels and corners.
 */
LG_MUST_CHECK lg_status lg_culture_outlines_create(lg_ctx *ctx, const lg_culture_masks *masks,
                                                   lg_culture_outlines **out);
void lg_culture_outlines_destroy(lg_ctx *ctx, lg_culture_outlines *outlines);

/** @brief Area with sign, px: above 0 for outer rings. Exact. */
int64_t lg_culture_ring_area(const lg_culture_outlines *outlines, const culture_ring *ring);
/** @brief Length of the cracks, px. Exact. */
int64_t lg_culture_ring_length(const lg_culture_outlines *outlines, const culture_ring *ring);

/**
 * @brief Perimeters by Cauchy and Crofton in four directions: without the steps of the pixels, which make a crack's
 * length of a slanted line up to 1.41 times too long.
 * @param[out] perimeter (most + 1) px, by label
 */
LG_MUST_CHECK lg_status lg_culture_crofton(lg_ctx *ctx, const lg_culture_masks *masks, double *perimeter);

#endif
