/* Rows of words out of CSV; see csv_rows.h. */
#include "io/csv_rows.h"

#include <string.h>

/* End of the line that begins at `from`: index of its newline, or of the end. */
static size_t line_end(const lg_csv_rows *r, size_t from) {
  const char *newline = memchr(r->text + from, '\n', r->n - from);
  return newline ? (size_t)(newline - r->text) : r->n;
}

static bool is_blank(const lg_csv_rows *r, size_t from, size_t to) {
  for (size_t k = from; k < to; k++)
    if (r->text[k] != ' ' && r->text[k] != '\t' && r->text[k] != '\r') return false;
  return true;
}

/* Go over lines without data; false at the end of the text. */
static bool skip_empty(lg_csv_rows *r) {
  while (r->at < r->n) {
    const size_t end = line_end(r, r->at);
    if (r->text[r->at] != '#' && !is_blank(r, r->at, end)) return true;
    r->at = end < r->n ? end + 1 : r->n;
    r->next_line++;
  }
  return false;
}

static char choose_separator(const lg_csv_rows *r, size_t from, size_t to) {
  static const char known[] = {',', ';', '\t'};
  size_t count[sizeof known] = {0}, best = 0;
  bool quoted = false;
  for (size_t k = from; k < to; k++) {
    if (r->text[k] == '"') quoted = !quoted;
    for (size_t j = 0; j < sizeof known && !quoted; j++) count[j] += r->text[k] == known[j];
  }
  for (size_t j = 1; j < sizeof known; j++)
    if (count[j] > count[best]) best = j;
  return known[best];
}

lg_status lg_csv_rows_begin(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_csv_rows *rows) {
  *rows = (lg_csv_rows){.n = n, .next_line = 1};
  if (n == SIZE_MAX) return lg_fail(ctx, LG_ERR_LIMIT, "the text is too long");
  rows->text = lg_alloc(ctx, n + 1, 1);
  if (!rows->text) return LG_ERR_MEMORY;
  if (n > 0) memcpy(rows->text, bytes, n);
  if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) rows->at = 3;
  if (n >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the text is UTF-16; save it as CSV in UTF-8");
  if (n > 0 && !memchr(rows->text, '\n', n)) /* lines of old Macintoshes */
    for (size_t k = 0; k < n; k++)
      if (rows->text[k] == '\r') rows->text[k] = '\n';
  rows->separator = ',';
  if (skip_empty(rows)) rows->separator = choose_separator(rows, rows->at, line_end(rows, rows->at));
  return LG_OK;
}

void lg_csv_rows_clear(lg_ctx *ctx, lg_csv_rows *rows) {
  lg_free(ctx, rows->text);
  rows->text = NULL;
}

/* The cell between two places, without blanks around it; a 0 is put behind it. Control characters become blanks. */
static char *trimmed(char *text, size_t from, size_t to) {
  text[to] = '\0';
  lg_one_line(text + from);
  while (from < to && (text[from] == ' ' || text[from] == '\t')) from++;
  while (to > from && (text[to - 1] == ' ' || text[to - 1] == '\t' || text[to - 1] == '\r')) to--;
  text[to] = '\0';
  return text + from;
}

/* Whether the quoted cell that begins at `at` is closed within what a cell may hold. Looks only: an open quote must not
 * change what follows. */
static bool is_closed(const lg_csv_rows *r, size_t at) {
  const size_t limit = r->n - at < 2u * LG_CSV_MAX_CELL ? r->n : at + 2u * LG_CSV_MAX_CELL;
  while (at < limit) {
    if (r->text[at++] != '"') continue;
    if (at >= r->n || r->text[at] != '"') return true;
    at++;
  }
  return false;
}

/* Move a quoted cell down to `to`, quotes taken off; *at is behind its closing quote. */
static void unquote(lg_csv_rows *r, size_t *at, size_t *to) {
  while (*at < r->n) {
    const char c = r->text[(*at)++];
    if (c == '"' && *at < r->n && r->text[*at] == '"') (*at)++;
    else if (c == '"') return;
    if (c == '\n') r->next_line++;
    r->text[(*to)++] = c == '\n' || c == '\r' ? ' ' : c;
  }
}

/* One cell from r->at on; *last when the row ends with it. NULL: r->error says why. */
static char *take_cell(lg_csv_rows *r, bool *last) {
  size_t begin = r->at, to;
  while (begin < r->n && (r->text[begin] == ' ' || (r->text[begin] == '\t' && r->separator != '\t'))) begin++;
  size_t at = begin;
  if (at < r->n && r->text[at] == '"') {
    to = ++at;
    begin = to;
    if (!is_closed(r, at)) {
      r->error = "a quote is not closed";
      return NULL;
    }
    unquote(r, &at, &to);
    while (at < r->n && r->text[at] != r->separator && r->text[at] != '\n') r->text[to++] = r->text[at++];
  } else {
    while (at < r->n && r->text[at] != r->separator && r->text[at] != '\n') at++;
    to = at;
  }
  *last = at >= r->n || r->text[at] == '\n';
  if (*last) r->next_line++;
  r->at = at < r->n ? at + 1 : r->n;
  if (to - begin > LG_CSV_MAX_CELL) r->error = "a cell is longer than 8192 bytes";
  else if (memchr(r->text + begin, 0, to - begin)) r->error = "a cell holds a 0 byte";
  return trimmed(r->text, begin, to);
}

bool lg_csv_rows_next(lg_csv_rows *r) {
  if (r->again) {
    r->again = false;
    return true;
  }
  if (!skip_empty(r)) return false;
  const size_t begin = r->at;
  const size_t begin_line = r->next_line;
  bool last = false;
  r->line = begin_line;
  r->n_cells = 0;
  r->error = NULL;
  while (!last) {
    char *cell = take_cell(r, &last);
    if (!cell) { /* an open quote swallows no more than its line */
      const size_t end = line_end(r, begin);
      r->at = end < r->n ? end + 1 : r->n;
      r->next_line = begin_line + 1;
      return true;
    }
    if (r->n_cells == LG_CSV_MAX_CELLS) r->error = "more than 512 cells";
    else r->cells[r->n_cells++] = cell;
  }
  return true;
}

void lg_csv_write_cell(FILE *stream, const char *text) {
  if (!strpbrk(text, ",;\"\n\r\t#") && text[0] != ' ') {
    (void)fputs(text, stream);
    return;
  }
  (void)fputc('"', stream);
  for (const char *p = text; *p; p++) {
    if (*p == '"') (void)fputc('"', stream);
    (void)fputc(*p == '\n' || *p == '\r' ? ' ' : *p, stream);
  }
  (void)fputc('"', stream);
}
