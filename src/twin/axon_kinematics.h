/** @file axon_kinematics.h @brief Rotation of a head out of CSV files as sensors and simulations write them. */
#ifndef LG_AXON_KINEMATICS_H
#define LG_AXON_KINEMATICS_H

#include "axon/brain.h"

typedef enum axon_rotation_kind {
  AXON_ROTATION_BY_NAME = 0, /* the names of the columns say */
  AXON_ROTATION_VELOCITY,
  AXON_ROTATION_ACCELERATION
} axon_rotation_kind;

typedef struct axon_rotation_opts {
  axon_rotation_kind kind;
  bool degrees;   /* degrees/s, degrees/s² in the file */
  double every_s; /* samples of files without times are that far apart; 0: such files are refused */
} axon_rotation_opts;

/** Three angular velocities or accelerations over time. */
typedef struct axon_rotation {
  size_t n;
  double t0_s, dt_s;
  bool is_acceleration;
  double *x;      /* (n, 3) rad/s or rad/s² */
  char said[256]; /* which columns were taken for what */
} axon_rotation;

/**
 * @brief Read a rotation.
 *
 * A first column of times (t_s, t_ms and so on), or none with every_s. Columns are known by names: wx, omega_x,
 * ang_vel_x, gyro_x ... are velocities, alpha_x, ang_acc_x ... accelerations; ax only with rad/s2 in one of the three
 * names; other columns are left alone. Bare x, y, z and files without names need the kind. Where both are there, the
 * velocities are taken unless accelerations are asked for.
 *
 * @retval LG_ERR_FORMAT not such a table; gaps, uneven or falling times, degrees without being asked for; with the line
 * @retval LG_ERR_RANGE  too short, or beyond 200 rad/s, 100,000 rad/s² (degrees?)
 */
LG_MUST_CHECK lg_status lg_axon_rotation_load(lg_ctx *ctx, const char *path, const axon_rotation_opts *opts,
                                              axon_rotation **out);
LG_MUST_CHECK lg_status lg_axon_rotation_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n,
                                               const axon_rotation_opts *opts, axon_rotation **out);
void lg_axon_rotation_destroy(lg_ctx *ctx, axon_rotation *rotation);

typedef struct axon_window {
  size_t n_times;
  double dt_s;
  double start_s;  /* time in the file where it begins; NAN: 0 s of it, or before the peak when the file is longer */
  double before_s; /* so long before the peak of |angular acceleration| */
  double scale;    /* rad/s: the greatest |angular velocity| is brought to this; 0: left as it is */
} axon_window;

/**
 * @brief The window of a rotation as angular accelerations.
 *
 * Velocities are read off linearly at the window's times and differentiated centrally; accelerations of another step
 * are integrated first, so that no impulse is lost. Beyond the ends of the file nothing turns any faster: the velocity
 * stays.
 * @param[out] start_s where the window began, s of the file
 */
LG_MUST_CHECK lg_status lg_axon_rotation_window(lg_ctx *ctx, const axon_rotation *rotation, const axon_window *window,
                                                axon_kinematics **out, double *start_s);

#endif
