/*
 * Strain profiles in CSV. Profiles as columns beside a first column of times, or as rows under a row of times, or rows
 * of numbers only. The file is walked twice, to count and to read; nothing but the numbers is kept, so that a hundred
 * thousand profiles are no trouble.
 */
#include "data/json_writer.h"
#include "io/csv_number.h"
#include "io/csv_rows.h"
#include "twin/axon_profiles_internal.h"

#include <math.h>
#include <string.h>

enum { MAX_CELL = 80, SHOWN = 24, COLUMNS_AT_MOST = 1000 };

/* ---- lines and cells ------------------------------------------------------------------------------------ */

typedef struct reader {
  lg_ctx *ctx;
  const char *text;
  size_t n, at, line; /* line of the row [from, to), from 1 */
  size_t from, to, cell;
  char separator;
} reader;

/* The next line that is neither blank nor a remark. */
static bool next_row(reader *r) {
  while (r->at < r->n) {
    const char *newline = memchr(r->text + r->at, '\n', r->n - r->at);
    r->from = r->at;
    r->to = newline ? (size_t)(newline - r->text) : r->n;
    r->at = newline ? r->to + 1 : r->n;
    r->line++;
    if (r->line == 1 && r->to - r->from >= 3 && memcmp(r->text, "\xef\xbb\xbf", 3) == 0) r->from += 3;
    while (r->to > r->from && strchr(" \t\r", r->text[r->to - 1])) r->to--;
    if (r->to > r->from && r->text[r->from] != '#') return true;
  }
  return false;
}

/* [*begin, *end): the next cell of the row without blanks and quotes around it; false behind the last one. */
static bool next_cell(reader *r, size_t *begin, size_t *end) {
  bool quoted = false;
  size_t at = r->from;
  if (at > r->to) return false;
  while (at < r->to && (quoted || r->text[at] != r->separator)) quoted ^= r->text[at++] == '"';
  *begin = r->from;
  *end = at;
  r->from = at + 1;
  r->cell++;
  while (*begin < *end && strchr(" \t\"", r->text[*begin])) (*begin)++;
  while (*end > *begin && strchr(" \t\"", r->text[*end - 1])) (*end)--;
  return true;
}

static size_t count_cells(const reader *r) {
  reader copy = *r;
  size_t n = 0, begin, end;
  while (next_cell(&copy, &begin, &end)) n++;
  return n;
}

static char separator_of(const reader *r) {
  static const char known[] = ",;\t";
  size_t counts[3] = {0}, best = 0;
  for (size_t at = r->from; at < r->to; at++)
    for (size_t k = 0; k < 3; k++) counts[k] += r->text[at] == known[k];
  for (size_t k = 1; k < 3; k++)
    if (counts[k] > counts[best]) best = k;
  return known[best];
}

static bool number_of(const reader *r, size_t begin, size_t end, double *x) {
  char cell[MAX_CELL];
  const size_t n = end - begin;
  if (n >= sizeof cell || memchr(r->text + begin, 0, n)) return false;
  memcpy(cell, r->text + begin, n);
  cell[n] = '\0';
  return lg_csv_number(cell, x);
}

/* A cell for a message: one line, not long. */
static const char *show(const reader *r, size_t begin, size_t end, char text[SHOWN + 1]) {
  const size_t n = end - begin < SHOWN ? end - begin : SHOWN;
  memcpy(text, r->text + begin, n);
  text[n] = '\0';
  lg_one_line(text);
  return text;
}

static char *copy_name(lg_ctx *ctx, const reader *r, size_t begin, size_t end) {
  char *name = lg_alloc(ctx, end - begin + 1, 1);
  if (!name) return NULL;
  memcpy(name, r->text + begin, end - begin);
  lg_one_line(name);
  return name;
}

static lg_status read_number(const reader *r, size_t begin, size_t end, double *x) {
  char text[SHOWN + 1];
  if (number_of(r, begin, end, x)) return LG_OK;
  const bool comma = r->separator != ',' && memchr(r->text + begin, ',', end - begin);
  return lg_fail(r->ctx, LG_ERR_FORMAT, "line %zu, column %zu: '%s' is no number%s", r->line, r->cell,
                 show(r, begin, end, text), comma ? " (decimals are written with a point)" : "");
}

/* Rows that follow, each of that many cells. */
static lg_status count_rows(const reader *r, size_t n_cells, size_t *rows) {
  reader copy = *r;
  *rows = 0;
  while (next_row(&copy)) {
    const size_t cells = count_cells(&copy);
    if (cells != n_cells)
      return lg_fail(r->ctx, LG_ERR_FORMAT, "line %zu: %zu cells, but the first row has %zu%s", copy.line, cells,
                     n_cells, cells < n_cells && copy.at >= copy.n ? "; the file may be truncated" : "");
    if (copy.line > UINT32_MAX) return lg_fail(r->ctx, LG_ERR_LIMIT, "there are more than 4294967295 lines");
    ++*rows;
  }
  return LG_OK;
}

/* ---- profiles as columns ---------------------------------------------------------------------------------- */

static lg_status column_names(reader *r, profiles_raw *raw) {
  size_t begin, end;
  (void)next_cell(r, &begin, &end);
  for (size_t k = 0; k < raw->p->n && next_cell(r, &begin, &end); k++) {
    raw->p->names[k] = copy_name(r->ctx, r, begin, end);
    if (!raw->p->names[k]) return LG_ERR_MEMORY;
  }
  return LG_OK;
}

static lg_status read_columns(reader *r, double unit, profiles_raw *raw) {
  lg_status status = LG_OK;
  const size_t cells = count_cells(r);
  size_t rows, begin, end;
  LG_TRY(count_rows(r, cells, &rows));
  if (cells < 2) LG_TRY(lg_fail(r->ctx, LG_ERR_FORMAT, "there is no profile beside the times"));
  LG_TRY(axon_profiles_raw_create(r->ctx, cells - 1, rows, raw));
  raw->layout = PROFILES_IN_COLUMNS;
  raw->first_cell = 1;
  LG_NEW(r->ctx, raw->t_s, rows);
  LG_NEW(r->ctx, raw->line, rows);
  LG_TRY(column_names(r, raw));
  for (size_t t = 0; t < rows && next_row(r); t++) {
    r->cell = 0;
    raw->line[t] = (uint32_t)r->line;
    (void)next_cell(r, &begin, &end);
    LG_TRY(read_number(r, begin, end, &raw->t_s[t]));
    raw->t_s[t] *= unit;
    for (size_t k = 0; k < raw->p->n && next_cell(r, &begin, &end); k++)
      LG_TRY(read_number(r, begin, end, &raw->p->strain[k * rows + t]));
  }
done:
  return status;
}

/* ---- profiles as rows ---------------------------------------------------------------------------------------- */

/* What may stand between the name and the first sample. */
typedef enum extra { X_MM, Y_MM, Z_MM, FIBRE_X, FIBRE_Y, FIBRE_Z, IMPACT, EXTRAS } extra;

typedef struct row_plan {
  bool named;
  size_t n_before;     /* cells before the first sample */
  size_t kind[EXTRAS]; /* of the cells behind the name */
  size_t n_times;
  bool has_position, has_fibre, has_impact;
} row_plan;

static size_t extra_of(const reader *r, size_t begin, size_t end) {
  static const char *const names[EXTRAS][2] = {{"x_mm", "x_mm"},    {"y_mm", "y_mm"},  {"z_mm", "z_mm"},
                                               {"fibre_x", "fx"},   {"fibre_y", "fy"}, {"fibre_z", "fz"},
                                               {"impact", "impact"}};
  for (size_t k = 0; k < EXTRAS; k++)
    for (size_t w = 0; w < 2; w++)
      if (strlen(names[k][w]) == end - begin && memcmp(names[k][w], r->text + begin, end - begin) == 0) return k;
  return EXTRAS;
}

/* "12", "12ms", "0.012s", "t_12ms": a time in s; a bare number is in ms. */
static bool time_of(const reader *r, size_t begin, size_t end, double *t) {
  double unit = 1e-3;
  if (end - begin > 2 && memcmp(r->text + begin, "t_", 2) == 0) begin += 2;
  if (end - begin > 2 && memcmp(r->text + end - 2, "ms", 2) == 0) end -= 2;
  else if (end - begin > 1 && r->text[end - 1] == 's') end -= 1, unit = 1.0;
  while (end > begin && strchr(" _", r->text[end - 1])) end--;
  if (end == begin || !number_of(r, begin, end, t) || !isfinite(*t)) return false;
  *t *= unit;
  return true;
}

/* The row of names: name, what else is known, times. */
static lg_status plan_rows(reader *r, row_plan *plan, bool given) {
  size_t begin, end, found = 0;
  bool seen[EXTRAS] = {false};
  char text[SHOWN + 1];
  double t;
  reader c = *r;
  *plan = (row_plan){.named = true, .n_before = 1};
  (void)next_cell(&c, &begin, &end);
  while (next_cell(&c, &begin, &end)) {
    const size_t kind = extra_of(&c, begin, end);
    if (kind < EXTRAS && plan->n_times == 0 && found < EXTRAS && !seen[kind]) {
      seen[kind] = true;
      plan->kind[found++] = kind;
    } else if (given || time_of(&c, begin, end, &t)) {
      plan->n_times++;
    } else {
      return lg_fail(r->ctx, LG_ERR_FORMAT,
                     "column %zu is named '%s'; behind `name` times are needed (0,1,2,... in ms, or 0s,0.001s,...)",
                     c.cell, show(&c, begin, end, text));
    }
  }
  plan->n_before += found;
  plan->has_position = seen[X_MM] && seen[Y_MM] && seen[Z_MM];
  plan->has_fibre = seen[FIBRE_X] && seen[FIBRE_Y] && seen[FIBRE_Z];
  plan->has_impact = seen[IMPACT];
  return LG_OK;
}

static lg_status read_row_times(reader *r, const row_plan *plan, profiles_raw *raw) {
  size_t begin, end;
  raw->t_s = lg_alloc(r->ctx, plan->n_times, sizeof *raw->t_s);
  if (!raw->t_s) return LG_ERR_MEMORY;
  for (size_t k = 0; k < plan->n_before; k++) (void)next_cell(r, &begin, &end);
  for (size_t t = 0; t < plan->n_times && next_cell(r, &begin, &end); t++)
    if (!time_of(r, begin, end, &raw->t_s[t])) return lg_fail(r->ctx, LG_ERR_INTERNAL, "a time changed");
  return LG_OK;
}

/* Impacts by name: mostly that of the row before. */
static lg_status take_impact(reader *r, size_t begin, size_t end, axon_profiles *p, size_t k) {
  size_t i = k > 0 ? p->impact[k - 1] : 0;
  const size_t n = end - begin;
  for (size_t tried = 0; tried < p->n_impacts; tried++, i = (i + 1) % p->n_impacts)
    if (strlen(p->impact_names[i]) == n && memcmp(p->impact_names[i], r->text + begin, n) == 0) {
      p->impact[k] = (uint32_t)i;
      return LG_OK;
    }
  if (p->n_impacts == 0 || (p->n_impacts & (p->n_impacts - 1)) == 0) { /* full at 0, 1, 2, 4 ... */
    const size_t room = p->n_impacts ? 2 * p->n_impacts : 1;
    char **grown = lg_realloc(r->ctx, (void *)p->impact_names, p->n_impacts * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    p->impact_names = grown;
  }
  p->impact_names[p->n_impacts] = copy_name(r->ctx, r, begin, end);
  if (!p->impact_names[p->n_impacts]) return LG_ERR_MEMORY;
  p->impact[k] = (uint32_t)p->n_impacts++;
  return LG_OK;
}

static lg_status read_extra(reader *r, size_t kind, const row_plan *plan, axon_profiles *p, size_t k) {
  size_t begin, end;
  double x;
  if (!next_cell(r, &begin, &end)) return LG_OK;
  if (kind == IMPACT) return take_impact(r, begin, end, p, k);
  const lg_status status = read_number(r, begin, end, &x);
  if (kind <= Z_MM && plan->has_position) p->position_mm[3 * k + kind] = x;
  if (kind >= FIBRE_X && plan->has_fibre) p->fibre[3 * k + kind - FIBRE_X] = x;
  return status;
}

static lg_status read_row(reader *r, const row_plan *plan, profiles_raw *raw, size_t k) {
  lg_status status = LG_OK;
  axon_profiles *p = raw->p;
  size_t begin, end;
  char number[24];
  r->cell = 0;
  raw->line[k] = (uint32_t)r->line;
  if (plan->named && next_cell(r, &begin, &end)) {
    p->names[k] = copy_name(r->ctx, r, begin, end);
  } else {
    (void)snprintf(number, sizeof number, "%zu", k);
    p->names[k] = lg_strdup(r->ctx, number);
  }
  if (!p->names[k]) return LG_ERR_MEMORY;
  for (size_t q = 0; q + 1 < plan->n_before; q++) LG_TRY(read_extra(r, plan->kind[q], plan, p, k));
  for (size_t t = 0; t < plan->n_times && next_cell(r, &begin, &end); t++)
    LG_TRY(read_number(r, begin, end, &p->strain[k * p->n_times + t]));
done:
  return status;
}

/* r stands before the first row of a profile. */
static lg_status read_rows(reader *r, const row_plan *plan, profiles_raw *raw) {
  lg_status status = LG_OK;
  size_t rows, k = 0;
  LG_TRY(count_rows(r, plan->n_before + plan->n_times, &rows));
  if (rows == 0) LG_TRY(lg_fail(r->ctx, LG_ERR_FORMAT, "the file has a row of names but no profile"));
  LG_TRY(axon_profiles_raw_create(r->ctx, rows, plan->n_times, raw));
  raw->layout = PROFILES_IN_ROWS;
  raw->first_cell = plan->n_before;
  LG_NEW(r->ctx, raw->line, rows);
  if (plan->has_position) LG_NEW(r->ctx, raw->p->position_mm, 3 * rows);
  if (plan->has_fibre) LG_NEW(r->ctx, raw->p->fibre, 3 * rows);
  if (plan->has_impact) LG_NEW(r->ctx, raw->p->impact, rows);
  for (; k < rows && next_row(r); k++) LG_TRY(read_row(r, plan, raw, k));
done:
  return status;
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

static bool only_numbers(const reader *r) {
  reader c = *r;
  size_t begin, end, n = 0;
  double x;
  for (; next_cell(&c, &begin, &end); n++)
    if (!number_of(&c, begin, end, &x)) return false;
  return n > 0;
}

static bool names_rows(const char *word) {
  static const char *const known[] = {"name", "profile", "voxel", "id", "label", "fibre", "fiber"};
  for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
    if (strcmp(word, known[k]) == 0) return true;
  return false;
}

static lg_status parse_matrix(reader *r, double dt_s, profiles_raw *raw) {
  const reader first = *r;
  const row_plan plan = {.n_times = count_cells(r)};
  if (!(dt_s > 0.0))
    return lg_fail(r->ctx, LG_ERR_FORMAT,
                   "the first row holds numbers, no names; begin it with t_s (profiles as columns) or name,0,1,2,... "
                   "(as rows), or say how far the samples of a row are apart (--dt 1ms)");
  r->at = 0; /* the first row is a profile too */
  r->line = 0;
  const lg_status status = read_rows(r, &plan, raw);
  if (status != LG_OK) return status;
  raw->p->dt_s = dt_s;
  lg_log(first.ctx, LG_LEVEL_INFO, "numbers without names: %zu profiles as rows of %zu samples, %g ms apart", raw->p->n,
         raw->p->n_times, 1e3 * dt_s);
  return LG_OK;
}

static lg_status parse_rows(reader *r, double dt_s, profiles_raw *raw) {
  lg_status status = LG_OK;
  row_plan plan;
  reader header = *r;
  LG_TRY(plan_rows(r, &plan, dt_s > 0.0));
  LG_TRY(read_rows(r, &plan, raw));
  if (dt_s > 0.0) raw->p->dt_s = dt_s;
  else LG_TRY(read_row_times(&header, &plan, raw));
  raw->unit = "ms";
  lg_log(r->ctx, LG_LEVEL_INFO, "%zu profiles as rows of %zu samples", raw->p->n, raw->p->n_times);
done:
  return status;
}

lg_status axon_profiles_parse_csv(lg_ctx *ctx, const unsigned char *bytes, size_t n, double dt_s, profiles_raw *raw) {
  reader r = {.ctx = ctx, .text = (const char *)bytes, .n = n};
  size_t begin, end;
  char text[SHOWN + 1];
  if (!next_row(&r)) return lg_fail(ctx, LG_ERR_FORMAT, "the file holds remarks only; strain profiles are needed");
  r.separator = separator_of(&r);
  if (only_numbers(&r)) return parse_matrix(&r, dt_s, raw);
  reader first = r;
  (void)next_cell(&first, &begin, &end);
  const char *name = show(&r, begin, end, text);
  const double unit = axon_time_unit(name, &raw->unit);
  if (unit > 0.0) return read_columns(&r, unit, raw);
  if (names_rows(name)) return parse_rows(&r, dt_s, raw);
  return lg_fail(
      ctx, LG_ERR_FORMAT,
      "the first column is '%s'; t_s (or t_ms) is needed, then one for each profile; or name,0,1,2,... and a "
      "row for each profile",
      name);
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static void put(FILE *f, double x) {
  char text[32];
  lg_format_double(x, text);
  (void)fputs(text, f);
}

static void write_columns(FILE *f, const axon_profiles *p) {
  (void)fputs("t_s", f);
  for (size_t k = 0; k < p->n; k++) {
    (void)fputc(',', f);
    lg_csv_write_cell(f, p->names[k]);
  }
  for (size_t t = 0; t < p->n_times; t++) {
    (void)fputc('\n', f);
    put(f, (double)t * p->dt_s);
    for (size_t k = 0; k < p->n; k++) {
      (void)fputc(',', f);
      put(f, p->strain[k * p->n_times + t]);
    }
  }
  (void)fputc('\n', f);
}

static void write_three(FILE *f, const double *x, size_t k) {
  for (size_t d = 0; x && d < 3; d++) {
    (void)fputc(',', f);
    put(f, x[3 * k + d]);
  }
}

static void write_rows(FILE *f, const axon_profiles *p) {
  (void)fprintf(f, "name%s%s%s", p->position_mm ? ",x_mm,y_mm,z_mm" : "", p->fibre ? ",fibre_x,fibre_y,fibre_z" : "",
                p->impact_names ? ",impact" : "");
  for (size_t t = 0; t < p->n_times; t++) {
    (void)fputc(',', f);
    put(f, (double)t * (1e3 * p->dt_s));
  }
  (void)fputc('\n', f);
  for (size_t k = 0; k < p->n; k++) {
    lg_csv_write_cell(f, p->names[k]);
    write_three(f, p->position_mm, k);
    write_three(f, p->fibre, k);
    if (p->impact_names) {
      (void)fputc(',', f);
      lg_csv_write_cell(f, p->impact_names[p->impact[k]]);
    }
    for (size_t t = 0; t < p->n_times; t++) {
      (void)fputc(',', f);
      put(f, p->strain[k * p->n_times + t]);
    }
    (void)fputc('\n', f);
  }
}

lg_status axon_profiles_write_csv(lg_ctx *ctx, const char *path, const axon_profiles *p, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  if (provenance) lg_provenance_write_comments(provenance, f);
  if (p->n <= COLUMNS_AT_MOST && !p->position_mm && !p->fibre && !p->impact) write_columns(f, p);
  else write_rows(f, p);
  return lg_outfile_commit(ctx, file);
}
