/* A list of what is there (path, size, hash), from an archive or a folder; then it is held against the manifest. */
#define _XOPEN_SOURCE 700
#include "app/serve/study_verify.h"

#include "app/serve/store_audit.h"
#include "app/serve/study_manifest.h"
#include "app/serve/tar.h"
#include "data/provenance.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_TEXT = 256 << 20 }; /* of a manifest */

typedef struct present {
  char *path;
  uint64_t bytes;
  char sha256[65];
  bool listed;
} present;

typedef struct verification {
  lg_ctx *ctx;
  char *folder; /* NULL: an archive */
  present *files;
  size_t n, room, next;
  char *manifest, *signatures, *history; /* their texts */
  size_t n_manifest, n_signatures, n_history;
  study_checked *out;
  size_t room_differences;
} verification;

static lg_status differs(verification *v, const char *path, const char *what) {
  study_checked *c = v->out;
  if (c->n_differences == v->room_differences) {
    const size_t room = v->room_differences ? 2 * v->room_differences : 16;
    study_difference *grown =
        lg_realloc(v->ctx, c->differences, v->room_differences * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    c->differences = grown, v->room_differences = room;
  }
  char *copy = lg_strdup(v->ctx, path);
  if (!copy) return LG_ERR_MEMORY;
  lg_one_line(copy);
  c->differences[c->n_differences++] = (study_difference){copy, what};
  return LG_OK;
}

/* ---- an archive ---------------------------------------------------------------------------------------- */

/* "study-7-r1/files/x" -> "files/x". */
static const char *inside(const char *path) {
  const char *slash = strchr(path, '/');
  return slash ? slash + 1 : path;
}

static lg_status keep_text(verification *v, tar_reader *r, char **text, size_t *n) {
  lg_status status = LG_OK;
  size_t got = 0;
  if (r->bytes >= MOST_TEXT) return lg_fail(v->ctx, LG_ERR_LIMIT, "%s has more than 256 MiB", r->path);
  /* grown with what comes: the size in a header is only its word */
  size_t room = 0;
  do {
    if (*n == room) {
      const size_t more = room ? 2 * room : 65536;
      char *grown = lg_realloc(v->ctx, *text, room, more + 1, 1);
      if (!grown) return LG_ERR_MEMORY;
      *text = grown, room = more;
    }
    status = tar_read(v->ctx, r, *text + *n, room - *n, &got);
    *n += got;
  } while (status == LG_OK && got > 0);
  if (*text) (*text)[*n] = 0;
  return status;
}

static lg_status add_present(verification *v, const char *path, uint64_t bytes, const char *sha256) {
  if (v->n == v->room) {
    const size_t room = v->room ? 2 * v->room : 64;
    present *grown = lg_realloc(v->ctx, v->files, v->room * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    v->files = grown, v->room = room;
  }
  char *copy = lg_strdup(v->ctx, path);
  if (!copy) return LG_ERR_MEMORY;
  v->files[v->n] = (present){.path = copy, .bytes = bytes};
  (void)snprintf(v->files[v->n++].sha256, 65, "%s", sha256);
  return LG_OK;
}

static lg_status hash_rest(verification *v, tar_reader *r, char sha256[65]) {
  unsigned char buffer[65536], hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_state h;
  lg_status status;
  size_t n;
  (void)crypto_hash_sha256_init(&h);
  do {
    status = tar_read(v->ctx, r, buffer, sizeof buffer, &n);
    if (status == LG_OK) (void)crypto_hash_sha256_update(&h, buffer, n);
  } while (status == LG_OK && n > 0);
  (void)crypto_hash_sha256_final(&h, hash);
  (void)sodium_bin2hex(sha256, 65, hash, sizeof hash);
  return status;
}

static lg_status take_entry(verification *v, tar_reader *r) {
  char sha256[65];
  const char *path = inside(r->path);
  if (strcmp(path, "manifest.json") == 0 && !v->manifest) return keep_text(v, r, &v->manifest, &v->n_manifest);
  if (strcmp(path, "history.json") == 0 && !v->history) return keep_text(v, r, &v->history, &v->n_history);
  if (strcmp(path, "signatures.json") == 0 && !v->signatures) return keep_text(v, r, &v->signatures, &v->n_signatures);
  const lg_status status = hash_rest(v, r, sha256);
  return status == LG_OK ? add_present(v, path, r->bytes, sha256) : status;
}

static lg_status read_archive(verification *v, FILE *stream) {
  tar_reader r = {.stream = stream};
  bool found = true;
  lg_status status = LG_OK;
  while (status == LG_OK && found) {
    status = tar_next(v->ctx, &r, &found);
    if (status == LG_OK && found) status = take_entry(v, &r);
  }
  return status;
}

static lg_status open_archive(verification *v, const char *path) {
  FILE *stream = fopen(path, "rb");
  if (!stream) return lg_fail(v->ctx, LG_ERR_IO, "cannot be read: %s", strerror(errno));
  const lg_status status = read_archive(v, stream);
  (void)fclose(stream);
  return status;
}

/* ---- a folder ------------------------------------------------------------------------------------------ */

static lg_status read_text(verification *v, const char *name, char **text, size_t *n) {
  char path[8192];
  unsigned char *bytes = NULL;
  (void)snprintf(path, sizeof path, "%s/%s", v->folder, name);
  const lg_status status = lg_file_read(v->ctx, path, MOST_TEXT, &bytes, n);
  *text = (char *)bytes;
  return status;
}

/* Of a file of the manifest, in a folder: "" where it is not there. */
static lg_status hash_in_folder(verification *v, const char *name, uint64_t *bytes, char sha256[65]) {
  char path[8192];
  struct stat about;
  (void)snprintf(path, sizeof path, "%s/%s", v->folder, name);
  sha256[0] = 0;
  if (stat(path, &about) != 0 || !S_ISREG(about.st_mode)) return LG_OK;
  *bytes = (uint64_t)about.st_size;
  return lg_sha256_file(v->ctx, path, sha256);
}

/* ---- against the manifest ------------------------------------------------------------------------------ */

static present *find(verification *v, const char *path) {
  for (size_t j = 0; j < v->n; j++) { /* they come in the manifest's order, mostly */
    const size_t k = (v->next + j) % v->n;
    if (v->files[k].listed || strcmp(v->files[k].path, path) != 0) continue;
    v->next = k + 1;
    return &v->files[k];
  }
  return NULL;
}

static lg_status check_file(verification *v, const json_t *file) {
  const char *path = json_string_value(json_object_get(file, "path"));
  const char *wanted = json_string_value(json_object_get(file, "sha256"));
  const json_int_t bytes = json_integer_value(json_object_get(file, "bytes"));
  char sha256[65] = "";
  uint64_t has = 0;
  if (!path || !wanted || bytes < 0 || !tar_path_is_safe(path))
    return lg_fail(v->ctx, LG_ERR_FORMAT, "a file of the manifest has no path, size or SHA-256, or leads out");
  v->out->n_files++;
  v->out->bytes += (uint64_t)bytes;
  if (v->folder) {
    const lg_status status = hash_in_folder(v, path, &has, sha256);
    if (status != LG_OK) return status;
  } else {
    present *p = find(v, path);
    if (p) {
      p->listed = true, has = p->bytes;
      (void)snprintf(sha256, sizeof sha256, "%s", p->sha256);
    }
  }
  if (!sha256[0]) return differs(v, path, "missing");
  return strcmp(sha256, wanted) != 0 || has != (uint64_t)bytes ? differs(v, path, "changed") : LG_OK;
}

static lg_status check_manifest(verification *v, const char *expected) {
  lg_status status = LG_OK;
  json_error_t error;
  size_t k, j;
  const json_t *item, *file;
  study_checked *c = v->out;
  json_t *m = json_loadb(v->manifest, v->n_manifest, JSON_REJECT_DUPLICATES, &error);
  const char *schema = json_string_value(json_object_get(m, "schema"));
  const json_t *items = json_object_get(m, "items");
  if (!schema || strcmp(schema, STUDY_SCHEMA) != 0 || !json_is_array(items))
    LG_TRY(lg_fail(v->ctx, LG_ERR_FORMAT, "its manifest.json is none of " STUDY_SCHEMA));
  lg_sha256_bytes(v->manifest, v->n_manifest, c->manifest_sha256);
  if (expected && strcmp(expected, c->manifest_sha256) != 0) LG_TRY(differs(v, "manifest.json", "another SHA-256"));
  c->study = json_integer_value(json_object_get(m, "study"));
  c->revision = json_integer_value(json_object_get(m, "revision"));
  const char *name = json_string_value(json_object_get(m, "name"));
  if (!(c->name = lg_strdup(v->ctx, name ? name : ""))) LG_TRY(LG_ERR_MEMORY);
  lg_one_line(c->name);
  json_array_foreach(items, k, item) {
    json_array_foreach(json_object_get(item, "files"), j, file) LG_TRY(check_file(v, file));
  }
done:
  json_decref(m);
  return status;
}

/* README.txt and SHA256SUMS are for people, and no part of what was locked. */
static lg_status check_others(verification *v) {
  static const char *const known[] = {"README.txt", "SHA256SUMS"};
  lg_status status = LG_OK;
  for (size_t k = 0; k < v->n && status == LG_OK; k++) {
    bool ours = v->files[k].listed;
    for (size_t j = 0; j < sizeof known / sizeof known[0]; j++) ours = ours || strcmp(v->files[k].path, known[j]) == 0;
    if (!ours) status = differs(v, v->files[k].path, "not in the manifest");
  }
  return status;
}

/* ---- signatures ---------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static lg_status check_act(verification *v, const json_t *object) {
  char sha256[65];
  study_checked *c = v->out;
  study_signature *s = &c->signatures[c->n_signatures++];
  const char *manifest = json_string_value(json_object_get(object, "manifest_sha256"));
  const study_act a = {.revision = json_integer_value(json_object_get(object, "revision")),
                       .at = json_integer_value(json_object_get(object, "at_ms")),
                       .act = text_of(object, "act"),
                       .by = text_of(object, "by"),
                       .role = text_of(object, "role"),
                       .words = text_of(object, "words"),
                       .manifest_sha256 = manifest,
                       .sha256 = text_of(object, "sha256")};
  lg_status status = study_act_hash(v->ctx, c->study, &a, sha256);
  if (status != LG_OK) return status;
  s->revision = a.revision, s->at = a.at;
  (void)snprintf(s->act, sizeof s->act, "%s", a.act);
  (void)snprintf(s->by, sizeof s->by, "%s", a.by);
  (void)snprintf(s->role, sizeof s->role, "%s", a.role);
  (void)snprintf(s->sha256, sizeof s->sha256, "%s", a.sha256);
  lg_one_line(s->act), lg_one_line(s->by), lg_one_line(s->role);
  if (!(s->words = lg_strdup(v->ctx, a.words))) return LG_ERR_MEMORY;
  lg_one_line(s->words);
  s->good = strcmp(sha256, a.sha256) == 0;
  if (!s->good) return differs(v, "signatures.json", "an act was changed after it was made");
  if (a.revision == c->revision && (!manifest || strcmp(manifest, c->manifest_sha256) != 0)) {
    s->good = false;
    return differs(v, "signatures.json", "an act vouches for another manifest");
  }
  return LG_OK;
}

static lg_status check_signatures(verification *v) {
  lg_status status = LG_OK;
  json_error_t error;
  size_t k;
  const json_t *act;
  bool locked = false;
  study_checked *c = v->out;
  json_t *s = v->signatures ? json_loadb(v->signatures, v->n_signatures, JSON_REJECT_DUPLICATES, &error) : NULL;
  const json_t *acts = json_object_get(s, "acts");
  if (!json_is_array(acts)) {
    LG_TRY(differs(v, "signatures.json", v->signatures ? "cannot be read" : "missing"));
    goto done;
  }
  if (json_array_size(acts) > 0) LG_NEW(v->ctx, c->signatures, json_array_size(acts));
  json_array_foreach(acts, k, act) {
    LG_TRY(check_act(v, act));
    const study_signature *last = &c->signatures[c->n_signatures - 1];
    locked = locked || (last->good && last->revision == c->revision && strcmp(last->act, "lock") == 0);
  }
  if (!locked) LG_TRY(differs(v, "signatures.json", "nobody locked this manifest"));
done:
  json_decref(s);
  return status;
}

/* Rows of the server's audit, each with its own hash. */
static bool is_as_written(const json_t *e) {
  char hash[AUDIT_HASH];
  const audit_row row = {.id = json_integer_value(json_object_get(e, "id")),
                         .at = json_integer_value(json_object_get(e, "at_ms")),
                         .user = json_integer_value(json_object_get(e, "user")),
                         .user_name = json_string_value(json_object_get(e, "by")),
                         .peer = json_string_value(json_object_get(e, "peer")),
                         .action = json_string_value(json_object_get(e, "action")),
                         .object = json_string_value(json_object_get(e, "object")),
                         .detail = json_string_value(json_object_get(e, "detail")),
                         .before = json_string_value(json_object_get(e, "before"))};
  const char *own = json_string_value(json_object_get(e, "hash"));
  audit_row_hash(&row, hash);
  return own && strcmp(own, hash) == 0;
}

static lg_status check_history(verification *v) {
  json_error_t error;
  size_t k;
  const json_t *event;
  lg_status status = LG_OK;
  if (!v->history) return differs(v, "history.json", "missing");
  json_t *h = json_loadb(v->history, v->n_history, JSON_REJECT_DUPLICATES, &error);
  const json_t *events = json_object_get(h, "events");
  if (!json_is_array(events)) status = differs(v, "history.json", "cannot be read");
  json_array_foreach(events, k, event) {
    if (status != LG_OK || is_as_written(event)) continue;
    status = differs(v, "history.json", "a row of the audit was changed");
    break;
  }
  json_decref(h);
  return status;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

/* A folder, or the manifest.json in one; the rest is an archive. */
static lg_status read_path(verification *v, const char *path) {
  char own[4096];
  struct stat about;
  lg_status status = LG_OK;
  if (stat(path, &about) != 0) return lg_fail(v->ctx, LG_ERR_IO, "cannot be read: %s", strerror(errno));
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  const bool inside_one = strcmp(base, "manifest.json") == 0;
  if (!S_ISDIR(about.st_mode) && !inside_one) return open_archive(v, path);
  if (S_ISDIR(about.st_mode)) (void)snprintf(own, sizeof own, "%s", path);
  else (void)snprintf(own, sizeof own, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
  if (!(v->folder = lg_strdup(v->ctx, own))) return LG_ERR_MEMORY;
  LG_TRY(read_text(v, "manifest.json", &v->manifest, &v->n_manifest));
  if (read_text(v, "signatures.json", &v->signatures, &v->n_signatures) != LG_OK) v->signatures = NULL;
  if (read_text(v, "history.json", &v->history, &v->n_history) != LG_OK) v->history = NULL;
done:
  return status;
}

static lg_status check_all(verification *v, const char *expected) {
  lg_status status = LG_OK;
  if (!v->manifest) LG_TRY(lg_fail(v->ctx, LG_ERR_FORMAT, "there is no manifest.json in it: no exported study"));
  LG_TRY(check_manifest(v, expected));
  if (!v->folder) LG_TRY(check_others(v));
  LG_TRY(check_signatures(v));
  LG_TRY(check_history(v));
done:
  return status;
}

static lg_status verify(lg_ctx *ctx, const char *path, FILE *stream, const char *expected, study_checked *out) {
  verification v = {.ctx = ctx, .out = out};
  *out = (study_checked){0};
  lg_status status = path ? read_path(&v, path) : read_archive(&v, stream);
  if (status == LG_OK) status = check_all(&v, expected);
  for (size_t k = 0; k < v.n; k++) lg_free(ctx, v.files[k].path);
  lg_free(ctx, v.files);
  lg_free(ctx, v.folder);
  lg_free(ctx, v.manifest);
  lg_free(ctx, v.signatures);
  lg_free(ctx, v.history);
  if (status != LG_OK) study_checked_forget(ctx, out);
  return status;
}

lg_status study_verify(lg_ctx *ctx, const char *path, const char *manifest_sha256, study_checked *out) {
  return verify(ctx, path, NULL, manifest_sha256, out);
}

lg_status study_verify_stream(lg_ctx *ctx, FILE *archive, const char *manifest_sha256, study_checked *out) {
  return verify(ctx, NULL, archive, manifest_sha256, out);
}

void study_checked_forget(lg_ctx *ctx, study_checked *c) {
  for (size_t k = 0; k < c->n_differences; k++) lg_free(ctx, c->differences[k].path);
  for (size_t k = 0; k < c->n_signatures; k++) lg_free(ctx, c->signatures[k].words);
  lg_free(ctx, c->differences);
  lg_free(ctx, c->signatures);
  lg_free(ctx, c->name);
  *c = (study_checked){0};
}
