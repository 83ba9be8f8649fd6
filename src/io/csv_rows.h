/**
 * @file csv_rows.h
 * @brief Rows of words out of CSV as people and spreadsheets write it (RFC 4180): quotes, quotes in quotes, line ends
 * within quotes; comma, semicolon or tab; byte order mark; lines that begin with # are remarks.
 */
#ifndef LG_CSV_ROWS_H
#define LG_CSV_ROWS_H

#include "base/base.h"

enum { LG_CSV_MAX_CELLS = 512, LG_CSV_MAX_CELL = 8192 };

typedef struct lg_csv_rows {
  char *text; /* a copy of the file, cells are cut out of it */
  size_t n, at, next_line;
  char separator;
  char *cells[LG_CSV_MAX_CELLS]; /**< of this row, without blanks around them */
  size_t n_cells;
  size_t line;       /**< where this row begins, from 1 */
  const char *error; /**< what is wrong with this row, NULL: nothing; its cells are not to be used then */
  bool again;        /**< set it to get this row once more from lg_csv_rows_next() */
} lg_csv_rows;

/** @brief Begin; the separator is the one that the first row has most of. Destroy with lg_csv_rows_clear(). */
LG_MUST_CHECK lg_status lg_csv_rows_begin(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_csv_rows *rows);

/** @brief Next row that is neither empty nor a remark; false at the end. */
bool lg_csv_rows_next(lg_csv_rows *rows);

void lg_csv_rows_clear(lg_ctx *ctx, lg_csv_rows *rows);

/** @brief Write a cell, in quotes if it needs them; line ends become blanks. */
void lg_csv_write_cell(FILE *stream, const char *text);

#endif
