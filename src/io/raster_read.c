/* Spikes out of CSV. */
#include "io/csv_number.h"
#include "io/csv_rows.h"
#include "io/plot_raster.h"

#include <string.h>

enum { MOST_CELLS = 100000000 };

void lg_raster_destroy(lg_ctx *ctx, lg_raster *raster) {
  if (!raster) return;
  lg_free(ctx, raster->t_ms);
  lg_free(ctx, raster->row);
  lg_free(ctx, raster->groups);
  lg_free(ctx, raster);
}

/** Columns of the file. */
typedef struct raster_columns {
  size_t time, group, cell; /* SIZE_MAX: none */
} raster_columns;

static bool is_one_of(const char *word, const char *const *words, size_t n) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(word, words[k]) == 0) return true;
  return false;
}

static lg_status find_columns(lg_ctx *ctx, const lg_csv_rows *rows, const char *name, raster_columns *c) {
  static const char *const cells[] = {"cell", "gid", "neuron", "index", "id"};
  static const char *const groups[] = {"population", "probe", "group", "name"};
  *c = (raster_columns){SIZE_MAX, SIZE_MAX, SIZE_MAX};
  for (size_t k = 0; k < rows->n_cells; k++) {
    if (strcmp(rows->cells[k], "t_ms") == 0) c->time = k;
    else if (is_one_of(rows->cells[k], cells, sizeof cells / sizeof *cells)) c->cell = k;
    else if (is_one_of(rows->cells[k], groups, sizeof groups / sizeof *groups)) c->group = k;
  }
  if (c->time == SIZE_MAX)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: no column t_ms: these are no spikes", name, rows->line);
  return LG_OK;
}

/** The group of a name; a new one where it is not there yet. */
static lg_status group_of(lg_ctx *ctx, lg_raster *r, const char *name, size_t *which) {
  for (size_t k = r->n_groups; k-- > 0;) {
    if (strncmp(r->groups[k].name, name, sizeof r->groups[k].name - 1) != 0) continue;
    *which = k;
    return LG_OK;
  }
  if (r->n_groups == LG_RASTER_MAX_GROUPS)
    return lg_fail(ctx, LG_ERR_LIMIT, "more than %d populations or probes", LG_RASTER_MAX_GROUPS);
  *which = r->n_groups++;
  (void)snprintf(r->groups[*which].name, sizeof r->groups[*which].name, "%s", name);
  lg_one_line(r->groups[*which].name);
  return LG_OK;
}

/** Spikes while they are read. */
typedef struct raster_reading {
  lg_raster *r;
  uint8_t *group; /* (room) */
  size_t room;
} raster_reading;

static lg_status grow(lg_ctx *ctx, raster_reading *g) {
  lg_raster *r = g->r;
  if (r->n < g->room) return LG_OK;
  const size_t more = g->room ? 2 * g->room : 1024;
  double *t = lg_realloc(ctx, r->t_ms, g->room * sizeof *t, more, sizeof *t);
  if (!t) return LG_ERR_MEMORY;
  r->t_ms = t;
  uint32_t *row = lg_realloc(ctx, r->row, g->room * sizeof *row, more, sizeof *row);
  if (!row) return LG_ERR_MEMORY;
  r->row = row;
  uint8_t *group = lg_realloc(ctx, g->group, g->room, more, 1);
  if (!group) return LG_ERR_MEMORY;
  g->group = group, g->room = more;
  return LG_OK;
}

static lg_status take_row(lg_ctx *ctx, raster_reading *g, const lg_csv_rows *rows, const raster_columns *c,
                          const char *name) {
  lg_raster *r = g->r;
  double t = 0, cell = 0;
  size_t which = 0;
  if (rows->n_cells <= c->time || !lg_csv_number(rows->cells[c->time], &t) || !isfinite(t))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: the time is no number", name, rows->line);
  if (c->cell != SIZE_MAX && (rows->n_cells <= c->cell || !lg_csv_number(rows->cells[c->cell], &cell) ||
                              !(cell >= 0 && cell < MOST_CELLS && floor(cell) == cell)))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: the cell is no whole number from 0", name, rows->line);
  if (c->group != SIZE_MAX && rows->n_cells <= c->group)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: %zu columns", name, rows->line, rows->n_cells);
  lg_status status = group_of(ctx, r, c->group == SIZE_MAX ? "" : rows->cells[c->group], &which);
  if (status == LG_OK) status = grow(ctx, g);
  if (status != LG_OK) return status;
  r->t_ms[r->n] = t, r->row[r->n] = (uint32_t)cell, g->group[r->n] = (uint8_t)which;
  r->groups[which].n_spikes++;
  if (r->groups[which].n_rows <= (size_t)cell) r->groups[which].n_rows = (size_t)cell + 1;
  r->n++;
  return LG_OK;
}

lg_status lg_raster_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *name, lg_raster **out) {
  lg_status status = LG_OK;
  lg_csv_rows rows = {0};
  raster_reading g = {0};
  raster_columns c;
  LG_TRY(lg_csv_rows_begin(ctx, bytes, n, &rows));
  LG_NEW(ctx, g.r, 1);
  LG_NEW(ctx, g.r->groups, LG_RASTER_MAX_GROUPS);
  if (!lg_csv_rows_next(&rows)) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: no row of names", name));
  LG_TRY(find_columns(ctx, &rows, name, &c));
  while (lg_csv_rows_next(&rows)) {
    if (rows.error) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: %s", name, rows.line, rows.error));
    LG_TRY(take_row(ctx, &g, &rows, &c, name));
  }
  for (size_t k = 0; k < g.r->n_groups; k++) {
    g.r->groups[k].first_row = g.r->n_rows;
    g.r->n_rows += g.r->groups[k].n_rows;
  }
  for (size_t k = 0; g.group && k < g.r->n; k++) g.r->row[k] += (uint32_t)g.r->groups[g.group[k]].first_row;
  *out = g.r;
  g.r = NULL;
done:
  lg_csv_rows_clear(ctx, &rows);
  lg_raster_destroy(ctx, g.r);
  lg_free(ctx, g.group);
  return status;
}
