/* Mechanisms of the user: files named in a case. */
#include "twin/cable_mechanism_file.h"

#include "cable/mechanism_net.h"
#include "twin/gate_file.h"

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
  const cable_mechanism *own;
  for (size_t k = 0; (own = lg_cable_model_own(model, k)) != NULL; k++)
    if (strcmp(own->name, name) == 0) return own;
  return NULL;
}

static bool is_network(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot && strcmp(dot, ".safetensors") == 0;
}

/* The name of a network in a model: that of its file without folder and ending; false where that is none. */
static bool stem(const char *path, char name[CABLE_NAME_BYTES]) {
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
  const size_t n = (size_t)(dot - base);
  if (n == 0 || n >= CABLE_NAME_BYTES) return false;
  (void)snprintf(name, CABLE_NAME_BYTES, "%.*s", (int)n, base);
  return true;
}

const cable_mechanism *lg_cable_model_mechanism(const cable_model *model, const char *name) {
  char short_name[CABLE_NAME_BYTES];
  const cable_mechanism *own = own_mechanism(model, name);
  if (own) return own;
  if (model->membrane && strcmp(model->membrane->name, name) == 0) return model->membrane;
  if (is_network(name)) return stem(name, short_name) ? own_mechanism(model, short_name) : NULL;
  return lg_cable_mechanism_find(name);
}

static char *beside(lg_ctx *ctx, const char *folder, const char *name) {
  const bool alone = name[0] == '/' || !folder || !*folder;
  const size_t n = strlen(name) + (alone ? 0 : strlen(folder) + 1) + 1;
  char *path = lg_alloc(ctx, n, 1);
  if (path) (void)snprintf(path, n, "%s%s%s", alone ? "" : folder, alone ? "" : "/", name);
  return path;
}

static lg_status load_network(lg_ctx *ctx, const char *path, const char *name, cable_model *model) {
  lg_gate_net *net = NULL;
  lg_status status = LG_OK;
  if (model->n_nets == MAX_FILES) return lg_fail(ctx, LG_ERR_LIMIT, "more than %d networks of channels", MAX_FILES);
  if (!model->nets) LG_NEW(ctx, model->nets, MAX_FILES);
  LG_TRY(lg_gate_net_load(ctx, path, &net));
  status = lg_cable_net_create(ctx, name, path, net, &model->nets[model->n_nets]);
  if (status != LG_OK) {
    lg_gate_net_destroy(ctx, net);
    return lg_fail_prefix(ctx, status, "%s: ", path);
  }
  model->n_nets++;
done:
  return status;
}

static lg_status load_nmodl(lg_ctx *ctx, const char *path, cable_model *model) {
  cable_nmodl *m = NULL;
  const lg_status status = lg_cable_mechanism_load(ctx, path, &m);
  if (status != LG_OK) return status;
  const cable_mechanism *kind = lg_cable_nmodl_mechanism(m);
  if (!own_mechanism(model, kind->name)) {
    model->own_mechanisms[model->n_own_mechanisms++] = m;
    return LG_OK;
  }
  const lg_status twice = lg_fail(ctx, LG_ERR_FORMAT, "a second mechanism \"%s\"", kind->name);
  lg_cable_nmodl_destroy(ctx, m);
  return twice;
}

static lg_status load_one(lg_ctx *ctx, const lg_json_at *item, const char *folder, const char *file,
                          cable_model *model) {
  char name[CABLE_NAME_BYTES];
  char *path = beside(ctx, folder, file);
  lg_status status = path ? LG_OK : LG_ERR_MEMORY;
  if (status != LG_OK) return status;
  if (!is_network(file)) status = load_nmodl(ctx, path, model);
  else if (!stem(file, name))
    status = lg_fail(ctx, LG_ERR_RANGE, "a network's file has a name of 1 to %d bytes", CABLE_NAME_BYTES - 1);
  else if (own_mechanism(model, name)) status = lg_fail(ctx, LG_ERR_FORMAT, "a second mechanism \"%s\"", name);
  else status = load_network(ctx, path, name, model);
  lg_free(ctx, path);
  return status == LG_OK ? LG_OK : lg_fail_prefix(ctx, status, "%s: %s: ", item->file, item->path);
}

/* Networks that a region calls by their file: "mechanisms": {"na.safetensors": {"gmax_S_cm2": 0.12}}. */
static lg_status read_called_by_file(lg_ctx *ctx, const lg_json_at *root, const char *folder, cable_model *model) {
  lg_status status = LG_OK;
  lg_json_at list, object, uses;
  const char *name;
  size_t n;
  if (!lg_json_has(root, "regions")) return LG_OK;
  LG_TRY(lg_json_get_array(ctx, root, "regions", &list, &n));
  for (size_t r = 0; r < n; r++) {
    const lg_json_at at = lg_json_item(&list, r);
    LG_TRY(lg_json_get_object(ctx, &at, "", &object));
    if (!lg_json_has(&object, "mechanisms")) continue;
    LG_TRY(lg_json_get_object(ctx, &object, "mechanisms", &uses));
    for (size_t k = 0; (name = lg_json_key_at(&uses, k)) != NULL; k++)
      if (is_network(name) && !lg_cable_model_mechanism(model, name)) LG_TRY(load_one(ctx, &uses, folder, name, model));
  }
done:
  return status;
}

static lg_status read_named_files(lg_ctx *ctx, const lg_json_at *root, const char *folder, cable_model *model) {
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
    const char *file;
    LG_TRY(lg_json_get_text(ctx, &item, "", &file));
    LG_TRY(load_one(ctx, &item, folder, file, model));
  }
done:
  return status;
}

lg_status lg_cable_read_mechanism_files(lg_ctx *ctx, const lg_json_at *root, const char *folder, cable_model *model) {
  const lg_status status = read_named_files(ctx, root, folder, model);
  return status == LG_OK ? read_called_by_file(ctx, root, folder, model) : status;
}
