/* {"value": x, "distance": {"kind": "linear", …}}: parameters that change along the cell. */
#include "twin/cable_file_internal.h"

#include "cable/distribution.h"

#include <math.h>
#include <string.h>

static lg_status find_kind(lg_ctx *ctx, const lg_json_at *at, const char *name, const cable_shape_kind **out) {
  size_t n;
  const cable_shape_kind *kinds = lg_cable_shape_kinds(&n);
  const char *names[16];
  for (size_t k = 0; k < n; k++) {
    names[k] = kinds[k].name;
    *out = &kinds[k];
    if (strcmp(kinds[k].name, name) == 0) return LG_OK;
  }
  const char *near = lg_nearest(name, names, n);
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.kind: \"%.40s\" is no shape; %s%s", at->file, at->path, name,
                 near ? "did you mean " : "linear, exponential, sigmoid or step", near ? near : "");
}

static lg_status read_shape(lg_ctx *ctx, const lg_json_at *at, cable_shape *shape) {
  const char *keys[CABLE_SHAPE_NUMBERS + 1] = {"kind"}, *name;
  size_t n = 1;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_text(ctx, at, "kind", &name));
  LG_TRY(find_kind(ctx, at, name, &shape->kind));
  for (size_t k = 0; k < CABLE_SHAPE_NUMBERS && shape->kind->keys[k]; k++) keys[n++] = shape->kind->keys[k];
  LG_TRY(lg_json_only_keys(ctx, at, keys, n));
  for (size_t k = 0; k + 1 < n; k++) {
    const cable_shape_kind *kind = shape->kind;
    const char *unit = strstr(keys[k + 1], "_um") && strcmp(keys[k + 1], "per_um") != 0 ? "um" : "1";
    if (isnan(kind->default_value[k]))
      LG_TRY(lg_json_get_number_in(ctx, at, keys[k + 1], unit, kind->low[k], kind->high[k], &shape->number[k]));
    else
      LG_TRY(lg_json_get_number_or(ctx, at, keys[k + 1], unit, kind->low[k], kind->high[k], kind->default_value[k],
                                   &shape->number[k]));
  }
  if (strcmp(name, "sigmoid") == 0 && shape->number[3] == 0.0)
    status = lg_fail(ctx, LG_ERR_RANGE, "%s: %s.width_um: 0; a sigmoid has a width", at->file, at->path);
done:
  return status;
}

lg_status lg_cable_read_distribution(lg_ctx *ctx, const lg_json_at *item, size_t parameter, cable_use *use) {
  static const char *const known[] = {"value", "distance"};
  const cable_mechanism *m = use->mechanism;
  const lg_field *f = &m->parameters[parameter];
  lg_json_at at;
  lg_status status = LG_OK;
  if (m->sort == CABLE_POINT)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: %s stands at one place: a number in %s expected", item->file,
                   item->path, m->name, f->unit);
  LG_TRY(lg_json_only_keys(ctx, item, known, 2));
  LG_TRY(lg_json_get_number_or(ctx, item, "value", f->unit, -1e9, 1e9, 1.0, &use->values[parameter]));
  LG_TRY(lg_json_get_object(ctx, item, "distance", &at));
  if (!use->shapes) LG_NEW(ctx, use->shapes, m->n_parameters + 1);
  LG_TRY(read_shape(ctx, &at, &use->shapes[parameter]));
done:
  return status;
}
