/* Any table in CSV whose first row names the columns; see table.h. */
#include "io/csv_number.h"
#include "io/table.h"

#include <string.h>

enum { MAX_COLUMNS = LG_TABLE_MAX_ITEMS, MAX_CELL = 64 };

typedef struct lines {
  const unsigned char *bytes;
  size_t n, at, number;
} lines;

/* The next line that is neither empty nor a remark, without line end. */
static bool next_line(lines *l, size_t *from, size_t *to) {
  while (l->at < l->n) {
    const unsigned char *newline = memchr(l->bytes + l->at, '\n', l->n - l->at);
    *from = l->at;
    *to = newline ? (size_t)(newline - l->bytes) : l->n;
    l->at = newline ? *to + 1 : l->n;
    l->number++;
    if (l->number == 1 && *to - *from >= 3 && memcmp(l->bytes, "\xef\xbb\xbf", 3) == 0) *from += 3;
    while (*to > *from && l->bytes[*to - 1] == '\r') (*to)--;
    if (*to > *from && l->bytes[*from] != '#') return true;
  }
  return false;
}

/* [*begin, *end) is the next cell without its quotes; *from moves behind the comma, past `to` after the last cell. */
static void next_cell(const lines *l, size_t *from, size_t to, size_t *begin, size_t *end) {
  size_t at = *from;
  bool quoted = false;
  while (at < to && (quoted || l->bytes[at] != ',')) quoted ^= l->bytes[at++] == '"';
  *begin = *from;
  *end = at;
  *from = at + 1;
  while (*begin < *end && (l->bytes[*begin] == ' ' || l->bytes[*begin] == '"')) (*begin)++;
  while (*end > *begin && (l->bytes[*end - 1] == ' ' || l->bytes[*end - 1] == '"')) (*end)--;
}

static lg_status read_names(lg_ctx *ctx, lines *l, lg_table *table) {
  size_t from, to, begin, end;
  if (!next_line(l, &from, &to)) return lg_fail(ctx, LG_ERR_FORMAT, "the file has no row of column names");
  while (from <= to) {
    next_cell(l, &from, to, &begin, &end);
    if (table->n == MAX_COLUMNS) return lg_fail(ctx, LG_ERR_FORMAT, "more than %d columns", MAX_COLUMNS);
    if (!lg_table_add(ctx, table, (const char *)l->bytes + begin, end - begin)) return LG_ERR_MEMORY;
  }
  return LG_OK;
}

static lg_status count_rows(lg_ctx *ctx, lines l, size_t n_columns, size_t *rows) {
  size_t from, to, begin, end;
  *rows = 0;
  while (next_line(&l, &from, &to)) {
    size_t cells = 0;
    for (; from <= to; cells++) next_cell(&l, &from, to, &begin, &end);
    if (cells != n_columns)
      return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %zu cells, but %zu columns are named", l.number, cells, n_columns);
    (*rows)++;
  }
  return LG_OK;
}

/* A cell that is no number makes the column one of words. */
static void take_cell(lg_ctx *ctx, const lines *l, size_t begin, size_t end, lg_table_item *item) {
  char cell[MAX_CELL];
  double x = 0.0;
  const size_t length = end - begin;
  bool number = length < sizeof cell;
  if (number) {
    memcpy(cell, l->bytes + begin, length);
    cell[length] = '\0';
    number =
        strlen(cell) == length && (lg_csv_number(cell, &x) || strcmp(cell, "inf") == 0 || strcmp(cell, "-inf") == 0);
    if (number && cell[length - (length > 0)] == 'f') x = cell[0] == '-' ? -(double)INFINITY : (double)INFINITY;
  }
  if (number && item->x) {
    item->x[item->n] = x;
  } else {
    lg_free(ctx, item->x);
    item->x = NULL;
  }
  item->n++;
}

lg_status lg_table_parse_csv(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_table *table) {
  lg_status status = LG_OK;
  lines l = {.bytes = bytes, .n = n};
  size_t from, to, begin, end, rows;
  (void)snprintf(table->format, sizeof table->format, "CSV");
  LG_TRY(read_names(ctx, &l, table));
  LG_TRY(count_rows(ctx, l, table->n, &rows));
  if (rows == 0) return lg_fail(ctx, LG_ERR_FORMAT, "the file has a row of names but no others");
  for (size_t k = 0; k < table->n; k++) LG_NEW(ctx, table->items[k].x, rows);
  while (next_line(&l, &from, &to))
    for (size_t k = 0; k < table->n; k++) {
      next_cell(&l, &from, to, &begin, &end);
      take_cell(ctx, &l, begin, end, &table->items[k]);
    }
done:
  return status;
}
