/** @file frames.h @brief Voltages of many nodes at chosen times: what pictures of a running cell are drawn of. */
#ifndef LG_CABLE_FRAMES_H
#define LG_CABLE_FRAMES_H

#include "cable/simulate.h"

typedef struct cable_frames {
  size_t n_times, n_nodes;
  double *t_ms;      /* (n_times) at which v stands: the first step at or after what was asked for */
  float *v_mV;       /* (n_times, n_nodes) */
  char stopped[160]; /* "" or where it diverged: then n_times is smaller than asked for */
} cable_frames;

/**
 * @brief Run a model and keep the voltages of nodes at times.
 * @param n_nodes, nodes (n_nodes) of the tree; NULL: all, n_nodes is not looked at
 * @param n_times, t_ms  (n_times) ascending, from 0 to the model's tstop_ms
 * @retval LG_ERR_RANGE a time is not there
 */
LG_MUST_CHECK lg_status lg_cable_record_frames(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                               const cable_run_options *options, size_t n_nodes, const size_t *nodes,
                                               size_t n_times, const double *t_ms, cable_frames **out);
void lg_cable_frames_destroy(lg_ctx *ctx, cable_frames *frames);

/**
 * @brief Nodes from the soma's middle (or the root) to another, in this order.
 * @param[out] path (tree->n_nodes) the first *n are filled
 */
LG_MUST_CHECK lg_status lg_cable_path(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, size_t to,
                                      size_t *path, size_t *n);

#endif
