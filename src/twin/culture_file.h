/** @file culture_file.h @brief Files of the culture room: cells, borders, traces, and what an identification writes. */
#ifndef LG_CULTURE_FILE_H
#define LG_CULTURE_FILE_H

#include "culture/identify.h"
#include "data/provenance.h"

/**
 * @brief Cells and borders out of cells.csv (id, area_px, is_border; cy, cx where known) and edges.csv (i, j,
 * u_centroid_dist_px, l_crack_px).
 *
 * Refused: an id twice, an edge to a cell that is not there or to itself, an edge twice, areas or lengths not above 0.
 * @param about the file that a message is about
 */
LG_MUST_CHECK lg_status lg_culture_graph_load(lg_ctx *ctx, const char *cells, const char *edges, const char **about,
                                              lg_culture_graph **out);

/**
 * @brief Traces (T rows, columns c1, c2, …) in the order of the graph's cells.
 * @param[out] y (n_times, graph->n) free with lg_free
 */
LG_MUST_CHECK lg_status lg_culture_traces_load(lg_ctx *ctx, const char *path, const lg_culture_graph *graph, double **y,
                                               size_t *n_times);

/** @brief params.csv, events.csv, fit.csv, runs.csv, profile.csv and summary.json into a folder that is made where it
 * is missing.
 */
LG_MUST_CHECK lg_status lg_culture_result_write(lg_ctx *ctx, const char *folder, const lg_culture_graph *graph,
                                                const lg_culture_result *result, const char *method,
                                                lg_provenance *provenance);

/** @brief The members of summary.json but for schema and provenance: also what --json prints. */
void lg_culture_summary(lg_json *json, const lg_culture_graph *graph, const lg_culture_result *result,
                        const char *method);

#endif
