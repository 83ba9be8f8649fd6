#include "io/compare_internal.h"

#include "data/json_writer.h"
#include "io/json_read.h"

#include <string.h>

/* A short text of a value for people. */
static const char *words(const json_t *v, char *buffer, size_t bytes) {
  if (!v) return "missing";
  if (json_is_number(v)) {
    char number[32];
    lg_format_double(json_number_value(v), number);
    (void)snprintf(buffer, bytes, "%s", number);
  } else if (json_is_string(v)) {
    (void)snprintf(buffer, bytes, "\"%.60s\"", json_string_value(v));
  } else if (json_is_array(v)) {
    (void)snprintf(buffer, bytes, "an array of %zu", json_array_size(v));
  } else if (json_is_object(v)) {
    return "an object";
  } else if (json_is_null(v)) {
    return "null";
  } else {
    return json_is_true(v) ? "true" : "false";
  }
  return buffer;
}

static void differ(lg_comparison *c, const char *where, const json_t *a, const json_t *b) {
  char text_a[96], text_b[96];
  lg_compare_differ(c, where, words(a, text_a, sizeof text_a), words(b, text_b, sizeof text_b));
}

static void compare_values(lg_comparison *c, json_t *a, json_t *b, const char *where);

static void compare_arrays(lg_comparison *c, json_t *a, json_t *b, const char *where) {
  char place[256];
  if (json_array_size(a) != json_array_size(b)) {
    differ(c, where, a, b);
    return;
  }
  for (size_t k = 0; k < json_array_size(a); k++) {
    (void)snprintf(place, sizeof place, "%.200s[%zu]", where, k);
    compare_values(c, json_array_get(a, k), json_array_get(b, k), place);
  }
}

static void compare_objects(lg_comparison *c, json_t *a, json_t *b, const char *where) {
  char place[256];
  for (void *it = json_object_iter(a); it; it = json_object_iter_next(a, it)) {
    const char *key = json_object_iter_key(it);
    if (lg_compare_ignores(c, key)) continue;
    (void)snprintf(place, sizeof place, "%.180s%s%.60s", where, where[0] ? "." : "", key);
    json_t *other = json_object_get(b, key);
    if (other) compare_values(c, json_object_iter_value(it), other, place);
    else differ(c, place, json_object_iter_value(it), NULL);
  }
  for (void *it = json_object_iter(b); it; it = json_object_iter_next(b, it)) {
    const char *key = json_object_iter_key(it);
    if (lg_compare_ignores(c, key) || json_object_get(a, key)) continue;
    (void)snprintf(place, sizeof place, "%.180s%s%.60s", where, where[0] ? "." : "", key);
    differ(c, place, NULL, json_object_iter_value(it));
  }
}

/* The depth is that of the file, which jansson limits (2048). */
static void compare_values(lg_comparison *c, json_t *a, json_t *b, const char *where) {
  if (json_is_number(a) && json_is_number(b)) {
    if (!lg_compare_numbers(c, json_number_value(a), json_number_value(b))) differ(c, where, a, b);
  } else if (json_is_array(a) && json_is_array(b)) {
    compare_arrays(c, a, b, where);
  } else if (json_is_object(a) && json_is_object(b)) {
    compare_objects(c, a, b, where);
  } else {
    c->report.n_values++;
    if (!json_equal(a, b)) differ(c, where, a, b);
  }
}

/* jansson walks non-const objects only; nothing is changed. */
static json_t *loosen(const json_t *value) {
  union {
    const json_t *in;
    json_t *out;
  } loose = {.in = value};
  return loose.out;
}

lg_status lg_compare_json(lg_comparison *c, const char *a, const char *b, const char *prefix) {
  lg_json_doc *doc_a = NULL, *doc_b = NULL;
  lg_status status = lg_json_load(c->ctx, a, LG_JSON_STRICT, (size_t)1 << 30, &doc_a);
  if (status == LG_OK) status = lg_json_load(c->ctx, b, LG_JSON_STRICT, (size_t)1 << 30, &doc_b);
  if (status == LG_OK) {
    char where[256];
    (void)snprintf(where, sizeof where, "%s%s", prefix, prefix[0] ? ":" : "");
    const lg_json_at root_a = lg_json_root(doc_a), root_b = lg_json_root(doc_b);
    compare_values(c, loosen(root_a.value), loosen(root_b.value), where);
  }
  lg_json_doc_destroy(c->ctx, doc_a);
  lg_json_doc_destroy(c->ctx, doc_b);
  return status;
}
