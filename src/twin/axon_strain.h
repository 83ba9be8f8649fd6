/** @file axon_strain.h @brief Strain profiles of white matter under rotations of the head: impacts times voxels. */
#ifndef LG_AXON_STRAIN_H
#define LG_AXON_STRAIN_H

#include "twin/axon_kinematics.h"
#include "twin/axon_profiles.h"
#include "twin/axon_voxels.h"

/** Where the rotations are from: files, or seeds when there is no file. */
typedef struct axon_impacts {
  size_t n;
  const char *const *paths; /* (n) CSV, NULL: seeds */
  uint64_t first_seed;
  axon_rotation_opts read;
  axon_window window;
} axon_impacts;

/** Which voxels of each impact. */
typedef struct axon_places {
  const axon_voxels *given; /* NULL: the white matter of brain.h */
  size_t n_random;          /* so many of them, others for every impact; 0: all */
  uint64_t seed;            /* of the random ones: the same draws as lg_axon_protocol_run() */
} axon_places;

/** What one impact was. */
typedef struct axon_impact_figures {
  double peak_omega, peak_alpha; /* rad/s, rad/s² */
  double start_s;                /* of the window in its file */
  double turned_rad;             /* greatest angle by which the head turned in the window */
  double strain_95;              /* 95th percentile over voxels of the greatest strain; NAN: no voxel */
  double most_strain;            /* greatest |strain| */
} axon_impact_figures;

/**
 * @brief Strain of every voxel under every impact, named IMPACT-vVOXEL: sSEED or the file's name, number or name of the
 * voxel.
 * @param[out] figures (impacts->n)
 * @param[out] about   the file that a failure is about, NULL: none
 * @retval LG_ERR_LIMIT more than 200 million samples
 */
LG_MUST_CHECK lg_status lg_axon_strain(lg_ctx *ctx, const axon_impacts *impacts, const axon_places *places,
                                       axon_profiles **out, axon_impact_figures *figures, const char **about);

#endif
