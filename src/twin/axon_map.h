/**
 * @file axon_map.h
 * @brief What an impact does to the axons of every voxel of a white matter: outputs by network and directly, regions.
 *
 * Axes of positions (mm) are those of the kinematics: x forwards, y to the left, z upwards. Values are kept as floats,
 * as they stand in files. What is NULL was not worked out.
 */
#ifndef LG_TWIN_AXON_MAP_H
#define LG_TWIN_AXON_MAP_H

#include "axon/surrogate.h"

enum { AXON_MAP_NETWORK = 0, AXON_MAP_DIRECT, AXON_MAP_FAILED, AXON_MAP_SOURCES };
/** @brief "network", "direct", "failed". */
extern const char *const lg_axon_map_sources[AXON_MAP_SOURCES];

/** Names of the outputs in files, as words, and units ("" for strains, which are fractions). */
typedef struct axon_output_name {
  const char *name, *title, *unit;
} axon_output_name;
extern const axon_output_name lg_axon_output_names[AXON_OUTPUTS];

/** The regular grid that the voxels lie on. */
typedef struct axon_map_grid {
  size_t n[3]; /* cells along x, y, z; 0: the voxels lie on none */
  double origin_mm[3], spacing_mm;
  uint32_t *cell; /* (n voxels) (x n[1] + y) n[2] + z */
} axon_map_grid;

enum { AXON_MAP_MAX_REGIONS = 1000 };

typedef struct axon_map {
  size_t n;
  float *position_mm, *fibre;                      /* (n, 3) */
  float *peak_strain, *peak_rate;                  /* (n) greatest strain; greatest |rate|, 1/s */
  float *net[AXON_PREDICTED], *sd[AXON_PREDICTED]; /* (n) */
  float *nearest;                                  /* (n) distance to the nearest training profile */
  uint8_t *in_range;                               /* (n) */
  float *direct[AXON_OUTPUTS];                     /* (n) NAN where it was not simulated or failed */
  float *value[AXON_PREDICTED]; /* (n) what the map shows: direct where simulated, otherwise the network's */
  uint8_t *source, *injured;    /* (n) */
  double threshold;             /* injured: peak strain of microtubules not below this */
  axon_map_grid grid;
  uint16_t *region; /* (n) */
  size_t n_regions;
  char **regions;  /* (n_regions) names */
  char *partition; /* in words: where the regions come from */
} axon_map;

/** Injury of the default axon (gap seed 1), calibrated on the grid of strains and rates of Nakadate et al. 2017. */
#define AXON_MAP_THRESHOLD 0.20

/**
 * @brief Positions, peaks and the grid of profiles.
 * @retval LG_ERR_ARGUMENT the profiles have no positions
 */
LG_MUST_CHECK lg_status lg_axon_map_create(lg_ctx *ctx, const axon_profiles *profiles, axon_map **out);
void lg_axon_map_destroy(lg_ctx *ctx, axon_map *map);

/** @brief Take over what a network says. predictions (n) */
LG_MUST_CHECK lg_status lg_axon_map_take_net(lg_ctx *ctx, axon_map *map, const axon_prediction *predictions);
/** @brief Take over what was simulated: outcomes (n) of the voxels which (n), NULL: of the first n. */
LG_MUST_CHECK lg_status lg_axon_map_take_direct(lg_ctx *ctx, axon_map *map, const size_t *which, size_t n,
                                                const axon_outcome *outcomes);
/**
 * @brief Choose what is shown of every voxel, flag injuries.
 * @param beyond show a network out of its range, too; otherwise such a voxel has failed when it was not simulated
 */
LG_MUST_CHECK lg_status lg_axon_map_finish(lg_ctx *ctx, axon_map *map, double threshold, bool beyond);

size_t lg_axon_map_count(const axon_map *map, unsigned source);
size_t lg_axon_map_out_of_range(const axon_map *map);

/** Network against simulation, over the voxels that have both. */
typedef struct axon_agreement {
  size_t n;
  double r2, nrmse_pct, rmse, mean_error, p95_error,
      worst_error; /* errors in the unit of the output; NRMSE over its range */
} axon_agreement;
/** @brief Of one output; @param in_range_only leave out what the network knows to be out of its range */
LG_MUST_CHECK lg_status lg_axon_map_agreement(lg_ctx *ctx, const axon_map *map, size_t output, bool in_range_only,
                                              axon_agreement *out);

/* ---- regions --------------------------------------------------------------------------------------------- */

/**
 * @brief Cut the white matter by its own extent: left/right, front/middle/back thirds, deep/outer, and a band of 10 mm
 * on both sides of the middle plane y = 0 as "commissural". Geometry, no atlas.
 */
LG_MUST_CHECK lg_status lg_axon_map_partition(lg_ctx *ctx, axon_map *map);

/**
 * @brief Regions from a table: region,x0_mm,x1_mm,y0_mm,y1_mm,z0_mm,z1_mm (boxes; the first that holds a voxel's centre
 * counts) or x_mm,y_mm,z_mm,region (each voxel takes that of the nearest point within half a spacing), or name,region.
 *
 * Voxels of none are "elsewhere".
 * @param names (n) of the voxels or NULL
 */
LG_MUST_CHECK lg_status lg_axon_map_read_regions(lg_ctx *ctx, axon_map *map, const char *path, char *const *names);

/** One region, or all of it. */
typedef struct axon_region {
  const char *name;
  size_t n, n_failed;
  double mean[AXON_PREDICTED], median[AXON_PREDICTED], p95[AXON_PREDICTED], most[AXON_PREDICTED];
  double injured_pct, out_of_range_pct; /* NAN: no network */
} axon_region;

/** @brief Summary of region k; k = n_regions: of the whole. */
LG_MUST_CHECK lg_status lg_axon_map_region(lg_ctx *ctx, const axon_map *map, size_t k, axon_region *out);

#endif
