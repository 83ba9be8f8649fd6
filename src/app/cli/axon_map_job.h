/** @file axon_map_job.h @brief A map from its profiles to its files. */
#ifndef LG_CLI_AXON_MAP_JOB_H
#define LG_CLI_AXON_MAP_JOB_H

#include "app/cli/axon_sweep.h"
#include "axon/surrogate.h"
#include "twin/axon_map_file.h"

typedef struct axon_map_job {
  axon_profiles *profiles;
  lg_axon *axon;
  lg_axon_surrogate *net; /* NULL: not asked */
  char title[160], net_path[4096];
  double at_mm[3];
  axon_map *map; /* rank 0 */
  int rank;
  size_t n_failed, n_simulated;
  /* seconds */
  double profiles_s, net_s, net_cpu_s;
  axon_sweep_result direct;
} axon_map_job;

/** @brief "0,15,10" in mm; false when it is not. */
bool axon_map_job_planes(const char *text, double at_mm[3]);

/** @brief Read or make the profiles, ask the network, simulate; the map on rank 0. An exit code, reported. */
int axon_map_job_work(cli_run *run, axon_map_job *job);
/** @brief Everything that was asked for: files, pictures, page, words or JSON. An exit code, reported. */
int axon_map_job_write(cli_run *run, axon_map_job *job);
void axon_map_job_forget(lg_ctx *ctx, axon_map_job *job);

#endif
