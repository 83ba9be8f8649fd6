/* An encoder with its head as an ONNX graph. */
#include "learn/net_file.h"

#include "io/onnx_write.h"

#include <string.h>

/* A name that is made here; the longest is "encoder.dense.7.out.sigmoid". */
typedef struct label {
  char text[64];
} label;

static label name_of(const char *what, size_t i, const char *part) {
  label l;
  (void)snprintf(l.text, sizeof l.text, "%.30s.%zu.%.8s", what, i, part);
  return l;
}

static void node(lg_onnx *m, const char *op, const char *in, const char *out) {
  lg_onnx_node(m, op, 1, &in, out, 0, NULL);
}

/* out = act(in). */
static void activation(lg_onnx *m, lg_act act, const char *in, const char *out) {
  static const char *const ops[] = {"Identity", "Relu", "Tanh", "Sigmoid", "Exp", "Softplus"};
  if (act != LG_ACT_SILU) {
    node(m, ops[act], in, out);
    return;
  }
  label gate;
  (void)snprintf(gate.text, sizeof gate.text, "%.50s.sigmoid", out);
  node(m, "Sigmoid", in, gate.text);
  const char *const both[2] = {in, gate.text};
  lg_onnx_node(m, "Mul", 2, both, out, 0, NULL);
}

static void transpose(lg_onnx *m, const char *in, const char *out, int64_t a, int64_t b, int64_t c) {
  const lg_onnx_attribute perm = {.name = "perm", .n_values = 3, .values = {a, b, c}};
  lg_onnx_node(m, "Transpose", 1, &in, out, 1, &perm);
}

/* (k, in, out) to (out, in, k). */
static lg_status conv_weights(lg_ctx *ctx, lg_onnx *m, const lg_conv1d *l, const float *theta, const char *name) {
  const size_t shape[3] = {l->out, l->in, l->kernel};
  const float *w = theta + l->weight;
  float *moved = lg_alloc(ctx, l->out * l->in * l->kernel, sizeof *moved);
  if (!moved) return LG_ERR_MEMORY;
  for (size_t k = 0; k < l->kernel; k++)
    for (size_t i = 0; i < l->in; i++)
      for (size_t o = 0; o < l->out; o++) moved[(o * l->in + i) * l->kernel + k] = w[(k * l->in + i) * l->out + o];
  lg_onnx_floats(m, name, 3, shape, moved);
  lg_free(ctx, moved);
  return LG_OK;
}

/* (B, T, C) in "x" to (B, C', T') in "sequence". */
static lg_status convolutions(lg_ctx *ctx, lg_onnx *m, const lg_net_file *net) {
  const lg_encoder *e = &net->encoder;
  label at = {"channels_first"};
  transpose(m, "x", at.text, 0, 2, 1);
  for (size_t i = 0; i < e->options.n_conv; i++) {
    const lg_conv1d *l = &e->conv[i];
    const label weight = name_of("encoder.conv", i, "weight"), bias = name_of("encoder.conv", i, "bias");
    const label sum = name_of("encoder.conv", i, "sum"), out = name_of("encoder.conv", i, "out");
    const int64_t k = (int64_t)l->kernel, s = (int64_t)l->stride, p = (int64_t)l->pad;
    const lg_onnx_attribute attributes[3] = {{.name = "kernel_shape", .n_values = 1, .values = {k}},
                                             {.name = "strides", .n_values = 1, .values = {s}},
                                             {.name = "pads", .n_values = 2, .values = {p, p}}};
    const lg_status status = conv_weights(ctx, m, l, net->theta, weight.text);
    if (status != LG_OK) return status;
    lg_onnx_floats(m, bias.text, 1, &l->out, net->theta + l->bias);
    const char *const in[3] = {at.text, weight.text, bias.text};
    lg_onnx_node(m, "Conv", 3, in, sum.text, 3, attributes);
    activation(m, e->options.act, sum.text, out.text);
    at = out;
  }
  transpose(m, at.text, "sequence", 2, 0, 1); /* (T, B, C), as ONNX's LSTM wants it */
  return LG_OK;
}

/* Gates i f g o of ours in ONNX's order i o f g: (rows, 4h) to (4h, rows). */
static void gates(size_t rows, size_t h, const float *w, float *moved) {
  static const size_t from[4] = {0, 3, 1, 2};
  for (size_t gate = 0; gate < 4; gate++)
    for (size_t j = 0; j < h; j++)
      for (size_t r = 0; r < rows; r++) moved[(gate * h + j) * rows + r] = w[r * 4 * h + from[gate] * h + j];
}

/* "sequence" (T, B, C) to "states" (T, B, H). */
static lg_status recurrence(lg_ctx *ctx, lg_onnx *m, const lg_net_file *net) {
  lg_status status = LG_OK;
  const lg_lstm *l = &net->encoder.lstm;
  const size_t h = l->hidden, one = 1, wider = l->in > h ? l->in : h;
  const size_t w_shape[3] = {1, 4 * h, l->in}, r_shape[3] = {1, 4 * h, h}, b_shape[2] = {1, 8 * h};
  const int64_t axis = 1;
  float *moved = NULL;
  LG_NEW(ctx, moved, 4 * h * (wider + 2));
  gates(l->in, h, net->theta + l->w_input, moved);
  lg_onnx_floats(m, "encoder.lstm.w_input", 3, w_shape, moved);
  gates(h, h, net->theta + l->w_hidden, moved);
  lg_onnx_floats(m, "encoder.lstm.w_hidden", 3, r_shape, moved);
  memset(moved, 0, 8 * h * sizeof *moved); /* the second half, a bias of W_hidden, is 0: ours has one */
  gates(1, h, net->theta + l->bias, moved);
  lg_onnx_floats(m, "encoder.lstm.bias", 2, b_shape, moved);
  lg_onnx_integers(m, "encoder.lstm.axis", 1, &one, &axis);
  const lg_onnx_attribute hidden = {.name = "hidden_size", .single = true, .values = {(int64_t)h}};
  const char *const in[4] = {"sequence", "encoder.lstm.w_input", "encoder.lstm.w_hidden", "encoder.lstm.bias"};
  lg_onnx_node(m, "LSTM", 4, in, "encoder.lstm.out", 1, &hidden); /* (T, directions, B, H) */
  const char *const squeeze[2] = {"encoder.lstm.out", "encoder.lstm.axis"};
  lg_onnx_node(m, "Squeeze", 2, squeeze, "states", 0, NULL);
done:
  lg_free(ctx, moved);
  return status;
}

/* Pools over time and the features, joined to "pooled" (B, W). */
static void pools(lg_onnx *m, const lg_net_file *net, const char *from) {
  const lg_encoder_options *o = &net->encoder.options;
  static const char *const names[3] = {"pool.last", "pool.mean", "pool.max"};
  const lg_onnx_attribute reduce[2] = {{.name = "axes", .n_values = 1, .values = {0}},
                                       {.name = "keepdims", .single = true, .values = {0}}};
  const lg_onnx_attribute first = {.name = "axis", .single = true, .values = {0}};
  const lg_onnx_attribute second = {.name = "axis", .single = true, .values = {1}};
  const int64_t last = -1;
  const char *parts[4];
  size_t n = 0;
  for (int kind = 0; kind < 3; kind++) {
    if (!o->pool[kind]) continue;
    const char *const in[2] = {from, "pool.step"};
    if (kind == LG_POOL_LAST) {
      lg_onnx_integers(m, "pool.step", 0, NULL, &last);
      lg_onnx_node(m, "Gather", 2, in, names[kind], 1, &first);
    } else lg_onnx_node(m, kind == LG_POOL_MEAN ? "ReduceMean" : "ReduceMax", 1, in, names[kind], 2, reduce);
    parts[n++] = names[kind];
  }
  if (o->features) parts[n++] = "features";
  lg_onnx_node(m, "Concat", n, parts, "pooled", 1, &second);
}

static void dense(lg_onnx *m, const lg_net_file *net, const lg_dense *l, const char *name, const char *in,
                  const char *out) {
  const size_t shape[2] = {l->in, l->out};
  label weight, bias;
  (void)snprintf(weight.text, sizeof weight.text, "%.50s.weight", name);
  (void)snprintf(bias.text, sizeof bias.text, "%.50s.bias", name);
  lg_onnx_floats(m, weight.text, 2, shape, net->theta + l->weight);
  lg_onnx_floats(m, bias.text, 1, &l->out, net->theta + l->bias);
  const char *const inputs[3] = {in, weight.text, bias.text};
  lg_onnx_node(m, "Gemm", 3, inputs, out, 0, NULL);
}

static void ends(lg_onnx *m, const lg_net_file *net) {
  const lg_encoder_options *o = &net->encoder.options;
  const lg_onnx_dim x[3] = {{.name = "batch"}, {.name = "steps"}, {.value = o->channels}};
  const lg_onnx_dim f[2] = {{.name = "batch"}, {.value = o->features}};
  const lg_onnx_dim y[2] = {{.name = "batch"}, {.value = net->head.out}};
  lg_onnx_input(m, "x", 3, x);
  if (o->features) lg_onnx_input(m, "features", 2, f);
  lg_onnx_output(m, "y", 2, y);
}

lg_status lg_net_file_write_onnx(lg_ctx *ctx, const lg_net_file *net, const lg_text_pair *metadata, size_t n_metadata,
                                 const char *path) {
  lg_status status = LG_OK;
  lg_onnx *m = NULL;
  label at = {"pooled"};
  LG_TRY(lg_onnx_create(ctx, "loligo", &m));
  ends(m, net);
  LG_TRY(convolutions(ctx, m, net));
  if (net->encoder.options.lstm) LG_TRY(recurrence(ctx, m, net));
  pools(m, net, net->encoder.options.lstm ? "states" : "sequence");
  for (size_t i = 0; i < net->encoder.options.n_dense; i++) {
    const label sum = name_of("encoder.dense", i, "sum"), out = name_of("encoder.dense", i, "out");
    label name;
    (void)snprintf(name.text, sizeof name.text, "encoder.dense.%zu", i);
    dense(m, net, &net->encoder.dense[i], name.text, at.text, sum.text);
    activation(m, net->encoder.options.act, sum.text, out.text);
    at = out;
  }
  dense(m, net, &net->head, "head", at.text, "y");
  for (size_t i = 0; i < n_metadata; i++) lg_onnx_metadata(m, metadata[i].key, metadata[i].text);
  LG_TRY(lg_onnx_write(ctx, m, path));
done:
  lg_onnx_destroy(ctx, m);
  return status;
}
