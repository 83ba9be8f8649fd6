/** @file axon_map_report.h @brief The page of a map: pictures, network against simulation, regions, times. */
#ifndef LG_TWIN_AXON_MAP_REPORT_H
#define LG_TWIN_AXON_MAP_REPORT_H

#include "twin/axon_map.h"

/** How long it took; NAN: not known, or not done. */
typedef struct axon_map_times {
  size_t threads, ranks, n_simulated; /* voxels that this run simulated; 0 threads: nothing is known */
  double profiles_s, network_s, network_cpu_s, direct_s, direct_cpu_s;
} axon_map_times;

/** What a page shows; all borrowed. */
typedef struct axon_map_page {
  const axon_map *map;
  const char *title, *network; /* network: name of its file, "" or NULL: none */
  const char *provenance_json; /* or NULL */
  double at_mm[3];             /* planes of the pictures */
  axon_map_times times;
} axon_map_page;

/** Above this share of voxels out of the network's range a page says so first. */
#define AXON_MAP_MOST_OUT_PCT 10.0
/** R² of the network against simulation at every voxel that each output must reach. */
#define AXON_MAP_LEAST_R2 0.99

/** @brief Write report.html and all pictures (SVG, PNG) into a folder that is there. */
LG_MUST_CHECK lg_status lg_axon_map_report(lg_ctx *ctx, const char *folder, const axon_map_page *page);

#endif
