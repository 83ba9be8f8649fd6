/**
 * @file graph.h
 * @brief Cells of a monolayer, who touches whom, and how strongly each law couples them.
 *
 * Units of this room: px, frames; k is a rate per frame, traces and gamma are in the traces' own unit (per frame).
 */
#ifndef LG_CULTURE_GRAPH_H
#define LG_CULTURE_GRAPH_H

#include "base/base.h"

#include <loligo/culture.h>

/** A shared border of two cells (indices, i < j). */
typedef struct culture_edge {
  uint32_t i, j;
  double u_px; /* distance of the centroids */
  double l_px; /* length of the border: 4-neighbour pixel pairs (crack length) */
} culture_edge;

/** Of loligo/culture.h, which destroys it. */
struct lg_culture_graph {
  size_t n;              /* cells */
  uint32_t *id;          /* (n) label in the masks, as cN names it in traces */
  double *area_px;       /* (n) */
  double *cy_px, *cx_px; /* (n) centroids, row and column; NULL: not known */
  bool *is_border;       /* (n) touches the frame, is alone, or was listed: its trace is given, it has no equation */
  size_t n_edges;
  culture_edge *edges; /* (n_edges) by i, then j */
};

/** Laws of coupling; u and l over their means over the edges, |N_i| neighbours. */
typedef enum culture_law {
  CULTURE_UL_DEGREE = 0, /* (u/u_mean)(l/l_mean)/|N_i|: as the paper has it */
  CULTURE_L_DEGREE,      /* (l/l_mean)/|N_i| */
  CULTURE_LU_AREA,       /* (l/u)/area_i, so scaled that the mean of the cells' sums is 1: finite volumes */
  CULTURE_UNIT,          /* 1/|N_i| */
  CULTURE_LAWS
} culture_law;

/** @brief "ul/degree", "l/degree", "(l/u)/area", "unit". */
const char *lg_culture_law_name(culture_law law);

/** dy_i/dt = k sum_j a_ij (y_j - y_i) + gamma_i: rows of a, by cell. */
typedef struct lg_culture_coupling {
  size_t n;
  size_t *first;   /* (n + 1) */
  uint32_t *other; /* neighbours of a cell, ascending */
  double *a;
  double *sum;  /* (n) of a row */
  double *norm; /* (n) a_ij norm_i = a_ji norm_j: what makes the rows symmetric */
} lg_culture_coupling;

LG_MUST_CHECK lg_status lg_culture_coupling_create(lg_ctx *ctx, const lg_culture_graph *graph, culture_law law,
                                                   lg_culture_coupling **out);
void lg_culture_coupling_destroy(lg_ctx *ctx, lg_culture_coupling *coupling);

/** Traces of every cell and what a law makes of them, for the cells that have an equation. */
typedef struct lg_culture_data {
  size_t n_times, n_cells, n_inner;
  const double *y; /* (n_times, n_cells) as measured; borrowed */
  uint32_t *inner; /* (n_inner) cells with an equation */
  double *x;       /* (n_inner, n_times) their traces */
  double *z;       /* (n_inner, n_times) sum_j a_ij (y_j - y_i) */
  double *input;   /* (n_inner, n_times) sum_j a_ij y_j */
  double *sum;     /* (n_inner) sum_j a_ij */
  double *leak;    /* (n_inner) rate at which a cell loses by itself, per frame; NULL: none */
} lg_culture_data;

/** @brief y is (n_times, n) by the graph's cells. LG_ERR_RANGE: fewer than 8 frames, no cell with an equation. */
LG_MUST_CHECK lg_status lg_culture_data_create(lg_ctx *ctx, const lg_culture_graph *graph,
                                               const lg_culture_coupling *coupling, const double *y, size_t n_times,
                                               lg_culture_data **out);
void lg_culture_data_destroy(lg_ctx *ctx, lg_culture_data *data);

#endif
