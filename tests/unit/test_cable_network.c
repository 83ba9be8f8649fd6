/* Networks of cells with shape: arrival times, chains, junctions, rules, threads, states, against what can be written
 * down. */
#include "tests/test.h"

#include "base/base.h"
#include "cable/network.h"

#include <math.h>
#include <string.h>

/* ---- a cell of one or two compartments ------------------------------------------------------------- */

/* Area 100 um2, so that S/cm2 are uS. 0.1 nF, 0.01 uS: tau 10 ms. */
static cable_model *make_cell(lg_ctx *ctx, const char *membrane, size_t n_compartments) {
  cable_model *m = lg_alloc(ctx, 1, sizeof *m);
  m->celsius = 20.0;
  m->v_init_mV = -70.0;
  m->n_compartments = n_compartments;
  m->compartments = lg_alloc(ctx, n_compartments, sizeof *m->compartments);
  for (size_t k = 0; k < n_compartments; k++) {
    cable_compartment *c = &m->compartments[k];
    (void)snprintf(c->name, sizeof c->name, "c%zu", k);
    c->type = k == 0 ? 1 : 3;
    c->parent = (ptrdiff_t)k - 1;
    c->area_um2 = 100.0;
    c->capacitance_nF = 0.1;
    c->axial_uS = k == 0 ? 0.0 : 0.02;
  }
  m->n_regions = n_compartments > 1 ? 2 : 1;
  m->regions = lg_alloc(ctx, m->n_regions, sizeof *m->regions);
  for (size_t r = 0; r < m->n_regions; r++) {
    cable_region *region = &m->regions[r];
    region->n_types = 1;
    region->types[0] = r == 0 ? 1 : 3;
    region->axial_resistivity_ohm_cm = 100.0;
    region->capacitance_uF_cm2 = 1.0;
    region->reversal_ca_mV = (double)NAN;
    region->outside_ca_mM = 2.0;
    region->inside_ca_mM = 1e-4;
    region->n_uses = 1;
    region->uses = lg_alloc(ctx, 1, sizeof *region->uses);
    cable_use *use = region->uses;
    use->mechanism = lg_cable_mechanism_find(r == 0 ? membrane : "pas");
    assert_non_null(use->mechanism);
    use->values = lg_alloc(ctx, use->mechanism->n_parameters, sizeof(double));
    for (size_t k = 0; k < use->mechanism->n_parameters; k++) {
      const char *name = use->mechanism->parameters[k].name;
      use->values[k] = use->mechanism->parameters[k].default_value;
      if (strcmp(name, "gl") == 0 || strcmp(name, "g") == 0) use->values[k] = 0.01;
      if (strcmp(name, "el") == 0 || strcmp(name, "e") == 0) use->values[k] = -70.0;
    }
  }
  m->n_synapses = 1;
  m->synapses = lg_alloc(ctx, 1, sizeof *m->synapses);
  cable_synapse *s = m->synapses;
  s->use.mechanism = lg_cable_mechanism_find("ExpSyn");
  s->use.values = lg_alloc(ctx, 2, sizeof(double));
  s->use.values[0] = 2.0;
  s->use.values[1] = 0.0;
  s->at = (cable_location){.where = CABLE_AT_SECTION, .section = n_compartments - 1, .x = 0.5};
  (void)snprintf(s->name, sizeof s->name, "ampa");
  m->n_probes = n_compartments;
  m->probes = lg_alloc(ctx, n_compartments, sizeof *m->probes);
  for (size_t k = 0; k < n_compartments; k++) {
    cable_probe *p = &m->probes[k];
    (void)snprintf(p->name, sizeof p->name, "c%zu", k);
    (void)snprintf(p->column, sizeof p->column, "v_mV_c%zu", k);
    p->at = (cable_location){.where = CABLE_AT_SECTION, .section = k, .x = 0.5};
  }
  return m;
}

static void set(cable_model *m, const char *field, double value) {
  const cable_use *use = m->regions[0].uses;
  for (size_t k = 0; k < use->mechanism->n_parameters; k++)
    if (strcmp(use->mechanism->parameters[k].name, field) == 0) {
      use->values[k] = value;
      return;
    }
  fail_msg("no field %s", field);
}

static cable_network_model *make_network(lg_ctx *ctx, size_t populations, size_t projections, size_t stimuli) {
  cable_network_model *n = lg_alloc(ctx, 1, sizeof *n);
  n->tstop_ms = 100.0;
  n->dt_ms = 0.025;
  n->sample_ms = 0.1;
  n->seed = 1;
  n->n_populations = populations;
  n->populations = lg_alloc(ctx, populations, sizeof *n->populations);
  n->n_projections = projections;
  n->projections = lg_alloc(ctx, projections, sizeof *n->projections);
  n->n_stimuli = stimuli;
  n->stimuli = lg_alloc(ctx, stimuli, sizeof *n->stimuli);
  return n;
}

static cable_population *add_cells(cable_network_model *n, size_t k, const char *name, size_t number,
                                   cable_model *cell) {
  cable_population *p = &n->populations[k];
  (void)snprintf(p->name, sizeof p->name, "%s", name);
  p->number = number;
  p->model = cell;
  p->cut = (cable_cut)CABLE_CUT_INIT;
  return p;
}

static cable_population *add_train(lg_ctx *ctx, cable_network_model *n, size_t k, size_t number, size_t n_spikes,
                                   const double *t_ms, const uint32_t *cell) {
  cable_population *p = &n->populations[k];
  (void)snprintf(p->name, sizeof p->name, "train");
  p->kind = CABLE_TRAINS;
  p->number = number;
  p->n_train = n_spikes;
  p->train = lg_alloc(ctx, n_spikes, sizeof *p->train);
  for (size_t s = 0; s < n_spikes; s++) {
    p->train[s].t_ms = t_ms[s];
    p->train[s].cell = cell[s];
  }
  return p;
}

static cable_value fixed(double x) { return (cable_value){.kind = CABLE_FIXED, .a = x, .low = x, .high = x}; }

static void probe_all(lg_ctx *ctx, cable_network_model *n, size_t population, size_t probe) {
  n->n_probes = 1;
  n->probes = lg_alloc(ctx, 1, sizeof *n->probes);
  n->probes[0] = (cable_network_probe){.of = {.population = population, .all = true}, .probe = probe};
}

static cable_network_result *run(lg_ctx *ctx, cable_network_model *n) {
  cable_network *net = NULL;
  cable_network_result *r = NULL;
  assert_ok(ctx, lg_cable_network_create(ctx, n, NULL, &net));
  assert_ok(ctx, lg_cable_network_run(ctx, net, NULL));
  assert_ok(ctx, lg_cable_network_result(ctx, net, &r));
  lg_cable_network_destroy(ctx, net);
  return r;
}

/* ---- tests ----------------------------------------------------------------------------------------- */

/* A membrane without spikes and a small conductance: v answers with the difference of two exponentials from the very
 * time of arrival, which lies between steps. */
static void arrival_is_exact(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_network_model *n = make_network(ctx, 2, 1, 0);
  const double t_ms[] = {1.2345};
  const uint32_t cell[] = {0};
  add_train(ctx, n, 0, 1, 1, t_ms, cell);
  add_cells(n, 1, "cells", 3, make_cell(ctx, "pas", 1))->threshold_mV = 0.0;
  n->projections[0] =
      (cable_projection){.from = 0, .to = 1, .rule = CABLE_ALL_TO_ALL, .weight = fixed(1e-7), .delay_ms = fixed(2.51)};
  n->tstop_ms = 30.0;
  probe_all(ctx, n, 1, 0);
  cable_network_result *r = run(ctx, n);
  assert_int_equal(r->n_columns, 3);
  assert_string_equal(r->columns[2], "v_mV_cells_2_c0");
  assert_int_equal(r->n_samples, 301);
  assert_int_equal(r->n_events, 3);
  double worst = 0.0;
  for (size_t k = 0; k < r->n_samples; k++) {
    const double t = 0.1 * (double)k - 1.2345 - 2.51;
    const double peak = 1e-7 * 70.0 / 0.1 * (10.0 * 2.0 / 8.0); /* g (e - v) / c tau_m tau_s / (tau_m - tau_s) */
    const double want = -70.0 + (t > 0 ? peak * (exp(-t / 10.0) - exp(-t / 2.0)) : 0.0);
    const double error = fabs(r->values[2 * r->n_samples + k] - want) / peak;
    if (error > worst) worst = error;
    assert_true(r->values[k] == r->values[2 * r->n_samples + k]);
  }
  printf("arrival: worst error %.2e of the scale\n", worst);
  assert_true(worst < 2e-5);
  lg_cable_network_result_destroy(ctx, r);
  lg_cable_network_model_destroy(ctx, n);
  lg_ctx_destroy(ctx);
}

/* LIF with a constant current: t_k = k T, T = t_ref + tau ln(RI / (RI - theta)); error of second order in dt. */
static double lif_error(lg_ctx *ctx, double dt) {
  cable_network_model *n = make_network(ctx, 1, 0, 1);
  cable_model *cell = make_cell(ctx, "LIF", 1);
  set(cell, "v_th", -50.0);
  set(cell, "v_reset", -70.0);
  set(cell, "t_ref", 2.123);
  add_cells(n, 0, "lif", 9, cell);
  n->dt_ms = dt;
  n->sample_ms = 1.0;
  n->stimuli[0] = (cable_stimulus){.kind = CABLE_CLAMP_INPUT,
                                   .to = {.population = 0, .all = true},
                                   .start_ms = 1.2345,
                                   .stop_ms = 1e9,
                                   .amplitude_nA = fixed(0.3)};
  cable_network_result *r = run(ctx, n);
  const double first = 10.0 * log(30.0 / 10.0), period = first + 2.123;
  double worst = 0.0;
  assert_int_equal(r->n_spikes, 9 * 7);
  for (size_t k = 0; k < r->n_spikes; k++) {
    const double error = fabs(r->spikes[k].t_ms - (1.2345 + first + period * (double)(k / 9)));
    assert_int_equal(r->spikes[k].cell, k % 9);
    if (error > worst) worst = error;
  }
  lg_cable_network_result_destroy(ctx, r);
  lg_cable_network_model_destroy(ctx, n);
  return worst;
}

static void lif_is_of_second_order(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  const double coarse = lif_error(ctx, 0.1), fine = lif_error(ctx, 0.025);
  printf("LIF: worst error %.2e ms at dt 0.1, %.2e ms at 0.025\n", coarse, fine);
  assert_true(fine < 2e-4);
  assert_true(coarse / fine > 10.0);
  lg_ctx_destroy(ctx);
}

/* Each cell fires at once when its one input arrives; the spike wanders down the chain and back to the first. */
static void chain(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  enum { CELLS = 20 };
  cable_network_model *n = make_network(ctx, 2, 2, 0);
  const double t_ms[] = {0.5};
  const uint32_t zero[] = {0};
  add_train(ctx, n, 0, 1, 1, t_ms, zero);
  cable_model *cell = make_cell(ctx, "LIF", 1);
  cell->synapses[0].use.values[0] = 1e6; /* conductance stays: v rises by g t / c 70 mV */
  set(cell, "t_ref", 1e6);
  add_cells(n, 1, "ring", CELLS, cell);
  n->projections[0] =
      (cable_projection){.from = 0, .to = 1, .rule = CABLE_ONE_TO_ONE, .weight = fixed(0.5), .delay_ms = fixed(1.0)};
  n->projections[0].rule = CABLE_LIST;
  n->projections[0].n_list = 1;
  n->projections[0].list = lg_alloc(ctx, 1, sizeof(cable_list_entry));
  n->projections[0].list[0] = (cable_list_entry){0, 0, (double)NAN, (double)NAN};
  n->projections[1] =
      (cable_projection){.from = 1, .to = 1, .rule = CABLE_LIST, .weight = fixed(0.5), .delay_ms = fixed(1.0)};
  n->projections[1].n_list = CELLS;
  n->projections[1].list = lg_alloc(ctx, CELLS, sizeof(cable_list_entry));
  for (uint32_t k = 0; k < CELLS; k++)
    n->projections[1].list[k] = (cable_list_entry){k, (k + 7) % CELLS, (double)NAN, 0.3 + 0.1234 * k};
  cable_network_result *r = run(ctx, n);
  assert_int_equal(r->n_spikes, CELLS + 1);
  assert_int_equal(r->spikes[0].cell, 0);
  /* from arrival to the threshold: c v' = g (0 - v) + gl (el - v), steady, to -50 mV */
  const double g = 0.51, v_inf = -0.7 / g, t_th = 0.1 / g * log((v_inf + 70.0) / (v_inf + 50.0));
  double t = 0.5 + 1.0;
  uint32_t at = 0;
  for (size_t k = 1; k <= CELLS; k++) {
    t += t_th;
    assert_int_equal(r->spikes[k].cell, 1 + at);
    if (fabs(r->spikes[k].t_ms - t) > 2e-3 * (double)k)
      fail_msg("spike %zu at %.6f ms, expected %.6f", k, r->spikes[k].t_ms, t);
    t = r->spikes[k].t_ms + 0.3 + 0.1234 * at;
    at = (at + 7) % CELLS;
  }
  lg_cable_network_result_destroy(ctx, r);
  lg_cable_network_model_destroy(ctx, n);
  lg_ctx_destroy(ctx);
}

/* Two passive cells, in different tiles, joined by a junction: sum and difference of v are exponentials. */
static double gap_error(lg_ctx *ctx, double dt) {
  cable_network_model *n = make_network(ctx, 1, 0, 1);
  add_cells(n, 0, "pair", 10, make_cell(ctx, "pas", 1));
  n->dt_ms = dt;
  n->tstop_ms = 40.0;
  n->sample_ms = 1.0;
  n->stimuli[0] = (cable_stimulus){.kind = CABLE_CLAMP_INPUT,
                                   .to = {.population = 0, .n = 1, .cells = lg_alloc(ctx, 1, sizeof(uint32_t))},
                                   .start_ms = 0.0,
                                   .stop_ms = 1e9,
                                   .amplitude_nA = fixed(0.1)};
  n->stimuli[0].to.cells[0] = 1;
  n->n_gaps = 1;
  n->gaps = lg_alloc(ctx, 1, sizeof *n->gaps);
  n->gaps[0] = (cable_gap){.cell = {1, 9}, .conductance_uS = 0.02};
  probe_all(ctx, n, 0, 0);
  cable_network_result *r = run(ctx, n);
  double worst = 0.0;
  for (size_t k = 0; k < r->n_samples; k++) {
    const double t = (double)k, sum = 10.0 * -expm1(-t / 10.0), difference = 2.0 * -expm1(-t / 2.0);
    const double a = fabs(r->values[1 * r->n_samples + k] + 70.0 - 0.5 * (sum + difference));
    const double b = fabs(r->values[9 * r->n_samples + k] + 70.0 - 0.5 * (sum - difference));
    worst = fmax(worst, fmax(a, b));
    assert_true(r->values[k] == r->values[2 * r->n_samples + k]);
  }
  lg_cable_network_result_destroy(ctx, r);
  lg_cable_network_model_destroy(ctx, n);
  return worst;
}

static void gaps_are_of_second_order(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  const double coarse = gap_error(ctx, 0.1), fine = gap_error(ctx, 0.025);
  printf("gap junction: worst error %.2e mV at dt 0.1, %.2e mV at 0.025\n", coarse, fine);
  assert_true(fine < 1e-4);
  assert_true(coarse / fine > 12.0);
  lg_ctx_destroy(ctx);
}

/* A network with everything, for comparing bits. */
static cable_network_model *make_busy(lg_ctx *ctx) {
  cable_network_model *n = make_network(ctx, 3, 3, 3);
  cable_model *e = make_cell(ctx, "AdEx", 2), *i = make_cell(ctx, "LIF", 1);
  set(e, "b", 0.01);
  set(e, "v_th", 0.0);
  i->synapses[0].use.values[1] = -80.0;
  add_cells(n, 0, "e", 83, e);
  add_cells(n, 1, "i", 21, i);
  cable_population *p = &n->populations[2];
  (void)snprintf(p->name, sizeof p->name, "noise");
  p->kind = CABLE_POISSON;
  p->number = 30;
  p->rate_Hz = 40.0;
  p->stop_ms = 1e9;
  const cable_value weight = {.kind = CABLE_LOGNORMAL, .a = 2e-3, .b = 0.5, .low = 0.0, .high = 0.1};
  const cable_value delay = {.kind = CABLE_UNIFORM, .a = 0.7, .b = 6.3, .low = 0.7, .high = 6.3};
  n->projections[0] = (cable_projection){
      .from = 0, .to = 0, .rule = CABLE_PROBABILITY, .probability = 0.2, .weight = weight, .delay_ms = delay};
  n->projections[1] = (cable_projection){
      .from = 2, .to = 0, .rule = CABLE_INDEGREE, .indegree = 12, .weight = weight, .delay_ms = delay};
  n->projections[2] =
      (cable_projection){.from = 0, .to = 1, .rule = CABLE_ALL_TO_ALL, .weight = fixed(1e-3), .delay_ms = fixed(1.5)};
  n->stimuli[0] = (cable_stimulus){.kind = CABLE_POISSON_INPUT,
                                   .to = {.population = 0, .all = true},
                                   .stop_ms = 1e9,
                                   .rate_Hz = 300.0,
                                   .weight = weight};
  n->stimuli[1] = (cable_stimulus){.kind = CABLE_OU_INPUT,
                                   .to = {.population = 1, .all = true},
                                   .stop_ms = 1e9,
                                   .mean_nA = 0.15,
                                   .sigma_nA = 0.1,
                                   .tau_ms = 5.0};
  n->stimuli[2] = (cable_stimulus){.kind = CABLE_CLAMP_INPUT,
                                   .to = {.population = 0, .all = true},
                                   .probe = 1,
                                   .start_ms = 10.0,
                                   .stop_ms = 60.0,
                                   .amplitude_nA = {.kind = CABLE_NORMAL, .a = 0.7, .b = 0.2, .low = 0, .high = 2}};
  n->n_gaps = 2;
  n->gaps = lg_alloc(ctx, 2, sizeof *n->gaps);
  n->gaps[0] = (cable_gap){.population = {0, 0}, .probe = {0, 1}, .cell = {3, 71}, .conductance_uS = 0.002};
  n->gaps[1] = (cable_gap){.population = {0, 1}, .probe = {0, 0}, .cell = {3, 20}, .conductance_uS = 0.002};
  probe_all(ctx, n, 0, 1);
  return n;
}

static bool same(const cable_network_result *a, const cable_network_result *b) {
  if (a->n_spikes != b->n_spikes || a->n_samples != b->n_samples || a->n_columns != b->n_columns) return false;
  if (a->n_events != b->n_events || a->n_connections != b->n_connections) return false;
  for (size_t k = 0; k < a->n_spikes; k++)
    if (a->spikes[k].t_ms != b->spikes[k].t_ms || a->spikes[k].cell != b->spikes[k].cell) return false;
  return memcmp(a->values, b->values, a->n_samples * a->n_columns * sizeof(double)) == 0;
}

static void threads_do_not_matter(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_network_model *n = make_busy(ctx);
  cable_network_result *one = run(ctx, n);
  assert_ok(ctx, lg_ctx_set_threads(ctx, 3));
  cable_network_result *three = run(ctx, n);
  size_t of[3] = {0};
  for (size_t k = 0; k < one->n_spikes; k++) {
    size_t p;
    uint32_t in_it;
    lg_cable_network_who(n, one->spikes[k].cell, &p, &in_it);
    of[p]++;
  }
  printf("busy: %zu connections, %zu events, spikes %zu %zu %zu\n", one->n_connections, one->n_events, of[0], of[1],
         of[2]);
  assert_true(of[0] > 100 && of[1] > 4 && of[2] > 60 && of[2] < 180);
  assert_true(same(one, three));
  lg_cable_network_result_destroy(ctx, one);
  lg_cable_network_result_destroy(ctx, three);
  lg_cable_network_model_destroy(ctx, n);
  lg_ctx_destroy(ctx);
}

typedef struct kept {
  volatile int cancel;
  unsigned char *bytes;
  size_t n;
  lg_ctx *ctx;
} kept;

static lg_status keep(lg_ctx *ctx, void *user, const void *bytes, size_t n) {
  kept *k = user;
  k->bytes = lg_alloc(ctx, n, 1);
  memcpy(k->bytes, bytes, n);
  k->n = n;
  return LG_OK;
}

static void cancel_at_half(void *user, const char *what, size_t done, size_t total) {
  (void)what;
  if (2 * done > total) ((kept *)user)->cancel = 1;
}

/* Interrupted, saved, put back into a new network on other threads: the same bits as without the break. */
static void state_goes_on(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_network_model *n = make_busy(ctx);
  cable_network_result *whole = run(ctx, n), *rest = NULL;
  cable_network *net = NULL;
  kept k = {0};
  const cable_network_run options = {.save = keep, .user = &k};
  assert_ok(ctx, lg_cable_network_create(ctx, n, NULL, &net));
  lg_ctx_set_cancel_flag(ctx, &k.cancel);
  lg_ctx_set_progress(ctx, cancel_at_half, &k);
  assert_int_equal(lg_cable_network_run(ctx, net, &options), LG_ERR_CANCELLED);
  assert_true(lg_cable_network_time_ms(net) > 50.0 && lg_cable_network_time_ms(net) < 60.0);
  lg_cable_network_destroy(ctx, net);
  k.cancel = 0;
  lg_ctx_set_progress(ctx, NULL, NULL);
  assert_ok(ctx, lg_ctx_set_threads(ctx, 2));
  assert_ok(ctx, lg_cable_network_create(ctx, n, NULL, &net));
  k.bytes[k.n / 2] ^= 1;
  assert_int_equal(lg_cable_network_restore(ctx, net, k.bytes, k.n), LG_ERR_FORMAT);
  k.bytes[k.n / 2] ^= 1;
  assert_ok(ctx, lg_cable_network_restore(ctx, net, k.bytes, k.n));
  assert_ok(ctx, lg_cable_network_run(ctx, net, NULL));
  assert_ok(ctx, lg_cable_network_result(ctx, net, &rest));
  assert_true(same(whole, rest));
  lg_cable_network_destroy(ctx, net);
  n->seed = 2; /* another network */
  assert_ok(ctx, lg_cable_network_create(ctx, n, NULL, &net));
  assert_int_equal(lg_cable_network_restore(ctx, net, k.bytes, k.n), LG_ERR_FORMAT);
  lg_cable_network_destroy(ctx, net);
  lg_cable_network_result_destroy(ctx, whole);
  lg_cable_network_result_destroy(ctx, rest);
  lg_cable_network_model_destroy(ctx, n);
  lg_free(ctx, k.bytes);
  lg_ctx_destroy(ctx);
}

/* The window between exchanges follows from the shortest delay; a shorter one elsewhere changes no bit here. */
static void windows_do_not_matter(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_network_model *n = make_busy(ctx);
  n->n_gaps = 0;
  cable_network_result *long_ = run(ctx, n);
  cable_projection *more = lg_alloc(ctx, 4, sizeof *more);
  memcpy(more, n->projections, 3 * sizeof *more);
  more[3] = (cable_projection){
      .from = 1, .to = 1, .rule = CABLE_ONE_TO_ONE, .to_itself = true, .weight = fixed(0.0), .delay_ms = fixed(0.1)};
  lg_free(ctx, n->projections);
  n->projections = more;
  n->n_projections = 4;
  cable_network_result *short_ = run(ctx, n);
  assert_int_equal(long_->n_spikes, short_->n_spikes);
  for (size_t k = 0; k < long_->n_spikes; k++) assert_true(long_->spikes[k].t_ms == short_->spikes[k].t_ms);
  lg_cable_network_result_destroy(ctx, long_);
  lg_cable_network_result_destroy(ctx, short_);
  lg_cable_network_model_destroy(ctx, n);
  lg_ctx_destroy(ctx);
}

/* Delays of thousands of steps: the answers are those of a short delay, later; also when the run was broken while the
 * events were under way. */
static void long_delays(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_network_model *n = make_network(ctx, 2, 1, 0);
  const double t_ms[] = {1.2345, 2.5, 30.0, 61.2};
  const uint32_t cell[] = {0, 0, 0, 0};
  static const double delay_ms[] = {1.5, 121.5, 401.5};
  add_train(ctx, n, 0, 1, 4, t_ms, cell);
  add_cells(n, 1, "cells", 3, make_cell(ctx, "pas", 1));
  n->projections[0] = (cable_projection){.to = 1, .rule = CABLE_LIST, .weight = fixed(1e-3), .delay_ms = fixed(1.5)};
  n->projections[0].n_list = 3;
  n->projections[0].list = lg_alloc(ctx, 3, sizeof(cable_list_entry));
  for (uint32_t k = 0; k < 3; k++)
    n->projections[0].list[k] = (cable_list_entry){.to = k, .weight = (double)NAN, .delay_ms = delay_ms[k]};
  n->tstop_ms = 600.0;
  probe_all(ctx, n, 1, 0);
  cable_network_result *whole = run(ctx, n), *rest = NULL;
  const double *v = whole->values;
  assert_int_equal(whole->n_events, 12);
  for (size_t c = 1; c < 3; c++) {
    const size_t later = (size_t)(10.0 * (delay_ms[c] - delay_ms[0]) + 0.5);
    for (size_t k = 0; k + later < whole->n_samples; k++)
      assert_true(fabs(v[c * whole->n_samples + k + later] - v[k]) < 1e-6);
  }
  assert_true(v[350] > -69.0);
  cable_network *net = NULL;
  kept k = {0};
  const cable_network_run options = {.save = keep, .user = &k};
  assert_ok(ctx, lg_cable_network_create(ctx, n, NULL, &net));
  lg_ctx_set_cancel_flag(ctx, &k.cancel);
  lg_ctx_set_progress(ctx, cancel_at_half, &k);
  assert_int_equal(lg_cable_network_run(ctx, net, &options), LG_ERR_CANCELLED);
  lg_cable_network_destroy(ctx, net);
  k.cancel = 0;
  lg_ctx_set_progress(ctx, NULL, NULL);
  assert_ok(ctx, lg_cable_network_create(ctx, n, NULL, &net));
  assert_ok(ctx, lg_cable_network_restore(ctx, net, k.bytes, k.n));
  assert_ok(ctx, lg_cable_network_run(ctx, net, NULL));
  assert_ok(ctx, lg_cable_network_result(ctx, net, &rest));
  assert_true(same(whole, rest));
  lg_free(ctx, k.bytes);
  lg_cable_network_destroy(ctx, net);
  lg_cable_network_result_destroy(ctx, whole);
  lg_cable_network_result_destroy(ctx, rest);
  lg_cable_network_model_destroy(ctx, n);
  lg_ctx_destroy(ctx);
}

/* Events taken together leave what they leave one after the other. */
static void many_events_are_as_one(void **state) {
  (void)state;
  enum { CELLS = 20, EVENTS = 150 };
  static const char *const names[] = {"ExpSyn", "Exp2Syn", "NMDA", "AMPA_NMDA", "GABA_AB"};
  lg_ctx *ctx = lg_test_ctx();
  for (size_t m = 0; m < 5; m++)
    for (int scheme = CABLE_SDIRK2; scheme <= CABLE_NRN; scheme++) {
      cable_model *cell = make_cell(ctx, "pas", 1);
      cable_tree *tree = NULL;
      cable_group *group[2] = {NULL, NULL};
      const cable_cut cut = CABLE_CUT_INIT;
      double weight[EVENTS + 8], offset_ms[EVENTS + 8];
      uint32_t port[EVENTS + 8];
      uint64_t key[EVENTS + 8];
      const cable_arrivals events = {EVENTS, weight, offset_ms, port, key};
      cable_use *use = &cell->synapses[0].use;
      lg_free(ctx, use->values);
      use->mechanism = lg_cable_mechanism_find(names[m]);
      use->values = lg_alloc(ctx, use->mechanism->n_parameters, sizeof(double));
      for (size_t k = 0; k < use->mechanism->n_parameters; k++)
        use->values[k] = use->mechanism->parameters[k].default_value;
      assert_ok(ctx, lg_cable_tree_create(ctx, cell, &cut, &tree));
      const cable_run_options options = {.scheme = (cable_scheme)scheme, .dt_ms = 0.1, .n_cells = CELLS};
      for (int g = 0; g < 2; g++) assert_ok(ctx, lg_cable_group_create(ctx, cell, tree, &options, &group[g]));
      lg_rng rng = lg_rng_make(3, m, 0);
      for (uint32_t k = 0; k < EVENTS; k++) {
        const size_t to = (size_t)lg_rng_below(&rng, CELLS);
        weight[k] = 1e-3 * lg_rng_uniform(&rng);
        offset_ms[k] = k % 5 ? 0.1 * lg_rng_uniform(&rng) : 0.0;
        port[k] = lg_cable_group_port(group[0], to, 0);
        key[k] = k;
        lg_cable_group_receive(group[1], to, 0, weight[k], offset_ms[k]);
      }
      lg_cable_group_receive_all(group[0], &events);
      double moved = 0.0;
      for (int step = 0; step < 6; step++) {
        for (int g = 0; g < 2; g++) lg_cable_group_step(group[g]);
        for (size_t c = 0; c < CELLS; c++) {
          const double v = lg_cable_group_v(group[1], 0, c);
          moved = fmax(moved, fabs(v + 70.0));
          assert_true(fabs(lg_cable_group_v(group[0], 0, c) - v) < 1e-12);
        }
      }
      assert_true(moved > 1e-3);
      for (int g = 0; g < 2; g++) lg_cable_group_destroy(ctx, group[g]);
      lg_cable_tree_destroy(ctx, tree);
      lg_cable_model_destroy(ctx, cell);
    }
  lg_ctx_destroy(ctx);
}

static size_t connections(lg_ctx *ctx, cable_network_model *n, cable_rule rule) {
  n->projections[0].rule = rule;
  n->tstop_ms = n->dt_ms;
  cable_network_result *r = run(ctx, n);
  const size_t count = r->n_connections;
  lg_cable_network_result_destroy(ctx, r);
  return count;
}

static void rules(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_network_model *n = make_network(ctx, 1, 1, 0);
  add_cells(n, 0, "a", 150, make_cell(ctx, "LIF", 1));
  n->projections[0] =
      (cable_projection){.probability = 0.3, .indegree = 17, .weight = fixed(1e-3), .delay_ms = fixed(1)};
  assert_int_equal(connections(ctx, n, CABLE_ONE_TO_ONE), 150);
  assert_int_equal(connections(ctx, n, CABLE_ALL_TO_ALL), 150 * 149);
  assert_int_equal(connections(ctx, n, CABLE_INDEGREE), 150 * 17);
  n->projections[0].indegree = 149;
  assert_int_equal(connections(ctx, n, CABLE_INDEGREE), 150 * 149);
  const double mean = 150 * 149 * 0.3, sd = sqrt(mean * 0.7);
  const size_t drawn = connections(ctx, n, CABLE_PROBABILITY);
  assert_true(fabs((double)drawn - mean) < 4 * sd);
  n->projections[0].probability = 1.0;
  assert_int_equal(connections(ctx, n, CABLE_PROBABILITY), 150 * 149);
  n->projections[0].probability = 0.0;
  assert_int_equal(connections(ctx, n, CABLE_PROBABILITY), 0);
  n->projections[0].to_itself = true;
  assert_int_equal(connections(ctx, n, CABLE_ALL_TO_ALL), 150 * 150);
  lg_cable_network_model_destroy(ctx, n);
  lg_ctx_destroy(ctx);
}

static void refusals(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  cable_network *net = NULL;
  cable_network_model *n = make_network(ctx, 1, 1, 0);
  add_cells(n, 0, "a", 9, make_cell(ctx, "LIF", 1));
  n->projections[0] = (cable_projection){.rule = CABLE_ALL_TO_ALL, .weight = fixed(1e-3), .delay_ms = fixed(0.01)};
  assert_int_equal(lg_cable_network_create(ctx, n, NULL, &net), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "shorter than the step"));
  n->projections[0].delay_ms = fixed(1.0);
  n->projections[0].rule = CABLE_INDEGREE;
  n->projections[0].indegree = 9;
  assert_int_equal(lg_cable_network_create(ctx, n, NULL, &net), LG_ERR_RANGE);
  n->projections[0].indegree = 8;
  n->scheme = CABLE_ADAPTIVE;
  assert_int_equal(lg_cable_network_create(ctx, n, NULL, &net), LG_ERR_UNSUPPORTED);
  n->scheme = CABLE_SDIRK2;
  n->n_gaps = 1;
  n->gaps = lg_alloc(ctx, 1, sizeof *n->gaps);
  n->gaps[0] = (cable_gap){.cell = {0, 1}, .conductance_uS = 100.0};
  assert_int_equal(lg_cable_network_create(ctx, n, NULL, &net), LG_ERR_RANGE);
  assert_non_null(strstr(lg_ctx_message(ctx), "gap junction"));
  assert_null(net);
  n->gaps[0].conductance_uS = 1e-3;
  n->projections[0].weight = fixed(-5.0); /* a conductance below 0: v runs away */
  set(n->populations[0].model, "v_th", -69.9999);
  set(n->populations[0].model, "el", -60.0);
  assert_ok(ctx, lg_cable_network_create(ctx, n, NULL, &net));
  assert_int_equal(lg_cable_network_run(ctx, net, NULL), LG_ERR_NUMERICAL);
  assert_non_null(strstr(lg_ctx_message(ctx), "diverged before t ="));
  lg_cable_network_destroy(ctx, net);
  lg_cable_network_model_destroy(ctx, n);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arrival_is_exact),
      cmocka_unit_test(lif_is_of_second_order),
      cmocka_unit_test(chain),
      cmocka_unit_test(gaps_are_of_second_order),
      cmocka_unit_test(threads_do_not_matter),
      cmocka_unit_test(state_goes_on),
      cmocka_unit_test(windows_do_not_matter),
      cmocka_unit_test(long_delays),
      cmocka_unit_test(many_events_are_as_one),
      cmocka_unit_test(rules),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
