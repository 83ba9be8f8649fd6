/**
 * @file axon_map_file.h
 * @brief Files of maps: HDF5, points for a page, table of regions.
 *
 * MAP.h5 (attributes format = "loligo-axon-map", version = 1): per voxel /position_mm (n,3), /fibre (n,3),
 * /peak_strain, /peak_rate, /mt /axl /tau_pct /nf_pct (what is known best), /source (0 network, 1 direct, 2 failed),
 * /injured, /region with /regions (names) and /partition (words); where a network was asked /net/mt … /net/mt_sd …,
 * /net/nearest, /net/in_range; where voxels were simulated /direct/mt … with all outputs; where both /error/mt …
 * (network minus simulation). On a regular grid: /grid/shape, /grid/origin_mm, /grid/spacing_mm, /grid/cell (of each
 * voxel, (x ny + y) nz + z), /grid/affine_ras (4,4: cell numbers to mm right, forwards, up, as NIfTI has them) and
 * blocks (nx,ny,nz) of floats, NaN outside: /grid/mt … /grid/source, /grid/error_mt …. Besides /threshold, /params
 * (JSON), /network (name, "" for none), /provenance (JSON).
 */
#ifndef LG_TWIN_AXON_MAP_FILE_H
#define LG_TWIN_AXON_MAP_FILE_H

#include "data/provenance.h"
#include "twin/axon_map.h"

/** What a file says of a map beside its voxels. */
typedef struct axon_map_about {
  const char *title;         /* "impact of seed 500" */
  const char *network;       /* name of the file of weights, NULL: none */
  const axon_params *params; /* of the axon that was simulated, NULL: unknown */
  lg_provenance *provenance; /* NULL: none; should be a lasting one */
} axon_map_about;

LG_MUST_CHECK lg_status lg_axon_map_write(lg_ctx *ctx, const char *path, const axon_map *map,
                                          const axon_map_about *about);

/** A map out of a file. */
typedef struct axon_map_read {
  axon_map *map; /* without fibres */
  char *title, *network, *params, *provenance;
} axon_map_read;
/** @retval LG_ERR_FORMAT not a map, or damaged */
LG_MUST_CHECK lg_status lg_axon_map_load(lg_ctx *ctx, const char *path, axon_map_read *out);
void lg_axon_map_read_clear(lg_ctx *ctx, axon_map_read *read);

/**
 * @brief Points for a page: PATH (.bin) of little-endian float32 records, and a header of the same name with .json
 * that says what they are. Either name may be given.
 */
LG_MUST_CHECK lg_status lg_axon_map_write_points(lg_ctx *ctx, const char *path, const axon_map *map,
                                                 const axon_map_about *about);

/** @brief Summaries of all regions, the whole first: region,n,failed,mt_mean,mt_median,mt_p95,mt_max,…,injured_pct,
 * out_of_range_pct. */
LG_MUST_CHECK lg_status lg_axon_map_write_regions(lg_ctx *ctx, const char *path, const axon_map *map,
                                                  const axon_map_about *about);

#endif
