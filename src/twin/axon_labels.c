/* Profiles joined with their outcomes by name. */
#include "twin/axon_labels.h"

#include "io/csv_rows.h"
#include "io/h5_read.h"
#include "twin/axon_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES = AXON_NET_TIMES, P = AXON_PREDICTED, LONGEST = 1 << 28 };

static const char *const columns[P + 1] = {"name", "mt", "axl", "tau_pct", "nf_pct"};

/* Names of profiles in order, to be found quickly. */
typedef struct named {
  const char *name;
  size_t row;
  bool seen;
} named;

static int by_name(const void *a, const void *b) {
  const named *x = a, *y = b;
  return strcmp(x->name, y->name);
}

static lg_status sort_names(lg_ctx *ctx, const axon_profiles *p, named **out) {
  named *list = lg_alloc(ctx, p->n, sizeof *list);
  *out = list;
  if (!list) return LG_ERR_MEMORY;
  for (size_t k = 0; k < p->n; k++) list[k] = (named){p->names[k], k, false};
  qsort(list, p->n, sizeof *list, by_name);
  for (size_t k = 1; k < p->n; k++)
    if (strcmp(list[k - 1].name, list[k].name) == 0)
      return lg_fail(ctx, LG_ERR_FORMAT, "two profiles are called '%.60s'; outcomes are found by name", list[k].name);
  return LG_OK;
}

static lg_status find_columns(lg_ctx *ctx, lg_csv_rows *rows, size_t at[P + 1]) {
  if (!lg_csv_rows_next(rows) || rows->error)
    return lg_fail(ctx, LG_ERR_FORMAT, "no row of names: name,mt,axl,tau_pct,nf_pct as loligo axon simulate writes");
  for (size_t c = 0; c <= P; c++) {
    at[c] = rows->n_cells;
    for (size_t k = 0; k < rows->n_cells; k++)
      if (strcmp(rows->cells[k], columns[c]) == 0) at[c] = k;
    if (at[c] == rows->n_cells)
      return lg_fail(ctx, LG_ERR_FORMAT, "no column '%s'; name,mt,axl,tau_pct,nf_pct are needed", columns[c]);
  }
  return LG_OK;
}

/* The outcomes of a row; *failed when one is nan. */
static lg_status read_outcomes(lg_ctx *ctx, const lg_csv_rows *rows, const size_t at[P + 1], double x[P],
                               bool *failed) {
  *failed = false;
  for (size_t q = 0; q < P; q++) {
    const char *cell = rows->cells[at[q + 1]];
    char *end;
    x[q] = strtod(cell, &end);
    if (end == cell || *end)
      return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s is '%.40s', no number", rows->line, columns[q + 1], cell);
    if (isnan(x[q])) *failed = true;
    else if (!(x[q] >= 0.0 && x[q] <= (q < 2 ? 100.0 : 100.0 + 1e-6)))
      return lg_fail(ctx, LG_ERR_RANGE, "line %zu: %s is %g; allowed is 0 to 100%s", rows->line, columns[q + 1], x[q],
                     q < 2 ? " (a fraction)" : "");
  }
  return LG_OK;
}

static void note(axon_join *join, size_t which, size_t *count, const char *name) {
  if (++*count == 1) (void)snprintf(join->first[which], sizeof join->first[which], "%.60s", name);
}

/* Where a join stands. */
typedef struct joining {
  lg_ctx *ctx;
  const axon_profiles *p;
  named *names;
  axon_examples *out;
  axon_join *join;
} joining;

/* One outcome of that name, from that row or line of its file. */
static lg_status take_outcome(joining *j, const char *name, const double x[P], bool failed, const char *word,
                              size_t row) {
  const named wanted = {name, 0, false};
  j->join->rows++;
  named *found = bsearch(&wanted, j->names, j->p->n, sizeof *j->names, by_name);
  if (!found) {
    note(j->join, 1, &j->join->without_profile, name);
    return LG_OK;
  }
  if (found->seen) return lg_fail(j->ctx, LG_ERR_FORMAT, "%s %zu: '%.60s' stands in the table twice", word, row, name);
  found->seen = true;
  if (failed) {
    note(j->join, 2, &j->join->failed, name);
    return LG_OK;
  }
  for (size_t n = 0; n < TIMES; n++)
    j->out->strain[j->out->n * TIMES + n] = (float)j->p->strain[found->row * TIMES + n];
  memcpy(j->out->out + j->out->n * P, x, P * sizeof *x);
  j->out->n++;
  return LG_OK;
}

static lg_status take_row(joining *j, const lg_csv_rows *rows, const size_t at[P + 1]) {
  double x[P];
  bool failed;
  if (rows->error) return lg_fail(j->ctx, LG_ERR_FORMAT, "line %zu: %s", rows->line, rows->error);
  for (size_t c = 0; c <= P; c++)
    if (at[c] >= rows->n_cells)
      return lg_fail(j->ctx, LG_ERR_FORMAT, "line %zu has %zu cells; '%s' is missing", rows->line, rows->n_cells,
                     columns[c]);
  const lg_status status = read_outcomes(j->ctx, rows, at, x, &failed);
  return status == LG_OK ? take_outcome(j, rows->cells[at[0]], x, failed, "line", rows->line) : status;
}

static lg_status join_csv(joining *j, const unsigned char *labels, size_t bytes) {
  lg_status status = LG_OK;
  lg_csv_rows *rows = NULL; /* large */
  size_t at[P + 1];
  bool begun = false;
  LG_NEW(j->ctx, rows, 1);
  LG_TRY(lg_csv_rows_begin(j->ctx, labels, bytes, rows));
  begun = true;
  LG_TRY(find_columns(j->ctx, rows, at));
  while (lg_csv_rows_next(rows)) LG_TRY(take_row(j, rows, at));
done:
  if (begun) lg_csv_rows_clear(j->ctx, rows);
  lg_free(j->ctx, rows);
  return status;
}

static lg_status join_h5(joining *j, const unsigned char *labels, size_t bytes) {
  axon_labels l;
  lg_status status = lg_axon_labels_parse_h5(j->ctx, labels, bytes, &l);
  for (size_t k = 0; status == LG_OK && k < l.n; k++) {
    const double *x = l.out + k * AXON_OUTPUTS; /* the first P of them are those that are learned */
    bool failed = false;
    for (size_t q = 0; q < P; q++) {
      failed = failed || isnan(x[q]);
      if (!isnan(x[q]) && !(x[q] >= 0.0 && x[q] <= 100.0 + 1e-6))
        status = lg_fail(j->ctx, LG_ERR_RANGE, "row %zu: %s is %g; allowed is 0 to 100", k + 1, columns[q + 1], x[q]);
    }
    if (status == LG_OK) status = take_outcome(j, l.names[k], x, failed, "row", k + 1);
  }
  lg_axon_labels_clear(j->ctx, &l);
  return status;
}

lg_status lg_axon_examples_join(lg_ctx *ctx, const axon_profiles *profiles, const unsigned char *labels, size_t bytes,
                                axon_examples *out, axon_join *join) {
  lg_status status = LG_OK;
  named *names = NULL;
  memset(out, 0, sizeof *out);
  memset(join, 0, sizeof *join);
  join->profiles = profiles->n;
  if (profiles->n_times != TIMES)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "profiles of %zu samples; %d are needed here", profiles->n_times, (int)TIMES);
  LG_TRY(sort_names(ctx, profiles, &names));
  LG_NEW(ctx, out->strain, profiles->n * TIMES);
  LG_NEW(ctx, out->out, profiles->n * P);
  joining j = {ctx, profiles, names, out, join};
  LG_TRY(lg_h5_is(labels, bytes) ? join_h5(&j, labels, bytes) : join_csv(&j, labels, bytes));
  for (size_t k = 0; k < profiles->n; k++)
    if (!names[k].seen) note(join, 0, &join->without_outcome, names[k].name);
  if (out->n == 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT,
                   "none of %zu outcomes belongs to one of %zu profiles; they are matched by name ('%.60s', '%.60s')",
                   join->rows, profiles->n, join->first[1], profiles->names[0]));
done:
  lg_free(ctx, names);
  if (status != LG_OK) lg_axon_examples_clear(ctx, out);
  return status;
}

lg_status lg_axon_examples_load(lg_ctx *ctx, const char *profiles, const char *labels, axon_examples *out,
                                axon_join *join) {
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  unsigned char *bytes = NULL;
  size_t n = 0;
  memset(out, 0, sizeof *out);
  LG_TRY(lg_axon_profiles_load(ctx, profiles, &p));
  LG_TRY(lg_axon_profiles_resample(ctx, p, TIMES, 1e-3));
  LG_TRY(lg_file_read(ctx, labels, LONGEST, &bytes, &n));
  status = lg_axon_examples_join(ctx, p, bytes, n, out, join);
  if (status != LG_OK) status = lg_fail_prefix(ctx, status, "%s: ", labels);
done:
  lg_axon_profiles_destroy(ctx, p);
  lg_free(ctx, bytes);
  return status;
}
