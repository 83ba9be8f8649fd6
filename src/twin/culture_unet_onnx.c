/* The flow network as an ONNX graph: channels first inside, channels last outside, batch norms folded. */
#include "twin/culture_unet.h"

#include "io/onnx_write.h"

#include <stdio.h>

typedef struct label {
  char text[48];
} label;

static label name_of(const char *what, size_t i, const char *part) {
  label l;
  (void)snprintf(l.text, sizeof l.text, "%.16s.%zu%.16s", what, i, part);
  return l;
}

typedef struct drawing {
  lg_ctx *ctx;
  lg_onnx *m;
  const float *theta;
  float *weight, *moved, *bias; /* room for the largest convolution */
  size_t n;                     /* convolutions so far */
} drawing;

/* weight (k, k, in, out) as (out, in, k, k) and the node. */
static label convolution(drawing *d, size_t in, size_t out, size_t kernel, const char *from) {
  const label w = name_of("conv", d->n, ".weight"), b = name_of("conv", d->n, ".bias"), y = name_of("conv", d->n, "");
  const size_t shape[4] = {out, in, kernel, kernel}, taps = kernel * kernel;
  const int64_t k = (int64_t)kernel, pad = k / 2;
  for (size_t t = 0; t < taps; t++)
    for (size_t i = 0; i < in; i++)
      for (size_t o = 0; o < out; o++) d->moved[(o * in + i) * taps + t] = d->weight[(t * in + i) * out + o];
  lg_onnx_floats(d->m, w.text, 4, shape, d->moved);
  lg_onnx_floats(d->m, b.text, 1, &out, d->bias);
  const lg_onnx_attribute attributes[3] = {{.name = "kernel_shape", .n_values = 2, .values = {k, k}},
                                           {.name = "pads", .n_values = 4, .values = {pad, pad, pad, pad}},
                                           {.name = "strides", .n_values = 2, .values = {1, 1}}};
  const char *const inputs[3] = {from, w.text, b.text};
  lg_onnx_node(d->m, "Conv", 3, inputs, y.text, 3, attributes);
  d->n++;
  return y;
}

static label unit(drawing *d, const culture_unit *u, const char *from) {
  lg_culture_unit_fold(d->theta, u, d->weight, d->bias);
  const label conv = convolution(d, u->conv.in, u->conv.out, 3, from), y = name_of("relu", d->n - 1, "");
  const char *const in = conv.text;
  lg_onnx_node(d->m, "Relu", 1, &in, y.text, 0, NULL);
  return y;
}

static label pair(drawing *d, const culture_unit units[2], const char *from) {
  const label first = unit(d, &units[0], from);
  return unit(d, &units[1], first.text);
}

static label halve(drawing *d, size_t level, const char *from) {
  const label y = name_of("pool", level, "");
  const lg_onnx_attribute attributes[3] = {{.name = "kernel_shape", .n_values = 2, .values = {2, 2}},
                                           {.name = "pads", .n_values = 4, .values = {0, 0, 0, 0}},
                                           {.name = "strides", .n_values = 2, .values = {2, 2}}};
  lg_onnx_node(d->m, "MaxPool", 1, &from, y.text, 3, attributes);
  return y;
}

/* Every pixel four times, below what skipped the levels beneath. */
static label join(drawing *d, size_t level, const char *skip, const char *from) {
  const label large = name_of("large", level, ""), y = name_of("both", level, "");
  const lg_onnx_attribute attributes[3] = {{.name = "coordinate_transformation_mode", .text = "asymmetric"},
                                           {.name = "mode", .text = "nearest"},
                                           {.name = "nearest_mode", .text = "floor"}};
  const lg_onnx_attribute axis = {.name = "axis", .single = true, .values = {1}};
  const char *const inputs[3] = {from, "", "twice"}, *const both[2] = {skip, large.text};
  lg_onnx_node(d->m, "Resize", 3, inputs, large.text, 3, attributes);
  lg_onnx_node(d->m, "Concat", 2, both, y.text, 1, &axis);
  return y;
}

static void transpose(drawing *d, const char *from, const char *to, int64_t a, int64_t b, int64_t c) {
  const lg_onnx_attribute perm = {.name = "perm", .n_values = 4, .values = {0, a, b, c}};
  lg_onnx_node(d->m, "Transpose", 1, &from, to, 1, &perm);
}

static void draw(drawing *d, const culture_unet *net) {
  const lg_onnx_dim x[4] = {{"batch", 0}, {"height", 0}, {"width", 0}, {NULL, CULTURE_UNET_IN}};
  const lg_onnx_dim y[4] = {{"batch", 0}, {"height", 0}, {"width", 0}, {NULL, CULTURE_UNET_OUT}};
  const float scales[4] = {1.0f, 1.0f, 2.0f, 2.0f};
  const size_t four = 4;
  label skip[CULTURE_UNET_LEVELS], at = {"channels_first"};
  lg_onnx_input(d->m, "x", 4, x);
  lg_onnx_output(d->m, "y", 4, y);
  lg_onnx_floats(d->m, "twice", 1, &four, scales);
  transpose(d, "x", at.text, 3, 1, 2);
  for (size_t l = 0; l < CULTURE_UNET_LEVELS; l++) {
    if (l) at = halve(d, l, at.text);
    skip[l] = at = pair(d, net->down[l], at.text);
  }
  for (size_t l = CULTURE_UNET_LEVELS - 1; l-- > 0;) {
    at = join(d, l, skip[l].text, at.text);
    at = pair(d, net->up[l], at.text);
  }
  const lg_conv2d *head = &net->head;
  for (size_t k = 0; k < head->in * head->out; k++) d->weight[k] = d->theta[head->weight + k];
  for (size_t k = 0; k < head->out; k++) d->bias[k] = d->theta[head->bias + k];
  at = convolution(d, head->in, head->out, 1, at.text);
  transpose(d, at.text, "y", 2, 3, 1);
}

lg_status lg_culture_unet_write_onnx(lg_ctx *ctx, const lg_culture_unet_file *net, const lg_text_pair *metadata,
                                     size_t n_metadata, const char *path) {
  lg_status status = LG_OK;
  drawing d = {.ctx = ctx, .theta = net->theta};
  const size_t most = net->net.params.count;
  LG_TRY(lg_onnx_create(ctx, "culture-unet", &d.m));
  LG_NEW(ctx, d.weight, 3 * most);
  d.moved = d.weight + most, d.bias = d.moved + most;
  draw(&d, &net->net);
  for (size_t k = 0; k < n_metadata; k++) lg_onnx_metadata(d.m, metadata[k].key, metadata[k].text);
  LG_TRY(lg_onnx_write(ctx, d.m, path));
done:
  lg_onnx_destroy(ctx, d.m);
  lg_free(ctx, d.weight);
  return status;
}
