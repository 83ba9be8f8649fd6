/**
 * @file mpi_link.h
 * @brief What the program asks of MPI, as a table of functions in a shared object of its own.
 *
 * The program does not link MPI: it would cost start-up time and an installation. loligo_mpi.so lies beside it and is
 * loaded only when mpirun or srun announce ranks.
 */
#ifndef LG_SWEEP_MPI_LINK_H
#define LG_SWEEP_MPI_LINK_H

#include <stddef.h>

#define LG_MPI_LINK_SYMBOL "loligo_mpi_link_2"

/** Calls return 0 when all is well; one thread at a time. */
typedef struct lg_mpi_link {
  int (*join)(int *rank, int *n, int *threads_may_call);
  /* one collective call at a time: start it, then test until it is done (1: done, 0: not yet, -1: failed) */
  int (*start_barrier)(void);
  int (*start_broadcast)(void *bytes, int n);              /* from rank 0 */
  int (*start_gather)(const void *mine, int n, void *all); /* n bytes of each rank, to all, in their order */
  int (*start_gather_parts)(const void *mine, int n, void *all, const int *counts, const int *offsets);
  int (*test)(void);
  /* a counter on rank 0 */
  int (*reset_counter)(void);                     /* rank 0, between two barriers */
  int (*add_to_counter)(long step, long *before); /* step 0: only look */
  void (*leave)(void);
} lg_mpi_link;

#endif
