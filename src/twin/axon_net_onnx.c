/* A surrogate as ONNX: channels, networks, mean, inverse transforms. */
#include "twin/axon_net_onnx.h"

#include "base/elementary.h"
#include "io/onnx_write.h"

#include <string.h>

enum { TIMES = AXON_NET_TIMES, P = AXON_PREDICTED };

typedef struct label {
  char text[48];
} label;

static label name_of(size_t net, const char *what, size_t i, const char *part) {
  label l;
  (void)snprintf(l.text, sizeof l.text, "net.%zu.%.12s.%zu.%.8s", net, what, i, part);
  return l;
}

static void node1(lg_onnx *m, const char *op, const char *in, const char *out) {
  lg_onnx_node(m, op, 1, &in, out, 0, NULL);
}

static void node2(lg_onnx *m, const char *op, const char *a, const char *b, const char *out) {
  const char *const in[2] = {a, b};
  lg_onnx_node(m, op, 2, in, out, 0, NULL);
}

static void number(lg_onnx *m, const char *name, double x) {
  const float f = (float)x;
  lg_onnx_floats(m, name, 0, NULL, &f);
}

static void vector(lg_onnx *m, const char *name, const double x[P]) {
  const size_t n = P;
  float f[P];
  for (size_t q = 0; q < P; q++) f[q] = (float)x[q];
  lg_onnx_floats(m, name, 1, &n, f);
}

static void shape(lg_onnx *m, const char *name, size_t n, const int64_t *dim) { lg_onnx_integers(m, name, 1, &n, dim); }

/* ---- what the networks see ----------------------------------------------------------------------------------- */

/*
 * Column (j, n) of (TIMES, 4 TIMES): what every strain before adds to s(n) of element j. s(n) is the sum over k <= n of
 * a^(n-k) g (e(k) - e(k-1)), so e(k) has a^(n-k) g - a^(n-k-1) g, and g at k = n; the first strain is 0.
 */
static lg_status maxwell(lg_ctx *ctx, lg_onnx *m) {
  static const double time_ms[4] = {2.0, 6.0, 20.0, 60.0};
  const size_t dim[2] = {TIMES, 4 * TIMES};
  float *w = lg_alloc(ctx, dim[0] * dim[1], sizeof *w);
  if (!w) return LG_ERR_MEMORY;
  for (size_t j = 0; j < 4; j++) {
    const double a = lg_exp(-1.0 / time_ms[j]), g = (1.0 - a) * time_ms[j] / 0.05;
    for (size_t n = 0; n < TIMES; n++) {
      double power = 1.0; /* a^(n-k-1) */
      w[n * dim[1] + j * TIMES + n] = (float)g;
      for (size_t k = n; k-- > 1; power *= a) w[k * dim[1] + j * TIMES + n] = (float)(g * power * (a - 1.0));
    }
  }
  lg_onnx_floats(m, "maxwell", 2, dim, w);
  lg_free(ctx, w);
  return LG_OK;
}

/* "strain" to "channels" (batch, channels, TIMES). */
static lg_status channels(lg_ctx *ctx, lg_onnx *m, const axon_shape *s) {
  const int64_t one_row[3] = {-1, 1, TIMES}, four_rows[3] = {-1, 4, TIMES};
  number(m, "per_tenth", 10.0);
  shape(m, "one_row", 3, one_row);
  node2(m, "Mul", "strain", "per_tenth", "scaled");
  if (s->channels == 1) {
    node2(m, "Reshape", "scaled", "one_row", "channels");
    return LG_OK;
  }
  const lg_status status = maxwell(ctx, m);
  if (status != LG_OK) return status;
  const lg_onnx_attribute pool[3] = {{.name = "kernel_shape", .n_values = 1, .values = {TIMES}},
                                     {.name = "strides", .n_values = 1, .values = {1}},
                                     {.name = "pads", .n_values = 2, .values = {TIMES - 1, 0}}};
  const char *const parts[3] = {"row", "most", "fading"}, *row = "row";
  const lg_onnx_attribute axis = {.name = "axis", .single = true, .values = {1}};
  shape(m, "four_rows", 3, four_rows);
  node2(m, "Reshape", "scaled", "one_row", "row");
  lg_onnx_node(m, "MaxPool", 1, &row, "most", 3, pool);
  node2(m, "MatMul", "strain", "maxwell", "fading_flat");
  node2(m, "Reshape", "fading_flat", "four_rows", "fading");
  lg_onnx_node(m, "Concat", 3, parts, "channels", 1, &axis);
  return LG_OK;
}

/* ---- one network ------------------------------------------------------------------------------------------------ */

static void activation(lg_onnx *m, lg_act act, const char *in, const char *out) {
  label gate;
  if (act == LG_ACT_RELU) {
    node1(m, "Relu", in, out);
    return;
  }
  (void)snprintf(gate.text, sizeof gate.text, "%.38s.sigmoid", out);
  node1(m, "Sigmoid", in, gate.text);
  node2(m, "Mul", in, gate.text, out);
}

static lg_status convolution(lg_ctx *ctx, lg_onnx *m, const lg_conv1d *l, const float *theta, const char *in,
                             const label names[3]) {
  const size_t dim[3] = {l->out, l->in, l->kernel};
  const int64_t k = (int64_t)l->kernel, s = (int64_t)l->stride, p = (int64_t)l->pad;
  const lg_onnx_attribute attributes[3] = {{.name = "kernel_shape", .n_values = 1, .values = {k}},
                                           {.name = "strides", .n_values = 1, .values = {s}},
                                           {.name = "pads", .n_values = 2, .values = {p, p}}};
  const char *const inputs[3] = {in, names[0].text, names[1].text};
  float *w = lg_alloc(ctx, l->out * l->in * l->kernel, sizeof *w);
  if (!w) return LG_ERR_MEMORY;
  for (size_t t = 0; t < l->kernel; t++) /* (kernel, in, out) to (out, in, kernel) */
    for (size_t i = 0; i < l->in; i++)
      for (size_t o = 0; o < l->out; o++)
        w[(o * l->in + i) * l->kernel + t] = theta[l->weight + (t * l->in + i) * l->out + o];
  lg_onnx_floats(m, names[0].text, 3, dim, w);
  lg_onnx_floats(m, names[1].text, 1, &l->out, theta + l->bias);
  lg_onnx_node(m, "Conv", 3, inputs, names[2].text, 3, attributes);
  lg_free(ctx, w);
  return LG_OK;
}

/* "channels" to `out` (batch, P), standardised. */
static lg_status network(lg_ctx *ctx, lg_onnx *m, const axon_net *layers, const float *theta, size_t k,
                         const char *out) {
  const axon_shape *s = layers->shape;
  const lg_onnx_attribute perm = {.name = "perm", .n_values = 3, .values = {0, 2, 1}};
  const label turned = name_of(k, "flat", 0, "turned"), flat = name_of(k, "flat", 0, "out");
  label at = {"channels"};
  for (size_t i = 0; i < s->n_conv; i++) {
    const label names[3] = {name_of(k, "conv", i, "weight"), name_of(k, "conv", i, "bias"),
                            name_of(k, "conv", i, "sum")};
    const lg_status status = convolution(ctx, m, &layers->conv[i], theta, at.text, names);
    if (status != LG_OK) return status;
    at = name_of(k, "conv", i, "out");
    activation(m, s->act, names[2].text, at.text);
  }
  const char *last = at.text;
  lg_onnx_node(m, "Transpose", 1, &last, turned.text, 1, &perm); /* time, channel */
  node2(m, "Reshape", turned.text, "one_vector", flat.text);
  at = flat;
  for (size_t i = 0; i < s->n_dense; i++) {
    const lg_dense *l = &layers->dense[i];
    const size_t dim[2] = {l->in, l->out};
    const label weight = name_of(k, "dense", i, "weight"), bias = name_of(k, "dense", i, "bias");
    const label sum = name_of(k, "dense", i, "sum"), next = name_of(k, "dense", i, "out");
    const char *const inputs[3] = {at.text, weight.text, bias.text};
    const bool head = i + 1 == s->n_dense;
    lg_onnx_floats(m, weight.text, 2, dim, theta + l->weight);
    lg_onnx_floats(m, bias.text, 1, &l->out, theta + l->bias);
    lg_onnx_node(m, "Gemm", 3, inputs, head ? out : sum.text, 0, NULL);
    if (!head) activation(m, s->act, sum.text, next.text);
    at = next;
  }
  return LG_OK;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

enum { MOST = 16 }; /* networks: a file of more is refused here */

/* "y.k" of every network to "mean" and "spread". */
static void gather(lg_onnx *m, size_t n) {
  char y[MOST][32], d[MOST][32], square[MOST][32];
  const char *names[MOST], *squares[MOST];
  for (size_t k = 0; k < n; k++) {
    (void)snprintf(y[k], sizeof y[k], "y.%zu", k);
    (void)snprintf(d[k], sizeof d[k], "off.%zu", k);
    (void)snprintf(square[k], sizeof square[k], "square.%zu", k);
    names[k] = y[k];
    squares[k] = square[k];
  }
  number(m, "one_nth", 1.0 / (double)n);
  lg_onnx_node(m, "Sum", n, names, "sum", 0, NULL);
  node2(m, "Mul", "sum", "one_nth", "mean");
  if (n < 2) return;
  for (size_t k = 0; k < n; k++) {
    node2(m, "Sub", y[k], "mean", d[k]);
    node2(m, "Mul", d[k], d[k], square[k]);
  }
  number(m, "one_less", 1.0 / (double)(n - 1));
  lg_onnx_node(m, "Sum", n, squares, "squares", 0, NULL);
  node2(m, "Mul", "squares", "one_less", "variance");
  node1(m, "Sqrt", "variance", "spread");
}

/* Column q of "target" as `name`. */
static void column(lg_onnx *m, int64_t q, const char *index, const char *name) {
  const lg_onnx_attribute axis = {.name = "axis", .single = true, .values = {1}};
  const char *const in[2] = {"target", index};
  const size_t one = 1;
  lg_onnx_integers(m, index, 1, &one, &q);
  lg_onnx_node(m, "Gather", 2, in, name, 1, &axis);
}

static void clip(lg_onnx *m, const char *in, const char *out) {
  const char *const inputs[3] = {in, "none", "all"};
  lg_onnx_node(m, "Clip", 3, inputs, out, 0, NULL);
}

/* "mean" to "outputs": lg_axon_transform_back() of mean and sd of the targets. */
static void back(lg_onnx *m, const lg_axon_surrogate *net) {
  static const char *const parts[P] = {"mt", "axl", "tau", "nf"};
  const lg_onnx_attribute axis = {.name = "axis", .single = true, .values = {1}};
  vector(m, "target_sd", net->target_sd);
  vector(m, "target_mean", net->target_mean);
  number(m, "none", 0.0);
  number(m, "all", 100.0);
  number(m, "of_mt", 0.01);
  number(m, "of_axl", 0.02);
  number(m, "of_nf", 0.05);
  number(m, "nf_range", 100.1);
  node2(m, "Mul", "mean", "target_sd", "stretched");
  node2(m, "Add", "stretched", "target_mean", "target");
  column(m, AXON_MT, "index.mt", "mt.ln");
  node1(m, "Exp", "mt.ln", "mt.exp");
  node2(m, "Sub", "mt.exp", "of_mt", "mt.raw");
  node1(m, "Relu", "mt.raw", "mt");
  column(m, AXON_AXOLEMMA, "index.axl", "axl.ln");
  node1(m, "Exp", "axl.ln", "axl.exp");
  node2(m, "Sub", "axl.exp", "of_axl", "axl.raw");
  node1(m, "Relu", "axl.raw", "axl");
  column(m, AXON_TAU, "index.tau", "tau.root");
  node1(m, "Relu", "tau.root", "tau.positive");
  node2(m, "Mul", "tau.positive", "tau.positive", "tau.raw");
  clip(m, "tau.raw", "tau");
  column(m, AXON_NF, "index.nf", "nf.logit");
  node1(m, "Sigmoid", "nf.logit", "nf.share");
  node2(m, "Mul", "nf.share", "nf_range", "nf.wide");
  node2(m, "Sub", "nf.wide", "of_nf", "nf.raw");
  clip(m, "nf.raw", "nf");
  lg_onnx_node(m, "Concat", P, parts, "outputs", 1, &axis);
}

lg_status lg_axon_surrogate_write_onnx(lg_ctx *ctx, const lg_axon_surrogate *net, const lg_text_pair *metadata,
                                       size_t n_metadata, const char *path) {
  lg_status status = LG_OK;
  lg_onnx *m = NULL;
  axon_net layers = {0};
  const axon_shape *s = lg_axon_net_shape(net->layout);
  const lg_onnx_dim in[2] = {{.name = "batch"}, {.value = TIMES}}, out[2] = {{.name = "batch"}, {.value = P}};
  if (s->n_conv == 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "layout %s is not written as ONNX; six and ji are", s->name);
  if (net->n_nets > MOST)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%zu networks; up to %d are written as ONNX", net->n_nets, (int)MOST);
  const int64_t flat[2] = {-1, (int64_t)s->dense[0].in};
  LG_TRY(lg_axon_net_create(ctx, net->layout, &layers));
  LG_TRY(lg_onnx_create(ctx, "loligo", &m));
  lg_onnx_input(m, "strain", 2, in);
  lg_onnx_output(m, "outputs", 2, out);
  if (net->n_nets > 1) lg_onnx_output(m, "spread", 2, out);
  LG_TRY(channels(ctx, m, s));
  shape(m, "one_vector", 2, flat);
  for (size_t k = 0; k < net->n_nets; k++) {
    char y[32];
    (void)snprintf(y, sizeof y, "y.%zu", k);
    LG_TRY(network(ctx, m, &layers, net->weights + k * net->n_weights, k, y));
  }
  gather(m, net->n_nets);
  back(m, net);
  for (size_t k = 0; k < n_metadata; k++) lg_onnx_metadata(m, metadata[k].key, metadata[k].text);
  LG_TRY(lg_onnx_write(ctx, m, path));
done:
  lg_onnx_destroy(ctx, m);
  lg_axon_net_clear(ctx, &layers);
  return status;
}
