/* Typed getters: each failure names the file, the key path, what was expected and what stands there. */
#include "data/json_writer.h"
#include "io/json_read.h"

#include <math.h>
#include <string.h>

/* "the text \"big\"", "the number 3", "an object": what stands at a place. */
static const char *describe(const json_t *value, char *buffer, size_t bytes) {
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    return "an object";
  case JSON_ARRAY:
    return "an array";
  case JSON_STRING:
    (void)snprintf(buffer, bytes, "the text \"%.40s\"", json_string_value(value));
    return buffer;
  case JSON_INTEGER:
  case JSON_REAL:
    (void)snprintf(buffer, bytes, "the number %.17g", json_number_value(value));
    return buffer;
  case JSON_TRUE:
    return "true";
  case JSON_FALSE:
    return "false";
  case JSON_NULL:
    break;
  }
  return "null";
}

static lg_status wrong(lg_ctx *ctx, const lg_json_at *at, const char *expected, const char *unit) {
  char buffer[96];
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: %s%s%s expected, got %s", at->file, at->path[0] ? at->path : "the file",
                 expected, unit ? " in " : "", unit ? unit : "", describe(at->value, buffer, sizeof buffer));
}

lg_status lg_json_get_number(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *unit, double *x) {
  lg_json_at place;
  const lg_status status = lg_json_get(ctx, at, path, &place);
  if (status != LG_OK) return status;
  if (!json_is_number(place.value)) return wrong(ctx, &place, "a number", unit);
  *x = json_number_value(place.value);
  return LG_OK;
}

lg_status lg_json_get_number_in(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *unit, double low,
                                double high, double *x) {
  lg_json_at place;
  const lg_status status = lg_json_get(ctx, at, path, &place);
  if (status != LG_OK) return status;
  if (!json_is_number(place.value)) return wrong(ctx, &place, "a number", unit);
  const double value = json_number_value(place.value);
  if (!(value >= low && value <= high)) {
    char text[3][32];
    lg_format_double(value, text[0]);
    lg_format_double(low, text[1]);
    lg_format_double(high, text[2]);
    return lg_fail(ctx, LG_ERR_RANGE, "%s: %s: %s%s%s is outside %s … %s", place.file, place.path, text[0],
                   unit ? " " : "", unit ? unit : "", text[1], text[2]);
  }
  *x = value;
  return LG_OK;
}

lg_status lg_json_get_number_or(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *unit, double low,
                                double high, double fallback, double *x) {
  if (lg_json_has(at, path)) return lg_json_get_number_in(ctx, at, path, unit, low, high, x);
  *x = fallback;
  return LG_OK;
}

lg_status lg_json_get_integer(lg_ctx *ctx, const lg_json_at *at, const char *path, int64_t low, int64_t high,
                              int64_t *x) {
  lg_json_at place;
  const lg_status status = lg_json_get(ctx, at, path, &place);
  if (status != LG_OK) return status;
  int64_t value;
  if (json_is_integer(place.value)) {
    value = json_integer_value(place.value);
  } else {
    const double real = json_number_value(place.value);
    if (!json_is_real(place.value) || real != floor(real) || fabs(real) > 9007199254740992.0)
      return wrong(ctx, &place, "a whole number", NULL);
    value = (int64_t)real;
  }
  if (value < low || value > high)
    return lg_fail(ctx, LG_ERR_RANGE, "%s: %s: %lld is outside %lld … %lld", place.file, place.path, (long long)value,
                   (long long)low, (long long)high);
  *x = value;
  return LG_OK;
}

lg_status lg_json_get_boolean(lg_ctx *ctx, const lg_json_at *at, const char *path, bool *x) {
  lg_json_at place;
  const lg_status status = lg_json_get(ctx, at, path, &place);
  if (status != LG_OK) return status;
  if (!json_is_boolean(place.value)) return wrong(ctx, &place, "true or false", NULL);
  *x = json_is_true(place.value);
  return LG_OK;
}

lg_status lg_json_get_text(lg_ctx *ctx, const lg_json_at *at, const char *path, const char **text) {
  lg_json_at place;
  const lg_status status = lg_json_get(ctx, at, path, &place);
  if (status != LG_OK) return status;
  if (!json_is_string(place.value)) return wrong(ctx, &place, "text", NULL);
  *text = json_string_value(place.value);
  return LG_OK;
}

lg_status lg_json_get_text_or(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *fallback,
                              const char **text) {
  if (lg_json_has(at, path)) return lg_json_get_text(ctx, at, path, text);
  *text = fallback;
  return LG_OK;
}

lg_status lg_json_get_array(lg_ctx *ctx, const lg_json_at *at, const char *path, lg_json_at *out, size_t *n) {
  lg_json_at place;
  const lg_status status = lg_json_get(ctx, at, path, &place);
  if (status != LG_OK) return status;
  if (!json_is_array(place.value)) return wrong(ctx, &place, "an array", NULL);
  *out = place;
  *n = json_array_size(place.value);
  return LG_OK;
}

lg_status lg_json_get_object(lg_ctx *ctx, const lg_json_at *at, const char *path, lg_json_at *out) {
  lg_json_at place;
  const lg_status status = lg_json_get(ctx, at, path, &place);
  if (status != LG_OK) return status;
  if (!json_is_object(place.value)) return wrong(ctx, &place, "an object", NULL);
  *out = place;
  return LG_OK;
}

lg_status lg_json_get_numbers(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *unit, double **x,
                              size_t *n) {
  lg_json_at array;
  size_t count = 0;
  *x = NULL;
  *n = 0;
  const lg_status status = lg_json_get_array(ctx, at, path, &array, &count);
  if (status != LG_OK) return status;
  double *values = lg_alloc(ctx, count ? count : 1, sizeof *values);
  if (!values) return LG_ERR_MEMORY;
  for (size_t k = 0; k < count; k++) {
    const json_t *item = json_array_get(array.value, k);
    if (json_is_null(item)) {
      values[k] = (double)NAN;
    } else if (json_is_number(item)) {
      values[k] = json_number_value(item);
    } else {
      lg_free(ctx, values);
      const lg_json_at place = lg_json_item(&array, k);
      return wrong(ctx, &place, "a number", unit);
    }
  }
  *x = values;
  *n = count;
  return LG_OK;
}

bool lg_json_is_text(const lg_json_at *at) { return json_is_string(at->value); }
bool lg_json_is_number(const lg_json_at *at) { return json_is_number(at->value); }
bool lg_json_is_object(const lg_json_at *at) { return json_is_object(at->value); }
bool lg_json_is_array(const lg_json_at *at) { return json_is_array(at->value); }

/* jansson iterates over non-const objects only; nothing is changed. */
static json_t *loosen(const json_t *object) {
  union {
    const json_t *in;
    json_t *out;
  } loose = {.in = object};
  return loose.out;
}

const char *lg_json_key_at(const lg_json_at *object, size_t k) {
  json_t *loose = loosen(object->value);
  void *it = json_is_object(object->value) ? json_object_iter(loose) : NULL;
  while (it && k-- > 0) it = json_object_iter_next(loose, it);
  return it ? json_object_iter_key(it) : NULL;
}

lg_status lg_json_only_keys(lg_ctx *ctx, const lg_json_at *object, const char *const *keys, size_t n) {
  json_t *loose = loosen(object->value);
  if (!json_is_object(object->value)) return wrong(ctx, object, "an object", NULL);
  for (void *it = json_object_iter(loose); it; it = json_object_iter_next(loose, it)) {
    const char *key = json_object_iter_key(it);
    bool known = false;
    for (size_t k = 0; k < n && !known; k++) known = strcmp(key, keys[k]) == 0;
    if (known) continue;
    const char *dot = object->path[0] ? "." : "", *nearest = lg_nearest(key, keys, n);
    if (nearest)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: unknown key '%s%s%s' (nearest: '%s')", object->file, object->path, dot,
                     key, nearest);
    char list[512] = "";
    for (size_t k = 0; k < n; k++) {
      const size_t used = strlen(list);
      (void)snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", keys[k]);
    }
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: unknown key '%s%s%s'; known are %s", object->file, object->path, dot, key,
                   list);
  }
  return LG_OK;
}
