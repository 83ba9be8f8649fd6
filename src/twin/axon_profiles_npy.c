/* Strain profiles in NumPy arrays: fields of a structured array as columns, or a matrix of one profile each row. */
#include "io/table.h"
#include "twin/axon_profiles_internal.h"

#include <string.h>

/* "12 x 101" of the item NAME.shape (of an archive) or shape. */
static bool two_sizes(const lg_table *table, const char *name, size_t *rows, size_t *columns) {
  char shape_name[300], rest;
  (void)snprintf(shape_name, sizeof shape_name, "%.280s%sshape", name, *name ? "." : "");
  const lg_table_item *shape = lg_table_find(table, shape_name);
  return shape && shape->text && sscanf(shape->text, "%zu x %zu%c", rows, columns, &rest) == 2;
}

/* Which array of an archive: one that is called so, or the only matrix. */
static lg_status find_matrix(lg_ctx *ctx, const lg_table *table, const lg_table_item **out) {
  static const char *const names[] = {"strain", "strains", "profiles", "train_x", "x", "X"};
  char found[160] = "";
  size_t n = 0, rows, columns;
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
    if (two_sizes(table, names[k], &rows, &columns) && (*out = lg_table_find(table, names[k])) != NULL) return LG_OK;
  for (size_t k = 0; k < table->n; k++) {
    if (!table->items[k].x || !two_sizes(table, table->items[k].name, &rows, &columns)) continue;
    *out = &table->items[k];
    const size_t used = strlen(found);
    (void)snprintf(found + used, sizeof found - used, "%s%.30s", n++ ? ", " : "", table->items[k].name);
  }
  if (n == 1) return LG_OK;
  return lg_fail(ctx, LG_ERR_FORMAT, "%s%s: call the one with strains (profiles, times) 'strain'",
                 n ? "which of the matrices? " : "the archive holds no matrix", found);
}

/* Times of an archive: an array t_s, t_ms and so on, or one number dt_s. */
static lg_status find_times(lg_ctx *ctx, const lg_table *table, size_t n_times, double *dt_s, profiles_raw *raw) {
  for (size_t k = 0; k < table->n; k++) {
    const lg_table_item *item = &table->items[k];
    const double unit = axon_time_unit(item->name, &raw->unit);
    if (item->x && item->n == 1 && strcmp(item->name, "dt_s") == 0 && !(*dt_s > 0.0)) *dt_s = item->x[0];
    if (!item->x || unit == 0.0 || raw->t_s) continue;
    if (item->n != n_times)
      return lg_fail(ctx, LG_ERR_FORMAT, "array '%.60s' holds %zu times, a row %zu samples", item->name, item->n,
                     n_times);
    raw->t_s = lg_alloc(ctx, n_times, sizeof *raw->t_s);
    if (!raw->t_s) return LG_ERR_MEMORY;
    for (size_t t = 0; t < n_times; t++) raw->t_s[t] = unit * item->x[t];
  }
  return LG_OK;
}

static lg_status take_matrix(lg_ctx *ctx, const lg_table *table, double dt_s, profiles_raw *raw) {
  lg_status status = LG_OK;
  size_t rows = 0, columns = 0;
  const bool archive = strcmp(table->format, "NPZ") == 0;
  const lg_table_item *array = archive ? NULL : lg_table_find(table, "array");
  if (archive) LG_TRY(find_matrix(ctx, table, &array));
  if (!array || !two_sizes(table, archive ? array->name : "", &rows, &columns) || !array->x || columns == 0 ||
      array->n / columns != rows)
    return lg_fail(ctx, LG_ERR_FORMAT, "the array is no matrix; (profiles, times) is needed");
  if (archive) LG_TRY(find_times(ctx, table, columns, &dt_s, raw));
  if (!(dt_s > 0.0) && !raw->t_s)
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "%zu × %zu strains without times; say how far the samples of a row are apart (--dt 1ms)", rows,
                   columns);
  LG_TRY(axon_profiles_raw_create(ctx, rows, columns, raw));
  memcpy(raw->p->strain, array->x, rows * columns * sizeof *array->x);
  raw->p->dt_s = dt_s;
  raw->layout = PROFILES_IN_ROWS;
  for (size_t k = 0; k < rows; k++) {
    char name[24];
    (void)snprintf(name, sizeof name, "%zu", k);
    raw->p->names[k] = lg_strdup(ctx, name);
    if (!raw->p->names[k]) LG_TRY(LG_ERR_MEMORY);
  }
  lg_log(ctx, LG_LEVEL_INFO, "a matrix: %zu profiles as rows of %zu samples", rows, columns);
done:
  return status;
}

static lg_status take_columns(lg_ctx *ctx, const lg_table *table, profiles_raw *raw) {
  lg_status status = LG_OK;
  const lg_table_item *t = &table->items[0];
  const double unit = axon_time_unit(t->name, &raw->unit);
  if (unit == 0.0)
    return lg_fail(ctx, LG_ERR_FORMAT, "the first field is '%s'; t_s (or t_ms) is needed, then one for each profile",
                   t->name);
  LG_TRY(axon_profiles_raw_create(ctx, table->n - 1, t->n, raw));
  LG_NEW(ctx, raw->t_s, t->n);
  raw->layout = PROFILES_IN_COLUMNS;
  raw->first_cell = 1;
  for (size_t k = 0; k < t->n; k++) raw->t_s[k] = unit * t->x[k];
  for (size_t k = 0; k < raw->p->n; k++) {
    raw->p->names[k] = lg_strdup(ctx, table->items[k + 1].name);
    if (!raw->p->names[k]) LG_TRY(LG_ERR_MEMORY);
    memcpy(raw->p->strain + k * t->n, table->items[k + 1].x, t->n * sizeof(double));
  }
done:
  return status;
}

lg_status axon_profiles_parse_npy(lg_ctx *ctx, const unsigned char *bytes, size_t n, double dt_s, profiles_raw *raw) {
  lg_table table = {0};
  const bool archive = lg_npz_is(bytes, n);
  lg_status status = archive ? lg_table_parse_npz(ctx, bytes, n, &table) : lg_table_parse_npy(ctx, bytes, n, &table);
  if (status == LG_OK)
    status = archive || lg_table_find(&table, "shape") ? take_matrix(ctx, &table, dt_s, raw)
                                                       : take_columns(ctx, &table, raw);
  lg_table_clear(ctx, &table);
  return status;
}
