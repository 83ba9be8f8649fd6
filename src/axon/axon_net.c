/* What the networks are made of and what they see; surrogate.c runs them fast, twin/axon_learn.c trains them. */
#include "axon/axon_net.h"

#include "base/elementary.h"

#include <string.h>

static const axon_shape shapes[AXON_LAYOUTS] = {
    {.name = "six",
     .channels = AXON_NET_CHANNELS,
     .n_conv = 4,
     .conv = {{.in = 6, .out = 16, .kernel = 7, .stride = 2, .pad = 3},
              {.in = 16, .out = 16, .kernel = 5, .stride = 1, .pad = 2},
              {.in = 16, .out = 32, .kernel = 5, .stride = 2, .pad = 2},
              {.in = 32, .out = 32, .kernel = 3, .stride = 2, .pad = 1}},
     .n_dense = 3,
     .dense = {{.in = 416, .out = 128}, {.in = 128, .out = 64}, {.in = 64, .out = 4}},
     .act = LG_ACT_SILU},
    {.name = "ji",
     .channels = 1,
     .n_conv = 3,
     .conv = {{.in = 1, .out = 32, .kernel = 10, .stride = 2},
              {.in = 32, .out = 32, .kernel = 10, .stride = 2},
              {.in = 32, .out = 32, .kernel = 5, .stride = 1}},
     .n_dense = 2,
     .dense = {{.in = 480, .out = 10}, {.in = 10, .out = 4}},
     .act = LG_ACT_RELU,
     .dropout = 0.2},
    {.name = "peak",
     .features = 1,
     .n_dense = 3,
     .dense = {{.in = 1, .out = 32}, {.in = 32, .out = 32}, {.in = 32, .out = 4}},
     .act = LG_ACT_SILU},
    {.name = "features",
     .features = 6,
     .n_dense = 3,
     .dense = {{.in = 6, .out = 32}, {.in = 32, .out = 32}, {.in = 32, .out = 4}},
     .act = LG_ACT_SILU},
};

const axon_shape *lg_axon_net_shape(axon_layout layout) { return &shapes[layout]; }

bool lg_axon_layout_of(const char *name, axon_layout *layout) {
  for (int k = 0; k < AXON_LAYOUTS; k++)
    if (strcmp(shapes[k].name, name) == 0) {
      *layout = (axon_layout)k;
      return true;
    }
  return false;
}

size_t lg_axon_net_weights(axon_layout layout) {
  const axon_shape *s = &shapes[layout];
  size_t n = 0;
  for (size_t i = 0; i < s->n_conv; i++) n += (s->conv[i].kernel * s->conv[i].in + 1) * s->conv[i].out;
  for (size_t i = 0; i < s->n_dense; i++) n += (s->dense[i].in + 1) * s->dense[i].out;
  return n;
}

size_t lg_axon_net_inputs(axon_layout layout) {
  const axon_shape *s = &shapes[layout];
  return s->channels ? AXON_NET_TIMES * s->channels : s->features;
}

size_t lg_axon_net_flat(axon_layout layout) { return shapes[layout].n_conv ? shapes[layout].dense[0].in : 0; }

void lg_axon_surrogate_destroy(lg_ctx *ctx, lg_axon_surrogate *net) {
  if (!net) return;
  lg_free(ctx, net->weights);
  lg_free(ctx, net->known);
  lg_free(ctx, net);
}

/* ---- layers ---------------------------------------------------------------------------------------------- */

/* As Keras starts them: convolutions ±0.05 (the published networks), dense layers Glorot & Bengio 2010, biases 0. */
static void start_as_published(axon_net *net) {
  for (size_t i = 0; i < net->params.n; i++) {
    lg_param *p = &net->params.items[i];
    if (p->rank == 1) {
      p->init = LG_INIT_CONSTANT;
      p->scale = 0.0;
    } else p->scale = p->rank == 3 ? 0.05 : sqrt(6.0 / (double)(p->rows + p->cols));
  }
}

lg_status lg_axon_net_create(lg_ctx *ctx, axon_layout layout, axon_net *net) {
  lg_status status = LG_OK;
  char name[32];
  const axon_shape *s = &shapes[layout];
  memset(net, 0, sizeof *net);
  net->shape = s;
  for (size_t i = 0; i < s->n_conv; i++) {
    (void)snprintf(name, sizeof name, "conv.%zu", i);
    LG_TRY(lg_conv1d_create(ctx, &net->params, name, &s->conv[i], &net->conv[i]));
  }
  for (size_t i = 0; i < s->n_dense; i++) {
    (void)snprintf(name, sizeof name, "dense.%zu", i);
    LG_TRY(lg_dense_create(ctx, &net->params, name, s->dense[i].in, s->dense[i].out, &net->dense[i]));
  }
  if (layout == AXON_LAYOUT_JI) start_as_published(net);
done:
  if (status != LG_OK) lg_axon_net_clear(ctx, net);
  return status;
}

void lg_axon_net_clear(lg_ctx *ctx, axon_net *net) {
  lg_params_clear(ctx, &net->params);
  memset(net, 0, sizeof *net);
}

lg_var lg_axon_net_output(lg_f32_tape *tape, const axon_net *net, lg_var x, lg_var keep) {
  const axon_shape *s = net->shape;
  for (size_t i = 0; i < s->n_conv; i++) x = lg_f32_conv1d(tape, &net->conv[i], x, s->act);
  if (keep != LG_VAR_NONE) x = lg_f32_mul(tape, x, keep);
  if (s->n_conv && x != LG_VAR_NONE) {
    const size_t flat[2] = {lg_f32_node_of(tape, x)->dim[0], s->dense[0].in};
    x = lg_f32_reshape(tape, x, 2, flat);
  }
  for (size_t i = 0; i < s->n_dense; i++)
    x = lg_f32_dense(tape, &net->dense[i], x, i + 1 < s->n_dense ? s->act : LG_ACT_NONE);
  return x;
}

/* ---- what they see ------------------------------------------------------------------------------------------ */

static void six_channels(const float *strain, float *x) {
  static const double time_ms[4] = {2.0, 6.0, 20.0, 60.0};
  float keep[4], gain[4], s[4] = {0};
  for (int j = 0; j < 4; j++) {
    const double a = lg_exp(-1.0 / time_ms[j]);
    keep[j] = (float)a;
    gain[j] = (float)((1.0 - a) * time_ms[j] / 0.05);
  }
  float most = strain[0];
  for (size_t n = 0; n < AXON_NET_TIMES; n++, x += AXON_NET_CHANNELS) {
    const float moved = n ? strain[n] - strain[n - 1] : 0.0F;
    most = strain[n] > most ? strain[n] : most;
    x[0] = strain[n] * 10.0F;
    x[1] = most * 10.0F;
    for (int j = 0; j < 4; j++) x[2 + j] = s[j] = keep[j] * s[j] + gain[j] * moved;
  }
}

static void six_features(const float *strain, float *x) {
  float most = strain[0], least = strain[0], rate = 0.0F, area = 0.0F;
  size_t at = 0, above = 0;
  for (size_t n = 0; n < AXON_NET_TIMES; n++) {
    if (strain[n] > most) {
      most = strain[n];
      at = n;
    }
    least = strain[n] < least ? strain[n] : least;
    area += strain[n] > 0.0F ? strain[n] : 0.0F;
    if (n && strain[n] - strain[n - 1] > rate) rate = strain[n] - strain[n - 1];
  }
  for (size_t n = 0; n < AXON_NET_TIMES; n++) above += strain[n] > 0.5F * most;
  x[0] = most * 10.0F;
  x[1] = least * 10.0F;
  x[2] = (float)at / 50.0F;
  x[3] = rate * 100.0F;
  x[4] = area / AXON_NET_TIMES * 20.0F;
  x[5] = (float)above / AXON_NET_TIMES;
}

void lg_axon_net_input(axon_layout layout, const float *strain, float *x) {
  switch (layout) {
  case AXON_LAYOUT_SIX:
    six_channels(strain, x);
    return;
  case AXON_LAYOUT_JI:
    for (size_t n = 0; n < AXON_NET_TIMES; n++) x[n] = strain[n] * 10.0F;
    return;
  case AXON_LAYOUT_PEAK:
    x[0] = strain[0];
    for (size_t n = 1; n < AXON_NET_TIMES; n++) x[0] = strain[n] > x[0] ? strain[n] : x[0];
    x[0] *= 10.0F;
    return;
  case AXON_LAYOUT_FEATURES:
    six_features(strain, x);
    return;
  case AXON_LAYOUTS:
    return;
  }
}

/* ---- what they say ----------------------------------------------------------------------------------------- */

void lg_axon_transform(const double out[AXON_PREDICTED], double y[AXON_PREDICTED]) {
  y[AXON_MT] = lg_ln(fmax(out[AXON_MT], 0.0) + 0.01);
  y[AXON_AXOLEMMA] = lg_ln(fmax(out[AXON_AXOLEMMA], 0.0) + 0.02);
  y[AXON_TAU] = sqrt(fmax(out[AXON_TAU], 0.0));
  const double share = (fmin(fmax(out[AXON_NF], 0.0), 100.0) + 0.05) / 100.1;
  y[AXON_NF] = lg_ln(share) - lg_ln(1.0 - share);
}

static double within(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

void lg_axon_transform_back(const double y[AXON_PREDICTED], double out[AXON_PREDICTED]) {
  const double tau = fmax(y[AXON_TAU], 0.0);
  out[AXON_MT] = fmax(lg_exp(y[AXON_MT]) - 0.01, 0.0);
  out[AXON_AXOLEMMA] = fmax(lg_exp(y[AXON_AXOLEMMA]) - 0.02, 0.0);
  out[AXON_TAU] = within(tau * tau, 0.0, 100.0);
  out[AXON_NF] = within(100.1 * lg_sigmoid(y[AXON_NF]) - 0.05, 0.0, 100.0);
}

void lg_axon_surrogate_combine(const lg_axon_surrogate *net, const float *y, double nearest, axon_prediction *out) {
  double mean[AXON_PREDICTED], low[AXON_PREDICTED], high[AXON_PREDICTED], below[AXON_PREDICTED], above[AXON_PREDICTED];
  bool known = true;
  const double n = (double)net->n_nets;
  out->nearest = nearest;
  out->in_range = nearest <= net->known_threshold;
  for (int q = 0; q < AXON_PREDICTED; q++) {
    double sum = 0.0, square = 0.0;
    for (size_t k = 0; k < net->n_nets; k++) sum += (double)y[k * AXON_PREDICTED + (size_t)q];
    mean[q] = sum / n;
    for (size_t k = 0; k < net->n_nets; k++) {
      const double e = (double)y[k * AXON_PREDICTED + (size_t)q] - mean[q];
      square += e * e;
    }
    const double spread = net->n_nets > 1 ? sqrt(square / (n - 1.0)) : 0.0;
    const bool calibrated = net->sd_floor[q] > 0.0 || net->sd_scale[q] > 0.0;
    const double f = net->sd_floor[q], s = (calibrated ? net->sd_scale[q] : 1.0) * spread, sd = sqrt(f * f + s * s);
    out->spread[q] = net->n_nets > 1 ? spread : (double)NAN;
    known = known && (net->n_nets > 1 || calibrated);
    if (net->most_spread[q] > 0.0 && !(spread <= net->most_spread[q])) out->in_range = false;
    below[q] = net->target_mean[q] + net->target_sd[q] * (mean[q] - sd);
    above[q] = net->target_mean[q] + net->target_sd[q] * (mean[q] + sd);
    mean[q] = net->target_mean[q] + net->target_sd[q] * mean[q];
  }
  lg_axon_transform_back(mean, out->mean);
  lg_axon_transform_back(below, low);
  lg_axon_transform_back(above, high);
  for (int q = 0; q < AXON_PREDICTED; q++) {
    out->sd[q] = known ? 0.5 * (high[q] - low[q]) : (double)NAN;
    if (!isfinite(out->mean[q])) out->in_range = false;
  }
}
