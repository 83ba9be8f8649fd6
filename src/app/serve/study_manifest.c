/* What is locked, as one text; what a person vouches for, as one hash. */
#define _XOPEN_SOURCE 700
#include "app/serve/study_manifest.h"

#include "app/serve/job_commands.h"
#include "app/serve/study_internal.h"
#include "data/provenance.h"

#include <loligo/version.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts that the API writes too --------------------------------------------------------------------- */

void study_write_subjects(lg_json *w, const char *subjects) {
  char code[STUDY_MOST_CODE + 1];
  lg_json_array(w);
  for (const char *at = subjects; *at;) {
    const size_t n = strcspn(at, "\n");
    (void)snprintf(code, sizeof code, "%.*s", (int)n, at);
    lg_json_text(w, code);
    at += n + (at[n] == '\n');
  }
  lg_json_end_array(w);
}

void study_write_item(lg_json *w, const study_item *item) {
  lg_json_key_integer(w, "number", item->number);
  lg_json_key_text(w, "kind", item->kind);
  lg_json_key_integer(w, "id", item->ref);
  lg_json_key_text(w, "label", item->label);
  lg_json_key_text(w, "added_by", item->added_by);
  lg_json_key_integer(w, "added_ms", item->added);
  lg_json_key(w, "record");
  lg_json_raw(w, item->record);
  lg_json_key(w, "files");
  lg_json_array(w);
}

void study_write_file(lg_json *w, const study_file *file, const char *path) {
  lg_json_object(w);
  lg_json_key_text(w, "role", file->role);
  lg_json_key_text(w, "name", file->name);
  if (path) lg_json_key_text(w, "path", path);
  lg_json_key_integer(w, "bytes", (int64_t)file->bytes);
  lg_json_key_text(w, "sha256", file->sha256);
  lg_json_end_object(w);
}

void study_write_act(lg_json *w, const study_act *a) {
  lg_json_object(w);
  lg_json_key_text(w, "act", a->act);
  lg_json_key_integer(w, "revision", a->revision);
  lg_json_key_text(w, "by", a->by);
  lg_json_key_text(w, "role", a->role);
  lg_json_key_integer(w, "at_ms", a->at);
  lg_json_key_text(w, "words", a->words);
  lg_json_key_text(w, "manifest_sha256", a->manifest_sha256);
  lg_json_key_text(w, "sha256", a->sha256);
  lg_json_end_object(w);
}

lg_status study_act_hash(lg_ctx *ctx, int64_t study, const study_act *a, char sha256[BLOB_HEX]) {
  char *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a signature");
  (void)fprintf(f, STUDY_SCHEMA " act\nstudy %lld\nrevision %lld\nact %s\nby ", (long long)study,
                (long long)a->revision, a->act);
  lg_json_quote(f, a->by);
  (void)fprintf(f, "\nrole %s\nat_ms %lld\nwords ", a->role, (long long)a->at);
  lg_json_quote(f, a->words);
  (void)fprintf(f, "\nmanifest %s\n", a->manifest_sha256 ? a->manifest_sha256 : "none");
  if (fclose(f) != 0) {
    free(text);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a signature");
  }
  lg_sha256_bytes(text, n, sha256);
  free(text);
  return LG_OK;
}

/* Segments of safe names, none of which leads up. */
static bool is_safe(const char *name) {
  char part[JOB_FILE_NAME];
  if (strlen(name) > 200) return false;
  for (const char *at = name;;) {
    const size_t n = strcspn(at, "/");
    if (n < 1 || n >= sizeof part) return false;
    (void)snprintf(part, sizeof part, "%.*s", (int)n, at);
    if (!job_name_is_safe(part)) return false;
    if (!at[n]) return true;
    at += n + 1;
  }
}

void study_file_path(const study_item *item, const study_file *file, size_t k, char path[STUDY_PATH]) {
  char safe[JOB_FILE_NAME];
  if (is_safe(file->name)) {
    (void)snprintf(path, STUDY_PATH, "files/%02lld-%s-%lld/%s/%s", (long long)item->number, item->kind,
                   (long long)item->ref, file->role, file->name);
    return;
  }
  const char *slash = strrchr(file->name, '/');
  job_make_safe(slash ? slash + 1 : file->name, safe);
  (void)snprintf(path, STUDY_PATH, "files/%02lld-%s-%lld/%s/%03zu~%s", (long long)item->number, item->kind,
                 (long long)item->ref, file->role, k, safe);
}

/* ---- the manifest -------------------------------------------------------------------------------------- */

typedef struct writing {
  lg_json w;
  const char *locked_by;
  int64_t at;
  study_item item; /* the one whose files come; its texts are not used after its callback */
  char kind[16];
  size_t n_files;
} writing;

static void write_row(void *arg, const study_row *r) {
  writing *m = arg;
  lg_json *w = &m->w;
  lg_json_key_integer(w, "study", r->id);
  lg_json_key_integer(w, "revision", r->revision);
  lg_json_key_text(w, "name", r->name);
  lg_json_key_text(w, "context_of_use", r->context);
  lg_json_key_text(w, "conclusion", r->conclusion);
  lg_json_key(w, "subjects");
  study_write_subjects(w, r->subjects);
  lg_json_key_text(w, "owner", r->owner_name);
  lg_json_key_integer(w, "created_ms", r->created);
  lg_json_key_text(w, "locked_by", m->locked_by);
  lg_json_key_integer(w, "locked_ms", m->at);
  lg_json_key_text(w, "program", "loligo " LG_VERSION);
}

static void write_item(void *arg, const study_item *item) {
  writing *m = arg;
  lg_json *w = &m->w;
  m->item = *item;
  (void)snprintf(m->kind, sizeof m->kind, "%s", item->kind);
  m->item.kind = m->kind;
  m->n_files = 0;
  lg_json_object(w);
  study_write_item(w, item);
}

static void write_file(void *arg, const study_file *f) {
  writing *m = arg;
  char path[STUDY_PATH];
  study_file_path(&m->item, f, m->n_files++, path);
  study_write_file(&m->w, f, path);
}

static void end_item(void *arg) {
  writing *m = arg;
  lg_json_end_array(&m->w);
  lg_json_end_object(&m->w);
}

static lg_status write_authors(lg_ctx *ctx, store *s, int64_t id, lg_json *w) {
  sqlite3_stmt *q;
  lg_json_key(w, "authors");
  lg_json_array(w);
  lg_status status = store_bind(
      ctx, s, "SELECT u.name FROM study_authors a JOIN users u ON u.id = a.user WHERE a.study = ? ORDER BY u.id", &q,
      "i", id);
  while (store_next(ctx, s, q, &status)) lg_json_text(w, (const char *)sqlite3_column_text(q, 0));
  lg_json_end_array(w);
  return status;
}

lg_status study_manifest(lg_ctx *ctx, store *s, int64_t id, const char *locked_by, int64_t at, char **text,
                         char sha256[BLOB_HEX]) {
  bool found = false;
  size_t n = 0;
  writing m = {.locked_by = locked_by, .at = at};
  const study_reader head = {.arg = &m, .row = write_row};
  const study_reader items = {.arg = &m, .item = write_item, .file = write_file, .item_end = end_item};
  FILE *f = open_memstream(text, &n);
  if (!f) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a manifest");
  m.w = lg_json_begin(f);
  lg_json_object(&m.w);
  lg_json_key_text(&m.w, "schema", STUDY_SCHEMA);
  lg_status status = study_read_inside(ctx, s, id, 0, &head, &found);
  if (status == LG_OK) status = write_authors(ctx, s, id, &m.w);
  lg_json_key(&m.w, "items");
  lg_json_array(&m.w);
  if (status == LG_OK) status = study_read_inside(ctx, s, id, 0, &items, &found);
  lg_json_end_array(&m.w);
  lg_json_end_object(&m.w);
  const bool nested = lg_json_end(&m.w);
  if (fclose(f) != 0 || !*text) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a manifest");
  if (status == LG_OK && (!nested || !found)) status = lg_fail(ctx, LG_ERR_INTERNAL, "a manifest that does not nest");
  lg_sha256_bytes(*text, n, sha256);
  return status;
}
