/* The shape of a dendrite with ER: one cylinder or table, sections, or an SWC file with an ER fraction. */
#include "io/swc.h"
#include "twin/cable_file.h"
#include "twin/calcium_cable.h"
#include "twin/calcium_file_internal.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char dendrite_formula[] = "R0+R1*cos(pi*x/L)", er_formula[] = "r0+r1*cos(pi*x/L)";

/* A radius: a number, the cosine formula with its two numbers beside it, or [[x, radius], …]. */
static lg_status read_table(lg_ctx *ctx, const lg_json_at *at, size_t n, double **x, double **radius) {
  lg_status status = LG_OK;
  LG_NEW(ctx, *x, n);
  LG_NEW(ctx, *radius, n);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(at, k);
    LG_TRY(lg_json_get_number(ctx, &item, "[0]", "um", &(*x)[k]));
    LG_TRY(lg_json_get_number(ctx, &item, "[1]", "um", &(*radius)[k]));
    if (k > 0 && !((*x)[k] > (*x)[k - 1])) {
      status = lg_fail(ctx, LG_ERR_RANGE, "%s: %s[%zu]: x is %g um; it must rise", at->file, at->path, k, (*x)[k]);
      goto done;
    }
  }
done:
  return status;
}

typedef struct radius {
  size_t n;
  double *x, *value; /* (n) */
  double base, wave;
} radius;

static lg_status read_radius(lg_ctx *ctx, const lg_json_at *g, const char *key, const char *formula, const char *base,
                             const char *wave, radius *out) {
  lg_json_at at;
  const char *text;
  lg_status status = lg_json_get(ctx, g, key, &at);
  if (status != LG_OK) return status;
  if (lg_json_is_number(&at)) return lg_json_get_number(ctx, g, key, "um", &out->base);
  if (lg_json_is_array(&at)) {
    status = lg_json_get_array(ctx, g, key, &at, &out->n);
    if (status == LG_OK && out->n < 2)
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: at least two rows [x, radius]", at.file, at.path);
    return status == LG_OK ? read_table(ctx, &at, out->n, &out->x, &out->value) : status;
  }
  status = lg_json_get_text(ctx, g, key, &text);
  if (status != LG_OK) return status;
  if (strcmp(text, formula) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: a number in um, rows [x, radius], or \"%s\", got \"%.60s\"", at.file,
                   at.path, formula, text);
  status = lg_json_get_number(ctx, g, base, "um", &out->base);
  if (status == LG_OK) status = lg_json_get_number_or(ctx, g, wave, "um", -1e4, 1e4, 0.0, &out->wave);
  return status;
}

static double at_x(const radius *r, double x) {
  size_t k = 1;
  if (r->n == 0) return r->base;
  while (k + 1 < r->n && r->x[k] < x) k++;
  const double part = fmin(1.0, fmax(0.0, (x - r->x[k - 1]) / (r->x[k] - r->x[k - 1])));
  return r->value[k - 1] + part * (r->value[k] - r->value[k - 1]);
}

/* Two tables with their own places become one with the places of both. */
static lg_status join(lg_ctx *ctx, const radius *R, const radius *r, calcium_section *s) {
  lg_status status = LG_OK;
  const size_t room = R->n + r->n + 2;
  size_t i = 0, j = 0, n = 0;
  LG_NEW(ctx, s->x_um, room);
  LG_NEW(ctx, s->radius_um, room);
  LG_NEW(ctx, s->er_radius_um, room);
  s->x_um[n++] = 0.0;
  while (i < R->n || j < r->n) {
    const double a = i < R->n ? R->x[i] : (double)INFINITY, b = j < r->n ? r->x[j] : (double)INFINITY;
    const double x = fmin(a, b);
    if (a <= b) i++;
    if (b <= a) j++;
    if (x > 0.0 && x < s->length_um) s->x_um[n++] = x;
  }
  s->x_um[n++] = s->length_um;
  s->n_table = n;
  for (size_t k = 0; k < n; k++) {
    s->radius_um[k] = at_x(R, s->x_um[k]);
    s->er_radius_um[k] = at_x(r, s->x_um[k]);
  }
done:
  return status;
}

static lg_status read_geometry(lg_ctx *ctx, const lg_json_at *root, calcium_case *c) {
  static const char *const keys[] = {"L_um", "R_um", "r_ER_um", "R0", "R1", "r0", "r1", "boundary", "description"};
  lg_status status = LG_OK;
  lg_json_at g;
  radius R = {0}, r = {0};
  LG_TRY(lg_json_get_object(ctx, root, "geometry", &g));
  LG_TRY(lg_json_only_keys(ctx, &g, keys, COUNT(keys)));
  LG_NEW(ctx, c->sections, 1);
  c->n_sections = 1;
  calcium_section *s = &c->sections[0];
  s->parent = -1;
  LG_TRY(lg_json_get_number_in(ctx, &g, "L_um", "um", 1e-9, 1e7, &s->length_um));
  LG_TRY(read_radius(ctx, &g, "R_um", dendrite_formula, "R0", "R1", &R));
  LG_TRY(read_radius(ctx, &g, "r_ER_um", er_formula, "r0", "r1", &r));
  s->radius0_um = R.base;
  s->radius1_um = R.wave;
  s->er0_um = r.base;
  s->er1_um = r.wave;
  if (R.n || r.n) {
    if (R.wave != 0.0 || r.wave != 0.0) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: geometry: a table and a cosine cannot be mixed", root->file);
      goto done;
    }
    LG_TRY(join(ctx, &R, &r, s));
  }
done:
  lg_free(ctx, R.x);
  lg_free(ctx, R.value);
  lg_free(ctx, r.x);
  lg_free(ctx, r.value);
  return status;
}

static lg_status read_sections(lg_ctx *ctx, const lg_json_at *root, calcium_case *c) {
  static const char *const keys[] = {"L", "R", "r", "parent", "name"};
  lg_status status = LG_OK;
  lg_json_at at;
  size_t n;
  LG_TRY(lg_json_get_array(ctx, root, "sections", &at, &n));
  if (n == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: sections: at least one", root->file);
    goto done;
  }
  LG_NEW(ctx, c->sections, n);
  c->n_sections = n;
  c->is_tree = true;
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&at, k);
    calcium_section *s = &c->sections[k];
    int64_t parent = -1;
    LG_TRY(lg_json_only_keys(ctx, &item, keys, COUNT(keys)));
    LG_TRY(lg_json_get_number_in(ctx, &item, "L", "um", 1e-9, 1e7, &s->length_um));
    LG_TRY(lg_json_get_number_in(ctx, &item, "R", "um", 1e-9, 1e4, &s->radius0_um));
    LG_TRY(lg_json_get_number_in(ctx, &item, "r", "um", 1e-9, 1e4, &s->er0_um));
    LG_TRY(lg_json_get_integer(ctx, &item, "parent", -1, (int64_t)k - 1, &parent));
    s->parent = (ptrdiff_t)parent;
    s->of_section = k;
  }
done:
  return status;
}

/* ---- SWC ------------------------------------------------------------------------------------------- */

/* Points [a, b) of a section's path from arc length s0 on, as a table that begins at 0. */
static lg_status take_points(lg_ctx *ctx, const lg_morphology *m, const lg_section *from, double s0, double s1,
                             double fraction, calcium_section *s) {
  lg_status status = LG_OK;
  double arc = 0.0, before = 0.0;
  size_t n = 0;
  const lg_morphology_point *p = m->points + from->first_point;
  LG_NEW(ctx, s->x_um, from->n_points + 2);
  LG_NEW(ctx, s->radius_um, from->n_points + 2);
  LG_NEW(ctx, s->er_radius_um, from->n_points + 2);
  for (size_t k = 0; k < from->n_points; k++) {
    if (k > 0)
      arc += sqrt((p[k].x_um - p[k - 1].x_um) * (p[k].x_um - p[k - 1].x_um) +
                  (p[k].y_um - p[k - 1].y_um) * (p[k].y_um - p[k - 1].y_um) +
                  (p[k].z_um - p[k - 1].z_um) * (p[k].z_um - p[k - 1].z_um));
    const double edges[2] = {s0, s1};
    for (size_t q = 0; q < 2 && k > 0; q++) /* ends that lie between two points */
      if (edges[q] > before && edges[q] < arc) {
        const double part = (edges[q] - before) / (arc - before);
        s->x_um[n] = edges[q] - s0;
        s->radius_um[n++] = 0.5 * (p[k - 1].diameter_um + part * (p[k].diameter_um - p[k - 1].diameter_um));
      }
    if (arc >= s0 && arc <= s1 && (n == 0 || arc - s0 > s->x_um[n - 1])) {
      s->x_um[n] = arc - s0;
      s->radius_um[n++] = 0.5 * p[k].diameter_um;
    }
    before = arc;
  }
  for (size_t k = 0; k < n; k++) s->er_radius_um[k] = fraction * s->radius_um[k];
  s->n_table = n;
  s->length_um = n ? s->x_um[n - 1] : 0.0;
done:
  return status;
}

/* Which sections a dendrite takes of a morphology: all, or some that hang together. */
static lg_status choose(lg_ctx *ctx, const lg_morphology *m, const size_t *sections, size_t n, bool *wanted) {
  for (size_t k = 0; k < m->n_sections; k++) wanted[k] = n == 0;
  for (size_t k = 0; k < n; k++) {
    if (sections[k] >= m->n_sections)
      return lg_fail(ctx, LG_ERR_RANGE, "cable.sections[%zu] is %zu; the cell has %zu sections", k, sections[k],
                     m->n_sections);
    wanted[sections[k]] = true;
  }
  size_t roots = 0;
  for (size_t k = 0; k < m->n_sections; k++) {
    if (!wanted[k] || (m->sections[k].parent >= 0 && wanted[m->sections[k].parent])) continue;
    if (roots++ > 0)
      return lg_fail(ctx, LG_ERR_RANGE, "cable.sections: section %zu does not hang on another one of them", k);
  }
  return LG_OK;
}

/* A soma whose middle has children becomes two sections that meet there. */
static lg_status from_morphology(lg_ctx *ctx, const lg_morphology *m, double fraction, const size_t *sections,
                                 size_t n_sections, calcium_case *c) {
  lg_status status = LG_OK;
  ptrdiff_t *end = NULL, *middle = NULL; /* section of the case whose distal end is the section's end, its middle */
  bool *wanted = NULL;
  LG_NEW(ctx, c->sections, m->n_sections + 1);
  LG_NEW(ctx, end, m->n_sections);
  LG_NEW(ctx, middle, m->n_sections);
  LG_NEW(ctx, wanted, m->n_sections);
  LG_TRY(choose(ctx, m, sections, n_sections, wanted));
  c->is_tree = true;
  for (size_t k = 0; k < m->n_sections; k++) {
    const lg_section *from = &m->sections[k];
    if (!wanted[k]) continue;
    const double length = lg_section_length_um(m, k);
    const bool root = from->parent < 0 || !wanted[from->parent];
    const ptrdiff_t joint = root ? -1 : from->parent_x == 0.5 ? middle[from->parent] : end[from->parent];
    const bool halves = k == 0 && from->type == 1;
    const double cut = halves ? 0.5 * length : length;
    calcium_section *s = &c->sections[c->n_sections];
    middle[k] = end[k] = (ptrdiff_t)c->n_sections++; /* counted first: the case owns its points from now on */
    s->parent = joint;
    s->of_section = k;
    LG_TRY(take_points(ctx, m, from, 0.0, cut, fraction, s));
    if (!halves) continue;
    s++;
    end[k] = (ptrdiff_t)c->n_sections++;
    s->parent = middle[k];
    s->of_section = k;
    s->from_um = cut;
    LG_TRY(take_points(ctx, m, from, cut, length, fraction, s));
  }
done:
  lg_free(ctx, end);
  lg_free(ctx, middle);
  lg_free(ctx, wanted);
  return status;
}

static lg_status read_swc(lg_ctx *ctx, const lg_json_at *root, const char *path, calcium_case *c) {
  lg_status status = LG_OK;
  lg_morphology *m = NULL;
  lg_swc_options options = {0};
  char *full = NULL;
  const char *name, *soma;
  double fraction;
  LG_TRY(lg_json_get_text(ctx, root, "swc", &name));
  LG_TRY(lg_json_get_number_in(ctx, root, "er_fraction", NULL, 1e-6, 0.999999, &fraction));
  LG_TRY(lg_json_get_text_or(ctx, root, "soma", "g1", &soma));
  LG_TRY(lg_swc_soma_from_name(ctx, soma, &options.soma));
  LG_TRY(lg_calcium_beside(ctx, path, name, &full));
  LG_TRY(lg_swc_read(ctx, full, &options, &m));
  LG_TRY(from_morphology(ctx, m, fraction, NULL, 0, c));
done:
  lg_morphology_destroy(ctx, m);
  lg_free(ctx, full);
  return status;
}

/* No shape given (the closed case): the cylinder of the open case. */
static lg_status default_shape(lg_ctx *ctx, calcium_case *c) {
  lg_status status = LG_OK;
  LG_NEW(ctx, c->sections, 1);
  c->n_sections = 1;
  c->sections[0] = (calcium_section){.length_um = 64.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15};
done:
  return status;
}

/* The shape of the cable's cell, or of the sections that the case names. */
static lg_status shape_of_cable(lg_ctx *ctx, const lg_json_at *root, const cable_model *model,
                                const calcium_cable_spec *spec, calcium_case *c) {
  double fraction;
  lg_status status = lg_json_get_number_in(ctx, root, "er_fraction", NULL, 1e-6, 0.999999, &fraction);
  if (status != LG_OK) return status;
  if (!model->morphology)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: cable: %s has compartments by their values and no shape", root->file,
                   spec->path);
  return from_morphology(ctx, model->morphology, fraction, spec->sections, spec->n_sections, c);
}

/* Sections of one's own are those of the cable in the order of its list, or by their number. */
static lg_status number_sections(lg_ctx *ctx, const lg_json_at *root, const calcium_cable_spec *spec, calcium_case *c) {
  if (spec->n_sections > 0 && spec->n_sections != c->n_sections)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: cable.sections names %zu sections, the dendrite has %zu", root->file,
                   spec->n_sections, c->n_sections);
  for (size_t k = 0; k < c->n_sections && spec->n_sections > 0; k++) c->sections[k].of_section = spec->sections[k];
  return LG_OK;
}

lg_status lg_calcium_read_shape(lg_ctx *ctx, const lg_json_at *root, const char *path, calcium_case *c, double *end_s) {
  const bool geometry = lg_json_has(root, "geometry"), sections = lg_json_has(root, "sections");
  const bool swc = lg_json_has(root, "swc"), own = geometry || sections || swc;
  lg_status status = LG_OK;
  calcium_cable_spec *spec = NULL;
  cable_model *model = NULL;
  if (geometry + sections + swc > 1)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: geometry, sections and swc exclude each other", root->file);
  LG_TRY(lg_calcium_cable_read(ctx, root, path, &spec));
  if (spec) {
    LG_TRY(lg_cable_load(ctx, spec->path, &model));
    if (model->tstop_ms > 0.0) *end_s = 1e-3 * model->tstop_ms;
    if (!own) LG_TRY(shape_of_cable(ctx, root, model, spec, c));
  }
  if (sections) LG_TRY(read_sections(ctx, root, c));
  else if (swc) LG_TRY(read_swc(ctx, root, path, c));
  else if (geometry) LG_TRY(read_geometry(ctx, root, c));
  else if (!spec) LG_TRY(default_shape(ctx, c));
  if (spec && (geometry || sections)) LG_TRY(number_sections(ctx, root, spec, c));
done:
  lg_calcium_cable_destroy(ctx, spec);
  lg_cable_model_destroy(ctx, model);
  return status;
}
