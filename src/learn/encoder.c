#include "learn/encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const POOLS[3] = {"last", "mean", "max"};
static const char *const ACTS[] = {"none", "relu", "tanh", "sigmoid", "exp", "softplus", "silu"};
enum { N_ACTS = sizeof ACTS / sizeof *ACTS };

static lg_status check(lg_ctx *ctx, const lg_encoder_options *o) {
  if (o->channels == 0 || o->channels > 65536)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu channels; 1 to 65536", o->channels);
  if (o->n_conv > LG_ENCODER_LAYERS || o->n_dense > LG_ENCODER_LAYERS)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu convolutions and %zu dense layers; at most %d each", o->n_conv, o->n_dense,
                   LG_ENCODER_LAYERS);
  if (!o->pool[0] && !o->pool[1] && !o->pool[2])
    return lg_fail(ctx, LG_ERR_ARGUMENT, "an encoder needs at least one pool of last, mean, max");
  for (size_t i = 0; i < o->n_conv; i++)
    if (o->conv[i].out == 0 || o->conv[i].kernel == 0 || o->conv[i].stride == 0 || o->conv[i].pad >= o->conv[i].kernel)
      return lg_fail(ctx, LG_ERR_RANGE, "convolution %zu: out %zu, kernel %zu, stride %zu, pad %zu", i, o->conv[i].out,
                     o->conv[i].kernel, o->conv[i].stride, o->conv[i].pad);
  return LG_OK;
}

static void name_of(char *name, size_t bytes, const char *prefix, const char *layer, size_t i) {
  (void)snprintf(name, bytes, "%s.%s.%zu", prefix, layer, i);
}

lg_status lg_encoder_create(lg_ctx *ctx, lg_params *params, const char *prefix, const lg_encoder_options *options,
                            lg_encoder *encoder) {
  lg_status status = LG_OK;
  char name[LG_PARAM_NAME];
  LG_TRY(check(ctx, options));
  *encoder = (lg_encoder){.options = *options};
  if (encoder->options.act == LG_ACT_NONE) encoder->options.act = LG_ACT_RELU;
  size_t width = options->channels;
  for (size_t i = 0; i < options->n_conv; i++) {
    lg_conv1d shape = options->conv[i];
    shape.in = width;
    name_of(name, sizeof name, prefix, "conv", i);
    LG_TRY(lg_conv1d_create(ctx, params, name, &shape, &encoder->conv[i]));
    width = shape.out;
  }
  if (options->lstm) {
    (void)snprintf(name, sizeof name, "%s.lstm", prefix);
    LG_TRY(lg_lstm_create(ctx, params, name, width, options->lstm, &encoder->lstm));
    width = options->lstm;
  }
  width *= (size_t)options->pool[0] + (size_t)options->pool[1] + (size_t)options->pool[2];
  width += options->features;
  for (size_t i = 0; i < options->n_dense; i++) {
    name_of(name, sizeof name, prefix, "dense", i);
    LG_TRY(lg_dense_create(ctx, params, name, width, options->dense[i], &encoder->dense[i]));
    width = options->dense[i];
  }
  encoder->width = width;
done:
  return status;
}

size_t lg_encoder_min_steps(const lg_encoder_options *o) {
  size_t steps = 1;
  for (size_t i = o->n_conv; i-- > 0;) {
    size_t wanted = 0;
    if (!lg_mul_size(steps - 1, o->conv[i].stride, &wanted) || wanted > SIZE_MAX / 2) return SIZE_MAX / 2;
    wanted += o->conv[i].kernel;
    steps = wanted > 2 * o->conv[i].pad ? wanted - 2 * o->conv[i].pad : 1;
  }
  return steps;
}

/* ---- text form ---- */

typedef struct writer {
  char *text;
  size_t at;
  bool full;
} writer;

static void put(writer *w, const char *fmt, ...) LG_PRINTF(2, 3);
static void put(writer *w, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  const int n = vsnprintf(w->text + w->at, LG_ENCODER_TEXT - w->at, fmt, args);
  va_end(args);
  if (n < 0 || (size_t)n >= LG_ENCODER_TEXT - w->at) w->full = true;
  else w->at += (size_t)n;
}

lg_status lg_encoder_describe(lg_ctx *ctx, const lg_encoder_options *o, char text[LG_ENCODER_TEXT]) {
  writer w = {.text = text};
  const lg_status status = check(ctx, o);
  if (status != LG_OK) return status;
  put(&w, "channels=%zu", o->channels);
  for (size_t i = 0; i < o->n_conv; i++) {
    put(&w, "%s%zu:%zu:%zu", i ? "," : " conv=", o->conv[i].out, o->conv[i].kernel, o->conv[i].stride);
    if (o->conv[i].pad) put(&w, ":%zu", o->conv[i].pad);
  }
  if (o->lstm) put(&w, " lstm=%zu", o->lstm);
  const char *before = " pool=";
  for (size_t i = 0; i < 3; i++) {
    if (!o->pool[i]) continue;
    put(&w, "%s%s", before, POOLS[i]);
    before = ",";
  }
  if (o->features) put(&w, " features=%zu", o->features);
  for (size_t i = 0; i < o->n_dense; i++) put(&w, "%s%zu", i ? "," : " dense=", o->dense[i]);
  put(&w, " act=%s", ACTS[o->act == LG_ACT_NONE ? LG_ACT_RELU : o->act]);
  return w.full ? lg_fail(ctx, LG_ERR_LIMIT, "the architecture's text is too long") : LG_OK;
}

/* A number up to 10^6 and what follows it. */
static bool number(const char **at, size_t *out) {
  size_t value = 0;
  const char *c = *at;
  for (; *c >= '0' && *c <= '9' && value <= 1000000; c++) value = 10 * value + (size_t)(*c - '0');
  if (c == *at || value > 1000000) return false;
  *at = c;
  *out = value;
  return true;
}

static bool word(const char **at, const char *wanted) {
  const size_t n = strlen(wanted);
  if (strncmp(*at, wanted, n) != 0 || ((*at)[n] != 0 && (*at)[n] != ' ' && (*at)[n] != ',')) return false;
  *at += n;
  return true;
}

static bool parse_conv(const char **at, lg_encoder_options *o) {
  do {
    if (o->n_conv == LG_ENCODER_LAYERS) return false;
    lg_conv1d *c = &o->conv[o->n_conv++];
    if (!number(at, &c->out) || *(*at)++ != ':' || !number(at, &c->kernel) || *(*at)++ != ':' ||
        !number(at, &c->stride))
      return false;
    if (**at == ':' && (++*at, !number(at, &c->pad))) return false;
  } while (**at == ',' && ++*at);
  return true;
}

static bool parse_dense(const char **at, lg_encoder_options *o) {
  do {
    if (o->n_dense == LG_ENCODER_LAYERS || !number(at, &o->dense[o->n_dense++])) return false;
  } while (**at == ',' && ++*at);
  return true;
}

static bool parse_pool(const char **at, lg_encoder_options *o) {
  do {
    size_t i = 0;
    while (i < 3 && !word(at, POOLS[i])) i++;
    if (i == 3) return false;
    o->pool[i] = true;
  } while (**at == ',' && ++*at);
  return true;
}

static bool parse_act(const char **at, lg_encoder_options *o) {
  for (int i = 1; i < N_ACTS; i++)
    if (word(at, ACTS[i])) {
      o->act = (lg_act)i;
      return true;
    }
  return false;
}

static bool key_is(const char **at, const char *key) {
  const size_t n = strlen(key);
  if (strncmp(*at, key, n) != 0 || (*at)[n] != '=') return false;
  *at += n + 1;
  return true;
}

lg_status lg_encoder_parse(lg_ctx *ctx, const char *text, lg_encoder_options *out) {
  lg_encoder_options o = {0};
  const char *at = text;
  while (*at) {
    const char *start = at;
    bool good = false;
    if (key_is(&at, "channels")) good = number(&at, &o.channels);
    else if (key_is(&at, "conv")) good = parse_conv(&at, &o);
    else if (key_is(&at, "lstm")) good = number(&at, &o.lstm);
    else if (key_is(&at, "pool")) good = parse_pool(&at, &o);
    else if (key_is(&at, "features")) good = number(&at, &o.features);
    else if (key_is(&at, "dense")) good = parse_dense(&at, &o);
    else if (key_is(&at, "act")) good = parse_act(&at, &o);
    if (!good || (*at != 0 && *at != ' '))
      return lg_fail(ctx, LG_ERR_FORMAT, "architecture of a network: cannot read \"%.40s\"", start);
    while (*at == ' ') at++;
  }
  const lg_status status = check(ctx, &o);
  if (status != LG_OK) return status;
  *out = o;
  return LG_OK;
}

/* ---- the network, in both precisions ---- */

#include "learn/real_f32.h"

#include "learn/encoder.tmpl.h"

#include "learn/real_f64.h"

#include "learn/encoder.tmpl.h"
