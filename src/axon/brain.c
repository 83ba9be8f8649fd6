#include "axon/brain.h"

#include "axon/brain_lanes.h"
#include "axon/splitmix.h"
#include "base/cpu.h"
#include "base/elementary.h"

#include <math.h>

enum { MODES = BRAIN_MODES };

static const double pi = 3.14159265358979323846;
static const double sphere_m = LG_AXON_SPHERE_M;
static const double kappa[MODES] = {4.493409457909064, 7.725251836937707, 10.904121659428899}; /* tan k = k */
static const double damping_s = 5.9148e-3;
static const double stiffness[3] = {32142.0 + 1636.3, 23493.0, 16935.0 + 1636.3}; /* 1/s²; kxz folded in */
static const double amplitude = 2.1818571590043483; /* the 95th percentile of the first mode is DAMAGE's beta */

/* ---- rotation of the head ------------------------------------------------------------------------------ */

static lg_status make(lg_ctx *ctx, size_t n, double dt, axon_kinematics **out) {
  lg_status status = LG_OK;
  axon_kinematics *k = NULL;
  *out = NULL;
  if (n < 2 || !(dt > 0.0)) return lg_fail(ctx, LG_ERR_RANGE, "%zu samples of %g s are no course of a rotation", n, dt);
  LG_NEW(ctx, k, 1);
  k->n_times = n;
  k->dt_s = dt;
  LG_NEW(ctx, k->alpha, 3 * n);
  *out = k;
  k = NULL;
done:
  lg_axon_kinematics_destroy(ctx, k);
  return status;
}

void lg_axon_kinematics_destroy(lg_ctx *ctx, axon_kinematics *k) {
  if (!k) return;
  lg_free(ctx, k->alpha);
  lg_free(ctx, k);
}

/* Greatest |omega|, by the trapezoid rule. */
static double peak_omega(const axon_kinematics *k) {
  double omega[3] = {0.0, 0.0, 0.0}, most = 0.0;
  for (size_t t = 1; t < k->n_times; t++) {
    for (size_t a = 0; a < 3; a++) omega[a] += 0.5 * (k->alpha[3 * t + a] + k->alpha[3 * (t - 1) + a]) * k->dt_s;
    most = fmax(most, sqrt(omega[0] * omega[0] + omega[1] * omega[1] + omega[2] * omega[2]));
  }
  return most;
}

static double sine_of(double angle) {
  double s, c;
  lg_sincos_turn(angle / (2.0 * pi), &s, &c);
  return s;
}

/* A half sine up and a longer, weaker one back. */
static double pulse(double s, double rise, double fall, double back) {
  if (s > 0.0 && s < rise) return sine_of(pi * s / rise);
  if (s >= rise && s < rise + fall) return -back * rise / fall * sine_of(pi * (s - rise) / fall);
  return 0.0;
}

static void add_pulse(axon_kinematics *k, uint64_t *x, bool first) {
  double axis[3];
  for (size_t a = 0; a < 3; a++) axis[a] = lg_axon_normal(x);
  const double length = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
  const double when = lg_axon_uniform(x), start = first ? 0.005 : 0.005 + 0.055 * when;
  const double rise = 0.006 + 0.024 * lg_axon_uniform(x), back = 0.2 + 0.8 * lg_axon_uniform(x);
  const double fall = rise * (0.7 + 1.8 * lg_axon_uniform(x));
  const double weight = first ? 1.0 : 0.4 + 0.8 * lg_axon_uniform(x);
  for (size_t t = 0; t < k->n_times; t++) {
    const double a = weight * pi / (2.0 * rise) * pulse((double)t * k->dt_s - start, rise, fall, back) / length;
    for (size_t d = 0; d < 3; d++) k->alpha[3 * t + d] += a * axis[d];
  }
}

lg_status lg_axon_kinematics_draw(lg_ctx *ctx, uint64_t seed, size_t n_times, double dt_s, axon_kinematics **out) {
  const lg_status status = make(ctx, n_times, dt_s, out);
  if (status != LG_OK) return status;
  axon_kinematics *k = *out;
  uint64_t x = seed;
  const double wanted = lg_exp(lg_ln(12.0) + 0.45 * lg_axon_normal(&x));
  k->peak_omega = fmin(fmax(wanted, 4.0), 35.0);
  const size_t pulses = 2 + (size_t)(3.0 * lg_axon_uniform(&x));
  for (size_t p = 0; p < pulses; p++) add_pulse(k, &x, p == 0);
  const double scale = k->peak_omega / peak_omega(k);
  for (size_t t = 0; t < 3 * n_times; t++) k->alpha[t] *= scale;
  return LG_OK;
}

lg_status lg_axon_kinematics_of_velocity(lg_ctx *ctx, const double *omega, size_t n_times, double dt_s,
                                         axon_kinematics **out) {
  const lg_status status = make(ctx, n_times, dt_s, out);
  if (status != LG_OK) return status;
  for (size_t t = 0; t < n_times; t++) {
    const size_t before = t > 0 ? t - 1 : 0, after = t + 1 < n_times ? t + 1 : t;
    for (size_t a = 0; a < 3; a++)
      (*out)->alpha[3 * t + a] = (omega[3 * after + a] - omega[3 * before + a]) / ((double)(after - before) * dt_s);
  }
  for (size_t t = 0; t < n_times; t++) {
    const double *w = omega + 3 * t;
    (*out)->peak_omega = fmax((*out)->peak_omega, sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]));
  }
  return LG_OK;
}

lg_status lg_axon_kinematics_of_acceleration(lg_ctx *ctx, const double *alpha, size_t n_times, double dt_s,
                                             axon_kinematics **out) {
  const lg_status status = make(ctx, n_times, dt_s, out);
  if (status != LG_OK) return status;
  for (size_t k = 0; k < 3 * n_times; k++) (*out)->alpha[k] = alpha[k];
  (*out)->peak_omega = peak_omega(*out);
  return LG_OK;
}

/* ---- white matter -------------------------------------------------------------------------------------- */

static const double half_axes_m[3] = {0.79 * 0.085, 0.79 * 0.068, 0.79 * 0.062};
static const double cell_m = 0.002;

/* Left-right across the middle, forwards at the sides, upwards outside, with a random part. */
void lg_axon_fibre_direction(axon_voxel *v, uint64_t index) {
  const double x = 1e3 * v->x_m[0], y = 1e3 * v->x_m[1], s = sine_of(pi * y / 80.0);
  double n[3] = {0.9 * s * s * (x < 0.0 ? -1.0 : 1.0), lg_exp(-(y / 25.0) * (y / 25.0)), 0.8 * fabs(y) / 40.0};
  lg_rng rng = lg_rng_make(7, 0, index);
  double r[3], length = 0.0;
  for (size_t d = 0; d < 3; d++) r[d] = lg_rng_normal(&rng);
  const double size = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
  for (size_t d = 0; d < 3; d++) {
    n[d] += 0.35 * r[d] / size;
    length += n[d] * n[d];
  }
  for (size_t d = 0; d < 3; d++) v->fibre[d] = n[d] / sqrt(length);
}

lg_status lg_axon_white_matter(lg_ctx *ctx, axon_voxel **out, size_t *n) {
  lg_status status = LG_OK;
  long half[3];
  size_t room = 1;
  *n = 0;
  for (size_t d = 0; d < 3; d++) {
    half[d] = (long)ceil(half_axes_m[d] / cell_m) + 1;
    room *= 2 * (size_t)half[d];
  }
  LG_NEW(ctx, *out, room);
  for (long i = -half[0]; i < half[0]; i++)
    for (long j = -half[1]; j < half[1]; j++)
      for (long k = -half[2]; k < half[2]; k++) {
        axon_voxel v = {{((double)i + 0.5) * cell_m, ((double)j + 0.5) * cell_m, ((double)k + 0.5) * cell_m},
                        {0.0, 0.0, 0.0}};
        double r2 = 0.0;
        for (size_t d = 0; d < 3; d++) r2 += v.x_m[d] / half_axes_m[d] * (v.x_m[d] / half_axes_m[d]);
        if (r2 > 1.0) continue;
        lg_axon_fibre_direction(&v, *n);
        (*out)[(*n)++] = v;
      }
done:
  return status;
}

/* ---- strain -------------------------------------------------------------------------------------------- */

static double cosine_of(double turns) {
  double s, c;
  lg_sincos_turn(turns, &s, &c);
  return c;
}

/* How much stiffer or softer the tissue is here: a factor on the frequencies. */
static double unevenness(const double *x_m) {
  return 1.0 + 0.30 * cosine_of(1e3 * x_m[0] / 60.0) * cosine_of(1e3 * x_m[1] / 70.0) * cosine_of(1e3 * x_m[2] / 50.0);
}

/* g'(r)/r of g(r) = j1(k r)/r, j1 the spherical Bessel function. */
static double slope_over_r(double r, size_t mode) {
  const double k = kappa[mode] / sphere_m, x = k * r;
  if (x < 1e-2) return -k * k * k / 15.0; /* its limit in the middle; below, digits cancel */
  const double s = sine_of(x), c = cosine_of(x / (2.0 * pi));
  const double j0 = s / x, j1 = s / (x * x) - c / x, slope = j0 - 2.0 * j1 / x;
  return (k * slope - j1 / r) / (r * r);
}

/* n.(e_a x X) */
static double turned(const double *n, const double *x, size_t axis) {
  const size_t b = (axis + 1) % 3, c = (axis + 2) % 3;
  return n[c] * x[b] - n[b] * x[c];
}

typedef struct job {
  const axon_kinematics *kinematics;
  const axon_voxel *voxels;
  double *strain;
  double part[MODES]; /* of a rigid turn that is in a mode */
  void (*run)(const brain_lanes *call);
  double *scratch; /* (workers, n_times, BRAIN_LANES) */
} job;

static void fill_lane(const job *j, const axon_voxel *v, size_t lane, brain_lanes *call) {
  const double *x = v->x_m, *n = v->fibre;
  const double r = sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]), along = n[0] * x[0] + n[1] * x[1] + n[2] * x[2];
  const double factor = unevenness(x);
  for (size_t mode = 0; mode < MODES; mode++) {
    const double shape = amplitude * j->part[mode] * slope_over_r(r, mode) * along;
    for (size_t axis = 0; axis < 3; axis++) {
      call->w[axis][mode][lane] = sqrt(stiffness[axis]) * kappa[mode] / kappa[0] * factor;
      call->weight[axis][mode][lane] = shape * turned(n, x, axis);
    }
  }
}

/* Chunks are whole vectors but for the last, whose lanes repeat its last voxel. */
static lg_status run_range(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  const size_t n_times = j->kinematics->n_times;
  brain_lanes call = {n_times, j->kinematics->dt_s, damping_s, j->kinematics->alpha, {{{0}}}, {{{0}}}, NULL};
  call.strain = j->scratch + (size_t)worker * n_times * BRAIN_LANES;
  for (size_t k = begin; k < end; k += BRAIN_LANES) {
    for (size_t l = 0; l < BRAIN_LANES; l++) fill_lane(j, &j->voxels[k + l < end ? k + l : end - 1], l, &call);
    j->run(&call);
    for (size_t l = 0; l < BRAIN_LANES && k + l < end; l++)
      for (size_t t = 0; t < n_times; t++) j->strain[(k + l) * n_times + t] = call.strain[t * BRAIN_LANES + l];
  }
  return LG_OK;
}

lg_status lg_axon_fibre_strain(lg_ctx *ctx, const axon_kinematics *kinematics, const axon_voxel *voxels, size_t n,
                               double *strain) {
  const lg_cpu level = lg_cpu_level();
  job j = {.kinematics = kinematics, .voxels = voxels, .strain = strain};
  j.run = level >= LG_CPU_V4 ? lg_brain_lanes_v4 : level >= LG_CPU_V3 ? lg_brain_lanes_v3 : lg_brain_lanes_plain;
  for (size_t m = 0; m < MODES; m++) {
    const double j2 = -sine_of(kappa[m]) / kappa[m];
    j.part[m] = 2.0 * sphere_m / (kappa[m] * j2);
  }
  j.scratch = lg_alloc(ctx, (size_t)lg_ctx_threads(ctx) * kinematics->n_times, BRAIN_LANES * sizeof *j.scratch);
  if (!j.scratch) return LG_ERR_MEMORY;
  const lg_status status = lg_parallel_for(ctx, n, 64, run_range, &j);
  lg_free(ctx, j.scratch);
  return status;
}
