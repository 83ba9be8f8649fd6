/** @file culture_movie.h @brief Movies, masks and graphs of the culture room out of files and into them. */
#ifndef LG_CULTURE_MOVIE_FILE_H
#define LG_CULTURE_MOVIE_FILE_H

#include "culture/align.h"
#include "culture/mask_graph.h"
#include "culture/movie.h"
#include "culture/watershed.h"
#include "data/provenance.h"

/** A movie after its stages: median, levels, the table of normalised values. */
typedef struct lg_culture_film {
  lg_culture_movie movie;
  size_t mapped_bytes; /* of the counts, shared memory */
  culture_levels levels;
  float *table;         /* (65536) */
  char saturation[200]; /* what is to be said of saturated frames; "": nothing */
  culture_shift *shift; /* (n_frames) where frames were aligned, else NULL */
  double shift_noise_px;
  culture_seen seen; /* by all frames; all 0 where they were not aligned */
} lg_culture_film;

/** How a movie is read. */
typedef struct culture_film_options {
  double dark;   /* NAN: the 0.5 percentile */
  size_t frames; /* fewer are refused */
  bool align;    /* bring drifting frames back (culture/align.h) before all else */
} culture_film_options;

/**
 * @brief Read a movie and take it through the stages.
 * @retval LG_ERR_RANGE blank, saturated, too small; a single image where `frames` are needed
 */
LG_MUST_CHECK lg_status lg_culture_film_open(lg_ctx *ctx, const char *path, const culture_film_options *options,
                                             lg_culture_film **out);
/** @brief As above, frames as they are. */
LG_MUST_CHECK lg_status lg_culture_film_load(lg_ctx *ctx, const char *path, double dark, size_t frames,
                                             lg_culture_film **out);

/** @brief Labels outside of what all frames show become background; says which cells are lost. Nothing where the film
 * was not aligned. LG_ERR_RANGE: masks of another size */
LG_MUST_CHECK lg_status lg_culture_film_clip(lg_ctx *ctx, const lg_culture_film *film, lg_culture_masks *masks);

/** @brief shifts.csv (frame, dy_px, dx_px, peak, trusted) of an aligned film; nothing of another. */
LG_MUST_CHECK lg_status lg_culture_shifts_write(lg_ctx *ctx, const char *path, const lg_culture_film *film,
                                                lg_provenance *provenance);
/** @brief What all frames of a movie of that size show, out of shifts.csv. */
LG_MUST_CHECK lg_status lg_culture_seen_load(lg_ctx *ctx, const char *path, size_t height, size_t width,
                                             culture_seen *out);
void lg_culture_film_destroy(lg_ctx *ctx, lg_culture_film *film);

/** @brief Cells by the watershed: of a movie by mean and correlation, of an image by its brightness. */
LG_MUST_CHECK lg_status lg_culture_film_watershed(lg_ctx *ctx, const lg_culture_film *film,
                                                  const culture_watershed *options, lg_culture_masks **out, double *h);

LG_MUST_CHECK lg_status lg_culture_masks_load(lg_ctx *ctx, const char *path, lg_culture_masks **out);

/** @brief edges.csv (i,j,u_centroid_dist_px,l_crack_px). */
LG_MUST_CHECK lg_status lg_culture_edges_write(lg_ctx *ctx, const char *folder, const lg_culture_graph *graph,
                                               lg_provenance *provenance);
/** @brief The same and cells.csv (id,area_px,cy,cx,degree,is_border). */
LG_MUST_CHECK lg_status lg_culture_graph_write(lg_ctx *ctx, const char *folder, const lg_culture_graph *graph,
                                               lg_provenance *provenance);

/** @brief Traces of the graph's cells, columns c<id>. @param y (n_times, graph->n) */
LG_MUST_CHECK lg_status lg_culture_traces_write(lg_ctx *ctx, const char *path, const lg_culture_graph *graph,
                                                const double *y, size_t n_times, lg_provenance *provenance);

/** @brief Traces of a graph's cells out of a movie by masks. @param[out] y (n_frames, graph->n) free with lg_free */
LG_MUST_CHECK lg_status lg_culture_film_traces(lg_ctx *ctx, const lg_culture_film *film, const lg_culture_masks *masks,
                                               const lg_culture_graph *graph, bool median, double **y);

#endif
