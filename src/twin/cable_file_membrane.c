/* Mechanisms, and the regions that have them. */
#include "twin/cable_file_internal.h"
#include "twin/cable_mechanism_file.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- mechanisms ------------------------------------------------------------------------------------ */

static const char *sort_in_words(cable_mechanism_sort sort) {
  return sort == CABLE_DENSITY ? "a channel or pool of a region"
         : sort == CABLE_POINT ? "a point process"
                               : "a membrane";
}

lg_status lg_cable_read_mechanism(lg_ctx *ctx, const lg_json_at *at, const char *name, const cable_model *model,
                                  const cable_mechanism **out) {
  const char *names[256];
  size_t n, n_names = 0;
  *out = lg_cable_model_mechanism(model, name);
  if (*out) return LG_OK;
  for (const cable_mechanism *own; n_names < 100 && (own = lg_cable_model_own(model, n_names)) != NULL; n_names++)
    names[n_names] = own->name;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  for (size_t k = 0; k < n && n_names < COUNT(names); k++) names[n_names++] = all[k]->name;
  const char *near = lg_nearest(name, names, n_names);
  char list[600] = "";
  for (size_t k = 0; k < n_names && !near; k++) {
    const size_t used = strlen(list);
    (void)snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", names[k]);
  }
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: there is no mechanism \"%.40s\"; %s %s", at->file, at->path, name,
                 near ? "did you mean" : "there are", near ? near : list);
}

static lg_status check_parameter_names(lg_ctx *ctx, const lg_json_at *object, const cable_mechanism *m) {
  const char *key, *names[128];
  const size_t n = m->n_parameters < COUNT(names) ? m->n_parameters : COUNT(names);
  for (size_t k = 0; k < n; k++) names[k] = m->parameters[k].name;
  for (size_t k = 0; (key = lg_json_key_at(object, k)) != NULL; k++) {
    size_t j = 0;
    while (j < n && strcmp(names[j], key) != 0) j++;
    if (j < n) continue;
    const char *near = lg_nearest(key, names, n);
    char list[400] = "";
    for (size_t x = 0; x < n && !near; x++) {
      const size_t used = strlen(list);
      (void)snprintf(list + used, sizeof list - used, "%s%s", x ? ", " : "", names[x]);
    }
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.%.40s: %s has no such parameter; %s %s", object->file, object->path, key,
                   m->name,
                   near ? "did you mean"
                   : n  ? "it has"
                        : "it has none",
                   near ? near : list);
  }
  return LG_OK;
}

lg_status lg_cable_read_values(lg_ctx *ctx, const lg_json_at *object, const cable_mechanism *m, cable_use *use) {
  lg_status status = LG_OK;
  use->mechanism = m;
  LG_NEW(ctx, use->values, m->n_parameters + 1);
  if (object) LG_TRY(check_parameter_names(ctx, object, m));
  for (size_t k = 0; k < m->n_parameters; k++) {
    const lg_field *f = &m->parameters[k];
    lg_json_at item;
    use->values[k] = f->default_value;
    if (object && json_object_get(object->value, f->name)) {
      LG_TRY(lg_json_get_key(ctx, object, f->name, &item));
      if (lg_json_is_object(&item)) LG_TRY(lg_cable_read_distribution(ctx, &item, k, use));
      else LG_TRY(lg_json_get_number_in(ctx, &item, "", f->unit, f->low, f->high, &use->values[k]));
    } else if (isnan(f->default_value)) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: %s of %s is missing (%s)", object ? object->file : "",
                       object ? object->path : "", f->name, m->name, f->unit);
      goto done;
    }
  }
done:
  return status;
}

/* ---- regions --------------------------------------------------------------------------------------- */

static lg_status read_type(lg_ctx *ctx, const lg_json_at *at, int *type) {
  static const char *const names[] = {"undefined", "soma", "axon", "basal", "apical"};
  int64_t number;
  if (lg_json_is_text(at)) {
    for (size_t k = 0; k < COUNT(names); k++)
      if (strcmp(names[k], json_string_value(at->value)) == 0) {
        *type = (int)k;
        return LG_OK;
      }
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: \"%.40s\" is no type; soma, axon, basal, apical or an SWC number",
                   at->file, at->path, json_string_value(at->value));
  }
  const lg_status status = lg_json_get_integer(ctx, at, "", 0, 1000, &number);
  *type = (int)number;
  return status;
}

static lg_status read_types(lg_ctx *ctx, const lg_json_at *at, cable_region *r) {
  lg_json_at list;
  size_t n;
  lg_status status = LG_OK;
  const json_t *types = json_object_get(at->value, "types");
  if (json_is_string(types) && strcmp(json_string_value(types), "all") == 0) {
    r->all_types = true;
    return LG_OK;
  }
  LG_TRY(lg_json_get_array(ctx, at, "types", &list, &n));
  if (n == 0 || n > CABLE_MAX_TYPES) {
    status = lg_fail(ctx, LG_ERR_RANGE, "%s: %s: %zu types; allowed are 1 … %d, or \"all\"", at->file, list.path, n,
                     (int)CABLE_MAX_TYPES);
    goto done;
  }
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    LG_TRY(read_type(ctx, &item, &r->types[r->n_types++]));
  }
done:
  return status;
}

/* The ion of "eca" (part 'e'), "cai" or "cao": na, k, ca or one that a mechanism of the user has. */
static bool names_ion(const char *key, bool reversal, const cable_model *model, char name[16], char *part) {
  static const char *const known[] = {"na", "k", "ca"};
  const size_t n = strlen(key);
  if (n < 2 || n > 16) return false;
  *part = reversal ? key[0] : key[n - 1];
  if (reversal ? *part != 'e' : *part != 'i' && *part != 'o') return false;
  (void)snprintf(name, 16, "%.*s", (int)(n - 1), reversal ? key + 1 : key);
  for (size_t k = 0; k < COUNT(known); k++)
    if (strcmp(known[k], name) == 0) return true;
  const cable_mechanism *own;
  for (size_t k = 0; (own = lg_cable_model_own(model, k)) != NULL; k++) {
    for (size_t x = 0; x < own->n_ions; x++)
      if (strcmp(own->ions[x].name, name) == 0) return true;
  }
  return false;
}

static cable_region_ion *ion_of_region(cable_region *r, const char *name) {
  for (size_t k = 0; k < r->n_ions; k++)
    if (strcmp(r->ions[k].name, name) == 0) return &r->ions[k];
  if (r->n_ions == CABLE_MAX_IONS) return NULL;
  cable_region_ion *ion = &r->ions[r->n_ions++];
  *ion = (cable_region_ion){.reversal_mV = NAN, .inside_mM = NAN, .outside_mM = NAN};
  (void)snprintf(ion->name, sizeof ion->name, "%s", name);
  return ion;
}

/* "reversal": {"ena": 50, …} (null: by Nernst) or "concentrations": {"cai": 1e-4, "cao": 2, …} */
static lg_status read_ion_values(lg_ctx *ctx, const lg_json_at *at, const char *where, const cable_model *model,
                                 cable_region *r) {
  const bool reversal = strcmp(where, "reversal") == 0;
  lg_json_at object;
  const char *key;
  char name[16], part;
  lg_status status = LG_OK;
  if (!lg_json_has(at, where)) return LG_OK;
  LG_TRY(lg_json_get_object(ctx, at, where, &object));
  for (size_t k = 0; (key = lg_json_key_at(&object, k)) != NULL; k++) {
    cable_region_ion *ion = names_ion(key, reversal, model, name, &part) ? ion_of_region(r, name) : NULL;
    if (!ion)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.%.40s: no ion of the model; %s", object.file, object.path, key,
                     reversal ? "ena, ek, eca or e<ion> of a mechanism of mechanism_files"
                              : "cai, cao, nai, … or those of an ion of mechanism_files");
    if (reversal) LG_TRY(lg_json_get_number_or(ctx, &object, key, "mV", -500.0, 500.0, NAN, &ion->reversal_mV));
    else
      LG_TRY(
          lg_json_get_number_in(ctx, &object, key, "mM", 1e-12, 1e4, part == 'i' ? &ion->inside_mM : &ion->outside_mM));
    if (reversal && strcmp(name, "na") == 0) r->reversal_na_mV = ion->reversal_mV;
    if (reversal && strcmp(name, "k") == 0) r->reversal_k_mV = ion->reversal_mV;
    if (reversal && strcmp(name, "ca") == 0) r->reversal_ca_mV = ion->reversal_mV;
  }
done:
  return status;
}

static lg_status read_ions(lg_ctx *ctx, const lg_json_at *at, const cable_model *model, cable_region *r) {
  lg_status status = LG_OK;
  r->reversal_na_mV = 50.0, r->reversal_k_mV = -77.0, r->reversal_ca_mV = NAN;
  LG_TRY(read_ion_values(ctx, at, "reversal", model, r));
  LG_TRY(read_ion_values(ctx, at, "concentrations", model, r));
  LG_TRY(lg_json_get_number_or(ctx, at, "cao_mM", "mM", 1e-12, 1e4, 2.0, &r->outside_ca_mM));
  LG_TRY(lg_json_get_number_or(ctx, at, "cai_mM", "mM", 1e-12, 1e4, 5e-5, &r->inside_ca_mM));
done:
  return status;
}

static lg_status read_uses(lg_ctx *ctx, const lg_json_at *at, const cable_model *model, cable_region *r) {
  lg_json_at object, item;
  lg_status status = LG_OK;
  const char *name;
  LG_TRY(lg_json_get_object(ctx, at, "mechanisms", &object));
  LG_NEW(ctx, r->uses, json_object_size(object.value) + 1);
  for (size_t k = 0; (name = lg_json_key_at(&object, k)) != NULL; k++) {
    const cable_mechanism *m;
    LG_TRY(lg_json_get_key(ctx, &object, name, &item));
    LG_TRY(lg_cable_read_mechanism(ctx, &item, name, model, &m));
    if (m->sort == CABLE_POINT) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: %s is %s: it goes below \"%s\"", item.file, item.path, name,
                       sort_in_words(m->sort), m->receive ? "synapses" : "points");
      goto done;
    }
    LG_TRY(lg_json_get_object(ctx, &item, "", &item));
    LG_TRY(lg_cable_read_values(ctx, &item, m, &r->uses[r->n_uses++]));
    if (r->uses[r->n_uses - 1].shapes && !model->morphology) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: compartments given by values have no distance from the soma",
                       item.file, item.path);
      goto done;
    }
  }
done:
  return status;
}

static lg_status read_region(lg_ctx *ctx, const lg_json_at *at, const cable_model *model, cable_region *r) {
  static const char *const known[] = {"name",     "types",  "Ra_ohm_cm", "cm_uF_cm2",     "mechanisms",
                                      "reversal", "cao_mM", "cai_mM",    "concentrations"};
  lg_status status = LG_OK;
  lg_json_at object;
  LG_TRY(lg_json_get_object(ctx, at, "", &object));
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  LG_TRY(read_types(ctx, at, r));
  LG_TRY(lg_json_get_number_or(ctx, at, "Ra_ohm_cm", "ohm cm", 1e-6, 1e9, 35.4, &r->axial_resistivity_ohm_cm));
  LG_TRY(lg_json_get_number_or(ctx, at, "cm_uF_cm2", "uF/cm2", 1e-6, 1e6, 1.0, &r->capacitance_uF_cm2));
  LG_TRY(read_ions(ctx, at, model, r));
  LG_TRY(read_uses(ctx, at, model, r));
done:
  return status;
}

lg_status lg_cable_read_regions(lg_ctx *ctx, const lg_json_at *root, cable_model *model) {
  lg_json_at list;
  size_t n;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_array(ctx, root, "regions", &list, &n));
  if (n == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: regions: a cell needs one", root->file);
    goto done;
  }
  LG_NEW(ctx, model->regions, n);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    model->n_regions++;
    LG_TRY(read_region(ctx, &at, model, &model->regions[k]));
  }
done:
  return status;
}
