#define _XOPEN_SOURCE 700
#include "data/result.h"

#include <stdlib.h>
#include <string.h>

typedef struct kept {
  void *object;
  void (*destroy)(lg_ctx *ctx, void *object);
} kept;

typedef struct text {
  char *name, *words;
} text;

struct lg_result {
  size_t n_arrays, n_texts, n_kept;
  lg_array *arrays;
  text *texts;
  kept *kept;
};

static size_t bytes_of(lg_array_type type) {
  switch (type) {
  case LG_ARRAY_DOUBLE:
    return sizeof(double);
  case LG_ARRAY_FLOAT:
    return sizeof(float);
  case LG_ARRAY_UINT32:
  case LG_ARRAY_INT32:
    return sizeof(uint32_t);
  case LG_ARRAY_UINT16:
    return sizeof(uint16_t);
  case LG_ARRAY_UINT8:
    break;
  }
  return 1;
}

static void free_block(lg_ctx *ctx, void *block) { lg_free(ctx, block); }

lg_status lg_result_create(lg_ctx *ctx, lg_result **out) {
  *out = lg_alloc(ctx, 1, sizeof **out);
  return *out ? LG_OK : LG_ERR_MEMORY;
}

void lg_result_destroy(lg_ctx *ctx, lg_result *r) {
  if (!r) return;
  for (size_t k = 0; k < r->n_arrays; k++) lg_free(ctx, (void *)(uintptr_t)r->arrays[k].name);
  for (size_t k = 0; k < r->n_texts; k++) {
    lg_free(ctx, r->texts[k].name);
    lg_free(ctx, r->texts[k].words);
  }
  for (size_t k = r->n_kept; k-- > 0;) r->kept[k].destroy(ctx, r->kept[k].object);
  lg_free(ctx, r->arrays);
  lg_free(ctx, r->texts);
  lg_free(ctx, r->kept);
  lg_free(ctx, r);
}

lg_status lg_result_keep(lg_ctx *ctx, lg_result *r, void *object, void (*destroy)(lg_ctx *ctx, void *object)) {
  kept *grown = lg_realloc(ctx, r->kept, r->n_kept * sizeof *grown, r->n_kept + 1, sizeof *grown);
  if (!grown) {
    destroy(ctx, object);
    return LG_ERR_MEMORY;
  }
  r->kept = grown;
  r->kept[r->n_kept++] = (kept){object, destroy};
  return LG_OK;
}

lg_status lg_result_lend(lg_ctx *ctx, lg_result *r, const char *name, lg_array_type type, size_t n_dims,
                         const size_t *shape, const void *data) {
  lg_array *grown = lg_realloc(ctx, r->arrays, r->n_arrays * sizeof *grown, r->n_arrays + 1, sizeof *grown);
  if (!grown) return LG_ERR_MEMORY;
  r->arrays = grown;
  lg_array *a = &r->arrays[r->n_arrays];
  *a = (lg_array){.name = lg_strdup(ctx, name), .type = type, .n_dims = n_dims, .data = data};
  if (!a->name) return LG_ERR_MEMORY;
  for (size_t d = 0; d < n_dims; d++) {
    a->shape[d] = shape[d];
    if (shape[d] == 0) a->data = NULL;
  }
  r->n_arrays++;
  return LG_OK;
}

lg_status lg_result_lend_row(lg_ctx *ctx, lg_result *r, const char *name, size_t n, const double *data) {
  return lg_result_lend(ctx, r, name, LG_ARRAY_DOUBLE, 1, &n, data);
}

lg_status lg_result_add(lg_ctx *ctx, lg_result *r, const char *name, lg_array_type type, size_t n_dims,
                        const size_t *shape, void **data) {
  size_t n = 1;
  *data = NULL;
  for (size_t d = 0; d < n_dims; d++)
    if (!lg_mul_size(n, shape[d], &n)) return lg_fail(ctx, LG_ERR_MEMORY, "the array %s is too large", name);
  void *block = lg_alloc(ctx, n, bytes_of(type));
  if (!block) return LG_ERR_MEMORY;
  const lg_status status = lg_result_keep(ctx, r, block, free_block);
  if (status != LG_OK) return status;
  if (n > 0) *data = block;
  return lg_result_lend(ctx, r, name, type, n_dims, shape, block);
}

/* ---- texts ---------------------------------------------------------------------------------------- */

lg_status lg_result_text_begin(lg_ctx *ctx, lg_result_writer *w) {
  *w = (lg_result_writer){0};
  w->stream = open_memstream(&w->text, &w->n);
  return w->stream ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "no memory for a text");
}

lg_status lg_result_text_end(lg_ctx *ctx, lg_result *r, const char *name, lg_result_writer *w) {
  lg_status status = LG_OK;
  text one = {0}, *grown = NULL;
  const bool written = fclose(w->stream) == 0;
  w->stream = NULL;
  if (!written || !w->text) LG_TRY(lg_fail(ctx, LG_ERR_MEMORY, "no memory for the text %s", name));
  LG_NEW(ctx, one.words, w->n + 1);
  memcpy(one.words, w->text, w->n);
  one.name = lg_strdup(ctx, name);
  grown = one.name ? lg_realloc(ctx, r->texts, r->n_texts * sizeof *grown, r->n_texts + 1, sizeof *grown) : NULL;
  if (!grown) LG_TRY(LG_ERR_MEMORY);
  r->texts = grown;
  r->texts[r->n_texts++] = one;
  one = (text){0};
done:
  lg_free(ctx, one.name);
  lg_free(ctx, one.words);
  lg_result_text_drop(w);
  return status;
}

void lg_result_text_drop(lg_result_writer *w) {
  if (w->stream) (void)fclose(w->stream);
  free(w->text);
  *w = (lg_result_writer){0};
}

/* ---- reading -------------------------------------------------------------------------------------- */

size_t lg_result_n_arrays(const lg_result *r) { return r->n_arrays; }

const lg_array *lg_result_array_at(const lg_result *r, size_t k) { return k < r->n_arrays ? &r->arrays[k] : NULL; }

const lg_array *lg_result_array(const lg_result *r, const char *name) {
  for (size_t k = 0; k < r->n_arrays; k++)
    if (strcmp(r->arrays[k].name, name) == 0) return &r->arrays[k];
  return NULL;
}

size_t lg_result_n_texts(const lg_result *r) { return r->n_texts; }

const char *lg_result_text_name(const lg_result *r, size_t k) { return k < r->n_texts ? r->texts[k].name : NULL; }

const char *lg_result_text(const lg_result *r, const char *name) {
  for (size_t k = 0; k < r->n_texts; k++)
    if (strcmp(r->texts[k].name, name) == 0) return r->texts[k].words;
  return NULL;
}
