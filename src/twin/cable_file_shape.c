/* The shape of a cell: an SWC file, sections of points, or compartments by their values. */
#include "io/swc.h"
#include "twin/cable_file_internal.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

lg_status lg_cable_read_name(lg_ctx *ctx, const lg_json_at *object, const char *key, const char *fallback, char *name,
                             size_t bytes) {
  const char *text;
  const lg_status status = lg_json_get_text_or(ctx, object, key, fallback, &text);
  if (status != LG_OK) return status;
  if (strlen(text) >= bytes)
    return lg_fail(ctx, LG_ERR_RANGE, "%s: %s.%s: a name of %zu bytes; allowed are %zu", object->file, object->path,
                   key, strlen(text), bytes - 1);
  (void)snprintf(name, bytes, "%s", text);
  lg_one_line(name);
  return LG_OK;
}

/* ---- SWC ------------------------------------------------------------------------------------------- */

static lg_status read_swc(lg_ctx *ctx, const lg_json_at *root, const char *folder, cable_model *m) {
  const char *name, *soma;
  lg_swc_options options = {0};
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_text(ctx, root, "swc", &name));
  LG_TRY(lg_json_get_text_or(ctx, root, "soma", "g1", &soma));
  status = lg_swc_soma_from_name(ctx, soma, &options.soma);
  if (status != LG_OK) {
    status = lg_fail_prefix(ctx, LG_ERR_FORMAT, "%s: soma: ", root->file);
    goto done;
  }
  LG_NEW(ctx, m->swc_path, strlen(folder) + strlen(name) + 2);
  if (name[0] == '/') memcpy(m->swc_path, name, strlen(name));
  else (void)snprintf(m->swc_path, strlen(folder) + strlen(name) + 2, "%s/%s", folder, name);
  status = lg_swc_read(ctx, m->swc_path, &options, &m->morphology);
  if (status != LG_OK) status = lg_fail_prefix(ctx, status, "%s: swc: ", root->file);
done:
  return status;
}

/* ---- sections -------------------------------------------------------------------------------------- */

/* Keys a section may have; others are fine where they hold numbers, which tools leave there ("depth"). */
static lg_status check_section_keys(lg_ctx *ctx, const lg_json_at *at) {
  static const char *const known[] = {"type", "parent", "parentx", "pts", "name", "distal_id", "nseg"};
  const char *key;
  for (size_t k = 0; (key = lg_json_key_at(at, k)) != NULL; k++) {
    bool is_known = false;
    for (size_t j = 0; j < COUNT(known); j++) is_known = is_known || strcmp(key, known[j]) == 0;
    if (is_known || json_is_number(json_object_get(at->value, key))) continue;
    return lg_json_only_keys(ctx, at, known, COUNT(known));
  }
  return LG_OK;
}

static lg_status read_point(lg_ctx *ctx, const lg_json_at *pts, size_t k, lg_morphology_point *out) {
  const json_t *point = json_array_get(pts->value, k);
  double x[4];
  if (json_array_size(point) != 4)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s[%zu]: [x, y, z, diameter] in um expected", pts->file, pts->path, k);
  for (size_t c = 0; c < 4; c++) {
    const json_t *number = json_array_get(point, c);
    x[c] = json_number_value(number);
    if (!json_is_number(number) || !(fabs(x[c]) <= 1e8))
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s[%zu][%zu]: a number up to 1e8 in um expected", pts->file, pts->path, k,
                     c);
  }
  if (!(x[3] > 0.0))
    return lg_fail(ctx, LG_ERR_RANGE, "%s: %s[%zu]: the diameter is %g um; it must be above 0", pts->file, pts->path, k,
                   x[3]);
  *out = (lg_morphology_point){x[0], x[1], x[2], x[3]};
  return LG_OK;
}

static lg_status read_section(lg_ctx *ctx, const lg_json_at *at, size_t index, lg_morphology *m) {
  lg_section *s = &m->sections[index];
  lg_status status = LG_OK;
  int64_t type, parent, id = -1;
  lg_json_at pts;
  LG_TRY(lg_json_get_object(ctx, at, "", &pts));
  LG_TRY(check_section_keys(ctx, at));
  LG_TRY(lg_json_get_integer(ctx, at, "type", 0, 1000, &type));
  LG_TRY(lg_json_get_integer(ctx, at, "parent", -1, (int64_t)index - 1, &parent));
  if (parent < 0 && index > 0) {
    status =
        lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.parent: -1 makes a second root; only section 0 is one", at->file, at->path);
    goto done;
  }
  LG_TRY(lg_json_get_number_or(ctx, at, "parentx", NULL, 0.0, 1.0, parent < 0 ? 0.0 : 1.0, &s->parent_x));
  if (lg_json_has(at, "distal_id")) LG_TRY(lg_json_get_integer(ctx, at, "distal_id", -1, INT64_MAX / 2, &id));
  LG_TRY(lg_cable_read_name(ctx, at, "name", "", s->name, sizeof s->name));
  s->type = (int)type, s->parent = (ptrdiff_t)parent, s->distal_id = id;
  LG_TRY(lg_json_get_array(ctx, at, "pts", &pts, &s->n_points));
  s->first_point = m->n_points;
  for (size_t k = 0; k < s->n_points; k++) LG_TRY(read_point(ctx, &pts, k, &m->points[m->n_points++]));
  if (s->n_points < 2) {
    status =
        lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.pts: %zu points; a section needs two", at->file, at->path, s->n_points);
    goto done;
  }
  if (!(lg_section_length_um(m, index) > 0.0))
    status = lg_fail(ctx, LG_ERR_RANGE, "%s: %s: the section has the length 0", at->file, at->path);
done:
  return status;
}

static lg_status read_sections(lg_ctx *ctx, const lg_json_at *root, cable_model *out) {
  lg_morphology *m = NULL;
  lg_json_at list;
  size_t n, n_points = 0;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_array(ctx, root, "sections", &list, &n));
  if (n == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: sections: a cell needs one", root->file);
    goto done;
  }
  for (size_t k = 0; k < n; k++) n_points += json_array_size(json_object_get(json_array_get(list.value, k), "pts"));
  LG_NEW(ctx, m, 1);
  LG_NEW(ctx, m->sections, n);
  LG_NEW(ctx, m->points, n_points + 1);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(read_section(ctx, &at, k, m));
    m->n_sections++;
  }
  out->morphology = m;
  m = NULL;
done:
  lg_morphology_destroy(ctx, m);
  return status;
}

/* ---- compartments ---------------------------------------------------------------------------------- */

/* The parent by number or by name. */
static lg_status read_parent(lg_ctx *ctx, const lg_json_at *at, size_t index, const cable_model *m, ptrdiff_t *out) {
  lg_json_at parent;
  int64_t number = -1;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get(ctx, at, "parent", &parent));
  if (lg_json_is_text(&parent)) {
    for (size_t k = 0; k < index && number < 0; k++)
      if (strcmp(m->compartments[k].name, json_string_value(parent.value)) == 0) number = (int64_t)k;
    if (number < 0)
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: no compartment before this one is named \"%.40s\"", at->file,
                       parent.path, json_string_value(parent.value));
  } else {
    LG_TRY(lg_json_get_integer(ctx, at, "parent", -1, (int64_t)index - 1, &number));
    if (number < 0 && index > 0)
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: -1 makes a second root; only compartment 0 is one", at->file,
                       parent.path);
  }
  *out = (ptrdiff_t)number;
done:
  return status;
}

static lg_status read_compartment(lg_ctx *ctx, const lg_json_at *at, size_t index, cable_model *m) {
  static const char *const known[] = {"name",     "type",    "parent",  "area_um2", "capacitance_nF",
                                      "axial_uS", "leak_uS", "leak_mV", "site"};
  cable_compartment *c = &m->compartments[index];
  lg_status status = LG_OK;
  int64_t type;
  lg_json_at object;
  LG_TRY(lg_json_get_object(ctx, at, "", &object));
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  LG_TRY(lg_cable_read_name(ctx, at, "name", "", c->name, sizeof c->name));
  LG_TRY(lg_json_get_integer(ctx, at, "type", 0, 1000, &type));
  c->type = (int)type;
  LG_TRY(read_parent(ctx, at, index, m, &c->parent));
  LG_TRY(lg_json_get_number_in(ctx, at, "area_um2", "um2", 0.0, 1e12, &c->area_um2));
  LG_TRY(lg_json_get_number_or(ctx, at, "capacitance_nF", "nF", 0.0, 1e9, NAN, &c->capacitance_nF));
  if (c->parent >= 0) LG_TRY(lg_json_get_number_in(ctx, at, "axial_uS", "uS", 1e-12, 1e9, &c->axial_uS));
  LG_TRY(lg_json_get_number_or(ctx, at, "leak_uS", "uS", 0.0, 1e9, 0.0, &c->leak_uS));
  LG_TRY(lg_json_get_number_or(ctx, at, "leak_mV", "mV", -1000.0, 1000.0, 0.0, &c->leak_mV));
done:
  return status;
}

static lg_status read_compartments(lg_ctx *ctx, const lg_json_at *root, cable_model *m) {
  lg_json_at list;
  size_t n;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_array(ctx, root, "compartments", &list, &n));
  if (n == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: compartments: a cell needs one", root->file);
    goto done;
  }
  LG_NEW(ctx, m->compartments, n);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(read_compartment(ctx, &at, k, m));
    m->n_compartments++;
  }
done:
  return status;
}

/* ---- numbers of compartments ------------------------------------------------------------------------- */

/* "nseg": of all sections, a list with one for each, or in the sections themselves. */
static lg_status read_nseg(lg_ctx *ctx, const lg_json_at *root, cable_model *m) {
  const size_t n = m->morphology->n_sections;
  const json_t *sections = json_object_get(root->value, "sections");
  const bool has_list = json_is_array(json_object_get(root->value, "nseg"));
  bool in_sections = false;
  lg_json_at list;
  int64_t number = 0;
  size_t length = 0;
  lg_status status = LG_OK;
  for (size_t k = 0; k < n && sections; k++)
    in_sections = in_sections || json_object_get(json_array_get(sections, k), "nseg");
  if (!in_sections && !lg_json_has(root, "nseg")) return LG_OK;
  LG_NEW(ctx, m->nseg, n);
  if (has_list) {
    LG_TRY(lg_json_get_array(ctx, root, "nseg", &list, &length));
    if (length != n)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: nseg: %zu numbers for %zu sections", root->file, length, n);
  } else if (lg_json_has(root, "nseg")) {
    LG_TRY(lg_json_get_integer(ctx, root, "nseg", 1, 100000, &number));
  }
  for (size_t k = 0; k < n; k++) {
    int64_t own = number;
    if (has_list) {
      const lg_json_at at = lg_json_item(&list, k);
      LG_TRY(lg_json_get_integer(ctx, &at, "", 1, 100000, &own));
    }
    if (in_sections) {
      char path[48];
      (void)snprintf(path, sizeof path, "sections[%zu].nseg", k);
      if (lg_json_has(root, path)) LG_TRY(lg_json_get_integer(ctx, root, path, 1, 100000, &own));
    }
    m->nseg[k] = (size_t)own;
  }
done:
  return status;
}

static lg_status read_points(lg_ctx *ctx, const lg_json_at *root, const char *folder, cable_model *m) {
  const lg_status status = lg_json_has(root, "swc") ? read_swc(ctx, root, folder, m) : read_sections(ctx, root, m);
  return status == LG_OK ? read_nseg(ctx, root, m) : status;
}

lg_status lg_cable_read_shape(lg_ctx *ctx, const lg_json_at *root, const char *folder, cable_model *m) {
  const int said = lg_json_has(root, "swc") + lg_json_has(root, "sections") + lg_json_has(root, "compartments");
  if (said != 1)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: a cell has one of \"swc\", \"sections\" and \"compartments\"; this has %s",
                   root->file, said ? "several" : "none");
  if (lg_json_has(root, "soma") && !lg_json_has(root, "swc"))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: soma: this rule is for \"swc\" only", root->file);
  if (!lg_json_has(root, "compartments")) return read_points(ctx, root, folder, m);
  if (lg_json_has(root, "nseg"))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: nseg: compartments that are given are not cut", root->file);
  return read_compartments(ctx, root, m);
}
