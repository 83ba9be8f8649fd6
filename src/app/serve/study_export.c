/* The archive as a list of parts, each in memory or a blob: read from any place, never whole in memory. */
#define _XOPEN_SOURCE 700
#include "app/serve/study_export.h"

#include "app/serve/store_audit.h"
#include "app/serve/study_manifest.h"
#include "app/serve/tar.h"
#include "data/provenance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct part {
  uint64_t at, bytes; /* place in the archive */
  unsigned char *own; /* NULL: the blob */
  char sha256[BLOB_HEX];
} part;

struct study_export {
  char folder[4096], name[64];
  part *parts;
  size_t n, room;
  uint64_t bytes;
  int file; /* of the part that was read last, -1: none */
  size_t open;
  /* while it is made */
  lg_ctx *ctx;
  lg_status status;
  int64_t study, revision, locked;
  study_item item;
  char kind[16];
  size_t n_files;
  char *manifest;
  FILE *sums;
  lg_json json;
};

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static part *add_part(study_export *e, uint64_t bytes) {
  if (e->status != LG_OK) return NULL;
  if (e->n == e->room) {
    const size_t room = e->room ? 2 * e->room : 32;
    part *grown = lg_realloc(e->ctx, e->parts, e->room * sizeof *grown, room, sizeof *grown);
    if (!grown) {
      e->status = LG_ERR_MEMORY;
      return NULL;
    }
    e->parts = grown, e->room = room;
  }
  part *p = &e->parts[e->n++];
  *p = (part){.at = e->bytes, .bytes = bytes};
  e->bytes += bytes;
  return p;
}

static void add_bytes(study_export *e, const void *bytes, size_t n) {
  part *p = n > 0 ? add_part(e, n) : NULL;
  if (!p) return;
  p->own = lg_alloc(e->ctx, n, 1);
  if (!p->own) e->status = LG_ERR_MEMORY;
  else memcpy(p->own, bytes, n);
}

static void add_head(study_export *e, const char *path, uint64_t bytes) {
  unsigned char head[TAR_HEAD];
  char whole[TAR_PATH];
  (void)snprintf(whole, sizeof whole, "study-%lld-r%lld/%s", (long long)e->study, (long long)e->revision, path);
  add_bytes(e, head, tar_head(whole, bytes, e->locked / 1000, head));
}

static void add_zeros(study_export *e, size_t n) {
  static const unsigned char zeros[2 * TAR_BLOCK];
  add_bytes(e, zeros, n);
}

static void add_text(study_export *e, const char *path, const char *text, size_t n, bool listed) {
  char sha256[65];
  add_head(e, path, n);
  add_bytes(e, text, n);
  add_zeros(e, tar_padding(n));
  if (!listed) return;
  lg_sha256_bytes(text, n, sha256);
  (void)fprintf(e->sums, "%s  %s\n", sha256, path);
}

/* ---- what is in it ------------------------------------------------------------------------------------- */

static void take_row(void *arg, const study_row *r) {
  study_export *e = arg;
  e->study = r->id;
  e->revision = r->revision;
  e->locked = r->changed;
  if (!r->manifest) return;
  e->manifest = lg_strdup(e->ctx, r->manifest);
  if (!e->manifest) e->status = LG_ERR_MEMORY;
  else add_text(e, "manifest.json", r->manifest, strlen(r->manifest), true);
}

static void take_item(void *arg, const study_item *item) {
  study_export *e = arg;
  e->item = *item;
  (void)snprintf(e->kind, sizeof e->kind, "%s", item->kind);
  e->item.kind = e->kind;
  e->n_files = 0;
}

static void take_file(void *arg, const study_file *f) {
  study_export *e = arg;
  char path[STUDY_PATH];
  if (!e->manifest) return;
  study_file_path(&e->item, f, e->n_files++, path);
  (void)fprintf(e->sums, "%s  %s\n", f->sha256, path);
  add_head(e, path, f->bytes);
  part *p = f->bytes > 0 ? add_part(e, f->bytes) : NULL;
  if (p) (void)snprintf(p->sha256, sizeof p->sha256, "%s", f->sha256);
  add_zeros(e, tar_padding(f->bytes));
}

static void take_act(void *arg, const study_act *act) {
  study_export *e = arg;
  study_write_act(&e->json, act);
}

static void take_event(void *arg, const audit_row *row) {
  lg_json *w = &((study_export *)arg)->json;
  lg_json_object(w);
  lg_json_key_integer(w, "id", row->id);
  lg_json_key_integer(w, "at_ms", row->at);
  lg_json_key_integer(w, "user", row->user);
  lg_json_key_text(w, "by", row->user_name);
  lg_json_key_text(w, "peer", row->peer);
  lg_json_key_text(w, "action", row->action);
  lg_json_key_text(w, "object", row->object);
  lg_json_key_text(w, "detail", row->detail);
  lg_json_key_text(w, "before", row->before);
  lg_json_key_text(w, "hash", row->hash);
  lg_json_end_object(w);
}

/* {"schema": …, "study": 7, KEY: [what fill() writes]} as a file of the archive. */
static lg_status add_list(study_export *e, const char *path, const char *key,
                          lg_status (*fill)(study_export *, store *), store *s) {
  char *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) return lg_fail(e->ctx, LG_ERR_MEMORY, "no memory for an archive");
  e->json = lg_json_begin(f);
  lg_json_object(&e->json);
  lg_json_key_text(&e->json, "schema", STUDY_SCHEMA);
  lg_json_key_integer(&e->json, "study", e->study);
  lg_json_key_integer(&e->json, "revision", e->revision);
  lg_json_key(&e->json, key);
  lg_json_array(&e->json);
  lg_status status = fill(e, s);
  lg_json_end_array(&e->json);
  lg_json_end_object(&e->json);
  (void)lg_json_end(&e->json);
  if (fclose(f) != 0 || !text) status = lg_fail(e->ctx, LG_ERR_MEMORY, "no memory for an archive");
  else if (status == LG_OK) add_text(e, path, text, n, true);
  free(text);
  return status;
}

static lg_status fill_acts(study_export *e, store *s) {
  bool found;
  const study_reader r = {.arg = e, .act = take_act};
  return studies_read(e->ctx, s, e->study, 0, &r, &found);
}

static lg_status fill_history(study_export *e, store *s) {
  char object[AUDIT_OBJECT];
  const audit_filter f = {.object = audit_object(object, "study", e->study), .oldest_first = true};
  return store_audit_list(e->ctx, s, &f, 100000, take_event, e);
}

static void add_words(study_export *e) {
  char text[1536], sha256[65];
  lg_sha256_bytes(e->manifest, strlen(e->manifest), sha256);
  const int n = snprintf(
      text, sizeof text,
      "Study %lld, revision %lld, exported by Loligo. Research use only.\n\n"
      "manifest.json    what was locked: words, items, and the SHA-256 of every file\n"
      "files/           the files\n"
      "signatures.json  locks, reviews, signatures, withdrawals\n"
      "history.json     who changed what, with the hashes of the server's audit chain\n\n"
      "SHA-256 of manifest.json: %s\n\n"
      "Verify it with nothing but this archive:\n"
      "  loligo study verify %s        (or, unpacked: sha256sum -c SHA256SUMS)\n\n"
      "Whoever can write this archive can write all of it anew. Compare the SHA-256 above with the one that the\n"
      "server shows, or that was noted when the study was signed: loligo study verify FILE --manifest SHA256.\n"
      "The record supports Part 11 use; whether a whole procedure meets a regulation is for those who answer for it.\n",
      (long long)e->study, (long long)e->revision, sha256, e->name);
  add_text(e, "README.txt", text, (size_t)n, true);
}

static lg_status build(study_export *e, store *s) {
  lg_status status = LG_OK;
  bool found = false;
  char *sums = NULL;
  size_t n = 0;
  const study_reader reader = {.arg = e, .row = take_row, .item = take_item, .file = take_file};
  const int64_t id = e->study;
  e->sums = open_memstream(&sums, &n);
  if (!e->sums) return lg_fail(e->ctx, LG_ERR_MEMORY, "no memory for an archive");
  LG_TRY(studies_read(e->ctx, s, id, 0, &reader, &found));
  if (!found) LG_TRY(lg_fail(e->ctx, LG_ERR_NOT_FOUND, "there is no study %lld", (long long)id));
  LG_TRY(e->status);
  if (!e->manifest)
    LG_TRY(lg_fail(e->ctx, LG_ERR_ARGUMENT, "the study is not locked: only what cannot change any more is exported"));
  (void)snprintf(e->name, sizeof e->name, "study-%lld-r%lld.tar", (long long)e->study, (long long)e->revision);
  LG_TRY(add_list(e, "signatures.json", "acts", fill_acts, s));
  LG_TRY(add_list(e, "history.json", "events", fill_history, s));
  add_words(e);
  if (fflush(e->sums) != 0) LG_TRY(lg_fail(e->ctx, LG_ERR_MEMORY, "no memory for an archive"));
  add_text(e, "SHA256SUMS", sums, n, false);
  add_zeros(e, 2 * TAR_BLOCK);
  LG_TRY(e->status);
done:
  (void)fclose(e->sums);
  free(sums);
  e->sums = NULL;
  return status;
}

lg_status study_export_open(lg_ctx *ctx, store *s, int64_t id, study_export **out) {
  lg_status status = LG_OK;
  study_export *e = NULL;
  *out = NULL;
  LG_NEW(ctx, e, 1);
  e->ctx = ctx, e->file = -1, e->study = id;
  (void)snprintf(e->folder, sizeof e->folder, "%s", store_folder(s));
  LG_TRY(build(e, s));
  e->ctx = NULL; /* a reader brings its own */
  *out = e;
  e = NULL;
done:
  study_export_close(ctx, e);
  return status;
}

void study_export_close(lg_ctx *ctx, study_export *e) {
  if (!e) return;
  if (e->file >= 0) (void)close(e->file);
  for (size_t k = 0; k < e->n; k++) lg_free(ctx, e->parts[k].own);
  lg_free(ctx, e->parts);
  lg_free(ctx, e->manifest);
  lg_free(ctx, e);
}

uint64_t study_export_bytes(const study_export *e) { return e->bytes; }
const char *study_export_name(const study_export *e) { return e->name; }

/* ---- read -------------------------------------------------------------------------------------------------------- */

static size_t find_part(const study_export *e, uint64_t at) {
  size_t low = 0, high = e->n;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    if (e->parts[middle].at <= at) low = middle;
    else high = middle;
  }
  return low;
}

static lg_status open_part(lg_ctx *ctx, study_export *e, size_t k) {
  char path[4096 + 80];
  if (e->file >= 0 && e->open == k) return LG_OK;
  if (e->file >= 0) (void)close(e->file);
  (void)snprintf(path, sizeof path, "%s/blobs/%.2s/%s", e->folder, e->parts[k].sha256, e->parts[k].sha256 + 2);
  e->file = open(path, O_RDONLY | O_CLOEXEC);
  e->open = k;
  return e->file >= 0 ? LG_OK : lg_fail(ctx, LG_ERR_IO, "a file of the study cannot be read: %s", strerror(errno));
}

lg_status study_export_read(lg_ctx *ctx, study_export *e, uint64_t at, void *buffer, size_t room, size_t *n) {
  *n = 0;
  if (at >= e->bytes) return LG_OK;
  const size_t k = find_part(e, at);
  const part *p = &e->parts[k];
  const uint64_t from = at - p->at;
  const size_t want = p->bytes - from < room ? (size_t)(p->bytes - from) : room;
  if (p->own) {
    memcpy(buffer, p->own + from, want);
    *n = want;
    return LG_OK;
  }
  const lg_status status = open_part(ctx, e, k);
  if (status != LG_OK) return status;
  const ssize_t got = pread(e->file, buffer, want, (off_t)from);
  if (got <= 0) return lg_fail(ctx, LG_ERR_IO, "a file of the study is shorter than it was");
  *n = (size_t)got;
  return LG_OK;
}
