/* Titration: the bracket holds the rheobase, eight sweeps are enough; protocols survive being written and read. */
#define _XOPEN_SOURCE 700
#include "base/base.h"
#include "neuron/prior_izhikevich.h"
#include "tests/one_ctx.h"
#include "twin/model_file.h"

#include <loligo/titration.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lg_neuron of_params(const lg_izh_params *p) {
  static const char *const names[LG_IZH_N_PARAMS] = {"C", "k", "vr", "vt", "a", "b", "c", "d", "vpeak"};
  double x[LG_IZH_N_PARAMS];
  lg_neuron neuron;
  lg_izh_to_vector(p, x);
  assert_ok(ctx, lg_neuron_init(ctx, "izhikevich", "std", &neuron));
  for (int k = 0; k < LG_IZH_N_PARAMS; k++) assert_ok(ctx, lg_neuron_set(ctx, &neuron, names[k], x[k]));
  return neuron;
}

static void eight_sweeps_bracket_the_rheobase(void **state) {
  (void)state;
  for (uint64_t index = 0; index < 24; index++) {
    lg_izh_draw draw;
    lg_rheobase r;
    lg_izh_prior_draw(5, index, &draw);
    const lg_neuron neuron = of_params(&draw.p);
    const double exact = lg_izh_rheobase(&draw.p, 500.0, 3000.0); /* within 0.1 % */
    assert_ok(ctx, lg_neuron_rheobase(ctx, &neuron, NULL, &r));
    assert_int_equal(r.bracket.n_sweeps, 8);
    assert_true(!r.fires_at_rest && r.bracket.high_is_tested);
    /* 2 ms for a spike to end in: a hair below the rheobase of exactly 500 ms */
    assert_true(r.bracket.low <= exact * 1.001 && exact * 0.997 <= r.bracket.high);
    assert_true(fabs(r.estimate / exact - 1.0) < 0.02);
    for (unsigned k = 0; k < 8; k++) assert_true((r.spikes[k] > 0) == (r.tried[k] >= r.bracket.high));
  }
}

/* Long steps come down to the value that follows from the equations (saddle-node first: RS). */
static void long_steps_reach_the_analytic_rheobase(void **state) {
  (void)state;
  const lg_izh_params rs = {100.0, 0.7, -60.0, -40.0, 0.03, -2.0, -50.0, 100.0, 35.0};
  const lg_neuron neuron = of_params(&rs);
  lg_izhikevich_facts facts;
  lg_rheobase_options o = LG_RHEOBASE_OPTIONS_INIT;
  lg_rheobase r;
  assert_ok(ctx, lg_izhikevich_derive(ctx, &neuron, &facts));
  o.duration_ms = 10000.0;
  o.max_sweeps = 16;
  assert_ok(ctx, lg_neuron_rheobase(ctx, &neuron, &o, &r));
  assert_true(r.estimate > facts.rheobase_pA && r.estimate < facts.rheobase_pA * 1.0005);
  o.max_sweeps = 60;
  o.resolution = 0.01;
  o.duration_ms = 500.0;
  assert_ok(ctx, lg_neuron_rheobase(ctx, &neuron, &o, &r));
  assert_true(r.bracket.high <= r.bracket.low * 1.01 && r.bracket.n_sweeps < 12);
}

static void edges_of_the_bracket(void **state) {
  lg_titration t;
  lg_rheobase r;
  (void)state;
  assert_int_equal(lg_titration_begin(ctx, 0.0, 10.0, 0.0, 8, &t), LG_ERR_RANGE);
  assert_int_equal(lg_titration_begin(ctx, 10.0, 10.0, 0.0, 8, &t), LG_ERR_RANGE);
  assert_int_equal(lg_titration_begin(ctx, 1.0, 10.0, 0.0, 65, &t), LG_ERR_RANGE);
  assert_ok(ctx, lg_titration_begin(ctx, 1.0, 16.0, 0.0, 2, &t));
  assert_true(fabs(lg_titration_next(&t) - 4.0) < 1e-12);
  lg_titration_answer(&t, 0);
  assert_true(fabs(lg_titration_next(&t) - 8.0) < 1e-12);
  lg_titration_answer(&t, 1);
  assert_true(isnan(lg_titration_next(&t)));
  lg_titration_answer(&t, 1); /* one too many changes nothing */
  assert_true(t.n_sweeps == 2 && fabs(t.low - 4.0) < 1e-12 && fabs(t.high - 8.0) < 1e-12);
  /* a cell that the range does not reach */
  lg_rheobase_options o = LG_RHEOBASE_OPTIONS_INIT;
  lg_neuron neuron;
  assert_ok(ctx, lg_neuron_init(ctx, "izhikevich", "std", &neuron));
  o.high = 20.0;
  assert_ok(ctx, lg_neuron_rheobase(ctx, &neuron, &o, &r));
  assert_true(!r.bracket.high_is_tested && r.bracket.low > 19.0);
  o.size = 1;
  assert_int_equal(lg_neuron_rheobase(ctx, &neuron, &o, &r), LG_ERR_ARGUMENT);
}

static lg_protocol *written_and_read(const lg_protocol *p) {
  char *text = NULL;
  size_t n = 0;
  lg_protocol *back = NULL;
  FILE *stream = open_memstream(&text, &n);
  assert_non_null(stream);
  lg_protocol_write(stream, p, "name", "words", NULL);
  assert_int_equal(fclose(stream), 0);
  assert_ok(ctx, lg_protocol_parse(ctx, "memory", text, n, &back));
  free(text);
  return back;
}

static void assert_same(const lg_protocol *a, const lg_protocol *b) {
  assert_true(a->duration_ms == b->duration_ms && a->sample_ms == b->sample_ms);
  assert_int_equal(a->n_segments, b->n_segments);
  assert_int_equal(a->n_events, b->n_events);
  for (size_t k = 0; k < a->n_segments; k++) {
    lg_segment x = a->segments[k], y = b->segments[k];
    assert_int_equal(x.n_values, y.n_values);
    if (x.n_values) assert_memory_equal(x.values_pA, y.values_pA, x.n_values * sizeof(double));
    x.values_pA = y.values_pA = NULL;
    assert_memory_equal(&x, &y, sizeof x);
  }
  if (a->n_events) assert_memory_equal(a->events, b->events, a->n_events * sizeof *a->events);
}

static void protocols_survive_files(void **state) {
  lg_protocol *p[7] = {0};
  const double times[] = {10.0, 20.5};
  const lg_segment sine = {
      .type = LG_SEGMENT_SINE, .t0_ms = 5.0, .t1_ms = 90.0, .mean_pA = 1.5, .amp_pA = 20.0, .f0_Hz = 8.0};
  (void)state;
  assert_ok(ctx, lg_protocol_clone1(ctx, 123.4, 0.05, 9, &p[0]));
  assert_ok(ctx, lg_protocol_step(ctx, 33.3, 0.1, &p[1]));
  assert_ok(ctx, lg_protocol_fi_all(ctx, 50.0, 0.05, &p[2]));
  assert_ok(ctx, lg_protocol_sub(ctx, 0.0, 0.25, &p[3]));
  assert_ok(ctx, lg_protocol_train_all(ctx, 900.0, 0.05, &p[4]));
  assert_ok(ctx, lg_protocol_plateau(ctx, 100.0, 3000.0, 0.05, &p[5]));
  assert_ok(ctx, lg_protocol_create(ctx, 100.0, 0.05, &p[6]));
  assert_ok(ctx, lg_protocol_add(ctx, p[6], &sine));
  assert_ok(ctx, lg_protocol_add_synaptic(ctx, p[6], LG_RECEPTOR_NMDA, times, 2, 1.5));
  assert_ok(ctx, lg_protocol_add_synaptic(ctx, p[6], LG_RECEPTOR_AMPA, times, 1, 1.0));
  for (int k = 0; k < 7; k++) {
    lg_protocol *back = written_and_read(p[k]);
    assert_same(p[k], back);
    lg_protocol_destroy(ctx, back);
  }
  /* sweeps one after the other are the single sweeps, later */
  lg_protocol *one = NULL;
  assert_ok(ctx, lg_protocol_fi(ctx, 7, 50.0, 0.05, &one));
  for (double t = 0.0; t < 800.0; t += 7.0)
    assert_true(lg_protocol_current(p[2], 7 * 800.0 + t) == lg_protocol_current(one, t));
  lg_protocol_destroy(ctx, one);
  assert_true(lg_protocol_current(p[4], 2 * 1200.0 + 51.0) == 900.0);
  assert_true(lg_protocol_current(p[4], 2 * 1200.0 + 53.0) == 0.0);
  assert_int_equal(lg_protocol_append(ctx, p[1], p[2], -1.0), LG_ERR_RANGE);
  for (int k = 0; k < 7; k++) lg_protocol_destroy(ctx, p[k]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(eight_sweeps_bracket_the_rheobase),
      cmocka_unit_test(long_steps_reach_the_analytic_rheobase),
      cmocka_unit_test(edges_of_the_bracket),
      cmocka_unit_test(protocols_survive_files),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
