/**
 * @file film.h
 * @brief A run as a film: c, e and P along one path at even times, for space-time pictures.
 */
#ifndef LG_CALCIUM_FILM_H
#define LG_CALCIUM_FILM_H

#include "calcium/grid.h"

enum { CALCIUM_FILM_C = 0, CALCIUM_FILM_ER, CALCIUM_FILM_OPEN, CALCIUM_FILM_LAYERS };

typedef struct calcium_film {
  size_t n_places, n_times;
  uint32_t *nodes; /* (n_places) from the root to the farthest tip, evenly along the path */
  double length_um, end_s;
  float *values; /* (layers, n_places, n_times): c µM, e µM, P; NAN: not seen */
  size_t next;   /* frame that comes next, at next * end_s / (n_times - 1) */
} calcium_film;

/** @brief A film of the path from the root to the farthest tip, not yet exposed. */
LG_MUST_CHECK lg_status lg_calcium_film_create(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                               size_t n_places, size_t n_times, calcium_film **out);
void lg_calcium_film_destroy(lg_ctx *ctx, calcium_film *film);
/** @brief Expose the frames that are due at t (their times are at most a step earlier). */
void lg_calcium_film_see(calcium_film *film, double t_s, const double *c, const double *e, const double *open);

#endif
