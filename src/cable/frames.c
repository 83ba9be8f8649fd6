#include "cable/frames.h"

void lg_cable_frames_destroy(lg_ctx *ctx, cable_frames *frames) {
  if (!frames) return;
  lg_free(ctx, frames->t_ms);
  lg_free(ctx, frames->v_mV);
  lg_free(ctx, frames);
}

static lg_status check_times(lg_ctx *ctx, const cable_model *model, size_t n, const double *t_ms) {
  for (size_t k = 0; k < n; k++) {
    if (!(t_ms[k] >= 0.0 && t_ms[k] <= model->tstop_ms))
      return lg_fail(ctx, LG_ERR_RANGE, "%g ms is not in the run; allowed is 0 to %g ms", t_ms[k], model->tstop_ms);
    if (k > 0 && t_ms[k] < t_ms[k - 1])
      return lg_fail(ctx, LG_ERR_RANGE, "%g ms stands after %g ms; times must ascend", t_ms[k], t_ms[k - 1]);
  }
  return LG_OK;
}

lg_status lg_cable_record_frames(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                 const cable_run_options *options, size_t n_nodes, const size_t *nodes, size_t n_times,
                                 const double *t_ms, cable_frames **out) {
  lg_status status = LG_OK;
  cable_run *run = NULL;
  cable_frames *f = NULL;
  size_t n_values;
  if (!nodes) n_nodes = tree->n_nodes;
  LG_TRY(check_times(ctx, model, n_times, t_ms));
  if (!lg_mul_size(n_nodes, n_times, &n_values))
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu nodes at %zu times", n_nodes, n_times);
  LG_NEW(ctx, f, 1);
  LG_NEW(ctx, f->t_ms, n_times);
  LG_NEW(ctx, f->v_mV, n_values);
  f->n_nodes = n_nodes;
  LG_TRY(lg_cable_run_create(ctx, model, tree, options, &run));
  const cable_group *group = lg_cable_run_group(run);
  for (size_t k = 0; k < n_times; k++) {
    status = lg_cable_run_advance(ctx, run, t_ms[k]);
    if (status == LG_ERR_NUMERICAL) { /* the picture up to there is kept */
      (void)snprintf(f->stopped, sizeof f->stopped, "%s", lg_cable_run_result(run)->where);
      status = LG_OK;
      break;
    }
    LG_TRY(status);
    f->t_ms[k] = lg_cable_run_time_ms(run);
    for (size_t i = 0; i < n_nodes; i++)
      f->v_mV[k * n_nodes + i] = (float)lg_cable_group_v(group, nodes ? nodes[i] : i, 0);
    f->n_times = k + 1;
  }
  *out = f;
  f = NULL;
done:
  lg_cable_run_destroy(ctx, run);
  lg_cable_frames_destroy(ctx, f);
  return status;
}

/** Node of the soma's middle; the root where there is no soma. */
static lg_status start_of(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, size_t *node) {
  const cable_location soma = {.where = CABLE_AT_SOMA};
  if (lg_cable_tree_locate(ctx, model, tree, &soma, node) == LG_OK) return LG_OK;
  lg_ctx_clear(ctx);
  *node = 0;
  return LG_OK;
}

lg_status lg_cable_path(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, size_t to, size_t *path,
                        size_t *n) {
  lg_status status = LG_OK;
  size_t from = 0, up = 0, down = 0;
  bool *above = NULL; /* nodes from the start up to the root */
  LG_TRY(start_of(ctx, model, tree, &from));
  LG_NEW(ctx, above, tree->n_nodes);
  for (ptrdiff_t k = (ptrdiff_t)from; k >= 0; k = tree->parent[k]) above[k] = true;
  size_t meets = to;
  while (!above[meets]) meets = (size_t)tree->parent[meets];
  for (size_t k = from; k != meets; k = (size_t)tree->parent[k]) path[up++] = k;
  path[up++] = meets;
  for (size_t k = to; k != meets; k = (size_t)tree->parent[k]) down++;
  size_t at = up + down;
  for (size_t k = to; k != meets; k = (size_t)tree->parent[k]) path[--at] = k;
  *n = up + down;
done:
  lg_free(ctx, above);
  return status;
}
