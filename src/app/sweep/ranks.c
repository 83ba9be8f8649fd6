/* Ranks of mpirun or srun: whether this process is one of many. */
#define _XOPEN_SOURCE 700
#include "app/sweep/sweep.h"

#include <stdlib.h>
#include <string.h>

/* Number of ranks that the environment announces; 1: none. */
static long announced(void) {
  static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"};
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    const char *text = getenv(names[k]);
    if (text && text[0]) return strtol(text, NULL, 10);
  }
  return 1;
}

lg_status lg_ranks_join(lg_ctx *ctx, lg_ranks *out) {
  *out = (lg_ranks){0, 1};
  const long n = announced();
  if (n > 1) return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%ld ranks were started, but this build knows no MPI", n);
  return LG_OK;
}

lg_status lg_ranks_barrier(lg_ctx *ctx) {
  (void)ctx;
  return LG_OK;
}

void lg_ranks_leave(void) {}
