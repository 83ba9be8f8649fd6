#include "app/serve/store_facts.h"

#include <sqlite3.h>

lg_status facts_get(lg_ctx *ctx, store *s, const char *name, char value[STORE_FACT]) {
  sqlite3_stmt *q;
  bool row = false;
  value[0] = 0;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s, "SELECT value FROM facts WHERE name = ?", &q, "t", name);
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  if (status == LG_OK && row) (void)snprintf(value, STORE_FACT, "%s", (const char *)sqlite3_column_text(q, 0));
  return store_end(ctx, s, status);
}

lg_status facts_set(lg_ctx *ctx, store *s, const char *name, const char *value) {
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK
             ? store_end(ctx, s,
                         store_run(ctx, s, NULL, "INSERT OR REPLACE INTO facts VALUES (?, ?)", "tt", name, value))
             : status;
}
