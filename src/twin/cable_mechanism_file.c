/* Mechanisms of the user: files named in a case. */
#include "twin/cable_mechanism_file.h"

#include <string.h>

enum { MAX_FILES = 200, MAX_BYTES = 1 << 20 };

lg_status lg_cable_mechanism_load(lg_ctx *ctx, const char *path, cable_nmodl **out) {
  unsigned char *bytes = NULL;
  size_t n;
  lg_status status = lg_file_read(ctx, path, MAX_BYTES, &bytes, &n);
  if (status == LG_OK) status = lg_cable_nmodl_compile(ctx, path, (const char *)bytes, n, out);
  lg_free(ctx, bytes);
  return status;
}

static const cable_mechanism *own_mechanism(const cable_model *model, const char *name) {
  for (size_t k = 0; k < model->n_own_mechanisms; k++) {
    const cable_mechanism *own = lg_cable_nmodl_mechanism(model->own_mechanisms[k]);
    if (strcmp(own->name, name) == 0) return own;
  }
  return NULL;
}

const cable_mechanism *lg_cable_model_mechanism(const cable_model *model, const char *name) {
  const cable_mechanism *own = own_mechanism(model, name);
  return own ? own : lg_cable_mechanism_find(name);
}

static char *beside(lg_ctx *ctx, const char *folder, const char *name) {
  const bool alone = name[0] == '/' || !folder || !*folder;
  const size_t n = strlen(name) + (alone ? 0 : strlen(folder) + 1) + 1;
  char *path = lg_alloc(ctx, n, 1);
  if (path) (void)snprintf(path, n, "%s%s%s", alone ? "" : folder, alone ? "" : "/", name);
  return path;
}

static lg_status load_one(lg_ctx *ctx, const lg_json_at *item, const char *folder, cable_model *model) {
  const char *name;
  char *path = NULL;
  cable_nmodl *m = NULL;
  lg_status status;
  LG_TRY(lg_json_get_text(ctx, item, "", &name));
  path = beside(ctx, folder, name);
  if (!path) return LG_ERR_MEMORY;
  status = lg_cable_mechanism_load(ctx, path, &m);
  if (status != LG_OK) {
    status = lg_fail_prefix(ctx, status, "%s: %s: ", item->file, item->path);
    goto done;
  }
  const cable_mechanism *kind = lg_cable_nmodl_mechanism(m);
  if (own_mechanism(model, kind->name)) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: a second mechanism \"%s\"", item->file, item->path, kind->name);
    lg_cable_nmodl_destroy(ctx, m);
    goto done;
  }
  model->own_mechanisms[model->n_own_mechanisms++] = m;
done:
  lg_free(ctx, path);
  return status;
}

lg_status lg_cable_read_mechanism_files(lg_ctx *ctx, const lg_json_at *root, const char *folder, cable_model *model) {
  lg_json_at list;
  size_t n;
  lg_status status;
  if (!lg_json_has(root, "mechanism_files")) return LG_OK;
  LG_TRY(lg_json_get_array(ctx, root, "mechanism_files", &list, &n));
  if (n > MAX_FILES)
    return lg_fail(ctx, LG_ERR_LIMIT, "%s: mechanism_files: %zu files; allowed are %d", root->file, n, MAX_FILES);
  LG_NEW(ctx, model->own_mechanisms, n + 1);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    LG_TRY(load_one(ctx, &item, folder, model));
  }
done:
  return status;
}
