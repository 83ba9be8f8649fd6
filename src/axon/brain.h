/**
 * @file brain.h
 * @brief Strain of white-matter fibres under a rotation of the head, without a finite-element brain.
 *
 * A viscoelastic sphere in a rotating shell without slip (exact modes), whose dynamics are those of DAMAGE (Gabler et
 * al. 2019, doi:10.1007/s10439-019-02328-x: stiffness per axis, damping) and whose amplitude gives DAMAGE's 95th
 * percentile of greatest principal strain in its first mode. SI units: m, s, rad. Linear in the rotation: large
 * rotations are beyond it.
 */
#ifndef LG_AXON_BRAIN_H
#define LG_AXON_BRAIN_H

#include "base/base.h"

typedef struct axon_kinematics {
  size_t n_times;
  double dt_s;
  double *alpha;     /* (n_times, 3) angular acceleration, rad/s² */
  double peak_omega; /* greatest |angular velocity|, rad/s */
} axon_kinematics;

/** @brief A head impact of several pulses from a seed (splitmix64; README.md has the order of the draws). */
LG_MUST_CHECK lg_status lg_axon_kinematics_draw(lg_ctx *ctx, uint64_t seed, size_t n_times, double dt_s,
                                                axon_kinematics **out);
/** @brief From angular velocities (n, 3), rad/s, by central differences. */
LG_MUST_CHECK lg_status lg_axon_kinematics_of_velocity(lg_ctx *ctx, const double *omega, size_t n_times, double dt_s,
                                                       axon_kinematics **out);
/** @brief From angular accelerations (n, 3), rad/s². */
LG_MUST_CHECK lg_status lg_axon_kinematics_of_acceleration(lg_ctx *ctx, const double *alpha, size_t n_times,
                                                           double dt_s, axon_kinematics **out);
void lg_axon_kinematics_destroy(lg_ctx *ctx, axon_kinematics *k);

/** A piece of white matter: centre and direction of its fibres. */
typedef struct axon_voxel {
  double x_m[3], fibre[3];
} axon_voxel;

/** @brief Cells of 2 mm whose centres lie in the white matter's ellipsoid; 92,408 of them. Free with lg_free(). */
LG_MUST_CHECK lg_status lg_axon_white_matter(lg_ctx *ctx, axon_voxel **out, size_t *n);

/** @brief Direction of a fibre in white matter by place: a formula with a random part of that index. Sets v->fibre. */
void lg_axon_fibre_direction(axon_voxel *v, uint64_t index);

/** Radius of the sphere: nothing is strained beyond. */
#define LG_AXON_SPHERE_M 0.075

/** @brief Strain of the fibres of n voxels over time; strain is (n, n_times). */
LG_MUST_CHECK lg_status lg_axon_fibre_strain(lg_ctx *ctx, const axon_kinematics *kinematics, const axon_voxel *voxels,
                                             size_t n, double *strain);

#endif
