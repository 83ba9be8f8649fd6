/**
 * @file culture.h
 * @brief Monolayers of cells: who is coupled to whom, and what each cell does by itself, from their traces.
 *
 * Units: px, frames; k is a rate per frame. Model, methods and their limits: docs/culture-identify.md.
 */
#ifndef LOLIGO_CULTURE_H
#define LOLIGO_CULTURE_H

#include <loligo/result.h>
#include <math.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Cells and their borders. */
typedef struct lg_culture_graph lg_culture_graph;

/**
 * @brief Read cells.csv (id, area_px, is_border) and edges.csv (i, j, u_centroid_dist_px, l_crack_px).
 * @param ctx the caller's context; holds the message of a failure
 * @param cells path of the cells; ids are labels from 1 on
 * @param edges path of the borders, by ids
 * @param[out] out destroy with lg_culture_graph_destroy(); NULL on failure
 * @retval LG_ERR_FORMAT a column is missing or no number, a cell or border stands there twice; the message names the
 * file
 * @retval LG_ERR_RANGE  an area, distance or length is not above 0
 */
LG_MUST_CHECK lg_status lg_culture_graph_read(lg_ctx *ctx, const char *cells, const char *edges,
                                              lg_culture_graph **out);

/**
 * @brief Make a graph of arrays; they are copied. Borders are sorted by their cells; ids are 1 … n.
 * @param ctx the caller's context; holds the message of a failure
 * @param n         cells, 1 … 1e7
 * @param area_px   (n) above 0
 * @param is_border (n) 0 or 1: such a cell's trace is given, it has no equation
 * @param n_edges   shared borders
 * @param pairs     (n_edges, 2) indices of cells, each pair once
 * @param u_px      (n_edges) distance of the centroids, above 0
 * @param l_px      (n_edges) length of the border, above 0
 * @param[out] out  destroy with lg_culture_graph_destroy(); NULL on failure
 * @retval LG_ERR_RANGE an index, area or length is outside its range, or a pair stands there twice
 */
LG_MUST_CHECK lg_status lg_culture_graph_make(lg_ctx *ctx, size_t n, const double *area_px, const uint8_t *is_border,
                                              size_t n_edges, const uint32_t *pairs, const double *u_px,
                                              const double *l_px, lg_culture_graph **out);

/**
 * @brief Destroy a graph; accepts NULL.
 * @param ctx the caller's context
 * @param graph may be NULL
 */
void lg_culture_graph_destroy(lg_ctx *ctx, lg_culture_graph *graph);

/**
 * @brief Its arrays: "id" (n) uint32, "area_px" (n), "is_border" (n) uint8, "pairs" (edges, 2) uint32 indices of cells,
 * "u_px" (edges), "l_px" (edges).
 * @param ctx the caller's context; holds the message of a failure
 * @param graph the cells and their borders
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_culture_graph_arrays(lg_ctx *ctx, const lg_culture_graph *graph, lg_result **out);

/**
 * @brief Read traces (columns c1, c2, …, by the ids of cells): array "y" (n_times, cells) in the order of the graph.
 * @param ctx the caller's context; holds the message of a failure
 * @param path the file: normalised log-brightness, a row a frame
 * @param graph its cells are looked for
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_FORMAT a cell has no column, or a frame no finite number; the message says where
 */
LG_MUST_CHECK lg_status lg_culture_traces_read(lg_ctx *ctx, const char *path, const lg_culture_graph *graph,
                                               lg_result **out);

/** Options of reading a movie. */
typedef struct lg_movie_options {
  size_t size;            /**< sizeof(lg_movie_options) */
  const char *network;    /**< that finds the cells (models/culture-unet.safetensors); NULL: a watershed does */
  const char *masks;      /**< label image of the cells; NULL: they are looked for */
  int align;              /**< non-zero: bring frames that drift back to the first before all else */
  int median;             /**< non-zero: the median of a cell's pixels; 0: their mean */
  double dark;            /**< dark level of the camera, counts; NAN: the 0.5 percentile of the movie */
  double least_area_px;   /**< smaller cells have no borders; 0 or more */
  double least_border_px; /**< shorter borders do not count; 0 or more */
} lg_movie_options;

/** Defaults of lg_movie_options. */
#define LG_MOVIE_OPTIONS_INIT                                                                                          \
  { .size = sizeof(lg_movie_options), .dark = (double)NAN, .least_area_px = 500.0, .least_border_px = 5.0 }

/**
 * @brief A calcium movie (TIFF) to cells, graph and traces: the stages of `loligo culture run` before the coupling.
 *
 * Arrays: "counts" (frames, height, width) uint16, after the median against hot pixels; "masks" (height, width) uint32
 * labels; "y" (frames, cells) normalised log-brightness; those of lg_culture_graph_arrays(). Text "json": frame_s,
 * pixel_um, dark, and what is to be said of saturated frames.
 * @param ctx the caller's context; holds the message of a failure
 * @param path the movie
 * @param options NULL = defaults
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_RANGE     half blank or saturated, too small, fewer than 32 frames, masks of another size
 * @retval LG_ERR_NOT_FOUND there is no cell, or every pixel is the same
 */
LG_MUST_CHECK lg_status lg_culture_read_movie(lg_ctx *ctx, const char *path, const lg_movie_options *options,
                                              lg_result **out);

/** Options of an identification. */
typedef struct lg_culture_options {
  size_t size;         /**< sizeof(lg_culture_options) */
  const char *method;  /**< "soe" (default), "crlsm", "tikhonov", "lsm", "iv", "weak", "shooting", "pinn", "pinn-paper",
                          "amortised" */
  const char *law;     /**< "ul/degree", "l/degree", "(l/u)/area", "unit"; NULL or "auto": what leaves least */
  const char *network; /**< of "amortised": models/culture-amortised.safetensors */
  size_t replicates;   /**< of the bootstrap, 100 … 1e6; 0: 1000 */
  size_t block_frames; /**< its blocks, 12 … a third of the frames; 0: 30 */
  uint64_t seed;       /**< of the bootstrap and of training; 0: the defaults */
} lg_culture_options;

/** Defaults of lg_culture_options. */
#define LG_CULTURE_OPTIONS_INIT                                                                                        \
  { .size = sizeof(lg_culture_options), .method = "soe" }

/**
 * @brief Find the coupling and the feeds of a culture's cells.
 *
 * Text "json": the members of summary.json of `loligo culture identify`. Arrays, G cells with an equation: "inner" (G)
 * uint32 indices; "gamma", "gamma_low", "gamma_high" (G) per frame; "input", "run" (G, n_times): what a cell does by
 * itself, and the free run with it; "event_cell" uint32, "event_frame" uint32, "event_amplitude" (events); "profile_k",
 * "profile": squares over k; "replicates" of k.
 * @param ctx the caller's context; holds the message of a failure
 * @param graph the cells and their borders
 * @param y (n_times, cells) normalised log-brightness, finite; read, not kept
 * @param n_times frames, at least 8
 * @param options NULL = defaults
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_RANGE     fewer than 8 frames, no cell with an equation, no two cells that touch
 * @retval LG_ERR_NOT_FOUND no such method or law
 * @retval LG_ERR_ARGUMENT  "amortised" without a network
 */
LG_MUST_CHECK lg_status lg_culture_find_coupling(lg_ctx *ctx, const lg_culture_graph *graph, const double *y,
                                                 size_t n_times, const lg_culture_options *options, lg_result **out);

/**
 * @brief Make a culture whose truth is known.
 *
 * Arrays: "y" (n_times, cells) noisy traces, "gamma" (cells), "masks" (size, size) uint32 labels, and those of
 * lg_culture_graph_arrays(). Text "json": k, law and noise.
 * @param ctx the caller's context; holds the message of a failure
 * @param seed   same seed, same culture
 * @param cells  cells of the plane; 0: 108
 * @param frames 2 … 1e5; 0: 361
 * @param k      coupling, per frame, up to 10; 0: 0.05
 * @param noise  standard deviation of the noise of the traces; 0: 0.01
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_RANGE a number is outside its range
 */
LG_MUST_CHECK lg_status lg_culture_make(lg_ctx *ctx, uint64_t seed, size_t cells, size_t frames, double k, double noise,
                                        lg_result **out);

#ifdef __cplusplus
}
#endif
#endif
