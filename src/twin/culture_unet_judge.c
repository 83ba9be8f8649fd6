/* The flow network on monolayers that it was not trained on. */
#include "twin/culture_unet_data.h"

enum { SIDE = 288, CELLS = 108, FRAMES = 120, LONG = 361, APART = 1000003 };

static lg_status judge_one(lg_ctx *ctx, const lg_culture_unet_file *net, const unet_sample *s, double n,
                           culture_unet_scores *to) {
  lg_status status = LG_OK;
  const culture_flow_options o = lg_culture_flow_default();
  lg_culture_masks *found = NULL;
  culture_mask_score score = {0};
  float *flow = NULL;
  LG_NEW(ctx, flow, s->side * s->side * CULTURE_UNET_OUT);
  LG_TRY(lg_culture_unet_run(ctx, &net->net, net->theta, s->maps, s->side, s->side, flow));
  status = lg_culture_flow_masks(ctx, flow, s->side, s->side, &o, &found);
  if (status == LG_OK) LG_TRY(lg_culture_score_masks(ctx, found, s->masks, &score));
  else if (status == LG_ERR_NOT_FOUND) status = LG_OK; /* no cell: zeros */
  to->n++;
  to->ap50 += score.ap[0] / n, to->ap75 += score.ap[1] / n, to->ap90 += score.ap[2] / n;
  to->iou += score.mean_iou / n, to->recall75 += score.recall_75 / n, to->edge_f1 += score.edge_f1 / n;
done:
  lg_culture_masks_destroy(ctx, found);
  lg_free(ctx, flow);
  return status;
}

lg_status lg_culture_unet_judge(lg_ctx *ctx, const char *path, uint64_t seed, size_t held, culture_unet_table *table) {
  lg_status status = LG_OK;
  lg_culture_unet_file net = {0};
  culture_unet_scores *const to[] = {&table->movies, &table->varied, &table->stills};
  *table = (culture_unet_table){{0}, {0}, {0}};
  LG_TRY(lg_culture_unet_load(ctx, path, &net));
  for (size_t k = 0; k < 3 * held; k++) {
    unet_sample s = {0};
    if (k % 3 == 0) status = lg_culture_unet_plain(ctx, seed + APART, k / 3, SIDE, CELLS, LONG, &s);
    else if (k % 3 == 1) status = lg_culture_unet_sample(ctx, seed + APART, k / 3, SIDE, CELLS, FRAMES, 0.0, &s);
    else status = lg_culture_unet_still(ctx, seed + APART, k / 3, SIDE, CELLS, &s);
    if (status == LG_OK) status = judge_one(ctx, &net, &s, (double)held, to[k % 3]);
    lg_culture_unet_sample_clear(ctx, &s);
    if (status != LG_OK) goto done;
    LG_TRY(lg_progress(ctx, "unseen monolayers", k + 1, 3 * held));
  }
done:
  lg_culture_unet_file_clear(ctx, &net);
  return status;
}
