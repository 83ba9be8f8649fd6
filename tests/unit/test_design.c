/* Fisher information of protocols: an exact direction, a protocol that tells one thing, the ranking. */
#include "base/base.h"
#include "neuron/prior_izhikevich.h"
#include "tests/one_ctx.h"

#include <loligo/design.h>
#include <math.h>

static lg_neuron of_params(const lg_izh_params *p) {
  double x[LG_IZH_N_PARAMS];
  lg_neuron neuron;
  lg_izh_to_vector(p, x);
  assert_ok(ctx, lg_neuron_init(ctx, "izhikevich", "std", &neuron));
  for (int k = 0; k < LG_IZH_N_PARAMS; k++) assert_ok(ctx, lg_neuron_set(ctx, &neuron, lg_izh_param_names[k], x[k]));
  return neuron;
}

/* Moving vr, vt, c and vpeak together moves every sample by as much: in that direction the information is the sum of
   the weights, spikes or not. */
static void a_shift_of_all_potentials_is_known_exactly(void **state) {
  (void)state;
  const lg_izh_params rs = {100.0, 0.7, -60.0, -40.0, 0.03, -2.0, -50.0, 100.0, 35.0};
  const lg_neuron neuron = of_params(&rs);
  lg_design_options o = LG_DESIGN_OPTIONS_INIT;
  lg_design d;
  lg_protocol *p = NULL;
  lg_simulation *sim = NULL;
  o.noise_mV = 0.5;
  assert_ok(ctx, lg_protocol_step(ctx, 100.0, 0.1, &p));
  assert_ok(ctx, lg_simulate(ctx, &neuron, p, NULL, &sim));
  assert_ok(ctx, lg_design_judge(ctx, &neuron, p, &o, &d));
  assert_int_equal(d.n, 9);
  assert_true(d.n_spikes == sim->n_spikes && d.n_spikes >= 5);
  double expected = 0.0, got = 0.0;
  for (size_t k = 0; k < sim->n_samples; k++) {
    const size_t a = k > 0 ? k - 1 : k, b = k + 1 < sim->n_samples ? k + 1 : k;
    const double change = (sim->states[b] - sim->states[a]) / (double)(b - a);
    expected += 1.0 / (0.25 + 0.25 * change * change);
  }
  for (size_t i = 0; i < d.n; i++)
    for (size_t j = 0; j < d.n; j++) {
      const char *x = neuron.info->fields[d.parameter[i].field].name,
                 *y = neuron.info->fields[d.parameter[j].field].name;
      const int moves_x = x[0] == 'v' || (x[0] == 'c' && !x[1]), moves_y = y[0] == 'v' || (y[0] == 'c' && !y[1]);
      if (moves_x && moves_y) got += d.information[i * d.n + j] / (d.parameter[i].scale * d.parameter[j].scale);
    }
  assert_true(d.n_excluded < 60);
  assert_true(fabs(got / expected - 1.0) < 0.01);
  for (size_t i = 0; i < d.n; i++) assert_true(d.sd[i] > 0.0 && d.sd[i] < 0.5);
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
}

/* Without current the cell rests at vr: that and nothing else is learnt. */
static void silence_tells_the_resting_potential(void **state) {
  (void)state;
  lg_neuron neuron;
  lg_protocol *p = NULL;
  lg_design d;
  assert_ok(ctx, lg_neuron_init(ctx, "izhikevich", "std", &neuron));
  assert_ok(ctx, lg_protocol_create(ctx, 100.0, 0.1, &p));
  assert_ok(ctx, lg_design_judge(ctx, &neuron, p, NULL, &d));
  assert_true(isinf(d.log_det) && d.log_det < 0.0);
  for (size_t i = 0; i < d.n; i++) {
    const bool vr = neuron.info->fields[d.parameter[i].field].name[1] == 'r';
    if (vr) assert_true(fabs(d.sd[i] - 0.2 / sqrt(1001.0) / d.parameter[i].scale) < 1e-5);
    else assert_true(fabs(d.sd[i] - 1.0) < 1e-6);
  }
  lg_protocol_destroy(ctx, p);
}

static void the_designed_protocol_is_better_than_a_step(void **state) {
  (void)state;
  for (uint64_t index = 0; index < 4; index++) {
    lg_izh_draw draw;
    lg_protocol *p[2] = {NULL, NULL};
    lg_design d[2];
    lg_izh_prior_draw(2, index, &draw);
    const lg_neuron neuron = of_params(&draw.p);
    assert_ok(ctx, lg_protocol_clone1(ctx, draw.i0_pA, 0.1, index, &p[0]));
    assert_ok(ctx, lg_protocol_step(ctx, 1.7 * draw.i0_pA, 0.1, &p[1]));
    for (int k = 0; k < 2; k++) {
      assert_ok(ctx, lg_design_judge(ctx, &neuron, p[k], NULL, &d[k]));
      lg_protocol_destroy(ctx, p[k]);
    }
    assert_true(d[0].gain_nats > d[1].gain_nats);
    assert_true(d[0].log_det > d[1].log_det);
    assert_true(fabs(2.0 * d[0].gain_nats - d[0].log_det) < 1.0);
  }
}

/* Families without resets: parameters by the table; a current that is off is not judged. */
static void other_families_are_judged(void **state) {
  (void)state;
  lg_neuron tm, hh;
  lg_protocol *p = NULL;
  lg_design d;
  lg_design_options o = LG_DESIGN_OPTIONS_INIT;
  assert_ok(ctx, lg_neuron_init(ctx, "tm", "", &tm));
  assert_ok(ctx, lg_neuron_init(ctx, "hh52", "", &hh));
  assert_ok(ctx, lg_protocol_step(ctx, 90.0, 0.1, &p));
  assert_ok(ctx, lg_design_judge(ctx, &tm, p, &o, &d));
  assert_int_equal(d.n, 9);
  assert_true(d.n_excluded < 20 && isfinite(d.log_det));
  assert_ok(ctx, lg_neuron_set(ctx, &tm, "gH", 2.0));
  assert_ok(ctx, lg_design_judge(ctx, &tm, p, &o, &d));
  assert_int_equal(d.n, 10);
  lg_protocol_destroy(ctx, p);
  assert_ok(ctx, lg_protocol_step(ctx, 10.0, 0.1, &p));
  assert_ok(ctx, lg_design_judge(ctx, &hh, p, &o, &d));
  assert_int_equal(d.n, 7);
  assert_true(isfinite(d.log_det));
  o.noise_mV = 0.0;
  assert_int_equal(lg_design_judge(ctx, &hh, p, &o, &d), LG_ERR_RANGE);
  o.size = 1;
  assert_int_equal(lg_design_judge(ctx, &hh, p, &o, &d), LG_ERR_ARGUMENT);
  lg_protocol_destroy(ctx, p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_shift_of_all_potentials_is_known_exactly),
      cmocka_unit_test(silence_tells_the_resting_potential),
      cmocka_unit_test(the_designed_protocol_is_better_than_a_step),
      cmocka_unit_test(other_families_are_judged),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
