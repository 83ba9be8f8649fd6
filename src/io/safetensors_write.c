/* Deterministic writer of safetensors. */
#define _XOPEN_SOURCE 700
#include "io/safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Wider elements first: then every tensor is aligned to its element without gaps, which the format forbids. */
static int by_width_then_name(const void *a, const void *b) {
  const lg_tensor_entry *x = *(const lg_tensor_entry *const *)a, *y = *(const lg_tensor_entry *const *)b;
  const size_t wx = lg_dtype_bytes(x->dtype), wy = lg_dtype_bytes(y->dtype);
  if (wx != wy) return wx > wy ? -1 : 1;
  return strcmp(x->name, y->name);
}

static int by_key(const void *a, const void *b) {
  return strcmp((*(const lg_text_pair *const *)a)->key, (*(const lg_text_pair *const *)b)->key);
}

static lg_status count_bytes(lg_ctx *ctx, const lg_tensor_entry *t, size_t *bytes) {
  if (!t->name || !*t->name || strcmp(t->name, "__metadata__") == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a tensor cannot be called '%.80s'", t->name ? t->name : "");
  if (t->rank > LG_TENSOR_MAX_RANK)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "tensor '%.80s' has %zu dimensions, more than %d", t->name, t->rank,
                   LG_TENSOR_MAX_RANK);
  *bytes = lg_dtype_bytes(t->dtype);
  for (size_t k = 0; k < t->rank; k++)
    if (!lg_mul_size(*bytes, t->shape[k], bytes) || *bytes > SIZE_MAX / 4)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "tensor '%.80s' is larger than memory", t->name);
  if (*bytes && !t->data) return lg_fail(ctx, LG_ERR_ARGUMENT, "tensor '%.80s' has no data", t->name);
  return LG_OK;
}

/* Takes over `value`; false when something had no memory or was not UTF-8. */
static bool put(json_t *object, const char *key, json_t *value) {
  return value && json_object_set_new(object, key, value) == 0;
}

static json_t *metadata_json(const lg_text_pair *const *pairs, size_t n) {
  json_t *object = json_object();
  for (size_t k = 0; object && k < n; k++) {
    if (json_object_get(object, pairs[k]->key) || !put(object, pairs[k]->key, json_string(pairs[k]->text))) {
      json_decref(object);
      return NULL;
    }
  }
  return object;
}

static json_t *tensor_json(const lg_tensor_entry *t, size_t begin, size_t end) {
  json_t *object = json_object(), *shape = json_array();
  bool good = object && shape;
  for (size_t k = 0; good && k < t->rank; k++)
    good = json_array_append_new(shape, json_integer((json_int_t)t->shape[k])) == 0;
  good = good && put(object, "dtype", json_string(lg_dtype_name(t->dtype)));
  good = good && put(object, "shape", json_incref(shape));
  good = good && put(object, "data_offsets", json_pack("[I,I]", (json_int_t)begin, (json_int_t)end));
  json_decref(shape);
  if (good) return object;
  json_decref(object);
  return NULL;
}

static lg_status build_header(lg_ctx *ctx, const lg_tensor_entry *const *tensors, size_t n_tensors,
                              const lg_text_pair *const *metadata, size_t n_metadata, char **text) {
  lg_status status = LG_OK;
  size_t at = 0, bytes = 0;
  json_t *root = json_object();
  *text = NULL;
  if (n_metadata && (!root || !put(root, "__metadata__", metadata_json(metadata, n_metadata)))) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "the metadata have a key twice, or a key or text that is not UTF-8");
    goto done;
  }
  for (size_t k = 0; k < n_tensors; k++) {
    LG_TRY(count_bytes(ctx, tensors[k], &bytes));
    if (bytes > SIZE_MAX / 4 - at || json_object_get(root, tensors[k]->name) ||
        !put(root, tensors[k]->name, tensor_json(tensors[k], at, at + bytes))) {
      status =
          lg_fail(ctx, LG_ERR_ARGUMENT, "tensor '%.80s' stands there twice or its name is not UTF-8", tensors[k]->name);
      goto done;
    }
    at += bytes;
  }
  *text = json_dumps(root, JSON_COMPACT);
  if (!*text) status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for the header of %zu tensors", n_tensors);
done:
  json_decref(root);
  return status;
}

static void write_all(FILE *stream, const char *header, const lg_tensor_entry *const *tensors, size_t n_tensors) {
  const size_t used = strlen(header), padded = (used + 7) / 8 * 8;
  unsigned char length[8];
  for (size_t k = 0; k < 8; k++) length[k] = (unsigned char)((uint64_t)padded >> (8 * k) & 255u);
  (void)fwrite(length, 1, sizeof length, stream);
  (void)fwrite(header, 1, used, stream);
  for (size_t k = used; k < padded; k++) (void)fputc(' ', stream);
  for (size_t k = 0; k < n_tensors; k++) {
    size_t count = 1;
    for (size_t d = 0; d < tensors[k]->rank; d++) count *= tensors[k]->shape[d];
    if (count) (void)fwrite(tensors[k]->data, lg_dtype_bytes(tensors[k]->dtype), count, stream);
  }
}

lg_status lg_safetensors_write(lg_ctx *ctx, const char *path, const lg_tensor_entry *tensors, size_t n_tensors,
                               const lg_text_pair *metadata, size_t n_metadata) {
  lg_status status = LG_OK;
  const lg_tensor_entry **sorted = NULL;
  const lg_text_pair **pairs = NULL;
  char *header = NULL;
  lg_outfile *file = NULL;
  for (size_t k = 0; k < n_tensors; k++)
    if (!tensors[k].name) return lg_fail(ctx, LG_ERR_ARGUMENT, "tensor %zu has no name", k);
  sorted = lg_alloc(ctx, n_tensors, sizeof *sorted);
  pairs = lg_alloc(ctx, n_metadata, sizeof *pairs);
  if (!sorted || !pairs) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  for (size_t k = 0; k < n_tensors; k++) sorted[k] = &tensors[k];
  for (size_t k = 0; k < n_metadata; k++) pairs[k] = &metadata[k];
  if (n_tensors) qsort((void *)sorted, n_tensors, sizeof *sorted, by_width_then_name);
  if (n_metadata) qsort((void *)pairs, n_metadata, sizeof *pairs, by_key);
  LG_TRY(build_header(ctx, sorted, n_tensors, pairs, n_metadata, &header));
  LG_TRY(lg_outfile_open(ctx, path, &file));
  write_all(lg_outfile_stream(file), header, sorted, n_tensors);
  status = lg_outfile_commit(ctx, file);
done:
  free(header);
  lg_free(ctx, (void *)sorted);
  lg_free(ctx, (void *)pairs);
  return status;
}
