/* Pairs of spike counts from CSV. */
#include "io/csv_number.h"
#include "twin/drug_learn.h"

#include <ctype.h>
#include <string.h>

enum { MAX_COLUMNS = 64, MAX_CELL_BYTES = 256, MAX_CELLS = 10000 };

typedef enum field { FIELD_CELL = 0, FIELD_STATE, FIELD_CURRENT, FIELD_COUNT, FIELD_GROUP, FIELDS } field;

static const char *const field_names[FIELDS][5] = {{"letter", "cell_id", "cell", NULL},
                                                   {"state", "condition", NULL},
                                                   {"current_injection", "current_pA", "I_pA", "i_pA", NULL},
                                                   {"no_of_APs", "n_spikes", "count", "spikes", NULL},
                                                   {"treatment", "group", NULL}};

typedef struct row {
  char cell[LG_PAIR_WORDS], state[LG_PAIR_WORDS], group[LG_PAIR_WORDS];
  double i_pA, count;
  size_t line;
} row;

typedef struct reader {
  lg_ctx *ctx;
  const char *name;
  const unsigned char *bytes;
  size_t n, at, line;
  size_t column[FIELDS]; /* SIZE_MAX: not there */
  row *rows;
  size_t n_rows, capacity;
} reader;

/* Next cell of the line without quotes and blanks; *last: it ended the line. */
static lg_status next_cell(reader *r, char *cell, bool *last) {
  bool quoted = false;
  size_t k = 0;
  while (r->at < r->n && (quoted || (r->bytes[r->at] != ',' && r->bytes[r->at] != '\n'))) {
    const unsigned char c = r->bytes[r->at++];
    if (c == '"') quoted = !quoted;
    else if (c != '\r' && !(k == 0 && c == ' ')) {
      if (c == '\n' || c == '\0' || k + 1 >= MAX_CELL_BYTES)
        return lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%zu: a cell is broken or longer than %d bytes", r->name, r->line,
                       MAX_CELL_BYTES);
      cell[k++] = (char)c;
    }
  }
  while (k > 0 && cell[k - 1] == ' ') k--;
  cell[k] = '\0';
  *last = r->at >= r->n || r->bytes[r->at] == '\n';
  if (r->at < r->n) r->at++;
  return LG_OK;
}

static int field_of(const char *name) {
  for (int f = 0; f < FIELDS; f++)
    for (int k = 0; field_names[f][k]; k++)
      if (strcmp(field_names[f][k], name) == 0) return f;
  return -1;
}

static lg_status read_header(reader *r) {
  char cell[MAX_CELL_BYTES];
  bool last = false;
  for (int f = 0; f < FIELDS; f++) r->column[f] = SIZE_MAX;
  for (size_t k = 0; !last; k++) {
    const lg_status status = next_cell(r, cell, &last);
    if (status != LG_OK) return status;
    if (k == MAX_COLUMNS)
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%zu: more than %d columns", r->name, r->line, MAX_COLUMNS);
    const char *name = k == 0 && strncmp(cell, "\xEF\xBB\xBF", 3) == 0 ? cell + 3 : cell;
    const int f = field_of(name);
    if (f >= 0 && r->column[f] == SIZE_MAX) r->column[f] = k;
  }
  for (int f = 0; f < FIELDS; f++)
    if (r->column[f] == SIZE_MAX && f != FIELD_STATE && f != FIELD_GROUP)
      return lg_fail(r->ctx, LG_ERR_FORMAT,
                     "%s:1: no column %s; pairs have a cell (letter, cell), a state, a current (current_injection, "
                     "current_pA) and a count (no_of_APs, n_spikes, count)",
                     r->name, field_names[f][0]);
  return LG_OK;
}

static lg_status grow(reader *r) {
  if (r->n_rows < r->capacity) return LG_OK;
  const size_t more = r->capacity ? 2 * r->capacity : 256;
  row *rows = lg_realloc(r->ctx, r->rows, r->capacity * sizeof *rows, more, sizeof *rows);
  if (!rows) return LG_ERR_MEMORY;
  r->rows = rows;
  r->capacity = more;
  return LG_OK;
}

static lg_status take_number(const reader *r, const char *cell, const char *what, double *x) {
  if (lg_csv_number(cell, x)) return LG_OK;
  return lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%zu: the %s '%s' is no number", r->name, r->line, what, cell);
}

static lg_status take_word(const reader *r, const char *cell, char *word) {
  if (strlen(cell) >= LG_PAIR_WORDS)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%zu: '%.20s...' is longer than %d bytes", r->name, r->line, cell,
                   LG_PAIR_WORDS - 1);
  (void)snprintf(word, LG_PAIR_WORDS, "%s", cell);
  lg_one_line(word);
  return LG_OK;
}

static lg_status read_row(reader *r) {
  lg_status status = LG_OK;
  char cell[MAX_CELL_BYTES];
  bool last = false;
  size_t k = 0;
  LG_TRY(grow(r));
  row *to = &r->rows[r->n_rows];
  memset(to, 0, sizeof *to);
  to->line = r->line;
  to->i_pA = to->count = (double)NAN;
  for (; !last; k++) {
    LG_TRY(next_cell(r, cell, &last));
    if (k == 0 && last && cell[0] == '\0') goto done; /* an empty line */
    if (k == r->column[FIELD_CELL]) LG_TRY(take_word(r, cell, to->cell));
    if (k == r->column[FIELD_STATE]) LG_TRY(take_word(r, cell, to->state));
    if (k == r->column[FIELD_GROUP]) LG_TRY(take_word(r, cell, to->group));
    if (k == r->column[FIELD_CURRENT]) LG_TRY(take_number(r, cell, "current", &to->i_pA));
    if (k == r->column[FIELD_COUNT]) LG_TRY(take_number(r, cell, "count", &to->count));
  }
  for (int f = 0; f < FIELDS; f++)
    if (r->column[f] != SIZE_MAX && r->column[f] >= k) {
      status = lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%zu: %zu cells, column %s is missing", r->name, r->line, k,
                       field_names[f][0]);
      goto done;
    }
  if (to->count < 0.0 || to->count > 1e6) {
    status = lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%zu: a count of %g; 0 or more", r->name, r->line, to->count);
    goto done;
  }
  if (to->i_pA == to->i_pA && to->count == to->count) r->n_rows++; /* what was not recorded is left out */
done:
  return status;
}

static bool same_word(const char *a, const char *b) {
  while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
    a++;
    b++;
  }
  return tolower((unsigned char)*a) == tolower((unsigned char)*b);
}

static bool is_before(const char *state, const char *before) {
  static const char *const usual[] = {"baseline", "before", "control", "pre", ""};
  if (before) return same_word(state, before);
  for (size_t k = 0; k < sizeof usual / sizeof usual[0]; k++)
    if (same_word(state, usual[k])) return true;
  return false;
}

/* The two names of states; a third one is refused. */
static lg_status find_states(const reader *r, const char *before, lg_pairs *p) {
  for (size_t k = 0; k < r->n_rows; k++) {
    const bool first = is_before(r->rows[k].state, before);
    char *name = first ? p->before_state : p->after_state;
    if (!name[0]) (void)snprintf(name, LG_PAIR_WORDS, "%s", r->rows[k].state);
    else if (!first && strcmp(name, r->rows[k].state) != 0)
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%zu: a third state '%s' beside '%s' and '%s'", r->name, r->rows[k].line,
                     r->rows[k].state, p->before_state[0] ? p->before_state : "the state before", p->after_state);
  }
  return LG_OK;
}

static lg_status place(const reader *r, lg_pair *c, const row *from, bool before) {
  size_t k = 0;
  while (k < c->n && c->i_pA[k] < from->i_pA) k++;
  if (k == c->n || c->i_pA[k] != from->i_pA) {
    for (size_t j = c->n; j > k; j--) {
      c->i_pA[j] = c->i_pA[j - 1];
      c->before[j] = c->before[j - 1];
      c->after[j] = c->after[j - 1];
    }
    c->i_pA[k] = from->i_pA;
    c->before[k] = c->after[k] = (double)NAN;
    c->n++;
  }
  double *to = before ? &c->before[k] : &c->after[k];
  if (*to == *to)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%zu: cell %s has %g pA twice in state '%s'", r->name, from->line, c->cell,
                   from->i_pA, from->state);
  *to = from->count;
  c->has_after = c->has_after || !before;
  return LG_OK;
}

static lg_status gather(const reader *r, const char *before, lg_pairs *p) {
  lg_status status = LG_OK;
  size_t *count = NULL, *cell_of = NULL;
  LG_NEW(r->ctx, cell_of, r->n_rows);
  LG_NEW(r->ctx, count, r->n_rows);
  LG_NEW(r->ctx, p->cells, r->n_rows < MAX_CELLS ? r->n_rows : MAX_CELLS);
  for (size_t k = 0; k < r->n_rows; k++) {
    size_t c = 0;
    while (c < p->n && strcmp(p->cells[c].cell, r->rows[k].cell) != 0) c++;
    if (c == MAX_CELLS) {
      status = lg_fail(r->ctx, LG_ERR_LIMIT, "%s: more than %d cells", r->name, MAX_CELLS);
      goto done;
    }
    if (c == p->n) {
      (void)snprintf(p->cells[c].cell, LG_PAIR_WORDS, "%s", r->rows[k].cell);
      (void)snprintf(p->cells[c].group, LG_PAIR_WORDS, "%s", r->rows[k].group);
      p->n++;
    }
    cell_of[k] = c;
    count[c]++;
  }
  for (size_t c = 0; c < p->n; c++) {
    LG_NEW(r->ctx, p->cells[c].i_pA, count[c]);
    LG_NEW(r->ctx, p->cells[c].before, count[c]);
    LG_NEW(r->ctx, p->cells[c].after, count[c]);
  }
  for (size_t k = 0; k < r->n_rows; k++)
    LG_TRY(place(r, &p->cells[cell_of[k]], &r->rows[k], is_before(r->rows[k].state, before)));
done:
  lg_free(r->ctx, cell_of);
  lg_free(r->ctx, count);
  return status;
}

lg_status lg_pairs_parse(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n, const char *before,
                         lg_pairs **out) {
  lg_status status = LG_OK;
  reader r = {.ctx = ctx, .name = name, .bytes = bytes, .n = n, .line = 1};
  lg_pairs *p = NULL;
  *out = NULL;
  LG_TRY(read_header(&r));
  while (r.at < r.n) {
    r.line++;
    LG_TRY(read_row(&r));
  }
  if (r.n_rows == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: no row with a current and a count", name);
    goto done;
  }
  LG_NEW(ctx, p, 1);
  LG_TRY(find_states(&r, before, p));
  LG_TRY(gather(&r, before, p));
  *out = p;
  p = NULL;
done:
  lg_pairs_destroy(ctx, p);
  lg_free(ctx, r.rows);
  return status;
}

lg_status lg_pairs_read(lg_ctx *ctx, const char *path, const char *before, lg_pairs **out) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, (size_t)64 << 20, &bytes, &n);
  if (status == LG_OK) status = lg_pairs_parse(ctx, path, bytes, n, before, out);
  lg_free(ctx, bytes);
  return status;
}

void lg_pairs_destroy(lg_ctx *ctx, lg_pairs *p) {
  if (!p) return;
  for (size_t c = 0; c < p->n; c++) {
    lg_free(ctx, p->cells[c].i_pA);
    lg_free(ctx, p->cells[c].before);
    lg_free(ctx, p->cells[c].after);
  }
  lg_free(ctx, p->cells);
  lg_free(ctx, p);
}
