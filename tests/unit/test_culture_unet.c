/* Flows and masks there and back; the network's size, tiles, and a few steps of training. */
#include "tests/test.h"

#include "culture/simulate.h"
#include "culture/unet.h"
#include "culture/watershed.h"
#include "twin/culture_unet.h"

#include <math.h>
#include <string.h>

/* True flows lead back to the labels that they were made of. */
static void test_flows(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_simulation s = lg_culture_simulation_default();
  lg_culture_masks *truth, *found;
  culture_mask_score score;
  const culture_flow_options o = lg_culture_flow_default();
  s.size = 160, s.ncell = 33;
  assert_ok(ctx, lg_culture_simulate_masks(ctx, &s, &truth));
  for (size_t k = 0; k < 160 * 160; k++)
    if (truth->label[k] == 7) truth->label[k] = 0; /* a gap */
  float *flow = lg_alloc(ctx, 160 * 160 * CULTURE_UNET_OUT, sizeof *flow);
  assert_ok(ctx, lg_culture_flow_target(ctx, truth, flow));
  for (size_t k = 0; k < 160 * 160; k++) flow[k * CULTURE_UNET_OUT + 2] -= 0.5f;
  assert_ok(ctx, lg_culture_flow_masks(ctx, flow, 160, 160, &o, &found));
  assert_ok(ctx, lg_culture_score_masks(ctx, found, truth, &score));
  print_message("%zu cells of %zu, AP %.3f %.3f %.3f, IoU %.4f, borders %.3f\n", score.n, score.n_truth, score.ap[0],
                score.ap[1], score.ap[2], score.mean_iou, score.edge_f1);
  assert_true(score.ap[2] > 0.97 && score.mean_iou > 0.98);
  lg_free(ctx, flow);
  lg_culture_masks_destroy(ctx, truth);
  lg_culture_masks_destroy(ctx, found);
  lg_ctx_destroy(ctx);
}

static void test_training(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  char path[200];
  (void)snprintf(path, sizeof path, "/tmp/lg-unet-%ld.safetensors", (long)getpid());
  culture_unet_plan plan = lg_culture_unet_plan_default();
  culture_unet_table table;
  lg_culture_unet_file net;
  plan.samples = 2, plan.steps = 2, plan.crop = 32, plan.size = 64, plan.ncell = 6, plan.frames = 8, plan.batch = 2,
  plan.held = 0;
  assert_ok(ctx, lg_culture_unet_train(ctx, &plan, path, &table));
  assert_ok(ctx, lg_culture_unet_load(ctx, path, &net));
  print_message("%zu parameters\n", net.net.params.count);
  assert_true(net.net.params.count * 4 < 1000000);
  plan.crop = 33;
  assert_int_equal(lg_culture_unet_train(ctx, &plan, path, &table), LG_ERR_RANGE);
  lg_culture_unet_file_clear(ctx, &net);
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_flows), cmocka_unit_test(test_training)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
