/* Learning surrogates: scores by hand, folds that are calibrated, outputs by the tape and by the weights' layout. */
#include "tests/one_ctx.h"

#include "axon/distance.h"
#include "twin/axon_labels.h"
#include "twin/axon_learn.h"

#include <math.h>
#include <string.h>

static void scores_are_what_they_are_called(void **state) {
  (void)state;
  axon_prediction p[4];
  double out[16];
  axon_score s;
  const double truth[4] = {0, 1, 2, 5}, said[4] = {0.5, 1, 2, 4};
  for (int k = 0; k < 4; k++)
    for (int q = 0; q < 4; q++) {
      out[4 * k + q] = truth[k];
      p[k].mean[q] = said[k];
      p[k].sd[q] = q == 3 ? (double)NAN : 0.3;
    }
  lg_axon_score(p, out, 4, &s);
  assert_true(fabs(s.r2[0] - (1.0 - 1.25 / 14.0)) < 1e-12);
  assert_true(fabs(s.nrmse[1] - sqrt(1.25 / 4.0) / 5.0) < 1e-12);
  assert_true(s.inside68[2] == 0.5 && s.inside95[2] == 0.75);
  assert_true(isnan(s.inside68[3]));
}

/* Outcomes that the peak decides, with a known noise. */
static void make_examples(axon_examples *e, size_t n) {
  lg_rng rng = lg_rng_make(3, 1, 0);
  e->n = n;
  e->strain = lg_alloc(ctx, n * AXON_NET_TIMES, sizeof *e->strain);
  e->out = lg_alloc(ctx, n * AXON_PREDICTED, sizeof *e->out);
  assert_true(e->strain && e->out);
  for (size_t k = 0; k < n; k++) {
    const double peak = 0.02 + 0.25 * lg_rng_uniform(&rng), ms = 10.0 + 30.0 * lg_rng_uniform(&rng);
    for (int t = 0; t < AXON_NET_TIMES; t++)
      e->strain[k * AXON_NET_TIMES + (size_t)t] = (float)(t < ms ? peak * t / ms : peak * exp((ms - t) / 20.0));
    double *x = e->out + 4 * k;
    x[0] = (peak + 0.01) * exp(0.05 * lg_rng_normal(&rng)) - 0.01;
    x[1] = 2.0 * peak;
    x[2] = 300.0 * peak * peak;
    x[3] = 100.0 / (1.0 + exp(8.0 - 40.0 * peak));
  }
}

static void folds_say_how_large_the_errors_are(void **state) {
  (void)state;
  axon_examples e;
  axon_folds f;
  make_examples(&e, 400);
  axon_learn_opts o = lg_axon_learn_defaults(AXON_LAYOUT_PEAK);
  o.epochs = 80;
  o.nets = 2;
  o.batch = 16;
  o.lr = 1e-2;
  assert_ok(ctx, lg_axon_cross_validate(ctx, &e, &o, 4, &f));
  assert_int_equal(f.all.n, 400);
  for (int q = 0; q < 4; q++) {
    assert_true(f.all.r2[q] > (q ? 0.99 : 0.97) && f.all.r2[q] <= 1.0);
    assert_true(f.all.inside68[q] > 0.55 && f.all.inside68[q] < 0.85);
    assert_true(f.all.inside95[q] > 0.88 && f.all.inside95[q] < 0.99);
  }
  /* the noise of the first, 0.05 of ln, in units of the target's own sd (0.62 for a uniform peak) */
  assert_true(f.sd_floor[0] > 0.04 && f.sd_floor[0] < 0.14);
  assert_int_equal(lg_axon_cross_validate(ctx, &e, &o, 1, &f), LG_ERR_RANGE);
  assert_int_equal(lg_axon_cross_validate(ctx, &e, &o, 90, &f), LG_ERR_RANGE);
  lg_axon_examples_clear(ctx, &e);
}

static void a_surrogate_knows_its_profiles_and_their_distance(void **state) {
  (void)state;
  axon_examples e;
  lg_axon_surrogate *net;
  make_examples(&e, 40);
  axon_learn_opts o = lg_axon_learn_defaults(AXON_LAYOUT_FEATURES);
  o.epochs = 3;
  const size_t rows[20] = {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39};
  assert_ok(ctx, lg_axon_learn(ctx, &e, rows, 20, &o, &net));
  assert_int_equal(net->n_known, 20);
  assert_memory_equal(net->known + 101, e.strain + 303, 101 * sizeof(float));
  size_t nearer = 0; /* the median of the distances to the nearest */
  for (size_t j = 0; j < 20; j++) {
    double least = (double)INFINITY;
    for (size_t k = 0; k < 20; k++)
      if (j != k) least = fmin(least, lg_axon_distance(net->known + 101 * j, net->known + 101 * k, 101));
    nearer += least < net->known_threshold;
  }
  assert_int_equal(nearer, 10);
  double mean = 0.0, y[4];
  for (size_t k = 0; k < 20; k++) {
    lg_axon_transform(e.out + 4 * rows[k], y);
    mean += y[2] / 20.0;
  }
  assert_true(fabs(net->target_mean[2] - mean) < 1e-12);
  lg_axon_surrogate_destroy(ctx, net);
  e.out[7] = (double)NAN;
  assert_int_equal(lg_axon_learn(ctx, &e, NULL, 0, &o, &net), LG_ERR_ARGUMENT);
  o.nets = 0;
  assert_int_equal(lg_axon_learn(ctx, &e, rows, 20, &o, &net), LG_ERR_RANGE);
  assert_int_equal(lg_axon_learn(ctx, &e, rows, 10, &o, &net), LG_ERR_ARGUMENT);
  assert_null(net);
  lg_axon_examples_clear(ctx, &e);
}

/* Layers by plain loops over the documented order of the weights. */
static void plain(const axon_shape *s, const float *w, const float *input, double y[4]) {
  static double a[101 * 32], b[101 * 32];
  size_t times = 101, width = s->channels ? s->channels : s->features;
  for (size_t k = 0; k < (s->channels ? times : 1) * width; k++) a[k] = (double)input[k];
  for (size_t i = 0; i < s->n_conv; i++) {
    const lg_conv1d *c = &s->conv[i];
    const size_t out = (times + 2 * c->pad - c->kernel) / c->stride + 1;
    for (size_t t = 0; t < out; t++)
      for (size_t o = 0; o < c->out; o++) {
        double sum = (double)w[c->kernel * c->in * c->out + o];
        for (size_t k = 0; k < c->kernel; k++) {
          const long at = (long)(t * c->stride + k) - (long)c->pad;
          for (size_t m = 0; m < c->in && at >= 0 && at < (long)times; m++)
            sum += a[(size_t)at * c->in + m] * (double)w[(k * c->in + m) * c->out + o];
        }
        b[t * c->out + o] = s->act == LG_ACT_RELU ? fmax(sum, 0.0) : sum / (1.0 + exp(-sum));
      }
    memcpy(a, b, sizeof a);
    w += (c->kernel * c->in + 1) * c->out;
    times = out;
  }
  for (size_t i = 0; i < s->n_dense; i++) {
    const lg_dense *d = &s->dense[i];
    for (size_t o = 0; o < d->out; o++) {
      double sum = (double)w[d->in * d->out + o];
      for (size_t m = 0; m < d->in; m++) sum += a[m] * (double)w[m * d->out + o];
      b[o] = i + 1 == s->n_dense ? sum : s->act == LG_ACT_RELU ? fmax(sum, 0.0) : sum / (1.0 + exp(-sum));
    }
    memcpy(a, b, sizeof a);
    w += (d->in + 1) * d->out;
  }
  memcpy(y, a, 4 * sizeof *y);
}

static void weights_lie_in_the_documented_order(void **state) {
  (void)state;
  for (int l = 0; l < AXON_LAYOUTS; l++) {
    axon_examples e;
    axon_net layers;
    float y[8 * 3 * 4], x[606];
    make_examples(&e, 8);
    lg_axon_surrogate net = {.layout = (axon_layout)l, .n_nets = 3, .n_weights = lg_axon_net_weights((axon_layout)l)};
    net.weights = lg_alloc(ctx, 3 * net.n_weights, sizeof(float));
    assert_non_null(net.weights);
    assert_ok(ctx, lg_axon_net_create(ctx, net.layout, &layers));
    for (size_t j = 0; j < 3; j++) lg_f32_init(&layers.params, j + 1, net.weights + j * net.n_weights);
    assert_ok(ctx, lg_axon_learn_outputs(ctx, &net, e.strain, 8, y));
    for (size_t k = 0; k < 8; k++)
      for (size_t j = 0; j < 3; j++) {
        double want[4];
        lg_axon_net_input(net.layout, e.strain + 101 * k, x);
        plain(layers.shape, net.weights + j * net.n_weights, x, want);
        for (size_t q = 0; q < 4; q++) assert_true(fabs((double)y[(k * 3 + j) * 4 + q] - want[q]) < 1e-5);
      }
    lg_axon_net_clear(ctx, &layers);
    lg_free(ctx, net.weights);
    lg_axon_examples_clear(ctx, &e);
  }
}

static void outcomes_find_their_profiles_by_name(void **state) {
  (void)state;
  char a[] = "a", b[] = "b", c[] = "c";
  char *names[3] = {b, a, c};
  double strain[303];
  for (int k = 0; k < 303; k++) strain[k] = 1e-3 * k;
  const axon_profiles p = {.n = 3, .n_times = 101, .dt_s = 1e-3, .strain = strain, .names = names};
  const char text[] = "# words\nname,axl,mt,nf_pct,tau_pct,more\na,0.2,0.1,4,3,9\nz,0,0,0,0,0\nb,nan,0.1,4,3,\n";
  axon_examples e;
  axon_join j;
  assert_ok(ctx, lg_axon_examples_join(ctx, &p, (const unsigned char *)text, sizeof text - 1, &e, &j));
  assert_true(e.n == 1 && e.out[0] == 0.1 && e.out[1] == 0.2 && e.out[2] == 3.0 && e.out[3] == 4.0);
  assert_true(e.strain[1] == (float)strain[102]);
  assert_true(j.rows == 3 && j.failed == 1 && j.without_profile == 1 && j.without_outcome == 1);
  assert_string_equal(j.first[0], "c");
  lg_axon_examples_clear(ctx, &e);
  const char bad[] = "name,mt,axl,tau_pct,nf_pct\na,0.1,0.2,101,3\n";
  assert_int_equal(lg_axon_examples_join(ctx, &p, (const unsigned char *)bad, sizeof bad - 1, &e, &j), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "tau_pct is 101"));
  names[2] = a;
  assert_int_equal(lg_axon_examples_join(ctx, &p, (const unsigned char *)text, sizeof text - 1, &e, &j), LG_ERR_FORMAT);
  assert_null(e.strain);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scores_are_what_they_are_called),
      cmocka_unit_test(folds_say_how_large_the_errors_are),
      cmocka_unit_test(a_surrogate_knows_its_profiles_and_their_distance),
      cmocka_unit_test(weights_lie_in_the_documented_order),
      cmocka_unit_test(outcomes_find_their_profiles_by_name),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
