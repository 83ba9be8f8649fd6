/**
 * @file ranks.h
 * @brief Ranks of mpirun or srun, beyond what sweep.h tells commands: sharing work and answers between them.
 *
 * With one rank every call is at once done. A rank that fails or is cancelled does not say good-bye to MPI
 * (lg_ranks_abandon): it just ends, mpirun sees it and ends the others, and their journals stand.
 */
#ifndef LG_SWEEP_RANKS_H
#define LG_SWEEP_RANKS_H

#include "app/sweep/sweep.h"

/** @brief Rank 0's bytes to all. */
LG_MUST_CHECK lg_status lg_ranks_broadcast(lg_ctx *ctx, void *bytes, size_t n);

/**
 * @brief Bytes of all ranks, in their order, to all ranks.
 *
 * Waits for the others even when this rank was asked to stop: what they do next is agreed on in what is gathered. Gives
 * up, as cancelled, when they do not come within 30 s of that.
 * @param all  grown with lg_realloc when *room is too small
 */
LG_MUST_CHECK lg_status lg_ranks_gather(lg_ctx *ctx, const void *mine, size_t n, unsigned char **all, size_t *room,
                                        size_t *n_all);

/** @brief Set the common counter to 0: collective. */
LG_MUST_CHECK lg_status lg_ranks_reset(lg_ctx *ctx);

/** @brief Add to the common counter; *before was its value. From one thread at a time. False: MPI failed. */
bool lg_ranks_add(long step, long *before);

/** @brief From now on lg_ranks_leave() leaves MPI alone. */
void lg_ranks_abandon(void);

/** @brief Rank by the environment of mpirun or srun, without joining: 0 when there is none. */
int lg_ranks_announced_rank(void);

/** @brief Threads that a process should use by default: the cores it may run on, shared with the other ranks of the
 * machine. */
unsigned lg_ranks_default_threads(void);

#endif
