/**
 * @file base.h
 * @brief What every layer above base uses: failing, memory, scratch arena, threads, random numbers, files.
 *
 * Internal: not installed. Symbols are hidden from the shared library.
 */
#ifndef LG_BASE_H
#define LG_BASE_H

#include <loligo/ctx.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* ---- failing ---------------------------------------------------------------------------------- */

/**
 * @brief Record a failure in the context and return its status: `return lg_fail(ctx, LG_ERR_RANGE, "…", …);`
 *
 * The message says what was wrong with the value and what would be right. ctx may be NULL.
 */
#ifdef __clang_analyzer__ /* which cannot see that the status comes back */
#define lg_fail(ctx, status, ...) ((void)lg_fail_at((ctx), (status), __FILE__, __LINE__, __VA_ARGS__), (status))
#else
#define lg_fail(ctx, status, ...) lg_fail_at((ctx), (status), __FILE__, __LINE__, __VA_ARGS__)
#endif
lg_status lg_fail_at(lg_ctx *ctx, lg_status status, const char *file, int line, const char *fmt, ...) LG_PRINTF(5, 6);

/** @brief Put words before the message that is already there ("cell.abf: " + message). Returns status. */
lg_status lg_fail_prefix(lg_ctx *ctx, lg_status status, const char *fmt, ...) LG_PRINTF(3, 4);

/** @brief Replace control characters by spaces: names out of a foreign file must not break a line or steer a terminal.
 */
void lg_one_line(char *text);

/** Evaluate a status expression; on failure store it in `status` and go to `done`. */
#define LG_TRY(expr)                                                                                                   \
  do {                                                                                                                 \
    status = (expr);                                                                                                   \
    if (status != LG_OK) goto done;                                                                                    \
  } while (0)

/** Look at a status on purpose and ignore it (clean-up paths only). */
#define LG_IGNORE(expr)                                                                                                \
  do {                                                                                                                 \
    if ((expr) != LG_OK) { /* nothing better can be done here */                                                       \
    }                                                                                                                  \
  } while (0)

/* ---- memory ----------------------------------------------------------------------------------- */

/** @brief Allocate count*size bytes, zeroed, 64-byte aligned; NULL (and a recorded failure) on overflow or no memory.
 */
void *lg_alloc(lg_ctx *ctx, size_t count, size_t size);

/** @brief Grow or shrink; the old block stays valid on failure. `old_bytes` are kept, the rest is zeroed. */
void *lg_realloc(lg_ctx *ctx, void *block, size_t old_bytes, size_t count, size_t size);

/** @brief Free a block; accepts NULL. */
void lg_free(lg_ctx *ctx, void *block);

/** @brief Copy a string; NULL (and a recorded failure) on no memory. */
char *lg_strdup(lg_ctx *ctx, const char *text);

/** Allocate n objects of a type into ptr or fail: `LG_NEW(ctx, v, n);` (needs `status` and `done`). */
#define LG_NEW(ctx, ptr, n)                                                                                            \
  do {                                                                                                                 \
    (ptr) = lg_alloc((ctx), (n), sizeof *(ptr));                                                                       \
    if (!(ptr)) {                                                                                                      \
      status = LG_ERR_MEMORY;                                                                                          \
      goto done;                                                                                                       \
    }                                                                                                                  \
  } while (0)

/** @brief a*b with overflow check. */
bool lg_mul_size(size_t a, size_t b, size_t *out);

/** What lg_fnv() begins with. */
#define LG_FNV_START UINT64_C(14695981039346656037)

/** @brief Go on with a hash over n bytes (FNV-1a, 64 bits): to tell things apart, not against forgery. */
uint64_t lg_fnv(uint64_t hash, const void *bytes, size_t n);

/* ---- log, progress, cancel -------------------------------------------------------------------- */

void lg_log(lg_ctx *ctx, lg_level level, const char *fmt, ...) LG_PRINTF(3, 4);

/** @brief Report progress. Returns LG_ERR_CANCELLED (recorded) when the caller asked to stop. */
LG_MUST_CHECK lg_status lg_progress(lg_ctx *ctx, const char *what, size_t done, size_t total);

/** @brief Whether the caller asked to stop; cheap, from any thread. */
bool lg_cancelled(const lg_ctx *ctx);

/* ---- threads ---------------------------------------------------------------------------------- */

/**
 * One piece of work: items [begin, end) on worker `worker` (0 … threads-1; for per-worker scratch).
 * Must not call lg_fail on the shared context; returns a status instead.
 */
typedef lg_status (*lg_range_fn)(void *user, size_t begin, size_t end, unsigned worker);

/**
 * @brief Run fn over [0, n) in fixed chunks of `chunk` items (chunk c covers [c*chunk, …)).
 *
 * Chunks are handed out dynamically; the chunk boundaries never depend on the number of threads, so a caller that
 * keeps one partial result per chunk and sums them in order gets the same bits for any number of threads. Passive
 * waiting (no spinning). The first failing chunk (lowest index) decides the status. Not re-entrant from fn.
 */
LG_MUST_CHECK lg_status lg_parallel_for(lg_ctx *ctx, size_t n, size_t chunk, lg_range_fn fn, void *user);

/* ---- random numbers --------------------------------------------------------------------------- */

/**
 * Counter-based generator (Philox 4x32-10, Salmon et al. 2011): the numbers of (seed, stream, index) never depend on
 * threads, ranks or on what was drawn before. Keep one per neuron / sample / job: stream = what, index = which.
 */
typedef struct lg_rng {
  uint64_t seed, stream, index;
  uint64_t block;    /* next block of 4 words */
  uint32_t words[4]; /* unread words are words[4-left … 3] */
  unsigned left;
  double spare; /* second normal of a pair */
  int has_spare;
} lg_rng;

lg_rng lg_rng_make(uint64_t seed, uint64_t stream, uint64_t index);
uint32_t lg_rng_u32(lg_rng *rng);
uint64_t lg_rng_u64(lg_rng *rng);
/** @brief Uniform in (0, 1): 53 bits, never 0 or 1. */
double lg_rng_uniform(lg_rng *rng);
double lg_rng_range(lg_rng *rng, double low, double high);
/** @brief Standard normal (Box–Muller over our own log/sin/cos: the same bits on every machine). */
double lg_rng_normal(lg_rng *rng);
/** @brief Uniform integer in [0, n), without modulo bias; n > 0. */
uint64_t lg_rng_below(lg_rng *rng, uint64_t n);

/* ---- names ------------------------------------------------------------------------------------ */

/** @brief Edits (insert, leave out, change, swap neighbours) from one word to another; SIZE_MAX above 63 bytes. */
size_t lg_word_distance(const char *a, const char *b);

/** @brief Nearest of n names to a misspelt one, NULL when none is near. */
const char *lg_nearest(const char *word, const char *const *names, size_t n);

/* ---- files ------------------------------------------------------------------------------------ */

/** A file that appears whole or not at all: written under a temporary name beside the target, fsync, rename. */
typedef struct lg_outfile lg_outfile;

/** @brief Open for writing. path "-" streams to stdout (commit flushes, discard does nothing). */
LG_MUST_CHECK lg_status lg_outfile_open(lg_ctx *ctx, const char *path, lg_outfile **out);
/** @brief The stream to write to. Write errors are found by commit. */
FILE *lg_outfile_stream(lg_outfile *file);
/** @brief Path of the temporary file, for libraries that open by name (HDF5); NULL for "-". */
const char *lg_outfile_temp_path(const lg_outfile *file);
/** @brief Flush, fsync, rename. The object is gone afterwards, also on failure (then the old file still stands). */
LG_MUST_CHECK lg_status lg_outfile_commit(lg_ctx *ctx, lg_outfile *file);
/** @brief Throw away; accepts NULL. */
void lg_outfile_discard(lg_ctx *ctx, lg_outfile *file);

/**
 * @brief Read a whole regular file into memory.
 * @param max_bytes refuse larger files with LG_ERR_LIMIT
 * @param[out] bytes   block of *n bytes plus one 0 byte; free with lg_free
 */
LG_MUST_CHECK lg_status lg_file_read(lg_ctx *ctx, const char *path, size_t max_bytes, unsigned char **bytes, size_t *n);

/** @brief Folder of a path, as a block to free with lg_free: "." where it names none; NULL on no memory. */
char *lg_folder_of(lg_ctx *ctx, const char *path);

/** @brief Create a directory (parents too); fine when it exists. */
LG_MUST_CHECK lg_status lg_make_directory(lg_ctx *ctx, const char *path);
/** @brief Whether nothing lies in it; true too where there is no such directory, false where it cannot be read. */
bool lg_directory_is_empty(const char *path);

#endif
