/* Kernels of derivatives: builds give the same bits, and gates answer as their own step does. */
#include "tests/test.h"

#include "base/base.h"
#include "base/cpu.h"
#include "cable/adjoint_kernel.h"
#include "cable/tangent_kernel.h"

#include <math.h>
#include <string.h>

enum { N = 240, NODES = 300, BUILDS = 3 };

typedef struct bench {
  uint32_t node[N + 8];
  double v[NODES + 8], gate[3][N + 8], scale[N + 8], gnabar[N + 8], gkbar[N + 8];
  double own[BUILDS][3][N + 8], by_v[BUILDS][3][N + 8], flow[BUILDS][5][N + 8];
  double by_gate[BUILDS][3][N + 8], back_v[BUILDS][NODES + 8], e[2][NODES + 8], h[NODES + 8], diagonal[NODES + 8];
  double sum[BUILDS][2][N + 8], by_e[BUILDS][2][NODES + 8];
} bench;

/* Potentials everywhere: at, beside and far from the poles, and beyond what series hold for. */
static double potential(lg_rng *rng, size_t k) {
  const double x = lg_rng_uniform(rng), pole = k % 2 ? -40.0 : -55.0;
  if (k % 7 == 0) return pole;
  if (k % 7 == 1) return pole + (k % 3 ? 1.0 : -1.0) * pow(10.0, -12.0 + 12.0 * x);
  if (k % 31 == 2) return -260.0 + 520.0 * x;
  return -95.0 + 150.0 * x;
}

static void fill(bench *b) {
  lg_rng rng = lg_rng_make(3, 1, 4);
  memset(b, 0, sizeof *b);
  for (size_t k = 0; k < N + 8; k++) {
    b->node[k] = k < N ? (uint32_t)(k + (k > 100 ? 7 : 0) + (k > 150 ? k - 150 : 0) / 2) : NODES;
    if (b->node[k] > NODES) b->node[k] = NODES;
    for (size_t j = 0; j < 3; j++) b->gate[j][k] = lg_rng_uniform(&rng);
    b->scale[k] = lg_rng_range(&rng, 0.1, 3.0);
    b->gnabar[k] = lg_rng_range(&rng, 0.05, 0.2);
    b->gkbar[k] = lg_rng_range(&rng, 0.01, 0.1);
  }
  for (size_t k = 0; k < NODES + 8; k++) {
    b->v[k] = potential(&rng, k);
    b->e[0][k] = 50.0 + (double)(k % 3);
    b->e[1][k] = -77.0;
    b->h[k] = lg_rng_range(&rng, -1.0, 1.0);
    b->diagonal[k] = lg_rng_range(&rng, -60.0, 60.0);
  }
}

static void run_build(bench *b, const cable_hh_pace *pace, size_t build, const tangent_kernels *ahead,
                      const adjoint_kernels *back) {
  tangent_hh hh = {.n = N,
                   .node = b->node,
                   .gate = {b->gate[0], b->gate[1], b->gate[2]},
                   .scale = b->scale,
                   .gnabar = b->gnabar,
                   .gkbar = b->gkbar,
                   .v = b->v,
                   .pace = pace,
                   .by_m = b->flow[build][0],
                   .by_h = b->flow[build][1],
                   .by_n = b->flow[build][2],
                   .open_na = b->flow[build][3],
                   .open_k = b->flow[build][4]};
  adjoint_hh a = {.n = N,
                  .node = b->node,
                  .pace = pace,
                  .gate = {b->gate[0], b->gate[1], b->gate[2]},
                  .scale = b->scale,
                  .gnabar = b->gnabar,
                  .gkbar = b->gkbar,
                  .v = b->v,
                  .ena = b->e[0],
                  .ek = b->e[1],
                  .h = b->h,
                  .diagonal = b->diagonal,
                  .by_v = b->back_v[build],
                  .sum_gnabar = b->sum[build][0],
                  .sum_gkbar = b->sum[build][1],
                  .by_ena = b->by_e[build][0],
                  .by_ek = b->by_e[build][1]};
  for (size_t j = 0; j < 3; j++) {
    hh.own[j] = b->own[build][j];
    hh.by_v[j] = b->by_v[build][j];
    a.by_gate[j] = b->by_gate[build][j];
    for (size_t k = 0; k < N; k++) a.by_gate[j][k] = 0.1 * (double)(k % 11) - 0.3;
  }
  memset(b->back_v[build], 0, sizeof b->back_v[build]);
  ahead->hh_flow(&hh);
  ahead->hh_gates(&hh);
  back->hh_gates(&a);
  back->hh_flow(&a);
}

static void near(double a, double b, double size, const char *what, size_t k, double v) {
  if (!(fabs(a - b) <= size)) fail_msg("%s of %zu at %.17g mV: %.15g, by differences %.15g", what, k, v, a, b);
}

/* Slopes of the plain build against differences of the step itself. */
static void against_steps(const bench *b, const cable_hh_pace *pace) {
  for (size_t k = 0; k < N; k++) {
    const double v = b->v[b->node[k]], d = 1e-3;
    for (size_t j = 0; j < 3; j++) {
      double moved[5][3];
      for (int side = 0; side < 5; side++) {
        static const double by[5] = {1.0, -1.0, 2.0, -2.0, 0.0};
        double *x = moved[side];
        for (size_t i = 0; i < 3; i++) x[i] = b->gate[i][k] + (side == 4 && i == j ? 1.0 : 0.0);
        lg_cable_hh_relax(v + by[side] * d, pace, &x[0], &x[1], &x[2]);
      }
      const double first = moved[0][j] - moved[1][j], second = moved[2][j] - moved[3][j];
      const double by_v = (8.0 * first - second) / (12.0 * d);
      const double middle = (moved[0][j] + moved[1][j]) / 2.0; /* off by (d^2 / 2) x'' */
      near(b->by_v[0][j][k], by_v, 1e-9, "slope by v", k, v);
      near(b->own[0][j][k], moved[4][j] - middle, 1e-7, "slope by the gate", k, v);
    }
  }
}

static void slopes_of_gates(void **unused) {
  (void)unused;
  static bench b;
  const tangent_kernels *ahead[BUILDS] = {&lg_tangent_plain, &lg_tangent_v3, &lg_tangent_v4};
  const adjoint_kernels *back[BUILDS] = {&lg_adjoint_plain, &lg_adjoint_v3, &lg_adjoint_v4};
  const lg_cpu needs[BUILDS] = {LG_CPU_PLAIN, LG_CPU_V3, LG_CPU_V4};
  for (int warm = 0; warm < 2; warm++) {
    const cable_hh_pace pace = lg_cable_hh_pace(0.025, warm ? 20.0 : 6.3);
    assert_true(pace.by_series == !warm);
    fill(&b);
    for (size_t k = 0; k < BUILDS; k++) {
      if (lg_cpu_level() < needs[k]) continue;
      run_build(&b, &pace, k, ahead[k], back[k]);
      assert_memory_equal(b.flow[k], b.flow[0], sizeof b.flow[0]);
      for (size_t j = 0; j < 3; j++) {
        assert_memory_equal(b.own[k][j], b.own[0][j], N * sizeof(double));
        assert_memory_equal(b.by_v[k][j], b.by_v[0][j], N * sizeof(double));
        assert_memory_equal(b.by_gate[k][j], b.by_gate[0][j], N * sizeof(double));
      }
      assert_memory_equal(b.back_v[k], b.back_v[0], NODES * sizeof(double));
      assert_memory_equal(b.sum[k], b.sum[0], sizeof b.sum[0]);
      assert_memory_equal(b.by_e[k][0], b.by_e[0][0], NODES * sizeof(double));
      assert_memory_equal(b.by_e[k][1], b.by_e[0][1], NODES * sizeof(double));
    }
    against_steps(&b, &pace);
  }
}

/* The way back through the two solutions, and forwards beside it: <forward x, y> = <x, back y> of what stands at nodes.
 */
static void nodes_of_all_builds(void **unused) {
  (void)unused;
  enum { M = 64 };
  static double x[16][M + 8], out[BUILDS][8][M + 8];
  static uint32_t up[M + 8];
  lg_rng rng = lg_rng_make(8, 1, 1);
  const adjoint_kernels *back[BUILDS] = {&lg_adjoint_plain, &lg_adjoint_v3, &lg_adjoint_v4};
  const lg_cpu needs[BUILDS] = {LG_CPU_PLAIN, LG_CPU_V3, LG_CPU_V4};
  for (size_t j = 0; j < 16; j++)
    for (size_t k = 0; k < M; k++) x[j][k] = lg_rng_range(&rng, -1.0, 1.0);
  for (uint32_t k = 0; k < M + 8; k++) up[k] = k == 0 || k >= M ? k : (uint32_t)lg_rng_below(&rng, k);
  for (size_t b = 0; b < BUILDS; b++) {
    if (lg_cpu_level() < needs[b]) continue;
    memset(out[b], 0, sizeof out[b]);
    memcpy(out[b][0], x[5], sizeof x[5]);
    const adjoint_nodes a = {.n = M,
                             .beta = 2.414,
                             .v0 = x[0],
                             .v1 = x[1],
                             .y = x[2],
                             .s = x[3],
                             .up = up,
                             .v = out[b][0],
                             .zeta = x[4],
                             .eta = out[b][1],
                             .h = out[b][2],
                             .diagonal = out[b][3],
                             .sum_nA = out[b][4],
                             .sum_uS = out[b][5],
                             .sum_s = out[b][6],
                             .sum_axial = out[b][7]};
    back[b]->first(&a);
    for (size_t k = 0; k < M; k++) {
      const double eta = 2.414 * (x[5][k] + x[3][k] * x[4][k]);
      assert_true(fabs(out[b][1][k] - eta) < 1e-14);
    }
    back[b]->second(&a);
    back[b]->axial(&a);
    for (size_t k = 0; k < M; k++) {
      const double eta = out[b][1][k], zeta = x[4][k], z = x[1][k] - 2.414 * x[2][k], h = eta - 1.414 * zeta;
      assert_true(fabs(out[b][2][k] - h) < 1e-13);
      assert_true(fabs(out[b][3][k] + x[2][k] * eta + z * zeta) < 1e-13);
      assert_true(fabs(out[b][0][k] - x[3][k] * (h - 2.414 * zeta)) < 1e-13);
      assert_true(fabs(out[b][6][k] - (h * x[0][k] + 2.414 * zeta * (x[2][k] - x[0][k]) + out[b][3][k])) < 1e-12);
      const size_t p = up[k];
      const double z_p = x[1][p] - 2.414 * x[2][p];
      const double flow = (eta - out[b][1][p]) * (x[2][k] - x[2][p]) + (zeta - x[4][p]) * (z - z_p);
      assert_true(fabs(out[b][7][k] + flow) < 1e-12);
    }
    assert_memory_equal(out[b], out[0], sizeof out[0]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slopes_of_gates),
      cmocka_unit_test(nodes_of_all_builds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
