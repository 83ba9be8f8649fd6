/* The chain: one function adds, one walks it. */
#include "app/serve/store_audit.h"

#include <sodium.h>
#include <sqlite3.h>
#include <string.h>

enum { COLUMNS = 10, HASHED = 9, AT_ONCE = 4000 };
#define ROW "SELECT id, at, user, user_name, peer, action, object, detail, before, hash FROM audit "

static const char *const column_names[COLUMNS] = {"id",     "at",     "user",   "user_name", "peer",
                                                  "action", "object", "detail", "before",    "hash"};
/* What a first row has before it. */
static const char first_before[] = "0000000000000000000000000000000000000000000000000000000000000000";

const char *audit_object(char out[AUDIT_OBJECT], const char *kind, int64_t id) {
  (void)snprintf(out, AUDIT_OBJECT, "%s %lld", kind, (long long)id);
  return out;
}

/* ---- what is hashed ------------------------------------------------------------------------------------------------
 * Each column as "i7\n", "t5:words\n" or "n\n" (no value), in the table's order, without the hash itself: no two rows
 * are written alike. */

static void add_integer(crypto_hash_sha256_state *h, int64_t value) {
  char words[32];
  const int n = snprintf(words, sizeof words, "i%lld\n", (long long)value);
  (void)crypto_hash_sha256_update(h, (const unsigned char *)words, (unsigned long long)n);
}

static void add_text(crypto_hash_sha256_state *h, const char *text, size_t n) {
  char words[32];
  const int m = text ? snprintf(words, sizeof words, "t%zu:", n) : snprintf(words, sizeof words, "n");
  (void)crypto_hash_sha256_update(h, (const unsigned char *)words, (unsigned long long)m);
  if (text) (void)crypto_hash_sha256_update(h, (const unsigned char *)text, n);
  (void)crypto_hash_sha256_update(h, (const unsigned char *)"\n", 1);
}

static void end_hash(crypto_hash_sha256_state *h, char hex[AUDIT_HASH]) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  (void)crypto_hash_sha256_final(h, hash);
  (void)sodium_bin2hex(hex, AUDIT_HASH, hash, sizeof hash);
}

/* ---- adding -------------------------------------------------------------------------------------------- */

static lg_status read_head(lg_ctx *ctx, store *s, audit_anchor *head, bool *there) {
  sqlite3_stmt *q;
  lg_status status = store_bind(ctx, s, "SELECT id, hash FROM audit_head", &q, "");
  if (status == LG_OK) status = store_step(ctx, s, q, there);
  *head = (audit_anchor){0};
  if (status != LG_OK || !*there) return status;
  const char *hash = (const char *)sqlite3_column_text(q, 1);
  head->id = sqlite3_column_int64(q, 0);
  (void)snprintf(head->hash, sizeof head->hash, "%s", hash ? hash : "");
  return LG_OK;
}

void audit_row_hash(const audit_row *row, char hash[AUDIT_HASH]) {
  const char *text[] = {row->user_name, row->peer, row->action, row->object, row->detail, row->before};
  crypto_hash_sha256_state h;
  (void)crypto_hash_sha256_init(&h);
  add_integer(&h, row->id);
  add_integer(&h, row->at);
  add_integer(&h, row->user);
  for (size_t k = 0; k < sizeof text / sizeof text[0]; k++) add_text(&h, text[k], text[k] ? strlen(text[k]) : 0);
  end_hash(&h, hash);
}

/* Cut between letters: a torn letter is no text. */
static size_t cut(const char *text) {
  size_t n = strlen(text);
  if (n <= AUDIT_MOST_DETAIL) return n;
  for (n = AUDIT_MOST_DETAIL; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--) {
  }
  return n;
}

lg_status store_audit_add(lg_ctx *ctx, store *s, const audit_who *who, const char *action, const char *object,
                          const char *detail) {
  static const audit_who itself = {0, "loligo", NULL};
  lg_status status = LG_OK;
  audit_anchor head;
  bool there = false;
  char hash[AUDIT_HASH], kept[AUDIT_MOST_DETAIL + 1];
  const int64_t now = store_now();
  const audit_who *by = who ? who : &itself;
  if (detail) { /* a copy: it may be longer than what is kept */
    const size_t n = cut(detail);
    memcpy(kept, detail, n);
    kept[n] = 0;
    detail = kept;
  }
  LG_TRY(read_head(ctx, s, &head, &there));
  if (!there) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the audit has no head: it was cut; run loligo audit verify"));
  const audit_row row = {.id = head.id + 1,
                         .at = now,
                         .user = by->user,
                         .user_name = by->name,
                         .peer = by->peer,
                         .action = action,
                         .object = object,
                         .detail = detail,
                         .before = head.id ? head.hash : first_before};
  audit_row_hash(&row, hash);
  LG_TRY(store_run(ctx, s, NULL,
                   "INSERT INTO audit (id, at, user, user_name, peer, action, object, detail, before, hash) VALUES (?,"
                   " ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   "iiittttttt", row.id, row.at, row.user, row.user_name, row.peer, row.action, row.object, row.detail,
                   row.before, hash));
  LG_TRY(store_run(ctx, s, NULL, "UPDATE audit_head SET id = id + 1, hash = ?", "t", hash));
done:
  return status;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static void take_row(sqlite3_stmt *q, audit_row *r) {
  const char *text[COLUMNS] = {0};
  for (int k = 3; k < COLUMNS; k++) text[k] = (const char *)sqlite3_column_text(q, k);
  *r = (audit_row){.id = sqlite3_column_int64(q, 0),
                   .at = sqlite3_column_int64(q, 1),
                   .user = sqlite3_column_int64(q, 2),
                   .user_name = text[3],
                   .peer = text[4],
                   .action = text[5],
                   .object = text[6],
                   .detail = text[7],
                   .before = text[8],
                   .hash = text[9]};
}

#define WANTED                                                                                                         \
  "WHERE id < ?1 AND id > ?2 AND at >= ?3 AND at < ?4 AND (?5 IS NULL OR user_name = ?5) AND (?6 IS NULL OR"           \
  " substr(action, 1, length(?6)) = ?6) AND (?7 IS NULL OR object = ?7) ORDER BY id "

lg_status store_audit_list(lg_ctx *ctx, store *s, const audit_filter *f, int64_t limit, audit_row_fn fn, void *arg) {
  sqlite3_stmt *q;
  audit_row r;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s, f->oldest_first ? ROW WANTED "LIMIT ?8" : ROW WANTED "DESC LIMIT ?8", &q, "iiiittti",
                      f->before > 0 ? f->before : INT64_MAX, f->after, f->since, f->to > 0 ? f->to : INT64_MAX, f->user,
                      f->action, f->object, limit);
  while (store_next(ctx, s, q, &status)) {
    take_row(q, &r);
    fn(arg, &r);
  }
  return store_end(ctx, s, status);
}

/* ---- verifying ----------------------------------------------------------------------------------------- */

typedef struct walk {
  audit_check *out;
  const audit_anchor *anchor;
  bool anchor_seen;
  int64_t next; /* rows with this id and above were not looked at */
} walk;

static void bad(walk *w, int64_t id, const char *fmt, ...) LG_PRINTF(3, 4);
static void bad(walk *w, int64_t id, const char *fmt, ...) {
  va_list values;
  va_start(values, fmt);
  (void)vsnprintf(w->out->why, sizeof w->out->why, fmt, values);
  va_end(values);
  w->out->intact = false;
  w->out->first_bad = id;
}

/* Kinds of values are part of a row: 7 is not '7', and no text is not an empty one. */
static bool hash_row(walk *w, sqlite3_stmt *q, int64_t id, char hex[AUDIT_HASH]) {
  crypto_hash_sha256_state h;
  (void)crypto_hash_sha256_init(&h);
  for (int k = 0; k < HASHED; k++) {
    const int type = sqlite3_column_type(q, k);
    if (k < 3 ? type != SQLITE_INTEGER : type != SQLITE_TEXT && type != SQLITE_NULL) {
      bad(w, id, "row %lld was changed: its %s is of another kind", (long long)id, column_names[k]);
      return false;
    }
    if (k < 3) add_integer(&h, sqlite3_column_int64(q, k));
    else if (type == SQLITE_NULL) add_text(&h, NULL, 0);
    else { /* the text first, then its length: SQLite's order */
      const char *text = (const char *)sqlite3_column_text(q, k);
      add_text(&h, text ? text : "", (size_t)sqlite3_column_bytes(q, k));
    }
  }
  end_hash(&h, hex);
  return true;
}

/* Its kind is asked for first: asking for text makes it one. */
static bool same(sqlite3_stmt *q, int column, const char *wanted) {
  if (sqlite3_column_type(q, column) != SQLITE_TEXT) return false;
  const char *text = (const char *)sqlite3_column_text(q, column);
  return text && (size_t)sqlite3_column_bytes(q, column) == strlen(wanted) && strcmp(text, wanted) == 0;
}

static void look_at(walk *w, sqlite3_stmt *q) {
  audit_check *out = w->out;
  char hex[AUDIT_HASH];
  const int64_t id = sqlite3_column_int64(q, 0), expected = out->head.id + 1;
  out->rows++;
  w->next = id < INT64_MAX ? id + 1 : id;
  if (id > expected)
    bad(w, expected, "row %lld is missing: after %lld comes %lld", (long long)expected, (long long)out->head.id,
        (long long)id);
  else if (id < expected) bad(w, id, "row %lld was never written by this program", (long long)id);
  else if (!same(q, 8, out->head.id ? out->head.hash : first_before))
    bad(w, id, "row %lld does not follow row %lld: the hash before it is another", (long long)id,
        (long long)out->head.id);
  else if (hash_row(w, q, id, hex)) {
    if (!same(q, 9, hex)) bad(w, id, "row %lld was changed: its hash does not fit what it says", (long long)id);
    else {
      out->head.id = id;
      memcpy(out->head.hash, hex, sizeof hex);
      if (w->anchor && w->anchor->id == id) w->anchor_seen = strcmp(w->anchor->hash, hex) == 0;
    }
  }
}

static lg_status one_number(lg_ctx *ctx, store *s, const char *sql, int64_t *value) {
  sqlite3_stmt *q;
  bool row = false;
  lg_status status = store_bind(ctx, s, sql, &q, "");
  if (status == LG_OK) status = store_step(ctx, s, q, &row);
  *value = status == LG_OK && row ? sqlite3_column_int64(q, 0) : 0;
  return status;
}

/* In the same snapshot as the last rows: the head, SQLite's own count, the triggers. */
static lg_status look_at_end(lg_ctx *ctx, store *s, walk *w) {
  lg_status status = LG_OK;
  audit_check *out = w->out;
  audit_anchor head;
  bool there = false;
  int64_t ever = 0, triggers = 0, heads = 0;
  LG_TRY(read_head(ctx, s, &head, &there));
  LG_TRY(one_number(ctx, s, "SELECT seq FROM sqlite_sequence WHERE name = 'audit'", &ever));
  LG_TRY(one_number(ctx, s, "SELECT count(*) FROM audit_head", &heads));
  LG_TRY(one_number(ctx, s,
                    "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name IN ('audit_no_update',"
                    " 'audit_no_delete', 'audit_head_forward', 'audit_head_stays')",
                    &triggers));
  if (!there || heads != 1) bad(w, 0, "the record of the newest row is missing");
  else if (head.id != out->head.id)
    bad(w, head.id > out->head.id ? out->head.id + 1 : out->head.id,
        "the chain ends at row %lld; its record says that row %lld is the newest", (long long)out->head.id,
        (long long)head.id);
  else if (out->head.id && strcmp(head.hash, out->head.hash) != 0)
    bad(w, out->head.id, "row %lld is not the newest as it was recorded: its hash is another", (long long)out->head.id);
  else if (ever != out->head.id)
    bad(w, out->head.id + 1, "the chain ends at row %lld; SQLite counted %lld", (long long)out->head.id,
        (long long)ever);
  else if (triggers != 4) bad(w, 0, "triggers that forbid changes are missing");
  else if (w->anchor && !w->anchor_seen)
    bad(w, w->anchor->id, "row %lld is not what it was: the hash that was kept is another", (long long)w->anchor->id);
done:
  return status;
}

/* Some thousand rows in one snapshot; *more: there are others. */
static lg_status look_at_some(lg_ctx *ctx, store *s, walk *w, bool *more) {
  sqlite3_stmt *q;
  bool row = true;
  int64_t n = 0;
  lg_status status = store_bind(ctx, s, ROW "WHERE id >= ? ORDER BY id LIMIT ?", &q, "ii", w->next, (int64_t)AT_ONCE);
  while (status == LG_OK && row && w->out->intact) {
    status = store_step(ctx, s, q, &row);
    if (status != LG_OK || !row) continue;
    look_at(w, q);
    n++;
  }
  *more = status == LG_OK && w->out->intact && n == AT_ONCE;
  if (status == LG_OK && w->out->intact && !*more) status = look_at_end(ctx, s, w);
  return status;
}

lg_status store_audit_verify(lg_ctx *ctx, store *s, const audit_anchor *anchor, audit_check *out) {
  walk w = {.out = out, .anchor = anchor, .next = INT64_MIN};
  bool more = true;
  *out = (audit_check){.intact = true};
  while (more) {
    lg_status status = store_read(ctx, s);
    if (status == LG_OK) status = store_end(ctx, s, look_at_some(ctx, s, &w, &more));
    if (status != LG_OK) return status;
  }
  return LG_OK;
}
