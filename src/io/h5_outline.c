/* The outline of an HDF5 file: the child walks it and answers with JSON, which the caller parses. */
#define _XOPEN_SOURCE 700
#include "io/h5_outline.h"

#include "data/json_writer.h"
#include "io/h5_sandbox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  MAX_DEPTH = 12,
  MAX_OBJECTS = 20000,
  MAX_RANK = 8,
  MAX_COLUMNS = 256,
  MAX_WIDTH = 1 << 20, /* of a row whose range is told */
  BLOCK = 1 << 16,
  NAME_BYTES = 512,
  TEXT_BYTES = 4096,
  MAX_FILE_BYTES = 1 << 30
};
static const size_t max_answer = (size_t)64 << 20;

/* ---- in the child ------------------------------------------------------------------------------------- */

typedef struct walk {
  lg_ctx *ctx;
  lg_h5 *h5;
  lg_json w;
  size_t objects;
  int depth;
  char path[NAME_BYTES], text[TEXT_BYTES];
  lg_status status;
} walk;

/* Numbers seen so far. */
typedef struct span {
  double least, largest;
  size_t missing;
} span;

/* The least whole number of 64 bits stands for none, as in the columns of a sweep. */
static void span_extend(span *s, double x) {
  if (!isfinite(x) || x == (double)INT64_MIN) {
    s->missing++;
    return;
  }
  s->least = fmin(s->least, x);
  s->largest = fmax(s->largest, x);
}

static void put_span(lg_json *w, const span *s) {
  lg_json_key_number(w, "min", s->least);
  lg_json_key_number(w, "max", s->largest);
  lg_json_key_integer(w, "missing", (int64_t)s->missing);
}

/* Rows in blocks; one span per column, or one for all. */
static lg_status measure(walk *w, hid_t dataset, size_t rows, size_t columns, span *spans, size_t n_spans) {
  lg_status status = LG_OK;
  double *block = NULL;
  const size_t step = columns < BLOCK ? BLOCK / columns : 1;
  LG_NEW(w->ctx, block, step * columns);
  for (size_t first = 0; first < rows; first += step) {
    const size_t count = rows - first < step ? rows - first : step;
    LG_TRY(lg_h5_read_rows(w->ctx, dataset, w->path, H5T_NATIVE_DOUBLE, first, count, columns, block));
    for (size_t k = 0; k < count * columns; k++) span_extend(&spans[n_spans > 1 ? k % columns : 0], block[k]);
  }
done:
  lg_free(w->ctx, block);
  return status;
}

static void put_columns(walk *w, const span *spans, size_t n) {
  char *name = w->text;
  lg_json_key(&w->w, "columns");
  lg_json_array(&w->w);
  for (size_t k = 0; k < n; k++) {
    char *comma = strchr(name, ',');
    if (comma) *comma = '\0';
    lg_json_object(&w->w);
    lg_json_key_text(&w->w, "name", name);
    put_span(&w->w, &spans[k]);
    lg_json_end_object(&w->w);
    name = comma ? comma + 1 : name + strlen(name);
  }
  lg_json_end_array(&w->w);
}

/* What cannot be read keeps its shape without a range. */
static void put_ranges(walk *w, hid_t group, const char *name, size_t rank) {
  hid_t dataset = -1;
  size_t rows = 0, columns = 1, named = 0;
  span spans[MAX_COLUMNS];
  const lg_status opened =
      rank == 2
          ? lg_h5_open_matrix(w->ctx, w->h5, group, name, w->path, H5T_INTEGER, H5T_FLOAT, &dataset, &rows, &columns)
          : lg_h5_open_vector(w->ctx, w->h5, group, name, w->path, H5T_INTEGER, H5T_FLOAT, &dataset, &rows);
  if (opened != LG_OK) return;
  const bool by_column = rank == 2 && columns <= MAX_COLUMNS &&
                         lg_h5_attribute_texts(dataset, "columns", columns, w->text, sizeof w->text, &named) &&
                         named == columns;
  const size_t n = by_column ? columns : 1;
  for (size_t k = 0; k < n; k++) spans[k] = (span){(double)INFINITY, -(double)INFINITY, 0};
  if (columns > 0 && columns <= MAX_WIDTH && measure(w, dataset, rows, columns, spans, n) == LG_OK) {
    if (by_column) put_columns(w, spans, n);
    else put_span(&w->w, &spans[0]);
  }
  (void)H5Dclose(dataset);
}

static void put_one_number(walk *w, hid_t group, const char *name) {
  double x;
  if (!lg_h5_dataset_number(w->h5, group, name, &x)) return;
  span s = {(double)INFINITY, -(double)INFINITY, 0};
  span_extend(&s, x);
  put_span(&w->w, &s);
}

static void put_type(lg_json *w, hid_t type) {
  char name[24] = "other";
  const H5T_class_t class = H5Tget_class(type);
  const size_t bits = 8 * H5Tget_size(type);
  if (class == H5T_STRING) (void)snprintf(name, sizeof name, "text");
  else if (class == H5T_FLOAT) (void)snprintf(name, sizeof name, "float%zu", bits);
  else if (class == H5T_INTEGER)
    (void)snprintf(name, sizeof name, "%sint%zu", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
  lg_json_key_text(w, "type", name);
}

static void put_shape(lg_json *w, const hsize_t *shape, int rank) {
  lg_json_key(w, "shape");
  lg_json_array(w);
  for (int d = 0; d < rank; d++) lg_json_integer(w, (int64_t)shape[d]);
  lg_json_end_array(w);
}

static void put_dataset(walk *w, hid_t group, const char *name, hid_t dataset) {
  const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  const int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  hsize_t shape[MAX_RANK] = {0};
  if (type >= 0 && rank >= 0 && rank <= MAX_RANK && H5Sget_simple_extent_dims(space, shape, NULL) >= 0) {
    const H5T_class_t class = H5Tget_class(type);
    lg_json_object(&w->w);
    lg_json_key_text(&w->w, "name", w->path);
    put_type(&w->w, type);
    put_shape(&w->w, shape, rank);
    if (lg_h5_attribute_text(dataset, "unit", w->text, sizeof w->text)) lg_json_key_text(&w->w, "unit", w->text);
    if (lg_h5_attribute_text(dataset, "shape", w->text, sizeof w->text)) lg_json_key_text(&w->w, "tensor", w->text);
    if (class == H5T_STRING && lg_h5_dataset_text(w->h5, group, name, w->text, sizeof w->text))
      lg_json_key_text(&w->w, "text", w->text);
    if ((class == H5T_FLOAT || class == H5T_INTEGER) && rank == 0) put_one_number(w, group, name);
    else if (class == H5T_FLOAT || class == H5T_INTEGER) put_ranges(w, group, name, (size_t)rank);
    lg_json_end_object(&w->w);
  }
  if (type >= 0) (void)H5Tclose(type);
  if (space >= 0) (void)H5Sclose(space);
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *user) {
  walk *w = user;
  const size_t before = strlen(w->path);
  if (info->type != H5L_TYPE_HARD || before + strlen(name) + 2 > sizeof w->path) return 0;
  if (before == 0 && strcmp(name, "provenance") == 0) return 0;
  if (++w->objects > MAX_OBJECTS) {
    w->status = lg_fail(w->ctx, LG_ERR_LIMIT, "more than %d objects in the file", MAX_OBJECTS);
    return -1;
  }
  (void)snprintf(w->path + before, sizeof w->path - before, "%s%s", before ? "/" : "", name);
  const hid_t object = lg_h5_object(w->h5, group, name);
  if (object >= 0 && H5Iget_type(object) == H5I_DATASET) put_dataset(w, group, name, object);
  if (object >= 0 && H5Iget_type(object) == H5I_GROUP && w->depth < MAX_DEPTH) {
    w->depth++;
    (void)H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, w);
    w->depth--;
  }
  if (object >= 0) (void)H5Oclose(object);
  w->path[before] = '\0';
  return w->status == LG_OK ? 0 : -1;
}

static void put_root_text(walk *w, hid_t root, const char *name) {
  lg_json_key_text(&w->w, name, lg_h5_attribute_text(root, name, w->text, sizeof w->text) ? w->text : "");
}

static lg_status put_all(walk *w) {
  double version = (double)NAN;
  const hid_t root = lg_h5_object(w->h5, w->h5->file, "/");
  if (root < 0) return lg_fail(w->ctx, LG_ERR_FORMAT, "the HDF5 structure is damaged");
  lg_json_object(&w->w);
  put_root_text(w, root, "format");
  put_root_text(w, root, "name");
  (void)lg_h5_attribute_number(root, "version", &version);
  lg_json_key_number(&w->w, "version", version);
  lg_json_key(&w->w, "datasets");
  lg_json_array(&w->w);
  const bool walked = H5Literate(root, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, w) >= 0;
  lg_json_end_array(&w->w);
  lg_json_end_object(&w->w);
  (void)H5Oclose(root);
  if (w->status == LG_OK && (!walked || !lg_json_end(&w->w)))
    return lg_fail(w->ctx, LG_ERR_FORMAT, "the HDF5 structure is damaged");
  return w->status;
}

/* The text belongs to open_memstream: a copy is what the caller frees. */
static lg_status outline(lg_ctx *ctx, lg_h5 *h5, const void *user, unsigned char **bytes, size_t *n) {
  (void)user;
  lg_status status = LG_OK;
  char *text = NULL;
  FILE *stream = open_memstream(&text, n);
  if (!stream) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the outline");
  walk w = {.ctx = ctx, .h5 = h5, .w = lg_json_begin(stream)};
  status = put_all(&w);
  if (fclose(stream) != 0 && status == LG_OK) status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for the outline");
  if (status == LG_OK) LG_NEW(ctx, *bytes, *n);
  if (status == LG_OK) memcpy(*bytes, text, *n);
done:
  free(text);
  return status;
}

/* ---- in the caller ------------------------------------------------------------------------------------ */

lg_status lg_h5_outline_read(lg_ctx *ctx, const char *path, lg_json_doc **out) {
  lg_status status = LG_OK;
  unsigned char *bytes = NULL, *answer = NULL;
  size_t n = 0, n_answer = 0;
  *out = NULL;
  LG_TRY(lg_file_read(ctx, path, MAX_FILE_BYTES, &bytes, &n));
  if (!lg_h5_is(bytes, n)) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "this is no HDF5"));
  LG_TRY(lg_h5_sandbox(ctx, outline, NULL, bytes, n, max_answer, &answer, &n_answer));
  status = lg_json_parse(ctx, path, answer, n_answer, LG_JSON_STRICT, out);
done:
  lg_free(ctx, answer);
  lg_free(ctx, bytes);
  return status;
}
