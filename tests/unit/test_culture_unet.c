/* Flows and masks there and back; the network's size, tiles, and a few steps of training. */
#include "tests/test.h"

#include "culture/simulate.h"
#include "culture/stain.h"
#include "culture/unet.h"
#include "culture/watershed.h"
#include "twin/culture_unet_data.h"

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

/* Weights and statistics that are none of a fresh network. */
static float *any_theta(lg_ctx *ctx, const culture_unet *net) {
  float *theta = lg_alloc(ctx, net->params.count, sizeof *theta);
  lg_rng rng = lg_rng_make(5, 0, 0);
  lg_f32_init(&net->params, 3, theta);
  for (size_t i = 0; i < net->params.n; i++) {
    const lg_param *item = &net->params.items[i];
    for (size_t j = 0; j < item->count; j++)
      if (item->buffer) theta[item->offset + j] = (float)lg_rng_range(&rng, 0.2, 0.6);
      else theta[item->offset + j] += 0.1f * (float)lg_rng_normal(&rng);
  }
  return theta;
}

/* Frozen and in tiles, on sides that are no multiples of eight, it says what the tape says of the image made up with
 * zeros. */
static void test_run(void **state) {
  (void)state;
  enum { H = 60, W = 530, WIDE = 536 };
  lg_ctx *ctx = lg_test_ctx();
  culture_unet net;
  lg_f32_tape *tape;
  const size_t dim[4] = {1, 64, WIDE, CULTURE_UNET_IN};
  assert_ok(ctx, lg_culture_unet_create(ctx, &net));
  float *theta = any_theta(ctx, &net), *x = lg_alloc(ctx, H * W * CULTURE_UNET_IN, sizeof *x);
  float *out = lg_alloc(ctx, H * W * CULTURE_UNET_OUT, sizeof *out);
  float *padded = lg_alloc(ctx, 64 * WIDE * CULTURE_UNET_IN, sizeof *padded);
  lg_rng rng = lg_rng_make(6, 0, 0);
  for (size_t k = 0; k < H * W * CULTURE_UNET_IN; k++) x[k] = (float)lg_rng_range(&rng, 0.0, 2.0);
  for (size_t y = 0; y < H; y++)
    memcpy(padded + y * WIDE * CULTURE_UNET_IN, x + y * W * CULTURE_UNET_IN, W * CULTURE_UNET_IN * sizeof *x);
  assert_ok(ctx, lg_culture_unet_run(ctx, &net, theta, x, H, W, out));
  assert_ok(ctx, lg_f32_tape_create(ctx, 64 * WIDE * 4000, &tape));
  lg_f32_tape_bind(tape, theta, NULL, NULL);
  const lg_var y = lg_culture_unet_output(tape, &net, lg_f32_input(tape, 4, dim, padded, false));
  assert_ok(ctx, lg_f32_tape_check(ctx, tape));
  const float *truth = lg_f32_node_of(tape, y)->v;
  double worst = 0.0, largest = 0.0;
  for (size_t r = 0; r < H; r++)
    for (size_t k = 0; k < W * CULTURE_UNET_OUT; k++) {
      const double t = (double)truth[r * WIDE * CULTURE_UNET_OUT + k];
      worst = fmax(worst, fabs((double)out[r * W * CULTURE_UNET_OUT + k] - t));
      largest = fmax(largest, fabs(t));
    }
  print_message("off by %.2g of %.3g\n", worst, largest);
  assert_true(largest > 0.1 && worst < 1e-4 * largest);
  lg_f32_tape_destroy(ctx, tape);
  lg_culture_unet_clear(ctx, &net);
  lg_free(ctx, theta);
  lg_free(ctx, x);
  lg_free(ctx, out);
  lg_free(ctx, padded);
  lg_ctx_destroy(ctx);
}

/* Light that changes slowly over the image, and its unit, make no difference; nothing stays nothing. */
static void test_input(void **state) {
  (void)state;
  enum { N = 96 };
  lg_ctx *ctx = lg_test_ctx();
  float *a = lg_alloc(ctx, 2 * N * N, sizeof *a), *x = lg_alloc(ctx, 4 * N * N, sizeof *x), *b = a + N * N;
  lg_rng rng = lg_rng_make(7, 0, 0);
  for (size_t k = 0; k < N * N; k++) {
    a[k] = (float)lg_rng_normal(&rng);
    b[k] = 40.0f * a[k] + 0.5f * (float)(k % N) + 1000.0f;
  }
  assert_ok(ctx, lg_culture_unet_input(ctx, a, b, N, N, x));
  for (size_t k = 0; k < N * N; k++) {
    assert_true(x[2 * k] >= 0.0f && x[2 * k] <= 2.0f);
    assert_true(fabs((double)(x[2 * k] - x[2 * k + 1])) < 0.1);
  }
  for (size_t k = 0; k < N * N; k++) a[k] = 3.0f;
  assert_ok(ctx, lg_culture_unet_input(ctx, a, a, N, N, x));
  for (size_t k = 0; k < 2 * N * N; k++) assert_true(x[k] == 1.0f);
  lg_free(ctx, a);
  lg_free(ctx, x);
  lg_ctx_destroy(ctx);
}

/* Membranes are brighter than cells, cells have all of the image, the same seed is the same image. */
static void test_stain(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  culture_stain s = lg_culture_stain_draw(3, 1, 96, 12);
  lg_culture_masks *m[2];
  lg_culture_movie *image[2];
  double rim = 0.0, inside = 0.0;
  size_t n_rim = 0, n_inside = 0;
  s.membranes = true, s.contrast = 3.0, s.blur_px = 0.8, s.vignetting = 0.0;
  for (int q = 0; q < 2; q++) assert_ok(ctx, lg_culture_simulate_stain(ctx, &s, &m[q], &image[q]));
  assert_memory_equal(image[0]->counts, image[1]->counts, 96 * 96 * sizeof(uint16_t));
  for (size_t k = 0; k + 96 < 96 * 96; k++) {
    assert_true(m[0]->label[k] > 0);
    if (m[0]->label[k] != m[0]->label[k + 96]) rim += image[0]->counts[k], n_rim++;
    else inside += image[0]->counts[k], n_inside++;
  }
  assert_true(n_rim > 100 && rim / (double)n_rim > 1.3 * inside / (double)n_inside);
  for (int q = 0; q < 2; q++) {
    lg_culture_masks_destroy(ctx, m[q]);
    lg_culture_movie_destroy(ctx, image[q]);
  }
  s.membranes = false, s.apart_px = 3.0, s.gaps = 0.0, s.contrast = 0.5; /* bright cells that do not touch */
  assert_ok(ctx, lg_culture_simulate_stain(ctx, &s, &m[0], &image[0]));
  double cell = 0.0, ground = 0.0;
  size_t n_cell = 0, n_ground = 0;
  for (size_t k = 0; k + 96 < 96 * 96; k++) {
    const uint32_t own = m[0]->label[k], below = m[0]->label[k + 96];
    assert_true(own == below || own == 0 || below == 0);
    if (own) cell += image[0]->counts[k], n_cell++;
    else ground += image[0]->counts[k], n_ground++;
  }
  assert_true(n_ground > 1000 && n_cell > 1000 && cell / (double)n_cell > 1.2 * ground / (double)n_ground);
  lg_culture_masks_destroy(ctx, m[0]);
  lg_culture_movie_destroy(ctx, image[0]);
  s.blur_px = 0.0;
  assert_int_equal(lg_culture_simulate_stain(ctx, &s, &m[0], &image[0]), LG_ERR_RANGE);
  lg_ctx_destroy(ctx);
}

/* Scores of the network that ships on one sample; zeros where it finds no cell. */
static culture_mask_score judged(lg_ctx *ctx, const lg_culture_unet_file *net, const unet_sample *s) {
  const culture_flow_options o = lg_culture_flow_default();
  culture_mask_score score = {0};
  lg_culture_masks *found = NULL;
  float *flow = lg_alloc(ctx, s->side * s->side * CULTURE_UNET_OUT, sizeof *flow);
  assert_ok(ctx, lg_culture_unet_run(ctx, &net->net, net->theta, s->maps, s->side, s->side, flow));
  const lg_status status = lg_culture_flow_masks(ctx, flow, s->side, s->side, &o, &found);
  if (status == LG_OK && s->masks->most > 0) assert_ok(ctx, lg_culture_score_masks(ctx, found, s->masks, &score));
  else assert_int_equal(status, LG_ERR_NOT_FOUND);
  lg_culture_masks_destroy(ctx, found);
  lg_free(ctx, flow);
  return score;
}

/* The network that ships on what it was not trained on: a movie, one image, noise. */
static void test_shipped(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_culture_unet_file net;
  unet_sample s;
  assert_ok(ctx, lg_culture_unet_load(ctx, LG_SOURCE_DIR "/models/culture-unet.safetensors", &net));
  assert_ok(ctx, lg_culture_unet_plain(ctx, 99, 0, 160, 33, 80, &s));
  const culture_mask_score movie = judged(ctx, &net, &s);
  print_message("movie: AP %.3f %.3f %.3f, IoU %.3f, borders %.3f\n", movie.ap[0], movie.ap[1], movie.ap[2],
                movie.mean_iou, movie.edge_f1);
  assert_true(movie.ap[0] > 0.95 && movie.ap[1] > 0.95 && movie.mean_iou > 0.94 && movie.edge_f1 > 0.95);
  lg_culture_unet_sample_clear(ctx, &s);
  assert_ok(ctx, lg_culture_unet_still(ctx, 99, 0, 160, 33, &s));
  const culture_mask_score still = judged(ctx, &net, &s);
  print_message("image: AP %.3f %.3f %.3f, IoU %.3f, borders %.3f\n", still.ap[0], still.ap[1], still.ap[2],
                still.mean_iou, still.edge_f1);
  assert_true(still.ap[0] > 0.7 && still.mean_iou > 0.7);
  lg_culture_unet_sample_clear(ctx, &s);
  for (size_t k = 0; k < 4; k++) {
    assert_ok(ctx, lg_culture_unet_nothing(ctx, 99, k, 160, &s));
    (void)judged(ctx, &net, &s);
    lg_culture_unet_sample_clear(ctx, &s);
  }
  lg_culture_unet_file_clear(ctx, &net);
  lg_ctx_destroy(ctx);
}

/* What the checks drop and fill: a speck, a hole, a cell whose flows say otherwise, one that is nearly all. */
static void test_checks(void **state) {
  (void)state;
  enum { N = 64 };
  lg_ctx *ctx = lg_test_ctx();
  lg_culture_masks masks = {.height = N, .width = N, .most = 4}, *found;
  float *flow = lg_alloc(ctx, N * N * CULTURE_UNET_OUT, sizeof *flow);
  culture_flow_options o = lg_culture_flow_default();
  masks.label = lg_alloc(ctx, N * N, sizeof *masks.label);
  for (size_t y = 4; y < 60; y++)
    for (size_t x = 4; x < 60; x++)
      if ((y < 28 || y > 35) && (x < 28 || x > 35)) masks.label[y * N + x] = (y > 30 ? 3u : 1u) + (x > 30 ? 1u : 0u);
  assert_ok(ctx, lg_culture_flow_target(ctx, &masks, flow));
  for (size_t k = 0; k < N * N; k++) flow[k * CULTURE_UNET_OUT + 2] -= 0.5f;
  for (size_t y = 8; y < 11; y++) /* a hole away from the middle */
    for (size_t x = 8; x < 11; x++) flow[(y * N + x) * CULTURE_UNET_OUT + 2] = -1.0f;
  assert_ok(ctx, lg_culture_flow_masks(ctx, flow, N, N, &o, &found));
  assert_int_equal(found->most, 4);
  assert_int_equal(found->label[9 * N + 9], found->label[20 * N + 20]);
  assert_int_equal(found->label[31 * N + 31], 0);
  lg_culture_masks_destroy(ctx, found);
  for (size_t y = 36; y < 60; y++) /* one of the four: flows that run along the cell instead of to its middle */
    for (size_t x = 36; x < 60; x++) {
      flow[(y * N + x) * CULTURE_UNET_OUT] = y < 58 ? 5.0f : -5.0f;
      flow[(y * N + x) * CULTURE_UNET_OUT + 1] = 2.0f * ((float)(x < 48) - 0.5f);
    }
  assert_ok(ctx, lg_culture_flow_masks(ctx, flow, N, N, &o, &found));
  assert_int_equal(found->most, 3);
  lg_culture_masks_destroy(ctx, found);
  o.flow_threshold = 0.0;
  assert_ok(ctx, lg_culture_flow_masks(ctx, flow, N, N, &o, &found));
  assert_true(found->most > 3);
  lg_culture_masks_destroy(ctx, found);
  o.least_area_px = 24 * 24 + 1;
  assert_int_equal(lg_culture_flow_masks(ctx, flow, N, N, &o, &found), LG_ERR_NOT_FOUND);
  for (size_t k = 0; k < N * N; k++) masks.label[k] = 1;
  masks.most = 1;
  o = lg_culture_flow_default();
  assert_ok(ctx, lg_culture_flow_target(ctx, &masks, flow));
  assert_int_equal(lg_culture_flow_masks(ctx, flow, N, N, &o, &found), LG_ERR_NOT_FOUND);
  lg_free(ctx, flow);
  lg_free(ctx, masks.label);
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
  plan.samples = 25, plan.steps = 2, plan.crop = 32, plan.size = 64, plan.ncell = 6, plan.frames = 8, plan.batch = 2,
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
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_flows),   cmocka_unit_test(test_run),
                                     cmocka_unit_test(test_input),   cmocka_unit_test(test_stain),
                                     cmocka_unit_test(test_checks),  cmocka_unit_test(test_shipped),
                                     cmocka_unit_test(test_training)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
