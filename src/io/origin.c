#define _XOPEN_SOURCE 700
#include "io/origin.h"

#include "io/h5_read.h"
#include "io/json_read.h"
#include "io/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ITEMS = 20100, MAX_LINE = 1 << 20, MAX_LINES = 4096 };

static void free_items(lg_ctx *ctx, lg_origin_item *items, size_t n) {
  for (size_t k = 0; k < n; k++) {
    lg_free(ctx, items[k].name);
    lg_free(ctx, items[k].text);
    lg_free(ctx, items[k].sha256);
  }
  lg_free(ctx, items);
}

void lg_origin_destroy(lg_ctx *ctx, lg_origin *origin) {
  if (!origin) return;
  lg_free(ctx, origin->program);
  lg_free(ctx, origin->compiler);
  lg_free(ctx, origin->cpu);
  lg_free(ctx, origin->working_directory);
  for (size_t k = 0; origin->argv && k < origin->argc; k++) lg_free(ctx, origin->argv[k]);
  lg_free(ctx, origin->argv);
  free_items(ctx, origin->options, origin->n_options);
  free_items(ctx, origin->inputs, origin->n_inputs);
  lg_free(ctx, origin);
}

static lg_status set(lg_ctx *ctx, char **field, const char *text) {
  char *copy = lg_strdup(ctx, text);
  if (!copy) return LG_ERR_MEMORY;
  lg_free(ctx, *field);
  *field = copy;
  return LG_OK;
}

static lg_status add(lg_ctx *ctx, lg_origin_item **items, size_t *n, const char *name, const char *text,
                     const char *sha256) {
  if (*n >= MAX_ITEMS) return lg_fail(ctx, LG_ERR_FORMAT, "more than %d entries of provenance", MAX_ITEMS);
  lg_origin_item *grown = lg_realloc(ctx, *items, *n * sizeof **items, *n + 1, sizeof **items);
  if (!grown) return LG_ERR_MEMORY;
  *items = grown;
  lg_origin_item *item = &grown[(*n)++];
  lg_status status = set(ctx, &item->name, name);
  if (status == LG_OK) status = set(ctx, &item->text, text);
  if (status == LG_OK) status = set(ctx, &item->sha256, sha256);
  return status;
}

static lg_status read_argv(lg_ctx *ctx, lg_origin *o, const lg_json_at *at) {
  lg_json_at array;
  size_t n;
  lg_status status = lg_json_get_array(ctx, at, "", &array, &n);
  if (status != LG_OK) return status;
  if (n < 2 || n > MAX_ITEMS || o->argv) return lg_fail(ctx, LG_ERR_FORMAT, "the command line has %zu words", n);
  o->argv = lg_alloc(ctx, n, sizeof *o->argv);
  if (!o->argv) return LG_ERR_MEMORY;
  for (size_t k = 0; k < n && status == LG_OK; k++) {
    const char *word;
    const lg_json_at item = lg_json_item(&array, k);
    status = lg_json_get_text(ctx, &item, "", &word);
    if (status == LG_OK) status = set(ctx, &o->argv[k], word);
    if (status == LG_OK) o->argc = k + 1;
  }
  return status;
}

static lg_status read_inputs(lg_ctx *ctx, lg_origin *o, const lg_json_at *at) {
  lg_json_at array;
  size_t n;
  lg_status status = lg_json_get_array(ctx, at, "inputs", &array, &n);
  for (size_t k = 0; k < n && status == LG_OK; k++) {
    const lg_json_at item = lg_json_item(&array, k);
    const char *role, *path, *hash;
    status = lg_json_get_text(ctx, &item, "role", &role);
    if (status == LG_OK) status = lg_json_get_text(ctx, &item, "path", &path);
    if (status == LG_OK) status = lg_json_get_text(ctx, &item, "sha256", &hash);
    if (status == LG_OK) status = add(ctx, &o->inputs, &o->n_inputs, role, path, hash);
  }
  return status;
}

static lg_status read_json_options(lg_ctx *ctx, lg_origin *o, const lg_json_at *at) {
  lg_json_at options, item;
  lg_status status = lg_json_get_object(ctx, at, "options", &options);
  const char *name;
  for (size_t k = 0; status == LG_OK && (name = lg_json_key_at(&options, k)) != NULL; k++) {
    const char *text;
    status = lg_json_get_key(ctx, &options, name, &item);
    if (status == LG_OK) status = lg_json_get_text(ctx, &item, "", &text);
    if (status == LG_OK) status = add(ctx, &o->options, &o->n_options, name, text, "");
  }
  return status;
}

static lg_status read_document(lg_ctx *ctx, lg_json_doc *doc, lg_origin *o) {
  lg_status status = LG_OK;
  lg_json_at at, argv;
  const char *version, *commit, *text;
  char program[256];
  at = lg_json_root(doc);
  LG_TRY(lg_json_get_object(ctx, &at, "provenance", &at));
  LG_TRY(lg_json_get_text_or(ctx, &at, "version", "?", &version));
  LG_TRY(lg_json_get_text_or(ctx, &at, "commit", "?", &commit));
  (void)snprintf(program, sizeof program, "loligo %s (%s)", version, commit);
  LG_TRY(set(ctx, &o->program, program));
  LG_TRY(lg_json_get_text_or(ctx, &at, "compiler", "?", &text));
  LG_TRY(set(ctx, &o->compiler, text));
  LG_TRY(lg_json_get_text_or(ctx, &at, "cpu", "?", &text));
  LG_TRY(set(ctx, &o->cpu, text));
  LG_TRY(lg_json_get_text_or(ctx, &at, "working_directory", "", &text));
  LG_TRY(set(ctx, &o->working_directory, text));
  LG_TRY(lg_json_get(ctx, &at, "argv", &argv));
  LG_TRY(read_argv(ctx, o, &argv));
  LG_TRY(read_json_options(ctx, o, &at));
  LG_TRY(read_inputs(ctx, o, &at));
done:
  return status;
}

static lg_status read_json(lg_ctx *ctx, const char *path, lg_origin *o) {
  lg_json_doc *doc = NULL;
  lg_status status = lg_json_load(ctx, path, LG_JSON_STRICT, (size_t)256 << 20, &doc);
  if (status == LG_OK) status = read_document(ctx, doc, o);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

/* HDF5 (NWB, traces, tensors) holds the provenance as a JSON text. */
static lg_status read_h5(lg_ctx *ctx, const char *path, lg_origin *o) {
  lg_table *table = NULL;
  lg_json_doc *doc = NULL;
  lg_status status = lg_table_read(ctx, path, &table);
  const char *text = status == LG_OK ? lg_table_provenance(table) : NULL;
  if (status == LG_OK && !text) status = lg_fail(ctx, LG_ERR_FORMAT, "%s: holds no provenance", path);
  if (status == LG_OK) status = lg_json_parse(ctx, path, text, strlen(text), LG_JSON_STRICT, &doc);
  if (status == LG_OK) status = read_document(ctx, doc, o);
  lg_json_doc_destroy(ctx, doc);
  lg_table_destroy(ctx, table);
  return status;
}

/* An array has no room for it: it stands in FILE.npy.json. */
static lg_status read_beside(lg_ctx *ctx, const char *path, lg_origin *o) {
  char beside[4096];
  const int n = snprintf(beside, sizeof beside, "%s.json", path);
  if (n < 0 || (size_t)n >= sizeof beside) return lg_fail(ctx, LG_ERR_IO, "%s: the path is too long", path);
  return read_json(ctx, beside, o);
}

/* `input ROLE sha256=HASH` is the key, the path the value. */
static lg_status input_line(lg_ctx *ctx, lg_origin *o, char *key, const char *value) {
  char *hash = strstr(key, " sha256=");
  if (!hash) return lg_fail(ctx, LG_ERR_FORMAT, "the provenance line '%.60s' has no hash", key);
  *hash = '\0';
  return add(ctx, &o->inputs, &o->n_inputs, key, value, hash + 8);
}

static lg_status argv_line(lg_ctx *ctx, lg_origin *o, const char *value) {
  lg_json_doc *doc = NULL;
  lg_status status = lg_json_parse(ctx, "argv", value, strlen(value), LG_JSON_STRICT, &doc);
  if (status != LG_OK) return status;
  const lg_json_at at = lg_json_root(doc);
  status = read_argv(ctx, o, &at);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static lg_status csv_line(lg_ctx *ctx, lg_origin *o, char *line) {
  char *key = line + 1;
  while (*key == ' ') key++;
  char *value = strstr(key, ": ");
  if (!value) return LG_OK; /* a remark */
  *value = '\0';
  value += 2;
  if (strcmp(key, "program") == 0) return set(ctx, &o->program, value);
  if (strcmp(key, "compiler") == 0) return set(ctx, &o->compiler, value);
  if (strcmp(key, "cpu") == 0) return set(ctx, &o->cpu, value);
  if (strcmp(key, "working_directory") == 0) return set(ctx, &o->working_directory, value);
  if (strcmp(key, "argv") == 0) return argv_line(ctx, o, value);
  if (strncmp(key, "option ", 7) == 0) return add(ctx, &o->options, &o->n_options, key + 7, value, "");
  if (strncmp(key, "input ", 6) == 0) return input_line(ctx, o, key + 6, value);
  return LG_OK;
}

static lg_status read_csv(lg_ctx *ctx, FILE *stream, lg_origin *o) {
  lg_status status = LG_OK;
  char *line = lg_alloc(ctx, MAX_LINE, 1);
  if (!line) return LG_ERR_MEMORY;
  for (int k = 0; k < MAX_LINES && status == LG_OK && fgets(line, MAX_LINE, stream) && line[0] == '#'; k++) {
    line[strcspn(line, "\r\n")] = '\0';
    status = csv_line(ctx, o, line);
  }
  lg_free(ctx, line);
  return status;
}

lg_status lg_origin_read(lg_ctx *ctx, const char *path, lg_origin **out) {
  *out = NULL;
  FILE *stream = fopen(path, "rb");
  if (!stream) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  lg_origin *o = lg_alloc(ctx, 1, sizeof *o);
  lg_status status = o ? set(ctx, &o->working_directory, "") : LG_ERR_MEMORY;
  unsigned char magic[16] = {0};
  const size_t n_magic = fread(magic, 1, sizeof magic, stream);
  const int first = n_magic ? magic[0] : EOF;
  rewind(stream);
  if (status == LG_OK && first == '#') status = read_csv(ctx, stream, o);
  else if (status == LG_OK && first == '{') status = read_json(ctx, path, o);
  else if (status == LG_OK && lg_npy_is(magic, n_magic)) status = read_beside(ctx, path, o);
  else if (status == LG_OK && lg_h5_is(magic, n_magic)) status = read_h5(ctx, path, o);
  else if (status == LG_OK)
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: begins neither as JSON nor with '#' lines: no provenance", path);
  (void)fclose(stream);
  if (status == LG_OK && !o->argv)
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: the provenance holds no command line (argv)", path);
  if (status == LG_OK) *out = o;
  else lg_origin_destroy(ctx, o);
  return status;
}
