#define _XOPEN_SOURCE 700
#include "io/h5_read.h"

#include <stdlib.h>
#include <string.h>

bool lg_h5_is(const unsigned char *bytes, size_t n) {
  static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  for (size_t at = 0; at <= n && n - at >= sizeof signature; at = at ? 2 * at : 512)
    if (memcmp(bytes + at, signature, sizeof signature) == 0) return true;
  return false;
}

static herr_t refuse_external(const char *parent_file, const char *parent_group, const char *child_file,
                              const char *child_object, unsigned *flags, hid_t fapl, void *user) {
  (void)parent_file, (void)parent_group, (void)child_file, (void)child_object, (void)flags, (void)fapl;
  *(bool *)user = true;
  return -1;
}

lg_status lg_h5_open(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_h5 *h5) {
  *h5 = (lg_h5){.file = -1, .links = -1, .n_bytes = n};
  (void)H5Eget_auto2(H5E_DEFAULT, &h5->old_handler, &h5->old_data);
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  (void)H5PLset_loading_state(0);
  void *image = NULL;
  memcpy(&image, &bytes, sizeof image); /* libhdf5 wants a pointer to non-const and only copies from it */
  const hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
  h5->links = H5Pcreate(H5P_LINK_ACCESS);
  if (fapl >= 0 && h5->links >= 0 && H5Pset_fapl_core(fapl, 65536, 0) >= 0 && H5Pset_file_image(fapl, image, n) >= 0 &&
      H5Pset_fclose_degree(fapl, H5F_CLOSE_STRONG) >= 0 &&
      H5Pset_elink_cb(h5->links, refuse_external, &h5->external) >= 0)
    h5->file = H5Fopen("image", H5F_ACC_RDONLY, fapl);
  if (fapl >= 0) (void)H5Pclose(fapl);
  if (h5->file >= 0) return LG_OK;
  lg_h5_close(h5);
  return lg_fail(ctx, LG_ERR_FORMAT, "the HDF5 structure is damaged or truncated (%zu bytes)", n);
}

void lg_h5_close(lg_h5 *h5) {
  if (h5->links >= 0) (void)H5Pclose(h5->links);
  if (h5->file >= 0) (void)H5Fclose(h5->file);
  (void)H5Eset_auto2(H5E_DEFAULT, h5->old_handler, h5->old_data);
  h5->file = h5->links = -1;
}

hid_t lg_h5_object(lg_h5 *h5, hid_t at, const char *path) { return H5Oopen(at, path, h5->links); }

bool lg_h5_has(lg_h5 *h5, hid_t at, const char *name) { return H5Lexists(at, name, h5->links) > 0; }

bool lg_h5_identify(hid_t object, lg_h5_id *id) {
  memset(id, 0, sizeof *id);
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) return false;
  memcpy(id->bytes, &info.token, sizeof id->bytes);
#else
  H5O_info_t info;
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return false;
  memcpy(id->bytes, &info.addr, sizeof info.addr);
#endif
  return true;
}

bool lg_h5_same(const lg_h5_id *a, const lg_h5_id *b) { return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0; }

/* ---- one value, in an attribute or a dataset ---------------------------------------------------- */

/* Either one, so that the code below is written once. */
typedef struct value {
  hid_t object, type, space;
  bool is_attribute;
} value;

static void value_close(value *v) {
  if (v->type >= 0) (void)H5Tclose(v->type);
  if (v->space >= 0) (void)H5Sclose(v->space);
  if (v->object >= 0) (void)(v->is_attribute ? H5Aclose(v->object) : H5Oclose(v->object));
}

/* One element, scalar or not. */
static bool value_open(value *v) {
  v->type = v->space = -1;
  if (v->object < 0) return false;
  if (!v->is_attribute && H5Iget_type(v->object) != H5I_DATASET) return false;
  v->type = v->is_attribute ? H5Aget_type(v->object) : H5Dget_type(v->object);
  v->space = v->is_attribute ? H5Aget_space(v->object) : H5Dget_space(v->object);
  return v->type >= 0 && v->space >= 0 && H5Sget_simple_extent_npoints(v->space) == 1;
}

static bool value_read(const value *v, hid_t memory_type, void *out) {
  if (v->is_attribute) return H5Aread(v->object, memory_type, out) >= 0;
  return H5Dread(v->object, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0;
}

/* Copy at most bytes - 1, never half of a UTF-8 sequence, and drop the padding at the end. */
static void copy_text(char *text, size_t bytes, const char *from, size_t n) {
  size_t used = n < bytes - 1 ? n : bytes - 1;
  if (used < n)
    while (used > 0 && ((unsigned char)from[used] & 0xC0u) == 0x80u) used--;
  memcpy(text, from, used);
  while (used > 0 && text[used - 1] == ' ') used--;
  text[used] = '\0';
  lg_one_line(text);
}

static bool value_text(const value *v, char *text, size_t bytes) {
  enum { MAX_TEXT = 1 << 20 };
  bool good = false;
  if (H5Tget_class(v->type) != H5T_STRING) return false;
  if (H5Tis_variable_str(v->type) > 0) {
    char *variable = NULL;
    if (value_read(v, v->type, (void *)&variable) && variable) {
      copy_text(text, bytes, variable, strlen(variable));
      good = true;
    }
    if (variable) (void)H5Dvlen_reclaim(v->type, v->space, H5P_DEFAULT, (void *)&variable);
    return good;
  }
  const size_t size = H5Tget_size(v->type);
  if (size == 0 || size > MAX_TEXT) return false;
  char *fixed = calloc(size + 1, 1);
  if (fixed && value_read(v, v->type, fixed)) {
    copy_text(text, bytes, fixed, strlen(fixed));
    good = true;
  }
  free(fixed);
  return good;
}

static bool value_number(const value *v, double *x) {
  const H5T_class_t class = H5Tget_class(v->type);
  return (class == H5T_INTEGER || class == H5T_FLOAT) && value_read(v, H5T_NATIVE_DOUBLE, x);
}

static value attribute_of(hid_t object, const char *name) {
  return (value){.object = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1, .is_attribute = true};
}

bool lg_h5_attribute_text(hid_t object, const char *name, char *text, size_t bytes) {
  value v = attribute_of(object, name);
  const bool good = value_open(&v) && value_text(&v, text, bytes);
  value_close(&v);
  return good;
}

/* Joins n texts while they fit; how many did. */
static size_t join_texts(char *const *texts, size_t n, char *joined, size_t bytes) {
  enum { MAX_NAME = 512 };
  size_t used = 0, count = 0;
  joined[0] = '\0';
  for (size_t k = 0; k < n; k++) {
    const size_t length = texts[k] ? strlen(texts[k]) : MAX_NAME;
    if (length >= MAX_NAME || used + length + 2 > bytes) continue;
    used += (size_t)snprintf(joined + used, bytes - used, "%s%s", count ? "," : "", texts[k]);
    count++;
  }
  return count;
}

bool lg_h5_attribute_texts(hid_t object, const char *name, size_t most, char *joined, size_t bytes, size_t *n) {
  const hid_t attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
  if (attribute < 0) return false;
  bool good = false;
  const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  const hssize_t count = space >= 0 ? H5Sget_simple_extent_npoints(space) : 0;
  char **texts = count > 0 && (hsize_t)count <= most ? calloc((size_t)count, sizeof *texts) : NULL;
  if (texts && type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0 &&
      H5Aread(attribute, type, (void *)texts) >= 0) {
    *n = join_texts(texts, (size_t)count, joined, bytes);
    good = true;
    (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, (void *)texts);
  }
  free((void *)texts);
  if (type >= 0) (void)H5Tclose(type);
  if (space >= 0) (void)H5Sclose(space);
  (void)H5Aclose(attribute);
  return good;
}

bool lg_h5_attribute_number(hid_t object, const char *name, double *x) {
  value v = attribute_of(object, name);
  const bool good = value_open(&v) && value_number(&v, x);
  value_close(&v);
  return good;
}

bool lg_h5_dataset_text(lg_h5 *h5, hid_t at, const char *path, char *text, size_t bytes) {
  value v = {.object = lg_h5_object(h5, at, path)};
  const bool good = value_open(&v) && value_text(&v, text, bytes);
  value_close(&v);
  return good;
}

bool lg_h5_dataset_number(lg_h5 *h5, hid_t at, const char *path, double *x) {
  value v = {.object = lg_h5_object(h5, at, path)};
  const bool good = value_open(&v) && value_number(&v, x);
  value_close(&v);
  return good;
}

/* ---- vectors ----------------------------------------------------------------------------------- */

static lg_status check_filters(lg_ctx *ctx, hid_t dcpl, const char *label) {
  const int n = H5Pget_nfilters(dcpl);
  if (n < 0) return lg_fail(ctx, LG_ERR_FORMAT, "%s: the list of filters is damaged", label);
  for (int k = 0; k < n; k++) {
    unsigned flags = 0, config = 0, values[8];
    size_t n_values = 8;
    char name[64] = "";
    const H5Z_filter_t filter =
        H5Pget_filter2(dcpl, (unsigned)k, &flags, &n_values, values, sizeof name, name, &config);
    name[sizeof name - 1] = '\0';
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                     "%s is packed with the filter %d '%s'; deflate (gzip), shuffle and fletcher32 are read", label,
                     (int)filter, name);
  }
  return LG_OK;
}

/* Where the bytes are: inside this file, in chunks of a sane size. */
static lg_status check_layout(lg_ctx *ctx, hid_t dcpl, const char *label, size_t element) {
  enum { MAX_CHUNK_BYTES = 1 << 28 };
  const H5D_layout_t layout = H5Pget_layout(dcpl);
  if (H5Pget_external_count(dcpl) > 0 || layout == H5D_VIRTUAL)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: the data lie in other files; copy them into one file first", label);
  if (layout != H5D_CHUNKED && layout != H5D_CONTIGUOUS && layout != H5D_COMPACT)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: unknown layout", label);
  if (layout != H5D_CHUNKED) return LG_OK;
  hsize_t dims[2] = {0, 1};
  if (H5Pget_chunk(dcpl, 2, dims) < 1 || dims[0] > MAX_CHUNK_BYTES || dims[1] > MAX_CHUNK_BYTES ||
      dims[0] * dims[1] > MAX_CHUNK_BYTES / element)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: chunks of %llu × %llu elements; at most %d bytes are allowed", label,
                   (unsigned long long)dims[0], (unsigned long long)dims[1], MAX_CHUNK_BYTES);
  return check_filters(ctx, dcpl, label);
}

/* deflate shrinks at most 1032 : 1, so more elements than that are a lie (or a bomb). */
static lg_status check_storage(lg_ctx *ctx, const lg_h5 *h5, hid_t dataset, hid_t dcpl, const char *label, size_t n,
                               size_t element) {
  const hsize_t stored = H5Dget_storage_size(dataset);
  const hsize_t ratio = H5Pget_nfilters(dcpl) > 0 ? 1032 : 1;
  if (stored > h5->n_bytes || (hsize_t)n > stored / element * ratio + (ratio > 1 ? 4096 : 0))
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "%s claims %zu elements of %zu bytes, but %llu bytes are stored in a file of %zu", label, n, element,
                   (unsigned long long)stored, h5->n_bytes);
  return LG_OK;
}

/* A vector (columns NULL; n × 1 is one too) or a matrix. */
static lg_status check_shape(lg_ctx *ctx, const char *label, hid_t space, size_t *n, size_t *columns) {
  hsize_t dims[2] = {0, 1};
  const int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  const bool fits = rank >= (columns ? 2 : 1) && rank <= 2 && H5Sget_simple_extent_dims(space, dims, NULL) >= 0;
  if (!fits || (!columns && dims[1] != 1))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s is not %s-dimensional (%d dimensions)", label, columns ? "two" : "one",
                   rank);
  if (dims[0] > LG_H5_MAX_SAMPLES || dims[1] > LG_H5_MAX_SAMPLES || dims[0] * dims[1] > LG_H5_MAX_SAMPLES)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s has %llu × %llu elements; up to %d are read", label,
                   (unsigned long long)dims[0], (unsigned long long)dims[1], LG_H5_MAX_SAMPLES);
  *n = (size_t)dims[0];
  if (columns) *columns = (size_t)dims[1];
  return LG_OK;
}

static lg_status check_dataset(lg_ctx *ctx, const lg_h5 *h5, hid_t dataset, const char *label,
                               const H5T_class_t *classes, size_t *n, size_t *columns) {
  lg_status status = LG_OK;
  const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset), dcpl = H5Dget_create_plist(dataset);
  const H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
  const size_t element = type < 0 ? 0 : H5Tget_size(type);
  if (dcpl < 0 || element == 0 || (class != classes[0] && class != classes[1]))
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: the element type is not the expected one", label));
  LG_TRY(check_shape(ctx, label, space, n, columns));
  LG_TRY(check_layout(ctx, dcpl, label, element));
  LG_TRY(check_storage(ctx, h5, dataset, dcpl, label, *n * (columns ? *columns : 1), element));
done:
  if (space >= 0) (void)H5Sclose(space);
  if (type >= 0) (void)H5Tclose(type);
  if (dcpl >= 0) (void)H5Pclose(dcpl);
  return status;
}

static lg_status open_dataset(lg_ctx *ctx, lg_h5 *h5, hid_t at, const char *path, const char *label,
                              const H5T_class_t *classes, hid_t *dataset, size_t *n, size_t *columns) {
  *n = 0;
  if (columns) *columns = 0;
  *dataset = lg_h5_object(h5, at, path);
  if (*dataset < 0 && h5->external)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s is a link to another file; copy the data into one file first", label);
  if (*dataset < 0 || H5Iget_type(*dataset) != H5I_DATASET) {
    if (*dataset >= 0) (void)H5Oclose(*dataset);
    *dataset = -1;
    return lg_fail(ctx, LG_ERR_FORMAT, "%s is missing or damaged", label);
  }
  const lg_status status = check_dataset(ctx, h5, *dataset, label, classes, n, columns);
  if (status == LG_OK) return LG_OK;
  (void)H5Dclose(*dataset);
  *dataset = -1;
  return status;
}

lg_status lg_h5_open_vector(lg_ctx *ctx, lg_h5 *h5, hid_t at, const char *path, const char *label, H5T_class_t class1,
                            H5T_class_t class2, hid_t *dataset, size_t *n) {
  return open_dataset(ctx, h5, at, path, label, (H5T_class_t[]){class1, class2}, dataset, n, NULL);
}

lg_status lg_h5_open_matrix(lg_ctx *ctx, lg_h5 *h5, hid_t at, const char *path, const char *label, H5T_class_t class1,
                            H5T_class_t class2, hid_t *dataset, size_t *rows, size_t *columns) {
  return open_dataset(ctx, h5, at, path, label, (H5T_class_t[]){class1, class2}, dataset, rows, columns);
}

/* One block of the dataset: (count, columns) elements, or count elements when it is a vector. */
static bool read_block(hid_t dataset, hid_t memory_type, size_t first, size_t count, size_t columns, void *out) {
  const hsize_t start[2] = {first, 0}, size[2] = {count, columns}, all[1] = {count * columns};
  const hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(1, all, NULL);
  const bool good = space >= 0 && memory >= 0 &&
                    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 &&
                    H5Dread(dataset, memory_type, memory, space, H5P_DEFAULT, out) >= 0;
  if (space >= 0) (void)H5Sclose(space);
  if (memory >= 0) (void)H5Sclose(memory);
  return good;
}

lg_status lg_h5_read_rows(lg_ctx *ctx, hid_t dataset, const char *label, hid_t memory_type, size_t first, size_t count,
                          size_t columns, void *out) {
  if (count == 0 || columns == 0 || read_block(dataset, memory_type, first, count, columns, out)) return LG_OK;
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: rows %zu … %zu cannot be read; the data are damaged", label, first,
                 first + count - 1);
}

lg_status lg_h5_read_vector(lg_ctx *ctx, hid_t dataset, const char *label, hid_t memory_type, size_t first,
                            size_t count, void *out) {
  if (count == 0) return LG_OK;
  if (read_block(dataset, memory_type, first, count, 1, out)) return LG_OK;
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: elements %zu … %zu cannot be read; the data are damaged", label, first,
                 first + count - 1);
}

/* ---- texts ------------------------------------------------------------------------------------- */

typedef struct texts {
  hid_t dataset, type, space;
  size_t n, width; /* width 0: of variable length */
} texts;

static lg_status check_texts(lg_ctx *ctx, const lg_h5 *h5, texts *x, const char *label, size_t most) {
  const hid_t dcpl = H5Dget_create_plist(x->dataset);
  lg_status status = LG_OK;
  x->type = H5Dget_type(x->dataset);
  x->space = H5Dget_space(x->dataset);
  if (dcpl < 0 || x->type < 0 || H5Tget_class(x->type) != H5T_STRING)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s does not hold texts", label));
  LG_TRY(check_shape(ctx, label, x->space, &x->n, NULL));
  const bool variable = H5Tis_variable_str(x->type) > 0;
  const size_t element = H5Tget_size(x->type);
  x->width = variable ? 0 : element;
  if (x->n > most || element == 0 || element > LG_H5_MAX_TEXT)
    LG_TRY(lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: %zu texts of %zu bytes; up to %zu of %d are read", label, x->n,
                   element, most, LG_H5_MAX_TEXT));
  LG_TRY(check_layout(ctx, dcpl, label, element));
  LG_TRY(check_storage(ctx, h5, x->dataset, dcpl, label, x->n, element));
done:
  if (dcpl >= 0) (void)H5Pclose(dcpl);
  return status;
}

static size_t pack(char *at, const char *from, size_t width) {
  size_t n = 0;
  while (from && n < width && from[n]) n++;
  copy_text(at, LG_H5_MAX_TEXT, from ? from : "", n);
  return strlen(at) + 1;
}

static lg_status read_texts(lg_ctx *ctx, const texts *x, const char *label, char *packed, size_t *bytes) {
  lg_status status = LG_OK;
  char *raw = NULL;
  const size_t element = x->width ? x->width : sizeof(char *);
  *bytes = 0;
  if (x->n == 0) return LG_OK;
  LG_NEW(ctx, raw, x->n * element);
  if (H5Dread(x->dataset, x->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: the texts are damaged", label));
  for (size_t k = 0; k < x->n; k++) {
    char *one = raw + k * element;
    if (!x->width) memcpy(&one, raw + k * element, sizeof one);
    *bytes += pack(packed + *bytes, one, x->width ? x->width : LG_H5_MAX_TEXT);
  }
  if (!x->width) (void)H5Dvlen_reclaim(x->type, x->space, H5P_DEFAULT, raw);
done:
  lg_free(ctx, raw);
  return status;
}

lg_status lg_h5_read_texts(lg_ctx *ctx, lg_h5 *h5, hid_t at, const char *path, const char *label, size_t most,
                           char **packed, size_t *bytes, size_t *n) {
  lg_status status = LG_OK;
  texts x = {.dataset = lg_h5_object(h5, at, path), .type = -1, .space = -1};
  *packed = NULL;
  *bytes = *n = 0;
  if (x.dataset < 0 || H5Iget_type(x.dataset) != H5I_DATASET)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s is missing or damaged", label));
  LG_TRY(check_texts(ctx, h5, &x, label, most));
  LG_NEW(ctx, *packed, (x.n ? x.n : 1) * LG_H5_MAX_TEXT);
  LG_TRY(read_texts(ctx, &x, label, *packed, bytes));
  *n = x.n;
done:
  if (status != LG_OK) {
    lg_free(ctx, *packed);
    *packed = NULL;
  }
  if (x.type >= 0) (void)H5Tclose(x.type);
  if (x.space >= 0) (void)H5Sclose(x.space);
  if (x.dataset >= 0) (void)H5Oclose(x.dataset);
  return status;
}
