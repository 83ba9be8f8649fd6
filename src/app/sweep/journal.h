/**
 * @file journal.h
 * @brief The journal of one process of a sweep: a header that says which sweep, then records of points, each with a
 * CRC.
 *
 * Little-endian. File: "LGSWEEP1", u32 bytes of the header's JSON, u32 its CRC-32C, the JSON. Record: "LGRB", u32 bytes
 * of the rows, u64 first point, u32 points, the rows, u32 CRC-32C over all of the record before it. Row: u32 bytes that
 * follow, u8 1 = failed, the cells (f64, i64, or u8 length and bytes), the array (f32), and, if failed, u8 length and
 * bytes of the message. A journal is only ever appended to, by the one process that made it.
 */
#ifndef LG_SWEEP_JOURNAL_H
#define LG_SWEEP_JOURNAL_H

#include "app/sweep/sweep.h"

enum { LG_SWEEP_MESSAGE = 200, LG_SWEEP_MAX_COLUMNS = 512 };

/** What is known of a sweep without the program that ran it; owns everything. */
typedef struct lg_sweep_shape {
  char fingerprint[65];
  char *name, *what;
  size_t n_points, n_columns;
  lg_sweep_column *columns; /* (n_columns) */
  size_t n_array;
  char *array_name, *array_axis_name; /* NULL: no array, no axis */
  double *array_axis;                 /* (n_array) or NULL */
  bool csv, sqlite, hdf5;
  char *comments, *provenance; /* as `# key: value` lines and as JSON */
} lg_sweep_shape;

void lg_sweep_shape_destroy(lg_ctx *ctx, lg_sweep_shape *shape);

/**
 * @brief The header of a journal of this plan, as it stands in the file.
 * @param[out] bytes free with lg_free
 * @retval LG_ERR_ARGUMENT the plan itself is wrong
 */
LG_MUST_CHECK lg_status lg_journal_header_make(lg_ctx *ctx, const lg_sweep_plan *plan, const lg_sweep_options *options,
                                               unsigned char **bytes, size_t *n);

/**
 * @brief Read a header.
 * @param name  stands in messages
 * @param[out] begin where the records begin
 * @retval LG_ERR_FORMAT damaged, cut, or no journal
 */
LG_MUST_CHECK lg_status lg_journal_header_read(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n,
                                               lg_sweep_shape **out, size_t *begin);

/** @brief Whether two headers describe the same points (provenance and wanted outputs do not count); why not. */
bool lg_sweep_same(const lg_sweep_shape *a, const lg_sweep_shape *b, const char **difference);

/** One valid record; rows point into the bytes. */
typedef struct lg_journal_record {
  size_t first, n;
  const unsigned char *rows;
} lg_journal_record;

/**
 * @brief Next valid record from *offset on; damaged bytes are jumped over and counted.
 *
 * Every row of a record that is returned is sound: its lengths agree with the columns.
 * @param skipped bytes between the last record and this one that belong to none; at the end: the torn tail
 * @return false at the end
 */
bool lg_journal_next(const lg_sweep_shape *shape, const unsigned char *bytes, size_t n, size_t *offset,
                     lg_journal_record *record, size_t *skipped);

/** @brief Bytes of a row, its length field included. */
size_t lg_journal_row_bytes(const unsigned char *row);

/** @brief Take a row apart. cells (n_columns), array (n_array) or NULL, message of LG_SWEEP_MESSAGE or NULL. */
void lg_journal_row_read(const lg_sweep_shape *shape, const unsigned char *row, lg_sweep_cell *cells, float *array,
                         bool *failed, char *message);

/** @brief Most bytes that a record of n points can need. 0: too many for a size. */
size_t lg_journal_record_bound(const lg_sweep_plan *plan, size_t n);

/** @brief Write a record to a buffer of that size; returns its bytes. Words are cut, broken NAN made the one NAN. */
size_t lg_journal_record_make(const lg_sweep_plan *plan, size_t first, size_t n, const lg_sweep_cell *cells,
                              const float *arrays, const bool *failed, const char (*message)[LG_SWEEP_MESSAGE],
                              unsigned char *out);

#endif
