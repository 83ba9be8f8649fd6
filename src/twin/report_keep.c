#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_keep.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct lg_kept {
  struct lg_kept *next;
  void *data;
};

void *lg_keep(lg_ctx *ctx, lg_keeper *r, size_t n, size_t size) {
  struct lg_kept *b = lg_alloc(ctx, 1, sizeof *b);
  if (!b) return NULL;
  b->data = lg_alloc(ctx, n > 0 ? n : 1, size);
  if (!b->data) {
    lg_free(ctx, b);
    return NULL;
  }
  b->next = r->blocks;
  r->blocks = b;
  return b->data;
}

void lg_keeper_destroy(lg_ctx *ctx, lg_keeper *r) {
  while (r->blocks) {
    struct lg_kept *b = r->blocks;
    r->blocks = b->next;
    lg_free(ctx, b->data);
    lg_free(ctx, b);
  }
}

lg_status lg_keep_texts(lg_ctx *ctx, lg_keeper *r, const lg_json_at *root, const char *key, const char *const **to,
                        size_t *n) {
  lg_status status = LG_OK;
  lg_json_at list;
  const char **kept = NULL;
  LG_TRY(lg_json_get_array(ctx, root, key, &list, n));
  LG_KEEP(ctx, r, kept, *n);
  for (size_t k = 0; k < *n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    LG_TRY(lg_json_get_text(ctx, &item, "", &kept[k]));
  }
  *to = kept;
done:
  return status;
}

lg_status lg_keep_numbers(lg_ctx *ctx, lg_keeper *r, const lg_json_at *root, const char *key, size_t expected,
                          bool optional, const double **to) {
  lg_status status = LG_OK;
  double *x = NULL, *kept = NULL;
  size_t n = 0;
  LG_TRY(lg_json_get_numbers(ctx, root, key, NULL, &x, &n));
  if (optional && n == 0) goto done;
  if (n != expected) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: %zu numbers, %zu expected", root->file, key, n, expected);
    goto done;
  }
  LG_KEEP(ctx, r, kept, n);
  if (n > 0) memcpy(kept, x, n * sizeof *x);
  *to = kept;
done:
  lg_free(ctx, x);
  return status;
}

lg_status lg_keep_records(lg_ctx *ctx, lg_keeper *r, const lg_json_at *root, const char *key, const lg_record *record,
                          void *to, size_t *n) {
  lg_json_at list;
  lg_status status = lg_json_get_array(ctx, root, key, &list, n);
  if (status != LG_OK) return status;
  char *kept = lg_keep(ctx, r, *n, record->bytes);
  if (!kept) return LG_ERR_MEMORY;
  for (size_t k = 0; k < *n && status == LG_OK; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    status = lg_record_get(ctx, &at, record, kept + k * record->bytes);
  }
  memcpy(to, &kept, sizeof kept);
  return status;
}

lg_status lg_report_lay_out(lg_ctx *ctx, const char *text, char **out) {
  lg_json_doc *doc = NULL;
  *out = NULL;
  if (!text || !text[0]) return LG_OK;
  const lg_status status = lg_json_parse(ctx, "provenance", text, strlen(text), LG_JSON_STRICT, &doc);
  if (status != LG_OK) return status;
  *out = json_dumps(lg_json_root(doc).value, JSON_INDENT(2));
  lg_json_doc_destroy(ctx, doc);
  return *out ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "no memory for the provenance");
}

lg_status lg_report_read_provenance(lg_ctx *ctx, const lg_json_at *root, char **out) {
  lg_json_at at;
  *out = NULL;
  if (!lg_json_has(root, "provenance")) return LG_OK;
  const lg_status status = lg_json_get_object(ctx, root, "provenance", &at);
  if (status != LG_OK) return status;
  *out = json_dumps(at.value, JSON_INDENT(2));
  return *out ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "no memory for the provenance");
}

lg_status lg_folder_file(lg_ctx *ctx, const char *path, const char *name, char *buffer, size_t bytes) {
  struct stat info;
  if (strlen(path) + strlen(name) + 2 > bytes) return lg_fail(ctx, LG_ERR_ARGUMENT, "the path is too long");
  if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) (void)snprintf(buffer, bytes, "%s/%s", path, name);
  else (void)snprintf(buffer, bytes, "%s", path);
  return LG_OK;
}

/* ---- the document ------------------------------------------------------------------------------------- */

static lg_status check_run(lg_ctx *ctx, const lg_kept_kind *kind, const char *name, lg_kept_run *run) {
  const lg_json_at root = lg_json_root(run->doc);
  const char *schema = NULL;
  const lg_status status = lg_json_get_text(ctx, &root, "schema", &schema);
  if (status != LG_OK) return status;
  if (strcmp(schema, kind->schema) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: schema is '%s'; a run of the %s command has '%s'", name, schema,
                   kind->command, kind->schema);
  return lg_report_read_provenance(ctx, &root, &run->provenance);
}

lg_status lg_kept_run_parse(lg_ctx *ctx, const lg_kept_kind *kind, const char *name, const void *bytes, size_t n,
                            lg_kept_run *run) {
  const lg_status status = lg_json_parse(ctx, name, bytes, n, LG_JSON_STRICT, &run->doc);
  return status == LG_OK ? check_run(ctx, kind, name, run) : status;
}

lg_status lg_kept_run_load(lg_ctx *ctx, const lg_kept_kind *kind, const char *path, lg_kept_run *run) {
  char file[4096];
  lg_status status = lg_folder_file(ctx, path, kind->file, file, sizeof file);
  if (status == LG_OK) status = lg_json_load(ctx, file, LG_JSON_STRICT, (size_t)1 << 30, &run->doc);
  return status == LG_OK ? check_run(ctx, kind, file, run) : status;
}

void lg_kept_run_clear(lg_ctx *ctx, lg_kept_run *run) {
  lg_keeper_destroy(ctx, &run->keeper);
  lg_json_doc_destroy(ctx, run->doc);
  free(run->provenance);
  *run = (lg_kept_run){.doc = NULL};
}
