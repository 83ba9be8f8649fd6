/** @file culture_movie.h @brief Movies, masks and graphs of the culture room out of files and into them. */
#ifndef LG_CULTURE_MOVIE_FILE_H
#define LG_CULTURE_MOVIE_FILE_H

#include "culture/mask_graph.h"
#include "culture/movie.h"
#include "culture/watershed.h"
#include "data/provenance.h"

/** A movie after its stages: median, levels, the table of normalised values. */
typedef struct lg_culture_film {
  lg_culture_movie movie;
  size_t mapped_bytes; /* of the counts, shared memory */
  culture_levels levels;
  float *table; /* (65536) */
} lg_culture_film;

/**
 * @brief Read a movie and take it through the stages.
 * @param dark NAN: the 0.5 percentile
 * @retval LG_ERR_RANGE blank, saturated, too small; a single image where `frames` are needed
 */
LG_MUST_CHECK lg_status lg_culture_film_load(lg_ctx *ctx, const char *path, double dark, size_t frames,
                                             lg_culture_film **out);
void lg_culture_film_destroy(lg_ctx *ctx, lg_culture_film *film);

/** @brief Cells by the watershed: of a movie by mean and correlation, of an image by its brightness. */
LG_MUST_CHECK lg_status lg_culture_film_watershed(lg_ctx *ctx, const lg_culture_film *film,
                                                  const culture_watershed *options, lg_culture_masks **out, double *h);

LG_MUST_CHECK lg_status lg_culture_masks_load(lg_ctx *ctx, const char *path, lg_culture_masks **out);

/** @brief cells.csv (id,area_px,cy,cx,degree,is_border) and edges.csv (i,j,u_centroid_dist_px,l_crack_px). */
LG_MUST_CHECK lg_status lg_culture_graph_write(lg_ctx *ctx, const char *folder, const lg_culture_graph *graph,
                                               lg_provenance *provenance);

/** @brief Traces of the graph's cells, columns c<id>. @param y (n_times, graph->n) */
LG_MUST_CHECK lg_status lg_culture_traces_write(lg_ctx *ctx, const char *path, const lg_culture_graph *graph,
                                                const double *y, size_t n_times, lg_provenance *provenance);

/** @brief Traces of a graph's cells out of a movie by masks. @param[out] y (n_frames, graph->n) free with lg_free */
LG_MUST_CHECK lg_status lg_culture_film_traces(lg_ctx *ctx, const lg_culture_film *film, const lg_culture_masks *masks,
                                               const lg_culture_graph *graph, bool median, double **y);

#endif
