/**
 * @file table.h
 * @brief Named columns of numbers out of any file that we write: CSV, .npy, HDF5 (traces, NWB, tensors); and .npz.
 *
 * For looking at a file, comparing two and converting them. Recordings are read by lg_recording_read().
 */
#ifndef LG_TABLE_H
#define LG_TABLE_H

#include "base/base.h"

/** One column, dataset or text. */
typedef struct lg_table_item {
  char *name; /**< "v_mV"; HDF5: path without the first slash */
  size_t n;   /**< numbers in x, or cells of a column of words */
  double *x;  /**< (n), NULL for text and for columns of words */
  char *text; /**< a text dataset, NULL otherwise */
} lg_table_item;

/** Everything that was found, in the order of the file. */
typedef struct lg_table {
  char format[16]; /**< "CSV", "NPY", "NPZ", "HDF5" */
  size_t n;
  lg_table_item *items;
} lg_table;

enum { LG_TABLE_MAX_ITEMS = 100000 };

/**
 * @brief Read a file by its content.
 *
 * CSV: the first row that is no remark names the columns; a column with a cell that is no number has x = NULL. .npy:
 * structured arrays of numbers, or one array (name "array", and its shape as the text "shape"). .npz: every array by
 * its name ("train_x", and its shape as the text "train_x.shape"). HDF5: all vectors and single numbers and texts, read
 * inside the sandbox; with the attribute `columns` of a trace those first, in its order.
 *
 * @retval LG_ERR_IO          cannot be opened
 * @retval LG_ERR_FORMAT      damaged, or none of these formats
 * @retval LG_ERR_UNSUPPORTED .npy of Python objects (a pickle is code and never read), Fortran order
 */
LG_MUST_CHECK lg_status lg_table_read(lg_ctx *ctx, const char *path, lg_table **out);

void lg_table_destroy(lg_ctx *ctx, lg_table *table);

/** @brief Item by name, NULL when there is none. */
const lg_table_item *lg_table_find(const lg_table *table, const char *name);

/** @brief Text of the provenance that an HDF5 file carries ("provenance", "general/source_script"), NULL: none. */
const char *lg_table_provenance(const lg_table *table);

/** @brief Whether the first column is t_ms and all columns are numbers of one length: a trace. */
bool lg_table_is_trace(const lg_table *table);

/** @brief The parsers, over memory images (for tests and fuzzing). */
LG_MUST_CHECK lg_status lg_table_parse_csv(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_table *table);
LG_MUST_CHECK lg_status lg_table_parse_npy(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_table *table);
LG_MUST_CHECK lg_status lg_table_parse_npz(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_table *table);
LG_MUST_CHECK lg_status lg_table_parse_h5(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_table *table);
bool lg_npy_is(const unsigned char *bytes, size_t n);
/** @brief Whether it begins as a zip archive does; what is in it is found by the parser. */
bool lg_npz_is(const unsigned char *bytes, size_t n);

/** @brief Append an empty item of that name; NULL when memory or LG_TABLE_MAX_ITEMS is used up (recorded). */
lg_table_item *lg_table_add(lg_ctx *ctx, lg_table *table, const char *name, size_t name_bytes);

/** @brief Free the items, keep the table. */
void lg_table_clear(lg_ctx *ctx, lg_table *table);

#endif
