#include "twin/model_file.h"

#include "io/json_read.h"
#include "twin/channels_file.h"

#include <math.h>
#include <string.h>

/* Names in files that stand for a field of the table under "modifiers". */
typedef struct alias {
  const char *name, *field;
} alias;

static const alias modifiers[] = {
    {"gNa_scale", "gNa_scale"},   {"gK_scale", "gK_scale"},
    {"gM_scale", "gM_scale"},     {"p_shift_mV", "p_shift"},
    {"gGABA_nS", "gGABA"},        {"EGABA_mV", "EGABA"},
    {"h_shift_mV", "h_shift"},    {"gGIRK_nS", "gGIRK"},
    {"rate_scale", "rate_scale"}, {"block_one_site", "block_one_site"},
};

/* The first four must be given. */
static const alias block[] = {
    {"kon_per_uM_ms", "block_kon"}, {"K_inactivated_uM", "block_K_inactivated"},
    {"K_rest_uM", "block_K_rest"},  {"dose_uM", "block_dose"},
    {"slow", "block_slow"},
};

static const alias block2[] = {
    {"kon_per_uM_ms", "block2_kon"}, {"K_inactivated_uM", "block2_K_inactivated"},
    {"K_rest_uM", "block2_K_rest"},  {"dose_uM", "block2_dose"},
    {"slow", "block2_slow"},
};

static const alias nmda_block[] = {
    {"dose_uM", "NMDA_block_dose"}, {"K0_uM", "NMDA_block_K0"}, {"z_delta", "NMDA_block_zdelta"}};

/* Modifiers that are an object of their own. */
static const struct inner {
  const char *name;
  const alias *keys;
  size_t n_keys, n_required;
} inners[] = {
    {"na_state_block", block, 5, 4},
    {"na_state_block_2", block2, 5, 4},
    {"nmda_block", nmda_block, 3, 3},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A number, or {"value": number, …} as twins have it; the given unit must be the table's. */
static lg_status read_value(lg_ctx *ctx, const lg_json_at *at, const char *unit, double *x) {
  const char *given;
  if (!lg_json_is_object(at)) return lg_json_get_number(ctx, at, "", unit, x);
  lg_status status = lg_json_get_text_or(ctx, at, "unit", NULL, &given);
  if (status != LG_OK) return status;
  if (given && unit && strcmp(given, unit) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.unit: '%s'; the unit of this value is %s", at->file, at->path, given,
                   unit);
  return lg_json_get_number(ctx, at, "value", unit, x);
}

static lg_status set_field(lg_ctx *ctx, const lg_json_at *at, size_t field, lg_neuron *neuron) {
  const lg_field *f = &neuron->info->fields[field];
  double x;
  if (json_is_null(at->value) && isnan(f->default_value)) return LG_OK; /* null: not given */
  lg_status status = read_value(ctx, at, f->unit, &x);
  if (status != LG_OK) return status;
  status = lg_neuron_set(ctx, neuron, f->name, x);
  return status == LG_OK ? status : lg_fail_prefix(ctx, status, "%s: %s: ", at->file, at->path);
}

/* Whether another variant of the model has that field. */
static bool other_variant_has(const lg_model_info *info, const char *name) {
  size_t n;
  const lg_model_info *const *rows = lg_neuron_models(&n);
  for (size_t k = 0; k < n; k++)
    if (strcmp(rows[k]->model, info->model) == 0 && lg_model_field(rows[k], name) != SIZE_MAX) return true;
  return false;
}

static lg_status unknown_parameter(lg_ctx *ctx, const lg_json_at *at, const char *name, const lg_model_info *info) {
  char list[512] = "";
  for (size_t k = 0; k < info->n_fields; k++) {
    const size_t used = strlen(list);
    (void)snprintf(list + used, sizeof list - used, "%s%s", k > 0 ? ", " : "", info->fields[k].name);
  }
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: parameters.%s: %s%s%s has no such parameter; it has %s", at->file, name,
                 info->model, info->variant[0] ? "/" : "", info->variant, list);
}

/* "parameters", or what a twin holds fixed beside them. */
static lg_status read_parameters(lg_ctx *ctx, const lg_json_at *root, const char *key, lg_neuron *neuron) {
  lg_json_at object, item;
  if (!lg_json_has(root, key)) return LG_OK;
  lg_status status = lg_json_get_object(ctx, root, key, &object);
  if (status != LG_OK) return status;
  void *iter = json_object_iter((json_t *)(uintptr_t)object.value);
  for (; iter; iter = json_object_iter_next((json_t *)(uintptr_t)object.value, iter)) {
    const char *name = json_object_iter_key(iter);
    const size_t field = lg_model_field(neuron->info, name);
    if (field == SIZE_MAX && !other_variant_has(neuron->info, name))
      return unknown_parameter(ctx, &object, name, neuron->info);
    if (field == SIZE_MAX) {
      lg_log(ctx, LG_LEVEL_WARNING, "%s: %s.%s is not used by %s/%s", object.file, key, name, neuron->info->model,
             neuron->info->variant);
      continue;
    }
    status = lg_json_get_key(ctx, &object, name, &item);
    if (status == LG_OK) status = set_field(ctx, &item, field, neuron);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status read_aliases(lg_ctx *ctx, const lg_json_at *object, const alias *names, size_t n, lg_neuron *neuron) {
  lg_json_at item;
  for (size_t k = 0; k < n; k++) {
    if (!lg_json_has(object, names[k].name)) continue;
    const size_t field = lg_model_field(neuron->info, names[k].field);
    lg_status status = lg_json_get_key(ctx, object, names[k].name, &item);
    if (status == LG_OK) status = set_field(ctx, &item, field, neuron);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status read_inner(lg_ctx *ctx, const lg_json_at *modifiers_at, const struct inner *what, lg_neuron *neuron) {
  lg_status status = LG_OK;
  const char *keys[8];
  lg_json_at object, item;
  if (!lg_json_has(modifiers_at, what->name)) return LG_OK;
  LG_TRY(lg_json_get_object(ctx, modifiers_at, what->name, &object));
  for (size_t k = 0; k < what->n_keys; k++) keys[k] = what->keys[k].name;
  LG_TRY(lg_json_only_keys(ctx, &object, keys, what->n_keys));
  for (size_t k = 0; k < what->n_required; k++) LG_TRY(lg_json_get_key(ctx, &object, keys[k], &item));
  LG_TRY(read_aliases(ctx, &object, what->keys, what->n_keys, neuron));
done:
  return status;
}

static lg_status read_modifiers(lg_ctx *ctx, const lg_json_at *root, lg_neuron *neuron) {
  const char *keys[COUNT(modifiers) + COUNT(inners)];
  lg_status status = LG_OK;
  lg_json_at object;
  if (!lg_json_has(root, "modifiers")) return LG_OK;
  LG_TRY(lg_json_get_object(ctx, root, "modifiers", &object));
  if (json_object_size(object.value) == 0) return LG_OK;
  if (strcmp(neuron->info->model, "tm") != 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: modifiers: only the model tm has modifiers, not %s", object.file,
                   neuron->info->model);
  for (size_t k = 0; k < COUNT(modifiers); k++) keys[k] = modifiers[k].name;
  for (size_t k = 0; k < COUNT(inners); k++) keys[COUNT(modifiers) + k] = inners[k].name;
  LG_TRY(lg_json_only_keys(ctx, &object, keys, COUNT(keys)));
  LG_TRY(read_aliases(ctx, &object, modifiers, COUNT(modifiers), neuron));
  for (size_t k = 0; k < COUNT(inners); k++) LG_TRY(read_inner(ctx, &object, &inners[k], neuron));
done:
  return status;
}

/* "v_mV" may be written "v" or "V", "u_pA" "u". */
static bool names_state(const char *key, const char *state) {
  const size_t stem = strcspn(state, "_");
  if (strcmp(key, state) == 0) return true;
  if ((strcmp(state, "v_mV") == 0 || strcmp(state, "u_pA") == 0) && strlen(key) == stem)
    return strncmp(key, state, stem) == 0 || (strcmp(key, "V") == 0 && state[0] == 'v');
  return strcmp(key, "V_mV") == 0 && strcmp(state, "v_mV") == 0;
}

static lg_status read_initial(lg_ctx *ctx, const lg_json_at *root, lg_neuron *neuron) {
  lg_json_at object, item;
  if (!lg_json_has(root, "initial")) return LG_OK;
  lg_status status = lg_json_get_object(ctx, root, "initial", &object);
  if (status != LG_OK) return status;
  void *iter = json_object_iter((json_t *)(uintptr_t)object.value);
  for (; iter; iter = json_object_iter_next((json_t *)(uintptr_t)object.value, iter)) {
    const char *name = json_object_iter_key(iter);
    size_t k = 0;
    while (k < neuron->info->n_states && !names_state(name, neuron->info->states[k])) k++;
    if (k == neuron->info->n_states)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: initial.%s: %s has no such state; its first states are %s and %s",
                     object.file, name, neuron->info->model, neuron->info->states[0], neuron->info->states[1]);
    status = lg_json_get_key(ctx, &object, name, &item);
    if (status == LG_OK) status = read_value(ctx, &item, NULL, &neuron->initial[k]);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* "variant": "2003": a, b, c, d and vpeak (30) of the form of 2003, mapped exactly. */
static lg_status read_2003(lg_ctx *ctx, const lg_json_at *root, lg_neuron *neuron) {
  static const char *const names[] = {"a", "b", "c", "d", "vpeak"};
  double x[5] = {0.02, 0.2, -65.0, 8.0, 30.0};
  lg_status status = LG_OK;
  lg_json_at object, item;
  LG_TRY(lg_json_get_object(ctx, root, "parameters", &object));
  LG_TRY(lg_json_only_keys(ctx, &object, names, COUNT(names)));
  for (size_t k = 0; k < COUNT(names); k++) {
    if (!lg_json_has(&object, names[k])) continue;
    LG_TRY(lg_json_get_key(ctx, &object, names[k], &item));
    LG_TRY(read_value(ctx, &item, NULL, &x[k]));
  }
  status = lg_neuron_from_izhikevich_2003(ctx, x[0], x[1], x[2], x[3], x[4], neuron);
  if (status != LG_OK) return lg_fail_prefix(ctx, status, "%s: parameters: ", root->file);
done:
  return status;
}

/* Networks as channels: they live longer than the neuron, so who asks must take them. */
static lg_status read_channels(lg_ctx *ctx, const lg_json_at *root, const char *folder, lg_neuron *out,
                               lg_channels **channels) {
  lg_status status = LG_OK;
  if (!channels)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "%s: model: neurons whose channels are networks are simulated (loligo neuron simulate); this does "
                   "not take them",
                   root->file);
  LG_TRY(lg_channels_read(ctx, root, folder, channels));
  lg_channels_neuron(*channels, out);
  LG_TRY(read_parameters(ctx, root, "parameters", out));
  LG_TRY(read_initial(ctx, root, out));
  status = lg_neuron_check(ctx, out);
  if (status != LG_OK) status = lg_fail_prefix(ctx, status, "%s: ", root->file);
done:
  return status;
}

static lg_status read_model(lg_ctx *ctx, const lg_json_at *root, const char *folder, lg_neuron *out,
                            lg_channels **channels) {
  lg_status status = LG_OK;
  const char *model, *variant;
  lg_json_at none;
  LG_TRY(lg_json_get_object(ctx, root, "", &none));
  LG_TRY(lg_json_get_text(ctx, root, "model", &model));
  LG_TRY(lg_json_get_text_or(ctx, root, "variant", "", &variant));
  if (strcmp(model, "channels") == 0) return read_channels(ctx, root, folder, out, channels);
  const bool old_form = strcmp(model, "izhikevich") == 0 && strcmp(variant, "2003") == 0;
  if (old_form) LG_TRY(read_2003(ctx, root, out));
  else {
    status = lg_neuron_init(ctx, model, variant, out);
    if (status != LG_OK) return lg_fail_prefix(ctx, LG_ERR_FORMAT, "%s: ", root->file);
    LG_TRY(read_parameters(ctx, root, "parameters", out));
    LG_TRY(read_parameters(ctx, root, "fixed_parameters", out));
    LG_TRY(read_modifiers(ctx, root, out));
  }
  LG_TRY(read_initial(ctx, root, out));
  /* The recovery variable of 2003 is that of 2007 plus b vr. */
  if (old_form && !isnan(out->initial[1])) out->initial[1] -= lg_neuron_get(out, "b") * lg_neuron_get(out, "vr");
  status = lg_neuron_check(ctx, out);
  if (status != LG_OK) return lg_fail_prefix(ctx, status, "%s: ", root->file);
done:
  return status;
}

static lg_status read_document(lg_ctx *ctx, lg_json_doc *doc, const char *folder, lg_neuron *out,
                               lg_channels **channels) {
  const lg_json_at root = lg_json_root(doc);
  const lg_status status = read_model(ctx, &root, folder, out, channels);
  lg_json_doc_destroy(ctx, doc);
  if (status != LG_OK && channels) {
    lg_channels_destroy(ctx, *channels);
    *channels = NULL;
  }
  return status;
}

lg_status lg_neuron_load(lg_ctx *ctx, const char *path, lg_neuron *out) {
  lg_json_doc *doc = NULL;
  const lg_status status = lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc);
  return status == LG_OK ? read_document(ctx, doc, "", out, NULL) : status;
}

lg_status lg_neuron_load_channels(lg_ctx *ctx, const char *path, lg_neuron *out, lg_channels **channels) {
  lg_json_doc *doc = NULL;
  *channels = NULL;
  lg_status status = lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc);
  if (status != LG_OK) return status;
  char *folder = lg_folder_of(ctx, path);
  if (folder) status = read_document(ctx, doc, folder, out, channels);
  else {
    status = LG_ERR_MEMORY;
    lg_json_doc_destroy(ctx, doc);
  }
  lg_free(ctx, folder);
  return status;
}

lg_status lg_neuron_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_neuron *out) {
  lg_json_doc *doc = NULL;
  const lg_status status = lg_json_parse(ctx, name, bytes, n, LG_JSON_COMMENTS, &doc);
  return status == LG_OK ? read_document(ctx, doc, "", out, NULL) : status;
}

void lg_neuron_write_json(const lg_neuron *neuron, lg_json *w) {
  const lg_model_info *info = neuron->info;
  bool given = false;
  lg_json_object(w);
  lg_json_key_text(w, "model", info->model);
  if (info->variant[0]) lg_json_key_text(w, "variant", info->variant);
  lg_json_key(w, "parameters");
  lg_json_object(w);
  for (size_t k = 0; k < info->n_fields; k++) lg_json_key_number(w, info->fields[k].name, neuron->value[k]);
  lg_json_end_object(w);
  for (size_t k = 0; k < info->n_states; k++) given = given || !isnan(neuron->initial[k]);
  if (given) {
    lg_json_key(w, "initial");
    lg_json_object(w);
    for (size_t k = 0; k < info->n_states; k++)
      if (!isnan(neuron->initial[k])) lg_json_key_number(w, info->states[k], neuron->initial[k]);
    lg_json_end_object(w);
  }
  lg_json_end_object(w);
}
