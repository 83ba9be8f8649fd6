/* Gates under a step of potential move by exponentials that can be written down. */
#include "base/elementary.h"
#include "neuron/hh52_rates.h"
#include "neuron/voltage_clamp.h"
#include "tests/test.h"

static lg_status make_step(lg_ctx *ctx, double low, double high, lg_protocol **out) {
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  LG_TRY(lg_protocol_create(ctx, 20.0, 0.1, &p));
  LG_TRY(lg_protocol_add_const(ctx, p, 0.0, 20.0, low));
  LG_TRY(lg_protocol_add_const(ctx, p, 5.0, 15.0, high - low));
done:
  *out = p;
  return status;
}

static void gates_follow_their_exponentials(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_protocol *p = NULL;
  lg_simulation *r = NULL;
  lg_neuron neuron;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_int_equal(lg_neuron_init(ctx, "hh52", "", &neuron), LG_OK);
  assert_int_equal(make_step(ctx, -65.0, 0.0, &p), LG_OK);
  assert_int_equal(lg_neuron_voltage_clamp(ctx, &neuron, p, 0.0, &r), LG_OK);
  assert_int_equal(r->n_columns, 5);
  assert_int_equal(r->n_samples, 201);
  const lg_hh52_rates a = lg_hh52_rates_at(-65.0), b = lg_hh52_rates_at(0.0);
  const double m0 = a.am / (a.am + a.bm), m1 = b.am / (b.am + b.bm), tau = 1.0 / (b.am + b.bm);
  const double h0 = a.ah / (a.ah + a.bh), h1 = b.ah / (b.ah + b.bh), tau_h = 1.0 / (b.ah + b.bh);
  for (size_t k = 0; k < 150; k++) {
    const double t = 0.1 * (double)k - 5.0;
    const double m = t <= 0.0 ? m0 : m1 + (m0 - m1) * lg_exp(-t / tau);
    const double h = t <= 0.0 ? h0 : h1 + (h0 - h1) * lg_exp(-t / tau_h);
    assert_true(fabs(r->states[201 + k] - m) <= 1e-7);
    assert_true(fabs(r->states[402 + k] - h) <= 1e-7);
    assert_true(fabs(r->states[k] - (t < -1e-9 ? -65.0 : 0.0)) <= 1e-12); /* the new command at the time of the step */
  }
  /* current of sample 60, 1 ms after the step, from its gates */
  const double m = r->states[201 + 60], h = r->states[402 + 60], n = r->states[603 + 60];
  const double i = 120.0 * m * m * m * h * -50.0 + 36.0 * n * n * n * n * 77.0 + 0.3 * 54.387;
  assert_true(fabs(r->states[804 + 60] - i) <= 1e-9 * fabs(i));
  assert_true(r->states[804 + 60] < -500.0); /* inward: sodium */
  lg_simulation_destroy(ctx, r);
  lg_protocol_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

static void refuses_models_with_a_reset_and_bad_steps(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_protocol *p = NULL;
  lg_simulation *r = NULL;
  lg_neuron neuron;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_int_equal(make_step(ctx, -65.0, 0.0, &p), LG_OK);
  assert_int_equal(lg_neuron_init(ctx, "izhikevich", "FS", &neuron), LG_OK);
  assert_int_equal(lg_neuron_voltage_clamp(ctx, &neuron, p, 0.0, &r), LG_ERR_UNSUPPORTED);
  assert_null(r);
  assert_int_equal(lg_neuron_init(ctx, "tm", "", &neuron), LG_OK);
  assert_int_equal(lg_neuron_voltage_clamp(ctx, &neuron, p, -1.0, &r), LG_ERR_RANGE);
  assert_int_equal(lg_neuron_voltage_clamp(ctx, &neuron, p, 0.0, &r), LG_OK);
  assert_string_equal(r->columns[r->n_columns - 1], "i_ion");
  lg_simulation_destroy(ctx, r);
  lg_protocol_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(gates_follow_their_exponentials),
                                     cmocka_unit_test(refuses_models_with_a_reset_and_bad_steps)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
