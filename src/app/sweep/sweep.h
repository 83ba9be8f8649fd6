/**
 * @file sweep.h
 * @brief Many points, each worked out by itself: on the threads of one machine, on the ranks of many, in shards,
 * resumed after anything.
 *
 * Points are cut into blocks of LG_SWEEP_BLOCK. A block is the unit of work and of a journal record: each process
 * appends the blocks that it finished to its own journal in the folder of results, with a CRC. Resuming reads every
 * journal and works out what is missing. What is written at the end depends on the points alone: not on ranks, threads,
 * shards or restarts.
 */
#ifndef LG_SWEEP_H
#define LG_SWEEP_H

#include "base/base.h"
#include "data/provenance.h"

enum { LG_SWEEP_BLOCK = 64, LG_SWEEP_TEXT = 48 };

typedef enum lg_sweep_type { LG_SWEEP_NUMBER = 0, LG_SWEEP_INTEGER, LG_SWEEP_WORD } lg_sweep_type;

/** One column of the results; the unit stands in the name ("dose_uM"). */
typedef struct lg_sweep_column {
  const char *name;
  lg_sweep_type type;
} lg_sweep_column;

/** One cell; words are cut at LG_SWEEP_TEXT - 1 bytes. */
typedef union lg_sweep_cell {
  double number;   /* NAN: empty */
  int64_t integer; /* INT64_MIN: empty */
  char word[LG_SWEEP_TEXT];
} lg_sweep_cell;

/**
 * Work out points [first, first + n) (n <= LG_SWEEP_BLOCK).
 * @param ctx    of the worker: its own; lg_fail() and lg_alloc() may be used on it
 * @param cells  (n, n_columns) row-major, to be filled; all are empty at first
 * @param arrays (n, n_array) or NULL, to be filled: what goes to results.h5 only
 * @param failed (n) zeroed; set failed[k] and write words into message[k] when point k cannot be worked out
 * @return a failure ends the whole sweep (no memory, cancelled); a bad point is told through `failed`
 */
typedef lg_status (*lg_sweep_block_fn)(lg_ctx *ctx, void *user, size_t first, size_t n, lg_sweep_cell *cells,
                                       float *arrays, bool *failed, char (*message)[200]);

typedef struct lg_sweep_plan {
  const char *name; /* table of the database and dataset of the arrays: "screen" */
  const char *what; /* words of the progress bar: "compounds x doses" */
  const char
      *fingerprint; /* hex SHA-256 of all that the points depend on: inputs, options, seed, version of the rows */
  size_t n_points;
  size_t together; /* a worker takes multiples of this many points at once where it can; 0: of 8 */
  size_t n_columns;
  const lg_sweep_column *columns;
  size_t n_array;           /* floats per point in results.h5; 0: none */
  const char *array_name;   /* "f_I_spikes" */
  const double *array_axis; /* (n_array) or NULL */
  const char *array_axis_name;
  lg_sweep_block_fn run;
  void *user;
} lg_sweep_plan;

typedef struct lg_sweep_options {
  const char *directory;
  size_t shard, n_shards; /* 0 of 1: all */
  unsigned threads;
  bool csv, sqlite, hdf5; /* what the end writes */
  lg_provenance *provenance;
} lg_sweep_options;

typedef struct lg_sweep_report {
  size_t n_points, n_done, n_failed, n_resumed; /* over the whole folder; resumed: were there at the start */
  bool complete;                                /* all points of all shards are there and the results were merged */
} lg_sweep_report;

/**
 * @brief Work out what is missing (of this rank's and shard's share), then, when nothing is missing, merge.
 * @retval LG_ERR_ARGUMENT  the folder belongs to another plan (its fingerprint differs)
 * @retval LG_ERR_CANCELLED what was finished is in the journal
 */
LG_MUST_CHECK lg_status lg_sweep_run(lg_ctx *ctx, const lg_sweep_plan *plan, const lg_sweep_options *options,
                                     lg_sweep_report *report);

/** One merged row, in the order of the points; called by rank 0 (or the only process) after a complete run. */
typedef lg_status (*lg_sweep_row_fn)(lg_ctx *ctx, void *user, size_t point, const lg_sweep_cell *cells,
                                     const float *array, bool failed, const char *message);

/** @brief Go through the rows of a complete folder: for summaries and reports. */
LG_MUST_CHECK lg_status lg_sweep_each(lg_ctx *ctx, const lg_sweep_plan *plan, const char *directory, lg_sweep_row_fn fn,
                                      void *user);

/**
 * @brief Merge the journals of folders into results in `out` (NULL: the first folder), without the program's plan.
 * @retval LG_ERR_NOT_FOUND  there is no journal
 * @retval LG_ERR_ARGUMENT   the folders hold different sweeps
 * report->complete is false, and nothing is written, when points are missing.
 */
LG_MUST_CHECK lg_status lg_sweep_merge(lg_ctx *ctx, const char *const *folders, size_t n_folders, const char *out,
                                       lg_sweep_report *report);

/** @brief Read "2/3": shares count from 1 to n or from 0 to n - 1 (3/3 and 0/3 are the same). False: it is neither. */
bool lg_sweep_parse_shard(const char *text, size_t *shard, size_t *n_shards);

/** @brief Print a job script for Slurm that runs this command line in shares. */
void lg_sweep_print_slurm(FILE *stream, const char *name, int argc, char *const *argv, const char *working_directory,
                          size_t n_points);

/** @brief Rank and number of ranks of this process: 0 of 1 unless started by mpirun or srun. */
typedef struct lg_ranks {
  int rank, n;
} lg_ranks;
LG_MUST_CHECK lg_status lg_ranks_join(lg_ctx *ctx, lg_ranks *out);
LG_MUST_CHECK lg_status lg_ranks_barrier(lg_ctx *ctx);
void lg_ranks_leave(void);

#endif
