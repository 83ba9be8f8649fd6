/* Merged results as an SQLite database: a table of the sweep's name and a table "provenance". */
#include "app/sweep/store.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

static const char *const sql_types[] = {"REAL", "INTEGER", "TEXT"};

typedef struct database {
  lg_ctx *ctx;
  const char *path; /* for messages */
  sqlite3 *db;
} database;

static lg_status fail(const database *d) {
  const int code = sqlite3_errcode(d->db);
  const lg_status status = code == SQLITE_NOMEM ? LG_ERR_MEMORY : LG_ERR_IO;
  return lg_fail(d->ctx, status, "%s: could not be written: %s; what stood there before is unchanged", d->path,
                 code == SQLITE_FULL ? "No space left on device" : sqlite3_errmsg(d->db));
}

static lg_status run(const database *d, const char *sql) {
  return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK ? LG_OK : fail(d);
}

/* CREATE TABLE and INSERT of the results; names were checked when the journal was made: no quotes in them. */
static lg_status make_words(lg_ctx *ctx, const lg_sweep_shape *shape, char **create, char **insert) {
  const size_t room = 256 + shape->n_columns * 96;
  *create = lg_alloc(ctx, room, 1);
  *insert = lg_alloc(ctx, room, 1);
  if (!*create || !*insert) return LG_ERR_MEMORY;
  size_t a = (size_t)snprintf(*create, room, "CREATE TABLE \"%s\" (point INTEGER PRIMARY KEY", shape->name);
  size_t b = (size_t)snprintf(*insert, room, "INSERT INTO \"%s\" VALUES (?", shape->name);
  for (size_t c = 0; c < shape->n_columns; c++) {
    a += (size_t)snprintf(*create + a, room - a, ", \"%s\" %s", shape->columns[c].name,
                          sql_types[shape->columns[c].type]);
    b += (size_t)snprintf(*insert + b, room - b, ", ?");
  }
  (void)snprintf(*create + a, room - a, ", error TEXT)");
  (void)snprintf(*insert + b, room - b, ", ?)");
  return LG_OK;
}

static void bind_cell(sqlite3_stmt *statement, int at, lg_sweep_type type, const lg_sweep_cell *cell) {
  if (type == LG_SWEEP_WORD) (void)sqlite3_bind_text(statement, at, cell->word, -1, SQLITE_STATIC);
  else if (type == LG_SWEEP_INTEGER && cell->integer != INT64_MIN)
    (void)sqlite3_bind_int64(statement, at, cell->integer);
  else if (type == LG_SWEEP_INTEGER || isnan(cell->number)) (void)sqlite3_bind_null(statement, at);
  else (void)sqlite3_bind_double(statement, at, cell->number);
}

static lg_status insert_rows(const database *d, const lg_sweep_store *store, sqlite3_stmt *statement) {
  lg_status status = LG_OK;
  const lg_sweep_shape *shape = lg_sweep_store_shape(store);
  lg_sweep_cell *cells = NULL;
  char message[LG_SWEEP_MESSAGE];
  bool failed;
  const int last = (int)shape->n_columns + 2;
  LG_NEW(d->ctx, cells, shape->n_columns);
  for (size_t k = 0; k < shape->n_points && status == LG_OK; k++) {
    lg_sweep_store_row(store, k, cells, NULL, &failed, message);
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)k);
    for (size_t c = 0; c < shape->n_columns; c++) bind_cell(statement, (int)c + 2, shape->columns[c].type, &cells[c]);
    if (failed) (void)sqlite3_bind_text(statement, last, message[0] ? message : "failed", -1, SQLITE_STATIC);
    else (void)sqlite3_bind_null(statement, last);
    if (sqlite3_step(statement) != SQLITE_DONE || sqlite3_reset(statement) != SQLITE_OK) status = fail(d);
  }
done:
  lg_free(d->ctx, cells);
  return status;
}

static lg_status put_results(const database *d, const lg_sweep_store *store) {
  lg_status status = LG_OK;
  char *create = NULL, *insert = NULL;
  sqlite3_stmt *statement = NULL;
  LG_TRY(make_words(d->ctx, lg_sweep_store_shape(store), &create, &insert));
  LG_TRY(run(d, create));
  if (sqlite3_prepare_v2(d->db, insert, -1, &statement, NULL) != SQLITE_OK) status = fail(d);
  else status = insert_rows(d, store, statement);
done:
  (void)sqlite3_finalize(statement);
  lg_free(d->ctx, create);
  lg_free(d->ctx, insert);
  return status;
}

static lg_status put_pair(const database *d, sqlite3_stmt *statement, const char *key, size_t n_key, const char *value,
                          size_t n_value) {
  (void)sqlite3_bind_text(statement, 1, key, (int)n_key, SQLITE_STATIC);
  (void)sqlite3_bind_text(statement, 2, value, (int)n_value, SQLITE_STATIC);
  if (sqlite3_step(statement) == SQLITE_DONE && sqlite3_reset(statement) == SQLITE_OK) return LG_OK;
  return fail(d);
}

/* "# key: value" lines become rows; the whole as JSON is the row "json". */
static lg_status put_provenance(const database *d, const lg_sweep_store *store) {
  static const char sql[] = "INSERT INTO provenance VALUES (?, ?)";
  sqlite3_stmt *statement = NULL;
  lg_status status = run(d, "CREATE TABLE provenance (key TEXT, value TEXT)");
  if (status == LG_OK && sqlite3_prepare_v2(d->db, sql, -1, &statement, NULL) != SQLITE_OK) status = fail(d);
  for (const char *line = lg_sweep_store_comments(store); status == LG_OK && *line;) {
    const size_t n = strcspn(line, "\n");
    const char *key = line + (n > 2 ? 2 : n), *colon = strstr(key, ": ");
    if (colon && colon < line + n)
      status = put_pair(d, statement, key, (size_t)(colon - key), colon + 2, (size_t)(line + n - colon - 2));
    line += n + (line[n] == '\n');
  }
  const char *json = lg_sweep_store_provenance(store);
  if (status == LG_OK) status = put_pair(d, statement, "json", 4, json, strlen(json));
  (void)sqlite3_finalize(statement);
  return status;
}

static lg_status fill(const database *d, const lg_sweep_store *store) {
  lg_status status = LG_OK;
  LG_TRY(run(d,
             "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA encoding = 'UTF-8';"
             "PRAGMA locking_mode = EXCLUSIVE; PRAGMA application_id = 1279677261; PRAGMA user_version = 1; BEGIN"));
  LG_TRY(put_results(d, store));
  LG_TRY(put_provenance(d, store));
  LG_TRY(run(d, "COMMIT"));
done:
  return status;
}

lg_status lg_sweep_write_sqlite(lg_ctx *ctx, const lg_sweep_store *store, const char *path) {
  lg_outfile *file = NULL;
  database d = {.ctx = ctx, .path = path};
  lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  const char *temp = lg_outfile_temp_path(file);
  if (!temp) status = lg_fail(ctx, LG_ERR_ARGUMENT, "%s: a database needs a file", path);
  /* nobody else knows the temporary name, and file systems of clusters often have no locks */
  else if (sqlite3_open_v2(temp, &d.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, "unix-none") != SQLITE_OK)
    status = fail(&d);
  if (status == LG_OK) status = fill(&d, store);
  if (sqlite3_close(d.db) != SQLITE_OK && status == LG_OK) status = fail(&d);
  if (status == LG_OK) return lg_outfile_commit(ctx, file);
  lg_outfile_discard(ctx, file);
  return status;
}
