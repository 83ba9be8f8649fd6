/* loligo_mpi.so: the functions of mpi_link.h by Open MPI (or any MPI 3). */
#include "app/sweep/mpi_link.h"

#include <mpi.h>

static MPI_Request request = MPI_REQUEST_NULL;
static MPI_Win window = MPI_WIN_NULL;
static long *counter; /* rank 0 only */

static int join(int *rank, int *n, int *threads_may_call) {
  int level = MPI_THREAD_SINGLE;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level) != MPI_SUCCESS) return -1;
  if (MPI_Comm_rank(MPI_COMM_WORLD, rank) != MPI_SUCCESS || MPI_Comm_size(MPI_COMM_WORLD, n) != MPI_SUCCESS) return -1;
  *threads_may_call = level >= MPI_THREAD_SERIALIZED;
  const MPI_Aint bytes = *rank == 0 ? (MPI_Aint)sizeof(long) : 0;
  if (MPI_Win_allocate(bytes, sizeof(long), MPI_INFO_NULL, MPI_COMM_WORLD, &counter, &window) != MPI_SUCCESS) return -1;
  return MPI_Win_lock_all(MPI_MODE_NOCHECK, window) == MPI_SUCCESS ? 0 : -1;
}

static int start_barrier(void) { return MPI_Ibarrier(MPI_COMM_WORLD, &request) == MPI_SUCCESS ? 0 : -1; }

static int start_broadcast(void *bytes, int n) {
  return MPI_Ibcast(bytes, n, MPI_BYTE, 0, MPI_COMM_WORLD, &request) == MPI_SUCCESS ? 0 : -1;
}

static int start_gather(const void *mine, int n, void *all) {
  return MPI_Iallgather(mine, n, MPI_BYTE, all, n, MPI_BYTE, MPI_COMM_WORLD, &request) == MPI_SUCCESS ? 0 : -1;
}

static int start_gather_parts(const void *mine, int n, void *all, const int *counts, const int *offsets) {
  return MPI_Iallgatherv(mine, n, MPI_BYTE, all, counts, offsets, MPI_BYTE, MPI_COMM_WORLD, &request) == MPI_SUCCESS
             ? 0
             : -1;
}

static int test(void) {
  int done = 0;
  if (MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) return -1;
  return done ? 1 : 0;
}

static int reset_counter(void) {
  const long zero = 0;
  long before;
  if (MPI_Fetch_and_op(&zero, &before, MPI_LONG, 0, 0, MPI_REPLACE, window) != MPI_SUCCESS) return -1;
  return MPI_Win_flush(0, window) == MPI_SUCCESS ? 0 : -1;
}

static int add_to_counter(long step, long *before) {
  if (MPI_Fetch_and_op(&step, before, MPI_LONG, 0, 0, step ? MPI_SUM : MPI_NO_OP, window) != MPI_SUCCESS) return -1;
  return MPI_Win_flush(0, window) == MPI_SUCCESS ? 0 : -1;
}

static void leave(void) {
  if (window != MPI_WIN_NULL) {
    (void)MPI_Win_unlock_all(window);
    (void)MPI_Win_free(&window);
  }
  (void)MPI_Finalize();
}

extern const lg_mpi_link loligo_mpi_link_2;
const lg_mpi_link loligo_mpi_link_2 = {.join = join,
                                       .start_barrier = start_barrier,
                                       .start_broadcast = start_broadcast,
                                       .start_gather = start_gather,
                                       .start_gather_parts = start_gather_parts,
                                       .test = test,
                                       .reset_counter = reset_counter,
                                       .add_to_counter = add_to_counter,
                                       .leave = leave};
