/* Predictions of networks beside outcomes of the mechanics, matched by name. */
#include "io/csv_rows.h"
#include "twin/axon_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = AXON_PREDICTED, LONGEST = 1 << 28 };

static const char *const columns[P + 1] = {"name", "mt", "axl", "tau_pct", "nf_pct"};

typedef struct row {
  char *name;
  double x[P];
  bool in_range;
} row;

typedef struct rows {
  size_t n, room;
  row *row;
} rows;

static void clear(lg_ctx *ctx, rows *t) {
  for (size_t k = 0; k < t->n; k++) lg_free(ctx, t->row[k].name);
  lg_free(ctx, t->row);
  *t = (rows){0};
}

static lg_status find_columns(lg_ctx *ctx, const lg_csv_rows *r, size_t at[P + 1], size_t *range) {
  for (size_t c = 0; c <= P; c++) {
    at[c] = r->n_cells;
    for (size_t k = 0; k < r->n_cells; k++)
      if (strcmp(r->cells[k], columns[c]) == 0) at[c] = k;
    if (at[c] == r->n_cells)
      return lg_fail(ctx, LG_ERR_FORMAT, "no column '%s'; name,mt,axl,tau_pct,nf_pct are needed", columns[c]);
  }
  *range = LG_CSV_MAX_CELLS;
  for (size_t k = 0; k < r->n_cells; k++)
    if (strcmp(r->cells[k], "in_range") == 0) *range = k;
  return LG_OK;
}

static lg_status take(lg_ctx *ctx, const lg_csv_rows *r, const size_t at[P + 1], size_t range, rows *t) {
  if (r->error) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s", r->line, r->error);
  if (t->n == t->room) {
    const size_t room = 2 * t->room + 256;
    row *larger = lg_realloc(ctx, t->row, t->n * sizeof *larger, room, sizeof *larger);
    if (!larger) return LG_ERR_MEMORY;
    t->row = larger;
    t->room = room;
  }
  row *to = &t->row[t->n];
  *to = (row){.in_range = range >= r->n_cells || strcmp(r->cells[range], "0") != 0};
  for (size_t c = 0; c <= P; c++)
    if (at[c] >= r->n_cells)
      return lg_fail(ctx, LG_ERR_FORMAT, "line %zu has %zu cells; '%s' is missing", r->line, r->n_cells, columns[c]);
  for (size_t q = 0; q < P; q++) {
    char *end;
    to->x[q] = strtod(r->cells[at[q + 1]], &end);
    if (end == r->cells[at[q + 1]] || *end)
      return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s is '%.40s', no number", r->line, columns[q + 1],
                     r->cells[at[q + 1]]);
  }
  to->name = lg_strdup(ctx, r->cells[at[0]]);
  if (!to->name) return LG_ERR_MEMORY;
  t->n++;
  return LG_OK;
}

static int by_name(const void *a, const void *b) {
  const row *x = a, *y = b;
  return strcmp(x->name, y->name);
}

static lg_status load(lg_ctx *ctx, const char *path, rows *t) {
  lg_status status = LG_OK;
  lg_csv_rows *r = NULL; /* large */
  unsigned char *bytes = NULL;
  size_t n = 0, at[P + 1], range = LG_CSV_MAX_CELLS;
  LG_TRY(lg_file_read(ctx, path, LONGEST, &bytes, &n));
  LG_NEW(ctx, r, 1);
  LG_TRY(lg_csv_rows_begin(ctx, bytes, n, r));
  if (!lg_csv_rows_next(r) || r->error) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "there is no row of names"));
  LG_TRY(find_columns(ctx, r, at, &range));
  while (lg_csv_rows_next(r)) LG_TRY(take(ctx, r, at, range, t));
  if (t->n > 0) qsort(t->row, t->n, sizeof *t->row, by_name);
  for (size_t k = 1; k < t->n; k++)
    if (strcmp(t->row[k - 1].name, t->row[k].name) == 0)
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "'%.60s' stands in the table twice", t->row[k].name));
done:
  if (r) lg_csv_rows_clear(ctx, r);
  lg_free(ctx, r);
  lg_free(ctx, bytes);
  return status == LG_OK || status == LG_ERR_IO ? status : lg_fail_prefix(ctx, status, "%s: ", path);
}

/* Both are in order: one walk. */
static void match(const rows *direct, const rows *predicted, axon_pairs *p) {
  size_t i = 0, k = 0;
  while (i < direct->n && k < predicted->n) {
    const row *a = &direct->row[i], *b = &predicted->row[k];
    const int order = strcmp(a->name, b->name);
    i += order <= 0;
    k += order >= 0;
    if (order != 0) {
      p->n_alone++;
      continue;
    }
    bool good = true;
    for (size_t q = 0; q < P; q++) good = good && isfinite(a->x[q]) && isfinite(b->x[q]);
    if (!good) {
      p->n_failed++;
      continue;
    }
    memcpy(p->direct + p->n * P, a->x, sizeof a->x);
    p->predicted[p->n] = (axon_prediction){.in_range = b->in_range};
    for (size_t q = 0; q < P; q++) p->predicted[p->n].mean[q] = b->x[q], p->predicted[p->n].sd[q] = (double)NAN;
    p->n++;
  }
  p->n_alone += direct->n - i + predicted->n - k;
}

/* Those in range first, so that both scores are of neighbours; order among them is that of the names. */
static lg_status score(lg_ctx *ctx, axon_pairs *p) {
  lg_status status = LG_OK;
  axon_prediction *sorted = NULL;
  double *direct = NULL;
  size_t inside = 0, outside;
  LG_NEW(ctx, sorted, p->n);
  LG_NEW(ctx, direct, p->n * P);
  for (size_t k = 0; k < p->n; k++) p->n_inside += p->predicted[k].in_range;
  outside = p->n_inside;
  for (size_t k = 0; k < p->n; k++) {
    const size_t to = p->predicted[k].in_range ? inside++ : outside++;
    sorted[to] = p->predicted[k];
    memcpy(direct + to * P, p->direct + k * P, P * sizeof *direct);
  }
  memcpy(p->predicted, sorted, p->n * sizeof *sorted);
  memcpy(p->direct, direct, p->n * P * sizeof *direct);
  lg_axon_score(p->predicted, p->direct, p->n, &p->all);
  if (p->n_inside > 0) lg_axon_score(p->predicted, p->direct, p->n_inside, &p->inside);
done:
  lg_free(ctx, sorted);
  lg_free(ctx, direct);
  return status;
}

lg_status lg_axon_pairs_load(lg_ctx *ctx, const char *direct, const char *predicted, axon_pairs **out) {
  lg_status status = LG_OK;
  rows a = {0}, b = {0};
  axon_pairs *p = NULL;
  *out = NULL;
  LG_TRY(load(ctx, direct, &a));
  LG_TRY(load(ctx, predicted, &b));
  LG_NEW(ctx, p, 1);
  LG_NEW(ctx, p->predicted, a.n + 1);
  LG_NEW(ctx, p->direct, (a.n + 1) * P);
  match(&a, &b, p);
  if (p->n == 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "no profile of %s is in %s; they are matched by name", direct, predicted));
  LG_TRY(score(ctx, p));
  *out = p;
  p = NULL;
done:
  clear(ctx, &a);
  clear(ctx, &b);
  lg_axon_pairs_destroy(ctx, p);
  return status;
}

void lg_axon_pairs_destroy(lg_ctx *ctx, axon_pairs *p) {
  if (!p) return;
  lg_free(ctx, p->predicted);
  lg_free(ctx, p->direct);
  lg_free(ctx, p);
}
