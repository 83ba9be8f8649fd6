/* The vectors of hh: against rates in plain double, between builds bit by bit, on all sorts of node sets. */
#include "tests/test.h"

#include "base/base.h"
#include "base/cpu.h"
#include "base/elementary.h"
#include "cable/kernel_hh.h"
#include "cable/kernel_step.h"
#include "cable/mechanisms.h"

#include <math.h>
#include <string.h>

typedef void (*run_fn)(const cable_hh_run *);

enum { POINTS = 4096 };

typedef struct arrays {
  double v[POINTS], g[POINTS], i[POINTS], m[POINTS], h[POINTS], n[POINTS], scale[POINTS];
  double gnabar[POINTS], gkbar[POINTS], gl[POINTS], el[POINTS], ena[POINTS], ek[POINTS];
} arrays;

/* Potentials over the whole range and, many, at and near the removable singularities. */
static double potential(lg_rng *rng, size_t k) {
  const double x = lg_rng_uniform(rng), side = k % 2 ? 1.0 : -1.0;
  switch (k % 8) {
  case 0:
    return -40.0 + side * pow(10.0, -14.0 + 15.0 * x);
  case 1:
    return -55.0 + side * pow(10.0, -14.0 + 15.0 * x);
  case 2:
    return k % 3 ? -40.0 : -55.0;
  case 3:
    return -100.0 + 200.0 * x;
  case 4:
    return k % 16 == 4 ? -250.0 + 500.0 * x : -65.0;
  default:
    return -90.0 + 130.0 * x;
  }
}

static void fill(arrays *a, bool tame) {
  lg_rng rng = lg_rng_make(7, 2, 0);
  for (size_t k = 0; k < POINTS; k++) {
    a->v[k] = potential(&rng, k);
    if (tame && fabs(a->v[k]) > 100.0) a->v[k] = -70.0;
    double *gates[] = {&a->m[k], &a->h[k], &a->n[k]};
    for (size_t j = 0; j < 3; j++) *gates[j] = lg_rng_uniform(&rng);
    a->g[k] = lg_rng_range(&rng, 0.0, 1e-3);
    a->i[k] = lg_rng_range(&rng, -1e-2, 1e-2);
    a->scale[k] = lg_rng_range(&rng, 0.1, 3.0);
    a->gnabar[k] = lg_rng_range(&rng, 0.05, 0.2);
    a->gkbar[k] = lg_rng_range(&rng, 0.01, 0.1);
    a->gl[k] = lg_rng_range(&rng, 1e-4, 1e-3);
    a->el[k] = lg_rng_range(&rng, -70.0, -50.0);
    a->ena[k] = lg_rng_range(&rng, 40.0, 60.0);
    a->ek[k] = lg_rng_range(&rng, -90.0, -70.0);
  }
}

static cable_hh_run run_of(arrays *a, const cable_hh_pace *pace, bool flows, bool uniform) {
  return (cable_hh_run){.n = POINTS,
                        .v = a->v,
                        .g = flows ? a->g : NULL,
                        .i = flows ? a->i : NULL,
                        .m = a->m,
                        .h = a->h,
                        .k = a->n,
                        .scale = a->scale,
                        .uniform = uniform,
                        .gnabar = a->gnabar,
                        .gkbar = a->gkbar,
                        .gl = a->gl,
                        .el = a->el,
                        .ena = a->ena,
                        .ek = a->ek,
                        .pace = pace};
}

static size_t builds(run_fn fn[3]) {
  fn[0] = lg_cable_hh_run_plain;
  fn[1] = lg_cable_hh_run_v3;
  fn[2] = lg_cable_hh_run_v4;
  return lg_cpu_level() >= LG_CPU_V4 ? 3 : lg_cpu_level() >= LG_CPU_V3 ? 2 : 1;
}

static double worst(double worst_so_far, double got, double want, double scale) {
  const double e = fabs(got - want) / scale;
  return e <= worst_so_far ? worst_so_far : e; /* NaN gets through */
}

/* One step: what moved, relative to what had to move; and the currents. */
static void steps_are_those_of_plain_double(void **state) {
  (void)state;
  static arrays before, after;
  run_fn fn[3];
  const size_t n_builds = builds(fn);
  const double dts[] = {1e-4, 0.0125, 0.025, 0.1, 1.0}, temperatures[] = {6.3, 16.3, 36.0};
  for (size_t b = 0; b < n_builds; b++)
    for (size_t d = 0; d < 5; d++)
      for (size_t t = 0; t < 3; t++) {
        const cable_hh_pace pace = lg_cable_hh_pace(dts[d], temperatures[t]);
        fill(&before, false);
        after = before;
        const cable_hh_run run = run_of(&after, &pace, true, false);
        fn[b](&run);
        double gate = 0.0, g = 0.0, i = 0.0;
        for (size_t k = 0; k < POINTS; k++) {
          double x[3] = {before.m[k], before.h[k], before.n[k]};
          const double got[3] = {after.m[k], after.h[k], after.n[k]};
          lg_cable_hh_relax(before.v[k], &pace, &x[0], &x[1], &x[2]);
          /* plain double itself loses x when it falls from 1 to almost nothing in one step */
          for (size_t j = 0; j < 3; j++) gate = worst(gate, got[j], x[j], fmax(x[j], 1e-3));
          const double na = before.gnabar[k] * x[0] * x[0] * x[0] * x[1],
                       ka = before.gkbar[k] * x[2] * x[2] * x[2] * x[2];
          const double sum = na + ka + before.gl[k], s = before.scale[k], v = before.v[k];
          const double terms[3] = {na * (v - before.ena[k]), ka * (v - before.ek[k]),
                                   before.gl[k] * (v - before.el[k])};
          g = worst(g, after.g[k], before.g[k] + s * sum, before.g[k] + s * sum);
          i = worst(i, after.i[k], before.i[k] + s * (terms[0] + terms[1] + terms[2]),
                    fabs(before.i[k]) + s * (fabs(terms[0]) + fabs(terms[1]) + fabs(terms[2])));
        }
        if (!(gate <= 1e-12 && g <= 4e-12 && i <= 4e-12))
          fail_msg("build %zu, dt %g ms, %g C: gates %.2g, g %.2g, i %.2g", b, dts[d], temperatures[t], gate, g, i);
      }
}

/* The rates: a long row of tiny steps of the gates from 0 and from 1 gives a and b apart. */
static void rates_are_exact(void **state) {
  (void)state;
  static arrays low;
  run_fn fn[3];
  const size_t n_builds = builds(fn);
  const cable_hh_pace pace = lg_cable_hh_pace(1e-6, 6.3);
  for (size_t b = 0; b < n_builds; b++) {
    fill(&low, true);
    for (size_t k = 0; k < POINTS; k++) low.m[k] = low.h[k] = low.n[k] = 0.0;
    const cable_hh_run run = run_of(&low, &pace, false, false);
    fn[b](&run);
    double opening = 0.0;
    for (size_t k = 0; k < POINTS; k++) {
      double x[3] = {0.0, 0.0, 0.0};
      const double got[3] = {low.m[k], low.h[k], low.n[k]};
      lg_cable_hh_relax(low.v[k], &pace, &x[0], &x[1], &x[2]);
      for (size_t j = 0; j < 3; j++) opening = worst(opening, got[j], x[j], x[j]);
    }
    if (!(opening <= 1e-12)) fail_msg("build %zu: opening rates off by %.3g", b, opening);
  }
}

static void builds_give_the_same_bits(void **state) {
  (void)state;
  static arrays first, other;
  run_fn fn[3];
  const size_t n_builds = builds(fn);
  for (unsigned mode = 0; mode < 16; mode++) {
    const bool steps = mode & 1, flows = mode & 2;
    if (!steps && !flows) continue;
    const cable_hh_pace pace = lg_cable_hh_pace(mode & 4 ? 0.025 : 0.2, 6.3);
    for (size_t b = 0; b < n_builds; b++) {
      fill(&other, false);
      const cable_hh_run run = run_of(&other, steps ? &pace : NULL, flows, mode & 8);
      fn[b](&run);
      if (b == 0) first = other;
      assert_memory_equal(&first, &other, sizeof first);
    }
  }
}

/* ---- the mechanism over blocks ---- */

typedef struct cell {
  size_t number, padded, n_nodes;
  uint32_t node[512];
  double v[512], g[512], i[512], e[2][512], values[4][512], states[3][512], scale[512];
  double *parameter[4], *state[3];
  cable_ion ions[2], *ion[2];
  cable_block block;
} cell;

/* sort 0: side by side; 1: tiles of 8; 2: anywhere; 3: some of each. */
static void make_cell(cell *c, int sort, bool uniform) {
  lg_rng rng = lg_rng_make(11, (uint64_t)sort, 0);
  memset(c, 0, sizeof *c);
  c->number = sort == 1 ? 160 : 171;
  c->padded = (c->number + 7) / 8 * 8;
  uint32_t at = 3;
  for (size_t k = 0; k < c->number; k++) {
    c->node[k] = at;
    const bool jump = sort == 1 ? k % 8 == 7 : sort == 2 || (sort == 3 && k > 40 && k < 90);
    at += jump && lg_rng_below(&rng, 3) ? 2 : 1;
  }
  c->n_nodes = at;
  for (size_t k = 0; k < 512; k++) {
    c->v[k] = lg_rng_range(&rng, -80.0, 40.0);
    c->scale[k] = lg_rng_range(&rng, 0.5, 2.0);
    for (int p = 0; p < 4; p++) c->values[p][k] = uniform ? p == 3 ? -54.3 : 0.1 : lg_rng_range(&rng, 0.01, 0.2);
    for (int j = 0; j < 3; j++) c->states[j][k] = lg_rng_uniform(&rng);
    c->e[0][k] = uniform ? 50.0 : lg_rng_range(&rng, 40.0, 60.0);
    c->e[1][k] = uniform ? -77.0 : lg_rng_range(&rng, -90.0, -70.0);
  }
  for (size_t k = 0; uniform && k < 8; k += 7) { /* fills a gap: its reversals mean nothing */
    c->scale[k] = 0.0;
    c->e[0][c->node[k]] = c->e[1][c->node[k]] = 999.0;
  }
  for (size_t k = c->number; k < c->padded; k++) {
    c->node[k] = at; /* the spare node */
    for (int p = 0; p < 4; p++) c->values[p][k] = c->values[p][c->number - 1];
  }
  for (int p = 0; p < 4; p++) c->parameter[p] = c->values[p];
  for (int j = 0; j < 3; j++) c->state[j] = c->states[j];
  for (int j = 0; j < 2; j++) {
    c->ions[j].reversal_mV = c->e[j];
    c->ion[j] = &c->ions[j];
  }
  c->block = (cable_block){.kind = &lg_cable_hh,
                           .number = c->number,
                           .lanes = 1,
                           .node = c->node,
                           .contiguous = sort == 0,
                           .tiled = sort == 1,
                           .parameter = c->parameter,
                           .state = c->state,
                           .scale = c->scale,
                           .ion = c->ion};
}

static void check_block(lg_ctx *ctx, int sort, bool uniform) {
  static cell c, want;
  make_cell(&c, sort, uniform);
  want = c;
  const cable_moment now = {.dt_ms = 0.025, .celsius = 6.3, .v = c.v, .g = c.g, .i = c.i};
  const cable_hh_pace pace = lg_cable_hh_pace(0.025, 6.3);
  assert_ok(ctx, lg_cable_hh.prepare(ctx, &c.block, 6.3));
  lg_cable_hh.advance_current(&c.block, &now);
  for (size_t k = 0; k < c.number; k++) {
    const uint32_t q = c.node[k];
    double x[3] = {want.states[0][k], want.states[1][k], want.states[2][k]};
    lg_cable_hh_relax(want.v[q], &pace, &x[0], &x[1], &x[2]);
    for (int j = 0; j < 3; j++) assert_true(fabs(c.states[j][k] - x[j]) <= 1e-12 * x[j]);
    const double na = want.values[0][k] * x[0] * x[0] * x[0] * x[1], ka = want.values[1][k] * x[2] * x[2] * x[2] * x[2];
    want.g[q] += want.scale[k] * (na + ka + want.values[2][k]);
    want.i[q] += want.scale[k] * (na * (want.v[q] - want.e[0][q]) + ka * (want.v[q] - want.e[1][q]) +
                                  want.values[2][k] * (want.v[q] - want.values[3][k]));
  }
  for (size_t q = 0; q < c.n_nodes; q++) {
    assert_true(fabs(c.g[q] - want.g[q]) <= 1e-11 * want.g[q]);
    assert_true(fabs(c.i[q] - want.i[q]) <= 1e-11 * (fabs(want.i[q]) + 10.0 * want.g[q]));
  }
  /* in one pass or two: the same bits; other nodes are not touched */
  static cell two;
  make_cell(&two, sort, uniform);
  const cable_moment again = {.dt_ms = 0.025, .celsius = 6.3, .v = two.v, .g = two.g, .i = two.i};
  assert_ok(ctx, lg_cable_hh.prepare(ctx, &two.block, 6.3));
  lg_cable_hh.advance(&two.block, &again);
  lg_cable_hh.current(&two.block, &again);
  assert_memory_equal(two.g, c.g, c.n_nodes * sizeof *c.g);
  assert_memory_equal(two.i, c.i, c.n_nodes * sizeof *c.i);
  for (int j = 0; j < 3; j++) assert_memory_equal(two.states[j], c.states[j], c.number * sizeof(double));
  lg_cable_hh.release(ctx, &c.block);
  lg_cable_hh.release(ctx, &two.block);
}

static void blocks_of_all_sorts(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  for (int sort = 0; sort < 4; sort++)
    for (int uniform = 0; uniform < 2; uniform++) check_block(ctx, sort, uniform != 0);
  lg_ctx_destroy(ctx);
}

/* ---- passes over all nodes ---- */

typedef struct passes {
  double c[64], uS[64], nA[64], v[512], g[512], i[512], d[512], r[512], drive_uS[512], drive_nA[512];
  double inside[512], outside[512], fixed[512], value[512], before[512];
} passes;

/* Everything a build does, on n_nodes * lanes <= 500 places. */
static void all_passes(const cable_pass_kernels *kernels, size_t n_nodes, size_t lanes, passes *p) {
  lg_rng rng = lg_rng_make(3, n_nodes, lanes);
  memset(p, 0, sizeof *p);
  for (size_t k = 0; k < 64; k++) {
    p->c[k] = lg_rng_range(&rng, 0.01, 1.0);
    p->uS[k] = lg_rng_range(&rng, 0.01, 1.0);
    p->nA[k] = lg_rng_range(&rng, -1.0, 1.0);
  }
  for (size_t k = 0; k < 512; k++) {
    double *const all[] = {p->v, p->g, p->i, p->d, p->r, p->drive_uS, p->drive_nA, p->value, p->before};
    for (size_t a = 0; a < sizeof all / sizeof *all; a++) all[a][k] = lg_rng_range(&rng, -1.0, 1.0);
    p->inside[k] = k == 17 ? 0.0 : k == 18 ? -1.0 : k == 19 ? (double)NAN : pow(10.0, lg_rng_range(&rng, -6.0, 3.0));
    p->outside[k] = k == 20 ? 1e-320 : lg_rng_range(&rng, 0.5, 3.0);
    p->fixed[k] = k % 5 ? (double)NAN : 40.0;
  }
  const cable_pass pass = {n_nodes, lanes, p->c, p->uS, p->nA, p->v, p->g, p->i, p->d, p->r};
  kernels->drive(&pass, p->drive_uS, p->drive_nA, 8, (n_nodes * lanes + 7) / 8 * 8);
  kernels->assemble(&pass, 40.0);
  kernels->second_stage(&pass, 97.0);
  kernels->add_rhs(&pass);
  kernels->nernst(n_nodes * lanes, 12.3, p->inside, p->outside, p->fixed, p->value, p->before);
}

static void passes_give_the_same_bits(void **state) {
  (void)state;
  static passes plain, other;
  const cable_pass_kernels *builds[] = {&lg_cable_pass_v3, &lg_cable_pass_v4};
  const lg_cpu needs[] = {LG_CPU_V3, LG_CPU_V4};
  const size_t shapes[][2] = {{1, 1}, {5, 1}, {8, 1}, {61, 1}, {1, 8}, {7, 24}, {3, 104}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    const size_t n = shapes[s][0] * shapes[s][1];
    all_passes(&lg_cable_pass_plain, shapes[s][0], shapes[s][1], &plain);
    for (size_t k = 0; k < n; k++) { /* NaN compares by bits below; here the values */
      const double want = isnan(plain.fixed[k]) ? 12.3 * lg_ln(plain.outside[k] / plain.inside[k]) : plain.value[k];
      if (!isnan(want)) assert_memory_equal(&plain.value[k], &want, sizeof want);
      else assert_true(isnan(plain.value[k]));
      if (n > 8) assert_true(plain.g[k] == 0.0 && plain.i[k] == 0.0);
    }
    for (size_t k = 0; k < 512; k++)
      if (isnan(plain.value[k])) plain.value[k] = 1e30;
    for (size_t b = 0; b < 2; b++) {
      if (lg_cpu_level() < needs[b]) continue;
      all_passes(builds[b], shapes[s][0], shapes[s][1], &other);
      for (size_t k = 0; k < 512; k++)
        if (isnan(other.value[k])) other.value[k] = 1e30; /* one NaN is as good as another */
      assert_memory_equal(&plain, &other, offsetof(passes, inside));
      assert_memory_equal(plain.value, other.value, sizeof plain.value);
      assert_memory_equal(plain.before, other.before, sizeof plain.before);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_are_those_of_plain_double), cmocka_unit_test(rates_are_exact),
      cmocka_unit_test(builds_give_the_same_bits),       cmocka_unit_test(blocks_of_all_sorts),
      cmocka_unit_test(passes_give_the_same_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
