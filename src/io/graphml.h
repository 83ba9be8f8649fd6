/**
 * @file graphml.h
 * @brief Graphs as GraphML, written by igraph's C library 0.10 (igraph_write_graph_graphml).
 *
 * igraph brings BLAS, LAPACK, GLPK and their threads: it is loaded only when a graph is written, so that no other
 * command waits for them.
 */
#ifndef LG_GRAPHML_H
#define LG_GRAPHML_H

#include "base/base.h"

/** One attribute of all vertices or all edges: numbers, truth values or texts, whichever is not NULL. */
typedef struct lg_graphml_column {
  const char *name;
  const double *number;
  const bool *truth;
  const char *const *text;
} lg_graphml_column;

/** An undirected graph. */
typedef struct lg_graphml {
  size_t n, n_edges;
  const uint32_t *ends; /* (n_edges, 2) vertices, from 0 */
  const lg_graphml_column *vertex, *edge;
  size_t n_vertex, n_edge;  /* columns */
  const char *const *about; /* (n_about, 2) name and text of attributes of the whole graph */
  size_t n_about;
} lg_graphml;

/**
 * @brief Write a graph. Vertices are called n0, n1, … in the file; what they are stands in their attributes.
 * @retval LG_ERR_LIMIT    igraph is not installed, or of another version than 0.10
 * @retval LG_ERR_INTERNAL igraph refused
 * Threads: igraph keeps its handlers for itself; call it from one thread at a time.
 */
LG_MUST_CHECK lg_status lg_graphml_write(lg_ctx *ctx, FILE *stream, const lg_graphml *graph);

#endif
