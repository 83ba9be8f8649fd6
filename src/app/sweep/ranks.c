/* Ranks of mpirun or srun: loads loligo_mpi.so when the environment announces them. */
#define _GNU_SOURCE
#include "app/sweep/ranks.h"

#include "app/sweep/mpi_link.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef LG_MPI_FROM_BIN
#define LG_MPI_FROM_BIN "../lib/loligo"
#endif

/* One process has one MPI. */
static struct {
  const lg_mpi_link *link; /* NULL: alone */
  lg_ranks ranks;
  bool joined, abandoned;
} mpi = {.ranks = {0, 1}};

static long number_of(const char *const *names, size_t n, long fallback) {
  for (size_t k = 0; k < n; k++) {
    const char *text = getenv(names[k]);
    if (!text || text[0] < '0' || text[0] > '9') continue;
    return strtol(text, NULL, 10);
  }
  return fallback;
}

static bool is_off(void) {
  const char *word = getenv("LOLIGO_MPI");
  return word && (strcmp(word, "off") == 0 || strcmp(word, "0") == 0);
}

/* Slurm sets SLURM_NTASKS in a plain batch script too; only a step of srun has SLURM_STEP_NUM_TASKS beside a task. */
static long announced(void) {
  static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"};
  static const char *const slurm[] = {"SLURM_STEP_NUM_TASKS"};
  if (is_off()) return 1;
  const long n = number_of(names, 3, 0);
  if (n > 0) return n;
  return getenv("SLURM_STEP_ID") ? number_of(slurm, 1, 1) : 1;
}

int lg_ranks_announced_rank(void) {
  static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK", "PMIX_RANK",
                                      "SLURM_PROCID"};
  return announced() > 1 ? (int)number_of(names, 5, 0) : 0;
}

unsigned lg_ranks_default_threads(void) {
  static const char *const local[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "MV2_COMM_WORLD_LOCAL_SIZE"};
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  long may = cores > 0 ? cores : 1;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0 && CPU_COUNT(&set) < may)
    return (unsigned)CPU_COUNT(&set); /* taskset, a container, mpirun or Slurm gave us these */
  const long here = is_off() ? 1 : number_of(local, 3, 1);
  if (here > 1) may /= here;
  return may > 1 ? (unsigned)may : 1;
}

/* Beside the program, or where make install puts it. */
static void *load(char *tried, size_t bytes) {
  static const char *const below[] = {"", "/" LG_MPI_FROM_BIN};
  char folder[3072], path[4096];
  const ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
  (void)snprintf(tried, bytes, "loligo_mpi.so");
  if (n <= 0) return NULL;
  folder[n] = '\0';
  char *slash = strrchr(folder, '/');
  if (slash) *slash = '\0';
  for (size_t k = 0; k < 2; k++) {
    (void)snprintf(path, sizeof path, "%s%s/loligo_mpi.so", folder, below[k]);
    if (access(path, R_OK) != 0) continue;
    /* global: Open MPI loads its parts later and they look for its symbols */
    void *object = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!object) (void)snprintf(tried, bytes, "%s", dlerror());
    return object;
  }
  (void)snprintf(tried, bytes, "loligo_mpi.so lies neither in %s nor in %s/%s: install libopenmpi-dev and build again",
                 folder, folder, LG_MPI_FROM_BIN);
  return NULL;
}

static lg_status join(lg_ctx *ctx, long n) {
  char tried[8192];
  int threads_may_call = 0;
  void *object = load(tried, sizeof tried);
  if (!object)
    return lg_fail(ctx, LG_ERR_LIMIT,
                   "%ld ranks were started, but MPI is missing (%s); LOLIGO_MPI=off runs this process alone", n, tried);
  const void *symbol = dlsym(object, LG_MPI_LINK_SYMBOL);
  if (!symbol) return lg_fail(ctx, LG_ERR_LIMIT, "loligo_mpi.so is of another version of loligo; build it again");
  mpi.link = symbol;
  if (mpi.link->join(&mpi.ranks.rank, &mpi.ranks.n, &threads_may_call) != 0) {
    lg_ranks_abandon();
    return lg_fail(ctx, LG_ERR_LIMIT, "MPI could not be started");
  }
  if (mpi.ranks.n != n) {
    const int seen = mpi.ranks.n;
    lg_ranks_abandon();
    return lg_fail(ctx, LG_ERR_LIMIT,
                   "%ld ranks were started, but MPI sees %d: start them by the mpirun of Open MPI, or by srun "
                   "--mpi=pmix; LOLIGO_MPI=off runs each process alone",
                   n, seen);
  }
  if (threads_may_call) return LG_OK;
  lg_ranks_abandon();
  return lg_fail(ctx, LG_ERR_LIMIT, "this MPI does not let threads call it (MPI_THREAD_SERIALIZED)");
}

lg_status lg_ranks_join(lg_ctx *ctx, lg_ranks *out) {
  *out = mpi.ranks;
  if (mpi.joined) return LG_OK;
  const long n = announced();
  const lg_status status = n > 1 ? join(ctx, n) : LG_OK;
  mpi.joined = status == LG_OK;
  *out = mpi.ranks;
  return status;
}

/* Wait for a collective call without burning a core that another rank may need; Ctrl-C ends the wait. */
static lg_status wait_for_all(lg_ctx *ctx) {
  for (unsigned turn = 0;; turn++) {
    const int done = mpi.link->test();
    if (done > 0) return LG_OK;
    if (done < 0) return lg_fail(ctx, LG_ERR_IO, "MPI: the other ranks cannot be reached");
    if (lg_cancelled(ctx)) {
      lg_ranks_abandon();
      return lg_fail(ctx, LG_ERR_CANCELLED,
                     "interrupted while waiting for the other ranks; what was finished is saved");
    }
    const struct timespec pause = {0, turn < 100 ? 20000 : 1000000};
    (void)nanosleep(&pause, NULL);
  }
}

lg_status lg_ranks_barrier(lg_ctx *ctx) {
  if (!mpi.link) return LG_OK;
  if (mpi.link->start_barrier() != 0) return lg_fail(ctx, LG_ERR_IO, "MPI: the other ranks cannot be reached");
  return wait_for_all(ctx);
}

lg_status lg_ranks_broadcast(lg_ctx *ctx, void *bytes, size_t n) {
  enum { AT_ONCE = 1 << 30 };
  unsigned char *p = bytes;
  if (!mpi.link) return LG_OK;
  while (n > 0) {
    const size_t part = n < AT_ONCE ? n : AT_ONCE;
    if (mpi.link->start_broadcast(p, (int)part) != 0)
      return lg_fail(ctx, LG_ERR_IO, "MPI: the other ranks cannot be reached");
    const lg_status status = wait_for_all(ctx);
    if (status != LG_OK) return status;
    p += part;
    n -= part;
  }
  return LG_OK;
}

/* ---- gathering ------------------------------------------------------------------------------------- */

static lg_status lost(lg_ctx *ctx) { return lg_fail(ctx, LG_ERR_IO, "MPI: the other ranks cannot be reached"); }

static double seconds(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static lg_status wait_patiently(lg_ctx *ctx) {
  double asked = -1.0;
  for (unsigned turn = 0;; turn++) {
    const int done = mpi.link->test();
    if (done > 0) return LG_OK;
    if (done < 0) return lost(ctx);
    if (turn < 50) {
      (void)sched_yield();
      continue;
    }
    if (lg_cancelled(ctx) && asked < 0.0) asked = seconds();
    if (asked >= 0.0 && seconds() - asked > 30.0) {
      lg_ranks_abandon();
      return lg_fail(ctx, LG_ERR_CANCELLED, "interrupted while waiting for the other ranks");
    }
    const struct timespec pause = {0, turn < 1000 ? 20000 : 500000};
    (void)nanosleep(&pause, NULL);
  }
}

/* Part k of every rank's bytes, at most `most` of each, into `into` at their places. */
static lg_status gather_round(lg_ctx *ctx, const unsigned char *mine, const uint64_t *counts, uint64_t done,
                              uint64_t most, unsigned char *buffer, int *part, int *offset, unsigned char *into) {
  int at = 0;
  for (int r = 0; r < mpi.ranks.n; r++) {
    const uint64_t left = counts[r] > done ? counts[r] - done : 0;
    part[r] = (int)(left < most ? left : most);
    offset[r] = at;
    at += part[r];
  }
  const int own = part[mpi.ranks.rank];
  if (mpi.link->start_gather_parts(own > 0 ? mine + done : mine, own, buffer, part, offset) != 0) return lost(ctx);
  const lg_status status = wait_patiently(ctx);
  if (status != LG_OK || buffer == into) return status;
  uint64_t before = 0;
  for (int r = 0; r < mpi.ranks.n; r++) {
    memcpy(into + before + (counts[r] > done ? done : 0), buffer + offset[r], (size_t)part[r]);
    before += counts[r];
  }
  return LG_OK;
}

lg_status lg_ranks_gather(lg_ctx *ctx, const void *mine, size_t n, unsigned char **all, size_t *room, size_t *n_all) {
  const uint64_t at_once = (uint64_t)1 << 30, ranks = (uint64_t)mpi.ranks.n;
  uint64_t *counts = NULL, own = n, total = 0, most = 0;
  unsigned char *buffer = NULL;
  int *part = NULL;
  lg_status status = LG_OK;
  LG_NEW(ctx, counts, ranks);
  LG_NEW(ctx, part, 2 * ranks);
  if (!mpi.link) counts[0] = own;
  else if (mpi.link->start_gather(&own, (int)sizeof own, counts) != 0) LG_TRY(lost(ctx));
  else LG_TRY(wait_patiently(ctx));
  for (uint64_t r = 0; r < ranks; r++) {
    total += counts[r];
    if (counts[r] > most) most = counts[r];
  }
  if (*room < total) {
    unsigned char *grown = lg_realloc(ctx, *all, 0, 2 * total, 1);
    if (!grown) {
      status = LG_ERR_MEMORY;
      goto done;
    }
    *all = grown;
    *room = 2 * total;
  }
  *n_all = total;
  if (!mpi.link) {
    if (n > 0) memcpy(*all, mine, n);
  } else if (total <= at_once) {
    LG_TRY(gather_round(ctx, mine, counts, 0, at_once, *all, part, part + ranks, *all));
  } else {
    LG_NEW(ctx, buffer, at_once);
    for (uint64_t done = 0; done < most; done += at_once / ranks)
      LG_TRY(gather_round(ctx, mine, counts, done, at_once / ranks, buffer, part, part + ranks, *all));
  }
done:
  lg_free(ctx, counts);
  lg_free(ctx, part);
  lg_free(ctx, buffer);
  return status;
}

lg_status lg_ranks_reset(lg_ctx *ctx) {
  if (!mpi.link) return LG_OK;
  lg_status status = lg_ranks_barrier(ctx);
  if (status == LG_OK && mpi.ranks.rank == 0 && mpi.link->reset_counter() != 0)
    status = lg_fail(ctx, LG_ERR_IO, "MPI: the common counter cannot be set");
  return status == LG_OK ? lg_ranks_barrier(ctx) : status;
}

bool lg_ranks_add(long step, long *before) { return mpi.link->add_to_counter(step, before) == 0; }

void lg_ranks_abandon(void) { mpi.abandoned = true; }

void lg_ranks_leave(void) {
  if (mpi.link && mpi.joined && !mpi.abandoned) mpi.link->leave();
  mpi.link = NULL;
}
