/* Rotations out of CSV at the times of a window, and fibres' strain in vectors against one voxel at a time. */
#include "tests/one_ctx.h"

#include "axon/brain_lanes.h"
#include "base/cpu.h"
#include "twin/axon_kinematics.h"

#include <math.h>
#include <string.h>

static axon_rotation *parsed(const char *text, const axon_rotation_opts *o) {
  axon_rotation *r;
  assert_ok(ctx, lg_axon_rotation_parse(ctx, (const unsigned char *)text, strlen(text), o, &r));
  return r;
}

static void columns_are_known_by_many_names(void **state) {
  (void)state;
  static const struct {
    const char *header;
    bool acceleration;
    double factor;
  } known[] = {
      {"t_s,wx,wy,wz", false, 1.0},
      {"t_s,wx,wy,wz_rad_s,ax,ay,az_rad_s2,lx,ly,lz_m_s2", false, 1.0},
      {"Time (s);Omega_X (rad/s);Omega_Y (rad/s);Omega_Z (rad/s)", false, 1.0},
      {"t,ang_vel_x,ang_vel_y,ang_vel_z,ax,ay,az", false, 1.0},
      {"t,angular velocity x [rad/s],angular velocity y [rad/s],angular velocity z [rad/s]", false, 1.0},
      {"t,RotVel.X,RotVel.Y,RotVel.Z", false, 1.0},
      {"t,x_rad_s,y_rad_s,z_rad_s", false, 1.0},
      {"t,alpha_x,alpha_y,alpha_z", true, 1.0},
      {"t,ang_acc_x_rad_s2,ang_acc_y_rad_s2,ang_acc_z_rad_s2", true, 1.0},
      {"t,ax_krad/s^2,ay_krad/s^2,az_krad/s^2", true, 1e3},
      {"t,x (rad/s2),y (rad/s2),z (rad/s2)", true, 1.0},
  };
  for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
    char text[600];
    size_t cells = 1;
    const char separator = strchr(known[k].header, ';') ? ';' : ',';
    for (const char *c = known[k].header; *c; c++) cells += *c == separator;
    size_t n = (size_t)snprintf(text, sizeof text, "%s\n", known[k].header);
    for (size_t row = 0; row < 4; row++)
      for (size_t c = 0; c < cells; c++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%g%c", c == 0 ? 1e-3 * (double)row : (double)(c + row),
                              c + 1 < cells ? separator : '\n');
    axon_rotation *r = parsed(text, &(axon_rotation_opts){0});
    assert_int_equal(r->n, 4);
    assert_int_equal(r->is_acceleration, known[k].acceleration);
    assert_true(fabs(r->dt_s - 1e-3) < 1e-12);
    for (size_t row = 0; row < 4; row++)
      for (size_t a = 0; a < 3; a++) assert_true(r->x[3 * row + a] == known[k].factor * (double)(a + 1 + row));
    lg_axon_rotation_destroy(ctx, r);
  }
}

/* Velocities of a steady acceleration come back as that acceleration, whatever the step. */
static void windows_are_read_off(void **state) {
  (void)state;
  static char text[200000];
  size_t n = (size_t)snprintf(text, sizeof text, "t_ms,wx,wy,wz\n");
  for (size_t k = 0; k < 2000; k++)
    n += (size_t)snprintf(text + n, sizeof text - n, "%.17g,%.17g,0,%.17g\n", 0.1 * (double)k, 1e-2 * (double)k,
                          -2e-2 * (double)k);
  axon_rotation *r = parsed(text, &(axon_rotation_opts){0});
  axon_kinematics *k;
  double start;
  axon_window w = {.n_times = 101, .dt_s = 1e-3, .start_s = 0.02, .before_s = 0.02};
  assert_ok(ctx, lg_axon_rotation_window(ctx, r, &w, &k, &start));
  assert_true(start == 0.02);
  assert_true(fabs(k->peak_omega - 12.0 * sqrt(5.0)) < 1e-9);
  for (size_t t = 0; t < 101; t++) {
    assert_true(fabs(k->alpha[3 * t] - 100.0) < 1e-7);
    assert_true(fabs(k->alpha[3 * t + 2] + 200.0) < 1e-7);
  }
  lg_axon_kinematics_destroy(ctx, k);
  w.start_s = 0.15; /* the file ends at 199.9 ms: it turns no faster then */
  w.scale = 10.0;
  assert_ok(ctx, lg_axon_rotation_window(ctx, r, &w, &k, &start));
  assert_true(k->peak_omega == 10.0 && k->alpha[3 * 60] == 0.0 && k->alpha[0] > 0.0);
  lg_axon_kinematics_destroy(ctx, k);
  w.start_s = 0.5;
  assert_int_equal(lg_axon_rotation_window(ctx, r, &w, &k, &start), LG_ERR_RANGE);
  lg_axon_rotation_destroy(ctx, r);
}

/* Fine accelerations: their impulse is kept, though the peak falls between the window's samples. */
static void no_impulse_is_lost(void **state) {
  (void)state;
  static char text[200000];
  size_t n = (size_t)snprintf(text, sizeof text, "t_ms,alpha_x,alpha_y,alpha_z\n");
  for (size_t k = 0; k <= 1000; k++)
    n += (size_t)snprintf(text + n, sizeof text - n, "%.17g,%s,0,0\n", 0.1 * (double)k, k == 205 ? "50000" : "0");
  axon_rotation *r = parsed(text, &(axon_rotation_opts){0});
  axon_kinematics *k;
  double start, sum = 0.0;
  const axon_window w = {.n_times = 101, .dt_s = 1e-3, .start_s = (double)NAN, .before_s = 0.02};
  assert_ok(ctx, lg_axon_rotation_window(ctx, r, &w, &k, &start));
  assert_true(start == 0.0);
  for (size_t t = 0; t < 101; t++) sum += 1e-3 * k->alpha[3 * t];
  assert_true(fabs(sum - 5.0) < 1e-9);
  lg_axon_kinematics_destroy(ctx, k);
  lg_axon_rotation_destroy(ctx, r);
}

/* Every build has the same bits, and a voxel's strain does not depend on its neighbours. */
static void lanes_are_alike(void **state) {
  (void)state;
  enum { N = 19, T = 50 };
  static brain_lanes call;
  static double plain[T * BRAIN_LANES], other[T * BRAIN_LANES], all[N * T], one[T];
  axon_kinematics *k;
  axon_voxel *v;
  size_t n;
  assert_ok(ctx, lg_axon_kinematics_draw(ctx, 12, T, 1e-3, &k));
  assert_ok(ctx, lg_axon_white_matter(ctx, &v, &n));
  call = (brain_lanes){.n_times = T, .dt_s = 1e-3, .damping_s = 6e-3, .alpha = k->alpha};
  for (size_t a = 0; a < 3; a++)
    for (size_t m = 0; m < BRAIN_MODES; m++)
      for (size_t l = 0; l < BRAIN_LANES; l++) {
        call.w[a][m][l] = 150.0 + 20.0 * (double)(a + 3 * m) + (double)l;
        call.weight[a][m][l] = 0.1 * (double)(l + 1) - 0.05 * (double)m;
      }
  call.strain = plain;
  lg_brain_lanes_plain(&call);
  call.strain = other;
  if (lg_cpu_level() >= LG_CPU_V3) {
    lg_brain_lanes_v3(&call);
    assert_memory_equal(plain, other, sizeof plain);
  }
  if (lg_cpu_level() >= LG_CPU_V4) {
    lg_brain_lanes_v4(&call);
    assert_memory_equal(plain, other, sizeof plain);
  }
  assert_ok(ctx, lg_axon_fibre_strain(ctx, k, v + 40000, N, all));
  for (size_t q = 0; q < N; q++) {
    assert_ok(ctx, lg_axon_fibre_strain(ctx, k, v + 40000 + q, 1, one));
    assert_memory_equal(one, all + q * T, sizeof one);
  }
  lg_free(ctx, v);
  lg_axon_kinematics_destroy(ctx, k);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_are_known_by_many_names),
      cmocka_unit_test(windows_are_read_off),
      cmocka_unit_test(no_impulse_is_lost),
      cmocka_unit_test(lanes_are_alike),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
