/* Tables of numbers, by content; see table.h. */
#define _XOPEN_SOURCE 700
#include "io/table.h"

#include "io/h5_read.h"

#include <string.h>

enum { MAX_FILE_BYTES = 1 << 30 };

lg_table_item *lg_table_add(lg_ctx *ctx, lg_table *table, const char *name, size_t name_bytes) {
  if (table->n >= LG_TABLE_MAX_ITEMS) {
    LG_IGNORE(lg_fail(ctx, LG_ERR_LIMIT, "more than %d columns or datasets", LG_TABLE_MAX_ITEMS));
    return NULL;
  }
  if ((table->n & (table->n - 1)) == 0) { /* full at 0, 1, 2, 4, 8 … */
    const size_t room = table->n ? 2 * table->n : 1;
    lg_table_item *grown = lg_realloc(ctx, table->items, table->n * sizeof *grown, room, sizeof *grown);
    if (!grown) return NULL;
    table->items = grown;
  }
  lg_table_item *item = &table->items[table->n];
  *item = (lg_table_item){.name = lg_alloc(ctx, name_bytes + 1, 1)};
  if (!item->name) return NULL;
  if (name_bytes) memcpy(item->name, name, name_bytes);
  lg_one_line(item->name);
  table->n++;
  return item;
}

void lg_table_clear(lg_ctx *ctx, lg_table *table) {
  for (size_t k = 0; k < table->n; k++) {
    lg_free(ctx, table->items[k].name);
    lg_free(ctx, table->items[k].x);
    lg_free(ctx, table->items[k].text);
  }
  lg_free(ctx, table->items);
  table->items = NULL;
  table->n = 0;
}

void lg_table_destroy(lg_ctx *ctx, lg_table *table) {
  if (!table) return;
  lg_table_clear(ctx, table);
  lg_free(ctx, table);
}

const lg_table_item *lg_table_find(const lg_table *table, const char *name) {
  for (size_t k = 0; k < table->n; k++)
    if (strcmp(table->items[k].name, name) == 0) return &table->items[k];
  return NULL;
}

const char *lg_table_provenance(const lg_table *table) {
  const lg_table_item *item = lg_table_find(table, "provenance");
  if (!item) item = lg_table_find(table, "general/source_script");
  return item ? item->text : NULL;
}

bool lg_table_is_trace(const lg_table *table) {
  size_t columns = 0;
  if (table->n == 0 || strcmp(table->items[0].name, "t_ms") != 0 || !table->items[0].x) return false;
  for (size_t k = 0; k < table->n; k++) {
    const lg_table_item *item = &table->items[k];
    if (item->text) continue;
    if (!item->x || item->n != table->items[0].n || strchr(item->name, '/')) return false;
    columns++;
  }
  return columns >= 2;
}

static bool is_text(const unsigned char *bytes, size_t n) {
  return n > 0 && memchr(bytes, 0, n < 4096 ? n : 4096) == NULL;
}

lg_status lg_table_read(lg_ctx *ctx, const char *path, lg_table **out) {
  lg_status status = LG_OK;
  unsigned char *bytes = NULL;
  lg_table *table = NULL;
  size_t n = 0;
  *out = NULL;
  LG_NEW(ctx, table, 1);
  LG_TRY(lg_file_read(ctx, path, MAX_FILE_BYTES, &bytes, &n));
  if (lg_npy_is(bytes, n)) status = lg_table_parse_npy(ctx, bytes, n, table);
  else if (lg_npz_is(bytes, n)) status = lg_table_parse_npz(ctx, bytes, n, table);
  else if (lg_h5_is(bytes, n)) status = lg_table_parse_h5(ctx, bytes, n, table);
  else if (is_text(bytes, n)) status = lg_table_parse_csv(ctx, bytes, n, table);
  else status = lg_fail(ctx, LG_ERR_FORMAT, "this is neither CSV nor .npy, .npz nor HDF5");
  if (status != LG_OK) goto done;
  *out = table;
  table = NULL;
done:
  lg_table_destroy(ctx, table);
  lg_free(ctx, bytes);
  return status;
}
