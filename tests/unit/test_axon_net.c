/* Networks of axons: what they see, their sizes, what their outputs mean, their files. */
#include "tests/one_ctx.h"

#include "axon/axon_net.h"
#include "twin/axon_net_file.h"

#include <math.h>
#include <string.h>

static void sizes_are_those_of_the_specification(void **state) {
  (void)state;
  static const size_t wanted[AXON_LAYOUTS] = {69572, 20630, 1252, 1412};
  for (int l = 0; l < AXON_LAYOUTS; l++) {
    axon_net net;
    axon_layout back;
    assert_ok(ctx, lg_axon_net_create(ctx, (axon_layout)l, &net));
    assert_int_equal(net.params.count, wanted[l]);
    assert_int_equal(lg_axon_net_weights((axon_layout)l), wanted[l]);
    assert_true(lg_axon_layout_of(net.shape->name, &back) && (int)back == l);
    lg_axon_net_clear(ctx, &net);
  }
  axon_layout none;
  assert_false(lg_axon_layout_of("seven", &none));
  assert_int_equal(lg_axon_net_inputs(AXON_LAYOUT_SIX), 606);
  assert_int_equal(lg_axon_net_flat(AXON_LAYOUT_SIX), 416);
  assert_int_equal(lg_axon_net_flat(AXON_LAYOUT_JI), 480);
}

/* A pulse that rises, falls below 0 and comes back. */
static void pulse(float *strain, double peak, double ms) {
  for (int n = 0; n < AXON_NET_TIMES; n++)
    strain[n] = (float)(peak * sin(6.283185307 * n / ms) * exp(-n / ms)) + (n == 0 ? 0.0F : 1e-4F);
}

static void six_channels_are_what_their_formula_says(void **state) {
  (void)state;
  float strain[AXON_NET_TIMES], x[606];
  pulse(strain, 0.2, 37.0);
  lg_axon_net_input(AXON_LAYOUT_SIX, strain, x);
  const double times[4] = {2, 6, 20, 60};
  double most = 0.0, s[4] = {0};
  for (int n = 0; n < AXON_NET_TIMES; n++) {
    most = fmax(most, (double)strain[n]);
    assert_true(fabs((double)x[6 * n] - (double)strain[n] / 0.1) < 1e-6);
    assert_true(fabs((double)x[6 * n + 1] - most / 0.1) < 1e-6);
    for (int j = 0; j < 4; j++) {
      const double a = exp(-1.0 / times[j]);
      if (n) s[j] = a * s[j] + (1 - a) * times[j] * ((double)strain[n] - (double)strain[n - 1]);
      assert_true(fabs((double)x[6 * n + 2 + j] - s[j] / 0.05) < 1e-5);
    }
  }
}

static void baselines_see_what_they_should(void **state) {
  (void)state;
  float strain[AXON_NET_TIMES] = {0}, x[101];
  for (int n = 0; n < AXON_NET_TIMES; n++) strain[n] = n <= 25 ? 0.004F * (float)n : 0.1F - 0.002F * (float)(n - 25);
  lg_axon_net_input(AXON_LAYOUT_PEAK, strain, x);
  assert_true(fabsf(x[0] - 1.0F) < 1e-6F);
  lg_axon_net_input(AXON_LAYOUT_FEATURES, strain, x);
  const float wanted[4] = {1.0F, -0.5F, 0.5F, 0.4F}; /* peak, trough, time of the peak, greatest rate */
  for (int k = 0; k < 4; k++) assert_true(fabsf(x[k] - wanted[k]) < 1e-5F);
  assert_true(fabsf(x[4] - 20.0F * (0.05F * 25 + 0.05F + 0.049F * 50) / 101.0F) < 0.02F);
  assert_true(fabsf(x[5] - 37.0F / 101.0F) < 0.015F);
  lg_axon_net_input(AXON_LAYOUT_JI, strain, x);
  assert_true(fabsf(x[25] - 1.0F) < 1e-6F);
}

static void outputs_come_back_from_their_transforms(void **state) {
  (void)state;
  const double outs[3][4] = {{0.0, 0.0, 0.0, 0.0}, {0.12, 0.3, 28.0, 4.0}, {0.49, 0.9, 100.0, 100.0}};
  for (int k = 0; k < 3; k++) {
    double y[4], back[4];
    lg_axon_transform(outs[k], y);
    lg_axon_transform_back(y, back);
    for (int q = 0; q < 4; q++) assert_true(fabs(back[q] - outs[k][q]) < 1e-9);
  }
  const double far[4] = {-50, -50, -3, 60};
  double back[4];
  lg_axon_transform_back(far, back);
  assert_true(back[0] == 0.0 && back[1] == 0.0 && back[2] == 0.0 && back[3] == 100.0);
}

static lg_axon_surrogate *make(axon_layout layout, size_t n_nets) {
  lg_axon_surrogate *net = lg_alloc(ctx, 1, sizeof *net);
  axon_net layers;
  assert_non_null(net);
  assert_ok(ctx, lg_axon_net_create(ctx, layout, &layers));
  net->layout = layout;
  net->params = lg_axon_params_male();
  net->params.seed = 7;
  net->n_nets = n_nets;
  net->n_weights = layers.params.count;
  net->weights = lg_alloc(ctx, n_nets * net->n_weights, sizeof(float));
  net->n_known = 3;
  net->known = lg_alloc(ctx, 3 * AXON_NET_TIMES, sizeof(float));
  assert_true(net->weights && net->known);
  for (size_t k = 0; k < n_nets; k++) lg_f32_init(&layers.params, k + 1, net->weights + k * net->n_weights);
  for (int k = 0; k < 2; k++) pulse(net->known + k * AXON_NET_TIMES, 0.1 + 0.1 * k, 40.0);
  for (int q = 0; q < 4; q++) {
    net->target_mean[q] = -2.0 + q;
    net->target_sd[q] = 0.5;
    net->most_spread[q] = 0.4;
  }
  net->known_threshold = 0.3;
  lg_axon_net_clear(ctx, &layers);
  return net;
}

static void spread_becomes_sd_and_range(void **state) {
  (void)state;
  lg_axon_surrogate *net = make(AXON_LAYOUT_PEAK, 3);
  axon_prediction p;
  const float y[12] = {0.1F, 0, 0, 0, 0.2F, 0, 0, 0, 0.3F, 0, 0, 0};
  lg_axon_surrogate_combine(net, y, 0.2, &p);
  const double mean = exp(-2.0 + 0.5 * 0.2) - 0.01;
  assert_true(fabs(p.mean[0] - mean) < 1e-9 && p.in_range && p.nearest == 0.2);
  assert_true(fabs(p.sd[0] - exp(-1.9) * sinh(0.05)) < 1e-7); /* spread 0.1 of target_sd 0.5 */
  assert_true(p.sd[1] == 0.0);
  net->sd_floor[0] = 0.3, net->sd_scale[0] = 4.0; /* 3-4-5 */
  lg_axon_surrogate_combine(net, y, 0.31, &p);
  assert_true(fabs(p.sd[0] - exp(-1.9) * sinh(0.25)) < 1e-7 && !p.in_range);
  net->most_spread[0] = 0.05;
  lg_axon_surrogate_combine(net, y, 0.2, &p);
  assert_false(p.in_range);
  net->n_nets = 1;
  memset(net->sd_floor, 0, sizeof net->sd_floor);
  memset(net->sd_scale, 0, sizeof net->sd_scale);
  lg_axon_surrogate_combine(net, y, 0.2, &p);
  assert_true(isnan(p.sd[0]) && p.in_range);
  lg_axon_surrogate_destroy(ctx, net);
}

static void files_hold_all_of_a_surrogate(void **state) {
  (void)state;
  const char *path = "test_axon_net.safetensors", *again = "test_axon_net.again.safetensors";
  for (int l = 0; l < AXON_LAYOUTS; l++) {
    lg_axon_surrogate *net = make((axon_layout)l, 3), *back;
    const lg_text_pair more = {"epochs", "60"};
    assert_ok(ctx, lg_axon_surrogate_save(ctx, net, &more, 1, path));
    assert_ok(ctx, lg_axon_surrogate_load(ctx, path, &back));
    assert_true(back->layout == net->layout && back->n_nets == 3 && back->n_known == 3 && back->params.seed == 7);
    assert_memory_equal(back->weights, net->weights, 3 * net->n_weights * sizeof(float));
    assert_memory_equal(back->target_mean, net->target_mean, sizeof net->target_mean);
    assert_memory_equal(back->most_spread, net->most_spread, sizeof net->most_spread);
    assert_memory_equal(&back->params, &net->params, sizeof net->params);
    for (int n = 0; n < 3 * AXON_NET_TIMES; n++)
      assert_true(fabsf(back->known[n] - net->known[n]) <= 0.2F / 2047.0F * 0.501F);
    assert_ok(ctx, lg_axon_surrogate_save(ctx, back, &more, 1, again));
    unsigned char *a, *b;
    size_t n_a, n_b;
    assert_ok(ctx, lg_file_read(ctx, path, (size_t)1 << 24, &a, &n_a));
    assert_ok(ctx, lg_file_read(ctx, again, (size_t)1 << 24, &b, &n_b));
    assert_true(n_a == n_b && memcmp(a, b, n_a) == 0);
    lg_free(ctx, a);
    lg_free(ctx, b);
    lg_axon_surrogate_destroy(ctx, back);
    lg_axon_surrogate_destroy(ctx, net);
  }
  (void)remove(path);
  (void)remove(again);
}

/* Write a file of one piece changed and see that it is refused with the words. */
static void refused(const char *layout, const char *axon, const char *schema, size_t drop, const char *words) {
  const char *path = "test_axon_net.bad.safetensors";
  lg_axon_surrogate *net = make(AXON_LAYOUT_PEAK, 2), *back;
  lg_safetensors *st;
  lg_tensor_entry entries[32];
  lg_text_pair pairs[3] = {{"schema", schema}, {"layout", layout}, {"axon", axon}};
  size_t n = 0;
  assert_ok(ctx, lg_axon_surrogate_save(ctx, net, NULL, 0, path));
  assert_ok(ctx, lg_safetensors_read(ctx, path, &st));
  for (size_t k = 0; k < lg_safetensors_count(st); k++)
    if (k != drop) entries[n++] = *lg_safetensors_at(st, k);
  if (drop == 98) entries[n] = entries[0], entries[n++].name = "another";
  assert_ok(ctx, lg_safetensors_write(ctx, path, entries, n, pairs, 3));
  assert_int_equal(lg_axon_surrogate_load(ctx, path, &back), LG_ERR_FORMAT);
  assert_null(back);
  if (!strstr(lg_ctx_message(ctx), words)) fail_msg("'%s' lacks '%s'", lg_ctx_message(ctx), words);
  lg_safetensors_destroy(ctx, st);
  lg_axon_surrogate_destroy(ctx, net);
  (void)remove(path);
}

static void strange_files_are_refused(void **state) {
  (void)state;
  lg_axon_surrogate *seed;
  assert_ok(ctx, lg_axon_surrogate_load(ctx, LG_TEST_DATA "/../../fuzz/seeds/axon_net/peak.safetensors", &seed));
  assert_int_equal(seed->n_nets, 2);
  lg_axon_surrogate_destroy(ctx, seed);
  const char *schema = "loligo-axon-surrogate/1", *axon = "rows=19 seed=1";
  refused("seven", axon, schema, 99, "unknown layout 'seven'");
  refused("six", axon, schema, 99, "tensors; layout six has");
  refused("peak", "rows=19 legs=3", schema, 99, "no constant 'legs'");
  refused("peak", "rows=x", schema, 99, "rows is no number");
  refused("peak", "rows=1000000", schema, 99, "rows is 1e+06");
  refused("peak", axon, "loligo-drug-delta-net/1", 99, "no surrogate of axons");
  refused("peak", axon, schema, 3, "tensors; layout peak has");
  refused("peak", axon, schema, 98, "tensors; layout peak has");
  lg_axon_surrogate *net = make(AXON_LAYOUT_PEAK, 2);
  net->weights[5] = (float)NAN;
  assert_int_equal(lg_axon_surrogate_save(ctx, net, NULL, 0, "test_axon_net.nan.safetensors"), LG_ERR_FORMAT);
  lg_axon_surrogate_destroy(ctx, net);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_are_those_of_the_specification),
      cmocka_unit_test(six_channels_are_what_their_formula_says),
      cmocka_unit_test(baselines_see_what_they_should),
      cmocka_unit_test(outputs_come_back_from_their_transforms),
      cmocka_unit_test(spread_becomes_sd_and_range),
      cmocka_unit_test(files_hold_all_of_a_surrogate),
      cmocka_unit_test(strange_files_are_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
