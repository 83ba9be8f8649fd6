/* Network files: what is read, what is refused, and what an ONNX file of one holds (a walk over its protobuf). */
#include "tests/alloc.h"

#include "io/safetensors.h"
#include "learn/frozen.h"
#include "learn/net_file.h"

#include <string.h>

static const char *const SEED = LG_SOURCE_DIR "/fuzz/seeds/net/tiny.safetensors";

static void test_read(void **state) {
  (void)state;
  lg_ctx *ctx = NULL;
  lg_safetensors *st = NULL;
  lg_net_file net;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, lg_safetensors_read(ctx, SEED, &st));
  assert_ok(ctx, lg_net_file_read(ctx, st, &net));
  assert_string_equal(net.head_name, "mixture");
  assert_int_equal(net.head.out, 13);
  assert_int_equal(net.encoder.conv[0].pad, 1);
  assert_memory_equal(net.theta + net.head.weight, lg_safetensors_find(st, "mixture.weight")->data,
                      3 * 13 * sizeof(float));
  lg_net_file_clear(ctx, &net);
  lg_safetensors_destroy(ctx, st);
  lg_ctx_destroy(ctx);
}

/* Write the seed with something changed, and read that. */
typedef struct change {
  const char *encoder; /* NULL: as it was; "": left out */
  const char *rename, *to;
  bool flatten; /* the head's weight as a vector */
  lg_status status;
  const char *words;
} change;

static void test_refusals(void **state) {
  (void)state;
  static const change changes[] = {
      {.status = LG_OK},
      {.encoder = "", .status = LG_ERR_FORMAT, .words = "no metadata 'encoder'"},
      {.encoder = "channels=2 conv=3:3", .status = LG_ERR_FORMAT, .words = "cannot read"},
      {.encoder = "channels=2 conv=3:3:2:1 lstm=2 pool=last,max features=2 dense=3 act=relu",
       .status = LG_ERR_FORMAT,
       .words = "encoder.dense.0.weight"},
      {.encoder = "channels=2 conv=3:3:2:1 lstm=2 pool=last,max features=1 act=relu",
       .status = LG_ERR_FORMAT,
       .words = "7 tensors of the encoder; its architecture has 5"},
      {.encoder = "channels=65536 conv=1000000:1000000:1 pool=max", .status = LG_ERR_LIMIT, .words = "encoder.conv.0"},
      {.rename = "encoder.lstm.bias", .to = "encoder.lstm.bais", .status = LG_ERR_NOT_FOUND, .words = "lstm.bias"},
      {.rename = "encoder.lstm.w_input", .to = "other.weight", .status = LG_ERR_FORMAT, .words = "two heads"},
      {.rename = "mixture.weight", .to = "mixture.waight", .status = LG_ERR_FORMAT, .words = "no head"},
      {.flatten = true, .status = LG_ERR_FORMAT, .words = "no head"},
  };
  char dir[] = "/tmp/loligo-net-XXXXXX", path[64];
  lg_ctx *ctx = NULL;
  lg_safetensors *seed = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_non_null(mkdtemp(dir));
  (void)snprintf(path, sizeof path, "%s/net", dir);
  assert_ok(ctx, lg_safetensors_read(ctx, SEED, &seed));
  for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
    const change *h = &changes[c];
    lg_tensor_entry entries[16];
    lg_net_file net;
    lg_safetensors *st = NULL;
    const size_t n = lg_safetensors_count(seed);
    const lg_text_pair meta = {"encoder", h->encoder ? h->encoder : lg_safetensors_metadata(seed, "encoder")};
    assert_true(n <= 16);
    for (size_t k = 0; k < n; k++) {
      entries[k] = *lg_safetensors_at(seed, k);
      if (h->rename && strcmp(entries[k].name, h->rename) == 0) entries[k].name = h->to;
      if (h->flatten && strcmp(entries[k].name, "mixture.weight") == 0)
        entries[k].rank = 1, entries[k].shape[0] *= entries[k].shape[1];
    }
    assert_ok(ctx, lg_safetensors_write(ctx, path, entries, n, &meta, h->encoder && !*h->encoder ? 0 : 1));
    assert_ok(ctx, lg_safetensors_read(ctx, path, &st));
    const lg_status status = lg_net_file_read(ctx, st, &net);
    if (status != h->status) fail_msg("case %zu: %s, %s", c, lg_status_name(status), lg_ctx_message(ctx));
    if (h->words && !strstr(lg_ctx_message(ctx), h->words)) fail_msg("case %zu: %s", c, lg_ctx_message(ctx));
    if (status != LG_OK) assert_null(net.theta);
    lg_net_file_clear(ctx, &net);
    lg_safetensors_destroy(ctx, st);
  }
  lg_safetensors_destroy(ctx, seed);
  (void)remove(path);
  (void)remove(dir);
  lg_ctx_destroy(ctx);
}

/* ---- the ONNX file, field by field ---- */

typedef struct span {
  const unsigned char *at, *end;
} span;

static uint64_t varint(span *s) {
  uint64_t x = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    assert_true(s->at < s->end);
    x |= (uint64_t)(*s->at & 127u) << shift;
    if (!(*s->at++ & 128u)) return x;
  }
  fail_msg("a varint of more than ten bytes");
  return 0;
}

/* The next field: its number; the number itself, or its bytes. */
static unsigned next(span *s, uint64_t *number, span *inside) {
  const uint64_t key = varint(s);
  *inside = (span){NULL, NULL};
  if ((key & 7u) == 0) *number = varint(s);
  else {
    assert_int_equal(key & 7u, 2);
    const uint64_t n = varint(s);
    assert_true(n <= (size_t)(s->end - s->at));
    *inside = (span){s->at, s->at + n};
    s->at += n;
  }
  return (unsigned)(key >> 3);
}

/* The k-th field of that number; false when there are fewer. */
static bool field(span s, unsigned wanted, size_t k, uint64_t *number, span *inside) {
  while (s.at < s.end)
    if (next(&s, number, inside) == wanted && k-- == 0) return true;
  return false;
}

static bool is(span s, const char *text) {
  return (size_t)(s.end - s.at) == strlen(text) && memcmp(s.at, text, strlen(text)) == 0;
}

static span text_field(span s, unsigned wanted, size_t k) {
  uint64_t number = 0;
  span inside;
  assert_true(field(s, wanted, k, &number, &inside));
  return inside;
}

/* Bytes of an initializer, after its shape was checked. */
static const unsigned char *initializer(span graph, const char *name, size_t rank, const size_t *shape) {
  uint64_t number = 0;
  span tensor, inside;
  for (size_t k = 0; field(graph, 5, k, &number, &tensor); k++) {
    size_t count = 1;
    if (!is(text_field(tensor, 8, 0), name)) continue;
    for (size_t r = 0; r < rank; r++, count *= (size_t)number) {
      assert_true(field(tensor, 1, r, &number, &inside));
      assert_int_equal(number, shape[r]);
    }
    assert_false(field(tensor, 1, rank, &number, &inside));
    const span data = text_field(tensor, 9, 0);
    assert_int_equal(data.end - data.at, count * sizeof(float));
    return data.at;
  }
  fail_msg("no initializer %s", name);
  return NULL;
}

static void compare_weights(span graph, const lg_net_file *net) {
  const lg_conv1d *c = &net->encoder.conv[0];
  const lg_lstm *l = &net->encoder.lstm;
  const size_t h = l->hidden, conv_shape[3] = {c->out, c->in, c->kernel}, w_shape[3] = {1, 4 * h, l->in};
  static const size_t ours[4] = {0, 3, 1, 2}; /* i o f c of ONNX in i f g o */
  float value;
  const unsigned char *conv = initializer(graph, "encoder.conv.0.weight", 3, conv_shape);
  for (size_t o = 0; o < c->out; o++)
    for (size_t i = 0; i < c->in; i++)
      for (size_t k = 0; k < c->kernel; k++) {
        memcpy(&value, conv + ((o * c->in + i) * c->kernel + k) * sizeof value, sizeof value);
        assert_true(value == net->theta[c->weight + (k * c->in + i) * c->out + o]);
      }
  const unsigned char *w = initializer(graph, "encoder.lstm.w_input", 3, w_shape);
  for (size_t gate = 0; gate < 4; gate++)
    for (size_t j = 0; j < h; j++)
      for (size_t i = 0; i < l->in; i++) {
        memcpy(&value, w + ((gate * h + j) * l->in + i) * sizeof value, sizeof value);
        assert_true(value == net->theta[l->w_input + i * 4 * h + ours[gate] * h + j]);
      }
}

static void test_onnx(void **state) {
  (void)state;
  static const char *const ops[] = {"Transpose", "Conv",      "Relu",   "Transpose", "LSTM", "Squeeze",
                                    "Gather",    "ReduceMax", "Concat", "Gemm",      "Relu", "Gemm"};
  char dir[] = "/tmp/loligo-net-XXXXXX", path[64];
  lg_ctx *ctx = NULL;
  lg_safetensors *st = NULL;
  lg_net_file net;
  unsigned char *bytes = NULL;
  size_t n = 0;
  uint64_t number = 0;
  span node, inside;
  const lg_text_pair meta[2] = {{"a", "b"}, {"c", "d"}};
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_non_null(mkdtemp(dir));
  (void)snprintf(path, sizeof path, "%s/net.onnx", dir);
  assert_ok(ctx, lg_safetensors_read(ctx, SEED, &st));
  assert_ok(ctx, lg_net_file_read(ctx, st, &net));
  assert_ok(ctx, lg_net_file_write_onnx(ctx, &net, meta, 2, path));
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &bytes, &n));
  const span model = {bytes, bytes + n}, graph = text_field(model, 7, 0);
  assert_true(field(text_field(model, 8, 0), 2, 0, &number, &inside) && number == 13);
  assert_true(is(text_field(text_field(model, 14, 1), 2, 0), "d"));
  for (size_t k = 0; k < sizeof ops / sizeof *ops; k++)
    assert_true(is(text_field(text_field(graph, 1, k), 4, 0), ops[k]));
  assert_false(field(graph, 1, sizeof ops / sizeof *ops, &number, &node));
  assert_true(is(text_field(text_field(graph, 1, 11), 2, 0), "y")); /* the last node makes the output */
  assert_true(is(text_field(text_field(graph, 12, 0), 1, 0), "y"));
  assert_true(is(text_field(text_field(graph, 11, 1), 1, 0), "features"));
  compare_weights(graph, &net);
  lg_free(ctx, bytes);
  lg_net_file_clear(ctx, &net);
  lg_safetensors_destroy(ctx, st);
  (void)remove(path);
  (void)remove(dir);
  lg_ctx_destroy(ctx);
}

/* ---- no memory ---- */

static char onnx_path[64];

static lg_status all_of_it(lg_ctx *ctx) {
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  lg_net_file net = {0};
  lg_f32_frozen *frozen = NULL;
  LG_TRY(lg_safetensors_read(ctx, SEED, &st));
  LG_TRY(lg_net_file_read(ctx, st, &net));
  LG_TRY(lg_f32_frozen_create(ctx, &net.encoder, &net.head, net.theta, 50, &frozen));
  LG_TRY(lg_net_file_write_onnx(ctx, &net, NULL, 0, onnx_path));
done:
  lg_f32_frozen_destroy(ctx, frozen);
  lg_net_file_clear(ctx, &net);
  lg_safetensors_destroy(ctx, st);
  assert_int_equal(access(onnx_path, F_OK) == 0, status == LG_OK); /* nothing half-written */
  return status;
}

static void test_no_memory(void **state) {
  (void)state;
  char dir[] = "/tmp/loligo-net-XXXXXX";
  assert_non_null(mkdtemp(dir));
  (void)snprintf(onnx_path, sizeof onnx_path, "%s/net.onnx", dir);
  assert_true(lg_exhaust("read, freeze, write", all_of_it) > 38);
  (void)remove(onnx_path);
  (void)remove(dir); /* empty: no temporary file is left */
  assert_int_not_equal(access(dir, F_OK), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_read),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_onnx),
      cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
