/** @file axon_voxels.h @brief Places in white matter whose fibres are strained: all, random ones, or those of a file.
 */
#ifndef LG_AXON_VOXELS_H
#define LG_AXON_VOXELS_H

#include "axon/brain.h"

typedef struct axon_voxels {
  size_t n;
  axon_voxel *voxels;
  char **names; /* (n), NULL: they are numbered */
  bool guessed; /* the file gives no fibres: their directions are those of the white matter's formula */
} axon_voxels;

/**
 * @brief Places out of CSV: x_mm,y_mm,z_mm (or x_m,y_m,z_m), and where known fibre_x,fibre_y,fibre_z (fx,fy,fz) and
 * name.
 *
 * Fibres are made unit vectors. Without them, directions are those of lg_axon_fibre_direction() by row.
 * @retval LG_ERR_FORMAT no such columns, gaps, a fibre without length; with the line
 * @retval LG_ERR_RANGE  a place beyond the sphere of 75 mm
 */
LG_MUST_CHECK lg_status lg_axon_voxels_load(lg_ctx *ctx, const char *path, axon_voxels **out);
LG_MUST_CHECK lg_status lg_axon_voxels_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, axon_voxels **out);
void lg_axon_voxels_destroy(lg_ctx *ctx, axon_voxels *voxels);

#endif
