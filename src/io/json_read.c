/* Loading and walking JSON. The typed getters are in json_get.c. */
#include "io/json_read.h"

#include <limits.h>
#include <string.h>

struct lg_json_doc {
  json_t *root;
  char *name;
};

/* Blank `// …` outside of strings; lines and columns stay where they were. */
static void blank_comments(char *text, size_t n) {
  bool in_text = false;
  for (size_t k = 0; k < n; k++) {
    if (in_text) {
      if (text[k] == '\\') k++;
      else if (text[k] == '"' || text[k] == '\n') in_text = false;
    } else if (text[k] == '"') {
      in_text = true;
    } else if (text[k] == '/' && k + 1 < n && text[k + 1] == '/') {
      while (k < n && text[k] != '\n') text[k++] = ' ';
    }
  }
}

static lg_status parse_owned(lg_ctx *ctx, const char *name, char *text, size_t n, lg_json_style style,
                             lg_json_doc **out) {
  json_error_t error;
  size_t skip = 0;
  if (style == LG_JSON_COMMENTS) {
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) skip = 3;
    blank_comments(text, n);
  }
  json_t *root = json_loadb(text + skip, n - skip, JSON_REJECT_DUPLICATES, &error);
  if (!root)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s:%d:%d: not valid JSON: %s", name, error.line, error.column, error.text);
  lg_json_doc *doc = lg_alloc(ctx, 1, sizeof *doc);
  char *copy = lg_strdup(ctx, name);
  if (!doc || !copy) {
    json_decref(root);
    lg_free(ctx, doc);
    lg_free(ctx, copy);
    return LG_ERR_MEMORY;
  }
  doc->root = root;
  doc->name = copy;
  *out = doc;
  return LG_OK;
}

lg_status lg_json_load(lg_ctx *ctx, const char *path, lg_json_style style, size_t max_bytes, lg_json_doc **out) {
  unsigned char *bytes;
  size_t n;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, max_bytes ? max_bytes : LG_JSON_MAX_BYTES, &bytes, &n);
  if (status != LG_OK) return status;
  status = parse_owned(ctx, path, (char *)bytes, n, style, out);
  lg_free(ctx, bytes);
  return status;
}

lg_status lg_json_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_json_style style,
                        lg_json_doc **out) {
  *out = NULL;
  char *copy = lg_alloc(ctx, n + 1, 1);
  if (!copy) return LG_ERR_MEMORY;
  if (n > 0) memcpy(copy, bytes, n);
  const lg_status status = parse_owned(ctx, name, copy, n, style, out);
  lg_free(ctx, copy);
  return status;
}

void lg_json_doc_destroy(lg_ctx *ctx, lg_json_doc *doc) {
  if (!doc) return;
  json_decref(doc->root);
  lg_free(ctx, doc->name);
  lg_free(ctx, doc);
}

lg_json_at lg_json_root(const lg_json_doc *doc) { return (lg_json_at){.value = doc->root, .file = doc->name}; }

static void extend(lg_json_at *at, const char *key, size_t length) {
  const size_t used = strlen(at->path);
  (void)snprintf(at->path + used, sizeof at->path - used, "%s%.*s", used ? "." : "",
                 (int)(length < INT_MAX ? length : INT_MAX), key);
}

static bool step_key(lg_json_at *at, const char *key, size_t length) {
  const json_t *next = json_is_object(at->value) ? json_object_getn(at->value, key, length) : NULL;
  extend(at, key, length);
  if (next) at->value = next;
  return next != NULL;
}

static bool step_index(lg_json_at *at, size_t k) {
  const json_t *next = json_is_array(at->value) ? json_array_get(at->value, k) : NULL;
  const size_t used = strlen(at->path);
  (void)snprintf(at->path + used, sizeof at->path - used, "[%zu]", k);
  if (next) at->value = next;
  return next != NULL;
}

/* Follow a path as far as it goes; at ends at the last place tried. */
static bool walk(lg_json_at *at, const char *path) {
  while (*path) {
    if (*path == '.') path++;
    if (*path == '[') {
      size_t k = 0;
      for (path++; *path >= '0' && *path <= '9' && k < SIZE_MAX / 16; path++) k = 10 * k + (size_t)(*path - '0');
      if (*path == ']') path++;
      if (!step_index(at, k)) return false;
    } else {
      const size_t length = strcspn(path, ".[");
      if (!step_key(at, path, length)) return false;
      path += length;
    }
  }
  return true;
}

static lg_status missing(lg_ctx *ctx, const lg_json_at *at) {
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: '%s' is missing", at->file, at->path);
}

lg_status lg_json_get(lg_ctx *ctx, const lg_json_at *at, const char *path, lg_json_at *out) {
  lg_json_at place = *at;
  if (!walk(&place, path)) return missing(ctx, &place);
  *out = place;
  return LG_OK;
}

lg_status lg_json_get_key(lg_ctx *ctx, const lg_json_at *at, const char *key, lg_json_at *out) {
  lg_json_at place = *at;
  if (!step_key(&place, key, strlen(key))) return missing(ctx, &place);
  *out = place;
  return LG_OK;
}

bool lg_json_has(const lg_json_at *at, const char *path) {
  lg_json_at place = *at;
  return walk(&place, path) && !json_is_null(place.value);
}

lg_json_at lg_json_item(const lg_json_at *array, size_t k) {
  lg_json_at place = *array;
  (void)step_index(&place, k);
  return place;
}
