#include "io/onnx_write.h"

#include <loligo/version.h>
#include <string.h>

/* ---- protobuf: fields are (number << 3 | wire type), then a varint (0) or a length and bytes (2) ---- */

typedef struct bytes {
  lg_ctx *ctx;
  unsigned char *at;
  size_t n, capacity;
  lg_status status; /* the first failure */
} bytes;

static void append(bytes *b, const void *data, size_t n) {
  if (b->status != LG_OK || n == 0) return;
  if (n > b->capacity - b->n) {
    if (n > SIZE_MAX / 4 || b->capacity > SIZE_MAX / 4) {
      b->status = lg_fail(b->ctx, LG_ERR_LIMIT, "the ONNX model is too large");
      return;
    }
    const size_t capacity = 2 * b->capacity + n + 256;
    unsigned char *grown = lg_realloc(b->ctx, b->at, b->n, capacity, 1);
    if (!grown) {
      b->status = LG_ERR_MEMORY;
      return;
    }
    b->at = grown;
    b->capacity = capacity;
  }
  memcpy(b->at + b->n, data, n);
  b->n += n;
}

static void varint(bytes *b, uint64_t x) {
  unsigned char text[10];
  size_t n = 0;
  do {
    text[n++] = (unsigned char)((x & 127u) | (x > 127u ? 128u : 0u));
    x >>= 7;
  } while (x);
  append(b, text, n);
}

static void put_integer(bytes *b, unsigned field, int64_t x) {
  varint(b, field << 3);
  varint(b, (uint64_t)x);
}

static void put_bytes(bytes *b, unsigned field, const void *data, size_t n) {
  varint(b, field << 3 | 2u);
  varint(b, n);
  append(b, data, n);
}

static void put_text(bytes *b, unsigned field, const char *text) { put_bytes(b, field, text, strlen(text)); }

/* A message inside another; takes the child's memory. */
static void put_message(bytes *b, unsigned field, bytes *child) {
  if (child->status != LG_OK && b->status == LG_OK) b->status = child->status;
  put_bytes(b, field, child->at, child->n);
  lg_free(child->ctx, child->at);
  *child = (bytes){.ctx = child->ctx};
}

static bytes message(const bytes *parent) { return (bytes){.ctx = parent->ctx}; }

/* ---- ONNX: the numbers of the fields are those of onnx.proto ---- */

enum { TYPE_FLOAT = 1, TYPE_INT64 = 7, ATTRIBUTE_INT = 2, ATTRIBUTE_STRING = 3, ATTRIBUTE_INTS = 7 };

struct lg_onnx {
  bytes graph;    /* all but nodes: initializers, inputs, outputs in any order; protobuf allows it */
  bytes nodes;    /* in the order of computation */
  bytes metadata; /* of the model */
};

lg_status lg_onnx_create(lg_ctx *ctx, const char *graph, lg_onnx **out) {
  *out = lg_alloc(ctx, 1, sizeof **out);
  if (!*out) return LG_ERR_MEMORY;
  (*out)->graph.ctx = (*out)->nodes.ctx = (*out)->metadata.ctx = ctx;
  put_text(&(*out)->graph, 2, graph);
  return LG_OK;
}

void lg_onnx_destroy(lg_ctx *ctx, lg_onnx *model) {
  if (!model) return;
  lg_free(ctx, model->graph.at);
  lg_free(ctx, model->nodes.at);
  lg_free(ctx, model->metadata.at);
  lg_free(ctx, model);
}

static void value_info(lg_onnx *model, unsigned field, const char *name, size_t rank, const lg_onnx_dim *dims) {
  bytes info = message(&model->graph), type = info, tensor = info, shape = info;
  for (size_t r = 0; r < rank; r++) {
    bytes dim = message(&model->graph);
    if (dims[r].name) put_text(&dim, 2, dims[r].name);
    else put_integer(&dim, 1, (int64_t)dims[r].value);
    put_message(&shape, 1, &dim);
  }
  put_integer(&tensor, 1, TYPE_FLOAT);
  put_message(&tensor, 2, &shape);
  put_message(&type, 1, &tensor);
  put_text(&info, 1, name);
  put_message(&info, 2, &type);
  put_message(&model->graph, field, &info);
}

void lg_onnx_input(lg_onnx *model, const char *name, size_t rank, const lg_onnx_dim *dims) {
  value_info(model, 11, name, rank, dims);
}
void lg_onnx_output(lg_onnx *model, const char *name, size_t rank, const lg_onnx_dim *dims) {
  value_info(model, 12, name, rank, dims);
}

/* TensorProto; `width` bytes per number, written little-endian. */
static void tensor(bytes *t, const char *name, int type, size_t rank, const size_t *shape, const void *data,
                   size_t width) {
  const uint16_t probe = 1;
  size_t count = 1, all = 0;
  for (size_t r = 0; r < rank; r++) {
    put_integer(t, 1, (int64_t)shape[r]);
    if (!lg_mul_size(count, shape[r], &count)) count = SIZE_MAX;
  }
  put_integer(t, 2, type);
  put_text(t, 8, name);
  if (!lg_mul_size(count, width, &all)) {
    if (t->status == LG_OK) t->status = lg_fail(t->ctx, LG_ERR_LIMIT, "tensor %s is too large", name);
    return;
  }
  if (*(const unsigned char *)&probe) {
    put_bytes(t, 9, data, all);
    return;
  }
  varint(t, 9u << 3 | 2u);
  varint(t, all);
  for (size_t i = 0; i < all; i++)
    append(t, (const unsigned char *)data + (i / width * width + width - 1 - i % width), 1);
}

static void initializer(lg_onnx *model, const char *name, int type, size_t rank, const size_t *shape, const void *data,
                        size_t width) {
  bytes t = message(&model->graph);
  tensor(&t, name, type, rank, shape, data, width);
  put_message(&model->graph, 5, &t);
}

void lg_onnx_floats(lg_onnx *model, const char *name, size_t rank, const size_t *shape, const float *data) {
  initializer(model, name, TYPE_FLOAT, rank, shape, data, sizeof *data);
}
void lg_onnx_integers(lg_onnx *model, const char *name, size_t rank, const size_t *shape, const int64_t *data) {
  initializer(model, name, TYPE_INT64, rank, shape, data, sizeof *data);
}

static void attribute(bytes *node, const lg_onnx_attribute *a) {
  bytes out = message(node);
  put_text(&out, 1, a->name);
  if (a->text) put_text(&out, 4, a->text);
  else if (a->single) put_integer(&out, 3, a->values[0]);
  else
    for (size_t i = 0; i < a->n_values; i++) put_integer(&out, 8, a->values[i]);
  put_integer(&out, 20, a->text ? ATTRIBUTE_STRING : a->single ? ATTRIBUTE_INT : ATTRIBUTE_INTS);
  put_message(node, 5, &out);
}

void lg_onnx_node(lg_onnx *model, const char *op, size_t n_in, const char *const *in, const char *out,
                  size_t n_attributes, const lg_onnx_attribute *attributes) {
  bytes node = message(&model->nodes);
  for (size_t i = 0; i < n_in; i++) put_text(&node, 1, in[i]);
  put_text(&node, 2, out);
  put_text(&node, 3, out); /* the node is called like what it computes */
  put_text(&node, 4, op);
  for (size_t i = 0; i < n_attributes; i++) attribute(&node, &attributes[i]);
  put_message(&model->nodes, 1, &node);
}

void lg_onnx_metadata(lg_onnx *model, const char *key, const char *text) {
  bytes entry = message(&model->metadata);
  put_text(&entry, 1, key);
  put_text(&entry, 2, text);
  put_message(&model->metadata, 14, &entry);
}

/* Write bytes to a file, whole or not at all; takes nothing. */
static lg_status write_bytes(lg_ctx *ctx, const bytes *b, const char *path) {
  lg_outfile *file = NULL;
  if (b->status != LG_OK) return b->status;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  (void)fwrite(b->at, 1, b->n, lg_outfile_stream(file));
  return lg_outfile_commit(ctx, file);
}

lg_status lg_onnx_write(lg_ctx *ctx, lg_onnx *model, const char *path) {
  bytes out = {.ctx = ctx}, opset = {.ctx = ctx}, graph = {.ctx = ctx};
  const bytes *const parts[3] = {&model->graph, &model->nodes, &model->metadata};
  for (size_t i = 0; i < 3; i++)
    if (parts[i]->status != LG_OK) return parts[i]->status;
  put_integer(&out, 1, 7); /* IR version */
  put_text(&out, 2, "loligo");
  put_text(&out, 3, LG_VERSION);
  put_text(&opset, 1, "");
  put_integer(&opset, 2, 13);
  put_message(&out, 8, &opset);
  append(&graph, model->nodes.at, model->nodes.n);
  append(&graph, model->graph.at, model->graph.n);
  put_message(&out, 7, &graph);
  append(&out, model->metadata.at, model->metadata.n);
  const lg_status status = write_bytes(ctx, &out, path);
  lg_free(ctx, out.at);
  return status;
}

lg_status lg_onnx_write_tensor(lg_ctx *ctx, const char *path, const char *name, size_t rank, const size_t *shape,
                               const float *data) {
  bytes out = {.ctx = ctx};
  tensor(&out, name, TYPE_FLOAT, rank, shape, data, sizeof *data);
  const lg_status status = write_bytes(ctx, &out, path);
  lg_free(ctx, out.at);
  return status;
}
