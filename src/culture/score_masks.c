/* Masks beside truth: average precision, IoU, borders. */
#include "culture/mask_graph.h"
#include "culture/watershed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct overlaps {
  size_t n, m;    /* labels found, true, with 0 */
  uint32_t *both; /* (n, m) */
  size_t *area, *area_true;
  uint32_t *match; /* (m) found label of a true one with the best IoU */
  double *iou;     /* (m) */
} overlaps;

static void match(overlaps *o) {
  for (size_t t = 1; t < o->m; t++)
    for (size_t f = 1; f < o->n; f++) {
      const double both = (double)o->both[f * o->m + t];
      if (both == 0.0) continue;
      const double iou = both / ((double)o->area[f] + (double)o->area_true[t] - both);
      if (iou > o->iou[t]) o->iou[t] = iou, o->match[t] = (uint32_t)f;
    }
}

/* Pairs above an IoU of a half are one to one. */
static double precision(const overlaps *o, size_t n, size_t n_truth, double least) {
  size_t hits = 0;
  for (size_t t = 1; t < o->m; t++) hits += o->iou[t] > least;
  return (double)hits / (double)(n + n_truth - hits);
}

static lg_status edges(lg_ctx *ctx, const overlaps *o, const lg_culture_masks *found, const lg_culture_masks *truth,
                       double *f1) {
  lg_status status = LG_OK;
  const culture_graph_options all = {.least_area_px = 0.0, .least_border_px = 5.0};
  lg_culture_graph *a = NULL, *b = NULL;
  bool *joined = NULL;
  size_t hits = 0;
  LG_TRY(lg_culture_graph_of_masks(ctx, found, &all, &a));
  LG_TRY(lg_culture_graph_of_masks(ctx, truth, &all, &b));
  LG_NEW(ctx, joined, o->n * o->n);
  for (size_t e = 0; e < a->n_edges; e++) {
    const size_t i = a->id[a->edges[e].i], j = a->id[a->edges[e].j];
    joined[i * o->n + j] = joined[j * o->n + i] = true;
  }
  for (size_t e = 0; e < b->n_edges; e++) {
    const size_t i = b->id[b->edges[e].i], j = b->id[b->edges[e].j];
    hits += o->iou[i] > 0.5 && o->iou[j] > 0.5 && joined[o->match[i] * o->n + o->match[j]];
  }
  *f1 = a->n_edges + b->n_edges ? 2.0 * (double)hits / (double)(a->n_edges + b->n_edges) : (double)NAN;
done:
  lg_free(ctx, joined);
  lg_culture_graph_destroy(ctx, a);
  lg_culture_graph_destroy(ctx, b);
  return status;
}

lg_status lg_culture_score_masks(lg_ctx *ctx, const lg_culture_masks *found, const lg_culture_masks *truth,
                                 culture_mask_score *out) {
  static const double least[3] = {0.5, 0.75, 0.9};
  lg_status status = LG_OK;
  overlaps o = {.n = (size_t)found->most + 1, .m = (size_t)truth->most + 1};
  *out = (culture_mask_score){0};
  if (found->height != truth->height || found->width != truth->width)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "masks of %zu x %zu and %zu x %zu pixels", found->width, found->height,
                   truth->width, truth->height));
  if (o.n > 20000 || o.m > 20000) LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "more than 20,000 cells"));
  LG_NEW(ctx, o.both, o.n * o.m);
  LG_NEW(ctx, o.area, o.n);
  LG_NEW(ctx, o.area_true, o.m);
  LG_NEW(ctx, o.match, o.m);
  LG_NEW(ctx, o.iou, o.m);
  for (size_t k = 0; k < found->height * found->width; k++) {
    o.both[(size_t)found->label[k] * o.m + truth->label[k]]++;
    o.area[found->label[k]]++, o.area_true[truth->label[k]]++;
  }
  match(&o);
  for (size_t f = 1; f < o.n; f++) out->n += o.area[f] > 0;
  for (size_t t = 1; t < o.m; t++) out->n_truth += o.area_true[t] > 0;
  if (out->n == 0 || out->n_truth == 0) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "there is no cell in the masks"));
  for (int k = 0; k < 3; k++) out->ap[k] = precision(&o, out->n, out->n_truth, least[k]);
  for (size_t t = 1; t < o.m; t++) {
    out->mean_iou += o.iou[t] / (double)out->n_truth;
    out->recall_75 += o.iou[t] > 0.75 ? 1.0 / (double)out->n_truth : 0.0;
  }
  LG_TRY(edges(ctx, &o, found, truth, &out->edge_f1));
done:
  lg_free(ctx, o.both);
  lg_free(ctx, o.area);
  lg_free(ctx, o.area_true);
  lg_free(ctx, o.match);
  lg_free(ctx, o.iou);
  return status;
}
