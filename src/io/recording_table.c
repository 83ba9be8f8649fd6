/* Recordings as columns; see recording_table.h. */
#include "io/recording_table.h"

#include "io/csv_recording.h"

#include <math.h>
#include <string.h>

static lg_status new_column(lg_ctx *ctx, lg_table *table, const char *name, size_t n) {
  lg_table_item *item = lg_table_add(ctx, table, name, strlen(name));
  if (!item) return LG_ERR_MEMORY;
  item->x = lg_alloc(ctx, n ? n : 1, sizeof *item->x);
  if (!item->x) return LG_ERR_MEMORY;
  item->n = n;
  return LG_OK;
}

lg_status lg_table_from_recording(lg_ctx *ctx, const lg_recording *rec, lg_table **out) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  size_t n = 0;
  bool has_current = false;
  *out = NULL;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    n += rec->sweeps[k].n;
    has_current |= rec->sweeps[k].i_pA != NULL;
  }
  LG_NEW(ctx, table, 1);
  LG_TRY(new_column(ctx, table, "t_ms", n));
  if (has_current) LG_TRY(new_column(ctx, table, "i_pA", n));
  LG_TRY(new_column(ctx, table, "v_mV", n));
  if (rec->n_sweeps > 1) LG_TRY(new_column(ctx, table, "sweep", n));
  double *t = table->items[0].x, *i = has_current ? table->items[1].x : NULL, *v = table->items[1 + has_current].x;
  double *number = rec->n_sweeps > 1 ? table->items[2 + has_current].x : NULL;
  for (size_t k = 0, at = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    for (size_t j = 0; j < s->n; j++, at++) {
      t[at] = (double)j * s->dt_ms;
      v[at] = s->v_mV[j];
      if (i) i[at] = s->i_pA ? s->i_pA[j] : (double)NAN;
      if (number) number[at] = s->number;
    }
  }
  *out = table;
  table = NULL;
done:
  lg_table_destroy(ctx, table);
  return status;
}

static const char *const names[] = {"t_ms", "v_mV", "i_pA", "sweep"};

bool lg_table_is_recording(const lg_table *table) {
  size_t known = 0, columns = 0;
  const lg_table_item *t = lg_table_find(table, "t_ms");
  if (!t || !t->x) return false;
  for (size_t k = 0; k < table->n; k++) {
    const lg_table_item *item = &table->items[k];
    if (item->text) continue;
    columns++;
    if (!item->x || item->n != t->n) return false;
    for (size_t j = 0; j < 4; j++) known += strcmp(item->name, names[j]) == 0;
  }
  return known == columns && lg_table_find(table, "v_mV") != NULL;
}

static bool is_number_of_sweep(double x) { return x >= 0.0 && x <= 1e6 && x == floor(x); }

static lg_status add_rows(lg_ctx *ctx, const lg_table *table, lg_recording_row *rows, lg_recording *rec) {
  const lg_table_item *column[4];
  for (size_t k = 0; k < 4; k++) column[k] = lg_table_find(table, names[k]);
  const size_t n = column[0]->n;
  size_t filled = 0, first = 0;
  for (size_t k = 0; k < n; k++) {
    const double sweep = column[3] ? column[3]->x[k] : 0.0;
    if (!is_number_of_sweep(sweep) || !isfinite(column[0]->x[k]))
      return lg_fail(ctx, LG_ERR_FORMAT, "row %zu: the sweep is %g and the time %g ms", k, sweep, column[0]->x[k]);
    if (filled > 0 && sweep != rows[0].sweep) {
      const lg_status status = lg_recording_add_rows(ctx, column[2] != NULL, rows, filled, first, rec);
      if (status != LG_OK) return status;
      filled = 0;
    }
    if (filled == 0) first = k;
    rows[filled++] = (lg_recording_row){column[0]->x[k], column[2] ? column[2]->x[k] : 0.0, column[1]->x[k], sweep};
  }
  return lg_recording_add_rows(ctx, column[2] != NULL, rows, filled, first, rec);
}

lg_status lg_table_to_recording(lg_ctx *ctx, const lg_table *table, const char *name, lg_recording **out) {
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  lg_recording_row *rows = NULL;
  *out = NULL;
  if (!lg_table_is_recording(table) || table->items[0].n == 0)
    return lg_fail(
        ctx, LG_ERR_FORMAT,
        "the columns are not those of a recording: t_ms and v_mV, perhaps i_pA and sweep, all of one length");
  const bool has_current = lg_table_find(table, "i_pA") != NULL;
  LG_NEW(ctx, rows, lg_table_find(table, "t_ms")->n);
  LG_TRY(lg_recording_create(ctx, &rec));
  LG_TRY(add_rows(ctx, table, rows, rec));
  LG_TRY(lg_recording_set_text(ctx, &rec->source, name));
  LG_TRY(lg_recording_set_text(ctx, &rec->format, table->format));
  LG_TRY(lg_recording_set_text(ctx, &rec->pairing,
                               has_current ? "potential and current from the columns v_mV and i_pA of one row"
                                           : "potential from the column v_mV, no current"));
  if (!has_current) LG_TRY(lg_recording_warn(ctx, rec, "current missing: the file has no column i_pA"));
  *out = rec;
  rec = NULL;
done:
  lg_recording_destroy(ctx, rec);
  lg_free(ctx, rows);
  return status;
}
