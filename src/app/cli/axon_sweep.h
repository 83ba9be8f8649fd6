/**
 * @file axon_sweep.h
 * @brief Many strain profiles simulated directly as a sweep: threads, ranks of mpirun, a journal to go on from.
 *
 * What comes out depends on the profiles, the axon and the options alone: not on threads, ranks or interruptions.
 */
#ifndef LG_CLI_AXON_SWEEP_H
#define LG_CLI_AXON_SWEEP_H

#include "app/cli/cli.h"
#include "app/sweep/sweep.h"
#include "axon/simulate.h"

typedef struct axon_sweep {
  const lg_axon *axon;
  const axon_profiles *profiles;
  const size_t *which; /* (n) profiles to simulate, or NULL: the first n */
  size_t n;
  axon_simulate_opts opts;
  const char *folder; /* of the journals; made when it is not there */
  bool keep;          /* the folder stays when all is done */
} axon_sweep;

typedef struct axon_sweep_result {
  int rank; /* outcomes are there on rank 0 only */
  size_t n_failed, n_resumed;
  double wall_s, cpu_s; /* of this call and this process */
  size_t n_ranks;
} axon_sweep_result;

/**
 * @brief Work out what the journals lack, then gather.
 *
 * A profile that cannot be simulated (Newton, strain out of range) is marked as failed; its outputs are NAN.
 * @param outcomes (n)
 * @retval LG_ERR_ARGUMENT  the folder holds the journal of other profiles, constants or options
 * @retval LG_ERR_CANCELLED what was finished is in the journal; the same command goes on
 */
LG_MUST_CHECK lg_status axon_sweep_run(cli_run *run, const axon_sweep *sweep, axon_outcome *outcomes,
                                       axon_sweep_result *result);

/** @brief Folder of the journals: `given`, or the name of the output with ".journal" for its ending. */
LG_MUST_CHECK lg_status axon_sweep_folder(lg_ctx *ctx, const char *given, const char *output, char *path, size_t bytes);

#endif
