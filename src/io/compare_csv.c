/* Tables, line by line: memory does not grow with them. A column is one difference, with its worst row. */
#define _XOPEN_SOURCE 700
#include "io/compare_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 4096, MAX_LINE = 1 << 20 /* a longer line counts as several, in both files alike */ };

typedef struct table {
  const char *path;
  FILE *stream;
  char *line; /* (MAX_LINE) */
  size_t n_cells;
  char **cells; /* (MAX_COLUMNS) into line */
} table;

typedef struct column {
  char *name;
  bool ignored;
  size_t n_different, worst_row;
  double worst;
  char a[40], b[40]; /* at the worst row */
} column;

/* Cells of a line, in place. Quoted cells keep commas; a doubled quote stays doubled, on both sides alike. */
static void split(table *t) {
  char *p = t->line;
  t->n_cells = 0;
  p[strcspn(p, "\r\n")] = '\0';
  for (;;) {
    bool quoted = false;
    if (t->n_cells >= MAX_COLUMNS) return;
    t->cells[t->n_cells++] = p;
    while (*p && (quoted || *p != ',')) quoted ^= *p++ == '"';
    if (!*p) return;
    *p++ = '\0';
  }
}

/* The next line that is neither remark nor empty; false at the end. */
static bool next_row(table *t) {
  while (fgets(t->line, MAX_LINE, t->stream)) {
    if (t->line[0] == '#' || t->line[0] == '\n' || t->line[0] == '\r') continue;
    split(t);
    return true;
  }
  return false;
}

static lg_status open_table(lg_ctx *ctx, const char *path, table *t) {
  t->path = path;
  t->stream = fopen(path, "rb");
  if (!t->stream) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  t->cells = lg_alloc(ctx, MAX_COLUMNS, sizeof *t->cells);
  t->line = lg_alloc(ctx, MAX_LINE, 1);
  if (!t->cells || !t->line) return LG_ERR_MEMORY;
  if (!next_row(t)) return lg_fail(ctx, LG_ERR_FORMAT, "%s: holds no rows", path);
  return LG_OK;
}

static void close_table(lg_ctx *ctx, table *t) {
  if (t->stream) (void)fclose(t->stream);
  lg_free(ctx, t->cells);
  lg_free(ctx, t->line);
}

static bool is_number(const char *text, double *x) {
  char *end;
  *x = strtod(text, &end);
  return end != text && *end == '\0';
}

static void compare_cell(lg_comparison *c, column *col, const char *a, const char *b, size_t row) {
  double x, y, delta = INFINITY;
  bool equal;
  if (is_number(a, &x) && is_number(b, &y)) {
    equal = lg_compare_numbers(c, x, y);
    delta = isnan(x - y) ? INFINITY : fabs(x - y);
  } else {
    c->report.n_values++;
    equal = strcmp(a, b) == 0;
  }
  if (equal) return;
  if (col->n_different++ > 0 && delta <= col->worst) return;
  col->worst = delta;
  col->worst_row = row;
  (void)snprintf(col->a, sizeof col->a, "%s", a);
  (void)snprintf(col->b, sizeof col->b, "%s", b);
}

static void place(char *where, size_t bytes, const char *prefix, const char *what, const char *name) {
  (void)snprintf(where, bytes, "%s%s%s%.80s", prefix, prefix[0] ? ": " : "", what, name);
}

static void report_columns(lg_comparison *c, const column *columns, size_t n, size_t n_rows, const char *prefix) {
  for (size_t k = 0; k < n; k++) {
    const column *col = &columns[k];
    char where[320], name[160];
    if (col->n_different == 0) continue;
    (void)snprintf(name, sizeof name, "%.60s, %zu of %zu rows, worst in row %zu", col->name, col->n_different, n_rows,
                   col->worst_row);
    (void)snprintf(where, sizeof where, "%.100s%scolumn %s", prefix, prefix[0] ? ": " : "", name);
    lg_compare_differ(c, where, col->a, col->b);
    c->report.n_different += col->n_different - 1; /* count values, not columns */
  }
}

static bool same_header(lg_comparison *c, const table *a, const table *b, const char *prefix) {
  char where[256];
  bool same = a->n_cells == b->n_cells;
  for (size_t k = 0; k < a->n_cells && k < b->n_cells; k++) {
    if (strcmp(a->cells[k], b->cells[k]) == 0) continue;
    place(where, sizeof where, prefix, "header", "");
    lg_compare_differ(c, where, a->cells[k], b->cells[k]);
    same = false;
  }
  if (a->n_cells != b->n_cells) {
    char text_a[32], text_b[32];
    (void)snprintf(text_a, sizeof text_a, "%zu columns", a->n_cells);
    (void)snprintf(text_b, sizeof text_b, "%zu columns", b->n_cells);
    place(where, sizeof where, prefix, "header", "");
    lg_compare_differ(c, where, text_a, text_b);
  }
  return same;
}

static size_t compare_rows(lg_comparison *c, table *a, table *b, column *columns, size_t n, const char *prefix) {
  size_t rows_a = 0, rows_b = 0;
  for (;;) {
    const bool more_a = next_row(a), more_b = next_row(b);
    rows_a += more_a;
    rows_b += more_b;
    if (!more_a && !more_b) break;
    for (size_t k = 0; k < n && more_a && more_b; k++)
      if (!columns[k].ignored)
        compare_cell(c, &columns[k], k < a->n_cells ? a->cells[k] : "", k < b->n_cells ? b->cells[k] : "", rows_a);
  }
  if (rows_a != rows_b) {
    char where[256], text_a[32], text_b[32];
    place(where, sizeof where, prefix, "length", "");
    (void)snprintf(text_a, sizeof text_a, "%zu rows", rows_a);
    (void)snprintf(text_b, sizeof text_b, "%zu rows", rows_b);
    lg_compare_differ(c, where, text_a, text_b);
  }
  return rows_a < rows_b ? rows_a : rows_b;
}

lg_status lg_compare_csv(lg_comparison *c, const char *path_a, const char *path_b, const char *prefix) {
  table a = {0}, b = {0};
  column *columns = NULL;
  size_t n = 0;
  lg_status status = open_table(c->ctx, path_a, &a);
  if (status == LG_OK) status = open_table(c->ctx, path_b, &b);
  if (status != LG_OK || !same_header(c, &a, &b, prefix)) goto done;
  LG_NEW(c->ctx, columns, a.n_cells);
  for (n = 0; n < a.n_cells; n++) {
    columns[n].name = lg_strdup(c->ctx, a.cells[n]);
    if (!columns[n].name) {
      status = LG_ERR_MEMORY;
      goto done;
    }
    columns[n].ignored = lg_compare_ignores(c, a.cells[n]);
  }
  const size_t rows = compare_rows(c, &a, &b, columns, n, prefix);
  report_columns(c, columns, n, rows, prefix);
done:
  for (size_t k = 0; k < n; k++) lg_free(c->ctx, columns[k].name);
  lg_free(c->ctx, columns);
  close_table(c->ctx, &a);
  close_table(c->ctx, &b);
  return status;
}
