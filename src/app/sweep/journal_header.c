/* The header of a journal: everything that merging needs to know of a sweep. */
#define _XOPEN_SOURCE 700
#include "app/sweep/crc32c.h"
#include "app/sweep/journal.h"
#include "io/bytes.h"
#include "io/json_read.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_HEAD = 16, MAX_HEADER = 64 << 20, MAX_NAME = 63 };
static const char file_magic[8] = {'L', 'G', 'S', 'W', 'E', 'E', 'P', '1'};
static const char *const type_names[] = {"number", "integer", "word"};

void lg_sweep_shape_destroy(lg_ctx *ctx, lg_sweep_shape *shape) {
  if (!shape) return;
  for (size_t c = 0; shape->columns && c < shape->n_columns; c++)
    lg_free(ctx, (char *)(uintptr_t)shape->columns[c].name);
  lg_free(ctx, shape->columns);
  lg_free(ctx, shape->name);
  lg_free(ctx, shape->what);
  lg_free(ctx, shape->array_name);
  lg_free(ctx, shape->array_axis_name);
  lg_free(ctx, shape->array_axis);
  lg_free(ctx, shape->comments);
  lg_free(ctx, shape->provenance);
  lg_free(ctx, shape);
}

/* Names become columns of CSV, SQL and HDF5. */
static bool is_name(const char *text) {
  if (!text || text[0] == '\0' || strlen(text) > MAX_NAME) return false;
  for (const char *p = text; *p; p++)
    if (*p <= ' ' || *p > '~' || strchr("\",'/\\`;", *p)) return false;
  return strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

static lg_status check_names(lg_ctx *ctx, const char *name, const lg_sweep_column *columns, size_t n,
                             const char *array_name, const char *axis_name) {
  if (!is_name(name)) return lg_fail(ctx, LG_ERR_ARGUMENT, "'%s' cannot be the name of a sweep", name ? name : "");
  if (n < 1 || n > LG_SWEEP_MAX_COLUMNS)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%zu columns; allowed are 1 to %d", n, LG_SWEEP_MAX_COLUMNS);
  for (size_t c = 0; c < n; c++) {
    const char *column = columns[c].name;
    if (!is_name(column) || strcmp(column, "point") == 0 || strcmp(column, "error") == 0 ||
        strcmp(column, "provenance") == 0)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "'%s' cannot be the name of a column", column ? column : "");
    for (size_t k = 0; k < c; k++)
      if (strcmp(columns[k].name, column) == 0)
        return lg_fail(ctx, LG_ERR_ARGUMENT, "two columns are called '%s'", column);
    if ((array_name && strcmp(array_name, column) == 0) || (axis_name && strcmp(axis_name, column) == 0))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "a column and an array are called '%s'", column);
  }
  if ((array_name && !is_name(array_name)) || (axis_name && !is_name(axis_name)))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the array has no usable name");
  return LG_OK;
}

static lg_status check_plan(lg_ctx *ctx, const lg_sweep_plan *plan) {
  if (plan->n_points == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "a sweep of no points");
  if (!plan->fingerprint || strlen(plan->fingerprint) != 64 || strspn(plan->fingerprint, "0123456789abcdef") != 64)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the fingerprint of a sweep is 64 hex digits");
  if (plan->n_array > 0 && (!plan->array_name || (plan->array_axis && !plan->array_axis_name)))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the array of a sweep and its axis need names");
  if (lg_journal_record_bound(plan, LG_SWEEP_BLOCK) == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "arrays of %zu numbers per point are too large", plan->n_array);
  return check_names(ctx, plan->name, plan->columns, plan->n_columns, plan->n_array ? plan->array_name : NULL,
                     plan->n_array && plan->array_axis ? plan->array_axis_name : NULL);
}

static void write_shape(const lg_sweep_plan *plan, const lg_sweep_options *options, const char *comments,
                        const char *provenance, FILE *stream) {
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-journal/1");
  lg_json_key_text(&w, "fingerprint", plan->fingerprint);
  lg_json_key_text(&w, "name", plan->name);
  lg_json_key_text(&w, "what", plan->what ? plan->what : plan->name);
  lg_json_key_integer(&w, "n_points", (int64_t)plan->n_points);
  lg_json_key(&w, "columns");
  lg_json_array(&w);
  for (size_t c = 0; c < plan->n_columns; c++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "name", plan->columns[c].name);
    lg_json_key_text(&w, "type", type_names[plan->columns[c].type]);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_key_integer(&w, "n_array", (int64_t)plan->n_array);
  if (plan->n_array > 0) {
    lg_json_key_text(&w, "array_name", plan->array_name);
    if (plan->array_axis) {
      lg_json_key_text(&w, "array_axis_name", plan->array_axis_name);
      lg_json_key_numbers(&w, "array_axis", plan->array_axis, plan->n_array);
    }
  }
  lg_json_key_boolean(&w, "csv", options->csv);
  lg_json_key_boolean(&w, "sqlite", options->sqlite);
  lg_json_key_boolean(&w, "hdf5", options->hdf5);
  lg_json_key_text(&w, "comments", comments);
  lg_json_key_text(&w, "provenance", provenance);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}

/* What a function writes to a stream, as a text of malloc. */
static char *text_of(void (*write)(void *user, FILE *stream), void *user, size_t *n) {
  char *text = NULL;
  FILE *stream = open_memstream(&text, n);
  if (!stream) return NULL;
  write(user, stream);
  const bool bad = ferror(stream) != 0;
  if (fclose(stream) == 0 && !bad && text) return text;
  free(text);
  return NULL;
}

typedef struct making {
  const lg_sweep_plan *plan;
  const lg_sweep_options *options;
  lg_provenance *lasting;
  char *comments, *provenance;
} making;

static void write_comments(void *user, FILE *stream) {
  making *m = user;
  if (m->lasting) lg_provenance_write_comments(m->lasting, stream);
}

static void write_provenance(void *user, FILE *stream) {
  making *m = user;
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  if (m->lasting) {
    lg_json_key(&w, "provenance");
    lg_provenance_write_json(m->lasting, &w);
  }
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}

static void write_header(void *user, FILE *stream) {
  making *m = user;
  write_shape(m->plan, m->options, m->comments, m->provenance, stream);
}

static void put32(unsigned char *out, size_t x) {
  for (unsigned k = 0; k < 4; k++) out[k] = (unsigned char)(x >> (8 * k));
}

lg_status lg_journal_header_make(lg_ctx *ctx, const lg_sweep_plan *plan, const lg_sweep_options *options,
                                 unsigned char **bytes, size_t *n) {
  lg_status status = LG_OK;
  making m = {.plan = plan, .options = options};
  char *text = NULL;
  size_t length = 0;
  *bytes = NULL;
  *n = 0;
  LG_TRY(check_plan(ctx, plan));
  if (options->provenance) LG_TRY(lg_provenance_lasting(ctx, options->provenance, &m.lasting));
  m.comments = text_of(write_comments, &m, &length);
  m.provenance = text_of(write_provenance, &m, &length);
  if (m.comments && m.provenance) text = text_of(write_header, &m, &length);
  if (!text || length > MAX_HEADER) {
    status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for the header of a journal");
    goto done;
  }
  LG_NEW(ctx, *bytes, HEADER_HEAD + length);
  memcpy(*bytes, file_magic, sizeof file_magic);
  put32(*bytes + 8, length);
  put32(*bytes + 12, lg_crc32c(0, text, length));
  memcpy(*bytes + HEADER_HEAD, text, length);
  *n = HEADER_HEAD + length;
done:
  free(text);
  free(m.comments);
  free(m.provenance);
  lg_provenance_destroy(ctx, m.lasting);
  return status;
}

/* ---- reading -------------------------------------------------------------------------------------------- */

static lg_status copy_text(lg_ctx *ctx, const lg_json_at *root, const char *key, char **out) {
  const char *text;
  const lg_status status = lg_json_get_text(ctx, root, key, &text);
  if (status != LG_OK) return status;
  *out = lg_strdup(ctx, text);
  return *out ? LG_OK : LG_ERR_MEMORY;
}

static lg_status read_columns(lg_ctx *ctx, const lg_json_at *root, lg_sweep_shape *shape) {
  lg_status status = LG_OK;
  lg_json_at array;
  size_t n;
  LG_TRY(lg_json_get_array(ctx, root, "columns", &array, &n));
  if (n > LG_SWEEP_MAX_COLUMNS) return lg_fail(ctx, LG_ERR_FORMAT, "%s: %zu columns", root->file, n);
  LG_NEW(ctx, shape->columns, n ? n : 1);
  for (size_t c = 0; c < n; c++) {
    const lg_json_at item = lg_json_item(&array, c);
    const char *type;
    char *name = NULL;
    size_t k = 0;
    LG_TRY(copy_text(ctx, &item, "name", &name));
    shape->columns[c].name = name;
    shape->n_columns = c + 1;
    LG_TRY(lg_json_get_text(ctx, &item, "type", &type));
    while (k < 3 && strcmp(type, type_names[k]) != 0) k++;
    if (k == 3) return lg_fail(ctx, LG_ERR_FORMAT, "%s: columns[%zu].type: '%s' is unknown", root->file, c, type);
    shape->columns[c].type = (lg_sweep_type)k;
  }
done:
  return status;
}

static lg_status read_array(lg_ctx *ctx, const lg_json_at *root, lg_sweep_shape *shape) {
  lg_status status = LG_OK;
  int64_t n = 0;
  size_t n_axis = 0;
  LG_TRY(lg_json_get_integer(ctx, root, "n_array", 0, UINT32_MAX / 16, &n));
  shape->n_array = (size_t)n;
  if (n == 0) return LG_OK;
  LG_TRY(copy_text(ctx, root, "array_name", &shape->array_name));
  if (!lg_json_has(root, "array_axis")) return LG_OK;
  LG_TRY(copy_text(ctx, root, "array_axis_name", &shape->array_axis_name));
  LG_TRY(lg_json_get_numbers(ctx, root, "array_axis", NULL, &shape->array_axis, &n_axis));
  if (n_axis != shape->n_array)
    status =
        lg_fail(ctx, LG_ERR_FORMAT, "%s: an axis of %zu numbers for arrays of %zu", root->file, n_axis, shape->n_array);
done:
  return status;
}

static lg_status read_shape(lg_ctx *ctx, const lg_json_at *root, lg_sweep_shape *shape) {
  lg_status status = LG_OK;
  const char *schema, *fingerprint;
  int64_t n_points;
  LG_TRY(lg_json_get_text(ctx, root, "schema", &schema));
  if (strcmp(schema, "loligo-journal/1") != 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: schema '%s'; this program reads loligo-journal/1", root->file, schema);
  LG_TRY(lg_json_get_text(ctx, root, "fingerprint", &fingerprint));
  if (strlen(fingerprint) != 64) return lg_fail(ctx, LG_ERR_FORMAT, "%s: fingerprint: no SHA-256", root->file);
  memcpy(shape->fingerprint, fingerprint, 65);
  LG_TRY(copy_text(ctx, root, "name", &shape->name));
  LG_TRY(copy_text(ctx, root, "what", &shape->what));
  LG_TRY(lg_json_get_integer(ctx, root, "n_points", 1, INT64_MAX / 64, &n_points));
  shape->n_points = (size_t)n_points;
  LG_TRY(read_columns(ctx, root, shape));
  LG_TRY(read_array(ctx, root, shape));
  LG_TRY(lg_json_get_boolean(ctx, root, "csv", &shape->csv));
  LG_TRY(lg_json_get_boolean(ctx, root, "sqlite", &shape->sqlite));
  LG_TRY(lg_json_get_boolean(ctx, root, "hdf5", &shape->hdf5));
  LG_TRY(copy_text(ctx, root, "comments", &shape->comments));
  LG_TRY(copy_text(ctx, root, "provenance", &shape->provenance));
  status = check_names(ctx, shape->name, shape->columns, shape->n_columns, shape->array_name, shape->array_axis_name);
  if (status != LG_OK) status = lg_fail_prefix(ctx, LG_ERR_FORMAT, "%s: ", root->file);
done:
  return status;
}

lg_status lg_journal_header_read(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n,
                                 lg_sweep_shape **out, size_t *begin) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  lg_sweep_shape *shape = NULL;
  lg_bytes b = {.data = bytes, .n = n};
  *out = NULL;
  if (n < HEADER_HEAD || memcmp(bytes, file_magic, sizeof file_magic) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: is no journal of a sweep, or was cut at its start", name);
  const size_t length = lg_bytes_u32(&b, 8);
  if (length > n - HEADER_HEAD || length > MAX_HEADER)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: is cut within its header", name);
  if (lg_crc32c(0, bytes + HEADER_HEAD, length) != lg_bytes_u32(&b, 12))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: its header is damaged (CRC)", name);
  LG_TRY(lg_json_parse(ctx, name, bytes + HEADER_HEAD, length, LG_JSON_STRICT, &doc));
  LG_NEW(ctx, shape, 1);
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(read_shape(ctx, &root, shape));
  *begin = HEADER_HEAD + length;
  *out = shape;
  shape = NULL;
done:
  lg_sweep_shape_destroy(ctx, shape);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

bool lg_sweep_same(const lg_sweep_shape *a, const lg_sweep_shape *b, const char **difference) {
  *difference = NULL;
  if (strcmp(a->fingerprint, b->fingerprint) != 0) *difference = "fingerprint";
  else if (!same_text(a->name, b->name)) *difference = "name";
  else if (a->n_points != b->n_points) *difference = "number of points";
  else if (a->n_columns != b->n_columns) *difference = "number of columns";
  else if (a->n_array != b->n_array || !same_text(a->array_name, b->array_name) ||
           !same_text(a->array_axis_name, b->array_axis_name))
    *difference = "array";
  else if (a->array_axis && memcmp(a->array_axis, b->array_axis, a->n_array * sizeof(double)) != 0)
    *difference = "axis of the array";
  for (size_t c = 0; !*difference && c < a->n_columns; c++)
    if (a->columns[c].type != b->columns[c].type || strcmp(a->columns[c].name, b->columns[c].name) != 0)
      *difference = a->columns[c].name;
  return !*difference;
}
