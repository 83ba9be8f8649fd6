/* One connection behind a lock, with its prepared statements kept. */
#define _XOPEN_SOURCE 700
#include "app/serve/store.h"

#include "app/serve/store_schema.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>
#include <time.h>

enum { APPLICATION_ID = 0x4c6f6c69 /* "Loli" */, MOST_STATEMENTS = 128, WAIT_MS = 5000 };

typedef struct kept {
  const char *sql; /* the literal's address tells it, then its text */
  sqlite3_stmt *statement;
} kept;

struct store {
  sqlite3 *db;
  char *folder, *path;
  pthread_mutex_t lock;
  bool light; /* this transaction is not waited for by the disk */
  size_t n_kept;
  kept kept[MOST_STATEMENTS];
};

int64_t store_now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const char *store_folder(const store *s) { return s->folder; }
int64_t store_last_id(store *s) { return sqlite3_last_insert_rowid(s->db); }

static lg_status fail(lg_ctx *ctx, const store *s) {
  switch (sqlite3_errcode(s->db) & 0xff) {
  case SQLITE_NOMEM:
    return lg_fail(ctx, LG_ERR_MEMORY, "%s: out of memory", s->path);
  case SQLITE_FULL:
    return lg_fail(ctx, LG_ERR_IO, "%s: No space left on device; nothing of this change was kept", s->path);
  case SQLITE_BUSY:
    return lg_fail(ctx, LG_ERR_LIMIT, "%s: another process has held the store for %d s", s->path, WAIT_MS / 1000);
  case SQLITE_NOTADB:
  case SQLITE_CORRUPT:
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s; restore a backup", s->path, sqlite3_errmsg(s->db));
  case SQLITE_CONSTRAINT:
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%s", sqlite3_errmsg(s->db));
  default:
    return lg_fail(ctx, LG_ERR_IO, "%s: %s", s->path, sqlite3_errmsg(s->db));
  }
}

static lg_status run_words(lg_ctx *ctx, const store *s, const char *sql) {
  return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? LG_OK : fail(ctx, s);
}

static lg_status read_pragma(lg_ctx *ctx, const store *s, const char *sql, int *value) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK) return fail(ctx, s);
  const int answer = sqlite3_step(statement);
  *value = answer == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
  (void)sqlite3_finalize(statement);
  return answer == SQLITE_ROW ? LG_OK : fail(ctx, s);
}

/* Two processes may come at once: the version is read under the write lock. */
static lg_status migrate(lg_ctx *ctx, store *s) {
  lg_status status = LG_OK;
  int version, id;
  char words[64];
  LG_TRY(run_words(ctx, s, "BEGIN IMMEDIATE"));
  LG_TRY(read_pragma(ctx, s, "PRAGMA user_version", &version));
  LG_TRY(read_pragma(ctx, s, "PRAGMA application_id", &id));
  if (version > 0 && id != APPLICATION_ID)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: an SQLite file of another program", s->path));
  if (version > store_n_steps)
    LG_TRY(lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: of a later version (step %d, this program knows %d)", s->path, version,
                   store_n_steps));
  for (int k = version; k < store_n_steps; k++) LG_TRY(run_words(ctx, s, store_steps[k]));
  (void)snprintf(words, sizeof words, "PRAGMA user_version = %d", store_n_steps);
  LG_TRY(run_words(ctx, s, words));
  (void)snprintf(words, sizeof words, "PRAGMA application_id = %d", APPLICATION_ID);
  LG_TRY(run_words(ctx, s, words));
  LG_TRY(run_words(ctx, s, "COMMIT"));
done:
  if (status != LG_OK) (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
  return status;
}

/* The switch to WAL needs the file alone and does not wait for it by itself: whoever comes at the same time tries
 * again. */
static lg_status use_wal(lg_ctx *ctx, const store *s) {
  const struct timespec pause = {0, 10 * 1000 * 1000};
  const int64_t until = store_now() + WAIT_MS;
  while (sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) != SQLITE_OK) {
    if ((sqlite3_errcode(s->db) & 0xff) != SQLITE_BUSY || store_now() > until) return fail(ctx, s);
    (void)nanosleep(&pause, NULL);
  }
  return LG_OK;
}

static lg_status open_file(lg_ctx *ctx, store *s) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK) return fail(ctx, s);
  (void)sqlite3_busy_timeout(s->db, WAIT_MS);
  lg_status status = use_wal(ctx, s);
  if (status == LG_OK)
    status = run_words(ctx, s, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF");
  return status == LG_OK ? migrate(ctx, s) : status;
}

lg_status store_open(lg_ctx *ctx, const char *folder, store **out) {
  lg_status status = LG_OK;
  store *s = NULL;
  *out = NULL;
  LG_TRY(lg_make_directory(ctx, folder));
  LG_NEW(ctx, s, 1);
  (void)pthread_mutex_init(&s->lock, NULL);
  if (!(s->folder = lg_strdup(ctx, folder))) LG_TRY(LG_ERR_MEMORY);
  const size_t room = strlen(folder) + sizeof "/loligo.sqlite";
  LG_NEW(ctx, s->path, room);
  (void)snprintf(s->path, room, "%s/loligo.sqlite", folder);
  LG_TRY(open_file(ctx, s));
  *out = s;
  s = NULL;
done:
  store_close(ctx, s);
  return status;
}

void store_close(lg_ctx *ctx, store *s) {
  if (!s) return;
  for (size_t k = 0; k < s->n_kept; k++) (void)sqlite3_finalize(s->kept[k].statement);
  (void)sqlite3_close(s->db);
  (void)pthread_mutex_destroy(&s->lock);
  lg_free(ctx, s->folder);
  lg_free(ctx, s->path);
  lg_free(ctx, s);
}

static lg_status begin(lg_ctx *ctx, store *s, const char *how) {
  (void)pthread_mutex_lock(&s->lock);
  const lg_status status = run_words(ctx, s, how);
  if (status != LG_OK) (void)pthread_mutex_unlock(&s->lock);
  return status;
}

lg_status store_begin(lg_ctx *ctx, store *s) { return begin(ctx, s, "BEGIN IMMEDIATE"); }
lg_status store_read(lg_ctx *ctx, store *s) { return begin(ctx, s, "BEGIN"); }

lg_status store_begin_light(lg_ctx *ctx, store *s) {
  (void)pthread_mutex_lock(&s->lock);
  lg_status status = run_words(ctx, s, "PRAGMA synchronous = NORMAL");
  if (status == LG_OK) status = run_words(ctx, s, "BEGIN IMMEDIATE");
  if (status == LG_OK) {
    s->light = true;
    return LG_OK;
  }
  (void)sqlite3_exec(s->db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
  (void)pthread_mutex_unlock(&s->lock);
  return status;
}

lg_status store_end(lg_ctx *ctx, store *s, lg_status status) {
  for (size_t k = 0; k < s->n_kept; k++) (void)sqlite3_reset(s->kept[k].statement);
  if (status == LG_OK) status = run_words(ctx, s, "COMMIT");
  if (status != LG_OK) (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
  if (s->light) (void)sqlite3_exec(s->db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
  s->light = false;
  (void)pthread_mutex_unlock(&s->lock);
  return status;
}

static lg_status prepared(lg_ctx *ctx, store *s, const char *sql, sqlite3_stmt **out) {
  for (size_t k = 0; k < s->n_kept; k++)
    if (s->kept[k].sql == sql || strcmp(s->kept[k].sql, sql) == 0) {
      *out = s->kept[k].statement;
      return LG_OK;
    }
  if (s->n_kept == MOST_STATEMENTS)
    return lg_fail(ctx, LG_ERR_INTERNAL, "more than %d kinds of statements; are they built anew each time?",
                   MOST_STATEMENTS);
  if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK) return fail(ctx, s);
  s->kept[s->n_kept++] = (kept){sqlite3_sql(*out), *out};
  return LG_OK;
}

static lg_status bind_list(lg_ctx *ctx, store *s, const char *sql, sqlite3_stmt **out, const char *types,
                           va_list values) {
  lg_status status = prepared(ctx, s, sql, out);
  if (status != LG_OK) return status;
  (void)sqlite3_reset(*out);
  (void)sqlite3_clear_bindings(*out);
  int answer = SQLITE_OK;
  for (int k = 0; types[k] && answer == SQLITE_OK; k++) {
    switch (types[k]) {
    case 'i':
      answer = sqlite3_bind_int64(*out, k + 1, va_arg(values, int64_t));
      break;
    case 't':
      answer = sqlite3_bind_text(*out, k + 1, va_arg(values, const char *), -1, SQLITE_TRANSIENT);
      break;
    case 'd':
      answer = sqlite3_bind_double(*out, k + 1, va_arg(values, double));
      break;
    case 'b': {
      const void *bytes = va_arg(values, const void *);
      answer = sqlite3_bind_blob64(*out, k + 1, bytes, va_arg(values, size_t), SQLITE_TRANSIENT);
      break;
    }
    default:
      return lg_fail(ctx, LG_ERR_INTERNAL, "'%c' is no kind of parameter", types[k]);
    }
  }
  return answer == SQLITE_OK ? LG_OK : fail(ctx, s);
}

lg_status store_bind(lg_ctx *ctx, store *s, const char *sql, sqlite3_stmt **out, const char *types, ...) {
  va_list values;
  va_start(values, types);
  const lg_status status = bind_list(ctx, s, sql, out, types, values);
  va_end(values);
  return status;
}

lg_status store_step(lg_ctx *ctx, store *s, sqlite3_stmt *statement, bool *row) {
  const int answer = sqlite3_step(statement);
  *row = answer == SQLITE_ROW;
  if (answer == SQLITE_ROW) return LG_OK;
  if (answer == SQLITE_DONE) {
    (void)sqlite3_reset(statement); /* sqlite3_column_* is not valid any more */
    return LG_OK;
  }
  return fail(ctx, s);
}

bool store_next(lg_ctx *ctx, store *s, sqlite3_stmt *statement, lg_status *status) {
  bool row = false;
  if (*status == LG_OK) *status = store_step(ctx, s, statement, &row);
  return *status == LG_OK && row;
}

lg_status store_run(lg_ctx *ctx, store *s, int *changed, const char *sql, const char *types, ...) {
  sqlite3_stmt *statement = NULL;
  bool row = true;
  va_list values;
  va_start(values, types);
  lg_status status = bind_list(ctx, s, sql, &statement, types, values);
  va_end(values);
  while (status == LG_OK && row) status = store_step(ctx, s, statement, &row);
  if (status == LG_OK && changed) *changed = sqlite3_changes(s->db);
  return status;
}

lg_status store_copy(lg_ctx *ctx, store *s, const char *path) {
  enum { PAGES = 1024 };
  sqlite3 *to = NULL;
  bool cancelled = false;
  int answer = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
  sqlite3_backup *b = answer == SQLITE_OK ? sqlite3_backup_init(to, "main", s->db, "main") : NULL;
  if (b) {
    do {
      answer = sqlite3_backup_step(b, PAGES);
      cancelled = lg_cancelled(ctx);
    } while (answer == SQLITE_OK && !cancelled);
    answer = sqlite3_backup_finish(b);
  } else if (answer == SQLITE_OK) answer = sqlite3_errcode(to);
  (void)sqlite3_close(to);
  if (cancelled) return lg_fail(ctx, LG_ERR_CANCELLED, "the copy was stopped");
  return answer == SQLITE_OK ? LG_OK
                             : lg_fail(ctx, LG_ERR_IO, "the copy could not be written: %s", sqlite3_errstr(answer));
}

lg_status store_backup(lg_ctx *ctx, store *s, const char *path) {
  (void)pthread_mutex_lock(&s->lock);
  const lg_status status = store_copy(ctx, s, path);
  (void)pthread_mutex_unlock(&s->lock);
  return status;
}
