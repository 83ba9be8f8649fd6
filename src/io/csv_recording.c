/* Recordings as CSV; see csv_recording.h. */
#include "io/csv_recording.h"

#include "io/csv_number.h"

#include <math.h>
#include <string.h>

enum { MAX_COLUMNS = 64, MAX_CELL = 64 };

typedef enum role { ROLE_OTHER, ROLE_TIME, ROLE_CURRENT, ROLE_POTENTIAL, ROLE_SWEEP } role;

typedef struct parser {
  const unsigned char *bytes;
  size_t n, at, line; /* line: number of the line that is being read, from 1 */
  char separator;
  size_t n_columns;
  role roles[MAX_COLUMNS];
  bool has_current, has_sweep;
} parser;

typedef lg_recording_row row;

/* Rows so far, column by column. */
typedef struct rows {
  size_t n, room;
  row *row;
} rows;

/* Next line that is not empty and no comment; false at the end. A carriage return before the newline is cut. */
static bool next_line(parser *p, size_t *from, size_t *to) {
  while (p->at < p->n) {
    const unsigned char *newline = memchr(p->bytes + p->at, '\n', p->n - p->at);
    size_t begin = p->at, end = newline ? (size_t)(newline - p->bytes) : p->n;
    p->at = newline ? end + 1 : p->n;
    p->line++;
    if (p->line == 1 && end - begin >= 3 && memcmp(p->bytes, "\xef\xbb\xbf", 3) == 0) begin += 3; /* byte order mark */
    while (end > begin && (p->bytes[end - 1] == '\r' || p->bytes[end - 1] == ' ')) end--;
    while (begin < end && p->bytes[begin] == ' ') begin++;
    if (begin == end || p->bytes[begin] == '#') continue;
    *from = begin;
    *to = end;
    return true;
  }
  return false;
}

/* Copy the next cell without blanks and quotes; false when it is too long. *from moves behind the separator, or past
 * *to after the last cell. */
static bool next_cell(const parser *p, size_t *from, size_t to, char *cell) {
  size_t end = *from, begin = *from;
  while (end < to && p->bytes[end] != (unsigned char)p->separator) end++;
  *from = end + 1;
  while (begin < end && (p->bytes[begin] == ' ' || p->bytes[begin] == '"')) begin++;
  while (end > begin && (p->bytes[end - 1] == ' ' || p->bytes[end - 1] == '"')) end--;
  if (end - begin >= MAX_CELL) return false;
  memcpy(cell, p->bytes + begin, end - begin);
  cell[end - begin] = '\0';
  return strlen(cell) == end - begin;
}

static role role_of(const char *name) {
  if (strcmp(name, "t_ms") == 0) return ROLE_TIME;
  if (strcmp(name, "i_pA") == 0) return ROLE_CURRENT;
  if (strcmp(name, "v_mV") == 0) return ROLE_POTENTIAL;
  if (strcmp(name, "sweep") == 0) return ROLE_SWEEP;
  return ROLE_OTHER;
}

static char separator_of(const parser *p, size_t from, size_t to) {
  static const char known[] = {',', ';', '\t'};
  for (size_t k = 0; k < sizeof known; k++)
    if (memchr(p->bytes + from, known[k], to - from)) return known[k];
  return ',';
}

static lg_status read_names(lg_ctx *ctx, parser *p) {
  size_t from, to, found[5] = {0};
  char cell[MAX_CELL];
  if (!next_line(p, &from, &to)) return lg_fail(ctx, LG_ERR_FORMAT, "the file has no row of column names");
  p->separator = separator_of(p, from, to);
  while (from <= to) {
    if (p->n_columns == MAX_COLUMNS)
      return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: more than %d columns", p->line, MAX_COLUMNS);
    if (!next_cell(p, &from, to, cell)) cell[0] = '\0';
    const role r = role_of(cell);
    if (r != ROLE_OTHER && found[r]++)
      return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: the column '%s' stands twice", p->line, cell);
    p->roles[p->n_columns++] = r;
  }
  if (!found[ROLE_TIME] || !found[ROLE_POTENTIAL])
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "line %zu: the column '%s' is missing; needed are t_ms and v_mV, understood are i_pA and sweep too",
                   p->line, found[ROLE_TIME] ? "v_mV" : "t_ms");
  p->has_current = found[ROLE_CURRENT] > 0;
  p->has_sweep = found[ROLE_SWEEP] > 0;
  return LG_OK;
}

static lg_status read_row(lg_ctx *ctx, const parser *p, size_t from, size_t to, row *out) {
  static const char *const names[] = {"", "t_ms", "i_pA", "v_mV", "sweep"};
  char cell[MAX_CELL];
  size_t column = 0;
  *out = (row){0};
  for (; from <= to; column++) {
    const bool whole = next_cell(p, &from, to, cell);
    if (column >= p->n_columns) break;
    const role r = p->roles[column];
    double x;
    if (r == ROLE_OTHER) continue;
    if (!whole || !lg_csv_number(cell, &x))
      return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: '%s' in the column %s is not a number", p->line, whole ? cell : "…",
                     names[r]);
    if (r == ROLE_TIME) out->t = x;
    else if (r == ROLE_CURRENT) out->i = x;
    else if (r == ROLE_POTENTIAL) out->v = x;
    else out->sweep = x;
  }
  if (column != p->n_columns)
    return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %zu cells, but %zu columns are named", p->line, column, p->n_columns);
  if (!isfinite(out->t)) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: the time is missing", p->line);
  if (isinf(out->v) || isinf(out->i)) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: a value is infinite", p->line);
  if (!(out->sweep >= 0.0 && out->sweep <= 1e6 && out->sweep == floor(out->sweep)))
    return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: the sweep is %g, allowed are whole numbers from 0 to 1000000",
                   p->line, out->sweep);
  return LG_OK;
}

/* One sweep: rows [0, n). first_line is for messages and exact when no comments stand between rows. */
lg_status lg_recording_add_rows(lg_ctx *ctx, bool has_current, const lg_recording_row *r, size_t n, size_t first_line,
                                lg_recording *rec) {
  lg_status status = LG_OK;
  lg_sweep *sweep;
  if (n < 2) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: the sweep %g has a single sample", first_line, r[0].sweep);
  const double dt = (r[n - 1].t - r[0].t) / (double)(n - 1);
  if (!(dt > 0.0)) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: time does not advance", first_line);
  for (size_t k = 1; k < n; k++) {
    const double off = r[k].t - (r[0].t + (double)k * dt);
    if (fabs(r[k].t - r[k - 1].t - dt) > 0.01 * dt + 1e-5 || fabs(off) > 0.5 * dt)
      return lg_fail(
          ctx, LG_ERR_FORMAT,
          "line %zu: time goes from %.10g to %.10g ms, but the sweep's samples are %.6g ms apart; equal intervals "
          "are needed",
          first_line + k, r[k - 1].t, r[k].t, dt);
  }
  LG_TRY(lg_recording_add_sweep(ctx, rec, n, dt, has_current, &sweep));
  /* a written interval (0.05) instead of its image in a difference of rounded times (0.04999999…) */
  const double tidy = round(dt * 1e6) / 1e6;
  if (tidy > 0.0 && fabs(tidy - dt) * (double)n < 1e-3 * dt) sweep->dt_ms = tidy;
  sweep->t0_ms = r[0].t;
  sweep->number = (int)r[0].sweep;
  sweep->current_origin = has_current ? LG_CURRENT_MEASURED : LG_CURRENT_NONE;
  for (size_t k = 0; k < n; k++) {
    sweep->v_mV[k] = r[k].v;
    if (has_current) sweep->i_pA[k] = r[k].i;
  }
done:
  return status;
}

static lg_status push(lg_ctx *ctx, rows *list, const row *r) {
  if (list->n == list->room) {
    const size_t room = list->room ? 2 * list->room : 4096;
    row *grown = lg_realloc(ctx, list->row, list->n * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    list->row = grown;
    list->room = room;
  }
  list->row[list->n++] = *r;
  return LG_OK;
}

bool lg_csv_is(const unsigned char *bytes, size_t n) {
  parser p = {.bytes = bytes, .n = n < 65536 ? n : 65536};
  size_t from, to;
  if (memchr(bytes, 0, p.n)) return false;
  while (next_line(&p, &from, &to)) {
    /* a name of ours in the first row: then it is meant to be ours, and the parser says what is missing */
    for (size_t k = from; k + 4 <= to; k++)
      if (memcmp(bytes + k, "t_ms", 4) == 0 || memcmp(bytes + k, "v_mV", 4) == 0) return true;
    return false;
  }
  return false;
}

lg_status lg_csv_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *name, lg_recording **out) {
  lg_status status = LG_OK;
  parser p = {.bytes = bytes, .n = n};
  rows list = {0};
  lg_recording *rec = NULL;
  size_t from, to, first_line = 0;
  *out = NULL;
  LG_TRY(read_names(ctx, &p));
  LG_TRY(lg_recording_create(ctx, &rec));
  while (next_line(&p, &from, &to)) {
    row r;
    LG_TRY(read_row(ctx, &p, from, to, &r));
    if (list.n > 0 && r.sweep != list.row[0].sweep) {
      LG_TRY(lg_recording_add_rows(ctx, p.has_current, list.row, list.n, first_line, rec));
      for (size_t k = 0; k < rec->n_sweeps && k < 10000; k++)
        if (rec->sweeps[k].number == (int)r.sweep) {
          status = lg_fail(ctx, LG_ERR_FORMAT, "line %zu: the sweep %g begins again; its rows must stand together",
                           p.line, r.sweep);
          goto done;
        }
      list.n = 0;
    }
    if (list.n == 0) first_line = p.line;
    LG_TRY(push(ctx, &list, &r));
  }
  if (list.n == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "the file has column names but no rows");
    goto done;
  }
  LG_TRY(lg_recording_add_rows(ctx, p.has_current, list.row, list.n, first_line, rec));
  LG_TRY(lg_recording_set_text(ctx, &rec->source, name));
  LG_TRY(lg_recording_set_text(ctx, &rec->format, "CSV"));
  LG_TRY(lg_recording_set_text(ctx, &rec->pairing,
                               p.has_current ? "potential and current from the columns v_mV and i_pA of one row"
                                             : "potential from the column v_mV, no current"));
  if (!p.has_current) LG_TRY(lg_recording_warn(ctx, rec, "current missing: the file has no column i_pA"));
  *out = rec;
  rec = NULL;
done:
  lg_recording_destroy(ctx, rec);
  lg_free(ctx, list.row);
  return status;
}
