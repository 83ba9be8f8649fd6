/* Strain of fibres under a rotation: against the reference impact, and what a rigid turn must not do. */
#include "tests/one_ctx.h"

#include "axon/brain.h"
#include "io/json_read.h"

#include <math.h>

static const char reference[] = LG_TEST_DATA "/axon/ref_brain.json";

static void numbers(const lg_json_doc *doc, const char *path, double **x, size_t *n) {
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_json_get_numbers(ctx, &root, path, NULL, x, n));
}

static void an_impact_and_its_strains_are_those_of_the_reference(void **state) {
  (void)state;
  lg_json_doc *doc;
  axon_kinematics *k;
  axon_voxel voxels[5];
  double strain[5 * 101];
  char path[60];
  assert_ok(ctx, lg_json_load(ctx, reference, LG_JSON_COMMENTS, 0, &doc));
  assert_ok(ctx, lg_axon_kinematics_draw(ctx, 3, 101, 1e-3, &k));
  assert_true(fabs(k->peak_omega - 11.212749282367577) < 1e-12);
  for (size_t t = 0; t < 101; t++) {
    double *alpha;
    size_t n;
    (void)snprintf(path, sizeof path, "alpha[%zu]", t);
    numbers(doc, path, &alpha, &n);
    for (size_t a = 0; a < 3; a++) assert_true(fabs(alpha[a] - k->alpha[3 * t + a]) < 1e-6);
    lg_free(ctx, alpha);
  }
  for (size_t v = 0; v < 5; v++) {
    double *x, *fibre;
    size_t n;
    (void)snprintf(path, sizeof path, "x_m[%zu]", v);
    numbers(doc, path, &x, &n);
    (void)snprintf(path, sizeof path, "n[%zu]", v);
    numbers(doc, path, &fibre, &n);
    for (size_t d = 0; d < 3; d++) voxels[v].x_m[d] = x[d], voxels[v].fibre[d] = fibre[d];
    lg_free(ctx, x);
    lg_free(ctx, fibre);
  }
  assert_ok(ctx, lg_axon_fibre_strain(ctx, k, voxels, 5, strain));
  for (size_t v = 0; v < 5; v++) {
    double *wanted;
    size_t n;
    (void)snprintf(path, sizeof path, "fiber_strain[%zu]", v);
    numbers(doc, path, &wanted, &n);
    assert_int_equal(n, 101);
    for (size_t t = 0; t < n; t++) assert_true(fabs(strain[v * 101 + t] - wanted[t]) < 1e-8);
    lg_free(ctx, wanted);
  }
  lg_axon_kinematics_destroy(ctx, k);
  lg_json_doc_destroy(ctx, doc);
}

static void the_white_matter_has_the_voxels_of_the_reference(void **state) {
  (void)state;
  axon_voxel *v;
  size_t n;
  assert_ok(ctx, lg_axon_white_matter(ctx, &v, &n));
  assert_int_equal(n, 92408);
  for (size_t k = 0; k < n; k += 997) {
    const double *f = v[k].fibre;
    assert_true(fabs(f[0] * f[0] + f[1] * f[1] + f[2] * f[2] - 1.0) < 1e-12);
  }
  lg_free(ctx, v);
}

/* Twice the acceleration, twice the strain; a fibre along its own axis of rotation is not stretched by it. */
static void strain_is_linear_and_vanishes_on_the_axis(void **state) {
  (void)state;
  enum { N = 80 };
  double omega[3 * N] = {0.0}, one[2 * N], two[2 * N];
  axon_kinematics *k;
  const axon_voxel voxels[2] = {{{0.02, 0.015, 0.025}, {1.0, 0.0, 0.0}}, {{0.0, 0.0, 0.03}, {0.0, 0.0, 1.0}}};
  for (size_t t = 0; t < N; t++) omega[3 * t + 2] = 20.0 * (double)t / N;
  assert_ok(ctx, lg_axon_kinematics_of_velocity(ctx, omega, N, 1e-3, &k));
  assert_ok(ctx, lg_axon_fibre_strain(ctx, k, voxels, 2, one));
  for (size_t t = 0; t < 3 * N; t++) k->alpha[t] *= 2.0;
  assert_ok(ctx, lg_axon_fibre_strain(ctx, k, voxels, 2, two));
  double most = 0.0;
  for (size_t t = 0; t < N; t++) {
    assert_true(fabs(two[t] - 2.0 * one[t]) < 1e-12);
    assert_true(one[N + t] == 0.0);
    most = fmax(most, fabs(one[t]));
  }
  assert_true(most > 1e-3);
  lg_axon_kinematics_destroy(ctx, k);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_impact_and_its_strains_are_those_of_the_reference),
      cmocka_unit_test(the_white_matter_has_the_voxels_of_the_reference),
      cmocka_unit_test(strain_is_linear_and_vanishes_on_the_axis),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
