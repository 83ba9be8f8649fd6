/* Strict reader of safetensors. */
#define _XOPEN_SOURCE 700
#include "io/safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors are little-endian; this reader copies bytes as they are"
#endif

enum { MAX_HEADER_BYTES = 16 << 20, ALIGN = 64 };
static const size_t max_file_bytes = (size_t)1 << 30;

struct lg_safetensors {
  size_t n_tensors, n_metadata;
  lg_tensor_entry *tensors;
  lg_text_pair *metadata;
  char *names;         /* every name, key and text, one after the other */
  unsigned char *data; /* every tensor at a multiple of 64 */
};

/* What the header says about one tensor, before its data is copied. */
typedef struct place {
  lg_tensor_entry entry;
  size_t begin, end;
} place;

size_t lg_dtype_bytes(lg_dtype dtype) {
  static const size_t bytes[] = {4, 8, 8, 1};
  return bytes[dtype];
}

const char *lg_dtype_name(lg_dtype dtype) {
  static const char *const names[] = {"F32", "F64", "I64", "U8"};
  return names[dtype];
}

/* A non-negative JSON integer. */
static bool size_of_json(const json_t *value, size_t *out) {
  if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
  *out = (size_t)json_integer_value(value);
  return true;
}

static lg_status read_dtype(lg_ctx *ctx, const char *name, const json_t *value, lg_dtype *dtype) {
  const char *text = json_string_value(value);
  if (!text) return lg_fail(ctx, LG_ERR_FORMAT, "tensor '%.80s' has no dtype", name);
  for (int k = LG_DTYPE_F32; k <= LG_DTYPE_U8; k++) {
    if (strcmp(text, lg_dtype_name((lg_dtype)k)) != 0) continue;
    *dtype = (lg_dtype)k;
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_UNSUPPORTED, "tensor '%.80s' has dtype '%.20s'; F32, F64, I64 and U8 are read", name,
                 text);
}

static lg_status read_shape(lg_ctx *ctx, const char *name, const json_t *value, lg_tensor_entry *entry) {
  if (!json_is_array(value)) return lg_fail(ctx, LG_ERR_FORMAT, "tensor '%.80s' has no shape", name);
  entry->rank = json_array_size(value);
  if (entry->rank > LG_TENSOR_MAX_RANK)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "tensor '%.80s' has %zu dimensions, more than %d", name, entry->rank,
                   LG_TENSOR_MAX_RANK);
  for (size_t k = 0; k < entry->rank; k++)
    if (!size_of_json(json_array_get(value, k), &entry->shape[k]))
      return lg_fail(ctx, LG_ERR_FORMAT, "tensor '%.80s': dimension %zu is not a whole number of 0 or more", name, k);
  return LG_OK;
}

/* Bytes of a tensor; false on overflow (also when a later dimension of 0 would hide it). */
static bool tensor_bytes(const lg_tensor_entry *entry, size_t *bytes) {
  *bytes = lg_dtype_bytes(entry->dtype);
  for (size_t k = 0; k < entry->rank; k++)
    if (!lg_mul_size(*bytes, entry->shape[k], bytes)) return false;
  return true;
}

static lg_status read_place(lg_ctx *ctx, const char *name, const json_t *object, size_t data_bytes, place *p) {
  lg_status status = LG_OK;
  size_t bytes = 0;
  if (!json_is_object(object) || json_object_size(object) != 3)
    return lg_fail(ctx, LG_ERR_FORMAT, "tensor '%.80s' is not an object with dtype, shape and data_offsets", name);
  LG_TRY(read_dtype(ctx, name, json_object_get(object, "dtype"), &p->entry.dtype));
  LG_TRY(read_shape(ctx, name, json_object_get(object, "shape"), &p->entry));
  const json_t *offsets = json_object_get(object, "data_offsets");
  if (json_array_size(offsets) != 2 || !size_of_json(json_array_get(offsets, 0), &p->begin) ||
      !size_of_json(json_array_get(offsets, 1), &p->end))
    return lg_fail(ctx, LG_ERR_FORMAT, "tensor '%.80s' has no data_offsets of two whole numbers", name);
  if (p->begin > p->end || p->end > data_bytes)
    return lg_fail(ctx, LG_ERR_FORMAT, "tensor '%.80s' lies at %zu … %zu of %zu bytes", name, p->begin, p->end,
                   data_bytes);
  if (!tensor_bytes(&p->entry, &bytes) || bytes != p->end - p->begin)
    return lg_fail(ctx, LG_ERR_FORMAT, "tensor '%.80s' has %zu bytes, which its shape does not need", name,
                   p->end - p->begin);
  p->entry.name = name;
done:
  return status;
}

static int by_offset(const void *a, const void *b) {
  const place *x = a, *y = b;
  if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
  if (x->end != y->end) return x->end < y->end ? -1 : 1;
  return strcmp(x->entry.name, y->entry.name);
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const lg_tensor_entry *)a)->name, ((const lg_tensor_entry *)b)->name);
}

static int by_key(const void *a, const void *b) {
  return strcmp(((const lg_text_pair *)a)->key, ((const lg_text_pair *)b)->key);
}

/* The tensors must cover the data without gap or overlap: nothing can hide between them. */
static lg_status check_cover(lg_ctx *ctx, const place *places, size_t n, size_t data_bytes) {
  size_t at = 0;
  for (size_t k = 0; k < n; k++) {
    if (places[k].begin != at)
      return lg_fail(ctx, LG_ERR_FORMAT, "tensor '%.80s' begins at %zu, %s the one before, which ends at %zu",
                     places[k].entry.name, places[k].begin, places[k].begin < at ? "inside" : "not right behind", at);
    at = places[k].end;
  }
  if (at != data_bytes)
    return lg_fail(ctx, LG_ERR_FORMAT, "%zu bytes of data, but the tensors end at %zu", data_bytes, at);
  return LG_OK;
}

static lg_status read_metadata(lg_ctx *ctx, json_t *object, lg_safetensors *st, size_t *text_bytes) {
  const char *key;
  json_t *value;
  if (!json_is_object(object)) return lg_fail(ctx, LG_ERR_FORMAT, "__metadata__ is not an object");
  st->metadata = lg_alloc(ctx, json_object_size(object), sizeof *st->metadata);
  if (!st->metadata) return LG_ERR_MEMORY;
  json_object_foreach(object, key, value) {
    if (!json_is_string(value)) return lg_fail(ctx, LG_ERR_FORMAT, "__metadata__ '%.80s' is not a text", key);
    st->metadata[st->n_metadata++] = (lg_text_pair){key, json_string_value(value)};
    *text_bytes += strlen(key) + strlen(json_string_value(value)) + 2;
  }
  return LG_OK;
}

static const char *keep(char **room, const char *text) {
  char *place_of_copy = *room;
  const size_t n = strlen(text) + 1;
  memcpy(place_of_copy, text, n);
  *room += n;
  return place_of_copy;
}

/* Names and texts still belong to the JSON tree, data to the image: copy both. */
static lg_status own(lg_ctx *ctx, lg_safetensors *st, place *places, const unsigned char *data, size_t text_bytes) {
  lg_status status = LG_OK;
  size_t room = 0;
  for (size_t k = 0; k < st->n_tensors; k++) room += (places[k].end - places[k].begin + ALIGN - 1) / ALIGN * ALIGN;
  LG_NEW(ctx, st->data, room);
  LG_NEW(ctx, st->names, text_bytes);
  unsigned char *at = st->data;
  char *text = st->names;
  for (size_t k = 0; k < st->n_tensors; k++) {
    const size_t bytes = places[k].end - places[k].begin;
    if (bytes) memcpy(at, data + places[k].begin, bytes);
    st->tensors[k] = places[k].entry;
    st->tensors[k].name = keep(&text, places[k].entry.name);
    st->tensors[k].data = at;
    at += (bytes + ALIGN - 1) / ALIGN * ALIGN;
  }
  for (size_t k = 0; k < st->n_metadata; k++) {
    st->metadata[k].key = keep(&text, st->metadata[k].key);
    st->metadata[k].text = keep(&text, st->metadata[k].text);
  }
  if (st->n_tensors) qsort(st->tensors, st->n_tensors, sizeof *st->tensors, by_name);
  if (st->n_metadata) qsort(st->metadata, st->n_metadata, sizeof *st->metadata, by_key);
done:
  return status;
}

static lg_status read_header(lg_ctx *ctx, json_t *root, const unsigned char *data, size_t data_bytes,
                             lg_safetensors *st) {
  lg_status status = LG_OK;
  place *places = NULL;
  size_t text_bytes = 1, n = 0;
  const char *name;
  json_t *value;
  LG_NEW(ctx, places, json_object_size(root));
  LG_NEW(ctx, st->tensors, json_object_size(root));
  json_object_foreach(root, name, value) {
    if (strcmp(name, "__metadata__") == 0) {
      LG_TRY(read_metadata(ctx, value, st, &text_bytes));
      continue;
    }
    LG_TRY(read_place(ctx, name, value, data_bytes, &places[n++]));
    text_bytes += strlen(name) + 1;
  }
  if (n) qsort(places, n, sizeof *places, by_offset);
  LG_TRY(check_cover(ctx, places, n, data_bytes));
  st->n_tensors = n;
  LG_TRY(own(ctx, st, places, data, text_bytes));
done:
  lg_free(ctx, places);
  return status;
}

lg_status lg_safetensors_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_safetensors **out) {
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  json_t *root = NULL;
  json_error_t error;
  uint64_t header = 0;
  *out = NULL;
  if (n < 8) return lg_fail(ctx, LG_ERR_FORMAT, "%zu bytes are too few for a safetensors file", n);
  for (size_t k = 0; k < 8; k++) header |= (uint64_t)bytes[k] << (8 * k);
  if (header > n - 8 || header > MAX_HEADER_BYTES)
    return lg_fail(ctx, LG_ERR_FORMAT, "the header claims %llu bytes; the file has %zu behind the length (limit %d)",
                   (unsigned long long)header, n - 8, MAX_HEADER_BYTES);
  if (header < 2 || bytes[8] != '{') return lg_fail(ctx, LG_ERR_FORMAT, "the header is not a JSON object");
  root = json_loadb((const char *)bytes + 8, (size_t)header, JSON_REJECT_DUPLICATES, &error);
  if (!json_is_object(root)) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "the header is not valid JSON (byte %d of it)", error.position);
    goto done;
  }
  LG_NEW(ctx, st, 1);
  LG_TRY(read_header(ctx, root, bytes + 8 + header, n - 8 - (size_t)header, st));
  *out = st;
  st = NULL;
done:
  json_decref(root);
  lg_safetensors_destroy(ctx, st);
  return status;
}

lg_status lg_safetensors_read(lg_ctx *ctx, const char *path, lg_safetensors **out) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, max_file_bytes, &bytes, &n);
  if (status != LG_OK) return status;
  status = lg_safetensors_parse(ctx, bytes, n, out);
  lg_free(ctx, bytes);
  return status == LG_OK ? LG_OK : lg_fail_prefix(ctx, status, "%s: ", path);
}

void lg_safetensors_destroy(lg_ctx *ctx, lg_safetensors *st) {
  if (!st) return;
  lg_free(ctx, st->tensors);
  lg_free(ctx, st->metadata);
  lg_free(ctx, st->names);
  lg_free(ctx, st->data);
  lg_free(ctx, st);
}

size_t lg_safetensors_count(const lg_safetensors *st) { return st->n_tensors; }

const lg_tensor_entry *lg_safetensors_at(const lg_safetensors *st, size_t k) {
  return k < st->n_tensors ? &st->tensors[k] : NULL;
}

const lg_tensor_entry *lg_safetensors_find(const lg_safetensors *st, const char *name) {
  const lg_tensor_entry key = {.name = name};
  return st->n_tensors ? bsearch(&key, st->tensors, st->n_tensors, sizeof key, by_name) : NULL;
}

static void shape_text(const lg_dtype dtype, size_t rank, const size_t *shape, char *text, size_t bytes) {
  int n = snprintf(text, bytes, "%s [", lg_dtype_name(dtype));
  for (size_t k = 0; k < rank && n > 0 && (size_t)n < bytes; k++)
    n += snprintf(text + n, bytes - (size_t)n, "%s%zu", k ? ", " : "", shape[k]);
  if (n > 0 && (size_t)n < bytes) (void)snprintf(text + n, bytes - (size_t)n, "]");
}

lg_status lg_safetensors_get(lg_ctx *ctx, const lg_safetensors *st, const char *name, lg_dtype dtype, size_t rank,
                             const size_t *shape, const void **data) {
  char has[240], wanted[240];
  *data = NULL;
  const lg_tensor_entry *entry = lg_safetensors_find(st, name);
  if (!entry) return lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no tensor '%.80s'", name);
  if (entry->dtype != dtype || entry->rank != rank ||
      (rank && memcmp(entry->shape, shape, rank * sizeof *shape) != 0)) {
    shape_text(entry->dtype, entry->rank, entry->shape, has, sizeof has);
    shape_text(dtype, rank, shape, wanted, sizeof wanted);
    return lg_fail(ctx, LG_ERR_FORMAT, "tensor '%.80s' is %s; %s is needed", name, has, wanted);
  }
  *data = entry->data;
  return LG_OK;
}

const char *lg_safetensors_metadata(const lg_safetensors *st, const char *key) {
  const lg_text_pair wanted = {.key = key};
  const lg_text_pair *pair =
      st->n_metadata ? bsearch(&wanted, st->metadata, st->n_metadata, sizeof wanted, by_key) : NULL;
  return pair ? pair->text : NULL;
}

const lg_text_pair *lg_safetensors_metadata_at(const lg_safetensors *st, size_t k) {
  return k < st->n_metadata ? &st->metadata[k] : NULL;
}
